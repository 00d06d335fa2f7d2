"""Calls of torch.special: what it has under names of its own, and what torch has too. Takes `put` of make_torch.py."""
import numpy as np
import torch

import case_values
from torch_linalg import B, DTYPES, F32, F64

REDUCED = set("sinc ndtr entr".split())


def t(shape, dtype, low=-4.0, high=4.0):
    rng = case_values.generator(shape, str(dtype), low, high)
    if dtype == B:
        return torch.tensor(rng.integers(0, 2, shape).astype(bool))
    if dtype.is_floating_point:
        return torch.tensor(np.round(rng.uniform(low, high, shape), 3)).to(dtype)
    low = max(int(np.ceil(low)), torch.iinfo(dtype).min)
    return torch.tensor(rng.integers(low, max(int(high), low) + 1, shape)).to(dtype)


def special(put):
    nan, inf = float("nan"), float("inf")
    edges = [0.0, -0.0, 1.0, -1.0, 0.5, 0.25, 2.0, -2.5, 5.0, -5.0, 40.0, -40.0, 1e-8, 1e-30, nan, inf, -inf]
    shares = [0.0, 1.0, 0.5, 0.075, 0.925, 0.0009765625, 1e-10, 1e-30, 0.9990234375, 1.5, -0.5, nan]
    for dt in DTYPES:
        for name in "erf erfc exp2 expm1 expit sinc ndtr round".split():
            put("special." + name, t((2, 3), dt))
            put("special." + name, t((), dt))
            put("special." + name, t((0, 2), dt))
        for name, low, high in (("erfinv", -0.9, 0.9), ("log1p", -0.5, 4), ("gammaln", 0.5, 9), ("entr", -1, 4), ("ndtri", 0.01, 0.99), ("logit", 0.1, 0.9)):
            put("special." + name, t((2, 3), dt, low, high))
            put("special." + name, t((), dt, low, high))
            put("special." + name, t((0, 2), dt, low, high))
        for other in DTYPES:
            put("special.xlogy", t((2, 3), dt), t((3,), other, 0, 4))
            put("special.xlog1py", t((2, 3), dt), t((3,), other, -0.5 if other.is_floating_point else 0, 4))
            put("special.xlog1py", t((3,), dt), t((), other, 0, 4))
        put("special.xlog1py", t((3,), dt), 2.5)
        put("special.xlog1py", 2, t((3,), dt, 0, 4))
        for kw in ({"dim": 0}, {"dim": -1}, {"dim": 1, "dtype": F64}, {"dim": 2}):
            put("special.softmax", t((2, 3), dt), **kw)
            put("special.log_softmax", t((2, 3), dt), **kw)
        put("special.logsumexp", t((2, 3), dt), dim=(1,))
        put("special.logsumexp", t((2, 3), dt), dim=(0, 1), keepdim=True)
        for decimals in (2, 1, -1, 0):
            put("special.round", t((2, 3), dt, -40, 40), decimals=decimals)
            put("torch.round", t((2, 3), dt, -40, 40), decimals=decimals)
    for dt in (F32, F64):
        halves = torch.tensor([0.5, 1.5, -2.5, 0.25, 0.125, 2.675, 15.0, 25.0, -35.0, 1e30, nan, inf], dtype=dt)
        for decimals in (2, 1, -1):
            put("special.round", halves, decimals=decimals)
        for name in "erf erfc erfinv exp2 expm1 log1p expit gammaln sinc entr ndtr round".split():
            put("special." + name, torch.tensor(edges, dtype=dt))
        for name in ("ndtri", "logit"):
            put("special." + name, torch.tensor(shares, dtype=dt))
        put("special.logit", torch.tensor(shares, dtype=dt), eps=0.125)
        some = torch.tensor([0.0, -0.0, 1.0, nan, inf, -1.0, -2.0], dtype=dt)
        put("special.xlogy", some.reshape(-1, 1), some)
        put("special.xlog1py", some.reshape(-1, 1), some)


PARTS = [special]
