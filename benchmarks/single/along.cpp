// Measures the ops along one axis against the loops that one would write by hand: sorting, running totals, indices, searching.
//
//   bench_along [word in the name of a case]
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <numeric>
#include <random>
#include <string_view>
#include <vector>

#include <tendril/tendril.hpp>

#include "turns.hpp"

namespace {

namespace td = tendril;
void compare(const char* name, std::int64_t n, const std::function<void()>& ours, const std::function<void()>& hand) {
  std::vector<bench::contender> both{{"ours", ours}, {"by hand", hand}};
  bench::take_turns(both, 15, bench::processor_seconds);
  const auto an_element = [n](const bench::contender& c) { return bench::median(c.seconds) * 1e9 / static_cast<double>(n); };
  std::printf("| %s | %lld | %.2f | %.2f | %.2f |\n", name, static_cast<long long>(n), an_element(both[0]), an_element(both[1]),
              bench::ratio(both[0].seconds, both[1].seconds));
  std::fflush(stdout);
}

template <class T>
std::vector<T> numbers(std::int64_t n) {
  std::mt19937_64 g(7);
  std::vector<T> out(static_cast<std::size_t>(n));
  for (T& x : out) {
    if constexpr (std::is_floating_point_v<T>) x = std::uniform_real_distribution<T>(-1, 1)(g);
    else x = static_cast<T>(g());
  }
  return out;
}

std::vector<std::int64_t> places(std::int64_t count, std::int64_t extent) {
  std::mt19937_64 g(9);
  std::vector<std::int64_t> out(static_cast<std::size_t>(count));
  for (std::int64_t& i : out) i = static_cast<std::int64_t>(g() % static_cast<std::uint64_t>(extent));
  return out;
}

template <class T>
td::array_view matrix(std::vector<T>& v, std::int64_t rows) {
  td::array_view m{};
  m.data = v.data();
  m.dtype = td::dtype_of<T>;
  m.rank = 2;
  m.shape[0] = rows;
  m.shape[1] = static_cast<std::int64_t>(v.size()) / rows;
  m.strides[0] = m.shape[1];
  m.strides[1] = 1;
  return m;
}

// A compiled op on these inputs, run into these results.
template <class F>
std::function<void()> replay(F f, std::vector<td::array_view> in, std::vector<td::array_view> out) {
  std::vector<td::array> borrowed;
  for (const td::array_view& v : in) borrowed.push_back(td::detail::borrow(v));
  const auto traced = td::trace_graph([f](const std::vector<td::array>& x) { return f(x); });
  const td::function compiled = td::compile(traced.graph(borrowed), in);
  return [=] { compiled.into(out, in); };
}

template <class T>
void sorting(const char* sort_name, const char* argsort_name, std::int64_t n, std::int64_t rows) {
  std::vector<T> x = numbers<T>(n * rows), y(x.size()), z(x.size());
  std::vector<std::int64_t> i(x.size()), j(x.size());
  const auto row = [n](auto& v, std::int64_t r) { return v.begin() + r * n; };
  compare(sort_name, n * rows, replay([](const auto& a) { return td::sort(a[0]); }, {matrix(x, rows)}, {matrix(y, rows)}), [&] {
    z = x;
    for (std::int64_t r = 0; r < rows; ++r) std::sort(row(z, r), row(z, r) + n);
  });
  compare(argsort_name, n * rows, replay([](const auto& a) { return td::argsort(a[0]); }, {matrix(x, rows)}, {matrix(i, rows)}), [&] {
    for (std::int64_t r = 0; r < rows; ++r) {
      std::iota(row(j, r), row(j, r) + n, std::int64_t{0});
      std::stable_sort(row(j, r), row(j, r) + n, [&](std::int64_t p, std::int64_t q) { return row(x, r)[p] < row(x, r)[q]; });
    }
  });
}

template <class T>
void totals(const char* name, const char* across_name, std::int64_t n) {
  std::vector<T> x = numbers<T>(n), y(x.size()), z(x.size());
  compare(name, n, replay([](const auto& a) { return td::cumulative_sum(a[0], {.axis = 1}); }, {matrix(x, 1)}, {matrix(y, 1)}),
          [&] { std::partial_sum(x.begin(), x.end(), z.begin()); });
  const std::int64_t rows = 100, columns = n / rows;
  compare(across_name, n, replay([](const auto& a) { return td::cumulative_sum(a[0], {.axis = 0}); }, {matrix(x, rows)}, {matrix(y, rows)}),
          [&] {
            std::copy_n(x.begin(), columns, z.begin());
            for (std::int64_t r = 1; r < rows; ++r)
              for (std::int64_t c = 0; c < columns; ++c) {
                const auto k = static_cast<std::size_t>(r * columns + c);
                z[k] = z[k - static_cast<std::size_t>(columns)] + x[k];
              }
          });
}

template <class T>
void indices(const char* elements_name, const char* rows_name, const char* along_name, std::int64_t n, std::int64_t width) {
  std::vector<T> x = numbers<T>(n), y(x.size()), z(x.size());
  std::vector<std::int64_t> i = places(n, n), r = places(n / width, n / width), k = places(n, width);
  td::array_view index = matrix(i, 1), row_index = matrix(r, 1);
  for (td::array_view* v : {&index, &row_index}) {
    v->rank = 1;
    v->shape[0] = v->shape[1];
    v->strides[0] = 1;
  }
  const auto checked = [](std::int64_t p, std::int64_t extent) {  // what numpy does, one by one
    if (p < -extent || p >= extent) std::abort();
    return static_cast<std::size_t>(p < 0 ? p + extent : p);
  };
  compare(elements_name, n, replay([](const auto& a) { return td::take(a[0], a[1], {.axis = 1}); }, {matrix(x, 1), index}, {matrix(y, 1)}),
          [&] {
            for (std::size_t p = 0; p < i.size(); ++p) z[p] = x[checked(i[p], n)];
          });
  compare(
      rows_name, n,
      replay([](const auto& a) { return td::take(a[0], a[1], {.axis = 0}); }, {matrix(x, n / width), row_index}, {matrix(y, n / width)}),
      [&] {
        for (std::size_t p = 0; p < r.size(); ++p)
          std::memcpy(z.data() + p * static_cast<std::size_t>(width), x.data() + checked(r[p], n / width) * static_cast<std::size_t>(width),
                      static_cast<std::size_t>(width) * sizeof(T));
      });
  compare(along_name, n,
          replay([](const auto& a) { return td::take_along_axis(a[0], a[1]); }, {matrix(x, n / width), matrix(k, n / width)},
                 {matrix(y, n / width)}),
          [&] {
            for (std::size_t p = 0; p < k.size(); ++p)
              z[p] = x[p / static_cast<std::size_t>(width) * static_cast<std::size_t>(width) + checked(k[p], width)];
          });
}

template <class T>
void searching(const char* name, std::int64_t n) {
  std::vector<T> x = numbers<T>(n), w = numbers<T>(n);
  std::sort(x.begin(), x.end());
  std::vector<std::int64_t> y(x.size()), z(x.size());
  td::array_view sorted = matrix(x, 1);
  sorted.rank = 1;
  sorted.shape[0] = n;
  sorted.strides[0] = 1;
  compare(name, n, replay([](const auto& a) { return td::searchsorted(a[0], a[1]); }, {sorted, matrix(w, 1)}, {matrix(y, 1)}), [&] {
    for (std::size_t i = 0; i < w.size(); ++i) z[i] = std::lower_bound(x.begin(), x.end(), w[i]) - x.begin();
  });
}

}  // namespace

int main(int count, char** words) {
  const std::string_view only = count > 1 ? words[1] : "";
  const auto wanted = [&](std::string_view family) { return family.find(only) != std::string_view::npos; };
  std::printf("| op | elements | ns an element | by hand | ratio |\n|---|---|---|---|---|\n");
  if (wanted("sort")) {
    sorting<float>("sort, f32, rows of 16", "argsort, f32, rows of 16", 16, 1000);
    sorting<float>("sort, f32, rows of 100", "argsort, f32, rows of 100", 100, 1000);
    sorting<float>("sort, f32, rows of 1000", "argsort, f32, rows of 1000", 1000, 100);
    sorting<float>("sort, f32", "argsort, f32", 1000000, 1);
    sorting<double>("sort, f64, rows of 100", "argsort, f64, rows of 100", 100, 1000);
    sorting<double>("sort, f64, rows of 1000", "argsort, f64, rows of 1000", 1000, 100);
    sorting<double>("sort, f64", "argsort, f64", 1000000, 1);
    sorting<std::int32_t>("sort, int32", "argsort, int32", 1000000, 1);
  }
  if (wanted("cumulative"))
    for (const std::int64_t n : {1000, 1000000}) {
      totals<float>("cumulative_sum, f32", "cumulative_sum across rows, f32", n);
      totals<double>("cumulative_sum, f64", "cumulative_sum across rows, f64", n);
      totals<std::int64_t>("cumulative_sum, int64", "cumulative_sum across rows, int64", n);
    }
  if (wanted("take"))
    for (const std::int64_t n : {10000, 1000000}) {
      indices<float>("take of elements, f32", "take of rows of 8, f32", "take_along_axis, rows of 8, f32", n, 8);
      indices<double>("take of elements, f64", "take of rows of 100, f64", "take_along_axis, rows of 100, f64", n, 100);
    }
  if (wanted("search"))
    for (const std::int64_t n : {1000, 1000000}) {
      searching<float>("searchsorted, f32", n);
      searching<double>("searchsorted, f64", n);
    }
}
