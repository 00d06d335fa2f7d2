// Adjustments and statistics of images, in the words of kornia.enhance and with its semantics: our own code over the torch frontend.
//
// Images are (..., channels, height, width), real numbers between 0 and 1. A factor that is a tensor has a number for each image of a
// batch. What kornia checks of a tensor's numbers is not checked here; of plain numbers it is.
#pragma once
#include <tendril/frontends/torch.hpp>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace vision {

namespace td = tendril;
namespace torch = tendril::frontends::torch;
using torch::Tensor;

namespace enhance {

// ---- light
Tensor adjust_brightness(const Tensor& image, double factor, bool clip_output = true);  ///< added
Tensor adjust_brightness(const Tensor& image, const Tensor& factor, bool clip_output = true);
Tensor adjust_brightness_accumulative(const Tensor& image, double factor, bool clip_output = true);  ///< multiplied
Tensor adjust_contrast(const Tensor& image, double factor, bool clip_output = true);
Tensor adjust_contrast(const Tensor& image, const Tensor& factor, bool clip_output = true);
Tensor adjust_contrast_with_mean_subtraction(const Tensor& image, double factor);  ///< of RGB: around the mean of its luma
Tensor adjust_gamma(const Tensor& input, double gamma, double gain = 1.0);
Tensor adjust_gamma(const Tensor& input, const Tensor& gamma, double gain = 1.0);
Tensor adjust_log(const Tensor& image, double gain = 1, bool inv = false, bool clip_output = true);
Tensor adjust_sigmoid(const Tensor& image, double cutoff = 0.5, double gain = 10, bool inv = false);
Tensor invert(const Tensor& image, double max_val = 1.0);
Tensor solarize(const Tensor& input, double thresholds = 0.5, std::optional<double> additions = std::nullopt);
Tensor posterize(const Tensor& input, int bits);
Tensor equalize(const Tensor& input);    ///< it reads the shape
Tensor equalize3d(const Tensor& input);  ///< of N x C x D x H x W
Tensor sharpness(const Tensor& input, double factor);
/// As many pixels of each level in each tile of a grid, but no more than the limit times their mean; between tiles in between. It reads the
/// shape.
Tensor equalize_clahe(const Tensor& input, double clip_limit = 40, const std::array<std::int64_t, 2>& grid_size = {8, 8});
/// What JPEG leaves of RGB images, with steps that a gradient would pass. A quality between 0 and 100 for each image, or one. Tables of
/// 8 x 8 numbers for light and for colours; the standard's unless told. It reads the shape.
Tensor jpeg_codec_differentiable(const Tensor& input, const Tensor& jpeg_quality,
                                 const std::optional<Tensor>& quantization_table_y = std::nullopt,
                                 const std::optional<Tensor>& quantization_table_c = std::nullopt);

// ---- colour
Tensor adjust_hue(const Tensor& image, double factor);      ///< radians
Tensor adjust_hue_raw(const Tensor& image, double factor);  ///< of HSV
Tensor adjust_saturation(const Tensor& image, double factor);
Tensor adjust_saturation(const Tensor& image, const Tensor& factor);
Tensor adjust_saturation_raw(const Tensor& image, double factor);                    ///< of HSV
Tensor adjust_saturation_with_gray_subtraction(const Tensor& image, double factor);  ///< of RGB
Tensor shift_rgb(const Tensor& image, const Tensor& r_shift, const Tensor& g_shift, const Tensor& b_shift);

// ---- arithmetic
Tensor add_weighted(const Tensor& src1, double alpha, const Tensor& src2, double beta, double gamma);
/// A mean and a deviation for each channel.
Tensor normalize(const Tensor& data, const std::vector<double>& mean, const std::vector<double>& std);
Tensor normalize(const Tensor& data, const Tensor& mean, const Tensor& std);
Tensor denormalize(const Tensor& data, const std::vector<double>& mean, const std::vector<double>& std);
Tensor denormalize(const Tensor& data, const Tensor& mean, const Tensor& std);
Tensor normalize_min_max(const Tensor& input, double min_val = 0.0, double max_val = 1.0, double eps = 1e-6);  ///< each channel by itself
enum class ThresholdType { THRESH_BINARY, THRESH_BINARY_INV, THRESH_TRUNC, THRESH_TOZERO, THRESH_TOZERO_INV };
Tensor threshold(const Tensor& input, double thresh, double maxval = 255.0, ThresholdType type = ThresholdType::THRESH_BINARY);
/// Along a dim, each slice as a vector, less the mean, times the matrix. It reads the shape.
Tensor linear_transform(const Tensor& inp, const Tensor& transform_matrix, const Tensor& mean_vector, std::int64_t dim = 0);

/// (matrix, mean, inverse) such that linear_transform along the dim makes samples of which no numbers are correlated. kornia has no inverse
/// unless asked. They read the shape.
std::array<Tensor, 3> zca_mean(const Tensor& inp, std::int64_t dim = 0, bool unbiased = true, double eps = 1e-6);
Tensor zca_whiten(const Tensor& inp, std::int64_t dim = 0, bool unbiased = true, double eps = 1e-6);

// ---- sums and histograms
Tensor integral_tensor(const Tensor& input, const std::vector<std::int64_t>& dim = {-1});
Tensor integral_image(const Tensor& image);
/// Of N x values, in Gaussian bins: N x bins, whose sums are 1.
Tensor histogram(const Tensor& x, const Tensor& bins, double bandwidth, double epsilon = 1e-10);
Tensor histogram2d(const Tensor& x1, const Tensor& x2, const Tensor& bins, double bandwidth, double epsilon = 1e-10);
/// (counts, shares) of each channel; shares are 0 unless asked for. The kernel: triangular, gaussian, uniform or epanechnikov.
std::pair<Tensor, Tensor> image_histogram2d(const Tensor& image, double min = 0.0, double max = 255.0, std::int64_t n_bins = 256,
                                            std::optional<double> bandwidth = std::nullopt, bool return_pdf = false,
                                            const std::string& kernel = "triangular", double eps = 1e-10);

// ---- objects that hold their numbers
class Normalize {
 public:
  Normalize(std::vector<double> mean, std::vector<double> std) : mean_(std::move(mean)), std_(std::move(std)) {}
  Tensor operator()(const Tensor& data) const { return normalize(data, mean_, std_); }

 private:
  std::vector<double> mean_, std_;
};
class Denormalize {
 public:
  Denormalize(std::vector<double> mean, std::vector<double> std) : mean_(std::move(mean)), std_(std::move(std)) {}
  Tensor operator()(const Tensor& data) const { return denormalize(data, mean_, std_); }

 private:
  std::vector<double> mean_, std_;
};

/// Whitens by what samples told before: `ZCAWhitening().fit(x)`.
class ZCAWhitening {
 public:
  explicit ZCAWhitening(std::int64_t dim = 0, double eps = 1e-6, bool unbiased = true) : dim_(dim), eps_(eps), unbiased_(unbiased) {}
  ZCAWhitening& fit(const Tensor& x);
  Tensor operator()(const Tensor& x) const;
  Tensor inverse_transform(const Tensor& x) const;

 private:
  void require_fitted() const;
  std::int64_t dim_;
  double eps_;
  bool unbiased_, fitted_ = false;
  Tensor matrix_, mean_, inverse_;
};

}  // namespace enhance
}  // namespace vision
