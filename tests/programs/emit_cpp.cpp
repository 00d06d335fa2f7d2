// Prints a program of emitted C++: `emit_cpp eigen|xtensor [CASES OF EACH OP] [FIRST]`. It holds functions made of reference cases, calls
// each with the case's arguments, compares with the case's results, and says "the same" or what differs.
#include <algorithm>
#include <iostream>

#include <tendril/detail/with_dtype.hpp>
#include <tendril/tendril.hpp>

#include "reference.hpp"
#include "source/cpp_forms.hpp"

namespace {

namespace td = tendril;

// The elements as a list of C++, in row-major order.
std::string elements(const td::array& a) {
  std::string s;
  const td::array flat = td::reshape(a, {-1});
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const td::array e = flat[i];
    const td::scalar value = td::detail::with_dtype(a.dtype(), [&](auto zero) { return td::scalar(e.item<decltype(zero)>()); });
    s += (i ? ", " : "") + td::source_text::cpp_number(value, a.dtype());
  }
  return s;
}

std::string shape_of(const td::array& a) {
  std::string s;
  for (const std::int64_t n : a.shape()) s += (s.empty() ? "" : ", ") + std::to_string(n);
  return s;
}

constexpr const char* eigen_helpers = R"(
template <class T>
auto made0(std::vector<T> v) { return v[0]; }
template <class T>
Eigen::ArrayX<T> made1(std::vector<T> v, Eigen::Index n) {
  Eigen::ArrayX<T> a(n);
  for (Eigen::Index i = 0; i < n; ++i) a(i) = v[static_cast<std::size_t>(i)];
  return a;
}
template <class T>
Eigen::ArrayXX<T> made2(std::vector<T> v, Eigen::Index rows, Eigen::Index columns) {
  Eigen::ArrayXX<T> a(rows, columns);
  for (Eigen::Index i = 0; i < rows; ++i)
    for (Eigen::Index k = 0; k < columns; ++k) a(i, k) = v[static_cast<std::size_t>(i * columns + k)];
  return a;
}
template <class A>
auto row_major(const A& a) {
  if constexpr (std::is_arithmetic_v<A>) return std::vector<A>{a};
  else {
    std::vector<typename A::Scalar> v;
    for (Eigen::Index i = 0; i < a.rows(); ++i)
      for (Eigen::Index k = 0; k < a.cols(); ++k) v.push_back(a(i, k));
    return v;
  }
}
)";
constexpr const char* xtensor_helpers = R"(
template <class T>
auto made0(std::vector<T> v) { return v[0]; }
template <class T, class... N>
xt::xarray<T> made(std::vector<T> v, std::vector<std::size_t> shape) {
  xt::xarray<T> a = xt::xarray<T>::from_shape(shape);
  std::copy(v.begin(), v.end(), a.begin());
  return a;
}
template <class A>
auto row_major(const A& a) {
  if constexpr (std::is_arithmetic_v<A>) return std::vector<A>{a};
  else return std::vector<typename A::value_type>(a.begin(), a.end());
}
)";
constexpr const char* check = R"(
int failed = 0;
template <class V, class W>
void compare(const char* name, const V& got, const W& want, double atol) {
  using T = typename V::value_type;
  static_assert(std::is_same_v<V, W>);
  bool same = got.size() == want.size();
  std::size_t at = 0;
  double scale = 0;
  for (std::size_t i = 0; i < want.size(); ++i)
    if (const auto w = static_cast<double>(want[i]); std::isfinite(w)) scale = std::max(scale, std::abs(w));
  for (std::size_t i = 0; same && i < want.size(); ++i) {
    if constexpr (std::is_floating_point_v<T>) {
      const double g = got[i], w = want[i];
      same = g == w || (std::isnan(g) && std::isnan(w)) ||
             std::abs(g - w) <= 64 * std::numeric_limits<T>::epsilon() * (std::abs(w) + scale) + 4 * atol + 8 * std::numeric_limits<T>::min();
    } else {
      same = got[i] == want[i];
    }
    at = i;
  }
  if (same) return;
  ++failed;
  std::cout << name << ": ";
  if (got.size() != want.size()) std::cout << got.size() << " elements, expected " << want.size() << '\n';
  else std::cout << "element " << at << ": " << +got[at] << ", expected " << +want[at] << '\n';
}
)";

}  // namespace

int main(int argc, char** argv) {
  const std::string language = argc > 1 ? argv[1] : "eigen";
  const std::size_t most = argc > 2 ? std::stoul(argv[2]) : 3, first = argc > 3 ? std::stoul(argv[3]) : 0;
  const bool eigen = language == "eigen";
  td::set_warning_handler([](std::string_view) {});
  std::string includes, functions, calls;
  for (const td::op_record* op : td::op_table()) {
    if (op->is(td::trait::internal)) continue;
    std::vector<tendril_test::op_case> cases = tendril_test::op_cases(op->name);
    std::size_t taken = 0;
    for (std::size_t k = first; k < cases.size() && taken < most; k += std::max<std::size_t>(1, cases.size() / (3 * most))) {
      const auto& c = cases[k];
      const std::vector<td::array> in = c.array_inputs();
      const bool small = std::all_of(in.begin(), in.end(), [](const td::array& a) { return a.size() > 0 && a.size() <= 200; });
      const bool special = std::any_of(in.begin(), in.end(), [](const td::array& a) {
        return td::kind_of(a.dtype()) == td::dtype_kind::real && !td::all(td::isfinite(a)).item<bool>();
      });
      // What the forms do with the ends of a range is for tests/ops/forms_test.cpp.
      const bool extreme = std::any_of(in.begin(), in.end(), [](const td::array& a) {
        return td::kind_of(a.dtype()) == td::dtype_kind::integer && td::any(td::abs(td::astype(a, td::float64)) > 1e9).item<bool>();
      });
      const bool places = op->name == "pow" || op->name.ends_with("_shift");
      const bool negative =
          places && std::any_of(in.begin(), in.end(), [](const td::array& a) {
            return td::kind_of(a.dtype()) == td::dtype_kind::integer && td::any(td::astype(a, td::int64) < 0).item<bool>();
          });
      // Float32 numbers with much in common lose what tells them apart; so they do in both libraries.
      const bool alike =
          (op->name == "var" || op->name == "std") && small &&
          td::max(td::abs(td::astype(in[0], td::float64))).item<double>() > 20 * td::std(td::astype(in[0], td::float64)).item<double>();
      if (!small || special || alike || c.outputs.size() != 1 || extreme || negative || c.outputs[0].size() == 0) continue;
      const std::string name = op->name + "_case_" + std::to_string(k);
      std::string text;
      try {
        const auto calls_the_op = [&c](const std::vector<td::array>& a) {
          return td::apply(*td::find_op(c.op), c.operands(a), c.attributes);
        };
        const td::graph g = td::trace_graph(calls_the_op).graph(in);
        text = eigen ? td::source_code(g, td::target::eigen, {.name = name}) : td::source_code(g, td::target::xtensor, {.name = name});
      } catch (const td::backend_error& e) {
        std::cerr << name << ": " << e.what() << '\n';
        continue;
      }
      ++taken;
      // What is included is the same for nearly all; the rest stands below.
      const std::size_t begins = text.find("\n// ") + 1;
      includes = text.substr(0, begins);
      text.erase(0, begins);
      functions += text + "\n";
      const auto value = [&](const td::array& a) {
        const std::string list = "std::vector<" + td::source_text::cpp_type(a.dtype()) + ">{" + elements(a) + "}";
        if (a.ndim() == 0) return "made0(" + list + ")";
        return eigen ? "made" + std::to_string(a.ndim()) + "(" + list + ", " + shape_of(a) + ")"
                     : "made(" + list + ", {" + shape_of(a) + "})";
      };
      std::string arguments;
      for (const td::array& a : in) arguments += (arguments.empty() ? "" : ", ") + value(a);
      calls += "  compare(\"" + name + "\", row_major(" + name + "(" + arguments + ")), std::vector<" +
               td::source_text::cpp_type(c.outputs[0].dtype()) + ">{" + elements(c.outputs[0]) + "}, " +
               std::to_string(c.tolerances[0].atol) + ");\n";
    }
  }
  std::cout << "// Made by emit_cpp.\n";
  std::cout << includes;
  std::cout << "#include <algorithm>\n#include <iostream>\n#include <numeric>\n#include <type_traits>\n#include <vector>\n"
            << functions << (eigen ? eigen_helpers : xtensor_helpers) << check << "int main() {\n"
            << calls << "  std::cout << (failed ? \"\" : \"the same\\n\");\n  return failed != 0;\n}\n";
}
