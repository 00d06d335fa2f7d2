// The functions and classes of filters.hpp and kernels.hpp as members of a module: a row each.
#pragma once
#include "filters.hpp"
#include "members.hpp"

// clang-format off
#define VISION_KERNELS(X)                                                                                                          \
  X(of_nothing, gaussian, (5, 1.5), "A Gaussian of five numbers, whose sum is 1.")                                                 \
  X(of_nothing, laplacian_1d, (5), "Ones, and in the middle what makes their sum 0.")                                              \
  X(of_nothing, get_box_kernel1d, (5), "Five equal numbers, whose sum is 1.")                                                      \
  X(of_nothing, get_box_kernel2d, (filters::size2(3, 5)), "Equal numbers, whose sum is 1.")                                        \
  X(of_nothing, get_binary_kernel2d, (filters::size2(2, 3)), "A kernel for each place, 1 there.")                                  \
  X(of_nothing, get_sobel_kernel2d, (), "Sobel's kernels along x and y.")                                                          \
  X(of_nothing, get_diff_kernel2d, (), "Central differences along x and y.")                                                       \
  X(of_nothing, get_spatial_gradient_kernel2d, ("sobel", 2), "Kernels of the second derivatives xx, xy and yy.")                   \
  X(of_nothing, get_spatial_gradient_kernel3d, ("diff", 1), "Central differences along x, y and z.")                               \
  X(of_nothing, get_gaussian_kernel1d, (5, 1.5), "A Gaussian of five numbers, whose sum is 1.")                                    \
  X(of_nothing, get_gaussian_erf_kernel1d, (5, 1.5), "A Gaussian, integrated over each of five pixels.")                           \
  X(of_nothing, get_gaussian_discrete_kernel1d, (7, 1.2), "The discrete Gaussian, of Bessel functions.")                           \
  X(of_nothing, get_gaussian_kernel2d, (filters::size2(3, 5), {1.0, 2.0}), "A Gaussian, whose sum is 1.")                          \
  X(of_nothing, get_gaussian_kernel3d, ({3, 1, 3}, {1.0, 2.0, 0.5}), "A Gaussian in three dimensions, whose sum is 1.")            \
  X(of_nothing, get_motion_kernel2d, (5, 35.0, 0.5), "A line turned by 35 degrees.")                                               \
  X(of_nothing, get_motion_kernel3d, (3, {10.0, 20.0, 30.0}, -0.5), "A line turned in space.")                                     \
  X(of_nothing, get_hanning_kernel1d, (5), "Hann's window.")                                                                       \
  X(of_nothing, get_hanning_kernel2d, (filters::size2(4, 5)), "The product of two of Hann's windows.")                             \
  X(of_nothing, get_laplacian_kernel1d, (3), "Ones, and in the middle what makes their sum 0.")                                    \
  X(of_nothing, get_laplacian_kernel2d, (filters::size2(3, 5)), "Ones, and in the middle what makes their sum 0.")
#define VISION_FILTERS(X)                                                                                                          \
  X(of_images, filter2d, (), "The correlation with a kernel.", "input", "kernel")                                                  \
  X(of_images, correlate2d, (), "The correlation with a kernel.", "input", "kernel")                                               \
  X(of_images, convolve2d, (), "The convolution with a kernel.", "input", "kernel")                                                \
  X(of_images, fft_conv, (), "The correlation with a kernel.", "input", "kernel")                                                  \
  X(of_images, filter3d, (), "The correlation with a kernel in space.", "input", "kernel")                                         \
  X(of_images, correlate3d, (), "The correlation with a kernel in space.", "input", "kernel")                                      \
  X(of_images, convolve3d, (), "The convolution with a kernel in space.", "input", "kernel")                                       \
  X(of_three, filter2d_separable, (), "The correlation with a row, then with a column.", "input", "kernel_x", "kernel_y")          \
  X(of_image, box_blur, (3), "Means over 3 x 3 pixels.", "input")                                                                  \
  X(of_image, gaussian_blur2d, (filters::size2(3, 5), {1.5, 0.75}), "A Gaussian blur over 3 x 5 pixels.", "input")                 \
  X(of_image, median_blur, (3), "Medians over 3 x 3 pixels.", "input")                                                             \
  X(of_image, bilateral_blur, (filters::size2(3, 5), 0.1, {1.5, 1.0}), "Means over pixels near in place and colour.", "input")     \
  X(of_images, joint_bilateral_blur, (filters::size2(3, 5), 0.1, {1.5, 1.0}),                                                      \
    "Means over pixels near in place and in the colour of another image.", "input", "guidance")                                    \
  X(of_images, guided_blur, (3, 0.01), "He's filter over 3 x 3 pixels.", "guidance", "input")                                      \
  X(of_image, unsharp_mask, (3, {1.5, 1.5}), "The image, and once more what a blur takes from it.", "input")                       \
  X(of_image, blur_pool2d, (3), "Every second pixel of a blurred image.", "input")                                                 \
  X(of_image, max_blur_pool2d, (3), "Every second pixel of blurred maxima.", "input")                                              \
  X(of_image, edge_aware_blur_pool2d, (3), "A blur that leaves edges.", "input")                                                   \
  X(of_image, motion_blur, (5, 35.0, 0.5), "Means along a line.", "input")                                                         \
  X(of_image, motion_blur3d, (3, {10.0, 20.0, 30.0}, -0.5), "Means along a line in space.", "input")                               \
  X(pair_of_image, canny, (), "Edges one pixel wide: their magnitude, and whether they are weak (0.5) or strong (1).", "input")    \
  X(pair_of_image, otsu_threshold, (), "Pixels above the threshold that tells light from dark, and the threshold.", "x")           \
  X(of_image, laplacian, (3), "The Laplacian over 3 x 3 pixels.", "input")                                                         \
  X(of_image, spatial_gradient, (), "Sobel's derivatives along x and y.", "input")                                                 \
  X(of_image, spatial_gradient3d, (), "Central differences along x, y and z.", "input")                                            \
  X(of_image, sobel, (), "The length of Sobel's gradient.", "input")                                                               \
  X(of_image, in_range, ({0.2, 0.3, 0.1}, {0.9, 0.8, 0.7}), "Pixels whose channels lie between bounds, others 0.", "input")
// Objects that hold their kernels.
#define VISION_FILTER_OBJECTS(X)                                                                                                   \
  X(of_image, GaussianBlur2d, (5, {1.5, 1.5}), "A Gaussian blur over 5 x 5 pixels.", "input")                                      \
  X(of_image, Laplacian, (5), "The Laplacian over 5 x 5 pixels.", "input")                                                         \
  X(of_image, SpatialGradient, ("diff", 2), "The second derivatives xx, xy and yy.", "input")                                      \
  X(of_image, UnsharpMask, (3, {1.0, 2.0}), "The image, and once more what a blur takes from it.", "input")
// clang-format on

namespace vision {

template <class Bind>
struct filters_members {
#define X(...) VISION_CONSTANT(filters, __VA_ARGS__)
  VISION_KERNELS(X)
#undef X
#define X(...) VISION_MEMBER(filters, __VA_ARGS__)
  VISION_FILTERS(X)
#undef X
#define X(...) VISION_OBJECT(filters, __VA_ARGS__)
  VISION_FILTER_OBJECTS(X)
#undef X
};

}  // namespace vision
