// The one unit that {fmt} is compiled in: its core alone is declared elsewhere.
#define FMT_HEADER_ONLY
#include <fmt/format.h>

#include "array/format.hpp"

namespace tendril {

std::string format_text_of(fmt::string_view text, fmt::format_args values) { return fmt::vformat(text, values); }

}  // namespace tendril
