// Your xtensor program on Tendril: containers of any rank and layout, views, adapted memory and lazy expressions go in; containers come
// out.
#include <tendril/tendril.hpp>
#include <tendril/xtensor.hpp>
#if __has_include(<xtensor/containers/xadapt.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/io/xio.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xio.hpp>
#include <xtensor/xview.hpp>
#endif

#include <cmath>
#include <iostream>
namespace td = tendril;

// Scales each channel of a batch of images (n, channel, row, column) to mean 0 and deviation 1, then weighs the channels.
// `channels` is an xtensor constant of the program: beside a td::array it enters the graph as one.
const xt::xtensor<float, 3> channels = {{{0.299f}}, {{0.587f}}, {{0.114f}}};

td::array luma(const td::array& images) {
  const td::array centred = images - td::mean(images, {.axis = {2, 3}, .keepdims = true});
  const td::array scaled = centred / (td::std(images, {.axis = {2, 3}, .keepdims = true}) + 1e-6);
  return td::sum(scaled * channels, {.axis = 1});
}

int main() {
  xt::print_options::set_precision(4);
  xt::xtensor<float, 4> images({2, 3, 2, 4});
  float next = 0;
  for (float& pixel : images) pixel = std::fmod(next += 0.37f, 1.0f);

  // The container's own type comes back, where the rank allows: xtensor<float, 4> cannot hold a result of rank 3.
  td::traced f(luma, {.to = "xtensor"});
  try {
    f(images);
  } catch (const td::shape_error& e) { std::cout << e.what() << "\n\n"; }
  const auto grey = f.call_as<xt::xtensor<float, 3>>(images);
  std::cout << "images " << xt::adapt(images.shape()) << " -> grey " << xt::adapt(grey.shape()) << "\n" << grey << "\n\n";

  // xarray has its rank at run time, so the plain call does.
  const xt::xarray<float> any_rank = images;
  const xt::xarray<float> same = f(any_rank);
  std::cout << "the same from an xarray: " << std::boolalpha << (same == grey) << "\n";

  // Views are borrowed with their strides, expressions evaluated once, column-major containers read as they lie.
  const xt::xarray<float, xt::layout_type::column_major> other_layout = images;
  std::cout << "from a column-major xarray: " << td::allclose(td::asarray(f(other_layout)), td::asarray(grey)) << "\n";
  const xt::xarray<float> first = f(xt::eval(xt::view(any_rank, xt::range(0, 1))));
  std::cout << "from a view, the first image: " << td::allclose(td::asarray(first)[0], td::asarray(grey)[0]) << "\n";
  const xt::xarray<float> brighter = f(any_rank * 2.0f + 1.0f);
  std::cout << "from an expression, brighter images: " << td::allclose(td::asarray(brighter), td::asarray(grey), 1e-4, 1e-5) << "\n";

  // Memory of your own: adapt it, and let the result be written where you want it.
  std::vector<float> buffer(2 * 2 * 4);
  auto target = xt::adapt(buffer.data(), buffer.size(), xt::no_ownership(), std::vector<std::size_t>{2, 2, 4});
  f.into(target, images);
  std::cout << "into memory of your own: " << (buffer.front() == grey(0, 0, 0) && buffer.back() == grey(1, 1, 3)) << "\n";

  // A result of another element type needs a container that can hold it.
  td::traced bright = [](const td::array& x) { return x > td::mean(x); };
  const auto mask = bright.call_as<xt::xarray<bool>>(xt::xarray<float>(xt::view(images, 0, 0)));
  std::cout << "brighter than the mean:\n" << mask << "\n";
}
