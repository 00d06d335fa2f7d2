// Arguments and constants, as all languages write them.
#include "source/writer.hpp"

#include <algorithm>
#include <utility>

#include <tendril/ops.hpp>

#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "ops/literals.hpp"

namespace tendril::source_text {

void writer::name_arguments(std::size_t few) {
  static constexpr std::string_view letters[] = {"x", "y", "z", "w"};
  for (std::size_t i = 0; i < g_.inputs.size(); ++i) {
    const std::string wanted = i < options_.arguments.size() ? identifier(options_.arguments[i])
                               : g_.inputs.size() <= few     ? std::string(letters[i])
                                                             : format_text("x{}", i + 1);
    at(g_.inputs[i]) = {names_.fresh(wanted), strength::whole, true};
  }
}

namespace {
constexpr std::int64_t most_elements = 10'000;

void add_line(std::vector<std::string>& all, std::string line) {
  if (std::find(all.begin(), all.end(), line) == all.end()) all.push_back(std::move(line));
}
}  // namespace

bool writer::is_small(const array& a) { return a.size() <= most_elements; }

void writer::require_small(const array& a) const {
  if (is_small(a)) return;
  const bool python = to_ == idiom::numpy || to_ == idiom::torch || to_ == idiom::jax || to_ == idiom::tensorflow;
  throw error(
      format_text("[source_code] a constant is too large to be written out: got {} elements, expected at most {}. Make it an argument "
                  "of the function{}.",
                  a.size(), most_elements, python ? ", or name an .npz file for it in .constants" : ""));
}

void writer::gather(const node& n) {
  if (!options_.source_lines) return;
  lines all;
  for (const value_id v : n.inputs)
    if (v != absent && !at(v).simple)
      for (const std::string& line : lines_[static_cast<std::size_t>(v)]) add_line(all, line);
  if (n.where.line()) add_line(all, detail::spell(n.where));
  for (std::int32_t k = 0; k < n.result_count; ++k) lines_[static_cast<std::size_t>(n.first_result + k)] = all;
}

std::string writer::comment_for(value_id v, std::string_view mark, std::size_t width) {
  if (!options_.source_lines) return {};
  if (v != absent) return comment_of(std::exchange(lines_[static_cast<std::size_t>(v)], {}), mark, width);
  return comment_of(current_ && current_->where.line() ? lines{detail::spell(current_->where)} : lines(), mark, width);
}

std::string writer::comment_for(std::span<const value_id> values, std::string_view mark, std::size_t width) {
  lines all;
  for (const value_id v : values)
    if (!at(v).simple)
      for (const std::string& line : lines_[static_cast<std::size_t>(v)]) add_line(all, line);
  return options_.source_lines ? comment_of(all, mark, width) : std::string();
}

std::string writer::comment_for_nodes(std::span<const std::int32_t> nodes, std::string_view mark, std::size_t width) {
  if (!options_.source_lines) return {};
  lines all;
  for (const std::int32_t i : nodes)
    if (const node& n = g_.nodes[static_cast<std::size_t>(i)]; n.where.line()) add_line(all, detail::spell(n.where));
  return comment_of(all, mark, width);
}

// "layer.cpp:14, 15, other.cpp:3".
std::string writer::comment_of(const lines& all, std::string_view mark, std::size_t width) {
  std::string text, line(mark), file;
  for (const std::string& l : all) {
    const std::size_t colon = l.rfind(':');
    const bool same = l.substr(0, colon) == file && line.size() > mark.size();
    std::string part = same ? l.substr(colon + 1) : l;
    file = l.substr(0, colon);
    if (line.size() > mark.size()) {
      if (line.size() + part.size() + 3 <= width) {
        part.insert(0, ", ");
      } else {
        text += line + ",\n";
        line = mark;
        part = l;
      }
    }
    line += part;
  }
  if (!all.empty()) text += line + "\n";
  if (text == last_comment_) return {};
  return last_comment_ = text;
}

std::vector<scalar> writer::elements_of(const array& a) {
  std::vector<scalar> elements;
  const array flat = tendril::reshape(a, {-1});
  for (std::int64_t i = 0; i < a.size(); ++i) elements.push_back(detail::scalar_of(flat[i]));
  return elements;
}

}  // namespace tendril::source_text
