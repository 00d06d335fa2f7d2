"""Writes gradients.json: the gradients that JAX gives, with jax_enable_x64, of sum(weights * op(inputs)) by every floating input. Special
points are among them: ties, zeros, bounds, NaN, extents that broadcast. Weights are stored where an op has results of one dtype."""
import jax
import jax.numpy as jnp
import numpy as np

from encoding import encode, write

jax.config.update("jax_enable_x64", True)
NAN, INF = float("nan"), float("inf")
rng = np.random.default_rng(20261201)
cases = []


def put(op, function, inputs, attributes=None):
    """`function` is what JAX has for the op, with these attributes."""
    inputs = [np.asarray(x) for x in inputs]
    real = [i for i, x in enumerate(inputs) if x.dtype.kind == "f"]
    outputs = function(*inputs)
    several = isinstance(outputs, (tuple, list))
    outputs = list(outputs) if several else [outputs]
    weights = [np.round(rng.uniform(-2, 2, np.shape(o)), 2) + 0.005 for o in outputs]

    def loss(*x):
        full = list(inputs)
        for i, v in zip(real, x):
            full[i] = v
        out = function(*full)
        return sum(jnp.sum(w * o) for w, o in zip(weights, out if several else [out]))

    gradients = jax.grad(loss, tuple(range(len(real))))(*[jnp.asarray(inputs[i]) for i in real])
    case = {"op": op, "inputs": [encode(x) for x in inputs], "weights": [encode(w) for w in weights],
            "gradients": [encode(np.asarray(g)) for g in gradients]}
    if attributes:
        case["attributes"] = attributes
    cases.append(case)


def some(*shape, low=-2.0, high=2.0):
    return np.round(rng.uniform(low, high, shape), 3)


def well(*shape):
    """Matrices that are far from singular."""
    return some(*shape) + 4 * np.eye(shape[-1])


def positive(*shape):
    m = some(*shape, low=-1, high=1)
    return np.round(m @ np.swapaxes(m, -1, -2), 3) + 2 * np.eye(shape[-1])


# ---- elementwise
POINTS = np.array([-2.5, -1.0, -0.5, 0.0, 0.5, 1.0, 2.5])
UNARY = {
    "negative": jnp.negative, "positive": jnp.positive, "abs": jnp.abs, "square": jnp.square, "floor": jnp.floor, "ceil": jnp.ceil, "round": jnp.round,
    "trunc": jnp.trunc, "sign": jnp.sign, "exp": jnp.exp, "exp2": jnp.exp2, "expm1": jnp.expm1, "sinh": jnp.sinh, "cosh": jnp.cosh, "tanh": jnp.tanh,
    "asinh": jnp.arcsinh, "erf": jax.scipy.special.erf, "erfc": jax.scipy.special.erfc, "sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu,
    "sin": jnp.sin, "cos": jnp.cos, "tan": jnp.tan, "atan": jnp.arctan, "cbrt": jnp.cbrt}
for name, f in UNARY.items():
    put(name, f, [POINTS])
    put(name, f, [some(3, 4)])
for name, f in {"log": jnp.log, "log2": jnp.log2, "log10": jnp.log10, "sqrt": jnp.sqrt, "rsqrt": jax.lax.rsqrt, "reciprocal": jnp.reciprocal}.items():
    put(name, f, [np.array([0.0, 0.25, 1.0, 2.0, 9.0])])
put("log1p", jnp.log1p, [np.array([-1.0, -0.5, 0.0, 3.0])])
put("acosh", jnp.arccosh, [np.array([1.5, 2.0, 9.0])])
for name, f in {"atanh": jnp.arctanh, "asin": jnp.arcsin, "acos": jnp.arccos}.items():
    put(name, f, [np.array([-0.75, -0.25, 0.0, 0.5])])
put("gelu", lambda x: jax.nn.gelu(x, approximate=False), [POINTS], {"approximate": "none"})
put("gelu", lambda x: jax.nn.gelu(x, approximate=True), [POINTS], {"approximate": "tanh"})

A = np.array([-2.0, -1.0, 0.5, 1.0, 2.0, 3.0])
B = np.array([1.5, -1.0, 0.5, 2.0, -0.5, 3.0])
BINARY = {
    "add": jnp.add, "subtract": jnp.subtract, "multiply": jnp.multiply, "divide": jnp.divide, "maximum": jnp.maximum, "minimum": jnp.minimum,
    "hypot": jnp.hypot, "atan2": jnp.arctan2, "logaddexp": jnp.logaddexp, "copysign": jnp.copysign, "remainder": jnp.remainder}
for name, f in BINARY.items():
    put(name, f, [A, B])
    put(name, f, [some(3, 1), some(2, 1, 4)])
    put(name, f, [some(), some(2, 3)])
    put(name, f, [some(2, 1), some()])
put("multiply", jnp.multiply, [np.array([0.0, 0.0, 1.0]), np.array([0.0, 2.0, INF])])
put("divide", jnp.divide, [np.array([1.0, 0.0]), np.array([0.0, 0.0])])
put("hypot", jnp.hypot, [np.array([0.0, 3.0]), np.array([0.0, 4.0])])
put("maximum", jnp.maximum, [np.array([NAN, 1.0, 0.0]), np.array([1.0, NAN, -0.0])])
put("minimum", jnp.minimum, [np.array([NAN, 1.0, 0.0]), np.array([1.0, NAN, -0.0])])
put("pow", jnp.power, [np.array([0.5, 1.0, 2.0, 0.0, 3.0]), np.array([2.0, 0.0, -1.5, 2.0, 0.5])])
put("pow", jnp.power, [some(3, 1, low=0.5), some(2)])
put("pow", jnp.power, [np.array([-2.0, 0.0, 2.0]), np.array([2, 3, 0])])
put("floor_divide", jnp.floor_divide, [A, B])
for low, high in (([0.5], [1.0]), ([-1.0], [0.5]), ([2.0], [1.0])):
    put("clip", jnp.clip, [np.array([-2.0, -1.0, 0.5, 0.75, 1.0, 2.0]), np.array(low), np.array(high)])
put("clip", jnp.clip, [some(2, 3), some(3), some(2, 1)])
put("where", jnp.where, [np.array([True, False, True]), np.array([1.0, NAN, 2.0]), np.array([INF, 1.0, NAN])])
put("where", jnp.where, [np.array([[True], [False]]), some(3), some()])

# ---- reductions
X = some(2, 3, 4)
TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [-1.0, NAN, 0.0]])
for axis, keep in ((None, False), (0, False), (1, True), ([0, 2], False), (-1, True), ([], False)):
    at = {"keepdims": keep} | ({"axis": axis} if axis is not None else {})
    ax = tuple(axis) if isinstance(axis, list) else axis
    for name, f in {"sum": jnp.sum, "prod": jnp.prod, "mean": jnp.mean, "max": jnp.max, "min": jnp.min}.items():
        put(name, lambda x, f=f, ax=ax, keep=keep: f(x, axis=ax, keepdims=keep), [X], at)
    if ax != ():
        for correction in (0, 1):
            for name, f in {"var": jnp.var, "std": jnp.std}.items():
                put(name, lambda x, f=f, ax=ax, keep=keep, c=correction: f(x, axis=ax, keepdims=keep, ddof=c), [X], at | {"correction": correction})
        put("moments", lambda x, ax=ax, keep=keep: (jnp.mean(x, axis=ax, keepdims=keep), jnp.var(x, axis=ax, keepdims=keep)), [X], at)
for name, f in {"max": jnp.max, "min": jnp.min}.items():
    put(name, lambda x, f=f: f(x, axis=1), [TIES], {"axis": 1})
    put(name, f, [TIES[:2]])
put("std", jnp.std, [np.array([2.0, 2.0, 2.0])])
for zeros in ([2.0, 0.0, 3.0, 4.0], [0.0, 2.0, 0.0, 3.0], [1.5, -2.0, 3.0, 0.5]):
    put("prod", jnp.prod, [np.array(zeros)])
    put("cumulative_prod", lambda x: jnp.cumprod(x), [np.array(zeros)], {})
put("prod", lambda x: jnp.prod(x, axis=0), [np.array([[0.0, 2.0], [3.0, 0.0], [4.0, 5.0]])], {"axis": 0})
for axis in (0, -1):
    for initial in (False, True):
        for name, f in {"cumulative_sum": jnp.cumulative_sum, "cumulative_prod": jnp.cumulative_prod}.items():
            put(name, lambda x, f=f: f(x, axis=axis, include_initial=initial), [X], {"axis": axis, "include_initial": initial})
for axis in (-1, 0):
    put("softmax", lambda x: jax.nn.softmax(x, axis=axis), [X], {"axis": axis})
    put("log_softmax", lambda x: jax.nn.log_softmax(x, axis=axis), [X], {"axis": axis})
put("diff", lambda x: jnp.diff(x, n=2, axis=1), [some(2, 5)], {"axis": 1, "n": 2})

# ---- places
S = np.array([[3.0, 1.0, 2.0, 1.0], [0.5, 4.0, -1.0, 2.5]])
put("sort", lambda x: jnp.sort(x, axis=-1), [S], {"axis": -1})
put("sort", lambda x: jnp.sort(x, axis=0, descending=True), [S], {"axis": 0, "descending": True})
put("take", lambda x, i: jnp.take(x, i, axis=0), [X, np.array([1, 0, 1, 1])], {"axis": 0})
put("take", lambda x, i: jnp.take(x, i, axis=1), [X, np.array([[1, 0], [2, -1]])], {"axis": 1})
put("take", lambda x, i: jnp.take(x, i, axis=2), [X, np.array(3)], {"axis": 2})
put("take_along_axis", lambda x, i: jnp.take_along_axis(x, i, axis=1), [S, np.array([[0, 0, 3], [1, 2, 2]])], {"axis": 1})
put("take_along_axis", lambda x, i: jnp.take_along_axis(x, i, axis=1), [S, np.array([[0, 0, 3]])], {"axis": 1})


def scattered(x, i, u, axis, combine):
    i, u = np.broadcast_to(i, np.broadcast_shapes(i.shape, np.shape(u))), jnp.broadcast_to(u, np.broadcast_shapes(i.shape, np.shape(u)))
    places = list(np.meshgrid(*[np.arange(n) for n in i.shape], indexing="ij"))
    places[axis] = i
    ref = jnp.asarray(x).at[tuple(places)]
    return ref.add(u) if combine == "add" else ref.set(u)


put("scatter", lambda x, i, u: scattered(x, i, u, 1, "add"), [S, np.array([[0, 0, 3], [1, 2, 2]]), some(2, 3)], {"axis": 1, "combine": "add"})
put("scatter", lambda x, i, u: scattered(x, i, u, 1, "set"), [S, np.array([[0, 2, 3], [1, 3, 2]]), some(2, 1)], {"axis": 1, "combine": "set"})
put("scatter", lambda x, i, u: scattered(x, i, u, 0, "add"), [some(5), np.array([4, 0, 4]), some()], {"axis": 0, "combine": "add"})

# ---- structure
put("reshape", lambda x: jnp.reshape(x, (4, 6)), [X], {"shape": [4, -1]})
put("permute_dims", lambda x: jnp.transpose(x, (2, 0, 1)), [X], {"axes": [2, 0, 1]})
put("matrix_transpose", lambda x: jnp.swapaxes(x, -1, -2), [X])
put("broadcast_to", lambda x: jnp.broadcast_to(x, (2, 3, 4)), [some(3, 1)], {"shape": [2, 3, 4]})
put("broadcast_to", lambda x: jnp.broadcast_to(x, (2, 3)), [some()], {"shape": [2, 3]})
put("expand_dims", lambda x: jnp.expand_dims(x, (0, -1)), [S], {"axis": [0, -1]})
put("squeeze", lambda x: jnp.squeeze(x, (0, 2)), [some(1, 3, 1)], {"axis": [0, -1]})
put("flip", lambda x: jnp.flip(x, (0, 2)), [X], {"axis": [0, -1]})
put("flip", jnp.flip, [S])
put("roll", lambda x: jnp.roll(x, (1, -2), (0, 2)), [X], {"shift": [1, -2], "axis": [0, 2]})
put("roll", lambda x: jnp.roll(x, 3), [S], {"shift": [3]})
put("concat", lambda *x: jnp.concatenate(x, 1), [some(2, 1), some(2, 3), some(2, 2)], {"axis": 1})
put("stack", lambda *x: jnp.stack(x, -1), [some(2, 3), some(2, 3)], {"axis": -1})
put("unstack", lambda x: tuple(jnp.unstack(x, axis=1)), [S], {"axis": 1})
put("repeat", lambda x: jnp.repeat(x, 3, axis=1), [S], {"repeats": 3, "axis": 1})
put("tile", lambda x: jnp.tile(x, (2, 1, 3)), [S], {"repetitions": [2, 1, 3]})

# ---- products and matrices
for a, b in (((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 1, 2, 3), (6, 3, 2)),
             ((5, 2, 3), (3,)), ((3,), (5, 3, 2)), ((1, 1), (1, 1)), ((2, 5, 2, 3), (3,)), ((3,), (2, 5, 3, 2))):
    put("matmul", jnp.matmul, [some(*a), some(*b)])
for m in (well(3, 3), well(2, 3, 3)):
    put("det", jnp.linalg.det, [m])
    put("slogdet", jnp.linalg.slogdet, [m])
    put("inv", jnp.linalg.inv, [m])
    put("solve", lambda a, b: jnp.linalg.solve(a, b), [m, some(*m.shape[:-1], 2)])
    put("cholesky", jnp.linalg.cholesky, [positive(*m.shape)])
    put("cholesky", lambda x: jnp.linalg.cholesky(x, upper=True), [positive(*m.shape)], {"upper": True})
    put("eigvalsh", jnp.linalg.eigvalsh, [positive(*m.shape)])
    put("svdvals", jnp.linalg.svdvals, [m])
put("solve", lambda a, b: jnp.linalg.solve(a, b), [well(3, 3), some(3)])
put("solve", lambda a, b: jnp.linalg.solve(a, b), [well(3, 3), some(4, 3, 2)])
for upper in (False, True):
    for unit in (False, True):
        for transposed in (False, True):
            f = lambda a, b: jax.scipy.linalg.solve_triangular(a, b, trans=int(transposed), lower=not upper, unit_diagonal=unit)
            put("triangular_solve", f, [well(3, 3), some(3, 2)], {"upper": upper, "unit_diagonal": unit, "transposed": transposed})
            put("triangular_solve", f, [well(3, 3), some(3)], {"upper": upper, "unit_diagonal": unit, "transposed": transposed})

write("gradients.json", f"written by make_gradients.py with JAX {jax.__version__}", cases)
print(len(cases), "cases")
