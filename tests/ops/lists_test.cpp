// Lists of axes, extents and arrays that are empty: the identity, the scalar, or an error that says what is expected; never an internal
// one.
#include <functional>

#include <tendril/detail/op_id.hpp>

#include "catch.hpp"
#include "reference.hpp"
#include "trace_helpers.hpp"

namespace td = tendril;

namespace {

using td::array;
using trace_test::message_of;

array rank2() { return td::reshape(td::arange(6.0), {2, 3}); }

// Eager and traced, on every backend, the call gives what `want` is.
void gives(const std::function<array(const array&)>& call, const array& x, const array& want) {
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const td::backend_scope scope(backend);
    CHECK(tendril_test::difference(td::detail::copy_of(call(x).view()), want) == "");
    CHECK(tendril_test::difference(td::trace_graph(call, {.to = backend})(x), want) == "");
  }
}
template <class Error>
void throws(const std::function<array(const array&)>& call, const array& x, const std::string& text) {
  CHECK(message_of<Error>([&] { call(x); }) == text);
  for (const std::string& backend : td::backends()) CHECK(message_of<Error>([&] { td::trace_graph(call, {.to = backend})(x); }) == text);
}

}  // namespace

TEST_CASE("an empty list of extents is the shape of rank 0") {
  td::set_warning_handler([](std::string_view) {});
  const array one({7.0}), scalar(7.0);
  gives([](const array& x) { return td::reshape(x, {}); }, td::reshape(one, {1, 1}), scalar);
  gives([](const array& x) { return td::broadcast_to(x, {}); }, scalar, scalar);
  gives([](const array& x) { return td::zeros({}) + x; }, scalar, scalar);
  gives([](const array& x) { return td::ones({}) * x; }, scalar, scalar);
  gives([](const array& x) { return td::full({}, 2.0) + x; }, scalar, array(9.0));
  CHECK(td::zeros({}).ndim() == 0);
  CHECK(td::full({}, 3).item<std::int64_t>() == 3);
  throws<td::shape_error>(
      [](const array& x) { return td::reshape(x, {}); }, rank2(),
      "[reshape] cannot view 6 elements as (): got a product of 1, expected 6. Pass a shape with that product, or -1 for one extent.");
  throws<td::shape_error>(
      [](const array& x) { return td::broadcast_to(x, {}); }, rank2(),
      "[broadcast_to] the shape does not broadcast: got float64[2, 3], expected extents that are 1 or those of (). Insert axes with td::expand_dims.");
  td::set_warning_handler(nullptr);
}

TEST_CASE("an empty list of axes leaves the array as it is, or means all axes where the option may be left out") {
  const array x = rank2(), scalar(7.0);
  gives([](const array& a) { return td::expand_dims(a, {.axis = {}}); }, x, x);
  gives([](const array& a) { return td::squeeze(a, {}); }, x, x);
  gives([](const array& a) { return td::tile(a, {}); }, x, x);
  gives([](const array& a) { return td::permute_dims(a, {}); }, scalar, scalar);
  gives([](const array& a) { return td::flip(a, {.axis = {}}); }, x, td::reshape(td::arange(5.0, -1.0, -1.0), {2, 3}));
  gives([](const array& a) { return td::sum(a, {.axis = {}}); }, x, array(15.0));
  gives([](const array& a) { return td::max(a, {.axis = {}}); }, x, array(5.0));
  gives([](const array& a) { return a[{}]; }, x, x);
  throws<td::index_error>([](const array& a) { return td::permute_dims(a, {}); }, x,
                          "[permute_dims] wrong number of axes: got (), expected all 2 axes of float64[2, 3]. Name every axis once.");
  throws<td::index_error>([](const array& a) { return td::permute_dims(a, {}); }, td::arange(3.0),
                          "[permute_dims] wrong number of axes: got (), expected all 1 axes of float64[3]. Name every axis once.");
}

TEST_CASE("an empty list of arrays is an error that says so") {
  CHECK(message_of<td::shape_error>([] { td::concat(std::vector<array>{}); }) ==
        "[concat] no arrays: got an empty sequence, expected at least one. Pass the arrays to join.");
  CHECK(message_of<td::shape_error>([] { td::stack(std::vector<array>{}); }) ==
        "[stack] no arrays: got an empty sequence, expected at least one. Pass the arrays to join.");
}

TEST_CASE("an op called by its record takes lists that are not given as the functions do") {
  td::set_warning_handler([](std::string_view) {});
  for (const td::op_record* row : td::op_table()) {
    const td::op_record& op = *row;
    if (op.is(td::trait::internal)) continue;
    td::attributes at;
    bool lists = false;
    for (const td::attribute_spec& a : op.attributes) {
      lists |= a.list;
      td::attribute_value v = a.list ? td::attribute_value(td::axes()) : a.default_value;
      if (a.name == "fill_value") v = td::scalar(1.0);
      if (a.name == "repeats") v = 1;
      at.set(a.name.c_str(), v);
    }
    if (!lists || op.name == "roll") continue;
    INFO(op.name);
    for (const array& x : {array(7.0), rank2()}) {
      const std::vector<td::operand> in(op.inputs.size(), td::operand(x));
      const auto call = [&] { td::apply(op, in, at); };
      std::string text = "no error";
      try {
        call();
      } catch (const td::internal_error& e) { text = e.what(); } catch (const td::error&) {
      }
      CHECK(text == "no error");
    }
  }
  td::set_warning_handler(nullptr);
}
