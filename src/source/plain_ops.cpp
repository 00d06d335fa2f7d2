// Plain C++ of what is no loop nest over one space: joins, indices, running sums, orders.
#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "source/plain_writer.hpp"

namespace tendril::source_text {

void plain_writer::write_alone(const node& n) {
  switch (n.id()) {
    case op_id::matmul: return write_product(n);
    case op_id::concat: return write_concat(n);
    case op_id::take:
    case op_id::take_along_axis: return write_taken(n);
    case op_id::scatter: return write_scattered(n);
    case op_id::cumulative_sum:
    case op_id::cumulative_prod: return write_running(n);
    case op_id::sort:
    case op_id::argsort: return write_sorted(n);
    case op_id::searchsorted: return write_searched(n);
    case op_id::roll: return write_rolled(n);
    case op_id::eye:
    case op_id::arange: return write_created(n);
    default: return write_unchanged(n);
  }
}

// A reduction over no axis: each element is reduced alone.
void plain_writer::write_unchanged(const node& n) {
  if (n.id() != op_id::moments) return write_unchanged(n, n.id(), n.first_result);
  write_unchanged(n, op_id::mean, n.first_result);
  write_unchanged(n, op_id::var, n.first_result + 1);
}

void plain_writer::write_unchanged(const node& n, op_id id, value_id v) {
  const value_id x = n.inputs[0];
  const dtype from = type_of(x).dtype, to = type_of(v).dtype;
  const auto reduced = [&](const expression& e) -> std::string {
    switch (id) {
      case op_id::any:
      case op_id::all:
      case op_id::count_nonzero: return cast({cast(e, from, dtype::bool_), strength::comparison, false}, dtype::bool_, to);
      case op_id::var:
      case op_id::std: {
        const std::string x_text = cast(e, from, to);
        // NaN where the correction leaves nothing to divide by, and for infinities.
        if (n.attrs.find("correction") && n.attrs.get_real("correction") >= 1)
          return format_text("std::numeric_limits<{}>::quiet_NaN()", cpp_type(to));
        return format_text("({0} - {0})", bracketed({x_text, e.binds, false}, strength::whole));
      }
      case op_id::argmax:
      case op_id::argmin: return cpp_number(scalar(0), to);
      default: return cast(e, from, to);
    }
  };
  if (type_of(v).rank() == 0) {
    const std::string text = reduced(at(x));
    at(v) = {text, strength::comparison, false};
    std::string name = names_.fresh(noun_of(n));
    code_.add(format_text("const {} {} = {};", cpp_type(to), name, text));
    at(v) = {std::move(name), strength::whole, true};
    return;
  }
  give_place(v, noun_of(n));
  const std::vector<length> shape = lengths_.of(v);
  const auto index = open_loops(shape);
  const expression e = in_memory(x) ? expression{element(place_of(x), index), strength::whole, true} : at(x);
  code_.add(format_text("{} = {};", element(place_of(v), index), reduced(e)));
  close_loops(shape);
}

// An element of an operand: a number where it is one.
std::string plain_writer::operand(value_id v, std::span<const index_of_axis> index) const {
  return in_memory(v) ? element(place_of(v), index) : at(v).text;
}

void plain_writer::write_concat(const node& n) {
  const value_id v = n.first_result;
  give_place(v, noun_of(n));
  place to = place_of(v);
  if (!n.attrs.has("axis")) {
    for (const value_id x : n.inputs) {
      place part = row_major(to.base, x);
      part.offset = to.offset;
      copy(x, part);
      add(to.offset, size_of_value(x));
    }
    return;
  }
  const int rank = type_of(v).rank();
  const auto axis = static_cast<std::size_t>(n.attrs.get_axes(n.op->name, rank).front());
  for (const value_id x : n.inputs) {
    copy(x, to);
    const length l = lengths_.of(x, static_cast<int>(axis));
    // An axis of one element has no stride: its place follows from those within it.
    product step;
    for (int a = rank; a-- > static_cast<int>(axis) + 1;) step = step.times(lengths_.of(v, a));
    add(to.offset, step.times(l));
  }
}

void plain_writer::write_taken(const node& n) {
  const value_id x = n.inputs[0], where = n.inputs[1], v = n.first_result;
  const bool along = n.id() == op_id::take_along_axis;
  const int rank = type_of(x).rank(), rank_of_indices = type_of(where).rank();
  const int axis = static_cast<int>(n.attrs.get_axes(n.op->name, rank).front());
  const std::vector<length> shape = lengths_.of(v);
  const bool number = shape.empty();
  if (!number) give_place(v, noun_of(n));
  const auto index = open_loops(shape);
  std::vector<index_of_axis> in_where, in_x;
  for (int a = 0; a < rank_of_indices; ++a) {
    const auto from = static_cast<std::size_t>(along ? a : axis + a);
    in_where.push_back(index[from]);
  }
  const std::string name = names_.fresh("at");
  const std::string i = operand(where, in_where);
  const std::string extent = text_of(lengths_.of(x, axis));
  code_.add(format_text(
      "const std::size_t {0} = {1} < 0 ? {2} - static_cast<std::size_t>(-static_cast<std::int64_t>({1})) : static_cast<std::size_t>({1});",
      name, i, extent));
  for (int a = 0; a < rank; ++a) {
    if (a == axis) in_x.push_back({name});
    else in_x.push_back(index[static_cast<std::size_t>(along || a < axis ? a : a - 1 + rank_of_indices)]);
  }
  if (number) {
    std::string taken = names_.fresh(noun_of(n));
    code_.add(format_text("const {} {} = {};", cpp_type(type_of(v).dtype), taken, operand(x, in_x)));
    at(v) = {std::move(taken), strength::whole, true};
    return;
  }
  code_.add(format_text("{} = {};", element(place_of(v), index), operand(x, in_x)));
  close_loops(shape);
}

// The elements, then the updates where their indices say, in their order.
void plain_writer::write_scattered(const node& n) {
  const value_id x = n.inputs[0], where = n.inputs[1], updates = n.inputs[2], v = n.first_result;
  const int rank = type_of(x).rank();
  const auto axis = static_cast<std::size_t>(n.attrs.get_axes(n.op->name, rank).front());
  const dtype d = type_of(v).dtype;
  give_place(v, noun_of(n));
  copy(x, place_of(v));
  std::vector<length> shape = lengths_.of(x);
  shape[axis] = lengths_.of(where, static_cast<int>(axis));
  const auto index = open_loops(shape);
  const std::string name = names_.fresh("at");
  code_.add(format_text(
      "const std::size_t {0} = {1} < 0 ? {2} - static_cast<std::size_t>(-static_cast<std::int64_t>({1})) : static_cast<std::size_t>({1});",
      name, operand(where, index), text_of(lengths_.of(x, static_cast<int>(axis)))));
  std::vector<index_of_axis> to = index;
  to[axis] = {name};
  const auto missing = static_cast<std::ptrdiff_t>(rank - type_of(updates).rank());
  const std::vector<index_of_axis> from(index.begin() + missing, index.end());
  const std::string place = element(place_of(v), to), update = operand(updates, from);
  if (n.attrs.get_string("combine") == "set") code_.add(format_text("{} = {};", place, update));
  else if (d == dtype::bool_) code_.add(format_text("{0} = {0} || {1};", place, update));
  else if (kind_of(d) == dtype_kind::integer && is_signed(d)) code_.add(format_text("{0} = wrap_add({0}, {1});", place, update));
  else if (size_of(d) == 1) code_.add(format_text("{0} = static_cast<{1}>({0} + {2});", place, cpp_type(d), update));
  else code_.add(format_text("{} += {};", place, update));
  close_loops(shape);
}

void plain_writer::write_running(const node& n) {
  const value_id x = n.inputs[0], v = n.first_result;
  const int rank = type_of(x).rank();
  const int axis = static_cast<int>(n.attrs.get_axes(n.op->name, rank).front());
  const bool sum = n.id() == op_id::cumulative_sum, initial = n.attrs.get_bool("include_initial");
  const dtype from = type_of(x).dtype, d = type_of(v).dtype;
  const bool wraps = kind_of(d) == dtype_kind::integer && is_signed(d);
  give_place(v, noun_of(n));
  const std::vector<length> shape = lengths_.of(x);
  auto index = open_loops(shape, axis);
  std::size_t used = 0;
  for (std::size_t a = 0; a < shape.size(); ++a) used += static_cast<int>(a) != axis && !shape[a].is(1) ? 1 : 0;
  const std::string running = names_.fresh(sum ? "total" : "product"), along = index_name(used);
  code_.add(format_text("{} {} = {};", cpp_type(d), running, sum ? "0" : "1"));
  place to = place_of(v);
  const auto a = static_cast<std::size_t>(axis);
  // The result's own stride along the axis, which has one element more with the initial one.
  if (initial) {
    index[a] = {};
    code_.add(format_text("{} = {};", element(to, index), running));
    product step;
    for (int k = rank; k-- > axis + 1;) step = step.times(lengths_.of(v, k));
    to.strides[a] = step;
    add(to.offset, step);
  }
  index[a] = {along};
  code_.open_loop(along, text_of(shape[a]));
  const std::string next = cast({operand(x, index), strength::whole, true}, from, d);
  if (wraps) code_.add(format_text("{0} = {1}({0}, {2});", running, sum ? "wrap_add" : "wrap_multiply", next));
  else if (size_of(d) == 1) code_.add(format_text("{0} = static_cast<{1}>({0} {2} {3});", running, cpp_type(d), sum ? "+" : "*", next));
  else code_.add(format_text("{} {}= {};", running, sum ? "+" : "*", next));
  code_.add(format_text("{} = {};", element(to, index), running));
  code_.close();
  close_loops(shape, axis);
}

// Indices are sorted, so that equal elements keep their order; nothing is allocated.
void plain_writer::write_sorted(const node& n) {
  const value_id x = n.inputs[0], v = n.first_result;
  const int rank = type_of(x).rank();
  const int axis = static_cast<int>(normalize_axes(n.op->name, std::vector<std::int64_t>{n.attrs.get_int("axis")}, rank).front());
  const auto a = static_cast<std::size_t>(axis);
  const std::vector<length> shape = lengths_.of(x);
  give_place(v, noun_of(n));
  product count;
  count = count.times(shape[a]);
  const std::string order = give_memory("order", dtype::int64, count);
  auto index = open_loops(shape, axis);
  std::size_t used = 0;
  for (std::size_t k = 0; k < shape.size(); ++k) used += k != a && !shape[k].is(1) ? 1 : 0;
  const std::string along = index_name(used), extent = text_of(shape[a]);
  const auto loop = [&] { code_.open_loop(along, extent); };
  loop();
  code_.add(format_text("{}[{}] = static_cast<std::int64_t>({});", order, along, along));
  code_.close();
  const auto element_at = [&](const std::string& i) {
    index[a] = {i};
    return operand(x, index);
  };
  const std::string first = element_at("static_cast<std::size_t>(a)"), second = element_at("static_cast<std::size_t>(b)");
  code_.open(format_text("std::sort({0}, {0} + {1}, [&](std::int64_t a, std::int64_t b)", order, extent), true);
  const std::string type = cpp_type(type_of(x).dtype), one = names_.fresh("one"), other = names_.fresh("other");
  code_.add(format_text("const {} {} = {}, {} = {};", type, one, first, other, second));
  const bool down = n.attrs.get_bool("descending");
  code_.add(format_text("return comes_before({0}, {1}) || (!comes_before({1}, {0}) && a < b);", down ? other : one, down ? one : other));
  code_.close();
  loop();
  index[a] = {along};
  const std::string to = element(place_of(v), index), at_order = format_text("{}[{}]", order, along);
  if (n.id() == op_id::argsort) code_.add(format_text("{} = {};", to, at_order));
  else code_.add(format_text("{} = {};", to, element_at(format_text("static_cast<std::size_t>({})", at_order))));
  code_.close();
  close_loops(shape, axis);
}

void plain_writer::write_searched(const node& n) {
  const value_id in = n.inputs[0], x = n.inputs[1], v = n.first_result;
  const bool left = n.attrs.get_string("side") == "left";
  const std::vector<length> shape = lengths_.of(v);
  const bool number = shape.empty();
  if (!number) give_place(v, noun_of(n));
  const auto index = open_loops(shape);
  const std::string low = names_.fresh("low"), high = names_.fresh("high"), middle = names_.fresh("middle");
  code_.add(format_text("std::size_t {} = 0, {} = {};", low, high, text_of(lengths_.of(in, 0))));
  code_.open(format_text("while ({} < {})", low, high));
  code_.add(format_text("const std::size_t {0} = {1} + ({2} - {1}) / 2;", middle, low, high));
  const std::vector<index_of_axis> at_middle{{middle}};
  std::string found = operand(in, at_middle), wanted = operand(x, index);
  if (found.size() + wanted.size() > 50)
    for (std::string* one : {&found, &wanted}) {
      const std::string name = names_.fresh(one == &found ? "found" : "wanted");
      code_.add(format_text("const {} {} = {};", cpp_type(type_of(x).dtype), name, *one));
      *one = name;
    }
  code_.add(format_text("if ({})\n  {} = {} + 1;\nelse\n  {} = {};",
                        left ? format_text("comes_before({}, {})", found, wanted) : format_text("!comes_before({}, {})", wanted, found),
                        low, middle, high, middle));
  code_.close();
  const std::string result = format_text("static_cast<std::int64_t>({})", low);
  if (number) {
    at(v) = {result, strength::whole, false};
    return;
  }
  code_.add(format_text("{} = {};", element(place_of(v), index), result));
  close_loops(shape);
}

void plain_writer::write_rolled(const node& n) {
  const value_id x = n.inputs[0], v = n.first_result;
  if (type_of(v).rank() == 0) {
    at(v) = at(x);
    return;
  }
  give_place(v, noun_of(n));
  const std::vector<length> shape = lengths_.of(x);
  std::vector<std::int64_t> shifts = n.attrs.get_ints("shift");
  const int rank = type_of(x).rank();
  // Where an element comes from: so many places before it, round the axis.
  const auto before = [&](const std::string& i, const std::string& extent, std::int64_t shift) {
    if (shift >= 0)
      return format_text("({0} + {1} - {2}) % {1}", i, extent, shift == 0 ? std::string("0") : format_text("{} % {}", shift, extent));
    return format_text("({0} + {2}) % {1}", i, extent, -shift);
  };
  if (!n.attrs.has("axis")) {
    std::int64_t shift = 0;
    for (const std::int64_t s : shifts) shift += s;
    // The elements in row-major order, whatever their place.
    const std::string all = text_of(size_of_value(x)), i = index_name(0), from = names_.fresh("from");
    code_.open_loop(i, all);
    code_.add(format_text("const std::size_t {} = {};", from, before(i, all.find(' ') == all.npos ? all : "(" + all + ")", shift)));
    std::vector<index_of_axis> index;
    product after;
    std::vector<std::string> texts(static_cast<std::size_t>(rank));
    for (int a = rank; a-- > 0;) {
      const length l = shape[static_cast<std::size_t>(a)];
      const bool once = after.factor == 1 && after.lengths.empty();
      std::string text = once ? from : format_text("{} / ({})", from, text_of(after));
      if (a > 0) text = format_text("{} % ({})", text, text_of(l));
      texts[static_cast<std::size_t>(a)] = text;
      after = after.times(l);
    }
    for (std::string& t : texts) index.push_back({std::move(t), true});
    const std::string value = rank == 0 || !is_row_major(x) ? operand(x, index) : format_text("{}[{}]", place_of(x).base, from);
    code_.add(format_text("{}[{}] = {};", place_of(v).base, i, is_row_major(x) && place_of(x).offset.empty() ? value : operand(x, index)));
    code_.close();
    return;
  }
  std::vector<std::int64_t> axes = normalize_axes(n.op->name, n.attrs.get_ints("axis"), rank);
  std::vector<std::int64_t> shift_of(static_cast<std::size_t>(rank), 0);
  for (std::size_t k = 0; k < std::max(axes.size(), shifts.size()); ++k)
    if (!axes.empty() && !shifts.empty())
      shift_of[static_cast<std::size_t>(axes[axes.size() == 1 ? 0 : k])] += shifts[shifts.size() == 1 ? 0 : k];
  const auto index = open_loops(shape);
  std::vector<index_of_axis> from = index;
  for (std::size_t a = 0; a < from.size(); ++a)
    if (shift_of[a] != 0 && !from[a].text.empty()) {
      const std::string l = shape[a].plus != 0 && shape[a].variable >= 0 ? "(" + text_of(shape[a]) + ")" : text_of(shape[a]);
      from[a] = {before(index[a].text, l, shift_of[a]), true};
    }
  code_.add(format_text("{} = {};", element(place_of(v), index), operand(x, from)));
  close_loops(shape);
}

void plain_writer::write_created(const node& n) {
  const value_id v = n.first_result;
  const dtype d = type_of(v).dtype;
  give_place(v, noun_of(n));
  const std::vector<length> shape = lengths_.of(v);
  const auto index = open_loops(shape);
  std::string value;
  if (n.id() == op_id::eye) {
    const std::int64_t k = n.attrs.get_int("k");
    const auto number = [](const std::string& i) { return i.empty() ? std::string("0") : format_text("static_cast<std::int64_t>({})", i); };
    const std::string row = number(index[0].text), column = number(index[1].text);
    value = format_text("{} == {}{} ? {} : {}", column, row, k == 0 ? std::string() : format_text(" + {}", k), cpp_number(scalar(1), d),
                        cpp_number(scalar(0), d));
  } else {
    const scalar start = n.attrs.get_scalar("start"), step = n.attrs.get_scalar("step");
    const std::string i = index[0].text.empty() ? std::string("0") : index[0].text;
    const bool whole = start.kind() != dtype_kind::real && step.kind() != dtype_kind::real;
    const std::string number = whole ? format_text("{} + static_cast<std::int64_t>({}) * {}", start.integer(), i, step.integer())
                                     : format_text("{} + static_cast<double>({}) * {}", cpp_number(scalar(start.real()), dtype::float64), i,
                                                   cpp_number(scalar(step.real()), dtype::float64));
    value = cast({number, strength::sum, false}, whole ? dtype::int64 : dtype::float64, d);
  }
  code_.add(format_text("{} = {};", element(place_of(v), index), value));
  close_loops(shape);
}

}  // namespace tendril::source_text
