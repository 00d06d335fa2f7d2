// A graph as boxes: what each says, what is told of it, and what it is joined to.
#include "draw/drawing.hpp"

#include <algorithm>
#include <cmath>

#include <tendril/detail/op_id.hpp>

#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "graph/depth_first.hpp"
#include "ops/literals.hpp"

namespace tendril::drawn {
namespace {

constexpr std::size_t most_letters = 44;

std::string shortened(std::string s) {
  s = clean(s);
  if (letters(s) <= most_letters) return s;
  std::size_t end = 0, n = 0;
  while (n < most_letters - 1) {
    ++end;
    if ((static_cast<unsigned char>(s[end]) & 0xc0) != 0x80) ++n;
  }
  return s.substr(0, end) + "…";
}

std::string spell_seconds(double s) {
  return s < 1e-3 ? format_text("{:.1f} us", s * 1e6) : s < 1 ? format_text("{:.2f} ms", s * 1e3) : format_text("{:.2f} s", s);
}

std::string ops_of(const node& n) {
  if (n.id() != op_id::group) return n.op->name;
  std::string s;
  for (const node& i : n.regions.front().body.front().nodes)
    if (i.id() != op_id::constant) s += (s.empty() ? "" : " ") + i.op->name;
  return s;
}

class builder {
 public:
  explicit builder(const profile_report* profile) {
    if (!profile) return;
    for (const step_profile& s : profile->steps) total_ += s.seconds;
    for (const step_profile& s : profile->steps) steps_.push_back({&s, false});
  }

  drawing build(const graph& g, bool in_group, bool top) {
    drawing d;
    const std::vector<std::int32_t> producers = g.producers();
    std::vector<std::pair<int, int>> from(g.types.size(), {-1, 0});  // item and port of each value
    const auto literal = [&](value_id v) -> const node* {
      const array* c = v == absent ? nullptr : constant_of(g, producers, v);
      return c && c->ndim() == 0 ? &g.nodes[static_cast<std::size_t>(producers[static_cast<std::size_t>(v)])] : nullptr;
    };
    for (std::size_t i = 0; i < g.inputs.size(); ++i) {
      item& box = add(d, in_group ? item::kind::port : item::kind::input);
      box.outputs = 1;
      box.first = in_group;
      if (!in_group) {
        const std::string type = to_string(g.type_of(g.inputs[i]));
        box.label = {format_text("input {}", i), shortened(type)};
        box.facts = {{"input", std::to_string(i)}, {"type", type}};
      }
      from[static_cast<std::size_t>(g.inputs[i])] = {static_cast<int>(d.items.size()) - 1, 0};
    }
    for (const node* n : detail::depth_first(g)) {
      if (n->id() == op_id::constant && literal(n->first_result)) continue;
      item& box = add(d, kind_of_node(*n));
      const int place = static_cast<int>(d.items.size()) - 1;
      describe(box, g, *n, literal, top);
      std::vector<value_id> read;
      for (value_id v : n->inputs)
        if (v != absent && !literal(v)) read.push_back(v);
      if (n->id() == op_id::group) read = n->inputs;
      box.inputs = static_cast<int>(read.size());
      box.outputs = n->result_count;
      std::vector<drawing> inside;
      for (std::size_t k = 0; k < n->regions.size(); ++k)
        inside.push_back(build(n->regions[k].body.front(), n->id() == op_id::group, false));
      if (n->id() == op_id::group || inside.empty()) {
        d.items[static_cast<std::size_t>(place)].inside = std::move(inside);
      } else {
        drawing bodies;
        for (std::size_t k = 0; k < inside.size(); ++k) {
          item& body = add(bodies, item::kind::region);
          const auto& specs = n->op->regions;
          body.label = {shortened(k < specs.size() ? specs[k].name : format_text("{}", k))};
          body.facts = {{"body", body.label[0]}, {"of", n->op->name}};
          body.inside.push_back(std::move(inside[k]));
        }
        d.items[static_cast<std::size_t>(place)].inside.push_back(std::move(bodies));
      }
      for (std::size_t k = 0; k < read.size(); ++k)
        if (read[k] != absent && from[static_cast<std::size_t>(read[k])].first >= 0)
          d.edges.push_back(
              {from[static_cast<std::size_t>(read[k])].first, from[static_cast<std::size_t>(read[k])].second, place, static_cast<int>(k)});
      for (std::int32_t k = 0; k < n->result_count; ++k) from[static_cast<std::size_t>(n->first_result + k)] = {place, k};
    }
    for (std::size_t i = 0; i < g.results.size(); ++i) {
      item& box = add(d, in_group ? item::kind::port : item::kind::result);
      box.inputs = 1;
      box.last = true;
      const std::string type = to_string(g.type_of(g.results[i]));
      const node* number = literal(g.results[i]);
      if (!in_group) {
        box.label = {g.results.size() > 1 ? format_text("result {}", i) : "result", shortened(number ? spell_literal(*number) : type)};
        box.facts = {{"result", std::to_string(i)}, {"type", type}};
      }
      const auto [item_of, port] = from[static_cast<std::size_t>(g.results[i])];
      if (item_of >= 0) d.edges.push_back({item_of, port, static_cast<int>(d.items.size()) - 1, 0});
    }
    return d;
  }

 private:
  item& add(drawing& d, item::kind what) {
    item& box = d.items.emplace_back();
    box.what = what;
    box.id = format_text("n{}", next_++);
    return box;
  }

  static item::kind kind_of_node(const node& n) {
    if (n.id() == op_id::group) return item::kind::group;
    if (!n.regions.empty()) return item::kind::regions;
    if (n.id() == op_id::constant) return item::kind::constant;
    if (n.op->is(trait::view)) return item::kind::view;
    return n.op->is(trait::reduction) ? item::kind::reduction : item::kind::op;
  }

  template <class Literal>
  void describe(item& box, const graph& g, const node& n, Literal literal, bool top) {
    std::string types, operands, options;
    for (std::int32_t k = 0; k < n.result_count; ++k) types += (k ? ", " : "") + to_string(g.type_of(n.first_result + k));
    bool any_literal = false;
    for (value_id v : n.inputs) {
      const node* c = literal(v);
      any_literal |= c != nullptr || v == absent;
      std::string text = "·";
      if (v == absent) text = "none";
      else if (c) text = spell_literal(*c);
      operands += (operands.empty() ? "" : ", ") + text;
    }
    if (n.id() != op_id::constant)
      for (const attribute& a : n.attrs.items())
        if (!a.value.absent()) options += (options.empty() ? "" : " ") + std::string(a.name) + "=" + to_string(a.value);
    box.label.push_back(shortened(n.op->name + (any_literal ? "(" + operands + ")" : "")));
    if (n.id() == op_id::group) {
      if (const attribute_value* space = n.attrs.find("space")) box.label.push_back(shortened("over " + to_string(*space)));
    } else {
      if (!options.empty()) box.label.push_back(shortened(options));
      box.label.push_back(shortened(types));
    }
    box.facts.emplace_back("op", n.op->name);
    if (any_literal) box.facts.emplace_back("operands", operands);
    box.facts.emplace_back(n.result_count == 1 ? "type" : "types", types);
    if (!options.empty()) box.facts.emplace_back("attributes", options);
    if (n.id() == op_id::constant)
      box.facts.emplace_back("value",
                             shortened(to_string(n.attrs.find("value")->value.index() ? *n.attrs.find("value") : attribute_value())));
    if (n.id() == op_id::group) box.facts.emplace_back("ops", ops_of(n));
    if (n.rules) box.facts.emplace_back("rules", n.rules->name);
    if (n.where.line()) box.facts.emplace_back("line", format_text("{}:{}", n.where.file_name(), n.where.line()));
    if (top) add_time(box, n);
  }

  static std::string spell_literal(const node& n) {
    return n.attrs.find("unsigned") ? detail::spell(literal_of(n.attrs)) : to_string(std::get<array>(n.attrs.find("value")->value));
  }

  // Steps run in the order of the nodes. A product by rows is told of with the group that reads it: "ops of the group, matmul".
  void add_time(item& box, const node& n) {
    const std::string ops = ops_of(n);
    for (auto& [step, used] : steps_) {
      const bool product = step->kind == "product" && (step->ops.starts_with(ops + " ") || step->ops.ends_with(" " + ops));
      if ((used && !product) || (step->ops != ops && !product)) continue;
      used = true;
      box.share = total_ > 0 ? step->seconds / total_ : 0;
      const std::string time = format_text("{}, {:.1f} %", spell_seconds(step->seconds), 100 * box.share);
      box.label.push_back(time);
      box.facts.emplace_back("time", time + (product ? " with what it runs with" : ""));
      box.facts.emplace_back("runs as", format_text("{} on {}", step->kind, step->engine));
      box.facts.emplace_back("traffic", format_text("reads {} bytes, writes {}", step->bytes_read, step->bytes_written));
      return;
    }
  }

  int next_ = 0;
  double total_ = 0;
  std::vector<std::pair<const step_profile*, bool>> steps_;
};

}  // namespace

drawing drawing_of(const graph& g, const profile_report* profile) { return builder(profile).build(g, false, true); }

int count_items(const drawing& d) {
  int n = 0;
  for (const item& i : d.items) {
    n += i.what != item::kind::port;
    for (const drawing& inside : i.inside) n += count_items(inside);
  }
  return n;
}

}  // namespace tendril::drawn

namespace tendril {
namespace {

std::string picture(drawn::drawing& d, const graph& g, const draw_options& options) {
  constexpr int most_for_graphviz = 3000;  // it takes more than linear time
  std::string why = "too many boxes";
  if (options.layout != drawing_layout::layered &&
      (options.layout == drawing_layout::graphviz || drawn::count_items(d) <= most_for_graphviz)) {
    std::string svg = drawn::svg_by_graphviz(d, g.name, why);
    if (!svg.empty()) return svg;
  }
  if (options.layout == drawing_layout::graphviz)
    throw backend_error(
        format_text("[draw] Graphviz does not draw: got {}, expected `dot` to place the boxes. Install it (Debian: apt install "
                    "graphviz), or take drawing_layout::layered.",
                    why));
  drawn::place_in_layers(d);
  return drawn::svg_of(d, g.name);
}

}  // namespace

std::string draw(const graph& g, const draw_options& options) {
  drawn::drawing d = drawn::drawing_of(g, options.profile);
  return picture(d, g, options);
}

std::string draw_html(const graph& g, const draw_options& options) {
  drawn::drawing d = drawn::drawing_of(g, options.profile);
  const std::string svg = picture(d, g, options);
  return drawn::page_of(svg, d, g, options.profile);
}

}  // namespace tendril
