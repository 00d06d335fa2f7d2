// What td::linalg makes of ops, against what NumPy gave, eager and traced; and its refusals.
#include <tendril/tendril.hpp>

#include "frontend_cases.hpp"
#include "trace_helpers.hpp"

namespace td = tendril;
using td::array;
using tendril_test::frontend_case;
using tendril_test::frontend_keywords;

namespace {

using trace_test::message_of;

using function = std::function<array(std::span<const array>, const frontend_keywords&)>;

td::linalg::norm_order order_of(const frontend_keywords& k, const char* name) {
  if (!k.has(name)) return 2;
  if (k.at(name) == "fro") return "fro";
  return k.at(name) == "nuc" ? td::linalg::norm_order("nuc") : td::linalg::norm_order(k.real(name, 2));
}
td::linalg::rank_options rank_of(const frontend_keywords& k) {
  return {.rtol = k.has("rtol") ? std::optional<td::number>(k.real("rtol", 0)) : std::nullopt};
}

const std::map<std::string, function>& functions() {
  namespace la = td::linalg;
  using in = std::span<const array>;
  using key = frontend_keywords;
  static const std::map<std::string, function> all{
      {"pinv", [](in x, const key& k) { return la::pinv(x[0], rank_of(k)); }},
      {"matrix_rank", [](in x, const key& k) { return la::matrix_rank(x[0], rank_of(k)); }},
      {"lstsq", [](in x, const key&) { return la::lstsq(x[0], x[1]); }},
      {"cond", [](in x, const key& k) { return k.has("p") ? la::cond(x[0], {.p = order_of(k, "p")}) : la::cond(x[0]); }},
      {"vector_norm",
       [](in x, const key& k) {
         return la::vector_norm(x[0], {.axis = k.axes("axis"), .keepdims = k.flag("keepdims"), .ord = k.real("ord", 2)});
       }},
      {"matrix_norm",
       [](in x, const key& k) {
         if (!k.has("ord")) return la::matrix_norm(x[0]);
         return la::matrix_norm(x[0], {.keepdims = k.flag("keepdims"), .ord = order_of(k, "ord")});
       }},
      {"cross", [](in x, const key& k) { return la::cross(x[0], x[1], {.axis = k.integer("axis", -1)}); }},
      {"vecdot", [](in x, const key& k) { return td::vecdot(x[0], x[1], {.axis = k.integer("axis", -1)}); }},
      {"outer", [](in x, const key&) { return la::outer(x[0], x[1]); }},
      {"diagonal", [](in x, const key& k) { return la::diagonal(x[0], {.offset = k.integer("offset")}); }},
      {"trace", [](in x, const key& k) { return la::trace(x[0], {.offset = k.integer("offset"), .dtype = k.dtype()}); }},
      {"tril", [](in x, const key& k) { return td::tril(x[0], {.k = k.integer("k")}); }},
      {"triu", [](in x, const key& k) { return td::triu(x[0], {.k = k.integer("k")}); }},
      {"tensordot",
       [](in x, const key& k) {
         return k.has("x1") ? td::tensordot(x[0], x[1], {.x1 = k.axes("x1"), .x2 = k.axes("x2")})
                            : td::tensordot(x[0], x[1], k.integer("n", 2));
       }},
  };
  return all;
}

}  // namespace

TEST_CASE("linalg gives what numpy does, eager and traced") {
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    INFO(backend);
    tendril_test::check_frontend_cases("linalg.json", "numpy", [](const frontend_case& c) {
      return std::vector<array>{functions().at(c.fn)(c.arrays, frontend_keywords(c))};
    });
    tendril_test::check_frontend_cases("linalg.json", "numpy", [&](const frontend_case& c) {
      const auto f = td::trace_graph([&](const std::vector<array>& x) { return functions().at(c.fn)(x, frontend_keywords(c)); },
                                     td::trace_options{.to = backend});
      return std::vector<array>{f(c.arrays)};
    });
  }
}

TEST_CASE("linalg: what it refuses says why") {
  const array x = td::ones({2, 3}), v = td::ones({3}), none = td::zeros({0, 2});
  namespace la = td::linalg;
  CHECK(message_of([&] { la::pinv(v); }) ==
        "[pinv] the operand is no matrix: got float64[3], expected rank 2 or more. Add an axis with td::expand_dims.");
  CHECK(message_of([&] { la::pinv(x, {.rtol = std::numeric_limits<double>::quiet_NaN()}); }) ==
        "[pinv] the tolerance is no number: got NaN, expected 0 or more. Pass another.");
  CHECK(message_of([&] { la::lstsq(x, v); }) ==
        "[lstsq] the right side does not fit: got float64[2, 3] and float64[3], expected as many rows. Transpose one.");
  CHECK(message_of([&] { la::matrix_norm(none, {.ord = -2}); }) ==
        "[matrix_norm] there is no smallest of nothing: got float64[0, 1], expected extents of at least 1. Take another order.");
  CHECK(message_of([&] { la::vector_norm(none, {.ord = std::numeric_limits<double>::infinity()}); }) ==
        "[vector_norm] there is no largest of nothing: got float64[0, 2], expected extents of at least 1. Take another order.");
  CHECK(message_of([&] { la::matrix_norm(x, {.ord = "max"}); }) ==
        "[matrix_norm] unknown order: got \"max\", expected \"fro\", \"nuc\", 1, -1, 2, -2 or an infinity. Pass one of these.");
  CHECK(message_of([&] { la::matrix_norm(x, {.ord = 3}); }) ==
        "[matrix_norm] unknown order: got 3, expected \"fro\", \"nuc\", 1, -1, 2, -2 or an infinity. Pass one of these.");
  CHECK(message_of([&] { la::cond(none); }) ==
        "[cond] there is no number of nothing: got float64[0, 2], expected extents of at least 1. Pass a matrix.");
  CHECK(message_of([&] { la::cross(x, td::ones({2, 2})); }).starts_with("[multiply] "));
  CHECK(message_of([&] { la::cross(td::ones({2}), td::ones({2})); }) ==
        "[cross] the vectors have not three elements: got float64[2] and float64[2] along axis -1, expected 3. Pass other vectors.");
  CHECK(message_of([&] { la::outer(x, v); }) ==
        "[outer] an operand is no vector: got float64[2, 3] and float64[3], expected rank 1. Flatten with td::reshape.");
  CHECK(
      message_of([&] { td::tensordot(x, v, 2); }) ==
      "[tensordot] the number of axes does not fit: got 2 for float64[2, 3] and float64[3], expected 0 to the smaller rank. Pass another.");
  CHECK_THROWS_WITH(td::tril(v), contains("[tril] there is no matrix: got rank 1, expected 2 or more. Reshape first."));
  CHECK_THROWS_WITH(la::trace(v), contains("[trace] there is no matrix: got rank 1"));
  CHECK_THROWS_WITH(td::svdvals(td::ones({2, 2}) * std::numeric_limits<double>::infinity()), contains("[svdvals] an element is no finite"));
  // Without the check nothing of such a matrix counts.
  const array bad = td::full({2, 2}, std::numeric_limits<double>::quiet_NaN());
  CHECK(la::matrix_rank(bad, {.check = false}).item<std::int64_t>() == 0);
  CHECK(td::all(td::isnan(la::pinv(bad, {.check = false}))).item<bool>());
}
