// td::array: construction, facts, element access, copies.
#include <tendril/array.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>

#include <tendril/detail/with_dtype.hpp>

#include "array/array_impl.hpp"
#include "array/convert.hpp"
#include "array/format.hpp"
#include "array/memory.hpp"
#include "array/symbol.hpp"
#include "array/views.hpp"

namespace tendril {

using detail::array_impl;

array::array() noexcept = default;
array::array(const array&) noexcept = default;
array::array(array&&) noexcept = default;
array& array::operator=(const array&) & noexcept = default;
array& array::operator=(array&&) & noexcept = default;
array::~array() = default;
array::array(detail::ref<array_impl> p) noexcept : p_(std::move(p)) {}

array::array(tendril::dtype dt, std::vector<std::int64_t> shape, const void* data) : array(detail::make_empty(dt, shape)) {
  if (const std::int64_t n = p_->view.size()) std::memcpy(p_->view.data, data, static_cast<std::size_t>(n) * size_of(dt));
}

void array::throw_ragged() {
  throw shape_error("[array] the nested lists differ in length: got ragged rows, expected rows of equal length. Pad the shorter ones.");
}

bool array::is_symbol() const noexcept { return p_ && p_->is_symbol(); }

namespace detail {
namespace {

const array_impl& require(const array& a, const char* op, std::source_location where) {
  if (a.empty())
    throw error(format_text("[{}] no array: got a default-constructed td::array, expected one that holds elements. Assign it first ({}).",
                            op, spell(where)));
  if (a.is_symbol()) require_alive(a, op, where);
  return *a.impl();
}

}  // namespace

std::string spell(std::source_location where) {
  std::string_view file = where.file_name() ? where.file_name() : "";
  if (file.empty()) return "an unknown line";
  if (auto slash = file.rfind('/'); slash != file.npos) file.remove_prefix(slash + 1);
  return format_text("{}:{}", file, where.line());
}

ref<buffer> buffer::allocate(std::size_t bytes) {
  // Small arrays gain nothing from a line of their own, and malloc is several times cheaper.
  constexpr std::size_t alignment = 64, most_small = 512;
  if (bytes <= most_small) {
    // Elements behind their buffer, in one allocation.
    struct alignas(16) small final : buffer {
      small() noexcept : buffer(this + 1, nullptr) {}
      static void* operator new(std::size_t own, std::size_t more) {
        void* p = std::malloc(own + more);
        if (!p) engine::throw_no_memory("array", more);
        return p;
      }
      static void operator delete(void* p) { std::free(p); }
      static void operator delete(void* p, std::size_t) { std::free(p); }
    };
    return ref<buffer>(new (bytes) small());
  }
  if (bytes >= engine::large_block) {
    struct large final : buffer {
      explicit large(engine::block b) noexcept : buffer(b.data, nullptr), whole(b) {}
      ~large() override { engine::return_block(whole); }
      engine::block whole;
    };
    const engine::block b = engine::take_block(bytes);
    try {
      return ref<buffer>(new large(b));
    } catch (...) {
      engine::return_block(b);
      throw;
    }
  }
  void* p = std::aligned_alloc(alignment, (bytes + alignment) / alignment * alignment);
  if (!p) engine::throw_no_memory("array", bytes);
  return make_ref<buffer>(p, [](void* q) { std::free(q); });
}

array make_empty(dtype dt, std::span<const std::int64_t> shape) {
  if (shape.size() > static_cast<std::size_t>(max_rank))
    throw shape_error(
        format_text("[array] the rank is too high: got {}, expected at most {}. Merge axes with td::reshape.", shape.size(), max_rank));
  const std::int64_t n = element_count("array", shape);
  auto p = make_ref<array_impl>();
  p->memory = buffer::allocate(static_cast<std::size_t>(n) * size_of(dt));
  // (One by one: for a copy of up to sixteen numbers GCC takes an instruction that costs more than the rest of this function.)
  p->shape.reserve(shape.size());
  for (const std::int64_t extent : shape) p->shape.push_back(extent);
  engine::lay_row_major(p->view, p->memory->data(), dt, shape);
  return array(std::move(p));
}

array borrow(const array_view& v) {
  auto p = make_ref<array_impl>();
  p->view = v;
  p->shape.assign(v.shape, v.shape + v.rank);
  p->borrowed = true;
  return array(std::move(p));
}

array make_view(const array& base, const array_view& v) {
  array a = borrow(v);
  a.impl()->memory = base.impl()->memory;
  a.impl()->borrowed = base.impl()->borrowed;
  return a;
}

array copy_of(const array_view& v) {
  array a = make_empty(v.dtype, {v.shape, static_cast<std::size_t>(v.rank)});
  copy_elements(a.impl()->view, v);
  return a;
}

array target_for(const array& a, dtype dt, std::span<const std::int64_t> shape) {
  if (!a.empty() && !a.is_symbol()) {
    const array_impl& i = *a.impl();
    if (i.unique() && i.memory && i.memory->unique() && i.view.dtype == dt && std::ranges::equal(i.shape, shape) &&
        layout_class(i.view) == 0)
      return a;
  }
  return make_empty(dt, shape);
}

int layout_class(const array_view& v) noexcept {
  std::int64_t c = 1, f = 1;
  bool row = true, column = true;
  for (int i = v.rank - 1; i >= 0; --i) {
    if (v.shape[i] == 0) return 0;
    if (v.shape[i] != 1 && v.strides[i] != c) row = false;
    c *= v.shape[i];
  }
  if (row) return 0;
  for (int i = 0; i < v.rank; ++i) {
    if (v.shape[i] != 1 && v.strides[i] != f) column = false;
    f *= v.shape[i];
  }
  return column ? 1 : 2;
}

array scalar_array(scalar s, dtype dt) {
  if (dt == dtype::unknown) dt = s.natural_dtype();
  array a = make_empty(dt, {});
  void* p = a.impl()->view.data;
  with_dtype(dt, [&]<class T>(T) { *static_cast<T*>(p) = element_from<T>(s); });
  return a;
}

}  // namespace detail

dtype array::dtype(std::source_location where) const {
  const auto& i = detail::require(*this, "dtype", where);
  if (!i.is_symbol()) return i.view.dtype;
  return detail::known_type(i, "dtype", where, [](const type& t) { return t.dtype != tendril::dtype::unknown; }).dtype;
}

namespace {

// Of a symbol as it is recorded; whoever tells the functor of them notes that.
const extents& shape_of(const detail::array_impl& i, std::source_location where) {
  if (!i.is_symbol()) return i.shape;
  const type& t = detail::known_type(i, "shape", where, [](const type& x) {
    for (const extent& e : x.shape)
      if (!e.known()) return false;
    return x.ranked;
  });
  auto& kept = const_cast<extents&>(i.shape);  // a symbol belongs to one thread
  kept.clear();
  for (const extent& e : t.shape) kept.push_back(e.value);
  return kept;
}

}  // namespace

const extents& array::shape(std::source_location where) const {
  const auto& i = detail::require(*this, "shape", where);
  const extents& s = shape_of(i, where);
  if (i.is_symbol()) detail::note_fact_of(i);
  return s;
}

std::int64_t array::shape(std::int64_t axis, std::source_location where) const {
  const auto& i = detail::require(*this, "shape", where);
  const extents& s = shape_of(i, where);
  if (i.is_symbol()) detail::note_type_of(i);  // before the error of an axis that is not there
  const int a = static_cast<int>(normalize_axis("shape", axis, static_cast<int>(s.size())));
  if (i.is_symbol()) detail::note_fact_of(i, a);
  return s[static_cast<std::size_t>(a)];
}

const extents& detail::unread_shape(const array& a) { return shape_of(require(a, "shape", {}), {}); }

int array::ndim(std::source_location where) const {
  const auto& i = detail::require(*this, "ndim", where);
  if (!i.is_symbol()) return i.view.rank;
  detail::note_type_of(i);
  return detail::known_type(i, "ndim", where, [](const type& t) { return t.ranked; }).rank();
}

std::int64_t array::size(std::source_location where) const {
  std::int64_t n = 1;
  for (std::int64_t e : shape(where)) n *= e;
  return n;
}

std::string_view array::device() const noexcept { return "cpu"; }

std::span<const std::int64_t> array::strides() const {
  const auto& i = detail::require(*this, "strides", std::source_location());
  if (i.is_symbol())
    throw trace_error("[strides] a traced value has no memory: got a symbol, expected an array with elements. Ask for its shape instead.");
  return {i.view.strides, static_cast<std::size_t>(i.view.rank)};
}

namespace detail {
namespace {

const array_view& view_behind(const array& a) {
  const array_impl& i = require(a, "view", std::source_location());
  if (i.is_symbol())
    throw trace_error("[view] a traced value has no memory: got a symbol, expected an array with elements. Use ops on it instead.");
  return i.view;
}

}  // namespace

void view_array(const array& a, array_view& v) {
  const array_view& own = view_behind(a);
  v.data = own.data;
  v.dtype = own.dtype;
  v.rank = own.rank;
  std::copy_n(own.shape, own.rank, v.shape);
  std::copy_n(own.strides, own.rank, v.strides);
}

}  // namespace detail

array_view array::view() const { return detail::view_behind(*this); }

const void* array::data_as(tendril::dtype dt, std::source_location where) const {
  const auto& i = detail::require(*this, "data", where);
  if (i.is_symbol())
    throw trace_error(
        format_text("[data] a traced value has no memory at {}: got a symbol, expected an array with elements. Use ops on it instead.",
                    detail::spell(where)));
  if (i.view.dtype != dt)
    throw dtype_error(format_text("[data] the element type differs: got {}, expected {}. Ask for data<{}>() or convert with td::astype.",
                                  name_of(dt), name_of(i.view.dtype), name_of(i.view.dtype)));
  return i.view.data;
}

namespace {

// The concrete rank-0 or one-element array behind `a`; a symbol that depends on no input is evaluated.
array concrete_element(const array& a, const char* what, std::source_location where) {
  const auto& i = detail::require(a, what, where);
  array value = a;
  if (i.is_symbol()) { value = detail::elements_of_symbol(a, what, where); }
  if (value.size() != 1)
    throw shape_error(format_text(
        "[{}] not one element: got shape {}, expected exactly one element. Reduce it first, with td::any or td::all for a condition.", what,
        to_string(value.shape())));
  return value;
}

}  // namespace

void array::item_as(tendril::dtype dt, void* out, std::source_location where) const {
  const array a = concrete_element(*this, "item", where);
  array_view to;
  to.data = out;
  to.dtype = dt;
  array_view from = a.view();
  from.rank = 0;
  detail::copy_elements(to, from);
}

array::operator bool() const {
  const array a = concrete_element(*this, "bool", std::source_location());
  array_view from = a.view();
  from.rank = 0;
  bool b = false;
  array_view to;
  to.data = &b;
  to.dtype = tendril::dtype::bool_;
  detail::copy_elements(to, from);
  return b;
}

}  // namespace tendril
