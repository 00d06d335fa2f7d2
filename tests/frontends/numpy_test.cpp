// Every case of numpy.json: what the numpy frontend gives eagerly and transpiled, against what numpy itself gave.
#include <algorithm>
#include <functional>
#include <map>

#include <nlohmann/json.hpp>
#include <tendril/frontends/numpy.hpp>

#include "catch.hpp"
#include "reference.hpp"

namespace {

namespace td = tendril;
namespace np = tendril::frontends::numpy;
using nlohmann::json;
using np::arg;
using np::ndarray;
using td::array;

struct numpy_case {
  std::string fn, text;
  std::vector<array> arrays;
  std::vector<std::variant<std::size_t, td::scalar>> inputs;
  json kwargs;
  bool refused = false;
  array output;
  tendril_test::tolerance tolerance;
};

/// The call of a case on given arrays.
class call {
 public:
  call(const numpy_case& c, std::span<const ndarray> a) : c_(c), a_(a) {}
  arg input(std::size_t i) const {
    if (const auto* k = std::get_if<std::size_t>(&c_.inputs.at(i))) return arg(a_[*k]);
    const td::scalar s = std::get<td::scalar>(c_.inputs.at(i));
    if (s.kind() == td::dtype_kind::boolean) return arg(s.integer() != 0);
    if (s.beyond_int64()) return arg(static_cast<std::uint64_t>(s.integer()));
    return s.kind() == td::dtype_kind::integer ? arg(s.integer()) : arg(s.real());
  }
  bool has(const char* name) const { return c_.kwargs.contains(name); }
  std::int64_t integer(const char* name, std::int64_t otherwise) const {
    return has(name) ? c_.kwargs.at(name).get<std::int64_t>() : otherwise;
  }
  td::maybe_integer axis(td::maybe_integer otherwise) const {
    if (!has("axis")) return otherwise;
    return c_.kwargs.at("axis").is_null() ? td::maybe_integer() : td::maybe_integer(integer("axis", 0));
  }
  td::axes axes(const char* name) const {
    if (!has(name)) return {};
    const json& j = c_.kwargs.at(name);
    return j.is_array() ? td::axes(j.get<std::vector<std::int64_t>>()) : td::axes(j.get<std::int64_t>());
  }
  bool keepdims() const { return has("keepdims"); }
  td::dtype dtype() const { return has("dtype") ? tendril_test::read_dtype(c_.kwargs.at("dtype")) : td::dtype::unknown; }
  double ddof() const { return has("ddof") ? c_.kwargs.at("ddof").get<double>() : 0.0; }
  std::string side() const { return c_.kwargs.at("side").get<std::string>(); }

 private:
  const numpy_case& c_;
  std::span<const ndarray> a_;
};

using runner = std::function<ndarray(const call&)>;

const std::map<std::string, runner>& functions() {
  static const std::map<std::string, runner> all = [] {
    std::map<std::string, runner> f;
#define X(name, op) f[#name] = [](const call& c) { return np::name(c.input(0)); };
    TENDRIL_NUMPY_UNARY(X)
#undef X
#define X(name, op) f[#name] = [](const call& c) { return np::name(c.input(0), c.input(1)); };
    TENDRIL_NUMPY_BINARY(X)
#undef X
#define ONE(name, ...) f[#name] = [](const call& c) { return np::name(__VA_ARGS__); }
    ONE(floor_divide, c.input(0), c.input(1));
    ONE(sum, c.input(0), {.axis = c.axes("axis"), .keepdims = c.keepdims()});
    ONE(mean, c.input(0), {.axis = c.axes("axis"), .keepdims = c.keepdims()});
    ONE(var, c.input(0), {.axis = c.axes("axis"), .ddof = c.ddof(), .keepdims = c.keepdims()});
    ONE(std, c.input(0), {.axis = c.axes("axis"), .ddof = c.ddof(), .keepdims = c.keepdims()});
    ONE(cumsum, c.input(0), {.axis = c.axis({}), .dtype = c.dtype()});
    ONE(cumprod, c.input(0), {.axis = c.axis({}), .dtype = c.dtype()});
    ONE(sort, c.input(0), {.axis = c.axis(-1)});
    ONE(argsort, c.input(0), {.axis = c.axis(-1)});
    ONE(diff, c.input(0), {.n = c.integer("n", 1), .axis = c.integer("axis", -1)});
    ONE(count_nonzero, c.input(0), {.axis = c.axes("axis"), .keepdims = c.keepdims()});
    ONE(repeat, c.input(0), c.integer("repeats", 0), {.axis = c.axis({})});
    ONE(tile, c.input(0), c.axes("reps"));
    ONE(take, c.input(0), c.input(1), {.axis = c.axis({})});
    ONE(take_along_axis, c.input(0), c.input(1), {.axis = c.axis(-1)});
    ONE(searchsorted, c.input(0), c.input(1), {.side = c.side()});
#undef ONE
    return f;
  }();
  return all;
}

const std::vector<numpy_case>& cases() {
  static const std::vector<numpy_case> all = [] {
    std::vector<numpy_case> out;
    for (const json& j : tendril_test::load_cases("numpy.json")) {
      numpy_case c;
      c.fn = j.at("fn");
      c.text = j.dump().substr(0, 400);
      c.kwargs = j.at("kwargs");
      c.refused = j.value("error", false);
      for (const json& x : j.at("inputs")) {
        if (x.contains("scalar")) {
          c.inputs.emplace_back(tendril_test::read_scalar(x.at("scalar")));
        } else {
          c.inputs.emplace_back(c.arrays.size());
          c.arrays.push_back(tendril_test::read_array(x).value);
        }
      }
      if (!c.refused) {
        if (j.contains("ulp")) c.tolerance.ulp = j.at("ulp").get<double>();
        if (j.contains("atol")) c.tolerance.atol = j.at("atol").at(0).get<double>();
        c.output = tendril_test::read_array(j.at("outputs").at(0)).value;
      }
      out.push_back(std::move(c));
    }
    return out;
  }();
  return all;
}

template <class Run>
void check_all(Run run) {
  std::string failed;
  int count = 0;
  for (const numpy_case& c : cases()) {
    std::string wrong;
    try {
      const array got = run(c, functions().at(c.fn));
      wrong =
          c.refused ? "numpy or its dtypes refuse this, got " + td::to_string(got) : tendril_test::difference(got, c.output, c.tolerance);
    } catch (const td::internal_error& e) { wrong = std::string("threw an internal error: ") + e.what(); } catch (const td::error& e) {
      if (!c.refused) wrong = std::string("threw: ") + e.what();
    }
    if (!wrong.empty() && ++count <= 6) failed += "\n\n" + c.fn + ": " + wrong + "\n  " + c.text;
  }
  INFO(count << " cases");
  CHECK(failed == "");
}

// The case as a function of its arrays alone, transpiled without arguments and then called.
template <class Target>
array transpiled(const numpy_case& c, const runner& run, Target target) {
  if (c.arrays.size() == 1) {
    const auto f = [&](const ndarray& a) {
      const ndarray in[] = {a};
      return run(call(c, in));
    };
    return td::transpile(f, td::source::numpy, target)(c.arrays[0]);
  }
  const auto f = [&](const ndarray& a, const ndarray& b) {
    const ndarray in[] = {a, b};
    return run(call(c, in));
  };
  return td::transpile(f, td::source::numpy, target)(c.arrays[0], c.arrays[1]);
}

}  // namespace

TEST_CASE("every numpy case: eager") {
  for (const std::string& backend : td::backends()) {
    INFO("backend " << backend);
    const td::backend_scope scope(backend);
    check_all([](const numpy_case& c, const runner& run) {
      std::vector<ndarray> in;
      for (const array& a : c.arrays) in.emplace_back(a);
      return run(call(c, in)).value();
    });
  }
}

TEST_CASE("every numpy case: transpiled to eigen") {
  check_all([](const numpy_case& c, const runner& run) { return transpiled(c, run, td::target::eigen); });
}

TEST_CASE("every numpy case: transpiled to jit, where it is there") {
  const std::vector<std::string> there = td::backends();
  if (std::find(there.begin(), there.end(), "jit") == there.end()) return;
  check_all([](const numpy_case& c, const runner& run) { return transpiled(c, run, td::target::jit); });
}

#if TENDRIL_HAS_XTENSOR_BACKEND
TEST_CASE("every numpy case: transpiled to xtensor") {
  check_all([](const numpy_case& c, const runner& run) { return transpiled(c, run, td::target::xtensor); });
}
#endif

TEST_CASE("every function of the numpy frontend has cases") {
  std::map<std::string, int> count;
  for (const numpy_case& c : cases()) ++count[c.fn];
  for (const auto& [name, run] : functions()) {
    INFO(name);
    CHECK(count[name] > 0);
  }
  CHECK(count.size() == functions().size());
}

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
