// The values of a loop: which there are, where each is used, and which single elements stay in registers.
#include <algorithm>
#include <bit>

#include "backends/jit/loops.hpp"

namespace tendril::jit {
namespace {

constexpr int fewest_free = 12;  // registers that one instruction may need: operands, constants, a result, temporaries

}  // namespace

void loops::collect(std::span<const instruction> list) {
  values_.clear(2 * p_.slots.size());  // those of a second vector or row have numbers of their own
  folds_.clear();
  pointers_.clear();
  form_.size = 1;
  for (const instruction& i : list)
    for (dtype d : {i.operands, i.result})
      if (d != dtype::bool_) form_.size = std::max(form_.size, bytes(d));
  if (form_.size == 1) form_.size = 4;  // logic on bools alone, in a loop with other work before it was split off
  form_.lanes = form_.one_element() ? 1 : register_bytes() / form_.size;

  for (std::size_t at = 0; at < list.size(); ++at) {
    const instruction& i = list[at];
    for (int k = 0; k < i.inputs; ++k)
      if (i.in[k]) values_.use(collect_operand(i, k), static_cast<int>(at));
    if (i.what == instruction::kind::reduce) {
      if (!form_.twice || i.out < p_.slots.size()) folds_.push_back({folding_of(i.op->id), i.operands, i.out, i.part});
      if (!form_.of_rows()) continue;
    }
    collect_constants(i, static_cast<int>(at));
    value v;
    v.slot = i.out;
    v.made = static_cast<int>(at);
    v.type = i.result;
    v.mask = wide() && v.type == dtype::bool_;
    v.stored = !form_.of_rows() && slot_of(i.out).what != engine::slot::kind::inside;
    if (v.stored) collect_pointer(v, true);
    values_.add(std::move(v));
  }
}

int loops::collect_operand(const instruction& i, int k) {
  if (k && takes_exponents(i)) return values_.add_single(i.in[k], i.operands, value::derived::exponent);
  if (const int id = values_.find(i.in[k]); id >= 0) return id;
  value v;
  v.slot = i.in[k];
  v.type = i.op->id == op_id::where && k == 0 ? dtype::bool_ : i.operands;
  v.mask = wide() && v.type == dtype::bool_;
  const auto where = slot_of(v.slot).what;
  const bool one = form_.one_element() || (i.scalars >> k & 1) || (form_.of_rows() && where == engine::slot::kind::constant);
  v.spread = form_.of_rows() && where == engine::slot::kind::external && (one || (form_.pairs() && !moves(p_, slot_of(v.slot))));
  v.along = v.spread && !one;
  v.from = one && !v.spread ? value::origin::single : value::origin::streamed;
  if (v.from == value::origin::streamed) collect_pointer(v, false);
  return values_.add(std::move(v));
}

// What points to a streamed operand or result; that of a second vector is that of the first.
void loops::collect_pointer(value& v, bool out) {
  if (form_.one_element()) return;
  if (form_.twice && v.slot >= p_.slots.size()) {
    v.ahead = 1;
    v.pointer = values_[values_.find(static_cast<std::uint16_t>(v.slot - p_.slots.size()))].pointer;
    return;
  }
  v.pointer = static_cast<int>(pointers_.size());
  pointers_.push_back({v.slot, out, v.type});
}

void loops::collect_constants(const instruction& i, int at) {
  constant_list constants;
  // of one element they are read from memory, and the second vector's are the first one's
  const bool known = is_mathematics(i.op->id) && (form_.one_element() || (form_.twice && at % 2));
  if (!known) constants_of(i, constants);
  if (const int k = divisor_of(i); divides_by_one(i)) {
    values_.use(values_.add_single(i.in[k], i.operands, value::derived::reciprocal), at);
    values_.use(values_.add_single(i.in[k], i.operands, value::derived::middling), at);
    constants.emplace_back(division_shift(i.operands), i.operands);
  }
  for (const auto& [bits, type] : constants) values_.use(values_.add_single(bits, type), at);
}

// How many values of the loop are needed at each of its instructions, beside single elements.
std::vector<int> loops::live_values(std::span<const instruction> list, bool masks) const {
  return values_.live(list.size(), masks, [&](int at) { return form_.twice && in_turn(list[static_cast<std::size_t>(at)]); });
}

// The vector registers that the loop needs for its values and for what its instructions take in passing.
int loops::pressure_of(std::span<const instruction> list) {
  const std::vector<int> live = live_values(list, false);
  int pressure = *std::max_element(live.begin(), live.end()) + 4;
  for (std::size_t at = 0; at < list.size(); ++at) {
    int needs = 2;  // of a quotient, beside three constants: a size and a difference
    if (is_mathematics(list[at].op->id)) needs = needs_of(list[at].op->id, list[at].operands).registers;
    else if (!divides_by_one(list[at])) continue;
    pressure = std::max(
        pressure, live[at] + std::popcount(list[at].scalars) + (form_.twice ? 2 * needs : needs) + (divides_by_one(list[at]) ? 3 : 0));
  }
  return pressure;
}

// Loads what does not change from step to step: into registers while the rest leaves some, else onto the stack.
void loops::place_singles(std::span<const instruction> list) {
  if (form_.one_element()) return;  // one step: loaded when used
  int room = std::clamp(values_.vectors() - pressure_of(list), 0, std::max(values_.vectors() - fewest_free, 0));
  const std::vector<int> live_masks = live_values(list, true);
  int mask_room = std::clamp(5 - *std::max_element(live_masks.begin(), live_masks.end()) - 2, 0, 2);
  std::vector<value*> singles;
  for (value& v : values_)
    if (v.from == value::origin::single) singles.push_back(&v);
  // The most used first; of equals, in their order. (std::stable_sort would allocate behind a user's operator new.)
  std::sort(singles.begin(), singles.end(),
            [](auto* a, auto* b) { return a->uses.size() != b->uses.size() ? a->uses.size() > b->uses.size() : a < b; });
  for (value* v : singles) {
    int& left = v->mask ? mask_room : room;
    if (left > 0) {
      --left;
      v->fixed = true;
      values_.assign(*v, values_.take(v->mask));
      load_single(*v, v->reg);
    } else if (v->slot || v->what != value::derived::none) {  // others are read from the constants
      v->reg = values_.take(v->mask);
      load_single(*v, v->reg);
      v->home = save(*v);
      values_.give(v->mask, v->reg);
      v->reg = -1;
    }
  }
}

}  // namespace tendril::jit
