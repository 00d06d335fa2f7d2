"""Writes tensorflow.json: calls of TensorFlow's functions, with the results or the refusal (`"error": true`) that TensorFlow gives.

Result dtypes, shapes and refusals are TensorFlow's on the very inputs; elements of inexact functions are those of the same call on float64
inputs, rounded.
"""
import operator
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import numpy as np
import tensorflow as tf

from case_values import ALL, BOOL, F32, F64, I32, I64, U8, sample
from frontend_calls import Calls
import linalg_calls
import numpy_edges
import tensorflow_parts
from numpy_edges import apart

NAN, INF = float("nan"), float("inf")
EXACT = set(
    "negative abs square sqrt floor ceil round rint is_nan is_inf is_finite logical_not subtract multiply maximum minimum nextafter equal not_equal less less_equal greater "
    "greater_equal logical_and logical_or logical_xor sign add divide truediv floordiv floormod mod divide_no_nan multiply_no_nan squared_difference xdivy reduce_max "
    "reduce_min reduce_any reduce_all count_nonzero argmax argmin invert bitwise_and bitwise_or bitwise_xor left_shift right_shift realdiv cast where clip_by_value identity "
    "convert_to_tensor stop_gradient reshape transpose expand_dims squeeze broadcast_to reverse roll tile repeat concat stack unstack gather sort argsort searchsorted one_hot rank "
    "scatter_nd tensor_scatter_nd_update tensor_scatter_nd_add unsorted_segment_sum unsorted_segment_max unsorted_segment_min "
    "size shape zeros ones fill eye range zeros_like ones_like matrix_transpose relu relu6 sub mul and_ or_ xor lt ge eq ne".split())
REDUCED = set("reduce_sum reduce_prod reduce_mean reduce_std reduce_variance reduce_logsumexp cumsum cumprod matmul tensordot norm softmax log_softmax l2_normalize moments "
              "gelu silu swish elu selu softplus log_sigmoid batch_normalization sigmoid_cross_entropy_with_logits softmax_cross_entropy_with_logits linspace add_n".split()) | set(linalg_calls.NAMES) | set(linalg_calls.DECOMPOSED) | {"triangular_solve"}
EXACT |= tensorflow_parts.EXACT
REDUCED |= tensorflow_parts.REDUCED
OPERATORS = "add sub mul truediv mod lt ge eq and_ or_ xor".split()


def special(dt, ends=True):
    """Without the smallest normal number: what is below it is 0 in TensorFlow's vectors."""
    x = numpy_edges.special(dt, ends)
    return x[~(np.abs(x) == np.finfo(dt).tiny)] if dt.kind == "f" else x


class Exact:
    def __contains__(self, fn):
        return fn.split(".")[-1] in EXACT


class Reduced:
    def __contains__(self, fn):
        return fn.split(".")[-1] in REDUCED


def find(fn):
    if fn == "normalize":
        return lambda x: tf.divide(tf.subtract(x, tf.reduce_mean(x)), tf.math.reduce_std(x))
    module, _, name = fn.rpartition(".")
    if module == "operator":
        return getattr(operator, name)
    f = getattr(getattr(tf, module) if module else tf, name)
    if name in ("zeros", "ones") or name in ("fill", "broadcast_to", "reshape"):
        return lambda *inputs, **kwargs: f(*inputs, **{k: list(v) if k in ("shape", "dims") else v for k, v in kwargs.items()})
    return tensorflow_parts.shim(name, f)


def refused(fn, inputs, kwargs):
    """Why the frontend takes less than TensorFlow here, on purpose; it says so in tensorflow.hpp. Else nothing."""
    name = fn.split(".")[-1]
    if why := tensorflow_parts.refused(fn, inputs, kwargs):
        return why
    x = inputs[0] if inputs and isinstance(inputs[0], np.ndarray) else None
    if x is not None and x.size == 0 and name in ("reduce_max", "reduce_min", "reduce_logsumexp"):
        axis = kwargs.get("axis")
        over = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
        if any(x.shape[a] == 0 for a in over):
            return "a largest element of nothing"
    if fn == "operator.mul" and any(isinstance(v, np.ndarray) and v.dtype == BOOL for v in inputs) and any(isinstance(v, (int, float)) and not isinstance(v, bool) for v in inputs):
        return "a number beside bool"
    if x is not None and x.ndim == 0 and name not in ("expand_dims", "one_hot") and kwargs.get("axis", None) not in (None, (), []):
        return "an axis of a tensor of rank 0"
    return None


def wide(x):
    if isinstance(x, list):
        return [wide(v) for v in x]
    return x.astype(F64) if isinstance(x, np.ndarray) and x.dtype == F32 else x


calls = Calls(find, tf.constant, (tf.errors.OpError, TypeError, ValueError, IndexError, OverflowError), Exact(), Reduced(), refused, wide)
calls.signs = {"linalg." + fn: signs for fn, signs in linalg_calls.SIGNS.items()} | {"linalg.svd": [None, "columns", "columns"]}
calls.loose = {"math.erfinv", "math.ndtri"}
put = calls.put
UNARY = ("negative abs square sqrt rsqrt reciprocal exp expm1 log log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf erfc lgamma sigmoid floor ceil round rint is_nan "
         "is_inf is_finite logical_not sign softplus log_sigmoid softsign").split()
BINARY = ("subtract multiply maximum minimum atan2 nextafter equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor add divide truediv floordiv floormod "
          "mod pow divide_no_nan multiply_no_nan squared_difference xlogy xlog1py xdivy").split()
RANGES = {"asin": (-1, 1), "acos": (-1, 1), "atanh": (-0.9, 0.9), "acosh": (1, 9), "log": (0.5, 9), "log1p": (-0.5, 4), "sqrt": (0, 9), "rsqrt": (0.5, 9), "reciprocal": (1, 5), "lgamma": (0.5, 9)}
REDUCE = ("reduce_sum reduce_prod reduce_mean reduce_max reduce_min reduce_any reduce_all reduce_std reduce_variance reduce_logsumexp count_nonzero").split()


def home(name):
    """Where the function is: tf.nn.softsign, all others in tf.math."""
    return ("nn." if name == "softsign" else "math.") + name


def low_high(name, second):
    if "shift" in name:
        return (0, 5) if second else (-4, 4)
    if name in ("pow", "xlogy", "xlog1py"):
        return (0, 3) if second and name == "pow" else (0.5, 3)
    return (1, 5) if second else (-4, 4)


def elementwise():
    for name in UNARY:
        fn = home(name)
        for dt in ALL:
            low, high = RANGES.get(name, (-3, 3))
            put(fn, sample((2, 3), dt, low, high))
            put(fn, sample((), dt, low, high))
            x = special(dt, name not in ("square", "reciprocal", "lgamma"))
            if dt.kind != "f":
                put(fn, x)
            elif name == "lgamma":
                put(fn, x[-3:])
            elif name in ("exp", "expm1", "log1p", "log", "sinh", "cosh", "sin", "cos", "tan", "rsqrt", "asinh", "acosh", "softsign"):
                put(fn, special(dt, False))
            elif name == "erf":  # of infinities TensorFlow 2.21 gives NaN
                put(fn, special(dt, False)[~np.isinf(special(dt, False))])
            else:
                put(fn, x)
        for number in (2, 0.5, True):
            put(fn, number)
        put(fn, np.zeros((0, 2), F32))
    for name in BINARY + ["bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift", "realdiv"]:
        fn = name if name == "realdiv" else ("bitwise." if "bitwise" in name or "shift" in name else "math.") + name
        for a in ALL:
            for b in ALL:
                put(fn, sample((2, 3), a, *low_high(name, 0)), sample((3,), b, *low_high(name, 1)))
                if a != b:
                    put(fn, sample((3,), a, *low_high(name, 0)), sample((), b, *low_high(name, 1)))
            put(fn, sample((3,), a, *low_high(name, 0)), sample((), a, *low_high(name, 1)))
            put(fn, sample((), a, *low_high(name, 0)), sample((), a, *low_high(name, 1)))
            for number in (2, 2.5, True):
                put(fn, sample((3,), a, *low_high(name, 0)), number)
                put(fn, number, sample((3,), a, *low_high(name, 1)))
        for pair in ((2, 3), (2.5, 3), (2, 3.5), (True, False), (2.5, 1.5)):
            if name != "nextafter":  # of two integers alone it is float32
                put(fn, *pair)
        put(fn, sample((2, 3), F32), sample((2,), F32))
        for dt in ALL:
            x = special(dt, name not in ("atan2", "squared_difference", "xlogy", "xlog1py", "xdivy", "floormod", "mod", "floordiv", "divide_no_nan", "multiply_no_nan", "divide", "truediv", "realdiv"))
            y = x
            if name in ("maximum", "minimum"):
                x = y = apart(x)
            if name in ("floordiv", "floormod", "mod") and dt.kind != "f":
                put(fn, x, np.zeros((), dt))
                y = y[y != 0]
                if dt.kind == "i":
                    x = x[x > np.iinfo(dt).min]
            if name == "pow":
                if dt.kind == "i":
                    put(fn, sample((3,), dt), np.array([1, -1, 2], dt))
                    put(fn, sample((3,), dt), -1)
                x, y = sample((4, 1), dt, 0.5, 3), sample((3,), dt, 0, 3)
            if "shift" in name:
                y = np.array([0, 1, 5, 31, 32, 40, 63, 64, -1, -40]).astype(dt)
            put(fn, x.reshape(-1, 1), y)
    for dt in ALL:
        put("bitwise.invert", special(dt))
    for name in OPERATORS:
        fn = "operator." + name
        for a in ALL:
            put(fn, sample((3,), a, 1, 4), sample((3,), a, 1, 4))
            if name not in ("eq", "and_", "or_", "xor"):
                for number in (2, 2.5, True):
                    put(fn, sample((3,), a, 1, 4), number)
                    put(fn, number, sample((3,), a, 1, 4))
            elif name != "eq":
                put(fn, sample((3,), a, 1, 4), sample((3,), I32 if a != I32 else I64, 1, 4))
    for dt in ALL:
        for number in (300, -1, 3000000000, -3000000000, 2**40 + 5, 2**62, 2.5, NAN, INF, -INF, 0.0, 0, 1e300, False):  # -0.0 is 0.0 where that came before
            for name in "add subtract multiply less greater_equal equal not_equal".split():
                if not (dt.kind == "f" and isinstance(number, int) and abs(number) > 2**31):
                    put("math." + name, special(dt, False), number)
        put("math.add", special(dt, False), 2**63)


def chosen():
    for a in ALL:
        for b in ALL:
            put("where", sample((2, 3), BOOL), sample((2, 3), a), sample((3,), b))
            put("cast", sample((3,), a, 0, 9), dtype=b)
            if not (a.kind == "f" and b == U8):
                put("cast", special(a, a.kind != "f" or b.kind != "i"), dtype=b)
            put("clip_by_value", sample((5,), a, -9, 9), sample((), b, -3, -1), sample((), b, 1, 3))
        put("cast", np.array([1.5, -1.5, 300.0, 3e9, -3e9, NAN, INF, -INF, 1e30]), dtype=I32 if a == U8 else a)
        for pair in ((1, 2), (1.5, 2.5), (True, False)):
            put("where", sample((3,), BOOL), sample((3,), a), pair[0])
            put("where", sample((3,), BOOL), pair[0], sample((3,), a))
            put("where", sample((3,), BOOL), *pair)
        put("where", sample((3,), a), sample((3,), F32), sample((3,), F32))
        for low, high in ((-2, 3), (3, 1), (-1.5, 2.5), (NAN, 2.0)):
            put("clip_by_value", apart(special(a, False)), low, high)
        for name in ("identity", "convert_to_tensor", "stop_gradient", "zeros_like", "ones_like", "rank", "size", "shape"):
            put(name, sample((2, 3), a))
            put(name, sample((), a))
        put("zeros_like", sample((2,), a), dtype=F64)
        put("ones_like", sample((2,), a), dtype=I32)
        put("math.add_n", [sample((3,), a), sample((3,), a)])
        put("math.add_n", [sample((3,), a), sample((3,), F64 if a != F64 else I32)])
    for number in (2, 2.5, True):
        put("identity", number)


def reductions():
    for dt in ALL:
        x = sample((2, 3, 4), dt, 0.5, 2)
        for name in REDUCE:
            fn = "math." + name
            for kw in ({}, {"axis": 1}, {"axis": (0, 2)}, {"axis": -1, "keepdims": True}, {"axis": 3}, {"axis": (0, 0)}, {"axis": ()}):
                if name == "reduce_prod" and kw == {}:
                    put(fn, sample((2, 3), dt, 0.5, 2))
                else:
                    put(fn, x, **kw)
            put(fn, special(dt, False)[:1].reshape(()))
            put(fn, np.zeros((0, 2), dt))
            put(fn, np.zeros((0, 2), dt), axis=1)
            put(fn, np.zeros((0, 2), dt), axis=0)
            if dt.kind == "f":
                y = np.array([[NAN, 1.0, 2.0], [0.0, 0.5, 1.0], [INF, 1.0, 2.0], [-INF, 1.0, NAN], [INF, -INF, 1.0], [NAN, NAN, NAN]], dt)
                put(fn, y, axis=1)
            if dt.kind in "iu":
                put(fn, np.array([[-1, -2, 4], [5, -5, -7], [7, 7, 100]]).astype(dt), axis=1)
                put(fn, special(dt))
        for name in ("argmax", "argmin"):
            for kw in ({}, {"axis": 1}, {"axis": -1}, {"axis": 1, "output_type": I32}, {"axis": 5}):
                put("math." + name, sample((2, 3, 4), dt, -90, 90), **kw)
            put("math." + name, special(dt, False))
            put("math." + name, np.zeros((0,), dt))
        for name in ("cumsum", "cumprod"):
            for kw in ({}, {"axis": 1}, {"axis": -1, "exclusive": True}, {"axis": 0, "reverse": True}, {"exclusive": True, "reverse": True}, {"axis": 2}):
                put("math." + name, sample((3, 4), dt, 1, 2), **kw)
        for kw in ({}, {"axis": 0}, {"axis": (0, 1)}, {"axis": -1, "keepdims": True}):
            put("norm", sample((2, 4), dt), **kw)
        for kw in ({}, {"axis": 0}, {"axis": -1}, {"axis": -1, "epsilon": 5.0}):
            put("math.l2_normalize", sample((2, 4), dt), **kw)
        for axes in ((0,), (0, 1), (-1,)):
            put("nn.moments", sample((3, 4), dt), axes=axes)
            put("nn.moments", sample((3, 4), dt), axes=axes, keepdims=True)


def along():
    for dt in ALL:
        x = sample((3, 4), dt, -3, 3)
        for name in ("sort", "argsort"):
            for kw in ({}, {"axis": 0}, {"direction": "DESCENDING"}, {"axis": 0, "direction": "DESCENDING"}, {"direction": "UP"}):
                put(name, x, **kw)
            y = special(dt)
            put(name, apart(y)[~np.isnan(apart(y))] if dt.kind == "f" else y)
        for it in ALL:
            put("gather", x, sample((5,), it, 0, 2))
            put("gather", x, sample((2, 2), it, 0, 3), axis=1)
        for i in (np.array([3]), np.array([-1]), np.array(1), np.array([[0, 2]], I32)):
            put("gather", x, i)
        put("gather", x, 1)
        for kw in ({}, {"axis": 0}, {"axis": 1}):
            put("repeat", x, repeats=2, **kw)
        for other in ALL:
            if dt != BOOL:
                put("searchsorted", np.sort(sample((6,), dt)), sample((4,), other))
                put("searchsorted", np.sort(sample((6,), dt)), sample((4,), other), side="right")
        if dt.kind in "iu":
            for kw in ({}, {"axis": 0}, {"axis": 1}, {"on_value": 5, "off_value": 2}, {"on_value": 2.5}, {"dtype": I32}, {"on_value": 2, "dtype": F64}, {"axis": 4}):
                put("one_hot", np.array([[0, 2], [1, 5]]).astype(dt), depth=3, **kw)
        else:
            put("one_hot", np.array([0, 1]).astype(dt), depth=3)


def shapes():
    for dt in (BOOL, U8, I64, F32):
        x, y = sample((2, 3), dt), sample((2, 1, 3), dt)
        for shape in ((3, -1), (-1,), (6, 1), (4, 2), ()):
            put("reshape", x, shape=shape)
        for perm in (None, (2, 0, 1), (0, 0, 1)):
            put("transpose", y, **({} if perm is None else {"perm": perm}))
        put("transpose", sample((), dt))
        put("linalg.matrix_transpose", y)
        for axis in (0, -1, 1, 3):
            put("expand_dims", x, axis=axis)
        for axis in (None, 1, 0, (1,), -2):
            put("squeeze", y, **({} if axis is None else {"axis": axis}))
        for shape in ((4, 2, 3), (2, 3), (2, 4)):
            put("broadcast_to", x, shape=shape)
        for axis in ((0,), (0, 2), (-1,), (3,), ()):
            put("reverse", y, axis=axis)
        for shift, axis in (((1,), (0,)), ((1, 2), (0, 1)), ((-1,), (-1,)), ((1, 2), (0,))):
            put("roll", x, shift=shift, axis=axis)
        for multiples in ((2, 1), (1, 3), (2,), (0, 1)):
            put("tile", x, multiples=multiples)
        for other in ALL:
            put("concat", [x, sample((1, 3), other)], axis=0)
            put("stack", [x, sample((2, 3), other)])
        put("concat", [x, sample((2, 2), dt)], axis=-1)
        put("concat", [x, sample((2, 2), dt)], axis=0)
        put("concat", [x, x], axis=2)
        put("stack", [x, x], axis=-1)
        put("stack", [x, sample((2, 2), dt)])
        put("unstack", x)
        put("unstack", x, axis=1)
    for a in ALL:
        for b in ALL:
            put("matmul", sample((2, 3), a), sample((3, 2), b))
            put("tensordot", sample((2, 3, 4), a), sample((3, 4, 2), b), axes=2)
        put("matmul", sample((3, 2), a), sample((3, 2), a), transpose_a=True)
        put("matmul", sample((2, 3), a), sample((2, 3), a), transpose_b=True)
    for sa, sb in [((3,), (3,)), ((2, 2, 3), (3, 2)), ((2, 2, 3), (2, 3, 2)), ((2, 3), (2, 3)), ((2, 3), (3,))]:
        put("matmul", sample(sa, F32), sample(sb, F32))
    for axes in (0, 1, ((0,), (0,)), ((1, 0), (0, 1)), ((0,), (0, 1))):
        put("tensordot", sample((2, 3), F64), sample((3, 2) if axes in (1, ((1, 0), (0, 1))) else (2, 3), F64), axes=axes)


def creation():
    for args in ((5,), (5.0,), (1, 4), (0, 2, 0.5), (5, 0, -2), (5, 1), (1.0, 2.0, 0.25), (0, 5, -1)):
        put("range", *args)
        put("range", *args, dtype=F64)
        put("range", *args, dtype=I64)
    for name in ("zeros", "ones"):
        for kw in ({}, {"dtype": F64}, {"dtype": I32}, {"dtype": BOOL}):
            put(name, shape=(2, 3), **kw)
        put(name, shape=())
    for value in (3, 2.5, True, 3000000000):
        put("fill", dims=(2,), value=value)
    for kw in ({}, {"num_columns": 2}, {"dtype": I32}):
        put("eye", 3, **kw)
    for start, stop in ((0.0, 1.0), (0, 10), (-1.5, 2.25), (5, 0), (1.0, 1.0)):
        for num in (5, 1, 2, 0, -1):
            put("linspace", start, stop, num=num)


def nn():
    for name in "relu relu6 elu selu silu swish leaky_relu gelu".split():
        fn = "nn." + name
        for dt in ALL:
            put(fn, sample((2, 3), dt, -4, 4))
            put(fn, sample((), dt, -4, 4))
            if dt.kind == "f":
                x = np.array([NAN, INF, -INF, 1.0, -1.0, 30.0, -30.0], dt)
                put(fn, x[~np.isinf(x)] if name == "gelu" else x)
    for dt in ALL:
        put("nn.gelu", sample((2, 3), dt), approximate=True)
        put("nn.leaky_relu", sample((4,), dt), alpha=0.5)
        for kw in ({}, {"axis": 0}, {"axis": -2}):
            put("nn.softmax", sample((2, 4), dt), **kw)
            put("nn.log_softmax", sample((2, 4), dt), **kw)
        for other in ALL:
            put("nn.sigmoid_cross_entropy_with_logits", labels_logits(dt, other)[0], labels_logits(dt, other)[1])
            if dt == other or dt.kind == "f" == other.kind:
                put("nn.softmax_cross_entropy_with_logits", sample((2, 3), dt, 0, 1), sample((2, 3), other))
        if dt.kind == "f":
            put("nn.softmax_cross_entropy_with_logits", sample((2, 3), dt, 0, 1), sample((2, 3), dt), axis=0)
            put("nn.batch_normalization", sample((2, 3), dt), sample((3,), dt), sample((3,), dt, 1, 2), sample((3,), dt), sample((3,), dt), variance_epsilon=0.001)
            put("nn.batch_normalization", sample((2, 3), dt), sample((3,), dt), sample((3,), dt, 1, 2), None, None, variance_epsilon=0.001)


def labels_logits(a, b):
    return sample((2, 3), a, 0, 1), sample((2, 3), b)


def normalize():
    numbers = [0.5488135039273248, 0.7151893663724195, 0.6027633760716439, 0.5448831829968969, 0.4236547993389047, 0.6458941130666561, 0.4375872112626925,
               0.8917730007820798, 0.9636627605010293, 0.3834415188257777]
    for dt in (F64, F32):
        put("normalize", np.array(numbers, dt))
        calls.cases[-1]["atol"] = [16 * float(np.finfo(dt).eps)]


def linalg():
    for name, inputs, kwargs in linalg_calls.calls(powers=False, upper=False):
        if any((x != x).any() for x in inputs):
            continue  # to tf.linalg.inv and solve NaN is a singular matrix
        if name == "cholesky" and inputs[0].size and inputs[0].ndim > 1 and inputs[0].shape[-1] == inputs[0].shape[-2] and np.linalg.eigvalsh(inputs[0].astype(F64)).min() <= 1e-9:
            continue  # what is above the diagonal is not filled then
        put("linalg." + name, *inputs, **kwargs)
        if name in ("inv", "solve") and inputs[0].dtype == F64:
            put("linalg." + name, *inputs, adjoint=True)
    for dt in (F32, F64):
        put("linalg.cholesky", np.array([[-1]], dt))


def decompositions():
    for name, inputs, kwargs in linalg_calls.decompositions():
        if name in ("svdvals", "matrix_rank", "cond", "norm", "vector_norm", "matrix_norm") or "UPLO" in kwargs or "rtol" in kwargs:
            continue
        if name == "lstsq":
            if "rcond" in kwargs or len(inputs) == 2 and inputs[0].size == 0:
                continue
            put("linalg.lstsq", *inputs)
            put("linalg.lstsq", *inputs, fast=False)
            put("linalg.lstsq", *inputs, l2_regularizer=0.5)
            continue
        if name == "qr":
            kwargs = {"full_matrices": True} if kwargs else {}
        if name == "svd":
            kwargs = {} if kwargs else {"full_matrices": True}
        if name in ("pinv", "eigh", "eigvalsh") and not all(np.isfinite(x).all() for x in inputs):
            continue  # an error of eigh, and here NaN
        put("linalg." + name, *inputs, **kwargs)
    for dt in (F32, F64):
        for ord in ("euclidean", "fro", 1, 2, INF, 3, 0.5, 0, -1, -INF, "nuc"):
            for kw in ({}, {"axis": 1}, {"axis": (0, 1)}, {"axis": (2, 0)}, {"axis": (-1, 1), "keepdims": True}, {"axis": (0, 1, 2)}):
                put("norm", sample((2, 3, 2), dt, 0.5, 3), ord=ord, **kw)
        for shape, other in [((3, 3), (3, 2)), ((2, 3, 3), (2, 3, 1)), ((2, 3, 3), (3, 2)), ((3, 3), (2, 3, 2)), ((1, 1), (1, 4)), ((0, 0), (0, 2)), ((3, 3), (3,)), ((3, 3), (2, 3)), ((2, 3), (2, 2))]:
            for kw in ({}, {"lower": False}, {"adjoint": True}, {"lower": False, "adjoint": True}):
                put("linalg.triangular_solve", linalg_calls.apart(shape, dt), linalg_calls.right(other, dt), **kw)
        put("linalg.triangular_solve", linalg_calls.apart((2, 2), dt), linalg_calls.right((2, 1), F64 if dt == F32 else F32))


def scatter():
    def places(shape, n, dt=I32):
        return sample(shape, dt, 0, n - 1)

    for dt in ALL:
        put("scatter_nd", places((3, 1), 5), sample((3,), dt), shape=(5,))
        put("scatter_nd", np.array([[1], [1], [3]], I64), sample((3,), dt), shape=(5,))
        put("scatter_nd", places((2, 3, 2), 3), sample((2, 3), dt), shape=(3, 4))
        put("scatter_nd", places((2, 1), 3), sample((2, 4), dt), shape=(3, 4))
        for name in ("tensor_scatter_nd_update", "tensor_scatter_nd_add"):
            put(name, sample((5,), dt), np.array([[1], [3], [1]], I32), sample((3,), dt))
            put(name, sample((3, 4), dt), places((2, 2), 3), sample((2,), dt))
            put(name, sample((3, 4), dt), np.array([[0], [2]], I64), sample((2, 4), dt))
            put(name, sample((3, 4), dt), places((2, 1), 3), sample((2, 3), dt))
            put(name, sample((3,), dt), np.array([[3]], I32), sample((1,), dt))
            put(name, sample((3,), dt), np.array([[-1]], I32), sample((1,), dt))
            put(name, sample((3,), dt), np.array([[0]], I32), sample((1,), F64 if dt != F64 else F32))
        for it in (I32, I64):
            put("math.unsorted_segment_sum", sample((4,), dt), np.array([0, 2, 0, -1], it), num_segments=3)
            put("math.unsorted_segment_sum", sample((3, 2), dt), np.array([1, 1, 0], it), num_segments=4)
            put("math.unsorted_segment_sum", sample((2, 3), dt), np.array([[1, 1, 0], [2, -1, 2]], it), num_segments=3)
        put("math.unsorted_segment_sum", sample((3,), dt), np.array([0, 1, 2], I32), num_segments=2)
        put("math.unsorted_segment_sum", sample((3,), dt), np.array([0, 1], I32), num_segments=2)
        put("math.unsorted_segment_sum", sample((0,), dt), np.zeros(0, I32), num_segments=2)


def segments():
    for how in "prod max min mean sqrt_n".split():
        fn = "math.unsorted_segment_" + how
        for dt in ALL:
            for it in (I32, I64):
                put(fn, sample((4,), dt), np.array([0, 2, 0, -1], it), num_segments=3)
                put(fn, sample((3, 2), dt), np.array([1, 1, 0], it), num_segments=4)
                put(fn, sample((2, 3), dt), np.array([[1, 1, 0], [2, -1, 2]], it), num_segments=3)
            put(fn, sample((2, 2, 3), dt), np.array([[1, 0], [1, 1]], I32), num_segments=2)
            put(fn, sample((3,), dt), np.array([0, 1, 2], I32), num_segments=2)
            put(fn, sample((3,), dt), np.array([0, 1], I32), num_segments=2)
            put(fn, sample((0,), dt), np.zeros(0, I32), num_segments=2)
            put(fn, sample((0, 2), dt), np.zeros(0, I32), num_segments=2)
            if how in ("mean", "sqrt_n"):  # of no segments the others ask nothing
                put(fn, sample((3,), dt), np.array([0, 1, 1], I32), num_segments=0)


def no_segments():
    """Ids out of range, and segments of which there are none: negative ids are left out, others refused."""
    for how in "sum prod max min mean sqrt_n".split():
        fn = "math.unsorted_segment_" + how
        for dt in (U8, I32, I64, F32, F64):
            put(fn, sample((3,), dt), np.array([0, 1, 1], I32), num_segments=0)
            put(fn, sample((3,), dt), np.array([-1, -1, -7], I64), num_segments=0)
            put(fn, sample((3, 2), dt), np.array([-1, 0, -1], I32), num_segments=0)
            put(fn, sample((3, 2), dt), np.array([-1, -2, -1], I64), num_segments=0)
            put(fn, sample((0, 2), dt), np.zeros(0, I32), num_segments=0)
            put(fn, sample((3, 2), dt), np.array([-5, 1, -2**40], I64), num_segments=2)
            put(fn, sample((3, 2), dt), np.array([-5, 1, 2**40], I64), num_segments=2)
            put(fn, sample((3,), dt), np.array([-1, -1, -1], I32), num_segments=2)
            put(fn, sample((3,), dt), np.array([0, 3, 1], I32), num_segments=3)
            put(fn, sample((3,), dt), np.array([0, 0, 1], I32), num_segments=-1)
        put(fn, sample((3,), F32), np.array([0, 1, 1], U8), num_segments=2)


def inverses():
    for dt in ALL:
        put("math.erfinv", sample((2, 3), dt, -0.99, 0.99))
        put("math.ndtri", sample((2, 3), dt, 0.01, 0.99))
        put("math.ndtri", np.zeros((0, 2), dt))
        put("math.erfinv", sample((), dt, -0.99, 0.99))
    for dt in (F32, F64):
        put("math.erfinv", np.array([0.0, 1.0, -1.0, 1.5, -2.0, NAN, INF, -INF, 0.1, -0.3, 0.849, 0.8515625, 0.9951171875, -0.9990234375], dt))
        put("math.ndtri", np.array([0.0, 1.0, -1.0, 1.5, NAN, 0.5, 0.075, 0.925, 0.0009765625, 1e-10, 1e-30, 0.9990234375], dt))


for part in (elementwise, chosen, reductions, along, shapes, creation, nn, normalize, linalg, decompositions, scatter):
    part()
for part in tensorflow_parts.PARTS:
    part(put)
for part in (segments, inverses):
    part()
for part in tensorflow_parts.LATER:
    part(put)
no_segments()
calls.write("tensorflow.json", "written by make_tensorflow.py with TensorFlow " + tf.__version__)
