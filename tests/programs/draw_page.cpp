// Loads pages of draw_html in a browser without a window, moves, zooms and points, and looks at what became of them: draw_page BROWSER.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <tendril/tendril.hpp>

namespace {

namespace td = tendril;
namespace fs = std::filesystem;

td::array layer(const td::array& x, const td::array& w) {
  const td::array y = td::relu(td::matmul(x, w));
  return (y - td::mean(y, {.axis = -1, .keepdims = true})) / (td::std(y, {.axis = -1, .keepdims = true}) + 1e-6);
}

// What a user does, and what must be so then; the names of what is not are left in the page.
constexpr const char* acts = R"(<script>
  const wrong = [], must = (holds, name) => { if (!holds) wrong.push(name); };
  const shown = () => svg.getAttribute("viewBox").split(" ").map(Number);
  const id = Object.keys(facts).find(k => facts[k].some(f => f[1] === "matmul"));
  must(id, "a box of matmul");
  must(panel.style.display === "" || panel.style.display === "none", "no panel at first");
  document.getElementById(id).dispatchEvent(new MouseEvent("mouseenter"));
  must(panel.style.display === "block", "the panel");
  must(panel.textContent.includes("float64[40, 20]"), "the type");
  must(/draw_page\.cpp:\d+/.test(panel.textContent), "the line");
  must(/time\d/.test(panel.textContent), "the time");
  must(document.getElementById(id).classList.contains("hot"), "the box stands out");
  must(svg.querySelectorAll(".edge.hot").length >= 3, "its edges stand out");
  picture.dispatchEvent(new MouseEvent("mouseleave"));
  must(svg.querySelectorAll(".hot").length === 0 && panel.style.display === "none", "all is as before");
  let a = shown();
  picture.dispatchEvent(new WheelEvent("wheel", {deltaY: -300, clientX: 10, clientY: 10, cancelable: true}));
  let b = shown();
  must(b[2] < a[2] * 0.8 && b[3] < a[3] * 0.8, "the wheel zooms in");
  const under = (v, x, y) => [v[0] + v[2] * x / picture.clientWidth, v[1] + v[3] * y / picture.clientHeight];
  must(Math.abs(under(a, 10, 10)[0] - under(b, 10, 10)[0]) < 0.5, "what is pointed at stays");
  picture.dispatchEvent(new PointerEvent("pointerdown", {clientX: 100, clientY: 100}));
  window.dispatchEvent(new PointerEvent("pointermove", {clientX: 130, clientY: 90}));
  window.dispatchEvent(new PointerEvent("pointerup"));
  window.dispatchEvent(new PointerEvent("pointermove", {clientX: 500, clientY: 500}));
  let c = shown();
  must(Math.abs(c[0] - (b[0] - 30 * b[2] / picture.clientWidth)) < 0.5 && c[1] > b[1], "it is dragged, and let go");
  document.getElementById("out").click();
  must(shown()[2] > c[2], "the button zooms out");
  document.getElementById("fit").click();
  must(Math.abs(shown()[2] - a[2]) < 0.5 && Math.abs(shown()[0] - a[0]) < 0.5, "all of it is shown again");
  must(document.querySelectorAll("[src], link, iframe, img, image").length === 0, "nothing is elsewhere");
  document.body.dataset.wrong = wrong.join("; ") || "nothing";
</script></body>)";

std::string dom_of(const std::string& browser, const fs::path& page) {
  const std::string command = browser +
                              " --headless --no-sandbox --disable-gpu --user-data-dir=" + (page.parent_path() / "profile").string() +
                              " --window-size=1000,800 --dump-dom file://" + page.string() + " 2>/dev/null";
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return "";
  std::string s;
  char part[4096];
  for (std::size_t n; (n = std::fread(part, 1, sizeof part, pipe)) > 0;) s.append(part, n);
  pclose(pipe);
  return s;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || !*argv[1]) {
    std::puts("skipped: there is no Chromium here (Debian: apt install chromium)");
    return 0;
  }
  const fs::path folder = fs::temp_directory_path() / ("tendril-page-" + std::to_string(getpid()));
  fs::create_directories(folder);
  const td::array x = td::full({40, 30}, 0.5), w = td::full({30, 20}, 0.25);
  // A name that would be a script, were it not escaped.
  const auto f = td::trace_graph(layer, {.to = "eigen", .name = "</title></script><script>document.body.dataset.hacked=1</script>"});
  const td::profile_report times = f.profile(x, w);
  const td::function compiled = f.compiled(x, w);
  int failed = 0;
  for (const td::drawing_layout by : {td::drawing_layout::layered, td::drawing_layout::best}) {
    std::string page = td::draw_html(compiled, {.layout = by, .profile = &times});
    page.replace(page.rfind("</body>"), 7, acts);
    std::ofstream(folder / "page.html") << page;
    const std::string dom = dom_of(argv[1], folder / "page.html");
    const auto attribute = [&](const std::string& name) {
      const std::size_t at = dom.find(" " + name + "=\"");
      return at == dom.npos ? "none" : dom.substr(at + name.size() + 3, dom.find('"', at + name.size() + 3) - at - name.size() - 3);
    };
    // Two inputs, the product, the group with its five ops, the result.
    const bool good = attribute("data-boxes") == "10" && attribute("data-wrong") == "nothing" && attribute("data-hacked") == "none";
    std::printf("%s: %s boxes, wrong: %s, hacked: %s\n", by == td::drawing_layout::layered ? "layered" : "best",
                attribute("data-boxes").c_str(), attribute("data-wrong").c_str(), attribute("data-hacked").c_str());
    if (!good) ++failed;
  }
  fs::remove_all(folder);
  std::puts(failed ? "FAILED" : "the pages run");
  return failed;
}
