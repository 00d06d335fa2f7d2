"""Calls of torch.nn.functional without windows: activations, layers, normalisations, losses. Each part takes `put` of make_torch.py."""
import torch

import case_values

B, U8, I32, I64, F32, F64 = torch.bool, torch.uint8, torch.int32, torch.int64, torch.float32, torch.float64
DTYPES = [B, U8, I32, I64, F32, F64]
NAN, INF = float("nan"), float("inf")
EXACT = set("hardtanh relu6 embedding one_hot max_pool1d adaptive_max_pool2d pixel_shuffle".split())
REDUCED = set("leaky_relu elu selu celu silu mish softplus softsign tanhshrink hardswish hardsigmoid logsigmoid glu prelu linear bilinear scaled_dot_product_attention "
              "layer_norm group_norm instance_norm batch_norm cosine_similarity pairwise_distance mse_loss l1_loss smooth_l1_loss huber_loss binary_cross_entropy "
              "binary_cross_entropy_with_logits kl_div nll_loss cross_entropy conv1d conv3d conv_transpose2d avg_pool1d adaptive_avg_pool2d interpolate grid_sample affine_grid addr".split())
SQUARED = {"conv1d", "conv3d", "conv_transpose2d"}
EXACT.add("unfold")
SHIMS = {
    "functional.layer_norm": lambda x, weight, bias, normalized_shape, **kw: torch.nn.functional.layer_norm(x, normalized_shape, weight, bias, **kw),
    "functional.group_norm": lambda x, weight, bias, num_groups, **kw: torch.nn.functional.group_norm(x, num_groups, weight, bias, **kw),
    "functional.binary_cross_entropy_with_logits":
        lambda x, y, weight=None, pos_weight=None, **kw: torch.nn.functional.binary_cross_entropy_with_logits(x, y, weight, pos_weight=pos_weight, **kw),
}


def t(shape, dtype, scale=8):
    x = case_values.generator(shape, str(dtype), "functional", scale).integers(-24, 25, shape)
    return torch.tensor(x > 0) if dtype == B else torch.tensor(abs(x)).to(dtype) if dtype == U8 else torch.tensor(x / scale if dtype.is_floating_point else x).to(dtype)


def share(shape, dtype):
    return torch.tensor(case_values.generator(shape, str(dtype), "share").integers(1, 16, shape) / 16).to(dtype)


def activations(put):
    for name in "relu6 leaky_relu elu selu celu silu mish softplus softsign tanhshrink hardtanh hardswish hardsigmoid logsigmoid glu".split():
        fn = "functional." + name
        for dt in DTYPES:
            put(fn, t((2, 4), dt))
        for dt in (F32, F64):
            if name != "glu":
                put(fn, t((), dt))
                put(fn, torch.tensor([NAN, INF, -INF, 0.0] + ([] if name in ("relu6", "hardtanh") else [-0.0]), dtype=dt))
                put(fn, torch.tensor([1e-4, -1e-4, 3.0, -3.0, 6.0, 30.0, -30.0], dtype=dt))
            put(fn, torch.zeros((0, 2), dtype=dt))
    for dt in (F32, F64):
        put("functional.leaky_relu", t((5,), dt), negative_slope=0.25)
        put("functional.elu", t((5,), dt), alpha=0.5)
        put("functional.celu", t((5,), dt), alpha=0.5)
        put("functional.softplus", t((5,), dt), beta=2.0)
        put("functional.softplus", t((5,), dt), beta=1.0, threshold=1.0)
        put("functional.glu", t((4, 3), dt), dim=0)
        put("functional.prelu", t((2, 3), dt), torch.tensor([0.25], dtype=dt))
        put("functional.prelu", t((2, 3, 2), dt), t((3,), dt))
        put("functional.prelu", t((3,), dt), torch.tensor([0.5], dtype=dt))
    for dt in (U8, I32, I64, F32, F64):
        put("functional.hardtanh", t((5,), dt), min_val=0.0, max_val=9.0)
        put("functional.hardtanh", t((5,), dt), min_val=1.5, max_val=2.5)
    for low, high in ((-5.0, 3.0), (-5.0, -1.0), (-1000.0, 1000.0)):
        put("functional.hardtanh", t((5,), U8), min_val=low, max_val=high)
    put("functional.hardtanh", t((5,), F32), min_val=2.0, max_val=1.0)
    put("functional.glu", t((2, 3), F32))
    put("functional.celu", t((3,), F32), alpha=0.0)
    put("functional.prelu", t((2, 3), F32), t((2,), F32))
    put("functional.prelu", t((2, 3), F32), t((3,), F64))


def layers(put):
    for dt in DTYPES[1:]:
        put("functional.linear", t((2, 3), dt), t((4, 3), dt))
        put("functional.linear", t((2, 2, 3), dt), t((4, 3), dt), t((4,), dt))
        put("functional.linear", t((3,), dt), t((4, 3), dt), t((4,), dt))
        put("functional.linear", t((2, 3), dt), t((3,), dt))
        put("functional.embedding", t((2, 2), I64).abs() % 3, t((3, 2), dt))
        put("functional.embedding", t((), I32).abs() % 3, t((3, 2), dt))
    put("functional.linear", t((2, 3), F32), t((4, 2), F32))
    put("functional.linear", t((2, 3), F32), t((4, 3), F64))
    for dt in (F32, F64):
        put("functional.bilinear", t((4, 2), dt), t((4, 3), dt), t((5, 2, 3), dt))
        put("functional.bilinear", t((2, 2, 2), dt), t((2, 2, 3), dt), t((1, 2, 3), dt), t((1,), dt))
    put("functional.bilinear", t((4, 2), F32), t((4, 3), F32), t((5, 3, 2), F32))
    put("functional.embedding", t((2,), U8) % 3, t((3, 2), F32))
    put("functional.embedding", t((2,), F32), t((3, 2), F32))
    put("functional.embedding", torch.tensor([0, 3]), t((3, 2), F32))
    put("functional.embedding", torch.tensor([0, -1]), t((3, 2), F32))
    for shape in ((4,), (2, 3), ()):
        put("functional.one_hot", t(shape, I64).abs() % 4, num_classes=4)
    put("functional.one_hot", torch.tensor([0, 4]), num_classes=4)
    put("functional.one_hot", torch.tensor([0, -1]), num_classes=4)
    put("functional.one_hot", t((2,), I32).abs() % 2, num_classes=4)
    for dt in (F32, F64):
        q, k, v = t((2, 3, 4), dt), t((2, 5, 4), dt), t((2, 5, 2), dt)
        put("functional.scaled_dot_product_attention", q, k, v)
        put("functional.scaled_dot_product_attention", q, k, v, is_causal=True)
        put("functional.scaled_dot_product_attention", q, k, v, scale=0.5)
        put("functional.scaled_dot_product_attention", q, k, v, t((3, 5), dt))
        put("functional.scaled_dot_product_attention", q, k, v, t((3, 5), B))
        mask = torch.ones((3, 5), dtype=B)
        mask[1] = False
        put("functional.scaled_dot_product_attention", q, k, v, mask)
    put("functional.scaled_dot_product_attention", t((3, 4), F32), t((5, 4), F64), t((5, 2), F32))


def normalisations(put):
    for dt in (F32, F64):
        x = t((2, 4, 3), dt)
        put("functional.layer_norm", x, None, None, normalized_shape=(3,))
        put("functional.layer_norm", x, None, None, normalized_shape=(4, 3), eps=0.5)
        put("functional.layer_norm", x, t((3,), dt), t((3,), dt), normalized_shape=(3,))
        put("functional.layer_norm", x, t((4, 3), dt), None, normalized_shape=(4, 3))
        put("functional.group_norm", x, None, None, num_groups=2)
        put("functional.group_norm", x, t((4,), dt), t((4,), dt), num_groups=4, eps=0.25)
        put("functional.group_norm", t((2, 4), dt), None, t((4,), dt), num_groups=2)
        put("functional.instance_norm", x)
        put("functional.instance_norm", t((2, 3, 2, 2), dt), None, None, t((3,), dt), t((3,), dt), eps=0.25)
        mean, var = t((4,), dt), t((4,), dt).abs()
        put("functional.instance_norm", x, mean, var, use_input_stats=False)
        put("functional.batch_norm", x, mean, var)
        put("functional.batch_norm", t((3, 4), dt), mean, var, t((4,), dt), t((4,), dt), eps=0.25)
        put("functional.batch_norm", t((2, 4, 2, 2), dt), mean, var, None, t((4,), dt))
        put("functional.batch_norm", x, None, None, training=True)
        put("functional.batch_norm", t((5, 4), dt), None, None, t((4,), dt), t((4,), dt), training=True)
    put("functional.layer_norm", t((2, 4, 3), F32), None, None, normalized_shape=(4,))
    put("functional.layer_norm", t((2, 3), I64), None, None, normalized_shape=(3,))
    put("functional.group_norm", t((2, 4), F32), None, None, num_groups=3)
    put("functional.batch_norm", t((2, 4), I64), t((4,), I64), t((4,), I64))


def losses(put):
    for dt in DTYPES:
        for name in "mse_loss l1_loss smooth_l1_loss huber_loss".split():
            for reduction in ("mean", "sum", "none"):
                put("functional." + name, t((2, 3), dt), t((2, 3), dt), reduction=reduction)
        if dt != B:
            put("functional.mse_loss", t((2, 3), dt), t((2, 3), F64))
            put("functional.l1_loss", t((2, 3), dt), t((2, 3), F64))
            put("functional.smooth_l1_loss", t((2, 3), dt), t((2, 3), F64))
            put("functional.pairwise_distance", t((2, 3), dt), t((2, 3), dt))
        put("functional.cosine_similarity", t((2, 3), dt), t((2, 3), F64))
        put("functional.cosine_similarity", t((2, 3), dt), t((2, 3), dt))
    for dt in (F32, F64):
        put("functional.mse_loss", t((2, 3), dt), t((3,), dt))
        put("functional.mse_loss", torch.zeros((0,), dtype=dt), torch.zeros((0,), dtype=dt))
        put("functional.smooth_l1_loss", t((9,), dt), t((9,), dt), beta=0.5)
        put("functional.smooth_l1_loss", t((9,), dt), t((9,), dt), beta=0.0)
        put("functional.huber_loss", t((9,), dt), t((9,), dt), delta=2.0)
        put("functional.cosine_similarity", t((2, 3, 2), dt), t((2, 3, 2), dt), dim=-1)
        put("functional.cosine_similarity", t((3,), dt), t((2, 3), dt), dim=1, eps=0.5)
        put("functional.cosine_similarity", torch.zeros((2, 3), dtype=dt), t((2, 3), dt))
        for p in (1.0, 3.0, INF):
            put("functional.pairwise_distance", t((2, 3), dt), t((2, 3), dt), p=p)
        put("functional.pairwise_distance", t((2, 3), dt), t((3,), dt), eps=0.5, keepdim=True)
        x, y = share((2, 3), dt), share((2, 3), dt)
        for reduction in ("mean", "sum", "none"):
            put("functional.binary_cross_entropy", x, y, reduction=reduction)
            put("functional.binary_cross_entropy_with_logits", t((2, 3), dt), y, reduction=reduction)
            put("functional.kl_div", t((2, 3), dt), y, reduction=reduction)
        put("functional.kl_div", t((2, 3), dt), t((2, 3), dt), reduction="batchmean", log_target=True)
        put("functional.kl_div", t((3,), dt), torch.tensor([0.0, 1.0, 0.5], dtype=dt))
        put("functional.binary_cross_entropy", x, y, share((3,), dt))
        put("functional.binary_cross_entropy", torch.tensor([0.0, 1.0, 0.0, 1.0], dtype=dt), torch.tensor([0.0, 1.0, 1.0, 0.0], dtype=dt))
        put("functional.binary_cross_entropy_with_logits", t((2, 3), dt), y, share((3,), dt))
        put("functional.binary_cross_entropy_with_logits", t((2, 3), dt), y, None, share((3,), dt))
        put("functional.binary_cross_entropy_with_logits", torch.tensor([90.0, -90.0], dtype=dt), torch.tensor([0.0, 1.0], dtype=dt))
        classes = torch.tensor([2, 0, 1, -100])
        for fn in ("functional.nll_loss", "functional.cross_entropy"):
            for reduction in ("mean", "sum", "none"):
                put(fn, t((4, 3), dt), classes, reduction=reduction)
                put(fn, t((4, 3), dt), classes, share((3,), dt), reduction=reduction)
            put(fn, t((4, 3), dt), classes, ignore_index=0)
            put(fn, t((2, 3, 2), dt), torch.tensor([[0, 1], [2, 2]]), share((3,), dt))
            put(fn, t((3,), dt), torch.tensor(1))
        for reduction in ("mean", "sum", "none"):
            put("functional.cross_entropy", t((4, 3), dt), classes, reduction=reduction, label_smoothing=0.25)
            put("functional.cross_entropy", t((4, 3), dt), classes, share((3,), dt), reduction=reduction, label_smoothing=0.25)
            put("functional.cross_entropy", t((2, 3), dt), y, reduction=reduction)
        put("functional.cross_entropy", t((2, 3), dt), y, share((3,), dt))
        put("functional.cross_entropy", t((2, 3), dt), y, share((3,), dt), label_smoothing=0.25)
        put("functional.cross_entropy", t((2, 3, 2), dt), share((2, 3, 2), dt))
    put("functional.mse_loss", t((2, 3), F32), t((2, 3), F32), reduction="average")
    put("functional.huber_loss", t((2, 3), F32), t((2, 3), F32), delta=0.0)
    put("functional.smooth_l1_loss", t((2, 3), F32), t((2, 3), F32), beta=-1.0)
    put("functional.binary_cross_entropy", share((2, 3), F32), share((3,), F32))
    put("functional.binary_cross_entropy", share((3,), F32), share((3,), F64))
    put("functional.binary_cross_entropy_with_logits", t((2, 3), F32), share((3,), F32))
    put("functional.nll_loss", t((2, 3), F32), torch.tensor([0, 3]))
    put("functional.nll_loss", t((2, 3), F32), torch.tensor([0, 1]).to(I32))
    put("functional.nll_loss", t((2, 3), F32), torch.tensor([0, 1, 2]))
    put("functional.cross_entropy", t((2, 3), F32), torch.tensor([0, 1]), label_smoothing=2.0)
    put("functional.cross_entropy", t((2, 3), I64), torch.tensor([0, 1]))


def images(put):
    for dt in (F32, F64):
        for shape, weight, kw in [((1, 2, 6), (3, 2, 3), {}), ((2, 2, 7), (2, 2, 2), {"stride": 2, "padding": 1}), ((2, 7), (2, 1, 3), {"groups": 2, "dilation": 2})]:
            put("functional.conv1d", t(shape, dt), t(weight, dt), **kw)
            put("functional.conv1d", t(shape, dt), t(weight, dt), t(weight[:1], dt), **kw)
        for shape, weight, kw in [((1, 2, 3, 4, 3), (2, 2, 2, 2, 2), {}), ((1, 1, 4, 4, 5), (2, 1, 2, 3, 2), {"stride": (1, 2, 1), "padding": (1, 0, 1)}),
                                  ((2, 4, 3, 3), (2, 1, 2, 2, 1), {"groups": 2, "dilation": (2, 1, 1)})]:
            put("functional.conv3d", t(shape, dt), t(weight, dt), **kw)
            put("functional.conv3d", t(shape, dt), t(weight, dt), t(weight[:1], dt), **kw)
        for shape, weight, kw in [((1, 2, 3, 4), (2, 3, 2, 2), {}), ((1, 2, 3, 3), (2, 1, 3, 3), {"stride": 2, "padding": 1, "output_padding": 1}),
                                  ((2, 4, 3, 2), (4, 2, 2, 3), {"groups": 2, "stride": (1, 2), "dilation": (2, 1)}), ((2, 3, 3), (2, 1, 2, 2), {"padding": 1})]:
            put("functional.conv_transpose2d", t(shape, dt), t(weight, dt), **kw)
        put("functional.conv_transpose2d", t((1, 2, 3, 4), dt), t((2, 3, 2, 2), dt), t((3,), dt))
        for name in ("avg_pool1d", "max_pool1d"):
            put("functional." + name, t((1, 2, 7), dt), kernel_size=2)
            put("functional." + name, t((2, 7), dt), kernel_size=3, stride=2)
        for name in ("adaptive_avg_pool2d", "adaptive_max_pool2d"):
            put("functional." + name, t((1, 2, 5, 7), dt), output_size=(2, 3))
            put("functional." + name, t((2, 3, 4), dt), output_size=2)
            put("functional." + name, t((1, 1, 3, 2), dt), output_size=(4, 5))
        x = t((1, 2, 3, 5), dt)
        for mode in ("nearest", "nearest-exact", "bilinear", "area"):
            for kw in ({"size": (6, 4)}, {"size": 2}, {"scale_factor": 2.0}, {"scale_factor": 0.7}, {"size": (3, 5)}):
                put("functional.interpolate", x, mode=mode, **kw)
        put("functional.interpolate", x, size=(7, 3), mode="bilinear", align_corners=True)
        put("functional.interpolate", x, size=(1, 1), mode="bilinear", align_corners=True)
        put("functional.interpolate", x, scale_factor=1.7, mode="bilinear")
        put("functional.interpolate", t((1, 2, 5), dt), size=8, mode="linear")
        put("functional.interpolate", t((1, 1, 2, 3, 2), dt), size=(3, 4, 5), mode="trilinear", align_corners=True)
        grid = t((1, 2, 3, 2), dt, 16)
        for mode in ("bilinear", "nearest"):
            for padding in ("zeros", "border"):
                for corners in (False, True):
                    put("functional.grid_sample", x, grid, mode=mode, padding_mode=padding, align_corners=corners)
        put("functional.affine_grid", t((2, 2, 3), dt), size=(2, 1, 3, 4), align_corners=False)
        put("functional.affine_grid", t((1, 2, 3), dt), size=(1, 3, 1, 2), align_corners=True)
        put("functional.unfold", t((1, 2, 4, 5), dt), kernel_size=2)
        put("functional.unfold", t((2, 4, 5), dt), kernel_size=(2, 3), padding=1, stride=(2, 1), dilation=(1, 2))
    for dt in DTYPES:
        put("functional.pixel_shuffle", t((1, 8, 2, 3), dt), upscale_factor=2)
        put("functional.pixel_shuffle", t((4, 1, 2), dt), upscale_factor=2)
    put("functional.conv1d", t((1, 2, 6), F32), t((3, 3, 3), F32))
    put("functional.conv3d", t((1, 2, 6), F32), t((3, 3, 3), F32))
    put("functional.conv_transpose2d", t((1, 2, 3, 4), F32), t((3, 3, 2, 2), F32))
    put("functional.conv_transpose2d", t((1, 2, 3, 4), F32), t((2, 3, 2, 2), F32), output_padding=2)
    put("functional.max_pool1d", t((1, 2, 3), F32), kernel_size=4)
    put("functional.interpolate", t((1, 2, 3), F32), size=3, mode="bilinear")
    put("functional.interpolate", t((1, 2, 3), F32))
    put("functional.interpolate", t((1, 2, 3), F32), size=3, scale_factor=2.0)
    put("functional.interpolate", t((1, 2, 3), I64), size=3)
    put("functional.pixel_shuffle", t((6, 1, 2), F32), upscale_factor=2)
    put("functional.unfold", t((1, 2, 4, 5), F32), kernel_size=5)
    put("functional.grid_sample", t((1, 2, 4, 5), F32), t((1, 2, 3), F32))


PARTS = [activations, layers, normalisations, losses, images]
