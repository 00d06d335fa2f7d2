// Products, diagonals, norms and parts of the torch frontend, as formulas over torch's functions and the ops of the table.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <tendril/detail/op_id.hpp>
#include <tendril/linalg.hpp>

#include "array/format.hpp"
#include "frontends/torch_ops.hpp"
#include "ops/literals.hpp"

namespace tendril::frontends::torch {
namespace {

using list = std::vector<std::int64_t>;

// A product of operands of these ranks and one dtype.
Tensor product(const char* op, const Tensor& a, const Tensor& b, std::int64_t rank_a, std::int64_t rank_b) {
  require_alike(op, a, b);
  if (a.dim() != rank_a || b.dim() != rank_b)
    throw shape_error(format_text("[{}] the operands have other dims: got {} and {}, expected {} and {} dims. Take torch::matmul.", op,
                                  spelled(a), spelled(b), rank_a, rank_b));
  if (rank_a == 3 && a.size(0) != b.size(0))
    throw shape_error(format_text("[{}] the batches differ: got {} and {}, expected one extent. Expand one.", op, spelled(a), spelled(b)));
  return matmul(a, b);
}
// A factor of integers is one.
scalar factor_of(const char* op, dtype d, double v) {
  if (kind_of(d) == dtype_kind::real) return v;
  if (v != std::floor(v)) refuse(op, format_text("the factor {} for {}", v, name_of(d)), "an integer", "Convert with .to(torch::float32).");
  return static_cast<std::int64_t>(v);
}
Tensor times(const Tensor& x, const scalar& s) {
  if (s == scalar(1)) return x;
  return s.kind() == dtype_kind::real ? x * s.real() : x * s.integer();
}
Tensor added(const char* op, const Tensor& input, const Tensor& made, const attributes& at) {
  const double beta = at.get_real("beta");
  const Tensor scaled = times(made, factor_of(op, made.dtype(), at.get_real("alpha")));
  require_alike(op, input, made);
  const Tensor wide = torch::broadcast_to(input, sizes_of(made));
  return beta == 0 ? scaled : times(wide, factor_of(op, made.dtype(), beta)) + scaled;
}
Tensor crossed(const Tensor& a, const Tensor& b, maybe_integer along) {
  require_alike("cross", a, b);
  require_numbers("cross", a);
  const auto [x, y] = [&] {
    const Tensor shaped = a * b;
    return std::pair(torch::broadcast_to(a, sizes_of(shaped)), torch::broadcast_to(b, sizes_of(shaped)));
  }();
  std::int64_t dim = along.given() ? along.value() : 0;
  if (!along.given())
    while (dim < x.dim() && x.size(dim) != 3) ++dim;
  if (dim >= x.dim() || x.size(dim) != 3)
    throw shape_error(format_text("[cross] there is no dim of extent 3: got {} and {}, expected one. Name it.", spelled(a), spelled(b)));
  const auto turned = [&](const Tensor& v, std::int64_t by) { return roll(v, by, {.dims = dim}); };
  return turned(x, -1) * turned(y, -2) - turned(x, -2) * turned(y, -1);
}
// On the diagonal of the last two dims of the result, which then move to dim1 and dim2.
Tensor embedded(const Tensor& x, std::int64_t offset, std::int64_t dim1, std::int64_t dim2) {
  const auto rank = static_cast<int>(x.dim()) + 1;
  const std::int64_t a = normalize_axis("diag_embed", dim1, rank), b = normalize_axis("diag_embed", dim2, rank);
  if (a == b) throw shape_error(format_text("[diag_embed] one dim is named twice: got {} and {}, expected two. Name another.", dim1, dim2));
  return movedim(Tensor(on_diagonal(x.value(), offset)), {-2, -1}, {a, b});
}
void require_rank(const char* op, const Tensor& x, std::int64_t least, std::int64_t most) {
  if (x.dim() < least || x.dim() > most)
    throw shape_error(format_text("[{}] the input has other dims: got {}, expected {} to {}. Reshape first.", op, spelled(x), least, most));
}
Tensor length_of(const char* op, const Tensor& x, double p, const axes& dims, bool keepdim) {
  require_real(op, x);
  const reduce_options plain{.dim = dims, .keepdim = keepdim};
  const typed_reduce_options typed{.dim = dims, .keepdim = keepdim};
  const Tensor size = abs(x);
  if (std::isinf(p)) return p > 0 ? amax(size, plain) : amin(size, plain);
  if (p == 0) return sum(to(x != 0, x.dtype()), typed);
  if (p == 1) return sum(size, typed);
  if (p == 2) return sqrt(sum(square(size), typed));
  return pow(sum(pow(size, p), typed), 1 / p);
}
std::pair<std::int64_t, std::int64_t> two_dims(const Tensor& x, const attributes& at) {
  const list dims = at.get_ints("dim");
  if (dims.size() != 2)
    throw shape_error(format_text("[matrix_norm] a matrix has two dims: got {}, expected two. Pass both.", dims.size()));
  const auto rank = static_cast<int>(x.dim());
  return {normalize_axis("matrix_norm", dims[0], rank), normalize_axis("matrix_norm", dims[1], rank)};
}
// The largest or the smallest sum of magnitudes of columns or of rows.
Tensor extreme_sum(const Tensor& x, double ord, std::int64_t rows, std::int64_t columns, bool keepdim) {
  const bool of_columns = std::abs(ord) == 1;
  const Tensor sums = sum(abs(x), typed_reduce_options{.dim = of_columns ? rows : columns, .keepdim = true});
  const reduce_options rest{.dim = of_columns ? columns : rows, .keepdim = true};
  const Tensor y = ord > 0 ? amax(sums, rest) : amin(sums, rest);
  return keepdim ? y : squeeze(y, {rows, columns});
}
// The largest or the smallest singular value; their sum where ord is 0.
Tensor of_singular(const Tensor& x, double ord, std::int64_t rows, std::int64_t columns, bool keepdim) {
  const Tensor s(tendril::svdvals(with_moved_axes("matrix_norm", x.value(), {rows, columns}, {-2, -1})));
  const bool total = ord == 0 || (ord > 0 && s.size(-1) == 0);
  const reduce_options last{.dim = -1};
  const Tensor y = total ? sum(s, typed_reduce_options{.dim = -1}) : ord > 0 ? amax(s, last) : amin(s, last);
  return keepdim ? Tensor(expand_dims(y.value(), {.axis = {std::min(rows, columns), std::max(rows, columns)}})) : y;
}
array product_of(const array& a, const array& b) { return matmul(Tensor(a), Tensor(b)).value(); }
array sum_of(const array& x, const axes& over) { return sum(Tensor(x), typed_reduce_options{.dim = over}).value(); }

Tensor stacked(std::span<const array> in, std::int64_t rank) {
  std::vector<Tensor> parts;
  for (const array& a : in) parts.emplace_back(with_rank(a, rank));
  return torch::cat(parts, {.dim = rank == 1 ? (parts.front().dim() == 1 ? 0 : 1) : rank == 2 ? 0 : 2});
}
Tensor grid_of(std::span<const array> in, std::int64_t place, const std::string& indexing) {
  list extents;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i].ndim() > 1)
      throw shape_error(
          format_text("[meshgrid] an operand is no vector: got {}, expected at most one dim. Flatten it.", spelled(Tensor(in[i]))));
    if (in[i].dtype() != in[0].dtype()) require_alike("meshgrid", Tensor(in[0]), Tensor(in[i]));
    extents.push_back(in[i].size());
  }
  const array line = tendril::reshape(in[static_cast<std::size_t>(place)], -1);
  return Tensor(frontends::grid_of(line, extents, place, indexing == "xy", false));
}

#define HAS(name) attribute_of(#name)
#define LISTED(name) attribute_of(#name, true, true)
#define OWN TENDRIL_TORCH_OWN
OWN(mm, 2, (), "the product of two matrices", product("mm", x, y, 2, 2))
OWN(bmm, 2, (), "the products of two batches of matrices", product("bmm", x, y, 3, 3))
OWN(mv, 2, (), "the product of a matrix and a vector", product("mv", x, y, 2, 1))
OWN(dot, 2, (), "the product of two vectors", product("dot", x, y, 1, 1))
OWN(outer, 2, (), "all products of the elements of two vectors", [&] {
  if (x.dim() != 1 || y.dim() != 1)
    throw shape_error(
        format_text("[outer] the operands have other dims: got {} and {}, expected one dim each. Flatten them.", spelled(x), spelled(y)));
  return unsqueeze(x, 1) * y;
}())
OWN(kron, 2, (), "the Kronecker product",
    Tensor(kronecker(in[0], in[1], [](const array& a, const array& b) { return (Tensor(a) * Tensor(b)).value(); })))
OWN(addmm, 3, (HAS(beta), HAS(alpha)), "the input and a product of matrices", added("addmm", x, product("addmm", y, z, 2, 2), at))
OWN(addmv, 3, (HAS(beta), HAS(alpha)), "the input and a product of a matrix and a vector",
    added("addmv", x, product("addmv", y, z, 2, 1), at))
OWN(addr, 3, (HAS(beta), HAS(alpha)), "the input and an outer product", [&] {
  require_alike("addr", y, z);
  if (y.dim() != 1 || z.dim() != 1)
    throw shape_error(
        format_text("[addr] the operands are no vectors: got {} and {}, expected one dim each. Flatten them.", spelled(y), spelled(z)));
  Tensor made = unsqueeze(y, 1) * z;
  attributes factors = at;
  if (made.dtype() == dtype::bool_) {  // factors are truths
    if (at.get_real("alpha") == 0) made = torch::zeros_like(made);
    factors.set("alpha", 1.0);
    factors.set("beta", at.get_real("beta") == 0 ? 0.0 : 1.0);
  }
  return added("addr", x, made, factors);
}())
OWN(erfinv, 1, (), "the number of which this is the erf", erf_inverse(is_real(in[0]) ? in[0] : tendril::astype(in[0], dtype::float32)))
OWN(baddbmm, 3, (HAS(beta), HAS(alpha)), "the input and products of matrices", added("baddbmm", x, product("baddbmm", y, z, 3, 3), at))
OWN(addcmul, 3, (HAS(value)), "the input and a product", [&] {
  const dtype types[] = {x.dtype(), y.dtype(), z.dtype()};
  const bool weak[] = {false, false, false}, rank0[] = {x.dim() == 0, y.dim() == 0, z.dim() == 0};
  const dtype d = promotion.together("add", std::span(types), std::span(weak), std::span(rank0));
  const Tensor made = to(y, d) * to(z, d);
  if (made.dtype() == dtype::bool_) require_numbers("addcmul", x);
  return torch::add(x, made, {.alpha = at.get_scalar("value")});
}())
OWN(addcdiv, 3, (HAS(value)), "the input and a quotient", [&] {
  if (kind_of(y.dtype()) != dtype_kind::real && kind_of(z.dtype()) != dtype_kind::real)
    refuse("addcdiv", format_text("{} and {}", name_of(y.dtype()), name_of(z.dtype())), "a floating dtype",
           "Convert with .to(torch::float32).");
  return torch::add(x, y / z, {.alpha = at.get_scalar("value")});
}())
OWN(cross, 2, (attribute_of("dim", false)), "the cross product",
    crossed(x, y, at.has("dim") ? maybe_integer(at.get_int("dim")) : maybe_integer()))
OWN(tensordot, 2, (LISTED(of_a), LISTED(of_b)), "the product over pairs of dims",
    (require_alike("tensordot", x, y), Tensor(frontends::tensordot(in[0], in[1], at.get_ints("of_a"), at.get_ints("of_b"), product_of))))
OWN(einsum, any_number, (HAS(equation)), "the sum of products that an equation says", [&] {
  for (const array& a : in) require_alike("einsum", x, Tensor(a));
  return Tensor(frontends::einsum(at.get_string("equation"), in, product_of, sum_of));
}())
OWN(cdist, 2, (HAS(p)), "the distances of rows", [&] {
  require_rank("cdist", x, 2, 16);
  require_rank("cdist", y, 2, 16);
  require_real("cdist", y);
  return length_of("cdist", unsqueeze(x, -2) - unsqueeze(y, -3), at.get_real("p"), -1, false);
}())
OWN(cov, 1, (HAS(correction)), "the covariance of rows", [&] {
  require_rank("cov", x, 0, 2);
  require_numbers("cov", x);
  const Tensor rows = x.dim() < 2 ? reshape(x, {1, -1}) : x;
  const Tensor wide = kind_of(x.dtype()) == dtype_kind::real ? rows : to(rows, dtype::float32);
  const Tensor off = wide - torch::mean(wide, typed_reduce_options{.dim = 1, .keepdim = true});
  const double n = std::max(0.0, static_cast<double>(wide.size(1)) - at.get_real("correction"));
  return squeeze(matmul(off, t(off)) / n, x.dim() < 2 ? list{0, 1} : x.size(0) == 1 ? list{0, 1} : list{});
}())
OWN(diagonal, 1, (HAS(offset), HAS(dim1), HAS(dim2)), "a diagonal as the last dim",
    Tensor(diagonal_of("diagonal", in[0], at.get_int("offset"), at.get_int("dim1"), at.get_int("dim2"))))
OWN(diag_embed, 1, (HAS(offset), HAS(dim1), HAS(dim2)), "the last dim as a diagonal",
    embedded(x, at.get_int("offset"), at.get_int("dim1"), at.get_int("dim2")))
OWN(diag, 1, (HAS(offset)), "a vector as a diagonal matrix, or the diagonal of a matrix", [&] {
  require_rank("diag", x, 1, 2);
  const std::int64_t k = at.get_int("offset");
  return x.dim() == 1 ? embedded(x, k, 0, 1) : Tensor(diagonal_of("diag", in[0], k, 0, 1));
}())
OWN(trace, 1, (), "the sum of the diagonal",
    (require_rank("trace", x, 2, 2), require_numbers("trace", x), sum(Tensor(diagonal_of("trace", in[0], 0, 0, 1)))))
OWN(triangle, 1, (HAS(k), HAS(upper)), "zeros beyond a diagonal", [&] {
  const bool upper = at.get_bool("upper");
  const array below = below_diagonal(upper ? "triu" : "tril", in[0], at.get_int("k") - (upper ? 1 : 0));
  const array none = tendril::zeros_like(in[0]);
  return Tensor(upper ? tendril::where(below, none, in[0]) : tendril::where(below, in[0], none));
}())
OWN(vector_norm, 1, (HAS(ord), attribute_of("dim", false, true), HAS(keepdim)), "the length of vectors", [&] {
  return length_of("vector_norm", x, at.get_real("ord"), at.has("dim") ? axes(at.get_ints("dim")) : axes(), at.get_bool("keepdim"));
}())
OWN(matrix_norm, 1, (HAS(ord), LISTED(dim), HAS(keepdim)), "a norm of matrices", [&] {
  require_real("matrix_norm", x);
  const auto [rows, columns] = two_dims(x, at);
  if (const double ord = at.get_real("ord"); ord == 0 || std::abs(ord) == 2)
    return of_singular(x, ord, rows, columns, at.get_bool("keepdim"));
  return extreme_sum(x, at.get_real("ord"), rows, columns, at.get_bool("keepdim"));
}())
OWN(matrix_power, 1, (HAS(n)), "a power of square matrices", Tensor(tendril::linalg::matrix_power(in[0], at.get_int("n"))))
OWN(multi_dot, any_number, (), "the product of matrices, the first and the last of which may be vectors", [&] {
  Tensor made = x;
  for (std::size_t i = 1; i < in.size(); ++i) made = (require_alike("multi_dot", x, Tensor(in[i])), matmul(made, Tensor(in[i])));
  return made;
}())
OWN(stacks, any_number, (HAS(rank)), "tensors joined along a dim that they have at least", stacked(in, at.get_int("rank")))
OWN(meshgrid, any_number, (HAS(place), HAS(indexing)), "one of the coordinates of a grid",
    grid_of(in, at.get_int("place"), at.get_string("indexing")))
OWN(movedim, 1, (LISTED(source), LISTED(destination)), "dims moved to other places",
    Tensor(with_moved_axes("movedim", in[0], at.get_ints("source"), at.get_ints("destination"))))
OWN(narrow, 1, (HAS(dim), HAS(start), HAS(length)), "a part of a dim", [&] {
  const std::int64_t dim = normalize_axis("narrow", at.get_int("dim"), static_cast<int>(x.dim())), n = x.size(dim),
                     length = at.get_int("length");
  const std::int64_t start = at.get_int("start") < 0 ? at.get_int("start") + n : at.get_int("start");
  if (start < 0 || length < 0 || start + length > n)
    throw index_error(format_text("[narrow] the part does not fit: got {} from {} of dim {} of {}, expected at most {}. Pass another.",
                                  length, at.get_int("start"), dim, spelled(x), n));
  std::vector<index_item> key(static_cast<std::size_t>(dim), index_item(slice()));
  key.emplace_back(slice(start, start + length));
  return Tensor(getitem(in[0], key));
}())
OWN(split, 1, (HAS(dim), HAS(start), HAS(length), HAS(total)), "one of the parts of a dim", [&] {
  if (const std::int64_t n = x.size(at.get_int("dim")); n != at.get_int("total"))
    throw shape_error(
        format_text("[split] the parts are not the dim: got {} in all for {} of dim {} of {}, expected as many. Pass other parts.",
                    at.get_int("total"), n, at.get_int("dim"), spelled(x)));
  return narrow(x, at.get_int("dim"), at.get_int("start"), at.get_int("length"));
}())
OWN(select, 1, (HAS(dim), HAS(index)), "one place of a dim", [&] {
  const std::int64_t dim = normalize_axis("select", at.get_int("dim"), static_cast<int>(x.dim()));
  std::vector<index_item> key(static_cast<std::size_t>(dim), index_item(slice()));
  key.emplace_back(at.get_int("index"));
  return Tensor(getitem(in[0], key));
}())
OWN(rot90, 1, (HAS(k), LISTED(dims)), "turned in the plane of two dims",
    Tensor(rotated("rot90", in[0], at.get_int("k"), at.get_ints("dims"))))
OWN(unflatten, 1, (HAS(dim), LISTED(sizes)), "one dim as several", [&] {
  const std::int64_t dim = normalize_axis("unflatten", at.get_int("dim"), static_cast<int>(x.dim()));
  list shape = sizes_of(x), sizes = at.get_ints("sizes");
  std::int64_t known = 1;
  for (const std::int64_t s : sizes) known *= s == -1 ? 1 : s;
  for (std::int64_t& s : sizes)
    if (s == -1 && known != 0) s = x.size(dim) / known;
  shape.erase(shape.begin() + dim);
  shape.insert(shape.begin() + dim, sizes.begin(), sizes.end());
  return reshape(x, shape);
}())
OWN(reshape_as, 2, (), "in the shape of another tensor", reshape(x, sizes_of(y)))
OWN(expand_as, 2, (), "in the shape of another tensor", x.expand(sizes_of(y)))
OWN(type_as, 2, (), "in the dtype of another tensor", to(x, y.dtype()))
OWN(new_full, 1, (LISTED(size), HAS(value), attribute_of("dtype", false)), "one value, in the dtype of a tensor",
    torch::full(at.get_ints("size"), at.get_scalar("value"), {.dtype = at.has("dtype") ? at.get_dtype("dtype") : x.dtype()}))
// What is put into a tensor has its shape and a dtype of no higher kind.
OWN(stored, 2, (HAS(name)), "put into a tensor", [&] {
  if (kind_of(y.dtype()) > kind_of(x.dtype()))
    throw dtype_error(
        format_text("[{}] the result does not fit into the tensor: got {} for {}, expected no higher kind. Convert the tensor first.",
                    at.get_string("name"), name_of(y.dtype()), name_of(x.dtype())));
  if (sizes_of(x) != sizes_of(y))
    throw shape_error(
        format_text("[{}] the result does not fit into the tensor: got {} for {}, expected its shape. Expand the tensor first.",
                    at.get_string("name"), spelled(y), spelled(x)));
  return to(y, x.dtype());
}())
#undef OWN
#undef LISTED
#undef HAS

Tensor of_two(const op_record& op, const arg& a, const arg& b, attributes at = {}) {
  return record(op, {a.get(), b.get()}, std::move(at), a.where());
}
Tensor of_many(const op_record& op, const tensors& x, attributes at) {
  if (x.arrays().empty())
    throw error(format_text("[{}] there are no tensors: got none, expected at least one. Pass some.", op.name.substr(6)));
  return Tensor(std::move(apply(op, operands(x.arrays(), x.where()), std::move(at), &promotion, x.where()).front()));
}

}  // namespace

#define PRODUCT(name) \
  Tensor name(const arg& input, const arg& other) { return of_two(name##_op(), input, other); }
PRODUCT(mm)
PRODUCT(bmm)
PRODUCT(mv)
PRODUCT(dot)
PRODUCT(outer)
PRODUCT(kron)
#undef PRODUCT
Tensor vdot(const arg& input, const arg& other) { return dot(input, other); }
Tensor true_divide(const arg& input, const arg& other) { return div(input, other); }
Tensor deg2rad(const arg& input) { return mul(input, arg(std::numbers::pi / 180, input.where())); }
Tensor rad2deg(const arg& input) { return mul(input, arg(180 / std::numbers::pi, input.where())); }
Tensor clone(const arg& input) { return input.get().get_array() ? Tensor(*input.get().get_array()) : positive(input); }
Tensor ravel(const arg& input) { return reshape(input, -1); }
Tensor trace(const arg& input) { return record(trace_op(), {input.get()}, {}, input.where()); }

Tensor addcmul(const arg& input, const arg& tensor1, const arg& tensor2, const value_options& o) {
  return record(addcmul_op(), {input.get(), tensor1.get(), tensor2.get()}, {{"value", o.value}}, input.where());
}
Tensor addcdiv(const arg& input, const arg& tensor1, const arg& tensor2, const value_options& o) {
  return record(addcdiv_op(), {input.get(), tensor1.get(), tensor2.get()}, {{"value", o.value}}, input.where());
}
Tensor addmm(const arg& input, const arg& mat1, const arg& mat2, const product_options& o) {
  return record(addmm_op(), {input.get(), mat1.get(), mat2.get()}, {{"beta", o.beta.value()}, {"alpha", o.alpha.value()}}, input.where());
}
Tensor addmv(const arg& input, const arg& mat, const arg& vec, const product_options& o) {
  return record(addmv_op(), {input.get(), mat.get(), vec.get()}, {{"beta", o.beta.value()}, {"alpha", o.alpha.value()}}, input.where());
}
Tensor addr(const arg& input, const arg& vec1, const arg& vec2, const product_options& o) {
  return record(addr_op(), {input.get(), vec1.get(), vec2.get()}, {{"beta", o.beta.value()}, {"alpha", o.alpha.value()}}, input.where());
}
Tensor erfinv(const arg& input) { return record(erfinv_op(), {input.get()}, {}, input.where()); }
Tensor ger(const arg& input, const arg& vec2) { return outer(input, vec2); }
Tensor baddbmm(const arg& input, const arg& batch1, const arg& batch2, const product_options& o) {
  return record(baddbmm_op(), {input.get(), batch1.get(), batch2.get()}, {{"beta", o.beta.value()}, {"alpha", o.alpha.value()}},
                input.where());
}
Tensor tensordot(const arg& a, const arg& b, std::int64_t dims) {
  const auto [of_a, of_b] = last_and_first(dims);
  return of_two(tensordot_op(), a, b, {{"of_a", of_a}, {"of_b", of_b}});
}
Tensor tensordot(const arg& a, const arg& b, const tensordot_options& o) {
  return of_two(tensordot_op(), a, b, {{"of_a", listed(o.dims_self)}, {"of_b", listed(o.dims_other)}});
}
Tensor einsum(const std::string& equation, const tensors& operands) { return of_many(einsum_op(), operands, {{"equation", equation}}); }
Tensor cross(const arg& input, const arg& other, const cross_options& o) { return of_two(cross_op(), input, other, {{"dim", o.dim}}); }
Tensor cdist(const arg& x1, const arg& x2, number p) { return of_two(cdist_op(), x1, x2, {{"p", p.value()}}); }
Tensor cov(const arg& input, const cov_options& o) {
  return record(cov_op(), {input.get()}, {{"correction", o.correction.value()}}, input.where());
}
Tensor diag(const arg& input, std::int64_t diagonal) { return record(diag_op(), {input.get()}, {{"offset", diagonal}}, input.where()); }
Tensor diagonal(const arg& input, const diagonal_options& o) {
  return viewed(seen::diagonal, diagonal_op(), input, {{"offset", o.offset}, {"dim1", o.dim1}, {"dim2", o.dim2}});
}
Tensor diag_embed(const arg& input, const embedded_options& o) {
  return record(diag_embed_op(), {input.get()}, {{"offset", o.offset}, {"dim1", o.dim1}, {"dim2", o.dim2}}, input.where());
}
Tensor tril(const arg& input, std::int64_t diagonal) {
  return record(triangle_op(), {input.get()}, {{"k", diagonal}, {"upper", false}}, input.where());
}
Tensor triu(const arg& input, std::int64_t diagonal) {
  return record(triangle_op(), {input.get()}, {{"k", diagonal}, {"upper", true}}, input.where());
}
Tensor norm(const arg& input, number p, const norm_options& o) { return linalg::vector_norm(input, p, o); }

Tensor concat(const tensors& x, const dim_options& o) { return cat(x, o); }
Tensor vstack(const tensors& x) { return of_many(stacks_op(), x, {{"rank", 2}}); }
Tensor hstack(const tensors& x) { return of_many(stacks_op(), x, {{"rank", 1}}); }
Tensor dstack(const tensors& x) { return of_many(stacks_op(), x, {{"rank", 3}}); }
std::vector<Tensor> meshgrid(const tensors& x, const meshgrid_options& o) {
  if (!among(std::string_view(o.indexing), "ij", "xy"))
    throw error(format_text("[meshgrid] unknown indexing: got \"{}\", expected \"ij\" or \"xy\". Pass one of these.", o.indexing));
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < x.arrays().size(); ++i)
    out.push_back(of_many(meshgrid_op(), x, {{"place", static_cast<std::int64_t>(i)}, {"indexing", o.indexing}}));
  return out;
}
Tensor movedim(const arg& input, const axes& source, const axes& destination) {
  return viewed(seen::order, movedim_op(), input, {{"source", source}, {"destination", destination}});
}
Tensor swapaxes(const arg& input, std::int64_t axis0, std::int64_t axis1) { return transpose(input, axis0, axis1); }
Tensor narrow(const arg& input, std::int64_t dim, std::int64_t start, std::int64_t length) {
  return viewed(seen::part, narrow_op(), input, {{"dim", dim}, {"start", start}, {"length", length}});
}
Tensor select(const arg& input, std::int64_t dim, std::int64_t index) {
  return viewed(seen::part, select_op(), input, {{"dim", dim}, {"index", index}});
}
Tensor rot90(const arg& input, std::int64_t k, const axes& dims) {
  return record(rot90_op(), {input.get()}, {{"k", k}, {"dims", dims}}, input.where());
}
Tensor unflatten(const arg& input, std::int64_t dim, const axes& sizes) {
  return viewed(seen::shape, unflatten_op(), input, {{"dim", dim}, {"sizes", sizes}});
}
std::vector<Tensor> split(const arg& tensor, std::int64_t split_size, const dim_options& o) {
  if (split_size < 1) throw error(format_text("[split] the parts are empty: got {}, expected 1 or more. Pass another extent.", split_size));
  const array* const x = tensor.get().get_array();
  if (!x) throw error("[split] a number has no dims: got a C++ number, expected a tensor. Pass a tensor.");
  const std::int64_t n = x->shape(o.dim, tensor.where());
  std::vector<std::int64_t> sizes;
  for (std::int64_t left = n; left > 0 || sizes.empty(); left -= split_size) sizes.push_back(std::min(left, split_size));
  return split(tensor, sizes, o);
}
std::vector<Tensor> split(const arg& tensor, const std::vector<std::int64_t>& sizes, const dim_options& o) {
  std::vector<Tensor> out;
  std::int64_t start = 0, total = 0;
  for (const std::int64_t n : sizes) total += n;
  for (const std::int64_t n : sizes) {
    out.push_back(viewed(seen::part, split_op(), tensor, {{"dim", o.dim}, {"start", start}, {"length", n}, {"total", total}}));
    start += n;
  }
  return out;
}
Tensor logspace(number start, number end, std::int64_t steps, const logspace_options& o, std::source_location where) {
  const Tensor powers = linspace(start, end, steps, {.dtype = dtype::float64}, where);
  const dtype d = o.dtype == dtype::unknown ? dtype::float32 : o.dtype;
  if (kind_of(d) != dtype_kind::real) refuse("logspace", std::string(name_of(d)), "a floating dtype", "Convert what it gives with .to().");
  return to(arg(pow(arg(o.base.value(), where), arg(powers, where)), where), d);
}

Tensor Tensor::reshape_as(const Tensor& other, at where) const {
  return viewed(seen::shape, reshape_as_op(), arg(*this, where), {}, other.value(), true);
}
Tensor Tensor::expand_as(const Tensor& other, at where) const {
  return viewed(seen::spread, expand_as_op(), arg(*this, where), {}, other.value());
}
Tensor Tensor::type_as(const Tensor& other, at where) const {
  return viewed(seen::conversion, type_as_op(), arg(*this, where), {}, other.value());
}
Tensor Tensor::new_full(const axes& size, scalar value, const tensor_options& o, at where) const {
  return record(new_full_op(), {arg(*this, where).get()}, {{"size", listed(size)}, {"value", value}, {"dtype", o.dtype}}, where);
}
Tensor Tensor::new_zeros(const axes& size, const tensor_options& o, at where) const { return new_full(size, 0, o, where); }
Tensor Tensor::new_ones(const axes& size, const tensor_options& o, at where) const { return new_full(size, 1, o, where); }
Tensor& Tensor::stored(const char* name, const Tensor& made, at where) const {
  put_into(*this, name, of_two(stored_op(), arg(*this, where), arg(made, where), {{"name", std::string(name)}}).value(), false, where);
  return const_cast<Tensor&>(*this);
}
Tensor& Tensor::copy_(const Tensor& src, at where) const {
  return stored("copy_", src.type_as(*this, where).expand_as(*this, where), where);
}
Tensor& Tensor::fill_(scalar value, at where) const {
  put_into(*this, "fill_", torch::full_like(arg(*this, where), value).value(), true, where);
  return const_cast<Tensor&>(*this);
}
Tensor& Tensor::put(const arg& src) const {
  if (!src.get().get_array() && !src.get().absent()) return fill_(src.get().get_scalar(), src.where());
  return copy_(src.given() ? *src.given() : torch::positive(src), src.where());
}

namespace linalg {
namespace {
[[noreturn]] void refuse_order(const std::string& ord) {
  throw error(format_text(
      "[matrix_norm] unknown order: got ord {}, expected \"fro\", \"nuc\", 1, -1, 2, -2 or an infinity. Take one of these.", ord));
}
Tensor of_matrices(const arg& A, double ord, const axes& dim, bool keepdim) {
  if (!std::isinf(ord) && std::abs(ord) != 1 && std::abs(ord) != 2) refuse_order(format_text("{}", ord));
  return record(matrix_norm_op(), {A.get()}, {{"ord", ord}, {"dim", dim}, {"keepdim", keepdim}}, A.where());
}
}  // namespace

Tensor vector_norm(const arg& x, number ord, const norm_options& o) {
  return record(vector_norm_op(), {x.get()}, {{"ord", ord.value()}, {"dim", o.dim}, {"keepdim", o.keepdim}}, x.where());
}
Tensor matrix_norm(const arg& A, const std::string& ord, const matrix_norm_options& o) {
  if (ord == "nuc") return record(matrix_norm_op(), {A.get()}, {{"ord", 0.0}, {"dim", o.dim}, {"keepdim", o.keepdim}}, A.where());
  if (ord != "fro") refuse_order("\"" + ord + "\"");
  return vector_norm(A, 2, {.dim = o.dim, .keepdim = o.keepdim});
}
Tensor matrix_norm(const arg& A, number ord, const matrix_norm_options& o) { return of_matrices(A, ord.value(), o.dim, o.keepdim); }
Tensor norm(const arg& A, const norm_options& o) { return vector_norm(A, 2, o); }
Tensor norm(const arg& A, number ord, const norm_options& o) {
  if (o.dim.values().size() == 2) return of_matrices(A, ord.value(), o.dim, o.keepdim);
  if (o.dim.values().size() == 1) return vector_norm(A, ord, o);
  throw error(format_text("[norm] the dims of ord {} are not said: got {}, expected one for vectors or two for matrices. Pass dim.",
                          ord.value(), o.dim.values().size()));
}
Tensor matrix_power(const arg& A, std::int64_t n) {
  if (n < 0) return matrix_power(arg(inv(A), A.where()), -n);
  return record(matrix_power_op(), {A.get()}, {{"n", n}}, A.where());
}
Tensor multi_dot(const tensors& x) { return of_many(multi_dot_op(), x, {}); }
}  // namespace linalg

}  // namespace tendril::frontends::torch
