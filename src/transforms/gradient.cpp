// Gradients: the function is recorded, played by the recording function itself, and walked backwards by public ops, so that what is
// recorded around it is an ordinary graph.
#include <tendril/transforms.hpp>

#include <tendril/detail/op_id.hpp>

#include <map>
#include <memory>
#include <new>

#include "array/format.hpp"
#include "array/memory.hpp"
#include "array/symbol.hpp"
#include "graph/interpreter.hpp"
#include "graph/tracer.hpp"
#include "transforms/rules.hpp"

namespace tendril {
namespace {

using detail::tracer;

type type_now(const array& a) {
  if (a.is_symbol()) return detail::type_of_symbol(*a.impl());
  type t = type::of(a.dtype(), a.shape());
  t.weak = a.impl()->weak;
  return t;
}

struct recording {
  graph g;
  std::vector<array> captured;
};

template <class F>
recording record_on(std::string_view name, std::span<const array> arguments, F f) {
  auto t = detail::make_ref<tracer>();
  t->graph.name = std::string(name);
  tracer* outer = detail::current_tracer();
  t->is_body = outer != nullptr;  // what it asks of extents is asked of the trace around it
  t->abstract = outer && outer->abstract;
  t->force_where = outer ? outer->force_where : nullptr;
  std::vector<array> symbols;
  for (const array& a : arguments) symbols.push_back(a.empty() ? array() : detail::make_symbol(*t, t->graph.add_input(type_now(a))));
  t->graph.results = detail::record(
      *t, {}, [&] { return f(std::span<const array>(symbols)); },
      [&](const array& a) {
        if (a.empty())
          throw trace_error(format_text("[{}] the function returns an empty td::array: got no array, expected a value. Assign it.", name));
        detail::require_alive(a, name, {});
      });
  return {std::move(t->graph), std::move(t->captured)};
}

bool is_real(dtype d) { return kind_of(d) == dtype_kind::real; }

// A graph as it was played: what stands for each value, and of ops that have no rule the graph of their decomposition.
class played {
 public:
  played(std::string_view name, recording r, std::span<const array> arguments, std::span<const char> wanted)
      : name_(name), r_(std::move(r)), values_(r_.g.types.size()), active_(r_.g.types.size(), 0), cotangents_(r_.g.types.size()) {
    std::size_t k = 0;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i].empty()) continue;
      place_.push_back(i);
      active_[at(r_.g.inputs[k])] = wanted[i];
      values_[at(r_.g.inputs[k++])] = arguments[i];
    }
    for (const array& a : r_.captured) values_[at(r_.g.inputs[k++])] = a;
    for (std::size_t i = 0; i < r_.g.nodes.size(); ++i) play(i);
  }

  std::vector<array> results() const { return detail::results_of(r_.g, values_); }

  /// What the arguments get, for what the results got; empty for nothing.
  std::vector<array> pull(std::span<const array> given, std::size_t arguments) {
    for (std::size_t i = 0; i < given.size(); ++i)
      if (!given[i].empty()) add(r_.g.results[i], given[i]);
    for (std::size_t i = r_.g.nodes.size(); i-- > 0;) back(i);
    std::vector<array> out(arguments);
    for (std::size_t k = 0; k < place_.size(); ++k) out[place_[k]] = cotangents_[at(r_.g.inputs[k])];
    return out;
  }

 private:
  static std::size_t at(value_id v) { return static_cast<std::size_t>(v); }

  std::vector<array> inputs(const node& n) const {
    std::vector<array> in;
    for (value_id v : n.inputs) in.push_back(v == absent ? array() : values_[at(v)]);
    return in;
  }

  bool is_active(const node& n) const {
    for (value_id v : n.inputs)
      if (v != absent && active_[at(v)]) return true;
    return false;
  }

  void play(std::size_t i) {
    const node& n = r_.g.nodes[i];
    const std::size_t first = at(n.first_result);
    if (n.id() == op_id::constant) {
      const array& held = std::get<array>(n.attrs.find("value")->value);
      // A number written in code stays one: as an array of float64 it would make float64 of float32.
      if (!r_.g.type_of(n.first_result).weak) values_[first] = held;
      else values_[first] = detail::number_argument(literal_of(n.attrs), dtype::unknown, true);
      return;
    }
    const std::vector<array> in = inputs(n);
    const bool active = is_active(n) && n.op != &detail::stop_record() && !detail::is_flat(n.id());
    std::vector<array> out;
    if (active && !detail::rule_of(n.id()) && n.op->decompose && n.regions.empty()) {
      std::vector<char> wanted;
      for (value_id v : n.inputs) wanted.push_back(v != absent && active_[at(v)]);
      recording inner = record_on(n.op->name, in, [&](std::span<const array> x) { return n.op->decompose(x, n.attrs); });
      auto p = std::make_unique<played>(n.op->name, std::move(inner), in, wanted);
      out = p->results();
      inner_.emplace(i, std::move(p));
    } else {
      std::vector<operand> operands;
      for (const array& a : in) {
        if (a.empty()) operands.emplace_back(std::nullopt, n.where);
        else operands.emplace_back(a, n.where);
      }
      if (!n.regions.empty()) refuse(n);
      out = apply(*n.op, operands, n.attrs, n.rules, n.where);
    }
    for (std::size_t k = 0; k < out.size(); ++k) {
      active_[first + k] = active && is_real(out[k].dtype());
      values_[first + k] = std::move(out[k]);
    }
  }

  void back(std::size_t i) {
    const node& n = r_.g.nodes[i];
    const std::size_t first = at(n.first_result), count = static_cast<std::size_t>(n.result_count);
    bool any = false;
    for (std::size_t k = 0; k < count; ++k) any |= active_[first + k] && !cotangents_[first + k].empty();
    if (!any) return;
    const std::span<const array> given(&cotangents_[first], count), out(&values_[first], count);
    std::vector<array> to;
    if (const auto have = inner_.find(i); have != inner_.end()) {
      to = have->second->pull(given, n.inputs.size());
    } else {
      const std::vector<array> in = inputs(n);
      std::vector<char> active;
      for (value_id v : n.inputs) active.push_back(v != absent && active_[at(v)]);
      const detail::derivative_rule rule = detail::rule_of(n.id());
      if (!rule) refuse(n);
      detail::pulled_node p{n, in, out, given, active, std::vector<array>(in.size())};
      rule(p);
      to = std::move(p.to);
    }
    for (std::size_t k = 0; k < n.inputs.size(); ++k)
      if (!to[k].empty() && n.inputs[k] != absent && active_[at(n.inputs[k])]) add(n.inputs[k], to[k]);
    for (std::size_t k = 0; k < count; ++k) cotangents_[first + k] = array();
  }

  void add(value_id v, const array& g) {
    const dtype d = values_[at(v)].dtype();
    const array own = g.dtype() == d || (!g.is_symbol() && g.impl()->weak) ? g : astype(g, d);
    array& sum = cotangents_[at(v)];
    sum = sum.empty() ? own : sum + own;
  }

  [[noreturn]] void refuse(const node& n) const {
    throw error(format_text(
        "[{}] an op has no derivative: got \"{}\" at {}, expected ops of docs/transforms.md. Put td::stop_gradient around what it takes, or "
        "write it by other ops.",
        name_, n.op->name, detail::spell(n.where)));
  }

  std::string name_;
  recording r_;
  std::vector<std::size_t> place_;  // of the inputs among the arguments
  std::vector<array> values_;
  std::vector<char> active_;
  std::vector<array> cotangents_;
  std::map<std::size_t, std::unique_ptr<played>> inner_;
};

}  // namespace

detail::value_and_gradients detail::differentiate(const char* op, std::span<const array> arguments, std::span<const int> asked,
                                                  loss_function f) try {
  std::vector<char> wanted;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    wanted.push_back(asked[i] >= 0);
    if (wanted[i] && arguments[i].empty())
      throw error(
          format_text("[{}] argument {} holds no array: got a default-constructed td::array, expected one that holds elements. "
                      "Assign it first.",
                      op, asked[i]));
    if (wanted[i] && !is_real(arguments[i].dtype()))
      throw dtype_error(format_text(
          "[{}] argument {} has no gradient: got {}, expected a floating dtype. Convert it with td::astype, or ask for other arguments.",
          op, asked[i], name_of(arguments[i].dtype())));
  }
  played p(op, record_on(op, arguments, [&](std::span<const array> symbols) { return std::vector<array>{f.call(f.self, symbols)}; }),
           arguments, wanted);
  value_and_gradients out{p.results().front(), {}};
  if (!out.value.shape().empty())
    throw shape_error(
        format_text("[{}] the result of the function is no scalar: got {} of shape {}, expected rank 0. Return td::sum or "
                    "td::mean of it.",
                    op, name_of(out.value.dtype()), to_string(out.value.shape())));
  if (!is_real(out.value.dtype()))
    throw dtype_error(
        format_text("[{}] the result of the function is not floating: got {}, expected a floating dtype. Convert it with "
                    "td::astype.",
                    op, name_of(out.value.dtype())));
  // A literal, which folds away where a constant array would stay.
  const std::vector<array> seed{number_argument(scalar(1.0), dtype::unknown, true)};
  const std::vector<array> found = p.pull(seed, arguments.size());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!wanted[i]) continue;
    const array& x = arguments[i];
    array g = found[i].empty() ? zeros_like(x) : found[i];
    if (g.dtype() != x.dtype()) g = astype(g, x.dtype());
    if (g.shape() != x.shape()) g = broadcast_to(g, x.shape());
    out.gradients.push_back(as_result(std::move(g)));
  }
  out.value = as_result(std::move(out.value));
  return out;
} catch (const std::bad_alloc&) { engine::throw_no_memory(op); }

}  // namespace tendril
