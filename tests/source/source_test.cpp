// source_code: texts of the main examples, what numbers and dtypes become, what is refused. That every op's text gives the op's numbers in
// the real NumPy, torch, JAX and TensorFlow is for tests/data/run_source.py.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>

#include <tendril/frontends/torch.hpp>
#include <tendril/tendril.hpp>

#include <tendril/detail/op_id.hpp>

#include "catch.hpp"
#include "fuzz.hpp"
#include "reference.hpp"
#include "source/python_forms.hpp"
#include "source/python_layout.hpp"
#include "trace_helpers.hpp"

namespace {

namespace td = tendril;
namespace torch = td::frontends::torch;
using trace_test::message_of;

torch::Tensor normalize(const torch::Tensor& x) { return torch::div(torch::sub(x, torch::mean(x)), torch::std(x)); }

struct normalize_functor {
  torch::Tensor operator()(const torch::Tensor& x) const { return normalize(x); }
};

// Without the imports and the docstring.
std::string body_of(const std::string& source) {
  std::string out;
  bool doc = false;
  std::size_t from = source.find("def ");
  from = source.find(":\n", source.find(") ->", from)) + 2;
  while (from < source.size()) {
    const std::size_t end = source.find('\n', from);
    const std::string line = source.substr(from, end - from);
    const bool quotes = line.find("\"\"\"") != line.npos;
    if (quotes && line.rfind("\"\"\"") == line.find("\"\"\"")) doc = !doc;
    if (!doc && !quotes) out += line.substr(std::min<std::size_t>(4, line.size())) + "\n";
    from = end + 1;
  }
  return out;
}

template <class F, class... A>
std::string numpy_of(F f, const A&... a) {
  return body_of(td::source_code(td::trace_graph(f).graph(a...), td::target::numpy));
}

const td::array floats({1.F, 2.F, 3.F}), doubles({1., 2., 3.}), ints({1, 2, 3}), truths({true, false, true});

}  // namespace

TEST_CASE("normalize leaves as what the tutorial of each framework has") {
  const auto f = td::transpile(normalize, td::source::torch, td::target::eigen, {.name = "normalize"});
  CHECK(td::source_code(f, td::target::jax) == R"(import jax
import jax.numpy as jnp


def normalize(x: jax.Array) -> jax.Array:
    """normalize, as Tendril recorded it.

    Args:
        x: an array.
    """
    return (x - jnp.mean(x)) / jnp.std(x, ddof=1)
)");
  CHECK(body_of(td::source_code(f, td::target::numpy)) == "return (x - np.mean(x)) / np.std(x, ddof=1)\n");
  CHECK(body_of(td::source_code(f, td::target::torch)) == "return (x - torch.mean(x)) / torch.std(x, correction=1)\n");
  CHECK(body_of(td::source_code(f, td::target::tensorflow)) ==
        "count = tf.cast(tf.size(x) / tf.size(tf.reduce_mean(x)), x.dtype)\n"
        "std = tf.sqrt(tf.math.reduce_variance(x) * (count / (count - 1)))\n"
        "return (x - tf.reduce_mean(x)) / std\n");
}

TEST_CASE("names, arguments and docstrings are those that are asked for") {
  const auto f = td::trace_graph([](const td::array& a, const td::array& b) { return std::pair(td::matmul(a, b), a + 1); });
  const td::array m({{1., 2.}, {3., 4.}});
  const std::string text = td::source_code(f.graph(m, doubles[{td::slice(0, 2)}]), td::target::numpy,
                                           {.name = "two things", .arguments = {"weights", "lambda"}, .doc = "Two things."});
  CHECK(text == R"(import numpy as np


def two_things(
    weights: np.ndarray, lambda_2: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Two things.

    Args:
        weights: float64, recorded with shape (2, 2).
        lambda_2: float64, recorded with shape (2,).
    """
    return weights @ lambda_2, weights + 1.0
)");
}

TEST_CASE("promotion that is the target's own is not written, other is") {
  CHECK(numpy_of([](const td::array& x) { return x * 2 + 0.1; }, floats) == "return x * 2.0 + 0.1\n");
  CHECK(numpy_of([](const td::array& x) { return x / 3; }, ints) == "return x.astype(np.float64) / 3.0\n");
  CHECK(numpy_of([](const td::array& x, const td::array& y) { return x + y; }, ints, floats) == "return x.astype(np.float32) + y\n");
  // Of two numbers the dtype is not that of an array.
  CHECK(numpy_of([](const td::array& c, const td::array&) { return td::where(c, 1.0, 0.5); }, truths, floats) ==
        "return np.where(x, np.float64(1.0), np.float64(0.5))\n");
  CHECK(numpy_of([](const td::array& x) { return td::sum(x); }, td::astype(ints, td::uint8)) == "return np.sum(x, dtype=np.int64)\n");
  CHECK(numpy_of([](const td::array& x) { return td::sum(x); }, ints) == "return np.sum(x)\n");
}

TEST_CASE("brackets stand where an operator would tear an operand apart, and nowhere else") {
  CHECK(numpy_of([](const td::array& x) { return (x + 1) * (x - 2) - (x - 3); }, doubles) == "return (x + 1.0) * (x - 2.0) - (x - 3.0)\n");
  CHECK(numpy_of([](const td::array& x) { return -td::pow(x, 2.0) / (x * x); }, doubles) == "return -x**2.0 / (x * x)\n");
  CHECK(numpy_of([](const td::array& x) { return td::pow(-x, x + 1); }, doubles) == "return (-x) ** (x + 1.0)\n");
  CHECK(numpy_of([](const td::array& x) { return (x > 1) && !(x > 2); }, doubles) == "return (x > 1.0) & ~(x > 2.0)\n");
  CHECK(numpy_of([](const td::array& x) { return x - -1.5; }, doubles) == "return x - -1.5\n");
}

TEST_CASE("what is used twice has a name, and long lines are broken") {
  CHECK(numpy_of(
            [](const td::array& x) {
              const td::array e = td::exp(x - td::max(x));
              return e / td::sum(e);
            },
            doubles) ==
        "e = np.exp(x - np.max(x))\n"
        "return e / np.sum(e)\n");
  const std::string many = numpy_of(
      [](const td::array& x) {
        return td::stack(std::vector<td::array>{td::sin(x), td::cos(x), td::tan(x), td::sinh(x), td::cosh(x), td::tanh(x)});
      },
      doubles);
  CHECK(many ==
        "sinh = np.sinh(x)\ncosh = np.cosh(x)\n"
        "return np.stack([np.sin(x), np.cos(x), np.tan(x), sinh, cosh, np.tanh(x)], axis=0)\n");
}

TEST_CASE("numbers that Python spells otherwise") {
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(numpy_of([&](const td::array& x) { return td::maximum(x, -inf) + 1e300 + 1e-7; }, doubles) ==
        "return np.maximum(x, -np.inf) + 1e300 + 1e-07\n");
  const auto f = td::trace_graph([&](const td::array& x) { return x + inf; });
  CHECK(body_of(td::source_code(f.graph(doubles), td::target::torch)) == "return x + float(\"inf\")\n");
  CHECK(numpy_of([](const td::array& x) { return x & true; }, truths) == "return x & True\n");
  CHECK(numpy_of(
            [](const td::array& x) {
              return x + td::array({0.1F, 0.2F, 0.3F});
            },
            floats) == "return x + np.array([0.1, 0.2, 0.3], dtype=np.float32)\n");
}

TEST_CASE("an integer divided by what may be 0 gives 0, as in Tendril") {
  CHECK(numpy_of([](const td::array& x) { return td::floor_divide(x, 2); }, ints) == "return x // 2\n");
  CHECK(numpy_of([](const td::array& x, const td::array& y) { return td::remainder(x, y); }, ints, ints) ==
        "return np.where(y == 0, 0, x % np.where(y == 0, 1, y))\n");
}

TEST_CASE("every op of the table has a form in every language, or a decomposition") {
  using td::source_text::idiom;
  for (const td::op_record* op : td::op_table())
    for (const idiom to : {idiom::numpy, idiom::torch, idiom::jax, idiom::tensorflow}) {
      INFO(op->name);
      CHECK((!td::source_text::form_of(op->id, td::dtype::float64, to).empty() || op->decompose != nullptr));
    }
}

TEST_CASE("ops that a language lacks are refused all at once, by name and line") {
  const auto registered = [](const char* name) -> const td::op_record& {
    return td::register_op({.name = name,
                            .inputs = {{.name = "x"}},
                            .traits = static_cast<std::uint32_t>(td::trait::elementwise),
                            .kernel = [](std::span<const td::array_view>, std::span<const td::array_view>, const td::attributes&) {}});
  };
  static const td::op_record &first = registered("source_test_first"), &second = registered("source_test_second");
  const auto f = td::trace_graph([](const td::array& x) { return td::call(second, {td::call(first, {td::call(first, {x})})}); });
  const std::string said = message_of<td::backend_error>([&] { (void)td::source_code(f.graph(doubles), td::target::torch); });
  CHECK_THAT(said, contains("[source_code] torch has no words for some of the ops: got source_test_first (") &&
                       contains("source_test.cpp:") && contains(", source_test_second (") &&
                       contains("expected ops of the table, or ops with a decomposition. Write the function "
                                "with other ops, or register them with a decomposition."));
}

TEST_CASE("an op with a decomposition is written as that") {
  static const td::op_record& op = td::register_op(
      {.name = "source_test_swish", .inputs = {{.name = "x"}}, .decompose = [](std::span<const td::array> in, const td::attributes&) {
         return std::vector<td::array>{in[0] * td::sigmoid(in[0])};
       }});
  CHECK(numpy_of([](const td::array& x) { return td::call(op, {x}); }, doubles) == "return x * (1 / (1 + np.exp(-x)))\n");
}

TEST_CASE("bad input has its error") {
  const td::traced nothing = [](const td::array& x) { return x; };
  CHECK_THROWS_AS(td::source_code(nothing, td::target::jax), td::trace_error);
  const td::array large = td::zeros(td::axes({10'001}));
  const auto captures = td::trace_graph([large](const td::array& x) { return x + td::cumulative_sum(large) + large; });
  CHECK_THROWS_WITH(
      td::source_code(captures.graph(td::zeros(td::axes({10'001}))), td::target::numpy),
      "[source_code] a constant is too large to be written out: got 10001 elements, expected at most 10000. Make it an argument "
      "of the function, or name an .npz file for it in .constants.");
  // Whose text depends on the number of axes has none before that is known.
  const auto turned =
      td::transpile([](const torch::Tensor& x) { return torch::amax(x, {.keepdim = true}); }, td::source::torch, td::target::torch);
  CHECK_THROWS_WITH(
      td::source_code(turned, td::target::torch),
      "[source_code] torch writes \"max\" by the number of axes of its operand: got an operand of unknown type, expected a known "
      "one. Call the function first and pass f.graph(x).");
}

namespace {
constexpr int softmax_line = __LINE__ + 1;
td::array softmax_rows(const td::array& x) {
  const td::array e = td::exp(x - td::max(x, {.axis = 1, .keepdims = true}));
  return e / td::sum(e, {.axis = 1, .keepdims = true});
}
td::array layer(const td::array& x, const td::array& w, const td::array& b) { return td::maximum(td::matmul(x, w) + b, 0); }
// From the first line of the function on.
std::string function_of(const std::string& source) { return source.substr(source.find("as Tendril recorded it.\n") + 24); }
}  // namespace

TEST_CASE("C++ for Eigen and xtensor needs the library alone, in its own idiom") {
  const auto f = td::transpile(normalize, td::source::torch, td::target::eigen, {.name = "normalize"});
  const td::graph typed = td::trace_graph(f, {.name = "normalize"}).graph(doubles);
  CHECK(function_of(td::source_code(typed, td::target::eigen)) == R"(Eigen::ArrayXd normalize(const Eigen::ArrayXd& x) {
  const double mean = x.mean();
  const double squares = (x - mean).square().sum();
  const double deviation = std::sqrt(squares / (static_cast<double>(x.size()) - 1.0));
  return (x - mean) / deviation;
}
)");
  const td::array m({{1.F, 2.F, 3.F}, {2.F, 3.F, 4.F}}), w({{1.F, 2.F}, {2.F, 3.F}, {1.F, 1.F}}), b({1.F, 2.F});
  CHECK(function_of(td::source_code(td::trace_graph(softmax_rows, {.name = "softmax"}).graph(m), td::target::xtensor)) ==
        R"(xt::xarray<float> softmax(const xt::xarray<float>& x) {
  const xt::xarray<float> largest = xt::expand_dims(xt::amax(x, {1}), 1);
  const xt::xarray<float> e = xt::exp(x - largest);
  const xt::xarray<float> total = xt::expand_dims(xt::sum(e, {1}), 1);
  return e / total;
}
)");
  CHECK(function_of(td::source_code(td::trace_graph(layer, {.name = "layer"}).graph(m, w, b), td::target::eigen,
                                    {.arguments = {"x", "weights", "bias"}})) ==
        R"(Eigen::ArrayXXf layer(const Eigen::ArrayXXf& x, const Eigen::ArrayXXf& weights,
                      const Eigen::ArrayXf& bias) {
  const Eigen::ArrayXXf product = (x.matrix() * weights.matrix()).array();
  return (product.rowwise() + bias.transpose()).max(0.0F);
}
)");
}

TEST_CASE("C++ without a library: loops over memory of the caller's, with extents as arguments") {
  const auto f = [](const td::array& x) { return (x - td::mean(x)) / td::std(x); };
  CHECK(function_of(td::source_code(td::trace_graph(f).graph(doubles), td::target::cpp, {.name = "normalize"})) ==
        R"(// Arrays are row-major, and no result overlaps another array.
//   x: n
//   result: n
void normalize(const double* __restrict x, double* __restrict result, std::size_t n) {
  const moments spread = moments_of<double>(n, [&](std::size_t i) { return x[i]; });
  const divisor<double> deviation = std::sqrt(spread.squares / static_cast<double>(n));
  for (std::size_t i = 0; i < n; ++i) result[i] = (x[i] - spread.mean) / deviation;
}
)");
  // What is dear waits in the result; columns are reduced side by side; C's linkage, names and a workspace.
  const td::array m({{1.F, 2.F, 3.F}, {2.F, 3.F, 4.F}}), w({{1.F, 2.F}, {2.F, 3.F}, {1.F, 1.F}}), b({1.F, 2.F});
  CHECK(function_of(td::source_code(td::trace_graph(softmax_rows, {.name = "softmax"}).graph(m), td::target::cpp)) ==
        R"(// Arrays are row-major, and no result overlaps another array.
//   x: n x m
//   result: n x m
void softmax(const float* __restrict x, float* __restrict result, std::size_t n, std::size_t m) {
  for (std::size_t i = 0; i < n; ++i) {
    std::int32_t maxima[lanes];
    std::fill_n(maxima, lanes, ordinal_of(-std::numeric_limits<float>::infinity()));
    in_lanes(m, [&](std::size_t j, std::size_t lane) {
      maxima[lane] = std::max(maxima[lane], ordinal_of(x[i * m + j]));
    });
    const float largest = largest_of<float>(maxima);
    double sum = 0;
    for (std::size_t first = 0; first < m; first += block) {
      float totals[lanes] = {};
      in_lanes(first, std::min(first + block, m), [&](std::size_t j, std::size_t lane) {
        const float e = exp_of(x[i * m + j] - largest);
        result[i * m + j] = e;
        totals[lane] += e;
      });
      sum += added(totals);
    }
    const divisor<float> total = static_cast<float>(sum);
    for (std::size_t j = 0; j < m; ++j) result[i * m + j] = result[i * m + j] / total;
  }
}
)");
  const std::string source = td::source_code(td::trace_graph(layer, {.name = "layer"}).graph(m, w, b), td::target::cpp,
                                             {.arguments = {"x", "weights", "bias"}, .doc = "One layer.", .extern_c = true});
  CHECK_THAT(source, contains("extern \"C\" std::size_t layer_workspace(std::size_t n, std::size_t /*m*/, std::size_t p) {\n"
                              "  return padded<float>(n * p);\n}\n\n// One layer.\n"));
  CHECK_THAT(source, contains(R"(extern "C" void layer(const float* __restrict x, const float* __restrict weights,
                      const float* __restrict bias, float* __restrict result, std::byte* workspace,
                      std::size_t n, std::size_t m, std::size_t p) {
)"));
  // One number is returned; where an op says an extent, it is a number; slices of free extents are free.
  const auto numpy_like = [](const auto& g, const td::array& x) {
    return function_of(td::source_code(td::trace_graph(g).graph(x), td::target::cpp, {.name = "f"}));
  };
  CHECK_THAT(numpy_like([](const td::array& x) { return td::max(td::abs(x)); }, doubles),
             contains("double f(const double* __restrict x, std::size_t n) {\n"));
  CHECK_THAT(numpy_like(
                 [](const td::array& x) {
                   return td::reshape(x, {3, 1}) + 1;
                 },
                 doubles),
             contains("//   x: 3\n//   result: 3 x 1\nvoid f(const double* __restrict x, double* __restrict result) {\n"));
  CHECK_THAT(numpy_like([](const td::array& x) { return x[td::slice(1, {})] - x[td::slice({}, -1)]; }, doubles),
             contains("for (std::size_t i = 0; i < n - 1; ++i) result[i] = x[i + 1] - x[i];"));
  CHECK_THAT(numpy_like([](const td::array& x) { return x * td::sum(x, {.axis = 0}); }, m), contains("double total[columns] = {};"));
  CHECK_THAT(numpy_like([](const td::array& x) { return x + 5; }, ints), contains("result[i] = wrap_add(x[i], 5);"));
}

TEST_CASE("an extent that the function read is a number of the text, and others are refused") {
  const auto mean = [](const td::array& x) { return td::sum(x) / x.size(); };
  const td::graph g = td::trace_graph(mean, {.name = "mean"}).graph(doubles);
  CHECK(g.fixed == std::vector<td::input_extent>{{0, 0}});
  CHECK_THAT(td::source_code(g, td::target::cpp),
             contains("// An extent that is a number is that of every call: the function is for no other.\n//   x: 3\n"
                      "double mean(const double* __restrict x) {\n"));
  CHECK_THAT(td::source_code(g, td::target::numpy), contains("        x: float64 of shape (3,).\n    \"\"\"\n"
                                                             "    if x.shape != (3,):\n"
                                                             "        raise ValueError(f\"x has shape {x.shape}, expected (3,)\")\n"));
  CHECK_THAT(
      td::source_code(g, td::target::eigen),
      contains("#include <stdexcept>\n") && contains("  if (x.size() != 3) throw std::invalid_argument(\"x has to have 3 elements\");\n"));
  // Of two axes that which was read; a mean counts for itself.
  const auto scaled = [](const td::array& x) { return (x - td::mean(x)) * x.shape(1); };
  const td::array m({{1.F, 2.F, 3.F}, {2.F, 3.F, 4.F}});
  const td::graph one = td::trace_graph(scaled, {.name = "scaled"}).graph(m);
  CHECK(one.fixed == std::vector<td::input_extent>{{0, 1}});
  CHECK_THAT(td::source_code(one, td::target::cpp), contains("//   x: n x 3\n//   result: n x 3\n") && contains("std::size_t n) {\n"));
  CHECK_THAT(td::source_code(one, td::target::jax),
             contains("        x: float32, recorded with shape (2, 3); always 3 along axis 1.\n") &&
                 contains("    if x.shape[1] != 3:\n"
                          "        raise ValueError(f\"x has {x.shape[1]} elements along axis 1, expected 3\")\n"));
  CHECK_THAT(td::source_code(one, td::target::xtensor),
             contains("  if (x.shape(1) != 3) throw std::invalid_argument(\"x has to have 3 elements along axis 1\");\n"));
  CHECK_THAT(td::source_code(one, td::target::eigen),
             contains("  if (x.cols() != 3) throw std::invalid_argument(\"x has to have 3 columns\");\n"));
  // What the text of Eigen or xtensor itself says as a number is compared too.
  const auto turned = [](const td::array& x) { return td::reshape(x, {3, 2}); };
  CHECK_THAT(td::source_code(td::trace_graph(turned).graph(m), td::target::xtensor),
             contains("  if (x.shape(0) != 2) throw") && contains("  if (x.shape(1) != 3) throw"));
  // Passes look at extents: what is compiled is for its own.
  CHECK_THAT(td::source_code(td::compile(td::trace_graph([](const td::array& x) { return x + 1; }).graph(doubles)), td::target::cpp),
             contains("//   x: 3\n"));
  // Nothing was read: nothing is compared.
  CHECK(td::trace_graph([](const td::array& x) { return td::softmax(x * x.ndim()); }).graph(m).fixed.empty());
}

TEST_CASE("source lines are comments where they are asked for") {
  const td::graph g = td::trace_graph(softmax_rows, {.name = "softmax"}).graph(td::array({{1., 2., 3.}, {2., 3., 4.}}));
  const auto line = [](int k) { return std::to_string(softmax_line + k); };
  const std::string both = "source_test.cpp:" + line(1) + ", " + line(2);
  CHECK_THAT(td::source_code(g, td::target::numpy, {.source_lines = true}),
             contains("    # source_test.cpp:" + line(1) +
                      "\n    e = np.exp(x - np.max(x, axis=1, keepdims=True))\n    # source_test.cpp:" + line(2) + "\n    return e / "));
  CHECK_THAT(td::source_code(g, td::target::xtensor, {.source_lines = true}),
             contains("  // source_test.cpp:" + line(1) + "\n  const xt::xarray<double> largest =") &&
                 contains("  // source_test.cpp:" + line(2) + "\n  const xt::xarray<double> total ="));
  CHECK_THAT(td::source_code(g, td::target::cpp, {.source_lines = true}), contains("  // " + both + "\n  for (std::size_t i = 0;"));
  for (const std::string& text : {td::source_code(g, td::target::numpy), td::source_code(g, td::target::cpp)})
    CHECK(text.find("source_test.cpp") == std::string::npos);
}

#if TENDRIL_HAS_SAVE
TEST_CASE("large constants stand in a file beside Python, and C++ wants them as arguments") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / ("tendril_constants_" + std::to_string(getpid()));
  fs::create_directories(folder);
  const td::array table = td::arange(20000.);
  const auto f = [&](const td::array& x) { return x * table; };
  const td::graph g = td::trace_graph(f, {.name = "scaled"}).graph(table);
  const std::string file = (folder / "tables.npz").string();
  const std::string text = td::source_code(g, td::target::torch, {.constants = file});
  CHECK_THAT(text, contains("from pathlib import Path\n\nimport torch\nimport numpy as np\n\n"
                            "CONSTANTS = dict(np.load(Path(__file__).with_name(\"tables.npz\")))\n\n\ndef scaled(") &&
                       contains("    constant = torch.from_numpy(CONSTANTS[\"scaled_constant\"])\n    return x * constant\n"));
  std::ifstream in(file, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  CHECK(bytes.substr(0, 2) == "PK");
  CHECK_THAT(bytes, contains("scaled_constant.npy") && contains("{'descr': '<f8', 'fortran_order': False, 'shape': (20000,), }"));
  // A small one is written out, and no file.
  const td::graph small = td::trace_graph([](const td::array& x) { return x * td::array({1., 2.}); }).graph(td::array({1., 2.}));
  CHECK(td::source_code(small, td::target::numpy, {.constants = (folder / "none.npz").string()}).find("CONSTANTS") == std::string::npos);
  CHECK_FALSE(fs::exists(folder / "none.npz"));
  fs::remove_all(folder);
  CHECK_THROWS_WITH(td::source_code(g, td::target::numpy, {.constants = "/proc/no/such.npz"}),
                    contains("[source_code] /proc/no/such.npz cannot be written: got "));
  CHECK_THROWS_WITH(
      td::source_code(g, td::target::cpp, {.constants = file}),
      "[source_code] constants in a file are of Python alone: got .constants for cpp, expected numpy, torch, jax or tensorflow. "
      "Leave it out, and make large constants arguments of the function.");
  CHECK_THROWS_WITH(td::source_code(g, td::target::eigen),
                    "[source_code] a constant is too large to be written out: got 20000 elements, expected at most 10000. Make it an "
                    "argument of the function.");
}
#endif

namespace {

// What clang-format 14 says of a text; empty where it is not installed.
std::string formatted(const std::string& text) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / ("tendril_format_" + std::to_string(getpid()) + ".cpp");
  std::ofstream(file) << text;
  std::string out;
  for (const char* tool : {"clang-format-14", "clang-format"}) {
    const std::string command = std::string(tool) + " --version 2>/dev/null | grep -q 'version 14' && " + tool +
                                " --style='{BasedOnStyle: Google, ColumnLimit: 100}' " + file.string();
    if (FILE* pipe = popen(command.c_str(), "r")) {
      char part[4096];
      for (std::size_t n; (n = fread(part, 1, sizeof part, pipe)) > 0;) out.append(part, n);
      pclose(pipe);
    }
    if (!out.empty()) break;
  }
  std::filesystem::remove(file);
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  return lines;
}

}  // namespace

TEST_CASE("no line of C++ has more than 100 columns, and clang-format leaves it as it is") {
  const trace_test::warnings quiet;
  std::string all;
  const auto add = [&](const std::string& name, const td::graph& g) {
    const td::source_options options{.name = name};
    for (int language = 0; language < 3; ++language) try {
        std::string text = language == 0   ? td::source_code(g, td::target::cpp, options)
                           : language == 1 ? td::source_code(g, td::target::eigen, options)
                                           : td::source_code(g, td::target::xtensor, options);
        // Includes are of the file, which has one list of them.
        std::size_t begin = 0;
        while (text.compare(begin, 1, "#") == 0 || text[begin] == '\n') begin = text.find('\n', begin) + 1;
        all += (all.empty() ? "" : "\n") + text.substr(begin);
      } catch (const td::backend_error&) {}
  };
  for (const td::op_record* op : td::op_table()) {
    if (op->is(td::trait::internal)) continue;
    const auto cases = tendril_test::op_cases(op->name);
    for (std::size_t k = 0; k < cases.size(); k += std::max<std::size_t>(1, cases.size() / 4)) {
      const auto& c = cases[k];
      const auto f = [&c](const std::vector<td::array>& in) { return td::apply(*td::find_op(c.op), c.operands(in), c.attributes); };
      add(op->name + "_" + std::to_string(k), td::trace_graph(f).graph(c.array_inputs()));
    }
  }
  for (unsigned seed = 1; seed <= 200; ++seed) add("random_" + std::to_string(seed), fuzz::generate(seed).graph);
  // Many free extents, whose products are long.
  const auto many = [](const td::array& x, const td::array& y) {
    const td::array z = td::permute_dims(x, {3, 1, 2, 0}) * y + td::exp(y);
    return std::vector<td::array>{z / td::sum(z, {.axis = {1, 3}, .keepdims = true}), td::sort(z, {.axis = 1}), td::roll(z, 2)};
  };
  add("many", td::trace_graph(many).graph(td::ones({2, 3, 4, 5}), td::ones({5, 3, 4, 2})));
  const std::vector<std::string> lines = lines_of(all);
  CHECK(lines.size() > 10000);
  for (const std::string& line : lines)
    if (line.size() > 100) FAIL_CHECK(line);
  const std::string leaves = formatted(all);
  if (leaves.empty()) return;  // it is not installed
  const td::graph whole = td::trace_graph(softmax_rows).graph(td::ones({3, 4}));
  for (const std::string& file : {td::source_code(whole, td::target::cpp, {.source_lines = true}),
                                  td::source_code(whole, td::target::eigen), td::source_code(whole, td::target::xtensor)})
    CHECK(formatted(file) == file);
  const std::vector<std::string> left = lines_of(leaves);
  for (std::size_t k = 0; k < std::min(lines.size(), left.size()); ++k)
    if (lines[k] != left[k]) {
      FAIL_CHECK(lines[k] << "\nis changed to\n" << left[k]);
      break;
    }
  CHECK(lines.size() == left.size());
}

TEST_CASE("a sign before a sign is no decrement in C++") {
  const auto f = [](const td::array& x) { return -td::multiply(-x, x); };
  const td::graph g = td::trace_graph(f).graph(doubles);
  CHECK(td::source_code(g, td::target::cpp).find("--") == std::string::npos);
  CHECK(td::source_code(g, td::target::eigen).find("--") == std::string::npos);
  const auto twice = [](const td::array& x) { return td::negative(td::negative(x)); };
  CHECK_THAT(td::source_code(td::trace_graph(twice).graph(doubles), td::target::eigen), contains("return -(-x);"));
  const auto smallest = [](const td::array& x) { return td::min(-x); };
  CHECK_THAT(td::source_code(td::trace_graph(smallest).graph(doubles), td::target::cpp), contains("ordinal_of(-(-x[i]))"));
}

TEST_CASE("plain C++ makes products in tiles, and what deviates from a mean in one walk over memory") {
  const td::array a = td::zeros({3, 20}, {.dtype = td::float32}), b = td::zeros({20, 5}, {.dtype = td::float32}),
                  c = td::zeros({6, 20}, {.dtype = td::float32}), d = td::zeros({20, 7}, {.dtype = td::float32});
  const auto product = [](const td::array& x, const td::array& y) { return td::matmul(x, y); };
  CHECK_THAT(td::source_code(td::trace_graph(product).graph(a, b), td::target::cpp),
             contains(R"(  const auto left = [&](std::size_t i, std::size_t k) -> auto& { return x[i * m + k]; };
  const auto right = [&](std::size_t k, std::size_t j) -> auto& { return y[k * p + j]; };
  const auto to = [&](std::size_t i, std::size_t j) -> auto& { return result[i * p + j]; };
  product_of<float>(n, p, m, left, right, to);
)"));
  const auto rows = [](const td::array& x, const td::array& y) { return td::matmul(x, td::matrix_transpose(y)); };
  CHECK_THAT(td::source_code(td::trace_graph(rows).graph(a, c), td::target::cpp),
             contains("-> auto& { return y[k + j * m]; };") && contains("  product_of_rows<float>(n, p, m, left, right, to);\n"));
  // Where neither runs along memory, the second is turned over once.
  const auto both = [](const td::array& x, const td::array& y) { return td::matmul(td::matrix_transpose(x), td::matrix_transpose(y)); };
  CHECK_THAT(
      td::source_code(td::trace_graph(both).graph(d, c), td::target::cpp),
      contains("float* const turned = part_of<float>(workspace, n * p);") && contains("  product_of<float>(m, p, n, left, right, to);\n"));
  // Few products are loops; so are numbers of a byte or two.
  const auto few = [](const td::array& x) { return td::matmul(x, td::ones({3, 3})); };
  CHECK(td::source_code(td::trace_graph(few).graph(td::zeros({9, 3})), td::target::cpp).find("product_of") == std::string::npos);
  const td::array bytes = td::zeros({3, 20}, {.dtype = td::uint8}), more = td::zeros({20, 5}, {.dtype = td::uint8});
  CHECK(td::source_code(td::trace_graph(product).graph(bytes, more), td::target::cpp).find("product_of") == std::string::npos);

  const auto spread = [](const td::array& x) {
    const td::array y = x * 2 + 1;
    return td::var(y) / td::mean(y);
  };
  CHECK_THAT(td::source_code(td::trace_graph(spread).graph(doubles), td::target::cpp),
             contains("  const moments spread = moments_of<double>(n, [&](std::size_t i) { return x[i] * 2.0 + 1.0; });\n"
                      "  const double variance = spread.squares / static_cast<double>(n);\n"));
  // What is dear is made once, and waits.
  const auto dear = [](const td::array& x) {
    const td::array e = td::exp(x);
    return e / td::std(e);
  };
  CHECK(td::source_code(td::trace_graph(dear).graph(doubles), td::target::cpp).find("moments_of") == std::string::npos);
}

TEST_CASE("Eigen turns a product over that has many more columns than rows, and keeps NaN where a bound is known") {
  const td::array x = td::zeros({3, 20}), weights = td::zeros({40, 20}), few = td::zeros({5, 20});
  const auto product = [](const td::array& a, const td::array& b) { return td::matmul(a, td::matrix_transpose(b)); };
  CHECK_THAT(td::source_code(td::trace_graph(product).graph(x, weights), td::target::eigen),
             contains("return (y.matrix() * x.matrix().transpose()).transpose().array();"));
  CHECK_THAT(td::source_code(td::trace_graph(product).graph(x, few), td::target::eigen),
             contains("return (x.matrix() * y.transpose().matrix()).array();"));
  const auto bounds = [](const td::array& a, const td::array& b) { return td::minimum(td::maximum(a, 0), b); };
  CHECK_THAT(td::source_code(td::trace_graph(bounds).graph(x, td::array(2.0)), td::target::eigen),
             contains(".max(0.0)") && contains("select"));
}

TEST_CASE("plain C++ is written for vectors: a loop for each of several functions, choices that stay, roots without errno") {
  const td::array x = td::ones({50});
  const auto several = [](const td::array& a) { return td::exp(td::tanh(a) / 3) * td::erf(a); };
  const std::string text = td::source_code(td::trace_graph(several).graph(x), td::target::cpp);
  CHECK(
      text.starts_with("// Loops with choices become vectors where nobody asks what traps, and choices stay choices.\n"
                       "#if defined(__GNUC__) && !defined(__clang__)\n#pragma GCC optimize("));
  CHECK_THAT(text, contains("  for (std::size_t first = 0; first < n; first += stretch) {\n"
                            "    const std::size_t width = std::min(stretch, n - first);\n") &&
                       contains("i < width; ++i) tanhs[i] = tanh_of(x[first + i]);\n"));
  // Two functions are one loop; a function of one element type is there for that alone.
  const auto two = [](const td::array& a) { return td::exp(td::tanh(td::astype(a, td::float32))); };
  const std::string single = td::source_code(td::trace_graph(two).graph(x), td::target::cpp);
  CHECK_THAT(single, contains("result[i] = exp_of(tanh_of(static_cast<float>(x[i])));") && contains("inline float exp_of(float x)") &&
                         !contains("inline double exp_of"));
  const auto root = [](const td::array& a) { return td::sqrt(a); };
  CHECK_THAT(td::source_code(td::trace_graph(root).graph(x), td::target::cpp),
             contains("extern \"C\" [[gnu::const]] double sqrt(double) noexcept;\n") && contains("result[i] = root_of(x[i]);") &&
                 !contains("#pragma"));
  // What something else reads too stands beside its divisor.
  const auto shared = [](const td::array& a) {
    const td::array total = td::sum(a);
    return std::vector<td::array>{a / total, total};
  };
  CHECK_THAT(td::source_code(td::trace_graph(shared).graph(x), td::target::cpp),
             contains("const divisor<double> by = total;\n") && contains("= x[i] / by;"));
}

TEST_CASE("C++ for Eigen computes a mean once, repeats columns as Eigen does, and has no array for what one line has no room for") {
  const td::array m = td::ones({5, 40}, {.dtype = td::float32});
  const auto standard = [](const td::array& a) {
    return (a - td::mean(a, {.axis = 1, .keepdims = true})) / td::std(a, {.axis = 1, .keepdims = true});
  };
  CHECK_THAT(
      td::source_code(td::trace_graph(standard).graph(m), td::target::eigen),
      contains("squares += (x.col(j) - mean.col(0)).square();\n") && contains("(x.colwise() - mean.col(0)).colwise() / deviation.col(0);"));
  const auto chain = [](const td::array& a) {
    td::array y = a;
    for (int k = 0; k < 20; ++k) y = y * a + 0.5;
    return y;
  };
  CHECK_THAT(td::source_code(td::trace_graph(chain).graph(td::ones({50})), td::target::eigen),
             contains("  const auto total = ") && !contains("  const Eigen::ArrayXd total"));
  const auto product = [](const td::array& a, const td::array& b) { return td::matmul(a, td::matrix_transpose(b)); };
  CHECK_THAT(td::source_code(td::trace_graph(product).graph(m, m), td::target::eigen),
             contains("return (x.matrix() * y.transpose().matrix()).array();"));
}

TEST_CASE("a compiled function leaves as source too: what is in its groups") {
  const auto f = [](const td::array& x) { return (x - td::mean(x)) / td::std(x); };
  const td::function compiled = td::compile(td::trace_graph(f, {.name = "normalize"}).graph(doubles));
  for (const std::string& text : {td::source_code(compiled, td::target::numpy), td::source_code(compiled, td::target::cpp),
                                  td::source_code(compiled, td::target::torch)})
    CHECK_THAT(text, contains("normalize(") && contains("mean"));
}

TEST_CASE("C++ refuses what its library lacks, and types that are not known") {
  const auto f = td::transpile(normalize, td::source::torch, td::target::eigen);
  CHECK_THROWS_WITH(
      td::source_code(f, td::target::cpp),
      "[source_code] cpp has a type for each dtype and rank: got arguments of unknown type, expected known ones. Call the function "
      "first and pass f.graph(x).");
  CHECK_THROWS_WITH(
      td::source_code(f, td::target::eigen),
      "[source_code] eigen has a type for each dtype and rank: got arguments of unknown type, expected known ones. Call the function "
      "first and pass f.graph(x).");
  CHECK_THROWS_WITH(td::source_code(f, td::target::jax, {.extern_c = true}),
                    "[source_code] C's linkage is of plain C++ alone: got extern_c for jax, expected td::target::cpp. Leave it out.");
  const auto sorts = td::trace_graph([](const td::array& x) { return td::roll(td::sort(x), 1); });
  const std::string said = message_of<td::backend_error>([&] { (void)td::source_code(sorts.graph(doubles), td::target::eigen); });
  CHECK_THAT(said, contains("[source_code] eigen has no words for some of the ops: got sort (") && contains(", roll ("));
  const td::array cube = td::zeros({2, 2, 2});
  CHECK_THROWS_AS(td::source_code(td::trace_graph([](const td::array& x) { return x + 1; }).graph(cube), td::target::eigen),
                  td::backend_error);
}

namespace vision {

struct bgr_to_grayscale_ {
  torch::Tensor operator()(const torch::Tensor& image) const {
    const auto channel = [&](int i) { return image[{td::ellipsis, td::slice(i, i + 1), td::slice(), td::slice()}]; };
    return 0.114 * channel(0) + 0.587 * channel(1) + 0.299 * channel(2);
  }
};
struct invert_ {
  torch::Tensor operator()(const torch::Tensor& image) const { return 1 - image; }
};
struct fails_ {
  torch::Tensor operator()(const torch::Tensor&) const { throw td::error("[fails] always: got a call, expected none. Do not call it."); }
};

template <class Bind>
struct library {
  struct {
    typename Bind::template fn<bgr_to_grayscale_> bgr_to_grayscale{"color.bgr_to_grayscale"};
    typename Bind::template fn<invert_> invert{"color.invert"};
  } color;
  typename Bind::template fn<fails_> fails{"deep.inside.fails"};
  typename Bind::template fn<normalize_functor> normalize{"deep.inside.normalize"};
};

}  // namespace vision

TEST_CASE("a module for a language that does not run here runs on the default backend, member by member") {
  const auto lib = td::transpile<vision::library>(td::source::torch, td::target::jax);
  CHECK(lib.names() == std::vector<std::string>{"color.bgr_to_grayscale", "color.invert", "deep.inside.fails", "deep.inside.normalize"});
  CHECK_FALSE(lib.color.bgr_to_grayscale.transpiled());
  const td::array gray = lib.color.bgr_to_grayscale(td::ones({2, 3, 4, 5}));
  CHECK(gray.shape() == td::extents{2, 1, 4, 5});
  CHECK(lib.color.bgr_to_grayscale.transpiled());
  CHECK_FALSE(lib.color.invert.transpiled());
}

TEST_CASE("a module is written as a package, the members called so far or all, and one that fails names itself") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / ("tendril_source_test_" + std::to_string(getpid()));
  const auto read = [&](const char* name) {
    std::ifstream in(folder / name);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const auto lib = td::transpile<vision::library>(td::source::torch, td::target::jax);
  (void)lib.color.invert(td::ones({2}));
  td::module_report report = lib.write(folder.string());
  CHECK(report.done == std::vector<std::string>{"color.invert"});
  CHECK(report.failed.empty());
  CHECK(read("__init__.py") == "from . import color\n");
  CHECK(body_of(read("color.py")) == "return 1 - x\n");

  std::vector<std::string> told;
  report = lib.write(folder.string(), {.all = true, .progress = [&](std::size_t done, std::size_t total, std::string_view name) {
                                         told.push_back(std::to_string(done) + "/" + std::to_string(total) + " " + std::string(name));
                                       }});
  CHECK(report.done == std::vector<std::string>{"color.bgr_to_grayscale", "color.invert", "deep.inside.normalize"});
  REQUIRE(report.failed.size() == 1);
  CHECK(report.failed[0].name == "deep.inside.fails");
  CHECK(report.failed[0].why == "[fails] always: got a call, expected none. Do not call it.");
  CHECK(told == std::vector<std::string>{"0/4 color.bgr_to_grayscale", "1/4 color.invert", "2/4 deep.inside.fails",
                                         "3/4 deep.inside.normalize", "4/4 "});
  CHECK(read("__init__.py") == "from . import color\nfrom . import deep\n");
  CHECK(read("deep/__init__.py") == "from . import inside\n");
  CHECK_THAT(read("color.py"),
             contains("def bgr_to_grayscale(x: jax.Array) -> jax.Array:\n    \"\"\"color.bgr_to_grayscale, as Tendril recorded it.") &&
                 contains("\n\n\ndef invert(x: jax.Array)"));
  CHECK_THAT(read("color.py"), contains("return 0.114 * x[..., 0:1, :, :] + 0.587 * x[..., 1:2, :, :] + 0.299 * x[..., 2:3, :, :]") ||
                                   contains("x[..., 0:1, :, :]"));
  fs::remove_all(folder);
  CHECK_THROWS_WITH(lib.write("/proc/no/such/folder"), contains("[write] a file could not be written: got /proc/no/such/folder"));
}

namespace {
template <class Bind>
struct crowd {
  typename Bind::template fn<vision::invert_> members{"members"};
  typename Bind::template fn<vision::invert_> scope{"scope"};
};
}  // namespace

TEST_CASE("a module may have members of any name that the object needs for itself") {
  const auto lib = td::transpile<crowd>(td::source::torch, td::target::jax);
  CHECK(lib.names() == std::vector<std::string>{"members", "scope"});
  CHECK(lib.scope(td::array({0.25})).item<double>() == 0.75);
  CHECK(lib.transpile_all().done.size() == 2);
}

TEST_CASE("all members are transpiled at once where that is asked for") {
  const auto lib = td::transpile<vision::library>(td::source::torch, td::target::eigen);
  const td::module_report report = lib.transpile_all(td::progress_bar());
  CHECK(report.done.size() == 3);
  REQUIRE(report.failed.size() == 1);
  CHECK(report.failed[0].name == "deep.inside.fails");
  CHECK(lib.color.invert.transpiled());
  CHECK_FALSE(lib.fails.transpiled());
}

TEST_CASE("ops of the torch frontend have words before types are known") {
  using torch::Tensor;
  const auto text = [](const std::function<Tensor(const Tensor&)>& f, auto target) {
    return body_of(td::source_code(td::transpile(f, td::source::torch, td::target::jax), target));
  };
  const auto channels = [](const Tensor& x) {
    const auto [r, g, b] = torch::unbind<3>(x, {.dim = -3});
    return r % g + b;
  };
  CHECK(text(channels, td::target::jax) == "part, part_2, part_3 = jnp.unstack(x, axis=-3)\nreturn part % part_2 + part_3\n");
  CHECK(text(channels, td::target::numpy) == "part, part_2, part_3 = np.unstack(x, axis=-3)\nreturn part % part_2 + part_3\n");
  CHECK(text(channels, td::target::torch) == "part, part_2, part_3 = torch.unbind(x, dim=-3)\nreturn part % part_2 + part_3\n");
  CHECK(text([](const Tensor& x) { return torch::unbind<1>(x)[0]; }, td::target::jax) == "return jnp.unstack(x, axis=0)[0]\n");
  const auto padded = [](const Tensor& x) { return torch::nn::functional::pad(x, {1, 2, 0, 3}, {.mode = "replicate"}); };
  CHECK(text(padded, td::target::jax) == "return jnp.pad(x, [(0, 0)] * (x.ndim - 2) + [(0, 3), (1, 2)], mode=\"edge\")\n");
  CHECK(text(padded, td::target::torch) == "return torch.nn.functional.pad(x, (1, 2, 0, 3), mode=\"replicate\")\n");
  CHECK(text(
            [](const Tensor& x) {
              return torch::nn::functional::pad(x, {1, 1}, {.value = 2.5});
            },
            td::target::numpy) == "return np.pad(x, [(0, 0)] * (x.ndim - 1) + [(1, 1)], constant_values=2.5)\n");
  const auto cut = [](const Tensor& x) { return torch::nn::functional::pad(x, {-1, 0}); };
  CHECK(text(cut, td::target::torch) == "return torch.nn.functional.pad(x, (-1, 0))\n");
  CHECK_THROWS_WITH(text(cut, td::target::jax), contains("[source_code] jax has no words for some of the ops: got torch.pad"));
  const auto convolved = [](const Tensor& x) {
    return torch::nn::functional::conv2d(x, x, std::nullopt, {.stride = 2, .padding = {0, 1}, .groups = 3});
  };
  CHECK(text(convolved, td::target::jax) ==
        "result = jax.lax.conv_general_dilated(\n    x, x, (2, 2), [(0, 0), (1, 1)], feature_group_count=3\n)\nreturn result\n");
  const auto changed = [](const Tensor& x) { return x.slice_scatter(x, {.dim = -2, .start = 1, .end = -1, .step = 2}); };
  CHECK(text(changed, td::target::jax) == "return x.at[..., 1:-1:2, :].set(x)\n");
  CHECK(text(changed, td::target::torch) == "return torch.slice_scatter(x, x, dim=-2, start=1, end=-1, step=2)\n");
  CHECK(text([](const Tensor& x) { return torch::transpose(x, 0, -1); }, td::target::jax) == "return jnp.swapaxes(x, 0, -1)\n");
  CHECK(text([](const Tensor& x) { return torch::full_like(x, 0.5); }, td::target::jax) == "return jnp.full_like(x, 0.5)\n");
  CHECK(text([](const Tensor& x) { return torch::zeros_like(x); }, td::target::jax) == "return jnp.zeros_like(x)\n");
}

TEST_CASE("what a frontend checks of elements is left out") {
  const auto f = td::transpile([](const torch::Tensor& x) { return torch::floor_divide(x, 3); }, td::source::torch, td::target::numpy);
  (void)f(td::array({7, 8}));
  CHECK(body_of(td::source_code(f.traced_graph(), td::target::numpy)) == "return x // 3\n");
}
