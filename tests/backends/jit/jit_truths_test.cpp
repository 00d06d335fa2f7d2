// any and all on the jit backend: emitted, in the loop that makes their operand or over a block of bools, with the interpreter's results.
#include "jit_helpers.hpp"

#include <cstring>
#include <span>

#include "kernels/backend.hpp"
#include "kernels/isa.hpp"

using namespace jit_test;

namespace {

using list = std::vector<td::array>;

const auto number_dtypes = std::span(all_dtypes).subspan(1);  // the first is bool

/// Sizes around every width of a register, several of them in turn, and blocks.
std::vector<std::int64_t> sizes(std::int64_t all_up_to) {
  std::vector<std::int64_t> n;
  for (std::int64_t i = 1; i <= all_up_to; ++i) n.push_back(i);
  for (const std::int64_t i : {191, 192, 193, 255, 256, 257, 319, 320, 321, 1023, 1024, 1025, 1040, 2049, 4099}) n.push_back(i);
  return n;
}

/// Rows of which the first holds nowhere, the others in one place each: all of them, or of long rows those at both ends and a few between.
td::array one_place_each(std::int64_t n) {
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < n; ++i)
    if (n <= 330 || i < 2 || i >= n - 2 || i % 257 == 0) places.push_back(i);
  return td::equal(td::reshape(td::concat({td::array({std::int64_t{-1}}), td::asarray(places)}), {-1, 1}), td::arange(n));
}

list both(const td::array& x, std::optional<std::int64_t> axis = {}) {
  if (!axis) return {td::any(x), td::all(x)};
  return {td::any(x, {.axis = *axis}), td::all(x, {.axis = *axis})};
}

bool has_kernel_of(const td::group_code& c, td::engine::reduction r) {
  const auto kernel = td::detail::find_reduce(td::detail::find_backend("test", "jit"), r, td::bool_).kernel;
  for (std::size_t i = 0; i + sizeof kernel <= c.bytes.size(); ++i)
    if (std::memcmp(c.bytes.data() + i, &kernel, sizeof kernel) == 0) return true;
  return false;
}

/// Whether the one group of f, on jit, calls no kernel for any and all.
template <class F>
void check_emitted(F f, const list& in, bool in_loop) {
  const td::function compiled = td::trace_graph([&](const list& v) { return f(v); }, {.to = "jit"}).compiled(in);
  INFO(compiled.stages());
  const auto code = compiled.code();
  REQUIRE(code.size() == 1);
  CHECK_FALSE(has_kernel_of(code[0], td::engine::reduction::any));
  CHECK_FALSE(has_kernel_of(code[0], td::engine::reduction::all));
  const std::string stages = compiled.stages();
  for (std::size_t at = 0; (at = stages.find(") bool", at)) != std::string::npos; ++at) {
    const std::string line = stages.substr(stages.rfind('\n', at) + 1, stages.find('\n', at) - stages.rfind('\n', at) - 1);
    if (line.find(" any(") == std::string::npos && line.find(" all(") == std::string::npos) continue;
    CHECK((line.find(", loop ") != std::string::npos) == in_loop);
  }
}

}  // namespace

TEST_CASE("jit: any and all are emitted, in the loop that makes their operand") {
  if (!available()) return;
  for (const td::dtype d : number_dtypes)
    for (const ints& shape : {ints{1000}, ints{5000}, ints{20, 100}, ints{7, 3000}}) {
      if (td::size_of(d) == 1) continue;  // left to kernels
      INFO("dtype " << td::to_string(d) << ", shape " << td::to_string(shape));
      const list in{numbers(shape, d, 1), numbers({}, d, 2)};
      check_emitted([](const list& v) { return both(v[0] > v[1], -1); }, in, true);
      check_emitted([](const list& v) { return both((v[0] < v[1]) & (v[0] > -3), -1); }, in, true);
      check_emitted([](const list& v) { return both(td::isfinite(v[0]), -1); }, in, true);
      check_emitted([](const list& v) { return both(v[0], -1); }, in, true);  // numbers: x != 0
      check_emitted([](const list& v) { return list{td::any(v[0] > v[1]), td::sum(v[0] * 2), td::all(v[0] > -3)}; }, in, true);
      // the condition is a result too: with AVX2 it is written first
      check_emitted(
          [](const list& v) {
            const td::array above = v[0] > v[1];
            return list{above, td::any(above, {.axis = -1})};
          },
          in, td::engine::best_isa() == td::engine::isa::avx512);
    }
}

TEST_CASE("jit: any and all of bools in memory are emitted") {
  if (!available()) return;
  for (const ints& shape : {ints{10}, ints{1000}, ints{5000}, ints{20, 100}, ints{7, 3000}})
    check_emitted([](const list& v) { return both(v[0], -1); }, {numbers(shape, td::bool_, 1)}, false);
}

TEST_CASE("jit: any and all of bools in memory look at every element") {
  if (!available()) return;
  for (const std::int64_t n : sizes(150)) {
    INFO(n);
    const td::array one = one_place_each(n);
    same_as_interpreter([](const list& v) { return both(v[0], -1); }, {one});
    same_as_interpreter([](const list& v) { return both(v[0], -1); }, {td::logical_not(one)});
    for (const td::array& x : {td::zeros({n}, {.dtype = td::bool_}), td::ones({n}, {.dtype = td::bool_}), td::arange(n) < n - 1,
                               td::equal(td::arange(n), n - 1), numbers({n}, td::bool_, 1)})
      same_as_interpreter([](const list& v) { return both(v[0]); }, {x});
  }
}

TEST_CASE("jit: any and all in the loop that makes their operand look at every element and at none past the end") {
  if (!available()) return;
  for (const td::dtype d : number_dtypes)
    for (const std::int64_t n : sizes(70)) {
      INFO("dtype " << td::to_string(d) << ", " << n);
      const td::array one = td::astype(one_place_each(n), d);
      // what holds in one place, what holds nowhere but for the zeros that a masked read leaves past the end, and the same turned round
      same_as_interpreter([](const list& v) { return both(v[0] > 0, -1); }, {one});
      same_as_interpreter([](const list& v) { return both(td::equal(v[0], 0), -1); }, {one + 1});
      same_as_interpreter([](const list& v) { return both(td::not_equal(v[0], 0), -1); }, {one + 1});
      same_as_interpreter([](const list& v) { return both(v[0] < 1, -1); }, {one});
      // one reduction alone, which ends when it is decided
      same_as_interpreter([](const list& v) { return list{td::any(v[0] > 0, {.axis = -1})}; }, {one});
      same_as_interpreter([](const list& v) { return list{td::all(v[0] < 1, {.axis = -1})}; }, {one});
      same_as_interpreter([](const list& v) { return list{td::all(v[0], {.axis = -1})}; }, {one});
      same_as_interpreter([](const list& v) { return list{td::all(v[0], {.axis = -1})}; }, {1 - one});
      if (td::kind_of(d) == td::dtype_kind::real) {
        const auto finite = [](const list& v) { return list{td::all(td::isfinite(v[0]), {.axis = -1})}; };
        same_as_interpreter(finite, {one / (1 - one)});
        same_as_interpreter(finite, {(1 - one) / one});
        const auto several = [](const list& v) {  // the first alone has a mask register with AVX-512
          return list{td::any(v[0] > 2, {.axis = -1}), td::sum(v[0] * 2, {.axis = -1}), td::all(td::isfinite(v[0] * 3), {.axis = -1})};
        };
        same_as_interpreter(several, {one / (1 - one)});
      }
      // one row, which is a function of its own
      for (const td::array& x : {td::arange(n) - n + 1, td::ones({n}), td::zeros({n}), td::arange(n)}) {
        same_as_interpreter([](const list& v) { return both(td::equal(v[0], 0)); }, {td::astype(x, d)});
        same_as_interpreter([](const list& v) { return both(v[0]); }, {td::astype(x, d)});
      }
    }
}

TEST_CASE("jit: any and all of what is special: NaN and infinities hold, zeros of both signs do not") {
  if (!available()) return;
  const double infinity = std::numeric_limits<double>::infinity();
  for (const td::dtype d : {td::float32, td::float64})
    for (const std::int64_t n : {1, 7, 8, 15, 16, 17, 33, 130, 1500})
      for (const double fill : {0.0, -0.0, 1.0, infinity, -infinity, std::nan(""), 1e-310})
        for (const double last : {0.0, -0.0, 5.0, std::nan(""), -infinity}) {
          INFO("dtype " << td::to_string(d) << ", " << n << " times " << fill << ", then " << last);
          const td::array x = td::astype(td::where(td::equal(td::arange(n), n - 1), last, fill), d);
          same_as_interpreter([](const list& v) { return both(v[0]); }, {x});
          same_as_interpreter([](const list& v) { return both(td::isfinite(v[0])); }, {x});
          same_as_interpreter([](const list& v) { return both(td::isnan(v[0])); }, {x});
          const auto traced = td::trace_graph([](const td::array& a) { return td::all(a); }, {.to = "jit"});
          const bool fill_holds = n == 1 || td::any(td::astype(td::array(fill), d)).item<bool>();
          CHECK(traced(x).item<bool>() == (fill_holds && last != 0.0));
        }
}

TEST_CASE("jit: any and all beside other reductions, several at once, and in what follows them") {
  if (!available()) return;
  const warnings quiet;
  const auto beside = [](const list& v) {
    const td::array d = v[0] - v[1], above = v[0] > v[1];
    return list{td::any(above), td::sum(d), td::all(above), td::max(d), td::any(td::isnan(d)), td::all(d < 100), td::min(v[0])};
  };
  const auto first = [](const list& v) {  // the sum's accumulators come after
    return list{td::all(v[0] > v[1]), td::sum(v[0] * v[1] - v[2])};
  };
  const auto stored = [](const list& v) {
    const td::array above = v[0] > v[1];
    return list{above, td::any(above), td::all(td::logical_not(above)), td::where(above, v[0], v[1]) + 1};
  };
  const auto chosen = [](const list& v) {
    const td::array some = td::where(v[0] > v[1], td::equal(v[0], v[2]), td::isfinite(v[1]));
    return list{td::any(some), td::all(td::logical_or(some, v[3])), td::any(td::logical_and(v[3], v[0] > 0))};
  };
  const auto follows = [](const list& v) {
    const td::array any = td::any(v[0] > v[1], {.axis = -1, .keepdims = true}), all = td::all(v[0] < v[1], {.axis = -1, .keepdims = true});
    return list{td::where(any, v[0], v[1]), td::logical_and(v[0] > 0, all), td::sum(td::where(any, v[0] * 2, 0), {.axis = -1})};
  };
  const auto same_later = [](const list& v) {  // the condition is needed again when its any is known
    const td::array above = v[0] > v[1];
    return list{td::where(td::logical_and(above, td::any(above, {.axis = -1, .keepdims = true})), v[0], 7)};
  };
  const auto sums = [](const list& v) {
    const td::array kept = td::where(v[0] > v[1], v[0], 0);
    return list{td::sum(kept), td::max(td::where(v[0] < v[2], v[1], v[0]))};
  };
  for (const td::dtype d : number_dtypes)
    for (const std::int64_t n : sizes(40)) {
      INFO("dtype " << td::to_string(d) << ", " << n);
      const auto seed = static_cast<unsigned>(n);
      const list special{numbers({n}, d, seed), numbers({n}, d, seed + 1), numbers({}, d, seed + 2), numbers({n}, td::bool_, seed + 3)};
      const list plain{td::astype(td::arange(n) * 0.37 - 11.25, d), td::astype(td::cos(td::arange(n) * 1.5) * 3, d),
                       td::astype(td::array(1.25), d), td::ones({n}, {.dtype = td::bool_})};
      for (const list& in : {special, plain}) {
        same_as_interpreter(beside, in);
        same_as_interpreter(first, in);
        same_as_interpreter(stored, in);
        same_as_interpreter(chosen, in);
        same_as_interpreter(sums, in);
      }
      const list rows{numbers({5, n}, d, seed), numbers({n}, d, seed + 1)};
      same_as_interpreter(follows, rows);
      same_as_interpreter(same_later, rows);
    }
}

TEST_CASE("jit: any and all where elements of several sizes meet, and of elementary functions") {
  if (!available()) return;
  for (const std::int64_t n : {1, 3, 4, 5, 8, 9, 15, 16, 17, 24, 33, 48, 64, 65, 129, 1024, 1100, 3000}) {
    INFO(n);
    const auto seed = static_cast<unsigned>(n);
    const list in{numbers({n}, td::float32, seed), numbers({n}, td::float64, seed + 1), numbers({n}, td::int32, seed + 2),
                  numbers({n}, td::int64, seed + 3), numbers({n}, td::bool_, seed + 4)};
    same_as_interpreter(
        [](const list& v) {
          const td::array mixed = td::logical_and(v[0] > v[1], td::logical_or(v[2] < v[3], v[4]));
          return list{td::any(mixed), td::all(mixed), td::sum(td::astype(v[0], td::float64) - v[1]), td::max(v[2])};
        },
        in);
    for (const std::size_t k : {0u, 1u}) {
      same_as_interpreter([k](const list& v) { return both(td::exp(v[k]) > 1); }, in);
      same_as_interpreter([k](const list& v) { return both(td::erf(v[k]) < 0.9); }, in);
      same_as_interpreter([k](const list& v) { return both(td::tanh(v[k]) * v[k] < 0.5); }, in);
      same_as_interpreter([k](const list& v) { return both(td::gelu(v[k], {.approximate = "tanh"}) < 2); }, in);
      same_as_interpreter([k](const list& v) { return both(td::isfinite(td::log(v[k]))); }, in);
      same_as_interpreter([k](const list& v) { return both(td::sigmoid(v[k]) / 3 < 0.2); }, in);
      same_as_interpreter(
          [k](const list& v) {
            const td::array e = td::exp2(v[k]);
            return list{td::any(e > 3), td::sum(td::minimum(e, 3)), td::all(td::isfinite(e)), td::any(td::isnan(e)), td::max(e)};
          },
          in);
    }
  }
}

TEST_CASE("jit: comparisons that one and joins, whatever the other side is and where it waits") {
  if (!available()) return;
  const auto sides = [](const list& v) {
    const td::array both = (v[0] > v[1]) & (v[0] < v[2]), stored = v[0] <= v[1];
    return list{both,
                v[3] & td::equal(v[0], v[1]),
                td::not_equal(v[0], v[2]) & v[3],
                td::where((v[0] >= v[2]) & td::isfinite(v[1]), v[0], v[1]),
                stored,
                (v[0] >= v[1]) & stored,
                td::where(stored & (v[1] > 0) & (v[0] > -2), 1, v[0]),
                td::sum(td::where(both, v[0], 0))};
  };
  const auto many = [](const list& v) {  // more truth values at once than mask registers
    list c;
    for (int k = 0; k < 9; ++k) c.push_back(td::logical_or(v[0] > k - 4, v[1] < 3 - k));
    td::array all = v[0] < v[1];
    for (std::size_t k = c.size(); k-- > 0;) all = td::logical_or(c[k] & (v[0] < static_cast<double>(k)), all);
    return list{all, td::any(all), td::all(td::logical_not(all) & c[0] & (v[1] > v[2]))};
  };
  for (const td::dtype d : number_dtypes)
    for (const std::int64_t n : {1, 5, 8, 9, 15, 16, 17, 40, 65, 130, 1024, 1500}) {
      INFO("dtype " << td::to_string(d) << ", " << n);
      const auto seed = static_cast<unsigned>(n);
      const list in{numbers({n}, d, seed), numbers({n}, d, seed + 1), numbers({}, d, seed + 2), numbers({n}, td::bool_, seed + 3)};
      same_as_interpreter(sides, in);
      same_as_interpreter(many, in);
    }
}

TEST_CASE("jit: any and all along every axis, of strided operands and of nothing") {
  if (!available()) return;
  for (const td::dtype d : all_dtypes) {
    const td::array x = numbers({6, 9, 41}, d, 1), big = numbers({3, 1500}, d, 2);
    const auto holds = [](const td::array& a) { return a.dtype() == td::bool_ ? td::logical_not(a) : a > 0; };
    for (const std::int64_t axis : {0, 1, 2}) {
      INFO("dtype " << td::to_string(d) << ", axis " << axis);
      same_as_interpreter([&](const list& v) { return both(holds(v[0]), axis); }, {x});
      same_as_interpreter([&](const list& v) { return both(v[0], axis); }, {x});
      same_as_interpreter([&](const list& v) { return both(holds(v[0]), axis % 2); }, {big});
      for (const ints& shape : {ints{0, 4, 3}, ints{4, 0, 3}, ints{4, 3, 0}}) {
        const td::array none = td::zeros(td::axes(shape), {.dtype = d});
        same_as_interpreter([&](const list& v) { return both(holds(v[0]), axis); }, {none});
        same_as_interpreter([&](const list& v) { return both(v[0], axis); }, {none});
      }
    }
    for (const td::array& view : {td::permute_dims(x, {2, 0, 1}), x[{td::slice({}, {}, -1), td::slice({}, {}, 2)}],
                                  x[{td::slice(), td::slice(), td::slice(0, {}, 3)}]}) {
      const auto f = td::trace_graph([&](const td::array& a) { return list{td::any(holds(a)), td::all(a, {.axis = -1}), td::any(a)}; });
      const auto a = f.to("jit")(view), b = f.to("eigen")(view);
      for (std::size_t i = 0; i < a.size(); ++i) CHECK(same_bits(a[i], b[i]));
    }
    const auto f = td::trace_graph([&](const td::array& a) { return both(holds(a)); }, {.to = "jit"});
    const auto none = f(td::zeros({0}, {.dtype = d}));
    CHECK_FALSE(none[0].item<bool>());
    CHECK(none[1].item<bool>());
  }
}

TEST_CASE("jit: any and all of long rows are those of their parts, on several threads too") {
  if (!available()) return;
  const std::int64_t n = 1100000;
  const auto f = [](const td::array& x) { return list{td::any(x > 0), td::all(x < 1), td::any(td::astype(x, td::bool_)), td::any(x)}; };
  for (const int threads : {1, 3}) {
    const auto numbers = td::trace_graph(f, {.to = "jit", .num_threads = threads});
    const auto bools = td::trace_graph([](const td::array& x) { return list{td::any(x)}; }, {.to = "jit", .num_threads = threads});
    floats x(static_cast<std::size_t>(n));
    for (const std::int64_t at : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1023}, std::int64_t{1024}, n / 2, n - 1025, n - 1}) {
      INFO("at " << at << ", threads " << threads);
      if (at >= 0) x[static_cast<std::size_t>(at)] = 1;
      const auto got = numbers(td::view(x));
      for (std::size_t k = 0; k < got.size(); ++k) CHECK(got[k].item<bool>() == (k == 1 ? at < 0 : at >= 0));
      CHECK(bools(td::view(x) > 0)[0].item<bool>() == (at >= 0));
      if (at >= 0) x[static_cast<std::size_t>(at)] = 0;
    }
  }
}
