// Plain C++ of products: in tiles, or in plain loops where these are short or an operand is a vector.
#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "source/plain_writer.hpp"

namespace tendril::source_text {
namespace {

// So few terms that a plain loop over them does.
bool is_short(const length& depth) { return depth.variable < 0 && depth.plus <= 16; }

}  // namespace

bool plain_writer::has_tiles(const node& n) const {
  const value_id a = n.inputs[0], b = n.inputs[1];
  if (type_of(a).rank() < 2 || type_of(b).rank() < 2 || !in_memory(a) || !in_memory(b)) return false;
  return size_of(type_of(n.first_result).dtype) >= 4 && !is_short(lengths_.of(a, type_of(a).rank() - 1));
}

void plain_writer::write_tiles(const node& n) {
  const value_id a = n.inputs[0], b = n.inputs[1], v = n.first_result;
  const auto rank_of = [&](value_id of) { return static_cast<std::size_t>(type_of(of).rank()); };
  const std::size_t ra = rank_of(a), rb = rank_of(b), batch = rank_of(v) - 2;
  const auto steps_along = [&](value_id of, std::size_t axis) {
    return place_of(of).strides[axis] == product{} || lengths_.of(of, static_cast<int>(axis)).is(1);
  };
  const bool rows = steps_along(a, ra - 1) && steps_along(b, rb - 2);
  place from_b = place_of(b);
  if (!rows && !steps_along(b, rb - 1)) {
    from_b = row_major(give_memory("turned", type_of(b).dtype, size_of_value(b)), b);
    copy(b, from_b);
  }
  const std::vector<length> all = lengths_.of(v);
  const std::span<const length> batches = std::span(all).first(batch);
  const std::vector<index_of_axis> outer = open_loops(batches);
  auto used = static_cast<std::size_t>(std::count_if(batches.begin(), batches.end(), [](const length& l) { return !l.is(1); }));
  const std::string row = index_name(used), column = index_name(used + 1), inner = index_name(used + 2);
  const auto table = [&](std::string_view noun, const place& p, const std::string& first, const std::string& second) {
    const std::size_t own = p.strides.size() - 2;
    std::vector<index_of_axis> index(outer.end() - static_cast<std::ptrdiff_t>(own), outer.end());
    index.push_back({first});
    index.push_back({second});
    const std::string text = element(p, index);
    const auto parameter = [&](const std::string& name) { return mentions(text, name) ? name : "/*" + name + "*/"; };
    std::string name = names_.fresh(noun);
    code_.open_lambda(
        format_text("const auto {} = [&](std::size_t {}, std::size_t {}) -> auto&", name, parameter(first), parameter(second)));
    code_.add(format_text("return {};", text));
    code_.close();
    return name;
  };
  const std::string left = table("left", place_of(a), row, inner), right = table("right", from_b, inner, column),
                    to = table("to", place_of(v), row, column);
  code_.add(format_text("{}<{}>({}, {}, {}, {}, {}, {});", rows ? "product_of_rows" : "product_of", cpp_type(type_of(v).dtype),
                        text_of(all[batch]), text_of(all[batch + 1]), text_of(lengths_.of(a, static_cast<int>(ra) - 1)), left, right, to));
  close_loops(batches);
}

void plain_writer::write_product(const node& n) {
  const value_id a = n.inputs[0], b = n.inputs[1], v = n.first_result;
  const int ra = type_of(a).rank(), rb = type_of(b).rank(), rv = type_of(v).rank();
  const dtype d = type_of(v).dtype;
  const bool number = rv == 0, wraps = kind_of(d) == dtype_kind::integer && is_signed(d);
  const std::string type = cpp_type(d);
  const int matrix = (ra > 1 ? 1 : 0) + (rb > 1 ? 1 : 0), batch = rv - matrix;
  const length depth = lengths_.of(a, ra - 1);
  if (!number) give_place(v, noun_of(n));
  if (has_tiles(n)) return write_tiles(n);
  const std::vector<length> all = lengths_.of(v);
  const std::vector<index_of_axis> outer = open_loops(std::span(all).first(static_cast<std::size_t>(batch)));
  std::size_t used = 0;
  for (int k = 0; k < batch; ++k) used += all[static_cast<std::size_t>(k)].is(1) ? 0 : 1;
  std::vector<index_of_axis> to = outer;
  const index_of_axis row = ra > 1 ? index_of_axis{index_name(used++)} : index_of_axis{},
                      column = rb > 1 ? index_of_axis{index_name(used++)} : index_of_axis{};
  const index_of_axis inner{index_name(used++)};
  const auto batch_of = [&](value_id operand_id) {
    std::vector<index_of_axis> index;
    const int own = std::max(type_of(operand_id).rank() - 2, 0);
    for (int k = 0; k < own; ++k) index.push_back(outer[static_cast<std::size_t>(batch - own + k)]);
    return index;
  };
  std::vector<index_of_axis> in_a = batch_of(a), in_b = batch_of(b);
  if (ra > 1) in_a.push_back(row), to.push_back(row);
  in_a.push_back(inner);
  in_b.push_back(inner);
  if (rb > 1) in_b.push_back(column), to.push_back(column);
  const auto loop = [&](const index_of_axis& i, const length& l) { code_.open_loop(i.text, text_of(l)); };
  const auto more = [&](const std::string& sum, const std::string& x, const std::string& y) {
    if (wraps) return format_text("{0} = wrap_add({0}, wrap_multiply({1}, {2}));", sum, x, y);
    if (size_of(d) == 1) return format_text("{0} = static_cast<{1}>({0} + {2} * {3});", sum, type, x, y);
    return format_text("{} += {} * {};", sum, x, y);
  };
  const std::string x = operand(a, in_a), y = operand(b, in_b);
  if (ra > 1) loop(row, lengths_.of(a, ra - 2));
  if (rb > 1 && in_memory(b) && place_of(b).strides[static_cast<std::size_t>(rb - 1)] == product{}) {
    // Rows of the second matrix are added up: memory is walked along rows.
    loop(column, lengths_.of(b, rb - 1));
    code_.add(format_text("{} = 0;", element(place_of(v), to)));
    code_.close();
    loop(inner, depth);
    std::string factor = x;
    if (in_memory(a)) {
      factor = names_.fresh("factor");
      code_.add(format_text("const {} {} = {};", type, factor, x));
    }
    loop(column, lengths_.of(b, rb - 1));
    code_.add(more(element(place_of(v), to), factor, y));
    code_.close();
    code_.close();
  } else {
    if (rb > 1) loop(column, lengths_.of(b, rb - 1));
    const bool lanes = kind_of(d) == dtype_kind::real && !is_short(depth);
    std::string sum = names_.fresh(lanes ? "totals" : "total");
    code_.add(format_text("{} {}{};", type, sum, lanes ? "[lanes] = {}" : " = 0"));
    if (lanes) code_.open_lanes(inner.text, "0", text_of(depth));
    else loop(inner, depth);
    code_.add(more(lanes ? sum + "[lane]" : sum, x, y));
    code_.close();
    if (lanes) sum = format_text("added({})", sum);
    if (number) {
      std::string name = sum;
      if (lanes) {
        name = names_.fresh(noun_of(n));
        code_.add(format_text("const {} {} = {};", type, name, sum));
      }
      at(v) = {std::move(name), strength::whole, true};
    } else {
      code_.add(format_text("{} = {};", element(place_of(v), to), sum));
    }
    if (rb > 1) code_.close();
  }
  if (ra > 1) code_.close();
  close_loops(std::span(all).first(static_cast<std::size_t>(batch)));
}

}  // namespace tendril::source_text
