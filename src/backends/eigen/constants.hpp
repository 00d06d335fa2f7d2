// The constants of exp and log, which the kernels (math.hpp) and emitted code (jit/mathematics.cpp) share.
#pragma once
#include <cstdint>

namespace tendril::detail {

template <class T>
struct format;
template <>
struct format<float> {
  using integer = std::int32_t;
  static constexpr int mantissa = 23, bias = 127;
  static constexpr float magic = 0x1.8p23f;  // adding it leaves the nearest integer in the low bits
  static constexpr float exp_low = -104.f, exp_high = 89.f, exp2_low = -151.f, exp2_high = 129.f;
  static constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
  static constexpr float log_ln2_high = 6.9313812256e-01f, log_ln2_low = 9.0580006145e-06f;
  static constexpr std::uint32_t sqrt_half = 0x3f3504f3;
  static constexpr float exp[] = {0.5f, 0.166665769897f, 0.0416665546172f, 0.00836317905272f, 0.00139261835877f};
  static constexpr float log[] = {0xaaaaaa.0p-24f, 0xccce13.0p-25f, 0x91e9ee.0p-25f, 0xf89e26.0p-26f};
};
template <>
struct format<double> {
  using integer = std::int64_t;
  static constexpr int mantissa = 52, bias = 1023;
  static constexpr double magic = 0x1.8p52;
  static constexpr double exp_low = -746., exp_high = 710., exp2_low = -1076., exp2_high = 1025.;
  static constexpr double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;
  static constexpr double log_ln2_high = ln2_high, log_ln2_low = ln2_low;
  static constexpr std::uint64_t sqrt_half = 0x3fe6a09e667f3bcd;
  static constexpr double exp[] = {
      0.50000000000000010221,    0.16666666666666667453,     0.041666666666624127873,  0.0083333333333300618325, 0.0013888888917213716901,
      0.00019841269863053616878, 0.000024801521295954375131, 2.7557268459997064772e-6, 2.7620088445409748161e-7, 2.5100385495510319078e-8};
  static constexpr double log[] = {6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
                                   1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01};
};

}  // namespace tendril::detail
