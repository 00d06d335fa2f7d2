// Measures the elementwise block kernels one by one: nanoseconds an element, operands in the first-level cache, for each instruction set.
//
//   bench_kernels [op...]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <string_view>
#include <vector>

#include <tendril/detail/op_id.hpp>

#include "backends/eigen/kernels.hpp"

namespace {

using namespace tendril;
using engine::block_table;

struct elementary {
  const char* name;
  op_id op;
  double low, high;
};
const elementary functions[] = {
    {"exp", op_id::exp, -10, 10},      {"exp2", op_id::exp2, -10, 10},       {"expm1", op_id::expm1, -5, 5},
    {"log", op_id::log, 0.01, 100},    {"log2", op_id::log2, 0.01, 100},     {"log10", op_id::log10, 0.01, 100},
    {"log1p", op_id::log1p, -0.9, 10}, {"sin", op_id::sin, -10, 10},         {"cos", op_id::cos, -10, 10},
    {"tan", op_id::tan, -10, 10},      {"asin", op_id::asin, -1, 1},         {"acos", op_id::acos, -1, 1},
    {"atan", op_id::atan, -10, 10},    {"atan2", op_id::atan2, -5, 5},       {"sinh", op_id::sinh, -10, 10},
    {"cosh", op_id::cosh, -10, 10},    {"tanh", op_id::tanh, -3, 3},         {"asinh", op_id::asinh, -10, 10},
    {"acosh", op_id::acosh, 1, 20},    {"atanh", op_id::atanh, -0.99, 0.99}, {"sigmoid", op_id::sigmoid, -10, 10},
    {"erf", op_id::erf, -3, 3},        {"erfc", op_id::erfc, -3, 10},        {"lgamma", op_id::lgamma, 0.5, 20},
    {"pow", op_id::pow, 0.1, 5},       {"hypot", op_id::hypot, -5, 5},       {"cbrt", op_id::cbrt, -10, 10},
    {"sqrt", op_id::sqrt, 0, 10},      {"rsqrt", op_id::rsqrt, 0.1, 10},     {"round", op_id::round, -10, 10},
    {"trunc", op_id::trunc, -10, 10},  {"sign", op_id::sign, -10, 10}};

// The best of several rounds: what else runs on the machine can only add to it.
template <class T>
double time_of(const block_table& t, const elementary& f) {
  constexpr std::size_t n = engine::block_size;
  const auto kernel = t.elementwise[static_cast<int>(f.op)][static_cast<int>(dtype_of<T>)];
  std::mt19937_64 g(1);
  std::uniform_real_distribution<double> range(f.low, f.high);
  std::vector<T> x(n), y(n), z(n);
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = static_cast<T>(range(g));
    y[i] = static_cast<T>(range(g));
  }
  double best = 1e9;
  for (int round = 0; round < 30; ++round) {
    constexpr int calls = 16;
    const auto start = std::chrono::steady_clock::now();
    for (int k = 0; k < calls; ++k) kernel({z.data(), {x.data(), y.data()}, static_cast<std::int64_t>(n), 0});
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count() / (calls * static_cast<double>(n)));
  }
  return best;
}

}  // namespace

int main(int count, char** words) {
  std::vector<const block_table*> tables;
  for (const engine::isa i : {engine::isa::baseline, engine::isa::avx2, engine::isa::avx512})
    if (const block_table* t = detail::eigen_blocks(i)) tables.push_back(t);
  for (const char* text : {"| op |", "|---|"}) {
    std::printf("%s", text);
    for (const char* d : {"float32", "float64"})
      for (const block_table* t : tables) text[1] == ' ' ? std::printf(" %s, %s |", d, t->isa) : std::printf("---|");
    std::printf("\n");
  }
  for (const elementary& f : functions) {
    const auto is_it = [&](const char* word) { return std::string_view(word) == f.name; };
    if (count > 1 && std::none_of(words + 1, words + count, is_it)) continue;
    std::printf("| %s |", f.name);
    for (const block_table* t : tables) std::printf(" %.3f |", time_of<float>(*t, f));
    for (const block_table* t : tables) std::printf(" %.3f |", time_of<double>(*t, f));
    std::printf("\n");
    std::fflush(stdout);
  }
}
