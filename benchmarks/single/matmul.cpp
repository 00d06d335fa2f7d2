// Matrix products: a small network against oneDNN prepacked by hand, small products against Eigen, transposed copies against plain loops.
#include <tendril/tendril.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <cstdio>
#include <oneapi/dnnl/dnnl.hpp>
#include <random>
#include <string>
#include <vector>

#include "turns.hpp"

extern "C" void omp_set_num_threads(int);

namespace td = tendril;
namespace {

// In turn, round after round; the first is what the others are compared with.
void compare(const char* name, std::vector<bench::contender> all) {
  bench::take_turns(all, 31, bench::processor_seconds);
  for (const bench::contender& i : all)
    std::printf("%-28s %-24s %12.0f ns  %6.2f  (best %.0f)\n", name, i.name.c_str(), bench::median(i.seconds) * 1e9,
                bench::ratio(i.seconds, all[0].seconds), *std::min_element(i.seconds.begin(), i.seconds.end()) * 1e9);
}

std::vector<float> random(std::int64_t n, float scale, unsigned seed) {
  std::mt19937 g(seed);
  std::normal_distribution<float> normal(0, scale);
  std::vector<float> v(static_cast<std::size_t>(n));
  for (float& x : v) x = normal(g);
  return v;
}

constexpr std::int64_t sizes[] = {784, 512, 512, 10};
constexpr std::int64_t batch = 64;

// One layer: weights packed, bias and relu attached, memory objects made once.
struct layer {
  layer(const dnnl::engine& e, dnnl::stream& s, float* in, float* out, std::vector<float>& w, std::vector<float>& b, std::int64_t k,
        std::int64_t n, bool relu) {
    using tag = dnnl::memory::format_tag;
    constexpr auto f32 = dnnl::memory::data_type::f32;
    const dnnl::memory::desc a({batch, k}, f32, tag::ab), any({k, n}, f32, tag::any), plain({k, n}, f32, tag::ab),
        bias({1, n}, f32, tag::ab), c({batch, n}, f32, tag::ab);
    dnnl::primitive_attr attributes;
    dnnl::post_ops after;
    if (relu) after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
    attributes.set_post_ops(after);
    const dnnl::matmul::primitive_desc made({a, any, bias, c}, attributes, e);
    product = dnnl::matmul(made);
    dnnl::memory from(plain, e, w.data()), packed(made.weights_desc(), e);
    dnnl::reorder(from, packed).execute(s, from, packed);
    args = {{DNNL_ARG_SRC, dnnl::memory(a, e, in)},
            {DNNL_ARG_WEIGHTS, packed},
            {DNNL_ARG_BIAS, dnnl::memory(bias, e, b.data())},
            {DNNL_ARG_DST, dnnl::memory(c, e, out)}};
  }
  dnnl::matmul product;
  std::unordered_map<int, dnnl::memory> args;
};

void network() {
  std::vector<float> x = random(batch * sizes[0], 1, 1), w[3], b[3], y[3], mine(batch * sizes[3]);
  for (int i = 0; i < 3; ++i) {
    w[i] = random(sizes[i] * sizes[i + 1], 0.05f, 2 + static_cast<unsigned>(i));
    b[i] = random(sizes[i + 1], 0.1f, 5 + static_cast<unsigned>(i));
    y[i].resize(static_cast<std::size_t>(batch * sizes[i + 1]));
  }
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  std::vector<layer> layers;
  for (int i = 0; i < 3; ++i)
    layers.emplace_back(engine, stream, i ? y[i - 1].data() : x.data(), y[i].data(), w[i], b[i], sizes[i], sizes[i + 1], i < 2);

  const auto matrix = [](const std::vector<float>& v, std::int64_t rows, std::int64_t columns) {
    return td::reshape(td::asarray(v), {rows, columns});
  };
  std::vector<td::array> weights, biases;
  for (int i = 0; i < 3; ++i) {
    weights.push_back(matrix(w[i], sizes[i], sizes[i + 1]));
    biases.push_back(td::asarray(b[i]));
  }
  const td::array input = matrix(x, batch, sizes[0]);
  const auto forward = [&](const td::array& v) {
    td::array h = v;
    for (std::size_t i = 0; i < 3; ++i) {
      h = td::matmul(h, weights[i]) + biases[i];
      if (i < 2) h = td::maximum(h, 0.0f);
    }
    return h;
  };
  const auto traced = td::trace_graph(forward, td::args(input)), by_eigen = td::trace_graph(forward, td::args(input), {.to = "eigen"});
  const td::function call = td::compile(traced.graph());
  const td::function call_eigen = td::compile(by_eigen.graph(), {.to = "eigen"});
  const td::array_view in = input.view();
  td::array_view out = in;
  out.data = mine.data();
  out.shape[1] = out.strides[0] = sizes[3];
  std::printf("%s\n", traced.explain().c_str());
  compare("MLP 64x784-512-512-10", {{"oneDNN by hand, prepacked",
                                     [&] {
                                       for (layer& l : layers) l.product.execute(stream, l.args);
                                     }},
                                    {"tendril into",
                                     [&] {
                                       call.into({&out, 1}, {&in, 1});
                                     }},
                                    {"tendril eigen into", [&] {
                                       call_eigen.into({&out, 1}, {&in, 1});
                                     }}});
  call.into({&out, 1}, {&in, 1});
  float worst = 0;
  for (std::size_t i = 0; i < mine.size(); ++i) worst = std::max(worst, std::abs(mine[i] - y[2][i]));
  std::printf("largest difference %g\n", static_cast<double>(worst));
}

template <int N>
void small() {
  using matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  matrix a = matrix::Random(N, N), b = matrix::Random(N, N), c(N, N);
  const auto array = [](const matrix& m) { return td::reshape(td::asarray(std::vector<float>(m.data(), m.data() + N * N)), {N, N}); };
  const td::array x = array(a), y = array(b);
  const td::function f =
      td::compile(td::trace_graph([](const td::array& p, const td::array& q) { return td::matmul(p, q); }, td::args(x, y)).graph());
  const td::array_view in[] = {x.view(), y.view()};
  td::array_view out = in[0];
  out.data = c.data();
  const std::string name = std::to_string(N) + " x " + std::to_string(N) + " f32";
  compare(name.c_str(), {{"Eigen", [&] { c.noalias() = a * b; }},
                         {"oneDNN sgemm", [&] { dnnl::sgemm('N', 'N', N, N, N, 1, a.data(), N, b.data(), N, 0, c.data(), N); }},
                         {"tendril into", [&] {
                            f.into({&out, 1}, in);
                          }}});
}

template <class T>
void transposed(std::int64_t n) {
  std::vector<T> a(static_cast<std::size_t>(n * n), T(1)), b(a);
  td::array_view in = td::zeros({1}, {.dtype = sizeof(T) == 4 ? td::float32 : td::float64}).view();
  in.rank = 2;
  in.shape[0] = in.shape[1] = in.strides[0] = n;
  in.strides[1] = 1;
  td::array_view out = in;
  in.data = a.data();
  out.data = b.data();
  const td::function f = td::compile(
      td::trace_graph([](const td::array& x) { return td::matrix_transpose(x); }, td::args(td::zeros({n, n}, {.dtype = in.dtype})))
          .graph());
  const std::string name = "transpose " + std::to_string(n) + (sizeof(T) == 4 ? " f32" : " f64");
  compare(name.c_str(), {{"plain loops",
                          [&] {
                            for (std::int64_t i = 0; i < n; ++i)
                              for (std::int64_t j = 0; j < n; ++j)
                                b[static_cast<std::size_t>(i * n + j)] = a[static_cast<std::size_t>(j * n + i)];
                          }},
                         {"tendril into", [&] {
                            f.into({&out, 1}, {&in, 1});
                          }}});
}

}  // namespace

int main() {
  omp_set_num_threads(1);
  network();
  small<4>();
  small<8>();
  small<16>();
  transposed<float>(1000);
  transposed<double>(1000);
  transposed<float>(4096);
  transposed<double>(4096);
}
