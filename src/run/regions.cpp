// Steps of ops with regions: their bodies are executables, which the op's kernel calls.
#include <algorithm>

#include "array/arena.hpp"
#include "array/array_impl.hpp"
#include "array/views.hpp"
#include "run/plan.hpp"

namespace tendril::detail {
namespace {

// What a call of an executable takes of the arena, beyond what its steps take for themselves.
std::size_t arena_bytes(const executable& e) {
  std::size_t inside = 0, results = e.result_types.size() * sizeof(array_view);
  for (const step& s : e.steps)
    if (s.regions) inside = std::max(inside, s.regions->body_bytes);
  for (const type& t : e.result_types) results += engine::whole_lines(bytes_of(t));  // of run_apart
  return engine::whole_lines(e.workspace_bytes) + engine::whole_lines(e.places.size() * sizeof(array_view)) + results + inside;
}

class compiled_bodies final : public region_calls {
 public:
  compiled_bodies(const step_regions& r, const array_view* memory) : r_(r), memory_(memory) {}
  std::size_t count() const noexcept override { return r_.bodies.size(); }
  std::span<const array_view> memory(std::size_t which) const override {
    const array_view* first = memory_;
    for (std::size_t k = 0; k < which; ++k) first += r_.memory[k].size();
    return {first, r_.memory[which].size()};
  }

 private:
  const graph& body(std::size_t which) const override { return r_.bodies[which]->graph; }
  void call(std::size_t which, std::span<const array_view> out, std::span<const array_view> in) override {
    const executable* e = r_.bodies[which].get();
    if (e->steps.empty()) return;
    e->direct ? executable::run_direct_into(e, in.data(), out.data()) : executable::run_into(e, in.data(), out.data());
  }

  const step_regions& r_;
  const array_view* memory_;  // of all bodies, one after the other
};

}  // namespace

step::step() = default;
step::step(step&&) noexcept = default;
step& step::operator=(step&&) noexcept = default;
step::~step() = default;

std::unique_ptr<const step_regions> plan_regions(const node& n, const graph& g, std::span<const int> layouts, const backend& b, int threads,
                                                 bool contract) {
  auto r = std::make_unique<step_regions>();
  const auto take = [&](const type& t) {
    const std::size_t offset = r->scratch_bytes;
    r->scratch_bytes += engine::whole_lines(bytes_of(t));
    return step_regions::piece{t, offset};
  };
  for (const region& x : n.regions) {
    const graph& body = x.body.front();
    r->bodies.push_back(plan(body, b, std::vector<int>(body.inputs.size(), 0), threads, contract));
    r->body_bytes = std::max(r->body_bytes, arena_bytes(*r->bodies.back()));
    std::vector<step_regions::piece>& memory = r->memory.emplace_back();
    for (const type& t : r->bodies.back()->result_types) memory.push_back(take(t));
  }
  for (std::size_t i = 0; i < n.inputs.size(); ++i) {
    r->row_major.emplace_back();
    if (layouts[i] != 0) r->row_major.back() = take(g.type_of(n.inputs[i]));
  }
  return r;
}

void run_regions(const step& s, const array_view* views, std::byte* scratch) {
  const step_regions& r = *s.regions;
  { const engine::workspace reserve(r.body_bytes); }  // a branch that is not taken now must not allocate later
  std::size_t count = s.in.size() + s.out.size();
  for (const auto& memory : r.memory) count += memory.size();
  const engine::workspace table(count * sizeof(array_view));
  auto* const in = reinterpret_cast<array_view*>(table.data());
  array_view *const out = in + s.in.size(), *const memory = out + s.out.size();
  const auto lay = [&](array_view& v, const step_regions::piece& p) {
    std::int64_t shape[max_rank];
    const auto rank = p.of.shape.size();
    for (std::size_t k = 0; k < rank; ++k) shape[k] = p.of.shape[k].value;
    engine::lay_row_major(v, scratch + p.offset, p.of.dtype, {shape, rank});
  };
  for (std::size_t i = 0; i < s.in.size(); ++i) {
    in[i] = views[at(s.in[i])];
    if (!r.row_major[i] || layout_class(in[i]) == 0) continue;
    lay(in[i], *r.row_major[i]);
    copy_elements(in[i], views[at(s.in[i])]);
  }
  for (std::size_t i = 0; i < s.out.size(); ++i) out[i] = views[at(s.out[i])];
  array_view* next = memory;
  for (const auto& pieces : r.memory)
    for (const step_regions::piece& p : pieces) lay(*next++, p);
  compiled_bodies bodies(r, memory);
  s.op->run_regions({out, s.out.size()}, {in, s.in.size()}, s.attrs, bodies);
}

}  // namespace tendril::detail
