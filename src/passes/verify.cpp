// Whether a graph is what the passes so far should have made of it.
#include "passes/verify.hpp"

#include <algorithm>
#include <set>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "kernels/reductions.hpp"
#include "ops/op_table.hpp"
#include "ops/presence.hpp"
#include "ops/value_index.hpp"
#include "passes/shared.hpp"

namespace tendril::detail {
namespace {

class checker {
 public:
  checker(const graph& g, stage s, const backend& b) : g_(g), stage_(s), b_(b), uses_(g.use_counts()) {}

  void run() {
    if (stage_ >= stage::specialized) {
      for (std::size_t v = 0; v < g_.types.size(); ++v) check_type(static_cast<value_id>(v));
      for (index_ = 0; index_ < g_.nodes.size(); ++index_) check_promotion(g_.nodes[index_]);
    }
    for (index_ = 0; index_ < g_.nodes.size(); ++index_) {
      const node& n = g_.nodes[index_];
      if (stage_ >= stage::decomposed && !is_claimed(n, g_, b_))
        fail("a composite op that the backend does not claim", "its decomposition");
      if (stage_ < stage::fused) continue;
      if (n.id() == op_id::group) check_group(n);
      else check_alone(n);
    }
  }

 private:
  [[noreturn]] void fail(const std::string& got, const std::string& expected) const {
    throw internal_error(
        format_text("[verify] graph {}, node {} ({}): got {}, expected {}.", g_.name, index_, g_.nodes[index_].op->name, got, expected));
  }

  void check_type(value_id v) const {
    const type& t = g_.type_of(v);
    if (uses_[at(v)] == 0 || (t.complete() && !t.weak)) return;
    throw internal_error(
        format_text("[verify] graph {}, value {}: got {}, expected a type that is known and not weak.", g_.name, v, to_string(t)));
  }

  void check_promotion(const node& n) const {
    if (n.rules) fail(format_text("the promotion rules of {}", n.rules->name), "none");
    if (n.id() == op_id::constant || n.id() == op_id::group || n.id() == op_id::custom) return;
    std::vector<type> types;
    for (value_id v : n.inputs) types.push_back(v == absent ? type() : g_.type_of(v));
    const dtype d = operand_dtype({*n.op, types, presence(n.inputs), n.attrs, nullptr});
    if (d == dtype::unknown) return;
    for (std::size_t i = 0; i < n.inputs.size(); ++i)
      if (n.inputs[i] != absent && is_data_operand(*n.op, i) && types[i].dtype != d)
        fail(format_text("{} for operand {}", name_of(types[i].dtype), i), format_text("{}, in which it is computed", name_of(d)));
  }

  // ---- fused
  // An op by itself: some backend has a kernel for it, of another dtype perhaps, as the plan tells whoever asked for this one.
  void check_alone(const node& n) const {
    if (n.id() == op_id::constant || n.op->is(trait::view)) return;
    if (has_bodies(n) == n.op->regions.empty()) fail("a region", "a group, or an op without one");
    if (n.id() == op_id::custom) {
      if (!n.op->kernel && !n.op->run_regions) fail("an op of the user's without a kernel", "its decomposition");
      return;
    }
    bool found = false;
    const std::size_t data = first_data_operand(*n.op);
    const dtype own = g_.type_of(n.inputs.empty() ? n.first_result : n.inputs[data]).dtype;
    for (int d = 0; d < dtype_count; ++d)
      if (!n.op->is(trait::internal) || static_cast<dtype>(d) == own)
        found |= static_cast<bool>(find_whole(b_, n.id(), static_cast<dtype>(d)));
    if (!found) fail("an op that no backend has a kernel for", "groups, kernels and views");
  }

  void check_group(const node& n) const {
    const graph& body = n.regions.front().body.front();
    const extents space = n.attrs.get_ints("space");
    const std::vector<std::int64_t> inner = n.attrs.get_ints("inner");
    for (std::size_t k = 0; k < inner.size(); ++k)
      if (inner[k] < 0 || inner[k] >= static_cast<std::int64_t>(space.size()) || (k && inner[k] <= inner[k - 1]))
        fail(format_text("inner axis {}", inner[k]), format_text("axes of its {}, in order", space.size()));
    for (const node& inside : body.nodes) check_inside(inside, body, space, inner);
    std::set<value_id> results;
    const auto producers = body.producers();
    for (value_id r : body.results) {
      const std::int32_t p = producers[at(r)];
      if (p < 0 || body.nodes[static_cast<std::size_t>(p)].id() == op_id::constant || !results.insert(r).second)
        fail(format_text("result {} that it does not compute, or twice", r), "what its nodes make, each once");
    }
    for (value_id v = 0; v < static_cast<value_id>(body.types.size()); ++v)
      if (body.type_of(v).weak || !body.type_of(v).complete()) fail(format_text("a weak or unknown value {} inside", v), "known types");
  }

  void check_inside(const node& n, const graph& body, const extents& space, const std::vector<std::int64_t>& inner) const {
    const auto wrong = [&](const std::string& got, const std::string& expected) {
      fail(format_text("{} of {} inside", got, n.op->name), expected);
    };
    if (n.rules) wrong("promotion rules", "none");
    if (n.id() == op_id::constant) {
      if (body.type_of(n.first_result).rank() != 0) wrong("an array", "a single number");
      return;
    }
    if (n.inputs.empty() || n.inputs.size() > 4) wrong(format_text("{} operands", n.inputs.size()), "1 to 4");
    const std::size_t data = first_data_operand(*n.op);
    const type& operand = body.type_of(n.inputs[data]);
    const extents shape = body.type_of(n.first_result).known_extents();
    if (engine::is_reduction(n)) {
      if (!engine::has_kernels(b_, n, operand)) wrong("no kernel", "one");
      if (operand.known_extents() != space) wrong(to_string(operand), format_text("an operand of the group's space {}", to_string(space)));
      if (engine::reduced_axes(n, operand.rank()) != inner) wrong("other axes", "the group's inner axes");
      return;
    }
    const bool cast = n.id() == op_id::astype;
    if (!cast && !n.op->is(trait::elementwise)) wrong("no element for an element", "elementwise ops and reductions");
    if (!(cast ? find_convert(b_, operand.dtype, body.type_of(n.first_result).dtype) : find_block(b_, n.id(), operand.dtype)))
      wrong("no kernel", "one");
    if (shape != space && !is_row(shape, space, inner))
      wrong(to_string(shape), format_text("the space {}, or one element a row of it", to_string(space)));
  }

  // One element for each row: the inner axes are 1 or gone.
  static bool is_row(const extents& shape, const extents& space, const std::vector<std::int64_t>& inner) {
    if (shape.size() > space.size()) return false;
    const std::size_t lead = space.size() - shape.size();
    for (std::size_t a = 0; a < space.size(); ++a) {
      const bool one = std::binary_search(inner.begin(), inner.end(), static_cast<std::int64_t>(a));
      if ((a < lead ? 1 : shape[a - lead]) != (one ? 1 : space[a])) return false;
    }
    return true;
  }

  const graph& g_;
  const stage stage_;
  const backend& b_;
  const std::vector<std::int32_t> uses_;
  std::size_t index_ = 0;
};

}  // namespace

void verify(const graph& g, stage s, const pass_context& context) {
  checker(g, s, backend_of(context)).run();
  for (const node& n : g.nodes)
    if (has_bodies(n))
      for (const region& r : n.regions) verify(r.body.front(), s, context);
}

}  // namespace tendril::detail
