// Options of tracing, the backend of a traced object, and what it tells of itself.
#include "trace_helpers.hpp"

#include "catch.hpp"
#include "kernels/backend.hpp"

using namespace trace_test;

// ---- options

TEST_CASE("check finds a captured number that changed") {
  double k = 2;
  const auto f = td::trace_graph([&](const td::array& x) { return x * k; }, {.check = true});
  CHECK(f(doubles{1}) == doubles{2});
  CHECK(f(doubles{3}) == doubles{6});
  k = 3;
  CHECK_THAT(message_of<td::trace_error>([&] { f(doubles{1}); }),
             contains("the captured value used at trace_options_test.cpp:") && contains("changed"));
  f.clear();
  CHECK(f(doubles{1}) == doubles{3});
}

TEST_CASE("check finds a captured array that changed, and a graph that changed") {
  td::array k({1., 2.});
  bool more = false;
  const auto f = td::trace_graph([&](const td::array& x) { return more ? x + k + 1 : x + k; }, {.check = true, .name = "shifty"});
  CHECK(f(doubles{1, 1}) == doubles{2, 3});
  k = td::array({1., 2.});  // the same values elsewhere
  CHECK(f(doubles{1, 1}) == doubles{2, 3});
  k = td::array({1., 3.});
  CHECK_THAT(
      message_of<td::trace_error>([&] {
        f(doubles{1, 1});
      }),
      contains("[check] the function \"shifty\" no longer does what was recorded") && contains("captured value") && contains("clear()"));
  k = td::array({1., 2.});
  more = true;
  CHECK_THAT(message_of<td::trace_error>([&] { f(doubles{1, 1}); }), contains("it records 4 nodes, expected 2"));
  more = false;
  CHECK(f(doubles{1, 1}) == doubles{2, 3});
}

TEST_CASE("check names the op that changed") {
  bool plus = true;
  const auto f = td::trace_graph([&](const td::array& x, const td::array& y) { return plus ? x + y : x - y; }, {.check = true});
  f(doubles{1}, doubles{2});
  plus = false;
  CHECK_THAT(message_of<td::trace_error>([&] { f(doubles{1}, doubles{2}); }),
             contains("subtract at trace_options_test.cpp:") && contains("was add at trace_options_test.cpp:"));
}

TEST_CASE("on_retrace warns of a new signature and says which argument differs") {
  const warnings heard;
  const auto f =
      td::trace_graph([](const td::array& x, const td::array& y) { return x + y; }, {.on_retrace = td::retrace::warn, .name = "sum"});
  f(doubles{1, 2}, doubles{1, 2});
  CHECK(warnings::texts().empty());
  f(doubles{1, 2}, doubles{1});
  REQUIRE(warnings::texts().size() == 1);
  CHECK_THAT(warnings::texts()[0], contains("[call] \"sum\" is retraced for (float64[2], float64[1])") &&
                                       contains("argument 1 differs: got float64[1], known float64[2]"));
  f(doubles{1, 2}, doubles{1});
  CHECK(warnings::texts().size() == 1);
}

TEST_CASE("on_retrace forbid refuses a new signature and keeps the old ones") {
  const auto f = td::trace_graph(counted, td::args(doubles{1, 2}), {.on_retrace = td::retrace::forbid});
  CHECK(f(doubles{1, 2}) == doubles{3, 5});
  CHECK_THAT(message_of<td::trace_error>([&] {
               f(doubles{1, 2, 3});
             }),
             contains("[call] a retrace is forbidden: got signature (float64[3])") &&
                 contains("argument 0 differs: got float64[3], known float64[2]"));
  CHECK_THROWS_AS(f(floats{1, 2}), td::trace_error);
  CHECK(f(doubles{1, 2}) == doubles{3, 5});
  CHECK(f.stats().specializations == 1);
}

TEST_CASE("max_specializations drops the least recently used") {
  int count = 0;
  const auto f = td::trace_graph(
      [&](const td::array& x) {
        ++count;
        return x + static_cast<double>(x.shape(0));
      },
      {.max_specializations = 2});
  const doubles one(1), two(2), three(3);
  f(one), f(two), f(one), f(one);
  CHECK(count == 2);
  f(three);  // two goes: one was used since
  CHECK(count == 3);
  CHECK(f.stats().specializations == 2);
  const auto known = f.specializations();
  CHECK(known[0].signature == "(float64[3])");
  CHECK(known[1].signature == "(float64[1])");
  f(one), f(three);
  CHECK(count == 3);
  CHECK(f(two) == doubles{2, 2});
  CHECK(count == 4);
}

TEST_CASE("thousands of signatures in turn are each made once") {
  const auto f = td::trace_graph(counted);
  const warnings heard;
  for (int round = 0; round < 2; ++round)
    for (std::size_t n = 1; n <= 1000; ++n) REQUIRE(f(doubles(n, 1.0)) == doubles(n, 3.0));
  CHECK(f.stats().specializations == 1000);
  CHECK(f.stats().traces == 1);
  CHECK(f.stats().calls == 2000);
  CHECK_THAT(f.explain(), contains("(999 in all)"));
  CHECK(warnings::texts().empty());
}

TEST_CASE("what is dropped and made again, over and over, is said once with the argument whose extents change") {
  const warnings heard;
  const auto f =
      td::trace_graph([](const td::array& a, const td::array& b) { return td::sum(a) + b; }, {.max_specializations = 4, .name = "mix"});
  for (int round = 0; round < 20; ++round)
    for (std::size_t n = 1; n <= 5; ++n) f(doubles{1, 2}, doubles(n));
  REQUIRE(warnings::texts().size() == 1);
  CHECK_THAT(warnings::texts()[0],
             contains("[call] \"mix\" makes again what it had dropped: got more signatures in turn than the 4 that it "
                      "keeps, which differ in argument 1, now (float64[2], float64[") &&
                 contains("Raise max_specializations"));
  CHECK(f.stats().specializations == 4);
}

TEST_CASE("a signature that is used between many others is not dropped") {
  const auto f = td::trace_graph([](const td::array& x) { return x + static_cast<double>(x.shape(0)); }, {.max_specializations = 3});
  const doubles often(50);
  f(often);
  for (std::size_t n = 1; n <= 20; ++n) f(doubles(n)), f(often);
  CHECK(f.stats().traces == 21);
}

TEST_CASE("specializations are bounded by bytes too, and the last one always stays") {
  const auto f = td::trace_graph(counted);
  f(doubles(1));
  const std::size_t one = f.stats().bytes_kept;
  CHECK(one > 500);
  CHECK(one < 100000);
  for (std::size_t n = 2; n <= 10; ++n) f(doubles(n));
  CHECK(f.stats().bytes_kept > 5 * one);
  const auto g = td::trace_graph(counted, {.max_specialization_bytes = 4 * one});
  for (std::size_t n = 1; n <= 10; ++n) CHECK(g(doubles(n, 1.0)) == doubles(n, 3.0));
  CHECK(g.stats().bytes_kept <= 4 * one);
  CHECK(g.stats().specializations >= 2);
  CHECK(g.stats().specializations <= 4);
  const auto h = td::trace_graph(counted, {.max_specialization_bytes = 0});
  for (std::size_t n = 1; n <= 3; ++n) CHECK(h(doubles(n, 1.0)) == doubles(n, 3.0));
  CHECK(h.stats().specializations == 1);
}

TEST_CASE("a number that is traced again for each of its values is said once, with its parameter") {
  const auto step = [](const td::array& x, double rate, int) { return x * rate; };
  const warnings heard;
  const auto f = td::trace_graph(step, {.name = "step"});
  for (int i = 0; i < 40; ++i) {
    f(doubles{1, 2}, 0.5 + i, 3);
    f(doubles{1}, 0.5 + i, 3);  // extents are none of its business
    CHECK(warnings::texts().size() == (i < 16 ? 0 : 1));
  }
  CHECK(f.stats().traces == 40);
  CHECK_THAT(warnings::texts()[0], contains("[call] \"step\" is traced again for each value of argument 1: got (float64[2], static 16.5, "
                                            "static 3)") &&
                                       contains("Make the parameter a td::array"));
  // Other arguments that change are no reason, nor are a few values.
  const auto g = td::trace_graph(step);
  for (int i = 0; i < 16; ++i) g(doubles{1, 2}, i % 4 + 0.5, i % 2), g(floats{1}, 0.5, 100 + i % 2);
  CHECK(warnings::texts().size() == 1);
  // The parameter that is named is the one that changes.
  const auto h = td::trace_graph(step, {.name = "h"});
  for (int i = 0; i < 40; ++i) h(doubles{1, 2}, 0.5, i);
  REQUIRE(warnings::texts().size() == 2);
  CHECK_THAT(warnings::texts()[1], contains("\"h\" is traced again for each value of argument 2"));
}

TEST_CASE("a warning handler may ask the object that warns") {
  static const td::traced<td::array(const td::array&)>* asked = nullptr;
  static std::size_t known = 0;
  const td::traced<td::array(const td::array&)> f([](const td::array& x) { return x + 1; }, {.on_retrace = td::retrace::warn});
  asked = &f;
  td::set_warning_handler([](std::string_view) { known = asked->stats().specializations; });
  f(doubles{1}), f(doubles{1, 2});
  CHECK(known == 2);
  // One that throws ends the call, and nothing is held by it.
  td::set_warning_handler([](std::string_view text) { throw td::error(std::string(text)); });
  CHECK_THAT(message_of([&] { f(doubles{1, 2, 3}); }), contains("is retraced for (float64[3])"));
  td::set_warning_handler(nullptr);
  CHECK(f(doubles{1, 2, 3}) == doubles{2, 3, 4});
}

TEST_CASE("more signatures than thread slots stay traced once") {
  int count = 0;
  const auto f = td::trace_graph([&](const td::array& x) {
    ++count;
    return x + static_cast<double>(x.shape(0));
  });
  for (int round = 0; round < 3; ++round)
    for (std::size_t n = 1; n <= 20; ++n) CHECK(f(doubles(n)) == doubles(n, static_cast<double>(n)));
  CHECK(count == 20);
  CHECK(f.stats().calls == 60);
}

TEST_CASE("optimize = false runs op by op and gives the same numbers without contract") {
  const doubles x{0.3, -1.7, 2.9, 1e-3, 5};
  const auto body = [](const td::array& a) { return td::exp(a) * a + a / 3; };
  const doubles plain = td::trace_graph(body, {.optimize = false, .contract = false})(x);
  CHECK(td::trace_graph(body, {.contract = false})(x) == plain);
  CHECK(td::to<doubles>(body(td::asarray(x))) == plain);
  const auto f = td::trace_graph(body, td::args(x), {.optimize = false});
  CHECK(f.compiled(x).info().groups == 0);
  CHECK(f.compiled(x).info().steps.size() == 4);
}

TEST_CASE("contract fuses a product into a multiply-add where the processor has one, and not when told") {
  const auto body = [](const td::array& a, const td::array& b, const td::array& c) { return a * b + c; };
  // 1 + 2^-30 squared is 1 + 2^-29 + 2^-60: the last part survives only if the product is not rounded.
  const doubles a{1 + 0x1p-30}, c{-1 - 0x1p-29};
  const bool has_one = std::string_view(td::detail::find_backend("test", {}).blocks->isa) != "baseline";
  CHECK(td::trace_graph(body)(a, a, c) == doubles{has_one ? 0x1p-60 : 0});
  CHECK(td::trace_graph(body, {.contract = false})(a, a, c) == doubles{0});
}

// ---- backends

TEST_CASE("the backend is fixed when the object is built: option, scope, set_backend, default") {
  const std::string standard = td::current_backend();
  const auto engine = [](const auto& f) {
    f(doubles{1, 2});
    const std::string text = f.explain();
    return text.substr(text.find("backend ") + 8, text.find(':') - text.find("backend ") - 8);
  };
  const auto plain = td::trace_graph(counted);
  CHECK(engine(plain) == standard);
  if (td::backends().size() < 2) return;
  td::set_backend("xtensor");
  CHECK(td::current_backend() == "xtensor");
  CHECK(engine(td::trace_graph(counted)) == "xtensor");
  CHECK(engine(plain) == standard);
  {
    const td::backend_scope outer{"eigen"};
    CHECK(td::current_backend() == "eigen");
    CHECK(engine(td::trace_graph(counted)) == "eigen");
    CHECK(engine(td::trace_graph(counted, {.to = "xtensor"})) == "xtensor");
    {
      const td::backend_scope inner{"xtensor"};
      CHECK(td::current_backend() == "xtensor");
    }
    CHECK(td::current_backend() == "eigen");
  }
  CHECK(td::current_backend() == "xtensor");
  td::set_backend(standard);
  CHECK(td::current_backend() == standard);
}

TEST_CASE("to: a handle on another backend shares the graphs, not the specializations") {
  if (td::backends().size() < 2) return;
  runs = 0;
  const auto f = td::trace_graph(counted, {.to = "eigen"});
  const auto g = f.to("xtensor");
  CHECK(f(doubles{1, 2}) == doubles{3, 5});
  CHECK(g(doubles{1, 2}) == doubles{3, 5});
  CHECK(g(doubles{1, 2, 3}) == doubles{3, 5, 7});
  CHECK(runs == 1);
  CHECK(f.stats().specializations == 1);
  CHECK(g.stats().specializations == 2);
  CHECK_THAT(f.explain(), contains("on eigen: "));
  CHECK_THAT(g.explain(), contains("on backend xtensor") && contains("on xtensor: "));
  CHECK_THROWS_AS(f.to("nothing"), td::backend_error);
}

// ---- introspection

TEST_CASE("graph, specializations, explain, stats and clear") {
  const auto f = td::trace_graph(normalize, {.to = "eigen", .name = "normalize"});
  CHECK(f.explain() == "\"normalize\" on backend eigen: 0 specializations\nnever retraced\n");
  f(doubles{1, 2, 3});
  CHECK(td::op_node_count(f.graph()) == 4);
  CHECK(td::op_node_count(f.graph(floats{1, 2})) == 4);  // traced for it, not run
  f(floats{1, 2});
  const auto known = f.specializations();
  REQUIRE(known.size() == 2);
  CHECK(known[0].signature == "(float32[2])");
  CHECK(known[1].signature == "(float64[3])");
  CHECK(td::op_node_count(known[0].graph) == 4);
  CHECK(known[0].compiled.groups == 1);
  const td::trace_stats s = f.stats();
  CHECK(s.calls == 2);
  CHECK(s.traces == 2);
  CHECK(s.specializations == 2);
  CHECK(s.kernels_compiled == 0);
  CHECK(s.compile_seconds > 0);
  CHECK(s.compile_seconds < 10);
  CHECK(s.bytes_planned > 0);
  CHECK_THAT(f.explain(), contains("\"normalize\" on backend eigen: 2 specializations\n"
                                   "last retraced for (float32[2]): argument 0 differs: got float32[2], known float64[3] (1 in all)\n"
                                   "(float32[2])\n  1. group on eigen: "));
  f.clear();
  CHECK(f.stats().specializations == 0);
  CHECK(f.stats().calls == 2);
  CHECK_THROWS_AS(f.graph(), td::trace_error);
  f(doubles{1, 2, 3});
  CHECK(f.stats().traces == 3);
  CHECK(f.stats().calls == 3);
}

TEST_CASE("explain names the argument that differs, static values and nesting included") {
  const auto f = td::trace_graph(
      [](const std::vector<td::array>& v, int n, const std::string& s) { return v[0] * n + static_cast<double>(s.size()); });
  f(std::vector<doubles>{{1}, {2}}, 3, "ab");
  CHECK(f.specializations()[0].signature == "([float64[1], float64[1]], static 3, static \"ab\")");
  f(std::vector<doubles>{{1}, {2}}, 4, "ab");
  CHECK_THAT(f.explain(), contains("argument 1 differs: got static 4, known static 3"));
  f(std::vector<doubles>{{1}, {2}}, 4, "cd");
  CHECK_THAT(f.explain(), contains("argument 2 differs: got static \"cd\", known static \"ab\""));
  f(std::vector<doubles>{{1}, {2}, {3}}, 4, "cd");
  CHECK_THAT(f.explain(), contains("argument 0 differs: got [float64[1], float64[1], float64[1]], known [float64[1], float64[1]]"));
  f(std::vector<floats>{{1}, {2}, {3}}, 4, "cd");
  CHECK_THAT(f.explain(),
             contains("argument 0 differs: got [float32[1], float32[1], float32[1]], known [float64[1], float64[1], float64[1]]"));
}

TEST_CASE("stats count the calls of an object that checks each of them") {
  const auto f = td::trace_graph(counted, {.check = true, .max_specializations = 2});
  f.trace(doubles{1});  // looking is no call
  CHECK(f.graph(doubles{1}).results.size() == 1);
  CHECK(f.stats().calls == 0);
  for (int i = 0; i < 10; ++i)
    for (std::size_t n = 1; n < 4; ++n) f(doubles(n));  // more than are kept
  CHECK(f.stats().calls == 30);
  f.clear();
  f(doubles{1});
  CHECK(f.stats().calls == 31);
}

TEST_CASE("stats count the calls of other threads' slots and of evicted ones") {
  const auto f = td::trace_graph(counted);
  for (int i = 0; i < 10; ++i)
    for (std::size_t n = 1; n < 6; ++n) f(doubles(n));
  CHECK(f.stats().calls == 50);
}
