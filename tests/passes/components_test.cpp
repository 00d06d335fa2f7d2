// Components: what is taken apart and what is not, as text; and that numbers are those of the ops one by one, where `contract` is off bit
// for bit.
#include "jit_helpers.hpp"

#include <functional>
#include <string>
#include <vector>

#include <tendril/passes.hpp>

#include "catch.hpp"
#include "kernels/backend.hpp"

using namespace jit_test;

namespace {

using arrays = std::vector<td::array>;
using function = std::function<td::array(const arrays&)>;

std::string passed(const function& f, const arrays& x, bool contract = true, std::vector<int> layouts = {}) {
  const warnings quiet;
  const td::pass_context c{&td::detail::find_backend("test", "eigen"), contract, std::move(layouts)};
  const td::graph g = td::components(td::decompose(td::specialize(td::trace_graph(f, {.name = "g"}).graph(x), c), c), c);
  td::verify(g);
  const std::string s = to_string(td::dce(g, c), false);
  return s.substr(s.find("{\n") + 2, s.size() - s.find("{\n") - 4);
}

// xtensor's own reductions and functions have another order and other roundings.
bool near(const td::array& a, const td::array& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  const doubles x = values(a), y = values(b);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!(x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i])) || std::abs(x[i] - y[i]) <= 1e-5 * (1 + std::abs(y[i])))) return false;
  return true;
}

// On every backend, for one thread and for more, the numbers of its eager ops; from column-major arguments, whose sums have
// another order, near them.
void agrees(const function& f, const arrays& x) {
  arrays turned;
  for (const td::array& a : x)
    turned.push_back(a.ndim() == 2 ? td::matrix_transpose(td::detail::copy_of(td::matrix_transpose(a).view())) : a);
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const auto agree = backend == "xtensor" ? near : same_bits;
    const td::backend_scope scope(backend);
    const td::array expected = f(x);
    for (const int threads : {1, 2}) {
      const auto traced = td::trace_graph(f, {.to = backend, .contract = false, .num_threads = threads});
      CHECK(agree(traced(x), expected));
      CHECK(near(traced(turned), expected));
    }
  }
}

const function normalized = [](const arrays& x) { return x[0] / td::sqrt(td::sum(x[0] * x[0], {.axis = -1, .keepdims = true})); };

}  // namespace

TEST_CASE("rows of three are taken apart: a sum is two additions, and what a row has once is no block") {
  CHECK(passed(normalized, {td::ones({100, 3})}) ==
        "  %1: float64[100] = getitem(%0, key=[..., 0])\n"
        "  %2: float64[100] = multiply(%1, %1)\n"
        "  %3: float64[100] = getitem(%0, key=[..., 2])\n"
        "  %4: float64[100] = multiply(%3, %3)\n"
        "  %5: float64[100] = add(%2, %4)\n"
        "  %6: float64[100] = getitem(%0, key=[..., 1])\n"
        "  %7: float64[100] = multiply(%6, %6)\n"
        "  %8: float64[100] = add(%5, %7)\n"
        "  %9: float64[100] = sqrt(%8)\n"
        "  %10: float64[100] = divide(%1, %9)\n"
        "  %11: float64[100, 1] = expand_dims(%10, axis=(1,))\n"
        "  %12: float64[100] = divide(%6, %9)\n"
        "  %13: float64[100, 1] = expand_dims(%12, axis=(1,))\n"
        "  %14: float64[100] = divide(%3, %9)\n"
        "  %15: float64[100, 1] = expand_dims(%14, axis=(1,))\n"
        "  %16: float64[100, 3] = concat(%11, %13, %15, axis=1)\n"
        "  return %16\n");
  // Where points meet points, those that are read for each of the others lie side by side.
  const function distances = [](const arrays& x) {
    const td::array d = td::expand_dims(x[0], {.axis = 1}) - td::expand_dims(x[0], {.axis = 0});
    return td::sum(d * d, {.axis = -1});
  };
  CHECK_THAT(passed(distances, {td::ones({100, 2})}),
             contains("reshape(") && contains("copy=true") && !contains("100, 100, 2") && !contains("sum("));
}

TEST_CASE("what is one long row stays one, and so do short arrays and long rows") {
  const auto stays = [](const function& f, const arrays& x, bool contract = true, std::vector<int> layouts = {}) {
    return passed(f, x, contract, std::move(layouts)).find("getitem") == std::string::npos;
  };
  const function affine = [](const arrays& x) { return 2 * x[0] + x[0]; };
  CHECK(stays(affine, {td::ones({1000, 3})}));
  CHECK(stays(normalized, {td::ones({63, 3})}));
  CHECK_FALSE(stays(normalized, {td::ones({64, 3})}));
  CHECK_FALSE(stays(normalized, {td::ones({8, 8, 8})}));
  CHECK(stays(normalized, {td::ones({64, 9})}));
  CHECK(stays(normalized, {td::ones({64, 3})}, true, {1}));  // column-major
  const function differences = [](const arrays& x) { return td::expand_dims(x[0], {.axis = 0}) - td::expand_dims(x[0], {.axis = 1}); };
  CHECK_FALSE(stays(differences, {td::ones({64, 3})}, true, {1}));
  const function scaled = [](const arrays& x) { return x[0] * x[1]; };
  CHECK_FALSE(stays(scaled, {td::ones({100, 3}), td::ones({3})}));
  CHECK_FALSE(stays(scaled, {td::ones({100, 3}), td::ones({100, 1})}));
  CHECK(stays(scaled, {td::ones({100, 3}), td::ones({})}));
  CHECK(stays(scaled, {td::ones({100, 3}), td::ones({1, 1})}));
  // A sum over other axes has another order by itself, which contract allows.
  const function columns = [](const arrays& x) { return td::sum(x[0] * x[1], {.axis = 1}); };
  const std::string whole = passed(columns, {td::ones({20, 30, 3}), td::ones({20, 30, 1})}, false);
  CHECK_THAT(whole, contains("sum(%10, axis=(1,)") || contains("concat("));
  CHECK_THAT(passed(columns, {td::ones({20, 30, 3}), td::ones({20, 30, 1})}), !contains("20, 30, 3]"));
}

TEST_CASE("channels that come first are taken apart where rows are reduced over them") {
  const function gray = [](const arrays& x) { return td::sum(x[0] * x[1], {.axis = 0}); };
  CHECK_THAT(passed(gray, {td::ones({3, 40, 50}), td::ones({3, 1, 1})}), contains("getitem(%0, key=[..., 0, :, :])") && !contains("sum("));
  CHECK_THAT(passed(gray, {td::ones({3, 10, 10}), td::ones({3, 1, 1})}), contains("sum("));  // short rows
  const function alone = [](const arrays& x) { return td::sum(x[0], {.axis = 0}); };
  CHECK_THAT(passed(alone, {td::ones({3, 40, 50})}), contains("sum("));
}

TEST_CASE("planes that become channels, and channels that become planes, are taken apart") {
  const function channels = [](const arrays& x) { return td::permute_dims(x[0], {1, 2, 0}) * 2; };
  CHECK_THAT(passed(channels, {td::ones({3, 40, 50})}), contains("getitem(%1, key=[..., 0])") && contains("axis=2"));
  const function planes = [](const arrays& x) { return td::permute_dims(x[0], {2, 0, 1}) + 1; };
  CHECK_THAT(passed(planes, {td::ones({40, 50, 3})}), contains("key=[..., 0, :, :]") && contains("axis=0"));
  const function turned = [](const arrays& x) { return td::matrix_transpose(x[0]) * x[1]; };
  CHECK_THAT(passed(turned, {td::ones({3, 100}), td::ones({100, 3})}), contains("getitem("));
  const function images = [](const arrays& x) { return td::permute_dims(x[0], {0, 3, 1, 2}) + 1; };
  CHECK_THAT(passed(images, {td::ones({2, 40, 50, 3})}), contains("key=[..., 0, :, :]"));
  const function others = [](const arrays& x) { return td::permute_dims(x[0], {1, 0, 2}) + 1; };
  CHECK_THAT(passed(others, {td::ones({40, 50, 3})}), !contains("getitem("));
  for (const td::dtype d : {td::float32, td::float64, td::uint8}) {
    agrees(channels, {numbers({3, 40, 50}, d, 1)});
    agrees(planes, {numbers({40, 50, 3}, d, 2)});
    agrees(turned, {numbers({3, 100}, d, 3), numbers({100, 3}, d, 4)});
    agrees(images, {numbers({2, 40, 50, 3}, d, 5)});
  }
}

TEST_CASE("values taken apart and whole ones meet: parts, places, views and joins of them") {
  const arrays x{numbers({70, 3}, td::float64, 1), numbers({70, 1}, td::float64, 2), numbers({3}, td::float64, 3)};
  const function all[] = {
      normalized,
      [](const arrays& x) {
        return td::stack({td::max(x[0], {.axis = -1}), (x[0] * x[1])[{td::ellipsis, 1}], x[0][{td::ellipsis, 2}]}, {.axis = -1}) + x[2];
      },
      [](const arrays& x) { return td::sum(x[0] * x[2], {.axis = 1, .keepdims = true}) * x[1] + x[0]; },
      [](const arrays& x) {
        return td::concat({x[1], x[0] / x[1], td::min(x[0], {.axis = 1, .keepdims = true})}, {.axis = -1}) * x[1];
      },
      [](const arrays& x) { return td::sum(td::expand_dims(x[0] * x[1], {.axis = 0}) * x[2], {.axis = 2}); },
      [](const arrays& x) { return td::squeeze(td::prod(x[0], {.axis = 1, .keepdims = true}), {.axis = 1}) + 1; },
      [](const arrays& x) {
        return (x[0] * x[1])[{td::slice(3, 60, 2), td::slice(1, 3)}];
      },
      [](const arrays& x) {
        return td::matmul(x[0] * x[2], td::reshape(x[2] * td::ones({3, 1}), {3, 3}));
      },
      [](const arrays& x) { return td::max(td::where(x[0] > x[2], x[0], x[1]), {.axis = 0}); },
      [](const arrays& x) { return td::softmax(x[0], {.axis = -1}); },
      [](const arrays& x) { return td::log_softmax(x[0] * x[1], {.axis = -1}); },
      [](const arrays& x) { return td::flip(td::reshape(x[0] / td::max(x[0], {.axis = 1, .keepdims = true}), {-1}), {}); },
      [](const arrays& x) { return td::mean(x[0] - x[1], {.axis = -1}); },
      [](const arrays& x) { return td::any(x[0] > x[2], {.axis = 1}); },
      [](const arrays& x) { return td::clip(x[0], x[1], x[2]); },
  };
  for (std::size_t i = 0; i < std::size(all); ++i) {
    INFO(i);
    agrees(all[i], x);
  }
}

TEST_CASE("every reduction of 2 to 9 elements, of every dtype: the bits and places of eager ones, NaN and zeros among them") {
  for (const td::dtype d : all_dtypes)
    for (const std::int64_t k : {2, 3, 4, 5, 7, 8, 9}) {
      INFO(td::name_of(d) << " " << k);
      const arrays x{numbers({67, k}, d, static_cast<unsigned>(k))}, first{numbers({k, 1100}, d, 5)};
      for (const bool keep : {false, true}) {
        agrees([=](const arrays& x) { return td::all(x[0], {.axis = -1, .keepdims = keep}); }, x);
        if (d == td::bool_) continue;
        agrees([=](const arrays& x) { return td::max(td::where(x[0] == x[0], x[0], x[0]), {.axis = -1, .keepdims = keep}); }, x);
        agrees([=](const arrays& x) { return td::argmax(x[0], {.axis = -1, .keepdims = keep}); }, x);
        agrees([=](const arrays& x) { return td::argmin(x[0], {.axis = 1, .keepdims = keep}); }, x);
        agrees([=](const arrays& x) { return td::argmin(td::where(x[0] == x[0], x[0], x[0]), {.axis = 0, .keepdims = keep}); }, first);
        agrees([=](const arrays& x) { return td::sum(x[0] + x[0], {.axis = -1, .keepdims = keep}); }, x);
        agrees([=](const arrays& x) { return td::prod(x[0], {.axis = -1, .keepdims = keep}); }, x);
        agrees([=](const arrays& x) { return td::sum(x[0] * x[0], {.axis = 0, .keepdims = keep}); }, first);
      }
    }
}

TEST_CASE("taken apart by one length, a graph serves others: what is too short, and what has more components, is made again") {
  const auto f = td::trace_graph(normalized, {.contract = false});
  for (const auto& shape : std::vector<ints>{{100, 3}, {200, 3}, {10, 3}, {100, 3}, {300, 4}, {64, 8}, {64, 9}, {2, 50, 3}}) {
    const arrays x{numbers(shape, td::float32, 4)};
    CHECK(same_bits(f(x), normalized(x)));
  }
}
