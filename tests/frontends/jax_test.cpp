// Every case of jax.json: what the jax frontend gives eagerly and transpiled, against what JAX itself gave.
#include <tendril/frontends/jax.hpp>

#include "frontend_cases.hpp"

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
#define X(name, ...) f["numpy." #name] = [](const call& c) { return results{jnp::name(c.input(0))}; };
    TENDRIL_JAX_UNARY(X)
    TENDRIL_JAX_OWN_UNARY(X)
#undef X
#define X(name, ...) f["numpy." #name] = [](const call& c) { return results{jnp::name(c.input(0), c.input(1))}; };
    TENDRIL_JAX_BINARY(X)
    TENDRIL_JAX_OWN_BINARY(X)
#undef X
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
    X(gammaln)
    X(expit)
    X(logit)
#undef X
#define ONE(module, name, ...) f[#module "." #name] = [](const call& c) { return results{jax::module::name(__VA_ARGS__)}; }
#define X(name) ONE(numpy, name, c.input(0), {.axis = c.axes("axis"), .keepdims = c.flag("keepdims")});
    X(max)
    X(min)
    X(amax)
    X(amin)
    X(nansum)
    X(nanprod)
    X(nanmean)
    X(nanmax)
    X(nanmin)
    X(ptp)
    X(any)
    X(all)
    X(count_nonzero)
#undef X
#define X(name) ONE(numpy, name, c.input(0), {.axis = c.axes("axis"), .dtype = c.dtype(), .keepdims = c.flag("keepdims")});
    X(sum)
    X(prod)
    X(mean)
#undef X
#define X(name) ONE(numpy, name, c.input(0), {.axis = c.axes("axis"), .ddof = c.real("ddof", 0), .keepdims = c.flag("keepdims")});
    X(var)
    X(std)
    X(nanvar)
    X(nanstd)
#undef X
    ONE(numpy, argmax, c.input(0), {.axis = c.maybe("axis"), .keepdims = c.flag("keepdims")});
    ONE(numpy, argmin, c.input(0), {.axis = c.maybe("axis"), .keepdims = c.flag("keepdims")});
    f["numpy.divmod"] = [](const call& c) {
      const auto [quotient, rest] = jnp::divmod(c.input(0), c.input(1));
      return results{quotient, rest};
    };
    ONE(numpy, round, c.input(0), {.decimals = c.integer("decimals")});
    ONE(numpy, around, c.input(0), {.decimals = c.integer("decimals")});
    ONE(numpy, where, c.input(0), c.input(1), c.input(2));
    ONE(numpy, clip, c.input(0), c.input(1), c.input(2));
#define X(name)                                                   \
  ONE(numpy, name, c.input(0), c.input(1),                        \
      {.rtol = c.real("rtol", jnp::close_options().rtol.value()), \
       .atol = c.real("atol", jnp::close_options().atol.value()), \
       .equal_nan = c.flag("equal_nan")});
    X(isclose)
    X(allclose)
#undef X
    f["numpy.nan_to_num"] = [](const call& c) {
      if (!c.has("nan")) return results{jnp::nan_to_num(c.input(0))};
      return results{jnp::nan_to_num(c.input(0), {.nan = c.real("nan", 0), .posinf = c.real("posinf", 0), .neginf = c.real("neginf", 0)})};
    };
    ONE(numpy, astype, c.input(0), c.dtype());
    ONE(numpy, cumsum, c.input(0), {.axis = c.maybe("axis"), .dtype = c.dtype()});
    ONE(numpy, cumprod, c.input(0), {.axis = c.maybe("axis"), .dtype = c.dtype()});
    ONE(numpy, diff, c.input(0), {.n = c.integer("n", 1), .axis = c.integer("axis", -1)});
    ONE(numpy, sort, c.input(0), {.axis = c.maybe("axis", -1), .descending = c.flag("descending")});
    ONE(numpy, argsort, c.input(0), {.axis = c.maybe("axis", -1), .descending = c.flag("descending")});
    ONE(numpy, searchsorted, c.input(0), c.input(1), {.side = c.word("side", "left")});
    ONE(numpy, take, c.input(0), c.input(1), {.axis = c.maybe("axis")});
    ONE(numpy, take_along_axis, c.input(0), c.input(1), {.axis = c.maybe("axis", -1)});
    ONE(numpy, repeat, c.input(0), c.integer("repeats"), {.axis = c.maybe("axis")});
    ONE(numpy, tile, c.input(0), c.axes("reps"));
    ONE(numpy, reshape, c.input(0), c.axes("shape"));
    ONE(numpy, transpose, c.input(0), c.axes("axes"));
    ONE(numpy, permute_dims, c.input(0), c.axes("axes"));
    ONE(numpy, moveaxis, c.input(0), c.axes("source"), c.axes("destination"));
    ONE(numpy, swapaxes, c.input(0), c.integer("axis1"), c.integer("axis2"));
    ONE(numpy, broadcast_to, c.input(0), c.axes("shape"));
    ONE(numpy, expand_dims, c.input(0), c.axes("axis"));
    ONE(numpy, squeeze, c.input(0), {.axis = c.axes("axis")});
    ONE(numpy, flip, c.input(0), {.axis = c.axes("axis")});
    ONE(numpy, roll, c.input(0), c.axes("shift"), {.axis = c.axes("axis")});
    ONE(numpy, concatenate, c.list(), {.axis = c.maybe("axis", 0)});
    ONE(numpy, concat, c.list(), {.axis = c.maybe("axis", 0)});
    ONE(numpy, stack, c.list(), {.axis = c.integer("axis")});
    f["numpy.unstack"] = [](const call& c) { return jnp::unstack(c.input(0), {.axis = c.integer("axis")}); };
    ONE(numpy, tril, c.input(0), {.k = c.integer("k")});
    ONE(numpy, triu, c.input(0), {.k = c.integer("k")});
    f["numpy.tensordot"] = [](const call& c) {
      if (!c.has("axes") || c.at("axes").is_number())
        return results{c.has("axes") ? jnp::tensordot(c.input(0), c.input(1), c.integer("axes")) : jnp::tensordot(c.input(0), c.input(1))};
      const auto list = [&](std::size_t i) { return td::axes(c.at("axes").at(i).get<std::vector<std::int64_t>>()); };
      return results{jnp::tensordot(c.input(0), c.input(1), std::pair(list(0), list(1)))};
    };
    ONE(numpy, zeros, c.axes("shape"), {.dtype = c.dtype()});
    ONE(numpy, ones, c.axes("shape"), {.dtype = c.dtype()});
    ONE(numpy, full, c.axes("shape"), c.value("fill_value"), {.dtype = c.dtype()});
    ONE(numpy, eye, c.scalar(0).integer(), {.M = c.maybe("M"), .k = c.integer("k"), .dtype = c.dtype()});
    ONE(numpy, identity, c.scalar(0).integer(), {.dtype = c.dtype()});
    f["numpy.arange"] = [](const call& c) {
      const jnp::dtype_options o{.dtype = c.dtype()};
      if (c.count() == 1) return results{jnp::arange(c.scalar(0), o)};
      if (c.count() == 2) return results{jnp::arange(c.scalar(0), c.scalar(1), o)};
      return results{jnp::arange(c.scalar(0), c.scalar(1), c.scalar(2), o)};
    };
    ONE(numpy, linspace, c.scalar(0).real(), c.scalar(1).real(),
        {.num = c.integer("num", 50), .endpoint = c.flag("endpoint", true), .dtype = c.dtype()});
    ONE(numpy, zeros_like, c.input(0), {.dtype = c.dtype()});
    ONE(numpy, ones_like, c.input(0), {.dtype = c.dtype()});
    ONE(numpy, full_like, c.input(0), c.value("fill_value"), {.dtype = c.dtype()});

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
#define LINALG(name, ...) f["linalg." #name] = [](const call& c) { return results{jnp::linalg::name(__VA_ARGS__)}; }
    LINALG(det, c.input(0));
    LINALG(inv, c.input(0));
    LINALG(solve, c.input(0), c.input(1));
    LINALG(cholesky, c.input(0), {.upper = c.flag("upper"), .symmetrize_input = c.flag("symmetrize_input", true)});
    LINALG(matrix_power, c.input(0), c.integer("n"));
#undef LINALG
    f["linalg.slogdet"] = [](const call& c) {
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
  CHECK_THROWS_WITH(jnp::full({2}, 18446744073709551615ULL), contains("[full] a number does not fit the dtype: got 18446744073709551615"));
}
