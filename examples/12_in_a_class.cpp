// A traced function as the member of a class, prepared by the thread that will call it, for whatever container the data comes in.
#include <tendril/tendril.hpp>

#include <array>
#include <iostream>
#include <span>
#include <thread>
#include <vector>
namespace td = tendril;

// [readme member]
class low_pass {
 public:
  explicit low_pass(double rate) : step_([rate](const td::array& state, const td::array& x) { return state + rate * (x - state); }) {}
  // What the thread that calls needs is made here: its first update allocates nothing and waits for nobody.
  void prepare(std::span<const double> like) { step_.prepare(like, like); }
  void update(std::span<double> state, std::span<const double> x) const { step_.into(state, state, x); }

 private:
  td::traced<td::array(const td::array&, const td::array&)> step_;  // by its signature: a lambda's own type has no name
};
// [readme member]

int main() {
  low_pass filter(0.5);
  std::vector<double> state{0, 0, 0};
  const std::array<double, 3> x{8, 16, 32};
  std::thread([&] {
    filter.prepare(x);
    for (int tick = 0; tick < 3; ++tick) filter.update(state, x);
  }).join();
  std::cout << "after three updates: " << td::asarray(state) << "\n";
}
