// expect: jax.numpy.fft.fft needs what Tendril has not yet, complex numbers: transform outside of the function
#include <tendril/frontends/jax.hpp>

namespace jax = tendril::frontends::jax;
jax::Array spectrum(const jax::Array& x) { return jax::numpy::fft::fft(x); }
