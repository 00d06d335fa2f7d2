"""What the NumPy reference cases share: dtypes, how they promote, sample values, and the list that cases are put into."""
import zlib

import numpy as np

from encoding import encode, encode_number

F32, F64, I32, I64, BOOL = np.dtype("float32"), np.dtype("float64"), np.dtype("int32"), np.dtype("int64"), np.dtype("bool")
U8 = np.dtype("uint8")
INTEGERS = [U8, I32, I64]
NUMERIC = INTEGERS + [F32, F64]
ALL = [BOOL] + NUMERIC
VIEWS = ["transposed", "strided", "reversed", "broadcast"]
draws = 0  # since the last case was put


def generator(*asked):
    """For one draw. Its seed is what is asked for and which draw of the case it is, so that a new case changes no other one."""
    global draws
    draws += 1
    return np.random.default_rng(zlib.crc32(repr((draws, *asked)).encode()))


def next_case():
    global draws
    draws = 0


def kind(dt):
    return {"b": 0, "i": 1, "u": 1, "f": 2}[np.dtype(dt).kind]


def promote(dtypes):
    """Array API promotion; where the standard leaves it open (integer with floating) the floating dtype wins, unlike NumPy."""
    best = max(map(kind, dtypes))
    return max((np.dtype(d) for d in dtypes if kind(d) == best), key=lambda d: d.itemsize)


def together(operands):
    """The dtype of arrays and weak Python scalars together: a scalar yields to an array unless its kind is higher."""
    arrays = [x.dtype for x in operands if isinstance(x, np.ndarray)]
    scalars = [np.dtype({bool: "bool", int: "int64", float: "float64"}[type(x)]) for x in operands if isinstance(x, (bool, int, float))]
    if not arrays:
        return promote(scalars)
    dt = promote(arrays)
    higher = [s for s in scalars if kind(s) > kind(dt)]
    return promote(higher) if higher else dt


def held(number, dt):
    """Whether a Python integer is one of the dtype's; a number of another kind is none of its business."""
    return kind(dt) != 1 or not isinstance(number, int) or np.iinfo(dt).min <= number <= np.iinfo(dt).max


def floating(dt):
    return dt if kind(dt) == 2 else F64


def wide(x):
    """The operand of an inexact op in extended precision: its rounded result is the correctly rounded one, but for a rare last bit."""
    return np.asarray(x).astype(np.longdouble)


def sample(shape, dt, low=-4.0, high=4.0):
    """Numbers with few digits, so that the file stays small."""
    dt = np.dtype(dt)
    rng = generator(shape, dt.name, low, high)
    if dt == BOOL:
        return np.asarray(rng.integers(0, 2, shape)).astype(bool)
    if dt.kind in "iu":
        i = np.iinfo(dt)
        low = max(int(np.ceil(low)), i.min)
        return np.asarray(rng.integers(low, max(min(int(high), i.max), low) + 1, shape)).astype(dt)
    return np.asarray(np.asarray(np.round(rng.uniform(low, high, shape), 3)).astype(dt) + dt.type(0))  # no -0


def specials(dt, negative_zero=True):
    """NaN, infinities, zeros, denormals and extremes; for integers the ends of the range."""
    dt = np.dtype(dt)
    if dt == BOOL:
        return np.array([False, True])
    if dt.kind in "iu":
        i = np.iinfo(dt)
        return np.array([0, 1, -1, 2, -3, 7, i.max, i.min, i.max - 1] if i.min else [0, 1, 2, 3, 7, 8, 127, 128, 200, i.max - 1, i.max], dt)
    f = np.finfo(dt)
    values = [np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0, 0.5, -2.5, 3.0, f.smallest_subnormal, -f.tiny, f.max, -f.max, 1 + f.eps]
    return np.array(values + ([-0.0] if negative_zero else []), dt)


def laid_out(x, view):
    """The values that a test can lay out as `view`: a broadcast one repeats its first slice."""
    if view == "broadcast":
        x = np.broadcast_to(x[:1], x.shape)
    return np.ascontiguousarray(x)


class Cases(list):
    def put(self, op, inputs, outputs, attrs=None, views=None, **tolerance):
        """Inputs: arrays, weak scalars, None for an absent operand, or a list of arrays for a sequence."""
        next_case()
        views = views or [None] * len(inputs)

        def one(x, view=None):
            if x is None:
                return None
            if isinstance(x, list):
                return [one(a) for a in x]
            if isinstance(x, np.ndarray):
                return encode(x, view)
            return {"scalar": x if np.isfinite(x) else encode_number(x)}

        case = {"op": op, "inputs": [one(x, v) for x, v in zip(inputs, views)]}
        if attrs:
            case["attrs"] = {k: v for k, v in attrs.items()}
        case["outputs"] = [encode(o) for o in outputs]
        case.update(tolerance)
        self.append(case)
