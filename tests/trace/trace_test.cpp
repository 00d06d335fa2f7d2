// Tracing: when the functor runs, what can be traced, values read while tracing, replay inside replay, lifetime.
#include "trace_helpers.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>

#include <tendril/detail/op_id.hpp>

#include "catch.hpp"

using namespace trace_test;

namespace {

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
