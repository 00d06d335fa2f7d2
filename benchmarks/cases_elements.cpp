// The cases that compute element by element: a chain of cheap ops, gelu, Black and Scholes, grey images, and the smallest call.
#include "cases.hpp"

namespace bench {
namespace {

using native::hand;

workload smallest(const settings& s) {
  setup<double> w(s, "y = -x, 10 f64", 0);
  const index n = 10;
  double *x = w.normal({n}), *y = w.output(n);
  w.hand("", [=] {
    for (index i = 0; i < n; ++i) y[i] = -x[i];
    native::keep(y);
  });
  w.emitted([=] { emitted_negate(x, y, static_cast<std::size_t>(n)); });
  w.tendril(negate, [in = setup<double>::column(x, n), out = setup<double>::column(y, n)](const auto& f) {
    auto to = out;
    f.into(to, in);
  });
  return std::move(w).naive("negate");
}

workload chain_of_ops(const settings& s) {
  setup<double> w(s, "30-op chain, 1e6 f64", 1e-14);
  const index n = w.size(1'000'000, 5003);
  double *x = w.uniform({n}, -0.9, 0.9), *y = w.output(n);
  w.hand("", [=] { hand::chain(x, y, n); });
  w.emitted([=] { emitted_chain(x, y, static_cast<std::size_t>(n)); });
  w.tendril(chain, [in = setup<double>::column(x, n), out = setup<double>::column(y, n)](const auto& f) {
    auto to = out;
    f.into(to, in);
  });
  return std::move(w).naive("chain");
}

workload gelu_of(const settings& s) {
  setup<float> w(s, "gelu (tanh form), 1e6 f32", 2e-6);
  const index n = w.size(1'000'000, 5003);
  float *x = w.normal({n}, 2), *y = w.output(n);
  w.hand("", [=] { hand::gelu(x, y, n); });
  w.emitted([=] { emitted_gelu(x, y, static_cast<std::size_t>(n)); });
  w.tendril(gelu, [in = setup<float>::column(x, n), out = setup<float>::column(y, n)](const auto& f) {
    auto to = out;
    f.into(to, in);
  });
  return std::move(w).naive("gelu");
}

workload options_prices(const settings& s) {
  setup<double> w(s, "Black-Scholes, 1e6 f64", 1e-12);
  const index n = w.size(1'000'000, 5003);
  using column = setup<double>::column;
  double *spot = w.uniform({n}, 80, 120), *strike = w.uniform({n}, 90, 110), *time = w.uniform({n}, 0.1, 2.1), *y = w.output(2 * n);
  w.hand(", a loop a function over blocks", [=] { hand::black_scholes_staged({spot, strike, time}, y, y + n, n); });
  w.hand(", one loop", [=] { hand::black_scholes({spot, strike, time}, y, y + n, n); });
  w.emitted([=] { emitted_black_scholes(spot, strike, time, y, y + n, static_cast<std::size_t>(n)); });
  w.tendril(black_scholes, [=](const auto& f) {
    std::array<column, 2> to{column(y, n), column(y + n, n)};
    f.into(to, column(spot, n), column(strike, n), column(time, n));
  });
  return std::move(w).naive("black_scholes");
}

workload images(const settings& s) {
  setup<float> w(s, "rgb to gray, 8×3×512×512 f32", 1e-6);
  const index count = w.size(8, 2), side = w.size(512, 21), pixels = side * side;
  float *x = w.uniform({count, 3, side, side}, 0, 1), *y = w.output(count * pixels);
  w.hand("", [=] { hand::gray(x, y, count, pixels); });
  if (!s.small) w.hand(", streaming stores", [=] { hand::gray(x, y, count, pixels, native::stores::streaming); });
  w.emitted(
      [=] { emitted_gray(x, y, static_cast<std::size_t>(count), 3, static_cast<std::size_t>(side), static_cast<std::size_t>(side)); });
  // No native container has four axes, so this is the function below the shell of `traced`.
  w.tendril_untyped([=](td::trace_options options) {
    const td::array_view in{x, td::float32, 4, {count, 3, side, side}, {3 * pixels, pixels, side, 1}};
    const td::array_view out{y, td::float32, 3, {count, side, side}, {pixels, side, 1}};
    return [in, out, f = td::trace_graph(gray, std::move(options)).compiled(td::detail::borrow(in))] {
      td::array_view from = in, to = out;
      f.into({&to, 1}, {&from, 1});
    };
  });
  return std::move(w).naive("gray");
}

}  // namespace

std::vector<named_case> element_cases() {
  return {{"smallest call", smallest}, {"gelu", gelu_of}, {"black-scholes", options_prices}, {"gray", images}, {"chain", chain_of_ops}};
}

}  // namespace bench
