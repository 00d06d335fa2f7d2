// Seeing what a compiled function does: profiles, stages and machine code, as numbers and as text.
#include <algorithm>
#include <cmath>
#include <regex>
#include <sstream>

#include "catch.hpp"
#include "trace_helpers.hpp"

using namespace trace_test;

namespace {

bool has_jit() {
  const auto all = td::backends();
  return std::find(all.begin(), all.end(), "jit") != all.end();
}

/// A view where the weight is strided, a kernel, a group, a kernel and a copy; the view of a temporary takes no step.
std::pair<td::array, td::array> layer(const td::array& x, const td::array& weight) {
  const td::array y = td::matmul(x, td::matrix_transpose(weight)), below = y - td::max(y, {.axis = -1, .keepdims = true});
  const td::array z = td::matmul(td::matrix_transpose(below), x);
  return {z, z};
}

td::array strided(std::int64_t rows, std::int64_t columns) { return td::ones({rows, 2 * columns})[{td::slice(), td::slice(0, {}, 2)}]; }

/// Times and rates replaced by T, so that the rest of the table can be compared.
std::string without_times(const td::profile_report& r) {
  std::string s = to_string(r);
  s = std::regex_replace(s, std::regex(" *[0-9.]+ (ns|us|ms|s)\\b"), "T");
  s = std::regex_replace(s, std::regex(" *[0-9.]+ %"), " T%");
  return std::regex_replace(s, std::regex(" +[0-9.]+  (group|kernel|copy)"), " T $1");
}

}  // namespace

TEST_CASE("a profile has the steps of the function, with what each reads and writes") {
  const td::array x = td::ones({20, 30}), w = strided(5, 30);
  const auto f = td::trace_graph(layer, {.to = "eigen", .name = "layer"});
  const td::profile_report p = f.profile(x, w);
  const auto& steps = f.compiled(x, w).info().steps;
  CHECK(p.name == "layer");
  CHECK(p.runs >= 5);
  CHECK(p.seconds > 0);
  REQUIRE(p.steps.size() == steps.size());
  REQUIRE(p.steps.size() == 5);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    CHECK(p.steps[i].kind == steps[i].kind);
    CHECK(p.steps[i].ops == steps[i].ops);
    CHECK(p.steps[i].engine == steps[i].engine);
    CHECK(p.steps[i].seconds >= 0);
  }
  CHECK(p.steps[0].kind == "view");
  CHECK(p.steps[0].bytes_read + p.steps[0].bytes_written == 0);
  CHECK(p.steps[0].bandwidth() == 0);
  CHECK(p.steps[1].kind == "kernel");
  CHECK(p.steps[1].bytes_read == (20 * 30 + 30 * 5) * 8);
  CHECK(p.steps[1].bytes_written == 20 * 5 * 8);
  CHECK(p.steps[2].kind == "group");
  CHECK(p.steps[2].bytes_read == 20 * 5 * 8);
  CHECK(p.steps[2].bytes_written == 20 * 5 * 8);
  CHECK(p.steps[3].kind == "kernel");
  CHECK(p.steps[3].bytes_read == (20 * 5 + 20 * 30) * 8);
  CHECK(p.steps[3].bytes_written == 5 * 30 * 8);
  CHECK(p.steps[4].kind == "copy");
  CHECK(p.steps[4].bytes_read == 5 * 30 * 8);
  CHECK(p.steps[4].bytes_written == 5 * 30 * 8);
}

TEST_CASE("bytes are those of memory: an operand that stands twice is read once, so is what strides of 0 repeat") {
  const auto f = td::trace_graph([](const td::array& x, const td::array& y) { return x * x + y; }, {.contract = false});
  const td::array row = td::ones({100}), repeated = td::broadcast_to(row, {50, 100});
  const td::profile_report p = f.profile(td::ones({50, 100}), repeated);
  REQUIRE(p.steps.size() == 1);
  CHECK(p.steps[0].bytes_read == (50 * 100 + 100) * 8);
  CHECK(p.steps[0].bytes_written == 50 * 100 * 8);
  CHECK(f.profile(td::ones({0, 100}), td::ones({0, 100})).steps[0].bytes_read == 0);
}

TEST_CASE("a profile prints as a table") {
  const td::array x = td::ones({20, 30}), w = strided(500, 30);
  const td::profile_report p = td::trace_graph(layer, {.to = "eigen", .name = "layer"}).compiled(x, w).profile({x, w}, {.runs = 7});
  CHECK(without_times(p) ==
        "layer: 5 steps, medians of 7 runs\n"
        "      time   share      read   written    GB/s  step\n"
        "T T%                              view on core: matrix_transpose\n"
        "T T%  124.8 kB   80.0 kB T kernel on eigen: matmul\n"
        "T T%   80.0 kB   80.0 kB T group on eigen: max subtract\n"
        "T T%   84.8 kB  120.0 kB T kernel on eigen: matmul\n"
        "T T%  120.0 kB  120.0 kB T copy on core: result\n"
        "T                                      the whole call\n");
  std::ostringstream out;
  out << p;
  CHECK(out.str() == to_string(p));
}

TEST_CASE("a profile of what runs in a few nanoseconds, and of large arrays, finds times of their size") {
  const auto f = td::trace_graph([](const td::array& x) { return td::exp(x) + 1; });
  const td::profile_report small = f.profile(td::ones({1})), large = f.profile(td::ones({300000}));
  CHECK(small.seconds < large.seconds / 10);
  CHECK(small.steps[0].seconds < large.steps[0].seconds / 10);
  CHECK(large.steps[0].bandwidth() > 1e6);
  CHECK(large.steps[0].bandwidth() < 1e13);
  CHECK(small.runs >= large.runs);
}

TEST_CASE("profiling is no call, traces where need be, and takes native arrays, any layout and overlapping names") {
  const auto f = td::trace_graph([](const td::array& x) { return td::reshape(x * 2, {-1}); });
  const td::array x = td::matrix_transpose(td::ones({3, 4}));
  CHECK(f.profile(doubles{1, 2, 3}).steps.size() >= 1);
  CHECK(f.profile(x).steps.size() >= 1);
  CHECK(f.stats().traces == 2);
  CHECK(f.stats().calls == 0);
  CHECK(f.compiled(td::ones({4, 3})).profile({x}).steps.size() >= 1);  // compiled for rows, given columns
}

TEST_CASE("what cannot be profiled says why") {
  const td::function f = td::trace_graph([](const td::array& x) { return x + 1; }).compiled(doubles{1, 2});
  CHECK(message_of<td::error>([&] { f.profile({td::ones({2})}, {.runs = -3}); }) ==
        "[profile] the number of runs is negative: got -3, expected 1 or more. Leave it out for a fifth of a second.");
  CHECK_THAT(message_of<td::shape_error>([&] { f.profile({td::ones({3})}); }), contains("[call] the shape of input 0 differs: got (3,)"));
  CHECK_THAT(message_of<td::error>([] { td::function().profile({}); }), contains("[call] no function: got a default-constructed"));
  CHECK_THAT(message_of<td::error>([] { td::function().stages(); }), contains("[call] no function: got a default-constructed"));
  CHECK_THAT(message_of<td::error>([] { td::function().code(); }), contains("[call] no function: got a default-constructed"));
  CHECK_THAT(message_of<td::trace_error>([] {
               td::trace_graph([](const td::array& x) {
                 td::trace_graph([&](const td::array& y) { return x + y; }).profile(doubles{1});
                 return x;
               })(doubles{1});
             }),
             contains("[profile] the function uses a value of an enclosing trace: got arguments while that value has no elements"));
}

TEST_CASE("the stages of groups as text") {
  const auto f = td::trace_graph([](const td::array& x) { return (x - td::mean(x)) / td::std(x); }, {.to = "eigen", .contract = false});
  CHECK(f.compiled(doubles{1, 2, 3, 4}).stages() ==
        "group on eigen: moments sqrt subtract_divide\n"
        "1 rows of 4 elements, blocks of 4\n"
        "phase 0\n"
        "  r2, r3 = moments(x1) float64\n"
        "phase 1\n"
        "  row r4 = sqrt(r3) float64\n"
        "  x5 = subtract_divide(x1, r2, r4) float64\n");
  CHECK(td::trace_graph([](const td::array& x) { return td::matmul(x, x); }).compiled(td::ones({2, 2})).stages().empty());
  if (!has_jit()) return;
  CHECK_THAT(f.to("jit").compiled(doubles{1, 2, 3, 4}).stages(), contains("subtract_divide(x1, r2, r4) float64, loop "));
}

TEST_CASE("machine code: bytes, what begins where, and a listing") {
  const auto f = td::trace_graph([](const td::array& x) { return (x - td::mean(x)) / td::std(x); });
  CHECK(f.to("eigen").compiled(doubles(10)).code().empty());
  if (!has_jit()) return;
  const auto labels = [](const td::group_code& c) {
    std::string s;
    std::size_t last = 0;
    for (const auto& l : c.labels) {
      CHECK(l.offset >= last);
      CHECK(l.offset <= c.bytes.size());
      last = l.offset;
      s += l.text + "; ";
    }
    return s;
  };
  const auto one = f.to("jit").compiled(doubles(10)).code();
  REQUIRE(one.size() == 1);
  CHECK_THAT(one[0].ops, contains("moments"));
  CHECK(one[0].bytes.size() > 100);
  CHECK_THAT(labels(one[0]), contains("constants; a row of one block; phase 0; phase 1; "));
  CHECK(one[0].bytes.at(one[0].labels.at(1).offset) == 0x55);    // push rbp
  const auto many = f.to("jit").compiled(doubles(5000)).code();  // rows of several blocks
  REQUIRE(many.size() == 1);
  CHECK_THAT(labels(many[0]), contains("phase 0, each block; "));
  CHECK_THAT(labels(many[0]), contains("phase 1, once a row; phase 1, each block; "));
  const std::string text = to_string(one[0]);
  CHECK_THAT(text, contains(std::to_string(one[0].bytes.size()) + " bytes of machine code for: "));
  CHECK_THAT(text, contains("\nconstants:\n  00000  "));
  CHECK_THAT(text, contains("\nphase 0:\n"));
  CHECK_THAT(text, contains("\nphase 1:\n"));
  if (text.find("objdump") == std::string::npos) {
    CHECK_THAT(text, contains("  push rbp\n"));
    CHECK_THAT(text, contains("  ret\n"));
    CHECK_THAT(text, contains("vsubpd"));
  } else {
    CHECK_THAT(text, contains("Write `bytes` to a file and call objdump -D -b binary -mi386:x86-64 FILE."));
    CHECK_THAT(text, contains("\na row of one block:\n  "));
  }
}
