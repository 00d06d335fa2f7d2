// trace_graph and traced: the thin template shell that flattens arguments, compares signatures and calls the compiled core.
//
// A call walks its arguments once, writing a view of each array to the stack and comparing what it reads with the specialization
// that this thread used last for this object: no hash, no lock, no allocation, no shared counter. Only when that differs does it enter the
// core (src/trace/trace.cpp), which finds, traces or compiles a specialization under the object's lock.
#pragma once
#include <functional>  // the nameable form

#include <tendril/backend.hpp>
#include <tendril/detail/pack.hpp>
#include <tendril/detail/spell.hpp>
#include <tendril/detail/trace_core.hpp>
#include <tendril/natives.hpp>
#include <tendril/ops.hpp>

namespace tendril {

namespace detail {
struct args_token {
  explicit args_token() = default;
};

// Views of results: a few stay on the stack, and none is initialised before it is written.
template <std::size_t N>
class view_buffer {
 public:
  explicit view_buffer(std::size_t n) : data_(n <= N ? here_ : new array_view[n]) {}
  ~view_buffer() {
    if (data_ != here_) delete[] data_;
  }
  view_buffer(const view_buffer&) = delete;
  array_view* data() noexcept { return data_; }

 private:
  union {
    array_view here_[N];
  };
  array_view* data_;
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

/// Writes the signature of the arguments and the views of their arrays to a call_record, or compares it with a known one.
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

/// Collects the arrays of a functor's result in order.
struct collect_arrays {
  std::vector<array>& out;
  template <class T>
  void leaf(const T& t) {
    static_assert(
        std::is_same_v<T, array> || frontend_array<T>,
        "tendril: a traced function must return td::array (or a nesting of them), not native arrays: their values do not exist while tracing.");
    out.push_back(asarray(t));
  }
  template <class T>
  void scalar(const T&) {}
  template <class T>
  void fixed(const T&) {}
  void count(std::size_t) {}
};

template <class R>
struct result_holder final : counted {
  R value;
  explicit result_holder(R v) : value(std::move(v)) {}
};

/// Whether a number can be the result: it has one element, of the number's dtype. Throws with `op` where it is not so.
template <class T>
void check_number(const char* op, const result_info& r) {
  static_assert(element<T>,
                "tendril: a number of this type is no result: no dtype is like it. Ask for bool, int, std::int64_t, float or double.");
  std::int64_t n = 1;
  for (std::int64_t e : r.shape) n *= e;
  if (n != 1) throw_unfit(op, r.extents(), "one element", element_name<T>());
  if (r.dtype != dtype_of<T>) throw_unfit(op, r.dtype, dtype_of<T>, element_name<T>(), r.promotion);
}
/// A number as the memory of a result of one element.
template <class T>
void view_number(T& t, const result_info& r, array_view& v) {
  v.data = &t;
  v.dtype = r.dtype;
  v.rank = static_cast<int>(r.shape.size());
  for (int i = 0; i < v.rank; ++i) v.shape[i] = v.strides[i] = 1;
}

/// Binds the arrays and numbers of an output structure to the results of a specialization, checking each.
template <bool Arrays>
struct bind_outputs {
  const specialization& s;
  array_view* views;
  std::size_t k = 0;
  // Targets that are td::array get their new value when the run is over: until then the old one may be an argument.
  struct assignment {
    array* to;
    array value;
  };
  std::conditional_t<Arrays, std::vector<assignment>, refused> assignments{};

  template <class T>
  void leaf(T& t) {
    if constexpr (arithmetic<T>) {
      scalar(t);
    } else if constexpr (std::is_same_v<T, array>) {
      const result_info& r = s.result("into", k);
      assignments.push_back({&t, target_for(t, r.dtype, r.extents())});
      views[k] = assignments.back().value.view();
      ++k;
    } else {
      using traits = array_traits<std::remove_cvref_t<T>>;
      static_assert(
          writable_native<T>,
          "tendril: `into` cannot write to this argument. Pass a container, a Map, a Ref or a span of elements that are not const.");
      const result_info& r = s.result("into", k);
      if (dtype_of<typename traits::scalar> != r.dtype) [[unlikely]]
        throw_unfit("into", r.dtype, dtype_of<typename traits::scalar>, traits::name(), r.promotion);
      borrow_target(t, r.extents(), views[k]);
      check_not_null("into", views[k]);
      ++k;
    }
  }
  template <class T>
  void scalar(T& t) {
    static_assert(!std::is_const_v<T>, "tendril: `into` cannot write to a constant number. Pass a variable.");
    const result_info& r = s.result("into", k);
    check_number<T>("into", r);
    view_number(t, r, views[k]);
    ++k;
  }
  template <class T, class From>
  void same(T& t, const From& from) {
    if constexpr (std::is_assignable_v<T&, const From&>) t = from;
  }
  template <class T>
  void fixed(T&) {}
  void count(std::size_t) {}
  void finish() {
    if constexpr (Arrays)
      for (assignment& a : assignments) *a.to = std::move(a.value);
  }
};

/// Finds a td::array among the targets.
struct find_array {
  template <class T>
  static consteval bool in() {
    if constexpr (std::is_same_v<T, array>) return true;
    else if constexpr (native<T> || arithmetic<T>) return false;
    else if constexpr (is_tuple<T>) return []<std::size_t... I>(std::index_sequence<I...>) {
        return (in<std::remove_cvref_t<std::tuple_element_t<I, T>>>() || ...);
      }
    (std::make_index_sequence<std::tuple_size_v<T>>());
    else if constexpr (is_vector<T> || is_fixed<T> || is_optional<T>) return in<typename T::value_type>();
    else if constexpr (is_map<T>) return in<typename T::mapped_type>(); else if constexpr (plain_aggregate<T>) return in<field_types<T>>();
    else return false; }
};

/// One container for one result, its elements not yet written.
template <class C>
C make_result(const result_info& r) {
  if constexpr (std::is_same_v<C, array> || frontend_array<C>) {
    return C(make_empty(r.dtype, r.extents()));
  } else if constexpr (arithmetic<C>) {
    check_number<C>("call", r);
    return C{};
  } else {
    using traits = array_traits<C>;
    if (dtype_of<typename traits::scalar> != r.dtype) [[unlikely]]
      throw_unfit("call", r.dtype, dtype_of<typename traits::scalar>, traits::name(), r.promotion);
    try {
      return traits::make(r.extents());
    } catch (const std::bad_alloc&) { throw_no_room(r, traits::name()); } catch (const std::length_error&) {
      throw_no_room(r, traits::name());
    }
  }
}

/// The views that the engine writes results through. Taken where the containers stay until the run is over: one that holds its elements
/// in itself, as std::array does, may change its address when it is returned.
struct view_results {
  const specialization& s;
  array_view* views;
  std::size_t k = 0;
  template <class T>
  void leaf(T& t) {
    if constexpr (std::is_same_v<T, array>) views[k] = t.view();
    else if constexpr (arithmetic<T>) view_number(t, s.results[k], views[k]);
    else array_traits<T>::borrow_result(t, s.results[k].extents(), views[k]);
    ++k;
  }
  template <class T, class From>
  void same(T&, const From&) {}
};

/// A std::array or std::vector of containers.
template <class T>
inline constexpr bool holds_natives = false;
template <native E, std::size_t N>
inline constexpr bool holds_natives<std::array<E, N>> = true;
template <native E, class A>
inline constexpr bool holds_natives<std::vector<E, A>> = true;

/// Walks what takes results along the functor's own result: `leaf(target)` where that has an array, `same(target, value)` where it has a
/// C++ value. A target of another nesting is walked by itself: its arrays and numbers take the results in order.
template <class To, class From, class Visitor>
void walk_results(To& to, const From& from, Visitor& v) {
  using T = std::remove_cvref_t<To>;
  const auto parts_along = [&](auto targets, auto values) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (walk_results(std::get<I>(targets), std::get<I>(values), v), ...); }
    (std::make_index_sequence<std::tuple_size_v<decltype(values)>>());
  };
  if constexpr (native<From>) {
    if constexpr (native<T> || arithmetic<T>) v.leaf(to);
    else walk(to, v);
  } else if constexpr (is_tuple<From> && is_tuple<T> && same_length<T, From>()) {
    const auto all = [](auto&... x) { return std::tie(x...); };
    parts_along(std::apply(all, to), std::apply(all, from));
  } else if constexpr (same_fields<T, From>()) {
    parts_along(fields(to), fields(from));
  } else if constexpr (is_std_array<From> && is_std_array<T> && same_length<T, From>()) {
    for (std::size_t i = 0; i < from.size(); ++i) walk_results(to[i], from[i], v);
  } else if constexpr (is_std_vector<From> && is_std_vector<T>) {
    if (to.size() != from.size()) throw_output_count(to.size(), from.size());
    for (std::size_t i = 0; i < from.size(); ++i) walk_results(to[i], from[i], v);
  } else if constexpr (is_tuple<From> && holds_natives<T>) {  // a container of each part
    constexpr std::size_t parts = std::tuple_size_v<From>;
    if (to.size() != parts) throw_output_count(to.size(), parts);
    [&]<std::size_t... I>(std::index_sequence<I...>) { (walk_results(to[I], std::get<I>(from), v), ...); }
    (std::make_index_sequence<parts>());
  } else if constexpr (is_map<From> && is_map<T>) {
    if (to.size() != from.size()) throw_output_count(to.size(), from.size());
    auto t = to.begin();
    for (auto f = from.begin(); f != from.end(); ++f, ++t) walk_results(t->second, f->second, v);
  } else if constexpr (is_optional<From> && is_optional<T>) {
    if (to.has_value() != from.has_value()) throw_output_count(to.has_value(), from.has_value());
    if (from) walk_results(*to, *from, v);
  } else if constexpr (arithmetic<From> || std::is_enum_v<From> || textual<From>) {
    v.same(to, from);
  } else if constexpr (requires { v.count(1); }) {
    walk(to, v);
  }
}

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

/// What call_as gives: `R` for every array, unless `R` is itself nested as the functor's result is.
template <class Own, class R>
struct result_as {
  using type = R;
};
template <class Own, class R>
requires((native<R> || arithmetic<R>)&&!(is_std_vector<Own> && is_std_vector<R> &&
                                         native_elements<R>)&&!(is_std_array<Own> && is_std_array<R> && native_elements<R> &&
                                                                same_length<R, Own>())) struct result_as<Own, R> : rebind<Own, R, false> {
};

/// Whether what is written to an Out is seen by anybody.
template <class Out>
consteval bool lasting_target() {
  using T = std::remove_cvref_t<Out>;
  if constexpr (std::is_lvalue_reference_v<Out>) return true;
  else if constexpr (arithmetic<T>) return false;
  else if constexpr (native<T>) return !std::is_same_v<typename array_traits<T>::container, T>;
  else return true;
}

/// Lazy expressions are evaluated once, before anything looks at them; other arguments pass through.
template <class T>
decltype(auto) settled(const T& t) {
  if constexpr (lazy_native<T>) return array_traits<T>::evaluate(t);
  else return (t);
}

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
  traced(F f, trace_options options = {}) : state_(new state(std::move(f))), core_(detail::make_trace_core(*state_, std::move(options))) {}
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
  traced(F f, const args_t<A...>& examples, trace_options options = {}) : traced(std::move(f), std::move(options)) {
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
          if (s.found || !core_->busy()) return inlined<result>(std::index_sequence_for<A...>(), a...);
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
    if constexpr (detail::accepts_call<F, A...>())
      with_record([](const detail::held_call& c, auto&) { c.uncount(); }, detail::settled(a)...);
  }

  /// Makes ready what a call with these arguments by this thread needs, and traces if need be: the first call of `into` then allocates
  /// nothing and takes no lock. Runs the function once, into results that are thrown away, unless it has effects (ordered ops).
  template <class... A>
  void prepare(const A&... a) const {
    if constexpr (detail::accepts_call<F, A...>())
      with_record([](const detail::held_call& c, auto& r) { c.uncount(), detail::prepare(*c.spec, r.leaves); }, detail::settled(a)...);
  }

  /// The graph recorded for these arguments (traced now if need be).
  template <class... A>
  requires(sizeof...(A) > 0) tendril::graph graph(const A&... a)
  const {
    tendril::graph g;
    if constexpr (detail::accepts_call<F, A...>())
      with_record([&](const detail::held_call& c, auto&) { c.uncount(), g = detail::recorded_graph(*c.spec); }, detail::settled(a)...);
    return g;
  }
  /// The graph of the specialization made last. Throws trace_error when there is none.
  tendril::graph graph() const { return core_->last_graph(); }
  /// The graph as it runs: specialized, optimised and fused.
  template <class... A>
  tendril::graph optimized_graph(const A&... a) const {
    tendril::graph g;
    if constexpr (detail::accepts_call<F, A...>())
      with_record([&](const detail::held_call& c, auto&) { c.uncount(), g = detail::compiled_function(*c.spec).graph(); },
                  detail::settled(a)...);
    return g;
  }
  /// The compiled function of these arguments.
  template <class... A>
  function compiled(const A&... a) const {
    function f;
    if constexpr (detail::accepts_call<F, A...>())
      with_record([&](const detail::held_call& c, auto&) { c.uncount(), f = detail::compiled_function(*c.spec); }, detail::settled(a)...);
    return f;
  }

  /// Runs the function for these arguments many times, step by step under a clock, and says what each step takes (traced now if need
  /// be). Prints as a table: `std::cout << f.profile(x)`. Calls cost nothing for it: the steps are timed here, not there.
  template <class... A>
  profile_report profile(const A&... a) const {
    profile_report p;
    if constexpr (detail::accepts_call<F, A...>())
      with_record([&](const detail::held_call& c, auto& r) { c.uncount(), p = detail::profile(*c.spec, r.leaves); }, detail::settled(a)...);
    return p;
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

  template <class Result, std::size_t... I, class... A>
  Result inlined(std::index_sequence<I...>, const A&... a) const {
    const detail::trace_core::inlined_call nested(*core_);
    [[maybe_unused]] auto leaf = []<class Old>(auto, const Old& old) -> array {
      if constexpr (arithmetic<Old>) return detail::literal_symbol(old);
      else return asarray(old);
    };
    std::tuple<detail::traced_argument<F, I, A...>...> in{
        detail::build<detail::traced_argument<F, I, A...>, detail::scalars_of<F, I, A...>>(a, leaf)...};
    auto result = std::invoke(state_->f, std::as_const(std::get<I>(in))...);
    if constexpr (std::is_same_v<Result, decltype(result)>) {
      return result;
    } else {
      auto rewrap = []<class To>(detail::tag<To>, const auto& leaf_value) { return To(asarray(leaf_value)); };
      return detail::build<Result, false>(result, rewrap);
    }
  }

  /// Runs the functor on symbols: what the core calls under its lock.
  template <std::size_t... I, class... A>
  detail::recording record(std::index_sequence<I...>, const detail::call_record& r, detail::tracer& t, const A&... a) const {
    std::size_t k = 0;
    [[maybe_unused]] auto leaf = [&]<class Old>(auto, const Old& old) {
      if constexpr (arithmetic<Old>) return detail::add_argument(t, r.leaves[k++], detail::weak_number(old));
      else return detail::add_argument(t, r.leaves[k++], false);
    };
    std::tuple<detail::traced_argument<F, I, A...>...> in{
        detail::build<detail::traced_argument<F, I, A...>, detail::scalars_of<F, I, A...>>(a, leaf)...};
    using result = detail::traced_result<F, A...>;
    detail::recording rec;
    auto held = detail::make_ref<detail::result_holder<result>>(std::invoke(state_->f, std::as_const(std::get<I>(in))...));
    detail::collect_arrays collect{rec.results};
    detail::walk(held->value, collect);
    rec.structure = detail::ref<detail::counted>(held.get());
    return rec;
  }

  template <class To, class Signature, class T>
  static void describe_one(Signature& r, const T& a) {
    detail::describe<Signature> d{r};
    detail::walk_as<To>(a, d);
    r.next_argument();
  }
  template <std::size_t... I, class Signature, class... A>
  static void describe_all(std::index_sequence<I...>, Signature& r, const A&... a) {
    (describe_one<detail::traced_argument<F, I, A...>>(r, a), ...);
  }

  template <std::size_t... I, class... A>
  static std::vector<std::string> spell_all(std::index_sequence<I...>, const A&... a) {
    return {detail::spell_argument<detail::traced_argument<F, I, A...>>(a)...};
  }

  // The types of the arguments as the functor gets them.
  template <class... A, std::size_t... I>
  static const detail::signature_type* type_of(std::index_sequence<I...>) {
    return &detail::signature_of<F, detail::traced_argument<F, I, A...>...>;
  }

  // What a call keeps of its arguments.
  template <std::size_t... I, class... A>
  static consteval bool flat_call(std::index_sequence<I...>, std::tuple<A...>*) {
    return (detail::flat<A, detail::traced_argument<F, I, A...>> && ...);
  }
  template <class... A>
  using record_of = std::conditional_t<flat_call(std::index_sequence_for<A...>(), static_cast<std::tuple<A...>*>(nullptr)),
                                       detail::flat_record<sizeof...(A) + (sizeof...(A) == 0)>, detail::call_record>;

  /// Finds the specialization of these arguments, makes it if need be, and calls `use` on it and the views of the arrays.
  template <class Use, class... A>
  decltype(auto) with_record(Use use, const A&... a) const {
    record_of<A...> r;
    detail::call_target found = detail::find_known(core_->id(), [&](const detail::call_slot& s) { return matches(s, r, a...); });
    if (!found.spec) [[unlikely]]
      found = miss(r, a...);
    const detail::held_call c(found);
    return use(c, r);
  }
  template <class Record, class... A>
  static bool matches(const detail::call_slot& s, Record& r, const A&... a) {
    if (s.form != &detail::signature_of<F, A...>) return false;
    detail::key_match<Record> m{r, s.key};
    describe_all(std::index_sequence_for<A...>(), m, a...);
    return m.same;
  }

  template <class Record, class... A>
  [[gnu::noinline]] detail::call_target miss(Record& r, const A&... a) const {
    if constexpr (!std::is_same_v<Record, detail::call_record>) {
      detail::call_record full;
      const detail::call_target found = miss(full, a...);
      for (int i = 0; i < full.leaf_count; ++i) r.leaves[i] = full.leaves[i];
      return found;
    } else {
      r.type = type_of<A...>(std::index_sequence_for<A...>());
      r.form = &detail::signature_of<F, A...>;
      r.leaf_count = 0;
      describe_all(std::index_sequence_for<A...>(), r, a...);
      auto run = [&](detail::tracer& t) { return record(std::index_sequence_for<A...>(), r, t, a...); };
      auto spell = [&] { return spell_all(std::index_sequence_for<A...>(), a...); };
      return core_->acquire(r, {[](void* p, detail::tracer& t) { return (*static_cast<decltype(run)*>(p))(t); }, &run,
                                [](void* p) { return (*static_cast<decltype(spell)*>(p))(); }, &spell});
    }
  }

  template <class Result, class... A>
  Result call(const A&... a) const {
    using own = detail::traced_result<F, A...>;
    if constexpr (native<own>) {
      return with_record(
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
      with_record(
          [&](const detail::held_call& c, auto& r) {
            const own& structure = static_cast<const detail::result_holder<own>&>(*c.spec->structure).value;
            detail::view_buffer<8> views(c.spec->result_count);
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
    with_record(
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
            run(detail::view_buffer<4>(c.spec->result_count).data());
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
  requires(std::is_invocable_r_v<R, G&, A...> && !std::is_base_of_v<traced, std::remove_cvref_t<G>>) traced(G f, trace_options options = {})
      : traced<std::function<R(A...)>>(std::function<R(A...)>(std::move(f)), std::move(options)) {}
};

/// Lazy: wraps `f`; its first call for each signature traces.
template <class... None, class F = typename detail::overloaded<None...>::type>
auto trace_graph(F&& f, trace_options options = {}) {
  return traced<std::decay_t<F>>(std::forward<F>(f), std::move(options));
}
/// Eager: traces here for the example arguments; every call with their signature is fast.
template <class F, class... A>
auto trace_graph(F&& f, const args_t<A...>& examples, trace_options options = {}) {
  traced<std::decay_t<F>> t(std::forward<F>(f), std::move(options));
  if constexpr (detail::accepts_call<std::decay_t<F>, std::remove_cvref_t<A>...>())
    std::apply([&](const auto&... a) { t.trace(a...); }, examples.values);
  return t;
}

}  // namespace tendril
