// The value: td::array, an immutable array or, while tracing, a symbol that stands for a value of the graph.
#pragma once
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tendril/detail/abi.hpp>
#include <tendril/detail/ref.hpp>
#include <tendril/error.hpp>
#include <tendril/type.hpp>

namespace tendril {

/// A borrowed, strided view of typed memory. Strides count elements, not bytes, and may be 0 or negative.
struct array_view {
  void* data = nullptr;
  tendril::dtype dtype = tendril::dtype::unknown;
  int rank = 0;
  std::int64_t shape[max_rank];
  std::int64_t strides[max_rank];
  std::int64_t size() const noexcept {
    std::int64_t n = 1;
    for (int i = 0; i < rank; ++i) n *= shape[i];
    return n;
  }
};

namespace detail {
/// True for integers of 2^63 and more, which int64 does not hold.
template <class I>
constexpr bool beyond_int64([[maybe_unused]] I v) noexcept {
  if constexpr (std::is_integral_v<I> && std::is_unsigned_v<I> && sizeof(I) >= sizeof(std::int64_t)) return v > static_cast<I>(INT64_MAX);
  else return false;
}
/// An axis, an extent or an index. No array is as long as 2^63, so that what lies beyond is out of range like the largest, not negative.
template <class I>
constexpr std::int64_t as_int64(I v) noexcept {
  return beyond_int64(v) ? INT64_MAX : static_cast<std::int64_t>(v);
}
}  // namespace detail

/// A C++ number of any arithmetic type, its kind and its value kept: true, 3 and 3.0 are different scalars, and 18446744073709551615u is
/// not -1.
class scalar {
 public:
  constexpr scalar() noexcept = default;
  template <arithmetic T>
  constexpr scalar(T v) noexcept
      : kind_(std::is_same_v<T, bool> ? dtype_kind::boolean
              : std::is_integral_v<T> ? dtype_kind::integer
                                      : dtype_kind::real),
        beyond_int64_(detail::beyond_int64(v)),
        integer_(std::is_integral_v<T> ? static_cast<std::int64_t>(v) : 0),
        real_(static_cast<double>(v)) {}
  constexpr dtype_kind kind() const noexcept { return kind_; }
  constexpr std::int64_t integer() const noexcept { return integer_; }
  constexpr bool beyond_int64() const noexcept { return beyond_int64_; }  ///< 2^63 or more: `integer()` has its 64 bits
  constexpr double real() const noexcept { return real_; }
  /// The dtype of a rank-0 array made of it: bool, int64 or float64. A number beyond int64 has none that holds it.
  constexpr tendril::dtype natural_dtype() const noexcept {
    return kind_ == dtype_kind::boolean   ? dtype::bool_
           : kind_ == dtype_kind::integer ? dtype::int64
           : kind_ == dtype_kind::real    ? dtype::float64
                                          : dtype::unknown;
  }
  friend constexpr bool operator==(const scalar&, const scalar&) = default;

 private:
  dtype_kind kind_ = dtype_kind::unknown;
  bool beyond_int64_ = false;
  std::int64_t integer_ = 0;
  double real_ = 0;
};

/// An integer option that may be absent: `{.axis = 1}`. Any integer type converts.
class maybe_integer {
 public:
  constexpr maybe_integer() noexcept = default;
  template <class I>
  requires std::is_integral_v<I>
  constexpr maybe_integer(I v) noexcept : value_(detail::as_int64(v)), given_(true) {}
  constexpr bool given() const noexcept { return given_; }
  constexpr std::int64_t value() const noexcept { return value_; }

 private:
  std::int64_t value_ = 0;
  bool given_ = false;
};

/// Axes or extents: absent, one, or several: `{.axis = 1}`, `{.axis = {0, 1}}`, `reshape(x, {2, -1})`. Any integer types convert.
class axes {
 public:
  struct item {
    std::int64_t value;
    template <class I>
    requires std::is_integral_v<I>
    constexpr item(I v) noexcept : value(detail::as_int64(v)) {}
  };
  axes() = default;
  template <class I>
  requires std::is_integral_v<I> axes(I v) : values_{detail::as_int64(v)}, given_(true), single_(true) {}
  axes(std::initializer_list<item> l) : given_(true) {
    values_.reserve(l.size());
    for (item i : l) values_.push_back(i.value);
  }
  axes(std::vector<std::int64_t> v) : values_(std::move(v)), given_(true) {}
  bool given() const noexcept { return given_; }
  bool single() const noexcept { return single_; }  ///< written as one integer, not as a list
  const std::vector<std::int64_t>& values() const noexcept { return values_; }

 private:
  std::vector<std::int64_t> values_;
  bool given_ = false;
  bool single_ = false;
};

/// A real option: any number converts without a narrowing warning.
class number {
 public:
  template <arithmetic T>
  constexpr number(T v) noexcept : value_(static_cast<double>(v)) {}
  constexpr double value() const noexcept { return value_; }

 private:
  double value_;
};

struct newaxis_t {};
struct ellipsis_t {};
inline constexpr newaxis_t newaxis{};    ///< a new axis of extent 1
inline constexpr ellipsis_t ellipsis{};  ///< as many full slices as are left

/// `start : stop : step` of Python; an absent end is `{}`: `td::slice({}, 4)`, `td::slice(1, {}, 2)`.
struct slice {
  maybe_integer start, stop;
  std::int64_t step = 1;
  constexpr slice() = default;
  constexpr slice(maybe_integer start_, maybe_integer stop_, std::int64_t step_ = 1) : start(start_), stop(stop_), step(step_) {}
};

/// One item of an index: an integer, a slice, newaxis or ellipsis.
struct index_item {
  enum class form : std::uint8_t { integer, range, new_axis, dots };
  form what = form::range;
  slice range{};
  std::int64_t integer = 0;
  template <class I>
  requires std::is_integral_v<I>
  constexpr index_item(I i) : what(form::integer), integer(detail::as_int64(i)) {}
  constexpr index_item(slice s) : range(s) {}
  constexpr index_item(newaxis_t) : what(form::new_axis) {}
  constexpr index_item(ellipsis_t) : what(form::dots) {}
};

template <class T>
struct array_traits;

/// An array type that Tendril takes: one with traits (tendril/detail/array_traits.hpp). Arithmetic types are not native, they are weak
/// scalars.
template <class T>
concept native = requires {
  typename array_traits<std::remove_cvref_t<T>>::container;
};

namespace detail {
class array_impl;

/// The array class of a frontend: made from a td::array, which `value()` gives back.
template <class T>
concept frontend_array = requires {
  typename std::remove_cvref_t<T>::tendril_frontend;
};
}  // namespace detail

/// A native array other than td::array and the frontends' own.
template <class T>
concept foreign_native = !std::is_same_v<std::remove_cvref_t<T>, array> && !detail::frontend_array<T> && native<T>;

namespace detail {

/// Writes what array::view() gives, but the extents beyond the rank: a view is larger than most small arrays.
void view_array(const array&, array_view&);

/// The array that a native operand stands for: what `td::asarray` gives. Defined in natives.hpp.
template <class T>
array from_native(const T&);

/// False, but only where it is instantiated.
template <class...>
inline constexpr bool never = false;

/// What a call gives that was refused: it converts to anything, so that the compiler complains once.
struct refused {
  template <class T>
  operator T() const;
};

/// The sentence a user reads who stores to a part of an array.
template <class... T>
void refuse_store() {
  static_assert(
      never<T...>,
      "tendril: this would change a temporary, and the array that it was taken from would stay as it is: arrays never change. Make "
      "a new array with td::where(condition, value, a) or td::concat({before, value, after}), and assign that to the whole.");
}

/// What stands beside an array in && and ||.
template <class T>
concept beside_array = arithmetic<T> || foreign_native<T>;
/// logical_and and logical_or of numbers too.
array both(const operand&, const operand&);
array either(const operand&, const operand&);

/// What the operators < <= > >= give, as their operands see it: a comparison's result is a constant temporary.
template <class T>
concept comparison_result = std::is_same_v<T, const array>;

template <class... T>
void refuse_chain() {
  static_assert(never<T...>,
                "tendril: this compares the result of a comparison: `0 < x < 2` asks whether true or false is less than 2. Write "
                "`(0 < x) & (x < 2)`.");
}

/// What `begin` and `end` of an array are: nothing to iterate with.
struct no_iterator {
  template <class T>
  bool operator!=(const T&) const {
    static_assert(never<T>,
                  "tendril: an array is not a range, since how many rows it has must be known when it is iterated. Write "
                  "`for (const td::array& row : td::unstack(x))`.");
    return false;
  }
  template <class T = void>
  void operator++() {}
  template <class T = void>
  const array& operator*() const;
};
}  // namespace detail

/// The operators of arrays and operands, found where an argument is one of these.
class array_operators {
  // Those of the Array API standard: % is td::remainder, with the sign of the divisor; & | ^ ~ << >> are bitwise, and of bool logical.
  friend array operator-(const operand&);
  friend array operator+(const operand&);
  friend array operator~(const operand&);
#define TENDRIL_OPERATOR(o) friend array operator o(const operand&, const operand&);
  TENDRIL_OPERATOR(+)
  TENDRIL_OPERATOR(-)
  TENDRIL_OPERATOR(*)
  TENDRIL_OPERATOR(/)
  TENDRIL_OPERATOR(%)
  TENDRIL_OPERATOR(==)
  TENDRIL_OPERATOR(!=)
  TENDRIL_OPERATOR(&)
  TENDRIL_OPERATOR(|)
  TENDRIL_OPERATOR(^)
  TENDRIL_OPERATOR(<<)
  TENDRIL_OPERATOR(>>)
#undef TENDRIL_OPERATOR
  // A comparison gives a constant temporary, by which a chain such as 0 < x < 2 is known, and refused.
#define TENDRIL_OPERATOR(o)                                                                                            \
  friend const array operator o(const operand&, const operand&);                                                       \
  template <class A, class B>                                                                                          \
  requires(detail::comparison_result<A> || detail::comparison_result<B>) friend detail::refused operator o(A&&, B&&) { \
    detail::refuse_chain<A, B>();                                                                                      \
    return {};                                                                                                         \
  }
  TENDRIL_OPERATOR(<)
  TENDRIL_OPERATOR(<=)
  TENDRIL_OPERATOR(>)
  TENDRIL_OPERATOR(>=)
#undef TENDRIL_OPERATOR
  friend detail::no_iterator begin(const array&);
  friend detail::no_iterator end(const array&);
};

/// An n-dimensional array: dtype, shape, strides and a shared immutable buffer; or, inside a trace, a symbol. Cheap to copy
/// (a reference count), safe to share between threads. A default-constructed one is empty: it holds no array at all.
class array : array_operators {
 public:
  array() noexcept;
  array(const array&) noexcept;
  array(array&&) noexcept;
  array& operator=(const array&) & noexcept;
  array& operator=(array&&) & noexcept;
  ~array();

  /// Rank 0: `td::array(3.0)`.
  template <element T>
  explicit array(T value) : array(dtype_of<T>, {}, &value) {}
  /// Rank 1: `td::array({1., 2.})`; the element type is that of the numbers written.
  template <element T>
  array(std::initializer_list<T> l) : array(dtype_of<T>, std::vector<std::int64_t>{static_cast<std::int64_t>(l.size())}, l.begin()) {}
  /// Rank 2: `td::array({{1., 2.}, {3., 4.}})`. Throws shape_error when the rows differ in length.
  template <element T>
  array(std::initializer_list<std::initializer_list<T>> l) : array(from_rows(l)) {}
  /// Rank 3.
  template <element T>
  array(std::initializer_list<std::initializer_list<std::initializer_list<T>>> l) : array(from_planes(l)) {}
  /// A copy of a native array: `td::asarray(native)`.
  template <foreign_native N>
  explicit array(const N& native) : array(detail::from_native(native)) {}
  explicit array(detail::ref<detail::array_impl> p) noexcept;

  bool empty() const noexcept { return !p_; }  ///< holds no array
  bool is_symbol() const noexcept;             ///< stands for a value of a graph being traced

  /// Facts. Of a symbol they are those known while tracing; asking for an unknown one throws trace_error.
  tendril::dtype dtype(std::source_location = std::source_location::current()) const;
  const extents& shape(std::source_location = std::source_location::current()) const;
  std::int64_t shape(std::int64_t axis,
                     std::source_location = std::source_location::current()) const;  ///< one extent; negative axes count from the end
  int ndim(std::source_location = std::source_location::current()) const;
  std::int64_t size(std::source_location = std::source_location::current()) const;
  std::string_view device() const noexcept;  ///< "cpu"

  /// The one element. Throws shape_error when there is not exactly one, trace_error when it depends on a traced input.
  template <element T>
  T item(std::source_location where = std::source_location::current()) const {
    T v;
    item_as(dtype_of<T>, &v, where);
    return v;
  }
  /// The truth of the one element: what `if (a)` asks.
  explicit operator bool() const;

  /// The first element; the others lie `strides()` apart. Throws dtype_error when T is not the element type.
  template <element T>
  const T* data(std::source_location where = std::source_location::current()) const {
    return static_cast<const T*>(data_as(dtype_of<T>, where));
  }
  std::span<const std::int64_t> strides() const;  ///< in elements
  array_view view() const;                        ///< throws trace_error for a symbol; the memory must not be written

  /// Basic indexing, as NumPy's: `a[{td::slice(0, 4), td::newaxis, -1}]`. A view, not a copy.
  array operator[](std::initializer_list<index_item> key) const;
  array operator[](index_item key) const { return (*this)[{key}]; }

  const detail::ref<detail::array_impl>& impl() const noexcept { return p_; }

#define TENDRIL_COMPOUND(X) X(+=) X(-=) X(*=) X(/=) X(%=) X(&=) X(|=) X(^=) X(<<=) X(>>=)
#define TENDRIL_OPERATOR(o) array& operator o(const operand&)&;
  TENDRIL_COMPOUND(TENDRIL_OPERATOR)
#undef TENDRIL_OPERATOR
  // To a temporary, as x[0] is, nothing is stored: it would be lost.
#define TENDRIL_OPERATOR(o)    \
  template <class T>           \
  void operator o(T&&)&& {     \
    detail::refuse_store<T>(); \
  }
  TENDRIL_OPERATOR(=)
  TENDRIL_COMPOUND(TENDRIL_OPERATOR)
#undef TENDRIL_OPERATOR
#undef TENDRIL_COMPOUND
  template <class T>
  void operator=(std::initializer_list<T>) && {
    detail::refuse_store<T>();
  }
  /// Prints as NumPy does.
  friend std::ostream& operator<<(std::ostream&, const array&);

 private:
  array(tendril::dtype, std::vector<std::int64_t> shape, const void* data);
  template <class T>
  static array from_rows(std::initializer_list<std::initializer_list<T>> l) {
    std::vector<std::remove_const_t<T>> v;
    const std::size_t columns = l.size() ? l.begin()->size() : 0;
    for (auto& r : l) {
      if (r.size() != columns) throw_ragged();
      v.insert(v.end(), r.begin(), r.end());
    }
    return from_values(v, {static_cast<std::int64_t>(l.size()), static_cast<std::int64_t>(columns)});
  }
  template <class T>
  static array from_planes(std::initializer_list<std::initializer_list<std::initializer_list<T>>> l) {
    std::vector<T> v;
    const std::size_t rows = l.size() ? l.begin()->size() : 0, columns = rows ? l.begin()->begin()->size() : 0;
    for (auto& p : l) {
      if (p.size() != rows) throw_ragged();
      for (auto& r : p) {
        if (r.size() != columns) throw_ragged();
        v.insert(v.end(), r.begin(), r.end());
      }
    }
    return from_values(v, {static_cast<std::int64_t>(l.size()), static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)});
  }
  template <class T>
  static array from_values(const std::vector<T>& v, std::vector<std::int64_t> shape) {
    if constexpr (std::is_same_v<T, bool>) {  // std::vector<bool> has no data()
      std::vector<unsigned char> bytes(v.begin(), v.end());
      return array(dtype::bool_, std::move(shape), bytes.data());
    } else {
      return array(dtype_of<T>, std::move(shape), v.data());
    }
  }
  [[noreturn]] static void throw_ragged();
  void item_as(tendril::dtype, void*, std::source_location) const;
  const void* data_as(tendril::dtype, std::source_location) const;

  detail::ref<detail::array_impl> p_;
};

/// What an op takes: an array, a native array (of which it keeps a copy), or a C++ number (a weak scalar), and the caller's source line:
/// the default argument of the implicit conversion is evaluated at the call. Borrows a td::array; never store one.
class operand : array_operators {
 public:
  operand(const array& a, std::source_location where = std::source_location::current()) noexcept : array_(&a), where_(where) {}
  template <foreign_native N>
  operand(const N& native, std::source_location where = std::source_location::current())
      : array_(new array(detail::from_native(native))), where_(where), owns_(true) {}
  template <arithmetic T>
  operand(T v, std::source_location where = std::source_location::current()) noexcept : scalar_(v), where_(where) {}
  /// An absent operand, as the bounds of clip may be.
  operand(std::nullopt_t, std::source_location where = std::source_location::current()) noexcept : where_(where) {}
  operand(const operand& o) : array_(o.owns_ ? new array(*o.array_) : o.array_), scalar_(o.scalar_), where_(o.where_), owns_(o.owns_) {}
  operand& operator=(operand o) noexcept {
    std::swap(array_, o.array_);
    std::swap(scalar_, o.scalar_);
    std::swap(where_, o.where_);
    std::swap(owns_, o.owns_);
    return *this;
  }
  ~operand() {
    if (owns_) [[unlikely]]
      delete array_;
  }

  const array* get_array() const noexcept { return array_; }
  const scalar& get_scalar() const noexcept { return scalar_; }
  bool absent() const noexcept { return !array_ && scalar_.kind() == dtype_kind::unknown; }
  std::source_location where() const noexcept { return where_; }

 private:
  const array* array_ = nullptr;
  scalar scalar_{};
  std::source_location where_;
  bool owns_ = false;
};

// Of every element, where numbers other than 0 count as true; both sides are evaluated. The compiler has operators of its own for what
// converts to bool, as one element does: these win by taking exactly what is there, which leaves no place for the caller's line.
array operator!(const array&);
#define TENDRIL_OPERATOR(o, op)                                                                \
  inline array operator o(const array& a, const array& b) {                                    \
    return detail::op(operand(a, std::source_location()), operand(b, std::source_location())); \
  }                                                                                            \
  template <detail::beside_array T>                                                            \
  array operator o(const array& a, const T& b) {                                               \
    return detail::op(operand(a, std::source_location()), operand(b, std::source_location())); \
  }                                                                                            \
  template <detail::beside_array T>                                                            \
  array operator o(const T& a, const array& b) {                                               \
    return detail::op(operand(a, std::source_location()), operand(b, std::source_location())); \
  }
TENDRIL_OPERATOR(&&, both)
TENDRIL_OPERATOR(||, either)
#undef TENDRIL_OPERATOR

/// Any number of arrays, with the caller's source line: `td::concat({a, b})`. Native ones are copied.
class sequence {
 public:
  struct item {
    array value;
    item(const array& a) noexcept : value(a) {}
    template <foreign_native N>
    item(const N& native) : value(detail::from_native(native)) {}
  };
  sequence(std::initializer_list<item> l, std::source_location where = std::source_location::current()) : where_(where) {
    arrays_.reserve(l.size());
    for (const item& i : l) arrays_.push_back(i.value);
  }
  sequence(std::vector<array> v, std::source_location where = std::source_location::current()) : arrays_(std::move(v)), where_(where) {}
  const std::vector<array>& arrays() const noexcept { return arrays_; }
  std::source_location where() const noexcept { return where_; }

 private:
  std::vector<array> arrays_;
  std::source_location where_;
};

/// True where |a - b| <= atol + rtol * |b| holds for every pair of broadcast elements (NumPy's allclose).
bool allclose(const array& a, const array& b, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false);

/// The text that `<<` writes.
std::string to_string(const array&);

namespace detail {
/// A new row-major array whose elements are not yet written.
array make_empty(dtype, std::span<const std::int64_t> shape);
/// An array over borrowed memory. The caller keeps it alive and unchanged while the array or a view of it is in use.
array borrow(const array_view&);
/// A row-major copy.
array copy_of(const array_view&);
/// An array of this dtype and shape to write to: `a` itself where nobody else has its memory, else a new one.
array target_for(const array& a, dtype, std::span<const std::int64_t> shape);
/// Copies elements between views of equal shape, converting dtypes. The memory must not overlap.
void copy_elements(const array_view& out, const array_view& in);
/// 0: row-major, 1: column-major, 2: any other strides. Extents of 1 do not count.
int layout_class(const array_view&) noexcept;
}  // namespace detail

}  // namespace tendril
