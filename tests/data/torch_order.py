"""Calls of torch's products and matrices, of what it has of order and choice, of parts of dims, and of in-place forms. Each part takes `put` of make_torch.py."""
import torch

import case_values

B, U8, I32, I64, F32, F64 = torch.bool, torch.uint8, torch.int32, torch.int64, torch.float32, torch.float64
DTYPES = [B, U8, I32, I64, F32, F64]
NAN, INF = float("nan"), float("inf")
EXACT = set("clone ravel diag diagonal diag_embed tril triu isclose allclose masked_fill nan_to_num aminmax median topk cummax cummin concat vstack hstack dstack meshgrid "
            "movedim swapaxes narrow select rot90 unflatten split heaviside view_as reshape_as expand_as type_as new_zeros new_ones new_full contiguous detach "
            "cpu mT copy_ fill_ zero_ outer".split())
REDUCED = set("mm bmm mv dot vdot kron addcmul addcdiv addmm baddbmm tensordot einsum cross cdist cov trace norm vector_norm matrix_norm matrix_power multi_dot lerp quantile "
              "logsumexp nansum nanmean".split())
SQUARED = set("mm bmm mv dot vdot kron addcmul addmm baddbmm tensordot einsum cross cov cdist matrix_power multi_dot".split())
SHIMS = {
    "torch.einsum": lambda operands, equation: torch.einsum(equation, *operands),
    "torch.meshgrid": lambda operands, **kw: torch.meshgrid(*operands, **kw),
    "torch.allclose": lambda a, b, **kw: torch.tensor(torch.allclose(a, b, **kw)),
    "Tensor.mT": lambda x: x.mT,
    "torch.rot90": lambda x, k=1, dims=(0, 1): torch.rot90(x, k, dims),
}


def t(shape, dtype, scale=8):
    x = case_values.generator(shape, str(dtype), "order", scale).integers(-24, 25, shape)
    return torch.tensor(x > 0) if dtype == B else torch.tensor(abs(x)).to(dtype) if dtype == U8 else torch.tensor(x / scale if dtype.is_floating_point else x).to(dtype)


def apart(shape, dtype):
    """Elements that are all different."""
    n = int(torch.tensor(shape).prod())
    x = torch.tensor(case_values.generator(shape, str(dtype), "apart").permutation(n)).reshape(shape)
    return (x > n // 2) if dtype == B else (x / 4 - 2).to(dtype) if dtype.is_floating_point else x.to(dtype)


def refused(fn, inputs, kwargs):
    """Why the frontend takes less than torch here; it says so in torch.hpp. Else nothing."""
    name = fn.split(".")[1]
    x = inputs[0] if inputs else None
    rank0 = isinstance(x, torch.Tensor) and x.dim() == 0
    if name in ("addcmul", "addcdiv") and isinstance(kwargs.get("value"), float) and not any(v.dtype.is_floating_point for v in inputs):
        return "a real value for integers, which torch cuts"
    if name in ("addmm", "baddbmm") and any(isinstance(v, float) for v in kwargs.values()) and not x.dtype.is_floating_point:
        return "a real factor for integers, which torch cuts"
    if name in ("median", "topk") and any(v.dtype == B for v in inputs if isinstance(v, torch.Tensor)):
        return "order of bool"
    if rank0 and name in ("median", "topk", "logsumexp", "aminmax", "quantile") and "dim" in kwargs:
        return "a dim of a tensor without dims"
    if name == "logspace" and "int" in str(kwargs.get("dtype")):
        return "integers"
    return None


def products(put):
    for dt in DTYPES[1:]:
        put("torch.mm", t((2, 3), dt), t((3, 2), dt))
        put("torch.bmm", t((2, 2, 3), dt), t((2, 3, 2), dt))
        put("torch.mv", t((2, 3), dt), t((3,), dt))
        put("torch.dot", t((3,), dt), t((3,), dt))
        put("torch.vdot", t((3,), dt), t((3,), dt))
        put("torch.addmm", t((2, 2), dt), t((2, 3), dt), t((3, 2), dt))
        put("torch.addmm", t((2,), dt), t((2, 3), dt), t((3, 2), dt), beta=2, alpha=3)
        put("torch.baddbmm", t((2, 2, 2), dt), t((2, 2, 3), dt), t((2, 3, 2), dt))
        put("torch.baddbmm", t((1, 2, 1), dt), t((2, 2, 3), dt), t((2, 3, 2), dt), beta=2)
        put("torch.cross", t((2, 3), dt), t((2, 3), dt), dim=1)
        put("torch.tensordot", t((2, 3, 4), dt), t((3, 4, 2), dt))
        put("torch.tensordot", t((2, 3), dt), t((3, 2), dt), dims=1)
        put("torch.tensordot", t((2, 3), dt), t((2,), dt), dims=0)
        put("torch.einsum", [t((2, 3), dt), t((3, 4), dt)], equation="ij,jk->ik")
        put("torch.einsum", [t((2, 3), dt), t((3, 4), dt)], equation="ij,jk")
        put("torch.einsum", [t((2, 3), dt)], equation="ij->j")
        put("torch.einsum", [t((3, 3), dt)], equation="ii->i")
        put("torch.einsum", [t((3,), dt), t((2,), dt)], equation="i,j->ji")
        put("linalg.matrix_power", t((3, 3), dt), n=3)
        put("linalg.matrix_power", t((2, 2), dt), n=0)
        put("linalg.matrix_power", t((2, 2, 2), dt), n=1)
        put("linalg.multi_dot", [t((2, 3), dt), t((3, 4), dt), t((4, 2), dt)])
        put("torch.trace", t((2, 3), dt))
        if dt != B:
            put("torch.cov", t((2, 4), dt))
            put("torch.cov", t((4,), dt))
            put("torch.cov", t((3, 4), dt), correction=0)
    for dt in DTYPES:
        put("torch.outer", t((2,), dt), t((3,), dt))
        put("torch.kron", t((2, 1), dt), t((1, 3), dt))
        put("torch.kron", t((2,), dt), t((2, 2), dt))
        put("torch.trace", t((3, 3), dt))
        for other in DTYPES:
            put("torch.addcmul", t((2, 3), dt), t((3,), other), t((2, 1), other))
        if dt != B:
            put("torch.addcmul", t((3,), dt), t((3,), dt), t((3,), dt), value=2)
        put("torch.addcmul", t((3,), dt), t((3,), dt), t((3,), dt), value=0.5)
        divisor = torch.tensor([1, 2, 4]).to(dt)
        put("torch.addcdiv", t((3,), dt), t((3,), dt), divisor)
        put("torch.addcdiv", t((3,), dt), t((3,), F32), divisor, value=2)
        for other in DTYPES:
            put("torch.true_divide", t((2, 3), dt), divisor.to(other))
        put("torch.true_divide", t((2, 3), dt), 2)
    for dt in (F32, F64):
        put("torch.dot", t((0,), dt), t((0,), dt))
        put("torch.mm", t((2, 0), dt), t((0, 3), dt))
        put("torch.addmm", torch.full((2, 2), NAN, dtype=dt), t((2, 3), dt), t((3, 2), dt), beta=0)
        put("torch.addmm", t((2, 2), dt), t((2, 3), dt), t((3, 2), dt), beta=0.5, alpha=0.25)
        put("torch.cross", t((3, 1), dt), t((3, 2), dt))
        put("torch.cross", t((4, 3, 3), dt), t((4, 3, 3), dt), dim=-2)
        for p in (0.0, 1.0, 2.0, 3.0, INF):
            put("torch.cdist", t((2, 3), dt), t((4, 3), dt), p=p)
        put("torch.cdist", t((2, 2, 3), dt), t((2, 4, 3), dt))
        put("torch.tensordot", t((2, 3, 4), dt), t((4, 2), dt), dims=([2, 0], [0, 1]))
        for equation, shapes in [("bij,bjk->bik", ((2, 2, 3), (2, 3, 2))), ("...ij,...jk->...ik", ((2, 2, 3), (3, 2))), ("...i,...i->...", ((2, 1, 3), (2, 3))), ("ijk->ki", ((2, 3, 4),)),
                                 ("ij,ij->", ((2, 3), (2, 3))), ("ij,j,i->", ((2, 3), (3,), (2,))), ("bhi,bhj->hij", ((2, 2, 3), (2, 2, 2))), ("ii", ((3, 3),)), ("iij->j", ((2, 2, 3),)),
                                 ("i,j,k->kij", ((2,), (3,), (2,))), ("ba", ((2, 3),)), ("...a->a...", ((2, 2, 3),)), (" i j , j -> i ", ((2, 3), (3,))), (",i->i", ((), (3,))),
                                 ("ij,kj", ((2, 3), (2, 3))), ("ij,jk,kl->il", ((2, 3), (3, 2), (2, 4)))]:
            put("torch.einsum", [t(s, dt) for s in shapes], equation=equation)
    put("torch.einsum", [t((2, 3), F32), t((2, 3), F32)], equation="ij,jk->ik")
    put("torch.einsum", [t((2, 3), F32)], equation="ij,jk->ik")
    put("torch.einsum", [t((2, 3), F32)], equation="ijk->i")
    put("torch.einsum", [t((2, 3), F32)], equation="ij->k")
    put("torch.einsum", [t((2, 3), F32)], equation="ij->ii")
    put("torch.einsum", [t((2, 3), F32)], equation="i1->i")
    put("torch.einsum", [t((2, 3), F32), t((3,), F64)], equation="ij,j->i")
    put("torch.mm", t((2, 3), F32), t((3,), F32))
    put("torch.mm", t((2, 3), F32), t((3, 2), F64))
    put("torch.bmm", t((2, 2, 3), F32), t((1, 3, 2), F32))
    put("torch.mv", t((2, 3), F32), t((2,), F32))
    put("torch.dot", t((2, 3), F32), t((2, 3), F32))
    put("torch.outer", t((2, 3), F32), t((2,), F32))
    put("torch.addmm", t((3, 2), F32), t((2, 3), F32), t((3, 2), F32))
    put("torch.addmm", t((2, 2), I64), t((2, 3), I64), t((3, 2), I64), alpha=0.5)
    put("torch.cross", t((2, 2), F32), t((2, 2), F32))
    put("torch.cross", t((2, 3), F32), t((2, 3), F64))
    put("torch.cdist", t((2, 3), F32), t((2, 2), F32))
    put("torch.cdist", t((2, 3), I64), t((2, 3), I64))
    put("linalg.matrix_power", t((2, 3), F32), n=2)
    put("linalg.multi_dot", [t((2, 3), F32), t((2, 3), F32)])


def norms(put):
    for dt in DTYPES:
        put("torch.norm", t((2, 3), dt))
        put("linalg.vector_norm", t((2, 3), dt), dim=1)
        put("linalg.matrix_norm", t((2, 3), dt))
    for dt in (F32, F64):
        x = t((2, 3, 4), dt)
        for ord in (0.0, 1.0, 2.0, 3.0, -1.0, 0.5, INF, -INF):
            put("linalg.vector_norm", x, ord=ord)
            put("linalg.vector_norm", x, ord=ord, dim=-1, keepdim=True)
            put("torch.norm", x, p=ord, dim=(0, 2))
        for ord in (1.0, -1.0, INF, -INF):
            put("linalg.matrix_norm", x, ord=ord)
            put("linalg.matrix_norm", x, ord=ord, dim=(2, 0), keepdim=True)
            put("linalg.norm", x, ord=ord, dim=(0, 1))
            put("linalg.norm", x, ord=ord, dim=2)
        put("linalg.norm", x)
        put("linalg.norm", x, dim=(0, 1), keepdim=True)
        put("linalg.matrix_norm", x, ord="fro", keepdim=True)
        put("linalg.vector_norm", torch.tensor([1.0, NAN], dtype=dt))
        put("linalg.vector_norm", torch.zeros((0,), dtype=dt))
    put("linalg.matrix_norm", t((3,), F32))


def order(put):
    for dt in DTYPES:
        for shape in ((5,), (2, 4), (2, 3, 2)):
            put("torch.median", apart(shape, dt))
        for kw in ({"dim": 0}, {"dim": -1, "keepdim": True}):
            put("torch.median", apart((3, 4), dt), **kw)
            put("torch.cummax", t((3, 6), dt), dim=kw["dim"])
            put("torch.cummin", t((3, 6), dt), dim=kw["dim"])
        put("torch.topk", apart((3, 6), dt), k=2)
        put("torch.topk", apart((3, 6), dt), k=3, dim=0, largest=False)
        put("torch.aminmax", t((2, 3), dt))
        put("torch.aminmax", t((2, 3), dt), dim=1, keepdim=True)
        put("torch.quantile", t((5,), dt), torch.tensor([0.5]).to(dt) if dt.is_floating_point else torch.tensor([0.5]))
        for name in ("nansum", "nanmean", "logsumexp"):
            put("torch." + name, t((2, 3), dt), dim=1)
            put("torch." + name, t((2, 3), dt), dim=(0, 1), keepdim=True)
        put("torch.nansum", t((2, 3), dt))
        put("torch.nan_to_num", t((2, 3), dt))
        put("torch.heaviside", t((5,), dt), t((5,), dt))
        put("torch.isclose", t((5,), dt), t((5,), dt))
        put("torch.isclose", t((5,), dt), t((5,), dt), rtol=0.5, atol=1.0)
        put("torch.allclose", t((5,), dt), t((5,), dt))
        put("torch.masked_fill", t((2, 3), dt), t((3,), B), t((), F32).abs())
        put("torch.masked_fill", t((2, 3), dt), t((2, 1), B), 2)
        put("torch.masked_fill", t((2, 3), dt), t((2, 1), B), 0.5)
        put("torch.masked_fill", t((3,), dt), t((2, 3), B), True)
        put("torch.masked_fill", t((3,), dt), t((3,), I64), 1)
        put("torch.deg2rad", t((3,), dt))
        put("torch.rad2deg", t((3,), dt))
        put("torch.lerp", t((3,), dt), t((3,), dt), 0.25)
    special = [1.0, NAN, 3.0, INF, -INF, 2.0, NAN, 0.0]
    for dt in (F32, F64):
        x = torch.tensor(special, dtype=dt)
        for name in ("median", "nansum", "nanmean", "aminmax", "nan_to_num"):
            put("torch." + name, x)
        for name in ("cummax", "cummin"):
            put("torch." + name, x, dim=0)
        put("torch.topk", x, k=4)
        put("torch.median", torch.tensor([[1.0, 2.0, 3.0, 4.0], [4.0, NAN, 1.0, 2.0]], dtype=dt), dim=1)
        put("torch.nan_to_num", x, nan=7.0, posinf=8.0, neginf=9.0)
        put("torch.logsumexp", x, dim=0)
        put("torch.logsumexp", torch.tensor([[1000.0, 1000.0], [-INF, -INF], [INF, 0.0]], dtype=dt), dim=1)
        put("torch.nanmean", torch.tensor([NAN, NAN], dtype=dt))
        put("torch.isclose", x, torch.tensor([1.0, NAN, 3.1, INF, INF, 2.0, 0.0, 1e-9], dtype=dt))
        put("torch.isclose", x, torch.tensor([1.0, NAN, 3.1, INF, INF, 2.0, 0.0, 1e-9], dtype=dt), equal_nan=True)
        put("torch.isclose", x, x, rtol=0.0, atol=0.0)
        put("torch.heaviside", torch.tensor([NAN, 0.0, -0.0, INF, -INF], dtype=dt), torch.tensor([5.0, NAN, 2.0, 3.0, 4.0], dtype=dt))
        for w in (0.0, 0.3, 0.5, 0.7, 1.0, 2.0):
            put("torch.lerp", t((3,), dt), t((2, 3), dt), w)
        put("torch.lerp", t((3,), dt), t((3,), dt), t((3,), dt))
        for how in ("linear", "lower", "higher", "nearest", "midpoint"):
            for q in (0.0, 0.3, 0.5, 1.0):
                put("torch.quantile", apart((6,), dt), q=q, interpolation=how)
            put("torch.quantile", apart((3, 4), dt), torch.tensor([0.1, 0.5, 0.9], dtype=dt), dim=1, interpolation=how)
        put("torch.quantile", apart((3, 4), dt), q=0.5, dim=0, keepdim=True)
        put("torch.quantile", apart((3, 4), dt), q=0.25, keepdim=True)
        put("torch.quantile", apart((3, 4), dt), torch.tensor([0.25, 0.5], dtype=dt), keepdim=True)
        put("torch.quantile", torch.tensor([[1.0, NAN, 2.0], [1.0, 4.0, 2.0]], dtype=dt), q=0.5, dim=1)
        put("torch.cummax", t((), dt), dim=0)
        put("torch.nanmean", t((2, 3), dt), dim=0, dtype=F64)
    put("torch.topk", t((3,), F32), k=4)
    put("torch.quantile", t((3,), F32), q=1.5)
    put("torch.quantile", t((3,), F32), torch.tensor([0.5], dtype=F64))
    put("torch.lerp", t((3,), F32), t((3,), F64), 0.5)
    put("torch.isclose", t((3,), F32), t((3,), F64))
    put("torch.masked_fill", t((3,), F32), t((3,), B), t((3,), F32))
    put("torch.masked_fill", t((3,), U8), t((3,), B), 300)
    put("torch.median", torch.zeros((0, 2), dtype=I64), dim=0)


def parts(put):
    for dt in DTYPES:
        x, y = t((2, 3), dt), t((2, 3, 4), dt)
        put("torch.clone", x)
        put("torch.ravel", y)
        put("torch.diag", t((3,), dt))
        put("torch.diag", x)
        for offset in (1, -1, 5):
            put("torch.diag", t((2,), dt), diagonal=offset)
            put("torch.diag", t((3, 4), dt), diagonal=offset)
            put("torch.diagonal", y, offset=offset)
            put("torch.diag_embed", x, offset=offset)
        put("torch.diagonal", y)
        put("torch.diagonal", y, offset=1, dim1=-1, dim2=0)
        put("torch.diag_embed", x)
        put("torch.diag_embed", x, offset=1, dim1=0, dim2=2)
        put("torch.diag_embed", x, offset=-1, dim1=2, dim2=0)
        for k in (0, 1, -1):
            put("torch.tril", y, diagonal=k)
            put("torch.triu", t((3, 2), dt), diagonal=k)
        put("torch.concat", [x, t((1, 3), dt)])
        for name in ("vstack", "hstack", "dstack"):
            put("torch." + name, [t((3,), dt), t((3,), dt)])
            put("torch." + name, [x, t((2, 3), F32)])
            put("torch." + name, [t((), dt), t((), dt)])
            put("torch." + name, [t((2, 3, 1), dt), t((2, 3, 1), dt)])
        put("torch.meshgrid", [t((2,), dt), t((3,), dt)])
        put("torch.meshgrid", [t((2,), dt), t((3,), dt), t((), dt)], indexing="xy")
        put("torch.movedim", y, source=0, destination=-1)
        put("torch.movedim", y, source=(0, 2), destination=(2, 1))
        put("torch.swapaxes", y, axis0=0, axis1=-1)
        put("torch.narrow", y, dim=1, start=1, length=2)
        put("torch.narrow", y, dim=-1, start=-2, length=1)
        put("torch.narrow", y, dim=0, start=2, length=0)
        put("torch.select", y, dim=1, index=-1)
        for k in (-1, 0, 1, 2, 3, 5):
            put("torch.rot90", x, k=k)
        put("torch.rot90", y, k=1, dims=(1, 2))
        put("torch.unflatten", y, dim=2, sizes=(2, -1))
        put("torch.unflatten", y, dim=-1, sizes=(2, 2))
        put("torch.split", t((5, 2), dt), split_size_or_sections=2)
        put("torch.split", t((5, 2), dt), split_size_or_sections=[1, 4])
        put("torch.split", t((2, 4), dt), split_size_or_sections=[0, 3, 1], dim=1)
        put("Tensor.view_as", x, t((3, 2), F32))
        put("Tensor.reshape_as", x, t((6,), F32))
        put("Tensor.expand_as", t((3,), dt), t((2, 3), F32))
        put("Tensor.type_as", t((3,), dt), t((), F64))
        put("Tensor.new_zeros", t((2,), dt), size=(2, 2))
        put("Tensor.new_ones", t((2,), dt), size=(2,), dtype=I32)
        put("Tensor.new_full", t((2,), dt), size=(2,), fill_value=3)
        for name in ("contiguous", "detach", "cpu", "mT"):
            put("Tensor." + name, x)
    x = t((2, 3), F32)
    put("torch.logspace", start=0.0, end=2.0, steps=5)
    put("torch.logspace", start=-1.0, end=3.0, steps=4, base=2.0, dtype=F64)
    put("torch.logspace", start=0.0, end=2.0, steps=0)
    put("torch.logspace", start=0.0, end=2.0, steps=1)
    put("torch.diag", t((2, 2, 2), F32))
    put("torch.diagonal", x, dim1=1, dim2=1)
    put("torch.tril", t((3,), F32))
    put("torch.vstack", [x, t((2, 2), F32)])
    put("torch.meshgrid", [t((2,), F32), t((3,), F64)])
    put("torch.meshgrid", [x, t((3,), F32)])
    put("torch.narrow", x, dim=1, start=2, length=2)
    put("torch.select", x, dim=1, index=3)
    put("torch.rot90", x, k=1, dims=(1, 1))
    put("torch.unflatten", x, dim=1, sizes=(2, 2))
    put("torch.split", x, split_size_or_sections=[1, 4], dim=1)
    put("Tensor.view_as", x, t((4,), F32))
    put("Tensor.expand_as", x, t((2, 4), F32))


def in_place(put):
    for dt in DTYPES:
        for name in ("neg abs sqrt square exp log tanh reciprocal floor ceil logical_not relu sigmoid rsqrt exp2 expm1 log2 log10 log1p sin cos tan asin acos atan sinh cosh asinh "
                     "acosh atanh erf erfc lgamma round trunc sign bitwise_not deg2rad rad2deg").split():
            if dt not in (B, U8) or name in ("exp", "logical_not", "bitwise_not"):
                put("Tensor.%s_" % name, t((3,), dt))
        for name in ("add sub mul div pow eq ne lt le gt ge logical_and logical_or logical_xor floor_divide remainder fmod atan2 hypot copysign nextafter bitwise_and bitwise_or "
                     "bitwise_xor bitwise_left_shift bitwise_right_shift true_divide heaviside").split():
            other = torch.tensor([1, 2, 3])
            put("Tensor.%s_" % name, t((2, 3), dt), other.to(dt))
            if name != "heaviside":
                put("Tensor.%s_" % name, t((2, 3), dt), other.to(F64))
                if name not in ("logical_and", "logical_or", "logical_xor", "atan2", "hypot", "copysign", "nextafter"):
                    put("Tensor.%s_" % name, t((3,), dt), 2)
                put("Tensor.%s_" % name, t((3,), dt), torch.ones((2, 3), dtype=dt))
        put("Tensor.clamp_", t((5,), dt), min=-1, max=1)
        put("Tensor.clamp_", t((5,), dt), max=1.5)
        put("Tensor.masked_fill_", t((2, 3), dt), t((3,), B), 2)
        put("Tensor.copy_", t((2, 3), dt), t((3,), F32))
        put("Tensor.fill_", t((3,), dt), 2)
        put("Tensor.zero_", t((3,), dt))
        if dt != B:
            put("Tensor.add_", t((3,), dt), t((3,), dt), alpha=2)
    put("Tensor.copy_", t((3,), F32), t((2, 3), F32))
    put("Tensor.masked_fill_", t((3,), F32), t((2, 3), B), 2)


PARTS = [products, norms, order, parts, in_place]
