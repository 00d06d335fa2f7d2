// What the definitions of NumPy's words (words_*.def) are written with: how a formula is made an op of the frontend, and helpers.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numbers>

#include <tendril/detail/op_id.hpp>
#include <tendril/linalg.hpp>

#include "array/format.hpp"
#include "frontends/shared.hpp"
#include "ops/literals.hpp"

namespace tendril::frontends {

using list = std::vector<std::int64_t>;

/// A C++ number as an operand, of the kind that it has.
template <class F>
auto of_number(const scalar& s, F call) {
  if (s.kind() == dtype_kind::boolean) return call(s.integer() != 0);
  return s.kind() == dtype_kind::integer ? call(s.integer()) : call(s.real());
}

/// The real numbers of an attribute.
inline std::vector<double> reals_of(const attributes& at, std::string_view name) {
  return std::get<std::vector<double>>(at.find(name)->value);
}

/// The constants of pad, two by two.
inline std::vector<scalar> constants_of(const attributes& at) {
  if (at.has("integers")) {
    const list numbers = at.get_ints("integers");
    return {numbers.begin(), numbers.end()};
  }
  if (at.has("reals")) {
    const std::vector<double> numbers = reals_of(at, "reals");
    return {numbers.begin(), numbers.end()};
  }
  const scalar all = at.has("value") ? at.get_scalar("value") : scalar(0);
  return {all, all};
}

}  // namespace tendril::frontends

// OWN(name, inputs, (attributes), doc, result): an own op of the frontend, as TENDRIL_OWN_FORMULA has it.
#define OWN(name, inputs, attributes_, doc, ...) TENDRIL_OWN_FORMULA(FRAMEWORK, ARRAY, name, inputs, attributes_, doc, __VA_ARGS__)
#define HAS(name) attribute_of(#name)
#define MAY(name) attribute_of(#name, false)
#define LISTED(name) attribute_of(#name, true, true)
#define MAY_LIST(name) attribute_of(#name, false, true)
