// NumPy's .npy: arrays there and back, and files that are damaged.
#include "catch.hpp"
#include "save/save.hpp"
#include "saved_files.hpp"
#include "trace_helpers.hpp"

namespace {

namespace td = tendril;
using saved_files::folder;
using saved_files::npy;
using trace_test::message_of;

}  // namespace

TEST_CASE("arrays go to .npy and come back, in either storage order") {
  const folder dir;
  for (const td::array& a :
       {td::array(2.5), td::array({1.F, -0.F}), td::array({{1, 2, 3}, {4, 5, 6}}), td::zeros({0, 3}), td::array({true, false}),
        td::astype(td::arange(300), td::uint8), td::matrix_transpose(td::reshape(td::arange(60), {5, 12}))}) {
    td::save_npy(a, dir / "a.npy");
    const td::array b = td::load_npy(dir / "a.npy");
    CHECK(b.shape() == a.shape());
    CHECK(saved_files::same_bits(a, b));
    CHECK(std::distance(saved_files::fs::directory_iterator(dir.path()), {}) == 1);
  }
  // numpy.save(f, numpy.asfortranarray([[1., 2., 3.], [4., 5., 6.]]))
  const double columns[] = {1, 4, 2, 5, 3, 6};
  saved_files::write_bytes(dir / "f.npy", npy("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }",
                                              std::string(reinterpret_cast<const char*>(columns), sizeof columns)));
  CHECK(saved_files::same_bits(td::load_npy(dir / "f.npy"), td::array({{1., 2., 3.}, {4., 5., 6.}})));
}

TEST_CASE(".npy files that are damaged or are not there") {
  const folder dir;
  const std::string path = dir / "a.npy", header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }";
  const auto refusal_of = [&](const std::string& bytes) {
    saved_files::write_bytes(path, bytes);
    return message_of<td::parse_error>([&] { td::load_npy(path); });
  };
  CHECK(
      refusal_of(npy(header, std::string(15, '\0'))) ==
      "[load] " + path +
          " has another size than its type: got 15 bytes behind the header, expected 16 of float64[2]. It may be cut short: copy it again.");
  CHECK_THAT(refusal_of(npy(header, std::string(17, '\0'))), contains("got 17 bytes behind the header"));
  CHECK_THAT(refusal_of(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296), }", "")),
             contains("got 0 bytes behind the header, expected 18446744073709551615 of"));
  CHECK_THAT(refusal_of(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", "\1\2")),
             contains(" has a bool that is none: got a byte of 2"));
  CHECK_THAT(refusal_of("hello"), contains(" is no .npy: got other bytes at its start"));
  CHECK_THAT(refusal_of(""), contains(" is no .npy: got other bytes at its start"));
  CHECK(message_of<td::io_error>([&] { td::load_npy(dir / "none.npy"); }) ==
        "[load_npy] " + (dir / "none.npy") + " cannot be read: got \"No such file or directory\", expected a .npy file. Check the path.");
  CHECK_THAT(message_of<td::io_error>([&] { td::load_npy(dir.path().string()); }), contains(" cannot be read: got \"Is a directory\""));
  CHECK(message_of<td::io_error>([&] { td::save_npy(td::array(1.), dir / "none/a.npy"); }) ==
        "[save_npy] " + (dir / "none/a.npy") +
            " cannot be written: got \"No such file or directory\", expected a place that can be written to. What was there is as it was: "
            "pass another path.");
}

TEST_CASE("headers of npy that are malformed") {
  const auto header = [](const std::string& h) {
    return message_of<td::parse_error>([&] { td::saved::read_npy_header(npy(h, ""), "x.npy"); });
  };
  CHECK(header("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }") == "no error");
  CHECK(header("{\"shape\":(2,3),\"fortran_order\":True,\"descr\":\"|u1\"}") == "no error");
  CHECK(header("{'descr': '<f8', 'fortran_order': False, 'shape': (), }") == "no error");
  CHECK(
      header("{'descr': '>f8', 'fortran_order': False, 'shape': (2,), }") ==
      "[load] x.npy has elements of another type: got \">f8\", expected |b1, |u1, <i4, <i8, <f4 or <f8, as NumPy spells bool, uint8, int32, int64, "
      "float32 and float64. Convert it with astype before it is saved.");
  CHECK_THAT(
      header("{'descr': '<f8', 'fortran_order': False}"),
      contains(
          "[load] the header of x.npy is malformed: got a header that lacks one of them, expected a dictionary of descr, fortran_order and shape. Write it with numpy.save."));
  CHECK_THAT(header("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (2,)}"), contains("got the key \"descr\""));
  CHECK_THAT(header("{'descr': '<f8', 'fortran_order': 1, 'shape': (2,)}"), contains("got no False at byte 34"));
  CHECK_THAT(header("{'descr': '<f8', 'fortran_order': False, 'shape': (-2,)}"), contains("got no extent at byte "));
  CHECK_THAT(header("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}"), contains("got no extent at byte "));
  CHECK_THAT(header("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)} os.system()"), contains("got text after it"));
  CHECK_THAT(header("{'descr': '<f8"), contains("got no text at byte "));
  CHECK_THAT(header("{'descr': '<f8', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)}"),
             contains("[load] x.npy has too many axes: got more than 16, expected at most 16."));
  const auto start = [](const std::string& s) { return message_of<td::parse_error>([&] { td::saved::read_npy_header(s, "x.npy"); }); };
  CHECK(start("hello hello hello") ==
        "[load] x.npy is no .npy: got other bytes at its start, expected those that numpy.save writes. Write it with numpy.save.");
  CHECK(start(std::string("\x93NUMPY\x09\x00\x10\x00    ", 14)) ==
        "[load] x.npy is of another version of .npy: got 9, expected 1, 2 or 3. Write it with numpy.save.");
  CHECK(
      start(std::string("\x93NUMPY\x01\x00\x76\x00{}  ", 14)) ==
      "[load] the header of x.npy is cut short or too long: got 4 bytes of 118, expected all of it, and at most 4084. Write it with numpy.save.");
}
