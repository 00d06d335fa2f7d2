#!/usr/bin/env bash
# TensorFlow 2.21.0 (CPU): tf.math.erf of an infinity is NaN in float64, and 1 or -1 in float32, as the limit is. Seen: float32 1.0 -1.0,
# float64 nan nan, and erf(30.0) is 1.0 in float64. NumPy's companion scipy 1.17.1 gives 1.0 and -1.0 in float64.
# For us: emitted TensorFlow source of `erf` differs from Tendril's there; tests/data/run_source.py lists it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q tensorflow==2.21.0 scipy==1.17.1 numpy==2.4.6
cat >"$work/show.py" <<'PY'
import numpy as np
import scipy.special
import tensorflow as tf

seen = {}
for dtype in ("float32", "float64"):
    x = tf.constant([np.inf, -np.inf, 30.0], dtype)
    seen[dtype] = tf.math.erf(x).numpy()
    print(dtype, *seen[dtype])
print("scipy", *scipy.special.erf(np.array([np.inf, -np.inf])))
as_seen = (seen["float32"] == [1, -1, 1]).all() and np.isnan(seen["float64"][:2]).all() and seen["float64"][2] == 1
raise SystemExit(0 if as_seen else "the behaviour has changed")
PY
TF_CPP_MIN_LOG_LEVEL=3 "$work/venv/bin/python" "$work/show.py" 2>"$work/log" || { tail -3 "$work/log"; exit 1; }
