// Matrix products: every backend, layout and size against exact sums; constants packed by oneDNN; special values; threads.
#include <dlfcn.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <tendril/tendril.hpp>

#include "catch.hpp"

namespace td = tendril;
namespace {

// Whole numbers whose sums are exact in float32, whatever the order.
template <class T>
td::array numbers(const td::extents& shape, unsigned seed) {
  std::int64_t n = 1;
  for (const auto e : shape) n *= e;
  std::vector<T> v(static_cast<std::size_t>(n));
  for (auto& x : v) {
    seed = seed * 1664525u + 1013904223u;
    x = static_cast<T>(static_cast<int>(seed >> 28) - 8);
  }
  return td::reshape(td::asarray(v), shape);
}

enum class layout { row, column, gaps, reversed };
constexpr layout layouts[] = {layout::row, layout::column, layout::gaps, layout::reversed};

// The same elements laid out otherwise; of rank 2 or more.
td::array laid_out(const td::array& x, layout how) {
  switch (how) {
    case layout::column: return td::matrix_transpose(td::matrix_transpose(x) + 0);
    case layout::gaps:
      return td::concat({td::expand_dims(x, {.axis = {-1}}), td::expand_dims(x, {.axis = {-1}})}, {.axis = -1})[{td::ellipsis, 1}];
    case layout::reversed: return td::flip(td::flip(x) + 0);
    default: return x;
  }
}

template <class T>
bool exact(const td::array& a, const td::array& b, const td::array& c) {
  const td::array wide = td::matmul(td::astype(a, td::int64), td::astype(b, td::int64));
  return c.shape() == wide.shape() && td::all(td::equal(td::astype(c, td::int64), wide)).template item<bool>();
}

bool has_onednn() {
  const auto f = td::trace_graph([](const td::array& a) { return td::matmul(a, a); }, td::args(td::ones({64, 64}, {.dtype = td::float32})));
  return f.explain().find("onednn") != std::string::npos;
}

bool same_bits(const td::array& a, const td::array& b) {
  return a.shape() == b.shape() && std::memcmp(a.data<float>(), b.data<float>(), static_cast<std::size_t>(a.size()) * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("matmul is exact where sums are, on every backend, layout and size") {
  struct shapes {
    td::extents a, b;
  };
  const shapes cases[] = {{{1, 1}, {1, 1}},          {{3, 4}, {4, 5}},           {{4, 4}, {4, 4}},       {{8, 16}, {16, 8}},
                          {{16, 16}, {16, 16}},      {{7, 3}, {3, 13}},          {{13, 9}, {9, 3}},      {{5, 16}, {16, 11}},
                          {{1, 2}, {2, 7}},          {{15, 16}, {16, 1}},        {{17, 16}, {16, 16}},   {{33, 70}, {70, 65}},
                          {{1, 300}, {300, 200}},    {{300, 200}, {200, 1}},     {{64, 512}, {512, 10}}, {{5, 3, 40, 30}, {30, 20}},
                          {{2, 1, 3, 4}, {5, 4, 2}}, {{3, 40, 30}, {3, 30, 50}}, {{40, 30}, {2, 30, 40}}};
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    for (const shapes& s : cases)
      for (const layout la : layouts)
        for (const layout lb : layouts) {
          INFO(backend << " " << td::to_string(s.a) << " " << td::to_string(s.b) << " layouts " << static_cast<int>(la)
                       << static_cast<int>(lb));
          const td::array a = laid_out(numbers<float>(s.a, 1), la), b = laid_out(numbers<float>(s.b, 2), lb);
          CHECK(exact<float>(a, b, td::matmul(a, b)));
          const td::array x = laid_out(numbers<double>(s.a, 3), la), y = laid_out(numbers<double>(s.b, 4), lb);
          CHECK(exact<double>(x, y, td::matmul(x, y)));
        }
  }
}

TEST_CASE("matmul with a captured operand packs it, and gives the same numbers") {
  for (const layout how : layouts)
    for (const td::extents& shape : {td::extents{64, 784}, {2, 784}, {1, 784}, {3, 5, 784}, {784}}) {
      const td::array x = numbers<float>(shape, 5), w = laid_out(numbers<float>({784, 96}, 6), how);
      const auto f = td::trace_graph([w](const td::array& v) { return td::matmul(v, w); }, td::args(x));
      INFO(td::to_string(shape) << " layout " << static_cast<int>(how));
      CHECK(exact<float>(x, w, f(x)));
      if (shape.size() > 1) CHECK(exact<float>(x, w, f(laid_out(x, layout::column))));
    }
}

TEST_CASE("matmul without contract is bit for bit the eager product") {
  const td::array x = td::exp(numbers<float>({64, 784}, 7)), w = td::tanh(numbers<float>({784, 96}, 8));
  const auto f = td::trace_graph([w](const td::array& v) { return td::matmul(v, w); }, td::args(x), {.contract = false});
  CHECK(same_bits(f(x), td::matmul(x, w)));
}

TEST_CASE("matmul propagates NaN and infinity, and is zero over no elements") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    for (const std::int64_t n : {3, 16, 40, 130}) {
      INFO(backend << " " << n);
      const td::array zeros = td::zeros({n, n}, {.dtype = td::float32});
      const td::array mark = td::astype(td::eye(n), td::float32);
      const td::array bad = td::where(td::equal(mark, 1.0f), td::array(nan), zeros);
      const td::array big = td::where(td::equal(mark, 1.0f), td::array(inf), zeros);
      CHECK(td::all(td::isnan(td::matmul(zeros, bad))).item<bool>());  // 0 x NaN takes part
      CHECK(td::all(td::isnan(td::matmul(bad, zeros))).item<bool>());
      CHECK(td::all(td::isnan(td::matmul(zeros, big))).item<bool>());
    }
    for (const td::dtype d : {td::float32, td::float64}) {
      const td::array none = td::matmul(td::zeros({40, 0}, {.dtype = d}), td::zeros({0, 50}, {.dtype = d}));
      CHECK(none.shape() == td::extents{40, 50});
      CHECK(td::all(td::equal(none, 0)).item<bool>());
      CHECK(td::matmul(td::zeros({0, 40}, {.dtype = d}), td::zeros({40, 50}, {.dtype = d})).size() == 0);
    }
  }
}

TEST_CASE("many threads multiply by one packed operand at once") {
  const td::array w = numbers<float>({784, 96}, 6);
  const auto f = td::trace_graph([w](const td::array& v) { return td::matmul(v, w); }, td::args(numbers<float>({64, 784}, 1)));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      const td::array x = numbers<float>({64, 784}, t), first = f(x);
      if (!exact<float>(x, w, first)) ++wrong;
      for (int i = 0; i < 50; ++i)
        if (!same_bits(f(x), first)) ++wrong;
    });
  for (std::thread& t : threads) t.join();
  CHECK(wrong == 0);
}

TEST_CASE("what the build found of oneDNN is loaded: its library's name differs between systems") {
  if (TENDRIL_HAS_ONEDNN && td::current_backend() == "jit") CHECK(has_onednn());
}

TEST_CASE("explain names onednn where it multiplies, and eigen where its call would cost more") {
  if (!has_onednn()) return;
  const auto multiply = [](const td::array& a, const td::array& b) { return td::matmul(a, b); };
  const td::array small = numbers<float>({20, 20}, 1), large = numbers<float>({64, 64}, 2), wide = numbers<double>({64, 64}, 3);
  const auto engine = [&](const td::array& a) {
    return td::compile(td::trace_graph(multiply, td::args(a, a)).graph()).info().steps.front().engine;
  };
  CHECK(engine(large) == "onednn");
  CHECK(engine(small) == "eigen");
  CHECK(engine(wide) == "eigen");
}

TEST_CASE("a captured weight that is transposed, flipped or cut is a constant as it stands: no step makes the view") {
  for (const std::string& to : td::backends()) {
    INFO("backend " << to);
    const td::array x = numbers<float>({64, 48}, 1), w = numbers<float>({40, 48}, 2);
    const auto f = td::trace_graph(
        [w](const td::array& v) { return td::matmul(v, td::flip(td::matrix_transpose(w[{td::slice(4, 36)}]), {.axis = 1})); }, {.to = to});
    CHECK(exact<float>(x, td::flip(td::matrix_transpose(w[{td::slice(4, 36)}]), {.axis = 1}), f(x)));
    CHECK(f.compiled(x).info().steps.size() == 1);
    const auto sum = td::trace_graph([w](const td::array& v) { return v + td::matrix_transpose(w); }, {.to = to});
    CHECK(td::all(td::equal(sum(td::matrix_transpose(w)), td::matrix_transpose(w) * 2)).item<bool>());
  }
}

TEST_CASE("matmul leaves the caller's OpenMP setting as it was") {
  if (!has_onednn()) return;
  void* omp = dlopen("libgomp.so.1", RTLD_NOW | RTLD_NOLOAD);
  if (!omp) return;
  const auto get = reinterpret_cast<int (*)()>(dlsym(omp, "omp_get_max_threads"));
  const auto set = reinterpret_cast<void (*)(int)>(dlsym(omp, "omp_set_num_threads"));
  set(3);
  const td::array a = numbers<float>({64, 64}, 1);
  CHECK(exact<float>(a, a, td::matmul(a, a)));
  CHECK(get() == 3);
  const auto f = td::trace_graph([a](const td::array& v) { return td::matmul(v, a); }, td::args(a));
  CHECK(exact<float>(a, a, f(a)));
  CHECK(get() == 3);
  set(1);
  dlclose(omp);
}

TEST_CASE("large products run by rows, with the group that reads them") {
  if (!has_onednn()) return;
  struct shape {
    std::int64_t m, n, k;
  };
  // Rows that blocks divide and do not, with a remainder of one row, narrow and wide.
  for (const auto& [m, n, k] : {shape{1024, 512, 40}, shape{1000, 300, 65}, shape{513, 640, 33}, shape{4097, 128, 16}}) {
    INFO(m << " " << n << " " << k);
    const td::array w = numbers<float>({n, k}, 3), bias = numbers<float>({n}, 4), rest = numbers<float>({m, n}, 5);
    const auto layer = [&](const td::array& x, const td::array& r) {
      const td::array y = td::matmul(x, td::matrix_transpose(w)) + bias;
      return std::vector<td::array>{td::maximum(y, 0) + r, td::sum(y * 2, {.axis = -1}), y};
    };
    const auto f = td::trace_graph(layer);
    for (const layout how : layouts) {
      const td::array x = laid_out(numbers<float>({m, k}, 6), how), r = laid_out(rest, how);
      const auto y = f(x, r);
      const td::array product =
          td::astype(td::matmul(td::astype(x, td::int64), td::astype(td::matrix_transpose(w), td::int64)), td::float64);
      const td::array sum = product + td::astype(bias, td::float64);  // whole numbers below 2^24: float32 is exact
      CHECK(td::allclose(td::astype(y[0], td::float64), td::maximum(sum, 0) + td::astype(r, td::float64), 0, 0));
      CHECK(td::allclose(td::astype(y[1], td::float64), td::sum(sum * 2, {.axis = -1}), 0, 0));
      CHECK(td::allclose(td::astype(y[2], td::float64), sum, 0, 0));
      if (how == layout::row && n >= 128) CHECK(f.explain().find("product on onednn+") != std::string::npos);
    }
  }
}

TEST_CASE("large products of two arguments run by rows too, in every dtype and on every backend") {
  for (const std::string& backend : td::backends()) {
    const auto layer = [](const td::array& a, const td::array& b) { return td::maximum(td::matmul(a, b) - 3, 0); };
    const auto check = [&](const td::array& a, const td::array& b) {
      INFO(backend << " " << td::name_of(a.dtype()));
      const auto f = td::trace_graph(layer, {.to = backend, .num_threads = 2});
      const td::array wide = td::matmul(td::astype(a, td::int64), td::astype(b, td::int64)) - 3;
      CHECK(td::allclose(td::astype(f(a, b), td::float64), td::astype(td::maximum(wide, 0), td::float64), 0, 0));
      CHECK(f.explain().find("1. product on ") != std::string::npos);
    };
    check(numbers<float>({700, 20}, 1), numbers<float>({20, 500}, 2));
    check(laid_out(numbers<double>({1025, 9}, 3), layout::column), laid_out(numbers<double>({9, 300}, 4), layout::gaps));
    check(numbers<std::int32_t>({600, 5}, 5), numbers<std::int32_t>({5, 600}, 6));
  }
}

TEST_CASE("products by rows do not depend on the number of threads, nor on who else reads them") {
  if (!has_onednn()) return;
  const td::array w = td::astype(td::sin(td::reshape(td::arange(70.0 * 600), {70, 600})), td::float32);
  const td::array x = td::astype(td::cos(td::reshape(td::arange(900.0 * 70), {900, 70})), td::float32);
  const auto soft = [&](const td::array& v) { return td::softmax(td::matmul(v, w)); };
  const auto both = [&](const td::array& v) {
    const td::array y = td::matmul(v, w);
    return std::vector<td::array>{td::exp(y) * 0.5, y};
  };
  const auto alone = [&](const td::array& v) { return td::matmul(v, w); };
  const td::array one = td::trace_graph(soft)(x), product = td::trace_graph(alone)(x);
  CHECK(same_bits(td::trace_graph(soft, {.num_threads = 3})(x), one));
  CHECK(same_bits(td::trace_graph(alone, {.num_threads = 2})(x), product));
  CHECK(same_bits(td::trace_graph(both, {.num_threads = 2})(x)[1], product));
  const auto f = td::trace_graph(both);
  CHECK(same_bits(f(x)[1], product));
  CHECK(f.explain().find("product on onednn: matmul\n") != std::string::npos);
  CHECK(td::allclose(one, td::softmax(td::matmul(x, w)), 1e-5, 1e-7));
  // Two layers; a part of a larger result; a product that is read through a view.
  const td::array w2 = td::astype(td::sin(td::reshape(td::arange(600.0 * 300) * 0.7, {600, 300})), td::float32);
  const auto deep = [&](const td::array& v) {
    const td::array h = td::maximum(td::matmul(v, w), 0), y = td::matmul(h, w2) * 0.25;
    return std::vector<td::array>{td::concat({y, td::exp(y * 0.01f)}, {.axis = 1}), td::matmul(v, w)[{td::slice({}, {}, -1)}] - 1};
  };
  const auto traced = td::trace_graph(deep)(x), eager = deep(x);
  for (std::size_t i = 0; i < 2; ++i) CHECK(td::allclose(traced[i], eager[i], 1e-4, 1e-4));
}

// ---- long sums

namespace {

// By how many roundings of the sum of magnitudes the elements of a b are off at most; b's columns are equal, and so are the rows of a.
template <class T>
double roundings(const td::array& product, const std::vector<T>& a, const std::vector<T>& b) {
  long double sum = 0, size = 0;
  for (std::size_t i = 0; i < a.size();) {  // by blocks, so that this sum is better than those that it judges
    long double part = 0, part_size = 0;
    for (const std::size_t end = std::min(i + 4096, a.size()); i < end; ++i) {
      const long double p = static_cast<long double>(a[i]) * b[i];
      part += p;
      part_size += std::abs(p);
    }
    sum += part;
    size += part_size;
  }
  double worst = 0;
  const td::array c = td::detail::copy_of(product.view());
  for (std::int64_t i = 0; i < c.size(); ++i)
    worst = std::max(worst, static_cast<double>(std::abs(c.data<T>()[i] - sum) / (size * (std::numeric_limits<T>::epsilon() / 2))));
  return worst;
}

// The same row m times, or the same column n times, copied.
template <class T>
td::array rows_of(const std::vector<T>& v, std::int64_t m) {
  const auto k = static_cast<std::int64_t>(v.size());
  return td::detail::copy_of(td::broadcast_to(td::reshape(td::asarray(v), {1, k}), {m, k}).view());
}

template <class T>
void check_long(std::int64_t k, std::int64_t m, std::int64_t n, bool equal) {
  std::vector<T> a(static_cast<std::size_t>(k), T(0.1)), b(static_cast<std::size_t>(k), T(0.7));
  if (!equal) {
    unsigned seed = 5;
    for (std::size_t i = 0; i < a.size(); ++i) {
      a[i] = static_cast<T>((seed = seed * 1664525u + 1013904223u) >> 8) / T(1 << 24) + T(0.01);
      b[i] = static_cast<T>((seed = seed * 1664525u + 1013904223u) >> 8) / T(1 << 24) - T(0.3);
    }
  }
  const td::array left = rows_of(a, m), right = td::matrix_transpose(rows_of(b, n));
  for (const std::string& backend : td::backends()) {
    CAPTURE(backend, k, m, n, equal, sizeof(T));
    const td::backend_scope scope(backend);
    const auto multiply = [](const td::array& x, const td::array& y) { return td::matmul(x, y); };
    const td::array eager = multiply(left, right);
    const double bound = m * n <= 65536 ? 700 : 4300;
    CHECK(roundings(eager, a, b) <= bound);
    const auto f = td::trace_graph(multiply, {.num_threads = 2});
    CHECK(roundings(f(left, right), a, b) <= bound);
    CHECK(roundings(f(td::matrix_transpose(td::detail::copy_of(td::matrix_transpose(left).view())), right), a, b) <= bound);
    // With the right operand captured, and with vectors.
    CHECK(roundings(td::trace_graph([&right](const td::array& x) { return td::matmul(x, right); })(left), a, b) <= bound);
    if (m == 1 && n == 1) {
      CHECK(roundings(multiply(td::asarray(a), td::asarray(b)), a, b) <= bound);
      CHECK(roundings(f(td::asarray(a), td::asarray(b)), a, b) <= bound);
    }
  }
}

}  // namespace

TEST_CASE("long products are within their bound, whatever library multiplies") {
  for (const bool equal : {true, false}) {
    for (const auto& [m, n] : {std::pair{1, 1}, {1, 40}, {40, 1}, {7, 9}, {3, 2}, {33, 70}}) {
      for (const std::int64_t k : {511, 512, 513, 1025, 4097, 33000}) {
        check_long<float>(k, m, n, equal);
        check_long<double>(k, m, n, equal);
      }
    }
    check_long<float>(100000, 1, 1, equal);
    check_long<double>(100000, 4, 3, equal);
    check_long<float>(4000000, 1, 1, equal);
    check_long<float>(400000, 20, 8, equal);
  }
  check_long<float>(10000000, 1, 1, true);
  check_long<double>(10000000, 1, 1, true);
  check_long<float>(8200, 300, 270, true);
}

TEST_CASE("long products are exact where sums are, in batches, of integers and of every layout") {
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    for (const layout la : layouts)
      for (const layout lb : layouts) {
        CAPTURE(backend, static_cast<int>(la), static_cast<int>(lb));
        const td::array a = laid_out(numbers<float>({2, 5, 1300}, 1), la), b = laid_out(numbers<float>({1300, 6}, 2), lb);
        CHECK(exact<float>(a, b, td::matmul(a, b)));
        CHECK(exact<float>(a, b, td::trace_graph([](const td::array& x, const td::array& y) { return td::matmul(x, y); })(a, b)));
        const td::array x = laid_out(numbers<double>({3, 4, 5000}, 3), la), y = laid_out(numbers<double>({3, 5000, 2}, 4), lb);
        CHECK(exact<double>(x, y, td::matmul(x, y)));
        const td::array i = laid_out(numbers<std::int32_t>({4, 1030}, 5), la), j = laid_out(numbers<std::int32_t>({1030, 3}, 6), lb);
        CHECK(exact<std::int32_t>(i, j, td::matmul(i, j)));
        const td::array g = laid_out(numbers<float>({70000, 6}, 7), la), r = laid_out(numbers<float>({70000, 2}, 8), lb);
        CHECK(exact<float>(td::matrix_transpose(g), r, td::matmul(td::matrix_transpose(g), r)));
      }
  }
}

TEST_CASE("batches of small products are those of each matrix, of every layout, and of one matrix for all") {
  const auto check = [](const td::array& a, const td::array& b) {
    const td::array all = td::matmul(a, b);
    for (std::int64_t i = 0; i < all.shape(0); ++i) {
      const td::array one = td::matmul(a.ndim() == 3 ? td::array(a[i]) : a, b.ndim() == 3 ? td::array(b[i]) : b);
      if (!td::all(td::equal(all[i], one)).item<bool>()) return false;
    }
    return true;
  };
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    for (const td::dtype d : {td::float32, td::float64})
      for (const layout la : layouts)
        for (const layout lb : layouts)
          for (const std::int64_t n : {1, 2, 3, 4, 5, 7}) {
            CAPTURE(backend, td::to_string(d), n, static_cast<int>(la), static_cast<int>(lb));
            // Sixths are not exact: sums in another order would differ.
            const td::array a = laid_out(td::astype(numbers<float>({7, n, n}, 1), d) / 6, la),
                            b = laid_out(td::astype(numbers<float>({7, n, n}, 2), d) / 6, lb);
            CHECK(check(a, b));
            if (n <= 2) CHECK(check(a, td::array(b[3])));  // else one tall product, which need not be a small one
            CHECK(check(td::array(a[2]), b));
            CHECK(check(a, laid_out(td::astype(numbers<float>({7, n, 3}, 3), d) / 6, lb)));
            CHECK(check(td::getitem(a, {td::slice({}, {}, 2)}), td::getitem(b, {td::slice({}, {}, -2)})));
          }
  }
}
