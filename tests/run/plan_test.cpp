// Where values lie: views of known memory take no step, operands of concat are made in its result, and all this changes no element.
#include <algorithm>

#include <Eigen/Core>

#include "trace_helpers.hpp"

#include "catch.hpp"
#include "kernels/backend.hpp"
#include "run/executable.hpp"
#include "run/plan.hpp"

#include <tendril/eigen.hpp>

using namespace trace_test;

namespace {

using arrays = std::vector<td::array>;

td::array ramp(const ints& shape) {
  std::int64_t n = 1;
  for (auto e : shape) n *= e;
  return td::reshape(td::arange(n) * 0.25 - 3.0, td::axes(shape));
}
td::array column_major(const td::array& x) { return td::matrix_transpose(td::asarray(td::matrix_transpose(x))); }
td::array strided(const td::array& x) {
  const td::array twice = td::concat({x, x}, {.axis = -1});
  return td::reshape(twice, {-1, 2 * x.shape().back()})[{td::slice(), td::slice(0, x.shape().back())}];
}

std::vector<std::string> kinds(const td::function& f) {
  std::vector<std::string> all;
  for (const td::step_info& s : f.info().steps) all.push_back(s.kind + " " + s.ops);
  return all;
}

/// Runs `functor` on every backend, as a call and into row-major and column-major storage, against the same ops one by one; returns the
/// steps on the backend eigen, which makes no small code of them.
template <class F>
std::vector<std::string> checked(F functor, const arrays& x, bool optimize = true) {
  std::vector<std::string> steps;
  for (const std::string& backend : td::backends()) {
    INFO("backend " << backend);
    const double rtol = backend == "xtensor" ? 1e-14 : 0;  // its own reductions add up in another order than fused ones
    const auto f = td::trace_graph(functor, {.to = backend, .optimize = optimize, .contract = false});
    const arrays y = f(x), expected = td::evaluate(f.graph(x), x, backend);
    REQUIRE(y.size() == expected.size());
    const td::function compiled = f.compiled(x);
    arrays rows, columns;
    std::vector<td::array_view> in, row_views, column_views;
    for (const td::array& a : x) in.push_back(a.view());
    for (std::size_t i = 0; i < y.size(); ++i) {
      CHECK(y[i].shape() == expected[i].shape());
      CHECK(td::allclose(y[i], expected[i], rtol, 0));
      const td::array zeros = td::zeros_like(expected[i]);
      rows.push_back(td::asarray(zeros));
      row_views.push_back(rows.back().view());
      columns.push_back(zeros.ndim() < 2 ? td::asarray(zeros) : column_major(zeros));
      column_views.push_back(columns.back().view());
    }
    compiled.into(row_views, in);
    compiled.into(column_views, in);
    for (std::size_t i = 0; i < y.size(); ++i) {
      CHECK(td::allclose(rows[i], expected[i], rtol, 0));
      CHECK(td::allclose(columns[i], expected[i], rtol, 0));
    }
    if (backend == "eigen") steps = kinds(compiled);
  }
  return steps;
}

std::size_t count(const std::vector<std::string>& steps, const std::string& kind) {
  return static_cast<std::size_t>(std::count_if(steps.begin(), steps.end(), [&](const auto& s) { return s.starts_with(kind); }));
}

}  // namespace

TEST_CASE("plan: views of inputs that are row-major or column-major, and of temporaries, take no step") {
  const auto f = [](const arrays& v) {
    const td::array t = td::exp(v[0]), turned = td::matrix_transpose(td::matmul(t, td::matrix_transpose(t)));
    return arrays{td::flip(v[0])[{td::slice(1, {}), 2}] + 1.0, td::matmul(turned[{td::slice(0, 3)}], v[0]),
                  td::expand_dims(v[0][{1}]) * 2.0};
  };
  CHECK(count(checked(f, {ramp({5, 7})}), "view") == 0);
  CHECK(count(checked(f, {column_major(ramp({5, 7}))}), "view") == 0);
  CHECK(count(checked(f, {strided(ramp({5, 7}))}), "view") > 0);
}

TEST_CASE("plan: a function compiled for column-major inputs gives the same for others") {
  const td::array x = ramp({6, 4}), turned = column_major(x);
  const auto f = td::trace_graph([](const td::array& v) { return td::sum(v[{td::slice(2, {})}] * 2.0, {.axis = 0}); });
  const td::function compiled = f.compiled(turned);
  for (const td::array& y : {turned, x, strided(x)}) {
    CHECK(td::allclose(compiled({y})[0], f(x), 0, 0));
    CHECK(compiled.profile({y}, {.runs = 1}).steps.size() == compiled.info().steps.size());
  }
}

TEST_CASE("plan: operands of concat and stack are made where they go") {
  const auto joined = [](int axis) {
    return [axis](const arrays& v) { return arrays{td::concat({td::exp(v[0]), v[0] * v[1], td::sqrt(td::abs(v[1]))}, {.axis = axis})}; };
  };
  const arrays x{ramp({6, 5}), ramp({6, 5}) + 0.5};
  for (int axis : {0, 1}) {
    const auto steps = checked(joined(axis), x);
    CHECK(steps.size() == 1);
    CHECK(count(steps, "group") == 1);
  }
  const auto stacked = [](const arrays& v) { return arrays{td::stack({v[0] + 1.0, v[0] * 2.0, td::sin(v[0])}, {.axis = 1})}; };
  CHECK(checked(stacked, x).size() == 1);
  CHECK(checked(stacked, {ramp({2000, 3})}).size() == 1);
  const auto flat = [](const arrays& v) { return arrays{td::concat({v[0] + 1.0, td::exp(v[0])}, {.axis = {}})}; };
  CHECK(checked(flat, {ramp({3, 4})}).size() == 1);
}

TEST_CASE("plan: what is no group's result is copied to its part, and so is a value's second part") {
  const auto f = [](const arrays& v) {
    const td::array e = td::exp(v[0]);
    return arrays{td::concat({v[1], e, v[1][{td::slice(1, 2)}], e, td::ones({1, 4})}), e};
  };
  const auto steps = checked(f, {ramp({3, 4}), ramp({2, 4})});
  CHECK(count(steps, "kernel") == 1);  // the only group's value is a result of its own: nothing is made in place
  const auto g = [](const arrays& v) {
    const td::array e = td::exp(v[0]);
    return arrays{td::concat({v[1], e, v[1][{td::slice(1, 2)}], e, td::ones({1, 4})})};
  };
  const auto with_copies = checked(g, {ramp({3, 4}), ramp({2, 4})});
  CHECK(count(with_copies, "kernel") == 0);
  CHECK(count(with_copies, "copy concat") == 4);
  const auto empty = [](const arrays& v) { return arrays{td::concat({v[0] + 1.0, v[1] + 1.0, v[0] * 2.0})}; };
  checked(empty, {ramp({3, 4}), ramp({0, 4})});
  checked(empty, {ramp({0, 4}), ramp({0, 4})});
}

TEST_CASE("plan: a result that is a value in another shape is made where it goes") {
  const auto flat = [](const arrays& v) { return arrays{td::reshape(td::exp(v[0]) * 2.0, td::axes{-1})}; };
  const auto taller = [](const arrays& v) { return arrays{td::expand_dims(td::reshape(v[0] + v[0], {10, 3}), {.axis = 1})}; };
  const auto stacked = [](const arrays& v) { return arrays{td::reshape(td::stack({v[0] + 1.0, v[0] * 2.0}), {4, 15})}; };
  const auto product = [](const arrays& v) { return arrays{td::reshape(td::matmul(td::matrix_transpose(v[0]), v[0]), {25, 1})}; };
  for (const td::array& x : {ramp({6, 5}), column_major(ramp({6, 5})), strided(ramp({6, 5}))}) {
    CHECK(checked(flat, {x}).size() == 1);
    CHECK(checked(taller, {x}).size() == 1);
    CHECK(checked(stacked, {x}).size() == 1);
    CHECK(count(checked(product, {x}), "kernel") == 1);
  }
  CHECK(checked([](const arrays& v) { return arrays{td::reshape(td::exp(v[0]), {500, 800})}; }, {ramp({400, 1000})}).size() == 1);
  // In two shapes, as it is and in another one, and where another op reads it.
  checked(
      [](const arrays& v) {
        const td::array e = td::exp(v[0]);
        return arrays{td::reshape(e, td::axes{-1}), td::reshape(e, {5, 6}), td::sum(e, {.axis = 0})};
      },
      {ramp({6, 5})});
  checked(
      [](const arrays& v) {
        const td::array e = td::exp(v[0]), r = td::reshape(e, {3, 10});
        return arrays{e, r, r * 2.0, r};
      },
      {ramp({6, 5})});
  // A shape of a shape, both results, which the passes make two shapes of one value: each is written once.
  const auto chain = [](const arrays& v) {
    const td::array r = td::reshape(td::exp(v[0]), {3, 10});
    return arrays{td::reshape(r, {2, 15}), r, td::expand_dims(r, {.axis = 0})};
  };
  checked(chain, {ramp({6, 5})});
  CHECK(checked(chain, {ramp({6, 5})}, false).size() == 3);
  checked([](const arrays& v) { return arrays{td::reshape(v[0], td::axes{-1})}; }, {ramp({6, 5})});
  checked([](const arrays& v) { return arrays{td::reshape(td::exp(v[0]), {0, 3})}; }, {ramp({0, 5})});
}

TEST_CASE("plan: concats in concats, of temporaries, read again after they are made") {
  const auto nested = [](const arrays& v) {
    const td::array inner = td::concat({v[0] + 1.0, v[0] * 3.0}, {.axis = 1});
    return arrays{td::concat({inner, td::exp(inner), td::concat({v[0], v[0] - 1.0}, {.axis = 1})})};
  };
  checked(nested, {ramp({4, 5})});
  checked(nested, {column_major(ramp({4, 5}))});
  const auto temporary = [](const arrays& v) {
    const td::array pairs = td::stack({v[0] * 0.5, v[0] + v[1], td::cos(v[1])}, {.axis = 0});
    const td::array other = td::exp(v[0]) - v[1];
    return arrays{td::sum(pairs, {.axis = 0}) + other, td::reshape(pairs, {-1})[{td::slice(3, {}, 2)}] * 2.0, td::matmul(pairs, v[1])};
  };
  checked(temporary, {ramp({7}), ramp({7}) - 1.0});
  const auto result_read = [](const arrays& v) {
    const td::array both = td::concat({v[0] + 1.0, td::exp(v[0])});
    return arrays{both, td::max(both), both[{td::slice({}, {}, -1)}] * 2.0, both};
  };
  checked(result_read, {ramp({5})});
  checked(result_read, {ramp({5, 3})});
}

TEST_CASE("plan: storage that overlaps the inputs gets the right elements where parts are written in place") {
  const auto f = td::trace_graph([](const td::array& a, const td::array& b) { return td::concat({a + b, a * b}); });
  for (int shift : {0, 3, 8, 13, 16}) {
    doubles memory(40), expected;
    for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<double>(i) * 0.5 - 4;
    const std::span<double> a(memory.data() + 8, 8), b(memory.data() + 16, 8), y(memory.data() + shift, 16);
    expected = values(td::concat({td::asarray(a) + td::asarray(b), td::asarray(a) * td::asarray(b)}));
    f.into(y, a, b);
    CHECK(doubles(y.begin(), y.end()) == expected);
  }
}

TEST_CASE("plan: functions of single numbers, with many operands and results") {
  const auto rotate = [](const arrays& v) {
    arrays all;
    for (int k = 0; k < 7; ++k) {
      const td::array c = v[0][{k}], s = v[1][{k}];
      all.push_back(c * c - s);
      all.push_back(td::where(c < s, td::exp(c), s / (c + 10.0)));
    }
    return arrays{td::stack(all), td::stack({all[0] < all[1], all[2] < all[3]})};
  };
  const auto steps = checked(rotate, {ramp({7}), ramp({7}) * -0.5});
  CHECK(steps.size() == 1);
  const auto f = td::trace_graph([&](const td::array& a, const td::array& b) { return rotate({a, b})[0]; });
  Eigen::ArrayXd a(7), b(7), y(14);
  for (int k = 0; k < 7; ++k) a[k] = 0.25 * k - 1, b[k] = 0.5 - 0.125 * k;
  f.into(y, a, b);
  const doubles expected = values(rotate({td::asarray(a), td::asarray(b)})[0]);
  for (int k = 0; k < 14; ++k) CHECK(y[k] == Approx(expected[static_cast<std::size_t>(k)]).epsilon(1e-15));
  if (td::current_backend() == "jit") CHECK(f.compiled(td::asarray(a), td::asarray(b)).impl()->direct != nullptr);
}

TEST_CASE("plan: groups that read one value share a pass over it, where no path leads from one to the other") {
  const auto several = [](const arrays& v) {
    return arrays{td::sum(v[0], {.axis = 1}), td::max(v[0], {.axis = 1}), v[0] * 2.0, td::exp(v[0]) - v[1]};
  };
  CHECK(count(checked(several, {ramp({6, 5}), ramp({6, 5})}), "group") == 1);
  CHECK(count(checked(several, {ramp({6, 5000}), ramp({6, 5000})}), "group") == 1);
  // argsort is a kernel of its own: what needs it and what it needs stay apart, though both read v[0].
  const auto apart = [](const arrays& v) {
    const td::array e = td::exp(v[0]), order = td::argsort(e, {.axis = 1});
    return arrays{e, v[0] * order};
  };
  CHECK(count(checked(apart, {ramp({6, 5})}), "group") == 2);
  // A path that runs through an earlier node of a group than where it enters it.
  const auto back = [](const arrays& v) {
    const td::array i = td::argsort(td::reshape(td::acosh(v[1]), {1})), all = td::all(td::sum(v[0]));
    return arrays{td::where(all, td::cos(i * v[0] + td::floor(v[0])), td::sin(td::sum(td::floor(v[0]))))};
  };
  checked(back, {ramp({}), ramp({}) + 7.0});
}

TEST_CASE("plan: results that are returned in column-major containers have their elements in place") {
  using rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  rows r(2, 3);
  r << 1, 2, 3, 4, 5, 6;
  const Eigen::VectorXd v = Eigen::VectorXd::LinSpaced(6, 1, 6);
  for (const std::string& backend : td::backends()) {
    INFO("backend " << backend);
    const auto twice = td::trace_graph([](const td::array& x) { return x * 2.0; }, {.to = backend});
    const Eigen::MatrixXd expected = r * 2.0;
    CHECK(twice.call_as<Eigen::MatrixXd>(r) == expected);
    CHECK(twice.call_as<rows>(r) == expected);
    const auto table = td::trace_graph([](const td::array& x) { return td::reshape(x, {2, 3}) * 2.0; }, {.to = backend});
    CHECK(table.call_as<Eigen::MatrixXd>(v) == expected);
  }
}

TEST_CASE("plan: verify finds each broken rule") {
  // A sort, a group, a product with the group that reads it, parts of a concat, a view.
  const auto functor = [](const td::array& x, const td::array& w) {
    const td::array sorted = td::sort(x), t = td::exp(td::matmul(sorted, w)) * 2.0;
    return std::pair(td::cumulative_sum(td::sum(t, {.axis = 1})), td::concat({td::sqrt(td::abs(x)), td::roll(x, 1, {.axis = 0})}));
  };
  const td::array x = ramp({1600, 8}), w = ramp({8, 100});
  const td::backend& b = td::detail::find_backend("test", "eigen");
  const td::graph recorded = td::trace_graph(functor, {.to = "eigen"}).graph(x, w);
  using td::detail::executable;
  using kind = td::detail::value_place::kind;
  const auto planned = [&] {
    td::graph g = recorded;
    td::pass_context context{&b, true, {0, 0}};
    g = td::run_passes(std::move(g), context);
    return td::detail::plan(std::move(g), b, std::vector<int>{0, 0}, 1, true);
  };
  td::detail::verify(*planned());
  const auto broken = [&](auto change) {
    const auto e = planned();
    change(*e);
    return message_of<td::internal_error>([&] { td::detail::verify(*e); });
  };
  const auto step_of = [](executable& e, const char* op) -> td::detail::step& {
    return *std::find_if(e.steps.begin(), e.steps.end(), [&](const td::detail::step& s) { return s.op && s.op->name == op; });
  };
  const auto at = [](td::value_id v) { return static_cast<std::size_t>(v); };
  CHECK_THAT(broken([&](executable& e) { std::swap(e.steps.front(), e.steps.back()); }), contains("before it is written"));
  CHECK_THAT(broken([&](executable& e) { step_of(e, "sort").out = step_of(e, "cumulative_sum").out; }), contains("before it is written"));
  CHECK_THAT(broken([&](executable& e) { step_of(e, "cumulative_sum").out = step_of(e, "sort").out; }), contains("again"));
  CHECK_THAT(broken([&](executable& e) { step_of(e, "sort").out = e.graph.inputs; }), contains("which is no result"));
  CHECK_THAT(broken([&](executable& e) { e.steps.pop_back(); }), contains("is not written"));
  CHECK_THAT(broken([&](executable& e) { e.places[at(step_of(e, "sort").out[0])].what = kind::none; }), contains("has no place"));
  CHECK_THAT(broken([&](executable& e) { e.places[at(step_of(e, "sort").out[0])].what = kind::result; }), contains("result -1 of 2"));
  CHECK_THAT(broken([&](executable& e) { e.places[at(e.graph.inputs[0])].index = 7; }), contains("input 7 of 2"));
  CHECK_THAT(broken([&](executable& e) { e.places[at(step_of(e, "sort").out[0])].offset = e.scratch_offset; }), contains("takes bytes"));
  CHECK_THAT(broken([&](executable& e) { e.workspace_bytes = e.scratch_offset - 1; }), contains("has no room for its scratch"));
  CHECK_THAT(broken([&](executable& e) { e.row_major_results.clear(); }), contains("is written by parts, but may have any strides"));
  CHECK_THAT(broken([&](executable& e) { e.roots.pop_back(); }), contains("its tables differ in length"));
  const auto product = [](executable& e) -> td::detail::step& {
    return *std::find_if(e.steps.begin(), e.steps.end(),
                         [](const td::detail::step& s) { return s.what == td::detail::step::kind::product; });
  };
  CHECK(product(*planned()).program != nullptr);
  CHECK_THAT(broken([&](executable& e) { product(e).by_rows->ports.clear(); }), contains("whose group and ports differ"));
  CHECK_THAT(broken([&](executable& e) { product(e).by_rows->ports.back() = e.graph.results[1]; }), contains("which it does not name"));
  // Two temporaries that live at one time in one place.
  const auto two = [](const td::array& v) {
    const td::array a = td::sort(v), c = td::roll(v, 2);
    return td::searchsorted(a, c);
  };
  td::pass_context context{&b, true, {0}};
  const auto e =
      td::detail::plan(td::run_passes(td::trace_graph(two, {.to = "eigen"}).graph(ramp({50})), context), b, std::vector<int>{0}, 1, true);
  td::detail::verify(*e);
  e->places[at(e->steps[0].out[0])].offset = e->places[at(e->steps[1].out[0])].offset;
  CHECK_THAT(message_of<td::internal_error>([&] { td::detail::verify(*e); }), contains("share memory in step 1"));
}

TEST_CASE("views of arrays without elements begin anywhere, however long their other axes are") {
  for (const std::string& backend : td::backends()) {
    for (const bool optimize : {true, false})
      for (const std::int64_t n : {1, 8, 9, 26, 1025, 5000})
        for (const ints& shape : {ints{n, 0}, ints{0, n}, ints{n, 2, 0}}) {
          INFO(backend << " " << n << " " << optimize);
          const td::array x = td::zeros(td::axes(shape));
          const auto reshaped = td::trace_graph(
              [](const td::array& a) {
                return td::reshape(td::flip(td::exp(a)), {7, 0});
              },
              {.to = backend, .optimize = optimize});
          CHECK(reshaped(x).shape() == td::extents{7, 0});
          const auto several = td::trace_graph(
              [](const td::array& a) {
                return std::pair(td::sort(td::exp(a))[{td::slice({}, {}, -1)}], td::tile(td::flip(-a), {2, 1}));
              },
              {.to = backend, .optimize = optimize});
          CHECK(several(x).first.shape() == x.shape());
        }
  }
}

TEST_CASE("graph and info of a function that ends with the expression are copies that live on") {
  const auto f = td::trace_graph([](const td::array& x) { return td::exp(x) + 1.0; });
  const td::array x = ramp({3, 4});
  const td::graph recorded = f.graph(x);
  const td::graph& compiled = td::compile(recorded).graph();
  const td::compile_info& info = td::compile(recorded).info();
  CHECK(td::to_string(compiled, false).find("exp") != std::string::npos);
  CHECK(info.steps.size() == 1);
  const td::function kept = td::compile(recorded);
  CHECK(&kept.graph() == &kept.graph());
}
