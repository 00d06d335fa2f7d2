// Programs to code, and the key under which code is shared.
#include "array/warn.hpp"
#include "backends/jit/code.hpp"
#include "backends/jit/emitter.hpp"
#include "backends/jit/small.hpp"
#include "kernels/backend.hpp"

#include <memory>
#include <mutex>
#include <utility>

namespace tendril::jit {
namespace {

bool emits(const stage_program& p, const instruction& i) {
  for (int k = 1; k < i.inputs; ++k)
    if (i.op->id == op_id::gelu_tanh && p.slots[i.in[k]].what != engine::slot::kind::constant) return false;
  return i.what == instruction::kind::map ? emitter::emits(engine::best_isa(), i) : emitter::folds_in_loop(engine::best_isa(), i);
}

bool has_direct(const stage_program& p) { return p.one_row && !p.ports.empty(); }

bool walks_rows(const stage_program& p) { return !p.outer.empty() && p.row_results.size() <= engine::row_walk::most_results; }

// All that the code depends on: two programs of one structure run the same code.
std::string structure_of(const stage_program& p) {
  std::string key;
  key.reserve(4096);
  const auto add = [&key](auto x) { key.append(reinterpret_cast<const char*>(&x), sizeof x); };
  add(p.short_rows());
  add(p.across_rows());
  add(has_direct(p));
  add(walks_rows(p));
  if (p.short_rows()) {
    add(p.port_offsets.empty());
    add(p.ports.size());
    for (const engine::port_place& o : p.ports) add(o.result ? ~o.view : o.view);
    add(p.slots.size());
    for (const engine::slot& s : p.slots) {
      add(s.what);
      if (s.what == engine::slot::kind::external) add(p.externals[static_cast<std::size_t>(s.external)].port);
      if (s.what == engine::slot::kind::constant) add(s.offset);
    }
    add(p.row_results.size());
    for (const auto& r : p.row_results) {
      add(r.slot);
      add(p.externals[r.external].port);
      add(p.externals[r.external].element_size);
    }
  }
  const auto group = walks_rows(p) ? emitter::rows_together(p, engine::best_isa()) : row_group();
  const int at_once = walks_rows(p) ? emitter::rows_at_once(p, engine::best_isa()) : 0;
  add(group.vectors);
  add(group.exact);
  add(at_once);
  if (at_once) add(p.row_size);
  if (group.vectors || at_once)
    for (const engine::external& x : p.externals)
      for (std::size_t k = p.outer_axis.size(); k-- > 0 && k + 2 >= p.outer_axis.size();) add(x.axis[p.outer_axis[k]] >= 0);
  for (const engine::phase& ph : p.phases) {
    for (const auto* list : {&ph.before, &ph.block}) {
      add(list->size());
      for (const instruction& i : *list) {
        add(i.what);
        add(i.loop);
        add(i.op->id);
        add(i.operands);
        add(i.result);
        add(i.inputs);
        add(i.scalars);
        for (std::uint16_t s : i.in) add(s);
        add(i.out);
        add(i.out2);
        add(i.part);
        add(i.part2);
        add(i.map);  // one of a union of pointers
        const auto inside = [&](std::uint16_t s) { return static_cast<char>(p.slots[s].what == engine::slot::kind::inside); };
        add(inside(i.out));
      }
    }
    add(ph.guards.empty());
    add(ph.past_caches);
    add(ph.reads.empty());
    add(ph.writes.empty());
  }
  return key;
}

std::shared_ptr<const code_memory> emit(const stage_program& p) {
  std::size_t instructions = 0;
  for (const engine::phase& ph : p.phases) instructions += ph.before.size() + ph.block.size();
  const code_buffer buffer(constants::room + (std::size_t{256} << 10) + instructions * 4096);
  std::uint8_t* const begin = buffer.bytes().data();
  std::vector<std::size_t> entries;
  try {
    emitter e(p, engine::best_isa(), buffer.bytes());
    if (p.short_rows()) {
      entries.push_back(e.row_function());
      entries.push_back(has_direct(p) ? e.direct_function() : code_memory::none);
      entries.push_back(walks_rows(p) ? e.rows_function() : code_memory::none);
      entries.push_back(walks_rows(p) && emitter::rows_at_once(p, engine::best_isa()) ? e.pairwise_function() : code_memory::none);
    } else {
      for (std::size_t ph = 0; ph < p.phases.size(); ++ph) {
        const bool rare = !p.phases[ph].guards.empty();
        entries.push_back(rare || p.phases[ph].before.empty() ? code_memory::none : e.before_function(ph));
        entries.push_back(rare || p.phases[ph].block.empty() ? code_memory::none : e.block_function(ph));
      }
    }
    const std::size_t before = e.constants_size();
    for (std::size_t& entry : entries)
      if (entry != code_memory::none) entry += before;
    for (engine::code_mark& m : e.marks) m.offset += static_cast<std::uint32_t>(before);
    if (before) e.marks.insert(e.marks.begin(), {engine::code_mark::kind::constants, 0, 0});
    const std::span<const std::uint8_t> bytes(begin + constants::room - before, before + e.getSize());
    auto code = keep_code(bytes, std::move(entries), std::move(e.marks));
    if (static std::once_flag said; !code)
      std::call_once(said, [] {
        detail::warn(
            "[jit] no memory for machine code: got none from the system, expected executable pages. Kernels of the backend eigen run what is compiled from now on, with the same results; functions that are destroyed give code memory back.");
      });
    return code;
  } catch (const Xbyak::Error&) {
    return nullptr;  // larger than any program should be: the kernels run it
  }
}

bool compile(stage_program& p) {
  const auto [code, made] = cached(structure_of(p), [&] { return emit(p); });
  if (!code) return false;
  p.made_code = made;
  const std::int64_t register_bytes = engine::best_isa() == engine::isa::avx512 ? 64 : 32;
  if (p.short_rows()) {
    p.row_code = code->entry<engine::code>(0);
    p.direct = code->entry<engine::direct_code>(1);
    p.rows_code = code->entry<engine::code>(2);
    p.pairwise_code = code->entry<engine::code>(3);
    if (p.pairwise_code) p.pairwise_rows = register_bytes / p.externals[p.row_results[0].external].element_size;
  } else {
    for (std::size_t ph = 0; ph < p.phases.size(); ++ph) {
      p.phases[ph].before_code = code->entry<engine::code>(2 * ph);
      p.phases[ph].block_code = code->entry<engine::code>(2 * ph + 1);
    }
  }
  p.keeps_code = code;
  return true;
}

}  // namespace

engine::code_text code_of(const stage_program& p) {
  const auto* memory = static_cast<const code_memory*>(p.keeps_code.get());
  return memory ? engine::code_text{memory->bytes(), memory->marks()} : engine::code_text{};
}

const engine::compiler* compiler() {
  static const engine::compiler c{emits, compile, engine::best_isa() == engine::isa::avx512, compile_small};
  // Some systems grant no executable pages: asked once.
  static const bool granted = [] {
    constexpr std::uint8_t ret[] = {0xc3};
    return engine::best_isa() >= engine::isa::avx2 && make_code(ret, {}) != nullptr;
  }();
  return granted ? &c : nullptr;
}

}  // namespace tendril::jit
