// The library as a module: `auto lib = td::transpile<vision::library>(td::source::torch, td::target::jax);`.
#pragma once
#include "color_members.hpp"

namespace vision {

template <class Bind>
struct library {
  color_members<Bind> color;
};

}  // namespace vision
