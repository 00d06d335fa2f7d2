// Every public op of the table against what NumPy computed: eager, traced and by the oracle, on every backend.
#include <algorithm>
#include <functional>

#include <tendril/trace.hpp>

#include "catch.hpp"
#include "reference.hpp"

namespace {

using tendril::array;
using tendril_test::op_case;

// What went wrong in one way of running the cases of an op: the first few in full, then a count.
class failures {
 public:
  void add(const op_case& c, const std::string& what) {
    if (++count_ <= 4) text_ += "\n\n" + c.op + ", case " + std::to_string(c.index) + ": " + what + "\n  " + c.text;
  }
  std::string text() const { return count_ > 4 ? text_ + "\n\nand " + std::to_string(count_ - 4) + " more" : text_; }

 private:
  int count_ = 0;
  std::string text_;
};

using runner = std::function<std::vector<array>(const op_case&)>;

std::vector<array> run_eagerly(const op_case& c) { return tendril::apply(*tendril::find_op(c.op), c.operands(), c.attributes); }

auto trace(const op_case& c, const std::string& backend) {
  const auto calls_the_op = [&c](const std::vector<array>& in) {
    return tendril::apply(*tendril::find_op(c.op), c.operands(in), c.attributes);
  };
  return tendril::trace_graph(calls_the_op, tendril::trace_options{.to = backend, .contract = false});
}

std::string difference(const std::vector<array>& got, const op_case& c) {
  if (got.size() != c.outputs.size()) return "got " + std::to_string(got.size()) + " results, expected " + std::to_string(c.outputs.size());
  for (std::size_t k = 0; k < got.size(); ++k)
    if (const std::string d = tendril_test::difference(got[k], c.outputs[k], c.tolerances[k]); !d.empty())
      return "result " + std::to_string(k) + ": " + d;
  return "";
}

std::string difference(const std::vector<array>& got, const std::vector<array>& eager) {
  if (got.size() != eager.size()) return "the number of results differs from the eager one";
  for (std::size_t k = 0; k < got.size(); ++k)
    if (const std::string d = tendril_test::difference(got[k], tendril::detail::copy_of(eager[k].view())); !d.empty())
      return "not bit-identical with eager: " + d;
  return "";
}

void check_all(const std::vector<op_case>& cases, const runner& run, const runner& same_bits = nullptr) {
  failures failed;
  for (const op_case& c : cases) {
    const std::vector<array> kept = [&] {
      std::vector<array> copies;
      for (const array& a : c.array_inputs()) copies.push_back(tendril::detail::copy_of(a.view()));
      return copies;
    }();
    try {
      const std::vector<array> got = run(c);
      if (const std::string d = difference(got, c); !d.empty()) failed.add(c, d);
      else if (same_bits)
        if (const std::string e = difference(got, same_bits(c)); !e.empty()) failed.add(c, e);
      for (std::size_t i = 0; i < kept.size(); ++i)
        if (const std::string d = tendril_test::difference(c.arrays[i].value, kept[i]); !d.empty())
          failed.add(c, "an input was written to: " + d);
    } catch (const std::exception& e) { failed.add(c, std::string("threw: ") + e.what()); }
  }
  CHECK(failed.text() == "");
}

void check_op(const std::string& op) {
  // Ops without array inputs trace to constants, which is worth a warning to users but not here.
  tendril::set_warning_handler([](std::string_view) {});
  const std::vector<op_case> cases = tendril_test::op_cases(op);
  REQUIRE_FALSE(cases.empty());
  const bool elementwise = tendril::find_op(op)->is(tendril::trait::elementwise);
  for (const std::string& backend : tendril::backends()) {
    const tendril::backend_scope scope(backend);
    INFO("backend " << backend);
    {
      INFO("eager");
      check_all(cases, run_eagerly);
    }
    {
      INFO("traced");
      check_all(
          cases, [&](const op_case& c) { return trace(c, backend)(c.array_inputs()); }, elementwise ? runner(run_eagerly) : nullptr);
    }
    {
      INFO("oracle");
      check_all(cases, [&](const op_case& c) {
        const std::vector<array> in = c.array_inputs();
        return tendril::evaluate(trace(c, backend).graph(in), in, backend);
      });
    }
  }
}

}  // namespace

#define OP(name, ...) \
  TEST_CASE(#name) { check_op(#name); }
#define INTERNAL(...)
#include <tendril/ops.def>

TEST_CASE("both backends are under test") {
  const std::vector<std::string> all = tendril::backends();
  CHECK(std::find(all.begin(), all.end(), "eigen") != all.end());
  CHECK((std::find(all.begin(), all.end(), "xtensor") != all.end()) == static_cast<bool>(TENDRIL_HAS_XTENSOR_BACKEND));
}
