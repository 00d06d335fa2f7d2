#!/usr/bin/env bash
# TensorFlow 2.21.0 (CPU): tf.nn.conv2d with padding "VALID" and a filter one row taller than the image has no place to stand. Of float64 the
# result is empty. Of float32 it has the shape of the input, 3 channels where the filter makes 4, and its elements are never written: memory
# as it was. Two rows too few are refused. Seen: float64 (1, 0, 4, 4), float32 (1, 4, 5, 3).
# For us: the frontend refuses a filter that is larger than the image.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q tensorflow==2.21.0 numpy==2.4.6
cat >"$work/show.py" <<'PY'
import tensorflow as tf


def convolved(rows, dtype):
    return tf.nn.conv2d(tf.ones((1, rows, 5, 3), dtype), tf.ones((5, 2, 3, 4), dtype), strides=1, padding="VALID")


double, single = convolved(4, tf.float64), convolved(4, tf.float32)
print("float64", tuple(double.shape), "float32", tuple(single.shape), single.numpy().ravel()[:4])
try:
    convolved(3, tf.float32)
    refused = False
except tf.errors.InvalidArgumentError as e:
    refused = "Computed output size would be negative" in str(e)
print("two rows too few:", "refused" if refused else "taken")
same = tuple(double.shape) == (1, 0, 4, 4) and tuple(single.shape) == (1, 4, 5, 3) and refused
raise SystemExit(0 if same else "the behaviour has changed")
PY
TF_CPP_MIN_LOG_LEVEL=3 "$work/venv/bin/python" "$work/show.py" 2>"$work/log" || { tail -3 "$work/log"; exit 1; }
