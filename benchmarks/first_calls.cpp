// First calls and new shapes, each in a child process, so that nothing of the function was ever seen; and what an op costs to trace.
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "cases.hpp"

namespace bench {
namespace {

struct sample {
  double first, again, new_shape;
  long kernels, new_shape_kernels;
};

// What `work` returns in a child of this process, which is warm but for the function in question.
template <class Work>
sample in_child(Work work) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("[bench] cannot make a pipe for a first call. Free file descriptors.");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("[bench] cannot fork for a first call. Free memory or processes.");
  if (child == 0) {
    const sample s = work();
    const bool sent = write(ends[1], &s, sizeof s) == static_cast<ssize_t>(sizeof s);
    _exit(sent ? 0 : 1);
  }
  close(ends[1]);
  sample s{};
  const ssize_t got = read(ends[0], &s, sizeof s);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (got != static_cast<ssize_t>(sizeof s) || status != 0)
    throw std::runtime_error("[bench] a first call failed: its process ended early. Run the case alone.");
  return s;
}

// Arrays of `extents` and of one row (or element) less.
template <class T>
using table = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// `f` traced and called with `full`, in a second object with the same, and with `other`, arguments of another shape.
template <class F, class... A>
first_call measured(const char* name, F f, const std::tuple<A...>& full, const std::tuple<A...>& other) {
  constexpr int children = 15;
  const auto warm = td::trace_graph([](const td::array& x) { return td::exp(x) * 3.0 + td::max(x); });
  std::vector<double> first, again, shape;
  sample last{};
  warm(Eigen::ArrayXd(Eigen::ArrayXd::Constant(11, 0.5)));
  for (int k = 0; k < children; ++k) {
    last = in_child([&] {
      sample s{};
      const auto timed_call = [](const auto& traced, const auto& arguments) {
        const double start = processor_seconds();
        std::apply([&](const auto&... a) { (void)traced(a...); }, arguments);
        return (processor_seconds() - start) * 1e6;
      };
      // The child's own pages: those of a known function, and those of tracing and compiling another.
      warm(Eigen::ArrayXd(Eigen::ArrayXd::Constant(11, 0.5)));
      const auto other_function = td::trace_graph([](const td::array& x) { return (x - td::min(x)) / td::sum(td::sqrt(x)); });
      other_function(Eigen::ArrayXd(Eigen::ArrayXd::Constant(11, 0.5)));
      const auto one = td::trace_graph(f), two = td::trace_graph(f);
      s.first = timed_call(one, full);
      s.kernels = static_cast<long>(one.stats().kernels_compiled);
      s.again = timed_call(two, full);
      s.new_shape = timed_call(one, other);
      s.new_shape_kernels = static_cast<long>(one.stats().kernels_compiled) - s.kernels;
      return s;
    });
    first.push_back(last.first), again.push_back(last.again), shape.push_back(last.new_shape);
  }
  return {name, median(first), median(again), median(shape), last.kernels, last.new_shape_kernels};
}

template <class T>
auto vector_of(index n) {
  return Eigen::Array<T, Eigen::Dynamic, 1>(Eigen::Array<T, Eigen::Dynamic, 1>::LinSpaced(n, T(0.1), T(0.9)));
}
template <class T>
auto table_of(index n, index m) {
  return table<T>(Eigen::Map<const table<T>>(vector_of<T>(n * m).data(), n, m));
}

}  // namespace

std::vector<first_call> first_calls(const std::string& filter) {
  std::vector<first_call> all;
  const auto add = [&](const char* name, auto f, const auto& full, const auto& other) {
    if (std::string(name).find(filter) != std::string::npos) all.push_back(measured(name, f, full, other));
  };
  const auto d = [](index n) { return vector_of<double>(n); };
  const auto v = [](index n) { return vector_of<float>(n); };
  add("smallest call: y = -x, 10", negate, std::tuple(d(10)), std::tuple(d(11)));
  add("normalize, 1000", normalize, std::tuple(d(1000)), std::tuple(d(999)));
  add("softmax, 8×1024", softmax, std::tuple(table_of<float>(8, 1024)), std::tuple(table_of<float>(7, 1000)));
  add("layernorm, 8×768", layernorm, std::tuple(table_of<float>(8, 768), v(768), v(768)),
      std::tuple(table_of<float>(7, 760), v(760), v(760)));
  add("gelu, 1000", gelu, std::tuple(v(1000)), std::tuple(v(999)));
  add("black-scholes, 1000", black_scholes, std::tuple(d(1000), d(1000), d(1000)), std::tuple(d(999), d(999), d(999)));
  add("chain of 30 ops, 1000", chain, std::tuple(d(1000)), std::tuple(d(999)));
  add(
      "gray, as three planes of 64×64", [](const td::array& x) { return gray(td::expand_dims(x)); }, std::tuple(table_of<float>(3, 4096)),
      std::tuple(table_of<float>(3, 4095)));
  add("distances, 20×64", distances, std::tuple(table_of<float>(20, 64), table_of<float>(20, 64)),
      std::tuple(table_of<float>(19, 64), table_of<float>(19, 64)));
  const auto weights = [](index n, index m) { return td::asarray(table_of<float>(n, m)); };
  const auto biases = [](index n) { return td::asarray(vector_of<float>(n)); };
  add("mlp, 8×64-32-32-10", perceptron{weights(32, 64), biases(32), weights(32, 32), biases(32), weights(10, 32), biases(10)},
      std::tuple(table_of<float>(8, 64)), std::tuple(table_of<float>(7, 64)));
  add("kinematics, batch of 64", kinematics, std::tuple(table_of<double>(7, 64), table_of<double>(7, 64)),
      std::tuple(table_of<double>(7, 63), table_of<double>(7, 63)));
  return all;
}

double tracing_microseconds() {
  const Eigen::ArrayXd x = vector_of<double>(1000);
  const auto record = [&](int ops) {
    std::vector<double> times;
    for (int r = 0; r < 31; ++r) {
      double end = 0;
      const double start = processor_seconds();
      const auto f = td::trace_graph([&](const td::array& a) {
        td::array p = a;
        for (int k = 0; k < ops; ++k) p = p * a;
        end = processor_seconds();
        return p;
      });
      f.trace(x);
      times.push_back((end - start) * 1e6);
    }
    return median(times);
  };
  return (record(1000) - record(0)) / 1000;
}

}  // namespace bench
