// The loop around the instructions: whole vectors, and what is less than one.
#include <algorithm>
#include <optional>

#include "backends/jit/loops.hpp"

namespace tendril::jit {

// AVX2 has no masks for bytes.
bool loops::copies_last() const {
  return !wide() && folds_.empty() &&
         std::any_of(pointers_.begin(), pointers_.end(), [](const pointer& p) { return p.type == dtype::bool_; });
}

// The instructions for two vectors, one behind the other.
std::vector<instruction> loops::twice(std::span<const instruction> list) {
  std::vector<instruction> both;
  const auto second = [&](std::uint16_t s) { return static_cast<std::uint16_t>(s ? s + p_.slots.size() : 0); };
  for (instruction i : list) {
    both.push_back(i);
    for (int k = 0; k < i.inputs; ++k)
      if (!(i.scalars >> k & 1)) i.in[k] = second(i.in[k]);
    i.out = second(i.out);
    both.push_back(i);
  }
  return both;
}

// The last elements run through a body of their own, under a mask; of a long loop through the same body, on copies of a whole vector, which
// takes longer but no code. Masks in the first body would cost dearly where the stores leave the cache.
//
// Elementary functions are long chains of operations, of which the processor does not see far enough ahead, and quotients by one element
// need a look at what is divided: where registers allow, two vectors take turns in them.
void loops::loop(std::span<const instruction> list, const list_place& place) {
  const bool single = place.single;
  constexpr std::size_t long_loop = 48;
  std::vector<instruction> both;
  begin_loop({single ? loop_form::kind::one_element : loop_form::kind::vectors});
  form_.twice =
      !single && list.size() < long_loop / 2 && std::any_of(list.begin(), list.end(), [this](const instruction& i) { return in_turn(i); });
  if (form_.twice) {
    both = twice(list);
    collect(both);
    form_.twice = !copies_last() && pressure_of(both) <= values_.vectors() - registers_of_folds();
  }
  if (form_.twice) list = both;
  else collect(list);
  const int vectors = values_.vectors();
  merge_conditions(list);
  if (!folds_.empty()) begin_folds();
  place_singles(list);
  if (single) return body(list, {});
  if (!folds_.empty()) folding_loop(list, place.long_row);
  else if (list.size() < long_loop && !copies_last()) masked_loop(list, place.past_caches && can_pass_caches());
  else copying_loop(list);
  values_.limit_vectors(vectors);
  if (!rare_.empty()) {
    Xbyak::Label over;
    jmp(over, T_NEAR);
    emit_rare();
    L(over);
  }
  release_pointers();
}

// Stores past the caches need whole lines: one result, as wide as the loop.
bool loops::can_pass_caches() const {
  const auto out = [](const pointer& p) { return p.out; };
  return wide() && pointers_.size() <= pointer_registers && std::count_if(pointers_.begin(), pointers_.end(), out) == 1 &&
         bytes(std::find_if(pointers_.begin(), pointers_.end(), out)->type) * form_.lanes == 64;
}

// With all registers free, and what loops take of the stack.
void loops::begin_loop(const loop_form& form) {
  form_ = form;
  stack_top_ = stack_base_;
  values_.free_all();
}

// An instruction of a body: on values, or a reduction of one.
void loops::instruct(const instruction& i, const step& s) {
  if (i.what != instruction::kind::reduce) return op(i, s);
  load_operands(i, s);
  fold_value(i, s);
  values_.pass(nullptr);
}

void loops::body(std::span<const instruction> list, const step& s) {
  std::optional<general_registers::kept_register> index, limit;
  if (!form_.one_element()) {
    index.emplace(general_, rax, "the index");
    limit.emplace(general_, rcx, "the limit of the index");
  }
  for (std::size_t at = 0; at < list.size(); ++at) {
    const instruction& i = list[at];
    if (s.alone && at % 2) continue;
    values_.at(static_cast<int>(at));
    if (form_.twice && !s.alone && in_turn(i)) {
      const auto both = list.subspan(at++, most_in_turn);
      values_.at(static_cast<int>(at));
      is_mathematics(i.op->id) ? functions(both, s) : quotients_by_one(both, s);
    } else {
      instruct(i, s);
    }
    values_.release();
  }
  if (!s.alone) return;
  for (value& v : values_) values_.drop(v);  // single elements that the instructions left out would read
}

// Instructions [first, last) of the list.
void loops::write(std::span<const instruction> list, int first, int last, const step& s) {
  const auto index = general_.keeping(rax, "the index");
  for (int at = first; at < last; ++at) {
    values_.at(at);
    instruct(list[static_cast<std::size_t>(at)], s);
    values_.release();
  }
}

// The body once more.
void loops::next_body(std::span<const instruction> list, const step& s) {
  values_.begin_step(s.turn);
  body(list, s);
}

void loops::masked_loop(std::span<const instruction> list, bool past_caches) {
  if (!wide()) masks_home_ = stack(64);
  load_pointers();
  xor_(eax, eax);
  Xbyak::Label many, end;
  const bool divides = std::any_of(values_.begin(), values_.end(), [](const value& v) { return v.what == value::derived::reciprocal; });
  if (divides) {  // of few elements sooner by dividing, in a loop without the other way
    cmp(r14, fewest_multiplied * form_.lanes);
    jg(many, T_NEAR);
    masked_steps(list, true, false);
    jmp(end, T_NEAR);
    L(many);
  }
  masked_steps(list, false, past_caches);
  L(end);
}

void loops::masked_steps(std::span<const instruction> list, bool divides, bool past_caches) {
  const bool alone = form_.twice && divides;
  const int step = form_.twice && !alone ? 2 * form_.lanes : form_.lanes;
  Xbyak::Label again, last, done;
  lea(rcx, ptr[r14 - step]);
  test(rcx, rcx);
  jl(last, T_NEAR);
  if (past_caches) {
    stream_past_caches(list);
    lea(rcx, ptr[r14 - step]);
    cmp(rax, rcx);
    jg(last, T_NEAR);
  }
  align(32);
  L(again);
  next_body(list, {.alone = alone, .divides = divides});
  add(rax, step);
  cmp(rax, rcx);
  jle(again, T_NEAR);

  L(last);
  mov(rcx, r14);
  sub(rcx, rax);
  jz(done, T_NEAR);
  make_masks();
  next_body(list, {.alone = form_.twice, .masked = true, .divides = divides});
  if (form_.twice) {
    add(rax, form_.lanes);
    cmp(rax, r14);
    jl(last, T_NEAR);
  }
  L(done);
}

// Whole vectors of the result are stored past the caches, from where the first line of it begins: the elements before that run apart.
// Elements that lie across lines are left to the loop that follows, and so are short rows and what is less than a vector.
void loops::stream_past_caches(std::span<const instruction> list) {
  constexpr int fewest = 16;  // vectors of a row, whose first and last lines are not whole
  const auto result = std::find_if(pointers_.begin(), pointers_.end(), [](const pointer& p) { return p.out; });
  const int out = static_cast<int>(result - pointers_.begin()), size = bytes(result->type), line = form_.lanes * size, count = stack(8);
  Xbyak::Label aligned, again, not_here;
  cmp(r14, fewest * form_.lanes);
  jl(not_here, T_NEAR);
  mov(rcx, pointer_register(out));
  test(ecx, size - 1);
  jnz(not_here, T_NEAR);
  neg(rcx);
  and_(ecx, line - 1);
  jz(aligned, T_NEAR);
  shr(ecx, size == 8 ? 3 : 2);
  first_lanes(k(read_mask));
  kmovq(k(written_mask), k(read_mask));
  mov(ptr[rsp + count], rcx);
  next_body(list, {.alone = form_.twice, .masked = true});
  mov(rax, ptr[rsp + count]);
  L(aligned);
  lea(rcx, ptr[r14 - form_.lanes]);
  cmp(rax, rcx);
  jg(not_here, T_NEAR);
  align(32);
  L(again);
  next_body(list, {.alone = form_.twice, .past_caches = true});
  add(rax, form_.lanes);
  cmp(rax, rcx);
  jle(again, T_NEAR);
  stored_past_caches_ = true;
  L(not_here);
}

}  // namespace tendril::jit
