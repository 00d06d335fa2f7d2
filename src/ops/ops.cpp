// The op functions of ops.hpp, generated from the op table: each gathers its operands and attributes and calls `apply`.
#include <tendril/ops.hpp>

#include <new>

#include <tendril/detail/op_id.hpp>
#include <tendril/graph.hpp>

#include "array/memory.hpp"
#include "ops/row_ids.hpp"

#include <tendril/detail/op_macros.hpp>

namespace tendril {
namespace {

// The operands of a call, in order, with the line of the first.
struct gathered {
  std::vector<operand> operands;
  std::source_location where;

  template <class... In>
  explicit gathered(const In&... in) {
    operands.reserve(sizeof...(In));
    (take(in), ...);
  }
  void take(const operand& o) {
    if (operands.empty()) where = o.where();
    operands.push_back(o);
  }
  void take(const sequence& s) {
    where = s.where();
    for (const array& a : s.arrays()) operands.emplace_back(a, s.where());
  }
};

// What must be given is: the shape or the axes `{}` are none, not unknown.
attribute_value positional(const axes& v) { return v.values(); }
template <class T>
attribute_value positional(const T& v) {
  return v;
}

array one(std::vector<array> r) { return std::move(r.front()); }
std::pair<array, array> two(std::vector<array> r) { return {std::move(r[0]), std::move(r[1])}; }
std::tuple<array, array, array> three(std::vector<array> r) { return {std::move(r[0]), std::move(r[1]), std::move(r[2])}; }
std::vector<array> many(std::vector<array> r) { return r; }

}  // namespace

#define TENDRIL_FROM_POSITIONAL_(kind, name) \
  attribute { #name, positional(name) }
#define TENDRIL_FROM_OPTION_(kind, name, ...) \
  attribute { #name, options.name }
#define TENDRIL_POSITIONALS(...) TENDRIL_FOR_EACH(TENDRIL_FROM_POSITIONAL_COMMA, __VA_ARGS__)
#define TENDRIL_FROM_POSITIONAL_COMMA(attribute) TENDRIL_FROM_POSITIONAL_ attribute,
#define TENDRIL_OPTIONALS(...) TENDRIL_FOR_EACH(TENDRIL_FROM_OPTION_COMMA, __VA_ARGS__)
#define TENDRIL_FROM_OPTION_COMMA(attribute) TENDRIL_FROM_OPTION_ attribute,
#define TENDRIL_GIVEN(name, ...) TENDRIL_OPTIONS_GIVEN_(name, __VA_ARGS__)
#define TENDRIL_OPTIONS_GIVEN_(name, ...) __VA_OPT__(, const name##_options& options)

#define OP(name, inputs, positional, opts, ret, ...)                                                                               \
  TENDRIL_RETURNS_##ret name(TENDRIL_PARAMETERS(TENDRIL_UNPAREN inputs) TENDRIL_POSITIONAL(TENDRIL_UNPAREN positional)             \
                                 TENDRIL_GIVEN(name, TENDRIL_UNPAREN opts)) try {                                                  \
    const gathered g(TENDRIL_INPUT_NAMES(TENDRIL_UNPAREN inputs));                                                                 \
    return ret(apply(record_of(detail::id_of(detail::op_row_index::name)), g.operands,                                             \
                     attributes{TENDRIL_POSITIONALS(TENDRIL_UNPAREN positional) TENDRIL_OPTIONALS(TENDRIL_UNPAREN opts)}, nullptr, \
                     g.where));                                                                                                    \
  } catch (const std::bad_alloc&) { engine::throw_no_memory(#name); }
#define CREATE(name, positional, opts, ...)                                                                                        \
  array name(TENDRIL_POSITIONAL_FIRST(TENDRIL_UNPAREN positional) TENDRIL_GIVEN(name, TENDRIL_UNPAREN opts),                       \
             std::source_location where) try {                                                                                     \
    return one(apply(record_of(detail::id_of(detail::op_row_index::name)), {},                                                     \
                     attributes{TENDRIL_POSITIONALS(TENDRIL_UNPAREN positional) TENDRIL_OPTIONALS(TENDRIL_UNPAREN opts)}, nullptr, \
                     where));                                                                                                      \
  } catch (const std::bad_alloc&) { engine::throw_no_memory(#name); }
#define INTERNAL(...)
#include <tendril/ops.def>

}  // namespace tendril
