// What stands behind td::array: a strided view of a shared buffer, or a symbol of a trace.
#pragma once
#include <memory>

#include <tendril/array.hpp>
#include <tendril/graph.hpp>

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

/// A trace under way: the graph being recorded. Its symbols hold it, so that a symbol that outlives it can say so.
class tracer : public counted {
 public:
  tendril::graph graph;
  bool alive = true;
  bool read_facts = false;      ///< the functor knows something that follows from extents: see note_fact
  bool abstract = false;        ///< recorded without example arguments: unknown facts end the attempt
  tracer* outer = nullptr;      ///< the trace that this one runs inside, on the same thread
  std::vector<array> captured;  ///< symbols of an outer trace; graph inputs after the arguments
  std::vector<value_id> captured_ids;
  std::vector<std::pair<array, value_id>> constants;  ///< arrays already in the graph
  const std::source_location* force_where = nullptr;  ///< the line of ops that a decomposition records
  /// The value of this trace that stands for `a`: its own, a capture, or a constant.
  value_id value_of(const array& a, std::source_location where);
  /// What runs next may depend on extents: the functor asked for one, or was told one by a number of results or an error.
  void note_fact() noexcept;
};

/// The innermost trace of this thread, or null.
tracer*& current_tracer() noexcept;

/// Makes a tracer current for a scope; when it ends its symbols are dead.
class trace_scope {
 public:
  explicit trace_scope(tracer& t) noexcept : tracer_(t) {
    t.outer = current_tracer();
    current_tracer() = &t;
  }
  ~trace_scope() {
    tracer_.alive = false;
    current_tracer() = tracer_.outer;
  }
  trace_scope(const trace_scope&) = delete;

 private:
  tracer& tracer_;
};

class array_impl : public counted {
 public:
  // concrete
  array_view view;
  ref<buffer> memory;  ///< null when borrowed
  extents shape;
  bool borrowed = false;
  // symbol
  ref<tendril::detail::tracer> tracer;
  value_id id = absent;
  bool is_symbol() const noexcept { return static_cast<bool>(tracer); }
};

array make_symbol(tracer&, value_id);
/// A view of `base`'s memory under another shape and strides; it keeps the memory alive.
array make_view(const array& base, const array_view&);
/// Throws the leak error when `a` is a symbol of a trace that has ended.
void require_alive(const array& a, std::string_view op, std::source_location where);
/// A rank-0 array of the scalar's natural dtype, or of `dt`.
array scalar_array(scalar, dtype dt);
std::string spell(std::source_location);

/// Which operands are there, as type rules are told.
class presence {
 public:
  explicit presence(const std::vector<value_id>& in) : count_(in.size()) {
    if (count_ > std::size(few_)) many_ = std::make_unique<bool[]>(count_);
    bool* all = many_ ? many_.get() : few_;
    for (std::size_t i = 0; i < count_; ++i) all[i] = in[i] != absent;
  }
  operator std::span<const bool>() const noexcept { return {many_ ? many_.get() : few_, count_}; }

 private:
  std::size_t count_;
  bool few_[16];
  std::unique_ptr<bool[]> many_;
};

/// Thrown by an abstract trace when the functor needs a fact that only arguments give.
struct needs_fact {
  std::string why;
};

}  // namespace tendril::detail
