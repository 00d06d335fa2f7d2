"""Writes linalg.json: calls of the functions that td::linalg makes of ops, and what NumPy gives for them."""
import os
import warnings

import numpy as np

from case_values import F32, F64, I32, I64, U8, sample
from frontend_calls import Calls
from linalg_calls import INF, NAN, apart

NUMERIC = [U8, I32, I64, F32, F64]
SHIMS = {
    "pinv": lambda x, rtol=None: np.linalg.pinv(x if x.dtype.kind == "f" else x.astype(F64), rtol=rtol),  # NumPy knows no rounding of integers
    "lstsq": lambda a, b, **kw: np.linalg.lstsq(a, b, **kw)[0],
    "tensordot": lambda a, b, n=2, x1=None, x2=None: np.tensordot(a, b, n if x1 is None else (x1, x2)),
    "tril": np.tril,
    "triu": np.triu,
}
EXACT = set("tril triu diagonal outer matrix_rank".split())
REDUCED = set("pinv lstsq vector_norm matrix_norm cond cross trace vecdot tensordot".split())


def refused(fn, inputs, kwargs):
    if fn == "cross" and any(x.shape and x.shape[kwargs.get("axis", -1)] == 2 for x in inputs):
        return "vectors of two elements, which the standard has not"
    if fn in ("tril", "triu") and inputs[0].ndim < 2:
        return "no matrices"
    return None


calls = Calls(lambda fn: SHIMS.get(fn) or getattr(np.linalg, fn), lambda x: x, (TypeError, ValueError, IndexError), EXACT, REDUCED, refused,
              lambda x: x.astype(F64) if isinstance(x, np.ndarray) and x.dtype == F32 else x, lambda dtype: dtype == F32)
put = calls.put


def singular(dt):
    for shape in [(1, 1), (3, 3), (3, 2), (2, 3), (2, 3, 2), (0, 0), (3, 0), (0, 2), (2, 0, 2), (0, 2, 2)]:
        put("pinv", apart(shape, dt))
        put("matrix_rank", apart(shape, dt))
        put("cond", apart(shape, dt))
    for x in ([[1, 1], [1, 1], [1, 1]], [[0, 0], [0, 0]], [[1, 0], [0, 2]]):
        put("matrix_rank", np.array(x, dt))
        put("pinv", np.array(x, dt))
    for rtol in (0.0, 0.3, 0.7):
        put("matrix_rank", np.array([[[1, 0], [0, 2]], [[3, 0], [0, 4]]], dt), rtol=rtol)
        put("pinv", np.array([[[1, 0], [0, 2]], [[3, 0], [0, 4]]], dt), rtol=rtol)
    for order in (1, -1, 2, -2, INF, -INF, "fro", "nuc"):
        put("cond", apart((2, 2, 2), dt), p=order)
        put("matrix_norm", apart((2, 3), dt), ord=order)
        put("matrix_norm", apart((2, 2, 3), dt), ord=order, keepdims=True)
    put("matrix_norm", apart((2, 3), dt))
    put("matrix_norm", apart((2, 3), dt), ord=3)
    put("cond", apart((2, 3), dt), p=1)
    for order in (0, 1, 2, 3, -1, 0.5, INF, -INF):
        for kw in ({}, {"axis": -1}, {"axis": (0, 1), "keepdims": True}, {"axis": 0, "keepdims": True}):
            put("vector_norm", sample((2, 3), dt, 1, 4), ord=order, **kw)
    put("vector_norm", sample((2, 3), dt))
    put("vector_norm", sample((), dt))
    put("vector_norm", sample((2, 0), dt), axis=1)
    for a, b in [((3, 3), (3,)), ((4, 2), (4, 3)), ((2, 3), (2,)), ((1, 1), (1, 2)), ((3, 2), (2,))]:
        put("lstsq", apart(a, dt), sample(b, dt))


def products(dt):
    for a, b in [((3,), (3,)), ((2, 3), (3,)), ((2, 1, 3), (4, 3)), ((0, 3), (3,)), ((2,), (2,)), ((3,), (2,))]:
        put("cross", sample(a, dt), sample(b, dt))
    put("cross", sample((3, 2), dt), sample((3, 2), dt), axis=0)
    for a, b in [((3,), (3,)), ((2, 3), (3,)), ((2, 1, 3), (4, 3)), ((0, 3), (3,)), ((2, 0), (0,)), ((3,), (2,))]:
        put("vecdot", sample(a, dt), sample(b, dt))
    put("vecdot", sample((3, 2), dt), sample((3, 2), dt), axis=-2)
    for a, b in [((3,), (2,)), ((0,), (2,)), ((1,), (1,)), ((2, 2), (2,))]:
        put("outer", sample(a, dt), sample(b, dt))
    for shape in [(3, 3), (2, 3), (3, 2), (2, 3, 4), (0, 3), (3,)]:
        for offset in (0, 1, -1, 5):
            put("diagonal", sample(shape, dt), offset=offset)
            put("trace", sample(shape, dt), offset=offset)
            put("tril", sample(shape, dt), k=offset)
            put("triu", sample(shape, dt), k=offset)
    put("trace", sample((3, 3), dt), dtype=F64)
    put("tensordot", sample((2, 3, 4), dt), sample((3, 4, 2), dt))
    put("tensordot", sample((2, 3), dt), sample((3, 2), dt), n=1)
    put("tensordot", sample((2,), dt), sample((3,), dt), n=0)
    put("tensordot", sample((2, 3, 4), dt), sample((4, 5, 2), dt), x1=(0, 2), x2=(2, 0))
    put("tensordot", sample((2, 3), dt), sample((2, 3), dt), x1=(-1,), x2=(-1,))
    put("tensordot", sample((2, 3), dt), sample((2, 3), dt), n=1)


warnings.simplefilter("ignore")
for dt in NUMERIC:
    singular(dt)
    products(dt)
for dt in (F32, F64):
    put("vector_norm", np.array([[NAN, 1], [2, 3]], dt), axis=1)
    put("matrix_norm", np.array([[NAN, 1], [2, 3]], dt))
    put("matrix_norm", np.array([[NAN, 1], [2, 3]], dt), ord=2)
    put("cond", np.diag(np.array([1e3, 1e-3], dt)))
    put("vecdot", np.array([[NAN, 1], [2, 3]], dt), np.array([1, 1], dt))
calls.write("linalg.json", "written by make_linalg.py with NumPy " + np.__version__)
