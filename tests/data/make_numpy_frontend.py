"""Writes numpy.json: calls of numpy's functions, with the results or the refusal (`"error": true`) that numpy gives.

Result dtypes and shapes are numpy's on the very inputs; elements of inexact functions are those of the same call in extended precision,
rounded. Calls whose result has a dtype that Tendril lacks (float16, int8) must be refused.
"""
import os
import warnings

import numpy as np

import case_values
import linalg_calls
import numpy_edges
import numpy_items
import numpy_words
from encoding import encode, encode_number, write
from case_values import ALL, BOOL, F32, F64, I32, I64, sample
from frontend_calls import Calls
from numpy_edges import NAN, apart, special

warnings.simplefilter("ignore", RuntimeWarning)
EXACT = set(
    "negative positive abs absolute square sqrt floor ceil trunc round sign signbit isfinite isinf isnan invert logical_not add subtract multiply divide "
    "floor_divide remainder mod maximum minimum copysign nextafter equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor "
    "bitwise_and bitwise_or bitwise_xor left_shift right_shift count_nonzero diff sort argsort searchsorted take take_along_axis repeat tile".split())
NOT_OF_BOOL = set("abs absolute floor ceil trunc".split())  # numpy takes bool, Tendril's frontend says that it does not
cases = []


def encoded(x):
    return encode(x) if isinstance(x, np.ndarray) else {"scalar": encode_number(x) if isinstance(x, float) and not np.isfinite(x) else x}


def put(fn, *inputs, **kwargs):
    """Arrays and Python numbers stand in `inputs`, everything else goes by keyword."""
    spelled = {k: np.dtype(v).name if isinstance(v, (type, np.dtype)) else list(v) if isinstance(v, tuple) else v for k, v in kwargs.items()}
    case = {"fn": fn, "inputs": [encoded(x) for x in inputs], "kwargs": spelled}
    cases.append(case)
    case_values.next_case()
    try:
        y = np.asarray(getattr(np, fn)(*inputs, **kwargs))
    except (TypeError, ValueError, IndexError, OverflowError):
        case["error"] = True
        return
    if why := numpy_edges.refused(fn, inputs, kwargs):
        case["error"], case["about"] = True, why
        return
    if y.dtype.name in ("float16", "int8") or (fn in NOT_OF_BOOL and inputs[0].dtype == BOOL):
        case["error"] = True
        return
    if y.dtype.name == "uint64":
        y = y.astype(I64)  # totals of uint8, where Tendril has int64
    if fn not in EXACT and y.dtype.kind == "f":
        wide = [x.astype(y.dtype).astype(np.longdouble) if isinstance(x, np.ndarray) else x for x in inputs]
        want = np.asarray(getattr(np, fn)(*wide, **{k: v for k, v in kwargs.items() if k != "dtype"})).astype(y.dtype)
        assert np.allclose(want, y, rtol=1e-5, atol=1e-6, equal_nan=True), (fn, inputs, want, y)
        y = want
        case["ulp"] = 4
        if fn in ("cumsum", "logaddexp"):
            case["atol"] = [16 * float(np.finfo(y.dtype).eps) * 8]
    case["outputs"] = [encode(y)]


def elementwise():
    ranges = {"arcsin": (-1, 1), "arccos": (-1, 1), "arctanh": (-0.9, 0.9), "arccosh": (1, 9), "log": (0.5, 9), "log2": (0.5, 9), "log10": (0.5, 9), "log1p": (-0.5, 4), "sqrt": (0, 9)}
    for fn in ("negative positive abs absolute square sqrt cbrt exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh "
               "arctanh floor ceil trunc round sign signbit isfinite isinf isnan invert logical_not").split():
        for dt in ALL:
            low, high = ranges.get(fn, (-3, 3))
            put(fn, sample((2, 3), dt, low, high))
        put(fn, np.array([np.nan, np.inf, -np.inf, 1.0]))
        put(fn, np.zeros((0, 2), F32))
    for fn in ("add subtract multiply divide floor_divide remainder mod maximum minimum arctan2 hypot copysign nextafter logaddexp equal not_equal less less_equal greater "
               "greater_equal logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor left_shift right_shift").split():
        low, high = (0, 5) if "shift" in fn else (1, 5)
        for a in ALL:
            for b in ALL:
                put(fn, sample((2, 3), a, -4, 4), sample((3,), b, low, high))
            for scalar in (2, 2.5) + ((True,) if "logical" in fn else ()):
                put(fn, sample((3,), a, -4, 4), scalar)
            put(fn, 2, sample((3,), a, low, high))


def along():
    for dt in ALL:
        x = sample((3, 4), dt, -3, 3)
        for fn in ("cumsum", "cumprod"):
            for kw in ({}, {"axis": 0}, {"axis": -1}, {"axis": 1, "dtype": F64}):
                put(fn, sample((3, 4), dt, 1, 2), **kw)
        for fn in ("sort", "argsort"):
            for kw in ({}, {"axis": 0}, {"axis": None}):
                put(fn, x, **({**kw, "kind": "stable"}))
        for kw in ({}, {"n": 2}, {"axis": 0}, {"n": 2, "axis": 0}):
            put("diff", x, **kw)
        for kw in ({}, {"axis": 0}, {"axis": (0, 1)}, {"axis": 1, "keepdims": True}):
            put("count_nonzero", x, **kw)
        for kw in ({}, {"axis": 0}, {"axis": 1}):
            put("repeat", x, repeats=2, **kw)
        put("tile", x, reps=(2,))
        put("tile", x, reps=(2, 1, 2))
        for it in (I32, I64):
            put("take", x, sample((5,), it, -12, 11))
            put("take", x, sample((2, 2), it, -3, 2), axis=0)
            put("take", x, sample((5,), it, -4, 3), axis=-1)
            put("take_along_axis", x, sample((3, 2), it, -4, 3), axis=1)
            put("take_along_axis", x, sample((2, 4), it, -3, 2), axis=0)
            put("take_along_axis", x, sample((5,), it, -12, 11), axis=None)
        for other in ALL:
            for side in ("left", "right"):
                put("searchsorted", np.sort(sample((6,), dt)), sample((4,), other), side=side)


def linalg():
    """Of float64 what numpy gives, of others the same call on float64, rounded."""
    for name, inputs, kwargs in linalg_calls.calls():
        case = {"fn": "linalg." + name, "inputs": [encoded(x) for x in inputs], "kwargs": kwargs}
        cases.append(case)
        try:
            got = getattr(np.linalg, name)(*inputs, **kwargs)
        except (TypeError, ValueError):
            case["error"] = True
            continue
        if name == "matrix_power" and inputs[0].dtype == np.uint8 and kwargs["n"] >= 0:
            want = got  # it wraps
        else:
            want = getattr(np.linalg, name)(*[x.astype(F64) if x.dtype == F32 else x for x in inputs], **kwargs)
        got, want = [[np.asarray(y) for y in (r if isinstance(r, tuple) else (r,))] for r in (got, want)]
        want = [w.astype(g.dtype) for w, g in zip(want, got)]
        assert all(np.allclose(g, w, rtol=1e-3, atol=1e-4, equal_nan=True) for g, w in zip(got, want)), (name, inputs, got, want)
        case["ulp"] = 4
        largest = [max(1.0, float(np.max(np.abs(np.nan_to_num(w.astype(F64), posinf=0, neginf=0)), initial=0))) for w in want]
        case["atol"] = [200 * float(np.finfo(w.dtype).eps) * m if w.dtype.kind == "f" else 0 for w, m in zip(want, largest)]
        case["outputs"] = [encode(w) for w in want]


def words():
    """The words of one or two arrays that the parts above lack."""
    for name in ("fabs rint deg2rad radians rad2deg degrees isposinf isneginf ravel acos acosh asin asinh atan atanh bitwise_not bitwise_invert sign").split():
        low, high = {"asin": (-1, 1), "acos": (-1, 1), "atanh": (-0.9, 0.9), "acosh": (1, 9)}.get(name, (-3, 3))
        for dt in ALL:
            named(name, sample((2, 3), dt, low, high))
            named(name, special(dt, False))
    for dt in ALL:
        named("reciprocal", sample((4,), dt, 1, 3))
        named("reciprocal", np.array([1, 2, 5]).astype(dt))
        for decimals in (0, 1, 2, -1, -2):
            for name in ("round", "around"):
                named(name, np.array([0.5, 1.5, 2.5, 3.0, 15.0, 25.0, 123.0, 155.0]).astype(dt), decimals=decimals)
        for other in ALL:
            for name in "true_divide atan2 matmul bitwise_left_shift bitwise_right_shift fmod fmax fmin heaviside power pow float_power divmod".split():
                if name == "matmul":
                    named(name, sample((2, 3), dt), sample((3, 2), other))
                    continue
                low, high = (0, 3) if "shift" in name or "pow" in name else (1, 5)
                named(name, sample((2, 3), dt, 0.5 if "pow" in name else -4, 4), sample((3,), other, low, high))
                named(name, sample((3,), dt, 0.5 if "pow" in name else -4, 4), sample((), other, low, high))
        for name in "fmod fmax fmin heaviside float_power divmod power pow".split():
            for number in (2, 2.5, 0):
                if number or "pow" not in name:
                    named(name, sample((3,), dt, 0.5, 4), number)
                    named(name, number, sample((3,), dt, 1, 4))
            if "pow" not in name:
                x = special(dt, False)
                x = apart(x) if name in ("fmax", "fmin") else x
                named(name, x.reshape(-1, 1), x)
        named("power", sample((3,), dt, 1, 3), -1)
        named("power", sample((3,), dt, 1, 3), np.array([1, -1, 0]))
        named("power", -1, sample((3,), dt, 0, 3))


def methods():
    """The methods of quantile that NumPy has beside those of JAX."""
    for method in "inverted_cdf averaged_inverted_cdf closest_observation interpolated_inverted_cdf hazen weibull median_unbiased normal_unbiased".split():
        for dt in ALL:
            for q in (0.0, 0.0625, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.9375, 1.0):
                for n in (4, 5, 8):
                    named("quantile", sample((n,), dt, -9, 9), q, method=method)
            named("quantile", sample((2, 4), dt, -9, 9), np.array([0.25, 0.5, 0.875]), method=method, axis=1, keepdims=True)
            named("quantile", sample((1,), dt, -9, 9), 0.5, method=method)
            named("percentile", sample((3, 4), dt, -9, 9), 62.5, method=method, axis=0)
        for dt in (F32, F64):
            named("quantile", np.array([[NAN, 1.0, 2.0, 3.0], [4.0, 1.0, 2.0, 3.0]], dt), 0.5, method=method, axis=1)


def lowest(put):
    """Of the lowest integers, whose magnitude wraps; JAX does not end there."""
    for name in ("gcd", "lcm"):
        for dt in (I32, I64):
            x = np.array([0, -1, 5, -6, np.iinfo(dt).max, np.iinfo(dt).min, np.iinfo(dt).min // 2], dt)
            put(name, x[:, None], x[None, :])


def find(fn):
    if shim := numpy_items.SHIMS.get(fn):
        return shim
    return numpy_words.spelled(np, fn)


NO_BOOL = set("matmul dot inner vdot tensordot einsum convolve linalg.matrix_power abs absolute floor ceil trunc".split())


def refused(fn, inputs, kwargs):
    if fn in numpy_items.SHIMS:
        return numpy_items.refused(fn, inputs, kwargs)
    arrays = [x for v in inputs for x in (v if isinstance(v, list) else [v]) if isinstance(x, np.ndarray)]
    if fn in NO_BOOL and all(x.dtype == BOOL for x in arrays):
        if not (fn in ("dot", "inner") and any(x.ndim == 0 for x in arrays)) and not (fn == "linalg.matrix_power" and kwargs["n"] < 2):
            if fn != "einsum" or kwargs["subscripts"] not in ("ii->i", "ij->ji"):
                return "matrix products of bool"
    if fn == "clip" and all(v is None or isinstance(v, np.ndarray) and v.dtype == BOOL for v in inputs) and len(arrays) > 1:
        return "bounds of bool"
    if fn.endswith("fftfreq") and kwargs["n"] < 1:
        return "no samples"
    if fn == "pad" and kwargs.get("stat_length") == 0:
        return "means of nothing"
    if fn == "cov" and len(inputs) > 2 and inputs[2] is not None and inputs[2].dtype.kind == "f":
        return "fweights of a floating dtype"
    if fn == "arange" and kwargs.get("dtype") == BOOL:
        return "a range of bool"
    if fn in ("sum", "prod") and kwargs.get("dtype") == BOOL:
        return "totals of bool"
    if inputs and isinstance(inputs[0], np.ndarray) and fn != "expand_dims":
        return numpy_edges.refused(fn, inputs, kwargs)
    return None


def wide(x):
    if isinstance(x, list):
        return [wide(v) for v in x]
    return x.astype(F64) if isinstance(x, np.ndarray) and x.dtype == F32 else x


WORDS_EXACT = EXACT | numpy_items.EXACT | numpy_words.EXACT | set(
    "isposinf isneginf ravel bitwise_not bitwise_invert rint fabs reciprocal around fmod fmax fmin heaviside divmod true_divide bitwise_left_shift bitwise_right_shift "
    "max min amax amin nanmax nanmin ptp argmax argmin any all where clip reshape transpose permute_dims matrix_transpose moveaxis swapaxes broadcast_to expand_dims squeeze flip "
    "fliplr flipud roll concatenate concat stack unstack tril triu zeros ones full eye identity arange zeros_like ones_like full_like astype array_equal isclose allclose nan_to_num "
    "outer".split())
WORDS_REDUCED = numpy_words.REDUCED | set("sum prod mean var std nansum nanprod nanmean nanvar nanstd matmul dot vdot inner tensordot linspace power pow float_power".split())
calls = Calls(find, lambda x: x, (TypeError, ValueError, IndexError, OverflowError, NotImplementedError, ZeroDivisionError, RuntimeError), WORDS_EXACT, WORDS_REDUCED, refused, wide,
              lambda dtype: dtype == F32, numpy_words.LOOSE)  # of float64 results NumPy's own: parts of them may have been float32
calls.signs = numpy_words.SIGNS
named = calls.put


def conversions(a):
    x = special(a, False)
    for b in ALL:
        named("astype", x[np.isfinite(x)], dtype=b) if b != np.uint8 else named("astype", np.array([0, 1, 2, 250]).astype(a), dtype=b)
        named("full_like", sample((3,), a), fill_value=2, dtype=b)
    for value in (2.7, -2.7, True, 7) if a != np.uint8 else (2.7, True, 300, 7):
        named("full_like", sample((3,), a), fill_value=value)
        named("full", shape=(2,), fill_value=value, dtype=a)


warnings.simplefilter("ignore")
for part in (elementwise, along):
    part()
for part in numpy_edges.PARTS:
    part(put)
linalg()
for c in cases:
    c["kwargs"].pop("kind", None)
words()
numpy_words.chosen(named, conversions)
for part in (numpy_words.reductions, numpy_words.shapes, numpy_words.creation, *numpy_words.PARTS):
    part(named)
methods()
numpy_items.items(named)
for part in numpy_words.LATER:
    part(named)
numpy_words.shares(named)
lowest(named)
for part in numpy_words.LAST:
    part(named)
cases += calls.cases
here = os.path.dirname(os.path.abspath(__file__))
write(os.path.join(here, "numpy.json"), "written by make_numpy_frontend.py with NumPy " + np.__version__, cases)
print(len(cases), "cases of", len({c["fn"] for c in cases}), "functions,", sum("error" in c for c in cases), "refused")
