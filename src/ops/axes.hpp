// Attributes as kernels read them at every call: without an allocation, and without the checks that inference has made.
#pragma once
#include <algorithm>
#include <span>
#include <string_view>

#include <tendril/graph.hpp>

namespace tendril::detail {

/// Up to max_rank axes.
class axis_list {
 public:
  const std::int64_t* begin() const noexcept { return axes_; }
  const std::int64_t* end() const noexcept { return axes_ + count_; }
  std::size_t size() const noexcept { return count_; }
  std::int64_t operator[](std::size_t i) const noexcept { return axes_[i]; }
  bool contains(std::int64_t a) const noexcept { return std::find(begin(), end(), a) != end(); }
  void add(std::int64_t a) noexcept { axes_[count_++] = a; }
  void sort() noexcept { std::sort(axes_, axes_ + count_); }

 private:
  std::int64_t axes_[max_rank];
  std::size_t count_ = 0;
};

/// The integers of an attribute, where they are; one integer reads as a list of one.
std::span<const std::int64_t> integers_of(const attributes&, std::string_view name);

/// Axes of an array of this rank that are known to be in range and distinct, negative ones counted from its end.
axis_list axes_from(std::span<const std::int64_t> axes, int rank);

/// The axes of attribute `axis`, in increasing order; all of them when absent.
axis_list axes_of(const attributes&, int rank);

}  // namespace tendril::detail
