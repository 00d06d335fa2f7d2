// Which values of a loop stand in which registers.
#include "backends/jit/values.hpp"

#include <algorithm>

#include "tendril/error.hpp"

namespace tendril::jit {

void values::clear(std::size_t slots) {
  all_.clear();
  of_slot_.assign(slots, -1);
  constants_.clear();
  readings_.clear();
  passed_ = 0;
}

int values::add(value v) {
  const int id = static_cast<int>(all_.size());
  if (v.slot) of_slot_[v.slot] = id;
  else constants_.push_back(id);
  all_.push_back(std::move(v));
  return id;
}

int values::find_constant(std::uint64_t bits, int size, value::derived what) const {
  for (const int id : constants_) {
    const value& v = (*this)[id];
    if (v.bits == bits && v.what == what && bytes(v.type) == size) return id;
  }
  return -1;
}

int values::held(std::uint64_t bits, int size) const {
  const int id = find_constant(bits, size);
  return id >= 0 && (*this)[id].fixed ? (*this)[id].reg : -1;
}

int values::add_single(std::uint64_t bits, dtype type, value::derived what) {
  if (const int id = find_constant(bits, bytes(type), what); id >= 0) return id;
  value v;
  v.what = what;
  v.bits = bits;
  v.type = type;
  v.from = value::origin::single;
  return add(std::move(v));
}

void values::use(int id, int at) {
  auto& uses = (*this)[id].uses;
  if (!uses.empty() && uses.back() == at) return;
  uses.push_back(at);
  readings_.push_back({at, id});
}

void values::begin_step(int turn) {
  passed_ = 0;
  for (value& v : all_) {
    v.next = 0;
    if (v.from != value::origin::single) v.home = -1;
    if (v.kept >= 0) v.reg = v.kept + turn;
  }
}

void values::pass(value* result) {
  for (; passed_ < readings_.size() && readings_[passed_].at <= now_; ++passed_) {
    value& v = (*this)[readings_[passed_].value];
    if (++v.next == v.uses.size()) drop(v);
  }
  if (result && result->next == result->uses.size()) drop(*result);
}

void values::free_all() {
  vector_owner_.fill(free_register);
  mask_owner_.fill(free_register);
}

int values::take(bool mask) {
  const int first = mask ? masks_.first : 0, end = mask ? masks_.end : vectors_;
  int victim = -1, latest = -1;
  for (int r = first; r < end; ++r) {
    int& here = owner(mask, r);
    if (here == free_register) {
      here = taken_register;
      return r;
    }
    if (here < 0 || (*this)[here].fixed) continue;
    if (std::find(protected_.begin(), protected_.end(), here) != protected_.end()) continue;
    const value& v = (*this)[here];
    const int next = v.next < v.uses.size() ? v.uses[v.next] : 1 << 30;
    if (next > latest) {
      latest = next;
      victim = r;
    }
  }
  if (victim < 0) throw internal_error("[jit] no register is left for an instruction");
  int& here = owner(mask, victim);
  spill((*this)[here]);
  here = taken_register;
  return victim;
}

// Out of its register; to the stack where it is needed again and has no other place.
void values::spill(value& v) {
  if (v.from != value::origin::single && v.next < v.uses.size() && v.home < 0) v.home = mover_.save(v);
  v.reg = -1;
}

bool values::load(value& v) {
  if (v.reg >= 0) return true;
  assign(v, take(v.mask));
  if (v.home < 0) return false;
  mover_.restore(v);
  return true;
}

void values::drop(value& v) {
  if (v.reg < 0 || v.fixed) return;
  give(v.mask, v.reg);
  v.reg = -1;
}

int values::temporary(bool mask) {
  const int r = take(mask);
  borrowed_.emplace_back(mask, r);
  return r;
}

void values::give_back(int vector) {
  borrowed_.erase(std::find(borrowed_.begin(), borrowed_.end(), std::pair(false, vector)));
  give(false, vector);
}

void values::release() {
  for (const auto& [mask, r] : borrowed_) give(mask, r);
  borrowed_.clear();
  protected_.clear();
}

}  // namespace tendril::jit
