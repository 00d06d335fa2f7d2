// Whether a stage program keeps its own rules, second part: walks the phases once, as a row of each kind does, and keeps account of what
// every slot holds.
//
// Model. A slot is *ready* from the instruction that writes it until its memory is written over, or until its block ends: of rows of one
// block, slots stay ready from phase to phase; else blocks end with their phase, and what the row keeps stays: single elements, saved
// values, columns. Operands are ready in the phases that gather them. What a reduction makes is ready in the next phase; a search alone
// reads the extreme of its own. Instructions of one loop run at one time: none may write over what another reads.
#include <algorithm>
#include <map>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "stages/verify_stage.hpp"

namespace tendril::engine {
namespace {

using kind = slot::kind;

class walker {
 public:
  walker(const stage_program& p, station s)
      : p_(p), placed_(has_places(s)), slots_(p.slots.size()), gathered_(p.externals.size(), 0), written_(p.externals.size(), 0) {
    for (std::size_t k = 1; k < p.slots.size(); ++k)
      if (p.slots[k].what == kind::buffer) buffers_.push_back(static_cast<std::uint16_t>(k));
  }

  void run() {
    for (std::size_t s = 1; s < slots_.size(); ++s) slots_[s].ready = p_.slots[s].what == kind::constant || stays(s);
    for (phase_ = 0; phase_ < p_.phases.size(); ++phase_)
      if (!p_.phases[phase_].several.count) run_phase(p_.phases[phase_]);
    for (const auto& r : p_.row_results)
      if (!slots_[r.slot].ready)
        broken(format_text("result external {} of slot {}", r.external, name(r.slot)), "a row that ends before it is written",
               "a phase that writes it");
    for (std::size_t e = 0; e < p_.externals.size(); ++e)
      if (p_.externals[e].result && !p_.externals[e].row && !written_[e])
        broken(format_text("result external {}", e), "no phase that writes it", "one");
  }

 private:
  struct content {
    bool ready = false;
    bool made = false;       // written by an instruction, in this phase where it is of a block
    bool read = false;       // in this phase
    std::uint16_t over = 0;  // the slot that was written over it
    std::uint16_t loop = 0;  // where it was made
  };

  std::string name(std::uint16_t s) const { return slot_name(p_, s); }
  const external* external_of(std::size_t s) const {
    return p_.slots[s].what == kind::external ? &p_.externals[static_cast<std::size_t>(p_.slots[s].external)] : nullptr;
  }
  // An operand that is the same for all blocks.
  bool stays(std::size_t s) const {
    const external* e = external_of(s);
    return e && !e->result && (p_.across_rows() ? e->still : e->row);
  }
  // What is another with each block.
  bool of_block(std::size_t s) const {
    const kind what = p_.slots[s].what;
    return what == kind::buffer || (what == kind::external && !stays(s));
  }

  void run_phase(const phase& ph) {
    for (std::size_t s = 1; s < slots_.size(); ++s)
      if (of_block(s) && !p_.short_rows()) slots_[s] = content{};
      else slots_[s].read = false;
    for (std::uint16_t s : ph.guards)
      if (!slots_[s].ready)
        broken(format_text("phase {} runs where slot {} is true", phase_, name(s)), "a slot before it is written",
               "one that holds its value");
    walk(ph.before, ph, true);
    gather(ph);
    for (const accumulation& a : ph.accumulations) begin(a.in, a.out);
    for (const search& s : ph.searches) {
      begin(s.best, s.best_out);
      begin(s.from, s.from_out);
      slots_[s.group].ready = true;
    }
    if (ph.several.phase >= 0) walker(*this).run_several(ph, p_.phases[static_cast<std::size_t>(ph.several.phase)]);
    walk(ph.block, ph, false);
    end(ph);
  }

  // Memory that a phase reads and writes in place.
  void begin(std::uint16_t in, std::uint16_t out) {
    slots_[in].ready = true;
    same_memory_[out] = in;
  }

  void gather(const phase& ph) {
    std::fill(gathered_.begin(), gathered_.end(), 0);
    for (std::uint16_t e : ph.reads) {
      if (p_.externals[e].result && !written_[e])
        broken(format_text("phase {} gathers external {}", phase_, e), "a result that no phase before it writes", "one that is written");
      gathered_[e] = 1;
    }
    for (std::size_t s = 1; s < slots_.size(); ++s)
      if (p_.slots[s].what == kind::external && gathered_[static_cast<std::size_t>(p_.slots[s].external)]) {
        slots_[s].ready = true;
        slots_[s].over = 0;
      }
  }

  void end(const phase& ph) {
    for (std::uint16_t s : pending_) slots_[s].ready = true;
    pending_.clear();
    for (std::uint16_t e : ph.writes)
      if (!written_[e]) broken(format_text("phase {} stores external {}", phase_, e), "no instruction that writes it", "one of its block");
    for (const accumulation& a : ph.accumulations) finish(a.in, a.out, a.result);
    for (const search& s : ph.searches) {
      require_made(s.from, s.from_out);
      finish(s.best, s.best_out, s.result);
      slots_[s.from].ready = slots_[s.from_out].ready = false;
      slots_[s.group].ready = false;
    }
    same_memory_.clear();
  }

  void require_made(std::uint16_t in, std::uint16_t out) const {
    if (!slots_[out].made || !slots_[in].read)
      broken(format_text("phase {} reduces rows to slot {}", phase_, name(out)),
             slots_[out].made ? format_text("no instruction that reads slot {}", name(in)) : "no instruction that writes it",
             format_text("a block that turns slot {} into it", name(in)));
  }
  void finish(std::uint16_t in, std::uint16_t out, std::uint16_t result) {
    require_made(in, out);
    if (slots_[result].made)
      broken(format_text("phase {} reduces rows to slot {}", phase_, name(result)), "a slot that is written already", "each written once");
    slots_[in].ready = slots_[out].ready = false;
    slots_[result].ready = slots_[result].made = true;
  }

  static std::ptrdiff_t reads_of(const phase& ph, std::uint16_t s) {
    std::ptrdiff_t n = 0;
    for (const instruction& i : ph.block) n += std::count(i.in, i.in + i.inputs, s);
    return n;
  }

  // In place of so many blocks of `owner`: on copies of the slots that move.
  void run_several(const phase& owner, const phase& ph) {
    phase_ = static_cast<std::size_t>(owner.several.phase);
    several_ = true;
    std::vector<char> written(slots_.size(), 0), ready(slots_.size(), 0);
    for (const instruction& i : owner.block) written[i.out] = written[i.out2] = 1;
    for (std::size_t s = 1; s < slots_.size(); ++s) {
      ready[s] = slots_[s].ready;
      if (p_.slots[s].what == kind::saved || (p_.slots[s].what == kind::external && !stays(s))) slots_[s].ready = false;
    }
    for (const search& s : owner.searches) slots_[s.group].ready = false;
    const auto each = [&](auto f) {
      for (const auto& c : ph.several.copies)
        for (std::int32_t k = 0; k < ph.several.count; ++k) f(c.from, static_cast<std::uint16_t>(c.to + k));
    };
    each([&](std::uint16_t from, std::uint16_t to) {
      slots_[to].ready = ready[from];
      if (written[from]) copies_.push_back(to);
    });
    walk(ph.block, ph, false);
    const auto goes_on = [&](std::uint16_t in, std::uint16_t out) {
      require_made(in, out);
      const auto got = reads_of(ph, in), expected = reads_of(owner, in);  // the first block reads it, the others what the one before made
      if (got != expected)
        broken(format_text("phase {} reads slot {}", phase_, name(in)), format_text("{} uses", got),
               format_text("those {} of one block", expected));
    };
    for (const accumulation& a : owner.accumulations) goes_on(a.in, a.out);
    for (const search& s : owner.searches) {
      goes_on(s.best, s.best_out);
      goes_on(s.from, s.from_out);
    }
    each([&](std::uint16_t from, std::uint16_t to) {
      if (written[from] && !slots_[to].made)
        broken(format_text("phase {} runs {} blocks", phase_, ph.several.count),
               format_text("no instruction that writes slot {}", name(to)), format_text("one, as it stands for slot {}", name(from)));
    });
  }

  // ---- a list of instructions
  void walk(const std::vector<instruction>& list, const phase& ph, bool before) {
    list_ = &list;
    for (std::size_t k = 0; k < list.size();) {
      std::size_t next = k + 1;
      while (list[k].loop && next < list.size() && list[next].loop == list[k].loop) ++next;
      if (list[k].loop && std::find(loops_.begin(), loops_.end(), list[k].loop) != loops_.end())
        broken(format_text("{} is in loop {}", place_of(p_, phase_, before, k), list[k].loop), "a second part of that loop",
               "its instructions side by side");
      if (list[k].loop) loops_.push_back(list[k].loop);
      reads_.clear();
      writes_.clear();
      for (std::size_t i = k; i < next; ++i) step(list[i], i, ph, before);
      for (std::size_t i = k; i < next; ++i) take_memory(list[i], i, before);
      k = next;
    }
  }

  void step(const instruction& i, std::size_t index, const phase& ph, bool before) {
    const auto here = [&] { return place_of(p_, phase_, before, index); };
    for (int k = 0; k < i.inputs; ++k)
      if (i.in[k]) {
        if (i.what == instruction::kind::seek && k == 1) find_extreme(i, index, before);
        else read(i.in[k], i, here, before);
      }
    for (std::uint16_t s : {i.out, i.out2})
      if (s) write(s, i, here, ph, before);
  }

  template <class Here>
  void read(std::uint16_t s, const instruction& i, Here here, bool before) {
    content& c = slots_[s];
    const kind what = p_.slots[s].what;
    if (what == kind::inside && c.made && c.loop != i.loop)
      broken(format_text("{} reads slot {}", here(), name(s)), i.loop ? format_text("a use in loop {}", i.loop) : "a use by a kernel",
             format_text("uses inside loop {} alone", c.loop));
    if (before && (what == kind::buffer || what == kind::saved || (what == kind::external && !stays(s))))
      broken(format_text("{} reads slot {}", here(), name(s)), "what is another with each block", "what a row has once");
    if (!c.ready)
      broken(format_text("{} reads slot {}", here(), name(s)),
             c.over ? format_text("the bytes of slot {}, which is written over it", name(c.over)) : "a slot before it is written",
             "one that holds its value");
    c.read = true;
    if (what == kind::buffer) reads_.push_back(s);
  }

  // The extreme whose place is sought is made in this phase, of the same operand.
  void find_extreme(const instruction& i, std::size_t index, bool before) const {
    const op_id extreme = i.op->id == op_id::argmax ? op_id::max : op_id::min;
    for (std::size_t k = 0; k < index; ++k)
      if (const instruction& x = (*list_)[k];
          x.what == instruction::kind::reduce && x.out == i.in[1] && x.in[0] == i.in[0] && x.op->id == extreme && x.part == i.part)
        return;
    broken(format_text("{} seeks slot {}", place_of(p_, phase_, before, index), name(i.in[1])), "no such extreme before it",
           format_text("one of slot {} in this phase", name(i.in[0])));
  }

  // Who may write a slot of this kind.
  bool may_write(std::uint16_t s, const instruction& i, bool before) const {
    const bool map = i.what == instruction::kind::map;
    const external* e = external_of(s);
    switch (p_.slots[s].what) {
      case kind::row: return before ? map : !map;
      case kind::column: return before || same_memory_.contains(s) || std::find(copies_.begin(), copies_.end(), s) != copies_.end();
      case kind::inside: return map && i.loop;
      case kind::buffer: return map && !before;
      case kind::saved: return map && !before && !several_ && !p_.short_rows();
      case kind::external: return map && !before && !several_ && e->result && !e->row;
      default: return false;
    }
  }

  template <class Here>
  void write(std::uint16_t s, const instruction& i, Here here, const phase& ph, bool before) {
    content& c = slots_[s];
    if (!may_write(s, i, before))
      broken(format_text("{} writes slot {}", here(), name(s)), "a slot that is not its to write",
             before ? "what a row has once" : "a block, or what a reduction makes");
    if (c.made || (external_of(s) && written_[static_cast<std::size_t>(p_.slots[s].external)]))
      broken(format_text("{} writes slot {}", here(), name(s)), "a slot that is written already", "each written once");
    const bool reduces = p_.slots[s].what == kind::row && !before;
    c = {!reduces, true, c.read, 0, i.loop};
    if (reduces) pending_.push_back(s);
    if (p_.slots[s].what == kind::buffer) writes_.push_back(s);
    if (const auto at = same_memory_.find(s); at != same_memory_.end()) overwrite(at->second, s);
    if (external_of(s)) write_external(s, here, ph);
  }

  template <class Here>
  void write_external(std::uint16_t s, Here here, const phase& ph) {
    const auto e = static_cast<std::size_t>(p_.slots[s].external);
    if (std::find(ph.writes.begin(), ph.writes.end(), e) == ph.writes.end())
      broken(format_text("{} writes slot {}", here(), name(s)), format_text("a phase that does not store external {}", e), "one that does");
    written_[e] = 1;
    if (p_.externals[e].lent) return;
    for (std::size_t k = 1; k < slots_.size(); ++k)  // what waits in this result's memory is gone
      if (const external* other = external_of(k); other && other->lent && other->port == p_.externals[e].port)
        overwrite(static_cast<std::uint16_t>(k), s);
  }

  void overwrite(std::uint16_t s, std::uint16_t by) {
    slots_[s].ready = false;
    slots_[s].over = by;
  }

  // ---- memory of buffers
  bool overlap(std::uint16_t a, std::uint16_t b) const {
    const slot &x = p_.slots[a], &y = p_.slots[b];
    const auto block = static_cast<std::size_t>(p_.block);
    return x.offset < y.offset + block * y.element_size && y.offset < x.offset + block * x.element_size;
  }

  // An instruction's results take their places: kernels may write over an operand element by element, loops over none.
  void take_memory(const instruction& i, std::size_t index, bool before) {
    if (!placed_) return;
    for (std::uint16_t s : {i.out, i.out2}) {
      if (!s || p_.slots[s].what != kind::buffer) continue;
      for (const auto* list : {&reads_, &writes_})
        for (std::uint16_t other : *list) {
          if (other == s || !overlap(s, other)) continue;
          const bool in_place = list == &reads_ && !i.loop && p_.slots[s].offset == p_.slots[other].offset &&
                                p_.slots[s].element_size == p_.slots[other].element_size;
          if (!in_place)
            broken(format_text("{} writes slot {}", place_of(p_, phase_, before, index), name(s)),
                   format_text("bytes of slot {}, which is in use", name(other)), "memory of its own");
        }
      for (std::uint16_t other : buffers_)
        if (other != s && slots_[other].ready && overlap(s, other)) overwrite(other, s);
    }
  }

  const stage_program& p_;
  const bool placed_;
  std::vector<content> slots_;
  std::vector<std::uint16_t> buffers_;
  std::vector<char> gathered_, written_;                // by external: in this phase; in any so far
  std::vector<std::uint16_t> loops_;                    // so far
  std::map<std::uint16_t, std::uint16_t> same_memory_;  // of accumulators: what is written, and what it was read from
  std::vector<std::uint16_t> pending_;                  // what reductions of this phase make
  std::vector<std::uint16_t> copies_;                   // that several blocks write
  std::vector<std::uint16_t> reads_, writes_;           // buffers, of this kernel or loop
  const std::vector<instruction>* list_ = nullptr;
  std::size_t phase_ = 0;
  bool several_ = false;
};

}  // namespace

void verify_flow(const stage_program& p, station s) { walker(p, s).run(); }

}  // namespace tendril::engine
