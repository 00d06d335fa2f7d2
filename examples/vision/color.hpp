// Colour spaces, in the words of kornia.color and with its semantics: our own code over the torch frontend.
//
// An image is (..., channels, height, width), real numbers between 0 and 1 unless a line says otherwise. Where the number of channels is
// another one, shape_error is thrown. Images of integers become float32 on the way: kornia's grayscale in fixed point for uint8 is not
// here.
#pragma once
#include <tendril/frontends/torch.hpp>

#include <array>
#include <optional>

namespace vision {

namespace td = tendril;
namespace torch = tendril::frontends::torch;
using torch::Tensor;

namespace color {

// ---- gray
Tensor rgb_to_grayscale(const Tensor& image, const std::array<double, 3>& rgb_weights = {0.299, 0.587, 0.114});
Tensor rgb_to_grayscale(const Tensor& image, const Tensor& rgb_weights);  ///< three numbers
Tensor bgr_to_grayscale(const Tensor& image);
Tensor grayscale_to_rgb(const Tensor& image);

// ---- order, alpha and range
Tensor rgb_to_bgr(const Tensor& image);
Tensor bgr_to_rgb(const Tensor& image);
Tensor rgb_to_rgba(const Tensor& image, double alpha_val);
Tensor rgb_to_rgba(const Tensor& image, const Tensor& alpha_val);  ///< an image of one channel
Tensor bgr_to_rgba(const Tensor& image, double alpha_val);
Tensor bgr_to_rgba(const Tensor& image, const Tensor& alpha_val);
/// Over a background, white unless told.
Tensor rgba_to_rgb(const Tensor& image, const std::array<double, 3>& background_color = {1, 1, 1});
Tensor rgba_to_rgb(const Tensor& image, const Tensor& background_color);
Tensor rgba_to_bgr(const Tensor& image);
Tensor rgb_to_linear_rgb(const Tensor& image);  ///< sRGB to intensities
Tensor linear_rgb_to_rgb(const Tensor& image);
Tensor rgb_to_rgb255(const Tensor& image);
Tensor rgb255_to_rgb(const Tensor& image);
Tensor normals_to_rgb255(const Tensor& image);  ///< components between -1 and 1
Tensor rgb255_to_normals(const Tensor& image);  ///< vectors of length 1

// ---- hue: an angle between 0 and 2 pi
Tensor rgb_to_hsv(const Tensor& image, double eps = 1e-8);
Tensor hsv_to_rgb(const Tensor& image);
Tensor rgb_to_hls(const Tensor& image, double eps = 1e-8);
Tensor hls_to_rgb(const Tensor& image);

// ---- CIE: white point D65, the observer of 2 degrees
Tensor rgb_to_xyz(const Tensor& image);  ///< of linear RGB
Tensor xyz_to_rgb(const Tensor& image);
Tensor rgb_to_lab(const Tensor& image);
Tensor lab_to_rgb(const Tensor& image, bool clip = true);
Tensor rgb_to_luv(const Tensor& image, double eps = 1e-12);
Tensor luv_to_rgb(const Tensor& image, double eps = 1e-12);

// ---- luma and chroma
Tensor rgb_to_y(const Tensor& image);
Tensor rgb_to_ycbcr(const Tensor& image);
Tensor ycbcr_to_rgb(const Tensor& image);
Tensor rgb_to_yuv(const Tensor& image);
Tensor yuv_to_rgb(const Tensor& image);
/// (Y, UV with half of the height and width); both must be even.
std::pair<Tensor, Tensor> rgb_to_yuv420(const Tensor& image);
Tensor yuv420_to_rgb(const Tensor& imagey, const Tensor& imageuv);
/// (Y, UV with half of the width), which must be even.
std::pair<Tensor, Tensor> rgb_to_yuv422(const Tensor& image);
Tensor yuv422_to_rgb(const Tensor& imagey, const Tensor& imageuv);

// ---- effects
Tensor sepia_from_rgb(const Tensor& input, bool rescale = true, double eps = 1e-6);
Tensor sepia(const Tensor& input, bool rescale = true, double eps = 1e-6);  ///< the same

// ---- what a sensor sees through its filters
/// The colours at (1, 1) and (1, 2), counted from 0: the first pixel of BG is red.
enum class CFA { BG, GB, RG, GR };
Tensor rgb_to_raw(const Tensor& image, CFA cfa);
Tensor raw_to_rgb(const Tensor& image, CFA cfa);                 ///< what was not seen is the mean of neighbours
Tensor raw_to_rgb_2x2_downscaled(const Tensor& image, CFA cfa);  ///< four pixels make one

// ---- maps of colours
/// Those of kornia that run straight from one colour to another.
enum class ColorMapType { autumn, winter, summer, spring, cool };
class ColorMap {
 public:
  /// Colours in a row, resampled to `num_colors`.
  ColorMap(const std::vector<std::array<double, 3>>& base, std::int64_t num_colors = 64);
  ColorMap(ColorMapType base, std::int64_t num_colors = 64);
  const Tensor& colors() const noexcept { return colors_; }  ///< 3 x num_colors, float32
  std::int64_t size() const noexcept { return num_colors_; }

 private:
  Tensor colors_;
  std::int64_t num_colors_;
};
/// C x H x W or N x C x H x W to N x 3C x H x W. Integers count from 0 to 255, and so do the real numbers of a channel that exceeds 1. It
/// reads rank and dtype.
Tensor apply_colormap(const Tensor& input_tensor, const ColorMap& colormap);
class ApplyColorMap {
 public:
  explicit ApplyColorMap(ColorMap colormap) : colormap_(std::move(colormap)) {}
  Tensor operator()(const Tensor& input_tensor) const { return apply_colormap(input_tensor, colormap_); }

 private:
  ColorMap colormap_;
};

}  // namespace color
}  // namespace vision
