#!/usr/bin/env bash
# NumPy 2.4.6: where, select and pad put 300 into uint8 as 44, silently; all else that takes a Python number refuses it or keeps its meaning.
#
# - NEP 50: a Python number takes the dtype of the array beside it, and one that does not fit is an OverflowError. add, maximum, full_like
#   and copyto raise; comparisons and clip are exact. where, select and pad convert as `astype` does: the low bits are left.
# - No warning is given, so that `np.where(mask, 300, image)` darkens what it should brighten.
# Seen on x86-64: where [1 44 44], select [44 2 3], pad [44 1 2 3 44].
# For Tendril: the frontend numpy does the same in where and pad (src/frontends/numpy.cpp, `out_of_range`); td::where refuses the number.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q numpy==2.4.6
"$work/venv/bin/python" -W error - <<'PYTHON'
import numpy as np

print("numpy", np.__version__)
u = np.array([1, 2, 3], np.uint8)
where, select, pad = np.where(u > 1, 300, u), np.select([u > 1], [u], 300), np.pad(u, 1, constant_values=300)
print("where", where, where.dtype, "select", select, "pad", pad)
assert where.tolist() == [1, 44, 44] and select.tolist() == [44, 2, 3] and pad.tolist() == [44, 1, 2, 3, 44], "a number no longer wraps"
assert where.dtype == np.uint8 and np.clip(u, 0, 300).tolist() == [1, 2, 3], "a dtype changed"
for name, call in {"add": lambda: u + 300, "maximum": lambda: np.maximum(u, 300), "full_like": lambda: np.full_like(u, 300)}.items():
    try:
        print(name, call())
        raise SystemExit(name + " no longer raises")
    except OverflowError as e:
        print(name, "raises:", e)
PYTHON
