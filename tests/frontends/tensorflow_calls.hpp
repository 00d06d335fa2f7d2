// The calls of tensorflow.json to parts and windows, which take lists of their own.
#pragma once
#include <tendril/frontends/tensorflow.hpp>

#include "frontend_cases.hpp"

namespace tensorflow_calls {

namespace tf = tendril::frontends::tensorflow;
using tf::Tensor;
using call = tendril_test::frontend_call<Tensor>;
using results = std::vector<Tensor>;

inline tf::paddings pairs(const nlohmann::json& j) {
  tf::paddings out;
  for (const auto& p : j) out.push_back({p.at(0), p.at(1)});
  return out;
}
inline tf::window_padding padding(const call& c) {
  const auto& p = c.at("padding");
  return p.is_string() ? tf::window_padding(p.get<std::string>()) : tf::window_padding(pairs(p));
}
inline results both(std::pair<Tensor, Tensor> p) { return {p.first, p.second}; }

// Python's list as the array that braces make in C++.
inline tendril::array braced(const nlohmann::json& list) {
  if (list.at(0).is_boolean()) return {list.at(0).get<bool>(), list.at(1).get<bool>()};
  if (list.at(0).is_number_float()) return {list.at(0).get<double>(), list.at(1).get<double>()};
  if (list.size() == 2) return {list.at(0).get<std::int32_t>(), list.at(1).get<std::int32_t>()};
  return {list.at(0).get<std::int32_t>(), list.at(1).get<std::int32_t>(), list.at(2).get<std::int32_t>(), list.at(3).get<std::int32_t>()};
}

inline void add_parts(tendril_test::frontend_functions<Tensor>& f) {
#define ONE(name, ...) f[#name] = [](const call& c) { return results{tf::name(__VA_ARGS__)}; }
  ONE(einsum, c.word("equation", ""), c.list());
  f["meshgrid"] = [](const call& c) { return tf::meshgrid(c.list(), {c.word("indexing", "xy")}); };
  f["pad"] = [](const call& c) {
    tf::pad_options o{.mode = c.word("mode", "CONSTANT")};
    if (c.has("constant_values")) o.constant_values = c.value("constant_values");
    return results{tf::pad(c.input(0), pairs(c.at("paddings")), o)};
  };
  ONE(slice, c.input(0), c.axes("begin"), c.axes("size"));
  f["split"] = [](const call& c) {
    const auto& parts = c.at("num_or_size_splits");
    if (parts.is_number()) return tf::split(c.input(0), parts.get<std::int64_t>(), {c.integer("axis")});
    return tf::split(c.input(0), parts.get<std::vector<std::int64_t>>(), {c.integer("axis")});
  };
  ONE(strided_slice, c.input(0), c.axes("begin"), c.axes("end"),
      {c.axes("strides"), c.integer("begin_mask"), c.integer("end_mask"), c.integer("ellipsis_mask"), c.integer("new_axis_mask"),
       c.integer("shrink_axis_mask")});
  ONE(gather_nd, c.input(0), c.input(1), {c.integer("batch_dims")});
  f["constant"] = [](const call& c) {
    const tf::constant_options o{.dtype = c.dtype(), .shape = c.axes("shape")};
    return results{c.at("value").is_array() ? tf::constant(braced(c.at("value")), o) : tf::constant(c.value("value"), o)};
  };
  f["math.top_k"] = [](const call& c) {
    return both(c.has("k") ? tf::math::top_k(c.input(0), c.integer("k")) : tf::math::top_k(c.input(0)));
  };
#undef ONE
#define ONE(name, ...) f["nn." #name] = [](const call& c) { return results{tf::nn::name(__VA_ARGS__)}; }
  ONE(avg_pool, c.input(0), c.axes("ksize"), c.axes("strides"), c.word("padding", ""), {c.word("data_format", "")});
  ONE(max_pool, c.input(0), c.axes("ksize"), c.axes("strides"), padding(c), {c.word("data_format", "")});
  ONE(conv2d, c.input(0), c.input(1), c.axes("strides"), padding(c), {c.word("data_format", ""), c.axes("dilations", 1)});
  ONE(depthwise_conv2d, c.input(0), c.input(1), c.axes("strides"), padding(c), {c.word("data_format", ""), c.axes("dilations", 1)});
  ONE(bias_add, c.input(0), c.input(1), {c.word("data_format", "")});
#undef ONE
}

}  // namespace tensorflow_calls
