// Places boxes in layers, as Sugiyama, Tagawa and Toda do: layers by longest path, order in them by barycentres, places by least squares.
//
// What stands in a box is placed first, and is one box outside. An edge that passes layers gets a place in each, as a narrow box, so that
// it runs between boxes; it is straight down beside boxes, and bends in the gaps between layers, where there are none.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "draw/drawing.hpp"

namespace tendril::drawn {
namespace {

constexpr double gap_x = 22, passing_gap = 12, min_gap_y = 30, port_size = 6;
constexpr int sweeps = 12;

// A box, or the place of an edge in a layer that it passes.
struct vertex {
  int item = -1;
  int layer = 0;
  double width = 0, height = 0, x = 0;  // x of the middle
  double wish = 0;                      // what its neighbours would have of its place
};
// Of an edge, between two layers that follow each other. Offsets are from the middle of the vertex.
struct segment {
  int from, to;
  double from_offset, to_offset, weight;
};

double port_offset(const item& i, int port, bool in) {
  if (i.what == item::kind::group) {
    // The ports of a group stand inside: inputs are the first of its boxes, results the last.
    const drawing& d = i.inside.front();
    int seen = 0;
    for (const item& p : d.items)
      if (p.what == item::kind::port && (in ? p.first : p.last) && seen++ == port)
        return i.width - border - d.width + p.x + p.width / 2 - i.width / 2;
  }
  const int ports = in ? i.inputs : i.outputs;
  if (ports < 2) return 0;
  return i.width * (port + 1) / (ports + 1) - i.width / 2;
}

class layering {
 public:
  explicit layering(drawing& d) : d_(d) {}

  void run() {
    for (item& i : d_.items) measure(i);
    if (d_.items.empty()) return;
    find_layers();
    add_vertices();
    order();
    place();
    route();
  }

 private:
  void measure(item& i) {
    std::size_t most = 0;
    for (const std::string& line : i.label) most = std::max(most, letters(line));
    const double text_width = static_cast<double>(most) * letter_width, text_height = static_cast<double>(i.label.size()) * line_height;
    if (i.what == item::kind::port) {
      i.width = i.height = port_size;
      return;
    }
    i.width = text_width + 2 * padding_x;
    i.height = text_height + 2 * padding_y;
    if (i.inside.empty()) return;
    // The label is a column of its own at the left, so that no edge crosses it.
    drawing& inside = i.inside.front();
    place_in_layers(inside);
    i.width = text_width + 2 * padding_x + inside.width + border;
    const double around = i.what == item::kind::group ? 0 : border;
    const double missing = i.height - inside.height - 2 * around;
    i.height = std::max(i.height, inside.height + 2 * around);
    if (i.what == item::kind::group && missing > 0) lower_results(inside, missing);
  }

  // The results of a group stand on its border, where its label is taller than what is in it.
  static void lower_results(drawing& d, double by) {
    for (item& r : d.items)
      if (r.last && r.what == item::kind::port) r.y += by;
    for (std::size_t k = 0; k < d.edges.size(); ++k)
      if (d.items[static_cast<std::size_t>(d.edges[k].to)].last) d.routes[k].back().y += by;
  }

  void find_layers() {
    const std::size_t n = d_.items.size();
    layer_.assign(n, 0);
    std::vector<int> nearest(n, -1);
    // Edges lead from earlier items to later ones.
    std::vector<std::size_t> by_target(d_.edges.size());
    std::iota(by_target.begin(), by_target.end(), std::size_t{0});
    std::stable_sort(by_target.begin(), by_target.end(), [&](std::size_t a, std::size_t b) { return d_.edges[a].to < d_.edges[b].to; });
    for (const std::size_t e : by_target) {
      int& to = layer_[static_cast<std::size_t>(d_.edges[e].to)];
      to = std::max(to, layer_[static_cast<std::size_t>(d_.edges[e].from)] + 1);
    }
    int last = 0;
    for (std::size_t i = 0; i < n; ++i) last = std::max(last, layer_[i]);
    for (std::size_t i = 0; i < n; ++i)
      if (d_.items[i].last) layer_[i] = last;
    // What nothing precedes stands just above who reads it.
    for (const edge& e : d_.edges) {
      int& near = nearest[static_cast<std::size_t>(e.from)];
      const int to = layer_[static_cast<std::size_t>(e.to)];
      near = near < 0 ? to : std::min(near, to);
    }
    for (std::size_t i = 0; i < n; ++i)
      if (layer_[i] == 0 && nearest[i] > 0 && !d_.items[i].first) layer_[i] = nearest[i] - 1;
    layers_.resize(static_cast<std::size_t>(last) + 1);
  }

  int add_vertex(vertex v) {
    vertices_.push_back(v);
    layers_[static_cast<std::size_t>(v.layer)].push_back(static_cast<int>(vertices_.size()) - 1);
    return static_cast<int>(vertices_.size()) - 1;
  }

  void add_vertices() {
    for (std::size_t i = 0; i < d_.items.size(); ++i) add_vertex({static_cast<int>(i), layer_[i], d_.items[i].width, d_.items[i].height});
    chains_.resize(d_.edges.size());
    for (std::size_t k = 0; k < d_.edges.size(); ++k) {
      const edge& e = d_.edges[k];
      const item &from = d_.items[static_cast<std::size_t>(e.from)], &to = d_.items[static_cast<std::size_t>(e.to)];
      std::vector<int>& chain = chains_[k];
      chain.push_back(e.from);
      const int first = layer_[static_cast<std::size_t>(e.from)] + 1, end = layer_[static_cast<std::size_t>(e.to)];
      for (int l = first; l < end; ++l) chain.push_back(add_vertex({-1, l, 1, 0}));
      chain.push_back(e.to);
      for (std::size_t c = 0; c + 1 < chain.size(); ++c) {
        const bool starts = c == 0, ends = c + 2 == chain.size();
        segments_.push_back({chain[c], chain[c + 1], starts ? port_offset(from, e.from_port, false) : 0,
                             ends ? port_offset(to, e.to_port, true) : 0, starts || ends ? (starts && ends ? 1.0 : 2.0) : 8.0});
      }
    }
    above_.resize(vertices_.size());
    below_.resize(vertices_.size());
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      below_[static_cast<std::size_t>(segments_[s].from)].push_back(static_cast<int>(s));
      above_[static_cast<std::size_t>(segments_[s].to)].push_back(static_cast<int>(s));
    }
  }

  vertex& at(int v) { return vertices_[static_cast<std::size_t>(v)]; }
  const segment& seg(int s) const { return segments_[static_cast<std::size_t>(s)]; }

  double separation(const vertex& a, const vertex& b) const {
    return (a.width + b.width) / 2 + (a.item < 0 && b.item < 0 ? passing_gap : gap_x);
  }
  // One after the other, as near as they may stand.
  void pack(std::vector<int>& layer) {
    double x = 0;
    for (std::size_t i = 0; i < layer.size(); ++i) {
      if (i) x += separation(at(layer[i - 1]), at(layer[i]));
      at(layer[i]).x = x;
    }
    const double middle = x / 2;
    for (const int v : layer) at(v).x -= middle;
  }

  std::size_t crossings(std::size_t l) {
    // Of the segments between layer l and the next: pairs that stand in other orders at their ends.
    std::vector<std::pair<double, double>> ends;
    for (const int v : layers_[l])
      for (const int s : below_[static_cast<std::size_t>(v)])
        ends.emplace_back(at(v).x + seg(s).from_offset, at(seg(s).to).x + seg(s).to_offset);
    std::sort(ends.begin(), ends.end());
    std::size_t n = 0;
    if (ends.size() > 400) return 0;  // orders of so many are not compared
    for (std::size_t i = 0; i < ends.size(); ++i)
      for (std::size_t j = i + 1; j < ends.size(); ++j) n += ends[i].first < ends[j].first && ends[i].second > ends[j].second;
    return n;
  }
  std::size_t all_crossings() {
    std::size_t n = 0;
    for (std::size_t l = 0; l + 1 < layers_.size(); ++l) n += crossings(l);
    return n;
  }

  // The mean of the neighbours on one side, or on both; where there are none it stays.
  void wish(int v, bool up, bool down) {
    double sum = 0, weight = 0;
    const auto look = [&](const std::vector<int>& all, bool above) {
      for (const int s : all) {
        const segment& e = seg(s);
        const double x = above ? at(e.from).x + e.from_offset - e.to_offset : at(e.to).x + e.to_offset - e.from_offset;
        sum += x * e.weight;
        weight += e.weight;
      }
    };
    if (up) look(above_[static_cast<std::size_t>(v)], true);
    if (down) look(below_[static_cast<std::size_t>(v)], false);
    at(v).wish = weight > 0 ? sum / weight : at(v).x;
  }

  void order() {
    for (std::vector<int>& layer : layers_) pack(layer);
    std::vector<std::vector<int>> best = layers_;
    std::size_t fewest = all_crossings();
    for (int sweep = 0; sweep < sweeps && fewest > 0; ++sweep) {
      const bool down = sweep % 2 == 0;
      for (std::size_t k = 1; k < layers_.size(); ++k) {
        std::vector<int>& layer = layers_[down ? k : layers_.size() - 1 - k];
        for (const int v : layer) wish(v, down, !down);
        std::stable_sort(layer.begin(), layer.end(), [&](int a, int b) { return at(a).wish < at(b).wish; });
        pack(layer);
      }
      exchange();
      if (const std::size_t n = all_crossings(); n < fewest) {
        fewest = n;
        best = layers_;
      }
    }
    layers_ = best;
    for (std::vector<int>& layer : layers_) pack(layer);
  }

  // Neighbours change places where that crosses fewer edges.
  void exchange() {
    if (segments_.size() > 3000) return;  // it takes more than linear time
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      std::vector<int>& layer = layers_[l];
      if (layer.size() > 60) continue;
      const auto around = [&] { return (l ? crossings(l - 1) : 0) + (l + 1 < layers_.size() ? crossings(l) : 0); };
      std::size_t now = around();
      for (std::size_t i = 0; i + 1 < layer.size() && now > 0; ++i) {
        std::swap(layer[i], layer[i + 1]);
        pack(layer);
        if (const std::size_t then = around(); then < now) {
          now = then;
          continue;
        }
        std::swap(layer[i], layer[i + 1]);
        pack(layer);
      }
    }
  }

  // The places nearest to what was wished, in this order and no nearer to each other than they may stand: neighbours that would overlap are
  // moved as one block (pool adjacent violators).
  void settle(const std::vector<int>& layer) {
    struct block {
      double sum, weight;
      std::size_t count;
      double place() const { return sum / weight; }
    };
    std::vector<block> blocks;
    std::vector<double> start;
    double offset = 0;
    for (std::size_t i = 0; i < layer.size(); ++i) {
      if (i) offset += separation(at(layer[i - 1]), at(layer[i]));
      start.push_back(offset);
      const double weight = at(layer[i]).item < 0 ? 8 : 1;
      blocks.push_back({(at(layer[i]).wish - offset) * weight, weight, 1});
      while (blocks.size() > 1 && blocks[blocks.size() - 2].place() > blocks.back().place()) {
        const block last = blocks.back();
        blocks.pop_back();
        blocks.back().sum += last.sum;
        blocks.back().weight += last.weight;
        blocks.back().count += last.count;
      }
    }
    std::size_t i = 0;
    for (const block& b : blocks)
      for (std::size_t k = 0; k < b.count; ++k, ++i) at(layer[i]).x = b.place() + start[i];
  }

  void place() {
    const auto settle_layer = [&](std::size_t l, bool up, bool down) {
      for (const int v : layers_[l]) wish(v, up, down);
      settle(layers_[l]);
    };
    for (int sweep = 0; sweep < 24; ++sweep) {
      for (std::size_t l = 1; l < layers_.size(); ++l) settle_layer(l, true, false);
      for (std::size_t l = layers_.size() - 1; l-- > 0;) settle_layer(l, false, true);
      for (std::size_t l = 0; l < layers_.size(); ++l) settle_layer(l, true, true);
    }
    double left = 0, right = 0;
    bool any = false;
    for (const vertex& v : vertices_) {
      left = any ? std::min(left, v.x - v.width / 2) : v.x - v.width / 2;
      right = any ? std::max(right, v.x + v.width / 2) : v.x + v.width / 2;
      any = true;
    }
    for (vertex& v : vertices_) v.x -= left;
    d_.width = right - left;
    double y = 0;
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      double height = 0;
      std::size_t bends = 0;
      double farthest = 0;
      for (const int v : layers_[l]) {
        height = std::max(height, at(v).height);
        for (const int s : below_[static_cast<std::size_t>(v)]) {
          ++bends;
          farthest = std::max(farthest, std::abs(at(seg(s).to).x + seg(s).to_offset - at(v).x - seg(s).from_offset));
        }
      }
      top_.push_back(y);
      bottom_.push_back(y + height);
      // Long ways need steeper curves, many edges more room.
      y += height + (l + 1 < layers_.size() ? min_gap_y + std::min(50.0, farthest / 12) + std::min(20.0, static_cast<double>(bends)) : 0);
      d_.height = bottom_.back();
    }
    for (const vertex& v : vertices_) {
      if (v.item < 0) continue;
      item& i = d_.items[static_cast<std::size_t>(v.item)];
      i.x = v.x - v.width / 2;
      i.y = top_[static_cast<std::size_t>(v.layer)];
      // Results of a group stand on its lower border, and what reads nothing near who reads it.
      if ((i.last && i.what == item::kind::port) || (i.inputs == 0 && !i.first))
        i.y = bottom_[static_cast<std::size_t>(v.layer)] - i.height;
    }
  }

  void route() {
    d_.routes.resize(d_.edges.size());
    for (std::size_t k = 0; k < d_.edges.size(); ++k) {
      const edge& e = d_.edges[k];
      const item &from = d_.items[static_cast<std::size_t>(e.from)], &to = d_.items[static_cast<std::size_t>(e.to)];
      std::vector<point>& r = d_.routes[k];
      const double start = from.x + from.width / 2 + port_offset(from, e.from_port, false);
      r.push_back({start, from.y + from.height});
      r.push_back({start, bottom_[static_cast<std::size_t>(layer_[static_cast<std::size_t>(e.from)])]});
      const std::vector<int>& chain = chains_[k];
      for (std::size_t c = 1; c + 1 < chain.size(); ++c) {
        const vertex& v = at(chain[c]);
        r.push_back({v.x, top_[static_cast<std::size_t>(v.layer)]});
        r.push_back({v.x, bottom_[static_cast<std::size_t>(v.layer)]});
      }
      const double end = to.x + to.width / 2 + port_offset(to, e.to_port, true);
      r.push_back({end, top_[static_cast<std::size_t>(layer_[static_cast<std::size_t>(e.to)])]});
      r.push_back({end, to.y});
    }
  }

  drawing& d_;
  std::vector<int> layer_;  // of items
  std::vector<vertex> vertices_;
  std::vector<std::vector<int>> layers_, chains_, above_, below_;
  std::vector<segment> segments_;
  std::vector<double> top_, bottom_;  // of layers
};

}  // namespace

void place_in_layers(drawing& d) { layering(d).run(); }

}  // namespace tendril::drawn
