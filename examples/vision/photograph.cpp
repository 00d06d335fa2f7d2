// What the library makes of a photograph: before and after as PNG files, numbers to compare with kornia's, and what the calls cost.
//
//     photograph [FILE.png [FOLDER]]
//
// The file is one of Debian's package tk8.6-doc unless another is named. photograph.expected holds what kornia gives.
#include <png.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <tendril/tendril.hpp>

#include "library.hpp"

namespace td = tendril;

namespace {

struct pixels {
  unsigned width = 0, height = 0;
  std::vector<std::uint8_t> rgb;  // row by row
};

pixels read(const char* path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_file(&image, path)) throw std::runtime_error(std::string(path) + ": " + image.message);
  image.format = PNG_FORMAT_RGB;
  pixels p{image.width, image.height, std::vector<std::uint8_t>(PNG_IMAGE_SIZE(image))};
  if (!png_image_finish_read(&image, nullptr, p.rgb.data(), 0, nullptr)) throw std::runtime_error(std::string(path) + ": " + image.message);
  return p;
}

void write(const std::filesystem::path& path, const pixels& p) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = p.width;
  image.height = p.height;
  image.format = PNG_FORMAT_RGB;
  if (!png_image_write_to_file(&image, path.c_str(), 0, p.rgb.data(), 0, nullptr))
    throw std::runtime_error(path.string() + ": " + image.message);
}

// 1 x 3 x height x width, from 0 to 1; both even.
td::array image_of(const pixels& p) {
  const td::array rows = td::view(p.rgb.data(), {p.height, p.width, 3});
  const td::slice height(0, p.height / 2 * 2), width(0, p.width / 2 * 2);
  return td::expand_dims(td::permute_dims(td::astype(rows[{height, width}], td::float64) / 255.0, {2, 0, 1}), {.axis = 0});
}

// Two images beside each other, of one channel or three.
pixels side_by_side(const td::array& before, const td::array& after) {
  const auto colored = [](const td::array& x) { return td::broadcast_to(td::clip(x[0], 0.0, 1.0), {3, x.shape(2), x.shape(3)}); };
  const td::array both = td::concat({colored(before), colored(after)}, {.axis = 2});
  const td::array bytes = td::astype(td::permute_dims(both, {1, 2, 0}) * 255.0 + 0.5, td::uint8);
  pixels p{static_cast<unsigned>(bytes.shape(1)), static_cast<unsigned>(bytes.shape(0)), {}};
  p.rgb = td::to<std::vector<std::uint8_t>>(td::reshape(bytes, {-1}));
  return p;
}

double since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) try {
  const char* const file = argc > 1 ? argv[1] : VISION_PHOTOGRAPH;
  const std::filesystem::path folder =
      argc > 2 ? std::filesystem::path(argv[2]) : std::filesystem::temp_directory_path() / "tendril_vision";
  std::filesystem::create_directories(folder);
  const td::array photo = image_of(read(file));
  const auto lib = td::transpile<vision::library>(td::source::torch, td::target::eigen);

  // One effect: its mean, and the pixel in the middle.
  const auto show = [&](const char* name, const auto& effect) {
    const auto start = std::chrono::steady_clock::now();
    const td::array after = effect(photo);
    const double first = since(start);
    write(folder / (std::string(name) + ".png"), side_by_side(photo, after));
    std::printf("%-16s mean %8.5f  middle", name, td::mean(after).item<double>());
    for (std::int64_t c = 0; c < after.shape(1); ++c) std::printf(" %8.5f", after[{0, c, 90, 70}].item<double>());
    std::printf("%*s  first call %8.0f us\n", static_cast<int>(9 * (3 - after.shape(1))), "", first);
  };
  show("grayscale", lib.color.rgb_to_grayscale);
  show("sepia", lib.color.sepia);
  show("hue", lib.enhance.adjust_hue);
  show("saturation", lib.enhance.adjust_saturation);
  show("gamma", lib.enhance.adjust_gamma);
  show("solarize", lib.enhance.solarize);
  show("sharpness", lib.enhance.sharpness);
  show("equalize", lib.enhance.equalize);
  show("box_blur", lib.filters.box_blur);
  show("GaussianBlur2d", lib.filters.GaussianBlur2d);
  show("median_blur", lib.filters.median_blur);
  show("bilateral_blur", lib.filters.bilateral_blur);
  show("unsharp_mask", lib.filters.unsharp_mask);
  show("sobel", lib.filters.sobel);
  show("raw_to_rgb", [&](const td::array& x) { return lib.color.raw_to_rgb(lib.color.rgb_to_raw(x)); });
  show("colormap", [&](const td::array& x) { return lib.color.apply_colormap(lib.color.rgb_to_grayscale(x)); });

  const auto fresh = td::transpile<vision::library>(td::source::torch, td::target::eigen);
  const td::array small = td::ones({2, 3, 4, 5}, {.dtype = td::float32});
  const auto start = std::chrono::steady_clock::now();
  (void)fresh.color.bgr_to_grayscale(small);
  std::printf("bgr_to_grayscale of 2x3x4x5, transpiled at its first call: %.0f us\n", since(start));
  const auto all = std::chrono::steady_clock::now();
  const td::module_report report = td::transpile<vision::library>(td::source::torch, td::target::eigen).transpile_all();
  std::printf("%zu members recorded: %.1f ms\n", report.done.size(), since(all) / 1000);
} catch (const std::exception& e) {
  std::fprintf(stderr, "photograph: %s\n", e.what());
  return 1;
}
