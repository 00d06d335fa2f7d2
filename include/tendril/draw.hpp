// draw: a graph as a picture, in SVG, and as a page that can be moved, zoomed and asked.
#pragma once
#include <string>

#include <tendril/backend.hpp>
#include <tendril/source.hpp>

namespace tendril {

/// Who places the boxes.
enum class drawing_layout : std::uint8_t {
  best,      ///< Graphviz's `dot` where it is on the machine, done in ten seconds, else `layered`
  graphviz,  ///< `dot`; throws backend_error where it is not on the machine, or not done in ten seconds
  layered,   ///< Tendril's own: layers of ops, each below what it reads
};

struct draw_options {
  drawing_layout layout = drawing_layout::best;
  const profile_report* profile = nullptr;  ///< of the compiled function whose graph it is: the time of each step is shown at it
};

/// The graph as SVG, a text of its own. Ops are boxes with their attributes and the types of their results, an edge leads from each to
/// those that read it; numbers stand in the box of the op that they are operands of. A fused group is a box around its ops, an op with
/// bodies one around its bodies. Pointing at a box tells its source line.
std::string draw(const graph&, const draw_options& = {});
/// The same picture as one HTML page that needs no other file: it is dragged by the pointer, zoomed by the wheel, and tells of the box that
/// is pointed at what is known: types, attributes, source line, time; edges to and from it stand out.
///
///     const td::profile_report times = f.profile(x);
///     std::ofstream("layer.html") << td::draw_html(f.compiled(x), {.profile = &times});
std::string draw_html(const graph&, const draw_options& = {});

/// Of a traced, transpiled or compiled function: of what was traced the graph recorded last, of a compiled one what runs, its groups drawn.
template <detail::has_graph F>
std::string draw(const F& f, const draw_options& options = {}) {
  return draw(static_cast<const graph&>(f.graph()), options);
}
template <detail::has_graph F>
std::string draw_html(const F& f, const draw_options& options = {}) {
  return draw_html(static_cast<const graph&>(f.graph()), options);
}

}  // namespace tendril
