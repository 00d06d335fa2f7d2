// What the torch frontend puts to the places of a mask, or to the slices that an index names.
#include <algorithm>

#include "array/format.hpp"
#include "frontends/torch_ops.hpp"

namespace tendril::frontends::torch {
namespace {

using list = std::vector<std::int64_t>;

void require_mask(const char* op, const Tensor& mask) {
  if (mask.dtype() != dtype::bool_) refuse(op, std::string(name_of(mask.dtype())), "a mask of bool", "Compare, as in x != 0.");
}
// How many true ones of a mask of one dim stand before each, which is the place of what belongs to it; 0 before the first.
Tensor place_among(const Tensor& mask) { return clamp(cumsum(mask, 0) - 1, 0); }

Tensor filled(const Tensor& x, const Tensor& index, const Tensor& value, std::int64_t along) {
  if (index.dtype() != dtype::int64)
    refuse("index_fill", std::string(name_of(index.dtype())), "an index of int64", "Convert with .to(torch::int64).");
  if (index.dim() > 1 || value.dim() > 0)
    throw shape_error(
        format_text("[index_fill] index and value have other dims: got {} and {}, expected at most one dim, and none. Take "
                    "index_copy.",
                    spelled(index), spelled(value)));
  const Tensor wide = x.dim() == 0 ? reshape(x, {1}) : x;
  const std::int64_t dim = normalize_axis("index_fill", along, static_cast<int>(wide.dim()));
  list shape = sizes_of(wide), places(shape.size(), 1);
  shape[static_cast<std::size_t>(dim)] = places[static_cast<std::size_t>(dim)] = index.numel();
  const array fill = broadcast_to(to(value, x.dtype()), shape).value();
  const array made = tendril::scatter(wide.value(), reshape(index, places).value(), fill, {.axis = dim});
  return reshape(Tensor(made), sizes_of(x));
}

// The source has as many elements as the mask takes, or more.
Tensor masked_from(const Tensor& input, const Tensor& mask_given, const Tensor& source) {
  require_mask("masked_scatter", mask_given);
  require_alike("masked_scatter", input, source);
  const list shape = sizes_of(torch::where(mask_given, input, input));
  const Tensor x = torch::broadcast_to(input, shape), mask = torch::flatten(torch::broadcast_to(mask_given, shape)),
               from = torch::flatten(source);
  // 0, or an error.
  const array short_of =
      checked(tendril::minimum(tendril::subtract(from.numel(), sum(mask).value()), 0), bad::negative,
              "[masked_scatter] the source is too short: got {} elements beside those that the mask takes, expected 0 or "
              "more. Pass a longer one.");
  const std::int64_t last = std::max<std::int64_t>(from.numel() - 1, 0);
  const array some = from.numel() == 0 ? tendril::zeros({1}, {.dtype = x.dtype()}) : from.value();
  const array place = tendril::minimum(place_among(mask).value(), tendril::add(short_of, last));
  return torch::where(reshape(mask, shape), reshape(Tensor(tendril::take(some, place, {.axis = 0})), shape), x);
}

}  // namespace

Tensor number_of(const scalar& s, dtype d) {
  const bool cut = kind_of(d) == dtype_kind::integer && s.kind() == dtype_kind::real;
  return torch::full({}, cut ? scalar(static_cast<std::int64_t>(s.real())) : s, {.dtype = d});
}

// The mask stands for as many dims as it has. Values that broadcast to one element of these fill all true ones.
Tensor put_where(const Tensor& x, const Tensor& values, const Tensor& mask, bool accumulate) {
  const list whole = sizes_of(x), of_mask = sizes_of(mask);
  if (of_mask.size() > whole.size() || !std::equal(of_mask.begin(), of_mask.end(), whole.begin()))
    throw index_error(format_text("[index_put] the mask does not fit: got {} for {}, expected the extents of its first dims. Reshape it.",
                                  spelled(mask), spelled(x)));
  list rows(whole.begin() + mask.dim(), whole.end()), ones(rows.size() + 1, 1);
  rows.insert(rows.begin(), mask.numel());
  ones.front() = mask.numel();
  const Tensor on = torch::flatten(mask), flat = reshape(x, rows);
  Tensor made = values;
  if (values.dim() == static_cast<std::int64_t>(rows.size()) && values.size(0) != 1) {
    const std::int64_t n = values.size(0);
    const array off = checked(tendril::negative(tendril::abs(tendril::subtract(n, sum(on).value()))), bad::negative,
                              "[index_put] the values are not as many as the mask takes: got {} between them, expected 0. Pass others.");
    const array some = n == 0 ? tendril::zeros(axes(ones), {.dtype = x.dtype()}) : values.value();
    const array place = tendril::minimum(place_among(on).value(), tendril::add(off, std::max<std::int64_t>(n - 1, 0)));
    made = Tensor(tendril::take(some, place, {.axis = 0}));
  }
  return reshape(torch::where(reshape(on, ones), accumulate ? flat + made : made, flat), whole);
}

#define OWN TENDRIL_TORCH_OWN
OWN(index_fill, 3, (attribute_of("dim")), "the input with a number in slices at these places of a dim", filled(x, y, z, at.get_int("dim")))
OWN(index_fill_with, 2, (attribute_of("dim"), attribute_of("value")), "the input with a number in slices at these places of a dim",
    filled(x, y, number_of(at.get_scalar("value"), x.dtype()), at.get_int("dim")))
OWN(masked_scatter, 3, (), "the input with elements of a source where a mask is true", masked_from(x, y, z))
#undef OWN

Tensor index_fill(const arg& input, std::int64_t dim, const arg& index, const arg& value) {
  if (value.get().get_array()) return record(index_fill_op(), {input.get(), index.get(), value.get()}, {{"dim", dim}}, input.where());
  return record(index_fill_with_op(), {input.get(), index.get()}, {{"dim", dim}, {"value", value.get().get_scalar()}}, input.where());
}
Tensor masked_scatter(const arg& input, const arg& mask, const arg& source) {
  return record(masked_scatter_op(), {input.get(), mask.get(), source.get()}, {}, input.where());
}

}  // namespace tendril::frontends::torch
