// Gradients: every case of gradients.json against what JAX gave, on each backend and in both floating dtypes; then how grad is called, what
// it composes with, and its errors.
#include <tendril/eigen.hpp>
#include <tendril/frontends/jax.hpp>
#include <tendril/frontends/numpy.hpp>
#include <tendril/transforms.hpp>
#include <tendril/transpile.hpp>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "catch.hpp"
#include "ops/kept_ops.hpp"
#include "reference.hpp"
#include "trace_helpers.hpp"
#include "transforms/rules.hpp"

namespace {

namespace td = tendril;
using td::array;
using trace_test::doubles;
using trace_test::message_of;
using trace_test::values;
using arrays = std::vector<array>;

struct gradient_case {
  std::string text;
  const td::op_record* op;
  td::attributes attributes;
  arrays inputs, weights, gradients;
};

const std::vector<gradient_case>& cases() {
  static const std::vector<gradient_case> all = [] {
    std::vector<gradient_case> list;
    const nlohmann::json file = tendril_test::load_cases("gradients.json");
    for (const auto& c : file.is_object() ? file.at("cases") : file) {
      gradient_case g{
          c.at("op").get<std::string>() + " " + c.dump().substr(0, 300), td::find_op(c.at("op").get<std::string>()), {}, {}, {}, {}};
      for (const auto& x : c.at("inputs")) g.inputs.push_back(tendril_test::read_array(x).value);
      for (const auto& x : c.at("weights")) g.weights.push_back(tendril_test::read_array(x).value);
      for (const auto& x : c.at("gradients")) g.gradients.push_back(tendril_test::read_array(x).value);
      if (c.contains("attributes"))
        for (const auto& [name, v] : c.at("attributes").items()) {
          const char* own = nullptr;
          for (const td::attribute_spec& s : g.op->attributes)
            if (s.name == name) own = s.name.c_str();
          g.attributes.set(own, tendril_test::read_attribute(g.op->name, name, v));
        }
      list.push_back(std::move(g));
    }
    return list;
  }();
  return all;
}

array as(const array& x, td::dtype d) { return x.dtype() == td::float64 ? td::astype(x, d) : x; }
bool is_real(const array& x) { return x.dtype() == td::float64 || x.dtype() == td::float32; }

// The sum of weights times results, as a function of the floating inputs.
auto loss_of(const gradient_case& c, td::dtype d) {
  return [&c, d](const arrays& real) {
    std::vector<td::operand> in;
    std::size_t k = 0;
    for (const array& x : c.inputs) in.emplace_back(is_real(x) ? real[k++] : x);
    const arrays out = td::apply(*c.op, in, c.attributes);
    array total;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const array part = td::sum(as(c.weights[i], d) * out[i]);
      total = i ? total + part : part;
    }
    return total;
  };
}
arrays real_inputs(const gradient_case& c, td::dtype d) {
  arrays out;
  for (const array& x : c.inputs)
    if (is_real(x)) out.push_back(as(x, d));
  return out;
}

// Empty where every element is near: the bound is of the largest element, since cancelled ones have no digits of their own.
std::string far_from(const array& got, const array& want, td::dtype d) {
  if (got.dtype() != d) return "the dtype is " + td::to_string(got.dtype());
  if (got.shape() != want.shape()) return "the shape is " + td::to_string(got.shape());
  const doubles g = values(got), w = values(want);
  double largest = 1;
  for (double x : w)
    if (std::isfinite(x)) largest = std::max(largest, std::abs(x));
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (std::isfinite(w[i]) ? std::abs(g[i] - w[i]) <= largest * (d == td::float64 ? 1e-11 : 2e-4)
        : std::isnan(w[i])  ? std::isnan(g[i])
                            : g[i] == w[i])
      continue;
    return "element " + std::to_string(i) + " is " + std::to_string(g[i]) + ", JAX has " + std::to_string(w[i]);
  }
  return "";
}

void check_all(const std::string& backend) {
  REQUIRE(cases().size() > 250);
  const std::vector<std::string> there = td::backends();
  if (!backend.empty() && std::find(there.begin(), there.end(), backend) == there.end()) return;
  for (const td::dtype d : {td::float64, td::float32})
    for (const gradient_case& c : cases()) {
      INFO(c.text);
      INFO(td::to_string(d));
      const arrays in = real_inputs(c, d);
      const auto slopes = td::grad(loss_of(c, d));
      arrays got;
      std::string what;
      try {
        got = backend.empty() ? slopes(in) : td::trace_graph(slopes, {.to = backend})(in);
      } catch (const std::exception& e) { what = e.what(); }
      CHECK(what == "");
      if (!what.empty()) continue;
      REQUIRE(got.size() == c.gradients.size());
      for (std::size_t i = 0; i < got.size(); ++i) CHECK(far_from(got[i], c.gradients[i], d) == "");
    }
}

array rows(std::initializer_list<double> v, std::int64_t n) { return td::reshape(array(v), {n, -1}); }

// The gradient of f at x by central differences.
template <class F>
doubles differences(F f, const array& x) {
  const doubles at = values(x);
  doubles out;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const auto moved = [&](double by) {
      doubles v = at;
      v[i] += by;
      return f(td::reshape(td::asarray(v), td::axes(x.shape()))).template item<double>();
    };
    out.push_back((moved(1e-5) - moved(-1e-5)) / 2e-5);
  }
  return out;
}
void check_near(const doubles& got, const doubles& want, double bound = 1e-6) {
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == Approx(want[i]).margin(bound).epsilon(bound));
}

TEST_CASE("every gradient is JAX's: eager") { check_all(""); }
TEST_CASE("every gradient is JAX's: jit") { check_all("jit"); }
TEST_CASE("every gradient is JAX's: eigen") { check_all("eigen"); }
TEST_CASE("every gradient is JAX's: xtensor") { check_all("xtensor"); }

TEST_CASE("every op with a floating result has a rule, a decomposition, or stands on the list") {
  const std::set<std::string> lacking{"lgamma", "qr", "svd"};
  // What gives integers or bools, and the internal ones, which are never recorded.
  const std::set<std::string> not_floating{"gcd",
                                           "lcm",
                                           "signbit",
                                           "equal",
                                           "not_equal",
                                           "less",
                                           "less_equal",
                                           "greater",
                                           "greater_equal",
                                           "logical_and",
                                           "logical_or",
                                           "logical_xor",
                                           "logical_not",
                                           "isfinite",
                                           "isinf",
                                           "isnan",
                                           "bitwise_and",
                                           "bitwise_or",
                                           "bitwise_xor",
                                           "bitwise_invert",
                                           "bitwise_left_shift",
                                           "bitwise_right_shift",
                                           "any",
                                           "all",
                                           "count_nonzero",
                                           "argmax",
                                           "argmin",
                                           "argsort",
                                           "searchsorted"};
  std::set<std::string> tested;
  for (const gradient_case& c : cases()) tested.insert(c.op->name);
  for (const td::op_record* op : td::op_table()) {
    if (op->is(td::trait::internal) || not_floating.count(op->name)) continue;
    INFO(op->name);
    const bool rule = td::detail::rule_of(op->id) || td::detail::is_flat(op->id) || op->decompose;
    CHECK(rule != (lacking.count(op->name) > 0));
    if (rule && !op->is(td::trait::creation)) {
      const bool elsewhere =
          std::set<std::string>{"astype", "getitem", "eigh", "nextafter", "zeros_like", "ones_like", "full_like"}.count(op->name) > 0;
      CHECK((tested.count(op->name) > 0) != elsewhere);
    }
  }
}

TEST_CASE("indexing: steps, negative ones, integers, new axes") {
  const array x = td::reshape(td::arange(60., {.dtype = td::float64}) * 0.1 - 3, {3, 4, 5});
  const auto check = [&](auto f) {
    const auto loss = [f](const array& v) {
      const array part = f(v);
      return td::sum(part * part * part);
    };
    check_near(values(td::grad(loss)(x)), differences(loss, x));
    check_near(values(td::trace_graph(td::grad(loss))(x)), differences(loss, x));
  };
  check([](const array& v) { return v[1]; });
  check([](const array& v) { return v[{-1, 2}]; });
  check([](const array& v) { return v[{-1, 2, 3}]; });
  check([](const array& v) { return v[{td::slice(1, {}), td::slice({}, -1)}]; });
  check([](const array& v) { return v[{td::ellipsis, td::slice({}, {}, 2)}]; });
  check([](const array& v) { return v[{td::ellipsis, td::slice({}, {}, -1)}]; });
  check([](const array& v) { return v[{td::slice({}, {}, -2), 1, td::slice(4, 0, -3)}]; });
  check([](const array& v) { return v[{td::newaxis, td::slice(0, 2), td::newaxis, -2}]; });
  check([](const array& v) { return v[{td::slice(1, 1)}] + td::sum(v); });
  check([](const array& v) { return v[td::slice(1, {})] - v[td::slice({}, -1)]; });
}

TEST_CASE("composites against central differences, and their gradients again") {
  const array x = td::reshape(td::sin(td::arange(12., {.dtype = td::float64}) * 1.7) + 0.1, {3, 4});
  const array w = td::reshape(td::cos(td::arange(8., {.dtype = td::float64})), {4, 2});
  const auto check = [&](auto f) {
    check_near(values(td::grad(f)(x)), differences(f, x));
    check_near(values(td::trace_graph(td::grad(f))(x)), differences(f, x));
    const auto slope = [f](const array& v) { return td::sum(td::sin(td::grad(f)(v) + 0.3)); };
    check_near(values(td::trace_graph(td::grad(slope))(x)), differences(slope, x), 1e-5);
  };
  check([](const array& v) { return td::sum(td::softmax(v) * v); });
  check([](const array& v) {
    const array z = (v - td::mean(v, {.axis = 1, .keepdims = true})) / td::std(v, {.axis = 1, .keepdims = true});
    return td::sum(z * z * z);
  });
  check([&](const array& v) { return td::sum(td::tanh(td::matmul(v, w))); });
  check([](const array& v) { return td::prod(v * 0.5 + 1) + td::sum(td::cumulative_prod(v + 2, {.axis = 1})); });
  check([](const array& v) { return td::sum(td::max(v, {.axis = 0}) * td::min(v, {.axis = 0})); });
  check([](const array& v) { return td::linalg::vector_norm(v) + td::sum(td::abs(v)) + td::linalg::matrix_norm(v, {.ord = 1}); });
  check([](const array& v) { return td::linalg::det(td::matmul(v, td::matrix_transpose(v)) + td::eye(3)); });
  check([](const array& v) { return td::sum(td::sort(v, {.axis = 0}) * td::take(v, array({2, 0, 0}), {.axis = 0})); });
  check([](const array& v) { return td::sum(td::pow(td::square(v) + 1, 1.5)) + td::sum(td::pow(v, 3)) + td::sum(td::pow(2.0, v)); });
  check([](const array& v) { return td::sum(td::concat({v * 0.0, v * 1.0, td::zeros({1, 4})}, {.axis = 0})) + td::sum(td::log1p(v * v)); });
  check([](const array& v) { return td::mean(td::logaddexp(v, 0.0)) + td::sum(td::sigmoid(v) / (1 + td::exp(-v))); });
  check([](const array& v) { return td::sum(td::linalg::trace(td::matmul(td::matrix_transpose(v), v))) * 0.5; });
}

TEST_CASE("eigenvectors against central differences") {
  const auto f = [](const array& v) {
    const array m = v + td::matrix_transpose(v);
    const auto [w, q] = td::eigh(m);
    return td::sum(w * array({1., 2., 3.})) + td::sum(td::square(q) * array({0.3, -1., 2.}) * array({{1.}, {2.}, {0.5}}));
  };
  const array x = rows({1, .3, -.2, .5, 2.5, .7, .1, -.4, 5}, 3);
  check_near(values(td::grad(f)(x)), differences(f, x), 1e-5);
}

TEST_CASE("the gradient has the dtype of its argument, numbers among the operands or not") {
  const array x({0.5f, 1.5f, -2.f});
  const auto f = [](const array& v) {
    return td::sum(td::where(v > 0, td::sin(v) * 2.5, td::maximum(v, 0.1)) / 3) + td::mean(td::clip(v, -1, 1)) +
           td::sum(td::relu(v) + td::pow(v, 2.0));
  };
  CHECK(td::grad(f)(x).dtype() == td::float32);
  auto traced = td::trace_graph(td::grad(f));
  CHECK(traced(x).dtype() == td::float32);
  for (const td::type& t : traced.graph(x).types) CHECK((t.weak || t.dtype != td::float64));
  // Converted on the way: back again.
  const auto wide = [](const array& v) { return td::sum(td::square(td::astype(v, td::float64))); };
  CHECK(td::grad(wide)(x).dtype() == td::float32);
  check_near(values(td::grad(wide)(x)), {1, 3, -4});
}

TEST_CASE("several arguments, in the order that is asked for") {
  const auto f = [](const array& a, const array& b, const array& c) { return td::sum(a * b * b * c); };
  const array a({1., 2.}), b({3., 4.}), c(2.);
  const auto [gc, ga] = td::grad<2, 0>(f)(a, b, c);
  check_near(values(gc), {41});
  check_near(values(ga), {18, 32});
  CHECK(gc.shape().empty());
  const auto [v, gb] = td::value_and_grad<1>(f)(a, b, c);
  CHECK(v.item<double>() == 82);
  check_near(values(gb), {12, 32});
  CHECK(values(td::grad<1>([](const array& p, const array&) { return td::sum(p); })(a, b)) == doubles{0, 0});
}

struct layer {
  array w, b;
  std::int64_t steps = 1;
};
TEST_CASE("the gradient has the structure of its argument") {
  const auto f = [](const layer& l, const std::vector<array>& more, const std::map<std::string, array>& named) {
    return td::sum(l.w * l.b) * 2 + td::sum(more[1]) + td::sum(td::square(named.at("s")));
  };
  const layer l{array({1., 2.}), array(3.), 7};
  const std::vector<array> more{array({1.}), array({1., 2.})};
  const std::map<std::string, array> named{{"s", array({5.})}};
  const auto [gl, gm, gn] = td::grad<0, 1, 2>(f)(l, more, named);
  CHECK(values(gl.w) == doubles{6, 6});
  CHECK(values(gl.b) == doubles{6});
  CHECK(gl.steps == 7);
  CHECK(values(gm[0]) == doubles{0});
  CHECK(values(gm[1]) == doubles{1, 1});
  CHECK(values(gn.at("s")) == doubles{10});
  const trace_test::warnings expected;  // that some of these gradients are constants
  auto traced = td::trace_graph(td::grad<0, 1, 2>(f));
  const auto [tl, tm, tn] = traced(l, more, named);
  CHECK(values(tl.b) == doubles{6});
  CHECK(values(tn.at("s")) == doubles{10});
}

TEST_CASE("Eigen in and out, into, numbers") {
  const auto loss = [](const array& w, const array& x, const array& y) { return td::mean(td::square(td::matmul(x, w) - y)); };
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(20, 3);
  const Eigen::VectorXd w = Eigen::VectorXd::Random(3), y = Eigen::VectorXd::Random(20);
  auto step = td::trace_graph(td::value_and_grad(loss), td::args(w, x, y));
  const Eigen::VectorXd want = x.transpose() * (x * w - y) * 2 / 20;
  std::pair<double, Eigen::VectorXd> out{0, Eigen::VectorXd(3)};
  step.into(out, w, x, y);
  CHECK((out.second - want).norm() < 1e-14);
  CHECK(out.first == Approx((x * w - y).squaredNorm() / 20));
  const Eigen::VectorXd only = td::trace_graph(td::grad(loss))(w, x, y);
  CHECK((only - want).norm() < 1e-14);
  const array eager = td::grad(loss)(w, x, y);
  CHECK((Eigen::Map<const Eigen::VectorXd>(eager.data<double>(), 3) - want).norm() < 1e-14);

  const auto cube = [](const array& v) { return v * v * v; };
  CHECK(td::grad(cube)(2.0).item<double>() == 12);
  CHECK(td::trace_graph(td::grad(cube)).call_as<double>(2.0) == 12);
  CHECK(td::grad(td::grad(td::grad(cube)))(2.0).item<double>() == 6);
}

TEST_CASE("values of the trace around the function are constants of it") {
  auto f = td::trace_graph([](const array& x, const array& scale) {
    const array twice = x * 2;
    return td::grad([&](const array& v) { return td::sum(v * v * scale * twice); })(x);
  });
  check_near(values(f(array({1., 2.}), array(3.))), {12, 48});
}

TEST_CASE("another size is another gradient") {
  auto f = td::trace_graph(td::grad([](const array& x) { return td::mean(x * x); }));
  check_near(values(f(array({1., 2.}))), {1, 2});
  check_near(values(f(array({1., 2., 3., 4.}))), {.5, 1, 1.5, 2});
  auto g = td::trace_graph(td::grad<1>([](const array& x, const array& b) { return td::sum(x * b); }));
  check_near(values(g(array({1., 2.}), array({3.}))), {3});
  check_near(values(g(array({1., 2.}), array({3., 4.}))), {1, 2});
}

TEST_CASE("a function that reads extents is recorded for each") {
  auto f = td::trace_graph(td::grad([](const array& x) { return td::sum(x * x) / static_cast<double>(x.shape()[0]); }));
  check_near(values(f(array({1., 2.}))), {1, 2});
  check_near(values(f(array({1., 2., 3., 4.}))), {.5, 1, 1.5, 2});
}

TEST_CASE("a traced function has a gradient, and a transpiled one may ask for one") {
  namespace np = tendril::frontends::numpy;
  const auto inner = td::trace_graph([](const array& v) { return td::sum(td::exp(v)); });
  check_near(values(td::grad(inner)(array({0., 1.}))), {1, std::exp(1.)});
  check_near(values(td::trace_graph(td::grad(inner))(array({0., 1.}))), {1, std::exp(1.)});
  const auto slope =
      td::transpile([](np::ndarray x) { return np::ndarray(td::grad([](const array& v) { return td::sum(v * v); })(x.value())); },
                    td::source::numpy, td::target::eigen);
  check_near(values(slope(array({1., 3.}))), {2, 6});
  check_near(values(slope(array({1., 3., 5.}))), {2, 6, 10});
}

TEST_CASE("a transpiled function has a gradient") {
  namespace np = tendril::frontends::numpy;
  const auto f = td::unify([](np::ndarray x) { return np::sum(np::tanh(x) * x); }, td::source::numpy);
  const array x({0.5, -1.});
  check_near(values(td::grad(f)(x)), differences([](const array& v) { return td::sum(td::tanh(v) * v); }, x));
  check_near(values(td::trace_graph(td::grad(f))(x)), values(td::grad(f)(x)));
}

TEST_CASE("stop_gradient") {
  const array x({1., 2.});
  const auto f = [](const array& v) { return td::sum(td::stop_gradient(v * v) * v); };
  check_near(values(td::grad(f)(x)), {1, 4});
  check_near(values(td::trace_graph(td::value_and_grad(f))(x).second), {1, 4});
  CHECK(td::trace_graph(f)(x).item<double>() == 9);
  CHECK(td::source_code(td::trace_graph(f).graph(x), td::target::numpy).find("stop") == std::string::npos);
  for (const td::dtype d : {td::float32, td::int64, td::uint8, td::bool_}) {
    const array y = td::trace_graph([](const array& v) { return td::stop_gradient(v); })(td::astype(x, d));
    CHECK(y.dtype() == d);
    CHECK(values(y) == values(td::astype(x, d)));
  }
  CHECK(values(td::stop_gradient(x)) == doubles{1, 2});
  namespace jax = tendril::frontends::jax;
  const auto g = td::unify([](jax::Array v) { return jax::numpy::sum(jax::lax::stop_gradient(v * v) * v); }, td::source::jax);
  check_near(values(td::grad(g)(x)), {1, 4});
  CHECK(values(td::trace_graph([](const array& v) { return td::stop_gradient(v) + 1; })(array({1, 2}))) == doubles{2, 3});
}

TEST_CASE("who reads saved files knows stop_gradient") {
  td::detail::register_kept_ops();
  REQUIRE(td::find_op("stop_gradient"));
}

TEST_CASE("only what is asked for is computed") {
  const auto f = [](const array& w, const array& x) { return td::sum(td::matmul(x, w)); };
  auto g = td::trace_graph(td::grad(f));
  const array x = td::ones({4, 3}), w = td::ones({3, 2});
  int products = 0;
  for (const auto& [name, n] : td::op_frequencies(g.graph(w, x)))
    if (name == "matmul") products = n;
  CHECK(products == 2);
}

TEST_CASE("errors name what is wrong and the way out") {
  const array x({1., 2.});
  CHECK(message_of<td::shape_error>([&] { td::grad([](const array& v) { return v * 2; })(x); }) ==
        "[grad] the result of the function is no scalar: got float64 of shape (2,), expected rank 0. Return td::sum or td::mean of it.");
  CHECK(message_of<td::dtype_error>([&] { td::value_and_grad([](const array& v) { return td::argmax(v); })(x); }) ==
        "[value_and_grad] the result of the function is not floating: got int64, expected a floating dtype. Convert it with td::astype.");
  CHECK(message_of<td::dtype_error>([&] {
          td::grad<1>([](const array& v, const array& i) { return td::sum(v * i); })(x, array({1, 2}));
        }) ==
        "[grad] argument 1 has no gradient: got int32, expected a floating dtype. Convert it with td::astype, or ask for other arguments.");
  CHECK(message_of<td::error>([&] { td::grad([](const array& v) { return td::sum(td::lgamma(v)); })(x); }) ==
        "[grad] an op has no derivative: got \"lgamma\" at " + trace_test::line(__LINE__ - 1) +
            ", expected ops of docs/transforms.md. Put td::stop_gradient around what it takes, or write it by other ops.");
  CHECK(message_of<td::error>([&] { td::trace_graph(td::grad([](const array& v) { return td::sum(td::lgamma(v)); }))(x); }) ==
        "[grad] an op has no derivative: got \"lgamma\" at " + trace_test::line(__LINE__ - 1) +
            ", expected ops of docs/transforms.md. Put td::stop_gradient around what it takes, or write it by other ops.");
  // What reaches no argument needs no derivative.
  CHECK(values(td::grad([](const array& v) { return td::sum(v * td::stop_gradient(td::lgamma(td::stop_gradient(v)))); })(x)).size() == 2);
}

}  // namespace
