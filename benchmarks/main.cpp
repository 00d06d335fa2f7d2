// The command line: which cases, how many rounds and threads, and where the numbers go.
#include <dlfcn.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "cases.hpp"

namespace bench {

bool has_jit() {
  const auto all = td::backends();
  return std::find(all.begin(), all.end(), "jit") != all.end();
}

namespace {

// libtorch is in a module of its own, so that the benchmark runs where it is missing.
void add_torch([[maybe_unused]] std::vector<naive_library>& all, [[maybe_unused]] int threads) {
#ifdef BENCH_TORCH_MODULE
  const int count = threads ? threads : static_cast<int>(std::thread::hardware_concurrency());
  setenv("OPENBLAS_NUM_THREADS", std::to_string(count).c_str(), 0);  // read when it is loaded; at::set_num_threads does not reach it
  void* module = dlopen(BENCH_TORCH_MODULE, RTLD_NOW | RTLD_LOCAL);
  if (!module) {
    std::fprintf(stderr, "without libtorch: %s\n", dlerror());
    return;
  }
  const auto set_threads = reinterpret_cast<void (*)(int)>(dlsym(module, "native_torch_threads"));
  const auto make =
      reinterpret_cast<void (*)(std::string_view, std::span<const native::operand>, native::runner&)>(dlsym(module, "native_torch"));
  set_threads(count);
  all.push_back({role::torch, "libtorch, eager", [make](std::string_view function, std::span<const native::operand> in) {
                   native::runner run;
                   make(function, in, run);
                   return run;
                 }});
#endif
}

std::string machine() {
  std::string model = "unknown processor", load = "unknown";
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) {
      model = line.substr(line.find(':') + 2);
      break;
    }
  std::ifstream("/proc/loadavg") >> load;
  return model + ", " + std::to_string(std::thread::hardware_concurrency()) + " processors, load " + load;
}

std::vector<named_case> all_cases(const std::string& filter) {
  std::vector<named_case> all;
  for (const auto& part : {element_cases(), row_cases(), product_cases()})
    for (const named_case& c : part)
      if (c.name.find(filter) != std::string::npos) all.push_back(c);
  return all;
}

// Small sizes, usual numbers and special ones; nothing is timed.
int check(const std::string& filter) {
  std::string wrong = native::hand::mathematics();
  int checked = 0;
  for (const named_case& c : all_cases(filter))
    for (const bool special : {false, true}) {
      if (!wrong.empty()) break;
      const workload w = c.make({.small = true, .special_inputs = special});
      wrong = disagreement(w);
      checked += static_cast<int>(w.implementations.size());
    }
  if (wrong.empty() && !checked) wrong = "[bench] no case has '" + filter + "' in its name. Run without --filter to see the names.";
  if (wrong.empty()) std::printf("%d implementations agree with the hand-written loops\n", checked);
  else std::fprintf(stderr, "%s\n", wrong.c_str());
  return wrong.empty() ? 0 : 1;
}

// One that ratios are to, and one that source_code writes: what the table has of them. Of two ways of writing the first, the later one.
std::string compared(const workload& all, role to, role emitted, const settings& s) {
  workload w{all.name, all.tolerance, {}, {}};
  for (const role who : {to, emitted}) {
    const auto last =
        std::find_if(all.implementations.rbegin(), all.implementations.rend(), [&](const implementation& i) { return i.who == who; });
    if (last == all.implementations.rend()) return " | |";
    w.implementations.push_back(*last);
  }
  const row times = measure(w, s);
  char ratio[32];
  std::snprintf(ratio, sizeof ratio, "(%.2f)", times.measurements[1].ratio);
  return " " + time_of(times.measurements[0].nanoseconds) + " | " + time_of(times.measurements[1].nanoseconds) + " " + ratio + " |";
}

// What source_code writes: plain C++ against the replay of `jit`, and C++ for Eigen against what a user of Eigen writes.
int run_emitted(const std::string& filter, const settings& s) {
  std::printf("%s, one thread; medians of %d interleaved rounds. `bench_performance --emitted`\n\n", machine().c_str(), s.rounds);
  std::printf("| case | `jit` | emitted C++ | Eigen, naive | emitted Eigen |\n|---|---|---|---|---|\n");
  for (const named_case& c : all_cases(filter)) {
    const workload w = c.make(s);
    if (const std::string different = disagreement(w); !different.empty()) throw std::runtime_error(different);
    std::printf("| %s |%s%s\n", w.name.c_str(), compared(w, role::jit, role::emitted, s).c_str(),
                compared(w, role::naive_eigen, role::emitted_eigen, s).c_str());
    std::fflush(stdout);
  }
  return 0;
}

int run(const std::string& filter, report r, const std::string& json) {
  r.machine = machine() + (r.used.threads == 1 ? ", one thread"
                                               : ", Tendril and libtorch on " + (r.used.threads ? std::to_string(r.used.threads) : "all") +
                                                     " threads, the others on one");
  const std::string wrong = native::hand::mathematics();
  if (!wrong.empty()) throw std::runtime_error(wrong);
  r.first = first_calls(filter);  // before anything else is known to the process
  for (const named_case& c : all_cases(filter)) {
    std::fprintf(stderr, "%s\n", c.name.c_str());
    const workload w = c.make(r.used);
    if (const std::string different = disagreement(w); !different.empty()) throw std::runtime_error(different);
    r.rows.push_back(measure(w, r.used));
  }
  if (filter.empty()) r.tracing = tracing_microseconds();
  print_markdown(r);
  if (!json.empty()) write_json(r, json);
  return 0;
}

}  // namespace

const std::vector<naive_library>& naive_libraries(int threads) {
  static const std::vector<naive_library> all = [&] {
    std::vector<naive_library> v{{role::naive_eigen, "Eigen", native::eigen},
                                 {role::naive_eigen, "Eigen, one expression", native::eigen_expression},
                                 {role::emitted_eigen, "emitted Eigen", native::emitted_eigen},
                                 {role::naive_xtensor, "xtensor", native::xtensor}};
    add_torch(v, threads);
    return v;
  }();
  return all;
}

}  // namespace bench

int main(int argc, char** argv) try {
  CLI::App app("Measures Tendril against hand-written loops, Eigen, xtensor and libtorch.");
  bench::report r;
  std::string filter, json;
  bool check = false, emitted = false;
  std::vector<std::pair<std::string, std::string>> sizes;
  app.add_option("--rounds", r.used.rounds, "how often each implementation's turn comes")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--threads", r.used.threads, "Tendril's and libtorch's threads; 0: all cores")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--filter", filter, "only cases with this in their names");
  app.add_option("--json", json, "also write the numbers to this file");
  app.add_option("--size", sizes, "a name and a file whose size is reported");
  app.add_flag("--check", check, "compare outputs at small sizes and measure nothing");
  app.add_flag("--emitted", emitted, "compare emitted C++ with the replay of `jit`, emitted Eigen with naive Eigen, and nothing else");
  CLI11_PARSE(app, argc, argv);
  if (emitted) return bench::run_emitted(filter, r.used);
  if (check) return bench::check(filter);
  for (const auto& [name, path] : sizes) r.sizes.push_back({name, static_cast<double>(std::filesystem::file_size(path)) / 1e6});
  r.command = "bench_performance";
  for (int k = 1; k < argc; ++k) {
    const std::string word = std::filesystem::path(argv[k]).filename();  // of files, not where they are on this machine
    r.command += word.find(' ') == std::string::npos ? " " + word : " '" + word + "'";
  }
  return bench::run(filter, std::move(r), json);
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
