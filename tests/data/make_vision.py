"""Writes vision_*.json: what kornia's functions of images give, on parts of a photograph and on plain colours.

Elements are those of the same call on float64, rounded; `atol` says how far kornia's own float32 is from them. `member` marks calls that a module of
examples/vision makes, `waits` those that C++ records with their arguments. Run it where torch and kornia are installed; it needs the
photograph, and writes what examples/vision/photograph prints too.
"""
import os

import kornia
import numpy as np
import torch

import photograph
import vision_color
import vision_enhance
import vision_filters
from encoding import encode, encode_number, write

cases = []
F32, F64 = torch.float32, torch.float64


def real(pixels, dtype=F32):
    return torch.tensor(pixels.astype(np.float64) / 255).to(dtype)


PHOTO = real(photograph.crop(128, 126, 6, 8))
PLAIN = torch.tensor([[0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0.5], [1, 1, 0], [0.25, 0, 0.25]], dtype=F32).T.reshape(3, 2, 4)


def spelled(x):
    return encode_number(x) if isinstance(x, float) and not np.isfinite(x) else x


def keyword(v):
    if isinstance(v, torch.dtype):
        return str(v).removeprefix("torch.")
    if isinstance(v, (tuple, list)):
        return [keyword(x) for x in v]
    return v if not hasattr(v, "name") else v.name


def results(y):
    return [v for v in (y if isinstance(y, (tuple, list)) else [y])]


def wide(x):
    return x.to(F64) if isinstance(x, torch.Tensor) and x.is_floating_point() else x


def put(fn, *inputs, member=False, waits=False, call=None, single=False, nan=False, **kwargs):
    """Tensors in `inputs`, all else by name. `call` makes what is named otherwise in C++ than in kornia. `single`: steps of 8 bits are those of float32,
    which float64 has elsewhere. `nan`: results may be NaN."""
    home, name = fn.split(".")
    function = call or getattr(getattr(kornia, home), name)
    case = {"fn": fn, "inputs": [encode(x.numpy()) for x in inputs]}
    if kwargs:
        case["kwargs"] = {k: keyword(v) for k, v in kwargs.items()}
    if member:
        case["member"] = True
    if waits:
        case["waits"] = True
    cases.append(case)
    try:
        got = results(function(*inputs, **kwargs))
    except Exception as why:
        print("refused:", fn, [tuple(x.shape) for x in inputs], kwargs, type(why).__name__, str(why)[:90])
        case["error"] = True
        return
    exact = [wide(y) for y in (got if single else results(function(*[wide(x) for x in inputs], **kwargs)))]
    case["atol"] = []
    for y, w in zip(got, exact):
        assert nan or (bool(y.isfinite().all()) if y.dtype.is_floating_point else True), fn
        assert bool((y.isnan() == w.isnan()).all()), fn
        w = w.to(F64)
        scale, off = max(1.0, float(w.nan_to_num(0, 0, 0).abs().max())), float((y.to(F64) - w).nan_to_num(0, 0, 0).abs().max())
        eps = torch.finfo(y.dtype).eps if y.dtype.is_floating_point else 0
        assert off <= 2e-4 * scale, (fn, kwargs, off)
        case["atol"].append(float("%.2g" % (1e-12 * scale if y.dtype == F64 else max(16 * eps * scale, 4 * off))))
    case["outputs"] = [encode(w.to(y.dtype).numpy()) for y, w in zip(got, exact)]



PARTS = [vision_color, vision_filters, vision_enhance]

if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    for part in PARTS:
        cases.clear()
        part.calls(put, PHOTO, PLAIN)
        write(os.path.join(here, part.__name__ + ".json"), "written by make_vision.py with kornia %s and torch %s" % (kornia.__version__, torch.__version__), cases)
        print(part.__name__ + ":", len(cases), "cases of", len({c["fn"] for c in cases}), "functions,", sum("error" in c for c in cases), "refused")
    with open(os.path.join(here, "../../examples/vision/photograph.expected"), "w") as f:
        f.write("\n".join(photograph.shown()) + "\n")
