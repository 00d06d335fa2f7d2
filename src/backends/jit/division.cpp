// Division of a loop by one element, by multiplications.
#include <bit>
#include <memory>

#include "backends/jit/emitter.hpp"
#include "tendril/type.hpp"

namespace tendril::jit {
namespace {

int bytes(dtype d) { return static_cast<int>(size_of(d)); }
std::uint64_t sign_bit(dtype d) { return std::uint64_t{1} << (8 * bytes(d) - 1); }

}  // namespace

std::uint64_t division_shift(dtype d) { return bytes(d) == 8 ? std::uint64_t{512} << 52 : std::uint64_t{64} << 23; }

// Division by one element b without dividing: r = 1 / b, q0 = a r, e = q0 b - a, q = q0 - e r, each rounded once. It is the quotient,
// correctly rounded, where nothing over- or underflows (backends/eigen/divisor.hpp, which has the proof): where b is positive and both b
// and a are of middling size. For a that is one addition and one bit: the exponents in the middle half of all are those that a quarter more
// brings into the upper half. The bit to look at is none for other divisors, and for so few elements that dividing is done sooner.
void emitter::divide(dtype t, const Xbyak::Xmm& d, const Xbyak::Xmm& a, int b) {
  const bool is64 = bytes(t) == 8;
  const int width = bytes_of(t);
  const std::uint16_t slot = values_[static_cast<std::size_t>(b)].slot;
  const Xbyak::Xmm by = reg(values_[static_cast<std::size_t>(b)]);
  if (divides_) return is64 ? vdivpd(d, a, by) : vdivps(d, a, by);
  const Xbyak::Xmm size = vec(temporary(false), width);
  const Xbyak::Xmm shift = vec(constant(division_shift(t), t), width), middling = vec(constant(slot, t, value::derived::middling), width),
                   inverse = vec(constant(slot, t, value::derived::reciprocal), width);
  struct labels {
    Xbyak::Label rare, fast, done;
  };
  const auto l = std::make_shared<labels>();
  is64 ? vpaddq(size, a, shift) : vpaddd(size, a, shift);
  const int m = wide() ? temporary(true) : -1, lanes = lanes_;
  if (wide()) {
    is64 ? vptestmq(k(m), size, middling) : vptestmd(k(m), size, middling);
    lanes == 8 ? kortestb(k(m), k(m)) : kortestw(k(m), k(m));
    jnc(l->rare, T_NEAR);
  } else {
    is64 ? vpsllq(size, size, 1) : vpslld(size, size, 1);
    vandps(size, size, middling);
    is64 ? vmovmskpd(r11d, size) : vmovmskps(r11d, size);
    cmp(r11d, (1 << lanes) - 1);
    jne(l->rare, T_NEAR);
  }
  L(l->fast);
  is64 ? vmulpd(d, a, inverse) : vmulps(d, a, inverse);
  is64 ? vmovapd(size, d) : vmovaps(size, d);
  is64 ? vfmsub213pd(size, by, a) : vfmsub213ps(size, by, a);
  is64 ? vfnmadd231pd(d, size, inverse) : vfnmadd231ps(d, size, inverse);
  L(l->done);
  // Zeros may go the short way as well, where the divisor allows it; else it would turn their sign, or make them NaN.
  const bool in512 = wide();
  rare_.push_back([=, this] {
    L(l->rare);
    if (in512) {
      vxorps(size, size, size);
      knotw(k(m), k(m));
      is64 ? vcmppd(k(m) | k(m), a, size, 4) : vcmpps(k(m) | k(m), a, size, 4);
      is64 ? vdivpd(d, a, by) : vdivps(d, a, by);
      lanes == 8 ? kortestb(k(m), k(m)) : kortestw(k(m), k(m));
      jnz(l->done, T_NEAR);
      vptestmd(k(m), middling, middling);
      kortestw(k(m), k(m));
    } else {
      const Xbyak::Xmm zero = d;  // free until it is the quotient
      vxorps(zero, zero, zero);
      is64 ? vcmppd(zero, a, zero, 0) : vcmpps(zero, a, zero, 0);
      vorps(size, size, zero);
      is64 ? vmovmskpd(r11d, size) : vmovmskps(r11d, size);
      is64 ? vdivpd(d, a, by) : vdivps(d, a, by);
      cmp(r11d, (1 << lanes) - 1);
      jne(l->done, T_NEAR);
      vptest(middling, middling);
    }
    jz(l->done, T_NEAR);
    jmp(l->fast, T_NEAR);
  });
}

// What load_single does for a divisor's reciprocal and for the bit that dividends must have which may be multiplied by it.
void emitter::load_divisor(const value& v, const Xbyak::Xmm& x) {
  const bool is64 = bytes(v.type) == 8;
  const int width = bytes_of(v.type);
  const auto broadcast = [&](const Xbyak::Xmm& to, double c) {
    emitter::broadcast(to, is64 ? std::bit_cast<std::uint64_t>(c) : std::bit_cast<std::uint32_t>(static_cast<float>(c)), v.type);
  };
  value b;
  b.slot = static_cast<std::uint16_t>(v.bits);
  b.type = v.type;
  const int t = temporary(false);
  const Xbyak::Xmm other = vec(t, width);
  if (v.what == value::derived::reciprocal) {
    Xbyak::Label unused;
    cmp(r14, fewest_multiplied * lanes_);
    jle(unused, T_NEAR);
    load_single(b, t);
    broadcast(x, 1);
    is64 ? vdivpd(x, x, other) : vdivps(x, x, other);
    L(unused);
  } else {
    const double wide_divisor = is64 ? 0x1p300 : 0x1p38;
    Xbyak::Label unsuited, done;
    cmp(r14, fewest_multiplied * lanes_);
    jle(unsuited, T_NEAR);
    load_single(b, t);
    for (const bool upper : {false, true}) {
      broadcast(x, upper ? wide_divisor : 1 / wide_divisor);
      is64 ? vucomisd(Xbyak::Xmm(t), Xbyak::Xmm(x.getIdx())) : vucomiss(Xbyak::Xmm(t), Xbyak::Xmm(x.getIdx()));
      if (upper) ja(unsuited, T_NEAR);
      jp(unsuited, T_NEAR);
      if (!upper) jb(unsuited, T_NEAR);
    }
    emitter::broadcast(x, sign_bit(v.type) >> (wide() ? 1 : 0), v.type);
    jmp(done, T_NEAR);
    L(unsuited);
    vxorps(x, x, x);
    L(done);
  }
  release();
}

}  // namespace tendril::jit
