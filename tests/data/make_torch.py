"""Writes torch.json: calls of torch's functions, with the results or the refusal (`"error": true`) that torch gives.

Result dtypes, shapes and refusals are torch's on the very inputs; elements of inexact functions are those of the same call on
float64 inputs, rounded, so that a test may ask for a few units in the last place instead of torch's own rounding.
"""
import operator
import os

import numpy as np
import torch

import case_values
import torch_edges
import torch_functional
import torch_linalg
import torch_order
import torch_places
import torch_sampling
import torch_special
import torch_windows
from encoding import encode, encode_number, write
from frontend_calls import turned

B, I32, I64, F32, F64 = torch.bool, torch.int32, torch.int64, torch.float32, torch.float64
U8 = torch.uint8
DTYPES = [B, U8, I32, I64, F32, F64]
FLOATS = [F32, F64]
EXACT = set(
    "add sub rsub mul div truediv neg abs square floor ceil maximum minimum clamp eq ne lt le gt ge logical_and logical_or logical_not isfinite "
    "isnan where any all argmax argmin amax amin t transpose reshape permute broadcast_to unsqueeze squeeze cat stack unbind flip roll arange zeros ones full "
    "eye relu zeros_like ones_like full_like flatten positive round trunc sign signbit isinf bitwise_not logical_xor floor_divide remainder copysign nextafter "
    "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift tile repeat_interleave diff count_nonzero sort argsort searchsorted bucketize take "
    "index_select gather take_along_dim clip fmod max min expand chunk slice_scatter unfold pad max_pool2d".split())
REDUCED = set("sum prod mean var std std_mean var_mean matmul softmax log_softmax gelu cumsum logaddexp conv2d avg_pool2d normalize".split())
EXACT |= torch_functional.EXACT | torch_order.EXACT | torch_linalg.EXACT | torch_places.EXACT
REDUCED |= torch_functional.REDUCED | torch_order.REDUCED | torch_linalg.REDUCED | torch_places.REDUCED | torch_special.REDUCED
SQUARED = {"matmul", "var", "var_mean", "conv2d"} | torch_functional.SQUARED | torch_order.SQUARED | torch_linalg.SQUARED | torch_places.SQUARED
cases = []


def t(shape, dtype, low=-4.0, high=4.0):
    rng = case_values.generator(shape, str(dtype), low, high)
    if dtype == B:
        return torch.tensor(rng.integers(0, 2, shape).astype(bool))
    if not dtype.is_floating_point:
        low = max(int(np.ceil(low)), torch.iinfo(dtype).min)
        return torch.tensor(rng.integers(low, max(int(high), low) + 1, shape)).to(dtype)
    return torch.tensor(np.round(rng.uniform(low, high, shape), 3)).to(dtype) + 0


HOMES = {"operator": operator, "torch": torch, "Tensor": torch.Tensor, "functional": torch.nn.functional, "linalg": torch.linalg, "special": torch.special}
SHIMS = torch_functional.SHIMS | torch_order.SHIMS | torch_linalg.SHIMS | torch_places.SHIMS


def find(fn):
    home, name = fn.split(".")
    if shim := SHIMS.get(fn):
        return shim
    if home == "Tensor" and name.endswith("_"):
        return lambda x, *others, **kwargs: getattr(x.clone(), name)(*others, **kwargs)
    return getattr(HOMES[home], name)


def results(y):
    return list(y) if isinstance(y, (tuple, list)) else [y]


def encoded(x):
    if isinstance(x, torch.Tensor):
        return encode(x.numpy())
    if isinstance(x, (list, tuple)):
        return [encoded(v) for v in x]
    return None if x is None else {"scalar": spelled(x)}


def spelled(x):
    """A number as JSON can say it."""
    return encode_number(x) if isinstance(x, float) and not np.isfinite(x) else x


def widened(x):
    if isinstance(x, torch.Tensor):
        return x if x.dtype == B else x.to(F64)
    return [widened(v) for v in x] if isinstance(x, list) else x


def put(fn, *inputs, about=None, **kwargs):
    """Tensors and Python numbers stand in `inputs`, everything else goes by keyword; an index is written as the second input."""
    name = fn.split(".")[1]
    case_values.next_case()
    written = list(inputs) + ([kwargs["index"]] if "index" in kwargs else [])
    named = {k: str(v).removeprefix("torch.") if isinstance(v, torch.dtype) else list(v) if isinstance(v, tuple) else spelled(v) for k, v in kwargs.items()}
    named.pop("index", None)
    case = {"fn": fn, "inputs": [encoded(x) for x in written], "kwargs": named}
    if about:
        case["about"] = about
    if isinstance(kwargs.get("split_size_or_sections"), int):
        case["waits"] = True  # for the extent
    try:
        got = results(find(fn)(*inputs, **kwargs))
    except (RuntimeError, TypeError, IndexError, NotImplementedError, ValueError, OverflowError):
        case["error"] = True
        cases.append(case)
        return
    if why := torch_edges.refused(fn, inputs, kwargs) or torch_windows.refused(fn, inputs, kwargs) or torch_order.refused(
            fn, inputs, kwargs) or torch_linalg.refused(fn, inputs, kwargs) or torch_places.refused(fn, inputs, kwargs):
        case["error"], case["about"] = True, why
        cases.append(case)
        return
    want = got
    if name not in EXACT and any(y.dtype.is_floating_point for y in got):
        wide_kwargs = {k: F64 if k == "dtype" and v == F32 else v for k, v in kwargs.items()}
        classes = name in ("nll_loss", "cross_entropy")
        wide = [x if classes and isinstance(x, torch.Tensor) and not x.dtype.is_floating_point else widened(x) for x in inputs]
        want = [w.to(g.dtype) for w, g in zip(results(find(fn)(*wide, **wide_kwargs)), got)]
        if any(isinstance(x, torch.Tensor) and x.dtype == U8 for x in inputs) and not all(torch.allclose(g, w, rtol=1e-5, atol=1e-5) for g, w in zip(got, want)):
            want = got  # it wraps before it converts
        if fn in torch_linalg.SIGNS:
            case["signs"] = torch_linalg.SIGNS[fn]
            want = [torch.tensor(turned(w.numpy(), g.numpy(), how)) for w, g, how in zip(want, got, case["signs"])]
        for g, w in zip(got, want):
            assert torch.allclose(g, w, rtol=1e-5, atol=1e-5, equal_nan=True), (fn, inputs, kwargs, g, w)
        case["ulp"] = 16 if name in ("erfinv", "erfinv_") else 4
        if name in REDUCED:
            finite = [float(x.to(F64).abs().nan_to_num(0, 0, 0).max()) for x in inputs if isinstance(x, torch.Tensor) and x.numel()]
            scale = max([1.0] + finite) ** (2 if name in SQUARED else 1)
            case["atol"] = [64 * torch.finfo(w.dtype).eps * scale if w.dtype.is_floating_point else 0 for w in want]
    case["outputs"] = [encoded(y) for y in want]
    cases.append(case)


def elementwise():
    for name in "add sub mul div maximum minimum eq ne lt le gt ge logical_and logical_or pow".split():
        fn = "torch." + name
        low, high = (0.5, 3) if name == "pow" else (-4, 4)
        for a in DTYPES:
            for b in DTYPES:
                if name == "pow" and B in (a, b):
                    continue
                put(fn, t((2, 3), a, low, high), t((3,), b, low, high))
                put(fn, t((3,), a, low, high), t((), b, low, high))
                put(fn, t((), a, low, high), t((), b, low, high))
            if name not in ("maximum", "minimum", "logical_and", "logical_or"):
                for scalar in (2, 2.5) + ((True,) if name != "pow" else ()):
                    if name == "pow" and a == B:
                        continue
                    put(fn, t((3,), a, low, high), scalar)
                    put(fn, t((), a, low, high), scalar)
        put(fn, t((2, 3), F32), t((2,), F32))  # does not broadcast
    for dt in (I32, I64):
        put("torch.pow", t((3,), dt), -1)
        put("torch.pow", t((3,), dt, 1, 4), torch.tensor([-1, 0, 3]).to(dt))
    for name in "add sub".split():
        for dt in (I32, I64, F32, F64):
            put("torch." + name, t((3,), dt), t((3,), dt), alpha=2)
        put("torch." + name, t((3,), F32), t((3,), I64), alpha=0.5)
        put("torch." + name, t((3,), I64), t((3,), I64), alpha=0.5)
    for name in "add sub mul truediv lt ge eq".split():
        for dt in DTYPES:
            put("operator." + name, 2, t((3,), dt))
            put("operator." + name, 2.5, t((3,), dt))
    for name, low, high in [("neg", -4, 4), ("abs", -4, 4), ("sqrt", 0, 9), ("square", -4, 4), ("exp", -3, 3), ("log", 0.5, 9), ("tanh", -2, 2), ("reciprocal", 1, 5),
                            ("floor", -4, 4), ("ceil", -4, 4), ("isfinite", -4, 4), ("isnan", -4, 4), ("relu", -4, 4), ("sigmoid", -4, 4), ("logical_not", -1, 1)]:
        for dt in DTYPES[1:] if name not in ("neg", "exp", "sqrt", "logical_not", "sigmoid", "tanh", "log") else DTYPES:
            put("torch." + name, t((2, 3), dt, low, high))
            put("torch." + name, t((), dt, low, high))
        special = torch.tensor([float("nan"), float("inf"), -float("inf"), 0.0, 1.0])
        if name != "relu":
            put("torch." + name, special)
        put("torch." + name, torch.zeros((0, 2)))
    for dt in DTYPES[1:]:
        put("torch.clamp", t((5,), dt, -9, 9), min=-2, max=3)
        put("torch.clamp", t((5,), dt, -9, 9), min=-2)
        put("torch.clamp", t((5,), dt, -9, 9), max=3)
        put("torch.clamp", t((5,), dt, -9, 9), min=-1.5, max=2.5)
        put("torch.clamp", t((5,), dt, -9, 9), t((5,), dt, -3, -1), t((5,), dt, 1, 3))
    put("torch.clamp", t((3,), F32))
    for a in DTYPES:
        for b in DTYPES:
            put("torch.where", t((2, 3), B), t((2, 3), a), t((3,), b))
            put("torch.where", t((3,), B), t((3,), a), t((), b))
        put("torch.where", t((3,), B), t((3,), a), 0)
        put("torch.where", t((3,), B), 1.5, t((3,), a))
    put("torch.where", t((3,), B), 1, 0)
    put("torch.where", t((3,), B), 1.5, 2)
    put("torch.where", t((3,), I64), t((3,), F32), t((3,), F32))


def reductions():
    for dt in DTYPES:
        for name in "sum prod mean any all amax amin".split():
            fn, x = "torch." + name, t((2, 3, 4), dt, 0.5, 2)
            put(fn, x)
            put(fn, x, dim=1)
            put(fn, x, dim=-1, keepdim=True)
            if name != "prod":
                put(fn, x, dim=(0, 2))
                put(fn, x, dim=(0, 2), keepdim=True)
            put(fn, t((), dt, 0.5, 2))
            put(fn, x, dim=3)
        for name in "argmax argmin".split():
            for kw in ({}, {"dim": 1}, {"dim": -1, "keepdim": True}):
                put("torch." + name, t((2, 3, 4), dt, -90, 90), **kw)
        for name in "var std".split():
            fn, x = "torch." + name, t((3, 4), dt)
            for kw in ({}, {"dim": 0}, {"dim": 1, "keepdim": True}, {"dim": (0, 1)}, {"unbiased": False}, {"unbiased": True}, {"dim": 0, "unbiased": False},
                       {"dim": 0, "unbiased": True, "keepdim": True}, {"correction": 0}, {"correction": 2}, {"dim": 1, "correction": 0, "keepdim": True}):
                put(fn, x, **kw)
    for name in "std_mean var_mean".split():
        put("torch." + name, t((3, 4), F32))
        put("torch." + name, t((3, 4), F64), dim=1, correction=0)
    for name in "sum prod mean".split():
        put("torch." + name, t((3, 4), I32, 1, 3), dtype=F32)
        put("torch." + name, t((3, 4), I64, 1, 3), dim=0, dtype=F64)
        put("torch." + name, t((3, 4), F32, 1, 2), dim=1, dtype=F64)
    put("torch.sum", torch.zeros((0,)))
    put("torch.prod", torch.zeros((0,)))
    put("torch.mean", torch.zeros((0,)))
    put("torch.amax", torch.zeros((0,)))
    put("torch.amax", torch.zeros((0, 2)), dim=1)
    put("torch.std", torch.tensor([1.5]))
    put("torch.sum", torch.tensor([float("nan"), 1.0]))
    put("torch.amax", torch.tensor([float("nan"), 1.0]))
    for name in "softmax log_softmax".split():
        for dt in DTYPES[1:]:
            put("torch." + name, t((2, 3), dt), dim=1)
            put("torch." + name, t((2, 3), dt), dim=0)
            put("torch." + name, t((2, 3, 2), dt), dim=-2)
            put("torch." + name, t((2, 3), dt), dim=1, dtype=F64)
    for dt in DTYPES[1:]:
        for approximate in (None, "none", "tanh"):
            kwargs = {} if approximate is None else {"approximate": approximate}
            put_gelu(t((2, 3), dt), **kwargs)


def put_gelu(x, **kwargs):
    # gelu lives in torch.nn.functional; find() looks in torch.
    torch.gelu = torch.nn.functional.gelu
    put("torch.gelu", x, **kwargs)


def shapes():
    for dt in DTYPES:
        x, y = t((2, 3), dt), t((2, 1, 3), dt)
        put("torch.t", x)
        put("torch.t", t((3,), dt))
        put("torch.transpose", y, dim0=0, dim1=-1)
        put("torch.reshape", x, shape=(3, -1))
        put("torch.reshape", x, shape=(-1,))
        put("torch.permute", y, dims=(2, 0, 1))
        put("torch.broadcast_to", x, size=(4, 2, 3))
        put("torch.unsqueeze", x, dim=1)
        put("torch.unsqueeze", x, dim=-1)
        put("torch.squeeze", y)
        put("torch.squeeze", y, dim=1)
        put("torch.squeeze", y, dim=0)  # left as it is: the extent is not 1
        put("torch.flip", y, dims=(0, 2))
        put("torch.roll", x, shifts=1)
        put("torch.roll", x, shifts=(1, -1), dims=(0, 1))
        put("torch.roll", x, shifts=2, dims=1)
        put("torch.unbind", x)
        put("torch.unbind", x, dim=1)
        put("torch.flatten", y)
        put("torch.cat", [x, t((1, 3), dt)])
        put("torch.cat", [x, t((2, 2), dt)], dim=-1)
        put("torch.stack", [x, t((2, 3), dt)])
        put("torch.stack", [x, t((2, 3), dt)], dim=-1)
        put("torch.zeros_like", x)
        put("torch.ones_like", x, dtype=F64)
        put("torch.full_like", x, fill_value=1)
        put("torch.matmul", t((2, 3), dt), t((3, 2), dt))
        for other in DTYPES:
            if other != dt:
                put("torch.cat", [x, t((2, 3), other)])
                put("torch.stack", [x, t((2, 3), other)])
                put("torch.matmul", t((2, 3), dt), t((3, 2), other))
    put("torch.reshape", t((2, 3), F32), shape=(4, 2))
    put("torch.permute", t((2, 3), F32), dims=(0, 0))
    put("torch.broadcast_to", t((2, 3), F32), size=(2, 4))
    put("torch.cat", [t((2, 3), F32), t((2, 2), F32)])
    put("torch.stack", [t((2, 3), F32), t((2, 2), F32)])
    for sa, sb in [((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 2, 3), (3, 2)), ((2, 2, 3), (2, 3, 2)), ((2, 3), (2, 3)), ((), (3,))]:
        put("torch.matmul", t(sa, F32), t(sb, F32))


def creation():
    put("torch.arange", 5)
    put("torch.arange", 5.0)
    put("torch.arange", 1, 4)
    put("torch.arange", 0, 2, 0.5)
    put("torch.arange", 5, 0, -2)
    put("torch.arange", 4, dtype=F64)
    put("torch.arange", 4, dtype=I32)
    for name in ("zeros", "ones"):
        for kw in ({}, {"dtype": F64}, {"dtype": I32}, {"dtype": B}):
            put("torch." + name, size=(2, 3), **kw)
        put("torch." + name, size=())
    for value in (3, 2.5, True):
        put("torch.full", size=(2,), fill_value=value)
        put("torch.full", size=(2,), fill_value=value, dtype=F64)
    put("torch.eye", n=3)
    put("torch.eye", n=2, m=3)
    put("torch.eye", n=2, dtype=I64)


def normalize():
    numbers = [0.5488135039273248, 0.7151893663724195, 0.6027633760716439, 0.5448831829968969, 0.4236547993389047, 0.6458941130666561, 0.4375872112626925,
               0.8917730007820798, 0.9636627605010293, 0.3834415188257777]
    for dt in (F64, F32):
        x = torch.tensor(numbers, dtype=F64).to(dt)
        y = torch.div(torch.sub(x, torch.mean(x)), torch.std(x))
        wide = x.to(F64)
        want = torch.div(torch.sub(wide, torch.mean(wide)), torch.std(wide)).to(dt)
        assert torch.allclose(y, want)
        cases.append({"fn": "normalize", "inputs": [encoded(x)], "kwargs": {}, "outputs": [encoded(want)], "ulp": 4, "atol": [16 * torch.finfo(dt).eps]})
        if dt == F64:
            assert ("%.8f" % want[0].item(), "%.8f" % want[9].item()) == ("-0.34431235", "-1.19475674")


def elementary():
    ranges = {"asin": (-1, 1), "acos": (-1, 1), "atanh": (-0.9, 0.9), "acosh": (1, 9), "log2": (0.5, 9), "log10": (0.5, 9), "log1p": (-0.5, 4), "rsqrt": (0.5, 9), "lgamma": (0.5, 9)}
    for name in ("sin cos tan asin acos atan sinh cosh asinh acosh atanh exp2 expm1 log2 log10 log1p rsqrt erf erfc lgamma positive round trunc sign signbit isinf "
                 "bitwise_not").split():
        low, high = ranges.get(name, (-3, 3))
        for dt in DTYPES:
            put("torch." + name, t((2, 3), dt, low, high))
            put("torch." + name, t((), dt, low, high))
        put("torch." + name, torch.tensor([float("nan"), float("inf"), -float("inf"), 1.0]))
        put("torch." + name, torch.zeros((0, 2)))
    for name in ("atan2 hypot copysign nextafter logaddexp logical_xor floor_divide remainder bitwise_and bitwise_or bitwise_xor bitwise_left_shift "
                 "bitwise_right_shift").split():
        low, high = (0, 5) if "shift" in name else (1, 5)
        for a in DTYPES:
            for b in DTYPES:
                if b == B and name in ("floor_divide", "remainder"):
                    continue  # torch raises where an integer divisor is 0
                put("torch." + name, t((2, 3), a), t((3,), b, low, high))
                put("torch." + name, t((3,), a), t((), b, low, high))
            if name in ("floor_divide", "remainder", "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift"):
                put("torch." + name, t((3,), a), 2)
                if "shift" not in name:
                    put("torch." + name, t((3,), a), 2.5)


def along():
    for dt in DTYPES:
        x = t((3, 4), dt)
        for name in "cumsum cumprod".split():
            for kw in ({"dim": 0}, {"dim": -1}, {"dim": 1, "dtype": F64}, {"dim": 2}):
                put("torch." + name, t((3, 4), dt, 1, 2), **kw)
        for kw in ({}, {"dim": 0}, {"descending": True}, {"dim": 0, "descending": True}):
            put("torch.sort", x, stable=True, **kw)
            put("torch.argsort", x, stable=True, **kw)
        for kw in ({}, {"n": 2}, {"dim": 0}):
            if dt != B:  # torch has the exclusive or of neighbours
                put("torch.diff", x, **kw)
        for kw in ({}, {"dim": 0}, {"dim": (0, 1)}):
            put("torch.count_nonzero", x, **kw)
        put("torch.tile", x, dims=(2,))
        put("torch.tile", x, dims=(2, 1, 2))
        for kw in ({}, {"dim": 0}, {"dim": -1}):
            put("torch.repeat_interleave", x, repeats=2, **kw)
        put("torch.take", x, t((2, 3), I64, -12, 11))
        put("torch.index_select", x, dim=1, index=t((5,), I64, 0, 3))
        put("torch.gather", x, dim=0, index=t((2, 4), I64, 0, 2))
        put("torch.gather", x, dim=1, index=t((2, 3), I64, 0, 3))
        put("torch.gather", x, dim=1, index=t((3, 4), I64, 0, 3))
        put("torch.gather", x, dim=1, index=t((4, 2), I64, 0, 3))
        put("torch.take_along_dim", x, t((3, 2), I64, 0, 3), dim=1)
        put("torch.take_along_dim", x, t((1, 4), I64, 0, 2), dim=0)
        put("torch.take_along_dim", x, t((3, 1), I64, 0, 11))
        for other in DTYPES[1:]:
            for kw in ({}, {"right": True}, {"side": "right"}):
                if dt != B:
                    put("torch.searchsorted", torch.sort(t((6,), dt)).values, t((2, 2), other), **kw)
        if dt != B:
            put("torch.bucketize", t((4,), dt), torch.sort(t((6,), dt)).values)
            put("torch.bucketize", t((4,), dt), torch.sort(t((6,), dt)).values, right=True)
    put("torch.sort", torch.tensor([1.0, float("nan"), -float("inf"), 0.0, float("nan"), float("inf")]), stable=True)
    put("torch.sort", torch.tensor([1.0, float("nan"), -float("inf"), 0.0, float("nan"), float("inf")]), stable=True, descending=True)


for part in (elementwise, reductions, shapes, creation, normalize, elementary, along):
    part()
for part in torch_edges.PARTS + torch_windows.PARTS + torch_functional.PARTS + torch_order.PARTS + torch_linalg.PARTS + torch_places.PARTS + torch_sampling.PARTS:
    part(put)
for part in torch_sampling.LATER + torch_special.PARTS:
    part(put)
# any and all of uint8, which torch has as uint8, are bool here.
cases = [c for c in cases if not (c["fn"] in ("torch.any", "torch.all") and "uint8" in str(c) and "error" not in c)]
here = os.path.dirname(os.path.abspath(__file__))
write(os.path.join(here, "torch.json"), "written by make_torch.py with torch " + torch.__version__, cases)
print(len(cases), "cases of", len({c["fn"] for c in cases}), "functions,", sum("error" in c for c in cases), "refused")
