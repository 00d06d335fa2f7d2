// Block kernels of the eigen backend, compiled once per instruction set; the elementwise ones are what ops.def says in its eigen words.
#include <type_traits>
#include <utility>

#include <tendril/detail/with_dtype.hpp>

#include "array/convert.hpp"
#include "backends/eigen/divisor.hpp"
#include "backends/eigen/elements.hpp"
#include "backends/eigen/library.hpp"
#include "backends/eigen/math.hpp"
#include "backends/eigen/reduce.hpp"
#include "kernels/kernels.hpp"
#include "ops/row_ids.hpp"
#include "ops/type_words.hpp"

#define TENDRIL_TEXT_(x) #x
#define TENDRIL_TEXT(x) TENDRIL_TEXT_(x)
#include <tendril/detail/for_each.hpp>
#include <tendril/detail/op_id.hpp>
#define TENDRIL_OPEN(...) __VA_ARGS__

namespace tendril::detail::TENDRIL_EIGEN_KERNELS {

using engine::block_args;
using engine::block_kernel;
using engine::block_table;
using engine::reduction;

// Nothing but the table has a name outside: functions with linkage would have a section and its name each, more bytes than their code.
namespace {

// ---- words of the table that are not lanes' own
/// a * b + c, rounded once in floating dtypes, in software where the instruction set cannot.
template <class T>
TENDRIL_INLINE lanes<T> rounded_once(lanes<T> a, lanes<T> b, lanes<T> c) {
  if constexpr (is_real<T> && !(has_fma && has_packet<T>)) {
    lanes<T> r;
    for (int i = 0; i < lanes<T>::width; ++i) {
      if constexpr (sizeof(T) == 4) r.v[i] = __builtin_fmaf(a.v[i], b.v[i], c.v[i]);
      else r.v[i] = __builtin_fma(a.v[i], b.v[i], c.v[i]);
    }
    return r;
  } else {
    return madd(a, b, c);
  }
}

/// Of zeros the positive one is the larger, as in IEEE 754-2019: so reductions do not depend on the order of elements. NaN stays.
template <bool Larger, class T>
TENDRIL_INLINE lanes<T> extreme_or_nan(lanes<T> a, lanes<T> b) {
  if constexpr (!is_real<T>) {
    return (Larger ? a > b : a < b).select(a, b);
  } else {
    return a.isNaN().select(a, b.isNaN().select(b, extreme_of_numbers<Larger>(a, b)));
  }
}

// ---- the rows, as functions of lanes: the first of a row's words that is for the dtype; a row without any gives a function that returns
// nothing
namespace forms {
#define TENDRIL_LANES(input) [[maybe_unused]] TENDRIL_LANES_##input
#define TENDRIL_LANES_array auto
#define TENDRIL_LANES_optional auto
#define OP(...)
#define CREATE(...)
#define REDUCTION(...)
#define ELEMENTWISE(name, inputs, options, accepts, rule, traits, doc, ...)                      \
  struct name {                                                                                  \
    static constexpr bool is_inexact = has_word(#traits, "inexact");                             \
    static constexpr bool is_commutative = has_word(#traits, "commutative");                     \
    template <class Element>                                                                     \
    static TENDRIL_INLINE auto run(TENDRIL_FOR_EACH_COMMA(TENDRIL_LANES, TENDRIL_OPEN inputs)) { \
      __VA_ARGS__                                                                                \
    }                                                                                            \
  };
#define KERNEL(library, ...) TENDRIL_KERNEL_##library(__VA_ARGS__)
#define TENDRIL_KERNEL_eigen(...)           \
  if constexpr (true) return (__VA_ARGS__); \
  else
#define TENDRIL_KERNEL_xtensor(...)
#define TENDRIL_KERNEL_xtensor_integers(...)
#define FORM(library, ...) TENDRIL_FORM_##library(__VA_ARGS__)
#define TENDRIL_FORM_eigen(...) return (__VA_ARGS__);
#define TENDRIL_FORM_eigen_integers(...)                                                          \
  if constexpr (accepts_kind(accepts::integral, kind_of_elements<Element>)) return (__VA_ARGS__); \
  else
#define TENDRIL_FORM_xtensor(...)
#define TENDRIL_FORM_xtensor_integers(...)
#define TENDRIL_FORM_tendril(...)
#include <tendril/ops.def>
}  // namespace forms

// ---- from functions of lanes to kernels
template <class T, bool Scalar>
struct input {
  using scalar = typename lanes<T>::scalar;
  const scalar* p;
  lanes<T> value;
  TENDRIL_INLINE explicit input(const void* q) : p(static_cast<const scalar*>(q)) {
    if constexpr (Scalar) value = lanes<T>::all(*p);
  }
  TENDRIL_INLINE lanes<T> at(std::int64_t i) const {
    if constexpr (Scalar) return value;
    else return lanes<T>::load(p + i);
  }
  TENDRIL_INLINE lanes<T> at(std::int64_t i, int r) const {
    if constexpr (Scalar) return value;
    else return lanes<T>::load(p + i, r);
  }
  TENDRIL_INLINE lanes<T> first() const { return lanes<T>::all(*p); }
};

// One element that divides others, where that is quicker than division.
template <class T>
struct divisor_input {
  divisor<T> value;
  TENDRIL_INLINE explicit divisor_input(const void* q) : value(*static_cast<const T*>(q)) {}
  TENDRIL_INLINE const divisor<T>& at(std::int64_t) const { return value; }
  TENDRIL_INLINE const divisor<T>& at(std::int64_t, int) const { return value; }
  TENDRIL_INLINE lanes<T> first() const { return value.b; }
};

template <class T, bool Scalar>
struct condition_input {
  const std::uint8_t* p;
  TENDRIL_INLINE explicit condition_input(const void* q) : p(static_cast<const std::uint8_t*>(q)) {}
  TENDRIL_INLINE mask<T> at(std::int64_t i) const {
    if constexpr (Scalar) return mask<T>::all(*p);
    else return mask<T>::load(p + i);
  }
  TENDRIL_INLINE mask<T> at(std::int64_t i, int r) const {
    if constexpr (Scalar) return mask<T>::all(*p);
    else return mask<T>::load(p + i, r);
  }
  TENDRIL_INLINE mask<T> first() const { return mask<T>::all(*p); }
};

template <class T>
TENDRIL_INLINE typename lanes<T>::scalar* place(void* out, std::int64_t i, lanes<T>) {
  return static_cast<typename lanes<T>::scalar*>(out) + i;
}
template <class T>
TENDRIL_INLINE std::uint8_t* place(void* out, std::int64_t i, mask<T>) {
  return static_cast<std::uint8_t*>(out) + i;
}

template <class T>
TENDRIL_INLINE void store_first(void* out, lanes<T> r) {
  *static_cast<typename lanes<T>::scalar*>(out) = r.v[0];
}
template <class T>
TENDRIL_INLINE void store_first(void* out, mask<T> r) {
  r.store(static_cast<std::uint8_t*>(out), 1);
}

/// The first lane in those from `count` on: whatever is done to reals there raises no floating-point exception that the elements do not
/// raise, and no function leaves its fast path for them.
template <class Operand>
TENDRIL_INLINE Operand padded(const Operand& x, int) {
  return x;
}
template <class T>
requires is_real<T> TENDRIL_INLINE lanes<T> padded(const lanes<T>& x, int count) {
  return mask<T>::first(count).select(x, lanes<T>::all(x.v[0]));
}

/// How many elements to store on their own, so that the stores of whole registers after them lie each in one cache line.
template <class T>
TENDRIL_INLINE std::int64_t before_boundary(const void* out, lanes<T>) {
  const auto address = reinterpret_cast<std::uintptr_t>(out);
  return address % sizeof(T) ? 0 : static_cast<std::int64_t>(-address / sizeof(T) % lanes<T>::width);
}
template <class T>
TENDRIL_INLINE std::int64_t before_boundary(const void*, mask<T>) {
  return 0;
}

template <class Form, class T, class... Inputs>
TENDRIL_INLINE void loop(void* out, std::int64_t n, const Inputs&... in) {
  constexpr std::int64_t width = lanes<T>::width;
  // Single elements follow each other, one kernel's result the next one's operand: a masked store would not be forwarded to the load.
  if (n == 1) return store_first(out, Form::template run<T>(in.first()...));
  const auto some = [&](std::int64_t i, int count) {
    const auto r = Form::template run<T>(padded(in.at(i, count), count)...);
    r.store(place(out, i, r), count);
  };
  std::int64_t i = 0;
  if (n >= 8 * width) {
    i = before_boundary(out, decltype(Form::template run<T>(in.at(0)...)){});
    if (i != 0) some(0, static_cast<int>(i));
  }
  for (const std::int64_t end = i + ((n - i) & -width); i != end; i += width) {
    const auto r = Form::template run<T>(in.at(i)...);
    r.store(place(out, i, r));
  }
  if (i < n) some(i, static_cast<int>(n - i));
}

/// Which operand divides.
template <class Form>
inline constexpr int divisor_operand = std::is_same_v<Form, forms::divide>            ? 1
                                       : std::is_same_v<Form, forms::subtract_divide> ? 2
                                                                                      : -1;

template <class T, unsigned Scalars, int I, bool Divides>
using input_of = std::conditional_t<Divides, divisor_input<T>, input<T, (Scalars >> I & 1) != 0>>;

template <class Form, class T, bool Conditional, unsigned Scalars, std::size_t... I>
[[gnu::noinline]] void run_one(const block_args& a) {
  if constexpr (constexpr int d = divisor_operand<Form>; has_fma && has_packet<T> && d >= 0 && (Scalars >> (d & 31) & 1) != 0)
    // A few elements are divided sooner than the reciprocal is there.
    if (a.n > 4 * lanes<T>::width && divisor<T>::serves(*static_cast<const T*>(a.in[d])))
      return loop<Form, T>(a.out, a.n, input_of<T, Scalars, I, I == d>(a.in[I])...);
  if constexpr (Conditional) {
    loop<Form, T>(a.out, a.n, condition_input<T, (Scalars & 1) != 0>(a.in[0]), input<T, (Scalars >> 1 & 1) != 0>(a.in[1]),
                  input<T, (Scalars >> 2 & 1) != 0>(a.in[2]));
  } else {
    loop<Form, T>(a.out, a.n, input<T, (Scalars >> I & 1) != 0>(a.in[I])...);
  }
}

/// All operands are single: one element, repeated. `size` is that of a result's element.
[[gnu::noinline]] void run_single(const block_args& a, block_kernel kernel, std::size_t size) {
  kernel({a.out, {a.in[0], a.in[1], a.in[2]}, 1, 0});
  auto* out = static_cast<char*>(a.out);
  // Twice as many each time: the copies do not overlap.
  const auto bytes = static_cast<std::size_t>(a.n) * size;
  for (std::size_t done = size; done < bytes; done *= 2) __builtin_memcpy(out + done, out, done < bytes - done ? done : bytes - done);
}

[[gnu::noinline]] void run_exchanged(const block_args& a, block_kernel kernel) { kernel({a.out, {a.in[1], a.in[0]}, a.n, a.scalars << 1}); }

/// The form that gives the same bits of exchanged operands; void where there is none.
template <class Form>
struct exchanged {
  using form = void;
};
template <class Form>
requires(Form::is_commutative) struct exchanged<Form> {
  using form = Form;
};
template <>
struct exchanged<forms::less> {
  using form = forms::greater;
};
template <>
struct exchanged<forms::greater> {
  using form = forms::less;
};
template <>
struct exchanged<forms::less_equal> {
  using form = forms::greater_equal;
};
template <>
struct exchanged<forms::greater_equal> {
  using form = forms::less_equal;
};

/// A loop for each choice of single elements among the operands, but for all of them, and for the first of two where there is the
/// exchanged form.
template <class Form, class T, bool Conditional, std::size_t... I>
struct dispatch {
  static constexpr unsigned all = (1U << sizeof...(I)) - 1;
  static constexpr bool has_exchanged = !std::is_void_v<typename exchanged<Form>::form>;

  template <unsigned Scalars>
  static constexpr block_kernel variant() {
    if constexpr (Scalars == all || (Scalars == 1 && has_exchanged)) return nullptr;
    else return &run_one<Form, T, Conditional, Scalars, I...>;
  }
  template <std::size_t... Scalars>
  static TENDRIL_INLINE void pick(const block_args& a, unsigned scalars, std::index_sequence<Scalars...>) {
    static constexpr block_kernel variants[] = {variant<Scalars>()...};
    variants[scalars](a);
  }
  static consteval std::size_t result_size() {
    if constexpr (Conditional) return sizeof(T);
    else if constexpr (std::is_same_v<decltype(Form::template run<T>(((void)I, lanes<T>{})...)), mask<T>>) return 1;
    else return sizeof(T);
  }
  static void run(const block_args& a) {
    const unsigned scalars = a.n == 1 ? 0 : a.scalars & all;  // one element is read alike from one place and from many
    if (scalars == 0) return run_one<Form, T, Conditional, 0, I...>(a);
    if (scalars == all) return run_single(a, &run_one<Form, T, Conditional, 0, I...>, result_size());
    if constexpr (has_exchanged) {
      if (scalars == 1) return run_exchanged(a, &run_one<typename exchanged<Form>::form, T, false, 2, I...>);
    }
    if constexpr (sizeof...(I) > 1) pick(a, scalars, std::make_index_sequence<all>{});
  }
};

// ---- long forms: many instructions an element, so that a load more does not count, but each copy of the form in code does
template <class Form>
inline constexpr bool is_long = false;
template <class Form>
requires(Form::is_inexact) inline constexpr bool is_long<Form> = true;
template <>
inline constexpr bool is_long<forms::floor_divide> = true;
template <>
inline constexpr bool is_long<forms::remainder> = true;
template <>
inline constexpr bool is_long<forms::gcd> = true;
template <>
inline constexpr bool is_long<forms::lcm> = true;

// ---- integers by one divisor, whose reciprocal is taken once
template <class Form, class T>
inline constexpr bool divides_integers = false;
#if defined(__SSE2__)
template <>
inline constexpr bool divides_integers<forms::floor_divide, std::int32_t> = true;
template <>
inline constexpr bool divides_integers<forms::remainder, std::int32_t> = true;
template <>
inline constexpr bool divides_integers<forms::floor_divide, std::int64_t> = has_int64_conversions;
template <>
inline constexpr bool divides_integers<forms::remainder, std::int64_t> = has_int64_conversions;

template <class Form, class T>
void run_by_one_divisor(const block_args& a) {
  constexpr std::int64_t width = lanes<T>::width;
  const T* const in = static_cast<const T*>(a.in[0]);
  T* const out = static_cast<T*>(a.out);
  const lanes<T> by = lanes<T>::all(*static_cast<const T*>(a.in[1]));
  reals<T> inverse = reals_of(*static_cast<const T*>(a.in[1]) == 0 ? lanes<T>::all(1) : by);
  for (auto& v : inverse.v) v = 1 / v;
  const auto one = [&](lanes<T> x) {
    const auto both = floored_integers(x, by, inverse, true);
    if constexpr (std::is_same_v<Form, forms::floor_divide>) return both.quotient;
    else return both.rest;
  };
  std::int64_t i = 0;
  for (; i + width <= a.n; i += width) one(lanes<T>::load(in + i)).store(out + i);
  if (const auto few = static_cast<int>(a.n - i)) one(lanes<T>::load(in + i, few)).store(out + i, few);
}
#endif

/// As `loop`, with the form in one place: a turn ends with the next one's operands in registers, be they a register full, fewer elements
/// before a boundary of the result's or at the end, or one element repeated, which stays there.
template <class Form, class T, std::size_t... I>
void run_long(const block_args& a) {
  constexpr std::int64_t width = lanes<T>::width;
  constexpr bool has_one = sizeof...(I) == 1;
  const std::int64_t n = a.n;
  unsigned scalars = a.scalars;
  if (has_one && (scalars & 1) != 0 && n > 1) return run_single(a, &run_long<Form, T, I...>, sizeof(T));
  if constexpr (divides_integers<Form, T>)
    if ((scalars & 3) == 2 && n >= width) return run_by_one_divisor<Form, T>(a);
  const T* const in[] = {static_cast<const T*>(a.in[I])...};
  T* const out = static_cast<T*>(a.out);
  // How many elements the next turn stores, 0 where they fill a register.
  auto few = static_cast<int>(n < width ? n : n < 8 * width ? 0 : before_boundary(out, lanes<T>{}));
  const auto read_few = [&](const T* p) { return few == 1 ? lanes<T>::all(*p) : padded(lanes<T>::load(p, few), few); };
  const auto repeats = [&](std::size_t k) { return !has_one && (scalars >> k & 1) != 0; };
  if (n == 0) return;
  lanes<T> x[] = {repeats(I) ? lanes<T>::all(*in[I]) : few != 0 ? read_few(in[I]) : lanes<T>::load(in[I])...};
  for (std::int64_t i = 0;;) {
    const lanes<T> y = Form::template run<T>(x[I]...);
    if (few == 0) [[likely]] {
      y.store(out + i);
      i += width;
    } else {
      if (few == 1) out[i] = y.v[0];
      else y.store(out + i, few);
      i += few;
      few = 0;
    }
    asm("" : "+r"(scalars));  // or the loop is made once for each of its values
    if (n - i >= width) [[likely]] {
      ((repeats(I) ? void() : void(x[I] = lanes<T>::load(in[I] + i))), ...);
    } else {
      if (i == n) return;
      few = static_cast<int>(n - i);
      ((repeats(I) ? void() : void(x[I] = read_few(in[I] + i))), ...);
    }
  }
}

// ---- clip has many shapes of operands and one line of work, so its bounds are told apart at run time
/// A bound of clip, whose kind is told at run time: one element is read from a register's worth of it, again and again.
template <class T>
struct bound_input {
  T repeated[lanes<T>::width];
  const T* p;
  std::int64_t moves;  // all bits, or none
  bound_input(const void* q, bool single, T absent = {}) : p(static_cast<const T*>(q)), moves(-1) {
    if (p && !single) return;
    lanes<T>::all(p ? *p : absent).store(repeated);
    p = repeated;
    moves = 0;
  }
  bound_input(const bound_input&) = delete;
  TENDRIL_INLINE lanes<T> at(std::int64_t i) const { return lanes<T>::load(p + (i & moves)); }
  TENDRIL_INLINE lanes<T> at(std::int64_t i, int r) const { return lanes<T>::load(p + (i & moves), r); }
  TENDRIL_INLINE lanes<T> first() const { return lanes<T>::all(*p); }
};

template <class T>
void clip(const block_args& a) {
  using limits = std::numeric_limits<T>;
  const bound_input<T> low(a.in[1], a.scalars >> 1 & 1, is_real<T> ? -limits::infinity() : limits::min()),
      high(a.in[2], a.scalars >> 2 & 1, is_real<T> ? limits::infinity() : limits::max());
  if (a.scalars & 1) loop<forms::clip, T>(a.out, a.n, input<T, true>(a.in[0]), low, high);
  else loop<forms::clip, T>(a.out, a.n, input<T, false>(a.in[0]), low, high);
}

// A plain loop: conversions round the same in vector and scalar instructions.
template <class From, class To>
void convert_block(const block_args& a) {
  using to = typename lanes<To>::scalar;  // of bool a byte: what compares bytes with 0 fills registers
  const auto* in = static_cast<const typename lanes<From>::scalar*>(a.in[0]);
  auto* out = static_cast<to*>(a.out);
  if (a.scalars & 1) {
    const to value = static_cast<to>(convert<To>(*in));
    for (std::int64_t i = 0; i < a.n; ++i) out[i] = value;
  } else {
    for (std::int64_t i = 0; i < a.n; ++i) out[i] = static_cast<to>(convert<To>(in[i]));
  }
}

// ---- the table
template <class Form, class T, std::size_t... I>
constexpr block_kernel kernel_of(std::index_sequence<I...>) {
  if constexpr (std::is_same_v<Form, forms::where>) {
    return &dispatch<Form, T, true, I...>::run;
  } else if constexpr (std::is_same_v<Form, forms::clip>) {
    return &clip<T>;
  } else {
    using result = decltype(Form::template run<T>(((void)I, lanes<T>{})...));
    if constexpr (std::is_void_v<result>) return nullptr;
    else if constexpr (is_long<Form>) return &run_long<Form, T, I...>;
    else return &dispatch<Form, T, false, I...>::run;
  }
}

#define TENDRIL_PLUS_ONE(input) +1

template <class From>
constexpr void fill_conversions(block_table& t) {
  for_each_dtype(
      [&t]<class To>(To) { t.convert[static_cast<int>(dtype_of<From>)][static_cast<int>(dtype_of<To>)] = &convert_block<From, To>; });
}

template <class T>
constexpr void fill(block_table& t) {
  constexpr int d = static_cast<int>(dtype_of<T>);
#define OP(...)
#define CREATE(...)
#define REDUCTION(...)
#define ELEMENTWISE(name, inputs, options, accept, rule, traits, doc, ...) \
  if constexpr (reaches_kernel<T>(accepts::accept, dtype_rule::rule))      \
    t.elementwise[static_cast<int>(id_of(op_row_index::name))][d] =        \
        kernel_of<forms::name, T>(std::make_index_sequence<0 TENDRIL_FOR_EACH(TENDRIL_PLUS_ONE, TENDRIL_OPEN inputs)>{});
#include <tendril/ops.def>
  using E = typename lanes<T>::scalar;
  const auto set = [&t](reduction r, engine::reduce_kernel k) { t.reduce[static_cast<int>(r)][d] = k; };
  if constexpr (std::is_same_v<T, bool>) {
    set(reduction::any, &reduce<any_of, E>);
    set(reduction::all, &reduce<all_of, E>);
  } else {
    using wrapping = std::conditional_t<is_real<T>, E, unsigned_of<E>>;
    set(reduction::sum, &reduce<sum_of, wrapping>);
    set(reduction::prod, &reduce<prod_of, wrapping>);
    set(reduction::max, &extreme<max_of, E>);
    set(reduction::min, &extreme<min_of, E>);
    if constexpr (is_real<T>) t.moments[d] = &moments<T>;
    t.seek[d] = &seek<E>;
    if constexpr (computing<T>::in == dtype_of<T>) {  // others search in the dtype that counts rows
      t.largest[d] = &best<max_of, E>;
      t.smallest[d] = &best<min_of, E>;
    }
  }
  fill_conversions<T>(t);
}

constexpr block_table make_table() {
  block_table t{};
  for_each_dtype([&t]<class T>(T) { fill<T>(t); });
  t.isa = TENDRIL_TEXT(TENDRIL_ISA);
  return t;
}

}  // namespace

const block_table& blocks() {
  static constexpr block_table table = make_table();
  return table;
}

}  // namespace tendril::detail::TENDRIL_EIGEN_KERNELS
