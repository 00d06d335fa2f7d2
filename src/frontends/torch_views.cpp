// Views of the torch frontend: what is put into one is in what it was made of, too.
//
// A graph has no side effects. So a tensor is a name of a cell, which holds a value. The cell of a view knows that of its base, and the op
// that made it. To put something into a view is to make the base anew with a part replaced, and so on to the end of the chain, the root,
// which counts what was put into it. Other views of it are made again when somebody asks for them. Where nothing is put into anything,
// nothing is recorded but what the function calls.
#include <algorithm>
#include <atomic>
#include <mutex>

#include <tendril/detail/op_id.hpp>

#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "frontends/torch_ops.hpp"
#include "frontends/windows.hpp"
#include "ops/indexing.hpp"
#include "ops/view_ops.hpp"

namespace tendril::frontends::torch {
namespace {

using list = std::vector<std::int64_t>;
using key_items = std::vector<index_item>;

// Where the elements of a view lie among those of its root, which are row-major.
struct layout {
  list shape, strides;
  std::int64_t offset = 0;

  explicit layout(const extents& row_major) : shape(row_major.begin(), row_major.end()), strides(shape.size()) {
    std::int64_t step = 1;
    for (std::size_t i = shape.size(); i-- > 0; step *= shape[i]) strides[i] = step;
  }
  bool row_major() const {
    std::int64_t step = 1;
    for (std::size_t i = shape.size(); i-- > 0; step *= shape[i])
      if (shape[i] == 0) return true;
      else if (shape[i] != 1 && strides[i] != step) return false;
    return true;
  }
  // Whether the same elements can be seen in another shape.
  bool reshape(const extents& wanted) {
    array_view in, out;
    in.dtype = dtype::uint8;
    in.rank = static_cast<int>(shape.size());
    std::copy(shape.begin(), shape.end(), in.shape);
    std::copy(strides.begin(), strides.end(), in.strides);
    if (!engine::view_of(op_id::reshape, {{"copy", false}}, in, {wanted.data(), wanted.size()}, out)) return false;
    shape.assign(wanted.begin(), wanted.end());
    strides.assign(out.strides, out.strides + out.rank);
    return true;
  }
  void part(const key_items& key) {
    list kept, steps;
    std::size_t axis = 0;
    for (const index_item& i : tendril::detail::expand_ellipsis(key, static_cast<int>(shape.size()))) {
      if (i.what == index_item::form::new_axis) {
        kept.push_back(1);
        steps.push_back(0);
        continue;
      }
      const std::int64_t n = shape[axis], step = strides[axis];
      ++axis;
      if (i.what == index_item::form::integer) {
        offset += step * (i.integer < 0 ? i.integer + n : i.integer);
        continue;
      }
      const auto s = tendril::detail::resolve(i.range, n);
      offset += step * s.start;
      kept.push_back(s.count);
      steps.push_back(step * s.step);
    }
    shape = kept;
    strides = steps;
  }
  void order(const list& dims) {
    const layout old = *this;
    for (std::size_t i = 0; i < dims.size(); ++i) {
      shape[i] = old.shape[static_cast<std::size_t>(dims[i])];
      strides[i] = old.strides[static_cast<std::size_t>(dims[i])];
    }
  }
  void diagonal(std::int64_t by, std::int64_t dim1, std::int64_t dim2, std::int64_t count) {
    const auto rank = static_cast<int>(shape.size());
    const auto a = static_cast<std::size_t>(normalize_axis("diagonal", dim1, rank)),
               b = static_cast<std::size_t>(normalize_axis("diagonal", dim2, rank));
    offset += by >= 0 ? by * strides[b] : -by * strides[a];
    const std::int64_t step = strides[a] + strides[b];
    for (const std::size_t gone : {std::max(a, b), std::min(a, b)}) {
      shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(gone));
      strides.erase(strides.begin() + static_cast<std::ptrdiff_t>(gone));
    }
    shape.push_back(count);
    strides.push_back(step);
  }
  void expand(const extents& wanted) {
    const std::size_t more = wanted.size() - shape.size();
    list steps(wanted.size(), 0);
    for (std::size_t i = 0; i < shape.size(); ++i)
      if (shape[i] == wanted[i + more]) steps[i + more] = strides[i];
    shape.assign(wanted.begin(), wanted.end());
    strides = steps;
  }
  void windows(std::int64_t dim, std::int64_t size, std::int64_t step) {
    const auto d = static_cast<std::size_t>(normalize_axis("unfold", dim, static_cast<int>(shape.size())));
    const std::int64_t stride = strides[d];
    shape[d] = (shape[d] - size) / step + 1;
    strides[d] *= step;
    shape.push_back(size);
    strides.push_back(stride);
  }
  // The place of each element, in the order of the view.
  list places() const {
    list out{offset};
    for (std::size_t i = 0; i < shape.size(); ++i) {
      list next;
      for (const std::int64_t from : out)
        for (std::int64_t k = 0; k < shape[i]; ++k) next.push_back(from + k * strides[i]);
      out = std::move(next);
    }
    return out;
  }
};

// The key of a part, which the functions of parts say in other words.
key_items key_of(const op_record& op, const attributes& at) {
  if (op.id == op_id::getitem) return std::get<key_items>(at.find("key")->value);
  if (at.has("index")) return along(at.get_int("dim"), at.get_int("index"));
  const std::int64_t start = at.get_int("start"), stop = start + at.get_int("length");
  return along(at.get_int("dim"), slice(start, start < 0 && stop == 0 ? maybe_integer() : maybe_integer(stop)));
}
// Whether it leaves rows that lie one after the other: single places, then at most one range.
bool leaves_rows(const key_items& key) {
  for (std::size_t i = 0; i < key.size(); ++i)
    if (key[i].what != index_item::form::integer)
      return i + 1 == key.size() && key[i].what == index_item::form::range && key[i].range.step == 1;
  return true;
}

list order_of(const op_record& op, const attributes& at, int rank) {
  if (op.id == op_id::permute_dims) {
    list out;
    for (const std::int64_t d : at.get_ints("axes")) out.push_back(normalize_axis("permute", d, rank));
    return out;
  }
  if (at.has("source")) return moved_order("movedim", rank, at.get_ints("source"), at.get_ints("destination"));
  list out;
  for (int i = 0; i < rank; ++i) out.push_back(i);
  if (!at.has("dim0") && rank == 2) std::swap(out[0], out[1]);
  if (!at.has("dim0") || rank == 0) return out;
  std::swap(out[static_cast<std::size_t>(normalize_axis("transpose", at.get_int("dim0"), rank))],
            out[static_cast<std::size_t>(normalize_axis("transpose", at.get_int("dim1"), rank))]);
  return out;
}

// ---- ops that put something back; the first operand is the base

Tensor with_diagonal(const array& x, const array& src, const attributes& at) {
  const list dims{at.get_int("dim1"), at.get_int("dim2")};
  const std::int64_t offset = at.get_int("offset"), n = src.shape(-1);
  if (n == 0) return Tensor(x);
  const array last = with_moved_axes("diagonal", x, dims, {-2, -1});
  const array rows = tendril::arange(last.shape(-2)), columns = tendril::arange(last.shape(-1));
  const array place = tendril::clip(tendril::subtract(rows, offset < 0 ? -offset : 0), 0, n - 1);
  const array on = tendril::equal(tendril::subtract(columns, tendril::reshape(rows, {-1, 1})), offset);
  const array spread = tendril::expand_dims(tendril::take(src, place, {.axis = -1}), {.axis = -1});
  return Tensor(with_moved_axes("diagonal", tendril::where(on, spread, last), {-2, -1}, dims));
}

TENDRIL_TORCH_OWN(put_shape, 2, (), "the second tensor in the shape of the first", reshape(y, sizes_of(x)))
TENDRIL_TORCH_OWN(put_part, 2, (attribute_of("key")), "the first tensor with the second in the place of a part",
                  Tensor(with_key(in[0], in[1], std::get<key_items>(at.find("key")->value))))
TENDRIL_TORCH_OWN(put_diagonal, 2, (attribute_of("offset"), attribute_of("dim1"), attribute_of("dim2")),
                  "the first tensor with the second in the place of a diagonal", with_diagonal(in[0], in[1], at))
TENDRIL_TORCH_OWN(put_if_alike, 2, (), "the second tensor where it has the dtype of the first, else the first",
                  x.dtype() == y.dtype() ? y : x)

}  // namespace

namespace parts {

// The version of what was put last into any tensor: written under the lock, after all cells that it is the version of.
std::atomic<std::uint64_t>& last_put() noexcept {
  static std::atomic<std::uint64_t> last{1};
  return last;
}

// Only the root of a chain has values of its own. Others are right while their version is that of the root.
class cell : public tendril::detail::counted {
 public:
  array value;
  tendril::detail::ref<cell> base;  // null: a root
  seen how = seen::same;
  bool perhaps = false;  // torch makes a copy where the elements cannot be seen so: not yet asked
  bool traced = false;   // made while a function was recorded
  const op_record* op = nullptr;
  attributes at;
  array like;  // a second operand of the op
  std::source_location where;
  std::atomic<std::uint64_t> version{0};
  std::atomic<std::uint64_t> asked{0};  // the version of the last put when this was right

  explicit cell(array a) : value(std::move(a)), traced(tendril::detail::is_tracing()) {}
  // One after the other: a chain may be longer than the stack is deep.
  ~cell() override {
    while (base && base->unique()) {
      tendril::detail::ref<cell> next = std::move(base->base);
      base = std::move(next);
    }
  }

  static cell* of(const Tensor& t) { return static_cast<cell*>(t.cell_.get()); }
  static Tensor named(cell* c) {
    Tensor t;
    t.cell_ = tendril::detail::ref<tendril::detail::counted>(c);
    return t;
  }
  cell& root() noexcept {
    cell* c = this;
    while (c->base) c = c->base.get();
    return *c;
  }
  const array& now();
  void put(const char* name, array v, bool fills, std::source_location);

 private:
  layout place() const;
  bool rows() const;
  void settle();
  void part_conversions();
  void make_again();
  array put_back(const array& v, std::source_location) const;
  void put_spread(const char* name, const array& v, bool fills, std::source_location);
  // Whether the value is that of the root: asked of the chain once for each time that something is put anywhere.
  bool right() noexcept {
    if (!base) return true;
    const std::uint64_t now_put = last_put().load(std::memory_order_acquire);
    if (asked.load(std::memory_order_acquire) == now_put) return true;
    if (version.load(std::memory_order_acquire) != root().version.load(std::memory_order_acquire)) return false;
    asked.store(now_put, std::memory_order_release);
    return true;
  }
};

namespace {

// Views that are made again in two threads at once.
std::recursive_mutex& making() {
  static auto* const m = new std::recursive_mutex;
  return *m;
}
array recorded(const op_record& op, std::initializer_list<operand> in, attributes at, std::source_location where) {
  return record(op, in, std::move(at), where).value();
}

}  // namespace

layout cell::place() const {
  if (!base) return layout(value.shape(where));
  layout l = base->place();
  switch (how) {
    case seen::same:
    case seen::conversion: break;
    case seen::shape: l.reshape(value.shape(where)); break;
    case seen::part: l.part(key_of(*op, at)); break;
    case seen::order: l.order(order_of(*op, at, static_cast<int>(l.shape.size()))); break;
    case seen::diagonal: l.diagonal(at.get_int("offset"), at.get_int("dim1"), at.get_int("dim2"), value.shape(-1, where)); break;
    case seen::spread:
      if (at.has("step")) l.windows(at.get_int("dimension"), at.get_int("size"), at.get_int("step"));
      else l.expand(value.shape(where));
  }
  return l;
}

// Whether the elements lie one after the other for any extents.
bool cell::rows() const {
  for (const cell* c = this; c->base; c = c->base.get())
    if (c->how == seen::part ? !leaves_rows(key_of(*c->op, c->at))
                             : c->how != seen::shape && c->how != seen::same && c->how != seen::conversion)
      return false;
  return true;
}

// What is a copy in torch becomes a root, with the elements that it was made of.
void cell::settle() {
  if (!base) return;
  base->settle();
  if (perhaps && !base->rows()) {
    base->part_conversions();
    layout l = base->place();
    if (how == seen::same ? !l.row_major() : !l.reshape(value.shape(where))) base = {};
  }
  perhaps = false;
}

// A conversion to another dtype is a root too. Asked where more than that depends on it: the dtypes must be known then.
void cell::part_conversions() {
  for (cell* c = this; c->base; c = c->base.get())
    if (c->how == seen::conversion && c->value.dtype(c->where) != c->base->value.dtype(c->where)) {
      c->base = {};
      return;
    }
}

void cell::make_again() {
  const array& b = base->now();
  if (how == seen::same) value = b;
  else if (how == seen::conversion) value = recorded(put_if_alike_op(), {operand(value, where), operand(b, where)}, {}, where);
  else if (like.empty()) value = recorded(*op, {operand(b, where)}, at, where);
  else value = recorded(*op, {operand(b, where), operand(like, where)}, at, where);
}

const array& cell::now() {
  if (right()) return value;
  const std::lock_guard lock(making());
  settle();
  if (right()) return value;
  const std::uint64_t made_of = root().version.load(std::memory_order_relaxed);
  make_again();
  // What a recorded function makes of a tensor from outside is for its graph alone.
  if (traced || !tendril::detail::is_tracing()) version.store(made_of, std::memory_order_release);
  return value;
}

// The base with v in the place of this view.
array cell::put_back(const array& v, std::source_location at_line) const {
  const operand src(v, at_line);
  if (how == seen::same) return v;
  if (how == seen::order) {
    if (op->id == op_id::permute_dims) {
      const list dims = at.get_ints("axes");
      list back(dims.size());
      for (std::size_t i = 0; i < dims.size(); ++i)
        back[static_cast<std::size_t>(normalize_axis("permute", dims[i], static_cast<int>(dims.size())))] = static_cast<std::int64_t>(i);
      return recorded(*op, {src}, {{"axes", back}}, at_line);
    }
    if (at.has("source"))
      return recorded(*op, {src}, {{"source", at.get_ints("destination")}, {"destination", at.get_ints("source")}}, at_line);
    return recorded(*op, {src}, at, at_line);
  }
  const operand whole(base->now(), at_line);
  if (how == seen::shape) return recorded(put_shape_op(), {whole, src}, {}, at_line);
  if (how == seen::part) return recorded(put_part_op(), {whole, src}, {{"key", key_of(*op, at)}}, at_line);
  if (how == seen::diagonal) return recorded(put_diagonal_op(), {whole, src}, at, at_line);
  return recorded(put_if_alike_op(), {whole, src}, {}, at_line);
}

// Where places are seen several times, or might be: by the place of each element.
void cell::put_spread(const char* name, const array& v, bool fills, std::source_location at_line) {
  cell& whole = root();
  const list at_places = place().places();
  list from(static_cast<std::size_t>(whole.value.size(at_line)), -1);
  for (std::size_t k = 0; k < at_places.size(); ++k) {
    std::int64_t& f = from[static_cast<std::size_t>(at_places[k])];
    if (f >= 0 && !fills)
      throw error(format_text(
          "[{}] elements share their memory: got a tensor that shows one place several times, expected one place for each. Take "
          ".clone() of it first.",
          name));
    f = static_cast<std::int64_t>(k);
  }
  if (!at_places.empty()) {
    const auto line = [&](const Tensor& t) { return arg(t, at_line); };
    const Tensor places(tendril::asarray(from)), flat(v), all(whole.value);
    const Tensor taken = index_select(line(torch::reshape(line(flat), -1)), 0, line(torch::clamp(line(places), arg(0, at_line))));
    const Tensor made = torch::where(line(torch::ge(line(places), arg(0, at_line))), line(taken), line(torch::reshape(line(all), -1)));
    whole.value = torch::reshape(line(made), sizes_of(all)).value();
  }
}

void cell::put(const char* name, array v, bool fills, std::source_location at_line) {
  const std::lock_guard lock(making());
  settle();
  bool spread = false;
  for (const cell* c = this; c->base; c = c->base.get()) spread |= c->how == seen::spread;
  if (spread) part_conversions();
  cell& whole = root();
  const bool symbol = whole.value.is_symbol();
  if (tendril::detail::is_tracing() && (symbol ? v.is_symbol() && !(whole.value.impl()->trace == v.impl()->trace) : !whole.traced))
    throw trace_error(
        format_text("[{}] the tensor is from outside of the function that is recorded at {}: got one that was there before, expected one "
                    "that the function takes or makes. Take .clone() of it first.",
                    name, tendril::detail::spell(at_line)));
  const std::uint64_t version_now = last_put().load(std::memory_order_relaxed) + 1;
  if (spread && base) {
    put_spread(name, v, fills, at_line);
    whole.version.store(version_now, std::memory_order_release);
    last_put().store(version_now, std::memory_order_release);
    return;
  }
  std::vector<array> made{std::move(v)};
  for (const cell* c = this; c->base; c = c->base.get()) made.push_back(c->put_back(made.back(), at_line));
  std::size_t k = 0;
  for (cell* c = this; c; c = c->base.get()) {
    c->value = std::move(made[k++]);
    c->version.store(version_now, std::memory_order_release);
  }
  last_put().store(version_now, std::memory_order_release);
}

}  // namespace parts

using parts::cell;

Tensor::Tensor(array a) : cell_(new cell(std::move(a))) {}

const array& Tensor::value() const {
  static const auto* const none = new array;
  return cell_ ? cell::of(*this)->now() : *none;
}
const array& Tensor::shaped() const {
  static const auto* const none = new array;
  return cell_ ? cell::of(*this)->value : *none;
}

void put_into(const Tensor& t, const char* name, array v, bool fills, std::source_location where) {
  cell::of(t)->put(name, std::move(v), fills, where);
}

Tensor seen_as(array made, seen how, const op_record* op, const arg& base, attributes at, const array& like, bool perhaps) {
  auto* c = new cell(std::move(made));
  cell* from = base.given() ? cell::of(*base.given()) : nullptr;
  if (!from) return cell::named(c);
  c->version.store(from->version.load(std::memory_order_relaxed), std::memory_order_relaxed);
  c->asked.store(from->asked.load(std::memory_order_relaxed), std::memory_order_relaxed);
  c->base = tendril::detail::ref<cell>(from);
  c->how = how;
  c->perhaps = perhaps;
  c->op = op;
  c->at = std::move(at);
  c->like = like;
  c->where = base.where();
  return cell::named(c);
}

Tensor viewed(seen how, const op_record& op, const arg& base, attributes at, const array& like, bool perhaps) {
  attributes kept = base.given() ? at : attributes();
  const array* const second = like.empty() ? nullptr : &like;
  array made = (second ? record(op, {base.get(), operand(*second, base.where())}, std::move(at), base.where())
                       : record(op, {base.get()}, std::move(at), base.where()))
                   .value();
  return seen_as(std::move(made), how, &op, base, std::move(kept), like, perhaps);
}
Tensor viewed(seen how, op_id op, const arg& base, attributes at, bool perhaps) {
  return viewed(how, record_of(op), base, std::move(at), array(), perhaps);
}

Tensor Tensor::contiguous(at where) const {
  if (!cell_ || !cell::of(*this)->base) return *this;
  return seen_as(value(), seen::same, nullptr, arg(*this, where), {}, array(), true);
}
Tensor Tensor::operator[](const index& key) const {
  return viewed(seen::part, op_id::getitem, arg(*this, key.where()), {{"key", key.items()}});
}

}  // namespace tendril::frontends::torch
