// What the frontends' own ops have in common: types as an op of the table has them, and rules that torch and numpy share.
#pragma once
#include <tendril/transpile.hpp>

namespace tendril::frontends {

/// The types that op `Base` of the table has under a frontend's rules: for an op that differs from it in values alone.
template <op_id Base, const promotion_rules& Rules>
std::vector<type> typed_as(const type_request& r) {
  return infer({record_of(Base), r.inputs, r.present, r.attrs, &Rules});
}

/// What the table says of an op by its name, that of a frontend's own op included: "numpy.floor_divide" has the facts of floor_divide.
/// Asked where bool or uint8 is concerned, which is seldom.
struct op_facts {
  bool becomes_real = false;  ///< an elementwise function that has real results of integers, and is no operator
  bool asks = false;          ///< a comparison or a question of numbers
};
op_facts facts_of(std::string_view op);

/// Whether an operand is a bool array.
bool beside_bool(const type_request&);

/// An op that differs from op `base` of the table in values alone: the same operands and attributes, other elements.
op_record variant_of(op_id base, const char* name, type_rule infer, decomposition decompose, const char* doc);
/// The same of an elementwise op, typed as its operands promote together.
op_record elementwise_of(op_id base, const char* name, decomposition decompose, const char* doc);

/// No list is an empty list: the shape of a scalar, or nothing to do.
axes listed(const axes&);

/// diff, which of bool is the exclusive or of neighbours.
std::vector<array> differences(std::span<const array> in, const attributes&);

/// floor_divide of real numbers as C's fmod gives it: -1 beside an infinite divisor of the other sign, the floor of a quotient that is not
/// quite 0, and NaN of an infinity by anything but 0.
array real_floor_divide(const array& a, const array& b);

/// var and std, whose divisor is never below 0: more deviations than corrections give infinity.
std::vector<array> corrected_var(std::span<const array> in, const attributes&);
std::vector<array> corrected_std(std::span<const array> in, const attributes&);

}  // namespace tendril::frontends
