// A stage program as text.
#include "stages/stage.hpp"

#include "array/format.hpp"

namespace tendril::engine {

std::string slot_name(const stage_program& p, std::uint16_t i) {
  if (p.slots[i].what == slot::kind::absent) return "none";
  constexpr const char* kinds[] = {"x", "b", "r", "c", "s", "p", "v", "k"};
  return format_text("{}{}", kinds[static_cast<std::size_t>(p.slots[i].what)], i);
}

std::string to_string(const stage_program& p) {
  std::string s = p.across_rows()
                      ? format_text("{} columns of {} rows, {} times, blocks of {} x {}\n", p.row_size, p.depth, p.rows, p.lanes, p.tile())
                      : format_text("{} rows of {} elements, blocks of {}\n", p.rows, p.row_size, p.block);
  const auto name = [&](std::uint16_t i) { return slot_name(p, i); };
  for (std::size_t ph = 0; ph < p.phases.size(); ++ph) {
    s += p.phases[ph].several.count ? format_text("{} blocks in one go\n", p.phases[ph].several.count) : format_text("phase {}\n", ph);
    for (const auto* list : {&p.phases[ph].before, &p.phases[ph].block})
      for (const instruction& i : *list) {
        s += format_text("  {}{} = {}(",
                         list != &p.phases[ph].before ? ""
                         : p.across_rows()            ? "column "
                                                      : "row ",
                         name(i.out) + (i.out2 ? ", " + name(i.out2) : ""), i.op->name);
        for (int k = 0; k < i.inputs; ++k) s += (k ? ", " : "") + name(i.in[k]);
        s += format_text(") {}{}\n", name_of(i.operands), i.loop ? format_text(", loop {}", i.loop) : "");
      }
    for (const accumulation& a : p.phases[ph].accumulations) s += format_text("  {} = {} of all rows\n", name(a.result), name(a.out));
    for (const search& x : p.phases[ph].searches) s += format_text("  {} = rows of {}\n", name(x.result), name(x.from_out));
  }
  return s;
}

}  // namespace tendril::engine
