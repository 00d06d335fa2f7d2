"""What the generators of a framework's calls share: how a call is made, and written with its results or its refusal."""
import os

import numpy as np

import case_values
from encoding import encode, encode_number, write


def spelled(x):
    """A number as JSON can say it."""
    return encode_number(x) if isinstance(x, float) and not np.isfinite(x) else x


def encoded(x):
    """An operand: an array, several in a list, a Python number, or None."""
    if x is None:
        return None
    if isinstance(x, list):
        return [encoded(v) for v in x]
    return encode(x) if isinstance(x, np.ndarray) else {"scalar": spelled(x)}


def keyword(v):
    if isinstance(v, (type, np.dtype)):
        return np.dtype(v).name
    return [keyword(x) for x in v] if isinstance(v, tuple) else spelled(v)


def turned(x, like, how):
    """x with the columns or rows of its matrices turned to where those of the other look."""
    if not how or not x.size:
        return x
    return np.where(np.sum(x * like, axis=-2 if how == "columns" else -1, keepdims=True) < 0, -x, x).astype(x.dtype)


class Calls:
    """`find(fn)` is the framework's function by its name, `given(x)` a NumPy array as the framework's own. `wide(x)` is an operand in more
    precision: functions that are not `exact` have the elements of the call on it, rounded, where `widens` says so of the dtype of a result.
    Those of `loose` functions, powers of what is rounded, may differ by more. `signs` says of a function which of its results are matrices
    whose columns or rows may have the other sign."""

    signs = {}

    def __init__(self, find, given, errors, exact, reduced, refused, wide, widens=lambda dtype: True, loose=()):
        self.find, self.given, self.errors, self.widens, self.loose = find, given, errors, widens, loose
        self.exact, self.reduced, self.refused, self.wide = exact, reduced, refused, wide
        self.cases = []

    def results(self, fn, inputs, kwargs):
        def one(x):
            return [one(v) for v in x] if isinstance(x, list) else self.given(x) if isinstance(x, np.ndarray) else x

        y = self.find(fn)(*[one(x) for x in inputs], **kwargs)
        return [np.asarray(v) for v in (y if isinstance(y, (tuple, list)) else [y])]

    def put(self, fn, *inputs, **kwargs):
        case_values.next_case()
        assert not any(isinstance(x, np.generic) for x in inputs), (fn, inputs)
        written = {k: keyword(v) for k, v in kwargs.items()}
        case = {"fn": fn, "inputs": [encoded(x) for x in inputs]}
        if written:
            case["kwargs"] = written
        self.cases.append(case)
        try:
            got = self.results(fn, inputs, kwargs)
        except self.errors:
            case["error"] = True
            return
        if why := self.refused(fn, inputs, kwargs):
            case["error"], case["about"] = True, why
            return
        if any(y.dtype.name in ("float16", "int8") for y in got):  # dtypes that Tendril lacks
            case["error"] = True
            return
        got = [y.astype(np.int64) if y.dtype == np.uint64 else y for y in got]  # totals of uint8, where Tendril has int64
        if fn not in self.exact and any(y.dtype.kind == "f" for y in got):
            wide = {k: np.float64 if k == "dtype" and np.dtype(v) == np.float32 else v for k, v in kwargs.items()}
            want = [w.astype(y.dtype) for w, y in zip(self.results(fn, [self.wide(x) for x in inputs], wide), got)]
            want = [w if self.widens(y.dtype) else y for w, y in zip(want, got)]
            if fn in self.signs:
                case["signs"] = self.signs[fn]
                want = [turned(w, y, how) if w.shape == y.shape else w for w, y, how in zip(want, got, self.signs[fn])]
            alike = all(y.shape == w.shape and np.allclose(w, y, rtol=1e-4, atol=1e-5, equal_nan=True) for y, w in zip(got, want))
            wraps = any(isinstance(x, np.ndarray) and x.dtype == np.uint8 for x in inputs)  # what wraps is another number when it is wider
            far = any(isinstance(x, float) and np.isfinite(x) and abs(x) > np.finfo(np.float32).max for x in inputs)  # infinite in float32
            assert alike or wraps or far, (fn, inputs, kwargs, got, want)
            got = want if alike else got
            case["ulp"] = 4 if alike and fn not in self.loose else 64
            if fn in self.reduced:
                numbers = [min(1e3, float(np.abs(np.nan_to_num(x.astype(np.float64), nan=0, posinf=0, neginf=0)).max()))
                           for x in inputs if isinstance(x, np.ndarray) and x.size]
                case["atol"] = [64 * float(np.finfo(y.dtype).eps) * max([1.0] + numbers) ** 2 if y.dtype.kind == "f" else 0 for y in got]
        case["outputs"] = [encode(y) for y in got]

    def write(self, file, about):
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), file)
        write(path, about, self.cases)
        print(len(self.cases), "cases of", len({c["fn"] for c in self.cases}), "functions,", sum("error" in c for c in self.cases), "refused")
