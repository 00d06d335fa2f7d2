// What each op is in instructions: which are emitted, what they take, and where their results go.
#include "backends/jit/instructions.hpp"

#include <limits>

#include "tendril/error.hpp"

namespace tendril::jit {
namespace {

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

bool instructions::emits(engine::isa isa, const instruction& i) {
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

void instructions::constants_of(const instruction& i, constant_list& out) {
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

int instructions::constant(std::uint64_t bits, dtype type, value::derived what) {
  const int id = values_.find_constant(bits, bytes(type), what);
  value& v = values_[id];
  if (!values_.load(v)) load_single(v, v.reg);
  values_.protect(id);
  return v.reg;
}

instructions::operand_values instructions::load_operands(const instruction& i, const step& s) {
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
instructions::operands instructions::begin_op(const instruction& i, const step& s) {
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

void instructions::end_op(const operands& o, const step& s) {
  value& result = values_[o.out];
  values_.assign(result, result.reg);
  if (o.heir >= 0) values_[o.heir].reg = -1;
  values_.protect(o.out);
  if (result.stored) store(result, s);
  values_.pass(&result);
}

// The same function of as many vectors.
void instructions::functions(std::span<const instruction> in_turn, const step& s) {
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

void instructions::op(const instruction& i, const step& s) {
  if (is_mathematics(i.op->id)) return functions({&i, 1}, s);
  if (divides_by_one(i)) return quotients_by_one({&i, 1}, s);
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
        blend(wide() ? d : dtype::float32, c.reg, x, r(1), r(2));  // all bits of a lane of AVX2 are equal
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

}  // namespace tendril::jit
