"""Writes literals.json: arrays beside numbers that their dtype does not hold, and integer ranges.

Comparisons, bounds and searches are NumPy's on Python integers (dtype object), which are exact; a bound that is itself the answer has no
int32 or int64, so it is an error. Everything else is an error where NumPy raises OverflowError, which it does for every other op of
integers; ops that compute in float64 take the number as float64. Ranges are Python's `range`.
"""
import json
import os

import numpy as np

NUMBERS = [2**31 - 1, -(2**31), 2**31, -(2**31) - 1, 3 * 10**9, 2**40, -(2**40), 2**63 - 1, -(2**63), 2**63, 2**64 - 1]
VALUES = {"int32": [-(2**31), -7, 0, 5, 2**31 - 1], "int64": [-(2**63), -7, 0, 5, 2**63 - 1], "bool": [0, 1], "float64": [-7.5, 0.0, 2.0**63],
          "float32": [-7.5, 0.0, 2.0**31]}
VALUES_OF_BYTES, NUMBERS_OF_BYTES = [0, 5, 200, 255], [-300, -2, 255, 256, 300]  # appended, so that the other cases stay
COMPARISONS = {"equal": np.equal, "not_equal": np.not_equal, "less": np.less, "less_equal": np.less_equal, "greater": np.greater,
               "greater_equal": np.greater_equal}
BOUNDS = {"maximum": np.maximum, "minimum": np.minimum}
INTEGER = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "floor_divide": np.floor_divide, "remainder": np.remainder,
           "pow": np.power, "bitwise_and": np.bitwise_and, "bitwise_or": np.bitwise_or, "bitwise_xor": np.bitwise_xor,
           "bitwise_left_shift": np.left_shift, "bitwise_right_shift": np.right_shift}
FLOATING = {"divide": np.divide, "copysign": np.copysign, "nextafter": np.nextafter}
cases = []


def held(dtype, v):
    return dtype not in ("int32", "int64", "uint8") or np.iinfo(dtype).min <= v <= np.iinfo(dtype).max


def put(op, dtype, number, first, result, result_dtype):
    """`result`: a list of numbers, or None where there is none."""
    case = {"op": op, "dtype": dtype, "values": [str(v) for v in VALUES[dtype]], "number": str(number), "first": first, "result_dtype": result_dtype}
    if result is None:
        case["error"] = True
    else:
        # float64 and int64 as text: what JSON readers do to large numbers is not under test
        case["result"] = [repr(float(v)) if result_dtype.startswith("float") else str(int(v)) for v in result]
    cases.append(case)


def both(f, x, v, first):
    return f(v, x) if first else f(x, v)


def binary(dtypes=("int32", "int64", "bool")):
    for dtype in dtypes:
        exact = np.array([int(v) for v in VALUES[dtype]], dtype=object)
        x = np.array(VALUES[dtype], dtype=dtype)
        own = "int64" if dtype == "bool" else dtype
        for v in NUMBERS:
            for first in (False, True):
                for op, f in COMPARISONS.items():
                    put(op, dtype, v, first, both(f, exact, v, first), "bool")
                for op, f in BOUNDS.items():
                    y = both(f, exact, v, first)
                    put(op, dtype, v, first, y if all(held(own, r) for r in y) else None, own)
                if held(own, v):
                    continue
                for op, f in INTEGER.items():
                    try:
                        both(f, x.astype(own), v, first)
                        raise SystemExit(f"{op} of {own} takes {v}")
                    except (OverflowError, TypeError):
                        put(op, dtype, v, first, None, own)
                for op, f in FLOATING.items():
                    put(op, dtype, v, first, both(f, x.astype("float64"), np.float64(v), first), "float64")
            if dtype == "bool":
                continue
            for low, high in ((v, None), (None, v), (-1, v), (v, 1)):
                y = [e if low is None else max(e, low) for e in exact]
                y = [e if high is None else min(e, high) for e in y]
                check = np.clip(exact, low, high)
                assert list(check) == y, (v, low, high)
                case_ok = all(held(own, r) for r in y)
                put("clip_low" if low == v and high is None else "clip_high" if low is None else "clip_low_1" if low == v else "clip_high_1",
                    dtype, v, False, y if case_ok else None, own)
            order = np.sort(exact)
            for side in ("left", "right"):
                put("searchsorted_" + side, dtype, v, False, [np.searchsorted(order, v, side=side)], "int64")
    for dtype in ("float32", "float64") if "int32" in dtypes else ():
        x = np.array(VALUES[dtype], dtype=dtype)
        for v in NUMBERS:
            for op in ("add", "multiply", "less", "greater_equal", "maximum"):
                f = {"add": np.add, "multiply": np.multiply, "less": np.less, "greater_equal": np.greater_equal, "maximum": np.maximum}[op]
                y = f(x, np.dtype(dtype).type(v))
                put(op, dtype, v, False, y, y.dtype.name)


def ranges():
    out = []
    big = 1700000000000000000
    for start, stop, step in [(big, big + 100, 10), (big + 100, big, -10), (big, big, 1), (0, 10, 3), (10, 0, -3), (0, -10, 3), (-(2**63), 2**63 - 1, 2**62),
                              (2**63 - 1, -(2**63), -(2**62) - 1), (0, 3 * 10**9, 2**30), (2**63 - 3, 2**63 - 1, 1), (2**53, 2**53 + 4, 1), (0, 2**64 - 1, 2**62),
                              (0, 2**63, 2**62), (2**63, 2**63 + 3, 1), (2**31 - 2, 2**31, 1), (2**31 - 2, 2**31 + 1, 1), (2**64 - 1, 2**62, -(2**62)),
                              (2**63 + 5, 2**63, 1)]:
        for dtype in ("int32", "int64", "float64"):
            y = list(range(start, stop, step))
            case = {"start": str(start), "stop": str(stop), "step": str(step), "dtype": dtype}
            if all(held(dtype, v) for v in y):
                case["result"] = [repr(float(v)) if dtype == "float64" else str(v) for v in y]
            else:
                case["error"] = True
            out.append(case)
    for start, stop, step in [(0, 10, 3), (250, 256, 1), (250, 257, 1), (5, -1, -1), (5, -2, -1), (-1, 3, 1), (0, 2**40, 2**38), (255, -1, -17)]:
        y = list(range(start, stop, step))
        case = {"start": str(start), "stop": str(stop), "step": str(step), "dtype": "uint8"}
        case.update({"result": [str(v) for v in y]} if all(held("uint8", v) for v in y) else {"error": True})
        out.append(case)
    return out


def operators():
    rng = np.random.default_rng(5)
    out = []
    for dtype in ("bool", "int32", "int64", "uint8"):
        for name, f in (("&", np.bitwise_and), ("|", np.bitwise_or), ("^", np.bitwise_xor), ("<<", np.left_shift), (">>", np.right_shift), ("%", np.remainder)):
            if dtype == "bool" and name in ("<<", ">>", "%"):
                continue
            a = rng.integers(0, 2, 37).astype(bool) if dtype == "bool" else rng.integers(0 if dtype == "uint8" else -1000, 256 if dtype == "uint8" else 1000, 37).astype(dtype)
            b = rng.integers(0, 2, 37).astype(bool) if dtype == "bool" else rng.integers(1, 20, 37).astype(dtype)
            out.append({"operator": name, "dtype": dtype, "a": [int(v) for v in a], "b": [int(v) for v in b], "result": [int(v) for v in f(a, b)]})
        out.append({"operator": "~", "dtype": dtype, "a": [int(v) for v in a], "b": [], "result": [int(v) for v in np.invert(a)]})
    return out


binary()
VALUES["uint8"] = VALUES_OF_BYTES
NUMBERS += NUMBERS_OF_BYTES
binary(["uint8"])
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "literals.json")
with open(path, "w") as out:
    lists = {"binary": cases, "arange": ranges(), "operators": operators()}
    out.write("{\n" + ",\n".join(f'"{k}": [\n' + ",\n".join(json.dumps(c) for c in v) + "\n]" for k, v in lists.items()) + "\n}\n")
