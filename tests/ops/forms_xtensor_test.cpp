// What a user of xtensor writes for the ops, the `xtensor` forms of ops.def, gives their numbers, but where a reviewed line says why not.
#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/generators/xbuilder.hpp>
#include <xtensor/misc/xmanipulation.hpp>
#include <xtensor/misc/xset_operation.hpp>
#include <xtensor/misc/xsort.hpp>
#include <xtensor/views/xrepeat.hpp>
#include <xtensor/views/xstrided_view.hpp>
#else
#include <xtensor/xbuilder.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xrepeat.hpp>
#include <xtensor/xset_operation.hpp>
#include <xtensor/xsort.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xtensor.hpp>
#endif

#include "forms_check.hpp"

namespace {

namespace xtensor_forms {
#define TENDRIL_IN_XTENSOR_tendril TENDRIL_FORM_NO
#define TENDRIL_IN_XTENSOR_eigen TENDRIL_FORM_NO
#define TENDRIL_IN_XTENSOR_eigen_integers TENDRIL_FORM_NO
#define TENDRIL_IN_XTENSOR_xtensor TENDRIL_FORM_RETURN
#define TENDRIL_IN_XTENSOR_xtensor_integers TENDRIL_FORM_INTEGERS
#define FORM(library, ...) TENDRIL_IN_XTENSOR_##library(__VA_ARGS__)
#define OP(name, inputs, positional, options, returns, accepts, rule, shape, traits, ...) \
  TENDRIL_ROW(name, inputs, positional, options, TENDRIL_AFTER_DOC(__VA_ARGS__))
#include <tendril/ops.def>
}  // namespace xtensor_forms

struct xtensor_library {
  static constexpr const char* name = "xtensor";
  template <class T>
  using array = xt::xtensor<T, 1>;
  template <class T>
  static array<T> of(const column<T>& v) {
    array<T> x(std::array<std::size_t, 1>{v.n});
    std::copy(v.data.get(), v.data.get() + v.n, x.begin());
    return x;
  }
};

template <class T>
void check_xtensor() {
#define OP(...)
#define CREATE(...)
#define REDUCTION(...)
#define ELEMENTWISE(name, inputs, options, accept, rule, traits, ...) TENDRIL_CHECK(xtensor, name, inputs, accept, rule, traits)
#include <tendril/ops.def>
}

// Element by element: containers that 0.24 makes of such expressions may have another rank.
template <class D>
std::vector<double> numbers(const xt::xexpression<D>& x) {
  std::vector<double> out;
  for (const auto v : x.derived_cast()) out.push_back(static_cast<double>(v));
  return out;
}

#define TENDRIL_XTENSOR(name, dtype, op, ...) \
  compare("xtensor " #name, numbers(xtensor_forms::name##_form::run<dtype>(none, __VA_ARGS__)), op)
#define TENDRIL_XTENSOR_REDUCTION(name, dtype, ...)                                                             \
  TENDRIL_XTENSOR(name, dtype, td::name(same), (std::array<std::size_t, 2>{0, 1}), __VA_ARGS__, x);             \
  TENDRIL_XTENSOR(name, dtype, td::name(same, {.axis = {0}}), (std::array<std::size_t, 1>{0}), __VA_ARGS__, x); \
  TENDRIL_XTENSOR(name, dtype, td::name(same, {.axis = {1}}), (std::array<std::size_t, 1>{1}), __VA_ARGS__, x)

void check_other_xtensor() {
  xt::xtensor<double, 2> x(std::array<std::size_t, 2>{2, 3});
  std::copy(six.begin(), six.end(), x.begin());
  const td::array same = six_of<double>();
  const std::array<std::size_t, 2> shape{3, 2}, backwards{1, 0};
  const std::array<std::size_t, 1> first{0}, second{1};
  const std::array<std::ptrdiff_t, 1> two{2}, last{1};
  TENDRIL_XTENSOR(astype, double, td::astype(same, td::float64), x);
  TENDRIL_XTENSOR(astype, std::int64_t, td::astype(same, td::int64), x);
  TENDRIL_XTENSOR(astype, bool, td::astype(same, td::bool_), x);
  TENDRIL_XTENSOR_REDUCTION(sum, double, none);
  TENDRIL_XTENSOR_REDUCTION(prod, double, none);
  TENDRIL_XTENSOR_REDUCTION(max, double, none);
  TENDRIL_XTENSOR_REDUCTION(min, double, none);
  TENDRIL_XTENSOR_REDUCTION(count_nonzero, double, none);
  for (const std::ptrdiff_t axis : {0, 1}) {
    TENDRIL_XTENSOR(argmax, double, td::argmax(same, {.axis = axis}), axis, none, x);
    TENDRIL_XTENSOR(argmin, double, td::argmin(same, {.axis = axis}), axis, none, x);
    TENDRIL_XTENSOR(cumulative_sum, double, td::cumulative_sum(same, {.axis = axis}), axis, none, x);
    TENDRIL_XTENSOR(cumulative_prod, double, td::cumulative_prod(same, {.axis = axis}), axis, none, x);
    TENDRIL_XTENSOR(diff, double, td::diff(same, {.axis = axis}), axis, 1u, x);
    TENDRIL_XTENSOR(sort, double, td::sort(same, {.axis = axis}), axis, none, none, x);
    TENDRIL_XTENSOR(argsort, double, td::argsort(same, {.axis = axis}), axis, none, none, x);
    const auto place = static_cast<std::size_t>(axis);
    TENDRIL_XTENSOR(concat, double, td::concat({same, same}, {.axis = axis}), place, x, x);
    TENDRIL_XTENSOR(stack, double, td::stack({same, same}, {.axis = axis}), place, x, x);
    TENDRIL_XTENSOR(repeat, double, td::repeat(same, 2, {.axis = axis}), 2u, place, x);
  }
  const xt::xtensor<double, 1> sorted{-2.0, 0.0, 1.0, 1.0, 3.0};
  const td::array sorted_too = td::asarray(std::vector<double>{-2, 0, 1, 1, 3});
  const xt::xtensor<double, 1> wanted{1.0, -3.0, 2.0, 9.0};
  const td::array wanted_too = td::asarray(std::vector<double>{1, -3, 2, 9});
  for (const std::string side : {"left", "right"})
    TENDRIL_XTENSOR(searchsorted, double, td::searchsorted(sorted_too, wanted_too, {.side = side}), side, sorted, wanted);
  TENDRIL_XTENSOR(reshape, double, td::reshape(same, {3, 2}), shape, none, x);
  TENDRIL_XTENSOR(permute_dims, double, td::permute_dims(same, {1, 0}), backwards, x);
  TENDRIL_XTENSOR(broadcast_to, double, td::broadcast_to(same, {2, 2, 3}), (std::array<std::size_t, 3>{2, 2, 3}), x);
  TENDRIL_XTENSOR(expand_dims, double, td::expand_dims(same, {.axis = {1}}), second, x);
  TENDRIL_XTENSOR(squeeze, double, same, second, (xt::expand_dims(x, 1)));
  TENDRIL_XTENSOR(flip, double, td::flip(same, {.axis = {0}}), first, x);
  TENDRIL_XTENSOR(flip, double, td::flip(same, {.axis = {1}}), second, x);
  TENDRIL_XTENSOR(roll, double, td::roll(same, {2}, {.axis = {1}}), two, last, x);
  TENDRIL_XTENSOR(getitem, double, (same[{td::slice(), 1}]), (xt::xstrided_slice_vector{xt::all(), 1}), x);
  TENDRIL_XTENSOR(zeros, double, td::zeros({3, 2}), shape);
  TENDRIL_XTENSOR(ones, double, td::ones({3, 2}), shape);
  TENDRIL_XTENSOR(full, double, td::full({3, 2}, 7), shape, 7);
  TENDRIL_XTENSOR(zeros_like, double, td::zeros_like(same), x);
  TENDRIL_XTENSOR(ones_like, double, td::ones_like(same), x);
  TENDRIL_XTENSOR(full_like, double, td::full_like(same, 7), 7, x);
  TENDRIL_XTENSOR(arange, double, td::arange(1, 10, 3), 1.0, 10.0, 3.0);
  TENDRIL_XTENSOR(eye, double, td::eye(2, {.n_cols = 3, .k = 1}), std::size_t{2}, std::size_t{3}, 1);
  TENDRIL_XTENSOR_REDUCTION(mean, double, none);
  TENDRIL_XTENSOR(var, double, td::var(same, {.axis = {1}, .correction = 1}), second, 1, none, x);
  TENDRIL_XTENSOR(std, double, td::std(same, {.axis = {1}, .correction = 1}), second, 1, none, x);
}
void check_ends_xtensor() {
  const auto of = [](const std::vector<std::int64_t>& v) {
    xt::xtensor<std::int64_t, 1> x(std::array<std::size_t, 1>{v.size()});
    std::copy(v.begin(), v.end(), x.begin());
    return x;
  };
  const xt::xtensor<std::int64_t, 1> a = of(end_of_range), b = of(beside_it);
  const td::array v = td::asarray(end_of_range), w = td::asarray(beside_it);
  TENDRIL_XTENSOR(floor_divide, std::int64_t, td::floor_divide(v, w), a, b);
  TENDRIL_XTENSOR(remainder, std::int64_t, td::remainder(v, w), a, b);
  TENDRIL_XTENSOR(gcd, std::int64_t, td::gcd(v, w), a, b);
  TENDRIL_XTENSOR(lcm, std::int64_t, td::lcm(v, w), a, b);
}
void check_truths_xtensor() {
  xt::xtensor<bool, 2> x(std::array<std::size_t, 2>{2, 3});
  std::transform(six.begin(), six.end(), x.begin(), [](double v) { return v > 0; });
  const td::array same = six_of<double>() > 0;
  TENDRIL_XTENSOR_REDUCTION(any, bool, none);
  TENDRIL_XTENSOR_REDUCTION(all, bool, none);
  TENDRIL_XTENSOR_REDUCTION(count_nonzero, bool, none);
}

}  // namespace

// Not for float32: xtensor calls the same functions of std for it.
TEST_CASE("what a user of xtensor writes for an elementwise op gives its numbers") {
  check_xtensor<double>();
  check_xtensor<std::int64_t>();
  check_xtensor<std::uint8_t>();
  check_xtensor<bool>();
}

TEST_CASE("every row has a form for xtensor, or is composite, or has none for a reviewed reason, and every form is right") {
  check_other_xtensor();
  check_ends_xtensor();
  check_truths_xtensor();
  check_completeness("xtensor");
}
