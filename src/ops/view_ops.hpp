// What view ops do to a strided view, and whether memory must be copied first.
#pragma once
#include <span>

#include <tendril/graph.hpp>

namespace tendril::engine {

/// The view that a view op makes of `in`; false when the elements must be copied to a row-major array first (reshape of
/// strides that cannot be merged).
bool view_of(op_id, const attributes&, const array_view& in, std::span<const std::int64_t> out_shape, array_view& out);

/// A view op as a copy from one view of the input to one of the result: that of the op, or, where a reshape of the input cannot be seen,
/// the result in the shape of the input. False where that cannot be seen either.
bool as_copy(op_id, const attributes&, const array_view& out, const array_view& in, array_view& to, array_view& from);

}  // namespace tendril::engine
