"""How arrays are written into the reference files, shared by their generators and read by tests/support/reference.cpp."""
import json
import math

import numpy as np


def encode_number(x):
    """A JSON value that reads back as exactly x in x's own dtype: special floats are strings, float32 keeps its shortest digits."""
    if isinstance(x, (bool, np.bool_)):
        return int(x)
    if isinstance(x, (int, np.integer)):
        return int(x)
    if math.isnan(x):
        return "nan"
    if math.isinf(x):
        return "inf" if x > 0 else "-inf"
    if x == 0:
        return "-0" if math.copysign(1, x) < 0 else 0
    short = float(str(x))
    assert type(x)(short) == x, x
    return int(short) if abs(short) < 2**53 and short == int(short) else short


def encode(a, view=None):
    """{"dtype", "shape", "data"} with the elements in row-major order; `view` names how a test lays them out in memory."""
    a = np.asarray(a)
    out = {"dtype": a.dtype.name, "shape": list(a.shape), "data": [encode_number(x) for x in a.ravel()]}
    if view:
        out["view"] = view
    return out


def write(path, header, cases):
    """One case a line, so that differences between versions of the file can be read."""
    with open(path, "w") as f:
        f.write('{"about": %s,\n "cases": [\n' % json.dumps(header))
        f.write(",\n".join(json.dumps(c, separators=(",", ":"), allow_nan=False) for c in cases))
        f.write("\n]}\n")
