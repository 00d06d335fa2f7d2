// Compiling a graph to an executable, and running it.
#include "run/executable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <new>

#include "array/arena.hpp"
#include "array/array_impl.hpp"
#include "array/views.hpp"
#include "kernels/evaluate.hpp"
#include "ops/op_table.hpp"
#include "ops/view_ops.hpp"
#include "run/plan.hpp"
#include "threads/pool.hpp"

#include <tendril/passes.hpp>

namespace tendril {
namespace detail {
namespace {

std::size_t at(value_id v) { return static_cast<std::size_t>(v); }

}  // namespace

namespace {

// The rows of `v` from `first` on.
array_view rows_from(array_view v, int axis, std::int64_t first, std::int64_t count) {
  v.data = static_cast<std::byte*>(v.data) + first * v.strides[axis] * static_cast<std::int64_t>(size_of(v.dtype));
  v.shape[axis] = count;
  return v;
}

void run_by_rows(const step& s, const array_view* views) {
  const row_product& by = *s.by_rows;
  using engine::whole_lines;
  const std::size_t scratch = s.prepared ? whole_lines(s.prepared->scratch_bytes) : 0, product = whole_lines(by.product_bytes),
                    operands = by.operands.size();
  const std::int64_t blocks = (by.all_rows + by.rows - 1) / by.rows;
  const auto work = [&](engine::chunks& todo) {
    std::int64_t block;
    if (!todo.take(block)) return;
    const engine::workspace memory(scratch + product + (s.program ? whole_lines(s.program->workspace) : 0)),
        table(operands * (sizeof(array_view) + sizeof(void*)));
    auto* parts = reinterpret_cast<array_view*>(table.data());
    auto* pointers = reinterpret_cast<const array_view**>(parts + operands);
    do {
      const std::int64_t first = block * by.rows, count = std::min(by.rows, by.all_rows - first);
      const array_view in[2] = {rows_from(views[at(s.in[0])], 0, first, count), views[at(s.in[1])]};
      const array_view out = s.program
                                 ? engine::row_major(memory.data() + scratch, by.result.dtype, std::array{count, by.result.shape[1].value})
                                 : rows_from(views[at(s.out[0])], 0, first, count);
      if (s.prepared) s.prepared->run(&out, in, memory.data());
      else s.kernel(&out, in, 2, s.attrs);
      if (!s.program) continue;
      for (std::size_t k = 0; k < operands; ++k) {
        const value_id v = by.operands[k];
        parts[k] = v == absent ? out : by.moving[k] < 0 ? views[at(v)] : rows_from(views[at(v)], by.moving[k], first, count);
        pointers[k] = &parts[k];
      }
      engine::run_rows(*s.program, pointers, memory.data() + scratch + product, count * (s.program->rows / by.all_rows));
    } while (todo.take(block));
  };
  engine::parallel(by.threads, blocks, work);
}

}  // namespace

void run_step(const executable& e, const step& s, array_view* views, std::byte* scratch) {
  const graph& g = e.graph;
  switch (s.what) {
    case step::kind::group: {
      const array_view* few[32];
      engine::room<const array_view*> many;
      const array_view** operands = few;
      if (s.in.size() + s.out.size() > 32) { operands = many.take(static_cast<std::int64_t>(s.in.size() + s.out.size())); }
      std::size_t k = 0;
      for (value_id v : s.in) operands[k++] = &views[at(v)];
      for (value_id v : s.out) operands[k++] = &views[at(v)];
      engine::run(*s.program, operands, scratch);
      return;
    }
    case step::kind::product: return run_by_rows(s, views);
    case step::kind::view: {
      array_view v;
      const std::vector<extent>& made = g.type_of(s.out[0]).shape;
      std::int64_t shape[max_rank];
      for (std::size_t k = 0; k < made.size(); ++k) shape[k] = made[k].value;
      if (!engine::view_of(s.op->id, s.attrs, views[at(s.in[0])], {shape, made.size()}, v))
        throw internal_error(fmt::format("[{}] a planned view needs a copy", s.op->name));
      views[at(s.out[0])] = v;
      return;
    }
    case step::kind::copy:
      if (s.split) engine::run_split(*s.split, views[at(s.out[0])], &views[at(s.in[0])], 1, s.attrs);
      else copy_elements(views[at(s.out[0])], views[at(s.in[0])]);
      return;
    case step::kind::kernel: {
      if (views[at(s.out[0])].size() == 0) return;
      constexpr std::size_t few = 4;
      array_view here[few]{};
      engine::room<array_view> many;
      const std::size_t operands = s.in.size() + s.out.size();
      array_view* const in = operands > few ? many.take(static_cast<std::int64_t>(operands)) : here;
      if (many) std::fill_n(in, operands, array_view());
      array_view* const results = in + s.in.size();
      for (std::size_t k = 0; k < s.in.size(); ++k) {
        if (s.in[k] == absent) continue;
        in[k] = views[at(s.in[k])];
        if (s.broadcast_inputs)
          in[k] = engine::broadcast_view(in[k], {views[at(s.out[0])].shape, static_cast<std::size_t>(views[at(s.out[0])].rank)});
      }
      for (std::size_t k = 0; k < s.out.size(); ++k) results[k] = views[at(s.out[k])];
      if (s.prepared) s.prepared->run(results, in, scratch);
      else if (s.split) engine::run_split(*s.split, *results, in, static_cast<int>(s.in.size()), s.attrs);
      else s.kernel(results, in, static_cast<int>(s.in.size()), s.attrs);
      return;
    }
    case step::kind::custom: {
      // Users' kernels see row-major memory.
      std::vector<array> kept;
      std::vector<array_view> in, results;
      for (value_id v : s.in) {
        if (v == absent) {
          in.emplace_back();
          continue;
        }
        array_view x = views[at(v)];
        if (s.op->is(trait::elementwise)) x = engine::broadcast_view(x, g.type_of(s.out[0]).known_extents());
        if (layout_class(x) != 0) {
          kept.push_back(copy_of(x));
          x = kept.back().view();
        }
        in.push_back(x);
      }
      std::vector<std::pair<std::size_t, array>> strided;
      for (value_id v : s.out) {
        results.push_back(views[at(v)]);
        if (layout_class(results.back()) != 0) {
          strided.emplace_back(results.size() - 1,
                               make_empty(results.back().dtype, {results.back().shape, static_cast<std::size_t>(results.back().rank)}));
          results.back() = strided.back().second.view();
        }
      }
      s.op->kernel(results, in, s.attrs);
      for (const auto& [i, a] : strided) copy_elements(views[at(s.out[i])], a.view());
      return;
    }
  }
}

namespace {

// Small functions keep their workspace on the stack.
constexpr std::size_t stack_bytes = 4096;

void run_only(const executable& e, const array_view* in, const array_view* out, std::byte* memory) {
  constexpr std::size_t few = 16;
  const std::size_t inputs = e.input_types.size(), count = inputs + e.result_types.size();
  const auto run_on = [&](const array_view** operands) {
    for (std::size_t i = 0; i < count; ++i) operands[i] = i < inputs ? in + i : out + (i - inputs);
    engine::run(*e.only, operands, memory);
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

namespace {

// To working memory first, then to where the results belong: still no allocation.
void run_apart(const executable& e, const array_view* in, const array_view* out) {
  const std::size_t results = e.result_types.size();
  std::size_t bytes = 0;
  for (std::size_t o = 0; o < results; ++o) bytes += engine::whole_lines(static_cast<std::size_t>(out[o].size()) * size_of(out[o].dtype));
  const engine::workspace elements(bytes), table(results * sizeof(array_view));
  auto* fresh = reinterpret_cast<array_view*>(table.data());
  std::byte* next = elements.data();
  for (std::size_t o = 0; o < results; ++o) {
    array_view& v = fresh[o] = out[o];
    v.data = next;
    for (std::int64_t i = v.rank - 1, stride = 1; i >= 0; stride *= v.shape[i--]) v.strides[i] = stride;
    next += engine::whole_lines(static_cast<std::size_t>(v.size()) * size_of(v.dtype));
  }
  executable::run(&e, in, fresh);
  for (std::size_t o = 0; o < results; ++o) copy_elements(out[o], fresh[o]);
}

}  // namespace

void executable::run(const executable* e, const array_view* in, const array_view* out) {
  if (e->steps.empty()) return;
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

namespace {
[[gnu::noinline]] void run_direct_with_buffers(const executable* e, const array_view* in, const array_view* out) {
  if (e->workspace_bytes <= stack_bytes) {
    alignas(64) std::byte memory[stack_bytes];
    return e->direct(in, out, &e->context, memory);
  }
  const engine::workspace memory(e->workspace_bytes);
  e->direct(in, out, &e->context, memory.data());
}
}  // namespace

namespace {

void call_direct(const executable* e, const array_view* in, const array_view* out) {
  if (e->direct_buffers) return run_direct_with_buffers(e, in, out);
  e->direct(in, out, &e->context, nullptr);
}

bool is_row_major(const array_view& v) {
  std::int64_t stride = 1;
  for (int i = v.rank - 1; i >= 0; stride *= v.shape[i--])
    if (v.strides[i] != stride && v.shape[i] != 1) return false;
  return true;
}

// Has `a`, of so many bytes, none in common with `b`? A distance that is negative is a very large one.
bool apart(const array_view& a, std::uintptr_t a_bytes, const array_view& b, std::uintptr_t b_bytes) {
  const auto x = reinterpret_cast<std::uintptr_t>(a.data), y = reinterpret_cast<std::uintptr_t>(b.data);
  return x - y >= b_bytes && y - x >= a_bytes;
}

// The memory that the results of a call go to, by address: what lies in it, or in two of them, is found without comparing each with each.
class target_spans {
 public:
  struct target {
    const char *begin, *end;
    const char* reached;  // the furthest end of this one and those before it
    std::size_t which;
  };
  target_spans(const array_view* out, std::size_t count)
      : memory_(count * sizeof(target)), all_(reinterpret_cast<target*>(memory_.data())), count_(count) {
    for (std::size_t o = 0; o < count; ++o) {
      const engine::byte_span s(out[o]);
      all_[o] = {s.begin, s.end, s.end, o};
    }
    std::sort(all_, all_ + count,
              [](const target& a, const target& b) { return a.begin != b.begin ? a.begin < b.begin : a.which < b.which; });
    for (std::size_t i = 1; i < count; ++i) all_[i].reached = std::max(all_[i].reached, all_[i - 1].reached);
  }
  /// Calls `f` with the two targets of each pair that meets, the one that stands first in the list first.
  template <class F>
  void for_each_pair(F f) const {
    for (std::size_t i = 0; i < count_; ++i)
      for (std::size_t k = i + 1; k < count_ && all_[k].begin < all_[i].end; ++k)
        if (all_[k].begin != all_[k].end) f(std::min(all_[i].which, all_[k].which), std::max(all_[i].which, all_[k].which));
  }
  /// Calls `f` with each target that meets the view.
  template <class F>
  void for_each_meeting(const array_view& v, F f) const {
    const engine::byte_span s(v);
    if (s.begin == s.end) return;
    const target* i = std::partition_point(all_, all_ + count_, [&](const target& t) { return t.begin < s.end; });
    while (i != all_ && (--i)->reached > s.begin)
      if (i->end > s.begin && i->begin != i->end) f(i->which);
  }

 private:
  const engine::workspace memory_;
  target* const all_;
  const std::size_t count_;
};

// Up to so many results are compared each with each: looking at four costs less than putting them in order.
constexpr std::size_t few_results = 4;

// Can `direct` write here? Outputs must be row-major and apart from the inputs and from each other.
bool serves_direct(const executable& e, const array_view* in, const array_view* out) {
  const std::uintptr_t* bytes = e.operand_bytes.data();
  const std::size_t inputs = e.input_types.size(), results = e.result_types.size();
  if (results > few_results) {
    for (std::size_t o = 0; o < results; ++o)
      if (!is_row_major(out[o])) return false;
    const target_spans targets(out, results);
    bool serves = true;
    targets.for_each_pair([&](std::size_t, std::size_t) { serves = false; });
    for (std::size_t i = 0; i < inputs && serves; ++i)
      targets.for_each_meeting(in[i], [&](std::size_t o) { serves = serves && e.in_place && engine::same_memory(out[o], in[i]); });
    return serves;
  }
  for (std::size_t o = 0; o < results; ++o) {
    const std::uintptr_t own = bytes[inputs + o];
    if (!is_row_major(out[o])) return false;
    for (std::size_t i = 0; i < inputs; ++i)
      if (!apart(out[o], own, in[i], bytes[i]) && !(e.in_place && engine::same_memory(out[o], in[i]))) return false;
    for (std::size_t q = 0; q < o; ++q)
      if (!apart(out[o], own, out[q], bytes[inputs + q])) return false;
  }
  return true;
}

[[noreturn, gnu::noinline]] void refuse_pair(std::size_t a, std::size_t b) {
  throw error(fmt::format(
      "[into] outputs {} and {} overlap: got one memory for two results, expected distinct storage. Pass separate containers.", a, b));
}
[[noreturn, gnu::noinline]] void refuse_overlapping(std::size_t o, const array_view& v) {
  const auto rank = static_cast<std::size_t>(v.rank);
  throw error(fmt::format(
      "[into] output {} overlaps itself: got strides {} for shape {}, expected memory of its own for each element. Pass storage that repeats none.",
      o, to_string(std::span<const std::int64_t>(v.strides, rank)), to_string(std::span<const std::int64_t>(v.shape, rank))));
}

}  // namespace

namespace {
[[gnu::noinline]] void run_direct_into_any(const executable* e, const array_view* in, const array_view* out) {
  serves_direct(*e, in, out) ? call_direct(e, in, out) : executable::run_into(e, in, out);
}
}  // namespace

void executable::run_direct(const executable* e, const array_view* in, const array_view* out) {
  // Containers of matrices may be column-major.
  if (e->direct_ranked) [[unlikely]]
    for (std::size_t o = 0; o < e->result_types.size(); ++o)
      if (!is_row_major(out[o])) return run(e, in, out);
  call_direct(e, in, out);
}

void executable::run_direct_plain(const executable* e, const array_view* in, const array_view* out) {
  e->direct(in, out, &e->context, nullptr);
}

void executable::run_direct_into(const executable* e, const array_view* in, const array_view* out) {
  // One vector to another: small ones are done as soon as this is known.
  const std::uintptr_t* bytes = e->operand_bytes.data();
  if (e->operand_bytes.size() != 2 || out->rank != 1 || out->strides[0] != 1 || !apart(*out, bytes[1], *in, bytes[0]))
    return run_direct_into_any(e, in, out);
  call_direct(e, in, out);
}

void executable::run_into(const executable* executable, const array_view* in, const array_view* out) {
  const detail::executable& e = *executable;
  const std::size_t inputs = e.input_types.size(), results = e.result_types.size();
  bool clash = false;
  for (std::size_t o = 0; o < results; ++o)
    if (!is_row_major(out[o]) && engine::overlaps_itself(out[o])) refuse_overlapping(o, out[o]);
  if (results > few_results) {
    const target_spans targets(out, results);
    targets.for_each_pair([&](std::size_t a, std::size_t b) {
      if (engine::share_elements(out[b], out[a])) refuse_pair(a, b);
    });
    for (std::size_t i = 0; i < inputs && !clash; ++i)
      targets.for_each_meeting(in[i], [&](std::size_t o) { clash |= !(e.in_place && engine::same_memory(out[o], in[i])); });
  } else {
    for (std::size_t o = 0; o < results; ++o) {
      for (std::size_t i = 0; i < inputs; ++i)
        if (engine::overlap(out[o], in[i])) clash |= !(e.in_place && engine::same_memory(out[o], in[i]));
      for (std::size_t q = 0; q < o; ++q)
        if (engine::share_elements(out[o], out[q])) refuse_pair(q, o);
    }
  }
  if (!clash) return run(&e, in, out);
  run_apart(e, in, out);
}

}  // namespace detail

namespace {

const detail::executable& require(const detail::ref<detail::executable>& p) {
  if (!p)
    throw error("[call] no function: got a default-constructed td::function, expected a compiled one. Assign what td::compile returns.");
  return *p;
}

}  // namespace

function::function() noexcept = default;
function::function(detail::ref<detail::executable> p) noexcept : p_(std::move(p)) {}
function::function(const function&) noexcept = default;
function::function(function&&) noexcept = default;
function& function::operator=(const function&) noexcept = default;
function& function::operator=(function&&) noexcept = default;
function::~function() = default;
const graph& function::graph() const { return require(p_).graph; }
const compile_info& function::info() const { return require(p_).info; }

namespace {

void check_view(const char* what, std::size_t i, const array_view& v, const type& t) {
  const extents shape = t.known_extents();
  if (v.dtype != t.dtype)
    throw dtype_error(fmt::format("[call] the dtype of {} {} differs: got {}, expected {}. Convert with td::astype.", what, i,
                                  name_of(v.dtype), name_of(t.dtype)));
  if (!std::equal(v.shape, v.shape + v.rank, shape.begin(), shape.end()))
    throw shape_error(fmt::format("[call] the shape of {} {} differs: got {}, expected {}. Compile the graph for this shape.", what, i,
                                  to_string(std::span<const std::int64_t>(v.shape, static_cast<std::size_t>(v.rank))), to_string(shape)));
}

void check_views(const detail::executable& e, std::span<const array_view> in) {
  if (in.size() != e.input_types.size())
    throw error(fmt::format("[call] wrong number of inputs: got {}, expected {}. Pass one array for each input of the graph.", in.size(),
                            e.input_types.size()));
  for (std::size_t i = 0; i < in.size(); ++i) check_view("input", i, in[i], e.input_types[i]);
}

}  // namespace

std::vector<array> function::operator()(std::span<const array> inputs) const {
  std::vector<array_view> in, views;
  for (const array& a : inputs) in.push_back(a.view());
  check_views(require(p_), in);
  std::vector<array> out;
  for (const type& t : p_->result_types) {
    out.push_back(detail::make_empty(t.dtype, t.known_extents()));
    views.push_back(out.back().view());
  }
  run_in_layout(in, views);
  return out;
}

void function::into(std::span<const array_view> results, std::span<const array_view> inputs) const {
  check_views(require(p_), inputs);
  if (results.size() != p_->result_types.size())
    throw error(fmt::format("[into] wrong number of outputs: got {}, expected {}. Pass storage for each result.", results.size(),
                            p_->result_types.size()));
  for (std::size_t i = 0; i < results.size(); ++i) check_view("output", i, results[i], p_->result_types[i]);
  run_in_layout(inputs, results);
}

// Steps were planned for the strides of inputs in some layouts; others are copied first.
array_view detail::copy_in_layout(array_view v, int layout, array& keep) {
  const auto turn = [&](array_view& x) {
    std::reverse(x.shape, x.shape + x.rank);
    std::reverse(x.strides, x.strides + x.rank);
  };
  if (layout == 1) turn(v);
  keep = copy_of(v);
  v = keep.view();
  if (layout == 1) turn(v);
  return v;
}

void function::run_in_layout(std::span<const array_view> inputs, std::span<const array_view> results) const {
  std::vector<array_view> in(inputs.begin(), inputs.end());
  std::vector<array> copies;
  for (std::size_t i = 0; i < in.size(); ++i)
    if (const int planned = p_->input_layouts[i]; planned != 2 && detail::layout_class(in[i]) != planned)
      in[i] = detail::copy_in_layout(in[i], planned, copies.emplace_back());
  detail::executable::run_into(p_.get(), in.data(), results.data());
}

namespace {

// What is left when the passes are done.
function finish(graph g, const backend& b, const std::vector<int>& layouts, const compile_options& options,
                std::chrono::steady_clock::time_point start) {
  auto e = detail::plan(std::move(g), b, layouts, engine::threads_for(options.num_threads), options.contract);
  e->info.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return function(std::move(e));
}

}  // namespace

namespace {

function compile_unguarded(const graph& g, std::span<const array_view> examples, const compile_options& options) {
  const auto start = std::chrono::steady_clock::now();
  const backend& b = detail::find_backend("compile", options.to);
  graph typed = g;
  if (!options.name.empty()) typed.name = options.name;
  pass_context context{&b, options.contract, {}};
  if (!examples.empty()) {
    if (examples.size() != g.inputs.size())
      throw error(fmt::format("[compile] wrong number of examples: got {}, expected {}. Pass one for each input of the graph.",
                              examples.size(), g.inputs.size()));
    for (std::size_t i = 0; i < examples.size(); ++i) {
      type& input = typed.types[static_cast<std::size_t>(typed.inputs[i])];
      const bool weak = input.weak;
      input = type::of(examples[i].dtype, {examples[i].shape, static_cast<std::size_t>(examples[i].rank)});
      input.weak = weak;
      context.input_layouts.push_back(detail::layout_class(examples[i]));
    }
  } else {
    context.input_layouts.assign(g.inputs.size(), 0);
  }
  if (options.optimize) {
    typed = run_passes(std::move(typed), context);
  } else {
    typed = decompose(specialize(std::move(typed), context), context);
    verify(typed);
  }
  return finish(std::move(typed), b, context.input_layouts, options, start);
}

}  // namespace

function compile(const graph& g, std::span<const array_view> examples, const compile_options& options) {
  try {
    return compile_unguarded(g, examples, options);
  } catch (const std::bad_alloc&) {
    throw memory_error(fmt::format(
        "[compile] no memory is left: got none for the {} ops of graph \"{}\", expected some. Use a smaller function, or free others.",
        op_node_count(g), g.name));
  }
}

function detail::compile_resized(const function& known, const graph& recorded, std::span<const array_view> examples,
                                 const compile_options& options) {
  const auto start = std::chrono::steady_clock::now();
  std::optional<graph> g = resized(*known.impl(), recorded, examples);
  if (!g) return {};
  return finish(std::move(*g), find_backend("compile", options.to), known.impl()->input_layouts, options, start);
}

function compile(const graph& g, const compile_options& options) { return compile(g, {}, options); }

}  // namespace tendril
