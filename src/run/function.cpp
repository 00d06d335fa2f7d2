// Class function: an executable as users hold it. It checks what it is called with, and copies inputs of other layouts.
#include <algorithm>
#include <new>

#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "array/memory.hpp"
#include "run/executable.hpp"

namespace tendril {
namespace {

const detail::executable& require(const detail::ref<detail::executable>& p) {
  if (!p)
    throw error("[call] no function: got a default-constructed td::function, expected a compiled one. Assign what td::compile returns.");
  return *p;
}

}  // namespace

function::function() noexcept = default;
function::function(detail::ref<detail::executable> p) noexcept : p_(std::move(p)) {}
function::function(const function&) noexcept = default;
function::function(function&&) noexcept = default;
function& function::operator=(const function&) noexcept = default;
function& function::operator=(function&&) noexcept = default;
function::~function() = default;
const graph& function::graph() const& { return require(p_).graph; }
const compile_info& function::info() const& { return require(p_).info; }

namespace {

void check_view(const char* what, std::size_t i, const array_view& v, const type& t) {
  const extents shape = t.known_extents();
  if (v.dtype != t.dtype)
    throw dtype_error(format_text("[call] the dtype of {} {} differs: got {}, expected {}. Convert with td::astype.", what, i,
                                  name_of(v.dtype), name_of(t.dtype)));
  if (!std::equal(v.shape, v.shape + v.rank, shape.begin(), shape.end()))
    throw shape_error(format_text("[call] the shape of {} {} differs: got {}, expected {}. Compile the graph for this shape.", what, i,
                                  to_string(std::span<const std::int64_t>(v.shape, static_cast<std::size_t>(v.rank))), to_string(shape)));
}

void check_views(const detail::executable& e, std::span<const array_view> in) {
  if (in.size() != e.input_types.size())
    throw error(format_text("[call] wrong number of inputs: got {}, expected {}. Pass one array for each input of the graph.", in.size(),
                            e.input_types.size()));
  for (std::size_t i = 0; i < in.size(); ++i) check_view("input", i, in[i], e.input_types[i]);
}

}  // namespace

std::vector<array> function::operator()(std::span<const array> inputs) const try {
  std::vector<array_view> in, views;
  for (const array& a : inputs) in.push_back(a.view());
  check_views(require(p_), in);
  std::vector<array> out;
  for (const type& t : p_->result_types) {
    out.push_back(detail::make_empty(t.dtype, t.known_extents()));
    views.push_back(out.back().view());
  }
  run_in_layout(in, views);
  return out;
} catch (const std::bad_alloc&) { engine::throw_no_memory("call"); }

void function::into(std::span<const array_view> results, std::span<const array_view> inputs) const try {
  check_views(require(p_), inputs);
  if (results.size() != p_->result_types.size())
    throw error(format_text("[into] wrong number of outputs: got {}, expected {}. Pass storage for each result.", results.size(),
                            p_->result_types.size()));
  for (std::size_t i = 0; i < results.size(); ++i) check_view("output", i, results[i], p_->result_types[i]);
  run_in_layout(inputs, results);
} catch (const std::bad_alloc&) { engine::throw_no_memory("into"); }

// Steps were planned for the strides of inputs in some layouts; others are copied first.
array_view detail::copy_in_layout(array_view v, int layout, array& keep) {
  const auto turn = [&](array_view& x) {
    std::reverse(x.shape, x.shape + x.rank);
    std::reverse(x.strides, x.strides + x.rank);
  };
  if (layout == 1) turn(v);
  keep = copy_of(v);
  v = keep.view();
  if (layout == 1) turn(v);
  return v;
}

void function::run_in_layout(std::span<const array_view> inputs, std::span<const array_view> results) const {
  std::vector<array_view> in(inputs.begin(), inputs.end());
  std::vector<array> copies;
  for (std::size_t i = 0; i < in.size(); ++i)
    if (const int planned = p_->input_layouts[i]; planned != 2 && detail::layout_class(in[i]) != planned)
      in[i] = detail::copy_in_layout(in[i], planned, copies.emplace_back());
  detail::executable::run_into(p_.get(), in.data(), results.data());
}

}  // namespace tendril
