// Columns: which groups reduce across rows, and the interpreter that runs them.
#include "engine/columns.hpp"

#include <limits>

#include "array_impl.hpp"
#include "engine/arena.hpp"
#include "engine/blocks.hpp"
#include "engine/parallel.hpp"
#include "passes/rewrite.hpp"

namespace tendril::engine {

// ---- the tree

op_id combiner_of(op_id reduction) {
  switch (reduction) {
    case op_id::sum: return op_id::add;
    case op_id::prod: return op_id::multiply;
    case op_id::max: return op_id::maximum;
    case op_id::min: return op_id::minimum;
    case op_id::any: return op_id::logical_or;
    case op_id::all: return op_id::logical_and;
    default: throw internal_error("[columns] not a reduction across rows");
  }
}

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
  const auto fill = [&]<class T>(T) { std::fill_n(static_cast<T*>(to), n, identity_of<T>(combiner)); };
  switch (d) {
    case dtype::bool_: return fill(bool());
    case dtype::int32: return fill(std::int32_t());
    case dtype::int64: return fill(std::int64_t());
    case dtype::float32: return fill(float());
    default: return fill(double());
  }
}

void fold_lanes(block_kernel combine, void* lanes, std::int64_t count, std::int64_t columns, std::size_t element_size) {
  for (std::int64_t half = count / 2; half > 0; half /= 2) {
    const std::int64_t n = half * columns;
    combine({lanes, {lanes, static_cast<std::byte*>(lanes) + static_cast<std::size_t>(n) * element_size}, n, 0});
  }
}

void repeat(void* elements, std::int64_t n, std::int64_t times, std::size_t element_size) {
  const std::size_t bytes = static_cast<std::size_t>(n) * element_size, all = bytes * static_cast<std::size_t>(times);
  for (std::size_t have = bytes; have < all; have *= 2)
    std::memcpy(static_cast<std::byte*>(elements) + have, elements, std::min(have, all - have));
}

// ---- the plan

bool runs_across(std::span<const std::int64_t> space, std::span<const std::int64_t> reduced, bool column_major) {
  const std::size_t rank = space.size();
  for (std::size_t k = 0; k < rank; ++k) {
    const std::size_t a = column_major ? k : rank - 1 - k;
    if (space[a] != 1) return std::find(reduced.begin(), reduced.end(), static_cast<std::int64_t>(a)) == reduced.end();
  }
  return false;
}

// Two sums, as the whole-array kernel has them: the deviations are taken from the mean of all rows.
graph moments_as_sums(const graph& region) {
  detail::rewriter r(region);
  for (const node& n : region.nodes) {
    if (n.id() != op_id::moments) {
      r.copy(n);
      continue;
    }
    const value_id x = r.at(n.inputs[0]);
    const type t = region.type_of(n.inputs[0]);
    const std::vector<std::int64_t> axes = n.attrs.get_axes("moments", t.rank());
    double rows = 1;
    for (std::int64_t a : axes) rows *= static_cast<double>(t.shape[static_cast<std::size_t>(a)].value);
    const attributes at{{"axis", axes}, {"dtype", {}}, {"keepdims", true}};
    const auto add = [&](op_id op, std::vector<value_id> in, attributes with = {}) {
      return r.to.add(record_of(op), std::move(in), std::move(with), nullptr, n.where);
    };
    const value_id count = r.to.add_constant(detail::scalar_array(rows, t.dtype), n.where);
    const value_id mean = add(op_id::divide, {add(op_id::sum, {x}, at), count});
    const value_id deviation = add(op_id::subtract, {x, mean});
    r.map[static_cast<std::size_t>(n.first_result)] = mean;
    r.map[static_cast<std::size_t>(n.first_result + 1)] = add(op_id::sum, {add(op_id::multiply, {deviation, deviation})}, at);
  }
  return r.finish();
}

// ---- the interpreter

namespace {

// What one external is for this call.
struct access {
  std::byte* data;                 // of the operand
  std::byte* base;                 // of the outer index
  bool direct;                     // blocks lie in place
  std::int64_t outer[max_rank];    // strides, bytes
  std::int64_t strides[max_rank];  // of the axes across, then of the inner ones
};

// A slot that moves from group to group.
struct mover {
  std::uint16_t slot;
  std::byte* start;
  const std::int64_t* strides;  // of the axes that groups follow each other along; null: they lie in a line
};

class interpreter {
 public:
  interpreter(const stage_program& p, const array_view* const* operands, std::byte* blocks)
      : p_(p),
        memory_(p.slots.size() * (sizeof(void*) + sizeof(std::int64_t) + sizeof(mover)) + p.externals.size() * sizeof(access)),
        blocks_(blocks),
        at_(reinterpret_cast<void**>(memory_.data())),
        steps_(reinterpret_cast<std::int64_t*>(at_ + p.slots.size())),
        movers_(reinterpret_cast<mover*>(steps_ + p.slots.size())),
        accesses_(reinterpret_cast<access*>(movers_ + p.slots.size())),
        across_(static_cast<int>(p.across.size())) {
    for (std::size_t s = 0; s < p.slots.size(); ++s) at_[s] = blocks + p.slot_offsets[s];
    for (std::uint16_t s : p.constant_slots)
      at_[s] = const_cast<std::byte*>(p.constants.data()) + p.slots[s].offset;  // kernels only read them
    at_[0] = nullptr;
    axes_rank_ = across_ + static_cast<int>(p.inner.size());
    std::copy(p.across.begin(), p.across.end(), axes_);
    std::copy(p.inner.begin(), p.inner.end(), axes_ + across_);
    for (std::size_t e = 0; e < p.externals.size(); ++e) look_at(p.externals[e], *operands[p.externals[e].operand], accesses_[e]);
    // Rows of one block follow each other as their axes say, groups of several rows in a line.
    walk_rank_ = p.lanes == 1 ? across_ : 1;
    if (p.lanes == 1) std::copy_n(axes_, across_, walk_);
    else walk_[0] = p.groups();
    for (std::uint16_t s : p.external_slots) {
      const auto e = static_cast<std::size_t>(p.slots[s].external);
      if (!p.externals[e].still && accesses_[e].direct) movers_[moving_++] = {s, nullptr, p.lanes == 1 ? accesses_[e].strides : nullptr};
    }
    for (std::size_t s = 0; s < p.slots.size(); ++s)
      if (p.slots[s].what == slot::kind::saved) movers_[moving_++] = {static_cast<std::uint16_t>(s), nullptr, nullptr};
    for (int m = 0; m < moving_; ++m) steps_[movers_[m].slot] = walk_rank_ ? step(movers_[m], walk_rank_ - 1) : 0;
  }

  /// Units [first, last): a tile of columns each, the tiles of one outer index in a row.
  void run(std::int64_t first, std::int64_t last) {
    for (std::int64_t unit = first; unit < last; ++unit) {
      begin(unit);
      for (const phase& ph : p_.phases)
        if (!ph.several.count) run(ph);
      for (const auto& r : p_.row_results) {
        const access& a = accesses_[r.external];
        copy_block<false>(p_.inner, a.strides + across_, a.base, p_.externals[r.external].element_size,
                          static_cast<std::byte*>(at_[r.slot]), column_, width_);
      }
    }
  }

 private:
  void look_at(const external& x, const array_view& v, access& a) const {
    a.data = static_cast<std::byte*>(v.data);
    const auto stride = [&](std::int8_t axis) { return x.axis[axis] < 0 ? 0 : v.strides[x.axis[axis]] * x.element_size; };
    for (std::size_t k = 0; k < p_.outer.size(); ++k) a.outer[k] = stride(p_.outer_axis[k]);
    for (std::size_t k = 0; k < p_.across.size(); ++k) a.strides[k] = stride(p_.across_axis[k]);
    for (std::size_t k = 0; k < p_.inner.size(); ++k) a.strides[p_.across.size() + k] = stride(p_.inner_axis[k]);
    a.direct = true;
    if (x.row) return;
    std::int64_t expected = x.element_size;
    for (int k = axes_rank_; k-- > (p_.lanes == 1 ? across_ : 0);) {
      a.direct &= a.strides[k] == expected;
      expected *= axes_[k];
    }
    if (x.still) a.direct &= p_.lanes == 1;
  }

  std::byte* buffer(std::size_t e) const { return blocks_ + p_.externals[e].offset; }

  // Goes to the tile, and takes what all its rows share.
  void begin(std::int64_t unit) {
    const std::int64_t tiles = p_.tiles();
    column_ = unit % tiles * p_.tile();
    width_ = std::min(p_.tile(), p_.row_size - column_);
    std::int64_t index[max_rank];
    std::int64_t rest = unit / tiles;
    for (std::size_t k = p_.outer.size(); k-- > 0; rest /= p_.outer[k]) index[k] = rest % p_.outer[k];
    for (std::size_t e = 0; e < p_.externals.size(); ++e) {
      accesses_[e].base = accesses_[e].data;
      for (std::size_t k = 0; k < p_.outer.size(); ++k) accesses_[e].base += accesses_[e].outer[k] * index[k];
    }
    for (std::uint16_t s : p_.external_slots) {
      const auto e = static_cast<std::size_t>(p_.slots[s].external);
      const external& x = p_.externals[e];
      const access& a = accesses_[e];
      at_[s] = x.row ? a.base : a.direct ? a.base + column_ * x.element_size : buffer(e);
      if (!x.still || a.direct) continue;
      copy_block<true>(p_.inner, a.strides + across_, a.base, x.element_size, buffer(e), column_, width_);
      repeat(buffer(e), width_, p_.lanes, x.element_size);
    }
    for (int m = 0; m < moving_; ++m) movers_[m].start = static_cast<std::byte*>(at_[movers_[m].slot]);
  }

  void run(const phase& ph) {
    const std::int64_t n = width_ * p_.lanes;
    if (ph.before_code) ph.before_code(at_, n, nullptr);
    else
      for (const instruction& i : ph.before) execute(i, at_, n);
    if (ph.block.empty()) return;
    std::fill_n(index_, walk_rank_, 0);
    row_ = 0;
    for (int m = 0; m < moving_; ++m) at_[movers_[m].slot] = movers_[m].start;
    const phase* several = ph.several.phase < 0 ? nullptr : &p_.phases[static_cast<std::size_t>(ph.several.phase)];
    for (const auto* list : {&ph.reads, &ph.writes})
      for (std::uint16_t e : *list)
        if (!accesses_[e].direct) several = nullptr;
    const auto groups = [&](std::int64_t count) {
      for (const accumulation& a : ph.accumulations) fill_identity(at_[a.in], a.op, a.type, n);
      while (count > 0) {
        const std::int64_t by = several ? several->several.count : 1;
        const bool fits = several && by <= count && by <= in_line() && by * p_.lanes <= p_.depth - row_;
        if (fits) run_several(*several, n);
        else run_group(ph);
        count -= fits ? by : 1;
      }
    };
    if (ph.accumulations.empty()) {
      groups(p_.groups());
    } else {
      walk_groups(levels_of(p_.groups()) - 1, p_.groups(), groups, [&](int level, bool first) {
        for (const accumulation& a : ph.accumulations) {
          std::byte* to = blocks_ + a.offset + static_cast<std::size_t>(level) * a.level;
          if (first) std::memcpy(to, to - a.level, static_cast<std::size_t>(n) * size_of(a.type));
          else a.combine({to, {to, to - a.level}, n, 0});
        }
      });
    }
    for (const accumulation& a : ph.accumulations) {
      fold_lanes(a.combine, at_[a.result], p_.lanes, width_, size_of(a.type));
      repeat(at_[a.result], width_, p_.lanes, size_of(a.type));
    }
    for (int m = 0; m < moving_; ++m) at_[movers_[m].slot] = movers_[m].start;
  }

  void run_several(const phase& ph, std::int64_t n) {
    const std::int32_t count = ph.several.count;
    for (const auto& c : ph.several.copies) {
      auto* place = static_cast<std::byte*>(at_[c.from]);
      for (std::int32_t k = 0; k < count; ++k, place += steps_[c.from]) at_[c.to + k] = place;
    }
    next(count);
    run_block(ph, n);
  }

  void run_block(const phase& ph, std::int64_t n) {
    if (ph.block_code) ph.block_code(at_, n, nullptr);
    else
      for (const instruction& i : ph.block) execute(i, at_, n);
  }

  void run_group(const phase& ph) {
    const std::int64_t n = p_.lanes == 1 ? width_ : std::min(p_.lanes, p_.depth - row_) * width_;
    const std::int64_t start = row_ * p_.row_size + column_;
    const std::span<const std::int64_t> axes(axes_, static_cast<std::size_t>(axes_rank_));
    for (std::uint16_t e : ph.reads)
      if (access& a = accesses_[e]; !a.direct) copy_block<true>(axes, a.strides, a.base, p_.externals[e].element_size, buffer(e), start, n);
    run_block(ph, n);
    for (std::uint16_t e : ph.writes)
      if (access& a = accesses_[e]; !a.direct)
        copy_block<false>(axes, a.strides, a.base, p_.externals[e].element_size, buffer(e), start, n);
    next(1);
  }

  // How many groups follow each other at equal steps from here on.
  std::int64_t in_line() const { return walk_rank_ == 0 ? 1 : walk_[walk_rank_ - 1] - index_[walk_rank_ - 1]; }

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
  std::byte* blocks_;
  void** at_;
  std::int64_t* steps_;  // of the slots that move: bytes from group to group along the last axis
  mover* movers_;
  access* accesses_;
  int across_, axes_rank_ = 0, walk_rank_ = 0, moving_ = 0;
  std::int64_t axes_[max_rank];                    // across, then inner
  std::int64_t walk_[max_rank], index_[max_rank];  // the groups
  std::int64_t column_ = 0, width_ = 0;            // the tile
  std::int64_t row_ = 0;                           // where the next group begins
};

}  // namespace

void run_columns(const stage_program& p, const array_view* const* operands, std::byte* blocks) {
  const std::int64_t units = p.rows * p.tiles();
  if (p.split == stage_program::splitting::none) return interpreter(p, operands, blocks).run(0, units);
  parallel(p.threads, (units + p.chunk - 1) / p.chunk, [&](chunks& todo) {
    std::int64_t chunk;
    if (!todo.take(chunk)) return;
    const workspace mine(p.workspace);
    interpreter one(p, operands, mine.data());
    do one.run(chunk * p.chunk, std::min((chunk + 1) * p.chunk, units));
    while (todo.take(chunk));
  });
}

}  // namespace tendril::engine
