// Tracing: when the functor runs, what can be traced, backends, options, introspection.
#include "trace_helpers.hpp"

#include <functional>
#include <memory>
#include <numeric>

#include "backends/backends.hpp"
#include "catch.hpp"

using namespace trace_test;

namespace {

int runs = 0;
td::array counted(const td::array& x) {
  ++runs;
  return x * 2 + 1;
}

struct scaler {
  double factor = 3;
  int calls = 0;
  td::array operator()(const td::array& x) {
    ++calls;
    return x * factor;
  }
  td::array method(const td::array& x) const { return x * factor; }
};

}  // namespace

TEST_CASE("lazy: the functor runs at the first call and never again") {
  runs = 0;
  const auto f = td::trace_graph(counted);
  CHECK(runs == 0);
  CHECK(f(doubles{1, 2}) == doubles{3, 5});
  CHECK(runs == 1);
  CHECK(f(doubles{3, 4}) == doubles{7, 9});
  CHECK(f(doubles{5, 6}) == doubles{11, 13});
  CHECK(runs == 1);
  CHECK(f.stats().traces == 1);
}

TEST_CASE("eager: the functor runs at construction and never again") {
  runs = 0;
  const auto f = td::trace_graph(counted, td::args(doubles{1, 2}));
  CHECK(runs == 1);
  CHECK(f.stats().calls == 0);
  CHECK(f(doubles{3, 4}) == doubles{7, 9});
  CHECK(runs == 1);
  CHECK(f.stats().calls == 1);
}

TEST_CASE("decorator: td::traced in front of a lambda") {
  int count = 0;
  td::traced f = [&count](const td::array& x) {
    ++count;
    return (x - td::mean(x)) / td::std(x);
  };
  CHECK(count == 0);
  const doubles x{1, 2, 3, 4};
  const doubles first = f(x), second = f(x);
  CHECK(count == 1);
  CHECK(first == second);
  CHECK(first[0] == Approx(-1.3416407864998738));
  CHECK(first[3] == Approx(1.3416407864998738));
}

TEST_CASE("trace_graph takes example arguments, options, both or none") {
  const doubles x{1, 2};
  CHECK(td::trace_graph(counted, {.name = "n"})(x) == doubles{3, 5});
  CHECK(td::trace_graph(counted, {})(x) == doubles{3, 5});
  const auto f = td::trace_graph(counted, td::args(x), {.to = "eigen", .name = "tuned"});
  CHECK(f.graph().name == "tuned");
  CHECK(f(x) == doubles{3, 5});
}

TEST_CASE("every kind of callable is traced") {
  const doubles x{1, 2};
  SECTION("function pointer") { CHECK(td::trace_graph(&counted)(x) == doubles{3, 5}); }
  SECTION("lambda with a capture") {
    const double k = 5;
    CHECK(td::trace_graph([k](const td::array& a) { return a + k; })(x) == doubles{6, 7});
  }
  SECTION("mutable lambda") {
    CHECK(td::trace_graph([n = 0](const td::array& a) mutable { return a + ++n; })(x) == doubles{2, 3});
  }
  SECTION("generic lambda") {
    CHECK(td::trace_graph([](const auto& a) { return a * a; })(x) == doubles{1, 4});
  }
  SECTION("variadic generic lambda") {
    CHECK(td::trace_graph([](const auto&... a) { return (a + ...); })(x, x, x) == doubles{3, 6});
  }
  SECTION("functor that counts: the copy inside is what runs") {
    const auto f = td::trace_graph(scaler{});
    CHECK(f(x) == doubles{3, 6});
    CHECK(f(x) == doubles{3, 6});
    CHECK(f.functor().calls == 1);
  }
  SECTION("std::ref keeps the functor outside") {
    scaler s;
    const auto f = td::trace_graph(std::ref(s));
    CHECK(f(x) == doubles{3, 6});
    CHECK(s.calls == 1);
  }
  SECTION("std::function") {
    const std::function<td::array(const td::array&)> g = counted;
    CHECK(td::trace_graph(g)(x) == doubles{3, 5});
  }
  SECTION("member function bound to an object") {
    const scaler s;
    CHECK(td::trace_graph(std::bind_front(&scaler::method, &s))(x) == doubles{3, 6});
  }
  SECTION("move-only") {
    auto owner = std::make_unique<double>(4);
    const auto f = td::trace_graph([p = std::move(owner)](const td::array& a) { return a * *p; });
    const auto copy = f;  // a handle: the functor itself is not copied
    CHECK(f(x) == doubles{4, 8});
    CHECK(copy(x) == doubles{4, 8});
    CHECK(f.stats().traces == 1);
  }
  SECTION("lambda that takes its array by value") {
    CHECK(td::trace_graph([](td::array a) {
            a += 1;
            return a;
          })(x) == doubles{2, 3});
  }
  SECTION("a traced object") {
    const auto inner = td::trace_graph(counted);
    CHECK(td::trace_graph(inner)(x) == doubles{3, 5});
  }
}

TEST_CASE("copies share specializations, and a copy outlives its original") {
  runs = 0;
  auto original = std::make_unique<td::traced<td::array (*)(const td::array&)>>(counted);
  const auto copy = *original;
  (*original)(doubles{1, 2});
  CHECK(runs == 1);
  original.reset();
  CHECK(copy(doubles{1, 2}) == doubles{3, 5});
  CHECK(runs == 1);
  CHECK(copy.stats().calls == 2);
}

TEST_CASE("the nameable form is a data member") {
  struct model {
    td::traced<td::array(const td::array&, const td::array&)> step;
    explicit model(double k) : step([k](const td::array& a, const td::array& b) { return a + b * k; }) {}
  };
  const model m(2);
  CHECK(m.step(doubles{1, 2}, doubles{3, 4}) == doubles{7, 10});
  const std::vector<model> several{model(1), model(3)};
  CHECK(several[1].step(doubles{1}, doubles{2}) == doubles{7});
}

TEST_CASE("a traced function called inside a trace is inlined") {
  int inner_runs = 0, outer_runs = 0;
  const auto inner = td::trace_graph([&](const td::array& x) {
    ++inner_runs;
    return x * 2;
  });
  const auto outer = td::trace_graph([&](const td::array& x) {
    ++outer_runs;
    return inner(x) + inner(x + 1);
  });
  CHECK(outer(doubles{1, 2}) == doubles{6, 10});
  CHECK(outer(doubles{3, 4}) == doubles{14, 18});
  CHECK(outer_runs == 1);
  CHECK(inner_runs == 2);  // once for each place it is called
  CHECK(td::op_node_count(outer.graph()) == 4);
  CHECK(inner.stats().traces == 0);
}

TEST_CASE("a traced function called inside a trace with native arguments runs there and then") {
  const auto inner = td::trace_graph([](const td::array& x) { return td::sum(x); });
  const auto outer = td::trace_graph([&](const td::array& x) {
    const td::array total = inner.call_as<td::array>(doubles{1, 2, 3});
    CHECK(total.item<double>() == 6);
    return x + total;
  });
  CHECK(outer(doubles{1, 2}) == doubles{7, 8});
  CHECK(inner.stats().traces == 1);
}

TEST_CASE("captured arrays are constants: owned ones shared, borrowed ones copied") {
  const td::array owned({1., 2.});
  doubles memory{10, 20};
  const td::array borrowed = td::view(memory);
  const auto f = td::trace_graph([&](const td::array& x) { return x + owned + borrowed; });
  CHECK(f(doubles{0, 0}) == doubles{11, 22});
  memory[0] = 1000;
  CHECK(f(doubles{0, 0}) == doubles{11, 22});
  const td::graph g = f.graph();
  int shared = 0;
  for (const td::node& n : g.nodes)
    if (n.id() == td::op_id::constant) shared += std::get<td::array>(n.attrs.find("value")->value).data<double>() == owned.data<double>();
  CHECK(shared == 1);
}

TEST_CASE("C++ state that the functor reads is read once") {
  double k = 2;
  const auto f = td::trace_graph([&k](const td::array& x) { return x * k; });
  CHECK(f(doubles{1}) == doubles{2});
  k = 5;
  CHECK(f(doubles{1}) == doubles{2});
  f.clear();
  CHECK(f(doubles{1}) == doubles{5});
}

TEST_CASE("a value that depends on no input is a number while tracing") {
  const auto f = td::trace_graph([](const td::array& x) {
    const td::array steps = td::sum(td::arange(4));
    return steps.item<std::int64_t>() == 6 && (steps > 5) ? x * steps : x;
  });
  CHECK(f(doubles{1, 2}) == doubles{6, 12});
}

// ---- signatures

TEST_CASE("a functor that reads no shape is not run again for other extents") {
  runs = 0;
  const auto f = td::trace_graph(counted);
  CHECK(f(doubles{1, 2}) == doubles{3, 5});
  CHECK(f(doubles{1, 2, 3}) == doubles{3, 5, 7});
  CHECK(f(doubles{1}) == doubles{3});
  CHECK(f(doubles{}) == doubles{});
  CHECK(runs == 1);
  CHECK(f.stats().traces == 1);
  CHECK(f.stats().specializations == 4);
}

TEST_CASE("a functor that reads a shape is run for each") {
  const auto check_reader = [](auto read) {
    int count = 0;
    const auto f = td::trace_graph([&](const td::array& x) {
      ++count;
      return x * static_cast<double>(read(x));
    });
    CHECK(f(doubles{1, 1}) == doubles{2, 2});
    CHECK(f(doubles{1, 1, 1}) == doubles{3, 3, 3});
    CHECK(f(doubles{1, 1}) == doubles{2, 2});
    CHECK(count == 2);
    CHECK(f.stats().traces == 2);
  };
  check_reader([](const td::array& x) { return x.shape()[0]; });
  check_reader([](const td::array& x) { return x.shape(-1); });
  check_reader([](const td::array& x) { return x.size(); });
  check_reader([](const td::array& x) { return (x + 1).size(); });
  check_reader([](const td::array& x) { return td::unstack(x).size(); });  // the number of results is a fact too
}

TEST_CASE("extents that were equal need not stay equal") {
  const auto f = td::trace_graph([](const td::array& a, const td::array& b) { return a + b; });
  CHECK(f(doubles{1}, doubles{2}) == doubles{3});
  CHECK(f(doubles{1, 2, 3}, doubles{2}) == doubles{3, 4, 5});
  CHECK(f(doubles{1}, doubles{2, 3}) == doubles{3, 4});
  CHECK_THROWS_AS(f(doubles{1, 2, 3}, doubles{2, 3}), td::shape_error);
  CHECK(f(doubles{1, 2}, doubles{2, 3}) == doubles{3, 5});
  CHECK(f.stats().traces == 1);
}

TEST_CASE("another dtype or another rank is another trace") {
  int count = 0;
  const auto f = td::trace_graph([&](const td::array& x) {
    ++count;
    return x + 1;
  });
  CHECK(f(doubles{1}) == doubles{2});
  CHECK(f(floats{1}) == floats{2});
  CHECK(f(std::vector<int>{1}) == std::vector<int>{2});
  CHECK(count == 3);
  const std::array<std::array<double, 2>, 1> table{{{1, 2}}};
  CHECK(f(table) == std::array<std::array<double, 2>, 1>{{{2, 3}}});
  CHECK(count == 4);
}

TEST_CASE("layouts of a td::array are part of its signature, values are right in each") {
  const auto f = td::trace_graph([](const td::array& x) { return td::reshape(x, {-1}) + td::reshape(td::matrix_transpose(x), {-1}); });
  const td::array x({{1., 2., 3.}, {4., 5., 6.}, {7., 8., 9.}});
  const doubles expected{2, 6, 10, 6, 10, 14, 10, 14, 18};
  CHECK(values(f(x)) == expected);
  CHECK(values(f(td::matrix_transpose(x))) == expected);
  CHECK(f.stats().specializations == 2);
  CHECK(values(f(td::flip(x, {.axis = 0}))) == doubles{14, 12, 10, 12, 10, 8, 10, 8, 6});
  CHECK(f.stats().specializations == 3);
}

// ---- scalars and static values

TEST_CASE("numbers are traced where the parameter is an array") {
  int count = 0;
  const auto f = td::trace_graph([&](const td::array& x, const td::array& k) {
    ++count;
    return x * k;
  });
  CHECK(f(doubles{1, 2}, 3.0) == doubles{3, 6});
  CHECK(f(doubles{1, 2}, 4.0) == doubles{4, 8});
  CHECK(count == 1);
  CHECK(f(doubles{1, 2}, 4) == doubles{4, 8});  // int32: another dtype
  CHECK(count == 2);
}

TEST_CASE("numbers are static where the parameter is a number") {
  int count = 0;
  const auto f = td::trace_graph([&](const td::array& x, double k, int n) {
    ++count;
    return x * k + n;
  });
  CHECK(f(doubles{1, 2}, 3.0, 1) == doubles{4, 7});
  CHECK(f(doubles{1, 2}, 3.0, 1) == doubles{4, 7});
  CHECK(count == 1);
  CHECK(f(doubles{1, 2}, 3.0, 2) == doubles{5, 8});
  CHECK(f(doubles{1, 2}, 4.0, 2) == doubles{6, 10});
  CHECK(count == 3);
}

TEST_CASE("numbers are traced by generic functors, and static under td::static_") {
  int count = 0;
  const auto f = td::trace_graph([&](const auto& x, const auto& k) {
    ++count;
    return x * k;
  });
  CHECK(f(doubles{1, 2}, 3.0) == doubles{3, 6});
  CHECK(f(doubles{1, 2}, 5.0) == doubles{5, 10});
  CHECK(count == 1);
  CHECK(f(doubles{1, 2}, td::static_(3.0)) == doubles{3, 6});
  CHECK(f(doubles{1, 2}, td::static_(4.0)) == doubles{4, 8});
  CHECK(count == 3);
}

TEST_CASE("enums, strings and static values are part of the signature") {
  enum class mode { twice, half };
  int count = 0;
  const auto f = td::trace_graph([&](const td::array& x, mode m, const std::string& s) {
    ++count;
    const td::array y = m == mode::twice ? x * 2 : x / 2;
    return s == "a rather long text that no key holds in one word" ? -y : y;
  });
  CHECK(f(doubles{2}, mode::twice, "") == doubles{4});
  CHECK(f(doubles{2}, mode::half, "") == doubles{1});
  CHECK(f(doubles{2}, mode::half, "a rather long text that no key holds in one word") == doubles{-1});
  CHECK(f(doubles{2}, mode::half, std::string("a rather long text that no key holds in one word")) == doubles{-1});
  CHECK(f(doubles{2}, mode::half, "a rather long text that no key holds in one worD") == doubles{1});
  CHECK(f(doubles{2}, mode::twice, "") == doubles{4});
  CHECK(count == 5);  // a std::string is another C++ type than a literal, hence another signature
}

TEST_CASE("numbers alone make a td::array") {
  const auto f = td::trace_graph([](const td::array& a, const td::array& b) { return a * b; });
  const td::array y = f(3.0, 4.0);
  CHECK(y.ndim() == 0);
  CHECK(y.item<double>() == 12);
  CHECK(f(3, 4).dtype() == td::int32);
}

TEST_CASE("a call of many arguments") {
  const auto f = td::trace_graph([](const auto&... a) { return (a + ...); });
  const doubles x{1, 2};
  CHECK(f(x, x, x, x, x, x, x, x, x, x) == doubles{10, 20});
  CHECK(f(x, x, x, x, x, x, x, x, x, x) == doubles{10, 20});
  std::vector<doubles> list(100, x);
  const auto g =
      td::trace_graph([](const std::vector<td::array>& v) { return std::accumulate(v.begin() + 1, v.end(), v.front(), std::plus<>()); });
  CHECK(g(list) == doubles{100, 200});
  CHECK(g(list) == doubles{100, 200});
  CHECK(g.stats().traces == 1);
}

// ---- options

TEST_CASE("check finds a captured number that changed") {
  double k = 2;
  const auto f = td::trace_graph([&](const td::array& x) { return x * k; }, {.check = true});
  CHECK(f(doubles{1}) == doubles{2});
  CHECK(f(doubles{3}) == doubles{6});
  k = 3;
  CHECK_THAT(message_of<td::trace_error>([&] { f(doubles{1}); }),
             contains("the captured value used at trace_test.cpp:") && contains("changed"));
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
             contains("subtract at trace_test.cpp:") && contains("was add at trace_test.cpp:"));
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

TEST_CASE("stats count the calls of other threads' slots and of evicted ones") {
  const auto f = td::trace_graph(counted);
  for (int i = 0; i < 10; ++i)
    for (std::size_t n = 1; n < 6; ++n) f(doubles(n));
  CHECK(f.stats().calls == 50);
}

// ---- replay inside replay

TEST_CASE("a kernel may call the traced object that runs it: nothing in use is given away") {
  static const td::traced<td::array(const td::array&)>* self = nullptr;
  td::op_record r;
  r.name = "test_countdown";  // the sum of n + (n - 1) + ... by calling itself on shorter arrays
  r.inputs = {{td::input_spec::form::array, "x"}};
  r.infer = [](const td::type_request& q) { return std::vector<td::type>{q.inputs[0]}; };
  r.kernel = [](std::span<const td::array_view> out, std::span<const td::array_view> in, const td::attributes&) {
    const auto n = static_cast<std::size_t>(in[0].size());
    const double shorter = n > 1 ? (*self)(doubles(n - 1))[0] : 0;
    std::fill_n(static_cast<double*>(out[0].data), n, shorter + static_cast<double>(n));
  };
  const td::op_record& op = td::register_op(r);
  const td::traced<td::array(const td::array&)> f(
      [&](const td::array& x) { return td::softmax(td::call(op, {x + 1})) * 0 + td::call(op, {x}); }, {.max_specializations = 2});
  self = &f;
  CHECK(f(doubles(6)) == doubles(6, 21));
  CHECK(f(doubles(6)) == doubles(6, 21));
  CHECK(f(doubles(7)) == doubles(7, 28));
}

// ---- lifetime

namespace {
// Destroyed after main: the traced object is older, so it still lives then.
td::traced<td::array(const td::array&)> global = [](const td::array& x) { return x * 3; };
struct last_words {
  std::atomic<bool> armed{false};
  ~last_words() {
    if (!armed) return;
    if (global(doubles{1, 2}) != doubles{3, 6} || global(floats{1}) != floats{3}) std::abort();  // the test program fails
  }
} at_exit;
}  // namespace

TEST_CASE("a namespace-scope traced object works from first to last") {
  CHECK(global(doubles{1, 2}) == doubles{3, 6});
  at_exit.armed = true;
}
