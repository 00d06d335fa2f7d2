// What passes by emitted code, which no exception may go through.
#include "kernels/small.hpp"

#include <exception>
#include <utility>

namespace tendril::engine {
namespace {

thread_local std::exception_ptr thrown;

}  // namespace

void keep_thrown() noexcept { thrown = std::current_exception(); }
void rethrow() { std::rethrow_exception(std::exchange(thrown, nullptr)); }

}  // namespace tendril::engine
