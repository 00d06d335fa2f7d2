"""Calls of torch's functions where frameworks part: zeros of either sign, NaN, infinities, nothing, no dims, bool, ends of integer ranges, numbers that do
not fit. Each part takes `put` of make_torch.py.
"""
import torch

B, I32, I64, F32, F64 = torch.bool, torch.int32, torch.int64, torch.float32, torch.float64
U8 = torch.uint8
DTYPES = [B, U8, I32, I64, F32, F64]
NAN, INF = float("nan"), float("inf")


def reals(dtype, ends=True):
    f = torch.finfo(dtype)
    return torch.tensor([NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.5, -2.5, 3.0] + ([f.max, -f.max, f.smallest_normal] if ends else []), dtype=dtype)


def whole(dtype, ends=True):
    i = torch.iinfo(dtype)
    if dtype == U8:
        return torch.tensor([0, 1, 2, 7] + ([127, 128, 200, i.max] if ends else []), dtype=dtype)
    return torch.tensor([0, 1, -1, 2, -3, 7] + ([i.max, i.min + 1] if ends else []), dtype=dtype)


def special(dtype, ends=True):
    return torch.tensor([False, True]) if dtype == B else reals(dtype, ends) if dtype.is_floating_point else whole(dtype, ends)


def refused(fn, inputs, kwargs):
    """Why the frontend takes less than torch here, on purpose; it says so in torch.hpp. Else nothing."""
    x = inputs[0] if inputs else None
    if isinstance(x, torch.Tensor) and x.dim() == 0 and fn not in (
            "torch.tile", "torch.unsqueeze", "torch.scatter", "torch.scatter_add", "torch.index_fill") and (any(kwargs.get(k, ()) != () for k in ("dim", "dims", "dim0")) or fn in ("torch.sort", "torch.argsort")):
        return "a dim of a tensor without dims"
    if fn in ("torch.cumsum", "torch.cumprod", "torch.sum", "torch.prod") and kwargs.get("dtype") == B:
        return "totals of bool as bool"
    if fn == "torch.broadcast_to" and -1 in kwargs["size"]:
        return "-1 in broadcast_to"
    if fn == "torch.roll" and (kwargs.get("dims") == (0, 0) or kwargs.get("dims") == 2):
        return "a dim of roll that is named twice, or that an empty tensor does not have"
    if fn == "torch.add" and "alpha" in kwargs and x.dtype == B and isinstance(inputs[1], torch.Tensor) and inputs[1].dtype == B:
        return "alpha for bool"
    if fn == "torch.square" and x.dtype == B:
        return "square of bool"
    if fn == "torch.gather" and x.dim() != kwargs["index"].dim():
        return "an index without dims"
    if fn == "torch.cat" and len({y.dim() for y in x}) > 1:
        return "an empty tensor of one dim among tensors of more"
    return None


def apart(x):
    """Without -0: which of two zeros is the larger is left open."""
    return x[~(x.signbit() & (x == 0))] if x.dtype.is_floating_point else x


EXACT_UNARY = "neg abs square floor ceil logical_not isfinite isnan relu positive round trunc sign signbit isinf bitwise_not reciprocal sqrt".split()
INEXACT_UNARY = "exp log tanh sigmoid rsqrt exp2 expm1 log2 log10 log1p sin cos tan asin acos atan sinh cosh asinh acosh atanh erf erfc".split()
BINARY = ("mul div maximum minimum eq ne lt le gt ge logical_and logical_or logical_xor floor_divide remainder copysign nextafter bitwise_and bitwise_or bitwise_xor "
          "add sub atan2 hypot logaddexp pow").split()


def elementwise(put):
    for dt in DTYPES:
        for name in EXACT_UNARY + INEXACT_UNARY:
            x = special(dt, name in EXACT_UNARY and name not in ("square", "reciprocal"))
            if name == "relu":
                x = apart(x)
            put("torch." + name, x)
        for approximate in ("none", "tanh"):
            x = special(dt, False)
            put("torch.gelu", x if not dt.is_floating_point else x[~x.isinf()], approximate=approximate)  # torch has two answers for infinities
        put("torch.lgamma", special(dt, False)[-3:])
        for name in BINARY:
            inexact = name in ("atan2", "hypot", "logaddexp", "pow")
            x = special(dt, not inexact)
            y = special(dt, not inexact)
            if name in ("maximum", "minimum"):
                x, y = apart(x), apart(y)
            if name == "remainder":  # of the largest numbers torch's vectors give NaN
                x, y = special(dt, False), special(dt, False)
            if name in ("floor_divide", "remainder") and not dt.is_floating_point:
                y = y[y != 0]
            if name == "pow" and not dt.is_floating_point:
                y = y[y >= 0]
            put("torch." + name, x.reshape(-1, 1), y)
        for name in ("bitwise_left_shift", "bitwise_right_shift"):
            if dt in (I32, I64):
                put("torch." + name, whole(dt).reshape(-1, 1), torch.tensor([0, 1, 5, 31, 32, 40, 63, 64, -1, -40], dtype=dt))


def numbers(put):
    for dt in DTYPES:
        x = special(dt, False)
        for name in "add sub mul div eq ne lt le gt ge floor_divide remainder pow".split():
            for number in (0.0, -0.0, NAN, INF, -INF, 1, -1, 2, -2, 0.5, -0.5, True, False):
                if name in ("floor_divide", "remainder") and not dt.is_floating_point and not isinstance(number, float) and not number:
                    continue  # a zero divisor is an error of the run
                if name == "pow" and isinstance(number, bool):
                    continue
                put("torch." + name, x, number)
        for name in "add sub mul truediv lt ge eq".split():
            for number in (0.0, -0.0, NAN, INF, 3, -1):
                put("operator." + name, number, x)
        for kw in ({"min": NAN}, {"max": NAN}, {"min": -INF, "max": INF}, {"min": 1, "max": -1}, {"min": 0.0}, {"min": True}, {"min": 1.5}):
            put("torch.clamp", apart(x), **kw)
        for number in (NAN, -0.0, INF, 3, 2.5, True):
            put("torch.where", torch.tensor([True, False]), special(dt, False)[:2], number)


def mixed(put):
    for a in DTYPES:
        for b in DTYPES:
            put("torch.clamp", apart(special(a, False)), special(b, False)[:1], special(b, False)[-1:])
            for name in "floor_divide remainder pow copysign maximum".split():
                y = special(b, False)
                if name == "maximum":
                    y = apart(y)
                if name in ("floor_divide", "remainder") and not b.is_floating_point:
                    y = y[y != 0]
                if name == "pow" and not b.is_floating_point:
                    y = y[y >= 0]
                if name == "pow" and B in (a, b):
                    continue
                put("torch." + name, apart(special(a, False)).reshape(-1, 1), y)


def reductions(put):
    names = "sum prod mean any all amax amin argmax argmin var std".split()
    for dt in DTYPES:
        one = special(dt)[:1].reshape(())
        for name in names + ["std_mean", "var_mean", "count_nonzero"]:
            fn = "torch." + name
            keep = {} if name == "count_nonzero" else {"keepdim": True}
            for dim in (0, -1, 1, -2):
                put(fn, one, dim=dim)
            put(fn, one)
            empty = torch.zeros((0, 2), dtype=dt)
            for kw in ({}, {"dim": 0}, {"dim": 1}, {"dim": -1, **keep}, {"dim": 2}, {"dim": -3}):
                put(fn, empty, **kw)
            if name not in ("prod", "argmax", "argmin"):
                x = torch.ones((2, 1, 3), dtype=dt)
                for dim in ((0, 0), (0, -3), (-1, 0), (2, 0, 1), (0, 3)):
                    put(fn, x, dim=dim)
                put(fn, x, dim=(-1, 0), **keep)
                put(fn, x, dim=())
            put(fn, torch.ones((2, 1, 3), dtype=dt), dim=-2, **keep)
        for name in "softmax log_softmax".split():
            put("torch." + name, one, dim=0)
            put("torch." + name, one, dim=1)
            if dt.is_floating_point:
                put("torch." + name, torch.zeros((0, 2), dtype=dt), dim=1)
    for dt in (F32, F64):
        rows = torch.tensor([[NAN, 1.0, 2.0], [-0.0, 0.0, -0.0], [0.0, -0.0, 0.0], [INF, 1.0, INF], [-INF, 1.0, NAN], [INF, -INF, 0.0], [-0.0, -0.0, -0.0], [2.0, NAN, NAN]], dtype=dt)
        for name in names + ["count_nonzero"]:
            if name in ("argmax", "argmin", "amax", "amin"):
                for k in (0, 3, 4, 5, 7):  # which zero an extreme is, is left open
                    put("torch." + name, rows[k])
                put("torch." + name, rows[[0, 3, 4, 5, 7]], dim=1)
            else:
                put("torch." + name, rows, dim=1)
        put("torch.softmax", rows, dim=1)
        put("torch.log_softmax", rows, dim=1)
        for name in ("var", "std", "var_mean", "std_mean"):
            for correction in (2, 3, 4, 5.5, -1):
                put("torch." + name, torch.tensor([[0.0, 1.0, 2.0], [1.0, 1.0, 1.0], [NAN, 1.0, 1.0]], dtype=dt), dim=1, correction=correction)
    for dt in (B, I32, I64):
        for name in "argmax argmin amax amin".split():
            put("torch." + name, torch.tensor([[1, 0, 1], [0, 0, 0], [0, 1, 1]]).to(dt), dim=1)


def shapes(put):
    for dt in (B, I32, F32):
        one, row, empty = special(dt)[:1].reshape(()), special(dt)[:2], torch.zeros((0, 2), dtype=dt)
        for x in (one, row, empty):
            for fn, kws in {
                    "t": [{}], "transpose": [{"dim0": 0, "dim1": 0}, {"dim0": 0, "dim1": -1}, {"dim0": 0, "dim1": 1}, {"dim0": -2, "dim1": 1}],
                    "reshape": [{"shape": ()}, {"shape": (-1,)}, {"shape": (0, -1)}, {"shape": (-1, 0)}, {"shape": (1, -1)}, {"shape": (2, 0)}, {"shape": (-2,)}, {"shape": (-1, -1)}],
                    "permute": [{"dims": ()}, {"dims": (0,)}, {"dims": (-1,)}, {"dims": (1, 0)}, {"dims": (-1, -2)}, {"dims": (0, 0)}],
                    "broadcast_to": [{"size": ()}, {"size": (2,)}, {"size": (0,)}, {"size": (3, 2)}, {"size": (-1, 2)}, {"size": (2, -1)}, {"size": (0, 2)}, {"size": (-1,)}],
                    "unsqueeze": [{"dim": 0}, {"dim": -1}, {"dim": 1}, {"dim": -2}, {"dim": 2}, {"dim": 3}, {"dim": -3}, {"dim": -4}],
                    "squeeze": [{}, {"dim": ()}, {"dim": 0}, {"dim": -1}, {"dim": (0, -1)}, {"dim": 2}],
                    "flip": [{"dims": ()}, {"dims": (0,)}, {"dims": (-1,)}, {"dims": (0, 0)}, {"dims": (1,)}, {"dims": (0, -1)}],
                    "roll": [{"shifts": 1}, {"shifts": 1, "dims": 0}, {"shifts": -7, "dims": -1}, {"shifts": (1, 1), "dims": (0, 0)}, {"shifts": (1, 1)}, {"shifts": 1, "dims": (0, 1)},
                             {"shifts": (), "dims": ()}, {"shifts": 1, "dims": 2}, {"shifts": (1,), "dims": ()}],
                    "flatten": [{}], "tile": [{"dims": ()}, {"dims": (0,)}, {"dims": (2, 1)}, {"dims": (-1,)}], "unbind": [{}, {"dim": -1}, {"dim": 1}, {"dim": 2}],
                    "cumsum": [{"dim": 0}, {"dim": -1}, {"dim": 1}, {"dim": 2}], "cumprod": [{"dim": 0}, {"dim": -1}, {"dim": 1}, {"dim": 2}],
                    "sort": [{}, {"dim": 0}, {"dim": 1}, {"descending": True, "stable": True}], "argsort": [{}, {"dim": 0}, {"dim": 1}],
                    "diff": [{}, {"n": 0}, {"n": 2}, {"n": -1}, {"dim": 1}, {"n": 5, "dim": 0}],
                    "repeat_interleave": [{"repeats": 0}, {"repeats": 2, "dim": 0}, {"repeats": 2, "dim": -1}, {"repeats": -1}, {"repeats": 1, "dim": 1}],
                    "zeros_like": [{}], "ones_like": [{"dtype": F64}], "full_like": [{"fill_value": -0.0}, {"fill_value": True}, {"fill_value": 2.7}]}.items():
                for kw in kws:
                    put("torch." + fn, x, **kw)
            put("torch.cat", [x, x])
            put("torch.cat", [x, x], dim=-1)
            put("torch.cat", [x, x], dim=2)
            for dim in (0, -1, 1, 2, 3):
                put("torch.stack", [x, x], dim=dim)
        put("torch.cat", [torch.zeros((0,), dtype=dt), torch.ones((2, 2), dtype=dt)])  # an empty tensor of one dim joins anything
        put("torch.cat", [torch.ones((2, 2), dtype=dt), torch.zeros((0,), dtype=dt)], dim=1)
        put("torch.cat", [torch.zeros((0,), dtype=F64), torch.ones((2, 2), dtype=dt)])
    for shapes in [((0, 3), (3, 2)), ((2, 0), (0, 3)), ((0,), (0,)), ((0, 2), (2,)), ((), ()), ((2, 0, 3), (3, 1)), ((3,), (2, 3, 0))]:
        put("torch.matmul", torch.ones(shapes[0]), torch.ones(shapes[1]))
    put("torch.matmul", torch.ones((2, 2), dtype=B), torch.ones((2, 2), dtype=B))
    put("torch.matmul", torch.tensor([[INF, 1.0]]), torch.tensor([[0.0], [1.0]]))


def along(put):
    for dt in (F32, F64):
        x = torch.tensor([[NAN, 1.0, -0.0], [0.0, NAN, INF], [-INF, -0.0, 0.0]], dtype=dt)
        for kw in ({}, {"dim": 0}, {"descending": True}):
            put("torch.sort", x, stable=True, **kw)
            put("torch.argsort", x, stable=True, **kw)
        for name in ("cumsum", "cumprod"):
            put("torch." + name, torch.tensor([[1.0, NAN, 2.0], [INF, -INF, 1.0], [-0.0, -0.0, -0.0]], dtype=dt), dim=1)
        put("torch.diff", torch.tensor([1.0, INF, INF, NAN, -0.0, 0.0, -0.0], dtype=dt))
        for sequence in ([1.0, 2.0, NAN], [1.0, NAN, NAN, NAN], [NAN, 1.0, 2.0], [1.0, NAN, 2.0], [NAN], [-INF, -0.0, 0.0, INF], [-INF, NAN], [1.0, 2.0, 2.0, 3.0, NAN, NAN, NAN, NAN, NAN], []):
            for kw in ({}, {"right": True}, {"side": "left"}, {"side": "right", "right": True}, {"side": "left", "right": True}):
                put("torch.searchsorted", torch.tensor(sequence, dtype=dt), torch.tensor([NAN, -INF, -0.0, 0.0, 1.0, 2.0, 2.5, 9.0, INF], dtype=dt), **kw)
            put("torch.bucketize", torch.tensor([NAN, -INF, 0.0, 2.0, 9.0, INF], dtype=dt), torch.tensor(sequence, dtype=dt))
            put("torch.bucketize", torch.tensor([NAN, -INF, 0.0, 2.0, 9.0, INF], dtype=dt), torch.tensor(sequence, dtype=dt), right=True)
    for dt in DTYPES:
        x = torch.tensor([0, 1, 1, 0, 1]).to(dt)
        for kw in ({}, {"n": 0}, {"n": 1}, {"n": 2}, {"n": 3}, {"n": 5}, {"n": 6}):
            put("torch.diff", x, **kw)
        put("torch.diff", torch.tensor([[0, 1, 1], [1, 1, 0], [1, 0, 0]]).to(dt), dim=0)
        put("torch.diff", torch.tensor([[0, 1, 1], [1, 1, 0], [1, 0, 0]]).to(dt), dim=1, n=2)
        for name in ("cumsum", "cumprod"):
            for given in DTYPES:
                put("torch." + name, x, dim=0, dtype=given)
        for given in DTYPES:
            put("torch.sum", x, dtype=given)
            put("torch.prod", x, dtype=given)
        put("torch.mean", x, dtype=F64)
        put("torch.searchsorted", torch.sort(x).values, torch.tensor([0, 1]).to(dt))
        put("torch.searchsorted", torch.sort(x).values, torch.tensor(1).to(dt))
        if dt != B:  # torch refuses it but where there is nothing to look for
            put("torch.searchsorted", torch.sort(x).values, torch.zeros((0, 2), dtype=dt))
        three = torch.tensor([0, 1, 1]).to(dt)
        put("torch.take", three, torch.tensor(-1))
        put("torch.take", three, torch.zeros((0, 2), dtype=I64))
        put("torch.take", three.reshape(3, 1), torch.tensor([[0, -3], [2, 1]]))
        put("torch.take", three, torch.tensor([3]))
        put("torch.take", three, torch.tensor([-4]))
        put("torch.take", three, torch.tensor([True, False, True]))
        one = torch.tensor(1).to(dt)
        put("torch.take", one, torch.tensor([0, -1]))
        for index in (torch.tensor([0]), torch.tensor(0), torch.tensor([-1]), torch.tensor([3]), torch.zeros((0,), dtype=I64), torch.tensor([[0]])):
            put("torch.index_select", three, dim=0, index=index)
            put("torch.index_select", one, dim=0, index=index)
            put("torch.gather", three, dim=-1, index=index)
            put("torch.gather", one, dim=0, index=index)
            if index.numel() == 0 or int(index.max()) < 3:  # beyond the end torch begins anew
                put("torch.take_along_dim", three, index, dim=0)
            put("torch.take_along_dim", three, index)
            put("torch.take_along_dim", one, index)
        put("torch.gather", torch.tensor([[0, 1], [1, 0]]).to(dt), dim=1, index=torch.zeros((1, 0), dtype=I64))
        put("torch.gather", torch.tensor([[0, 1], [1, 0]]).to(dt), dim=1, index=torch.zeros((3, 1), dtype=I64))


def creation(put):
    for size in ((), (0,), (2, 0), (-1,), (3,)):
        put("torch.zeros", size=size)
        put("torch.ones", size=size, dtype=I32)
        for value in (3, 2.5, True, NAN, -0.0, INF):
            put("torch.full", size=size, fill_value=value)
    for dt in DTYPES:
        for value in (NAN, INF, -0.0, 2.7, -2.7, 2, True, 1e10, 3e9, 1e20, 1e39, 3000000000, -3000000000, 2**40):
            put("torch.full", size=(2,), fill_value=value, dtype=dt)
            put("torch.full_like", torch.zeros((2,), dtype=dt), fill_value=value)
    for kw in ({"n": 0}, {"n": 2, "m": 0}, {"n": 0, "m": 2}, {"n": -1}, {"n": 2, "m": -1}, {"n": 1, "m": 3, "dtype": B}):
        put("torch.eye", **kw)
    for bounds in [(0,), (5, 1), (1, 5, -1), (0, 1, 0), (0.0, 1, 0.1), (NAN,), (0, INF), (0.5, 5), (0, 5, 1.5), (5.0, 0.0, -2), (-0.0, 2), (1, 1), (2, 2, -1), (True,),
                   (-3,), (0, -3, -1), (0, 1, INF)]:
        put("torch.arange", *bounds)
        for dt in DTYPES:
            put("torch.arange", *bounds, dtype=dt)


def literals(put):
    """Numbers beyond the dtype: they wrap in arithmetic and comparisons, and are refused where they fill or bound."""
    for dt in DTYPES:
        x = special(dt, False)
        for number in (3000000000, -3000000000, 2**40 + 5, 2**62, 2**63, 2**64 - 1):
            for name in "add sub mul div eq ne lt le gt ge floor_divide remainder bitwise_and bitwise_or bitwise_xor pow".split():
                if name == "pow" and (dt == B or number < 0 or (dt == F32 and number == 2**40 + 5)):  # an exponent that float32 rounds is torch's as float64
                    continue
                if name == "div" and dt == B and number >= 2**63:  # torch refuses it; the frontend divides as real numbers
                    continue
                put("torch." + name, x, number)
            for name in "add sub mul truediv lt ge eq".split():
                put("operator." + name, number, x)
            put("torch.pow", number, whole(I64, False).abs().to(dt if dt != B else I32))
            put("torch.clamp", x, min=number)
            put("torch.clamp", x, max=number)
            put("torch.where", torch.tensor([True, False]), x[:2], number)
            put("torch.where", torch.tensor([True, False]), number, x[:2])
            put("torch.full_like", x, fill_value=number)
            put("torch.full", size=(2,), fill_value=number, dtype=dt)
            put("torch.add", x, x, alpha=number)
        for number in (3e9, 1e20, 1e39, -1e39):
            for name in "add mul lt eq".split():
                put("torch." + name, x, number)
            put("torch.clamp", x, min=-number, max=number)
            put("torch.where", torch.tensor([True, False]), x[:2], number)
    put("torch.arange", 1700000000000000000, 1700000000000000100, 10)
    put("torch.arange", 9007199254740993, 9007199254740996)


def scales_and_bounds(put):
    """alpha, bounds and fills at the ends of 64 bits and beyond float32; powers that are bool."""
    ends = (-2**63, 2**63 - 1, 2**63, 2**64 - 1)
    for dt in DTYPES:
        x = special(dt, False)
        for alpha in ends + (3000000000, 0, -1, True, False, 2.5, 1e38, 1e39, 1e300, INF):
            for name in ("add", "sub"):
                put("torch." + name, x, x, alpha=alpha)
                put("torch." + name, x, 2, alpha=alpha)
        for bound in (1e38, 1e39, 1e300, -1e39, INF, -INF):
            put("torch.clamp", x, min=bound)
            put("torch.clamp", x, max=bound)
            put("torch.clamp", x, min=-2, max=bound)
            put("torch.where", torch.tensor([True, False]), x[:2], bound)
            put("torch.where", torch.tensor([True, False]), bound, x[:2])
        for bound in (2**63, 2**64 - 1):
            put("torch.clamp", x, min=1, max=bound)
            put("torch.clamp", x, min=-1, max=bound)
        for exponent in (True, False):
            put("torch.pow", x, exponent)


PARTS = [elementwise, numbers, mixed, reductions, shapes, along, creation, literals, scales_and_bounds]
