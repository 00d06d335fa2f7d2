// Loop nests in plain C++. A nest walks the rows of its space, and each row in passes: a reduction ends the pass that feeds it, and what
// needs its result is in a later one. Where rows run along memory, a reduction over real numbers has lanes; where they run across it, some
// columns are reduced side by side.
#pragma once
#include <algorithm>
#include <map>
#include <set>

#include <tendril/detail/op_id.hpp>

#include "source/plain_writer.hpp"

namespace tendril::source_text {

class nest_writer {
 public:
  nest_writer(plain_writer&, const detail::loop_nest&);
  void write();

  /// What a pass adds up.
  struct total {
    enum class kind : std::uint8_t { sum, prod, max, min, any, all, count, squares, argmax, argmin, moments } what;
    value_id of;  ///< an element of it at each point
    dtype type;   ///< of the total
    int pass = 0;
    bool lanes = false;
    bool single = false;                          ///< the lanes are float32, which a block of a row takes few enough additions of
    std::string name = {}, where = {}, sum = {};  ///< `sum`: of the blocks of a row
    std::string rests = {}, rest = {};            ///< the deviations themselves, where squares are corrected by them
  };

 private:
  struct loop {
    product count;
    std::size_t axis = 0;  ///< of the space: the last of those that it walks, along which memory steps
    index_of_axis index = {};
  };
  /// A value that the nest makes.
  struct made {
    const node* n = nullptr;
    op_id id = {};         ///< the node's; of moments, mean and var
    bool full = false;     ///< one element for each point of the space; otherwise one for each row
    bool reduced = false;  ///< a reduction
    int ready = 0;         ///< the passes before it can be known
    bool stored = false;   ///< somebody outside of the nest reads it
    bool kept = false;     ///< it waits in a result's memory for a later pass
    bool wide = false;     ///< a row's value that is there with more places than its dtype has
    int first_pass = -1;   ///< that computes it
    std::string name;      ///< of a row's value
  };

  static constexpr std::int64_t block_length = 2048;         ///< `block` of the helpers
  static constexpr std::int64_t column_length = 64;          ///< the same of columns, one after the other
  static constexpr std::int64_t most_across = 128;           ///< of in_columns of the helpers
  static constexpr std::int64_t shortest_for_divisors = 64;  ///< a row of fewer elements is divided sooner than a reciprocal is there
  static constexpr std::int64_t shortest_for_lanes = 17;     ///< a row of fewer elements is one chain of additions

  static bool has_deviations(op_id id) { return id == op_id::var || id == op_id::std; }
  const node& node_at(std::int32_t i) const { return w_.g_.nodes[static_cast<std::size_t>(i)]; }
  made* find(value_id v) {
    const auto m = values_.find(v);
    return m == values_.end() ? nullptr : &m->second;
  }
  const made* find(value_id v) const {
    const auto m = values_.find(v);
    return m == values_.end() ? nullptr : &m->second;
  }
  dtype dtype_of(value_id v) const { return w_.type_of(v).dtype; }

  // ---- the nest: plain_nests.cpp
  void find_values();
  void find_ready();
  void find_loops();
  void plan_passes();
  /// Rows of one operand against rows of another, as distances between points are: some columns of the result are made side by side, for
  /// which the rows that they are of are turned over, once for all rows of the other. Empty: the nest is none of these.
  std::vector<value_id> find_pairs();
  std::size_t open_columns(const std::vector<value_id>& pairs);
  void write_numbers();
  length length_of_axis(std::size_t a) const;
  bool is_inner(std::size_t a) const { return std::find(inner_.begin(), inner_.end(), static_cast<std::int64_t>(a)) != inner_.end(); }
  product stride_along(value_id v, std::size_t axis) const;
  static bool follows(const std::vector<std::size_t>& axes, std::size_t a, std::size_t b);
  bool is_dear(value_id) const;
  bool keep(value_id, int until);
  bool is_alone(value_id r, int pass) const;
  void need(value_id, int pass, std::map<value_id, int>& uses);
  product row_count() const;
  void open_loop(const loop& l) { w_.code_.open_loop(l.index.text, w_.text_of(l.count)); }
  const char* tile_size() const { return paired_ ? "across" : "columns"; }

  // ---- elements: plain_elements.cpp
  std::string element(const place&, value_id);
  expression read(value_id);
  expression named(value_id, const expression&);
  expression compute(const node&);
  static value_id operand_named(const node&, std::string_view name);
  static std::string_view noun(const made&);

  // ---- passes, and what rows have between them: plain_passes.cpp
  void write_pass(int pass);
  std::size_t open_row(const std::vector<total*>& totals, bool lanes, bool blocks);
  void write_rows(int ready);
  template <class Define>
  void write_reduced(value_id, made&, const Define&);
  bool in_place(value_id);
  static bool divides(const node& n) { return n.id() == op_id::divide || n.id() == op_id::subtract_divide; }
  std::int32_t rows_divided_by(value_id);
  std::string divisor_of(value_id);
  expression row_text(const made&, value_id);
  /// What a row has once stands in a table where columns are reduced side by side.
  std::string in_tile(const std::string& name) const { return tiled_ ? name + "[" + tile_name_ + "]" : name; }
  std::string mean_text(value_id of, dtype type) const { return in_tile(means_.at({of, type})); }

  // ---- passes with several functions: plain_stages.cpp
  /// Whether a pass makes the elements of a value, and does not find them in memory.
  bool computes(value_id, int pass);
  /// What functions give in a pass that has a loop for each; empty: it has one loop.
  std::vector<value_id> functions_of(int pass);
  bool is_quick(value_id, int pass);
  std::map<value_id, std::set<std::size_t>> stages_of(int pass, const std::vector<value_id>& functions,
                                                      const std::vector<value_id>& stores);
  void write_stages(int pass, const std::vector<value_id>& functions, const std::vector<value_id>& stores);

  // ---- totals: plain_totals.cpp
  /// Whether mean and squares are made together in one pass, by a function that walks a row in blocks: of one loop along memory, and
  /// elements that are quickly made twice.
  bool has_moments(const node&) const;
  void write_moments(total&);
  total total_for(value_id) const;
  static total mean_before(const total& squares) { return {total::kind::sum, squares.of, squares.type, squares.pass - 1}; }
  total& total_of(total wanted);
  bool has_squares(value_id of, dtype type) const;
  dtype sum_type(dtype) const;
  bool adds_single(const total&) const;
  /// Whether squares of float32 are taken of deviations from a mean that was added up in float32, and corrected by what deviations give.
  bool corrects(const total& squares) const;
  void write_corrections(int ready);
  dtype held_type(const total&) const;
  std::string in_type(const total&, const std::string& text) const;
  static std::string start_of(const total&);
  void start_total(total&, bool lanes);
  std::string number_in_row();
  void add_to(total&);
  std::string joined_total(total&);

  plain_writer& w_;
  const detail::loop_nest& nest_;
  extents space_;
  std::vector<std::int64_t> inner_;
  std::map<value_id, made> values_;
  std::vector<value_id> order_;
  std::vector<loop> outer_, inner_loops_;
  bool tiled_ = false, paired_ = false;
  std::map<value_id, std::string> turned_;  ///< elements of what is turned over
  std::string tile_name_;
  std::size_t names_used_ = 0;
  std::vector<total> totals_;
  int passes_ = 0, pass_ = 0;
  std::vector<std::map<value_id, int>> uses_;  ///< by pass
  std::set<value_id> lent_;
  std::map<value_id, expression> texts_;  ///< of values in the loop that is open
  std::map<std::pair<value_id, dtype>, std::string> means_;
  std::map<value_id, std::string> divisors_;  ///< of rows
  std::map<value_id, std::string> staged_;    ///< elements that earlier loops of the pass have written
};

}  // namespace tendril::source_text
