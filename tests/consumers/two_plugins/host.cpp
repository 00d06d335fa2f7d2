// Loads two modules, calls both by turns on several threads, closes the first while threads that called it live on, and goes on. What is
// closed is unloaded.
#include <dlfcn.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

using scale_function = void (*)(const double*, double*, int);

struct plugin {
  void* handle;
  scale_function scale;
  double factor;
  plugin(const char* path, double f) : handle(dlopen(path, RTLD_NOW | RTLD_LOCAL)), factor(f) {
    if (!handle) std::fprintf(stderr, "%s\n", dlerror()), std::exit(1);
    scale = reinterpret_cast<scale_function>(dlsym(handle, "plugin_scale"));
    if (!scale) std::fprintf(stderr, "%s\n", dlerror()), std::exit(1);
  }
};

std::atomic<int> failures{0};

void close(const plugin& p, const char* path) {
  if (dlclose(p.handle) != 0) ++failures;
  void* const still = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
  if (!still) return;
  std::fprintf(stderr, "%s is closed and not unloaded\n", path);
  ++failures;
  dlclose(still);
}

void use(const plugin& p) {
  for (int n : {3, 3, 5, 1000, 3}) {
    std::vector<double> x(static_cast<std::size_t>(n)), y(x.size());
    double sum = 0;
    for (int i = 0; i < n; ++i) sum += x[static_cast<std::size_t>(i)] = i;
    p.scale(x.data(), y.data(), n);
    for (std::size_t i = 0; i < x.size(); ++i)
      if (y[i] != x[i] * p.factor + sum) {
        ++failures;
        return;
      }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  plugin first(argv[1], 2), second(argv[2], 3);
  use(first), use(second), use(first), use(second);

  std::atomic<int> called{0};
  std::atomic<bool> closed{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round) use(first), use(second);
      ++called;
      while (!closed) std::this_thread::yield();
      use(second);
    });
  while (called != 4) std::this_thread::yield();
  close(first, argv[1]);
  closed = true;
  use(second);
  for (std::thread& t : threads) t.join();

  // Loaded again, it works again.
  plugin again(argv[1], 2);
  use(again), use(second);
  close(second, argv[2]);
  use(again);
  close(again, argv[1]);
  std::printf("%d failures\n", failures.load());
  return failures != 0;
}
