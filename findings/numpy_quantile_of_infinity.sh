#!/usr/bin/env bash
# NumPy 2.4.6: quantile and percentile are NaN where the element that they ask for stands beside an infinity, or is one; median is right.
#
# - quantile([1, 2, inf], 0.5) is NaN, median([1, 2, inf]) is 2. quantile([1, 2, inf], 1.0) and percentile(.., 100) are NaN, max is inf.
# - The element is interpolated even where it is hit exactly: 2 + 0 * (inf - 2), and inf + 0 * (inf - inf).
# - lower, higher and nearest are right; linear, midpoint and hazen have it. There is a RuntimeWarning, of a subtraction or a product.
# Seen on x86-64. JAX 0.10.2 gives 2 for 0.5, and NaN for 1.0.
# For Tendril: the frontend numpy gives what NumPy gives (src/frontends/numpy.cpp, `between`); its median is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q numpy==2.4.6
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np

print("numpy", np.__version__)
x = np.array([1, 2, np.inf])
print("quantile 0.5:", np.quantile(x, 0.5), "median:", np.median(x))
assert np.isnan(np.quantile(x, 0.5)) and np.median(x) == 2, "quantile changed"
print("quantile 1.0:", np.quantile(x, 1.0), "percentile 100:", np.percentile(x, 100), "max:", np.max(x))
assert np.isnan(np.quantile(x, 1.0)) and np.isnan(np.percentile(x, 100)) and np.max(x) == np.inf, "quantile changed"
others = {m: float(np.quantile(x, 0.5, method=m)) for m in ("lower", "higher", "nearest", "midpoint", "hazen")}
print(others)
assert others["lower"] == others["higher"] == others["nearest"] == 2 and np.isnan(others["midpoint"]), "a method changed"
PYTHON
