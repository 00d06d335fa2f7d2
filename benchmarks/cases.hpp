// How a case is put together: aligned inputs and an output, and an implementation for each who computes.
#pragma once
#include <tendril/eigen.hpp>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <random>

#include "bench.hpp"
#include "emitted/emitted.hpp"
#include "functions.hpp"

namespace bench {

using native::index;

bool has_jit();
/// Naive code of every library that is there; `threads` for libtorch.
struct naive_library {
  role who;
  const char* name;
  std::function<native::peer> prepare;
};
const std::vector<naive_library>& naive_libraries(int threads);

template <class T>
class setup {
 public:
  using column = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;
  using table = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

  setup(const settings& s, std::string name, double tolerance) : settings_(s), made_{std::move(name), tolerance, {}, {}} {}

  index size(index full, index small) const { return settings_.small ? small : full; }
  T* normal(std::vector<index> shape, double deviation = 1, double mean = 0) {
    return input(std::move(shape), std::normal_distribution<double>(mean, deviation));
  }
  T* uniform(std::vector<index> shape, double low, double high) {
    return input(std::move(shape), std::uniform_real_distribution<double>(low, high));
  }
  T* output(index n) {
    count_ = n;
    return output_ = allocate(n);
  }

  void hand(std::string name, std::function<void()> run) { writes(role::hand, "hand-written" + std::move(name), std::move(run)); }
  void hand_allocating(std::function<void()> run) {
    made_.implementations.push_back({role::hand_allocating, "hand-written + allocation", std::move(run), {}});
  }

  /// `call` replays a traced function, which it is given, into the output.
  template <class F, class Call>
  void tendril(F f, Call call) {
    on_backends(f, [&](role who, std::string name, const auto& traced) { writes(who, name + ", into", [=] { call(traced); }); });
  }
  /// `call` replays it and keeps what it returns.
  template <class F, class Call>
  void returning(F f, Call call) {
    const auto traced = td::trace_graph(f, {.num_threads = settings_.threads});
    made_.implementations.push_back({role::returning, "Tendril, returning", [=] { call(traced); }, {}});
  }
  /// What source_code writes of the function, compiled beside the hand-written loops.
  void emitted(std::function<void()> run) { writes(role::emitted, "emitted C++", std::move(run)); }
  /// `make(options)` gives a function without arguments, for what has no native container.
  template <class Make>
  void tendril_untyped(Make make) {
    if (has_jit()) writes(role::jit, "Tendril jit, into", make(options("jit")));
    writes(role::eigen, "Tendril eigen, into", make(options("eigen")));
  }

  workload naive(std::string_view function) && {
    if (!settings_.special_inputs)
      for (const naive_library& library : naive_libraries(settings_.threads))
        if (const native::runner run = library.prepare(function, operands_))
          made_.implementations.push_back({library.who, library.name, [run] { run(nullptr); },
                                           [run, n = count_] {
                                             std::vector<T> y(static_cast<std::size_t>(n), std::numeric_limits<T>::quiet_NaN());
                                             run(y.data());
                                             return std::vector<double>(y.begin(), y.end());
                                           }});
    return std::move(made_);
  }

 private:
  td::trace_options options(std::string backend) const { return {.to = std::move(backend), .num_threads = settings_.threads}; }
  template <class F, class Add>
  void on_backends(F f, Add add) {
    if (has_jit()) add(role::jit, "Tendril jit", td::trace_graph(f, options("jit")));
    add(role::eigen, "Tendril eigen", td::trace_graph(f, options("eigen")));
  }
  void writes(role who, std::string name, std::function<void()> run) {
    made_.implementations.push_back({who, std::move(name), run, [run, y = output_, n = count_] {
                                       std::fill(y, y + n, std::numeric_limits<T>::quiet_NaN());
                                       run();
                                       return std::vector<double>(y, y + n);
                                     }});
  }
  T* allocate(index n) {
    const std::size_t bytes = (static_cast<std::size_t>(n) * sizeof(T) + 8191) / 4096 * 4096;
    void* p = std::aligned_alloc(4096, bytes);
    if (!p) throw std::bad_alloc();
    made_.storage.emplace_back(p, std::free);
    return static_cast<T*>(p);
  }
  template <class Distribution>
  T* input(std::vector<index> shape, Distribution d) {
    index n = 1;
    for (const index e : shape) n *= e;
    T* p = allocate(n);
    for (index i = 0; i < n; ++i) p[i] = static_cast<T>(d(generator_));
    if (settings_.special_inputs) {
      using limits = std::numeric_limits<T>;
      const T special[] = {T(0),
                           -T(0),
                           limits::infinity(),
                           -limits::infinity(),
                           limits::quiet_NaN(),
                           limits::min(),
                           limits::denorm_min(),
                           limits::max() / 4,
                           T(-20),
                           T(100)};
      constexpr index stride = 611;  // so that most rows of a table stay as they are
      for (index i = static_cast<index>(operands_.size()) * 7, k = 0; i < n; i += stride)
        p[i] = special[k++ % static_cast<index>(std::size(special))];
    }
    operands_.push_back({p, std::is_same_v<T, float>, std::move(shape)});
    return p;
  }

  settings settings_;
  workload made_;
  std::mt19937 generator_{1};
  std::vector<native::operand> operands_;
  T* output_ = nullptr;
  index count_ = 0;
};

}  // namespace bench
