// The whole-array kernels of the xtensor backend, called straight, on every layout: against the block kernels and naive loops.
#include "catch.hpp"

#include <algorithm>
#include <random>

#if TENDRIL_HAS_XTENSOR_BACKEND
#include <tendril/detail/op_id.hpp>

#include "xtensor_kernels.hpp"

using namespace tendril_test;

namespace {

/// Memory and a view of it.
struct sample {
  std::vector<char> bytes;
  array_view view;
};

array_view dense(void* data, dtype d, const extents& shape) {
  array_view v;
  v.data = data;
  v.dtype = d;
  v.rank = static_cast<int>(shape.size());
  std::int64_t stride = 1;
  for (int i = v.rank; i-- > 0; stride *= v.shape[i]) v.shape[i] = shape[static_cast<std::size_t>(i)], v.strides[i] = stride;
  return v;
}

enum class layout { row_major, column_major, gaps, reversed, broadcast };
constexpr layout layouts[] = {layout::row_major, layout::column_major, layout::gaps, layout::reversed, layout::broadcast};

sample make(dtype d, const extents& shape, layout how, unsigned seed) {
  std::int64_t n = 8;
  for (auto e : shape) n *= std::max<std::int64_t>(e, 1);  // eight times what a dense array needs: room for gaps
  sample s{random_elements(d, static_cast<std::size_t>(n), seed), dense(nullptr, d, shape)};
  array_view& v = s.view;
  std::int64_t offset = 0;
  if (how == layout::column_major) {
    std::int64_t stride = 1;
    for (int i = 0; i < v.rank; ++i) v.strides[i] = stride, stride *= v.shape[i];
  }
  if (how == layout::gaps)
    for (int i = 0; i < v.rank; ++i) v.strides[i] *= 2;
  if (how == layout::reversed)
    for (int i = 0; i < v.rank; i += 2) {
      offset += v.strides[i] * (v.shape[i] - 1);
      v.strides[i] = -v.strides[i];
    }
  if (how == layout::broadcast && v.rank > 0) v.strides[v.rank - 1] = 0;
  if (v.size() == 0) offset = 0;
  v.data = s.bytes.data() + offset * static_cast<std::int64_t>(size_of(d));
  return s;
}

char* place(const array_view& v, const std::vector<std::int64_t>& index) {
  std::int64_t o = 0;
  for (int i = 0; i < v.rank; ++i) o += index[static_cast<std::size_t>(i)] * v.strides[i];
  return static_cast<char*>(v.data) + o * static_cast<std::int64_t>(size_of(v.dtype));
}

template <class T>
T value(const array_view& v, const std::vector<std::int64_t>& index) {
  T x;
  std::memcpy(&x, place(v, index), sizeof x);
  return x;
}

/// Calls f(index) for every index of a shape, in row-major order.
template <class F>
void each_index(const array_view& v, F f) {
  std::vector<std::int64_t> index(static_cast<std::size_t>(v.rank), 0);
  for (std::int64_t k = 0; k < v.size(); ++k) {
    f(index);
    for (int i = v.rank; i-- > 0;) {
      if (++index[static_cast<std::size_t>(i)] < v.shape[i]) break;
      index[static_cast<std::size_t>(i)] = 0;
    }
  }
}

engine::whole_kernel whole(op_id op, dtype d) {
  const auto k = detail::xtensor_whole().kernel[static_cast<int>(op)][static_cast<int>(d)];
  INFO(record_of(op).name << " " << name_of(d));
  REQUIRE(k);
  return k;
}

const std::vector<extents> shapes = {{}, {1}, {7}, {40}, {3, 4}, {2, 3, 5}, {1, 6, 1}, {0}, {3, 0, 2}, {2, 1, 2, 3, 1, 2}};

}  // namespace

TEST_CASE("xtensor whole-array kernels agree with the block kernels on every layout") {
  for (const row& r : rows())
    for (dtype d : dtypes) {
      const block_kernel k = find(detail::xtensor_blocks(), r.id, d);
      if (!k) {
        CHECK_FALSE(detail::xtensor_whole().kernel[static_cast<int>(r.id)][static_cast<int>(d)]);
        continue;
      }
      for (const extents& shape : shapes)
        for (layout to : {layout::row_major, layout::column_major, layout::gaps, layout::reversed})
          for (layout from : layouts) {
            sample out = make(r.result(d), shape, to, 1);
            const std::vector<char> before = out.bytes;
            std::vector<sample> in;
            std::vector<array_view> views;
            for (std::size_t i = 0; i < r.arity; ++i) {
              in.push_back(make(r.operand(i, d), shape, i % 2 == 0 ? from : layout::row_major, static_cast<unsigned>(i) + 2));
              views.push_back(in.back().view);
            }
            whole(r.id, d)(&out.view, views.data(), static_cast<int>(views.size()), {});
            bool equal = true;
            std::size_t written = 0;
            each_index(out.view, [&](const auto& index) {
              alignas(8) char alone[8];
              block_args one{alone, {}, 1, 0};
              for (std::size_t i = 0; i < r.arity; ++i) one.in[i] = place(views[i], index);
              k(one);
              char* got = place(out.view, index);
              equal = equal && same_bytes(out.view.dtype, alone, got);
              std::memcpy(got, before.data() + (got - out.bytes.data()), size_of(out.view.dtype));
              ++written;
            });
            INFO(record_of(r.id).name << " " << name_of(d) << " " << to_string(shape) << " " << static_cast<int>(to)
                                      << static_cast<int>(from));
            CHECK(equal);
            CHECK(out.bytes == before);
          }
    }
}

TEST_CASE("xtensor whole-array clip takes absent bounds") {
  double x[] = {-5, 0, 5, 9}, y[4], lo = -1;
  array_view in[3] = {dense(x, dtype::float64, {4}), dense(&lo, dtype::float64, {4}), {}};
  in[1].strides[0] = 0;
  const array_view out = dense(y, dtype::float64, {4});
  whole(op_id::clip, dtype::float64)(&out, in, 3, {});
  CHECK(std::vector<double>(y, y + 4) == std::vector<double>{-1, 0, 5, 9});
  std::swap(in[1], in[2]);
  whole(op_id::clip, dtype::float64)(&out, in, 3, {});
  CHECK(std::vector<double>(y, y + 4) == std::vector<double>{-5, -1, -1, -1});
}

TEST_CASE("xtensor whole-array astype agrees with the block kernels on every layout") {
  for (dtype from : dtypes)
    for (dtype to : dtypes)
      for (const extents& shape : shapes)
        for (layout how : layouts) {
          sample in = make(from, shape, how, 4), out = make(to, shape, layout::gaps, 5);
          whole(op_id::astype, from)(&out.view, &in.view, 1, attributes{{"dtype", to}});
          bool equal = true;
          each_index(out.view, [&](const auto& index) {
            alignas(8) char alone[8];
            detail::xtensor_blocks().convert[static_cast<int>(from)][static_cast<int>(to)]({alone, {place(in.view, index)}, 1, 0});
            equal = equal && same_bytes(to, alone, place(out.view, index));
          });
          CHECK(equal);
        }
}

namespace {

/// Naive results of all reductions of one slice, in long double.
struct naive {
  long double sum = 0, prod = 1, max = -INFINITY, min = INFINITY;
  bool any = false, all = true;
  std::int64_t argmax = -1, argmin = -1, n = 0;
  void add(long double v) {
    sum += v;
    prod *= v;
    if (v > max || n == 0) max = v, argmax = n;
    if (v < min || n == 0) min = v, argmin = n;
    any = any || v != 0;
    all = all && v != 0;
    ++n;
  }
};

template <class T>
void fill_small(sample& s, unsigned seed) {
  std::mt19937 random(seed);
  for (std::size_t i = 0; i + sizeof(T) <= s.bytes.size(); i += sizeof(T)) {
    const T v = static_cast<T>(std::is_same_v<T, bool> ? static_cast<double>(random() % 2)
                               : std::is_integral_v<T> ? static_cast<double>(random() % 5) - 1
                                                       : 0.75 + static_cast<double>(random() % 1000) / 2000);
    std::memcpy(s.bytes.data() + i, &v, sizeof v);
  }
}

template <class T>
void check_whole_reductions(const extents& shape, layout how) {
  constexpr dtype d = dtype_of<T>;
  sample in = make(d, shape, how, 7);
  fill_small<T>(in, 11);
  const int rank = in.view.rank;
  const double eps = std::is_same_v<T, float> ? 1e-5 : 1e-12;
  for (unsigned mask = 0; mask < (1u << rank); ++mask)
    for (bool keepdims : {false, true}) {
      std::vector<std::int64_t> axes;
      extents kept, out_shape;
      for (int i = 0; i < rank; ++i) {
        const bool reduced = mask >> i & 1;
        if (reduced) axes.push_back(i - rank);
        kept.push_back(reduced ? 1 : in.view.shape[i]);
        if (!reduced || keepdims) out_shape.push_back(reduced ? 1 : in.view.shape[i]);
      }
      const array_view slots = dense(nullptr, d, kept);
      std::vector<naive> want(static_cast<std::size_t>(slots.size()));
      const auto slot = [&](const std::vector<std::int64_t>& index) {
        std::int64_t k = 0;
        for (int i = 0; i < rank; ++i) k += (mask >> i & 1 ? 0 : index[static_cast<std::size_t>(i)]) * slots.strides[i];
        return static_cast<std::size_t>(k);
      };
      each_index(in.view, [&](const auto& index) { want[slot(index)].add(static_cast<long double>(value<T>(in.view, index))); });
      const bool nothing = in.view.size() == 0;
      const auto run = [&](op_id op, dtype result, auto test) {
        sample out = make(result, out_shape, layout::gaps, 3);
        const attributes attrs{{"axis", axes}, {"keepdims", keepdims}};
        whole(op, d)(&out.view, &in.view, 1, attrs);
        std::size_t k = 0;
        each_index(out.view, [&](const auto& index) {
          INFO(record_of(op).name << " " << name_of(d) << " " << to_string(shape) << " layout " << static_cast<int>(how) << " axes "
                                  << to_string(axes) << " at " << k);
          test(place(out.view, index), want[k++]);
        });
      };
      run(op_id::any, dtype::bool_, [](const char* got, const naive& w) { CHECK((*got != 0) == w.any); });
      run(op_id::all, dtype::bool_, [](const char* got, const naive& w) { CHECK((*got != 0) == w.all); });
      if constexpr (!std::is_same_v<T, bool>) {
        const auto close = [&](const char* got, long double w) {
          T v;
          std::memcpy(&v, got, sizeof v);
          if constexpr (std::is_integral_v<T>) CHECK(v == static_cast<T>(w));
          else CHECK(static_cast<double>(v) == Approx(static_cast<double>(w)).epsilon(eps));
        };
        run(op_id::sum, d, [&](const char* got, const naive& w) { close(got, w.sum); });
        if (std::is_floating_point_v<T> || in.view.size() < 20)
          run(op_id::prod, d, [&](const char* got, const naive& w) { close(got, w.prod); });
        if (nothing) continue;
        run(op_id::max, d, [&](const char* got, const naive& w) { close(got, w.max); });
        run(op_id::min, d, [&](const char* got, const naive& w) { close(got, w.min); });
        const auto index_is = [](const char* got, std::int64_t w) {
          std::int64_t v;
          std::memcpy(&v, got, sizeof v);
          CHECK(v == w);
        };
        if (axes.size() == 1) {
          run(op_id::argmax, dtype::int64, [&](const char* got, const naive& w) { index_is(got, w.argmax); });
          run(op_id::argmin, dtype::int64, [&](const char* got, const naive& w) { index_is(got, w.argmin); });
        }
        if constexpr (std::is_floating_point_v<T>) {
          sample mean = make(d, out_shape, layout::row_major, 3), variance = make(d, out_shape, layout::row_major, 3);
          const array_view out[2] = {mean.view, variance.view};
          whole(op_id::moments, d)(out, &in.view, 1, attributes{{"axis", axes}, {"keepdims", keepdims}});
          std::vector<long double> squares(want.size(), 0);
          each_index(in.view, [&](const auto& index) {
            const naive& w = want[slot(index)];
            const long double off = static_cast<long double>(value<T>(in.view, index)) - w.sum / static_cast<long double>(w.n);
            squares[slot(index)] += off * off;
          });
          for (std::size_t k = 0; k < want.size(); ++k) {
            CHECK(static_cast<double>(static_cast<T*>(out[0].data)[k]) ==
                  Approx(static_cast<double>(want[k].sum / static_cast<long double>(want[k].n))).epsilon(eps));
            CHECK(static_cast<double>(static_cast<T*>(out[1].data)[k]) ==
                  Approx(static_cast<double>(squares[k] / static_cast<long double>(want[k].n))).epsilon(eps * 100).margin(1e-12));
          }
        }
      }
    }
}

}  // namespace

TEST_CASE("xtensor whole-array reductions agree with naive loops over any axes of any layout") {
  for (const extents& shape : shapes)
    for (layout how : layouts) {
      if (shape.size() > 3 && how != layout::column_major) continue;
      check_whole_reductions<bool>(shape, how);
      check_whole_reductions<std::int32_t>(shape, how);
      check_whole_reductions<std::int64_t>(shape, how);
      check_whole_reductions<float>(shape, how);
      check_whole_reductions<double>(shape, how);
    }
}

TEST_CASE("xtensor whole-array sums give the same bits for every layout, in blocks as the engine's") {
  constexpr std::size_t n = 5000, m = 70;
  std::vector<double> rows_first(n * m), columns_first(n * m), a(m), b(m);
  std::mt19937 random(1);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < m; ++j) rows_first[i * m + j] = columns_first[j * n + i] = std::normal_distribution<double>(100, 1)(random);
  array_view down = dense(rows_first.data(), dtype::float64, {n, m}), across = dense(columns_first.data(), dtype::float64, {m, n});
  const array_view out_a = dense(a.data(), dtype::float64, {m}), out_b = dense(b.data(), dtype::float64, {m});
  whole(op_id::sum, dtype::float64)(&out_a, &down, 1, attributes{{"axis", 0}, {"keepdims", false}});
  whole(op_id::sum, dtype::float64)(&out_b, &across, 1, attributes{{"axis", 1}, {"keepdims", false}});
  CHECK(a == b);
  for (std::size_t j = 0; j < m; ++j) {
    double partial[5], total;
    long double exact = 0;
    for (std::size_t i = 0; i < n; ++i) exact += columns_first[j * n + i];
    const auto sum = reduction(detail::xtensor_blocks(), engine::reduction::sum, dtype::float64);
    for (std::size_t k = 0; k < 5; ++k) sum(partial + k, &columns_first[j * n + k * 1024], k < 4 ? 1024 : n - 4096);
    sum(&total, partial, 5);
    CHECK(a[j] == total);
    CHECK(std::abs(static_cast<double>(a[j] - exact)) < 1e-9);
  }
  float tenth = 0.1f, total = 0;
  array_view many = dense(&tenth, dtype::float32, {10'000'000});
  many.strides[0] = 0;
  const array_view one = dense(&total, dtype::float32, {});
  whole(op_id::sum, dtype::float32)(&one, &many, 1, attributes{{"axis", attribute_value()}, {"keepdims", false}});
  CHECK(std::abs(static_cast<double>(total) - 1e6) < 1);  // a serial sum gives 1087937
}

TEST_CASE("xtensor whole-array max, min, argmax and argmin find NaN first") {
  std::vector<double> x(3000, 1.0);
  x[1500] = 7, x[2100] = std::nan(""), x[2900] = std::nan("");
  const array_view in = dense(x.data(), dtype::float64, {3000});
  double v = 0;
  std::int64_t k = 0;
  const array_view out = dense(&v, dtype::float64, {}), index = dense(&k, dtype::int64, {});
  const attributes all{{"axis", attribute_value()}, {"keepdims", false}};
  for (op_id op : {op_id::max, op_id::min}) {
    whole(op, dtype::float64)(&out, &in, 1, all);
    CHECK(std::isnan(v));
  }
  for (op_id op : {op_id::argmax, op_id::argmin}) {
    whole(op, dtype::float64)(&index, &in, 1, all);
    CHECK(k == 2100);
  }
}

namespace {
template <class T>
void check_matmul(const extents& a, const extents& b, const extents& c, layout how) {
  sample x = make(dtype_of<T>, a, how, 1), y = make(dtype_of<T>, b, layout::row_major, 2),
         z = make(dtype_of<T>, c, how == layout::gaps ? how : layout::row_major, 3);
  fill_small<T>(x, 5);
  fill_small<T>(y, 6);
  const array_view in[2] = {x.view, y.view};
  whole(op_id::matmul, dtype_of<T>)(&z.view, in, 2, {});
  const bool row = a.size() == 1, column = b.size() == 1;
  const std::int64_t inner = a.back();
  each_index(z.view, [&](std::vector<std::int64_t> index) {
    if (row) index.insert(index.end() - (column ? 0 : 1), 0);
    if (column) index.push_back(0);
    const auto of = [&](const array_view& v, bool vector, bool left, std::int64_t k) {
      if (vector) return value<T>(v, {k});
      std::vector<std::int64_t> at(index.end() - v.rank, index.end());
      for (int i = 0; i < v.rank - 2; ++i)
        if (v.shape[i] == 1) at[static_cast<std::size_t>(i)] = 0;
      at[at.size() - (left ? 1 : 2)] = k;
      return value<T>(v, at);
    };
    long double want = 0;
    for (std::int64_t k = 0; k < inner; ++k)
      want += static_cast<long double>(of(in[0], row, true, k)) * static_cast<long double>(of(in[1], column, false, k));
    if (column) index.pop_back();
    if (row) index.erase(index.end() - (column ? 1 : 2));
    INFO(to_string(a) << " @ " << to_string(b));
    CHECK(static_cast<double>(value<T>(z.view, index)) ==
          Approx(static_cast<double>(want)).epsilon(std::is_same_v<T, float> ? 1e-4 : 1e-12));
  });
}
}  // namespace

TEST_CASE("xtensor whole-array matmul follows NumPy's shapes") {
  for (layout how : {layout::row_major, layout::column_major, layout::gaps, layout::reversed}) {
    check_matmul<double>({3, 4}, {4, 5}, {3, 5}, how);
    check_matmul<double>({2, 300}, {300, 600}, {2, 600}, how);
    check_matmul<float>({5, 1100}, {1100, 2}, {5, 2}, how);
    check_matmul<std::int32_t>({3, 4}, {4, 9}, {3, 9}, how);
    check_matmul<std::int64_t>({3, 4}, {4, 1}, {3, 1}, how);
    check_matmul<double>({4}, {4, 5}, {5}, how);
    check_matmul<double>({3, 4}, {4}, {3}, how);
    check_matmul<double>({1500}, {1500}, {}, how);
    check_matmul<double>({2, 1, 3, 4}, {5, 4, 6}, {2, 5, 3, 6}, how);
    check_matmul<double>({2, 3, 4}, {4}, {2, 3}, how);
    check_matmul<double>({4}, {2, 4, 6}, {2, 6}, how);
    check_matmul<double>({3, 0}, {0, 5}, {3, 5}, how);
    check_matmul<double>({0, 3}, {3, 5}, {0, 5}, how);
  }
  std::int32_t big = 65536, out = 1;
  const array_view in[2] = {dense(&big, dtype::int32, {1, 1}), dense(&big, dtype::int32, {1, 1})}, to = dense(&out, dtype::int32, {1, 1});
  whole(op_id::matmul, dtype::int32)(&to, in, 2, {});
  CHECK(out == 0);
}

namespace {
/// The result of a kernel on 0, 1, 2, ... of `shape`, as a row-major list.
std::vector<std::int64_t> moved(op_id op, const extents& shape, const extents& out_shape, const attributes& attrs,
                                layout how = layout::row_major) {
  sample in = make(dtype::int64, shape, how, 1), out = make(dtype::int64, out_shape, layout::gaps, 2);
  std::int64_t n = 0;
  each_index(in.view, [&](const auto& index) { std::memcpy(place(in.view, index), &n, sizeof n), ++n; });
  whole(op, dtype::int64)(&out.view, &in.view, 1, attrs);
  std::vector<std::int64_t> got;
  each_index(out.view, [&](const auto& index) { got.push_back(value<std::int64_t>(out.view, index)); });
  return got;
}
using ints = std::vector<std::int64_t>;
}  // namespace

TEST_CASE("xtensor whole-array kernels move elements as NumPy does") {
  for (layout how : {layout::row_major, layout::column_major, layout::gaps, layout::reversed}) {
    CHECK(moved(op_id::matrix_transpose, {2, 3}, {3, 2}, {}, how) == ints{0, 3, 1, 4, 2, 5});
    CHECK(moved(op_id::permute_dims, {2, 1, 3}, {3, 2, 1}, {{"axes", ints{2, 0, 1}}}, how) == ints{0, 3, 1, 4, 2, 5});
    CHECK(moved(op_id::reshape, {2, 3}, {3, 2}, {{"shape", ints{3, -1}}, {"copy", false}}, how) == ints{0, 1, 2, 3, 4, 5});
    CHECK(moved(op_id::broadcast_to, {3}, {2, 3}, {{"shape", ints{2, 3}}}, how) == ints{0, 1, 2, 0, 1, 2});
    CHECK(moved(op_id::expand_dims, {3}, {3, 1}, {{"axis", ints{-1}}}, how) == ints{0, 1, 2});
    CHECK(moved(op_id::squeeze, {3, 1}, {3}, {{"axis", ints{1}}}, how) == ints{0, 1, 2});
    CHECK(moved(op_id::flip, {2, 3}, {2, 3}, {{"axis", attribute_value()}}, how) == ints{5, 4, 3, 2, 1, 0});
    CHECK(moved(op_id::flip, {2, 3}, {2, 3}, {{"axis", ints{-1}}}, how) == ints{2, 1, 0, 5, 4, 3});
    CHECK(moved(op_id::getitem, {3, 4}, {1, 2}, {{"key", std::vector<index_item>{newaxis, -1, slice({}, {}, -2)}}}, how) == ints{11, 9});
    CHECK(moved(op_id::roll, {5}, {5}, {{"shift", ints{2}}, {"axis", attribute_value()}}, how) == ints{3, 4, 0, 1, 2});
    CHECK(moved(op_id::roll, {2, 3}, {2, 3}, {{"shift", ints{1}}, {"axis", attribute_value()}}, how) == ints{5, 0, 1, 2, 3, 4});
    CHECK(moved(op_id::roll, {2, 3}, {2, 3}, {{"shift", ints{1, -1}}, {"axis", ints{0, 1}}}, how) == ints{4, 5, 3, 1, 2, 0});
    CHECK(moved(op_id::roll, {2, 3}, {2, 3}, {{"shift", ints{-7}}, {"axis", ints{-1}}}, how) == ints{1, 2, 0, 4, 5, 3});
    CHECK(moved(op_id::concat, {2, 2}, {2, 2}, {{"axis", 1}}, how) == ints{0, 1, 2, 3});
    CHECK(moved(op_id::roll, {0, 3}, {0, 3}, {{"shift", ints{1}}, {"axis", ints{0}}}, how).empty());
  }
}

TEST_CASE("xtensor whole-array concat joins along an axis, or everything flattened") {
  std::int32_t a[] = {1, 2, 3, 4}, b[] = {5, 6}, got[6];
  array_view in[3] = {dense(a, dtype::int32, {2, 2}), dense(b, dtype::int32, {2, 1}), dense(b, dtype::int32, {2, 0})};
  array_view out = dense(got, dtype::int32, {2, 3});
  whole(op_id::concat, dtype::int32)(&out, in, 3, attributes{{"axis", -1}});
  CHECK(std::vector<int>(got, got + 6) == std::vector<int>{1, 2, 5, 3, 4, 6});
  out = dense(got, dtype::int32, {6});
  std::swap(in[0].strides[0], in[0].strides[1]);
  whole(op_id::concat, dtype::int32)(&out, in, 2, attributes{{"axis", attribute_value()}});
  CHECK(std::vector<int>(got, got + 6) == std::vector<int>{1, 3, 2, 4, 5, 6});
}

TEST_CASE("xtensor whole-array arange and eye") {
  double d[5];
  array_view out = dense(d, dtype::float64, {5});
  whole(op_id::arange, dtype::float64)(&out, nullptr, 0, attributes{{"start", scalar(1)}, {"stop", scalar(2.25)}, {"step", scalar(0.25)}});
  CHECK(std::vector<double>(d, d + 5) == std::vector<double>{1, 1.25, 1.5, 1.75, 2});
  std::int64_t i[3];
  out = dense(i, dtype::int64, {3});
  const std::int64_t far = std::int64_t{1} << 60;
  whole(op_id::arange, dtype::int64)(&out, nullptr, 0,
                                     attributes{{"start", scalar(far + 1)}, {"stop", scalar(far - 8)}, {"step", scalar(-3)}});
  CHECK(ints(i, i + 3) == ints{far + 1, far - 2, far - 5});
  float f[6];
  for (const auto& [k, want] : std::vector<std::pair<std::int64_t, std::vector<float>>>{{0, {1, 0, 0, 0, 1, 0}},
                                                                                        {1, {0, 1, 0, 0, 0, 1}},
                                                                                        {-1, {0, 0, 0, 1, 0, 0}},
                                                                                        {9, {0, 0, 0, 0, 0, 0}},
                                                                                        {std::int64_t{1} << 40, {0, 0, 0, 0, 0, 0}}}) {
    out = dense(f, dtype::float32, {2, 3});
    whole(op_id::eye, dtype::float32)(&out, nullptr, 0, attributes{{"n_rows", 2}, {"n_cols", 3}, {"k", k}});
    CHECK(std::vector<float>(f, f + 6) == want);
  }
}

TEST_CASE("xtensor has whole-array kernels for every op that is not composed of others") {
  for (const op_record* row : tendril::op_table()) {
    const op_record& record = *row;
    if (record.is(trait::composite)) continue;
    INFO(record.name);
    bool has = false;
    for (dtype d : dtypes) has = has || detail::xtensor_whole().kernel[static_cast<std::size_t>(record.id)][static_cast<int>(d)];
    CHECK(has);
  }
}
#endif
