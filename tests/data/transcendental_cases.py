"""Reference cases of the elementary functions and of rounding: NumPy in extended precision, mpmath where NumPy has no function."""
import mpmath
import numpy as np

from case_values import F32, F64, NUMERIC, VIEWS, Cases, floating, kind, laid_out, sample, specials, together, wide

SHAPES = [(), (3,), (2, 3), (2, 1, 3), (0,), (2, 0, 3)]
PAIRS = [((), ()), ((3,), (2, 3)), ((2, 1), (1, 3)), ((2, 1, 3), (4, 1)), ((0, 3), (1, 3))]
mpmath.mp.prec = 200


def by_mpmath(f):
    """Element by element, rounded to float64; float32 is rounded from that."""
    def one(x):
        if np.isnan(x):
            return np.float64("nan")
        return np.float64(f(mpmath.mpf(float(x))))

    return lambda x: np.vectorize(one, otypes=[np.float64])(np.asarray(x, np.float64)) if np.size(x) else np.asarray(x, np.float64)


def erfc(x):
    return mpmath.erfc(x) if abs(x) < 40 else mpmath.mpf(0 if x > 0 else 2)


def log_gamma(x):
    if mpmath.isinf(x) or (x <= 0 and x == mpmath.floor(x)):
        return mpmath.inf
    return mpmath.re(mpmath.loggamma(x))


# name: function on the extended operand, range of samples
UNARY = {
    "sin": (np.sin, (-9, 9)), "cos": (np.cos, (-9, 9)), "tan": (np.tan, (-9, 9)), "asin": (np.arcsin, (-1, 1)), "acos": (np.arccos, (-1, 1)),
    "atan": (np.arctan, (-4, 4)), "sinh": (np.sinh, (-4, 4)), "cosh": (np.cosh, (-4, 4)), "asinh": (np.arcsinh, (-4, 4)),
    "acosh": (np.arccosh, (1, 9)), "atanh": (np.arctanh, (-0.99, 0.99)), "exp2": (np.exp2, (-4, 4)), "expm1": (np.expm1, (-2, 2)),
    "log2": (np.log2, (0.1, 9)), "log10": (np.log10, (0.1, 9)), "log1p": (np.log1p, (-0.9, 4)), "cbrt": (np.cbrt, (-9, 9)),
    "rsqrt": (lambda x: 1 / np.sqrt(x), (0.1, 9)), "erfc": (by_mpmath(erfc), (-2, 5)), "lgamma": (by_mpmath(log_gamma), (-4, 9)),
}
BINARY = {"atan2": np.arctan2, "hypot": np.hypot}
ROUNDING = {"round": lambda x: np.rint(x) if kind(x.dtype) == 2 else x, "trunc": np.trunc, "sign": np.sign}
ANGLES = [1e-300, 1e-8, np.pi / 4, np.pi / 2, np.pi, 3 * np.pi / 2, 22.0, 355.0, 1e5, 1e10, 1e22, -1e300], [1e-30, 1e-4, np.pi / 4, np.pi / 2, np.pi, 22.0, 355.0, 1e5, 1e10, -1e30]
EDGES = [1e-300, 1e-9, -0.1, 0.4999, 0.5, 0.75, -0.999999, 1 + 1e-15, 1 - 1e-16], [1e-38, 1e-5, -0.1, 0.4999, 0.5, 0.75, -0.9999, 1 - 6e-8]
WIDE = [1e-300, 1e-9, -0.1, 0.3, 22.0, 1e8, -1e150, 1e300], [1e-38, 1e-5, -0.1, 0.3, 9.5, 1e8, -1e19, 1e38]
EXTRA = {  # float64, float32: where the functions bend, overflow and underflow
    "sin": ANGLES, "cos": ANGLES, "tan": ANGLES, "asin": EDGES, "acos": EDGES, "atan": WIDE, "atanh": EDGES, "asinh": WIDE, "cbrt": WIDE,
    "sinh": ([1e-300, 1e-9, 0.3, 22.0, 710.4, -710.5], [1e-38, 1e-5, 0.3, 9.5, 89.4, -89.5]),
    "cosh": ([1e-9, 0.3, 22.0, 710.4, -710.5], [1e-5, 0.3, 9.5, 89.4, -89.5]),
    "acosh": ([1 + 1e-15, 1.0001, 2.0, 1e8, 1e200, 0.999], [1.0000001, 1.0001, 2.0, 1e8, 1e30, 0.999]),
    "exp2": ([1023.0, 1023.9, 1024.0, -1022.5, -1074.0, -1075.5, 3.0, 0.5, 1e-17], [127.0, 127.9, 128.0, -126.5, -149.0, -150.5, 3.0, 0.5, 1e-9]),
    "expm1": ([1e-300, 1e-10, -1e-5, 0.3, -37.0, -800.0, 709.7, 709.8], [1e-38, 1e-6, -1e-3, 0.3, -17.0, -200.0, 88.7, 88.8]),
    "log2": ([5e-324, 1e-300, 0.999999999, 1.000000001, 8.0, 1e300], [1e-45, 1e-38, 0.9999999, 1.0000001, 8.0, 1e38]),
    "log10": ([5e-324, 1e-300, 0.999999999, 1.000000001, 1000.0, 1e300], [1e-45, 1e-38, 0.9999999, 1.0000001, 1000.0, 1e38]),
    "log1p": ([1e-300, 1e-10, -1e-5, -0.999999, 1e10, 1e300], [1e-38, 1e-6, -1e-3, -0.9999, 1e10, 1e38]),
    "rsqrt": ([2.0, 1e-310, 1e300], [2.0, 1e-40, 1e38]),
    "erfc": ([1e-10, 0.46, 0.85, 1.3, 5.9, 15.0, 26.5, 27.3, -6.0], [1e-5, 0.46, 0.85, 1.3, 5.9, 9.1, 10.2, -4.0]),
    "lgamma": ([1e-300, 1e-10, 0.99999, 1.00001, 1.46, 2.5, -2.4570247382, -0.5, -3.0, 170.5, 1e10, 1e305], [1e-38, 1e-5, 0.999, 1.001, 1.46, 2.5, -2.457, -0.5, -3.0, 35.5, 1e10, 4e36]),
    "round": ([0.5, 1.5, 2.5, -0.5, -0.3, 0.49999999999999994, 4503599627370495.5, 1e300], [0.5, 1.5, 2.5, -0.5, -0.3, 0.49999997, 8388607.5, 1e30]),
    "trunc": ([0.9, -0.9, 2.5, 4503599627370495.5, -1e300], [0.9, -0.9, 2.5, 8388607.5, -1e30]),
    "sign": ([1e-300, -1e-300], [1e-38, -1e-38]),
}


def unary(out, name, f, low, high, inexact):
    def put(x, view=None):
        operand = floating(x.dtype) if inexact else x.dtype
        given = x.astype(operand)
        y = np.asarray(f(wide(given) if inexact else given))
        out.put(name, [x], [y.astype(operand)], views=[view], **({"ulp": 4} if inexact else {}))

    for dt in NUMERIC:
        for shape in SHAPES if dt == F64 else [(3,), (2, 3), (0,)]:
            put(sample(shape, dt, low, high))
        put(specials(dt) if kind(dt) == 2 or not inexact else specials(dt)[:6])
        for view in VIEWS:
            put(laid_out(sample((3, 4), dt, low, high), view), view)
    put(sample((2, 3, 2, 2), F64, low, high), "transposed")
    put(sample((37,), F32, low, high))
    for dt, values in zip((F64, F32), EXTRA[name]):
        put(np.array(values, dt))


def binary(out, name, f):
    def put(a, b, views=None):
        operand = floating(together([a, b]))
        y = np.asarray(f(wide(np.asarray(a, operand)), wide(np.asarray(b, operand))))
        out.put(name, [a, b], [y.astype(operand)], views=views, ulp=4)

    for dt in NUMERIC:
        for sa, sb in PAIRS if dt == F64 else PAIRS[1:3]:
            put(sample(sa, dt), sample(sb, dt))
        put(sample((2, 2), dt), 2)
        put(-0.5, sample((3,), dt))
    for dt in (F32, F64):
        s = specials(dt)
        put(s[:, None], s[None, :])
        for view in VIEWS:
            put(laid_out(sample((3, 4), dt), view), sample((3, 4), dt), [view, None])
        big = np.array([1e30, -1e-30, 3.0, -4.0] if dt == F32 else [1e300, -1e-300, 3.0, -4.0], dt)
        put(big[:, None], big[None, :])
    for a in NUMERIC:
        for b in NUMERIC:
            if a != b:
                put(sample((2, 3), a), sample((3,), b))


def make():
    out = Cases()
    with np.errstate(all="ignore"):
        for name, (f, (low, high)) in UNARY.items():
            unary(out, name, f, low, high, True)
        for name, f in ROUNDING.items():
            unary(out, name, f, -4, 4, False)
        for name, f in BINARY.items():
            binary(out, name, f)
    return out
