// NumPy's .npy, as saved files hold constants: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
//
// Own code, since no library in Debian reads it but xtensor's, which believes what a header says of sizes.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>

#include <tendril/save.hpp>

#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "save/save.hpp"

namespace tendril::saved {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are written as they lie in memory, and the format says little endian");

std::string_view text_of(dtype d) {
  switch (d) {
    case dtype::unknown: break;
    case dtype::bool_: return "|b1";
    case dtype::uint8: return "|u1";
    case dtype::int32: return "<i4";
    case dtype::int64: return "<i8";
    case dtype::float32: return "<f4";
    case dtype::float64: return "<f8";
  }
  throw internal_error(format_text("[npy] {} has no name in NumPy's format", name_of(d)));
}
constexpr dtype all_dtypes[] = {
#define TENDRIL_DTYPE(name, ...) dtype::name,
#include <tendril/dtypes.def>
};

// The header is a dictionary of Python: three entries, in any order.
class dictionary {
 public:
  dictionary(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  npy_layout read() {
    npy_layout l;
    bool descr = false, order = false, shape = false;
    take("{");
    while (!next("}")) {
      const std::string_view key = quoted();
      take(":");
      if (key == "descr" && !descr) {
        const std::string_view text = quoted();
        for (const dtype d : all_dtypes)
          if (text_of(d) == text) l.dtype = d;
        if (l.dtype == dtype::unknown)
          refuse(format_text("{} has elements of another type", name_), format_text("\"{}\"", text),
                 "|b1, |u1, <i4, <i8, <f4 or <f8, as NumPy spells bool, uint8, int32, int64, float32 and float64",
                 "Convert it with astype before it is saved.");
        descr = true;
      } else if (key == "fortran_order" && !order) {
        l.column_major = next("True");
        if (!l.column_major) take("False");
        order = true;
      } else if (key == "shape" && !shape) {
        take("(");
        while (!next(")")) {
          l.shape.push_back(integer());
          if (l.shape.size() > max_rank)
            refuse(format_text("{} has too many axes", name_), format_text("more than {}", max_rank), format_text("at most {}", max_rank),
                   "Reshape it before it is saved.");
          if (!next(",")) {
            take(")");
            break;
          }
        }
        shape = true;
      } else {
        fail(format_text("the key \"{}\"", key));
      }
      if (!next(",")) {
        take("}");
        break;
      }
    }
    if (!descr || !order || !shape) fail("a header that lacks one of them");
    blank();
    if (at_ != text_.size()) fail("text after it");
    return l;
  }

 private:
  void blank() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool next(std::string_view word) {
    blank();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  void take(std::string_view word) {
    if (!next(word)) fail(format_text("no {} at byte {}", word, at_));
  }
  std::string_view quoted() {
    blank();
    const char mark = at_ < text_.size() ? text_[at_] : ' ';
    const std::size_t end = mark == '\'' || mark == '"' ? text_.find(mark, at_ + 1) : text_.npos;
    if (end == text_.npos) fail(format_text("no text at byte {}", at_));
    const std::string_view s = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return s;
  }
  std::int64_t integer() {
    blank();
    std::int64_t v = 0;
    const auto [end, wrong] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), v);
    if (wrong != std::errc() || v < 0) fail(format_text("no extent at byte {}", at_));
    at_ = static_cast<std::size_t>(end - text_.data());
    return v;
  }
  [[noreturn]] void fail(const std::string& got) {
    refuse(format_text("the header of {} is malformed", name_), got, "a dictionary of descr, fortran_order and shape",
           "Write it with numpy.save.");
  }

  std::string_view text_, name_;
  std::size_t at_ = 0;
};

constexpr std::string_view magic = "\x93NUMPY";

}  // namespace

std::string npy_header(dtype d, std::span<const std::int64_t> shape) {
  std::string s = format_text("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", text_of(d), to_string(shape));
  // With what stands before it the header is a multiple of 64 bytes, and ends with a new line.
  const std::size_t before = magic.size() + 4;
  s.append(63 - (before + s.size()) % 64, ' ');
  s += '\n';
  std::string all(magic);
  all += {'\1', '\0', static_cast<char>(s.size() & 0xff), static_cast<char>(s.size() >> 8)};
  return all + s;
}

npy_layout read_npy_header(std::string_view start, std::string_view name) {
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(start[i])); };
  if (start.size() < 12 || start.substr(0, magic.size()) != magic)
    refuse(format_text("{} is no .npy", name), "other bytes at its start", "those that numpy.save writes", "Write it with numpy.save.");
  const std::size_t version = byte(6);
  if (version < 1 || version > 3)
    refuse(format_text("{} is of another version of .npy", name), format_text("{}", version), "1, 2 or 3", "Write it with numpy.save.");
  const std::size_t before = version == 1 ? 10 : 12;
  std::size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > most_npy_header - 12 || before + length > start.size())
    refuse(format_text("the header of {} is cut short or too long", name), format_text("{} bytes of {}", start.size() - before, length),
           format_text("all of it, and at most {}", most_npy_header - 12), "Write it with numpy.save.");
  npy_layout l = dictionary(start.substr(before, length), name).read();
  l.bytes = before + length;
  return l;
}

void check_truths(const array& a, std::string_view name) {
  if (a.dtype() != dtype::bool_) return;
  const array_view v = a.view();
  const auto* const bytes = static_cast<const unsigned char*>(v.data);
  const auto* const end = bytes + v.size();
  const auto* const bad = std::find_if(bytes, end, [](unsigned char b) { return b > 1; });
  if (bad != end)
    refuse(format_text("{} has a bool that is none", name), format_text("a byte of {}", static_cast<int>(*bad)), "0 or 1",
           "Write it with numpy.save.");
}

}  // namespace tendril::saved

namespace tendril {

void save_npy(const array& a, const std::string& path) {
  const array row_major = detail::layout_class(a.view()) == 0 ? a : detail::copy_of(a.view());
  const array_view v = row_major.view();
  const std::string header = saved::npy_header(v.dtype, row_major.shape());
  const auto fail = [&](const std::string& why) {
    throw io_error(
        format_text("[save_npy] {} cannot be written: got \"{}\", expected a place that can be written to. What was there is as it "
                    "was: pass another path.",
                    path, why));
  };
  // Beside it first, so that what is there is lost by no failure.
  std::string beside = path + ".XXXXXX";
  const int file = mkstemp(beside.data());
  if (file < 0) fail(std::strerror(errno));
  const auto write_all = [file](const void* data, std::size_t bytes) {
    const char* p = static_cast<const char*>(data);
    while (bytes > 0) {
      const ssize_t n = ::write(file, p, bytes);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      p += n;
      bytes -= static_cast<std::size_t>(n);
    }
    return true;
  };
  // Readable by whom new files are: mkstemp's are the owner's alone.
  const mode_t mask = umask(0);
  umask(mask);
  const bool written = write_all(header.data(), header.size()) &&
                       write_all(v.data, static_cast<std::size_t>(v.size()) * size_of(v.dtype)) && fchmod(file, 0666 & ~mask) == 0;
  int failed = written ? 0 : errno;
  if (close(file) != 0 && !failed) failed = errno;
  if (!failed && std::rename(beside.c_str(), path.c_str()) != 0) failed = errno;
  if (!failed) return;
  unlink(beside.c_str());
  fail(std::strerror(failed));
}

array load_npy(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = in ? static_cast<std::streamoff>(in.tellg()) : -1;
  if (size < 0 || size == std::numeric_limits<std::streamoff>::max())
    throw io_error(format_text("[load_npy] {} cannot be read: got \"{}\", expected a .npy file. Check the path.", path,
                               std::strerror(errno ? errno : EISDIR)));
  const auto bytes = static_cast<std::size_t>(size);
  std::string start(std::min(bytes, saved::most_npy_header), '\0');
  in.seekg(0);
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  const saved::npy_layout l = saved::read_npy_header(start, path);
  std::size_t expected = size_of(l.dtype);
  for (const std::int64_t e : l.shape)
    if (e == 0) expected = 0;
  for (const std::int64_t e : l.shape)
    if (expected && __builtin_mul_overflow(expected, static_cast<std::size_t>(e), &expected))
      expected = std::numeric_limits<std::size_t>::max();
  if (bytes - l.bytes != expected)
    saved::refuse(format_text("{} has another size than its type", path), format_text("{} bytes behind the header", bytes - l.bytes),
                  format_text("{} of {}", expected, to_string(type::of(l.dtype, l.shape))), "It may be cut short: copy it again.");
  extents shape = l.shape;
  if (l.column_major) std::reverse(shape.begin(), shape.end());
  array a = detail::make_empty(l.dtype, shape);
  in.seekg(static_cast<std::streamoff>(l.bytes));
  in.read(static_cast<char*>(a.impl()->view.data), static_cast<std::streamsize>(expected));
  if (static_cast<std::size_t>(in.gcount()) != expected)
    throw io_error(
        format_text("[load_npy] {} cannot be read: got {} bytes of {}, expected all. Check the disk.", path, in.gcount(), expected));
  saved::check_truths(a, path);
  if (!l.column_major) return a;
  array_view turned = a.view();
  std::reverse(turned.shape, turned.shape + turned.rank);
  std::reverse(turned.strides, turned.strides + turned.rank);
  return detail::copy_of(turned);
}

}  // namespace tendril
