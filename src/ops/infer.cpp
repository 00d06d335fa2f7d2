// Type inference: the dtype rules and shape rules that the rows of the op table name.
#include <algorithm>
#include <cmath>
#include <memory>

#include "array/format.hpp"
#include "ops/literals.hpp"
#include "ops/needs_fact.hpp"
#include "ops/op_table.hpp"

namespace tendril {
namespace detail {
namespace {

using shape_list = std::vector<extent>;

std::string_view op_name(const type_request& r) { return r.op.name; }

void require_accepted(const type_request& r, accepts a, dtype d) {
  if (d == dtype::unknown) return;
  const dtype_kind k = kind_of(d);
  const bool ok = a == accepts::any || (a == accepts::boolean && k == dtype_kind::boolean) ||
                  (a == accepts::integral && k == dtype_kind::integer) || (a == accepts::bits && k != dtype_kind::real) ||
                  (a == accepts::numeric && (k != dtype_kind::boolean || (r.rules && r.rules->bool_is_numeric)));
  if (ok) return;
  const char* expected = a == accepts::boolean    ? "bool"
                         : a == accepts::integral ? "an integer dtype"
                         : a == accepts::bits     ? "an integer dtype or bool"
                                                  : "a numeric dtype";
  const char* remedy = a == accepts::boolean ? "Compare first, as in x != 0." : "Convert with td::astype.";
  throw dtype_error(format_text("[{}] the dtype is not taken: got {}, expected {}. {}", op_name(r), name_of(d), expected, remedy));
}

dtype default_real(const type_request& r) { return r.rules ? r.rules->default_real : dtype::float64; }

// The dtype of the data operands together; unknown as soon as one of them is.
dtype together(const type_request& r) {
  // The rules see every operand; a list may have many.
  constexpr std::size_t few = 16;
  dtype few_dtypes[few];
  bool few_flags[2 * few];
  const bool many = r.rules && r.inputs.size() > few;
  const auto more_dtypes = many ? std::make_unique<dtype[]>(r.inputs.size()) : nullptr;
  const auto more_flags = many ? std::make_unique<bool[]>(2 * r.inputs.size()) : nullptr;
  dtype* dtypes = many ? more_dtypes.get() : few_dtypes;
  bool* weak = many ? more_flags.get() : few_flags;
  bool* rank0 = weak + (many ? r.inputs.size() : few);
  dtype strong = dtype::unknown, loose = dtype::unknown;
  bool any_strong = false;
  std::size_t n = 0;
  for (std::size_t i = 0; i < r.inputs.size(); ++i) {
    if (!r.present[i] || !is_data_operand(r.op, i)) continue;
    const type& t = r.inputs[i];
    if (t.dtype == dtype::unknown) return dtype::unknown;
    if (r.rules) {
      dtypes[n] = t.dtype;
      weak[n] = t.weak;
      rank0[n++] = t.ranked && t.shape.empty();
    }
    if (t.weak) loose = loose == dtype::unknown ? t.dtype : promote(loose, t.dtype);
    else {
      strong = any_strong ? promote(strong, t.dtype) : t.dtype;
      any_strong = true;
    }
  }
  if (r.rules && r.rules->together)
    if (const dtype d = r.rules->together(op_name(r), {dtypes, n}, {weak, n}, {rank0, n}); d != dtype::unknown) return d;
  if (!any_strong) return loose;
  if (loose == dtype::unknown || kind_of(loose) <= kind_of(strong)) return strong;
  return kind_of(loose) == dtype_kind::real ? default_real(r) : literal_dtype(loose);
}

dtype to_real(const type_request& r, dtype d) { return d == dtype::unknown || kind_of(d) == dtype_kind::real ? d : default_real(r); }

// The dtype option, else what it stands for.
dtype given_dtype(const type_request& r) {
  if (const dtype d = r.attrs.get_dtype("dtype"); d != dtype::unknown) return d;
  if (!r.inputs.empty()) return r.inputs.front().dtype;
  if (r.op.id == op_id::full) return r.attrs.get_scalar("fill_value").natural_dtype();
  if (r.op.id == op_id::arange) {
    dtype d = dtype::int64;
    for (const char* name : {"start", "stop", "step"})
      if (r.attrs.get_scalar(name).kind() == dtype_kind::real) d = default_real(r);
    return d;
  }
  return default_real(r);
}

// The dtype of the first result.
dtype result_dtype(const type_request& r) {
  const op_row& row = row_of(r.op.id);
  switch (row.dtype) {
    case dtype_rule::comparison:
    case dtype_rule::predicate: operand_dtype(r); return dtype::bool_;
    case dtype_rule::index: operand_dtype(r); return dtype::int64;
    case dtype_rule::same: {
      const dtype d = operand_dtype(r);  // a frontend's rules may convert even a lone operand
      return d == dtype::unknown ? r.inputs.front().dtype : d;
    }
    case dtype_rule::given: {
      const dtype d = given_dtype(r);
      if ((r.op.id == op_id::full || r.op.id == op_id::full_like) && may_not_fit(r.attrs.get_scalar("fill_value"))) settle_fill(r, d);
      return d;
    }
    default: return operand_dtype(r);
  }
}

bool all_known(const shape_list& s) {
  return std::all_of(s.begin(), s.end(), [](const extent& e) { return e.known(); });
}

struct shape_result {
  bool ranked = true;
  shape_list shape;
};
constexpr bool unranked = false;

shape_list matmul_shape(const type_request& r) {
  shape_list a = r.inputs[0].shape, b = r.inputs[1].shape;
  const auto spell = [](const type& t) { return to_string(t); };
  if (a.empty() || b.empty())
    throw shape_error(
        format_text("[matmul] an operand has rank 0: got {} and {}, expected rank 1 or more. Multiply by a scalar with td::multiply.",
                    spell(r.inputs[0]), spell(r.inputs[1])));
  const bool vector_a = a.size() == 1, vector_b = b.size() == 1;
  if (vector_a) a.insert(a.begin(), extent(1));
  if (vector_b) b.push_back(extent(1));
  const extent ka = a.back(), kb = b[b.size() - 2];
  if (ka.known() && kb.known() && ka.value != kb.value)
    throw shape_error(format_text(
        "[matmul] the inner extents differ: got {} and {}, expected the last extent of the first ({}) to equal the second to last of the second ({}). Transpose one with td::matrix_transpose.",
        spell(r.inputs[0]), spell(r.inputs[1]), ka.value, kb.value));
  shape_list out = broadcast("matmul", std::span(a).first(a.size() - 2), std::span(b).first(b.size() - 2));
  if (!vector_a) out.push_back(a[a.size() - 2]);
  if (!vector_b) out.push_back(b.back());
  return out;
}

// How many numbers from start, step apart, lie short of stop: counted in integers where all three are.
shape_list arange_shape(const type_request& r) {
  const scalar a = r.attrs.get_scalar("start"), b = r.attrs.get_scalar("stop"), s = r.attrs.get_scalar("step");
  if (s.real() == 0) throw error("[arange] the step is zero: got 0, expected a positive or negative step. Use td::full for a constant.");
  const auto require_count = [](bool fits, double n) {
    if (!fits)
      throw shape_error(
          format_text("[arange] the number of elements overflows: got {}, expected less than 2^59. Check start, stop and step.", n));
  };
  const dtype d = given_dtype(r);
  const auto require_held = [&](const scalar& number) {
    if (!holds(d, number)) throw_does_not_fit("arange", number, d);
  };
  if (a.kind() != dtype_kind::real && b.kind() != dtype_kind::real && s.kind() != dtype_kind::real) {
    const wide_integer start = wide(a), stop = wide(b), step = wide(s), size = step < 0 ? -step : step;
    const wide_integer way = step < 0 ? start - stop : stop - start, n = way > 0 ? (way - 1) / size + 1 : 0;
    require_count(n < wide_integer(1) << 59, static_cast<double>(n));
    if (n > 0)
      for (const wide_integer v : {start, start + (n - 1) * step})
        require_held(v < 0 ? scalar(static_cast<std::int64_t>(v)) : scalar(static_cast<std::uint64_t>(v)));
    return {extent(static_cast<std::int64_t>(n))};
  }
  const double n = std::ceil((b.real() - a.real()) / s.real());
  require_count(n < 0x1p59, n);
  if (!(n > 0)) return {extent(0)};
  for (const double v : {a.real(), a.real() + (n - 1) * s.real()}) require_held(v);
  return {extent(static_cast<std::int64_t>(n))};
}

shape_list reshape_shape(const type_request& r) {
  const auto& want = r.attrs.get_ints("shape");
  shape_list out;
  std::int64_t known = 1;
  int wildcard = -1;
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (want[i] == -1) {
      if (wildcard >= 0)
        throw shape_error(
            format_text("[reshape] more than one extent is -1: got {}, expected at most one. Give the others.", to_string(want)));
      wildcard = static_cast<int>(i);
      out.push_back(extent());
      continue;
    }
    out.push_back(extent(want[i]));
  }
  extents fixed;
  for (std::int64_t w : want)
    if (w != -1) fixed.push_back(w);
  known = element_count("reshape", fixed);
  const type& x = r.inputs[0];
  if (!x.ranked || !all_known(x.shape)) return out;
  extents have;
  for (const extent& e : x.shape) have.push_back(e.value);
  const std::int64_t n = element_count("reshape", have);
  if (wildcard >= 0) {
    if (known == 0 || n % known != 0)
      throw shape_error(
          format_text("[reshape] cannot view {} elements as {}: {} is not divisible by {}. Pass a shape whose product divides {}.", n,
                      to_string(want), n, known, n));
    out[static_cast<std::size_t>(wildcard)] = extent(n / known);
  } else if (known != n) {
    throw shape_error(format_text(
        "[reshape] cannot view {} elements as {}: got a product of {}, expected {}. Pass a shape with that product, or -1 for one extent.",
        n, to_string(want), known, n));
  }
  return out;
}

shape_list getitem_shape(const type_request& r) {
  const auto* key = r.attrs.find("key");
  const auto items = expand_ellipsis(std::get<std::vector<index_item>>(key->value), r.inputs[0].rank());
  shape_list out;
  std::size_t axis = 0;
  for (const index_item& i : items) {
    if (i.what == index_item::form::new_axis) {
      out.push_back(extent(1));
      continue;
    }
    const extent e = r.inputs[0].shape[axis];
    if (i.what == index_item::form::integer) {
      if (e.known() && (i.integer < -e.value || i.integer >= e.value))
        throw index_error(
            format_text("[getitem] index out of range: got {} on axis {}, expected {} <= index < {}. Check the extent with shape().",
                        i.integer, axis, -e.value, e.value));
    } else if (e.known()) {
      out.push_back(extent(resolve(i.range, e.value).count));
    } else {
      out.push_back(i.range.start.given() || i.range.stop.given() || i.range.step != 1 ? extent() : e);
    }
    ++axis;
  }
  return out;
}

shape_list concat_shape(const type_request& r) {
  if (r.inputs.empty())
    throw shape_error(format_text("[{}] no arrays: got an empty sequence, expected at least one. Pass the arrays to join.", op_name(r)));
  if (!r.attrs.has("axis")) {
    std::int64_t n = 0;
    for (const type& t : r.inputs) {
      std::int64_t k = 1;
      for (const extent& e : t.shape) {
        if (!e.known()) return {extent()};
        k *= e.value;
      }
      n += k;
    }
    return {extent(n)};
  }
  const int rank = r.inputs[0].rank();
  if (rank == 0) throw shape_error("[concat] an array has rank 0: got no axis to join along, expected rank 1 or more. Use td::stack.");
  const auto axis = static_cast<std::size_t>(normalize_axis("concat", r.attrs.get_int("axis"), rank));
  shape_list out = r.inputs[0].shape;
  for (std::size_t i = 1; i < r.inputs.size(); ++i) {
    const shape_list& s = r.inputs[i].shape;
    bool fits = s.size() == out.size();
    for (std::size_t k = 0; fits && k < s.size(); ++k) {
      if (k == axis) continue;
      if (s[k].known() && out[k].known() && s[k].value != out[k].value) fits = false;
      else if (!out[k].known()) out[k] = s[k];
    }
    if (!fits)
      throw shape_error(format_text(
          "[concat] the shapes differ beside axis {}: got {} and {} (array {}), expected equal extents there. Reshape or pad first.", axis,
          to_string(r.inputs[0]), to_string(r.inputs[i]), i));
    out[axis] = out[axis].known() && s[axis].known() ? extent(out[axis].value + s[axis].value) : extent();
  }
  return out;
}

// One shift along several axes, several along one, or one for each.
void check_roll(const type_request& r) {
  if (!r.attrs.has("axis") || !r.attrs.has("shift")) return;
  const std::size_t shifts = r.attrs.get_ints("shift").size(), axes = r.attrs.get_ints("axis").size();
  if (shifts != axes && shifts != 1 && axes != 1)
    throw shape_error(format_text(
        "[roll] shifts and axes do not pair: got {} shifts and {} axes, expected as many of one as of the other, or one. Pass a shift for each axis.",
        shifts, axes));
}

shape_list reduce_shape(const type_request& r) {
  const type& x = r.inputs[0];
  const auto axes = r.attrs.get_axes(op_name(r), x.rank());
  const bool keep = r.attrs.get_bool("keepdims");
  shape_list out;
  bool nothing = false;
  for (int i = 0; i < x.rank(); ++i) {
    const extent e = x.shape[static_cast<std::size_t>(i)];
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) out.push_back(e);
    else {
      nothing |= e.value == 0;
      if (keep) out.push_back(extent(1));
    }
  }
  const op_id id = r.op.id;
  if (nothing && (id == op_id::max || id == op_id::min || id == op_id::argmax || id == op_id::argmin))
    throw shape_error(
        format_text("[{}] nothing to reduce: got {}, expected extents of at least 1 along the reduced axes. There is no {} of nothing.",
                    op_name(r), to_string(x), op_name(r)));
  return out;
}

// ---- along one axis

std::size_t index_of(const type_request& r, std::string_view name = "axis") {
  return static_cast<std::size_t>(normalize_axis(op_name(r), r.attrs.get_int(name), r.inputs[0].rank()));
}

// The axis that may be left out where there is but one.
std::size_t only_axis(const type_request& r) {
  if (r.attrs.has("axis")) return index_of(r);
  if (r.inputs[0].rank() != 1)
    throw index_error(
        format_text("[{}] no axis is given: got {}, expected an axis unless the rank is 1. Pass .axis, or flatten with td::reshape.",
                    op_name(r), to_string(r.inputs[0])));
  return 0;
}

shape_list cumulative_shape(const type_request& r) {
  shape_list s = r.inputs[0].shape;
  extent& e = s[only_axis(r)];
  if (r.attrs.get_bool("include_initial") && e.known()) e = extent(e.value + 1);
  return s;
}

shape_list diff_shape(const type_request& r) {
  const std::int64_t n = r.attrs.get_int("n");
  if (n < 0) throw error(format_text("[diff] n is negative: got {}, expected 0 or more. Pass how many times to take differences.", n));
  shape_list s = r.inputs[0].shape;
  extent& e = s[index_of(r)];
  if (e.known()) e = extent(std::max<std::int64_t>(e.value - n, 0));
  return s;
}

shape_list searchsorted_shape(const type_request& r) {
  const std::string& side = r.attrs.get_string("side");
  if (side != "left" && side != "right")
    throw error(format_text("[searchsorted] unknown side: got \"{}\", expected \"left\" or \"right\". Pass one of these.", side));
  if (r.inputs[0].rank() != 1)
    throw shape_error(format_text("[searchsorted] what is searched has the wrong rank: got {}, expected rank 1. Search one row at a time.",
                                  to_string(r.inputs[0])));
  return r.inputs[1].shape;
}

void require_indices(const type_request& r) {
  if (const dtype d = r.inputs[1].dtype; d != dtype::unknown && (kind_of(d) != dtype_kind::integer || !is_signed(d)))
    throw dtype_error(format_text("[{}] the dtype of the indices is not taken: got {}, expected int32 or int64. Convert with td::astype.",
                                  op_name(r), name_of(d)));
}

shape_list take_shape(const type_request& r) {
  const auto axis = static_cast<std::ptrdiff_t>(only_axis(r));
  shape_list s = r.inputs[0].shape;
  s.erase(s.begin() + axis);
  s.insert(s.begin() + axis, r.inputs[1].shape.begin(), r.inputs[1].shape.end());
  return s;
}

shape_list along_shape(const type_request& r) {
  const std::size_t axis = index_of(r);
  if (r.inputs[1].rank() != r.inputs[0].rank())
    throw shape_error(
        format_text("[take_along_axis] the ranks differ: got {} and indices {}, expected equal ranks. Add axes with td::expand_dims.",
                    to_string(r.inputs[0]), to_string(r.inputs[1])));
  shape_list a = r.inputs[0].shape, b = r.inputs[1].shape;
  const extent along = b[axis];
  a[axis] = b[axis] = extent(1);
  shape_list s = broadcast("take_along_axis", a, b);
  s[axis] = along;
  return s;
}

shape_list repeat_shape(const type_request& r) {
  const std::int64_t n = r.attrs.get_int("repeats");
  if (n < 0) throw error(format_text("[repeat] the count is negative: got {}, expected 0 or more. Pass how often each element stands.", n));
  const auto times = [n](const extent& e) { return e.known() ? extent(element_count("repeat", extents{e.value, n})) : extent(); };
  if (!r.attrs.has("axis")) {
    extent all(1);
    for (const extent& e : r.inputs[0].shape) all = all.known() && e.known() ? extent(all.value * e.value) : extent();
    return {times(all)};
  }
  shape_list s = r.inputs[0].shape;
  extent& e = s[index_of(r)];
  e = times(e);
  return s;
}

shape_list tile_shape(const type_request& r) {
  const auto& n = r.attrs.get_ints("repetitions");
  for (const std::int64_t k : n)
    if (k < 0)
      throw error(
          format_text("[tile] a count is negative: got {}, expected 0 or more. Pass how often x stands along each axis.", to_string(n)));
  shape_list s = r.inputs[0].shape;
  if (s.size() < n.size()) s.insert(s.begin(), n.size() - s.size(), extent(1));
  for (std::size_t i = 0; i < n.size(); ++i) {
    extent& e = s[s.size() - n.size() + i];
    if (e.known()) e = extent(element_count("tile", extents{e.value, n[i]}));
  }
  return s;
}

shape_result result_shape(const type_request& r) {
  const shape_rule rule = row_of(r.op.id).shape;
  const auto full = [](const std::vector<std::int64_t>& want, std::string_view op) {
    element_count(op, want);
    return shape_result{true, shape_list(want.begin(), want.end())};
  };
  switch (rule) {
    case shape_rule::full: return full(r.attrs.get_ints("shape"), op_name(r));
    case shape_rule::eye: {
      const std::int64_t n = r.attrs.get_int("n_rows");
      const std::int64_t m = r.attrs.has("n_cols") ? r.attrs.get_int("n_cols") : n;
      return full({n, m}, "eye");
    }
    case shape_rule::arange: return {true, arange_shape(r)};
    case shape_rule::reshape: return {true, reshape_shape(r)};
    case shape_rule::broadcast_to: {
      const auto& want = r.attrs.get_ints("shape");
      element_count("broadcast_to", want);
      shape_list target(want.begin(), want.end());
      if (r.inputs[0].ranked) {
        bool fits = r.inputs[0].shape.size() <= target.size();
        for (std::size_t k = 0; fits && k < r.inputs[0].shape.size(); ++k) {
          const extent have = r.inputs[0].shape[r.inputs[0].shape.size() - 1 - k], need = target[target.size() - 1 - k];
          fits = !have.known() || have.value == 1 || have.value == need.value;
        }
        if (!fits)
          throw shape_error(format_text(
              "[broadcast_to] the shape does not broadcast: got {}, expected extents that are 1 or those of {}. Insert axes with td::expand_dims.",
              to_string(r.inputs[0]), to_string(want)));
      }
      return {true, target};
    }
    default: break;
  }
  if (rule == shape_rule::take || rule == shape_rule::along) require_indices(r);
  bool ranked = true;
  for (std::size_t i = 0; i < r.inputs.size(); ++i) ranked &= !r.present[i] || r.inputs[i].ranked;
  if (!ranked) {
    if (rule == shape_rule::reduce && !r.attrs.has("axis") && !r.attrs.get_bool("keepdims")) return {true, {}};
    if (rule == shape_rule::unstack) throw needs_fact{"unstack needs the extent of its axis, which is known only from arguments"};
    return {unranked, {}};
  }
  const int rank = r.inputs.empty() ? 0 : r.inputs[0].rank();
  switch (rule) {
    case shape_rule::broadcast: {
      shape_list s;
      bool first = true;
      for (std::size_t i = 0; i < r.inputs.size(); ++i) {
        if (!r.present[i]) continue;
        const shape_list& own = r.inputs[i].shape;
        if (std::exchange(first, false)) s = own;
        else if (s != own) s = broadcast(op_name(r), s, own);
      }
      return {true, std::move(s)};
    }
    case shape_rule::same:
      for (const char* name : {"axis"})
        if (r.attrs.has(name)) r.attrs.get_axes(op_name(r), rank, name);
      if (r.op.id == op_id::roll) check_roll(r);
      return {true, r.inputs[0].shape};
    case shape_rule::reduce: return {true, reduce_shape(r)};
    case shape_rule::matmul: return {true, matmul_shape(r)};
    case shape_rule::matrix_transpose: {
      if (rank < 2)
        throw shape_error(
            format_text("[matrix_transpose] the rank is too low: got {}, expected rank 2 or more. Add an axis with td::expand_dims.",
                        to_string(r.inputs[0])));
      shape_list s = r.inputs[0].shape;
      std::swap(s[s.size() - 1], s[s.size() - 2]);
      return {true, s};
    }
    case shape_rule::permute: {
      const auto order = normalize_axes("permute_dims", r.attrs.get_ints("axes"), rank);
      if (static_cast<int>(order.size()) != rank)
        throw index_error(format_text("[permute_dims] wrong number of axes: got {}, expected all {} axes of {}. Name every axis once.",
                                      to_string(r.attrs.get_ints("axes")), rank, to_string(r.inputs[0])));
      shape_list s;
      for (auto a : order) s.push_back(r.inputs[0].shape[static_cast<std::size_t>(a)]);
      return {true, s};
    }
    case shape_rule::expand_dims: {
      const auto& at = r.attrs.get_ints("axis");
      const auto places = normalize_axes("expand_dims", at, rank + static_cast<int>(at.size()));
      shape_list s(static_cast<std::size_t>(rank) + at.size());
      std::size_t k = 0;
      for (std::size_t i = 0; i < s.size(); ++i)
        s[i] = std::find(places.begin(), places.end(), static_cast<std::int64_t>(i)) != places.end() ? extent(1) : r.inputs[0].shape[k++];
      return {true, s};
    }
    case shape_rule::squeeze: {
      const auto gone = normalize_axes("squeeze", r.attrs.get_ints("axis"), rank);
      shape_list s;
      for (int i = 0; i < rank; ++i) {
        const extent e = r.inputs[0].shape[static_cast<std::size_t>(i)];
        if (std::find(gone.begin(), gone.end(), i) == gone.end()) s.push_back(e);
        else if (e.known() && e.value != 1)
          throw shape_error(
              format_text("[squeeze] axis {} cannot go: got extent {}, expected 1. Reduce or index the axis instead.", i, e.value));
      }
      return {true, s};
    }
    case shape_rule::getitem: return {true, getitem_shape(r)};
    case shape_rule::concat: return {true, concat_shape(r)};
    case shape_rule::stack: {
      if (r.inputs.empty()) throw shape_error("[stack] no arrays: got an empty sequence, expected at least one. Pass the arrays to join.");
      for (const type& t : r.inputs)
        if (t.shape != r.inputs[0].shape && all_known(t.shape) && all_known(r.inputs[0].shape))
          throw shape_error(format_text("[stack] the shapes differ: got {} and {}, expected equal shapes. Broadcast them first.",
                                        to_string(r.inputs[0]), to_string(t)));
      const auto axis = normalize_axis("stack", r.attrs.get_int("axis"), rank + 1);
      shape_list s = r.inputs[0].shape;
      s.insert(s.begin() + axis, extent(static_cast<std::int64_t>(r.inputs.size())));
      return {true, s};
    }
    case shape_rule::unstack: {
      const auto axis = normalize_axis("unstack", r.attrs.get_int("axis"), rank);
      if (!r.inputs[0].shape[static_cast<std::size_t>(axis)].known())
        throw needs_fact{"unstack needs the extent of its axis, which is known only from arguments"};
      shape_list s = r.inputs[0].shape;
      s.erase(s.begin() + axis);
      return {true, s};
    }
    case shape_rule::cumulative: return {true, cumulative_shape(r)};
    case shape_rule::diff: return {true, diff_shape(r)};
    case shape_rule::searchsorted: return {true, searchsorted_shape(r)};
    case shape_rule::take: return {true, take_shape(r)};
    case shape_rule::along: return {true, along_shape(r)};
    case shape_rule::repeat: return {true, repeat_shape(r)};
    case shape_rule::tile: return {true, tile_shape(r)};
    default: break;
  }
  throw internal_error(format_text("[{}] the op has no shape rule", op_name(r)));
}

}  // namespace

bool is_data_operand(const op_record& op, std::size_t index) noexcept {
  if (op.id == op_id::where) return index > 0;
  return (op.id != op_id::take && op.id != op_id::take_along_axis) || index == 0;
}

std::size_t first_data_operand(const op_record& op) noexcept { return is_data_operand(op, 0) ? 0 : 1; }

dtype operand_dtype(const type_request& r) {
  const op_row& row = row_of(r.op.id);
  if (r.op.id == op_id::where && r.inputs[0].dtype != dtype::unknown && r.inputs[0].dtype != dtype::bool_)
    throw dtype_error(format_text("[where] the condition is no condition: got {}, expected bool. Compare first, as in x != 0.",
                                  name_of(r.inputs[0].dtype)));
  const dtype d = together(r);
  require_accepted(r, row.accepts, d);
  switch (row.dtype) {
    case dtype_rule::floating: return to_real(r, d);
    case dtype_rule::sum_of:
      if (const dtype given = r.attrs.get_dtype("dtype"); given != dtype::unknown) {
        require_accepted(r, accepts::numeric, given);
        return given;
      }
      if (kind_of(d) == dtype_kind::boolean || (kind_of(d) == dtype_kind::integer && !(r.rules && !r.rules->integer_sums_to_int64)))
        return dtype::int64;
      return d;
    case dtype_rule::given: return dtype::unknown;
    case dtype_rule::index: return r.op.is(trait::search) ? computes_in(d) : d;
    case dtype_rule::predicate: return r.op.id == op_id::any || r.op.id == op_id::all ? dtype::bool_ : d;
    default: return d;
  }
}

resolved_slice resolve(const slice& s, std::int64_t n) {
  if (s.step == 0)
    throw index_error("[getitem] the step of a slice is zero: got 0, expected a positive or negative step. Leave it out for 1.");
  const auto clamp = [&](std::int64_t v, std::int64_t low, std::int64_t high) { return std::clamp(v < 0 ? v + n : v, low, high); };
  if (s.step > 0) {
    const std::int64_t a = s.start.given() ? clamp(s.start.value(), 0, n) : 0, b = s.stop.given() ? clamp(s.stop.value(), 0, n) : n;
    return {a, b > a ? (b - a - 1) / s.step + 1 : 0, s.step};
  }
  const std::int64_t a = s.start.given() ? clamp(s.start.value(), -1, n - 1) : n - 1,
                     b = s.stop.given() ? clamp(s.stop.value(), -1, n - 1) : -1;
  return {a, a > b ? (b - a + 1) / s.step + 1 : 0, s.step};
}

std::vector<index_item> expand_ellipsis(const std::vector<index_item>& key, int rank) {
  int used = 0, dots = 0;
  for (const index_item& i : key) {
    used += i.what == index_item::form::integer || i.what == index_item::form::range;
    dots += i.what == index_item::form::dots;
  }
  if (dots > 1) throw index_error("[getitem] more than one ellipsis: got several, expected at most one. Write full slices for the others.");
  if (used > rank)
    throw index_error(
        format_text("[getitem] too many indices: got {} for an array of rank {}, expected at most {}. Drop some.", used, rank, rank));
  std::vector<index_item> out;
  const auto fill = [&] { out.insert(out.end(), static_cast<std::size_t>(rank - used), index_item(slice())); };
  for (const index_item& i : key)
    if (i.what == index_item::form::dots) fill();
    else out.push_back(i);
  if (!dots) fill();
  return out;
}

}  // namespace detail

std::vector<type> infer(const type_request& r) {
  if (r.op.infer) return r.op.infer(r);
  if (r.op.id == op_id::custom && !r.op.is(trait::elementwise)) return detail::types_of_decomposition(r);
  if (r.op.id == op_id::custom) {  // elementwise: operands promote together, shapes broadcast
    type t;
    t.ranked = true;
    t.dtype = detail::together(r);
    for (std::size_t i = 0; i < r.inputs.size(); ++i) {
      if (!r.present[i]) continue;
      t.ranked &= r.inputs[i].ranked;
      if (t.ranked) t.shape = broadcast(r.op.name, t.shape, r.inputs[i].shape);
    }
    if (!t.ranked) t.shape.clear();
    return {t};
  }
  if (r.op.id == op_id::constant || r.op.id == op_id::group)
    throw internal_error(format_text("[{}] its type is given, not inferred", r.op.name));
  type t;
  t.dtype = detail::result_dtype(r);
  detail::shape_result s = detail::result_shape(r);
  t.ranked = s.ranked;
  t.shape = std::move(s.shape);
  if (t.ranked && t.rank() > max_rank)
    throw shape_error(
        format_text("[{}] the rank is too high: got {}, expected at most {}. Merge axes with td::reshape.", r.op.name, t.rank(), max_rank));
  std::size_t count = 1;
  if (detail::row_of(r.op.id).returns == detail::returns::two) count = 2;
  if (detail::row_of(r.op.id).returns == detail::returns::many) {
    const auto axis = normalize_axis(r.op.name, r.attrs.get_int("axis"), r.inputs[0].rank());
    count = static_cast<std::size_t>(r.inputs[0].shape[static_cast<std::size_t>(axis)].value);
  }
  std::vector<type> all;
  all.reserve(count);
  while (all.size() + 1 < count) all.push_back(t);
  if (count) all.push_back(std::move(t));
  return all;
}

}  // namespace tendril
