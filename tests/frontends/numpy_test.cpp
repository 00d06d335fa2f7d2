// Every case of numpy.json: what the numpy frontend gives eagerly and transpiled, against what numpy itself gave.
#include <tendril/frontends/numpy.hpp>

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
#define X(name, op) f[#name] = [](const call& c) { return results{np::name(c.input(0))}; };
    TENDRIL_NUMPY_UNARY(X)
#undef X
#define X(name, op) f[#name] = [](const call& c) { return results{np::name(c.input(0), c.input(1))}; };
    TENDRIL_NUMPY_BINARY(X)
#undef X
#define ONE(name, ...) f[#name] = [](const call& c) { return results{np::name(__VA_ARGS__)}; }
    ONE(floor_divide, c.input(0), c.input(1));
    ONE(sum, c.input(0), {.axis = c.axes("axis"), .keepdims = c.flag("keepdims")});
    ONE(mean, c.input(0), {.axis = c.axes("axis"), .keepdims = c.flag("keepdims")});
    ONE(var, c.input(0), {.axis = c.axes("axis"), .ddof = c.real("ddof", 0), .keepdims = c.flag("keepdims")});
    ONE(std, c.input(0), {.axis = c.axes("axis"), .ddof = c.real("ddof", 0), .keepdims = c.flag("keepdims")});
    ONE(cumsum, c.input(0), {.axis = c.maybe("axis"), .dtype = c.dtype()});
    ONE(cumprod, c.input(0), {.axis = c.maybe("axis"), .dtype = c.dtype()});
    ONE(sort, c.input(0), {.axis = c.maybe("axis", -1)});
    ONE(argsort, c.input(0), {.axis = c.maybe("axis", -1)});
    ONE(diff, c.input(0), {.n = c.integer("n", 1), .axis = c.integer("axis", -1)});
    ONE(count_nonzero, c.input(0), {.axis = c.axes("axis"), .keepdims = c.flag("keepdims")});
    ONE(repeat, c.input(0), c.integer("repeats", 0), {.axis = c.maybe("axis")});
    ONE(tile, c.input(0), c.axes("reps"));
    ONE(take, c.input(0), c.input(1), {.axis = c.maybe("axis")});
    ONE(take_along_axis, c.input(0), c.input(1), {.axis = c.maybe("axis", -1)});
    ONE(searchsorted, c.input(0), c.input(1), {.side = c.word("side", "left")});
#undef ONE
#define IN(name, ...) f["linalg." #name] = [](const call& c) { return results{np::linalg::name(__VA_ARGS__)}; }
    IN(det, c.input(0));
    IN(inv, c.input(0));
    IN(solve, c.input(0), c.input(1));
    IN(cholesky, c.input(0), {.upper = c.flag("upper")});
    IN(matrix_power, c.input(0), c.integer("n"));
#undef IN
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

TEST_CASE("numpy: methods and operators do what the functions do") {
  const ndarray x(array({{3, -1, 2}, {0, 5, -4}})), y(array({2, 3, 4}));
  const auto same = [](const ndarray& a, const ndarray& b) {
    return tendril_test::difference(a.value(), td::detail::copy_of(b.value().view()));
  };
  CHECK(same(x.cumsum(), np::cumsum(x)) == "");
  CHECK(same(x.cumsum({.axis = 0}), np::cumsum(x, {.axis = 0})) == "");
  CHECK(same(x.cumprod(), np::cumprod(x)) == "");
  CHECK(same(x.argsort(), np::argsort(x)) == "");
  CHECK(same(x.take(y), np::take(x, y)) == "");
  CHECK(same(x.repeat(2), np::repeat(x, 2)) == "");
  CHECK(same(x % y, np::remainder(x, y)) == "");
  CHECK(same((x & y) | (x ^ y), np::bitwise_or(np::bitwise_and(x, y), np::bitwise_xor(x, y))) == "");
  CHECK(same(~x, np::invert(x)) == "");
  CHECK(same((x < y) == (y > x), np::equal(np::less(x, y), np::greater(y, x))) == "");
}
