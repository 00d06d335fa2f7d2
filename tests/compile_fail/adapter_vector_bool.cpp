// expect: std::vector<bool> packs its elements into bits, which no array can borrow\. Pass a std::array<bool, N>, a std::span<bool>
#include <tendril/natives.hpp>

tendril::array mask() {
  std::vector<bool> flags(3);
  return tendril::asarray(flags);
}
