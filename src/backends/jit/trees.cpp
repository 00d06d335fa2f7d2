// The tree of a reduction, which the block kernels have too (backends/eigen/reduce.hpp): what combines elements, accumulators and lanes.
//
// Accumulators of `tree_bytes` in all; element i goes to accumulator i modulo their number, in order; then the upper half is folded onto
// the lower. Accumulators that no element reached hold the identity, which changes nothing.
#include <limits>

#include "backends/jit/reductions.hpp"

namespace tendril::jit {

folding reductions::folding_of(op_id id) {
  switch (id) {
    case op_id::sum: return folding::sum;
    case op_id::prod: return folding::product;
    case op_id::max: return folding::larger;
    case op_id::min: return folding::smaller;
    case op_id::any: return folding::any;
    default: return folding::all;
  }
}

bool reductions::folds(engine::isa isa, const instruction& i) {
  if (i.what == instruction::kind::moments) return true;
  if (i.what != instruction::kind::reduce) return false;
  const dtype d = i.operands;
  if (!in_registers(d)) return false;
  switch (i.op->id) {
    case op_id::sum: return d != dtype::bool_;
    case op_id::prod: return real(d);
    case op_id::max:
    case op_id::min: return real(d) || bytes(d) == 4 || (bytes(d) == 8 && isa == engine::isa::avx512);
    case op_id::any:
    case op_id::all: return d == dtype::bool_;
    default: return false;
  }
}

bool reductions::folds_in_loop(engine::isa isa, const instruction& i) { return i.what == instruction::kind::reduce && folds(isa, i); }

std::uint64_t reductions::identity_of(folding op, dtype t) {
  const auto of = [&]<class T>(T) {
    using limits = std::numeric_limits<T>;
    switch (op) {
      case folding::product: return bits_of(T(1));
      case folding::larger: return bits_of(limits::has_infinity ? -limits::infinity() : limits::min());
      case folding::smaller: return bits_of(limits::has_infinity ? limits::infinity() : limits::max());
      default: return bits_of(limits::has_infinity ? -T(0) : T(0));
    }
  };
  return detail::with_dtype<dtype_kind::integer>(t, of);
}

// d = op(a, b); of zeros the positive one is the larger. With AVX2 that takes a register, `spare`, unless d, a and b are others.
void reductions::combine(folding op, dtype t, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Operand& b, int spare) {
  switch (op) {
    case folding::sum:
    case folding::squares:
    case folding::deviations: return add(t, d, a, b);
    case folding::product: return multiply(t, d, a, b);
    case folding::larger:
    case folding::smaller: {
      const bool larger = op == folding::larger;
      if (!real(t)) {
        larger ? larger_of(t, d, a, b) : smaller_of(t, d, a, b);
      } else if (wide()) {
        const std::uint8_t how = larger ? 5 : 4;  // the compared numbers' own signs
        range(t, d, a, b, how);
      } else {
        extreme_of_numbers(t, larger, d, a, b, spare);
      }
      return;
    }
    default: return;  // of truth values: truths.cpp
  }
}

// Elements are added to an accumulator: all of register x, or those under the mask.
void reductions::accumulate(folding op, dtype t, int accumulator, const Xbyak::Xmm& x, bool masked) {
  const Xbyak::Xmm a = vec(accumulator, wide() ? 64 : 32), d = masked && wide() ? a | k(1) : a;
  if (op != folding::squares) return combine(op, t, d, x, a, mean);
  add_product(t, d, x, x);
}

// The upper half of eight accumulators onto the lower, down to one.
void reductions::halve(folding op, dtype t, int first) {
  const int width = wide() ? 64 : 32;
  for (int half = at_once / 2; half > 0; half /= 2)
    for (int j = first; j < first + half; ++j) combine(op, t, vec(j, width), vec(j, width), vec(j + half, width), mean);
}

// The same for the elements of register 0.
void reductions::fold_register(folding op, dtype t) {
  const Xbyak::Xmm low(0), high(1);
  if (wide()) {
    vextractf64x4(Xbyak::Ymm(1), Xbyak::Zmm(0), 1);
    combine(op, t, Xbyak::Ymm(0), Xbyak::Ymm(0), Xbyak::Ymm(1), mean);
  }
  vextractf128(high, Xbyak::Ymm(0), 1);
  combine(op, t, low, low, high, mean);
  if (bytes(t) == 4) {
    vmovhlps(high, low, low);
    combine(op, t, low, low, high, mean);
  }
  second_to_first(t, high, low);
  combine(op, t, low, low, high, mean);
}

// The result where an element was not a number.
void reductions::load_nan(dtype t) {
  const Xbyak::Address from = ptr[rip + constants_.number(bits_of(t, std::numeric_limits<double>::quiet_NaN()))];
  move_first(t, Xbyak::Xmm(0), from);
}

}  // namespace tendril::jit
