// Finds where a recording differs from another, and where what is compiled leaves the oracle.
#include "trace/check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <tendril/detail/op_id.hpp>
#include <tendril/ops.hpp>

#include "array/array_impl.hpp"
#include "array/format.hpp"

namespace tendril::detail {

bool same_graph(const graph& a, const graph& b, std::string& why) {
  if (a.nodes.size() != b.nodes.size() || a.results != b.results || a.inputs != b.inputs) {
    why = format_text("it records {} nodes, expected {}", b.nodes.size(), a.nodes.size());
    return false;
  }
  for (std::size_t i = 0; i < a.nodes.size(); ++i) {
    const node &x = a.nodes[i], &y = b.nodes[i];
    if (x.op == y.op && x.inputs == y.inputs && x.attrs == y.attrs && x.regions.size() == y.regions.size()) {
      for (std::size_t k = 0; k < x.regions.size(); ++k)
        if (!same_graph(x.regions[k].body.front(), y.regions[k].body.front(), why)) {
          why = format_text("in region {} of {} at {} {}", k, y.op->name, spell(y.where), why);
          return false;
        }
      continue;
    }
    why = x.id() == op_id::constant && y.id() == op_id::constant
              ? format_text("the captured value used at {} changed", spell(y.where))
              : format_text("{} at {} was {} at {}", y.op->name, spell(y.where), x.op->name, spell(x.where));
    return false;
  }
  return true;
}

namespace {

struct tolerance {
  double rtol, atol;
};

// Besides a share of each element, real results may be a rounding of their largest element off: sums that cancel are.
tolerance tolerance_of(const array& expected) {
  const bool single = expected.dtype() == dtype::float32;
  tolerance t = single ? tolerance{1e-4, 1e-5} : tolerance{1e-9, 1e-11};
  if (kind_of(expected.dtype()) != dtype_kind::real) return t;
  const array q = copy_of(astype(expected, dtype::float64).view());
  double largest = 0;
  for (std::int64_t i = 0; i < q.size(); ++i)
    if (const double y = std::abs(q.data<double>()[i]); std::isfinite(y)) largest = std::max(largest, y);
  t.atol = std::max(t.atol, largest * (single ? std::numeric_limits<float>::epsilon() : 4 * std::numeric_limits<double>::epsilon()));
  return t;
}

bool is_near(double x, double y, tolerance t) {
  if (x == y || (std::isnan(x) && std::isnan(y))) return true;
  return std::isfinite(x) && std::isfinite(y) && std::abs(x - y) <= t.atol + t.rtol * std::abs(y);
}

// "element (1, 2) is 3, expected 4": the first one that is not near.
std::string spell_first(const array& got, const array& expected) {
  const tolerance t = tolerance_of(expected);
  const array p = copy_of(astype(got, dtype::float64).view()), q = copy_of(astype(expected, dtype::float64).view());
  std::int64_t at = 0;
  while (at + 1 < p.size() && is_near(p.data<double>()[at], q.data<double>()[at], t)) ++at;
  std::vector<std::int64_t> index(p.shape().size());
  std::int64_t left = at;
  for (std::size_t axis = index.size(); axis-- > 0; left /= p.shape()[axis]) index[axis] = left % p.shape()[axis];
  return format_text("element ({}) is {}, expected {}", joined(index, ", "), p.data<double>()[at], q.data<double>()[at]);
}

std::vector<array_view> views_of(std::span<const array> arrays) {
  std::vector<array_view> views;
  for (const array& a : arrays) views.push_back(a.view());
  return views;
}

}  // namespace

bool is_close(const array& got, const array& expected) {
  const tolerance t = tolerance_of(expected);
  return allclose(got, expected, t.rtol, t.atol, true);
}

bool differs_by_contraction(const graph& g, std::span<const array> inputs, std::span<const array> expected, compile_options options) {
  if (!options.contract) return false;
  options.contract = false;
  const std::vector<array> got = compile(g, views_of(inputs), options)(inputs);
  return std::equal(got.begin(), got.end(), expected.begin(), is_close);
}

std::string first_difference(const graph& g, std::span<const array> inputs, const compile_options& options) {
  const std::vector<array_view> views = views_of(inputs);
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
    const std::string which = n.result_count > 1 ? format_text("result {} of ", all.results[i] - n.first_result) : "";
    return format_text("the first value that differs is {}{} at {}: {}", which, n.op->name, spell(n.where), spell_first(got, expected[i]));
  }
  return "every value is right when it is the only result, so it is what the results share that goes wrong";
}

}  // namespace tendril::detail
