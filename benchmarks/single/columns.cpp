// Reductions across rows, and what is fused with them, against hand-written loops over tiles of columns; argmax on rows too.
#include <tendril/tendril.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "turns.hpp"

namespace td = tendril;
namespace {

// ---- by hand
// No sum runs serially over more than 64 rows; four rows go at a time, so that accumulators are loaded and stored less.
#define BEST [[gnu::target_clones("arch=x86-64-v4", "avx2", "default")]]
constexpr std::int64_t run = 64, widest = 1024;

/// Adds `value(row, column)` over rows [0, rows) to sum[0, n).
template <class T, class Value>
[[gnu::always_inline]] inline void add_rows(T* __restrict sum, std::int64_t rows, std::int64_t n, Value value) {
  T part[widest];
  std::fill_n(sum, n, T(0));
  for (std::int64_t first = 0; first < rows; first += run) {
    const std::int64_t last = std::min(first + run, rows);
    std::fill_n(part, n, T(0));
    std::int64_t r = first;
    for (; r + 4 <= last; r += 4)
      for (std::int64_t c = 0; c < n; ++c) part[c] = part[c] + ((value(r, c) + value(r + 1, c)) + (value(r + 2, c) + value(r + 3, c)));
    for (; r < last; ++r)
      for (std::int64_t c = 0; c < n; ++c) part[c] += value(r, c);
    for (std::int64_t c = 0; c < n; ++c) sum[c] += part[c];
  }
}

template <class T>
BEST void sum(T* __restrict out, const T* __restrict x, std::int64_t rows, std::int64_t columns, std::int64_t tile) {
  for (std::int64_t c = 0; c < columns; c += tile)
    add_rows(out + c, rows, std::min(tile, columns - c), [=](std::int64_t r, std::int64_t k) { return x[r * columns + c + k]; });
}

template <class T>
BEST void squares(T* __restrict out, const T* __restrict x, const T* __restrict m, std::int64_t rows, std::int64_t columns,
                  std::int64_t tile) {
  for (std::int64_t c = 0; c < columns; c += tile)
    add_rows(out + c, rows, std::min(tile, columns - c), [=](std::int64_t r, std::int64_t k) {
      const T d = x[r * columns + c + k] - m[c + k];
      return d * d;
    });
}

template <class T>
BEST void standardize(T* __restrict out, const T* __restrict x, std::int64_t rows, std::int64_t columns, std::int64_t tile) {
  T mean[widest], deviation[widest];
  for (std::int64_t c = 0; c < columns; c += tile) {
    const std::int64_t n = std::min(tile, columns - c);
    add_rows(mean, rows, n, [=](std::int64_t r, std::int64_t k) { return x[r * columns + c + k]; });
    for (std::int64_t k = 0; k < n; ++k) mean[k] /= static_cast<T>(rows);
    const T* m = mean;
    add_rows(deviation, rows, n, [=](std::int64_t r, std::int64_t k) {
      const T d = x[r * columns + c + k] - m[k];
      return d * d;
    });
    for (std::int64_t k = 0; k < n; ++k) deviation[k] = std::sqrt(deviation[k] / static_cast<T>(rows));
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t k = 0; k < n; ++k) out[r * columns + c + k] = (x[r * columns + c + k] - mean[k]) / deviation[k];
  }
}

/// Of numbers that are not positive, within 2 ULP.
[[gnu::always_inline]] inline float exp_of(float x) {
  x = std::max(x, -87.0f);
  const float shifted = x * 1.44269504f + 12582912.0f, n = shifted - 12582912.0f;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  return std::bit_cast<float>(std::bit_cast<std::int32_t>(p) + (std::bit_cast<std::int32_t>(shifted) << 23));
}

BEST void softmax(float* __restrict out, const float* __restrict x, std::int64_t rows, std::int64_t columns, std::int64_t tile) {
  float most[widest], total[widest], part[widest];
  for (std::int64_t c = 0; c < columns; c += tile) {
    const std::int64_t n = std::min(tile, columns - c);
    std::fill_n(most, n, -INFINITY);
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t k = 0; k < n; ++k) most[k] = most[k] > x[r * columns + c + k] ? most[k] : x[r * columns + c + k];
    std::fill_n(total, n, 0.0f);
    for (std::int64_t first = 0; first < rows; first += run) {
      std::fill_n(part, n, 0.0f);
      for (std::int64_t r = first; r < std::min(first + run, rows); ++r)
        for (std::int64_t k = 0; k < n; ++k) part[k] += out[r * columns + c + k] = exp_of(x[r * columns + c + k] - most[k]);
      for (std::int64_t k = 0; k < n; ++k) total[k] += part[k];
    }
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t k = 0; k < n; ++k) out[r * columns + c + k] /= total[k];
  }
}

/// argmax(x * w + b): of `lanes` columns or residues the best so far, and where it is from; NaN is best, the first of all.
template <std::int64_t lanes>
[[gnu::always_inline]] inline void keep_best(float* __restrict best, std::int32_t* __restrict from, const float* __restrict x,
                                             const float* __restrict w, const float* __restrict b, std::int32_t place) {
  for (std::int64_t k = 0; k < lanes; ++k) {
    const float z = x[k] * w[k] + b[k], most = best[k];
    const bool better = !(z <= most) & (most == most);
    best[k] = better ? z : most;
    from[k] = better ? place : from[k];
  }
}

BEST void argmax_of_rows(std::int64_t* out, const float* x, const float* w, const float* b, std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t lanes = 64;  // columns are a multiple of it
  float best[lanes];
  std::int32_t from[lanes];
  for (std::int64_t r = 0; r < rows; ++r) {
    std::fill_n(best, lanes, -INFINITY);
    std::fill_n(from, lanes, 0);
    for (std::int64_t c = 0; c < columns; c += lanes)
      keep_best<lanes>(best, from, x + r * columns + c, w + c, b + c, static_cast<std::int32_t>(c));
    std::int64_t most = 0;
    const auto at = [&](std::int64_t k) { return from[k] + k; };
    for (std::int64_t k = 1; k < lanes; ++k) {
      const bool nan = best[k] != best[k], known = best[most] != best[most];
      if (nan || known ? nan && (!known || at(k) < at(most)) : best[k] > best[most] || (best[k] == best[most] && at(k) < at(most)))
        most = k;
    }
    out[r] = at(most);
  }
}

/// The largest of a row first, then where it is.
BEST void argmax_in_two(std::int64_t* out, const float* x, const float* w, const float* b, std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t lanes = 64;
  float z[widest], best[lanes];
  for (std::int64_t r = 0; r < rows; ++r, x += columns) {
    std::fill_n(best, lanes, -INFINITY);
    bool nan = false;
    for (std::int64_t c = 0; c < columns; c += lanes) {
      int unordered = 0;
      for (std::int64_t k = 0; k < lanes; ++k) {
        const float y = z[c + k] = x[c + k] * w[c + k] + b[c + k];
        best[k] = y > best[k] ? y : best[k];
        unordered |= y != y;
      }
      nan |= unordered != 0;
    }
    float most = best[0];
    for (std::int64_t k = 1; k < lanes; ++k) most = best[k] > most ? best[k] : most;
    const auto is = [&](float y) { return nan ? y != y : y == most; };
    std::int64_t c = 0;
    for (;; c += lanes) {
      int found = 0;
      for (std::int64_t k = 0; k < lanes; ++k) found |= is(z[c + k]);
      if (found) break;
    }
    while (!is(z[c])) ++c;
    out[r] = c;
  }
}

template <std::int64_t tile>
[[gnu::always_inline]] inline void argmax_of_tiles(std::int64_t* out, const float* x, const float* w, const float* b, std::int64_t rows,
                                                   std::int64_t columns) {
  float best[tile];
  std::int32_t from[tile];
  for (std::int64_t c = 0; c < columns; c += tile) {  // columns are a multiple of it
    std::fill_n(best, tile, -INFINITY);
    std::fill_n(from, tile, 0);
    for (std::int64_t r = 0; r < rows; ++r) keep_best<tile>(best, from, x + r * columns + c, w + c, b + c, static_cast<std::int32_t>(r));
    std::copy_n(from, tile, out + c);
  }
}
BEST void argmax_of_columns(std::int64_t* out, const float* x, const float* w, const float* b, std::int64_t rows, std::int64_t columns) {
  argmax_of_tiles<widest>(out, x, w, b, rows, columns);
}
BEST void argmax_of_narrow(std::int64_t* out, const float* x, const float* w, const float* b, std::int64_t rows, std::int64_t columns) {
  argmax_of_tiles<64>(out, x, w, b, rows, columns);
}

// ---- the comparison
int rounds = 31;

// The hand-written ones come first: of a round, the faster of them is what the others are compared with.
void compare(const char* name, std::size_t by_hand, std::vector<bench::contender> all) {
  bench::take_turns(all, rounds, bench::processor_seconds);
  std::vector<double> best = all[0].seconds;
  for (std::size_t k = 1; k < by_hand; ++k)
    for (std::size_t r = 0; r < best.size(); ++r) best[r] = std::min(best[r], all[k].seconds[r]);
  std::printf("%s\n", name);
  for (const bench::contender& i : all)
    std::printf("  %-24s %9.1f us %7.2f\n", i.name.c_str(), bench::median(i.seconds) * 1e6, bench::ratio(i.seconds, best));
}

template <class T>
constexpr td::dtype dtype_of = std::is_integral_v<T> ? td::int64
                               : sizeof(T) == 4      ? td::float32
                                                     : td::float64;

template <class T>
std::vector<T> numbers(std::int64_t n) {
  std::vector<T> v(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<T>(std::sin(static_cast<double>(i) * 0.7) * 3);
  return v;
}

template <class T>
td::array_view view_of(std::vector<T>& v, const td::extents& shape, bool column_major = false) {
  td::array_view a;
  a.data = v.data();
  a.dtype = dtype_of<T>;
  a.rank = static_cast<int>(shape.size());
  std::int64_t step = 1;
  for (int k = 0; k < a.rank; ++k) {
    const int i = column_major ? k : a.rank - 1 - k;
    a.shape[i] = shape[static_cast<std::size_t>(i)];
    a.strides[i] = step;
    step *= a.shape[i];
  }
  return a;
}

// Tendril on each backend into `out`, after what `by_hand` wrote was kept to be compared with.
template <class T, class F>
void measure(const char* name, F f, std::vector<td::array_view> in, std::vector<T>& out, const td::extents& shape,
             std::vector<bench::contender> by_hand, bool apart = false) {
  std::vector<bench::contender> all = by_hand;
  std::vector<td::array> examples;
  for (const td::array_view& v : in) examples.push_back(td::detail::borrow(v));
  by_hand.front().run();
  const std::vector<T> expected = out;
  std::vector<std::string> ways = td::backends();
  if (apart) ways.push_back("op by op");
  for (const std::string& to : ways) {
    const td::trace_options options{.to = to == "op by op" ? td::current_backend() : to, .optimize = to != "op by op"};
    const td::function g = td::trace_graph([&](const std::vector<td::array>& a) { return f(a); }, options).compiled(examples);
    const td::array_view target = view_of(out, shape);
    const auto call = [g, target, in] { g.into(std::span(&target, 1), in); };
    std::fill(out.begin(), out.end(), T(7));
    call();
    for (std::size_t i = 0; i < out.size(); ++i)
      if (!(std::abs(static_cast<double>(out[i] - expected[i])) <= 1e-3 * (1 + std::abs(static_cast<double>(expected[i]))))) {
        std::printf("%s on %s: element %zu is %g, by hand %g\n", name, to.c_str(), i, static_cast<double>(out[i]),
                    static_cast<double>(expected[i]));
        std::exit(1);
      }
    all.push_back({to, call});
  }
  compare(name, by_hand.size(), std::move(all));
}

template <class T>
void all_of(const char* type) {
  const auto called = [&](const char* what) { return std::string(what) + ", " + type; };
  constexpr std::int64_t rows = 4096, columns = 1024;
  std::vector<T> x = numbers<T>(rows * columns), m = numbers<T>(columns), reduced(columns), full(x.size());
  const auto vx = view_of(x, {rows, columns}), vm = view_of(m, {columns});
  measure(called("sum over the rows of 4096 x 1024").c_str(), [](const auto& a) { return td::sum(a[0], {.axis = 0}); }, {vx}, reduced,
          {columns}, {{"by hand", [&] { sum(reduced.data(), x.data(), rows, columns, widest); }}});
  measure(called("sum(square(x - m)) over the rows of 4096 x 1024").c_str(),
          [](const auto& a) { return td::sum(td::square(a[0] - a[1]), {.axis = 0}); }, {vx, vm}, reduced, {columns},
          {{"by hand", [&] { squares(reduced.data(), x.data(), m.data(), rows, columns, widest); }}});
  measure(called("(x - mean) / std over the rows of 4096 x 1024").c_str(),
          [](const auto& a) { return (a[0] - td::mean(a[0], {.axis = 0})) / td::std(a[0], {.axis = 0}); }, {vx}, full, {rows, columns},
          {{"by hand", [&] { standardize(full.data(), x.data(), rows, columns, widest); }},
           {"by hand, narrow tiles", [&] { standardize(full.data(), x.data(), rows, columns, 64); }}});
  {
    constexpr std::int64_t n = 1000;
    std::vector<T> c = numbers<T>(n * n), out(n);
    measure(called("mean over axis 1 of column-major 1000 x 1000").c_str(), [](const auto& a) { return td::mean(a[0], {.axis = 1}); },
            {view_of(c, {n, n}, true)}, out, {n}, {{"by hand", [&] {
                                                      sum(out.data(), c.data(), n, n, n);
                                                      for (T& v : out) v /= n;
                                                    }}});
  }
  {
    std::vector<T> c = numbers<T>(64 * 128 * 256), out(64 * 256);
    measure(called("sum over the middle axis of 64 x 128 x 256").c_str(), [](const auto& a) { return td::sum(a[0], {.axis = 1}); },
            {view_of(c, {64, 128, 256})}, out, {64, 256}, {{"by hand", [&] {
                                                              for (std::int64_t i = 0; i < 64; ++i)
                                                                sum(out.data() + i * 256, c.data() + i * 128 * 256, 128, 256, 256);
                                                            }}});
  }
  {
    std::vector<T> c = numbers<T>(300000), out(3);
    measure(called("mean of 100000 points of 3").c_str(), [](const auto& a) { return td::mean(a[0], {.axis = 0}); },
            {view_of(c, {100000, 3})}, out, {3}, {{"by hand", [&] {
                                                     // As 2500 rows of 120: 40 points side by side.
                                                     T wide[120];
                                                     sum(wide, c.data(), 2500, 120, 120);
                                                     for (int k = 0; k < 3; ++k) {
                                                       T s = 0;
                                                       for (int p = 0; p < 40; ++p) s += wide[3 * p + k];
                                                       out[static_cast<std::size_t>(k)] = s / 100000;
                                                     }
                                                   }}});
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) rounds = std::max(1, std::atoi(argv[1]));
  std::printf("medians of %d interleaved rounds, thread time; ratios to the faster hand-written loop of each round\n", rounds);
  all_of<float>("float32");
  for (const std::int64_t rows : {256, 4096}) {
    constexpr std::int64_t columns = 1024;
    std::vector<float> x = numbers<float>(rows * columns), out(x.size());
    measure(("softmax over the rows of " + std::to_string(rows) + " x 1024, float32").c_str(),
            [](const auto& a) { return td::softmax(a[0], {.axis = 0}); }, {view_of(x, {rows, columns})}, out, {rows, columns},
            {{"by hand", [&] { softmax(out.data(), x.data(), rows, columns, widest); }},
             {"by hand, narrow tiles", [&] { softmax(out.data(), x.data(), rows, columns, 64); }}});
  }
  all_of<double>("float64");
  for (const std::int64_t rows : {256, 4096}) {
    constexpr std::int64_t columns = widest;
    std::vector<float> x = numbers<float>(rows * columns), w = numbers<float>(columns), b = numbers<float>(2 * columns);
    b.erase(b.begin(), b.begin() + columns);
    for (std::vector<float>* v : {&x, &w, &b})  // products are exact: rounded apart or not, the same element is the largest
      for (float& e : *v) e = std::round(e * 64) / 64;
    const auto vx = view_of(x, {rows, columns}), vw = view_of(w, {columns}), vb = view_of(b, {columns});
    const auto argmax = [&](const char* how, std::int64_t axis, std::int64_t results, std::vector<bench::contender> by_hand,
                            std::vector<std::int64_t>& out) {
      const auto f = [axis](const auto& a) { return td::argmax(a[0] * a[1] + a[2], {.axis = axis}); };
      const std::string name = std::string("argmax(x * w + b) ") + how + " of " + std::to_string(rows) + " x 1024, float32";
      measure(name.c_str(), f, {vx, vw, vb}, out, {results}, std::move(by_hand), true);
    };
    std::vector<std::int64_t> of_rows(static_cast<std::size_t>(rows)), of_columns(columns);
    argmax("along the rows", 1, rows,
           {{"by hand", [&] { argmax_of_rows(of_rows.data(), x.data(), w.data(), b.data(), rows, columns); }},
            {"by hand, in two", [&] { argmax_in_two(of_rows.data(), x.data(), w.data(), b.data(), rows, columns); }}},
           of_rows);
    argmax("over the rows", 0, columns,
           {{"by hand", [&] { argmax_of_columns(of_columns.data(), x.data(), w.data(), b.data(), rows, columns); }},
            {"by hand, narrow tiles", [&] { argmax_of_narrow(of_columns.data(), x.data(), w.data(), b.data(), rows, columns); }}},
           of_columns);
  }
}
