// What stands behind td::array: a strided view of a shared buffer, or a symbol of a trace.
#pragma once
#include <memory>

#include <tendril/array.hpp>

namespace tendril::detail {

/// Owned memory. Aligned for every instruction set; freed by its deleter.
class buffer : public counted {
 public:
  buffer(void* data, void (*deleter)(void*)) noexcept : data_(data), deleter_(deleter) {}
  ~buffer() override {
    if (deleter_) deleter_(data_);
  }
  buffer(const buffer&) = delete;
  void* data() const noexcept { return data_; }
  static ref<buffer> allocate(std::size_t bytes);

 private:
  void* data_;
  void (*deleter_)(void*);
};

class array_impl : public counted {
 public:
  array_impl() noexcept {}  // leaves the rest of the view's extents as they are
  // concrete
  array_view view;
  ref<buffer> memory;  ///< null when borrowed
  extents shape;
  bool borrowed = false;
  bool weak = false;  ///< a C++ number where a function takes an array: it yields to the dtypes that it meets, as a literal does
  // symbol
  ref<counted> trace;  ///< the one that it belongs to: graph/tracer.hpp says what that is
  std::int32_t id = -1;
  bool is_symbol() const noexcept { return static_cast<bool>(trace); }
};

/// A view of `base`'s memory under another shape and strides; it keeps the memory alive.
array make_view(const array& base, const array_view&);
/// A rank-0 array of the scalar's natural dtype, or of `dt`.
array scalar_array(scalar, dtype dt);
std::string spell(std::source_location);
/// The shape, of a symbol as it is recorded; unlike `shape()` it notes nothing: for who asks what no other extents would change.
const extents& unread_shape(const array&);

}  // namespace tendril::detail
