// Bad input: each error by its type and text, and nothing lost by it.
#include "trace_helpers.hpp"

#include <limits>
#include <thread>

#include "catch.hpp"

using namespace trace_test;

namespace {

const doubles two{1, 2};

/// What the functor throws when it is traced for `two`.
template <class Error = td::error, class F>
std::string while_tracing(F f) {
  const auto t = td::trace_graph(f);
  return message_of<Error>([&] { t(two); });
}

/// The same error eagerly and while tracing.
template <class Error, class F>
void both_ways(F f, const std::string& text) {
  const td::array a({{1., 2., 3.}, {4., 5., 6.}});
  CHECK(message_of<Error>([&] { f(a); }) == text);
  const auto t = td::trace_graph(f);
  CHECK(message_of<Error>([&] { t(a); }) == text);
}

}  // namespace

// ---- ops

TEST_CASE("shapes that do not broadcast") {
  both_ways<td::shape_error>(
      [](const td::array& x) {
        return x + td::array({1., 2.});
      },
      "[add] shapes do not broadcast: got (2, 3) and (2,), expected extents that are equal or 1 counted from the last. "
      "Reshape one operand or insert axes with td::expand_dims.");
}

TEST_CASE("a dtype that the op does not take") {
  both_ways<td::dtype_error>([](const td::array& x) { return (x > 1) + (x > 2); },
                             "[add] the dtype is not taken: got bool, expected a numeric dtype. Convert with td::astype.");
  both_ways<td::dtype_error>([](const td::array& x) { return td::logical_and(x, x); },
                             "[logical_and] the dtype is not taken: got float64, expected bool. Compare first, as in x != 0.");
  both_ways<td::dtype_error>([](const td::array& x) { return td::where(x, x, x); },
                             "[where] the condition is no condition: got float64, expected bool. Compare first, as in x != 0.");
  both_ways<td::dtype_error>([](const td::array& x) { return td::sum(x, {.dtype = td::bool_}); },
                             "[sum] the dtype is not taken: got bool, expected a numeric dtype. Convert with td::astype.");
  both_ways<td::dtype_error>([](const td::array& x) { return td::prod(x[td::slice(0, 0)], {.axis = 0, .dtype = td::bool_}); },
                             "[prod] the dtype is not taken: got bool, expected a numeric dtype. Convert with td::astype.");
}

TEST_CASE("an axis out of range, and a repeated one") {
  both_ways<td::index_error>([](const td::array& x) { return td::sum(x, {.axis = 2}); },
                             "[sum] axis out of range: got 2, expected -2 <= axis < 2. Axes count from 0, negative ones from the end.");
  both_ways<td::index_error>([](const td::array& x) { return td::max(x, {.axis = -3}); },
                             "[max] axis out of range: got -3, expected -2 <= axis < 2. Axes count from 0, negative ones from the end.");
  both_ways<td::index_error>(
      [](const td::array& x) {
        return td::mean(x, {.axis = {0, -2}});
      },
      "[mean] axis 0 is repeated: got (0, -2), expected distinct axes. Name each axis once.");
  both_ways<td::index_error>(
      [](const td::array& x) {
        return td::permute_dims(x, {0, 0});
      },
      "[permute_dims] axis 0 is repeated: got (0, 0), expected distinct axes. Name each axis once.");
}

TEST_CASE("a reshape that does not fit") {
  both_ways<td::shape_error>(
      [](const td::array& x) {
        return td::reshape(x, {4, 2});
      },
      "[reshape] cannot view 6 elements as (4, 2): got a product of 8, expected 6. Pass a shape with that product, or -1 for one extent.");
  both_ways<td::shape_error>(
      [](const td::array& x) {
        return td::reshape(x, {4, -1});
      },
      "[reshape] cannot view 6 elements as (4, -1): 6 is not divisible by 4. Pass a shape whose product divides 6.");
  both_ways<td::shape_error>(
      [](const td::array& x) {
        return td::reshape(x, {-1, -1});
      },
      "[reshape] more than one extent is -1: got (-1, -1), expected at most one. Give the others.");
}

TEST_CASE("an index out of range, too many indices, a step of zero") {
  both_ways<td::index_error>(
      [](const td::array& x) {
        return x[{0, 3}];
      },
      "[getitem] index out of range: got 3 on axis 1, expected -3 <= index < 3. Check the extent with shape().");
  both_ways<td::index_error>(
      [](const td::array& x) {
        return x[{0, 0, 0}];
      },
      "[getitem] too many indices: got 3 for an array of rank 2, expected at most 2. Drop some.");
  both_ways<td::index_error>([](const td::array& x) { return x[td::slice({}, {}, 0)]; },
                             "[getitem] the step of a slice is zero: got 0, expected a positive or negative step. Leave it out for 1.");
}

TEST_CASE("extents whose product overflows") {
  const std::int64_t big = std::int64_t{1} << 32;
  const auto text = message_of<td::shape_error>([&] { td::zeros({big, big}); });
  CHECK_THAT(text, contains("[zeros]") && contains("overflow") && contains("(4294967296, 4294967296)"));
  CHECK_THAT(while_tracing<td::shape_error>([&](const td::array& x) {
               return x + td::ones({big, big});
             }),
             contains("[ones]") && contains("overflow"));
  CHECK_THAT(while_tracing<td::shape_error>([&](const td::array& x) {
               return td::broadcast_to(x, {big, big, 2});
             }),
             contains("[broadcast_to]") && contains("overflow"));
  CHECK_THAT(message_of<td::shape_error>([&] { td::full({-1, 2}, 0.0); }), contains("[full]") && contains("negative"));
}

TEST_CASE("shifts and axes of roll that do not pair") {
  const td::array x = td::reshape(td::arange(6.0), {2, 3});
  const auto roll = [&](std::vector<std::int64_t> shifts, std::vector<std::int64_t> axes) {
    return message_of<td::shape_error>([&] { td::roll(x, td::axes(shifts), {.axis = td::axes(axes)}); });
  };
  CHECK(
      roll({1, 2, 3}, {0, 1}) ==
      "[roll] shifts and axes do not pair: got 3 shifts and 2 axes, expected as many of one as of the other, or one. Pass a shift for each axis.");
  CHECK_THAT(roll({1, 2}, {}), contains("[roll] shifts and axes do not pair: got 2 shifts and 0 axes"));
  CHECK_THAT(roll({}, {0, 1}), contains("[roll] shifts and axes do not pair: got 0 shifts and 2 axes"));
}

TEST_CASE("nothing to reduce, nothing to join") {
  CHECK_THAT(message_of<td::shape_error>([] { td::max(td::zeros({0, 3})); }), contains("[max] nothing to reduce: got float64[0, 3]"));
  CHECK_THAT(message_of<td::shape_error>([] { td::concat(std::vector<td::array>()); }), contains("[concat] no arrays"));
}

TEST_CASE("an array that was never assigned") {
  const td::array nothing;
  CHECK_THAT(message_of([&] { td::exp(nothing); }), contains("[exp] operand 0 holds no array: got a default-constructed td::array"));
  CHECK_THAT(message_of([&] { nothing.shape(); }), contains("[shape] no array") && contains(line(__LINE__)));
  CHECK_THAT(while_tracing([&](const td::array& x) { return x + nothing; }), contains("[add] operand 1 holds no array"));
  CHECK_THAT(while_tracing<td::trace_error>([&](const td::array&) { return td::array(); }), contains("returns an empty td::array"));
}

// ---- traced values used as numbers

TEST_CASE("branching on a traced value names the op and its line") {
  unsigned made = 0;
  const auto text = while_tracing<td::trace_error>([&](const td::array& x) {
    made = __LINE__ + 1;
    if (td::sum(x) > 0) return x;
    return -x;
  });
  CHECK(
      text ==
      "[bool] a traced value has no number while tracing: got the result of greater (" + line(made) +
          ") used as a condition, expected ops only. Use td::where to choose between values, or td::static_ to pass the number as part of the signature.");
  CHECK_THAT(while_tracing<td::trace_error>([](const td::array& x) { return x ? x : -x; }),
             contains("[bool]") && contains("got an argument used as a condition"));
}

TEST_CASE("item while tracing names the op, its line and the line of the call") {
  unsigned made = 0;
  const auto text = while_tracing<td::trace_error>([&](const td::array& x) {
    const td::array total = td::sum(x);
    made = __LINE__ + 1;
    return x * total.item<double>();
  });
  CHECK_THAT(text, contains("[item] a traced value has no number while tracing: got the result of sum (" + line(made - 2) +
                            ") used as a number at " + line(made)));
}

TEST_CASE("memory of a traced value") {
  // A statement of its own: compilers disagree about the lines of a macro's arguments.
  const auto text = while_tracing<td::trace_error>([](const td::array& x) { return x * *x.data<double>(); });
  CHECK_THAT(text, contains("[data] a traced value has no memory at " + line(__LINE__ - 1)));
  CHECK_THAT(while_tracing<td::trace_error>([](const td::array& x) { return x * static_cast<double>(x.strides()[0]); }),
             contains("[strides] a traced value has no memory"));
  CHECK_THAT(while_tracing<td::trace_error>([](const td::array& x) { return td::allclose(x, x) ? x : -x; }),
             contains("[allclose]") && contains("symbol"));
  CHECK_THAT(while_tracing<td::trace_error>([](const td::array& x) { return x * td::to<doubles>(x)[0]; }), contains("no memory"));
}

// ---- symbols where they do not belong

TEST_CASE("a symbol used after its trace") {
  td::array leaked;
  const auto f = td::trace_graph([&](const td::array& x) { return leaked = x * 2; }, {.name = "leaky"});
  CHECK(f(two) == doubles{2, 4});
  auto text = message_of<td::trace_error>([&] { leaked + 1; });
  CHECK(text == "[add] a traced value is used after its trace at " + line(__LINE__ - 1) +
                    ": got a value of the graph \"leaky\", which ended, expected an array or a value of the trace under way. "
                    "Return it from the traced function instead of storing it.");
  text = message_of<td::trace_error>([&] { leaked.shape(); });
  CHECK_THAT(text, contains("[shape] a traced value is used after its trace at " + line(__LINE__ - 1)));
  text = message_of<td::trace_error>([&] { leaked.item<double>(); });
  CHECK_THAT(text, contains("[item] a traced value is used after its trace at " + line(__LINE__ - 1)));
  CHECK_THAT(while_tracing<td::trace_error>([&](const td::array& x) { return x + leaked; }),
             contains("[add] a traced value is used after its trace"));
  CHECK_THAT(while_tracing<td::trace_error>([&](const td::array&) { return leaked; }), contains("is used after its trace"));
  CHECK_THAT(message_of<td::trace_error>([&] { f(leaked); }), contains("is used after its trace") || contains("has no memory"));
  leaked = td::array(1.0);
  CHECK((leaked + 1).item<double>() == 2);
}

TEST_CASE("a symbol of an inner trace used in the outer one") {
  td::array inner_value;
  const auto inner = td::trace_graph([&](const td::array& x) { return inner_value = x + 1; });
  CHECK_THAT(while_tracing<td::trace_error>([&](const td::array& x) {
               inner(two);
               return x + inner_value;
             }),
             contains("is used after its trace"));
}

TEST_CASE("a symbol on another thread than its trace") {
  std::string text;
  unsigned at = 0;
  while_tracing([&](const td::array& x) {
    std::thread([&] { at = __LINE__, text = message_of<td::trace_error>([&] { x + 1; }); }).join();
    return x;
  });
  CHECK_THAT(text, contains("[add] a traced value is used on another thread than its trace at " + line(at)));
}

TEST_CASE("a value of an enclosing trace is captured, calling that with native arguments is refused") {
  td::graph inner_graph;
  std::string text, nested, into;
  const auto outer = td::trace_graph([&](const td::array& x) {
    const auto inner = td::trace_graph([&](const td::array& y) { return y + x; });
    inner_graph = inner.graph(two);
    text = message_of<td::trace_error>([&] { inner(two); });
    doubles out(2);
    into = message_of<td::trace_error>([&] { inner.into(out, two); });
    const auto several = td::trace_graph([&](const td::array& y) { return std::vector{y + x, y}; });
    nested = message_of<td::trace_error>([&] { several(two); });
    return inner(x);  // inlined
  });
  CHECK(outer(two) == doubles{2, 4});
  CHECK(inner_graph.inputs.size() == 2);
  td::verify(inner_graph);
  for (const std::string& s : {text, nested, into})
    CHECK_THAT(s, contains("[call] the function uses a value of an enclosing trace") && contains("Pass the value as an argument"));
}

// ---- calls

TEST_CASE("an exception of the functor goes through, and the object stays usable") {
  bool fail = true;
  struct own_exception {};
  const auto f = td::trace_graph([&](const td::array& x) {
    const td::array y = x + 1;
    if (fail) throw own_exception();
    return y;
  });
  CHECK_THROWS_AS(f(two), own_exception);
  CHECK_THROWS_AS(f(two), own_exception);
  CHECK(f.stats().traces == 0);
  CHECK(f.stats().specializations == 0);
  CHECK((td::array(1.0) + 1).item<double>() == 2);  // no trace is under way
  fail = false;
  CHECK(f(two) == doubles{2, 3});
  fail = true;
  CHECK(f(two) == doubles{2, 3});
  CHECK_THROWS_AS(f(floats{1, 2}), own_exception);
  CHECK(f(two) == doubles{2, 3});
}

TEST_CASE("an error at the first call leaves the object usable for other signatures") {
  const auto f = td::trace_graph([](const td::array& x, const td::array& y) { return x + y; });
  CHECK_THROWS_AS(f(two, doubles{1, 2, 3}), td::shape_error);
  CHECK(f(two, two) == doubles{2, 4});
  CHECK_THROWS_AS(f(two, doubles{1, 2, 3}), td::shape_error);
  CHECK(f(two, two) == doubles{2, 4});
  CHECK(f.stats().specializations == 1);
}

TEST_CASE("a result that does not fit the container names call_as") {
  const std::array<double, 2> fixed{1, 2};
  const auto sum = td::trace_graph([](const td::array& x) { return td::sum(x); });
  const auto table = td::trace_graph([](const td::array& x) { return td::reshape(x, {1, -1}); });
  CHECK(
      message_of<td::shape_error>([&] { table(two); }) ==
      "[call] the result does not fit the container: got shape (1, 2), expected rank 1 for std::vector<double>. Ask for another container with call_as.");
  CHECK(sum(two) == doubles{3});
  CHECK(
      message_of<td::shape_error>([&] { sum(fixed); }) ==
      "[call] the result does not fit the container: got shape (), expected shape (2,) for std::array<double, 2>. Ask for another container with call_as.");
  CHECK(sum.call_as<td::array>(two).item<double>() == 3);
  CHECK_THAT(message_of<td::dtype_error>([&] { sum.call_as<floats>(two); }), contains("got float64, expected float32"));
}

TEST_CASE("into with the wrong shape, dtype or number of outputs writes nothing") {
  const auto f = td::trace_graph([](const td::array& x) { return x + 1; });
  doubles three(3, -1);
  CHECK(
      message_of<td::shape_error>([&] { f.into(three, two); }) ==
      "[into] the result does not fit the container: got shape (2,), expected shape (3,) for std::vector<double>. Pass a target of the result's shape and element type.");
  CHECK(three == doubles{-1, -1, -1});
  floats narrow(2, -1);
  CHECK(
      message_of<td::dtype_error>([&] { f.into(narrow, two); }) ==
      "[into] the result does not fit the container: got float64, expected float32 for std::vector<float>. Pass a target of the result's shape and element type.");
  CHECK(narrow == floats{-1, -1});
  doubles a(2, -1), b(2, -1);
  CHECK_THAT(message_of([&] { f.into(std::tie(a, b), two); }),
             contains("[into] too many outputs: got more than 1, expected 1 results. Pass one container for each result."));
  CHECK(a == doubles{-1, -1});
  const auto g = td::trace_graph([](const td::array& x) { return std::pair(x, x + 1); });
  CHECK_THAT(message_of([&] { g.into(a, two); }),
             contains("[into] too few outputs: got 1, expected 2 results. Pass one container for each result."));
  CHECK(a == doubles{-1, -1});
  const std::span<double> null(static_cast<double*>(nullptr), 2);
  CHECK_THAT(message_of([&] { f.into(null, two); }), contains("[into] null data: got a null pointer with shape (2,)"));
}

TEST_CASE("a null view") {
  const std::span<const double> null(static_cast<const double*>(nullptr), 3);
  const auto f = td::trace_graph([](const td::array& x) { return x + 1; });
  const auto text = message_of([&] { f(null); });
  CHECK(
      text ==
      "[call] null data: got a null pointer with shape (3,), expected memory that outlives the view. Pass the address of the elements, or an extent of 0.");
  CHECK(f(std::span<const double>()).empty());  // nothing at no address is fine
  CHECK_THAT(message_of([&] { td::asarray(null); }), contains("[asarray] null data"));
}

TEST_CASE("an unknown backend") {
  const std::string current = td::current_backend();
  CHECK_THAT(message_of<td::backend_error>([] { td::trace_graph(normalize, {.to = "cuda"}); }),
             contains("[trace_graph] unknown backend: got \"cuda\", expected one of eigen") &&
                 contains("Choose one of these, or build Tendril with the one you want and link it: xtensor comes with tendril::xtensor."));
  CHECK_THAT(message_of<td::backend_error>([] { td::set_backend("nothing"); }), contains("[set_backend] unknown backend: got \"nothing\""));
  CHECK_THAT(message_of<td::backend_error>([] { const td::backend_scope s("nothing"); }), contains("[backend_scope] unknown backend"));
  CHECK_THAT(message_of<td::backend_error>([] { td::trace_graph(normalize).to("nothing"); }), contains("[to] unknown backend"));
  CHECK(td::current_backend() == current);
}

TEST_CASE("options out of range") {
  CHECK_THAT(message_of([] { td::trace_graph(normalize, {.max_specializations = 0}); }),
             contains("[trace_graph] max_specializations is too small: got 0"));
}

TEST_CASE("a function that calls its own traced object") {
  td::traced<td::array(const td::array&)>* self = nullptr;
  const td::traced<td::array(const td::array&)> f([&](const td::array& x) { return x + (*self)(two).at(0); });
  auto copy = f;
  self = &copy;
  CHECK_THAT(message_of<td::trace_error>([&] { f(two); }),
             contains("[trace] the function calls its own traced object with native arguments while it is being traced"));
  const auto asks = [&](auto question) {
    td::traced<td::array(const td::array&)> g([&](const td::array& x) {
      question(*self);
      return x;
    });
    self = &g;
    return message_of<td::trace_error>([&] { g(two); });
  };
  // Asking from inside must not wait for the trace to end.
  CHECK_THAT(asks([](const auto& t) { t.stats(); }), contains("[stats] the function asks its own traced object while it is being traced"));
  CHECK_THAT(asks([](const auto& t) { t.explain(); }), contains("[explain]"));
  CHECK_THAT(asks([](const auto& t) { t.graph(); }), contains("[graph]"));
  CHECK_THAT(asks([](const auto& t) { t.specializations(); }), contains("[specializations]"));
  CHECK_THAT(asks([](const auto& t) { t.clear(); }), contains("[clear]"));
  CHECK_THAT(asks([](const auto& t) { t.to("eigen").stats(); }), contains("[stats]"));
}

TEST_CASE("into refuses a target that overlaps itself, whatever overlaps in it") {
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const auto f = td::trace_graph([](const td::array& x) { return x + 1.0; }, {.to = backend});
    const auto into = [&](const td::extents& shape, std::initializer_list<std::int64_t> strides) {
      std::vector<double> memory(400, -1);
      td::array_view v{};
      v.dtype = td::float64;
      v.rank = static_cast<int>(shape.size());
      v.data = memory.data() + 200;
      std::copy(shape.begin(), shape.end(), v.shape);
      std::copy(strides.begin(), strides.end(), v.strides);
      const td::array x = td::zeros(td::axes(shape));
      const td::function compiled = f.compiled(x);
      const std::string text = message_of([&] { compiled.into(std::vector<td::array_view>{v}, std::vector<td::array_view>{x.view()}); });
      if (text != "no error") CHECK(memory == std::vector<double>(400, -1));
      return text;
    };
    CHECK(
        into({4}, {0}) ==
        "[into] output 0 overlaps itself: got strides (0,) for shape (4,), expected memory of its own for each element. Pass storage that repeats none.");
    CHECK_THAT(into({4, 3}, {3, 0}), contains("[into] output 0 overlaps itself: got strides (3, 0) for shape (4, 3)"));
    CHECK_THAT(into({4, 3}, {2, 1}), contains("[into] output 0 overlaps itself"));
    CHECK_THAT(into({4, 3}, {-2, 1}), contains("[into] output 0 overlaps itself"));
    CHECK_THAT(into({2, 2, 2}, {3, 2, 5}), contains("[into] output 0 overlaps itself"));
    CHECK_THAT(into({5, 5}, {3, 4}), contains("[into] output 0 overlaps itself"));
    CHECK(into({4}, {3}) == "no error");
    CHECK(into({4}, {-1}) == "no error");
    CHECK(into({4, 1}, {2, 0}) == "no error");
    CHECK(into({1, 4}, {0, 1}) == "no error");
    CHECK(into({0, 4}, {0, 0}) == "no error");
    CHECK(into({4, 3}, {1, 4}) == "no error");
    CHECK(into({3, 4}, {-4, -1}) == "no error");
    CHECK(into({3, 2}, {2, 3}) == "no error");  // 0 2 4 and 3 5 7: neither axis steps over the other, yet no two meet
  }
}

TEST_CASE("a traced object that was moved from throws at every question") {
  const char* text =
      "[call] the traced object was moved from: got one without a function, expected one that has its own. Copy it, or use the one that it was moved to.";
  td::traced f([](const td::array& x) { return x * 2.0; });
  CHECK(f(two) == doubles{2, 4});
  td::traced g(std::move(f));
  CHECK(g(two) == doubles{2, 4});
  CHECK(g.stats().traces == 1);
  doubles out(2);
  CHECK(message_of([&] { f(two); }) == text);
  CHECK(message_of([&] { f(td::asarray(two)); }) == text);
  CHECK(message_of([&] { f.call_as<doubles>(two); }) == text);
  CHECK(message_of([&] { f.into(out, two); }) == text);
  CHECK(message_of([&] { f.trace(two); }) == text);
  CHECK(message_of([&] { f.graph(two); }) == text);
  CHECK(message_of([&] { f.graph(); }) == text);
  CHECK(message_of([&] { f.compiled(two); }) == text);
  CHECK(message_of([&] { f.explain(); }) == text);
  CHECK(message_of([&] { f.stats(); }) == text);
  CHECK(message_of([&] { f.specializations(); }) == text);
  CHECK(message_of([&] { f.clear(); }) == text);
  CHECK(message_of([&] { f.to("eigen"); }) == text);
  CHECK(message_of([&] { f.functor(); }) == text);
  CHECK(message_of([&] { td::trace_graph([&](const td::array& x) { return f(x) + 1.0; })(two); }) == text);
  const auto copy = f;  // of nothing
  CHECK(message_of([&] { copy(two); }) == text);
  f = g;
  CHECK(f(two) == doubles{2, 4});
  g = std::move(f);
  CHECK(g(two) == doubles{2, 4});
  CHECK(message_of([&] { f(two); }) == text);
  td::traced<td::array(const td::array&)> named([](const td::array&x) { return x + 1.0; }), taken(std::move(named));
  CHECK(taken(two) == doubles{2, 3});
  CHECK(message_of([&] { named(two); }) == text);
}

TEST_CASE("a recursion on traced values must end by itself") {
  td::traced<td::array(const td::array&, int)>* self = nullptr;
  td::traced<td::array(const td::array&, int)> f(
      [&](const td::array& x, int n) -> td::array { return n == 0 ? x : (*self)(x + 1, n - 1); });
  self = &f;
  CHECK(f(two, 3) == doubles{4, 5});
  CHECK(f(two, 900) == doubles{901, 902});
}

TEST_CASE("a recursion on traced values that does not end is an error, not the end of the stack") {
  using one = td::traced<td::array(const td::array&)>;
  SECTION("of one object") {
    const one* self = nullptr;
    bool ends = false;
    const one f([&](const td::array& x) -> td::array { return ends ? x + 1 : (*self)(x * 2) + 1; }, {.name = "endless"});
    self = &f;
    CHECK(
        message_of<td::trace_error>([&] { f(two); }) ==
        "[trace_graph] a recursion on traced values does not end: got a call of \"endless\" inside 1000 others, expected fewer. End it by what is known while tracing: a static argument that counts down, a rank or a shape.");
    ends = true;
    CHECK(f(two) == doubles{2, 3});  // nothing is left of the attempt
    CHECK(f.stats().traces == 1);
  }
  SECTION("of two that call each other") {
    const one *ping = nullptr, *pong = nullptr;
    const one f([&](const td::array& x) -> td::array { return (*pong)(x + 1); }, {.name = "ping"});
    const one g([&](const td::array& x) -> td::array { return (*ping)(x + 1); }, {.name = "pong"});
    ping = &f, pong = &g;
    CHECK_THAT(message_of<td::trace_error>([&] { f(two); }),
               contains("[trace_graph] a recursion on traced values does not end: got a call of"));
  }
}

TEST_CASE("introspection before anything is traced") {
  CHECK_THAT(message_of<td::trace_error>([] { td::trace_graph(normalize).graph(); }), contains("[graph] nothing is traced yet"));
}

// ---- results that depend on no input

TEST_CASE("a result that depends on no input is a warning, under check an error") {
  const auto body = [](const td::array& x) { return std::pair(x + 1, td::ones({2}) * 3); };
  const auto text =
      contains("[trace] result 1 of \"forgetful\" depends on no input: got a constant, expected a value computed from the arguments.");
  {
    const warnings heard;
    const auto f = td::trace_graph(body, {.name = "forgetful"});
    CHECK(f(two).second == doubles{3, 3});
    REQUIRE(warnings::texts().size() == 1);
    CHECK_THAT(warnings::texts()[0], text);
  }
  CHECK_THAT(message_of<td::trace_error>([&] { td::trace_graph(body, {.check = true, .name = "forgetful"})(two); }), text);
}

// ---- functions

TEST_CASE("a compiled function checks number, dtypes and shapes") {
  const td::graph g = td::trace_graph([](const td::array& x, const td::array& y) { return x + y; }).graph(two, two);
  const td::function f = td::compile(g);
  const td::array a({1., 2.});
  CHECK(values(f({a, a})[0]) == doubles{2, 4});
  CHECK_THAT(message_of([&] { f({a}); }),
             contains("[call] wrong number of inputs: got 1, expected 2. Pass one array for each input of the graph."));
  CHECK_THAT(message_of<td::dtype_error>([&] {
               f({a, td::astype(a, td::float32)});
             }),
             contains("[call] the dtype of input 1 differs: got float32, expected float64. Convert with td::astype."));
  CHECK_THAT(message_of<td::shape_error>([&] {
               f({td::array({1., 2., 3.}), a});
             }),
             contains("[call] the shape of input 0 differs: got (3,), expected (2,)."));
  td::array out = td::zeros({3});
  const std::vector<td::array_view> in{a.view(), a.view()}, wrong{out.view()};
  CHECK_THAT(message_of<td::shape_error>([&] { f.into(wrong, in); }), contains("the shape of output 0 differs: got (3,), expected (2,)."));
  CHECK_THAT(message_of([&] { f.into({}, in); }), contains("[into] wrong number of outputs: got 0, expected 1."));
  CHECK_THAT(message_of([&] { td::evaluate(g, std::vector<td::array>{a}); }),
             contains("[evaluate] wrong number of inputs: got 1, expected 2."));
}

TEST_CASE("a function that was never compiled") {
  const td::function nothing;
  CHECK(!nothing);
  CHECK_THAT(message_of([&] { nothing(std::vector<td::array>()); }),
             contains("[call] no function: got a default-constructed td::function"));
  CHECK_THAT(message_of([&] { nothing.graph(); }), contains("no function"));
}
