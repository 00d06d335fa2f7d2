// Calls of the functions of examples/vision, named as kornia names them, on what kornia gave (tests/data/vision_*.json).
#pragma once
#include <vision/color.hpp>

#include "frontend_cases.hpp"

namespace tendril_test {

/// A call of a function on images.
class vision_call : public frontend_call<vision::Tensor> {
 public:
  explicit vision_call(const frontend_call<vision::Tensor>& c) : frontend_call(c) {}
  const vision::Tensor& image(std::size_t i = 0) const { return array(i); }
  template <std::size_t N>
  std::array<double, N> numbers(const char* name, std::array<double, N> otherwise = {}) const {
    return has(name) ? at(name).get<std::array<double, N>>() : otherwise;
  }
};

using vision_results = std::vector<vision::Tensor>;
using vision_runner = std::function<vision_results(const vision_call&)>;
using vision_functions = std::map<std::string, vision_runner>;

/// Every case of a file, eager on each backend and transpiled to each target; and that the file and the test have the same functions.
inline void check_vision(const std::string& file, const vision_functions& functions) {
  frontend_functions<vision::Tensor> of_calls;
  std::map<std::string, int> count;
  for (const auto& [name, run] : functions) {
    of_calls[name] = [run = run](const auto& c) { return run(vision_call(c)); };
    count[name] = 0;
  }
  for (const frontend_case& c : frontend_cases(file)) ++count[c.fn];
  for (const auto& [name, n] : count) {
    INFO(name);
    CHECK(n > 0);
    CHECK(functions.contains(name));
  }
  check_eager(file, "kornia", of_calls);
  const auto torch = tendril::source::torch;
  check_transpiled(file, "kornia", of_calls, torch, tendril::target::eigen);
  check_transpiled(file, "kornia", of_calls, torch, tendril::target::jit);
  check_transpiled(file, "kornia", of_calls, torch, tendril::target::xtensor);
}

}  // namespace tendril_test
