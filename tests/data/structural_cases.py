"""Reference cases of everything that is not elementwise: reductions, matmul, shape and creation ops."""
import numpy as np

from case_values import ALL, BOOL, F32, F64, I32, I64, INTEGERS, NUMERIC, VIEWS, Cases, floating, kind, laid_out, promote, sample, wide

AXES = [((), None), ((5,), None), ((5,), 0), ((3, 4), None), ((3, 4), 0), ((3, 4), -1), ((3, 4), (0, 1)), ((2, 3, 4), 1), ((2, 3, 4), (0, 2)),
        ((2, 3, 4), (-1, 0)), ((2, 3, 2, 2), (1, 3)), ((2, 3, 2, 2), 2), ((2, 1, 3), 1)]
EMPTY = [((0,), None), ((0,), 0), ((2, 0), 1), ((0, 3), (0, 1))]
EMPTY_RESULT = [((0, 3), 1), ((2, 0, 3), (0, 2))]
LARGE = [((2100,), None, F64), ((3, 1030), 1, F32), ((1030, 2), 0, F64)]
REDUCTIONS = ["sum", "prod", "max", "min", "any", "all", "mean", "var", "std", "moments"]


def eps(dt):
    return float(np.finfo(dt).eps) if kind(dt) == 2 else 0.0


def reduce_with(name, x, axis, keepdims, correction=0, dtype=None):
    """The outputs of a reduction and the tolerance that a reassociated, rounded evaluation of it may need."""
    kw = {"axis": axis, "keepdims": keepdims}
    if name in ("any", "all"):
        return [np.asarray(getattr(np, name)(x, **kw))], {}
    if name in ("max", "min"):
        return [np.asarray(getattr(np, name)(x, **kw))], {}
    if name in ("sum", "prod"):
        dt = dtype or (I64 if kind(x.dtype) == 1 else x.dtype)
        y = x.astype(dt)
        if kind(dt) == 1:
            return [np.asarray(getattr(np, name)(y, dtype=dt, **kw))], {}
        w = wide(y)
        if name == "sum":
            scale = np.sum(np.abs(np.where(np.isfinite(w), w, 0)), **kw)
            return [np.asarray(np.sum(w, **kw)).astype(dt)], {"ulp": 4, "atol": [4 * eps(dt) * float(np.max(scale, initial=0))]}
        n = max(1, x.size // max(1, np.prod(w, **kw).size))
        return [np.asarray(np.prod(w, **kw)).astype(dt)], {"ulp": 4 + n}
    dt = floating(x.dtype)
    w = wide(x.astype(dt))
    mean = np.mean(w, **kw)
    # From differences, which are exact where the mean is far from 0: even a long double mean would not be exact enough.
    near = w - w.flat[0] if w.size and np.all(np.isfinite(w)) else w
    m2 = np.sum((near - np.mean(near, axis=axis, keepdims=True)) ** 2, **kw)
    n = x.size if axis is None else np.prod([x.shape[a] for a in np.atleast_1d(axis)])
    largest = float(np.max(np.abs(np.where(np.isfinite(w), w, 0)), initial=0))
    mean_error = 4 * eps(dt) * largest
    spread = float(np.max(np.where(np.isfinite(m2), m2, 0), initial=0))
    m2_error = 16 * eps(dt) * spread
    as_dt = lambda v: np.asarray(v).astype(dt)
    if name == "mean":
        return [as_dt(mean)], {"ulp": 4, "atol": [mean_error]}
    if name == "moments":
        return [as_dt(mean), as_dt(m2 / np.longdouble(n))], {"ulp": 4, "atol": [mean_error, m2_error / max(float(n), 1)]}
    divisor = float(n) - correction
    if not divisor > 0:
        divisor = np.nan  # as the standard has it; NumPy divides by 0
    var = m2 / np.longdouble(divisor)
    var_error = m2_error / divisor if divisor > 0 else 0.0
    if name == "var":
        return [as_dt(var)], {"ulp": 4, "atol": [var_error]}
    root = np.sqrt(var)
    low = float(np.min(root, initial=np.inf))  # sqrt(v + e) - sqrt(v) is largest where v is smallest; it never exceeds sqrt(e)
    return [as_dt(root)], {"ulp": 4, "atol": [min(var_error / low, var_error**0.5) if low > 0 else var_error**0.5]}


def reductions(out):
    def put(name, x, axis=None, keepdims=False, view=None, correction=0, dtype=None):
        attrs = {}
        if axis is not None:
            attrs["axis"] = list(axis) if isinstance(axis, tuple) else axis
        if correction:
            attrs["correction"] = correction
        if dtype is not None:
            attrs["dtype"] = dtype.name
        if keepdims:
            attrs["keepdims"] = True
        outputs, tolerance = reduce_with(name, x, axis, keepdims, correction, dtype)
        out.put(name, [x], outputs, attrs, views=[view], **tolerance)

    for name in REDUCTIONS:
        dtypes = ALL if name in ("any", "all") else NUMERIC
        low, high = (0.5, 1.5) if name == "prod" else (-4, 4)
        for dt in dtypes:
            for i, (shape, axis) in enumerate(AXES):
                for keepdims in (False, True) if dt == F64 else (bool(i % 2),):
                    put(name, sample(shape, dt, low, high), axis, keepdims)
            for shape, axis in EMPTY_RESULT + ([] if name in ("max", "min") else EMPTY):
                put(name, sample(shape, dt), axis)
        for view in VIEWS:
            for axis in (None, 0, 1):
                put(name, laid_out(sample((3, 4), F64, low, high), view), axis, view=view)
                for dt in (dtypes[0], I32):
                    put(name, laid_out(sample((3, 4), dt, low, high), view), axis, axis == 0, view)
        for axis in (0, 1, 2, (0, 2), None):
            put(name, sample((2, 3, 4), F32, low, high), axis, view="transposed")
        for shape, axis, dt in LARGE:
            x = sample(shape, dt, 0.99, 1.01) if name == "prod" else sample(shape, dt, 0, 0) if name == "any" else sample(shape, dt)
            put(name, x, axis)
        if name in ("any", "all"):
            put(name, sample((2100,), BOOL) & False, None)
            put(name, np.arange(2100) != 2077, None)
            put(name, np.arange(2100) == 2077, None)
            put(name, np.array([[np.nan, 0.0], [-0.0, 0.0]]), 1)
        else:
            for dt in (F32, F64):
                special = [[np.nan, 1, 2], [1, np.nan, -np.inf], [np.inf, 1, 2], [np.inf, -np.inf, 0.5], [-np.inf, 3, -1], [1, 2, 3]]
                for axis in (None, 0, 1):
                    put(name, np.array(special, dt), axis)
    for name in ("var", "std"):
        for dt in NUMERIC:
            put(name, sample((3, 4), dt), 0, correction=1)
            put(name, sample((5,), dt), None, True, correction=1)
        put(name, sample((3, 4), F64), 1, correction=0.5)
        put(name, sample((3,), F64), 0, correction=3)
        put(name, sample((1,), F64), 0, correction=1)
        put(name, 1e8 + sample((50,), F64))  # one pass over the squares would lose everything
        put(name, np.full((7, 3), 0.1), 0)
        put(name, np.arange(3.0), 0, correction=5)
        # A mean far from 0, and equal elements: down columns, along rows, in one block and in several.
        g = np.random.default_rng(11)
        for dt, offset in ((F32, 1e6), (F64, 1e14)):
            for shape in ((5,), (17,), (40,), (1000,), (1025,), (3000,)):
                put(name, (offset + g.uniform(-2, 2, shape)).astype(dt))
                put(name, np.full(shape, 0.1, dt))
            for shape in ((17, 3), (3, 17), (200, 5), (3, 1100)):
                for axis in (0, 1):
                    put(name, (offset + g.uniform(-2, 2, shape)).astype(dt), axis)
                    put(name, np.full(shape, 0.1, dt), axis)
    for dt in INTEGERS:
        top, bottom = np.iinfo(dt).max, np.iinfo(dt).min
        put("sum", np.array([top, top, 5], dt))
        put("prod", np.array([top, 3, 5], dt))
        put("max", np.array([[top, bottom]], dt), 0)
        put("min", np.array([[top, bottom]], dt), 1)
        put("sum", sample((3, 4), dt), 0, dtype=F64)
        put("prod", sample((3,), dt), None, dtype=F32)
    put("sum", sample((3, 4), F32), 1, dtype=F64)
    put("sum", sample((2, 3), I64), 1, dtype=I32)


def positions(out):
    for name in ("argmax", "argmin"):
        f = getattr(np, name)

        def put(x, axis=None, keepdims=False, view=None):
            attrs = {k: v for k, v in (("axis", axis), ("keepdims", keepdims or None)) if v is not None}
            out.put(name, [x], [np.asarray(f(x, axis=axis, keepdims=keepdims)).astype(I64)], attrs, views=[view])

        for dt in NUMERIC:
            for shape, axis in [((), None), ((5,), None), ((5,), 0), ((3, 4), None), ((3, 4), 0), ((3, 4), -1), ((2, 3, 4), 1), ((2, 3, 2, 2), -2), ((0, 3), 1)]:
                put(sample(shape, dt), axis)
                put(sample(shape, dt), axis, True)
            for view in VIEWS:
                for axis in (None, 0, 1):
                    put(laid_out(sample((3, 4), dt), view), axis, view=view)
        put(np.array([1.0, 3.0, 3.0, 1.0, 1.0]))
        put(np.array([[2, 2, 1, 1], [0, 5, 5, 0]]), 1)
        put(np.array([0.0, -0.0, 0.0]))
        for dt in (F32, F64):
            put(np.array([1, np.nan, 5, np.nan, -5], dt))
            put(np.array([[np.inf, 1, np.nan], [-np.inf, np.inf, np.inf], [1, -np.inf, -np.inf]], dt), 0)
            put(np.array([[np.inf, 1, np.nan], [-np.inf, np.inf, np.inf], [-np.inf, 1, -np.inf]], dt), 1)
        for shape, axis, dt in LARGE:
            put(sample(shape, dt, -90, 90), axis)
        put(np.array([np.iinfo(I64).max - 1, np.iinfo(I64).max, np.iinfo(I64).min]))


def softmaxes(out):
    def put(x, axis=None, view=None):
        dt, a = floating(x.dtype), -1 if axis is None else axis
        w = wide(x.astype(dt))
        shifted = w - np.max(w, axis=a, keepdims=True, initial=-np.inf)  # of nothing too
        total = np.sum(np.exp(shifted), axis=a, keepdims=True)
        depth = float(np.max(np.abs(np.where(np.isfinite(shifted), shifted, 0)), initial=1))
        attrs = None if axis is None else {"axis": axis}
        out.put("softmax", [x], [(np.exp(shifted) / total).astype(dt)], attrs, views=[view], ulp=8, atol=[8 * eps(dt)])
        out.put("log_softmax", [x], [(shifted - np.log(total)).astype(dt)], attrs, views=[view], ulp=8, atol=[8 * eps(dt) * depth])

    for dt in NUMERIC:
        for shape, axis in [((5,), None), ((5,), 0), ((3, 4), None), ((3, 4), 0), ((2, 3, 4), 1), ((2, 3, 2, 2), -2), ((0, 3), 1), ((3, 1), -1)]:
            put(sample(shape, dt), axis)
    for view in VIEWS:
        put(laid_out(sample((3, 4), F64), view), 0, view)
        put(laid_out(sample((3, 4), F32), view), 1, view)
    put(sample((2, 1100), F32), 1)
    put(sample((1030, 2), F64), 0)
    for dt in (F32, F64):
        put(np.array([[1000, 999, -1000], [-np.inf, 0, 1], [np.nan, 0, 1], [-np.inf, -np.inf, -np.inf], [np.inf, 0, 1]], dt))
    for dt in (F32, F64, I32):
        for shape, axis in [((2, 0), None), ((2, 0), 1), ((0,), 0), ((3, 0, 2), 1)]:
            put(np.zeros(shape, dt), axis)


def products(out):
    def put(a, b, views=None):
        dt = promote([a.dtype, b.dtype])
        x, y = a.astype(dt), b.astype(dt)
        if kind(dt) == 1:
            out.put("matmul", [a, b], [np.asarray(np.matmul(x, y))], views=views)
            return
        k = a.shape[-1]
        scale = float(np.max(np.matmul(np.abs(wide(x)), np.abs(wide(y))), initial=0))
        bound = (4 + k) * eps(dt) * scale if np.isfinite(scale) else 0.0
        out.put("matmul", [a, b], [np.asarray(np.matmul(wide(x), wide(y))).astype(dt)], views=views, ulp=4, atol=[bound])

    shapes = [((3,), (3,)), ((2, 3), (3, 2)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 2, 3), (3, 2)), ((2, 2, 3), (2, 3, 2)), ((2, 1, 2, 3), (3, 3, 2)),
              ((3,), (2, 3, 2)), ((2, 2, 3), (3,)), ((1, 1), (1, 1)), ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((0,), (0,)), ((0, 2, 3), (3, 2)), ((2, 3), (3, 0)),
              ((9, 17), (17, 5))]
    for dt in NUMERIC:
        for sa, sb in shapes:
            put(sample(sa, dt), sample(sb, dt))
        for view in VIEWS:
            put(laid_out(sample((3, 4), dt), view), sample((4, 2), dt), [view, None])
            put(sample((2, 3), dt), laid_out(sample((3, 4), dt), view), [None, view])
            put(laid_out(sample((3, 4), dt), view), laid_out(sample((4,), dt), view), [view, view])
    for a in NUMERIC:
        for b in NUMERIC:
            if a != b:
                put(sample((2, 3), a), sample((3, 2), b))
    put(sample((2, 3, 4), F64), sample((2, 4, 3), F64), ["transposed", "transposed"])
    put(sample((37, 65), F32), sample((65, 34), F32))
    put(sample((5, 300), F64), sample((300, 3), F64))
    put(np.array([[np.nan, 1], [np.inf, 0]]), np.array([[1.0, 0], [0, 1]]))
    put(np.full((2, 2), 2**31 - 1, I32), np.full((2, 2), 3, I32))


def numpy_key(key):
    form = {"int": lambda i: i, "slice": lambda *s: slice(*s), "newaxis": lambda: None, "ellipsis": lambda: Ellipsis}
    return tuple(form[item[0]](*item[1:]) for item in key)


KEYS = [((5,), [["int", 3]]), ((5,), [["int", -1]]), ((5,), [["slice", 1, 4, 1]]), ((5,), [["slice", None, None, -1]]), ((5,), [["slice", None, None, 2]]),
        ((5,), [["slice", -3, None, 1]]), ((5,), [["slice", 4, 1, 1]]), ((5,), [["slice", 10, -10, -2]]), ((5,), [["slice", -100, 100, 3]]), ((5,), [["newaxis"]]),
        ((5,), [["slice", None, None, 1], ["newaxis"]]), ((), [["newaxis"]]), ((), [["ellipsis"]]), ((3, 4), [["int", 1]]), ((3, 4), [["int", 1], ["int", -2]]),
        ((3, 4), [["ellipsis"], ["int", 0]]), ((3, 4), [["slice", None, None, -1], ["slice", 1, None, 2]]), ((3, 4), [["int", 0], ["newaxis"], ["slice", 1, 3, 1]]),
        ((2, 3, 4), [["int", 1], ["ellipsis"], ["int", 2]]), ((2, 3, 4), [["ellipsis"]]), ((2, 3, 4), [["slice", 0, 0, 1]]),
        ((2, 3, 4), [["newaxis"], ["ellipsis"], ["newaxis"]]), ((2, 3, 2, 2), [["ellipsis"], ["slice", None, None, -1], ["int", 1]]),
        ((2, 3, 4), [["slice", None, None, 1], ["slice", 2, None, -2], ["slice", -1, 0, -1]]), ((0, 3), [["slice", None, 2, 1], ["int", 1]])]


def shapes(out):
    def put(op, x, y, attrs=None, view=None):
        out.put(op, [x], [np.asarray(y)], attrs, views=[view])

    listed = lambda v: list(v) if isinstance(v, tuple) else v
    for dt in ALL:
        v = lambda *shape: sample(shape, dt, -9, 9)
        reshapes = [((), (1, 1)), ((), ()), ((6,), (2, 3)), ((2, 3), (-1,)), ((2, 3, 4), (4, -1)), ((2, 3, 4), (4, 3, 2)), ((0, 3), (3, 0, 2)), ((1, 1), ()), ((2, 2, 2, 2), (4, 1, 4))]
        for shape, to in reshapes:
            x = v(*shape)
            put("reshape", x, x.reshape(to), {"shape": list(to)})
        for view in VIEWS:
            x = laid_out(v(3, 4), view)
            put("reshape", x, x.reshape(2, 6), {"shape": [2, 6]}, view)
            put("reshape", x, x.reshape(12), {"shape": [-1], "copy": True}, view)
            put("permute_dims", x, x.T, {"axes": [1, 0]}, view)
            put("matrix_transpose", x, x.T, None, view)
            put("broadcast_to", x, np.broadcast_to(x, (2, 3, 4)), {"shape": [2, 3, 4]}, view)
            put("expand_dims", x, x[:, None], {"axis": 1}, view)
            put("flip", x, x[::-1], {"axis": 0}, view)
            put("roll", x, np.roll(x, 2, 1), {"shift": 2, "axis": 1}, view)
            put("getitem", x, x[1:, ::-2], {"key": [["slice", 1, None, 1], ["slice", None, None, -2]]}, view)
        for shape, axes in [((), ()), ((3,), (0,)), ((2, 3), (1, 0)), ((2, 3, 4), (2, 0, 1)), ((2, 3, 4), (-1, 0, 1)), ((2, 1, 3, 2), (3, 1, 0, 2)), ((0, 3), (1, 0))]:
            x = v(*shape)
            put("permute_dims", x, np.transpose(x, axes), {"axes": list(axes)})
        for shape in [(2, 3), (2, 3, 4), (2, 1, 3, 2), (0, 3), (1, 1)]:
            x = v(*shape)
            put("matrix_transpose", x, np.swapaxes(x, -1, -2))
        for shape, to in [((), (2, 3)), ((3,), (2, 3)), ((2, 1), (2, 3)), ((1,), (0,)), ((2, 1, 3), (4, 2, 2, 3)), ((2, 3), (2, 3)), ((), ())]:
            x = v(*shape)
            put("broadcast_to", x, np.broadcast_to(x, to), {"shape": list(to)})
        for shape, axis in [((), 0), ((3,), 0), ((3,), -1), ((2, 3), 1), ((2, 3), (0, 2)), ((2, 3), (-1, 0)), ((0, 2), 1)]:
            x = v(*shape)
            put("expand_dims", x, np.expand_dims(x, axis), {"axis": listed(axis)})
        for shape, axis in [((1,), 0), ((2, 1, 3), 1), ((1, 2, 1), (0, 2)), ((1, 2, 1), -1), ((1, 0), 0), ((2, 3), ()), ((1, 1, 2, 1), (-1, 1))]:
            x = v(*shape)
            put("squeeze", x, np.squeeze(x, axis), {"axis": listed(axis)})
        for shape, axis in [((), None), ((5,), None), ((2, 3), 0), ((2, 3), -1), ((2, 3, 4), (0, 2)), ((2, 3, 4), None), ((0, 2), 1), ((2, 1, 2, 3), (3, 1))]:
            x = v(*shape)
            put("flip", x, np.flip(x, axis), None if axis is None else {"axis": listed(axis)})
        for shape, shift, axis in [((5,), 2, None), ((5,), -1, 0), ((2, 3), 1, None), ((2, 3), 1, 1), ((2, 3), (1, -2), (0, 1)), ((2, 3), 7, 0), ((2, 3, 4), (1, 1), (0, -1)),
                                   ((0, 2), 1, 1), ((2, 3, 4), -5, 2), ((3,), 0, 0), ((2, 2, 2, 2), 1, -2)]:
            x = v(*shape)
            attrs = {"shift": listed(shift)}
            if axis is not None:
                attrs["axis"] = listed(axis)
            put("roll", x, np.roll(x, shift, axis), attrs)
        for shape, key in KEYS if dt in (F64, BOOL) else KEYS[::3]:
            x = v(*shape)
            put("getitem", x, x[numpy_key(key)], {"key": key})
        for shape, axis in [((3,), 0), ((2, 3), None), ((2, 3), 1), ((2, 3, 4), -1), ((0, 2), 0), ((2, 0), 0), ((1, 2, 2, 2), -3)]:
            x = v(*shape)
            a = 0 if axis is None else axis
            out.put("unstack", [x], [np.array(s) for s in np.moveaxis(x, a, 0)], None if axis is None else {"axis": axis})
    for view in VIEWS:
        x = laid_out(sample((3, 4), F64), view)
        out.put("unstack", [x], [np.array(s) for s in x.T], {"axis": 1}, views=[view])
    for dt in (F32, BOOL):
        for shift, axis in [((), ()), (3, ()), ((), 0), ((), None), ((1, 2), 1), (2, (0, 1))]:
            x = np.arange(6).reshape(2, 3).astype(dt)
            attrs = {"shift": listed(shift)}
            if axis is not None:
                attrs["axis"] = listed(axis)
            put("roll", x, np.roll(x, shift, axis), attrs)


def joins(out):
    def put(op, arrays, axis="default"):
        dt = promote([a.dtype for a in arrays])
        cast = [a.astype(dt) for a in arrays]
        numpy_axis = 0 if axis == "default" else axis
        y = np.concatenate(cast, numpy_axis) if op == "concat" else np.stack(cast, numpy_axis)
        out.put(op, [list(arrays)], [y], None if axis == "default" else {"axis": axis})

    for dt in ALL:
        v = lambda *shape: sample(shape, dt, -9, 9)
        put("concat", [v(2), v(3)])
        put("concat", [v(2, 3), v(1, 3), v(2, 3)], 0)
        put("concat", [v(2, 3), v(2, 1)], -1)
        put("concat", [v(2, 3), v(2)], None)
        put("concat", [v(2, 1, 2, 1), v(2, 3, 2, 1)], 1)
        put("concat", [v(0, 2), v(3, 2), v(0, 2)], 0)
        put("concat", [v(3)], 0)
        put("concat", [v(0), v(0)], 0)
        put("concat", [v(), v(2, 2)], None)
        put("stack", [v(), v()])
        put("stack", [v(3), v(3)])
        put("stack", [v(2, 3), v(2, 3), v(2, 3)], 1)
        put("stack", [v(2, 3), v(2, 3)], -1)
        put("stack", [v(2, 3)], 2)
        put("stack", [v(0), v(0)], -2)
        put("stack", [v(2, 1, 3)] * 2, 1)
        for other in ALL:
            if other != dt:
                put("concat", [v(2), sample((3,), other)])
                put("stack", [v(2), sample((2,), other)], 1)
    put("concat", [sample((1030,), F64), sample((7,), F64)])


def creations(out):
    def put(op, y, attrs):
        out.put(op, [], [np.asarray(y)], attrs)

    for start, stop, step, dt in [(0, 5, 1, None), (2, 11, 3, None), (5, 0, -2, None), (0, 0, 1, None), (3, 1, 1, None), (0.0, 2.0, 0.25, None), (0, 2, 0.5, None),
                                  (1.0, -1.0, -0.5, None), (0, 5, 1, F32), (0, 5, 1, F64), (-3, 4, 2, I32), (0.0, 1.0, 0.125, F32), (0, 1100, 1, None), (0.0, 1.0, 0.3, None),
                                  (0, 1500, 1, F32), (-5, -1, 1, I64)]:
        attrs = {"start": start, "stop": stop, "step": step}
        if dt is not None:
            attrs["dtype"] = dt.name
        y = np.arange(start, stop, step)
        put("arange", y.astype(dt or (I64 if all(isinstance(s, int) for s in (start, stop, step)) else F64)), attrs)
    for shape in [(), (3,), (2, 3), (0,), (2, 0, 3), (2, 1, 2, 2), (1100,)]:
        for dt in [None] + ALL if shape != (1100,) else [None]:
            given = {} if dt is None else {"dtype": dt.name}
            put("zeros", np.zeros(shape, dt or F64), {"shape": list(shape), **given})
            put("ones", np.ones(shape, dt or F64), {"shape": list(shape), **given})
            if dt is not None:
                value = True if dt == BOOL else 7 if kind(dt) == 1 else -2.5
                put("full", np.full(shape, value, dt), {"shape": list(shape), "fill_value": value, **given})
        put("full", np.full(shape, 3, I64), {"shape": list(shape), "fill_value": 3})
        put("full", np.full(shape, 0.1, F64), {"shape": list(shape), "fill_value": 0.1})
        put("full", np.full(shape, True, BOOL), {"shape": list(shape), "fill_value": True})
    put("full", np.full((2,), np.nan), {"shape": [2], "fill_value": "nan"})
    put("full", np.full((2,), -np.inf, F32), {"shape": [2], "fill_value": "-inf", "dtype": "float32"})
    put("full", np.full((2,), 3.0), {"shape": [2], "fill_value": 3, "dtype": "float64"})
    for rows, columns, k in [(3, None, 0), (0, None, 0), (2, 4, 1), (4, 2, -2), (3, 3, 5), (1, 1, 0), (3, 0, 0), (2, 3, -1)]:
        for dt in [None] + ALL:
            attrs = {"n_rows": rows}
            if columns is not None:
                attrs["n_cols"] = columns
            if k:
                attrs["k"] = k
            if dt is not None:
                attrs["dtype"] = dt.name
            put("eye", np.eye(rows, columns, k, dtype=dt or F64), attrs)
    for dt in ALL:
        for shape in [(), (3,), (2, 0), (2, 3)]:
            x = sample(shape, dt)
            for other in [None, F32, I64] if shape else [None]:
                given = {} if other is None else {"dtype": other.name}
                put_like = lambda op, y, **attrs: out.put(op, [x], [y], {**attrs, **given})
                put_like("zeros_like", np.zeros(shape, other or dt))
                put_like("ones_like", np.ones(shape, other or dt))
                value = True if (other or dt) == BOOL else 7
                put_like("full_like", np.full(shape, value, other or dt), fill_value=value)
        x = sample((3, 4), dt)
        out.put("ones_like", [x], [np.ones((3, 4), dt)], views=["transposed"])
    x = sample((3,), F32)
    out.put("full_like", [x], [np.full(3, 0.1, F32)], {"fill_value": 0.1})


def make():
    out = Cases()
    with np.errstate(all="ignore"):
        for part in (reductions, positions, softmaxes, products, shapes, joins, creations):
            part(out)
    return out
