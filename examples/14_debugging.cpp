// When a number is wrong, when it is slow, when it retraces: what to ask, in that order.
#include <tendril/tendril.hpp>

#include <iostream>
namespace td = tendril;

// [readme faulty]
// An op with a fault: its kernel keeps a number from call to call.
void smooth_kernel(std::span<const td::array_view> out, std::span<const td::array_view> in, const td::attributes&) {
  static double last = 0;
  const auto* from = static_cast<const double*>(in[0].data);
  auto* to = static_cast<double*>(out[0].data);
  for (std::int64_t i = 0; i < in[0].size(); ++i) to[i] = last = 0.5 * (last + from[i]);
}
const td::op_record& smooth_op = td::register_op({
    .name = "smooth",
    .inputs = {{.name = "x"}},
    .infer = [](const td::type_request& r) { return std::vector<td::type>{r.inputs[0]}; },
    .kernel = smooth_kernel,
});
td::array filtered(const td::array& x) { return td::call(smooth_op, {x - td::mean(x)}) * 2; }
// [readme faulty]

int main() {
  const std::vector<double> x{1, 2, 3, 6};

  std::cout << "a number is wrong\n";
  {
    // [readme check]
    auto f = td::trace_graph(filtered, {.to = "eigen", .check = true, .name = "filtered"});
    try {
      f(x);
    } catch (const td::internal_error& e) { std::cout << e.what() << "\n"; }
    // [readme check]
  }
  {
    // [readme one-by-one]
    auto whole = td::trace_graph([](const td::array& a) { return (a - td::mean(a)) / td::std(a); }, {.to = "eigen"});
    auto one_by_one =
        td::trace_graph([](const td::array& a) { return (a - td::mean(a)) / td::std(a); }, {.to = "eigen", .optimize = false});
    std::cout << td::asarray(whole(x)) << "\n" << td::asarray(one_by_one(x)) << "\n";
    // [readme one-by-one]
  }

  std::cout << "\nit is slow\n";
  {
    // [readme slow]
    auto f = td::trace_graph([](const td::array& a) { return td::sort(td::exp(a) * 2) + 1; }, td::args(x), {.to = "eigen", .name = "f"});
    std::cout << f.explain() << f.compiled(x).stages();
    // [readme slow]
  }

  std::cout << "\nit retraces\n";
  {
    // [readme retraces]
    auto f = td::trace_graph([](const td::array& a, double by) { return a * by; }, {.to = "eigen", .name = "scaled"});
    f(x, 2.0);
    f(x, 3.0);  // `by` is no td::array: its value is a part of the signature
    std::cout << f.explain() << f.stats().traces << " traces\n";
    // [readme retraces]
  }
}
