// The jit backend: its code gives the bits of the block kernels, stays inside its arrays, and is shared by programs of one structure.
// Without the backend (another processor, or built without Xbyak) there is nothing to test here.
#include "jit_helpers.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <random>

#include "array/memory.hpp"
#include "kernels/backend.hpp"
#include "kernels/isa.hpp"

using namespace jit_test;

TEST_CASE("jit: every emitted op on every dtype, alone") {
  if (!available()) return;
  const warnings quiet;
  for (const td::dtype d : all_dtypes)
    for (const std::int64_t n : {1, 13, 1024, 1500}) {
      const std::vector<td::array> in{numbers({n}, d, 1), numbers({n}, d, 2), numbers({n}, td::bool_, 3), numbers({}, d, 4)};
      INFO("dtype " << td::to_string(d) << ", " << n);
      same_as_interpreter([](const auto& v) { return std::vector{td::where(v[2], v[0], v[1]), td::where(v[2], v[3], v[1])}; }, in);
      same_as_interpreter([](const auto& v) { return std::vector{td::equal(v[0], v[1]), td::not_equal(v[0], v[3])}; }, in);
      for (const td::dtype to : all_dtypes)
        if (to == td::bool_ || d == td::bool_ || td::kind_of(to) == td::dtype_kind::real || td::kind_of(d) != td::dtype_kind::real)
          same_as_interpreter([to](const auto& v) { return std::vector{td::astype(v[0], to)}; }, in);
      if (d == td::bool_) continue;
      same_as_interpreter([](const auto& v) { return std::vector{v[0] + v[1], v[0] - v[3], v[3] * v[1]}; }, in);
      same_as_interpreter([](const auto& v) { return std::vector{td::abs(v[0]), -v[0], td::square(v[0]), v[0] / v[1]}; }, in);
      same_as_interpreter([](const auto& v) { return std::vector{td::maximum(v[0], v[1]), td::minimum(v[3], v[1])}; }, in);
      same_as_interpreter([](const auto& v) { return std::vector{td::clip(v[0], v[3], v[1]), td::clip(v[0], std::nullopt, v[1])}; }, in);
      same_as_interpreter([](const auto& v) { return std::vector{v[0]<v[1], v[0] <= v[3], v[0]> v[1], v[3] >= v[1]}; }, in);
      same_as_interpreter([](const auto& v) { return std::vector{td::isfinite(v[0]), td::isnan(v[0])}; }, in);
      same_as_interpreter([](const auto& v) { return std::vector{td::floor(v[0]), td::ceil(v[0]), td::sqrt(v[0])}; }, in);
      same_as_interpreter([](const auto& v) { return std::vector{td::round(v[0]), td::trunc(v[0]), td::rsqrt(td::abs(v[1]))}; }, in);
      same_as_interpreter([](const auto& v) { return std::vector{+v[0] * v[1], td::positive(v[0])}; }, in);
      if (td::kind_of(d) == td::dtype_kind::real) continue;
      same_as_interpreter(
          [](const auto& v) {
            return std::vector{td::bitwise_and(v[0], v[1]), td::bitwise_or(v[3], v[1]), td::bitwise_xor(v[0], v[1]),
                               td::bitwise_invert(v[0])};
          },
          in);
      // Counts in and out of range.
      same_as_interpreter(
          [](const auto& v) {
            const td::array far = v[1] * 23, large = v[0] * (td::size_of(v[0].dtype()) == 1 ? 100 : 1000);
            return std::vector{td::bitwise_left_shift(v[0], v[1]), td::bitwise_right_shift(v[0], v[1]), td::bitwise_left_shift(v[0], far),
                               td::bitwise_right_shift(large, far), td::bitwise_right_shift(v[3], v[1])};
          },
          in);
    }
}

TEST_CASE("jit: zeros divided by one number keep the signs and the NaN of a division") {
  if (!available()) return;
  // 100 elements: enough for the multiplication in place of a division; of a divisor that it does not serve, zeros alone must not take it.
  const double infinity = std::numeric_limits<double>::infinity();
  for (const td::dtype d : {td::float32, td::float64})
    for (const double by : {-2.0, 2.0, infinity, -infinity, 0.0, -0.0, 1e-40, 5e-324, std::nan("")})
      for (const double zero : {0.0, -0.0}) {
        INFO(zero << " / " << by << " as " << td::to_string(d));
        same_as_interpreter([](const auto& v) { return std::vector{v[0] / v[1]}; },
                            {td::full({100}, zero, {.dtype = d}), td::astype(td::array(by), d)});
      }
}

TEST_CASE("jit: a reduction of what is one element a row") {
  if (!available()) return;
  same_as_interpreter(
      [](const auto& v) { return std::vector{td::max(td::mean(v[0], {.axis = 2, .keepdims = true}), {.axis = -1, .keepdims = true})}; },
      {numbers({5, 33, 1}, td::int32, 1)});
}

TEST_CASE("jit: more values than registers, more operands than pointers") {
  if (!available()) return;
  std::vector<td::array> in;
  for (unsigned i = 0; i < 40; ++i) in.push_back(numbers(i % 3 ? ints{1037} : ints{}, i % 2 ? td::float64 : td::float32, i));
  same_as_interpreter(
      [](const std::vector<td::array>& v) {
        std::vector<td::array> products, out;
        for (std::size_t i = 0; i < v.size(); ++i) products.push_back(v[i] * v[(i + 7) % v.size()]);
        td::array sum = products[0];
        for (std::size_t i = products.size(); i-- > 0;) {
          sum = td::where(products[i] > 0.5, sum + products[i], sum);
          if (i % 3 == 0) out.push_back(sum);
        }
        return out;
      },
      in);
}

TEST_CASE("jit: strided operands, rows and reductions give what the interpreter gives") {
  if (!available()) return;
  const td::array table = numbers({37, 130}, td::float32, 5), wide = numbers({3, 2500}, td::float64, 6);
  const auto f = [](const td::array& x) {
    const auto m = td::max(x, {.axis = -1, .keepdims = true});
    const auto e = td::where(x > m * 0.5, x - m, td::abs(x) * 2);
    return std::tuple(e / td::sum(e, {.axis = -1, .keepdims = true}), td::mean(e), td::sqrt(td::var(e, {.axis = -1})) + 1);
  };
  for (const td::array& x : {table, td::matrix_transpose(table), table[{td::slice({}, {}, 2), td::slice({}, {}, -3)}], wide}) {
    const auto g = td::trace_graph(f, {.contract = false});
    const auto a = g.to("jit")(x), b = g.to("eigen")(x);
    CHECK(same_bits(std::get<0>(a), std::get<0>(b)));
    CHECK(same_bits(std::get<1>(a), std::get<1>(b)));
    CHECK(same_bits(std::get<2>(a), std::get<2>(b)));
  }
}

TEST_CASE("jit: reductions have the bits of the block kernels for every number of elements") {
  if (!available()) return;
  const warnings quiet;
  const auto all_of = [](const std::vector<td::array>& v) {
    const td::array& x = v[0];
    std::vector<td::array> out{td::sum(x), td::prod(x), td::max(x), td::min(x)};
    if (x.dtype() == td::float32 || x.dtype() == td::float64) {
      out.push_back(td::mean(x));
      out.push_back(td::var(x));
      out.push_back((x - td::mean(x)) / td::std(x));
    }
    return out;
  };
  std::vector<std::int64_t> sizes(150);
  for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] = static_cast<std::int64_t>(i) + 1;
  for (const std::int64_t n : {191, 192, 193, 255, 256, 257, 511, 512, 513, 1000, 1023, 1024, 1025, 4099}) sizes.push_back(n);
  for (const td::dtype d : {td::int32, td::int64, td::float32, td::float64})
    for (const std::int64_t n : sizes) {
      INFO("dtype " << td::to_string(d) << ", " << n);
      same_as_interpreter(all_of, {numbers({n}, d, static_cast<unsigned>(n))});
      // without NaN and infinities, which hide what else is wrong
      same_as_interpreter(all_of, {td::astype(td::arange(n) * 0.37 - 11.25, d)});
      if (n <= 40) same_as_interpreter(all_of, {td::full({n}, -0.0, {.dtype = d})});
    }
}

TEST_CASE("jit: reductions in the loop that makes their operand have the bits of the block kernels") {
  if (!available()) return;
  const warnings quiet;
  // One reduction has its accumulators in registers, more have them in memory; the operand is stored or is not; rows are short and long.
  const auto one = [](const std::vector<td::array>& v) { return std::vector{td::sum(v[0] * v[1] - v[2])}; };
  const auto stored = [](const std::vector<td::array>& v) {
    const td::array d = v[0] * v[1];
    return std::vector{d, td::max(d), d - td::min(d)};
  };
  const auto several = [](const std::vector<td::array>& v) {
    const td::array d = td::where(v[0] > v[1], v[0], v[1] + v[2]), e = td::abs(d) - v[0];
    return std::vector{td::sum(d), td::prod(e), td::max(e), td::min(d), td::sum(td::maximum(d, e)), d + td::sum(e)};
  };
  std::vector<std::int64_t> sizes(140);
  for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] = static_cast<std::int64_t>(i) + 1;
  for (const std::int64_t n : {255, 256, 257, 383, 1000, 1023, 1024, 1025, 1087, 4099}) sizes.push_back(n);
  for (const td::dtype d : {td::int32, td::int64, td::float32, td::float64})
    for (const std::int64_t n : sizes) {
      INFO("dtype " << td::to_string(d) << ", " << n);
      const auto seed = static_cast<unsigned>(n);
      const std::vector<td::array> special{numbers({n}, d, seed), numbers({n}, d, seed + 1), numbers({}, d, seed + 2)};
      const std::vector<td::array> plain{td::astype(td::arange(n) * 0.37 - 11.25, d), td::astype(td::cos(td::arange(n) * 1.5) * 3, d),
                                         td::astype(td::array(1.25), d)};
      const std::vector<td::array> negative{td::full({n}, -0.0, {.dtype = d}), td::ones({n}, {.dtype = d}), td::zeros({}, {.dtype = d})};
      const std::vector<td::array> signs{td::astype(td::where(td::cos(td::arange(n) * 1.7) > 0.0, -0.0, 0.0), d),
                                         td::ones({n}, {.dtype = d}), td::zeros({}, {.dtype = d})};
      for (const auto& in : {special, plain, negative, signs}) {
        same_as_interpreter(one, in);
        same_as_interpreter(stored, in);
        same_as_interpreter(several, in);
      }
    }
}

TEST_CASE("jit: reductions of many rows in the loop that makes their operand") {
  if (!available()) return;
  const auto f = [](const std::vector<td::array>& v) {
    const td::array d = (v[0] - v[1]) * 0.5, keep = td::sum(d, {.axis = -1, .keepdims = true});
    return std::vector{td::sum(td::square(v[0] - v[1]), {.axis = -1}), d / keep, td::max(td::abs(d) + 1, {.axis = -1})};
  };
  for (const td::dtype d : {td::float32, td::float64})
    for (const std::int64_t n : {1, 7, 16, 17, 33, 64, 100, 128, 129, 300, 1024, 1500}) {
      INFO("dtype " << td::to_string(d) << ", " << n);
      same_as_interpreter(f, {numbers({5, 1, n}, d, 1), numbers({3, n}, d, 2)});
    }
}

TEST_CASE("jit: short rows that are reduced together have the bits of the block kernels") {
  if (!available()) return;
  const warnings quiet;
  using list = std::vector<td::array>;
  const auto distances = [](const list& v) { return list{td::sum(td::square(v[0] - v[1]), {.axis = -1})}; };
  const auto norms = [](const list& v) { return list{td::sqrt(td::sum(td::square(v[0] - v[1]), {.axis = -1})) * 0.5 + 1.0}; };
  const auto means = [](const list& v) { return list{td::mean(v[0] * v[1], {.axis = -1}), td::prod(v[0] + v[2], {.axis = -1})}; };
  const auto extremes = [](const list& v) {
    return list{td::max(v[0] + v[1], {.axis = -1}), td::min(v[0] * v[2] + 0.0, {.axis = -1, .keepdims = true})};
  };
  // conditions, divisions and functions; operands that move with rows and with walks
  const auto conditions = [](const list& v) { return list{td::sum(td::where(v[3], v[0] - v[1], v[2]), {.axis = -1})}; };
  const auto functions = [](const list& v) { return list{td::sum((v[0] - v[4]) / 3.0 + td::exp(-td::abs(v[1])), {.axis = -1}) / 7.0}; };
  const auto cube = [](const list& v) { return list{td::sum(v[4] * v[1] + v[0], {.axis = -1}), td::max(v[4] - v[1], {.axis = -1})}; };
  for (const td::dtype d : {td::int32, td::float32, td::float64})
    for (const std::int64_t rows : {1, 7, 8, 9, 15, 16, 17, 31, 40})
      for (const std::int64_t n : {1, 2, 5, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 49, 63, 64, 65, 100, 112, 127, 128, 129}) {
        INFO("dtype " << td::to_string(d) << ", " << rows << " rows of " << n);
        const auto seed = static_cast<unsigned>(rows * 131 + n);
        const td::array zeros = td::astype(td::where(td::greater(numbers({rows, n}, td::float32, seed), 0.5), -0.0, 0.0), d);
        const list special{numbers({3, 1, n}, d, seed), numbers({rows, n}, d, seed + 1), numbers({rows, 1}, d, seed + 2)};
        const list plain{td::astype(td::reshape(td::cos(td::arange(3 * n)) * 5, {3, 1, n}), d),
                         td::astype(td::reshape(td::sin(td::arange(rows * n)) * 5, {rows, n}), d),
                         td::astype(td::reshape(td::sin(td::arange(rows)) * 2, {rows, 1}), d)};
        const list of_zeros{td::zeros({3, 1, n}, {.dtype = d}), zeros, td::ones({rows, 1}, {.dtype = d})};
        const list swapped{zeros, td::zeros({3, 1, n}, {.dtype = d}), td::negative(td::ones({rows, 1}, {.dtype = d}))};
        for (const list& in : {special, plain, of_zeros, swapped}) {
          same_as_interpreter(distances, in);
          same_as_interpreter(means, in);
          same_as_interpreter(extremes, in);
          if (d != td::int32) same_as_interpreter(norms, in);
        }
        if (d != td::int32) {
          const list in{special[0], special[1], special[2], numbers({rows, n}, td::bool_, seed), numbers({3, rows, n}, d, seed + 3)};
          same_as_interpreter(conditions, in);
          same_as_interpreter(functions, in);
          same_as_interpreter(cube, in);
        }
      }
}

TEST_CASE("jit: rows of one operand against rows of another have the bits of the block kernels") {
  if (!available()) return;
  const warnings quiet;
  using list = std::vector<td::array>;
  const auto distances = [](const list& v) { return list{td::sqrt(td::sum(td::square(v[0] - v[1]), {.axis = -1})) * 0.5 + 1.0}; };
  const auto manhattan = [](const list& v) { return list{td::sum(td::abs(v[1] - v[0]), {.axis = -1})}; };
  const auto greatest = [](const list& v) { return list{td::max(td::abs(v[0] - v[1]), {.axis = -1, .keepdims = true})}; };
  const auto least = [](const list& v) { return list{td::min(v[0] * v[1], {.axis = -1})}; };
  const auto weighted = [](const list& v) { return list{td::sum(td::square(v[0] - v[1]) * v[2] + v[3], {.axis = -1})}; };
  // a difference whose sign matters, both operands from memory, two reductions
  const auto signs = [](const list& v) { return list{td::sum(td::maximum(v[0] - v[1], v[3]), {.axis = -1})}; };
  const auto both = [](const list& v) { return list{td::sum(v[0] + v[1], {.axis = -1}), td::prod(v[0] * v[3] - v[1], {.axis = -1})}; };
  const auto plain_sum = [](const list& v) { return list{td::max(v[1], {.axis = -1}) + td::max(v[0] + v[1] * 0.0, {.axis = -1})}; };
  const auto functions = [](const list& v) { return list{td::sum(td::exp(-td::square(v[0] - v[1])) / 3.0, {.axis = -1})}; };
  // three operands of the first rows: more pointers for two of them at once than the function has slots
  const auto three = [](const list& v) { return list{td::sum((v[0] + v[4] * v[1]) + v[5] * v[1], {.axis = -1})}; };
  for (const td::dtype d : {td::int32, td::int64, td::float32, td::float64})
    for (const std::int64_t rows : {8, 9, 11})
      for (const std::int64_t columns : {8, 15, 16, 17, 40})
        for (const std::int64_t n : {1, 2, 3, 5, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 100, 127, 128, 129}) {
          INFO("dtype " << td::to_string(d) << ", " << rows << " and " << columns << " rows of " << n);
          const auto seed = static_cast<unsigned>(rows * 131 + columns * 17 + n);
          const auto wave = [&](const ints& shape, double step) {
            return td::astype(td::reshape(td::cos(td::arange(count(shape)) * step) * 5, td::axes(shape)), d);
          };
          const auto zeros = [&](const ints& shape, unsigned s) {
            return td::astype(td::where(td::greater(numbers(shape, td::float32, s), 0.5), -0.0, 0.0), d);
          };
          const list special{numbers({rows, 1, n}, d, seed), numbers({columns, n}, d, seed + 1), numbers({n}, d, seed + 2),
                             numbers({rows, 1, 1}, d, seed + 3)};
          const list plain{wave({rows, 1, n}, 1.0), wave({columns, n}, 1.3), wave({n}, 0.7), wave({rows, 1, 1}, 0.3)};
          const list of_zeros{zeros({rows, 1, n}, seed), zeros({columns, n}, seed + 1), zeros({n}, seed + 2),
                              zeros({rows, 1, 1}, seed + 3)};
          same_as_interpreter(three, {plain[0], plain[1], plain[2], plain[3], wave({rows, 1, n}, 0.9), wave({rows, 1, n}, 0.8)});
          for (const list& in : {special, plain, of_zeros}) {
            same_as_interpreter(manhattan, in);
            same_as_interpreter(greatest, in);
            same_as_interpreter(least, in);
            same_as_interpreter(weighted, in);
            same_as_interpreter(signs, in);
            same_as_interpreter(both, in);
            if (d != td::float32 && d != td::float64) continue;
            same_as_interpreter(distances, in);
            same_as_interpreter(plain_sum, in);
            if (n < 40) same_as_interpreter(functions, in);
          }
        }
}

TEST_CASE("jit: rows against rows: batches, other layouts, threads") {
  if (!available()) return;
  const auto f = td::trace_graph(
      [](const td::array& x, const td::array& y) {
        return td::sum(td::square(td::expand_dims(x, {.axis = -2}) - td::expand_dims(y, {.axis = -3})), {.axis = -1});
      },
      {.contract = false});
  const auto jit = f.to("jit"), eigen = f.to("eigen");
  for (const std::int64_t n : {3, 40, 64}) {
    const td::array x = numbers({2, 21, n}, td::float32, 1), y = numbers({2, 37, n}, td::float32, 2);
    CHECK(same_bits(jit(x, y), eigen(x, y)));
    CHECK(same_bits(jit(x, y[1]), eigen(x, y[1])));
    const td::array backwards = y[{td::slice(), td::slice({}, {}, -1)}], some = y[{0, td::slice({}, {}, 2)}];
    CHECK(same_bits(jit(x, backwards), eigen(x, backwards)));
    CHECK(same_bits(jit(x[0], some), eigen(x[0], some)));
    CHECK(same_bits(jit(some, x[0]), eigen(some, x[0])));
    const td::array turned = td::matrix_transpose(numbers({n, 37}, td::float32, 3));
    CHECK(same_bits(jit(x[1], turned), eigen(x[1], turned)));
    const td::array one = td::broadcast_to(y[{0, td::slice(0, 1)}], {37, n});
    CHECK(same_bits(jit(x[1], one), eigen(x[1], one)));
  }
  if (td::engine::best_isa() != td::engine::isa::avx512) return;
  const td::array x = numbers({301, 64}, td::float32, 4), y = numbers({203, 64}, td::float32, 5);
  const td::array alone = jit(x, y);
  CHECK_THAT(to_string(jit.compiled(x, y).code().at(0)), contains("rows against rows"));
  for (const int threads : {2, 3, 8}) {
    const auto split = td::trace_graph(
        [](const td::array& a, const td::array& b) {
          return td::sum(td::square(td::expand_dims(a, {.axis = -2}) - td::expand_dims(b, {.axis = -3})), {.axis = -1});
        },
        {.to = "jit", .contract = false, .num_threads = threads});
    CHECK(same_bits(split(x, y), alone));
  }
}

TEST_CASE("jit: short rows apart: results and operands at other distances than one element or row") {
  if (!available()) return;
  const auto f =
      td::trace_graph([](const td::array& x, const td::array& y) { return td::sum(td::square(x - y), {.axis = -1}); }, {.contract = false});
  const td::array base = numbers({70, 3, 40}, td::float32, 1), other = numbers({70, 1, 40}, td::float32, 2);
  for (const td::array& x : {base, base[{td::slice({}, {}, -1)}], base[{td::slice({}, {}, 2)}], td::permute_dims(base, {1, 0, 2}),
                             base[{td::slice(), td::slice(), td::slice(0, {}, 2)}]}) {
    const td::array y = x.shape()[0] == 3 ? td::permute_dims(other, {1, 0, 2}) : other[{td::slice(0, x.shape()[0])}];
    const td::array z = y[{td::slice(), td::slice(), td::slice(0, x.shape()[2])}];
    CHECK(same_bits(f.to("jit")(x, z), f.to("eigen")(x, z)));
  }
}

TEST_CASE("jit: elementary functions have the bits of the block kernels") {
  if (!available()) return;
  const double infinity = std::numeric_limits<double>::infinity();
  // What a result may turn on: where exp over- and underflows, denormal arguments of log, its intervals' ends.
  const doubles marks{0.0,    -0.0,   infinity, -infinity, std::nan(""), 88.72,     88.73,     -87.3, -103.9, -104.1, 709.7, 709.8, -708.4,
                      -745.1, -745.2, 1,        -1,        1.4142135,    1.4142136, 0.7071067, 1e-40, 5e-324, 1e-310, 2,     0.5,   3e38,
                      1e300,  -1e300, 1e-20,    0.625,     -0.624,       4,         -4,        6,     -6,     10,     -20,   5.93,  -3.92};
  for (const td::dtype d : {td::float32, td::float64})
    for (const std::int64_t n : {1, 5, 8, 9, 15, 16, 17, 23, 24, 31, 32, 33, 37, 47, 48, 63, 65, 1024, 3000}) {
      doubles v(static_cast<std::size_t>(n));
      std::mt19937 g(static_cast<unsigned>(n));
      std::uniform_real_distribution<double> u(-120, 120);
      for (std::size_t i = 0; i < v.size(); ++i) v[i] = i % 3 == 0 ? marks[g() % marks.size()] : u(g);
      const td::array x = td::astype(td::asarray(v), d);
      INFO("dtype " << td::to_string(d) << ", " << n);
      same_as_interpreter([](const auto& a) { return std::vector{td::exp(a[0])}; }, {x});
      same_as_interpreter([](const auto& a) { return std::vector{td::log(a[0])}; }, {x});
      same_as_interpreter([](const auto& a) { return std::vector{td::exp2(a[0]), td::exp2(a[0] * 8) + 1}; }, {x});
      same_as_interpreter([](const auto& a) { return std::vector{td::sigmoid(a[0]), td::sigmoid(a[0] * 0.1) * a[0]}; }, {x});
      same_as_interpreter([](const auto& a) { return std::vector{td::erf(a[0]), td::erf(a[0] * 0.03) * 0.5 + 0.5}; }, {x});
      same_as_interpreter([](const auto& a) { return std::vector{td::tanh(a[0]), td::tanh(a[0] * 0.05) * a[0]}; }, {x});
      const auto gelu = [](const td::array& v) { return td::gelu(v, {.approximate = "tanh"}); };
      same_as_interpreter([&](const auto& a) { return std::vector{gelu(a[0]), gelu(a[0] * 0.1) + a[0]}; }, {x});
      // of one number, which a row has once
      same_as_interpreter(
          [&](const auto& a) {
            const td::array m = td::max(td::where(td::isnan(a[0]), -3.0, td::clip(a[0], -5.0, 0.7)));
            return std::vector{a[0] * td::erf(m), a[0] * td::tanh(m), a[0] * gelu(m), a[0] * td::log(-m), a[0] * td::exp2(m)};
          },
          {x});
      same_as_interpreter(
          [](const auto& a) {
            return std::vector{td::sum(td::erf(td::minimum(a[0], 3.0)), {.keepdims = true}) + td::max(td::tanh(a[0] * 0.1))};
          },
          {x});
      same_as_interpreter(
          [](const auto& a) {
            return std::vector{td::where(a[0] > 1.0, td::erf(a[0]), -a[0]), td::isfinite(td::log(a[0]))};
          },
          {x});
      same_as_interpreter(
          [](const auto& a) { return std::vector{td::sum(td::sigmoid(td::minimum(a[0], 3.0)) + td::exp2(-td::abs(a[0])))}; }, {x});
      same_as_interpreter([](const auto& a) { return std::vector{td::exp(-td::abs(a[0])) * 2, td::log(td::abs(a[0]) + 0.5) - a[0]}; }, {x});
      same_as_interpreter(
          [](const auto& a) {
            const td::array e = td::exp(a[0] - td::max(td::where(td::isfinite(a[0]), a[0], 0)));
            return std::vector{e, td::sum(e), td::exp(td::sum(td::minimum(e, 1.0)) * 0.001), td::log(td::max(td::abs(e)))};
          },
          {x});
    }
}

TEST_CASE("jit: elementary functions of NaN give the NaN that the block kernels give") {
  if (!available()) return;
  const auto check = []<class T>(T) {
    using bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
    constexpr bits quiet = std::bit_cast<bits>(std::numeric_limits<T>::quiet_NaN()), sign = bits{1} << (8 * sizeof(T) - 1);
    std::vector<T> x(41, T(0.5)), a(x.size()), b(x.size());
    for (std::size_t i = 0; i < x.size(); i += 3) x[i] = std::bit_cast<T>(static_cast<bits>((quiet | (i + 1)) ^ (i % 2 ? sign : 0)));
    td::array (*const functions[])(const td::array&) = {
        [](const td::array& v) { return td::exp(v); },     [](const td::array& v) { return td::exp2(v); },
        [](const td::array& v) { return td::log(v); },     [](const td::array& v) { return td::tanh(v); },
        [](const td::array& v) { return td::erf(v); },     [](const td::array& v) { return td::gelu(v, {.approximate = "tanh"}); },
        [](const td::array& v) { return td::sigmoid(v); },
    };
    for (const auto f : functions) {
      const auto traced = td::trace_graph(f);
      traced.to("jit").into(a, x);
      traced.to("eigen").into(b, x);
      INFO(traced.graph(x).nodes.back().op->name << " of " << sizeof(T) << " bytes");
      CHECK(std::memcmp(a.data(), b.data(), sizeof(T) * a.size()) == 0);
    }
  };
  check(0.0f);
  check(0.0);
}

TEST_CASE("jit: zeros divided by one element keep their sign, whatever the divisor") {
  if (!available()) return;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const std::int64_t n : {5, 40, 100, 3000})
    for (const double by : {-3.0, 3.0, 0.0, -0.0, 1e305, -1e305, infinity, std::nan("")})
      for (const double zero : {0.0, -0.0}) {
        INFO(n << " times " << zero << " / " << by);
        same_as_interpreter([](const auto& v) { return std::vector{v[0] / v[1]}; }, {td::full({n}, zero), td::array(by)});
        CHECK(std::signbit(td::trace_graph([](const td::array& a, const td::array& b) { return a / b; }, {.to = "jit"})(
                               td::full({n}, zero), td::array(by))[{n - 1}]
                               .item<double>()) == std::signbit(zero / by));
      }
}

TEST_CASE("jit: a small function serves outputs that are strided, overlap the input, or are it") {
  if (!available()) return;
  const doubles x{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const td::array in = td::asarray(x);
  const auto f = td::trace_graph([](const td::array& a) { return (a - td::mean(a)) * 2; }, {.to = "jit"});
  const td::function compiled = f.compiled(in);
  const doubles expected = f(x);
  const auto run = [&](std::int64_t in_at, std::int64_t out_at, std::int64_t stride) {
    doubles memory(64, -1.0);
    std::copy(x.begin(), x.end(), memory.begin() + in_at);
    td::array_view from = in.view(), to = in.view();
    from.data = memory.data() + in_at;
    to.data = memory.data() + out_at;
    to.strides[0] = stride;
    compiled.into({&to, 1}, {&from, 1});
    doubles got;
    for (std::int64_t i = 0; i < 10; ++i) got.push_back(memory[static_cast<std::size_t>(out_at + i * stride)]);
    return got;
  };
  CHECK(run(0, 20, 1) == expected);
  CHECK(run(0, 10, 1) == expected);
  CHECK(run(0, 20, 3) == expected);
  CHECK(run(0, 3, 1) == expected);
  CHECK(run(3, 0, 1) == expected);
  CHECK(run(0, 0, 1) == expected);
  CHECK(run(0, 29, -1) == expected);
}

TEST_CASE("jit: a result of wider or narrower elements may begin where the operand does") {
  if (!available()) return;
  static constexpr std::size_t n = 37;
  const auto check = []<class From, class To>(From, To) {
    const td::array x = td::astype(td::arange(37) * 3 - 40, td::dtype_of<From>);
    const auto f = td::trace_graph([](const td::array& a) { return td::astype(td::abs(a), td::dtype_of<To>); }, {.to = "jit"});
    alignas(64) std::byte memory[n * 8];
    std::memcpy(memory, x.view().data, n * sizeof(From));
    f.into(std::span<To>(reinterpret_cast<To*>(memory), n), std::span<const From>(reinterpret_cast<const From*>(memory), n));
    for (std::size_t i = 0; i < n; ++i) {
      To got;
      std::memcpy(&got, memory + i * sizeof(To), sizeof(To));
      INFO(i << " of " << sizeof(From) << " to " << sizeof(To) << " bytes");
      CHECK(static_cast<int>(got) == std::abs(static_cast<int>(i) * 3 - 40));
    }
  };
  check(0.0f, 0.0);
  check(0.0, 0.0f);
  check(std::int32_t(), 0.0);
  check(std::int64_t(), 0.0f);
  check(0.0f, std::int32_t());
}

TEST_CASE("jit: rows in one call: every stride of the outer axes, results of one element a row among others") {
  if (!available()) return;
  const auto f = [](const std::vector<td::array>& v) {
    const td::array &x = v[0], &scale = v[1], &shift = v[2];
    const auto m = td::mean(x, {.axis = -1, .keepdims = true});
    const auto d = (x - m) * scale + shift;
    return std::vector{d, td::sum(d * x, {.axis = -1}), td::max(x, {.axis = -1, .keepdims = true}), td::abs(m) + shift};
  };
  const td::array base = numbers({6, 10, 9, 41}, td::float64, 3);
  const td::array scale = numbers({41}, td::float64, 4), shift = numbers({1, 9, 1}, td::float64, 5);
  const td::array views[] = {base, base[{td::slice({}, {}, 2), td::slice(1, 9, 3)}], base[{td::slice({}, {}, -1), td::slice({}, {}, 5)}],
                             base[{td::slice(0, 1), td::slice(2, 3)}]};
  for (const td::array& x : views) {
    const auto g = td::trace_graph(f, {.contract = false});
    const std::vector<td::array> in{x, scale, shift}, a = g.to("jit")(in), b = g.to("eigen")(in);
    for (std::size_t i = 0; i < a.size(); ++i) {
      INFO("result " << i << " of shape " << td::to_string(a[i].shape()));
      CHECK(same_bits(a[i], b[i]));
    }
  }
}

TEST_CASE("jit: a result may be the memory of the operand") {
  if (!available()) return;
  for (const std::size_t n : {5u, 16u, 1000u, 5000u}) {
    const doubles start = values(numbers({static_cast<std::int64_t>(n)}, td::float64, 9));
    const auto f = td::trace_graph([](const td::array& x) { return td::where(x > 0.0, x * 2 + 1, td::sqrt(-x)); }, {.to = "jit"});
    const doubles expected = f(start);
    doubles x = start;
    f.into(x, x);
    CHECK(std::memcmp(x.data(), expected.data(), n * sizeof(double)) == 0);
  }
}

TEST_CASE("jit: results that are larger than the caches have the same bits, wherever they begin") {
  if (!available()) return;
  const std::int64_t n = static_cast<std::int64_t>(td::engine::stream_threshold() / 8) + 1000;
  const auto bytes = static_cast<std::size_t>(n) * 4;
  std::vector<float> x(static_cast<std::size_t>(n)), expected(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 4093) - 2000.5f;
  const auto f = td::trace_graph([](const td::array& a) { return td::abs(a) * 0.5f - 3.0f; }, {.contract = false});
  f.to("eigen").into(expected, x);
  const td::function jit = f.to("jit").compiled(x);
  const td::array in = td::view(x);
  std::vector<std::byte> memory(bytes + 256);
  for (const std::size_t offset : {0u, 4u, 20u, 60u, 64u, 65u, 7u}) {  // the last two: elements that lie across
    INFO("offset " << offset);
    const auto base = (reinterpret_cast<std::uintptr_t>(memory.data()) + 63) / 64 * 64 - reinterpret_cast<std::uintptr_t>(memory.data());
    std::fill(memory.begin(), memory.end(), std::byte{0x5a});
    td::array_view to = in.view();
    to.data = memory.data() + base + offset;
    jit.into({&to, 1}, std::vector<td::array_view>{in.view()});
    CHECK(std::memcmp(to.data, expected.data(), bytes) == 0);
    CHECK(static_cast<const std::byte*>(to.data)[bytes] == std::byte{0x5a});
    if (base + offset) CHECK(static_cast<const std::byte*>(to.data)[-1] == std::byte{0x5a});
  }
}

TEST_CASE("jit: rows that follow each other without a gap run as one, others do not") {
  if (!available()) return;
  const auto planes = [](const std::vector<td::array>& v) {
    const td::array& x = v[0];
    return std::vector{x[{td::slice(), 0}] * 0.5 + x[{td::slice(), 1}] * v[1] - x[{td::slice(), 2}]};
  };
  const auto gaps = [](const std::vector<td::array>& v) {
    const td::array& x = v[0];
    return std::vector{x[{td::slice(), 0, td::slice(0, -1)}] * 0.5 + x[{td::slice(), 1, td::slice(1, {})}] * v[1]};
  };
  for (const ints& shape : {ints{2, 3, 4, 150}, ints{3, 3, 7, 129}, ints{1, 3, 2, 1024}, ints{5, 3, 3, 128}}) {
    const std::vector<td::array> in{numbers(shape, td::float32, 1), numbers({}, td::float32, 2)};
    const std::vector<td::array> rows{in[0], numbers({shape[3]}, td::float32, 3)};
    same_as_interpreter(planes, in);
    same_as_interpreter(gaps, in);
    same_as_interpreter(planes, rows);
    const std::vector<td::array> columns{in[0], numbers({shape[2], 1}, td::float32, 3)};
    same_as_interpreter(planes, columns);
  }
  // more than the caches hold
  const auto rows = static_cast<std::int64_t>(td::engine::stream_threshold() / (4 * 4 * 1000)) + 3;
  for (const std::int64_t n : {1000, 1024})
    same_as_interpreter(planes, {numbers({1, 3, rows, n}, td::float32, 1), numbers({}, td::float32, 2)});
}

TEST_CASE("jit: a new shape of a known structure compiles nothing") {
  if (!available()) return;
  const auto f = td::trace_graph([](const td::array& x) { return td::abs(x * 1.25 - 7.5) + td::sqrt(td::abs(x)); }, {.to = "jit"});
  f(doubles(10, 1.0));
  const auto compiled = f.stats().kernels_compiled;
  CHECK(compiled <= 1);
  f(doubles(11, 1.0));
  f(doubles(1024, 1.0));
  CHECK(f.stats().kernels_compiled == compiled);
  f(doubles(1025, 1.0));  // rows of several blocks are another structure
  const auto long_rows = f.stats().kernels_compiled;
  f(doubles(500000, 1.0));
  CHECK(f.stats().kernels_compiled == long_rows);
  const auto g = td::trace_graph([](const td::array& x) { return td::abs(x * 3.5 - 1) + td::sqrt(td::abs(x)); }, {.to = "jit"});
  g(doubles(77, 1.0));  // other constants, the same structure
  CHECK(g.stats().kernels_compiled == 0);
  CHECK_THAT(f.explain(), contains("group on jit: "));
}

TEST_CASE("jit: code is never writable and executable at once") {
  if (!available()) return;
  const auto f = td::trace_graph([](const td::array& x) { return td::abs(x) + 1; }, {.to = "jit"});
  f(doubles(10, 1.0));
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    INFO(line);
    CHECK(line.find("rwx") == std::string::npos);
  }
}
