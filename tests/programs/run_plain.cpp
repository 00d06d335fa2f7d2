// Runs plain C++ that source_code writes: `run_plain FOLDER [CASES OF EACH OP] [RANDOM GRAPHS]`. It writes functions made of reference
// cases, of random graphs and of functions whose extents are free, compiles them with the command of the environment's CXX, calls them, and
// says "the same" or what differs. What is left in the folder is the source.
#include <dlfcn.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <memory>
#include <sstream>

#include <tendril/detail/with_dtype.hpp>
#include <tendril/tendril.hpp>

#include "fuzz.hpp"
#include "reference.hpp"

namespace {

namespace td = tendril;

// A function that was written, how it is called, and what it should give.
struct written {
  std::string name;
  std::vector<std::string> shapes;  ///< "x: n x m", in the order of the arrays
  bool returns = false, workspace = false;
  std::vector<td::dtype> results;
  std::vector<bool> numbers;  ///< by argument
  struct call {
    std::vector<td::array> in, want;
    std::vector<double> limits;  ///< by result: beside what functions of two libraries differ by, or all in all
    bool bounds = false;
    double ulps = 0;  ///< above 0: by so many units in the last place two results may differ, whatever else is in the array
    // Cases lend their memory.
    call(const std::vector<td::array>& arguments, const std::vector<td::array>& results, std::vector<double> limits_, bool bounds_)
        : in(copies(arguments)), want(copies(results)), limits(std::move(limits_)), bounds(bounds_) {}
    static std::vector<td::array> copies(const std::vector<td::array>& arrays) {
      std::vector<td::array> all;
      for (const td::array& a : arrays) all.push_back(td::detail::copy_of(a.view()));
      return all;
    }
  };
  std::vector<call> calls;
};

std::string cpp_name(td::dtype d) {
#define TENDRIL_DTYPE(name, type, ...) \
  if (d == td::dtype::name) return #type;
#include <tendril/dtypes.def>
  return {};
}

// What calls the function with everything in tables: arguments, results, extents in the order of its parameters.
std::string trampoline(const written& w, std::size_t extents) {
  std::string arguments, text;
  const auto add = [&](const std::string& a) { arguments += (arguments.empty() ? "" : ", ") + a; };
  for (std::size_t i = 0; i < w.numbers.size(); ++i) {
    const std::string type = cpp_name(w.calls[0].in[i].dtype());
    add((w.numbers[i] ? "*" : "") + ("static_cast<const " + type + "*>(in[" + std::to_string(i) + "])"));
  }
  if (!w.returns)
    for (std::size_t i = 0; i < w.results.size(); ++i) add("static_cast<" + cpp_name(w.results[i]) + "*>(out[" + std::to_string(i) + "])");
  if (w.workspace) add("workspace");
  std::string sizes;
  for (std::size_t i = 0; i < extents; ++i) sizes += (sizes.empty() ? "n[" : ", n[") + std::to_string(i) + "]";
  if (!sizes.empty()) add(sizes);
  const std::string call = w.name + "(" + arguments + ")";
  text = "extern \"C\" void call_" + w.name +
         "([[maybe_unused]] const void** in, [[maybe_unused]] void** out, [[maybe_unused]] std::byte* workspace, [[maybe_unused]] const "
         "std::size_t* n) { ";
  text += w.returns ? "*static_cast<" + cpp_name(w.results[0]) + "*>(out[0]) = " + call + "; }\n" : call + "; }\n";
  if (w.workspace)
    text += "extern \"C\" std::size_t bytes_" + w.name + "([[maybe_unused]] const std::size_t* n) { return " + w.name + "_workspace(" +
            sizes + "); }\n";
  return text;
}

class runner {
 public:
  explicit runner(std::filesystem::path folder) : folder_(std::move(folder)) { std::filesystem::create_directories(folder_); }

  // False where an op was refused.
  bool add(const std::string& name, const td::graph& g, written::call call) {
    std::string text;
    try {
      text = td::source_code(g, td::target::cpp, {.name = name});
    } catch (const td::backend_error& e) {
      std::cerr << name << ": " << e.what() << '\n';
      return false;
    }
    if (text.find("new ") != text.npos || text.find("malloc") != text.npos || text.find("std::vector") != text.npos)
      throw std::runtime_error(name + " allocates:\n" + text);
    written w;
    w.name = name;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("//   ")) {
        if (line.starts_with("//   workspace: ")) w.workspace = true;
        else w.shapes.push_back(line.substr(5));
      }
    w.returns = g.results.size() == 1 && g.type_of(g.results[0]).rank() == 0;
    for (const td::value_id r : g.results) w.results.push_back(call.want[w.results.size()].dtype()), static_cast<void>(r);
    for (const td::array& a : call.in) w.numbers.push_back(a.ndim() == 0);
    w.calls.push_back(std::move(call));
    // Files of some functions each, so that names of helpers do not meet: a namespace a function.
    std::istringstream all(text);
    text.clear();
    for (std::string line; std::getline(all, line);)
      if (!line.starts_with("#include")) text += line + "\n";
    bodies_ += "namespace in_" + name + " {\n" + text + "\n" + trampoline(w, names_of(w).size()) + "}\n";
    all_.push_back(std::move(w));
    return true;
  }
  void call_too(written::call call) { all_.back().calls.push_back(std::move(call)); }

  int run() {
    const std::filesystem::path source = folder_ / "plain.cpp", library = folder_ / "plain.so";
    std::ofstream(source)
        << "#include <algorithm>\n#include <bit>\n#include <cmath>\n#include <cstddef>\n#include <cstdint>\n#include <cstring>\n#include <limits>\n#include <numeric>\n#include <type_traits>\n"
        << bodies_;
    const char* compiler = std::getenv("CXX");
    const std::string command =
        std::string(compiler ? compiler : "c++ -O1") +
        " -std=c++20 -Wall -Wextra -Wconversion -Werror -Wno-unused-variable -Wno-unused-but-set-variable -Wno-tautological-compare -Wno-type-limits -shared -fPIC -o " +
        library.string() + " " + source.string();
    if (std::system(command.c_str()) != 0) {
      std::cout << "it does not compile: " << command << '\n';
      return 1;
    }
    void* module = dlopen(library.c_str(), RTLD_NOW);
    if (!module) throw std::runtime_error(dlerror());
    std::size_t calls = 0;
    for (const written& w : all_)
      for (const written::call& c : w.calls) {
        check(module, w, c);
        ++calls;
      }
    std::cout << all_.size() << " functions, " << calls << " calls, " << refused_ << " of them for other extents than the file says"
              << (failed_ ? "" : ": the same") << '\n';
    return failed_ != 0;
  }

 private:
  // The extents in the order of the function's parameters: as the arrays have them first.
  static std::vector<std::string> names_of(const written& w) {
    std::vector<std::string> names;
    for (const std::string& s : w.shapes)
      for (const std::string& part : parts_of(s))
        if (std::isalpha(static_cast<unsigned char>(part[0])) && part.find(' ') == part.npos &&
            std::find(names.begin(), names.end(), part) == names.end())
          names.push_back(part);
    return names;
  }
  static std::vector<std::string> parts_of(const std::string& shape) {
    std::vector<std::string> parts;
    std::string rest = shape.substr(shape.find(": ") + 2);
    while (!rest.empty()) {
      const std::size_t at = rest.find(" x ");
      parts.push_back(rest.substr(0, at));
      rest = at == rest.npos ? std::string() : rest.substr(at + 3);
    }
    return parts;
  }

  void check(void* module, const written& w, const written::call& c) {
    const std::vector<std::string> names = names_of(w);
    std::vector<std::size_t> extents(names.size());
    std::size_t line = 0;
    for (const td::array& a : c.in) {
      if (a.ndim() == 0) continue;
      const auto parts = parts_of(w.shapes[line++]);
      for (std::size_t axis = 0; axis < parts.size(); ++axis)
        for (std::size_t k = 0; k < names.size(); ++k)
          if (parts[axis] == names[k]) extents[k] = static_cast<std::size_t>(a.shape()[axis]);
      // A number is what the file is for alone.
      for (std::size_t axis = 0; axis < parts.size(); ++axis)
        if (std::isdigit(static_cast<unsigned char>(parts[axis][0])) && parts[axis] != std::to_string(a.shape()[axis])) {
          ++refused_;
          return;
        }
    }
    std::vector<td::array> in, out;
    std::vector<const void*> from;
    std::vector<void*> to;
    for (const td::array& a : c.in) {
      in.push_back(td::detail::copy_of(a.view()));
      from.push_back(in.back().view().data);
    }
    for (const td::array& a : c.want) {
      out.push_back(td::detail::copy_of(a.view()));
      std::memset(out.back().view().data, 1, static_cast<std::size_t>(a.size()) * td::size_of(a.dtype()));
      to.push_back(out.back().view().data);
    }
    std::vector<std::byte> memory;
    std::byte* workspace = nullptr;
    if (w.workspace) {
      const auto bytes = reinterpret_cast<std::size_t (*)(const std::size_t*)>(dlsym(module, ("bytes_" + w.name).c_str()));
      memory.resize(bytes(extents.data()) + 64);
      void* at = memory.data();
      std::size_t room = memory.size();
      workspace = static_cast<std::byte*>(std::align(64, room - 64, at, room));
    }
    const auto call =
        reinterpret_cast<void (*)(const void**, void**, std::byte*, const std::size_t*)>(dlsym(module, ("call_" + w.name).c_str()));
    call(from.data(), to.data(), workspace, extents.data());
    for (std::size_t k = 0; k < out.size(); ++k) compare(w.name, k, out[k], c.want[k], c);
  }

  void compare(const std::string& name, std::size_t k, const td::array& got, const td::array& want, const written::call& c) {
    // Deviations of numbers that have much in common are no better known than these.
    double rounded = 0;
    const bool squares = name.starts_with("var_") || name.starts_with("moments_");
    if ((squares || name.starts_with("std_")) && c.in[0].size() > 0)
      rounded = td::max(td::abs(td::astype(c.in[0], td::float64))).item<double>();
    td::detail::with_dtype(want.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const double lost = 16 * static_cast<double>(std::numeric_limits<T>::epsilon()) * rounded, known = squares ? lost * lost : lost;
      const T *g = got.data<T>(), *w = want.data<T>();
      double scale = 0;
      for (std::int64_t i = 0; i < want.size(); ++i)
        if (const auto v = static_cast<double>(w[i]); std::isfinite(v)) scale = std::max(scale, std::abs(v));
      for (std::int64_t i = 0; i < want.size(); ++i) {
        bool same = g[i] == w[i];
        if constexpr (std::is_floating_point_v<T>) {
          if (c.ulps > 0) {
            const T room =
                static_cast<T>(c.ulps) * std::numeric_limits<T>::epsilon() * std::abs(w[i]) + 2 * std::numeric_limits<T>::denorm_min();
            const bool zeros = g[i] == 0 && w[i] == 0;
            if (zeros ? std::signbit(g[i]) == std::signbit(w[i])
                      : same || (std::isnan(g[i]) && std::isnan(w[i])) || (std::isfinite(w[i]) && std::abs(g[i] - w[i]) <= room))
              continue;
          }
          const auto x = static_cast<double>(g[i]), y = static_cast<double>(w[i]);
          const double room = c.bounds ? c.limits[k] * 2
                                       : 16 * std::numeric_limits<T>::epsilon() * (std::abs(y) + scale) + 4 * c.limits[k] + known +
                                             8 * static_cast<double>(std::numeric_limits<T>::min());
          same = c.ulps == 0 && (same || (std::isnan(x) && std::isnan(y)) || std::abs(x - y) <= room);
        }
        if (same) continue;
        if (++failed_ <= 100) std::cout << name << ", result " << k << ", element " << i << ": " << +g[i] << ", expected " << +w[i] << '\n';
        return;
      }
    });
  }

  std::filesystem::path folder_;
  std::string bodies_;
  std::vector<written> all_;
  int failed_ = 0, refused_ = 0;
};

void add_references(runner& r, std::size_t most) {
  for (const td::op_record* op : td::op_table()) {
    if (op->is(td::trait::internal)) continue;
    const auto cases = tendril_test::op_cases(op->name);
    std::size_t taken = 0;
    for (std::size_t k = 0; k < cases.size() && taken < most; k += std::max<std::size_t>(1, cases.size() / (2 * most))) {
      const auto& c = cases[k];
      const auto calls_the_op = [&c](const std::vector<td::array>& in) {
        return td::apply(*td::find_op(c.op), c.operands(in), c.attributes);
      };
      std::vector<double> limits;
      for (const auto& t : c.tolerances) limits.push_back(t.atol);
      const std::vector<td::array> in = c.array_inputs();
      if (!r.add(op->name + "_" + std::to_string(k), td::trace_graph(calls_the_op).graph(in), {in, c.outputs, limits, false})) break;
      ++taken;
    }
  }
}

void add_random(runner& r, unsigned first, unsigned count) {
  for (unsigned seed = first; seed < first + count; ++seed) {
    const fuzz::random_case c = fuzz::generate(seed);
    const fuzz::plain_case p = fuzz::plain(c);
    r.add("random_" + std::to_string(seed), c.graph, {p.arguments, td::evaluate(c.graph, p.arguments), p.limits, true});
  }
}

// Zeros, denormal and huge numbers, infinities, NaN, and where the elementary functions bend, from the k-th on.
template <class T>
td::array special(std::int64_t n, std::size_t k = 0) {
  using limits = std::numeric_limits<T>;
  std::vector<T> all{0,
                     limits::infinity(),
                     T(-0.0),
                     limits::quiet_NaN(),
                     limits::min(),
                     -limits::infinity(),
                     limits::denorm_min(),
                     -limits::denorm_min(),
                     limits::max(),
                     limits::lowest(),
                     5 * limits::denorm_min()};
  for (const double x : {0.5,   0.625, 0.7,   1.0,    1.5,  2.5,  4.0,  5.9,   6.0,   6.1,       9.0,      10.0,  19.9,
                         20.1,  27.0,  40.0,  87.3,   88.0, 88.7, 89.0, 103.9, 104.0, 105.0,     150.0,    708.0, 709.7,
                         710.0, 745.1, 746.0, 1000.0, 1e10, 1e30, 1e-5, 1e-10, 1e-30, 1.0000001, 0.9999999})
    for (const double sign : {1.0, -1.0}) all.push_back(static_cast<T>(sign * x));
  std::vector<T> taken;
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    const std::size_t at = (k + i) % (2 * all.size());
    taken.push_back(at < all.size() ? all[at] : static_cast<T>(std::sin(static_cast<double>(7 * i + k)) * 30));
  }
  return td::detail::copy_of(td::asarray(taken).view());
}

// Elementary functions and what is divided by the number of a row, on special values and every size about a vector's, against the engine.
template <class T>
void add_special(runner& r, const std::string& type) {
  using many = std::vector<td::array>;
  const auto add = [&](const std::string& name, double ulps, const std::function<many(const many&)>& f, const std::vector<many>& calls) {
    bool first = true;
    for (const many& in : calls) {
      const many want = f(in);
      written::call call{in, want, std::vector<double>(want.size(), 0), false};
      call.ulps = ulps;
      if (first) r.add("special_" + name + "_" + type, td::trace_graph(f).graph(in), std::move(call));
      else r.call_too(std::move(call));
      first = false;
    }
  };
  std::vector<many> rows;
  for (const std::int64_t n : {9, 0, 1, 7, 8, 1000})
    for (const std::size_t k : {0, 3, 8, 11, 40}) rows.push_back({special<T>(n, k)});
  const auto one = [&](const std::string& name, double ulps, td::array (*f)(const td::array&)) {
    add(
        name, ulps, [f](const many& x) { return many{f(x[0])}; }, rows);
  };
  // Both are within the bounds of docs/ops.md. What rounds gelu's exponent counts as often as that is large.
  one("exp", 4, [](const td::array& x) { return td::exp(x); });
  one("log", 4, [](const td::array& x) { return td::log(x); });
  one("tanh", 4, [](const td::array& x) { return td::tanh(x); });
  one("erf", 4, [](const td::array& x) { return td::erf(x); });
  one("sigmoid", 4, [](const td::array& x) { return td::sigmoid(x); });
  one("gelu", 2048, [](const td::array& x) { return td::gelu(x, {.approximate = "tanh"}); });
  one("sqrt", 1e-3, [](const td::array& x) { return td::sqrt(x); });
  // A loop for each of several functions.
  one("stages", 8, [](const td::array& x) {
    const td::array t = td::tanh(x) / 3, e = td::erf(t);
    return td::where(e > 0, td::exp(t), td::sigmoid(e)) * td::sqrt(td::abs(t));
  });
  // The greatest of the second row divides: every kind of divisor.
  std::vector<many> quotients;
  using limits = std::numeric_limits<T>;
  for (const T by : {T(3.7), T(-3.7), T(1), T(0), T(-0.0), limits::min(), 3 * limits::denorm_min(), -limits::denorm_min(), limits::max(),
                     limits::infinity(), -limits::infinity(), limits::quiet_NaN(), T(1e-20), T(1e20)})
    for (const std::int64_t n : {70, 1, 1000})
      quotients.push_back(
          {special<T>(n, 5), td::detail::copy_of(td::full({n}, static_cast<double>(by), {.dtype = td::dtype_of<T>}).view())});
  add(
      "quotients", 1, [](const many& x) { return many{x[0] / td::max(x[1])}; }, quotients);
  // A row of more than a block, whose length the text says.
  add("long_row", 64, [](const many& x) { return many{td::sum(td::exp(td::reshape(x[0], {5000})))}; },
      {{td::detail::copy_of(td::astype(td::sin(td::arange(0., 5000., 1.)), td::dtype_of<T>).view())}});
  // Rows of a length that the text says.
  many numbers;
  for (const double mean : {0.0, 3.0, -200.0})
    numbers.push_back(td::detail::copy_of(td::astype(td::sin(td::arange(0., 70., 1.)) + mean, td::dtype_of<T>).view()));
  const auto moments = [](const td::array& x) {
    const td::array rows = td::reshape(x, {2, 35});
    return many{td::var(rows, {.axis = 1}),
                (rows - td::mean(rows, {.axis = 1, .keepdims = true})) / td::std(rows, {.axis = 1, .keepdims = true})};
  };
  for (std::size_t k = 0; k < numbers.size(); ++k)
    add("short_rows_" + std::to_string(k), k == 2 ? 4096 : 64, [moments](const many& x) { return moments(x[0]); }, {{numbers[k]}});
  // Of equal elements of float32, which are added up in double, the deviation is 0.
  if (sizeof(T) == 8) return;
  std::vector<many> equal;
  for (const std::int64_t n : {100, 1, 17, 5000})
    equal.push_back({td::detail::copy_of(td::full({n}, 0.1, {.dtype = td::dtype_of<T>}).view())});
  add(
      "equal", 1,
      [](const many& x) {
        return many{x[0] - td::mean(x[0]), td::std(x[0]), td::var(x[0])};
      },
      equal);
}

// Functions whose extents are free: recorded with some, called with others.
void add_free(runner& r) {
  const auto numbers = [](std::vector<std::int64_t> shape, double phase) {
    std::int64_t n = 1;
    for (const std::int64_t e : shape) n *= e;
    return td::reshape(td::sin(td::arange(0., static_cast<double>(n), 1.) * 0.7 + phase), shape);
  };
  using many = std::vector<td::array>;
  const auto add = [&](const std::string& name, const std::function<many(const many&)>& f,
                       const std::vector<std::vector<std::vector<std::int64_t>>>& shapes) {
    bool first = true;
    for (const auto& one : shapes) {
      many in;
      for (const auto& shape : one) in.push_back(numbers(shape, static_cast<double>(in.size())));
      const many want = f(in);
      written::call call{in, want, std::vector<double>(want.size(), 1e-14), false};
      if (first) r.add(name, td::trace_graph(f).graph(in), std::move(call));
      else r.call_too(std::move(call));
      first = false;
    }
  };
  const std::vector<std::vector<std::vector<std::int64_t>>> vectors{{{10}}, {{2}}, {{31}}, {{32}}, {{1000}}},
      tables{{{3, 4}}, {{2, 2}}, {{40, 70}}, {{5, 129}}, {{129, 5}}};
  add(
      "free_normalize", [](const many& x) { return many{(x[0] - td::mean(x[0])) / td::std(x[0], {.correction = 1})}; }, vectors);
  add(
      "free_softmax", [](const many& x) { return many{td::softmax(x[0])}; }, tables);
  add(
      "free_log_softmax_0", [](const many& x) { return many{td::log_softmax(x[0], {.axis = 0})}; }, tables);
  add(
      "free_columns",
      [](const many& x) {
        return many{(x[0] - td::mean(x[0], {.axis = 0})) / td::std(x[0], {.axis = 0}), td::max(x[0], {.axis = 0})};
      },
      tables);
  add(
      "free_differences",
      [](const many& x) {
        return many{x[0][td::slice(1, {})] - x[0][td::slice({}, -1)], td::flip(x[0])};
      },
      vectors);
  add("free_heat",
      [](const many& x) {
        const td::slice inner(1, -1), low({}, -2), high(2, {});
        return many{x[0][{inner, inner}] + 0.1 * (x[0][{low, inner}] + x[0][{high, inner}] + x[0][{inner, low}] + x[0][{inner, high}])};
      },
      {{{5, 6}}, {{9, 5}}, {{40, 33}}});
  add("free_matmul",
      [](const many& x) {
        return many{td::matmul(x[0], x[1]), td::matmul(td::matrix_transpose(x[1]), td::matrix_transpose(x[0]))};
      },
      {{{3, 4}, {4, 5}}, {{2, 9}, {9, 7}}, {{33, 40}, {40, 65}}});
  add("free_outer",
      [](const many& x) {
        return many{td::sum(td::expand_dims(x[0], {.axis = 1}) * x[1], {.axis = 1}), td::sum(x[0] * 2)};
      },
      {{{3}, {4}}, {{2}, {50}}, {{70}, {3}}});
  add(
      "free_order",
      [](const many& x) {
        return many{td::sort(x[0]), td::argsort(x[0], {.axis = 0}), td::cumulative_sum(x[0], {.axis = 1})};
      },
      tables);
  add(
      "free_last",
      [](const many& x) {
        return many{x[0][-1], td::roll(x[0], 3, {.axis = 0}), td::roll(x[0], -1)};
      },
      vectors);
  add("free_variance_of_3d",
      [](const many& x) {
        return many{td::var(x[0], {.axis = {0, 2}}), td::mean(td::exp(x[0]), {.axis = 1})};
      },
      {{{3, 4, 5}}, {{2, 7, 3}}, {{8, 3, 40}}});
  // Rows of one operand against rows of another: columns side by side, in tiles of every width, and rows longer than a block.
  const std::vector<std::vector<std::vector<std::int64_t>>> pairs{
      {{3, 4}, {5, 4}}, {{2, 70}, {177, 70}}, {{9, 64}, {31, 64}}, {{3, 200}, {300, 200}}};
  const auto apart = [](const many& x) { return td::expand_dims(x[0], {.axis = 1}) - td::expand_dims(x[1], {.axis = 0}); };
  add(
      "free_distances", [apart](const many& x) { return many{td::sqrt(td::sum(td::square(apart(x)), {.axis = -1}))}; }, pairs);
  add(
      "free_distances_of_floats",
      [apart](const many& x) {
        const many single{td::astype(x[0], td::float32), td::astype(x[1], td::float32)};
        return many{td::sum(td::abs(apart(single)), {.axis = -1})};
      },
      pairs);
  add(
      "free_largest_distances",
      [apart](const many& x) {
        return many{td::max(td::abs(apart(x)), {.axis = -1}), td::min(apart(x), {.axis = -1}), td::var(apart(x), {.axis = -1})};
      },
      pairs);
  add(
      "free_largest",
      [](const many& x) {
        return many{td::max(x[0]), td::min(x[0]), td::max(-td::abs(x[0]), {.axis = -1})};
      },
      tables);
  // What the function reads of shapes is no argument; what it does not read is one still.
  add(
      "reads_size", [](const many& x) { return many{td::sum(x[0]) / x[0].size() + x[0]}; }, vectors);
  add(
      "reads_columns",
      [](const many& x) {
        return many{x[0] * x[0].shape(1), td::sum(x[0], {.axis = 0}) / x[0].shape()[1]};
      },
      tables);
  add("reads_one_of_two", [](const many& x) { return many{x[0] * x[0].shape(-1)}; }, {{{3, 4}}, {{9, 4}}, {{9, 5}}});
  add("reads_by_a_loop",
      [](const many& x) {
        td::array total = x[0][{0}];
        for (std::int64_t i = 1; i < x[0].shape(0); ++i) total = total + x[0][{i}];
        return many{total};
      },
      {{{4, 5}}, {{4, 9}}, {{6, 9}}});
  add("reads_by_slices",
      [](const many& x) {
        const std::vector<td::array> rows = td::unstack(x[0]);
        return many{rows.front() - rows.back(), rows.front() * static_cast<double>(rows.size())};
      },
      {{{4, 5}}, {{4, 9}}, {{6, 9}}});
  add("reads_an_error",
      [](const many& x) {
        try {
          return many{x[0] + td::matmul(x[0], x[1])};
        } catch (const td::shape_error&) { return many{x[0] * 2}; }
      },
      {{{3, 4}, {3, 4}}, {{4, 4}, {4, 4}}, {{3, 7}, {3, 7}}});
  add("reads_what_is_made",
      [](const many& x) {
        const td::array joined = td::concat({x[0], x[1]}), turned = td::matrix_transpose(x[2]);
        return many{x[0] * joined.size(), x[1] * 2, x[2] + turned.shape(0)};
      },
      {{{3}, {5}, {2, 4}}, {{4}, {5}, {2, 4}}, {{3}, {5}, {6, 4}}, {{3}, {5}, {2, 7}}});
  add(
      "reads_by_decomposition",
      [](const many& x) {
        return many{td::diff(x[0], {.n = 2}), td::logaddexp(x[0], 1)};
      },
      vectors);
  add(
      "free_reused",
      [](const many& x) {
        const td::array e = td::exp(x[0] - td::max(x[0], {.axis = -1, .keepdims = true}));
        const td::array p = e / td::sum(e, {.axis = -1, .keepdims = true});
        return many{p, td::sum(p * x[0], {.axis = -1}), td::argmax(x[0], {.axis = 0})};
      },
      tables);
}

// Products of every kind of table: extents about those of tiles, turned over, backwards, and many at once.
template <class T>
void add_products(runner& r, const std::string& type) {
  using many = std::vector<td::array>;
  const auto numbers = [](std::vector<std::int64_t> shape, double phase) {
    std::int64_t n = 1;
    for (const std::int64_t e : shape) n *= e;
    const td::array all = td::sin(td::arange(0., static_cast<double>(n), 1.) * 0.7 + phase) * 50;
    return td::astype(td::reshape(std::is_unsigned_v<T> ? td::abs(all) : all, shape), td::dtype_of<T>);
  };
  const auto add = [&](const std::string& name, const std::function<many(const many&)>& f, const std::vector<many>& calls) {
    bool first = true;
    for (const many& in : calls) {
      const many want = f(in);
      written::call call{in, want, std::vector<double>(want.size(), sizeof(T) == 4 ? 1e-2 : 1e-10), false};
      if (first) r.add("product_" + name + "_" + type, td::trace_graph(f).graph(in), std::move(call));
      else r.call_too(std::move(call));
      first = false;
    }
  };
  std::vector<many> calls, batches;
  struct extents {
    std::int64_t rows, depth, columns;
  };
  for (const auto& [n, m, p] : {extents{5, 30, 41}, extents{1, 2, 3}, extents{2, 17, 1}, extents{3, 40, 5}, extents{4, 64, 64},
                                extents{9, 100, 130}, extents{70, 31, 4}, extents{6, 19, 200}, extents{8, 3, 7}})
    calls.push_back({numbers({n, m}, 1), numbers({m, p}, 2), numbers({m, n}, 3), numbers({p, m}, 4)});
  for (const auto& [n, m, p] : {extents{5, 30, 41}, extents{4, 18, 66}, extents{9, 33, 8}})
    batches.push_back({numbers({3, n, m}, 1), numbers({m, p}, 2), numbers({2, 1, p, m}, 3)});
  add(
      "plain", [](const many& x) { return many{td::matmul(x[0], x[1])}; }, calls);
  add(
      "rows", [](const many& x) { return many{td::matmul(x[0], td::matrix_transpose(x[3]))}; }, calls);
  add(
      "columns", [](const many& x) { return many{td::matmul(td::matrix_transpose(x[2]), x[1])}; }, calls);
  add(
      "turned", [](const many& x) { return many{td::matmul(td::matrix_transpose(x[2]), td::matrix_transpose(x[3]))}; }, calls);
  add(
      "backwards", [](const many& x) { return many{td::matmul(x[0], td::flip(x[1])) + td::matmul(td::flip(x[0]), x[1])}; }, calls);
  add(
      "many",
      [](const many& x) {
        return many{td::matmul(x[0], x[1]), td::matmul(x[0], td::matrix_transpose(x[2]))};
      },
      batches);
  add(
      "of_a_column",
      [](const many& x) {
        return many{td::matmul(x[0][{td::slice(), td::slice(0, 1)}], x[1][{td::slice(0, 1)}])};
      },
      calls);
  // The text says these extents.
  for (const auto& [n, m, p] : {extents{3, 40, 50}, extents{20, 17, 2}, extents{4, 4, 4}})
    add("of_numbers_" + std::to_string(n),
        [n = n, m = m, p = p](const many& x) {
          return many{td::matmul(td::reshape(x[0], {n, m}), td::reshape(x[1], {m, p})),
                      td::matmul(td::reshape(x[0], {n, m}), td::matrix_transpose(td::reshape(x[1], {p, m})))};
        },
        {{numbers({n * m}, 1), numbers({m * p}, 2)}});
}

// Means and deviations of rows of one block and of several, near 0 and far from it, and what is about them in one nest.
template <class T>
void add_moments(runner& r, const std::string& type) {
  using many = std::vector<td::array>;
  std::vector<many> calls;
  const auto row = [](std::int64_t n, double mean) {
    return td::detail::copy_of(td::astype(td::sin(td::arange(0., static_cast<double>(n), 1.) * 0.37) + mean, td::dtype_of<T>).view());
  };
  for (const std::int64_t n : {50, 2, 3, 16, 17, 63, 64, 65, 200, 2048, 2049, 5000, 10000})
    for (const double mean : {0.0, 2.0, 40.0}) calls.push_back({row(n, mean)});
  for (const double odd : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
    for (const std::int64_t n : {10, 5000}) {
      td::array x = row(n, 0);
      const_cast<T*>(x.data<T>())[n - 1] = static_cast<T>(odd);
      calls.push_back({x});
    }
  const auto add = [&](const std::string& name, const std::function<many(const many&)>& f) {
    bool first = true;
    for (const many& in : calls) {
      const many want = f(in);
      written::call call{in, want, std::vector<double>(want.size(), sizeof(T) == 4 ? 2e-5 : 1e-12), false};
      if (first) r.add("rows_" + name + "_" + type, td::trace_graph(f).graph(in), std::move(call));
      else r.call_too(std::move(call));
      first = false;
    }
  };
  add("normalize", [](const many& x) { return many{(x[0] - td::mean(x[0])) / td::std(x[0], {.correction = 1})}; });
  add("both", [](const many& x) {
    const auto [mean, variance] = td::moments(x[0] * 2 + 1);
    return many{mean, variance};
  });
  add("whole", [](const many& x) {
    return many{td::var(x[0]) + td::mean(x[0]) * td::max(x[0]), td::sum(td::abs(x[0] - td::mean(x[0]))), x[0] - td::std(td::abs(x[0]))};
  });
  add("dear", [](const many& x) {
    const td::array e = td::exp(-td::square(x[0]));
    return many{e / td::std(e), td::mean(e)};
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: run_plain FOLDER [CASES OF EACH OP] [RANDOM GRAPHS] [FIRST SEED]\n";
    return 2;
  }
  td::set_warning_handler([](std::string_view) {});
  runner r(argv[1]);
  add_free(r);
  add_special<double>(r, "double");
  add_special<float>(r, "float");
  add_products<float>(r, "float");
  add_products<double>(r, "double");
  add_products<std::int32_t>(r, "int");
  add_products<std::int64_t>(r, "long");
  add_products<std::uint8_t>(r, "byte");
  add_moments<double>(r, "double");
  add_moments<float>(r, "float");
  add_references(r, argc > 2 ? std::stoul(argv[2]) : 1);
  add_random(r, argc > 4 ? static_cast<unsigned>(std::stoul(argv[4])) : 1, argc > 3 ? static_cast<unsigned>(std::stoul(argv[3])) : 0);
  return r.run();
}
