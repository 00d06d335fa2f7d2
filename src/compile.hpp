// Compiling by way of a function that is there for other extents.
#pragma once
#include <span>

#include <tendril/backend.hpp>

namespace tendril::detail {

/// Compiles `recorded` as `known` was compiled of it for other extents, or gives a function that is empty: see `resized`.
function compile_resized(const function& known, const graph& recorded, std::span<const array_view> examples, const compile_options&);

}  // namespace tendril::detail
