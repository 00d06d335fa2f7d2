// The members of examples/vision's module by their names, and the calls that kornia made of each.
#pragma once
#include <vision/library.hpp>

#include "frontend_cases.hpp"

namespace tendril_test {

inline const std::vector<std::string>& vision_files() {
  static const std::vector<std::string> all{"vision_color.json", "vision_filters.json", "vision_enhance.json"};
  return all;
}

/// The call that a member makes: its first one with the options that the member has.
inline const frontend_case* member_case(const std::string& name) {
  for (const std::string& file : vision_files())
    for (const frontend_case& c : frontend_cases(file))
      if (c.member && c.fn == name) return &c;
  return nullptr;
}

using member_call = std::function<std::vector<tendril::array>(const frontend_case&)>;

inline std::vector<tendril::array> listed(const tendril::array& a) { return {a}; }
inline std::vector<tendril::array> listed(const std::pair<tendril::array, tendril::array>& p) { return {p.first, p.second}; }

template <class Member, class R, class... P>
member_call call_of(const Member& m, R (*)(P...)) {
  return [m](const frontend_case& c) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) { return listed(m(c.arrays.at(I)...)); }
    (std::index_sequence_for<P...>());
  };
}

/// Every member, called with the arrays of a case.
template <class Library>
std::vector<std::pair<std::string, member_call>> members_of(const Library& lib) {
  std::vector<std::pair<std::string, member_call>> all;
#define X(signature, member, ...) \
  all.emplace_back(MODULE_NAME "." #member, call_of(lib.MODULE.member, static_cast<vision::signature*>(nullptr)));
#define MODULE color
#define MODULE_NAME "color"
  VISION_COLOR(X)
#undef MODULE_NAME
#undef MODULE
#define MODULE filters
#define MODULE_NAME "filters"
  VISION_KERNELS(X)
  VISION_FILTERS(X)
  VISION_FILTER_OBJECTS(X)
#undef MODULE_NAME
#undef MODULE
#define MODULE enhance
#define MODULE_NAME "enhance"
  VISION_ENHANCE(X)
  X(of_images, add_weighted)
  VISION_ENHANCE_OBJECTS(X)
#undef MODULE_NAME
#undef MODULE
#undef X
  return all;
}

}  // namespace tendril_test
