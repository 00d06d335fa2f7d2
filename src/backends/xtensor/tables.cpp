// What the list of backends asks of the xtensor backend. Who links this file, by the name at its end, links the backend.
#include "backends/xtensor/kernels.hpp"

const tendril::detail::xtensor_tables* tendril::detail::linked_xtensor() noexcept {
  static const xtensor_tables tables{xtensor_blocks(), xtensor_whole()};
  return &tables;
}

extern "C" {
extern const char tendril_xtensor_backend;
const char tendril_xtensor_backend = 0;
}
