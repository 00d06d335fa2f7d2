// Functions that a framework has and its frontend lacks: calling one does not compile, and one sentence says why.
#pragma once

// clang-format off
#define TENDRIL_FRONTEND_LACKS(result, name, said, why)                                                   \
  template <class R = result, class... A>                                                                 \
  R name(const A&...) {                                                                                   \
    static_assert(sizeof...(A) > 99, "tendril: " said " needs what Tendril has not yet, " why ".");       \
    return {};                                                                                            \
  }
// clang-format on
