// What a file of plain C++ brings along: functions that C++ has not, each where the text calls it.
#include <tendril/detail/op_id.hpp>

#include "source/plain_writer.hpp"

namespace tendril::source_text {
namespace {

struct helper {
  std::string_view name, text;
};

// In the order of the file: a function calls earlier ones alone.
constexpr helper helpers[] = {
    {"lanes", R"(// Sums run in lanes, which compilers turn into vectors.
#ifdef __AVX512F__
constexpr std::size_t lanes = 64;
#else
constexpr std::size_t lanes = 32;
#endif
)"},
    {"columns", R"(// Columns that are reduced side by side.
constexpr std::size_t columns = 64;
)"},
    {"block", R"(// Long rows go in blocks: of float, what these add up to is added up in double.
constexpr std::size_t block = 2048;
)"},
    {"stretch", R"(// Elements that go through one function after the other.
constexpr std::size_t stretch = 64;
)"},
    {"in_lanes", R"(template <class Body>
inline void in_lanes(std::size_t first, std::size_t last, Body body) {
  std::size_t i = first;
  for (; i + lanes <= last; i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane) body(i + lane, lane);
  for (std::size_t lane = 0; lane < last - i; ++lane) body(i + lane, lane);
}

template <class Body>
inline void in_lanes(std::size_t n, Body body) {
  in_lanes(0, n, body);
}
)"},
    {"in_columns", R"(// Columns side by side, as many as registers hold the totals of; the last ones may be fewer than
// that.
template <class Body>
inline void in_columns(std::size_t n, Body body) {
  std::size_t first = 0;
  for (; first + 128 <= n; first += 128) body(first, std::integral_constant<std::size_t, 128>());
  for (; first + 32 <= n; first += 32) body(first, std::integral_constant<std::size_t, 32>());
  for (; first < n; first += 16) body(first, std::integral_constant<std::size_t, 16>());
}
)"},
    {"padded", R"(// The bytes of so many elements, in whole cache lines.
template <class T>
constexpr std::size_t padded(std::size_t count) {
  return (count * sizeof(T) + 63) / 64 * 64;
}
)"},
    {"part_of", R"(// The next part of the workspace.
template <class T>
inline T* part_of(std::byte*& workspace, std::size_t count) {
  T* const part = reinterpret_cast<T*>(workspace);
  workspace += padded<T>(count);
  return part;
}
)"},
    {"wrap_add", R"(// Integers wrap.
template <class T>
inline T wrap_add(T a, T b) {
  return static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) +
                        static_cast<std::make_unsigned_t<T>>(b));
}
)"},
    {"wrap_subtract", R"(template <class T>
inline T wrap_subtract(T a, T b) {
  return static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) -
                        static_cast<std::make_unsigned_t<T>>(b));
}
)"},
    {"wrap_multiply", R"(template <class T>
inline T wrap_multiply(T a, T b) {
  return static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) *
                        static_cast<std::make_unsigned_t<T>>(b));
}
)"},
    {"wrap_negative", R"(template <class T>
inline T wrap_negative(T x) {
  return static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(x));
}
)"},
    {"integer_power", R"(// Of a negative exponent the truncated reciprocal.
template <class T>
inline T integer_power(T base, T exponent) {
  if constexpr (std::is_signed_v<T>)
    if (exponent < 0)
      return base == 1 ? T{1} : base == -1 ? (exponent % 2 != 0 ? T{-1} : T{1}) : T{0};
  std::make_unsigned_t<T> result = 1, b = static_cast<std::make_unsigned_t<T>>(base);
  for (auto e = static_cast<std::make_unsigned_t<T>>(exponent); e != 0;
       e = static_cast<decltype(e)>(e >> 1)) {
    if (e & 1) result = static_cast<decltype(result)>(result * b);
    b = static_cast<decltype(b)>(b * b);
  }
  return static_cast<T>(result);
}
)"},
    {"remainder", R"(// With the sign of the divisor; 0 of an integer divided by 0.
template <class T>
inline T remainder(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    if (b == 0 || b == T(-1)) return std::is_signed_v<T> || b == 0 ? T{0} : static_cast<T>(a % b);
    const T rest = static_cast<T>(a % b);
    return rest != 0 && (rest < 0) != (b < 0) ? static_cast<T>(rest + b) : rest;
  } else {
    const T rest = std::fmod(a, b);
    if (rest == 0) return std::copysign(rest, b);
    return (rest < 0) != (b < 0) ? rest + b : rest;
  }
}
)"},
    {"floor_divide", R"(// The quotient rounded towards -infinity; 0 of an integer divided by 0.
template <class T>
inline T floor_divide(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    if (b == 0) return T{0};
    if constexpr (std::is_signed_v<T>)
      if (b == -1) return static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(a));
    return static_cast<T>(a / b - (a % b != 0 && (a < 0) != (b < 0)));
  } else {
    const T quotient = a / b, rest = std::fmod(a, b);
    if (b == 0 || std::isinf(a) || std::isinf(b) || rest != rest) return std::floor(quotient);
    const T whole = (a - (rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest)) / b;
    return whole == 0 ? std::copysign(T{0}, quotient) : std::rint(whole);
  }
}
)"},
    {"magnitude", R"(// As a number without a sign, which holds that of the lowest integer.
template <class T>
inline std::make_unsigned_t<T> magnitude(T x) {
  using U = std::make_unsigned_t<T>;
  return x < 0 ? static_cast<U>(U{0} - static_cast<U>(x)) : static_cast<U>(x);
}
)"},
    {"common_divisor", R"(template <class T>
inline T common_divisor(T a, T b) {
  return static_cast<T>(std::gcd(magnitude(a), magnitude(b)));
}
)"},
    {"common_multiple", R"(template <class T>
inline T common_multiple(T a, T b) {
  const auto x = magnitude(a), y = magnitude(b);
  return x == 0 ? T{0} : static_cast<T>(x / std::gcd(x, y) * y);
}
)"},
    {"sign", R"(template <class T>
inline T sign(T x) {
  return x > 0 ? T{1} : x < 0 ? static_cast<T>(-1) : x;
}
)"},
    {"maximum", R"(// NaN stays; of zeros the positive one is the larger.
template <class T>
inline T maximum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    return (a > b) | (a != a) | ((a == b) & !std::signbit(a)) ? a : b;
  else
    return a > b ? a : b;
}
)"},
    {"minimum", R"(// NaN stays; of zeros the negative one is the smaller.
template <class T>
inline T minimum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    return (a < b) | (a != a) | ((a == b) & std::signbit(a)) ? a : b;
  else
    return a < b ? a : b;
}
)"},
    {"shift_left", R"(// 0 where the bits are shifted out, or by a negative number.
template <class T>
inline T shift_left(T a, T b) {
  return b < 0 || b >= T(8 * sizeof(T))
             ? T{0}
             : static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) << b);
}
)"},
    {"shift_right", R"(// The sign where the bits are shifted out, or by a negative number.
template <class T>
inline T shift_right(T a, T b) {
  return b < 0 || b >= T(8 * sizeof(T)) ? (a < 0 ? T(-1) : T{0}) : static_cast<T>(a >> b);
}
)"},
    {"to_integer", R"(// Truncated; the lowest number for what does not fit.
template <class Integer, class Real>
inline Integer to_integer(Real x) {
  constexpr Real least = static_cast<Real>(std::numeric_limits<Integer>::min());
  return x > least - 1 && x < -least ? static_cast<Integer>(x)
                                     : std::numeric_limits<Integer>::min();
}
)"},
    {"divisor", R"(// Divides many numbers, rounded as divisions are: by the reciprocal, and what that leaves over.
// By a number that is tiny or not finite they are divided.
template <class T>
struct divisor {
  T by, reciprocal;
  bool ordinary;
  divisor(T b) : by(b), reciprocal(1 / b) {
    ordinary = std::abs(b) >= std::numeric_limits<T>::min() &&
               std::abs(b) <= std::numeric_limits<T>::max();
  }
};

template <class T>
inline T operator/(T x, const divisor<T>& d) {
#if defined(__FMA__) || defined(__FP_FAST_FMA)
  const T quotient = x * d.reciprocal, rest = std::fma(-quotient, d.by, x);
  const T corrected = std::fma(rest, d.reciprocal, quotient);
  if (d.ordinary) return corrected < 0 || corrected > 0 ? corrected : quotient;
#endif
  return x / d.by;
}
)"},
    {"left_of", R"(// What is left of a count; NaN where nothing is.
template <class T>
inline T left_of(T count, T correction) {
  return count > correction ? count - correction : std::numeric_limits<T>::quiet_NaN();
}
)"},
    {"added", R"(// Halves are added up as vectors.
template <class T, std::size_t N>
inline T added(const T (&lane)[N]) {
  T half[N / 2];
#ifdef __GNUC__
  typedef T vector __attribute__((vector_size(sizeof half)));
  vector low, high;
  std::memcpy(&low, lane, sizeof low);
  std::memcpy(&high, lane + N / 2, sizeof high);
  low += high;
  std::memcpy(half, &low, sizeof half);
#else
  for (std::size_t i = 0; i < N / 2; ++i) half[i] = lane[i] + lane[i + N / 2];
#endif
  if constexpr (N == 2)
    return half[0];
  else
    return added(half);
}
)"},
    {"sum_of_lanes", R"(// The sum of numbers from the i-th on, as many as fill so many lanes.
template <class T, std::size_t N, class Element>
inline T sum_of_lanes(std::size_t& i, std::size_t last, Element element) {
  if (i + N > last) return 0;
  T totals[N] = {};
  for (; i + N <= last; i += N)
    for (std::size_t lane = 0; lane < N; ++lane) totals[lane] += element(i + lane);
  return added(totals);
}
)"},
    {"sum_in_lanes", R"(// The last ones are added up in fewer lanes.
template <class T, class Element>
inline T sum_in_lanes(std::size_t first, std::size_t last, Element element) {
  std::size_t i = first;
  T total = sum_of_lanes<T, lanes>(i, last, element);
  total += sum_of_lanes<T, lanes / 4>(i, last, element);
  total += sum_of_lanes<T, lanes / 16>(i, last, element);
  for (; i < last; ++i) total += element(i);
  return total;
}
)"},
    {"moments", R"(// The mean of numbers, and the sum of squares about it.
struct moments {
  double mean, squares;
};
)"},
    {"moments_of", R"(// Memory is read once: blocks stay in cache, and what they give is joined. Far from 0 the mean of a
// block is not exact enough for its squares, and both are corrected.
template <class T, class Element>
inline moments moments_of(std::size_t n, Element element) {
  moments all = {};
  std::size_t first = 0;
  do {
    const std::size_t last = std::min(first + block, n);
    const T count = static_cast<T>(last - first);
    const T about = sum_in_lanes<T>(first, last, element) / count;
    const T squares = sum_in_lanes<T>(first, last, [&](std::size_t i) {
      const T difference = element(i) - about;
      return difference * difference;
    });
    moments more = {about, squares};
    if (about * about * (count * 128 * std::numeric_limits<T>::epsilon()) > squares) {
      const double rest =
          sum_in_lanes<T>(first, last, [&](std::size_t i) { return element(i) - about; });
      const double correction = rest / static_cast<double>(count);
      more = {about + correction, std::max(squares - rest * correction, 0.0)};
    }
    if (n <= block) return more;
    const double apart = more.mean - all.mean;
    const double part = static_cast<double>(count) / static_cast<double>(last);
    all.mean = std::isfinite(apart) ? all.mean + apart * part : all.mean + more.mean;
    all.squares += more.squares + apart * part * static_cast<double>(first) * apart;
    first = last;
  } while (first < n);
  return all;
}
)"},
    {"vector_bytes", R"(// The sums of a tile of a product stay in registers: rows, and as many vectors of each.
#if defined(__AVX512F__)
constexpr std::size_t vector_bytes = 64, tile_rows = 4, tile_vectors = 4;
#elif defined(__AVX__)
constexpr std::size_t vector_bytes = 32, tile_rows = 4, tile_vectors = 2;
#else
constexpr std::size_t vector_bytes = 16, tile_rows = 2, tile_vectors = 4;
#endif
)"},
    {"summed", R"(// What products are added up in: integers wrap.
template <class T>
using summed = typename std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>,
                                           std::common_type<T>>::type;
)"},
    {"vector_of", R"(template <class T>
struct vector_of {
#ifdef __GNUC__
  typedef summed<T> type __attribute__((vector_size(vector_bytes)));
#else
  typedef summed<T> type;
#endif
};
)"},
    {"vector_at", R"(template <class Vector, class T>
inline Vector vector_at(const T& first) {
  Vector vector;
  std::memcpy(&vector, &first, sizeof vector);
  return vector;
}
)"},
    {"in_tiles", R"(// Tiles of a table, the last of which overlap others; false where one is too large for it.
// Blocks of columns stay in cache.
template <std::size_t Rows, std::size_t Columns, class Tile>
inline bool in_tiles(std::size_t rows, std::size_t columns, Tile tile) {
  if (rows < Rows || columns < Columns) return false;
  for (std::size_t first = 0; first < columns; first += 64)
    for (std::size_t i = 0; i < rows; i += Rows)
      for (std::size_t j = first; j < std::min<std::size_t>(first + 64, columns); j += Columns)
        tile(std::min(i, rows - Rows), std::min(j, columns - Columns));
  return true;
}
)"},
    {"tile_of_product", R"(// Sum I is of row I / N and of vector I % N.
template <class T, class Vector, std::size_t N, class A, class B, class To, std::size_t... I>
inline void tile_of_product(std::index_sequence<I...>, std::size_t i, std::size_t j,
                            std::size_t depth, const A& a, const B& b, const To& to) {
  constexpr std::size_t width = sizeof(Vector) / sizeof(T);
  Vector sums[sizeof...(I)] = {};
  for (std::size_t k = 0; k < depth; ++k)
    ((sums[I] +=
      static_cast<summed<T>>(a(i + I / N, k)) * vector_at<Vector>(b(k, j + I % N * width))),
     ...);
  (std::memcpy(&to(i + I / N, j + I % N * width), &sums[I], sizeof sums[I]), ...);
}
)"},
    {"product_in", R"(template <class T, class Vector, std::size_t Rows, std::size_t N, class A, class B, class To>
inline bool product_in(std::size_t rows, std::size_t columns, std::size_t depth, const A& a,
                       const B& b, const To& to) {
  const std::make_index_sequence<Rows * N> sums;
  return in_tiles<Rows, N * sizeof(Vector) / sizeof(T)>(
      rows, columns, [&](std::size_t i, std::size_t j) {
        tile_of_product<T, Vector, N>(sums, i, j, depth, a, b, to);
      });
}
)"},
    {"product_of", R"(// The product of two matrices. Columns of the second and of the result lie side by side.
template <class T, class A, class B, class To>
inline void product_of(std::size_t rows, std::size_t columns, std::size_t depth, const A& a,
                       const B& b, const To& to) {
  using vector = typename vector_of<T>::type;
  product_in<T, vector, tile_rows, tile_vectors>(rows, columns, depth, a, b, to) ||
      product_in<T, vector, 1, tile_vectors>(rows, columns, depth, a, b, to) ||
      product_in<T, vector, tile_rows, 1>(rows, columns, depth, a, b, to) ||
      product_in<T, summed<T>, tile_rows, 4>(rows, columns, depth, a, b, to) ||
      product_in<T, summed<T>, 1, 1>(rows, columns, depth, a, b, to);
}
)"},
    {"store_sums", R"(// A function of its own, so that sums are in registers until then.
template <class T, std::size_t N, class Vector, std::size_t Count, class To>
[[gnu::noinline]] void store_sums(const Vector (&sums)[Count], std::size_t i, std::size_t j,
                                  const To& to) {
  for (std::size_t s = 0; s < Count; ++s) {
    summed<T> lane[sizeof(Vector) / sizeof(T)];
    std::memcpy(lane, &sums[s], sizeof lane);
    to(i + s / N, j + s % N) = static_cast<T>(added(lane));
  }
}
)"},
    {"tile_of_rows", R"(template <class T, std::size_t N, class A, class B, class To, std::size_t... I>
inline void tile_of_rows(std::index_sequence<I...>, std::size_t i, std::size_t j,
                         std::size_t depth, const A& a, const B& b, const To& to) {
  using vector = typename vector_of<T>::type;
  constexpr std::size_t width = sizeof(vector) / sizeof(T);
  vector sums[sizeof...(I)] = {};
  const std::size_t whole = depth - depth % width;
  for (std::size_t k = 0; k < whole; k += width)
    ((sums[I] += vector_at<vector>(a(i + I / N, k)) * vector_at<vector>(b(k, j + I % N))), ...);
  const vector stored[] = {sums[I]...};
  store_sums<T, N>(stored, i, j, to);
  const auto add = [&](T& sum, const T& x, const T& y) {
    using number = summed<T>;
    sum = static_cast<T>(static_cast<number>(sum) + static_cast<number>(x) * static_cast<number>(y));
  };
  for (std::size_t k = whole; k < depth; ++k)
    (add(to(i + I / N, j + I % N), a(i + I / N, k), b(k, j + I % N)), ...);
}
)"},
    {"rows_in", R"(template <class T, std::size_t Rows, std::size_t N, class A, class B, class To>
inline bool rows_in(std::size_t rows, std::size_t columns, std::size_t depth, const A& a,
                    const B& b, const To& to) {
  const std::make_index_sequence<Rows * N> sums;
  return in_tiles<Rows, N>(rows, columns, [&](std::size_t i, std::size_t j) {
    tile_of_rows<T, N>(sums, i, j, depth, a, b, to);
  });
}
)"},
    {"product_of_rows", R"(// The product of a matrix and a transposed one: rows against rows, along which memory steps.
template <class T, class A, class B, class To>
inline void product_of_rows(std::size_t rows, std::size_t columns, std::size_t depth, const A& a,
                            const B& b, const To& to) {
  rows_in<T, tile_rows, tile_vectors>(rows, columns, depth, a, b, to) ||
      rows_in<T, 1, tile_vectors>(rows, columns, depth, a, b, to) ||
      rows_in<T, 1, 1>(rows, columns, depth, a, b, to);
}
)"},
    {"multiplied", R"(template <class T, std::size_t N>
inline T multiplied(const T (&lane)[N]) {
  T half[N / 2];
  for (std::size_t i = 0; i < N / 2; ++i) half[i] = lane[i] * lane[i + N / 2];
  if constexpr (N == 2)
    return half[0];
  else
    return multiplied(half);
}
)"},
    {"ordinal_of", R"(// Real numbers in the order of integers: -0 before 0, and NaN last.
template <class T>
inline auto ordinal_of(T x) {
  using integer = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  constexpr integer most = std::numeric_limits<integer>::max();
  const integer bits = std::bit_cast<integer>(x), ordinal = bits ^ (bits < 0 ? most : 0);
  return x != x ? most : ordinal;
}
)"},
    {"largest_of", R"(template <class T, class Integer, std::size_t N>
inline T largest_of(const Integer (&ordinals)[N]) {
  Integer largest = ordinals[0];
  for (std::size_t i = 1; i < N; ++i) largest = std::max(largest, ordinals[i]);
  return std::bit_cast<T>(largest ^ (largest < 0 ? std::numeric_limits<Integer>::max() : 0));
}
)"},
    {"comes_before", R"(// The order of sorted numbers: NaN is the largest.
template <class T>
inline bool comes_before(T a, T b) {
  return a < b || (b != b && a == a);
}
)"},
};

struct plain_form {
  const char* columns[4] = {};  // any dtype, integers with a sign, without one, bool
};

}  // namespace

bool mentions(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
    const bool begins = at == 0 || !(of_a_name(text[at - 1]) || text[at - 1] == ':' || text[at - 1] == '.');
    if (begins && (at + name.size() == text.size() || !of_a_name(text[at + name.size()]))) return true;
  }
  return false;
}

std::string plain_helpers_of(const std::string& text, const elementary_calls& elementary) {
  std::string all = text, out;
  for (std::size_t k = std::size(helpers); k-- > 0;) {
    if (!mentions(all, helpers[k].name)) continue;
    all += helpers[k].text;
    out.insert(0, std::string(helpers[k].text) + "\n");
  }
  const auto functions = elementary_names();
  std::string mathematics;
  for (const dtype d : {dtype::float64, dtype::float32}) {
    std::string called;
    for (const auto& [name, type] : elementary)
      if (type == d && mentions(all, name)) called += name + " ";
    for (std::size_t k = functions.size(); k-- > 0;) {
      if (!mentions(called, functions[k])) continue;
      const std::string function = elementary_text(functions[k], d);
      called += function;
      mathematics.insert(0, function + "\n");
    }
  }
  if (!mathematics.empty())
    mathematics.insert(
        0, "// Elementary functions within 2 ULP, in steps that compilers turn into vectors; -ffast-math would\n// reorder them.\n");
  return mathematics + out;
}

std::vector<std::string_view> plain_helper_names() {
  std::vector<std::string_view> names;
  for (const helper& h : helpers) names.push_back(h.name);
  for (const std::string_view name : elementary_names()) names.push_back(name);
  return names;
}

namespace {

std::string_view form_of_op(op_id id, dtype d) {
  static const std::vector<plain_form> all = [] {
    std::vector<plain_form> forms(static_cast<std::size_t>(op_id::named_ops));
    const auto set = [&](int column, op_id op, const char* form) { forms[static_cast<std::size_t>(op)].columns[column] = form; };
#define PLAIN(op, form) set(0, op_id::op, form);
#define PLAIN_SIGNED(op, form) set(1, op_id::op, form);
#define PLAIN_UNSIGNED(op, form) set(2, op_id::op, form);
#define PLAIN_BOOL(op, form) set(3, op_id::op, form);
#include "source/plain_forms.def"
    return forms;
  }();
  if (id == op_id::custom || id >= op_id::named_ops) return {};
  const plain_form& f = all[static_cast<std::size_t>(id)];
  const int own = kind_of(d) == dtype_kind::boolean ? 3 : kind_of(d) == dtype_kind::integer ? (is_signed(d) ? 1 : 2) : 0;
  for (const int column : {own, 0})
    if (f.columns[column]) return f.columns[column];
  return {};
}

}  // namespace

std::string plain_form_of(const node& n, dtype d) {
  const bool low = n.id() == op_id::clip && n.inputs[1] != absent, high = n.id() == op_id::clip && n.inputs[2] != absent;
  if (n.id() != op_id::clip || (low && high)) return std::string(form_of_op(n.id(), d));
  if (!low && !high) return "{x}";
  std::string form(form_of_op(low ? op_id::maximum : op_id::minimum, d));
  form.replace(form.find("{a}"), 3, "{x}");
  return form.replace(form.find("{b}"), 3, low ? "{min}" : "{max}");
}

}  // namespace tendril::source_text
