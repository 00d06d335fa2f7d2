// expect: jax.random.normal needs what Tendril has not yet, random numbers: draw them before, and pass them in
#include <tendril/frontends/jax.hpp>

namespace jax = tendril::frontends::jax;
jax::Array noise(const jax::Array& key) { return jax::random::normal(key, 3); }
