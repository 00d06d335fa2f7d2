// What a traced object knows, by signature: found by a hash, the least recently used goes first.
#pragma once
#include <cstdint>
#include <iterator>
#include <list>
#include <unordered_map>
#include <utility>

#include <tendril/detail/trace_core.hpp>

namespace tendril::detail {

/// A number from what `use(word)` says of each word of a signature, and from its type.
template <class Words, class Use>
std::uint64_t hash_words(const signature_type* type, const Words& words, Use use) {
  std::uint64_t h = reinterpret_cast<std::uintptr_t>(type);
  for (const key_word& w : words) {
    if (!use(w)) continue;
    h = (h ^ static_cast<std::uint64_t>(w.value)) * 0x9E3779B97F4A7C15u;
    h ^= h >> 29;
  }
  return h;
}

/// Entries in the order of their last use. Not locked.
template <class Entry>
class signature_table {
  struct item {
    std::uint64_t hash;
    ref<Entry> entry;
  };
  using order = std::list<item>;
  order order_;  // the most recently used first
  std::unordered_multimap<std::uint64_t, typename order::iterator> index_;

 public:
  std::size_t size() const noexcept { return order_.size(); }
  bool empty() const noexcept { return order_.empty(); }
  const Entry& newest() const { return *order_.front().entry; }

  /// The entry of this hash for which `same(entry)`, which then is the newest, or null.
  template <class Same>
  Entry* find(std::uint64_t hash, Same same) {
    auto [i, end] = index_.equal_range(hash);
    for (; i != end; ++i)
      if (same(std::as_const(*i->second->entry))) {
        order_.splice(order_.begin(), order_, i->second);
        return order_.front().entry.get();
      }
    return nullptr;
  }
  void insert(std::uint64_t hash, ref<Entry> entry) {
    order one;
    one.push_front({hash, std::move(entry)});
    index_.emplace(hash, one.begin());
    order_.splice(order_.begin(), one);
  }
  void clear() {
    index_.clear();
    order_.clear();
  }
  /// Calls `visit(entry)` from the newest on until it says false.
  template <class Visit>
  void each(Visit visit) const {
    for (const item& i : order_)
      if (!visit(*i.entry)) return;
  }
  /// Those for which `first(entry)` come first, otherwise in the order that they were in.
  template <class First>
  void bring_forward(First first) {
    auto place = order_.begin();
    for (auto i = order_.begin(); i != order_.end();) {
      const auto next = std::next(i);
      if (first(*i->entry)) {
        if (i == place) ++place;
        else order_.splice(place, order_, i);
      }
      i = next;
    }
  }
  /// Takes out the oldest for which `stays(hash, entry)` is false; those that were asked before it are the newest then. Null when all stay.
  template <class Stays>
  ref<Entry> drop(Stays stays) {
    for (std::size_t n = order_.size(); n > 0; --n) {
      const auto last = std::prev(order_.end());
      if (stays(last->hash, *last->entry)) {
        order_.splice(order_.begin(), order_, last);
        continue;
      }
      auto [i, end] = index_.equal_range(last->hash);
      while (i->second != last) ++i;
      index_.erase(i);
      ref<Entry> dropped = std::move(last->entry);
      order_.pop_back();
      return dropped;
    }
    return {};
  }
};

}  // namespace tendril::detail
