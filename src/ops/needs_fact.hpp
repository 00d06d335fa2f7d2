// What a type rule says where it cannot answer without extents.
#pragma once
#include <string>

namespace tendril::detail {

/// Thrown by an abstract trace when the functor needs a fact that only arguments give.
struct needs_fact {
  std::string why;
};

}  // namespace tendril::detail
