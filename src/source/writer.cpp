// Constants, as all languages write them.
#include "source/writer.hpp"

#include <tendril/ops.hpp>

#include "array/format.hpp"
#include "ops/literals.hpp"

namespace tendril::source_text {

void writer::require_small(const array& a) {
  constexpr std::int64_t most = 10'000;
  if (a.size() > most)
    throw error(
        format_text("[source_code] a constant is too large to be written out: got {} elements, expected at most {}. Make it an argument "
                    "of the function.",
                    a.size(), most));
}

std::vector<scalar> writer::elements_of(const array& a) {
  std::vector<scalar> elements;
  const array flat = tendril::reshape(a, {-1});
  for (std::int64_t i = 0; i < a.size(); ++i) elements.push_back(detail::scalar_of(flat[i]));
  return elements;
}

}  // namespace tendril::source_text
