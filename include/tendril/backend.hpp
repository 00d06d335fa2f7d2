// Backends by name, and the non-template core of replay: `compile` makes a `function` of a graph.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <tendril/graph.hpp>
#include <tendril/profile.hpp>

namespace tendril {

/// The names of the backends that this build has and this machine runs: "eigen", "xtensor", ...
std::vector<std::string> backends();

/// Sets the process-wide backend of eager ops and of functions compiled later. Throws backend_error for an unknown name.
void set_backend(std::string_view name);

/// The backend in force on this thread: the innermost `backend_scope`, else what `set_backend` set, else the default.
std::string current_backend();

/// Sets the backend of this thread until the end of the scope. `td::backend_scope scope{"xtensor"};`
class backend_scope {
 public:
  explicit backend_scope(std::string_view name);
  ~backend_scope();
  backend_scope(const backend_scope&) = delete;
  backend_scope& operator=(const backend_scope&) = delete;

 private:
  const backend* previous_;
};

/// Warnings go to this handler; the default prints each text once to stderr. Null restores the default.
using warning_handler = void (*)(std::string_view text);
void set_warning_handler(warning_handler) noexcept;

struct compile_options {
  std::string to = {};   ///< backend; empty: the current one
  bool optimize = true;  ///< false: every op on its own, by whole-array kernels
  /// Roundings may differ from those of the ops one by one: a product with one use fuses into a multiply-add, a literal power becomes
  /// products, and of rows of a few elements sums over another axis go by components. False: the same bits as these.
  bool contract = true;
  int num_threads = 1;  ///< at most this many threads a call: large steps are split over these; 0: all cores
  std::string name = {};
};

/// What one step of an executable does and which engine runs it.
struct step_info {
  std::string kind;    ///< "group", "kernel", "product" (by rows, with the group that reads it), "view", "custom", "regions", "copy", or
                       ///< "small": all of a function over a few hundred numbers, as one piece of machine code
  std::string ops;     ///< the ops in it
  std::string engine;  ///< the backend whose kernels run it
  std::vector<std::vector<step_info>> bodies = {};  ///< of an op with regions: the steps of each body
};

/// What compiling cost and gave.
struct compile_info {
  double seconds = 0;             ///< passes and lowering
  std::size_t bytes_planned = 0;  ///< the workspace of one call
  int groups = 0;
  int kernels_compiled = 0;  ///< groups whose machine code had to be made; others share code of the same structure
  std::vector<step_info> steps;
};

namespace detail {
class executable;
}

/// A compiled graph: immutable, cheap to copy, callable from many threads at once.
class function {
 public:
  function() noexcept;
  explicit function(detail::ref<detail::executable>) noexcept;
  function(const function&) noexcept;
  function(function&&) noexcept;
  function& operator=(const function&) noexcept;
  function& operator=(function&&) noexcept;
  ~function();
  /// Runs. Throws error when the number of inputs, their dtypes or shapes are not those of the graph.
  std::vector<array> operator()(std::span<const array> inputs) const;
  std::vector<array> operator()(std::initializer_list<array> inputs) const {
    return (*this)(std::span<const array>(inputs.begin(), inputs.size()));
  }
  /// Runs into existing storage of the results' dtypes and shapes. Overlap with an input gives the right result.
  void into(std::span<const array_view> results, std::span<const array_view> inputs) const;
  const tendril::graph& graph() const&;  ///< as compiled: specialized and optimised
  const compile_info& info() const&;
  /// Of a function that ends with the expression, as in `compile(g).graph()`: copies.
  tendril::graph graph() const&& { return static_cast<const function&>(*this).graph(); }
  compile_info info() const&& { return static_cast<const function&>(*this).info(); }
  /// Runs many times, step by step under a clock, and says what each step takes. Throws as a call does.
  profile_report profile(std::span<const array> inputs, const profile_options& = {}) const;
  profile_report profile(std::initializer_list<array> inputs, const profile_options& options = {}) const {
    return profile(std::span<const array>(inputs.begin(), inputs.size()), options);
  }
  /// The stages of each group as text: its rows and blocks, and an instruction a line by phases. docs/tour.md reads one.
  std::string stages() const;
  /// The machine code of each group that has some: `std::cout << f.code()[0]` lists it.
  std::vector<group_code> code() const;
  explicit operator bool() const noexcept { return static_cast<bool>(p_); }
  const detail::ref<detail::executable>& impl() const noexcept { return p_; }

 private:
  void run_in_layout(std::span<const array_view> inputs, std::span<const array_view> results) const;
  detail::ref<detail::executable> p_;
};

/// Compiles a graph whose input types are complete. Layouts of the inputs are row-major; see `compile(graph, views, options)`.
function compile(const graph&, const compile_options& = {});
/// The same, specialised to the dtypes, shapes and layout classes of example inputs.
function compile(const graph&, std::span<const array_view> examples, const compile_options& = {});

/// The oracle: op by op with whole-array kernels, nothing optimised, nothing fused.
std::vector<array> evaluate(const graph&, std::span<const array> inputs, std::string_view backend = {});

}  // namespace tendril
