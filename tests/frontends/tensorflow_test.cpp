// Every case of tensorflow.json: what the tensorflow frontend gives eagerly and transpiled, against what TensorFlow itself gave.
#include <tendril/frontends/tensorflow.hpp>

#include "frontend_cases.hpp"
#include "tensorflow_calls.hpp"

namespace {

namespace td = tendril;
namespace tf = tendril::frontends::tensorflow;
using td::array;
using tf::Tensor;
using call = tendril_test::frontend_call<Tensor>;
using results = std::vector<Tensor>;

const char* const file = "tensorflow.json";

// A C++ number on either side of an operator, a tensor on the other.
template <class Operator>
tendril_test::frontend_runner<Tensor> operated(Operator op) {
  return [op](const call& c) { return results{op(c.input(0), c.input(1))}; };
}

const tendril_test::frontend_functions<Tensor>& functions() {
  static const auto all = [] {
    tendril_test::frontend_functions<Tensor> f;
#define X(name, ...) f["math." #name] = [](const call& c) { return results{tf::math::name(c.input(0))}; };
    TENDRIL_TF_MATH_UNARY(X)
    TENDRIL_TF_MATH_OWN_UNARY(X)
#undef X
    f["nn.softsign"] = f["math.softsign"];
    f.erase("math.softsign");
#define X(name, ...) f["math." #name] = [](const call& c) { return results{tf::math::name(c.input(0), c.input(1))}; };
    TENDRIL_TF_MATH_BINARY(X)
    TENDRIL_TF_MATH_OWN_BINARY(X)
#undef X
#define X(name) f["bitwise." #name] = [](const call& c) { return results{tf::bitwise::name(c.input(0), c.input(1))}; };
    TENDRIL_TF_BITWISE(X)
#undef X
#define X(name) f["nn." #name] = [](const call& c) { return results{tf::nn::name(c.input(0))}; };
    TENDRIL_TF_NN_UNARY(X)
#undef X
#define X(name)                                                                                           \
  f["math." #name] = [](const call& c) {                                                                  \
    return results{tf::math::name(c.input(0), {.axis = c.axes("axis"), .keepdims = c.flag("keepdims")})}; \
  };
    TENDRIL_TF_REDUCE(X)
#undef X
#define IN(module, name, ...) f[#module "." #name] = [](const call& c) { return results{tf::module::name(__VA_ARGS__)}; }
#define ONE(name, ...) f[#name] = [](const call& c) { return results{tf::name(__VA_ARGS__)}; }
    IN(bitwise, invert, c.input(0));
    IN(math, add_n, c.list());
    IN(math, argmax, c.input(0), {.axis = c.integer("axis"), .output_type = c.dtype("output_type", td::int64)});
    IN(math, argmin, c.input(0), {.axis = c.integer("axis"), .output_type = c.dtype("output_type", td::int64)});
    IN(math, cumsum, c.input(0), {.axis = c.integer("axis"), .exclusive = c.flag("exclusive"), .reverse = c.flag("reverse")});
    IN(math, cumprod, c.input(0), {.axis = c.integer("axis"), .exclusive = c.flag("exclusive"), .reverse = c.flag("reverse")});
    f["math.l2_normalize"] = [](const call& c) {
      if (!c.has("epsilon")) return results{tf::math::l2_normalize(c.input(0), {.axis = c.axes("axis")})};
      return results{tf::math::l2_normalize(c.input(0), {.axis = c.axes("axis"), .epsilon = c.real("epsilon", 0)})};
    };
    ONE(realdiv, c.input(0), c.input(1));
    ONE(cast, c.input(0), c.dtype());
    ONE(where, c.input(0), c.input(1), c.input(2));
    ONE(clip_by_value, c.input(0), c.input(1), c.input(2));
    ONE(identity, c.input(0));
    ONE(convert_to_tensor, c.input(0));
    ONE(stop_gradient, c.input(0));
    ONE(reshape, c.input(0), c.axes("shape"));
    ONE(transpose, c.input(0), {.perm = c.axes("perm")});
    ONE(expand_dims, c.input(0), c.integer("axis"));
    ONE(squeeze, c.input(0), {.axis = c.axes("axis")});
    ONE(broadcast_to, c.input(0), c.axes("shape"));
    ONE(reverse, c.input(0), c.axes("axis"));
    ONE(roll, c.input(0), c.axes("shift"), c.axes("axis"));
    ONE(tile, c.input(0), c.axes("multiples"));
    ONE(repeat, c.input(0), c.integer("repeats"), {.axis = c.maybe("axis")});
    ONE(concat, c.list(), c.integer("axis"));
    ONE(stack, c.list(), {.axis = c.integer("axis")});
    f["unstack"] = [](const call& c) { return tf::unstack(c.input(0), {.axis = c.integer("axis")}); };
    ONE(gather, c.input(0), c.input(1), {.axis = c.integer("axis")});
    ONE(sort, c.input(0), {.axis = c.integer("axis", -1), .direction = c.word("direction", "ASCENDING")});
    ONE(argsort, c.input(0), {.axis = c.integer("axis", -1), .direction = c.word("direction", "ASCENDING")});
    ONE(searchsorted, c.input(0), c.input(1), {.side = c.word("side", "left")});
    f["one_hot"] = [](const call& c) {
      tf::one_hot_options o{.axis = c.integer("axis", -1), .dtype = c.dtype()};
      if (c.has("on_value")) o.on_value = c.value("on_value");
      if (c.has("off_value")) o.off_value = c.value("off_value");
      return results{tf::one_hot(c.input(0), c.integer("depth"), o)};
    };
    ONE(matmul, c.input(0), c.input(1), {.transpose_a = c.flag("transpose_a"), .transpose_b = c.flag("transpose_b")});
    f["tensordot"] = [](const call& c) {
      if (c.at("axes").is_number()) return results{tf::tensordot(c.input(0), c.input(1), c.integer("axes"))};
      const auto list = [&](std::size_t i) { return td::axes(c.at("axes").at(i).get<std::vector<std::int64_t>>()); };
      return results{tf::tensordot(c.input(0), c.input(1), std::pair(list(0), list(1)))};
    };
    f["norm"] = [](const call& c) {
      tf::norm_options o{.axis = c.axes("axis"), .keepdims = c.flag("keepdims")};
      const bool named = c.has("ord") && c.at("ord").is_string() && c.at("ord") != "inf" && c.at("ord") != "-inf";
      if (named) o.ord = c.word("ord", "");
      else if (c.has("ord")) o.ord = td::number(c.real("ord", 2));
      return results{tf::norm(c.input(0), o)};
    };
    f["linalg.triangular_solve"] = [](const call& c) {
      return results{tf::linalg::triangular_solve(c.input(0), c.input(1), {.lower = c.flag("lower", true), .adjoint = c.flag("adjoint")})};
    };
    f["linalg.qr"] = [](const call& c) {
      const auto [q, r] = tf::linalg::qr(c.input(0), {.full_matrices = c.flag("full_matrices")});
      return results{q, r};
    };
    f["linalg.svd"] = [](const call& c) {
      const auto [s, u, v] = tf::linalg::svd(c.input(0), {.full_matrices = c.flag("full_matrices")});
      return results{s, u, v};
    };
    f["linalg.eigh"] = [](const call& c) {
      const auto [values, vectors] = tf::linalg::eigh(c.input(0));
      return results{values, vectors};
    };
    f["linalg.eigvalsh"] = [](const call& c) { return results{tf::linalg::eigvalsh(c.input(0))}; };
    f["linalg.pinv"] = [](const call& c) {
      return results{c.has("rcond") ? tf::linalg::pinv(c.input(0), {.rcond = c.real("rcond", 0)}) : tf::linalg::pinv(c.input(0))};
    };
    f["linalg.lstsq"] = [](const call& c) {
      return results{
          tf::linalg::lstsq(c.input(0), c.input(1), {.l2_regularizer = c.real("l2_regularizer", 0), .fast = c.flag("fast", true)})};
    };
    ONE(rank, c.input(0));
    ONE(size, c.input(0));
    ONE(shape, c.input(0));
    ONE(zeros, c.axes("shape"), {.dtype = c.dtype()});
    ONE(ones, c.axes("shape"), {.dtype = c.dtype()});
    ONE(fill, c.axes("dims"), c.value("value"));
    ONE(eye, c.scalar(0).integer(), {.num_columns = c.maybe("num_columns"), .dtype = c.dtype("dtype", tf::eye_options().dtype)});
    f["range"] = [](const call& c) {
      const tf::dtype_options o{.dtype = c.dtype()};
      if (c.count() == 1) return results{tf::range(c.scalar(0), o)};
      if (c.count() == 2) return results{tf::range(c.scalar(0), c.scalar(1), o)};
      return results{tf::range(c.scalar(0), c.scalar(1), c.scalar(2), o)};
    };
    ONE(linspace, c.scalar(0), c.scalar(1), c.integer("num"));
    ONE(zeros_like, c.input(0), {.dtype = c.dtype()});
    ONE(ones_like, c.input(0), {.dtype = c.dtype()});
    IN(linalg, matrix_transpose, c.input(0));
    IN(nn, softmax, c.input(0), {.axis = c.integer("axis", -1)});
    IN(nn, log_softmax, c.input(0), {.axis = c.integer("axis", -1)});
    f["nn.leaky_relu"] = [](const call& c) {
      return results{c.has("alpha") ? tf::nn::leaky_relu(c.input(0), {.alpha = c.real("alpha", 0)}) : tf::nn::leaky_relu(c.input(0))};
    };
    IN(nn, gelu, c.input(0), {.approximate = c.flag("approximate", tf::gelu_options().approximate)});
    f["nn.moments"] = [](const call& c) {
      const auto [mean, variance] = tf::nn::moments(c.input(0), c.axes("axes"), {.keepdims = c.flag("keepdims")});
      return results{mean, variance};
    };
    IN(nn, batch_normalization, c.input(0), c.input(1), c.input(2), c.input(3), c.input(4), c.real("variance_epsilon", 0));
    IN(nn, sigmoid_cross_entropy_with_logits, c.input(0), c.input(1));
    IN(nn, softmax_cross_entropy_with_logits, c.input(0), c.input(1), {.axis = c.integer("axis", -1)});
#undef ONE
#undef IN
    tensorflow_calls::add_parts(f);
    f["operator.add"] = operated([](const auto& a, const auto& b) { return a + b; });
    f["operator.sub"] = operated([](const auto& a, const auto& b) { return a - b; });
    f["operator.mul"] = operated([](const auto& a, const auto& b) { return a * b; });
    f["operator.truediv"] = operated([](const auto& a, const auto& b) { return a / b; });
    f["operator.mod"] = operated([](const auto& a, const auto& b) { return a % b; });
    f["operator.lt"] = operated([](const auto& a, const auto& b) { return a < b; });
    f["operator.ge"] = operated([](const auto& a, const auto& b) { return a >= b; });
    f["operator.eq"] = operated([](const auto& a, const auto& b) { return a == b; });
    f["operator.and_"] = operated([](const auto& a, const auto& b) { return a & b; });
    f["operator.or_"] = operated([](const auto& a, const auto& b) { return a | b; });
    f["operator.xor"] = operated([](const auto& a, const auto& b) { return a ^ b; });
    f["normalize"] = [](const call& c) {
      const Tensor x = c.array(0);
      return results{tf::divide(tf::subtract(x, tf::reduce_mean(x)), tf::math::reduce_std(x))};
    };
    f["linalg.det"] = [](const call& c) { return results{tf::linalg::det(c.input(0))}; };
    f["linalg.inv"] = [](const call& c) { return results{tf::linalg::inv(c.input(0), {.adjoint = c.flag("adjoint")})}; };
    f["linalg.cholesky"] = [](const call& c) { return results{tf::linalg::cholesky(c.input(0))}; };
    f["linalg.solve"] = [](const call& c) { return results{tf::linalg::solve(c.input(0), c.input(1), {.adjoint = c.flag("adjoint")})}; };
    f["linalg.slogdet"] = [](const call& c) {
      const auto [sign, logarithm] = tf::linalg::slogdet(c.input(0));
      return results{sign, logarithm};
    };
    f["scatter_nd"] = [](const call& c) { return results{tf::scatter_nd(c.input(0), c.input(1), c.axes("shape"))}; };
    f["tensor_scatter_nd_update"] = [](const call& c) { return results{tf::tensor_scatter_nd_update(c.input(0), c.input(1), c.input(2))}; };
    f["tensor_scatter_nd_add"] = [](const call& c) { return results{tf::tensor_scatter_nd_add(c.input(0), c.input(1), c.input(2))}; };
#define SEGMENTS(how)                                                                                    \
  f["math.unsorted_segment_" #how] = [](const call& c) {                                                 \
    return results{tf::math::unsorted_segment_##how(c.input(0), c.input(1), c.integer("num_segments"))}; \
  };
    SEGMENTS(sum)
    SEGMENTS(prod)
    SEGMENTS(max)
    SEGMENTS(min)
    SEGMENTS(mean)
    SEGMENTS(sqrt_n)
#undef SEGMENTS
    return f;
  }();
  return all;
}

}  // namespace

TEST_CASE("every tensorflow case: eager") { tendril_test::check_eager(file, "tensorflow", functions()); }

TEST_CASE("every tensorflow case: transpiled to eigen") {
  tendril_test::check_transpiled(file, "tensorflow", functions(), td::source::tensorflow, td::target::eigen);
}

TEST_CASE("every tensorflow case: transpiled to jit, where it is there") {
  tendril_test::check_transpiled(file, "tensorflow", functions(), td::source::tensorflow, td::target::jit);
}

TEST_CASE("every tensorflow case: transpiled to xtensor, where it is there") {
  tendril_test::check_transpiled(file, "tensorflow", functions(), td::source::tensorflow, td::target::xtensor);
}

TEST_CASE("every function of the tensorflow frontend has cases") { tendril_test::check_covered("tensorflow", functions()); }

TEST_CASE("tensorflow: operators and facts") {
  const Tensor x(array({{3, -1, 2}, {0, 5, -4}})), y(array({2, 3, 4})), flags(array({true, false, true}));
  const auto same = [](const Tensor& a, const Tensor& b) {
    return tendril_test::difference(a.value(), td::detail::copy_of(b.value().view()));
  };
  CHECK(same(-x, tf::negative(x)) == "");
  CHECK(same(~x, tf::bitwise::invert(x)) == "");
  CHECK(same(~flags, tf::logical_not(flags)) == "");
  CHECK(same((x != y) | (x > y), tf::logical_or(tf::not_equal(x, y), tf::greater(x, y))) == "");
  CHECK(same(x <= y, tf::less_equal(x, y)) == "");
  CHECK(same(x[{1, td::slice(0, 2)}], tf::reshape(x, -1)[td::slice(3, 5)]) == "");
  CHECK(same(tf::linalg::matmul(tf::transpose(x), x), tf::matmul(x, x, {.transpose_a = true})) == "");
  CHECK(x.ndim() == 2);
  CHECK(x.shape(-1) == 3);
  CHECK(x.shape() == td::extents{2, 3});
  CHECK(x.dtype() == td::int32);
  CHECK(tf::reduce_sum(x).item<std::int32_t>() == 5);
}

TEST_CASE("tensorflow: a number that is an argument takes the tensor's dtype, or is refused") {
  const auto f = td::transpile([](const Tensor& x, const Tensor& n) { return x * n; }, td::source::tensorflow, td::target::eigen);
  CHECK(f(array({1, 2, 3}), 2).dtype() == td::int32);
  CHECK(f(array({1.0F, 2.0F}), 2.5).dtype() == td::float32);
  CHECK(f(array({1.0F, 2.0F}), 2).dtype() == td::float32);
  CHECK_THROWS_WITH(f(array({1, 2, 3}), 2.5), contains("[multiply] tensorflow makes no int32 of this number: got a floating number"));
}

namespace {
struct layer_ {
  double slope;
  Tensor operator()(const Tensor& x, const Tensor& weight) const { return tf::nn::leaky_relu(tf::matmul(x, weight), {.alpha = slope}); }
};
template <class Bind>
struct library {
  typename Bind::template fn<layer_> layer{"layer", layer_{0.5}};
};
}  // namespace

TEST_CASE("tensorflow: modules") {
  const auto lib = td::transpile<library>(td::source::tensorflow, td::target::eigen);
  CHECK(td::all(lib.layer(array({{1.0, -2.0}}), array({{1.0, 0.0}, {0.0, 1.0}})) == array({{1.0, -1.0}})).item<bool>());
  CHECK_THROWS_WITH(lib.layer(array({{1.0F, -2.0F}}), array({{1.0, 0.0}, {0.0, 1.0}})),
                    contains("[matmul] tensorflow takes operands of one dtype: got float32 and float64, expected one."));
}

TEST_CASE("tensorflow: what it refuses says why") {
  const Tensor ints(array({1, 2, 3})), zeros(array({1, 0, 3})), below(array({0, -1})), flags(array({true, false, true})),
      reals(td::array({1.0f, 2.0f, 3.0f})), doubles(td::array({1.0, 2.0, 3.0}));
  CHECK_THROWS_WITH(reals + doubles,
                    contains("[add] tensorflow takes operands of one dtype: got float32 and float64, expected one. Cast with tf::cast."));
  CHECK_THROWS_WITH(ints * 2.5, contains("[multiply] tensorflow makes no int32 of this number: got a floating number, expected an integer. "
                                         "Cast with tf::cast."));
  CHECK_THROWS_WITH(tf::equal(flags, 1),
                    contains("[equal] tensorflow makes no bool of this number: got an integer number, expected true or false."));
  CHECK_THROWS_WITH(tf::exp(ints),
                    contains("[exp] tensorflow does not take this dtype: got int32, expected a floating dtype. Cast with tf::cast."));
  CHECK_THROWS_WITH(tf::math::softplus(ints),
                    contains("[softplus] tensorflow does not take this dtype: got int32, expected a floating dtype."));
  CHECK_THROWS_WITH(tf::reduce_any(ints), contains("[any] tensorflow does not take this dtype: got int32, expected bool."));
  CHECK_THROWS_WITH(tf::matmul(ints, ints),
                    contains("[matmul] there is no matrix: got rank 1, expected 2 or more. Add an axis with tf::expand_dims."));
  CHECK_THROWS_WITH(tf::tile(ints, {2, 2}),
                    contains("[tile] the multiples are not one for each axis: got 2 for rank 1, expected as many."));
  CHECK_THROWS_WITH(tf::roll(ints, {1, 2}, {0}),
                    contains("[roll] shifts and axes do not pair: got 2 shifts and 1 axes, expected one shift for each axis."));
  CHECK_THROWS_WITH(tf::sort(ints, {.direction = "UP"}),
                    contains("[sort] unknown direction: got \"UP\", expected \"ASCENDING\" or \"DESCENDING\"."));
  CHECK_THROWS_WITH(tf::gather(reals, flags), contains("[gather] the indices are of no index dtype: got bool, expected int32 or int64."));
  CHECK_THROWS_WITH(tf::linspace(0, 1, -1), contains("[linspace] the count is negative: got -1, expected 0 or more."));
  CHECK_THROWS_WITH(tf::range(5, 1), contains("[range] the step leads away from the end: got 5 to 1 by 1"));
  CHECK_THROWS_WITH(tf::range(0, 1, 0.5, {.dtype = td::int32}),
                    contains("[range] a bound is no int32: got a floating number, expected integers."));
  const Tensor square(td::eye(2)), singular(td::zeros({2, 2})), place(array({{1}}));
  CHECK_THROWS_WITH(tf::linalg::det(ints), contains("[det] tensorflow does not take this dtype: got int32, expected a floating dtype."));
  CHECK_THROWS_WITH(tf::linalg::qr(doubles), contains("[qr] the operand is no matrix: got float64[3], expected rank 2 or more."));
  CHECK_THROWS_WITH(tf::linalg::pinv(doubles), contains("[pinv] the operand is no matrix: got float64[3], expected rank 2 or more."));
  CHECK_THROWS_WITH(tf::linalg::lstsq(square, Tensor(td::ones({3, 1}))),
                    contains("[lstsq] the operands do not fit: got float64[2, 2] and float64[3, 1], expected as many matrices"));
  CHECK_THROWS_WITH(tf::norm(square, {.ord = td::number(3), .axis = {0, 1}}),
                    contains("[norm] unknown order of matrices: got 3, expected \"euclidean\", \"fro\", 1, 2 or infinity."));
  CHECK_THROWS_WITH(tf::norm(square, {.ord = td::number(0)}),
                    contains("[norm] unknown order of vectors: got 0, expected \"euclidean\" or a positive number."));
  CHECK_THROWS_WITH(tf::norm(square, {.ord = "fro"}), contains("[norm] unknown order of vectors: got \"fro\""));
  CHECK_THROWS_WITH(tf::norm(Tensor(td::ones({1, 1, 1})), {.ord = td::number(1), .axis = {0, 1, 2}}),
                    contains("[norm] the axes are neither of vectors nor of matrices: got 3, expected 1 or 2. Name others."));
  CHECK_THROWS_WITH(tf::linalg::inv(singular), contains("[inv] the matrix is singular: got a pivot of 0 in row 0 of 2, expected none."));
  CHECK_THROWS_WITH(tf::linalg::solve(square, doubles),
                    contains("[solve] the operands do not fit: got float64[2, 2] and float64[3], expected as many matrices"));
  CHECK_THROWS_WITH(tf::tensor_scatter_nd_add(doubles, place, reals[{td::slice(0, 1)}]),
                    contains("[tensor_scatter_nd_add] tensorflow takes operands of one dtype: got float64 and float32, expected one."));
  CHECK_THROWS_WITH(tf::scatter_nd(doubles, doubles, {4}),
                    contains("[scatter_nd] tensorflow does not take this dtype: got indices of float64, expected int32 or int64."));
  CHECK_THROWS_WITH(tf::scatter_nd(place, doubles, {4}),
                    contains("[scatter_nd] the operands do not fit: got indices int32[1, 1] and updates float64[3] for float64[4]"));
  CHECK_THROWS_WITH(tf::scatter_nd(place, doubles[{td::slice(0, 1)}], {1}),
                    contains("[scatter_nd] an index is out of range: got a distance of -1 to an end of axis 0, expected 0 or more."));
  CHECK_THROWS_WITH(tf::math::unsorted_segment_sum(doubles, doubles, 2),
                    contains("[unsorted_segment_sum] data and segment_ids do not fit: got float64[3] and float64[3] for 2 segments"));
  CHECK_THROWS_WITH(tf::add_n(std::vector<Tensor>()), contains("[add_n] there is nothing to add: got no tensors, expected one at least."));
  CHECK_THROWS_WITH(tf::fill({2}, 18446744073709551615ULL), contains("[fill] a number does not fit the dtype: got 18446744073709551615"));
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    CHECK_THROWS_WITH(ints % zeros, contains("[floormod] an integer is divided by 0: got a divisor of 0, expected none. Take "
                                             "tf::where(divisor != 0, divisor, 1) first."));
    CHECK_THROWS_WITH(tf::math::floordiv(ints, 0), contains("[floordiv] an integer is divided by 0"));
    CHECK_THROWS_WITH(tf::pow(ints, -1), contains("[pow] an integer power is negative: got -1, expected 0 or more."));
    CHECK_THROWS_WITH(tf::gather(reals, below),
                      contains("[gather] an index is negative: got -1, expected 0 or more. Count from the front."));
    const auto halved =
        td::trace_graph(td::unify([](const Tensor& x, const Tensor& n) { return x % n; }, td::source::tensorflow), {.to = backend});
    CHECK_THROWS_WITH(halved(ints.value(), zeros.value()), contains("[floormod] an integer is divided by 0"));
  }
}

TEST_CASE("tensorflow: what parts and windows refuse says why") {
  const Tensor x(td::zeros({2, 3}, {.dtype = td::float32})), image(td::zeros({1, 4, 5, 3}, {.dtype = td::float32}));
  const Tensor filters(td::zeros({2, 2, 3, 4}, {.dtype = td::float32})), flags(array({true, false})), places(array({{0, 3}}));
  CHECK_THROWS_WITH(tf::einsum("ij,ij", {x, Tensor(td::zeros({2, 3}))}),
                    contains("[einsum] tensorflow takes operands of one dtype: got float32 and float64, expected one."));
  CHECK_THROWS_WITH(tf::einsum("", tf::tensors(std::vector<Tensor>())), contains("[einsum] there are no tensors: got none"));
  CHECK_THROWS_WITH(tf::meshgrid({x}, {"zz"}), contains("[meshgrid] unknown indexing: got \"zz\", expected \"ij\" or \"xy\"."));
  CHECK_THROWS_WITH(tf::pad(x, {{1, 0}}), contains("[pad] the pairs do not fit the axes: got 1 for float32[2, 3]"));
  CHECK_THROWS_WITH(tf::pad(x, {{2, 0}, {0, 0}}, {.mode = "REFLECT"}),
                    contains("[pad] the pairs do not fit: got 2 and 0 for axis 0 of float32[2, 3] in mode REFLECT"));
  CHECK_THROWS_WITH(tf::pad(x, {{1, 0}, {0, 0}}, {.mode = "wrap"}), contains("[pad] unknown mode: got \"wrap\", expected \"CONSTANT\""));
  CHECK_THROWS_WITH(tf::slice(x, {0, 1}, {2, 3}), contains("[slice] the part does not fit: got 3 from 1 of axis 1 of float32[2, 3]"));
  CHECK_THROWS_WITH(tf::strided_slice(x, {0, 1}, {2}), contains("[strided_slice] the lists differ: got 2 begins, 1 ends and 0 strides"));
  CHECK_THROWS_WITH(tf::split(x, 2, {1}), contains("[split] the axis is not of equal parts: got 2 for axis 1 of float32[2, 3]"));
  CHECK_THROWS_WITH(tf::split(x, 0), contains("[split] there are no parts: got 0, expected 1 or more."));
  CHECK_THROWS_WITH(tf::split(x, {1, 1}, {1}), contains("[split] the parts are not the axis: got (1, 1) for axis 1 of float32[2, 3]"));
  CHECK_THROWS_WITH(tf::split(x, {-1, -1}, {1}), contains("[split] two parts are left open: got -1 twice, expected once at most."));
  CHECK_THROWS_WITH(tf::gather_nd(x, x), contains("[gather_nd] tensorflow does not take these indices: got float32"));
  CHECK_THROWS_WITH(tf::gather_nd(x, Tensor(array({0, 0, 0}))),
                    contains("[gather_nd] the indices do not fit: got int32[3] for float32[2, 3]"));
  CHECK_THROWS_WITH(tf::gather_nd(x, places), contains("[gather_nd] an index is too large: got -1 less than there are"));
  CHECK_THROWS_WITH(tf::gather_nd(x, Tensor(array({{-1, 0}}))), contains("[gather_nd] an index is negative: got -1, expected 0 or more."));
  CHECK_THROWS_WITH(tf::constant(array({1.5, 2.0}), {.dtype = td::int32}),
                    contains("[constant] the numbers do not fit: got float64, expected numbers that int32 has."));
  CHECK_THROWS_WITH(tf::math::top_k(x, 4), contains("[top_k] there are not as many: got k 4 for float32[2, 3]"));
  CHECK_THROWS_WITH(tf::nn::max_pool(x, 2, 1, "SAME"), contains("[max_pool] this has no windows: got float32[2, 3], expected N x ... x C"));
  CHECK_THROWS_WITH(tf::nn::avg_pool(image, 0, 1, "SAME"), contains("[avg_pool] ksize do not fit: got (0) for float32[1, 4, 5, 3]"));
  CHECK_THROWS_WITH(tf::nn::avg_pool(image, 2, 1, "FULL"), contains("[avg_pool] unknown padding: got \"FULL\", expected \"SAME\""));
  CHECK_THROWS_WITH(tf::nn::max_pool(image, 6, 1, "VALID"),
                    contains("[max_pool] the window does not fit: got 6 x 6 over float32[1, 4, 5, 3]"));
  CHECK_THROWS_WITH(tf::nn::conv2d(image, filters, {2, 1, 1, 1}, "SAME"), contains("[conv2d] the strides do not fit: got (2, 1, 1, 1)"));
  CHECK_THROWS_WITH(tf::nn::conv2d(image, Tensor(td::zeros({2, 2, 2, 4}, {.dtype = td::float32})), 1, "SAME"),
                    contains("[conv2d] input and filters do not fit: got float32[1, 4, 5, 3] and float32[2, 2, 2, 4], expected"));
  CHECK_THROWS_WITH(tf::nn::conv2d(image, filters, 1, tf::paddings{{0, 0}, {-1, 0}, {0, 0}, {0, 0}}),
                    contains("[conv2d] padding is negative: got (0, 0, -1, 0, 0, 0, 0, 0), expected 0 or more."));
  CHECK_THROWS_WITH(tf::nn::avg_pool(image, 2, 1, "SAME", {.data_format = "nchw"}),
                    contains("[avg_pool] unknown data_format: got \"nchw\", expected \"NWC\", \"NCW\", \"NHWC\", \"NCHW\", \"NDHWC\" or"));
  CHECK_THROWS_WITH(tf::nn::max_pool(image, 2, 1, "SAME", {.data_format = "NCW"}),
                    contains("[max_pool] data_format has no letter for each axis: got \"NCW\" for float32[") &&
                        contains("], expected as many. Pass another."));
  CHECK_THROWS_WITH(tf::nn::bias_add(x, x, {.data_format = "HWC"}),
                    contains("[bias_add] unknown data_format: got \"HWC\", expected \"N...C\" or \"NC...\". Pass one of these."));
  CHECK_THROWS_WITH(tf::nn::bias_add(x, Tensor(td::zeros({2}, {.dtype = td::float32})), {.data_format = "NCHW"}),
                    contains("float32[2, 3] and float32[2], expected rank 2 or more, and a number for each place of axis 1. Reshape"));
  CHECK_THROWS_WITH(tf::nn::bias_add(x, Tensor(td::zeros({2}, {.dtype = td::float32}))),
                    contains("[bias_add] the bias does not fit: got float32[2, 3] and float32[2]"));
}
