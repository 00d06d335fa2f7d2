// Reference cases that other libraries wrote (tests/data/*.json): arrays read with their layouts, results compared within stated bounds.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>
#include <tendril/graph.hpp>

namespace tendril_test {

/// How far a result may be from the reference: equal when both are zero, else within `ulp` units in the last place or `atol`.
struct tolerance {
  double ulp = 0;
  double atol = 0;
  std::string signs = {};  ///< "columns" or "rows" of matrices that may have the other sign, each by itself
};

/// An array of a case. `value` borrows the memory of `storage`, through the strides of the layout that the case names.
struct stored_array {
  tendril::array storage;
  tendril::array value;
};

/// What a case passes at one place: nothing, a weak scalar, or the index of one of its arrays.
using passed = std::variant<std::monostate, tendril::scalar, std::size_t>;

/// One call of an op, with the results that the reference gives.
struct op_case {
  std::string op;
  std::size_t index = 0;  ///< its position among the cases of the op
  std::vector<stored_array> arrays;
  std::vector<passed> inputs;  ///< sequences are flattened
  tendril::attributes attributes;
  std::vector<tendril::array> outputs;
  std::vector<tolerance> tolerances;  ///< one an output
  std::string text;                   ///< the case as JSON, shortened, for messages

  /// What `apply` takes; it borrows this case's arrays.
  std::vector<tendril::operand> operands() const;
  /// The same with other arrays in place of the case's own: symbols, or copies.
  std::vector<tendril::operand> operands(const std::vector<tendril::array>& instead) const;
  std::vector<tendril::array> array_inputs() const;
};

/// The cases of a file in tests/data.
nlohmann::json load_cases(const std::string& file);

/// The cases of ops.json, of one op. The file is read once a process.
std::vector<op_case> op_cases(const std::string& op);

/// {"dtype", "shape", "data", "view"}: see tests/data/encoding.py.
stored_array read_array(const nlohmann::json&);
tendril::dtype read_dtype(const std::string& name);
/// A JSON number, or "nan", "inf", "-inf", "-0".
tendril::scalar read_scalar(const nlohmann::json&);
/// The bounds of result k of a case.
tolerance read_tolerance(const nlohmann::json& of_case, std::size_t k);
/// An attribute of the kind that ops.def declares for it.
tendril::attribute_value read_attribute(const std::string& op, const std::string& name, const nlohmann::json&);

/// Empty when `got` has the dtype, the shape and, within the bounds, the elements of `want`; else what differs first. NaN equals NaN of
/// either sign; zeros must have the same sign.
std::string difference(const tendril::array& got, const tendril::array& want, const tolerance& allowed = {});

}  // namespace tendril_test
