// The readable form of graphs, attributes and their values.
#include <ostream>

#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "graph/depth_first.hpp"
#include "ops/indexing.hpp"
#include "ops/literals.hpp"

namespace tendril {
namespace {

// Small arrays in one line; others by their type.
std::string array_text(const array& a) {
  if (a.size() > 8) return to_string(type::of(a.dtype(), a.shape())) + "{...}";
  std::string s = to_string(a);
  for (char& c : s)
    if (c == '\n') c = ' ';
  return s;
}

class printer {
 public:
  printer(const graph& g, bool locations) : g_(g), locations_(locations), producers_(g.producers()), number_(g.types.size(), -1) {}

  std::string run(const std::string& indent) {
    std::string head = indent + "graph " + g_.name + "(";
    for (std::size_t i = 0; i < g_.inputs.size(); ++i) {
      number(g_.inputs[i]);
      head += format_text("{}{}: {}", i ? ", " : "", name(g_.inputs[i]), to_string(g_.type_of(g_.inputs[i])));
    }
    indent_ = indent + "  ";
    for (const node* n : detail::depth_first(g_))
      if (n->result_count == 0 || !literal(n->first_result)) write(*n);
    std::string tail = indent_ + "return ";
    for (std::size_t i = 0; i < g_.results.size(); ++i) tail += (i ? ", " : "") + operand_text(g_.results[i]);
    return head + ") {\n" + lines_ + tail + "\n" + indent + "}\n";
  }

 private:
  void number(value_id v) { number_[static_cast<std::size_t>(v)] = next_++; }
  std::string name(value_id v) const { return format_text("%{}", number_[static_cast<std::size_t>(v)]); }

  // Rank-0 constants stand where they are used; others have a line.
  const array* literal(value_id v) const {
    const array* c = constant_of(g_, producers_, v);
    return c && c->ndim() == 0 ? c : nullptr;
  }

  std::string operand_text(value_id v) const {
    if (v == absent) return "none";
    if (const array* c = literal(v)) {
      const attributes& at = g_.nodes[static_cast<std::size_t>(producers_[static_cast<std::size_t>(v)])].attrs;
      const std::string text = at.find("unsigned") ? detail::spell(literal_of(at)) : to_string(*c);
      return g_.type_of(v).weak ? text : format_text("{}({})", name_of(c->dtype()), text);
    }
    return name(v);
  }

  void write(const node& n) {
    std::string line = indent_;
    for (std::int32_t k = 0; k < n.result_count; ++k) {
      const value_id r = n.first_result + k;
      number(r);
      line += format_text("{}{}: {}", k ? ", " : "", name(r), to_string(g_.type_of(r)));
    }
    line += (n.result_count ? " = " : "") + n.op->name + "(";
    const char* separator = "";
    for (value_id in : n.inputs) {
      line += separator + operand_text(in);
      separator = ", ";
    }
    for (const attribute& a : n.attrs.items()) {
      if (a.value.absent()) continue;
      line += format_text("{}{}={}", separator, a.name, to_string(a.value));
      separator = ", ";
    }
    line += ')';
    if (n.rules) line += format_text(" @{}", n.rules->name);
    if (locations_ && n.where.line()) {
      if (line.size() < 72) line.resize(72, ' ');
      line += "  # " + detail::spell(n.where);
    }
    lines_ += line + "\n";
    for (const region& r : n.regions)
      for (const graph& body : r.body) lines_ += printer(body, locations_).run(indent_ + "  ");
  }

  const graph& g_;
  bool locations_;
  std::vector<std::int32_t> producers_;
  std::vector<int> number_;
  int next_ = 0;
  std::string lines_, indent_;
};

}  // namespace

std::string detail::spell(const index_item& i, std::string_view new_axis) {
  switch (i.what) {
    case index_item::form::integer: return std::to_string(i.integer);
    case index_item::form::new_axis: return std::string(new_axis);
    case index_item::form::dots: return "...";
    case index_item::form::range: break;
  }
  std::string s = i.range.start.given() ? std::to_string(i.range.start.value()) : "";
  s += ':';
  if (i.range.stop.given()) s += std::to_string(i.range.stop.value());
  if (i.range.step != 1) s += format_text(":{}", i.range.step);
  return s;
}

std::string to_string(const attribute_value& v) {
  return std::visit(
      [](const auto& x) -> std::string {
        using T = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<T, std::monostate>) return "none";
        else if constexpr (std::is_same_v<T, bool>) return x ? "true" : "false";
        else if constexpr (std::is_same_v<T, std::string>) return format_text("\"{}\"", x);
        else if constexpr (std::is_same_v<T, tendril::dtype>) return std::string(name_of(x));
        else if constexpr (std::is_same_v<T, scalar>) return detail::spell(x);
        else if constexpr (std::is_same_v<T, array>) return array_text(x);
        else if constexpr (std::is_same_v<T, std::vector<index_item>>) {
          std::string s = "[";
          for (std::size_t i = 0; i < x.size(); ++i) s += (i ? ", " : "") + detail::spell(x[i]);
          return s + "]";
        } else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>) return to_string(std::span<const std::int64_t>(x));
        else if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, double>) return format_text("{}", x);
        else return format_text("({})", joined(x, ", "));
      },
      v.value);
}

std::string to_string(const graph& g, bool locations) { return printer(g, locations).run(""); }
std::ostream& operator<<(std::ostream& out, const graph& g) { return out << to_string(g); }

}  // namespace tendril
