// Arguments and constants, as all languages write them.
#include "source/writer.hpp"

#include <tendril/ops.hpp>

#include "array/format.hpp"
#include "ops/literals.hpp"

namespace tendril::source_text {

void writer::name_arguments(std::size_t few) {
  static constexpr std::string_view letters[] = {"x", "y", "z", "w"};
  for (std::size_t i = 0; i < g_.inputs.size(); ++i) {
    const std::string wanted = i < options_.arguments.size() ? identifier(options_.arguments[i])
                               : g_.inputs.size() <= few     ? std::string(letters[i])
                                                             : format_text("x{}", i + 1);
    at(g_.inputs[i]) = {names_.fresh(wanted), strength::whole, true};
  }
}

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
