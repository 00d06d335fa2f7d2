// Retracing: what makes a new specialization, how to see why, how to forbid it, and how `check` finds a function that changed.
#include <tendril/tendril.hpp>

#include <iostream>
namespace td = tendril;

int main() {
  const auto zeros = [](std::vector<std::int64_t> shape, td::dtype d = td::float32) { return td::zeros(shape, {.dtype = d}); };

  int runs = 0;
  td::traced softmax([&](const td::array& x) { return ++runs, td::exp(x) / td::sum(td::exp(x), {.axis = -1, .keepdims = true}); },
                     {.name = "softmax"});

  softmax(zeros({40, 80}));
  softmax(zeros({40, 80}));
  std::cout << "two calls, one signature: the function ran " << runs << " time\n";

  // The function reads no extent, so its graph serves every shape of this rank: it is made ready for the new shape, and does not run again.
  softmax(zeros({20, 160}));
  std::cout << "another shape: it ran " << runs << " time\n";
  softmax(zeros({40, 80}, td::float64));
  std::cout << "another dtype: it ran " << runs << " times\n\n";
  std::cout << softmax.explain() << "\n";

  const td::trace_stats s = softmax.stats();
  std::cout << s.calls << " calls, " << s.traces << " traces, " << s.specializations << " specializations, " << s.kernels_compiled
            << " kernels compiled\n\n";

  // A function that reads its argument's shape in C++ is traced for each: here the loop's length is part of the graph.
  runs = 0;
  td::traced add_rows = [&](const td::array& x) {
    ++runs;
    td::array total = x[0];
    for (std::int64_t i = 1; i < x.shape(0); ++i) total = total + x[i];
    return total;
  };
  for (int rows : {2, 3, 2, 3}) add_rows(zeros({rows, 5}));
  std::cout << "a function that reads a shape: " << runs << " runs for 2 shapes in 4 calls\n\n";

  // In a loop that must not stall, forbid what was not prepared.
  auto fixed =
      td::trace_graph([](const td::array& x) { return td::tanh(x); }, td::args(zeros({4, 8})), {.on_retrace = td::retrace::forbid});
  fixed(zeros({4, 8}));
  try {
    fixed(zeros({5, 8}));
  } catch (const td::trace_error& e) { std::cout << e.what() << "\n\n"; }

  // What the function captures is read while tracing, as in JAX; a replay does not see it change ...
  double offset = 1;
  const auto shift = [&](const td::array& x) { return x + offset; };
  td::traced shifted(shift);
  shifted(zeros({2}));
  offset = 100;
  std::cout << "replayed after the capture changed: " << shifted(zeros({2})) << "\n";
  shifted.clear();  // forget what was recorded
  std::cout << "after clear(): " << shifted(zeros({2})) << "\n";

  // ... but `check` does: it runs the function again at each call, and compares the graph, the constants and the results.
  td::traced checked(shift, {.check = true, .name = "shift"});
  checked(zeros({2}));
  offset = -1;
  try {
    checked(zeros({2}));
  } catch (const td::trace_error& e) { std::cout << e.what() << "\n"; }
}
