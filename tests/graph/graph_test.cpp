// The graph: its text, its checks, attributes, nodes with several results and absent operands, ops of one's own.
#include "trace_helpers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <tendril/detail/op_id.hpp>

#include "catch.hpp"
#include "region_ops.hpp"

using namespace trace_test;

namespace {

template <class F, class... A>
td::graph record(F f, const A&... a) {
  return td::trace_graph(f, {.name = "g"}).graph(a...);
}

/// The text without locations.
template <class F, class... A>
std::string text_of(F f, const A&... a) {
  return to_string(record(f, a...), false);
}

const doubles two{1, 2};
const std::array<std::array<double, 3>, 2> table{{{1, 2, 3}, {4, 5, 6}}};

}  // namespace

// ---- text

TEST_CASE("the text has a line for each node with types, operands, attributes and the user's line, operators included") {
  unsigned first = 0;
  const td::graph g = record(
      [&](const td::array& x) {
        first = __LINE__ + 1;
        const td::array centred = x - td::mean(x);
        return td::divide(centred, td::std(x, {.axis = 0, .correction = 1, .keepdims = true}));
      },
      two);
  const auto padded = [](std::string s, const std::string& where) {
    s.resize(std::max<std::size_t>(s.size(), 72), ' ');
    return s + "  # " + where + "\n";
  };
  CHECK(to_string(g) == "graph g(%0: float64[2]) {\n" + padded("  %1: float64[] = mean(%0, keepdims=false)", line(first)) +
                            padded("  %2: float64[2] = subtract(%0, %1)", line(first)) +
                            padded("  %3: float64[1] = std(%0, axis=(0,), correction=1, keepdims=true)", line(first + 1)) +
                            padded("  %4: float64[2] = divide(%2, %3)", line(first + 1)) + "  return %4\n}\n");
}

TEST_CASE("literals stand where they are used, weak ones bare, typed ones with their dtype, arrays have a line") {
  CHECK(text_of([](const td::array& x) { return x * 2 + 0.5; }, floats{1}) ==
        "graph g(%0: float32[1]) {\n"
        "  %1: float32[1] = multiply(%0, 2)\n"
        "  %2: float32[1] = add(%1, 0.5)\n"
        "  return %2\n}\n");
  CHECK(text_of(
            [](const td::array& x) {
              return x + td::array(3.0) + td::array({1., 2.});
            },
            two) ==
        "graph g(%0: float64[2]) {\n"
        "  %1: float64[2] = add(%0, float64(3.0))\n"
        "  %2: float64[2] = constant(value=[1. 2.])\n"
        "  %3: float64[2] = add(%1, %2)\n"
        "  return %3\n}\n");
}

TEST_CASE("several results, absent operands, indices, dtypes, strings and lists of arrays in the text") {
  CHECK(text_of([](const td::array& x) { return td::unstack(x); }, table) ==
        "graph g(%0: float64[2, 3]) {\n"
        "  %1: float64[3], %2: float64[3] = unstack(%0, axis=0)\n"
        "  return %1, %2\n}\n");
  CHECK(text_of([](const td::array& x) { return td::moments(x, {.axis = -1}).second; }, table) ==
        "graph g(%0: float64[2, 3]) {\n"
        "  %1: float64[2], %2: float64[2] = moments(%0, axis=(-1,), keepdims=false)\n"
        "  return %2\n}\n");
  CHECK(text_of([](const td::array& x) { return td::clip(x, std::nullopt, 1.5); }, two) ==
        "graph g(%0: float64[2]) {\n  %1: float64[2] = clip(%0, none, 1.5)\n  return %1\n}\n");
  CHECK(text_of(
            [](const td::array& x) {
              return x[{-1, td::slice(0, {}, 2), td::newaxis}];
            },
            table) == "graph g(%0: float64[2, 3]) {\n  %1: float64[2, 1] = getitem(%0, key=[-1, 0::2, newaxis])\n  return %1\n}\n");
  CHECK(text_of([](const td::array& x) { return td::gelu(td::astype(x, td::float32), {.approximate = "tanh"}); }, two) ==
        "graph g(%0: float64[2]) {\n"
        "  %1: float32[2] = astype(%0, dtype=float32)\n"
        "  %2: float32[2] = gelu(%1, approximate=\"tanh\")\n"
        "  return %2\n}\n");
  CHECK(text_of(
            [](const td::array& x, const td::array& y) {
              return td::concat({x, y, x});
            },
            two, two) == "graph g(%0: float64[2], %1: float64[2]) {\n  %2: float64[6] = concat(%0, %1, %0, axis=0)\n  return %2\n}\n");
}

TEST_CASE("the text runs depth first from the results: the order of evaluation does not show") {
  const auto one = text_of(
      [](const td::array& x) {
        const td::array a = td::exp(x), b = td::sqrt(x);
        return a - b;
      },
      two);
  const auto other = text_of(
      [](const td::array& x) {
        const td::array b = td::sqrt(x), a = td::exp(x);
        return a - b;
      },
      two);
  CHECK(one == other);
  CHECK_THAT(one, contains("%1: float64[2] = exp(%0)\n  %2: float64[2] = sqrt(%0)\n"));
}

TEST_CASE("a value that no result needs is no line, an argument that nothing uses stays in the head") {
  CHECK(text_of(
            [](const td::array& x, const td::array& y) {
              td::exp(y);
              return x;
            },
            two, two) == "graph g(%0: float64[2], %1: float64[2]) {\n  return %0\n}\n");
}

TEST_CASE("the text of groups shows their region") {
  const auto f = td::trace_graph([](const td::array& x) { return td::exp(x) * 2; }, {.to = "eigen", .name = "g"});
  CHECK(to_string(f.optimized_graph(two), false) ==
        "graph g(%0: float64[2]) {\n"
        "  %1: float64[2] = group(%0, space=(2,), inner=())\n"
        "    graph group(%0: float64[2]) {\n"
        "      %1: float64[2] = exp(%0)\n"
        "      %2: float64[2] = multiply(%1, float64(2.0))\n"
        "      return %2\n"
        "    }\n"
        "  return %1\n}\n");
}

TEST_CASE("a graph is a value: copies are independent") {
  const td::graph g = record([](const td::array& x) { return x + 1; }, two);
  td::graph h = g;
  h.name = "h";
  h.nodes.pop_back();
  CHECK(g.name == "g");
  CHECK(g.nodes.size() == 2);
  td::verify(g);
}

// ---- verify

TEST_CASE("verify finds each broken rule") {
  const td::graph good = record([](const td::array& x, const td::array& y) { return td::sum(x * y + td::array({1., 2.})); }, two, two);
  td::verify(good);
  // Values: 0, 1 inputs; 2 product; 3 constant; 4 sum of both; 5 result.
  const auto broken = [&](auto change) {
    td::graph g = good;
    change(g);
    return message_of<td::internal_error>([&] { td::verify(g); });
  };
  CHECK_THAT(broken([](td::graph& g) { g.nodes[0].inputs[0] = 17; }),
             contains("[verify] graph g: node 0 (multiply) uses value 17 before its definition"));
  CHECK_THAT(broken([](td::graph& g) { g.nodes[0].inputs[0] = -5; }), contains("uses value -5 before its definition"));
  CHECK_THAT(broken([](td::graph& g) { g.nodes[0].inputs[1] = 4; }), contains("node 0 (multiply) uses value 4 before its definition"));
  CHECK_THAT(broken([](td::graph& g) { g.nodes[0].inputs[1] = 2; }), contains("uses value 2 before its definition"));
  CHECK_THAT(broken([](td::graph& g) { std::swap(g.nodes[0], g.nodes[2]); }), contains("before its definition"));
  CHECK_THAT(broken([](td::graph& g) { g.nodes[2].first_result = 2; }), contains("add defines value 2 again"));
  CHECK_THAT(broken([](td::graph& g) { g.inputs[1] = 0; }), contains("an input defines value 0 again"));
  CHECK_THAT(broken([](td::graph& g) { g.inputs[1] = 99; }), contains("an input defines value 99 of 6"));
  CHECK_THAT(broken([](td::graph& g) { g.types.emplace_back(); }), contains("value 6 is never defined"));
  CHECK_THAT(broken([](td::graph& g) { g.results[0] = 6; }), contains("result 6 is no value"));
  CHECK_THAT(broken([](td::graph& g) { g.results[0] = td::absent; }), contains("result -1 is no value"));
  CHECK_THAT(broken([](td::graph& g) { g.nodes[0].op = nullptr; }), contains("node 0 has no op"));
  CHECK_THAT(broken([](td::graph& g) { g.types[2].dtype = td::float32; }),
             contains("node 0 (multiply) has type float32[2], its rule gives float64[2]"));
  CHECK_THAT(broken([](td::graph& g) { g.types[4].shape[0] = 3; }), contains("(add) has type float64[3], its rule gives float64[2]"));
  CHECK_THAT(broken([](td::graph& g) { g.types[5].shape.push_back(1); }), contains("(sum) has type float64[1], its rule gives float64[]"));
  CHECK_THAT(broken([](td::graph& g) { g.nodes[0].result_count = -1; }), contains("node 0 (multiply) has -1 results"));
  CHECK_THAT(broken([](td::graph& g) { g.nodes[1].attrs = {}; }), contains("constant 1 holds no array"));
  CHECK_THAT(broken([](td::graph& g) { g.types[3].dtype = td::int32; }), contains("constant 1 has type int32[2], its array is float64[2]"));
  CHECK_THAT(broken([](td::graph& g) {
               g.nodes[0].result_count = 2;
               g.nodes[0].first_result = 6;
               g.types.resize(8, g.types[2]);
               g.nodes[2].inputs[0] = 6;
               g.nodes.insert(g.nodes.begin(), g.nodes[0]);
               g.nodes[0].first_result = 2;
               g.nodes[0].result_count = 1;
             }),
             contains("(multiply) has 2 results, its rule gives 1"));
}

TEST_CASE("verify looks into regions") {
  const td::graph good = td::trace_graph(
                             [](const td::array& x) {
                               const td::array y = td::exp(x);
                               return std::pair(y * 2, y + 1);
                             },
                             {.to = "eigen"})
                             .optimized_graph(two);
  td::verify(good);
  REQUIRE(good.nodes.size() == 1);
  const auto broken = [&](auto change) {
    td::graph g = good;
    change(g.nodes[0], g.nodes[0].regions[0].body[0]);
    return message_of<td::internal_error>([&] { td::verify(g); });
  };
  CHECK_THAT(broken([](td::node&, td::graph& b) { b.nodes.back().inputs[0] = 99; }),
             contains("graph group: ") && contains("uses value 99 before its definition"));
  CHECK_THAT(broken([](td::node&, td::graph& b) { b.add_input(td::type::of(td::float64, td::extents{2})); }),
             contains("its region takes 2 inputs, the node gives 1"));
  CHECK_THAT(broken([](td::node&, td::graph& b) { b.results.pop_back(); }), contains("group 0 has 2 results, its region 1"));
  CHECK_THAT(broken([](td::node& n, td::graph&) { n.regions[0].body.clear(); }), contains("has a region without a body"));
  CHECK_THAT(broken([](td::node& n, td::graph&) { n.regions.clear(); }), contains("group 0 has 0 regions"));
  CHECK_THAT(broken([](td::node&, td::graph& b) {
               td::graph other;
               other.name = "group";
               const td::value_id x = other.add_input(td::type::of(td::float32, td::extents{2}));
               other.results = {other.add(td::record_of(td::op_id::astype), {x}, {{"dtype", td::float64}}),
                                other.add(td::record_of(td::op_id::astype), {x}, {{"dtype", td::float64}})};
               b = other;
             }),
             contains("input 0 has another type in its region"));
}

// ---- attributes

TEST_CASE("attributes are equal when bit-identical") {
  using value = td::attribute_value;
  const double nan = std::nan("");
  CHECK(value(1) == value(1));
  CHECK_FALSE(value(1) == value(1.0));
  CHECK_FALSE(value(true) == value(1));
  CHECK(value(nan) == value(nan));
  CHECK_FALSE(value(0.0) == value(-0.0));
  CHECK(value("a") == value(std::string("a")));
  CHECK_FALSE(value("a") == value("b"));
  CHECK(value() == value(td::axes()));
  CHECK(value(td::dtype::unknown).absent());
  CHECK(value(td::axes({0, 1})) == value(ints{0, 1}));
  CHECK_FALSE(value(ints{0, 1}) == value(ints{1, 0}));
  CHECK(value(td::float32) == value(td::float32));
  CHECK_FALSE(value(td::float32) == value(td::float64));
  const auto key = [](td::index_item a, td::index_item b) { return value(std::vector<td::index_item>{a, b}); };
  CHECK(key(td::slice(1, {}), 2) == key(td::slice(1, {}), 2));
  CHECK_FALSE(key(td::slice(1, {}), 2) == key(td::slice(1, {}), 3));
  CHECK_FALSE(key(td::slice(0, {}), 2) == key(td::slice({}, {}), 2));
  CHECK_FALSE(key(td::slice(1, {}, 2), 2) == key(td::slice(1, {}), 2));
  CHECK_FALSE(key(td::newaxis, 2) == key(td::ellipsis, 2));
  const td::array a({{1., nan}, {3., 4.}}), b({{1., nan}, {3., 4.}});
  CHECK(value(a) == value(b));
  CHECK(value(td::matrix_transpose(td::matrix_transpose(a))) == value(b));
  CHECK_FALSE(value(a) == value(td::matrix_transpose(a)));
  CHECK_FALSE(value(td::array(0.0)) == value(td::array(-0.0)));
  CHECK_FALSE(value(td::array(1.0)) == value(td::array(1.0F)));
  CHECK_FALSE(value(td::array({1.})) == value(td::array(1.0)));
  CHECK(value(td::zeros({0})) == value(td::zeros({0})));
}

TEST_CASE("attribute readers") {
  const td::attributes at{{"n", 3},      {"list", ints{2, 0}}, {"real", 0.5}, {"flag", true},
                          {"text", "t"}, {"dtype", td::int32}, {"none", {}},  {"s", td::scalar(2)}};
  CHECK(at.get_int("n") == 3);
  CHECK(at.get_real("n") == 3);
  CHECK(at.get_real("real") == 0.5);
  CHECK(at.get_bool("flag"));
  CHECK(at.get_string("text") == "t");
  CHECK(at.get_dtype("dtype") == td::int32);
  CHECK(at.get_dtype("none") == td::dtype::unknown);
  CHECK(at.get_scalar("s") == td::scalar(2));
  CHECK(at.get_scalar("real") == td::scalar(0.5));
  CHECK(at.get_ints("list") == ints{2, 0});
  const ints one = at.get_ints("n"), list = at.get_ints("list");  // one integer reads as a list
  CHECK(one == ints{3});
  CHECK(list == ints{2, 0});
  CHECK(at.get_axes("op", 3, "list") == ints{0, 2});
  CHECK(at.get_axes("op", 2, "none") == ints{0, 1});
  CHECK(at.has("n"));
  CHECK_FALSE(at.has("none"));
  CHECK_FALSE(at.has("missing"));
  CHECK_THAT(message_of<td::internal_error>([&] { at.get_int("missing"); }), contains("\"missing\" is missing or of another kind"));
  CHECK_THAT(message_of<td::internal_error>([&] { at.get_int("text"); }), contains("\"text\" is missing or of another kind"));
  td::attributes changed = at;
  changed.set("n", 4);
  CHECK(changed.get_int("n") == 4);
  CHECK(changed.items().size() == at.items().size());
  CHECK_FALSE(changed == at);
}

// ---- ops of one's own

namespace {

td::op_record named(std::string name, std::vector<std::string> inputs = {"x"}) {
  td::op_record r;
  r.name = std::move(name);
  for (std::string& i : inputs) r.inputs.push_back({td::input_spec::form::array, std::move(i)});
  return r;
}

/// swish(x, beta) = x * sigmoid(beta * x), as a rule.
const td::op_record& swish() {
  static const td::op_record* const op = [&] {
    td::op_record r = named("test_swish");
    r.attributes = {{"beta", 1.0}};
    r.decompose = [](std::span<const td::array> in, const td::attributes& at) {
      return std::vector<td::array>{in[0] * td::sigmoid(in[0] * at.get_real("beta"))};
    };
    return &td::register_op(r);
  }();
  return *op;
}

/// Two results of other shapes than the operand, by a rule without a type rule.
const td::op_record& spread() {
  static const td::op_record* const op = [&] {
    td::op_record r = named("test_spread");
    r.decompose = [](std::span<const td::array> in, const td::attributes&) {
      return std::vector<td::array>{td::max(in[0], {.axis = -1}) - td::min(in[0], {.axis = -1}), td::argmax(in[0])};
    };
    return &td::register_op(r);
  }();
  return *op;
}

/// hypot(a, b) by an elementwise kernel: operands come promoted and broadcast.
const td::op_record& hypotenuse() {
  static const td::op_record* const op = [&] {
    td::op_record r = named("test_hypot", {"a", "b"});
    r.traits = static_cast<std::uint32_t>(td::trait::elementwise);
    r.kernel = [](std::span<const td::array_view> out, std::span<const td::array_view> in, const td::attributes&) {
      for (std::int64_t i = 0; i < out[0].size(); ++i) {
        if (out[0].dtype == td::float64)
          static_cast<double*>(out[0].data)[i] = std::hypot(static_cast<double*>(in[0].data)[i], static_cast<double*>(in[1].data)[i]);
        else static_cast<float*>(out[0].data)[i] = std::hypot(static_cast<float*>(in[0].data)[i], static_cast<float*>(in[1].data)[i]);
      }
    };
    return &td::register_op(r);
  }();
  return *op;
}

/// prefix(x): running sums along a rank-1 array, by a kernel with a type rule.
const td::op_record& prefix() {
  static const td::op_record* const op = [&] {
    td::op_record r = named("test_prefix");
    r.infer = [](const td::type_request& q) { return std::vector<td::type>{q.inputs[0]}; };
    r.kernel = [](std::span<const td::array_view> out, std::span<const td::array_view> in, const td::attributes&) {
      double sum = 0;
      for (std::int64_t i = 0; i < out[0].size(); ++i)
        static_cast<double*>(out[0].data)[i] = sum += static_cast<const double*>(in[0].data)[i];
    };
    return &td::register_op(r);
  }();
  return *op;
}

std::vector<std::string> said;
/// An effect without a result: notes its attribute each time it runs.
const td::op_record& say() {
  static const td::op_record* const op = [&] {
    td::op_record r = named("test_say");
    r.attributes = {{"word", {}, true}};
    r.traits = static_cast<std::uint32_t>(td::trait::ordered);
    r.infer = [](const td::type_request&) { return std::vector<td::type>(); };
    r.kernel = [](std::span<const td::array_view>, std::span<const td::array_view>, const td::attributes& at) {
      said.push_back(at.get_string("word"));
    };
    return &td::register_op(r);
  }();
  return *op;
}
/// An effect with a result: notes that it ran, and copies its operand.
const td::op_record& hear() {
  static const td::op_record* const op = [&] {
    td::op_record r = named("test_hear");
    r.traits = static_cast<std::uint32_t>(td::trait::ordered);
    r.infer = [](const td::type_request& q) { return std::vector<td::type>{q.inputs[0]}; };
    r.kernel = [](std::span<const td::array_view> out, std::span<const td::array_view> in, const td::attributes&) {
      said.push_back("heard");
      for (std::int64_t i = 0; i < out[0].size(); ++i) static_cast<double*>(out[0].data)[i] = static_cast<const double*>(in[0].data)[i];
    };
    return &td::register_op(r);
  }();
  return *op;
}

}  // namespace

TEST_CASE("an op by decomposition: eager, traced, its attribute and default") {
  const auto f = td::trace_graph([](const td::array& x) { return td::call(swish(), {x}, {{"beta", 2.0}}); });
  const doubles x{-1, 0, 2};
  const doubles expected{-0.11920292202211755, 0, 1.9640275800758169};
  const doubles traced = f(x), eager = values(td::call(swish(), {td::asarray(x)}, {{"beta", 2.0}}));
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(traced[i] == Approx(expected[i]));
    CHECK(eager[i] == Approx(expected[i]));
  }
  CHECK_THAT(to_string(f.graph(), false), contains("%1: float64[3] = test_swish(%0, beta=2)"));
  CHECK(f.compiled(x).info().groups == 1);
  CHECK(values(td::call(swish(), {td::array(1.0)}))[0] == Approx(0.7310585786300049));
}

TEST_CASE("an op by decomposition needs no type rule, whatever its results") {
  const auto f = td::trace_graph([](const td::array& x) { return td::apply(spread(), std::vector<td::operand>{x}); });
  const auto y = f.call_as<td::array>(table);
  REQUIRE(y.size() == 2);
  CHECK(values(y[0]) == doubles{2, 2});
  CHECK(values(y[1]) == doubles{5});
  CHECK(y[1].dtype() == td::int64);
  CHECK_THAT(to_string(f.graph(), false), contains("%1: float64[2], %2: int64[] = test_spread(%0)"));
}

TEST_CASE("an elementwise op by a kernel: promotion and broadcasting are done for it, scalars are weak") {
  const auto f = td::trace_graph([](const td::array& a, const td::array& b) { return td::call(hypotenuse(), {a + 0, b}) * 2; });
  CHECK(f(doubles{3, 6}, floats{4}) == doubles{10, 2 * std::hypot(6, 4)});
  CHECK(values(td::call(hypotenuse(), {td::array({3., 6.}), td::array(4.F)})) == doubles{5, std::hypot(6, 4)});
  CHECK(td::call(hypotenuse(), {td::array({3.F}), 4.0}).dtype() == td::float32);
  CHECK(td::trace_graph([](const td::array& a) { return td::call(hypotenuse(), {a, 4.0}); })(floats{3}) == floats{5});
  CHECK_THROWS_AS(td::call(hypotenuse(), {td::array({1., 2.}), td::array({1., 2., 3.})}), td::shape_error);
}

TEST_CASE("an op by a kernel sees row-major memory, and writes any") {
  const auto f = td::trace_graph([](const td::array& x) { return td::call(prefix(), {td::flip(x)}); });
  CHECK(f(doubles{1, 2, 3}) == doubles{3, 5, 6});
  CHECK(values(td::call(prefix(), {td::array({{1., 2.}, {3., 4.}})[{td::slice(), 0}]})) == doubles{1, 4});
  const td::function g = f.compiled(doubles{1, 2, 3});
  doubles memory(6, -1), in{1, 2, 3};
  td::array_view out = td::view(memory).view(), x = td::view(in).view();
  out.shape[0] = 3;
  out.strides[0] = 2;
  g.into(std::vector{out}, std::vector{x});
  CHECK(memory == doubles{3, -1, 5, -1, 6, -1});
  CHECK(f.compiled(in).info().steps.back().engine == "user");
}

TEST_CASE("an op with an effect runs at every call, in order, and never while tracing") {
  said.clear();
  const auto speak = [](const td::array& x, const char* word) {
    CHECK(td::apply(say(), std::vector<td::operand>{x}, {{"word", word}}).empty());
  };
  const auto f = td::trace_graph(
      [&](const td::array& x) {
        speak(x, "first");
        const td::array y = td::exp(x);
        speak(y, "second");
        speak(x, "first");
        return x + 1;
      },
      td::args(two));
  CHECK(said.empty());
  CHECK_THAT(
      to_string(f.graph(), false),
      contains(
          "  test_say(%0, word=\"first\")\n  %2: float64[2] = exp(%0)\n  test_say(%2, word=\"second\")\n  test_say(%0, word=\"first\")\n"));
  CHECK(f(two) == doubles{2, 3});
  CHECK(said == std::vector<std::string>{"first", "second", "first"});
  f(two);
  CHECK(said.size() == 6);
  for (const bool optimize : {true, false}) {
    said.clear();
    const auto h = td::trace_graph(
        [&](const td::array& x) {
          speak(td::ones({1}), "constant");  // an operand that folds does not fold the effect
          speak(x, "argument");
          return x;
        },
        {.optimize = optimize});
    h(two), h(two);
    CHECK(said == std::vector<std::string>{"constant", "argument", "constant", "argument"});
  }
  said.clear();
  speak(td::array(1.0), "eager");
  CHECK(said == std::vector<std::string>{"eager"});
}

TEST_CASE("no group holds what one effect reads together with what reads a later effect") {
  said.clear();
  const auto f = td::trace_graph([](const td::array& x) {
    const td::array a = td::negative(x);
    td::apply(say(), std::vector<td::operand>{a}, {{"word", "first"}});
    return a + td::call(hear(), {x});  // waits for hear, which waits for say, which waits for a
  });
  CHECK(f(two) == doubles{0, 0});
  CHECK(said == std::vector<std::string>{"first", "heard"});
}

TEST_CASE("errors of register_op and of calling an op") {
  const auto refused = [](td::op_record r) { return message_of([&] { td::register_op(std::move(r)); }); };
  CHECK_THAT(refused(named("")), contains("[register_op] no name: got an empty name"));
  CHECK_THAT(refused(named("add")), contains("[register_op] the name is taken: got \"add\", expected a new name. Choose another."));
  CHECK_THAT(refused(named("test_nothing")),
             contains("[register_op] nothing runs \"test_nothing\": got neither a kernel nor a decomposition"));
  td::op_record r = named("test_untyped");
  r.kernel = [](std::span<const td::array_view>, std::span<const td::array_view>, const td::attributes&) {};
  CHECK_THAT(refused(r), contains("[register_op] nothing types \"test_untyped\": got a kernel without a type rule"));
  CHECK(td::find_op("test_untyped") == nullptr);
  swish();
  CHECK_THAT(refused(named("test_swish")), contains("the name is taken"));
  CHECK(td::find_op("test_swish") == &swish());

  const td::array x(1.0);
  CHECK_THAT(message_of([&] { td::call(swish(), {x}, {{"betta", 2.0}}); }), contains("[test_swish] unknown attribute: got \"betta\""));
  CHECK_THAT(message_of([&] { td::call(say(), {x}); }),
             contains("[test_say] a required attribute is missing: got none, expected \"word\". Pass it."));
  CHECK_THAT(message_of([&] {
               td::call(swish(), {x, x});
             }),
             contains("[test_swish] wrong number of operands: got 2, expected 1. Pass each once."));
  CHECK_THAT(message_of([&] { td::call(spread(), {td::array({1.})}); }),
             contains("[call] \"test_spread\" has 2 results: expected exactly one."));
  CHECK_THAT(message_of([&] { td::call(hypotenuse(), {x, std::nullopt}); }), contains("[test_hypot] operand 1 is absent: got nothing"));
}

TEST_CASE("a decomposition that never ends is an error") {
  static const td::op_record* self = nullptr;
  td::op_record r = named("test_endless");
  r.infer = [](const td::type_request& q) { return std::vector<td::type>{q.inputs[0]}; };
  r.decompose = [](std::span<const td::array> in, const td::attributes&) { return std::vector<td::array>{td::call(*self, {in[0]})}; };
  self = &td::register_op(r);
  const auto f = td::trace_graph([](const td::array& x) { return td::call(*self, {x}); });
  CHECK_THAT(message_of([&] { f(two); }), contains("[decompose]") && contains("do not end"));
}

TEST_CASE("ops are counted by name, those of groups and bodies too, the most frequent first") {
  using counted_ops = std::vector<std::pair<std::string, int>>;
  const auto f = td::trace_graph([](const td::array& x) {
    const td::array centred = x - td::mean(x);
    return td::sqrt(td::sum(centred * centred)) - 2.0 * td::exp(x) - x;
  });
  const td::array x({1., 2.});
  CHECK(op_frequencies(f.graph(x)) == counted_ops{{"subtract", 3}, {"multiply", 2}, {"exp", 1}, {"mean", 1}, {"sqrt", 1}, {"sum", 1}});
  CHECK(op_frequencies(td::graph()).empty());
  // Compiled: of its one group the ops in it, and no "group".
  const td::graph& compiled = f.compiled(x).graph();
  int count = 0;
  for (const auto& [op, n] : op_frequencies(compiled)) {
    CHECK(op != "group");
    CHECK(op != "constant");
    count += n;
  }
  int inside = 0;
  for (const td::node& n : compiled.nodes)
    for (const td::region& r : n.regions) inside += td::op_node_count(r.body.front());
  CHECK(inside > 3);
  CHECK(count == inside);
  const auto loop = td::trace_graph([](const td::array& s) {
    return region_ops::repeat(5, [](region_ops::given t) { return region_ops::arrays{t[0] * 2.0 + 1.0}; }, {s * 3.0})[0];
  });
  CHECK(op_frequencies(loop.graph(x)) == counted_ops{{"multiply", 2}, {"add", 1}, {"test_repeat", 1}});
}
