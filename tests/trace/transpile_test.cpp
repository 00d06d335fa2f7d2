// transpile, unify and modules: how often the function runs, what is pending and why, what comes out of it, and what is refused.
#include <algorithm>
#include <atomic>
#include <thread>

#include <Eigen/Core>
#include <tendril/eigen.hpp>
#include <tendril/frontends/torch.hpp>
#include <tendril/tendril.hpp>

#if TENDRIL_HAS_XTENSOR_BACKEND
#include <tendril/xtensor.hpp>
#endif

#include "catch.hpp"

namespace {

namespace td = tendril;
namespace torch = tendril::frontends::torch;
using td::array;
using torch::Tensor;

const std::vector<double> numbers{0.5488135039273248, 0.7151893663724195, 0.6027633760716439, 0.5448831829968969, 0.4236547993389047,
                                  0.6458941130666561, 0.4375872112626925, 0.8917730007820798, 0.9636627605010293, 0.3834415188257777};
/// What torch gives: its std is unbiased.
const std::vector<double> normalized{-0.34431235, 0.51129461,  -0.06686894, -0.36452447, -0.98795534,
                                     0.15493582,  -0.91630631, 1.41939619,  1.78909753,  -1.19475674};

int runs = 0;
Tensor normalize(const Tensor& x) {
  ++runs;
  return torch::div(torch::sub(x, torch::mean(x)), torch::std(x));
}

template <class T>
void check_normalized(const T& y) {
  REQUIRE(static_cast<std::size_t>(y.size()) == normalized.size());
  for (std::size_t i = 0; i < normalized.size(); ++i) CHECK(y[static_cast<decltype(y.size())>(i)] == Approx(normalized[i]).margin(1e-8));
}

td::array array_of(const std::vector<double>& v) { return td::asarray(v); }
td::array normalized_array() { return array_of(normalized); }

}  // namespace

TEST_CASE("a function is run once, when it is transpiled, and never again") {
  runs = 0;
  const auto f = td::transpile(normalize, td::source::torch, td::target::eigen);
  CHECK(runs == 1);
  CHECK(f.pending() == "");
  CHECK(f.stats().traces == 0);
  for (int call = 0; call < 3; ++call) check_normalized(f(numbers));
  const Eigen::ArrayXd x = Eigen::Map<const Eigen::ArrayXd>(numbers.data(), 10);
  const Eigen::ArrayXd y = f(x);
  check_normalized(y);
  CHECK(td::allclose(f(array_of(numbers)), normalized_array(), 0, 1e-8));
  const Eigen::ArrayXf narrow = f(Eigen::ArrayXf(x.cast<float>()));  // another dtype: another specialization of the one graph
  CHECK(narrow[0] == Approx(normalized[0]).margin(1e-5));
  CHECK(runs == 1);
}

#if TENDRIL_HAS_XTENSOR_BACKEND
TEST_CASE("to xtensor") {
  runs = 0;
  const auto f = td::transpile(normalize, td::source::torch, td::target::xtensor);
  CHECK(runs == 1);
  xt::xarray<double> x = xt::xarray<double>::from_shape({10});
  std::copy(numbers.begin(), numbers.end(), x.begin());
  for (int call = 0; call < 2; ++call) {
    const xt::xarray<double> y = f(x);
    check_normalized(y);
  }
  xt::xtensor<double, 1> ranked = xt::xtensor<double, 1>::from_shape({10});
  std::copy(numbers.begin(), numbers.end(), ranked.begin());
  const xt::xtensor<double, 1> z = f(ranked);
  check_normalized(z);
  CHECK(runs == 1);
  CHECK(f.explain().find("backend xtensor") != std::string::npos);
}
#endif

TEST_CASE("to machine code, where this build and this processor have it") {
  const std::vector<std::string> there = td::backends();
  if (std::find(there.begin(), there.end(), "jit") == there.end()) {
    CHECK_THROWS_AS(td::transpile(normalize, td::source::torch, td::target::jit), td::backend_error);
    return;
  }
  const auto f = td::transpile(normalize, td::source::torch, td::target::jit);
  check_normalized(f(numbers));
  CHECK_THAT(f.explain(), contains("on backend jit"));
  CHECK_THAT(td::transpile(normalize, td::source::torch, td::target::eigen).explain(), contains("on backend eigen"));
}

TEST_CASE("an option that contradicts the target is an error, for functions and modules") {
  const std::string said =
      "[transpile] the options name another backend than the target: got .to = \"jit\" beside td::target::eigen, expected one of them. "
      "Leave .to out and pass td::target::eigen, or call .to(\"jit\") on the result.";
  CHECK_THROWS_WITH(td::transpile(normalize, td::source::torch, td::target::eigen, {.to = "jit"}), said);
  CHECK_THROWS_WITH(td::transpile(normalize, td::source::torch, td::target::jit, {.to = "no such"}), contains("got .to = \"no such\""));
  check_normalized(td::transpile(normalize, td::source::torch, td::target::eigen, {.to = "eigen"})(numbers));
}

TEST_CASE("the graph is there before the first call, with unknown types") {
  const auto f = td::transpile(normalize, td::source::torch, td::target::eigen);
  const td::graph g = f.graph();
  CHECK(td::op_node_count(g) == 4);
  const std::string text = td::to_string(g);
  CHECK_THAT(text, contains("?[...]"));
  CHECK_THAT(text, contains("std(") && contains("correction=1") && contains("@torch") && contains("transpile_test.cpp:"));
}

TEST_CASE("trace_graph of a transpiled function") {
  runs = 0;
  const auto f = td::transpile(normalize, td::source::torch, td::target::eigen);
  const auto lazy = td::trace_graph(f);
  check_normalized(lazy(numbers));
  const auto eager = td::trace_graph(f, td::args(numbers), {.to = "eigen"});
  check_normalized(eager(numbers));
  CHECK(eager.stats().traces == 1);
  CHECK(td::op_node_count(eager.graph()) == 4);  // inlined: the ops, not a call
  const auto around = td::trace_graph([f](const td::array& x) { return f(x * 2.0) + 1.0; });
  CHECK(td::allclose(around(array_of(numbers)), normalized_array() + 1.0, 0, 1e-8));
  const td::traced<td::array(const td::array&)> named = f;
  CHECK(td::allclose(named(array_of(numbers)), normalized_array(), 0, 1e-8));
  CHECK(runs == 1);
}

TEST_CASE("unify gives a function over td::array, for every backend, eager and traced") {
  runs = 0;
  const auto f = td::unify(normalize, td::source::torch);
  CHECK(runs == 1);
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    CHECK(td::allclose(f(array_of(numbers)), normalized_array(), 0, 1e-8));
    const auto traced = td::trace_graph(f, {.to = backend});
    check_normalized(traced(numbers));
  }
  CHECK(runs == 1);
  CHECK(td::op_node_count(f.graph()) == 4);
}

TEST_CASE("a number where a function takes a tensor yields to the dtypes it meets, traced or not") {
  const array x({1.5f, -2.0f, 0.25f}), i({1, 2, 3});
  const auto scaled = td::unify([](const Tensor& t, const Tensor& by) { return t * by + by * 2; }, td::source::torch);
  const auto waits = td::unify([](const Tensor& t, const Tensor& by) { return t * by + by * 2 * t.size(0) / 3; }, td::source::torch);
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    const array want = x * 0.1 + 0.2;
    CHECK(want.dtype() == td::float32);
    for (const array& got : {scaled(x, 0.1), waits(x, 0.1), td::trace_graph(scaled, {.to = backend})(x, 0.1),
                             td::trace_graph([&](const array& a) { return scaled(a, 0.1); }, {.to = backend})(x)}) {
      CHECK(got.dtype() == td::float32);
      CHECK(td::allclose(got, want, 0, 1e-6));
    }
    CHECK(scaled(i, 2).dtype() == td::int32);
    CHECK(scaled(i, 0.5).dtype() == td::float32);  // torch's default
    CHECK(scaled(x, array(0.1)).dtype() == td::float32);
    CHECK(scaled(array(2.0f), array(0.1)).dtype() == td::float64);  // an array of rank 0 is no number
  }
  // What comes out is an array, whatever went in.
  const auto back = td::unify([](const Tensor& t, const Tensor& by) { return std::pair{t * by, by}; }, td::source::torch);
  const auto [product, number] = back(x, 0.1);
  CHECK(product.dtype() == td::float32);
  CHECK(number.dtype() == td::float64);
  CHECK((x * number).dtype() == td::float64);
}

TEST_CASE("a C++ number of any type has the dtype of a literal beside masks and integers, traced or not") {
  const array mask({true, false, true}), i({1, 2, 3}), f({1.5f, -2.0f, 0.25f});
  const auto agree = [](const auto& fn, const array& x, auto number, td::dtype want) {
    using type = decltype(number);
    const auto unified = td::unify(fn, td::source::torch);
    const auto with_literal = td::unify([&](const Tensor& t) { return fn(t, number); }, td::source::torch);
    const array expected = with_literal(x);
    CHECK(expected.dtype() == want);
    for (const std::string& backend : td::backends()) {
      const auto traced = td::trace_graph(unified, {.to = backend});
      for (const array& got : {unified(x, number), traced(x, number), traced(x, static_cast<type>(number))}) {
        CHECK(got.dtype() == want);
        CHECK(td::allclose(td::astype(got, td::float64), td::astype(expected, td::float64), 0, 0, true));
      }
    }
  };
  const auto times = [](const auto& t, const auto& s) { return torch::mul(t, s); };
  const auto choose = [](const auto& t, const auto& s) { return torch::where(torch::logical_not(t), t, s); };
  const auto bound = [](const auto& t, const auto& s) { return torch::clamp(t, s, std::nullopt); };
  const auto power = [](const auto& t, const auto& s) { return torch::pow(t, s); };
  const auto quotient = [](const auto& t, const auto& s) { return torch::floor_divide(t, s); };
  // torch.tensor([True]) * 3 is int64, * 0.5 is float32.
  agree(times, mask, 3, td::int64);
  agree(times, mask, std::int64_t{3}, td::int64);
  agree(times, mask, 0.5f, td::float32);
  agree(times, mask, true, td::bool_);
  agree(choose, mask, 3, td::int64);
  agree(bound, mask, 1, td::int64);
  agree(power, mask, 2, td::int64);
  agree(quotient, mask, 2, td::int64);
  agree(times, i, 3, td::int32);
  agree(times, i, 0.5, td::float32);
  agree(times, f, 3, td::float32);
  agree(power, i, std::int64_t{2}, td::int32);
  // A number that comes out has the dtype of its own type.
  const auto back = td::unify([](const Tensor& t, const Tensor& by) { return std::pair{t * by, by}; }, td::source::torch);
  CHECK(back(f, 0.5f).second.dtype() == td::float32);
  CHECK(back(f, 3).second.dtype() == td::int32);
  CHECK(td::trace_graph(back)(f, 0.5f).second.dtype() == td::float32);
  CHECK(td::trace_graph(back)(f, 3).second.dtype() == td::int32);
  // The library's own ops.
  const auto own = td::trace_graph([](const array& m, const array& s) { return td::where(m, m, s); });
  CHECK(own(mask, 3).dtype() == td::where(mask, mask, 3).dtype());
}

TEST_CASE("a function that reads a shape waits for its first call and says why") {
  int count = 0;
  const auto average = td::transpile(
      [&count](const Tensor& x) {
        ++count;
        return torch::sum(x) / x.size(0);
      },
      td::source::torch, td::target::eigen);
  CHECK(count == 1);
  CHECK_THAT(average.pending(),
             contains("the function reads shape at transpile_test.cpp:") && contains("which is known only from arguments"));
  CHECK_THROWS_AS(average.graph(), td::trace_error);
  CHECK(average(array_of({1, 2, 3})).item<double>() == 2);
  CHECK(count == 2);
  CHECK(average(array_of({1, 2, 6})).item<double>() == 3);  // the same signature: replayed
  CHECK(count == 2);
  CHECK(average(array_of({1, 3})).item<double>() == 2);  // another shape, which the function may read
  CHECK(count == 3);
  CHECK(td::op_node_count(average.graph()) == 2);
}

TEST_CASE("what makes a function pending") {
  const auto to_eigen = [](auto f) { return td::transpile(f, td::source::torch, td::target::eigen); };
  CHECK_THAT(to_eigen([](const Tensor& x) { return x.dtype() == td::float32 ? x : x * 2; }).pending(),
             contains("reads dtype at transpile_test.cpp:"));
  CHECK_THAT(to_eigen([](const Tensor& x) { return torch::unbind(x)[0]; }).pending(), contains("unstack needs the extent of its axis"));
  CHECK_THAT(to_eigen([](const std::vector<Tensor>& x) { return torch::stack(x); }).pending(),
             contains("parameter 1 of the function holds a number of arrays that is known only from arguments"));
  CHECK_THAT(to_eigen([](auto... x) { return (x + ...); }).pending(),
             contains("how many arrays the function takes is known only from arguments"));
  const auto power = to_eigen([](const Tensor& x, int n) { return torch::pow(x, n); });
  CHECK_THAT(power.pending(), contains("parameter 2 of the function is no array"));
  CHECK(td::allclose(power(array_of({1, 2, 3}), 2), array_of({1, 4, 9})));
  CHECK(td::allclose(power(array_of({1, 2, 3}), 3), array_of({1, 8, 27})));
  const auto summed = to_eigen([](auto... x) { return (x + ...); });
  CHECK(td::allclose(summed(array_of({1, 2}), array_of({3, 4}), array_of({5, 6})), array_of({9, 12})));
  const auto stacked = to_eigen([](const std::vector<Tensor>& x) { return torch::stack(x); });
  CHECK(stacked(std::vector<td::array>{array_of({1, 2}), array_of({3, 4})}).shape() == td::extents{2, 2});
}

TEST_CASE("how many parameters a function has is read or found out") {
  const auto to_eigen = [](auto f) { return td::transpile(f, td::source::torch, td::target::eigen); };
  const auto generic = to_eigen([](const auto& x, const auto& y) { return x * y; });
  CHECK(generic.pending() == "");
  CHECK(generic.graph().inputs.size() == 2);
  CHECK(td::allclose(generic(array_of({1, 2}), array_of({3, 4})), array_of({3, 8})));
  CHECK(td::allclose(generic(array_of({1, 2}), 3.0), array_of({3, 6})));  // a number where an array is taken: rank 0
  const auto nested =
      to_eigen([](const std::pair<Tensor, Tensor>& p, const std::array<Tensor, 2>& a) { return p.first + p.second * a[0] - a[1]; });
  CHECK(nested.pending() == "");
  CHECK(nested.graph().inputs.size() == 4);
  const td::array one = array_of({1}), two = array_of({2}), three = array_of({3}), four = array_of({4});
  CHECK(nested(std::pair(one, two), std::array<td::array, 2>{three, four}).item<double>() == 3);
}

namespace {
template <class A>
struct spread_of {
  A mean, dev;
};
struct plain_spread {
  Tensor mean, dev;
};
}  // namespace

TEST_CASE("results of every structure come back as native arrays") {
  const auto to_eigen = [](auto f) { return td::transpile(f, td::source::torch, td::target::eigen); };
  const Eigen::ArrayXd x = Eigen::Map<const Eigen::ArrayXd>(numbers.data(), 10);
  const auto pairs = to_eigen([](const Tensor& t) { return torch::std_mean(t); });
  CHECK(pairs.pending() == "");
  const auto [dev, mean] = pairs.call_as<td::array>(x);
  CHECK(mean.item<double>() == Approx(x.mean()));
  const auto nested = to_eigen([](const Tensor& t) { return std::tuple(t + 1, std::vector<Tensor>{t * 2, t * 3}); });
  const std::tuple<Eigen::ArrayXd, std::vector<Eigen::ArrayXd>> r = nested(x);
  CHECK(std::get<0>(r)[0] == x[0] + 1);
  REQUIRE(std::get<1>(r).size() == 2);
  CHECK(std::get<1>(r)[1][9] == x[9] * 3);
  const auto aggregate = to_eigen([](const Tensor& t) { return spread_of<Tensor>{t - t.mean(), t / t.std()}; });
  const spread_of<Eigen::ArrayXd> s = aggregate(x);
  CHECK(s.mean[0] == Approx(x[0] - x.mean()));
  const auto plain = to_eigen([](const Tensor& t) { return plain_spread{t.mean(), t.std()}; });
  const plain_spread p = plain(x);  // no type parameter to rebuild it with: the framework's own arrays
  CHECK(p.mean.item<double>() == Approx(x.mean()));
  CHECK(p.dev.item<double>() == Approx(dev.item<double>()));
}

TEST_CASE("the framework's own arrays go in and come out") {
  runs = 0;
  const auto f = td::transpile(normalize, td::source::torch, td::target::eigen);
  const Tensor y = f(Tensor(array_of(numbers)));
  CHECK(td::allclose(y.value(), normalized_array(), 0, 1e-8));
  const auto outer = td::transpile([f](const Tensor& x) { return f(x) * 2; }, td::source::torch, td::target::eigen);
  CHECK(outer.pending() == "");
  CHECK(td::allclose(outer(array_of(numbers)), normalized_array() * 2.0, 0, 1e-7));
  CHECK(runs == 1);
}

TEST_CASE("into and call_as") {
  runs = 0;
  const auto f = td::transpile(normalize, td::source::torch, td::target::eigen);
  std::vector<double> out(10);
  f.into(out, numbers);
  check_normalized(out);
  const auto v = f.call_as<Eigen::VectorXd>(numbers);
  check_normalized(v);
  CHECK(runs == 1);
}

TEST_CASE("what the function throws comes out of transpile, and so does what the graph cannot be") {
  CHECK_THROWS_WITH(td::transpile(
                        [](const Tensor& x) -> Tensor {
                          throw std::runtime_error("of its own");
                          return x;
                        },
                        td::source::torch, td::target::eigen),
                    contains("of its own"));
  CHECK_THROWS_WITH(td::transpile(
                        [](const Tensor& x) {
                          return torch::permute(x, {0, 0}) + x.item<double>();
                        },
                        td::source::torch, td::target::eigen),
                    contains("[item] a traced value has no number while tracing"));
  CHECK_THROWS_WITH(td::transpile([](const Tensor&) { return Tensor(); }, td::source::torch, td::target::eigen),
                    contains("[transpile] the function \"transpiled\" returns an empty array"));
  const auto f = td::transpile([](const Tensor& x) { return torch::mean(x); }, td::source::torch, td::target::eigen);
  CHECK_THROWS_AS(f(std::vector<int>{1, 2}), td::dtype_error);  // dtypes are known at the call
  CHECK(f.call_as<td::array>(std::vector<double>{1, 2}).item<double>() == 1.5);
}

namespace {

/// An op that nothing runs: a record of one's own that has neither a kernel nor a decomposition.
td::op_record bare(const char* name) {
  td::op_record r;
  r.name = name;
  r.inputs = {{td::input_spec::form::array, "x"}};
  r.infer = [](const td::type_request& q) { return std::vector<td::type>{q.inputs[0]}; };
  return r;
}
Tensor apply(const td::op_record& op, const Tensor& x, std::source_location where = std::source_location::current()) {
  const td::operand in[] = {td::operand(x.value(), where)};
  return Tensor(td::apply(op, in, {}, nullptr, where).front());
}

}  // namespace

TEST_CASE("ops that the target lacks are named together") {
  static const td::op_record fourier = bare("fourier"), hankel = bare("hankel");
  const auto function = [](const Tensor& x) { return apply(hankel, apply(fourier, apply(fourier, x * 2))); };
  const std::string fourier_lacks = "[transpile] the target lacks ops: got \"fourier\" (transpile_test.cpp:",
                    hankel_too = "\"hankel\" (transpile_test.cpp:";
  CHECK_THROWS_WITH(
      td::transpile(function, td::source::torch, td::target::eigen),
      contains(fourier_lacks) && contains(hankel_too) && contains("expected ops that backend eigen or a decomposition provides."));
  CHECK_THROWS_AS(td::transpile(function, td::source::torch, td::target::eigen), td::backend_error);
  // Where types are needed first, they are named at the first call.
  const auto later = td::transpile([&](const Tensor& x) { return function(x) / x.dim(); }, td::source::torch, td::target::eigen);
  CHECK_FALSE(later.pending().empty());
  CHECK_THROWS_WITH(later(numbers), contains(fourier_lacks) && contains(hankel_too));
  // Without a target there is nothing to lack.
  CHECK(td::op_node_count(td::unify(function, td::source::torch).graph()) == 4);
}

TEST_CASE("values that the function captures are constants, those of an enclosing trace are captured") {
  const Tensor weight(array_of({1, 2, 3}));
  const auto f = td::transpile([weight](const Tensor& x) { return torch::sum(x * weight); }, td::source::torch, td::target::eigen);
  CHECK(f.pending() == "");
  CHECK(f(array_of({1, 1, 1})).item<double>() == 6);
  const auto outer = td::trace_graph([](const td::array& x, const td::array& w) {
    const auto inner = td::unify([w = Tensor(w)](const Tensor& t) { return t * w; }, td::source::torch);
    return inner(x) + inner(w);
  });
  CHECK(td::allclose(outer(array_of({1, 2}), array_of({3, 4})), array_of({12, 24})));
}

// ---- modules

namespace {

std::atomic<int> gray_runs{0}, invert_runs{0}, failing_runs{0};

/// Weights as OpenCV and kornia have them, for channels in the order blue, green, red along axis 1.
struct bgr_to_grayscale_ {
  Tensor operator()(const Tensor& image) const {
    ++gray_runs;
    const Tensor b = image[{td::ellipsis, td::slice(0, 1), td::slice(), td::slice()}],
                 g = image[{td::ellipsis, td::slice(1, 2), td::slice(), td::slice()}],
                 r = image[{td::ellipsis, td::slice(2, 3), td::slice(), td::slice()}];
    return 0.299 * r + 0.587 * g + 0.114 * b;
  }
};
struct invert_ {
  double peak = 1.0;
  Tensor operator()(const Tensor& image) const {
    ++invert_runs;
    return peak - image;
  }
};
struct failing_ {
  Tensor operator()(const Tensor& x) const {
    if (++failing_runs == 1) throw td::shape_error("[failing] no.");
    return x;
  }
};

template <class Bind>
struct library {
  struct {
    typename Bind::template fn<bgr_to_grayscale_> bgr_to_grayscale{"color.bgr_to_grayscale"};
    typename Bind::template fn<invert_> invert{"color.invert"};
    typename Bind::template fn<invert_> invert_bytes{"color.invert_bytes", invert_{255.0}};
  } color;
  typename Bind::template fn<failing_> failing{"failing"};
};

td::array image() { return td::reshape(td::arange(120, {.dtype = td::float64}), {2, 3, 4, 5}); }

}  // namespace

TEST_CASE("a module is transpiled member by member, each at its first call") {
  gray_runs = invert_runs = 0;
  const auto lib = td::transpile<library>(td::source::torch, td::target::eigen);
  CHECK(gray_runs == 0);
  CHECK_FALSE(lib.color.bgr_to_grayscale.transpiled());
  const td::array gray = lib.color.bgr_to_grayscale(image());
  CHECK(gray.shape() == td::extents{2, 1, 4, 5});
  CHECK(td::to<std::vector<double>>(td::reshape(gray, {-1}))[0] == Approx(0.587 * 20 + 0.299 * 40));
  CHECK(lib.color.bgr_to_grayscale.transpiled());
  CHECK(lib.color.bgr_to_grayscale.pending() == "");
  for (int call = 0; call < 3; ++call) (void)lib.color.bgr_to_grayscale(image());
  CHECK(gray_runs == 1);
  CHECK(invert_runs == 0);
  CHECK_FALSE(lib.color.invert.transpiled());
  CHECK(lib.color.bgr_to_grayscale.function().graph().name == "color.bgr_to_grayscale");
  const auto copy = lib;  // a shared handle
  (void)copy.color.bgr_to_grayscale(image());
  CHECK(gray_runs == 1);
}

TEST_CASE("members with state, into and call_as of a member") {
  const auto lib = td::transpile<library>(td::source::torch, td::target::eigen);
  CHECK(lib.color.invert(std::vector<double>{0.25})[0] == 0.75);
  CHECK(lib.color.invert_bytes(std::vector<double>{55.0})[0] == 200);
  std::vector<double> out(1);
  lib.color.invert.into(out, std::vector<double>{1.0});
  CHECK(out[0] == 0);
  CHECK(lib.color.invert.call_as<Eigen::ArrayXd>(std::vector<double>{0.5})[0] == 0.5);
}

TEST_CASE("eight threads meet at a member that nobody called before") {
  gray_runs = 0;
  const auto lib = td::transpile<library>(td::source::torch, td::target::eigen);
  const td::array in = image();
  std::atomic<int> ready{0}, right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      ++ready;
      while (ready < 8) std::this_thread::yield();
      for (int call = 0; call < 20; ++call) right += lib.color.bgr_to_grayscale(in).shape() == td::extents{2, 1, 4, 5};
    });
  for (std::thread& t : threads) t.join();
  CHECK(right == 160);
  CHECK(gray_runs == 1);
}

TEST_CASE("errors name the member, and one that threw is tried again") {
  failing_runs = 0;
  const auto lib = td::transpile<library>(td::source::torch, td::target::eigen);
  CHECK_THROWS_WITH(lib.failing(numbers), contains("[failing] no. (module member failing)"));
  CHECK_FALSE(lib.failing.transpiled());
  CHECK_THROWS_AS((failing_runs = 0, lib.failing(numbers)), td::shape_error);
  CHECK(lib.failing(numbers) == numbers);
  CHECK(lib.failing.transpiled());
  CHECK_THROWS_WITH(lib.color.bgr_to_grayscale(numbers), contains("(module member color.bgr_to_grayscale)"));
}

TEST_CASE("a module goes to its target, and its options may name no other") {
  const std::vector<std::string> there = td::backends();
  if (std::find(there.begin(), there.end(), "jit") != there.end()) {
    const auto lib = td::transpile<library>(td::source::torch, td::target::jit);
    CHECK(lib.color.invert(std::vector<double>{0.25}) == std::vector<double>{0.75});
    CHECK_THAT(lib.color.invert.function().explain(), contains("on backend jit"));
  } else {
    CHECK_THROWS_AS(td::transpile<library>(td::source::torch, td::target::jit), td::backend_error);
  }
  CHECK_THROWS_WITH(td::transpile<library>(td::source::torch, td::target::eigen, {.to = "jit"}),
                    contains("got .to = \"jit\" beside td::target::eigen"));
}

TEST_CASE("a module's options are those of its members") {
  const auto lib = td::transpile<library>(td::source::torch, td::target::eigen, {.on_retrace = td::retrace::forbid});
  (void)lib.color.invert(std::vector<double>{0.25});
  CHECK_THROWS_WITH(lib.color.invert(std::vector<float>{0.25F}),
                    contains("a retrace is forbidden") && contains("(module member color.invert)"));
}

TEST_CASE("tensors of which the program knows the number are recorded before shapes are, and counted when they come") {
  const auto f = td::transpile(
      [](const torch::Tensor& x) {
        const auto [first, second] = torch::unbind<2>(x);
        return first * second;
      },
      td::source::torch, td::target::eigen);
  CHECK(f.pending() == "");
  CHECK(f(td::array({{1.0, 2.0}, {3.0, 4.0}})).shape() == td::extents{2});
  CHECK(td::all(f(td::array({{1.0, 2.0}, {3.0, 4.0}})) == td::array({3.0, 8.0})).item<bool>());
  CHECK(f(td::zeros({2, 3, 4})).shape() == td::extents{3, 4});
  CHECK_THROWS_WITH(f(td::zeros({3, 4})),
                    contains("[unbind] the number of tensors differs: got float64[3, 4], of which dim 0 has 3, expected 2."));
  const auto several = td::transpile([](const torch::Tensor& x) { return torch::unbind(x)[0]; }, td::source::torch, td::target::eigen);
  CHECK_THAT(several.pending(), contains("unstack needs the extent of its axis"));
}
