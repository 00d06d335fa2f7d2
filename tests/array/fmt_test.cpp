// fmt writes what `<<` writes, and takes a string's width and alignment.
#include <tendril/fmt.hpp>

#include <sstream>

#include "catch.hpp"

namespace td = tendril;

TEST_CASE("fmt prints arrays, types, dtypes and graphs as << does") {
  const td::array a({{1., 2.5}, {3., 4.}});
  std::ostringstream stream;
  stream << a;
  CHECK(fmt::format("{}", a) == stream.str());
  CHECK(fmt::format("[{:>8}]", td::int64) == "[   int64]");
  const std::int64_t shape[] = {2, 3};
  CHECK(fmt::format("{}", td::type::of(td::float32, shape)) == "float32[2, 3]");
  td::graph g;
  g.results = {g.add_input(td::type::of(td::float64, shape))};
  CHECK(fmt::format("{}", g) == to_string(g));
  CHECK(fmt::format("{:.3}", td::bool_) == "boo");
}
