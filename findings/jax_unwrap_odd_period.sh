#!/usr/bin/env bash
# JAX 0.10.2: jnp.unwrap of integers with an odd period gives numbers that differ from the angles by no multiple of the period.
#
# - A step of exactly -(period // 2) is taken for the ambiguous half of a period and made +(period // 2). Of an odd period no step is ambiguous:
#   half of 5 is 2.5, and a step of 3 is one of -2, not of 2.
# - NumPy asks whether the period is even first, and is right. Even periods and real ones are right in JAX too.
# Seen on x86-64: unwrap([0 3 6 4], period=5) is [0 2 4 2], in NumPy [0 -2 -4 -6].
# For Tendril: the frontend jax gives what JAX gives (src/frontends/jax_ops.hpp, `unwraps_odd_periods`), the frontend numpy what NumPy gives.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q jax==0.10.2 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON'
import jax
import jax.numpy as jnp
import numpy as np

print("jax", jax.__version__, "numpy", np.__version__)
x = np.array([0, 3, 6, 4], np.int32)
ours, right = np.asarray(jnp.unwrap(jnp.asarray(x), period=5)), np.unwrap(x, period=5)
print("jax", ours, "numpy", right)
print("differences modulo the period: jax", (ours - x) % 5, "numpy", (right - x) % 5)
assert ((right - x) % 5 == 0).all(), "numpy changed"
assert ((ours - x) % 5 != 0).any(), "jax is right now"
assert (np.asarray(jnp.unwrap(jnp.asarray(x), period=4)) == np.unwrap(x, period=4)).all(), "an even period is wrong"
PYTHON
