// Filters of examples/vision against kornia.filters.
#include <vision/filters.hpp>

#include "vision_cases.hpp"

namespace {

namespace filters = vision::filters;
using tendril_test::vision_call;
using results = tendril_test::vision_results;

filters::size2 size(const vision_call& c, const char* name = "kernel_size") {
  if (!c.at(name).is_array()) return c.integer(name);
  return {c.at(name).at(0).get<std::int64_t>(), c.at(name).at(1).get<std::int64_t>()};
}
std::int64_t length(const vision_call& c) { return c.integer("kernel_size"); }
std::string border(const vision_call& c) { return c.word("border_type", "reflect"); }
std::array<double, 2> two(const vision_call& c, const char* name) { return c.numbers<2>(name); }
std::vector<double> list(const vision_call& c, const char* name) { return c.at(name).get<std::vector<double>>(); }

results both(const std::pair<vision::Tensor, vision::Tensor>& p) { return {p.first, p.second}; }

tendril_test::vision_functions functions() {
  tendril_test::vision_functions f;
#define ONE(name, ...) f["filters." #name] = [](const vision_call& c) { return results{filters::name(__VA_ARGS__)}; }
  ONE(laplacian_1d, c.integer("window_size"));
  ONE(get_box_kernel1d, length(c));
  ONE(get_box_kernel2d, size(c));
  ONE(get_binary_kernel2d, size(c, "window_size"));
  f["filters.get_sobel_kernel2d"] = [](const vision_call&) { return results{filters::get_sobel_kernel2d()}; };
  f["filters.get_diff_kernel2d"] = [](const vision_call&) { return results{filters::get_diff_kernel2d()}; };
  ONE(get_spatial_gradient_kernel2d, c.word("mode", "sobel"), c.integer("order", 1));
  ONE(get_gaussian_erf_kernel1d, length(c), c.real("sigma", 1), c.flag("force_even"));
  ONE(get_gaussian_discrete_kernel1d, length(c), c.real("sigma", 1), c.flag("force_even"));
  ONE(get_gaussian_kernel2d, size(c), two(c, "sigma"), c.flag("force_even"));
  ONE(get_gaussian_kernel3d, c.at("kernel_size").get<std::array<std::int64_t, 3>>(), c.numbers<3>("sigma"), c.flag("force_even"));
  ONE(get_hanning_kernel1d, length(c));
  ONE(get_hanning_kernel2d, size(c));
  ONE(get_laplacian_kernel1d, length(c));
  ONE(get_laplacian_kernel2d, size(c));
  f["filters.gaussian"] = [](const vision_call& c) {
    const std::int64_t n = c.integer("window_size");
    return results{c.count() == 1 ? filters::gaussian(n, c.image()) : filters::gaussian(n, c.real("sigma", 1))};
  };
  f["filters.get_gaussian_kernel1d"] = [](const vision_call& c) {
    return results{c.count() == 1 ? filters::get_gaussian_kernel1d(length(c), c.image(), c.flag("force_even"))
                                  : filters::get_gaussian_kernel1d(length(c), c.real("sigma", 1), c.flag("force_even"))};
  };
  ONE(filter2d, c.image(), c.image(1), border(c), c.flag("normalized"), c.word("padding", "same"), c.word("behaviour", "corr"));
  ONE(fft_conv, c.image(), c.image(1), border(c), c.flag("normalized"), c.word("padding", "same"), c.word("behaviour", "corr"));
  ONE(get_motion_kernel2d, length(c), c.real("angle", 0), c.real("direction", 0), c.word("mode", "nearest"));
  ONE(get_motion_kernel3d, length(c), c.numbers<3>("angle"), c.real("direction", 0), c.word("mode", "nearest"));
  ONE(motion_blur, c.image(), length(c), c.real("angle", 0), c.real("direction", 0), border(c), c.word("mode", "nearest"));
  ONE(motion_blur3d, c.image(), length(c), c.numbers<3>("angle"), c.real("direction", 0), c.word("border_type", "replicate"),
      c.word("mode", "nearest"));
  ONE(edge_aware_blur_pool2d, c.image(), size(c), c.real("edge_threshold", 1.25), c.integer("edge_dilation_kernel_size", 3),
      c.real("epsilon", 1e-6));
  f["filters.canny"] = [](const vision_call& c) {
    return both(filters::canny(c.image(), c.real("low_threshold", 0.1), c.real("high_threshold", 0.2),
                               c.has("kernel_size") ? size(c) : filters::size2(5), c.numbers<2>("sigma", {1, 1}), false,
                               c.real("eps", 1e-6)));
  };
  f["filters.otsu_threshold"] = [](const vision_call& c) {
    return both(filters::otsu_threshold(c.image(), c.integer("nbins", 256), c.flag("return_mask")));
  };
  ONE(filter2d_separable, c.image(), c.image(1), c.image(2), border(c), c.flag("normalized"), c.word("padding", "same"));
  ONE(get_spatial_gradient_kernel3d, c.word("mode", "diff"), c.integer("order", 1));
  ONE(filter3d, c.image(), c.image(1), c.word("border_type", "replicate"), c.flag("normalized"), c.word("behaviour", "corr"));
  ONE(correlate3d, c.image(), c.image(1), c.word("border_type", "replicate"), c.flag("normalized"));
  ONE(convolve3d, c.image(), c.image(1), c.word("border_type", "replicate"), c.flag("normalized"));
  ONE(spatial_gradient3d, c.image(), c.word("mode", "diff"), c.integer("order", 1));
  ONE(correlate2d, c.image(), c.image(1), border(c), c.flag("normalized"), c.word("padding", "same"));
  ONE(convolve2d, c.image(), c.image(1), border(c), c.flag("normalized"), c.word("padding", "same"));
  ONE(box_blur, c.image(), size(c), border(c), c.flag("separable", true));
  f["filters.gaussian_blur2d"] = [](const vision_call& c) {
    return results{c.count() == 2 ? filters::gaussian_blur2d(c.image(), size(c), c.image(1), border(c))
                                  : filters::gaussian_blur2d(c.image(), size(c), two(c, "sigma"), border(c), c.flag("separable", true))};
  };
  ONE(median_blur, c.image(), size(c), border(c));
  ONE(bilateral_blur, c.image(), size(c), c.real("sigma_color", 1), two(c, "sigma_space"), border(c), c.word("color_distance_type", "l1"));
  ONE(joint_bilateral_blur, c.image(), c.image(1), size(c), c.real("sigma_color", 1), two(c, "sigma_space"), border(c),
      c.word("color_distance_type", "l1"));
  ONE(guided_blur, c.image(), c.image(1), size(c), c.real("eps", 1), border(c));
  ONE(unsharp_mask, c.image(), size(c), two(c, "sigma"), border(c));
  ONE(blur_pool2d, c.image(), size(c), c.integer("stride", 2));
  ONE(max_blur_pool2d, c.image(), size(c), c.integer("stride", 2), c.integer("max_pool_size", 2));
  ONE(laplacian, c.image(), size(c), border(c), c.flag("normalized", true));
  ONE(spatial_gradient, c.image(), c.word("mode", "sobel"), c.integer("order", 1), c.flag("normalized", true));
  ONE(sobel, c.image(), c.flag("normalized", true), c.real("eps", 1e-6));
  ONE(in_range, c.image(), list(c, "lower"), list(c, "upper"), c.flag("return_mask"));
#undef ONE
#define OBJECT(name, ...) f["filters." #name] = [](const vision_call& c) { return results{filters::name(__VA_ARGS__)(c.image())}; }
  OBJECT(GaussianBlur2d, size(c), two(c, "sigma"), border(c), c.flag("separable", true));
  OBJECT(Laplacian, size(c), border(c), c.flag("normalized", true));
  OBJECT(SpatialGradient, c.word("mode", "sobel"), c.integer("order", 1), c.flag("normalized", true));
  OBJECT(UnsharpMask, size(c), two(c, "sigma"), border(c));
#undef OBJECT
  return f;
}

}  // namespace

TEST_CASE("filters are those of kornia") { tendril_test::check_vision("vision_filters.json", functions()); }

TEST_CASE("what a filter does not take it says") {
  const vision::Tensor image(tendril::zeros({1, 3, 4, 5}));
  CHECK_THROWS_WITH(filters::gaussian_blur2d(image, 4, std::array<double, 2>{1, 1}),
                    contains("[gaussian_blur2d] the kernel has no such size: got 4, expected an odd number."));
  CHECK_THROWS_WITH(filters::gaussian_blur2d(image, 3, std::array<double, 2>{1, 0}),
                    contains("[gaussian_blur2d] sigma is not positive: got 0.000000, expected a positive number."));
  CHECK_THROWS_WITH(filters::box_blur(image, 0), contains("[box_blur] the kernel has no such size: got 0, expected 1 or more."));
  CHECK_THROWS_WITH(
      filters::spatial_gradient(image, "scharr"),
      contains("[spatial_gradient] there is no such gradient: got mode \"scharr\" of order 1, expected \"sobel\" or \"diff\""));
  CHECK_THROWS_WITH(filters::bilateral_blur(image, 3, 0.1, {1, 1}, "reflect", "l3"),
                    contains("[bilateral_blur] there is no such distance: got \"l3\", expected \"l1\" or \"l2\"."));
  CHECK_THROWS_WITH(filters::filter2d(image, vision::Tensor(tendril::zeros({3, 3}))),
                    contains("[filter2d] the kernel has the wrong rank: got 2, expected N x h x w."));
  CHECK_THROWS_WITH(filters::filter2d(image, vision::Tensor(tendril::zeros({1, 3, 3})), "reflect", false, "full"),
                    contains("[filter2d] there is no such padding: got \"full\", expected \"same\" or \"valid\"."));
  CHECK_THROWS_WITH(filters::filter3d(image, vision::Tensor(tendril::zeros({1, 3, 3}))),
                    contains("[filter3d] the kernel has the wrong rank: got 3, expected N x d x h x w."));
  CHECK_THROWS_WITH(filters::filter3d(image, image, "replicate", false, "both"),
                    contains("[filter3d] there is no such behaviour: got \"both\""));
  CHECK_THROWS_WITH(
      filters::spatial_gradient3d(image, "sobel"),
      contains("[spatial_gradient3d] there is no such gradient: got mode \"sobel\" of order 1, expected \"diff\" of order 1 or 2."));
  CHECK_THROWS_WITH(filters::in_range(image, {0.5}, {0.5, 1}), contains("[in_range] the bounds do not pair: got 1 and 2"));
  CHECK_THROWS_WITH(filters::blur_pool2d(image, {4, 3}),
                    contains("[blur_pool2d] the kernel is no square: got 4 x 3, expected equal sizes."));
  CHECK_THROWS_WITH(filters::get_hanning_kernel1d(2),
                    contains("[get_hanning_kernel1d] the window is too small: got 2, expected 3 or more."));
  CHECK_THROWS_WITH(filters::motion_blur(image, 4, 0, 0),
                    contains("[get_motion_kernel2d] the kernel has no such size: got 4, expected an odd number of 3 or more."));
  CHECK_THROWS_WITH(filters::get_motion_kernel3d(3, {0, 0, 0}, 0, "cubic"),
                    contains("[get_motion_kernel3d] there is no such mode: got \"cubic\", expected \"nearest\" or \"bilinear\"."));
  CHECK_THROWS_WITH(filters::edge_aware_blur_pool2d(image, 3, 1), contains("[edge_aware_blur_pool2d] no edge is as low: got an edge_thr"));
  CHECK_THROWS_WITH(filters::canny(image, 0.1, 0.2, 5, {1, 1}, true), contains("[canny] how often edges grow is known from their pixels"));
  CHECK_THROWS_WITH(filters::canny(image, 0.3, 0.2), contains("[canny] the thresholds are in no order: got 0.300000 and 0.200000"));
  CHECK_THROWS_WITH(filters::otsu_threshold(image, 0), contains("[otsu_threshold] there are no bins: got 0, expected 1 or more."));
  CHECK_THROWS_WITH(filters::guided_blur(image, image, 3, 0.1), contains("[unbind] the number of tensors differs"));
}
