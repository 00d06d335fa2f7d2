"""Calls of kornia.enhance for make_vision.py."""
import kornia.color
import kornia.enhance as enhance
import torch
from kornia.enhance.threshold import ThresholdType

F64 = torch.float64


def calls(put, photo, plain):
    image = photo[:, :4, :6]
    batch = torch.stack([photo[:, :3, :4], photo[:, 3:, 4:]])
    wide = image.to(F64)
    hsv = kornia.color.rgb_to_hsv(image)
    per_image = torch.tensor([0.5, 1.5])

    for name in ("adjust_brightness", "adjust_brightness_accumulative", "adjust_contrast"):
        put("enhance." + name, image, factor=0.6, member=True)
        put("enhance." + name, wide, factor=1.75)
        put("enhance." + name, image, factor=1.75, clip_output=False)
    for name in ("adjust_brightness", "adjust_contrast", "adjust_saturation"):
        put("enhance." + name, batch, per_image)
    put("enhance.adjust_contrast", image, factor=-0.5)
    for name in ("adjust_contrast_with_mean_subtraction", "adjust_saturation", "adjust_saturation_with_gray_subtraction"):
        put("enhance." + name, image, factor=0.5, member=True)
        put("enhance." + name, plain.to(F64), factor=2.5)
        put("enhance." + name, batch, factor=1.5)
    put("enhance.adjust_gamma", image, gamma=2.2, member=True)
    put("enhance.adjust_gamma", wide, gamma=0.5, gain=1.5)
    put("enhance.adjust_gamma", batch, per_image)
    put("enhance.adjust_gamma", image, gamma=-1.0)
    put("enhance.adjust_gamma", image, gamma=1.0, gain=-1.0)
    for kw in ({}, {"gain": 1.5}, {"inv": True}, {"gain": 2.5, "clip_output": False}, {"inv": True, "gain": 0.5, "clip_output": False}):
        put("enhance.adjust_log", image, member=not kw, **kw)
    for kw in ({}, {"cutoff": 0.25, "gain": 4.0}, {"inv": True}):
        put("enhance.adjust_sigmoid", image, member=not kw, **kw)
    put("enhance.invert", image, member=True)
    put("enhance.invert", image * 255, max_val=255.0, call=lambda x, max_val: enhance.invert(x, torch.tensor([max_val])))
    put("enhance.solarize", image, member=True)
    put("enhance.solarize", wide, thresholds=0.25, additions=0.1)
    put("enhance.solarize", image, thresholds=0.75, additions=-0.5)
    put("enhance.solarize", image, additions=0.75)
    for bits in (0, 1, 3, 4, 7, 8):
        put("enhance.posterize", image, bits=bits, member=bits == 3, single=True)
        put("enhance.posterize", plain, bits=bits, single=True)
    put("enhance.equalize", image, member=True, waits=True, single=True)
    put("enhance.equalize", batch, waits=True, single=True)
    put("enhance.equalize", plain, waits=True, single=True)
    put("enhance.equalize3d", torch.stack([photo[:, :4, :4], photo[:, 2:, 4:]], 1).unsqueeze(0), member=True, waits=True, single=True)
    crowded = (torch.arange(1200) % 37 / 60.0).reshape(1, 30, 40)
    put("enhance.equalize", crowded, waits=True, single=True)
    put("enhance.sharpness", batch, factor=0.5, member=True)
    put("enhance.sharpness", wide, factor=2.0)
    put("enhance.sharpness", photo, factor=0.0)

    big = torch.stack([photo.tile(1, 3, 3)[:, :17, :20], photo.flip(-1).tile(1, 3, 3)[:, 1:18, 2:22]])
    put("enhance.equalize_clahe", photo, clip_limit=2.0, grid_size=(2, 2), member=True, waits=True, single=True)
    put("enhance.equalize_clahe", big, clip_limit=4.0, grid_size=(3, 2), waits=True, single=True)
    put("enhance.equalize_clahe", big.to(F64), clip_limit=0.0, grid_size=(2, 4), waits=True)
    put("enhance.equalize_clahe", big, waits=True, single=True)
    put("enhance.equalize_clahe", photo[:, :4, :4], grid_size=(4, 4), waits=True)
    put("enhance.jpeg_codec_differentiable", big, torch.tensor([25.0]), member=True, waits=True)
    put("enhance.jpeg_codec_differentiable", big.to(F64), torch.tensor([0.0, 80.0], dtype=F64), waits=True)
    put("enhance.jpeg_codec_differentiable", photo, torch.tensor([55.5]), torch.arange(1, 65.0).reshape(8, 8), torch.arange(64, 0, -1.0).reshape(1, 8, 8), waits=True)
    put("enhance.adjust_hue", image, factor=0.5, member=True)
    put("enhance.adjust_hue", wide, factor=-2.0)
    put("enhance.adjust_hue_raw", hsv, factor=3.0, member=True)
    put("enhance.adjust_hue_raw", hsv, factor=-7.0)
    put("enhance.adjust_saturation_raw", hsv, factor=1.75, member=True)
    put("enhance.shift_rgb", batch, torch.tensor([0.1, -0.2]), torch.tensor([0.3, 0.0]), torch.tensor([-0.5, 0.5]), member=True)

    put("enhance.add_weighted", image, image.flip(-1), alpha=0.75, beta=0.5, gamma=-0.1, member=True, call=lambda a, b, alpha, beta, gamma: enhance.add_weighted(a, alpha, b, beta, gamma))
    for name in ("normalize", "denormalize"):
        numbers = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
        made = lambda x, mean, std, name=name: getattr(enhance, name)(x, torch.tensor(mean, dtype=F64), torch.tensor(std, dtype=F64))
        put("enhance." + name, batch, member=True, call=made, **numbers)
        put("enhance." + name, batch.to(F64), call=made, **numbers)
        put("enhance." + name, batch, torch.tensor(numbers["mean"]), torch.tensor(numbers["std"]))
        put("enhance." + name.capitalize(), batch, member=True, mean=(0.5, 0.25, 0.125), std=(0.5, 2.0, 4.0),
            call=lambda x, mean, std, name=name: getattr(enhance, name.capitalize())(torch.tensor(mean), torch.tensor(std))(x))
    put("enhance.normalize_min_max", batch, member=True)
    put("enhance.normalize_min_max", batch.to(F64), min_val=-1.0, max_val=3.0, eps=0.5)
    for type in ("THRESH_BINARY", "THRESH_BINARY_INV", "THRESH_TRUNC", "THRESH_TOZERO", "THRESH_TOZERO_INV"):
        put("enhance.threshold", image, thresh=0.5, maxval=1.0, type=type, member=type == "THRESH_BINARY",
            call=lambda x, thresh, maxval, type: enhance.threshold(x, thresh, maxval, getattr(ThresholdType, type)))
    put("enhance.threshold", image, thresh=0.25)
    rows = photo[0, :4, :3]
    put("enhance.linear_transform", rows, torch.tensor([[1.0, 0.5, 0.0], [0.25, 2.0, -1.0], [0.0, 0.125, 1.0]]), torch.tensor([[0.5, 0.25, 0.75]]), member=True, waits=True)
    put("enhance.linear_transform", photo[:, :2, :2].to(F64), torch.eye(4, dtype=F64) * 2 + 0.5, torch.zeros((1, 4), dtype=F64) + 0.5, waits=True)
    put("enhance.linear_transform", photo[:2, :2, :2], torch.eye(4) * 2 + 0.5, torch.zeros((1, 4)) + 0.5, dim=-1, waits=True)
    samples = torch.stack([photo[:, i:i + 2, j:j + 2] for i in range(4) for j in range(6)])
    def of_samples(fn):
        def call(x, dim=0, unbiased=True, eps=1e-6):
            return enhance.zca_mean(x, dim, unbiased, eps, True) if fn == "zca_mean" else getattr(enhance, fn)(x, dim, unbiased, eps)
        return call
    def fitted(x, y, back=False, **kw):
        zca = enhance.ZCAWhitening(compute_inv=True, **kw).fit(x)
        return zca.inverse_transform(y) if back else zca(y)
    put("enhance.zca_whiten", samples, dim=0, unbiased=True, eps=0.5, member=True, waits=True, call=of_samples("zca_whiten"))
    for fn in ("zca_mean", "zca_whiten"):
        put("enhance." + fn, photo[0, :, :3], waits=True, call=of_samples(fn))
        put("enhance." + fn, samples.to(F64)[:, 0], unbiased=False, waits=True, call=of_samples(fn))
        put("enhance." + fn, photo[0, :4], dim=1, eps=0.01, waits=True, call=of_samples(fn))
        put("enhance." + fn, photo[:2, :2, :6].to(F64), dim=-1, waits=True, call=of_samples(fn))
        put("enhance." + fn, photo[0, :1, :3], waits=True, call=of_samples(fn))
        put("enhance." + fn, photo[0, :1, :3], unbiased=False, eps=0.25, waits=True, call=of_samples(fn))
    for dt in (torch.float32, F64):
        for back in (False, True):
            put("enhance.ZCAWhitening", samples[:, :1].to(dt), samples[:3, 1:2].to(dt), back=back, eps=0.01, waits=True, call=fitted)
    put("enhance.ZCAWhitening", samples[:, 0, 0].T.to(F64), samples[:2, 0, 1].T.to(F64), dim=1, unbiased=False, eps=0.01, waits=True, call=lambda x, y, **kw: fitted(x, y, **kw))

    put("enhance.integral_tensor", image, member=True)
    put("enhance.integral_tensor", image, dim=(0, 2))
    put("enhance.integral_image", image, member=True)
    values, bins = photo[:2].flatten(1)[:, :20], torch.linspace(0, 1, 6)
    def of_values(x, bins, bandwidth, **kw):
        return enhance.histogram(x, bins, torch.tensor(bandwidth), **kw)
    def of_pairs(x1, x2, bins, bandwidth, **kw):
        return enhance.histogram2d(x1, x2, bins, torch.tensor(bandwidth), **kw)
    put("enhance.histogram", values, bins, bandwidth=0.1, member=True, call=of_values)
    put("enhance.histogram", values.to(F64), bins.to(F64), bandwidth=0.25, epsilon=0.5, call=of_values)
    put("enhance.histogram", values, bins, bandwidth=0.0, call=of_values)
    put("enhance.histogram2d", values, values.flip(0), bins, bandwidth=0.1, member=True, call=of_pairs)
    put("enhance.image_histogram2d", image * 255, n_bins=8, member=True)
    for kernel in ("triangular", "gaussian", "uniform", "epanechnikov"):
        put("enhance.image_histogram2d", batch, min=0.0, max=1.0, n_bins=5, return_pdf=True, kernel=kernel)
    put("enhance.image_histogram2d", photo[0], min=0.0, max=1.0, n_bins=4, bandwidth=0.5)
    put("enhance.image_histogram2d", photo[0], kernel="cosine")
    put("enhance.image_histogram2d", photo[0], n_bins=0)
