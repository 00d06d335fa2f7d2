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
  /// Gives the arguments their names: those of the options, else x, y, z, w where they are no more than `few`, else x1, x2, ...
  void name_arguments(std::size_t few);
  /// Throws error where a constant has too many elements to be written out.
  static void require_small(const array& a);
  /// Its elements, in row-major order.
  static std::vector<scalar> elements_of(const array& a);

  const graph& g_;
  idiom to_;
  const source_options& options_;
  std::vector<std::int32_t> producers_, uses_;
  std::vector<expression> values_;
  names names_;
  std::string body_;
};

}  // namespace tendril::source_text
