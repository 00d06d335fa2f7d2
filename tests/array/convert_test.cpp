// Conversions between dtypes: copies, block kernels of every instruction set, whole arrays, emitted code and numbers agree with the one
// in array/convert.hpp.
#include "array/convert.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#include <tendril/detail/with_dtype.hpp>
#include <tendril/trace.hpp>

#include "array/array_impl.hpp"
#include "backends/eigen/kernels.hpp"
#include "catch.hpp"
#include "kernels/backend.hpp"
#include "kernels/isa.hpp"
#include "reference.hpp"

namespace td = tendril;

namespace {

using td::array;
using td::dtype;
using td::detail::for_each_dtype;

// What is near the ends of every integer dtype, and everything that no integer is near.
template <class From>
array samples() {
  std::vector<From> v;
  if constexpr (std::is_same_v<From, bool>) {
    v = {false, true, true};
  } else if constexpr (std::is_integral_v<From>) {
    using limits = std::numeric_limits<From>;
    for (const From x : {limits::min(), limits::max()})
      for (const int by : {0, 1, 2, 77, 128}) v.push_back(static_cast<From>(x == limits::max() ? x - by : x + by));
    for (const int x : {0, 1, 2, 77, 127, 128, 255, 256, 300, 16777217}) v.push_back(static_cast<From>(x));
  } else {
    using limits = std::numeric_limits<From>;
    v = {limits::quiet_NaN(),
         limits::infinity(),
         -limits::infinity(),
         limits::max(),
         limits::lowest(),
         limits::denorm_min(),
         From(0),
         -From(0)};
    for (const double x : {0.4,
                           0.9,
                           1.0,
                           2.5,
                           127.6,
                           128.0,
                           254.9,
                           255.0,
                           255.5,
                           256.0,
                           300.7,
                           16777217.0,
                           1e9,
                           2147483647.0,
                           2147483648.0,
                           3e9,
                           4294967296.0,
                           9007199254740993.0,
                           9223372036854775807.0,
                           1e19,
                           3.5e38})
      for (const double sign : {1.0, -1.0}) v.push_back(static_cast<From>(x * sign));
  }
  array a = td::detail::make_empty(td::dtype_of<From>, std::vector<std::int64_t>{static_cast<std::int64_t>(v.size())});
  std::copy(v.begin(), v.end(), static_cast<From*>(a.view().data));
  return a;
}

// f(samples of From, what To they are).
template <class F>
void each_pair(const F& f) {
  for_each_dtype([&]<class From>(From) {
    const array x = samples<From>();
    for_each_dtype([&]<class To>(To) {
      const array want = td::detail::make_empty(td::dtype_of<To>, x.shape());
      for (std::int64_t i = 0; i < x.size(); ++i)
        static_cast<To*>(want.view().data)[i] = td::detail::convert<To>(static_cast<const From*>(x.view().data)[i]);
      INFO(td::name_of(x.dtype()) << " to " << td::name_of(want.dtype()));
      f(x, want);
    });
  });
}

}  // namespace

TEST_CASE("copies convert as astype does") {
  each_pair([](const array& x, const array& want) {
    const array got = td::detail::make_empty(want.dtype(), want.shape());
    td::detail::copy_elements(got.view(), x.view());
    CHECK(tendril_test::difference(got, want) == "");
  });
}

TEST_CASE("astype converts as copies do: eager and traced, on every backend") {
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const td::backend_scope scope(backend);
    each_pair([&](const array& x, const array& want) {
      CHECK(tendril_test::difference(td::astype(x, want.dtype()), want) == "");
      const auto f = td::trace_graph([to = want.dtype()](const array& a) { return td::astype(a, to); }, {.to = backend});
      CHECK(tendril_test::difference(f(x), want) == "");
      const array wide = td::tile(x, {40});
      CHECK(tendril_test::difference(f(wide), td::tile(want, {40})) == "");
    });
  }
}

TEST_CASE("the block kernels of every instruction set convert so, elements and single ones") {
  for (const auto isa : {td::engine::isa::baseline, td::engine::isa::avx2, td::engine::isa::avx512}) {
    const td::engine::block_table* t = td::detail::eigen_blocks(isa);
    if (!t) continue;
    INFO(t->isa);
    each_pair([&](const array& x, const array& want) {
      const array got = td::detail::make_empty(want.dtype(), want.shape());
      const auto kernel = t->convert[static_cast<int>(x.dtype())][static_cast<int>(want.dtype())];
      REQUIRE(kernel);
      kernel({got.view().data, {x.view().data}, x.size(), 0});
      CHECK(tendril_test::difference(got, want) == "");
      char one[16];
      kernel({one, {x.view().data}, 2, 1});
      const std::size_t size = td::size_of(want.dtype());
      CHECK(std::memcmp(one, one + size, size) == 0);
    });
  }
}

TEST_CASE("item converts as astype does") {
  each_pair([](const array& x, const array& want) {
    td::detail::with_dtype(want.dtype(), [&]<class To>(To) {
      for (std::int64_t i = 0; i < x.size(); ++i) {
        const To got = x[i].item<To>(), expected = want.data<To>()[i];
        CHECK((got == expected || (got != got && expected != expected)));
      }
    });
  });
}

TEST_CASE("a C++ number becomes the element that an array of it is converted to") {
  for_each_dtype([&]<class To>(To) {
    INFO(td::name_of(td::dtype_of<To>));
    for (const double x : {0.0, 2.5, -2.5, 127.6, 255.9, 1e9, -1e9, 1e30, std::nan("")})
      CHECK(tendril_test::difference(td::detail::scalar_array(x, td::dtype_of<To>), td::astype(array(x), td::dtype_of<To>)) == "");
    for (const std::int64_t x : {std::int64_t{0}, std::int64_t{77}, std::int64_t{-1}, std::int64_t{3000000000}})
      CHECK(tendril_test::difference(td::detail::scalar_array(x, td::dtype_of<To>), td::astype(array(x), td::dtype_of<To>)) == "");
  });
}
