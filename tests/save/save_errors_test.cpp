// Files that are damaged, of another version or hostile: each refusal by its text.
// needs TENDRIL_HAS_SAVE
#include <limits>

#include <tendril/detail/op_id.hpp>

#include "catch.hpp"
#include "region_ops.hpp"
#include "save/save.hpp"
#include "saved_files.hpp"
#include "trace_helpers.hpp"

#include <zip.h>

namespace {

namespace td = tendril;
using saved_files::folder;
using saved_files::npy;
using trace_test::message_of;

// The text of a graph of one add, with one part replaced.
std::string text_with(const std::string& what, const std::string& by) {
  std::string s = R"({"format": "tendril graph", "version": 2, "writer": "Tendril 9.9.9", "graph": {"name": "g",
    "inputs": [{"value": 0, "type": "float64[2]"}],
    "nodes": [
      {"op": "constant", "inputs": [], "attributes": {"value": {"array": "float64[]", "values": [2.0]}}, "results": [1], "types": ["weak float64[]"]},
      {"op": "sum", "inputs": [0], "attributes": {"axis": [0], "dtype": null, "keepdims": true}, "results": [2], "types": ["float64[1]"], "line": "a.cpp:3"},
      {"op": "multiply", "inputs": [2, 1], "results": [3], "types": ["float64[1]"]}],
    "results": [3]}})";
  if (what.empty()) return s;
  const std::size_t at = s.find(what);
  REQUIRE(at != s.npos);
  return s.replace(at, what.size(), by);
}

template <class Error = td::parse_error>
std::string refusal(const std::string& text) {
  return message_of<Error>(
      [&] { td::saved::from_json(text, [](const std::string& name, const td::type&) -> td::array { throw td::io_error("no " + name); }); });
}
std::string refused(const std::string& what, const std::string& by) { return refusal(text_with(what, by)); }

struct part {
  std::string name, bytes;
  int method = ZIP_CM_STORE;
};

// An archive of these parts, by libzip, whatever they are.
void write_zip(const std::string& path, const std::vector<part>& parts, void (*change)(zip_t*) = nullptr) {
  int code = 0;
  zip_t* z = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  REQUIRE(z);
  for (const part& p : parts) {
    zip_source_t* s = zip_source_buffer(z, p.bytes.data(), p.bytes.size(), 0);
    const zip_int64_t i = zip_file_add(z, p.name.c_str(), s, 0);
    REQUIRE(i >= 0);
    REQUIRE(zip_set_file_compression(z, static_cast<zip_uint64_t>(i), p.method, 0) == 0);
  }
  if (change) change(z);
  REQUIRE(zip_close(z) == 0);
}

template <class Error = td::parse_error>
std::string load_refusal(const std::string& path) {
  return message_of<Error>([&] { td::load_graph(path); });
}

// The text of a graph whose one constant is beside it.
std::string text_of_constant(const std::string& type) {
  return R"({"format": "tendril graph", "version": 1, "writer": "", "graph": {"name": "g", "inputs": [], "nodes": [
      {"op": "constant", "inputs": [], "attributes": {"value": {"array": ")" +
         type + R"(", "file": "constants/0.npy"}}, "results": [0], "types": [")" + type + R"("]}], "results": [0]}})";
}

}  // namespace

TEST_CASE("a text that is whole is read") {
  CHECK(refusal(text_with("", "")) == "no error");
  const td::graph g = td::saved::from_json(text_with("", ""), nullptr);
  CHECK(to_string(g) ==
        "graph g(%0: float64[2]) {\n  %1: float64[1] = sum(%0, axis=(0,), keepdims=true)                      # a.cpp:3\n"
        "  %2: float64[1] = multiply(%1, 2.0)\n  return %2\n}\n");
  // Attributes that are left out take their defaults, as in a text that a person writes.
  CHECK(refusal(text_with(", \"dtype\": null, \"keepdims\": true", ", \"keepdims\": true")) == "no error");
}

TEST_CASE("files that are no saved graphs") {
  const folder dir;
  CHECK(load_refusal<td::io_error>(dir / "none") ==
        "[load] " + (dir / "none") +
            " cannot be read: got \"No such file or directory\", expected a file that td::save wrote. Check the path.");
  CHECK(load_refusal<td::io_error>(dir.path().string()) ==
        "[load] " + dir.path().string() + " cannot be read: got no regular file, expected one that td::save wrote. Check the path.");
  saved_files::write_bytes(dir / "text", "hello, hello, hello, hello, hello");
  CHECK(load_refusal(dir / "text") ==
        "[load] " + (dir / "text") +
            " is no saved graph: got \"Not a zip archive\" of libzip, expected a whole zip archive that td::save wrote. It may be cut "
            "short: copy it again, or save the function again.");
  saved_files::write_bytes(dir / "empty", "");
  CHECK_THAT(load_refusal(dir / "empty"), contains("/empty is no saved graph: got \""));
  write_zip(dir / "other", {{"hello.txt", "hello"}});
  CHECK(
      load_refusal(dir / "other") ==
      "[load] " + (dir / "other") +
          " lacks a part: got no entry \"graph.json\", expected a file that td::save wrote. Pass such a file, or save the function again.");
}

TEST_CASE("a file cut short anywhere is refused, and one whose bytes changed is by its checksum") {
  const folder dir;
  const td::array table = td::arange(50) * 0.5;
  const auto f = td::trace_graph([&](const td::array& x) { return x + table; });
  f(td::array({1.}));
  td::save(f, dir / "f");
  const std::string whole = saved_files::bytes_of(dir / "f");
  for (std::size_t n = 0; n < whole.size(); n += n < 100 ? 1 : 7) {
    saved_files::write_bytes(dir / "cut", whole.substr(0, n));
    INFO(n << " bytes of " << whole.size());
    REQUIRE_THAT(load_refusal(dir / "cut"),
                 contains("[load] ") && contains("It may be cut short: copy it again, or save the function again."));
  }
  std::string damaged = whole;
  const std::size_t element = whole.find("NUMPY") + 200;
  damaged[element] = static_cast<char>(damaged[element] ^ 1);
  saved_files::write_bytes(dir / "damaged", damaged);
  CHECK(load_refusal(dir / "damaged") ==
        "[load] constants/0.npy of " + (dir / "damaged") +
            " cannot be read: got CRC error, expected all of its bytes, and their checksum. The file is damaged: save it again.");
}

TEST_CASE("archives that lie") {
  const folder dir;
  const std::string text = text_of_constant("float64[2]");
  const std::string good = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", std::string(16, '\0'));
  write_zip(dir / "good", {{"graph.json", text}, {"constants/0.npy", good, ZIP_CM_DEFLATE}, {"notes.txt", "may be there"}});
  CHECK(load_refusal(dir / "good") == "no error");

  write_zip(dir / "lacks", {{"graph.json", text}});
  CHECK_THAT(load_refusal(dir / "lacks"), contains(" lacks a part: got no entry \"constants/0.npy\""));

  // libzip does not write a name twice: one of another name of the same length is changed in the bytes.
  write_zip(dir / "twice", {{"graph.json", text}, {"graph.jsom", text}, {"constants/0.npy", good}});
  std::string bytes = saved_files::bytes_of(dir / "twice");
  for (std::size_t at; (at = bytes.find("graph.jsom")) != bytes.npos;) bytes[at + 9] = 'n';
  saved_files::write_bytes(dir / "twice", bytes);
  CHECK_THAT(load_refusal(dir / "twice"),
             contains("/twice is no saved graph: got \"File already exists\" of libzip, expected a whole zip archive"));

  write_zip(dir / "locked", {{"graph.json", text}, {"constants/0.npy", good}},
            [](zip_t* z) { REQUIRE(zip_file_set_encryption(z, 0, ZIP_EM_AES_256, "secret") == 0); });
  CHECK(load_refusal(dir / "locked") ==
        "[load] graph.json of " + (dir / "locked") +
            " is encrypted: got an encrypted entry, expected one that can be read. Write it without a password.");
  write_zip(dir / "bzip2", {{"graph.json", text, ZIP_CM_BZIP2}, {"constants/0.npy", good}});
  CHECK(load_refusal(dir / "bzip2") ==
        "[load] graph.json of " + (dir / "bzip2") +
            " is compressed by another method: got method 12, expected none or deflate (8). Write it by one of these.");
}

TEST_CASE("sizes are compared before memory is asked for") {
  const folder dir;
  const auto refusal_of = [&](const std::string& type, const std::string& entry, int method = ZIP_CM_DEFLATE) {
    write_zip(dir / "f", {{"graph.json", text_of_constant(type)}, {"constants/0.npy", entry, method}});
    return load_refusal(dir / "f");
  };
  const std::string here = "constants/0.npy of " + (dir / "f");
  const std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }";
  CHECK(
      refusal_of("float64[1000000, 1000000]", npy(header, "")) ==
      "[load] " + here +
          " has another size than its type: got 128 bytes behind 0 of the header, expected 8000000000000 of float64[1000000, 1000000]. Save the function again.");
  CHECK(refusal_of("float64[2]", npy(header, std::string(8, '\0'))) ==
        "[load] " + here +
            " has another size than its type: got 8 bytes behind 128 of the header, expected 16 of float64[2]. Save the function again.");
  CHECK_THAT(refusal_of("float64[2]", npy(header, std::string(24, '\0'))),
             contains(": got 24 bytes behind 128 of the header, expected 16 of "));
  CHECK_THAT(refusal_of("int64[2]", npy(header, std::string(16, '\0'))),
             contains("[load] " + here + " has another type than graph.json says: got float64[2], expected int64[2]."));
  CHECK_THAT(refusal_of("float64[1, 2]", npy(header, std::string(16, '\0'))), contains(": got float64[2], expected float64[1, 2]."));
  CHECK_THAT(refusal_of("float64[1, 2]", npy("{'descr': '<f8', 'fortran_order': True, 'shape': (1, 2), }", std::string(16, '\0'))),
             contains(": got float64[1, 2] in column-major order, expected float64[1, 2]."));
  CHECK_THAT(refusal_of("bool[2]", npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", std::string("\1\7"))),
             contains("[load] " + here + " has a bool that is none: got a byte of 7, expected 0 or 1."));
  CHECK_THAT(
      refusal_of("float64[9000000000000000000]", npy(header, "")),
      contains("is too large in node 0 of graph \"g\" (constant): got float64[9000000000000000000], expected fewer than 2^60 elements"));

  // A text of nulls, a thousand times smaller in the archive.
  write_zip(dir / "f", {{"graph.json", std::string(td::saved::most_text + 1, ' '), ZIP_CM_DEFLATE}});
  CHECK(load_refusal(dir / "f") ==
        "[load] graph.json of " + (dir / "f") + " is too large: got 67108865 bytes, expected at most 67108864. Save it in parts.");

  // An entry that declares more than it can hold: its size in the directory and before it is changed.
  write_zip(dir / "f", {{"graph.json", text_of_constant("float64[300000000]")},
                        {"constants/0.npy", npy(header, std::string(1000, '\0')), ZIP_CM_DEFLATE}});
  std::string bytes = saved_files::bytes_of(dir / "f");
  const std::uint32_t size = 1128, lie = 2400000128u;
  std::size_t changed = 0;
  for (std::size_t at = 0; (at = bytes.find(std::string(reinterpret_cast<const char*>(&size), 4), at)) != bytes.npos; at += 4, ++changed)
    bytes.replace(at, 4, std::string(reinterpret_cast<const char*>(&lie), 4));
  REQUIRE(changed >= 1);
  saved_files::write_bytes(dir / "f", bytes);
  CHECK_THAT(load_refusal(dir / "f"), contains(" declares more than it can hold: got 2400000128 bytes of ") &&
                                          contains(" in the archive, expected at most 1032 for each. Do not trust this file."));
}

TEST_CASE("texts of another format or version") {
  CHECK_THAT(refusal("{"), contains("[load] graph.json is no JSON: got parse error at line 1, column 2") &&
                               contains(", expected a whole text that td::save wrote. Save the function again."));
  CHECK_THAT(refusal(std::string("{\"format\": \"\xff\"}")),
             contains("[load] graph.json is no JSON: got parse error at line 1, column 13") && contains("ill-formed UTF-8 byte"));
  CHECK(refusal("[1, 2]") ==
        "[load] the file is of another format: got no \"format\", expected \"tendril graph\". Pass a file that td::save wrote.");
  CHECK(refused("tendril graph", "onnx") ==
        "[load] the file is of another format: got \"onnx\", expected \"tendril graph\". Pass a file that td::save wrote.");
  CHECK(
      refused("\"version\": 2", "\"version\": 3") ==
      "[load] the file is of a newer version: got 3, written by \"Tendril 9.9.9\", expected at most 2, as Tendril 0.1.0 reads. Use a newer Tendril, or save the "
      "function with this one.");
  CHECK(refused("\"version\": 2", "\"version\": 0") ==
        "[load] the file is of no version: got 0, expected 1 to 2. Save the function again.");
  CHECK(refused("\"version\": 2", "\"version\": \"1\"") ==
        "[load] \"version\" is no integer in graph.json: got \"1\", expected an integer of 64 bits. Save the function again.");
  CHECK(refused("\"writer\":", "\"author\":") ==
        "[load] an unknown name in graph.json: got \"author\", expected format, version, writer, graph. Save the function again.");
  CHECK(refused("\"name\": \"g\"", "\"name\": \"g\", \"name\": \"h\"") ==
        "[load] a name stands twice in graph.json: got \"name\", expected each name once in an object. Save the function again.");
  CHECK(
      refusal("{\"format\": " + std::string(10000, '[') + "1" + std::string(10000, ']') + "}") ==
      "[load] graph.json is nested too deep: got more than 272 levels, expected bodies that stand at most 64 deep in each other. Do not trust this file.");
}

TEST_CASE("ops that are not registered are named, all of them") {
  CHECK(
      message_of([&] {
        td::saved::from_json(
            text_with("\"multiply\"", "\"my.op\", \"regions\": [{\"nodes\": [{\"op\": \"his op\"}, {\"op\": \"my.op\"}]}]"), nullptr);
      }) ==
      "[load] ops are not known here: got \"my.op\", \"his op\", expected ops of the table or registered ones. Register them with td::register_op before loading.");
  CHECK(
      refused("\"multiply\"", "\"group\"") ==
      "[load] an op that no file has in node 2 of graph \"g\": got \"group\", expected an op of the table or a registered one. Save the function again.");
}

TEST_CASE("ops of frontends in a file take what their kernels take") {
  const std::string op = R"({"op": "multiply", "inputs": [2, 1], "results": [3], "types": ["float64[1]"]})";
  CHECK_THAT(refused(op, R"({"op": "frontends.check", "inputs": [2], "results": [3], "types": ["float64[]"]})"),
             contains("[frontends.check] an operand does not fit: got float64[1], expected integers. Save the function again."));
  const auto places = [&](const char* in) {
    return refused(op, R"({"op": "torch.places", "inputs": )" + std::string(in) + R"(, "results": [3], "types": ["int64[1]"]})");
  };
  CHECK_THAT(places("[1, 2, 2]"), contains("got weak float64[], expected real numbers in one dim."));
  CHECK_THAT(places("[0, 2, 2]"), contains("got float64[1], expected a place for each that is searched."));
}

TEST_CASE("nodes that are malformed") {
  const std::string node = " of graph \"g\"", again = ". Save the function again.";
  CHECK(refused("\"inputs\": [2, 1], ", "") ==
        "[load] \"inputs\" is missing in node 2" + node + " (multiply): got an object without it, expected an object that has it" + again);
  CHECK(refused("\"inputs\": [2, 1]", "\"inputs\": 2") ==
        "[load] \"inputs\" is no list in node 2" + node + " (multiply): got 2, expected a list" + again);
  CHECK(refused("\"inputs\": [2, 1]", "\"inputs\": [2]") ==
        "[load] another number of operands in node 2" + node + " (multiply): got 1, expected 2" + again);
  CHECK(refused("\"inputs\": [2, 1]", "\"inputs\": [2, 1, 1]") ==
        "[load] another number of operands in node 2" + node + " (multiply): got 3, expected 2" + again);
  CHECK(refused("\"inputs\": [2, 1]", "\"inputs\": [2, null]") ==
        "[load] operand 1 is absent in node 2" + node + " (multiply): got null, expected a value" + again);
  CHECK(refused("\"inputs\": [2, 1]", "\"inputs\": [2, -1]") ==
        "[load] an operand is no value in node 2" + node + " (multiply): got -1, expected a number of a value" + again);
  CHECK(refused("\"inputs\": [2, 1]", "\"inputs\": [2, 1.5]") ==
        "[load] an operand is no integer in node 2" + node + " (multiply): got 1.5, expected an integer of 64 bits" + again);
  CHECK(
      refused("\"inputs\": [2, 1]", "\"inputs\": [2, 3]") ==
      "[load] the nodes are none that were recorded in graph \"g\": got \"graph g: node 2 (multiply) uses value 3 before its definition\", expected ids in order, and the types that the ops give" +
          again);
  CHECK(
      refused("\"inputs\": [2, 1]", "\"inputs\": [2, 4000]") ==
      "[load] the nodes are none that were recorded in graph \"g\": got \"graph g: node 2 (multiply) uses value 4000 before its definition\", expected ids in order, and the types that the ops give" +
          again);
  CHECK(refused("\"results\": [3], \"types\"", "\"results\": [7], \"types\"") ==
        "[load] a value is out of range in graph \"g\": got 7, expected less than 4, the number of values" + again);
  CHECK_THAT(refused("\"results\": [3], \"types\"", "\"results\": [2], \"types\""), contains("multiply defines value 2 again"));
  CHECK(refused("\"results\": [3], \"types\": [", "\"results\": [3, 5], \"types\": [\"float64[1]\", ") ==
        "[load] results do not follow each other in node 2" + node + " (multiply): got 5, expected 4" + again);
  CHECK(refused("\"results\": [3], \"types\"", "\"results\": [3, 4], \"types\"") ==
        "[load] another number of types than results in node 2" + node + " (multiply): got 1, expected 2" + again);
  CHECK_THAT(refused("\"results\": [3]}}", "\"results\": [4]}}"), contains("result 4 is no value"));
  CHECK(refused("a.cpp:3", "a.cpp") ==
        "[load] \"line\" is no line in node 1" + node + " (sum): got \"a.cpp\", expected a file and a number, as in \"a.cpp:3\"" + again);
  CHECK(refused("a.cpp:3", "a.cpp:99999999999") ==
        "[load] \"line\" is no line in node 1" + node +
            " (sum): got \"a.cpp:99999999999\", expected a file and a number, as in \"a.cpp:3\"" + again);
  CHECK(refused("\"line\":", "\"where\":") == "[load] an unknown name in node 1" + node +
                                                  ": got \"where\", expected op, inputs, attributes, results, types, line, regions" +
                                                  again);
  CHECK_THAT(refused("\"multiply\", ", "\"multiply\", \"regions\": [{\"name\": \"b\", \"inputs\": [], \"nodes\": [], \"results\": []}], "),
             contains("[multiply] wrong number of regions: got 1, expected 0"));
}

TEST_CASE("types that are malformed, or none that the ops give") {
  const std::string again = ". Save the function again.";
  for (const char* bad : {"float65[2]", "float64", "float64[2", "float64[2,3]", "float64[2, ]", "float64[-2]", "float64[2 3]",
                          "float64 [2]", "", "[2]", "float64[99999999999999999999]"}) {
    INFO(bad);
    CHECK(refused("\"float64[2]\"", std::string("\"") + bad + "\"") == "[load] the type of an input is no type in graph \"g\": got \"" +
                                                                           std::string(bad) + "\", expected one such as \"float64[2, 3]\"" +
                                                                           again);
  }
  CHECK(refused("\"float64[2]\"", "7") == "[load] the type of an input is no text in graph \"g\": got 7, expected a text" + again);
  CHECK(refused("\"float64[2]\"", "\"weak float64[2]\"") ==
        "[load] the type of an input is no weak type in graph \"g\": got weak float64[2], expected rank 0 where it is weak" + again);
  CHECK(refused("\"float64[2]\"", "\"float64[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\"") ==
        "[load] the type of an input has too many axes in graph \"g\": got 17, expected at most 16" + again);
  CHECK(refused("\"float64[2]\"", "\"float64[4294967296, 4294967296]\"") ==
        "[load] the type of an input is too large in graph \"g\": got float64[4294967296, 4294967296], expected fewer than 2^60 elements" +
            again);
  CHECK(
      refused("\"types\": [\"float64[1]\"]}]", "\"types\": [\"float32[1]\"]}]") ==
      "[load] the nodes are none that were recorded in graph \"g\": got \"graph g: node 2 (multiply) has type float32[1], its rule gives float64[1]\", expected ids in order, and the types that the ops give" +
          again);
  CHECK_THAT(refused("\"weak float64[]\"", "\"float64[1]\""), contains("constant 0 has type float64[1], its array is float64[]"));
  CHECK_THAT(refused("\"types\": [\"float64[1]\"], \"line\"", "\"types\": [\"float64[2]\"], \"line\""),
             contains("node 1 (sum) has type float64[2], its rule gives float64[1]"));
}

TEST_CASE("attributes that are malformed") {
  const std::string in_sum = " in node 1 of graph \"g\" (sum): got ", in_constant = " in node 0 of graph \"g\" (constant): got ",
                    again = ". Save the function again.";
  CHECK(refused("\"axis\": [0]", "\"axes\": [0]") ==
        "[load] an unknown attribute" + in_sum + "\"axes\", expected one that the op declares" + again);
  CHECK(
      refused("\"sum\", \"inputs\": [0], \"attributes\": {\"axis\": [0], \"dtype\": null, \"keepdims\": true}",
              "\"roll\", \"inputs\": [0]") ==
      "[load] the attributes are not all there in node 1 of graph \"g\" (roll): got \"[roll] a required attribute is missing: got none, expected \\\"shift\\\". Pass it.\", expected those that the op declares" +
          again);
  CHECK(refused("\"axis\": [0]", "\"axis\": true") ==
        "[load] attribute \"axis\" is of another kind" + in_sum + "true, expected null, an integer or a list of integers" + again);
  CHECK(refused("\"keepdims\": true", "\"keepdims\": 1") ==
        "[load] attribute \"keepdims\" is of another kind" + in_sum + "1, expected true or false" + again);
  CHECK(refused("\"axis\": [0]", "\"axis\": [0.5]") ==
        "[load] attribute \"axis\" is no integer" + in_sum + "0.5, expected an integer of 64 bits" + again);
  CHECK(refused("\"axis\": [0]", "\"axis\": 18446744073709551615") ==
        "[load] attribute \"axis\" is no integer" + in_sum + "18446744073709551615, expected an integer of 64 bits" + again);
  CHECK_THAT(refused("\"axis\": [0]", "\"axis\": [4]"), contains("[sum] ") && contains("got 4"));
  CHECK(refused("\"dtype\": null", "\"dtype\": {\"dtype\": \"float16\"}") ==
        "[load] attribute \"dtype\" is no dtype" + in_sum + "\"float16\", expected the name of one" + again);
  CHECK(refused("\"dtype\": null", "\"dtype\": {\"type\": \"float32\"}") ==
        "[load] attribute \"dtype\" is of no known kind" + in_sum +
            "\"type\", expected real, bytes, scalar, reals, strings, index, dtype or array" + again);
  CHECK(refused("\"dtype\": null", "\"dtype\": {}") ==
        "[load] attribute \"dtype\" is no value" + in_sum + "an object of 0 members, expected one that says its kind" + again);
  CHECK(refused("\"attributes\": {\"axis\": [0], \"dtype\": null, \"keepdims\": true}", "\"attributes\": 3") ==
        "[load] \"attributes\" is no object" + in_sum + "3, expected names and values" + again);
  CHECK(refused("\"dtype\": null", "\"dtype\": {\"real\": \"nan:0\"}") ==
        "[load] attribute \"dtype\" is no number" + in_sum +
            "\"nan:0\", expected a number, \"inf\", \"-inf\", \"nan\" or \"nan:\" and its bits" + again);
  CHECK_THAT(refused("\"dtype\": null", "\"dtype\": {\"real\": \"nan:3ff0000000000000\"}"), contains(" is no number"));
  CHECK(refused("\"dtype\": null", "\"dtype\": {\"bytes\": \"6g\"}") ==
        "[load] attribute \"dtype\" is no text" + in_sum + "\"6g\", expected bytes in hexadecimal" + again);
  CHECK(refused("\"dtype\": null", "\"dtype\": {\"index\": [{\"slice\": [1, 2]}]}") ==
        "[load] attribute \"dtype\" is no slice" + in_sum + "2 numbers, expected start, stop and step" + again);
  CHECK(refused("{\"array\": \"float64[]\", \"values\": [2.0]}", "2.0") ==
        "[load] attribute \"value\" is of another kind" + in_constant + "2.0, expected an array" + again);
  CHECK(refused("\"values\": [2.0]", "\"values\": [2.0, 3.0]") ==
        "[load] attribute \"value\" has another number of values than its type" + in_constant + "2, expected 1" + again);
  CHECK(refused("\"values\": [2.0]", "\"values\": [true]") ==
        "[load] attribute \"value\" is no text" + in_constant + "true, expected a text" + again);
  CHECK(refused("{\"array\": \"float64[]\", \"values\": [2.0]}", "{\"array\": \"uint8[]\", \"values\": [256]}") ==
        "[load] a value of attribute \"value\" does not fit its dtype" + in_constant + "256, expected uint8" + again);
  CHECK(refused("{\"array\": \"float64[]\", \"values\": [2.0]}", "{\"array\": \"float32[]\", \"values\": [1e39]}") ==
        "[load] a value of attribute \"value\" does not fit its dtype" + in_constant + "1e+39, expected float32" + again);
  CHECK(refused("{\"array\": \"float64[]\", \"values\": [2.0]}", "{\"array\": \"bool[]\", \"values\": [1]}") ==
        "[load] a value of attribute \"value\" is no bool" + in_constant + "1, expected true or false" + again);
  CHECK(refused("{\"array\": \"float64[]\", \"values\": [2.0]}", "{\"array\": \"float64[?]\", \"values\": [2.0]}") ==
        "[load] attribute \"value\" has no type of an array" + in_constant + "float64[?], expected a dtype and extents" + again);
  CHECK(refused("\"values\": [2.0]", "\"file\": \"../../etc/passwd\"") ==
        "[load] attribute \"value\" is in no file of constants" + in_constant +
            "\"../../etc/passwd\", expected one such as \"constants/0.npy\"" + again);
  CHECK(message_of<td::io_error>([&] {
          td::saved::from_json(text_with("\"values\": [2.0]", "\"file\": \"constants/0.npy\""),
                               [](const std::string& n, const td::type&) -> td::array { throw td::io_error(n); });
        }) == "constants/0.npy");
}

TEST_CASE("one file of constants has one type") {
  int asked = 0;
  const auto reads = [&](const std::string&, const td::type& t) {
    ++asked;
    return td::zeros(t.known_extents());
  };
  std::string text = text_of_constant("float64[20]");
  const std::size_t at = text.find("      {\"op\"");
  std::string second = text.substr(at, text.find("], \"results\": [0]}}") - at);
  second.replace(second.find("\"results\": [0]"), 14, "\"results\": [1]");
  text.insert(text.find("], \"results\": [0]}}"), ",\n" + second);
  CHECK(td::saved::from_json(text, reads).nodes.size() == 2);
  CHECK(asked == 1);
  for (std::size_t p = text.find("float64[20]", at + second.size()); p != text.npos; p = text.find("float64[20]", p))
    text.replace(p, 11, "float64[4, 5]");
  CHECK(
      message_of<td::parse_error>([&] { td::saved::from_json(text, reads); }) ==
      "[load] attribute \"value\" has another type than where its file was used before in node 1 of graph \"g\" (constant): got float64[4, 5], expected float64[20]. "
      "Save the function again.");
}

TEST_CASE("bodies that stand too deep in each other are refused by both sides") {
  const folder dir;
  (void)region_ops::repeat_op();
  td::graph g;
  const td::type t = td::type::of(td::float64, std::vector<std::int64_t>{1});
  g.results = {g.add_input(t)};
  const auto deeper = [&](int times) {
    for (int i = 0; i < times; ++i) {
      td::graph outer;
      const td::value_id x = outer.add_input(t);
      outer.results = {outer.add(region_ops::repeat_op(), {x}, {{"n", 1}}, nullptr, {}, {{{std::move(g)}}})};
      g = std::move(outer);
    }
  };
  deeper(td::saved::most_depth);
  CHECK(saved_files::difference(g, saved_files::there_and_back(g, dir / "deep")) == "");
  const std::string whole = td::saved::archive::open(dir / "deep").text("graph.json", 1000000);
  deeper(1);
  CHECK(message_of([&] { td::save(g, dir / "deeper"); }) ==
        "[save] bodies stand too deep in each other: got more than 64, expected at most that. Make them fewer.");
  // One more around what was written.
  const std::string body = whole.substr(whole.find("\"graph\": ") + 9, whole.rfind('}') - whole.find("\"graph\": ") - 9);
  const std::string text =
      whole.substr(0, whole.find("\"graph\": ") + 9) +
      R"({"name": "o", "inputs": [{"value": 0, "type": "float64[1]"}], "nodes": [{"op": "test_repeat", "inputs": [0], "attributes": {"n": 1}, "results": [1], "types": ["float64[1]"], "regions": [)" +
      body + R"(]}], "results": [1]}})";
  CHECK_THAT(
      refusal(text),
      contains(
          "[load] bodies stand too deep in each other in node 0 of graph \"graph\" (test_repeat): got more than 64, expected at most that."));
}

TEST_CASE("a machine without libzip says what to install") {
  CHECK(
      message_of<td::backend_error>([] { td::saved::throw_no_libzip("load", "libzip.so.4: cannot open", "libzip.so.4"); }) ==
      "[load] libzip cannot be loaded: got \"libzip.so.4: cannot open\", expected libzip.so.4. Install it (Debian: apt install libzip-dev).");
}
