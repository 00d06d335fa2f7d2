// The shape rules that rows of the op table name: the shape of each result, from what is asked.
#pragma once
#include <optional>
#include <vector>

#include <tendril/graph.hpp>

namespace tendril::detail {

/// A result's shape; nothing where its rank is not known.
using shape = std::optional<std::vector<extent>>;
/// Throws shape_error, index_error, dtype_error or error for operands and attributes that do not fit, needs_fact where it cannot answer
/// without extents.
using shape_rule = shape (*)(const type_request&);

namespace shape_rules {

shape broadcast(const type_request&);
shape same(const type_request&);
shape reduce(const type_request&);
shape matmul(const type_request&);
shape matrix_transpose(const type_request&);
shape square(const type_request&);
shape square_number(const type_request&);
shape solve(const type_request&);
shape qr(const type_request&);
shape eigenvalues(const type_request&);
shape svd(const type_request&);
shape svdvals(const type_request&);
shape reshape(const type_request&);
shape permute(const type_request&);
shape broadcast_to(const type_request&);
shape expand_dims(const type_request&);
shape squeeze(const type_request&);
shape getitem(const type_request&);
shape roll(const type_request&);
shape concat(const type_request&);
shape stack(const type_request&);
shape unstack(const type_request&);
shape cumulative(const type_request&);
shape diff(const type_request&);
shape searchsorted(const type_request&);
shape take(const type_request&);
shape along(const type_request&);
shape scatter(const type_request&);
shape repeat(const type_request&);
shape tile(const type_request&);
shape full(const type_request&);
shape eye(const type_request&);
shape arange(const type_request&);

/// Of result k, which is not the first: nothing where its shape is that of the first.
shape further(const type_request&, std::size_t k);

}  // namespace shape_rules

}  // namespace tendril::detail
