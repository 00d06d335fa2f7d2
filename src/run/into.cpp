// Replay into memory that the caller chose: by emitted code alone where that serves, and where outputs overlap inputs or each other.
#include <algorithm>
#include <cstdlib>
#include <span>
#include <utility>

#include "array/arena.hpp"
#include "array/format.hpp"
#include "array/views.hpp"
#include "run/executable.hpp"

namespace tendril::detail {
namespace {

[[gnu::noinline]] void run_direct_with_buffers(const executable* e, const array_view* in, const array_view* out) {
  if (e->workspace_bytes <= stack_bytes) {
    alignas(64) std::byte memory[stack_bytes];
    return e->direct(in, out, &e->context, memory);
  }
  const engine::workspace memory(e->workspace_bytes);
  e->direct(in, out, &e->context, memory.data());
}

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

// The results of a call, each contiguous, by address: whether they lie apart from each other, and which memory they take in all.
class results_in_order {
 public:
  results_in_order(const executable& e, const array_view* out, std::size_t count)
      : bytes_(e.port_bytes.data() + e.input_types.size()), out_(out), count_(count), apart_(in_turn() || sorted()) {}
  bool apart() const { return apart_; }
  /// Whether so many inputs lie before or behind all of them.
  bool none_between(const executable& e, const array_view* in, std::size_t inputs) const {
    for (std::size_t i = 0; i < inputs; ++i)
      if (const std::uintptr_t first = begin_of(in[i]); first < end_ && first + e.port_bytes[i] > begin_) return false;
    return true;
  }

 private:
  static std::uintptr_t begin_of(const array_view& v) { return reinterpret_cast<std::uintptr_t>(v.data); }
  // As those of an array of containers or the members of a struct do; backwards as those of a std::tuple.
  bool in_turn() {
    const bool falling = count_ > 1 && begin_of(out_[count_ - 1]) < begin_of(out_[0]);
    begin_ = end_ = begin_of(out_[falling ? count_ - 1 : 0]);
    for (std::size_t k = 0; k < count_; ++k) {
      const std::size_t o = falling ? count_ - 1 - k : k;
      const std::uintptr_t first = begin_of(out_[o]);
      if (first < end_) return false;
      end_ = first + bytes_[o];
    }
    return true;
  }
  bool sorted() {
    constexpr std::size_t most = 32;
    if (count_ > most) return false;
    std::pair<std::uintptr_t, std::uintptr_t> all[most];
    for (std::size_t o = 0; o < count_; ++o) {
      const std::pair own{begin_of(out_[o]), begin_of(out_[o]) + bytes_[o]};
      std::size_t k = o;
      for (; k > 0 && own < all[k - 1]; --k) all[k] = all[k - 1];
      all[k] = own;
    }
    for (std::size_t o = 1; o < count_; ++o)
      if (all[o].first < all[o - 1].second) return false;
    begin_ = all[0].first, end_ = all[count_ - 1].second;
    return true;
  }

  const std::uintptr_t* const bytes_;
  const array_view* const out_;
  const std::size_t count_;
  std::uintptr_t begin_ = 0, end_ = 0;
  const bool apart_;
};

// Up to so many results are compared each with each: looking at four costs less than putting them in order.
constexpr std::size_t few_results = 4;

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
  /// Whether two targets meet: one lies between the ends of another.
  bool some_meet() const {
    for (std::size_t i = 1; i < count_; ++i)
      if (all_[i].begin != all_[i].end && all_[i].begin < all_[i - 1].reached) return true;
    return false;
  }
  /// Calls `f` with the two targets of each pair that meets, the one that stands first in the list first. Parts of one matrix meet, and
  /// where they are side by side they are left out at once.
  template <class F>
  void for_each_pair(const array_view* out, F f) const {
    for (std::size_t first = 0, last; first < count_; first = last) {
      for (last = first + 1; last < count_ && all_[last].begin < all_[last - 1].reached; ++last) {}
      if (last - first > few_results && side_by_side(out, {all_ + first, last - first})) continue;
      for (std::size_t i = first; i < last; ++i)
        for (std::size_t k = i + 1; k < last && all_[k].begin < all_[i].end; ++k)
          if (all_[k].begin != all_[k].end) f(std::min(all_[i].which, all_[k].which), std::max(all_[i].which, all_[k].which));
    }
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
  // Columns of one matrix, or blocks of columns: all step by as much along the axis whose steps are the longest, each stays within one such
  // step beside it, and within the steps they stand apart. False does not say that elements are shared.
  static bool side_by_side(const array_view* out, std::span<const target> targets) {
    const auto longest = [&](const target& t) {
      std::int64_t stride = 0, steps = 0;
      const array_view& v = out[t.which];
      for (int i = 0; i < v.rank; ++i)
        if (v.shape[i] > 1 && std::abs(v.strides[i]) > stride) stride = std::abs(v.strides[i]), steps = v.shape[i] - 1;
      return std::pair{stride * static_cast<std::int64_t>(size_of(v.dtype)), steps};
    };
    const std::int64_t step = longest(targets.front()).first;
    if (step == 0) return false;
    struct place {
      std::int64_t begin, end;
    };
    const engine::workspace memory(targets.size() * sizeof(place));
    place* const places = reinterpret_cast<place*>(memory.data());
    std::size_t n = 0;
    for (const target& t : targets) {
      if (t.begin == t.end) continue;
      const auto [stride, steps] = longest(t);
      const std::int64_t within = t.end - t.begin - stride * steps, begin = (t.begin - targets.front().begin) % step;
      if (stride != step || within > step) return false;
      places[n++] = {begin, begin + within};
    }
    std::sort(places, places + n, [](const place& a, const place& b) { return a.begin < b.begin; });
    for (std::size_t i = 1; i < n; ++i)
      if (places[i].begin < places[i - 1].end) return false;
    return n == 0 || places[n - 1].end - step <= places[0].begin;
  }

  const engine::workspace memory_;
  target* const all_;
  const std::size_t count_;
};

// Can `direct` write here? Outputs must be row-major and apart from the inputs and from each other.
bool serves_direct(const executable& e, const array_view* in, const array_view* out) {
  const std::uintptr_t* bytes = e.port_bytes.data();
  const std::size_t inputs = e.input_types.size(), results = e.result_types.size();
  if (results > few_results) {
    for (std::size_t o = 0; o < results; ++o)
      if (!is_row_major(out[o])) return false;
    const results_in_order ordered(e, out, results);
    if (ordered.apart() && ordered.none_between(e, in, inputs)) return true;
    const target_spans targets(out, results);
    bool serves = !targets.some_meet();
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
  throw error(format_text(
      "[into] outputs {} and {} overlap: got one memory for two results, expected distinct storage. Pass separate containers.", a, b));
}
[[noreturn, gnu::noinline]] void refuse_overlapping(std::size_t o, const array_view& v) {
  const auto rank = static_cast<std::size_t>(v.rank);
  throw error(format_text(
      "[into] output {} overlaps itself: got strides {} for shape {}, expected memory of its own for each element. Pass storage that repeats none.",
      o, to_string(std::span<const std::int64_t>(v.strides, rank)), to_string(std::span<const std::int64_t>(v.shape, rank))));
}

// Few elements are soon copied; of many, the steps write each where it belongs.
[[gnu::noinline]] void run_direct_apart(const executable* e, const array_view* in, const array_view* out) {
  constexpr std::uintptr_t few_bytes = 2048;
  const auto results = e->port_bytes.begin() + std::ssize(e->input_types);
  const bool few = std::all_of(results, e->port_bytes.end(), [](std::uintptr_t bytes) { return bytes <= few_bytes; });
  few ? run_apart(*e, in, out) : executable::run(e, in, out);
}

bool is_column_major(const array_view& v) {
  std::int64_t stride = 1;
  for (int i = 0; i < v.rank; stride *= v.shape[i++])
    if (v.strides[i] != stride && v.shape[i] != 1) return false;
  return true;
}

// The order in which small code may write to all of these results: 0 row-major, 1 column-major; -1: neither.
inline int order_of(const executable& e, const array_view* out) {
  bool rows = true, columns = true;
  for (const array_view *v = out, *end = out + e.result_types.size(); v != end; ++v) {
    if (v->rank == 2) {
      const bool wide = v->shape[1] != 1, tall = v->shape[0] != 1, none = v->shape[0] == 0 || v->shape[1] == 0;
      rows &= none || ((!wide || v->strides[1] == 1) && (!tall || v->strides[0] == v->shape[1]));
      columns &= none || ((!tall || v->strides[0] == 1) && (!wide || v->strides[1] == v->shape[0]));
    } else if (v->rank == 1) {
      rows &= v->strides[0] == 1 || v->shape[0] <= 1;
      columns &= rows;
    } else if (v->size() != 0) {
      rows &= is_row_major(*v);
      columns &= is_column_major(*v);
    }
  }
  return rows ? 0 : columns ? 1 : -1;
}

[[gnu::noinline]] void run_direct_into_any(const executable* e, const array_view* in, const array_view* out) {
  serves_direct(*e, in, out) ? call_direct(e, in, out) : executable::run_into(e, in, out);
}
}  // namespace

void executable::run_direct(const executable* e, const array_view* in, const array_view* out) {
  // Containers of matrices may be column-major.
  if (e->direct_ranked) [[unlikely]]
    for (std::size_t o = 0; o < e->result_types.size(); ++o)
      if (!is_row_major(out[o])) return run_direct_apart(e, in, out);
  call_direct(e, in, out);
}

void executable::run_direct_plain(const executable* e, const array_view* in, const array_view* out) {
  e->direct(in, out, &e->context, nullptr);
}

void executable::run_direct_into(const executable* e, const array_view* in, const array_view* out) {
  // One vector to another: small ones are done as soon as this is known.
  const std::uintptr_t* bytes = e->port_bytes.data();
  if (e->port_bytes.size() != 2 || out->rank != 1 || out->strides[0] != 1 || !apart(*out, bytes[1], *in, bytes[0]))
    return run_direct_into_any(e, in, out);
  call_direct(e, in, out);
}

void executable::run_small(const executable* e, const array_view* in, const array_view* out) {
  const int order = order_of(*e, out);
  if (order < 0) return run_apart(*e, in, out);
  alignas(64) std::byte frame[engine::small_function::most_bytes];
  if (e->small->code(in, out, frame, order)) engine::rethrow();
}

void executable::run_small_into(const executable* e, const array_view* in, const array_view* out) {
  // Results may lie over inputs, not over each other.
  const int order = order_of(*e, out);
  if (order < 0 || !results_in_order(*e, out, e->result_types.size()).apart()) return run_into(e, in, out);
  alignas(64) std::byte frame[engine::small_function::most_bytes];
  if (e->small->code(in, out, frame, order)) engine::rethrow();
}

void executable::run_into(const executable* executable, const array_view* in, const array_view* out) {
  const detail::executable& e = *executable;
  const std::size_t inputs = e.input_types.size(), results = e.result_types.size();
  bool clash = false;
  for (std::size_t o = 0; o < results; ++o)
    if (!is_row_major(out[o]) && engine::overlaps_itself(out[o])) refuse_overlapping(o, out[o]);
  if (results > few_results) {
    const target_spans targets(out, results);
    targets.for_each_pair(out, [&](std::size_t a, std::size_t b) {
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
  if (clash && !e.small) return run_apart(e, in, out);
  if (!e.direct) return run(&e, in, out);
  std::all_of(out, out + results, is_row_major) ? call_direct(&e, in, out) : run_direct_apart(&e, in, out);
}

}  // namespace tendril::detail
