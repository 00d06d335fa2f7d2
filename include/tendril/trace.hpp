// trace_graph and traced: the thin template shell that flattens arguments, compares signatures and calls the compiled core.
//
// A call walks its arguments once, writing a view of each array to the stack and comparing what it reads with the specialization
// that this thread used last for this object: no hash, no lock, no allocation, no shared counter. Only when that differs does it enter the
// core (src/trace/trace.cpp), which finds, traces or compiles a specialization under the object's lock.
#pragma once
#include <functional>  // the nameable form

#include <tendril/backend.hpp>
#include <tendril/detail/arguments.hpp>
#include <tendril/detail/functor.hpp>
#include <tendril/detail/results.hpp>
#include <tendril/detail/spell.hpp>
#include <tendril/ops.hpp>
#include <tendril/trace_options.hpp>

namespace tendril {

namespace detail {
struct args_token {
  explicit args_token() = default;
};
}  // namespace detail

/// Example arguments for eager tracing: `trace_graph(f, td::args(x, y))`. Borrows lvalues.
template <class... A>
struct args_t {
  std::tuple<A...> values;
  args_t(detail::args_token, std::tuple<A...> v)
      : values(std::move(v)) {}  // neither an aggregate nor default constructible: `{}` never means args
};
template <class... A>
args_t<A...> args(A&&... a) {
  return {detail::args_token(), std::tuple<A...>(std::forward<A>(a)...)};
}

namespace detail {
/// What a call needs of its functor: where it is, what runs it, and what tells its signatures from those of others.
template <class Result, class... Parameters>
struct functor_view {
  const signature_type* type;  ///< the arguments as the functor gets them
  const signature_type* form;  ///< as they are passed
  void* state;
  Result (*call)(void* state, const Parameters&...);
};

/// The half of a call that asks nothing of the functor but its types: compiled once for all that take and give the same, since what
/// stands in a template over the functor costs the compiler as much again for every lambda.
template <class Result, class Parameters, class Scalars, class... A>
struct call_of;
template <class Result, class... P, bool... Scalars, class... A>
struct call_of<Result, std::tuple<P...>, std::integer_sequence<bool, Scalars...>, A...> {
  using functor = functor_view<Result, P...>;

  /// Runs the functor on symbols: what the core calls under its lock.
  static recorded_results record(const functor& f, const call_arguments& r, tracer& t, const A&... a) {
    std::size_t k = 0;
    [[maybe_unused]] auto leaf = [&]<class Old>(auto, const Old& old) {
      if constexpr (arithmetic<Old>) return add_argument(t, r.leaves[k++], weak_number(old));
      else return add_argument(t, r.leaves[k++], false);
    };
    std::tuple<P...> in{build<P, Scalars>(a, leaf)...};
    return std::apply([&](const P&... p) { return hold_results<Result>(f.call(f.state, p...)); }, in);
  }

  /// Runs it on values of a trace under way.
  template <class As>
  static As inlined(const functor& f, const trace_core& core, const A&... a) {
    const trace_core::inlined_call nested(core);
    [[maybe_unused]] auto leaf = []<class Old>(auto, const Old& old) -> array {
      if constexpr (arithmetic<Old>) return literal_symbol(old);
      else return asarray(old);
    };
    std::tuple<P...> in{build<P, Scalars>(a, leaf)...};
    Result result = std::apply([&](const P&... p) -> Result { return f.call(f.state, p...); }, in);
    if constexpr (std::is_same_v<As, Result>) {
      return result;
    } else {
      auto rewrap = []<class To>(tag<To>, const auto& leaf_value) { return To(asarray(leaf_value)); };
      return build<As, false>(result, rewrap);
    }
  }

  template <class To, class Signature, class T>
  static void describe_one(Signature& r, const T& a) {
    describe<Signature> d{r};
    walk_as<To>(a, d);
    r.next_argument();
  }
  template <class Signature>
  static void describe_all(Signature& r, const A&... a) {
    (describe_one<P>(r, a), ...);
  }

  // What a call keeps of its arguments.
  using arguments = std::conditional_t<(flat<A, P> && ...), flat_arguments<sizeof...(A) + (sizeof...(A) == 0)>, call_arguments>;

  /// Whether the slot is of a call like this one; fills in the views of the arrays.
  static bool matches(const call_slot& s, const signature_type* form, arguments& r, const A&... a) {
    if (s.form != form) return false;
    key_match<arguments> m{r, s.key};
    describe_all(m, a...);
    return m.same;
  }

  [[gnu::noinline]] static call_target miss(const functor& f, trace_core& core, call_arguments& r, const A&... a) {
    r.type = f.type;
    r.form = f.form;
    r.leaf_count = 0;
    describe_all(r, a...);
    auto run = [&](tracer& t) { return record(f, r, t, a...); };
    auto spell = [&] { return std::vector<std::string>{spell_argument<P>(a)...}; };
    return core.acquire(r, {[](void* p, tracer& t) { return (*static_cast<decltype(run)*>(p))(t); }, &run,
                            [](void* p) { return (*static_cast<decltype(spell)*>(p))(); }, &spell});
  }
  template <int Most>
  [[gnu::noinline]] static call_target miss(const functor& f, trace_core& core, flat_arguments<Most>& r, const A&... a) {
    call_arguments full;
    const call_target found = miss(f, core, full, a...);
    for (int i = 0; i < full.leaf_count; ++i) r.leaves[i] = full.leaves[i];
    return found;
  }

  /// Finds the specialization of these arguments, makes it if need be.
  [[gnu::noinline]] static call_target find(const functor& f, trace_core& core, arguments& r, const A&... a) {
    const call_target found = find_known(core.id(), [&](const call_slot& s) { return matches(s, f.form, r, a...); });
    return found.spec ? found : miss(f, core, r, a...);
  }
  /// The same for who only looks at it.
  static call_target find(const functor& f, trace_core& core, const A&... a) {
    arguments r;
    return find(f, core, r, a...);
  }
};
}  // namespace detail

/// A function recorded at its first call for each signature, and replayed from then on. A shared handle: copies share the cache.
/// `operator()` is const and may be called from many threads at once.
template <class F>
class traced {
  struct state final : detail::trace_state {
    F f;
    explicit state(F&& g) : f(std::move(g)) {}
  };

 public:
  /// Wraps `f`; nothing is traced yet. Throws backend_error for an unknown `options.to`.
  traced(F f, const trace_options& options = {}) : state_(new state(std::move(f))), core_(detail::make_trace_core(*state_, options)) {}
  traced(const traced&) = default;
  traced& operator=(const traced&) = default;
  /// Leaves an object whose every call throws error.
  traced(traced&& o) : state_(std::move(o.state_)), core_(std::exchange(o.core_, detail::moved_from_core())) {}
  traced& operator=(traced&& o) {
    traced taken(std::move(o));
    std::swap(state_, taken.state_);
    std::swap(core_, taken.core_);
    return *this;
  }

  /// The same, traced here for the example arguments: `td::traced(f, td::args(x))`.
  template <class... A>
  traced(F f, const args_t<A...>& examples, const trace_options& options = {}) : traced(std::move(f), options) {
    if constexpr (detail::accepts_call<F, std::remove_cvref_t<A>...>()) std::apply([&](const auto&... a) { trace(a...); }, examples.values);
  }

  /// Traces at the first call with a signature, replays after. Results take the container family of the first native argument.
  template <class... A>
  auto operator()(const A&... a) const {
    if constexpr (!detail::accepts_call<F, A...>()) {
      return detail::refused();
    } else {
      using container = detail::result_container<F, std::remove_cvref_t<A>...>;
      using result = detail::rebind_t<detail::traced_result<F, A...>, container>;
      if constexpr (std::is_same_v<container, array> || detail::frontend_array<container>) {
        if (detail::is_tracing()) [[unlikely]] {
          detail::find_symbol s;
          (detail::walk(a, s), ...);
          if (s.found || !core_->busy()) return call_of<A...>::template inlined<result>(view_functor(a...), *core_, a...);
        }
      }
      return call<result>(detail::settled(a)...);
    }
  }

  /// The same with the results as `R`: a container or a number, as which every array of a nested result comes, or a nesting of these like
  /// the function's own: `call_as<double>(x)`, `call_as<std::pair<Eigen::VectorXd, double>>(x)`. A number takes a result of one element.
  template <class R, class... A>
  auto call_as(const A&... a) const {
    if constexpr (!detail::accepts_call<F, A...>()) {
      return detail::refused();
    } else {
      using own = detail::traced_result<F, A...>;
      using result = typename detail::result_as<own, R>::type;
      if constexpr (!detail::same_structure<result, own>()) {
        static_assert(detail::same_structure<result, own>(),
                      "tendril: call_as asks for another structure than the function returns. Ask for a container or a number for every "
                      "td::array of its result, nested as they are.");
        return detail::refused();
      } else {
        return call<result>(detail::settled(a)...);
      }
    }
  }

  /// Writes the results into existing storage of their dtypes and shapes: containers, views, numbers, and nestings of them. Overlap of an
  /// output with an input gives the right result. A td::array is written in place where nobody shares its memory and dtype and shape are
  /// the result's, else it becomes a new one.
  template <class Out, class... A>
  void into(Out&& out, const A&... a) const {
    if constexpr (detail::accepts_call<F, A...>()) {
      static_assert(detail::lasting_target<Out>(), "tendril: `into` writes to a temporary, which nobody sees. Pass a variable.");
      into_settled(out, detail::settled(a)...);
    }
  }

  /// Traces for these arguments now, without running.
  template <class... A>
  void trace(const A&... a) const {
    if constexpr (detail::accepts_call<F, A...>()) detail::looked_at(find(detail::settled(a)...));
  }

  /// Makes ready what a call with these arguments by this thread needs, and traces if need be: the first call of `into` then allocates
  /// nothing and takes no lock. Runs the function once, into results that are thrown away, unless it has effects (ordered ops).
  template <class... A>
  void prepare(const A&... a) const {
    if constexpr (detail::accepts_call<F, A...>()) prepare_settled(detail::settled(a)...);
  }

  /// The graph recorded for these arguments (traced now if need be).
  template <class... A>
  requires(sizeof...(A) > 0) tendril::graph graph(const A&... a)
  const {
    if constexpr (detail::accepts_call<F, A...>()) return detail::recorded_graph(find(detail::settled(a)...));
    else return {};
  }
  /// The graph of the specialization made last. Throws trace_error when there is none.
  tendril::graph graph() const { return core_->last_graph(); }
  /// The graph as it runs: specialized, optimised and fused.
  template <class... A>
  tendril::graph optimized_graph(const A&... a) const {
    if constexpr (detail::accepts_call<F, A...>()) return detail::compiled_function(find(detail::settled(a)...)).graph();
    else return {};
  }
  /// The compiled function of these arguments.
  template <class... A>
  function compiled(const A&... a) const {
    if constexpr (detail::accepts_call<F, A...>()) return detail::compiled_function(find(detail::settled(a)...));
    else return {};
  }

  /// Runs the function for these arguments many times, step by step under a clock, and says what each step takes (traced now if need
  /// be). Prints as a table: `std::cout << f.profile(x)`. Calls cost nothing for it: the steps are timed here, not there.
  template <class... A>
  profile_report profile(const A&... a) const {
    if constexpr (detail::accepts_call<F, A...>()) return profile_settled(detail::settled(a)...);
    else return {};
  }

  std::vector<specialization_info> specializations() const {
    return core_->specializations();
  }                                                         ///< about in the order of their last use, the latest first
  std::string explain() const { return core_->explain(); }  ///< why the last retrace happened, and which engine runs each step
  trace_stats stats() const { return core_->stats(); }
  void clear() const { core_->clear(); }  ///< forgets every specialization and recorded graph; the next call traces
  /// A handle on another backend; the recorded graphs are shared.
  traced to(std::string_view backend) const { return traced(state_, core_->on_backend(backend)); }
  const F& functor() const {
    if (!state_) detail::throw_moved_from();
    return state_->f;
  }

 private:
  traced(detail::ref<state> s, detail::ref<detail::trace_core> c) : state_(std::move(s)), core_(std::move(c)) {}

  template <class... A>
  void prepare_settled(const A&... a) const {
    typename call_of<A...>::arguments r;
    detail::prepare(call_of<A...>::find(view_functor(a...), *core_, r, a...), r.leaves);
  }
  template <class... A>
  profile_report profile_settled(const A&... a) const {
    typename call_of<A...>::arguments r;
    return detail::profile(call_of<A...>::find(view_functor(a...), *core_, r, a...), r.leaves);
  }

  // The functor and these arguments, as their types alone.
  template <class Sequence, class... A>
  struct types_of;
  template <std::size_t... I, class... A>
  struct types_of<std::index_sequence<I...>, A...> {
    using result = detail::traced_result<F, A...>;
    using call = detail::call_of<result, std::tuple<detail::traced_argument<F, I, A...>...>,
                                 std::integer_sequence<bool, detail::scalars_of<F, I, A...>...>, A...>;
    static result run(void* s, const detail::traced_argument<F, I, A...>&... a) { return std::invoke(static_cast<state*>(s)->f, a...); }
    static typename call::functor view(state* s) {
      return {&detail::signature_of<F, detail::traced_argument<F, I, A...>...>, &detail::signature_of<F, A...>, s, run};
    }
  };
  template <class... A>
  using types = types_of<std::index_sequence_for<A...>, A...>;
  template <class... A>
  using call_of = typename types<A...>::call;
  template <class... A>
  auto view_functor(const A&...) const {
    return types<A...>::view(state_.get());
  }

  /// Finds the specialization of these arguments, makes it if need be.
  template <class... A>
  detail::call_target find(const A&... a) const {
    return call_of<A...>::find(view_functor(a...), *core_, a...);
  }

  /// Calls `use` on it and the views of the arrays. The hot path: what is compared with the slots is inlined here.
  template <class Use, class... A>
  decltype(auto) with_specialization(Use use, const A&... a) const {
    typename call_of<A...>::arguments r;
    detail::call_target found = detail::find_known(
        core_->id(), [&](const detail::call_slot& s) { return call_of<A...>::matches(s, &detail::signature_of<F, A...>, r, a...); });
    if (!found.spec) [[unlikely]]
      found = call_of<A...>::miss(view_functor(a...), *core_, r, a...);
    const detail::held_call c(found);
    return use(c, r);
  }

  template <class Result, class... A>
  Result call(const A&... a) const {
    using own = detail::traced_result<F, A...>;
    if constexpr (native<own>) {
      return with_specialization(
          [](const detail::held_call& c, auto& r) {
            detail::unset_view to;
            Result result = detail::make_result<Result>(c.spec->results[0]);
            detail::view_results{*c.spec, &to.view}.leaf(result);
            c.spec->run(c.spec->executable, r.leaves, &to.view);
            return result;
          },
          a...);
    } else {
      std::optional<Result> out;
      with_specialization(
          [&](const detail::held_call& c, auto& r) {
            const own& structure = static_cast<const detail::result_holder<own>&>(*c.spec->structure).value;
            detail::view_buffer<32> views(c.spec->result_count);
            std::size_t k = 0;
            auto leaf = [&]<class To>(detail::tag<To>, const auto&) { return detail::make_result<To>(c.spec->results[k++]); };
            out.emplace(detail::build<Result, false>(structure, leaf));
            detail::view_results viewer{*c.spec, views.data()};
            detail::walk_results(*out, structure, viewer);
            c.spec->run(c.spec->executable, r.leaves, views.data());
          },
          a...);
      return std::move(*out);
    }
  }

  template <class Out, class... A>
  void into_settled(Out& out, const A&... a) const {
    using own = detail::traced_result<F, A...>;
    with_specialization(
        [&](const detail::held_call& c, auto& r) {
          const auto run = [&](array_view* views) {
            detail::bind_outputs<detail::find_array::in<std::remove_cvref_t<Out>>()> bind{*c.spec, views};
            if constexpr (native<own> && (native<Out> || arithmetic<Out>)) bind.leaf(out);
            else detail::walk_results(out, static_cast<const detail::result_holder<own>&>(*c.spec->structure).value, bind);
            if (bind.k != c.spec->result_count) [[unlikely]]
              detail::throw_output_count(bind.k, c.spec->result_count);
            c.spec->run_into(c.spec->executable, r.leaves, views);
            bind.finish();
          };
          if constexpr (native<Out> && native<own>) {
            detail::unset_view to;
            run(&to.view);
          } else {
            run(detail::view_buffer<32>(c.spec->result_count).data());
          }
        },
        a...);
  }

  detail::ref<state> state_;
  detail::ref<detail::trace_core> core_;
};

namespace detail {
/// The sentence a user reads who passes the name of several functions.
template <class... T>
struct overloaded {
  static_assert(
      never<T...>,
      "tendril: this name stands for several functions, and none is chosen. Wrap the one that you mean: `[](const td::array& x) { "
      "return f(x); }`.");
  struct type {
    type(...);
  };
};
}  // namespace detail

template <class F>
traced(F) -> traced<F>;
template <class F>
traced(F, trace_options) -> traced<F>;
template <class F, class... A>
traced(F, args_t<A...>, trace_options = {}) -> traced<F>;

/// The nameable form, for data members and containers: `td::traced<td::array(const td::array&)> f = lambda;`
template <class R, class... A>
class traced<R(A...)> : public traced<std::function<R(A...)>> {
 public:
  template <class G>
  requires(std::is_invocable_r_v<R, G&, A...> && !std::is_base_of_v<traced, std::remove_cvref_t<G>>)
      traced(G f, const trace_options& options = {})
      : traced<std::function<R(A...)>>(std::function<R(A...)>(std::move(f)), options) {}
};

/// Lazy: wraps `f`; its first call for each signature traces.
template <class... None, class F = typename detail::overloaded<None...>::type>
auto trace_graph(F&& f, const trace_options& options = {}) {
  return traced<std::decay_t<F>>(std::forward<F>(f), options);
}
/// Eager: traces here for the example arguments; every call with their signature is fast.
template <class F, class... A>
auto trace_graph(F&& f, const args_t<A...>& examples, const trace_options& options = {}) {
  traced<std::decay_t<F>> t(std::forward<F>(f), options);
  if constexpr (detail::accepts_call<std::decay_t<F>, std::remove_cvref_t<A>...>())
    std::apply([&](const auto&... a) { t.trace(a...); }, examples.values);
  return t;
}

}  // namespace tendril
