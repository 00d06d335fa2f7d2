"""Calls of kornia.color for make_vision.py."""
import kornia
import torch
from kornia.color import CFA, ColorMap, apply_colormap

F64 = torch.float64


def calls(put, photo, plain):
    batch = torch.stack([photo, photo.flip(-1) * 0.5 + 0.25])
    alike = ("rgb_to_grayscale bgr_to_grayscale rgb_to_bgr bgr_to_rgb rgb_to_linear_rgb linear_rgb_to_rgb rgb_to_hsv rgb_to_hls rgb_to_xyz xyz_to_rgb rgb_to_lab "
             "rgb_to_luv rgb_to_y rgb_to_ycbcr rgb_to_yuv yuv_to_rgb rgb_to_yuv420 rgb_to_yuv422 sepia sepia_from_rgb rgb_to_rgb255").split()
    for name in alike:
        call = kornia.color.sepia_from_rgb if name.startswith("sepia") else None
        put("color." + name, photo, member=True, call=call)
        put("color." + name, plain.to(F64), call=call)
        put("color." + name, photo[:2], call=call)
        if name in ("rgb_to_hsv", "rgb_to_lab", "sepia", "bgr_to_grayscale", "rgb_to_yuv420"):
            put("color." + name, batch, call=call)
            put("color." + name, batch.unsqueeze(0), call=call)

    # Back from what the ways there gave.
    for there, back, options in (("rgb_to_hsv", "hsv_to_rgb", {}), ("rgb_to_hls", "hls_to_rgb", {}), ("rgb_to_lab", "lab_to_rgb", {}), ("rgb_to_luv", "luv_to_rgb", {}),
                                 ("rgb_to_ycbcr", "ycbcr_to_rgb", {}), ("rgb_to_rgb255", "rgb255_to_rgb", {}), ("rgb_to_rgb255", "rgb255_to_normals", {})):
        for i, image in enumerate((photo, plain.to(F64))):
            made = getattr(kornia.color, there)(image)
            put("color." + back, made, member=i == 0, **options)
    put("color.hsv_to_rgb", photo * 7 - 1)
    put("color.hls_to_rgb", photo * 7 - 1)
    put("color.lab_to_rgb", kornia.color.rgb_to_lab(photo) * 1.5, clip=False)
    put("color.lab_to_rgb", kornia.color.rgb_to_lab(photo) * 1.5)
    put("color.normals_to_rgb255", photo * 2.5 - 1.25, member=True)
    put("color.rgb255_to_normals", torch.zeros((3, 2, 2)) + 127.5)
    put("color.rgb_to_hsv", photo, eps=1e-3)
    put("color.rgb_to_hls", photo, eps=1e-3)
    put("color.rgb_to_luv", photo, eps=1e-3)
    put("color.luv_to_rgb", kornia.color.rgb_to_luv(photo), eps=1e-3)
    put("color.sepia", photo, rescale=False, call=kornia.color.sepia_from_rgb)
    put("color.sepia", photo, eps=0.5, call=kornia.color.sepia_from_rgb)

    weights = torch.tensor([0.2, 0.3, 0.5])
    put("color.rgb_to_grayscale", photo, weights, call=lambda x, w: kornia.color.rgb_to_grayscale(x, w))
    gray = kornia.color.rgb_to_grayscale(photo)
    put("color.grayscale_to_rgb", gray, member=True)
    put("color.grayscale_to_rgb", photo)
    for name in ("rgb_to_rgba", "bgr_to_rgba"):
        put("color." + name, photo, alpha_val=0.5, member=True)
        put("color." + name, photo, gray, call=lambda x, a, name=name: getattr(kornia.color, name)(x, a))
    rgba = torch.cat([photo, gray])
    put("color.rgba_to_rgb", rgba, member=True)
    put("color.rgba_to_bgr", rgba, member=True)
    put("color.rgba_to_rgb", rgba.to(F64), background_color=(0.1, 0.2, 0.3))
    put("color.rgba_to_rgb", rgba, photo.flip(-1), call=lambda x, b: kornia.color.rgba_to_rgb(x, b))
    put("color.rgba_to_rgb", photo)

    y, uv = kornia.color.rgb_to_yuv420(photo)
    put("color.yuv420_to_rgb", y, uv, member=True)
    y, uv = kornia.color.rgb_to_yuv422(photo)
    put("color.yuv422_to_rgb", y, uv, member=True)
    put("color.yuv420_to_rgb", y, uv)
    put("color.rgb_to_yuv420", photo[..., :5, :])
    put("color.rgb_to_yuv420", photo[..., :3, :3])
    put("color.rgb_to_yuv422", photo[..., :3])

    for cfa in CFA:
        put("color.rgb_to_raw", photo, cfa=cfa, member=cfa == CFA.BG)
        raw = kornia.color.rgb_to_raw(photo, cfa)
        put("color.raw_to_rgb", raw, cfa=cfa, member=cfa == CFA.BG)
        put("color.raw_to_rgb_2x2_downscaled", raw, cfa=cfa, member=cfa == CFA.BG)
    put("color.raw_to_rgb", gray.to(F64).unsqueeze(0), cfa=CFA.RG)
    put("color.raw_to_rgb", gray.unsqueeze(0).repeat(2, 1, 1, 1), cfa=CFA.GR)
    put("color.raw_to_rgb", photo, cfa=CFA.BG)

    def mapped(x, colormap, num_colors=64):
        return apply_colormap(x, ColorMap(colormap, num_colors=num_colors))

    def custom(x, base, num_colors):
        return apply_colormap(x, ColorMap([list(c) for c in base], num_colors=num_colors))

    for name in ("autumn", "winter", "summer", "spring", "cool"):
        put("color.apply_colormap", gray, colormap=name, member=name == "autumn", waits=True, call=mapped)
    put("color.apply_colormap", batch[:, :1], colormap="cool", num_colors=7, waits=True, call=mapped)
    put("color.apply_colormap", batch[:, :2], colormap="cool", waits=True, call=mapped)
    put("color.apply_colormap", gray * 255, colormap="summer", waits=True, call=mapped)
    put("color.apply_colormap", (gray * 255).to(torch.uint8), colormap="spring", waits=True, call=mapped)
    put("color.apply_colormap", (gray * 255).to(torch.int64), colormap="spring", waits=True, call=mapped)
    put("color.apply_colormap", gray, base=((0, 0.5, 1), (1, 0.5, 0), (0.25, 1, 0.25)), num_colors=9, waits=True, call=custom)
    put("color.apply_colormap", gray[0], colormap="cool", waits=True, call=mapped)
