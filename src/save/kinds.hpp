// What kinds of values an op's attributes have.
#pragma once
#include <string_view>

#include <tendril/graph.hpp>

namespace tendril::saved {

/// Empty where an attribute of this name may hold the value; else what is expected in its place.
std::string_view expected_kind(const op_record&, std::string_view name, const attribute_value&);

}  // namespace tendril::saved
