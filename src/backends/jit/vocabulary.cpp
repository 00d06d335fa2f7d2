// The words that depend on the instruction set.
#include "backends/jit/vocabulary.hpp"

namespace tendril::jit {

void vocabulary::compare(dtype t, const Xbyak::Opmask& truth, const Xbyak::Xmm& a, const Xbyak::Operand& b, relation r) {
  constexpr int integer_part = 7;  // of a predicate: the same one of vpcmpd
  const auto code = static_cast<std::uint8_t>(r);
  if (real(t)) compare_reals(t, truth, a, b, code);
  else compare_integers(t, truth, a, b, static_cast<std::uint8_t>(code & integer_part));
}

void vocabulary::compare(dtype t, int truth, const Xbyak::Xmm& a, const Xbyak::Operand& b, relation r) {
  if (wide()) compare(t, k(truth), a, b, r);
  else compare_reals(t, like(a, truth), a, b, static_cast<std::uint8_t>(r));
}

void vocabulary::blend(dtype t, int truth, const Xbyak::Xmm& d, const Xbyak::Operand& yes, const Xbyak::Xmm& no) {
  if (wide()) blend_by_mask(t, d | k(truth), no, yes);
  else blend_by_vector(t, d, no, yes, like(d, truth));
}

void vocabulary::broadcast(const Xbyak::Xmm& x, const Xbyak::Operand& from, int size) {
  if (size == 4) vbroadcastss(x, from);
  else if (x.isXMM()) vmovddup(x, from);
  else vbroadcastsd(static_cast<const Xbyak::Ymm&>(x), from);
}

void vocabulary::extreme_of_numbers(dtype t, bool larger, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Operand& b, int spare) {
  const Xbyak::Xmm equal = like(d, spare);
  compare(t, spare, a, b, relation::equal);
  if (larger) {
    vandnps(equal, a, equal);
    larger_of(t, d, a, b);
    vandnps(d, equal, d);
  } else {
    vandps(equal, a, equal);
    smaller_of(t, d, a, b);
    vorps(d, equal, d);
  }
}

}  // namespace tendril::jit
