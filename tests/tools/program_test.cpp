// The program `tendril`: each command on saved files, what it prints and writes, how it ends, and what it says of what is wrong.
// needs TENDRIL_HAS_SAVE and TENDRIL_PROGRAM
#include <sys/wait.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include <tendril/frontends/tensorflow.hpp>
#include <tendril/frontends/torch.hpp>

#include "catch.hpp"
#include "fuzz_case.hpp"
#include "saved_files.hpp"
#include "trace_helpers.hpp"

namespace {

namespace td = tendril;
using saved_files::bytes_of;
using saved_files::folder;

struct answer {
  int code = -1;
  std::string out, err;
};

// In a folder, so that paths are short.
answer tendril_in(const folder& dir, const std::string& arguments) {
  const std::string command = "cd '" + dir.path().string() + "' && '" TENDRIL_PROGRAM "' " + arguments + " 2> stderr.txt";
  answer a;
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  char part[4096];
  for (std::size_t n; (n = std::fread(part, 1, sizeof part, pipe)) > 0;) a.out.append(part, n);
  const int status = pclose(pipe);
  REQUIRE(WIFEXITED(status));
  a.code = WEXITSTATUS(status);
  a.err = bytes_of(dir / "stderr.txt");
  return a;
}

td::array scaled(const td::array& x, const td::array& w) { return td::sum(td::exp(x) * w, {.axis = -1}) + 0.5; }

const td::array x({{1., 2., 3.}, {4., 5., 6.}}), w({0.5, 1., -1.});

// scaled.tendril and its inputs.
td::array write_scaled(const folder& dir) {
  const auto f = td::trace_graph(scaled, {.name = "scaled"});
  const td::array y = f(x, w);
  td::save(f.graph(x, w), dir / "scaled.tendril");
  td::save_npy(x, dir / "x.npy");
  td::save_npy(w, dir / "w.npy");
  return y;
}

}  // namespace

TEST_CASE("help teaches, and being asked wrongly ends with 2") {
  const folder dir;
  const answer help = tendril_in(dir, "--help");
  CHECK(help.code == 0);
  for (const char* text : {"show ", "run ", "source ", "profile ", "check ", "td::save(f, \"layer.tendril\")",
                           "tendril run layer.tendril x.npy w.npy --out y"}) {
    INFO(text);
    CHECK_THAT(help.out, contains(text));
  }
  for (const char* command : {"show", "run", "source", "profile", "check"}) {
    const answer a = tendril_in(dir, std::string(command) + " --help");
    INFO(a.out);
    CHECK(a.code == 0);
    CHECK_THAT(a.out, contains(std::string("  tendril ") + command + " layer.tendril") && contains("FILE"));
  }
  CHECK(tendril_in(dir, "--version").out == "tendril 0.1.0\n");
  CHECK(tendril_in(dir, "").code == 2);
  CHECK_THAT(tendril_in(dir, "").err, contains("A subcommand is required"));
  CHECK(tendril_in(dir, "run").code == 2);
  CHECK_THAT(tendril_in(dir, "run").err, contains("FILE is required"));
  CHECK(tendril_in(dir, "sing a.tendril").code == 2);
  CHECK_THAT(tendril_in(dir, "source a.tendril --to cobol").err, contains("cobol"));
  CHECK(tendril_in(dir, "source a.tendril --to cobol").code == 2);
  CHECK(tendril_in(dir, "run a.tendril --threads -1").code == 2);
}

TEST_CASE("show prints the graph, counts its ops and draws it") {
  const folder dir;
  write_scaled(dir);
  const answer text = tendril_in(dir, "show scaled.tendril");
  CHECK(text.code == 0);
  CHECK(text.out == to_string(td::load_graph(dir / "scaled.tendril")));
  CHECK_THAT(text.out, contains("graph scaled(%0: float64[2, 3], %1: float64[3]) {") && contains("# program_test.cpp:"));
  CHECK(tendril_in(dir, "show scaled.tendril --ops").out == "1\tadd\n1\texp\n1\tmultiply\n1\tsum\n");
  const answer pictures = tendril_in(dir, "show scaled.tendril --svg a.svg --html a.html --layout layered");
  CHECK(pictures.code == 0);
  CHECK(pictures.out == "");
  CHECK(pictures.err == "wrote a.svg\nwrote a.html\n");
  CHECK(bytes_of(dir / "a.svg") == td::draw(td::load_graph(dir / "scaled.tendril"), {.layout = td::drawing_layout::layered}));
  CHECK_THAT(bytes_of(dir / "a.html"), contains("<!DOCTYPE html>"));
  CHECK_THAT(tendril_in(dir, "show scaled.tendril --compiled --backend eigen").out, contains("= group("));
  const answer refused = tendril_in(dir, "show scaled.tendril --svg none/a.svg");
  CHECK(refused.code == 1);
  CHECK(
      refused.err ==
      "tendril: [write] none/a.svg cannot be written: got an error of the file system, expected a place that can be written to. Pass another path.\n");
}

TEST_CASE("run gives the numbers of the function, printed or as files") {
  const folder dir;
  const td::array y = write_scaled(dir);
  const answer printed = tendril_in(dir, "run scaled.tendril x.npy w.npy");
  CHECK(printed.code == 0);
  CHECK(printed.out == "result 0: float64[2]\n" + to_string(y) + "\n");
  for (const std::string& backend : td::backends()) {
    const answer written = tendril_in(dir, "run scaled.tendril x.npy w.npy --out deep/y --backend " + backend + " --threads 2");
    CHECK(written.code == 0);
    CHECK(written.err == "wrote deep/y/result0.npy\n");
    CHECK(fuzz::difference(td::load_npy(dir / "deep/y/result0.npy"), y, 1e-12) == "");
  }
}

TEST_CASE("run takes what the file leaves open from the inputs") {
  const folder dir;
  td::graph g;
  td::type t;
  t.dtype = td::float64;
  t.ranked = true;
  t.shape = {td::extent()};
  const td::value_id in = g.add_input(t);
  g.results = {g.add(td::record_of(td::find_op("exp")->id), {in})};
  td::save(g, dir / "open.tendril");
  td::save_npy(td::array({0., 1.}), dir / "two.npy");
  td::save_npy(td::array({{0., 1.}}), dir / "table.npy");
  td::save_npy(td::array({0.F, 1.F}), dir / "single.npy");
  CHECK(tendril_in(dir, "run open.tendril two.npy").out == "result 0: float64[2]\n[1.         2.71828183]\n");
  CHECK(
      tendril_in(dir, "run open.tendril table.npy").err ==
      "tendril: [run] input 0 has another type than was recorded: got float64[1, 2], expected float64[?]. Pass an array of that type, or record the function for this one.\n");
  CHECK_THAT(tendril_in(dir, "run open.tendril single.npy").err, contains("got float32[2], expected float64[?]"));
  CHECK(
      tendril_in(dir, "profile open.tendril").err ==
      "tendril: [profile] an input has no known type: got float64[?], expected a dtype and a shape. Save f.graph(x), or pass .npy files.\n");
  CHECK_THAT(tendril_in(dir, "check open.tendril").out, contains("its inputs have no known types: it is not run"));
}

TEST_CASE("run says what is wrong with inputs") {
  const folder dir;
  write_scaled(dir);
  const answer few = tendril_in(dir, "run scaled.tendril x.npy");
  CHECK(few.code == 1);
  CHECK(few.err ==
        "tendril: [run] wrong number of inputs: got 1, expected 2 (float64[2, 3], float64[3]). Pass a .npy file for each, in order.\n");
  CHECK(
      tendril_in(dir, "run scaled.tendril w.npy x.npy").err ==
      "tendril: [run] input 0 has another type than was recorded: got float64[3], expected float64[2, 3]. Pass an array of that type, or record the function for this one.\n");
  CHECK(tendril_in(dir, "run scaled.tendril x.npy none.npy").err ==
        "tendril: [load_npy] none.npy cannot be read: got \"No such file or directory\", expected a .npy file. Check the path.\n");
  CHECK_THAT(tendril_in(dir, "run scaled.tendril x.npy scaled.tendril").err, contains("tendril: [load] scaled.tendril is no .npy"));
  CHECK_THAT(tendril_in(dir, "run scaled.tendril x.npy w.npy --backend abacus").err, contains("abacus"));
  saved_files::write_bytes(dir / "file", "");
  CHECK_THAT(
      tendril_in(dir, "run scaled.tendril x.npy w.npy --out file/y").err,
      contains(
          "tendril: [run] file/y cannot be made: got \"Not a directory\", expected a folder that can be written to. Pass another path."));
}

TEST_CASE("source writes each language") {
  const folder dir;
  write_scaled(dir);
  const td::graph g = td::load_graph(dir / "scaled.tendril");
  CHECK(tendril_in(dir, "source scaled.tendril --to numpy").out == td::source_code(g, td::target::numpy));
  CHECK(tendril_in(dir, "source scaled.tendril --to jax --name other").out == td::source_code(g, td::target::jax, {.name = "other"}));
  CHECK_THAT(tendril_in(dir, "source scaled.tendril --to torch").out,
             contains("def scaled(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:"));
  CHECK_THAT(tendril_in(dir, "source scaled.tendril --to tensorflow").out, contains("import tensorflow as tf"));
  CHECK_THAT(tendril_in(dir, "source scaled.tendril --to eigen").out, contains("#include <Eigen/"));
  CHECK_THAT(tendril_in(dir, "source scaled.tendril --to xtensor").out, contains("#include <xtensor"));
  CHECK_THAT(tendril_in(dir, "source scaled.tendril --to cpp").out, contains("const double* __restrict"));
  const answer written = tendril_in(dir, "source scaled.tendril --to numpy --out scaled.py");
  CHECK(written.out == "");
  CHECK(written.err == "wrote scaled.py\n");
  CHECK(bytes_of(dir / "scaled.py") == td::source_code(g, td::target::numpy));
}

TEST_CASE("profile times the steps, on inputs or on numbers made up") {
  const folder dir;
  write_scaled(dir);
  for (const char* inputs : {"", "x.npy w.npy "}) {
    const answer a = tendril_in(dir, std::string("profile scaled.tendril ") + inputs + "--backend eigen --runs 7 --stages --html p.html");
    INFO(a.err);
    CHECK(a.code == 0);
    CHECK_THAT(a.out,
               contains("scaled: 2 steps, medians of 7 runs") && contains("group on eigen: exp multiply sum") && contains("phase 0"));
    CHECK_THAT(bytes_of(dir / "p.html"), contains("[\"runs as\", \"group on eigen\"]"));
  }
  CHECK_THAT(tendril_in(dir, "profile scaled.tendril x.npy").err, contains("tendril: [run] wrong number of inputs: got 1, expected 2"));
}

TEST_CASE("check reads a file as a loader does and runs it on every backend") {
  const folder dir;
  write_scaled(dir);
  const answer good = tendril_in(dir, "check scaled.tendril");
  CHECK(good.code == 0);
  CHECK_THAT(good.out, contains("scaled.tendril: \"scaled\" is whole: 4 ops, 2 inputs, 1 results"));
  for (const std::string& backend : td::backends()) CHECK_THAT(good.out, contains("runs on " + backend + ": at most "));
  const std::string whole = bytes_of(dir / "scaled.tendril");
  saved_files::write_bytes(dir / "cut.tendril", whole.substr(0, whole.size() / 2));
  const answer cut = tendril_in(dir, "check cut.tendril");
  CHECK(cut.code == 1);
  CHECK(cut.out == "");
  CHECK_THAT(cut.err, contains("tendril: [load] cut.tendril is no saved graph: got \"") &&
                          contains("It may be cut short: copy it again, or save the function again."));
  CHECK(
      tendril_in(dir, "check none.tendril").err ==
      "tendril: [load] none.tendril cannot be read: got \"No such file or directory\", expected a file that td::save wrote. Check the path.\n");
}

TEST_CASE("every dtype goes in and out, and numbers are made up for it") {
  const folder dir;
  for (const td::dtype d : {td::bool_, td::uint8, td::int32, td::int64, td::float32, td::float64}) {
    const auto f = td::trace_graph([](const td::array& a) { return td::where(a > 1, a, td::flip(a)); });
    const td::array a = td::astype(td::arange(7), d);
    INFO(td::to_string(d));
    if (d == td::bool_) {
      const auto g = td::trace_graph([](const td::array& b) { return !b; });
      td::save(g.graph(a), dir / "f");
    } else {
      td::save(f.graph(a), dir / "f");
    }
    td::save_npy(a, dir / "a.npy");
    const answer run = tendril_in(dir, "run f a.npy --out out");
    CHECK(run.err == "wrote out/result0.npy\n");
    CHECK(saved_files::same_bits(td::load_npy(dir / "out/result0.npy"), td::load(dir / "f")({a})[0]));
    CHECK(tendril_in(dir, "check f").code == 0);
  }
}

// A process that only loads has called no frontend.
TEST_CASE("ops of frontends that files hold are known to a process that only loads") {
  namespace torch = td::frontends::torch;
  namespace tf = td::frontends::tensorflow;
  const folder dir;
  const auto saved = [&](const auto& f, const td::array& a, const td::array& b) {
    f(a, b);
    td::save(f.graph(a, b), dir / "f");
    td::save_npy(a, dir / "a.npy");
    td::save_npy(b, dir / "b.npy");
    return tendril_in(dir, "run f a.npy b.npy");
  };
  const auto divide = td::transpile([](const torch::Tensor& a, const torch::Tensor& b) { return torch::floor_divide(a, b); },
                                    td::source::torch, td::target::eigen);
  CHECK_THAT(saved(divide, td::array({7, -7}), td::array({2, 2})).out, contains("[ 3 -4]"));
  td::save_npy(td::array({2, 0}), dir / "b.npy");
  const answer zero = tendril_in(dir, "run f a.npy b.npy");
  CHECK(zero.code == 1);
  CHECK_THAT(zero.err, contains("[floor_divide] an integer is divided by 0: got a divisor of 0, expected none."));
  const auto search = td::transpile([](const torch::Tensor& a, const torch::Tensor& b) { return torch::searchsorted(a, b); },
                                    td::source::torch, td::target::eigen);
  CHECK_THAT(saved(search, td::array({1.0, 3.0, std::nan("")}), td::array({2.0, 9.0, 0.5})).out, contains("[1 3 0]"));
  const auto gather =
      td::transpile([](const tf::Tensor& a, const tf::Tensor& b) { return tf::gather(a, b); }, td::source::tensorflow, td::target::eigen);
  CHECK_THAT(saved(gather, td::array({1.5, 2.5}), td::array({1, 0})).out, contains("[2.5 1.5]"));
  td::save_npy(td::array({1, -1}), dir / "b.npy");
  const answer negative = tendril_in(dir, "run f a.npy b.npy");
  CHECK(negative.code == 1);
  CHECK_THAT(negative.err, contains("[gather] an index is negative: got -1"));
}

TEST_CASE("an op that nobody registered is named") {
  const folder dir;
  (void)td::register_op({.name = "my_own",
                         .inputs = {{td::input_spec::form::array, "x"}},
                         .traits = static_cast<std::uint32_t>(td::trait::elementwise),
                         .kernel = [](std::span<const td::array_view> out, std::span<const td::array_view> in, const td::attributes&) {
                           td::region_calls::copy(out[0], in[0]);
                         }});
  const auto f = td::trace_graph([](const td::array& a) { return td::call(*td::find_op("my_own"), {a}); });
  td::save(f.graph(td::array({1.})), dir / "f");
  const answer a = tendril_in(dir, "show f");
  CHECK(a.code == 1);
  CHECK(
      a.err ==
      "tendril: [load] ops are not known here: got \"my_own\", expected ops of the table or registered ones. Register them with td::register_op before loading.\n");
}
