// Calls that a framework made (tests/data/NAME.json), made by Tendril's frontend of the same name: eager, and transpiled to every target.
#pragma once
#include <algorithm>
#include <functional>
#include <map>

#include <tendril/tendril.hpp>
#include <tendril/transpile.hpp>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "reference.hpp"

namespace tendril_test {

/// A call: the arrays in it, and what stands at each place of `inputs`: nothing, one of the arrays, a number, or several arrays.
struct frontend_case {
  std::string fn, text;
  std::vector<tendril::array> arrays;
  std::vector<std::variant<std::monostate, std::size_t, tendril::scalar, std::vector<std::size_t>>> inputs;
  nlohmann::json kwargs;
  bool refused = false;
  bool member = false;  ///< a member of a module makes this call
  bool waits = false;   ///< for arguments: extents or values say what there is to record
  std::vector<tendril::array> outputs;
  std::vector<tolerance> tolerances;
};
/// The cases of a file; it is read once a process.
const std::vector<frontend_case>& frontend_cases(const std::string& file);

/// The keyword arguments of a case.
class frontend_keywords {
 public:
  explicit frontend_keywords(const frontend_case& c) : c_(c) {}
  bool has(const char* name) const { return c_.kwargs.contains(name); }
  const nlohmann::json& at(const char* name) const { return c_.kwargs.at(name); }
  tendril::axes axes(const char* name, tendril::axes otherwise = {}) const;
  tendril::maybe_integer maybe(const char* name, tendril::maybe_integer otherwise = {}) const;
  std::int64_t integer(const char* name, std::int64_t otherwise = 0) const { return has(name) ? at(name).get<std::int64_t>() : otherwise; }
  double real(const char* name, double otherwise) const { return has(name) ? read_scalar(at(name)).real() : otherwise; }
  bool flag(const char* name, bool otherwise = false) const { return has(name) ? at(name).get<bool>() : otherwise; }
  std::string word(const char* name, const char* otherwise) const { return has(name) ? at(name).get<std::string>() : otherwise; }
  tendril::scalar value(const char* name) const { return read_scalar(at(name)); }
  tendril::dtype dtype(const char* name = "dtype", tendril::dtype otherwise = tendril::dtype::unknown) const {
    return has(name) ? read_dtype(at(name)) : otherwise;
  }

 protected:
  const frontend_case& c_;
};

/// A case on given arrays of a frontend's class.
template <class Array>
class frontend_call : public frontend_keywords {
 public:
  using arg = tendril::detail::frontend_operand<Array>;
  frontend_call(const frontend_case& c, std::span<const Array> a) : frontend_keywords(c), a_(a) {}

  arg input(std::size_t i) const {
    if (i >= c_.inputs.size() || std::holds_alternative<std::monostate>(c_.inputs[i])) return arg(std::nullopt);
    if (const auto* k = std::get_if<std::size_t>(&c_.inputs[i])) return arg(a_[*k]);
    return number(std::get<tendril::scalar>(c_.inputs[i]));
  }
  static arg number(tendril::scalar s) {
    if (s.kind() == tendril::dtype_kind::boolean) return arg(s.integer() != 0);
    if (s.beyond_int64()) return arg(static_cast<std::uint64_t>(s.integer()));
    return s.kind() == tendril::dtype_kind::integer ? arg(s.integer()) : arg(s.real());
  }
  /// The rank of an array, known from the case; -1 of anything else.
  int rank(std::size_t i) const {
    const auto* k = std::get_if<std::size_t>(&c_.inputs.at(i));
    return k ? c_.arrays[*k].ndim() : -1;
  }
  const Array& array(std::size_t i) const { return a_[std::get<std::size_t>(c_.inputs.at(i))]; }
  tendril::scalar scalar(std::size_t i) const { return std::get<tendril::scalar>(c_.inputs.at(i)); }
  std::vector<Array> list(std::size_t i = 0) const {
    std::vector<Array> out;
    for (std::size_t k : std::get<std::vector<std::size_t>>(c_.inputs.at(i))) out.push_back(a_[k]);
    return out;
  }
  std::size_t count() const { return c_.inputs.size(); }

 private:
  std::span<const Array> a_;
};

template <class Array>
using frontend_runner = std::function<std::vector<Array>(const frontend_call<Array>&)>;
/// By the names that the cases have.
template <class Array>
using frontend_functions = std::map<std::string, frontend_runner<Array>>;

template <class Array>
std::vector<tendril::array> values_of(const std::vector<Array>& r) {
  std::vector<tendril::array> out;
  for (const Array& a : r) out.push_back(a.value());
  return out;
}

/// Makes every call by `run`, and collects what differs: the first of a function in full, then counts.
void check_frontend_cases(const std::string& file, const char* framework,
                          const std::function<std::vector<tendril::array>(const frontend_case&)>& run);

/// A case as a function of its arrays alone, transpiled without arguments and then called.
template <class Source, class Target, class Array>
std::vector<tendril::array> transpiled(const frontend_case& c, const frontend_runner<Array>& run, Source source, Target target,
                                       const tendril::trace_options& options) {
  const auto called = [&](const auto&... a) {
    const Array in[] = {a..., Array()};
    return run(frontend_call<Array>(c, {in, sizeof...(a)}));
  };
  const auto through = [&](auto f, const auto&... x) -> std::vector<tendril::array> {
    auto g = tendril::transpile(f, source, target, options);
    CHECK(g.pending().empty() == !c.waits);
    return g(x...);
  };
  const auto& a = c.arrays;
  switch (a.size()) {
    case 0: return through([&] { return called(); });
    case 1: return through([&](const Array& x) { return called(x); }, a[0]);
    case 2: return through([&](const Array& x, const Array& y) { return called(x, y); }, a[0], a[1]);
    case 3: return through([&](const Array& x, const Array& y, const Array& z) { return called(x, y, z); }, a[0], a[1], a[2]);
    case 4:
      return through([&](const Array& x, const Array& y, const Array& z, const Array& u) { return called(x, y, z, u); }, a[0], a[1], a[2],
                     a[3]);
    default:
      return through([&](const Array& x, const Array& y, const Array& z, const Array& u, const Array& v) { return called(x, y, z, u, v); },
                     a.at(0), a.at(1), a.at(2), a.at(3), a.at(4));
  }
}

/// Every case on every backend, op by op.
template <class Array>
void check_eager(const std::string& file, const char* framework, const frontend_functions<Array>& functions) {
  for (const std::string& backend : tendril::backends()) {
    INFO("backend " << backend);
    const tendril::backend_scope scope(backend);
    check_frontend_cases(file, framework, [&](const frontend_case& c) {
      std::vector<Array> in;
      for (const tendril::array& a : c.arrays) in.emplace_back(a);
      return values_of(functions.at(c.fn)(frontend_call<Array>(c, in)));
    });
  }
}

/// Every case transpiled to a target, if its backend is there.
template <class Array, class Source, class Target>
void check_transpiled(const std::string& file, const char* framework, const frontend_functions<Array>& functions, Source source,
                      Target target, const tendril::trace_options& options = {}) {
  const std::vector<std::string> there = tendril::backends();
  if (std::find(there.begin(), there.end(), Target::backend) == there.end()) return;
  check_frontend_cases(file, framework, [&](const frontend_case& c) { return transpiled(c, functions.at(c.fn), source, target, options); });
}

/// The names that docs/frontends.md lists for a frontend, as cases write them.
std::vector<std::string> documented_names(const std::string& frontend);

/// Every function has cases, and every case a function; docs/frontends.md lists each, and no other.
template <class Array>
void check_covered(const std::string& frontend, const frontend_functions<Array>& functions) {
  const std::string file = frontend + ".json";
  std::vector<std::string> named;
  for (const auto& [name, run] : functions)
    if (name.find("operator.") == name.npos && name != "normalize") named.push_back(name);
  CHECK(documented_names(frontend) == named);
  std::map<std::string, int> count;
  for (const frontend_case& c : frontend_cases(file)) ++count[c.fn];
  for (const auto& [name, run] : functions) {
    INFO(name);
    CHECK(count[name] > 0);
  }
  for (const auto& [name, n] : count) {
    INFO(name);
    CHECK(functions.count(name) == 1);
  }
}

}  // namespace tendril_test
