// `x.at()[i].set(y)` of the jax frontend and its like: x anew, with a part changed.
#include <limits>

#include "array/format.hpp"
#include "frontends/jax_ops.hpp"
#include "frontends/windows.hpp"
#include "ops/literals.hpp"

namespace tendril::frontends::jax {
namespace {

using list = std::vector<std::int64_t>;

Array combined(std::string_view how, const Array& part, const Array& values) {
  if (how == "add") return numpy::add(part, values);
  if (how == "subtract") return numpy::subtract(part, values);
  if (how == "min") return numpy::minimum(part, values);
  if (how == "max") return numpy::maximum(part, values);
  return numpy::multiply(part, values);
}
array converted(const Array& x, dtype d) { return numpy::astype(x, d).value(); }

// Whether a key leads to elements: an integer beyond the end leads to none.
bool is_within(const array& x, const std::vector<index_item>& key) {
  std::int64_t axes = 0, axis = 0;
  for (const index_item& i : key) axes += i.what == index_item::form::integer || i.what == index_item::form::range ? 1 : 0;
  for (const index_item& i : key) {
    if (i.what == index_item::form::dots) axis += x.ndim() - axes;
    if (i.what != index_item::form::integer && i.what != index_item::form::range) continue;
    const std::int64_t n = axis < x.ndim() ? x.shape(axis) : 0;
    if (axis < x.ndim() && i.what == index_item::form::integer && (i.integer >= n || i.integer < -n)) return false;
    ++axis;
  }
  return true;
}

// The first axes that have an index, as one with a place more, where what is out of range goes.
struct indexed {
  array place;              // of rank 1
  list shape, rest;         // of what is put, and of one element of it
  std::int64_t extent = 1;  // of the joined axis
  indexed(const array& x, std::span<const array> indices) {
    if (static_cast<std::int64_t>(indices.size()) > x.ndim())
      throw index_error(format_text("[at] there are too many indices: got {} for {}, expected one for each axis at most. Drop some.",
                                    indices.size(), spelled(x)));
    array beyond;
    for (std::size_t k = 0; k < indices.size(); ++k) {
      if (kind_of(indices[k].dtype()) != dtype_kind::integer)
        throw dtype_error(format_text("[at] an index is no integer: got {}, expected integers, or bool alone. Convert with jnp::astype.",
                                      name_of(indices[k].dtype())));
      const std::int64_t n = x.shape(static_cast<std::int64_t>(k));
      const array given = tendril::astype(indices[k], dtype::int64), own = where(less(given, 0), given + n, given);
      const array off = logical_or(less(own, 0), greater_equal(own, n));
      place = k == 0 ? own : place * n + own;
      beyond = k == 0 ? off : logical_or(beyond, off);
      extent *= n;
    }
    place = where(beyond, extent, place);
    shape = extents_of(place);
    rest.assign(x.shape().begin() + static_cast<std::ptrdiff_t>(indices.size()), x.shape().end());
    shape.insert(shape.end(), rest.begin(), rest.end());
    place = reshape(place, -1);
  }
  list with(std::initializer_list<std::int64_t> front) const {
    list out(front);
    out.insert(out.end(), rest.begin(), rest.end());
    return out;
  }
};
scalar end_of(dtype d, bool largest) {
  if (kind_of(d) == dtype_kind::real) return largest ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
  const auto [low, high] = tendril::detail::range_of(d);
  return largest ? high : low;
}
array at_indices(std::string_view how, const array& x, const array& values, std::span<const array> indices) {
  const indexed to(x, indices);
  const std::int64_t count = to.place.size();
  const array flat = reshape(x, to.with({to.extent})), from = reshape(tendril::broadcast_to(values, to.shape), to.with({count}));
  if (count == 0 || to.extent == 0) return x;
  if (among(how, "set", "add", "subtract")) {
    const array put = how == "subtract" ? tendril::negative(from) : from, wide = filled_around(flat, 0, 0, 1, zero_of(x.dtype()));
    list column(to.rest.size() + 1, 1);
    column.front() = count;
    const array made = tendril::scatter(wide, reshape(to.place, column), put, {.axis = 0, .combine = how == "set" ? "set" : "add"});
    return reshape(part_of(made, 0, slice(0, to.extent)), x.shape());
  }
  list hits(to.rest.size() + 2, 1);
  hits[0] = count;
  hits[1] = to.extent;
  const array hit = reshape(equal(reshape(to.place, {count, 1}), arange(to.extent)), hits);
  const scalar none = how == "multiply" ? scalar(1) : end_of(x.dtype(), how == "min");
  const array all = where(hit, expand_dims(from, {.axis = 1}), full({}, none, {.dtype = x.dtype()}));
  const array made = how == "multiply" ? prod(all, {.axis = 0, .dtype = x.dtype()})
                     : how == "min"    ? min(all, {.axis = 0})
                                       : max(all, {.axis = 0});
  return reshape(combined(how, Array(flat), Array(made)).value(), x.shape());
}

// Arithmetic in the dtype of both, the result in that of x.
array updated(std::span<const array> in, const attributes& at) {
  const array& x = in[0];
  const std::string& how = at.get_string("how");
  array y;
  if (at.has("value")) {
    const scalar v = at.get_scalar("value");
    const dtype d = kind_of(v.natural_dtype()) <= kind_of(x.dtype()) ? x.dtype()
                    : v.kind() == dtype_kind::real                   ? dtype::float64
                                                                     : dtype::int64;
    y = tendril::full({}, element_of(v, d), {.dtype = d});
  } else {
    y = in[1];
  }
  const array both[] = {x, y};
  const dtype d = how == "set" ? x.dtype() : common_dtype(promotion, both);
  const array values = how == "set" ? converted(Array(y), d) : tendril::astype(y, d);
  const auto indices = in.subspan(at.has("value") ? 1 : 2);
  const bool refuses = x.dtype() == dtype::bool_ && y.dtype() == dtype::bool_ && among(how, "add", "subtract", "multiply");
  const auto changed = [&](const array& part) {
    if (refuses) refuse_bool("at");
    return how == "set" ? values : converted(combined(how, Array(tendril::astype(part, d)), Array(values)), x.dtype());
  };
  if (at.has("key")) {
    const auto& items = std::get<std::vector<index_item>>(at.find("key")->value);
    if (!is_within(x, items)) return refuses ? changed(x) : x;
    const array part = getitem(x, items);
    if (part.size() == 0) return x;  // where JAX asks nothing
    return with_key(x, tendril::broadcast_to(changed(part), extents_of(part)), items);
  }
  if (indices.size() == 1 && indices[0].dtype() == dtype::bool_) return where(mask_over("at", x, indices[0], values), changed(x), x);
  if (refuses) refuse_bool("at");
  if (d == dtype::bool_ && how != "set") {  // min and max of 0 and 1, and what is more than 0
    const array made = at_indices(how, tendril::astype(x, dtype::uint8), tendril::astype(values, dtype::uint8), indices);
    return not_equal(made, 0);
  }
  return converted(Array(at_indices(how, tendril::astype(x, d), values, indices)), x.dtype());
}
const op_record& update_record() {
  static const op_record& op = composed(
      "jax.update", {attribute_of("how"), attribute_of("key", false), attribute_of("value", false)},
      [](std::span<const array> in, const attributes& at) { return std::vector<array>{updated(in, at)}; }, "an array with a part changed",
      any_number);
  return op;
}

}  // namespace

Array place::changed(const char* how, const arg& values) const {
  attributes at{{"how", std::string(how)}};
  std::vector<operand> in{operand(of_.value(), values.where())};
  if (values.get().get_array()) in.push_back(values.get());
  else at.set("value", values.get().get_scalar());
  if (indices_.empty()) at.set("key", key_);
  for (const Array& i : indices_) in.emplace_back(i.value(), values.where());
  return Array(std::move(apply(update_record(), in, std::move(at), &promotion, values.where()).front()));
}
Array place::divide(const arg& values) const {
  const place ones(numpy::ones_like(arg(of_, values.where())), key_, indices_);
  return numpy::divide(arg(of_, values.where()), arg(ones.multiply(values), values.where()));
}
Array place::power(const arg& values) const {
  const place ones(numpy::ones_like(arg(of_, values.where())), key_, indices_);
  return numpy::power(arg(of_, values.where()), arg(ones.multiply(values), values.where()));
}

}  // namespace tendril::frontends::jax
