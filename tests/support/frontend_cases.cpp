// Reads the calls that frameworks made, and compares what Tendril's frontends give.
#include "frontend_cases.hpp"

#include <fstream>
#include <sstream>

namespace tendril_test {

namespace td = tendril;

const std::vector<frontend_case>& frontend_cases(const std::string& file) {
  static std::map<std::string, std::vector<frontend_case>> read;
  const auto known = read.find(file);
  if (known != read.end()) return known->second;
  std::vector<frontend_case> out;
  for (const nlohmann::json& j : load_cases(file)) {
    frontend_case c;
    c.fn = j.at("fn");
    c.text = j.dump().substr(0, 400);
    c.kwargs = j.value("kwargs", nlohmann::json::object());
    c.refused = j.value("error", false);
    c.member = j.value("member", false);
    c.waits = j.value("waits", false);
    for (const char* name : {"unbind", "unstack", "chunk", "apply_along_axis"}) c.waits |= c.fn.find(name) != c.fn.npos;
    const auto add = [&c](const nlohmann::json& x) {
      c.arrays.push_back(read_array(x).value);
      return c.arrays.size() - 1;
    };
    for (const nlohmann::json& x : j.at("inputs")) {
      if (x.is_null()) {
        c.inputs.emplace_back();
      } else if (x.is_array()) {
        std::vector<std::size_t> members;
        for (const nlohmann::json& m : x) members.push_back(add(m));
        c.inputs.emplace_back(members);
      } else if (x.contains("scalar")) {
        c.inputs.emplace_back(read_scalar(x.at("scalar")));
      } else {
        c.inputs.emplace_back(add(x));
      }
    }
    if (!c.refused)
      for (const nlohmann::json& y : j.at("outputs")) {
        c.tolerances.push_back(read_tolerance(j, c.outputs.size()));
        c.outputs.push_back(read_array(y).value);
      }
    out.push_back(std::move(c));
  }
  return read.emplace(file, std::move(out)).first->second;
}

// Under `<!-- names of FRONTEND -->` stands a block of lines `MODULE: NAME NAME ...`; lines that begin with a space go on.
std::vector<std::string> documented_names(const std::string& frontend) {
  std::ifstream in(std::string(TENDRIL_SOURCE_DIR) + "/docs/frontends.md");
  std::vector<std::string> out;
  std::string line, module;
  while (std::getline(in, line) && line != "<!-- names of " + frontend + " -->") {}
  std::getline(in, line);  // the fence
  while (std::getline(in, line) && line != "```") {
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      if (word.back() == ':') module = word.size() == 1 ? "" : word.substr(0, word.size() - 1) + ".";
      else out.push_back(module + word);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

td::axes frontend_keywords::axes(const char* name, td::axes otherwise) const {
  if (!has(name)) return otherwise;
  if (at(name).is_null()) return {};
  return at(name).is_array() ? td::axes(at(name).get<std::vector<std::int64_t>>()) : td::axes(at(name).get<std::int64_t>());
}

td::maybe_integer frontend_keywords::maybe(const char* name, td::maybe_integer otherwise) const {
  if (!has(name)) return otherwise;
  return at(name).is_null() ? td::maybe_integer() : td::maybe_integer(at(name).get<std::int64_t>());
}

void check_frontend_cases(const std::string& file, const char* framework,
                          const std::function<std::vector<td::array>(const frontend_case&)>& run) {
  td::set_warning_handler([](std::string_view) {});  // functions without arrays give constants
  std::string text;
  std::map<std::string, int> wrong_of;
  int count = 0, shown = 0;
  for (const frontend_case& c : frontend_cases(file)) {
    std::string wrong;
    try {
      const std::vector<td::array> got = run(c);
      if (c.refused)
        wrong = std::string(framework) + " or its dtypes refuse this, got " + (got.empty() ? "nothing" : td::to_string(got[0]));
      else if (got.size() != c.outputs.size()) wrong = "got " + std::to_string(got.size()) + " results";
      else
        for (std::size_t k = 0; k < got.size() && wrong.empty(); ++k) wrong = difference(got[k], c.outputs[k], c.tolerances[k]);
    } catch (const td::internal_error& e) { wrong = std::string("threw an internal error: ") + e.what(); } catch (const td::error& e) {
      if (!c.refused) wrong = std::string("threw: ") + e.what();
    } catch (const std::exception& e) { wrong = std::string("threw: ") + e.what(); }
    if (wrong.empty()) continue;
    ++count;
    if (++wrong_of[c.fn] > 1 || ++shown > 40) continue;  // the first of a function is enough to see
    text += "\n\n" + c.fn + ": " + wrong + "\n  " + c.text;
  }
  if (count > shown) {
    text += "\n\n" + std::to_string(count) + " in all:";
    for (const auto& [fn, n] : wrong_of) text += " " + fn + " " + std::to_string(n);
  }
  td::set_warning_handler(nullptr);
  CHECK(text == "");
}

}  // namespace tendril_test
