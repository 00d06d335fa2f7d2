// The library as a module: `auto lib = td::transpile<vision::library>(td::source::torch, td::target::jax);`.
#pragma once
#include "color_members.hpp"
#include "enhance_members.hpp"
#include "filters_members.hpp"

namespace vision {

template <class Bind>
struct library {
  color_members<Bind> color;
  filters_members<Bind> filters;
  enhance_members<Bind> enhance;
};

}  // namespace vision
