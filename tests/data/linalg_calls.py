"""Calls of linear algebra that the generators of several frameworks make: names, operands and keywords as NumPy has them."""
import numpy as np

from case_values import ALL, BOOL, F32, F64, U8, next_case, sample

NAMES = "det slogdet inv solve cholesky matrix_power".split()
NAN, INF = float("nan"), float("inf")


def regular(shape, dt):
    n = shape[-1]
    if dt == BOOL:
        return np.broadcast_to(np.eye(n, dtype=bool)[::-1], shape).copy()
    next_case()
    x = sample(shape, dt, 0 if dt == U8 else -3, 4)
    return np.ascontiguousarray(np.roll(x + ((2 + 2 * n) * np.eye(n)).astype(dt), 1, axis=-2))


def positive(shape, dt):
    n = shape[-1]
    if dt == BOOL:
        return np.broadcast_to(np.eye(n, dtype=bool), shape).copy()
    next_case()
    x = sample(shape, F64, 0 if dt == U8 else -2, 2).round(1)
    p = x @ np.swapaxes(x, -1, -2) + n * np.eye(n)
    return p.round(0).astype(dt) if dt.kind in "iu" else p.round(2).astype(dt)


def right(shape, dt):
    next_case()
    return sample(shape, dt, -4, 5)


def calls(powers=True, upper=True):
    """(name, operands, keywords). Which matrices are singular is plain to see: 2 x 2, with whole numbers."""
    for dt in ALL:
        for shape in [(1, 1), (2, 2), (3, 3), (2, 3, 3), (0, 0), (3, 0, 0), (0, 2, 2)]:
            for name in ("det", "slogdet", "inv"):
                yield name, [regular(shape, dt)], {}
            yield "cholesky", [positive(shape, dt)], {}
            if upper:
                yield "cholesky", [positive(shape, dt)], {"upper": True}
        for shape, other in [((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (2, 3, 2)), ((2, 3, 3), (3,)), ((2, 3, 3), (3, 2)), ((3, 3), (2, 3, 2)),
                             ((2, 2, 2), (2, 2)), ((3, 2, 2), (3, 2)), ((1, 2, 2), (4, 2, 1)), ((0, 0), (0,)), ((0, 0), (0, 2)), ((2, 2), (2, 0)), ((0, 2, 2), (0, 2, 1))]:
            yield "solve", [regular(shape, dt), right(other, dt)], {}
        for other in ALL:
            yield "solve", [regular((2, 2), dt), right((2, 1), other)], {}
        for n in (-2, -1, 0, 1, 2, 3, 5) if powers else ():
            if dt != BOOL:
                yield "matrix_power", [regular((2, 2), dt)], {"n": n}
        if powers and dt != BOOL:
            yield "matrix_power", [regular((2, 3, 3), dt)], {"n": 2}
            yield "matrix_power", [regular((2, 3, 3), dt)], {"n": 0}
            yield "matrix_power", [np.ones((2, 3), dt)], {"n": 2}
        for name in ("det", "slogdet", "inv", "cholesky"):
            yield name, [np.ones((2, 3), dt)], {}
            yield name, [np.ones(3, dt)], {}
            yield name, [np.ones((), dt)], {}
        yield "solve", [regular((2, 2), dt), right((3,), dt)], {}
        yield "solve", [regular((2, 2), dt), right((), dt)], {}
        yield "solve", [regular((2, 2), dt), right((3, 1), dt)], {}
        yield "solve", [np.ones((2, 3), dt), right((2, 1), dt)], {}
        yield "solve", [regular((3, 2, 2), dt), right((2, 2, 1), dt)], {}
    for dt in (F32, F64):
        for x in ([[1, 2], [2, 4]], [[0, 0], [0, 0]], [[0, 1], [0, 1]], [[2, 1], [4, 2]]):
            x = np.array(x, dt)
            for name in ("det", "slogdet", "inv"):
                yield name, [x], {}
            yield "solve", [x, np.array([[1.0], [1.0]], dt)], {}
            yield "solve", [np.stack([np.eye(2, dtype=dt), x]), np.ones((2, 2, 1), dt)], {}
        yield "inv", [np.zeros((1, 1), dt)], {}
        yield "det", [np.array([[NAN, 1], [2, 3]], dt)], {}
        yield "det", [np.array([[1, 2], [2, INF]], dt)], {}
        yield "slogdet", [np.array([[-2, 0], [0, 3]], dt)], {}
        yield "slogdet", [np.diag(np.array([1e30, 1e30, 1e-30, -1e-30], dt))], {}
        yield "inv", [np.array([[1, NAN], [0, 2]], dt)], {}
        yield "solve", [np.eye(2, dtype=dt), np.array([[NAN], [1]], dt)], {}
        for x in ([[1, 2], [2, 1]], [[0, 0], [0, 0]], [[-1, 0], [0, 1]], [[4, 2], [2, 1]]):
            yield "cholesky", [np.array(x, dt)], {}
            if upper:
                yield "cholesky", [np.array(x, dt)], {"upper": True}
        yield "cholesky", [np.array([[4, 7], [2, 3]], dt)], {}
        if upper:
            yield "cholesky", [np.array([[4, 2], [7, 3]], dt)], {"upper": True}


SIGNS = {"qr": ["columns", "rows"], "eigh": [None, "columns"], "svd": ["columns", None, "rows"]}
DECOMPOSED = "qr eigh eigvalsh svd svdvals pinv matrix_rank cond lstsq vector_norm matrix_norm norm".split()


def apart(shape, dt):
    """Matrices with singular values that differ, and other numbers above the diagonal than below."""
    if dt == BOOL:
        return np.broadcast_to(np.tril(np.ones(shape[-2:], bool)), shape).copy()
    next_case()
    whole = dt.kind in "iu"
    x = sample(shape, dt, 0 if dt == U8 else -1, 1) if whole else sample(shape, dt, -0.4, 0.4)
    n = min(shape[-2:])
    steps = np.zeros(shape[-2:])
    steps[np.arange(n), np.arange(n)] = (4 if whole else 1.5) * (1 + np.arange(n))
    return np.ascontiguousarray(x + steps.astype(dt))


def many_vectors(shape):
    """Whether several columns of nothing may be any."""
    return abs(shape[-1] - shape[-2]) > 1 and min(shape[-2:]) > 0


def decompositions():
    """(name, operands, keywords), as NumPy has them."""
    for dt in ALL:
        for shape in [(1, 1), (2, 2), (3, 3), (3, 2), (2, 3), (4, 1), (2, 3, 2), (0, 0), (3, 0), (0, 2), (2, 0, 2), (0, 2, 2)]:
            x = apart(shape, dt)
            yield "qr", [x], {}
            yield "qr", [x], {"mode": "complete"}
            if not many_vectors(shape):
                yield "svd", [x], {}
            yield "svd", [x], {"full_matrices": False}
            for name in ("svdvals", "pinv", "matrix_rank", "cond"):
                yield name, [x], {}
            if shape[-1] == shape[-2]:
                for name in ("eigh", "eigvalsh"):
                    yield name, [x], {}
                    yield name, [x], {"UPLO": "U"}
        for name in ("qr", "svd", "svdvals", "pinv", "eigh", "eigvalsh", "cond", "matrix_norm"):
            yield name, [np.ones(3, dt)], {}
            yield name, [np.ones((), dt)], {}
        for name in ("eigh", "eigvalsh"):
            yield name, [np.ones((2, 3), dt)], {}
        for x in (np.ones(3, dt), np.zeros(3, dt), np.zeros((), dt), np.ones((2, 2), dt), np.zeros((2, 2), dt)):
            yield "matrix_rank", [x], {}
        for a, b in [((3, 3), (3,)), ((3, 3), (3, 2)), ((4, 2), (4,)), ((4, 2), (4, 3)), ((2, 3), (2,)), ((2, 3), (2, 2)), ((1, 1), (1,)), ((3, 2), (2,)), ((2, 3, 3), (3,)),
                     ((3,), (3,)), ((3, 3), ()), ((3, 3), (3, 1, 1))]:
            yield "lstsq", [apart(a, dt) if len(a) > 1 else np.ones(a, dt), right(b, dt)], {}
        for other in ALL:
            yield "lstsq", [apart((3, 2), dt), right((3,), other)], {}
        for order in (1, -1, 2, -2, INF, -INF, "fro", "nuc"):
            yield "cond", [apart((2, 2), dt)], {"p": order}
            yield "matrix_norm", [apart((2, 3), dt)], {"ord": order}
            yield "matrix_norm", [apart((2, 2, 3), dt)], {"ord": order, "keepdims": True}
            yield "norm", [apart((2, 3), dt)], {"ord": order}
            yield "norm", [apart((3, 2, 2), dt)], {"ord": order, "axis": (2, 0)}
            yield "norm", [apart((3, 2, 2), dt)], {"ord": order, "axis": (0, -1), "keepdims": True}
        for order in (0, 1, 2, 3, -1, 0.5, INF, -INF):
            yield "vector_norm", [right((4,), dt)], {"ord": order}
            yield "vector_norm", [right((2, 3), dt)], {"ord": order, "axis": -1}
            yield "vector_norm", [right((2, 3), dt)], {"ord": order, "axis": (0, 1), "keepdims": True}
        yield "vector_norm", [right((2, 3), dt)], {}
        yield "vector_norm", [right((), dt)], {}
        yield "matrix_norm", [apart((2, 3), dt)], {"ord": 3}
        yield "cond", [apart((2, 2), dt)], {"p": 3}
        yield "cond", [apart((2, 3), dt)], {"p": 1}
    for dt in (F32, F64):
        flat, thin = np.ones((3, 2), dt), np.array([[1, 0], [0, 1e-3]], dt)
        for name in ("pinv", "matrix_rank", "svdvals"):
            yield name, [flat], {}
            yield name, [np.zeros((2, 3), dt)], {}
        for share in (1e-2, 1e-4):
            yield "pinv", [thin], {"rcond": share}
            yield "pinv", [thin], {"rtol": share}
            yield "matrix_rank", [thin], {"rtol": share}
            yield "matrix_rank", [thin], {"tol": share}
            yield "matrix_rank", [5 * thin], {"tol": 0.2 if share > 1e-3 else 5e-4}
            yield "lstsq", [thin, np.array([1, 1], dt)], {"rcond": share}
        yield "lstsq", [np.zeros((2, 3), dt), np.ones(2, dt)], {}
        for order in (1, 2, -2, "fro"):
            if order not in (2, -2):
                yield "cond", [np.array([[1, 2], [2, 4]], dt)], {"p": order}
            yield "cond", [np.zeros((2, 2), dt)], {"p": order}
        nan = np.array([[1, NAN], [NAN, 2]], dt)
        for name in ("svd", "svdvals", "pinv", "matrix_rank", "cond", "eigh", "eigvalsh"):
            yield name, [nan], {}
        yield "eigvalsh", [np.array([[1, NAN], [0.5, 2]], dt)], {}
        yield "eigvalsh", [np.array([[INF, 0], [0, 2]], dt)], {}
        yield "norm", [nan], {"ord": 2}
        yield "norm", [nan], {"ord": 1}
        yield "cond", [nan], {"p": 1}
        yield "matrix_norm", [np.zeros((0, 2), dt)], {"ord": 2}
        yield "matrix_norm", [np.zeros((0, 2), dt)], {"ord": "nuc"}
        yield "matrix_norm", [np.zeros((2, 0), dt)], {"ord": -2}


def numpy_part(put):
    for name, inputs, kwargs in decompositions():
        if name == "eigh" and inputs[0].dtype == BOOL and inputs[0].ndim > 1 and inputs[0].shape[-1] > 2:
            continue  # of equal eigenvalues any vectors will do
        put("linalg." + name, *inputs, **kwargs)
