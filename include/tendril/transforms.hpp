// Transforms of functions: gradients. docs/transforms.md says what they give at special points, and which ops have none.
//
// A gradient is a function over td::array like any other: inside a trace its ops are recorded, so that the graph has value and gradient
// together; outside one they run at once.
#pragma once
#include <tendril/detail/frontend.hpp>
#include <tendril/trace.hpp>

namespace tendril {

namespace detail {

/// A function from arrays to one, borrowed.
struct loss_function {
  array (*call)(void* self, std::span<const array> arguments);
  void* self;
};
/// What a function gives, and its gradients by the arrays that were asked for, in order.
struct value_and_gradients {
  array value;
  std::vector<array> gradients;
};
/// Records the function on its arguments, plays it, and goes back through it. `asked[i]` is the number of the argument that array i is a
/// part of, or -1 where its gradient is not asked for.
value_and_gradients differentiate(const char* op, std::span<const array> arguments, std::span<const int> asked, loss_function);

/// The record of `stop_gradient`, registered when it is first asked for.
const op_record& stop_record();

template <std::size_t... I>
consteval bool all_differ() {
  const std::size_t list[] = {I...};
  for (std::size_t i = 0; i < sizeof...(I); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (list[i] == list[k]) return false;
  return true;
}

/// What `grad` and `value_and_grad` give.
template <bool WithValue, class F, std::size_t... Wrt>
class derivative {
  static_assert(all_differ<Wrt...>(),
                "tendril: a gradient by the same argument is asked for twice. Name each argument once: td::grad<0, 1>(f).");

 public:
  explicit derivative(F f) : f_(std::move(f)) {}

  template <class... A>
  requires(call_check<F, std::index_sequence_for<A...>, A...>::problem() == call_problem::none) auto operator()(const A&... a) const {
    return call(std::index_sequence_for<A...>(), a...);
  }

 private:
  template <std::size_t I>
  static consteval bool is_asked() {
    return ((I == Wrt) || ...);
  }

  template <std::size_t... I, class... A>
  auto call(std::index_sequence<I...>, const A&... a) const {
    static_assert(((Wrt < sizeof...(A)) && ...),
                  "tendril: a gradient by an argument is asked for that the function does not have. Arguments count from 0: td::grad<0, "
                  "1>(f).");
    using result = traced_result<F, A...>;
    static_assert(std::is_same_v<result, array> || frontend_array<result>,
                  "tendril: only a function that returns one array has a gradient. Return the scalar alone.");
    if constexpr (((Wrt < sizeof...(A)) && ...) && (std::is_same_v<result, array> || frontend_array<result>)) {
      using inputs = std::tuple<traced_argument<F, I, A...>...>;
      static_assert(
          !(arithmetic<std::tuple_element_t<Wrt, inputs>> || ...),
          "tendril: a gradient by a parameter is asked for that is a C++ number, which is a constant while the function is recorded. "
          "Take `const td::array&` there.");
      [[maybe_unused]] auto enter = []<class T>(auto, const T& x) -> array {
        if constexpr (arithmetic<T>) return number_argument(x);
        else return asarray(x);
      };
      const inputs in{build<traced_argument<F, I, A...>, scalars_of<F, I, A...>>(a, enter)...};
      std::vector<array> leaves;
      std::vector<int> asked;
      collect_arrays collect{leaves};
      (
          [&] {
            walk(std::get<I>(in), collect);
            asked.resize(leaves.size(), is_asked<I>() ? static_cast<int>(I) : -1);
          }(),
          ...);
      auto run = [&](std::span<const array> symbols) -> array {
        std::size_t k = 0;
        [[maybe_unused]] auto next = [&](auto, const auto&) { return symbols[k++]; };
        const inputs inner{build<traced_argument<F, I, A...>, false>(std::get<I>(in), next)...};
        return asarray(std::apply([&](const auto&... x) { return std::invoke(f_, x...); }, inner));
      };
      value_and_gradients found =
          differentiate(WithValue ? "value_and_grad" : "grad", leaves, asked,
                        {[](void* p, std::span<const array> symbols) { return (*static_cast<decltype(run)*>(p))(symbols); }, &run});
      // The gradients come in the order of the arrays, which need not be that of Wrt.
      const auto gradient_of = [&]<std::size_t W>(std::integral_constant<std::size_t, W>) {
        std::size_t k = 0;
        while (k < asked.size() && asked[k] != static_cast<int>(W)) ++k;
        std::size_t at = 0;
        for (std::size_t i = 0; i < k && i < asked.size(); ++i) at += asked[i] >= 0;
        [[maybe_unused]] auto next = [&](auto, const auto&) { return found.gradients[at++]; };
        return build<std::tuple_element_t<W, inputs>, false>(std::get<W>(in), next);
      };
      auto gradients = [&] {
        if constexpr (sizeof...(Wrt) == 1) return gradient_of(std::integral_constant<std::size_t, Wrt...>());
        else return std::tuple{gradient_of(std::integral_constant<std::size_t, Wrt>())...};
      }();
      if constexpr (WithValue) return std::pair{std::move(found.value), std::move(gradients)};
      else return gradients;
    } else {
      return refused();
    }
  }

  mutable F f_;
};

template <bool WithValue, class F, std::size_t... Wrt>
struct parameters_of<derivative<WithValue, F, Wrt...>> : parameters_of<F> {};

}  // namespace detail

/// The gradient of a function whose result is one number: a callable over td::array that takes what `f` takes. `td::grad(f)` is by the
/// first argument and gives arrays in its structure, of the shapes and dtypes of its arrays; `td::grad<1>(f)` by another, and `td::grad<0,
/// 2>(f)` by several, which gives a std::tuple in this order. Which arguments is a part of the type, since the structure of the result
/// follows from it. It may be traced by `trace_graph`, called inside a traced function, or differentiated again. Called without a trace it
/// records `f` at each call and runs its ops at once. Throws shape_error where the result of `f` is not of rank 0, dtype_error where it or
/// an array of such an argument is not floating, and error for an op without a derivative, by which an argument reaches the result.
template <std::size_t... Wrt, class F>
auto grad(F&& f) {
  if constexpr (sizeof...(Wrt) == 0) return detail::derivative<false, std::decay_t<F>, 0>(std::forward<F>(f));
  else return detail::derivative<false, std::decay_t<F>, Wrt...>(std::forward<F>(f));
}

/// The same with the value: std::pair{value, gradient}, from one recording.
///
///     auto step = td::trace_graph(td::value_and_grad(loss), td::args(w, X, y));
///     auto [value, slope] = step(w, X, y);
template <std::size_t... Wrt, class F>
auto value_and_grad(F&& f) {
  if constexpr (sizeof...(Wrt) == 0) return detail::derivative<true, std::decay_t<F>, 0>(std::forward<F>(f));
  else return detail::derivative<true, std::decay_t<F>, Wrt...>(std::forward<F>(f));
}

/// x, a constant as far as gradients know: of any dtype and shape.
array stop_gradient(const array& x, std::source_location where = std::source_location::current());

}  // namespace tendril
