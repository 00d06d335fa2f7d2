// Deep graphs on small stacks: nothing recurses over the depth of a graph, and a recursion that does not end is an error.
#include <functional>
#include <sstream>

#include "trace_helpers.hpp"

#include "catch.hpp"
#include "on_stack.hpp"

using namespace trace_test;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t small = 1 << 20;  // whose frames are larger
constexpr int length = 20'000;
#else
constexpr std::size_t small = 256 << 10;
constexpr int length = 100'000;
#endif

td::array chain(const td::array& x) {
  td::array y = x;
  for (int i = 0; i < length; ++i) y = i % 2 ? y + 1.0 : y - 1.0;
  return y;
}

// Each op needs the two before it.
td::array ladder(const td::array& x) {
  td::array a = x, b = x + 1.0;
  for (int i = 0; i < length / 2; ++i) {
    const td::array c = td::maximum(a, b) - 0.5;
    a = b;
    b = c;
  }
  return b;
}

// Ops that stand alone, and views.
td::array steps(const td::array& x) {
  td::array y = x;
  for (int i = 0; i < length / 20; ++i) y = td::flip(td::sort(td::roll(y, 1)));
  return y;
}

}  // namespace

TEST_CASE("depth: a hundred thousand ops are recorded, printed, compiled, run and destroyed on a stack of 256 KiB") {
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    doubles got;
    std::size_t lines = 0;
    CHECK(on_stack(small, [&] {
            const auto f = td::trace_graph(chain, {.to = backend});
            got = f(doubles{1, 2, 3});
            const td::graph g = f.graph();
            std::ostringstream out;
            out << g;
            const std::string text = out.str();
            lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
            td::verify(g);
            CHECK(f.explain().size() > 100);
          }) == "");
    CHECK(got == doubles{1, 2, 3});
    CHECK(lines == static_cast<std::size_t>(length) + 3);
  }
}

TEST_CASE("depth: graphs in which every op needs several, steps of their own, and evaluation op by op") {
  std::vector<doubles> got(4);
  CHECK(on_stack(small, [&] {
          const auto f = td::trace_graph(ladder);
          got[0] = f(doubles{1, 2, 3});
          CHECK(td::to_string(f.graph()).size() > 1000);
          got[1] = values(td::evaluate(f.graph(), std::vector<td::array>{td::asarray(doubles{1, 2, 3})})[0]);
          const auto g = td::trace_graph(steps);
          got[2] = g(doubles{3, 1, 2});
          CHECK(td::to_string(g.graph()).size() > 1000);
          got[3] = td::trace_graph(steps, {.optimize = false})(doubles{3, 1, 2});
        }) == "");
  CHECK(got[0] == got[1]);
  CHECK(got[2] == got[3]);
  CHECK(got[2] == doubles{3, 2, 1});
}

TEST_CASE("depth: eager chains, and views of views") {
  doubles got;
  CHECK(on_stack(small, [&] {
          td::array y = td::asarray(doubles{1, 2, 3});
          for (int i = 0; i < length; ++i) y = td::flip(i % 3 ? y : y + 0.0);
          got = values(y);
        }) == "");
  CHECK(got == doubles{1, 2, 3});
}

namespace {

bool ends = false;  // nobody sets it, but the compiler does not know

td::array endless(const td::array& x) {
  const td::array y = x * 0.5 + 1.0;
  return ends ? y : endless(y) - y;
}

}  // namespace

TEST_CASE("depth: a functor whose recursion does not end is an error on any stack, while tracing and eager") {
  for (const std::size_t bytes : {small, std::size_t{512} << 10, std::size_t{2} << 20}) {
    INFO(bytes);
    const auto traced = on_stack(bytes, [] { td::trace_graph(endless)(doubles{1, 2}); });
    CHECK_THAT(traced, contains("a recursion does not end: got a call at depth_test.cpp:"));
    CHECK_THAT(traced, contains("KiB of stack, expected an end before. End it by what is known while tracing"));
    CHECK_THAT(on_stack(bytes, [] { endless(td::asarray(doubles{1, 2})); }), contains("a recursion does not end"));
    using one = td::traced<td::array(const td::array&)>;
    const one* self = nullptr;
    const one f([&](const td::array& x) -> td::array { return (*self)(x) + 1; });
    self = &f;
    CHECK_THAT(on_stack(bytes, [&] { f(doubles{1, 2}); }), contains("does not end"));
    // Nothing is left of the attempts.
    CHECK(on_stack(bytes, [] { CHECK(td::trace_graph(counted)(doubles{1, 2}) == doubles{3, 5}); }) == "");
  }
}

TEST_CASE("depth: a recursion that ends may be as deep as the stack") {
  const std::function<td::array(const td::array&, int)> down = [&](const td::array& x, int n) -> td::array {
    return n == 0 ? x : down(x, n - 1) + 1.0;
  };
  doubles got;
  CHECK(on_stack(small, [&] { got = td::trace_graph([&](const td::array& x) { return down(x, 50); })(doubles{1, 2}); }) == "");
  CHECK(got == doubles{51, 52});
}
