// The writer of Python: one function, statement by statement. What it writes for ops that are more than a text stands in python_ops.cpp and
// python_shape.cpp.
#pragma once
#include <algorithm>

#include "array/format.hpp"
#include "ops/literals.hpp"
#include "source/python_forms.hpp"
#include "source/python_layout.hpp"
#include "source/writer.hpp"

namespace tendril::source_text {

class python_writer : writer {
 public:
  python_writer(const graph& g, idiom to, const source_options& options)
      : writer(g, to, options,
               {"False",    "None",      "True",      "and",    "as",     "assert",   "async",   "await", "break", "class",
                "continue", "def",       "del",       "elif",   "else",   "except",   "finally", "for",   "from",  "global",
                "if",       "import",    "in",        "is",     "lambda", "nonlocal", "not",     "or",    "pass",  "raise",
                "return",   "try",       "while",     "with",   "yield",  "abs",      "all",     "any",   "bool",  "complex",
                "divmod",   "enumerate", "filter",    "float",  "hash",   "id",       "int",     "iter",  "len",   "list",
                "map",      "max",       "min",       "next",   "object", "open",     "pow",     "print", "range", "reversed",
                "round",    "set",       "slice",     "sorted", "str",    "sum",      "super",   "tuple", "type",  "vars",
                "zip",      "np",        "CONSTANTS", "Path",   "torch",  "jax",      "jnp",     "tf",    "tnp",   "special"}) {}

  python_function run();

 private:
  std::string_view module() const;
  std::string dtype_text(dtype d) const;

  // ---- lines

  /// `v`: what it names.
  void statement(std::string text, value_id v = absent) {
    body_ += comment_for(v, "    # ", python_page_width);
    body_ += laid_out(std::move(text), 4);
  }

  void name_value(value_id v, std::string_view wanted);
  void name_value(value_id v);

  // ---- constants

  bool is_number(value_id v) const;
  bool weak(value_id v) const { return type_of(v).weak; }

  std::string typed_number(value_id v) const;

  std::string list_of(const array& a, std::size_t axis, std::size_t& next, const std::vector<scalar>& elements) const;

  void write_constant(const node& n);
  void keep_constant(value_id v, const array& a);

  // ---- attributes

  template <class List>
  static std::string tuple_of(const List& list) {
    return format_text("({}{})", joined(list, ", "), list.size() == 1 ? "," : "");
  }
  static std::string axis_of(const std::vector<std::int64_t>& list);

  std::string attribute_text(const node& n, std::string_view name) const;

  // ---- operands

  std::vector<value_id> operands_of(const node& n, std::string_view name) const;

  bool wants_tensors(std::string_view form) const;

  bool gives_dtype(const node& n) const;

  std::string operand_text(value_id v, strength around, std::string_view form, bool typed);

  void make_room(const node& n, const form_parts& parts);
  void make_room(const node& n);

  expression filled(const node& n, std::string_view form);

  // ---- nodes

  void write(const node& n);

  void write_many(const node& n);

  void note_imports(std::string_view text);

  // ---- what is more than a text

  int rank_of(const node& n, std::size_t i) const;
  const type& of(const node& n, std::size_t i) const { return type_of(n.inputs[i]); }
  std::string input(const node& n, std::size_t i, strength around = strength::comparison) { return bracketed(at(n.inputs[i]), around); }
  std::string array_input(const node& n, std::size_t i);
  static expression call(std::string text) { return {std::move(text), strength::whole, false}; }
  std::string select(std::string_view condition, std::string_view a, std::string_view b) const;

  expression special(const node& n);

  expression integer_division(const node& n);

  expression power_text(const node& n);

  expression product_text(const node& n);

  expression clip_text(const node& n);

  expression gelu_text(const node& n);

  expression shift_text(const node& n);

  // The axes of a reduction as the idiom takes them: empty where it is over everything and nothing is kept.
  struct reduced {
    std::vector<std::int64_t> axes;
    bool all = false, keep = false;
  };
  reduced reduced_of(const node& n) const;

  expression reduction(const node& n, op_id op);
  dtype summed_by_itself(dtype in) const;
  double correction_of(const node& n) const { return n.attrs.find("correction") ? n.attrs.get_real("correction") : 0; }
  std::string correction_text(const node& n) const;
  expression no_axes(const node& n, op_id op, const std::string& x, dtype in, dtype out);
  expression torch_product(const reduced& r, int rank, std::string x, dtype as);
  expression tensorflow_variance(const node& n, op_id op, const std::string& x, const std::string& options);

  expression search_text(const node& n);

  std::int64_t axis_attribute(const node& n, std::int64_t otherwise = 0) const;

  expression sort_text(const node& n);

  expression cumulative_text(const node& n);

  expression getitem_text(const node& n);

  expression structural(const node& n);

  std::string joined_text(const std::string& parts, std::int64_t axis) const;
  expression range_text(const node& n) const;
  static std::string repeated(std::string_view text, std::size_t times);

  expression take_text(const node& n);

  expression tensorflow_take_along(const node& n);

  expression torch_take_along(const node& n);

  expression roll_text(const node& n);

  expression solve_text(const node& n);
  expression cholesky_text(const node& n);
  expression triangular_text(const node& n);
  expression eigenvalues_text(const node& n);
  expression factors_text(const node& n);
  void write_singular(const node& n, const std::vector<std::string>& made);
  std::string places_text(const node& n, const std::string& x, const std::string& indices, bool wide) const;
  expression scatter_text(const node& n);

  expression of_frontend(const node& n);

  // ---- what stands before the body

  std::string array_class() const;

  std::string described(std::size_t input) const;
  /// The axes of an input whose extents the recorded function read.
  std::vector<std::int32_t> fixed_axes(std::size_t input) const;
  /// Statements that refuse other extents than these.
  std::string checks() const;

  std::vector<std::string> imports() const;
  std::string heading() const;

  std::string name_;
  std::vector<std::pair<std::string, array>> kept_;  ///< constants that are not written out
  bool special_ = false, tnp_ = false;
};

}  // namespace tendril::source_text
