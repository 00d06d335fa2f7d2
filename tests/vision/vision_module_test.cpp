// The module of examples/vision: members are transpiled at their first calls, give what kornia gave, and are written as a package for JAX.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "vision_members.hpp"

namespace {

namespace td = tendril;
namespace fs = std::filesystem;

// What the members give of the calls that kornia made of them.
template <class Target>
void check_members(Target target) {
  const std::vector<std::string> there = td::backends();
  if (std::find(there.begin(), there.end(), Target::backend) == there.end()) return;
  const auto lib = td::transpile<vision::library>(td::source::torch, target);
  const auto members = tendril_test::members_of(lib);
  CHECK(members.size() == lib.names().size());
  for (const auto& [name, call] : members) {
    INFO(name);
    const tendril_test::frontend_case* const c = tendril_test::member_case(name);
    REQUIRE(c != nullptr);
    const std::vector<td::array> got = call(*c);
    REQUIRE(got.size() == c->outputs.size());
    for (std::size_t k = 0; k < got.size(); ++k) CHECK(tendril_test::difference(got[k], c->outputs[k], c->tolerances[k]) == "");
  }
}

}  // namespace

TEST_CASE("every member gives what kornia gave, on every target") {
  check_members(td::target::eigen);
  check_members(td::target::jit);
  check_members(td::target::xtensor);
}

TEST_CASE("nothing happens until a member is called") {
  const auto lib = td::transpile<vision::library>(td::source::torch, td::target::jax);
  for (const auto& [name, call] : tendril_test::members_of(lib)) CHECK(tendril_test::member_case(name) != nullptr);
  CHECK_FALSE(lib.color.bgr_to_grayscale.transpiled());
  CHECK(lib.color.bgr_to_grayscale(td::ones({2, 3, 4, 5})).shape() == td::extents{2, 1, 4, 5});
  CHECK(lib.color.bgr_to_grayscale.transpiled());
  CHECK_FALSE(lib.color.rgb_to_hsv.transpiled());
  CHECK(lib.color.bgr_to_grayscale.pending() == "");
}

// The folder stays where TENDRIL_VISION_PACKAGE names it: tests/data/run_vision.py imports it in the real JAX.
TEST_CASE("every member is written as Python") {
  const char* const named = std::getenv("TENDRIL_VISION_PACKAGE");
  const fs::path folder = named ? fs::path(named) : fs::temp_directory_path() / ("tendril_vision_" + std::to_string(getpid()));
  const auto lib = td::transpile<vision::library>(td::source::torch, td::target::jax);
  for (const auto& [name, call] : tendril_test::members_of(lib)) (void)call(*tendril_test::member_case(name));
  const td::module_report report = lib.write(folder.string());
  for (const auto& [name, why] : report.failed) {
    INFO(name << ": " << why);
    CHECK(false);
  }
  CHECK(report.done == lib.names());
  std::stringstream text;
  text << std::ifstream(folder / "color.py").rdbuf();
  CHECK_THAT(text.str(), contains("def bgr_to_grayscale(image: jax.Array) -> jax.Array:\n    \"\"\"The luma of a BGR image.\n\n    Args:\n"
                                  "        image: an array.\n    \"\"\"\n"));
  CHECK_THAT(text.str(), contains("def yuv420_to_rgb(imagey: jax.Array, imageuv: jax.Array) -> jax.Array:"));
  if (!named) fs::remove_all(folder);
}
