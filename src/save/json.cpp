// graph.json: the text of a saved graph, and its reader, which believes nothing.
//
// The writer lays lines out for people: a node is a line. Numbers are the shortest decimals that are read back to the same bits; what is no
// JSON number is a text: "inf", "-inf", "nan", "nan:7ff8000000000001" by its bits. The reader is nlohmann's; what it gives is checked
// member by member, then the graph is verified as a pass's result is.
#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <set>

#include <tendril/detail/op_id.hpp>
#include <tendril/detail/with_dtype.hpp>
#include <tendril/version.hpp>

#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "graph/equal_extents.hpp"
#include "ops/kept_ops.hpp"
#include "ops/needs_fact.hpp"
#include "save/kinds.hpp"
#include "save/save.hpp"
#include "trace/apply.hpp"

#if TENDRIL_HAS_SAVE
#include <nlohmann/json.hpp>
#endif

namespace tendril::saved {

std::string constant_name(std::size_t i) { return format_text("constants/{}.npy", i); }

#if TENDRIL_HAS_SAVE

namespace {

using nlohmann::json;

// ---- numbers and texts

template <class T>
using bits_of = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

template <class T>
std::string hexadecimal(T bits) {
  return format_text("{:0{}x}", bits, sizeof bits * 2);
}

// What a reader that knows doubles alone reads back to the same number.
template <class T>
std::string real_text(T v) {
  if (std::isnan(v)) {
    const auto bits = std::bit_cast<bits_of<T>>(v);
    return bits == std::bit_cast<bits_of<T>>(std::numeric_limits<T>::quiet_NaN()) ? "\"nan\"" : "\"nan:" + hexadecimal(bits) + "\"";
  }
  if (std::isinf(v)) return v > 0 ? "\"inf\"" : "\"-inf\"";
  char text[64];
  const auto spell = [&](auto number) { return std::string(text, std::to_chars(std::begin(text), std::end(text), number).ptr); };
  std::string s = spell(v);
  if constexpr (std::is_same_v<T, float>) {
    double read = 0;
    std::from_chars(s.data(), s.data() + s.size(), read);
    if (std::bit_cast<std::uint32_t>(static_cast<float>(read)) != std::bit_cast<std::uint32_t>(v)) s = spell(static_cast<double>(v));
  }
  return s.find_first_of(".e") == s.npos ? s + ".0" : s;
}

bool is_utf8(const std::string& s) {
  try {
    (void)json(s).dump();
    return true;
  } catch (const json::exception&) { return false; }
}

// A name: bytes that are no UTF-8 are replaced.
std::string in_quotes(std::string_view s) { return json(std::string(s)).dump(-1, ' ', false, json::error_handler_t::replace); }

std::string string_text(const std::string& s) {
  if (is_utf8(s)) return in_quotes(s);
  std::string hex;
  for (const char c : s) hex += hexadecimal(static_cast<std::uint8_t>(c));
  return "{\"bytes\": \"" + hex + "\"}";
}

std::string scalar_text(const scalar& s) {
  switch (s.kind()) {
    case dtype_kind::unknown: return "null";
    case dtype_kind::boolean: return s.integer() ? "true" : "false";
    case dtype_kind::integer:
      return s.beyond_int64() ? std::to_string(static_cast<std::uint64_t>(s.integer())) : std::to_string(s.integer());
    case dtype_kind::real: return real_text(s.real());
  }
  return "null";
}

template <class List, class Text>
std::string list_text(const List& list, Text text) {
  std::string s = "[";
  for (const auto& x : list) s += (s.size() > 1 ? ", " : "") + text(x);
  return s + "]";
}

std::string integer_text(std::int64_t v) { return std::to_string(v); }

std::string index_text(const index_item& i) {
  const auto end = [](const maybe_integer& m) { return m.given() ? std::to_string(m.value()) : std::string("null"); };
  switch (i.what) {
    case index_item::form::integer: return std::to_string(i.integer);
    case index_item::form::new_axis: return "\"newaxis\"";
    case index_item::form::dots: return "\"...\"";
    case index_item::form::range: break;
  }
  return format_text("{{\"slice\": [{}, {}, {}]}}", end(i.range.start), end(i.range.stop), i.range.step);
}

// ---- writing

class writer {
 public:
  explicit writer(std::vector<array>& constants) : constants_(constants) {}

  std::string file(const graph& g) {
    return format_text(
        "{{\n  \"format\": \"tendril graph\",\n  \"version\": {},\n  \"writer\": \"Tendril {}.{}.{}\",\n  \"graph\": {}\n}}\n",
        format_version, TENDRIL_VERSION_MAJOR, TENDRIL_VERSION_MINOR, TENDRIL_VERSION_PATCH, graph_text(g, "  ", 0));
  }

 private:
  std::string graph_text(const graph& g, const std::string& indent, int depth) {
    if (depth > most_depth)
      throw error(
          format_text("[save] bodies stand too deep in each other: got more than {}, expected at most that. Make them fewer.", most_depth));
    const std::string in = indent + "  ", line = ",\n" + in + "  ";
    std::string s = "{\n" + in + "\"name\": " + in_quotes(g.name) + ",\n" + in + "\"inputs\": [";
    const char* before = "";
    for (std::size_t i = 0; i < g.inputs.size(); ++i) {
      const value_id v = g.inputs[i];
      std::vector<std::int64_t> fixed;
      for (const input_extent& e : g.fixed)
        if (static_cast<std::size_t>(e.input) == i) fixed.push_back(e.axis);
      s += before + ("\n" + in + "  ") +
           format_text("{{\"value\": {}, \"type\": \"{}\"{}}}", v, to_string(g.type_of(v)),
                       fixed.empty() ? std::string() : ", \"fixed\": " + list_text(fixed, integer_text));
      before = ",";
    }
    s += (g.inputs.empty() ? "],\n" : "\n" + in + "],\n") + in + "\"nodes\": [";
    before = "";
    for (const node& n : g.nodes) {
      s += before + ("\n" + in + "  ") + node_text(g, n, in + "  ", depth);
      before = ",";
    }
    return s + (g.nodes.empty() ? "],\n" : "\n" + in + "],\n") + in + "\"results\": " + list_text(g.results, integer_text) + "\n" + indent +
           "}";
  }

  std::string node_text(const graph& g, const node& n, const std::string& indent, int depth) {
    std::string s = "{\"op\": " + in_quotes(n.op->name) + ", \"inputs\": " + list_text(n.inputs, [](value_id v) {
                      return v == absent ? std::string("null") : std::to_string(v);
                    });
    if (!n.attrs.items().empty()) {
      s += ", \"attributes\": {";
      const char* before = "";
      for (const attribute& a : n.attrs.items()) {
        s += before + in_quotes(a.name) + ": " + value_text(a.value);
        before = ", ";
      }
      s += "}";
    }
    std::vector<value_id> results;
    for (std::int32_t k = 0; k < n.result_count; ++k) results.push_back(n.first_result + k);
    s += ", \"results\": " + list_text(results, integer_text) +
         ", \"types\": " + list_text(results, [&](value_id v) { return "\"" + to_string(g.type_of(v)) + "\""; });
    if (n.where.line()) s += format_text(", \"line\": {}", in_quotes(format_text("{}:{}", n.where.file_name(), n.where.line())));
    if (!n.regions.empty()) {
      s += ", \"regions\": [";
      const char* before = "";
      for (const region& r : n.regions) {
        s += before + graph_text(r.body.front(), indent + "  ", depth + 1);
        before = ", ";
      }
      s += "]";
    }
    return s + "}";
  }

  std::string value_text(const attribute_value& v) {
    return std::visit(
        [&](const auto& x) -> std::string {
          using T = std::decay_t<decltype(x)>;
          if constexpr (std::is_same_v<T, std::monostate>) return "null";
          else if constexpr (std::is_same_v<T, bool>) return x ? "true" : "false";
          else if constexpr (std::is_same_v<T, std::int64_t>) return std::to_string(x);
          else if constexpr (std::is_same_v<T, double>) return std::isfinite(x) ? real_text(x) : "{\"real\": " + real_text(x) + "}";
          else if constexpr (std::is_same_v<T, std::string>) return string_text(x);
          else if constexpr (std::is_same_v<T, tendril::dtype>) return format_text("{{\"dtype\": \"{}\"}}", name_of(x));
          else if constexpr (std::is_same_v<T, scalar>) return "{\"scalar\": " + scalar_text(x) + "}";
          else if constexpr (std::is_same_v<T, array>) return array_text(x);
          else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>) return list_text(x, integer_text);
          else if constexpr (std::is_same_v<T, std::vector<double>>) return "{\"reals\": " + list_text(x, real_text<double>) + "}";
          else if constexpr (std::is_same_v<T, std::vector<std::string>>) return "{\"strings\": " + list_text(x, string_text) + "}";
          else return "{\"index\": " + list_text(x, index_text) + "}";
        },
        v.value);
  }

  std::string array_text(const array& a) {
    const std::string head = format_text("{{\"array\": \"{}\", ", to_string(type::of(a.dtype(), a.shape())));
    if (a.size() > most_inline) {
      constants_.push_back(a);
      return head + format_text("\"file\": \"{}\"}}", constant_name(constants_.size() - 1));
    }
    const array row_major = detail::copy_of(a.view());
    return head + "\"values\": " +
           detail::with_dtype(a.dtype(),
                              [&]<class T>(T) {
                                const T* p = static_cast<const T*>(row_major.view().data);
                                return list_text(std::span<const T>(p, static_cast<std::size_t>(a.size())), [](T v) {
                                  if constexpr (std::is_same_v<T, bool>) return std::string(v ? "true" : "false");
                                  else if constexpr (std::is_integral_v<T>) return std::to_string(v);
                                  else return real_text(v);
                                });
                              }) +
           "}";
  }

  std::vector<array>& constants_;
};

// ---- reading

// A value as a message shows it.
std::string shown(const json& j) {
  std::string s = j.is_object() ? "an object" : j.is_array() ? "a list" : j.dump(-1, ' ', false, json::error_handler_t::replace);
  if (s.size() > 60) s = s.substr(0, 57) + "...";
  return s;
}

// Goes through a text before it is read: names that stand twice in an object, and depth. Values are not looked at.
class structure : public json::json_sax_t {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(json::number_integer_t) override { return true; }
  bool number_unsigned(json::number_unsigned_t) override { return true; }
  bool number_float(json::number_float_t, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(json::binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    deeper();
    names_.emplace_back();
    return true;
  }
  bool key(std::string& name) override {
    if (!names_.back().insert(name).second) refuse("a name stands twice in graph.json", in_quotes(name), "each name once in an object");
    return true;
  }
  bool end_object() override {
    --depth_;
    names_.pop_back();
    return true;
  }
  bool start_array(std::size_t) override {
    deeper();
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override { return false; }  // reading it says the same

 private:
  void deeper() {
    constexpr int most = most_depth * 4 + 16;
    if (++depth_ > most)
      refuse("graph.json is nested too deep", format_text("more than {} levels", most), "bodies that stand at most 64 deep in each other",
             "Do not trust this file.");
  }

  int depth_ = 0;
  std::vector<std::set<std::string>> names_;  // of the objects that are open
};

class reader {
 public:
  explicit reader(const constant_reader& constants) : constants_(constants) {}

  graph file(std::string_view text) {
    const json j = parsed(text);
    where_ = "graph.json";
    if (!j.is_object() || !j.contains("format") || j["format"] != "tendril graph")
      refuse("the file is of another format", j.is_object() && j.contains("format") ? shown(j["format"]) : "no \"format\"",
             "\"tendril graph\"", "Pass a file that td::save wrote.");
    const std::int64_t version = integer(member(j, "version"), "\"version\"");
    if (version > format_version)
      refuse("the file is of a newer version", format_text("{}, written by {}", version, j.contains("writer") ? shown(j["writer"]) : "?"),
             format_text("at most {}, as Tendril {}.{}.{} reads", format_version, TENDRIL_VERSION_MAJOR, TENDRIL_VERSION_MINOR,
                         TENDRIL_VERSION_PATCH),
             "Use a newer Tendril, or save the function with this one.");
    if (version < 1) refuse("the file is of no version", shown(j["version"]), format_text("1 to {}", format_version));
    only(j, {"format", "version", "writer", "graph"});
    const json& root = member(j, "graph");
    require_ops(root);
    graph g = read_graph(root, 0);
    if (version < 2) detail::fix_all(g);  // it does not say which
    return g;
  }

 private:
  static json parsed(std::string_view text) {
    try {
      structure look;
      json::sax_parse(text.begin(), text.end(), &look);
      return json::parse(text.begin(), text.end());
    } catch (const json::exception& e) {
      std::string why = e.what();
      if (const std::size_t end = why.find("] "); end != why.npos) why.erase(0, end + 2);
      refuse("graph.json is no JSON", why, "a whole text that td::save wrote");
    }
  }

  [[noreturn]] void fail(std::string_view what, std::string_view got, std::string_view expected) const {
    refuse(format_text("{} in {}", what, where_), got, expected);
  }
  const json& member(const json& j, const char* name) const {
    if (!j.is_object() || !j.contains(name))
      fail(format_text("\"{}\" is missing", name), j.is_object() ? "an object without it" : shown(j), "an object that has it");
    return j[name];
  }
  void only(const json& j, std::initializer_list<std::string_view> known) const {
    for (const auto& [name, value] : j.items())
      if (std::find(known.begin(), known.end(), name) == known.end())
        fail("an unknown name", in_quotes(name), joined(std::vector<std::string_view>(known), ", "));
  }
  const json& list(const json& j, std::string_view what) const {
    if (!j.is_array()) fail(format_text("{} is no list", what), shown(j), "a list");
    return j;
  }
  std::string text(const json& j, std::string_view what) const {
    if (!j.is_string()) fail(format_text("{} is no text", what), shown(j), "a text");
    return j.get<std::string>();
  }
  std::int64_t integer(const json& j, std::string_view what) const {
    if (!j.is_number_integer() || (j.is_number_unsigned() && j.get<std::uint64_t>() > INT64_MAX))
      fail(format_text("{} is no integer", what), shown(j), "an integer of 64 bits");
    return j.get<std::int64_t>();
  }

  // Ids are looked at as a whole by verify.
  value_id id(const json& j, std::string_view what) const {
    const std::int64_t v = integer(j, what);
    if (v < 0 || v > std::numeric_limits<value_id>::max())
      fail(format_text("{} is no value", what), std::to_string(v), "a number of a value");
    return static_cast<value_id>(v);
  }

  static constexpr std::size_t most_named = 1000;  // of unknown ops, in one error
  void collect_unknown(const json& g, int depth, std::vector<std::string>& unknown) const {
    if (depth > most_depth || !g.is_object() || !g.contains("nodes") || !g["nodes"].is_array()) return;
    for (const json& n : g["nodes"]) {
      if (unknown.size() >= most_named) return;
      if (!n.is_object()) continue;
      if (n.contains("op") && n["op"].is_string()) {
        const std::string name = n["op"].get<std::string>();
        if (!find_op(name) && std::find(unknown.begin(), unknown.end(), name) == unknown.end()) unknown.push_back(name);
      }
      if (n.contains("regions") && n["regions"].is_array())
        for (const json& body : n["regions"]) collect_unknown(body, depth + 1, unknown);
    }
  }
  void require_ops(const json& root) const {
    detail::register_kept_ops();
    std::vector<std::string> unknown;
    collect_unknown(root, 0, unknown);
    if (unknown.empty()) return;
    for (std::string& s : unknown) s = in_quotes(s);
    throw error(
        format_text("[load] ops are not known here: got {}, expected ops of the table or registered ones. Register them with "
                    "td::register_op before loading.",
                    joined(unknown, ", ")));
  }

  // "weak float64[]", "float64[2, ?]", "?[...]".
  type read_type(const json& j, std::string_view what) const {
    const std::string s = text(j, what);
    const auto bad = [&] { fail(format_text("{} is no type", what), in_quotes(s), "one such as \"float64[2, 3]\""); };
    std::string_view rest = s;
    type t;
    if (rest.substr(0, 5) == "weak ") {
      t.weak = true;
      rest.remove_prefix(5);
    }
    const std::size_t open = rest.find('[');
    if (open == rest.npos || rest.back() != ']') bad();
    const std::string_view name = rest.substr(0, open);
    std::string_view extents = rest.substr(open + 1, rest.size() - open - 2);
    if (name != "?") {
#define TENDRIL_DTYPE(d, ...) \
  if (name == name_of(dtype::d)) t.dtype = dtype::d;
#include <tendril/dtypes.def>
      if (t.dtype == dtype::unknown) bad();
    }
    if (extents == "...") return check_type(t, what);
    t.ranked = true;
    while (!extents.empty()) {
      if (extents.front() == '?') {
        t.shape.emplace_back();
        extents.remove_prefix(1);
      } else {
        std::int64_t e = 0;
        const auto [end, wrong] = std::from_chars(extents.data(), extents.data() + extents.size(), e);
        if (wrong != std::errc() || e < 0) bad();
        t.shape.emplace_back(e);
        extents.remove_prefix(static_cast<std::size_t>(end - extents.data()));
      }
      if (extents.empty()) break;
      if (extents.substr(0, 2) != ", " || extents.size() == 2) bad();
      extents.remove_prefix(2);
    }
    return check_type(t, what);
  }
  type check_type(const type& t, std::string_view what) const {
    if (t.shape.size() > max_rank)
      fail(format_text("{} has too many axes", what), std::to_string(t.shape.size()), format_text("at most {}", max_rank));
    if (t.weak && (!t.ranked || !t.shape.empty())) fail(format_text("{} is no weak type", what), to_string(t), "rank 0 where it is weak");
    // Sizes in bytes must be numbers, those of parts too.
    std::int64_t n = 8;
    for (const extent& e : t.shape)
      if (e.known() && e.value > 0 && __builtin_mul_overflow(n, e.value, &n))
        fail(format_text("{} is too large", what), to_string(t), "fewer than 2^60 elements");
    return t;
  }

  template <class T>
  T real(const json& j, std::string_view what) const {
    if (j.is_number()) {
      const T v = static_cast<T>(j.get<double>());
      if (std::isinf(v)) fail(format_text("a value of {} does not fit its dtype", what), shown(j), name_of(dtype_of<T>));
      return v;
    }
    const std::string s = text(j, what);
    if (s == "inf") return std::numeric_limits<T>::infinity();
    if (s == "-inf") return -std::numeric_limits<T>::infinity();
    if (s == "nan") return std::numeric_limits<T>::quiet_NaN();
    bits_of<T> bits = 0;
    const std::string_view hex =
        s.size() == 4 + sizeof bits * 2 && s.starts_with("nan:") ? std::string_view(s).substr(4) : std::string_view();
    const auto [end, wrong] = std::from_chars(hex.data(), hex.data() + hex.size(), bits, 16);
    if (hex.empty() || wrong != std::errc() || end != hex.data() + hex.size() || !std::isnan(std::bit_cast<T>(bits)))
      fail(format_text("{} is no number", what), in_quotes(s), "a number, \"inf\", \"-inf\", \"nan\" or \"nan:\" and its bits");
    return std::bit_cast<T>(bits);
  }

  std::string bytes(const json& j, std::string_view what) const {
    if (!j.is_object()) return text(j, what);
    only(j, {"bytes"});
    const std::string hex = text(member(j, "bytes"), what);
    std::string s;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      unsigned char byte = 0;
      if (std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16).ptr != hex.data() + i + 2) break;
      s += static_cast<char>(byte);
    }
    if (s.size() * 2 != hex.size()) fail(format_text("{} is no text", what), in_quotes(hex), "bytes in hexadecimal");
    return s;
  }

  scalar read_scalar(const json& j, std::string_view what) const {
    if (j.is_null()) return {};
    if (j.is_boolean()) return j.get<bool>();
    if (j.is_number_unsigned() && j.get<std::uint64_t>() > INT64_MAX) return j.get<std::uint64_t>();
    if (j.is_number_integer()) return j.get<std::int64_t>();
    return real<double>(j, what);
  }

  maybe_integer end_of(const json& j, std::string_view what) const {
    return j.is_null() ? maybe_integer() : maybe_integer(integer(j, what));
  }

  index_item read_index(const json& j, std::string_view what) const {
    if (j == "newaxis") return newaxis;
    if (j == "...") return ellipsis;
    if (!j.is_object()) return integer(j, what);
    only(j, {"slice"});
    const json& s = list(member(j, "slice"), what);
    if (s.size() != 3) fail(format_text("{} is no slice", what), format_text("{} numbers", s.size()), "start, stop and step");
    return slice(end_of(s[0], what), end_of(s[1], what), integer(s[2], what));
  }

  array read_array(const json& j, std::string_view what) const {
    const type t = read_type(member(j, "array"), what);
    if (!t.complete() || t.weak) fail(format_text("{} has no type of an array", what), to_string(t), "a dtype and extents");
    const extents shape = t.known_extents();
    if (j.contains("file")) {
      only(j, {"array", "file"});
      const std::string name = text(j["file"], what);
      if (!name.starts_with("constants/") || !name.ends_with(".npy"))
        fail(format_text("{} is in no file of constants", what), in_quotes(name), "one such as \"constants/0.npy\"");
      array& known = files_[name];
      if (known.empty()) known = constants_(name, t);
      if (!(type::of(known.dtype(), known.shape()) == t))
        fail(format_text("{} has another type than where its file was used before", what), to_string(t),
             to_string(type::of(known.dtype(), known.shape())));
      return known;
    }
    only(j, {"array", "values"});
    const json& values = list(member(j, "values"), what);
    const std::int64_t count = element_count("load", shape);
    if (static_cast<std::int64_t>(values.size()) != count)
      fail(format_text("{} has another number of values than its type", what), std::to_string(values.size()), std::to_string(count));
    array a = detail::make_empty(t.dtype, shape);
    detail::with_dtype(t.dtype, [&]<class T>(T) {
      T* p = static_cast<T*>(a.impl()->view.data);
      for (const json& v : values) *p++ = element<T>(v, what);
      return 0;
    });
    return a;
  }
  template <class T>
  T element(const json& v, std::string_view what) const {
    if constexpr (std::is_same_v<T, bool>) {
      if (!v.is_boolean()) fail(format_text("a value of {} is no bool", what), shown(v), "true or false");
      return v.get<bool>();
    } else if constexpr (std::is_integral_v<T>) {
      const std::int64_t i = integer(v, what);
      if (i < std::numeric_limits<T>::min() || i > std::numeric_limits<T>::max())
        fail(format_text("a value of {} does not fit its dtype", what), std::to_string(i), name_of(dtype_of<T>));
      return static_cast<T>(i);
    } else {
      return real<T>(v, what);
    }
  }

  attribute_value read_value(const json& j, std::string_view what) const {
    if (j.is_null()) return {};
    if (j.is_boolean()) return j.get<bool>();
    if (j.is_number_integer()) return integer(j, what);
    if (j.is_number()) return j.get<double>();
    if (j.is_string()) return j.get<std::string>();
    const auto each = [&](const json& all, auto read) {
      std::vector<decltype(read(all))> v;
      for (const json& x : list(all, what)) v.push_back(read(x));
      return v;
    };
    if (j.is_array()) return each(j, [&](const json& x) { return integer(x, what); });
    if (j.contains("array")) return read_array(j, what);
    if (j.size() != 1)
      fail(format_text("{} is no value", what), format_text("an object of {} members", j.size()), "one that says its kind");
    const std::string kind = j.begin().key();
    const json& v = j.begin().value();
    if (kind == "real") return real<double>(v, what);
    if (kind == "bytes") return bytes(j, what);
    if (kind == "scalar") return read_scalar(v, what);
    if (kind == "reals") return each(v, [&](const json& x) { return real<double>(x, what); });
    if (kind == "strings") return each(v, [&](const json& x) { return bytes(x, what); });
    if (kind == "index") return each(v, [&](const json& x) { return read_index(x, what); });
    if (kind == "dtype") {
      const std::string name = text(v, what);
#define TENDRIL_DTYPE(d, ...) \
  if (name == name_of(dtype::d)) return dtype::d;
#include <tendril/dtypes.def>
      fail(format_text("{} is no dtype", what), in_quotes(name), "the name of one");
    }
    fail(format_text("{} is of no known kind", what), in_quotes(kind), "real, bytes, scalar, reals, strings, index, dtype or array");
  }

  attributes read_attributes(const op_record& op, const json& j) const {
    if (!j.is_object()) fail("\"attributes\" is no object", shown(j), "names and values");
    attributes at;
    // The order is the record's, whatever that of the text is.
    const auto take = [&](const char* name) {
      if (!j.contains(name)) return;
      attribute_value v = read_value(j[name], format_text("attribute \"{}\"", name));
      if (const std::string_view expected = expected_kind(op, name, v); !expected.empty())
        fail(format_text("attribute \"{}\" is of another kind", name), shown(j[name]), expected);
      at.set(name, std::move(v));
    };
    for (const attribute_spec& s : op.attributes) take(s.name.c_str());
    if (op.id == op_id::constant) take("unsigned");
    for (const auto& [name, value] : j.items())
      if (!at.find(name)) fail("an unknown attribute", in_quotes(name), "one that the op declares");
    if (op.id == op_id::constant) return at;
    try {
      return detail::complete(op, std::move(at));
    } catch (const error& e) { fail("the attributes are not all there", in_quotes(e.what()), "those that the op declares"); }
  }

  // What graph::add and verify take for granted of a node that was recorded.
  void check_operands(const op_record& op, const std::vector<value_id>& in) const {
    const bool sequence = (!op.inputs.empty() && op.inputs.back().what == input_spec::form::sequence);
    const std::size_t least = op.inputs.size() - (sequence ? 1 : 0);
    if (in.size() < least || (in.size() > least && !sequence && op.regions.empty()))
      fail("another number of operands", std::to_string(in.size()), format_text("{}{}", sequence ? "at least " : "", least));
    for (std::size_t i = 0; i < in.size(); ++i)
      if (in[i] == absent && (i >= op.inputs.size() || op.inputs[i].what != input_spec::form::optional))
        fail(format_text("operand {} is absent", i), "null", "a value");
  }

  node read_node(const json& j, int depth, std::vector<std::pair<value_id, type>>& defined) {
    only(j, {"op", "inputs", "attributes", "results", "types", "line", "regions"});
    node n;
    const std::string name = text(member(j, "op"), "\"op\"");
    n.op = find_op(name);
    if (!n.op || n.op->id == op_id::group) fail("an op that no file has", in_quotes(name), "an op of the table or a registered one");
    where_ += format_text(" ({})", name);
    for (const json& v : list(member(j, "inputs"), "\"inputs\"")) n.inputs.push_back(v.is_null() ? absent : id(v, "an operand"));
    check_operands(*n.op, n.inputs);
    n.attrs = read_attributes(*n.op, j.contains("attributes") ? j["attributes"] : json::object());
    const json &results = list(member(j, "results"), "\"results\""), &types = list(member(j, "types"), "\"types\"");
    if (results.size() != types.size())
      fail("another number of types than results", std::to_string(types.size()), std::to_string(results.size()));
    n.result_count = static_cast<std::int32_t>(results.size());
    n.first_result = results.empty() ? static_cast<value_id>(defined.size()) : id(results[0], "a result");
    for (std::size_t k = 0; k < results.size(); ++k) {
      const value_id v = id(results[k], "a result");
      if (v - n.first_result != static_cast<value_id>(k))
        fail("results do not follow each other", std::to_string(v), std::to_string(n.first_result + static_cast<std::int64_t>(k)));
      defined.emplace_back(v, read_type(types[k], format_text("type {}", k)));
    }
    if (j.contains("line")) {
      const std::string line = text(j["line"], "\"line\"");
      const std::size_t colon = line.rfind(':');
      unsigned number = 0;
      const char *const digits = line.data() + colon + 1, *const last = line.data() + line.size();
      if (colon == line.npos || std::from_chars(digits, last, number).ptr != last || number == 0)
        fail("\"line\" is no line", in_quotes(line), "a file and a number, as in \"a.cpp:3\"");
      n.where = source_line(std::string_view(line).substr(0, colon), number);
    }
    if (j.contains("regions")) {
      const std::string outer = where_;
      for (const json& body : list(j["regions"], "\"regions\"")) {
        n.regions.push_back({{read_graph(body, depth + 1)}});
        where_ = outer;
      }
    }
    return n;
  }

  // The axes of an input whose extents the graph depends on.
  void read_fixed(const json& j, std::int32_t input, const type& t, graph& g) const {
    for (const json& a : list(j, "\"fixed\"")) {
      const std::int64_t axis = integer(a, "an axis");
      const std::int64_t least = g.fixed.empty() || g.fixed.back().input != input ? 0 : g.fixed.back().axis + 1;
      if (axis < least || axis >= t.rank() || !t.shape[static_cast<std::size_t>(axis)].known())
        fail("\"fixed\" is no list of axes", format_text("axis {}", axis),
             format_text("axes of {} in order, of known extents", to_string(t)));
      g.fixed.push_back({input, static_cast<std::int32_t>(axis)});
    }
  }

  graph read_graph(const json& j, int depth) {
    if (depth > most_depth) fail("bodies stand too deep in each other", format_text("more than {}", most_depth), "at most that");
    only(j, {"name", "inputs", "nodes", "results"});
    graph g;
    g.name = text(member(j, "name"), "\"name\"");
    const std::string here = format_text("graph {}", in_quotes(g.name));
    where_ = here;
    std::vector<std::pair<value_id, type>> defined;
    for (const json& i : list(member(j, "inputs"), "\"inputs\"")) {
      only(i, {"value", "type", "fixed"});
      const auto place = static_cast<std::int32_t>(g.inputs.size());
      g.inputs.push_back(id(member(i, "value"), "an input"));
      defined.emplace_back(g.inputs.back(), read_type(member(i, "type"), "the type of an input"));
      if (i.contains("fixed")) read_fixed(i["fixed"], place, defined.back().second, g);
    }
    const json& nodes = list(member(j, "nodes"), "\"nodes\"");
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      where_ = format_text("node {} of {}", i, here);
      g.nodes.push_back(read_node(nodes[i], depth, defined));
    }
    where_ = here;
    g.types.resize(defined.size());
    for (auto& [v, t] : defined) {
      if (static_cast<std::size_t>(v) >= defined.size())
        fail("a value is out of range", std::to_string(v), format_text("less than {}, the number of values", defined.size()));
      g.types[static_cast<std::size_t>(v)] = std::move(t);
    }
    for (const json& r : list(member(j, "results"), "\"results\"")) g.results.push_back(id(r, "a result"));
    try {
      verify(g);
    } catch (const memory_error&) { throw; } catch (const error& e) {
      std::string why = e.what();
      if (const std::size_t end = why.find("] "); why.starts_with("[verify]") && end != why.npos) why.erase(0, end + 2);
      fail("the nodes are none that were recorded", "\"" + why + "\"", "ids in order, and the types that the ops give");
    } catch (const detail::needs_fact& fact) { fail("a type does not follow", fact.why, "types that the ops give"); }
    return g;
  }

  const constant_reader& constants_;
  mutable std::map<std::string, array> files_;
  std::string where_;
};

}  // namespace

std::string to_json(const graph& g, std::vector<array>& constants) { return writer(constants).file(g); }
graph from_json(std::string_view text, const constant_reader& constants) { return reader(constants).file(text); }

#else

std::string to_json(const graph&, std::vector<array>&) { return {}; }
graph from_json(std::string_view, const constant_reader&) { return {}; }

#endif

}  // namespace tendril::saved
