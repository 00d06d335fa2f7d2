// td::array: operators and indexing, which are ops; and the comparison of tests.
#include <tendril/ops.hpp>

#include <cmath>

#include "array/array_impl.hpp"

namespace tendril {

array array::operator[](std::initializer_list<index_item> key) const { return getitem(*this, std::vector<index_item>(key)); }

#define TENDRIL_OPERATOR(result, o, name) \
  result operator o(const operand& a, const operand& b) { return name(a, b); }
TENDRIL_OPERATOR(array, +, add)
TENDRIL_OPERATOR(array, -, subtract)
TENDRIL_OPERATOR(array, *, multiply)
TENDRIL_OPERATOR(array, /, divide)
TENDRIL_OPERATOR(array, %, remainder)
TENDRIL_OPERATOR(array, ==, equal)
TENDRIL_OPERATOR(array, !=, not_equal)
TENDRIL_OPERATOR(const array, <, less)
TENDRIL_OPERATOR(const array, <=, less_equal)
TENDRIL_OPERATOR(const array, >, greater)
TENDRIL_OPERATOR(const array, >=, greater_equal)
TENDRIL_OPERATOR(array, &, bitwise_and)
TENDRIL_OPERATOR(array, |, bitwise_or)
TENDRIL_OPERATOR(array, ^, bitwise_xor)
TENDRIL_OPERATOR(array, <<, bitwise_left_shift)
TENDRIL_OPERATOR(array, >>, bitwise_right_shift)
#undef TENDRIL_OPERATOR
array operator-(const operand& a) { return negative(a); }
array operator+(const operand& a) { return *a.get_array(); }
array operator~(const operand& a) { return bitwise_invert(a); }

namespace {
// What && and || and ! ask of each element.
array truth(const operand& a) {
  const array* x = a.get_array();
  if (!x)
    return detail::scalar_array(a.get_scalar().kind() == dtype_kind::real ? a.get_scalar().real() != 0 : a.get_scalar().integer() != 0,
                                dtype::bool_);
  return x->dtype(a.where()) == dtype::bool_ ? *x : not_equal(a, operand(0, a.where()));
}
}  // namespace
array detail::both(const operand& a, const operand& b) {
  const array x = truth(a), y = truth(b);
  return logical_and(operand(x, a.where()), operand(y, b.where()));
}
array detail::either(const operand& a, const operand& b) {
  const array x = truth(a), y = truth(b);
  return logical_or(operand(x, a.where()), operand(y, b.where()));
}
array operator!(const array& a) {
  const array x = truth(operand(a, std::source_location()));
  return logical_not(operand(x, std::source_location()));
}

#define TENDRIL_OPERATOR(o, name) \
  array& array::operator o(const operand& b)& { return *this = name(operand(*this, b.where()), b); }
TENDRIL_OPERATOR(+=, add)
TENDRIL_OPERATOR(-=, subtract)
TENDRIL_OPERATOR(*=, multiply)
TENDRIL_OPERATOR(/=, divide)
TENDRIL_OPERATOR(%=, remainder)
TENDRIL_OPERATOR(&=, bitwise_and)
TENDRIL_OPERATOR(|=, bitwise_or)
TENDRIL_OPERATOR(^=, bitwise_xor)
TENDRIL_OPERATOR(<<=, bitwise_left_shift)
TENDRIL_OPERATOR(>>=, bitwise_right_shift)
#undef TENDRIL_OPERATOR

bool allclose(const array& a, const array& b, double rtol, double atol, bool equal_nan) {
  for (const array* x : {&a, &b})
    if (x->is_symbol())
      throw trace_error("[allclose] a traced value has no numbers: got a symbol, expected an array with elements. Compare after the call.");
  const auto together = broadcast("allclose", type::of(a.dtype(), a.shape()).shape, type::of(b.dtype(), b.shape()).shape);
  std::vector<std::int64_t> shape;
  for (const extent& e : together) shape.push_back(e.value);
  const array x = detail::copy_of(broadcast_to(astype(a, dtype::float64), shape).view());
  const array y = detail::copy_of(broadcast_to(astype(b, dtype::float64), shape).view());
  const double *p = x.data<double>(), *q = y.data<double>();
  for (std::int64_t i = 0; i < x.size(); ++i) {
    if (p[i] == q[i] || (equal_nan && std::isnan(p[i]) && std::isnan(q[i]))) continue;
    if (std::isinf(q[i]) || !(std::abs(p[i] - q[i]) <= atol + rtol * std::abs(q[i]))) return false;
  }
  return true;
}

}  // namespace tendril
