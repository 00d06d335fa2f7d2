// Numbers beside arrays whose dtype does not hold them, and integer ranges: against exact integers (data/literals.json), eager, traced and
// by the oracle, on every backend.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>

#include <nlohmann/json.hpp>
#include <tendril/detail/op_id.hpp>
#include <tendril/detail/with_dtype.hpp>

#include "catch.hpp"
#include "ops/literals.hpp"
#include "reference.hpp"
#include "trace_helpers.hpp"

namespace td = tendril;
using trace_test::message_of;

namespace {

using td::array;

const nlohmann::json& data() {
  static const nlohmann::json all = [] {
    std::ifstream in(TENDRIL_TEST_DATA "/literals.json");
    return nlohmann::json::parse(in);
  }();
  return all;
}

// An integer of either sign, as it stands in the data.
td::scalar number_of(const std::string& text) {
  return text[0] == '-' ? td::scalar(std::strtoll(text.c_str(), nullptr, 10)) : td::scalar(std::strtoull(text.c_str(), nullptr, 10));
}
td::operand operand_of(const td::scalar& s) {
  return s.beyond_int64() ? td::operand(static_cast<std::uint64_t>(s.integer())) : td::operand(s.integer());
}

template <class T>
array array_as(const std::vector<std::string>& texts) {
  std::vector<T> v;
  for (const std::string& t : texts) {
    if constexpr (std::is_floating_point_v<T>) v.push_back(static_cast<T>(std::strtod(t.c_str(), nullptr)));
    else v.push_back(static_cast<T>(std::strtoll(t.c_str(), nullptr, 10)));
  }
  array a = td::detail::make_empty(td::dtype_of<T>, std::vector<std::int64_t>{static_cast<std::int64_t>(v.size())});
  std::copy(v.begin(), v.end(), static_cast<T*>(a.view().data));
  return a;
}
array array_of(const std::vector<std::string>& texts, const std::string& dtype) {
  return td::detail::with_dtype(tendril_test::read_dtype(dtype), [&]<class T>(T) {
    if constexpr (std::is_same_v<T, bool>) return td::astype(array_as<std::int32_t>(texts), td::bool_);
    else return array_as<T>(texts);
  });
}

// The call that a case is, on an array.
std::function<array(const array&)> call_of(const nlohmann::json& c) {
  const std::string op = c["op"];
  const td::scalar s = number_of(c["number"]);
  if (op == "clip_low") return [s](const array& x) { return td::clip(x, operand_of(s), std::nullopt); };
  if (op == "clip_high") return [s](const array& x) { return td::clip(x, std::nullopt, operand_of(s)); };
  if (op == "clip_low_1") return [s](const array& x) { return td::clip(x, operand_of(s), 1); };
  if (op == "clip_high_1") return [s](const array& x) { return td::clip(x, -1, operand_of(s)); };
  if (op == "searchsorted_left") return [s](const array& x) { return td::searchsorted(x, operand_of(s)); };
  if (op == "searchsorted_right") return [s](const array& x) { return td::searchsorted(x, operand_of(s), {.side = "right"}); };
  const td::op_record& record = *td::find_op(op);
  if (c["first"]) return [s, &record](const array& x) { return td::call(record, {operand_of(s), x}); };
  return [s, &record](const array& x) { return td::call(record, {x, operand_of(s)}); };
}

// Empty when `run` gives what the case says.
std::string difference(const nlohmann::json& c, const std::function<array()>& run) {
  try {
    const array got = run();
    if (c.contains("error")) return "no error, but " + td::to_string(got);
    array want = array_of(c["result"], c["result_dtype"]);
    if (got.ndim() == 0) want = td::reshape(want, {});
    return tendril_test::difference(got, want);
  } catch (const td::dtype_error& e) {
    if (!c.contains("error")) return e.what();
    const std::string text = e.what();
    const std::string op = c["op"].get<std::string>().substr(0, 4) == "clip" ? "clip" : c["op"];
    for (const std::string& part :
         {"[" + op + "]", "got " + c["number"].get<std::string>(), " for " + c["result_dtype"].get<std::string>()})
      if (text.find(part) == text.npos) return "the error does not say " + part + ": " + text;
    return text.find("does not fit the dtype") == text.npos ? "another error: " + text : "";
  } catch (const std::exception& e) { return e.what(); }
}

}  // namespace

TEST_CASE("every binary op answers exactly beside numbers that the dtype does not hold, or refuses them") {
  const nlohmann::json cases = data()["binary"];
  REQUIRE(cases.size() > 1000);
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    std::string failed;
    int failures = 0;
    for (const nlohmann::json& c : cases) {
      const auto call = call_of(c);
      const array x = array_of(c["values"], c["dtype"]);
      const auto traced = td::trace_graph(call, {.to = backend});
      for (const auto& [way, run] : {std::pair<std::string, std::function<array()>>{"eager", [&] { return call(x); }},
                                     {"traced", [&] { return traced(x); }},
                                     {"oracle", [&] { return td::evaluate(traced.graph(x), std::vector<array>{x}, backend).front(); }}})
        if (const std::string d = difference(c, run); !d.empty() && ++failures <= 5) failed += way + ", " + c.dump() + ": " + d + "\n";
    }
    INFO(backend);
    CHECK(failed == "");
    CHECK(failures == 0);
  }
}

TEST_CASE("integer ranges are counted and made in integers") {
  td::set_warning_handler([](std::string_view) {});
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    for (const nlohmann::json& c : data()["arange"]) {
      INFO(backend << ": " << c.dump());
      const auto call = [&] {
        return td::arange(number_of(c["start"]), number_of(c["stop"]), number_of(c["step"]),
                          {.dtype = tendril_test::read_dtype(c["dtype"])});
      };
      const auto traced = td::trace_graph(
          [&](const array& x) { return td::astype(x, td::int64) * 0 + td::sum(td::astype(call(), td::int64)); }, {.to = backend});
      if (c.contains("error")) {
        CHECK_THAT(message_of<td::dtype_error>(call), contains("[arange] a number does not fit the dtype"));
        CHECK_THAT(message_of<td::dtype_error>([&] { traced(array({1, 2})); }), contains("[arange] a number does not fit the dtype"));
        continue;
      }
      const array want = array_of(c["result"], c["dtype"]);
      CHECK(tendril_test::difference(call(), want) == "");
      if (c["dtype"] != "float64")
        CHECK(td::max(traced(array({1, 2}))).item<std::int64_t>() == td::sum(td::astype(want, td::int64)).item<std::int64_t>());
    }
  }
  td::set_warning_handler(nullptr);
  CHECK(message_of<td::shape_error>([] { td::arange(0ull, 18446744073709551615ull, 1); }) ==
        "[arange] the number of elements overflows: got 1.8446744073709552e+19, expected less than 2^59. Check start, stop and step.");
  CHECK_THAT(message_of<td::dtype_error>([] { td::arange(0, 4e9, 1e9, {.dtype = td::int32}); }),
             contains("got 3000000000, expected -2147483648 to"));
}

TEST_CASE("the operators of integer and bool arrays are those of the standard") {
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    for (const nlohmann::json& c : data()["operators"]) {
      const std::string o = c["operator"], dtype = c["dtype"];
      INFO(backend << ": " << o << " of " << dtype);
      const auto read = [&](const char* name) {
        std::vector<std::string> texts;
        for (const auto& v : c[name]) texts.push_back(std::to_string(v.get<std::int64_t>()));
        return array_of(texts, dtype);
      };
      const array a = read("a"), b = read("b"), want = read("result");
      const auto call = [&o](const array& x, const array& y) -> array {
        return o == "&" ? x & y : o == "|" ? x | y : o == "^" ? x ^ y : o == "<<" ? x << y : o == ">>" ? x >> y : o == "%" ? x % y : ~x;
      };
      const auto in_place = [&o](const array& x, const array& y) {
        array z = x;
        if (o == "&") z &= y;
        else if (o == "|") z |= y;
        else if (o == "^") z ^= y;
        else if (o == "<<") z <<= y;
        else if (o == ">>") z >>= y;
        else if (o == "%") z %= y;
        else z = ~z;
        return z;
      };
      const auto traced = td::trace_graph(call, {.to = backend});
      const auto traced_in_place = td::trace_graph(in_place, {.to = backend});
      CHECK(tendril_test::difference(call(a, b.size() ? b : a), want) == "");
      CHECK(tendril_test::difference(in_place(a, b.size() ? b : a), want) == "");
      CHECK(tendril_test::difference(traced(a, b.size() ? b : a), want) == "");
      CHECK(tendril_test::difference(traced_in_place(a, b.size() ? b : a), want) == "");
      if (dtype == "int32") {
        const std::vector<std::int32_t> v(a.data<std::int32_t>(), a.data<std::int32_t>() + a.size());
        const std::vector<std::int32_t> w =
            b.size() ? std::vector<std::int32_t>(b.data<std::int32_t>(), b.data<std::int32_t>() + b.size()) : v;
        std::vector<std::int32_t> out(v.size());
        traced.into(out, v, w);
        CHECK(tendril_test::difference(td::asarray(out), want) == "");
        CHECK(traced.call_as<std::vector<std::int32_t>>(v, w) == out);
      }
    }
  }
  const array x({12, 7}), mask({true, false});
  CHECK(td::to_string(x % 5) == "[2 2]");
  CHECK(td::to_string(7 % x) == "[7 0]");
  CHECK(td::to_string(x & 6) == "[4 6]");
  CHECK(td::to_string(1 << x) == "[4096  128]");
  CHECK(td::to_string(x >> 1) == "[6 3]");
  CHECK(td::to_string(mask & true) == "[ True False]");
  CHECK(td::to_string(~mask) == "[False  True]");
  CHECK(td::to_string(array({-7.5, 7.5}) % 2.0) == "[0.5 1.5]");
  CHECK(message_of<td::dtype_error>([] {
          array({1.5, 2.5}) & 1;
        }) == "[bitwise_and] the dtype is not taken: got float64, expected an integer dtype or bool. Convert with td::astype.");
  const std::vector<std::int32_t> native{3, 9};
  CHECK(td::to_string(x & native) == "[0 1]");
  CHECK(td::to_string(native % x) == "[3 2]");
}

TEST_CASE("creation refuses numbers that the dtype does not hold, and keeps those of 64 bits without a sign") {
  const array ints({1, 2});
  for (
      const auto& [what, call] : std::vector<std::pair<std::string, std::function<void()>>>{
          {"[full] a number does not fit the dtype: got 3000000000, expected -2147483648 to 2147483647 for int32.",
           [] { td::full({2}, 3000000000LL, {.dtype = td::int32}); }},
          {"[full] a number does not fit the dtype: got 18446744073709551615, expected -9223372036854775808 to 9223372036854775807 for int64.",
           [] { td::full({2}, 18446744073709551615ull); }},
          {"[full] a number does not fit the dtype: got nan, expected -9223372036854775808 to 9223372036854775807 for int64.",
           [] { td::full({2}, std::nan(""), {.dtype = td::int64}); }},
          {"[full] a number does not fit the dtype: got 3000000000, expected -2147483648",
           [] { td::full({2}, 3e9, {.dtype = td::int32}); }},
          {"[full_like] a number does not fit the dtype: got 3000000000, expected -2147483648", [&] { td::full_like(ints, 3000000000LL); }},
          {"[where] a number does not fit the dtype: got 3000000000, expected -2147483648",
           [&] { td::where(ints > 1, ints, 3000000000LL); }},
          {"[sum] a number does not fit the dtype: got 3000000000, expected -2147483648",
           [] { td::sum(3000000000LL, {.dtype = td::int32}); }},
          {"[abs] a number does not fit the dtype: got 9223372036854775808, expected -9223372036854775808",
           [] { td::abs(9223372036854775808ull); }}}) {
    INFO(what);
    CHECK_THAT(message_of<td::dtype_error>(call), contains(what));
    const auto traced = td::trace_graph([&, c = &call](const array& x) { return (*c)(), x; });
    CHECK_THAT(message_of<td::dtype_error>([&] { traced(array({1.0, 2.0})); }), contains(what));
  }
  CHECK(td::to_string(td::full({2}, -2.9, {.dtype = td::int32})) == "[-2 -2]");  // the integer part, as astype
}

TEST_CASE("numbers of 64 bits without a sign keep their value in graphs, in text and where they are folded") {
  const array x({0.0, 1.0});
  const auto f = [](const array& a) { return a + 18446744073709551615ull; };
  CHECK(f(x).data<double>()[0] == 18446744073709551616.0);
  const auto traced = td::trace_graph(f);
  CHECK(traced(x).data<double>()[0] == 18446744073709551616.0);
  CHECK_THAT(td::to_string(traced.graph(x), false), contains("add(%0, 18446744073709551615)"));
  CHECK(td::evaluate(traced.graph(x), std::vector<array>{x}).front().data<double>()[0] == 18446744073709551616.0);
  CHECK(f(td::array({0.0f, 1.0f})).data<float>()[0] == 18446744073709551616.0f);
  CHECK(td::exp(18446744073709551615ull).item<double>() == td::exp(18446744073709551615.0).item<double>());
  CHECK(td::less(9223372036854775808ull, 18446744073709551615ull).item<bool>());
  CHECK_FALSE(td::equal(9223372036854775808ull, 18446744073709551615ull).item<bool>());
  CHECK(td::less_equal(5, 18446744073709551615ull).item<bool>());
  // The constants of a folded comparison, and of two fills that differ in the sign of zero alone.
  const auto zeros = td::trace_graph([](const array& a) { return 1.0 / (td::full({2}, 0.0) + a) - 1.0 / (td::full({2}, -0.0) + a); });
  const std::vector<double> inf = zeros(std::vector<double>{-0.0, -0.0});
  CHECK(inf[0] == std::numeric_limits<double>::infinity());
}

TEST_CASE("the recorded graph shows a number as it is written, the compiled one as it acts, and check agrees") {
  const array x({5, -5});
  const auto less = td::trace_graph([](const array& a) { return a < 3000000000LL; }, {.check = true});
  CHECK(td::to_string(less(x)) == "[ True  True]");
  CHECK_THAT(td::to_string(less.graph(x), false), contains("less(%0, 3000000000)"));
  CHECK_THAT(td::to_string(less.optimized_graph(x), false), contains("less_equal(%0, int32(2147483647))"));
  const auto clipped = td::trace_graph([](const array& a) { return td::clip(a, -3000000000LL, 3); }, {.check = true});
  CHECK(td::to_string(clipped(x)) == "[ 3 -5]");
  CHECK_THAT(td::to_string(clipped.graph(x), false), contains("clip(%0, -3000000000, 3)"));
  CHECK_THAT(td::to_string(clipped.optimized_graph(x), false), contains("clip(%0, int32(-2147483648), int32(3))"));
  // Bits of bool run as logic.
  const auto both = td::trace_graph([](const array& a) { return (a > 0) & (a < 9); });
  CHECK_THAT(td::to_string(both.graph(x), false), contains("bitwise_and("));
  CHECK_THAT(td::to_string(both.optimized_graph(x), false), contains("logical_and("));
}

TEST_CASE("a number that does not fit leaves the real number beside it as it is") {
  for (const std::string& backend : td::backends()) {
    const auto clipped = [](const array& a) { return td::clip(a, -3000000000LL, 1.5); };
    const td::backend_scope scope(backend);
    for (const array& x : {array({0.5F, 9.F}), array({5, -5}), array({0.5, 9.0})}) {
      const array got = td::trace_graph(clipped, {.to = backend})(x);
      CHECK(tendril_test::difference(got, td::detail::copy_of(clipped(x).view())) == "");
      CHECK(td::max(got).item<double>() == 1.5);
    }
  }
}

TEST_CASE("a literal that does not fit is refused where it is written, and the function may catch that") {
  const auto f = [](const array& x) {
    try {
      return x + 3000000000LL;
    } catch (const td::dtype_error&) { return x + 1; }
  };
  const auto traced = td::trace_graph(f);
  CHECK(td::to_string(traced(array({1, 2}))) == "[2 3]");
  CHECK(td::to_string(traced(array({1.0, 2.0}))) == "[3.e+09 3.e+09]");
}

TEST_CASE("an index that is no number of 63 bits is out of range, not negative") {
  const array x({1.0, 2.0, 3.0});
  CHECK_THAT(message_of<td::index_error>([&] { x[static_cast<std::size_t>(-1)]; }), contains("[getitem] index out of range"));
  CHECK(td::to_string(x[{td::slice(1, static_cast<std::size_t>(-1))}]) == "[2. 3.]");
  CHECK_THAT(message_of<td::index_error>([&] { td::sum(x, {.axis = static_cast<std::size_t>(-1)}); }), contains("[sum] axis out of range"));
}

namespace {

const td::promotion_rules wrapping{
    .name = "wrapping",
    .together = nullptr,
    .default_real = td::float32,
    .integer_sums_to_int64 = true,
    .bool_is_numeric = false,
    .out_of_range = [](const td::type_request&, std::size_t, const td::scalar& s, td::dtype d) { return td::wrapped(s, d); }};
const td::promotion_rules saying{
    .name = "saying",
    .together = nullptr,
    .default_real = td::float32,
    .integer_sums_to_int64 = true,
    .bool_is_numeric = false,
    .out_of_range = [](const td::type_request& r, std::size_t place, const td::scalar& s, td::dtype) -> td::scalar {
      if (r.op.id != td::op_id::equal) throw td::dtype_error("[" + r.op.name + "] refused at " + std::to_string(place));
      return s;
    }};

array under(const td::promotion_rules& rules, const char* op, std::vector<td::operand> in, td::attributes at = {}) {
  return td::apply(*td::find_op(op), in, std::move(at), &rules).front();
}

}  // namespace

TEST_CASE("the rules of a framework say what a number out of range acts as") {
  td::set_warning_handler([](std::string_view) {});
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const td::backend_scope scope(backend);
    const array x({5, -1294967296});
    const auto each = [&](const std::function<array(const array&)>& f, const std::string& want) {
      CHECK(td::to_string(f(x)) == want);
      CHECK(td::to_string(td::trace_graph(f, {.to = backend})(x)) == want);
    };
    each([](const array& a) { return under(wrapping, "equal", {a, 3000000000LL}); }, "[False  True]");
    each([](const array& a) { return under(wrapping, "add", {a, 4294967296LL}); }, "[          5 -1294967296]");
    each(
        [](const array& a) {
          return under(wrapping, "full", {}, {{"shape", td::axes({2})}, {"fill_value", td::scalar(4294967299LL)}, {"dtype", td::int32}}) +
                 a * 0;
        },
        "[3 3]");
    each(
        [](const array& a) {
          return under(wrapping, "full_like", {a}, {{"fill_value", td::scalar(4294967299LL)}, {"dtype", {}}});
        },
        "[3 3]");
    each([](const array& a) { return under(saying, "equal", {a, 3000000000LL}); }, "[False False]");
    const auto refused = [](const array& a) { return under(saying, "add", {a, 3000000000LL}); };
    CHECK(message_of<td::dtype_error>([&] { refused(x); }) == "[add] refused at 1");
    CHECK(message_of<td::dtype_error>([&] { td::trace_graph(refused, {.to = backend})(x); }) == "[add] refused at 1");
  }
  td::set_warning_handler(nullptr);
}
