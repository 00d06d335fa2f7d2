// uint8 where it is not like the other integers: no sign, one byte, totals in int64; and its containers.
#include <Eigen/Core>
#include <array>
#include <numeric>

#include <tendril/eigen.hpp>
#include <tendril/frontends/numpy.hpp>
#include <tendril/frontends/torch.hpp>
#include <tendril/tendril.hpp>

#include "catch.hpp"
#include "reference.hpp"
#include "trace_helpers.hpp"

#if TENDRIL_HAS_XTENSOR_BACKEND
#include <tendril/xtensor.hpp>
#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xarray.hpp>
#else
#include <xtensor/xarray.hpp>
#endif
#endif

namespace td = tendril;
using td::array;
using trace_test::message_of;

namespace {

using bytes = std::vector<std::uint8_t>;

array of(const bytes& v) { return td::asarray(v); }
array ramp(std::int64_t n) { return td::arange(0, n, 1) % 256; }

template <class F>
void on_every_backend(const F& f) {
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const td::backend_scope scope(backend);
    f(backend);
  }
}

}  // namespace

TEST_CASE("uint8 is promoted as the standard says") {
  const array x = of({1, 2, 255});
  const auto with = [&](const array& y) { return (x + y).dtype(); };
  CHECK(with(x) == td::uint8);
  CHECK(with(array({1, 2, 3})) == td::int32);
  CHECK(with(td::astype(x, td::int64)) == td::int64);
  CHECK(with(array({1.F, 2.F, 3.F})) == td::float32);
  CHECK(with(array({1., 2., 3.})) == td::float64);
  CHECK(td::where(x > 1, x, td::astype(x, td::bool_)).dtype() == td::uint8);
  CHECK((x + 1).dtype() == td::uint8);
  CHECK((x * 0.5).dtype() == td::float64);
  CHECK((x / x).dtype() == td::float64);
  CHECK(td::mean(x).dtype() == td::float64);
  for (const array& total : {td::sum(x), td::prod(x), td::cumulative_sum(x), td::cumulative_prod(x)}) CHECK(total.dtype() == td::int64);
  CHECK(td::sum(x).item<std::int64_t>() == 258);
  CHECK(td::sum(x, {.dtype = td::uint8}).item<std::uint8_t>() == 2);
  CHECK(td::max(x).dtype() == td::uint8);
  CHECK(td::argmax(x).dtype() == td::int64);
  CHECK(td::to_string(x) == "[  1   2 255]");
  CHECK(td::to_string(td::max(x)) == "255");
  CHECK(td::to_string(td::type::of(td::uint8, std::vector<std::int64_t>{3})) == "uint8[3]");
}

TEST_CASE("numbers beside uint8: outside 0 to 255 an error, but in comparisons and as bounds") {
  on_every_backend([](const std::string& backend) {
    const array x = of({0, 5, 255});
    const auto same = [&](const auto& f, const char* want) {
      CHECK(td::to_string(f(x)) == want);
      CHECK(td::to_string(td::trace_graph(f, {.to = backend})(x)) == want);
    };
    same([](const array& a) { return a + 1; }, "[1 6 0]");
    same([](const array& a) { return -a; }, "[  0 251   1]");
    same([](const array& a) { return 3 - a; }, "[  3 254   4]");
    same([](const array& a) { return a < 300; }, "[ True  True  True]");
    same([](const array& a) { return a > -1; }, "[ True  True  True]");
    same([](const array& a) { return a == -1; }, "[False False False]");
    same([](const array& a) { return td::clip(a, -4, 300); }, "[  0   5 255]");
    same([](const array& a) { return td::maximum(a, -4); }, "[  0   5 255]");
    same([](const array& a) { return td::minimum(a, 300); }, "[  0   5 255]");
    same([](const array& a) { return td::sign(a); }, "[0 1 1]");
    same([](const array& a) { return a >> 1; }, "[  0   2 127]");
    same([](const array& a) { return a >> 9; }, "[0 0 0]");
    same([](const array& a) { return ~a; }, "[255 250   0]");
    same([](const array& a) { return td::floor_divide(a, a - 5); }, "[0 0 1]");
    CHECK(
        message_of<td::dtype_error>([&] { x + 300; }) ==
        "[add] a number does not fit the dtype: got 300, expected 0 to 255 for uint8. Convert the array with td::astype(x, td::int64), or "
        "ask for that dtype.");
    CHECK_THAT(message_of<td::dtype_error>([&] { x * -1; }), contains("got -1, expected 0 to 255 for uint8"));
    CHECK_THAT(message_of<td::dtype_error>([&] { td::minimum(x, -1); }), contains("got -1, expected 0 to 255 for uint8"));
    CHECK_THAT(message_of<td::dtype_error>([&] { td::full({2}, 256, {.dtype = td::uint8}); }), contains("[full]"));
    CHECK_THAT(message_of<td::dtype_error>([&] { td::take(array({1.0, 2.0}), of({0})); }), contains("got uint8, expected int32 or int64"));
  });
}

TEST_CASE("places among more rows than a byte counts") {
  on_every_backend([](const std::string& backend) {
    for (const std::int64_t rows : {100, 300, 5000}) {
      const array n = td::arange(0, rows * 7, 1);
      const array x = td::reshape(td::astype(td::where(n >= (rows - 3) * 7, 200 + n % 5, n % 199), td::uint8), {rows, 7});
      const array wide = td::astype(x, td::int32);
      for (const std::int64_t axis : {0, 1}) {
        const auto places = [axis](const array& a) {
          return std::vector{td::argmax(a, {.axis = axis}), td::argmin(a, {.axis = axis}),
                             td::astype(td::max(a, {.axis = axis}), td::int64), td::sum(a, {.axis = axis}), td::argsort(a, {.axis = axis})};
        };
        const std::vector<array> want = places(wide), eager = places(x), traced = td::trace_graph(places, {.to = backend})(x);
        for (std::size_t i = 0; i < want.size(); ++i) {
          CHECK(tendril_test::difference(eager[i], td::detail::copy_of(want[i].view())) == "");
          CHECK(tendril_test::difference(traced[i], td::detail::copy_of(want[i].view())) == "");
        }
      }
      const array line = td::reshape(x, {-1});
      for (const char* side : {"left", "right"})
        CHECK(tendril_test::difference(
                  td::searchsorted(td::sort(line), x, {.side = side}),
                  td::detail::copy_of(td::searchsorted(td::sort(td::reshape(wide, {-1})), wide, {.side = side}).view())) == "");
    }
  });
}

TEST_CASE("groups of uint8 and other dtypes give what the ops give one by one") {
  const auto f = [](const array& image, const array& scale, const array& mask) {
    const array bright = td::astype(image, td::float32) * scale + 0.5F;
    const array clipped = td::astype(td::clip(bright, 0.F, 255.F), td::uint8);
    const array blended = td::where(mask, clipped, image), twice = blended + blended, truth = twice > image;
    return std::vector{clipped,
                       blended,
                       twice,
                       truth,
                       td::bitwise_xor(twice, 255),
                       td::sum(blended, {.axis = 1}),
                       td::max(twice, {.axis = 1, .keepdims = true}),
                       td::max(twice, {.axis = 0}),
                       td::any(truth, {.axis = 1}),
                       td::all(image, {.axis = 0}),
                       td::astype(truth, td::uint8) + image,
                       td::mean(image, {.axis = 0}),
                       td::astype(image, td::bool_),
                       td::multiply(image, td::astype(mask, td::uint8))};
  };
  on_every_backend([&](const std::string& backend) {
    for (const std::int64_t columns : {1, 3, 16, 31, 33, 64, 100, 1024, 1500}) {
      INFO(columns);
      const array image = td::reshape(td::astype(ramp(9 * columns) * 7, td::uint8), {9, columns});
      const array scale = td::astype(td::reshape(ramp(columns), {1, columns}), td::float32) / 100.F, mask = image % 3 == 0;
      const std::vector<array> want = f(image, scale, mask);
      const auto traced = td::trace_graph(f, {.to = backend, .contract = false});
      const std::vector<array> got = traced(image, scale, mask),
                               again = traced(td::matrix_transpose(td::asarray(td::matrix_transpose(image))), scale, mask);
      for (std::size_t i = 0; i < want.size(); ++i) {
        INFO("result " << i);
        const array copy = td::detail::copy_of(want[i].view());
        CHECK(tendril_test::difference(got[i], copy) == "");
        CHECK(tendril_test::difference(again[i], copy) == "");
      }
    }
  });
}

TEST_CASE("containers of bytes go in and out as they are") {
  on_every_backend([](const std::string& backend) {
    const auto f = td::trace_graph([](const array& a) { return a * 2 + 1; }, {.to = backend});
    const bytes v{1, 100, 200};
    const bytes doubled = f(v);
    CHECK(doubled == bytes{3, 201, 145});
    bytes out(3);
    f.into(out, v);
    CHECK(out == doubled);
    const std::array<std::uint8_t, 2> two = f(std::array<std::uint8_t, 2>{7, 8});
    CHECK(two[1] == 17);
    CHECK(td::view(v).data<std::uint8_t>() == v.data());
    CHECK(td::to<bytes>(td::asarray(v)) == v);
    CHECK(f.call_as<array>(v).dtype() == td::uint8);
    using image = Eigen::Array<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    image m(2, 3);
    m << 1, 2, 3, 100, 200, 255;
    const image n = f(m);
    CHECK(n(1, 0) == 201);
    CHECK(n(1, 2) == 255);
    const Eigen::Matrix<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic> columns = m.matrix();
    CHECK(td::trace_graph([](const array& a) { return td::max(a, {.axis = 0}); }, {.to = backend}).call_as<bytes>(columns) ==
          bytes{100, 200, 255});
#if TENDRIL_HAS_XTENSOR_BACKEND
    const xt::xarray<std::uint8_t> a{{1, 2}, {100, 255}};
    const xt::xarray<std::uint8_t> b = f(a);
    CHECK(b(1, 0) == 201);
    CHECK(td::asarray(a).dtype() == td::uint8);
#endif
  });
}

TEST_CASE("frontends have their frameworks' uint8") {
  namespace torch = td::frontends::torch;
  namespace np = td::frontends::numpy;
  const array x = of({1, 200, 255});
  const torch::Tensor t(x);
  CHECK(td::to_string((t + 300).value()) == "[ 45 244  43]");
  CHECK(td::to_string((t + (-1)).value()) == "[  0 199 254]");
  CHECK(torch::sum(t).value().item<std::int64_t>() == 456);
  CHECK((t / 2).value().dtype() == td::float32);
  CHECK(t.to(torch::int32).value().dtype() == td::int32);
  CHECK(td::to_string(torch::full({2}, -1, {.dtype = torch::uint8}).value()) == "[255 255]");
  const np::ndarray a(x);
  CHECK((a + a).value().dtype() == np::uint8);
  CHECK((a * np::ndarray(array({1.F, 2.F, 3.F}))).value().dtype() == td::float32);
  CHECK(np::sum(a).value().item<std::int64_t>() == 456);
  CHECK_THAT(message_of<td::dtype_error>([&] { np::sqrt(a); }), contains("[sqrt] numpy gives float16 for uint8"));
  CHECK_THAT(message_of<td::dtype_error>([&] { a + 300; }), contains("got 300, expected 0 to 255 for uint8"));
}
