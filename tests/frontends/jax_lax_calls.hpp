// The calls of jax.json to jax.lax that take lists of their own.
#pragma once
#include <tendril/frontends/jax.hpp>

#include "frontend_cases.hpp"

namespace jax_calls {

namespace lax = tendril::frontends::jax::lax;
using tendril::frontends::jax::arg;
using tendril::frontends::jax::Array;
using call = tendril_test::frontend_call<Array>;
using results = std::vector<Array>;

inline std::vector<std::int64_t> numbers(const nlohmann::json& j) { return j.get<std::vector<std::int64_t>>(); }

/// Starts as operands from `from` on: one array of all, or up to two of rank 0.
inline Array part(const call& c, std::size_t from, const std::function<Array(const arg&)>& of_all,
                  const std::function<Array(lax::starts)>& of_each) {
  if (c.count() == from) return of_each({});
  if (c.count() == from + 2) return of_each({c.input(from), c.input(from + 1)});
  if (c.rank(from) == 1) return of_all(c.input(from));
  return of_each({c.input(from)});
}

inline void add_lax(tendril_test::frontend_functions<Array>& f) {
#define ONE(name, ...) f["lax." #name] = [](const call& c) { return results{lax::name(__VA_ARGS__)}; }
  ONE(dot, c.input(0), c.input(1));
  f["lax.dot_general"] = [](const call& c) {
    const auto& d = c.at("dimension_numbers");
    const auto list = [&](std::size_t i, std::size_t k) { return tendril::axes(numbers(d.at(i).at(k))); };
    return results{lax::dot_general(c.input(0), c.input(1), {{list(0, 0), list(0, 1)}, {list(1, 0), list(1, 1)}})};
  };
  ONE(broadcast_in_dim, c.input(0), c.axes("shape"), c.axes("broadcast_dimensions"));
  ONE(collapse, c.input(0), c.integer("start_dimension"), {c.maybe("stop_dimension")});
  ONE(reduce_max, c.input(0), c.axes("axes"));
  ONE(reduce_min, c.input(0), c.axes("axes"));
  ONE(reduce_sum, c.input(0), c.axes("axes"));
  f["lax.round"] = [](const call& c) {
    return results{c.has("rounding_method") ? lax::round(c.input(0), lax::RoundingMethod::TO_NEAREST_EVEN) : lax::round(c.input(0))};
  };
  ONE(slice, c.input(0), c.axes("start_indices"), c.axes("limit_indices"), {c.axes("strides")});
  f["lax.top_k"] = [](const call& c) {
    const auto [values, places] = lax::top_k(c.input(0), c.integer("k"), {c.integer("axis", -1)});
    return results{values, places};
  };
  ONE(cummax, c.input(0), {.axis = c.integer("axis"), .reverse = c.flag("reverse")});
  ONE(cummin, c.input(0), {.axis = c.integer("axis"), .reverse = c.flag("reverse")});
  ONE(conv, c.input(0), c.input(1), c.axes("window_strides"), c.word("padding", ""));
#undef ONE
  f["lax.gather"] = [](const call& c) {
    lax::gather_options o;
    if (c.has("mode") && !c.at("mode").is_null()) o.mode = c.word("mode", "");
    if (c.has("fill_value")) o.fill_value = c.value("fill_value");
    return results{lax::gather(c.input(0), c.input(1),
                               {.offset_dims = c.axes("offset_dims"),
                                .collapsed_slice_dims = c.axes("collapsed_slice_dims"),
                                .start_index_map = c.axes("start_index_map"),
                                .operand_batching_dims = c.axes("operand_batching_dims"),
                                .start_indices_batching_dims = c.axes("start_indices_batching_dims")},
                               c.axes("slice_sizes"), o)};
  };
  f["lax.conv_general_dilated"] = [](const call& c) {
    std::vector<std::int64_t> pads;
    const auto& padding = c.at("padding");
    if (!padding.is_string())
      for (const auto& p : padding) pads.insert(pads.end(), {p.at(0).get<std::int64_t>(), p.at(1).get<std::int64_t>()});
    lax::conv_options o{.lhs_dilation = c.axes("lhs_dilation"),
                        .rhs_dilation = c.axes("rhs_dilation"),
                        .feature_group_count = c.integer("feature_group_count", 1),
                        .batch_group_count = c.integer("batch_group_count", 1)};
    if (c.has("dimension_numbers")) o.dimension_numbers = c.at("dimension_numbers").get<std::vector<std::string>>();
    return results{lax::conv_general_dilated(c.input(0), c.input(1), c.axes("window_strides"),
                                             padding.is_string() ? lax::conv_padding(padding.get<std::string>()) : lax::conv_padding(pads),
                                             o)};
  };
  f["numpy.bincount"] = [](const call& c) {
    return results{tendril::frontends::jax::numpy::bincount(c.input(0), {.length = c.integer("length"), .weights = c.input(1)})};
  };
  f["lax.pad"] = [](const call& c) {
    lax::padding_config config;
    for (const auto& p : c.at("padding_config")) config.push_back({p.at(0), p.at(1), p.at(2)});
    return results{lax::pad(c.input(0), c.input(1), config)};
  };
  f["lax.dynamic_slice"] = [](const call& c) {
    const tendril::axes sizes = c.axes("slice_sizes");
    return results{part(
        c, 1, [&](const arg& i) { return lax::dynamic_slice(c.input(0), i, sizes); },
        [&](lax::starts i) { return lax::dynamic_slice(c.input(0), i, sizes); })};
  };
  f["lax.dynamic_update_slice"] = [](const call& c) {
    return results{part(
        c, 2, [&](const arg& i) { return lax::dynamic_update_slice(c.input(0), c.input(1), i); },
        [&](lax::starts i) { return lax::dynamic_update_slice(c.input(0), c.input(1), i); })};
  };
}

}  // namespace jax_calls
