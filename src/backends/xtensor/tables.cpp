// What the list of backends asks of the xtensor backend. Whoever links this file links the backend.
#include "backends/xtensor/kernels.hpp"

tendril::detail::xtensor_tables tendril_xtensor_tables() { return {tendril::detail::xtensor_blocks(), tendril::detail::xtensor_whole()}; }
