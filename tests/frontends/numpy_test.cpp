// Every case of numpy.json: what the numpy frontend gives eagerly and transpiled, against what numpy itself gave.
#include <tendril/frontends/numpy.hpp>

#include <limits>

#include "array_keys.hpp"
#include "frontend_cases.hpp"

namespace {

namespace td = tendril;
namespace np = tendril::frontends::numpy;
using np::ndarray;
using td::array;
using call = tendril_test::frontend_call<ndarray>;
using results = std::vector<ndarray>;

const char* const file = "numpy.json";

const tendril_test::frontend_functions<ndarray>& functions() {
  static const auto all = [] {
    tendril_test::frontend_functions<ndarray> f;
#define WORDS np
#define PREFIX ""
#include "numpy_words_calls.def"
#undef PREFIX
#undef WORDS
    f["sort"] = [](const call& c) { return results{np::sort(c.input(0), {.axis = c.maybe("axis", -1)})}; };
    f["argsort"] = [](const call& c) { return results{np::argsort(c.input(0), {.axis = c.maybe("axis", -1)})}; };
#define IN(name, ...) f["linalg." #name] = [](const call& c) { return results{np::linalg::name(__VA_ARGS__)}; }
    IN(det, c.input(0));
    IN(inv, c.input(0));
    IN(solve, c.input(0), c.input(1));
    IN(cholesky, c.input(0), {.upper = c.flag("upper")});
#undef IN
    f["ndarray.setitem"] = [](const call& c) {
      ndarray x = c.array(0);
      if (c.has("key")) x[tendril_test::read_key(c.at("key"))] = c.input(1);
      else x[c.array(2)] = c.input(1);
      return results{x};
    };
    f["ndarray.additem"] = [](const call& c) {
      ndarray x = c.array(0);
      if (c.has("key")) x[tendril_test::read_key(c.at("key"))] += c.input(1);
      else x[c.array(2)] += c.input(1);
      return results{x};
    };
    f["linalg.slogdet"] = [](const call& c) {
      const auto [sign, logarithm] = np::linalg::slogdet(c.input(0));
      return results{sign, logarithm};
    };
    return f;
  }();
  return all;
}

}  // namespace

TEST_CASE("every numpy case: eager") { tendril_test::check_eager(file, "numpy", functions()); }

TEST_CASE("every numpy case: transpiled to eigen") {
  tendril_test::check_transpiled(file, "numpy", functions(), td::source::numpy, td::target::eigen);
}

TEST_CASE("every numpy case: transpiled to jit, where it is there") {
  tendril_test::check_transpiled(file, "numpy", functions(), td::source::numpy, td::target::jit);
}

TEST_CASE("every numpy case: transpiled to xtensor, where it is there") {
  tendril_test::check_transpiled(file, "numpy", functions(), td::source::numpy, td::target::xtensor);
}

TEST_CASE("every function of the numpy frontend has cases") { tendril_test::check_covered("numpy", functions()); }

namespace {

ndarray own(const array& a) { return ndarray(a); }
std::string apart(const ndarray& a, const ndarray& b) { return tendril_test::difference(a.value(), td::detail::copy_of(b.value().view())); }

}  // namespace

TEST_CASE("numpy: methods and operators do what the functions do") {
  const ndarray x(array({{3, -1, 2}, {0, 5, -4}})), y(array({2, 3, 4})), r(array({{1.5, -2.0, 0.25}, {4.0, 0.5, -1.0}}));
#define SAME(method, function) CHECK(apart(method, function) == "")
  SAME(x.cumsum(), np::cumsum(x));
  SAME(x.cumsum({.axis = 0}), np::cumsum(x, {.axis = 0}));
  SAME(x.cumprod(), np::cumprod(x));
  SAME(x.argsort(), np::argsort(x));
  SAME(x.take(y), np::take(x, y));
  SAME(x.repeat(2), np::repeat(x, 2));
  SAME(x.sum({.axis = 0}), np::sum(x, {.axis = 0}));
  SAME(x.prod({.dtype = td::float64}), np::prod(x, {.dtype = td::float64}));
  SAME(x.mean(), np::mean(x));
  SAME(x.var({.ddof = 1}), np::var(x, {.ddof = 1}));
  SAME(x.std(), np::std(x));
  SAME(x.max({.axis = 1}), np::max(x, {.axis = 1}));
  SAME(x.min(), np::min(x));
  SAME(x.any(), np::any(x));
  SAME(x.all({.axis = 1}), np::all(x, {.axis = 1}));
  SAME(x.argmax({.axis = 1}), np::argmax(x, {.axis = 1}));
  SAME(x.argmin(), np::argmin(x));
  SAME(r.round({.decimals = 1}), np::round(r, {.decimals = 1}));
  SAME(x.astype(td::float32), np::astype(x, td::float32));
  SAME(x.clip(-1, 2), np::clip(x, -1, 2));
  SAME(x.clip(std::nullopt, 2), np::clip(x, std::nullopt, 2));
  SAME(x.conj(), np::conj(x));
  SAME(x.conjugate(), x);
  SAME(x.copy(), x);
  SAME(x.dot(y), np::dot(x, y));
  SAME(x.diagonal({.offset = 1}), np::diagonal(x, {.offset = 1}));
  SAME(x.trace(), np::trace(x));
  SAME(x.reshape({3, 2}), np::reshape(x, {3, 2}));
  SAME(x.ravel(), np::ravel(x));
  SAME(x.flatten(), np::ravel(x));
  SAME(x.transpose({1, 0}), np::transpose(x, {1, 0}));
  SAME(x.T(), np::transpose(x));
  SAME(x.mT(), np::matrix_transpose(x));
  SAME(x.swapaxes(0, 1), np::swapaxes(x, 0, 1));
  SAME(x.reshape({1, 2, 3}).squeeze(), x);
  SAME(x.real(), x);
  SAME(x.imag(), np::zeros_like(x));
  SAME(y.searchsorted(x, {.side = "right"}), np::searchsorted(y, x, {.side = "right"}));
  SAME(x % y, np::remainder(x, y));
  SAME((x & y) | (x ^ y), np::bitwise_or(np::bitwise_and(x, y), np::bitwise_xor(x, y)));
  SAME(~x, np::invert(x));
  SAME((x < y) == (y > x), np::equal(np::less(x, y), np::greater(y, x)));
  SAME((x <= y) != (y >= x), np::not_equal(np::less_equal(x, y), np::greater_equal(y, x)));
  SAME(-x + y * 2 - 1.5 / r, np::subtract(np::add(np::negative(x), np::multiply(y, 2)), np::divide(1.5, r)));
  SAME(+x, x);
  SAME((x[{0, td::slice(1, {})}]), np::take(np::take(x, ndarray(array(0)), {.axis = 0}), ndarray(array({1, 2})), {.axis = 0}));
  SAME((x[1]), np::reshape(np::split(x, 2)[1], 3));
  SAME(np::asarray({{3, -1, 2}, {0, 5, -4}}, {.dtype = td::int32}), x);
  SAME(np::asarray({{1.5, -2.0, 0.25}, {4.0, 0.5, -1.0}}), r);
  SAME(np::asarray(x), x);
#undef SAME
  CHECK(np::asarray({1, 2}).dtype() == td::int64);
  CHECK(np::asarray({{{1.5F}}}).dtype() == td::float64);
  CHECK(np::asarray({true, false}).dtype() == td::bool_);
  CHECK(np::asarray(2.5).ndim() == 0);
  CHECK(x.ndim() == 2);
  CHECK(x.size() == 6);
  CHECK(x.shape(1) == 3);
  CHECK(x.dtype() == td::int32);
  CHECK(x.sum().item<std::int64_t>() == 5);
  std::ostringstream out;
  out << y;
  CHECK(out.str() == "[2 3 4]");
}

TEST_CASE("numpy: what is put into an array keeps its dtype, and changes no other array") {
  ndarray x(array({{3, -1, 2}, {0, 5, -4}}));
  const ndarray before = x, y(array({2, 3, 4}));
  x += y;
  CHECK(apart(x, np::add(before, y)) == "");
  x -= 1;
  x *= y;
  x %= 5;
  CHECK(apart(x, np::astype(np::remainder(np::multiply(np::subtract(np::add(before, y), 1), y), 5), td::int32)) == "");
  x = before;
  x &= 6;
  x |= 1;
  x ^= y;
  x <<= 2;
  x >>= 1;
  CHECK(apart(x, np::right_shift(np::left_shift(np::bitwise_xor(np::bitwise_or(np::bitwise_and(before, 6), 1), y), 2), 1)) == "");
  ndarray f(array({1.5F, 2.5F}));
  f /= ndarray(array({2.0, 4.0}));
  CHECK(f.dtype() == td::float32);
  CHECK(apart(f, ndarray(array({0.75F, 0.625F}))) == "");
  ndarray s = before;
  s.sort();
  CHECK(apart(s, np::sort(before)) == "");
  s.sort({.axis = 0});
  CHECK(apart(s, np::sort(np::sort(before), {.axis = 0})) == "");
  CHECK(apart(before, ndarray(array({{3, -1, 2}, {0, 5, -4}}))) == "");
  CHECK_THROWS_WITH(x /= 2,
                    contains("[/=] the result does not fit into the array: got float64 for int32, expected no higher kind. Convert the"));
  CHECK_THROWS_WITH(s += ndarray(td::ones({2, 2, 3}, {.dtype = td::int32})),
                    contains("[+=] the result does not fit into the array: got int32[2, 2, 3] for int32[2, 3], expected its shape."));
  ndarray u(td::ones({2}, {.dtype = td::uint8}));
  CHECK_THROWS_WITH(u += ndarray(array({1, 2})), contains("[+=] the result does not fit into the array: got int32 for uint8"));
}

TEST_CASE("numpy: a part of an array can be written to, and one that has a name is another value") {
  ndarray x(array({{3, -1, 2}, {0, 5, -4}}));
  const ndarray before = x;
  x[0] = 7;
  x[{td::ellipsis, -1}] += 1;
  CHECK(apart(x, ndarray(array({{7, 7, 8}, {0, 5, -3}}))) == "");
  ndarray row = x[1];
  row += 10;
  row[0] = x[{0, 1}];
  CHECK(apart(row, ndarray(array({7, 15, 7}))) == "");
  CHECK(apart(x[1] + 0, ndarray(array({0, 5, -3}))) == "");
  CHECK(x[0].sum().item<std::int64_t>() == 22);
  x[x < 0] = 0;
  x[ndarray(array({1, -1}))] *= 2;
  x[0] = x[1];
  CHECK(apart(x, ndarray(array({{0, 10, 0}, {0, 10, 0}}))) == "");
  CHECK(apart(before, ndarray(array({{3, -1, 2}, {0, 5, -4}}))) == "");
  CHECK_THROWS_WITH(x[0] = 3000000000, contains("[setitem] a number does not fit the dtype: got 3000000000"));
  CHECK_THROWS_WITH(x[x > 0] = ndarray(array({1, 2})), contains("[setitem] how many values a mask takes follows from its elements"));
  CHECK_THROWS_WITH(x[ndarray(array({true, false, true}))] = 1, contains("[setitem] the mask does not fit: got bool[3] for int32[2, 3]"));
  CHECK_THROWS_WITH(x[ndarray(array({1.5}))] = 1, contains("[setitem] an index is no integer: got float64, expected integers or bool."));
  CHECK_THROWS_WITH(x[ndarray(array({2}))] = 1, contains("[setitem] an index is out of range: got a distance of -1 to an end of axis 0"));
  CHECK_THROWS_WITH((x[{0, 0}] = ndarray(array({1}))), contains("[setitem] one place takes one value: got int32[1], expected rank 0."));
  CHECK_THROWS_WITH(x[0] += 0.5, contains("[setitem] the result does not fit into the array: got float64 for int32, expected no higher"));
  ndarray one(array(1));
  CHECK_THROWS_WITH(one[ndarray(array({0}))] = 1, contains("[setitem] there is no axis to index: got rank 0, expected 1 or more."));
  const auto f = td::transpile(
      [](const ndarray& a, const ndarray& b) {
        ndarray y = a;
        y[{td::slice(), 0}] = b;
        y[1] -= b[0];
        return y;
      },
      td::source::numpy, td::target::eigen);
  CHECK(td::all(f(array({{1.0, 2.0}, {3.0, 4.0}}), array({5.0, 6.0})) == array({{5.0, 2.0}, {1.0, -1.0}})).item<bool>());
}

TEST_CASE("numpy: what is refused says so") {
#define WORDS np
#include "numpy_words_errors.def"
#undef WORDS
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(np::quantile(v, 0.5, {.method = "inverted_cdf", .weights = own(array({1.0, -1.0, 2.0}))}),
                    contains("[quantile] a weight is negative or NaN: got such, expected 0 or more. Pass others."));
  CHECK_THROWS_WITH(np::quantile(v, 0.5, {.method = "inverted_cdf", .weights = own(td::zeros({3}))}),
                    contains("[quantile] the weights have no share: got a sum of 0 or infinity, expected another. Pass others."));
  CHECK_THROWS_WITH(np::histogram(own(array({1.0, nan})), 2),
                    contains("[histogram] an element is not finite: got such, expected none where no range is given. Pass a range."));
  CHECK_THROWS_WITH(np::histogram(v, own(array({3.0, 1.0}))),
                    contains("[histogram] the ends of bins do not rise: got such, expected each at least the one before. Sort them."));
  CHECK_THROWS_WITH(np::histogram(v, own(array({1.0, 3.0})), {.weights = v == 1.0}),
                    contains("[histogram] bool weighs nothing between given ends: got bool, expected numbers. Multiply by 1."));
  CHECK_THROWS_WITH(np::gcd(v == 1.0, v == 2.0), contains("[gcd] "));
  CHECK_THROWS_WITH(np::lcm(v, 2), contains("[lcm] "));
  const ndarray ints(array({1, 2, 3})), flags(array({true, false, true})), bytes(td::ones({2}, {.dtype = td::uint8}));
  CHECK_THROWS_WITH(np::select({ints}, {ints}),
                    contains("[select] a condition is no bool: got int32, expected bool. Compare it, as in c != 0."));
  CHECK_THROWS_WITH(np::power(ints, -1),
                    contains("[power] numpy has no negative integer power of integers: got an exponent of -1, expected 0"));
  CHECK_THROWS_WITH(np::mean(v, {.dtype = td::int32}),
                    contains("[mean] means are real numbers here: got dtype int32, expected a floating dtype."));
  CHECK_THROWS_WITH(np::arange(3, {.dtype = td::bool_}),
                    contains("[arange] numpy has no range of bool: got bool, expected a numeric dtype."));
  CHECK_THROWS_WITH(np::linspace(0, 1, {.num = -1}), contains("[linspace] the count is negative: got -1, expected 0 or more."));
  CHECK_THROWS_WITH(np::reciprocal(flags), contains("[reciprocal] numpy gives int8 for bool, which Tendril does not have: got bool"));
  CHECK_THROWS_WITH(np::rint(bytes), contains("[rint] numpy gives float16 for uint8, which Tendril does not have: got uint8"));
  CHECK_THROWS_WITH(np::matmul(flags, flags), contains("[matmul] bool is taken by numpy alone: got bool, expected a numeric dtype."));
  CHECK_THROWS_WITH(np::cov(v, std::nullopt, {.aweights = -v}),
                    contains("[cov] a weight is negative: got one below 0, expected 0 or more."));
  CHECK_THROWS_WITH(np::quantile(v, flags), contains("[quantile] q is no share: got bool, expected numbers from 0 to 1."));
  CHECK_THROWS_WITH(np::quantile(v, 1.5), contains("[quantile] q is no share: got 1.5, expected 0 to 1, or 0 to 100 of percentile."));
  CHECK_THROWS_WITH(np::full({2}, 300, {.dtype = td::uint8}), contains("300"));
}
