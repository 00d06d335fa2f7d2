// The torch frontend's own ops: records that torch.cpp calls beside those of the table.
#pragma once
#include <tendril/frontends/torch.hpp>

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
const op_record& pool2d_record();

/// Their elements, or their errors, are torch's own.
const op_record& sign_record();
const op_record& floor_divide_record();
const op_record& remainder_record();
const op_record& fmod_record();
const op_record& take_along_dim_record();
const op_record& diff_record();
const op_record& searchsorted_record();
const op_record& full_like_record();
const op_record& var_record();
const op_record& std_record();

/// Throws dtype_error where `value`, which fills a tensor, is beyond what the dtype holds.
void require_fits(const char* op, const scalar& value, dtype);

/// A negative number for a dtype without a sign, which holds its magnitude.
bool negated_fits(const scalar&, dtype);

}  // namespace tendril::frontends::torch
