// The functions of color.hpp as members of a module: a row each, with the docstring that they have as Python.
#pragma once
#include "color.hpp"
#include "members.hpp"

// clang-format off
#define VISION_COLOR(X)                                                                                                     \
  X(of_image, rgb_to_grayscale, (), "The luma of an RGB image.", "image")                                                   \
  X(of_image, bgr_to_grayscale, (), "The luma of a BGR image.", "image")                                                    \
  X(of_image, grayscale_to_rgb, (), "A gray image as an RGB image of three equal channels.", "image")                       \
  X(of_image, rgb_to_bgr, (), "The channels in the other order.", "image")                                                  \
  X(of_image, bgr_to_rgb, (), "The channels in the other order.", "image")                                                  \
  X(of_image, rgb_to_rgba, (0.5), "An RGB image as RGBA, half transparent.", "image")                                       \
  X(of_image, bgr_to_rgba, (0.5), "A BGR image as RGBA, half transparent.", "image")                                        \
  X(of_image, rgba_to_rgb, (), "An RGBA image over white.", "image")                                                        \
  X(of_image, rgba_to_bgr, (), "An RGBA image over white, as BGR.", "image")                                                \
  X(of_image, rgb_to_linear_rgb, (), "sRGB to intensities of light.", "image")                                              \
  X(of_image, linear_rgb_to_rgb, (), "Intensities of light to sRGB.", "image")                                              \
  X(of_image, rgb_to_rgb255, (), "From 0 to 1, to 0 to 255.", "image")                                                      \
  X(of_image, rgb255_to_rgb, (), "From 0 to 255, to 0 to 1.", "image")                                                      \
  X(of_image, normals_to_rgb255, (), "Unit vectors as colours from 0 to 255.", "image")                                     \
  X(of_image, rgb255_to_normals, (), "Colours from 0 to 255 as unit vectors.", "image")                                     \
  X(of_image, rgb_to_hsv, (), "Hue in radians, saturation and value.", "image")                                             \
  X(of_image, hsv_to_rgb, (), "RGB of hue in radians, saturation and value.", "image")                                      \
  X(of_image, rgb_to_hls, (), "Hue in radians, lightness and saturation.", "image")                                         \
  X(of_image, hls_to_rgb, (), "RGB of hue in radians, lightness and saturation.", "image")                                  \
  X(of_image, rgb_to_xyz, (), "CIE XYZ of linear RGB.", "image")                                                            \
  X(of_image, xyz_to_rgb, (), "Linear RGB of CIE XYZ.", "image")                                                            \
  X(of_image, rgb_to_lab, (), "CIE L*a*b* of sRGB.", "image")                                                               \
  X(of_image, lab_to_rgb, (), "sRGB of CIE L*a*b*, between 0 and 1.", "image")                                              \
  X(of_image, rgb_to_luv, (), "CIE L*u*v* of sRGB.", "image")                                                               \
  X(of_image, luv_to_rgb, (), "sRGB of CIE L*u*v*.", "image")                                                               \
  X(of_image, rgb_to_y, (), "The luma of an RGB image.", "image")                                                           \
  X(of_image, rgb_to_ycbcr, (), "Luma, and chroma around 0.5.", "image")                                                    \
  X(of_image, ycbcr_to_rgb, (), "RGB of luma, and chroma around 0.5.", "image")                                             \
  X(of_image, rgb_to_yuv, (), "Luma, and chroma around 0.", "image")                                                        \
  X(of_image, yuv_to_rgb, (), "RGB of luma, and chroma around 0.", "image")                                                 \
  X(pair_of_image, rgb_to_yuv420, (), "Luma, and chroma of half the height and width.", "image")                            \
  X(of_images, yuv420_to_rgb, (), "RGB of luma, and chroma of half the height and width.", "imagey", "imageuv")             \
  X(pair_of_image, rgb_to_yuv422, (), "Luma, and chroma of half the width.", "image")                                       \
  X(of_images, yuv422_to_rgb, (), "RGB of luma, and chroma of half the width.", "imagey", "imageuv")                        \
  X(of_image, sepia, (), "The image in sepia, its brightest channel near 1.", "input")                                      \
  X(of_image, sepia_from_rgb, (), "The image in sepia, its brightest channel near 1.", "input")                             \
  X(of_image, rgb_to_raw, (color::CFA::BG), "What a sensor sees through filters BG.", "image")                              \
  X(of_image, raw_to_rgb, (color::CFA::BG), "RGB of what a sensor saw through filters BG.", "image")                        \
  X(of_image, raw_to_rgb_2x2_downscaled, (color::CFA::BG), "RGB of four pixels behind filters BG as one.", "image")         \
  X(of_image, apply_colormap, (color::ColorMap(color::ColorMapType::autumn)), "A gray image from red to yellow.", "input_tensor")
// clang-format on

namespace vision {

template <class Bind>
struct color_members {
#define X(...) VISION_MEMBER(color, __VA_ARGS__)
  VISION_COLOR(X)
#undef X
};

}  // namespace vision
