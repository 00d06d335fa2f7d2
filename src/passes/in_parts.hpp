// Rebuilding a graph in which some values are made in parts: they are put together where a node, or the caller, needs the whole.
#pragma once
#include <vector>

#include "graph/rewriter.hpp"

namespace tendril::detail {

/// One result of operands, by an op without bodies, effects or user code.
inline bool is_plain(const node& n) {
  return !n.inputs.empty() && n.result_count == 1 && n.regions.empty() && !n.op->is(trait::ordered) && n.id() != op_id::custom;
}
/// A plain node each of whose elements is made of those in the same place, so that it may be computed in parts.
inline bool is_by_elements(const node& n) { return is_plain(n) && (n.op->is(trait::elementwise) || n.id() == op_id::astype); }

class in_parts {
 public:
  in_parts(const in_parts&) = delete;
  graph run() {
    for (const node& n : g_.nodes) {
      where_ = n.where;
      if (take(n)) continue;
      for (const value_id v : n.inputs)
        if (v != absent) whole(v);
      r_.copy(n);
    }
    for (const value_id v : g_.results) whole(v);
    return r_.finish();
  }

 protected:
  explicit in_parts(graph& g) : g_(g), r_(g), producers_(g.producers()), parts_(g.types.size()) {}
  ~in_parts() = default;

  /// Makes parts of the node's result, or the result itself, of parts; false for a node that stays as it is.
  virtual bool take(const node&) = 0;
  /// The value that these parts of an old one make.
  virtual value_id joined(value_id old) = 0;

  /// The node that makes an old value; null for an input.
  const node* maker(value_id old) const {
    const std::int32_t p = producers_[static_cast<std::size_t>(old)];
    return p < 0 ? nullptr : &g_.nodes[static_cast<std::size_t>(p)];
  }
  value_id add(op_id op, std::vector<value_id> in, attributes at) {
    return r_.to.add(record_of(op), std::move(in), std::move(at), nullptr, where_);
  }
  std::vector<value_id>& parts_of(value_id old) { return parts_[static_cast<std::size_t>(old)]; }
  value_id& made(value_id old) { return r_.map[static_cast<std::size_t>(old)]; }
  /// The new value of an old one.
  value_id whole(value_id old) {
    if (made(old) == absent) made(old) = joined(old);
    return made(old);
  }

  graph& g_;
  rewriter r_;
  std::source_location where_;  ///< of the node that is rebuilt

 private:
  std::vector<std::int32_t> producers_;
  std::vector<std::vector<value_id>> parts_;  // by old value
};

}  // namespace tendril::detail
