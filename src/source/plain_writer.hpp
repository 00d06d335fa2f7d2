// The writer of plain C++: functions over caller-owned memory, a loop nest for what the engine fuses, no library and no allocation.
#pragma once
#include <map>
#include <optional>
#include <set>

#include "passes/loop_nests.hpp"
#include "source/cpp_forms.hpp"
#include "source/lengths.hpp"
#include "source/writer.hpp"

namespace tendril::source_text {

/// Lines of C++ with blocks. A block of one statement has no braces.
class statements {
 public:
  explicit statements(names& taken) : names_(&taken) {}
  void add(std::string text);
  void open(std::string head, bool call = false);  ///< `call`: a lambda that a call ends with, which closes as "});"
  void open_lambda(std::string head);              ///< that a name is given, which closes as "};"
  /// The same in lanes, in which real numbers are added up.
  void open_lanes(const std::string& index, const std::string& first, const std::string& last);
  /// Counts `index` from 0 up to `count`; one that counts to 0 is left out.
  void open_loop(const std::string& index, const std::string& count);
  void close();
  /// The last block's statements, which goes away without being written; and such statements where they are used.
  std::vector<std::string> take();
  void add_taken(std::vector<std::string> all);
  bool fits(std::string_view line) const;
  /// Puts a comment before what was added since there were so many statements.
  void comment_since(std::size_t count, std::string text);
  std::size_t count() const { return open_.back().inside.size(); }
  std::string text() const;

 private:
  names* names_;  ///< of what parts of long lines are called
  struct block {
    std::string head;
    std::string end = {};  ///< of a lambda
    bool never = false;
    std::string index = {};  ///< of lanes
    std::vector<std::string> inside = {};
  };
  std::vector<block> open_{1};
};

/// Where the elements of a value lie: base[offset + sum of index * stride].
struct place {
  std::string base;
  std::vector<product> offset = {};
  std::vector<product> strides = {};
};

/// What stands in a loop for the index of an axis.
struct index_of_axis {
  std::string text;
  bool sum = false;  ///< of two names: in brackets where it is multiplied
};

/// Elementary functions and what they are called for.
using elementary_calls = std::set<std::pair<std::string, dtype>>;

class plain_writer : writer {
 public:
  plain_writer(const graph&, const source_options&);
  std::string run();
  static bool has(const graph&, const node&);

 private:
  friend class nest_writer;

  // ---- texts
  std::string text_of(const length&) const;
  std::string text_of(const product&) const;
  std::string text_of(std::span<const product> sum) const;
  /// The element at these indices, one for each axis of the place; an empty one is 0.
  std::string element(const place&, std::span<const index_of_axis>) const;
  std::string number_of(const product& count, dtype) const;
  static std::string cast(const expression&, dtype from, dtype to);

  // ---- places
  const place& place_of(value_id v) const { return *places_[static_cast<std::size_t>(v)]; }
  bool in_memory(value_id v) const { return places_[static_cast<std::size_t>(v)].has_value(); }
  place row_major(std::string base, value_id) const;
  bool is_row_major(value_id) const;
  product size_of_value(value_id) const;
  /// Gives a value memory: a result's, an array of the function where it is small, else a part of the workspace.
  void give_place(value_id, std::string_view noun);
  std::string give_memory(std::string_view noun, dtype, const product& count);
  void find_homes();

  // ---- nodes
  void write_constant(const node&);
  void write_view(const node&);
  void write_nest(const detail::loop_nest&);
  void write_alone(const node&);
  void write_unchanged(const node&);
  void write_unchanged(const node&, op_id, value_id);
  void write_product(const node&);
  /// Whether a product is written in tiles, whose sums stay in registers.
  bool has_tiles(const node&) const;
  void write_tiles(const node&);
  void write_concat(const node&);
  void write_taken(const node&);
  void write_scattered(const node&);
  void write_running(const node&);
  void write_sorted(const node&);
  void write_searched(const node&);
  void write_rolled(const node&);
  void write_created(const node&);
  std::string operand(value_id, std::span<const index_of_axis>) const;
  void copy(value_id from, const place& to);
  /// Loops over the axes but `without`; the indices that they give. `close` closes as many.
  std::vector<index_of_axis> open_loops(std::span<const length>, int without = -1);
  void close_loops(std::span<const length>, int without = -1);
  static std::string index_name(std::size_t k);
  lengths lengths_;
  std::vector<std::string> length_names_;
  std::vector<std::optional<place>> places_;  ///< of what lies in memory; numbers have a text in at()
  std::map<value_id, std::string> homes_;     ///< the results that values are written to
  std::vector<std::string> result_names_;
  statements code_{names_};
  struct part {
    std::string name;
    dtype type;
    product count;
  };
  std::vector<part> workspace_;
  elementary_calls elementary_;
};

/// The words of an elementwise node for elements of a dtype; empty: it has none.
std::string plain_form_of(const node&, dtype);
/// Whether a text has the name as a whole word that no namespace or object stands before.
bool mentions(std::string_view text, std::string_view name);
/// The functions that a text calls, each with what it calls itself.
std::string plain_helpers_of(const std::string& text, const elementary_calls&);
/// Functions of one real number that files bring along, lowest first, and the text of one for float32 or float64.
std::span<const std::string_view> elementary_names();
std::string elementary_text(std::string_view name, dtype);
/// What says of the library's square roots that they have no side effect; it stands outside of namespaces.
std::string roots_declared(const elementary_calls&);
/// Their names, which nothing else has.
std::vector<std::string_view> plain_helper_names();

}  // namespace tendril::source_text
