// What follows lowering: which instructions run in one emitted loop, and where block buffers are.
#include "stages/schedule.hpp"

#include <algorithm>
#include <map>

#include <tendril/detail/op_id.hpp>

#include "array/arena.hpp"
#include "array/memory.hpp"

namespace tendril::engine {
namespace {

class scheduler {
 public:
  scheduler(stage_program& p, const backend& b, const call_facts& call) : p_(p), b_(b), c_(*b.compiler), call_(call) {}

  void run() {
    const std::vector<phase> as_lowered = p_.phases;
    const std::vector<slot> slots_as_lowered = p_.slots;
    for (phase& ph : p_.phases) {
      if (!ph.guards.empty()) continue;
      schedule(ph.before);
      schedule(ph.block);
    }
    // A value that one loop makes and uses is in no memory.
    constexpr int none = -1, several = -2;
    std::vector<int> loop_of(p_.slots.size(), none);
    for (const phase& ph : p_.phases)
      for (const auto* list : {&ph.before, &ph.block})
        for (const instruction& i : *list)
          for_each_slot(i, [&](std::uint16_t s, bool) {
            const int loop = i.loop ? i.loop : several;
            loop_of[s] = loop_of[s] == none || loop_of[s] == loop ? loop : several;
          });
    for (const auto& r : p_.row_results) loop_of[r.slot] = several;
    for (std::size_t s = 0; s < p_.slots.size(); ++s)
      if (const auto what = p_.slots[s].what; (what == slot::kind::buffer || what == slot::kind::row) && loop_of[s] >= 0)
        p_.slots[s].what = slot::kind::inside;
    for (phase& ph : p_.phases) {
      bool one_loop = !ph.block.empty();
      for (const instruction& i : ph.block) {
        const bool truths = is_truths(i), alone = truths && ph.block.size() == 1 && c_.emits(p_, i);
        one_loop &= (i.what == instruction::kind::map || truths) && (i.loop || alone) && i.loop == ph.block.front().loop;
        for_each_slot(i, [&](std::uint16_t s, bool) { one_loop &= p_.slots[s].what != slot::kind::buffer; });
      }
      ph.streams = one_loop;
      ph.past_caches = one_loop && call_.may_pass_caches && !ph.writes.empty() && call_.bytes >= stream_threshold();
    }
    if (call_.may_shorten_block) shorten_block();
    if (c_.compile(p_)) {
      for (phase& ph : p_.phases)
        for (auto* list : {&ph.before, &ph.block})
          for (instruction& i : *list)
            if (i.loop) i.engine = &b_;
      return;
    }
    p_.phases = as_lowered;
    p_.slots = slots_as_lowered;
  }

 private:
  // The elements that decide how many fit a register; 0 for logic on bools alone.
  static int width_of(const instruction& i) {
    const auto size = [](dtype d) { return d == dtype::bool_ ? 0 : static_cast<int>(size_of(d)); };
    return std::max(size(i.operands), size(i.result));
  }

  // any or all: parts of any length serve.
  static bool is_truths(const instruction& i) { return i.what == instruction::kind::reduce && i.result == dtype::bool_; }

  // An operand that is a truth value.
  static bool reads_truth(const instruction& i, int k) { return i.operands == dtype::bool_ || (i.op->id == op_id::where && k == 0); }

  // Whether a loop makes all truth values that it uses, single ones apart, and leaves none in memory. `part` says of the list's
  // instructions which are in it.
  bool keeps_truths(const std::vector<instruction>& list, const std::vector<char>& part) const {
    std::vector<char> made(p_.slots.size(), 0), elsewhere(p_.slots.size(), 0);
    for (const phase& ph : p_.phases)
      for (const auto* some : {&ph.before, &ph.block})
        for (std::size_t k = 0; k < some->size(); ++k) {
          const bool here = some == &list && part[k];
          for_each_slot((*some)[k], [&](std::uint16_t s, bool out) {
            if (!here) elsewhere[s] = 1;
            else if (out) made[s] = 1;
          });
        }
    for (std::size_t k = 0; k < list.size(); ++k) {
      const instruction& i = list[k];
      if (!part[k]) continue;
      for (int n = 0; n < i.inputs; ++n)
        if (i.in[n] && reads_truth(i, n) && !made[i.in[n]] && !(i.scalars >> n & 1)) return false;
      if (i.what == instruction::kind::map && i.result == dtype::bool_ && (elsewhere[i.out] || p_.slots[i.out].what != slot::kind::buffer))
        return false;
    }
    return true;
  }

  // Instructions that can be emitted move together: all that are ready make a loop, then the kernels that are ready run. A reduction
  // joins the loop that makes its operand, unless that is a long one, or, where one loop cannot mix sizes (AVX2), has truth values in
  // memory or, for reductions of numbers, a function (the sum of exp(x) takes 1.08 times as long in its loop). A loop has one function
  // that is a long chain of operations: the processor does not see far enough to work on several steps of more at once (log(1 + exp(x))
  // takes 1.3 times as long in one loop).
  void schedule(std::vector<instruction>& list) {
    std::vector<instruction> sorted;
    std::vector<char> done(list.size(), 0);
    std::vector<char> waiting(p_.slots.size(), 0);
    for (const instruction& i : list) for_each_slot(i, [&](std::uint16_t s, bool made) { waiting[s] |= made; });
    const auto ready = [&](const instruction& i) {
      bool all = true;
      for_each_slot(i, [&](std::uint16_t s, bool made) { all &= made || !waiting[s]; });
      return all;
    };
    const auto take = [&](std::size_t k, std::uint16_t loop) {
      done[k] = 1;
      for_each_slot(list[k], [&](std::uint16_t s, bool made) { waiting[s] &= !made; });
      sorted.push_back(list[k]);
      sorted.back().loop = loop;
    };
    const auto emitted = [&](const instruction& i) { return i.what == instruction::kind::map && c_.emits(p_, i); };
    const bool reduces = std::any_of(list.begin(), list.end(), [](const instruction& i) { return i.what == instruction::kind::reduce; });
    constexpr std::size_t most_with_reductions = 24;
    while (sorted.size() < list.size()) {
      const std::size_t first = sorted.size();
      int width = 0;
      bool functions = false, conditions = false;
      ++loops_;
      for (std::size_t k = 0; k < list.size(); ++k) {
        if (done[k] || !emitted(list[k]) || !ready(list[k])) continue;
        const bool function = list[k].op->is(trait::inexact);
        if (function && functions) continue;
        const int w = width_of(list[k]);
        if (w && width && w != width && !c_.mixes_sizes) continue;
        width = std::max(width, w);
        functions |= function;
        conditions |= list[k].operands == dtype::bool_ || list[k].result == dtype::bool_ || list[k].op->id == op_id::where;
        take(k, loops_);
      }
      if (sorted.size() > first && width == 0)  // a byte an element: the kernels' registers hold more of them
        for (std::size_t k = first; k < sorted.size(); ++k) sorted[k].loop = 0;
      if (sorted.size() > first) {
        if (!reduces || sorted.size() - first > most_with_reductions || width == 0) continue;
        std::vector<char> made(p_.slots.size(), 0), part(list.size(), 0);
        for (std::size_t k = first; k < sorted.size(); ++k) made[sorted[k].out] = 1;
        for (std::size_t k = 0; k < list.size(); ++k) {
          const int w = width_of(list[k]);
          if (done[k]) part[k] = made[list[k].out];
          else
            part[k] = list[k].what == instruction::kind::reduce && made[list[k].in[0]] && (w == 0 || w == width) &&
                      !(w && functions && !c_.mixes_sizes) && c_.emits(p_, list[k]);
        }
        if (conditions && !c_.mixes_sizes && !keeps_truths(list, part)) continue;
        for (std::size_t k = 0; k < list.size(); ++k)
          if (!done[k] && part[k]) take(k, loops_);
        continue;
      }
      for (std::size_t k = 0; k < list.size(); ++k)
        if (!done[k] && !emitted(list[k]) && ready(list[k])) take(k, 0);
    }
    list = std::move(sorted);
  }

  // Emitted code takes few instructions a block, so blocks may be short: so many elements that all it touches stays in the first cache.
  // Reductions are trees over whole blocks.
  void shorten_block() {
    constexpr std::int64_t shortest = 256, first_cache = 32 << 10;
    std::int64_t bytes = 0;
    bool blocks = false;
    for (const slot& s : p_.slots) {
      if (s.what == slot::kind::buffer || s.what == slot::kind::external) bytes += s.element_size;
      blocks |= s.what == slot::kind::buffer;
    }
    while (blocks && p_.block > shortest && p_.block * bytes > first_cache) p_.block /= 2;
  }

  stage_program& p_;
  const backend& b_;
  const compiler& c_;
  const call_facts& call_;
  std::uint16_t loops_ = 0;
};

}  // namespace

void emit_loops(stage_program& p, const backend& b, const call_facts& call) { scheduler(p, b, call).run(); }

void place_buffers(stage_program& p) {
  struct use {
    int first = -1, last = -1;
  };
  std::vector<use> uses(p.slots.size());
  std::vector<char> in_loop;  // by position
  int position = 0;
  const auto touch = [&](std::uint16_t s) {
    if (s == 0) return;
    use& u = uses[s];
    if (u.first < 0) u.first = position;
    u.last = position;
  };
  for (const phase& ph : p.phases)
    for (std::size_t k = 0; k < ph.block.size(); ++k) {
      for_each_slot(ph.block[k], [&](std::uint16_t s, bool) { touch(s); });
      // A loop reads and writes all its operands at one time.
      if (!ph.block[k].loop || k + 1 == ph.block.size() || ph.block[k + 1].loop != ph.block[k].loop) {
        in_loop.push_back(ph.block[k].loop != 0);
        ++position;
      }
    }
  std::vector<std::pair<std::size_t, std::size_t>> free;  // offset, bytes
  std::multimap<int, std::size_t> ends;                   // last use -> slot
  std::vector<std::size_t> order;
  for (std::size_t s = 0; s < uses.size(); ++s)
    if (p.slots[s].what == slot::kind::buffer && uses[s].first >= 0) order.push_back(s);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return uses[a].first < uses[b].first; });
  for (std::size_t s : order) {
    // A buffer read for the last time by the instruction that writes this one may serve: kernels work in place where sizes agree.
    for (auto i = ends.begin(); i != ends.end() && i->first <= uses[s].first;) {
      const slot& dead = p.slots[i->second];
      if (i->first == uses[s].first && (dead.element_size != p.slots[s].element_size || in_loop[static_cast<std::size_t>(i->first)])) {
        ++i;
        continue;
      }
      free.emplace_back(dead.offset, whole_lines(static_cast<std::size_t>(p.block) * dead.element_size));
      i = ends.erase(i);
    }
    const std::size_t bytes = whole_lines(static_cast<std::size_t>(p.block) * p.slots[s].element_size);
    const auto fit = std::find_if(free.rbegin(), free.rend(), [&](auto& f) { return f.second == bytes; });
    if (fit != free.rend()) {
      p.slots[s].offset = fit->first;
      free.erase(std::next(fit).base());
    } else {
      p.slots[s].offset = p.workspace;
      p.workspace += bytes;
    }
    ends.emplace(uses[s].last, s);
  }
}

}  // namespace tendril::engine
