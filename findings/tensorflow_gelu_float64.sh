#!/usr/bin/env bash
# TensorFlow 2.21.0 (CPU): tf.nn.gelu of float64 numbers, approximate=False, is right to 8 digits alone: its constant, the root of 2, is
# rounded to float32. Seen: gelu(1.0) = 0.8413447419, the function is 0.8413447461, relative error 4.9e-09.
# For us: emitted TensorFlow source writes gelu by tf.math.erfc and its own constant.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q tensorflow==2.21.0 numpy==2.4.6
cat >"$work/show.py" <<'PY'
import math

import tensorflow as tf

got = float(tf.nn.gelu(tf.constant(1.0, tf.float64), approximate=False))
want = 0.5 * (1 + math.erf(math.sqrt(0.5)))
error = abs(got / want - 1)
print(f"tf.nn.gelu(1.0) = {got:.10f}, the function {want:.10f}, relative error {error:.1e}")
raise SystemExit(0 if 1e-9 < error < 1e-7 else "the behaviour has changed")
PY
TF_CPP_MIN_LOG_LEVEL=3 "$work/venv/bin/python" "$work/show.py" 2>"$work/log" || { tail -3 "$work/log"; exit 1; }
