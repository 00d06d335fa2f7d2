// Windows that slide over axes: where their elements lie, what is put around an array, and the sums that convolutions and pools are.
#pragma once
#include "frontends/shared.hpp"

namespace tendril::frontends {

/// x[..., part, ...] along one axis, which does not count from the end.
array part_of(const array& x, std::int64_t axis, const slice& part);
/// x with `src` in the place of count elements of an axis, from start, step apart.
array with_part(const array& x, std::int64_t axis, std::int64_t start, std::int64_t count, std::int64_t step, const array& src);
/// x with `src`, which has as many elements, in the place of what a key of integers, slices and new axes shows of it.
array with_key(const array& x, const array& src, const std::vector<index_item>& key);
array joined_parts(const std::vector<array>& parts, std::int64_t axis);
/// One value before and behind the elements of an axis; negative counts cut. Nothing where it would cut more than there is.
array filled_around(const array& x, std::int64_t axis, std::int64_t before, std::int64_t behind, scalar value);

/// As many elements before and behind an axis of n as make windows of this reach, `stride` apart, as many as n / stride rounded up. The odd
/// one stands behind.
std::pair<std::int64_t, std::int64_t> same_padding(std::int64_t n, std::int64_t reach, std::int64_t stride);

/// Windows over as many axes as `kernel` has numbers, the first of which is `front`. Throws shape_error where not one fits.
struct windows {
  std::vector<std::int64_t> kernel, stride, dilation, places;
  std::int64_t front;
  windows(const char* op, const array& x, std::int64_t front_axis, std::vector<std::int64_t> kernel_size, std::vector<std::int64_t> strides,
          std::vector<std::int64_t> dilations);
  /// The element at this place of all windows.
  array element(const array& x, const std::vector<std::int64_t>& place) const;
  /// All elements, row by row: visit(element, place).
  template <class Visit>
  void each(const array& x, Visit visit) const {
    std::vector<std::int64_t> place(kernel.size(), 0);
    for (std::int64_t left = elements(); left > 0; --left) {
      visit(element(x, place), place);
      for (std::size_t i = place.size(); i-- > 0;) {
        if (++place[i] < kernel[i]) break;
        place[i] = 0;
      }
    }
  }
  std::int64_t elements() const noexcept;
};

/// The cross-correlation of N x C x ... with O x C/groups x ..., one dtype, whose windows stand on the axes from 2.
array correlation(const array& x, const array& weight, const windows&, std::int64_t groups);
/// The largest element, or the sum of the elements, of each window.
array largest_of(const array& x, const windows&);
array sum_of(const array& x, const windows&);

}  // namespace tendril::frontends
