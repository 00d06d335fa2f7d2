// What the tests of regions share: functions with regions and the same written out, their arguments, and the comparison bit for bit.
#pragma once
#include <random>

#include "catch.hpp"
#include "region_ops.hpp"
#include "trace_helpers.hpp"

namespace region_ops {

using trace_test::message_of;

inline array numbers(td::extents shape, td::dtype d, int seed = 1) {
  std::mt19937 r(static_cast<unsigned>(seed));
  std::vector<double> v(static_cast<std::size_t>(td::element_count("test", shape)));
  for (double& x : v) x = static_cast<double>(r() % 2000) / (d == td::float32 || d == td::float64 ? 500.0 : 100.0) - 2;
  const array a = td::reshape(td::asarray(v), shape);
  return td::astype(a, d);
}

inline std::string bits_of(const array& a) {
  const array c = td::detail::copy_of(a.view());
  const auto* p = static_cast<const char*>(c.view().data);
  return to_string(td::type::of(a.dtype(), a.shape())) + ":" +
         std::string(p, p + static_cast<std::size_t>(a.size()) * td::size_of(a.dtype()));
}

inline void check_same(const arrays& got, const arrays& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i, to_string(got[i]), to_string(expected[i]));
    CHECK(bits_of(got[i]) == bits_of(expected[i]));
  }
}

// ---- functions twice: with regions, and written out. Bodies hold decomposed ops, constants, captures, regions.

inline arrays branches(const array& x, const array& y) {
  const td::dtype d = td::promote(x.dtype(), td::float32);
  const array shift = td::mean(td::astype(y, d));  // captured
  return cond(
      td::greater(td::sum(x), 0),
      [&](given in) {
        return arrays{td::softmax(in[0]) + shift, td::var(in[1], {.axis = -1})};
      },
      [&](given in) {
        return arrays{td::exp(in[0] * 0.25) - 1, td::sum(td::abs(in[1]), {.axis = -1}) / 7};
      },
      {td::astype(x, d), td::astype(y, d)});
}
inline arrays branches_flat(const array& x, const array& y) {
  const td::dtype d = td::promote(x.dtype(), td::float32);
  const array a = td::astype(x, d), b = td::astype(y, d), p = td::greater(td::sum(x), 0), shift = td::mean(b);
  return {td::where(p, td::softmax(a) + shift, td::exp(a * 0.25) - 1),
          td::where(p, td::var(b, {.axis = -1}), td::sum(td::abs(b), {.axis = -1}) / 7)};
}

inline arrays loop(const array& x, const array& y) {
  return repeat(5,
                [&](given s) {
                  return arrays{s[1] - s[0] * 2, td::maximum(s[0], y)};  // the state changes places
                },
                {x, x * 3 + y});
}
inline arrays loop_flat(const array& x, const array& y) {
  array a = x, b = x * 3 + y;
  for (int i = 0; i < 5; ++i) {
    const array next = b - a * 2;
    b = td::maximum(a, y);
    a = next;
  }
  return {a, b};
}

inline arrays nested(const array& x, const array& y) {
  const array table = td::array({0.5, 1.5, -2.5});
  const array start = td::astype(x, td::float64);
  return repeat(3,
                [&](given s) {
                  const array grown = s[0] + td::sum(table) * 0.125;
                  return cond(
                      td::less(td::mean(grown), td::mean(y)),
                      [&](given in) { return repeat(2, [&](given t) { return arrays{t[0] * 1.5 + table[{1}]}; }, {in[0]}); },
                      [&](given in) { return arrays{in[0] - td::std(in[0]) / (1 + td::abs(start))}; }, {grown});
                },
                {start});
}
inline arrays nested_flat(const array& x, const array& y) {
  const array table = td::array({0.5, 1.5, -2.5}), start = td::astype(x, td::float64);
  array s = start;
  for (int i = 0; i < 3; ++i) {
    const array grown = s + td::sum(table) * 0.125;
    array t = grown;
    for (int k = 0; k < 2; ++k) t = t * 1.5 + table[{1}];
    s = td::where(td::less(td::mean(grown), td::mean(y)), t, grown - td::std(grown) / (1 + td::abs(start)));
  }
  return {s};
}

inline arrays rows(const array& x, const array& y) {
  return scan(
      [&](const array& carry, const array& row) {
        return arrays{carry * 2 + row, td::cumulative_sum(row - carry) + td::max(y)};
      },
      td::zeros_like(td::sum(x, {.axis = 0})), x);
}
inline arrays rows_flat(const array& x, const array& y) {
  array carry = td::zeros_like(td::sum(x, {.axis = 0}));
  arrays made;
  for (const array& row : td::unstack(x)) {
    made.push_back(td::cumulative_sum(row - carry) + td::max(y));
    carry = carry * 2 + row;
  }
  return {carry, td::stack(made)};
}

using both = arrays (*)(const array&, const array&);
struct pair_of_functions {
  const char* name;
  both regions, flat;
};
inline constexpr pair_of_functions all[] = {
    {"branches", branches, branches_flat}, {"loop", loop, loop_flat}, {"nested", nested, nested_flat}, {"rows", rows, rows_flat}};

struct operands {
  array x, y;
};
inline std::vector<operands> examples() {
  std::vector<operands> v;
  for (const td::dtype d : {td::float32, td::float64, td::int64, td::int32})
    for (const td::extents& shape : {td::extents{4, 5}, td::extents{3, 40}})
      v.push_back({numbers(shape, d, static_cast<int>(v.size())), numbers({shape[1]}, d, 77)});
  v.push_back({-td::abs(numbers({4, 5}, td::float32)), numbers({5}, td::float32)});  // the other branch
  return v;
}

inline td::trace_options exact(const std::string& backend, bool check = false) {
  return {.to = backend, .check = check, .contract = false};
}

}  // namespace region_ops
