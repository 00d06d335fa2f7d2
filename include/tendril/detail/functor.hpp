// A functor and what it is called with: what its parameters say, as what each argument is given to it, what comes out, and what is wrong
// with a call.
#pragma once
#include <tendril/detail/nested.hpp>

namespace tendril::detail {

// ---- what a functor says of its parameters

/// What is written to it is lost.
template <class P>
inline constexpr bool writable_parameter = std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>;
template <class T>
struct call_operator {
  static constexpr bool known = false;
};
#define TENDRIL_CALL_OPERATOR(qualifiers)                          \
  template <class C, class R, class... P>                          \
  struct call_operator<R (C::*)(P...) qualifiers> {                \
    static constexpr bool known = true;                            \
    using parameters = std::tuple<std::remove_cvref_t<P>...>;      \
    static constexpr bool writes = (writable_parameter<P> || ...); \
  };
TENDRIL_CALL_OPERATOR()
TENDRIL_CALL_OPERATOR(const)
TENDRIL_CALL_OPERATOR(noexcept)
TENDRIL_CALL_OPERATOR(const noexcept)
TENDRIL_CALL_OPERATOR(&)
TENDRIL_CALL_OPERATOR(const&)
#undef TENDRIL_CALL_OPERATOR

/// `known` and `parameters` of any callable; not known for generic and overloaded ones.
template <class F>
struct parameters_of {
  static constexpr bool known = false;
};
template <class F>
requires requires { &F::operator(); }
struct parameters_of<F> : call_operator<decltype(&F::operator())> {};
template <class R, class... P>
struct parameters_of<R (*)(P...)> {
  static constexpr bool known = true;
  using parameters = std::tuple<std::remove_cvref_t<P>...>;
  static constexpr bool writes = (writable_parameter<P> || ...);
};
template <class R, class... P>
struct parameters_of<R (*)(P...) noexcept> : parameters_of<R (*)(P...)> {};
template <class F>
requires requires(F f) {
  typename F::type;
  f.get();
}  // std::reference_wrapper
struct parameters_of<F> : parameters_of<std::remove_cv_t<typename F::type>> {};

/// Whether F takes an argument by a reference that it may write to.
template <class F>
inline constexpr bool writes_arguments = false;
template <class F>
requires requires { requires parameters_of<F>::writes; }
inline constexpr bool writes_arguments<F> = true;

template <class P>
inline constexpr bool takes_arithmetic = arithmetic<P> || std::is_enum_v<P>;
template <class P, class A>
inline constexpr bool takes_arithmetic<std::vector<P, A>> = takes_arithmetic<P>;

/// Whether the C++ numbers in argument I become rank-0 arrays of class Leaf: what the functor's parameter says; a generic functor
/// takes arrays unless it cannot be called with them.
template <class Leaf, class F, std::size_t I, class... A>
consteval bool scalars_traced() {
  using arg = std::remove_cvref_t<std::tuple_element_t<I, std::tuple<A...>>>;
  if constexpr (parameters_of<F>::known) {
    using parameters = typename parameters_of<F>::parameters;
    if constexpr (I < std::tuple_size_v<parameters>) {
      using parameter = std::tuple_element_t<I, parameters>;
      if constexpr (arithmetic<arg>) return !takes_arithmetic<parameter>;
      else return std::is_same_v<parameter, rebind_t<arg, Leaf, true>>;
    } else {
      return false;
    }
  } else {
    return std::is_invocable_v<F&, rebind_t<A, Leaf, true>&...>;
  }
}
template <class Leaf, class F, std::size_t I, class... A>
inline constexpr bool scalars_become = scalars_traced<Leaf, F, I, A...>();

template <class F, std::size_t I, class... A>
inline constexpr bool scalars_of = scalars_become<array, F, I, A...>;

/// Whether a parameter takes an argument part by part: arrays and numbers for every td::array, and the rest as it is. The parameter's own
/// type is then what the functor gets, so that `struct net { td::array w, b; }` takes any struct of two native arrays.
template <class P, class A>
consteval bool taken_apart() {
  if constexpr (is_static<A>) {
    return std::is_convertible_v<decltype(A::value), P>;
  } else if constexpr (native<P> || arithmetic<P>) {
    if constexpr (std::is_same_v<P, array>) return native<A> || arithmetic<A>;
    else return arithmetic<P> && arithmetic<A>;
  } else if constexpr (is_tuple<P> && is_tuple<A>) {
    if constexpr (std::tuple_size_v<P> != std::tuple_size_v<A>) return false;
    else return []<std::size_t... I>(std::index_sequence<I...>) {
        return (taken_apart<std::tuple_element_t<I, P>, std::remove_cvref_t<std::tuple_element_t<I, A>>>() && ...);
      }
    (std::make_index_sequence<std::tuple_size_v<P>>());
  } else if constexpr (is_std_vector<P> && (is_std_vector<A> || is_std_span<A>)) {
    using part = std::remove_cv_t<typename A::value_type>;
    return !(native<A> && arithmetic<part>)&&taken_apart<typename P::value_type, part>();
  } else if constexpr (is_std_array<P> && is_std_array<A>) {
    using part = typename A::value_type;
    return std::tuple_size_v<P> == std::tuple_size_v<A> && !(native<A> && arithmetic<part>)&&taken_apart<typename P::value_type, part>();
  } else if constexpr (is_optional<P> && is_optional<A>) {
    return taken_apart<typename P::value_type, typename A::value_type>();
  } else if constexpr (is_map<P> && is_map<A>) {
    return std::is_same_v<typename P::key_type, typename A::key_type> && taken_apart<typename P::mapped_type, typename A::mapped_type>();
  } else if constexpr (plain_aggregate<P> && plain_aggregate<A>) {
    using to = field_types<P>;
    using from = field_types<A>;
    if constexpr (std::tuple_size_v<to> != std::tuple_size_v<from>) return false;
    else return []<std::size_t... I>(std::index_sequence<I...>) {
        return (taken_apart<std::remove_cvref_t<std::tuple_element_t<I, to>>, std::remove_cvref_t<std::tuple_element_t<I, from>>>() && ...);
      }
    (std::make_index_sequence<std::tuple_size_v<to>>());
  } else {
    return std::is_same_v<P, A> || (textual<A> && std::is_same_v<P, std::string>);
  }
}

template <class F, std::size_t I, class... A>
struct traced_argument_of {
  using argument = std::remove_cvref_t<std::tuple_element_t<I, std::tuple<A...>>>;
  static consteval auto type_tag() {
    if constexpr (parameters_of<F>::known && !arithmetic<argument>) {
      using parameters = typename parameters_of<F>::parameters;
      if constexpr (I < std::tuple_size_v<parameters>) {
        using parameter = std::tuple_element_t<I, parameters>;
        if constexpr (std::is_default_constructible_v<parameter> || !lists_fields<parameter>) {
          if constexpr (taken_apart<parameter, argument>()) return tag<parameter>();
          else return tag<rebind_t<argument, array, scalars_of<F, I, A...>>>();
        } else {
          return tag<rebind_t<argument, array, scalars_of<F, I, A...>>>();
        }
      } else {
        return tag<rebind_t<argument, array, scalars_of<F, I, A...>>>();
      }
    } else {
      return tag<rebind_t<argument, array, scalars_of<F, I, A...>>>();
    }
  }
  using type = typename decltype(type_tag())::type;
};

/// The type that argument I is given to the functor as, a constant of it: what a functor wrote to its arguments would be lost.
template <class F, std::size_t I, class... A>
using traced_argument = typename traced_argument_of<F, I, A...>::type;

// ---- what a call gives

/// The container that results take: that of the first native argument; td::array when there is none.
template <class First>
struct container_of {
  using type = typename array_traits<First>::container;
};
template <class First>
requires requires { typename array_traits<First>::result; }
struct container_of<First> {
  using type = typename array_traits<First>::result;
};
template <>
struct container_of<void> {
  using type = array;
};

template <std::size_t I, class T, class To>
consteval auto first_leaf_in();
/// The first native array in what a T becomes as a To, as a tag; of void where there is none.
template <class T, class To>
consteval auto first_leaf_as() {
  if constexpr (native<T> && one_leaf<To>) return tag<T>();
  else if constexpr (is_std_vector<T> || is_std_span<T> || is_std_array<T> || is_optional<T>)
    return first_leaf_as<std::remove_cv_t<typename T::value_type>, typename To::value_type>();
  else if constexpr (is_map<T>) return first_leaf_as<typename T::mapped_type, typename To::mapped_type>();
  else if constexpr (is_tuple<T>) return first_leaf_in<0, T, To>();
  else if constexpr (plain_aggregate<T>) return first_leaf_in<0, field_types<T>, field_types<To>>();
  else return tag<void>();
}
template <std::size_t I, class T, class To>
consteval auto first_leaf_in() {
  if constexpr (I == std::tuple_size_v<T>) return tag<void>();
  else {
    using own =
        decltype(first_leaf_as<std::remove_cvref_t<std::tuple_element_t<I, T>>, std::remove_cvref_t<std::tuple_element_t<I, To>>>());
    if constexpr (std::is_void_v<typename own::type>) return first_leaf_in<I + 1, T, To>();
    else return own();
  }
}
template <class F, class Sequence, class... A>
struct result_container_of;
template <class F, std::size_t... I, class... A>
struct result_container_of<F, std::index_sequence<I...>, A...> {
  using first = typename decltype(first_leaf_in<0, std::tuple<A...>, std::tuple<traced_argument<F, I, A...>...>>())::type;
  using type = typename container_of<first>::type;
};
template <class F, class... A>
using result_container = typename result_container_of<F, std::index_sequence_for<A...>, A...>::type;

/// What can be wrong with a call, in the order in which it is said.
enum class call_problem : std::uint8_t {
  none,
  member_pointer,
  writes,
  too_few,
  too_many,
  native_parameter,
  other,
  no_result,
  native_result
};

template <class T>
struct has_native : std::bool_constant<foreign_native<T>> {};
template <class T>
requires(is_vector<T> || is_fixed<T> || is_optional<T>) struct has_native<T> : has_native<typename T::value_type> {
};
template <class... T>
struct has_native<std::tuple<T...>> : std::bool_constant<(has_native<std::remove_cvref_t<T>>::value || ...)> {};
template <class A, class B>
struct has_native<std::pair<A, B>> : std::bool_constant<has_native<A>::value || has_native<B>::value> {};
template <class K, class V, class C, class A>
struct has_native<std::map<K, V, C, A>> : has_native<V> {};
template <plain_aggregate T>
struct has_native<T> : has_native<field_types<T>> {};

template <class F, class Sequence, class... A>
struct call_check;
template <class F, std::size_t... I, class... A>
struct call_check<F, std::index_sequence<I...>, A...> {
  static consteval call_problem problem() {
    if constexpr (std::is_member_pointer_v<F>) {
      return call_problem::member_pointer;
    } else {
      if constexpr (parameters_of<F>::known) {
        using parameters = typename parameters_of<F>::parameters;
        constexpr std::size_t count = std::tuple_size_v<parameters>;
        if constexpr (writes_arguments<F>) return call_problem::writes;
        else if constexpr (std::is_invocable_v<F&, const traced_argument<F, I, A...>&...>) return of_result();
        else if constexpr (count > sizeof...(A)) return call_problem::too_few;
        else if constexpr (count < sizeof...(A)) return call_problem::too_many;
        else if constexpr (takes_native<parameters>(std::make_index_sequence<count>())) return call_problem::native_parameter;
        else return call_problem::other;
      } else if constexpr (std::is_invocable_v<F&, const traced_argument<F, I, A...>&...>) {
        return of_result();
      } else {
        return call_problem::other;
      }
    }
  }
  static consteval call_problem of_result() {
    using result = std::invoke_result_t<F&, const traced_argument<F, I, A...>&...>;
    if constexpr (std::is_void_v<result>) return call_problem::no_result;
    else if constexpr (has_native<std::remove_cvref_t<result>>::value) return call_problem::native_result;
    else return call_problem::none;
  }
  template <class P, std::size_t... J>
  static consteval bool takes_native(std::index_sequence<J...>) {
    return (has_native<std::tuple_element_t<J, P>>::value || ...);
  }
};

/// Whether F takes these arguments traced and returns arrays; if not, one sentence says why.
template <class F, class... A>
consteval bool accepts_call() {
  constexpr call_problem p = call_check<F, std::index_sequence_for<A...>, A...>::problem();
  static_assert(p != call_problem::member_pointer,
                "tendril: a pointer to a member function has no object to be called on. Pass a lambda that holds one: "
                "`[&model](const td::array& x) { return model.forward(x); }`.");
  static_assert(
      p != call_problem::writes,
      "tendril: the function takes an argument by a reference that it may write to, and what it writes there is lost. Take `const "
      "td::array&`, and return what is new.");
  static_assert(p != call_problem::too_few, "tendril: the function has more parameters than arguments were passed. Pass one for each.");
  static_assert(p != call_problem::too_many,
                "tendril: the function has fewer parameters than arguments were passed. Pass one for each of its parameters.");
  static_assert(p != call_problem::native_parameter,
                "tendril: the function takes a native array, and while it is traced there are no numbers to put into one. Take `const "
                "td::array&` there; what must stay a C++ value, such as a kernel size, is passed as td::static_(value).");
  static_assert(p != call_problem::other,
                "tendril: the function cannot be called with these arguments traced. Every native array becomes a td::array (numbers too, "
                "where the parameter is one): take `const td::array&` there, and wrap what must stay a C++ value in td::static_.");
  static_assert(p != call_problem::no_result,
                "tendril: the function returns nothing, and a trace is what becomes of its arguments. Return a td::array, or a nesting of "
                "them.");
  static_assert(
      p != call_problem::native_result,
      "tendril: a traced function must return td::array (or a nesting of them), not native arrays: their values do not exist while "
      "tracing.");
  return p == call_problem::none;
}

template <class F, class Sequence, class... A>
struct traced_result_of;
template <class F, std::size_t... I, class... A>
struct traced_result_of<F, std::index_sequence<I...>, A...> {
  using type = std::remove_cvref_t<std::invoke_result_t<F&, const traced_argument<F, I, A...>&...>>;
};
/// Of a call that `accepts_call` accepts.
template <class F, class... A>
using traced_result = typename traced_result_of<F, std::index_sequence_for<A...>, A...>::type;

}  // namespace tendril::detail
