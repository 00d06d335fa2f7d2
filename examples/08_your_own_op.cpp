// An op of your own: one made of other ops, which fuses with its neighbours, and one with a kernel of your own.
#include <tendril/tendril.hpp>

#include <iostream>
namespace td = tendril;

// By decomposition: an ordinary function over td::array. Graphs show the op by its name; compiling expands it.
std::vector<td::array> swish_rule(std::span<const td::array> in, const td::attributes& at) {
  return {in[0] * td::sigmoid(at.get_real("beta") * in[0])};
}
const td::op_record& swish_op = td::register_op({
    .name = "swish",
    .inputs = {{.name = "x"}},
    .attributes = {{.name = "beta", .default_value = 1.0}},
    .decompose = swish_rule,
    .doc = "x * sigmoid(beta * x)",
});
// A function for it, with the caller's line, so that messages and graphs point to the user's code.
td::array swish(const td::array& x, double beta = 1, std::source_location where = std::source_location::current()) {
  return td::call(swish_op, {{x, where}}, {{"beta", beta}}, where);
}

// By kernel: what no other op can express. A rule says which type comes out of which; the kernel gets row-major views of those types.
std::vector<td::type> cumsum_type(const td::type_request& request) {
  const td::type& x = request.inputs[0];
  if (x.dtype != td::float64)
    throw td::dtype_error("[cumsum] dtype not taken: got " + to_string(x.dtype) + ", expected float64. Convert with td::astype.");
  if (x.rank() == 0) throw td::shape_error("[cumsum] no axis to sum along: got rank 0, expected at least 1. Reshape it first.");
  return {x};
}
void cumsum_kernel(std::span<const td::array_view> out, std::span<const td::array_view> in, const td::attributes&) {
  const auto* from = static_cast<const double*>(in[0].data);
  auto* to = static_cast<double*>(out[0].data);
  const std::int64_t row = in[0].shape[in[0].rank - 1];
  for (std::int64_t i = 0; i < in[0].size(); ++i) to[i] = from[i] + (i % row ? to[i - 1] : 0);
}
const td::op_record& cumsum_op = td::register_op({
    .name = "cumsum",
    .inputs = {{.name = "x"}},
    .infer = cumsum_type,
    .kernel = cumsum_kernel,
    .doc = "the running sum along the last axis",
});
td::array cumsum(const td::array& x, std::source_location where = std::source_location::current()) {
  return td::call(cumsum_op, {{x, where}}, {}, where);
}

int main() {
  // Both are ops like any other: called at once ...
  const td::array x = {{1., -2., 3.}, {0.5, 4., -1.}};
  std::cout << "swish:\n" << swish(x) << "\ncumsum:\n" << cumsum(x) << "\n\n";

  // ... or recorded. The graph keeps the names; what runs is the decomposition, fused with its neighbours, and the kernel.
  td::traced f([](const td::array& a) { return cumsum(swish(a + 1, 2)) / td::sum(a); }, {.name = "f"});
  std::cout << f(x) << "\n\n" << f.graph() << "\n" << f.explain() << "\n";

  // What a rule refuses is refused at the call, or while tracing, by your own text.
  try {
    cumsum(td::astype(x, td::float32));
  } catch (const td::dtype_error& e) { std::cout << e.what() << "\n"; }
  try {
    td::register_op({.name = "add"});
  } catch (const td::error& e) { std::cout << e.what() << "\n"; }
}
