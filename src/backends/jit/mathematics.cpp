// Elementary functions inside loops: the operations of the block kernels (backends/eigen/math.hpp), one for one, so that the bits are
// theirs.
//
// With AVX-512 only, whose instructions scale by powers of two and take numbers apart. Constants that have no register are read from
// memory by the instruction that needs them.
#include <bit>

#include "backends/eigen/constants.hpp"
#include "backends/jit/emitter.hpp"
#include "tendril/type.hpp"

namespace tendril::jit {
namespace {

std::uint64_t bits_of(dtype t, double x) {
  return t == dtype::float32 ? std::bit_cast<std::uint32_t>(static_cast<float>(x)) : std::bit_cast<std::uint64_t>(x);
}

// f(constants of the dtype).
template <class F>
void with_format(dtype t, F f) {
  if (t == dtype::float32) f(detail::format<float>{});
  else f(detail::format<double>{});
}

constexpr double log2_e = 1.4426950408889634074, log_2 = 0.69314718055994530942, root_of_two = 1.4142135623730951;

}  // namespace

bool emitter::is_mathematics(op_id id) {
  switch (id) {
    case op_id::exp:
    case op_id::exp2:
    case op_id::subtract_exp:
    case op_id::sigmoid:
    case op_id::log: return true;
    default: return false;
  }
}

void emitter::mathematical_constants(op_id id, dtype t, constant_list& out) {
  const auto add = [&](double x) { out.emplace_back(bits_of(t, x), t); };
  with_format(t, [&](auto format) {
    if (id == op_id::log) {
      for (const double x : {1., root_of_two, 0.5, 2., double{format.log_ln2_low}, double{format.log_ln2_high}}) add(x);
      for (const auto c : format.log) add(c);
      return;
    }
    for (const auto c : format.exp) add(c);
    for (const double x : {1., double{format.magic}}) add(x);
    if (id == op_id::exp2) {
      for (const double x : {double{format.exp2_high}, double{format.exp2_low}, log_2}) add(x);
    } else {
      for (const double x : {double{format.exp_low}, log2_e, double{-format.ln2_high}, double{-format.ln2_low}}) add(x);
      add(id == op_id::sigmoid ? -0. : double{format.exp_high});
    }
  });
}

void emitter::mathematics(op_id id, dtype t, const Xbyak::Xmm& d, const Xbyak::Xmm& x) {
  switch (id) {
    case op_id::log: return logarithm(t, d, x);
    case op_id::exp2: return power_of_two(t, d, x);
    case op_id::sigmoid: return sigmoid(t, d, x);
    default: return exponential(t, d, x);
  }
}

// f(the constant as an operand): its register, or memory that is broadcast.
template <class F>
void emitter::with_constant(std::uint64_t bits, dtype t, F f) {
  const value& v = values_[static_cast<std::size_t>(find_constant(bits, t))];
  if (v.reg >= 0) f(reg(v));
  else f(ptr_b[rip + pool_[bits]]);
}

void emitter::set_constant(const Xbyak::Xmm& to, std::uint64_t bits, dtype t) {
  const value& v = values_[static_cast<std::size_t>(find_constant(bits, t))];
  if (v.reg >= 0) return vmovaps(to, reg(v));
  broadcast(to, bits, t);
}

// Its register, or else this one.
Xbyak::Xmm emitter::in_register(std::uint64_t bits, dtype t, const Xbyak::Xmm& other) {
  const value& v = values_[static_cast<std::size_t>(find_constant(bits, t))];
  if (v.reg >= 0) return reg(v);
  broadcast(other, bits, t);
  return other;
}

// p = c[0] + c[1] x + ... + c[N - 1] x^(N - 1)
template <class T, std::size_t N>
void emitter::polynomial(dtype t, const Xbyak::Xmm& p, const Xbyak::Xmm& x, const T (&c)[N]) {
  set_constant(p, bits_of(t, c[N - 1]), t);
  for (std::size_t i = N - 1; i-- > 0;)
    with_constant(bits_of(t, c[i]), t, [&](const auto& a) { sizeof(T) == 8 ? vfmadd213pd(p, x, a) : vfmadd213ps(p, x, a); });
}

// d = e^x; `negative`: x is known not to be positive.
void emitter::exponential(dtype t, const Xbyak::Xmm& d, const Xbyak::Xmm& x, bool negative) {
  const bool is64 = t == dtype::float64;
  const int width = bytes_of(t);
  const Xbyak::Xmm r = vec(temporary(false), width), other = vec(temporary(false), width);
  const auto with = [&](double c, auto f) { with_constant(bits_of(t, c), t, f); };
  with_format(t, [&](auto format) {
    limit(t, r, x, format.exp_low, negative ? nullptr : &format.exp_high, other);
    // n: the integer nearest to r / log 2
    set_constant(d, bits_of(t, format.magic), t);
    with(log2_e, [&](const auto& c) { is64 ? vfmadd231pd(d, r, c) : vfmadd231ps(d, r, c); });
    with(format.magic, [&](const auto& c) { is64 ? vsubpd(d, d, c) : vsubps(d, d, c); });
    for (const double part : {double{-format.ln2_high}, double{-format.ln2_low}})
      with(part, [&](const auto& c) { is64 ? vfmadd231pd(r, d, c) : vfmadd231ps(r, d, c); });
  });
  scaled_power(t, d, r, other);
}

// d = 2^x
void emitter::power_of_two(dtype t, const Xbyak::Xmm& d, const Xbyak::Xmm& x) {
  const bool is64 = t == dtype::float64;
  const int width = bytes_of(t);
  const Xbyak::Xmm r = vec(temporary(false), width), other = vec(temporary(false), width);
  const auto with = [&](double c, auto f) { with_constant(bits_of(t, c), t, f); };
  with_format(t, [&](auto format) {
    limit(t, r, x, format.exp2_low, &format.exp2_high, other);
    with(format.magic, [&](const auto& c) { is64 ? vaddpd(d, r, c) : vaddps(d, r, c); });
    with(format.magic, [&](const auto& c) { is64 ? vsubpd(d, d, c) : vsubps(d, d, c); });
    is64 ? vsubpd(r, r, d) : vsubps(r, r, d);
    with(log_2, [&](const auto& c) { is64 ? vmulpd(r, r, c) : vmulps(r, r, c); });
  });
  scaled_power(t, d, r, other);
}

// d = 1 / (1 + e^-x)
void emitter::sigmoid(dtype t, const Xbyak::Xmm& d, const Xbyak::Xmm& x) {
  constexpr std::uint8_t not_less = 29;
  const bool is64 = t == dtype::float64;
  const int width = bytes_of(t);
  const Xbyak::Xmm e = vec(temporary(false), width), sum = vec(temporary(false), width), above = vec(temporary(false), width);
  const Xbyak::Opmask positive = k(temporary(true));
  const auto with = [&](double c, auto f) { with_constant(bits_of(t, c), t, f); };
  with(-0., [&](const auto& c) { is64 ? vorpd(sum, x, c) : vorps(sum, x, c); });
  exponential(t, e, sum, true);
  vxorps(sum, sum, sum);
  is64 ? vcmppd(positive, x, sum, not_less) : vcmpps(positive, x, sum, not_less);
  with(1, [&](const auto& c) { is64 ? vaddpd(sum, e, c) : vaddps(sum, e, c); });
  vmovaps(d, e);
  with(1, [&](const auto& c) { is64 ? vblendmpd(d | positive, e, c) : vblendmps(d | positive, e, c); });
  is64 ? vdivpd(d, d, sum) : vdivps(d, d, sum);
  // times 1 + what the sum gained in rounding
  with(1, [&](const auto& c) { is64 ? vsubpd(above, sum, c) : vsubps(above, sum, c); });
  is64 ? vsubpd(above, above, e) : vsubps(above, above, e);
  is64 ? vfmadd213pd(above, d, d) : vfmadd213ps(above, d, d);
  vmovaps(d, above);
}

// r = x within bounds; NaN stays, being the second operand.
template <class T>
void emitter::limit(dtype t, const Xbyak::Xmm& r, const Xbyak::Xmm& x, T low, const T* high, const Xbyak::Xmm& other) {
  const bool is64 = t == dtype::float64;
  if (high) {
    const Xbyak::Xmm most = in_register(bits_of(t, *high), t, r);
    is64 ? vminpd(r, most, x) : vminps(r, most, x);
  }
  const Xbyak::Xmm least = in_register(bits_of(t, low), t, other), &of = high ? r : x;
  is64 ? vmaxpd(r, least, of) : vmaxps(r, least, of);
}

// d = e^r 2^d
void emitter::scaled_power(dtype t, const Xbyak::Xmm& d, const Xbyak::Xmm& r, const Xbyak::Xmm& p) {
  const bool is64 = t == dtype::float64;
  const Xbyak::Xmm square = vec(temporary(false), bytes_of(t));
  is64 ? vmulpd(square, r, r) : vmulps(square, r, r);
  with_format(t, [&](auto format) { polynomial(t, p, r, format.exp); });
  is64 ? vfmadd213pd(p, square, r) : vfmadd213ps(p, square, r);
  with_constant(bits_of(t, 1), t, [&](const auto& c) { is64 ? vaddpd(p, p, c) : vaddps(p, p, c); });
  is64 ? vscalefpd(d, p, d) : vscalefps(d, p, d);
}

// d = log x
void emitter::logarithm(dtype t, const Xbyak::Xmm& d, const Xbyak::Xmm& x) {
  constexpr std::uint8_t mantissa = 8;  // in [1, 2); NaN below 0
  constexpr std::uint8_t greater = 30;
  const bool is64 = t == dtype::float64;
  const int width = bytes_of(t);
  const Xbyak::Xmm f = vec(temporary(false), width), s = vec(temporary(false), width), z = vec(temporary(false), width),
                   p = vec(temporary(false), width), half = vec(temporary(false), width);
  const Xbyak::Opmask high = k(temporary(true));
  const auto with = [&](double c, auto g) { with_constant(bits_of(t, c), t, g); };
  with_format(t, [&](auto format) {
    // x = 2^d (1 + f)
    is64 ? vgetmantpd(f, x, mantissa) : vgetmantps(f, x, mantissa);
    is64 ? vgetexppd(d, x) : vgetexpps(d, x);
    with(root_of_two, [&](const auto& c) { is64 ? vcmppd(high, f, c, greater) : vcmpps(high, f, c, greater); });
    with(1, [&](const auto& c) { is64 ? vaddpd(d | high, d, c) : vaddps(d | high, d, c); });
    with(0.5, [&](const auto& c) { is64 ? vmulpd(f | high, f, c) : vmulps(f | high, f, c); });
    with(1, [&](const auto& c) { is64 ? vsubpd(f, f, c) : vsubps(f, f, c); });
    with(2, [&](const auto& c) { is64 ? vaddpd(s, f, c) : vaddps(s, f, c); });
    is64 ? vdivpd(s, f, s) : vdivps(s, f, s);
    is64 ? vmulpd(z, s, s) : vmulps(z, s, s);
    with(0.5, [&](const auto& c) { is64 ? vmulpd(half, f, c) : vmulps(half, f, c); });
    is64 ? vmulpd(half, half, f) : vmulps(half, half, f);
    polynomial(t, p, z, format.log);
    is64 ? vmulpd(p, z, p) : vmulps(p, z, p);
    // d log 2 + (f - (half - (s (half + p) + d log 2's low part)))
    is64 ? vaddpd(p, half, p) : vaddps(p, half, p);
    with(format.log_ln2_low, [&](const auto& c) { is64 ? vmulpd(z, d, c) : vmulps(z, d, c); });
    is64 ? vfmadd213pd(s, p, z) : vfmadd213ps(s, p, z);
    is64 ? vsubpd(half, half, s) : vsubps(half, half, s);
    is64 ? vsubpd(f, f, half) : vsubps(f, f, half);
    with(format.log_ln2_high, [&](const auto& c) { is64 ? vmulpd(d, d, c) : vmulps(d, d, c); });
    is64 ? vaddpd(d, d, f) : vaddps(d, d, f);
  });
}

}  // namespace tendril::jit
