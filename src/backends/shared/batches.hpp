// Matrices one after another: what the kernels of linear algebra have in common.
#pragma once
#include <algorithm>
#include <string>

#include "array/format.hpp"
#include "backends/shared/strided.hpp"

namespace tendril::detail {

/// The matrices of a batch: the last two axes of views whose other axes broadcast.
class batch {
 public:
  /// `views` have two axes of their own, or `own[i]`; the last `own` axes of the first are those of the result.
  batch(const array_view* const* views, const int* own, int count) : count_(count) {
    nest_.rank = views[0]->rank - own[0];
    std::copy_n(views[0]->shape, nest_.rank, nest_.shape);
    for (int k = 0; k < count; ++k) {
      std::int64_t strides[max_rank];
      const int lead = views[k]->rank - own[k], missing = nest_.rank - lead;
      for (int i = 0; i < nest_.rank; ++i)
        strides[i] = i < missing || views[k]->shape[i - missing] == 1 ? 0 : views[k]->strides[i - missing];
      nest_.add_operand(strides);
      array_view& one = ones_[k] = *views[k];
      one.rank = own[k];
      std::copy_n(views[k]->shape + lead, own[k], one.shape);
      std::copy_n(views[k]->strides + lead, own[k], one.strides);
    }
  }
  /// Calls f(views of one matrix each, its number).
  template <class F>
  void each(F&& f) const {
    if (nest_.size() == 0) return;
    odometer o(nest_, nest_.rank);
    std::int64_t number = 0;
    array_view now[max_operands];
    std::copy_n(ones_, count_, now);
    do {
      for (int k = 0; k < count_; ++k)
        if (ones_[k].data)
          now[k].data = static_cast<char*>(ones_[k].data) + o.offsets()[k] * static_cast<std::int64_t>(size_of(now[k].dtype));
      f(now, number++);
    } while (o.next());
  }

 private:
  int count_;
  loop_nest nest_;
  array_view ones_[max_operands];
};

inline array_view transposed(array_view v) {
  std::swap(v.strides[v.rank - 1], v.strides[v.rank - 2]);
  return v;
}

/// Which matrix of a batch a text is about.
inline std::string which(std::int64_t number, int batch_rank) {
  return batch_rank > 0 ? format_text(" of matrix {}", number) : std::string();
}

}  // namespace tendril::detail
