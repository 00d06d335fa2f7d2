// The passes: graphs before and after as text, and what fuses into how many groups.
#include "trace_helpers.hpp"

#include <cmath>
#include <limits>

#include <tendril/detail/op_id.hpp>
#include <tendril/passes.hpp>

#include "catch.hpp"
#include "kernels/backend.hpp"

using namespace trace_test;

namespace {

const doubles two{1, 2};

td::pass_context context(bool contract = true) {
  td::pass_context c;
  c.backend = &td::detail::find_backend("test", "eigen");
  c.contract = contract;
  return c;
}

template <class F, class... A>
td::graph record(F f, const A&... a) {
  const warnings quiet;
  return td::trace_graph(f, {.name = "g"}).graph(a...);
}

/// The lines of a graph after passes, without its head: "%1 = add(%0, %0); return %1" is what most cases need to see.
std::string body(const td::graph& g) {
  td::verify(g);
  std::string s = to_string(g, false);
  s = s.substr(s.find("{\n") + 2);
  return s.substr(0, s.size() - 2);
}

// As pointers, all lambdas are one type, for which what they are handed to is compiled once.
using unary = td::array (*)(const td::array&);
using binary = td::array (*)(const td::array&, const td::array&);

template <class A>
std::string specialized(unary f, const A& a) {
  return body(td::specialize(record(f, a), context()));
}
template <class A, class B>
std::string specialized(binary f, const A& a, const B& b) {
  return body(td::specialize(record(f, a, b), context()));
}

/// What simplify leaves, dead nodes dropped.
std::string simplified(const td::graph& g) {
  const auto c = context();
  return body(td::dce(td::simplify(td::dce(td::specialize(g, c), c), c), c));
}
template <class A>
std::string simplified(unary f, const A& a) {
  return simplified(record(f, a));
}
template <class A, class B>
std::string simplified(binary f, const A& a, const B& b) {
  return simplified(record(f, a, b));
}

template <class F, class... A>
td::function compiled(F f, const A&... a) {
  return td::trace_graph(f, {.to = "eigen"}).compiled(a...);
}

td::array random(td::axes shape, td::dtype d = td::float64) {
  const td::array n = td::reshape(td::arange(td::zeros(shape).size()), shape);
  return td::astype(td::arange(1), d) + td::astype(n * 7919 - n * n * 13, d) / 104729;
}

}  // namespace

// ---- specialize

TEST_CASE("specialize writes promotion out: casts are nodes, weak scalars typed constants") {
  CHECK(specialized([](const td::array& x, const td::array& y) { return x + y; }, std::vector<int>{1}, floats{1}) ==
        "  %2: float32[1] = astype(%0, dtype=float32)\n  %3: float32[1] = add(%2, %1)\n  return %3\n");
  CHECK(specialized([](const td::array& x) { return x * 2; }, floats{1}) == "  %1: float32[1] = multiply(%0, float32(2.0))\n  return %1\n");
  CHECK(specialized([](const td::array& x) { return x * 2.5; }, std::vector<int>{1}) ==
        "  %1: float64[1] = astype(%0, dtype=float64)\n  %2: float64[1] = multiply(%1, float64(2.5))\n  return %2\n");
  CHECK(specialized([](const td::array& x) { return td::sum(x); }, std::vector<int>{1}) ==
        "  %1: int64[1] = astype(%0, dtype=int64)\n  %2: int64[] = sum(%1, keepdims=false)\n  return %2\n");
  CHECK(specialized([](const td::array& x) { return td::sqrt(x); }, std::vector<int>{1}) ==
        "  %1: float64[1] = astype(%0, dtype=float64)\n  %2: float64[1] = sqrt(%1)\n  return %2\n");
  CHECK(specialized([](const td::array& x) { return x > 0.5; }, std::vector<int>{1}) ==
        "  %1: float64[1] = astype(%0, dtype=float64)\n  %2: bool[1] = greater(%1, float64(0.5))\n  return %2\n");
  CHECK(specialized([](const td::array& x) { return td::where(x > 0, x, 1); }, floats{1}) ==
        "  %1: bool[1] = greater(%0, float32(0.0))\n  %2: float32[1] = where(%1, %0, float32(1.0))\n  return %2\n");
  CHECK(
      specialized([](const td::array& x, const td::array& y) { return x + y; }, td::array(1.0), td::array({1.F})) ==  // rank 0 is not weak
      "  %2: float64[1] = astype(%1, dtype=float64)\n  %3: float64[1] = add(%0, %2)\n  return %3\n");
}

TEST_CASE("specialize needs complete types") {
  td::graph g;
  td::type t;
  t.dtype = td::float64;
  g.results = {g.add_input(t)};
  CHECK_THAT(message_of<td::trace_error>([&] { td::specialize(g, context()); }),
             contains("[specialize] an input's type is not known: got float64[...], expected a dtype and every extent."));
}

// ---- fold

TEST_CASE("fold computes what depends on constants alone, and nothing large out of small") {
  const auto folded = [](unary f) {
    const auto c = context();
    return body(td::dce(td::fold(td::specialize(record(f, two), c), c), c));
  };
  CHECK(folded([](const td::array& x) { return x * (td::array(2.0) + td::sqrt(td::array(9.0))); }) ==
        "  %1: float64[2] = multiply(%0, float64(5.0))\n  return %1\n");
  CHECK(folded([](const td::array& x) { return x + td::sum(td::arange(5.0)); }) ==
        "  %1: float64[2] = add(%0, float64(10.0))\n  return %1\n");
  CHECK(folded([](const td::array& x) {
          return x + td::unstack(td::array({{1., 2.}, {3., 4.}}))[1];
        }) == "  %1: float64[2] = constant(value=[3. 4.])\n  %2: float64[2] = add(%0, %1)\n  return %2\n");
  CHECK_THAT(folded([](const td::array& x) {
               return td::sum(td::broadcast_to(td::array(1.0), {1000, 1000})) + x;
             }),
             contains("broadcast_to"));
  CHECK(folded([](const td::array& x) { return x + 1; }) == "  %1: float64[2] = add(%0, float64(1.0))\n  return %1\n");
}

TEST_CASE("fold computes on the backend that the graph is for, decompositions too") {
  // The tanh form of gelu cancels at -3.08: each backend's exp shows in the last digits.
  const td::array x({-3.08247913, -3.2, 0.5});
  const auto f = [&](const td::array& y) { return y * 0 + td::gelu(x, {.approximate = "tanh"}); };
  for (const std::string& to : td::backends()) {
    const td::graph recorded = record(f, td::zeros({3}));
    const auto folded = td::compile(recorded, {.to = to, .contract = false})({td::zeros({3})}),
               plain = td::evaluate(recorded, std::vector<td::array>{td::zeros({3})}, to);
    INFO(to);
    CHECK(td::allclose(folded[0], plain[0], 0, 0));
  }
}

// ---- simplify

TEST_CASE("simplify drops what changes no bit") {
  const std::string argument = "  return %0\n";
  const auto same = [&](unary f) { CHECK(simplified(f, two) == argument); };
  same([](const td::array& x) { return x * 1; });
  same([](const td::array& x) { return 1 * x; });
  same([](const td::array& x) { return x / 1; });
  same([](const td::array& x) { return x - 0; });
  same([](const td::array& x) { return x + -0.0; });
  same([](const td::array& x) { return -0.0 + x; });
  same([](const td::array& x) { return -(-x); });
  same([](const td::array& x) { return td::pow(x, 1); });
  same([](const td::array& x) { return td::maximum(x, x); });
  same([](const td::array& x) { return td::astype(x, td::float64); });
  same([](const td::array& x) { return td::reshape(x, {-1}); });
  same([](const td::array& x) { return td::broadcast_to(x, {2}); });
  same([](const td::array& x) { return td::permute_dims(x, {0}); });
  same([](const td::array& x) { return td::squeeze(x, {}); });
  same([](const td::array& x) { return td::reshape(td::reshape(x, {2, 1}), {2}); });
  CHECK(simplified([](const td::array& x) { return td::matrix_transpose(td::matrix_transpose(x)); }, td::ones({2, 3})) == argument);
  CHECK(simplified([](const td::array& x) { return x + 0; }, std::vector<int>{1}) == argument);  // an integer has one zero
  CHECK(simplified([](const td::array& x) { return td::logical_not(td::logical_not(x)); }, std::array<bool, 2>{}) == argument);
  CHECK(simplified([](const td::array& x) { return td::logical_and(x, x); }, std::array<bool, 2>{}) == argument);
}

TEST_CASE("simplify keeps what may change a bit, NaN, infinity or the sign of zero") {
  const auto kept = [](unary f, const std::string& expected) { CHECK(simplified(f, two) == expected); };
  kept([](const td::array& x) { return x + 0; }, "  %1: float64[2] = add(%0, float64(0.0))\n  return %1\n");           // -0 + 0 is 0
  kept([](const td::array& x) { return x - -0.0; }, "  %1: float64[2] = subtract(%0, float64(-0.0))\n  return %1\n");  // -0 - -0 is 0
  kept([](const td::array& x) { return x * 0; }, "  %1: float64[2] = multiply(%0, float64(0.0))\n  return %1\n");      // NaN, infinity, -0
  kept([](const td::array& x) { return x - x; }, "  %1: float64[2] = subtract(%0, %0)\n  return %1\n");  // infinity - infinity
  kept([](const td::array& x) { return x / x; }, "  %1: float64[2] = divide(%0, %0)\n  return %1\n");
  kept([](const td::array& x) { return td::pow(x, 0.5); },
       "  %1: float64[2] = pow(%0, float64(0.5))\n  return %1\n");                                                 // not sqrt: -infinity
  kept([](const td::array& x) { return x == x; }, "  %1: bool[2] = equal(%0, %0)\n  return %1\n");                 // NaN
  kept([](const td::array& x) { return 0 - x; }, "  %1: float64[2] = subtract(float64(0.0), %0)\n  return %1\n");  // not -x: 0 - 0
  kept([](const td::array& x) { return td::astype(td::astype(x, td::float32), td::float64); },
       "  %1: float32[2] = astype(%0, dtype=float32)\n  %2: float64[2] = astype(%1, dtype=float64)\n  return %2\n");
  CHECK(simplified([](const td::array& x) { return x * td::ones({3, 1}); }, two).find("multiply") != std::string::npos);  // broadcasts
  CHECK(simplified([](const td::array& x) { return x / 1; }, std::vector<int>{1}) ==
        "  %1: float64[1] = astype(%0, dtype=float64)\n  return %1\n");
}

TEST_CASE("simplified and plain functions agree in every bit on special values") {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::nan("");
  const doubles special{0., -0., 1, -1, inf, -inf, nan, 5e-324, -5e-324, 1e308, -1e308, 0.1, 3};
  const auto same_bits = [&](unary f) {
    const doubles plain = values(f(td::asarray(special)));
    const doubles fast = values(td::trace_graph(f, {.to = "eigen", .contract = false}).call_as<td::array>(special));
    REQUIRE(plain.size() == fast.size());
    for (std::size_t i = 0; i < plain.size(); ++i) {
      CAPTURE(i, special[i % special.size()], plain[i], fast[i]);  // concat doubles the length
      CHECK((std::isnan(plain[i]) ? std::isnan(fast[i]) : plain[i] == fast[i] && std::signbit(plain[i]) == std::signbit(fast[i])));
    }
  };
  same_bits([](const td::array& x) { return x + 0; });
  same_bits([](const td::array& x) { return x - 0; });
  same_bits([](const td::array& x) { return x * 1 + -0.0; });
  same_bits([](const td::array& x) { return x * 0; });
  same_bits([](const td::array& x) { return x - x; });
  same_bits([](const td::array& x) { return 0 - x; });
  same_bits([](const td::array& x) { return td::pow(x, 2); });
  same_bits([](const td::array& x) { return td::pow(x, 1); });
  same_bits([](const td::array& x) { return td::maximum(x, x); });
  same_bits([](const td::array& x) { return td::maximum(x, 0.0) + td::maximum(-0.0, x) * 0; });
  // Operands of maximum exchanged: equal in value, not in the sign of zero.
  same_bits([](const td::array& x) { return td::concat({td::maximum(x, -x), td::maximum(-x, x)}); });
  same_bits([](const td::array& x) { return td::concat({td::minimum(x, 0.0), td::minimum(td::array(0.0), x)}); });
  same_bits([](const td::array& x) { return td::concat({x + td::exp(x), td::exp(x) + x}); });
  same_bits([](const td::array& x) { return td::clip(x, -1, 1); });
  same_bits([](const td::array& x) { return td::where(x > 0, x, -x); });
}

TEST_CASE("simplify meets reductions with the axes put back, all of them") {
  CHECK_THAT(simplified([](const td::array& x) { return td::expand_dims(td::sum(x)); }, td::ones({2, 3})),
             contains("float64[1] = expand_dims(%1"));
  CHECK(simplified([](const td::array& x) { return x - td::expand_dims(td::max(x, {.axis = 1}), {.axis = 1}); }, td::ones({2, 3})) ==
        "  %1: float64[2, 1] = max(%0, axis=(1,), keepdims=true)\n  %2: float64[2, 3] = subtract(%0, %1)\n  return %2\n");
  CHECK(simplified([](const td::array& x) { return td::expand_dims(td::argmax(x, {.axis = 1}), {.axis = 1}); }, td::ones({2, 3})) ==
        "  %1: int64[2, 1] = argmax(%0, axis=1, keepdims=true)\n  return %1\n");
  CHECK_THAT(simplified([](const td::array& x) { return td::expand_dims(td::max(x, {.axis = 1}), {.axis = 0}); }, td::ones({2, 3})),
             contains("expand_dims"));
}

TEST_CASE("simplify drops broadcasts before elementwise ops that broadcast anyway") {
  CHECK(simplified(
            [](const td::array& x, const td::array& y) {
              return x + td::broadcast_to(y, {2, 3});
            },
            td::ones({2, 3}), td::ones({3})) == "  %2: float64[2, 3] = add(%0, %1)\n  return %2\n");
  CHECK_THAT(simplified(
                 [](const td::array& x, const td::array& y) {
                   return x + td::broadcast_to(y, {2, 3});
                 },
                 td::ones({3}), td::ones({3})),
             contains("broadcast_to"));
}

TEST_CASE("an empty shape is rank 0, empty axes are none") {
  CHECK(td::zeros({}).ndim() == 0);
  CHECK(td::reshape(td::ones({1, 1}), {}).ndim() == 0);
  CHECK(td::broadcast_to(td::array(1.0), {}).ndim() == 0);
  CHECK(td::squeeze(td::ones({1, 2}), {}).ndim() == 2);
  CHECK(td::permute_dims(td::array(1.0), {}).ndim() == 0);
}

// ---- cse, dce

TEST_CASE("cse merges equal nodes and nothing else") {
  const auto merged_of = [](const td::graph& g) {
    const auto c = context();
    return body(td::dce(td::cse(td::specialize(g, c), c), c));
  };
  const auto merged = [&](unary f, const td::array& x) { return merged_of(record(f, x)); };
  const auto merged_two = [&](binary f) { return merged_of(record(f, two, two)); };
  CHECK(merged([](const td::array& x) { return td::exp(x) + td::exp(x); }, td::asarray(two)) ==
        "  %1: float64[2] = exp(%0)\n  %2: float64[2] = add(%1, %1)\n  return %2\n");
  const auto both_orders = [](const td::array& x, const td::array& y) {
    const td::array a = x + y, b = y + x;
    return td::sqrt(a) - td::sqrt(b);
  };
  CHECK(merged_two(both_orders) ==
        "  %2: float64[2] = add(%0, %1)\n  %3: float64[2] = sqrt(%2)\n  %4: float64[2] = subtract(%3, %3)\n  return %4\n");
  CHECK_THAT(merged_two([](const td::array& x, const td::array& y) { return (x - y) * (y - x); }),
             contains("subtract(%0, %1)") && contains("subtract(%1, %0)"));
  CHECK_THAT(merged_two([](const td::array& x, const td::array& y) { return td::maximum(x, y) - td::maximum(y, x); }),
             contains("maximum(%0, %1)") && contains("maximum(%1, %0)"));
  CHECK_THAT(merged([](const td::array& x) { return td::sum(x, {.axis = 0}) + td::sum(x, {.axis = 1}); }, td::ones({2, 2})),
             contains("axis=(0,)") && contains("axis=(1,)"));
  CHECK_THAT(merged([](const td::array& x) { return (x + 0.0) * (x + -0.0); }, td::asarray(two)),
             contains("float64(0.0)") && contains("float64(-0.0)"));
  CHECK(merged(
            [](const td::array& x) {
              return (x + td::array({1., 2.})) - (x + td::array({1., 2.}));
            },
            td::asarray(two)) ==
        "  %1: float64[2] = constant(value=[1. 2.])\n  %2: float64[2] = add(%0, %1)\n  %3: float64[2] = subtract(%2, %2)\n  return %3\n");
}

TEST_CASE("dce drops what no result needs") {
  const td::graph g = record(
      [](const td::array& x) {
        td::exp(td::sqrt(x));
        return x + 1;
      },
      two);
  CHECK(g.nodes.size() == 4);
  CHECK(td::dce(g, context()).nodes.size() == 2);
  CHECK(td::dce(g, context()).inputs.size() == 1);
}

// ---- decompose, contract

TEST_CASE("decompose expands composite ops, mean, var and std of one input meet in one moments") {
  const auto c = context();
  const auto f = [](const td::array& x) { return td::mean(x) + td::var(x) + td::std(x); };
  const std::string text = body(td::dce(td::cse(td::decompose(td::specialize(record(f, two), c), c), c), c));
  CHECK(text.find("moments") == text.rfind("moments"));
  CHECK_THAT(text, contains("%1: float64[], %2: float64[] = moments(%0, keepdims=false)"));
  CHECK_THAT(text, !contains("mean(") && !contains("std("));
}

TEST_CASE("decomposed nodes keep the user's line") {
  const auto c = context();
  unsigned at = 0;
  const td::graph g = td::decompose(td::specialize(record(
                                                       [&](const td::array& x) {
                                                         at = __LINE__ + 1;
                                                         return td::softmax(x);
                                                       },
                                                       two),
                                                   c),
                                    c);
  CHECK(td::op_node_count(g) == 5);
  for (const td::node& n : g.nodes) CHECK(n.where.line() == at);
}

TEST_CASE("contract makes a multiply-add of a floating product with one use, where the processor has one") {
  if (std::string_view(context().backend->blocks->isa) == "baseline") return;
  const auto contracted = [](auto f, const auto&... a) {
    const auto c = context();
    return body(td::contract(td::specialize(record(f, a...), c), c));
  };
  CHECK(contracted([](const td::array& x) { return x * x + 1; }, two) ==
        "  %1: float64[2] = multiply_add(%0, %0, float64(1.0))\n  return %1\n");
  CHECK(contracted([](const td::array& x) { return 1 + x * x; }, two) ==
        "  %1: float64[2] = multiply_add(%0, %0, float64(1.0))\n  return %1\n");
  CHECK_THAT(contracted([](const td::array& x) { return x * x + 1; }, std::vector<int>{1}), contains("multiply(") && contains("add("));
  CHECK_THAT(contracted(
                 [](const td::array& x) {
                   const td::array p = x * x;
                   return p + p;
                 },
                 two),
             contains("multiply(") && contains("add(%1, %1)"));
  CHECK_THAT(contracted(
                 [](const td::array& x) {
                   const td::array p = x * x;
                   return std::pair(p + 1, p);
                 },
                 two),
             contains("multiply("));
  CHECK_THAT(contracted([](const td::array& x, const td::array& y) { return y * y + x; }, two, doubles{1}),
             contains("multiply("));  // fewer elements
  const auto off = context(false);
  CHECK_THAT(body(td::contract(td::specialize(record([](const td::array& x) { return x * x + 1; }, two), off), off)),
             contains("multiply("));
}

// ---- fuse

namespace {

struct fused {
  int groups, others;
  std::size_t bytes;
};
template <class F, class... A>
fused count(F f, const A&... a) {
  const td::compile_info i = compiled(f, a...).info();
  return {i.groups, static_cast<int>(i.steps.size()) - i.groups, i.bytes_planned};
}

td::array chain_of_30(const td::array& x) {
  td::array y = x;
  for (int i = 0; i < 10; ++i) y = td::sqrt(td::abs(y * 1.01 + 0.5));
  return y;
}
td::array layernorm(const td::array& x, const td::array& weight, const td::array& bias) {
  const td::array centred = x - td::mean(x, {.axis = -1, .keepdims = true});
  return centred / td::sqrt(td::var(x, {.axis = -1, .keepdims = true}) + 1e-5) * weight + bias;
}

}  // namespace

TEST_CASE("normalize, softmax, layernorm and a chain of 30 ops are one group each, without a workspace of full size") {
  const auto one_group = [](fused f, std::size_t full_bytes) {
    CHECK(f.groups == 1);
    CHECK(f.others == 0);
    CHECK(f.bytes < full_bytes / 2);
  };
  one_group(count(normalize, td::ones({1000000})), 8000000);
  one_group(count([](const td::array& x) { return td::softmax(x); }, td::ones({256, 1024}, {.dtype = td::float32})), 256 * 1024 * 4);
  one_group(count(layernorm, td::ones({512, 768}, {.dtype = td::float32}), td::ones({768}, {.dtype = td::float32}),
                  td::ones({768}, {.dtype = td::float32})),
            512 * 768 * 4);
  one_group(count(chain_of_30, td::ones({100000})), 800000);
  one_group(count([](const td::array& x) { return td::log_softmax(x); }, td::ones({64, 2000})), 64 * 2000 * 8);
}

TEST_CASE("reductions over any axes share the group of what makes their operand and of what follows") {
  const td::array x = td::ones({300, 400}), deep = td::ones({20, 30, 40});
  const auto one_group = [](fused f, std::size_t most_bytes) {
    CHECK(f.groups == 1);
    CHECK(f.others == 0);
    CHECK(f.bytes < most_bytes);
  };
  one_group(count([](const td::array& a) { return td::softmax(a, {.axis = 0}); }, x), 300 * 400 * 8 / 2);
  one_group(count([](const td::array& a) { return (a - td::mean(a, {.axis = 0})) / td::std(a, {.axis = 0}); }, x), 300 * 400 * 8 / 2);
  one_group(count([](const td::array& a) { return td::sum(td::square(a - 1), {.axis = 1}); }, deep), 20 * 30 * 40 * 8 / 2);
  one_group(count(
                [](const td::array& a) {
                  return a / td::max(td::abs(a), {.axis = {0, 2}, .keepdims = true});
                },
                deep),
            20 * 30 * 40 * 8 / 2);
  for (const std::int64_t axis : {0, 1, 2}) {
    one_group(count([axis](const td::array& a) { return td::argmax(a * 2 + 1, {.axis = axis}); }, deep), 20 * 30 * 40 * 8 / 2);
    one_group(count([axis](const td::array& a) { return a * td::argmin(td::exp(a), {.axis = axis, .keepdims = true}); }, deep),
              20 * 30 * 40 * 8 / 2);
  }
  one_group(count([](const td::array& a) { return td::argmax(td::softmax(a)); }, td::ones({100000})), 100000 * 8 / 2);
  // Dropped in the middle, the axis is missing where it would be lined up with others: what follows is a group of its own.
  CHECK(count([](const td::array& a) { return td::sqrt(td::sum(a, {.axis = 1})); }, deep).groups == 2);
}

TEST_CASE("what shares no space is in groups of its own") {
  CHECK(count([](const td::array& x) { return td::exp(td::matmul(td::exp(x), x)); }, td::ones({50, 50})).groups == 2);
  CHECK(count([](const td::array& x, const td::array& y) { return std::pair(td::exp(x), td::exp(y)); }, td::ones({50}), td::ones({60}))
            .groups == 2);
  CHECK(count([](const td::array& x) { return td::sum(td::sum(td::exp(x), {.axis = 1}), {.axis = 0}); }, td::ones({50, 60})).groups == 2);
}

TEST_CASE("a group may have several results, and no cycle runs through it") {
  const auto f = [](const td::array& x) {
    const td::array a = td::exp(x), s = td::matmul(a, x), b = a + s;  // a and b share a space, s lies between
    return std::tuple(a, b, td::sum(b, {.axis = -1}));
  };
  const td::array x = random({20, 20});
  const auto g = td::trace_graph(f, {.to = "eigen", .contract = false});
  const auto y = g(x);
  const auto expected = td::evaluate(g.graph(x), std::vector<td::array>{x}, "eigen");
  CHECK(td::allclose(std::get<0>(y), expected[0], 0, 0));
  CHECK(td::allclose(std::get<1>(y), expected[1], 0, 0));
  CHECK(td::allclose(std::get<2>(y), expected[2], 1e-14));
  CHECK(g.compiled(x).info().groups == 2);
}

TEST_CASE("two groups that would wait for each other stay apart") {
  const auto compare = [](auto f, const td::array& x, const td::array& y, int groups) {
    const auto g = td::trace_graph(f, {.to = "eigen", .contract = false});
    CHECK(g.compiled(x, y).info().groups == groups);
    const auto [first, second] = g(x, y);
    const auto expected = td::evaluate(g.graph(x, y), std::vector<td::array>{x, y}, "eigen");
    CHECK(td::allclose(first, expected[0], 1e-14));
    CHECK(td::allclose(second, expected[1], 1e-14));
  };
  const td::array x = random({20, 20}), y = random({30, 30});
  // a and b share a space; the path between them runs through two nodes that are in no group.
  compare(
      [](const td::array& x, const td::array&) {
        const td::array a = td::tanh(x), b = a + td::matmul(td::matmul(a, x), x);
        return std::pair(a, b);
      },
      x, y, 2);
  // a and b share a space, so do c and d; d waits for a, and b for c: no path from node to node, but one from group to group.
  compare(
      [](const td::array& x, const td::array& y) {
        const td::array a = td::tanh(x), c = td::tanh(y);
        const td::array d = c * td::max(a), b = a + c[{td::slice(0, 20), td::slice(0, 20)}];
        return std::pair(b, d);
      },
      x, y, 3);
}

TEST_CASE("contract leaves sums of products alone, from which something may cancel, but not sums of squares") {
  if (std::string_view(context().backend->blocks->isa) == "baseline") return;
  using A = const td::array&;
  const auto contracts = [](td::array (*f)(A, A, A, A)) {
    const auto c = context();
    const td::array v = td::asarray(two);
    return body(td::contract(td::specialize(record(f, v, v, v, v), c), c)).find("multiply_add") != std::string::npos;
  };
  CHECK_FALSE(contracts([](A x, A y, A z, A w) { return x * y + z * w; }));
  CHECK_FALSE(contracts([](A x, A y, A z, A w) { return x * y + -(z * w); }));
  CHECK_FALSE(contracts([](A x, A y, A z, A w) { return x * x + z * w + y * 0; }));
  CHECK_FALSE(contracts([](A x, A y, A z, A w) { return x * y + z * w + x * w; }));
  CHECK_FALSE(contracts([](A x, A y, A z, A w) { return (x * y - z * w) + x * w; }));
  CHECK_FALSE(contracts([](A x, A y, A z, A w) { return x * y + td::flip(z * w); }));
  CHECK_FALSE(contracts([](A x, A y, A z, A w) { return x * y - z * w; }));
  CHECK(contracts([](A x, A y, A z, A w) { return x * x + y * y + z * z + w * 0; }));
  CHECK(contracts([](A x, A y, A z, A w) { return x + y * z + w * x; }));
  CHECK(contracts([](A x, A y, A z, A w) { return (x * y + z) * w + x; }));
}

TEST_CASE("the product of perpendicular vectors is 0") {
  const auto dot = [](const td::array& a, const td::array& b) {
    td::array sum = a[{0}] * b[{0}];
    for (std::int64_t i = 1; i < a.shape(0); ++i) sum = sum + a[{i}] * b[{i}];
    return sum;
  };
  for (const std::string& to : td::backends())
    for (const td::dtype d : {td::float32, td::float64})
      for (const std::int64_t n : {1, 3, 16, 41}) {
        CAPTURE(to, td::to_string(d), n);
        const td::array x = td::astype(td::sin(td::arange(1, 1 + n) * 1.0), d), y = td::astype(td::exp(td::cos(td::arange(n) * 0.7)), d),
                        z = x * 0;
        const auto f = td::trace_graph(dot, {.to = to});
        const auto vanishes = [&](const td::array& a, const td::array& b) {
          return td::all(f(a, b) == 0).item<bool>() && td::all(dot(a, b) == 0).item<bool>();
        };
        CHECK(vanishes(td::stack({x, y}), td::stack({y, -x})));
        CHECK(vanishes(td::stack({x, z, y}), td::stack({y, x, -x})));
        CHECK(vanishes(td::stack({z, x, y, y}), td::stack({y, y, x, -x - x})));
      }
}

TEST_CASE("a reduction that is returned and broadcast too runs once") {
  const auto shares = [](auto f) {
    const td::graph g =
        td::combine(td::dce(td::simplify(td::specialize(record(f, td::ones({4, 5})), context()), context()), context()), context());
    const std::string text = body(td::dce(g, context()));
    INFO(text);
    CHECK_THAT(text, contains("squeeze("));
    std::size_t reductions = 0;
    for (const td::node& n : g.nodes) reductions += n.op->is(td::trait::reduction) || n.op->is(td::trait::search);
    CHECK(reductions == 1);
    const td::array x = random({40, 50});
    const auto expected = f(x), got = td::trace_graph(f, {.to = "eigen"})(x);
    CHECK(td::allclose(got.first, expected.first, 0, 0));
    CHECK(td::allclose(got.second, expected.second, 0, 0));
  };
  shares([](const td::array& x) {
    const td::array s = td::sum(x, {.axis = 1});
    return std::pair(s, x / td::expand_dims(s, {.axis = 1}));
  });
  shares([](const td::array& x) {
    const td::array s = td::argmin(x, {.axis = 0});
    return std::pair(x * td::expand_dims(s, {.axis = 0}), s);
  });
  shares([](const td::array& x) { return std::pair(td::max(x, {.axis = {0, 1}}), x - td::max(x, {.axis = {0, 1}, .keepdims = true})); });
}

TEST_CASE("the table of passes: run_passes runs, verifies, times and shows each") {
  std::vector<std::string> names;
  const td::graph g = record(normalize, two);
  const td::graph out = td::run_passes(
      g, context(),
      [](const td::pass_report& r, void* user) {
        static_cast<std::vector<std::string>*>(user)->emplace_back(r.name);
        CHECK(r.seconds >= 0);
        td::verify(*r.after);
      },
      &names);
  REQUIRE(names.size() == td::passes().size());
  for (std::size_t i = 0; i < names.size(); ++i) CHECK(names[i] == td::passes()[i].name);
  CHECK(names.front() == "specialize");
  CHECK(td::op_node_count(out) == 1);
  CHECK(out.nodes.back().id() == td::op_id::group);
}
