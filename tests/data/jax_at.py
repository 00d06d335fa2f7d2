"""Calls of `x.at[key]` of JAX's arrays: "at.set" and its like. Inputs are the array, the values, and indices, or a keyword `key` as array_keys.py reads it."""
import jax.numpy as jnp
import numpy as np

from array_keys import key_of
from case_values import ALL, BOOL, F32, F64, I32, I64, U8, sample

HOWS = "set add subtract multiply divide power min max".split()
EXACT = {"at." + how for how in HOWS if how != "power"}
REDUCED = {"at.power"}


def changed(how):
    def call(x, values, *indices, key=None):
        return getattr(jnp.asarray(x).at[tuple(indices) if key is None else key_of(key)], how)(values)

    return call


SHIMS = {"at." + how: changed(how) for how in HOWS}


def refused(fn, inputs, kwargs):
    """Why the frontend takes less than JAX here, on purpose; it says so in jax.hpp. Else nothing."""
    if len(inputs) == 3 and inputs[2].dtype == BOOL and np.ndim(inputs[1]) > inputs[0].ndim - inputs[2].ndim:
        return "as many values as a mask takes"
    return None


def keys(put):
    for how in HOWS:
        fn = "at." + how
        for dt in ALL:
            x = sample((3, 4), dt, 1, 5)
            for other in ALL:
                put(fn, x, sample((4,), other, 1, 3), key=[1])
            for value in (2, 2.5, True, -1, 300):
                if how != "power" or dt.kind == "f" or value == 2:
                    put(fn, x, value, key=[["", "", 2], -1])
            put(fn, x, sample((2, 4), dt, 1, 3), key=[["", 2]])
            put(fn, x, sample((2, 1), dt, 1, 3), key=[["", "", -2], [1, 3]])
            put(fn, x, sample((3,), dt, 1, 3), key=["...", 0])
            put(fn, x, sample((1, 4), dt, 1, 3), key=[0, "newaxis"])
            put(fn, x, sample((), dt, 1, 3), key=["..."])
            put(fn, x, sample((4,), dt, 1, 3), key=[3])
            put(fn, x, sample((), dt, 1, 3), key=[0, -5])
            put(fn, x, sample((4,), dt, 1, 3), key=[[2, 2]])
            put(fn, x, sample((1, 4), dt, 1, 3), key=[1])
            put(fn, x, sample((3,), dt, 1, 3), key=[1])
            put(fn, x, 2, key=[0, 0, 0])
            put(fn, sample((), dt, 1, 3), 2, key=["..."])
    for dt in (F32, F64):
        for values in (np.array([np.nan, np.inf, -0.0], dt), np.array([1e12, -1e300 if dt == F64 else -1e30, 2.5], dt)):
            for of in (I32, I64, U8, F32):
                put("at.set", sample((3,), of, 1, 3), values, key=["..."])


def indices(put):
    some, twice, far = np.array([2, 0]), np.array([1, 1, 0], np.int32), np.array([0, 3, -4, -1])
    for how in HOWS:
        fn = "at." + how
        for dt in ALL:
            x = sample((3, 4), dt, 1, 5)
            put(fn, x, sample((2, 4), dt, 1, 3), some)
            put(fn, x, sample((4,), F64, 1, 3), some)
            put(fn, x, 2, some)
            put(fn, x, sample((4, 1), dt, 1, 3), far)
            put(fn, x, sample((), dt, 1, 3), np.array(-1))
            put(fn, x, sample((2,), dt, 1, 3), some, np.array([1, 3]))
            put(fn, x, sample((2, 1), dt, 1, 3), some.reshape(2, 1), np.array([1, 7]))
            if how != "power":  # of which a mask or an index of another dtype would be widened with the elements
                put(fn, x, sample((4,), dt, 1, 3), np.array([1, 0], np.uint8))
            put(fn, x, sample((3,), dt, 1, 3), some)
            put(fn, x, 2, np.zeros((0,), I64))
            put(fn, x, 2, some.astype(F32))
            put(fn, x, 2, some, some, some)
            if how == "power":
                continue
            mask = np.array([[1, 0, 1, 1], [0, 0, 0, 0], [1, 1, 0, 0]], bool)
            put(fn, x, 2, mask)
            put(fn, x, sample((), F64, 1, 3), mask)
            put(fn, x, sample((4,), dt, 1, 3), mask[:, 0])
            put(fn, x, sample((5,), dt, 1, 3), mask)
            put(fn, x, 2, mask[:2])
            if how != "set":  # which one counts is left open, and so is the order in which three are multiplied
                if how != "multiply" or dt.kind != "f":
                    put(fn, x, sample((3, 4), dt, 1, 3), twice)
                put(fn, x, 2, twice)
    for dt in (F32, F64):
        put("at.max", np.array([1.0, 2.0], dt), np.array([np.nan, 3.0, 5.0], dt), np.array([0, 1, 1]))
        put("at.min", np.array([np.nan, 2.0], dt), np.array([1.0, 3.0, -np.inf], dt), np.array([0, 1, 1]))


PARTS = [keys, indices]
