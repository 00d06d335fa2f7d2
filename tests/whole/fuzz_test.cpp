// Random graphs over the whole op table: every backend, fused and not, in guarded memory of every layout, gives the right answers.
//
// TENDRIL_FUZZ_SEEDS=from:to runs these seeds; else as many from 0 on as fit into TENDRIL_FUZZ_SECONDS (5). A failing case is shrunk and
// printed as a program, and no more than TENDRIL_FUZZ_FAILURES (1) of them.
#include "fuzz.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <set>

#include <tendril/detail/op_id.hpp>

#include "catch.hpp"
#include "ops/op_table.hpp"
#include "trace_helpers.hpp"

using namespace fuzz;
using trace_test::warnings;

namespace {

std::optional<std::pair<unsigned, unsigned>> seeds() {
  const char* wish = std::getenv("TENDRIL_FUZZ_SEEDS");
  if (!wish) return std::nullopt;
  unsigned from = 0, to = 0;
  INFO("TENDRIL_FUZZ_SEEDS is \"" << wish << "\", expected from:to, as 400:9000");
  REQUIRE((std::sscanf(wish, "%u:%u", &from, &to) == 2 && from < to));
  return std::pair(from, to);
}

double seconds() {
  const char* wish = std::getenv("TENDRIL_FUZZ_SECONDS");
  return wish ? std::atof(wish) : 5;
}

unsigned most_failures() {
  const char* wish = std::getenv("TENDRIL_FUZZ_FAILURES");
  return wish ? static_cast<unsigned>(std::max(1, std::atoi(wish))) : 1;
}

/// Runs all checks of a case; the first that fails comes back as a shrunk program, with what it found.
std::string report(const random_case& c) {
  for (const check& k : checks_of(c)) {
    const std::string wrong = failure(c, k);
    if (wrong.empty()) continue;
    check found = k;
    // Other bounds may hold for the smaller case: those of the same kind of check are taken.
    const auto same_check = [&](const random_case& smaller) -> std::optional<check> {
      for (const check& s : checks_of(smaller))
        if (s.run.to == k.run.to && s.run.optimize == k.run.optimize && s.run.contract == k.run.contract &&
            s.run.num_threads == k.run.num_threads && s.reference == k.reference && s.reference_compiled == k.reference_compiled)
          return s;
      return std::nullopt;
    };
    const random_case small = shrink(c, [&](const random_case& smaller) {
      const auto s = same_check(smaller);
      if (!s || failure(smaller, *s).empty()) return false;
      found = *s;
      return true;
    });
    std::string text = "seed " + std::to_string(c.seed) + ", " + k.run.to + (k.run.optimize ? "" : ", not optimised") +
                       (k.run.contract ? ", contracted" : "") + " against " + k.reference + ": " + wrong +
                       "\nshrunk: " + failure(small, found) + "\n" + to_string(small.graph, false);
    return text + "The program:\n\n" + program(small, found) + "\n";
  }
  return {};
}

}  // namespace

TEST_CASE("random graphs: every backend gives the right answer, inside guard pages") {
  const warnings quiet;
  const auto wish = seeds();
  const auto start = std::chrono::steady_clock::now();
  const auto left = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < seconds(); };
  unsigned made = 0, failed = 0;
  std::size_t exact = 0, near = 0, open = 0;
  for (unsigned seed = wish ? wish->first : 0; wish ? seed < wish->second : left(); ++seed, ++made) {
    INFO("seed " << seed);
    const random_case c = generate(seed);
    td::verify(c.graph);
    const std::vector<bounds> known = bounds_of(c);
    for (td::value_id r : c.graph.results) {
      const double e = known[static_cast<std::size_t>(r)].error[across];
      ++(e == 0 ? exact : std::isinf(e) ? open : near);
    }
    const std::string text = report(c);
    if (!text.empty()) {
      std::cout << text << std::flush;  // Catch would break the lines of the program
      CHECK(text.empty());
      if (++failed == most_failures()) break;
    }
  }
  WARN(made << " graphs; of their results " << exact << " had to be equal, " << near << " near, " << open << " were left open");
  CHECK(made > 0);
  CHECK(open * 5 < exact + near + open + 20);
}

TEST_CASE("the generator calls every op of the table, on every dtype that it takes") {
  const warnings quiet;
  std::map<std::string, std::set<td::dtype>> seen;
  for (unsigned seed = 0; seed < 2500; ++seed) {
    const td::graph g = generate(seed).graph;
    for (const td::node& n : g.nodes)
      seen[n.op->name].insert(n.inputs.empty()            ? g.type_of(n.first_result).dtype
                              : n.inputs[0] == td::absent ? td::dtype::unknown
                                                          : g.type_of(n.inputs[0]).dtype);
  }
  for (const td::op_record* row : td::op_table()) {
    const td::op_record& op = *row;
    if (op.is(td::trait::internal)) continue;
    INFO(op.name);
    CHECK_FALSE(seen[op.name].empty());
    const td::detail::accepts takes = td::detail::row_of(op.id).accepts;
    if (op.inputs.empty() || !td::detail::is_data_operand(op, 0)) continue;
    for (const td::dtype d : {td::bool_, td::int32, td::int64, td::float32, td::float64}) {
      INFO(td::to_string(d));
      if (td::detail::accepts_kind(takes, td::kind_of(d))) CHECK(seen[op.name].contains(d));
    }
  }
}

TEST_CASE("the generator reduces arguments of every layout over first, middle, last and several axes") {
  const warnings quiet;
  std::set<std::pair<layout, std::string>> seen;
  for (unsigned seed = 0; seed < 6000; ++seed) {
    const random_case c = generate(seed);
    for (const td::node& n : c.graph.nodes) {
      if (!n.op->is(td::trait::reduction) || n.op->name == "argmax" || n.op->name == "argmin" || n.inputs[0] == td::absent) continue;
      const auto at = std::find(c.graph.inputs.begin(), c.graph.inputs.end(), n.inputs[0]);
      const int rank = c.graph.type_of(n.inputs[0]).rank();
      if (at == c.graph.inputs.end() || rank < 2) continue;
      const auto axes = n.attrs.get_axes(n.op->name, rank);
      if (axes.empty()) continue;
      const std::string which = axes.size() > 1 ? "several" : axes[0] == 0 ? "first" : axes[0] == rank - 1 ? "last" : "middle";
      seen.emplace(c.arguments[static_cast<std::size_t>(at - c.graph.inputs.begin())].layout, which);
    }
  }
  for (const layout l : {layout::row_major, layout::column_major, layout::rotated, layout::strided, layout::broadcast, layout::flipped})
    for (const char* which : {"first", "middle", "last", "several"}) {
      INFO("layout " << static_cast<int>(l) << ", " << which);
      CHECK(seen.contains({l, which}));
    }
}

TEST_CASE("the generator asks for argmax and argmin of what it computes, over every axis and all, and uses them") {
  const warnings quiet;
  std::set<std::pair<std::string, std::string>> seen;
  for (unsigned seed = 0; seed < 3000; ++seed) {
    const td::graph g = generate(seed).graph;
    const auto producers = g.producers();
    const auto computed = [&](td::value_id v) {
      const auto p = producers[static_cast<std::size_t>(v)];
      return p >= 0 && g.nodes[static_cast<std::size_t>(p)].op->is(td::trait::elementwise);
    };
    for (const td::node& n : g.nodes) {
      if (n.op->name != "argmax" && n.op->name != "argmin") continue;
      const int rank = g.type_of(n.inputs[0]).rank();
      if (!computed(n.inputs[0]) || rank < 2) continue;
      const auto axes = n.attrs.get_axes(n.op->name, rank);
      seen.emplace(n.op->name, axes.size() > 1 ? "all" : axes[0] == 0 ? "first" : axes[0] == rank - 1 ? "last" : "middle");
      for (const td::node& user : g.nodes)
        if (user.op->is(td::trait::elementwise) && std::count(user.inputs.begin(), user.inputs.end(), n.first_result))
          seen.emplace(n.op->name, "used");
    }
  }
  for (const char* op : {"argmax", "argmin"})
    for (const char* what : {"first", "middle", "last", "all", "used"}) {
      INFO(op << ", " << what);
      CHECK(seen.contains({op, what}));
    }
}

TEST_CASE("a failing case shrinks to what fails, and its program shows it") {
  const warnings quiet;
  // The largest of many cases that call exp is said to fail wherever exp is called.
  const auto calls_exp = [](const random_case& c) {
    return std::any_of(c.graph.nodes.begin(), c.graph.nodes.end(), [](const td::node& n) { return n.op->name == "exp"; });
  };
  random_case large;
  for (unsigned seed = 0; seed < 500; ++seed)
    if (random_case c = generate(seed); calls_exp(c) && c.graph.nodes.size() > large.graph.nodes.size()) large = std::move(c);
  REQUIRE(large.graph.nodes.size() > 10);
  // Only what a result needs counts: give it all.
  for (const td::node& n : large.graph.nodes)
    if (n.op->name == "exp" && large.results.size() < 8) {
      large.graph.results.push_back(n.first_result);
      const td::type& t = large.graph.type_of(n.first_result);
      large.results.push_back({t.dtype, t.known_extents()});
    }
  const random_case small = shrink(large, calls_exp);
  INFO(to_string(small.graph, false));
  CHECK(td::op_node_count(small.graph) == 1);
  CHECK(small.arguments.size() == 1);
  CHECK(small.results.size() == 1);
  const std::string text = program(small, checks_of(small).front());
  CHECK_THAT(text, contains("= td::exp(v"));
  CHECK_THAT(text, contains("return {v"));
}

TEST_CASE("the comparison of the fuzz finds what differs") {
  const td::array a({1.0, 2.0, 0.0}), b({1.0, 2.5, 0.0}), c({1.0, 2.0, -0.0}), n({1.0, std::nan(""), 0.0});
  CHECK(difference(a, a, 0).empty());
  CHECK(difference(n, n, 0).empty());
  CHECK_THAT(difference(a, b, 0), contains("element 1 is 2, expected 2.5"));
  CHECK(difference(a, b, 0.6).empty());
  CHECK_THAT(difference(a, c, 0), contains("element 2 is 0, expected -0"));
  CHECK(difference(a, c, 1e-12).empty());
  CHECK_THAT(difference(a, n, 1), contains("element 1 is 2, expected nan"));
  CHECK(difference(a, n, std::numeric_limits<double>::infinity()).empty());
  CHECK_THAT(difference(a, td::array({1, 2, 0}), 0), contains("dtype float64, expected int"));
  // Something written beside the elements.
  placed p({td::float64, {5}, layout::strided, place::at_end, content::exact, 1});
  REQUIRE(p.view.strides[0] == 2);
  CHECK(p.gaps_are_whole());
  static_cast<double*>(p.view.data)[1] = 0;
  CHECK_FALSE(p.gaps_are_whole());
}
