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

// ---- edges
Tensor laplacian(const Tensor& input, size2 kernel_size, const std::string& border_type = "reflect", bool normalized = true);
/// N x C x H x W to N x C x 2 x H x W (x, y), or 3 for order 2 (xx, xy, yy).
Tensor spatial_gradient(const Tensor& input, const std::string& mode = "sobel", std::int64_t order = 1, bool normalized = true);
/// N x C x D x H x W to N x C x 3 x D x H x W (x, y, z), or 6 for order 2 (xx, yy, zz, xy, yz, xz).
Tensor spatial_gradient3d(const Tensor& input, const std::string& mode = "diff", std::int64_t order = 1);
Tensor sobel(const Tensor& input, bool normalized = true, double eps = 1e-6);

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
