// The kernels of filters, in the words of kornia.filters: as numbers that filters hold, and as float32 tensors.
#pragma once
#include <tendril/frontends/torch.hpp>

#include <array>
#include <string>
#include <vector>

namespace vision {

namespace td = tendril;
namespace torch = tendril::frontends::torch;
using torch::Tensor;

namespace filters {

/// Height and width, or one number for both.
struct size2 {
  std::int64_t y, x;
  template <std::integral I>
  size2(I n) : y(n), x(n) {}
  size2(std::int64_t rows, std::int64_t columns) : y(rows), x(columns) {}
};

/// The numbers of a kernel, row by row.
struct kernel2d {
  std::int64_t rows = 0, columns = 0;
  std::vector<double> taps{};
  double at(std::int64_t i, std::int64_t j) const { return taps[static_cast<std::size_t>(i * columns + j)]; }
  kernel2d normalized() const;  ///< over the sum of magnitudes
};
kernel2d box_taps(size2 kernel_size);
kernel2d laplacian_taps(size2 kernel_size);
kernel2d pascal_taps(size2 kernel_size);                                        ///< binomial coefficients over their sum
std::vector<double> gaussian_taps(std::int64_t window_size, double sigma);      ///< their sum is 1
kernel2d gaussian_taps(size2 kernel_size, const std::array<double, 2>& sigma);  ///< sigma of rows, of columns
/// The numbers of a kernel in space, layer by layer.
struct kernel3d {
  std::array<std::int64_t, 3> size{};  ///< depth, rows, columns
  std::vector<double> taps{};
};
std::vector<kernel3d> spatial_gradient_taps3d(const std::string& mode, std::int64_t order);
std::vector<kernel2d> spatial_gradient_taps(const std::string& mode, std::int64_t order, bool normalized);

/// A line of `size` numbers, which rise or fall as `direction` between -1 and 1 says, turned counter-clockwise by an angle in degrees.
/// mode: "nearest" or "bilinear".
kernel2d motion_taps(std::int64_t size, double angle, double direction, const std::string& mode);
/// The same in space: turned about the axis (x, y, z) by its length in degrees.
kernel3d motion_taps3d(std::int64_t size, const std::array<double, 3>& angle, double direction, const std::string& mode);

// ---- the same as tensors
Tensor gaussian(std::int64_t window_size, double sigma);
Tensor gaussian(std::int64_t window_size, const Tensor& sigma);  ///< N x 1 to N x window_size
Tensor laplacian_1d(std::int64_t window_size);
Tensor get_box_kernel1d(std::int64_t kernel_size);
Tensor get_box_kernel2d(size2 kernel_size);
Tensor get_binary_kernel2d(size2 window_size);  ///< a kernel for each place, 1 there
Tensor get_sobel_kernel2d();
Tensor get_diff_kernel2d();
/// "sobel" or "diff", of order 1 (x, y) or 2 (xx, xy, yy).
Tensor get_spatial_gradient_kernel2d(const std::string& mode, std::int64_t order);
/// "diff", of order 1 (x, y, z) or 2 (xx, yy, zz, xy, yz, xz).
Tensor get_spatial_gradient_kernel3d(const std::string& mode, std::int64_t order);
/// Sizes are odd, unless `force_even` lets even ones pass.
Tensor get_gaussian_kernel1d(std::int64_t kernel_size, double sigma, bool force_even = false);
Tensor get_gaussian_kernel1d(std::int64_t kernel_size, const Tensor& sigma, bool force_even = false);
Tensor get_gaussian_erf_kernel1d(std::int64_t kernel_size, double sigma, bool force_even = false);       ///< integrals over pixels
Tensor get_gaussian_discrete_kernel1d(std::int64_t kernel_size, double sigma, bool force_even = false);  ///< Lindeberg's: Bessel functions
Tensor get_gaussian_kernel2d(size2 kernel_size, const std::array<double, 2>& sigma, bool force_even = false);
Tensor get_gaussian_kernel3d(const std::array<std::int64_t, 3>& kernel_size, const std::array<double, 3>& sigma, bool force_even = false);
/// Of kornia's arguments numbers alone: 1 x size x size, or 1 x size x size x size.
Tensor get_motion_kernel2d(std::int64_t kernel_size, double angle, double direction = 0, const std::string& mode = "nearest");
Tensor get_motion_kernel3d(std::int64_t kernel_size, const std::array<double, 3>& angle, double direction = 0,
                           const std::string& mode = "nearest");
Tensor get_hanning_kernel1d(std::int64_t kernel_size);
Tensor get_hanning_kernel2d(size2 kernel_size);
Tensor get_laplacian_kernel1d(std::int64_t kernel_size);
Tensor get_laplacian_kernel2d(size2 kernel_size);

/// Throws error where a size is below 1, or even and that is not allowed.
void require_kernel_size(const char* function, std::int64_t size, bool even_too = false);

}  // namespace filters
}  // namespace vision
