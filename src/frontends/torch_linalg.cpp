// Systems of equations of the torch frontend, and what writes to places that an index names.
#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "frontends/torch_ops.hpp"

namespace tendril::frontends::torch {
namespace {

using list = std::vector<std::int64_t>;

// torch decomposes real numbers alone, of one dtype.
dtype real_alike(std::string_view op, std::span<const dtype> dtypes, std::span<const bool>, std::span<const bool>) {
  for (const dtype d : dtypes) {
    if (kind_of(d) != dtype_kind::real) refuse(op, std::string(name_of(d)), "a floating dtype", "Convert with .to(torch::float32).");
    if (d != dtypes.front())
      refuse(op, format_text("{} and {}", name_of(dtypes.front()), name_of(d)), "the same dtype twice", "Convert one with .to().");
  }
  return dtypes.empty() ? dtype::unknown : dtypes.front();
}
}  // namespace

const promotion_rules& of_reals() {
  static constexpr promotion_rules rules = {
      .name = "torch", .together = real_alike, .default_real = dtype::float32, .integer_sums_to_int64 = true, .bool_is_numeric = true};
  return rules;
}

namespace {

// A tensor of one dim less than the matrices, and of their other extents, holds vectors.
Tensor solved(const Tensor& A, const Tensor& B, bool left) {
  list before = sizes_of(A);
  if (!before.empty()) before.pop_back();
  const bool vectors = B.dim() == 1 || (B.dim() > 0 && sizes_of(B) == before);
  const Tensor right = vectors ? unsqueeze(B, -1) : B;
  const auto solve_left = [](const Tensor& a, const Tensor& b) {
    return record(op_id::solve, {arg(a).get(), arg(b).get()}, {{"check", true}}, {}, of_reals());
  };
  const Tensor made = left ? solve_left(A, right) : solve_left(A.mT(), right.mT()).mT();
  return vectors ? squeeze(made, -1) : made;
}

// ---- places

void require_index(const char* op, const Tensor& index) {
  if (index.dtype() != dtype::int64 && index.dtype() != dtype::int32)
    refuse(op, std::string(name_of(index.dtype())), "an index of int32 or int64", "Convert with .to(torch::int64).");
}
array from_front(const char* op, const array& index) {
  return checked(index, bad::negative,
                 format_text("[{}] an index is negative: got {{}}, expected 0 or more. Take torch::where to count from the end.", op),
                 true);
}
// A tensor without dims is one of one dim here.
Tensor with_dim(const Tensor& x) { return x.dim() == 0 ? reshape(x, {1}) : x; }
Tensor cut(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t length) {
  return start == 0 && length == x.size(dim) ? x : narrow(x, dim, start, length);
}

// The corner of the input that the index covers changes; what lies beyond it is joined again, dim by dim.
Tensor scattered(const char* op, const Tensor& input, const Tensor& index_given, const Tensor& src_given, std::int64_t along, bool add) {
  require_alike(op, input, src_given);
  require_index(op, index_given);
  if (index_given.numel() == 0) return input;
  const Tensor x = with_dim(input), index = with_dim(index_given), src = with_dim(src_given);
  const std::int64_t dim = normalize_axis(op, along, static_cast<int>(x.dim()));
  bool fits = x.dim() == index.dim() && src.dim() == index.dim();
  for (std::int64_t i = 0; fits && i < x.dim(); ++i) fits = (i == dim || index.size(i) <= x.size(i)) && index.size(i) <= src.size(i);
  if (!fits)
    throw shape_error(
        format_text("[{}] the index does not fit: got {} for {} and {}, expected extents no greater than theirs, but along dim {} "
                    "of the first. Cut the index.",
                    op, spelled(index), spelled(x), spelled(src), dim));
  Tensor part = x, from = src;
  for (std::int64_t i = 0; i < x.dim(); ++i) {
    if (i != dim) part = cut(part, i, 0, index.size(i));
    from = cut(from, i, 0, index.size(i));
  }
  Tensor made(tendril::scatter(part.value(), from_front(op, index.value()), from.value(), {.axis = dim, .combine = add ? "add" : "set"}));
  for (std::int64_t i = x.dim(); i-- > 0;) {
    if (i == dim || index.size(i) == x.size(i)) continue;
    Tensor beyond = cut(x, i, index.size(i), x.size(i) - index.size(i));
    for (std::int64_t k = 0; k < i; ++k)
      if (k != dim) beyond = cut(beyond, k, 0, index.size(k));
    made = torch::cat({made, beyond}, {.dim = i});
  }
  return input.dim() == 0 ? reshape(made, list()) : made;
}

// Slices along one dim.
Tensor written_along(const char* op, const Tensor& x, const Tensor& index, const Tensor& source, std::int64_t along, bool add) {
  require_alike(op, x, source);
  require_index(op, index);
  const Tensor wide = with_dim(x), from = with_dim(source);
  const std::int64_t dim = normalize_axis(op, along, static_cast<int>(wide.dim()));
  list expected = sizes_of(wide), places(expected.size(), 1);
  expected[static_cast<std::size_t>(dim)] = places[static_cast<std::size_t>(dim)] = index.numel();
  if (index.dim() > 1 || sizes_of(from) != expected)
    throw shape_error(
        format_text("[{}] index and source do not fit: got {} and {} for {}, expected an index of one dim, and a slice of the "
                    "input for each place in it along dim {}. Expand the source.",
                    op, spelled(index), spelled(source), spelled(x), dim));
  const array at = from_front(op, reshape(index, places).value());
  const Tensor made(tendril::scatter(wide.value(), at, from.value(), {.axis = dim, .combine = add ? "add" : "set"}));
  return x.dim() == 0 ? reshape(made, list()) : made;
}

// The first dims, each with an index, as one.
Tensor put(const Tensor& x, const Tensor& values, std::span<const array> indices, bool accumulate) {
  const bool masked = indices.size() == 1 && indices[0].dtype() == dtype::bool_;
  // What masked_fill does is converted, as there.
  if (masked && values.numel() == 1 && values.dim() <= 1 && !accumulate)
    return put_where(x, to(values, x.dtype()), Tensor(indices[0]), false);
  require_alike("index_put", x, values);
  if (masked) return put_where(x, values, Tensor(indices[0]), accumulate);
  if (static_cast<std::int64_t>(indices.size()) > x.dim())
    throw index_error(format_text("[index_put] there are too many indices: got {} for {}, expected one for each dim at most. Drop some.",
                                  indices.size(), spelled(x)));
  std::vector<array> places;
  for (const array& given : indices) {
    const Tensor index(given);
    if (index.dtype() == dtype::bool_)
      refuse("index_put", "a mask beside other indices", "int32 or int64", "Take torch::where, which keeps the shape.");
    require_index("index_put", index);
    places.push_back(to(index, dtype::int64).value());
  }
  return Tensor(put_at("index_put", x.value(), places, values.value(), accumulate, true));
}

#define HAS(name) attribute_of(#name)
#define OWN TENDRIL_TORCH_OWN
OWN(solve, 2, (HAS(left)), "the solution of a system of equations", solved(x, y, at.get_bool("left")))
OWN(scatter, 3, (HAS(dim)), "the input with a source at these places along a dim", scattered("scatter", x, y, z, at.get_int("dim"), false))
OWN(scatter_value, 2, (HAS(dim), HAS(value)), "the input with a number at these places along a dim",
    scattered("scatter", x, y, torch::full(sizes_of(y), at.get_scalar("value"), {.dtype = x.dtype()}), at.get_int("dim"), false))
OWN(scatter_add, 3, (HAS(dim)), "the input and a source, added up at these places along a dim",
    scattered("scatter_add", x, y, z, at.get_int("dim"), true))
OWN(index_copy, 3, (HAS(dim)), "the input with slices at these places of a dim",
    written_along("index_copy", x, y, z, at.get_int("dim"), false))
OWN(index_add, 3, (HAS(dim), HAS(alpha)), "the input and slices, added up at these places of a dim", [&] {
  const scalar alpha = at.get_scalar("alpha");
  if (alpha != scalar(1) && kind_of(x.dtype()) != dtype_kind::real && alpha.kind() == dtype_kind::real)
    refuse("index_add", format_text("a real alpha for {}", name_of(x.dtype())), "an integer alpha", "Convert with .to(torch::float32).");
  const Tensor scaled = alpha == scalar(1) ? z : alpha.kind() == dtype_kind::real ? z * alpha.real() : z * alpha.integer();
  return written_along("index_add", x, y, scaled, at.get_int("dim"), true);
}())
OWN(index_put, any_number, (HAS(accumulate)), "the input with values at the places that indices name together",
    put(x, y, in.subspan(2), at.get_bool("accumulate")))
#undef OWN
#undef HAS

Tensor real(op_id op, const arg& A, attributes at = {}) { return record(op, {A.get()}, std::move(at), A.where(), of_reals()); }

}  // namespace

Tensor det(const arg& input) { return real(op_id::det, input); }
Tensor inverse(const arg& input) { return linalg::inv(input); }
std::pair<Tensor, Tensor> slogdet(const arg& input) {
  std::vector<array> made = apply(record_of(op_id::slogdet), std::vector<operand>{input.get()}, {}, &of_reals(), input.where());
  return {Tensor(std::move(made[0])), Tensor(std::move(made[1]))};
}

namespace linalg {
Tensor inv(const arg& A) { return real(op_id::inv, A, {{"check", true}}); }
Tensor cholesky(const arg& A, bool upper) { return real(op_id::cholesky, A, {{"upper", upper}, {"check", true}}); }
Tensor solve(const arg& A, const arg& B, bool left) { return record(solve_op(), {A.get(), B.get()}, {{"left", left}}, A.where()); }
}  // namespace linalg

Tensor scatter(const arg& input, std::int64_t dim, const arg& index, const arg& src) {
  if (!src.get().get_array())
    return record(scatter_value_op(), {input.get(), index.get()}, {{"dim", dim}, {"value", src.get().get_scalar()}}, input.where());
  return record(scatter_op(), {input.get(), index.get(), src.get()}, {{"dim", dim}}, input.where());
}
Tensor scatter_add(const arg& input, std::int64_t dim, const arg& index, const arg& src) {
  return record(scatter_add_op(), {input.get(), index.get(), src.get()}, {{"dim", dim}}, input.where());
}
Tensor index_copy(const arg& input, std::int64_t dim, const arg& index, const arg& source) {
  return record(index_copy_op(), {input.get(), index.get(), source.get()}, {{"dim", dim}}, input.where());
}
Tensor index_add(const arg& input, std::int64_t dim, const arg& index, const arg& source, scalar alpha) {
  return record(index_add_op(), {input.get(), index.get(), source.get()}, {{"dim", dim}, {"alpha", alpha}}, input.where());
}
Tensor index_put(const arg& input, const tensors& indices, const arg& values, bool accumulate) {
  std::vector<operand> in{input.get(), values.get()};
  Tensor number;
  if (!values.get().get_array() && input.given()) {  // it has the dtype of the input
    number = torch::full({}, values.get().get_scalar()).type_as(*input.given());
    in[1] = operand(number.value(), values.where());
  }
  for (const array& index : indices.arrays()) in.emplace_back(index, input.where());
  if (in.size() == 2) throw error("[index_put] there are no indices: got none, expected one at least. Take torch::where.");
  return Tensor(std::move(apply(index_put_op(), in, {{"accumulate", accumulate}}, &promotion, input.where()).front()));
}

}  // namespace tendril::frontends::torch
