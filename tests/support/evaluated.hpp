// What tests of the engine share: a function through traced objects as users call them, on every backend and several numbers of threads,
// against the same graph op by op on `eigen`.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include <tendril/tendril.hpp>

namespace tendril_test {

using arrays = std::vector<tendril::array>;

/// Numbers between -2 and 2, the same for a seed; reals have all their digits.
tendril::array some_numbers(const tendril::extents& shape, unsigned seed = 1, tendril::dtype d = tendril::float64);

/// What differs first: nothing, where all elements are within `rtol` of each other relative to the largest element. 0 asks for equal bits.
std::string differs(const tendril::array& got, const tendril::array& want, double rtol);

/// Empty where the function gives the same as op by op on `eigen`, within `rtol`, on every backend: as a call and into storage of the
/// caller's, twice; and the same bits on three threads.
std::string check_function(const std::function<arrays(const arrays&)>& functor, const arrays& x, double rtol, bool contract = false);

}  // namespace tendril_test
