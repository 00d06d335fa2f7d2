// Elementwise ops on whole arrays of floating dtypes.
#include "backends/xtensor/whole_elementwise.hpp"

namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE {

void add_real_elementwise(engine::whole_table& table) {
  add_whole_rows<float>(table);
  add_whole_rows<double>(table);
}

}  // namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE
