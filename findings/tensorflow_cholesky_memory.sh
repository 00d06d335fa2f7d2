#!/usr/bin/env bash
# TensorFlow 2.21.0: tf.linalg.cholesky of a matrix that is not positive definite raises nothing on the CPU: NaN in the lower triangle, and above it
# whatever was there in memory.
#
# - The upper triangle, which is 0 of every other matrix, is not written: two calls with one operand differ.
# - tf.linalg.inv and tf.linalg.solve of a singular matrix raise InvalidArgumentError; for cholesky, JAX gives NaN below and 0 above, torch and
#   NumPy raise.
# Seen on x86-64: [[nan 6.9e-310] [nan nan]] of [[1, 2], [2, 4]].
# For Tendril: the frontend tensorflow gives NaN below and 0 above (src/frontends/tensorflow_linalg.cpp).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=${PYTHON:-}
if [[ -z $python ]]; then
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install -q tensorflow-cpu==2.21.0 numpy==2.4.6
  python=$work/venv/bin/python
fi
TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 "$python" - <<'PYTHON' 2>/dev/null
import numpy as np
import tensorflow as tf

print("tensorflow", tf.__version__)
n = 64
bad = -np.eye(n)
right = np.asarray(tf.linalg.cholesky(tf.constant(np.eye(n))))
assert (np.triu(right, 1) == 0).all(), "the upper triangle of a good matrix changed"
seen = set()
for value in (7.0, 9.0):
    for _ in range(50):  # memory that tensors leave
        gone = tf.fill((n, n), tf.constant(value, tf.float64)) + 0
        del gone
        seen |= set(np.asarray(tf.linalg.cholesky(tf.constant(bad)))[np.triu_indices(n, 1)].tolist())
print("above the diagonal of what should be an error or 0:", sorted(seen)[:8])
assert seen != {0.0}, "the upper triangle is written now"
try:
    tf.linalg.inv(tf.constant(np.zeros((2, 2))))
    raise SystemExit("tf.linalg.inv no longer raises")
except tf.errors.InvalidArgumentError as e:
    print("tf.linalg.inv of zeros:", str(e).split("}} ")[-1][:40])
PYTHON
