// save, load_graph and load: what is saved of a graph, and what is compiled of a file.
#include <tendril/save.hpp>

#include <algorithm>
#include <new>

#include <tendril/detail/op_id.hpp>

#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "array/memory.hpp"
#include "graph/regions.hpp"
#include "passes/shared.hpp"
#include "save/save.hpp"

namespace tendril {
namespace saved {
namespace {

bool any_node(const graph& g, const std::function<bool(const node&)>& is) {
  return std::any_of(g.nodes.begin(), g.nodes.end(), [&](const node& n) {
    return is(n) || std::any_of(n.regions.begin(), n.regions.end(), [&](const region& r) {
             return std::any_of(r.body.begin(), r.body.end(), [&](const graph& body) { return any_node(body, is); });
           });
  });
}

// "torch.var" is an op that its frontend registers when it is first called: who loads the file may have no such frontend.
bool is_of_frontend(const node& n) {
  return n.id() == op_id::custom && n.op->decompose && !n.op->kernel && n.op->name.find('.') != std::string::npos;
}

graph without_frontends(graph g) {
  const auto ruled = [](const node& n) { return n.rules != nullptr; };
  const bool has_types = std::all_of(g.inputs.begin(), g.inputs.end(), [&](value_id v) { return g.type_of(v).complete(); });
  if (!has_types) {
    for (const node& n : g.nodes)
      if (n.rules)
        throw error(
            format_text("[save] the types of inputs are not known: got {} under the rules of {}{}, expected an input whose dtype "
                        "and shape are known. Save f.graph(x), the graph of f for an argument x.",
                        n.op->name, n.rules->name, n.where.line() ? " at " + detail::spell(n.where) : ""));
    return g;
  }
  if (!any_node(g, ruled) && !any_node(g, is_of_frontend)) return g;
  const pass_context context;
  g = specialize(std::move(g), context);
  g = detail::expand(std::move(g), context, [](const graph&, const node& n) { return !is_of_frontend(n); });
  return dce(std::move(g), context);
}

}  // namespace

graph portable(graph g) { return without_frontends(detail::without_groups(std::move(g))); }

void refuse(std::string_view what, std::string_view got, std::string_view expected, std::string_view todo) {
  throw parse_error(format_text("[load] {}: got {}, expected {}. {}", what, got, expected, todo));
}

graph read(const archive& a) {
  return from_json(a.text("graph.json", most_text), [&](const std::string& name, const type& t) { return a.constant(name, t); });
}

}  // namespace saved

void save(const graph& g, const std::string& path) try {
  const graph kept = saved::portable(g);
  verify(kept);
  std::vector<array> constants;
  const std::string text = saved::to_json(kept, constants);
  if (text.size() > saved::most_text)
    throw error(format_text("[save] the graph is too large: got {} bytes of text, expected at most {}. Save it in parts.", text.size(),
                            saved::most_text));
  saved::write_archive(path, text, constants);
} catch (const std::bad_alloc&) { engine::throw_no_memory("save"); }

graph load_graph(const std::string& path) try { return saved::read(saved::archive::open(path)); } catch (const std::bad_alloc&) {
  engine::throw_no_memory("load");
}

function load(const std::string& path, const compile_options& options) {
  const graph g = load_graph(path);
  for (std::size_t i = 0; i < g.inputs.size(); ++i)
    if (const type& t = g.type_of(g.inputs[i]); !t.complete())
      throw error(
          format_text("[load] the type of an input is not known: got {} for input {} of \"{}\", expected a dtype and a shape. Save "
                      "f.graph(x), or take td::load_graph and td::compile with examples.",
                      to_string(t), i, g.name));
  return compile(g, options);
}

}  // namespace tendril
