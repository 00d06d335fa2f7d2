// The zip archive of a saved file, by libzip, which is loaded when it is first needed: nobody links it who does not save.
//
// What an archive says of itself is compared before memory is asked for: an entry has the bytes that its type needs, and no more than its
// compressed bytes can become. Nothing is written to places that an archive names.
#include <algorithm>
#include <map>

#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "save/save.hpp"
#include "source/source.hpp"

#if TENDRIL_HAS_SAVE
#include <dlfcn.h>
#include <sys/stat.h>
#include <zip.h>

#include <cstring>
#endif

namespace tendril::saved {

#if TENDRIL_HAS_SAVE

namespace {

// clang-format off
#define TENDRIL_ZIP_FUNCTIONS(X) \
  X(zip_open) X(zip_open_from_source) X(zip_close) X(zip_discard) \
  X(zip_get_error) X(zip_get_num_entries) X(zip_stat_index) X(zip_fopen_index) \
  X(zip_fread) X(zip_fclose) X(zip_file_get_error) X(zip_source_buffer_create) \
  X(zip_source_buffer_fragment_create) X(zip_source_free) X(zip_file_add) X(zip_set_file_compression) \
  X(zip_file_set_dostime) X(zip_error_init) X(zip_error_init_with_code) X(zip_error_strerror) \
  X(zip_error_code_zip) X(zip_error_fini)
// clang-format on

struct library {
#define X(name) decltype(&::name) name;
  TENDRIL_ZIP_FUNCTIONS(X)
#undef X
};

// Null, and why, where it cannot be loaded.
const library* open_library(const char* soname, std::string& why) {
  void* handle = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    why = dlerror();
    return nullptr;
  }
  auto* l = new library;
#define X(name)                                                          \
  l->name = reinterpret_cast<decltype(l->name)>(dlsym(handle, #name));   \
  if (!l->name) {                                                        \
    why = format_text("{} without {}, an older version", soname, #name); \
    delete l;                                                            \
    return nullptr;                                                      \
  }
  TENDRIL_ZIP_FUNCTIONS(X)
#undef X
  return l;
}

const library& zip(std::string_view who) {
  static std::string why;
  static const library* const loaded = open_library(TENDRIL_ZIP_SONAME, why);
  if (!loaded) throw_no_libzip(who, why, TENDRIL_ZIP_SONAME);
  return *loaded;
}

// What libzip says of a failure, its memory given back.
std::string told(const library& z, zip_error_t& e) {
  std::string s = z.zip_error_strerror(&e);
  z.zip_error_fini(&e);
  return s;
}

// Each entry is compared with what the directory says of it, and no name may stand twice.
constexpr int checked = ZIP_RDONLY | ZIP_CHECKCONS;
// The most that a byte of a deflated entry can become.
constexpr std::uint64_t most_deflated = 1032;

struct entry_reader {
  const library& z;
  zip_file_t* file;
  const std::string& name;
  const std::string& of;
  entry_reader(const library& l, zip_t* a, std::uint64_t index, const std::string& entry, const std::string& path)
      : z(l), file(l.zip_fopen_index(a, index, 0)), name(entry), of(path) {
    if (!file) fail(z.zip_error_strerror(z.zip_get_error(a)));
  }
  ~entry_reader() { z.zip_fclose(file); }
  entry_reader(const entry_reader&) = delete;

  // As many bytes as there are, at most `most`.
  std::size_t read(void* to, std::size_t most) const {
    std::size_t done = 0;
    while (done < most) {
      const zip_int64_t n = z.zip_fread(file, static_cast<char*>(to) + done, most - done);
      if (n < 0) fail(z.zip_error_strerror(z.zip_file_get_error(file)));
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }
  // Checksums are compared at the end.
  void read_all(void* to, std::size_t bytes) const {
    char more;
    if (read(to, bytes) != bytes || read(&more, 1) != 0) fail("another number of bytes than it declares");
  }
  [[noreturn]] void fail(std::string_view got) const {
    refuse(format_text("{} of {} cannot be read", name, of), got, "all of its bytes, and their checksum",
           "The file is damaged: save it again.");
  }
};

}  // namespace

struct archive::impl {
  const library& z;
  zip_t* file = nullptr;
  std::string name;
  std::uint64_t bytes = 0;
  struct entry {
    std::uint64_t index, size;
  };
  std::map<std::string, entry> entries;

  impl(const library& l, std::string path) : z(l), name(std::move(path)) {}
  ~impl() {
    if (file) z.zip_discard(file);
  }

  void list() {
    const zip_int64_t count = z.zip_get_num_entries(file, 0);
    for (zip_int64_t i = 0; i < count; ++i) {
      zip_stat_t s{};
      if (z.zip_stat_index(file, static_cast<std::uint64_t>(i), 0, &s) != 0 || !(s.valid & ZIP_STAT_NAME) || !(s.valid & ZIP_STAT_SIZE) ||
          !(s.valid & ZIP_STAT_COMP_SIZE) || !(s.valid & ZIP_STAT_COMP_METHOD) || !(s.valid & ZIP_STAT_ENCRYPTION_METHOD))
        refuse(format_text("an entry of {} is malformed", name), format_text("no facts of entry {}", i), "its name and sizes");
      const std::string entry = s.name;
      if (s.encryption_method != ZIP_EM_NONE)
        refuse(format_text("{} of {} is encrypted", entry, name), "an encrypted entry", "one that can be read",
               "Write it without a password.");
      if (s.comp_method != ZIP_CM_STORE && s.comp_method != ZIP_CM_DEFLATE)
        refuse(format_text("{} of {} is compressed by another method", entry, name), format_text("method {}", s.comp_method),
               "none or deflate (8)", "Write it by one of these.");
      if (s.comp_size > bytes || s.size > (s.comp_method == ZIP_CM_STORE ? s.comp_size : s.comp_size * most_deflated + most_deflated))
        refuse(format_text("{} of {} declares more than it can hold", entry, name),
               format_text("{} bytes of {} in the archive", s.size, s.comp_size),
               format_text("at most {} for each", s.comp_method == ZIP_CM_STORE ? 1 : most_deflated), "Do not trust this file.");
      entries.insert({entry, {static_cast<std::uint64_t>(i), s.size}});
    }
  }

  const entry& find(const std::string& wanted) const {
    const auto e = entries.find(wanted);
    if (e == entries.end())
      refuse(format_text("{} lacks a part", name), format_text("no entry \"{}\"", wanted), "a file that td::save wrote",
             "Pass such a file, or save the function again.");
    return e->second;
  }
};

archive::archive(std::unique_ptr<impl> p) noexcept : p_(std::move(p)) {}
archive::archive(archive&&) noexcept = default;
archive::~archive() = default;

archive archive::open(const std::string& path) {
  auto p = std::make_unique<impl>(zip("load"), path);
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0)
    throw io_error(format_text("[load] {} cannot be read: got \"{}\", expected a file that td::save wrote. Check the path.", path,
                               std::strerror(errno)));
  if (!S_ISREG(facts.st_mode))
    throw io_error(format_text("[load] {} cannot be read: got no regular file, expected one that td::save wrote. Check the path.", path));
  p->bytes = static_cast<std::uint64_t>(facts.st_size);
  int code = 0;
  p->file = p->z.zip_open(path.c_str(), checked, &code);
  if (!p->file) {
    zip_error_t e;
    p->z.zip_error_init_with_code(&e, code);
    const std::string why = told(p->z, e);
    if (code == ZIP_ER_OPEN)
      throw io_error(format_text("[load] {} cannot be read: got \"{}\", expected a file that td::save wrote. Check the path.", path, why));
    refuse(format_text("{} is no saved graph", path), format_text("\"{}\" of libzip", why), "a whole zip archive that td::save wrote",
           "It may be cut short: copy it again, or save the function again.");
  }
  p->list();
  return archive(std::move(p));
}

archive archive::of_bytes(std::string_view bytes, const std::string& name) {
  auto p = std::make_unique<impl>(zip("load"), name);
  p->bytes = bytes.size();
  zip_error_t e;
  p->z.zip_error_init(&e);
  zip_source_t* source = p->z.zip_source_buffer_create(bytes.data(), bytes.size(), 0, &e);
  p->file = source ? p->z.zip_open_from_source(source, checked, &e) : nullptr;
  if (!p->file) {
    if (source) p->z.zip_source_free(source);
    refuse(format_text("{} is no saved graph", name), format_text("\"{}\" of libzip", told(p->z, e)),
           "a whole zip archive that td::save wrote", "It may be cut short: copy it again, or save the function again.");
  }
  p->z.zip_error_fini(&e);
  p->list();
  return archive(std::move(p));
}

std::string archive::text(const std::string& entry, std::size_t most) const {
  const impl::entry& e = p_->find(entry);
  if (e.size > most)
    refuse(format_text("{} of {} is too large", entry, p_->name), format_text("{} bytes", e.size), format_text("at most {}", most),
           "Save it in parts.");
  std::string s(e.size, '\0');
  entry_reader(p_->z, p_->file, e.index, entry, p_->name).read_all(s.data(), s.size());
  return s;
}

array archive::constant(const std::string& entry, const type& t) const {
  const impl::entry& e = p_->find(entry);
  const std::string name = format_text("{} of {}", entry, p_->name);
  const extents shape = t.known_extents();
  const std::size_t bytes = static_cast<std::size_t>(element_count("load", shape)) * size_of(t.dtype);
  const auto check_size = [&](std::size_t header) {
    if (e.size >= header && e.size - header == bytes) return;
    refuse(format_text("{} has another size than its type", name),
           format_text("{} bytes behind {} of the header", e.size - std::min<std::size_t>(header, e.size), header),
           format_text("{} of {}", bytes, to_string(t)));
  };
  if (e.size < bytes) check_size(0);
  const entry_reader reader(p_->z, p_->file, e.index, entry, p_->name);
  std::string start(std::min<std::size_t>(e.size, most_npy_header), '\0');
  start.resize(reader.read(start.data(), start.size()));
  const npy_layout l = read_npy_header(start, name);
  check_size(l.bytes);
  if (l.dtype != t.dtype || l.shape != shape || l.column_major)
    refuse(format_text("{} has another type than graph.json says", name),
           to_string(type::of(l.dtype, l.shape)) + (l.column_major ? " in column-major order" : ""), to_string(t));
  array a = detail::make_empty(t.dtype, shape);
  auto* const to = static_cast<char*>(a.impl()->view.data);
  const std::size_t known = start.size() - l.bytes;
  if (known) std::memcpy(to, start.data() + l.bytes, known);
  reader.read_all(to + known, bytes - known);
  check_truths(a, name);
  return a;
}

namespace {

struct named_array {
  std::string name;
  array elements;
};

// `text`: of graph.json; null: there is none.
void write_entries(const std::string& path, const std::string* text, std::span<const named_array> constants, std::string_view who) {
  const library& z = zip(who);
  int code = 0;
  zip_error_t e;
  const auto fail = [&](std::string_view why) {
    throw io_error(format_text(
        "[{}] {} cannot be written: got \"{}\", expected a place that can be written to. What was there is as it was: pass another path.",
        who, path, why));
  };
  // libzip writes to a file beside it, and renames that when it is whole.
  zip_t* file = z.zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (!file) {
    z.zip_error_init_with_code(&e, code);
    fail(told(z, e));
  }
  struct closer {
    const library& z;
    zip_t*& file;
    ~closer() {
      if (file) z.zip_discard(file);
    }
  } const discard{z, file};
  std::vector<std::string> headers(constants.size());
  std::vector<array> kept;  // row-major
  const auto add = [&](const std::string& name, std::span<const zip_buffer_fragment_t> parts, int method) {
    z.zip_error_init(&e);
    zip_source_t* source = z.zip_source_buffer_fragment_create(parts.data(), parts.size(), 0, &e);
    if (!source) fail(told(z, e));
    z.zip_error_fini(&e);
    const zip_int64_t index = z.zip_file_add(file, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      z.zip_source_free(source);
      fail(z.zip_error_strerror(z.zip_get_error(file)));
    }
    const auto at = static_cast<zip_uint64_t>(index);
    // One time for all, so that one graph is one file.
    constexpr zip_uint16_t no_time = 0, first_day = 1 << 5 | 1;
    if (z.zip_set_file_compression(file, at, method, 0) != 0 || z.zip_file_set_dostime(file, at, no_time, first_day, 0) != 0)
      fail(z.zip_error_strerror(z.zip_get_error(file)));
  };
  const auto part = [](const void* data, std::size_t bytes) {
    return zip_buffer_fragment_t{static_cast<zip_uint8_t*>(const_cast<void*>(data)), bytes};
  };
  if (text) {
    const zip_buffer_fragment_t json[] = {part(text->data(), text->size())};
    add("graph.json", json, ZIP_CM_DEFLATE);
  }
  for (std::size_t i = 0; i < constants.size(); ++i) {
    const array_view& v = constants[i].elements.impl()->view;
    kept.push_back(detail::layout_class(v) == 0 ? constants[i].elements : detail::copy_of(v));
    const array_view& row_major = kept.back().impl()->view;
    headers[i] = npy_header(v.dtype, kept.back().shape());
    const std::size_t bytes = static_cast<std::size_t>(v.size()) * size_of(v.dtype);
    const zip_buffer_fragment_t parts[] = {part(headers[i].data(), headers[i].size()), part(row_major.data, bytes)};
    add(constants[i].name, {parts, bytes ? std::size_t{2} : std::size_t{1}}, ZIP_CM_STORE);
  }
  if (z.zip_close(file) != 0) fail(z.zip_error_strerror(z.zip_get_error(file)));
  file = nullptr;
}

}  // namespace

void write_archive(const std::string& path, const std::string& text, std::span<const array> constants) {
  std::vector<named_array> named;
  for (std::size_t i = 0; i < constants.size(); ++i) named.push_back({constant_name(i), constants[i]});
  write_entries(path, &text, named, "save");
}

void write_arrays(const std::string& path, std::span<const std::pair<std::string, array>> arrays) {
  std::vector<named_array> named;
  for (const auto& [name, a] : arrays) named.push_back({name + ".npy", a});
  write_entries(path, nullptr, named, "source_code");
}

#else

namespace {
[[noreturn]] void throw_not_built(std::string_view who) {
  throw backend_error(format_text(
      "[{}] this build of Tendril knows no files: got one without libzip or nlohmann_json, expected both. Install them (Debian: "
      "libzip-dev nlohmann-json3-dev) and build Tendril again.",
      who));
}
}  // namespace

struct archive::impl {};
archive::archive(std::unique_ptr<impl> p) noexcept : p_(std::move(p)) {}
archive::archive(archive&&) noexcept = default;
archive::~archive() = default;
archive archive::open(const std::string&) { throw_not_built("load"); }
archive archive::of_bytes(std::string_view, const std::string&) { throw_not_built("load"); }
std::string archive::text(const std::string&, std::size_t) const { throw_not_built("load"); }
array archive::constant(const std::string&, const type&) const { throw_not_built("load"); }
void write_archive(const std::string&, const std::string&, std::span<const array>) { throw_not_built("save"); }
void write_arrays(const std::string&, std::span<const std::pair<std::string, array>>) { throw_not_built("source_code"); }

#endif

void throw_no_libzip(std::string_view who, std::string_view why, std::string_view soname) {
  throw backend_error(
      format_text("[{}] libzip cannot be loaded: got \"{}\", expected {}. Install it (Debian: apt install libzip-dev).", who, why, soname));
}

}  // namespace tendril::saved

void tendril::source_text::write_constants(const std::string& path, std::span<const std::pair<std::string, array>> arrays) {
  saved::write_arrays(path, arrays);
}
