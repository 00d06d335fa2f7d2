// Replay: finds where each value of a call is, takes the workspace and runs the steps.
#include "array/arena.hpp"
#include "array/array_impl.hpp"
#include "array/views.hpp"
#include "run/executable.hpp"

namespace tendril::detail {
namespace {

void run_only(const executable& e, const array_view* in, const array_view* out, std::byte* memory) {
  constexpr std::size_t few = 16;
  const std::size_t inputs = e.input_types.size(), count = inputs + e.result_types.size();
  const auto run_on = [&](const array_view** ports) {
    for (std::size_t i = 0; i < count; ++i) ports[i] = i < inputs ? in + i : out + (i - inputs);
    engine::run(*e.only, ports, memory);
  };
  if (count > few) return run_on(engine::room<const array_view*>(static_cast<std::int64_t>(count)).get());
  const array_view* here[few];
  run_on(here);
}

void run_steps(const executable& e, const array_view* in, const array_view* out, std::byte* memory) {
  const engine::workspace table(e.places.size() * sizeof(array_view));
  auto* views = reinterpret_cast<array_view*>(table.data());
  find_views(e, in, out, memory, views);
  for (const step& s : e.steps) run_step(e, s, views, memory + e.scratch_offset);
}

}  // namespace

void find_views(const executable& e, const array_view* in, const array_view* out, std::byte* memory, array_view* views) {
  for (const value_id id : e.named) {
    const value_place& p = e.places[at(id)];
    array_view& v = views[at(id)];
    void* base = memory;
    switch (p.what) {
      case value_place::kind::input: base = in[p.index].data; break;
      case value_place::kind::result: base = out[p.index].data; break;
      case value_place::kind::constant: base = e.static_views[at(id)].data; break;
      default: break;
    }
    const array_view& known = p.fixed ? e.static_views[at(id)] : p.what == value_place::kind::input ? in[p.index] : out[p.index];
    v.dtype = known.dtype;
    v.rank = known.rank;
    for (int k = 0; k < known.rank; ++k) {  // not all that a view has room for
      v.shape[k] = known.shape[k];
      v.strides[k] = known.strides[k];
    }
    v.data = static_cast<std::byte*>(base) + p.offset;
  }
}

void run_apart(const executable& e, const array_view* in, const array_view* out) {
  const std::size_t results = e.result_types.size();
  std::size_t bytes = 0;
  for (std::size_t o = 0; o < results; ++o) bytes += engine::whole_lines(static_cast<std::size_t>(out[o].size()) * size_of(out[o].dtype));
  const engine::workspace elements(bytes), table(results * sizeof(array_view));
  auto* fresh = reinterpret_cast<array_view*>(table.data());
  std::byte* next = elements.data();
  for (std::size_t o = 0; o < results; ++o) {
    engine::lay_row_major(fresh[o], next, out[o].dtype, {out[o].shape, static_cast<std::size_t>(out[o].rank)});
    next += engine::whole_lines(static_cast<std::size_t>(out[o].size()) * size_of(out[o].dtype));
  }
  e.direct ? executable::run_direct(&e, in, fresh) : executable::run(&e, in, fresh);
  for (std::size_t o = 0; o < results; ++o) copy_elements(out[o], fresh[o]);
}

void executable::run(const executable* e, const array_view* in, const array_view* out) {
  if (e->steps.empty()) return;
  if (e->small) return run_small(e, in, out);
  for (const std::int32_t r : e->row_major_results)
    if (layout_class(out[r]) != 0) return run_apart(*e, in, out);
  const auto go = [&](std::byte* memory) { e->only ? run_only(*e, in, out, memory) : run_steps(*e, in, out, memory); };
  if (e->workspace_bytes <= stack_bytes) {
    alignas(64) std::byte memory[stack_bytes];
    return go(memory);
  }
  const engine::workspace memory(e->workspace_bytes);
  go(memory.data());
}

}  // namespace tendril::detail
