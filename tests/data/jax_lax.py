"""Calls of jax.lax: products over dimensions, parts, padding and windows. Takes `put` of make_jax.py."""
import jax
import numpy as np

from case_values import ALL, BOOL, F32, F64, I32, I64, U8, sample

NAN, INF = float("nan"), float("inf")
EXACT = set("lax." + n for n in "broadcast_in_dim collapse reduce_max reduce_min round slice top_k cummax cummin pad dynamic_slice dynamic_update_slice gather".split()) | {"numpy.bincount"}
REDUCED = {"lax.dot", "lax.dot_general", "lax.reduce_sum", "lax.conv", "lax.conv_general_dilated"}


def starts(function, count):
    """dynamic_slice and its like, whose starts stand among the operands."""
    def call(*inputs, slice_sizes=None):
        operands, begin = inputs[:count], inputs[count:]
        begin = begin[0] if len(begin) == 1 and getattr(begin[0], "ndim", 0) == 1 else begin
        return function(*operands, begin, slice_sizes) if slice_sizes is not None else function(*operands, begin)

    return call


SHIMS = {
    "lax.dynamic_slice": starts(jax.lax.dynamic_slice, 1),
    "lax.dynamic_update_slice": starts(jax.lax.dynamic_update_slice, 2),
    "lax.round": lambda x, rounding_method=0: jax.lax.round(x, jax.lax.RoundingMethod(rounding_method)),
}


def gathering(x, i, slice_sizes, mode=None, fill_value=None, **dims):
    return jax.lax.gather(x, i, jax.lax.GatherDimensionNumbers(**dims), slice_sizes, mode=mode, fill_value=fill_value)


SHIMS["lax.gather"] = gathering
SHIMS["numpy.bincount"] = lambda x, weights=None, **kw: jax.numpy.bincount(x, weights, **kw)


def refused(fn, inputs, kwargs):
    """Why the frontend takes less than JAX here, on purpose; it says so in jax.hpp. Else nothing."""
    x = inputs[0] if inputs else None
    if fn in ("lax.dot", "lax.dot_general") and x.dtype == inputs[1].dtype == BOOL:
        return "bool"
    if fn in ("lax.conv", "lax.conv_general_dilated") and x.dtype == BOOL:
        return "bool"
    if fn == "lax.slice" and any(stop > n for stop, n in zip(kwargs["limit_indices"], x.shape)):
        return "a limit beyond the end, for which JAX moves the start"
    if fn == "lax.conv" and any(k > n for k, n in zip(inputs[1].shape[2:], x.shape[2:])) and kwargs["padding"] == "VALID":
        return "a window that is larger than the array"
    return None


def products(put):
    for a in ALL:
        for b in ALL:
            put("lax.dot", sample((2, 3), a, 0, 3), sample((3, 2), b, 0, 3))
            put("lax.dot_general", sample((2, 3, 4), a, 0, 3), sample((4, 2, 5), b, 0, 3), dimension_numbers=(((2,), (0,)), ((0,), (1,))))
    for sa, sb in [((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 3), (2, 3)), ((2, 2, 3), (3, 2)), ((), (3,)), ((0,), (0,)), ((2, 0), (0, 3))]:
        put("lax.dot", sample(sa, F32), sample(sb, F32))
    x, y = sample((2, 3, 4), F64), sample((2, 4, 3), F64)
    for dims in ((((2, 1), (1, 2)), ((0,), (0,))), (((), ()), ((0,), (0,))), (((1,), (2,)), ((), ())), (((0, 2), (0, 1)), ((), ())), (((), ()), ((), ())), (((1,), (1,)), ((0,), (0,))),
                 (((2,), (1, 2)), ((), ())), (((-1,), (1,)), ((), ())), (((0,), (0,)), ((0,), (0,))), (((1, 1), (2, 2)), ((), ())), (((3,), (0,)), ((), ()))):
        put("lax.dot_general", x, y, dimension_numbers=dims)


def shapes(put):
    for dt in ALL:
        x, y = sample((2, 3), dt), sample((2, 3, 4), dt)
        for shape, dims in (((2, 4, 3), (0, 2)), ((2, 4, 3), (2, 0)), ((2, 3), (0, 1)), ((2, 3), (0, 0)), ((3, 2), (1, 0)), ((2, 3, 1), (0, 1)), ((2, 3), (0,)), ((2, 3), (0, 2)), ((5, 3), (0, 1))):
            put("lax.broadcast_in_dim", x, shape=shape, broadcast_dimensions=dims)
        put("lax.broadcast_in_dim", sample((1, 3), dt), shape=(5, 3), broadcast_dimensions=(0, 1))
        put("lax.broadcast_in_dim", sample((), dt), shape=(2, 2), broadcast_dimensions=())
        for kw in ({"start_dimension": 1}, {"start_dimension": 0, "stop_dimension": 2}, {"start_dimension": -2}, {"start_dimension": 1, "stop_dimension": 1}, {"start_dimension": 2, "stop_dimension": 1},
                   {"start_dimension": 0, "stop_dimension": -1}, {"start_dimension": 0, "stop_dimension": 5}, {"start_dimension": 0}):
            put("lax.collapse", y, **kw)
        for name in ("reduce_max", "reduce_min", "reduce_sum"):
            for axes in ((0,), (1, 2), (2, 0), (), (0, 1, 2), (-1,), (3,), (0, 0)):
                put("lax." + name, y, axes=axes)
            put("lax." + name, sample((), dt), axes=())
            put("lax." + name, np.zeros((0, 2), dt), axes=(0,))
            put("lax." + name, np.zeros((0, 2), dt), axes=(1,))
        put("lax.slice", y, start_indices=(0, 1, 2), limit_indices=(2, 3, 3))
        put("lax.slice", y, start_indices=(0, 0, 0), limit_indices=(2, 3, 4), strides=(1, 2, 3))
        put("lax.slice", y, start_indices=(1, 2, 3), limit_indices=(1, 2, 3))
        for kw in ({"start_indices": (0, 1), "limit_indices": (2, 4)}, {"start_indices": (0,), "limit_indices": (2,)}, {"start_indices": (-1, 0), "limit_indices": (2, 3)},
                   {"start_indices": (2, 0), "limit_indices": (1, 3)}, {"start_indices": (0, 0), "limit_indices": (2, 3), "strides": (0, 1)}):
            put("lax.slice", x, **kw)
    for dt in (F32, F64):
        put("lax.reduce_max", np.array([[NAN, 1.0], [2.0, INF]], dt), axes=(1,))
        x = np.array([0.5, 1.5, -0.5, 2.5, 2.4, -0.3, 0.0, -0.0, 0.49999997, 8388609.0, -2.5, NAN, INF, -INF], dt)
        put("lax.round", x)
        put("lax.round", x, rounding_method=1)
        put("lax.round", np.array([0.49999999999999994, 4503599627370497.0, 4503599627370495.5, -4503599627370495.5, 1e300]).astype(dt))
    put("lax.round", sample((3,), I32))


def order(put):
    for dt in ALL:
        x = sample((3, 4), dt)
        for kw in ({"k": 2}, {"k": 4}, {"k": 0}, {"k": 5}, {"k": -1}, {"k": 2, "axis": 0}, {"k": 1, "axis": -2}, {"k": 2, "axis": 2}):
            put("lax.top_k", x, **kw)
        put("lax.top_k", np.array([1, 3, 3, 0, 1]).astype(dt), k=4)
        put("lax.top_k", sample((), dt), k=1)
        for name in ("cummax", "cummin"):
            for kw in ({}, {"axis": 1}, {"axis": 0, "reverse": True}, {"axis": -1}, {"axis": 2}):
                put("lax." + name, x, **kw)
            put("lax." + name, np.zeros((0, 2), dt))
    for dt in (F32, F64):
        x = np.array([1.0, NAN, 3.0, 3.0, -INF, INF, NAN], dt)
        put("lax.top_k", x, k=7)
        put("lax.cummax", x)
        put("lax.cummin", x, reverse=True)


def parts(put):
    for dt in ALL:
        x, seven = sample((2, 3), dt), np.array(7).astype(dt)
        for config in (((1, 0, 0), (0, 2, 1)), ((-1, 0, 0), (-2, 1, 1)), ((0, 0, 2), (-1, -1, 2)), ((-2, 1, 0), (0, 0, 0)), ((-3, 1, 0), (0, 0, 0)), ((3, -4, 0), (0, 0, 0)), ((0, 0, 0), (0, 0, 0)), ((-3, 0, 0), (0, 0, 0)),
                       ((0, 0, -1), (0, 0, 0)), ((1, 1, 0),)):
            put("lax.pad", x, seven, padding_config=config)
        put("lax.pad", np.zeros((0, 2), dt), seven, padding_config=((1, 1, 3), (0, 0, 0)))
        put("lax.pad", x, 1, padding_config=((1, 0, 0), (0, 0, 0)))
        put("lax.pad", x, 1.5, padding_config=((1, 0, 0), (0, 0, 0)))
        put("lax.pad", x, np.array([1]).astype(dt), padding_config=((1, 0, 0), (0, 0, 0)))
        for i, j in ((0, 1), (1, 2), (-1, -1), (-9, -9), (100, 100)):
            put("lax.dynamic_slice", x, i, j, slice_sizes=(2, 2))
            for it in (I32, I64):
                put("lax.dynamic_slice", x, np.array(i, it), np.array(j, it), slice_sizes=(1, 2))
            put("lax.dynamic_slice", x, np.array([i, j], I32), slice_sizes=(1, 1))
            put("lax.dynamic_update_slice", x, sample((1, 2), dt), np.array(i), np.array(j))
            put("lax.dynamic_update_slice", x, sample((2, 1), dt), i, j)
            put("lax.dynamic_update_slice", x, sample((1, 1), dt), np.array([i, j]))
    x = sample((2, 3), I64)
    put("lax.dynamic_slice", x, np.array(200, U8), np.array(1, U8), slice_sizes=(1, 2))
    for other in (np.array(1, I32), 1.0, np.array([1])):
        put("lax.dynamic_slice", x, np.array(0, I64), other, slice_sizes=(1, 2))
    put("lax.dynamic_slice", x, 0, slice_sizes=(1, 2))
    put("lax.dynamic_slice", x, 0, 1, slice_sizes=(3, 2))
    put("lax.dynamic_slice", x, 0, 1, slice_sizes=(1, -1))
    put("lax.dynamic_slice", x, 0, 1, slice_sizes=(0, 2))
    put("lax.dynamic_slice", sample((5,), F32), np.array(3), slice_sizes=(3,))
    put("lax.dynamic_slice", sample((), F32), slice_sizes=())
    put("lax.dynamic_update_slice", x, sample((1, 2), F32), 0, 0)
    put("lax.dynamic_update_slice", x, sample((2,), I64), 0, 0)
    put("lax.dynamic_update_slice", x, sample((3, 1), I64), 0, 0)
    put("lax.dynamic_update_slice", x, np.zeros((0, 3), I64), 0, 0)
    put("lax.dynamic_update_slice", x, sample((2, 3), I64), 5, 5)


def windows(put):
    for dt in ALL:
        for padding in ("VALID", "SAME", "SAME_LOWER"):
            for strides in ((1, 1), (2, 1), (2, 3)):
                put("lax.conv", sample((2, 3, 5, 6), dt, 0, 3), sample((4, 3, 2, 3), dt, 0, 3), window_strides=strides, padding=padding)
            put("lax.conv", sample((1, 1, 4, 4), dt, 0, 3), sample((2, 1, 3, 2), dt, 0, 3), window_strides=(1, 1), padding=padding)
            put("lax.conv", sample((2, 3, 7), dt, 0, 3), sample((2, 3, 4), dt, 0, 3), window_strides=(3,), padding=padding)
    put("lax.conv", sample((1, 2, 3, 3, 4), F32), sample((2, 2, 2, 2, 2), F32), window_strides=(1, 2, 1), padding="SAME")
    x, w = sample((1, 2, 3, 4), F64), sample((3, 2, 2, 2), F64)
    put("lax.conv", x, w.astype(F32), window_strides=(1, 1), padding="SAME")
    put("lax.conv", x, w, window_strides=(1,), padding="SAME")
    put("lax.conv", x, w, window_strides=(1, 1), padding="FULL")
    put("lax.conv", x, w, window_strides=(0, 1), padding="VALID")
    put("lax.conv", x, sample((3, 1, 2, 2), F64), window_strides=(1, 1), padding="VALID")
    put("lax.conv", x, sample((3, 2, 5, 2), F64), window_strides=(1, 1), padding="VALID")
    put("lax.conv", x, sample((3, 2, 5, 2), F64), window_strides=(1, 1), padding="SAME")


def gathers(put):
    for dt in ALL:
        x, y, line = sample((3, 4), dt, -9, 9), sample((2, 3, 4), dt, -9, 9), sample((5,), dt, -9, 9)
        for it in (I32, I64, U8):
            i = np.array([[0], [2], [1], [2]], it)
            put("lax.gather", x, i, slice_sizes=(1, 4), offset_dims=(1,), collapsed_slice_dims=(0,), start_index_map=(0,))
            put("lax.gather", x, i, slice_sizes=(3, 2), offset_dims=(0, 1), collapsed_slice_dims=(), start_index_map=(1,))
            put("lax.gather", line, np.array([[0, 3], [4, 2]], it)[..., None], slice_sizes=(1,), offset_dims=(), collapsed_slice_dims=(0,), start_index_map=(0,))
        for mode in (None, "clip", "fill", "promise_in_bounds"):
            i = np.array([[0, 1], [2, 2], [1, 0]] + ([[-1, 0], [3, 3], [2, 4]] if mode != "promise_in_bounds" else []), I64)
            for sizes, dims in (((1, 1), {"offset_dims": (), "collapsed_slice_dims": (0, 1)}), ((2, 2), {"offset_dims": (1, 2), "collapsed_slice_dims": ()}),
                                ((2, 1), {"offset_dims": (0,), "collapsed_slice_dims": (1,)}), ((1, 3), {"offset_dims": (0, 2), "collapsed_slice_dims": ()})):
                if mode != "promise_in_bounds" or sizes == (1, 1):
                    put("lax.gather", x, i, slice_sizes=sizes, start_index_map=(0, 1), mode=mode, **dims)
                    put("lax.gather", x, i[:, ::-1].copy() if mode != "promise_in_bounds" else i[:, ::-1].copy() % 3, slice_sizes=sizes, start_index_map=(1, 0), mode=mode, **dims)
        put("lax.gather", x, np.array([[7], [1]]), slice_sizes=(1, 4), offset_dims=(1,), collapsed_slice_dims=(0,), start_index_map=(0,), fill_value=1)
        # batches: rows of their own
        put("lax.gather", y, np.array([[[0], [2]], [[1], [1]]]), slice_sizes=(1, 1, 4), offset_dims=(2,), collapsed_slice_dims=(1,), start_index_map=(1,), operand_batching_dims=(0,), start_indices_batching_dims=(0,))
        put("lax.gather", y, np.array([[[0], [2]], [[1], [3]], [[0], [1]]]), slice_sizes=(1, 1, 2), offset_dims=(1,), collapsed_slice_dims=(), start_index_map=(2,), operand_batching_dims=(0, 1),
            start_indices_batching_dims=(1, 0))
        put("lax.gather", x, np.zeros((0, 1), I64), slice_sizes=(1, 4), offset_dims=(1,), collapsed_slice_dims=(0,), start_index_map=(0,))
        put("lax.gather", x, np.zeros((2, 0), I64), slice_sizes=(2, 4), offset_dims=(1, 2), collapsed_slice_dims=(), start_index_map=())
        put("lax.gather", np.zeros((0, 4), dt), np.array([[1], [2]]), slice_sizes=(0, 2), offset_dims=(1, 2), collapsed_slice_dims=(), start_index_map=(1,))
        put("lax.gather", x, np.array([1]), slice_sizes=(1, 4), offset_dims=(0,), collapsed_slice_dims=(0,), start_index_map=(0,))
        put("lax.gather", x, np.array([0, 1]), slice_sizes=(2, 2), offset_dims=(0, 1), collapsed_slice_dims=(), start_index_map=(0, 1))
    x, i = sample((3, 4), F32), np.array([[0], [2]])
    fits = {"slice_sizes": (1, 4), "offset_dims": (1,), "collapsed_slice_dims": (0,), "start_index_map": (0,)}
    for wrong in ({"slice_sizes": (1, 5)}, {"slice_sizes": (1,)}, {"slice_sizes": (2, 4)}, {"offset_dims": (2,)}, {"offset_dims": (0, 1)}, {"collapsed_slice_dims": (2,)}, {"collapsed_slice_dims": ()},
                  {"start_index_map": (0, 1)}, {"start_index_map": (2,)}, {"mode": "wrap"}, {"operand_batching_dims": (0,), "start_indices_batching_dims": (0,)}, {"offset_dims": (-1,)},
                  {"collapsed_slice_dims": (), "operand_batching_dims": (0,), "start_indices_batching_dims": (0,), "start_index_map": (1,)}):
        put("lax.gather", x, i, **{**fits, **wrong})
    put("lax.gather", x, np.array([[0.0]]), **fits)
    put("lax.gather", x, np.array(0), **fits)
    for dt in ALL:
        for other in ALL:
            put("numpy.bincount", np.array([0, 1, 1, 3, 9, 2]).astype(dt), np.array([1, 2, 3, 4, 5, 6]).astype(other), length=5)
        put("numpy.bincount", np.array([0, 1, 1, 3, 9, 2]).astype(dt), length=5)
        put("numpy.bincount", np.array([0, 1, 1, 3]).astype(dt), length=0)
        put("numpy.bincount", np.zeros((0,), dt), length=3)
        put("numpy.bincount", np.array([[0, 1]]).astype(dt), length=3)
    put("numpy.bincount", np.array([-1, 2, -5, 2]), length=3)
    put("numpy.bincount", np.array([1, 2]), np.array([1.0]), length=3)


def dilated(put):
    g = "lax.conv_general_dilated"
    for dt in ALL:
        x, w = sample((2, 4, 5, 6), dt, 0, 3), sample((6, 4, 2, 3), dt, 0, 3)
        for padding in ("VALID", "SAME", "SAME_LOWER", ((1, 2), (0, 3)), ((-1, 0), (2, -2)), ((0, 0), (0, 0))):
            for kw in ({"window_strides": (1, 1)}, {"window_strides": (2, 3)}, {"window_strides": (1, 2), "rhs_dilation": (2, 1)}):
                put(g, x, w, padding=padding, **kw)
        put(g, x, w, window_strides=(1, 1), padding=((1, 1), (2, 2)), lhs_dilation=(2, 3))
        put(g, x, w, window_strides=(2, 1), padding=((1, 1), (2, 2)), lhs_dilation=(2, 1), rhs_dilation=(2, 2))
        put(g, x, sample((4, 2, 2, 3), dt, 0, 3), window_strides=(1, 1), padding="SAME", feature_group_count=2)
        put(g, x, sample((8, 1, 2, 2), dt, 0, 3), window_strides=(1, 1), padding="VALID", feature_group_count=4)
        put(g, x, w, window_strides=(1, 1), padding="VALID", batch_group_count=2)
        put(g, sample((6, 2, 5), dt, 0, 3), sample((3, 2, 2), dt, 0, 3), window_strides=(2,), padding=((1, 0),), batch_group_count=3)
        put(g, sample((2, 5, 6, 3), dt, 0, 3), sample((2, 3, 3, 4), dt, 0, 3), window_strides=(1, 2), padding="SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        put(g, sample((2, 5, 6, 3), dt, 0, 3), sample((2, 3, 3, 4), dt, 0, 3), window_strides=(1, 2), padding="VALID", dimension_numbers=("NHWC", "WHIO", "CNWH"))
        put(g, sample((5, 3, 2), dt, 0, 3), sample((4, 3, 2), dt, 0, 3), window_strides=(1,), padding="SAME", dimension_numbers=("WCN", "OIW", "NWC"))
        put(g, sample((1, 2, 3, 4, 3), dt, 0, 3), sample((2, 2, 2, 2, 2), dt, 0, 3), window_strides=(1, 2, 1), padding=((0, 1), (1, 0), (1, 1)), rhs_dilation=(1, 2, 1), lhs_dilation=(2, 1, 1))
        put(g, sample((1, 2, 2), dt, 0, 3), sample((3, 2, 4), dt, 0, 3), window_strides=(1,), padding="VALID")
        put(g, np.zeros((0, 2, 3), dt), sample((3, 2, 2), dt, 0, 3), window_strides=(1,), padding="VALID")
        put(g, sample((2, 3), dt, 0, 3), sample((4, 3), dt, 0, 3), window_strides=(), padding=())
    x, w = sample((2, 4, 5, 6), F64), sample((6, 4, 2, 3), F64)
    fits = {"window_strides": (1, 1), "padding": "VALID"}
    for wrong in ({"window_strides": (1,)}, {"window_strides": (0, 1)}, {"padding": "FULL"}, {"padding": ((1, 1),)}, {"padding": ((-9, 0), (0, 0))}, {"lhs_dilation": (2, 1)}, {"lhs_dilation": (2,), "padding": ((0, 0), (0, 0))},
                  {"rhs_dilation": (0, 1)}, {"feature_group_count": 2}, {"feature_group_count": 3}, {"feature_group_count": 0}, {"batch_group_count": 4}, {"batch_group_count": 0},
                  {"dimension_numbers": ("NCHW", "OIHW", "NCH")}, {"dimension_numbers": ("NCHW", "OIHW", "NCHH")}, {"dimension_numbers": ("NCHW", "OIHD", "NCHW")}, {"dimension_numbers": ("NHWC", "OIHW", "NCHW")},
                  {"feature_group_count": 2, "batch_group_count": 2}):
        put(g, x, w, **{**fits, **wrong})
    put(g, x, w.astype(F32), **fits)
    put(g, x, sample((6, 4, 2), F64), **fits)
    put(g, x, sample((6, 3, 2, 3), F64), **fits)
    put(g, x, sample((5, 4, 2, 3), F64), batch_group_count=2, **fits)


LATER = [gathers, dilated]
PARTS = [products, shapes, order, parts, windows]
