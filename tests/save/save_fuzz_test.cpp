// The fuzz of the reader: saved files with bytes changed, in the text of the graph and in the archive, are refused, or are graphs that
// hold.
//
// needs TENDRIL_HAS_SAVE
//
// TENDRIL_FUZZ_SECONDS (5) says how long each case may take; TENDRIL_FUZZ_SEEDS=from:to runs these seeds whatever that takes.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <sstream>

#include <tendril/frontends/torch.hpp>

#include "catch.hpp"
#include "fuzz.hpp"
#include "region_ops.hpp"
#include "save/save.hpp"
#include "saved_files.hpp"
#include "trace_helpers.hpp"

namespace {

namespace td = tendril;
using saved_files::folder;

// Runs `one(seed)` for seeds from 0 on, as long as it may take.
template <class One>
unsigned for_seeds(One one) {
  const char *seeds = std::getenv("TENDRIL_FUZZ_SEEDS"), *wish = std::getenv("TENDRIL_FUZZ_SECONDS");
  unsigned from = 0, to = ~0u;
  if (seeds) REQUIRE((std::sscanf(seeds, "%u:%u", &from, &to) == 2 && from < to));
  const double seconds = wish ? std::atof(wish) : 5;
  const auto start = std::chrono::steady_clock::now();
  unsigned made = 0;
  for (unsigned seed = from; seed < to; ++seed, ++made) {
    if (!seeds && std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() > seconds) break;
    INFO("seed " << seed);
    one(seed);
  }
  return made;
}

// The saved files that are changed: small graphs of all kinds, one with constants beside the text, one with bodies.
td::graph original(unsigned seed) {
  if (seed % 7 == 0) {
    const td::array table = td::arange(30) * 0.5;
    const auto f = td::trace_graph([&](const td::array& x) {
      return region_ops::repeat(2, [&](region_ops::given s) { return region_ops::arrays{s[0] * table + 0.1}; }, {x})[0];
    });
    return f.graph(td::arange(30) / 7);
  }
  if (seed % 7 == 1) {
    const auto f = td::trace_graph([](const td::array& x) {
      return std::pair(x[{td::slice(1, {}, 2), td::newaxis}], td::concat({td::clip(x, 0, std::nullopt), td::full({3}, 2.5)}));
    });
    return f.graph(td::arange(6) / 7);
  }
  if (seed % 7 == 2) {  // what frontends leave in a file
    namespace torch = td::frontends::torch;
    const auto f = td::trace_graph(td::unify(
        [](const torch::Tensor& x, const torch::Tensor& i) { return torch::searchsorted(x, torch::floor_divide(x, 0.5)) / i % i; },
        td::source::torch));
    return td::saved::portable(f.graph(td::arange(6) / 7, td::arange(1, 7)));
  }
  return fuzz::generate(seed % 1000).graph;
}

// Small enough to be run: everything that is computed has few elements.
bool is_small(const td::graph& g) {
  double elements = 0;
  for (const td::type& t : g.types) {
    double n = 1;
    for (const td::extent& e : t.shape) n *= static_cast<double>(e.value);
    elements += n;
  }
  for (const td::node& n : g.nodes)
    for (const td::region& r : n.regions)
      if (!is_small(r.body.front()) || to_string(*n.attrs.find("n")).size() > 2) return false;
  return elements < 1e5;
}

struct counts {
  unsigned refused = 0, read = 0, compiled = 0, run = 0;
};

// What `read` gives holds, can be compiled or refused, and run. Any other exception than td::error ends the test.
template <class Read>
void must_hold(Read read, counts& n, const folder& dir) {
  td::graph g;
  try {
    g = read();
  } catch (const td::internal_error& e) { FAIL("an internal error: " << e.what()); } catch (const td::error& e) {
    ++n.refused;
    INFO(e.what());
    CHECK(std::string(e.what()).starts_with("[load] "));
    return;
  }
  ++n.read;
  REQUIRE_NOTHROW(td::verify(g));
  // It is a graph: what is saved of it is read again.
  CHECK(saved_files::difference(td::saved::portable(g), saved_files::there_and_back(g, dir / "again")) == "");
  for (const td::value_id v : g.inputs)
    if (!g.type_of(v).complete()) return;
  if (!is_small(g)) return;
  try {
    const td::function f = td::compile(g);
    ++n.compiled;
    std::vector<td::array> in;
    unsigned seed = 0;
    for (const td::value_id v : g.inputs) {
      const td::type& t = g.type_of(v);
      in.push_back(td::detail::copy_of(
          fuzz::placed({t.dtype, t.known_extents(), fuzz::layout::row_major, fuzz::place::at_end, fuzz::content::real, ++seed}).view));
    }
    (void)f(in);
    ++n.run;
  } catch (const td::error&) {}
}

const char* const words[] = {"0",
                             "-1",
                             "1",
                             "2",
                             "3",
                             "17",
                             "9223372036854775807",
                             "-9223372036854775808",
                             "18446744073709551615",
                             "1e308",
                             "1.5",
                             "null",
                             "true",
                             "[]",
                             "{}",
                             "\"\"",
                             "\"nan\"",
                             "\"inf\"",
                             "[0]",
                             "[-1]",
                             "[1, 1]",
                             "{\"scalar\": 3}",
                             "{\"scalar\": null}",
                             "{\"index\": [0]}",
                             "{\"index\": [\"...\"]}",
                             "{\"index\": [{\"slice\": [null, null, 0]}]}",
                             "{\"dtype\": \"bool\"}",
                             "{\"dtype\": \"int32\"}",
                             "\"float64[]\"",
                             "\"weak int64[]\"",
                             "\"bool[2]\"",
                             "\"?[...]\"",
                             "\"float32[?]\"",
                             "\"int64[0]\"",
                             "\"float64[4000000000]\"",
                             "\"uint8[2, 3]\"",
                             "\"left\"",
                             "4000000000",
                             "[2, 3, 4]"};
const char* const names[] = {"add",          "where",
                             "concat",       "reshape",
                             "take",         "sum",
                             "getitem",      "matmul",
                             "constant",     "astype",
                             "clip",         "stack",
                             "sort",         "moments",
                             "multiply_add", "gelu_tanh",
                             "subtract_exp", "full",
                             "arange",       "eye",
                             "linspace",     "searchsorted",
                             "repeat",       "tile",
                             "roll",         "expand_dims",
                             "squeeze",      "unstack",
                             "split",        "cumulative_sum",
                             "test_repeat",  "argmax",
                             "broadcast_to", "permute_dims",
                             "diff",         "pad",
                             "one_hot",      "frontends.check",
                             "torch.places"};

// One change of the text: a value, a name of an op or a few bytes.
void change_text(std::string& s, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return n ? static_cast<std::size_t>(random()) % n : 0; };
  switch (below(6)) {
    case 0: s[below(s.size())] = static_cast<char>(random()); return;
    case 1: s[below(s.size())] = "0123456789,:[]{}\"-"[below(18)]; return;
    case 2: s.erase(below(s.size()), 1 + below(8)); return;
    case 3: {  // the name of an op
      const std::size_t at = s.find("{\"op\": \"", below(s.size()));
      if (at == s.npos) return;
      const std::size_t from = at + 8, to = s.find('"', from);
      if (to != s.npos) s.replace(from, to - from, names[below(std::size(names))]);
      return;
    }
    case 4: {  // a part of the text elsewhere
      const std::size_t from = below(s.size());
      s.insert(below(s.size()), s.substr(from, 1 + below(60)));
      return;
    }
    default: {  // a whole value
      std::size_t from = s.find(": ", below(s.size()));
      if (from == s.npos) return;
      from += 2;
      std::size_t to = from, depth = 0;
      for (; to < s.size(); ++to) {
        const char c = s[to];
        if (c == '[' || c == '{') ++depth;
        else if ((c == ']' || c == '}') && depth > 0) --depth;
        else if ((c == ',' || c == ']' || c == '}') && depth == 0) break;
        if (to - from > 80) return;
      }
      if (to < s.size() && (s[to] == ']' || s[to] == '}') && depth > 0) ++to;
      s.replace(from, to - from, words[below(std::size(words))]);
      return;
    }
  }
}

}  // namespace

TEST_CASE("texts of graphs with parts changed are refused, or graphs that hold") {
  const trace_test::warnings quiet;
  const folder dir;
  (void)region_ops::repeat_op();
  counts n;
  const auto seeds = for_seeds([&](unsigned seed) {
    std::vector<td::array> constants;
    const td::graph g = original(seed);
    const std::string whole = td::saved::to_json(g, constants);
    std::mt19937 random(seed);
    for (int i = 0; i < 20; ++i) {
      std::string text = whole;
      for (std::size_t k = 0; k < 1 + random() % 3; ++k) change_text(text, random);
      INFO("change " << i);
      INFO(text);
      const auto read = [&] {
        return td::saved::from_json(text, [&](const std::string&, const td::type& t) {
          if (t.known_extents() != td::extents{30} || t.dtype != td::float64) throw td::parse_error("[load] another type");
          return constants.at(0);
        });
      };
      must_hold(read, n, dir);
    }
  });
  WARN(seeds << " files: " << n.refused << " texts refused, " << n.read << " read, " << n.compiled << " of these compiled, " << n.run
             << " run");
  CHECK(n.refused > 0);
  CHECK(n.run > 0);
}

TEST_CASE("archives with bytes changed are refused, or graphs that hold") {
  const trace_test::warnings quiet;
  const folder dir;
  (void)region_ops::repeat_op();
  counts n;
  const auto seeds = for_seeds([&](unsigned seed) {
    td::save(original(seed), dir / "whole");
    const std::string whole = saved_files::bytes_of(dir / "whole");
    std::mt19937 random(seed);
    for (int i = 0; i < 50; ++i) {
      std::string bytes = whole;
      for (std::size_t k = 0; k < 1 + random() % 4; ++k) {
        // Half of the changes are where names, sizes and methods stand: in the directory at the end, and at the start of an entry.
        const std::size_t at =
            random() % 2 ? random() % bytes.size() : bytes.size() - 1 - random() % std::min<std::size_t>(bytes.size(), 200);
        if (random() % 8 == 0) bytes.erase(at, 1 + random() % 4);
        else if (random() % 2) bytes[at] = static_cast<char>(random());
        else bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        if (bytes.empty()) break;
      }
      INFO("change " << i);
      must_hold([&] { return td::saved::read(td::saved::archive::of_bytes(bytes, "bytes")); }, n, dir);
    }
  });
  WARN(seeds << " files: " << n.refused << " archives refused, " << n.read << " read, " << n.compiled << " of these compiled, " << n.run
             << " run");
  CHECK(n.refused > 0);
  CHECK(n.read > 0);
}
