// Whether a plan keeps its own rules: walks the steps once, as a call does, and keeps account of what is in memory.
#include <algorithm>
#include <optional>

#include "array/format.hpp"
#include "ops/op_table.hpp"
#include "run/plan.hpp"

namespace tendril::detail {
namespace {

class verifier {
 public:
  explicit verifier(const executable& e) : e_(e), memory_(e.places.size()), made_(e.places.size(), 0) {}

  void run() {
    if (e_.static_views.size() != e_.places.size() || e_.roots.size() != e_.places.size()) fail("its tables differ in length");
    for (value_id v : e_.named) check_place(v);
    for (now_ = 0; now_ < e_.steps.size(); ++now_) walk(e_.steps[now_]);
    for (std::size_t i = 0; i < e_.result_types.size(); ++i) check_result(i);
    check_lifetimes();
  }

 private:
  using kind = value_place::kind;
  // What is known of the memory of a root.
  struct memory {
    bool whole = false;         // written, all of it by one step
    std::vector<char> written;  // else by element, where parts are
    std::optional<std::size_t> first, last;
  };

  [[noreturn]] void fail(const std::string& what) const {
    throw internal_error(format_text("[verify] plan of graph {}: {}", e_.graph.name, what));
  }
  value_id root_of(value_id v) const { return e_.roots[at(v)] == absent ? v : e_.roots[at(v)]; }
  const value_place& place_of(value_id v) const { return e_.places[at(v)]; }

  // Of a root that steps write.
  const type& type_of(value_id root) const {
    const value_place& p = place_of(root);
    return p.what == kind::result ? e_.result_types[static_cast<std::size_t>(p.index)] : e_.graph.type_of(root);
  }

  // The first byte of a fixed value and the one past its last, in what it lies in; an empty one has none.
  std::pair<std::int64_t, std::int64_t> span_of(value_id v) const {
    const array_view& view = e_.static_views[at(v)];
    const auto size = static_cast<std::int64_t>(size_of(view.dtype));
    std::int64_t begin = static_cast<std::int64_t>(place_of(v).offset), end = begin;
    if (view.size() == 0) return {0, 0};  // nowhere
    for (int k = 0; k < view.rank; ++k) (view.strides[k] < 0 ? begin : end) += size * view.strides[k] * (view.shape[k] - 1);
    return {begin, end + size};
  }

  void check_place(value_id v) {
    const value_place& p = place_of(v);
    const auto index = static_cast<std::size_t>(p.index);
    const auto require_index = [&](std::size_t count, const char* of) {
      if (index >= count) fail(format_text("value {} is {} {} of {}", v, of, p.index, count));
    };
    std::int64_t room = 0;
    switch (p.what) {
      case kind::none:
      case kind::view: fail(format_text("value {} has no place", v));
      case kind::constant: return require_index(e_.constants.size(), "constant");
      case kind::input:
        require_index(e_.input_types.size(), "input");
        room = static_cast<std::int64_t>(bytes_of(e_.input_types[index]));
        break;
      case kind::result:
        require_index(e_.result_types.size(), "result");
        room = static_cast<std::int64_t>(bytes_of(e_.result_types[index]));
        break;
      case kind::workspace: room = static_cast<std::int64_t>(e_.scratch_offset); break;
    }
    if (!p.fixed) {
      if (p.what == kind::workspace || p.offset != 0) fail(format_text("value {} lies in others without known strides", v));
      return;
    }
    if (const auto [begin, end] = span_of(v); begin < 0 || end > room)
      fail(format_text("value {} takes bytes {} to {} of {}", v, begin, end, room));
  }

  void walk(const step& s) {
    const std::size_t scratch = s.what == step::kind::product ? 0
                                : s.program                   ? s.program->workspace
                                : s.prepared                  ? s.prepared->scratch_bytes
                                : s.regions                   ? s.regions->scratch_bytes
                                                              : 0;
    if (e_.scratch_offset + scratch > e_.workspace_bytes) fail(format_text("step {} has no room for its scratch", now_));
    for (value_id v : s.in)
      if (v != absent) read(v);
    if (s.by_rows) check_product(s);
    if (s.regions) check_regions(s);
    if (s.what == step::kind::view) {
      made_[at(s.out[0])] = 1;
      return;
    }
    for (value_id v : s.out) write(v);
  }

  // The ports of the group that a product runs with are the step's own.
  void check_product(const step& s) const {
    const row_product& by = *s.by_rows;
    if (by.ports.empty() == (s.program != nullptr) || by.ports.size() != by.moving.size())
      fail(format_text("step {} is a product whose group and ports differ", now_));
    if (s.program && s.program->rows % by.all_rows != 0) fail(format_text("step {} has a group that does not run by rows", now_));
    for (std::size_t k = 0; k < by.ports.size(); ++k) {
      const value_id v = by.ports[k];
      if (v == absent) continue;
      if (std::none_of(s.in.begin(), s.in.end(), [&](value_id x) { return x == v; }) &&
          std::none_of(s.out.begin(), s.out.end(), [&](value_id x) { return x == v; }))
        fail(format_text("step {} uses value {}, which it does not name", now_, v));
      if (by.moving[k] >= 0 && v < static_cast<value_id>(e_.graph.types.size()) &&
          e_.graph.type_of(v).shape[static_cast<std::size_t>(by.moving[k])].value != by.all_rows)
        fail(format_text("step {} takes rows of value {}, which has not as many", now_, v));
    }
  }

  // Its kernel sees row-major memory.
  void check_regions(const step& s) const {
    const step_regions& r = *s.regions;
    if (r.row_major.size() != s.in.size())
      fail(format_text("step {} has {} operands and {} layouts", now_, s.in.size(), r.row_major.size()));
    const auto comes_row_major = [&](value_id v) {
      if (place_of(v).fixed) return layout_class(e_.static_views[at(v)]) == 0;
      return place_of(v).what == kind::input && e_.input_layouts[static_cast<std::size_t>(place_of(v).index)] == 0;
    };
    for (std::size_t i = 0; i < s.in.size(); ++i)
      if (!r.row_major[i] && !comes_row_major(s.in[i]))
        fail(format_text("step {} has no room for a row-major copy of value {}", now_, s.in[i]));
    for (value_id v : s.out)
      if (place_of(v).what == kind::result &&
          std::find(e_.row_major_results.begin(), e_.row_major_results.end(), place_of(v).index) == e_.row_major_results.end())
        fail(format_text("step {} writes result {}, which may have any strides", now_, place_of(v).index));
  }

  template <class F>
  void for_each_element(value_id v, F f) const {
    const array_view& view = e_.static_views[at(v)];
    const auto size = static_cast<std::int64_t>(size_of(view.dtype));
    const value_id root = root_of(v);
    const auto start = static_cast<std::int64_t>(place_of(v).offset) - static_cast<std::int64_t>(place_of(root).offset);
    std::int64_t index[max_rank] = {}, offset = start / size;
    const auto elements = static_cast<std::int64_t>(bytes_of(type_of(root)) / size_of(type_of(root).dtype));
    for (std::int64_t left = view.size(); left > 0; --left) {
      if (offset < 0 || offset >= elements) fail(format_text("value {} has an element at {} of {} of value {}", v, offset, elements, root));
      f(static_cast<std::size_t>(offset));
      for (int a = view.rank - 1; a >= 0; --a) {
        offset += view.strides[a];
        if (++index[a] < view.shape[a]) break;
        offset -= index[a] * view.strides[a];
        index[a] = 0;
      }
    }
  }

  void touch(value_id root) {
    memory& m = memory_[at(root)];
    if (!m.first) m.first = now_;
    m.last = now_;
  }

  void read(value_id v) {
    const value_id root = root_of(v);
    const value_place& p = place_of(root);
    if (place_of(v).what == kind::view && !made_[at(v)]) fail(format_text("step {} reads value {} before it is made", now_, v));
    if (p.what == kind::input || p.what == kind::constant || place_of(v).what == kind::constant) return;
    if (place_of(v).fixed && e_.static_views[at(v)].size() == 0) return;
    const memory& m = memory_[at(root)];
    bool ready = m.whole;
    if (!ready && !m.written.empty()) {
      ready = true;
      if (place_of(v).fixed) for_each_element(v, [&](std::size_t i) { ready = ready && m.written[i]; });
      else ready = std::all_of(m.written.begin(), m.written.end(), [](char c) { return c != 0; });
    }
    if (!ready) fail(format_text("step {} reads value {} before it is written", now_, v));
    touch(root);
  }

  void write(value_id v) {
    const value_id root = root_of(v);
    const value_place& p = place_of(root);
    if (p.what != kind::result && p.what != kind::workspace) fail(format_text("step {} writes value {}, which is no result", now_, v));
    memory& m = memory_[at(root)];
    const auto again = [&] { fail(format_text("step {} writes value {} again", now_, v)); };
    touch(root);
    if (root == v) {
      if (m.whole || !m.written.empty()) again();
      m.whole = true;
      return;
    }
    if (m.whole) again();
    const type& t = type_of(root);
    if (m.written.empty()) m.written.resize(bytes_of(t) / size_of(t.dtype), 0);
    for_each_element(v, [&](std::size_t i) {
      if (m.written[i]++) again();
    });
  }

  void check_result(std::size_t i) const {
    if (bytes_of(e_.result_types[i]) == 0) return;
    int owners = 0;
    for (std::size_t v = 0; v < e_.places.size(); ++v) {
      const value_place& p = e_.places[v];
      if (p.what != kind::result || static_cast<std::size_t>(p.index) != i || e_.roots[v] != absent) continue;
      ++owners;
      const memory& m = memory_[v];
      if (!m.whole && (m.written.empty() || std::any_of(m.written.begin(), m.written.end(), [](char c) { return c == 0; })))
        fail(format_text("result {} is not written", i));
      if (!m.whole && std::find(e_.row_major_results.begin(), e_.row_major_results.end(), i) == e_.row_major_results.end())
        fail(format_text("result {} is written by parts, but may have any strides", i));
    }
    if (owners != 1) fail(format_text("result {} has {} places", i, owners));
  }

  // May this step write its result over an operand?
  bool writes_over(std::size_t i) const {
    const step& s = e_.steps[i];
    if (s.out.size() != 1) return false;
    return s.what == step::kind::group ? s.program->in_place : s.what == step::kind::kernel && s.op->is(trait::elementwise);
  }

  void check_lifetimes() const {
    struct temporary {
      value_id id;
      std::size_t begin, end, first, last;
    };
    std::vector<temporary> all, alive;
    for (std::size_t v = 0; v < e_.places.size(); ++v)
      if (const memory& m = memory_[v]; e_.places[v].what == kind::workspace && e_.roots[v] == absent && m.first)
        all.push_back(
            {static_cast<value_id>(v), e_.places[v].offset, e_.places[v].offset + bytes_of(e_.graph.types[v]), *m.first, *m.last});
    // (std::stable_sort would allocate behind a user's operator new.)
    std::sort(all.begin(), all.end(),
              [](const temporary& a, const temporary& b) { return a.first != b.first ? a.first < b.first : a.id < b.id; });
    for (const temporary& t : all) {
      std::erase_if(alive, [&](const temporary& other) { return other.last < t.first; });
      for (const temporary& other : alive) {
        if (other.end <= t.begin || t.end <= other.begin) continue;
        const bool over =
            other.last == t.first && other.first < t.first && other.begin == t.begin && other.end == t.end && writes_over(t.first);
        if (!over) fail(format_text("values {} and {} share memory in step {}", other.id, t.id, t.first));
      }
      alive.push_back(t);
    }
  }

  const executable& e_;
  std::size_t now_ = 0;
  std::vector<memory> memory_;  // by root
  std::vector<char> made_;      // by value: its view
};

}  // namespace

void verify(const executable& e) { verifier(e).run(); }

}  // namespace tendril::detail
