// Division of a loop by one element, by multiplications.
#include "backends/jit/instructions.hpp"

#include <bit>
#include <memory>

namespace tendril::jit {

std::uint64_t division_shift(dtype d) { return bytes(d) == 8 ? std::uint64_t{512} << 52 : std::uint64_t{64} << 23; }

// What the quotients of one step share, in the loop and after it.
struct instructions::quotients {
  dtype type = dtype::unknown;
  std::vector<quotient> all;
  Xbyak::Xmm by{}, shift{}, middling{}, inverse{};
  std::vector<Xbyak::Xmm> sizes;
  int mask = -1;  ///< with AVX-512
  Xbyak::Label rare, fast, done;
};

void instructions::divide_each(dtype t, std::span<const quotient> all, const Xbyak::Xmm& by) {
  for (const auto& [d, x] : all) divide(t, d, x, by);
}

// Whether all lanes have the bit: of AVX-512 the mask has it, of AVX2 it is the sign of `size`. If not, there.
void instructions::unless_all(const quotients& q, const Xbyak::Xmm& size, const Xbyak::Label& there) {
  if (wide()) {
    form_.lanes == 8 ? kortestb(k(q.mask), k(q.mask)) : kortestw(k(q.mask), k(q.mask));
    return jnc(there, T_NEAR);
  }
  sign_bits(q.type, r11d, size);
  cmp(r11d, (1 << form_.lanes) - 1);
  jne(there, T_NEAR);
}

// Division by one element b without dividing: r = 1 / b, q0 = a r, e = q0 b - a, q = q0 - e r, each rounded once. It is the quotient,
// correctly rounded, where nothing over- or underflows (backends/eigen/divisor.hpp, which has the proof): where b is positive and both b
// and a are of middling size. For a that is one addition and one bit: the exponents in the middle half of all are those that a quarter more
// brings into the upper half. The bit to look at is none for other divisors, and for so few elements that dividing is done sooner.
// Of two vectors one look serves both: what has the bit in either has it in their conjunction.
void instructions::divide_by_one(dtype t, std::span<const quotient> all, int b, const step& s) {
  const Xbyak::Xmm by = reg(values_[b]);
  if (s.divides) return divide_each(t, all, by);
  const int width = bytes_of(t);
  const std::uint16_t slot = values_[b].slot;
  const auto shared = std::make_shared<quotients>();
  quotients& q = *shared;
  q.type = t;
  q.all.assign(all.begin(), all.end());
  q.by = by;
  q.shift = vec(constant(division_shift(t), t), width);
  q.middling = vec(constant(slot, t, value::derived::middling), width);
  q.inverse = vec(constant(slot, t, value::derived::reciprocal), width);
  for (const auto& [d, x] : q.all) {
    q.sizes.push_back(vec(values_.temporary(false), width));
    add(integer_of(bytes(t)), q.sizes.back(), x, q.shift);
  }
  const Xbyak::Xmm size = q.sizes.front();
  for (std::size_t v = 1; v < q.sizes.size(); ++v) vandps(size, size, q.sizes[v]);
  if (wide()) {
    q.mask = values_.temporary(true);
    test_bits(t, k(q.mask), size, q.middling);
  } else {
    shift_left(t, size, size, std::uint8_t{1});
    vandps(size, size, q.middling);
  }
  unless_all(q, size, q.rare);
  L(q.fast);
  for (const auto& [d, x] : q.all) multiply(t, d, x, q.inverse);
  for (std::size_t v = 0; v < q.all.size(); ++v) vmovaps(q.sizes[v], q.all[v].result);
  for (std::size_t v = 0; v < q.all.size(); ++v) multiply_subtract(t, q.sizes[v], q.by, q.all[v].of);
  for (std::size_t v = 0; v < q.all.size(); ++v) subtract_product(t, q.all[v].result, q.sizes[v], q.inverse);
  L(q.done);
  rare_.push_back([=, this] { divide_rare(*shared); });
}

// Zeros may go the short way as well, where the divisor allows it; else it would turn their sign, or make them NaN.
void instructions::divide_rare(quotients& q) {
  const dtype t = q.type;
  const Xbyak::Xmm size = q.sizes.front();
  Xbyak::Label divides;
  L(q.rare);
  for (const auto& [d, x] : q.all) {
    add(integer_of(bytes(t)), size, x, q.shift);
    if (wide()) {
      const Xbyak::Opmask m = k(q.mask);
      test_bits(t, m, size, q.middling);
      vxorps(size, size, size);
      knotw(m, m);
      compare(t, m | m, x, size, relation::not_equal);
      form_.lanes == 8 ? kortestb(m, m) : kortestw(m, m);
      jnz(divides, T_NEAR);
    } else {
      const Xbyak::Xmm& zero = d;  // free until it is the quotient
      shift_left(t, size, size, std::uint8_t{1});
      vandps(size, size, q.middling);
      vxorps(zero, zero, zero);
      compare(t, zero.getIdx(), x, zero, relation::equal);
      vorps(size, size, zero);
      unless_all(q, size, divides);
    }
  }
  if (wide()) {
    vptestmd(k(q.mask), q.middling, q.middling);
    kortestw(k(q.mask), k(q.mask));
  } else {
    vptest(q.middling, q.middling);
  }
  jnz(q.fast, T_NEAR);
  L(divides);
  divide_each(t, q.all, q.by);
  jmp(q.done, T_NEAR);
}

// Quotients by one element, or of differences, of as many vectors.
void instructions::quotients_by_one(std::span<const instruction> in_turn, const step& s) {
  const instruction& first = in_turn.front();
  const dtype t = first.operands;
  std::array<operands, most_in_turn> all;
  std::vector<quotient> all_quotients;
  for (std::size_t v = 0; v < in_turn.size(); ++v) {
    all[v] = begin_op(in_turn[v], s);
    const auto r = [&](int id) { return reg(values_[id]); };
    Xbyak::Xmm x = r(all[v].in[0]);
    if (first.op->id == op_id::subtract_divide) {
      const Xbyak::Xmm difference = vec(values_.temporary(false), bytes_of(t));
      subtract(t, difference, x, r(all[v].in[1]));
      x = difference;
    }
    all_quotients.push_back({r(all[v].out), x});
  }
  divide_by_one(t, all_quotients, all[0].in[static_cast<std::size_t>(divisor_of(first))], s);
  for (std::size_t v = 0; v < in_turn.size(); ++v) end_op(all[v], s);
}

// What load_single does for a divisor's reciprocal and for the bit that dividends must have which may be multiplied by it.
void instructions::load_divisor(const value& v, const Xbyak::Xmm& x) {
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

void instructions::emit_rare() {
  for (const auto& emit : rare_) emit();
  rare_.clear();
}

}  // namespace tendril::jit
