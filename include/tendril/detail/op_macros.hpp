// The macros that turn the columns of ops.def into C++; op_macros_undef.hpp takes them away again.
#include <tendril/detail/for_each.hpp>

#define TENDRIL_UNPAREN(...) __VA_ARGS__
#define TENDRIL_CALL(m, args) m args  // expands `args` before `m` sees them

// what an op returns
#define TENDRIL_RETURNS_one array
#define TENDRIL_RETURNS_two std::pair<array, array>
#define TENDRIL_RETURNS_three std::tuple<array, array, array>
#define TENDRIL_RETURNS_many std::vector<array>

// inputs: `array a` -> a parameter, a name, a text
#define TENDRIL_KIND_array const operand&
#define TENDRIL_KIND_optional const operand&
#define TENDRIL_KIND_index const operand&
#define TENDRIL_KIND_sequence const sequence&
#define TENDRIL_PARAMETER_(input) TENDRIL_KIND_##input
#define TENDRIL_NAME_array
#define TENDRIL_NAME_optional
#define TENDRIL_NAME_index
#define TENDRIL_NAME_sequence
#define TENDRIL_INPUT_NAME(input) TENDRIL_NAME_##input
#define TENDRIL_PARAMETERS(...) TENDRIL_FOR_EACH_COMMA(TENDRIL_PARAMETER_, __VA_ARGS__)
#define TENDRIL_INPUT_NAMES(...) TENDRIL_FOR_EACH_COMMA(TENDRIL_INPUT_NAME, __VA_ARGS__)

// attributes: (kind, name[, default]) -> a member or a parameter
#define TENDRIL_ATTRIBUTE_axes tendril::axes
#define TENDRIL_ATTRIBUTE_axis tendril::maybe_integer
#define TENDRIL_ATTRIBUTE_optional_integer tendril::maybe_integer
#define TENDRIL_ATTRIBUTE_integer std::int64_t
#define TENDRIL_ATTRIBUTE_real tendril::number
#define TENDRIL_ATTRIBUTE_boolean bool
#define TENDRIL_ATTRIBUTE_string std::string
#define TENDRIL_ATTRIBUTE_dtype tendril::dtype
#define TENDRIL_ATTRIBUTE_scalar tendril::scalar
#define TENDRIL_ATTRIBUTE_slices std::vector<index_item>
#define TENDRIL_MEMBER(attribute) TENDRIL_MEMBER_ attribute
#define TENDRIL_MEMBER_(kind, name, ...) TENDRIL_ATTRIBUTE_##kind name = __VA_ARGS__;
#define TENDRIL_OPTIONS_STRUCT(name, ...) TENDRIL_OPTIONS_STRUCT_(name, __VA_ARGS__)
#define TENDRIL_OPTIONS_STRUCT_(name, ...) __VA_OPT__(struct name##_options{TENDRIL_FOR_EACH(TENDRIL_MEMBER, __VA_ARGS__)};)
#define TENDRIL_OPTIONS_PARAMETER(name, ...) TENDRIL_OPTIONS_PARAMETER_(name, __VA_ARGS__)
#define TENDRIL_OPTIONS_PARAMETER_(name, ...) __VA_OPT__(, const name##_options& options = {})
// an overload for what stands in the place of the options and is none
#define TENDRIL_UNNAMED(name, parameters, ...) __VA_OPT__(TENDRIL_UNNAMED_(name, TENDRIL_UNPAREN parameters))
#define TENDRIL_UNNAMED_(name, ...)                               \
  template <detail::unnamed_option T>                             \
  detail::refused name(__VA_ARGS__, const T&) {                   \
    return detail::refuse_option<detail::is_extreme(#name), T>(); \
  }
#define TENDRIL_POSITIONAL_ONE(attribute) , TENDRIL_POSITIONAL_ONE_ attribute
#define TENDRIL_POSITIONAL_ONE_(kind, name) const TENDRIL_ATTRIBUTE_##kind& name
#define TENDRIL_POSITIONAL(...) TENDRIL_FOR_EACH(TENDRIL_POSITIONAL_ONE, __VA_ARGS__)
#define TENDRIL_POSITIONAL_BARE(attribute) TENDRIL_POSITIONAL_ONE_ attribute
#define TENDRIL_POSITIONAL_FIRST(...) TENDRIL_FOR_EACH_COMMA(TENDRIL_POSITIONAL_BARE, __VA_ARGS__)
