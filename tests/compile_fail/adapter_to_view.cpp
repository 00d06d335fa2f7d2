// expect: td::to makes a new container, and this type does not own its elements\. Ask for the owning type of its family
#include <tendril/natives.hpp>

auto nobody_owns(const tendril::array& a) { return tendril::to<std::span<double>>(a); }
