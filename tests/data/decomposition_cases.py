"""Reference cases of decompositions, by numpy.linalg. Where a factor may be another by its sign, `signs` says whether of columns or of rows."""
import numpy as np

from case_values import F32, F64, NUMERIC, U8, VIEWS, Cases, floating, laid_out, promote, sample
from linear_cases import condition, regular, roundings

SHAPES = [(1, 1), (2, 2), (3, 2), (2, 3), (4, 4), (5, 3), (3, 5), (4, 1), (1, 3), (2, 4, 3), (2, 1, 2, 2), (0, 0), (3, 0), (0, 3), (2, 0, 2), (0, 2, 2)]
NAN, INF = float("nan"), float("inf")


def apart(shape, dt):
    """Matrices with singular values that differ: a diagonal that grows."""
    x = sample(shape, dt, 0 if dt == U8 else -3, 4)
    n = min(shape[-2:])
    steps = np.zeros(shape[-2:])
    steps[np.arange(n), np.arange(n)] = (8 if dt != U8 else 20) * (1 + np.arange(n))
    return np.ascontiguousarray(x + steps.astype(dt))


def symmetric(shape, dt):
    """Those with eigenvalues that differ, and something else above the diagonal."""
    return apart(shape, dt)


def distance(values):
    """The least distance of two neighbours, as a part of the largest."""
    if values.shape[-1] < 2 or not values.size or not np.isfinite(values).all():
        return 1.0
    return max(float(np.min(np.abs(np.diff(values, axis=-1)))) / max(float(np.max(np.abs(values))), 1e-30), 1e-3)


def most(x):
    return float(np.max(np.abs(np.nan_to_num(x, nan=0, posinf=0, neginf=0)), initial=0))


def orthonormal(out):
    def put(x, view=None, **attrs):
        dt = floating(x.dtype)
        q, r = np.linalg.qr(x.astype(F64), **attrs)
        k = min(x.shape[-2:])
        bound = roundings(x, dt) * condition(x[..., :k]) if k else 1.0
        out.put("qr", [x], [q.astype(dt), r.astype(dt)], attrs, views=[view], ulp=4, atol=[bound, bound * max(most(x), 1.0) * max(x.shape)], signs=["columns", "rows"])

    for dt in NUMERIC:
        for shape in SHAPES:
            put(apart(shape, dt))
            put(apart(shape, dt), mode="complete")
    for dt in (F32, F64):
        for view in VIEWS:
            put(laid_out(apart((3, 4, 3), dt), view), view)
            put(laid_out(apart((3, 2, 3), dt), view), view, mode="complete")
        put(apart((33, 33), dt))
        put(apart((40, 7), dt), mode="complete")
        put(np.array([[-2, 1], [0, 3]], dt))
        put(np.array([[3e30, 1e30], [4e30, 2e30]], dt))
        put(np.array([[3e-30, 1e-30], [4e-30, 2e-30]], dt))


def eigenvalues(out):
    def put(x, view=None, **attrs):
        dt = floating(x.dtype)
        uplo = "U" if attrs.get("upper") else "L"
        wide = x.astype(F64)
        values = np.linalg.eigvalsh(wide, uplo)
        bound = roundings(x, dt) * most(values)
        out.put("eigvalsh", [x], [values.astype(dt)], attrs, views=[view], ulp=4, atol=[bound])
        if np.isfinite(values).all():
            values, vectors = np.linalg.eigh(wide, uplo)
            out.put("eigh", [x], [values.astype(dt), vectors.astype(dt)], attrs, views=[view], ulp=4, atol=[bound, roundings(x, dt) / distance(values)], signs=[None, "columns"])

    for dt in NUMERIC:
        for shape in [(1, 1), (2, 2), (3, 3), (5, 5), (2, 3, 3), (2, 1, 2, 2), (0, 0), (3, 0, 0), (0, 2, 2)]:
            put(symmetric(shape, dt))
            put(symmetric(shape, dt), upper=True)
    for dt in (F32, F64):
        for view in VIEWS:
            put(laid_out(symmetric((3, 4, 4), dt), view), view)
            put(laid_out(symmetric((3, 3, 3), dt), view), view, upper=True)
        put(symmetric((33, 33), dt))
        put(np.array([[2, 9], [0, -1]], dt))
        put(np.array([[3e30, 1e30], [1e30, 2e30]], dt))
        put(np.array([[NAN]], dt))
        put(np.array([[1, NAN], [NAN, 2]], dt))
        put(np.array([[1, NAN], [0.5, 2]], dt))
        put(np.array([[1, 0.5], [NAN, 2]], dt), upper=True)
        put(np.array([[INF, 0], [0, 1]], dt))


def singular(out):
    def put(x, view=None, **attrs):
        dt = floating(x.dtype)
        wide = x.astype(F64)
        values = np.linalg.svd(wide, compute_uv=False)
        bound = roundings(x, dt) * most(values) * 2
        check = {k: v for k, v in attrs.items() if k == "check"}
        out.put("svdvals", [x], [values.astype(dt)], check, views=[view], ulp=4, atol=[bound])
        for full in (True, False):
            if full and abs(x.shape[-1] - x.shape[-2]) > 1 and min(x.shape):
                continue  # then several columns of nothing may be any
            u, s, vh = np.linalg.svd(wide, full_matrices=full)
            more = check | ({} if full else {"full_matrices": False})
            vectors = 2 * roundings(x, dt) / distance(s)
            out.put("svd", [x], [u.astype(dt), s.astype(dt), vh.astype(dt)], more, views=[view], ulp=4, atol=[vectors, bound, vectors], signs=["columns", None, "rows"])

    for dt in NUMERIC:
        for shape in SHAPES:
            put(apart(shape, dt))
    for dt in (F32, F64):
        for view in VIEWS:
            put(laid_out(apart((3, 4, 3), dt), view), view)
            put(laid_out(apart((3, 2, 3), dt), view), view)
        put(apart((33, 33), dt))
        put(apart((3, 40), dt))
        put(apart((3, 3), dt), check=False)
        put(np.array([[3e30, 1e30], [1e30, 2e30]], dt))
        put(np.array([[3e-30, 1e-30], [1e-30, 2e-30]], dt))


def triangles(out):
    def put(a, b, views=None, **attrs):
        dt = floating(promote([a.dtype, b.dtype]))
        wide = a.astype(F64)
        wide = np.triu(wide) if attrs.get("upper") else np.tril(wide)
        if attrs.get("unit_diagonal"):
            n = a.shape[-1]
            wide = wide * (1 - np.eye(n)) + np.eye(n)
        if attrs.get("transposed"):
            wide = np.swapaxes(wide, -1, -2)
        y = np.linalg.solve(wide, b.astype(F64))
        bound = roundings(a, dt) * condition(wide) * most(y)
        out.put("triangular_solve", [a, b], [np.asarray(y).astype(dt)], attrs, views=views, ulp=4, atol=[bound])

    def upright(shape, dt):
        return np.ascontiguousarray(np.roll(regular(shape, dt), -1, axis=-2))

    ways = [{}, {"upper": True}, {"transposed": True}, {"upper": True, "transposed": True}, {"unit_diagonal": True}, {"upper": True, "unit_diagonal": True}]
    shapes = [((1, 1), (1,)), ((3, 3), (3,)), ((3, 3), (3, 4)), ((2, 3, 3), (3,)), ((2, 3, 3), (3, 2)), ((3, 3), (2, 3, 2)), ((2, 1, 3, 3), (4, 3, 2)),
              ((0, 0), (0,)), ((0, 0), (0, 2)), ((3, 3), (3, 0)), ((0, 3, 3), (3,))]
    for dt in NUMERIC:
        for sa, sb in shapes:
            for way in ways[:2]:
                put(upright(sa, dt), sample(sb, dt), **way)
        for way in ways[2:]:
            if dt != U8 or not way.get("unit_diagonal"):
                put(upright((3, 3), dt), sample((3, 2), dt), **way)
    for a in NUMERIC:
        for b in NUMERIC:
            if a != b:
                put(upright((2, 2), a), sample((2,), b))
    for dt in (F32, F64):
        for view in VIEWS:
            put(laid_out(upright((3, 3, 3), dt), view), sample((3, 2), dt), [view, None], upper=True)
            put(upright((3, 3), dt), laid_out(sample((3, 4), dt), view), [None, view])
        put(upright((2, 2), dt), sample((2,), dt), check=False)
        for n in (31, 33, 65):
            put(upright((n, n), dt), sample((n, 2), dt))
            put(upright((n, n), dt), sample((n,), dt), upper=True, transposed=True)


def make():
    out = Cases()
    for part in (orthonormal, eigenvalues, singular, triangles):
        part(out)
    return out
