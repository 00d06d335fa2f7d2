"""Reference cases of uint8: what the other files have too little of for bytes, long rows and the whole range."""
import numpy as np

from case_values import BOOL, F32, F64, I32, I64, U8, Cases, sample, specials


def long_rows(out):
    """More than one register and one block of bytes, over the whole range."""
    from elementwise_cases import integer_pow

    binary = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "floor_divide": np.floor_divide, "remainder": np.remainder, "pow": integer_pow,
              "maximum": np.maximum, "minimum": np.minimum, "equal": np.equal, "less": np.less, "greater_equal": np.greater_equal,
              "bitwise_xor": np.bitwise_xor, "bitwise_left_shift": np.left_shift, "bitwise_right_shift": np.right_shift}
    for n in (15, 65, 200, 1100):
        a, b = sample((n,), U8, 0, 255), sample((n,), U8, 0, 255)
        for name, f in binary.items():
            if n < 1000 or name in ("add", "multiply", "less"):
                out.put(name, [a, b], [f(a, b)])
                out.put(name, [a, b[:1]], [f(a, b[:1])])
        if n > 1000:
            continue
        out.put("negative", [a], [np.negative(a)])
        out.put("abs", [a], [np.abs(a)])
        out.put("square", [a], [np.square(a)])
        out.put("sign", [a], [np.sign(a)])
        out.put("clip", [a, 17, 200], [np.clip(a, 17, 200)])
        out.put("clip", [a, b, None], [np.maximum(a, b)])
        out.put("where", [a > b, a, b], [np.where(a > b, a, b)])
        for dt in (BOOL, I32, I64, F32, F64):
            out.put("astype", [a], [a.astype(dt)], {"dtype": dt.name})
            x = sample((n,), dt, -300, 300)
            out.put("astype", [x], [x.astype(U8)], {"dtype": "uint8"})
    pairs = specials(U8)
    for name in ("floor_divide", "remainder", "pow", "bitwise_left_shift", "bitwise_right_shift"):
        out.put(name, [pairs[:, None], pairs[None, :]], [binary[name](*np.broadcast_arrays(pairs[:, None], pairs[None, :]))])


def reductions(out):
    for shape in ((1100,), (300, 5), (3, 200), (5, 9, 17)):
        x = sample(shape, U8, 0, 255)
        for axis in [None] + list(range(len(shape))):
            at = {} if axis is None else {"axis": axis}
            for name, f in (("sum", np.sum), ("prod", np.prod)):
                out.put(name, [x], [np.asarray(f(x, axis=axis, dtype=I64))], at)
                out.put(name, [x], [np.asarray(f(x, axis=axis, dtype=U8))], {**at, "dtype": "uint8"})
            for name, f in (("max", np.max), ("min", np.min), ("any", np.any), ("all", np.all)):
                out.put(name, [x], [np.asarray(f(x, axis=axis))], at)
            for name, f in (("argmax", np.argmax), ("argmin", np.argmin)):
                out.put(name, [x], [np.asarray(f(x, axis=axis)).astype(I64)], at)
            if axis is None:
                continue
            out.put("cumulative_sum", [x], [np.cumsum(x, axis=axis, dtype=I64)], at)
            out.put("cumulative_sum", [x], [np.cumsum(x, axis=axis, dtype=U8)], {**at, "dtype": "uint8"})
            out.put("cumulative_prod", [x], [np.cumprod(x, axis=axis, dtype=U8)], {**at, "dtype": "uint8"})
            out.put("sort", [x], [np.sort(x, axis=axis)], at)
            out.put("argsort", [x], [np.argsort(x, axis=axis, kind="stable").astype(I64)], at)
            out.put("diff", [x], [np.diff(x, axis=axis)], at)
    a, b = sample((17, 70), U8, 0, 255), sample((70, 33), U8, 0, 255)
    out.put("matmul", [a, b], [np.matmul(a, b)])
    out.put("matmul", [a, b[:, 0].copy()], [np.matmul(a, b[:, 0])])
    for start, stop, step in ((0, 256, 1), (250, 256, 2), (255, -1, -5), (0.0, 9.5, 0.5)):
        out.put("arange", [], [np.arange(start, stop, step).astype(U8)], {"start": start, "stop": stop, "step": step, "dtype": "uint8"})
    sorted_ = np.sort(sample((400,), U8, 0, 255))
    for side in ("left", "right"):
        wanted = np.arange(256).astype(U8)
        out.put("searchsorted", [sorted_, wanted], [np.searchsorted(sorted_, wanted, side=side).astype(I64)], None if side == "left" else {"side": side})


def make():
    out = Cases()
    with np.errstate(all="ignore"):
        long_rows(out)
        reductions(out)
    return out
