// jax.lax: gather and conv_general_dilated, whose dimension numbers say which axis is what.
#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "frontends/jax_ops.hpp"
#include "frontends/windows.hpp"
#include "ops/literals.hpp"

namespace tendril::frontends::jax::lax {
namespace {

using list = std::vector<std::int64_t>;

bool holds(const list& v, std::int64_t x) { return std::find(v.begin(), v.end(), x) != v.end(); }
bool are_apart(const list& a, const list& b) {
  return std::none_of(a.begin(), a.end(), [&](std::int64_t x) { return holds(b, x); });
}
// Each once, from 0 to below n, and in order where `ordered`.
bool are_axes(const list& v, std::int64_t n, bool ordered) {
  list sorted = v;
  std::sort(sorted.begin(), sorted.end());
  const bool once = std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
  return once && (!ordered || sorted == v) && (v.empty() || (sorted.front() >= 0 && sorted.back() < n));
}
list rest_of(std::int64_t n, const list& without) {
  list out;
  for (std::int64_t i = 0; i < n; ++i)
    if (!holds(without, i)) out.push_back(i);
  return out;
}

// ---- gather
struct gathering {
  list offset, collapsed, map, batching, index_batching, sizes;
  explicit gathering(const attributes& at)
      : offset(at.get_ints("offset")),
        collapsed(at.get_ints("collapsed")),
        map(at.get_ints("map")),
        batching(at.get_ints("batching")),
        index_batching(at.get_ints("index_batching")),
        sizes(at.get_ints("sizes")) {}
};

void require_gathering(const array& x, const array& i, const gathering& g) {
  const auto require = [&](bool holds, const char* name, const list& got, const char* expected) {
    if (!holds)
      throw shape_error(
          format_text("[gather] the dimension numbers do not fit: got {} ({}) for {} and starts {}, expected {}. Pass others.", name,
                      joined(got, ", "), spelled(x), spelled(i), expected));
  };
  require(kind_of(i.dtype()) == dtype_kind::integer && i.ndim() > 0, "start_index_map", g.map,
          "integers as starts, whose last axis counts those of one part");
  const std::int64_t rank = x.ndim(), last = i.ndim() - 1;
  const auto offsets = static_cast<std::int64_t>(g.offset.size());
  require(are_axes(g.offset, offsets + last, true), "offset_dims", g.offset, "axes of the result in order");
  require(static_cast<std::int64_t>(g.map.size()) == i.shape(last) && are_axes(g.map, rank, false) && are_apart(g.map, g.batching),
          "start_index_map", g.map, "an axis of the operand for each start of a part, and no batching one");
  require(are_axes(g.collapsed, rank, true) && are_apart(g.collapsed, g.batching), "collapsed_slice_dims", g.collapsed,
          "axes of the operand in order, and no batching ones");
  require(are_axes(g.batching, rank, true), "operand_batching_dims", g.batching, "axes of the operand in order");
  require(are_axes(g.index_batching, last, false) && g.index_batching.size() == g.batching.size(), "start_indices_batching_dims",
          g.index_batching, "an axis of the starts but the last for each batching one of the operand");
  for (std::size_t k = 0; k < g.batching.size(); ++k)
    require(x.shape(g.batching[k]) == i.shape(g.index_batching[k]), "operand_batching_dims", g.batching,
            "axes with the extents of their pairs");
  require(static_cast<std::int64_t>(g.sizes.size()) == rank && g.sizes.size() == g.offset.size() + g.collapsed.size() + g.batching.size(),
          "slice_sizes", g.sizes, "one for each axis of the operand, which is an offset, collapsed or batching one");
  for (std::int64_t d = 0; d < rank; ++d) {
    const std::int64_t size = g.sizes[static_cast<std::size_t>(d)];
    require(i.size() == 0 || (size >= 0 && size <= x.shape(d)), "slice_sizes", g.sizes, "no more than the extents");
    require(!holds(g.collapsed, d) || size == 1, "slice_sizes", g.sizes, "1 for a collapsed axis");
    require(!holds(g.batching, d) || (size >= 0 && size <= 1), "slice_sizes", g.sizes, "1 for a batching axis");
  }
}

// Where each element of the result lies among those of x in row-major order: the axes of the starts but the last, then those of a part.
array gathered(const array& x, const array& starts, const attributes& at) {
  const gathering g(at);
  require_gathering(x, starts, g);
  const std::int64_t rank = x.ndim(), batches = starts.ndim() - 1;
  list kept = g.collapsed;
  kept.insert(kept.end(), g.batching.begin(), g.batching.end());
  kept = rest_of(rank, kept);
  list shape(extents_of(starts));
  shape.pop_back();
  for (const std::int64_t d : kept) shape.push_back(g.sizes[static_cast<std::size_t>(d)]);
  const std::int64_t all = batches + static_cast<std::int64_t>(kept.size());

  // The axes of the result: those of the parts where offset_dims says, the others before, between and behind in order.
  list order(static_cast<std::size_t>(all));
  const list others = rest_of(all, g.offset);
  for (std::size_t k = 0; k < g.offset.size(); ++k) order[static_cast<std::size_t>(g.offset[k])] = batches + static_cast<std::int64_t>(k);
  for (std::size_t k = 0; k < others.size(); ++k) order[static_cast<std::size_t>(others[k])] = static_cast<std::int64_t>(k);
  if (std::find(shape.begin(), shape.end(), 0) != shape.end())
    return permute_dims(tendril::zeros(axes(shape), {.dtype = x.dtype()}), order);

  const auto along = [&](const array& v, std::int64_t axis) {  // a vector on one of the axes
    list one(static_cast<std::size_t>(all), 1);
    one[static_cast<std::size_t>(axis)] = v.size();
    return reshape(v, one);
  };
  array place = tendril::zeros(axes(list(static_cast<std::size_t>(all), 1)), {.dtype = dtype::int64}), inside;
  std::int64_t stride = 1;
  for (std::int64_t d = rank; d-- > 0; stride *= x.shape(d)) {
    const std::int64_t size = g.sizes[static_cast<std::size_t>(d)];
    if (const auto k = std::find(kept.begin(), kept.end(), d); k != kept.end() && size > 1)
      place = add(place, along(multiply(tendril::arange(size), stride), batches + (k - kept.begin())));
    if (const auto k = std::find(g.batching.begin(), g.batching.end(), d); k != g.batching.end())
      place = add(place,
                  along(multiply(tendril::arange(x.shape(d)), stride), g.index_batching[static_cast<std::size_t>(k - g.batching.begin())]));
    const auto k = std::find(g.map.begin(), g.map.end(), d);
    if (k == g.map.end()) continue;
    const std::int64_t column = k - g.map.begin(), most = x.shape(d) - size;
    list begin(extents_of(starts));
    begin.pop_back();
    begin.resize(static_cast<std::size_t>(all), 1);
    const array start = reshape(astype(getitem(starts, {ellipsis, column}), dtype::int64), begin);
    const array fits = logical_and(greater_equal(start, 0), less_equal(start, most));
    inside = inside.empty() ? fits : logical_and(inside, fits);
    place = add(place, multiply(tendril::clip(start, 0, most), stride));
  }
  const array flat = reshape(x, {-1}), y = tendril::take(flat, reshape(broadcast_to(place, shape), {-1}), {.axis = 0});
  array made = reshape(y, shape);
  if (at.get_bool("fills") && !inside.empty()) {
    const dtype d = x.dtype();
    const scalar nothing = kind_of(d) == dtype_kind::real ? scalar(std::numeric_limits<double>::quiet_NaN())
                           : d == dtype::bool_            ? scalar(true)
                           : is_signed(d)                 ? scalar(tendril::detail::range_of(d).low)
                                                          : scalar(tendril::detail::range_of(d).high);
    const scalar fill = at.has("fill") ? element_of(at.get_scalar("fill"), d) : nothing;
    made = where(inside, made, tendril::full({}, fill, {.dtype = d}));
  }
  return permute_dims(made, order);
}

// ---- convolution
// Where the letters of one specification stand: the two named, then the spatial ones in the order of `like`.
list places_of(const std::string& spec, const char* named, const std::string& spatial) {
  list out{static_cast<std::int64_t>(spec.find(named[0])), static_cast<std::int64_t>(spec.find(named[1]))};
  for (const char c : spatial) out.push_back(static_cast<std::int64_t>(spec.find(c)));
  return out;
}
struct dimension_places {
  list lhs, rhs, out;
};
dimension_places places_of(const std::vector<std::string>& specs, std::int64_t rank) {
  dimension_places p;
  if (specs.empty()) {
    p.lhs = rest_of(rank, {});
    p.rhs = p.out = p.lhs;
    return p;
  }
  const auto letters = [](std::string s) {
    std::sort(s.begin(), s.end());
    return s;
  };
  std::string spatial;
  if (specs.size() == 3)
    for (const char c : specs[1])
      if (c != 'O' && c != 'I') spatial += c;
  const auto fits = [&](const std::string& spec, const char* named) {
    const std::string all = letters(named + spatial);
    return letters(spec) == all && std::adjacent_find(all.begin(), all.end()) == all.end() &&
           static_cast<std::int64_t>(spec.size()) == rank;
  };
  if (specs.size() != 3 || !fits(specs[0], "NC") || !fits(specs[1], "OI") || !fits(specs[2], "NC"))
    throw shape_error(
        format_text("[conv_general_dilated] the dimension numbers do not fit: got ({}) for rank {}, expected three texts such as \"NCHW\", "
                    "\"OIHW\", \"NCHW\", each letter once. Pass others.",
                    joined(specs, ", "), rank));
  return {places_of(specs[0], "NC", spatial), places_of(specs[1], "OI", spatial), places_of(specs[2], "NC", spatial)};
}

void require_conv(bool holds, const char* what, const array& x, const array& weight, const char* expected) {
  if (!holds)
    throw shape_error(
        format_text("[conv_general_dilated] {}: got {} and {}, expected {}. Pass others.", what, spelled(x), spelled(weight), expected));
}

array dilated_conv(const array& lhs, const array& rhs, const attributes& at, const std::vector<std::string>& specs) {
  require_alike("conv_general_dilated", lhs, rhs);
  require_number("conv_general_dilated", lhs);
  require_conv(lhs.ndim() == rhs.ndim() && lhs.ndim() >= 2, "the ranks do not fit", lhs, rhs, "one of both, 2 or more");
  const dimension_places p = places_of(specs, lhs.ndim());
  const array x = permute_dims(lhs, p.lhs), weight = permute_dims(rhs, p.rhs);
  const std::size_t spatial = p.lhs.size() - 2;
  const std::int64_t groups = at.get_int("groups"), batches = at.get_int("batches");
  const list strides = at.get_ints("strides"), pads = at.get_ints("pads");
  list between = at.get_ints("between"), apart = at.get_ints("apart");
  if (between.empty()) between.assign(spatial, 1);
  if (apart.empty()) apart.assign(spatial, 1);
  const std::string padding = at.get_string("padding");
  require_conv(
      strides.size() == spatial && between.size() == spatial && apart.size() == spatial && (!padding.empty() || pads.size() == 2 * spatial),
      "there is another number of strides, pairs or dilations", lhs, rhs, "one for each axis of the windows");
  for (const list* v : {&strides, static_cast<const list*>(&between), static_cast<const list*>(&apart)})
    for (const std::int64_t k : *v)
      if (k < 1)
        throw error(
            format_text("[conv_general_dilated] a stride or a dilation leads nowhere: got {}, expected 1 or more. Pass another.", k));
  if (!padding.empty() && std::count(between.begin(), between.end(), 1) != static_cast<std::int64_t>(spatial))
    throw error(format_text("[conv_general_dilated] jax pads a dilated operand by numbers alone: got \"{}\", expected pairs. Pass these.",
                            padding));
  require_conv(groups > 0 && batches > 0 && (groups == 1 || batches == 1), "the groups do not fit", lhs, rhs,
               "1 or more groups of features, or of batches, not both");
  require_conv(x.shape(1) % groups == 0 && x.shape(1) / groups == weight.shape(1) && weight.shape(0) % groups == 0,
               "the features do not fit", lhs, rhs, "as many in each group as the weights read, and as many weights in each");
  require_conv(x.shape(0) % batches == 0 && weight.shape(0) % batches == 0, "the batches do not fit", lhs, rhs,
               "as many in each group, and weights too");

  array space = x;
  list kernel, extents{x.shape(0) / batches, weight.shape(0)};
  bool none = false;
  for (std::size_t i = 0; i < spatial; ++i) {
    const std::int64_t axis = static_cast<std::int64_t>(i) + 2,
                       reach = weight.shape(axis) == 0 ? 0 : apart[i] * (weight.shape(axis) - 1) + 1;
    kernel.push_back(weight.shape(axis));
    if (between[i] > 1) space = spaced(space, axis, between[i] - 1);
    auto [low, high] = padding.empty()      ? std::pair(pads[2 * i], pads[2 * i + 1])
                       : padding == "VALID" ? std::pair<std::int64_t, std::int64_t>(0, 0)
                                            : same_padding(space.shape(axis), reach, strides[i]);
    if (padding == "SAME_LOWER") std::swap(low, high);
    const std::int64_t n = space.shape(axis) + low + high;
    require_conv(n >= 0, "it cannot be cut", lhs, rhs, "pairs that take no more than there is");
    space = filled_around(space, axis, low, high, zero_of(x.dtype()));
    extents.push_back(n < reach ? 0 : (n - reach) / strides[i] + 1);
    none |= extents.back() == 0 || kernel.back() == 0;
  }
  array y;
  if (none || x.shape(0) == 0 || weight.shape(0) == 0 || weight.shape(1) == 0) {
    y = tendril::zeros(axes(extents), {.dtype = x.dtype()});
  } else {
    std::vector<array> parts;
    const std::int64_t images = x.shape(0) / batches, outputs = weight.shape(0) / batches;
    for (std::int64_t b = 0; b < batches; ++b) {
      const array part = batches == 1 ? space : part_of(space, 0, tendril::slice(b * images, (b + 1) * images));
      const array read = batches == 1 ? weight : part_of(weight, 0, tendril::slice(b * outputs, (b + 1) * outputs));
      parts.push_back(correlation(part, read, windows("conv_general_dilated", part, 2, kernel, strides, apart), groups));
    }
    y = joined_parts(parts, 1);
  }
  list order(p.out.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[static_cast<std::size_t>(p.out[i])] = static_cast<std::int64_t>(i);
  return permute_dims(y, order);
}

std::vector<std::string> words_of(const std::string& joined_words) {
  std::vector<std::string> out;
  for (std::size_t start = 0; start < joined_words.size();) {
    const std::size_t end = std::min(joined_words.find(' ', start), joined_words.size());
    out.push_back(joined_words.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

#define OWN(name, inputs, attributes_, body, doc) TENDRIL_OWN_FORMULA("jax", array, lax_##name, inputs, attributes_, doc, body)
#define HAS(name) attribute_of(#name)
#define LISTED(name) attribute_of(#name, true, true)
OWN(gather, 2,
    (LISTED(offset), LISTED(collapsed), LISTED(map), LISTED(batching), LISTED(index_batching), LISTED(sizes), HAS(fills),
     attribute_of("fill", false)),
    gathered(in[0], in[1], at), "parts that begin where integers say")
OWN(conv_general_dilated, 2,
    (LISTED(strides), HAS(padding), LISTED(pads), LISTED(between), LISTED(apart), HAS(dimensions), HAS(groups), HAS(batches)),
    dilated_conv(in[0], in[1], at, words_of(at.get_string("dimensions"))), "the cross-correlation with dilations and groups")
#undef LISTED
#undef HAS
#undef OWN

}  // namespace

Array gather(const arg& operand, const arg& start_indices, const GatherDimensionNumbers& d, const axes& slice_sizes,
             const gather_options& o) {
  if (!among(std::string_view(o.mode), "clip", "fill", "drop", "promise_in_bounds"))
    throw error(
        format_text("[gather] unknown mode: got \"{}\", expected \"fill\", \"clip\" or \"promise_in_bounds\". Pass one of these.", o.mode));
  attributes at{{"offset", listed(d.offset_dims)},
                {"collapsed", listed(d.collapsed_slice_dims)},
                {"map", listed(d.start_index_map)},
                {"batching", listed(d.operand_batching_dims)},
                {"index_batching", listed(d.start_indices_batching_dims)},
                {"sizes", listed(slice_sizes)},
                {"fills", o.mode == "fill" || o.mode == "drop"}};
  if (o.fill_value) at.set("fill", *o.fill_value);
  return two(lax_gather_op(), operand, start_indices, std::move(at));
}

Array conv_general_dilated(const arg& lhs, const arg& rhs, const axes& window_strides, const conv_padding& padding, const conv_options& o) {
  const std::string& word = padding.word();
  if (!among(std::string_view(word), "", "VALID", "SAME", "SAME_LOWER"))
    throw error(format_text(
        "[conv_general_dilated] unknown padding: got \"{}\", expected \"VALID\", \"SAME\", \"SAME_LOWER\" or pairs. Pass one of "
        "these.",
        word));
  std::string dimensions;
  for (const std::string& s : o.dimension_numbers) dimensions += (dimensions.empty() ? "" : " ") + s;
  return two(lax_conv_general_dilated_op(), lhs, rhs,
             {{"strides", listed(window_strides)},
              {"padding", word},
              {"pads", axes(padding.pairs())},
              {"between", listed(o.lhs_dilation)},
              {"apart", listed(o.rhs_dilation)},
              {"dimensions", dimensions},
              {"groups", o.feature_group_count},
              {"batches", o.batch_group_count}});
}

}  // namespace tendril::frontends::jax::lax
