// Items of the numpy frontend that are written to: x anew, with values in the place of a part.
#include "frontends/numpy_ops.hpp"
#include "frontends/windows.hpp"
#include "frontends/words.hpp"

namespace tendril::frontends::numpy {
namespace {

// A number as an element, which integers cut; one that they do not hold is an error.
array element_of(const scalar& v, dtype d) {
  if (kind_of(d) == dtype_kind::integer && v.kind() != dtype_kind::real) {
    const auto [low, high] = tendril::detail::range_of(d);
    if (v.beyond_int64() || v.integer() < low || v.integer() > high) tendril::detail::throw_does_not_fit("setitem", v, d);
    return tendril::full({}, v, {.dtype = d});
  }
  return tendril::astype(tendril::full({}, v, {.dtype = v.natural_dtype()}), d);
}

// With leading extents of 1 that there are too many of taken away, as numpy allows, and broadcast.
array spread(const array& y, const list& shape) {
  if (shape.empty() && y.ndim() > 0)
    throw shape_error(format_text("[setitem] one place takes one value: got {}, expected rank 0. Take an element.", spelled(y)));
  list extents = extents_of(y);
  while (extents.size() > shape.size() && extents.front() == 1) extents.erase(extents.begin());
  return tendril::broadcast_to(tendril::reshape(y, extents), shape);
}

ndarray combined(std::string_view how, const ndarray& x, const arg& y) {
#define X(name) \
  if (how == #name) return name(x, y);
  X(add)
  X(subtract)
  X(multiply)
  X(divide)
  X(remainder)
  X(bitwise_and)
  X(bitwise_or)
#undef X
  return bitwise_xor(x, y);
}

array with_items(std::span<const array> in, const attributes& at) {
  const array& x = in[0];
  const std::string& how = at.get_string("how");
  // What is put in the place of a part.
  const auto made = [&](const array& part) {
    if (how.empty()) return at.has("value") ? element_of(at.get_scalar("value"), x.dtype()) : tendril::astype(in[1], x.dtype());
    const ndarray all = at.has("value") ? of_number(at.get_scalar("value"), [&](auto v) { return combined(how, ndarray(part), v); })
                                        : combined(how, ndarray(part), ndarray(in[1]));
    if (is_beyond(all.dtype(), x.dtype()))
      throw dtype_error(
          format_text("[setitem] the result does not fit into the array: got {} for {}, expected no higher kind. Convert the "
                      "array with np::astype.",
                      name_of(all.dtype()), name_of(x.dtype())));
    return tendril::astype(all.value(), x.dtype());
  };
  if (at.has("key")) {
    const auto& items = std::get<std::vector<index_item>>(at.find("key")->value);
    const array part = getitem(x, items);
    return with_key(x, spread(made(part), extents_of(part)), items);
  }
  const array& which = in[in.size() - 1];
  if (which.dtype() == dtype::bool_)
    return tendril::where(mask_over("setitem", x, which, at.has("value") ? tendril::zeros({}) : in[1]), made(x), x);
  if (kind_of(which.dtype()) != dtype_kind::integer)
    throw index_error(format_text("[setitem] an index is no integer: got {}, expected integers or bool. Convert with np::astype.",
                                  name_of(which.dtype())));
  if (x.ndim() == 0) throw index_error("[setitem] there is no axis to index: got rank 0, expected 1 or more. Take np::where.");
  const array places[] = {tendril::astype(which, dtype::int64)};
  list shape = extents_of(which);
  shape.insert(shape.end(), x.shape().begin() + 1, x.shape().end());
  const array part = how.empty() ? x : tendril::take(x, places[0], {.axis = 0});
  return put_at("setitem", x, places, spread(made(part), shape), false, true);
}
const op_record& setitem_record() {
  static const op_record& op = composed(
      "numpy.setitem", {attribute_of("how"), attribute_of("key", false), attribute_of("value", false)},
      [](std::span<const array> in, const attributes& at) { return std::vector<array>{with_items(in, at)}; },
      "an array with values in the place of a part", any_number);
  return op;
}

}  // namespace

void item_writer::put(const char* how, const arg& y) const {
  attributes at{{"how", std::string(how)}};
  std::vector<operand> in{operand(of_.value(), y.where())};
  if (y.get().get_array()) in.push_back(y.get());
  else at.set("value", y.get().get_scalar());
  if (which_.empty()) at.set("key", key_);
  else in.emplace_back(which_, y.where());
  of_ = ndarray(std::move(apply(setitem_record(), in, std::move(at), &promotion, y.where()).front()));
}
ndarray::part::part(ndarray& of, const index& key)
    : ndarray(static_cast<const ndarray&>(of)[key]), item_writer(of, key.items(), ndarray()) {}
ndarray::part ndarray::operator[](const index& key) & { return {*this, key}; }

}  // namespace tendril::frontends::numpy
