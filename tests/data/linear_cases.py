"""Reference cases of linear algebra beyond products, by numpy.linalg, and of scatter, by put_along_axis and add.at."""
import numpy as np

from case_values import ALL, BOOL, F32, F64, I32, I64, INTEGERS, NUMERIC, U8, VIEWS, Cases, floating, laid_out, promote, sample

SHAPES = [(1, 1), (2, 2), (3, 3), (4, 4), (7, 7), (2, 3, 3), (2, 1, 2, 2), (0, 0), (3, 0, 0), (0, 2, 2)]
LARGE = [31, 33, 65]  # about the blocks that matrices go by


def regular(shape, dt):
    """Matrices that elimination has no trouble with: a heavy diagonal, whose rows have changed places."""
    x = sample(shape, dt, 0 if dt == U8 else -4, 5)
    n = shape[-1]
    return np.ascontiguousarray(np.roll(x + ((2 + 2 * n) * np.eye(n)).astype(dt), 1, axis=-2))


def positive(shape, dt):
    """Positive definite ones."""
    x = sample(shape, F64, 0 if dt == U8 else -2, 2).round(1)
    n = shape[-1]
    p = x @ np.swapaxes(x, -1, -2) + n * np.eye(n)
    return p.round(0).astype(dt) if dt.kind in "iu" else p.round(2).astype(dt)


def roundings(x, dt):
    """The bound of a relative error."""
    n = x.shape[-1]
    return 10 * max(n, 1) * float(np.finfo(dt).eps)


def condition(x):
    return min(float(np.max(np.linalg.cond(x.astype(F64)), initial=1)), 1e18) if x.size and np.all(np.isfinite(x)) else 1.0


def numbers(out):
    def put(x, view=None):
        dt = floating(x.dtype)
        wide = x.astype(F64)
        rows = np.linalg.norm(np.where(np.isfinite(wide), wide, 0), axis=-1)
        most = float(np.max(np.prod(rows, axis=-1), initial=0)) if x.shape[-1] else 0.0
        most = most if np.isfinite(most) else 0.0
        out.put("det", [x], [np.asarray(np.linalg.det(wide)).astype(dt)], views=[view], ulp=4, atol=[roundings(x, dt) * most])
        sign, logarithm = np.linalg.slogdet(wide)
        finite = bool(np.all(np.isfinite(logarithm)))
        bound = roundings(x, dt) * (condition(x) if finite else 1.0) + 4 * float(np.finfo(dt).eps)
        out.put("slogdet", [x], [np.asarray(sign).astype(dt), np.asarray(logarithm).astype(dt)], views=[view], ulp=4, atol=[0.0, bound])

    for dt in NUMERIC:
        for shape in SHAPES:
            put(regular(shape, dt))
        put(np.array([[1, 2], [2, 4]], dt))
        put(np.array([[[1, 2], [2, 4]], [[0, 1], [1, 0]], [[0, 0], [0, 0]]], dt))
        put(np.ones((3, 3), dt))
    for dt in (F32, F64):
        for view in VIEWS:
            put(laid_out(regular((3, 3, 3), dt), view), view)
        put(regular((33, 33), dt))
        put(np.array([[np.nan]], dt))
        put(np.array([[1, 2], [np.nan, 3]], dt))
        put(np.diag(np.array([1e30, 1e30, 1e-30, -1e-30], dt)))
        put(np.array([[-2, 0], [0, 3]], dt))
    put(1 / (1 + np.arange(6)[:, None] + np.arange(6)))
    put(np.diag([1e200, 1e200, 1e-200, 1e-200]))


def inverses(out):
    def put(x, view=None, **attrs):
        dt = floating(x.dtype)
        y = np.linalg.inv(x.astype(F64))
        bound = roundings(x, dt) * condition(x) * float(np.max(np.abs(np.nan_to_num(y)), initial=0))
        out.put("inv", [x], [y.astype(dt)], attrs, views=[view], ulp=4, atol=[bound])

    for dt in NUMERIC:
        for shape in SHAPES:
            put(regular(shape, dt))
        put(np.array([[0, 1], [1, 0]], dt))
    for dt in (F32, F64):
        for view in VIEWS:
            put(laid_out(regular((3, 3, 3), dt), view), view)
        put(regular((2, 2), dt), check=False)
        put(regular((33, 33), dt))
        put(np.array([[np.inf]], dt))
    put(1 / (1 + np.arange(6)[:, None] + np.arange(6)))


def solutions(out):
    def put(a, b, views=None, **attrs):
        dt = floating(promote([a.dtype, b.dtype]))
        y = np.linalg.solve(a.astype(F64), b.astype(F64))
        bound = roundings(a, dt) * condition(a) * float(np.max(np.abs(y), initial=0))
        out.put("solve", [a, b], [np.asarray(y).astype(dt)], attrs, views=views, ulp=4, atol=[bound])

    shapes = [((1, 1), (1,)), ((3, 3), (3,)), ((3, 3), (3, 1)), ((3, 3), (3, 4)), ((2, 3, 3), (3,)), ((2, 3, 3), (3, 2)), ((3, 3), (2, 3, 2)),
              ((2, 3, 3), (2, 3, 2)), ((2, 1, 3, 3), (4, 3, 2)), ((0, 0), (0,)), ((0, 0), (0, 2)), ((3, 3), (3, 0)), ((0, 3, 3), (3,)), ((2, 2, 2), (2, 2))]
    for dt in NUMERIC:
        for sa, sb in shapes:
            put(regular(sa, dt), sample(sb, dt))
    for a in NUMERIC:
        for b in NUMERIC:
            if a != b:
                put(regular((2, 2), a), sample((2,), b))
    for dt in (F32, F64):
        for view in VIEWS:
            put(laid_out(regular((3, 3, 3), dt), view), sample((3, 2), dt), [view, None])
            put(regular((3, 3), dt), laid_out(sample((3, 4), dt), view), [None, view])
            put(regular((4, 4), dt), laid_out(sample((4,), dt), view), [None, view])
        put(regular((2, 2), dt), sample((2,), dt), check=False)
        for n in LARGE:
            put(regular((n, n), dt), sample((n,), dt))
        put(regular((33, 33), dt), sample((33, 5), dt))
    put(1 / (1 + np.arange(6)[:, None] + np.arange(6)), np.ones(6))


def triangles(out):
    def put(x, view=None, **attrs):
        dt = floating(x.dtype)
        y = np.linalg.cholesky(x.astype(F64), upper=attrs.get("upper", False))
        bound = roundings(x, dt) * condition(x) * float(np.max(np.abs(np.nan_to_num(y)), initial=0))
        out.put("cholesky", [x], [y.astype(dt)], attrs, views=[view], ulp=4, atol=[bound])

    for dt in NUMERIC:
        for shape in SHAPES:
            put(positive(shape, dt))
            put(positive(shape, dt), upper=True)
    for dt in (F32, F64):
        for view in VIEWS:
            put(laid_out(positive((3, 3, 3), dt), view), view)
            put(laid_out(positive((3, 3, 3), dt), view), view, upper=True)
        put(np.array([[4, 7], [2, 3]], dt))  # one triangle is read
        put(np.array([[4, 2], [7, 3]], dt), upper=True)
        put(np.array([[4, 0], [np.nan, 3]], dt))
        put(np.array([[np.nan]], dt))
        put(positive((2, 2), dt), check=False)
        put(positive((34, 34), dt))
        put(positive((33, 33), dt), upper=True)


def scattered(out):
    def put(x, i, u, axis=-1, combine="set", views=None):
        dt = promote([x.dtype, np.asarray(u).dtype if isinstance(u, np.ndarray) else x.dtype])
        y = x.astype(dt)
        shape = list(x.shape)
        shape[axis] = i.shape[axis]
        where = np.broadcast_to(i, shape)
        updates = np.broadcast_to(np.asarray(u).astype(dt), shape)
        if combine == "set":
            np.put_along_axis(y, where, updates, axis)
        else:
            grid = list(np.indices(shape, sparse=True))
            grid[axis] = where
            np.add.at(y, tuple(grid), updates)
        attrs = {k: v for k, v, default in (("axis", axis, -1), ("combine", combine, "set")) if v != default}
        out.put("scatter", [x, i, u], [y], attrs, views=views)

    def places(shape, extent, dt=I64):
        return sample(shape, dt, -extent, extent - 1)

    for dt in ALL:
        for combine in ("set", "add"):
            put(sample((5,), dt), places((3,), 5), sample((3,), dt), combine=combine)
            put(sample((5,), dt), np.array([1, -4, 1, 1]), sample((4,), dt), combine=combine)
            for axis in (0, 1, -1):
                put(sample((3, 4), dt), places((3, 4), 3), sample((3, 4), dt), axis, combine)
            put(sample((3, 4), dt), places((1, 6), 4, I32), sample((3, 6), dt), 1, combine)
            put(sample((3, 4), dt), places((6, 1), 3), sample((4,), dt), 0, combine)
            put(sample((3, 4), dt), places((3, 2), 4), sample((1, 2), dt), 1, combine)
            put(sample((2, 3, 4), dt), places((2, 5, 4), 3), sample((2, 5, 1), dt), 1, combine)
            put(sample((2, 3, 4), dt), places((1, 5, 1), 3), sample((2, 5, 4), dt), 1, combine)
            put(sample((3, 4), dt), places((3, 0), 4), sample((3, 0), dt), 1, combine)
            put(sample((3, 0), dt), places((2, 0), 3), sample((2, 0), dt), 0, combine)
    for dt in NUMERIC:
        put(sample((4,), dt), np.array([0, 2]), 3, combine="add")
        put(sample((4,), dt), np.array([3, 1]), 2)
        for view in VIEWS:
            put(laid_out(sample((3, 4), dt), view), places((3, 2), 4), sample((3, 2), dt), views=[view, None, None])
            put(sample((3, 4), dt), laid_out(places((3, 2), 4), view), sample((3, 2), dt), combine="add", views=[None, view, None])
            put(sample((3, 4), dt), places((5, 4), 3), laid_out(sample((5, 4), dt), view), 0, "add", [None, None, view])
    for a, b in ((I32, I64), (I64, F32), (F32, F64), (F64, I32), (U8, I32), (BOOL, BOOL)):
        put(sample((3,), a), np.array([1, 0, 1]), sample((3,), b))
        if a != BOOL:
            put(sample((3,), a), np.array([1, 0, 1]), sample((3,), b), combine="add")
    for dt in INTEGERS:
        put(np.full(2, np.iinfo(dt).max, dt), np.array([0, 0, 1]), np.array([1, 1, 2], dt), combine="add")
    for dt in (F32, F64):
        put(np.array([1, np.nan, 0.0], dt), np.array([1, 2, 0]), np.array([5, -0.0, np.inf], dt))
        put(np.array([1, np.nan, 0.0], dt), np.array([1, 2, 0]), np.array([5, -0.0, np.inf], dt), combine="add")


def make():
    out = Cases()
    for part in (numbers, inverses, solutions, triangles, scattered):
        part(out)
    return out
