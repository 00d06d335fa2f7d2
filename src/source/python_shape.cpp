// Python of indexing, of shapes, and of creation.
#include "source/python_writer.hpp"

#include <cmath>

#include <tendril/ops.hpp>

#include <tendril/detail/op_id.hpp>

#include "ops/indexing.hpp"

namespace tendril::source_text {

expression python_writer::getitem_text(const node& n) {
  make_room(n);
  std::vector<index_item> key = std::get<std::vector<index_item>>(n.attrs.find("key")->value);
  std::string x = is_number(n.inputs[0]) && !weak(n.inputs[0]) ? typed_number(n.inputs[0]) : input(n, 0, strength::whole);
  if (to_ == idiom::torch) {
    // torch has no steps back: the axes are turned round first, where places count from the other end.
    std::vector<std::int64_t> turned;
    int consumed = 0, taking = 0, axis = 0;
    for (const index_item& i : key) taking += i.what == index_item::form::integer || i.what == index_item::form::range;
    for (index_item& i : key) {
      if (i.what == index_item::form::new_axis) continue;
      if (i.what == index_item::form::dots) {
        axis = rank_of(n, 0) - (taking - consumed);
        continue;
      }
      ++consumed;
      if (i.what == index_item::form::range && i.range.step < 0) {
        turned.push_back(axis);
        const auto other = [](const maybe_integer& place) { return place.given() ? maybe_integer(-place.value() - 1) : place; };
        i.range = slice(other(i.range.start), other(i.range.stop), -i.range.step);
      }
      ++axis;
    }
    if (!turned.empty()) x = format_text("torch.flip({}, {})", input(n, 0), tuple_of(turned));
  }
  std::string items;
  for (const index_item& i : key) items += (items.empty() ? "" : ", ") + detail::spell(i, "None");
  if (items.empty()) items = "...";
  return call(format_text("{}[{}]", x, items));
}

expression python_writer::structural(const node& n) {
  make_room(n);
  const bool torch = to_ == idiom::torch, tf = to_ == idiom::tensorflow;
  const auto list = [&] {
    std::string s;
    for (const value_id v : n.inputs) s += (s.empty() ? "" : ", ") + (is_number(v) && !weak(v) ? typed_number(v) : at(v).text);
    return s;
  };
  const std::string d = torch ? "dim" : "axis";
  switch (n.id()) {
    case op_id::searchsorted: {
      // tf.searchsorted wants rows of both: the sorted one is one row.
      const bool row = rank_of(n, 1) == 1;
      if (!row) name_value(n.inputs[1]);
      const std::string sought = array_input(n, 1);
      const std::string found = format_text("tf.searchsorted({}, {}, side=\"{}\", out_type=tf.int64)", array_input(n, 0),
                                            row ? sought : format_text("tf.reshape({}, (-1,))", sought), n.attrs.get_string("side"));
      return call(row ? found : format_text("tf.reshape({}, tf.shape({}))", found, sought));
    }
    case op_id::take: return take_text(n);
    case op_id::take_along_axis:
      if (torch) return torch_take_along(n);
      return tensorflow_take_along(n);
    case op_id::expand_dims: {
      // One axis at a time, in increasing order: each place is one of the result so far.
      std::vector<std::int64_t> axes = n.attrs.get_ints("axis");
      const auto rank = static_cast<std::int64_t>(rank_of(n, 0) + static_cast<int>(axes.size()));
      if (axes.size() > 1) {
        for (std::int64_t& a : axes) a = a < 0 ? a + rank : a;
        std::sort(axes.begin(), axes.end());
      }
      std::string s = array_input(n, 0);
      for (const std::int64_t a : axes)
        s = torch ? format_text("torch.unsqueeze({}, dim={})", s, a) : format_text("tf.expand_dims({}, axis={})", s, a);
      return axes.empty() ? at(n.inputs[0]) : call(s);
    }
    case op_id::flip: {
      std::vector<std::int64_t> axes;
      if (n.attrs.has("axis")) axes = n.attrs.get_ints("axis");
      else
        for (int i = 0; i < rank_of(n, 0); ++i) axes.push_back(i);
      if (torch) return call(format_text("torch.flip({}, dims={})", array_input(n, 0), tuple_of(axes)));
      if (tf) return call(format_text("tf.reverse({}, axis=[{}])", array_input(n, 0), joined(axes, ", ")));
      if (!n.attrs.has("axis")) return call(format_text("{}.flip({})", module(), array_input(n, 0)));
      return call(format_text("{}.flip({}, axis={})", module(), array_input(n, 0), axis_of(axes)));
    }
    case op_id::roll: return roll_text(n);
    case op_id::concat: {
      if (n.attrs.has("axis")) {
        const std::int64_t axis = axis_attribute(n);
        if (torch || tf) return call(joined_text(list(), axis));
        return call(format_text("{}.concatenate([{}], axis={})", module(), list(), axis));
      }
      if (!torch && !tf) return call(format_text("{}.concatenate([{}], axis=None)", module(), list()));
      std::string flat;
      for (const value_id v : n.inputs)
        flat += (flat.empty() ? "" : ", ") +
                format_text("{}.reshape({}, (-1,))", module(), is_number(v) && !weak(v) ? typed_number(v) : at(v).text);
      return call(joined_text(flat, 0));
    }
    case op_id::repeat: {
      const std::string times = attribute_text(n, "repeats");
      const char* function = torch ? "torch.repeat_interleave" : tf ? "tf.repeat" : to_ == idiom::jax ? "jnp.repeat" : "np.repeat";
      return call(format_text("{}({}, {}{})", function, array_input(n, 0), times,
                              n.attrs.has("axis") ? format_text(", {}={}", d, axis_attribute(n)) : ""));
    }
    case op_id::tile: {
      // tf.tile wants a number for each axis.
      std::vector<std::int64_t> times = n.attrs.get_ints("repetitions");
      const auto rank = static_cast<std::size_t>(rank_of(n, 0));
      std::string x = array_input(n, 0);
      if (times.size() < rank) times.insert(times.begin(), rank - times.size(), 1);
      if (times.size() > rank) x = format_text("{}[{}...]", input(n, 0, strength::whole), repeated("None, ", times.size() - rank));
      return call(format_text("tf.tile({}, {})", x, tuple_of(times)));
    }
    case op_id::arange: return range_text(n);
    case op_id::full:
      return call(format_text("tf.fill({}, tf.constant({}, dtype={}))", attribute_text(n, "shape"), attribute_text(n, "fill_value"),
                              attribute_text(n, "dtype")));
    case op_id::full_like:
      return call(format_text("tf.fill(tf.shape({}), tf.constant({}, dtype={}))", array_input(n, 0), attribute_text(n, "fill_value"),
                              attribute_text(n, "dtype")));
    case op_id::eye: {
      const type& made = type_of(n.first_result);
      if (tf && made.complete() && made.shape[1].value == 0)  // tnp.eye takes that for a square
        return call(format_text("tf.zeros({}, dtype={})", tuple_of(made.known_extents()), dtype_text(made.dtype)));
      if (tf)
        return call(format_text("tnp.eye({}, {}, {}, dtype={})", attribute_text(n, "n_rows"), attribute_text(n, "n_cols"),
                                attribute_text(n, "k"), attribute_text(n, "dtype")));
      const std::string rows = attribute_text(n, "n_rows"), columns = attribute_text(n, "n_cols"), type = attribute_text(n, "dtype");
      const std::int64_t k = n.attrs.get_int("k");
      if (k == 0) return call(format_text("torch.eye({}, {}, dtype={})", rows, columns, type));
      // torch.eye has the main diagonal alone.
      return call(format_text("torch.ones({}, {}, dtype={}).tril({}).triu({})", rows, columns, type, k, k));
    }
    default: throw internal_error(format_text("[source_code] \"{}\" has a form made by code that is not there", n.op->name));
  }
}

std::string python_writer::joined_text(const std::string& parts, std::int64_t axis) const {
  return to_ == idiom::torch ? format_text("torch.cat([{}], dim={})", parts, axis) : format_text("tf.concat([{}], axis={})", parts, axis);
}

expression python_writer::range_text(const node& n) const {
  const dtype d = type_of(n.first_result).dtype;
  std::string type = dtype_text(d);
  if (const std::vector<extent>& known = type_of(n.first_result).shape; known.size() == 1 && known[0].known() && known[0].value == 0)
    return call(format_text("{}.zeros((0,), dtype={})", module(), type));
  std::string numbers = attribute_text(n, "start") + ", " + attribute_text(n, "stop") + ", " + attribute_text(n, "step");
  // Of integer dtypes a framework rounds the step, not the elements; nobody has ranges of bool, nor TensorFlow of bytes.
  const bool fractions = numbers.find('.') != numbers.npos && kind_of(d) == dtype_kind::integer;
  const bool bytes = (to_ == idiom::tensorflow && d == dtype::uint8) || d == dtype::bool_;
  if (fractions || bytes) type = dtype_text(numbers.find('.') != numbers.npos ? dtype::float64 : dtype::int64);
  const std::string made = format_text("{}.{}({}, dtype={})", module(), to_ == idiom::tensorflow ? "range" : "arange", numbers, type);
  if (!fractions && !bytes) return call(made);
  if (to_ == idiom::tensorflow) return call(format_text("tf.cast({}, {})", made, dtype_text(d)));
  return call(format_text("{}.{}({})", made, to_ == idiom::torch ? "to" : "astype", dtype_text(d)));
}

std::string python_writer::repeated(std::string_view text, std::size_t times) {
  std::string s;
  for (std::size_t i = 0; i < times; ++i) s += text;
  return s;
}

expression python_writer::take_text(const node& n) {
  const std::int64_t axis = axis_attribute(n);
  const std::string x = array_input(n, 0);
  if (to_ == idiom::numpy) return call(format_text("np.take({}, {}, axis={})", x, array_input(n, 1), axis));
  if (to_ == idiom::jax) return call(format_text("jnp.take({}, {}, axis={}, mode=\"wrap\")", x, array_input(n, 1), axis));
  if (to_ == idiom::torch) {
    const std::int64_t place = axis < 0 ? axis + rank_of(n, 0) : axis;
    return call(format_text("{}[{}{}]", input(n, 0, strength::whole), repeated(":, ", static_cast<std::size_t>(place)), array_input(n, 1)));
  }
  name_value(n.inputs[0]);
  name_value(n.inputs[1]);
  const std::string &from = at(n.inputs[0]).text, indices = array_input(n, 1);
  const std::string inside = format_text("tf.where({} < 0, {} + {}.shape[{}], {})", indices, indices, from, axis, indices);
  return call(format_text("tf.gather({}, {}, axis={})", from, inside, axis));
}

expression python_writer::tensorflow_take_along(const node& n) {
  const std::int64_t axis = axis_attribute(n, -1);
  std::string x = array_input(n, 0), indices = array_input(n, 1);
  // The extents but that of the axis are those of the result: TensorFlow does not repeat them by itself.
  if (const type& made = type_of(n.first_result); made.complete()) {
    const extents all = made.known_extents();
    std::vector<std::int64_t> shape(all.begin(), all.end());
    if (of(n, 1).known_extents() != all) indices = format_text("tf.broadcast_to({}, {})", indices, tuple_of(shape));
    const auto place = static_cast<std::size_t>(axis < 0 ? axis + made.rank() : axis);
    shape[place] = of(n, 0).known_extents()[place];
    if (!(of(n, 0).known_extents() == extents(shape))) x = format_text("tf.broadcast_to({}, {})", x, tuple_of(shape));
  }
  return call(format_text("tnp.take_along_axis({}, {}, axis={})", x, indices, axis));
}

expression python_writer::torch_take_along(const node& n) {
  name_value(n.inputs[1]);
  name_value(n.inputs[0]);
  const std::string &x = at(n.inputs[0]).text, indices = array_input(n, 1);
  const std::int64_t axis = axis_attribute(n, -1);
  // torch counts from the front alone.
  const std::string inside = format_text("torch.where({} < 0, {} + {}.shape[{}], {})", indices, indices, x, axis, indices);
  return call(format_text("torch.take_along_dim({}, {}.long(), dim={})", x, inside, axis));
}

expression python_writer::roll_text(const node& n) {
  const std::vector<std::int64_t> shift = n.attrs.get_ints("shift");
  std::string by = axis_of(shift), x = array_input(n, 0);
  if (shift.empty() || (n.attrs.has("axis") && n.attrs.get_ints("axis").empty())) return at(n.inputs[0]);
  if (to_ == idiom::numpy || to_ == idiom::jax)
    return call(
        format_text("{}.roll({}, {}{})", module(), x, by, n.attrs.has("axis") ? ", axis=" + axis_of(n.attrs.get_ints("axis")) : ""));
  const bool torch = to_ == idiom::torch;
  if (n.attrs.has("axis")) {
    std::vector<std::int64_t> axes = n.attrs.get_ints("axis");
    std::vector<std::int64_t> shifts = shift;
    if (shifts.size() == 1) shifts.resize(axes.size(), shift.front());
    if (axes.size() == 1) axes.resize(shifts.size(), axes.front());
    if (torch) return call(format_text("torch.roll({}, {}, dims={})", x, axis_of(shifts), axis_of(axes)));
    return call(format_text("tf.roll({}, {}, axis={})", x, axis_of(shifts), axis_of(axes)));
  }
  if (torch) return call(format_text("torch.roll({}, {})", x, by));
  name_value(n.inputs[0]);
  const std::string& whole = at(n.inputs[0]).text;
  return call(format_text("tf.reshape(tf.roll(tf.reshape({}, (-1,)), {}, axis=0), tf.shape({}))", whole, by, whole));
}

// Ops of the torch frontend before types are known: what is written serves every rank that the op takes.
expression python_writer::of_frontend(const node& n) {
  make_room(n);
  const bool torch = to_ == idiom::torch;
  if (n.op->name == "torch.slice_scatter") {
    const std::int64_t dim = n.attrs.get_int("dim"), step = n.attrs.get_int("step");
    const auto place = [&](const char* name) {
      return n.attrs.has(name) ? std::to_string(n.attrs.get_int(name)) : std::string(torch ? "None" : "");
    };
    const std::string start = place("start"), end = place("end"), x = input(n, 0, strength::whole);
    if (torch)
      return call(
          format_text("torch.slice_scatter({}, {}, dim={}, start={}, end={}, step={})", input(n, 0), input(n, 1), dim, start, end, step));
    const std::string part = format_text("{}:{}{}", start, end, step == 1 ? "" : ":" + std::to_string(step));
    const std::string key = dim < 0 ? "..., " + part + repeated(", :", static_cast<std::size_t>(-dim - 1))
                                    : repeated(":, ", static_cast<std::size_t>(dim)) + part;
    return call(format_text("{}.at[{}].set({})", x, key, input(n, 1)));
  }
  if (n.op->name == "torch.pad") {
    const std::vector<std::int64_t> pad = n.attrs.get_ints("pad");
    const std::string mode = n.attrs.get_string("mode"), value = spelled(n.attrs.get_real("value"), to_);
    const bool constant = mode == "constant";
    if (torch)
      return call(format_text("torch.nn.functional.pad({}, {}{})", input(n, 0), tuple_of(pad),
                              constant ? (value == "0.0" ? "" : ", value=" + value) : format_text(", mode=\"{}\"", mode)));
    name_value(n.inputs[0]);
    const std::string& x = at(n.inputs[0]).text;
    std::string pairs;
    for (std::size_t i = pad.size(); i >= 2; i -= 2)
      pairs += format_text("{}({}, {})", i == pad.size() ? "" : ", ", pad[i - 2], pad[i - 1]);
    const char* const way = mode == "replicate" ? "edge" : mode == "circular" ? "wrap" : "reflect";
    return call(format_text("{}.pad({}, [(0, 0)] * ({}.ndim - {}) + [{}]{})", module(), x, x, pad.size() / 2, pairs,
                            constant ? (value == "0.0" ? "" : ", constant_values=" + value) : format_text(", mode=\"{}\"", way)));
  }
  if (n.op->name == "torch.conv2d") {
    const std::vector<std::int64_t> padding = n.attrs.get_ints("padding"), dilation = n.attrs.get_ints("dilation");
    const std::int64_t groups = n.attrs.get_int("groups");
    return call(format_text("jax.lax.conv_general_dilated({}, {}, {}, [({}, {}), ({}, {})]{}{})", input(n, 0), input(n, 1),
                            tuple_of(n.attrs.get_ints("stride")), padding[0], padding[0], padding[1], padding[1],
                            dilation == std::vector<std::int64_t>{1, 1} ? "" : ", rhs_dilation=" + tuple_of(dilation),
                            groups == 1 ? "" : format_text(", feature_group_count={}", groups)));
  }
  throw internal_error(format_text("[source_code] \"{}\" has a form made by code that is not there", n.op->name));
}

}  // namespace tendril::source_text
