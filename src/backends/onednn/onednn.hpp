// oneDNN's matrix product in float32, for the backends that fall back to it; the one header that others see of this folder.
#pragma once
#include "engine/prepared.hpp"

namespace tendril::onednn {

/// Whether the library was found; the first call loads it.
bool available() noexcept;

/// float32 `matmul`; small products go to the eigen backend's kernel, which costs less to call.
const engine::whole_table& whole();

/// `matmul` with its packed weights, where an operand is a constant; declines small products.
engine::preparation prepare(const engine::preparation_request&);

}  // namespace tendril::onednn
