// NumPy's words in jax.numpy.
#include "frontends/jax_ops.hpp"
#include "frontends/words.hpp"

#define ARRAY Array
#define FRAMEWORK "jax"

namespace tendril::frontends::jax::numpy {

#include "frontends/words_arrays.def"
#include "frontends/words_elements.def"
#include "frontends/words_linalg.def"
#include "frontends/words_numbers.def"

}  // namespace tendril::frontends::jax::numpy
