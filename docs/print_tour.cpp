// Prints what docs/tour.md shows: normalize at every station. Compared with docs/tour.expected.
#include <iostream>

#include <tendril/tendril.hpp>

#include "run/executable.hpp"
namespace td = tendril;

td::array normalize(const td::array& x) { return td::divide(td::subtract(x, td::mean(x)), td::std(x)); }

int main() {
  td::set_backend("eigen");  // the one that every machine has
  const std::vector<double> x{1, 2, 3, 4};
  auto f = td::trace_graph(normalize, td::args(x));
  td::graph recorded = f.graph();
  std::cout << "recorded\n" << to_string(recorded, false);

  const auto show = [](const td::pass_report& r, void* last) {
    std::string& before = *static_cast<std::string*>(last);
    const std::string after = to_string(*r.after, false);
    std::cout << "\n" << r.name << "\n" << (after == before ? "(nothing to do)\n" : after);
    before = after;
  };
  std::string last = to_string(recorded, false);
  td::run_passes(std::move(recorded), {}, show, &last);

  const td::function compiled = f.compiled(x);
  std::cout << "\nsteps\n" << f.explain() << compiled.info().bytes_planned << " bytes of workspace\n";
  for (const auto& step : compiled.impl()->steps)
    if (step.program) std::cout << "\nstage program\n" << to_string(*step.program);

  std::cout << "\nresult\n" << td::asarray(f(x)) << "\n";
}
