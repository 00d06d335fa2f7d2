// The op records: the rows of the table, the decompositions that they name, and the registry of users' ops.
#include <tendril/graph.hpp>

#include <tendril/detail/op_id.hpp>

#include <deque>
#include <map>
#include <mutex>

#include "array/format.hpp"
#include "ops/decompositions.hpp"
#include "ops/op_table.hpp"
#include "ops/row_ids.hpp"

#include <tendril/detail/op_macros.hpp>  // last: ops.hpp takes the macros away

namespace tendril {
namespace {

using detail::accepts;
using detail::dtype_rule;
using detail::op_row;
using detail::returns;

constexpr op_row rows[] = {
#define OP(name, inputs, positional, options, ret, acc, dt, sh, ...) {returns::ret, accepts::acc, dtype_rule::dt, detail::shape_rules::sh},
#include <tendril/ops.def>
};

constexpr std::array<std::uint16_t, max_ops> rows_of_ids = [] {
  std::array<std::uint16_t, max_ops> rows{};
  for (std::size_t i = 0; i < detail::op_row_count; ++i) rows[static_cast<std::size_t>(detail::row_ids[i])] = static_cast<std::uint16_t>(i);
  return rows;
}();

// The words of the traits column, and the traits that a row's macro implies.
namespace words {
#define TENDRIL_WORD(name) constexpr auto name = static_cast<std::uint32_t>(trait::name);
TENDRIL_WORD(commutative)
TENDRIL_WORD(view)
TENDRIL_WORD(composite)
TENDRIL_WORD(inexact)
TENDRIL_WORD(comparison)
TENDRIL_WORD(bitwise)
TENDRIL_WORD(search)
TENDRIL_WORD(number_operator)
TENDRIL_WORD(resizable)
TENDRIL_WORD(nonempty)
#undef TENDRIL_WORD
// Error bounds: for the docs alone.
constexpr std::uint32_t tree = 0, factors = 0, pieces = 0, spread = 0, running = 0, parts = 0, solved = 0;
template <class... T>
constexpr std::uint32_t all(T... t) {
  return (0u | ... | t);
}
}  // namespace words

constexpr std::uint32_t implied[] = {
#define ELEMENTWISE(...) trait::elementwise | trait::resizable,
#define REDUCTION(...) static_cast<std::uint32_t>(trait::reduction),
#define CREATE(...) static_cast<std::uint32_t>(trait::creation),
#define INTERNAL(...) trait::elementwise | trait::internal | trait::resizable,
#define OP(...) 0,
#include <tendril/ops.def>
};

// FORM(tendril, expression) makes a decomposition; a row without one leaves a lambda that returns nothing.
template <class Rule>
constexpr decomposition decomposition_of(Rule rule) {
  if constexpr (std::is_void_v<decltype(rule({}, {}))>) return nullptr;
  else return +rule;
}

#define FORM(library, ...) FORM_##library(__VA_ARGS__)
#define FORM_eigen(...)
#define FORM_eigen_integers(...)
#define FORM_xtensor(...)
#define FORM_xtensor_integers(...)
#define FORM_tendril(...) return results(__VA_ARGS__);

std::vector<array> results(array a) { return {std::move(a)}; }
std::vector<array> results(std::vector<array> v) { return v; }

using namespace detail::decompositions;

const decomposition decompositions[] = {
#define TENDRIL_BODY(doc, ...) __VA_ARGS__
#define OP(name, inputs, positional, options, ret, acc, dt, sh, traits, ...)                                   \
  decomposition_of([]([[maybe_unused]] std::span<const array> arrays, [[maybe_unused]] const attributes& at) { \
    [[maybe_unused]] const array x = arrays.empty() ? array() : arrays.front();                                \
    TENDRIL_BODY(__VA_ARGS__)                                                                                  \
  }),
#include <tendril/ops.def>
};

op_record make(const char* name, std::vector<const char*> inputs, std::vector<attribute_spec> attributes, std::uint32_t traits,
               std::string doc, std::size_t row) {
  op_record r;
  r.name = name;
  for (std::string_view text : inputs) {
    const auto space = text.find(' ');
    const std::string_view kind = text.substr(0, space);
    r.inputs.push_back({kind == "sequence"   ? input_spec::form::sequence
                        : kind == "optional" ? input_spec::form::optional
                        : kind == "index"    ? input_spec::form::index
                                             : input_spec::form::array,
                        std::string(text.substr(space + 1))});
  }
  r.attributes = std::move(attributes);
  r.traits = traits | implied[row];
  r.decompose = decompositions[row];
  r.id = detail::row_ids[row];
  r.doc = std::move(doc);
  return r;
}

#define TENDRIL_TEXT(input) #input
#define TENDRIL_TEXTS(...) TENDRIL_FOR_EACH_COMMA(TENDRIL_TEXT, __VA_ARGS__)
#define TENDRIL_REQUIRED(attribute) TENDRIL_REQUIRED_ attribute,
#define TENDRIL_REQUIRED_(kind, name) \
  attribute_spec { #name, {}, true, std::is_same_v < TENDRIL_ATTRIBUTE_##kind, axes> }
#define TENDRIL_OPTIONAL(attribute) TENDRIL_OPTIONAL_ attribute,
#define TENDRIL_OPTIONAL_(kind, name, ...)                                                             \
  attribute_spec {                                                                                     \
#name, [] { TENDRIL_ATTRIBUTE_##kind value = __VA_ARGS__; return attribute_value(value); }(), false, \
      std::is_same_v<TENDRIL_ATTRIBUTE_##kind, axes> \
  }
#define TENDRIL_REQUIREDS(...) TENDRIL_FOR_EACH(TENDRIL_REQUIRED, __VA_ARGS__)
#define TENDRIL_OPTIONALS(...) TENDRIL_FOR_EACH(TENDRIL_OPTIONAL, __VA_ARGS__)
#define TENDRIL_DOC(doc, ...) doc
#define TENDRIL_QUALIFY(t) words::t
#define TENDRIL_QUALIFIED(...) TENDRIL_FOR_EACH_COMMA(TENDRIL_QUALIFY, __VA_ARGS__)

struct registry {
  std::deque<op_record> records;
  std::vector<const op_record*> table;            // rows in their order
  std::array<const op_record*, max_ops> by_id{};  // all but users'
  std::map<std::string, const op_record*, std::less<>> by_name;
  std::mutex mutex;
  registry() {
    std::size_t row = 0;
#define OP(name, inputs, positional, options, ret, acc, dt, sh, traits, ...)                           \
  add(make(#name, {TENDRIL_TEXTS(TENDRIL_UNPAREN inputs)},                                             \
           {TENDRIL_REQUIREDS(TENDRIL_UNPAREN positional) TENDRIL_OPTIONALS(TENDRIL_UNPAREN options)}, \
           words::all(TENDRIL_QUALIFIED(TENDRIL_UNPAREN traits)), TENDRIL_DOC(__VA_ARGS__), row));     \
  ++row;
#include <tendril/ops.def>
    for (const op_record& r : records) table.push_back(&r);
    op_record constant;
    constant.name = "constant";
    constant.id = op_id::constant;
    constant.doc = "a captured array or a scalar literal";
    constant.attributes = {{"value", {}, true}};
    constant.traits = static_cast<std::uint32_t>(trait::resizable);
    add(std::move(constant));
    op_record group;
    group.name = "group";
    group.id = op_id::group;
    group.traits = static_cast<std::uint32_t>(trait::internal);
    group.regions = {{"group"}};
    group.doc = "a subgraph with one iteration space";
    add(std::move(group));
  }
  const op_record& add(op_record r) {
    records.push_back(std::move(r));
    const op_record& kept = records.back();
    by_name.emplace(kept.name, &kept);
    if (kept.id != op_id::custom) by_id[static_cast<std::size_t>(kept.id)] = &kept;
    return kept;
  }
};

// Never destroyed: a namespace-scope traced object may run after the last static is gone.
registry& records() {
  static registry* r = new registry;
  return *r;
}

}  // namespace

const op_row& detail::row_of(op_id id) noexcept { return rows[rows_of_ids[static_cast<std::size_t>(id)]]; }

const op_record& record_of(op_id id) { return *records().by_id[static_cast<std::size_t>(id)]; }

std::span<const op_record* const> op_table() noexcept { return records().table; }

const op_record* find_op(std::string_view name) noexcept {
  registry& r = records();
  std::lock_guard lock(r.mutex);
  const auto i = r.by_name.find(name);
  return i == r.by_name.end() ? nullptr : i->second;
}

namespace {

// Bodies get every operand as an array, and only the kernel of the op knows which of them runs.
void check_record_with_regions(const op_record& r) {
  const auto refuse = [&](std::string_view what, std::string_view got, std::string_view expected, std::string_view todo) {
    throw error(format_text("[register_op] {} \"{}\", an op with regions: got {}, expected {}. {}", what, r.name, got, expected, todo));
  };
  if (!r.run_regions) refuse("nothing runs", "no kernel of regions", "one", "Set .run_regions.");
  if (!r.infer) refuse("nothing types", "no type rule", "one", "Set .infer.");
  if (r.kernel || r.decompose) refuse("two things run", "a kernel or a decomposition besides", ".run_regions alone", "Leave it out.");
  if (r.is(trait::elementwise) || r.is(trait::view) || r.is(trait::reduction))
    refuse("the traits do not fit", "elementwise, view or reduction", "none of them", "Leave them out.");
  for (const input_spec& s : r.inputs)
    if (s.what == input_spec::form::optional)
      refuse("an operand is optional in", s.name, "operands that are there", "Pass a number for it.");
  for (std::size_t k = 0; k + 1 < r.regions.size(); ++k)
    if (r.regions[k].sequence) refuse("a sequence stands before the last region of", r.regions[k].name, "one at the end", "Move it there.");
}

}  // namespace

const op_record& register_op(op_record record) {
  registry& r = records();
  std::lock_guard lock(r.mutex);
  if (record.name.empty()) throw error("[register_op] no name: got an empty name, expected the op's name. Set .name.");
  if (r.by_name.contains(record.name))
    throw error(format_text("[register_op] the name is taken: got \"{}\", expected a new name. Choose another.", record.name));
  if (!record.regions.empty()) check_record_with_regions(record);
  else if (record.run_regions || record.body_inputs)
    throw error(
        format_text("[register_op] \"{}\" has no regions: got a kernel or a rule of regions, expected none. Set .regions.", record.name));
  else if (!record.kernel && !record.decompose)
    throw error(
        format_text("[register_op] nothing runs \"{}\": got neither a kernel nor a decomposition, expected one. Set .kernel or .decompose.",
                    record.name));
  if (!record.infer && !record.decompose && !record.is(trait::elementwise))
    throw error(format_text(
        "[register_op] nothing types \"{}\": got a kernel without a type rule, expected .infer, or the elementwise trait. Set one.",
        record.name));
  record.id = op_id::custom;
  if (record.decompose && !record.kernel) record.traits |= static_cast<std::uint32_t>(trait::composite);
  return r.add(std::move(record));
}

}  // namespace tendril
