// expect: td::view borrows memory, and this temporary dies at the end of the statement\. Give it a name first
#include <tendril/natives.hpp>

tendril::array dangling() { return tendril::view(std::vector<double>{1, 2}); }
