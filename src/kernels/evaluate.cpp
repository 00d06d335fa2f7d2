// Op-by-op evaluation with whole-array kernels: what eager calls do, and the oracle of the tests.
#include "kernels/evaluate.hpp"

#include <algorithm>
#include <memory>
#include <new>

#include <tendril/backend.hpp>
#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "array/memory.hpp"
#include "array/symbol.hpp"
#include "array/views.hpp"
#include "graph/interpreter.hpp"
#include "graph/tracer.hpp"
#include "kernels/backend.hpp"
#include "kernels/regions.hpp"
#include "ops/literals.hpp"
#include "ops/op_table.hpp"
#include "ops/view_ops.hpp"

namespace tendril::engine {
namespace {

// What has literals comes to run_op once more, without them.
std::vector<array> run_op_of_literals(const type_request&, std::vector<array> in, std::span<const bool> weak, dtype, const backend&,
                                      std::span<scalar> literals);

array run_convert(const array& x, dtype to, const backend& b) {
  if (x.dtype() == to) return x;
  array out = detail::make_empty(to, x.shape());
  if (out.size() == 0) return out;
  const auto k = detail::find_whole(b, op_id::astype, x.dtype());
  if (!k) throw internal_error(format_text("[astype] no kernel from {}", name_of(x.dtype())));
  const array_view o = out.view(), i = x.view();
  k.kernel(&o, &i, 1, attributes{{"dtype", to}});
  return out;
}

// The call with its numbers as arrays of the dtypes that they act in, which may be a call of another op.
std::vector<array> run_op_of_literals(const type_request& r, std::vector<array> in, std::span<const bool> weak, dtype d, const backend& b,
                                      std::span<scalar> literals) {
  attributes at = r.attrs;
  const auto symbol = [&](std::size_t i) { return r.present[i] && weak[i] && literals[i].kind() == dtype_kind::unknown; };
  if (r.op.is(trait::comparison) && kind_of(d) == dtype_kind::integer)
    for (std::size_t i = 0; i < in.size(); ++i)
      if (symbol(i)) d = promote(d, in[i].dtype());
  const op_record& op = detail::settle_literals(r, d, literals, at);
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!r.present[i]) continue;
    const dtype to = d != dtype::unknown && (op.id == op_id::custom || detail::is_data_operand(op, i)) ? d : in[i].dtype();
    if (literals[i].kind() != dtype_kind::unknown) in[i] = detail::scalar_array(literals[i], to);
    else if (symbol(i) && detail::is_bound(op.id, i) && kind_of(to) == dtype_kind::integer && promote(to, in[i].dtype()) != to)
      in[i] = detail::scalar_array(std::clamp(in[i].item<std::int64_t>(), detail::range_of(to).low, detail::range_of(to).high), to);
    else in[i] = run_convert(in[i], to, b);
  }
  // All operands have their dtype now; the rules still say what arithmetic of bool means.
  const auto strong = std::make_unique<bool[]>(in.size() + 1);
  return run_op(op, in, {strong.get(), in.size()}, at, r.rules, b);
}

}  // namespace

std::vector<array> run_op(const op_record& op, std::span<const array> inputs, std::span<const bool> weak, const attributes& at,
                          const promotion_rules* rules, const backend& b, std::span<scalar> literals) {
  std::vector<type> types;
  auto present = std::make_unique<bool[]>(inputs.size() + 1);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    present[i] = !inputs[i].empty();
    types.push_back(present[i] ? type::of(inputs[i].dtype(), inputs[i].shape()) : type());
    types.back().weak = weak[i];
  }
  const type_request request{op, types, {present.get(), inputs.size()}, at, rules};
  const std::vector<type> out_types = infer(request);
  if (out_types.empty() && op.id != op_id::custom) return {};  // what an axis of extent 0 unstacks to; an op of a user may have an effect
  std::vector<array> in(inputs.begin(), inputs.end());

  if (op.id == op_id::custom) {
    if (!literals.empty())
      return run_op_of_literals(request, std::move(in), weak,
                                op.is(trait::elementwise) && !op.infer ? out_types.front().dtype : dtype::unknown, b, literals);
    if (op.is(trait::elementwise) && !op.infer)
      for (array& a : in) a = run_convert(a, out_types.front().dtype, b);
    if (!op.kernel) return op.decompose(in, at);
    std::vector<array_view> in_views, out_views;
    std::vector<array> out;
    for (const type& t : out_types) {
      out.push_back(detail::make_empty(t.dtype, t.known_extents()));
      out_views.push_back(out.back().view());
    }
    for (array& a : in) {
      if (!a.empty() && op.is(trait::elementwise)) a = detail::copy_of(broadcast_view(a.view(), out.front().shape()));
      else if (!a.empty() && detail::layout_class(a.view()) != 0) a = detail::copy_of(a.view());
      in_views.push_back(a.empty() ? array_view() : a.view());
    }
    op.kernel(out_views, in_views, at);
    return out;
  }

  dtype d = detail::operand_dtype(request);
  if (!literals.empty()) return run_op_of_literals(request, std::move(in), weak, d, b, literals);
  if (d != dtype::unknown)
    for (std::size_t i = 0; i < in.size(); ++i)
      if (present[i] && detail::is_data_operand(op, i)) in[i] = run_convert(in[i], d, b);
  if (rules && rules->out_of_range && (op.id == op_id::full || op.id == op_id::full_like)) {
    attributes filled = at;
    filled.set("fill_value", detail::settle_fill(request, out_types.front().dtype));
    return run_op(op, in, weak, filled, nullptr, b);
  }

  // The operands of bool arithmetic under a frontend's rules, where it means logic.
  if (rules && rules->bool_is_numeric && !in.empty() && !in[0].empty() && in[0].dtype() == dtype::bool_ &&
      out_types.front().dtype == dtype::bool_)
    if (const op_record* logic = detail::logical_form(op.id)) return run_op(*logic, in, weak, at, nullptr, b);

  std::vector<array> out;
  if (op.decompose) {
    out = op.decompose(in, at);
    // A broadcast scalar would do for zeros, but as an example argument it would stand for another layout than real data has.
    for (array& a : out)
      if (!op.is(trait::view) && detail::layout_class(a.view()) != 0) a = detail::copy_of(a.view());
    return out;
  }

  if (op.is(trait::view)) {
    const extents shape = out_types.front().known_extents();
    array_view v;
    if (view_of(op.id, at, in[0].view(), shape, v)) return {detail::make_view(in[0], v)};
    array copy = detail::copy_of(in[0].view());
    if (!view_of(
            op.id,
            [&] {
              attributes a = at;
              if (a.has("copy")) a.set("copy", false);
              return a;
            }(),
            copy.view(), shape, v))
      throw internal_error(format_text("[{}] a row-major array gives no view", op.name));
    return {detail::make_view(copy, v)};
  }
  std::vector<array_view> out_views, in_views;
  for (const type& t : out_types) {
    out.push_back(detail::make_empty(t.dtype, t.known_extents()));
    out_views.push_back(out.back().view());
  }
  if (std::all_of(out.begin(), out.end(), [](const array& a) { return a.size() == 0; })) return out;
  for (const array& a : in) {
    if (a.empty()) in_views.emplace_back();
    else in_views.push_back(op.is(trait::elementwise) ? broadcast_view(a.view(), out.front().shape()) : a.view());
  }
  const std::size_t data = detail::first_data_operand(op);
  const dtype key = in.empty() ? out.front().dtype() : in[data].dtype();
  const auto k = detail::find_whole(b, op.id, key);
  if (!k)
    throw backend_error(
        format_text("[{}] no backend has a kernel: got {}, expected a supported dtype. Convert with td::astype.", op.name, name_of(key)));
  k.kernel(out_views.data(), in_views.data(), static_cast<int>(in_views.size()), at);
  return out;
}

namespace {

// Runs the marked nodes of a graph; `values` holds the inputs.
void run_nodes(const graph& g, std::vector<array>& values, const std::vector<char>* wanted, const backend& b) {
  detail::interpret(g, values, wanted, [&](const node& n, std::span<const detail::operand_read> operands) {
    std::vector<array> in;
    std::vector<scalar> numbers;
    auto weak = std::make_unique<bool[]>(n.inputs.size() + 1);
    for (std::size_t k = 0; k < operands.size(); ++k) {
      in.push_back(operands[k].value ? *operands[k].value : array());
      weak[k] = operands[k].weak;
      if (weak[k]) numbers.resize(n.inputs.size());
      if (operands[k].literal) numbers[k] = literal_of(operands[k].literal->attrs);
    }
    if (n.id() == op_id::group) return evaluate(n.regions.front().body.front(), in, b);
    if (has_bodies(n)) return run_region_op(*n.op, in, {weak.get(), n.inputs.size()}, n.attrs, n.rules, n.regions, b);
    return run_op(*n.op, in, {weak.get(), n.inputs.size()}, n.attrs, n.rules, b, numbers);
  });
}

}  // namespace

std::vector<array> evaluate(const graph& g, std::span<const array> inputs, const backend& b) {
  if (inputs.size() != g.inputs.size())
    throw error(format_text("[evaluate] wrong number of inputs: got {}, expected {}. Pass one array for each input of the graph.",
                            inputs.size(), g.inputs.size()));
  const detail::trace_pause pause;
  const backend_scope scope(b.name);
  std::vector<array> values(g.types.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) values[static_cast<std::size_t>(g.inputs[i])] = inputs[i];
  run_nodes(g, values, nullptr, b);
  return detail::results_of(g, values);
}

namespace {

// The value of a symbol that depends on no input; an empty array when it does.
array evaluate_symbol(const array& symbol) {
  const graph& g = detail::tracer_of(*symbol.impl()).graph;
  const auto producers = g.producers();
  std::vector<char> wanted(g.nodes.size(), 0);
  std::vector<value_id> todo{symbol.impl()->id};
  while (!todo.empty()) {
    const value_id v = todo.back();
    todo.pop_back();
    if (v == absent) continue;
    const std::int32_t p = producers[static_cast<std::size_t>(v)];
    if (p < 0) return {};
    if (wanted[static_cast<std::size_t>(p)]) continue;
    wanted[static_cast<std::size_t>(p)] = 1;
    const node& n = g.nodes[static_cast<std::size_t>(p)];
    if (is_ordered(n)) return {};  // an effect takes place at replay, not here
    todo.insert(todo.end(), n.inputs.begin(), n.inputs.end());
  }
  const detail::trace_pause pause;
  std::vector<array> values(g.types.size());
  run_nodes(g, values, &wanted, detail::find_backend("item", {}));
  return values[static_cast<std::size_t>(symbol.impl()->id)];
}

}  // namespace
}  // namespace tendril::engine

namespace tendril {

namespace detail {

array elements_of_symbol(const array& a, const char* what, std::source_location where) {
  const auto& i = *a.impl();
  array known = engine::evaluate_symbol(a);
  if (known.empty()) {
    const tracer& t = tracer_of(i);
    const auto made_by = t.graph.producers()[static_cast<std::size_t>(i.id)];
    const std::string op = made_by < 0 ? "an argument" : "the result of " + t.graph.nodes[static_cast<std::size_t>(made_by)].op->name;
    std::string text = format_text(
        "[{}] a traced value has no number while tracing: got {}{} used as a {}{}, expected ops only. Use td::where to choose between "
        "values, or td::static_ to pass the number as part of the signature.",
        what, op, made_by < 0 ? "" : format_text(" ({})", spell(t.graph.nodes[static_cast<std::size_t>(made_by)].where)),
        std::string_view(what) == "bool" ? "condition" : "number", where.line() ? " at " + spell(where) : "");
    throw trace_error(text);
  }
  return known;
}

}  // namespace detail

std::vector<array> evaluate(const graph& g, std::span<const array> inputs, std::string_view backend) try {
  return engine::evaluate(g, inputs, detail::find_backend("evaluate", backend));
} catch (const std::bad_alloc&) { engine::throw_no_memory("evaluate"); }
}  // namespace tendril
