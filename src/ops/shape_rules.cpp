// The shape rules that rows of the op table name.
#include "ops/shape_rules.hpp"

#include <algorithm>
#include <cmath>

#include "array/format.hpp"
#include "ops/indexing.hpp"
#include "ops/literals.hpp"
#include "ops/needs_fact.hpp"
#include "ops/op_table.hpp"

namespace tendril::detail::shape_rules {
namespace {

using shape_list = std::vector<extent>;

std::string_view op_name(const type_request& r) { return r.op.name; }

bool all_known(const shape_list& s) {
  return std::all_of(s.begin(), s.end(), [](const extent& e) { return e.known(); });
}

/// Whether the rank of every operand is known.
bool ranked(const type_request& r) {
  for (std::size_t i = 0; i < r.inputs.size(); ++i)
    if (r.present[i] && !r.inputs[i].ranked) return false;
  return true;
}

shape_list counted(std::string_view op, const std::vector<std::int64_t>& want) {
  element_count(op, want);
  return {want.begin(), want.end()};
}

std::size_t axis_of(const type_request& r) {
  return static_cast<std::size_t>(normalize_axis(op_name(r), r.attrs.get_int("axis"), r.inputs[0].rank()));
}

// The axis that may be left out where there is but one.
std::size_t only_axis(const type_request& r) {
  if (r.attrs.has("axis")) return axis_of(r);
  if (r.inputs[0].rank() != 1)
    throw index_error(
        format_text("[{}] no axis is given: got {}, expected an axis unless the rank is 1. Pass .axis, or flatten with td::reshape.",
                    op_name(r), to_string(r.inputs[0])));
  return 0;
}

void require_indices(const type_request& r) {
  if (const dtype d = r.inputs[1].dtype; d != dtype::unknown && (kind_of(d) != dtype_kind::integer || !is_signed(d)))
    throw dtype_error(format_text("[{}] the dtype of the indices is not taken: got {}, expected int32 or int64. Convert with td::astype.",
                                  op_name(r), name_of(d)));
}

}  // namespace

// ---- elementwise

shape broadcast(const type_request& r) {
  if (!ranked(r)) return {};
  shape_list s;
  bool first = true;
  for (std::size_t i = 0; i < r.inputs.size(); ++i) {
    if (!r.present[i]) continue;
    const shape_list& own = r.inputs[i].shape;
    if (std::exchange(first, false)) s = own;
    else if (s != own) s = tendril::broadcast(op_name(r), s, own);
  }
  return s;
}

shape same(const type_request& r) {
  if (!ranked(r)) return {};
  if (r.attrs.has("axis")) r.attrs.get_axes(op_name(r), r.inputs[0].rank());
  return r.inputs[0].shape;
}

// ---- reductions and products

shape reduce(const type_request& r) {
  const type& x = r.inputs[0];
  if (!x.ranked) return !r.attrs.has("axis") && !r.attrs.get_bool("keepdims") ? shape(shape_list()) : std::nullopt;
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
  if (nothing && r.op.is(trait::nonempty))
    throw shape_error(
        format_text("[{}] nothing to reduce: got {}, expected extents of at least 1 along the reduced axes. There is no {} of nothing.",
                    op_name(r), to_string(x), op_name(r)));
  return out;
}

shape matmul(const type_request& r) {
  if (!ranked(r)) return {};
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
  shape_list out = tendril::broadcast("matmul", std::span(a).first(a.size() - 2), std::span(b).first(b.size() - 2));
  if (!vector_a) out.push_back(a[a.size() - 2]);
  if (!vector_b) out.push_back(b.back());
  return out;
}

shape matrix_transpose(const type_request& r) {
  if (!ranked(r)) return {};
  shape_list s = r.inputs[0].shape;
  if (s.size() < 2)
    throw shape_error(
        format_text("[matrix_transpose] the rank is too low: got {}, expected rank 2 or more. Add an axis with td::expand_dims.",
                    to_string(r.inputs[0])));
  std::swap(s[s.size() - 1], s[s.size() - 2]);
  return s;
}

// ---- shape

shape reshape(const type_request& r) {
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

shape broadcast_to(const type_request& r) {
  shape_list target = counted("broadcast_to", r.attrs.get_ints("shape"));
  if (!r.inputs[0].ranked) return target;
  const shape_list& own = r.inputs[0].shape;
  bool fits = own.size() <= target.size();
  for (std::size_t k = 0; fits && k < own.size(); ++k) {
    const extent have = own[own.size() - 1 - k], need = target[target.size() - 1 - k];
    fits = !have.known() || have.value == 1 || have.value == need.value;
  }
  if (!fits)
    throw shape_error(format_text(
        "[broadcast_to] the shape does not broadcast: got {}, expected extents that are 1 or those of {}. Insert axes with td::expand_dims.",
        to_string(r.inputs[0]), to_string(r.attrs.get_ints("shape"))));
  return target;
}

shape permute(const type_request& r) {
  if (!ranked(r)) return {};
  const int rank = r.inputs[0].rank();
  const auto order = normalize_axes("permute_dims", r.attrs.get_ints("axes"), rank);
  if (static_cast<int>(order.size()) != rank)
    throw index_error(format_text("[permute_dims] wrong number of axes: got {}, expected all {} axes of {}. Name every axis once.",
                                  to_string(r.attrs.get_ints("axes")), rank, to_string(r.inputs[0])));
  shape_list s;
  for (auto a : order) s.push_back(r.inputs[0].shape[static_cast<std::size_t>(a)]);
  return s;
}

shape expand_dims(const type_request& r) {
  if (!ranked(r)) return {};
  const shape_list& own = r.inputs[0].shape;
  const auto& at = r.attrs.get_ints("axis");
  shape_list s(own.size() + at.size());
  const auto places = normalize_axes("expand_dims", at, static_cast<int>(s.size()));
  std::size_t k = 0;
  for (std::size_t i = 0; i < s.size(); ++i)
    s[i] = std::find(places.begin(), places.end(), static_cast<std::int64_t>(i)) != places.end() ? extent(1) : own[k++];
  return s;
}

shape squeeze(const type_request& r) {
  if (!ranked(r)) return {};
  const int rank = r.inputs[0].rank();
  const auto gone = normalize_axes("squeeze", r.attrs.get_ints("axis"), rank);
  shape_list s;
  for (int i = 0; i < rank; ++i) {
    const extent e = r.inputs[0].shape[static_cast<std::size_t>(i)];
    if (std::find(gone.begin(), gone.end(), i) == gone.end()) s.push_back(e);
    else if (e.known() && e.value != 1)
      throw shape_error(
          format_text("[squeeze] axis {} cannot go: got extent {}, expected 1. Reduce or index the axis instead.", i, e.value));
  }
  return s;
}

shape getitem(const type_request& r) {
  if (!ranked(r)) return {};
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

// One shift along several axes, several along one, or one for each.
shape roll(const type_request& r) {
  if (r.attrs.has("axis") && r.attrs.has("shift")) {
    const std::size_t shifts = r.attrs.get_ints("shift").size(), axes = r.attrs.get_ints("axis").size();
    if (shifts != axes && shifts != 1 && axes != 1)
      throw shape_error(format_text(
          "[roll] shifts and axes do not pair: got {} shifts and {} axes, expected as many of one as of the other, or one. Pass a shift for each axis.",
          shifts, axes));
  }
  return same(r);
}

// ---- several arrays

shape concat(const type_request& r) {
  if (!ranked(r)) return {};
  if (r.inputs.empty())
    throw shape_error(format_text("[{}] no arrays: got an empty sequence, expected at least one. Pass the arrays to join.", op_name(r)));
  if (!r.attrs.has("axis")) {
    std::int64_t n = 0;
    for (const type& t : r.inputs) {
      std::int64_t k = 1;
      for (const extent& e : t.shape) {
        if (!e.known()) return shape_list{extent()};
        k *= e.value;
      }
      n += k;
    }
    return shape_list{extent(n)};
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

shape stack(const type_request& r) {
  if (!ranked(r)) return {};
  if (r.inputs.empty()) throw shape_error("[stack] no arrays: got an empty sequence, expected at least one. Pass the arrays to join.");
  for (const type& t : r.inputs)
    if (t.shape != r.inputs[0].shape && all_known(t.shape) && all_known(r.inputs[0].shape))
      throw shape_error(format_text("[stack] the shapes differ: got {} and {}, expected equal shapes. Broadcast them first.",
                                    to_string(r.inputs[0]), to_string(t)));
  shape_list s = r.inputs[0].shape;
  const auto axis = normalize_axis("stack", r.attrs.get_int("axis"), static_cast<int>(s.size()) + 1);
  s.insert(s.begin() + axis, extent(static_cast<std::int64_t>(r.inputs.size())));
  return s;
}

shape unstack(const type_request& r) {
  const auto unknown = [] { return needs_fact{"unstack needs the extent of its axis, which is known only from arguments"}; };
  if (!ranked(r)) throw unknown();
  shape_list s = r.inputs[0].shape;
  const auto axis = static_cast<std::ptrdiff_t>(axis_of(r));
  if (!s[static_cast<std::size_t>(axis)].known()) throw unknown();
  s.erase(s.begin() + axis);
  return s;
}

// ---- along one axis

shape cumulative(const type_request& r) {
  if (!ranked(r)) return {};
  shape_list s = r.inputs[0].shape;
  extent& e = s[only_axis(r)];
  if (r.attrs.get_bool("include_initial") && e.known()) e = extent(e.value + 1);
  return s;
}

shape diff(const type_request& r) {
  if (!ranked(r)) return {};
  const std::int64_t n = r.attrs.get_int("n");
  if (n < 0) throw error(format_text("[diff] n is negative: got {}, expected 0 or more. Pass how many times to take differences.", n));
  shape_list s = r.inputs[0].shape;
  extent& e = s[axis_of(r)];
  if (e.known()) e = extent(std::max<std::int64_t>(e.value - n, 0));
  return s;
}

shape searchsorted(const type_request& r) {
  if (!ranked(r)) return {};
  const std::string& side = r.attrs.get_string("side");
  if (side != "left" && side != "right")
    throw error(format_text("[searchsorted] unknown side: got \"{}\", expected \"left\" or \"right\". Pass one of these.", side));
  if (r.inputs[0].rank() != 1)
    throw shape_error(format_text("[searchsorted] what is searched has the wrong rank: got {}, expected rank 1. Search one row at a time.",
                                  to_string(r.inputs[0])));
  return r.inputs[1].shape;
}

shape take(const type_request& r) {
  require_indices(r);
  if (!ranked(r)) return {};
  const auto axis = static_cast<std::ptrdiff_t>(only_axis(r));
  shape_list s = r.inputs[0].shape;
  s.erase(s.begin() + axis);
  s.insert(s.begin() + axis, r.inputs[1].shape.begin(), r.inputs[1].shape.end());
  return s;
}

shape along(const type_request& r) {
  require_indices(r);
  if (!ranked(r)) return {};
  const std::size_t axis = axis_of(r);
  if (r.inputs[1].rank() != r.inputs[0].rank())
    throw shape_error(
        format_text("[take_along_axis] the ranks differ: got {} and indices {}, expected equal ranks. Add axes with td::expand_dims.",
                    to_string(r.inputs[0]), to_string(r.inputs[1])));
  shape_list a = r.inputs[0].shape, b = r.inputs[1].shape;
  const extent along = b[axis];
  a[axis] = b[axis] = extent(1);
  shape_list s = tendril::broadcast("take_along_axis", a, b);
  s[axis] = along;
  return s;
}

// The updates go where take_along_axis would take them from, but x does not broadcast.
shape scatter(const type_request& r) {
  require_indices(r);
  const std::string& combine = r.attrs.get_string("combine");
  if (combine != "set" && combine != "add")
    throw error(format_text("[scatter] unknown way to combine: got \"{}\", expected \"set\" or \"add\". Pass one of these.", combine));
  if (!ranked(r)) return {};
  const shape_list &x = r.inputs[0].shape, &indices = r.inputs[1].shape, &updates = r.inputs[2].shape;
  const std::size_t axis = axis_of(r);
  bool fits = indices.size() == x.size() && updates.size() <= x.size();
  for (std::size_t k = 0; fits && k < x.size(); ++k)
    fits = k == axis || !indices[k].known() || !x[k].known() || indices[k].value == 1 || indices[k].value == x[k].value;
  for (std::size_t k = 1; fits && k <= updates.size(); ++k) {
    const std::size_t at = x.size() - k;
    const extent u = updates[updates.size() - k], there = at == axis ? indices[at] : x[at];
    fits = !u.known() || !there.known() || u.value == 1 || u.value == there.value;
  }
  if (!fits)
    throw shape_error(
        format_text("[scatter] the shapes do not fit: got {}, indices {} and updates {}, expected indices of x's rank, and both "
                    "with extents that are 1 or x's, but along axis {}. Add axes with td::expand_dims.",
                    to_string(r.inputs[0]), to_string(r.inputs[1]), to_string(r.inputs[2]), axis));
  return x;
}

shape repeat(const type_request& r) {
  if (!ranked(r)) return {};
  const std::int64_t n = r.attrs.get_int("repeats");
  if (n < 0) throw error(format_text("[repeat] the count is negative: got {}, expected 0 or more. Pass how often each element stands.", n));
  const auto times = [n](const extent& e) { return e.known() ? extent(element_count("repeat", extents{e.value, n})) : extent(); };
  if (!r.attrs.has("axis")) {
    extent all(1);
    for (const extent& e : r.inputs[0].shape) all = all.known() && e.known() ? extent(all.value * e.value) : extent();
    return shape_list{times(all)};
  }
  shape_list s = r.inputs[0].shape;
  extent& e = s[axis_of(r)];
  e = times(e);
  return s;
}

shape tile(const type_request& r) {
  if (!ranked(r)) return {};
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

// ---- creation

shape full(const type_request& r) { return counted(op_name(r), r.attrs.get_ints("shape")); }

shape eye(const type_request& r) {
  const std::int64_t n = r.attrs.get_int("n_rows");
  return counted("eye", {n, r.attrs.has("n_cols") ? r.attrs.get_int("n_cols") : n});
}

// How many numbers from start, step apart, lie short of stop: counted in integers where all three are.
shape arange(const type_request& r) {
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
    return shape_list{extent(static_cast<std::int64_t>(n))};
  }
  const double n = std::ceil((b.real() - a.real()) / s.real());
  require_count(n < 0x1p59, n);
  if (!(n > 0)) return shape_list{extent(0)};
  for (const double v : {a.real(), a.real() + (n - 1) * s.real()}) require_held(v);
  return shape_list{extent(static_cast<std::int64_t>(n))};
}

}  // namespace tendril::detail::shape_rules
