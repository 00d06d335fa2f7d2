// Random graphs called with the containers that people have: Eigen's in both orders, xtensor's, std::vector. Results come in the same
// family, and are what the graph gives evaluated step by step.
//
// Cases are those of the fuzz whose arguments fit the container, as many of TENDRIL_FUZZ_SEEDS or of the first ones as TENDRIL_FUZZ_SECONDS
// (5) allow in all; results that do not fit it are left out.
#include "fuzz.hpp"

#include <chrono>
#include <cstdlib>
#include <type_traits>

#include <tendril/eigen.hpp>
#if TENDRIL_HAS_XTENSOR_BACKEND
#include <tendril/xtensor.hpp>
#endif

#include "catch.hpp"
#include "trace_helpers.hpp"

using namespace fuzz;
using trace_test::warnings;

namespace {

template <class S>
using rows = Eigen::Array<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class S>
using columns = Eigen::Array<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;

// Which ranks a container takes as they are.
template <class C>
bool takes(std::size_t rank) {
  constexpr int own = td::array_traits<C>::rank;
  return own < 0 ? rank > 0 : rank == static_cast<std::size_t>(own);
}

std::size_t rank_of(const td::graph& g, td::value_id v) { return static_cast<std::size_t>(g.type_of(v).rank()); }

// What is wrong with the case in this container; `ran` says whether it fits at all.
template <class C>
std::string failure_in(const random_case& c, const std::vector<bounds>& known, bool& ran) {
  using scalar = typename td::array_traits<C>::scalar;
  for (const argument& a : c.arguments)
    if (a.dtype != td::dtype_of<scalar> || !takes<C>(a.shape.size())) return {};
  td::graph g = c.graph;
  std::erase_if(g.results, [&](td::value_id v) { return g.type_of(v).dtype != td::dtype_of<scalar> || !takes<C>(rank_of(g, v)); });
  if (g.results.empty() || c.arguments.empty()) return {};
  ran = true;
  std::vector<placed> memory;
  std::vector<td::array> arrays;
  std::vector<C> natives;
  for (const argument& a : c.arguments) {
    memory.emplace_back(a);
    arrays.push_back(td::detail::borrow(memory.back().view));
    natives.push_back(td::to<C>(arrays.back()));
  }
  const std::vector<td::array> expected = td::evaluate(g, arrays, "eigen");
  const std::vector<std::string> all = td::backends();
  const std::string& backend = all[c.seed % 2 ? all.size() - 1 : c.seed / 2 % all.size()];
  const auto f = td::trace_graph([&](const std::vector<td::array>& v) { return call_graph(g, v); }, {.to = backend, .contract = false});
  const way how_near = backend == "xtensor" ? across : within;
  const auto compare = [&](const char* how, const std::vector<C>& got) -> std::string {
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double e = known[static_cast<std::size_t>(g.results[i])].error[how_near];
      if (const std::string d = difference(td::asarray(got[i]), expected[i], e); !d.empty())
        return std::string(how) + ": result " + std::to_string(i) + ": " + d;
    }
    return {};
  };
  const std::vector<C> made = f(natives);
  if (const std::string d = compare("a call", made); !d.empty()) return d;
  std::vector<C> targets;
  for (const C& m : made) targets.push_back(m);
  for (C& t : targets) std::fill(t.data(), t.data() + t.size(), scalar(77));
  f.into(targets, natives);
  return compare("into", targets);
}

}  // namespace

TEST_CASE("random graphs: called with containers they give what they give step by step") {
  const warnings quiet;
  const char* wish = std::getenv("TENDRIL_FUZZ_SECONDS");
  const double seconds = wish ? std::atof(wish) : 5;
  unsigned from = 0, to = ~0u;
  const char* seeds = std::getenv("TENDRIL_FUZZ_SEEDS");
  if (seeds) REQUIRE(std::sscanf(seeds, "%u:%u", &from, &to) == 2);
  const auto start = std::chrono::steady_clock::now();
  const auto left = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < seconds; };
  unsigned ran = 0;
  for (unsigned seed = from; seed < to && (seeds || left() || ran < 20); ++seed) {
    const random_case c = generate(seed);
    const std::vector<bounds> known = bounds_of(c);
    const auto one = [&]<class C>(std::type_identity<C>) {
      bool fits = false;
      std::string wrong;
      try {
        wrong = failure_in<C>(c, known, fits);
      } catch (const std::exception& e) { wrong = std::string("threw: ") + e.what(); }
      ran += fits;
      INFO("seed " << seed << ", " << td::array_traits<C>::name() << "\n" << to_string(c.graph, false) << program(c, checks_of(c).front()));
      CHECK(wrong == "");
    };
    switch (c.arguments.empty() ? td::float64 : c.arguments[0].dtype) {
      case td::float64:
        one(std::type_identity<std::vector<double>>());
        one(std::type_identity<Eigen::VectorXd>());
        one(std::type_identity<rows<double>>());
        one(std::type_identity<columns<double>>());
#if TENDRIL_HAS_XTENSOR_BACKEND
        one(std::type_identity<xt::xtensor<double, 3>>());
        one(std::type_identity<xt::xarray<double>>());
#endif
        break;
      case td::float32: one(std::type_identity<std::vector<float>>()); one(std::type_identity<columns<float>>());
#if TENDRIL_HAS_XTENSOR_BACKEND
        one(std::type_identity<xt::xarray<float>>());
#endif
        break;
      case td::bool_: one(std::type_identity<columns<bool>>()); break;
      case td::uint8:
        one(std::type_identity<std::vector<std::uint8_t>>());
        one(std::type_identity<rows<std::uint8_t>>());
        break;
      case td::int32: one(std::type_identity<rows<std::int32_t>>()); break;
      case td::int64: one(std::type_identity<columns<std::int64_t>>()); break;
      case td::dtype::unknown: break;
    }
  }
  WARN(ran << " calls with containers");
  CHECK(ran > 0);
}
