#!/usr/bin/env bash
# torch 2.15.0 and NumPy 2.4.6 on the CPU: whether the variance of float32 numbers near 1e20 is finite depends on the function.
#
# - Sixteen numbers, 9e19 and 1.1e20 in turn: their variance is 1e38, which float32 holds; the sum of squared deviations is 1.6e39.
# - torch.var gives 1e38 (it adds up in float64), numpy.var infinity with a warning, torch's layer_norm NaN everywhere.
# - Of a constant column torch.var gives 0, and batch_norm of the same column 1e15 instead of 0: its mean is rounded.
# Seen on x86-64: var 1e38, inf; layer_norm all NaN; batch_norm [1.05e15, 9.6e14].
# For Tendril: squares that overflow are added up again shrunken (src/kernels/moments.hpp), so that a variance is finite where its dtype
# can hold it, and equal elements have deviation 0 exactly. tests/kernels/moments_test.cpp holds both on every path.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q torch==2.15.0 numpy==2.4.6 # 5 GB, with what torch needs for GPUs
"$work/venv/bin/python" - <<'PYTHON'
import math
import warnings

import numpy as np
import torch

warnings.simplefilter("ignore", RuntimeWarning)
x = np.array([9e19, 1.1e20] * 8, dtype=np.float32)
t = torch.tensor(x)
by_torch, by_numpy = torch.var(t, correction=0).item(), float(np.var(x))
print("torch", torch.__version__, "numpy", np.__version__)
print("var: torch", by_torch, "numpy", by_numpy, "exact", float(np.var(x.astype(np.float64))))
assert abs(by_torch / 1e38 - 1) < 1e-6 and by_numpy == math.inf, "var changed"

normed = torch.nn.functional.layer_norm(t, (16,))
print("layer_norm:", int(torch.isnan(normed).sum()), "NaN of", normed.numel())
assert torch.isnan(normed).all(), "layer_norm changed"

columns = t.reshape(8, 2)  # each of one number
spread = torch.var(columns, dim=0, correction=0)
row = torch.nn.functional.batch_norm(columns, None, None, training=True)[0]
print("constant columns: var", spread.tolist(), "batch_norm", row.tolist())
assert (spread == 0).all() and (row.abs() > 1e14).all(), "batch_norm changed"
PYTHON
