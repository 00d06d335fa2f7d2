// What the environment asks of a program: a log by topics, everything op by op, every call checked; and what check says of a wrong number.
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "array/environment.hpp"
#include "catch.hpp"
#include "trace_helpers.hpp"

using namespace trace_test;

namespace {

/// Variables of the environment while it lives; the library reads them at both ends.
class variables {
 public:
  variables(std::initializer_list<std::pair<const char*, std::string>> all) : all_(all) {
    for (const auto& [name, value] : all_) setenv(name, value.c_str(), 1);
    td::detail::read_environment();
  }
  ~variables() {
    for (const auto& [name, value] : all_) unsetenv(name);
    td::detail::read_environment();
  }
  variables(const variables&) = delete;

 private:
  std::vector<std::pair<const char*, std::string>> all_;
};

/// A file that is gone when the test ends.
struct log_file {
  std::string path = "/tmp/tendril_log_" + std::to_string(getpid());
  log_file() { unlink(path.c_str()); }
  ~log_file() { unlink(path.c_str()); }
  std::string text() const {
    std::stringstream s;
    s << std::ifstream(path).rdbuf();
    return s.str();
  }
};

// Each call gives other numbers from the second element on.
int kernel_runs = 0;
const td::op_record& drifting() {
  static const td::op_record& op = td::register_op({
      .name = "drifting",
      .inputs = {{.name = "x"}},
      .infer = [](const td::type_request& r) { return std::vector<td::type>{r.inputs[0]}; },
      .kernel =
          [](std::span<const td::array_view> out, std::span<const td::array_view> in, const td::attributes&) {
            ++kernel_runs;
            for (std::int64_t i = 0; i < in[0].size(); ++i)
              static_cast<double*>(out[0].data)[i] = static_cast<const double*>(in[0].data)[i] + (i > 0 ? kernel_runs : 0);
          },
  });
  return op;
}

}  // namespace

TEST_CASE("TENDRIL_LOG writes what is recorded, what passes make of it, what is compiled and who runs it") {
  const log_file file;
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    unlink(file.path.c_str());
    {
      const variables set{{"TENDRIL_LOG", "traces,passes,stages,code,kernels"}, {"TENDRIL_LOG_FILE", file.path}};
      const auto f = td::trace_graph(normalize, {.to = backend, .name = "norm"});
      f(doubles{1, 2, 4});
      f(floats{1, 2, 4});
    }
    const std::string text = file.text();
    CHECK_THAT(text, contains("tendril traces: \"norm\" is traced for (float64[3])\ngraph norm(%0: float64[3])"));
    CHECK_THAT(text, contains("is traced for (float32[3]); last retraced for (float32[3]): argument 0 differs"));
    CHECK_THAT(text, contains("tendril passes: after decompose\n") && contains("tendril passes: after fuse\ngraph norm") &&
                         contains("tendril passes: fold changes nothing\n"));
    CHECK_THAT(text, contains("tendril kernels: \"norm\" has 1 steps") && contains("\n  group on "));
    CHECK_THAT(text, contains("tendril stages: \"norm\"\ngroup on "));
    CHECK((text.find("tendril code: \"norm\"\n") != std::string::npos) == (backend == "jit"));
    // Without the variables nothing is written.
    td::trace_graph(normalize, {.to = backend})(doubles{1, 2, 4, 5});
    CHECK(file.text() == text);
  }
}

TEST_CASE("one topic is logged alone, and what the log cannot do is a warning") {
  const log_file file;
  {
    const variables set{{"TENDRIL_LOG", "kernels"}, {"TENDRIL_LOG_FILE", file.path}};
    td::trace_graph(normalize, {.to = "eigen"})(doubles{1, 2, 4});
    td::compile(td::trace_graph(normalize).graph(doubles{1, 2}), {.to = "eigen"});
  }
  CHECK_THAT(file.text(), contains("tendril kernels:") && !contains("tendril traces:") && !contains("tendril passes:"));
  const warnings heard;
  { const variables set{{"TENDRIL_LOG", "trces,,kernels"}, {"TENDRIL_LOG_FILE", file.path}}; }
  REQUIRE(warnings::texts().size() == 1);
  CHECK_THAT(
      warnings::texts()[0],
      contains("[log] TENDRIL_LOG names an unknown topic: got \"trces\", expected some of traces, passes, stages, code, kernels or all."));
  warnings::texts().clear();
  { const variables set{{"TENDRIL_LOG_FILE", "/nowhere/at/all"}}; }
  REQUIRE(warnings::texts().size() == 1);
  CHECK_THAT(warnings::texts()[0],
             contains("[log] TENDRIL_LOG_FILE cannot be opened: got \"/nowhere/at/all\" (No such file or directory)"));
}

TEST_CASE("TENDRIL_OPTIMIZE=0 runs everything op by op, with the same numbers") {
  const doubles x{1, 2, 4}, want = td::trace_graph(normalize)(x);
  for (const std::string& backend : td::backends()) {
    const variables set{{"TENDRIL_OPTIMIZE", "0"}};
    const auto f = td::trace_graph(normalize, {.to = backend});
    const doubles y = f(x);
    for (std::size_t i = 0; i < 3; ++i) CHECK(y[i] == Approx(want[i]));
    CHECK_THAT(f.explain(), !contains("group on"));
    CHECK_THAT(td::compile(f.graph(), {.to = backend}).stages(), !contains("group on"));
  }
  CHECK_THAT(
      [&] {
        const auto f = td::trace_graph(normalize, td::args(x), {.to = "eigen"});
        return f.explain();
      }(),
      contains("group on eigen"));
}

TEST_CASE("TENDRIL_CHECK=1 checks every call of every traced object") {
  double k = 2;
  const variables set{{"TENDRIL_CHECK", "1"}};
  const auto f = td::trace_graph([&](const td::array& x) { return x * k; });
  CHECK(f(doubles{1}) == doubles{2});
  k = 3;
  CHECK_THAT(message_of<td::trace_error>([&] { f(doubles{1}); }), contains("the captured value used at environment_test.cpp:"));
}

TEST_CASE("check names the first value that differs from the oracle, its line and its element") {
  for (const std::string& backend : td::backends()) {
    kernel_runs = 0;
    unsigned at = 0;
    const auto f = td::trace_graph(
        [&](const td::array& x) {
          at = __LINE__ + 1;
          return td::exp(td::call(drifting(), {x * 2})) + 1;
        },
        {.to = backend, .check = true});
    const std::string said = message_of<td::internal_error>([&] { f(doubles{0.5, 1, 2}); });
    CHECK_THAT(said, contains("[check] result 0 of \"traced\" differs between replay and step-by-step evaluation: the first value that "
                              "differs is drifting at " +
                              line(at) + ": element (1) is ") &&
                         contains(", expected ") && contains("Please report this with the graph:\ngraph traced"));
    CHECK(f.stats().traces > 0);
  }
}

TEST_CASE("check compares elements of every dtype and rank") {
  kernel_runs = 0;
  const auto f = td::trace_graph(
      [](const td::array& x) {
        return td::reshape(td::call(drifting(), {x}), {2, 2}) > 1;
      },
      {.check = true, .contract = false});
  CHECK_THAT(message_of<td::internal_error>([&] { f.call_as<td::array>(doubles{0, 0, 0, 0}); }), contains("differs is drifting at "));
}

TEST_CASE("check takes a product and a sum that round once for right, and sums that cancel") {
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const td::trace_options checked{.to = backend, .check = true};
    const auto f = td::trace_graph([](const td::array& a, const td::array& c) { return a * a + c; }, checked);
    f(td::full({8}, 4097.f, {.dtype = td::float32}), td::full({8}, -16785408.f, {.dtype = td::float32}));
    f(td::full({8}, 134217729.), td::full({8}, -18014398777917440.));
    const auto g = td::trace_graph([](const td::array& a, const td::array& b) { return td::floor(1.0 / (a * b + -1.0)); }, checked);
    for (int k = 3; k < 60; ++k) g(doubles(8, k), doubles(8, 1. / k));
    const auto product =
        td::trace_graph([](const td::array& a, const td::array& b) { return td::relu(td::matmul(a * 1e3f, b * 1e3f) + 1.f); }, checked);
    const td::array a = td::reshape(td::astype(td::sin(td::arange(300. * 700) * 1e3), td::float32), {300, 700}),
                    b = td::reshape(td::astype(td::cos(td::arange(700. * 200) * 1e3), td::float32), {700, 200});
    product(a, b);
  }
}
