// oneDNN's matrix product in float32, for the backends that fall back to it; the one header that others see of this folder.
#pragma once
#include "kernels/prepared.hpp"

namespace tendril::onednn {

/// float32 `matmul`; small products, and all where the library is missing, go to the eigen backend's kernel. The first that is not small
/// loads the library.
const engine::whole_table& whole();

/// `matmul` with its packed weights, where an operand is a constant; declines the same ones.
engine::preparation prepare(const engine::preparation_request&);

}  // namespace tendril::onednn
