#!/usr/bin/env bash
# tensorflow-cpu 2.21.0: erf of infinity is NaN in float64, 0.0 and -0.0 are one number, and the reciprocal of 1 is 0.99999994.
#
# - tf.math.erf of inf, -inf and 1e300 is NaN in float64 and 1, -1, 1 in float32; erfc is right in both. Whatever is built on it (a normal
#   distribution's cumulative function) has NaN in its tails.
# - An eager call keeps the tensors that it made of Python numbers by the numbers' equality. The zero that comes first stands for both: after
#   1 / -0.0, which is -inf, 1 / 0.0 is -inf too.
# - tf.math.reciprocal of float32 ones: in a whole vector an estimate, 0.99999994; in the rest of the array 1. x / x and 1 / x are right.
# Seen on x86-64 with AVX-512: erf [nan nan nan]; 1 / 0.0 = -inf; reciprocal of 12 ones [0.99999994 x 8, 1 x 4].
# For Tendril: erf is 1 beyond the range, a number's sign is kept, reciprocal is 1 / x (src/frontends/tensorflow.cpp). The reference calls in
# tests/data/make_tensorflow.py leave these places out.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q tensorflow-cpu==2.21.0 numpy==2.4.6
TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 "$work/venv/bin/python" - <<'PYTHON' 2>"$work/log"
import numpy as np
import tensorflow as tf

print("tensorflow", tf.__version__)
far = [float("inf"), -float("inf"), 1e300]
double, single = tf.math.erf(tf.constant(far, tf.float64)).numpy(), tf.math.erf(tf.constant(far, tf.float32)).numpy()
print("erf of", far, ": float64", double, "float32", single, "erfc in float64", tf.math.erfc(tf.constant(far, tf.float64)).numpy())
assert np.isnan(double).all() and (single == [1, -1, 1]).all(), "erf changed"

one = tf.constant([1.0])
quotients = [float((one / zero).numpy()[0]) for zero in (-0.0, 0.0)]
print("1 / -0.0, then 1 / 0.0:", quotients)
other = tf.constant([1.0], tf.float64)
again = [float((other / zero).numpy()[0]) for zero in (0.0, -0.0)]
print("of float64, 1 / 0.0, then 1 / -0.0:", again)
assert quotients == [-np.inf, -np.inf] and again == [np.inf, np.inf], "numbers are kept by more than their equality"

ones = tf.math.reciprocal(tf.ones(12)).numpy()
print("reciprocal of ones:", ones, "1 / ones:", (1 / tf.ones(12)).numpy())
assert ones.min() < 1 and (1 / tf.ones(12)).numpy().min() == 1, "reciprocal changed"
PYTHON
