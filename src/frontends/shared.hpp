// What frontends have in common: how their own ops are made and typed, checks of elements, and formulas that several of them share.
#pragma once
#include <tendril/transpile.hpp>

#include "ops/matrices.hpp"

namespace tendril::frontends {

using detail::below_diagonal;
using detail::diagonal_of;
using detail::last_and_first;
using detail::moved_order;
using detail::spelled;
using detail::tensordot;
using detail::with_moved_axes;

/// The types that op `Base` of the table has under a frontend's rules: for an op that differs from it in values alone.
template <op_id Base, const promotion_rules& Rules>
std::vector<type> typed_as(const type_request& r) {
  return infer({record_of(Base), r.inputs, r.present, r.attrs, &Rules});
}

/// What the table says of an op by its name, that of a frontend's own op included: "numpy.floor_divide" has the facts of floor_divide.
/// Asked where bool or uint8 is concerned, which is seldom.
struct op_facts {
  bool real = false;          ///< has real results of integers
  bool becomes_real = false;  ///< an elementwise function that has real results of integers, and is no operator
  bool asks = false;          ///< a comparison or a question of numbers
};
op_facts facts_of(std::string_view op);

/// Whether the op is one of these.
template <class... Name>
bool among(std::string_view op, Name... name) {
  return ((op == name) || ...);
}

/// Arrays as the operands of a call at one line.
std::vector<operand> operands(std::span<const array>, std::source_location);

/// The dtype of arrays and numbers together, as Python's numbers have it: they yield to arrays unless their kind is higher. `pair` is the
/// dtype of two arrays.
dtype with_numbers(std::span<const dtype>, std::span<const bool> weak, dtype (*pair)(dtype, dtype));

/// What an axis of None means: the flattened array, along its one axis.
struct flat {
  array made;
  operand x;
  std::int64_t axis;
  flat(const operand& a, maybe_integer along, const promotion_rules&);
};

/// A range of integers whose bounds are real: they say how many numbers there are, then start and step are cut.
struct cut_range {
  std::int64_t start, step, count;
};
cut_range cut(double start, double stop, double step);

/// Throws error where a range has an infinite bound, or a step that leads away from its end.
void require_toward(const char* op, const scalar& start, const scalar& stop, const scalar& step);

/// Whether an operand is a bool array.
bool beside_bool(const type_request&);

/// An op that differs from op `base` of the table in values alone: the same operands and attributes, other elements.
op_record variant_of(op_id base, const char* name, type_rule infer, decomposition decompose, const char* doc);
/// The same of an elementwise op, typed as its operands promote together.
op_record elementwise_of(op_id base, const char* name, decomposition decompose, const char* doc);

/// Defines `name##_record()`, the own op "framework.name" with the operands of op `base`, whose elements are `body`, an array made of
/// arrays a and b of one dtype.
#define TENDRIL_OWN_ELEMENTWISE(framework, name, base, body, doc) \
  const op_record& name##_record() {                              \
    static const op_record& op = register_op(elementwise_of(      \
        op_id::base, framework "." #name,                         \
        [](std::span<const array> in, const attributes&) {        \
          const array &a = in[0], &b = in[1];                     \
          return std::vector<array>{body};                        \
        },                                                        \
        doc));                                                    \
    return op;                                                    \
  }

/// Attributes as an op of a frontend declares them: they have no defaults, since every call passes all of them.
attribute_spec attribute_of(const char* name, bool required = true, bool list = false);

/// The types of an op whose decomposition needs to know ranks or dtypes: unknown until those of all operands are known.
std::vector<type> typed_when_known(const type_request&);
/// Of an op's operands.
inline constexpr int any_number = -1;
/// Registers an op over `inputs` arrays, at most three, or over any number of them.
const op_record& own_op(const char* name, std::initializer_list<attribute_spec>, type_rule infer, decomposition, const char* doc,
                        int inputs = 1);
/// The same, typed by its decomposition when ranks and dtypes are known.
const op_record& composed(const char* name, std::initializer_list<attribute_spec>, decomposition, const char* doc, int inputs = 1);

/// Defines `name##_op()`, the own op "framework.name" over `inputs` arrays with these attributes. Its result is `...`: an array, an Array
/// or a list of them, made of x, y and z (the first, second and last operand), of all of them as `in`, and of the attributes `at`, when
/// types are known.
#define TENDRIL_LIST(...) \
  { __VA_ARGS__ }
#define TENDRIL_OWN_FORMULA(framework, Array, name, inputs, attributes_, doc, ...)                                    \
  const op_record& name##_op() {                                                                                      \
    static const op_record& op = composed(                                                                            \
        framework "." #name, TENDRIL_LIST attributes_,                                                                \
        []([[maybe_unused]] std::span<const array> in, [[maybe_unused]] const attributes& at) -> std::vector<array> { \
          [[maybe_unused]] const Array x(in[0]), y(in[in.size() > 1 ? 1 : 0]), z(in[in.size() - 1]);                  \
          return results_of(__VA_ARGS__);                                                                             \
        },                                                                                                            \
        doc, inputs);                                                                                                 \
    return op;                                                                                                        \
  }
inline std::vector<array> results_of(const array& a) { return {a}; }
template <class Array>
std::vector<array> results_of(const Array& a) {
  return {a.value()};
}
template <class Array>
std::vector<array> results_of(const std::vector<Array>& all) {
  std::vector<array> out;
  for (const Array& a : all) out.push_back(a.value());
  return out;
}

/// What a check looks for among the elements of an array of integers.
enum class bad : std::uint8_t { zero, negative };
/// `x`, after an error where an integer of it is bad: index_error for a negative index, else error. `message` is what the error says; `{}`
/// in it stands for the first bad element.
array checked(const array& x, bad, std::string message, bool index = false);
/// The divisor of an integer division: 0 is an error, which tells to take `where` of this library.
array checked_divisor(const array& x, const char* op, const char* library);

/// No list is an empty list: the shape of a scalar, or nothing to do.
axes listed(const axes&);

/// diff, which of bool is the exclusive or of neighbours.
std::vector<array> differences(std::span<const array> in, const attributes&);

/// floor_divide of real numbers as C's fmod gives it: -1 beside an infinite divisor of the other sign, the floor of a quotient that is not
/// quite 0, and NaN of an infinity by anything but 0.
array real_floor_divide(const array& a, const array& b);

/// The remainder with the sign of the divisor; a zero has the sign of the dividend, as where C's fmod comes first.
array real_remainder(const array& a, const array& b);
/// C's fmod: the remainder with the sign of the dividend.
array real_fmod(const array& a, const array& b);

inline std::vector<std::int64_t> extents_of(const array& x) { return {x.shape().begin(), x.shape().end()}; }
/// 0 of a dtype, as a number of its kind.
inline scalar zero_of(dtype d) { return kind_of(d) == dtype_kind::real ? scalar(0.0) : scalar(0); }
/// Throws shape_error where `what`, n of them, are not one for each axis of x.
void require_each(const char* op, const char* what, const array& x, std::size_t n);

/// x with two axes exchanged.
array with_exchanged_axes(const char* op, const array& x, std::int64_t a, std::int64_t b);
/// The sum of products that an equation such as "bij,bjk->bik" says, of arrays of one dtype.
array einsum(const std::string& equation, std::span<const array> operands, array (*product)(const array&, const array&),
             array (*sum)(const array&, const axes&));
/// x with values, which broadcast, at the places that int64 indices, one for each of the first axes, name together; of equal places the
/// last counts, or all are added. An index out of range is an index_error when the function runs, and a negative one unless it counts.
array put_at(const char* op, const array& x, std::span<const array> indices, const array& values, bool add, bool counts_from_end);
/// A mask over the first axes of x as one that broadcasts with x. Throws where it has other extents, or where `values` are more than one
/// for all places that it takes.
array mask_over(const char* op, const array& x, const array& mask, const array& values);
/// True where a new axis of extent `depth`, at `axis` of the result, counts the index.
array one_hot(const char* op, const array& indices, std::int64_t depth, std::int64_t axis);
/// The dtype of arrays together, as operands of add.
dtype common_dtype(const promotion_rules&, std::span<const array>);
inline bool is_real(const array& x) { return kind_of(x.dtype()) == dtype_kind::real; }
/// C's fmod of integers; 0 where the divisor is 0.
array integer_fmod(const array& a, const array& b);
/// With at least so many axes, three at most: a vector as a row, and rows with a last axis of extent 1.
array with_rank(const array& x, std::int64_t rank);
/// Each element of a times the whole of b; `product` multiplies elements.
array kronecker(const array& a, const array& b, array (*product)(const array&, const array&));
/// Turned k times by a right angle in the plane of two axes, from the first towards the second.
array rotated(const char* op, const array& x, std::int64_t k, const std::vector<std::int64_t>& plane);
/// The vector x on axis `place` of a grid with these extents; `xy` exchanges the first two, `sparse` leaves the others 1.
array grid_of(const array& x, std::vector<std::int64_t> extents, std::int64_t place, bool xy, bool sparse);
/// Vectors, which are the last axis, on the diagonal of two new ones: element (i, i + offset).
array on_diagonal(const array& x, std::int64_t offset);
/// Whether "U" is asked for, and not "L"; throws error for others.
bool reads_upper(const char* op, const std::string& UPLO);
/// Throws error where `padded` has no such mode.
void require_pad_mode(const std::string& mode);
/// What stands at the ends: constants; elements of the edge, mirrored in it (reflect: without it) or from the
/// other end (wrap); the largest, smallest, mean or median; or what leads to a number, as the framework has it.
struct pad_filling {
  std::string mode;
  std::vector<scalar> constants = {0, 0};  ///< before and after in turn, as widths say it
  /// The constant as an element of a dtype, as the framework converts it; `alone` where one pair says all.
  scalar (*element)(const scalar& number, dtype d, bool alone) = nullptr;
  std::vector<double> ends = {};  ///< before and after in turn, as widths say it
  /// `count` numbers along the axis from `end` on, before `edge`, whose extent is 1 there, in any floating dtype.
  array (*ramp)(const array& edge, double end, std::int64_t count, std::int64_t axis) = nullptr;
  std::vector<std::int64_t> lengths = {};  ///< of how many elements extremes and means are, as widths say it; none: all
  /// What stands as far beyond the element of an end as `x` stands before it, where reflect and symmetric are odd.
  array (*odd)(const array& edge, const array& x) = nullptr;
};
/// x made larger: before and after each axis by `widths` in turn, or all by the one pair.
array padded(const array& x, const std::vector<std::int64_t>& widths, const pad_filling&);
/// The element as far beyond that of an end as x is before it.
inline array reflected(const array& edge, const array& x) { return subtract(multiply(edge, 2), x); }
/// The dtypes of a histogram: in which elements and ends of bins are compared (unknown: as the ends are given), in which the weights are
/// added, of the result, and of the widths that a density divides by.
struct binning {
  dtype elements, ends, sums, counts, density;
};
/// arange(count) along one axis, in a floating dtype.
array counted_along(std::int64_t count, std::int64_t axis, std::int64_t rank, dtype);

/// The largest or the smallest up to each element of an axis, or where it stands: of equal ones the later, and NaN once there was one.
array running_extreme(const array& x, std::int64_t axis, bool largest, bool places);
/// The x whose erf is y, of a floating dtype: Wichura's rational functions (AS 241), to 8 ULP. Infinite at both ends, NaN beyond them.
array erf_inverse(const array& y);
/// The number below which a normal one lies as often as p says, of a floating dtype: infinite at 0 and 1, NaN beyond.
array normal_quantile(const array& p);
/// The logarithm of the sum of exponentials of real numbers, without overflow on the way.
array log_sum_exp(const array& x, const axes& axis, bool keepdims);

/// var and std, whose divisor is never below 0: more deviations than corrections give infinity.
std::vector<array> corrected_var(std::span<const array> in, const attributes&);
std::vector<array> corrected_std(std::span<const array> in, const attributes&);

}  // namespace tendril::frontends
