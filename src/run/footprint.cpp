// What an executable keeps, in bytes: a traced object bounds the sum.
#include "run/executable.hpp"

namespace tendril::detail {
namespace {

constexpr std::size_t block_overhead = 16;  // of the allocator, for each vector

template <class T>
std::size_t bytes_of(const std::vector<T>& v) {
  return v.capacity() ? v.capacity() * sizeof(T) + block_overhead : 0;
}

std::size_t bytes_of(const graph& g) {
  std::size_t n = bytes_of(g.types) + bytes_of(g.inputs) + bytes_of(g.nodes) + bytes_of(g.results);
  for (const type& t : g.types) n += bytes_of(t.shape);
  for (const node& x : g.nodes) {
    n += bytes_of(x.inputs) + x.attrs.items().size_bytes() + bytes_of(x.regions);
    for (const region& r : x.regions)
      for (const graph& body : r.body) n += sizeof body + bytes_of(body);
  }
  return n;
}

std::size_t bytes_of(const engine::stage_program& p) {
  std::size_t n = sizeof p + bytes_of(p.outer) + bytes_of(p.inner) + bytes_of(p.across) + bytes_of(p.slots) + bytes_of(p.external_slots) +
                  bytes_of(p.moving_slots) + bytes_of(p.constant_slots) + bytes_of(p.slot_offsets) + bytes_of(p.externals) +
                  bytes_of(p.phases) + bytes_of(p.row_results) + bytes_of(p.constants) + bytes_of(p.buffers) + bytes_of(p.operands) +
                  bytes_of(p.operand_offsets);
  for (const engine::phase& f : p.phases)
    n += bytes_of(f.guards) + bytes_of(f.accumulations) + bytes_of(f.searches) + bytes_of(f.before) + bytes_of(f.block) +
         bytes_of(f.reads) + bytes_of(f.writes) + bytes_of(f.several.copies);
  return n;
}

}  // namespace

std::size_t footprint(const executable& e) noexcept {
  std::size_t n = sizeof e + bytes_of(e.graph) + bytes_of(e.input_types) + bytes_of(e.result_types) + bytes_of(e.steps) +
                  bytes_of(e.places) + bytes_of(e.static_views) + bytes_of(e.named) + bytes_of(e.constants) + bytes_of(e.info.steps) +
                  bytes_of(e.operand_bytes) + bytes_of(e.input_layouts);
  for (const step_info& s : e.info.steps) n += s.kind.capacity() + s.ops.capacity() + s.engine.capacity();
  for (const step& s : e.steps) {
    n += bytes_of(s.in) + bytes_of(s.out) + s.attrs.items().size_bytes();
    if (s.program) n += bytes_of(*s.program);
    if (s.by_rows) n += sizeof *s.by_rows;
    if (s.regions) {
      n += sizeof *s.regions + bytes_of(s.regions->bodies) + bytes_of(s.regions->memory) + bytes_of(s.regions->row_major);
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
