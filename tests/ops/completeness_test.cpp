// Every consumer of the op table supports every row, or refuses it by name in the reviewed file data/refusals.txt.
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include <tendril/backend.hpp>
#include <tendril/detail/op_id.hpp>
#include <tendril/detail/with_dtype.hpp>
#include <tendril/ops.hpp>

#include "catch.hpp"
#include "kernels/backend.hpp"
#include "ops/op_table.hpp"
#include "reference.hpp"

namespace {

using tendril::dtype;
using tendril::op_id;
using tendril::op_record;
using tendril::trait;

constexpr auto& dtypes = tendril::detail::all_dtypes;

// "consumer op" -> why.
std::map<std::string, std::string> allowed_refusals() {
  std::ifstream in(TENDRIL_TEST_DATA "/refusals.txt");
  REQUIRE(in);
  std::map<std::string, std::string> out;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string consumer, op, reason;
    words >> consumer >> op;
    std::getline(words >> std::ws, reason);
    INFO("line: " << line);
    CHECK_FALSE(reason.empty());
    CHECK(out.emplace(consumer + " " + op, reason).second);
  }
  return out;
}

// The dtypes that kernels of the op are asked for: what its rule converts each accepted operand dtype to; where it takes no operand,
// those of its reference cases.
std::set<dtype> kernel_dtypes(const op_record& op) {
  if (op.is(trait::creation)) {
    std::set<dtype> out;
    for (const tendril_test::op_case& c : tendril_test::op_cases(op.name)) out.insert(c.outputs.front().dtype());
    return out;
  }
  tendril::attributes defaults;
  for (const tendril::attribute_spec& a : op.attributes) defaults.set(a.name.c_str(), a.default_value);
  std::set<dtype> out;
  for (const dtype d : dtypes) {
    std::vector<tendril::type> types(op.inputs.size(), tendril::type::of(d, std::vector<std::int64_t>{2, 2}));
    if (op.id == op_id::where) types[0].dtype = dtype::bool_;
    const bool present[4] = {true, true, true, true};
    const tendril::type_request request{op, types, {present, types.size()}, defaults};
    try {
      const dtype given = tendril::detail::operand_dtype(request);
      out.insert(given == dtype::unknown ? d : given);
    } catch (const tendril::dtype_error&) {}
  }
  return out;
}

bool runs_by_kernel(const op_record& op) { return !op.is(trait::view) && !op.decompose; }

// True when a kernel is found for each dtype that the op may be asked for.
bool has_all(const op_record& op, const std::function<bool(dtype)>& has) {
  const std::set<dtype> needed = kernel_dtypes(op);
  REQUIRE_FALSE(needed.empty());
  for (const dtype d : needed)
    if (!has(d)) return false;
  return true;
}

bool has_whole(const tendril::backend& b, const op_record& op) {
  return has_all(op, [&](dtype d) { return b.whole->kernel[static_cast<std::size_t>(op.id)][static_cast<std::size_t>(d)] != nullptr; });
}

const std::map<op_id, tendril::engine::reduction>& reductions() {
  using tendril::engine::reduction;
  static const std::map<op_id, reduction> all{{op_id::sum, reduction::sum}, {op_id::prod, reduction::prod}, {op_id::max, reduction::max},
                                              {op_id::min, reduction::min}, {op_id::any, reduction::any},   {op_id::all, reduction::all}};
  return all;
}

bool needs_block(const op_record& op) {
  return runs_by_kernel(op) &&
         (op.is(trait::elementwise) || op.id == op_id::astype || op.id == op_id::moments || reductions().contains(op.id));
}

bool has_block(const tendril::backend& b, const op_record& op) {
  const tendril::engine::block_table& t = *b.blocks;
  return has_all(op, [&](dtype d) {
    const auto at = static_cast<std::size_t>(d);
    if (op.id == op_id::moments) return t.moments[at] != nullptr;
    if (const auto r = reductions().find(op.id); r != reductions().end())
      return t.reduce[static_cast<std::size_t>(r->second)][at] != nullptr;
    if (op.id != op_id::astype) return t.elementwise[static_cast<std::size_t>(op.id)][at] != nullptr;
    for (const dtype to : dtypes)
      if (to != d && !t.convert[at][static_cast<std::size_t>(to)]) return false;
    return true;
  });
}

// Appends a node that calls the op as the case does; the case's arrays become graph inputs.
tendril::value_id record(tendril::graph& g, const op_record& op, const tendril_test::op_case& c) {
  std::vector<tendril::value_id> in;
  for (const tendril_test::passed& p : c.inputs) {
    if (const auto* i = std::get_if<std::size_t>(&p)) {
      const tendril::array& a = c.arrays[*i].value;
      in.push_back(g.add_input(tendril::type::of(a.dtype(), a.shape())));
    } else if (const auto* s = std::get_if<tendril::scalar>(&p)) {
      in.push_back(g.add_literal(*s));
    } else {
      in.push_back(tendril::absent);
    }
  }
  tendril::attributes complete;
  for (const tendril::attribute_spec& a : op.attributes) {
    const tendril::attribute_value* given = c.attributes.find(a.name);
    complete.set(a.name.c_str(), given ? *given : a.default_value);
  }
  return g.add(op, in, complete);
}

}  // namespace

TEST_CASE("every row is supported by every consumer or refused by name") {
  std::set<std::string> refused;
  for (const op_record* op : tendril::op_table()) {
    for (const std::string& name : tendril::backends()) {
      const tendril::backend& b = tendril::detail::find_backend("completeness", name);
      if (b.compiler) continue;  // it emits loops and has no kernels of its own
      if (runs_by_kernel(*op) && !op->is(trait::internal) && !has_whole(b, *op)) refused.insert(name + "-whole " + op->name);
      if (needs_block(*op) && !has_block(b, *op)) refused.insert(name + "-block " + op->name);
    }
    if (!op->is(trait::internal) && tendril_test::op_cases(op->name).empty()) refused.insert("reference " + op->name);
  }
  const std::map<std::string, std::string> allowed = allowed_refusals();
  for (const std::string& r : refused) {
    INFO("\"" << r << "\" is refused, but not allowed in tests/data/refusals.txt");
    CHECK(allowed.contains(r));
  }
  for (const auto& [line, reason] : allowed) {
    INFO("\"" << line << "\" is allowed in tests/data/refusals.txt, but supported: remove the line");
    CHECK(refused.contains(line));
  }
}

TEST_CASE("every row has a doc text and runs by a kernel, a view or a decomposition") {
  for (const op_record* op : tendril::op_table()) {
    INFO(op->name);
    CHECK_FALSE(op->doc.empty());
    CHECK(tendril::find_op(op->name) == op);
    CHECK(op->is(trait::composite) == (op->decompose != nullptr));
    CHECK_FALSE((op->is(trait::view) && op->decompose));
  }
}

TEST_CASE("every row is recorded, typed as its reference cases say, and printed by its name") {
  for (const op_record* op : tendril::op_table()) {
    if (op->is(trait::internal)) continue;
    for (const tendril_test::op_case& c : tendril_test::op_cases(op->name)) {
      tendril::graph g;
      const tendril::value_id first = record(g, *op, c);
      for (std::size_t k = 0; k < c.outputs.size(); ++k) g.results.push_back(first + static_cast<tendril::value_id>(k));
      INFO(c.text);
      REQUIRE(g.nodes.back().result_count == static_cast<std::int32_t>(c.outputs.size()));
      REQUIRE_NOTHROW(tendril::verify(g));
      for (std::size_t k = 0; k < c.outputs.size(); ++k)
        CHECK(tendril::to_string(g.type_of(g.results[k])) ==
              tendril::to_string(tendril::type::of(c.outputs[k].dtype(), c.outputs[k].shape())));
      if (!c.outputs.empty()) CHECK_THAT(tendril::to_string(g), contains(op->name));
    }
  }
}

TEST_CASE("no backend borrows the kernels of another") {
  const std::vector<std::string> names = tendril::backends();
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t j = i + 1; j < names.size(); ++j) {
      const tendril::backend &a = tendril::detail::find_backend("completeness", names[i]),
                             &b = tendril::detail::find_backend("completeness", names[j]);
      for (const op_record* op : tendril::op_table()) {
        INFO(names[i] << ", " << names[j] << ": " << op->name);
        for (const dtype d : dtypes) {
          const auto at = static_cast<std::size_t>(d), row = static_cast<std::size_t>(op->id);
          if (a.whole->kernel[row][at]) CHECK(a.whole->kernel[row][at] != b.whole->kernel[row][at]);
          if (a.blocks->elementwise[row][at]) CHECK(a.blocks->elementwise[row][at] != b.blocks->elementwise[row][at]);
        }
      }
    }
  }
}
