// How the library warns: by the handler that backends/backends.cpp keeps.
#pragma once
#include <string>

namespace tendril::detail {

/// Sends a text to the warning handler.
void warn(const std::string& text);

}  // namespace tendril::detail
