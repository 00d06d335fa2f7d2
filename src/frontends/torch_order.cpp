// What the torch frontend has of order and choice: medians, quantiles, running extremes, tolerances, NaN left out.
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numbers>

#include "array/format.hpp"
#include "frontends/torch_ops.hpp"

namespace tendril::frontends::torch {
namespace {

using list = std::vector<std::int64_t>;
constexpr double inf = std::numeric_limits<double>::infinity();

bool is_real(const Tensor& x) { return kind_of(x.dtype()) == dtype_kind::real; }
Tensor real_of(const Tensor& x) { return is_real(x) ? x : to(x, dtype::float32); }

// The tensor with a dim that was asked for last; without dims it has one.
Tensor with_last(const Tensor& x, std::int64_t dim) { return x.dim() == 0 ? reshape(x, {1}) : movedim(x, dim, -1); }
// A result without that dim, or with extent 1 in its place.
Tensor placed(const Tensor& made, const Tensor& x, std::int64_t dim, bool keepdim) {
  return keepdim && x.dim() > 0 ? unsqueeze(made, normalize_axis("keepdim", dim, static_cast<int>(x.dim()))) : made;
}
// Where the last of what is in order is NaN, something is.
Tensor some_nan(const Tensor& ordered) { return isnan(select(ordered, -1, -1)); }

Tensor middle_of(const Tensor& x, std::int64_t dim, bool keepdim, bool indices) {
  require_numbers("median", x);
  const Tensor last = with_last(x, dim);
  const std::int64_t n = last.size(-1);
  if (n == 0) throw shape_error(format_text("[median] there is nothing in the middle: got {}, expected elements. Pass some.", spelled(x)));
  const auto [values, places] = sort(last, {.dim = -1});
  const Tensor found = select(indices ? places : values, -1, (n - 1) / 2);
  if (!is_real(x)) return placed(found, x, dim, keepdim);
  const Tensor of_nan = indices ? argmax(last, arg_options{.dim = -1}) : select(values, -1, -1);
  return placed(torch::where(some_nan(values), of_nan, found), x, dim, keepdim);
}

Tensor between(const Tensor& a, const Tensor& b, const Tensor& w) {
  return torch::where(w < 0.5, a + w * (b - a), b - (b - a) * (1.0 - w));
}

Tensor quantile_of(const Tensor& x, const Tensor& q, const attributes& at) {
  require_real("quantile", x);
  require_alike("quantile", x, q);
  if (q.dim() > 1) throw shape_error(format_text("[quantile] q has too many dims: got {}, expected at most one. Flatten it.", spelled(q)));
  const bool whole = !at.has("dim"), keepdim = at.get_bool("keepdim");
  const Tensor last = whole ? reshape(x, -1) : with_last(x, at.get_int("dim"));
  const std::int64_t n = last.size(-1);
  if (n == 0) throw shape_error(format_text("[quantile] there are no elements: got {}, expected some. Pass them.", spelled(x)));
  const std::string& how = at.get_string("interpolation");
  const Tensor ordered = sort(last, {.dim = -1}).first, place = q * static_cast<double>(n - 1);
  const auto taken = [&](const Tensor& index) {
    return Tensor(tendril::take(ordered.value(), to(index, dtype::int64).value(), {.axis = -1}));
  };
  const Tensor below = floor(place), above = ceil(place);
  Tensor y = how == "lower"      ? taken(below)
             : how == "higher"   ? taken(above)
             : how == "nearest"  ? taken(round(place))
             : how == "midpoint" ? between(taken(below), taken(above), torch::full_like(below, 0.5))
                                 : between(taken(below), taken(above), place - below);
  const Tensor nan = some_nan(ordered);
  y = torch::where(q.dim() == 1 ? unsqueeze(nan, -1) : nan, std::numeric_limits<double>::quiet_NaN(), y);
  if (q.dim() == 1) y = movedim(y, -1, 0);
  if (!keepdim) return y;
  list shape = sizes_of(x);
  if (whole) shape.assign(shape.size(), 1);
  else shape[static_cast<std::size_t>(normalize_axis("quantile", at.get_int("dim"), static_cast<int>(x.dim())))] = 1;
  if (q.dim() == 1) shape.insert(shape.begin(), q.numel());
  return reshape(y, shape);
}

Tensor close_of(const Tensor& a, const Tensor& b, const attributes& at) {
  require_alike("isclose", a, b);
  Tensor same = a == b;
  if (at.get_bool("equal_nan") && is_real(a)) same = same | (isnan(a) & isnan(b));
  const double rtol = at.get_real("rtol"), atol = at.get_real("atol");
  if (rtol < 0 || atol < 0)
    throw error(format_text("[isclose] a tolerance is negative: got rtol {} and atol {}, expected 0 or more. Pass others.", rtol, atol));
  if (rtol == 0 && atol == 0) return same;
  const Tensor x = is_real(a) ? a : to(a, dtype::float32), y = is_real(b) ? b : to(b, dtype::float32);
  const Tensor off = abs(x - y);
  return same | (isfinite(off) & (off <= atol + abs(rtol * y)));
}

#define HAS(name) attribute_of(#name)
#define MAY(name) attribute_of(#name, false)
#define OWN TENDRIL_TORCH_OWN
OWN(median, 1, (HAS(dim), HAS(keepdim), HAS(indices)), "the lower one of the two in the middle",
    middle_of(x, at.get_int("dim"), at.get_bool("keepdim"), at.get_bool("indices")))
OWN(median_of_all, 1, (), "the lower one of the two in the middle", middle_of(reshape(x, -1), 0, false, false))
OWN(quantile, 2, (MAY(dim), HAS(keepdim), HAS(interpolation)), "what a share of the elements does not exceed", quantile_of(x, y, at))
OWN(quantile_at, 1, (HAS(q), MAY(dim), HAS(keepdim), HAS(interpolation)), "what a share of the elements does not exceed",
    quantile_of(x, torch::full({}, at.get_real("q"), {.dtype = x.dtype()}), at))
OWN(topk, 1, (HAS(k), HAS(dim), HAS(largest), HAS(indices)), "the first ones in order", [&] {
  const std::int64_t k = at.get_int("k"), dim = at.get_int("dim");
  require_numbers("topk", x);
  if (x.dim() > 0 && (k < 0 || k > x.size(dim)))
    throw index_error(format_text("[topk] there are not as many: got k {} for dim {} of {}, expected at most its extent. Pass fewer.", k,
                                  dim, spelled(x)));
  const auto [values, places] = sort(x, {.dim = dim, .descending = at.get_bool("largest")});
  return narrow(at.get_bool("indices") ? places : values, dim, 0, k);
}())
OWN(running_extreme, 1, (HAS(dim), HAS(largest), HAS(indices)), "the largest or the smallest up to each element",
    Tensor(frontends::running_extreme(in[0], at.get_int("dim"), at.get_bool("largest"), at.get_bool("indices"))))
OWN(isclose, 2, (HAS(rtol), HAS(atol), HAS(equal_nan)), "where elements differ by no more than a tolerance", close_of(x, y, at))
OWN(heaviside, 2, (), "0 below 0, 1 above, else the value given", [&] {
  require_alike("heaviside", x, y);
  return torch::where(x == 0, y, to(x > 0, x.dtype()));
}())
OWN(lerp, 3, (), "between two tensors, as a weight says", [&] {
  require_alike("lerp", x, y);
  require_alike("lerp", x, z);
  require_real("lerp", x);
  return between(x, y, z);
}())
OWN(lerp_by, 2, (HAS(weight)), "between two tensors, as a weight says", [&] {
  require_alike("lerp", x, y);
  require_real("lerp", x);
  const double w = at.get_real("weight");
  return w < 0.5 ? x + w * (y - x) : y - (y - x) * (1 - w);
}())
void require_mask(const Tensor& mask) {
  if (mask.dtype() != dtype::bool_)
    refuse("masked_fill", std::string(name_of(mask.dtype())), "a mask of bool", "Compare it, as in mask != 0.");
}
OWN(logit, 1, (MAY(eps)), "log(x / (1 - x)), of x kept between eps and 1 - eps", [&] {
  const Tensor wide = real_of(x);
  const Tensor p = at.has("eps") ? clamp(wide, at.get_real("eps"), 1 - at.get_real("eps")) : wide;
  return log(p / (1.0 - p));
}())
OWN(sinc, 1, (), "sin(pi x) / (pi x), 1 of 0", [&] {
  const Tensor turns = std::numbers::pi * real_of(x);
  return torch::where(turns == 0, 1.0, sin(turns) / turns);
}())
OWN(entr, 1, (), "-x log(x); 0 of 0, -infinity of what is negative", [&] {
  const Tensor p = real_of(x);
  return torch::where(isnan(p), p, torch::where(p > 0, -p * log(p), torch::where(p == 0, 0.0, -inf)));
}())
OWN(ndtr, 1, (), "how often a normal number is less", 0.5 * (1.0 + erf(real_of(x) * (std::numbers::sqrt2 / 2))))
OWN(ndtri, 1, (), "the number below which a normal one lies as often", Tensor(normal_quantile(real_of(x).value())))
OWN(rounded, 1, (HAS(decimals)), "the nearest number of so many decimals, of two the even one", [&] {
  if (!is_real(x)) refuse("round", std::string(name_of(x.dtype())), "a floating dtype", "Convert with .to(torch::float32).");
  const std::int64_t decimals = at.get_int("decimals");
  const double factor = std::pow(10.0, static_cast<double>(std::abs(decimals)));
  if (decimals == 0) return round(x);
  return decimals < 0 ? round(x / factor) * factor : round(x * factor) / factor;
}())
OWN(masked_fill, 3, (), "a value where a mask says", [&] {
  require_mask(y);
  if (z.dim() > 0)
    throw shape_error(format_text("[masked_fill] the value has dims: got {}, expected none. Take torch::where.", spelled(z)));
  return torch::where(y, to(z, x.dtype()), x);
}())
OWN(masked_fill_with, 2, (HAS(value)), "a value where a mask says", [&] {
  require_mask(y);
  return torch::where(y, number_of(at.get_scalar("value"), x.dtype()), x);
}())
OWN(nan_to_num, 1, (HAS(nan), MAY(posinf), MAY(neginf)), "numbers in the place of NaN and the infinities", [&] {
  if (!is_real(x)) return x;
  const double end = x.dtype() == dtype::float32 ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
  const Tensor finite = torch::where(x == inf, at.has("posinf") ? at.get_real("posinf") : end,
                                     torch::where(x == -inf, at.has("neginf") ? at.get_real("neginf") : -end, x));
  return torch::where(isnan(x), at.get_real("nan"), finite);
}())
OWN(logsumexp, 1, (attribute_of("dim", true, true), HAS(keepdim)), "the logarithm of the sum of exponentials", [&] {
  const Tensor wide = real_of(x);
  const list dim = at.get_ints("dim");
  return Tensor(log_sum_exp(wide.value(), dim.empty() ? axes() : axes(dim), at.get_bool("keepdim")));
}())
OWN(nansum, 1, (attribute_of("dim", false, true), HAS(keepdim), MAY(dtype)), "the sum without NaN", [&] {
  const typed_reduce_options o{.dim = at.has("dim") ? axes(at.get_ints("dim")) : axes(),
                               .keepdim = at.get_bool("keepdim"),
                               .dtype = at.has("dtype") ? at.get_dtype("dtype") : dtype::unknown};
  return is_real(x) ? sum(torch::where(isnan(x), 0, x), o) : sum(x, o);
}())
OWN(nanmean, 1, (attribute_of("dim", false, true), HAS(keepdim), MAY(dtype)), "the mean without NaN", [&] {
  const Tensor wide = at.has("dtype") ? to(x, at.get_dtype("dtype")) : x;
  require_real("nanmean", wide);
  const typed_reduce_options o{.dim = at.has("dim") ? axes(at.get_ints("dim")) : axes(), .keepdim = at.get_bool("keepdim")};
  return sum(torch::where(isnan(wide), 0, wide), o) / sum(to(logical_not(isnan(wide)), wide.dtype()), o);
}())
#undef OWN
#undef MAY
#undef HAS

}  // namespace

Tensor heaviside(const arg& input, const arg& values) { return record(heaviside_op(), {input.get(), values.get()}, {}, input.where()); }
Tensor lerp(const arg& input, const arg& end, const arg& weight) {
  if (weight.get().get_array()) return record(lerp_op(), {input.get(), end.get(), weight.get()}, {}, input.where());
  return record(lerp_by_op(), {input.get(), end.get()}, {{"weight", weight.get().get_scalar().real()}}, input.where());
}
Tensor isclose(const arg& input, const arg& other, const close_options& o) {
  return record(isclose_op(), {input.get(), other.get()}, {{"rtol", o.rtol.value()}, {"atol", o.atol.value()}, {"equal_nan", o.equal_nan}},
                input.where());
}
Tensor allclose(const arg& input, const arg& other, const close_options& o) { return all(arg(isclose(input, other, o), input.where())); }
namespace special {
Tensor sinc(const arg& input) { return record(sinc_op(), {input.get()}, {}, input.where()); }
Tensor entr(const arg& input) { return record(entr_op(), {input.get()}, {}, input.where()); }
Tensor ndtr(const arg& input) { return record(ndtr_op(), {input.get()}, {}, input.where()); }
Tensor ndtri(const arg& input) { return record(ndtri_op(), {input.get()}, {}, input.where()); }
Tensor xlog1py(const arg& input, const arg& other) { return record(xlog1py_record(), {input.get(), other.get()}, {}, input.where()); }
Tensor expit(const arg& input) { return sigmoid(input); }
Tensor gammaln(const arg& input) { return lgamma(input); }
Tensor round(const arg& input, const round_options& o) {
  return record(rounded_op(), {input.get()}, {{"decimals", o.decimals}}, input.where());
}
}  // namespace special
Tensor round(const arg& input, const round_options& o) { return special::round(input, o); }
Tensor logit(const arg& input, std::optional<number> eps) {
  attributes at;
  if (eps) at.set("eps", eps->value());
  return record(logit_op(), {input.get()}, at, input.where());
}
Tensor masked_fill(const arg& input, const arg& mask, const arg& value) {
  if (value.get().get_array()) return record(masked_fill_op(), {input.get(), mask.get(), value.get()}, {}, input.where());
  return record(masked_fill_with_op(), {input.get(), mask.get()}, {{"value", value.get().get_scalar()}}, input.where());
}
Tensor nan_to_num(const arg& input, const nan_options& o) {
  attributes at{{"nan", o.nan.value()}};
  if (o.posinf) at.set("posinf", o.posinf->value());
  if (o.neginf) at.set("neginf", o.neginf->value());
  return record(nan_to_num_op(), {input.get()}, at, input.where());
}
std::pair<Tensor, Tensor> aminmax(const arg& input, const arg_options& o) {
  const reduce_options along{.dim = o.dim.given() ? axes(o.dim.value()) : axes(), .keepdim = o.keepdim};
  return {amin(input, along), amax(input, along)};
}
Tensor logsumexp(const arg& input, const axes& dim, bool keepdim) {
  return record(logsumexp_op(), {input.get()}, {{"dim", listed(dim)}, {"keepdim", keepdim}}, input.where());
}
Tensor nansum(const arg& input, const typed_reduce_options& o) {
  return record(nansum_op(), {input.get()}, {{"dim", o.dim}, {"keepdim", o.keepdim}, {"dtype", o.dtype}}, input.where());
}
Tensor nanmean(const arg& input, const typed_reduce_options& o) {
  return record(nanmean_op(), {input.get()}, {{"dim", o.dim}, {"keepdim", o.keepdim}, {"dtype", o.dtype}}, input.where());
}
Tensor median(const arg& input) { return record(median_of_all_op(), {input.get()}, {}, input.where()); }
// Two ops each: what nobody uses is dropped, and that is mostly the indices.
std::pair<Tensor, Tensor> median(const arg& input, std::int64_t dim, bool keepdim) {
  const auto one = [&](bool indices) {
    return record(median_op(), {input.get()}, {{"dim", dim}, {"keepdim", keepdim}, {"indices", indices}}, input.where());
  };
  return {one(false), one(true)};
}
namespace {
void require_interpolation(const quantile_options& o) {
  if (!among(std::string_view(o.interpolation), "linear", "lower", "higher", "nearest", "midpoint"))
    throw error(format_text(
        "[quantile] unknown interpolation: got \"{}\", expected \"linear\", \"lower\", \"higher\", \"nearest\" or \"midpoint\". Pass one of these.",
        o.interpolation));
}
}  // namespace
Tensor quantile(const arg& input, number q, const quantile_options& o) {
  require_interpolation(o);
  if (!(q.value() >= 0 && q.value() <= 1))
    throw error(format_text("[quantile] q is no share: got {}, expected 0 to 1. Pass another.", q.value()));
  return record(quantile_at_op(), {input.get()},
                {{"q", q.value()}, {"dim", o.dim}, {"keepdim", o.keepdim}, {"interpolation", o.interpolation}}, input.where());
}
Tensor quantile(const arg& input, const Tensor& q, const quantile_options& o) {
  require_interpolation(o);
  return record(quantile_op(), {input.get(), arg(q, input.where()).get()},
                {{"dim", o.dim}, {"keepdim", o.keepdim}, {"interpolation", o.interpolation}}, input.where());
}
std::pair<Tensor, Tensor> topk(const arg& input, std::int64_t k, const topk_options& o) {
  const auto one = [&](bool indices) {
    return record(topk_op(), {input.get()}, {{"k", k}, {"dim", o.dim}, {"largest", o.largest}, {"indices", indices}}, input.where());
  };
  return {one(false), one(true)};
}
namespace {
std::pair<Tensor, Tensor> extremes(const arg& input, std::int64_t dim, bool largest) {
  const auto one = [&](bool indices) {
    return record(running_extreme_op(), {input.get()}, {{"dim", dim}, {"largest", largest}, {"indices", indices}}, input.where());
  };
  return {one(false), one(true)};
}
}  // namespace
std::pair<Tensor, Tensor> cummax(const arg& input, std::int64_t dim) { return extremes(input, dim, true); }
std::pair<Tensor, Tensor> cummin(const arg& input, std::int64_t dim) { return extremes(input, dim, false); }

}  // namespace tendril::frontends::torch
