// Source: a function written for torch leaves as Python for JAX and TensorFlow, as C++ for Eigen and as C++ that needs no library; a traced
// one for NumPy; a module as a package.
#include <tendril/frontends/torch.hpp>
#include <tendril/tendril.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
namespace td = tendril;
namespace torch = tendril::frontends::torch;

torch::Tensor normalize(const torch::Tensor& x) { return torch::div(torch::sub(x, torch::mean(x)), torch::std(x)); }

// The attention of one head: a function over td::array, recorded with what it is called with.
td::array attention(const td::array& q, const td::array& k, const td::array& v) {
  const td::array scores = td::matmul(q, td::matrix_transpose(k)) / td::sqrt(td::array(8.F));
  const td::array e = td::exp(scores - td::max(scores, {.axis = -1, .keepdims = true}));
  return td::matmul(e / td::sum(e, {.axis = -1, .keepdims = true}), v);
}

namespace vision {
struct bgr_to_grayscale_ {
  torch::Tensor operator()(const torch::Tensor& image) const {  // ... x 3 x height x width
    const auto channel = [&](int i) { return image[{td::ellipsis, td::slice(i, i + 1), td::slice(), td::slice()}]; };
    return 0.114 * channel(0) + 0.587 * channel(1) + 0.299 * channel(2);
  }
};
struct invert_ {
  torch::Tensor operator()(const torch::Tensor& image) const { return 1 - image; }
};
template <class Bind>
struct library {
  struct {
    typename Bind::template fn<bgr_to_grayscale_> bgr_to_grayscale{"color.bgr_to_grayscale"};
    typename Bind::template fn<invert_> invert{"color.invert"};
  } color;
};
}  // namespace vision

int main() {
  // [readme source]
  auto f = td::transpile(normalize, td::source::torch, td::target::jax, {.name = "normalize"});
  std::cout << td::source_code(f, td::target::jax);
  // [readme source]
  std::cout << "\n---- the same for TensorFlow\n" << td::source_code(f, td::target::tensorflow);
  std::cout << "\n---- and for Eigen, with types\n"
            << td::source_code(td::trace_graph(f, {.name = "normalize"}).graph(td::array({1., 2., 3.})), td::target::eigen);

  std::cout << "\n---- and for no library: loops over memory of the caller's\n"
            << td::source_code(td::trace_graph(f, {.name = "normalize"}).graph(td::array({1., 2., 3.})), td::target::cpp);

  const td::array q = td::zeros({5, 8}, {.dtype = td::float32});
  auto traced = td::trace_graph(attention, td::args(q, q, q));
  std::cout << "\n---- a traced function for NumPy\n"
            << td::source_code(traced, td::target::numpy,
                               {.name = "attention", .arguments = {"query", "key", "value"}, .doc = "One head."});

  // A module: the member that was called is written, as a package with its name.
  const auto folder = std::filesystem::temp_directory_path() / ("tendril-example-16-" + std::to_string(getpid()));
  auto lib = td::transpile<vision::library>(td::source::torch, td::target::jax);
  const td::array gray = lib.color.bgr_to_grayscale(td::ones({2, 3, 4, 5}));
  std::cout << "\n---- a member of a module: " << td::to_string(gray.shape()) << '\n';
  for (const std::string& name : lib.write(folder.string()).done) std::cout << "written: " << name << '\n';
  std::cout << std::ifstream(folder / "color.py").rdbuf();
  std::filesystem::remove_all(folder);
}
