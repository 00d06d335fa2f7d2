// Adjustments of examples/vision against kornia.enhance.
#include <vision/enhance.hpp>

#include "vision_cases.hpp"

namespace {

namespace enhance = vision::enhance;
using tendril_test::vision_call;
using results = tendril_test::vision_results;

std::vector<double> list(const vision_call& c, const char* name) { return c.at(name).get<std::vector<double>>(); }
double factor(const vision_call& c) { return c.real("factor", 1); }
bool clips(const vision_call& c) { return c.flag("clip_output", true); }
std::optional<double> maybe(const vision_call& c, const char* name) {
  return c.has(name) ? std::optional<double>(c.real(name, 0)) : std::nullopt;
}
enhance::ThresholdType kind(const vision_call& c) {
  using type = enhance::ThresholdType;
  const std::map<std::string, type> named{{"THRESH_BINARY", type::THRESH_BINARY},
                                          {"THRESH_BINARY_INV", type::THRESH_BINARY_INV},
                                          {"THRESH_TRUNC", type::THRESH_TRUNC},
                                          {"THRESH_TOZERO", type::THRESH_TOZERO},
                                          {"THRESH_TOZERO_INV", type::THRESH_TOZERO_INV}};
  return named.at(c.word("type", "THRESH_BINARY"));
}

tendril_test::vision_functions functions() {
  tendril_test::vision_functions f;
#define ONE(name, ...) f["enhance." #name] = [](const vision_call& c) { return results{enhance::name(__VA_ARGS__)}; }
// A second image stands for the factor.
#define OF_FACTOR(name, ...)                                                                                       \
  f["enhance." #name] = [](const vision_call& c) {                                                                 \
    return results{c.count() == 2 ? enhance::name(c.image(), c.image(1)) : enhance::name(c.image(), __VA_ARGS__)}; \
  }
  OF_FACTOR(adjust_brightness, factor(c), clips(c));
  OF_FACTOR(adjust_contrast, factor(c), clips(c));
  OF_FACTOR(adjust_saturation, factor(c));
  OF_FACTOR(adjust_gamma, c.real("gamma", 1), c.real("gain", 1));
  ONE(adjust_brightness_accumulative, c.image(), factor(c), clips(c));
  ONE(adjust_contrast_with_mean_subtraction, c.image(), factor(c));
  ONE(adjust_saturation_with_gray_subtraction, c.image(), factor(c));
  ONE(adjust_saturation_raw, c.image(), factor(c));
  ONE(adjust_hue, c.image(), factor(c));
  ONE(adjust_hue_raw, c.image(), factor(c));
  ONE(adjust_log, c.image(), c.real("gain", 1), c.flag("inv"), clips(c));
  ONE(adjust_sigmoid, c.image(), c.real("cutoff", 0.5), c.real("gain", 10), c.flag("inv"));
  ONE(invert, c.image(), c.real("max_val", 1));
  ONE(solarize, c.image(), c.real("thresholds", 0.5), maybe(c, "additions"));
  ONE(posterize, c.image(), static_cast<int>(c.integer("bits")));
  ONE(equalize, c.image());
  ONE(equalize3d, c.image());
  ONE(sharpness, c.image(), factor(c));
  f["enhance.equalize_clahe"] = [](const vision_call& c) {
    const std::array<double, 2> grid = c.numbers<2>("grid_size", {8, 8});
    return results{enhance::equalize_clahe(c.image(), c.real("clip_limit", 40),
                                           {static_cast<std::int64_t>(grid[0]), static_cast<std::int64_t>(grid[1])})};
  };
  f["enhance.jpeg_codec_differentiable"] = [](const vision_call& c) {
    if (c.count() == 2) return results{enhance::jpeg_codec_differentiable(c.image(), c.image(1))};
    return results{enhance::jpeg_codec_differentiable(c.image(), c.image(1), c.image(2), c.image(3))};
  };
  ONE(shift_rgb, c.image(), c.image(1), c.image(2), c.image(3));
  ONE(add_weighted, c.image(), c.real("alpha", 1), c.image(1), c.real("beta", 1), c.real("gamma", 0));
#define OF_NUMBERS(name)                                                                        \
  f["enhance." #name] = [](const vision_call& c) {                                              \
    return results{c.count() == 3 ? enhance::name(c.image(), c.image(1), c.image(2))            \
                                  : enhance::name(c.image(), list(c, "mean"), list(c, "std"))}; \
  }
  OF_NUMBERS(normalize);
  OF_NUMBERS(denormalize);
#undef OF_NUMBERS
  ONE(normalize_min_max, c.image(), c.real("min_val", 0), c.real("max_val", 1), c.real("eps", 1e-6));
  ONE(threshold, c.image(), c.real("thresh", 0), c.real("maxval", 255), kind(c));
  ONE(linear_transform, c.image(), c.image(1), c.image(2), c.integer("dim"));
  ONE(zca_whiten, c.image(), c.integer("dim"), c.flag("unbiased", true), c.real("eps", 1e-6));
  f["enhance.zca_mean"] = [](const vision_call& c) {
    const auto made = enhance::zca_mean(c.image(), c.integer("dim"), c.flag("unbiased", true), c.real("eps", 1e-6));
    return results(made.begin(), made.end());
  };
  f["enhance.ZCAWhitening"] = [](const vision_call& c) {
    const auto whiten = enhance::ZCAWhitening(c.integer("dim"), c.real("eps", 1e-6), c.flag("unbiased", true)).fit(c.image());
    return results{c.flag("back") ? whiten.inverse_transform(c.image(1)) : whiten(c.image(1))};
  };
  ONE(integral_tensor, c.image(), c.has("dim") ? c.at("dim").get<std::vector<std::int64_t>>() : std::vector<std::int64_t>{-1});
  ONE(integral_image, c.image());
  ONE(histogram, c.image(), c.image(1), c.real("bandwidth", 1), c.real("epsilon", 1e-10));
  ONE(histogram2d, c.image(), c.image(1), c.image(2), c.real("bandwidth", 1), c.real("epsilon", 1e-10));
  f["enhance.image_histogram2d"] = [](const vision_call& c) {
    const auto p = enhance::image_histogram2d(c.image(), c.real("min", 0), c.real("max", 255), c.integer("n_bins", 256),
                                              maybe(c, "bandwidth"), c.flag("return_pdf"), c.word("kernel", "triangular"));
    return results{p.first, p.second};
  };
#undef OF_FACTOR
#undef ONE
  f["enhance.Normalize"] = [](const vision_call& c) { return results{enhance::Normalize(list(c, "mean"), list(c, "std"))(c.image())}; };
  f["enhance.Denormalize"] = [](const vision_call& c) { return results{enhance::Denormalize(list(c, "mean"), list(c, "std"))(c.image())}; };
  return f;
}

}  // namespace

TEST_CASE("adjustments are those of kornia") { tendril_test::check_vision("vision_enhance.json", functions()); }

TEST_CASE("what an adjustment does not take it says") {
  const vision::Tensor image(tendril::zeros({3, 4, 5}));
  CHECK_THROWS_WITH(enhance::adjust_contrast(image, -0.5),
                    contains("[adjust_contrast] factor is negative: got -0.500000, expected 0 or more."));
  CHECK_THROWS_WITH(enhance::adjust_gamma(image, -1), contains("[adjust_gamma] gamma is negative"));
  CHECK_THROWS_WITH(enhance::adjust_gamma(image, 1, -1), contains("[adjust_gamma] gain is negative"));
  CHECK_THROWS_WITH(enhance::solarize(image, 0.5, 0.75),
                    contains("[solarize] the addition is too large: got 0.750000, expected -0.5 to 0.5."));
  CHECK_THROWS_WITH(enhance::posterize(image, 9), contains("[posterize] there are no such bits: got 9, expected 0 to 8."));
  CHECK_THROWS_WITH(enhance::normalize(image, {0.5}, {0.5, 1}), contains("[normalize] mean and std do not pair: got 1 and 2"));
  CHECK_THROWS_WITH(enhance::denormalize(image, std::vector<double>(), std::vector<double>()),
                    contains("[denormalize] mean and std do not pair: got 0 and 0"));
  CHECK_THROWS_WITH(enhance::equalize_clahe(image), contains("[equalize_clahe] the image has no such tiles: got 8 over 4 pixels"));
  const vision::Tensor alone(tendril::zeros({1, 3}));
  CHECK_THROWS_WITH(enhance::zca_whiten(alone), contains("[zca_mean] there are too few samples: got 1, expected 2 or more. Pass more."));
  CHECK_THROWS_WITH(enhance::ZCAWhitening()(image),
                    contains("[ZCAWhitening] it knows no samples yet: got none, expected some before. Call fit first."));
  CHECK_THROWS_WITH(enhance::histogram(image, image, 0), contains("[histogram] the bandwidth is not positive: got 0.000000"));
  CHECK_THROWS_WITH(enhance::image_histogram2d(image, 0, 1, 0), contains("[image_histogram2d] there are no bins: got 0"));
  CHECK_THROWS_WITH(enhance::image_histogram2d(image, 0, 1, 4, std::nullopt, false, "cosine"),
                    contains("[image_histogram2d] there is no such kernel: got \"cosine\", expected \"triangular\""));
}
