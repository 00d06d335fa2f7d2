// What an executable keeps, in bytes: a traced object bounds the sum.
#include "run/executable.hpp"

namespace tendril::detail {
namespace {

constexpr std::size_t block_overhead = 16;  // of the allocator, for each vector

template <class T>
std::size_t memory_of(const std::vector<T>& v) {
  return v.capacity() ? v.capacity() * sizeof(T) + block_overhead : 0;
}

std::size_t memory_of(const graph& g) {
  std::size_t n = memory_of(g.types) + memory_of(g.inputs) + memory_of(g.nodes) + memory_of(g.results);
  for (const type& t : g.types) n += memory_of(t.shape);
  for (const node& x : g.nodes) {
    n += memory_of(x.inputs) + x.attrs.items().size_bytes() + memory_of(x.regions);
    for (const region& r : x.regions)
      for (const graph& body : r.body) n += sizeof body + memory_of(body);
  }
  return n;
}

std::size_t memory_of(const engine::stage_program& p) {
  std::size_t n = sizeof p + memory_of(p.outer) + memory_of(p.inner) + memory_of(p.across) + memory_of(p.slots) +
                  memory_of(p.external_slots) + memory_of(p.moving_slots) + memory_of(p.constant_slots) + memory_of(p.slot_offsets) +
                  memory_of(p.externals) + memory_of(p.phases) + memory_of(p.row_results) + memory_of(p.constants) + memory_of(p.buffers) +
                  memory_of(p.ports) + memory_of(p.port_offsets);
  for (const engine::phase& f : p.phases)
    n += memory_of(f.guards) + memory_of(f.accumulations) + memory_of(f.searches) + memory_of(f.before) + memory_of(f.block) +
         memory_of(f.reads) + memory_of(f.writes) + memory_of(f.several.copies);
  return n;
}

}  // namespace

std::size_t footprint(const executable& e) noexcept {
  std::size_t n = sizeof e + memory_of(e.graph) + memory_of(e.input_types) + memory_of(e.result_types) + memory_of(e.steps) +
                  memory_of(e.places) + memory_of(e.static_views) + memory_of(e.named) + memory_of(e.constants) + memory_of(e.info.steps) +
                  memory_of(e.port_bytes) + memory_of(e.input_layouts);
  for (const step_info& s : e.info.steps) n += s.kind.capacity() + s.ops.capacity() + s.engine.capacity();
  if (e.small) n += sizeof *e.small + e.small->bytes;
  for (const step& s : e.steps) {
    n += memory_of(s.in) + memory_of(s.out) + s.attrs.items().size_bytes();
    if (s.program) n += memory_of(*s.program);
    if (s.by_rows) n += sizeof *s.by_rows;
    if (s.regions) {
      n += sizeof *s.regions + memory_of(s.regions->bodies) + memory_of(s.regions->memory) + memory_of(s.regions->row_major);
      for (const auto& body : s.regions->bodies) n += footprint(*body);
    }
    if (s.prepared)  // packed constants are about as large as they were
      for (value_id v : s.in)
        if (v >= 0 && e.places[static_cast<std::size_t>(v)].what == value_place::kind::constant) {
          const array_view& c = e.static_views[static_cast<std::size_t>(v)];
          n += static_cast<std::size_t>(c.size()) * size_of(c.dtype);
        }
  }
  return n;
}

}  // namespace tendril::detail
