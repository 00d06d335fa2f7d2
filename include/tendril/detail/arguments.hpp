// The arguments of a call: lazy ones evaluated, their signature written or compared with a known one, symbols found among them.
#pragma once
#include <tendril/detail/pack.hpp>
#include <tendril/detail/trace_core.hpp>
#include <tendril/natives.hpp>

namespace tendril::detail {

/// Writes the signature of the arguments and the views of their arrays to call_arguments, or compares it with a known one.
template <class Signature>
struct describe {
  Signature& r;
  void count(std::size_t n) { r.push(key_kind::exact, static_cast<std::int64_t>(n)); }
  template <class T>
  void leaf(const T& t) {
    using traits = array_traits<std::remove_cvref_t<T>>;
    array_view& v = r.next_leaf();
    traits::borrow(t, v);
    if (!v.data) [[unlikely]]
      check_not_null("call", v);
    r.template push_array<(traits::rank < 0 || std::is_void_v<typename traits::scalar>)>(array_key(v));
    r.template push_layout<!traits::contiguous>(v);
    if constexpr (traits::rank >= 0)
      for (int i = 0; i < traits::rank; ++i) r.push(key_kind::extent, v.shape[i]);
    else
      for (int i = 0; i < v.rank; ++i) r.push(key_kind::extent, v.shape[i]);
  }
  template <class T>
  void scalar(const T& t) {
    array_view& v = r.next_leaf();
    if constexpr (element<T>) {
      v.data = const_cast<T*>(&t);
      v.dtype = dtype_of<T>;
    } else {
      static_assert(
          element<T>,
          "tendril: a number of this type has no dtype. Convert it to bool, int, std::int64_t, float or double, or wrap it in td::static_.");
    }
    v.rank = 0;
    r.template push_array<(sizeof t > 4 && std::is_integral_v<T>)>(array_key(v, weak_number(t)));
    r.template push_layout<false>(v);
  }
  template <class T>
  void fixed(const T& t) {
    if constexpr (textual<T>) {
      r.push_text(std::string_view(t));
    } else if constexpr (std::is_enum_v<T> || arithmetic<T>) {
      static_assert(sizeof t <= sizeof(std::int64_t),
                    "tendril: a static value of this type is too wide. Pass it as a td::array or let the functor capture it.");
      std::int64_t bits = 0;
      __builtin_memcpy(&bits, &t, sizeof t);
      r.push(arithmetic<T> ? key_kind::number : key_kind::exact, bits);
    } else {
      static_assert(
          std::is_enum_v<T>,
          "tendril: this argument is neither an array, a number, an enum, a string nor a nesting of those. Let the functor capture it, or pass its parts.");
    }
  }
};

/// One array at the most, where a T becomes a To.
template <class T, class To>
inline constexpr bool flat = (native<T> && one_leaf<To>) || is_static<T> || arithmetic<T> || std::is_enum_v<T> || textual<T>;

template <class T>
bool is_symbolic(const T& t) {
  if constexpr (std::is_same_v<T, array> || frontend_array<T>) return asarray(t).is_symbol();
  else return false;
}
struct find_symbol {
  bool found = false;
  template <class T>
  void leaf(const T& t) {
    found |= is_symbolic(t);
  }
  template <class T>
  void scalar(const T&) {}
  template <class T>
  void fixed(const T&) {}
  void count(std::size_t) {}
};

/// Lazy expressions are evaluated once, before anything looks at them; other arguments pass through.
template <class T>
decltype(auto) settled(const T& t) {
  if constexpr (lazy_native<T>) return array_traits<T>::evaluate(t);
  else return (t);
}

}  // namespace tendril::detail
