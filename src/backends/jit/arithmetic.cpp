// Arithmetic: ops that give numbers from numbers.
#include "backends/jit/instructions.hpp"

#include "tendril/error.hpp"

namespace tendril::jit {
namespace {

// Of rounding, without the inexact exception.
std::uint8_t mode_of(op_id id) {
  switch (id) {
    case op_id::floor: return 0x09;
    case op_id::ceil: return 0x0a;
    case op_id::trunc: return 0x0b;
    default: return 0x08;  // to nearest, of two the even one
  }
}

}  // namespace

// Whether the second operand is one element that the instruction reads from memory.
bool instructions::reads_second_from_memory(const instruction& i) const {
  return wide() && form_.pairs() && reads_memory(i.op->id) && i.in[0] != i.in[1] && values_[values_.find(i.in[1])].spread;
}

// d may be the register of an operand only where reads_first says so.
void instructions::arithmetic(const instruction& i, const Xbyak::Xmm& d, const operand_values& in, const step& s) {
  const dtype t = i.operands;
  const auto r = [&](int k) { return reg(values_[in[static_cast<std::size_t>(k)]]); };
  // The second operand, which may be one element in memory.
  const bool in_memory = in.size() > 1 && reads_second_from_memory(i);
  const Xbyak::Xmm in_register = in.size() > 1 && !in_memory && in[1] >= 0 ? r(1) : d;
  const Xbyak::Address address = in_memory ? ptr_b[one_for_all(values_[in[1]], s)] : ptr_b[rsp];
  const Xbyak::Operand& second = in_memory ? static_cast<const Xbyak::Operand&>(address) : in_register;
  switch (i.op->id) {
    case op_id::add: return add(t, d, r(0), second);
    case op_id::subtract: return subtract(t, d, r(0), second);
    case op_id::multiply: return multiply(t, d, r(0), second);
    case op_id::square: return multiply(t, d, r(0), r(0));
    case op_id::positive: return vmovaps(d, r(0));
    case op_id::maximum:
    case op_id::minimum: return extremum(t, i.op->id == op_id::maximum, d, r(0), r(1));
    case op_id::clip: return clip(i, d, in);
    default: real(t) ? of_reals(i, d, in) : of_integers(i, d, in);
  }
}

void instructions::of_reals(const instruction& i, const Xbyak::Xmm& d, const operand_values& in) {
  const dtype t = i.operands;
  const auto r = [&](int k) { return reg(values_[in[static_cast<std::size_t>(k)]]); };
  const auto of_bits = [&](std::uint64_t bits) { return vec(constant(bits, t), bytes_of(t)); };
  switch (i.op->id) {
    case op_id::divide: return divide(t, d, r(0), r(1));
    case op_id::subtract_divide: subtract(t, d, r(0), r(1)); return divide(t, d, d, r(2));
    case op_id::reciprocal: return divide(t, d, of_bits(bits_of(t, 1)), r(0));
    case op_id::rsqrt: square_root(t, d, r(0)); return divide(t, d, of_bits(bits_of(t, 1)), d);
    case op_id::sqrt: return square_root(t, d, r(0));
    case op_id::negative: return bit_xor(t, d, r(0), of_bits(sign_bit(t)));
    case op_id::abs: return bit_and(t, d, r(0), of_bits(magnitude_bits(t)));
    case op_id::floor:
    case op_id::ceil:
    case op_id::round:
    case op_id::trunc: return round(t, d, r(0), mode_of(i.op->id));
    default: throw internal_error("[jit] an op without code");
  }
}

void instructions::of_integers(const instruction& i, const Xbyak::Xmm& d, const operand_values& in) {
  const dtype t = i.operands;
  const auto r = [&](int k) { return reg(values_[in[static_cast<std::size_t>(k)]]); };
  switch (i.op->id) {
    case op_id::negative:
    case op_id::abs: {
      const bool absolute = i.op->id == op_id::abs;
      if (absolute && (wide() || bytes(t) == 4)) return magnitude(t, d, r(0));
      const Xbyak::Xmm zero = vec(values_.temporary(false), bytes_of(t));
      vxorps(zero, zero, zero);
      if (!absolute) return subtract(t, d, zero, r(0));
      // (x ^ s) - s, where s is all ones for negative x
      vpcmpgtq(zero, zero, r(0));
      vxorps(d, r(0), zero);
      return vpsubq(d, d, zero);
    }
    case op_id::floor:
    case op_id::ceil:
    case op_id::round:
    case op_id::trunc: return vmovaps(d, r(0));
    case op_id::bitwise_and: return bit_and(t, d, r(0), r(1));
    case op_id::bitwise_or: return bit_or(t, d, r(0), r(1));
    case op_id::bitwise_xor: return bit_xor(t, d, r(0), r(1));
    case op_id::bitwise_invert: return bit_xor(t, d, r(0), vec(constant(bits_of(t, -1), t), bytes_of(t)));
    // Counts out of range, negative ones too, shift all bits out, as the ops do.
    case op_id::bitwise_left_shift: return shift_left_each(t, d, r(0), r(1));
    case op_id::bitwise_right_shift: return shift_right_each(t, d, r(0), r(1));
    default: throw internal_error("[jit] an op without code");
  }
}

void instructions::clip(const instruction& i, const Xbyak::Xmm& d, const operand_values& in) {
  const dtype t = i.operands;
  const auto r = [&](int k) { return reg(values_[in[static_cast<std::size_t>(k)]]); };
  const bool low = in[1] >= 0, high = in[2] >= 0;
  if (low && high) {
    const Xbyak::Xmm some = vec(values_.temporary(false), bytes_of(t));
    extremum(t, true, some, r(0), r(1));
    extremum(t, false, d, some, r(2));
  } else if (low) {
    extremum(t, true, d, r(0), r(1));
  } else if (high) {
    extremum(t, false, d, r(0), r(2));
  } else {
    vmovaps(d, r(0));
  }
}

// As the block kernels have it: a if that is NaN, else b if that is, and of zeros the positive one is the larger.
void instructions::extremum(dtype t, bool larger, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Xmm& b) {
  if (real(t)) {
    const int spare = values_.temporary(wide());
    if (wide()) {
      const Xbyak::Opmask m = k(spare);
      larger ? larger_of(t, d, a, b) : smaller_of(t, d, a, b);
      compare(t, m, a, b, relation::equal);
      larger ? bit_and(t, d | m, a, b) : bit_or(t, d | m, a, b);
      compare(t, m, a, a, relation::unordered);
      copy(t, d | m, a);
    } else {
      extreme_of_numbers(t, larger, d, a, b, spare);
      compare(t, spare, a, a, relation::unordered);
      blend(t, spare, d, a, d);
    }
    return;
  }
  if (wide() || bytes(t) == 4) return larger ? larger_of(t, d, a, b) : smaller_of(t, d, a, b);
  const Xbyak::Xmm m = vec(values_.temporary(false), bytes_of(t));
  larger ? vpcmpgtq(m, a, b) : vpcmpgtq(m, b, a);
  vblendvpd(d, b, a, m);
}

}  // namespace tendril::jit
