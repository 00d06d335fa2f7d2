// Arrays print as NumPy's str() prints them.
#include <sstream>

#include <nlohmann/json.hpp>
#include <tendril/ops.hpp>

#include "catch.hpp"
#include "reference.hpp"

namespace td = tendril;

TEST_CASE("arrays print as NumPy prints them") {
  const auto cases = tendril_test::load_cases("print.json");
  REQUIRE(cases.size() > 150);
  for (const auto& c : cases) {
    const td::array a = tendril_test::read_array(c).value;
    INFO(td::name_of(a.dtype()) << " " << td::to_string(a.shape()));
    CHECK(td::to_string(a) == c.at("repr").get<std::string>());
  }
}

TEST_CASE("the layout in memory does not show in print") {
  for (const auto& c : tendril_test::load_cases("print.json")) {
    if (c.at("shape").empty() || c.at("data").empty()) continue;
    for (const char* layout : {"transposed", "strided", "reversed"}) {
      auto laid_out = c;
      laid_out["view"] = layout;
      const tendril_test::stored_array a = tendril_test::read_array(laid_out);
      INFO(layout << " " << td::to_string(a.value.shape()));
      CHECK(td::to_string(a.value) == c.at("repr").get<std::string>());
    }
  }
}

TEST_CASE("<< writes what to_string gives") {
  std::ostringstream out;
  out << td::array({0.1, 0.25, 1.0});
  CHECK(out.str() == "[0.1  0.25 1.  ]");
}

TEST_CASE("a default-constructed array prints without an error") { CHECK(td::to_string(td::array()) == "<no array>"); }
