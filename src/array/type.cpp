// Dtypes, types, promotion and broadcasting.
#include <tendril/type.hpp>

#include <algorithm>
#include <type_traits>

#include <tendril/detail/with_dtype.hpp>

#include "array/format.hpp"

namespace tendril {
namespace {

struct dtype_info {
  std::string_view name;
  std::size_t size;
  dtype_kind kind;
  bool is_signed;
  dtype computes_in;
};
constexpr dtype_info infos[] = {
    {"?", 0, dtype_kind::unknown, false, dtype::unknown},
#define TENDRIL_DTYPE(name, type, text, kind, is_signed, bytes, computes_in) {text, bytes, dtype_kind::kind, is_signed, dtype::computes_in},
#include <tendril/dtypes.def>
};
#define TENDRIL_DTYPE(name, type, text, kind, is_signed, bytes, computes_in) \
  static_assert(sizeof(type) == bytes && std::is_signed_v<type> == is_signed, "dtypes.def: a row that differs from its C++ type");
#include <tendril/dtypes.def>

// What promotion stands on: of two integer dtypes the wider one has all values of the other.
consteval bool wider_has_sign() {
  for (const dtype_info& a : infos)
    for (const dtype_info& b : infos)
      if (a.kind == dtype_kind::integer && b.kind == dtype_kind::integer && !a.is_signed && b.is_signed && b.size <= a.size) return false;
  return true;
}
static_assert(wider_has_sign(), "dtypes.def: promotion of two integer dtypes is not the wider of them");

const dtype_info& info(dtype d) noexcept { return infos[static_cast<std::size_t>(d)]; }

}  // namespace

std::string_view name_of(dtype d) noexcept { return info(d).name; }
std::size_t size_of(dtype d) noexcept { return info(d).size; }
int bits_of(dtype d) noexcept { return static_cast<int>(info(d).size * 8); }
dtype_kind kind_of(dtype d) noexcept { return info(d).kind; }
bool is_signed(dtype d) noexcept { return info(d).is_signed; }
dtype computes_in(dtype d) noexcept { return info(d).computes_in; }
std::string to_string(dtype d) { return std::string(name_of(d)); }

void detail::throw_no_type(dtype d, dtype_kind low) {
  throw internal_error(format_text("[dtype] code for {} was asked for {}, which it does not take",
                                   low == dtype_kind::real      ? "reals"
                                   : low == dtype_kind::integer ? "numbers"
                                                                : "elements",
                                   name_of(d)));
}

std::string to_string(std::span<const std::int64_t> shape) {
  return shape.size() == 1 ? format_text("({},)", shape[0]) : format_text("({})", joined(shape, ", "));
}

std::string to_string(const type& t) {
  std::string s = t.weak ? "weak " : "";
  s += name_of(t.dtype);
  if (!t.ranked) return s + "[...]";
  s += '[';
  for (std::size_t i = 0; i < t.shape.size(); ++i) {
    if (i) s += ", ";
    const extent& e = t.shape[i];
    s += e.known() ? std::to_string(e.value) : "?";
  }
  return s + ']';
}

type type::of(tendril::dtype dt, std::span<const std::int64_t> shape) {
  type t;
  t.dtype = dt;
  t.ranked = true;
  t.shape.assign(shape.begin(), shape.end());
  return t;
}

bool type::complete() const {
  return dtype != tendril::dtype::unknown && ranked && std::all_of(shape.begin(), shape.end(), [](const extent& e) { return e.known(); });
}

extents type::known_extents() const {
  if (!complete()) throw internal_error(format_text("[type] the extents of {} are not all known", to_string(*this)));
  extents e;
  e.reserve(shape.size());
  for (const extent& x : shape) e.push_back(x.value);
  return e;
}

dtype promote(dtype a, dtype b) noexcept {
  if (a == dtype::unknown || b == dtype::unknown) return dtype::unknown;
  if (kind_of(a) != kind_of(b)) return kind_of(a) > kind_of(b) ? a : b;
  return size_of(a) >= size_of(b) ? a : b;
}

std::vector<extent> broadcast(std::string_view op, std::span<const extent> a, std::span<const extent> b) {
  const auto spell = [](std::span<const extent> s) {
    type t;
    t.ranked = true;
    t.shape.assign(s.begin(), s.end());
    std::string text = to_string(t);
    text = "(" + text.substr(2, text.size() - 3) + (s.size() == 1 ? ",)" : ")");
    return text;
  };
  const std::size_t rank = std::max(a.size(), b.size());
  std::vector<extent> out(rank);
  for (std::size_t k = 0; k < rank; ++k) {
    const extent x = k < a.size() ? a[a.size() - 1 - k] : extent(1);
    const extent y = k < b.size() ? b[b.size() - 1 - k] : extent(1);
    extent& r = out[rank - 1 - k];
    if (x == y) r = x;
    else if (x.value == 1) r = y;
    else if (y.value == 1) r = x;
    else if (!x.known() && !y.known()) r = extent();
    else if (!x.known()) r = y;
    else if (!y.known()) r = x;
    else
      throw shape_error(format_text(
          "[{}] shapes do not broadcast: got {} and {}, expected extents that are equal or 1 counted from the last. Reshape one operand or "
          "insert axes with td::expand_dims.",
          op, spell(a), spell(b)));
  }
  return out;
}

std::int64_t element_count(std::string_view op, std::span<const std::int64_t> shape) {
  std::int64_t n = 1;
  bool zero = false, overflow = false;
  for (std::int64_t e : shape) {
    if (e < 0)
      throw shape_error(format_text("[{}] an extent is negative: got {}, expected extents of at least 0. Pass the intended extents.", op,
                                    to_string(shape)));
    zero |= e == 0;
    if (!zero && __builtin_mul_overflow(n, e, &n)) overflow = true;
  }
  if (zero) return 0;
  // Byte sizes are computed from counts everywhere, so leave room for the widest element.
  if (overflow || n > INT64_MAX / 16)
    throw shape_error(format_text(
        "[{}] the number of elements overflows: got shape {}, expected a product below 2^59. Use smaller extents.", op, to_string(shape)));
  return n;
}

std::int64_t normalize_axis(std::string_view op, std::int64_t axis, int rank) {
  if (axis < -rank || axis >= rank)
    throw index_error(
        rank == 0 ? format_text("[{}] axis out of range: got {} for an array of rank 0, which has no axes. Leave the axis out.", op, axis)
                  : format_text("[{}] axis out of range: got {}, expected {} <= axis < {}. Axes count from 0, negative ones from the end.",
                                op, axis, -rank, rank));
  return axis < 0 ? axis + rank : axis;
}

std::vector<std::int64_t> normalize_axes(std::string_view op, std::span<const std::int64_t> axes, int rank) {
  std::vector<std::int64_t> out;
  out.reserve(axes.size());
  for (std::int64_t a : axes) {
    const std::int64_t n = normalize_axis(op, a, rank);
    if (std::find(out.begin(), out.end(), n) != out.end())
      throw index_error(
          format_text("[{}] axis {} is repeated: got {}, expected distinct axes. Name each axis once.", op, n, to_string(axes)));
    out.push_back(n);
  }
  return out;
}

}  // namespace tendril
