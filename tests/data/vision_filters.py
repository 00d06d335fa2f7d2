"""Calls of kornia.filters for make_vision.py."""
import kornia.filters as filters
import torch

F64 = torch.float64


def kernels(put):
    for name, options in {
        "gaussian": [{"window_size": 5, "sigma": 1.5}, {"window_size": 4, "sigma": 0.8}, {"window_size": 3, "sigma": 0.0}],
        "laplacian_1d": [{"window_size": 5}, {"window_size": 2}],
        "get_box_kernel1d": [{"kernel_size": 5}],
        "get_box_kernel2d": [{"kernel_size": (3, 5)}, {"kernel_size": 2}],
        "get_binary_kernel2d": [{"window_size": (2, 3)}],
        "get_sobel_kernel2d": [{}],
        "get_diff_kernel2d": [{}],
        "get_spatial_gradient_kernel2d": [{"mode": "sobel", "order": 2}, {"mode": "sobel", "order": 1}, {"mode": "diff", "order": 2}, {"mode": "diff", "order": 1},
                                          {"mode": "sobel", "order": 3}, {"mode": "scharr", "order": 1}],
        "get_spatial_gradient_kernel3d": [{"mode": "diff", "order": 1}, {"mode": "diff", "order": 2}, {"mode": "sobel", "order": 1}, {"mode": "diff", "order": 3}],
        "get_gaussian_kernel1d": [{"kernel_size": 5, "sigma": 1.5}, {"kernel_size": 4, "sigma": 1.0, "force_even": True}, {"kernel_size": 4, "sigma": 1.0},
                                  {"kernel_size": 1, "sigma": 2.0}],
        "get_gaussian_erf_kernel1d": [{"kernel_size": 5, "sigma": 1.5}, {"kernel_size": 6, "sigma": 0.7, "force_even": True}, {"kernel_size": 6, "sigma": 0.7}],
        "get_gaussian_discrete_kernel1d": [{"kernel_size": 7, "sigma": 1.2}, {"kernel_size": 3, "sigma": 0.5}, {"kernel_size": 2, "sigma": 0.5}],
        "get_gaussian_kernel2d": [{"kernel_size": (3, 5), "sigma": (1.0, 2.0)}, {"kernel_size": 4, "sigma": (1.0, 1.0), "force_even": True},
                                  {"kernel_size": 4, "sigma": (1.0, 1.0)}],
        "get_gaussian_kernel3d": [{"kernel_size": (3, 1, 3), "sigma": (1.0, 2.0, 0.5)}, {"kernel_size": (2, 1, 1), "sigma": (1.0, 1.0, 1.0)}],
        "get_motion_kernel2d": [{"kernel_size": 5, "angle": 35.0, "direction": 0.5}, {"kernel_size": 5, "angle": 0.0}, {"kernel_size": 7, "angle": 30.0, "direction": -1.0},
                                {"kernel_size": 5, "angle": 405.0, "direction": 2.0}, {"kernel_size": 3, "angle": -90.0, "direction": 1.0},
                                {"kernel_size": 5, "angle": 25.0, "direction": 0.25, "mode": "bilinear"}, {"kernel_size": 4, "angle": 0.0}, {"kernel_size": 1, "angle": 0.0}],
        "get_motion_kernel3d": [{"kernel_size": 3, "angle": (10.0, 20.0, 30.0), "direction": -0.5}, {"kernel_size": 3, "angle": (0.0, 0.0, 0.0)},
                                {"kernel_size": 5, "angle": (0.0, 30.0, 0.0), "direction": 1.0}, {"kernel_size": 3, "angle": (90.0, 90.0, 0.0), "direction": -0.5},
                                {"kernel_size": 3, "angle": (10.0, 50.0, -70.0), "direction": 0.5, "mode": "bilinear"}, {"kernel_size": 2, "angle": (0.0, 0.0, 0.0)}],
        "get_hanning_kernel1d": [{"kernel_size": 5}, {"kernel_size": 4}, {"kernel_size": 2}],
        "get_hanning_kernel2d": [{"kernel_size": (4, 5)}, {"kernel_size": 3}],
        "get_laplacian_kernel1d": [{"kernel_size": 3}, {"kernel_size": 5}, {"kernel_size": 4}],
        "get_laplacian_kernel2d": [{"kernel_size": (3, 5)}, {"kernel_size": 3}, {"kernel_size": 4}],
    }.items():
        for i, kw in enumerate(options):
            put("filters." + name, member=i == 0, **kw)
    put("filters.gaussian", torch.tensor([[1.5], [0.0], [3.0]]), window_size=5, call=lambda s, window_size: filters.gaussian(window_size, s))
    put("filters.gaussian", torch.tensor([[1.5], [0.25]], dtype=F64), window_size=4, call=lambda s, window_size: filters.gaussian(window_size, s))
    put("filters.get_gaussian_kernel1d", torch.tensor([[0.75]]), kernel_size=3, call=lambda s, kernel_size: filters.get_gaussian_kernel1d(kernel_size, s))


def calls(put, photo, plain):
    kernels(put)
    image = photo[:, :5, :6].unsqueeze(0)
    batch = torch.stack([photo[:2, :5, :5], photo[1:, 1:, 3:]])
    wide = image.to(F64)
    edge = torch.tensor([[[0.0, 0.25, -1.0], [0.5, 2.0, 0.125], [-0.75, 0.0, 1.0]]])
    pair = torch.stack([edge[0], edge[0].flip(-1) * 0.5])
    tall = torch.tensor([[[1.0, 2.0], [-1.0, 0.5], [0.25, 3.0], [0.5, -2.0]]])

    for name in ("filter2d", "correlate2d", "convolve2d"):
        put("filters." + name, image, edge, member=True, waits=True)
        put("filters." + name, image, tall, waits=True)
        put("filters." + name, batch, pair, normalized=True, waits=True)
        put("filters." + name, wide, edge.to(F64), border_type="replicate", padding="valid", waits=True)
    put("filters.fft_conv", image, edge, member=True, waits=True)
    put("filters.fft_conv", batch.to(F64), pair.to(F64), normalized=True, border_type="circular", behaviour="conv", waits=True)
    put("filters.fft_conv", wide, edge.to(F64), padding="valid", waits=True)
    put("filters.fft_conv", image, edge, padding="full", waits=True)
    for border in ("constant", "reflect", "replicate", "circular"):
        put("filters.filter2d", image, edge, border_type=border, behaviour="conv", waits=True)
    put("filters.filter2d", image, edge[0], waits=True)
    put("filters.filter2d", image, edge, border_type="wrap", waits=True)
    put("filters.filter2d", image, edge, padding="full", waits=True)
    put("filters.filter2d", image, edge, behaviour="both", waits=True)
    put("filters.filter2d_separable", image, torch.tensor([[0.25, 0.5, 1.0]]), torch.tensor([[1.0, -2.0, 0.5, 0.25, 0.125]]), member=True, waits=True)
    put("filters.filter2d_separable", image, torch.tensor([[0.25, 0.5, 1.0]]), torch.tensor([[1.0, -2.0, 0.5]]), border_type="circular", normalized=True, padding="valid",
        waits=True)

    space = torch.stack([photo[:, :4, :3], photo[:, 2:, 3:6], photo[:, 1:5, 5:]]).unsqueeze(0)
    cube = torch.tensor([[[[0.0, 0.5], [1.0, -0.25]], [[0.75, 0.0], [-1.0, 2.0]], [[0.125, 0.25], [0.0, -0.5]]]])
    for name in ("filter3d", "correlate3d", "convolve3d"):
        put("filters." + name, space, cube, member=True, waits=True)
        put("filters." + name, space.to(F64), cube.to(F64), border_type="circular", normalized=True, waits=True)
    put("filters.filter3d", space, cube, behaviour="conv", border_type="constant", waits=True)
    put("filters.filter3d", space, cube[0], waits=True)
    put("filters.filter3d", space, cube, behaviour="both", waits=True)
    put("filters.spatial_gradient3d", space, member=True)
    put("filters.spatial_gradient3d", space.to(F64), mode="diff", order=2)
    put("filters.spatial_gradient3d", space, mode="sobel")

    put("filters.box_blur", image, kernel_size=3, member=True)
    put("filters.box_blur", image, kernel_size=(2, 5), border_type="replicate")
    put("filters.box_blur", wide, kernel_size=(3, 4), separable=False, border_type="constant")
    put("filters.box_blur", image, kernel_size=0)

    put("filters.gaussian_blur2d", image, kernel_size=(3, 5), sigma=(1.5, 0.75), member=True)
    put("filters.gaussian_blur2d", wide, kernel_size=3, sigma=(1.0, 2.0), border_type="circular")
    put("filters.gaussian_blur2d", batch, kernel_size=(5, 3), sigma=(1.0, 2.0), separable=False, border_type="replicate")
    put("filters.gaussian_blur2d", batch, torch.tensor([[1.0, 2.0], [0.5, 0.25]]), kernel_size=(3, 5),
        call=lambda x, s, kernel_size: filters.gaussian_blur2d(x, kernel_size, s))
    put("filters.gaussian_blur2d", batch, torch.tensor([[1.0, 2.0]]), kernel_size=3, border_type="constant",
        call=lambda x, s, kernel_size, border_type: filters.gaussian_blur2d(x, kernel_size, s, border_type))
    put("filters.gaussian_blur2d", image, kernel_size=4, sigma=(1.0, 1.0))
    put("filters.gaussian_blur2d", image, kernel_size=3, sigma=(1.0, 0.0))
    put("filters.gaussian_blur2d", image, kernel_size=3, sigma=(1.0, 1.0), border_type="mirror")
    put("filters.gaussian_blur2d", image, kernel_size=11, sigma=(1.0, 1.0))
    put("filters.GaussianBlur2d", image, kernel_size=5, sigma=(1.5, 1.5), member=True, call=lambda x, **kw: filters.GaussianBlur2d(**kw)(x))
    put("filters.GaussianBlur2d", wide, kernel_size=(3, 5), sigma=(1.5, 0.5), border_type="replicate", separable=False, call=lambda x, **kw: filters.GaussianBlur2d(**kw)(x))

    put("filters.median_blur", image, kernel_size=3, member=True)
    put("filters.median_blur", wide, kernel_size=(3, 5))
    put("filters.median_blur", image, kernel_size=5, border_type="constant")
    put("filters.median_blur", image, kernel_size=(1, 3), border_type="replicate")
    put("filters.median_blur", image, kernel_size=2)
    holed = image.clone()
    holed[0, 0, 2, 3], holed[0, 1, 0, 0] = float("nan"), float("inf")
    put("filters.median_blur", holed, kernel_size=3, nan=True, call=lambda x, kernel_size: filters.median_blur(x, kernel_size))
    put("filters.median_blur", holed, kernel_size=(3, 1), nan=True, call=lambda x, kernel_size: filters.median_blur(x, kernel_size))

    for name in ("bilateral_blur", "joint_bilateral_blur"):
        images = (image,) if name == "bilateral_blur" else (image, image.flip(-1))
        both = (wide,) if name == "bilateral_blur" else (wide, wide[:, :1].square())
        options = {"kernel_size": (3, 5), "sigma_color": 0.1, "sigma_space": (1.5, 1.0)}
        put("filters." + name, *images, member=True, **options)
        put("filters." + name, *both, border_type="replicate", color_distance_type="l2", **options)
        put("filters." + name, *images, kernel_size=2, sigma_color=0.1, sigma_space=(1.0, 1.0))
        put("filters." + name, *images, kernel_size=3, sigma_color=0.0, sigma_space=(1.0, 1.0))
        put("filters." + name, *images, kernel_size=3, sigma_color=0.1, sigma_space=(1.0, 1.0), color_distance_type="l3")
    put("filters.guided_blur", image[:, :1], image, kernel_size=3, eps=0.01, member=True)
    put("filters.guided_blur", wide[:, 1:2], wide[:, 1:2], kernel_size=(3, 5), eps=0.1, border_type="replicate")
    put("filters.unsharp_mask", image, kernel_size=3, sigma=(1.5, 1.5), member=True)
    put("filters.unsharp_mask", wide, kernel_size=(3, 5), sigma=(1.5, 0.5), border_type="circular")

    for name in ("blur_pool2d", "max_blur_pool2d"):
        put("filters." + name, image, kernel_size=3, member=True)
        put("filters." + name, wide, kernel_size=4, stride=3)
        put("filters." + name, wide, kernel_size=(4, 3))
        put("filters." + name, image, kernel_size=5, stride=1)
    put("filters.max_blur_pool2d", image, kernel_size=3, max_pool_size=3)

    put("filters.edge_aware_blur_pool2d", image, kernel_size=3, member=True)
    put("filters.edge_aware_blur_pool2d", wide, kernel_size=5, edge_threshold=1.1, edge_dilation_kernel_size=1, epsilon=0.1)
    put("filters.edge_aware_blur_pool2d", batch, kernel_size=2, edge_threshold=2.0, edge_dilation_kernel_size=5)
    put("filters.edge_aware_blur_pool2d", image, kernel_size=3, edge_threshold=1.0)
    put("filters.edge_aware_blur_pool2d", image, kernel_size=3, edge_dilation_kernel_size=2)
    put("filters.motion_blur", image, kernel_size=5, angle=35.0, direction=0.5, member=True)
    put("filters.motion_blur", wide, kernel_size=3, angle=-60.0, direction=-1.0, border_type="circular", mode="bilinear")
    put("filters.motion_blur", image, kernel_size=4, angle=0.0, direction=0.0)
    put("filters.motion_blur3d", space, kernel_size=3, angle=(10.0, 20.0, 30.0), direction=-0.5, member=True)
    put("filters.motion_blur3d", space.to(F64), kernel_size=3, angle=(0.0, 45.0, 0.0), direction=0.25, border_type="constant", mode="bilinear")

    def lines(x, **kw):
        return filters.canny(x, hysteresis=False, **kw)

    put("filters.canny", image, member=True, waits=True, call=lines)
    put("filters.canny", batch[:, 1:].to(F64), low_threshold=0.3, high_threshold=0.6, kernel_size=3, sigma=(0.5, 0.75), eps=0.01, waits=True, call=lines)
    step = torch.zeros((1, 1, 5, 6)) + torch.tensor([0.0, 0, 0, 1, 1, 1])  # exactly equal on both sides of it
    put("filters.canny", step, kernel_size=1, waits=True, call=lines)
    put("filters.canny", step.flip(-1).mT.contiguous(), kernel_size=1, low_threshold=1.0, high_threshold=9.0, waits=True, call=lines)
    put("filters.canny", image, low_threshold=0.3, waits=True, call=lines)
    put("filters.otsu_threshold", image, member=True, waits=True)
    put("filters.otsu_threshold", wide[0], nbins=16, waits=True)
    put("filters.otsu_threshold", image[0, 0], nbins=4, return_mask=True, waits=True)
    put("filters.otsu_threshold", image[0, 1, 2], nbins=2, waits=True)
    put("filters.otsu_threshold", torch.full((2, 3, 3), 0.25), waits=True)
    put("filters.otsu_threshold", torch.tensor([[[0.25, 0.5, -1.0], [0.5, 0.25, -1.0]]]), nbins=3, waits=True)
    for dtype in (torch.uint8, torch.int32, torch.int64):
        put("filters.otsu_threshold", (image * 255).to(dtype), nbins=32, waits=True)
    put("filters.laplacian", image, kernel_size=3, member=True)
    put("filters.laplacian", wide, kernel_size=(3, 5), border_type="replicate", normalized=False)
    put("filters.laplacian", image, kernel_size=4)
    put("filters.Laplacian", image, kernel_size=5, member=True, call=lambda x, **kw: filters.Laplacian(**kw)(x))
    put("filters.spatial_gradient", image, member=True)
    for mode in ("sobel", "diff"):
        for order in (1, 2):
            for normalized in (True, False):
                put("filters.spatial_gradient", image[:, :1], mode=mode, order=order, normalized=normalized)
    put("filters.spatial_gradient", wide, mode="diff", order=2)
    put("filters.spatial_gradient", image, mode="prewitt")
    put("filters.spatial_gradient", image, order=3)
    put("filters.SpatialGradient", image, mode="diff", order=2, member=True, call=lambda x, **kw: filters.SpatialGradient(**kw)(x))
    put("filters.UnsharpMask", image, kernel_size=3, sigma=(1.0, 2.0), member=True, call=lambda x, **kw: filters.UnsharpMask(**kw)(x))
    put("filters.sobel", image, member=True)
    put("filters.sobel", wide, normalized=False, eps=0.25)
    put("filters.in_range", image, lower=(0.2, 0.3, 0.1), upper=(0.9, 0.8, 0.7), member=True)
    put("filters.in_range", wide, lower=(0.2, 0.3, 0.1), upper=(0.9, 0.8, 0.7), return_mask=True)
    put("filters.in_range", image, lower=(0.2, 0.3), upper=(0.9, 0.8, 0.7))
