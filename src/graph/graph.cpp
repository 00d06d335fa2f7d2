// Graph construction and verification.
#include <tendril/graph.hpp>

#include <tendril/detail/op_id.hpp>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "array/thread_end.hpp"
#include "graph/regions.hpp"
#include "ops/presence.hpp"

namespace tendril {

node::node() = default;
node::node(const node&) = default;
node::node(node&&) noexcept = default;
node& node::operator=(const node&) = default;
node& node::operator=(node&&) noexcept = default;
node::~node() = default;

graph::graph() = default;
graph::graph(const graph&) = default;
graph::graph(graph&&) noexcept = default;
graph& graph::operator=(const graph&) = default;
graph& graph::operator=(graph&&) noexcept = default;
graph::~graph() = default;

value_id graph::add_input(type t) {
  types.push_back(std::move(t));
  inputs.push_back(static_cast<value_id>(types.size() - 1));
  return inputs.back();
}

value_id graph::add_constant(array a, std::source_location where) {
  node n;
  n.op = &record_of(op_id::constant);
  n.first_result = static_cast<value_id>(types.size());
  n.where = where;
  types.push_back(type::of(a.dtype(), a.shape()));
  n.attrs.set("value", std::move(a));
  nodes.push_back(std::move(n));
  return nodes.back().first_result;
}

value_id graph::add_literal(scalar s, std::source_location where) {
  const value_id v = add_constant(detail::scalar_array(s, dtype::unknown), where);
  types[static_cast<std::size_t>(v)].weak = true;
  if (s.beyond_int64()) nodes.back().attrs.set("unsigned", true);
  return v;
}

namespace {

// The types of a node's operands, in lists that keep their memory from node to node, as inference is the most of what compiling costs. One
// list for each depth: a rule that is a decomposition adds nodes while one is added. When the thread ends, its lists are gone before the
// last that may ask: a list of its own serves then.
class operand_types {
 public:
  operand_types(const graph& g, const std::vector<value_id>& in) : count_(in.size()) {
    std::vector<type>& list = take();
    if (list.size() < count_) list.resize(count_);
    for (std::size_t i = 0; i < count_; ++i)
      if (in[i] != absent) list[i] = g.type_of(in[i]);
      else list[i] = type();
    types_ = list.data();
  }
  ~operand_types() {
    if (taken_ && lists) --lists->depth;
  }
  operand_types(const operand_types&) = delete;
  operand_types& operator=(const operand_types&) = delete;
  operator std::span<const type>() const { return {types_, count_}; }

 private:
  struct kept {
    std::vector<std::vector<type>> lists;
    std::size_t depth = 0;
  };
  static inline constinit thread_local kept* lists = nullptr;
  std::vector<type>& take() {
    if (!lists) {
      if (!engine::at_thread_end([] { delete std::exchange(lists, nullptr); })) return own_;
      lists = new kept;
    }
    if (lists->lists.size() <= lists->depth) lists->lists.emplace_back();
    taken_ = true;
    return lists->lists[lists->depth++];
  }
  bool taken_ = false;
  std::vector<type> own_;
  const type* types_;
  std::size_t count_;
};

}  // namespace

value_id graph::add(const op_record& op, std::vector<value_id> in, attributes attrs, const promotion_rules* rules,
                    std::source_location where, std::vector<region> regions) {
  const operand_types input_types(*this, in);
  const detail::presence present(in);
  const type_request request{op, input_types, present, attrs, rules, regions};
  if (!op.regions.empty() || !regions.empty()) detail::check_regions(request);
  std::vector<type> out = infer(request);
  node n;
  n.op = &op;
  n.inputs = std::move(in);
  n.attrs = std::move(attrs);
  n.regions = std::move(regions);
  n.rules = rules;
  n.where = where;
  n.first_result = static_cast<value_id>(types.size());
  n.result_count = static_cast<std::int32_t>(out.size());
  for (type& t : out) types.push_back(std::move(t));
  nodes.push_back(std::move(n));
  return nodes.back().first_result;
}

std::vector<std::int32_t> graph::producers() const {
  std::vector<std::int32_t> p(types.size(), -1);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (std::int32_t k = 0; k < nodes[i].result_count; ++k)
      p[static_cast<std::size_t>(nodes[i].first_result + k)] = static_cast<std::int32_t>(i);
  return p;
}

std::vector<std::int32_t> graph::use_counts() const {
  std::vector<std::int32_t> uses(types.size(), 0);
  const auto use = [&](value_id v) {
    if (v != absent) ++uses[static_cast<std::size_t>(v)];
  };
  for (const node& n : nodes) std::for_each(n.inputs.begin(), n.inputs.end(), use);
  std::for_each(results.begin(), results.end(), use);
  return uses;
}

const array* constant_of(const graph& g, const std::vector<std::int32_t>& producers, value_id v) {
  const std::int32_t p = v == absent ? -1 : producers[static_cast<std::size_t>(v)];
  if (p < 0 || g.nodes[static_cast<std::size_t>(p)].id() != op_id::constant) return nullptr;
  return &std::get<array>(g.nodes[static_cast<std::size_t>(p)].attrs.find("value")->value);
}

int op_node_count(const graph& g) {
  return static_cast<int>(std::count_if(g.nodes.begin(), g.nodes.end(), [](const node& n) { return n.id() != op_id::constant; }));
}

namespace {

void count_ops(const graph& g, std::map<std::string_view, int>& counts) {
  for (const node& n : g.nodes) {
    if (n.id() != op_id::constant && n.id() != op_id::group) ++counts[n.op->name];
    for (const region& r : n.regions)
      for (const graph& body : r.body) count_ops(body, counts);
  }
}

}  // namespace

std::vector<std::pair<std::string, int>> op_frequencies(const graph& g) {
  std::map<std::string_view, int> counts;
  count_ops(g, counts);
  std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return sorted;
}

namespace {

[[noreturn]] void fail(const graph& g, const std::string& what) {
  throw internal_error(format_text("[verify] graph {}: {}", g.name, what));
}

void verify_group(const graph& g, const node& n, std::size_t i) {
  for (const region& r : n.regions) {
    if (r.body.size() != 1) fail(g, format_text("node {} ({}) has a region without a body", i, n.op->name));
    const graph& body = r.body.front();
    if (body.inputs.size() != n.inputs.size())
      fail(g,
           format_text("node {} ({}): its region takes {} inputs, the node gives {}", i, n.op->name, body.inputs.size(), n.inputs.size()));
    verify(body);
    for (std::size_t k = 0; k < n.inputs.size(); ++k)
      if (n.inputs[k] != absent && !(body.type_of(body.inputs[k]) == g.type_of(n.inputs[k])))
        fail(g, format_text("node {} ({}): input {} has another type in its region", i, n.op->name, k));
    if (body.results.size() != static_cast<std::size_t>(n.result_count))
      fail(g, format_text("group {} has {} results, its region {}", i, n.result_count, body.results.size()));
    for (std::size_t k = 0; k < body.results.size(); ++k)
      if (!(body.type_of(body.results[k]) == g.type_of(n.first_result + static_cast<value_id>(k))))
        fail(g, format_text("group {} result {} has another type than its region", i, k));
  }
  if (n.regions.size() != 1) fail(g, format_text("group {} has {} regions", i, n.regions.size()));
}

// Any other op's regions are what `graph::add` lets in, after all passes too.
void verify_bodies(const graph& g, const node& n, std::size_t i, const type_request& request) {
  try {
    detail::check_regions(request);
  } catch (const internal_error&) { throw; } catch (const error& e) {
    fail(g, format_text("node {}: {}", i, e.what()));
  }
  for (const region& r : n.regions) verify(r.body.front());
}

}  // namespace

void verify(const graph& g) {
  const auto fail = [&](const std::string& what) { tendril::fail(g, what); };
  const auto count = static_cast<value_id>(g.types.size());
  std::vector<char> defined(g.types.size(), 0);
  const auto define = [&](value_id v, std::string_view by) {
    if (v < 0 || v >= count) fail(format_text("{} defines value {} of {}", by, v, count));
    if (defined[static_cast<std::size_t>(v)]++) fail(format_text("{} defines value {} again", by, v));
  };
  for (value_id v : g.inputs) define(v, "an input");
  for (std::size_t i = 0; i < g.nodes.size(); ++i) {
    const node& n = g.nodes[i];
    if (!n.op) fail(format_text("node {} has no op", i));
    for (value_id v : n.inputs)
      if (v != absent && (v < 0 || v >= count || !defined[static_cast<std::size_t>(v)]))
        fail(format_text("node {} ({}) uses value {} before its definition", i, n.op->name, v));
    if (n.result_count < 0) fail(format_text("node {} ({}) has {} results", i, n.op->name, n.result_count));
    for (std::int32_t k = 0; k < n.result_count; ++k) define(n.first_result + k, n.op->name);
    const operand_types input_types(g, n.inputs);
    const detail::presence present(n.inputs);
    const type_request request{*n.op, input_types, present, n.attrs, n.rules, n.regions};
    if (n.id() == op_id::group) verify_group(g, n, i);
    else if (!n.op->regions.empty() || !n.regions.empty()) verify_bodies(g, n, i, request);
    if (n.id() == op_id::constant) {
      const attribute_value* value = n.attrs.find("value");
      const array* a = value ? std::get_if<array>(&value->value) : nullptr;
      if (!a || a->empty() || n.result_count != 1) fail(format_text("constant {} holds no array", i));
      type t = type::of(a->dtype(), a->shape());
      t.weak = g.type_of(n.first_result).weak;
      if (!(g.type_of(n.first_result) == t))
        fail(format_text("constant {} has type {}, its array is {}", i, to_string(g.type_of(n.first_result)), to_string(t)));
    }
    if (n.id() == op_id::constant || n.id() == op_id::group) continue;
    const std::vector<type> out = infer(request);
    if (out.size() != static_cast<std::size_t>(n.result_count))
      fail(format_text("node {} ({}) has {} results, its rule gives {}", i, n.op->name, n.result_count, out.size()));
    for (std::size_t k = 0; k < out.size(); ++k) {
      const type& have = g.type_of(n.first_result + static_cast<value_id>(k));
      const auto differs = [](const extent& a, const extent& b) { return a.known() && b.known() && a.value != b.value; };
      if (have.dtype != out[k].dtype || have.ranked != out[k].ranked || have.shape.size() != out[k].shape.size() ||
          !std::equal(have.shape.begin(), have.shape.end(), out[k].shape.begin(),
                      [&](const extent& a, const extent& b) { return !differs(a, b); }))
        fail(format_text("node {} ({}) has type {}, its rule gives {}", i, n.op->name, to_string(have), to_string(out[k])));
    }
  }
  for (std::size_t v = 0; v < defined.size(); ++v)
    if (!defined[v]) fail(format_text("value {} is never defined", v));
  for (value_id v : g.results)
    if (v < 0 || v >= count) fail(format_text("result {} is no value", v));
  for (const input_extent& e : g.fixed)
    if (e.input < 0 || static_cast<std::size_t>(e.input) >= g.inputs.size() || e.axis < 0 ||
        e.axis >= g.type_of(g.inputs[static_cast<std::size_t>(e.input)]).rank())
      fail(format_text("axis {} of input {} is fixed, which is none", e.axis, e.input));
}

}  // namespace tendril
