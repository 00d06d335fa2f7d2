// Finds the op that promoted: the first one on the way to the result that gives float64 and has an operand of another dtype.
#include "trace/promotion.hpp"

#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "array/array_impl.hpp"
#include "array/format.hpp"

namespace tendril::detail {
namespace {

std::string spell_value(const graph& g, const std::vector<std::int32_t>& producers, value_id v) {
  const std::string type = to_string(g.type_of(v));
  if (const auto i = std::find(g.inputs.begin(), g.inputs.end(), v); i != g.inputs.end())
    return format_text("argument {}, {}", i - g.inputs.begin(), type);
  const node& n = g.nodes[static_cast<std::size_t>(producers[static_cast<std::size_t>(v)])];
  if (n.id() == op_id::constant) return format_text("an array from outside the function or of numbers written in it, {}", type);
  return format_text("the result of {} at {}, {}", n.op->name, spell(n.where), type);
}

}  // namespace

std::string spell_promotion(const graph& g, std::size_t result) {
  const auto narrow = [&](value_id v) { return v != absent && g.type_of(v).dtype == dtype::float32 && !g.type_of(v).weak; };
  const auto widest = [&](value_id v) { return v != absent && g.type_of(v).dtype == dtype::float64 && !g.type_of(v).weak; };
  if (g.type_of(g.results[result]).dtype != dtype::float64 || std::none_of(g.inputs.begin(), g.inputs.end(), narrow)) return {};
  const auto producers = g.producers();
  std::vector<char> seen(g.types.size(), 0);
  std::vector<value_id> todo{g.results[result]};
  std::int32_t first = -1;  // of the nodes that promoted on the way to the result
  while (!todo.empty()) {
    const value_id v = todo.back();
    todo.pop_back();
    const std::int32_t p = producers[static_cast<std::size_t>(v)];
    if (seen[static_cast<std::size_t>(v)]++ || p < 0) continue;
    const node& n = g.nodes[static_cast<std::size_t>(p)];
    if (n.inputs.empty()) continue;
    const bool by_itself = std::none_of(n.inputs.begin(), n.inputs.end(), widest);
    if ((by_itself || std::any_of(n.inputs.begin(), n.inputs.end(), narrow)) && (first < 0 || p < first)) first = p;
    std::copy_if(n.inputs.begin(), n.inputs.end(), std::back_inserter(todo), widest);
  }
  if (first < 0) return {};
  const node& n = g.nodes[static_cast<std::size_t>(first)];
  const auto by = std::find_if(n.inputs.begin(), n.inputs.end(), widest);
  if (by != n.inputs.end())
    return format_text("Result {} became float64 in {} at {}, where operand {} is {}: make that float32 with td::astype.", result,
                       n.op->name, spell(n.where), by - n.inputs.begin(), spell_value(g, producers, *by));
  // By itself: astype, or the mean of integers.
  const value_id from = *std::find_if(n.inputs.begin(), n.inputs.end(), [](value_id x) { return x != absent; });
  return format_text("Result {} became float64 in {} at {}, whose operand is {}: convert what that gives with td::astype.", result,
                     n.op->name, spell(n.where), to_string(g.type_of(from)));
}

}  // namespace tendril::detail
