// What each op is in instructions.
#include <bit>
#include <limits>

#include <tendril/detail/with_dtype.hpp>

#include "array/convert.hpp"
#include "backends/jit/emitter.hpp"
#include "tendril/error.hpp"
#include "tendril/type.hpp"

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
// Of rounding, without the inexact exception.
std::uint8_t mode_of(op_id id) {
  switch (id) {
    case op_id::floor: return 0x09;
    case op_id::ceil: return 0x0a;
    case op_id::trunc: return 0x0b;
    default: return 0x08;  // to nearest, of two the even one
  }
}

// One instruction that reads all its operands before it writes: the result may take the register of an operand.
bool reads_first(const op_record& op, dtype d) {
  switch (op.id) {
    case op_id::add:
    case op_id::subtract:
    case op_id::multiply:
    case op_id::divide:
    case op_id::square:
    case op_id::sqrt:
    case op_id::floor:
    case op_id::ceil:
    case op_id::round:
    case op_id::trunc: return true;
    case op_id::abs:
    case op_id::negative: return real(d);
    default: return op.is(trait::bitwise);
  }
}

}  // namespace

bool emitter::emits(engine::isa isa, const instruction& i) {
  const bool wide = isa == engine::isa::avx512;
  const dtype d = i.operands;
  if (!in_registers(d) || !in_registers(i.result)) return false;
  if (is_mathematics(i.op->id)) return real(d);
  if (i.op->is(trait::bitwise)) return d != dtype::bool_ && (wide || bytes(d) == 4 || i.op->id != op_id::bitwise_right_shift);
  switch (i.op->id) {
    case op_id::positive:
    case op_id::add:
    case op_id::subtract:
    case op_id::negative:
    case op_id::abs:
    case op_id::floor:
    case op_id::ceil:
    case op_id::round:
    case op_id::trunc:
    case op_id::maximum:
    case op_id::minimum:
    case op_id::clip:
    case op_id::less:
    case op_id::less_equal:
    case op_id::greater:
    case op_id::greater_equal:
    case op_id::isfinite:
    case op_id::isnan: return d != dtype::bool_;
    case op_id::multiply:
    case op_id::square: return d != dtype::bool_ && (wide || real(d) || bytes(d) == 4);
    case op_id::multiply_add:
    case op_id::divide:
    case op_id::subtract_divide:
    case op_id::reciprocal:
    case op_id::rsqrt:
    case op_id::sqrt: return real(d);
    case op_id::equal:
    case op_id::not_equal:
    case op_id::logical_and:
    case op_id::logical_or:
    case op_id::logical_not:
    case op_id::where: return true;
    case op_id::astype:
      if (wide || d == i.result || i.result == dtype::bool_ || d == dtype::bool_) return true;
      return bytes(d) == 4 && bytes(i.result) == 4;
    default: return false;
  }
}

// The constants that an instruction needs, so that a loop loads them once.
void emitter::constants_of(const instruction& i, constant_list& out) {
  const dtype d = i.operands;
  if (is_mathematics(i.op->id)) {
    const constant_list& constants = needs_of(i.op->id, d).constants;
    out.insert(out.end(), constants.begin(), constants.end());
    return;
  }
  switch (i.op->id) {
    case op_id::abs:
      if (real(d)) out.emplace_back(magnitude_bits(d), d);
      break;
    case op_id::negative:
      if (real(d)) out.emplace_back(sign_bit(d), d);
      break;
    case op_id::rsqrt:
    case op_id::reciprocal: out.emplace_back(bits_of(d, 1), d); break;
    case op_id::bitwise_invert: out.emplace_back(bits_of(d, -1), d); break;
    case op_id::isfinite:
      if (real(d) && !wide()) {
        out.emplace_back(magnitude_bits(d), d);
        out.emplace_back(bits_of(d, std::numeric_limits<double>::infinity()), d);
      }
      break;
    case op_id::astype:
      if (d == dtype::bool_ && i.result != dtype::bool_) out.emplace_back(bits_of(i.result, 1), i.result);
      break;
    default: break;
  }
}

int emitter::constant(std::uint64_t bits, dtype type, value::derived what) {
  const int id = values_.find_constant(bits, bytes(type), what);
  value& v = values_[id];
  if (!values_.load(v)) load_single(v, v.reg);
  values_.protect(id);
  return v.reg;
}

emitter::operand_values emitter::load_operands(const instruction& i, const step& s) {
  operand_values in;
  for (int k = 0; k < i.inputs; ++k) {
    const int id =
        k && takes_exponents(i) ? values_.find_constant(i.in[k], bytes(i.operands), value::derived::exponent) : values_.find(i.in[k]);
    if (id >= 0 && !(k == 1 && reads_second_from_memory(i))) {
      load(values_[id], s);
      values_.protect(id);
    }
    in.values[in.count++] = id;
  }
  return in;
}

// The register of the result: that of an operand that ends here, where the op allows, or a new one.
emitter::operands emitter::begin_op(const instruction& i, const step& s) {
  operands o{load_operands(i, s), values_.find(i.out)};
  value& result = values_[o.out];
  if (!divides_by_one(i) && (i.op->id == op_id::multiply_add || reads_first(*i.op, i.operands)))
    for (int id : o.in)
      if (o.heir < 0 && id >= 0 && values_[id].reg >= 0 && values_.ends_now(values_[id]) && !values_[id].mask) o.heir = id;
  if (wide() && i.op->id == op_id::logical_and)
    for (int id : o.in)
      if (values_[id].narrowed) o.heir = id;
  result.reg = o.heir >= 0 ? values_[o.heir].reg : values_.take(result.mask);
  return o;
}

void emitter::end_op(const operands& o, const step& s) {
  value& result = values_[o.out];
  values_.assign(result, result.reg);
  if (o.heir >= 0) values_[o.heir].reg = -1;
  values_.protect(o.out);
  if (result.stored) store(result, s);
  values_.pass(&result);
}

// The same function of as many vectors.
void emitter::functions(std::span<const instruction> in_turn, const step& s) {
  operands all[most_in_turn];
  pack d{};
  std::array<pack, 3> in{};
  for (std::size_t v = 0; v < in_turn.size(); ++v) {
    all[v] = begin_op(in_turn[v], s);
    d[v] = values_[all[v].out].reg;
    for (std::size_t k = 0; k < all[v].in.size(); ++k) in[k][v] = values_[all[v].in[k]].reg;
  }
  write_function(in_turn[0].op->id, in_turn[0].operands, static_cast<int>(in_turn.size()), d, in);
  for (std::size_t v = 0; v < in_turn.size(); ++v) end_op(all[v], s);
}

void emitter::op(const instruction& i, const step& s) {
  if (is_mathematics(i.op->id)) return functions({&i, 1}, s);
  if (divides_by_one(i)) return quotients_by_one({&i, 1}, s);
  if (i.what == instruction::kind::reduce) {
    load_operands(i, s);
    fold_value(i, s);
    return values_.pass(nullptr);
  }
  const operands o = begin_op(i, s);
  const auto& [in, out, heir] = o;
  value& result = values_[out];
  const dtype d = i.operands;
  const auto r = [&](int k) { return reg(values_[in[static_cast<std::size_t>(k)]]); };
  const Xbyak::Xmm x = reg(result);
  switch (i.op->id) {
    case op_id::multiply_add: {
      // a * b + c in the register of the operand that it may overwrite, else in a copy of a.
      const int where = heir < 0 ? -1 : heir == in[0] ? 0 : heir == in[1] ? 1 : 2;
      if (where < 0) vmovaps(x, r(0));
      if (where == 2) add_product(d, x, r(0), r(1));
      else if (where == 1) multiply_add(d, x, r(0), r(2));
      else multiply_add(d, x, r(1), r(2));
      break;
    }
    case op_id::where: {
      const value& c = values_[in[0]];
      if (result.mask) {  // (c and a) or (not c and b)
        const Xbyak::Opmask t = k(values_.temporary(true));
        const int a = values_[in[1]].reg, b = values_[in[2]].reg;
        kandnw(t, k(c.reg), k(b));
        kandw(k(result.reg), k(c.reg), k(a));
        korw(k(result.reg), k(result.reg), t);
      } else {
        select(d, c.reg, x, r(1), r(2));
      }
      break;
    }
    case op_id::logical_and:
    case op_id::logical_or:
    case op_id::logical_not:
    case op_id::isnan:
    case op_id::isfinite: comparison(i, out, in); break;
    case op_id::astype: convert(i, out, in[0]); break;
    default:
      if (i.op->is(trait::comparison)) comparison(i, out, in);
      else arithmetic(i, x, in, s);
  }

  end_op(o, s);
}

// d may be the register of an operand only where reads_first says so.
void emitter::arithmetic(const instruction& i, const Xbyak::Xmm& d, const operand_values& in, const step& s) {
  const dtype t = i.operands;
  const auto r = [&](int k) { return reg(values_[in[static_cast<std::size_t>(k)]]); };
  const auto of_bits = [&](std::uint64_t bits) { return vec(constant(bits, t), bytes_of(t)); };
  // The second operand, which may be one element in memory.
  const bool in_memory = in.size() > 1 && reads_second_from_memory(i);
  const Xbyak::Xmm in_register = in.size() > 1 && !in_memory && in[1] >= 0 ? r(1) : d;
  const Xbyak::Address address = in_memory ? ptr_b[one_for_all(values_[in[1]], s)] : ptr_b[rsp];
  const Xbyak::Operand& second = in_memory ? static_cast<const Xbyak::Operand&>(address) : in_register;
  if (real(t)) {
    switch (i.op->id) {
      case op_id::add: return add(t, d, r(0), second);
      case op_id::subtract: return subtract(t, d, r(0), second);
      case op_id::multiply: return multiply(t, d, r(0), second);
      case op_id::divide: return divide(t, d, r(0), r(1));
      case op_id::subtract_divide:
        subtract(t, d, r(0), r(1));
        divide(t, d, d, r(2));
        return;
      case op_id::square: return multiply(t, d, r(0), r(0));
      case op_id::reciprocal: {
        const Xbyak::Xmm one = of_bits(bits_of(t, 1));
        divide(t, d, one, r(0));
        return;
      }
      case op_id::rsqrt:
        square_root(t, d, r(0));
        divide(t, d, of_bits(bits_of(t, 1)), d);
        return;
      case op_id::sqrt: return square_root(t, d, r(0));
      case op_id::negative: {
        const Xbyak::Xmm sign = of_bits(sign_bit(t));
        bit_xor(t, d, r(0), sign);
        return;
      }
      case op_id::abs: {
        const Xbyak::Xmm rest = of_bits(magnitude_bits(t));
        bit_and(t, d, r(0), rest);
        return;
      }
      case op_id::floor:
      case op_id::ceil:
      case op_id::round:
      case op_id::trunc: return round(t, d, r(0), mode_of(i.op->id));
      default: break;
    }
  } else {
    switch (i.op->id) {
      case op_id::add: return add(t, d, r(0), second);
      case op_id::subtract: return subtract(t, d, r(0), second);
      case op_id::multiply: return multiply(t, d, r(0), second);
      case op_id::square: return multiply(t, d, r(0), r(0));
      case op_id::negative:
      case op_id::abs: {
        if (i.op->id == op_id::abs && (wide() || bytes(t) == 4)) {
          magnitude(t, d, r(0));
          return;
        }
        const Xbyak::Xmm zero = vec(values_.temporary(false), bytes_of(t));
        vxorps(zero, zero, zero);
        if (i.op->id == op_id::negative) {
          subtract(t, d, zero, r(0));
        } else {  // (x ^ s) - s, where s is all ones for negative x
          vpcmpgtq(zero, zero, r(0));
          vxorps(d, r(0), zero);
          vpsubq(d, d, zero);
        }
        return;
      }
      case op_id::floor:
      case op_id::ceil:
      case op_id::round:
      case op_id::trunc: vmovaps(d, r(0)); return;
      case op_id::bitwise_and: vandps(d, r(0), r(1)); return;
      case op_id::bitwise_or: vorps(d, r(0), r(1)); return;
      case op_id::bitwise_xor: vxorps(d, r(0), r(1)); return;
      case op_id::bitwise_invert: vxorps(d, r(0), of_bits(bits_of(t, -1))); return;
      // Counts out of range, negative ones too, shift all bits out, as the ops do.
      case op_id::bitwise_left_shift: return shift_left_each(t, d, r(0), r(1));
      case op_id::bitwise_right_shift: return shift_right_each(t, d, r(0), r(1));
      default: break;
    }
  }
  switch (i.op->id) {
    case op_id::positive: vmovaps(d, r(0)); return;
    case op_id::maximum:
    case op_id::minimum: return extremum(t, i.op->id == op_id::maximum, d, r(0), r(1));
    case op_id::clip: {
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
      return;
    }
    default: throw internal_error("[jit] an op without code");
  }
}

// As the block kernels have it: a if that is NaN, else b if that is, and of zeros the positive one is the larger.
void emitter::extremum(dtype t, bool larger, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Xmm& b) {
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

void emitter::select(dtype t, int mask, const Xbyak::Xmm& d, const Xbyak::Xmm& yes, const Xbyak::Xmm& no) {
  blend(wide() ? t : dtype::float32, mask, d, yes, no);  // all bits of a lane's mask are equal
}

// A comparison that one `and` reads alone is made where the other side holds, which leaves nothing to do for the `and`.
void emitter::join_conditions(std::span<const instruction> list) {
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

void emitter::comparison(const instruction& i, int out, const operand_values& in) {
  const dtype t = i.operands;
  const op_id id = i.op->id;
  const auto v = [&](int k) -> const value& { return values_[in[static_cast<std::size_t>(k)]]; };
  const value& result = values_[out];
  if (t == dtype::bool_) {
    if (wide()) {
      const Xbyak::Opmask d = k(result.reg), a = k(v(0).reg), b = in.size() > 1 ? k(v(1).reg) : a;
      if (id == op_id::logical_and) {
        if (!v(0).narrowed && !v(1).narrowed) kandw(d, a, b);
      } else if (id == op_id::logical_or) korw(d, a, b);
      else if (id == op_id::logical_not) knotw(d, a);
      else if (id == op_id::equal) kxnorw(d, a, b);
      else kxorw(d, a, b);
      return;
    }
    const Xbyak::Xmm d = reg(result), a = reg(v(0)), b = in.size() > 1 ? reg(v(1)) : a;
    if (id == op_id::logical_and) vpand(d, a, b);
    else if (id == op_id::logical_or) vpor(d, a, b);
    else if (id == op_id::logical_not) {
      const Xbyak::Xmm ones = vec(values_.temporary(false), bytes_of(t));
      vpcmpeqd(ones, ones, ones);
      vpxor(d, a, ones);
    } else if (id == op_id::equal) vpcmpeqd(d, a, b);
    else vpxor(d, a, b);
    return;
  }
  const Xbyak::Xmm a = reg(v(0)), b = in.size() > 1 ? reg(v(1)) : a;
  if (id == op_id::isnan || id == op_id::isfinite) {
    const bool nan = id == op_id::isnan;
    if (wide()) {
      const Xbyak::Opmask d = k(result.reg);
      if (!real(t)) {
        nan ? kxorw(d, d, d) : kxnorw(d, d, d);
      } else if (nan) {
        compare(t, d, a, a, relation::unordered);
      } else {
        constexpr std::uint8_t nan_or_infinite = 0x99;
        classify(t, d, a, nan_or_infinite);
        if (!result.opposite) knotw(d, d);
      }
      return;
    }
    const Xbyak::Xmm d = reg(result);
    if (!real(t)) {
      nan ? vpxor(d, d, d) : vpcmpeqd(d, d, d);
    } else if (nan) {
      compare(t, result.reg, a, a, relation::unordered);
    } else {
      const Xbyak::Xmm positive = vec(constant(magnitude_bits(t), t), bytes_of(t)),
                       infinity = vec(constant(bits_of(t, std::numeric_limits<double>::infinity()), t), bytes_of(t));
      vandps(d, a, positive);
      compare(t, result.reg, d, infinity, relation::less);
    }
    return;
  }
  const relation how = relation_of(id);
  if (wide()) {
    value& r = values_[out];
    const int other = r.within >= 0 ? values_[r.within].reg : -1;
    r.narrowed = other >= 0;
    const Xbyak::Opmask d = r.narrowed ? k(result.reg) | k(other) : k(result.reg);
    compare(t, d, a, b, how);
    return;
  }
  const Xbyak::Xmm d = reg(result);
  if (real(t)) {
    compare(t, result.reg, a, b, how);
    return;
  }
  const auto greater = [&](const Xbyak::Xmm& l, const Xbyak::Xmm& r) { lanes_greater(t, d, l, r); };
  if (id == op_id::equal || id == op_id::not_equal) lanes_equal(t, d, a, b);
  else if (id == op_id::greater || id == op_id::less_equal) greater(a, b);
  else greater(b, a);
  if (id == op_id::not_equal || id == op_id::less_equal || id == op_id::greater_equal) {
    const Xbyak::Xmm ones = vec(values_.temporary(false), bytes_of(t));
    vpcmpeqd(ones, ones, ones);
    vpxor(d, d, ones);
  }
}

// Real to integer truncates; what does not fit gives the most negative number, as the block kernels' conversions do.
void emitter::convert(const instruction& i, int out, int in) {
  const dtype from = i.operands, to = i.result;
  const value &v = values_[in], &result = values_[out];
  if (from == to) {
    result.mask ? kmovw(k(result.reg), k(v.reg)) : vmovaps(reg(result), reg(v));
    return;
  }
  if (to == dtype::bool_) {
    const Xbyak::Xmm zero = vec(values_.temporary(false), bytes_of(from)), a = reg(v);
    vxorps(zero, zero, zero);
    if (wide() || real(from)) {
      compare(from, result.reg, a, zero, relation::not_equal);
    } else {
      const Xbyak::Xmm d = reg(result);
      lanes_equal(from, d, a, zero);
      vpcmpeqd(zero, zero, zero);
      vpxor(d, d, zero);
    }
    return;
  }
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
