// The functions and classes of enhance.hpp as members of a module: a row each.
#pragma once
#include "enhance.hpp"
#include "members.hpp"

// clang-format off
#define VISION_ENHANCE(X)                                                                                                          \
  X(of_image, adjust_brightness, (0.6), "Brighter by 0.6.", "image")                                                               \
  X(of_image, adjust_brightness_accumulative, (0.6), "Of 0.6 times the brightness.", "image")                                      \
  X(of_image, adjust_contrast, (0.6), "Of 0.6 times the contrast.", "image")                                                       \
  X(of_image, adjust_contrast_with_mean_subtraction, (0.5), "Of half the contrast, around the mean of the luma.", "image")         \
  X(of_image, adjust_gamma, (2.2), "To the power of 2.2.", "input")                                                                \
  X(of_image, adjust_log, (), "The binary logarithm of 1 + x.", "image")                                                           \
  X(of_image, adjust_sigmoid, (), "A logistic curve around 0.5.", "image")                                                         \
  X(of_image, invert, (), "The negative.", "image")                                                                                \
  X(of_image, solarize, (), "What is 0.5 or more is inverted.", "input")                                                           \
  X(of_image, posterize, (3), "Three bits of eight.", "input")                                                                     \
  X(of_image, equalize, (), "With as many pixels of each level.", "input")                                                         \
  X(of_image, equalize3d, (), "With as many voxels of each level.", "input")                                                       \
  X(of_image, equalize_clahe, (2.0, {2, 2}), "With as many pixels of each level in each of 2 x 2 tiles.", "input")                 \
  X(of_images, jpeg_codec_differentiable, (), "What JPEG leaves of it.", "input", "jpeg_quality")                                  \
  X(of_image, sharpness, (0.5), "Half way to a smooth image.", "input")                                                            \
  X(of_image, adjust_hue, (0.5), "The hue turned by half a radian.", "image")                                                      \
  X(of_image, adjust_hue_raw, (3.0), "The hue of HSV turned by three radians.", "image")                                           \
  X(of_image, adjust_saturation, (0.5), "Of half the saturation.", "image")                                                        \
  X(of_image, adjust_saturation_raw, (1.75), "HSV of 1.75 times the saturation.", "image")                                         \
  X(of_image, adjust_saturation_with_gray_subtraction, (0.5), "Half way to gray.", "image")                                        \
  X(of_four, shift_rgb, (), "A number added to each channel.", "image", "r_shift", "g_shift", "b_shift")                           \
  X(of_image, normalize, ({0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}), "Less the mean of ImageNet, by its deviation.", "data")   \
  X(of_image, denormalize, ({0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}), "What normalize was given.", "data")                    \
  X(of_image, normalize_min_max, (), "Each channel from 0 to 1.", "input")                                                         \
  X(of_image, threshold, (0.5, 1.0), "1 above 0.5, else 0.", "input")                                                              \
  X(of_three, linear_transform, (), "Less the mean, times the matrix.", "inp", "transform_matrix", "mean_vector")                  \
  X(of_image, zca_whiten, (0, true, 0.5), "Samples of which no numbers are correlated.", "inp")                                   \
  X(of_image, integral_tensor, (), "Sums up to each element of a row.", "input")                                                   \
  X(of_image, integral_image, (), "Sums over all pixels above and to the left.", "image")                                          \
  X(of_images, histogram, (0.1), "Shares of Gaussian bins.", "x", "bins")                                                          \
  X(of_three, histogram2d, (0.1), "Shares of pairs of Gaussian bins.", "x1", "x2", "bins")                                         \
  X(pair_of_image, image_histogram2d, (0.0, 255.0, 8), "Counts of eight levels in each channel, and shares.", "image")
// Objects that hold their numbers.
#define VISION_ENHANCE_OBJECTS(X)                                                                                                  \
  X(of_image, Normalize, ({0.5, 0.25, 0.125}, {0.5, 2.0, 4.0}), "Less a mean of each channel, by its deviation.", "data")          \
  X(of_image, Denormalize, ({0.5, 0.25, 0.125}, {0.5, 2.0, 4.0}), "What Normalize was given.", "data")
// clang-format on

namespace vision {

template <class Bind>
struct enhance_members {
#define X(...) VISION_MEMBER(enhance, __VA_ARGS__)
  VISION_ENHANCE(X)
#undef X
  /// Its images stand on both sides of a number.
  member<Bind, of_images> add_weighted{
      "enhance.add_weighted",
      [](const torch::Tensor& a, const torch::Tensor& b) { return enhance::add_weighted(a, 0.75, b, 0.5, -0.1); },
      {{"src1", "src2"}, "Three quarters of one image, half of another, less 0.1."}};
#define X(...) VISION_OBJECT(enhance, __VA_ARGS__)
  VISION_ENHANCE_OBJECTS(X)
#undef X
};

}  // namespace vision
