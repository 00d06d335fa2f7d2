"""Calls of torch's linear algebra, and of what writes to the places of an index. Each part takes `put` of make_torch.py."""
import torch

import case_values
import linalg_calls

B, U8, I32, I64, F32, F64 = torch.bool, torch.uint8, torch.int32, torch.int64, torch.float32, torch.float64
DTYPES = [B, U8, I32, I64, F32, F64]
EXACT = set("scatter scatter_add index_add index_copy index_put".split())
REDUCED = set("det inverse inv solve cholesky slogdet qr eigh eigvalsh svd svdvals pinv pinverse cond lstsq matrix_norm solve_triangular".split())
SIGNS = {"linalg." + name: signs for name, signs in linalg_calls.SIGNS.items()}
SQUARED = REDUCED
SHIMS = {
    "linalg.lstsq": lambda A, B, **kw: torch.linalg.lstsq(A, B, **kw)[::2],  # the solution and the rank
    "torch.scatter": lambda x, index, src, dim: torch.scatter(x, dim, index, src),
    "torch.scatter_add": lambda x, index, src, dim: torch.scatter_add(x, dim, index, src),
    "torch.index_copy": lambda x, index, src, dim: torch.index_copy(x, dim, index, src),
    "torch.index_add": lambda x, index, src, dim, **kw: torch.index_add(x, dim, index, src, **kw),
    "torch.index_put": lambda indices, x, values, **kw: torch.index_put(x, tuple(indices), values, **kw),
}


def t(shape, dtype):
    x = case_values.generator(shape, str(dtype), "linalg").integers(-24, 25, shape)
    return torch.tensor(x > 0) if dtype == B else torch.tensor(abs(x)).to(dtype) if dtype == U8 else torch.tensor(x / 8 if dtype.is_floating_point else x).to(dtype)


def places(shape, n, dtype=I64, low=0):
    return torch.tensor(case_values.generator(shape, str(dtype), "places", n, low).integers(low, n, shape)).to(dtype)


def refused(fn, inputs, kwargs):
    """Why the frontend takes less than torch here; it says so in torch.hpp. Else nothing."""
    name = fn.split(".")[1]
    if name == "index_add" and isinstance(kwargs.get("alpha"), float) and not inputs[0].dtype.is_floating_point:
        return "a real alpha for integers, which torch cuts"
    if name in ("cond", "eigh", "eigvalsh") and not inputs[0].dtype.is_floating_point:
        return "a matrix without elements, of integers"
    if name == "solve_triangular" and inputs[0].dtype != inputs[1].dtype:
        return "two dtypes"
    return None


def linalg(put):
    for name, inputs, kwargs in linalg_calls.calls(powers=False):
        if name == "cholesky" and any((x != x).any() for x in inputs):
            continue  # torch finds NaN not positive, and NumPy lets it pass
        tensors = [torch.tensor(x) for x in inputs]
        put("linalg." + name, *tensors, **kwargs)
        if name == "solve" and inputs[0].dtype == inputs[1].dtype and inputs[0].dtype.kind == "f":
            put("linalg.solve", *tensors, left=False)
        if name in ("det", "slogdet") and inputs[0].ndim < 4:
            put("torch." + name, *tensors)
        if name == "inv":
            put("torch.inverse", *tensors)
    for n in (-1, -2):
        put("linalg.matrix_power", torch.tensor(linalg_calls.regular((2, 2), case_values.F32)), n=n)
        put("linalg.matrix_power", torch.tensor(linalg_calls.regular((2, 2, 2), case_values.F64)), n=n)
        put("linalg.matrix_power", torch.tensor(linalg_calls.regular((2, 2), case_values.I32)), n=n)


def decompositions(put):
    for name, inputs, kwargs in linalg_calls.decompositions():
        if name in ("norm", "vector_norm") or name == "pinv" and "rcond" in kwargs:
            continue
        kwargs = {{"tol": "atol", "keepdims": "keepdim"}.get(k, k): v for k, v in kwargs.items()}
        put("linalg." + name, *[torch.tensor(x) for x in inputs], **kwargs)
        if name == "pinv" and not kwargs and inputs[0].ndim == 2:
            put("torch.pinverse", torch.tensor(inputs[0]))
            put("torch.pinverse", torch.tensor(inputs[0]), rcond=0.5)
        if name == "matrix_rank" and "rtol" in kwargs:
            put("linalg.pinv", torch.tensor(inputs[0]), atol=kwargs["rtol"])
            put("linalg.pinv", torch.tensor(inputs[0]), atol=kwargs["rtol"], rtol=1e-5)
            put("linalg.matrix_rank", torch.tensor(inputs[0]), atol=0.0, rtol=0.0)
    for dt in (F32, F64):
        for order in (2, -2, "nuc", "fro"):
            put("linalg.matrix_norm", t((2, 3, 4), dt), ord=order, dim=(0, 2))
            put("linalg.matrix_norm", t((2, 3, 4), dt), ord=order, dim=(-1, 0), keepdim=True)
        for order in (2, -2):
            put("linalg.norm", t((3, 4), dt), ord=order, dim=(0, 1))
        for a, b in [((2, 3, 2), (2, 3)), ((2, 3, 2), (2, 3, 2)), ((2, 3, 3), (3, 2)), ((2, 2, 2), (2, 2))]:
            put("linalg.lstsq", torch.tensor(linalg_calls.apart(a, case_values.F64)).to(dt), t(b, dt))
        put("linalg.lstsq", torch.eye(2, dtype=dt), t((2, 1), F64 if dt == F32 else F32))
        for shape, other in [((3, 3), (3, 2)), ((2, 3, 3), (2, 3, 1)), ((2, 3, 3), (3, 2)), ((3, 3), (2, 3, 2)), ((1, 1), (1, 4)), ((0, 0), (0, 2)), ((3, 3), (3,)), ((3, 3), (2, 3)), ((2, 3), (2, 2))]:
            x = torch.tensor(linalg_calls.apart(shape, case_values.F64)).to(dt)
            for upper in (False, True):
                put("linalg.solve_triangular", x, t(other, dt), upper=upper)
                put("linalg.solve_triangular", x, t(other, dt), upper=upper, unitriangular=True)
                put("linalg.solve_triangular", x, t((*other[:-2], *other[:-3:-1]), dt), upper=upper, left=False)
        put("linalg.solve_triangular", torch.zeros((2, 2), dtype=dt), torch.ones((2, 1), dtype=dt), upper=False)
        put("linalg.solve_triangular", torch.eye(2, dtype=dt), t((2, 1), F64 if dt == F32 else F32), upper=False)
    put("linalg.solve_triangular", torch.eye(2, dtype=I64), t((2, 1), I64), upper=False)


def scatters(put):
    for dt in DTYPES:
        x, row = t((3, 4), dt), t((5,), dt)
        for name in ("scatter", "scatter_add"):
            fn = "torch." + name
            put(fn, row, places((3,), 5), t((3,), dt), dim=0)
            put(fn, row, torch.tensor([2, 0, 2, 2]), t((6,), dt), dim=-1)
            for dim in (0, 1):
                put(fn, x, places((3, 4), 3), t((3, 4), dt), dim=dim)
                put(fn, x, places((2, 3), 3, I32), t((2, 4), dt), dim=dim)
            put(fn, x, places((3, 6), 4), t((3, 6), dt), dim=1)
            put(fn, t((2, 3, 4), dt), places((1, 5, 2), 3), t((2, 5, 3), dt), dim=1)
            put(fn, x, places((4, 2), 3), t((4, 2), dt), dim=1)  # larger beside the dim
            put(fn, x, places((2, 3), 3), t((2, 2), dt), dim=1)  # larger than the source
            put(fn, x, places((2,), 3), t((2,), dt), dim=1)
            put(fn, x, places((0, 3), 3), t((2, 3), dt), dim=0)
            put(fn, x, torch.tensor([[0, -1]]), t((1, 2), dt), dim=1)
            put(fn, x, torch.tensor([[0, 4]]), t((1, 2), dt), dim=1)
            put(fn, t((), dt), torch.tensor(0), t((), dt), dim=0)
            put(fn, row, torch.tensor(3), t((), dt), dim=0)
            put(fn, x, places((3, 4), 3), t((3, 4), F64 if dt != F64 else F32), dim=0)
            put(fn, x, places((3, 4), 3).to(F32), t((3, 4), dt), dim=0)
        for value in (2, 2.5, True) if dt.is_floating_point else (2, 2.5) if dt != B else (True,):
            put("torch.scatter", x, places((2, 3), 4), value, dim=1)
        for name in ("index_add", "index_copy"):
            fn = "torch." + name
            once = torch.tensor([2, 0])
            put(fn, x, once, t((2, 4), dt), dim=0)
            put(fn, x, once, t((3, 2), dt), dim=1)
            put(fn, x, once, t((3, 2), dt), dim=-1)
            put(fn, t((2, 3, 4), dt), once, t((2, 2, 4), dt), dim=1)
            put(fn, row, torch.tensor([1, 3, 0]), t((3,), dt), dim=0)
            put(fn, x, torch.tensor([0, -1]), t((2, 4), dt), dim=0)
            put(fn, x, torch.tensor([0, 3]), t((2, 4), dt), dim=0)
            put(fn, x, once, t((2, 4), F64 if dt != F64 else F32), dim=0)
            put(fn, x, once, t((2, 3), dt), dim=0)
            put(fn, x, torch.tensor([[2, 0]]), t((2, 4), dt), dim=0)
        put("torch.index_add", x, torch.tensor([1, 1, 0], dtype=I32), t((3, 4), dt), dim=0)
        if dt != B:
            put("torch.index_add", x, torch.tensor([1, 1, 0]), t((3, 4), dt), dim=0, alpha=3)
            put("torch.index_add", x, torch.tensor([1, 1, 0]), t((3, 4), dt), dim=0, alpha=0.5)
        for kw in ({}, {"accumulate": True}):
            put("torch.index_put", [torch.tensor([0, 2])], x, t((2, 4), dt), **kw)
            put("torch.index_put", [torch.tensor([2, 2])], x, t((4,), dt), **kw)
            put("torch.index_put", [torch.tensor([0, 2, 0]), torch.tensor([1, -1, 1])], x, t((3,), dt), **kw)
            put("torch.index_put", [torch.tensor([[0], [2]]), torch.tensor([1, 3])], x, t((2, 2), dt), **kw)
            put("torch.index_put", [torch.tensor([0, -3], dtype=I32)], x, t((), dt), **kw)
            put("torch.index_put", [torch.tensor([1, 0]), torch.tensor([2, 2])], t((2, 3, 4), dt), t((2, 4), dt), **kw)
            put("torch.index_put", [torch.tensor(1)], x, t((4,), dt), **kw)
        put("torch.index_put", [torch.tensor([0, 3])], x, t((2, 4), dt))
        put("torch.index_put", [torch.tensor([0, -4])], x, t((2, 4), dt))
        put("torch.index_put", [torch.tensor([0, 1])], x, t((3,), dt))
        put("torch.index_put", [torch.tensor([0, 1])], x, t((4,), F64 if dt != F64 else F32))
        put("torch.index_put", [torch.tensor([0])] * 3, x, t((1,), dt))
        put("torch.index_put", [torch.tensor([True, False, True])], x, t((), dt))


PARTS = [linalg, decompositions, scatters]
