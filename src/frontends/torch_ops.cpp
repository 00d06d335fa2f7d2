// The torch frontend's own ops: those whose meaning depends on the rank, and those whose elements differ from the standard's.
#include "frontends/torch_ops.hpp"

#include <algorithm>
#include <cstdint>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "frontends/kept.hpp"
#include "ops/literals.hpp"

namespace tendril::frontends::torch {
namespace {

std::vector<type> exchanged(const type_request& r, std::int64_t a, std::int64_t b) {
  type t = r.inputs[0];
  std::swap(t.shape[static_cast<std::size_t>(a)], t.shape[static_cast<std::size_t>(b)]);
  return {t};
}

// The dims of extent 1 that squeeze takes away.
std::vector<std::int64_t> squeezed(const type& x, const attributes& at) {
  std::vector<std::int64_t> gone;
  for (std::int64_t a : at.get_axes("squeeze", x.rank(), "dim"))
    if (x.shape[static_cast<std::size_t>(a)].value == 1) gone.push_back(a);
  return gone;
}

array checked_index(const array& x, const char* name) {
  return checked(x, bad::negative,
                 format_text("[{}] an index is negative: got {{}}, expected 0 or more. Only torch::take counts from the end.", name), true);
}

}  // namespace

const op_record& transpose_record() {
  static const op_record& op = own_op(
      "torch.transpose", {attribute_of("dim0", true), attribute_of("dim1", true)},
      [](const type_request& r) {
        const type& x = r.inputs[0];
        if (!x.ranked) return std::vector<type>{x};
        return exchanged(r, normalize_axis("transpose", r.attrs.get_int("dim0"), x.rank()),
                         normalize_axis("transpose", r.attrs.get_int("dim1"), x.rank()));
      },
      [](std::span<const array> in, const attributes& at) {
        std::vector<std::int64_t> order;
        for (int i = 0; i < in[0].ndim(); ++i) order.push_back(i);
        const auto place = [&](const char* name) {
          return static_cast<std::size_t>(normalize_axis("transpose", at.get_int(name), in[0].ndim()));
        };
        if (!order.empty()) std::swap(order[place("dim0")], order[place("dim1")]);
        return std::vector<array>{permute_dims(in[0], order)};
      },
      "two dims exchanged");
  return op;
}

const op_record& t_record() {
  static const op_record& op = own_op(
      "torch.t", {},
      [](const type_request& r) {
        const type& x = r.inputs[0];
        if (x.rank() > 2)
          throw shape_error(
              format_text("[t] too many dims: got {}, expected at most 2. Name the two dims with torch::transpose.", to_string(x)));
        return x.rank() < 2 ? std::vector<type>{x} : exchanged(r, 0, 1);
      },
      [](std::span<const array> in, const attributes&) { return std::vector<array>{in[0].ndim() < 2 ? in[0] : matrix_transpose(in[0])}; },
      "a matrix transposed; fewer dims stay");
  return op;
}

// torch gives 0 for NaN, and takes bool.
const op_record& sign_record() {
  static const op_record& op = own_op(
      "torch.sign", {}, [](const type_request& r) { return std::vector<type>{r.inputs[0]}; },
      [](std::span<const array> in, const attributes&) {
        const array& x = in[0];
        if (kind_of(x.dtype()) == dtype_kind::boolean) return std::vector<array>{x};
        if (kind_of(x.dtype()) == dtype_kind::integer) return std::vector<array>{tendril::sign(x)};
        return std::vector<array>{tendril::where(tendril::isnan(x), 0, tendril::sign(x))};
      },
      "-1, 0 or 1; 0 for NaN");
  return op;
}

const op_record& squeeze_record() {
  static const op_record& op = own_op(
      "torch.squeeze", {attribute_of("dim", false)},
      [](const type_request& r) {
        type t = r.inputs[0];
        if (!std::all_of(t.shape.begin(), t.shape.end(), [](const extent& e) { return e.known(); })) t.ranked = false;
        if (!t.ranked) t.shape.clear();
        const auto gone = t.ranked ? squeezed(t, r.attrs) : std::vector<std::int64_t>();
        for (auto i = gone.rbegin(); i != gone.rend(); ++i) t.shape.erase(t.shape.begin() + *i);
        return std::vector<type>{t};
      },
      [](std::span<const array> in, const attributes& at) {
        const auto gone = squeezed(type::of(in[0].dtype(), in[0].shape()), at);
        return std::vector<array>{gone.empty() ? in[0] : squeeze(in[0], gone)};
      },
      "without the dims of extent 1");
  return op;
}

TENDRIL_OWN_ELEMENTWISE("torch", xlogy, multiply, where(isnan(b), b, where(equal(a, 0), 0, multiply(a, log(b)))),
                        "a log(b); 0 where a is 0, unless b is NaN")
TENDRIL_OWN_ELEMENTWISE("torch", xlog1py, multiply, where(isnan(b), b, where(equal(a, 0), 0, multiply(a, log1p(b)))),
                        "a log(1 + b); 0 where a is 0, unless b is NaN")

const op_record& floor_divide_record() {
  static const op_record& op = register_op(elementwise_of(
      op_id::floor_divide, "torch.floor_divide",
      [](std::span<const array> in, const attributes&) {
        if (kind_of(in[0].dtype()) == dtype_kind::real) return std::vector<array>{real_floor_divide(in[0], in[1])};
        return std::vector<array>{tendril::floor_divide(in[0], checked_divisor(in[1], "floor_divide", "torch"))};
      },
      "the quotient rounded down; -1 beside an infinite divisor of the other sign; an integer divisor of 0 is an error"));
  return op;
}

// torch's remainder begins with C's fmod, and so a remainder of 0 has the sign of the dividend.
const op_record& remainder_record() {
  static const op_record& op = register_op(elementwise_of(
      op_id::remainder, "torch.remainder",
      [](std::span<const array> in, const attributes&) {
        if (kind_of(in[0].dtype()) == dtype_kind::integer)
          return std::vector<array>{tendril::remainder(in[0], checked_divisor(in[1], "remainder", "torch"))};
        return std::vector<array>{real_remainder(in[0], in[1])};
      },
      "the remainder with the sign of the divisor; a zero has that of the dividend; an integer divisor of 0 is an error"));
  return op;
}

// C's fmod, which of integers is the remainder of the quotient without its fraction.
const op_record& fmod_record() {
  static const op_record& op = register_op(elementwise_of(
      op_id::remainder, "torch.fmod",
      [](std::span<const array> in, const attributes&) {
        const array& a = in[0];
        if (kind_of(a.dtype()) == dtype_kind::real) return std::vector<array>{real_fmod(a, in[1])};
        return std::vector<array>{integer_fmod(a, checked_divisor(in[1], "fmod", "torch"))};
      },
      "the remainder with the sign of the dividend; an integer divisor of 0 is an error"));
  return op;
}

// What gather reads: as much of the input as the index has, but for the dim that it indexes.
const op_record& gather_record() {
  static const op_record& op = own_op(
      "torch.gather", {attribute_of("dim", true)},
      [](const type_request& r) {
        const type &x = r.inputs[0], &index = r.inputs[1];
        type t = index;
        t.dtype = x.dtype;
        if (!x.ranked || !index.ranked) return std::vector<type>{t};
        const auto dim = static_cast<std::size_t>(normalize_axis("gather", r.attrs.get_int("dim"), x.rank()));
        bool fits = x.rank() == index.rank();
        for (std::size_t i = 0; fits && i < x.shape.size(); ++i)
          fits = i == dim || !x.shape[i].known() || !index.shape[i].known() || index.shape[i].value <= x.shape[i].value;
        if (!fits)
          throw shape_error(format_text(
              "[gather] the index does not fit: got {} for {}, expected extents that are no greater beside dim {}. Cut the index.",
              to_string(index), to_string(x), dim));
        return std::vector<type>{t};
      },
      [](std::span<const array> in, const attributes& at) {
        const std::int64_t dim = normalize_axis("gather", at.get_int("dim"), in[0].ndim());
        std::vector<index_item> key;
        for (int i = 0; i < in[0].ndim(); ++i) key.emplace_back(i == dim ? slice() : slice({}, in[1].shape(i)));
        return std::vector<array>{take_along_axis(getitem(in[0], key), checked_index(in[1], "gather"), {.axis = dim})};
      },
      "the elements at these indices along a dim", 2);
  return op;
}

const op_record& take_along_dim_record() {
  static const op_record& op = register_op(variant_of(
      op_id::take_along_axis, "torch.take_along_dim", typed_as<op_id::take_along_axis, promotion>,
      [](std::span<const array> in, const attributes& at) {
        return std::vector<array>{take_along_axis(in[0], checked_index(in[1], "take_along_dim"), {.axis = at.get_int("axis")})};
      },
      "the elements at these indices along a dim"));
  return op;
}

// A single index takes a slice of extent 1.
const op_record& index_select_record() {
  static const op_record& op = own_op(
      "torch.index_select", {attribute_of("axis", true)},
      [](const type_request& r) {
        type index = r.inputs[1];
        if (index.ranked && index.rank() > 1)
          throw shape_error(
              format_text("[index_select] the index has too many dims: got {}, expected at most one. Flatten it.", to_string(index)));
        if (index.ranked && index.shape.empty()) index.shape.emplace_back(1);
        const type types[] = {r.inputs[0], index};
        return infer({record_of(op_id::take), types, r.present, r.attrs, &promotion});
      },
      [](std::span<const array> in, const attributes& at) {
        const array index = checked_index(in[1], "index_select");
        return std::vector<array>{
            tendril::take(in[0], index.ndim() == 0 ? expand_dims(index, {.axis = 0}) : index, {.axis = at.get_int("axis")})};
      },
      "the slices at these indices of a dim", 2);
  return op;
}

const op_record& diff_record() {
  static const op_record& op = register_op(variant_of(op_id::diff, "torch.diff", typed_as<op_id::diff, promotion>, differences,
                                                      "differences of neighbours; of bool, exclusive or"));
  return op;
}

const op_record& searchsorted_record() {
  static const op_record& op = register_op(variant_of(
      op_id::searchsorted, "torch.searchsorted", typed_as<op_id::searchsorted, promotion>,
      [](std::span<const array> in, const attributes& at) {
        const dtype dtypes[] = {in[0].dtype(), in[1].dtype()};
        const bool weak[] = {false, false}, rank0[] = {in[0].ndim() == 0, in[1].ndim() == 0};
        const dtype d = promotion.together("searchsorted", std::span(dtypes), std::span(weak), std::span(rank0));
        const std::string& side = at.get_string("side");
        const array sorted = astype(in[0], d), wanted = astype(in[1], d), found = tendril::searchsorted(sorted, wanted, {.side = side});
        return std::vector<array>{kind_of(d) == dtype_kind::real ? call(places_record(), {sorted, wanted, found}, {{"side", side}})
                                                                 : found};
      },
      "the places that keep the sequence in order; every comparison with NaN leads to the right"));
  return op;
}

bool negated_fits(const scalar& s, dtype d) {
  if (s.kind() != dtype_kind::integer || kind_of(d) != dtype_kind::integer || is_signed(d) || s.beyond_int64()) return false;
  return s.integer() < 0 && s.integer() >= -tendril::detail::range_of(d).high;
}

// What fills a tensor: torch takes no number that the dtype cannot hold.
void require_fits(const char* op, const scalar& value, dtype d) {
  const bool fits = (holds(d, value) && !tendril::detail::overflows(d, value)) || negated_fits(value, d);
  if (!fits)
    throw dtype_error(format_text("[{}] the value does not fit: got {}, expected a number that {} holds. Pass another dtype.", op,
                                  value.real(), name_of(d)));
}

const op_record& full_like_record() {
  static const op_record& op = register_op(variant_of(
      op_id::full_like, "torch.full_like", typed_as<op_id::full_like, promotion>,
      [](std::span<const array> in, const attributes& at) {
        const dtype given = at.get_dtype("dtype"), d = given == dtype::unknown ? in[0].dtype() : given;
        const scalar value = at.get_scalar("fill_value");
        require_fits("full_like", value, d);
        return std::vector<array>{tendril::full_like(in[0], negated_fits(value, d) ? wrapped(value, d) : value, {.dtype = d})};
      },
      "full_like of a number that the dtype holds"));
  return op;
}

const op_record& var_record() {
  static const op_record& op =
      register_op(variant_of(op_id::var, "torch.var", typed_as<op_id::var, promotion>, corrected_var, "var whose divisor is at least 0"));
  return op;
}

const op_record& std_record() {
  static const op_record& op =
      register_op(variant_of(op_id::std, "torch.std", typed_as<op_id::std, promotion>, corrected_std, "std whose divisor is at least 0"));
  return op;
}

}  // namespace tendril::frontends::torch
