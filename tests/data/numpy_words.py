"""Calls of the functions that NumPy and jax.numpy have under the same names. Each part takes `put`, by NumPy's name; what JAX alone is asked stands in
make_jax.py, in the place where a part calls `more`. Names of several modules, lists and spellings that differ from calls: see `spelled`.
"""
import numpy as np

import linalg_calls
from case_values import ALL, BOOL, F32, F64, I32, I64, U8, sample
from numpy_edges import apart, special

NAN, INF = float("nan"), float("inf")


def chosen(put, more=lambda *_: None):
    for a in ALL:
        for b in ALL:
            put("where", sample((2, 3), BOOL), sample((2, 3), a), sample((3,), b))
            put("clip", sample((5,), a, -9, 9), sample((5,), b, -3, -1), sample((5,), b, 1, 3))
        put("where", sample((3,), a, -1, 1), sample((3,), F32), 0)
        put("where", sample((3,), BOOL), sample((3,), a), 2.5)
        put("where", sample((3,), BOOL), 300, sample((3,), a))
        for low, high in ((-2, 3), (-2, None), (None, 3), (None, None), (-1.5, 2.5), (3, 1), (-3, 300), (NAN, 2.0), (0.5, NAN)):
            put("clip", apart(special(a, False)), low, high)
        more(a)
        for value in (NAN, INF, 1.0):
            for b in (F32, F64):
                put("nan_to_num", np.array([NAN, INF, -INF, -0.0, value], b))
        put("nan_to_num", sample((3,), a), nan=1.0, posinf=5.0, neginf=-5.0)
        for b in ALL:
            for name in ("isclose", "allclose", "array_equal"):
                put(name, special(a, False), special(a, False).astype(b))
        put("isclose", special(a, False), special(a, False), equal_nan=True)
        put("isclose", np.array([1, 100, 0]).astype(a), np.array([1.000001, 100.01, 1e-9]), rtol=1e-3)
        put("isclose", np.array([1, 2, 3]).astype(a), 2, atol=1.0)
        put("array_equal", sample((2,), a), sample((3,), a))


def reductions(put, more=lambda *_: None):
    for dt in ALL:
        x = sample((2, 3, 4), dt, 0.5, 2)
        for name in "sum prod mean max min amax amin any all nansum nanprod nanmean nanmax nanmin count_nonzero var std nanvar nanstd ptp".split():
            fn = name
            for kw in ({}, {"axis": 1}, {"axis": (0, 2)}, {"axis": -1, "keepdims": True}, {"axis": (), "keepdims": True}, {"axis": 3}, {"axis": (0, 0)}):
                if name == "prod" and "axis" not in kw:
                    put(fn, sample((2, 3), dt, 0.5, 2))
                else:
                    put(fn, x, **kw)
            put(fn, special(dt, False)[:1].reshape(()))
            put(fn, np.zeros((0, 2), dt))
            put(fn, np.zeros((0, 2), dt), axis=1)
            put(fn, np.zeros((0, 2), dt), axis=0)
            if dt.kind == "f":
                y = np.array([[NAN, 1.0, 2.0], [0.0, 0.5, 1.0], [INF, 1.0, 2.0], [-INF, 1.0, NAN], [INF, -INF, 1.0], [NAN, NAN, NAN]], dt)
                put(fn, y, axis=1)
        for name in ("var", "std", "nanvar", "nanstd"):
            for ddof in (1, 2, 3, 4, 5.5, -1):
                put(name, np.array([[0.0, 1.0, 2.0], [1.0, 1.0, 1.0], [0.0, 0.0, 1.0]]).astype(dt), axis=1, ddof=ddof)
        for name in ("sum", "prod", "mean"):
            for given in (F32, F64) + ((I64, I32) if dt.kind != "f" and name != "mean" else ()):
                put(name, sample((3, 2), dt, 1, 3), axis=0, dtype=given)
        for name in ("argmax", "argmin"):
            for kw in ({}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"keepdims": True}, {"axis": 5}):
                put(name, sample((2, 3, 4), dt, -90, 90), **kw)
            put(name, special(dt))
            put(name, np.zeros((0,), dt))


def shapes(put, more=lambda *_: None):
    for dt in (BOOL, U8, I64, F32):
        x, y = sample((2, 3), dt), sample((2, 1, 3), dt)
        for shape in ((3, -1), (-1,), (6, 1), (4, 2), ()):
            put("reshape", x, shape=shape)
        put("ravel", y)
        for axes in (None, (2, 0, 1), (0, 0, 1), (0, -1, 1)):
            put("transpose", y, **({} if axes is None else {"axes": axes}))
        put("transpose", sample((), dt))
        put("permute_dims", y, axes=(1, 2, 0))
        put("matrix_transpose", y)
        for source, destination in ((0, -1), (2, 0), ((0, 1), (-1, -2)), ((0, 0), (1, 2)), (3, 0), ((0, 1), (0,))):
            put("moveaxis", y, source=source, destination=destination)
        put("swapaxes", y, axis1=0, axis2=2)
        put("swapaxes", y, axis1=-1, axis2=1)
        put("swapaxes", y, axis1=0, axis2=3)
        for shape in ((4, 2, 3), (2, 3), (2, 4)):
            put("broadcast_to", x, shape=shape)
        for axis in (0, -1, (0, 2), (0, 0), 4):
            put("expand_dims", x, axis=axis)
        for axis in (None, 1, 0, (1,), -2, ()):
            put("squeeze", y, **({} if axis is None else {"axis": axis}))
        put("squeeze", sample((1, 1), dt))
        for axis in (None, 0, (0, 2), -1, 3):
            put("flip", y, **({} if axis is None else {"axis": axis}))
        put("fliplr", x)
        put("flipud", x)
        for shift, axis in ((1, None), (-1, 0), ((1, 2), (0, 1)), (1, (0, 1)), ((1, 1), 1), ((1, 1), None), ((1, 2), (0, 1, 1))):
            put("roll", x, shift=shift, **({} if axis is None else {"axis": axis}))
        for other in ALL:
            put("concatenate", [x, sample((1, 3), other)])
            put("stack", [x, sample((2, 3), other)])
        put("concatenate", [x, sample((2, 2), dt)], axis=-1)
        put("concatenate", [x, sample((2, 2), dt)], axis=None)
        put("concatenate", [x, sample((2, 2), dt)])
        put("concat", [x, x])
        put("stack", [x, x], axis=-1)
        put("stack", [x, sample((2, 2), dt)])
        put("unstack", x)
        put("unstack", x, axis=1)
        for name in ("tril", "triu"):
            for kw in ({}, {"k": 1}, {"k": -1}, {"k": 5}):
                put(name, x, **kw)
            put(name, sample((2, 2, 3), dt))
            put(name, sample((3,), dt))
        for like in ("zeros_like", "ones_like"):
            put(like, x)
            put(like, x, dtype=F64)
    for a in ALL:
        for b in ALL:
            put("matmul", sample((2, 3), a), sample((3, 2), b))
            put("dot", sample((2, 3), a), sample((3,), b))
            put("outer", sample((2,), a), sample((3,), b))
            put("vdot", sample((2, 3), a), sample((6,), b))
            put("inner", sample((2, 3), a), sample((4, 3), b))
            put("tensordot", sample((2, 3, 4), a), sample((3, 4, 2), b))
    for sa, sb in [((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 2, 3), (3, 2)), ((2, 2, 3), (2, 3, 2)), ((2, 3), (2, 3)), ((), (3,)), ((), ()), ((2, 3, 4), (5, 4, 2))]:
        for name in ("matmul", "dot", "inner", "vdot"):
            put(name, sample(sa, F32), sample(sb, F32))
    for axes in (0, 1, ((0,), (0,)), ((1, 0), (0, 1)), ((0,), (0, 1)), ((-1,), (0,))):
        put("tensordot", sample((2, 3), F64), sample((3, 2) if axes in (1, ((1, 0), (0, 1)), ((-1,), (0,))) else (2, 3), F64), axes=axes)


def creation(put, more=lambda *_: None):
    for args in ((5,), (5.0,), (1, 4), (0, 2, 0.5), (5, 0, -2), (5, 1), (1.0, 2.0, 0.3), (-1,)):
        put("arange", *args)
        for dt in (I32, F32, U8, BOOL):
            if dt != U8 or min(args) >= 0:
                put("arange", *args, dtype=dt)
    for name in ("zeros", "ones"):
        for kw in ({}, {"dtype": F32}, {"dtype": I32}, {"dtype": BOOL}):
            put(name, shape=(2, 3), **kw)
        put(name, shape=())
    for value in (3, 2.5, True, 3000000000):
        put("full", shape=(2,), fill_value=value)
    for kw in ({}, {"M": 2}, {"k": 1}, {"M": 4, "k": -1, "dtype": I32}):
        put("eye", 3, **kw)
    put("identity", 3)
    put("identity", 2, dtype=F32)
    for start, stop in ((0, 1), (-1.5, 2.25), (5, 0), (1, 1)):
        for kw in ({"num": 5}, {}, {"num": 1}, {"num": 0}, {"num": 4, "endpoint": False}, {"num": 5, "dtype": F32}, {"num": 7, "dtype": I32}, {"num": -1}, {"num": 1, "endpoint": False}):
            put("linspace", start, stop, **kw)
    for dt in ALL:
        for kw in ({}, {"decimals": 0}, {"decimals": 2}, {"decimals": -1} if dt.kind == "f" else {}):
            put("round", np.array([0.5, 1.5, 2.5, -0.5, 15.0, 25.0]).astype(dt), **kw)
        put("around", sample((3,), dt, -9, 9))


def elements(put):
    """What the parts above lack."""
    for dt in ALL:
        x = special(dt, False)
        for name in "real imag conj conjugate atleast_1d atleast_2d".split():
            put(name, sample((2, 3), dt))
            put(name, sample((), dt))
            put(name, sample((3,), dt))
        put("angle", x)
        put("angle", sample((2, 2), dt))
        for other in ALL:
            put("isin", sample((2, 3), dt, -3, 3), sample((2, 2), other, -3, 3))
            put("append", sample((2, 2), dt), sample((3,), other))
            put("append", sample((2, 2), dt), sample((1, 2), other), axis=0)
        put("isin", sample((4,), dt, -3, 3), sample((3,), dt, -3, 3), invert=True)
        put("isin", x, np.array([NAN, 0.0, 2.0]))
        put("isin", sample((), dt), sample((2,), dt))
        put("isin", sample((2,), dt), np.zeros((0,), dt))
        put("append", sample((2, 2), dt), sample((2, 1), dt), axis=-1)
        put("append", sample((2, 2), dt), sample((2,), dt), axis=0)
        for other in ALL:
            put("select", [sample((3,), BOOL), sample((3,), BOOL)], [sample((3,), dt), sample((2, 3), other)])
        put("select", [sample((3,), BOOL)], [sample((3,), dt)], default=7)
        put("select", [sample((3,), BOOL)], [sample((3,), dt)], default=2.5)
        put("select", [sample((3,), dt)], [sample((3,), dt)])


def joined(put):
    for dt in (BOOL, U8, I32, F32, F64):
        one, row, matrix = sample((), dt), sample((3,), dt), sample((2, 3), dt)
        for name in "vstack hstack dstack column_stack".split():
            put(name, [row, sample((3,), I64)])
            put(name, [matrix, sample((2, 3), F32)])
            put(name, [one, one])
            put(name, [matrix])
            put(name, [row, matrix])
        put("column_stack", [sample((2,), dt), matrix])
        put("vstack", [row, sample((2,), dt)])
        for indexing in ("xy", "ij"):
            for sparse in (False, True):
                put("meshgrid", [row, sample((2,), F64)], indexing=indexing, sparse=sparse)
                put("meshgrid", [row, sample((2,), F64), sample((4,), I32)], indexing=indexing, sparse=sparse)
            put("meshgrid", [row], indexing=indexing)
        put("meshgrid", [row, one])
        put("broadcast_arrays", [row, sample((2, 1), I32)])
        put("broadcast_arrays", [one, row, matrix])
        put("broadcast_arrays", [row, sample((2,), dt)])
        put("broadcast_arrays", [row])
        x = sample((5, 4), dt)
        for name in ("split", "array_split"):
            for parts in (1, 2, 5, 0, (2,), (1, 3), (2, 9), ()):
                put(name, x, indices_or_sections=parts)
            put(name, x, indices_or_sections=2, axis=1)
            put(name, x, indices_or_sections=(-1,), axis=-1)
            put(name, x, indices_or_sections=2, axis=2)
            put(name, np.zeros((0, 2), dt), indices_or_sections=2)
        put("array_split", x, indices_or_sections=7)
        put("array_split", sample((7,), dt), indices_or_sections=3)
        for axis, start in ((2, 0), (0, 3), (1, -1), (-1, 0), (0, 1), (3, 0), (0, 4)):
            put("rollaxis", sample((2, 3, 4), dt), axis=axis, start=start)
        for k in (0, 1, 2, 3, -1, 5):
            put("rot90", matrix, k=k)
        put("rot90", matrix)
        put("rot90", sample((2, 3, 2), dt), k=1, axes=(1, 2))
        put("rot90", sample((2, 3, 2), dt), k=1, axes=(-1, 0))
        put("rot90", row)
        put("rot90", matrix, axes=(0, 0))
        for mode in "constant edge reflect symmetric wrap maximum minimum".split():
            for width in (1, (1, 2), ((0, 1), (2, 0)), ((4, 0), (0, 5)), 0):
                put("pad", matrix, pad_width=width, mode=mode)
            put("pad", row, pad_width=7, mode=mode)
            put("pad", sample((1,), dt), pad_width=2, mode=mode)
            put("pad", np.zeros((0,), dt), pad_width=1, mode=mode)
            put("pad", row, pad_width=-1, mode=mode)
        put("pad", matrix, pad_width=1)
        put("pad", matrix, pad_width=((1, 1), (1, 1), (1, 1)))
        for value in (3, 2.7, -2.7, True):
            if dt != U8 or value > 0:
                put("pad", matrix, pad_width=1, constant_values=value)
    for dt in (F32, F64):
        put("pad", np.array([1.0, NAN, -INF], dt), pad_width=2, mode="maximum")


def matrices(put):
    for dt in ALL:
        x = sample((3, 4), dt)
        for k in (0, 1, -1, 5, -5):
            put("diag", x, k=k)
            put("diag", sample((2,), dt), k=k)
            put("diagonal", x, offset=k)
            put("trace", x, offset=k)
        put("diag", sample((2, 2, 2), dt))
        put("diag", sample((), dt))
        for kw in ({"axis1": 0, "axis2": 2}, {"axis1": -1, "axis2": 1, "offset": 1}, {"axis1": 1, "axis2": 1}, {}, {"axis1": 3}):
            put("diagonal", sample((2, 3, 4), dt), **kw)
            put("trace", sample((2, 3, 4), dt), **kw)
        put("trace", x, dtype=F64)
        put("trace", sample((3,), dt))
        for kw in ({}, {"k": 1}):
            put("tri", 3, dtype=dt, **kw)
        for other in ALL:
            put("kron", sample((2, 2), dt), sample((2,), other))
            put("polyval", sample((3,), dt, -2, 2), sample((2, 2), other, -3, 3))
            put("cross", sample((2, 3), dt), sample((3,), other))
            put("convolve", sample((4,), dt, -2, 2), sample((3,), other, -2, 2))
            put("einsum", [sample((2, 3), dt, -2, 2), sample((3, 2), other, -2, 2)], subscripts="ij,jk->ik")
        put("kron", sample((2,), dt), sample((3,), dt))
        put("kron", sample((2, 1, 2), dt), sample((3, 2), dt))
        put("kron", sample((), dt), sample((3, 2), dt))
        put("polyval", np.zeros((0,), dt), sample((2,), dt))
        put("polyval", sample((1,), dt), sample((), dt))
        put("polyval", sample((2, 2), dt), sample((2, 2), dt))
        for n in (2, 3):
            for m in (2, 3):
                put("cross", sample((2, n), dt), sample((2, m), dt))
        put("cross", sample((3, 2), dt), sample((3, 2), dt), axis=0)
        put("cross", sample((3, 2), dt), sample((2, 3), dt), axisa=0, axisb=1, axisc=0)
        put("cross", sample((4,), dt), sample((4,), dt))
        for mode in ("full", "same", "valid"):
            for n, m in ((5, 3), (5, 2), (2, 5), (3, 3), (1, 4), (4, 4)):
                put("convolve", sample((n,), dt, -2, 2), sample((m,), dt, -2, 2), mode=mode)
        put("convolve", sample((3,), dt), np.zeros((0,), dt))
        put("convolve", sample((3, 3), dt), sample((3,), dt))
        for kw in ({}, {"N": 4}, {"N": 2, "increasing": True}, {"N": 0}, {"N": -1})[:3 if dt == U8 else 5]:  # JAX counts down from N - 1 in uint8
            put("vander", sample((3,), dt, -3, 3), **kw)
        put("vander", sample((2, 2), dt))
        for subscripts, shapes in (("ii", [(3, 3)]), ("ii->i", [(3, 3)]), ("ij->ji", [(2, 3)]), ("i,j", [(2,), (3,)]), ("i,i", [(3,), (3,)]), ("bij,bjk->bik", [(2, 2, 3), (2, 3, 2)]),
                                   ("...ij,...j->...i", [(2, 2, 3), (3,)]), ("ij,jk,kl->il", [(2, 3), (3, 2), (2, 2)]), ("ij->", [(2, 3)]), ("ij,ij", [(2, 3), (3, 2)]), ("ij", [(3,)]), ("i->ij", [(3,)])):
            put("einsum", [sample(s, dt, -2, 2) for s in shapes], subscripts=subscripts)
        for n in (0, 1, 2, 3, 5):
            put("linalg.matrix_power", sample((2, 2), dt, -2, 2), n=n)
        put("linalg.matrix_power", sample((3, 2, 2), dt, -2, 2), n=3)
        put("linalg.matrix_power", sample((2, 3), dt), n=2)
        for kw in ({}, {"axis": 0}, {"axis": (0, 1)}, {"axis": -1, "keepdims": True}, {"keepdims": True}, {"ord": 1}, {"ord": INF}, {"ord": -1}, {"ord": -INF}, {"ord": "fro"},
                   {"ord": 1, "axis": 0}, {"ord": 0, "axis": 1}, {"ord": 3, "axis": 1}, {"ord": -2.5, "axis": 1}, {"ord": INF, "axis": (1, 0), "keepdims": True}, {"ord": 2, "axis": 1}, {"ord": "fro", "axis": 0},
                   {"axis": 2}, {"axis": (0, 0)}, {"ord": 1, "axis": (1, 1)}):
            put("linalg.norm", sample((2, 3), dt, 0.5, 3), **kw)
        for kw in ({}, {"ord": 1}, {"ord": 0}, {"ord": 3}, {"ord": INF}, {"ord": -INF}, {"ord": 0.5}, {"keepdims": True}, {"ord": "fro"}):
            put("linalg.norm", sample((4,), dt, 0.5, 3), **kw)
        for kw in ({}, {"ord": 1}, {"axis": (0, 2)}, {"ord": 1, "axis": (0, 2), "keepdims": True}, {"ord": "fro", "axis": (-1, -2)}, {"axis": (0, 1, 2)}):
            put("linalg.norm", sample((2, 3, 2), dt, 0.5, 3), **kw)
    put("linalg.norm", np.array([[NAN, 1.0], [INF, -2.0]]), axis=1)
    for kw in ({"M": 4}, {"M": 2, "k": -1}, {"k": 5}, {"k": -5}, {}):
        put("tri", 3, **kw)


def statistics(put):
    for dt in ALL:
        x = sample((2, 3, 4), dt, -9, 9)
        for kw in ({}, {"axis": 0}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)}, {"axis": (2, 0), "keepdims": True}, {"keepdims": True}, {"axis": 3}, {"axis": (0, 0)}):
            put("median", x, **kw)
            put("quantile", x, 0.4, **kw)
            put("quantile", x, np.array([0.0, 0.25, 1.0]), **kw)
        put("median", sample((), dt))
        put("median", sample((1,), dt))
        put("median", np.zeros((0, 2), dt))
        put("median", np.zeros((0, 2), dt), axis=0)
        put("quantile", sample((), dt), 0.5)
        put("quantile", np.zeros((0,), dt), 0.5)
        put("quantile", sample((3,), dt), np.array([[0.5, 0.25]]).reshape(2))
        for method in "linear lower higher midpoint nearest".split():
            for q in (0.0, 0.125, 0.25, 0.5, 0.625, 0.75, 1.0):
                put("quantile", sample((5,), dt, -9, 9), q, method=method)
                put("quantile", sample((9,), dt, -9, 9), q, method=method)
            put("quantile", sample((7,), dt, -9, 9), np.array([0.125, 0.4375, 0.875], F32), method=method)
            put("percentile", sample((5,), dt, -9, 9), 37.5, method=method)
        put("quantile", sample((4,), dt), 0.5, method="other")
        put("percentile", x, 30, axis=1)
        put("percentile", x, np.array([12.5, 50.0]), axis=(0, 1), keepdims=True)
        put("percentile", x, np.array([25, 75]))
        for kw in ({}, {"axis": 0}, {"axis": (0, 2)}, {"axis": 1, "keepdims": True}):
            put("average", x, **kw)
        for other in ALL:
            w = np.ones((3,), other) if other == BOOL else sample((3,), other, 1, 3)
            put("average", x, w, axis=1)
            put("average", sample((3,), dt), w)
            put("cov", sample((3,), dt), sample((3,), other))
            put("trapezoid", sample((3,), dt), np.array([0, 1, 3]).astype(other) if other != BOOL else np.array([1.0, 2.0, 4.0]))
        put("average", x, sample((2, 3, 4), F64, 1, 3), axis=0)
        put("average", x, sample((2, 3, 4), F64, 1, 3), axis=(0, 1), keepdims=True)
        put("average", x, sample((3,), F64, 1, 3))
        put("average", x, sample((2,), F64, 1, 3), axis=1)
        for kw in ({}, {"rowvar": False}, {"bias": True}, {"ddof": 0}, {"ddof": 2}):
            put("cov", sample((2, 4), dt), **kw)
        put("cov", sample((4,), dt))
        put("cov", sample((2, 4), dt), sample((2, 4), F32))
        put("cov", sample((4, 2), dt), sample((4, 2), dt), rowvar=False)
        put("cov", sample((1, 4), dt), rowvar=False)
        put("cov", sample((2, 2, 2), dt))
        put("cov", sample((2, 1), F64), ddof=1)
        put("corrcoef", np.array([[1, 2, 4, 0], [3, 1, 0, 2], [0, 2, 5, 7]]).astype(dt))
        put("corrcoef", np.array([1, 2, 0, 0]).astype(dt), np.array([3, 0, 1, 5]).astype(dt))
        put("corrcoef", np.array([[1, 0], [3, 1], [0, 0]]).astype(dt), rowvar=False)
        put("corrcoef", np.array([1, 2, 4]).astype(dt))
    for dt in (F32, F64):
        y = np.array([[NAN, 1.0, 2.0, 4.0], [INF, 1.0, 2.0, -INF], [1.0, 3.0, 2.0, 0.5]], dt)
        put("median", y, axis=1)
        put("median", y)
        put("quantile", y, 0.5, axis=1, method="lower")
        for q in (0.0, 0.5, 1.0):
            put("quantile", np.array([1.0, 2.0, INF], dt), q)
        put("quantile", y, np.array([0.5, 0.25]), axis=1, method="higher")


def curves(put):
    for dt in ALL:
        x = sample((3, 4), dt, -9, 9)
        for kw in ({}, {"dx": 2.0}, {"dx": 0.5, "axis": 0}, {"axis": -2}, {"axis": 2}):
            put("trapezoid", x, **kw)
        put("trapezoid", x, np.array([0.0, 1.0, 2.5, 3.0]))
        put("trapezoid", x, np.array([0, 1, 3], I32), axis=0)
        put("trapezoid", x, np.array([[0.0, 1.0, 2.0, 4.0], [1.0, 2.0, 3.0, 4.0], [0.0, 0.5, 1.0, 1.5]]))
        put("trapezoid", sample((1,), dt))
        points = np.array([0, 1, 1, 4]).astype(dt) if dt != BOOL else np.array([False, True])
        values = sample((len(points),), F64, -3, 3)
        if dt != BOOL:
            put("interp", np.array([-1.0, 0.0, 0.25, 0.5, 2.5, 4.0, 9.0]), points, values)
        put("interp", sample((2, 2), dt, 0, 4), np.array([0.0, 1.0, 2.5, 4.0]), sample((4,), dt, -3, 3))
        put("interp", sample((), dt, 0, 4), np.array([0.0, 1.0, 2.5, 4.0], F32), sample((4,), F32, -3, 3))
        put("interp", sample((5,), dt, -9, 9), np.array([0.0, 1.0, 2.5]), np.array([1.0, 3.0, -1.0]), left=-7.0, right=7.5)
        put("interp", sample((5,), dt, -9, 9), np.array([0.5, 3.0, 1.5]), np.array([1.0, 3.0, -1.0]), period=4.0)
        put("interp", sample((2,), dt), np.array([0.0, 1.0]), np.array([1.0, 2.0, 3.0]))
        for kw in ({}, {"edge_order": 2}):
            put("gradient", sample((5,), dt, -9, 9), **kw)
            put("gradient", sample((5,), dt, -9, 9), 0.5, **kw)
            put("gradient", sample((4,), dt, -9, 9), np.array([0.0, 1.0, 1.5, 4.0]), **kw)
            put("gradient", sample((2,), dt, -9, 9), **kw)
        put("gradient", sample((3,), dt, -9, 9), np.array([0, 1, 3], I32))
        put("gradient", x, axis=0)
        put("gradient", x, 2.0, axis=-1)
        put("gradient", x, np.array([0.0, 1.0, 3.0], F32), axis=0)
        put("gradient", x, n=2)
        put("gradient", sample((2, 3, 2), dt), 2.0, n=3)
        put("gradient", sample((1,), dt))
        put("gradient", sample((3,), dt), np.array([0.0, 1.0]))
        for kw in ({}, {"axis": 0}, {"discont": 5.0}, {"period": 4.0}, {"period": 4}, {"period": 5}):
            if dt != BOOL and dt != U8:
                put("unwrap", sample((3, 5), dt, -9, 9), **kw)
        put("unwrap", sample((1,), dt))
        for right in (False, True):
            for bins in ([0, 1, 2, 4], [4, 2, 1, 0], [3], [2, 2, 2]):
                put("digitize", sample((2, 4), dt, -1, 6), np.array(bins).astype(F32), right=right)
                if dt != BOOL:
                    put("digitize", sample((3,), F64, -1, 6), np.array(bins).astype(dt), right=right)
            put("digitize", sample((2,), dt), np.zeros((0,)), right=right)
        put("digitize", sample((2,), dt), np.zeros((2, 2)))
    for dt in (F32, F64):
        put("interp", np.array([NAN, 0.5, INF, -INF], dt), np.array([0.0, 1.0], dt), np.array([2.0, 3.0], dt))
        put("unwrap", np.array([0.0, 3.0, -3.0, 0.1, 6.5, NAN, 1.0], dt))
        put("gradient", np.array([0.0, INF, 1.0, NAN, 2.0], dt))
        put("digitize", np.array([NAN, INF, -INF, 1.0], dt), np.array([0.0, 1.0, 2.0], dt))
    put("unwrap", np.array([0.0, 3.141592653589793, 0.0, -3.141592653589793, 0.0]))
    for args in ((0, 2), (-1.0, 1.5), (2, 0), (1, 1)):
        for kw in ({"num": 4}, {}, {"num": 3, "endpoint": False}, {"num": 1}, {"num": 0}, {"num": 4, "base": 2.0}, {"num": 3, "dtype": F32}):
            put("logspace", *args, **kw)
    for args in ((1, 256), (1000.0, 1.0), (-1.0, -8.0), (2, 3), (0.5, 0.5), (0, 1), (1, 0), (1, -1)):
        for kw in ({"num": 4}, {}, {"num": 3, "endpoint": False}, {"num": 1}, {"num": 0}, {"num": 3, "dtype": F32}):
            put("geomspace", *args, **kw)


def weighed(put):
    """Weights of cov, the modes of pad that compute, the method of quantile that JAX has beside the first five."""
    for dt in ALL:
        x, often = sample((2, 4), dt), np.array([1, 2, 0, 3])
        much = np.array([0.5, 2.0, 1.0, 0.25])
        for kw in ({}, {"bias": True}, {"ddof": 2}):
            put("cov", x, None, often, **kw)
            put("cov", x, None, None, much, **kw)
            put("cov", x, None, often, much, **kw)
        put("cov", sample((4, 2), dt), sample((4, 3), F32), often, much, rowvar=False)
        put("cov", sample((4,), dt), sample((4,), dt), often)
        put("cov", sample((4,), dt), None, None, much.astype(F32))
        for other in ALL:
            put("cov", x, None, None, np.ones((4,), other) if other == BOOL else np.array([1, 2, 1, 3]).astype(other))
            put("cov", x, sample((4,), other), often)
        put("cov", x, None, often.astype(dt) if dt.kind == "f" else np.array([1, 2, 1]))
        put("cov", x, None, None, np.ones((2, 4)))
        put("cov", x, None, np.array(2))
        put("cov", x, None, np.array([1, 0, 0, 0]), ddof=3)
    put("cov", sample((2, 4), F64), None, np.array([True, False, True, True]))
    put("cov", sample((2, 4), F64), None, np.array([1, -2, 3, 4]))
    put("cov", sample((2, 4), F64), None, None, np.array([1.0, -2.0, 3.0, 4.0]))
    put("cov", np.array([[NAN, 1.0, 2.0], [3.0, 0.0, 1.0]]), None, np.array([1, 2, 3]))
    for dt in (BOOL, U8, I32, I64, F32, F64):  # of real numbers those whose means are exact
        matrix = np.array([[3, 7, 0, 2], [5, 1, 1, 9]]).astype(dt)
        row = np.array([4, 0, 6, 2, 8, 0, 4, 8]).astype(dt)
        for mode in ("mean", "median", "linear_ramp"):
            for width in (1, (1, 2), ((0, 1), (2, 0)), ((4, 0), (0, 4)), 0):
                put("pad", matrix, pad_width=width, mode=mode)
            put("pad", row, pad_width=4, mode=mode)
            put("pad", np.ones((1,), dt), pad_width=2, mode=mode)
            put("pad", np.zeros((0,), dt), pad_width=1, mode=mode)
            put("pad", row, pad_width=-1, mode=mode)
        for mode in ("maximum", "minimum", "mean", "median"):
            for length in (1, 2, (2, 4), ((2, 1), (1, 2)), 9, 0):
                put("pad", matrix, pad_width=((1, 1), (2, 1)), mode=mode, stat_length=length)
            put("pad", matrix, pad_width=1, mode=mode, stat_length=((1, 1), (1, 1), (1, 1)))
        if dt.kind in "iu":
            put("pad", np.array([0, 1, 3, 4]).astype(dt), pad_width=1, mode="mean", stat_length=2)  # halves go to the even neighbour
            put("pad", np.array([5, 3, 2, 7]).astype(dt), pad_width=3, mode="linear_ramp")
        for end in (2, 8.5):
            put("pad", matrix, pad_width=2, mode="linear_ramp", end_values=end)
    for dt in (F32, F64):
        for mode in ("mean", "median", "linear_ramp"):
            put("pad", np.array([1.0, NAN, 4.0, 2.0], dt), pad_width=2, mode=mode)
    for dt in (I64, F64):
        for n in (1, 4, 5, 8):
            for q in (0.0, 0.0625, 0.125, 0.25, 0.5, 0.625, 0.75, 0.9375, 1.0):
                put("quantile", sample((n,), dt, -9, 9), q, method="inverted_cdf")
        put("quantile", sample((2, 4), dt, -9, 9), np.array([0.25, 0.5, 0.875]), method="inverted_cdf", axis=1, keepdims=True)
        put("percentile", sample((3, 4), dt, -9, 9), 62.5, method="inverted_cdf", axis=0)
    put("quantile", np.array([[NAN, 1.0, 2.0, 3.0], [4.0, 1.0, 2.0, 3.0]]), 0.5, method="inverted_cdf", axis=1)


def divisors(put):
    for name in ("gcd", "lcm"):
        for a in ALL:
            for b in ALL:
                put(name, sample((2, 3), a, -60, 60), sample((3,), b, -60, 60))
                put(name, sample((), a, -60, 60), sample((2,), b, -60, 60))
        for dt in (U8, I32, I64, BOOL):
            x = np.array([0, 1, 2, 3, 4, 6, 12, 18, 35, 60, 64, 97, 120]).astype(dt)
            put(name, x[:, None], x[None, :])
            put(name, np.zeros((0, 2), dt), x[:2])
            put(name, x[:3], x[:4])
            for number in (12, 0, True, 2.5):
                put(name, x, number)
                put(name, number, x)
        for dt in (I32, I64):
            x = np.array([0, -1, 5, -6, 12, np.iinfo(dt).max, -np.iinfo(dt).max, np.iinfo(dt).max - 1], dt)
            put(name, x[:, None], x[None, :])
            put(name, x, -18)
        put(name, np.array([3, 250], U8), 300)


def binned(put):
    """Histograms, with values and ends of bins that are exact; functions of lines; pads that turn round an element."""
    for dt in ALL:
        x = np.array([0, 1, 1, 3, 8, 2, 7, 4, 5, 8, 6, 1]).astype(dt)
        w = np.array([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 4])
        for fn in ("histogram", "histogram_bin_edges"):
            for bins, kw in ((4, {}), (8, {}), (1, {}), (4, {"range": (0, 8)}), (4, {"range": (2.0, 6.0)}), (2, {"range": (1, 1)}), (2, {"range": (-8, -4)}), (16, {"range": (0.0, 8.0)})):
                put(fn, x, bins, **kw)
            put(fn, x.reshape(3, 4), 4)
            put(fn, x[1:3], 2)
            put(fn, np.asarray(x[4]), 2)
            put(fn, np.zeros((0,), dt), 2, range=(0, 1))
            put(fn, np.zeros((0,), dt), 2)
            for ends in ([0, 2, 4, 8], [1, 3, 3, 7], [2], [-1, 100], [9, 10]):
                for to in (I32, F32, F64):
                    put(fn, x, np.array(ends, to))
        for kw in ({}, {"range": (0, 4)}):
            put("histogram", x, 4, density=True, **kw)
            for other in ALL:
                put("histogram", x, 4, w.astype(other), **kw)
                put("histogram", x, 4, w.astype(other), density=True, **kw)
        for other in ALL:
            put("histogram", x, np.array([0, 2, 4, 8]), w.astype(other))
            put("histogram", x, np.array([0.5, 2.5, 8.0]), w.astype(other), density=True)
        put("histogram", x, 4, np.full((12,), 100, U8))
        put("histogram", x.reshape(3, 4), 4, np.array([[0.5, 1.0, 2.0, 0.25]] * 3))
        put("histogram", x, 2, np.ones((4,), dt))
        put("histogram", x, 0)
        for func in ("sum", "sort", "outer", "double"):
            for axis in (0, 1, -1):
                put("apply_along_axis", sample((2, 3, 2), dt, 0, 3), func=func, axis=axis)
            put("apply_along_axis", sample((3,), dt, 0, 3), func=func, axis=0)
            put("apply_along_axis", sample((2, 3), dt, 0, 3), func=func, axis=2)
            put("apply_along_axis", sample((2, 0), dt, 0, 3), func=func, axis=0)
        put("apply_along_axis", sample((2, 0), dt, 0, 3), func="sum", axis=1)
        matrix, row = sample((3, 4), dt, -9, 9), np.array([1, 3, 2, 7]).astype(dt)
        for mode in ("reflect", "symmetric"):
            for width in (1, 2, (2, 0), (0, 2), ((1, 2), (2, 1)), 0):
                put("pad", matrix, pad_width=width, mode=mode, reflect_type="odd")
            for width in (3, 4, 7, (9, 2), (1, 11)):
                put("pad", row, pad_width=width, mode=mode, reflect_type="odd")
            put("pad", row[:1], pad_width=2, mode=mode, reflect_type="odd")
            put("pad", row, pad_width=2, mode=mode, reflect_type="even")
            put("pad", np.zeros((0,), dt), pad_width=1, mode=mode, reflect_type="odd")
        put("pad", row, pad_width=1, mode="constant", reflect_type="odd")
        for ends in ((2, 8), ((0, 4), (8, 2)), ((1, 2), (3, 4), (5, 6)), 4):
            put("pad", np.array([[0, 4], [8, 2]]).astype(dt), pad_width=2, mode="linear_ramp", end_values=ends)
        for to in ALL:
            if not (dt.kind == "f" and to.kind in "iu"):
                put("asarray", sample((2, 3), dt, 0, 9), dtype=to)
        put("asarray", sample((2, 0), dt))
        put("asarray", sample((), dt))
    for dt in (F32, F64):
        put("histogram", np.array([NAN, 0.0, 1.0, INF, 2.0, -INF], dt), 2, range=(0, 2))
        put("histogram", np.array([NAN, 0.0, 1.0, INF, 2.0, -INF], dt), np.array([0.0, 0.5, 2.0]))
        put("histogram_bin_edges", sample((9,), dt), 7)
        put("histogram_bin_edges", sample((9,), dt), 3, range=(-0.3, 1.7))
    for number in (2, 2.5, True):
        put("asarray", number)
        put("asarray", number, dtype=F32)


def shares(put, singles=True):
    """Quantiles of what is weighed; JAX refuses those in float32."""
    for dt in (BOOL, U8, I32, I64, F32, F64):
        x = np.array([[3, 1, 2, 7, 5], [9, 9, 1, 0, 4]]).astype(dt)
        w = np.array([[1, 2, 1, 3, 1], [1, 0, 2, 0, 1]])
        for weights in (w.astype(I64), w.astype(F32), w.astype(F64), w.astype(U8)):
            double = F64 in (dt, weights.dtype) or (I64 in (dt, weights.dtype) and "f" not in (dt.kind, weights.dtype.kind))
            if not (double or singles):
                continue
            for q in (0.0, 0.125, 0.25, 0.5, 0.75, 1.0):
                put("quantile", x, q, weights, axis=1, method="inverted_cdf")
            put("quantile", x, np.array([0.25, 0.5, 0.875]), weights, axis=1, method="inverted_cdf", keepdims=True)
            put("quantile", x, 0.5, weights, method="inverted_cdf")
            put("quantile", x, 0.5, weights[0], axis=1, method="inverted_cdf")
            put("percentile", x, 62.5, weights[0], axis=1, method="inverted_cdf", keepdims=True)
            put("percentile", x, np.array([25.0, 50.0]), weights, axis=0, method="inverted_cdf")
            put("quantile", x, 0.5, weights, axis=(0, 1), method="inverted_cdf", keepdims=True)
        put("quantile", x, 0.5, w, axis=1)
        put("quantile", x, 0.5, w[0], method="inverted_cdf")
        put("quantile", x, 0.5, w[0], axis=0, method="inverted_cdf")
    put("quantile", np.array([[NAN, 1.0, 2.0], [4.0, 1.0, 2.0]]), 0.5, np.array([[1.0, 2.0, 1.0]] * 2), method="inverted_cdf", axis=1)
    put("quantile", np.array([1.0, 2.0, 4.0]), 0.5, np.array([1.0, -2.0, 1.0]), method="inverted_cdf")


def filled_ends(put):
    """`pad` with a constant of its own for each end."""
    each = [(1, 2), ((1, 2), (3, 4)), ((5, 6),), (2.7, -1.5), ((1, 2.5), (-3.7, 4)), (True, False), ((True, 2), (3, 0)), ((300, 1), (2, 3)), (300, -1), (2**40, 3), ((1, 2), (3, 2**53 + 1)),
            ((1, 2), (3, 4), (5, 6)), (NAN, INF), ((NAN, 1.0), (2.0, -INF)), ((1, 1), (2.0, 3e9))]
    for dt in ALL:
        matrix = np.array([[1, 0, 2], [3, 1, 1]]).astype(dt)
        for values in each:
            for width in (1, ((1, 2), (0, 3))):
                put("pad", matrix, pad_width=width, constant_values=values)
            put("pad", matrix[0], pad_width=(2, 1), mode="constant", constant_values=values)
        put("pad", sample((), dt), pad_width=1, constant_values=(1, 2))
        put("pad", np.zeros((0, 2), dt), pad_width=1, constant_values=((1, 2), (3, 4)))
        put("pad", matrix, pad_width=1, mode="edge", constant_values=(1, 2))
        put("pad", np.ones((2, 1, 2)).astype(dt), pad_width=((0, 1), (2, 0), (1, 1)), constant_values=((1, 2), (3, 4), (5, 6)))


def frequencies(put):
    for name in ("fftfreq", "rfftfreq"):
        for n in (1, 2, 5, 8, 0, -3):
            put("fft." + name, n=n)
        put("fft." + name, n=5, d=0.1)
        put("fft." + name, n=6, d=3)
    for dt in ALL:
        for name in ("fftshift", "ifftshift"):
            for shape in ((5,), (4,), (3, 4), (2, 3, 4), (0, 2), ()):
                put("fft." + name, sample(shape, dt))
            for over in (0, -1, (0,), (1, 2), (2, -3), (3,), ()):
                put("fft." + name, sample((2, 3, 4), dt), axes=over)


PARTS = [elements, joined, matrices, statistics, curves, linalg_calls.numpy_part]
LATER = [weighed, divisors, binned]  # after all else, so that the files grow at their ends
LAST = [filled_ends, frequencies]
SIGNS = {"linalg." + name: signs for name, signs in linalg_calls.SIGNS.items()}
EXACT = set("real imag conj conjugate atleast_1d atleast_2d isin append select vstack hstack dstack column_stack meshgrid broadcast_arrays split array_split rollaxis rot90 pad diag diagonal tri "
            "digitize gcd lcm asarray fft.fftshift fft.ifftshift".split())
REDUCED = set("apply_along_axis histogram histogram_bin_edges trace kron polyval cross convolve einsum vander linalg.matrix_power linalg.norm median quantile percentile average cov corrcoef trapezoid interp gradient unwrap logspace "
              "geomspace".split()) | {"linalg." + name for name in linalg_calls.DECOMPOSED}


LOOSE = {"logspace", "geomspace"}  # powers of numbers that are rounded


def spelled(framework, fn):
    """The function of `framework` by its name here, where it is called otherwise."""
    if fn == "einsum":
        return lambda operands, subscripts: framework.einsum(subscripts, *operands)
    if fn in ("meshgrid", "broadcast_arrays"):
        return lambda operands, **kw: getattr(framework, fn)(*operands, **kw)
    if fn == "histogram":
        return lambda a, bins, weights=None, **kw: framework.histogram(a, bins, weights=weights, **kw)
    if fn in ("quantile", "percentile"):
        return lambda a, q, weights=None, **kw: getattr(framework, fn)(a, q, **({} if weights is None else {"weights": weights}), **kw)
    if fn == "apply_along_axis":
        made = {"sum": lambda v: v.sum(), "sort": framework.sort, "outer": lambda v: framework.outer(v, v), "double": lambda v: v + v}
        return lambda x, func, axis: framework.apply_along_axis(made[func], axis, x)
    if fn == "cov":
        return lambda m, y=None, fweights=None, aweights=None, **kw: framework.cov(m, y, fweights=fweights, aweights=aweights, **kw)
    if fn == "average":
        return lambda a, weights=None, **kw: framework.average(a, weights=weights, **kw)
    if fn == "gradient":
        return lambda f, *h, n=None, **kw: [framework.gradient(f, *h, **kw)] if n is None else list(framework.gradient(f, *h, **kw))
    if fn in ("split", "array_split"):
        return lambda x, indices_or_sections, **kw: getattr(framework, fn)(x, list(indices_or_sections) if isinstance(indices_or_sections, tuple) else indices_or_sections, **kw)
    if fn == "astype":
        return lambda x, dtype: framework.astype(x, dtype)
    if fn.startswith(("linalg.", "fft.")):
        module, name = fn.split(".")
        return getattr(getattr(framework, module), name)
    return getattr(framework, fn)
