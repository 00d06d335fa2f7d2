#!/usr/bin/env bash
# torch 2.15.0 on the CPU: the result for one element depends on how many elements there are, and on where it stands.
#
# - gelu of float32 infinity is infinity for one element and NaN for two; in float64 it is infinity for any number.
# - fmod and remainder of a very large number (exactly 0 here) are NaN in a full vector, and 0 in the elements that are left over.
# Seen on x86-64 with AVX-512: gelu(inf) [inf], [nan, nan], float64 [inf, inf]; fmod(1.8e308, 0.5) of nine elements [nan x 8, 0.0].
# For Tendril: an element's bits depend on its operands alone. tests/data/torch_edges.py leaves these inputs out, since no one value is
# torch's. gelu of infinity is infinity, and remainders are exact.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q torch==2.15.0 numpy==2.4.6 # 5 GB, with what torch needs for GPUs
"$work/venv/bin/python" - <<'PYTHON'
import math
import torch

print("torch", torch.__version__, torch.backends.cpu.get_cpu_capability())
inf, large = float("inf"), 1.7976931348623157e308
gelu = torch.nn.functional.gelu
one, two = gelu(torch.full((1,), inf)).tolist(), gelu(torch.full((2,), inf)).tolist()
wide = gelu(torch.full((2,), inf, dtype=torch.float64)).tolist()
print("gelu(inf): one element", one, "two elements", two, "float64", wide)
assert one == [inf] and all(map(math.isnan, two)) and wide == [inf, inf], "gelu changed"

assert math.fmod(large, 0.5) == 0
for f in (torch.fmod, torch.remainder):
    few, many = (f(torch.full((n,), large, dtype=torch.float64), 0.5).tolist() for n in (3, 9))
    print(f.__name__, "of 1.8e308 and 0.5: three elements", few, "nine elements", many)
    assert few == [0, 0, 0] and math.isnan(many[0]) and many[8] == 0, f.__name__ + " changed"
PYTHON
