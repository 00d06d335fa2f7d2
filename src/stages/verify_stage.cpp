// Whether a stage program keeps its own rules, first part: what it says of itself. Its numbers agree, instructions fit their slots, memory
// lies in the workspace and apart, tables are those of the slots, and threads share nothing that blocks write.
#include "stages/verify_stage.hpp"

#include <algorithm>
#include <set>

#include "array/format.hpp"
#include "ops/op_table.hpp"
#include "stages/columns.hpp"
#include "stages/schedule.hpp"

namespace tendril::engine {

void broken(const std::string& what, const std::string& got, const std::string& expected) {
  throw internal_error(format_text("[verify] {}: got {}, expected {}.", what, got, expected));
}

std::string place_of(const stage_program& p, std::size_t phase, bool before, std::size_t index) {
  const instruction& i = (before ? p.phases[phase].before : p.phases[phase].block)[index];
  return format_text("phase {}, {}[{}] ({})", phase, before ? "before" : "block", index, i.op ? i.op->name : "no op");
}

namespace {

using kind = slot::kind;

std::int64_t product(const std::vector<std::int64_t>& v) {
  std::int64_t n = 1;
  for (auto x : v) n *= x;
  return n;
}

void require_number(const char* what, std::int64_t got, std::int64_t expected) {
  if (got != expected) broken(what, std::to_string(got), std::to_string(expected));
}

// ---- what is said twice agrees
class form {
 public:
  form(const stage_program& p, station s) : p_(p), station_(s) {}

  void run() {
    check_extents();
    if (p_.slots.empty() || p_.slots[0].what != kind::absent) broken("slot 0", "a slot of its own", "the operand that is not there");
    for (std::size_t s = 1; s < p_.slots.size(); ++s) check_slot(s);
    check_externals();
    check_row_results();
    check_several();
    for (std::size_t ph = 0; ph < p_.phases.size(); ++ph) check_phase(ph);
    check_claims();
  }

 private:
  std::string name(std::size_t s) const { return slot_name(p_, static_cast<std::uint16_t>(s)); }
  const slot& at(std::uint16_t s) const { return p_.slots[s]; }

  void check_extents() const {
    require_number("the elements of a row", p_.row_size, product(p_.inner));
    require_number("the rows", p_.rows, product(p_.outer));
    require_number("the axes of a row", static_cast<std::int64_t>(p_.inner_axis.size()), static_cast<std::int64_t>(p_.inner.size()));
    require_number("the outer axes", static_cast<std::int64_t>(p_.outer_axis.size()), static_cast<std::int64_t>(p_.outer.size()));
    require_number("the axes across", static_cast<std::int64_t>(p_.across_axis.size()), static_cast<std::int64_t>(p_.across.size()));
    require_number("the rows that are reduced to one", p_.depth, p_.across_rows() ? product(p_.across) : 0);
    if (p_.block < 1 || p_.block > block_size) broken("the elements of a block", std::to_string(p_.block), "1 to 1024");
    if (p_.lanes < 1 || p_.block % p_.lanes != 0 || (p_.lanes > 1 && !p_.across_rows()))
      broken("the rows of a block", std::to_string(p_.lanes), format_text("a divisor of its {} elements, 1 along rows", p_.block));
  }

  void check_slot(std::size_t s) const {
    const slot& x = p_.slots[s];
    const auto fail = [&](const char* got, const char* expected) { broken(format_text("slot {}", name(s)), got, expected); };
    switch (x.what) {
      case kind::absent: fail("a second slot for what is not there", "slot 0 alone"); break;
      case kind::external:
        if (x.external < 0 || static_cast<std::size_t>(x.external) >= p_.externals.size())
          fail("no external of its own", "one that is there");
        if (x.element_size != p_.externals[static_cast<std::size_t>(x.external)].element_size)
          fail("elements of another size than its external", "the same size");
        break;
      case kind::constant:
        if (x.offset + x.element_size > p_.constants.size()) fail("bytes behind the last constant", "bytes of one");
        break;
      case kind::row:
      case kind::part:
        if (p_.across_rows()) fail("a slot of reductions along rows", "slots of columns");
        break;
      case kind::column:
        if (!p_.across_rows()) fail("a slot of columns", "slots of rows");
        break;
      case kind::inside:
        if (station_ == station::lowered) fail("the inside of a loop", "no loops before they are emitted");
        break;
      default: break;
    }
    if ((x.what == kind::saved || x.what == kind::part) && p_.short_rows()) fail("what blocks of a long row leave", "rows of one block");
    if (x.element_size == 0 || x.element_size > 16 || (x.element_size & (x.element_size - 1)) != 0)
      fail("elements of no dtype's size", "1 to 16 bytes");
  }

  // Each port is one external, but for what is lent.
  void check_externals() const {
    std::set<std::int32_t> inputs, results;
    for (std::size_t e = 0; e < p_.externals.size(); ++e) {
      const external& x = p_.externals[e];
      const auto fail = [&](const std::string& got, const char* expected) { broken(format_text("external {}", e), got, expected); };
      if (x.lent && (!x.result || x.row)) fail("memory lent by a port that is no result", "that of a result");
      if (x.still && (!p_.across_rows() || x.result)) fail("a port that stays from row to row", "an input of columns");
      if (!x.lent && !(x.result ? results : inputs).insert(x.port).second)
        fail(format_text("port {}, which another has", x.port), "each once");
    }
    for (const external& x : p_.externals)
      if (x.lent && !results.contains(x.port)) broken("memory that is lent", format_text("port {}", x.port), "that of a result");
    std::int32_t next = 0;
    for (const auto* set : {&inputs, &results})
      for (std::int32_t port : *set)
        if (port != next++) broken("the ports", format_text("port {}", port), format_text("{}, inputs first", next - 1));
    const std::size_t count = inputs.size() + results.size();
    if (!p_.ports.empty() && p_.ports.size() != count)
      broken("the places of the ports", std::to_string(p_.ports.size()), std::to_string(count));
    if (!p_.port_offsets.empty() && p_.port_offsets.size() != p_.ports.size())
      broken("the offsets of the ports", std::to_string(p_.port_offsets.size()), std::to_string(p_.ports.size()));
    for (std::int32_t port : results)
      if (!p_.ports.empty() && !p_.ports[static_cast<std::size_t>(port)].result)
        broken(format_text("port {}", port), "a place in an input", "a result's");
  }

  void check_row_results() const {
    std::vector<int> stored(p_.externals.size(), 0);
    for (const auto& r : p_.row_results) {
      if (r.external >= p_.externals.size() || r.slot >= p_.slots.size()) broken("what rows leave", "no such slot or external", "some");
      const external& x = p_.externals[r.external];
      const auto fail = [&](const char* got, const char* expected) {
        broken(format_text("result external {} of slot {}", r.external, name(r.slot)), got, expected);
      };
      if (!x.result || !x.row) fail("no result with one element a row", "one");
      if (at(r.slot).what != (p_.across_rows() ? kind::column : kind::row)) fail("a slot of another kind", "what a row has once");
      if (at(r.slot).element_size != x.element_size) fail("elements of another size", "the same size");
      ++stored[r.external];
    }
    for (std::size_t e = 0; e < p_.externals.size(); ++e)
      if (p_.externals[e].result && p_.externals[e].row && stored[e] != 1)
        broken(format_text("result external {}", e), format_text("{} slots that it is stored from", stored[e]), "one");
  }

  // ---- instructions
  void check_phase(std::size_t ph) const {
    const phase& x = p_.phases[ph];
    const auto check_list = [&](const std::vector<std::uint16_t>& list, const char* does, auto good) {
      std::set<std::uint16_t> seen;
      for (std::uint16_t e : list)
        if (e >= p_.externals.size() || !good(p_.externals[e]) || !seen.insert(e).second)
          broken(format_text("phase {} {} external {}", ph, does, e), "one that is not moved, or twice", "ports of its blocks, each once");
    };
    check_list(x.reads, "gathers", [&](const external& e) { return p_.across_rows() ? !e.still : !e.row; });
    check_list(x.writes, "stores", [](const external& e) { return e.result && !e.row; });
    const auto sums = [&](const auto& list, auto f) {
      for (const auto& a : list)
        for (std::uint16_t s : f(a))
          if (s == 0 || s >= p_.slots.size() || at(s).what != kind::column || !p_.across_rows())
            broken(format_text("phase {} reduces rows by slot {}", ph, s), "no slot of columns", "one");
    };
    sums(x.guards, [](std::uint16_t s) { return std::vector{s}; });
    for (std::uint16_t s : x.guards)
      if (at(s).element_size != size_of(dtype::bool_) || x.before_code || x.block_code || !x.writes.empty())
        broken(format_text("phase {} runs where slot {} is true", ph, s), "no bool, code, or results that it stores",
               "a bool; kernels; sums");
    using slots = std::initializer_list<std::uint16_t>;
    sums(x.accumulations, [](const accumulation& a) { return std::vector(slots{a.in, a.out, a.result}); });
    sums(x.searches, [](const search& s) { return std::vector(slots{s.best, s.best_out, s.from, s.from_out, s.group, s.result}); });
    for (const auto* list : {&x.before, &x.block})
      for (std::size_t k = 0; k < list->size(); ++k) {
        const instruction& i = (*list)[k];
        const bool before = list == &x.before;
        check_operands(i, ph, before, k);
        check_sizes(i, ph, before, k);
        check_scalars(i, ph, before, k);
        if (i.loop && !runs_code(x, before))
          broken(format_text("{} is in loop {}", place_of(p_, ph, before, k), i.loop), "no code that runs it", "code");
      }
    if (p_.short_rows() && (x.before_code || x.block_code)) broken(format_text("phase {}", ph), "code of its own", "code of the whole row");
    if (x.streams) check_stream(x, ph);
    if (x.past_caches && (!x.streams || x.writes.empty()))
      broken(format_text("phase {} stores past the caches", ph), "blocks that do not stream to a result", "one loop that does");
  }

  bool runs_code(const phase& x, bool before) const {
    if (station_ == station::lowered) return false;
    return p_.short_rows() ? p_.row_code != nullptr : (before ? x.before_code : x.block_code) != nullptr;
  }

  void check_operands(const instruction& i, std::size_t ph, bool before, std::size_t k) const {
    const auto fail = [&](const std::string& got, const std::string& expected) { broken(place_of(p_, ph, before, k), got, expected); };
    using what = instruction::kind;
    if (!i.op || !i.engine || !i.map) fail("no op, kernel or engine", "all three");
    for (std::uint16_t s : {i.in[0], i.in[1], i.in[2], i.in[3], i.out, i.out2, i.part, i.part2})
      if (s >= p_.slots.size()) fail(format_text("slot {}", s), format_text("one of {}", p_.slots.size()));
    const bool map = i.what == what::map, pair = i.what == what::moments || i.what == what::best;
    const int most = map ? 4 : i.what == what::best ? 4 : i.what == what::seek ? 2 : 1;
    if (i.inputs < (map ? 1 : most) || i.inputs > most) fail(format_text("{} operands", i.inputs), map ? "1 to 4" : std::to_string(most));
    for (int j = 0; j < 4; ++j)
      if (j < i.inputs ? !i.in[j] && !(map && j > 0) : i.in[j] != 0)
        fail(format_text("operand {} that is {}", j, i.in[j] ? "one too many" : "not there"), format_text("{} operands", i.inputs));
    if (!i.out || pair != (i.out2 != 0)) fail("no place for a result, or one too many", pair ? "two" : "one");
    if (!map && (before || (i.what == what::best) != p_.across_rows()))
      fail("a reduction of the wrong kind", before ? "none once a row" : p_.across_rows() ? "accumulations of columns" : "one along rows");
    const bool parts = !map && i.what != what::best && !p_.short_rows(), two = i.what == what::moments || i.what == what::seek;
    if (parts != (i.part != 0) || (parts && two) != (i.part2 != 0)) fail("no place for a block's part, or one too many", "one a result");
    for (std::uint16_t s : {i.part, i.part2})
      if (s && at(s).what != kind::part) fail(format_text("slot {} for its part", name(s)), "a slot of parts");
  }

  void check_sizes(const instruction& i, std::size_t ph, bool before, std::size_t k) const {
    const auto require = [&](std::uint16_t s, std::size_t bytes) {
      if (s && at(s).element_size != bytes)
        broken(format_text("{} uses slot {}", place_of(p_, ph, before, k), name(s)),
               format_text("elements of {} bytes", at(s).element_size), format_text("{} bytes", bytes));
    };
    using what = instruction::kind;
    const std::size_t size = size_of(i.operands);
    for (std::size_t j = 0; j < i.inputs; ++j)  // conditions stand before the data
      require(i.in[j], j < detail::first_data_operand(*i.op) ? size_of(dtype::bool_) : size);
    require(i.out, size_of(i.result));
    require(i.out2, size);
    require(i.part, size);
    require(i.part2, i.what == what::seek ? sizeof(std::int64_t) : 2 * size);
  }

  // The operands that are one element for all of a block.
  bool is_single(std::uint16_t s, bool before) const {
    const external* e = at(s).what == kind::external ? &p_.externals[static_cast<std::size_t>(at(s).external)] : nullptr;
    if (p_.across_rows()) {
      const std::uint16_t of = origin_of(s);
      if (of != s) return is_single(of, before);
      return at(s).what == kind::constant || (e && e->row && !e->result) || is_number_of_group(s);
    }
    return !before && (at(s).what == kind::constant || at(s).what == kind::row || (e && e->row));
  }
  // The slot that one is a copy of, for one of several blocks; else itself.
  std::uint16_t origin_of(std::uint16_t s) const {
    for (const phase& ph : p_.phases)
      for (const auto& c : ph.several.copies)
        if (s >= c.to && s < c.to + ph.several.count) return c.from;
    return s;
  }
  bool is_number_of_group(std::uint16_t s) const {
    return std::any_of(p_.phases.begin(), p_.phases.end(), [&](const phase& ph) {
      return std::any_of(ph.searches.begin(), ph.searches.end(), [&](const search& x) { return x.group == s; });
    });
  }
  void check_scalars(const instruction& i, std::size_t ph, bool before, std::size_t k) const {
    std::uint32_t scalars = 0;
    for (int j = 0; j < i.inputs; ++j)
      if (i.in[j] && is_single(i.in[j], before)) scalars |= 1u << j;
    if (i.what == instruction::kind::reduce || i.what == instruction::kind::moments) scalars = 0;
    if (i.scalars != scalars)
      broken(format_text("{} takes single elements", place_of(p_, ph, before, k)), format_text("bits {:b}", i.scalars),
             format_text("{:b}", scalars));
  }

  // A block may be a whole row then.
  void check_stream(const phase& x, std::size_t ph) const {
    bool good = !x.block.empty();
    for (const instruction& i : x.block) {
      const bool truths = i.what == instruction::kind::reduce && i.result == dtype::bool_;
      good &= i.loop == x.block.front().loop && (i.what == instruction::kind::map || truths) && (i.loop || x.block.size() == 1);
      for_each_slot(i, [&](std::uint16_t s, bool) { good &= at(s).what != kind::buffer; });
    }
    if (!good) broken(format_text("phase {} streams", ph), "kernels, block buffers or sums", "one loop without");
  }

  // ---- several blocks at once
  void check_several() const {
    const auto count = static_cast<std::int32_t>(p_.phases.size());
    std::vector<std::int32_t> owner(p_.phases.size(), -1);
    for (std::int32_t ph = 0; ph < count; ++ph) {
      const std::int32_t of = p_.phases[static_cast<std::size_t>(ph)].several.phase;
      if (of < 0) continue;
      if (of >= count || !p_.phases[static_cast<std::size_t>(of)].several.count || owner[static_cast<std::size_t>(of)] >= 0)
        broken(format_text("phase {} runs several blocks", ph), format_text("phase {} for it", of), "a phase of its own");
      owner[static_cast<std::size_t>(of)] = ph;
    }
    for (std::size_t ph = 0; ph < p_.phases.size(); ++ph)
      if (p_.phases[ph].several.count) check_copies(ph, owner[ph]);
  }
  void check_copies(std::size_t ph, std::int32_t owner) const {
    const phase& x = p_.phases[ph];
    const auto fail = [&](const std::string& got, const std::string& expected) {
      broken(format_text("phase {} of {} blocks", ph, x.several.count), got, expected);
    };
    if (owner < 0) fail("no phase that it stands for", "one");
    if (x.several.count < 2 || x.several.count > most_at_once || !p_.across_rows())
      fail("blocks that nobody runs at once", "2 to 4 of columns");
    if (!x.before.empty() || !x.reads.empty() || !x.writes.empty() || !x.accumulations.empty() || !x.searches.empty())
      fail("lists of its own", "those of the phase that it stands for");
    const std::size_t expected = p_.phases[static_cast<std::size_t>(owner)].block.size() * static_cast<std::size_t>(x.several.count);
    if (x.block.size() != expected) fail(format_text("{} instructions", x.block.size()), std::to_string(expected));
    for (const auto& c : x.several.copies)
      for (std::int32_t k = 0; k < x.several.count; ++k) {
        const std::size_t to = static_cast<std::size_t>(c.to) + static_cast<std::size_t>(k);
        if (!c.from || c.from >= p_.slots.size() || to >= p_.slots.size() || p_.slots[to].what != kind::column ||
            p_.slots[to].element_size != at(c.from).element_size)
          fail(format_text("slot {} for slot {}", to, c.from), "a column of its size");
      }
  }

  // ---- what others rely on
  void check_claims() const {
    if (p_.in_place) {
      const auto results = std::count_if(p_.externals.begin(), p_.externals.end(), [](const external& x) { return x.result; });
      if (results != 1 || p_.phases.size() != 1 || !p_.row_results.empty())
        broken("a program in place", "several results or phases", "one of each");
      const auto& block = p_.phases[0].block;
      for (std::size_t k = 0; k + 1 < block.size(); ++k)
        if (at(block[k].out).what == kind::external)
          broken(place_of(p_, 0, false, k), "a result that is written early", "the last to write");
    }
    if (p_.one_row && (!p_.outer.empty() || !p_.short_rows() || !std::is_sorted(p_.inner_axis.begin(), p_.inner_axis.end())))
      broken("a program of one row", "several, or axes in another order", "all elements in order");
    if (p_.short_vector && (!p_.outer.empty() || p_.inner.size() > 1 || !p_.short_rows()))
      broken("a program of a short vector", "more than one axis or block", "one");
    if (!p_.short_rows() && (p_.row_code || p_.rows_code || p_.pairwise_code || p_.direct))
      broken("code of rows of one block", "rows of several", "one");
    if (p_.direct && (!p_.one_row || p_.ports.empty())) broken("code of the whole call", "ports that it does not find", "their places");
  }

  const stage_program& p_;
  const station station_;
};

// ---- memory
class memory {
 public:
  memory(const stage_program& p, station s) : p_(p), placed_(has_places(s)) {}

  void run() {
    std::vector<char> apart(p_.slots.size(), 0);  // slots whose memory is named by what they belong to
    for (const phase& ph : p_.phases) {
      for (const accumulation& a : ph.accumulations) {
        apart[a.in] = apart[a.out] = apart[a.result] = 1;
        add_levels(a);
      }
      for (const search& s : ph.searches) {
        require_same(s.best, s.best_out);
        require_same(s.from, s.from_out);
        apart[s.best_out] = apart[s.from_out] = apart[s.group] = 1;
        add(p_.slots[s.group].offset, static_cast<std::size_t>(most_at_once) * p_.slots[s.group].element_size, slot_name(p_, s.group));
      }
      for (const auto& c : ph.several.copies)
        for (std::int32_t k = 0; k < ph.several.count; ++k) apart[static_cast<std::size_t>(c.to + k)] = 1;
    }
    for (std::size_t e = 0; e < p_.externals.size(); ++e)
      if (!p_.externals[e].row) add(p_.externals[e].offset, block_bytes(p_.externals[e].element_size), format_text("external {}", e));
    for (std::size_t s = 1; s < p_.slots.size(); ++s)
      if (!apart[s]) add_slot(s);
    check_apart();
    if (placed_) check_buffers();
  }

 private:
  struct part {
    std::size_t begin, end;
    std::string name;
  };
  std::size_t block_bytes(std::size_t element) const { return static_cast<std::size_t>(p_.block) * element; }

  // Bytes of what holds its own while the program runs.
  void add(std::size_t begin, std::size_t bytes, std::string name) {
    require_inside(begin, bytes, name);
    parts_.push_back({begin, begin + bytes, std::move(name)});
  }
  void require_inside(std::size_t begin, std::size_t bytes, const std::string& name) const {
    const std::size_t room = placed_ ? p_.workspace - std::min(p_.workspace, room_for_shift) : p_.workspace;
    if (begin + bytes > room)
      broken(format_text("the memory of {}", name), format_text("bytes {} to {}", begin, begin + bytes),
             format_text("bytes before {}", room));
    if (begin % 64 != 0) broken(format_text("the memory of {}", name), format_text("byte {}", begin), "the begin of a line of 64");
  }

  void add_slot(std::size_t s) {
    const slot& x = p_.slots[s];
    const auto blocks = static_cast<std::size_t>(p_.across_rows() ? p_.groups() : (p_.row_size + p_.block - 1) / p_.block);
    std::size_t bytes = 0;
    switch (x.what) {
      case kind::row: bytes = 64; break;
      case kind::column: bytes = block_bytes(x.element_size); break;
      case kind::part: bytes = blocks * x.element_size; break;
      case kind::saved:
        bytes = p_.across_rows() ? blocks * block_bytes(x.element_size) : static_cast<std::size_t>(p_.row_size) * x.element_size;
        break;
      default: return;
    }
    add(x.offset, bytes, format_text("slot {}", slot_name(p_, static_cast<std::uint16_t>(s))));
  }

  // The levels of a tree: rows are added up on the first, and the last is the result's.
  void add_levels(const accumulation& a) {
    const auto levels = static_cast<std::size_t>(levels_of(p_.groups()));
    const std::string name = format_text("slot {}", slot_name(p_, a.result));
    if (a.level < block_bytes(size_of(a.type))) broken(format_text("a level of {}", name), format_text("{} bytes", a.level), "a block");
    require_same(a.in, a.out);
    if (p_.slots[a.in].offset != a.offset || p_.slots[a.result].offset != a.offset + a.level * (levels - 1))
      broken(format_text("the levels of {}", name), "slots at other levels", "the first and the last");
    add(a.offset, a.level * levels, name);
  }
  void require_same(std::uint16_t a, std::uint16_t b) const {
    if (p_.slots[a].offset != p_.slots[b].offset)
      broken(format_text("slots {} and {}", slot_name(p_, a), slot_name(p_, b)), "two places in memory", "one");
  }

  void check_apart() {
    std::sort(parts_.begin(), parts_.end(), [](const part& a, const part& b) { return a.begin < b.begin; });
    for (std::size_t k = 1; k < parts_.size(); ++k)
      if (parts_[k].begin < parts_[k - 1].end)
        broken(format_text("the memory of {} and {}", parts_[k - 1].name, parts_[k].name), "bytes of both", "bytes apart");
  }

  // Those among each other, as they live, are verify_flow's.
  void check_buffers() const {
    std::set<std::uint16_t> used;
    for (const phase& ph : p_.phases)
      for (const auto* list : {&ph.before, &ph.block})
        for (const instruction& i : *list)
          for_each_slot(i, [&](std::uint16_t s, bool) {
            if (p_.slots[s].what == kind::buffer) used.insert(s);
          });
    for (std::uint16_t s : used) {
      const slot& x = p_.slots[s];
      const std::string name = format_text("slot {}", slot_name(p_, s));
      require_inside(x.offset, block_bytes(x.element_size), name);
      for (const part& o : parts_)
        if (o.begin < x.offset + block_bytes(x.element_size) && x.offset < o.end)
          broken(format_text("the memory of {} and {}", name, o.name), "bytes of both", "bytes apart");
    }
  }

  const stage_program& p_;
  const bool placed_;
  std::vector<part> parts_;
};

// ---- tables and threads
void check_tables(const stage_program& p) {
  std::vector<std::uint16_t> externals, moving, constants;
  std::vector<std::size_t> offsets;
  for (std::size_t s = 0; s < p.slots.size(); ++s) {
    const slot& x = p.slots[s];
    const auto self = static_cast<std::uint16_t>(s);
    const bool outside = x.what == kind::external;
    offsets.push_back(x.what == kind::constant ? 0 : x.offset);
    if (outside) externals.push_back(self);
    if (x.what == kind::constant) constants.push_back(self);
    if (x.what == kind::saved || x.what == kind::part || (outside && !p.externals[static_cast<std::size_t>(x.external)].row))
      moving.push_back(self);
  }
  const auto same = [](const char* what, const auto& got, const auto& expected) {
    if (got != expected) broken(what, format_text("a table of {}", got.size()), format_text("the {} of the slots", expected.size()));
  };
  same("the slots outside", p.external_slots, externals);
  same("the slots that move", p.moving_slots, moving);
  same("the constants", p.constant_slots, constants);
  same("the offsets", p.slot_offsets, offsets);
}

void check_threads(const stage_program& p) {
  using splitting = stage_program::splitting;
  if (p.split == splitting::none) return;
  const auto fail = [](const std::string& got, const char* expected) { broken("a call on several threads", got, expected); };
  if (p.threads < 2) fail(format_text("{} threads", p.threads), "2 or more");
  if (p.chunk < 1) fail(format_text("chunks of {}", p.chunk), "1 or more");
  const std::int64_t rows = p.across_rows() ? p.rows * p.tiles() : p.rows;
  if (p.split == splitting::rows && rows < 2) fail("one row that is split by rows", "blocks");
  if (p.split == splitting::blocks && p.short_rows()) fail("rows of one block that are split by blocks", "rows");
  if (p.split != splitting::blocks || !p.across_rows()) return;
  for (const phase& ph : p.phases)
    if (!ph.searches.empty()) fail("a search that is split by the nodes of its tree", "tiles, as it has no tree");
}

}  // namespace

void verify(const stage_program& p, station s) {
  form(p, s).run();
  memory(p, s).run();
  if (has_places(s)) check_tables(p);
  verify_flow(p, s);
  if (s == station::whole) check_threads(p);
}

}  // namespace tendril::engine
