// NumPy's words in the numpy frontend.
#include "frontends/numpy_ops.hpp"
#include "frontends/words.hpp"

#define ARRAY ndarray
#define FRAMEWORK "numpy"

namespace tendril::frontends::numpy {

#include "frontends/words_arrays.def"
#include "frontends/words_elements.def"
#include "frontends/words_linalg.def"
#include "frontends/words_numbers.def"

}  // namespace tendril::frontends::numpy
