// The results of a call: the functor's own, as it was traced, and the containers and numbers that take what a run gives.
#pragma once
#include <tendril/detail/pack.hpp>
#include <tendril/detail/trace_core.hpp>
#include <tendril/natives.hpp>

namespace tendril::detail {

/// Collects the arrays of a function's result, or arguments, in order.
struct collect_arrays {
  std::vector<array>& out;
  template <class T>
  void leaf(const T& t) {
    static_assert(
        std::is_same_v<T, array> || frontend_array<T>,
        "tendril: a traced function must return td::array (or a nesting of them), not native arrays: their values do not exist while tracing. "
        "A transpiled one returns its framework's own arrays.");
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
/// What a function returned, with its arrays in order.
template <class R>
recorded_results hold_results(R r) {
  recorded_results out;
  auto held = make_ref<result_holder<R>>(std::move(r));
  collect_arrays collect{out.results};
  walk(held->value, collect);
  out.structure = ref<counted>(held.get());
  return out;
}

/// Views of results: a few stay on the stack, and none is initialised before it is written.
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
      view_array(assignments.back().value, views[k]);
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
    if constexpr (std::is_same_v<T, array>) view_array(t, views[k]);
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

}  // namespace tendril::detail
