// One traced object called with extents 1, n and 0 in every order: what a function learns of extents while it is recorded is no more than
// what holds for the others. A walk over the op table, registered ops, and functions that catch errors.
#include <functional>
#include <optional>
#include <sstream>

#include <tendril/detail/op_id.hpp>
#include <tendril/frontends/torch.hpp>
#include <tendril/transpile.hpp>

#include "catch.hpp"
#include "trace_helpers.hpp"

namespace td = tendril;

namespace {

using td::array;
using td::op_record;
using function = std::function<array(const array&)>;

// n rows of three small integers in every dtype.
array rows_of(std::int64_t n, td::dtype d) { return td::astype(td::reshape(td::arange(n * 3), {n, 3}), d); }

// A call of the op on x alone that tells nothing of its extents.
std::vector<array> call(const op_record& op, const array& x) {
  td::attributes at;
  for (const td::attribute_spec& a : op.attributes) {
    td::attribute_value v = a.default_value;
    if (a.name == "shape") v = op.name == "broadcast_to" ? std::vector<std::int64_t>{2, 4, 3} : std::vector<std::int64_t>{-1};
    else if (a.name == "axes") v = std::vector<std::int64_t>{1, 0};
    else if (a.name == "axis" && op.name == "squeeze") v = std::vector<std::int64_t>{0};
    else if (a.name == "axis" &&
             (op.name == "take" || op.name == "take_along_axis" || op.name.starts_with("cumulative") || op.name == "argmax" ||
              op.name == "argmin" || op.name == "max" || op.name == "min" || op.name == "diff" || op.name == "softmax"))
      v = 0;
    else if (a.name == "key") v = std::vector<td::index_item>{td::index_item(td::slice(0, 2))};
    else if (a.name == "shift" || a.name == "repetitions") v = std::vector<std::int64_t>{2, 1};
    else if (a.name == "repeats") v = 2;
    else if (a.name == "dtype" && a.required) v = td::float64;
    else if (a.name == "fill_value") v = td::scalar(7);
    if (a.name == "axis" && op.name == "roll") v = std::vector<std::int64_t>{0, 1};
    at.set(a.name.c_str(), v);
  }
  const array indices = td::array({{0, 0, 0}}), sorted = td::array({0.0, 4.0, 9.0});
  std::vector<td::operand> in;
  for (const td::input_spec& i : op.inputs) {
    if (i.name == "indices") in.emplace_back(indices);
    else if (i.name == "condition") in.emplace_back(array({true, false, true}));
    else if (op.name == "searchsorted" && i.name == "x1") in.emplace_back(sorted);
    else in.emplace_back(x);
    if (i.what == td::input_spec::form::sequence) in.emplace_back(x);
  }
  if (op.name == "where") {
    const array mask = td::array({true, false, true});
    return td::apply(op, std::vector<td::operand>{mask, x, x}, at);
  }
  if (op.name == "matmul") {
    const array t = td::matrix_transpose(x);
    return td::apply(op, std::vector<td::operand>{x, t}, at);
  }
  return td::apply(op, in, at);
}

// A number that every result and every element of it counts in, and how many results there are.
array digest(const std::vector<array>& results) {
  array s = td::array(0.0);
  double place = 1;
  for (const array& r : results) s = s + place * td::sum(td::astype(r, td::float64)), place += 1;
  return s + static_cast<double>(results.size()) * 1000;
}

struct outcome {
  std::optional<array> value;
  std::string error;
};
outcome outcome_of(const function& f, const array& x) {
  try {
    return {f(x), ""};
  } catch (const td::internal_error& e) { return {{}, std::string("internal: ") + e.what()}; } catch (const td::error& e) {
    return {{}, e.what()};
  }
}

// Empty when a traced object gives for each of the arrays, in turn, what the function gives.
std::string difference(const function& f, const std::vector<array>& arrays, const std::string& backend) {
  const td::backend_scope scope(backend);
  const auto traced = td::trace_graph(f, {.to = backend});
  std::string before;
  for (const array& x : arrays) {
    const std::string shape = td::to_string(x.shape());
    const outcome want = outcome_of(f, x), got = outcome_of([&](const array&y) { return traced(y); }, x);
    if (want.value.has_value() != got.value.has_value()) return shape + " after " + before + ": got " + got.error + ", eager " + want.error;
    if (got.error.starts_with("internal")) return shape + " after " + before + ": " + got.error;
    if (want.value && (got.value->shape() != want.value->shape() || !td::allclose(*got.value, *want.value, 1e-9, 1e-9, true)))
      return shape + " after " + before + ": got " + td::to_string(*got.value) + ", eager " + td::to_string(*want.value);
    before += shape + " ";
  }
  return {};
}

const std::vector<std::vector<std::int64_t>> orders{{1, 4, 0, 3, 2, 1}, {4, 1, 3, 0, 2}, {0, 4, 1, 3}, {3, 4, 0, 1}};

// The first dtype that the op takes.
std::optional<td::dtype> taken(const op_record& op) {
  for (const td::dtype d : {td::float64, td::int64, td::bool_}) {
    try {
      call(op, rows_of(2, d));
      return d;
    } catch (const td::dtype_error&) {
    } catch (const td::error&) {
      return d;  // of its shape
    }
  }
  return {};
}

// `catches`: the function catches errors, and what an index among values is out of is known to no trace.
void check_table(bool catches, const std::function<array(const op_record&, const array&)>& f) {
  td::set_warning_handler([](std::string_view) {});
  int walked = 0;
  for (const td::op_record* row : td::op_table()) {
    const td::op_record& op = *row;
    if (op.is(td::trait::internal) || op.is(td::trait::creation)) continue;
    const std::optional<td::dtype> d = taken(op);
    INFO(op.name);
    REQUIRE(d);
    ++walked;
    for (const std::string& backend : td::backends())
      for (const std::vector<std::int64_t>& order : orders) {
        std::vector<array> arrays;
        for (const std::int64_t n : order)
          if (n || !catches || !op.name.starts_with("take")) arrays.push_back(rows_of(n, *d));
        INFO(backend);
        CHECK(difference([&](const array& x) { return f(op, x); }, arrays, backend) == "");
      }
  }
  CHECK(walked > 90);
  td::set_warning_handler(nullptr);
}

}  // namespace

TEST_CASE("every op of the table gives one traced object the right results for extents 1, n and 0 in any order") {
  check_table(false, [](const op_record& op, const array& x) { return digest(call(op, x)); });
}

TEST_CASE("a function that catches what an op refuses decides anew for other extents, for every op") {
  check_table(true, [](const op_record& op, const array& x) {
    try {
      // What needs three rows, beside the op itself.
      const array r = digest(call(op, x));
      return r + td::sum(td::astype(x, td::float64) + td::reshape(td::arange(9.0), {3, 3}));
    } catch (const td::shape_error&) { return td::sum(td::astype(x, td::float64)) - 1; } catch (const td::index_error&) {
      return td::sum(td::astype(x, td::float64)) - 2;
    }
  });
}

TEST_CASE("a loop over unstack is recorded for the extent that it saw") {
  const auto total = [](const array& x) {
    array s = td::array(0.0);
    for (const array& r : td::unstack(x)) s = s + r;
    return s;
  };
  for (const std::string& backend : td::backends()) {
    const auto f = td::trace_graph(total, {.to = backend});
    CHECK(f.call_as<td::array>(std::vector<double>{7}).item<double>() == 7);
    CHECK(f.call_as<td::array>(std::vector<double>{1, 2, 3, 4}).item<double>() == 10);
    CHECK(f.call_as<td::array>(std::vector<double>{1, 2}).item<double>() == 3);
  }
}

TEST_CASE("a function that adds four numbers or gives up is traced at four and called with three") {
  const array c({1.0, 2.0, 3.0, 4.0});
  const function f = [&](const array& x) {
    try {
      return x + c;
    } catch (const td::shape_error&) { return x * 0; }
  };
  const auto of = [](std::int64_t n) { return td::arange(n, {.dtype = td::float64}); };
  for (const std::string& backend : td::backends())
    for (const auto& order : std::vector<std::vector<std::int64_t>>{{4, 3, 1, 5, 4, 0}, {3, 4, 1}, {1, 3, 4, 2}}) {
      std::vector<array> arrays;
      for (const std::int64_t n : order) arrays.push_back(of(n));
      CHECK(difference(f, arrays, backend) == "");
    }
  const auto traced = td::trace_graph(f);
  traced(of(4));
  CHECK(td::to_string(traced(of(3))) == "[0. 0. 0.]");
  std::vector<double> out(3, 9.0);
  traced.into(out, std::vector<double>{1, 2, 3});
  CHECK(out == std::vector<double>{0, 0, 0});
}

TEST_CASE("a function that does not catch an error gets its own error for other extents") {
  const array c({1.0, 2.0, 3.0, 4.0});
  const auto f = td::trace_graph([&](const array& x) { return x + c; });
  f(td::arange(4.0));
  CHECK(trace_test::message_of<td::shape_error>([&] { f(td::arange(3.0)); }) ==
        trace_test::message_of<td::shape_error>([&] { td::arange(3.0) + c; }));
  CHECK(f.stats().specializations == 1);
  CHECK(td::to_string(f(td::arange(4.0))) == "[1. 3. 5. 7.]");
}

TEST_CASE("the text of a traced value is a fact that the function may read") {
  const function f = [](const array& x) {
    std::ostringstream text;
    text << x;
    return x + (text.str().find("[4]") != std::string::npos ? 1.0 : 2.0);
  };
  const auto traced = td::trace_graph(f);
  CHECK(traced(td::arange(4.0)).data<double>()[0] == 1.0);
  CHECK(traced(td::arange(3.0)).data<double>()[0] == 2.0);
}

namespace {

const op_record& slices_by_rule() {
  op_record r;
  r.name = "test.slices_by_rule";
  r.inputs = {{td::input_spec::form::array, "x"}};
  r.infer = [](const td::type_request& q) {
    td::type t = q.inputs[0];
    const std::int64_t n = t.shape.front().value;
    t.shape.erase(t.shape.begin());
    std::vector<td::type> all;
    for (std::int64_t i = 0; i < n; ++i) all.push_back(t);
    return all;
  };
  r.decompose = [](std::span<const array> in, const td::attributes&) { return td::unstack(in[0]); };
  static const op_record& op = td::register_op(std::move(r));
  return op;
}
const op_record& slices_by_decomposition() {
  op_record r;
  r.name = "test.slices_by_decomposition";
  r.inputs = {{td::input_spec::form::array, "x"}};
  r.decompose = [](std::span<const array> in, const td::attributes&) { return td::unstack(in[0]); };
  static const op_record& op = td::register_op(std::move(r));
  return op;
}
const op_record& plain_rule() {
  op_record r;
  r.name = "test.plain_rule";
  r.inputs = {{td::input_spec::form::array, "x"}};
  r.infer = [](const td::type_request& q) { return std::vector<td::type>{q.inputs[0]}; };
  r.decompose = [](std::span<const array> in, const td::attributes&) { return std::vector<array>{in[0] * 2}; };
  static const op_record& op = td::register_op(std::move(r));
  return op;
}

}  // namespace

TEST_CASE("registered ops whose number of results follows from an extent are recorded for it, others for all extents") {
  td::set_warning_handler([](std::string_view) {});
  for (const op_record* op : {&slices_by_rule(), &slices_by_decomposition()})
    for (const std::string& backend : td::backends())
      for (const std::vector<std::int64_t>& order : orders) {
        std::vector<array> arrays;
        for (const std::int64_t n : order) arrays.push_back(rows_of(n, td::float64));
        INFO(op->name);
        CHECK(difference([&](const array& x) { return digest(td::apply(*op, std::vector<td::operand>{x})) + 0 * td::sum(x); }, arrays,
                         backend) == "");
      }
  const auto f = td::trace_graph([](const array& x) { return td::call(plain_rule(), {x}); });
  f(td::arange(4.0));
  f(td::arange(1.0));
  f(td::arange(9.0));
  CHECK(f.stats().traces == 1);
  td::set_warning_handler(nullptr);
}

TEST_CASE("a transpiled function that catches a shape error decides for the shapes of each call") {
  namespace torch = td::frontends::torch;
  const auto f = [](const torch::Tensor& x) {
    try {
      return x + torch::ones({4}, {.dtype = torch::float64});
    } catch (const td::shape_error&) { return x * 0; }
  };
  const auto g = td::transpile(f, td::source::torch, td::target::eigen);
  CHECK(g.pending() == "");
  CHECK(g(std::vector<double>{1, 2, 3, 4}) == std::vector<double>{2, 3, 4, 5});
  CHECK(g(std::vector<double>{1, 2, 3}) == std::vector<double>{0, 0, 0});
  CHECK(g(std::vector<double>{1}) == std::vector<double>{2, 2, 2, 2});
}
