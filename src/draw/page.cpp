// The page around a picture: what is told of each box as JSON, and a script that moves, zooms and tells.
#include "array/format.hpp"
#include "draw/drawing.hpp"

namespace tendril::drawn {
namespace {

void write_facts(const drawing& d, std::string& out) {
  for (const item& i : d.items) {
    if (!i.facts.empty()) {
      out += format_text("{}{}: [", out.size() > 1 ? ",\n" : "", json(i.id));
      for (std::size_t k = 0; k < i.facts.size(); ++k)
        out += format_text("{}[{}, {}]", k ? ", " : "", json(i.facts[k].first), json(i.facts[k].second));
      out += "]";
    }
    for (const drawing& inside : i.inside) write_facts(inside, out);
  }
}

constexpr const char* style = R"(
  html, body { margin: 0; height: 100%; font: 14px system-ui, sans-serif; color: #222; background: #fff; overflow: hidden; }
  #picture { position: absolute; inset: 0; cursor: grab; touch-action: none; }
  #picture.moved { cursor: grabbing; }
  #picture svg { width: 100%; height: 100%; display: block; user-select: none; }
  header { position: absolute; left: 12px; top: 10px; background: #ffffffe0; padding: 6px 10px; border: 1px solid #ddd; border-radius: 6px; }
  header button { font: inherit; margin-left: 6px; min-width: 2em; }
  #facts { position: absolute; right: 12px; top: 10px; max-width: 40%; max-height: 90%; overflow: auto; background: #fffffff0; border: 1px solid #ddd;
           border-radius: 6px; padding: 8px 12px; font: 12px monospace; display: none; overflow-wrap: anywhere; }
  #facts dt { color: #777; } #facts dd { margin: 0 0 6px 0; white-space: pre-wrap; }
  .edge.hot, .edge.hot path { stroke: #d2600a; stroke-width: 2.4; }
  .hot > rect, .hot > polygon, .hot > path { stroke: #d2600a; stroke-width: 2.4; }
)";

constexpr const char* script = R"(
  const facts = JSON.parse(document.getElementById("told").textContent);
  const picture = document.getElementById("picture"), svg = picture.querySelector("svg"), panel = document.getElementById("facts");
  const whole = svg.viewBox.baseVal, all = {x: whole.x, y: whole.y, width: whole.width, height: whole.height};
  let view = {...all};
  // The view has the shape of the window, so that a pixel is as much across as down.
  const show = () => svg.setAttribute("viewBox", [view.x, view.y, view.width, view.height].join(" "));
  const fit = () => {
    const shape = picture.clientWidth / Math.max(1, picture.clientHeight);
    const width = Math.max(all.width, all.height * shape, picture.clientWidth), height = width / shape;
    view = {x: all.x - (width - all.width) / 2, y: all.y - (height - all.height) / 2, width, height};
    show();
  };
  const zoom = (by, x, y) => {
    const width = Math.min(Math.max(view.width * by, 40), 40 * Math.max(all.width, all.height));
    const k = width / view.width, px = view.x + view.width * x, py = view.y + view.height * y;
    view = {x: px - (px - view.x) * k, y: py - (py - view.y) * k, width, height: view.height * k};
    show();
  };
  picture.addEventListener("wheel", e => {
    e.preventDefault();
    zoom(Math.exp(e.deltaY * 0.0015), e.clientX / picture.clientWidth, e.clientY / picture.clientHeight);
  }, {passive: false});
  let from = null;
  picture.addEventListener("pointerdown", e => { from = {x: e.clientX, y: e.clientY}; picture.classList.add("moved"); });
  window.addEventListener("pointermove", e => {
    if (!from) return;
    view.x -= (e.clientX - from.x) * view.width / picture.clientWidth;
    view.y -= (e.clientY - from.y) * view.height / picture.clientHeight;
    from = {x: e.clientX, y: e.clientY};
    show();
  });
  window.addEventListener("pointerup", () => { from = null; picture.classList.remove("moved"); });
  window.addEventListener("resize", fit);
  document.getElementById("in").onclick = () => zoom(1 / 1.3, 0.5, 0.5);
  document.getElementById("out").onclick = () => zoom(1.3, 0.5, 0.5);
  document.getElementById("fit").onclick = fit;
  const cool = () => svg.querySelectorAll(".hot").forEach(e => e.classList.remove("hot"));
  const tell = id => {
    cool();
    document.getElementById(id).classList.add("hot");
    svg.querySelectorAll(`.from-${id}, .to-${id}`).forEach(e => e.classList.add("hot"));
    const list = document.createElement("dl");
    for (const [name, text] of facts[id]) {
      list.append(Object.assign(document.createElement("dt"), {textContent: name}), Object.assign(document.createElement("dd"), {textContent: text}));
    }
    panel.replaceChildren(list);
    panel.style.display = "block";
  };
  let boxes = 0;
  for (const id of Object.keys(facts)) {
    const box = document.getElementById(id);
    if (!box) continue;
    ++boxes;
    box.querySelector(":scope > title")?.remove();  // the panel tells more
    box.addEventListener("mouseenter", () => tell(id));
  }
  picture.addEventListener("mouseleave", () => { cool(); panel.style.display = "none"; });
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  fit();
  document.body.dataset.boxes = boxes;
)";

}  // namespace

std::string page_of(const std::string& svg, const drawing& d, const graph& g, const profile_report* profile) {
  std::string facts = "{";
  write_facts(d, facts);
  int ops = 0;
  for (const auto& [op, count] : op_frequencies(g)) ops += count;
  std::string head = format_text("<b>{}</b> {} ops", xml(g.name), ops);
  if (profile) head += format_text(", {:.1f} us a call", profile->seconds * 1e6);
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
         "<title>" +
         xml(g.name) + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n<div id=\"picture\">\n" + svg + "</div>\n<header>" + head +
         "<button id=\"out\" title=\"smaller\">-</button><button id=\"in\" title=\"larger\">+</button><button id=\"fit\">fit</button></header>\n"
         "<aside id=\"facts\"></aside>\n<script type=\"application/json\" id=\"told\">" +
         facts + "}</script>\n<script>" + script + "</script>\n</body>\n</html>\n";
}

}  // namespace tendril::drawn
