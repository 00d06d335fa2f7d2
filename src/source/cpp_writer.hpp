// The writer of C++ for Eigen and for xtensor: one function, a statement for what is used twice, and for what has to be computed at once.
#pragma once
#include <map>

#include "array/format.hpp"
#include "graph/equal_extents.hpp"
#include "ops/literals.hpp"
#include "source/cpp_forms.hpp"
#include "source/cpp_lines.hpp"
#include "source/writer.hpp"

namespace tendril::source_text {

class cpp_writer : writer {
  static constexpr std::size_t page_width = cpp_page_width;

 public:
  cpp_writer(const graph&, idiom, const source_options&);
  std::string run();
  /// Whether the library says the node.
  static bool has(const graph&, const node&, idiom);

 private:
  using name_values = std::map<std::string, std::string, std::less<>>;
  bool eigen() const { return to_ == idiom::eigen; }

  /// The type that holds a value: double, Eigen::ArrayXd, xt::xarray<double>.
  std::string held(const type&) const;
  /// `v`: what it names.
  void statement(const std::string& text, value_id v = absent) {
    body_ += comment_for(v, "  // ", page_width);
    body_ += line_of(text + ";");
  }
  /// Where it has no room in a line: with lambdas of Eigen's forms named before, else broken by hand.
  std::string line_of(std::string text);
  void name_value(value_id);
  void make_room(const node&);
  bool stays_expression(const node& reader, value_id) const;
  bool in_product(const node&) const;
  void write(const node&);
  void write_constant(const node&);
  expression elementwise(const node&);
  expression reduction(const node&);
  expression other(const node&);
  expression eigen_other(const node&);
  expression xtensor_other(const node&);
  expression vectorwise(const node&);
  expression filled(const node&, std::string_view form, bool numbers, bool numbers_do);
  /// An operand of an elementwise op, of the shape of the result: a number where it is one and the op takes numbers, else repeated.
  std::string operand(const node&, std::size_t, bool numbers_do);
  bool number_does(const node&, std::size_t) const;
  bool has_known_bound(const node&) const;
  /// The product of a table and a transposed one that has many more rows, which Eigen makes more quickly turned over.
  bool is_turned(const node&) const;
  std::string spread(const node&, std::size_t);
  /// The mean of the same elements, where it has a name.
  std::string known_mean(const node&) const;
  std::string rows_of_eigen(const node&, const std::string& x, bool keep);
  expression reduced_eigen(const node&, const std::string& x, std::int64_t axis, bool keep);
  std::string list_of(std::span<const std::int64_t>, const char* type) const;
  std::string key_of(const node&) const;
  /// Statements that refuse other extents than those that stand in the text.
  std::string checks() const;

  std::vector<detail::read_extent> written_;  ///< extents that stand in the text
};

}  // namespace tendril::source_text
