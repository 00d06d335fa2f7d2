// Gradients.
#include <tendril/tendril.hpp>

#include <iostream>

#include "catch.hpp"

namespace td = tendril;
using td::array;

TEST_CASE("thin") {
  const auto f = [](const array& x) { return td::sum(x * x); };
  const array x({1.f, 2.f, 3.f});
  std::cout << td::grad(f)(x) << "\n";
  auto g = td::trace_graph(td::value_and_grad(f));
  const auto [v, s] = g(x);
  std::cout << v << s << g.graph(x) << g.optimized_graph(x);
  auto gg = td::trace_graph(td::grad([&](const array& y) { return td::sum(td::sin(td::grad(f)(y))); }));
  std::cout << gg(x) << gg.graph(x) << gg.optimized_graph(x);
}
