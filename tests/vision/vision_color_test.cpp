// Colour spaces of examples/vision against kornia.color.
#include "vision_cases.hpp"

namespace {

namespace color = vision::color;
using tendril_test::vision_call;
using results = tendril_test::vision_results;

results pair(std::pair<vision::Tensor, vision::Tensor> p) { return {p.first, p.second}; }

color::CFA filters(const vision_call& c) {
  const std::string name = c.word("cfa", "BG");
  return name == "GB" ? color::CFA::GB : name == "RG" ? color::CFA::RG : name == "GR" ? color::CFA::GR : color::CFA::BG;
}

color::ColorMap map_of(const vision_call& c) {
  const std::int64_t n = c.integer("num_colors", 64);
  if (c.has("base")) return {c.at("base").get<std::vector<std::array<double, 3>>>(), n};
  using kind = color::ColorMapType;
  const std::map<std::string, kind> named{
      {"autumn", kind::autumn}, {"winter", kind::winter}, {"summer", kind::summer}, {"spring", kind::spring}, {"cool", kind::cool}};
  return {named.at(c.word("colormap", "")), n};
}

tendril_test::vision_functions functions() {
  tendril_test::vision_functions f;
#define IMAGE(name) f["color." #name] = [](const vision_call& c) { return results{color::name(c.image())}; };
  IMAGE(bgr_to_grayscale)
  IMAGE(grayscale_to_rgb)
  IMAGE(rgb_to_bgr)
  IMAGE(bgr_to_rgb)
  IMAGE(rgba_to_bgr)
  IMAGE(rgb_to_linear_rgb)
  IMAGE(linear_rgb_to_rgb)
  IMAGE(rgb_to_rgb255)
  IMAGE(rgb255_to_rgb)
  IMAGE(normals_to_rgb255)
  IMAGE(rgb255_to_normals)
  IMAGE(hsv_to_rgb)
  IMAGE(hls_to_rgb)
  IMAGE(rgb_to_xyz)
  IMAGE(xyz_to_rgb)
  IMAGE(rgb_to_lab)
  IMAGE(rgb_to_y)
  IMAGE(rgb_to_ycbcr)
  IMAGE(ycbcr_to_rgb)
  IMAGE(rgb_to_yuv)
  IMAGE(yuv_to_rgb)
#undef IMAGE
#define ONE(name, ...) f["color." #name] = [](const vision_call& c) { return results{color::name(__VA_ARGS__)}; }
  ONE(rgb_to_hsv, c.image(), c.real("eps", 1e-8));
  ONE(rgb_to_hls, c.image(), c.real("eps", 1e-8));
  ONE(rgb_to_luv, c.image(), c.real("eps", 1e-12));
  ONE(luv_to_rgb, c.image(), c.real("eps", 1e-12));
  ONE(lab_to_rgb, c.image(), c.flag("clip", true));
  ONE(sepia, c.image(), c.flag("rescale", true), c.real("eps", 1e-6));
  ONE(sepia_from_rgb, c.image(), c.flag("rescale", true), c.real("eps", 1e-6));
  ONE(yuv420_to_rgb, c.image(), c.image(1));
  ONE(yuv422_to_rgb, c.image(), c.image(1));
  ONE(rgb_to_raw, c.image(), filters(c));
  ONE(raw_to_rgb, c.image(), filters(c));
  ONE(raw_to_rgb_2x2_downscaled, c.image(), filters(c));
  ONE(apply_colormap, c.image(), map_of(c));
#undef ONE
  f["color.rgb_to_yuv420"] = [](const vision_call& c) { return pair(color::rgb_to_yuv420(c.image())); };
  f["color.rgb_to_yuv422"] = [](const vision_call& c) { return pair(color::rgb_to_yuv422(c.image())); };
  f["color.rgb_to_grayscale"] = [](const vision_call& c) {
    return results{c.count() == 2 ? color::rgb_to_grayscale(c.image(), c.image(1)) : color::rgb_to_grayscale(c.image())};
  };
#define ALPHA(name)                                                                                                       \
  f["color." #name] = [](const vision_call& c) {                                                                          \
    return results{c.count() == 2 ? color::name(c.image(), c.image(1)) : color::name(c.image(), c.real("alpha_val", 1))}; \
  };
  ALPHA(rgb_to_rgba)
  ALPHA(bgr_to_rgba)
#undef ALPHA
  f["color.rgba_to_rgb"] = [](const vision_call& c) {
    return results{c.count() == 2 ? color::rgba_to_rgb(c.image(), c.image(1))
                                  : color::rgba_to_rgb(c.image(), c.numbers<3>("background_color", {1, 1, 1}))};
  };
  return f;
}

}  // namespace

TEST_CASE("colour spaces are those of kornia") { tendril_test::check_vision("vision_color.json", functions()); }

TEST_CASE("an image without three channels is refused with its shape") {
  const vision::Tensor two(tendril::zeros({2, 4, 5}));
  CHECK_THROWS_WITH(color::rgb_to_hsv(two),
                    contains("[unbind] the number of tensors differs: got float64[2, 4, 5], of which dim -3 has 2, expected 3."));
  CHECK_THROWS_WITH(color::rgb_to_rgb255(two), contains("[unbind] the number of tensors differs"));
  CHECK_THROWS_WITH(color::ColorMap(std::vector<std::array<double, 3>>(), 4), contains("[ColorMap] there is no colour: got an empty list"));
  CHECK_THROWS_WITH(color::ColorMap(color::ColorMapType::cool, 0), contains("[ColorMap] there are no colours: got num_colors 0"));
}
