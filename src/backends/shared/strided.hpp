// Walks over strided views: merging axes, gathering elements in row-major order, copying.
#pragma once
#include <algorithm>
#include <array>
#include <cstring>

#include <tendril/array.hpp>

namespace tendril::detail {

/// The most views that are walked together: a result and four operands.
inline constexpr int max_operands = 5;

/// One loop nest over several views of one shape.
struct loop_nest {
  int rank = 0;
  int operands = 0;
  std::int64_t shape[max_rank];
  std::int64_t strides[max_operands][max_rank];  ///< elements; of operand, axis

  void add_operand(const std::int64_t* s) { std::copy_n(s, rank, strides[operands++]); }
  std::int64_t size() const {
    std::int64_t n = 1;
    for (int i = 0; i < rank; ++i) n *= shape[i];
    return n;
  }
  /// Drops axes of extent 1 and merges neighbours that every operand steps over evenly; the order of elements stays.
  void merge();
  /// Sorts the axes by the strides of one operand, the largest first: memory order.
  void sort_by(int operand);
};

/// Visits every index of the first `rank` axes of a nest, with the offset of each operand.
class odometer {
 public:
  odometer(const loop_nest& n, int rank) : nest_(n), rank_(rank) {}
  const std::int64_t* offsets() const { return offset_.data(); }
  /// Goes to the next index; false past the last.
  bool next() {
    for (int i = rank_ - 1; i >= 0; --i) {
      if (++index_[static_cast<std::size_t>(i)] < nest_.shape[i]) {
        for (int k = 0; k < nest_.operands; ++k) offset_[static_cast<std::size_t>(k)] += nest_.strides[k][i];
        return true;
      }
      index_[static_cast<std::size_t>(i)] = 0;
      for (int k = 0; k < nest_.operands; ++k) offset_[static_cast<std::size_t>(k)] -= nest_.strides[k][i] * (nest_.shape[i] - 1);
    }
    return false;
  }

 private:
  const loop_nest& nest_;
  int rank_;
  std::array<std::int64_t, max_rank> index_{};
  std::array<std::int64_t, max_operands> offset_{};
};

/// Calls `f` with a value of an unsigned type of this many bytes.
template <class F>
decltype(auto) with_element_size(std::size_t bytes, F&& f) {
  return bytes == 1 ? f(std::uint8_t{}) : bytes == 4 ? f(std::uint32_t{}) : f(std::uint64_t{});
}

/// Reads the elements of one operand in the nest's order, some at a time, as a contiguous run.
class cursor {
 public:
  cursor(const void* base, std::size_t element_bytes, const loop_nest&, int operand);
  /// The next n elements: in place where they stand in a row, else gathered into `buffer`.
  const void* take(std::int64_t n, void* buffer);
  void rewind(const void* base);

 private:
  const char* base_;
  std::size_t bytes_;
  int rank_;
  std::int64_t inner_, stride_;  // the last axis
  std::int64_t shape_[max_rank], strides_[max_rank];
  std::int64_t index_[max_rank] = {};
  std::int64_t offset_ = 0;  // of the current row
  std::int64_t at_ = 0;      // within the row
};

/// Copies between views of equal shape and dtype whose memory does not overlap.
void copy_strided(const array_view& out, const array_view& in);

/// A row-major view of `data` with the shape of `like`.
array_view dense_like(void* data, const array_view& like);
bool is_dense(const array_view&) noexcept;

}  // namespace tendril::detail
