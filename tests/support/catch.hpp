// Catch2, whichever major version is installed, with the few names that differ between 2.13 and 3 under one spelling.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_approx.hpp>
#include <catch2/catch_message.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <catch2/matchers/catch_matchers_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>

namespace tendril_test {

#if __has_include(<catch2/catch_test_macros.hpp>)
inline auto contains(const std::string& text) { return Catch::Matchers::ContainsSubstring(text); }
#else
inline auto contains(const std::string& text) { return Catch::Matchers::Contains(text); }
#endif

}  // namespace tendril_test

#if __has_include(<catch2/catch_test_macros.hpp>)
using Catch::Approx;  // 2.13 says so itself
#endif
using tendril_test::contains;
