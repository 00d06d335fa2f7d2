// A module that shows one plain function; the two modules differ in what their function does, not in its type.
#include <tendril/tendril.hpp>

#ifndef PLUGIN_FACTOR
#define PLUGIN_FACTOR 2
#endif

namespace td = tendril;

namespace {

td::array scale(const td::array& x) { return x * PLUGIN_FACTOR + td::sum(x); }

const td::traced scaled = &scale;  // alive from the load of the module to its unload

}  // namespace

/// out[i] = in[i] * factor + the sum of in.
extern "C" __attribute__((visibility("default"))) void plugin_scale(const double* in, double* out, int n) {
  const auto count = static_cast<std::size_t>(n);
  scaled.into(std::span(out, count), std::span(in, count));
}
