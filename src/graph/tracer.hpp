// A trace under way: what records the ops of a thread into a graph.
#pragma once
#include <tendril/graph.hpp>

#include "array/array_impl.hpp"
#include "graph/equal_extents.hpp"

namespace tendril::detail {

/// A trace under way: the graph being recorded. Its symbols hold it, so that a symbol that outlives it can say so.
class tracer : public counted {
 public:
  tendril::graph graph;
  bool alive = true;
  bool read_facts = false;         ///< the functor knows something that follows from extents or ranks: see note_fact
  std::vector<read_extent> reads;  ///< the extents among them
  bool abstract = false;           ///< recorded without example arguments: unknown facts end the attempt
  bool is_body = false;            ///< of an op with regions, whose operands are those of `outer`
  tracer* outer = nullptr;         ///< the trace that this one runs inside, on the same thread
  std::vector<array> captured;     ///< symbols of an outer trace; graph inputs after the arguments
  std::vector<value_id> captured_ids;
  std::vector<std::pair<array, value_id>> constants;  ///< arrays already in the graph
  const std::source_location* force_where = nullptr;  ///< the line of ops that a decomposition records
  /// The value of this trace that stands for `a`: its own, a capture, or a constant.
  value_id value_of(const array& a, std::source_location where);
  /// What runs next may depend on extents: the functor asked for one, or was told one by a number of results or an error.
  void note_fact(value_id v, int axis = every_axis);
  /// The same of those of all operands.
  void note_facts(std::span<const operand>);
  /// It may depend on what is known of a type otherwise, as the rank is.
  void note_type() noexcept;

 private:
  void note_in_outer();
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

/// Ops run for real for a scope: no trace of this thread catches them.
class trace_pause {
 public:
  trace_pause() noexcept : kept_(current_tracer()) { current_tracer() = nullptr; }
  ~trace_pause() { current_tracer() = kept_; }
  trace_pause(const trace_pause&) = delete;

 private:
  tracer* kept_;
};

/// The one way to record: runs `function` under the tracer and gives the values of the graph that its results are, after `check` of each.
template <class F, class Check>
std::vector<value_id> record(tracer& t, std::source_location where, F function, Check check) {
  const trace_scope scope(t);
  const auto results = function();
  std::vector<value_id> values;
  for (const array& a : results) {
    check(a);
    values.push_back(t.value_of(a, where));
  }
  return values;
}
template <class F>
std::vector<value_id> record(tracer& t, std::source_location where, F function) {
  return record(t, where, function, [](const array&) {});
}

/// The trace that a symbol belongs to.
inline tracer& tracer_of(const array_impl& symbol) noexcept { return static_cast<tracer&>(*symbol.trace); }

array make_symbol(tracer&, value_id);

}  // namespace tendril::detail
