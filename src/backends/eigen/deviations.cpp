// Sums of deviations from a mean, and of shrunken ones, in the tree of block sums (reduce.hpp), compiled once per instruction set.
#include "backends/eigen/reduce.hpp"
#include "kernels/moments.hpp"

namespace tendril::detail::TENDRIL_EIGEN_KERNELS {
namespace {

template <class E>
struct from_mean {
  const E* p;
  lanes<E> mean;
  TENDRIL_INLINE lanes<E> operator()(std::int64_t i) const { return lanes<E>::load(p + i) - mean; }
  TENDRIL_INLINE lanes<E> operator()(std::int64_t i, int r) const {
    return mask<E>::first(r).select(lanes<E>::load(p + i, r) - mean, lanes<E>::all(0));
  }
};

template <class E>
struct shrunken_from_mean {
  from_mean<E> deviation;
  TENDRIL_INLINE lanes<E> operator()(std::int64_t i) const { return deviation(i) * lanes<E>::all(engine::shrink<E>); }
  TENDRIL_INLINE lanes<E> operator()(std::int64_t i, int r) const { return deviation(i, r) * lanes<E>::all(engine::shrink<E>); }
};

template <class E>
E sum(const void* in, std::int64_t n, E mean) {
  return fold<sum_of, E>(n, from_mean<E>{static_cast<const E*>(in), lanes<E>::all(mean)});
}

template <class E>
engine::shrunken<E> small_sums(const void* in, std::int64_t n, E mean) {
  const shrunken_from_mean<E> small{{static_cast<const E*>(in), lanes<E>::all(mean)}};
  return {fold<squares_of, E>(n, small), fold<sum_of, E>(n, small)};
}

}  // namespace

const engine::deviation_table& sums_of_deviations() {
  static constexpr engine::deviation_table table{{&sum<float>, &small_sums<float>}, {&sum<double>, &small_sums<double>}};
  return table;
}

}  // namespace tendril::detail::TENDRIL_EIGEN_KERNELS
