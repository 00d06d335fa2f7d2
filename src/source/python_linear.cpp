// Python of linear algebra, and of what writes to places.
#include "source/python_writer.hpp"

#include <tendril/detail/op_id.hpp>

namespace tendril::source_text {

// What numpy and jax take for a column is not what torch and tensorflow do.
expression python_writer::solve_text(const node& n) {
  make_room(n);
  const bool torch = to_ == idiom::torch;
  std::string a = array_input(n, 0), b = array_input(n, 1);
  const int left = of(n, 0).ranked ? rank_of(n, 0) : 2, right = of(n, 1).ranked ? rank_of(n, 1) : 2;
  if (torch) {
    // Of one dim less than the matrix it would be a batch of vectors.
    const bool batch = right > 1 && right == left - 1;
    return call(format_text("torch.linalg.solve({}, {})", a, batch ? input(n, 1, strength::whole) + "[None]" : b));
  }
  if (right == 1) b = format_text("{}[:, None]", input(n, 1, strength::whole));
  // tf.linalg.solve wants one batch of both.
  if (const type& made = type_of(n.first_result); made.complete() && (left > 2 || right > 2)) {
    extents all = made.known_extents();
    if (right == 1) all.push_back(1);
    std::vector<std::int64_t> shape(all.begin(), all.end());
    b = format_text("tf.broadcast_to({}, {})", b, tuple_of(shape));
    shape.back() = shape[shape.size() - 2];
    a = format_text("tf.broadcast_to({}, {})", a, tuple_of(shape));
  }
  const std::string solved = format_text("tf.linalg.solve({}, {})", a, b);
  return call(right == 1 ? format_text("tf.squeeze({}, axis=-1)", solved) : solved);
}

// The triangle that is read is the one that is given.
expression python_writer::cholesky_text(const node& n) {
  make_room(n);
  const std::string x = array_input(n, 0);
  const bool upper = n.attrs.get_bool("upper");
  if (to_ == idiom::numpy || to_ == idiom::torch)
    return call(format_text("{}.linalg.cholesky({}{})", module(), x, upper ? ", upper=True" : ""));
  if (to_ == idiom::jax)
    return call(upper ? format_text("jnp.linalg.cholesky({}.mT, symmetrize_input=False).mT", input(n, 0, strength::whole))
                      : format_text("jnp.linalg.cholesky({}, symmetrize_input=False)", x));
  const auto turned = [](const std::string& text) { return format_text("tf.linalg.matrix_transpose({})", text); };
  return call(upper ? turned(format_text("tf.linalg.cholesky({})", turned(x))) : format_text("tf.linalg.cholesky({})", x));
}

// numpy and jax solve any matrix; the triangle that is read is cut out of it.
expression python_writer::triangular_text(const node& n) {
  make_room(n);
  bool upper = n.attrs.get_bool("upper");
  const bool turned = n.attrs.get_bool("transposed"), unit = n.attrs.get_bool("unit_diagonal");
  const int right = of(n, 1).ranked ? rank_of(n, 1) : 2;
  if (to_ == idiom::numpy || to_ == idiom::jax) {
    if (unit) name_value(n.inputs[0]);
    const std::string x = array_input(n, 0);
    std::string a = format_text("{}.{}({}{})", module(), upper ? "triu" : "tril", x, unit ? upper ? ", 1" : ", -1" : "");
    if (unit) a += format_text(" + {0}.eye({1}.shape[-1], dtype={1}.dtype)", module(), x);
    if (turned) a = format_text("{}.matrix_transpose({})", module(), a);
    return call(format_text("{}.linalg.solve({}, {})", module(), a, array_input(n, 1)));
  }
  std::string a = array_input(n, 0), b = array_input(n, 1);
  if (right == 1) b = format_text("{}[:, None]", input(n, 1, strength::whole));
  if (to_ == idiom::torch) {
    if (turned) a = input(n, 0, strength::whole) + ".mT", upper = !upper;
    const std::string made = format_text("torch.linalg.solve_triangular({}, {}, upper={}{})", a, b, upper ? "True" : "False",
                                         unit ? ", unitriangular=True" : "");
    return call(right == 1 ? made + ".squeeze(-1)" : made);
  }
  if (unit) {
    name_value(n.inputs[0]);
    a = array_input(n, 0);
    a = format_text("tf.linalg.set_diag({0}, tf.ones_like(tf.linalg.diag_part({0})))", a);
  }
  const std::string made =
      format_text("tf.linalg.triangular_solve({}, {}{}{})", a, b, upper ? ", lower=False" : "", turned ? ", adjoint=True" : "");
  return call(right == 1 ? format_text("tf.squeeze({}, axis=-1)", made) : made);
}

expression python_writer::eigenvalues_text(const node& n) {
  make_room(n);
  const std::string x = array_input(n, 0);
  const bool upper = n.attrs.get_bool("upper");
  const std::string_view name = n.op->name;
  if (to_ == idiom::tensorflow)
    return call(upper ? format_text("tf.linalg.{}(tf.linalg.matrix_transpose({}))", name, x) : format_text("tf.linalg.{}({})", name, x));
  return call(format_text("{}.linalg.{}({}{}{})", module(), name, x, upper ? ", UPLO=\"U\"" : "",
                          to_ == idiom::jax ? ", symmetrize_input=False" : ""));
}

expression python_writer::factors_text(const node& n) {
  make_room(n);
  return call(format_text("tf.linalg.qr({}{})", array_input(n, 0), n.attrs.get_string("mode") == "complete" ? ", full_matrices=True" : ""));
}

// tensorflow has the values first, and the vectors of both sides as columns.
void python_writer::write_singular(const node& n, const std::vector<std::string>& made) {
  const std::string v = names_.fresh("v");
  statement(format_text("{}, {}, {} = tf.linalg.svd({}{})", made[1], made[0], v, array_input(n, 0),
                        n.attrs.get_bool("full_matrices") ? ", full_matrices=True" : ""));
  statement(format_text("{} = tf.linalg.matrix_transpose({})", made[2], v));
}

// Indices of all axes: the given ones along theirs, of the others all places, as columns of the right rank.
std::string python_writer::places_text(const node& n, const std::string& x, const std::string& indices, bool wide) const {
  const int rank = rank_of(n, 0);
  const auto axis = static_cast<int>(axis_attribute(n, -1));
  std::string s;
  for (int k = 0; k < rank; ++k) {
    std::string part = indices;
    if (k != (axis < 0 ? axis + rank : axis)) {
      part = to_ == idiom::tensorflow ? format_text("tf.range({}.shape[{}], dtype={})", x, k, dtype_text(of(n, 1).dtype))
                                      : format_text("{}.arange({}.shape[{}])", module(), x, k);
      if (k + 1 < rank) part += format_text("[:, {}]", repeated("None, ", static_cast<std::size_t>(rank - k - 2)) + "None");
    }
    if (wide) {
      std::vector<std::int64_t> shape;
      for (int i = 0; i < rank; ++i)
        shape.push_back(i == (axis < 0 ? axis + rank : axis) ? of(n, 1).shape[static_cast<std::size_t>(i)].value
                                                             : of(n, 0).shape[static_cast<std::size_t>(i)].value);
      part = format_text("tf.broadcast_to({}, {})", part, tuple_of(shape));
    }
    s += (k ? ", " : "") + part;
  }
  return s;
}

expression python_writer::scatter_text(const node& n) {
  name_value(n.inputs[0]);
  name_value(n.inputs[1]);
  name_value(n.inputs[2]);
  const bool add = n.attrs.get_string("combine") == "add";
  const std::string x = array_input(n, 0), indices = array_input(n, 1), updates = array_input(n, 2);
  const std::string places = to_ == idiom::tensorflow ? std::string() : places_text(n, x, indices, false);
  const std::string all = rank_of(n, 0) == 1 && to_ != idiom::torch ? places
                          : rank_of(n, 0) == 1                      ? format_text("({},)", places)
                                                                    : format_text("({})", places);
  const std::string grid = names_.fresh("places");
  if (to_ != idiom::tensorflow) statement(grid + " = " + all);
  switch (to_) {
    case idiom::jax: return call(format_text("{}.at[{}].{}({})", x, grid, add ? "add" : "set", updates));
    case idiom::torch: return call(format_text("{}.index_put({}, {}{})", x, grid, updates, add ? ", accumulate=True" : ""));
    case idiom::tensorflow: {
      const auto axis = static_cast<int>(axis_attribute(n, -1));
      const std::size_t place = static_cast<std::size_t>(axis < 0 ? axis + rank_of(n, 0) : axis);
      const std::string inside = format_text("tf.where({0} < 0, {0} + {1}.shape[{2}], {0})", indices, x, place);
      const std::string from_front = names_.fresh("indices");
      statement(from_front + " = " + inside);
      statement(grid + " = " + format_text("tf.stack([{}], axis=-1)", places_text(n, x, from_front, true)));
      const std::string spread = format_text("tf.broadcast_to({}, {}.shape[:-1])", updates, grid);
      return call(format_text("tf.tensor_scatter_nd_{}({}, {}, {})", add ? "add" : "update", x, grid, spread));
    }
    default: {
      const std::string name = names_.fresh(name_for(n));
      statement(format_text("{} = {}.copy()", name, x));
      statement(add ? format_text("np.add.at({}, {}, {})", name, grid, updates) : format_text("{}[{}] = {}", name, grid, updates));
      return {name, strength::whole, true};
    }
  }
}

}  // namespace tendril::source_text
