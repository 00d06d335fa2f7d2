// Every case of jax.json: what the jax frontend gives eagerly and transpiled, against what JAX itself gave.
#include <tendril/frontends/jax.hpp>

#include "array_keys.hpp"
#include "frontend_cases.hpp"
#include "jax_lax_calls.hpp"

namespace {

namespace td = tendril;
namespace jax = tendril::frontends::jax;
namespace jnp = jax::numpy;
using jax::Array;
using td::array;
using call = tendril_test::frontend_call<Array>;
using results = std::vector<Array>;

const char* const file = "jax.json";

const tendril_test::frontend_functions<Array>& functions() {
  static const auto all = [] {
    tendril_test::frontend_functions<Array> f;
#define WORDS jnp
#define PREFIX "numpy."
#include "numpy_words_calls.def"
#undef PREFIX
#undef WORDS
#define X(name) f["nn." #name] = [](const call& c) { return results{jax::nn::name(c.input(0))}; };
    TENDRIL_JAX_NN_UNARY(X)
#undef X
#define X(name, ...) f["lax." #name] = [](const call& c) { return results{jax::lax::name(c.input(0))}; };
    TENDRIL_JAX_LAX_UNARY(X)
#undef X
#define X(name, ...) f["lax." #name] = [](const call& c) { return results{jax::lax::name(c.input(0), c.input(1))}; };
    TENDRIL_JAX_LAX_BINARY(X)
#undef X
#define X(name) f["special." #name] = [](const call& c) { return results{jax::scipy::special::name(c.input(0))}; };
    X(erf)
    X(erfc)
    X(erfinv)
    X(gammaln)
    X(expit)
    X(logit)
#undef X
#define ONE(module, name, ...) f[#module "." #name] = [](const call& c) { return results{jax::module::name(__VA_ARGS__)}; }
    ONE(numpy, sort, c.input(0), {.axis = c.maybe("axis", -1), .descending = c.flag("descending")});
    ONE(numpy, argsort, c.input(0), {.axis = c.maybe("axis", -1), .descending = c.flag("descending")});

    ONE(nn, gelu, c.input(0), {.approximate = c.flag("approximate", jax::nn::gelu_options().approximate)});
    ONE(nn, elu, c.input(0), {.alpha = c.real("alpha", 1)});
    ONE(nn, celu, c.input(0), {.alpha = c.real("alpha", 1)});
    f["nn.leaky_relu"] = [](const call& c) {
      if (!c.has("negative_slope")) return results{jax::nn::leaky_relu(c.input(0))};
      return results{jax::nn::leaky_relu(c.input(0), {.negative_slope = c.real("negative_slope", 0)})};
    };
    ONE(nn, glu, c.input(0), {.axis = c.integer("axis", -1)});
    ONE(nn, softmax, c.input(0), {.axis = c.integer("axis", -1)});
    ONE(nn, log_softmax, c.input(0), {.axis = c.integer("axis", -1)});
    ONE(nn, logsumexp, c.input(0), {.axis = c.axes("axis"), .keepdims = c.flag("keepdims")});
    f["special.logsumexp"] = f["nn.logsumexp"];
    f["nn.standardize"] = [](const call& c) {
      if (!c.has("epsilon")) return results{jax::nn::standardize(c.input(0), {.axis = c.axes("axis", -1)})};
      return results{jax::nn::standardize(c.input(0), {.axis = c.axes("axis", -1), .epsilon = c.real("epsilon", 0)})};
    };
    ONE(nn, one_hot, c.input(0), c.integer("num_classes"), {.dtype = c.dtype("dtype", td::float64), .axis = c.integer("axis", -1)});
    f["special.xlogy"] = [](const call& c) { return results{jax::scipy::special::xlogy(c.input(0), c.input(1))}; };
    f["special.xlog1py"] = [](const call& c) { return results{jax::scipy::special::xlog1py(c.input(0), c.input(1))}; };

#define X(name) f["lax." #name] = [](const call& c) { return results{jax::lax::name(c.input(0), c.input(1))}; };
    X(div)
    X(rem)
    X(pow)
    X(batch_matmul)
#undef X
    ONE(lax, sign, c.input(0));
    ONE(lax, erf_inv, c.input(0));
    ONE(lax, clamp, c.input(0), c.input(1), c.input(2));
    ONE(lax, select, c.input(0), c.input(1), c.input(2));
    ONE(lax, integer_pow, c.input(0), c.integer("y"));
    ONE(lax, convert_element_type, c.input(0), c.dtype("new_dtype"));
    ONE(lax, stop_gradient, c.input(0));
    ONE(lax, reshape, c.input(0), c.axes("new_sizes"));
    ONE(lax, transpose, c.input(0), c.axes("permutation"));
    ONE(lax, rev, c.input(0), c.axes("dimensions"));
    ONE(lax, squeeze, c.input(0), c.axes("dimensions"));
    ONE(lax, expand_dims, c.input(0), c.axes("dimensions"));
    ONE(lax, broadcast, c.input(0), c.axes("sizes"));
    ONE(lax, concatenate, c.list(), c.integer("dimension"));
    ONE(lax, cumsum, c.input(0), {.axis = c.integer("axis"), .reverse = c.flag("reverse")});
    ONE(lax, cumprod, c.input(0), {.axis = c.integer("axis"), .reverse = c.flag("reverse")});
    ONE(lax, sort, c.input(0), {.dimension = c.integer("dimension", -1)});
    ONE(lax, argmax, c.input(0), c.integer("axis"), c.dtype("index_dtype"));
    ONE(lax, argmin, c.input(0), c.integer("axis"), c.dtype("index_dtype"));
    ONE(lax, full, c.axes("shape"), c.value("fill_value"), c.dtype());
    ONE(lax, iota, c.dtype(), c.integer("size"));
#undef ONE
    jax_calls::add_lax(f);
    const auto place = [](const call& c) {
      if (c.has("key")) return c.array(0).at()[tendril_test::read_key(c.at("key"))];
      if (c.count() == 3) return c.array(0).at()[c.array(2)];
      if (c.count() == 4) return c.array(0).at()[{c.array(2), c.array(3)}];
      return c.array(0).at()[{c.array(2), c.array(3), c.array(4)}];
    };
#define X(name) f["at." #name] = [place](const call& c) { return results{place(c).name(c.input(1))}; };
    X(set)
    X(add)
    X(subtract)
    X(multiply)
    X(divide)
    X(power)
    X(min)
    X(max)
#undef X
#define LINALG(name, ...) f["numpy.linalg." #name] = [](const call& c) { return results{jnp::linalg::name(__VA_ARGS__)}; }
    LINALG(det, c.input(0));
    LINALG(inv, c.input(0));
    LINALG(solve, c.input(0), c.input(1));
    LINALG(cholesky, c.input(0), {.upper = c.flag("upper"), .symmetrize_input = c.flag("symmetrize_input", true)});
#undef LINALG
    f["numpy.linalg.slogdet"] = [](const call& c) {
      const auto [sign, logarithm] = jnp::linalg::slogdet(c.input(0));
      return results{sign, logarithm};
    };
    return f;
  }();
  return all;
}

}  // namespace

TEST_CASE("every jax case: eager") { tendril_test::check_eager(file, "jax", functions()); }

TEST_CASE("every jax case: transpiled to eigen") {
  tendril_test::check_transpiled(file, "jax", functions(), td::source::jax, td::target::eigen);
}

TEST_CASE("every jax case: transpiled to jit, where it is there") {
  tendril_test::check_transpiled(file, "jax", functions(), td::source::jax, td::target::jit);
}

TEST_CASE("every jax case: transpiled to xtensor, where it is there") {
  tendril_test::check_transpiled(file, "jax", functions(), td::source::jax, td::target::xtensor);
}

TEST_CASE("every function of the jax frontend has cases") { tendril_test::check_covered("jax", functions()); }

TEST_CASE("jax: methods and operators do what the functions do") {
  const Array x(array({{3, -1, 2}, {0, 5, -4}})), y(array({2, 3, 4})), r(array({{1.5, -2.0, 0.25}, {4.0, 0.5, -1.0}}));
  const auto same = [](const Array& a, const Array& b) {
    return tendril_test::difference(a.value(), td::detail::copy_of(b.value().view()));
  };
  CHECK(same(x.sum({.axis = 0}), jnp::sum(x, {.axis = 0})) == "");
  CHECK(same(r.mean(), jnp::mean(r)) == "");
  CHECK(same(r.std({.ddof = 1}), jnp::std(r, {.ddof = 1})) == "");
  CHECK(same(x.max({.axis = 1, .keepdims = true}), jnp::max(x, {.axis = 1, .keepdims = true})) == "");
  CHECK(same(x.argmin(), jnp::argmin(x)) == "");
  CHECK(same(x.cumsum({.axis = 0}), jnp::cumsum(x, {.axis = 0})) == "");
  CHECK(same(x.sort(), jnp::sort(x)) == "");
  CHECK(same(x.T(), jnp::transpose(x)) == "");
  CHECK(same(x.mT(), jnp::matrix_transpose(x)) == "");
  CHECK(same(x.reshape({3, -1}), jnp::reshape(x, {3, 2})) == "");
  CHECK(same(x.astype(td::float32), jnp::astype(x, td::float32)) == "");
  CHECK(same(x.clip(0, 3), jnp::clip(x, 0, 3)) == "");
  CHECK(same(x.dot(y), jnp::dot(x, y)) == "");
  CHECK(same(x.take(y), jnp::take(x, y)) == "");
  CHECK(same(x.repeat(2), jnp::repeat(x, 2)) == "");
  CHECK(same(x.swapaxes(0, 1), x.T()) == "");
  CHECK(same(x.flatten(), x.ravel()) == "");
  CHECK(same(r.round({.decimals = 1}), jnp::round(r, {.decimals = 1})) == "");
  CHECK(same(x % y, jnp::remainder(x, y)) == "");
  CHECK(same(x / y, jnp::divide(x, y)) == "");
  CHECK(same((x & y) | (x ^ y), jnp::bitwise_or(jnp::bitwise_and(x, y), jnp::bitwise_xor(x, y))) == "");
  CHECK(same(~x, jnp::invert(x)) == "");
  CHECK(same((x < y) == (y > x), jnp::equal(jnp::less(x, y), jnp::greater(y, x))) == "");
  CHECK(same(x[{1, td::slice(0, 2)}], x.reshape(-1)[td::slice(3, 5)]) == "");
  CHECK(x.ndim() == 2);
  CHECK(x.shape(-1) == 3);
  CHECK(x.size() == 6);
  CHECK(x.dtype() == td::int32);
  CHECK(jnp::sum(r).item<double>() == 3.25);
}

TEST_CASE("jax: a number that is an argument yields as one that is written does") {
  const auto f = td::transpile([](const Array& x, const Array& n) { return x * n; }, td::source::jax, td::target::eigen);
  CHECK(f(array({1, 2, 3}), 2).dtype() == td::int32);
  CHECK(f(array({1.0F, 2.0F}), 2.5).dtype() == td::float32);
  CHECK(f(array({1, 2, 3}), 2.5).dtype() == td::float64);
  CHECK(f(array({true, false}), 2).dtype() == td::int64);
}

namespace {
struct normalize_ {
  Array operator()(const Array& x) const { return jnp::divide(jnp::subtract(x, jnp::mean(x)), jnp::std(x)); }
};
struct scaled_ {
  double factor;
  Array operator()(const Array& x) const { return factor * jax::nn::relu(x); }
};
template <class Bind>
struct library {
  typename Bind::template fn<normalize_> normalize{"normalize"};
  typename Bind::template fn<scaled_> scaled{"scaled", scaled_{0.5}};
};
}  // namespace

TEST_CASE("jax: modules, and functions over td::array") {
  const auto lib = td::transpile<library>(td::source::jax, td::target::eigen);
  const array x({1.0, 2.0, 3.0, 4.0});
  const array got = lib.normalize(x);
  CHECK(tendril_test::difference(got, array({-1.3416407864998738, -0.4472135954999579, 0.4472135954999579, 1.3416407864998738}),
                                 {.ulp = 4}) == "");
  CHECK(td::all(lib.scaled(array({-2.0, 4.0})) == array({0.0, 2.0})).item<bool>());
  const auto unified = td::unify(normalize_(), td::source::jax);
  CHECK(tendril_test::difference(unified(x), got, {.ulp = 4}) == "");
}

TEST_CASE("jax: what it refuses says why") {
  const Array flags(array({true, false})), ints(array({1, 2, 3})), reals(td::array({1.0f, 2.0f, 3.0f}));
  CHECK_THROWS_WITH(-flags,
                    contains("[negative] jax does not take bool: got bool, expected a numeric dtype. Use logical_not or not_equal."));
  CHECK_THROWS_WITH(jnp::linalg::matrix_rank(Array(td::zeros({0, 2}))),
                    contains("[matrix_rank] there is no largest singular value of nothing: got float64[0, 2], expected elements."));
  CHECK_THROWS_WITH(jnp::abs(flags),
                    contains("[abs] bool is taken by jax alone: got bool, expected a numeric dtype. Multiply by 1 first."));
  CHECK_THROWS_WITH(jnp::power(ints, -1),
                    contains("[power] jax has no negative integer power of integers: got an exponent below 0 for int32, "
                             "expected a floating base. Convert with jnp::astype."));
  CHECK_THROWS_WITH(jnp::take(ints, reals), contains("[take] the indices are no integers: got float32, expected an integer dtype."));
  CHECK_THROWS_WITH(jnp::roll(ints, {1, 2}, {.axis = {0, 0, 0}}),
                    contains("[roll] shifts and axes do not pair: got 2 shifts and 3 axes, expected one shift for each axis."));
  CHECK_THROWS_WITH(jnp::arange(3, {.dtype = td::bool_}),
                    contains("[arange] jax has no range of bool: got bool, expected a numeric dtype."));
  CHECK_THROWS_WITH(jnp::linspace(0, 1, {.num = -1}), contains("[linspace] the count is negative: got -1, expected 0 or more."));
  CHECK_THROWS_WITH(jnp::tril(ints), contains("[tril] there is no matrix: got rank 1, expected 2 or more. Reshape first."));
  CHECK_THROWS_WITH(jnp::moveaxis(ints, {0, 0}, {0}), contains("[moveaxis] the axes do not pair: got 2 sources and 1 destinations"));
  CHECK_THROWS_WITH(jnp::moveaxis(Array(td::zeros({2, 3})), {0, 0}, {0, 1}),
                    contains("[moveaxis] an axis is named twice: got axis 0 to 1, expected each once. Drop one."));
  CHECK_THROWS_WITH(jnp::tensordot(ints, Array(array({1, 2})), 1),
                    contains("[tensordot] the axes do not pair: got 1 of int32[3] and 1 of int32[2]"));
  CHECK_THROWS_WITH(jnp::tensordot(Array(td::ones({2, 2})), Array(td::ones({2, 2})), std::pair(td::axes({0, 0}), td::axes({0, 1}))),
                    contains("[tensordot] an axis is named twice: got 0, expected each once. Drop one."));
  CHECK_THROWS_WITH(jax::nn::glu(ints), contains("[glu] the axis has no halves: got an extent of 3, expected an even one."));
  CHECK_THROWS_WITH(jax::lax::add(ints, reals),
                    contains("[add] jax.lax takes operands of one dtype: got int32 and float32, expected one. Cast with "
                             "lax::convert_element_type."));
  CHECK_THROWS_WITH(jax::lax::exp(ints), contains("[exp] jax.lax does not take this dtype: got int32, expected a floating dtype."));
  const Array matrix(td::zeros({2, 3}));
  CHECK_THROWS_WITH(jax::lax::dot_general(matrix, matrix, {{{1}, {0}}, {{}, {}}}),
                    contains("[dot_general] the dimensions do not pair: got (1) of float64[2, 3] and (0) of float64[2, 3]"));
  CHECK_THROWS_WITH(jax::lax::dot_general(matrix, matrix, {{{1}, {1}}, {{1}, {1}}}),
                    contains("[dot_general] an axis is summed over and a batch: got 1 for float64[2, 3], expected one of them."));
  CHECK_THROWS_WITH(jax::lax::dot(matrix, Array(td::zeros({2, 2, 2}))),
                    contains("[dot] these are no matrices or vectors: got float64[2, 3] and float64[2, 2, 2]"));
  CHECK_THROWS_WITH(jax::lax::reduce_max(matrix, -1),
                    contains("[reduce_max] no such axis, or one that is named twice: got -1 of (-1) for float64[2, 3]"));
  CHECK_THROWS_WITH(jax::lax::reduce_sum(flags, 0), contains("[reduce_sum] jax.lax does not take this dtype: got bool"));
  CHECK_THROWS_WITH(jax::lax::broadcast_in_dim(matrix, {3, 3}, {0, 1}),
                    contains("[broadcast_in_dim] the dimensions do not fit: got (0, 1) of (3, 3) for float64[2, 3]"));
  CHECK_THROWS_WITH(jax::lax::collapse(matrix, 1, {0}),
                    contains("[collapse] the range is empty or turned round: got 1 to 0 of float64[2, 3]"));
  CHECK_THROWS_WITH(jax::lax::round(ints), contains("[round] jax.lax does not take this dtype: got int32, expected a floating dtype."));
  CHECK_THROWS_WITH(jax::lax::slice(matrix, {0, 1}, {2, 4}), contains("[slice] the part does not fit: got 1 to 4 by 1 of axis 1"));
  CHECK_THROWS_WITH(jax::lax::slice(matrix, {0}, {2}), contains("[slice] the bounds do not fit the axes: got 1 for float64[2, 3]"));
  CHECK_THROWS_WITH(jax::lax::top_k(ints, 4), contains("[top_k] there are not as many: got k 4 for axis -1 of int32[3]"));
  CHECK_THROWS_WITH(jax::lax::top_k(Array(array(1)), 1), contains("[top_k] there is no order: got int32[], expected one axis at least."));
  CHECK_THROWS_WITH(jax::lax::conv(matrix, matrix, {1}, "FULL"), contains("[conv] unknown padding: got \"FULL\", expected \"VALID\""));
  CHECK_THROWS_WITH(jax::lax::conv(matrix, matrix, {1}, "SAME"),
                    contains("[conv] the operands do not fit: got float64[2, 3] and float64[2, 3] with 1 strides"));
  CHECK_THROWS_WITH(jax::lax::conv(Array(td::zeros({1, 2, 3})), Array(td::zeros({1, 2, 2})), {0}, "SAME"),
                    contains("[conv] a stride leads nowhere: got 0"));
  CHECK_THROWS_WITH(jax::lax::pad(ints, 1.5, {{1, 0, 0}}), contains("[pad] jax.lax takes operands of one dtype: got int32 and float64"));
  CHECK_THROWS_WITH(jax::lax::pad(ints, Array(array(1)), {{-2, -2, 0}}),
                    contains("[pad] it cannot be cut: got (-2, -2, 0) for axis 0 of int32[3]"));
  CHECK_THROWS_WITH(jax::lax::pad(ints, ints, {{0, 0, 0}}), contains("[pad] the value is not one number: got int32[3], expected rank 0."));
  CHECK_THROWS_WITH(jax::lax::dynamic_slice(ints, {0}, {4}),
                    contains("[dynamic_slice] the part is larger than the whole: got (4) for int32[3]"));
  CHECK_THROWS_WITH(jax::lax::dynamic_slice(ints, {0.5}, {2}),
                    contains("[dynamic_slice] a start is no integer, or of another dtype: got float64"));
  CHECK_THROWS_WITH(jax::lax::dynamic_update_slice(ints, matrix, {0}),
                    contains("[dynamic_update_slice] jax.lax takes operands of one dtype"));
  CHECK_THROWS_WITH(jax::lax::dynamic_update_slice(matrix, Array(td::zeros({2})), {0, 0}),
                    contains("[dynamic_update_slice] the ranks differ: got float64[2, 3] and float64[2]"));
  CHECK_THROWS_WITH(ints.at()[reals].set(1), contains("[at] an index is no integer: got float32, expected integers, or bool alone."));
  CHECK_THROWS_WITH((ints.at()[{ints, ints}].set(1)), contains("[at] there are too many indices: got 2 for int32[3], expected one for"));
  CHECK_THROWS_WITH(ints.at()[flags].set(1), contains("[at] the mask does not fit: got bool[2] for int32[3], expected the extents of its"));
  CHECK_THROWS_WITH(ints.at()[ints > 1].set(ints),
                    contains("[at] how many values a mask takes follows from its elements: got int32[3] for"));
  CHECK_THROWS_WITH(flags.at()[0].multiply(flags), contains("[at] jax does not take bool: got bool, expected a numeric dtype."));
  const jax::lax::GatherDimensionNumbers rows{.offset_dims = {1}, .collapsed_slice_dims = {0}, .start_index_map = {0}};
  CHECK_THROWS_WITH(
      jax::lax::gather(matrix, Array(td::zeros({2, 1}, {.dtype = td::int64})), rows, {1, 4}),
      contains("[gather] the dimension numbers do not fit: got slice_sizes (1, 4) for float64[2, 3] and starts int64[2, 1], expected no "
               "more than the extents. Pass others."));
  CHECK_THROWS_WITH(
      jax::lax::gather(matrix, matrix, rows, {1, 3}),
      contains("[gather] the dimension numbers do not fit: got start_index_map (0) for float64[2, 3] and starts float64[2, 3]"));
  CHECK_THROWS_WITH(
      jax::lax::gather(matrix, ints, rows, {1, 3}, {.mode = "wrap"}),
      contains("[gather] unknown mode: got \"wrap\", expected \"fill\", \"clip\" or \"promise_in_bounds\". Pass one of these."));
  const Array images(td::zeros({2, 4, 5})), weights(td::zeros({6, 4, 2}));
  const auto conv = [&](const jax::lax::conv_padding& padding, const jax::lax::conv_options& o) {
    (void)jax::lax::conv_general_dilated(images, weights, {1}, padding, o);
  };
  CHECK_THROWS_WITH(conv("FULL", {}), contains("[conv_general_dilated] unknown padding: got \"FULL\", expected \"VALID\", \"SAME\""));
  CHECK_THROWS_WITH(conv("SAME", {.lhs_dilation = 2}), contains("[conv_general_dilated] jax pads a dilated operand by numbers alone: got"));
  CHECK_THROWS_WITH(conv("SAME", {.rhs_dilation = 0}), contains("[conv_general_dilated] a stride or a dilation leads nowhere: got 0"));
  CHECK_THROWS_WITH(conv({{1, 1}, {1, 1}}, {}),
                    contains("[conv_general_dilated] there is another number of strides, pairs or dilations: got float64[2, 4, 5]"));
  CHECK_THROWS_WITH(conv({{-9, 0}}, {}), contains("[conv_general_dilated] it cannot be cut: got float64[2, 4, 5] and float64[6, 4, 2]"));
  CHECK_THROWS_WITH(conv("SAME", {.feature_group_count = 2}), contains("[conv_general_dilated] the features do not fit: got"));
  CHECK_THROWS_WITH(conv("SAME", {.batch_group_count = 4}), contains("[conv_general_dilated] the batches do not fit: got"));
  CHECK_THROWS_WITH(conv("SAME", {.batch_group_count = 0}), contains("[conv_general_dilated] the groups do not fit: got"));
  CHECK_THROWS_WITH(
      conv("SAME", {.dimension_numbers = {"NCH", "OIH", "NHH"}}),
      contains("[conv_general_dilated] the dimension numbers do not fit: got (NCH, OIH, NHH) for rank 3, expected three texts"));
  CHECK_THROWS_WITH(jax::lax::conv_general_dilated(images, matrix, {1}, "SAME"),
                    contains("[conv_general_dilated] the ranks do not fit: got float64[2, 4, 5] and float64[2, 3], expected one of both"));
  CHECK_THROWS_WITH(jnp::bincount(ints, {.length = -1}), contains("[bincount] the length is negative: got -1, expected 0 or more."));
  CHECK_THROWS_WITH(jnp::bincount(matrix, {.length = 2}), contains("[bincount] there is no vector: got float64[2, 3], expected rank 1."));
  CHECK_THROWS_WITH(jnp::bincount(reals, {.length = 2}), contains("[bincount] these are no integers: got float32, expected an integer"));
  CHECK_THROWS_WITH(jnp::bincount(ints, {.length = 2, .weights = matrix}),
                    contains("[bincount] the weights have another shape: got float64[2, 3] for int32[3], expected its shape."));
  CHECK_THROWS_WITH(jnp::full({2}, 18446744073709551615ULL), contains("[full] a number does not fit the dtype: got 18446744073709551615"));
}

TEST_CASE("jax: what NumPy's words refuse says so") {
  const auto own = [](const array& a) { return Array(a); };
#define WORDS jnp
#include "numpy_words_errors.def"
#undef WORDS
  CHECK_THROWS_WITH(jnp::quantile(v, 1),
                    contains("[quantile] q is no real number: got an integer, expected one from 0.0 to 1.0. Write a point."));
  CHECK_THROWS_WITH(jnp::quantile(v, Array(array({0, 1}))),
                    contains("[quantile] q is no real number: got int32, expected a floating dtype."));
  CHECK_THROWS_WITH(jnp::median(none), contains("[median] there are no elements: got float64[0], expected some. Pass them."));
  CHECK_THROWS_WITH(jnp::gradient(v, 1.0, {.edge_order = 2}),
                    contains("[gradient] jax has no edges of another order: got edge_order 2, expected 1."));
  CHECK_THROWS_WITH(jnp::vander(Array(array({true, false}))),
                    contains("[vander] jax does not take bool: got bool, expected a numeric dtype."));
}
