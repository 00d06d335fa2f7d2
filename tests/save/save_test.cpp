// Saved files: every op and value comes back with its bits, a function gives its numbers, and a failed save loses nothing.
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <limits>
#include <set>

#include <tendril/frontends/torch.hpp>

#include <tendril/detail/op_id.hpp>

#include "catch.hpp"
#include "fuzz.hpp"
#include "reference.hpp"
#include "region_functions.hpp"
#include "region_ops.hpp"
#include "save/save.hpp"
#include "saved_files.hpp"
#include "trace_helpers.hpp"

namespace {

namespace td = tendril;
namespace torch = td::frontends::torch;
using saved_files::difference;
using saved_files::folder;
using saved_files::same_bits;
using saved_files::there_and_back;
using trace_test::message_of;
using trace_test::warnings;

#if TENDRIL_HAS_SAVE

// A graph whose one node has this value among its attributes.
const td::op_record& holder() {
  static const td::op_record& op = td::register_op({.name = "test_holder",
                                                    .inputs = {{td::input_spec::form::array, "x"}},
                                                    .attributes = {{"value"}},
                                                    .infer = [](const td::type_request& r) { return std::vector<td::type>{r.inputs[0]}; },
                                                    .kernel = [](std::span<const td::array_view> out, std::span<const td::array_view> in,
                                                                 const td::attributes&) { td::region_calls::copy(out[0], in[0]); }});
  return op;
}

td::attribute_value through_a_file(const td::attribute_value& v, const folder& dir) {
  td::graph g;
  const td::value_id x = g.add_input(td::type::of(td::float64, std::vector<std::int64_t>{2}));
  g.results = {g.add(holder(), {x}, {{"value", v}})};
  const td::graph h = there_and_back(g, dir / "value");
  CHECK(difference(g, h).empty());
  return *h.nodes.at(0).attrs.find("value");
}

td::array bits_as_floats(std::vector<std::uint32_t> bits) {
  std::vector<float> v(bits.size());
  std::memcpy(v.data(), bits.data(), bits.size() * 4);
  return td::asarray(v);
}
td::array bits_as_doubles(std::vector<std::uint64_t> bits) {
  std::vector<double> v(bits.size());
  std::memcpy(v.data(), bits.data(), bits.size() * 8);
  return td::asarray(v);
}

#endif

}  // namespace

#if TENDRIL_HAS_SAVE

TEST_CASE("every case of every op comes back: graph, text and numbers") {
  const warnings quiet;
  const folder dir;
  std::set<std::string> seen;
  for (const td::op_record* op : td::op_table()) {
    for (const tendril_test::op_case& c : tendril_test::op_cases(op->name)) {
      const auto f =
          td::trace_graph([&](const std::vector<td::array>& in) { return td::apply(*td::find_op(c.op), c.operands(in), c.attributes); });
      const td::graph g = f.graph(c.array_inputs());
      td::graph h;
      INFO(c.op << ", case " << c.index);
      REQUIRE_NOTHROW(h = there_and_back(g, dir / "op"));
      INFO(g);
      REQUIRE(difference(g, h) == "");
      REQUIRE(to_string(g) == to_string(h));
      seen.insert(op->name);
    }
  }
  // Ops that passes alone make.
  td::graph made_by_passes;
  std::vector<td::value_id> three;
  for (int i = 0; i < 3; ++i) three.push_back(made_by_passes.add_input(td::type::of(td::float64, std::vector<std::int64_t>{4})));
  for (const td::op_record* op : td::op_table()) {
    if (!op->is(td::trait::internal)) continue;
    made_by_passes.results.push_back(
        made_by_passes.add(*op, {three.begin(), three.begin() + static_cast<std::ptrdiff_t>(op->inputs.size())}));
    seen.insert(op->name);
  }
  CHECK(difference(made_by_passes, there_and_back(made_by_passes, dir / "passes")) == "");
  const std::vector<td::array> in{td::array({1., 2., 3., 4.}), td::array({0.5, 0., 1., 2.}), td::array({2., 2., 4., -1.})};
  const std::vector<td::array> expected = td::compile(made_by_passes)(in), got = td::load(dir / "passes")(in);
  for (std::size_t k = 0; k < expected.size(); ++k) CHECK(same_bits(expected[k], got[k]));
  for (const td::op_record* op : td::op_table()) {
    INFO(op->name);
    CHECK(seen.contains(op->name));
  }
}

TEST_CASE("random graphs come back, recorded and compiled") {
  const warnings quiet;
  const folder dir;
  for (unsigned seed = 0; seed < 300; ++seed) {
    const td::graph g = fuzz::generate(seed, seed == 0).graph;
    const td::graph flat = td::saved::portable(td::compile(g).graph());
    for (const td::graph* made : {&g, &flat}) {
      INFO("seed " << seed);
      INFO(*made);
      const td::graph h = there_and_back(*made, dir / "random");
      REQUIRE(difference(*made, h) == "");
      REQUIRE(to_string(*made) == to_string(h));
    }
  }
}

TEST_CASE("functions that were saved give the bits that they gave, traced and compiled") {
  const warnings quiet;
  const folder dir;
  for (unsigned seed = 1000; seed < 1150; ++seed) {
    const fuzz::random_case c = fuzz::generate(seed);
    INFO("seed " << seed);
    INFO(c.graph);
    std::vector<td::array> in;
    for (const fuzz::argument& a : c.arguments) in.push_back(td::detail::copy_of(fuzz::placed(a).view));
    const td::function f = td::compile(c.graph);
    const std::vector<td::array> expected = f(in);
    td::save(c.graph, dir / "graph");
    td::save(f, dir / "function");
    const std::vector<td::array> of_graph = td::load(dir / "graph")(in), of_function = td::load(dir / "function")(in);
    for (std::size_t k = 0; k < expected.size(); ++k) {
      INFO("result " << k);
      CHECK(fuzz::difference(of_graph[k], expected[k], 0) == "");
      CHECK(fuzz::difference(of_function[k], expected[k], 0) == "");
    }
  }
}

TEST_CASE("a file is JSON that a person can read, beside constants") {
  const folder dir;
  td::graph g;
  g.name = "scaled";
  const td::value_id x = g.add_input(td::type::of(td::float32, std::vector<std::int64_t>{2, 3}));
  const td::value_id two = g.add_literal(0.1), table = g.add_constant(td::reshape(td::arange(60, {.dtype = td::int64}), {20, 3}));
  const td::value_id scaled = g.add(td::record_of(td::op_id::multiply), {x, two});
  const td::value_id rows = g.add(td::record_of(td::op_id::sum), {table}, {{"axis", td::axes(0)}, {"dtype", {}}, {"keepdims", false}});
  g.results = {scaled, rows};
  td::save(g, dir / "scaled");
  const td::saved::archive a = td::saved::archive::open(dir / "scaled");
  CHECK(a.text("graph.json", 10000) == R"({
  "format": "tendril graph",
  "version": 2,
  "writer": "Tendril 0.1.0",
  "graph": {
    "name": "scaled",
    "inputs": [
      {"value": 0, "type": "float32[2, 3]"}
    ],
    "nodes": [
      {"op": "constant", "inputs": [], "attributes": {"value": {"array": "float64[]", "values": [0.1]}}, "results": [1], "types": ["weak float64[]"]},
      {"op": "constant", "inputs": [], "attributes": {"value": {"array": "int64[20, 3]", "file": "constants/0.npy"}}, "results": [2], "types": ["int64[20, 3]"]},
      {"op": "multiply", "inputs": [0, 1], "results": [3], "types": ["float32[2, 3]"]},
      {"op": "sum", "inputs": [2], "attributes": {"axis": [0], "dtype": null, "keepdims": false}, "results": [4], "types": ["int64[3]"]}
    ],
    "results": [3, 4]
  }
}
)");
  const std::string npy = a.text("constants/0.npy", 10000);
  CHECK(npy.substr(0, 6) == "\x93NUMPY");
  CHECK(npy.size() == 128 + 60 * 8);
  CHECK_THAT(npy, contains("{'descr': '<i8', 'fortran_order': False, 'shape': (20, 3), }"));
  // One graph is one file.
  td::save(g, dir / "again");
  CHECK(saved_files::bytes_of(dir / "again") == saved_files::bytes_of(dir / "scaled"));
}

TEST_CASE("the extents that a function read come back, and of an older file all of them are fixed") {
  const folder dir;
  const auto f = [](const td::array& x, const td::array& y) { return x * x.shape(1) + td::sum(y); };
  const td::graph g = td::trace_graph(f).graph(td::ones({2, 3}), td::ones({4}));
  const std::vector<td::input_extent> read{{0, 1}};
  REQUIRE(g.fixed == read);
  td::save(g, dir / "f");
  std::string text = td::saved::archive::open(dir / "f").text("graph.json", 10000);
  CHECK_THAT(text, contains("{\"value\": 0, \"type\": \"float64[2, 3]\", \"fixed\": [1]},"));
  CHECK(td::load_graph(dir / "f").fixed == read);
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string s = text;
    return td::saved::from_json(s.replace(s.find(from), from.size(), to), nullptr);
  };
  CHECK(changed("\"version\": 2", "\"version\": 1").fixed == std::vector<td::input_extent>{{0, 0}, {0, 1}, {1, 0}});
  for (const auto& [wrong, axis] : {std::pair("[2]", "2"), std::pair("[-1]", "-1"), std::pair("[1, 1]", "1"), std::pair("[1, 0]", "0")})
    CHECK_THAT(message_of<td::parse_error>([&] { (void)changed("\"fixed\": [1]", std::string("\"fixed\": ") + wrong); }),
               contains(std::string("[load] \"fixed\" is no list of axes in graph \"traced\": got axis ") + axis +
                        ", expected axes of float64[2, 3] in order, of known extents. Save the function again."));
  // Such a graph is compiled for no other extents.
  CHECK_NOTHROW(td::compile(g, std::vector<td::array_view>{td::ones({5, 3}).view(), td::ones({9}).view()}));
  CHECK_THROWS_WITH(td::compile(g, std::vector<td::array_view>{td::ones({5, 4}).view(), td::ones({9}).view()}),
                    "[compile] the recorded function read the extent of input 0 along axis 1: got 4, expected 3 as it was recorded. "
                    "Record it for arguments of this shape.");
}

TEST_CASE("source lines come back") {
  const folder dir;
  const auto f = td::trace_graph(trace_test::normalize);
  const td::graph& g = f.graph(td::array({1., 2., 3.}));
  const td::graph h = there_and_back(g, dir / "f");
  REQUIRE(g.nodes.size() == h.nodes.size());
  for (std::size_t i = 0; i < g.nodes.size(); ++i) {
    CHECK(g.nodes[i].where.line() == h.nodes[i].where.line());
    CHECK(std::string(g.nodes[i].where.file_name()) == h.nodes[i].where.file_name());
  }
  CHECK_THAT(to_string(h), contains("# trace_helpers.hpp:"));
  // Lines are kept once, and strange ones as they are.
  const std::source_location a = td::saved::source_line("a \"b\".cpp", 7), b = td::saved::source_line("a \"b\".cpp", 7);
  CHECK(a.file_name() == b.file_name());
  CHECK(a.line() == 7);
  td::graph strange = g;
  strange.nodes[0].where = td::saved::source_line("C:\\x\n\xff.cpp", 4000000000u);
  CHECK(there_and_back(strange, dir / "g").nodes[0].where.line() == 4000000000u);
}

TEST_CASE("numbers keep their bits") {
  const folder dir;
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const auto bits = [](std::uint64_t b) { return std::bit_cast<double>(b); };
  for (const double v :
       {0.0, -0.0, 1.0, 0.1, 1e300, 5e-324, -1.0 / 3, inf, -inf, nan, -nan, bits(0x7ff0000000000001), bits(0xfff8dead0000beef)}) {
    INFO(v);
    CHECK(through_a_file(v, dir) == td::attribute_value(v));
    CHECK(through_a_file(td::scalar(v), dir) == td::attribute_value(td::scalar(v)));
  }
  const std::vector<double> many{0.1, -0.0, inf, -inf, nan, -nan, bits(0x7ff0000000000001), 5e-324};
  td::graph g;
  g.results = {g.add(holder(), {g.add_input(td::type::of(td::float64, std::vector<std::int64_t>{2}))}, {{"value", many}})};
  const td::graph h = there_and_back(g, dir / "many");
  const auto read = std::get<std::vector<double>>(h.nodes[0].attrs.find("value")->value);
  REQUIRE(read.size() == many.size());
  CHECK(std::memcmp(read.data(), many.data(), many.size() * 8) == 0);
  for (const std::int64_t v : {std::int64_t{0}, INT64_MIN, INT64_MAX, std::int64_t{-1}}) {
    CHECK(through_a_file(v, dir) == td::attribute_value(v));
    CHECK(through_a_file(td::scalar(v), dir) == td::attribute_value(td::scalar(v)));
    CHECK(through_a_file(std::vector<std::int64_t>{v}, dir) == td::attribute_value(std::vector<std::int64_t>{v}));
  }
  for (const std::uint64_t v : {std::uint64_t{1} << 63, UINT64_MAX})
    CHECK(through_a_file(td::scalar(v), dir) == td::attribute_value(td::scalar(v)));
  CHECK(through_a_file(td::scalar(true), dir) == td::attribute_value(td::scalar(true)));
  CHECK(through_a_file(td::scalar(), dir) == td::attribute_value(td::scalar()));
  CHECK(through_a_file(true, dir) == td::attribute_value(true));
  CHECK(through_a_file({}, dir).absent());
}

TEST_CASE("texts, dtypes, lists and indices come back") {
  const folder dir;
  using strings = std::vector<std::string>;
  for (const std::string& s : strings{"", "plain", "a \"quoted\"\n\t\\ text", "\xc3\xa4\xe2\x82\xac", std::string("nul\0inside", 10),
                                      "no UTF-8: \xff\xc0", "inf"}) {
    INFO(s);
    CHECK(through_a_file(s, dir) == td::attribute_value(s));
    CHECK(through_a_file(strings{s, "x", s}, dir) == td::attribute_value(strings{s, "x", s}));
  }
  CHECK(through_a_file(strings{}, dir) == td::attribute_value(strings{}));
  CHECK(through_a_file(std::vector<std::int64_t>{}, dir) == td::attribute_value(std::vector<std::int64_t>{}));
  CHECK(through_a_file(std::vector<double>{}, dir) == td::attribute_value(std::vector<double>{}));
  for (const td::dtype d : {td::bool_, td::uint8, td::int32, td::int64, td::float32, td::float64})
    CHECK(through_a_file(d, dir) == td::attribute_value(d));
  const std::vector<td::index_item> key{
      3, -1, td::slice(), td::slice(1, {}, 2), td::slice({}, -4, -1), td::newaxis, td::ellipsis, td::slice(INT64_MIN, INT64_MAX, 5)};
  CHECK(through_a_file(key, dir) == td::attribute_value(key));
  CHECK(through_a_file(std::vector<td::index_item>{}, dir) == td::attribute_value(std::vector<td::index_item>{}));
}

TEST_CASE("arrays keep dtype, shape and bits, in the text and beside it") {
  const folder dir;
  const auto comes_back = [&](const td::array& a) {
    const td::attribute_value v = through_a_file(a, dir);
    const td::array b = std::get<td::array>(v.value);
    INFO(a);
    CHECK(b.dtype() == a.dtype());
    CHECK(b.shape() == a.shape());
    CHECK(same_bits(a, b));
  };
  for (const std::int64_t n : {0, 1, 3, 16, 17, 1000, 100000}) {
    comes_back(td::astype(td::arange(n) * 0.1, td::float32));
    comes_back(td::arange(n) / 3.0);
    comes_back(td::arange(n, {.dtype = td::int32}) * -7);
    comes_back(td::arange(n, {.dtype = td::int64}) * (std::int64_t{1} << 40));
    comes_back(td::astype(td::arange(n), td::uint8));
    comes_back(td::remainder(td::arange(n), 3) > 1);
  }
  comes_back(td::array(2.5));
  comes_back(td::array(true));
  comes_back(td::array({INT64_MIN, INT64_MAX, std::int64_t{0}}));
  comes_back(td::zeros({0, 3, 2}));
  comes_back(td::zeros({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}));
  comes_back(bits_as_floats({0x7fc00000, 0xffc00000, 0x7f800001, 0xff812345, 0x80000000, 0x00000001, 0x7f800000, 0xff800000}));
  comes_back(bits_as_doubles({0x7ff8000000000000, 0xfff8000000000000, 0x7ff0000000000001, 0x8000000000000000, 1, 0x7ff0000000000000}));
  std::vector<std::uint32_t> many;
  for (std::uint32_t i = 0; i < 4000; ++i) many.push_back(i * 1048573u);
  for (std::size_t i = 0; i + 16 <= many.size(); i += 16)
    comes_back(bits_as_floats({many.begin() + static_cast<std::ptrdiff_t>(i), many.begin() + static_cast<std::ptrdiff_t>(i) + 16}));
  comes_back(bits_as_floats(many));
  // Transposed, strided, reversed: as they are read.
  const td::array m = td::reshape(td::arange(60), {5, 12});
  comes_back(td::matrix_transpose(m));
  comes_back(m[{td::slice(0, 5, 2), td::slice({}, {}, -1)}]);
  comes_back(td::broadcast_to(td::array({1., 2.}), {30, 2}));
}

TEST_CASE("a long graph is loaded in time that grows with its length alone") {
  const folder dir;
  td::graph g;
  td::value_id v = g.add_input(td::type::of(td::float64, std::vector<std::int64_t>{4}));
  for (int i = 0; i < 200000; ++i) v = g.add(td::record_of(td::op_id::sin), {v});
  g.results = {v};
  td::save(g, dir / "long");
  const auto start = std::chrono::steady_clock::now();
  CHECK(td::load_graph(dir / "long").nodes.size() == 200000);
  CHECK(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() <
        12);  // a second; by the square of it half a minute
}

TEST_CASE("literals stay weak, unsigned ones too") {
  const folder dir;
  td::graph g;
  const td::value_id x = g.add_input(td::type::of(td::float32, std::vector<std::int64_t>{4}));
  std::vector<td::value_id> made;
  for (const td::scalar& s :
       {td::scalar(1), td::scalar(0.1), td::scalar(true), td::scalar(UINT64_MAX), td::scalar(INT64_MIN), td::scalar(-0.0)})
    made.push_back(g.add_literal(s));
  g.results = {g.add(td::record_of(td::op_id::multiply), {x, made[1]})};
  const td::graph h = there_and_back(g, dir / "literals");
  CHECK(difference(g, h) == "");
  for (std::size_t i = 0; i < made.size(); ++i) {
    CHECK(h.type_of(made[i]).weak);
    CHECK(td::literal_of(h.nodes[i].attrs) == td::literal_of(g.nodes[i].attrs));
  }
}

TEST_CASE("types that are not known come back, and load asks for those of inputs") {
  const folder dir;
  td::graph g;
  g.name = "open";
  td::type t;
  t.dtype = td::float64;
  const td::value_id any = g.add_input(t);
  t.ranked = true;
  t.shape = {td::extent(2), td::extent()};
  const td::value_id some = g.add_input(t);
  g.results = {g.add(td::record_of(td::op_id::exp), {any}), g.add(td::record_of(td::op_id::exp), {some})};
  CHECK(difference(g, there_and_back(g, dir / "open")) == "");
  CHECK(
      message_of([&] { td::load(dir / "open"); }) ==
      "[load] the type of an input is not known: got float64[...] for input 0 of \"open\", expected a dtype and a shape. Save f.graph(x), or "
      "take td::load_graph and td::compile with examples.");
}

TEST_CASE("bodies in bodies come back, and an op with too many is refused") {
  const folder dir;
  const auto f = td::trace_graph([](const td::array& x) {
    return region_ops::repeat(3,
                              [](region_ops::given s) {
                                return region_ops::repeat(2, [](region_ops::given t) { return region_ops::arrays{t[0] * 2 + 1}; }, {s[0]});
                              },
                              {x})[0];
  });
  const td::array x({1., 2.});
  const td::array y = f(x);
  const td::graph& g = f.graph(x);
  const td::graph h = there_and_back(g, dir / "bodies");
  CHECK(difference(g, h) == "");
  CHECK(to_string(g) == to_string(h));
  CHECK(same_bits(td::load(dir / "bodies")({x})[0], y));
  // A compiled function has groups in its bodies.
  td::save(f.compiled(x), dir / "compiled");
  CHECK(same_bits(td::load(dir / "compiled")({x})[0], y));
}

TEST_CASE("what a frontend decides is written out: no frontend is needed to load it") {
  const folder dir;
  const auto f = td::transpile([](const torch::Tensor& x) { return torch::div(torch::sub(x, torch::mean(x)), torch::std(x)); },
                               td::source::torch, td::target::eigen, {.name = "normalize"});
  CHECK_THAT(message_of([&] { td::save(f, dir / "f"); }),
             contains("[save] the types of inputs are not known: got ") && contains(" under the rules of torch at save_test.cpp:") &&
                 contains(", expected an input whose dtype and shape are known. Save f.graph(x), the graph of f for an argument x."));
  const td::array x({1.F, 2.F, 4.F});
  const td::array y = f(x);
  td::save(f.graph(x), dir / "f");
  const td::graph g = td::load_graph(dir / "f");
  for (const td::node& n : g.nodes) {
    CHECK(n.rules == nullptr);
    CHECK(n.id() != td::op_id::custom);
  }
  CHECK(fuzz::difference(td::load(dir / "f", {.to = "eigen"})({x})[0], y, 0) == "");
}

TEST_CASE("a traced object is saved as it was recorded last, and one that recorded nothing is refused") {
  const folder dir;
  const auto f = td::trace_graph(trace_test::normalize, {.name = "normalize"});
  CHECK_THAT(message_of<td::trace_error>([&] { td::save(f, dir / "f"); }), contains("["));
  CHECK_FALSE(saved_files::fs::exists(dir / "f"));
  const td::array x({1., 2., 4.});
  const td::array y = f(x);
  td::save(f, dir / "f");
  const td::function g = td::load(dir / "f");
  CHECK(same_bits(g({x})[0], y));
  CHECK(g.graph().name == "normalize");
  // For the backend that is in force, or asked for.
  for (const std::string& name : td::backends()) {
    const td::backend_scope scope(name);
    CHECK(fuzz::difference(td::load(dir / "f")({x})[0], td::trace_graph(trace_test::normalize)(x), 0) == "");
  }
  CHECK_THAT(message_of<td::backend_error>([&] { td::load(dir / "f", {.to = "abacus"}); }), contains("abacus"));
}

TEST_CASE("a save that fails leaves what was there, and nothing beside it") {
  const folder dir;
  const td::array table = td::arange(200000) * 0.5;
  const auto f = td::trace_graph([&](const td::array& x) { return x + table; });
  const td::array x({1.});
  f(x);
  td::save(f, dir / "f");
  const std::string before = saved_files::bytes_of(dir / "f");
  REQUIRE(before.size() > 200000 * 8);
  {
    // No more than 100 kB a file: the disk is full.
    rlimit old{};
    getrlimit(RLIMIT_FSIZE, &old);
    rlimit small{100000, old.rlim_max};
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    const std::string text = message_of<td::io_error>([&] { td::save(f, dir / "f"); });
    setrlimit(RLIMIT_FSIZE, &old);
    std::signal(SIGXFSZ, handler);
    CHECK(text == "[save] " + (dir / "f") +
                      " cannot be written: got \"Write error: File too large\", expected a place that can be written to. What was there "
                      "is as it was: pass another path.");
  }
  CHECK(saved_files::bytes_of(dir / "f") == before);
  CHECK(std::distance(saved_files::fs::directory_iterator(dir.path()), {}) == 1);
  CHECK_THAT(message_of<td::io_error>([&] { td::save(f, dir / "none/f"); }),
             contains("[save] ") && contains("none/f cannot be written: got \"") && contains("No such file or directory"));
}

#else

TEST_CASE("without the libraries saving and loading say what to install") {
  const auto f = td::trace_graph(trace_test::normalize);
  f(td::array({1., 2.}));
  CHECK(
      message_of<td::backend_error>([&] { td::save(f, "f"); }) ==
      "[save] this build of Tendril knows no files: got one without libzip or nlohmann_json, expected both. Install them (Debian: libzip-dev "
      "nlohmann-json3-dev) and build Tendril again.");
  CHECK(
      message_of<td::backend_error>([&] { td::load("f"); }) ==
      "[load] this build of Tendril knows no files: got one without libzip or nlohmann_json, expected both. Install them (Debian: libzip-dev "
      "nlohmann-json3-dev) and build Tendril again.");
}

#endif
