// Strided views: broadcast, row-major, and what memory they share.
#pragma once
#include <span>

#include <tendril/array.hpp>

namespace tendril::engine {

/// `in` broadcast to `shape`, with stride 0 along new and stretched axes.
array_view broadcast_view(const array_view& in, std::span<const std::int64_t> shape);

/// A row-major view of `data`.
array_view row_major(void* data, dtype, std::span<const std::int64_t> shape);
/// The same, where the view is to be.
void lay_row_major(array_view&, void* data, dtype, std::span<const std::int64_t> shape);

/// The element in memory that many elements after the first.
inline char* element_at(const array_view& v, std::int64_t elements) {
  return static_cast<char*>(v.data) + elements * static_cast<std::int64_t>(size_of(v.dtype));
}

/// Walks two views of one shape along all axes but those that `skipped` names, the last axis first.
class outer_walk {
 public:
  /// Moves both pointers to the next place; false, and back at the start, after the last one.
  template <class To, class From, class Skipped>
  bool next(const array_view& out, const array_view& in, To*& to, const From*& from, Skipped skipped) {
    for (int k = out.rank - 1; k >= 0; --k) {
      if (skipped(k)) continue;
      to += out.strides[k];
      from += in.strides[k];
      if (++at_[k] < out.shape[k]) return true;
      to -= at_[k] * out.strides[k];
      from -= at_[k] * in.strides[k];
      at_[k] = 0;
    }
    return false;
  }

 private:
  std::int64_t at_[max_rank] = {};
};

/// The bytes from the first that a view reaches to the last.
struct byte_span {
  const char *begin, *end;
  explicit byte_span(const array_view&) noexcept;
  bool meets(const byte_span& other) const noexcept { return begin < other.end && other.begin < end; }
};
/// True when the memory spans of two views intersect.
bool overlap(const array_view&, const array_view&) noexcept;
/// True when an element of one lies in an element of the other, exactly: interleaved views share none. Gives up, and says true, where
/// the strides make that hard to tell.
bool share_elements(const array_view&, const array_view&);
/// True when two elements of a view lie in one another: an axis of stride 0, say. Gives up, and says true, likewise.
bool overlaps_itself(const array_view&);
/// True when they are the same elements in the same places.
bool same_memory(const array_view&, const array_view&) noexcept;

}  // namespace tendril::engine
