// Finds where a recording differs from another, and where what is compiled leaves the oracle.
#include "trace/check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include <tendril/ops.hpp>

#include "array/array_impl.hpp"

namespace tendril::detail {

bool same_graph(const graph& a, const graph& b, std::string& why) {
  if (a.nodes.size() != b.nodes.size() || a.results != b.results || a.inputs != b.inputs) {
    why = fmt::format("it records {} nodes, expected {}", b.nodes.size(), a.nodes.size());
    return false;
  }
  for (std::size_t i = 0; i < a.nodes.size(); ++i) {
    const node &x = a.nodes[i], &y = b.nodes[i];
    if (x.op == y.op && x.inputs == y.inputs && x.attrs == y.attrs) continue;
    why = x.id() == op_id::constant && y.id() == op_id::constant
              ? fmt::format("the captured value used at {} changed", spell(y.where))
              : fmt::format("{} at {} was {} at {}", y.op->name, spell(y.where), x.op->name, spell(x.where));
    return false;
  }
  return true;
}

namespace {

struct tolerance {
  double rtol, atol;
};
tolerance tolerance_of(dtype d) { return d == dtype::float32 ? tolerance{1e-4, 1e-5} : tolerance{1e-9, 1e-11}; }

// "element (1, 2) is 3, expected 4": the first one that is not near.
std::string spell_first(const array& got, const array& expected) {
  const tolerance t = tolerance_of(got.dtype());
  const array p = copy_of(astype(got, dtype::float64).view()), q = copy_of(astype(expected, dtype::float64).view());
  std::int64_t at = 0;
  for (; at + 1 < p.size(); ++at) {
    const double x = p.data<double>()[at], y = q.data<double>()[at];
    if (!(x == y || (std::isnan(x) && std::isnan(y)) || std::abs(x - y) <= t.atol + t.rtol * std::abs(y))) break;
  }
  std::vector<std::int64_t> index(p.shape().size());
  std::int64_t left = at;
  for (std::size_t axis = index.size(); axis-- > 0; left /= p.shape()[axis]) index[axis] = left % p.shape()[axis];
  return fmt::format("element ({}) is {}, expected {}", fmt::join(index, ", "), p.data<double>()[at], q.data<double>()[at]);
}

}  // namespace

bool is_close(const array& got, const array& expected) {
  const tolerance t = tolerance_of(got.dtype());
  return allclose(got, expected, t.rtol, t.atol, true);
}

std::string first_difference(const graph& g, std::span<const array> inputs, const compile_options& options) {
  std::vector<array_view> views;
  for (const array& a : inputs) views.push_back(a.view());
  graph all = g;
  all.results.clear();
  std::vector<const node*> makers;
  for (const node& n : g.nodes)
    for (std::int32_t k = 0; k < n.result_count && n.id() != op_id::constant; ++k)
      if (const value_id v = n.first_result + k; !g.type_of(v).weak) {
        all.results.push_back(v);
        makers.push_back(&n);
      }
  const std::vector<array> expected = evaluate(all, inputs, options.to);
  for (std::size_t i = 0; i < makers.size(); ++i) {
    graph one = g;
    one.results = {all.results[i]};
    const array got = compile(one, views, options)(inputs).front();
    if (is_close(got, expected[i])) continue;
    const node& n = *makers[i];
    const std::string which = n.result_count > 1 ? fmt::format("result {} of ", all.results[i] - n.first_result) : "";
    return fmt::format("the first value that differs is {}{} at {}: {}", which, n.op->name, spell(n.where), spell_first(got, expected[i]));
  }
  return "every value is right when it is the only result, so it is what the results share that goes wrong";
}

}  // namespace tendril::detail
