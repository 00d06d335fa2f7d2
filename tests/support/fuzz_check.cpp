// What a random case must satisfy: the bounds between right answers, the checks, and the shrinking of cases that fail.
#include "fuzz.hpp"

#include <algorithm>
#include <chrono>

#include <tendril/detail/op_id.hpp>

#include "backends/shared/linear.hpp"
#include "ops/op_table.hpp"

namespace fuzz {
namespace {

using td::detail::row_of;
namespace shape_rules = td::detail::shape_rules;

constexpr double any_zero = 1e-300;  // a bound that leaves the sign of a zero open and nothing else
constexpr double unbounded = std::numeric_limits<double>::infinity();

// What the bounds need to know of the numbers of an array.
struct range {
  double most = 0;            // the largest finite magnitude
  double least = unbounded;   // the smallest magnitude
  double lowest = unbounded;  // the smallest number
  bool finite = true;
  std::int64_t size = 0;
};

range range_of(const td::array& a) {
  range r;
  if (a.empty()) return r;
  const td::array numbers = td::detail::copy_of(td::astype(a, td::float64).view());
  r.size = numbers.size();
  for (std::int64_t i = 0; i < r.size; ++i) {
    const double x = numbers.data<double>()[i];
    if (!std::isfinite(x)) r.finite = false;
    else {
      r.most = std::max(r.most, std::abs(x));
      r.least = std::min(r.least, std::abs(x));
    }
    r.lowest = std::min(r.lowest, std::isnan(x) ? -unbounded : x);
  }
  return r;
}

bool real(td::dtype d) { return td::kind_of(d) == td::dtype_kind::real; }
double epsilon(td::dtype d) { return d == td::float32 ? 1.2e-7 : real(d) ? 2.3e-16 : 0; }

// The error of the result where that of the operands is known; `e` is the largest of theirs.
double error_of(const td::op_record& op, const td::attributes& at, const std::vector<td::array>& values, const std::vector<double>& errors,
                const std::vector<range>& in, const range& out, td::dtype result, way how) {
  const std::string& name = op.name;
  const td::detail::shape_rule rule = row_of(op.id).shape;
  double e = 0, most = 0;
  bool finite = true;
  for (std::size_t i = 0; i < errors.size(); ++i) {
    e = std::max(e, errors[i]);
    most = std::max(most, in[i].most);
    finite &= in[i].finite;
  }
  const auto is = [&](auto... names) { return ((name == names) || ...); };
  if (std::isinf(e)) return e;
  if (op.is(td::trait::creation) || is("zeros_like", "ones_like", "full_like"))
    return is("arange") && how != within ? epsilon(result) * out.most * 4 : 0;
  if (op.is(td::trait::view) || is("roll", "unstack", "repeat", "tile")) return e;
  if (is("take", "take_along_axis")) return errors[1] > 0 ? unbounded : errors[0];
  if (is("scatter")) return errors[1] > 0 || (e > 0 && at.get_string("combine") == "add") ? unbounded : e;
  const bool factors =
                 rule == shape_rules::qr || rule == shape_rules::eigenvalues || rule == shape_rules::svd || rule == shape_rules::svdvals,
             solves = rule == shape_rules::square || rule == shape_rules::square_number || rule == shape_rules::solve;
  // Another library rounds in an order of its own, which no condition number bounds here, and has other signs of vectors.
  if (how == elsewhere && is("eigvalsh", "svdvals") && e == 0 && finite) {
    const double n = static_cast<double>(std::max(values[0].shape(-1), values[0].shape(-2)));
    return 16 * n * n * epsilon(result) * most + any_zero;  // no further than the matrix is rounded
  }
  if (how == elsewhere && (factors || solves)) return unbounded;
  if (factors) return e > 0 ? unbounded : 0;  // all backends have one kernel
  // All backends share the code for one block, and differ in their products beyond.
  if (solves) return e > 0 || values[0].shape(-1) > td::detail::one_block ? unbounded : 0;
  if (rule == shape_rules::concat || rule == shape_rules::stack) return e == 0 ? 0 : e + epsilon(result) * out.most;
  if (is("astype")) return e == 0 ? 0 : !real(result) ? unbounded : e + epsilon(result) * out.most;
  const double eps = epsilon(result);
  const bool huge = most > 1e15 || out.most > 1e15;
  if (e > 0 && (huge || !finite)) return unbounded;  // infinity here, a large number there; or 0 times infinity
  const double n =
      static_cast<double>(in.empty() || out.size == 0 ? 1 : std::max<std::int64_t>(1, in[0].size / std::max<std::int64_t>(1, out.size)));

  if (op.is(td::trait::elementwise)) {
    if (is("negative", "positive", "abs", "relu", "maximum", "minimum", "clip")) return e;
    if (is("signbit", "copysign") && !finite) return unbounded;  // the sign of a NaN is anybody's
    if (is("where")) return errors[0] > 0 ? unbounded : e;
    if (is("add", "subtract")) return e == 0 ? 0 : errors[0] + errors[1] + eps * (out.most + most);
    if (is("multiply", "square")) {
      const double rounding = how == contracted || e > 0 ? eps * out.most : 0;
      return op.inputs.size() == 1 ? 2 * in[0].most * e + e * e + rounding
                                   : in[0].most * errors[1] + in[1].most * errors[0] + errors[0] * errors[1] + rounding;
    }
    if (e > 0) {
      if (is("divide"))
        return in[1].least > 2 * errors[1] ? 2 * (errors[0] + out.most * errors[1]) / in[1].least + eps * out.most : unbounded;
      if (is("reciprocal")) return in[0].least > 2 * e ? 2 * e / in[0].least / in[0].least + eps * out.most : unbounded;
      if (is("sqrt")) return in[0].lowest > 2 * e ? e / std::sqrt(in[0].lowest) + eps * out.most : unbounded;
      if (is("log")) return in[0].lowest > 2 * e ? 2 * e / in[0].lowest + 16 * eps * (1 + out.most) : unbounded;
      if (is("exp")) return e < 0.1 ? (2 * e + 16 * eps) * out.most : unbounded;
      if (is("tanh", "sigmoid", "erf")) return 1.2 * e + 16 * eps;
      if (is("gelu")) return 1.2 * e + 16 * eps * (1 + most);
      if (is("logaddexp")) return e + 16 * eps * (1 + most);
      return unbounded;
    }
    if (!op.is(td::trait::inexact) && !op.is(td::trait::composite)) return 0;
    if (how == within) return 0;
    return real(result) ? 16 * eps * (op.is(td::trait::composite) ? 1 + out.most + most : out.most) : 0;
  }

  // The order of a reduction shows in the sign of a zero: 0 + -0 is 0, a lone -0 is -0.
  const double order = real(result) && out.least == 0 ? any_zero : 0;
  const td::dtype summed = at.find("dtype") && at.has("dtype") ? at.get_dtype("dtype") : result;
  if (is("max", "min")) return e;
  if (is("any", "all", "argmax", "argmin", "count_nonzero", "argsort", "searchsorted")) return e > 0 ? unbounded : 0;
  if (is("sort")) return e;
  if (is("diff")) return e == 0 ? 0 : std::exp2(at.get_int("n")) * (e + eps * (most + out.most));
  if (is("cumulative_sum", "cumulative_prod")) {
    if (!real(summed)) return e > 0 ? unbounded : 0;
    const double along = static_cast<double>(std::max<std::int64_t>(1, in[0].size));
    if (huge) return unbounded;
    if (is("cumulative_sum")) return along * e + 8 * along * eps * most + order;
    return e > 0 || out.most > 1e12 || !finite ? unbounded : 4 * along * eps * out.most + any_zero;
  }
  if (is("sum", "prod")) {
    if (!real(summed)) return e > 0 ? unbounded : 0;
    if (huge && n > 1) return unbounded;
    if (is("sum")) return n == 1 && e == 0 ? 0 : n * e + 8 * n * eps * most + order;
    const double digits =
        n * std::max(std::abs(std::log10(std::max(most, 1e-30))), std::abs(std::log10(std::clamp(in[0].least, 1e-30, 1e30))));
    return e > 0 || digits > (result == td::float32 ? 30 : 250) ? unbounded : 4 * n * eps * out.most + order;
  }
  if (huge) return unbounded;
  const double freedom = n / std::max(n - (at.find("correction") ? at.get_real("correction") : 0), 0.25);
  // A mean that is brought up to date with each element, as torch has it, rounds at each.
  const double updates = how == elsewhere ? std::max(1.0, std::sqrt(n) / 16) : 1;
  const double mean = e + 16 * eps * most + order, var = (4 * most * e + 4 * e * e + 32 * updates * eps * most * most) * freedom + order;
  if (is("mean")) return mean;
  if (is("var")) return var;
  if (is("std")) return out.lowest > 0 && out.lowest * out.lowest > 4 * var ? var / out.lowest : std::sqrt(2 * var) + mean;
  if (is("moments")) return std::max(mean, n * var);
  if (is("softmax")) return 4 * e + eps * (32 + 8 * most);
  if (is("log_softmax")) return 4 * e + 32 * eps * (most + 1 + std::log(n + static_cast<double>(in[0].size) + 1));
  if (is("matmul")) {
    const double k = static_cast<double>(values[0].shape(-1));
    // Libraries add the products up one after the other, and in an order that alignment chooses.
    // Products below the smallest normal number round to a multiple of the smallest of all.
    const double tiny = result == td::float32 ? std::numeric_limits<float>::denorm_min() : std::numeric_limits<double>::denorm_min();
    const double rounding = real(result) ? (8 + k / 2) * k * eps * in[0].most * in[1].most + k * tiny + order : 0;
    return real(result) ? k * (in[0].most * errors[1] + in[1].most * errors[0] + errors[0] * errors[1]) + rounding : e > 0 ? unbounded : 0;
  }
  // An op that nobody has described here: exact operands, and a sum's rounding.
  return e > 0 ? unbounded : 16 * n * eps * std::max(most, out.most) + order;
}

}  // namespace

bounds bounds_of_op(const td::op_record& op, const td::attributes& at, const std::vector<td::array>& values,
                    const std::vector<bounds>& known, const std::vector<td::array>& results) {
  std::vector<range> in;
  for (const td::array& a : values) in.push_back(range_of(a));
  range out;
  for (const td::array& a : results) {
    const range r = range_of(a);
    out.most = std::max(out.most, r.most);
    out.lowest = std::min(out.lowest, r.lowest);
    out.least = std::min(out.least, r.least);
    out.size = std::max(out.size, r.size);
  }
  bounds b;
  for (int how = 0; how < ways; ++how) {
    std::vector<double> errors;
    for (const bounds& k : known) errors.push_back(k.error[how]);
    b.error[how] = error_of(op, at, values, errors, in, out, results[0].dtype(), static_cast<way>(how));
    if (b.error[how] == 0 && std::any_of(errors.begin(), errors.end(), [](double e) { return e > 0; }) && real(results[0].dtype()))
      b.error[how] = any_zero;  // 0 times what may be -0
  }
  return b;
}

std::vector<bounds> bounds_of(const random_case& c) {
  td::graph g = c.graph;
  g.results.clear();
  for (std::size_t v = 0; v < g.types.size(); ++v) g.results.push_back(static_cast<td::value_id>(v));
  std::vector<placed> memory;
  std::vector<td::array> arrays;
  for (const argument& a : c.arguments) {
    memory.emplace_back(a);
    arrays.push_back(td::detail::borrow(memory.back().view));
  }
  const std::vector<td::array> all = td::evaluate(g, arrays, "eigen");
  std::vector<bounds> out(g.types.size());
  for (const td::node& n : g.nodes) {
    if (n.id() == td::op_id::constant) continue;
    std::vector<td::array> values, results;
    std::vector<bounds> known;
    for (td::value_id v : n.inputs) {
      values.push_back(v == td::absent ? td::array() : all[static_cast<std::size_t>(v)]);
      known.push_back(v == td::absent ? bounds() : out[static_cast<std::size_t>(v)]);
    }
    for (std::int32_t k = 0; k < n.result_count; ++k) results.push_back(all[static_cast<std::size_t>(n.first_result + k)]);
    const bounds b = bounds_of_op(*n.op, n.attrs, values, known, results);
    for (std::int32_t k = 0; k < n.result_count; ++k) out[static_cast<std::size_t>(n.first_result + k)] = b;
  }
  return out;
}

plain_case plain(const random_case& c, way how) {
  plain_case made;
  for (const argument& a : c.arguments) made.arguments.push_back(td::detail::copy_of(placed(a).view));
  const std::vector<bounds> known = bounds_of(c);
  for (const td::value_id v : c.graph.results) made.limits.push_back(known[static_cast<std::size_t>(v)].error[how]);
  return made;
}

std::vector<check> checks_of(const random_case& c) {
  const std::vector<bounds> known = bounds_of(c);
  std::vector<check> out;
  // Some cases write a result over an argument: the last pair that fits.
  int aliased_result = -1, aliased_argument = -1;
  for (std::size_t r = 0; r < c.results.size() && c.seed % 3 == 0; ++r)
    for (std::size_t a = 0; a < c.arguments.size(); ++a)
      if (c.arguments[a].dtype == c.results[r].dtype && c.arguments[a].shape == c.results[r].shape &&
          c.arguments[a].layout != layout::broadcast)
        aliased_result = static_cast<int>(r), aliased_argument = static_cast<int>(a);
  const bool float_products = std::any_of(c.graph.nodes.begin(), c.graph.nodes.end(), [&](const td::node& n) {
    return n.id() == td::op_id::matmul && c.graph.type_of(n.first_result).dtype == td::float32;
  });
  const auto add = [&](const std::string& to, bool optimize, bool contract, const std::string& reference, bool compiled, int threads = 1) {
    check k{{.to = to, .optimize = optimize, .contract = contract, .num_threads = threads}, reference, compiled};
    // jit promises the interpreter's bits in everything while nothing is contracted, but for the products that oneDNN computes. (Eigen's
    // matmul turns the sign of zeros by alignment.)
    const bool same_backend = to == reference || (to == "jit" && reference == "eigen" && !float_products);
    const bool same_kernels = compiled && same_backend && !contract;
    for (td::value_id v : c.graph.results) {
      const bounds& b = known[static_cast<std::size_t>(v)];
      const double e = contract ? b.error[contracted] : same_backend ? b.error[within] : b.error[across];
      k.tolerances.push_back(std::isinf(e) ? e : same_kernels ? std::min(e, any_zero) : e);
    }
    if (optimize && !compiled) {
      k.aliased_result = aliased_result;
      k.aliased_argument = aliased_argument;
    }
    k.one_element_first = c.seed % 5 == 1;
    out.push_back(std::move(k));
  };
  for (const std::string& to : td::backends()) {
    const bool has_own_kernels = to != "jit";
    add(to, true, false, has_own_kernels ? to : "eigen", false);
    if (to == "jit") add(to, true, false, "eigen", true);
    else add(to, false, false, to, false);
    if (to == "xtensor") add(to, true, false, "eigen", false);
  }
  const std::vector<std::string> all = td::backends();
  const bool large = std::any_of(c.arguments.begin(), c.arguments.end(), [](const argument& a) {
    std::int64_t n = 1;
    for (auto e : a.shape) n *= e;
    return n > 20000;
  });
  if (large)  // the same bits for every number of threads
    for (const std::string& to : all) add(to, true, false, to, true, 3);
  add(all[c.seed % all.size()], true, true, "eigen", false);
  return out;
}

std::string failure(const random_case& c, const check& k) {
  try {
    return run_check(c.graph, c.arguments, c.results, k);
  } catch (const std::exception& e) { return std::string("threw: ") + e.what(); }
}

namespace {

// The graph with some values replaced by others and the nodes that nothing needs any more dropped, unused arguments too.
random_case rebuilt(const random_case& c, const std::vector<td::value_id>& replaced) {
  const auto final_value = [&](td::value_id v) {
    while (v != td::absent && replaced[static_cast<std::size_t>(v)] != v) v = replaced[static_cast<std::size_t>(v)];
    return v;
  };
  std::vector<char> needed(c.graph.types.size(), 0);
  for (td::value_id r : c.graph.results) needed[static_cast<std::size_t>(final_value(r))] = 1;
  for (std::size_t i = c.graph.nodes.size(); i-- > 0;) {
    const td::node& n = c.graph.nodes[i];
    bool used = false;
    for (std::int32_t k = 0; k < n.result_count; ++k) used |= needed[static_cast<std::size_t>(n.first_result + k)] != 0;
    if (used)
      for (td::value_id v : n.inputs)
        if (v != td::absent) needed[static_cast<std::size_t>(final_value(v))] = 1;
  }
  random_case out;
  out.seed = c.seed;
  out.results = c.results;
  out.graph.name = c.graph.name;
  std::vector<td::value_id> now(c.graph.types.size(), td::absent);
  for (std::size_t i = 0; i < c.graph.inputs.size(); ++i) {
    const auto v = static_cast<std::size_t>(c.graph.inputs[i]);
    if (!needed[v]) continue;
    now[v] = out.graph.add_input(c.graph.types[v]);
    out.arguments.push_back(c.arguments[i]);
  }
  for (const td::node& n : c.graph.nodes) {
    bool used = false;
    for (std::int32_t k = 0; k < n.result_count; ++k) used |= needed[static_cast<std::size_t>(n.first_result + k)] != 0;
    if (!used) continue;
    td::value_id first;
    if (n.id() == td::op_id::constant) {
      first = out.graph.add_constant(std::get<td::array>(n.attrs.find("value")->value));
      out.graph.types[static_cast<std::size_t>(first)].weak = c.graph.type_of(n.first_result).weak;
    } else {
      std::vector<td::value_id> in;
      for (td::value_id v : n.inputs) in.push_back(v == td::absent ? v : now[static_cast<std::size_t>(final_value(v))]);
      first = out.graph.add(*n.op, in, n.attrs);
    }
    for (std::int32_t k = 0; k < n.result_count; ++k) now[static_cast<std::size_t>(n.first_result + k)] = first + k;
  }
  for (td::value_id r : c.graph.results) out.graph.results.push_back(now[static_cast<std::size_t>(final_value(r))]);
  return out;
}

std::vector<td::value_id> nothing_replaced(const td::graph& g) {
  std::vector<td::value_id> same(g.types.size());
  for (std::size_t v = 0; v < same.size(); ++v) same[v] = static_cast<td::value_id>(v);
  return same;
}

}  // namespace

random_case shrink(random_case c, const std::function<bool(const random_case&)>& fails) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto try_it = [&](random_case candidate) {
    if (std::chrono::steady_clock::now() > until) return false;
    bool still = false;
    try {
      still = fails(candidate);
    } catch (const std::exception&) {}
    if (still) c = std::move(candidate);
    return still;
  };
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (std::size_t i = c.results.size(); i-- > 0 && c.results.size() > 1;) {
      random_case without = c;
      without.graph.results.erase(without.graph.results.begin() + static_cast<std::ptrdiff_t>(i));
      without.results.erase(without.results.begin() + static_cast<std::ptrdiff_t>(i));
      smaller |= try_it(rebuilt(without, nothing_replaced(without.graph)));
    }
    // An operand of a result's node in place of the result.
    for (std::size_t i = 0; i < c.results.size(); ++i) {
      const std::int32_t p = c.graph.producers()[static_cast<std::size_t>(c.graph.results[i])];
      const std::vector<td::value_id> operands = p < 0 ? std::vector<td::value_id>() : c.graph.nodes[static_cast<std::size_t>(p)].inputs;
      for (td::value_id v : operands) {
        if (v == td::absent || c.graph.type_of(v).weak) continue;
        random_case earlier = c;
        earlier.graph.results[i] = v;
        earlier.results[i] = {c.graph.type_of(v).dtype, c.graph.type_of(v).known_extents()};
        if (try_it(rebuilt(earlier, nothing_replaced(earlier.graph)))) {
          smaller = true;
          break;
        }
      }
    }
    for (std::size_t i = c.graph.nodes.size(); i-- > 0;) {
      if (i >= c.graph.nodes.size()) continue;
      const td::node n = c.graph.nodes[i];
      if (n.id() == td::op_id::constant) continue;
      bool gone = false;
      // A value of the same type takes the result's place: an operand, else a new argument.
      for (td::value_id v : n.inputs) {
        if (gone || v == td::absent || c.graph.type_of(v) != c.graph.type_of(n.first_result) || n.result_count != 1) continue;
        auto replaced = nothing_replaced(c.graph);
        replaced[static_cast<std::size_t>(n.first_result)] = v;
        gone = try_it(rebuilt(c, replaced));
      }
      if (!gone && c.arguments.size() < 12) {
        random_case with = c;
        std::vector<td::value_id> made;
        for (std::int32_t k = 0; k < n.result_count; ++k) {
          const td::type t = with.graph.type_of(n.first_result + k);
          made.push_back(with.graph.add_input(t));
          with.arguments.push_back({t.dtype, t.known_extents(), layout::row_major, place::at_end, content::real, 1});
        }
        auto replaced = nothing_replaced(with.graph);
        for (std::size_t k = 0; k < made.size(); ++k) replaced[static_cast<std::size_t>(n.first_result) + k] = made[k];
        gone = try_it(rebuilt(with, replaced));
      }
      smaller |= gone;
    }
    for (const auto list : {&random_case::arguments, &random_case::results})
      for (std::size_t i = 0; i < (c.*list).size(); ++i) {
        if ((c.*list)[i].layout != layout::row_major) {
          random_case plain = c;
          (plain.*list)[i].layout = layout::row_major;
          smaller |= try_it(std::move(plain));
        }
        if ((c.*list)[i].content != content::exact) {
          random_case plain = c;
          (plain.*list)[i].content = content::exact;
          smaller |= try_it(std::move(plain));
        }
      }
  }
  return c;
}

}  // namespace fuzz
