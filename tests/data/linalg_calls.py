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
