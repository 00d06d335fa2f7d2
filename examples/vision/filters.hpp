// Filters of images, in the words of kornia.filters and with its semantics: our own code over the torch frontend.
//
// Images are N x C x H x W, or C x H x W. Kernels of plain numbers are held by the filter; each becomes a sum of the image's parts, moved
// and weighted, so that nothing asks for its shape. What is beyond the border: "constant" (0), "reflect", "replicate" or "circular".
#pragma once
#include "kernels.hpp"

namespace vision::filters {

// ---- with any kernel: N x h x w or 1 x h x w. The kernel's shape must be known: a kernel that is an argument makes the function wait.
Tensor filter2d(const Tensor& input, const Tensor& kernel, const std::string& border_type = "reflect", bool normalized = false,
                const std::string& padding = "same", const std::string& behaviour = "corr");
Tensor filter2d_separable(const Tensor& input, const Tensor& kernel_x, const Tensor& kernel_y, const std::string& border_type = "reflect",
                          bool normalized = false, const std::string& padding = "same");
Tensor correlate2d(const Tensor& input, const Tensor& kernel, const std::string& border_type = "reflect", bool normalized = false,
                   const std::string& padding = "same");
Tensor convolve2d(const Tensor& input, const Tensor& kernel, const std::string& border_type = "reflect", bool normalized = false,
                  const std::string& padding = "same");  ///< the kernel turned by half a turn

/// kornia's is a product of spectra, and its numbers are those of filter2d; here it is filter2d.
Tensor fft_conv(const Tensor& input, const Tensor& kernel, const std::string& border_type = "reflect", bool normalized = false,
                const std::string& padding = "same", const std::string& behaviour = "corr");

/// The same in space: N x C x D x H x W, and kernels N x d x h x w or 1 x d x h x w.
Tensor filter3d(const Tensor& input, const Tensor& kernel, const std::string& border_type = "replicate", bool normalized = false,
                const std::string& behaviour = "corr");
Tensor correlate3d(const Tensor& input, const Tensor& kernel, const std::string& border_type = "replicate", bool normalized = false);
Tensor convolve3d(const Tensor& input, const Tensor& kernel, const std::string& border_type = "replicate", bool normalized = false);

// ---- blurs
Tensor box_blur(const Tensor& input, size2 kernel_size, const std::string& border_type = "reflect", bool separable = true);
/// Sigma of rows and of columns; as a tensor N x 2 or 1 x 2.
Tensor gaussian_blur2d(const Tensor& input, size2 kernel_size, const std::array<double, 2>& sigma,
                       const std::string& border_type = "reflect", bool separable = true);
Tensor gaussian_blur2d(const Tensor& input, size2 kernel_size, const Tensor& sigma, const std::string& border_type = "reflect");
Tensor median_blur(const Tensor& input, size2 kernel_size,
                   const std::string& border_type = "reflect");  ///< NaN where a window is not finite
/// Means over neighbours near in place and in colour. `color_distance_type`: "l1" or "l2", over channels.
Tensor bilateral_blur(const Tensor& input, size2 kernel_size, double sigma_color, const std::array<double, 2>& sigma_space,
                      const std::string& border_type = "reflect", const std::string& color_distance_type = "l1");
/// The colours of another image say what is near.
Tensor joint_bilateral_blur(const Tensor& input, const Tensor& guidance, size2 kernel_size, double sigma_color,
                            const std::array<double, 2>& sigma_space, const std::string& border_type = "reflect",
                            const std::string& color_distance_type = "l1");
/// He's filter, guided by an image of one channel.
Tensor guided_blur(const Tensor& guidance, const Tensor& input, size2 kernel_size, double eps, const std::string& border_type = "reflect");
Tensor unsharp_mask(const Tensor& input, size2 kernel_size, const std::array<double, 2>& sigma, const std::string& border_type = "reflect");
/// Zhang's anti-aliased pooling: a binomial kernel, then every `stride`-th pixel.
Tensor blur_pool2d(const Tensor& input, size2 kernel_size, std::int64_t stride = 2);
Tensor max_blur_pool2d(const Tensor& input, size2 kernel_size, std::int64_t stride = 2, std::int64_t max_pool_size = 2);
/// A blur that leaves edges: pixels near which the light changes more than by a factor.
Tensor edge_aware_blur_pool2d(const Tensor& input, size2 kernel_size, double edge_threshold = 1.25,
                              std::int64_t edge_dilation_kernel_size = 3, double epsilon = 1e-6);
/// Means along a line through each pixel, by numbers of get_motion_kernel2d and 3d.
Tensor motion_blur(const Tensor& input, std::int64_t kernel_size, double angle, double direction,
                   const std::string& border_type = "reflect", const std::string& mode = "nearest");
Tensor motion_blur3d(const Tensor& input, std::int64_t kernel_size, const std::array<double, 3>& angle, double direction,
                     const std::string& border_type = "replicate", const std::string& mode = "nearest");

// ---- edges
Tensor laplacian(const Tensor& input, size2 kernel_size, const std::string& border_type = "reflect", bool normalized = true);
/// N x C x H x W to N x C x 2 x H x W (x, y), or 3 for order 2 (xx, xy, yy).
Tensor spatial_gradient(const Tensor& input, const std::string& mode = "sobel", std::int64_t order = 1, bool normalized = true);
/// N x C x D x H x W to N x C x 3 x D x H x W (x, y, z), or 6 for order 2 (xx, yy, zz, xy, yz, xz).
Tensor spatial_gradient3d(const Tensor& input, const std::string& mode = "diff", std::int64_t order = 1);
Tensor sobel(const Tensor& input, bool normalized = true, double eps = 1e-6);

/// (the magnitude of the gradient on edges one pixel wide, 0.5 on weak and 1 on strong ones), of N x C x H x W with one or three channels.
/// With hysteresis, which is kornia's default, edges grow until nothing changes: it is refused. It reads the shape.
std::pair<Tensor, Tensor> canny(const Tensor& input, double low_threshold = 0.1, double high_threshold = 0.2, size2 kernel_size = 5,
                                const std::array<double, 2>& sigma = {1, 1}, bool hysteresis = false, double eps = 1e-6);
/// (the pixels of each plane above Otsu's threshold, others 0; or whether they are), and the thresholds. It reads rank and dtype.
std::pair<Tensor, Tensor> otsu_threshold(const Tensor& x, std::int64_t nbins = 256, bool return_mask = false);

/// Pixels whose channels all lie between bounds, others 0; or 1 and 0.
Tensor in_range(const Tensor& input, const std::vector<double>& lower, const std::vector<double>& upper, bool return_mask = false);

// ---- the same as objects that hold their kernels
class GaussianBlur2d {
 public:
  GaussianBlur2d(size2 kernel_size, const std::array<double, 2>& sigma, std::string border_type = "reflect", bool separable = true);
  Tensor operator()(const Tensor& input) const;

 private:
  kernel2d rows_, columns_;  ///< of two passes, or the first alone
  std::string border_;
};
class Laplacian {
 public:
  explicit Laplacian(size2 kernel_size, std::string border_type = "reflect", bool normalized = true);
  Tensor operator()(const Tensor& input) const;

 private:
  kernel2d kernel_;
  std::string border_;
};
class UnsharpMask {
 public:
  UnsharpMask(size2 kernel_size, const std::array<double, 2>& sigma, std::string border_type = "reflect")
      : blur_(kernel_size, sigma, std::move(border_type)) {}
  Tensor operator()(const Tensor& input) const;

 private:
  GaussianBlur2d blur_;
};
class SpatialGradient {
 public:
  explicit SpatialGradient(const std::string& mode = "sobel", std::int64_t order = 1, bool normalized = true)
      : kernels_(spatial_gradient_taps(mode, order, normalized)) {}
  Tensor operator()(const Tensor& input) const;

 private:
  std::vector<kernel2d> kernels_;
};

}  // namespace vision::filters
