// The comparison of jit with the interpreter: compiled once for all the tests that make it.
#include "jit_helpers.hpp"

#include <memory>

namespace jit_test {

void same_as_interpreter(const std::function<std::vector<td::array>(const std::vector<td::array>&)>& f, const std::vector<td::array>& in) {
  const auto results = td::trace_graph(f, {.to = "eigen", .contract = false})(in);
  std::vector<td::dtype> dtypes;
  for (const td::array& a : results) dtypes.push_back(a.dtype());
  const auto order = fuzz::order_by_dtype(dtypes);
  const auto traced = td::trace_graph(
      [&](const std::vector<td::array>& v) {
        const std::vector<td::array> all = f(v);
        std::vector<td::array> sorted;
        for (const std::size_t i : order) sorted.push_back(all[i]);
        return sorted;
      },
      {.to = "jit", .contract = false});
  for (const auto place : {fuzz::place::at_start, fuzz::place::at_end}) {
    std::vector<std::unique_ptr<fuzz::guarded>> memory;
    const auto put = [&](const td::array& a, bool copy) {
      const auto bytes = static_cast<std::size_t>(a.size()) * td::size_of(a.dtype());
      memory.push_back(std::make_unique<fuzz::guarded>(bytes, place == fuzz::place::at_end));
      td::array_view v = td::asarray(a).view();
      if (copy) std::memcpy(memory.back()->data(), v.data, bytes);
      v.data = memory.back()->data();
      return v;
    };
    std::vector<td::array_view> views;
    std::vector<td::array> operands;
    for (const td::array& a : in) {
      views.push_back(put(a, true));
      operands.push_back(td::detail::borrow(views.back()));
    }
    const auto check = [&](const char* how, std::size_t k, const td::array& got) {
      const td::array& expected = results[order[k]];
      const auto bytes = static_cast<std::size_t>(expected.size()) * td::size_of(expected.dtype());
      if (got.dtype() == expected.dtype() && got.shape() == expected.shape() &&
          std::memcmp(got.view().data, expected.view().data, bytes) == 0)
        return;
      if (same_bits(td::asarray(got), expected)) return;  // of NaNs any is good
      FAIL(how << ": result " << order[k] << ", at the end of a page " << (place == fuzz::place::at_end) << "\n"
               << to_string(traced.graph(operands), false));
    };
    fuzz::returned::where = place;
    const auto made = traced.call_as<fuzz::returned>(operands);
    REQUIRE(made.size() == results.size());
    for (std::size_t k = 0; k < made.size(); ++k) check("a call", k, made[k].value());
    std::vector<td::array_view> targets;
    for (const std::size_t i : order) targets.push_back(put(results[i], false));
    const bool as_users = place == fuzz::place::at_end;
    if (as_users) fuzz::call_into(traced, targets, operands);
    else traced.compiled(operands).into(targets, views);
    for (std::size_t k = 0; k < targets.size(); ++k) check(as_users ? "into" : "function::into", k, td::detail::borrow(targets[k]));
  }
}

}  // namespace jit_test
