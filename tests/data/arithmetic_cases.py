"""Reference cases of floored division, common divisors, bits, signs and neighbours of numbers: computed by NumPy on operands cast to the promoted dtype."""
from fractions import Fraction
from math import floor

import numpy as np

import elementwise_cases as elementwise
from case_values import ALL, BOOL, F32, F64, I32, I64, INTEGERS, NUMERIC, VIEWS, Cases, floating, laid_out, promote, sample, specials, together, wide

SHAPES = [((), ()), ((3,), (2, 3)), ((2, 1), (1, 3)), ((2, 1, 3), (4, 1)), ((0, 3), (1, 3))]


def exact_floor(a, b):
    """The exact quotient rounded down; NumPy's own is that of a rounded difference. Beyond where every integer is a number: the rounded one."""
    rounded = a / b
    if not (np.isfinite(a) and np.isfinite(b) and b != 0) or abs(rounded) > 2.0 ** (np.finfo(a.dtype).nmant + 1):
        return np.floor(rounded)  # with infinite operands as the standard has it, where NumPy has NaN or -1
    whole = floor(Fraction(float(a)) / Fraction(float(b)))
    return a.dtype.type(whole) if whole != 0 else np.copysign(a.dtype.type(0), rounded)


def floor_divide(a, b):
    if a.dtype.kind != "f":
        return np.floor_divide(a, b)
    pairs = np.broadcast(a, b)
    return np.array([exact_floor(x, y) for x, y in pairs], a.dtype).reshape(pairs.shape)


BINARY = {
    "floor_divide": (floor_divide, "promote", 1, True), "remainder": (np.remainder, "promote", 1, True),
    "copysign": (np.copysign, "floating", 1, True), "nextafter": (np.nextafter, "floating", 1, True),
}
UNARY = {
    "positive": (np.positive, "same", (-4, 4), False), "signbit": (np.signbit, "bool", (-4, 4), False), "isinf": (np.isinf, "bool", (-4, 4), False),
}


def quotients(out):
    """Where the rounded quotient is not the exact one, and where it has more digits than a number."""
    for dt in (F32, F64):
        a = np.array([1, 0.3, -1, 7, 1e30, -1e30, 5e-324 if dt == F64 else 1e-45, 3, 1 - 2.0**-20, 4503599627370497.5, 6.0], dt)
        b = np.array([0.1, 0.1, 0.1, -0.7, 3, 7e-9, 0.5, 1e-30, 1, 0.5, 1e-3], dt)
        for x, y in ((a, b), (a[:, None], b[None, :]), (-a, b)):
            out.put("floor_divide", [x, y], [floor_divide(x, y)])
            out.put("remainder", [x, y], [np.remainder(x, y)])
        # Quotients of as many bits as a number has, some fewer and some more, next to integers on both sides.
        g = np.random.default_rng(7)
        digits = np.finfo(dt).nmant + 1
        n = 37
        for low in range(digits - 3, digits + 2):
            b = (g.uniform(1, 2, n) * g.choice([-1, 1], n) * 2.0 ** g.integers(-30, 30, n)).astype(dt)
            a = (b * np.floor(2.0 ** (low + g.uniform(0, 1, n))).astype(dt)).astype(dt)
            for x in (a, np.nextafter(a, dt.type(np.inf)), np.nextafter(a, dt.type(-np.inf))):
                out.put("floor_divide", [x, b], [floor_divide(x, b)])
                out.put("remainder", [x, b], [np.remainder(x, b)])
                out.put("floor_divide", [x[:1], b[:1]], [floor_divide(x[:1], b[:1])])
    pair = np.array([-2.25, -2.25], F32), np.array([2.9267287e-07, 0.5], F32)
    for count in (1, 2):
        out.put("floor_divide", [pair[0][:count], pair[1][:count]], [floor_divide(pair[0][:count], pair[1][:count])])
    for dt in (I32, I64):
        a = np.arange(-9, 10, dtype=dt)
        for d in (3, -3, 1, -1, 0, 9, 10):
            out.put("floor_divide", [a, np.array(d, dt)], [floor_divide(a, dt.type(d))])
            out.put("remainder", [a, np.array(d, dt)], [np.remainder(a, dt.type(d))])


def bits(out):
    functions = {"bitwise_and": np.bitwise_and, "bitwise_or": np.bitwise_or, "bitwise_xor": np.bitwise_xor}

    def put(name, f, a, b, views=None):
        dt = together([a, b])
        out.put(name, [a, b], [np.asarray(f(np.asarray(a, dt), np.asarray(b, dt)))], views=views)

    for name, f in functions.items():
        for dt in [BOOL] + INTEGERS:
            for sa, sb in SHAPES:
                put(name, f, sample(sa, dt, -99, 99), sample(sb, dt, -99, 99))
            s = specials(dt)
            put(name, f, s[:, None], s[None, :])
            for view in VIEWS:
                put(name, f, laid_out(sample((3, 4), dt, -99, 99), view), sample((3, 4), dt, -99, 99), [view, None])
            put(name, f, sample((3,), dt, -99, 99), 1)
            put(name, f, sample((1500,), dt, -99, 99), sample((1500,), dt, -99, 99))
        put(name, f, sample((2, 3), I32, -99, 99), sample((3,), I64, -99, 99))
        put(name, f, sample((2, 3), BOOL), sample((3,), I32, -99, 99))
        put(name, f, sample((3,), BOOL), True)
    for dt in [BOOL] + INTEGERS:
        for shape in [(), (3,), (2, 1, 3), (0,), (1500,)]:
            x = sample(shape, dt, -99, 99)
            out.put("bitwise_invert", [x], [np.asarray(np.bitwise_invert(x))])
        out.put("bitwise_invert", [specials(dt)], [np.bitwise_invert(specials(dt))])
        for view in VIEWS:
            x = laid_out(sample((3, 4), dt, -99, 99), view)
            out.put("bitwise_invert", [x], [np.bitwise_invert(x)], views=[view])
    for name, f in (("bitwise_left_shift", np.left_shift), ("bitwise_right_shift", np.right_shift)):
        for dt in INTEGERS:
            for sa, sb in SHAPES:
                put(name, f, sample(sa, dt, -99, 99), sample(sb, dt, 0, 12))
            width = dt.itemsize * 8
            beyond = [1000, -1, -width, np.iinfo(dt).max, np.iinfo(dt).min] if dt.kind == "i" else [64, np.iinfo(dt).max]
            counts = np.array([0, 1, 5, width - 1, width, width + 1] + beyond, dt)
            put(name, f, specials(dt)[:, None], counts[None, :])
            for view in VIEWS:
                put(name, f, laid_out(sample((3, 4), dt, -99, 99), view), sample((3, 4), dt, 0, 9), [view, None])
            put(name, f, sample((1500,), dt, -99, 99), 3)
            put(name, f, 1, sample((7,), dt, 0, 30))
        put(name, f, sample((2, 3), I32, -99, 99), sample((3,), I64, 0, 9))


def divisors(out):
    for name, f in (("gcd", np.gcd), ("lcm", np.lcm)):
        def put(a, b, views=None):
            dt = together([a, b])
            out.put(name, [a, b], [np.asarray(f(np.asarray(a, dt), np.asarray(b, dt)))], views=views)

        for dt in INTEGERS:
            for sa, sb in SHAPES:
                put(sample(sa, dt, -99, 99), sample(sb, dt, -99, 99))
            put(specials(dt)[:, None], specials(dt)[None, :])
            near = np.array([0, 1, 2, 3, 4, 6, 12, 18, 35, 60, 64, 97, 120], dt)
            put(near[:, None], near[None, :])
            if dt.kind == "i":
                put(-near[:, None], near[None, :])
            for view in VIEWS:
                put(laid_out(sample((3, 4), dt, -99, 99), view), sample((3, 4), dt, -99, 99), [view, None])
            put(sample((1500,), dt, -99, 99), sample((1500,), dt, -99, 99))
            put(sample((1500,), dt, -99, 99), 12)
            put(12, sample((7,), dt, -99, 99))
        put(sample((2, 3), I32, -99, 99), sample((3,), I64, -99, 99))
        put(sample((2, 3), I32, -99, 99), sample((3,), np.dtype("uint8"), 0, 99))
        put(sample((2, 3), BOOL), sample((3,), I32, -99, 99))


def exclusive(out):
    for sa, sb in SHAPES:
        a, b = sample(sa, BOOL), sample(sb, BOOL)
        out.put("logical_xor", [a, b], [np.asarray(np.logical_xor(a, b))])
    for view in VIEWS:
        a, b = laid_out(sample((3, 4), BOOL), view), sample((3, 4), BOOL)
        out.put("logical_xor", [a, b], [a ^ b], views=[view, None])
    a = sample((1500,), BOOL)
    out.put("logical_xor", [a, True], [~a])
    out.put("logical_xor", [np.array([0, 0, 1, 1], bool), np.array([0, 1, 0, 1], bool)], [np.array([0, 1, 1, 0], bool)])


def log_sums(out):
    def put(a, b, views=None):
        dt = floating(together([a, b]))
        x, y = wide(np.asarray(a, dt)), wide(np.asarray(b, dt))
        # Where the terms cancel, near log(2) below 0, the error is that of the larger operand.
        top = np.maximum(np.abs(x), np.abs(y))
        bound = 4 * float(np.finfo(dt).eps) * max(1.0, float(np.max(np.where(np.isfinite(top), top, 0), initial=0)))
        out.put("logaddexp", [a, b], [np.asarray(np.logaddexp(x, y)).astype(dt)], views=views, ulp=4, atol=[bound])

    for dt in NUMERIC:
        for sa, sb in SHAPES:
            put(sample(sa, dt), sample(sb, dt))
        for view in VIEWS:
            put(laid_out(sample((3, 4), dt), view), sample((3, 4), dt), [view, None])
        put(sample((3,), dt), 2)
    for dt in (F32, F64):
        s = np.array([np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0, 700.0, -700.0], dt)
        put(s[:, None], s[None, :])
    put(sample((2, 3), I32), sample((3,), F32))


def make():
    out = Cases()
    with np.errstate(all="ignore"):
        elementwise.BINARY.update(BINARY)
        elementwise.UNARY.update(UNARY)
        for name in BINARY:
            elementwise.binary(out, name)
        for name in UNARY:
            elementwise.unary(out, name)
        for part in (quotients, bits, exclusive, log_sums, divisors):
            part(out)
    return out
