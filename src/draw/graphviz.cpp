// The picture by Graphviz: the drawing in the language of `dot`, and what it answers with our titles in it.
//
// `dot` is run as a process of its own, found by PATH, without a shell. Boxes have the sizes that we give them, so that its fonts do not
// matter. Edges to and from a group lead to the ops in it: dot has no ports of clusters.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>

#include "array/format.hpp"
#include "draw/drawing.hpp"

extern "C" char** environ;  // NOLINT

namespace tendril::drawn {
namespace {

// ---- the language of dot

std::string in_quotes(std::string_view s) {
  std::string out = "\"";
  for (const char c : clean(s)) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') out += "\\n";
    else out += c;
  }
  return out + "\"";
}

std::string label_of(const item& i) {
  std::string s;
  for (const std::string& line : i.label) {
    const std::string q = in_quotes(line);
    s += q.substr(1, q.size() - 2) + "\\l";
  }
  return "\"" + s + "\"";
}

// A drawing, and in which group it stands.
struct place {
  const drawing& d;
  const place* up = nullptr;
  int group = -1;
};

int nth(const drawing& d, bool item::*which, int n) {
  for (std::size_t i = 0; i < d.items.size(); ++i)
    if (d.items[i].what == item::kind::port && d.items[i].*which && n-- == 0) return static_cast<int>(i);
  return -1;
}

// The id of the box that computes what a port gives, in groups too; empty where there is none.
std::string source(const place& p, int from, int port) {
  const auto to = [](const place& in, int target, int target_port) -> std::string {
    for (const edge& e : in.d.edges)
      if (e.to == target && e.to_port == target_port) return source(in, e.from, e.from_port);
    return "";
  };
  const item& i = p.d.items[static_cast<std::size_t>(from)];
  if (i.what == item::kind::port) {
    int k = 0;
    for (int before = 0; before < from; ++before)
      k += p.d.items[static_cast<std::size_t>(before)].what == item::kind::port && p.d.items[static_cast<std::size_t>(before)].first;
    return p.up ? to(*p.up, p.group, k) : "";
  }
  if (i.what != item::kind::group) return i.id;
  const place inner{i.inside.front(), &p, from};
  const int result = nth(inner.d, &item::last, port);
  return result < 0 ? "" : to(inner, result, 0);
}

class dot_writer {
 public:
  std::string run(const drawing& d) {
    out_ = format_text(
        "digraph {{\ngraph [nodesep=0.3, ranksep=0.4, bgcolor=\"#ffffff\", fontname=\"Courier\", fontsize={0}, pad=0.2]\nnode [shape=box, fixedsize=true, "
        "fontname=\"Courier\", fontsize={0}]\nedge [color=\"#777777\", arrowsize=0.6]\n",
        font_size);
    write({d});
    return out_ + edges_ + "}\n";
  }

 private:
  void write(const place& p) {
    for (std::size_t k = 0; k < p.d.items.size(); ++k) {
      const item& i = p.d.items[k];
      const auto [fill, stroke] = colours_of(i.what);
      if (i.what == item::kind::port) continue;
      if (i.what == item::kind::group || i.what == item::kind::region) {
        begin_cluster(i, "cluster_" + i.id, i.id, label_of(i));
        write({i.inside.front(), i.what == item::kind::group ? &p : nullptr, static_cast<int>(k)});
        out_ += "}\n";
        continue;
      }
      if (i.what == item::kind::regions) begin_cluster(i, "cluster_" + i.id + "c", i.id + "c", "\"\"");
      std::size_t most = 0;
      for (const std::string& line : i.label) most = std::max(most, letters(line));
      out_ += format_text(
          "{} [id=\"{}\", class=\"{}\", label={}, width={:.3f}, height={:.3f}, style=\"filled{}\", fillcolor=\"{}\", color=\"{}\"]\n", i.id,
          i.id, name_of(i.what), label_of(i), (static_cast<double>(most) * letter_width + 2 * padding_x) / 72,
          (static_cast<double>(i.label.size()) * line_height + 2 * padding_y) / 72,
          i.what == item::kind::view                                    ? ",dashed"
          : i.what == item::kind::input || i.what == item::kind::result ? ",rounded"
                                                                        : "",
          fill_of(i), stroke);
      if (i.what == item::kind::regions) {
        write({i.inside.front()});
        out_ += "}\n";
      }
    }
    for (const edge& e : p.d.edges) {
      const item& to = p.d.items[static_cast<std::size_t>(e.to)];
      if (to.what == item::kind::port || to.what == item::kind::group) continue;
      const std::string from = source(p, e.from, e.from_port);
      if (!from.empty()) edges_ += format_text("{} -> {} [class=\"from-{} to-{}\"]\n", from, to.id, from, to.id);
    }
  }

  void begin_cluster(const item& i, const std::string& name, const std::string& id, const std::string& label) {
    out_ += format_text(
        "subgraph {} {{\ngraph [id=\"{}\", class=\"{}\", label={}, labeljust=l, style=\"filled,rounded\", fillcolor=\"{}\", color=\"{}\", margin=12]\n",
        name, id, name_of(i.what), label, fill_of(i), colours_of(i.what).stroke);
  }

  std::string out_, edges_;  // an edge in a cluster would move its ends there
};

// ---- the process

// What `dot` writes for a text; empty, and why, where it does not.
std::string answer_of_dot(const std::string& text, std::string& why, std::chrono::milliseconds most_time) {
  // A file, and no pipe, is what it reads: nobody has to write while it writes.
  FILE* const in = std::tmpfile();
  int out[2] = {-1, -1};
  if (!in || std::fwrite(text.data(), 1, text.size(), in) != text.size() || std::fflush(in) != 0 || pipe2(out, O_CLOEXEC) != 0) {
    why = std::string("\"") + std::strerror(errno) + "\"";
    if (in) std::fclose(in);
    return {};
  }
  std::rewind(in);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(in), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  char program[] = "dot", format[] = "-Tsvg";
  char* const arguments[] = {program, format, nullptr};
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, "dot", &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  std::fclose(in);
  std::string answer;
  if (failed) {
    why = format_text("no `dot` (\"{}\")", std::strerror(failed));
  } else {
    const auto end = std::chrono::steady_clock::now() + most_time;
    bool late = false;
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
      pollfd ready{out[0], POLLIN, 0};
      const int events = left > 0 ? poll(&ready, 1, static_cast<int>(left)) : 0;
      if (events < 0 && errno == EINTR) continue;
      if ((late = events <= 0)) break;
      char part[1 << 16];
      const ssize_t n = read(out[0], part, sizeof part);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      answer.append(part, static_cast<std::size_t>(n));
    }
    if (late) kill(pid, SIGKILL);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    const bool whole = answer.find("</svg>") != answer.npos;
    if (late) why = format_text("no picture in {} seconds", static_cast<double>(most_time.count()) / 1e3);
    else if (!whole) why = "no picture of `dot`";
    if (late || !whole) answer.clear();
  }
  close(out[0]);
  return answer;
}

void collect(const drawing& d, std::map<std::string, const item*, std::less<>>& all) {
  for (const item& i : d.items) {
    all.emplace(i.id, &i);
    for (const drawing& inside : i.inside) collect(inside, all);
  }
}

void replace_all(std::string& s, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = s.find(what, at)) != s.npos; at += by.size()) s.replace(at, what.size(), by);
}

}  // namespace

std::string svg_by_graphviz(const drawing& d, const std::string& title, std::string& why, int most_milliseconds) {
  std::string svg = answer_of_dot(dot_writer().run(d), why, std::chrono::milliseconds(most_milliseconds));
  if (svg.empty()) return {};
  svg.erase(0, svg.find("<svg"));
  for (std::size_t at; (at = svg.find("<!--")) != svg.npos;) svg.erase(at, svg.find("-->", at) + 4 - at);
  // In points there, in pixels here: boxes are as large as ours.
  const std::size_t head = svg.find('>');
  std::string opening = svg.substr(0, head);
  replace_all(opening, "pt\"", "\"");
  svg.replace(0, head, opening);
  replace_all(svg, "font-family=\"Courier,monospace\"", "font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\"");
  replace_all(svg, "&#45;", "-");
  std::map<std::string, const item*, std::less<>> items;
  collect(d, items);
  // dot titles boxes and edges by their names: ours are what is told of them.
  bool first = true;
  for (std::size_t at = 0; (at = svg.find("<title>", at)) != svg.npos;) {
    const std::size_t from = at + 7, end = svg.find("</title>", from);
    std::string_view name = std::string_view(svg).substr(from, end - from);
    if (name.starts_with("cluster_")) name.remove_prefix(8);
    std::string text;
    if (const auto i = items.find(name); i != items.end())
      for (const auto& [key, value] : i->second->facts) text += (text.empty() ? "" : "\n") + key + ": " + value;
    if (first) text = title;
    first = false;
    const std::string by = text.empty() ? "" : "<title>" + xml(text) + "</title>";
    svg.replace(at, end + 8 - at, by);
    at += by.size();
  }
  return svg;
}

}  // namespace tendril::drawn
