// The constants of the elementary functions, which the kernels (backends/eigen/math.hpp), emitted code (backends/jit/mathematics.cpp) and
// written C++ (source/plain_mathematics.cpp) share.
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
  static constexpr float tanh_most = 10;  // tanh is 1 from there on
  static constexpr float tanh[] = {-3.33332819422e-1f, 1.33314422036e-1f, -5.37397155531e-2f, 2.06390887954e-2f, -5.70498872745e-3f};
  static constexpr float erf_near[] = {0.12837916585f,    -0.376126266667f,    0.112835947152f,  -0.0268542120106f,
                                       0.00518908742343f, -0.000801686428717f, 7.87587506269e-5f};
  // log(erfc(a)) on [1, 4]; erf is 1 from there on
  static constexpr float erf_most = 4;
  static constexpr float erf_far[] = {0.000320138049678f, -1.13023343484f,    -0.631826051559f,   -0.110080082949f, 0.0264211360057f,
                                      -0.00475959629327f, 0.000596805625661f, -4.60580426892e-5f, 1.63715141459e-6f};
  // gelu's tanh form is x or nothing of it from 2^gelu_most on
  static constexpr float gelu_most = 150;
  // 2^r
  static constexpr float power[] = {1, 0.693147182f, 0.240226462f, 0.0555032864f, 0.00961848907f, 0.00133999309f, 0.000153458124f};
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
  static constexpr double tanh_most = 20;  // tanh is 1 from there on
  static constexpr double tanh_above[] = {-1.61468768441708447952e3, -9.92877231001918586564e1, -9.64399179425052238628e-1};
  static constexpr double tanh_below[] = {4.84406305325125486048e3, 2.23548839060100448583e3, 1.12811678491632931402e2, 1};
  // Cephes' numerator less the denominator: erf(a) = a + a above(a^2) / below(a^2), where the quotient is small, and its rounding errors
  // too
  static constexpr double erf_near_above[] = {6.324907040175904168200e3,  -1.562567492026104266987e4, -2.362318483762958087610e3,
                                              -4.313319300597684108733e2, -2.395674042487979357721e1, -1};
  static constexpr double erf_near_below[] = {4.92673942608635921086e4, 2.26290000613890934246e4, 4.59432382970980127987e3,
                                              5.21357949780152679795e2, 3.35617141647503099647e1, 1};
  // erfc(a) = exp(-a^2) above(a) / below(a); erf is 1 from 6 on
  static constexpr double erf_most = 6;
  static constexpr double erf_far_above[] = {5.57535335369399327526e2, 1.02755188689515710272e3,  9.34528527171957607540e2,
                                             5.26445194995477358631e2, 1.96520832956077098242e2,  4.86371970985681366614e1,
                                             7.46321056442269912687e0, 5.64189564831068821977e-1, 2.46196981473530512524e-10};
  static constexpr double erf_far_below[] = {5.57535340817727675546e2, 1.65666309194161350182e3, 2.24633760818710981792e3,
                                             1.82390916687909736289e3, 9.75708501743205489753e2, 3.54937778887819891062e2,
                                             8.67072140885989742329e1, 1.32281951154744992508e1, 1};
};

}  // namespace tendril::detail
