// tendril: saved graphs on the command line. It shows them, runs them on .npy files, writes them as source, times and checks them.
#include <CLI/CLI.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>

#include <tendril/tendril.hpp>
#include <tendril/version.hpp>

namespace {

namespace td = tendril;
namespace fs = std::filesystem;

struct asked {
  std::string file, backend, text_to, svg, html, layout = "best", out, language, name, constants;
  std::vector<std::string> inputs;
  bool lines = false;
  bool compiled = false, ops = false, stages = false;
  int threads = 1, runs = 0;
};

void write_text(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out)
    throw td::io_error("[write] " + path +
                       " cannot be written: got an error of the file system, expected a place that can be written to. Pass another path.");
  std::cerr << "wrote " << path << "\n";
}

td::compile_options options_of(const asked& a) { return {.to = a.backend, .num_threads = a.threads}; }

// ---- inputs: files, or numbers made up for what the types say

std::vector<td::array> read_inputs(const asked& a, const td::graph& g) {
  std::vector<td::array> in;
  for (const std::string& path : a.inputs) in.push_back(td::load_npy(path));
  if (in.size() == g.inputs.size()) return in;
  std::string types;
  for (const td::value_id v : g.inputs) types += (types.empty() ? "" : ", ") + to_string(g.type_of(v));
  throw td::error("[run] wrong number of inputs: got " + std::to_string(in.size()) + ", expected " + std::to_string(g.inputs.size()) +
                  (types.empty() ? "" : " (" + types + ")") + ". Pass a .npy file for each, in order.");
}

// Between 0 and 1 where numbers are real, 0 to 6 where they are integers.
std::vector<td::array> made_up(const td::graph& g) {
  std::vector<td::array> in;
  std::uint64_t state = 88172645463325252u;
  for (const td::value_id v : g.inputs) {
    const td::type& t = g.type_of(v);
    if (!t.complete())
      throw td::error("[profile] an input has no known type: got " + to_string(t) +
                      ", expected a dtype and a shape. Save f.graph(x), or pass .npy files.");
    const td::extents shape = t.known_extents();
    std::vector<double> numbers(static_cast<std::size_t>(td::element_count("profile", shape)));
    for (double& x : numbers) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      x = static_cast<double>(state >> 11) * 0x1p-53;
    }
    td::array a = td::reshape(td::asarray(numbers), shape);
    if (td::kind_of(t.dtype) == td::dtype_kind::integer) a = a * 7;
    if (t.dtype == td::bool_) a = a > 0.5;
    in.push_back(td::astype(a, t.dtype));
  }
  return in;
}

// The function for these inputs: types that the file leaves open are theirs.
td::function compile_for(const td::graph& g, const std::vector<td::array>& in, const td::compile_options& options) {
  std::vector<td::array_view> views;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const td::type &t = g.type_of(g.inputs[i]), have = td::type::of(in[i].dtype(), in[i].shape());
    bool fits = (t.dtype == td::dtype::unknown || t.dtype == have.dtype) && (!t.ranked || t.rank() == have.rank());
    for (std::size_t k = 0; fits && t.ranked && k < t.shape.size(); ++k) fits = !t.shape[k].known() || t.shape[k] == have.shape[k];
    if (!fits)
      throw td::error("[run] input " + std::to_string(i) + " has another type than was recorded: got " + to_string(have) + ", expected " +
                      to_string(t) + ". Pass an array of that type, or record the function for this one.");
    views.push_back(in[i].view());
  }
  return td::compile(g, views, options);
}

// ---- the commands

void show(const asked& a) {
  td::graph g = td::load_graph(a.file);
  if (a.compiled) g = td::load(a.file, options_of(a)).graph();
  const td::drawing_layout layout = a.layout == "graphviz"  ? td::drawing_layout::graphviz
                                    : a.layout == "layered" ? td::drawing_layout::layered
                                                            : td::drawing_layout::best;
  if (!a.svg.empty()) write_text(a.svg, td::draw(g, {.layout = layout}));
  if (!a.html.empty()) write_text(a.html, td::draw_html(g, {.layout = layout}));
  if (a.ops)
    for (const auto& [op, count] : td::op_frequencies(g)) std::cout << count << "\t" << op << "\n";
  if (a.svg.empty() && a.html.empty() && !a.ops) std::cout << g;
}

void run(const asked& a) {
  const td::graph g = td::load_graph(a.file);
  const std::vector<td::array> in = read_inputs(a, g);
  const std::vector<td::array> results = compile_for(g, in, options_of(a))(in);
  if (!a.out.empty()) {
    std::error_code failed;
    fs::create_directories(a.out, failed);
    if (failed)
      throw td::io_error("[run] " + a.out + " cannot be made: got \"" + failed.message() +
                         "\", expected a folder that can be written to. Pass another path.");
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (a.out.empty()) {
      std::cout << "result " << i << ": " << to_string(td::type::of(results[i].dtype(), results[i].shape())) << "\n" << results[i] << "\n";
      continue;
    }
    const std::string path = (fs::path(a.out) / ("result" + std::to_string(i) + ".npy")).string();
    td::save_npy(results[i], path);
    std::cerr << "wrote " << path << "\n";
  }
}

void write_source(const asked& a) {
  const td::graph g = td::load_graph(a.file);
  const td::source_options options{.name = a.name, .source_lines = a.lines, .constants = a.constants};
  const std::string text = a.language == "numpy"        ? td::source_code(g, td::target::numpy, options)
                           : a.language == "torch"      ? td::source_code(g, td::target::torch, options)
                           : a.language == "jax"        ? td::source_code(g, td::target::jax, options)
                           : a.language == "tensorflow" ? td::source_code(g, td::target::tensorflow, options)
                           : a.language == "eigen"      ? td::source_code(g, td::target::eigen, options)
                           : a.language == "xtensor"    ? td::source_code(g, td::target::xtensor, options)
                                                        : td::source_code(g, td::target::cpp, options);
  if (a.out.empty()) std::cout << text;
  else write_text(a.out, text);
}

void profile(const asked& a) {
  const td::graph g = td::load_graph(a.file);
  const std::vector<td::array> in = a.inputs.empty() ? made_up(g) : read_inputs(a, g);
  const td::function f = compile_for(g, in, options_of(a));
  const td::profile_report times = f.profile(in, {.runs = a.runs});
  std::cout << times;
  if (a.stages) std::cout << "\n" << f.stages();
  if (!a.html.empty()) write_text(a.html, td::draw_html(f, {.profile = &times}));
}

// The largest difference, in parts of the largest number there; infinity where one is NaN or infinite and the other is not.
double deviation(const td::array& a, const td::array& b) {
  const td::array x = td::astype(a, td::float64), y = td::astype(b, td::float64);
  if (x.size() == 0) return 0;
  const td::array both = td::isfinite(x) & td::isfinite(y);
  const td::array same = both | (x == y) | (td::isnan(x) & td::isnan(y));
  if (!td::all(same).item<bool>()) return INFINITY;
  const double scale = td::max(td::where(both, td::abs(y), 0.0)).item<double>();
  return td::max(td::where(both, td::abs(x - y), 0.0)).item<double>() / (scale > 0 ? scale : 1);
}

int check(const asked& a) {
  const td::graph g = td::load_graph(a.file);
  int ops = 0;
  for (const auto& [op, count] : td::op_frequencies(g)) ops += count;
  std::cout << a.file << ": \"" << g.name << "\" is whole: " << ops << " ops, " << g.inputs.size() << " inputs, " << g.results.size()
            << " results\n";
  for (const td::value_id v : g.inputs)
    if (!g.type_of(v).complete()) {
      std::cout << "its inputs have no known types: it is not run\n";
      return 0;
    }
  const std::vector<td::array> in = made_up(g);
  const std::vector<td::array> expected = td::evaluate(g, in);
  int failed = 0;
  for (const std::string& name : td::backends()) {
    double most = 0;
    const std::vector<td::array> got = td::load(a.file, {.to = name, .num_threads = a.threads})(in);
    for (std::size_t i = 0; i < got.size(); ++i) most = std::max(most, deviation(got[i], expected[i]));
    const bool good = most < 1e-2;  // single precision, behind sums and differences
    std::cout << (good ? "runs on " : "DIFFERS on ") << name << ": at most " << most << " from op by op, on made-up inputs\n";
    failed += !good;
  }
  return failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  asked a;
  CLI::App app{"Looks into saved graphs of Tendril, runs them, times them and writes them as source."};
  app.name("tendril");
  app.require_subcommand(1);
  app.set_version_flag("--version", "tendril " + std::to_string(TENDRIL_VERSION_MAJOR) + "." + std::to_string(TENDRIL_VERSION_MINOR) + "." +
                                        std::to_string(TENDRIL_VERSION_PATCH));
  app.footer(R"(
A file is what td::save(f, "layer.tendril") wrote in a program. For example:

  tendril show layer.tendril                       the graph as text, a line for each op
  tendril show layer.tendril --html layer.html     a page to move and zoom, and to point at ops
  tendril run layer.tendril x.npy w.npy --out y    y/result0.npy and so on, read by numpy.load
  tendril source layer.tendril --to jax            a Python function
  tendril profile layer.tendril                    what takes how long, on numbers made up
  tendril check layer.tendril                      that it is whole and runs on each backend

tendril COMMAND --help tells more. It ends with 0, with 1 after an error, and with 2 where it was asked wrongly.)");

  const auto add = [&](const char* name, const char* what, const char* footer) {
    CLI::App* command = app.add_subcommand(name, what);
    command->add_option("FILE", a.file, "a file that td::save wrote")->required();
    command->footer(std::string("\n") + footer);
    return command;
  };
  const auto add_backend = [&](CLI::App* command) {
    std::string names;
    for (const std::string& b : td::backends()) names += (names.empty() ? "" : ", ") + b;
    command->add_option("--backend", a.backend, "who computes: " + names + "; the default is " + td::current_backend());
    command->add_option("--threads", a.threads, "at most this many threads a call; 0: all cores")->check(CLI::NonNegativeNumber);
  };

  CLI::App* show_command =
      add("show", "Shows the graph: as text, as a picture, as a page, or its ops counted.",
          R"(Text goes to standard output. A line is an op: its result and its type, its operands and attributes, and the
source line that it was recorded at.

  tendril show layer.tendril --svg layer.svg               a picture for a document
  tendril show layer.tendril --compiled --html layer.html  what runs: fused groups as boxes around their ops
  tendril show layer.tendril --ops                         how often each op is called)");
  show_command->add_option("--svg", a.svg, "writes a picture to this file");
  show_command->add_option("--html", a.html, "writes a page that needs no other file");
  show_command->add_option("--layout", a.layout, "who places boxes: best, graphviz or layered")
      ->check(CLI::IsMember({"best", "graphviz", "layered"}));
  show_command->add_flag("--ops", a.ops, "counts the ops by name");
  show_command->add_flag("--compiled", a.compiled, "shows what the backend runs, in place of what was recorded");
  add_backend(show_command);

  CLI::App* run_command =
      add("run", "Runs the function on arrays of .npy files.",
          R"help(Inputs stand in the order in which `tendril show` has them. Dtypes and shapes are those of the recording.

  python3 -c "import numpy as np; np.save('x.npy', np.ones((4, 3)))"
  tendril run layer.tendril x.npy w.npy             prints the results
  tendril run layer.tendril x.npy w.npy --out y     writes y/result0.npy, y/result1.npy and so on)help");
  run_command->add_option("INPUTS", a.inputs, "a .npy file for each input, in order");
  run_command->add_option("--out", a.out, "a folder for the results; without it they are printed");
  add_backend(run_command);

  CLI::App* source_command = add("source", "Writes the function as source for another library.",
                                 R"(  tendril source layer.tendril --to torch > layer.py
  tendril source layer.tendril --to eigen --name layer --out layer.hpp

Python is one function with type hints; C++ is one function over the library's own arrays, without Tendril.)");
  source_command->add_option("--to", a.language, "numpy, torch, jax, tensorflow, eigen, xtensor, or cpp for C++ without a library")
      ->required()
      ->check(CLI::IsMember({"numpy", "torch", "jax", "tensorflow", "eigen", "xtensor", "cpp"}));
  source_command->add_option("--name", a.name, "of the function; else that of the graph");
  source_command->add_flag("--lines", a.lines, "with the lines of the recorded function as comments");
  source_command->add_option("--constants", a.constants, "of Python: the .npz file beside it that large constants go to");
  source_command->add_option("--out", a.out, "a file for it; without it it is printed");

  CLI::App* profile_command =
      add("profile", "Runs the function many times and tells what each step takes.",
          R"(Without inputs, numbers are made up for the types of the recording. A step is a fused group of ops, or an op with a
kernel of its own.

  tendril profile layer.tendril x.npy w.npy --backend eigen
  tendril profile layer.tendril --html layer.html           times at the boxes of a page)");
  profile_command->add_option("INPUTS", a.inputs, "a .npy file for each input, in order; without them numbers are made up");
  profile_command->add_option("--runs", a.runs, "how often each step is timed; 0: for about a fifth of a second")
      ->check(CLI::NonNegativeNumber);
  profile_command->add_option("--html", a.html, "writes a page with the times");
  profile_command->add_flag("--stages", a.stages, "lists the instructions of each group too");
  add_backend(profile_command);

  CLI::App* check_command =
      add("check", "Reads the file as whoever loads it does, and runs it on every backend.",
          R"(What is wrong with a file is told, and ends with 1: that it is damaged, of a newer version, or has ops that are not known here.
Results on made-up inputs are compared with evaluation op by op, where nothing is fused.

  tendril check layer.tendril)");
  check_command->add_option("--threads", a.threads, "at most this many threads a call; 0: all cores")->check(CLI::NonNegativeNumber);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    return code == 0 ? 0 : 2;
  }
  try {
    if (*show_command) show(a);
    else if (*run_command) run(a);
    else if (*source_command) write_source(a);
    else if (*profile_command) profile(a);
    else return check(a);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "tendril: " << e.what() << "\n";
    return 1;
  }
}
