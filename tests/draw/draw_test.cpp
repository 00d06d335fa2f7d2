// Pictures of graphs: what stands in them, that boxes and edges keep apart, that texts are escaped. That a page runs is for draw_page.
#include "draw/drawing.hpp"

#include <chrono>
#include <cstdlib>
#include <set>

#include <tendril/detail/op_id.hpp>

#include "catch.hpp"
#include "fuzz.hpp"
#include "region_ops.hpp"
#include "trace_helpers.hpp"

namespace {

namespace td = tendril;
using namespace td::drawn;
using trace_test::message_of;

td::array layer(const td::array& x, const td::array& w) {
  const td::array y = td::relu(td::matmul(x, w));
  return (y - td::mean(y, {.axis = -1, .keepdims = true})) / (td::std(y, {.axis = -1, .keepdims = true}) + 1e-6);
}

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += what.size()) ++n;
  return n;
}

bool stands_in(const item& i, point p) {
  constexpr double inside = 0.5;
  return p.x > i.x + inside && p.x < i.x + i.width - inside && p.y > i.y + inside && p.y < i.y + i.height - inside;
}

// What is wrong with the places of a drawing, or nothing: texts leave their boxes, boxes meet, edges run through boxes.
std::string fault_of(const drawing& d) {
  for (const item& i : d.items) {
    if (i.x < -0.01 || i.y < -0.01 || i.x + i.width > d.width + 0.01 || i.y + i.height > d.height + 0.01)
      return i.id + " leaves the drawing";
    double wide = 0;
    for (const std::string& line : i.label) wide = std::max(wide, static_cast<double>(letters(line)) * letter_width);
    const double inside = i.inside.empty() ? 0 : i.inside.front().width + border;
    if (i.what != item::kind::port &&
        (wide + 2 * padding_x + inside > i.width + 0.01 || static_cast<double>(i.label.size()) * line_height > i.height))
      return "the text of " + i.id + " leaves it";
    for (const item& o : d.items)
      if (&i != &o && i.x < o.x + o.width && o.x < i.x + i.width && i.y < o.y + o.height && o.y < i.y + i.height)
        return i.id + " and " + o.id + " meet";
    for (const drawing& in : i.inside) {
      if (in.height > i.height + 0.01) return "what is in " + i.id + " leaves it";
      if (const std::string f = fault_of(in); !f.empty()) return f;
    }
  }
  for (std::size_t k = 0; k < d.edges.size(); ++k) {
    const std::vector<point>& r = d.routes[k];
    const item &from = d.items[static_cast<std::size_t>(d.edges[k].from)], &to = d.items[static_cast<std::size_t>(d.edges[k].to)];
    const std::string name = from.id + " to " + to.id;
    if (r.size() < 4 || r.size() % 2 != 0) return name + " has no way";
    if (r[0].x < from.x - 0.01 || r[0].x > from.x + from.width + 0.01 || std::abs(r[0].y - from.y - from.height) > 0.01)
      return name + " does not start at its box";
    if (r.back().x < to.x - 0.01 || r.back().x > to.x + to.width + 0.01 || std::abs(r.back().y - to.y) > 0.01)
      return name + " does not end at its box";
    for (std::size_t p = 1; p < r.size(); ++p)
      for (int step = 0; step <= 16; ++step) {
        const double t = step / 16.0, u = 1 - t, middle = (r[p - 1].y + r[p].y) / 2;
        const point at = p % 2 == 1 ? point{r[p].x, r[p - 1].y * u + r[p].y * t}
                                    : point{(u * u * u + 3 * u * u * t) * r[p - 1].x + (3 * u * t * t + t * t * t) * r[p].x,
                                            u * u * u * r[p - 1].y + (3 * u * u * t + 3 * u * t * t) * middle + t * t * t * r[p].y};
        for (const item& i : d.items)
          if (stands_in(i, at)) return name + " runs through " + i.id;
      }
  }
  return "";
}

std::string fault_of(const td::graph& g) {
  drawing d = drawing_of(g, nullptr);
  place_in_layers(d);
  return fault_of(d);
}

td::graph loops() {
  const auto f = td::trace_graph([](const td::array& x) {
    const td::array y =
        region_ops::repeat(3,
                           [](region_ops::given s) {
                             return region_ops::repeat(2, [](region_ops::given t) { return region_ops::arrays{t[0] * 2 + 1}; }, {s[0]});
                           },
                           {x * 2})[0];
    return region_ops::cond(
        td::sum(y) > 3, [](region_ops::given s) { return region_ops::arrays{td::exp(s[0])}; },
        [](region_ops::given s) { return region_ops::arrays{s[0] - 1}; }, {y})[0];
  });
  return f.graph(td::array({1., 2.}));
}

// PATH for as long as this lives.
class path_is {
 public:
  explicit path_is(const char* now) : before_(std::getenv("PATH")) { setenv("PATH", now, 1); }
  ~path_is() { setenv("PATH", before_.c_str(), 1); }

 private:
  std::string before_;
};

bool has_graphviz() {
  return message_of([] { td::draw(td::graph(), {.layout = td::drawing_layout::graphviz}); }) == "no error";
}

}  // namespace

TEST_CASE("a picture shows inputs, ops with numbers and attributes, types, results and what reads what") {
  const auto f = td::trace_graph(layer, {.name = "layer"});
  const td::graph g = f.graph(td::zeros({4, 3}), td::zeros({3, 2}));
  const std::string svg = td::draw(g, {.layout = td::drawing_layout::layered});
  for (const char* text : {">input 0<", ">float64[4, 3]<", ">matmul<", ">float64[4, 2]<", ">mean<", ">axis=(-1,) keepdims=true<",
                           ">add(·, 1e-06)<", ">result<", "<title>layer</title>", "line: ", "draw_test.cpp:"}) {
    INFO(text);
    CHECK_THAT(svg, contains(text));
  }
  CHECK(count_of(svg, "class=\"node ") == 10);  // two inputs, seven ops, a result
  CHECK(count_of(svg, "class=\"edge ") == 11);
  CHECK(count_of(svg, "class=\"node input\"") == 2);
  CHECK(count_of(svg, "class=\"node reduction\"") == 2);
  CHECK_THAT(svg, contains("<path class=\"edge from-n0 to-n2\""));
  // Nothing of it is elsewhere.
  CHECK(count_of(svg, "http") == 1);
  CHECK_THAT(svg, contains("xmlns=\"http://www.w3.org/2000/svg\""));
}

TEST_CASE("a number that is a result, an array that is captured and an operand that is absent have their places") {
  const td::array table = td::arange(30) * 0.5;
  const auto f = td::trace_graph([&](const td::array& x) { return std::tuple(td::clip(x, std::nullopt, 2) + table, td::array(2.5), x); });
  const td::trace_options quiet;
  const trace_test::warnings no_input;
  const std::string svg = td::draw(f.graph(td::zeros({30})), {.layout = td::drawing_layout::layered});
  for (const char* text :
       {">clip(·, none, 2", ">constant<", ">float64[30]<", ">result 0<", ">result 1<", ">2.5<", ">result 2<", "class=\"node constant\""}) {
    INFO(text);
    CHECK_THAT(svg, contains(text));
  }
  CHECK_THAT(svg, contains("<path class=\"edge from-n0 to-"));
}

TEST_CASE("groups and bodies are boxes around what is in them") {
  const auto f = td::trace_graph(layer, {.to = "eigen", .name = "layer"});
  const td::array x = td::zeros({40, 30}), w = td::zeros({30, 20});
  const td::function compiled = f.compiled(x, w);
  drawing d = drawing_of(compiled.graph(), nullptr);
  place_in_layers(d);
  const auto group = std::find_if(d.items.begin(), d.items.end(), [](const item& i) { return i.what == item::kind::group; });
  REQUIRE(group != d.items.end());
  CHECK(group->label == std::vector<std::string>{"group", "over (40, 20)"});
  CHECK(group->inside.at(0).items.size() > 4);
  CHECK(fault_of(d) == "");

  const td::graph g = loops();
  CHECK(fault_of(g) == "");
  const std::string svg = td::draw(g, {.layout = td::drawing_layout::layered});
  for (const char* text : {">test_repeat<", ">n=3<", ">n=2<", ">body<", ">then<", ">else<", ">exp<", "class=\"node region\""}) {
    INFO(text);
    CHECK_THAT(svg, contains(text));
  }
  CHECK(count_of(svg, "class=\"node region\"") == 4);
}

TEST_CASE("the time of each step stands at what it runs") {
  const auto f = td::trace_graph(layer, {.to = "eigen", .name = "layer"});
  const td::array x = td::zeros({40, 30}), w = td::zeros({30, 20});
  td::profile_report times = f.profile(x, w);
  REQUIRE(times.steps.size() == 2);
  times.steps[0].seconds = 30e-6;
  times.steps[1].seconds = 10e-6;
  const td::graph g = f.compiled(x, w).graph();
  const drawing d = drawing_of(g, &times);
  for (const item& i : d.items) {
    if (i.label.at(0) == "matmul") {
      CHECK(i.label.back() == "30.0 us, 75.0 %");
      CHECK(i.share == 0.75);
    }
    if (i.label.at(0) == "group") CHECK(i.label.back() == "10.0 us, 25.0 %");
  }
  const std::string page = td::draw_html(f.compiled(x, w), {.layout = td::drawing_layout::layered, .profile = &times});
  CHECK_THAT(page, contains("[\"time\", \"30.0 us, 75.0 %\"]") && contains("[\"runs as\", \"kernel on eigen\"]") && contains("us a call"));
}

TEST_CASE("boxes, texts and edges keep apart in pictures of random graphs, recorded and compiled") {
  const trace_test::warnings quiet;
  for (unsigned seed = 0; seed < 150; ++seed) {
    const td::graph g = fuzz::generate(seed).graph;
    INFO("seed " << seed);
    INFO(g);
    REQUIRE(fault_of(g) == "");
    REQUIRE(fault_of(td::compile(g).graph()) == "");
  }
  CHECK(fault_of(td::graph()) == "");
}

TEST_CASE("boxes have ids of their own, and every edge leads between two of them") {
  const trace_test::warnings quiet;
  for (unsigned seed = 0; seed < 40; ++seed) {
    const td::graph g = td::compile(fuzz::generate(seed).graph).graph();
    for (const td::drawing_layout by : {td::drawing_layout::layered, td::drawing_layout::best}) {
      const std::string svg = td::draw(g, {.layout = by});
      std::set<std::string> ids;
      for (std::size_t at = 0; (at = svg.find(" id=\"n", at)) != svg.npos;) {
        const std::size_t end = svg.find('"', at += 5);
        CHECK(ids.insert(svg.substr(at, end - at)).second);
      }
      for (std::size_t at = 0; (at = svg.find("class=\"edge from-", at)) != svg.npos;) {
        const std::size_t space = svg.find(' ', at += 17), end = svg.find('"', space);
        CHECK(ids.contains(svg.substr(at, space - at)));
        CHECK(ids.contains(svg.substr(space + 4, end - space - 4)));
      }
      CHECK(static_cast<int>(ids.size()) >= count_items(drawing_of(g, nullptr)));
    }
  }
}

TEST_CASE("long, wide and tangled graphs are drawn in time") {
  const auto chain = td::trace_graph([](const td::array& x) {
    td::array y = x, before = x;
    for (int i = 0; i < 1500; ++i) {
      const td::array next = i % 3 ? td::sin(y) : y + before;
      before = y;
      y = next;
    }
    return y;
  });
  const auto wide = td::trace_graph([](const td::array& x) {
    std::vector<td::array> all;
    for (int i = 0; i < 500; ++i) all.push_back(x * static_cast<double>(i));
    return td::stack(all);
  });
  const auto tangled = td::trace_graph([](const td::array& x) {
    std::vector<td::array> row;
    for (int i = 0; i < 30; ++i) row.push_back(x * static_cast<double>(i));
    for (std::size_t l = 0; l < 40; ++l) {
      std::vector<td::array> next;
      for (std::size_t i = 0; i < row.size(); ++i) next.push_back(row[(i * 7 + l) % row.size()] + row[(i * 11 + 5 * l) % row.size()]);
      row = next;
    }
    return td::stack(row);
  });
  const auto start = std::chrono::steady_clock::now();
  for (const td::graph& g : {chain.graph(td::array({1.})), wide.graph(td::array({1.})), tangled.graph(td::array({1.}))}) {
    drawing d = drawing_of(g, nullptr);
    place_in_layers(d);
    CHECK(d.items.size() > 500);
  }
  CHECK(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < 20);
  CHECK(fault_of(tangled.graph(td::array({1.}))) == "");
}

TEST_CASE("texts are escaped, and what no text may hold is replaced") {
  CHECK(xml("a < b && \"c\" > 'd'") == "a &lt; b &amp;&amp; &quot;c&quot; &gt; &#39;d&#39;");
  CHECK(xml(std::string("a\0b\x1b", 4)) ==
        "a\xef\xbf\xbd"
        "b\xef\xbf\xbd");
  CHECK(clean("ä € 😀\n\t") == "ä € 😀\n\t");
  for (const char* bad :
       {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xf0\x80\x80\x80", "\xef\xbf\xbf", "\x7f", "\xc2\x85"})
    CHECK_THAT(clean(bad), contains("\xef\xbf\xbd"));
  CHECK(json("\"\\\n</script>") == "\"\\\"\\\\\\n\\u003c/script>\"");
  CHECK(letters("aä€") == 3);

  td::graph g = loops();
  g.name = "</title><script>alert(1)</script> & \"x\" \xff";
  for (const td::drawing_layout by : {td::drawing_layout::layered, td::drawing_layout::best})
    for (const std::string& text : {td::draw(g, {.layout = by}), td::draw_html(g, {.layout = by})}) {
      CHECK_THAT(text, contains("&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot; \xef\xbf\xbd"));
      CHECK(text.find("<script>alert") == text.npos);
    }
}

TEST_CASE("without Graphviz the picture is our own, and who asks for Graphviz is told") {
  const td::graph g = loops();
  const std::string own = td::draw(g, {.layout = td::drawing_layout::layered});
  const path_is nowhere("/nowhere");
  CHECK(td::draw(g) == own);
  CHECK(
      message_of<td::backend_error>([&] { td::draw(g, {.layout = td::drawing_layout::graphviz}); }) ==
      "[draw] Graphviz does not draw: got no `dot` (\"No such file or directory\"), expected `dot` to place the boxes. Install it (Debian: apt install graphviz), or take "
      "drawing_layout::layered.");
}

TEST_CASE("a dot that is none, or never answers, is done without") {
  const td::graph g = loops();
  const std::string own = td::draw(g, {.layout = td::drawing_layout::layered});
  const std::string folder = "/tmp/tendril-dot-" + std::to_string(getpid());
  REQUIRE(std::system(("mkdir -p " + folder + " && printf '#!/bin/sh\\necho hello\\n' > " + folder + "/dot && chmod +x " + folder + "/dot")
                          .c_str()) == 0);
  {
    const path_is there(folder.c_str());
    CHECK(td::draw(g) == own);
    CHECK_THAT(message_of<td::backend_error>([&] { td::draw(g, {.layout = td::drawing_layout::graphviz}); }),
               contains("got no picture of `dot`, expected"));
  }
  REQUIRE(std::system(("printf '#!/bin/sh\\nexec /bin/sleep 60\\n' > " + folder + "/dot").c_str()) == 0);
  {
    const path_is there(folder.c_str());
    const drawing d = drawing_of(g, nullptr);
    std::string why;
    const auto start = std::chrono::steady_clock::now();
    CHECK(svg_by_graphviz(d, "g", why, 300) == "");
    CHECK(why == "no picture in 0.3 seconds");
    CHECK(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < 5);
  }
  REQUIRE(std::system(("rm -r " + folder).c_str()) == 0);
}

TEST_CASE("Graphviz draws the same boxes and edges") {
  if (!has_graphviz()) {
    WARN("skipped: there is no `dot` here");
    return;
  }
  const auto f = td::trace_graph(layer, {.to = "eigen", .name = "layer"});
  const td::graph g = f.compiled(td::zeros({40, 30}), td::zeros({30, 20})).graph();
  const std::string own = td::draw(g, {.layout = td::drawing_layout::layered}), dot = td::draw(g, {.layout = td::drawing_layout::graphviz});
  for (const char* text :
       {"id=\"n0\"", "class=\"cluster group\"", ">over (40, 20)<", "<title>layer</title>", "line: ", "class=\"edge from-"}) {
    INFO(text);
    CHECK_THAT(dot, contains(text));
  }
  CHECK(dot.starts_with("<svg"));
  CHECK(count_of(dot, "class=\"node ") + count_of(dot, "class=\"cluster ") == count_of(own, "class=\"node "));
  CHECK(count_of(dot, "<!--") == 0);
  // An edge from outside does not draw its box into the group.
  const std::size_t group = dot.find("class=\"cluster group\"");
  REQUIRE(group != dot.npos);
  const std::string loop = td::draw(loops(), {.layout = td::drawing_layout::graphviz});
  CHECK(count_of(loop, "class=\"cluster region\"") == 4);
}
