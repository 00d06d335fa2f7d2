// The tables of docs/performance.md, and the same as JSON, from which the picture is drawn.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "bench.hpp"

namespace bench {

const char* heading(role r) {
  constexpr const char* all[roles] = {"hand-written", "hand + allocation", "Tendril `jit`", "Tendril `eigen`", "Tendril, returning",
                                      "emitted C++",  "Eigen, naive",      "emitted Eigen", "xtensor, naive",  "libtorch"};
  return all[static_cast<int>(r)];
}

namespace {

// The fastest of a column: who has two ways of writing a case is judged by the better one.
const measurement* fastest(const row& r, role who) {
  const measurement* best = nullptr;
  for (const measurement& m : r.measurements)
    if (m.who == who && (!best || m.nanoseconds < best->nanoseconds)) best = &m;
  return best;
}

std::string quoted(const std::string& s) {
  std::string q = "\"";
  for (const char c : s) {
    if (c == '"' || c == '\\') q += '\\';
    q += c;
  }
  return q + '"';
}

}  // namespace

std::string time_of(double ns) {
  char text[32];
  if (ns < 1000) std::snprintf(text, sizeof text, "%.1f ns", ns);
  else if (ns < 1e6) std::snprintf(text, sizeof text, "%.3g µs", ns / 1e3);
  else std::snprintf(text, sizeof text, "%.3g ms", ns / 1e6);
  return text;
}

void print_markdown(const report& r) {
  std::printf("%s; medians of %d interleaved rounds. `%s`\n\n", r.machine.c_str(), r.used.rounds, r.command.c_str());
  if (!r.rows.empty()) {
    const auto used = [&](role who) {
      return std::any_of(r.rows.begin(), r.rows.end(), [&](const row& x) { return fastest(x, who) != nullptr; });
    };
    std::vector<role> columns;
    for (int k = 0; k < roles; ++k)
      if (used(static_cast<role>(k))) columns.push_back(static_cast<role>(k));
    std::printf("| case |");
    for (const role c : columns) std::printf(" %s |", heading(c));
    std::printf("\n|---|");
    for (std::size_t k = 0; k < columns.size(); ++k) std::printf("---|");
    for (const row& x : r.rows) {
      std::printf("\n| %s |", x.name.c_str());
      for (const role c : columns) {
        const measurement* m = fastest(x, c);
        if (!m) std::printf(" |");
        else if (c == role::hand) std::printf(" %s |", time_of(m->nanoseconds).c_str());
        else std::printf(m->ratio < 9.95 ? " %s (%.2f) |" : " %s (%.0f) |", time_of(m->nanoseconds).c_str(), m->ratio);
      }
    }
    std::printf("\n\nWhere a column has two ways of writing a case, the table shows the faster:\n\n");
    for (const row& x : r.rows)
      for (const role c : columns) {
        std::string all;
        int ways = 0;
        for (const measurement& m : x.measurements)
          if (m.who == c) all += (ways++ ? "; " : "") + m.name + " " + time_of(m.nanoseconds);
        if (ways > 1) std::printf("- %s: %s\n", x.name.c_str(), all.c_str());
      }
  }
  if (!r.first.empty()) {
    std::printf(
        "\n| first calls | first call | kernels compiled | the same function again | a new shape | kernels compiled |\n|---|---|---|---|---|---|\n");
    for (const first_call& f : r.first)
      std::printf("| %s | %.0f µs | %ld | %.0f µs | %.0f µs | %ld |\n", f.name.c_str(), f.first, f.kernels, f.again, f.new_shape,
                  f.new_shape_kernels);
  }
  if (r.tracing > 0) std::printf("\nTracing takes %.2f µs an op.", r.tracing);
  for (const size_of_file& s : r.sizes) std::printf("\nSize of %s: %.2f MB.", s.name.c_str(), s.megabytes);
  std::printf("\n");
}

void write_json(const report& r, const std::string& path) {
  std::ofstream out(path);
  out << "{\"machine\": " << quoted(r.machine) << ",\n \"command\": " << quoted(r.command) << ",\n \"rounds\": " << r.used.rounds
      << ",\n \"threads\": " << r.used.threads << ",\n \"cases\": [";
  for (std::size_t k = 0; k < r.rows.size(); ++k) {
    out << (k ? "," : "") << "\n  {\"name\": " << quoted(r.rows[k].name) << ", \"measurements\": [";
    const auto& all = r.rows[k].measurements;
    for (std::size_t i = 0; i < all.size(); ++i)
      out << (i ? "," : "") << "\n   {\"column\": " << quoted(heading(all[i].who)) << ", \"name\": " << quoted(all[i].name)
          << ", \"nanoseconds\": " << all[i].nanoseconds << ", \"ratio\": " << all[i].ratio << "}";
    out << "]}";
  }
  out << "],\n \"first_calls\": [";
  for (std::size_t k = 0; k < r.first.size(); ++k) {
    const first_call& f = r.first[k];
    out << (k ? "," : "") << "\n  {\"name\": " << quoted(f.name) << ", \"first_microseconds\": " << f.first
        << ", \"kernels\": " << f.kernels << ", \"again_microseconds\": " << f.again << ", \"new_shape_microseconds\": " << f.new_shape
        << ", \"new_shape_kernels\": " << f.new_shape_kernels << "}";
  }
  out << "],\n \"tracing_microseconds_an_op\": " << r.tracing << ",\n \"megabytes\": {";
  for (std::size_t k = 0; k < r.sizes.size(); ++k) out << (k ? ", " : "") << quoted(r.sizes[k].name) << ": " << r.sizes[k].megabytes;
  out << "}}\n";
  if (!out.flush()) throw std::runtime_error("[bench] cannot write '" + path + "'. Pass --json a path in a folder that exists.");
}

}  // namespace bench
