// What a random case needs to run: arguments made of a seed in memory whose neighbours may not be touched, calls as users make them, and
// the comparison with what is expected. A failing case prints a program that contains this very text, so it uses the public headers alone.
#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include <tendril/detail/op_id.hpp>
#include <tendril/detail/with_dtype.hpp>
#include <tendril/tendril.hpp>

namespace fuzz {

namespace td = tendril;

/// A block of memory that ends, or begins, where the next page may not be touched.
class guarded {
 public:
  guarded(std::size_t bytes, bool at_end, std::size_t shift = 0) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t pages = (bytes + shift + page - 1) / page;
    size_ = (pages + 2) * page;
    void* all = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) throw std::runtime_error("guarded: no memory");
    all_ = static_cast<std::byte*>(all);
    if (mprotect(all_, page, PROT_NONE) != 0 || mprotect(all_ + (pages + 1) * page, page, PROT_NONE) != 0)
      throw std::runtime_error("guarded: the pages cannot be protected");
    data_ = at_end ? all_ + (pages + 1) * page - bytes : all_ + page + shift;
  }
  ~guarded() { munmap(all_, size_); }
  guarded(const guarded&) = delete;
  guarded& operator=(const guarded&) = delete;
  std::byte* data() const { return data_; }

 private:
  std::byte *all_, *data_;
  std::size_t size_;
};

/// How an array lies in memory: `strided` leaves gaps, `broadcast` repeats elements by strides of 0, `flipped` runs backwards.
enum class layout { row_major, column_major, rotated, strided, broadcast, flipped };
/// Where: its first byte or its last one beside a page that may not be touched, or one element off the start of a page.
enum class place { at_start, at_end, unaligned };
/// Which numbers: small ones that reals and integers hold exactly, any between -4 and 4, or NaN, infinities, denormal and huge ones too.
enum class content { exact, real, special };

struct argument {
  td::dtype dtype;
  td::extents shape;
  fuzz::layout layout = layout::row_major;
  fuzz::place place = place::at_start;
  fuzz::content content = content::exact;
  unsigned seed = 0;
};

/// Calls `f` with the offset, in elements, of each element of the view, in row-major order.
template <class F>
void for_each_offset(const td::array_view& v, F f) {
  std::int64_t at[td::max_rank] = {}, offset = 0;
  for (std::int64_t left = v.size(); left > 0; --left) {
    f(offset);
    for (int a = v.rank - 1; a >= 0; --a) {
      offset += v.strides[a];
      if (++at[a] < v.shape[a]) break;
      offset -= at[a] * v.strides[a];
      at[a] = 0;
    }
  }
}

/// An array in guarded memory. What lies between its elements has a pattern of its own.
class placed {
 public:
  explicit placed(const argument& a, bool fill = true) {
    view.dtype = a.dtype;
    view.rank = static_cast<int>(a.shape.size());
    std::copy(a.shape.begin(), a.shape.end(), view.shape);
    set_strides(a);
    std::int64_t low = 0, high = 0;
    for (int i = 0; i < view.rank; ++i) (view.strides[i] < 0 ? low : high) += (view.shape[i] - 1) * view.strides[i];
    const std::size_t size = td::size_of(a.dtype);
    bytes_ = view.size() ? static_cast<std::size_t>(high - low + 1) * size : 0;
    memory_ = std::make_unique<guarded>(bytes_, a.place == place::at_end, a.place == place::unaligned ? size : 0);
    std::memset(memory_->data(), pattern, bytes_);
    view.data = memory_->data() + static_cast<std::size_t>(view.size() ? -low : 0) * size;
    if (fill) write_numbers(a);
  }
  td::array_view view;

  /// The numbers of the argument once more.
  void refill(const argument& a) { write_numbers(a); }
  /// False when something between the elements was written.
  bool gaps_are_whole() const {
    const std::size_t size = td::size_of(view.dtype);
    std::vector<bool> mine(bytes_);
    for_each_offset(view, [&](std::int64_t at) {
      const std::byte* p = static_cast<const std::byte*>(view.data) + at * static_cast<std::int64_t>(size);
      for (std::size_t k = 0; k < size; ++k) mine[static_cast<std::size_t>(p - memory_->data()) + k] = true;
    });
    for (std::size_t i = 0; i < bytes_; ++i)
      if (!mine[i] && memory_->data()[i] != std::byte{pattern}) return false;
    return true;
  }

 private:
  static constexpr unsigned char pattern = 0xa5;
  std::unique_ptr<guarded> memory_;
  std::size_t bytes_ = 0;

  void set_strides(const argument& a) {
    const int rank = view.rank;
    std::int64_t next = 1;
    const auto give = [&](int axis, std::int64_t padding) {
      view.strides[axis] = next;
      next = next * view.shape[axis] + padding;
    };
    if (a.layout == layout::column_major)
      for (int i = 0; i < rank; ++i) give(i, 0);
    else if (a.layout == layout::rotated)
      for (int i = 0; i < rank; ++i) give((2 * rank - 2 - i) % rank, 0);
    else {
      if (a.layout == layout::strided) next = 1 + a.seed % 3;
      for (int i = rank - 1; i >= 0; --i) give(i, a.layout == layout::strided ? a.seed % 2 + 1 : 0);
    }
    for (int i = 0; i < rank; ++i) {
      const bool chosen = rank == 1 || (a.seed >> i & 1) || i == static_cast<int>(a.seed % static_cast<unsigned>(rank));
      if (a.layout == layout::broadcast && chosen) view.strides[i] = 0;
      if (a.layout == layout::flipped && chosen) view.strides[i] = -view.strides[i];
    }
  }

  void write_numbers(const argument& a) {
    std::mt19937 g(a.seed);
    const bool single = a.dtype == td::float32;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const double special[] = {0.0,
                              -0.0,
                              infinity,
                              -infinity,
                              std::nan(""),
                              single ? 1e-41 : 1e-310,
                              single ? -1e-45 : -5e-324,
                              1e30,
                              -1e30,
                              0.5,
                              -1,
                              2,
                              single ? 3e38 : 1e300,
                              single ? 16777217.0 : 9007199254740991.0,
                              -0.499,
                              88.7};
    const auto number = [&]() -> double {
      const auto n = static_cast<double>(g() % 65) / 8 - 4;
      if (a.content == content::exact) return g() % 16 ? n : g() % 2 ? -0.0 : 0.0;
      if (a.content == content::special && g() % 8 == 0) return special[g() % std::size(special)];
      return n + static_cast<double>(g() % 1000003) / 8000024;
    };
    const auto integer = [&]<class T>(T) -> std::int64_t {
      using limits = std::numeric_limits<T>;
      if (a.content == content::special && g() % 8 == 0) return g() % 2 ? limits::max() : limits::min();
      return static_cast<std::int64_t>(g() % 25) - 12;
    };
    td::detail::with_dtype(a.dtype, [&]<class T>(T) {
      for_each_offset(view, [&](std::int64_t at) {
        T& to = static_cast<T*>(view.data)[at];
        if constexpr (std::is_same_v<T, bool>) to = g() % 2 != 0;
        else if constexpr (std::is_integral_v<T>) to = static_cast<T>(integer(T()));  // of an unsigned dtype the highest for negative ones
        else to = static_cast<T>(number());
      });
    });
  }
};

// ---- calls as users make them

/// A container of results, of exactly their size and beside a page that may not be touched: traced functions make it as they make others.
class returned {
 public:
  struct tendril_frontend {
    static constexpr std::string_view name = "fuzz::returned";
  };
  static inline place where = place::at_end;
  returned() = default;
  explicit returned(const td::array& a)
      : memory_(std::make_shared<placed>(argument{a.dtype(), a.shape(), layout::row_major, where}, false)) {
    value_ = td::detail::borrow(memory_->view);
  }
  const td::array& value() const { return value_; }
  bool gaps_are_whole() const { return memory_->gaps_are_whole(); }

 private:
  std::shared_ptr<placed> memory_;
  td::array value_;
};

/// A target of `into`: any memory.
template <class S>
struct target {
  td::array_view view;
};

}  // namespace fuzz

template <class S>
struct tendril::array_traits<fuzz::target<S>> {
  using scalar = S;
  static constexpr int rank = -1;
  static constexpr bool contiguous = false;
  static constexpr bool is_view = true;
  using container = tendril::array;
  static void borrow(const fuzz::target<S>& t, array_view& v) { v = t.view; }
  static constexpr std::string_view name() { return "fuzz::target"; }
};

namespace fuzz {

/// What a graph does, as a function over arrays: computed at once, or recorded where a trace is under way.
inline std::vector<td::array> call_graph(const td::graph& g, const std::vector<td::array>& in) {
  std::vector<td::array> values(g.types.size());
  const auto value = [&](td::value_id v) -> td::array& { return values[static_cast<std::size_t>(v)]; };
  for (std::size_t i = 0; i < in.size(); ++i) value(g.inputs[i]) = in[i];
  for (const td::node& n : g.nodes) {
    if (n.id() == td::op_id::constant) {
      value(n.first_result) = std::get<td::array>(n.attrs.find("value")->value);
      continue;
    }
    std::vector<td::operand> operands;
    for (const td::value_id v : n.inputs) {
      const bool literal = v != td::absent && g.type_of(v).weak && !value(v).is_symbol();
      if (v == td::absent) operands.emplace_back(std::nullopt);
      else if (!literal) operands.emplace_back(value(v));
      else if (value(v).dtype() == td::bool_) operands.emplace_back(value(v).item<bool>());
      else if (value(v).dtype() == td::int64) operands.emplace_back(value(v).item<std::int64_t>());
      else operands.emplace_back(value(v).item<double>());
    }
    std::vector<td::region_body> bodies;
    for (const td::region& r : n.regions)
      bodies.push_back([&r](std::span<const td::array> x) { return call_graph(r.body.front(), {x.begin(), x.end()}); });
    const std::vector<td::array> made =
        bodies.empty() ? td::apply(*n.op, operands, n.attrs) : td::apply_regions(*n.op, operands, bodies, n.attrs);
    for (std::size_t k = 0; k < made.size(); ++k) value(n.first_result + static_cast<td::value_id>(k)) = made[k];
  }
  std::vector<td::array> out;
  for (const td::value_id r : g.results) out.push_back(value(r));
  return out;
}

/// The order of results in which those of one dtype stand together: what `call_into` wants.
inline std::vector<std::size_t> order_by_dtype(const std::vector<td::dtype>& dtypes) {
  std::vector<std::size_t> order(dtypes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return dtypes[a] < dtypes[b]; });
  return order;
}

/// f.into(targets, in), where the results of `f` stand in the order of their dtypes.
template <class Traced>
void call_into(const Traced& f, const std::vector<td::array_view>& targets, const std::vector<td::array>& in) {
#define TENDRIL_DTYPE(name, type, ...) std::vector<target<type>>(),
  auto out = std::tuple{
#include <tendril/dtypes.def>
  };
  const auto add = [&]<class S>(std::vector<target<S>>& list) {
    for (const td::array_view& v : targets)
      if (v.dtype == td::dtype_of<S>) list.push_back({v});
  };
  std::apply([&](auto&... list) { (add(list), ...); }, out);
  f.into(out, in);
}

/// What differs first between two arrays, or nothing. Reals may be `tolerance` apart; 0 asks for equal bits, where NaN equals any NaN;
/// infinity for dtype and shape alone.
inline std::string difference(const td::array& got, const td::array& expected, double tolerance) {
  if (got.dtype() != expected.dtype()) return "dtype " + td::to_string(got.dtype()) + ", expected " + td::to_string(expected.dtype());
  if (got.shape() != expected.shape()) return "shape " + td::to_string(got.shape()) + ", expected " + td::to_string(expected.shape());
  if (std::isinf(tolerance)) return {};
  const td::array a = td::detail::copy_of(got.view()), b = td::detail::copy_of(expected.view());
  const auto compare = [&]<class T>(T) -> std::string {
    const T *x = a.data<T>(), *y = b.data<T>();
    for (std::int64_t i = 0; i < a.size(); ++i) {
      bool same = x[i] == y[i];
      if constexpr (std::is_floating_point_v<T>) {
        if (std::isnan(x[i]) || std::isnan(y[i])) same = std::isnan(x[i]) && std::isnan(y[i]);
        else if (tolerance == 0) same = same && std::signbit(x[i]) == std::signbit(y[i]);
        else if (std::isfinite(x[i]) && std::isfinite(y[i]))
          same = std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i])) <= tolerance;
      }
      if (same) continue;
      char text[160];
      if constexpr (std::is_floating_point_v<T>)
        std::snprintf(text, sizeof text, "element %lld is %.17g, expected %.17g within %.3g", static_cast<long long>(i),
                      static_cast<double>(x[i]), static_cast<double>(y[i]), tolerance);
      else
        std::snprintf(text, sizeof text, "element %lld is %lld, expected %lld", static_cast<long long>(i), static_cast<long long>(x[i]),
                      static_cast<long long>(y[i]));
      return text;
    }
    return {};
  };
  if (got.dtype() == td::bool_) {
    // A bool is one byte, 0 or 1; anything else would be taken for true here and for something else there.
    const auto *x = reinterpret_cast<const unsigned char*>(a.data<bool>()), *y = reinterpret_cast<const unsigned char*>(b.data<bool>());
    for (std::int64_t i = 0; i < a.size(); ++i)
      if (x[i] != y[i]) return "element " + std::to_string(i) + " is " + std::to_string(x[i]) + ", expected " + std::to_string(y[i]);
    return {};
  }
  return td::detail::with_dtype(got.dtype(), compare);
}

/// One way to run a graph, and another that must give the same.
struct check {
  td::compile_options run;
  std::string reference;            ///< a backend
  bool reference_compiled = false;  ///< optimised, with results in places like the others; else step by step, by whole-array kernels
  int aliased_result = -1, aliased_argument = -1;  ///< this result is written over this argument
  std::vector<double> tolerances = {};             ///< one a result
  bool one_element_first = false;                  ///< the traced object is called with arrays of one element before
};

/// What went wrong, or nothing. `results` says where the results go.
inline std::string run_check(const td::graph& g, const std::vector<argument>& arguments, const std::vector<argument>& results,
                             const check& c) {
  std::vector<placed> in, kept;
  std::vector<td::array_view> views;
  std::vector<td::array> arrays;
  for (const argument& a : arguments) {
    in.emplace_back(a);
    views.push_back(in.back().view);
    arrays.push_back(td::detail::borrow(views.back()));
  }
  std::vector<td::array> expected;
  if (c.reference_compiled) {
    td::compile_options options = c.run;
    options.to = c.reference;
    options.num_threads = 1;
    std::vector<td::array_view> others;
    for (const argument& a : results) {
      kept.emplace_back(a, false);
      others.push_back(kept.back().view);
      expected.push_back(td::detail::borrow(others.back()));
    }
    td::compile(g, views, options).into(others, views);
  } else {
    // Copies: a result may be a view of an argument, which may be written over.
    for (const td::array& a : td::evaluate(g, arrays, c.reference)) expected.push_back(td::detail::copy_of(a.view()));
  }
  std::vector<td::dtype> dtypes;
  for (const argument& a : results) dtypes.push_back(a.dtype);
  const std::vector<std::size_t> order = order_by_dtype(dtypes);
  const auto f = td::trace_graph(
      [&](const std::vector<td::array>& v) {
        const std::vector<td::array> all = call_graph(g, v);
        std::vector<td::array> out;
        for (const std::size_t i : order) out.push_back(all[i]);
        return out;
      },
      {.to = c.run.to, .optimize = c.run.optimize, .contract = c.run.contract, .num_threads = c.run.num_threads});
  const auto differs = [&](std::size_t i, const td::array& got) {
    const std::string d = difference(got, expected[i], c.tolerances[i]);
    return d.empty() ? d : "result " + std::to_string(i) + ": " + d;
  };
  const auto spoiled = [&](bool aliased) -> std::string {
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (!in[i].gaps_are_whole()) return "something beside the elements of argument " + std::to_string(i) + " was written";
      if (aliased && static_cast<int>(i) == c.aliased_argument) continue;
      if (const placed fresh(arguments[i]); !difference(arrays[i], td::detail::borrow(fresh.view), 0).empty())
        return "argument " + std::to_string(i) + " was written";
    }
    return {};
  };
  if (c.one_element_first) {
    std::vector<placed> small;
    std::vector<td::array> ones;
    for (argument a : arguments) {
      std::fill(a.shape.begin(), a.shape.end(), 1);
      small.emplace_back(a);
      ones.push_back(td::detail::borrow(small.back().view));
    }
    try {
      f.template call_as<returned>(ones);
    } catch (const td::internal_error&) { throw; } catch (const td::error&) {
    }  // which shapes of the graph's own do not allow
  }

  returned::where = results[0].place;
  const std::vector<returned> made = f.template call_as<returned>(arrays);
  for (std::size_t k = 0; k < made.size(); ++k) {
    if (const std::string d = differs(order[k], made[k].value()); !d.empty()) return "a call: " + d;
    if (!made[k].gaps_are_whole()) return "a call: something beside result " + std::to_string(order[k]) + " was written";
  }
  if (const std::string d = spoiled(false); !d.empty()) return "a call: " + d;

  const td::function compiled = f.compiled(arrays);
  for (const bool as_users : {true, false}) {
    const char* const how = as_users ? "into: " : "function::into: ";
    std::vector<placed> out;
    std::vector<td::array_view> targets;
    for (const std::size_t i : order) {
      out.emplace_back(results[i], false);
      targets.push_back(static_cast<int>(i) == c.aliased_result ? views[static_cast<std::size_t>(c.aliased_argument)] : out.back().view);
    }
    if (c.aliased_result >= 0)
      in[static_cast<std::size_t>(c.aliased_argument)].refill(arguments[static_cast<std::size_t>(c.aliased_argument)]);
    if (as_users) call_into(f, targets, arrays);
    else compiled.into(targets, views);
    for (std::size_t k = 0; k < order.size(); ++k) {
      if (const std::string d = differs(order[k], td::detail::borrow(targets[k])); !d.empty()) return how + d;
      if (!out[k].gaps_are_whole()) return how + ("something beside the elements of result " + std::to_string(order[k]) + " was written");
    }
    if (const std::string d = spoiled(true); !d.empty()) return how + d;
  }
  return {};
}

}  // namespace fuzz
