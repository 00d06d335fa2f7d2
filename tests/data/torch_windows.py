"""Calls of torch's functions of windows and parts: padding, convolution, pooling, slices that are replaced, extremes along a dim. Each part takes `put` of
make_torch.py.
"""
import torch

import case_values
import torch_edges

B, I32, I64, F32, F64 = torch.bool, torch.int32, torch.int64, torch.float32, torch.float64
DTYPES = torch_edges.DTYPES
NAN, INF = float("nan"), float("inf")


def t(shape, dtype):
    x = case_values.generator(shape, str(dtype), "windows").integers(-40, 40, shape)
    return torch.tensor(x > 0) if dtype == B else torch.tensor(abs(x)).to(dtype) if dtype == torch.uint8 else torch.tensor(x / 8 if dtype.is_floating_point else x).to(dtype)


def refused(fn, inputs, kwargs):
    """Why the frontend takes less than torch here; it says so in torch.hpp. Else nothing."""
    x = inputs[0] if inputs else None
    if fn in ("torch.max", "torch.min") and len(inputs) == 1 and "dim" in kwargs and x.dtype == B:
        return "max and min of bool along a dim"
    if fn == "torch.max" and len(inputs) == 1 and "dim" in kwargs and x.dim() == 0:
        return "a dim of a tensor without dims"
    if fn == "functional.pad" and kwargs.get("mode", "constant") != "constant" and min(kwargs["pad"]) < 0:
        return "negative numbers but for the mode constant"
    if fn in ("functional.avg_pool2d", "functional.max_pool2d", "functional.conv2d") and not x.dtype.is_floating_point:
        return "windows of integers"
    return None


def extremes(put):
    for dt in DTYPES:
        for name in ("max", "min"):
            for dim, keepdim in ((0, False), (-1, True), (1, False), (2, False)):
                put("torch." + name, t((2, 3), dt), dim=dim, keepdim=keepdim)
            put("torch." + name, torch.tensor([[3, 1], [3, 1], [0, 1]]).to(dt), dim=0)
        put("torch.clip", t((5,), dt), min=-1, max=3)
        put("torch.clip", t((5,), dt), max=2)
        for other in DTYPES[1:]:
            divisor = t((3,), other)
            put("torch.fmod", t((2, 3), dt), torch.where(divisor == 0, torch.ones_like(divisor), divisor))
        if dt != B:
            put("torch.fmod", t((2, 3), dt), 3)
            put("torch.fmod", t((2, 3), dt), 2.5)
    for dt in (F32, F64):
        put("torch.max", torch.tensor([1.0, NAN, 3.0, NAN], dtype=dt), dim=0)
        put("torch.min", torch.tensor([1.0, NAN, 3.0, NAN], dtype=dt), dim=0)
        values = torch.tensor([0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 7.0, INF, -INF, NAN], dtype=dt)
        put("torch.fmod", values.reshape(-1, 1), values)


def parts(put):
    for dt in DTYPES:
        x = t((4, 3), dt)
        put("torch.flatten", t((2, 3, 2), dt), start_dim=1)
        put("torch.flatten", t((2, 3, 2), dt), start_dim=0, end_dim=1)
        put("torch.flatten", t((2, 3, 2), dt), start_dim=-2, end_dim=-1)
        put("Tensor.expand", t((3, 1), dt), size=(3, 4))
        put("Tensor.expand", t((3, 1), dt), size=(2, -1, 4))
        put("Tensor.unfold", x, dimension=0, size=2, step=1)
        put("Tensor.unfold", x, dimension=-1, size=3, step=2)
        put("Tensor.unfold", t((2, 7), dt), dimension=1, size=3, step=2)
        for chunks, dim in ((2, 0), (3, 0), (3, 1), (9, -1), (1, 0)):
            put("torch.chunk", x, chunks=chunks, dim=dim)
        put("torch.slice_scatter", x, t((2, 3), dt), dim=0, start=1, end=3)
        put("torch.slice_scatter", x, t((2, 3), dt), dim=0, start=0, end=4, step=2)
        put("torch.slice_scatter", x, t((2, 3), dt), dim=0, start=1, step=2)
        put("torch.slice_scatter", x, t((4, 1), dt), dim=-1, start=-1)
        put("torch.slice_scatter", x, t((4, 2), dt), dim=1, end=-1)
        put("torch.slice_scatter", x, t((4, 3), dt))
        put("torch.slice_scatter", x, t((4, 2), F32), dim=1, start=0, end=3, step=2)
    x = t((4, 3), F32)
    put("torch.flatten", t((), F32), start_dim=0, end_dim=-1)
    put("torch.flatten", t((2, 3, 2), F32), start_dim=2, end_dim=1)
    put("torch.flatten", t((2, 3, 2), F32), start_dim=3)
    put("Tensor.expand", t((3, 1), F32), size=(4,))
    put("Tensor.expand", t((3, 1), F32), size=(-1, 3, 4))
    put("Tensor.expand", t((3, 2), F32), size=(3, 4))
    put("Tensor.expand", t((), F32), size=(2,))
    put("Tensor.unfold", x, dimension=0, size=5, step=1)
    put("Tensor.unfold", x, dimension=0, size=2, step=0)
    put("torch.chunk", x, chunks=0)
    put("torch.slice_scatter", x, t((3, 3), F32), dim=0, start=1, end=3)
    put("torch.slice_scatter", x, t((4, 3), F32), dim=0, step=0)
    put("torch.slice_scatter", x, t((4, 3), F32), dim=2)


def creation(put):
    for steps in (0, 1, 2, 5, 6, 7):
        for dt in (None, F64):
            for ends in ((0.0, 1.0), (-1.0, 2.0), (3.0, -5.0)):
                put("torch.linspace", start=ends[0], end=ends[1], steps=steps, **({"dtype": dt} if dt else {}))
    put("torch.linspace", start=0.0, end=1.0, steps=-1)


def windows(put):
    for dt in DTYPES:
        x = t((1, 2, 4, 5), dt)
        put("functional.pad", x, pad=(1, 2))
        put("functional.pad", x, pad=(1, 0, 2, 1), value=3.0)
        put("functional.pad", x, pad=(-1, 2, 0, -1))
        for mode in ("reflect", "replicate", "circular"):
            put("functional.pad", x, pad=(2, 1, 1, 3), mode=mode)
            put("functional.pad", t((2, 4), dt), pad=(2, 3), mode=mode)
    x = t((1, 2, 4, 5), F32)
    for mode in ("reflect", "replicate", "circular"):
        put("functional.pad", x, pad=(0, 0, 4, 0), mode=mode)
        put("functional.pad", x, pad=(0, 0, 5, 5), mode=mode)
        put("functional.pad", x, pad=(1, 1, 1, 1, 1, 0), mode=mode)
        put("functional.pad", x, pad=(1, 1), mode=mode)
        put("functional.pad", t((1, 2, 3, 4, 5), F64), pad=(1, 1, 1, 0, 0, 2), mode=mode)
        put("functional.pad", x, pad=(1, 1, 1, 1), mode=mode, value=1.0)
    put("functional.pad", x, pad=(1, 1, 1))
    put("functional.pad", x, pad=(1, 1, 1, 1), mode="wrap")
    put("functional.pad", x, pad=(-3, -3))
    put("functional.pad", x, pad=(1,) * 10)
    put("functional.pad", x, pad=(1, 1, 1, 1), value=NAN)
    for dt in (F32, F64):
        for shape, weight, kw in [((1, 1, 4, 5), (1, 1, 3, 3), {}), ((2, 1, 4, 5), (3, 1, 2, 2), {}), ((1, 3, 4, 5), (3, 1, 3, 3), {"groups": 3}),
                                  ((1, 3, 4, 5), (6, 1, 2, 3), {"groups": 3}), ((2, 3, 4, 5), (2, 3, 3, 2), {}), ((1, 4, 5, 5), (4, 2, 2, 2), {"groups": 2}),
                                  ((1, 2, 6, 7), (2, 2, 3, 3), {"stride": 2, "padding": 1}), ((1, 2, 6, 7), (3, 2, 3, 2), {"stride": (2, 3), "padding": (0, 2)}),
                                  ((1, 1, 7, 8), (2, 1, 3, 3), {"dilation": (2, 1)}), ((1, 2, 7, 8), (2, 2, 2, 3), {"dilation": 2, "padding": (2, 1)}),
                                  ((3, 4, 5), (2, 3, 2, 2), {})]:
            put("functional.conv2d", t(shape, dt), t(weight, dt), **kw)
            put("functional.conv2d", t(shape, dt), t(weight, dt), t(weight[:1], dt), **kw)
        for shape in ((1, 2, 6, 7), (2, 4, 5)):
            for kw in ({"kernel_size": 2}, {"kernel_size": (3, 2)}, {"kernel_size": (2, 3), "stride": 1}, {"kernel_size": 3, "stride": (1, 2)}):
                put("functional.avg_pool2d", t(shape, dt), **kw)
                put("functional.max_pool2d", t(shape, dt), **kw)
        for kw in ({}, {"dim": 0}, {"dim": -1}, {"p": 1.0}, {"p": INF}, {"p": 3.0, "dim": 2}):
            put("functional.normalize", t((2, 3, 4), dt), **kw)
        put("functional.normalize", torch.zeros((2, 3), dtype=dt))
    put("functional.conv2d", t((1, 3, 4, 5), F32), t((2, 2, 2, 2), F32))
    put("functional.conv2d", t((1, 3, 4, 5), F32), t((2, 3, 2, 2), F64))
    put("functional.conv2d", t((1, 3, 4, 5), F32), t((2, 3, 5, 2), F32))
    put("functional.conv2d", t((4, 5), F32), t((2, 3, 5, 2), F32))
    put("functional.conv2d", t((1, 4, 4, 5), F32), t((3, 2, 2, 2), F32), groups=2)
    put("functional.conv2d", t((1, 3, 4, 5), I64), t((2, 3, 2, 2), I64))
    put("functional.conv2d", t((1, 3, 4, 5), F32), t((2, 3, 2, 2), F32), stride=0)
    put("functional.conv2d", t((1, 3, 4, 5), F32), t((2, 3, 2, 2), F32), padding=-1)
    for name in ("avg_pool2d", "max_pool2d"):
        put("functional." + name, t((1, 2, 4, 5), F32), kernel_size=6)
        put("functional." + name, t((4, 5), F32), kernel_size=2)
        put("functional." + name, t((1, 2, 4, 5), I64), kernel_size=2)
        put("functional." + name, t((1, 2, 4, 5), F32), kernel_size=0)
        put("functional." + name, t((1, 2, 4, 5), F32), kernel_size=(2, 2, 2))
    put("functional.max_pool2d", torch.tensor([[[1.0, NAN, 2.0], [3.0, 4.0, 5.0]]]), kernel_size=2, stride=1)


PARTS = [extremes, parts, creation, windows]
