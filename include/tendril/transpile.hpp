// transpile and unify: functions and modules written for another framework, run on any backend. Include tendril/frontends/NAME.hpp too.
//
// A function is run once, on symbols whose types are unknown, and recorded as a graph; what is called later is that graph, specialized
// for its arguments by a `traced`. Where the function asks for something that only arguments can tell, it is traced at the first call.
#pragma once
#include <functional>
#include <optional>

#include <tendril/detail/frontend.hpp>
#include <tendril/target.hpp>

namespace tendril {

/// The frameworks that functions come from.
namespace source {
#define TENDRIL_SOURCE(name)                   \
  struct name##_t {                            \
    static constexpr const char* text = #name; \
  };                                           \
  inline constexpr name##_t name{};
TENDRIL_SOURCE(torch)
TENDRIL_SOURCE(numpy)
TENDRIL_SOURCE(jax)
TENDRIL_SOURCE(tensorflow)
TENDRIL_SOURCE(eigen)
TENDRIL_SOURCE(eigen_array)
TENDRIL_SOURCE(xtensor)
#undef TENDRIL_SOURCE
}  // namespace source

template <class T>
concept transpile_source = requires {
  T::text;
};

/// A function of another framework as a function over td::array, for every backend: eager it runs op by op, inside a trace its ops
/// are recorded. A shared handle; what `unify` returns.
template <class F, class Source>
class unified {
  using fa = typename frontend<Source>::array_type;
  using parameters = detail::abstract_parameters<F, fa>;
  static_assert(!detail::writes_arguments<F>,
                "tendril: the function takes an argument by a reference that it may write to, and what it writes there is lost. Take it by "
                "value or as a constant reference, and return what is new.");
  struct state final : detail::counted {
    F f;
    detail::abstraction made;
    explicit state(F&& g) : f(std::move(g)) {}
  };

 public:
  /// Runs `f` on symbols here. `target` is the backend whose ops are checked, or empty.
  explicit unified(F f, std::string_view target = {}, std::string_view name = {}) : state_(new state(std::move(f))) {
    state_->made.target = target;
    if constexpr (parameters::missing != detail::unknown_parameters::none) {
      state_->made.pending = detail::spell_missing(parameters::missing, parameters::position);
    } else {
      const auto run = [](void* self, std::span<const array> symbols) { return record(static_cast<state*>(self)->f, symbols); };
      detail::record_abstract(state_->made, name, arrays(), {run, state_.get()});
    }
  }

  /// Why there is no graph before the first call: the fact that only arguments tell, and where it is asked for. Empty when there is one.
  std::string pending() const { return own().made.pending; }

  /// The graph recorded on unknown types. Throws trace_error when it is pending.
  const tendril::graph& graph() const& {
    if (const std::string& why = own().made.pending; !why.empty())
      throw trace_error("[transpile] there is no graph without arguments: " + why +
                        ". Call the function first, or pass example arguments.");
    return state_->made.graph;
  }
  /// Of a function that ends with the expression: a copy.
  tendril::graph graph() const&& { return static_cast<const unified&>(*this).graph(); }

  /// The function on td::array. Numbers become arrays of rank 0 where the parameter is an array.
  template <class... A>
  requires detail::callable_in<F, fa, A...>
  auto operator()(const A&... a) const { return call(std::index_sequence_for<A...>(), a...); }

  const F& functor() const { return own().f; }

 private:
  state& own() const {
    if (!state_) detail::throw_moved_from();
    return *state_;
  }
  // The arrays of all parameters together.
  static std::size_t arrays() {
    std::size_t n = 0;
    auto next = [&n] { return ++n, array(); };
    (void)detail::fresh<typename parameters::type, fa>(next);
    return n;
  }

  static detail::recorded_results record(F& f, std::span<const array> symbols) {
    std::size_t k = 0;
    auto next = [&] { return symbols[k++]; };
    auto in = detail::fresh<typename parameters::type, fa>(next);
    return std::apply(
        [&](auto&... x) {
          return detail::hold_results<std::remove_cvref_t<std::invoke_result_t<F&, decltype(x)...>>>(std::invoke(f, x...));
        },
        in);
  }

  template <std::size_t... I, class... A>
  auto call(std::index_sequence<I...>, const A&... a) const {
    using in_type = std::tuple<detail::frontend_argument<F, fa, I, A...>...>;
    using result = std::remove_cvref_t<std::invoke_result_t<F&, detail::frontend_argument<F, fa, I, A...>&...>>;
    using out = detail::rebind_t<result, array>;
    [[maybe_unused]] auto enter = []<class T>(auto, const T& x) {
      if constexpr (arithmetic<T>) return fa(detail::number_argument(x));
      else return fa(asarray(x));
    };
    in_type in{detail::build<detail::frontend_argument<F, fa, I, A...>, detail::scalars_become<fa, F, I, A...>>(a, enter)...};
    const auto leave = [](const result& structure, const std::vector<array>& values) {
      std::size_t k = 0;
      auto leaf = [&]<class To>(detail::tag<To>, const auto&) { return To(detail::as_result(values[k++])); };
      return detail::build<out, false>(structure, leaf);
    };
    if constexpr (std::is_same_v<in_type, typename parameters::type>) {
      if (own().made.pending.empty()) {
        std::vector<array> arguments;
        detail::collect_arrays collect{arguments};
        detail::walk(in, collect);
        try {
          return leave(static_cast<const detail::result_holder<result>&>(*state_->made.structure).value,
                       detail::replay(state_->made.graph, arguments, state_->made.captured));
        } catch (const shape_error&) {
        } catch (const index_error&) {}
        // These extents do not fit. The function may mean to catch that: it is asked.
      }
    }
    const result r = std::apply([&](auto&... x) { return std::invoke(own().f, x...); }, in);
    std::vector<array> values;
    detail::collect_arrays collect{values};
    detail::walk(r, collect);
    detail::require_traced_ops(state_->made.target);
    return leave(r, values);
  }

  detail::ref<state> state_;
};

namespace detail {
/// The options with the target's backend. Throws error where `options.to` names another one: the target says where a function runs. One
/// without a backend leaves that to the options.
trace_options for_target(trace_options options, const char* backend);
}  // namespace detail

/// A function of another framework on a target: every call and option of `traced`, with the graph there before the first call. Native
/// arrays in, the same kind out. A shared handle.
template <class F, class Source, class Target>
class transpiled : public traced<unified<F, Source>> {
  using base = traced<unified<F, Source>>;

 public:
  /// Runs `f` on symbols here. `options.to` is empty or the target's backend.
  explicit transpiled(F f, trace_options options = {})
      : base(unified<F, Source>(std::move(f), detail::for_target(options, Target::backend).to, options.name), named(options)) {}

  /// As of `unified`.
  std::string pending() const { return this->functor().pending(); }

  using base::graph;
  /// The graph recorded on unknown types; where that is pending, the one traced last.
  tendril::graph graph() const { return pending().empty() ? this->functor().graph() : base::graph(); }
  /// The graph recorded last for arguments, with their types. Throws trace_error where there was no call.
  tendril::graph traced_graph() const { return base::graph(); }

 private:
  static trace_options named(trace_options o) {
    o = detail::for_target(std::move(o), Target::backend);
    if (o.name.empty()) o.name = "transpiled";
    return o;
  }
};

namespace detail {

template <class F, class Array, bool Known = parameters_of<F>::known>
struct parameters_over_array {
  static constexpr bool known = false;
};
template <class F, class Array>
struct parameters_over_array<F, Array, true> {
  static constexpr bool known = true;
  template <class... P>
  static std::tuple<rebind_t<P, array>...> over(std::tuple<P...>*);
  using parameters = decltype(over(static_cast<typename parameters_of<F>::parameters*>(nullptr)));
};
template <class F, class Source>
struct parameters_of<unified<F, Source>> : parameters_over_array<F, typename frontend<Source>::array_type> {};
template <class F, class Source, class Target>
struct parameters_of<transpiled<F, Source, Target>> : parameters_of<unified<F, Source>> {};

}  // namespace detail

/// `f` written for `source`, as a function over td::array that any backend runs: no target, the same recording.
template <class F, transpile_source Source>
auto unify(F&& f, Source) {
  return unified<std::decay_t<F>, Source>(std::forward<F>(f), {}, "unified");
}

/// `f` written for `source`, on `target`. Eager: `f` runs here, once, on unknown types, and never again, unless `pending()` says why not.
/// Throws what `f` throws, backend_error naming every op that the target lacks, or the target where it is not there, and error where
/// `options.to` names another backend than the target.
///
///     auto f = td::transpile(normalize, td::source::torch, td::target::eigen);
///     Eigen::ArrayXd y = f(x);
template <class F, transpile_source Source, transpile_target Target>
auto transpile(F&& f, Source, Target, trace_options options = {}) {
  return transpiled<std::decay_t<F>, Source, Target>(std::forward<F>(f), std::move(options));
}

// ---- modules

/// What the written source of a member says of it, beside what is in its graph.
struct member_text {
  std::vector<std::string> arguments = {};  ///< their names; those that are not named are x, y, z, w, or x1, x2, ...
  std::string doc = {};                     ///< the first line of its docstring
};

namespace detail {

/// Runs something once: other threads wait, and what threw may be tried again.
class once_gate {
 public:
  once_gate();
  ~once_gate();
  once_gate(const once_gate&) = delete;
  bool passed() const noexcept { return passed_.load(std::memory_order_acquire); }
  void pass(void (*make)(void*), void* self);

 private:
  struct impl;
  std::atomic<bool> passed_{false};
  impl* impl_;  ///< owned
};

/// A member of a module, whatever its function is.
class module_member : public counted {
 public:
  std::string name;
  member_text text;
  module_member(std::string n, member_text t) : name(std::move(n)), text(std::move(t)) {}
  virtual bool transpiled() const noexcept = 0;
  virtual void transpile() = 0;  ///< once
  virtual std::string pending() = 0;
  virtual tendril::graph graph() = 0;
  virtual tendril::graph traced_graph() = 0;  ///< with types: the one recorded last; trace_error where there was no call
};

/// Notes that a module has the member, where this thread is binding one; gives the options of that module.
const trace_options& bind_member(const ref<module_member>&);
/// This thread binds a module for a scope.
class binding_scope {
 public:
  binding_scope(const trace_options&, std::vector<ref<module_member>>& members) noexcept;
  ~binding_scope();
  binding_scope(const binding_scope&) = delete;

 private:
  friend const trace_options& bind_member(const ref<module_member>&);
  const trace_options& options_;
  std::vector<ref<module_member>>& members_;
  binding_scope* previous_;
};

/// Rethrows the exception being handled; one of Tendril's says which member it came from.
[[noreturn]] void rethrow_from_member(const std::string& name);

}  // namespace detail

/// How the members of a module are bound when it is transpiled: each at its first call.
template <class Source, class Target>
struct lazily {
  template <class F>
  class fn {
    static_assert(std::is_copy_constructible_v<F>,
                  "tendril: a module member must be copyable, so that it can be tried again. Hold what is not in a std::shared_ptr.");
    struct state final : detail::module_member {
      F f;
      trace_options options;
      detail::once_gate gate;
      std::optional<tendril::transpiled<F, Source, Target>> made;  // qualified: `transpiled` is a member of the class around it
      state(std::string n, F g, member_text t) : module_member(std::move(n), std::move(t)), f(std::move(g)) {}
      bool transpiled() const noexcept override { return gate.passed(); }
      void transpile() override {
        if (!gate.passed()) [[unlikely]]
          gate.pass(
              [](void* p) {
                state& self = *static_cast<state*>(p);
                self.made.emplace(F(self.f), self.options);
              },
              this);
      }
      std::string pending() override { return transpile(), made->pending(); }
      tendril::graph graph() override { return transpile(), made->graph(); }
      tendril::graph traced_graph() override { return transpile(), made->traced_graph(); }
    };

   public:
    /// `name` stands in errors and graphs: "color.bgr_to_grayscale". What `text` says stands in the source that `write` writes.
    fn(std::string name, F f = F(), member_text text = {}) : state_(new state(std::move(name), std::move(f), std::move(text))) {
      state_->options = detail::bind_member(detail::ref<detail::module_member>(state_.get()));
      state_->options.name = state_->name;
    }
    fn(const fn&) = default;  // moving copies: what a module is moved out of stays one
    fn& operator=(const fn&) = default;

    template <class... A>
    auto operator()(const A&... a) const {
      return naming([&] { return get()(a...); });
    }
    template <class R, class... A>
    R call_as(const A&... a) const {
      return naming([&] { return get().template call_as<R>(a...); });
    }
    template <class Out, class... A>
    void into(Out&& out, const A&... a) const {
      naming([&] { get().into(out, a...); });
    }

    const std::string& name() const noexcept { return state_->name; }
    bool transpiled() const noexcept { return state_->transpiled(); }  ///< false until the first call
    /// Why this member waits for arguments; transpiles it if need be.
    std::string pending() const {
      return naming([&] { return get().pending(); });
    }
    /// The transpiled function, with all that it can tell; transpiles it if need be.
    const tendril::transpiled<F, Source, Target>& function() const {
      return naming([&]() -> const tendril::transpiled<F, Source, Target>& { return get(); });
    }

   private:
    const tendril::transpiled<F, Source, Target>& get() const {
      state_->transpile();
      return *state_->made;
    }
    template <class Call>
    decltype(auto) naming(Call call) const {
      try {
        return call();
      } catch (...) { detail::rethrow_from_member(state_->name); }
    }

    detail::ref<state> state_;
  };
};

/// Told of each member before it is transpiled or written, and at the end, when `done` is `total` and the name is empty.
using module_progress = std::function<void(std::size_t done, std::size_t total, std::string_view name)>;
/// Draws a bar on stderr, and nothing where that is no terminal.
module_progress progress_bar();

struct write_options {
  bool all = false;               ///< members that were never called, too; they are transpiled
  module_progress progress = {};  ///< `td::progress_bar()`, or a function of your own
};

/// What became of the members of a module, by their names.
struct module_report {
  struct failure {
    std::string name, why;
  };
  std::vector<std::string> done;
  std::vector<failure> failed;  ///< the others are not touched by them
};

namespace detail {
module_report transpile_members(std::span<const ref<module_member>>, const module_progress&);
/// The members as a package of source files: src/source/ answers.
module_report write_members(std::span<const ref<module_member>>, std::string_view language, const std::string& folder,
                            const write_options&);
/// Stands before the module in its object: members are noted while it is made. Its names are none that a module has.
struct module_binding {
  std::vector<ref<module_member>> tendril_members;
  std::optional<binding_scope> tendril_scope;
  explicit module_binding(const trace_options& options) { tendril_scope.emplace(options, tendril_members); }
  module_binding(const module_binding& o) : tendril_members(o.tendril_members) {}
  module_binding& operator=(const module_binding& o) {
    tendril_members = o.tendril_members;
    return *this;
  }
};
}  // namespace detail

/// A module whose members are bound to a target: the module itself, and what is asked of all its members. names, transpile_all and write
/// are the object's own where a member of the module has such a name.
template <template <class> class Module, class Source, class Target>
class transpiled_module : detail::module_binding, public Module<lazily<Source, Target>> {
 public:
  explicit transpiled_module(const trace_options& options) : detail::module_binding(options) { this->tendril_scope.reset(); }

  /// The names of all members, in the module's order.
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& m : this->tendril_members) all.push_back(m->name);
    return all;
  }
  /// Transpiles every member that was not called yet. One that throws is in the report, and is tried again at its call.
  module_report transpile_all(const module_progress& progress = {}) const {
    return detail::transpile_members(this->tendril_members, progress);
  }
  /// Writes the members called so far, or all, as a package of the target's language: the member "color.bgr_to_grayscale" is function
  /// bgr_to_grayscale of `folder`/color.py. What has no words before types are known is written for the arguments of the last call. Files
  /// of these names are overwritten. What cannot be written is in the report. Throws io_error.
  module_report write(const std::string& folder, const write_options& options = {}) const {
    static_assert(package_target<Target>,
                  "tendril: this target has no language that a module is written in. Transpile to numpy, torch, jax or tensorflow.");
    if constexpr (package_target<Target>) return detail::write_members(this->tendril_members, Target::language, folder, options);
    else return {};
  }
};

/// A module, a class template over how its members are bound. Nothing is transpiled here: each member is at its first call, once, by
/// whichever thread comes first; one that threw is tried again. Throws backend_error where the target is not there, and error where
/// `options.to` names another backend than the target.
///
///     template <class Bind>
///     struct library {
///       struct {
///         typename Bind::template fn<bgr_to_grayscale_> bgr_to_grayscale{"color.bgr_to_grayscale"};
///       } color;
///     };
///     auto lib = td::transpile<library>(td::source::torch, td::target::eigen);
template <template <class> class Module, transpile_source Source, transpile_target Target>
auto transpile(Source, Target, trace_options options = {}) {
  return transpiled_module<Module, Source, Target>(detail::for_target(std::move(options), Target::backend));
}

}  // namespace tendril
