// What frontends share: how their array classes enter nested arguments, and how a function over them is run on td::array.
#pragma once
#include <tendril/detail/trace_core.hpp>
#include <tendril/trace.hpp>

namespace tendril {

/// What a source means, specialised by tendril/frontends/NAME.hpp: `using array_type`, the framework's array class.
template <class Source>
struct frontend {
  static_assert(
      !sizeof(Source),
      "tendril: this source has no frontend here. Include <tendril/frontends/NAME.hpp> before the function that it is to capture.");
};

namespace detail {

/// What a frontend's functions take: its array, a native array (of which it keeps a copy) or a C++ number, with the caller's line; or
/// nothing, where an operand may be absent. Borrows the array; never store one.
template <class Array>
class frontend_operand {
 public:
  frontend_operand(const Array& a, std::source_location where = std::source_location::current()) : operand_(a.value(), where), given_(&a) {}
  template <foreign_native N>
  frontend_operand(const N& native, std::source_location where = std::source_location::current()) : operand_(native, where) {}
  template <arithmetic T>
  frontend_operand(T v, std::source_location where = std::source_location::current()) : operand_(v, where) {}
  frontend_operand(std::nullopt_t, std::source_location where = std::source_location::current()) : operand_(std::nullopt, where) {}
  const operand& get() const noexcept { return operand_; }
  std::source_location where() const noexcept { return operand_.where(); }
  const Array* given() const noexcept { return given_; }  ///< null where it is a native array, a number or nothing

 private:
  operand operand_;
  const Array* given_ = nullptr;
};

/// Any number of a frontend's arrays, with the caller's line.
template <class Array>
class frontend_list {
 public:
  frontend_list(std::initializer_list<Array> l, std::source_location where = std::source_location::current()) : where_(where) {
    for (const Array& a : l) arrays_.push_back(a.value());
  }
  frontend_list(const std::vector<Array>& v, std::source_location where = std::source_location::current()) : where_(where) {
    for (const Array& a : v) arrays_.push_back(a.value());
  }
  const std::vector<array>& arrays() const noexcept { return arrays_; }
  std::source_location where() const noexcept { return where_; }

 private:
  std::vector<array> arrays_;
  std::source_location where_;
};

/// What stands in brackets, with the caller's line: `x[{td::ellipsis, td::slice(0, 1)}]`, `x[0]`.
class frontend_index {
 public:
  frontend_index(std::initializer_list<index_item> l, std::source_location where = std::source_location::current())
      : items_(l), where_(where) {}
  template <std::convertible_to<index_item> I>
  frontend_index(I i, std::source_location where = std::source_location::current()) : items_{i}, where_(where) {}
  const std::vector<index_item>& items() const noexcept { return items_; }
  std::source_location where() const noexcept { return where_; }

 private:
  std::vector<index_item> items_;
  std::source_location where_;
};

/// How functions over a frontend's arrays are called: the classes and numbers that each argument becomes.
template <class F, class Array, std::size_t I, class... A>
using frontend_argument = rebind_t<std::tuple_element_t<I, std::tuple<A...>>, Array, scalars_become<Array, F, I, A...>>;

template <class F, class Array, class Sequence, class... A>
inline constexpr bool callable_in_ = false;
template <class F, class Array, std::size_t... I, class... A>
inline constexpr bool callable_in_<F, Array, std::index_sequence<I...>, A...> =
    std::is_invocable_v<F&, frontend_argument<F, Array, I, A...>&...>;
/// Whether F takes these arguments when every array among them is an `Array`.
template <class F, class Array, class... A>
concept callable_in = callable_in_<F, Array, std::index_sequence_for<A...>, A...>;

// ---- parameters whose arrays can be made without arguments

template <class Array, class T>
struct countable : std::false_type {};
template <class Array, class T>
inline constexpr bool countable_v = countable<Array, T>::value;
template <class Array>
struct countable<Array, Array> : std::true_type {};
template <class Array, class... T>
struct countable<Array, std::tuple<T...>> : std::bool_constant<(countable_v<Array, T> && ...)> {};
template <class Array, class A, class B>
struct countable<Array, std::pair<A, B>> : std::bool_constant<countable_v<Array, A> && countable_v<Array, B>> {};
template <class Array, class T, std::size_t N>
struct countable<Array, std::array<T, N>> : countable<Array, T> {};
template <class Array, plain_aggregate T>
struct countable<Array, T> {
  template <class... M>
  static std::bool_constant<((sizeof...(M) > 0) && ... && countable_v<Array, std::remove_cvref_t<M>>)> members(std::tuple<M...>);
  static constexpr bool value = decltype(members(fields(std::declval<T&>())))::value;
};

/// A T whose arrays `next()` gives, in order.
template <class T, class Array, class Next>
T fresh(Next& next) {
  if constexpr (std::is_same_v<T, Array>) {
    return T(next());
  } else if constexpr (is_tuple<T>) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return T{fresh<std::tuple_element_t<I, T>, Array>(next)...};  // braces: left to right
    }
    (std::make_index_sequence<std::tuple_size_v<T>>());
  } else if constexpr (is_fixed<T>) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) { return T{((void)I, fresh<typename T::value_type, Array>(next))...}; }
    (std::make_index_sequence<std::tuple_size_v<T>>());
  } else {
    using members = decltype(fields(std::declval<T&>()));
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return T{fresh<std::remove_cvref_t<std::tuple_element_t<I, members>>, Array>(next)...};
    }
    (std::make_index_sequence<std::tuple_size_v<members>>());
  }
}

// ---- what is known of F's parameters before there are arguments

template <class T, std::size_t>
using repeated = T;
inline constexpr std::size_t most_probed = 8;

template <class F, class Array, std::size_t N>
inline constexpr bool takes = []<std::size_t... I>(std::index_sequence<I...>) {
  return std::is_invocable_v<F&, repeated<Array, I>&...>;
}
(std::make_index_sequence<N>());

/// How many arrays a generic function takes; `many` when it takes more than one number of them, 0 when none of 1 to 8.
template <class F, class Array>
struct probed {
  static constexpr std::size_t many = most_probed + 1;
  template <std::size_t N>
  static consteval std::size_t from() {
    if constexpr (N > most_probed) return 0;
    else if constexpr (!takes<F, Array, N>) return from<N + 1>();
    else if constexpr (N < most_probed) return takes<F, Array, N + 1> ? many : N;
    else return N;
  }
  static constexpr std::size_t count = from<1>();
};

enum class unknown_parameters : std::uint8_t { none, value, count, arity };

/// The parameters of F as a tuple, or why they cannot be made yet.
template <class F, class Array, bool Known = parameters_of<F>::known>
struct abstract_parameters {
  static constexpr std::size_t n = probed<F, Array>::count;
  static constexpr unknown_parameters missing = n == 0 || n > most_probed ? unknown_parameters::arity : unknown_parameters::none;
  static constexpr int position = 0;
  template <std::size_t... I>
  static std::tuple<repeated<Array, I>...> make(std::index_sequence<I...>);
  using type = decltype(make(std::make_index_sequence < missing == unknown_parameters::none ? n : 0 > ()));
};
template <class F, class Array>
struct abstract_parameters<F, Array, true> {
  using type = typename parameters_of<F>::parameters;
  static constexpr std::size_t count = std::tuple_size_v<type>;
  template <std::size_t I = 0>
  static consteval std::size_t first() {
    if constexpr (I == count) return I;
    else if constexpr (!countable_v<Array, std::tuple_element_t<I, type>>) return I;
    else return first<I + 1>();
  }
  static constexpr std::size_t at = first();
  static constexpr int position = static_cast<int>(at) + 1;
  static consteval unknown_parameters why() {
    if constexpr (at == count) return unknown_parameters::none;
    else if constexpr (std::is_void_v<typename first_leaf<std::tuple_element_t<at, type>>::type>) return unknown_parameters::value;
    else return unknown_parameters::count;
  }
  static constexpr unknown_parameters missing = why();
};

// ---- the compiled half (src/trace/transpile.cpp)

/// What a run on symbols of unknown type gave: a graph with unknown types, or why there is none.
struct abstraction {
  std::string pending;
  tendril::graph graph;
  std::vector<array> captured;  ///< values of an enclosing trace: inputs after the arguments
  ref<counted> structure;       ///< the function's own return value
  std::string target;           ///< the backend whose ops are checked; empty: none
};
/// A borrowed callable: runs the function on symbols.
struct symbol_function {
  recorded_results (*call)(void*, std::span<const array>);
  void* self;
};
void record_abstract(abstraction&, std::string_view name, std::size_t arrays, symbol_function);
std::string spell_missing(unknown_parameters, int position);
/// A C++ number where a function takes an array, of the dtype that its type has, if any; a weak one yields to the dtypes that it meets, as
/// a literal does.
array number_argument(const scalar&, dtype, bool weak);
template <arithmetic T>
array number_argument(T x) {
  if constexpr (element<T>) return number_argument(x, dtype_of<T>, weak_number(x));
  else return number_argument(x, dtype::unknown, weak_number(x));
}
/// An array that a function returns: an ordinary one, where it is a number that the function was given.
array as_result(array);
/// Calls every op of the graph again: recorded in the trace under way, else run.
std::vector<array> replay(const graph&, std::span<const array> arguments, std::span<const array> captured);
/// Throws backend_error naming every op of the graph that the backend lacks.
void require_ops(const graph&, std::string_view backend);
/// The same of what the trace under way has recorded; nothing where there is none.
void require_traced_ops(std::string_view backend);

}  // namespace detail
}  // namespace tendril
