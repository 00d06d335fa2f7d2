"""Calls of TensorFlow's parts and windows: padding, slices, places, grids, convolutions and pools. Takes `put` of make_tensorflow.py.

Left out: conv2d of a tensor that is not of rank 4, for which TensorFlow ends the process; NaN in top_k and max_pool.
"""
import numpy as np
import tensorflow as tf

from case_values import ALL, BOOL, F32, F64, I32, I64, U8, sample

EXACT = set("meshgrid pad slice split strided_slice constant gather_nd top_k max_pool bias_add".split())
REDUCED = set("einsum avg_pool conv2d depthwise_conv2d".split())


def lists(v):
    """Lists of lists, which a case writes as tuples."""
    return [lists(x) for x in v] if isinstance(v, (tuple, list)) else v


def with_channels_last(f, x, *others, data_format, **kw):
    """What TensorFlow makes of the input with its channels last, for kernels that the CPU has of these alone."""
    rank = len(x.shape)

    def moved(v):
        return [v[0], *v[2:], v[1]] if isinstance(v, list) and len(v) == rank else v

    y = f(tf.transpose(x, [0, *range(2, rank), 1]), *others, **{k: moved(v) for k, v in kw.items()})
    return tf.transpose(y, [0, rank - 1, *range(1, rank - 1)])


def windowed(f):
    def call(x, *others, **kw):
        kw = {k: lists(v) for k, v in kw.items()}
        try:
            return f(x, *others, **kw)
        except (tf.errors.UnimplementedError, tf.errors.InvalidArgumentError, tf.errors.NotFoundError) as e:
            if kw.get("data_format") != {3: "NCW", 4: "NCHW", 5: "NCDHW"}.get(len(x.shape)) or not any(w in str(e) for w in ("NHWC", "attr 'T'", "Could not find device")):
                raise
        return with_channels_last(f, x, *others, **kw)

    return call


def shim(name, f):
    if name == "meshgrid":
        return lambda args, **kw: f(*args, **kw)
    if name == "einsum":
        return lambda args, equation: f(equation, *args)
    if name == "avg_pool":  # of rank 5 there is a kernel for float32 alone
        return lambda x, **kw: windowed(f)(tf.cast(x, tf.float32) if len(x.shape) == 5 else x, **kw)
    if name in ("conv2d", "depthwise_conv2d", "max_pool"):
        return windowed(f)
    if name in ("pad", "slice", "strided_slice", "split", "constant"):
        return lambda *inputs, **kw: f(*inputs, **{k: lists(v) if k != "dtype" else v for k, v in kw.items()})
    return f


def refused(fn, inputs, kwargs):
    """Why the frontend takes less than TensorFlow here, on purpose; it says so in tensorflow.hpp. Else nothing."""
    name = fn.split(".")[-1]
    if name == "meshgrid" and any(v.dtype != inputs[0][0].dtype for v in inputs[0]):
        return "vectors beside one of bool, which TensorFlow cuts to integers and makes bool"
    if name in ("max_pool", "avg_pool") and "data_format" in kwargs and len(kwargs["data_format"]) != inputs[0].ndim:
        return "a data_format of another rank, of which TensorFlow reads two letters"
    channels = 1 if kwargs.get("data_format", "").startswith("NC") else -1
    if name in ("max_pool", "avg_pool") and isinstance(kwargs["ksize"], tuple) and len(kwargs["ksize"]) == inputs[0].ndim and kwargs["ksize"][channels] != 1:
        return "pools of channels"
    if name in ("conv2d", "depthwise_conv2d") and kwargs["padding"] == "VALID" and any(k > n for k, n in zip(inputs[1].shape[:2], inputs[0].shape[2:] if kwargs.get("data_format") == "NCHW" else inputs[0].shape[1:3])):
        return "a window that is larger than the input"
    return None


def parts(put):
    for dt in ALL:
        x, y = sample((2, 3), dt), sample((2, 3, 4), dt)
        put("meshgrid", [sample((2,), dt), sample((3,), dt)])
        put("meshgrid", [sample((2,), dt), sample((3,), dt), sample((), dt)], indexing="ij")
        put("meshgrid", [sample((2,), dt), sample((3,), dt), sample((2,), dt)])
        put("meshgrid", [x, sample((2,), dt)])
        put("meshgrid", [sample((2,), dt)])
        put("meshgrid", [sample((2,), dt), sample((3,), F32 if dt != F32 else I32)])
        for pairs in (((1, 0), (0, 2)), ((0, 0), (0, 0)), ((1, 1), (2, 2)), ((-1, 0), (0, 0)), ((2, 1), (3, 0)), ((0, 3), (0, 0)), ((1, 0),)):
            for mode in ("CONSTANT", "REFLECT", "symmetric"):
                put("pad", x, paddings=pairs, mode=mode)
        put("pad", x, paddings=((1, 0), (0, 2)))
        put("pad", x, paddings=((1, 0), (0, 2)), mode="wrap")
        put("pad", np.zeros((0, 2), dt), paddings=((1, 1), (1, 0)))
        put("pad", x, paddings=((1, 0), (0, 2)), constant_values=7.5 if dt.kind == "f" else True if dt == BOOL else 7)
        for begin, size in (((0, 1), (2, -1)), ((0, 1), (1, 2)), ((0, 1), (2, 3)), ((2, 0), (0, 3)), ((-1, 0), (1, 1)), ((0,), (1,)), ((3, 0), (-1, 1)), ((0, 0), (-2, 1))):
            put("slice", x, begin=begin, size=size)
        for sizes, axis in ((3, 1), (2, 0), ((1, -1), -1), ((1, 1), 1), (2, 1), ((2, -1, 1), 1), ((3, -1), 1), ((-1, -1), 1), (0, 0), ((4, -1), 1), (1, 2), ((1, 1), 0)):
            put("split", x, num_or_size_splits=sizes, axis=axis)
        for kw in ({"begin": (0, 1), "end": (2, 3)}, {"begin": (0, -1), "end": (2, -4), "strides": (1, -1)}, {"begin": (1,), "end": (2,), "shrink_axis_mask": 1},
                   {"begin": (0, 0), "end": (0, 2), "strides": (1, 1), "ellipsis_mask": 1}, {"begin": (0, 0), "end": (0, 0), "new_axis_mask": 1, "begin_mask": 2, "end_mask": 2},
                   {"begin": (0,), "end": (2,), "strides": (0,)}, {"begin": (5,), "end": (9,), "shrink_axis_mask": 1}, {"begin": (0, 0, 0), "end": (1, 1, 1)}, {"begin": (0,), "end": (9,)},
                   {"begin": (1, 1), "end": (0, 3), "begin_mask": 1, "end_mask": 1}, {"begin": (0, -1), "end": (0, 0), "ellipsis_mask": 1, "shrink_axis_mask": 2},
                   {"begin": (0, 2), "end": (2, 0), "strides": (1, -2), "end_mask": 2}):
            put("strided_slice", x, **kw)
            put("strided_slice", y, **kw)
        for it in (I32, I64):
            for places in ([[0, 1], [1, 2]], [[1], [0]], [[0, 3]], [[-1, 0]], [1, 1], [[0, 0, 0]], [[2, 0]]):
                put("gather_nd", x, np.array(places, it))
            put("gather_nd", y, np.array([[[0, 1]], [[1, 2]]], it))
            put("gather_nd", y, np.array([[[0], [2]], [[1], [1]]], it), batch_dims=1)
            put("gather_nd", y, np.array([[[3], [2], [0]], [[1], [1], [2]]], it), batch_dims=2)
            put("gather_nd", x, np.array([[0], [1], [1]], it), batch_dims=1)
            put("gather_nd", x, np.zeros((2, 0), it))
        put("gather_nd", x, np.array([[0]], U8))
        put("gather_nd", x, np.array(1, I32))
        for k in (0, 1, 3, 4, -1):
            put("math.top_k", x, k=k)
        put("math.top_k", y)
        put("math.top_k", np.array([1, 3, 3, 0, 1]).astype(dt), k=4)
        put("math.top_k", sample((), dt), k=1)
        put("nn.bias_add", x, sample((3,), dt))
        put("nn.bias_add", y, sample((4,), dt))
        put("nn.bias_add", x, sample((2,), dt))
        put("nn.bias_add", sample((3,), dt), sample((3,), dt))
        put("nn.bias_add", x, sample((1, 3), dt))
        put("nn.bias_add", x, sample((3,), F32 if dt != F32 else F64))
        put("einsum", [x, sample((4, 3), dt)], equation="ij,kj->ik")
        put("einsum", [x, x], equation="ij,ij")
        put("einsum", [y], equation="ijk->kij")
        put("einsum", [y, sample((5, 4), dt)], equation="...j,kj->...k")
        put("einsum", [sample((3, 3), dt)], equation="ii->i")
        put("einsum", [x, sample((3, 2), dt), sample((2, 2), dt)], equation="ab,bc,cd->ad")
    x = sample((2, 3), F32)
    put("einsum", [x, sample((3, 2), I32)], equation="ij,jk->ik")
    put("einsum", [x, x], equation="ij,jk->ik")
    put("einsum", [x], equation="ijk->i")
    put("meshgrid", [x], indexing="zz")


def constants(put):
    for value in ((1, 2), (1.5, 2.0), (True, False), (1, 2, 3, 4), 3, 2.5, True, 3000000000):
        for kw in ({}, {"dtype": F64}, {"dtype": F32}, {"dtype": I32}, {"dtype": I64}, {"dtype": BOOL}, {"shape": (2, 2)}, {"shape": (1, 2)}, {"dtype": F64, "shape": (2, 1)}):
            if value == 3000000000 and kw.get("dtype") in (I32, F32):
                continue
            put("constant", value=value, **kw)


def windows(put):
    for dt in ALL:
        x = sample((2, 5, 6, 3), dt, 0, 4)
        for padding in ("SAME", "VALID"):
            for ksize, strides in ((2, 1), (2, 2), ((2, 3), (1, 2)), ((1, 3, 2, 1), (1, 2, 3, 1)), (3, (2, 1))):
                put("nn.max_pool", x, ksize=ksize, strides=strides, padding=padding)
                put("nn.avg_pool", x, ksize=ksize, strides=strides, padding=padding)
            put("nn.max_pool", sample((2, 7, 3), dt, 0, 4), ksize=3, strides=2, padding=padding)
            put("nn.avg_pool", sample((2, 7, 3), dt, 0, 4), ksize=3, strides=2, padding=padding)
            if dt == F32:  # TensorFlow has no kernel for others on the CPU
                put("nn.max_pool", sample((1, 3, 4, 3, 2), dt, 0, 4), ksize=2, strides=2, padding=padding)
                put("nn.avg_pool", sample((1, 3, 4, 3, 2), dt, 0, 4), ksize=2, strides=2, padding=padding)
            put("nn.max_pool", x, ksize=7, strides=1, padding=padding)
            for filters, kw in (((2, 2, 3, 4), {"strides": 1}), ((3, 2, 3, 2), {"strides": (1, 2)}), ((3, 3, 3, 1), {"strides": (1, 2, 2, 1)}), ((2, 2, 1, 6), {"strides": 1}),
                                ((2, 2, 3, 4), {"strides": 1, "dilations": 2}), ((2, 2, 3, 4), {"strides": 2, "dilations": (2, 1)}), ((1, 1, 3, 4), {"strides": (2, 1)})):
                put("nn.conv2d", x, sample(filters, dt, 0, 3), padding=padding, **kw)
            for filters, kw in (((2, 2, 3, 2), {"strides": (1, 1, 1, 1)}), ((3, 2, 3, 1), {"strides": (1, 2, 2, 1)}), ((2, 2, 3, 2), {"strides": (1, 1, 1, 1), "dilations": (2, 1)})):
                put("nn.depthwise_conv2d", x, sample(filters, dt, 0, 3), padding=padding, **kw)
    for dt in (F32, F64):
        x, pairs = sample((2, 5, 6, 3), dt), ((0, 0), (1, 0), (2, 1), (0, 0))
        put("nn.conv2d", x, sample((2, 3, 3, 2), dt), strides=1, padding=pairs)
        put("nn.depthwise_conv2d", x, sample((2, 3, 3, 2), dt), strides=(1, 1, 1, 1), padding=pairs)
        put("nn.max_pool", x, ksize=3, strides=2, padding=((0, 0), (1, 1), (2, 1), (0, 0)))
        put("nn.avg_pool", x, ksize=(1, 1, 1, 3), strides=(1, 1, 1, 3), padding="VALID")
        put("nn.max_pool", x, ksize=(1, 1, 1, 3), strides=(1, 1, 1, 3), padding="VALID")
    x, w = sample((1, 4, 5, 3), F32), sample((2, 2, 3, 4), F32)
    put("nn.conv2d", x, w, strides=0, padding="SAME")
    put("nn.conv2d", x, w, strides=1, padding="valid")
    put("nn.conv2d", x, w, strides=(2, 1, 1, 1), padding="SAME")
    put("nn.conv2d", x, w.astype(F64), strides=1, padding="SAME")
    put("nn.conv2d", x, sample((2, 2, 2, 4), F32), strides=1, padding="SAME")
    put("nn.conv2d", x, sample((5, 2, 3, 4), F32), strides=1, padding="VALID")
    put("nn.depthwise_conv2d", x, sample((2, 2, 2, 4), F32), strides=(1, 1, 1, 1), padding="VALID")
    put("nn.max_pool", x, ksize=0, strides=1, padding="SAME")
    put("nn.max_pool", sample((4, 3), F32), ksize=2, strides=1, padding="SAME")
    put("nn.avg_pool", x, ksize=2, strides=1, padding="FULL")


def formats(put):
    for dt in (U8, I32, I64, F32, F64):
        first, last = sample((2, 3, 5, 6), dt, 0, 4), sample((2, 5, 6, 3), dt, 0, 4)
        for padding in ("SAME", "VALID"):
            for ksize, strides in ((2, 2), ((2, 3), (1, 2)), ((1, 1, 3, 2), (1, 1, 2, 3))):
                for fn in ("nn.max_pool", "nn.avg_pool"):
                    put(fn, first, ksize=ksize, strides=strides, padding=padding, data_format="NCHW")
            for fn in ("nn.max_pool", "nn.avg_pool"):
                put(fn, last, ksize=2, strides=(2, 1), padding=padding, data_format="NHWC")
                put(fn, sample((2, 3, 7), dt, 0, 4), ksize=3, strides=2, padding=padding, data_format="NCW")
                put(fn, sample((2, 7, 3), dt, 0, 4), ksize=3, strides=2, padding=padding, data_format="NWC")
                if dt == F32:
                    put(fn, sample((1, 2, 3, 4, 3), dt, 0, 4), ksize=2, strides=2, padding=padding, data_format="NCDHW")
                    put(fn, sample((1, 3, 4, 3, 2), dt, 0, 4), ksize=(1, 2, 2, 2, 1), strides=1, padding=padding, data_format="NDHWC")
            for filters, kw in (((2, 2, 3, 4), {"strides": 1}), ((3, 2, 3, 2), {"strides": (1, 2)}), ((3, 3, 3, 1), {"strides": (1, 1, 2, 2)}), ((2, 2, 1, 6), {"strides": 1}),
                                ((2, 2, 3, 4), {"strides": 1, "dilations": (1, 1, 2, 1)})):
                put("nn.conv2d", first, sample(filters, dt, 0, 3), padding=padding, data_format="NCHW", **kw)
            put("nn.conv2d", last, sample((2, 2, 3, 4), dt, 0, 3), strides=1, padding=padding, data_format="NHWC")
            put("nn.depthwise_conv2d", first, sample((2, 2, 3, 2), dt, 0, 3), strides=(1, 1, 1, 1), padding=padding, data_format="NCHW")
            put("nn.depthwise_conv2d", first, sample((3, 2, 3, 1), dt, 0, 3), strides=(1, 1, 2, 2), padding=padding, data_format="NCHW")
            put("nn.depthwise_conv2d", last, sample((2, 2, 3, 2), dt, 0, 3), strides=(1, 1, 1, 1), padding=padding, data_format="NHWC", dilations=(2, 1))
        for form in ("NCHW", "NHWC", "N...C", "NC...", "NCW", "NDHWC", "nchw", "HWC"):
            for channels in (3, 5, 6):
                put("nn.bias_add", first, sample((channels,), dt, 0, 4), data_format=form)
            put("nn.bias_add", first[0, 0], sample((6,), dt, 0, 4), data_format=form)
            put("nn.bias_add", np.stack([first, first], -1), sample((3,), dt, 0, 4), data_format=form)
    for dt in (F32, F64):
        x, pairs = sample((2, 3, 5, 6), dt), ((0, 0), (0, 0), (1, 0), (2, 1))
        put("nn.conv2d", x, sample((2, 3, 3, 2), dt), strides=1, padding=pairs, data_format="NCHW")
        put("nn.depthwise_conv2d", x, sample((2, 3, 3, 2), dt), strides=(1, 1, 1, 1), padding=pairs, data_format="NCHW")
        put("nn.max_pool", x, ksize=3, strides=2, padding=((0, 0), (0, 0), (1, 1), (2, 1)), data_format="NCHW")
    x, w = sample((1, 3, 4, 5), F32), sample((2, 2, 3, 4), F32)
    for form in ("NCW", "NDHWC", "nchw", "zz"):
        put("nn.conv2d", x, w, strides=1, padding="SAME", data_format=form)
        put("nn.depthwise_conv2d", x, w, strides=(1, 1, 1, 1), padding="SAME", data_format=form)
        put("nn.max_pool", x, ksize=2, strides=1, padding="SAME", data_format=form)
        put("nn.avg_pool", x, ksize=2, strides=1, padding="SAME", data_format=form)
    put("nn.conv2d", x, sample((2, 2, 5, 4), F32), strides=1, padding="SAME", data_format="NCHW")
    put("nn.conv2d", x, w, strides=(1, 2, 1, 1), padding="SAME", data_format="NCHW")
    put("nn.max_pool", x[0], ksize=2, strides=1, padding="SAME", data_format="NHWC")
    put("nn.max_pool", x[0], ksize=2, strides=1, padding="SAME", data_format="NCDHW")


PARTS = [parts, constants, windows]
LATER = [formats]  # after all else, so that the file grows at its end
