// What the two tests of forms share: operands, what the ops give, and the reviewed lists of what differs and what there is no form for.
#pragma once
#include <array>
#include <iomanip>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <sstream>

#include <tendril/tendril.hpp>

#include "catch.hpp"
#include "forms.hpp"
#include "kernels/backend.hpp"
#include "ops/row_ids.hpp"
#include "ops/type_words.hpp"

namespace {

using namespace tendril_test;
namespace td = tendril;

// ---- what differs
struct call {
  double a, b, c;     // the operands
  double want;        // what the op gives
  bool real, single;  // whether the dtype is a floating one; float32
};

struct difference {
  const char *library, *op, *reason;
  bool (*at)(const call&);
};
constexpr auto of_reals = [](const call& x) { return x.real; };
constexpr auto of_zeros = [](const call& x) { return x.a == 0 && x.b == 0; };
constexpr auto of_zero_result = [](const call& x) { return x.real && x.want == 0; };
constexpr auto beyond_the_operands = [](const call&) { return false; };  // those of these tests show no difference
// A library's name, or "" for all. Of signed integers that overflow all arithmetic differs: the ops wrap, in the libraries it is undefined;
// so are shifts by counts beyond the bits, and integer powers with a negative exponent.
const difference differences[] = {
    {"", "floor_divide", "a / b is rounded before floor sees it", of_reals},
    {"", "maximum", "the second of two zeros, whatever their signs", of_zeros},
    {"", "minimum", "the second of two zeros, whatever their signs", of_zeros},
    {"", "clip", "a bound that is NaN limits nothing; the sign of a zero among zeros",
     [](const call& x) { return std::isnan(x.b) || std::isnan(x.c) || x.want == 0; }},
    {"", "gelu_tanh", "the pass gives it gelu's constants: with others, what overflows is multiplied by 0; exp(x) has the error of x",
     [](const call& x) { return !(x.b >= 0 && x.b <= 1e9 && x.c > 0 && x.c <= 1e9) || std::fabs(x.want) < 1e-4; }},
    {"", "max", "one of two zeros, whatever their signs", beyond_the_operands},
    {"", "min", "one of two zeros, whatever their signs", beyond_the_operands},
    {"", "astype", "NaN and what is out of range of an integer dtype is undefined", beyond_the_operands},
    {"eigen", "floor", "without SSE4.1 Eigen 3.4 loses the sign of zero", of_zero_result},
    {"eigen", "ceil", "without SSE4.1 Eigen 3.4 loses the sign of zero", of_zero_result},
    {"eigen", "round", "without SSE4.1 Eigen 3.4 loses the sign of zero", of_zero_result},
    {"eigen", "negative", "with AVX Eigen 3.4 takes numbers from 0, which loses the sign of zero", of_zero_result},
    {"eigen", "multiply_add", "rounded twice: Eigen has no other word", of_reals},
    {"eigen", "sigmoid", "below -9 Eigen 3.4's logistic of float32 is exp", [](const call& x) { return x.single && x.a < -9; }},
    {"xtensor", "clip", "where the bounds are in the wrong order, the lower one may win", [](const call& x) { return x.b > x.c; }},
    {"xtensor", "max", "NaN may be lost", beyond_the_operands},
    {"xtensor", "min", "NaN may be lost", beyond_the_operands},
    {"xtensor", "argmax", "NaN may not be found", beyond_the_operands},
    {"xtensor", "argmin", "NaN may not be found", beyond_the_operands},
    {"xtensor", "sort", "of NaN std::sort is undefined; descending is another expression", beyond_the_operands},
    {"xtensor", "argsort", "as sort, and equal elements may change places", beyond_the_operands},
    {"xtensor", "cumulative_sum", "include_initial is another expression", beyond_the_operands},
    {"xtensor", "cumulative_prod", "include_initial is another expression", beyond_the_operands},
    {"xtensor", "searchsorted", "x1 may hold no NaN", beyond_the_operands},
    {"xtensor", "pow", "of integers std::pow computes in float64", [](const call& x) { return !x.real && std::pow(x.a, x.b) != x.want; }},
};

const difference* reviewed(const std::string& library, const std::string& op, const call& x) {
  for (const difference& d : differences)
    if ((library == d.library || std::string_view(d.library).empty()) && d.op == op && d.at(x)) return &d;
  return nullptr;
}

// ---- elementwise
constexpr double reals[] = {0,    -0.0, 0.5, -0.5, 1,   -1,  1.5,  -1.5, 2,     -2,  2.5,  -2.5, 3,    -3,  7,
                            -7.3, 10,   -10, 30.7, -30, 1e6, -1e6, 1e30, -1e30, 1e9, -1e9, 0.1,  1e-6, -80, 1e-30};
// So small that nothing overflows: where the ops wrap, what the libraries compute is undefined.
constexpr std::int64_t integers[] = {0, 1, -1, 2, -2, 3, -3, 5, -5, 7, -7, 8, -8, 10, -10, 31, 63, 100, -100, 1000000, -1000000};
constexpr std::uint8_t bytes[] = {0, 1, 2, 3, 5, 7, 8, 10, 31, 63, 100, 200, 254, 255};

template <class T>
std::vector<T> values() {
  using limits = std::numeric_limits<T>;
  if constexpr (std::is_same_v<T, bool>) return {false, true};
  else if constexpr (std::is_same_v<T, std::int64_t>) return {std::begin(integers), std::end(integers)};
  else if constexpr (std::is_same_v<T, std::uint8_t>) return {std::begin(bytes), std::end(bytes)};
  else {
    std::vector<T> all{limits::max(), limits::infinity(), -limits::infinity(), limits::quiet_NaN()};
    for (const double x : reals) all.push_back(static_cast<T>(x));
    return all;
  }
}

/// Elements one after another, of bool too.
template <class T>
struct column {
  std::size_t n;
  std::unique_ptr<T[]> data;
  explicit column(std::size_t size) : n(size), data(new T[size]()) {}
};

/// Operand `k` of calls with every tuple of `arity` values. `Counts` says that the second counts bits or factors: the libraries' functions
/// are undefined, or do not end, for negative ones and large ones.
template <class T, class Element = T>
column<Element> operand(std::size_t k, std::size_t arity, bool counts) {
  const std::vector<T> v = values<T>();
  std::size_t n = 1, step = 1;
  for (std::size_t i = 0; i < arity; ++i) n *= v.size();
  for (std::size_t i = 0; i < k; ++i) step *= v.size();
  column<Element> out(n);
  if (k >= arity) return out;
  for (std::size_t i = 0; i < n; ++i) {
    T x = v[i / step % v.size()];
    if constexpr (is_whole_number<T>)
      if (counts) x = static_cast<T>(k == 0 ? x % 16 : std::abs(static_cast<std::int64_t>(x)) % 8);
    out.data[i] = static_cast<Element>(x);
  }
  return out;
}

/// The operands of one arity and dtype, made once.
template <class Library, class T, std::size_t Arity, bool Counts>
struct inputs {
  typename Library::template array<bool> condition = Library::of(operand<T, bool>(0, Arity, Counts));
  typename Library::template array<T> a = Library::of(operand<T>(0, Arity, Counts)), b = Library::of(operand<T>(1, Arity, Counts)),
                                      c = Library::of(operand<T>(2, Arity, Counts));
  static const inputs& all() {
    static const inputs in;
    return in;
  }
};

template <class T>
bool near(T got, T want, bool inexact) {
  if constexpr (std::is_floating_point_v<T>) {
    if (got != got || want != want) return got != got && want != want;
    if (got == want) return std::signbit(got) == std::signbit(want);
    // Denormal results are not asked for: Eigen's vectors have none.
    return inexact &&
           std::fabs(got - want) <= std::max(16 * std::numeric_limits<T>::epsilon() * std::fabs(want), std::numeric_limits<T>::min());
  } else {
    return got == want;
  }
}

struct elementwise_row {
  const char *library, *name;
  td::op_id id;
  std::size_t arity;
  bool inexact, conditional, counts;
};

/// Compares with what the op's kernel gives.
template <class T, class R>
void compare(const elementwise_row& row, const R* got, std::size_t n) {
  const auto condition = operand<T, bool>(0, row.arity, row.counts);
  const auto a = operand<T>(0, row.arity, row.counts), b = operand<T>(1, row.arity, row.counts), c = operand<T>(2, row.arity, row.counts);
  REQUIRE(n == a.n);
  column<R> want(n);
  const td::engine::block_table& blocks = *td::detail::find_backend("forms", "eigen").blocks;
  const td::engine::block_kernel kernel = blocks.elementwise[static_cast<std::size_t>(row.id)][static_cast<std::size_t>(td::dtype_of<T>)];
  REQUIRE(kernel);
  for (std::size_t i = 0; i < n; i += 1000) {
    const void* first = row.conditional ? static_cast<const void*>(&condition.data[i]) : &a.data[i];
    kernel({&want.data[i], {first, &b.data[i], &c.data[i]}, static_cast<std::int64_t>(std::min<std::size_t>(1000, n - i)), 0});
  }
  std::string wrong;
  int count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const call here{static_cast<double>(a.data[i]),    static_cast<double>(b.data[i]), static_cast<double>(c.data[i]),
                    static_cast<double>(want.data[i]), std::is_floating_point_v<T>,    std::is_same_v<T, float>};
    if (near(got[i], want.data[i], row.inexact) || reviewed(row.library, row.name, here) || ++count > 8) continue;
    std::ostringstream text;
    text << std::setprecision(17) << "\n  (" << here.a << ", " << here.b << ", " << here.c << ") is " << static_cast<double>(got[i])
         << ", the op gives " << here.want;
    wrong += text.str();
  }
  INFO(row.library << " " << row.name << " of " << td::to_string(td::dtype_of<T>) << ": " << count << " differ" << wrong);
  CHECK(count == 0);
}

template <class Form, class T, std::size_t Arity, bool Conditional>
auto run(const auto& in) {
  if constexpr (Conditional) return Form::template run<T>(none, in.condition, in.b, in.c);
  else if constexpr (Arity == 1) return Form::template run<T>(none, in.a);
  else if constexpr (Arity == 2) return Form::template run<T>(none, in.a, in.b);
  else return Form::template run<T>(none, in.a, in.b, in.c);
}

template <class Library, class Form, class T, class R, std::size_t Arity, bool Conditional, bool Counts>
void check(const char* name, td::op_id id, bool inexact) {
  const auto& in = inputs<Library, T, Arity, Counts>::all();
  if constexpr (!std::is_void_v<decltype(run<Form, T, Arity, Conditional>(in))>) {
    const typename Library::template array<R> got = run<Form, T, Arity, Conditional>(in);
    compare<T, R>({Library::name, name, id, Arity, inexact, Conditional, Counts}, got.data(), static_cast<std::size_t>(got.size()));
  }
}

using td::detail::accepts;
using rules = td::detail::dtype_rule;
template <rules Rule, class T>
using result = std::conditional_t<Rule == rules::comparison || Rule == rules::predicate, bool, T>;

constexpr bool counts(std::string_view op) { return op == "pow" || op == "bitwise_left_shift" || op == "bitwise_right_shift"; }

#define TENDRIL_PLUS_ONE(input) +1
#define TENDRIL_CHECK(library, name, inputs, accept, rule, traits)                                                          \
  if constexpr (td::detail::reaches_kernel<T>(accepts::accept, rules::rule) && !td::detail::has_word(#traits, "composite")) \
    check<library##_library, library##_forms::name##_form, T, result<rules::rule, T>,                                       \
          0 TENDRIL_FOR_EACH(TENDRIL_PLUS_ONE, TENDRIL_OPEN inputs), rules::rule == rules::select, counts(#name)>(          \
        #name, td::detail::id_of(td::detail::op_row_index::name), td::detail::has_word(#traits, "inexact"));
// ---- the other rows: what their forms give, element by element in row-major order, against the op of the same name
std::set<std::string> checked;

template <class T>
std::vector<double> numbers(const T& x) requires std::is_arithmetic_v<T> {
  return {static_cast<double>(x)};
}
std::vector<double> numbers(const td::array& x) {
  const td::array wide = td::detail::copy_of(td::astype(x, td::float64).view());
  return {wide.data<double>(), wide.data<double>() + wide.size()};
}
void compare(const std::string& what, const std::vector<double>& got, const td::array& op) {
  checked.insert(what);
  const std::vector<double> want = numbers(op);
  INFO(what);
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    INFO("element " << i << " is " << got[i] << ", the op gives " << want[i]);
    CHECK(near(got[i], want[i], true));
  }
}

/// Two rows of three.
const std::array<double, 6> six{3, -1.5, 0, 2, -7, 0.5};
template <class T>
td::array six_of() {
  std::vector<double> v(six.begin(), six.end());
  return td::astype(td::reshape(td::asarray(v), {2, 3}), td::dtype_of<T>);
}
/// Pairs at the ends of int64. Their quotients, divisors and multiples wrap, where operators stop the process and std::lcm is undefined.
constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min(), highest = std::numeric_limits<std::int64_t>::max();
const std::vector<std::int64_t> end_of_range{lowest, lowest, lowest, lowest, highest, highest, 6, 0, lowest},
    beside_it{-1, 0, lowest, 6, -1, highest - 1, lowest, lowest, 3};
// ---- rows that a library has no expression for
const std::map<std::string, std::string> without_a_form{
    {"eigen moments", "two results"},
    {"xtensor moments", "two results"},
    {"eigen argmax", "maxCoeff writes the place through a pointer"},
    {"eigen argmin", "minCoeff writes the place through a pointer"},
    {"eigen cumulative_sum", "std::partial_sum, a statement"},
    {"eigen cumulative_prod", "std::partial_sum, a statement"},
    {"eigen sort", "std::sort, a statement"},
    {"eigen argsort", "std::sort, a statement"},
    {"eigen searchsorted", "std::lower_bound, once for each element"},
    {"eigen take", "x(indices), but negative ones do not count from the end, and the rank does not change"},
    {"xtensor take", "xt::view(x, xt::keep(...)) has the axis in its arguments' places, and integers alone that are not an array"},
    {"eigen take_along_axis", "a loop"},
    {"xtensor take_along_axis", "a loop"},
    {"eigen scatter", "a loop"},
    {"xtensor scatter", "a loop"},
    {"xtensor matmul", "xtensor-blas has it"},
    {"xtensor det", "xtensor-blas has it"},
    {"eigen slogdet", "two results"},
    {"xtensor slogdet", "xtensor-blas has it"},
    {"xtensor inv", "xtensor-blas has it"},
    {"xtensor solve", "xtensor-blas has it"},
    {"xtensor cholesky", "xtensor-blas has it"},
    {"xtensor triangular_solve", "xtensor-blas has none"},
    {"eigen qr", "two results"},
    {"xtensor qr", "xtensor-blas has it"},
    {"eigen eigh", "two results"},
    {"xtensor eigh", "xtensor-blas has it"},
    {"xtensor eigvalsh", "xtensor-blas has it"},
    {"eigen svd", "three results"},
    {"xtensor svd", "xtensor-blas has it"},
    {"xtensor svdvals", "xtensor-blas has svd"},
    {"xtensor matrix_transpose", "xt::transpose exchanges all axes: its form is that of permute_dims"},
    {"eigen permute_dims", "of two axes, which is matrix_transpose"},
    {"eigen broadcast_to", "x.replicate(rows, columns) counts copies, which differ by axis"},
    {"eigen expand_dims", "arrays have two axes"},
    {"eigen squeeze", "arrays have two axes"},
    {"eigen getitem", "x(rows, columns) has the slices in its arguments' places"},
    {"eigen roll", "two blocks"},
    {"eigen concat", "the comma initializer, a statement"},
    {"eigen arange", "LinSpaced takes the last number in place of the step"},
    {"eigen eye", "Identity has the main diagonal alone"},
};

/// Every row has a form of the library, or is composite, or is listed; every form has been compiled. No line of the lists is stale.
void check_completeness(const std::string& library) {
  const auto has_form = [&](const char* op) {
    return std::any_of(rows_of_forms().begin(), rows_of_forms().end(),
                       [&](const row_of_forms& r) { return r.name == op && r.has(library); });
  };
  for (const difference& d : differences) {
    INFO("differences: " << d.library << " " << d.op << ": " << d.reason);
    CHECK(((d.library != library && d.library[0] != '\0') || has_form(d.op)));
  }
  for (const row_of_forms& row : rows_of_forms()) {
    const std::string line = library + " " + row.name;
    if (row.has(library)) {
      INFO(line << " has a form, which " << (without_a_form.contains(line) ? "without_a_form denies" : "no test compiles"));
      CHECK_FALSE(without_a_form.contains(line));
      CHECK((row.elementwise || checked.contains(line)));
    } else if (!row.has("tendril")) {
      INFO("\"" << row.name << "\" has no FORM(" << library << ", ...) in ops.def. Write one, or say in without_a_form why there is none.");
      CHECK(without_a_form.contains(line));
    }
  }
}

}  // namespace
