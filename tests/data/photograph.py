"""The photograph that the cases of make_vision.py are computed on: ouster.png of Debian's package tk8.6-doc, 142 x 181 pixels of 8-bit RGB."""
import struct
import zlib

import numpy as np

PATH = "/usr/share/doc/tk8.6-doc/demos/images/ouster.png"


def read_png(path=PATH):
    """Height x width x 3, uint8; of the kinds of PNG this one alone: 8 bits, RGB, not interlaced."""
    data = open(path, "rb").read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            assert (depth, color, interlaced) == (8, 2, 0), path
        elif kind == b"IDAT":
            packed += body
        at += size + 12
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + 3 * width)
    out = np.zeros((height, 3 * width), np.int64)
    above = np.zeros(3 * width, np.int64)
    for y in range(height):
        line, kind = rows[y, 1:].astype(np.int64), rows[y, 0]
        for i in range(3 * width):
            left, upper, corner = (out[y, i - 3] if i > 2 else 0), above[i], (above[i - 3] if i > 2 else 0)
            if kind == 4:  # Paeth: whichever is nearest to left + upper - corner
                p = left + upper - corner
                guess = min((abs(p - left), 0, left), (abs(p - upper), 1, upper), (abs(p - corner), 2, corner))[2]
            else:
                guess = (0, left, upper, (left + upper) // 2)[kind]
            out[y, i] = (line[i] + guess) % 256
        above = out[y]
    return out.astype(np.uint8).reshape(height, width, 3)


def crop(top, left, height, width):
    """A part of it as 3 x height x width, uint8."""
    return np.ascontiguousarray(read_png()[top : top + height, left : left + width].transpose(2, 0, 1))


def shown():
    """What examples/vision/photograph.cpp prints, with kornia's numbers."""
    import kornia.color as color
    import kornia.enhance as enhance
    import kornia.filters as filters
    import torch

    photo = torch.tensor(read_png()[:180, :142].transpose(2, 0, 1)[None].astype(np.float64) / 255)
    effects = {
        "grayscale": color.rgb_to_grayscale,
        "sepia": color.sepia_from_rgb,
        "hue": lambda x: enhance.adjust_hue(x, 0.5),
        "saturation": lambda x: enhance.adjust_saturation(x, 0.5),
        "gamma": lambda x: enhance.adjust_gamma(x, 2.2),
        "solarize": enhance.solarize,
        "sharpness": lambda x: enhance.sharpness(x, 0.5),
        "equalize": enhance.equalize,
        "box_blur": lambda x: filters.box_blur(x, 3),
        "GaussianBlur2d": filters.GaussianBlur2d((5, 5), (1.5, 1.5)),
        "median_blur": lambda x: filters.median_blur(x, 3),
        "bilateral_blur": lambda x: filters.bilateral_blur(x, (3, 5), 0.1, (1.5, 1.0)),
        "unsharp_mask": lambda x: filters.unsharp_mask(x, 3, (1.5, 1.5)),
        "sobel": filters.sobel,
        "raw_to_rgb": lambda x: color.raw_to_rgb(color.rgb_to_raw(x, color.CFA.BG), color.CFA.BG),
        "colormap": lambda x: color.apply_colormap(color.rgb_to_grayscale(x), color.ColorMap("autumn")),
    }
    lines = []
    for name, effect in effects.items():
        after = effect(photo)
        middle = "".join(" %8.5f" % v for v in after[0, :, 90, 70].tolist())
        lines.append("%-16s mean %8.5f  middle%-27s  first call <anything> us" % (name, after.mean().item(), middle))
    return lines + ["bgr_to_grayscale of 2x3x4x5, transpiled at its first call: <anything> us", "126 members recorded: <anything> ms"]
