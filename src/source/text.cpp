// Forms taken apart, and names.
#include "source/text.hpp"

#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "ops/op_table.hpp"

namespace tendril::source_text {
namespace {

struct operator_text {
  std::string_view text;
  strength binds;
};
// Longer ones first. Each stands between spaces; a sign stands at the beginning.
constexpr operator_text operators[] = {
    {" ** ", strength::power},      {" // ", strength::product},    {" << ", strength::shift},      {" >> ", strength::shift},
    {" <= ", strength::comparison}, {" >= ", strength::comparison}, {" == ", strength::comparison}, {" != ", strength::comparison},
    {" && ", strength::bit_and},    {" || ", strength::bit_or},     {" < ", strength::comparison},  {" > ", strength::comparison},
    {" + ", strength::sum},         {" - ", strength::sum},         {" * ", strength::product},     {" / ", strength::product},
    {" % ", strength::product},     {" @ ", strength::product},     {" & ", strength::bit_and},     {" ^ ", strength::bit_xor},
    {" | ", strength::bit_or},
};

strength stronger(strength s) { return s == strength::whole ? s : static_cast<strength>(static_cast<int>(s) + 1); }

const operator_text* operator_at(std::string_view form, std::size_t i) {
  for (const operator_text& o : operators)
    if (form.substr(i).starts_with(o.text)) return &o;
  return nullptr;
}

}  // namespace

form_parts parts_of(std::string_view form, char open_place, char close_place) {
  // Each bracket has operators of its own.
  struct level {
    strength left = strength::comparison;  ///< of the operator on the left of where we are; comparison: none, anything may stand there
    bool any = false;
    bool sign = false;
  };
  form_parts parts{{}, strength::whole};
  std::vector<level> open(1);
  const auto none = strength::comparison;
  for (std::size_t i = 0; i < form.size(); ++i) {
    level& now = open.back();
    const char c = form[i];
    if (c == '(' || c == '[') {
      open.emplace_back();
    } else if (c == ')' || c == ']') {
      open.pop_back();
    } else if (c == ',' && open.size() > 1) {
      now = {};
    } else if (c == open_place) {
      const std::size_t close = form.find(close_place, i);
      form_place place{form.substr(i + 1, close - i - 1), none, i, close + 1};
      strength around = now.any ? stronger(now.left) : none;
      if (now.sign) around = std::max(around, strength::sign);
      const std::size_t after = close + 1;
      if (after < form.size() && (form[after] == '.' || form[after] == '[')) around = strength::whole;
      else if (const operator_text* o = operator_at(form, after))
        around = std::max(around, o->binds == strength::power || o->binds == strength::comparison ? stronger(o->binds) : o->binds);
      place.around = around;
      parts.places.push_back(place);
      i = close;
    } else if (const operator_text* o = operator_at(form, i)) {
      now.left = o->binds;
      now.any = true;
      now.sign = false;
      if (open.size() == 1) parts.binds = std::min(parts.binds, o->binds);
      i += o->text.size() - 1;
    } else if ((c == '-' || c == '~' || c == '!') && (i == 0 || form[i - 1] == '(' || form[i - 1] == ' ')) {
      now.sign = true;
      if (open.size() == 1) parts.binds = std::min(parts.binds, strength::sign);
    }
  }
  return parts;
}

std::vector<std::size_t> weakest_operators(std::string_view expression) {
  std::vector<std::size_t> found;
  strength weakest = strength::whole;
  for_each_level(expression, [&](std::size_t i, int depth) {
    const operator_text* o = depth == 0 ? operator_at(expression, i) : nullptr;
    if (!o || o->binds > weakest) return;
    if (o->binds < weakest) found.clear();
    weakest = o->binds;
    found.push_back(i);
  });
  return found;
}

std::string names::fresh(std::string_view wanted) {
  std::string name(wanted);
  for (int k = 2; taken_.contains(name); ++k) name = format_text("{}_{}", wanted, k);
  taken_.insert(name);
  return name;
}

std::string_view noun_of_result(op_id id, std::int32_t k) {
  static constexpr std::string_view moments[] = {"mean", "variance"}, qr[] = {"q", "r"}, eigh[] = {"values", "vectors"},
                                    svd[] = {"u", "s", "vh"};
  switch (id) {
    case op_id::moments: return moments[k];
    case op_id::qr: return qr[k];
    case op_id::eigh: return eigh[k];
    case op_id::svd: return svd[k];
    default: return {};
  }
}

std::string_view noun_of(const node& n) {
  switch (n.id()) {
    case op_id::add: return "total";
    case op_id::subtract: return "difference";
    case op_id::multiply: return "product";
    case op_id::divide: return "quotient";
    case op_id::floor_divide: return "quotient";
    case op_id::negative: return "negated";
    case op_id::abs: return "magnitude";
    case op_id::square: return "squared";
    case op_id::sqrt: return "root";
    case op_id::exp: return "e";
    case op_id::pow: return "power";
    case op_id::round: return "rounded";
    case op_id::maximum:
    case op_id::max: return "largest";
    case op_id::minimum:
    case op_id::min: return "smallest";
    case op_id::clip: return "clipped";
    case op_id::sum: return "total";
    case op_id::prod: return "product";
    case op_id::any: return "some";
    case op_id::all: return "every";
    case op_id::equal:
    case op_id::not_equal:
    case op_id::less:
    case op_id::less_equal:
    case op_id::greater:
    case op_id::greater_equal:
    case op_id::logical_and:
    case op_id::logical_or:
    case op_id::logical_xor:
    case op_id::logical_not: return "mask";
    case op_id::where: return "chosen";
    case op_id::astype: return "converted";
    case op_id::matmul: return "product";
    case op_id::matrix_transpose:
    case op_id::permute_dims: return "transposed";
    case op_id::reshape: return "reshaped";
    case op_id::broadcast_to: return "spread";
    case op_id::expand_dims: return "expanded";
    case op_id::squeeze: return "squeezed";
    case op_id::flip: return "flipped";
    case op_id::getitem: return "part";
    case op_id::roll: return "rolled";
    case op_id::concat: return "joined";
    case op_id::stack: return "stacked";
    case op_id::unstack: return "slice";
    case op_id::repeat: return "repeated";
    case op_id::tile: return "tiled";
    case op_id::sort: return "ordered";
    case op_id::argsort: return "order";
    case op_id::take:
    case op_id::take_along_axis: return "taken";
    case op_id::scatter: return "changed";
    case op_id::det: return "determinant";
    case op_id::inv: return "inverse";
    case op_id::solve: return "solution";
    case op_id::cholesky: return "factor";
    case op_id::triangular_solve: return "solution";
    case op_id::eigvalsh:
    case op_id::svdvals: return "values";
    case op_id::constant: return "constant";
    default: return n.op->name;
  }
}

dtype form_dtype(const graph& g, const node& n) {
  const std::size_t data = detail::first_data_operand(*n.op);
  if (n.inputs.size() > data && n.inputs[data] != absent) return g.type_of(n.inputs[data]).dtype;
  return n.result_count ? g.type_of(n.first_result).dtype : dtype::unknown;
}

std::string identifier(std::string_view name) {
  std::string out;
  for (char c : name) out += of_a_name(c) ? c : '_';
  if (out.empty() || (out.front() >= '0' && out.front() <= '9')) out.insert(0, 1, '_');
  return out;
}

}  // namespace tendril::source_text
