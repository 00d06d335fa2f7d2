// Writes source code of the reference cases and of random graphs, with arguments and results, for tests/data/run_source.py to run:
// emit_source FOLDER [NUMBER OF RANDOM GRAPHS]. In the folder: cases.json, and SOURCE_CASE.txt a case and language.
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>

#include <nlohmann/json.hpp>
#include <tendril/source.hpp>
#include <tendril/tendril.hpp>

#include "fuzz.hpp"
#include "reference.hpp"

namespace {

namespace td = tendril;
using nlohmann::json;

json encoded(const td::array& a) {
  const td::array whole = td::detail::copy_of(a.view());
  json data = json::array();
  td::detail::with_dtype(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = 0; i < whole.size(); ++i) {
      const T v = whole.data<T>()[i];
      if constexpr (std::is_floating_point_v<T>) {
        if (std::isnan(v)) data.push_back("nan");
        else if (std::isinf(v)) data.push_back(v > 0 ? "inf" : "-inf");
        else data.push_back(static_cast<double>(v));
      } else {
        data.push_back(v);
      }
    }
  });
  return {{"dtype", td::name_of(a.dtype())}, {"shape", std::vector<std::int64_t>(a.shape().begin(), a.shape().end())}, {"data", data}};
}

class writer {
 public:
  explicit writer(std::filesystem::path folder) : folder_(std::move(folder)) { std::filesystem::create_directories(folder_); }

  // `limits`: how far each result may be off. "bounds": all in all; "atol": beside what functions of two libraries differ by. `signs`: of
  // which results columns or rows may have the other sign.
  void add(const std::string& name, const td::graph& g, const std::vector<td::array>& in, const std::vector<td::array>& out,
           const char* limit, const std::vector<double>& limits, const std::vector<std::string>& signs = {}) {
    json one = {{"name", name}, {"inputs", json::array()}, {"outputs", json::array()}, {limit, limits}, {"signs", signs}};
    for (const td::array& a : in) one["inputs"].push_back(encoded(a));
    for (const td::array& a : out) one["outputs"].push_back(encoded(a));
    const auto write = [&](const char* language, auto target) {
      try {
        std::ofstream(folder_ / (std::string(language) + "_" + name + ".py")) << td::source_code(g, target, {.name = name});
      } catch (const td::backend_error& e) {
        one["refused"][language] = e.what();
        std::filesystem::remove(folder_ / (std::string(language) + "_" + name + ".py"));
      }
    };
    write("numpy", td::target::numpy);
    write("torch", td::target::torch);
    write("jax", td::target::jax);
    write("tensorflow", td::target::tensorflow);
    cases_.push_back(std::move(one));
  }
  /// The case added last for other arguments: right, or refused.
  void add_call(const std::vector<td::array>& in, const std::vector<td::array>& out) {
    json one = {{"inputs", json::array()}, {"outputs", json::array()}};
    for (const td::array& a : in) one["inputs"].push_back(encoded(a));
    for (const td::array& a : out) one["outputs"].push_back(encoded(a));
    cases_.back()["others"].push_back(std::move(one));
  }
  void finish() const { std::ofstream(folder_ / "cases.json") << json(cases_).dump(); }

 private:
  std::filesystem::path folder_;
  std::vector<json> cases_;
};

void add_references(writer& w) {
  for (const td::op_record* op : td::op_table()) {
    if (op->is(td::trait::internal)) continue;
    for (const auto& c : tendril_test::op_cases(op->name)) {
      const auto calls_the_op = [&c](const std::vector<td::array>& in) {
        return td::apply(*td::find_op(c.op), c.operands(in), c.attributes);
      };
      const std::vector<td::array> in = c.array_inputs();
      std::vector<double> allowed;
      std::vector<std::string> signs;
      for (const tendril_test::tolerance& t : c.tolerances) {
        allowed.push_back(t.atol);
        signs.push_back(t.signs);
      }
      w.add(op->name + "_" + std::to_string(c.index), td::trace_graph(calls_the_op).graph(in), in, c.outputs, "atol", allowed, signs);
    }
  }
}

void add_random(writer& w, unsigned count) {
  for (unsigned seed = 1; seed <= count; ++seed) {
    const fuzz::random_case c = fuzz::generate(seed);
    const fuzz::plain_case p = fuzz::plain(c, fuzz::elsewhere);
    w.add("random_" + std::to_string(seed), c.graph, p.arguments, td::evaluate(c.graph, p.arguments), "bounds", p.limits);
  }
}

// Functions that read extents, recorded for some and called with others.
void add_reading(writer& w) {
  using many = std::vector<td::array>;
  const auto add = [&](const std::string& name, const std::function<many(const many&)>& f,
                       const std::vector<std::vector<std::int64_t>>& shapes) {
    for (std::size_t k = 0; k < shapes.size(); ++k) {
      std::int64_t n = 1;
      for (const std::int64_t e : shapes[k]) n *= e;
      const many in{td::reshape(td::arange(0., static_cast<double>(n), 1.), shapes[k]) * 0.5};
      if (k == 0) w.add(name, td::trace_graph(f).graph(in), in, f(in), "atol", {0.});
      else w.add_call(in, f(in));
    }
  };
  add("reads_size", [](const many& x) { return many{td::sum(x[0]) / x[0].size() + x[0]}; }, {{5}, {4}, {9}});
  add("reads_columns", [](const many& x) { return many{x[0] * x[0].shape(1)}; }, {{2, 3}, {7, 3}, {2, 4}});
  add("reads_both", [](const many& x) { return many{x[0] * x[0].shape()[1]}; }, {{2, 3}, {7, 3}, {3, 2}});
  add("reads_none", [](const many& x) { return many{x[0] - td::mean(x[0])}; }, {{2, 3}, {7, 3}, {3, 2}});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: emit_source FOLDER [NUMBER OF RANDOM GRAPHS]\n";
    return 2;
  }
  td::set_warning_handler([](std::string_view) {});
  writer w(argv[1]);
  add_references(w);
  add_reading(w);
  add_random(w, argc > 2 ? static_cast<unsigned>(std::stoul(argv[2])) : 0);
  w.finish();
  return 0;
}
