// Texts in XML, HTML and scripts; the look of each kind of box.
#include <algorithm>
#include <cmath>

#include "array/format.hpp"
#include "draw/drawing.hpp"

namespace tendril::drawn {

std::size_t letters(std::string_view s) noexcept {
  return static_cast<std::size_t>(std::count_if(s.begin(), s.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

namespace {

// The bytes of the letter that begins at `i`; 0 where it is none that XML has.
std::size_t letter_bytes(std::string_view s, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned>(static_cast<unsigned char>(s[k])); };
  const unsigned c = byte(i);
  if (c < 0x80) return (c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t' ? 1 : 0;
  const std::size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
  if (c < 0xc2 || c > 0xf4 || i + n > s.size()) return 0;
  unsigned code = c & (0x7fu >> n);
  for (std::size_t k = 1; k < n; ++k) {
    if ((byte(i + k) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i + k) & 0x3f);
  }
  const bool longer = (n == 3 && code < 0x800) || (n == 4 && code < 0x10000);
  const bool forbidden = (code >= 0xd800 && code < 0xe000) || code > 0x10ffff || code == 0xfffe || code == 0xffff || code < 0xa0;
  return longer || forbidden ? 0 : n;
}

}  // namespace

std::string clean(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size();) {
    const std::size_t n = letter_bytes(s, i);
    if (n) out += s.substr(i, n);
    else out += "\xef\xbf\xbd";
    i += n ? n : 1;
  }
  return out;
}

std::string xml(std::string_view s) {
  std::string out;
  for (const char c : clean(s)) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  return out;
}

std::string json(std::string_view s) {
  std::string out = "\"";
  for (const char c : clean(s)) switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '<': out += "\\u003c"; break;  // no end of a script
      default: out += c;
    }
  return out + "\"";
}

const char* name_of(item::kind k) noexcept {
  switch (k) {
    case item::kind::input: return "input";
    case item::kind::constant: return "constant";
    case item::kind::op: return "op";
    case item::kind::view: return "view";
    case item::kind::reduction: return "reduction";
    case item::kind::result: return "result";
    case item::kind::group: return "group";
    case item::kind::regions: return "regions";
    case item::kind::region: return "region";
    case item::kind::port: return "port";
  }
  return "";
}

colours colours_of(item::kind k) noexcept {
  switch (k) {
    case item::kind::input: return {"#e6f0fa", "#5b87b0"};
    case item::kind::constant: return {"#eeeeee", "#8a8a8a"};
    case item::kind::op: return {"#ffffff", "#5f5f5f"};
    case item::kind::view: return {"#ffffff", "#a8a8a8"};
    case item::kind::reduction: return {"#fff5d9", "#b08d3c"};
    case item::kind::result: return {"#e4f4e4", "#5a9a5a"};
    case item::kind::group: return {"#f4f4fb", "#8585b8"};
    case item::kind::regions: return {"#f3faf7", "#6aa58c"};
    case item::kind::region: return {"#fbfefc", "#a3c9b8"};
    case item::kind::port: return {"#8585b8", "#8585b8"};
  }
  return {"#ffffff", "#000000"};
}

// The more of the time, the more orange; a box around others is paler.
std::string fill_of(const item& i) {
  if (i.share <= 0) return colours_of(i.what).fill;
  const double s = std::sqrt(std::min(i.share, 1.0)) * (i.inside.empty() ? 0.75 : 0.25);
  const auto mix = [&](double to) { return static_cast<int>(255 + (to - 255) * s); };
  return format_text("#{:02x}{:02x}{:02x}", mix(255), mix(150), mix(60));
}

}  // namespace tendril::drawn
