// A drawing: boxes in boxes, and edges between those that stand in one. What places them and what writes them know no graph.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include <tendril/draw.hpp>

namespace tendril::drawn {

struct item;

/// A box of one box's ports to another's, of the same drawing.
struct edge {
  int from, from_port, to, to_port;
};
/// A point of an edge; edges run straight down between `down` pairs and bend in the gaps between layers.
struct point {
  double x, y;
};

/// What stands in one box, or on the whole page. Places are relative to its corner.
struct drawing {
  std::vector<item> items;
  std::vector<edge> edges;
  std::vector<std::vector<point>> routes;  ///< of the edges: pairs of points, each straight down; between pairs it bends
  double width = 0, height = 0;
};

struct item {
  enum class kind : std::uint8_t { input, constant, op, view, reduction, result, group, regions, region, port };
  kind what = kind::op;
  std::string id;
  std::vector<std::string> label;                          ///< lines
  std::vector<std::pair<std::string, std::string>> facts;  ///< what is told of it: a name and a text
  double share = 0;                                        ///< of the time of all, 0 to 1
  int inputs = 0, outputs = 0;                             ///< ports
  bool first = false, last = false;                        ///< stands in the first layer, or the last
  std::vector<drawing> inside;                             ///< of a group, of an op with regions one each
  double x = 0, y = 0, width = 0, height = 0;
};

/// What a graph is as a drawing.
drawing drawing_of(const graph&, const profile_report*);
/// How many boxes tell something: ports and results of groups do not count.
int count_items(const drawing&);

/// Places everything in layers.
void place_in_layers(drawing&);
/// The picture of a drawing that is placed.
std::string svg_of(const drawing&, const std::string& title);
/// The picture that Graphviz makes, with the ids and classes of `svg_of`. Empty, and why, where it cannot.
std::string svg_by_graphviz(const drawing&, const std::string& title, std::string& why, int most_milliseconds = 10000);

/// The page around a picture.
std::string page_of(const std::string& svg, const drawing&, const graph&, const profile_report*);

/// Monospaced letters: the one kind whose width is known without a font.
inline constexpr double letter_width = 7.3, line_height = 15, padding_x = 9, padding_y = 6;
inline constexpr double border = 14;  ///< around what stands in a box
inline constexpr int font_size = 12;
/// Letters of a text, as UTF-8 has them.
std::size_t letters(std::string_view) noexcept;

/// UTF-8 that XML and JSON allow: other bytes and control characters are replaced.
std::string clean(std::string_view);
std::string xml(std::string_view);   ///< for XML and HTML
std::string json(std::string_view);  ///< in quotes; for a script too

/// The name of a kind, as classes of CSS have it; its colours.
const char* name_of(item::kind) noexcept;
struct colours {
  const char *fill, *stroke;
};
colours colours_of(item::kind) noexcept;
std::string fill_of(const item&);

}  // namespace tendril::drawn
