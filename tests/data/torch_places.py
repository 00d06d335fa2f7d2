"""Calls of torch's functions that put something to the places of a mask or to slices that an index names, in place and not, and elementwise ones that came with
them. Each part takes `put` of make_torch.py.
"""
import torch

from torch_linalg import B, DTYPES, F32, F64, I32, I64, places, t

EXACT = set("index_fill masked_scatter index_fill_ masked_scatter_ scatter_ scatter_add_ index_add_ index_copy_ index_put_ H".split())
REDUCED = {"addmv"}
SQUARED = {"addmv"}


def in_place(name):
    return lambda x, *rest, **kw: getattr(x.clone(), name)(*rest, **kw)


def along(function):
    """A function whose second argument is the dim."""
    return lambda x, *rest, dim, **kw: function(x, dim, *rest, **kw)


SHIMS = {
    "torch.index_fill": along(torch.index_fill),
    "Tensor.index_put_": lambda indices, x, values, **kw: x.clone().index_put_(tuple(indices), values, **kw),
    "Tensor.H": lambda x: x.H,
} | {"Tensor.%s_" % name: along(in_place(name + "_")) for name in ("scatter", "scatter_add", "index_add", "index_copy", "index_fill")}


def refused(fn, inputs, kwargs):
    """Why the frontend takes less than torch here; it says so in torch.hpp. Else nothing."""
    name = fn.split(".")[1]
    if name.startswith("index_put") and len(inputs[0]) > 1 and any(i.dtype == B for i in inputs[0]):
        return "a mask beside other indices"
    if name == "addmv" and any(isinstance(v, float) for v in kwargs.values()) and not inputs[0].dtype.is_floating_point:
        return "a real factor for integers, which torch cuts"
    return None


def mask(*shape):
    return t(shape, B)


def fills(put):
    for dt in DTYPES:
        x, row = t((3, 4), dt), t((5,), dt)
        for fn in ("torch.index_fill", "Tensor.index_fill_"):
            put(fn, x, torch.tensor([0, -1]), 2, dim=1)
            put(fn, x, torch.tensor([2, 0, 2]), 2.5, dim=0)
            put(fn, row, torch.tensor(3), True, dim=-1)
            put(fn, x, torch.tensor([1]), t((), F32).abs(), dim=-2)  # torch refuses numbers that uint8 does not hold
            put(fn, t((2, 3, 4), dt), torch.tensor([1, 2]), 7, dim=1)
        put("torch.index_fill", x, torch.tensor([], dtype=I64), 2, dim=0)
        put("torch.index_fill", t((), dt), torch.tensor(0), 2, dim=0)
        put("torch.index_fill", x, torch.tensor([0, 3]), 2, dim=0)
        put("torch.index_fill", x, torch.tensor([0, -4]), 2, dim=0)
        put("torch.index_fill", x, torch.tensor([[0]]), 2, dim=0)
        put("torch.index_fill", x, torch.tensor([0], dtype=I32), 2, dim=0)
        put("torch.index_fill", x, torch.tensor([0]), t((1,), dt), dim=0)
        put("torch.index_fill", x, torch.tensor([0]), 300, dim=0)
        put("torch.index_fill", x, torch.tensor([0]), -1, dim=0)
        for fn in ("torch.masked_scatter", "Tensor.masked_scatter_"):
            put(fn, x, mask(3, 4), t((3, 4), dt))
            put(fn, x, mask(4), t((2, 8), dt))
            put(fn, x, mask(3, 1), t((13,), dt))
            put(fn, row, mask(2, 5), t((10,), dt))
            put(fn, x, torch.tensor([True, False, True, True]), t((8,), dt))
            put(fn, x, torch.tensor([True, False, True, True]), t((9,), dt))
            put(fn, x, torch.zeros((3, 4), dtype=B), torch.zeros((0,), dtype=dt))
            put(fn, x, torch.ones((3, 4), dtype=B), torch.zeros((0,), dtype=dt))
            put(fn, t((), dt), torch.tensor(True), t((2,), dt))
            put(fn, x, mask(3, 4), t((3, 4), F64 if dt != F64 else F32))
            put(fn, x, mask(3, 3), t((3, 4), dt))
            put(fn, x, places((3, 4), 2), t((3, 4), dt))
    put("torch.masked_scatter", t((0, 3), F32), mask(3), t((2,), F32))


def masks(put):
    for dt in DTYPES:
        x = t((3, 4), dt)
        some, rows = torch.tensor([[True, False, True, True], [False] * 4, [True, True, False, False]]), torch.tensor([True, False, True])
        for kw in ({}, {"accumulate": True}):
            put("torch.index_put", [some], x, t((), dt), **kw)
            put("torch.index_put", [some], x, t((1,), dt), **kw)
            put("torch.index_put", [some], x, t((5,), dt), **kw)
            put("torch.index_put", [some], x, t((4,), dt), **kw)
            put("torch.index_put", [some], x, t((6,), dt), **kw)
            put("torch.index_put", [rows], x, t((2, 4), dt), **kw)
            put("torch.index_put", [rows], x, t((4,), dt), **kw)
            put("torch.index_put", [rows], x, t((1, 4), dt), **kw)
            put("torch.index_put", [rows], x, t((2, 1), dt), **kw)
            put("torch.index_put", [rows], x, t((3, 4), dt), **kw)
            put("torch.index_put", [rows], x, t((2,), dt), **kw)
        put("torch.index_put", [some & False], x, t((), dt))
        put("torch.index_put", [some & False], x, t((0,), dt))
        put("torch.index_put", [some], x, t((0,), dt))
        put("torch.index_put", [mask(3, 3)], x, t((), dt))
        put("torch.index_put", [mask(3, 4, 1)], x, t((), dt))
        put("torch.index_put", [rows, torch.tensor([1, 2])], x, t((), dt))
        put("torch.index_put", [some], x, t((), F64 if dt != F64 else F32).abs())
        put("torch.index_put", [some], x, t((), F64 if dt != F64 else F32), accumulate=True)
        put("torch.index_put", [some], x, t((1,), F64 if dt != F64 else F32).abs())
        put("torch.index_put", [rows], x, t((4,), F64 if dt != F64 else F32))
        put("torch.index_put", [rows], t((3, 2, 2), dt), t((2, 2), dt))


def changes(put):
    for dt in DTYPES:
        x, row = t((3, 4), dt), t((5,), dt)
        for name in ("scatter_", "scatter_add_"):
            fn = "Tensor." + name
            put(fn, row, torch.tensor([2, 0, 2, 2]), t((6,), dt), dim=-1)
            put(fn, x, places((2, 3), 3, I32), t((2, 4), dt), dim=1)
            put(fn, x, torch.tensor([[0, -1]]), t((1, 2), dt), dim=1)
            put(fn, x, places((3, 4), 3), t((3, 4), F64 if dt != F64 else F32), dim=0)
        put("Tensor.scatter_", x, places((2, 3), 4), True if dt == B else 2, dim=1)
        for name in ("index_add_", "index_copy_"):
            fn = "Tensor." + name
            put(fn, x, torch.tensor([2, 0]), t((3, 2), dt), dim=1)
            put(fn, x, torch.tensor([0, 3]), t((2, 4), dt), dim=0)
            put(fn, x, torch.tensor([2, 0]), t((2, 3), dt), dim=0)
        if dt != B:
            put("Tensor.index_add_", x, torch.tensor([1, 1, 0]), t((3, 4), dt), dim=0, alpha=3)
        for kw in ({}, {"accumulate": True}):
            put("Tensor.index_put_", [torch.tensor([0, 2, 0]), torch.tensor([1, -1, 1])], x, t((3,), dt), **kw)
            put("Tensor.index_put_", [torch.tensor([True, False, True])], x, t((4,), dt), **kw)
        put("Tensor.index_put_", [torch.tensor([0, 3])], x, t((2, 4), dt))
        put("Tensor.H", x)
        put("Tensor.H", t((), dt))
    put("Tensor.H", t((2, 3, 4), F32))


def elementwise(put):
    nan, inf = float("nan"), float("inf")
    for dt in DTYPES:
        for other in DTYPES:
            put("torch.xlogy", t((2, 3), dt), abs(t((3,), other).to(F32)).to(other) if other != B else t((3,), other))
        put("torch.xlogy", t((3,), dt), 2.5)
        put("torch.xlogy", 2, t((3,), dt).abs() if dt != B else t((3,), dt))
        put("torch.logit", t((5,), dt))
        put("torch.logit", t((5,), dt), eps=0.25)
        put("torch.addmv", t((3,), dt), t((3, 4), dt), t((4,), dt))
        put("torch.addmv", t((1,), dt), t((3, 4), dt), t((4,), dt), beta=2, alpha=3)
        put("torch.addmv", t((), dt), t((3, 4), dt), t((4,), dt), beta=0)
        put("torch.addmv", t((3,), dt), t((3, 4), dt), t((4,), dt), beta=0.5)
        put("torch.addmv", t((3,), dt), t((3, 4), dt), t((4,), F64 if dt != F64 else F32))
    for dt in (F32, F64):
        shares = torch.tensor([0.0, 1.0, 0.5, 0.125, 1e-6, 1 - 2**-20, nan, inf, -inf, -0.5, 2.0], dtype=dt)
        put("torch.logit", shares)
        put("torch.logit", shares, eps=0.125)
        put("torch.logit", shares, eps=0.0)
        values = torch.tensor([0.0, -0.0, 1.0, nan, inf, -inf, -1.0], dtype=dt)
        put("torch.xlogy", values.reshape(-1, 1), values)
    put("torch.addmv", t((2,), F32), t((3, 4), F32), t((4,), F32))
    put("torch.addmv", t((3,), F32), t((3, 4), F32), t((3,), F32))
    put("torch.addmv", t((3,), F32), t((4,), F32), t((4,), F32))


PARTS = [fills, masks, changes, elementwise]
