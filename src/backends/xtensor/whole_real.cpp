// Elementwise ops on whole arrays of floating dtypes.
#include "backends/xtensor/whole_elementwise.hpp"

namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE {

void add_real_elementwise(engine::whole_table& table) {
  for_each_dtype<dtype_kind::real>([&table]<class T>(T) { add_whole_rows<T>(table); });
}

}  // namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE
