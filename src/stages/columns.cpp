// Columns: the tree of reductions across rows, and the interpreter of programs that have some.
#include "stages/columns.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include <tendril/detail/op_id.hpp>
#include <tendril/detail/with_dtype.hpp>

#include "array/arena.hpp"
#include "stages/blocks.hpp"
#include "threads/pool.hpp"

namespace tendril::engine {

// ---- the tree

namespace {

template <class T>
T identity_of(op_id combiner) {
  using limits = std::numeric_limits<T>;
  switch (combiner) {
    case op_id::add: return std::is_floating_point_v<T> ? static_cast<T>(-0.0) : T(0);
    case op_id::maximum: return limits::has_infinity ? -limits::infinity() : limits::lowest();
    case op_id::minimum: return limits::has_infinity ? limits::infinity() : limits::max();
    case op_id::logical_or: return T(0);
    default: return T(1);
  }
}

}  // namespace

void fill_identity(void* to, op_id combiner, dtype d, std::int64_t n) {
  detail::with_dtype(d, [&]<class T>(T) { std::fill_n(static_cast<T*>(to), n, identity_of<T>(combiner)); });
}

void fold_lanes(block_kernel combine, void* lanes, std::int64_t count, std::int64_t columns, std::size_t element_size) {
  for (std::int64_t half = count / 2; half > 0; half /= 2) {
    const std::int64_t n = half * columns;
    combine({lanes, {lanes, static_cast<std::byte*>(lanes) + static_cast<std::size_t>(n) * element_size}, n, 0});
  }
}

void settle_nans(void* elements, op_id combiner, dtype d, std::int64_t n) {
  if (combiner != op_id::maximum && combiner != op_id::minimum) return;
  if (kind_of(d) != dtype_kind::real) return;
  detail::with_dtype<dtype_kind::real>(d, [&]<class T>(T) {
    T* x = static_cast<T*>(elements);
    for (std::int64_t i = 0; i < n; ++i) x[i] = x[i] == x[i] ? x[i] : std::numeric_limits<T>::quiet_NaN();
  });
}

namespace {

template <class T, class I, bool Largest>
void best_of_lanes(std::int64_t* places, const void* best, const void* from, std::int64_t lanes, std::int64_t columns) {
  const T* x = static_cast<const T*>(best);
  const I* group = static_cast<const I*>(from);
  for (std::int64_t c = 0; c < columns; ++c) {
    T most = x[c];
    places[c] = group[c] * lanes;
    for (std::int64_t k = 1; k < lanes; ++k) {
      const T y = x[k * columns + c];
      const std::int64_t row = group[k * columns + c] * lanes + k;
      const bool alike = y == most || (y != y && most != most), nan = y != y && most == most;
      if (!(alike ? row < places[c] : nan || (Largest ? y > most : y < most))) continue;
      most = y;
      places[c] = row;
    }
  }
}

}  // namespace

void places_of_best(std::int64_t* places, op_id better, dtype d, const void* best, const void* from, std::int64_t lanes,
                    std::int64_t columns) {
  detail::with_dtype<dtype_kind::integer>(d, [&]<class T>(T) {
    using I = std::conditional_t<sizeof(T) == sizeof(std::int32_t), std::int32_t, std::int64_t>;
    (better == op_id::maximum ? best_of_lanes<T, I, true> : best_of_lanes<T, I, false>)(places, best, from, lanes, columns);
  });
}

void repeat(void* elements, std::int64_t n, std::int64_t times, std::size_t element_size) {
  const std::size_t bytes = static_cast<std::size_t>(n) * element_size, all = bytes * static_cast<std::size_t>(times);
  for (std::size_t have = bytes; have < all; have *= 2)
    std::memcpy(static_cast<std::byte*>(elements) + have, elements, std::min(have, all - have));
}

// ---- the interpreter

namespace {

// An external bound to the memory of this call.
struct column_external {
  std::byte* data;                                 // of the operand
  std::byte* base;                                 // of the outer index
  bool direct;                                     // blocks lie in place
  std::int64_t outer[max_rank], across[max_rank];  // strides, bytes
  axis_walk inner, all;                            // along a row; along the axes across, then along a row
};

// A slot that moves from group to group.
struct mover {
  std::uint16_t slot;
  std::byte* start;
  const std::int64_t* strides;  // of the axes that groups follow each other along; null: they lie in a line
};

class interpreter {
 public:
  interpreter(const stage_program& p, const array_view* const* ports, std::byte* blocks) : interpreter(p, blocks) {
    for (std::size_t s = 0; s < p.slots.size(); ++s) at_[s] = blocks + p.slot_offsets[s];
    for (std::uint16_t s : p.constant_slots)
      at_[s] = const_cast<std::byte*>(p.constants.data()) + p.slots[s].offset;  // kernels only read them
    at_[0] = nullptr;
    for (std::size_t e = 0; e < p.externals.size(); ++e) look_at(p.externals[e], *ports[p.externals[e].port], bound_[e]);
    // Rows of one block follow each other as their axes say, groups of several rows in a line.
    walk_rank_ = p.lanes == 1 ? static_cast<int>(p.across.size()) : 1;
    if (p.lanes == 1) std::copy(p.across.begin(), p.across.end(), walk_);
    else walk_[0] = p.groups();
    for (std::uint16_t s : p.external_slots) {
      const auto e = static_cast<std::size_t>(p.slots[s].external);
      column_external& a = bound_[e];
      const bool in_place = a.direct;
      if (p.externals[e].lent && !in_place) {  // memory in order is better than scattering and gathering what is only lent
        lent_.emplace(static_cast<std::size_t>(p.groups() * p.block * p.externals[e].element_size));
        a.direct = true;
      }
      if (!p.externals[e].still && a.direct) movers_[moving_++] = {s, nullptr, p.lanes == 1 && in_place ? a.across : nullptr};
    }
    for (std::size_t s = 0; s < p.slots.size(); ++s)
      if (p.slots[s].what == slot::kind::saved) movers_[moving_++] = {static_cast<std::uint16_t>(s), nullptr, nullptr};
    for (int m = 0; m < moving_; ++m) steps_[movers_[m].slot] = walk_rank_ ? step(movers_[m], walk_rank_ - 1) : 0;
  }

  /// Units [first, last): a tile of columns each, the tiles of one outer index one after another.
  void run(std::int64_t first, std::int64_t last) {
    const std::int64_t tiles = p_.tiles();
    column_ = first % tiles * p_.tile();
    std::int64_t rest = first / tiles;
    for (column_external& a : std::span(bound_, p_.externals.size())) a.base = a.data;
    for (std::size_t k = p_.outer.size(); k-- > 0; rest /= p_.outer[k]) {
      outer_[k] = rest % p_.outer[k];
      for (column_external& a : std::span(bound_, p_.externals.size())) a.base += a.outer[k] * outer_[k];
    }
    for (std::int64_t left = last - first; left > 0; --left) {
      enter();
      for (const phase& ph : p_.phases)
        if (!ph.several.count) run(ph);
      for (const auto& r : p_.row_results) {
        const column_external& a = bound_[r.external];
        const std::uint8_t size = p_.externals[r.external].element_size;
        auto* from = static_cast<std::byte*>(at_[r.slot]);
        if (a.direct) std::memcpy(a.base + column_ * size, from, static_cast<std::size_t>(width_ * size));
        else copy_block<false>(a.inner, a.base, size, from, column_, width_);
      }
      leave();
    }
  }

 private:
  void look_at(const external& x, const array_view& v, column_external& a) const {
    a.data = static_cast<std::byte*>(v.data);
    const auto stride = [&](std::int8_t axis) { return x.axis[axis] < 0 ? 0 : v.strides[x.axis[axis]] * x.element_size; };
    for (std::size_t k = 0; k < p_.outer.size(); ++k) a.outer[k] = stride(p_.outer_axis[k]);
    a.inner.rank = a.all.rank = 0;
    for (std::size_t k = 0; k < p_.across.size(); ++k) a.all.add(p_.across[k], a.across[k] = stride(p_.across_axis[k]));
    for (std::size_t k = 0; k < p_.inner.size(); ++k) {
      a.inner.add(p_.inner[k], stride(p_.inner_axis[k]));
      a.all.add(p_.inner[k], stride(p_.inner_axis[k]));
    }
    const bool single = x.row && !x.result;
    a.direct = single || (p_.lanes == 1 || x.row ? a.inner : a.all).contiguous(x.element_size);
    if (x.still && !single) a.direct &= p_.lanes == 1;
  }

  // With tables that say nothing yet.
  interpreter(const stage_program& p, std::byte* blocks)
      : p_(p),
        memory_(table_bytes()),
        blocks_(blocks),
        at_(reinterpret_cast<void**>(memory_.data())),
        steps_(reinterpret_cast<std::int64_t*>(at_ + p.slots.size())),
        movers_(reinterpret_cast<mover*>(steps_ + p.slots.size())),
        bound_(reinterpret_cast<column_external*>(movers_ + p.slots.size())) {}

  std::size_t table_bytes() const {
    return p_.slots.size() * (sizeof(void*) + sizeof(std::int64_t) + sizeof(mover)) + p_.externals.size() * sizeof(column_external);
  }

  std::byte* buffer(std::size_t e) const { return blocks_ + p_.externals[e].offset; }

  // Into the tile: takes what all its rows share.
  void enter() {
    width_ = std::min(p_.tile(), p_.row_size - column_);
    for (std::uint16_t s : p_.external_slots) {
      const auto e = static_cast<std::size_t>(p_.slots[s].external);
      const external& x = p_.externals[e];
      const column_external& a = bound_[e];
      at_[s] = x.row ? a.base : !a.direct ? buffer(e) : x.lent && lent_ ? lent_->data() : a.base + column_ * x.element_size;
      if (!x.still || a.direct) continue;
      copy_block<true>(a.inner, a.base, x.element_size, buffer(e), column_, width_);
      repeat(buffer(e), width_, p_.lanes, x.element_size);
    }
    for (int m = 0; m < moving_; ++m) movers_[m].start = static_cast<std::byte*>(at_[movers_[m].slot]);
  }

  // To the next tile, or the first of the next outer index.
  void leave() {
    if ((column_ += p_.tile()) < p_.row_size) return;
    column_ = 0;
    for (std::size_t k = p_.outer.size(); k-- > 0;) {
      const bool more = ++outer_[k] < p_.outer[k];
      for (column_external& a : std::span(bound_, p_.externals.size())) a.base += a.outer[k] * (more ? 1 : 1 - p_.outer[k]);
      if (more) return;
      outer_[k] = 0;
    }
  }

  bool any_of(const std::vector<std::uint16_t>& guards) const {
    return std::any_of(guards.begin(), guards.end(),
                       [this](std::uint16_t s) { return std::memchr(at_[s], 1, static_cast<std::size_t>(width_)) != nullptr; });
  }

  void run(const phase& ph) {
    const std::int64_t n = width_ * p_.lanes;
    if (!ph.guards.empty() && !any_of(ph.guards)) return;
    if (ph.before_code) ph.before_code(at_, n, nullptr);
    else
      for (const instruction& i : ph.before) execute(i, at_, n);
    if (ph.block.empty()) return;
    for (const search& s : ph.searches) {
      fill_identity(at_[s.best], s.op, s.type, n);
      std::memset(at_[s.from], 0, static_cast<std::size_t>(n) * size_of(s.type));
      steps_[s.group] = static_cast<std::int64_t>(size_of(s.type));
    }
    if (p_.split == stage_program::splitting::blocks) {
      split_groups(ph);
    } else {
      go_to(0);
      run_groups(ph, levels_of(p_.groups()) - 1, p_.groups());
    }
    for (const accumulation& a : ph.accumulations) {
      fold_lanes(a.combine, at_[a.result], p_.lanes, width_, size_of(a.type));
      settle_nans(at_[a.result], a.op, a.type, width_);
      repeat(at_[a.result], width_, p_.lanes, size_of(a.type));
    }
    for (const search& s : ph.searches) {
      auto* places = static_cast<std::int64_t*>(at_[s.result]);
      places_of_best(places, s.op, s.type, at_[s.best], at_[s.from], p_.lanes, width_);
      repeat(places, width_, p_.lanes, sizeof *places);
    }
    for (int m = 0; m < moving_; ++m) at_[movers_[m].slot] = movers_[m].start;
  }

  // The blocks of so many groups from the current one on: a node of the tree on this level.
  void run_groups(const phase& ph, int level, std::int64_t count) {
    const std::int64_t n = width_ * p_.lanes;
    const phase* several = ph.several.phase < 0 ? nullptr : &p_.phases[static_cast<std::size_t>(ph.several.phase)];
    for (const auto* list : {&ph.reads, &ph.writes})
      for (std::uint16_t e : *list)
        if (!bound_[e].direct) several = nullptr;
    const auto groups = [&](std::int64_t left) {
      for (const accumulation& a : ph.accumulations) fill_identity(at_[a.in], a.op, a.type, n);
      while (left > 0) {
        const std::int64_t by = several ? several->several.count : 1;
        const bool fits = several && by <= left && by <= in_line() && by * p_.lanes <= p_.depth - row_;
        if (!ph.searches.empty()) number_groups(ph);
        if (fits) run_several(*several, n);
        else run_group(ph);
        left -= fits ? by : 1;
      }
    };
    if (ph.accumulations.empty()) groups(count);
    else walk_groups(level, count, groups, [&](int k, bool first) { combine_level(ph, k, first); });
  }

  std::byte* node(const accumulation& a, int level) const { return blocks_ + a.offset + static_cast<std::size_t>(level) * a.level; }

  // Adds what stands on the level below to what stands on this one, or is the first of it.
  void combine_level(const phase& ph, int level, bool first) {
    const std::int64_t n = width_ * p_.lanes;
    for (const accumulation& a : ph.accumulations) {
      std::byte *to = node(a, level), *from = node(a, level - 1);
      if (first) std::memcpy(to, from, static_cast<std::size_t>(n) * size_of(a.type));
      else a.combine({to, {to, from}, n, 0});
    }
  }

  // ---- several threads
  // One thread's part in a phase: what the blocks write is its own, all else is that of the call.
  interpreter(const interpreter& call, const phase& ph, std::byte* blocks) : interpreter(call.p_, blocks) {
    walk_rank_ = call.walk_rank_;
    moving_ = call.moving_;
    column_ = call.column_;
    width_ = call.width_;
    std::memcpy(memory_.data(), call.memory_.data(), call.table_bytes());
    std::copy_n(call.walk_, walk_rank_, walk_);
    const auto own = [&](std::uint16_t s) {
      const slot& x = p_.slots[s];
      if (x.what == slot::kind::buffer || x.what == slot::kind::column) at_[s] = blocks_ + p_.slot_offsets[s];
    };
    const auto own_results = [&](const phase& of) {
      for (const instruction& i : of.block) {
        own(i.out);
        own(i.out2);
      }
    };
    own_results(ph);
    if (ph.several.phase >= 0) own_results(p_.phases[static_cast<std::size_t>(ph.several.phase)]);
    for (const accumulation& a : ph.accumulations) own(a.in);
    for (std::uint16_t s : p_.external_slots) {
      const auto e = static_cast<std::uint16_t>(p_.slots[s].external);
      for (const auto* list : {&ph.reads, &ph.writes})
        if (std::find(list->begin(), list->end(), e) != list->end() && !bound_[e].direct) at_[s] = buffer(e);
    }
  }

  // The nodes of one level are made by whoever comes, and combined in order.
  void split_groups(const phase& ph) {
    const int level = level_of_nodes(p_.groups());
    const std::int64_t span = groups_of_node(level), nodes = (p_.groups() + span - 1) / span;
    // Own blocks stand within a page where the call's do: a processor that compares the ends of addresses took a fifth longer elsewhere.
    constexpr std::size_t page = 4096;
    std::size_t bytes = 0;
    for (const accumulation& a : ph.accumulations) bytes += a.level;
    const workspace sums(static_cast<std::size_t>(nodes) * bytes);
    const auto each_sum = [&](std::int64_t i, const interpreter& of, const auto& move) {
      std::byte* sum = sums.data() + static_cast<std::size_t>(i) * bytes;
      for (const accumulation& a : ph.accumulations) {
        move(sum, of.node(a, level), static_cast<std::size_t>(width_ * p_.lanes) * size_of(a.type));
        sum += a.level;
      }
    };
    parallel(p_.threads, nodes, [&](chunks& todo) {
      std::int64_t i;
      if (!todo.take(i)) return;
      const workspace memory(p_.workspace + page);
      interpreter mine(
          *this, ph, memory.data() + (reinterpret_cast<std::uintptr_t>(blocks_) - reinterpret_cast<std::uintptr_t>(memory.data())) % page);
      do {
        mine.go_to(i * span);
        mine.run_groups(ph, level, std::min(span, p_.groups() - i * span));
        each_sum(i, mine, [](std::byte* sum, const std::byte* made, std::size_t size) { std::memcpy(sum, made, size); });
      } while (todo.take(i));
    });
    if (ph.accumulations.empty()) return;
    std::int64_t next = 0;
    walk_groups(
        levels_of(p_.groups()) - 1, p_.groups(),
        [&](std::int64_t) {
          each_sum(next++, *this, [](const std::byte* sum, std::byte* place, std::size_t size) { std::memcpy(place, sum, size); });
        },
        [&](int k, bool first) { combine_level(ph, k, first); }, level);
  }

  // What the next blocks find where searches read the numbers of their groups.
  void number_groups(const phase& ph) {
    const std::int64_t first = row_ / p_.lanes;
    for (const search& s : ph.searches)
      for (std::int32_t k = 0; k < most_at_once; ++k)
        if (size_of(s.type) == sizeof(std::int32_t)) static_cast<std::int32_t*>(at_[s.group])[k] = static_cast<std::int32_t>(first + k);
        else static_cast<std::int64_t*>(at_[s.group])[k] = first + k;
  }

  void run_several(const phase& ph, std::int64_t n) {
    constexpr int lines = 4;  // fetched of what comes next: rows as long as a page begin where no prefetcher of the processor looks
    const std::int32_t count = ph.several.count;
    for (const auto& c : ph.several.copies) {
      auto* place = static_cast<std::byte*>(at_[c.from]);
      for (std::int32_t k = 0; k < count; ++k, place += steps_[c.from]) {
        at_[c.to + k] = place;
        for (int l = 0; l < lines; ++l) __builtin_prefetch(place + count * steps_[c.from] + 64 * l);
      }
    }
    next(count);
    run_block(ph, n);
  }

  void run_block(const phase& ph, std::int64_t n) {
    if (ph.block_code) ph.block_code(at_, n, nullptr);
    else
      for (const instruction& i : ph.block) {
        if (i.what == instruction::kind::best) i.best(at_[i.out], at_[i.out2], at_[i.in[0]], at_[i.in[3]], n);
        else execute(i, at_, n);
      }
  }

  void run_group(const phase& ph) {
    const std::int64_t n = p_.lanes == 1 ? width_ : std::min(p_.lanes, p_.depth - row_) * width_;
    const std::int64_t start = row_ * p_.row_size + column_;
    for (std::uint16_t e : ph.reads)
      if (column_external& a = bound_[e]; !a.direct) copy_block<true>(a.all, a.base, p_.externals[e].element_size, buffer(e), start, n);
    run_block(ph, n);
    for (std::uint16_t e : ph.writes)
      if (column_external& a = bound_[e]; !a.direct) copy_block<false>(a.all, a.base, p_.externals[e].element_size, buffer(e), start, n);
    next(1);
  }

  // How many groups follow each other at equal steps from here on.
  std::int64_t in_line() const { return walk_rank_ == 0 ? 1 : walk_[walk_rank_ - 1] - index_[walk_rank_ - 1]; }

  void go_to(std::int64_t group) {
    row_ = group * p_.lanes;
    for (int k = walk_rank_ - 1; k >= 0; group /= walk_[k--]) index_[k] = group % walk_[k];
    for (int m = 0; m < moving_; ++m) {
      std::byte* place = movers_[m].start;
      for (int k = 0; k < walk_rank_; ++k) place += index_[k] * step(movers_[m], k);
      at_[movers_[m].slot] = place;
    }
  }

  // To the group that comes `by` later, which is not more than are in line.
  void next(std::int64_t by) {
    row_ += by * p_.lanes;
    for (int m = 0; m < moving_; ++m) {
      void*& place = at_[movers_[m].slot];
      place = static_cast<std::byte*>(place) + by * steps_[movers_[m].slot];
    }
    for (int k = walk_rank_ - 1; k >= 0 && (index_[k] += by) == walk_[k]; --k, by = 1) {
      index_[k] = 0;
      for (int m = 0; m < moving_; ++m) {
        void*& place = at_[movers_[m].slot];
        place = static_cast<std::byte*>(place) - step(movers_[m], k) * walk_[k] + (k ? step(movers_[m], k - 1) : 0);
      }
    }
  }

  // Bytes from row to row along an axis of the walk.
  std::int64_t step(const mover& m, int k) const {
    if (m.strides) return m.strides[k];
    std::int64_t bytes = p_.block * p_.slots[m.slot].element_size;
    for (int inner = k + 1; inner < walk_rank_; ++inner) bytes *= walk_[inner];
    return bytes;
  }

  const stage_program& p_;
  const workspace memory_;
  std::optional<workspace> lent_;  // in place of a result's memory
  std::byte* blocks_;
  void** at_;
  std::int64_t* steps_;  // of the slots that move: bytes from group to group along the last axis
  mover* movers_;
  column_external* bound_;
  int walk_rank_ = 0, moving_ = 0;
  std::int64_t walk_[max_rank], index_[max_rank];  // the groups
  std::int64_t outer_[max_rank];
  std::int64_t column_ = 0, width_ = 0;  // the tile
  std::int64_t row_ = 0;                 // where the next group begins
};

}  // namespace

void run_columns(const stage_program& p, const array_view* const* ports, std::byte* blocks) {
  const std::int64_t units = p.rows * p.tiles();
  if (p.split != stage_program::splitting::rows) return interpreter(p, ports, blocks).run(0, units);
  parallel(p.threads, (units + p.chunk - 1) / p.chunk, [&](chunks& todo) {
    std::int64_t chunk;
    if (!todo.take(chunk)) return;
    const workspace mine(p.workspace);
    interpreter one(p, ports, mine.data());
    do one.run(chunk * p.chunk, std::min((chunk + 1) * p.chunk, units));
    while (todo.take(chunk));
  });
}

}  // namespace tendril::engine
