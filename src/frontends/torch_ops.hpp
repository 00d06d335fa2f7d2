// The torch frontend's own ops: records that torch.cpp calls beside those of the table.
#pragma once
#include <tendril/frontends/torch.hpp>

#include "frontends/shared.hpp"

namespace tendril::frontends::torch {

/// Their meaning depends on the rank: recorded as written, decomposed when it is known.
const op_record& transpose_record();
const op_record& t_record();
const op_record& squeeze_record();
const op_record& gather_record();
const op_record& index_select_record();
const op_record& unbind_record();  ///< as many as "count" says
const op_record& expand_record();
const op_record& flatten_record();
const op_record& slice_scatter_record();
const op_record& unfold_record();
const op_record& pad_record();
const op_record& conv2d_record();
const op_record& pool_record();

/// Their elements, or their errors, are torch's own.
const op_record& sign_record();
const op_record& floor_divide_record();
const op_record& remainder_record();
const op_record& fmod_record();
const op_record& xlogy_record();
const op_record& xlog1py_record();
const op_record& take_along_dim_record();
const op_record& diff_record();
const op_record& searchsorted_record();
const op_record& full_like_record();
const op_record& var_record();
const op_record& std_record();

/// Records a call under torch's rules.
Tensor record(const op_record& op, std::initializer_list<operand> in, attributes at, std::source_location where,
              const promotion_rules& rules = promotion);

Tensor record(op_id op, std::initializer_list<operand> in, attributes at, std::source_location where,
              const promotion_rules& rules = promotion);

/// Those of linear algebra, which takes real numbers alone, of one dtype.
const promotion_rules& of_reals();

// ---- views (torch_views.cpp)

/// How the elements of a view are seen in those of its base.
enum class seen : std::uint8_t {
  same,        ///< as they are
  part,        ///< those of a key, or of a place or a range of one dim
  shape,       ///< all of them, in their order, in another shape
  order,       ///< with other dims first
  diagonal,    ///< those of a diagonal
  spread,      ///< some of them several times, or perhaps: expand, unfold
  conversion,  ///< as they are where the dtype is the same already; else it is a copy
};
/// The result of an op of one tensor, or of two of which `like` says what to make, that is a view in torch: what is put into one of
/// view and base is in both. Where `perhaps`, torch makes a copy where a view cannot be. Of a number or a native array it is no view.
Tensor viewed(seen, const op_record&, const arg& base, attributes at, const array& like = array(), bool perhaps = false);
Tensor viewed(seen, op_id, const arg& base, attributes at, bool perhaps = false);
/// A view that is made already, and how it is made again.
Tensor seen_as(array made, seen, const op_record*, const arg& base, attributes at, const array& like = array(), bool perhaps = false);
/// Puts v, of the tensor's dtype and shape, into a tensor and what it is a view of. `fills` says that all its elements are one number.
void put_into(const Tensor&, const char* name, array v, bool fills, std::source_location);
/// The key of one item of a dim, which may count from the end.
std::vector<index_item> along(std::int64_t dim, const index_item&);

/// Throws dtype_error.
[[noreturn]] void refuse(std::string_view op, const std::string& got, const char* expected, const char* remedy);
/// Throws dtype_error where the elements are no real numbers.
void require_real(const char* op, const Tensor&);
/// Throws dtype_error where the elements are of bool.
void require_numbers(const char* op, const Tensor&);
/// Throws dtype_error where the dtypes differ.
void require_alike(const char* op, const Tensor&, const Tensor&);

/// A number in a dtype; what integers do not hold of it is cut.
Tensor number_of(const scalar&, dtype);
/// x with values where the mask over its first dims is true: as many as there are, or broadcast.
Tensor put_where(const Tensor& x, const Tensor& values, const Tensor& mask, bool accumulate);

namespace nn::functional {
/// Throws where it is no channels of real numbers over so many dims, or a batch of them.
void require_image(const char* op, const Tensor&, std::int64_t inner);
/// The means or the largest elements of `count` windows over a dim, which meet or overlap.
Tensor adapted_pool(const Tensor&, std::int64_t dim, std::int64_t count, bool mean);
}  // namespace nn::functional

/// An own op "torch.name", whose result is a tensor or a list of tensors.
#define TENDRIL_TORCH_OWN(...) TENDRIL_OWN_FORMULA("torch", Tensor, __VA_ARGS__)
/// A shape as sizes.
inline std::vector<std::int64_t> sizes_of(const Tensor& t) { return {t.sizes().begin(), t.sizes().end()}; }
using frontends::spelled;
inline std::string spelled(const Tensor& t) { return to_string(type::of(t.dtype(), t.sizes())); }

/// Throws dtype_error where `value`, which fills a tensor, is beyond what the dtype holds.
void require_fits(const char* op, const scalar& value, dtype);

/// A negative number for a dtype without a sign, which holds its magnitude.
bool negated_fits(const scalar&, dtype);

}  // namespace tendril::frontends::torch
