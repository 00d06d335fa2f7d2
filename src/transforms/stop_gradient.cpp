// The op that ends the way of gradients. Whoever reads saved files links this file and nothing else of the transforms.
#include <tendril/transforms.hpp>

#include "graph/tracer.hpp"

namespace tendril {

// Known to gradients alone: everything else runs what it decomposes to, nothing.
const op_record& detail::stop_record() {
  static const op_record& record = [&]() -> const op_record& {
    op_record r;
    r.name = "stop_gradient";
    r.inputs = {{input_spec::form::array, "x"}};
    r.traits = trait::elementwise | trait::composite | trait::number_operator;
    r.decompose = [](std::span<const array> in, const attributes&) { return std::vector<array>{in[0]}; };
    r.doc = "x, a constant for gradients";
    return register_op(std::move(r));
  }();
  return record;
}

array stop_gradient(const array& x, std::source_location where) {
  if (!detail::current_tracer() || x.empty()) return x;
  return apply(detail::stop_record(), std::vector<operand>{operand(x, where)}, {}, nullptr, where).front();
}

}  // namespace tendril
