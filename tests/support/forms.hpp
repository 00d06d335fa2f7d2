// The forms of ops.def as a user of each library has them: which rows have one, and macros that make functions of them.
#pragma once
#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

#include <tendril/detail/for_each.hpp>

namespace tendril_test {

// ---- which rows have which
struct row_of_forms {
  std::string name;
  bool elementwise;
  std::string libraries;  ///< " eigen  xtensor "

  bool has(const std::string& library) const { return libraries.find(" " + library + " ") != std::string::npos; }
};

#define TENDRIL_AFTER_DOC(doc, ...) __VA_ARGS__
inline const std::vector<row_of_forms>& rows_of_forms() {
  // Numbers and literals alone: as strings, each row would be code of its own.
  static constexpr struct {
    const char* name;
    bool elementwise;
    const char* libraries;
  } table[] = {
#define FORM(library, ...) " " #library " "
#define OP(name, inputs, positional, options, returns, accepts, rule, shape, traits, ...) {#name, false, "" TENDRIL_AFTER_DOC(__VA_ARGS__)},
#define ELEMENTWISE(name, inputs, options, accepts, rule, traits, ...) {#name, true, "" TENDRIL_AFTER_DOC(__VA_ARGS__)},
#include <tendril/ops.def>
  };
  static const std::vector<row_of_forms> rows = [] {
    std::vector<row_of_forms> all;
    for (const auto& r : table) all.push_back({r.name, r.elementwise, r.libraries});
    return all;
  }();
  return rows;
}

// ---- as functions: TENDRIL_ROW makes `name_form::run<dtype>(none, attributes..., inputs...)`, which returns nothing where the row has no
// form. The including unit says which library's forms expand to TENDRIL_FORM_RETURN and TENDRIL_FORM_INTEGERS, and which to
// TENDRIL_FORM_NO.
struct nothing {};
inline constexpr nothing none;
template <class T>
inline constexpr bool is_whole_number = std::is_integral_v<T> && !std::is_same_v<T, bool>;

#define TENDRIL_OPEN(...) __VA_ARGS__
#define TENDRIL_INPUT(input) TENDRIL_INPUT_##input
#define TENDRIL_INPUT_array , [[maybe_unused]] const auto&
#define TENDRIL_INPUT_optional , [[maybe_unused]] const auto&
#define TENDRIL_INPUT_index , [[maybe_unused]] const auto&
#define TENDRIL_INPUT_sequence , [[maybe_unused]] const auto&...
#define TENDRIL_ATTRIBUTE(attribute) TENDRIL_ATTRIBUTE_ attribute
#define TENDRIL_ATTRIBUTE_(kind, name, ...) TENDRIL_##kind##_IS(name)
#define TENDRIL_VALUE(name) , [[maybe_unused]] const auto& name
#define TENDRIL_axes_IS TENDRIL_VALUE
#define TENDRIL_axis_IS TENDRIL_VALUE
#define TENDRIL_integer_IS TENDRIL_VALUE
#define TENDRIL_optional_integer_IS TENDRIL_VALUE
#define TENDRIL_real_IS TENDRIL_VALUE
#define TENDRIL_boolean_IS TENDRIL_VALUE
#define TENDRIL_string_IS TENDRIL_VALUE
#define TENDRIL_scalar_IS TENDRIL_VALUE
#define TENDRIL_slices_IS TENDRIL_VALUE
#define TENDRIL_dtype_IS(name)
#define TENDRIL_ROW(name, inputs, positional, options, ...)                                                                               \
  struct name##_form {                                                                                                                    \
    template <class dtype>                                                                                                                \
    static auto run(nothing TENDRIL_FOR_EACH(TENDRIL_ATTRIBUTE, TENDRIL_OPEN positional)                                                  \
                        TENDRIL_FOR_EACH(TENDRIL_ATTRIBUTE, TENDRIL_OPEN options) TENDRIL_FOR_EACH(TENDRIL_INPUT, TENDRIL_OPEN inputs)) { \
      __VA_ARGS__                                                                                                                         \
    }                                                                                                                                     \
  };
#define TENDRIL_FORM_INTEGERS(...)                          \
  if constexpr (is_whole_number<dtype>) return __VA_ARGS__; \
  else
#define TENDRIL_FORM_NO(...)
#define TENDRIL_FORM_RETURN(...) return __VA_ARGS__;

}  // namespace tendril_test
