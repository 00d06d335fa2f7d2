// expect: tf.math.segment_sum needs what Tendril has not yet, a shape that follows from values: take tf.math.unsorted_segment_sum
#include <tendril/frontends/tensorflow.hpp>

namespace tf = tendril::frontends::tensorflow;
tf::Tensor sums(const tf::Tensor& x, const tf::Tensor& ids) { return tf::math::segment_sum(x, ids); }
