"""Calls of numpy's functions where frameworks part: zeros of either sign, NaN, infinities, nothing, no axes, bool, ends of integer ranges. Each part takes
`put` of make_numpy_frontend.py; a new part goes to the end of the list, so that numpy.json grows at its end.
"""
import numpy as np

from case_values import ALL, BOOL, F32, F64, I32, I64

NAN, INF = float("nan"), float("inf")


def special(dt, ends=True):
    if dt == BOOL:
        return np.array([False, True])
    if dt.kind == "i":
        i = np.iinfo(dt)
        return np.array([0, 1, -1, 2, -3, 7] + ([i.max, i.min + 1] if ends else []), dt)
    if dt.kind == "u":
        return np.array([0, 1, 2, 7] + ([127, 128, 200, np.iinfo(dt).max] if ends else []), dt)
    f = np.finfo(dt)
    return np.array([NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.5, -2.5, 3.0] + ([f.max, -f.max, f.tiny] if ends else []), dt)


def apart(x):
    """Without -0: which of two zeros is the larger is left open, and NumPy says the second."""
    return x[~(np.signbit(x) & (x == 0))] if x.dtype.kind == "f" else x


def refused(fn, inputs, kwargs):
    """Why the frontend takes less than numpy here, on purpose; it says so in numpy.hpp. Else nothing."""
    rank = inputs[0].ndim if isinstance(inputs[0], np.ndarray) else 0
    if rank == 0 and (kwargs.get("axis") is not None or fn == "argsort" and "axis" not in kwargs or fn == "diff"):
        return "an axis of an array of rank 0"
    if fn in ("cumsum", "cumprod") and kwargs.get("dtype") == BOOL:
        return "running totals of bool"
    if fn == "repeat" and kwargs["repeats"] < 0:
        return "a negative count"
    return None


EXACT_UNARY = "negative positive abs absolute square sqrt floor ceil trunc round sign signbit isfinite isinf isnan invert logical_not".split()
INEXACT_UNARY = ("cbrt exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh").split()
BINARY = ("add subtract multiply divide floor_divide remainder mod maximum minimum arctan2 hypot copysign nextafter logaddexp equal not_equal less less_equal greater "
          "greater_equal logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor").split()


def elementwise(put):
    for dt in ALL:
        for fn in EXACT_UNARY + INEXACT_UNARY:
            put(fn, special(dt, fn in EXACT_UNARY and fn != "square"))
        for fn in BINARY:
            ends = fn not in ("arctan2", "hypot", "logaddexp")
            x = apart(special(dt, ends)) if fn in ("maximum", "minimum") else special(dt, ends)
            put(fn, x.reshape(-1, 1), x)
        for fn in ("left_shift", "right_shift"):
            put(fn, special(dt).reshape(-1, 1), np.array([0, 1, 5, 31, 32, 40, 63, 64, -1, -40]).astype(dt))


def mixed(put):
    for a in ALL:
        for b in ALL:
            for fn in "floor_divide remainder copysign maximum equal less arctan2".split():
                chosen = apart if fn == "maximum" else lambda x: x
                put(fn, chosen(special(a, False)).reshape(-1, 1), chosen(special(b, False)))
            put("add", special(a, False)[:1].reshape(()), special(b, False))


def numbers(put):
    for dt in ALL:
        x = special(dt, False)
        for fn in "add subtract multiply divide floor_divide remainder maximum equal less greater_equal copysign".split():
            for number in (0.0, -0.0, NAN, INF, -INF, 0, 1, -1, 2, 0.5, True):
                y = apart(x) if fn == "maximum" else x
                put(fn, y, abs(number) if fn == "maximum" and number == 0 else number)
                if number in (0, INF, -1, 2, 0.5):
                    put(fn, number, y)


def reductions(put):
    for dt in ALL:
        one, empty = special(dt)[:1].reshape(()), np.zeros((0, 2), dt)
        for fn in "sum mean var std count_nonzero".split():
            for axis in (0, -1, 1):
                put(fn, one, axis=axis)
            put(fn, one)
            for kw in ({}, {"axis": 0}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"axis": 2}, {"axis": -3}):
                put(fn, empty, **kw)
            x = np.ones((2, 1, 3), dt)
            for axis in ((0, 0), (0, -3), (-1, 0), (2, 0, 1), (0, 3), ()):
                put(fn, x, axis=axis)
            put(fn, x, axis=(-1, 0), keepdims=True)
            if dt.kind == "f":
                put(fn, np.array([[NAN, 1.0, 2.0], [-0.0, 0.0, -0.0], [0.0, -0.0, 0.0], [INF, 1.0, INF], [-INF, 1.0, NAN], [INF, -INF, 0.0]], dt), axis=1)
            else:
                put(fn, np.array([[1, 0, 1], [0, 0, 0], [0, 1, 1]]).astype(dt), axis=1)
        for fn in ("var", "std"):
            for ddof in (1, 2, 3, 4, 5.5, -1):
                put(fn, np.array([[0.0, 1.0, 2.0], [1.0, 1.0, 1.0], [0.0, 0.0, 1.0]]).astype(dt), axis=1, ddof=ddof)


def along(put):
    for dt in ALL:
        one, row, empty = special(dt)[:1].reshape(()), special(dt)[:2], np.zeros((0, 2), dt)
        for x in (one, row, empty):
            for fn, kws in {
                    "cumsum": [{}, {"axis": 0}, {"axis": -1}, {"axis": 1}, {"axis": 2}], "cumprod": [{}, {"axis": 0}, {"axis": 1}],
                    "sort": [{"kind": "stable"}, {"kind": "stable", "axis": 0}, {"kind": "stable", "axis": None}, {"kind": "stable", "axis": 1}],
                    "argsort": [{"kind": "stable"}, {"kind": "stable", "axis": 0}, {"kind": "stable", "axis": None}, {"kind": "stable", "axis": 1}],
                    "diff": [{}, {"n": 0}, {"n": 2}, {"n": -1}, {"axis": 1}, {"n": 5, "axis": 0}],
                    "repeat": [{"repeats": 0}, {"repeats": 2, "axis": 0}, {"repeats": 2, "axis": -1}, {"repeats": -1}, {"repeats": 1, "axis": 1}],
                    "tile": [{"reps": ()}, {"reps": (0,)}, {"reps": (2, 1)}, {"reps": (-1,)}]}.items():
                for kw in kws:
                    put(fn, x, **kw)
        x = np.array([0, 1, 1, 0, 1]).astype(dt)
        for kw in ({}, {"n": 0}, {"n": 2}, {"n": 3}, {"n": 5}, {"n": 6}):
            put("diff", x, **kw)
        put("diff", np.array([[0, 1, 1], [1, 1, 0], [1, 0, 0]]).astype(dt), axis=0)
        put("diff", np.array([[0, 1, 1], [1, 1, 0], [1, 0, 0]]).astype(dt), axis=1, n=2)
        for given in ALL:
            put("cumsum", x, dtype=given)
            put("cumprod", x, axis=0, dtype=given)
        three = np.array([0, 1, 1]).astype(dt)
        for i in (np.array(-1), np.zeros((0, 2), I64), np.array([[0, -3], [2, 1]]), np.array([3]), np.array([-4]), np.array([0], I32), np.array([1.0])):
            put("take", three, i)
            put("take", three, i, axis=0)
            put("take", np.array(1).astype(dt), i)
            put("take_along_axis", three, i, axis=0)
            put("take_along_axis", three, i, axis=None)
        for side in ("left", "right"):
            put("searchsorted", np.sort(x), np.array(1).astype(dt), side=side)
            put("searchsorted", np.sort(x), np.zeros((0, 2), dt), side=side)
            put("searchsorted", np.zeros((0,), dt), x, side=side)
    for dt in (F32, F64):
        x = np.array([[NAN, 1.0, -0.0], [0.0, NAN, INF], [-INF, -0.0, 0.0]], dt)
        for kw in ({}, {"axis": 0}, {"axis": None}):
            put("sort", x, kind="stable", **kw)
            put("argsort", x, kind="stable", **kw)
        for fn in ("cumsum", "cumprod"):
            put(fn, np.array([[1.0, NAN, 2.0], [INF, -INF, 1.0], [-0.0, -0.0, -0.0]], dt), axis=1)
        put("diff", np.array([1.0, INF, INF, NAN, -0.0, 0.0, -0.0], dt))
        for sequence in ([1.0, 2.0, NAN], [1.0, NAN, NAN, NAN], [NAN], [-INF, -0.0, 0.0, INF], [-INF, NAN], [1.0, 2.0, 2.0, 3.0, NAN, NAN, NAN, NAN, NAN], []):
            for side in ("left", "right"):
                put("searchsorted", np.array(sequence, dt), np.array([NAN, -INF, -0.0, 0.0, 1.0, 2.0, 2.5, 9.0, INF], dt), side=side)


def literals(put):
    """Numbers beyond the dtype: comparisons are exact, everything else is refused."""
    for dt in ALL:
        x = special(dt, False)
        for number in (3000000000, -3000000000, 2**40 + 5, 2**62, 2**63, 2**64 - 1):
            for fn in ("add subtract multiply divide floor_divide remainder maximum minimum equal not_equal less less_equal greater greater_equal bitwise_and "
                       "bitwise_or bitwise_xor left_shift arctan2 copysign logical_and logical_or logical_xor").split():
                put(fn, x, number)
                put(fn, number, x)
        for number in (3e9, 1e20, 1e300):
            for fn in "add multiply maximum less equal".split():
                put(fn, x, number)


PARTS = [elementwise, mixed, numbers, reductions, along, literals]
