"""Reference cases of the ops along one axis: running totals, differences, sorting, searching, indices, repetition."""
import numpy as np

from case_values import ALL, BOOL, F32, F64, I32, I64, NUMERIC, VIEWS, Cases, kind, laid_out, promote, sample, wide

SHAPES = [((5,), -1), ((3, 4), 0), ((3, 4), -1), ((2, 3, 4), 1), ((2, 3, 2, 2), -2), ((0,), 0), ((2, 0), 1), ((0, 3), -1), ((1, 1), 0)]


def eps(dt):
    return float(np.finfo(dt).eps) if kind(dt) == 2 else 0.0


def with_specials(dt):
    if kind(dt) < 2:
        return np.array([3, 1, 3, 0, -7 if dt.kind == "i" else 7, 1, np.iinfo(dt).max, np.iinfo(dt).min, 3] if kind(dt) else [1, 0, 1, 1, 0], dt)
    f = np.finfo(dt)
    return np.array([0.0, -0.0, np.nan, 1, -0.0, np.inf, -np.inf, 0.0, 2, -f.tiny, f.smallest_subnormal, np.nan, -1, 1, f.max, -f.max], dt)


def totals(out):
    def put(name, x, axis=None, dtype=None, initial=False, view=None):
        dt = dtype or (I64 if kind(x.dtype) == 1 else x.dtype)
        attrs = {k: v for k, v in (("axis", axis), ("dtype", dtype and dtype.name), ("include_initial", initial or None)) if v is not None}
        f = np.cumulative_sum if name == "cumulative_sum" else np.cumulative_prod
        y = x.astype(dt)
        if kind(dt) == 1:
            return out.put(name, [x], [f(y, axis=axis, dtype=dt, include_initial=initial)], attrs, views=[view])
        n = x.shape[0 if axis is None else axis]
        scale = float(np.max(np.sum(np.abs(np.where(np.isfinite(y), wide(y), 0)), axis=axis), initial=0))
        tolerance = {"ulp": 4, "atol": [4 * eps(dt) * scale]} if name == "cumulative_sum" else {"ulp": 4 + n}
        out.put(name, [x], [f(wide(y), axis=axis, include_initial=initial).astype(dt)], attrs, views=[view], **tolerance)

    for name in ("cumulative_sum", "cumulative_prod"):
        low, high = (-4, 4) if name == "cumulative_sum" else (0.5, 1.5)
        for dt in NUMERIC:
            for shape, axis in SHAPES:
                put(name, sample(shape, dt, low, high), axis)
                put(name, sample(shape, dt, low, high), axis, initial=True)
            put(name, sample((5,), dt, low, high))
            for view in VIEWS:
                for axis in (0, 1):
                    put(name, laid_out(sample((3, 4), dt, low, high), view), axis, view=view)
                put(name, laid_out(sample((3, 40), dt, low, high), view), 0, view=view)
            for n in (7, 8, 9, 15, 16, 17, 33, 255, 256, 257, 513, 1500):
                put(name, sample((n,), dt, *((-9, 9) if name == "cumulative_sum" else (0.99, 1.01))))
            if dt in (F64, F32):
                put(name, sample((200, 20), dt, *((-9, 9) if name == "cumulative_sum" else (0.99, 1.01))), 0)
                put(name, np.array([-0.0, -0.0, 0.0, -0.0], dt) if name == "cumulative_sum" else np.array([-0.0, 2, 3], dt))
                for special in ([1, np.nan, 2, 3], [1, np.inf, 2, -np.inf, 3], [-np.inf, 1, 2]):
                    put(name, np.array(special, dt))
                special = np.ones((150, 16), dt)
                special[3, 1], special[70, 2], special[130, 2], special[5, 3] = np.nan, np.inf, -np.inf, -np.inf
                put(name, special, 0)
                put(name, np.ascontiguousarray(np.repeat(special, 4, 0).T), 1)
            else:
                put(name, np.array([np.iinfo(dt).max, 3, 5, 7], dt))
                put(name, sample((3, 4), dt, low, high), 1, dtype=F32)
        put(name, sample((3, 4), F32, low, high), 1, dtype=F64)
        put(name, sample((4,), I64, low, high), 0, dtype=I32)
    put("cumulative_sum", -np.zeros((200, 16)), 0)
    put("cumulative_sum", -np.zeros(700))


def order_of(x, axis, descending):
    """Stable both ways; NaN is the largest. A descending order is what sorting backwards what stands backwards gives, as in array-api-compat."""
    if not descending:
        return np.argsort(x, axis=axis, kind="stable")
    back = np.flip(np.argsort(np.flip(x, axis), axis=axis, kind="stable"), axis)
    return x.shape[axis] - 1 - back


def sorts(out):
    def put(x, axis=-1, descending=False, stable=True, view=None):
        attrs = {k: v for k, v in (("axis", axis), ("descending", descending), ("stable", stable)) if v != {"axis": -1, "descending": False, "stable": True}[k]}
        order = order_of(x, axis, descending)
        out.put("argsort", [x], [order.astype(I64)], attrs, views=[view])
        out.put("sort", [x], [np.take_along_axis(x, order, axis)], attrs, views=[view])

    for dt in ALL:
        for shape, axis in SHAPES:
            put(sample(shape, dt), axis)
            put(sample(shape, dt), axis, True)
        for descending in (False, True):
            put(with_specials(dt), descending=descending)
            put(np.tile(with_specials(dt), 30), descending=descending)
            put(sample((7,), dt), descending=descending, stable=False)
        for view in VIEWS:
            for axis in (0, 1):
                put(laid_out(sample((3, 4), dt, -9, 9), view), axis, axis == 1, view=view)
        put(sample((2, 3, 4), dt), 0, view="transposed")
        for n in (255, 256, 1500):
            put(sample((n,), dt, -90, 90))
        put(sample((2, 300), dt, -900, 900), 1, True)
        put(sample((300, 2), dt, -900, 900), 0)
    put(np.arange(1000, dtype=F64)[::-1].copy())
    put(np.array([2**40 + i % 7 - (i % 3) * 2**50 for i in range(600)], I64))


def searches(out):
    def put(sorted_, wanted, side="left", views=None):
        dt = promote([sorted_.dtype, wanted.dtype])
        y = np.searchsorted(sorted_.astype(dt), wanted.astype(dt), side=side)
        out.put("searchsorted", [sorted_, wanted], [np.asarray(y).astype(I64)], None if side == "left" else {"side": side}, views=views)

    for dt in NUMERIC:
        for side in ("left", "right"):
            for n in (0, 1, 2, 3, 7, 8, 9, 100):
                put(np.sort(sample((n,), dt)), sample((5,), dt, -5, 5), side)
            for shape in ((), (2, 3), (0,), (2, 1, 2, 2), (1100,)):
                put(np.sort(sample((9,), dt)), sample(shape, dt, -5, 5), side)
            for view in VIEWS:
                put(np.sort(sample((9,), dt)), laid_out(sample((3, 4), dt), view), side, [None, view])
            put(np.sort(sample((9,), dt))[::-1].copy()[::-1].copy(), sample((4,), dt), side, ["strided", None])
            if kind(dt) == 2:
                s = np.sort(with_specials(dt))
                put(s, with_specials(dt), side)
                put(s[~np.isnan(s)], with_specials(dt), side)
        for other in NUMERIC:
            if other != dt:
                put(np.sort(sample((5,), dt)), sample((3,), other))


def indices(out):
    def put_take(x, i, axis=None, views=None):
        out.put("take", [x, i], [np.take(x, i, axis=axis)], None if axis is None else {"axis": axis}, views=views)

    def put_along(x, i, axis=-1, views=None):
        out.put("take_along_axis", [x, i], [np.take_along_axis(x, i, axis)], None if axis == -1 else {"axis": axis}, views=views)

    for dt in ALL:
        v = lambda *shape: sample(shape, dt, -99, 99)
        for it in (I32, I64):
            k = lambda n, *shape: sample(shape, it, -n, n - 1)
            put_take(v(5), k(5, 3))
            put_take(v(5), k(5, 2, 2))
            put_take(v(5), k(5))
            put_take(v(5), k(5, 0))
            for shape, axis in [((5,), 0), ((3, 4), 0), ((3, 4), 1), ((2, 3, 4), 1), ((2, 3, 4), -1), ((2, 3, 2, 2), 0), ((0, 3), 1), ((3, 0), 0)]:
                put_take(v(*shape), k(shape[axis], 4), axis)
                put_take(v(*shape), k(shape[axis], 2, 3), axis)
        for view in VIEWS:
            for axis in (0, 1):
                put_take(laid_out(v(3, 4), view), sample((5,), I64, -3, 2), axis, [view, None])
            put_take(v(3, 4), laid_out(sample((2, 3), I32, -3, 2), view), 0, [None, view])
            put_take(laid_out(v(2, 3, 4), view), sample((2,), I64, -2, 1), 0, [view, None])
            put_take(laid_out(v(2, 3, 4), view), sample((2,), I64, -3, 2), 1, [view, None])
        for rows in (2, 4, 8, 16, 3):
            put_take(v(7, rows), sample((9,), I64, -7, 6), 0)
        put_take(v(40), sample((1100,), I64, -40, 39))
        for it in (I32, I64):
            for shape, to, axis in [((5,), (3,), -1), ((3, 4), (3, 2), 1), ((3, 4), (2, 4), 0), ((2, 3, 4), (2, 5, 4), 1), ((3, 4), (1, 4), 0), ((3, 4), (1, 2), 1), ((3, 1), (2, 4), 0),
                                    ((2, 3, 4), (1, 2, 4), 1), ((3, 4), (0, 4), 0), ((0, 3), (0, 2), 1)]:
                put_along(v(*shape), sample(to, it, -shape[axis], shape[axis] - 1), axis)
        for view in VIEWS:
            for axis in (0, 1):
                put_along(laid_out(v(3, 4), view), sample((3, 4), I64, -3, 2), axis, [view, None])
                put_along(v(3, 4), laid_out(sample((3, 4), I32, -3, 2), view), axis, [None, view])
        put_along(v(2, 1100), sample((2, 1100), I64, -1100, 1099), 1)
    put_take(sample((5,), F64), np.array(-1), 0)


def compositions(out):
    for dt in ALL:
        v = lambda *shape: sample(shape, dt, -9, 9)
        for shape, axis in [((), None), ((5,), None), ((3, 4), None), ((3, 4), 0), ((3, 4), -1), ((2, 3, 4), (0, 2)), ((0,), None), ((2, 0), 1)]:
            x = v(*shape)
            attrs = {} if axis is None else {"axis": list(axis) if isinstance(axis, tuple) else axis}
            out.put("count_nonzero", [x], [np.asarray(np.count_nonzero(x, axis=axis)).astype(I64)], attrs)
            out.put("count_nonzero", [x], [np.asarray(np.count_nonzero(x, axis=axis, keepdims=True)).astype(I64)], {**attrs, "keepdims": True})
        for shape, n, axis in [((4,), 0, None), ((4,), 3, 0), ((2, 3), 2, None), ((2, 3), 2, 0), ((2, 3), 3, -1), ((2, 1, 3), 2, 1), ((), 3, None), ((0, 2), 2, 1), ((2, 2, 2), 1, 1)]:
            x = v(*shape)
            out.put("repeat", [x], [np.repeat(x, n, axis)], {"repeats": n, **({} if axis is None else {"axis": axis})})
        for shape, n in [((3,), (2,)), ((3,), (2, 2)), ((2, 3), (2,)), ((2, 3), (1, 2)), ((2, 1, 3), (2, 1)), ((), (3,)), ((2, 2), ()), ((3,), (0,)), ((0, 2), (2, 3)), ((2, 2), (2, 1, 3))]:
            x = v(*shape)
            out.put("tile", [x], [np.tile(x, n)], {"repetitions": list(n)})
        for view in VIEWS:
            x = laid_out(v(3, 4), view)
            out.put("count_nonzero", [x], [np.count_nonzero(x, axis=0).astype(I64)], {"axis": 0}, views=[view])
            out.put("repeat", [x], [np.repeat(x, 2, 1)], {"repeats": 2, "axis": 1}, views=[view])
            out.put("tile", [x], [np.tile(x, (2, 2))], {"repetitions": [2, 2]}, views=[view])
        if kind(dt) == 0:
            continue
        for shape, n, axis in [((5,), 1, -1), ((5,), 2, -1), ((5,), 0, -1), ((3, 4), 1, 0), ((3, 4), 2, 1), ((2, 3, 4), 1, 1), ((1,), 1, 0), ((3,), 5, 0), ((0, 2), 1, 0), ((2, 1500), 1, 1)]:
            x = v(*shape)
            y = np.diff(x, min(n, shape[axis]), axis)
            out.put("diff", [x], [y], {k: a for k, a in (("axis", axis), ("n", n)) if a != {"axis": -1, "n": 1}[k]})
        for view in VIEWS:
            x = laid_out(v(3, 4), view)
            out.put("diff", [x], [np.diff(x, axis=0)], {"axis": 0}, views=[view])
    for dt in (F32, F64):
        x = np.array([0.0, -0.0, np.nan, np.inf, 1.0], dt)
        out.put("count_nonzero", [x], [np.asarray(np.count_nonzero(x)).astype(I64)])
    i = np.iinfo(I32)
    out.put("diff", [np.array([i.min, i.max, 0], I32)], [np.diff(np.array([i.min, i.max, 0], I32))])
    # Ranks at which a counting axis before each axis would be too many.
    x = np.arange(16, dtype=F32).reshape((2, 1, 2, 1, 1, 2, 1, 1, 2))
    for n in ((2, 3, 1, 2, 2, 1, 2, 2, 2), (2, 2, 2, 1, 2, 2, 2, 2), (0, 2, 2, 2, 2, 2, 2, 2, 2), (1, 1, 1, 1, 1, 1, 2, 2, 1, 2, 1, 1, 3, 1, 2, 1)):
        out.put("tile", [x], [np.tile(x, n)], {"repetitions": list(n)})
    x = np.arange(12, dtype=I64).reshape((1,) * 5 + (2,) + (1,) * 4 + (3,) + (1,) * 4 + (2,))
    for axis in (0, 5, 15):
        out.put("repeat", [x], [np.repeat(x, 3, axis)], {"repeats": 3, "axis": axis})
    out.put("tile", [x], [np.tile(x, (2, 1, 3))], {"repetitions": [2, 1, 3]})


def make():
    out = Cases()
    with np.errstate(all="ignore"):
        for part in (totals, sorts, searches, indices, compositions):
            part(out)
    return out
