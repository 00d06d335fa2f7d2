"""Calls of torch's pools with all their keywords, and of what samples images: other sizes, places of a grid. Each part takes `put` of make_torch.py."""
import torch

from torch_functional import DTYPES, F32, F64, I64, INF, NAN, t

FLOATS = [F32, F64]

POOLS = [{"kernel_size": 3, "padding": 1}, {"kernel_size": (3, 2), "stride": 2, "padding": (1, 0)}, {"kernel_size": 2, "stride": 3, "padding": 1, "ceil_mode": True},
         {"kernel_size": (2, 3), "stride": 2, "ceil_mode": True}, {"kernel_size": 4, "stride": (3, 1), "padding": 2, "ceil_mode": True}, {"kernel_size": 3, "stride": 1, "padding": (0, 1)},
         {"kernel_size": 1, "stride": 2, "ceil_mode": True}, {"kernel_size": 9, "padding": 1}, {"kernel_size": 9, "padding": 4}, {"kernel_size": 2, "padding": 2},
         {"kernel_size": 9, "stride": 9, "ceil_mode": True}]


def pools(put):
    for dt in (F32, F64):
        for shape in ((1, 2, 6, 7), (2, 4, 5)):
            x = t(shape, dt)
            for kw in POOLS:
                put("functional.max_pool2d", x, **kw)
                put("functional.avg_pool2d", x, **kw)
                put("functional.avg_pool2d", x, count_include_pad=False, **kw)
            put("functional.avg_pool2d", x, kernel_size=3, padding=1, divisor_override=5)
            put("functional.avg_pool2d", x, kernel_size=2, divisor_override=-2)
            put("functional.max_pool2d", x, kernel_size=2, dilation=2)
            put("functional.max_pool2d", x, kernel_size=(2, 3), dilation=(3, 1), padding=1, stride=2, ceil_mode=True)
            put("functional.max_pool2d", x, kernel_size=3, dilation=3, padding=3)
        for kw in POOLS:
            if not any(isinstance(v, tuple) for v in kw.values()):
                put("functional.max_pool1d", t((1, 2, 7), dt), **kw)
                put("functional.avg_pool1d", t((2, 7), dt), **kw)
                put("functional.avg_pool1d", t((1, 2, 8), dt), count_include_pad=False, **kw)
        put("functional.max_pool1d", t((1, 2, 9), dt), kernel_size=3, dilation=2, padding=2)
        special = torch.tensor([[[NAN, 1.0, INF], [-INF, 2.0, 0.5]]], dtype=dt)
        put("functional.max_pool2d", special, kernel_size=2, padding=1)
        put("functional.avg_pool2d", special, kernel_size=2, padding=1)
        put("functional.max_pool2d", torch.full((1, 2, 2), -INF, dtype=dt), kernel_size=2, padding=1)
        put("functional.max_pool2d", torch.zeros((0, 1, 4, 4), dtype=dt), kernel_size=2)
    put("functional.avg_pool2d", t((1, 4, 5), F32), kernel_size=2, divisor_override=0)
    put("functional.max_pool2d", t((1, 4, 5), F32), kernel_size=2, padding=-1)
    put("functional.max_pool2d", t((1, 4, 5), F32), kernel_size=2, dilation=0)


def sizes(put):
    for dt in (F32, F64):
        x = t((2, 2, 5, 7), dt)
        for corners in (False, True):
            for kw in ({"size": (9, 4)}, {"size": 3}, {"size": (1, 1)}, {"size": (5, 7)}, {"scale_factor": 1.7}, {"scale_factor": 0.4}, {"size": (2, 20)}):
                put("functional.interpolate", x, mode="bicubic", align_corners=corners, **kw)
                for mode in ("bilinear", "bicubic"):
                    put("functional.interpolate", x, mode=mode, align_corners=corners, antialias=True, **kw)
        put("functional.interpolate", t((1, 1, 1, 1), dt), size=(2, 3), mode="bicubic")
        put("functional.interpolate", t((1, 1, 1, 1), dt), size=(2, 3), mode="bicubic", antialias=True)
        special = t((1, 1, 2, 9), dt)
        special[0, 0, 0, 4], special[0, 0, 1, 0] = INF, NAN
        put("functional.interpolate", special, size=(2, 4), mode="bilinear", antialias=True)
        special[0, 0, 0, 4] = 1  # torch's float32 kernel counts weights of 0 among the infinities
        put("functional.interpolate", special, size=(2, 5), mode="bicubic", antialias=True)
    put("functional.interpolate", t((1, 2, 3), F32), size=3, mode="bicubic")
    put("functional.interpolate", t((1, 2, 3, 4), I64), size=3, mode="bicubic")
    put("functional.interpolate", t((1, 2, 3, 4), F32), size=3, antialias=True)
    put("functional.interpolate", t((1, 2, 3), F32), size=3, mode="linear", antialias=True)


def grids(put):
    for dt in (F32, F64):
        x = t((2, 3, 4, 5), dt)
        near, far = t((2, 3, 4, 2), dt, 24), t((2, 2, 3, 2), dt, 4)
        far[0, 0, 0] = torch.tensor([1.0, -1.0], dtype=dt)
        for mode in ("bilinear", "nearest", "bicubic"):
            for padding in ("zeros", "border", "reflection"):
                if mode != "bicubic" and padding != "reflection":
                    continue
                for corners in (False, True):
                    for grid in (near, far):
                        put("functional.grid_sample", x, grid + 0.01 if mode == "nearest" else grid, mode=mode, padding_mode=padding, align_corners=corners)
        for padding in ("zeros", "border", "reflection"):
            for corners in (False, True):
                put("functional.grid_sample", t((2, 1, 1, 3), dt), near, padding_mode=padding, align_corners=corners)
                put("functional.grid_sample", t((2, 1, 1, 3), dt), near, mode="bicubic", padding_mode=padding, align_corners=corners)
        for mode in ("bicubic", "bilinear"):
            for padding in ("zeros", "border", "reflection"):
                put("functional.grid_sample", t((2, 3, 4, 5), dt), near, mode=mode, padding_mode=padding)
    put("functional.grid_sample", t((2, 3, 4, 5), F32), t((2, 3, 4, 2), F64), mode="bicubic")
    put("functional.grid_sample", t((2, 3, 4, 5), F32), t((2, 3, 4, 2), F32), padding_mode="wrap")
    put("functional.grid_sample", t((2, 3, 4, 5), F32), t((2, 3, 4, 2), F32), mode="cubic")


def space(put):
    """Grids in space; where pools found what they took."""
    for dt in FLOATS:
        x, grid = t((2, 2, 3, 4, 2), dt), t((2, 2, 3, 2, 3), dt, 15)
        for mode in ("bilinear", "nearest"):
            for padding in ("zeros", "border", "reflection"):
                for corners in (False, True):
                    put("functional.grid_sample", x, grid + 0.013 if mode == "nearest" else grid, mode=mode, padding_mode=padding, align_corners=corners)
        put("functional.grid_sample", t((1, 1, 1, 1, 3), dt), t((1, 1, 2, 1, 3), dt, 20), padding_mode="border", align_corners=False)
        for corners in (False, True):
            put("functional.affine_grid", t((2, 3, 4), dt), size=(2, 1, 2, 3, 4), align_corners=corners)
            put("functional.affine_grid", t((1, 3, 4), dt), size=(1, 3, 1, 2, 1), align_corners=corners)
    for padding in ("zeros", "border", "reflection"):
        put("functional.grid_sample", t((1, 2, 4, 3, 5), F64), t((1, 2, 1, 3, 3), F64, 15), mode="bicubic", padding_mode=padding, align_corners=padding == "border")
    put("functional.grid_sample", t((1, 1, 2, 2, 2), F32), t((1, 1, 1, 3), F32), align_corners=False)
    put("functional.affine_grid", t((1, 2, 3), F32), size=(1, 1, 2, 2, 2), align_corners=False)
    put("functional.affine_grid", t((1, 3, 4), F32), size=(1, 1, 2, 2), align_corners=False)
    for dt in FLOATS:
        image, line = t((2, 3, 5, 6), dt), t((2, 3, 9), dt)
        same = torch.tensor([[[1.0, 1.0, 0.0, 1.0], [2.0, 2.0, 2.0, 0.0], [0.0, 2.0, 2.0, 2.0]]], dtype=dt)
        odd = torch.tensor([[[NAN, 1.0, NAN, 2.0], [-INF, -INF, 3.0, INF], [-INF, -INF, NAN, INF]]], dtype=dt)
        for kw in ({"kernel_size": 2}, {"kernel_size": 3, "stride": 2, "padding": 1}, {"kernel_size": 2, "stride": 1, "dilation": 2}, {"kernel_size": 3, "stride": 2, "ceil_mode": True}, {"kernel_size": 1}):
            for x in (image, image[0], same, odd):
                if x.shape[-2] >= 3:
                    put("functional.max_pool2d_with_indices", x, **kw)
            for x in (line, line[0], odd[0]):
                put("functional.max_pool1d_with_indices", x, **kw)
        put("functional.max_pool2d_with_indices", image, kernel_size=(2, 3), stride=(1, 2), padding=(1, 0))
        put("functional.max_pool2d_with_indices", torch.full((1, 3, 3), -INF, dtype=dt), kernel_size=3, stride=2, padding=1)
    put("functional.max_pool2d_with_indices", t((1, 1, 2, 2), F32), kernel_size=3)


def later(put):
    for dt in DTYPES:
        put("torch.erfinv", t((2, 3), dt, 25))
        put("torch.erfinv", t((), dt, 25))
        put("torch.erfinv", torch.zeros((0, 2), dtype=dt))
        put("Tensor.erfinv_", t((2, 3), dt, 25))
        for other in DTYPES:
            put("torch.rsub", t((2, 3), dt), t((3,), other))
            put("torch.ger", t((2,), dt), t((3,), other))
            if dt == other:
                put("torch.addr", t((2, 3), dt), t((2,), dt), t((3,), dt))
                put("torch.addr", t((3,), dt), t((2,), dt), t((3,), dt), beta=2, alpha=3)
                put("torch.addr", t((1, 1), dt), t((2,), dt), t((3,), dt), beta=0)
        for number in (2, 2.5, True):
            put("torch.rsub", t((2, 3), dt), number)
        put("torch.rsub", t((2, 3), dt), t((3,), dt), alpha=2)
        put("torch.addr", t((2, 3), dt), t((2, 1), dt), t((3,), dt))
        put("torch.addr", t((2, 2), dt), t((2,), dt), t((3,), dt))
        put("torch.ger", t((2, 2), dt), t((3,), dt))
    for dt in FLOATS:
        put("torch.erfinv", torch.tensor([0.0, 1.0, -1.0, 1.5, NAN, INF, 1e-30, 0.1, -0.3, 0.849, 0.8515625, 0.9951171875, -0.9990234375], dtype=dt))
        put("torch.addr", t((2, 3), dt), t((2,), dt), t((3,), dt), beta=0.5, alpha=-1.5)


LATER = [space, later]
PARTS = [pools, sizes, grids]
