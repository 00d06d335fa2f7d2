// What the groups of a compiled function are: their stages as text, their machine code as assembly or in hexadecimal.
//
// Capstone disassembles where its headers were found and its library can be opened; nothing links it, for a listing is seldom asked for.
#include <algorithm>
#include <ostream>

#include "array/format.hpp"
#include "run/executable.hpp"

#if TENDRIL_HAS_CAPSTONE
#include <capstone/capstone.h>
#include <dlfcn.h>
#endif

namespace tendril {
namespace {

std::string spell(const engine::code_mark& m) {
  using kind = engine::code_mark::kind;
  switch (m.what) {
    case kind::row: return "a row of one block";
    case kind::rows: return "rows that follow each other";
    case kind::pairwise: return "rows against rows";
    case kind::direct: return "the whole call";
    case kind::phase: return format_text("phase {}", m.phase);
    case kind::before: return format_text("phase {}, once a row", m.phase);
    case kind::block: return format_text("phase {}, each block", m.phase);
    default: return "constants";
  }
}

// The steps that are groups, in bodies too, with what the executable says of them.
template <class F>
void for_each_group(const detail::executable& e, F use) {
  if (e.small) return;  // one piece of code, without groups
  for (std::size_t k = 0; k < e.steps.size(); ++k) {
    if (e.steps[k].program) use(*e.steps[k].program, e.info.steps[k]);
    if (e.steps[k].regions)
      for (const auto& body : e.steps[k].regions->bodies) for_each_group(*body, use);
  }
}
template <class F>
void for_each_group(const function& f, F use) {
  f.info();  // throws where there is no function
  for_each_group(*f.impl(), use);
}

std::string hexadecimal(std::span<const std::uint8_t> bytes, std::size_t from, std::size_t to) {
  std::string s;
  for (std::size_t at = from; at < to; at += 16) {
    s += format_text("  {:05x} ", at);
    for (std::size_t i = at; i < std::min(at + 16, to); ++i) s += format_text(" {:02x}", bytes[i]);
    s += "\n";
  }
  return s;
}

#if TENDRIL_HAS_CAPSTONE

class disassembler {
 public:
  // Opened at the first listing, kept for the process; null where the machine has none.
  static const disassembler* get() {
    static const disassembler* one = open();
    return one;
  }

  // What it does not know (Capstone 4 lacks some moves of mask registers) stands as bytes, as many as the prefix makes likely.
  std::string list(std::span<const std::uint8_t> bytes, std::size_t from, std::size_t to) const {
    std::string s;
    while (from < to) {
      cs_insn* all = nullptr;
      const std::size_t count = disasm_(handle_, bytes.data() + from, to - from, from, 0, &all);
      for (std::size_t i = 0; i < count; ++i) {
        s += format_text("  {:05x}  {} {}", all[i].address, all[i].mnemonic, all[i].op_str);
        while (s.back() == ' ') s.pop_back();
        s += "\n";
        from = static_cast<std::size_t>(all[i].address) + all[i].size;
      }
      if (count) free_(all, count);
      if (from == to) break;
      const std::uint8_t prefix = bytes[from];
      const std::size_t length = prefix == 0x62 ? 6 : prefix == 0xc4 ? 5 : prefix == 0xc5 ? 4 : 1;
      s += hexadecimal(bytes, from, std::min(from + length, to));
      from = std::min(from + length, to);
    }
    return s;
  }

 private:
  csh handle_ = 0;
  decltype(&cs_disasm) disasm_ = nullptr;
  decltype(&cs_free) free_ = nullptr;

  static const disassembler* open() {
    void* library = dlopen(format_text("libcapstone.so.{}", CS_API_MAJOR).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) return nullptr;
    const auto start = reinterpret_cast<decltype(&cs_open)>(dlsym(library, "cs_open"));
    auto* d = new disassembler;
    d->disasm_ = reinterpret_cast<decltype(&cs_disasm)>(dlsym(library, "cs_disasm"));
    d->free_ = reinterpret_cast<decltype(&cs_free)>(dlsym(library, "cs_free"));
    const bool usable = start && d->disasm_ && d->free_ && start(CS_ARCH_X86, CS_MODE_64, &d->handle_) == CS_ERR_OK;
    if (usable) return d;
    delete d;
    return nullptr;
  }
};

#else

struct disassembler {
  static const disassembler* get() { return nullptr; }
  std::string list(std::span<const std::uint8_t>, std::size_t, std::size_t) const { return {}; }
};

#endif

}  // namespace

std::string detail::spell_steps(std::span<const step_info> steps, std::size_t indent, bool numbered) {
  std::string s;
  std::size_t k = 0;
  for (const step_info& i : steps) {
    const std::string number = numbered ? format_text("{}. ", ++k) : "";
    s += format_text("{:{}}{}{} on {}: {}\n", "", indent, number, i.kind, i.engine, i.ops);
    for (std::size_t b = 0; b < i.bodies.size(); ++b)
      s += format_text("{:{}}region {}\n", "", indent + number.size(), b) + spell_steps(i.bodies[b], indent + number.size() + 2, numbered);
  }
  return s;
}

std::string function::stages() const {
  std::string s;
  for_each_group(*this, [&](const engine::stage_program& p, const step_info& info) {
    s += format_text("{}group on {}: {}\n{}", s.empty() ? "" : "\n", info.engine, info.ops, to_string(p));
  });
  return s;
}

std::vector<group_code> function::code() const {
  std::vector<group_code> all;
  if (info(); p_->small)
    all.push_back({info().steps.front().ops,
                   {p_->small->text.begin(), p_->small->text.end()},
                   {{0, spell({engine::code_mark::kind::direct, 0, 0})}}});
  for_each_group(*this, [&](const engine::stage_program& p, const step_info& info) {
    if (!p.keeps_code) return;
    for (const std::string& name : backends()) {
      const backend& b = detail::find_backend("code", name);
      if (!b.code_of) continue;
      const engine::code_text text = b.code_of(p);
      group_code g{info.ops, {text.bytes.begin(), text.bytes.end()}, {}};
      for (const engine::code_mark& m : text.marks) g.labels.push_back({m.offset, spell(m)});
      all.push_back(std::move(g));
    }
  });
  return all;
}

std::string to_string(const group_code& g) {
  const disassembler* d = disassembler::get();
  std::string s = format_text("{} bytes of machine code for: {}\n", g.bytes.size(), g.ops);
  if (!d) s += "(In hexadecimal: no Capstone here. Write `bytes` to a file and call objdump -D -b binary -mi386:x86-64 FILE.)\n";
  const auto list = [&](std::size_t from, std::size_t to, bool data) {
    s += d && !data ? d->list(g.bytes, from, to) : hexadecimal(g.bytes, from, to);
  };
  std::size_t at = 0;
  bool data = false;
  for (const group_code::label& l : g.labels) {
    if (l.offset == g.bytes.size()) break;
    list(at, l.offset, data);
    s += l.text + ":\n";
    at = l.offset;
    data = l.text == "constants";
  }
  list(at, g.bytes.size(), data);
  return s;
}

std::ostream& operator<<(std::ostream& os, const group_code& g) { return os << to_string(g); }

}  // namespace tendril
