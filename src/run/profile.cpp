// The profile: runs the steps of an executable one by one under a clock. Calls that nobody profiles know nothing of it.
#include <tendril/profile.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <ostream>

#include "array/arena.hpp"
#include "array/format.hpp"
#include "run/executable.hpp"

namespace tendril {
namespace {

// A time in seconds. Of calls on one thread it is the thread's on its processor, which what others run does not count to; looking at it
// takes as long as a short call, for which it is the wall's.
using clock = double (*)();
double wall_seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
#ifdef CLOCK_THREAD_CPUTIME_ID
double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}
#else
constexpr clock thread_seconds = wall_seconds;
#endif

clock clock_of(const detail::executable& e, double once) {
  constexpr double shortest = 20e-6;
  const bool alone = e.threads == 1 && std::none_of(e.steps.begin(), e.steps.end(),
                                                    [](const detail::step& s) { return s.what == detail::step::kind::custom; });
  return alone && once >= shortest ? thread_seconds : wall_seconds;
}

double median(std::vector<double> v) {
  const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
  std::nth_element(v.begin(), middle, v.end());
  return *middle;
}

// What looking at the clock twice takes.
double clock_seconds(clock now) {
  std::vector<double> v(101);
  for (double& x : v) {
    const double start = now();
    x = now() - start;
  }
  return median(v);
}

// Elements that stand more than once in a view, by a stride of 0, are read from one place.
std::size_t bytes_of(const array_view& v) {
  std::size_t n = size_of(v.dtype);
  for (int i = 0; i < v.rank; ++i)
    if (v.strides[i] != 0 || v.shape[i] == 0) n *= static_cast<std::size_t>(v.shape[i]);
  return n;
}

void count_bytes(const detail::step& s, const array_view* views, step_profile& p) {
  using kind = detail::step::kind;
  if (s.what == kind::view) return;
  std::vector<value_id> in = s.in;
  std::sort(in.begin(), in.end());
  in.erase(std::unique(in.begin(), in.end()), in.end());
  for (value_id v : in)
    if (v != absent) p.bytes_read += bytes_of(views[v]);
  for (value_id v : s.out) p.bytes_written += bytes_of(views[v]);
}

}  // namespace

profile_report detail::profile(const executable& e, run_function whole, const array_view* in, int wished) {
  std::vector<array> results;
  std::vector<array_view> out;
  for (const type& t : e.result_types) {
    results.push_back(detail::make_empty(t.dtype, t.known_extents()));
    out.push_back(results.back().view());
  }
  const engine::workspace memory(e.workspace_bytes);
  std::vector<array_view> views(e.places.size());
  clock now = wall_seconds;
  const auto call = [&] {
    const double start = now();
    whole(&e, in, out.data());
    return now() - start;
  };
  call();  // pages are touched, caches filled
  const double once = std::max(call(), 1e-9);
  now = clock_of(e, once);
  const auto runs = static_cast<std::size_t>(wished > 0 ? wished : std::clamp(0.1 / once /* calls, then steps */, 5.0, 1001.0));
  const std::size_t steps = e.small ? 0 : e.steps.size();  // small code is one
  std::vector<std::vector<double>> times(steps);
  std::vector<double> calls;
  for (std::size_t r = 0; r < runs; ++r) {
    calls.push_back(call());
    if (steps != 0) detail::find_views(e, in, out.data(), memory.data(), views.data());
    for (std::size_t k = 0; k < steps; ++k) {
      const double start = now();
      detail::run_step(e, e.steps[k], views.data(), memory.data() + e.scratch_offset);
      times[k].push_back(now() - start);
    }
  }
  const double clock_time = clock_seconds(now);
  profile_report report;
  report.name = e.graph.name;
  report.runs = static_cast<int>(runs);
  report.seconds = std::max(median(calls) - clock_time, 0.0);
  if (e.small) {
    const step_info& info = e.info.steps.front();
    step_profile p{info.kind, info.ops, info.engine, report.seconds, 0, 0};
    for (std::size_t i = 0; i < e.port_bytes.size(); ++i) (i < e.input_types.size() ? p.bytes_read : p.bytes_written) += e.port_bytes[i];
    report.steps.push_back(std::move(p));
  }
  for (std::size_t k = 0; k < steps; ++k) {
    const step_info& info = e.info.steps[k];
    step_profile p{info.kind, info.ops, info.engine, std::max(median(times[k]) - clock_time, 0.0), 0, 0};
    count_bytes(e.steps[k], views.data(), p);
    report.steps.push_back(std::move(p));
  }
  return report;
}

namespace {

std::string spell_time(double s) {
  if (s < 1e-6) return format_text("{:.0f} ns", s * 1e9);
  if (s < 1e-3) return format_text("{:.1f} us", s * 1e6);
  return s < 1 ? format_text("{:.2f} ms", s * 1e3) : format_text("{:.2f} s", s);
}

std::string spell_bytes(std::size_t n) {
  const auto x = static_cast<double>(n);
  if (n < 1000) return format_text("{} B", n);
  if (n < 1000000) return format_text("{:.1f} kB", x / 1e3);
  return n < 1000000000 ? format_text("{:.1f} MB", x / 1e6) : format_text("{:.1f} GB", x / 1e9);
}

}  // namespace

profile_report function::profile(std::span<const array> inputs, const profile_options& options) const {
  if (options.runs < 0)
    throw error(format_text("[profile] the number of runs is negative: got {}, expected 1 or more. Leave it out for a fifth of a second.",
                            options.runs));
  (*this)(inputs);  // checks them
  std::vector<array_view> in;
  std::vector<array> copies;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    in.push_back(inputs[i].view());
    if (p_->input_layouts[i] != 2 && detail::layout_class(in[i]) != p_->input_layouts[i])
      in[i] = detail::copy_in_layout(in[i], p_->input_layouts[i], copies.emplace_back());
  }
  return detail::profile(*p_, detail::executable::run, in.data(), options.runs);
}

std::string to_string(const profile_report& r) {
  std::string s = format_text("{}: {} step{}, medians of {} runs\n{:>10} {:>7} {:>9} {:>9} {:>7}  {}\n", r.name, r.steps.size(),
                              r.steps.size() == 1 ? "" : "s", r.runs, "time", "share", "read", "written", "GB/s", "step");
  double sum = 0;
  for (const step_profile& p : r.steps) sum += p.seconds;
  for (const step_profile& p : r.steps) {
    const bool moves = p.bytes_read + p.bytes_written > 0;
    s += format_text("{:>10} {:>5.1f} % {:>9} {:>9} {:>7}  {} on {}: {}\n", spell_time(p.seconds), sum > 0 ? 100 * p.seconds / sum : 0.0,
                     moves ? spell_bytes(p.bytes_read) : "", moves ? spell_bytes(p.bytes_written) : "",
                     moves && p.seconds > 0 ? format_text("{:.1f}", p.bandwidth() / 1e9) : "", p.kind, p.engine, p.ops);
  }
  return s + format_text("{:>10} {:>37}the whole call\n", spell_time(r.seconds), "");
}

std::ostream& operator<<(std::ostream& os, const profile_report& r) { return os << to_string(r); }

}  // namespace tendril
