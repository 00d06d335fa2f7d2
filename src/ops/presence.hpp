// Which operands of a call are there.
#pragma once
#include <memory>

#include <tendril/graph.hpp>

namespace tendril::detail {

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

}  // namespace tendril::detail
