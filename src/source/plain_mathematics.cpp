// The elementary functions as text, in steps that compilers turn into vectors: those of the kernels (backends/eigen/math.hpp), with the
// same constants, so that results agree within 2 ULP and loops are as quick. Functions that are not here are the standard library's.
#include <bit>
#include <cmath>

#include "array/format.hpp"
#include "ops/elementary.hpp"
#include "source/plain_writer.hpp"

namespace tendril::source_text {
namespace {

using detail::format;

template <class T>
constexpr dtype dtype_of = sizeof(T) == 4 ? dtype::float32 : dtype::float64;

template <class T>
std::string number(T x) {
  return cpp_number(scalar(x), dtype_of<T>);
}

/// c[0] + c[1] x + ..., a line a coefficient.
template <class T, std::size_t N>
std::string polynomial(const std::string& name, const std::string& x, const T (&c)[N]) {
  std::string text;
  std::size_t i = N - 1;
  std::string first = number(c[i]);
  if (c[i] == 1 || c[i] == -1) {
    --i;
    first = format_text("{} {} {}", number(c[i]), c[N - 1] == 1 ? "+" : "-", x);
  }
  text = format_text("  T {} = {};\n", name, first);
  while (i-- > 0) text += format_text("  {0} = {0} * {1} + {2};\n", name, x, number(c[i]));
  for (std::size_t at; (at = text.find("+ -")) != text.npos;) text.replace(at, 3, "- ");
  return text;
}

// The text with T for the type, U for its bits.
template <class T>
std::string typed(std::string_view text) {
  constexpr bool single = sizeof(T) == 4;
  return with_names(text, {{"T", single ? "float" : "double"},
                           {"U", single ? "std::uint32_t" : "std::uint64_t"},
                           {"magic", number(format<T>::magic)},
                           {"mantissa", std::to_string(format<T>::mantissa)},
                           {"one_bits", single ? "0x3f800000U" : "0x3ff0000000000000U"}});
}

// e^x for arguments that the kernels know as much of: any; none above 0; those whose result is neither denormal nor infinite.
enum class argument : std::uint8_t { any, negative, moderate };

// 2^n by shifting n and the exponent's bias to the exponent's place. Where the result may be denormal or infinite there are two factors,
// so that each of them is a normal number.
template <class T>
std::string exp_text(argument is) {
  using F = format<T>;
  const bool any = is == argument::any, negative = is == argument::negative;
  constexpr int up = F::mantissa + 2;  // results that are denormal are made so much larger, and rounded once
  const T shift = F::magic + static_cast<T>(any ? 2 * F::bias : negative ? F::bias + up : F::bias);
  std::string text = format_text("inline T {}exp_of(T x) {{\n", any ? "" : negative ? "negative_" : "moderate_");
  if (any) text += format_text("  x = x > {0} ? {0} : x;\n", number(F::exp_high));
  if (any || negative) text += format_text("  x = x < {0} ? {0} : x;\n", number(F::exp_low));
  text += format_text("  // The low bits of t hold the nearest integer n{}.\n  constexpr T shift = {};\n",
                      any        ? " and twice the exponent's bias"
                      : negative ? format_text(" + {} and the exponent's bias", up)
                                 : " and the exponent's bias",
                      number(shift)) +
          format_text("  const T t = x * {} + shift, n = t - shift;\n", number(static_cast<T>(1.4426950408889634074))) +
          format_text("  const T r = x - n * {} - n * {};\n", number(F::ln2_high), number(F::ln2_low)) + polynomial("p", "r", F::exp);
  if (any)
    return text +
           "  const U bits = std::bit_cast<U>(t), half = bits >> 1;\n"
           "  return (p * r * r + r + 1) * std::bit_cast<T>(half << mantissa) *\n"
           "         std::bit_cast<T>((bits - half) << mantissa);\n}\n";
  text += "  const T power = std::bit_cast<T>(std::bit_cast<U>(t) << mantissa);\n  return (p * r * r + r + 1) * power";
  return text + (negative ? format_text(" * {}", number(std::ldexp(T(1), -up))) : std::string()) + ";\n}\n";
}

template <class T>
std::string log_text() {
  using F = format<T>;
  using U = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  const int up = F::mantissa + 2;
  const U one = std::bit_cast<U>(T(1)), exponent = static_cast<U>(std::bit_cast<U>(F::magic) - U(F::bias));
  return "inline T log_of(T x) {\n"
         "  constexpr T infinity = std::numeric_limits<T>::infinity();\n"
         "  const bool tiny = x < std::numeric_limits<T>::min();\n" +
         format_text("  const T y = tiny ? x * {} : x;\n", number(static_cast<T>(std::int64_t{1} << up))) +
         format_text("  const U shifted = std::bit_cast<U>(y) + {}U;\n", one - F::sqrt_half) +
         format_text("  const T offset = tiny ? {} : magic;\n", number(F::magic + up)) +
         format_text("  const T k = std::bit_cast<T>((shifted >> mantissa) + {}U) - offset;\n", exponent) +
         format_text("  const T f = std::bit_cast<T>((shifted & {}U) + {}U) - 1;\n", (U{1} << F::mantissa) - 1, F::sqrt_half) +
         "  const T s = f / (2 + f), z = s * s, half = f * f / 2;\n" + polynomial("p", "z", F::log) +
         format_text("  const T low = s * (half + z * p) + k * {};\n", number(F::log_ln2_low)) +
         format_text("  const T result = k * {} + (f - (half - low));\n", number(F::log_ln2_high)) +
         "  const bool ordinary = x < infinity;\n"
         "  const bool positive = x > 0, zero = x == 0;\n"
         "  const T at_most_zero = zero ? -infinity : std::numeric_limits<T>::quiet_NaN();\n"
         "  const T finite = positive ? result : at_most_zero;\n"
         "  return ordinary ? finite : x;\n}\n";
}

template <class T>
std::string tanh_text() {
  using F = format<T>;
  std::string text =
      "inline T tanh_of(T x) {\n" +
      format_text("  const T a = std::abs(x) > {0} ? {0} : std::abs(x), z = a * a, e = moderate_exp_of(a + a);\n", number(F::tanh_most));
  if constexpr (sizeof(T) == 4) {
    text += polynomial("p", "z", F::tanh) + "  return std::copysign(a < 0.625F ? p * z * a + a : 1 - 2 / (e + 1), x);\n";
  } else {
    text += polynomial("above", "z", F::tanh_above) + polynomial("below", "z", F::tanh_below) +
            "  const bool small = a < 0.625;\n"
            "  const T q = (small ? above : 2) / (small ? below : e + 1);\n"
            "  return std::copysign(small ? a * z * q + a : 1 - q, x);\n";
  }
  return text + "}\n";
}

template <class T>
std::string sigmoid_text() {
  return "inline T sigmoid_of(T x) {\n"
         "  const T e = negative_exp_of(-std::abs(x)), d = 1 + e, q = (x < 0 ? e : 1) / d;\n"
         "  return q * (d - 1 - e) + q;  // what d gained in rounding\n}\n";
}

template <class T>
std::string erf_text() {
  using F = format<T>;
  std::string text =
      "inline T erf_of(T x) {\n" +
      format_text("  const T a = std::abs(x) > {0} ? {0} : std::abs(x), z = a * a;\n  const bool small = a < 1;\n", number(F::erf_most));
  if constexpr (sizeof(T) == 4) {
    text += polynomial("near", "z", F::erf_near) + polynomial("far", "a", F::erf_far) +
            "  return std::copysign(small ? a * near + a : 1 - moderate_exp_of(far), x);\n";
  } else {
    text += polynomial("near_above", "z", F::erf_near_above) + polynomial("near_below", "z", F::erf_near_below) +
            polynomial("far_above", "a", F::erf_far_above) + polynomial("far_below", "a", F::erf_far_below) +
            "  const T above = small ? near_above : moderate_exp_of(-z) * far_above;\n"
            "  const T below = small ? near_below : far_below, q = above / below;\n"
            "  return x != x ? x : std::copysign(small ? a * q + a : 1 - q, x);\n";
  }
  return text + "}\n";
}

}  // namespace

// The kernel's form: of float32 x / (1 + 2^v), where the rounding of v counts for more than what a reduction in two steps would save.
template <class T>
std::string gelu_tanh_text() {
  using F = format<T>;
  std::string text = "inline T gelu_tanh_of(T x, T c1, T c2) {\n";
  text += "  constexpr T lowest = std::numeric_limits<T>::lowest();\n";
  if constexpr (sizeof(T) == 4) {
    const std::string scale = number(static_cast<T>(-1.4426950408889634074));
    text += format_text("  T v = (x * x * (c2 * {0}) + c1 * {0}) * x;\n  v = v > {1} ? {1} : v;\n  v = v < -{1} ? -{1} : v;\n", scale,
                        number(F::gelu_most)) +
            format_text("  constexpr T shift = {};\n  const T t = v + shift, r = v - (t - shift);\n",
                        number(F::magic + static_cast<T>(2 * F::bias))) +
            polynomial("p", "r", F::power) +
            "  const U bits = std::bit_cast<U>(t), half = bits >> 1;\n"
            "  const T low = std::bit_cast<T>(half << mantissa);\n"
            "  const T high = std::bit_cast<T>((bits - half) << mantissa);\n" +
            "  return (x < lowest ? lowest : x) / (1 + p * low * high);\n";
  } else {
    text +=
        "  const T factor = x < lowest ? lowest : x;  // infinity times nothing would be NaN\n"
        "  return factor * sigmoid_of(x * (c2 * x * x + c1));\n";
  }
  return text + "}\n";
}

std::span<const std::string_view> elementary_names() {
  // In the order of a file: a function calls earlier ones alone.
  static constexpr std::string_view names[] = {"root_of", "exp_of",     "moderate_exp_of", "negative_exp_of", "log_of",
                                               "tanh_of", "sigmoid_of", "erf_of",          "gelu_tanh_of"};
  return names;
}

std::string roots_declared(const elementary_calls& calls) {
  std::string text;
  for (const dtype d : {dtype::float64, dtype::float32})
    if (calls.contains({"root_of", d}))
      text += format_text("extern \"C\" [[gnu::const]] {0} sqrt{1}({0}) noexcept;\n", cpp_type(d), d == dtype::float32 ? "f" : "");
  if (text.empty()) return text;
  return "// Nobody reads errno: compilers make vectors of square roots.\n#ifdef __GLIBC__\n" + text + "#endif\n\n";
}

std::string elementary_text(std::string_view name, dtype d) {
  const auto text = [&]<class T>(T) -> std::string {
    if (name == "root_of") return typed<T>(format_text("inline T root_of(T x) {{ return sqrt{}(x); }}\n", sizeof(T) == 4 ? "f" : ""));
    if (name == "exp_of") return typed<T>(exp_text<T>(argument::any));
    if (name == "moderate_exp_of") return typed<T>(exp_text<T>(argument::moderate));
    if (name == "negative_exp_of") return typed<T>(exp_text<T>(argument::negative));
    if (name == "log_of") return typed<T>(log_text<T>());
    if (name == "tanh_of") return typed<T>(tanh_text<T>());
    if (name == "sigmoid_of") return typed<T>(sigmoid_text<T>());
    if (name == "gelu_tanh_of") return typed<T>(gelu_tanh_text<T>());
    return typed<T>(erf_text<T>());
  };
  return d == dtype::float32 ? text(0.F) : text(0.0);
}

}  // namespace tendril::source_text
