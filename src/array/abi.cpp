// Says to the linker how the library was built.
#include <tendril/detail/abi.hpp>

namespace tendril::detail {

const char TENDRIL_ABI_SYMBOL = 0;

}  // namespace tendril::detail
