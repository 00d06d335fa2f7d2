// Truth values: comparisons, logic, what chooses by them; and conversions.
#include "backends/jit/instructions.hpp"

#include <limits>

namespace tendril::jit {
namespace {

relation relation_of(op_id id) {
  switch (id) {
    case op_id::equal: return relation::equal;
    case op_id::not_equal: return relation::not_equal;
    case op_id::less: return relation::less;
    case op_id::less_equal: return relation::less_equal;
    case op_id::greater: return relation::greater;
    default: return relation::greater_equal;
  }
}

}  // namespace

// A comparison that one `and` reads alone is made where the other side holds, which leaves nothing to do for the `and`.
void instructions::merge_conditions(std::span<const instruction> list) {
  for (const instruction& i : list) {
    if (!wide() || i.op->id != op_id::logical_and || i.in[0] == i.in[1]) continue;
    int first = values_.find(i.in[0]), last = values_.find(i.in[1]);
    if (values_[last].made < values_[first].made) std::swap(first, last);
    value& v = values_[last];
    if (v.from != value::origin::computed || v.stored || v.uses.size() != 1) continue;
    const instruction& maker = list[static_cast<std::size_t>(v.made)];
    if (maker.op->is(trait::comparison) && maker.operands != dtype::bool_) v.within = first;
  }
}

// Not d, with AVX2.
void instructions::invert(const Xbyak::Xmm& d) {
  const Xbyak::Xmm ones = like(d, values_.temporary(false));
  vpcmpeqd(ones, ones, ones);
  vpxor(d, d, ones);
}

void instructions::logic(op_id id, const value& result, const operand_values& in) {
  const value &first = values_[in[0]], &last = values_[in[in.size() - 1]];
  if (wide()) {
    const Xbyak::Opmask d = k(result.reg), a = k(first.reg), b = k(last.reg);
    if (id == op_id::logical_and) {
      if (!first.narrowed && !last.narrowed) kandw(d, a, b);
    } else if (id == op_id::logical_or) korw(d, a, b);
    else if (id == op_id::logical_not) knotw(d, a);
    else if (id == op_id::equal) kxnorw(d, a, b);
    else kxorw(d, a, b);
    return;
  }
  const Xbyak::Xmm d = reg(result), a = reg(first), b = reg(last);
  if (id == op_id::logical_and) vpand(d, a, b);
  else if (id == op_id::logical_or) vpor(d, a, b);
  else if (id == op_id::logical_not) {
    const Xbyak::Xmm ones = like(d, values_.temporary(false));
    vpcmpeqd(ones, ones, ones);
    vpxor(d, a, ones);
  } else if (id == op_id::equal) vpcmpeqd(d, a, b);
  else vpxor(d, a, b);
}

// isnan and isfinite
void instructions::finiteness(const instruction& i, const value& result, const Xbyak::Xmm& a) {
  const dtype t = i.operands;
  const bool nan = i.op->id == op_id::isnan;
  if (real(t) && nan) return compare(t, result.reg, a, a, relation::unordered);
  if (wide()) {
    const Xbyak::Opmask d = k(result.reg);
    if (!real(t)) return nan ? kxorw(d, d, d) : kxnorw(d, d, d);
    constexpr std::uint8_t nan_or_infinite = 0x99;
    classify(t, d, a, nan_or_infinite);
    if (!result.opposite) knotw(d, d);
    return;
  }
  const Xbyak::Xmm d = reg(result);
  if (!real(t)) return nan ? vpxor(d, d, d) : vpcmpeqd(d, d, d);
  const Xbyak::Xmm positive = vec(constant(magnitude_bits(t), t), bytes_of(t)),
                   infinity = vec(constant(bits_of(t, std::numeric_limits<double>::infinity()), t), bytes_of(t));
  vandps(d, a, positive);
  compare(t, result.reg, d, infinity, relation::less);
}

// Integers with AVX2, which knows equal and greater.
void instructions::compare_by_lanes(op_id id, dtype t, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Xmm& b) {
  if (id == op_id::equal || id == op_id::not_equal) lanes_equal(t, d, a, b);
  else if (id == op_id::greater || id == op_id::less_equal) lanes_greater(t, d, a, b);
  else lanes_greater(t, d, b, a);
  if (id == op_id::not_equal || id == op_id::less_equal || id == op_id::greater_equal) invert(d);
}

void instructions::comparison(const instruction& i, int out, const operand_values& in) {
  const dtype t = i.operands;
  const op_id id = i.op->id;
  value& result = values_[out];
  if (t == dtype::bool_) return logic(id, result, in);
  const Xbyak::Xmm a = reg(values_[in[0]]), b = reg(values_[in[in.size() - 1]]);
  if (id == op_id::isnan || id == op_id::isfinite) return finiteness(i, result, a);
  const relation how = relation_of(id);
  if (wide()) {
    const int other = result.within >= 0 ? values_[result.within].reg : -1;
    result.narrowed = other >= 0;
    return compare(t, result.narrowed ? k(result.reg) | k(other) : k(result.reg), a, b, how);
  }
  real(t) ? compare(t, result.reg, a, b, how) : compare_by_lanes(id, t, reg(result), a, b);
}

// Whether it is not 0.
void instructions::convert_to_truth(const instruction& i, const value& result, const value& from) {
  const dtype t = i.operands;
  const Xbyak::Xmm zero = vec(values_.temporary(false), bytes_of(t)), a = reg(from);
  vxorps(zero, zero, zero);
  if (wide() || real(t)) return compare(t, result.reg, a, zero, relation::not_equal);
  const Xbyak::Xmm d = reg(result);
  lanes_equal(t, d, a, zero);
  vpcmpeqd(zero, zero, zero);
  vpxor(d, d, zero);
}

// Real to integer truncates; what does not fit gives the most negative number, as the block kernels' conversions do.
void instructions::convert(const instruction& i, int out, int in) {
  const dtype from = i.operands, to = i.result;
  const value &v = values_[in], &result = values_[out];
  if (from == to) {
    result.mask ? kmovw(k(result.reg), k(v.reg)) : vmovaps(reg(result), reg(v));
    return;
  }
  if (to == dtype::bool_) return convert_to_truth(i, result, v);
  const Xbyak::Xmm d = reg(result);
  if (from == dtype::bool_) {
    const Xbyak::Xmm one = vec(constant(bits_of(to, 1), to), bytes_of(to));
    if (wide()) copy(to, d | k(v.reg) | T_z, one);
    else vandps(d, one, vec(v.reg, bytes_of(to)));
    return;
  }
  const Xbyak::Xmm a = reg(v);
  using enum dtype;
  const auto is = [&](dtype f, dtype t) { return from == f && to == t; };
  if (is(float32, int32)) vcvttps2dq(d, a);
  else if (is(int32, float32)) vcvtdq2ps(d, a);
  else if (is(float64, int64)) vcvttpd2qq(d, a);
  else if (is(int64, float64)) vcvtqq2pd(d, a);
  else if (is(float32, float64)) vcvtps2pd(d, a);
  else if (is(float64, float32)) vcvtpd2ps(d, a);
  else if (is(float32, int64)) vcvttps2qq(d, a);
  else if (is(float64, int32)) vcvttpd2dq(d, a);
  else if (is(int32, float64)) vcvtdq2pd(d, a);
  else if (is(int64, float32)) vcvtqq2ps(d, a);
  else if (is(int32, int64)) vpmovsxdq(d, a);
  else vpmovqd(d, a);
}

}  // namespace tendril::jit
