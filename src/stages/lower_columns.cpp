// Lowering of reductions across rows: which groups have them, their blocks, and what adds a block to those before it.
#include <algorithm>
#include <map>
#include <set>

#include <tendril/detail/op_id.hpp>

#include "array/arena.hpp"
#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "graph/rewriter.hpp"
#include "kernels/moments.hpp"
#include "stages/columns.hpp"

namespace tendril::engine {

bool runs_across(std::span<const std::int64_t> space, std::span<const std::int64_t> reduced, bool column_major) {
  const std::size_t rank = space.size();
  for (std::size_t k = 0; k < rank; ++k) {
    const std::size_t a = column_major ? k : rank - 1 - k;
    if (space[a] != 1) return std::find(reduced.begin(), reduced.end(), static_cast<std::int64_t>(a)) == reduced.end();
  }
  return false;
}

// Sums, as the whole-array kernel has them: the deviations are taken from the mean of all rows, and their own sum corrects it. Where the
// squares overflow, shrunken deviations are added up in a phase of its own (kernels/moments.hpp).
sums_of_columns moments_as_sums(const graph& region) {
  detail::rewriter r(region);
  std::vector<sums_of_columns::guarded> rare;
  for (const node& n : region.nodes) {
    if (n.id() != op_id::moments) {
      r.copy(n);
      continue;
    }
    const value_id x = r.at(n.inputs[0]);
    const type t = region.type_of(n.inputs[0]);
    const std::vector<std::int64_t> axes = n.attrs.get_axes("moments", t.rank());
    double rows = 1;
    for (std::int64_t a : axes) rows *= static_cast<double>(t.shape[static_cast<std::size_t>(a)].value);
    const attributes at{{"axis", axes}, {"dtype", {}}, {"keepdims", true}};
    const auto add = [&](op_id op, std::vector<value_id> in, attributes with = {}) {
      return r.to.add(record_of(op), std::move(in), std::move(with), nullptr, n.where);
    };
    const auto number = [&](double value) { return r.to.add_constant(detail::scalar_array(value, t.dtype), n.where); };
    const bool is32 = t.dtype == dtype::float32;
    const value_id count = number(rows);
    const value_id mean = add(op_id::divide, {add(op_id::sum, {x}, at), count});
    const value_id deviation = add(op_id::subtract, {x, mean}), rest = add(op_id::sum, {deviation}, at),
                   squares = add(op_id::sum, {add(op_id::multiply, {deviation, deviation})}, at);
    const double limit = is32 ? static_cast<double>(static_cast<float>(rows) * far_from_zero<float>) : rows * far_from_zero<double>;
    const value_id by = number(limit), zero = number(0.0), shrinking = number(is32 ? double{shrink<float>} : shrink<double>),
                   growing = number(is32 ? double{grow<float>} : grow<double>), infinity = number(std::numeric_limits<double>::infinity());
    const auto without = [&](value_id sum, value_id of, value_id quotient) {
      return add(op_id::maximum, {add(op_id::subtract, {sum, add(op_id::multiply, {of, quotient})}), zero});
    };
    const value_id overflow = add(op_id::equal, {squares, infinity});
    const value_id first_rare = static_cast<value_id>(r.to.types.size());
    // grow_moments, step by step.
    const value_id small = add(op_id::where, {overflow, add(op_id::multiply, {deviation, shrinking}), zero}),
                   small_rest = add(op_id::sum, {small}, at), small_squares = add(op_id::sum, {add(op_id::multiply, {small, small})}, at),
                   small_c = add(op_id::divide, {small_rest, count}),
                   finite = add(op_id::equal, {add(op_id::subtract, {small_c, small_c}), zero}),
                   left = add(op_id::where, {finite, without(small_squares, small_rest, small_c), small_squares}),
                   grown = add(op_id::multiply, {add(op_id::multiply, {add(op_id::divide, {left, count}), growing}), growing}),
                   grown_mean = add(op_id::where, {finite, add(op_id::add, {mean, add(op_id::multiply, {small_c, growing})}), mean});
    rare.push_back({overflow, first_rare, static_cast<value_id>(r.to.types.size())});
    const value_id off = add(op_id::greater, {add(op_id::multiply, {add(op_id::multiply, {mean, mean}), by}), squares}),
                   c = add(op_id::divide, {rest, count}), corrected = without(squares, rest, c),
                   usual_mean = add(op_id::where, {off, add(op_id::add, {mean, c}), mean}),
                   usual = add(op_id::divide, {add(op_id::where, {off, corrected, squares}), count});
    r.map[static_cast<std::size_t>(n.first_result)] = add(op_id::where, {overflow, grown_mean, usual_mean});
    r.map[static_cast<std::size_t>(n.first_result + 1)] = add(op_id::where, {overflow, grown, usual});
  }
  return {r.finish(), std::move(rare)};
}

// As wide as a block may be, all tiles alike.
void choose_tile(stage_program& p) {
  p.depth = 1;
  for (std::int64_t e : p.across) p.depth *= e;
  p.lanes = lanes_of(p.row_size, p.depth);
  constexpr std::int64_t line = 16;  // elements: no tile begins inside a line of cache that another ends in
  const std::int64_t tiles = (p.row_size + block_size - 1) / block_size, even = (p.row_size + tiles - 1) / tiles;
  p.block = p.lanes * std::min(p.row_size, (even + line - 1) / line * line);
}

namespace {

std::uint16_t add_slot(stage_program& p, slot::kind what, std::uint8_t element_size, std::size_t offset = 0) {
  p.slots.push_back({what, element_size, -1, offset});
  return static_cast<std::uint16_t>(p.slots.size() - 1);
}

}  // namespace

instruction accumulate(stage_program& p, phase& ph, op_id combiner, dtype type, std::uint16_t operand, std::uint16_t result,
                       const backend& b) {
  const auto size = static_cast<std::uint8_t>(size_of(type));
  const auto k = detail::find_block(b, combiner, type);
  if (!k) throw internal_error(format_text("[lower] no block kernel for {} of {}", record_of(combiner).name, name_of(type)));
  accumulation a;
  a.op = combiner;
  a.type = type;
  a.combine = k.kernel;
  a.result = result;
  a.level = whole_lines(static_cast<std::size_t>(p.block) * size);
  a.offset = p.workspace;
  p.workspace += a.level * static_cast<std::size_t>(levels_of(p.groups()));
  p.slots[result].offset = p.workspace - a.level;
  a.in = add_slot(p, slot::kind::column, size, a.offset);
  a.out = add_slot(p, slot::kind::column, size, a.offset);
  ph.accumulations.push_back(a);
  instruction i;
  i.op = &record_of(combiner);
  i.inputs = 2;
  i.in[0] = a.in;
  i.in[1] = operand;
  i.out = a.out;
  i.map = k.kernel;
  i.engine = k.owner;
  i.operands = i.result = type;
  return i;
}

namespace {

// Comparison, choice: what a compiler makes one loop of with what makes the operand. With reals, x takes the place of a number that it is
// not below (so does NaN), but of no NaN, which is not equal to itself.
void search_by_elements(stage_program& p, phase& ph, const search& s, std::uint16_t operand, const backend& b) {
  const dtype row = size_of(s.type) == sizeof(std::int32_t) ? dtype::int32 : dtype::int64;
  const bool largest = s.op == op_id::maximum, real = kind_of(s.type) == dtype_kind::real;
  const auto add = [&](op_id op, dtype operands, dtype result, std::initializer_list<std::uint16_t> in, std::uint16_t out) {
    const auto k = detail::find_block(b, op, operands);
    if (!k) throw internal_error(format_text("[lower] no block kernel for {} of {}", record_of(op).name, name_of(operands)));
    instruction i;
    i.op = &record_of(op);
    for (const std::uint16_t x : in) i.in[i.inputs++] = x;
    i.out = out ? out : add_slot(p, slot::kind::buffer, static_cast<std::uint8_t>(size_of(result)));
    i.map = k.kernel;
    i.engine = k.owner;
    i.operands = operands;
    i.result = result;
    ph.block.push_back(i);
    return i.out;
  };
  std::uint16_t better;
  if (real) {
    const auto below = add(largest ? op_id::less_equal : op_id::greater_equal, s.type, dtype::bool_, {operand, s.best}, 0);
    const auto number = add(op_id::equal, s.type, dtype::bool_, {s.best, s.best}, 0);
    better = add(op_id::not_equal, dtype::bool_, dtype::bool_, {number, below}, 0);
  } else {
    better = add(largest ? op_id::greater : op_id::less, s.type, dtype::bool_, {operand, s.best}, 0);
  }
  add(op_id::where, s.type, s.type, {better, operand, s.best}, s.best_out);
  add(op_id::where, row, row, {better, s.group, s.from}, s.from_out);
  ph.block.back().scalars = 2;
}

}  // namespace

void search_columns(stage_program& p, phase& ph, bool largest, dtype type, std::uint16_t operand, std::uint16_t result, const backend& b) {
  const auto size = static_cast<std::uint8_t>(size_of(type));
  const auto memory = [&](std::int64_t elements) {
    const std::size_t at = p.workspace;
    p.workspace += whole_lines(static_cast<std::size_t>(elements) * size);
    return at;
  };
  search s;
  s.op = largest ? op_id::maximum : op_id::minimum;
  s.type = type;
  s.result = result;
  const std::size_t best = memory(p.block), from = memory(p.block);
  s.best = add_slot(p, slot::kind::column, size, best);
  s.best_out = add_slot(p, slot::kind::column, size, best);
  s.from = add_slot(p, slot::kind::column, size, from);
  s.from_out = add_slot(p, slot::kind::column, size, from);
  s.group = add_slot(p, slot::kind::column, size, memory(most_at_once));
  ph.searches.push_back(s);
  if (b.compiler) return search_by_elements(p, ph, s, operand, b);
  const auto k = detail::find_best(b, largest, type);
  if (!k) throw internal_error(format_text("[lower] no kernel for the best {} of columns", name_of(type)));
  instruction i;
  i.what = instruction::kind::best;
  i.op = &record_of(largest ? op_id::argmax : op_id::argmin);
  i.inputs = 4;
  i.in[0] = operand;
  i.in[1] = s.best;
  i.in[2] = s.from;
  i.in[3] = s.group;
  i.scalars = 8;
  i.out = s.best_out;
  i.out2 = s.from_out;
  i.best = k.kernel;
  i.engine = k.owner;
  i.operands = i.result = type;
  ph.block.push_back(i);
}

// Accumulators are loaded and stored once for all the blocks.
void add_several_blocks(stage_program& p, std::size_t of) {
  constexpr std::size_t most_instructions = 40;  // code
  if (p.phases[of].accumulations.empty() && p.phases[of].searches.empty()) return;
  if (!p.phases[of].guards.empty()) return;
  // What a loop has registers for; a search reads and writes two blocks, and one address from memory costs less than they do.
  const std::size_t most_streams = p.phases[of].searches.empty() ? 9 : 10;
  const std::vector<instruction> block = p.phases[of].block;
  // A loop has one function (schedule.cpp): the accumulators would go from loop to loop through memory.
  if (std::any_of(block.begin(), block.end(), [](const instruction& i) { return i.op->is(trait::inexact); })) return;
  std::set<std::uint16_t> moving, others, groups;
  for (const search& s : p.phases[of].searches) groups.insert(s.group);
  for (const instruction& i : block)
    for_each_slot(i, [&](std::uint16_t s, bool) {
      const slot& x = p.slots[s];
      const external* e = x.what == slot::kind::external ? &p.externals[static_cast<std::size_t>(x.external)] : nullptr;
      if (x.what == slot::kind::saved || (e && !e->still)) moving.insert(s);
      else if (groups.contains(s)) return;  // single numbers
      else if (x.what == slot::kind::column || e) others.insert(s);
    });
  const auto fits = [&](std::size_t n) {
    return n * moving.size() + others.size() <= most_streams && n * block.size() <= most_instructions;
  };
  const std::int32_t count = fits(most_at_once) ? most_at_once : fits(2) ? 2 : 0;
  if (!count) return;
  moving.insert(groups.begin(), groups.end());
  phase out;
  out.several.count = count;
  std::map<std::uint16_t, std::uint16_t> first;  // of the copies of a slot
  for (std::uint16_t s : moving) {
    first[s] = static_cast<std::uint16_t>(p.slots.size());
    out.several.copies.push_back({s, first[s]});
    for (std::int32_t k = 0; k < count; ++k) add_slot(p, slot::kind::column, p.slots[s].element_size);
  }
  std::map<std::uint16_t, std::uint16_t> sum;  // what accumulators are by now
  for (std::int32_t k = 0; k < count; ++k) {
    std::map<std::uint16_t, std::uint16_t> made;
    for (instruction i : block) {
      const auto place = [&](std::uint16_t s) -> std::uint16_t {
        if (const auto at = first.find(s); at != first.end()) return static_cast<std::uint16_t>(at->second + k);
        if (const auto at = made.find(s); at != made.end()) return at->second;
        const auto at = sum.find(s);
        return at == sum.end() ? s : at->second;
      };
      for (int j = 0; j < i.inputs; ++j) i.in[j] = place(i.in[j]);
      const bool last_sum = p.slots[i.out].what == slot::kind::column && k + 1 == count;
      if (!last_sum && !first.contains(i.out)) made[i.out] = add_slot(p, slot::kind::buffer, p.slots[i.out].element_size);
      i.out = place(i.out);
      out.block.push_back(i);
    }
    const auto goes_on = [&](std::uint16_t in, std::uint16_t out_slot) {
      if (const auto at = made.find(out_slot); at != made.end()) sum[in] = at->second;
    };
    for (const accumulation& a : p.phases[of].accumulations) goes_on(a.in, a.out);
    for (const search& s : p.phases[of].searches) {
      goes_on(s.best, s.best_out);
      goes_on(s.from, s.from_out);
    }
  }
  p.phases[of].several.phase = static_cast<std::int32_t>(p.phases.size());
  p.phases.push_back(std::move(out));
}

}  // namespace tendril::engine
