// What writers of all languages hold: the graph, and for each value the expression that stands for it so far.
#pragma once
#include "source/source.hpp"
#include "source/text.hpp"

namespace tendril::source_text {

class writer {
 protected:
  /// What is longer is a statement of its own.
  static constexpr std::size_t inline_width = 60;

  writer(const graph& g, idiom to, const source_options& options, std::initializer_list<std::string_view> taken)
      : g_(g), to_(to), options_(options), producers_(g.producers()), uses_(g.use_counts()), values_(g.types.size()), names_(taken) {}

  expression& at(value_id v) { return values_[static_cast<std::size_t>(v)]; }
  const expression& at(value_id v) const { return values_[static_cast<std::size_t>(v)]; }
  const type& type_of(value_id v) const { return g_.type_of(v); }
  const array* constant(value_id v) const { return constant_of(g_, producers_, v); }
  std::int32_t uses_of(value_id v) const { return uses_[static_cast<std::size_t>(v)]; }
  /// The node that makes a value; null for an argument.
  const node* maker(value_id v) const {
    const std::int32_t p = producers_[static_cast<std::size_t>(v)];
    return p < 0 ? nullptr : &g_.nodes[static_cast<std::size_t>(p)];
  }
  /// The operand with the longest text that has no name yet, where all of them are longer than a line has room for; absent: there is room.
  value_id too_long(const node& n) const {
    std::size_t all = 0;
    value_id longest = absent;
    for (const value_id v : n.inputs) {
      if (v == absent) continue;
      all += at(v).text.size() + 2;
      if (!at(v).simple && (longest == absent || at(v).text.size() > at(longest).text.size())) longest = v;
    }
    return all <= inline_width ? absent : longest;
  }
  /// The lines of the recorded function that a statement comes from are those of the value that it names, with all that went into its text;
  /// of a statement in the midst of writing a node that node's. `gather` follows the text of the node, `begin` comes before.
  void begin(const node& n) { current_ = &n; }
  void gather(const node& n);
  /// Their comment, a line or more that begin with `mark`; empty where nobody asked, or where it is that of the statement before.
  std::string comment_for(value_id v, std::string_view mark, std::size_t width);
  std::string comment_for_nodes(std::span<const std::int32_t> nodes, std::string_view mark, std::size_t width);
  std::string comment_for(std::span<const value_id>, std::string_view mark, std::size_t width);
  /// Gives the arguments their names: those of the options, else x, y, z, w where they are no more than `few`, else x1, x2, ...
  void name_arguments(std::size_t few);
  /// Whether a constant has few enough elements to be written out.
  static bool is_small(const array& a);
  /// Throws error where it has not.
  void require_small(const array& a) const;
  /// Its elements, in row-major order.
  static std::vector<scalar> elements_of(const array& a);

  const graph& g_;
  idiom to_;
  const source_options& options_;
  std::vector<std::int32_t> producers_, uses_;
  std::vector<expression> values_;
  names names_;
  std::string body_;
  const node* current_ = nullptr;  ///< that is being written

 private:
  using lines = std::vector<std::string>;
  std::string comment_of(const lines&, std::string_view mark, std::size_t width);

  std::vector<lines> lines_{g_.types.size()};  ///< of what stands in the text of a value
  std::string last_comment_;
};

}  // namespace tendril::source_text
