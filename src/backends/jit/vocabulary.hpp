// The vocabulary: what the layers above say of elements, said once, and the instruction that an element type and an instruction set have
// for it.
//
// A row of the table is a word, a column an element type. Words that depend on the instruction set too stand below it: AVX-512 keeps truth
// values in mask registers, AVX2 in vectors. A register of theirs is told by its number.
#pragma once
#include <span>

#include "backends/jit/assembler.hpp"
#include "backends/jit/elements.hpp"
#include "kernels/isa.hpp"
#include "tendril/error.hpp"

namespace tendril::jit {

/// How two elements may compare, as the predicates of vcmpps, without exceptions for quiet NaNs. Unordered operands differ from everything.
enum class relation : std::uint8_t {
  equal = 0,
  unordered = 3,
  not_equal = 4,
  less = 17,
  less_equal = 18,
  not_less = 21,
  greater_equal = 29,
  greater = 30
};

class vocabulary : public assembler {
 public:
  vocabulary(engine::isa isa, std::span<std::uint8_t> code) : assembler(code.size(), code.data()), isa_(isa) {}

  engine::isa isa() const { return isa_; }
  bool wide() const { return isa_ == engine::isa::avx512; }
  int register_bytes() const { return wide() ? 64 : 32; }
  static Xbyak::Opmask k(int index) { return Xbyak::Opmask(index); }
  static Xbyak::Xmm vec(int index, int bytes) {
    if (bytes == 64) return Xbyak::Zmm(index);
    if (bytes == 32) return Xbyak::Ymm(index);
    return Xbyak::Xmm(index);
  }
  /// Another register as wide as x.
  static Xbyak::Xmm like(const Xbyak::Xmm& x, int index) { return vec(index, static_cast<int>(x.getBit()) / 8); }

// Not inlined: each of the four would be, at every use.
#define TENDRIL_WORD(name, of_float32, of_float64, of_int32, of_int64) \
  template <class... A>                                                \
  void name(dtype t, const A&... a) {                                  \
    choose_##name(t, plain(a)...);                                     \
  }                                                                    \
  template <class... A>                                                \
  [[gnu::noinline]] void choose_##name(dtype t, const A&... a) {       \
    if (real(t)) bytes(t) == 8 ? of_float64(a...) : of_float32(a...);  \
    else bytes(t) == 8 ? of_int64(a...) : of_int32(a...);              \
  }
  // clang-format off
  //           word               float32      float64      int32        int64
  // d = a op b
  TENDRIL_WORD(add,               vaddps,      vaddpd,      vpaddd,      vpaddq)
  TENDRIL_WORD(subtract,          vsubps,      vsubpd,      vpsubd,      vpsubq)
  TENDRIL_WORD(multiply,          vmulps,      vmulpd,      vpmulld,     vpmullq)
  TENDRIL_WORD(divide,            vdivps,      vdivpd,      none,        none)
  TENDRIL_WORD(larger_of,         vmaxps,      vmaxpd,      vpmaxsd,     vpmaxsq)
  TENDRIL_WORD(smaller_of,        vminps,      vminpd,      vpminsd,     vpminsq)
  TENDRIL_WORD(bit_and,           vandps,      vandpd,      vandps,      vandps)
  TENDRIL_WORD(bit_or,            vorps,       vorpd,       vorps,       vorps)
  TENDRIL_WORD(bit_xor,           vxorps,      vxorpd,      vxorps,      vxorps)
  TENDRIL_WORD(shift_left,        vpslld,      vpsllq,      vpslld,      vpsllq)
  TENDRIL_WORD(shift_right,       vpsrld,      vpsrlq,      vpsrld,      vpsrlq)
  TENDRIL_WORD(shift_left_each,   none,        none,        vpsllvd,     vpsllvq)
  TENDRIL_WORD(shift_right_each,  none,        none,        vpsravd,     vpsravq)
  TENDRIL_WORD(range,             vrangeps,    vrangepd,    none,        none)
  TENDRIL_WORD(scale_by_power,    vscalefps,   vscalefpd,   none,        none)
  TENDRIL_WORD(join_bits,         vpternlogd,  vpternlogq,  vpternlogd,  vpternlogq)
  // d = d a + b, d += a b, d = d a - b, d -= a b
  TENDRIL_WORD(multiply_add,      vfmadd213ps, vfmadd213pd, none,        none)
  TENDRIL_WORD(add_product,       vfmadd231ps, vfmadd231pd, none,        none)
  TENDRIL_WORD(multiply_subtract, vfmsub213ps, vfmsub213pd, none,        none)
  TENDRIL_WORD(subtract_product,  vfnmadd231ps, vfnmadd231pd, none,      none)
  // d = f(a)
  TENDRIL_WORD(square_root,       vsqrtps,     vsqrtpd,     none,        none)
  TENDRIL_WORD(magnitude,         none,        none,        vpabsd,      vpabsq)
  TENDRIL_WORD(mantissa,          vgetmantps,  vgetmantpd,  none,        none)
  TENDRIL_WORD(exponent,          vgetexpps,   vgetexppd,   none,        none)
  // of lanes, as the truths in vectors are: all bits of one are equal
  TENDRIL_WORD(lanes_equal,       none,        none,        vpcmpeqd,    vpcmpeqq)
  TENDRIL_WORD(lanes_greater,     none,        none,        vpcmpgtd,    vpcmpgtq)
  TENDRIL_WORD(sign_bits,         vmovmskps,   vmovmskpd,   vmovmskps,   vmovmskpd)
  // to mask registers
  TENDRIL_WORD(classify,          vfpclassps,  vfpclasspd,  none,        none)
  TENDRIL_WORD(test_bits,         vptestmd,    vptestmq,    vptestmd,    vptestmq)
  // moves: under a mask register; under a mask that is a vector; lanes to other lanes
  TENDRIL_WORD(copy,              vmovaps,     vmovapd,     vmovaps,     vmovapd)
  TENDRIL_WORD(move,              vmovups,     vmovupd,     vmovups,     vmovupd)
  TENDRIL_WORD(move_bits,         vmovdqu32,   vmovdqu64,   vmovdqu32,   vmovdqu64)
  TENDRIL_WORD(move_where,        vmaskmovps,  vmaskmovpd,  vmaskmovps,  vmaskmovpd)
  TENDRIL_WORD(move_bits_where,   vpmaskmovd,  vpmaskmovq,  vpmaskmovd,  vpmaskmovq)
  TENDRIL_WORD(compress,          vcompressps, vcompresspd, vcompressps, vcompresspd)
  TENDRIL_WORD(spread_bits,       none,        none,        vpbroadcastd, vpbroadcastq)
  TENDRIL_WORD(widen_bytes,       none,        none,        vpmovzxbd,   vpmovzxbq)
  // the first elements alone
  TENDRIL_WORD(add_first,         vaddss,      vaddsd,      none,        none)
  TENDRIL_WORD(subtract_first,    vsubss,      vsubsd,      none,        none)
  TENDRIL_WORD(multiply_first,    vmulss,      vmulsd,      none,        none)
  TENDRIL_WORD(divide_first,      vdivss,      vdivsd,      none,        none)
  TENDRIL_WORD(larger_first,      vmaxss,      vmaxsd,      none,        none)
  TENDRIL_WORD(compare_first,     vucomiss,    vucomisd,    none,        none)
  TENDRIL_WORD(convert_first,     vcvtsi2ss,   vcvtsi2sd,   none,        none)
  TENDRIL_WORD(move_first,        vmovss,      vmovsd,      vmovss,      vmovsd)
  // the columns of what follows
  TENDRIL_WORD(compare_reals,     vcmpps,      vcmppd,      none,        none)
  TENDRIL_WORD(compare_integers,  none,        none,        vpcmpd,      vpcmpq)
  TENDRIL_WORD(blend_by_mask,     vblendmps,   vblendmpd,   vblendmps,   vblendmpd)
  TENDRIL_WORD(blend_by_vector,   vblendvps,   vblendvpd,   vblendvps,   vblendvpd)
  TENDRIL_WORD(round_wide,        vrndscaleps, vrndscalepd, none,        none)
  TENDRIL_WORD(round_narrow,      vroundps,    vroundpd,    none,        none)
  // clang-format on
#undef TENDRIL_WORD
  using assembler::add;  // of general registers

  /// truth = a r b. With AVX2 of reals alone.
  void compare(dtype, int truth, const Xbyak::Xmm& a, const Xbyak::Operand& b, relation r);
  /// To a mask register that may itself be under a mask.
  void compare(dtype, const Xbyak::Opmask& truth, const Xbyak::Xmm& a, const Xbyak::Operand& b, relation r);
  /// d = truth ? yes : no
  void blend(dtype, int truth, const Xbyak::Xmm& d, const Xbyak::Operand& yes, const Xbyak::Xmm& no);
  /// Of reals; the modes are those of vroundps.
  void round(dtype t, const Xbyak::Xmm& d, const Xbyak::Xmm& a, std::uint8_t mode) {
    wide() ? round_wide(t, d, a, mode) : round_narrow(t, d, a, mode);
  }
  /// One element, to all lanes: of single elements too, which instructions on registers of 16 bytes work on, so that the lanes beside them
  /// raise no floating-point exception that the element does not raise.
  void broadcast(const Xbyak::Xmm& x, const Xbyak::Operand& from, int size);
  /// With AVX2, of reals but NaN: the larger or the smaller, of zeros that are equal by their joined signs. `spare` may be overwritten.
  void extreme_of_numbers(dtype, bool larger, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Operand& b, int spare);
  /// Lanes of 64 bytes by their numbers.
  void permute(dtype t, const Xbyak::Zmm& d, const Xbyak::Zmm& by, const Xbyak::Operand& x) {
    bytes(t) == 8 ? vpermpd(d, by, x) : vpermps(d, by, x);
  }
  /// The first of d = the second of x.
  void second_to_first(dtype t, const Xbyak::Xmm& d, const Xbyak::Xmm& x) { bytes(t) == 8 ? vpermilpd(d, x, 1) : vmovshdup(d, x); }

 private:
  /// Instructions ask what register it is: one type for all widths.
  static const Xbyak::Xmm& plain(const Xbyak::Xmm& x) { return x; }
  template <class A>
  requires(!std::derived_from<A, Xbyak::Xmm>) static const A& plain(const A& a) { return a; }
  template <class... A>
  [[noreturn]] void none(const A&...) {
    throw internal_error("[jit] a word of the vocabulary for which the element type has no instruction");
  }

  const engine::isa isa_;
};

}  // namespace tendril::jit
