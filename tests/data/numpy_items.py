"""Writes to parts of NumPy's arrays: "ndarray.setitem" and "ndarray.additem". Inputs are the array, the values, and an index, or a keyword `key` as
array_keys.py reads it.
"""
import numpy as np

from array_keys import key_of
from case_values import ALL, BOOL, F32, F64, I64, sample


def changed(adds):
    def call(x, values, *indices, key=None):
        x = x.copy()
        where = key_of(key) if key is not None else indices[0]
        if adds:
            x[where] += values
        else:
            x[where] = values
        return x

    return call


SHIMS = {"ndarray.setitem": changed(False), "ndarray.additem": changed(True)}
EXACT = set(SHIMS)


def refused(fn, inputs, kwargs):
    """Why the frontend takes less than NumPy here, on purpose; it says so in numpy.hpp. Else nothing."""
    if len(inputs) == 3 and inputs[2].dtype == BOOL and np.ndim(inputs[1]) > inputs[0].ndim - inputs[2].ndim:
        return "as many values as a mask takes"
    return None


def items(put):
    mask = np.array([[1, 0, 1, 1], [0, 0, 0, 0], [1, 1, 0, 0]], bool)
    for fn in SHIMS:
        for dt in ALL:
            x = sample((3, 4), dt, 1, 5)
            for other in ALL:
                put(fn, x, sample((4,), other, 1, 3), key=[1])
            for value in (2, 2.5, True, 300):
                if fn == "ndarray.setitem" or value == 2:
                    put(fn, x, value, key=[["", "", 2], -1])
            put(fn, x, sample((2, 4), dt, 1, 3), key=[["", 2]])
            put(fn, x, sample((2, 1), dt, 1, 3), key=[["", "", -2], [1, 3]])
            put(fn, x, sample((3,), dt, 1, 3), key=["...", 0])
            put(fn, x, sample((1, 4), dt, 1, 3), key=[0, "newaxis"])
            put(fn, x, sample((), dt, 1, 3), key=["..."])
            put(fn, x, sample((4,), dt, 1, 3), key=[3])
            put(fn, x, sample((4,), dt, 1, 3), key=[[2, 2]])
            put(fn, x, sample((3,), dt, 1, 3), key=[1])
            put(fn, x, sample((2, 4), dt, 1, 3), np.array([2, 0]))
            put(fn, x, sample((4,), dt, 1, 3), np.array([2, 0, 2, -3], np.int32))
            put(fn, x, sample((2, 1), dt, 1, 3), np.array([2, 2]))
            put(fn, x, 2, np.array([[0], [-1]]))
            put(fn, x, sample((), dt, 1, 3), np.array(1))
            put(fn, x, 2, np.array([0, 3]))
            put(fn, x, 2, np.array([0, -4]))
            put(fn, x, 2, np.array([1.0]))
            put(fn, x, sample((3,), dt, 1, 3), np.array([2, 0]))
            put(fn, x, 2, np.zeros((0,), I64))
            put(fn, x, 2, mask)
            put(fn, x, sample((), F64, 1, 3), mask)
            put(fn, x, sample((4,), dt, 1, 3), mask[:, 0])
            put(fn, x, sample((6,), dt, 1, 3), mask)
            put(fn, x, 2, mask[:2])
        for dt in (F32, F64):
            put(fn, sample((3,), dt, 1, 3), np.array([np.nan, np.inf, -0.0], dt), key=["..."])
    put("ndarray.setitem", sample((3,), F32, 1, 3), sample((1, 3), F32, 1, 3), key=["..."])
    put("ndarray.setitem", sample((3,), F32, 1, 3), sample((1, 1), F32, 1, 3), key=[1])
