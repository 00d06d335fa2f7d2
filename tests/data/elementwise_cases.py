"""Reference cases of the elementwise ops: computed by NumPy on operands cast to the promoted dtype."""
import numpy as np
from scipy import special

from case_values import ALL, BOOL, F32, F64, I32, I64, INTEGERS, NUMERIC, VIEWS, Cases, floating, held, kind, laid_out, promote, sample, specials, together, wide

SHAPES = [(), (3,), (2, 3), (2, 1, 3), (2, 3, 1, 2), (0,), (2, 0, 3)]
PAIRS = [((), ()), ((), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((2, 1, 3), (4, 1)), ((0, 3), (1, 3)), ((2, 3, 1, 2), (3, 4, 1)), ((1,), (0,))]

LARGE = {"add", "multiply", "pow", "maximum", "equal", "negative", "sqrt", "exp", "erf", "isnan"}  # more than one block of the engine


def integer_pow(a, b):
    """Wraps; a negative exponent gives the truncated reciprocal, and 0 for base 0."""
    bits = a.dtype.itemsize * 8

    def one(x, n):
        x, n = int(x), int(n)
        if n < 0:
            return {1: 1, -1: 1 if n % 2 == 0 else -1}.get(x, 0)
        r = pow(x, n, 2**bits)
        return r - 2**bits if r >= 2 ** (bits - 1) and a.dtype.kind == "i" else r

    return np.vectorize(one, otypes=[a.dtype])(a, b)


def power(a, b):
    return integer_pow(a, b) if kind(a.dtype) == 1 else np.power(wide(a), wide(b)).astype(a.dtype)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gelu(x):
    # erfc keeps the digits of the negative tail.
    return 0.5 * x * special.erfc(-x.astype(np.float64) / np.sqrt(2.0))


def gelu_tanh(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.longdouble(np.pi)) * (x + np.longdouble(0.044715) * x**3)))


# name: function, dtype rule, lowest accepted kind, are specials compared with both zeros
BINARY = {
    "add": (np.add, "promote", 1, True), "subtract": (np.subtract, "promote", 1, True), "multiply": (np.multiply, "promote", 1, True),
    "divide": (np.divide, "floating", 1, True), "pow": (power, "promote", 1, True),
    "maximum": (np.maximum, "promote", 1, False), "minimum": (np.minimum, "promote", 1, False),
    "equal": (np.equal, "bool", 0, True), "not_equal": (np.not_equal, "bool", 0, True), "less": (np.less, "bool", 1, True),
    "less_equal": (np.less_equal, "bool", 1, True), "greater": (np.greater, "bool", 1, True), "greater_equal": (np.greater_equal, "bool", 1, True),
}
# name: function on the (widened, where inexact) operand, dtype rule, range of samples, inexact
UNARY = {
    "negative": (np.negative, "same", (-4, 4), False), "abs": (np.abs, "same", (-4, 4), False), "square": (np.square, "same", (-4, 4), False),
    "reciprocal": (lambda x: 1 / x, "floating", (-4, 4), False), "sqrt": (np.sqrt, "floating", (0, 9), False),
    "floor": (np.floor, "same", (-4, 4), False), "ceil": (np.ceil, "same", (-4, 4), False), "relu": (lambda x: np.maximum(x, x.dtype.type(0)), "same", (-4, 4), False),
    "exp": (np.exp, "floating", (-4, 4), True), "log": (np.log, "floating", (0.1, 9), True), "tanh": (np.tanh, "floating", (-2, 2), True),
    "erf": (lambda x: special.erf(x.astype(np.float64)), "floating", (-2, 2), True), "sigmoid": (sigmoid, "floating", (-4, 4), True),
    "isfinite": (np.isfinite, "bool", (-4, 4), False), "isnan": (np.isnan, "bool", (-4, 4), False),
}
EXTRA = {  # where the functions bend, overflow and underflow
    "exp": ([709.7, 709.8, -708.0, -744.0, -746.0, 1e-20, 88.0], [88.7, 88.8, -87.0, -103.0, -104.5, 1e-20]),
    "log": ([5e-324, 1e-300, 0.999999999, 1.000000001, 1e300], [1e-45, 1e-38, 0.9999999, 1.0000001, 1e38]),
    "tanh": ([1e-300, 1e-10, -1e-4, 0.1, 0.6, 8.0, 19.0, 20.0, -25.0, 710.0], [1e-38, 1e-10, -1e-3, 0.1, 0.6, 4.0, 8.9, 9.1, -10.0, 100.0]),
    "erf": ([1e-300, 1e-10, -1e-4, 0.5, 0.9, 1.3, 2.9, 3.7, 5.9, 6.1, -30.0], [1e-38, 1e-10, 0.5, 0.9, 1.3, 2.9, 3.7, 3.95, 4.1, -10.0]),
    "sigmoid": ([-700.0, -100.0, -36.0, 36.0, 100.0, 1e-10], [-85.0, -16.0, 16.0, 30.0, 1e-6]),
    "sqrt": ([2.0, 1e-310, 1e300], [2.0, 1e-40, 1e38]),
    "floor": ([4503599627370495.5, -0.3, 2.5, 1e300], [8388607.5, -0.3, 2.5, 1e30]),
    "ceil": ([4503599627370495.5, -0.3, 2.5, 1e300], [8388607.5, -0.3, 2.5, 1e30]),
}


def unary(out, name):
    f, rule, (low, high), inexact = UNARY[name]
    tolerance = {"ulp": 4} if inexact else {}

    def put(x, view=None):
        operand = floating(x.dtype) if rule == "floating" else x.dtype
        given = x.astype(operand)
        y = np.asarray(f(wide(given) if inexact else given))
        out.put(name, [x], [y.astype(BOOL if rule == "bool" else operand)], views=[view], **tolerance)

    for dt in NUMERIC:
        for shape in SHAPES if dt == F64 else [(3,), (2, 3), (0,)]:
            put(sample(shape, dt, low, high))
        keep = (lambda x: x[x != 0]) if name in ("relu",) else (lambda x: x)
        put(keep(specials(dt)))
        for view in VIEWS:
            put(laid_out(sample((3, 4), dt, low, high), view), view)
    for view in ["transposed", "strided", "reversed"]:
        put(sample((2, 3, 2, 2), F64, low, high), view)
        put(sample((5,), F32, low, high), view)
    if name in LARGE:
        put(sample((1500,), F64, low, high))
        put(sample((1030, 2), F32, low, high), "transposed")
    for dt, values in zip((F64, F32), EXTRA.get(name, ())):
        put(np.array(values, dt))


def binary(out, name):
    f, rule, lowest, both_zeros = BINARY[name]
    tolerance = {"ulp": 4} if name == "pow" else {}

    def put(a, b, views=None):
        dt = together([a, b])
        operand = floating(dt) if rule == "floating" else dt
        y = np.asarray(f(np.asarray(a, operand), np.asarray(b, operand)))
        out.put(name, [a, b], [y.astype(BOOL if rule == "bool" else operand)], views=views, **tolerance)

    low = 0.1 if name == "pow" else -4
    accepted = [dt for dt in ALL if kind(dt) >= lowest]
    for dt in accepted:
        for sa, sb in PAIRS if dt == F64 else PAIRS[1:6]:
            put(sample(sa, dt, low), sample(sb, dt, -2, 3))
        s = specials(dt, both_zeros)
        put(s[:, None], s[None, :])
        for view in VIEWS:
            put(laid_out(sample((3, 4), dt, low), view), sample((3, 4), dt, -2, 3), [view, None])
            put(sample((3, 4), dt, low), laid_out(sample((3, 4), dt, -2, 3), view), [None, view])
    for a in ALL:
        for b in ALL:
            if a != b and kind(promote([a, b])) >= lowest:
                put(sample((2, 3), a, low), sample((3,), b, -2, 3))
    for dt in NUMERIC:
        for scalar in (2, 0.5, -1, 2.5, 3):
            if not held(scalar, dt):
                continue
            put(sample((2, 2), dt, low), scalar)
            if scalar != -1:
                put(scalar, sample((3,), dt, -2, 3))
    if lowest == 0:
        put(sample((4,), BOOL), True)
    put(sample((3,), F32, low), float("inf"))
    put(sample((3,), I32, low), float("nan"))
    put(sample((2, 2, 3), F64, low), sample((2, 2, 3), F64, -2, 3), ["transposed", "reversed"])
    if name in LARGE:
        put(sample((1500,), F64, low), sample((), F64, 1, 3))
        put(sample((1030, 2), F32, low), sample((1030, 1), F32, -2, 3), ["transposed", None])
    if rule == "bool":
        put(np.array([2**53, 2**53 + 1, -(2**62)], I64), np.array([2**53 + 1, 2**53 + 1, 2**62], I64))


def logical(out):
    for name, f in (("logical_and", np.logical_and), ("logical_or", np.logical_or)):
        for sa, sb in PAIRS:
            a, b = sample(sa, BOOL), sample(sb, BOOL)
            out.put(name, [a, b], [np.asarray(f(a, b))])
        for view in VIEWS:
            a, b = laid_out(sample((3, 4), BOOL), view), sample((3, 4), BOOL)
            out.put(name, [a, b], [f(a, b)], views=[view, None])
        a = sample((1500,), BOOL)
        out.put(name, [a, True], [f(a, True)])
        out.put(name, [False, a], [f(False, a)])
        out.put(name, [np.array([0, 0, 1, 1], bool), np.array([0, 1, 0, 1], bool)], [f([0, 0, 1, 1], [0, 1, 0, 1])])
    for shape in SHAPES + [(1500,)]:
        a = sample(shape, BOOL)
        out.put("logical_not", [a], [np.asarray(~a)])
    for view in VIEWS:
        a = laid_out(sample((3, 4), BOOL), view)
        out.put("logical_not", [a], [~a], views=[view])


def gelus(out):
    for dt in NUMERIC:
        for shape in SHAPES + ([(40, 30)] if dt == F32 else [(17,)]):
            x = sample(shape, dt, -6, 6)
            operand = floating(dt)
            # Near the negative tail the definition cancels: the error is bounded against |x|.
            bound = 8 * float(np.finfo(operand).eps) * max(1.0, float(np.abs(x).max(initial=0)))
            for attrs, f in ((None, gelu), ({"approximate": "tanh"}, gelu_tanh)):
                out.put("gelu", [x], [np.asarray(f(wide(x.astype(operand)))).astype(operand)], attrs, ulp=8, atol=[bound])
    for dt in (F32, F64):
        x = np.array([np.nan, np.inf, 100.0, 0.0], dt)
        for attrs, f in (({"approximate": "none"}, gelu), ({"approximate": "tanh"}, gelu_tanh)):
            out.put("gelu", [x], [f(wide(x)).astype(dt)], attrs, ulp=8)
            out.put("gelu", [np.array([-np.inf, 1], dt)], [np.array([-0.0, f(wide(np.array(1, dt)))], dt)], attrs, ulp=8)  # the limit
        x = sample((3, 4), dt, -3, 3)
        out.put("gelu", [x], [gelu(wide(x)).astype(dt)], views=["transposed"], ulp=8, atol=[24 * float(np.finfo(dt).eps)])


def clips(out):
    def put(x, low, high, views=None):
        given = [v for v in (x, low, high) if v is not None]
        dt = together(given)
        y = x.astype(dt)
        if low is not None and held(low, dt):  # others here are bounds that no element reaches
            y = np.maximum(y, np.asarray(low, dt))
        if high is not None and held(high, dt):
            y = np.minimum(y, np.asarray(high, dt))
        out.put("clip", [x, low, high], [np.asarray(y)], views=views)

    for dt in NUMERIC:
        for shape in SHAPES:
            put(sample(shape, dt, -9, 9), -2, 3)
        x = sample((2, 3), dt, -9, 9)
        put(x, -2, None)
        put(x, None, 3)
        put(x, None, None)
        put(x, -1.5, 2.5)
        put(x, sample((3,), dt, -4, -1), sample((2, 1), dt, 1, 4))
        put(sample((3,), dt, -9, 9), sample((2, 3), dt, -4, -1), None)
        put(specials(dt, negative_zero=False), -2, 3)
        for view in VIEWS:
            put(laid_out(sample((3, 4), dt, -9, 9), view), -2, 3, [view, None, None])
    x = sample((3,), F64)
    put(x, np.array([np.nan, -1, -1]), np.array([1, np.nan, 1]))
    put(sample((3,), I32, -9, 9), np.array([-1, 0, 1], I64), None)
    put(sample((3,), F32, -9, 9), None, np.array([-1, 0, 1], F64))
    put(sample((1500,), F32, -9, 9), -1, 1.5)


def selects(out):
    def put(c, a, b, views=None):
        dt = together([a, b])
        out.put("where", [c, a, b], [np.asarray(np.where(c, np.asarray(a, dt), np.asarray(b, dt)))], views=views)

    triples = [((), (), ()), ((3,), (3,), (3,)), ((2, 3), (3,), ()), ((2, 1), (1, 3), (2, 3)), ((3,), (2, 1, 1), (4, 1)), ((0,), (1,), ()),
               ((2, 1, 3, 1), (1, 2), (3, 1))]
    for dt in ALL:
        for sc, sa, sb in triples:
            put(sample(sc, BOOL), sample(sa, dt), sample(sb, dt))
        s = specials(dt)
        put(sample(s.shape, BOOL), s, s[::-1].copy())
        for view in VIEWS:
            put(laid_out(sample((3, 4), BOOL), view), sample((3, 4), dt), laid_out(sample((3, 4), dt), view), [view, None, view])
        for other in ALL:
            if other != dt:
                put(sample((2, 3), BOOL), sample((2, 3), dt), sample((3,), other))
    for dt in NUMERIC:
        put(sample((2, 3), BOOL), sample((2, 3), dt), 0)
        put(sample((2, 3), BOOL), 1.5, sample((2, 3), dt))
    put(sample((4,), BOOL), 1.5, 2)
    put(sample((4,), BOOL), 1, 0)
    put(sample((4,), BOOL), True, False)
    put(sample((1500,), BOOL), sample((1500,), F64), float("nan"))


def conversions(out):
    def put(x, dt, view=None):
        out.put("astype", [x], [np.asarray(x.astype(dt))], {"dtype": dt.name}, views=[view])

    for a in ALL:
        for b in ALL:
            for shape in [(), (3,), (2, 3), (0,), (2, 2, 1, 2)]:
                put(sample(shape, a, -9, 9), b)
            s = specials(a)
            if kind(b) == 1 and kind(a) == 2:
                s = np.array([0.0, -0.0, 0.9, -0.9, 2.5, -2.5, 1e9, -1e9], a)
            with np.errstate(over="ignore"):
                put(s, b)
            for view in VIEWS:
                put(laid_out(sample((3, 4), a, -9, 9), view), b, view)
        put(sample((1100,), a, -9, 9), F32)
    put(np.array([16777217, 2**31 - 1, 33554433], I64), F32)
    put(np.array([2**53 + 1, 2**63 - 1, -(2**63)], I64), F64)
    put(np.array([2**31, 2**32 + 5, -(2**31) - 1], I64), I32)  # wraps
    for a in (F32, F64):  # what no integer is near: on x86 NumPy gives the lowest one, as the instructions do
        far = [np.nan, np.inf, -np.inf, 1e30, -1e30, 2.0**63, -(2.0**63), 2.0**31, -(2.0**31), 3e9, -3e9, 1e19, -1e19, 7.5]
        for b in INTEGERS:
            for n in (1, 3, 14):
                put(np.array(far[:n], a), b)
            put(np.array(far * 4, a), b)
            put(np.array(-np.inf, a), b)
    put(np.array([0.1, 1e-40, 1e-46, 3.4e38, 3.5e38, 16777217.0], F64), F32)


def make():
    out = Cases()
    with np.errstate(all="ignore"):
        for name in BINARY:
            binary(out, name)
        for name in UNARY:
            unary(out, name)
        logical(out)
        gelus(out)
        clips(out)
        selects(out)
        conversions(out)
    return out
