// Ops with regions for the tests alone, written as control flow is: a condition, a loop and a scan.
#pragma once
#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include <tendril/tendril.hpp>

namespace region_ops {

namespace td = tendril;
using td::array;
using arrays = std::vector<array>;
using given = std::span<const array>;
using views = std::span<const td::array_view>;

inline std::string spell(const std::vector<td::type>& types) {
  std::string s;
  for (const td::type& t : types) s += (s.empty() ? "" : " ") + to_string(t);
  return s;
}

// ---- test_cond(pred, operands...): runs one of two bodies

inline std::vector<td::type> cond_types(const td::type_request& r) {
  const td::type& pred = r.inputs[0];
  if (pred.dtype != td::dtype::unknown && (pred.dtype != td::bool_ || (pred.ranked && pred.rank() != 0)))
    throw td::dtype_error("[test_cond] the predicate is no truth: got " + to_string(pred) + ", expected bool[]. Compare first.");
  std::vector<td::type> taken = r.regions[0].result_types(), other = r.regions[1].result_types();
  if (taken != other)
    throw td::dtype_error("[test_cond] the branches differ: got " + spell(taken) + " and " + spell(other) +
                          ", expected equal types. Convert with td::astype.");
  return taken;
}

inline const td::op_record& cond_op() {
  using form = td::input_spec::form;
  static const td::op_record& op =
      td::register_op({.name = "test_cond",
                       .inputs = {{form::array, "pred"}, {form::sequence, "operands"}},
                       .infer = cond_types,
                       .regions = {{"then"}, {"else"}},
                       .run_regions = [](views out, views in, const td::attributes&, td::region_calls& bodies) {
                         bodies.run(*static_cast<const bool*>(in[0].data) ? 0 : 1, out, in);
                       }});
  return op;
}

/// The branches get the predicate too, as every body gets every operand; these functions do not.
template <class Then, class Else>
arrays cond(const td::operand& pred, Then then, Else other, std::vector<td::operand> operands,
            std::source_location where = std::source_location::current()) {
  operands.insert(operands.begin(), pred);
  const td::region_body bodies[] = {[&](given x) { return arrays(then(x.subspan(1))); },
                                    [&](given x) { return arrays(other(x.subspan(1))); }};
  return td::apply_regions(cond_op(), operands, bodies, {}, nullptr, where);
}

// ---- test_repeat(state..., n): applies its body n times

inline std::vector<td::type> repeat_types(const td::type_request& r) {
  std::vector<td::type> made = r.regions[0].result_types();
  if (made.size() > r.inputs.size())
    throw td::error("[test_repeat] the body returns too much: got " + std::to_string(made.size()) + " results, expected the state.");
  for (std::size_t i = 0; i < made.size(); ++i)
    if (made[i].dtype != r.inputs[i].dtype || made[i].shape != r.inputs[i].shape)
      throw td::shape_error("[test_repeat] the body changes the type of state " + std::to_string(i) + ": got " + to_string(made[i]) +
                            ", expected " + to_string(r.inputs[i]) + ". Return what came in.");
  return made;
}

// The state is where the results go and in the body's memory by turns. No more than eight inputs, so that nothing is allocated.
inline void run_repeat(views out, views in, const td::attributes& at, td::region_calls& bodies) {
  td::array_view args[8];
  std::copy(in.begin(), in.end(), args);
  for (std::size_t k = 0; k < out.size(); ++k) td::region_calls::copy(out[k], in[k]);
  views from = out, to = bodies.memory(0);
  for (std::int64_t i = 0; i < at.get_int("n"); ++i) {
    std::copy(from.begin(), from.end(), args);
    bodies.run(0, to, {args, in.size()});
    std::swap(from, to);
  }
  for (std::size_t k = 0; k < out.size(); ++k) td::region_calls::copy(out[k], from[k]);
}

inline const td::op_record& repeat_op() {
  static const td::op_record& op = td::register_op({.name = "test_repeat",
                                                    .inputs = {{td::input_spec::form::sequence, "state"}},
                                                    .attributes = {{"n", {}, true}},
                                                    .infer = repeat_types,
                                                    .regions = {{"body"}},
                                                    .run_regions = run_repeat});
  return op;
}

template <class Body>
arrays repeat(std::int64_t n, Body body, std::vector<td::operand> state, std::source_location where = std::source_location::current()) {
  const td::region_body bodies[] = {[&](given x) { return arrays(body(x)); }};
  return td::apply_regions(repeat_op(), state, bodies, {{"n", n}}, nullptr, where);
}

// ---- test_scan(carry, xs): the body takes the carry and one row of xs, and gives the next carry and a row of the second result

inline std::vector<td::type> scan_inputs(const td::type_request& r, std::size_t) {
  std::vector<td::type> all(r.inputs.begin(), r.inputs.end());
  if (all[1].ranked) all[1].shape.erase(all[1].shape.begin());
  return all;
}

inline std::vector<td::type> scan_types(const td::type_request& r) {
  std::vector<td::type> made = r.regions[0].result_types();
  if (r.inputs[1].ranked) made[1].shape.insert(made[1].shape.begin(), r.inputs[1].shape[0]);
  return made;
}

inline td::array_view row_of(td::array_view v, std::int64_t i) {
  v.data = static_cast<std::byte*>(v.data) + i * v.strides[0] * static_cast<std::int64_t>(td::size_of(v.dtype));
  std::copy(v.shape + 1, v.shape + v.rank, v.shape);
  std::copy(v.strides + 1, v.strides + v.rank, v.strides);
  --v.rank;
  return v;
}

inline void run_scan(views out, views in, const td::attributes&, td::region_calls& bodies) {
  td::array_view args[8], made[2] = {out[0], {}};
  std::copy(in.begin(), in.end(), args);
  td::region_calls::copy(out[0], in[0]);
  args[0] = out[0];  // in place
  for (std::int64_t i = 0; i < in[1].shape[0]; ++i) {
    args[1] = row_of(in[1], i);
    made[1] = row_of(out[1], i);
    bodies.run(0, made, {args, in.size()});
  }
}

inline const td::op_record& scan_op() {
  using form = td::input_spec::form;
  static const td::op_record& op = td::register_op({.name = "test_scan",
                                                    .inputs = {{form::array, "carry"}, {form::array, "xs"}},
                                                    .infer = scan_types,
                                                    .regions = {{"body"}},
                                                    .body_inputs = scan_inputs,
                                                    .run_regions = run_scan});
  return op;
}

template <class Body>
arrays scan(Body body, const td::operand& carry, const td::operand& xs) {
  const td::operand operands[] = {carry, xs};
  const td::region_body bodies[] = {[&](given x) { return arrays(body(x[0], x[1])); }};
  return td::apply_regions(scan_op(), operands, bodies);
}

}  // namespace region_ops
