// Reductions of whole arrays over any axes. The elements of a slice, in row-major order, are reduced in blocks of engine::block_size, the
// blocks' results likewise, and so on: each block is a tree of xtensor expressions, the one of the block kernels.
#include <algorithm>
#include <limits>

#include <tendril/detail/op_id.hpp>

#include "backends/xtensor/whole.hpp"
#include "kernels/moments.hpp"

namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE {
namespace {

/// The input cut into slices: one for each position of the kept axes.
struct slices {
  array_view kept[3];  ///< the input, then the outputs, over the kept axes
  array_view slice;    ///< over the reduced axes, merged where possible; its data is not used
  std::int64_t size;   ///< elements of a slice
  bool empty;          ///< there is no slice at all

  slices(const array_view* out, int outputs, const array_view& in, const attributes& attrs) {
    const axis_list axes = axes_of(attrs, in.rank);
    slice = in;
    slice.rank = 0;
    for (int k = 0; k <= outputs; ++k) {
      kept[k] = k == 0 ? in : out[k - 1];
      kept[k].rank = 0;
    }
    const bool keepdims = out->rank == in.rank;
    for (int i = 0, o = 0; i < in.rank; ++i) {
      if (axes.contains(i)) {
        push(slice, in.shape[i], in.strides[i]);
        o += keepdims;
        continue;
      }
      push(kept[0], in.shape[i], in.strides[i]);
      for (int k = 1; k <= outputs; ++k) push(kept[k], in.shape[i], out[k - 1].strides[o]);
      ++o;
    }
    size = slice.size();
    empty = kept[0].size() == 0;
    merge();
  }

  bool contiguous() const { return slice.rank == 0 || (slice.rank == 1 && slice.strides[0] == 1); }

  /// The distance from the first element of the slice to each of `count` elements from `first` on.
  void offsets(std::int64_t first, std::size_t count, std::int64_t* to) const {
    std::int64_t index[max_rank], offset = 0;
    for (int i = slice.rank; i-- > 0; first /= slice.shape[i]) {
      index[i] = first % slice.shape[i];
      offset += index[i] * slice.strides[i];
    }
    for (std::size_t j = 0; j < count; ++j) {
      to[j] = offset;
      for (int i = slice.rank; i-- > 0;) {
        offset += slice.strides[i];
        if (++index[i] < slice.shape[i]) break;
        offset -= index[i] * slice.strides[i];
        index[i] = 0;
      }
    }
  }

 private:
  static void push(array_view& v, std::int64_t extent, std::int64_t stride) {
    v.shape[v.rank] = extent;
    v.strides[v.rank++] = stride;
  }
  // Keeps the row-major order: the tree and the index of argmax depend on it.
  void merge() {
    int rank = 0;
    for (int i = 0; i < slice.rank; ++i) {
      if (slice.shape[i] == 1) continue;
      if (rank > 0 && slice.strides[rank - 1] == slice.shape[i] * slice.strides[i]) slice.shape[--rank] *= slice.shape[i];
      else slice.shape[rank] = slice.shape[i];
      slice.strides[rank++] = slice.strides[i];
    }
    slice.rank = rank;
  }
};

std::size_t blocks_of(std::int64_t n) { return (static_cast<std::size_t>(n) + block - 1) / block; }
std::size_t length_of(std::int64_t n, std::size_t b) { return std::min(block, static_cast<std::size_t>(n) - b * block); }

/// The elements of one slice, a block at a time: in place where they are contiguous, else packed.
template <class T>
class reader {
 public:
  explicit reader(const slices& s) : slices_(s), direct_(s.contiguous()) {}
  const T* operator()(const void* data, std::size_t b) {
    const auto* x = static_cast<const T*>(data);
    if (direct_) return x + b * block;
    const std::size_t n = length_of(slices_.size, b);
    if (have_ != b) slices_.offsets(static_cast<std::int64_t>(b * block), n, offsets_);
    have_ = b;
    for (std::size_t i = 0; i < n; ++i) packed_[i] = x[offsets_[i]];
    return packed_;
  }

 private:
  const slices& slices_;
  bool direct_;
  std::size_t have_ = std::numeric_limits<std::size_t>::max();
  std::int64_t offsets_[block];
  T packed_[block];
};

/// Reduces n >= 1 partial results in place, level by level.
template <class Fold, class T>
T finish(T* partial, std::size_t n) {
  for (; n > 1; n = blocks_of(static_cast<std::int64_t>(n)))
    for (std::size_t b = 0; b * block < n; ++b) partial[b] = tree_of<Fold>(partial + b * block, length_of(static_cast<std::int64_t>(n), b));
  return partial[0];
}

/// What is folded: the elements, or for any and all whether they are nonzero.
template <class F, class T>
auto folded_line(const T* x, std::size_t n) {
  if constexpr (std::is_same_v<F, T>) return line(x, n);
  else return xt::not_equal(line(x, n), point(T{0}));
}

template <class Fold, class F, class T>
void reduce_slices(slices& s) {
  buffer<F> partial(blocks_of(s.size));
  reader<T> read(s);
  odometer positions(s.kept, 2, 0);
  do {
    for (std::size_t b = 0; b < blocks_of(s.size); ++b) {
      const T* x = read(s.kept[0].data, b);
      partial[b] = tree<Fold, F>(length_of(s.size, b), [x](std::size_t first, std::size_t n) { return folded_line<F>(x + first, n); });
    }
    *static_cast<F*>(s.kept[1].data) = settled<Fold>(finish<Fold>(partial.data(), blocks_of(s.size)));
  } while (positions.next());
}

/// The same where neighbouring slices lie side by side in memory: `tile` of them at a time, so that memory is read in order.
template <class Fold, class F, class T>
void reduce_rows(slices& s) {
  constexpr std::size_t tile = 64;
  const int last = s.kept[0].rank - 1;
  const auto extent = static_cast<std::size_t>(s.kept[0].shape[last]);
  const std::size_t blocks = blocks_of(s.size);
  buffer<F> lane(most_lanes<F> * tile), partial(blocks * tile);
  std::int64_t offsets[block];
  odometer positions(s.kept, 2, 1);
  do {
    for (std::size_t column = 0; column < extent; column += tile) {
      const std::size_t width = std::min(tile, extent - column);
      const T* x = static_cast<const T*>(s.kept[0].data) + column;
      const auto keep = [&](std::size_t b) { assign_line{}(line(partial.data() + b * width, width), line(lane.data(), width)); };
      for (std::size_t b = 0; b < blocks; ++b) {
        s.offsets(static_cast<std::int64_t>(b * block), length_of(s.size, b), offsets);
        tree_of_rows<Fold>(lane.data(), length_of(s.size, b), width, [&](std::size_t i) { return folded_line<F>(x + offsets[i], width); });
        keep(b);
      }
      for (std::size_t n = blocks; n > 1; n = blocks_of(static_cast<std::int64_t>(n)))
        for (std::size_t b = 0; b * block < n; ++b) {
          const F* rows = partial.data() + b * block * width;
          tree_of_rows<Fold>(lane.data(), length_of(static_cast<std::int64_t>(n), b), width,
                             [&](std::size_t i) { return line(rows + i * width, width); });
          keep(b);
        }
      auto* out = static_cast<F*>(s.kept[1].data);
      for (std::size_t j = 0; j < width; ++j)
        out[static_cast<std::int64_t>(column + j) * s.kept[1].strides[last]] = settled<Fold>(partial[j]);
    }
  } while (positions.next());
}

template <class Fold, op_id Op, class T>
void reduce(const array_view* out, const array_view* in, int, const attributes& attrs) {
  constexpr bool logical = Op == op_id::any || Op == op_id::all;
  using seen = folded<Fold, T>;
  using F = std::conditional_t<logical, bool, seen>;
  using element = std::conditional_t<logical, T, seen>;
  slices s(out, 1, *in, attrs);
  if (s.empty) return;
  if (s.size == 0) {
    if constexpr (requires { Fold::template of_nothing<F>; }) {
      odometer positions(s.kept, 2, 0);
      do *static_cast<F*>(s.kept[1].data) = Fold::template of_nothing<F>;
      while (positions.next());
    }
    return;
  }
  const int last = s.kept[0].rank - 1;
  if (!s.contiguous() && last >= 0 && s.kept[0].strides[last] == 1 && s.kept[0].shape[last] > 1) reduce_rows<Fold, F, element>(s);
  else reduce_slices<Fold, F, element>(s);
}

template <class T>
void moments(const array_view* out, const array_view* in, int, const attributes& attrs) {
  slices s(out, 2, *in, attrs);
  if (s.empty) return;
  const std::size_t blocks = blocks_of(s.size);
  buffer<T> partial(blocks);
  reader<T> read(s);
  odometer positions(s.kept, 3, 0);
  do {
    const auto total = [&](const auto& of_block) {
      for (std::size_t b = 0; b < blocks; ++b) partial[b] = of_block(read(s.kept[0].data, b), length_of(s.size, b));
      return blocks == 0 ? T{0} : finish<sum_fold>(partial.data(), blocks);
    };
    const T count = static_cast<T>(s.size);
    T mean = total([](const T* x, std::size_t n) { return tree_of<sum_fold>(x, n); }) / count;
    T squares = total([&](const T* x, std::size_t n) { return squared_deviations(x, n, mean); });
    const auto sum_of_deviations = [&](T by) {
      return total([=](const T* x, std::size_t n) {
        return tree<sum_fold, T>(n, [=](std::size_t first, std::size_t k) { return (line(x + first, k) - point(mean)) * point(by); });
      });
    };
    const auto shrunken = [&] {
      constexpr T by = engine::shrink<T>;
      const T small = total([=](const T* x, std::size_t n) {
        return tree<sum_fold, T>(
            n, [=](std::size_t first, std::size_t k) { return xt::square((line(x + first, k) - point(mean)) * point(by)); });
      });
      return engine::shrunken<T>{small, sum_of_deviations(by)};
    };
    engine::settle_moments(
        mean, squares, count, [&] { return sum_of_deviations(T(1)); }, shrunken);
    *static_cast<T*>(s.kept[1].data) = mean;
    *static_cast<T*>(s.kept[2].data) = squares;
  } while (positions.next());
}

template <class Fold, class T>
void arg_reduce(const array_view* out, const array_view* in, int, const attributes& attrs) {
  slices s(out, 1, *in, attrs);
  if (s.empty) return;
  reader<T> read(s);
  odometer positions(s.kept, 2, 0);
  const auto is_nan = [](T v) { return v != v; };
  do {
    T best{};
    std::int64_t index = 0;
    for (std::size_t b = 0; b < blocks_of(s.size) && !is_nan(best); ++b) {
      const T* x = read(s.kept[0].data, b);
      const std::size_t n = length_of(s.size, b);
      const T here = tree_of<Fold>(x, n);
      const bool better = std::is_same_v<Fold, max_fold> ? here > best : here < best;
      if (b > 0 && !better && !is_nan(here)) continue;
      best = here;
      const T* found = std::find_if(x, x + n, [&](T v) { return v == here || (is_nan(here) && is_nan(v)); });
      index = static_cast<std::int64_t>(b * block) + (found - x);
    }
    *static_cast<std::int64_t*>(s.kept[1].data) = index;
  } while (positions.next());
}

template <class T>
void add(engine::whole_table& table) {
  entry(table, op_id::any, dtype_of<T>) = reduce<any_fold, op_id::any, T>;
  entry(table, op_id::all, dtype_of<T>) = reduce<all_fold, op_id::all, T>;
  if constexpr (!std::is_same_v<T, bool>) {
    entry(table, op_id::sum, dtype_of<T>) = reduce<sum_fold, op_id::sum, T>;
    entry(table, op_id::prod, dtype_of<T>) = reduce<prod_fold, op_id::prod, T>;
    entry(table, op_id::max, dtype_of<T>) = reduce<max_fold, op_id::max, T>;
    entry(table, op_id::min, dtype_of<T>) = reduce<min_fold, op_id::min, T>;
    entry(table, op_id::argmax, dtype_of<T>) = arg_reduce<max_fold, T>;
    entry(table, op_id::argmin, dtype_of<T>) = arg_reduce<min_fold, T>;
  }
  if constexpr (std::is_floating_point_v<T>) entry(table, op_id::moments, dtype_of<T>) = moments<T>;
}

}  // namespace

void add_reductions(engine::whole_table& table) {
  for_each_dtype([&table]<class T>(T) { add<T>(table); });
}

}  // namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE
