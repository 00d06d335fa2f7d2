#!/usr/bin/env bash
# JAX 0.10.2: jax.nn.softmax of uint8 is NaN and 0, log_softmax -inf, where int32 with the same numbers is right.
#
# - softmax takes the largest element off before it converts to a floating dtype. uint8 wraps: 1 - 4 is 253, and exp(253) is inf in float32.
# - The dtype of the result is float32, as for int32, and nothing warns.
# - softmax, log_softmax and log_sigmoid (which negates first) all have it; logsumexp converts first and is right.
# Seen on x86-64: softmax([1, 4, 3]) of uint8 [nan 0 nan], of int32 [0.035 0.705 0.259].
# For Tendril: the frontend jax gives what JAX gives (src/frontends/jax_nn.cpp); td::softmax refuses nothing and is right for uint8.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q jax==0.10.2 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON'
import jax
import jax.numpy as jnp
import numpy as np

print("jax", jax.__version__)
x = [1, 4, 3]
small, right = (np.asarray(jax.nn.softmax(jnp.array(x, dt))) for dt in ("uint8", "int32"))
print("softmax: uint8", small, small.dtype, "int32", right, right.dtype)
assert np.isnan(small[[0, 2]]).all() and small[1] == 0 and abs(right.sum() - 1) < 1e-6, "softmax changed"

logarithm = np.asarray(jax.nn.log_softmax(jnp.array(x, "uint8")))
print("log_softmax: uint8", logarithm, "int32", np.asarray(jax.nn.log_softmax(jnp.array(x, "int32"))))
assert (logarithm == -np.inf).all(), "log_softmax changed"

negated = np.asarray(jax.nn.log_sigmoid(jnp.array(x, "uint8")))
print("log_sigmoid: uint8", negated, "int32", np.asarray(jax.nn.log_sigmoid(jnp.array(x, "int32"))))
assert (negated < -200).all(), "log_sigmoid changed"

total = [float(jax.nn.logsumexp(jnp.array(x, dt))) for dt in ("uint8", "int32")]
print("logsumexp:", total)
assert abs(total[0] - total[1]) < 1e-5, "logsumexp changed"
PYTHON
