// What an xtensor user would write first.
#include "native.hpp"

#if __has_include(<xtensor/xarray.hpp>)
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>
#define NATIVE_HAS_XTENSOR 1
#elif __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/views/xview.hpp>
#define NATIVE_HAS_XTENSOR 1
#else
#define NATIVE_HAS_XTENSOR 0
#endif

namespace native {

#if NATIVE_HAS_XTENSOR

namespace {
auto vector(const double* p, index n) {
  return xt::adapt(p, static_cast<std::size_t>(n), xt::no_ownership(), std::array<std::size_t, 1>{static_cast<std::size_t>(n)});
}
auto vector(const float* p, index n) {
  return xt::adapt(p, static_cast<std::size_t>(n), xt::no_ownership(), std::array<std::size_t, 1>{static_cast<std::size_t>(n)});
}
auto table(const float* p, index n, index m) {
  return xt::adapt(p, static_cast<std::size_t>(n * m), xt::no_ownership(),
                   std::array<std::size_t, 2>{static_cast<std::size_t>(n), static_cast<std::size_t>(m)});
}
}  // namespace

bool xtensor::available() { return true; }

void xtensor::normalize(const double* p, index n) {
  const auto x = vector(p, n);
  const double mean = xt::mean(x)();
  const double deviation = std::sqrt(xt::mean(xt::square(x - mean))());
  const xt::xtensor<double, 1> y = (x - mean) / deviation;
  keep(y.data());
}

void xtensor::softmax(const float* p, index rows, index columns) {
  const auto x = table(p, rows, columns);
  const xt::xtensor<float, 1> top = xt::amax(x, {1});
  const xt::xtensor<float, 2> e = xt::exp(x - xt::view(top, xt::all(), xt::newaxis()));
  const xt::xtensor<float, 1> s = xt::sum(e, {1});
  const xt::xtensor<float, 2> y = e / xt::view(s, xt::all(), xt::newaxis());
  keep(y.data());
}

void xtensor::layernorm(const float* p, const float* pg, const float* pb, index rows, index columns) {
  const auto x = table(p, rows, columns);
  const auto g = vector(pg, columns), b = vector(pb, columns);
  const xt::xtensor<float, 1> mean = xt::mean<float>(x, {1});
  const xt::xtensor<float, 2> c = x - xt::view(mean, xt::all(), xt::newaxis());
  const xt::xtensor<float, 1> variance = xt::mean<float>(xt::square(c), {1});
  const xt::xtensor<float, 2> y = c / xt::sqrt(xt::view(variance, xt::all(), xt::newaxis()) + 1e-5f) * g + b;
  keep(y.data());
}

void xtensor::gelu(const float* p, index n) {
  const auto x = vector(p, n);
  const xt::xtensor<float, 1> y = 0.5f * x * (1.0f + xt::tanh(0.7978845608f * (x + 0.044715f * (x * x * x))));
  keep(y.data());
}

void xtensor::chain(const double* p, index n) {
  const auto x = vector(p, n);
  const double* c = coefficients;
  const xt::xtensor<double, 1> y =
      ((((((((((((((x * c[0] + c[1]) * x + c[2]) * x + c[3]) * x + c[4]) * x + c[5]) * x + c[6]) * x + c[7]) * x + c[8]) * x + c[9]) * x +
           c[10]) *
              x +
          c[11]) *
             x +
         c[12]) *
            x +
        c[13]) *
           x +
       c[14]) *
          x +
      c[15];
  keep(y.data());
}

void xtensor::chain_steps(const double* p, index n) {
  const auto x = vector(p, n);
  xt::xtensor<double, 1> y = x * coefficients[0];
  y = y + coefficients[1];
  for (int k = 2; k < 16; ++k) {
    const xt::xtensor<double, 1> product = y * x;
    y = product + coefficients[k];
  }
  keep(y.data());
}

void xtensor::gray(const float* p, index images, index pixels) {
  const auto x = xt::adapt(p, static_cast<std::size_t>(images * 3 * pixels), xt::no_ownership(),
                           std::array<std::size_t, 3>{static_cast<std::size_t>(images), 3, static_cast<std::size_t>(pixels)});
  const xt::xtensor<float, 2> y = xt::view(x, xt::all(), 0, xt::all()) * 0.299f + xt::view(x, xt::all(), 1, xt::all()) * 0.587f +
                                  xt::view(x, xt::all(), 2, xt::all()) * 0.114f;
  keep(y.data());
}

#else

bool xtensor::available() { return false; }
void xtensor::normalize(const double*, index) {}
void xtensor::softmax(const float*, index, index) {}
void xtensor::layernorm(const float*, const float*, const float*, index, index) {}
void xtensor::gelu(const float*, index) {}
void xtensor::chain(const double*, index) {}
void xtensor::chain_steps(const double*, index) {}
void xtensor::gray(const float*, index, index) {}

#endif

}  // namespace native
