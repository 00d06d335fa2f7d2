// Small functions: the code of a list of operations.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include <tendril/detail/op_id.hpp>

#include "backends/jit/code.hpp"
#include "backends/jit/small.hpp"
#include "backends/jit/vocabulary.hpp"

namespace tendril::jit {
namespace small_code {  // names of its own: a room is one unit

using namespace Xbyak::util;
using Xbyak::Xmm;
using Xbyak::Ymm;
using Xbyak::Zmm;
using kind = small_operation::kind;

// Where a port is in this call.
void* memory_of(const whole_call::port& p, std::byte* frame, const array_view* in) {
  std::byte* const memory = p.memory == address::frame ? frame : static_cast<std::byte*>(in[p.memory - address::inputs].data);
  return memory + reinterpret_cast<std::uintptr_t>(p.view.data);
}

// No exception may pass through emitted code.
[[gnu::noinline]] int run_kernel(const whole_call* c, std::byte* frame, const array_view* in) noexcept try {
  array_view views[whole_call::most_ports];
  for (std::size_t k = 0; k < c->ports.size(); ++k) {
    views[k] = c->ports[k].view;
    if (views[k].dtype != dtype::unknown) views[k].data = memory_of(c->ports[k], frame, in);
  }
  c->kernel(views, views + c->results, static_cast<int>(c->ports.size() - c->results), c->attrs);
  return 0;
} catch (...) {
  engine::keep_thrown();
  return 1;
}

int run_whole(const whole_call* c, std::byte* frame, const array_view* in) noexcept {
  if (c->fixed) {
    const void* operands[2] = {memory_of(c->ports[1], frame, in), nullptr};
    if (c->ports.size() > 2) operands[1] = memory_of(c->ports[2], frame, in);
    if (c->fixed(memory_of(c->ports[0], frame, in), operands)) return 0;
  }
  return run_kernel(c, frame, in);
}

// Registers by what is in them: a run of elements that lie side by side, or one element in all lanes. Narrow runs fill their 16 bytes over
// and over, so that lanes that nobody asked for raise no exceptions of their own.
class small_emitter : public vocabulary {
 public:
  small_emitter(const small_program& p, const std::byte* constants, const whole_call* calls, engine::isa isa,
                std::span<std::uint8_t> memory)
      : vocabulary(isa, memory), p_(p), constants_(constants), sites_(calls), calls_(calls_kernels(p)), held_(wide() ? 32 : 16) {}

  void write() {
    // Registers that calls keep, where there are calls; else the arguments stay where they are.
    if (calls_) {
      for (const Xbyak::Reg64& r : {rbx, r12, r13, r14, r15}) push(r);
      sub(rsp, args_bytes);
      mov(rbx, rdx);
      mov(r12, rdi);
      mov(r13, rsi);
      frame_ = rbx, inputs_ = r12, results_ = r13, numbers_ = r14;
    }
    const bool two_orders = std::any_of(p_.results.begin(), p_.results.end(), [](const small_result& r) { return r.rows != r.columns; });
    if (two_orders) mov(dword[frame_ + columns_at], ecx);
    if (!p_.constants.empty()) mov(numbers_, reinterpret_cast<std::uintptr_t>(constants_));
    general_.keep(frame_, "the frame");
    general_.keep(inputs_, "the views of the inputs");
    general_.keep(results_, "the views of the results");
    general_.keep(numbers_, "the constants");
    for (const small_operation& o : p_.operations) write(o);
    Xbyak::Label by_columns, written;
    if (two_orders) {
      cmp(dword[frame_ + columns_at], 0);
      jne(by_columns, T_NEAR);
    }
    write_results(&small_result::rows);
    if (two_orders) {
      jmp(written, T_NEAR);
      L(by_columns);
      write_results(&small_result::columns);
      L(written);
    }
    xor_(eax, eax);
    L(end_);
    general_.release_all();
    vzeroupper();
    if (calls_) {
      add(rsp, args_bytes);
      for (const Xbyak::Reg64& r : {r15, r14, r13, r12, rbx}) pop(r);
    }
    ret();
  }

 private:
  static bool calls_kernels(const small_program& p) {
    return std::any_of(p.operations.begin(), p.operations.end(),
                       [](const small_operation& o) { return o.what == kind::kernel || o.what == kind::reduce || o.what == kind::whole; });
  }

  struct held {
    bool valid = false, spread = false;
    address from;
    int bytes = 0;
    std::uint64_t used = 0;
    bool pinned = false;
  };

  // ---- registers
  int take() {
    int best = -1;
    for (int i = 0; i < static_cast<int>(held_.size()); ++i) {
      const held& h = held_[static_cast<std::size_t>(i)];
      if (h.pinned) continue;
      if (!h.valid) {
        best = i;
        break;
      }
      if (best < 0 || h.used < held_[static_cast<std::size_t>(best)].used) best = i;
    }
    if (best < 0) throw internal_error("[jit] small code needs more registers than there are");
    held& h = held_[static_cast<std::size_t>(best)];
    h = {};
    h.used = ++now_;
    h.pinned = true;
    return best;
  }
  void release_pins() {
    for (held& h : held_) h.pinned = false;
  }
  void note(int reg, address from, int bytes, bool spread) {
    held& h = held_[static_cast<std::size_t>(reg)];
    h.valid = true;
    h.spread = spread;
    h.from = from;
    h.bytes = bytes;
    h.used = ++now_;
  }
  int find(address from, int bytes, bool spread) {
    for (std::size_t i = 0; i < held_.size(); ++i)
      if (held& h = held_[i]; h.valid && h.spread == spread && h.from == from && h.bytes == bytes) {
        h.used = ++now_;
        h.pinned = true;
        return static_cast<int>(i);
      }
    return -1;
  }
  // Other copies of what is written over.
  void forget(address to, int bytes) {
    for (held& h : held_)
      if (h.valid && h.from.memory == to.memory && h.from.offset < to.offset + static_cast<std::uint32_t>(bytes) &&
          to.offset < h.from.offset + static_cast<std::uint32_t>(h.spread ? 8 : h.bytes))
        h.valid = false;
  }
  void forget_all() {
    for (held& h : held_) h = {};
    pointers_.fill(0);
  }

  // A register for a run of so many bytes: narrow ones have 16.
  static int register_of(int bytes) { return std::max(bytes, 16); }
  Xmm reg(int index, int bytes) const { return vec(index, register_of(bytes)); }

  // ---- memory
  Xbyak::RegExp at(address a) {
    if (a.memory == address::frame) return frame_ + a.offset;
    if (a.memory == address::constants) return numbers_ + a.offset;
    return pointer(a.memory) + a.offset;
  }
  // The address of an input, in a register that calls do not keep.
  Xbyak::Reg64 pointer(std::uint32_t memory) {
    static const Xbyak::Reg64 all[] = {r8, r9, r10, r11};
    for (std::size_t i = 0; i < std::size(all); ++i)
      if (pointers_[i] == memory) return all[i];
    const std::size_t i = next_pointer_++ % std::size(all);
    pointers_[i] = memory;
    mov(all[i], ptr[inputs_ + (memory - address::inputs) * sizeof(array_view) + offsetof(array_view, data)]);
    return all[i];
  }

  // ---- runs of elements
  static bool one_for_all(std::span<const address> a) {
    return std::all_of(a.begin(), a.end(), [&](address x) { return x == a[0]; });
  }

  void load(int r, address from, int bytes) {
    const Xbyak::RegExp e = at(from);
    any_vectors_ |= bytes > 16;
    if (bytes >= 16) vmovups(vec(r, bytes), ptr[e]);
    else if (bytes == 8) vmovddup(Xmm(r), ptr[e]);
    else vbroadcastss(Xmm(r), ptr[e]);
  }

  // These elements in a register, which may be one that others read too.
  int fetch(std::span<const address> a, int size) {
    const int bytes = static_cast<int>(a.size()) * size;
    if (side_by_side(a, static_cast<std::size_t>(size))) {
      if (const int known = find(a[0], bytes, false); known >= 0) return known;
      const int r = take();
      load(r, a[0], bytes);
      note(r, a[0], bytes, false);
      return r;
    }
    if (one_for_all(a)) return fetch_one(a[0], size, bytes);
    const int r = take();
    gather(r, a, size);
    return r;
  }
  // One element in all lanes.
  int fetch_one(address a, int size, int bytes) {
    const int width = register_of(bytes);
    if (const int known = find(a, width, true); known >= 0) return known;
    if (width == 16)  // a narrow run fills its register
      if (const int known = find(a, size, false); known >= 0) return known;
    const int r = take();
    any_vectors_ |= width > 16;
    broadcast(vec(r, width), ptr[at(a)], size);
    note(r, a, width, true);
    return r;
  }
  // Elements from here and there. Memory is read by elements: what was just written as a register is there for them.
  void gather(int r, std::span<const address> a, int size) {
    const int bytes = static_cast<int>(a.size()) * size;
    const Xmm x(r);
    if (bytes > 16) {
      any_vectors_ = true;
      const std::size_t half = a.size() / 2;
      gather(r, a.first(half), size);
      const int upper = take();
      gather(upper, a.last(half), size);
      if (bytes == 32) wide() ? vinsertf64x2(Ymm(r), Ymm(r), Xmm(upper), 1) : vinsertf128(Ymm(r), Ymm(r), Xmm(upper), 1);
      else vinsertf64x4(Zmm(r), Zmm(r), Ymm(upper), 1);
      held_[static_cast<std::size_t>(upper)] = {};
      return;
    }
    if (size == 8) {
      if (a.size() == 1) vmovddup(x, ptr[at(a[0])]);
      else vmovsd(x, ptr[at(a[0])]), vmovhpd(x, x, ptr[at(a[1])]);
      return;
    }
    if (a.size() == 1) return vbroadcastss(x, ptr[at(a[0])]);
    vmovss(x, ptr[at(a[0])]);
    for (std::size_t k = 1; k < a.size(); ++k) vinsertps(x, x, ptr[at(a[k])], static_cast<std::uint8_t>(k << 4));
    if (a.size() == 2) vmovddup(x, x);
  }

  void put(const Xbyak::RegExp& to, int r, int bytes) {
    if (bytes >= 16) vmovups(ptr[to], vec(r, bytes));
    else if (bytes == 8) vmovsd(ptr[to], Xmm(r));
    else vmovss(ptr[to], Xmm(r));
  }
  void store(address to, int r, int bytes) {
    forget(to, bytes);
    put(at(to), r, bytes);
    note(r, to, bytes, false);
  }

  // The widths of the runs that so many elements are taken in; `most` says how wide the one from an element on may be.
  template <class Most, class F>
  void runs(std::int64_t count, int size, Most most, F f) {
    for (std::int64_t first = 0; first < count;) {
      int bytes = std::min(register_bytes(), most(static_cast<std::size_t>(first)));
      while ((count - first) * size < bytes) bytes /= 2;
      f(static_cast<std::size_t>(first), bytes / size, bytes);
      first += bytes / size;
    }
  }
  template <class F>
  void runs(std::int64_t count, int size, F f) {
    runs(
        count, size, [](std::size_t) { return 64; }, f);
  }
  // How wide the run is that was made from here on and is in a register still: memory that was written in parts is slow to read as a whole.
  int held_from(address a) const {
    int bytes = 64;
    for (const held& h : held_)
      if (h.valid && !h.spread && h.from == a && a.memory == address::frame) bytes = std::min(bytes, h.bytes);
    return bytes;
  }

  static std::span<const address> part(const addresses& a, std::size_t first, int count) {
    return std::span(a).subspan(first, static_cast<std::size_t>(count));
  }

  // ---- operations
  void write(const small_operation& o) {
    switch (o.what) {
      case kind::copy: return copy(o);
      case kind::map: return map(o);
      case kind::kernel: return call_block(o);
      case kind::multiply: return product(o);
      case kind::sum: return sum(o);
      case kind::reduce: return call_reduce(o);
      case kind::whole: return call_whole(o);
    }
  }

  void copy(const small_operation& o) {
    const int size = bytes(o.type);
    if (size == 1) {
      forget(o.out, static_cast<int>(o.count));
      for (std::size_t i = 0; i < o.in[0].size(); ++i) copy_byte(at(o.in[0][i]), at(o.out + i));
      return;
    }
    runs(o.count, size, [&](std::size_t first, int count, int width) {
      store(o.out + first * static_cast<std::size_t>(size), fetch_to_write(part(o.in[0], first, count), size), width);
      release_pins();
    });
  }
  void copy_byte(const Xbyak::RegExp& from, const Xbyak::RegExp& to) {
    const Xbyak::Reg8 one = r8b;  // which may have pointed to an input
    mov(one, byte[from]);
    mov(byte[to], one);
    if (pointers_[0]) pointers_[0] = 0;
  }
  // In a register that is to be said to hold another run.
  int fetch_to_write(std::span<const address> a, int size) {
    const int r = fetch(a, size), width = static_cast<int>(a.size()) * size;
    if (!held_[static_cast<std::size_t>(r)].valid) return r;
    const int own = take();
    vmovaps(reg(own, width), reg(r, width));
    return own;
  }

  void map(const small_operation& o) {
    const int size = bytes(o.type);
    const auto widest = [&](std::size_t first) {
      int most = 64;
      for (std::size_t k = 0; k < 4; ++k)
        if (!o.in[k].empty() && !(o.scalars >> k & 1)) most = std::min(most, held_from(o.in[k][first]));
      return most;
    };
    runs(o.count, size, widest, [&](std::size_t first, int count, int width) {
      Xmm in[4];
      for (std::size_t k = 0; k < 4 && !o.in[k].empty(); ++k)
        in[k] = reg(o.scalars >> k & 1 ? fetch_one(o.in[k][0], size, width) : fetch(part(o.in[k], first, count), size), width);
      const int d = take();
      any_vectors_ |= width > 16;
      arithmetic(o, reg(d, width), in);
      store(o.out + first * static_cast<std::size_t>(size), d, width);
      release_pins();
    });
  }

  // All bits but the first, which is the sign, or that alone.
  Xmm sign_of(dtype t, const Xmm& like_this, bool sign) {
    const int r = take();
    const Xmm x = like(like_this, r);
    if (wide()) vpternlogd(x, x, x, std::uint8_t{0xff});
    else vpcmpeqd(x, x, x);
    const dtype bits = integer_of(bytes(t));
    sign ? shift_left(bits, x, x, static_cast<std::uint8_t>(8 * bytes(t) - 1)) : shift_right(bits, x, x, std::uint8_t{1});
    return x;
  }

  void arithmetic(const small_operation& o, const Xmm& d, const Xmm* in) {
    const dtype t = o.type;
    switch (o.op) {
      case op_id::add: return add(t, d, in[0], in[1]);
      case op_id::subtract: return subtract(t, d, in[0], in[1]);
      case op_id::multiply: return multiply(t, d, in[0], in[1]);
      case op_id::divide: return divide(t, d, in[0], in[1]);
      case op_id::subtract_divide: subtract(t, d, in[0], in[1]); return divide(t, d, d, in[2]);
      case op_id::square: return multiply(t, d, in[0], in[0]);
      case op_id::sqrt: return square_root(t, d, in[0]);
      case op_id::positive: return vmovaps(d, in[0]);
      case op_id::negative: return bit_xor(t, d, in[0], sign_of(t, d, true));
      case op_id::abs: return bit_and(t, d, in[0], sign_of(t, d, false));
      case op_id::multiply_add: vmovaps(d, in[0]); return multiply_add(t, d, in[1], in[2]);
      default: throw internal_error("[jit] an op without small code");
    }
  }

  // ---- products: a register of sums for each of a few rows (or columns), and along k a run of the other operand and one element each
  void product(const small_operation& o) {
    const int size = bytes(o.type);
    const std::int64_t lanes = o.by_columns ? o.rows : o.columns, turns = o.by_columns ? o.columns : o.rows;
    const std::int64_t at_once = wide() ? 12 : 8;
    runs(lanes, size, [&](std::size_t first, int count, int width) {
      for (std::int64_t begin = 0; begin < turns; begin += at_once) {
        const std::int64_t end = std::min(begin + at_once, turns);
        int sums[12];
        for (std::int64_t i = begin; i < end; ++i) {
          const int r = sums[i - begin] = take();
          vxorps(Xmm(r), Xmm(r), Xmm(r));
        }
        any_vectors_ |= width > 16;
        for (std::int64_t k = 0; k < o.depth; ++k) {
          const int run = fetch(run_of(o, first, count, k), size);
          for (std::int64_t i = begin; i < end; ++i) {
            const int one = fetch_one(one_of(o, i, k), size, width);
            add_product(o.type, reg(sums[i - begin], width), reg(one, width), reg(run, width));
            held_[static_cast<std::size_t>(one)].pinned = false;
          }
          held_[static_cast<std::size_t>(run)].pinned = false;
        }
        for (std::int64_t i = begin; i < end; ++i)
          store(o.out + static_cast<std::size_t>(i * lanes + static_cast<std::int64_t>(first)) * static_cast<std::size_t>(size),
                sums[i - begin], width);
        release_pins();
      }
    });
  }
  addresses run_of(const small_operation& o, std::size_t first, int count, std::int64_t k) const {
    addresses run;
    for (std::size_t j = first; j < first + static_cast<std::size_t>(count); ++j)
      run.push_back(o.by_columns ? o.in[0][j * static_cast<std::size_t>(o.depth) + static_cast<std::size_t>(k)]
                                 : o.in[1][static_cast<std::size_t>(k * o.columns) + j]);
    return run;
  }
  static address one_of(const small_operation& o, std::int64_t i, std::int64_t k) {
    return o.by_columns ? o.in[1][static_cast<std::size_t>(k * o.columns + i)] : o.in[0][static_cast<std::size_t>(i * o.depth + k)];
  }

  // ---- sums: the upper half onto the lower, element by element, down to one
  void sum(const small_operation& o) {
    const int size = bytes(o.type);
    std::size_t count = o.in[0].size();
    if (count == 1) {
      store(o.out, fetch_to_write(o.in[0], size), size);
      return release_pins();
    }
    std::size_t half = std::bit_ceil(count) / 2;
    std::vector<int> sums;
    for (std::size_t i = 0; i < half; ++i) {
      if (i + half >= count) {
        sums.push_back(-1);  // one element still
        continue;
      }
      const int a = fetch(part(o.in[0], i, 1), size), b = fetch(part(o.in[0], i + half, 1), size), d = take();
      add(o.type, Xmm(d), Xmm(a), Xmm(b));
      for (const int r : {a, b}) held_[static_cast<std::size_t>(r)].pinned = false;
      sums.push_back(d);
    }
    const auto value = [&](std::size_t i) { return sums[i] >= 0 ? sums[i] : sums[i] = fetch(part(o.in[0], i, 1), size); };
    while ((half /= 2) > 0)
      for (std::size_t i = 0; i < half; ++i) {
        const int a = value(i), b = value(i + half), d = held_[static_cast<std::size_t>(a)].valid ? take() : a;
        add(o.type, Xmm(d), Xmm(a), Xmm(b));
        sums[i] = d;
      }
    store(o.out, sums[0], size);
    release_pins();
  }

  // ---- calls
  void begin_call() {
    if (std::exchange(any_vectors_, false)) vzeroupper();
  }
  void call_function(const void* f) {
    mov(rax, reinterpret_cast<std::uintptr_t>(f));
    call(rax);
    forget_all();
  }

  void call_block(const small_operation& o) {
    using engine::block_args;
    begin_call();
    const auto put_address = [&](std::size_t at_args, address a) {
      lea(rax, ptr[at(a)]);
      mov(ptr[rsp + at_args], rax);
    };
    put_address(offsetof(block_args, out), o.out);
    for (std::size_t k = 0; k < 4; ++k) {
      const std::size_t to = offsetof(block_args, in) + 8 * k;
      if (o.in[k].empty()) mov(qword[rsp + to], 0);
      else put_address(to, o.in[k][0]);
    }
    mov(qword[rsp + offsetof(block_args, n)], static_cast<std::uint32_t>(o.count));
    mov(dword[rsp + offsetof(block_args, scalars)], o.scalars);
    mov(rdi, rsp);
    call_function(reinterpret_cast<const void*>(o.block));
  }

  void call_reduce(const small_operation& o) {
    begin_call();
    lea(rax, ptr[at(o.in[0][0])]);
    mov(rsi, rax);
    lea(rdi, ptr[at(o.out)]);
    mov(edx, static_cast<std::uint32_t>(o.in[0].size()));
    call_function(reinterpret_cast<const void*>(o.reduce));
  }

  void call_whole(const small_operation& o) {
    begin_call();
    mov(rdi, reinterpret_cast<std::uintptr_t>(sites_ + o.call));
    mov(rsi, frame_);
    mov(rdx, inputs_);
    call_function(reinterpret_cast<const void*>(&run_whole));
    test(eax, eax);
    jnz(end_, T_NEAR);
  }

  // In either order from what is in registers when all is computed.
  void write_results(addresses small_result::*order) {
    const auto held = held_;
    const auto pointers = pointers_;
    for (std::size_t i = 0; i < p_.results.size(); ++i) write_result(i, p_.results[i].*order);
    held_ = held;
    pointers_ = pointers;
  }

  void write_result(std::size_t i, const addresses& elements) {
    const int size = p_.results[i].size;
    const Xbyak::Reg64 to = calls_ ? r15 : Xbyak::Reg64(rax);
    mov(to, ptr[results_ + i * sizeof(array_view) + offsetof(array_view, data)]);
    if (size == 1) {
      for (std::size_t k = 0; k < elements.size(); ++k) copy_byte(at(elements[k]), to + k);
      return;
    }
    const auto widest = [&](std::size_t first) { return held_from(elements[first]); };
    runs(std::ssize(elements), size, widest, [&](std::size_t first, int count, int width) {
      put(to + first * static_cast<std::size_t>(size), fetch(part(elements, first, count), size), width);
      release_pins();
    });
  }

  static constexpr std::size_t columns_at = engine::small_function::most_bytes - 64;  // in the frame: the argument
  static constexpr int args_bytes = static_cast<int>((sizeof(engine::block_args) + 15) / 16 * 16);
  static_assert((5 * 8 + 8 + args_bytes) % 16 == 0, "calls need an aligned stack");

  const small_program& p_;
  const std::byte* const constants_;
  const whole_call* const sites_;
  const bool calls_;  // registers that calls keep are used where there are some
  Xbyak::Reg64 frame_ = rdx, inputs_ = rdi, results_ = rsi, numbers_ = rcx;
  std::vector<held> held_;
  std::uint64_t now_ = 0;
  std::array<std::uint32_t, 4> pointers_{};  // which input each points to
  std::size_t next_pointer_ = 0;
  bool any_vectors_ = false;  // registers wider than 16 bytes were written
  Xbyak::Label end_;
};

// What the code refers to.
struct kept {
  std::unique_ptr<std::byte[]> constants;
  std::vector<whole_call> calls;
  std::shared_ptr<const code_memory> code;
};

}  // namespace small_code

bool emits_small(op_id id, dtype t) {
  if (!real(t)) return false;
  switch (id) {
    case op_id::add:
    case op_id::subtract:
    case op_id::multiply:
    case op_id::divide:
    case op_id::subtract_divide:
    case op_id::square:
    case op_id::sqrt:
    case op_id::positive:
    case op_id::negative:
    case op_id::abs:
    case op_id::multiply_add: return true;
    default: return false;
  }
}

std::unique_ptr<const engine::small_function> compile_small(const graph& g, std::span<const int> layouts, const backend& b) {
  small_program p;
  if (!plan_small(g, layouts, b, p)) return nullptr;
  auto keeps = std::make_shared<small_code::kept>();
  const std::size_t constant_bytes = p.constants.size();
  keeps->constants.reset(new std::byte[constant_bytes + 64]);
  if (constant_bytes) std::memcpy(keeps->constants.get(), p.constants.data(), constant_bytes);
  keeps->calls = std::move(p.calls);
  const code_buffer buffer(8192 + 64 * p.work);
  try {
    small_code::small_emitter e(p, keeps->constants.get(), keeps->calls.data(), engine::best_isa(), buffer.bytes());
    e.write();
    keeps->code = keep_code(buffer.bytes().first(e.getSize()), {0}, {{engine::code_mark::kind::direct, 0, 0}});
  } catch (const Xbyak::Error& e) {
    if (static_cast<int>(e) == Xbyak::ERR_CODE_IS_TOO_BIG) return nullptr;
    throw internal_error(std::string("[jit] small code: ") + e.what());
  }
  if (!keeps->code) return nullptr;
  auto f = std::make_unique<engine::small_function>();
  f->code = keeps->code->entry<engine::small_code>(0);
  f->text = keeps->code->bytes();
  f->bytes = sizeof(small_code::kept) + constant_bytes + f->text.size() + keeps->calls.size() * sizeof(whole_call);
  f->keeps = std::move(keeps);
  return f;
}

}  // namespace tendril::jit
