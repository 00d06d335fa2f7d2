// Division of a loop by one element, by multiplications.
#include <bit>
#include <memory>

#include "backends/jit/emitter.hpp"
#include "tendril/type.hpp"

namespace tendril::jit {
std::uint64_t division_shift(dtype d) { return bytes(d) == 8 ? std::uint64_t{512} << 52 : std::uint64_t{64} << 23; }

// Division by one element b without dividing: r = 1 / b, q0 = a r, e = q0 b - a, q = q0 - e r, each rounded once. It is the quotient,
// correctly rounded, where nothing over- or underflows (backends/eigen/divisor.hpp, which has the proof): where b is positive and both b
// and a are of middling size. For a that is one addition and one bit: the exponents in the middle half of all are those that a quarter more
// brings into the upper half. The bit to look at is none for other divisors, and for so few elements that dividing is done sooner.
// Of two vectors one look serves both: what has the bit in either has it in their conjunction.
void emitter::divide_by_one(dtype t, std::span<const quotient> all, int b, const step& s) {
  const bool in512 = wide();
  const int width = bytes_of(t), lanes = form_.lanes;
  const std::uint16_t slot = values_[b].slot;
  const Xbyak::Xmm by = reg(values_[b]);
  const std::vector<quotient> quotients(all.begin(), all.end());
  const auto truly = [=, this] {
    for (const auto& [d, x] : quotients) divide(t, d, x, by);
  };
  if (s.divides) return truly();
  const Xbyak::Xmm shift = vec(constant(division_shift(t), t), width), middling = vec(constant(slot, t, value::derived::middling), width),
                   inverse = vec(constant(slot, t, value::derived::reciprocal), width);
  std::vector<Xbyak::Xmm> sizes;
  for (const auto& [d, x] : quotients) {
    sizes.push_back(vec(values_.temporary(false), width));
    add(integer_of(bytes(t)), sizes.back(), x, shift);
  }
  const Xbyak::Xmm size = sizes.front();
  for (std::size_t v = 1; v < sizes.size(); ++v) vandps(size, size, sizes[v]);
  const int m = in512 ? values_.temporary(true) : -1;
  const auto compare_all = [=, this] {  // of AVX2, the sign bits
    sign_bits(t, r11d, size);
    cmp(r11d, (1 << lanes) - 1);
  };
  struct labels {
    Xbyak::Label rare, fast, done;
  };
  const auto l = std::make_shared<labels>();
  if (in512) {
    test_bits(t, k(m), size, middling);
    lanes == 8 ? kortestb(k(m), k(m)) : kortestw(k(m), k(m));
    jnc(l->rare, T_NEAR);
  } else {
    shift_left(t, size, size, std::uint8_t{1});
    vandps(size, size, middling);
    compare_all();
    jne(l->rare, T_NEAR);
  }
  L(l->fast);
  for (const auto& [d, x] : quotients) multiply(t, d, x, inverse);
  for (std::size_t v = 0; v < sizes.size(); ++v) vmovaps(sizes[v], quotients[v].result);
  for (std::size_t v = 0; v < sizes.size(); ++v) multiply_subtract(t, sizes[v], by, quotients[v].of);
  for (std::size_t v = 0; v < sizes.size(); ++v) subtract_product(t, quotients[v].result, sizes[v], inverse);
  L(l->done);
  // Zeros may go the short way as well, where the divisor allows it; else it would turn their sign, or make them NaN.
  rare_.push_back([=, this] {
    Xbyak::Label divides;
    L(l->rare);
    for (const auto& [d, x] : quotients) {
      add(integer_of(bytes(t)), size, x, shift);
      if (in512) {
        test_bits(t, k(m), size, middling);
        vxorps(size, size, size);
        knotw(k(m), k(m));
        compare(t, k(m) | k(m), x, size, relation::not_equal);
        lanes == 8 ? kortestb(k(m), k(m)) : kortestw(k(m), k(m));
        jnz(divides, T_NEAR);
      } else {
        const Xbyak::Xmm& zero = d;  // free until it is the quotient
        shift_left(t, size, size, std::uint8_t{1});
        vandps(size, size, middling);
        vxorps(zero, zero, zero);
        compare(t, zero.getIdx(), x, zero, relation::equal);
        vorps(size, size, zero);
        compare_all();
        jne(divides, T_NEAR);
      }
    }
    if (in512) {
      vptestmd(k(m), middling, middling);
      kortestw(k(m), k(m));
    } else {
      vptest(middling, middling);
    }
    jnz(l->fast, T_NEAR);
    L(divides);
    truly();
    jmp(l->done, T_NEAR);
  });
}

// Quotients by one element, or of differences, of as many vectors.
void emitter::quotients_by_one(std::span<const instruction> in_turn, const step& s) {
  const instruction& first = in_turn.front();
  const dtype t = first.operands;
  std::array<operands, most_in_turn> all;
  std::vector<quotient> quotients;
  for (std::size_t v = 0; v < in_turn.size(); ++v) {
    all[v] = begin_op(in_turn[v], s);
    const auto r = [&](int id) { return reg(values_[id]); };
    Xbyak::Xmm x = r(all[v].in[0]);
    if (first.op->id == op_id::subtract_divide) {
      const Xbyak::Xmm difference = vec(values_.temporary(false), bytes_of(t));
      subtract(t, difference, x, r(all[v].in[1]));
      x = difference;
    }
    quotients.push_back({r(all[v].out), x});
  }
  divide_by_one(t, quotients, all[0].in[static_cast<std::size_t>(divisor_of(first))], s);
  for (std::size_t v = 0; v < in_turn.size(); ++v) end_op(all[v], s);
}

// What load_single does for a divisor's reciprocal and for the bit that dividends must have which may be multiplied by it.
void emitter::load_divisor(const value& v, const Xbyak::Xmm& x) {
  const int width = bytes_of(v.type);
  value b;
  b.slot = static_cast<std::uint16_t>(v.bits);
  b.type = v.type;
  const int t = values_.temporary(false);
  const Xbyak::Xmm other = vec(t, width);
  if (v.what == value::derived::reciprocal) {
    Xbyak::Label unused;
    cmp(r14, fewest_multiplied * form_.lanes);
    jle(unused, T_NEAR);
    load_single(b, t);
    broadcast(x, bits_of(v.type, 1), v.type);
    divide(v.type, x, x, other);
    L(unused);
  } else {
    const double wide_divisor = bytes(v.type) == 8 ? 0x1p300 : 0x1p38;
    Xbyak::Label unsuited, done;
    cmp(r14, fewest_multiplied * form_.lanes);
    jle(unsuited, T_NEAR);
    load_single(b, t);
    for (const bool upper : {false, true}) {
      broadcast(x, bits_of(v.type, upper ? wide_divisor : 1 / wide_divisor), v.type);
      compare_first(v.type, Xbyak::Xmm(t), Xbyak::Xmm(x.getIdx()));
      if (upper) ja(unsuited, T_NEAR);
      jp(unsuited, T_NEAR);
      if (!upper) jb(unsuited, T_NEAR);
    }
    broadcast(x, sign_bit(v.type) >> (wide() ? 1 : 0), v.type);
    jmp(done, T_NEAR);
    L(unsuited);
    vxorps(x, x, x);
    L(done);
  }
  values_.release();
}

}  // namespace tendril::jit
