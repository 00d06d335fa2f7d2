// The picture of a drawing that is placed.
#include "array/format.hpp"
#include "draw/drawing.hpp"

namespace tendril::drawn {
namespace {

constexpr double margin = 16;

std::string title_of(const item& i) {
  std::string s;
  for (const auto& [name, text] : i.facts) s += (s.empty() ? "" : "\n") + name + ": " + text;
  return s;
}

class writer {
 public:
  std::string run(const drawing& d, const std::string& title) {
    const double width = d.width + 2 * margin, height = d.height + 2 * margin;
    write(d, margin, margin);
    return format_text(
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0f}\" height=\"{:.0f}\" viewBox=\"0 0 {:.0f} {:.0f}\" font-family=\"DejaVu Sans "
               "Mono, Menlo, Consolas, monospace\" font-size=\"{}\">\n<title>{}</title>\n<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" "
               "refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0.5 L8 4 L0 7.5 z\" fill=\"#666\"/></marker></defs>\n<rect width=\"100%\" "
               "height=\"100%\" fill=\"#ffffff\"/>\n",
               width, height, width, height, font_size, xml(title)) +
           out_ + "</svg>\n";
  }

 private:
  void write(const drawing& d, double x, double y) {
    for (const item& i : d.items) write(i, x + i.x, y + i.y);
    for (std::size_t k = 0; k < d.edges.size(); ++k) {
      const item &from = d.items[static_cast<std::size_t>(d.edges[k].from)], &to = d.items[static_cast<std::size_t>(d.edges[k].to)];
      const std::vector<point>& r = d.routes[k];
      std::string path = format_text("M{:.1f} {:.1f}", x + r[0].x, y + r[0].y);
      for (std::size_t p = 1; p < r.size(); ++p) {
        const double px = x + r[p].x, py = y + r[p].y, before = y + r[p - 1].y;
        if (p % 2 == 1) {  // straight down, mostly of no length
          if (py != before) path += format_text(" V{:.1f}", py);
        } else if (r[p].x == r[p - 1].x) {
          path += format_text(" V{:.1f}", py);
        } else {
          path +=
              format_text(" C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", x + r[p - 1].x, (before + py) / 2, px, (before + py) / 2, px, py);
        }
      }
      out_ += format_text("<path class=\"edge from-{} to-{}\" d=\"{}\" fill=\"none\" stroke=\"#777\" stroke-width=\"1.1\"{}/>\n", from.id,
                          to.id, path, to.what == item::kind::port ? "" : " marker-end=\"url(#tip)\"");
    }
  }

  void write(const item& i, double x, double y) {
    const auto [fill, stroke] = colours_of(i.what);
    if (i.what == item::kind::port) {
      out_ += format_text("<circle id=\"{}\" class=\"port\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"{}\"/>\n", i.id,
                          x + i.width / 2, y + i.height / 2, i.width / 2, fill);
      return;
    }
    out_ += format_text("<g id=\"{}\" class=\"node {}\"><title>{}</title>", i.id, name_of(i.what), xml(title_of(i)));
    out_ += format_text("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{}\" fill=\"{}\" stroke=\"{}\"{}/>", x, y,
                        i.width, i.height, i.what == item::kind::input || i.what == item::kind::result ? 12 : 4, fill_of(i), stroke,
                        i.what == item::kind::view ? " stroke-dasharray=\"4 3\"" : "");
    double line = y + padding_y + line_height - 4;
    for (std::size_t k = 0; k < i.label.size(); ++k, line += line_height)
      out_ += format_text("<text x=\"{:.1f}\" y=\"{:.1f}\"{} xml:space=\"preserve\">{}</text>", x + padding_x, line,
                          k == 0 ? " font-weight=\"bold\"" : " fill=\"#444\"", xml(i.label[k]));
    if (i.inside.empty()) {
      out_ += "</g>\n";
      return;
    }
    // What is inside is no part of the group, so that it is pointed at by itself.
    out_ += "</g>\n";
    const drawing& inside = i.inside.front();
    const double left = x + i.width - inside.width - border;
    write(inside, left, i.what == item::kind::group ? y : y + border);
  }

  std::string out_;
};

}  // namespace

std::string svg_of(const drawing& d, const std::string& title) { return writer().run(d, title); }

}  // namespace tendril::drawn
