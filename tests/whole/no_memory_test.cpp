// Whichever allocation of a program fails, what is thrown derives from td::error, and everything works afterwards.
#include <atomic>
#include <new>

#include <Eigen/Core>
#include <tendril/eigen.hpp>

#include "catch.hpp"
#include "operator_new.hpp"
#include "trace_helpers.hpp"

using namespace trace_test;

namespace {
std::atomic<long> until_failure{-1};  // allocations that still succeed; -1: all do
}  // namespace
void tendril_test::before_allocation() {
  if (until_failure.load() >= 0 && until_failure.fetch_sub(1) == 0) throw std::bad_alloc();
}

namespace {

constexpr bool may_fail = !TENDRIL_SANITIZER_ALLOCATES;  // a sanitizer's own allocator never does: the programs run once there

/// Runs `body` with the first allocation failing, then with the second, until it has none left to fail. Returns how many failed.
template <class Body>
long with_every_failure(Body body) {
  for (long n = 0;; ++n) {
    INFO("allocation " << n << " fails");
    until_failure = n;
    bool failed = false;
    std::string foreign;
    try {
      body();
    } catch (const td::error&) { failed = true; } catch (const std::exception& e) {
      foreign = e.what();
    }
    const bool all_done = until_failure.exchange(-1) >= 0;
    CHECK(foreign == "");
    if (all_done && !failed) return n;
    REQUIRE(n < 20000);
  }
}

}  // namespace

TEST_CASE("where there is no memory everything thrown is an error of the library, and objects stay usable") {
  const Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(40, -1, 1);
  const doubles list(x.data(), x.data() + x.size());
  const td::array owned(td::asarray(x));
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const auto f = [](const td::array& a) { return td::sum(td::exp(a) * 2.0) + td::sort(a); };
    const doubles expected = td::trace_graph(f, {.to = backend})(list);
    doubles out(list.size());
    CHECK(with_every_failure([&] {
            const auto traced = td::trace_graph(f, {.to = backend});
            traced.into(out, list);
          }) >= (may_fail ? 10 : 0));
    CHECK(out == expected);
    // One object: what failed is made again.
    const auto kept = td::trace_graph(f, {.to = backend});
    with_every_failure([&] { kept.into(out, list); });
    CHECK(kept(list) == expected);
    CHECK(kept.stats().specializations == 1);
    const td::graph g = kept.graph();
    const std::vector<td::array> in{owned};
    with_every_failure([&] { (void)td::evaluate(g, in, backend); });
    with_every_failure([&] { (void)td::compile(g, {}, {.to = backend}); });
    with_every_failure([&] { (void)kept.graph(); });
  }
  CHECK(with_every_failure([&] { (void)td::sort(td::exp(owned) * 2.0 - owned); }) >= (may_fail ? 4 : 0));
}
