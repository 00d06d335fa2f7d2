// Floating-point exceptions: no op raises a flag on numbers on which the same scalar C++ raises none, whatever stands beside them in a
// register.
#include <cfenv>
#include <csignal>
#include <functional>

#include <tendril/detail/op_id.hpp>

#include "catch.hpp"
#include "ops/op_table.hpp"
#include "trace_helpers.hpp"

namespace {

using namespace trace_test;
using two = td::array (*)(const td::array&, const td::array&);

constexpr int watched = FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW;

std::string raised() {
  std::string s;
  const int flags = std::fetestexcept(watched);
  if (flags & FE_DIVBYZERO) s += " divide-by-zero";
  if (flags & FE_INVALID) s += " invalid";
  if (flags & FE_OVERFLOW) s += " overflow";
  return s;
}

/// `n` numbers between `low` and `low` + 0.65.
td::array numbers(int n, double low, td::dtype d) {
  doubles v(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = low + static_cast<double>(i * 5 % 14) / 21.5;
  return td::astype(td::asarray(v), d);
}

/// What calls raise, in words: eager, and traced on every backend, called, and written `into`.
template <class F>
std::string raised_by(F f, const std::vector<td::array>& in) {
  std::string found;
  const auto run = [&](const std::string& how, auto call) {
    std::feclearexcept(FE_ALL_EXCEPT);
    call();
    if (const std::string r = raised(); !r.empty()) found += how + ":" + r + "; ";
  };
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    run("eager on " + backend, [&] { f(in); });
    const auto traced = td::trace_graph([&](const std::vector<td::array>& v) { return f(v); }, {.to = backend});
    traced.trace(in);
    run("traced on " + backend, [&] { traced(in); });
  }
  std::feclearexcept(FE_ALL_EXCEPT);
  return found;
}

/// Where an op is defined, its neighbourhood of 0.3 to 0.95, which most are.
double domain(const td::op_record& op) { return op.name == "acosh" ? 1.25 : 0.3; }

std::vector<const td::op_record*> elementwise() {
  std::vector<const td::op_record*> out;
  for (const td::op_record* row : td::op_table()) {
    const td::op_record& op = *row;
    if (op.is(td::trait::elementwise) && !op.is(td::trait::internal)) out.push_back(&op);
  }
  return out;
}

std::vector<td::array> apply(const td::op_record& op, const std::vector<td::array>& in) {
  td::attributes at;
  for (const td::attribute_spec& a : op.attributes) at.set(a.name.c_str(), a.default_value);
  return td::apply(op, std::vector<td::operand>(in.begin(), in.end()), at);
}

bool takes(const td::op_record& op, const std::vector<td::array>& in) {
  try {
    apply(op, in);
    return true;
  } catch (const td::dtype_error&) { return false; }
}

struct named {
  const char* name;
  two f;
};
// What people write, with reductions, divisions of single elements, short rows and columns.
const named functions[] = {
    {"normalize", [](const td::array& x, const td::array&) { return (x - td::mean(x)) / (td::std(x) + 0.125); }},
    {"root mean square", [](const td::array& x, const td::array&) { return x / td::sqrt(td::mean(x * x) + 1e-5); }},
    {"mean", [](const td::array& x, const td::array&) { return td::mean(x); }},
    {"var", [](const td::array& x, const td::array&) { return td::var(x); }},
    {"std", [](const td::array& x, const td::array&) { return td::std(x); }},
    {"max, min", [](const td::array& x, const td::array& y) { return td::max(x) - td::min(y); }},
    {"prod", [](const td::array& x, const td::array&) { return td::prod(x); }},
    {"sum of quotients", [](const td::array& x, const td::array& y) { return td::sum(x / y); }},
    {"largest logarithm", [](const td::array& x, const td::array&) { return td::max(td::log(x)); }},
    {"log of sum of exp", [](const td::array& x, const td::array&) { return td::log(td::sum(td::exp(x))); }},
    {"softmax", [](const td::array& x, const td::array&) { return td::softmax(x - 1000.0); }},
    {"log_softmax", [](const td::array& x, const td::array&) { return td::log_softmax(x - 1000.0); }},
    {"any, all", [](const td::array& x, const td::array& y) { return td::logical_and(td::any(x / y > 0.5), td::all(1 / x > 0.5)); }},
    {"argmax", [](const td::array& x, const td::array& y) { return td::argmax(x / y); }},
    {"single elements", [](const td::array& x, const td::array& y) { return td::exp(td::max(x)) / td::sqrt(td::max(y)); }},
    {"division by one element", [](const td::array& x, const td::array& y) { return x / td::max(y); }},
    {"division of one element", [](const td::array& x, const td::array& y) { return td::max(x) / y; }},
    {"where", [](const td::array& x, const td::array& y) { return td::where(x < y, x / y, td::rsqrt(y)); }},
    {"gelu", [](const td::array& x, const td::array&) { return td::gelu(x, {.approximate = "tanh"}); }},
    {"row means",
     [](const td::array& x, const td::array& y) {
       return td::mean(td::reshape(x, {-1, 1}) / td::reshape(y, {1, -1}), {.axis = 1});
     }},
    {"column variances",
     [](const td::array& x, const td::array& y) {
       return td::var(td::reshape(x, {-1, 1}) / td::reshape(y, {1, -1}), {.axis = 0});
     }},
    {"softmax of rows",
     [](const td::array& x, const td::array& y) {
       return td::softmax(td::reshape(x, {-1, 1}) / td::reshape(y, {1, -1}));
     }},
    {"softmax of columns",
     [](const td::array& x, const td::array& y) {
       return td::softmax(td::reshape(x, {-1, 1}) / td::reshape(y, {1, -1}), {.axis = 0});
     }},
    {"matmul",
     [](const td::array& x, const td::array& y) {
       return td::matmul(td::reshape(x, {-1, 1}), td::reshape(y, {1, -1}));
     }},
    {"running sum", [](const td::array& x, const td::array& y) { return td::cumulative_sum(x / y); }},
    {"sort", [](const td::array& x, const td::array& y) { return td::sort(x / y); }},
    {"logic of quotients", [](const td::array& x, const td::array& y) { return td::astype(x / y > 1 / x, td::float64) / y; }},
    {"to integers", [](const td::array& x, const td::array& y) { return td::astype(100 * x / y, td::int32); }},
};

}  // namespace

TEST_CASE("elementwise ops raise no exception on ordinary numbers of any length") {
  for (const td::op_record* op : elementwise())
    for (const td::dtype d : {td::float32, td::float64})
      for (int n = 1; n <= 40; ++n) {
        std::vector<td::array> in;
        for (std::size_t k = 0; k < op->inputs.size(); ++k) in.push_back(numbers(n, domain(*op) + 0.01 * static_cast<double>(k), d));
        if (op->id == td::op_id::where) in[0] = in[0] < in[1];
        if (n == 1 && !takes(*op, in)) break;
        INFO(op->name << ", " << n << " of " << td::to_string(d));
        CHECK(raised_by([&](const std::vector<td::array>& v) { return apply(*op, v); }, in) == "");
        for (std::size_t one = 0; one < in.size() && in.size() > 1; ++one) {  // that operand is one element
          std::vector<td::array> some = in;
          some[one] = in[one][0];
          INFO("operand " << one << " is one element");
          CHECK(raised_by([&](const std::vector<td::array>& v) { return apply(*op, v); }, some) == "");
        }
      }
}

TEST_CASE("functions of reductions and quotients raise no exception on ordinary numbers of any length") {
  for (const named& f : functions)
    for (const td::dtype d : {td::float32, td::float64})
      for (int n = 1; n <= 40; ++n) {
        INFO(f.name << ", " << n << " of " << td::to_string(d));
        const auto run = [&](const std::vector<td::array>& v) { return f.f(v[0], v[1]); };
        CHECK(raised_by(run, {numbers(n, 0.3, d), numbers(n, 0.4, d)}) == "");
        const auto every_other = [](const td::array& x) { return x[{td::slice({}, {}, 2)}]; };
        CHECK(raised_by(run, {every_other(numbers(2 * n, 0.3, d)), every_other(numbers(2 * n, 0.4, d))}) == "");
      }
}

TEST_CASE("an exception that an element raises is raised") {
  const auto flags_of = [](auto f, double x, double y) {
    const auto g = td::trace_graph([&](const td::array& a, const td::array& b) { return f(a, b); });
    const doubles many(17, 1.0);
    doubles a = many, b = many;
    a[16] = x, b[16] = y;
    g.trace(a, b);
    std::feclearexcept(FE_ALL_EXCEPT);
    g(a, b);
    return raised();
  };
  const auto quotient = [](const td::array& a, const td::array& b) { return a / b; };
  CHECK(flags_of(quotient, 1, 0) == " divide-by-zero");
  CHECK(flags_of(quotient, 0, 0) == " invalid");
  CHECK(flags_of(quotient, 1e300, 1e-300) == " overflow");
  CHECK(flags_of(quotient, std::numeric_limits<double>::quiet_NaN(), 1) == "");
  CHECK(flags_of([](const td::array& a, const td::array& b) { return td::sqrt(a) + b; }, -1, 0) == " invalid");
  std::feclearexcept(FE_ALL_EXCEPT);
}

#if defined(__GLIBC__) && defined(__x86_64__)
TEST_CASE("a traced mean and deviation run with traps enabled") {
  const auto f = td::trace_graph(normalize);
  const auto mean = td::trace_graph([](const td::array& x) { return td::mean(x); });
  std::feclearexcept(FE_ALL_EXCEPT);
  feenableexcept(watched);  // a wrong flag ends the program by SIGFPE
  for (std::size_t n = 2; n < 40; ++n) {
    doubles x(n);
    for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<double>(i + 1);
    f(x), mean(x), f(x), mean(x);
    const td::array a = td::asarray(x);
    (void)(a / a);
  }
  fedisableexcept(watched);
  SUCCEED();
}
#endif
