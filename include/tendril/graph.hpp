// The graph: op records, values, nodes. A value type; its semantics, its checks and its text form.
#pragma once
#include <functional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tendril/array.hpp>

namespace tendril {

/// The value of an attribute: one closed variant. Recorded as written (negative axes, slice ends); resolved when types are known.
struct attribute_value {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, tendril::dtype, scalar, std::vector<std::int64_t>,
               std::vector<double>, std::vector<std::string>, std::vector<index_item>, array>
      value;

  attribute_value() noexcept;
  // Compiled once, as are the other value types of this file: a unit that copied one graph took the compiler 0.8 s more.
  attribute_value(const attribute_value&);
  attribute_value(attribute_value&&) noexcept;
  attribute_value& operator=(const attribute_value&);
  attribute_value& operator=(attribute_value&&) noexcept;
  ~attribute_value();
  attribute_value(bool v) : value(v) {}
  template <class I>
  requires(std::is_integral_v<I> && !std::is_same_v<I, bool>) attribute_value(I v) : value(static_cast<std::int64_t>(v)) {
    if (detail::beyond_int64(v)) value = scalar(v);
  }
  attribute_value(double v) : value(v) {}
  attribute_value(number v) : value(v.value()) {}
  attribute_value(std::string v) : value(std::move(v)) {}
  attribute_value(const char* v) : value(std::string(v)) {}
  attribute_value(tendril::dtype v);  ///< dtype::unknown reads as absent
  attribute_value(scalar v) : value(v) {}
  attribute_value(const axes& v);           ///< absent when not given
  attribute_value(const maybe_integer& v);  ///< absent when not given
  attribute_value(std::vector<std::int64_t> v) : value(std::move(v)) {}
  attribute_value(std::vector<double> v) : value(std::move(v)) {}
  attribute_value(std::vector<std::string> v) : value(std::move(v)) {}
  attribute_value(std::vector<index_item> v) : value(std::move(v)) {}
  attribute_value(array v) : value(std::move(v)) {}
  bool absent() const noexcept { return value.index() == 0; }
  /// Arrays are equal when bit-identical. A friend only: two arrays must not meet it by conversion.
  friend bool operator==(const attribute_value&, const attribute_value&);
};
std::string to_string(const attribute_value&);

struct attribute {
  const char* name;  ///< a string that is never freed: a literal or a record's own
  attribute_value value;
};

/// The attributes of a node, in the order of its op record. The readers throw internal_error when a name is missing or of another kind.
class attributes {
 public:
  attributes() noexcept;
  attributes(std::initializer_list<attribute>);
  attributes(const attributes&);
  attributes(attributes&&) noexcept;
  attributes& operator=(const attributes&);
  attributes& operator=(attributes&&) noexcept;
  ~attributes();
  void set(const char* name, attribute_value v);
  const attribute_value* find(std::string_view name) const noexcept;
  std::span<const attribute> items() const noexcept { return items_; }

  bool has(std::string_view name) const noexcept;  ///< present and not absent
  bool get_bool(std::string_view name) const;
  std::int64_t get_int(std::string_view name) const;
  double get_real(std::string_view name) const;  ///< integers convert
  const std::string& get_string(std::string_view name) const;
  tendril::dtype get_dtype(std::string_view name) const;  ///< unknown when absent
  scalar get_scalar(std::string_view name) const;
  std::vector<std::int64_t> get_ints(std::string_view name) const;  ///< one integer reads as a list of one
  /// The axes named by attribute `axis`, non-negative, in increasing order; all of them when absent.
  std::vector<std::int64_t> get_axes(std::string_view op, int rank, std::string_view name = "axis") const;

 private:
  std::vector<attribute> items_;
};
bool operator==(const attributes&, const attributes&);

/// Flags of an op record.
enum class trait : std::uint32_t {
  elementwise = 1,  ///< one result, each element from the broadcast elements of the inputs
  reduction = 2,    ///< drops or shrinks axes: attributes `axis` and `keepdims`
  commutative = 4,
  view = 8,                ///< its result can share the input's memory
  composite = 16,          ///< run through its decomposition unless a backend claims it
  inexact = 32,            ///< not correctly rounded: results may differ between backends
  creation = 64,           ///< takes no array
  internal = 128,          ///< made by passes only
  ordered = 256,           ///< an effect: never folded, merged, dropped or reordered among ordered nodes
  comparison = 512,        ///< the result does not depend on the dtype that the operands are compared in
  bitwise = 1024,          ///< of the bits of integers
  search = 2048,           ///< the place of an extreme: argmax, argmin
  number_operator = 4096,  ///< what C++ writes as an operator of two numbers: of numbers alone it is a number
  resizable = 8192,        ///< what passes make of it depends on which extents are equal and which are 1, and on no count of elements
  nonempty = 16384,        ///< a reduction that nothing has no result of
};
constexpr std::uint32_t operator|(trait a, trait b) { return static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b); }
constexpr std::uint32_t operator|(std::uint32_t a, trait b) { return a | static_cast<std::uint32_t>(b); }

struct type_request;

/// A set of promotion rules: what dtypes the operands of an op take together. The standard's own is `nullptr`; frontends bring theirs.
struct promotion_rules {
  const char* name;
  /// The dtype of the operands together. `weak[i]` marks C++ scalars (their kind is that of `dtypes[i]`), `rank0[i]` arrays of rank 0.
  /// Returns unknown for the standard's own answer; throws dtype_error to refuse.
  tendril::dtype (*together)(std::string_view op, std::span<const tendril::dtype> dtypes, std::span<const bool> weak,
                             std::span<const bool> rank0);
  tendril::dtype default_real;  ///< what integers become where a real dtype is needed
  bool integer_sums_to_int64;   ///< sum and prod of int32 give int64
  bool bool_is_numeric;         ///< arithmetic takes bool, as 0 and 1
  /// What a number acts as that the dtype `d` of the op does not hold: operand `place` of it, or what fills the result of `full` and
  /// `full_like`. A number that `d` holds (`wrapped` makes one), or the same number for the standard's own answer: comparisons are exact,
  /// the bounds of clip, maximum and minimum act as the nearest number where that is exact, all else is a dtype_error. Throws dtype_error
  /// to refuse. Also asked of finite numbers that are infinite in float32: the standard has them as infinity. Null: the standard's own
  /// answer.
  scalar (*out_of_range)(const type_request&, std::size_t place, const scalar& number, tendril::dtype d) = nullptr;
};

/// True where `d` has the number: an integer in its range, a real number whose integer part is. Real dtypes have every number, rounded,
/// and bool says whether it is 0.
bool holds(tendril::dtype d, const scalar&) noexcept;
/// An integer's low bits, as the integer dtype `d` has them: what torch and JAX make of numbers out of range.
scalar wrapped(const scalar&, tendril::dtype d) noexcept;

struct graph;

/// A sub-graph of a node; its inputs are the node's inputs (captures included), in order.
struct region {
  std::vector<graph> body;                 ///< exactly one graph: a vector so that node and graph can hold each other by value
  std::vector<type> result_types() const;  ///< of the body's results; none is weak: a number that a body returns is an array outside
};

/// What is asked of a type rule.
struct type_request {
  const op_record& op;
  std::span<const type> inputs;  ///< an absent operand has dtype unknown and is unranked; see `present`
  std::span<const bool> present;
  const attributes& attrs;
  const promotion_rules* rules = nullptr;
  std::span<const region> regions = {};  ///< of an op with regions, whose inputs are operands first, then what the bodies capture
};

using type_rule = std::vector<type> (*)(const type_request&);
using decomposition = std::vector<array> (*)(std::span<const array> inputs, const attributes&);
using custom_kernel = void (*)(std::span<const array_view> out, std::span<const array_view> in, const attributes&);

/// The bodies of a call under way, for the kernel of an op with regions.
class region_calls {
 public:
  virtual std::size_t count() const noexcept = 0;
  /// Runs a body: an input for each of the node's, an output for each result of the body, all row-major. An output may be an input's
  /// memory. Throws internal_error where their number, dtypes or shapes are not those of the body.
  void run(std::size_t which, std::span<const array_view> out, std::span<const array_view> in);
  /// Row-major memory for the results of a body, the kernel's until it returns: what a loop carries, or the number that a test gives.
  virtual std::span<const array_view> memory(std::size_t which) const = 0;
  /// The elements of one row-major view to another of its dtype and shape.
  static void copy(const array_view& to, const array_view& from);

 protected:
  ~region_calls() = default;

 private:
  virtual const graph& body(std::size_t which) const = 0;
  virtual void call(std::size_t which, std::span<const array_view> out, std::span<const array_view> in) = 0;
};

/// Runs an op with regions: `in` are the node's inputs, `out` its results, all row-major. Pure, as every kernel.
using region_kernel = void (*)(std::span<const array_view> out, std::span<const array_view> in, const attributes&, region_calls&);
/// The types of the inputs of a body, one for each of the node's inputs: an op that gives its bodies slices of an input says so here.
using region_input_rule = std::vector<type> (*)(const type_request&, std::size_t which);

/// An input of an op record.
struct input_spec {
  enum class form : std::uint8_t { array, optional, sequence, index };  ///< index: integers that say where, of a dtype of their own
  form what = form::array;
  std::string name{};
};

/// A declared attribute with its default; an absent default with `required` has none.
struct attribute_spec {
  std::string name{};
  attribute_value default_value{};
  bool required = false;
  bool list = false;  ///< axes or extents: `{}` is an empty list where leaving it out has no meaning of its own
};

/// A region of an op record.
struct region_spec {
  std::string name{};
  bool sequence = false;  ///< any number of them, one at least; the last of its record
};

/// An op: the built-in ones are the rows of ops.def, users register more. Never destroyed.
struct op_record {
  std::string name{};
  std::vector<input_spec> inputs{};
  std::vector<attribute_spec> attributes{};
  std::uint32_t traits = 0;
  type_rule infer = nullptr;                ///< null: an elementwise op whose operands promote together
  decomposition decompose = nullptr;        ///< in terms of other ops, over td::array
  custom_kernel kernel = nullptr;           ///< for user ops: runs on row-major views of the inferred types
  std::vector<region_spec> regions{};       ///< the bodies of a call, as a condition has branches; nearly all ops have none
  region_input_rule body_inputs = nullptr;  ///< null: what a body takes has the types of the node's inputs
  region_kernel run_regions = nullptr;      ///< what an op with regions has in place of `kernel` and `decompose`
  op_id id{};                               ///< of a row of the table; a user's op has `op_id::custom`, as all have that say nothing
  std::string doc{};
  bool is(trait t) const noexcept { return (traits & static_cast<std::uint32_t>(t)) != 0; }
};

/// Every built-in record, by id. `constant` and `group` have one too.
const op_record& record_of(op_id);
/// The records of the rows of ops.def, in their order.
std::span<const op_record* const> op_table() noexcept;
/// The record of this name, built-in or registered, or null.
const op_record* find_op(std::string_view name) noexcept;
// GCC 13 and later take the reference for one to the argument, in the code of whoever binds it.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 13
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdangling-reference"
#endif
/// Registers an op. It needs a kernel or a decomposition; an op with a kernel needs `infer` unless it is elementwise. An op with regions
/// needs `run_regions` and `infer`, and all its operands. Throws error when the name is taken or both are missing. The reference stays
/// valid for ever.
const op_record& register_op(op_record);
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 13
#pragma GCC diagnostic pop
#endif
/// Calls an op by its record: eager, or recorded when a trace is under way. Missing attributes take their defaults.
std::vector<array> apply(const op_record&, std::span<const operand> inputs, attributes = {}, const promotion_rules* = nullptr,
                         std::source_location = std::source_location::current());
/// The same for an op with one result: `td::call(swish, {x}, {{"beta", 2.0}})`.
array call(const op_record&, std::initializer_list<operand> inputs, attributes = {},
           std::source_location = std::source_location::current());

/// A body of an op with regions, as a function.
using region_body = std::function<std::vector<array>(std::span<const array>)>;
/// Calls an op with regions: eager, or recorded when a trace is under way. Each body is a function that runs once, to be recorded either
/// way: it takes an array for each operand of the call, and returns arrays. Values of the trace around it that it uses are captured: they
/// become inputs of the node after the operands, and all its bodies get them.
std::vector<array> apply_regions(const op_record&, std::span<const operand> inputs, std::span<const region_body> bodies, attributes = {},
                                 const promotion_rules* = nullptr, std::source_location = std::source_location::current());

using value_id = std::int32_t;
inline constexpr value_id absent = -1;  ///< an operand that is not there

/// One call of an op.
struct node {
  const op_record* op = nullptr;
  std::vector<value_id> inputs;  ///< `absent` for operands that are not there
  tendril::attributes attrs;
  std::vector<region> regions;
  value_id first_result = 0;  ///< results are the values first_result, ..., first_result + result_count - 1
  std::int32_t result_count = 1;
  const promotion_rules* rules = nullptr;
  std::source_location where;

  node();
  node(const node&);
  node(node&&) noexcept;
  node& operator=(const node&);
  node& operator=(node&&) noexcept;
  ~node();
  op_id id() const noexcept { return op->id; }
};
/// Whether bodies run when the node does: a group has a region too, but is one loop nest.
bool has_bodies(const node&) noexcept;
/// Whether the node has an effect: its op is ordered, or one in a body of it.
bool is_ordered(const node&) noexcept;

/// The extent of an input along an axis.
struct input_extent {
  std::int32_t input = 0;  ///< its place among the inputs
  std::int32_t axis = 0;
  friend auto operator<=>(const input_extent&, const input_extent&) = default;
};

/// A graph: dense value ids, and nodes in an order in which every input stands before its use. Value `i` has type `types[i]`;
/// it is a graph input when `inputs` lists it, else a result of exactly one node.
struct graph {
  std::string name = "graph";
  std::vector<type> types;
  std::vector<value_id> inputs;
  std::vector<node> nodes;
  std::vector<value_id> results;
  /// The extents of inputs that what was recorded depends on, in order: the function read them, as `sum(x) / x.size()` does, or was told
  /// of them by an error or a number of results; so did the decomposition of an op. The graph is for these extents alone. Others may
  /// differ, as far as the ops take them.
  std::vector<input_extent> fixed;

  graph();
  graph(const graph&);
  graph(graph&&) noexcept;
  graph& operator=(const graph&);
  graph& operator=(graph&&) noexcept;
  ~graph();

  value_id add_input(type);
  value_id add_constant(array, std::source_location = {});  ///< weak when it is a scalar literal: see `add_literal`
  value_id add_literal(scalar, std::source_location = {});  ///< a weak rank-0 constant; see `literal_of`
  /// Appends a node, infers its result types, returns the first result. Throws error where the regions are not as many as the op has, take
  /// other inputs than the node gives them, or return nothing.
  value_id add(const op_record&, std::vector<value_id> inputs, attributes = {}, const promotion_rules* = nullptr, std::source_location = {},
               std::vector<region> regions = {});
  const type& type_of(value_id v) const { return types[static_cast<std::size_t>(v)]; }
  /// For each value the index of its node, or -1 for a graph input.
  std::vector<std::int32_t> producers() const;
  /// For each value how often nodes and results use it.
  std::vector<std::int32_t> use_counts() const;
};

/// The number that a constant node stands for, whose array has one element. Literals beyond int64 have their bits in the array and the
/// attribute `unsigned`.
scalar literal_of(const attributes& constant);

/// The constant behind a value, or null.
const array* constant_of(const graph&, const std::vector<std::int32_t>& producers, value_id);

/// Throws internal_error when the graph breaks a rule of its own: ids out of range, use before definition, wrong result counts,
/// types that the op's rule does not give.
void verify(const graph&);

/// The readable form: one line a node, depth-first from the results, so that compilers which evaluate operands in another
/// order print the same. `locations` appends `# file:line`.
std::string to_string(const graph&, bool locations = true);
std::ostream& operator<<(std::ostream&, const graph&);

/// The number of nodes that are ops, constants not counted.
int op_node_count(const graph&);
/// How often each op is called, the most frequent first, equal ones by name. Calls in bodies are counted once each, however often the body
/// runs, and of a group the ops in it; constants are not counted.
std::vector<std::pair<std::string, int>> op_frequencies(const graph&);

/// Infers the result types of one op. Throws shape_error, dtype_error or index_error naming the op.
std::vector<type> infer(const type_request&);

}  // namespace tendril
