// Python of arithmetic that takes more than a text, of reductions, and along axes.
#include "source/python_writer.hpp"

#include <cmath>

#include <tendril/ops.hpp>

#include <tendril/detail/op_id.hpp>

namespace tendril::source_text {

std::string python_writer::array_input(const node& n, std::size_t i) {
  return is_number(n.inputs[i]) && !weak(n.inputs[i]) ? typed_number(n.inputs[i]) : input(n, i);
}

std::string python_writer::select(std::string_view condition, std::string_view a, std::string_view b) const {
  return format_text("{}.where({}, {}, {})", module(), condition, a, b);
}

expression python_writer::special(const node& n) {
  switch (n.id()) {
    case op_id::floor_divide:
    case op_id::remainder: return integer_division(n);
    case op_id::clip: return clip_text(n);
    case op_id::gelu: return gelu_text(n);
    case op_id::bitwise_left_shift:
    case op_id::bitwise_right_shift: return shift_text(n);
    case op_id::sort:
    case op_id::argsort: return sort_text(n);
    case op_id::cumulative_sum:
    case op_id::cumulative_prod: return cumulative_text(n);
    case op_id::getitem: return getitem_text(n);
    case op_id::pow: return power_text(n);
    case op_id::matmul: return product_text(n);
    case op_id::solve: return solve_text(n);
    case op_id::cholesky: return cholesky_text(n);
    case op_id::triangular_solve: return triangular_text(n);
    case op_id::eigh:
    case op_id::eigvalsh: return eigenvalues_text(n);
    case op_id::qr: return factors_text(n);
    case op_id::scatter: return scatter_text(n);
    case op_id::argmax:
    case op_id::argmin: return search_text(n);
    default: break;
  }
  if (n.id() == op_id::custom) return of_frontend(n);
  if (n.op->is(trait::reduction)) return reduction(n, n.id());
  return structural(n);
}

// Of operands that may be 0 the standard says nothing, and Tendril gives 0.
expression python_writer::integer_division(const node& n) {
  make_room(n);
  const char* sign = n.id() == op_id::floor_divide ? "//" : "%";
  const strength b = strength::product;
  const array* divisor = constant(n.inputs[1]);
  if (divisor && divisor->ndim() == 0 && detail::scalar_of(*divisor).integer() != 0)
    return {format_text("{} {} {}", gives_dtype(n) ? input(n, 0, b) : typed_number(n.inputs[0]), sign, input(n, 1, strength::sign)), b,
            false};
  name_value(n.inputs[1]);
  const std::string d = is_number(n.inputs[1]) ? typed_number(n.inputs[1]) : at(n.inputs[1]).text;
  const std::string one = select(d + " == 0", "1", d);
  return call(select(d + " == 0", "0", format_text("{} {} {}", input(n, 0, b), sign, one)));
}

expression python_writer::power_text(const node& n) {
  make_room(n);
  if (to_ == idiom::tensorflow && type_of(n.first_result).dtype == dtype::uint8)  // which tf.pow does not take
    return call(format_text("tf.cast(tf.cast({}, tf.int64) ** tf.cast({}, tf.int64), tf.uint8)", input(n, 0), input(n, 1)));
  const bool typed = !gives_dtype(n);
  const std::string a = typed ? typed_number(n.inputs[0]) : input(n, 0, strength::whole);
  const std::string b = at(n.inputs[1]).simple ? at(n.inputs[1]).text : input(n, 1, strength::whole);
  const bool hugs = at(n.inputs[0]).simple && at(n.inputs[1]).simple && (a + b).find_first_of("([") == std::string::npos;
  return {a + (hugs ? "**" : " ** ") + b, strength::power, false};
}

expression python_writer::product_text(const node& n) {
  make_room(n);
  // Of unknown types both are matrices.
  const int left = of(n, 0).ranked ? rank_of(n, 0) : 2, right = of(n, 1).ranked ? rank_of(n, 1) : 2;
  std::string a = array_input(n, 0), b = array_input(n, 1);
  const bool bytes = type_of(n.first_result).dtype == dtype::uint8;  // which tf.matmul does not take
  if (bytes) a = format_text("tf.cast({}, tf.int64)", a), b = format_text("tf.cast({}, tf.int64)", b);
  std::string s;
  if (left > 1 && right > 1) s = format_text("tf.matmul({}, {})", a, b);
  else if (left == 1 && right == 1) s = format_text("tf.tensordot({}, {}, axes=1)", a, b);
  else if (right == 1) s = format_text("tf.linalg.matvec({}, {})", a, b);
  else s = format_text("tf.linalg.matvec({}, {}, transpose_a=True)", b, a);
  return call(bytes ? format_text("tf.cast({}, tf.uint8)", s) : s);
}

expression python_writer::clip_text(const node& n) {
  make_room(n);
  const bool low = n.inputs[1] != absent, high = n.inputs[2] != absent;
  const std::string x = array_input(n, 0);
  if (!low && !high) return at(n.inputs[0]);
  if (to_ == idiom::tensorflow) {
    std::string s = x;
    if (low) s = format_text("tf.maximum({}, {})", s, input(n, 1));
    if (high) s = format_text("tf.minimum({}, {})", s, input(n, 2));
    return call(s);
  }
  if (to_ == idiom::torch) {
    // Both bounds are numbers, or both tensors.
    const bool tensors = (low && !is_number(n.inputs[1])) || (high && !is_number(n.inputs[2]));
    const auto bound = [&](std::size_t i) { return tensors && is_number(n.inputs[i]) ? typed_number(n.inputs[i]) : input(n, i); };
    return call(format_text("torch.clamp({}{}{})", x, low ? ", min=" + bound(1) : "", high ? ", max=" + bound(2) : ""));
  }
  return call(format_text("{}.clip({}, {}, {})", module(), x, low ? input(n, 1) : "None", high ? input(n, 2) : "None"));
}

expression python_writer::gelu_text(const node& n) {
  const bool tanh = n.attrs.get_string("approximate") == "tanh";
  if (to_ == idiom::numpy) {
    name_value(n.inputs[0]);
    const std::string& x = at(n.inputs[0]).text;
    if (tanh) return {format_text("{} / (1 + np.exp(-1.5957691216057308 * ({} + 0.044715 * {}**3)))", x, x, x), strength::product, false};
    return {format_text("0.5 * {} * special.erfc(-0.7071067811865476 * {})", x, x), strength::product, false};
  }
  if (to_ == idiom::tensorflow) {
    // The function tf.nn.gelu has constants of float32.
    name_value(n.inputs[0]);
    const std::string& x = at(n.inputs[0]).text;
    if (tanh) return {format_text("{} * tf.sigmoid(1.5957691216057308 * ({} + 0.044715 * {}**3))", x, x, x), strength::product, false};
    return {format_text("0.5 * {} * tf.math.erfc(-0.7071067811865476 * {})", x, x), strength::product, false};
  }
  make_room(n);
  const std::string x = array_input(n, 0);
  if (to_ == idiom::torch) return call(format_text("torch.nn.functional.gelu({}{})", x, tanh ? ", approximate=\"tanh\"" : ""));
  return call(format_text("jax.nn.gelu({}, approximate={})", x, tanh ? "True" : "False"));
}

expression python_writer::shift_text(const node& n) {
  make_room(n);
  const bool left = n.id() == op_id::bitwise_left_shift, tf = to_ == idiom::tensorflow;
  const std::int64_t bits = bits_of(of(n, 0).dtype);
  const auto shifted = [&](const std::string& a, const std::string& b) {
    return tf ? format_text("tf.bitwise.{}_shift({}, {})", left ? "left" : "right", a, b)
              : format_text("{} {} {}", a, left ? "<<" : ">>", b);
  };
  const strength around = tf ? strength::comparison : strength::shift;
  const std::string a = gives_dtype(n) ? input(n, 0, around) : typed_number(n.inputs[0]);
  if (const array* c = constant(n.inputs[1]); c && c->ndim() == 0) {
    const std::int64_t by = detail::scalar_of(*c).integer();
    const bool sign_stays = !left && is_signed(of(n, 0).dtype);
    if ((by < 0 || by >= bits) && !sign_stays) return call(format_text("{}.zeros_like({})", module(), gives_dtype(n) ? input(n, 0) : a));
    const std::int64_t places = by >= 0 && by < bits ? by : bits - 1;
    return {shifted(a, std::to_string(places)), tf ? strength::whole : strength::shift, false};
  }
  name_value(n.inputs[1]);
  const std::string b = is_number(n.inputs[1]) ? typed_number(n.inputs[1]) : at(n.inputs[1]).text;
  const std::string beyond =
      is_signed(of(n, 1).dtype) ? format_text("({} < 0) | ({} >= {})", b, b, bits) : format_text("{} >= {}", b, bits);
  if (!left && is_signed(of(n, 0).dtype)) {
    const std::string by = select(beyond, std::to_string(bits - 1), b);
    return {shifted(a, by), tf ? strength::whole : strength::shift, false};
  }
  return call(select(beyond, "0", shifted(a, select(beyond, "0", b))));
}

python_writer::reduced python_writer::reduced_of(const node& n) const {
  reduced r;
  r.all = !n.attrs.has("axis");
  r.keep = n.attrs.get_bool("keepdims");
  if (!r.all) r.axes = n.attrs.get_ints("axis");
  if (r.all && (of(n, 0).ranked || (r.keep && to_ == idiom::torch)))
    for (int i = 0; i < rank_of(n, 0); ++i) r.axes.push_back(i);
  return r;
}

expression python_writer::reduction(const node& n, op_id op) {
  make_room(n);
  const reduced r = reduced_of(n);
  const bool torch = to_ == idiom::torch, tf = to_ == idiom::tensorflow;
  std::string x = array_input(n, 0);
  dtype in = of(n, 0).dtype;
  const dtype out = type_of(n.first_result).dtype;
  if (r.axes.empty() && (!r.all || r.keep)) return no_axes(n, op, x, in, out);
  std::string options;
  const auto option = [&](std::string_view name, const std::string& value) { options += format_text(", {}={}", name, value); };
  if (!r.all || (torch && r.keep)) option(torch ? "dim" : "axis", axis_of(r.axes));
  const bool sum = op == op_id::sum || op == op_id::prod;
  if (const node* cast = maker(n.inputs[0]); sum && !tf && cast && cast->id() == op_id::astype && uses_of(n.inputs[0]) == 1)
    // Integers that are converted for their sum alone: the function says so by itself, or by its option.
    if (kind_of(of(*cast, 0).dtype) != dtype_kind::real) {
      x = array_input(*cast, 0);
      in = of(*cast, 0).dtype;
    }
  if (torch && (op == op_id::var || op == op_id::std)) option("correction", correction_text(n));
  if (!torch && !tf && (op == op_id::var || op == op_id::std) && correction_of(n) != 0) option("ddof", correction_text(n));
  if (sum && in != dtype::unknown && out != summed_by_itself(in)) {
    if (tf) x = format_text("tf.cast({}, {})", x, dtype_text(out));
    else option("dtype", dtype_text(out));
  }
  if (r.keep) option(torch ? "keepdim" : "keepdims", "True");
  if (torch && op == op_id::prod && r.axes.size() > 1 && !(r.all && !r.keep))
    return torch_product(r, rank_of(n, 0), x, in != out ? out : dtype::unknown);
  if (torch && op == op_id::count_nonzero && r.keep)
    return call(format_text("torch.sum({} != 0, dim={}, keepdim=True)", bracketed(at(n.inputs[0]), strength::bit_or), axis_of(r.axes)));
  if (tf && (op == op_id::var || op == op_id::std)) return tensorflow_variance(n, op, x, options);
  std::string name(record_of(op).name);
  if (torch && (op == op_id::max || op == op_id::min)) name = "a" + name;
  std::string function = format_text("{}.{}", module(), name);
  if (tf) function = op == op_id::count_nonzero ? "tf.math.count_nonzero" : "tf.reduce_" + name;
  return call(format_text("{}({}{})", function, x, options));
}

// What the idiom's own sum gives of a dtype: unknown where it is one that Tendril does not have.
dtype python_writer::summed_by_itself(dtype in) const {
  if (to_ == idiom::tensorflow || kind_of(in) == dtype_kind::real) return in;
  return to_ == idiom::torch || in == dtype::bool_ || is_signed(in) ? dtype::int64 : dtype::unknown;
}

std::string python_writer::correction_text(const node& n) const {
  const double c = correction_of(n);
  return c == std::floor(c) ? format_text("{}", static_cast<std::int64_t>(c)) : spelled(c, to_);
}

// Over no axis at all each element stands alone.
expression python_writer::no_axes(const node& n, op_id op, const std::string& x, dtype in, dtype out) {
  const std::string as_out = in == out                  ? x
                             : to_ == idiom::tensorflow ? format_text("tf.cast({}, {})", x, dtype_text(out))
                             : to_ == idiom::torch      ? format_text("{}.to({})", input(n, 0, strength::whole), dtype_text(out))
                                                        : format_text("{}.astype({})", input(n, 0, strength::whole), dtype_text(out));
  switch (op) {
    case op_id::any:
    case op_id::all:
      return in == dtype::bool_ ? at(n.inputs[0]) : expression{input(n, 0, strength::bit_or) + " != 0", strength::comparison, false};
    case op_id::count_nonzero:
      return call(to_ == idiom::tensorflow ? format_text("tf.cast({} != 0, {})", x, dtype_text(out))
                  : to_ == idiom::torch    ? format_text("({} != 0).to({})", x, dtype_text(out))
                                           : format_text("({} != 0).astype({})", x, dtype_text(out)));
    case op_id::var:
    case op_id::std:
      if (correction_of(n) >= 1)
        return call(format_text("{}.full_like({}, {})", to_ == idiom::tensorflow ? "tnp" : module(), x, spelled(std::nan(""), to_)));
      name_value(n.inputs[0]);
      return {format_text("{} - {}", at(n.inputs[0]).text, at(n.inputs[0]).text), strength::sum, false};
    default: return in == out ? at(n.inputs[0]) : call(as_out);
  }
}

// torch.prod takes one dim: the last first, so that the others keep their places.
expression python_writer::torch_product(const reduced& r, int rank, std::string x, dtype as) {
  std::vector<std::int64_t> axes = r.axes;
  for (std::int64_t& a : axes) a = a < 0 ? a + rank : a;
  std::sort(axes.rbegin(), axes.rend());
  for (const std::int64_t a : axes) {
    x = format_text("torch.prod({}, dim={}{}{})", x, a, as != dtype::unknown ? ", dtype=" + dtype_text(as) : "",
                    r.keep ? ", keepdim=True" : "");
    as = dtype::unknown;
  }
  return call(x);
}

expression python_writer::tensorflow_variance(const node& n, op_id op, const std::string& x, const std::string& options) {
  if (correction_of(n) == 0) return call(format_text("tf.math.reduce_{}({}{})", op == op_id::var ? "variance" : "std", x, options));
  name_value(n.inputs[0]);
  const std::string& name = at(n.inputs[0]).text;
  const std::string count = names_.fresh("count");
  statement(format_text("{} = tf.cast(tf.size({}) / tf.size(tf.reduce_mean({}{})), {}.dtype)", count, name, name, options, name));
  const std::string scaled =
      format_text("tf.math.reduce_variance({}{}) * ({} / ({} - {}))", name, options, count, count, correction_text(n));
  if (op == op_id::var) return {scaled, strength::product, false};
  return call(format_text("tf.sqrt({})", scaled));
}

expression python_writer::search_text(const node& n) {
  make_room(n);
  const reduced r = reduced_of(n);
  std::string x = array_input(n, 0);
  const std::string name = n.op->name;
  if (to_ == idiom::tensorflow) {
    if (r.all) x = format_text("tf.reshape({}, (-1,))", x);
    const std::int64_t axis = r.all ? 0 : r.axes.front();
    std::string s = format_text("tf.{}({}, axis={})", name, x, axis);
    if (!r.keep) return call(s);
    if (!r.all) return call(format_text("tf.expand_dims({}, axis={})", s, axis));
    return call(format_text("tf.reshape({}, {})", s, tuple_of(std::vector<std::int64_t>(r.axes.size(), 1))));
  }
  const bool torch = to_ == idiom::torch;
  if (torch && r.all && r.keep)
    return call(format_text("torch.reshape(torch.{}({}), {})", name, x, tuple_of(std::vector<std::int64_t>(r.axes.size(), 1))));
  return call(format_text("{}.{}({}{}{})", module(), name, x, r.all ? "" : format_text(", {}={}", torch ? "dim" : "axis", r.axes.front()),
                          r.keep ? (torch ? ", keepdim=True" : ", keepdims=True") : ""));
}

std::int64_t python_writer::axis_attribute(const node& n, std::int64_t otherwise) const {
  return n.attrs.has("axis") ? n.attrs.get_ints("axis").front() : otherwise;
}

expression python_writer::sort_text(const node& n) {
  const bool down = n.attrs.get_bool("descending"), order = n.id() == op_id::argsort;
  const std::int64_t axis = n.attrs.get_int("axis");
  if (down && order && to_ == idiom::numpy) name_value(n.inputs[0]);
  make_room(n);
  const std::string x = array_input(n, 0);
  switch (to_) {
    case idiom::numpy:
      if (!order)
        return call(down ? format_text("np.flip(np.sort({}, axis={}), axis={})", x, axis, axis)
                         : format_text("np.sort({}, axis={})", x, axis));
      if (!down) return call(format_text("np.argsort({}, axis={}, stable=True)", x, axis));
      // Of equal elements the first comes first: the order of what is turned round, turned round.
      return {format_text("{}.shape[{}] - 1 - np.flip(np.argsort(np.flip({}, {}), {}, stable=True), {})", x, axis, x, axis, axis, axis),
              strength::sum, false};
    case idiom::torch:
      if (order) return call(format_text("torch.argsort({}, dim={}{}, stable=True)", x, axis, down ? ", descending=True" : ""));
      return call(format_text("torch.sort({}, dim={}{}).values", x, axis, down ? ", descending=True" : ""));
    case idiom::jax:
      return call(format_text("jnp.{}({}, axis={}{})", order ? "argsort" : "sort", x, axis, down ? ", descending=True" : ""));
    case idiom::tensorflow: {
      const std::string direction = down ? ", direction=\"DESCENDING\"" : "";
      const bool truths = of(n, 0).dtype == dtype::bool_;  // which tf.sort does not take
      const std::string numbers = truths ? format_text("tf.cast({}, tf.int32)", x) : x;
      if (order) return call(format_text("tf.cast(tf.argsort({}, axis={}{}, stable=True), tf.int64)", numbers, axis, direction));
      const std::string sorted = format_text("tf.sort({}, axis={}{})", numbers, axis, direction);
      return call(truths ? format_text("tf.cast({}, tf.bool)", sorted) : sorted);
    }
    default: break;  // no Python
  }
  return {};
}

expression python_writer::cumulative_text(const node& n) {
  make_room(n);
  const bool sum = n.id() == op_id::cumulative_sum, first = n.attrs.get_bool("include_initial");
  const std::int64_t axis = axis_attribute(n);
  std::string x = array_input(n, 0), options;
  const dtype in = of(n, 0).dtype, out = type_of(n.first_result).dtype;
  if (in != dtype::unknown && out != summed_by_itself(in)) {
    if (to_ == idiom::tensorflow) x = format_text("tf.cast({}, {})", x, dtype_text(out));
    else options = ", dtype=" + dtype_text(out);
  }
  std::string s;
  if (to_ == idiom::torch) s = format_text("torch.{}({}, dim={}{})", sum ? "cumsum" : "cumprod", x, axis, options);
  else if (to_ == idiom::tensorflow) s = format_text("tf.math.{}({}, axis={})", sum ? "cumsum" : "cumprod", x, axis);
  else if (first)
    return call(format_text("{}.cumulative_{}({}, axis={}{}, include_initial=True)", module(), sum ? "sum" : "prod", x, axis, options));
  else s = format_text("{}.{}({}, axis={}{})", module(), sum ? "cumsum" : "cumprod", x, axis, options);
  if (!first) return call(s);
  const std::string name = names_.fresh("running");
  statement(name + " = " + s);
  std::string before;  // one slice of zeros or ones
  const int rank = rank_of(n, 0);
  const auto place = static_cast<int>(axis < 0 ? axis + rank : axis);
  for (int i = 0; i < place; ++i) before += ":, ";
  // Of nothing there is no slice to take: a sum of no elements has the shape.
  const std::string empty = format_text("{}({}, {}={}, {}=True)", to_ == idiom::torch ? "torch.sum" : "tf.reduce_sum", name,
                                        to_ == idiom::torch ? "dim" : "axis", axis, to_ == idiom::torch ? "keepdim" : "keepdims");
  const std::string filled = format_text("{}.{}_like({}{})", module(), sum ? "zeros" : "ones", empty,
                                         to_ == idiom::torch ? format_text(", dtype={}.dtype", name) : "");
  return call(joined_text(filled + ", " + name, axis));
}

}  // namespace tendril::source_text
