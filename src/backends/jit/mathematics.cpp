// Elementary functions inside loops: the operations of the block kernels (backends/eigen/math.hpp), one for one, so that the bits are
// theirs.
//
// AVX-512 has instructions that scale by powers of two and take numbers apart; with AVX2 integer operations do that, as in the kernels.
#include "backends/jit/mathematics.hpp"

#include <algorithm>
#include <limits>

#include <tendril/detail/with_dtype.hpp>

namespace tendril::jit {
namespace {

template <class T>
constexpr T log2_e = static_cast<T>(1.4426950408889634074);
template <class T>
constexpr T log_2 = static_cast<T>(0.69314718055994530942);

}  // namespace

bool instructions::is_mathematics(op_id id) {
  switch (id) {
    case op_id::exp:
    case op_id::exp2:
    case op_id::subtract_exp:
    case op_id::sigmoid:
    case op_id::log:
    case op_id::tanh:
    case op_id::erf:
    case op_id::gelu_tanh: return true;
    default: return false;
  }
}

const instructions::function_needs& instructions::needs_of(op_id id, dtype t) {
  const auto [at, unknown] = needs_.try_emplace({id, t});
  if (unknown)
    at->second.registers = detail::with_dtype<dtype_kind::real>(t, [&]<class T>(T) {
      mathematics<T> m(*this, 1, &at->second.constants);
      m.write(id, {}, {}, {}, {});
      return m.registers();
    });
  return at->second;
}

void instructions::write_function(op_id id, dtype t, int vectors, const pack& d, const std::array<pack, 3>& in) {
  detail::with_dtype<dtype_kind::real>(t, [&]<class T>(T) { mathematics<T>(*this, vectors).write(id, d, in[0], in[1], in[2]); });
}

// The constant of the slot times -log2 e.
void instructions::load_exponent(const value& v, const Xbyak::Xmm& x) {
  value c;
  c.slot = static_cast<std::uint16_t>(v.bits);
  c.type = v.type;
  load_single(c, x.getIdx());
  const std::uint64_t factor = std::bit_cast<std::uint32_t>(-log2_e<float>);
  vmulps(x, x, wide() ? ptr_b[rip + constants_.number(factor)] : ptr[rip + constants_.vector_of_one(factor, sizeof(float))]);
}

template <class T>
void instructions::mathematics<T>::write(op_id id, const pack& d, const pack& x, const pack& y, const pack& z) {
  switch (id) {
    case op_id::log: return log(d, x);
    case op_id::exp2: return exp2(d, x);
    case op_id::sigmoid: return sigmoid(d, x);
    case op_id::tanh: return tanh(d, x);
    case op_id::erf: return erf(d, x);
    case op_id::gelu_tanh: return gelu_tanh(d, x, y, z);
    case op_id::exp: return exp(d, x);
    default: break;
  }
  const pack difference = fresh();
  subtract(difference, x, y);
  exp(d, difference);
}

// d = e^x
template <class T>
void instructions::mathematics<T>::exp(const pack& d, const pack& x, argument is) {
  const pack r = fresh(), p = fresh();
  if (is == argument::any) at_most(r, F::exp_high, x, p);
  at_least(r, F::exp_low, is == argument::any ? r : x, p);
  exp_in_place(is, d, r, p);
}

// d = e^r; r and p are overwritten and given back.
template <class T>
void instructions::mathematics<T>::exp_in_place(argument is, const pack& d, const pack& r, const pack& p) {
  set(d, F::magic);
  add_product(d, r, log2_e<T>);
  const pack n = e_.wide() ? d : fresh();
  subtract(n, d, F::magic);
  add_product(r, n, -F::ln2_high);
  add_product(r, n, -F::ln2_low);
  if (!e_.wide()) done(n);
  scaled_power(is, d, r, p);
}

// d = 2^x
template <class T>
void instructions::mathematics<T>::exp2(const pack& d, const pack& x) {
  const pack r = fresh(), p = fresh();
  at_most(r, F::exp2_high, x, p);
  at_least(r, F::exp2_low, r, p);
  add(d, r, F::magic);
  const pack n = e_.wide() ? d : p;
  subtract(n, d, F::magic);
  subtract(r, r, n);
  multiply(r, r, log_2<T>);
  scaled_power(argument::any, d, r, p);
}

// d = e^r 2^n, where d is n, or with AVX2 n + magic.
template <class T>
void instructions::mathematics<T>::scaled_power(argument is, const pack& d, const pack& r, const pack& p) {
  const pack square = fresh();
  multiply(square, r, r);
  polynomial(p, r, F::exp);
  multiply_add(p, square, r);
  add(p, p, T(1));
  scale(is, d, p, square);
  done(square), done(p), done(r);
}

// d = p 2^n, where d is n, or with AVX2 n + magic.
template <class T>
void instructions::mathematics<T>::scale(argument is, const pack& d, const pack& p, const pack& half) {
  if (e_.wide()) return scale_by_power(d, p, d);
  const bool moderate = is == argument::moderate;
  if (!moderate) {
    shift_right(half, d, 1);
    subtract_bits(d, d, half);
    shift_left(half, half, F::mantissa);
    add_bits(half, half, T(1));
    multiply(p, p, half);
  }
  shift_left(d, d, F::mantissa);
  add_bits(d, d, T(1));
  multiply(d, p, d);
}

// d = log x
template <class T>
void instructions::mathematics<T>::log(const pack& d, const pack& x) {
  const pack f = fresh(), m = fresh_mask();
  if (e_.wide()) {
    // x = 2^d (1 + f); the instructions know the special cases
    constexpr std::uint8_t mantissa = 8;  // in [1, 2); NaN below 0
    constexpr T root_of_two = static_cast<T>(1.4142135623730951);
    for (int v = 0; v < turns(); ++v) e_.mantissa(type, reg(f[v]), reg(x[v]), mantissa);
    for (int v = 0; v < turns(); ++v) e_.exponent(type, reg(d[v]), reg(x[v]));
    compare(m, f, root_of_two, relation::greater);
    each(T(1), [&](int v, const Xbyak::Operand& one) { e_.add(type, reg(d[v]) | e_.k(m[v]), reg(d[v]), one); });
    each(T(0.5), [&](int v, const Xbyak::Operand& half) { e_.multiply(type, reg(f[v]) | e_.k(m[v]), reg(f[v]), half); });
    subtract(f, f, T(1));
    return log_of_parts(d, f);
  }
  constexpr int up = F::mantissa + 2;
  constexpr bits one = std::bit_cast<bits>(T(1)), exponents = std::bit_cast<bits>(F::magic) - bits(F::bias);
  compare(m, x, std::numeric_limits<T>::min(), relation::less);
  multiply(f, x, static_cast<T>(std::int64_t{1} << up));
  blend(f, m, f, x);
  add_bits(f, f, one - F::sqrt_half);
  // the exponent as a number: set the bits of magic + d, take magic away
  const pack offset = fresh();
  shift_right(d, f, F::mantissa);
  add_bits(d, d, exponents);
  set(offset, F::magic);
  blend(offset, m, F::magic + up, offset);
  subtract(d, d, offset);
  done(offset);
  bit_and(f, f, (bits{1} << F::mantissa) - 1);
  add_bits(f, f, F::sqrt_half);
  subtract(f, f, T(1));
  log_of_parts(d, f);
  constexpr T infinity = std::numeric_limits<T>::infinity();
  compare(m, x, T(0), relation::equal);
  blend(d, m, -infinity, d);
  compare(m, x, T(0), relation::less);
  blend(d, m, std::numeric_limits<T>::quiet_NaN(), d);
  compare(m, x, infinity, relation::less);
  blend(d, m, d, x);
}

// d = d log 2 + log(1 + f)
template <class T>
void instructions::mathematics<T>::log_of_parts(const pack& d, const pack& f) {
  const pack s = fresh(), z = fresh(), p = fresh(), half = fresh();
  add(s, f, T(2));
  divide(s, f, s);
  multiply(z, s, s);
  multiply(half, f, T(0.5));
  multiply(half, half, f);
  polynomial(p, z, F::log);
  multiply(p, z, p);
  // d log 2 + (f - (half - (s (half + p) + d log 2's low part)))
  add(p, half, p);
  multiply(z, d, F::log_ln2_low);
  multiply_add(s, p, z);
  subtract(half, half, s);
  subtract(f, f, half);
  multiply(d, d, F::log_ln2_high);
  add(d, d, f);
  done(half), done(p), done(z), done(s), done(f);
}

// d = 1 / (1 + e^-x)
template <class T>
void instructions::mathematics<T>::sigmoid(const pack& d, const pack& x) {
  const pack e = fresh(), sum = fresh();
  bit_or(sum, x, T(-0.));
  exp(e, sum, argument::negative);
  add(sum, e, T(1));
  const pack positive = fresh_mask();
  compare(positive, x, T(0), relation::greater_equal);
  blend(d, positive, T(1), e);
  done_mask(positive);
  divide(d, d, sum);
  // times 1 + what the sum gained in rounding
  subtract(sum, sum, T(1));
  subtract(e, sum, e);
  multiply_add(e, d, d);
  set(d, e);
  done(e), done(sum);
}

template <class T>
void instructions::mathematics<T>::tanh(const pack& d, const pack& x) {
  constexpr bits rest = std::bit_cast<bits>(T(-0.)) - 1;
  const pack a = fresh(), z = fresh();
  bit_and(a, x, rest);
  at_most(a, F::tanh_most, a, d);
  {
    const pack twice = fresh(), p = fresh();
    add(twice, a, a);
    exp_in_place(argument::moderate, d, twice, p);
  }
  multiply(z, a, a);
  add(d, d, T(1));
  const pack p = fresh(), large = fresh_mask();
  compare(large, a, T(0.625), relation::not_less);
  if constexpr (!is64) {
    polynomial(p, z, F::tanh);
    multiply(p, p, z);
    multiply_add(p, a, a);
    set(z, T(2));
    divide(d, z, d);
    set(z, T(1));
    subtract(d, z, d);
    blend(d, large, d, p);
  } else {
    const pack q = fresh();
    polynomial(p, z, F::tanh_above);
    blend(p, large, T(2), p);
    polynomial(q, z, F::tanh_below);
    blend(q, large, d, q);
    divide(p, p, q);
    multiply(z, a, z);
    multiply_add(z, p, a);
    set(d, T(1));
    subtract(d, d, p);
    blend(d, large, d, z);
    done(q);
  }
  done(p), done_mask(large), done(a);
  copy_sign(d, x, z);
  done(z);
}

template <class T>
void instructions::mathematics<T>::erf(const pack& d, const pack& x) {
  constexpr bits rest = std::bit_cast<bits>(T(-0.)) - 1;
  const pack a = fresh(), z = fresh();
  bit_and(a, x, rest);
  at_most(a, F::erf_most, a, d);
  {
    const pack power = fresh(), p = fresh();
    if constexpr (!is64) {
      polynomial(power, a, F::erf_far);
    } else {
      multiply(z, a, a);
      bit_xor(power, z, T(-0.));
    }
    exp_in_place(argument::moderate, d, power, p);
  }
  const pack large = fresh_mask();
  compare(large, a, T(1), relation::not_less);
  if constexpr (!is64) {
    const pack p = fresh();
    multiply(z, a, a);
    polynomial(p, z, F::erf_near);
    multiply_add(p, a, a);
    set(z, T(1));
    subtract(d, z, d);
    blend(d, large, d, p);
    done(p);
  } else {
    const pack p = fresh(), q = fresh();
    polynomial(p, a, F::erf_far_above);
    multiply(d, d, p);
    polynomial(p, z, F::erf_near_above);
    blend(d, large, d, p);
    polynomial(q, a, F::erf_far_below);
    polynomial(p, z, F::erf_near_below);
    blend(q, large, q, p);
    divide(p, d, q);
    set(d, T(1));
    subtract(d, d, p);
    multiply_add(p, a, a);
    blend(d, large, d, p);
    // products of NaNs take the sign of either: x itself
    compare(large, x, x, relation::unordered);
    blend(d, large, x, d);
    done(q), done(p);
  }
  done_mask(large), done(a);
  copy_sign(d, x, z);
  done(z);
}

// d = x sigmoid(x (c1 + c2 x^2)), -0 for -infinity; of float c1 and c2 are times -log2 e.
template <class T>
void instructions::mathematics<T>::gelu_tanh(const pack& d, const pack& x, const pack& c1, const pack& c2) {
  const pack v = fresh();
  multiply(v, x, x);
  if constexpr (is64) {
    multiply_add(v, c2, c1);
    multiply(v, x, v);
    sigmoid(d, v);
    const pack nan = fresh_mask(), spare = fresh();
    at_least(v, std::numeric_limits<T>::lowest(), x, spare);  // infinity times nothing would be NaN
    multiply(d, v, d);
    done(spare);
    compare(nan, x, x, relation::unordered);
    blend(d, nan, x, d);
    done_mask(nan), done(v);
  } else {
    constexpr T most = F::gelu_most;
    const pack p = fresh(), half = fresh();
    multiply_add(v, c2, c1);
    multiply(v, v, x);
    if (e_.wide()) {
      each(most, [&](int k, const Xbyak::Operand& bound) {
        e_.range(type, reg(v[k]), reg(v[k]), bound, std::uint8_t{2});
      });  // the nearer to zero
    } else {
      at_most(v, most, v, p);
      at_least(v, -most, v, p);
    }
    add(d, v, F::magic);
    subtract(p, d, F::magic);
    subtract(v, v, p);
    if (e_.wide()) set(d, p);
    polynomial(p, v, F::power);
    scale(argument::any, d, p, half);
    add(d, d, T(1));
    at_least(v, std::numeric_limits<T>::lowest(), x, p);
    divide(d, v, d);
    done(half), done(p), done(v);
  }
}

// p = c[0] + c[1] x + ... + c[N - 1] x^(N - 1), begun as math.hpp does.
template <class T>
template <std::size_t N>
void instructions::mathematics<T>::polynomial(const pack& p, const pack& x, const T (&c)[N]) {
  std::size_t i = N - 2;
  if (c[N - 1] == 1) {
    add(p, x, c[i]);
  } else {
    set(p, c[N - 1] == -1 ? c[i] : c[N - 1]);
    c[N - 1] == -1 ? subtract(p, p, x) : multiply_add(p, x, c[i]);
  }
  while (i-- > 0) multiply_add(p, x, c[i]);
}

template <class T>
void instructions::mathematics<T>::set(const pack& d, const operand& c) {
  if (!wanted_ && !c.registers && held(c.constant) < 0) {
    for (int v = 0; v < vectors_; ++v) e_.broadcast(reg(d[v]), c.constant, type);
    return;
  }
  each(c, [&](int v, const Xbyak::Operand& from) { e_.vmovaps(reg(d[v]), from); });
}

// The sign of x to d, which is not negative.
template <class T>
void instructions::mathematics<T>::copy_sign(const pack& d, const pack& x, const pack& spare) {
  constexpr std::uint8_t or_of_and = 0xf8;
  if (e_.wide()) return each(T(-0.), [&](int v, const Xbyak::Operand& sign) { e_.join_bits(type, reg(d[v]), reg(x[v]), sign, or_of_and); });
  bit_and(spare, x, T(-0.));
  bit_or(d, d, spare);
}

template <class T>
template <class Function>
void instructions::mathematics<T>::bound(T c, const pack& spare, Function f) {
  const std::uint64_t constant = std::bit_cast<bits>(c);
  if (wanted_) return want(constant);
  int limit = held(constant);
  if (limit < 0) e_.broadcast(reg(limit = spare[0]), constant, type);
  for (int v = 0; v < vectors_; ++v) f(v, reg(limit));
}

template <class T>
void instructions::mathematics<T>::compare(const pack& mask, const pack& a, const operand& b, relation r) {
  each(b, [&](int v, const Xbyak::Operand& other) { e_.compare(type, mask[v], reg(a[v]), other, r); });
}

template <class T>
void instructions::mathematics<T>::blend(const pack& d, const pack& mask, const operand& yes, const pack& no) {
  each(yes, [&](int v, const Xbyak::Operand& other) { e_.blend(type, mask[v], reg(d[v]), other, reg(no[v])); });
}

template <class T>
instructions::pack instructions::mathematics<T>::fresh() {
  most_ = std::max(most_, ++live_);
  pack p{};
  for (int v = 0; v < vectors_ && !wanted_; ++v) p[v] = e_.values_.temporary(false);
  return p;
}

template <class T>
instructions::pack instructions::mathematics<T>::fresh_mask() {
  if (!e_.wide()) return fresh();
  pack p{};
  for (int v = 0; v < vectors_ && !wanted_; ++v) p[v] = e_.values_.temporary(true);
  return p;
}

template <class T>
void instructions::mathematics<T>::done(const pack& p) {
  --live_;
  for (int v = 0; v < vectors_ && !wanted_; ++v) e_.values_.give_back(p[v]);
}

}  // namespace tendril::jit
