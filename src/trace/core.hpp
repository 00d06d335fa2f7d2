// What the core of a traced object keeps: the graphs that were traced, which its backends share, and the specializations made of them.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include <tendril/detail/trace_core.hpp>

#include "trace/signature_table.hpp"

namespace tendril::detail {

/// A graph and what it was recorded for. Independent of the backend.
struct traced_graph : counted {
  const signature_type* type = nullptr;
  std::vector<key_word> words;
  tendril::graph graph;
  ref<counted> structure;
  bool read_facts = false;
  bool captures = false;  ///< symbols of an enclosing trace are among its inputs
  int users = 0;          ///< specializations of it that some object keeps; under the lock of the list
  std::uint64_t hash() const {
    return hash_words(type, words, [this](const key_word& w) { return depends_on(w); });
  }
  bool depends_on(const key_word& w) const { return w.kind != key_kind::layout && (read_facts || w.kind != key_kind::extent); }
  /// Whether it is the graph of this call too: what differs is what the graph does not depend on.
  bool fits(const call_arguments&) const;
};

/// Those of one traced object.
class traced_graphs : public counted {
 public:
  std::mutex mutex;
  signature_table<traced_graph> known;
  std::uint64_t traces = 0;
  std::uint64_t traces_for_numbers = 0;  ///< that differ from another in static numbers alone
  std::atomic<std::thread::id> tracing_thread{};
};

inline std::span<const key_word> words_of(const call_arguments& r) { return {r.words, static_cast<std::size_t>(r.word_count)}; }

/// Where two signatures of one type have one length, what stands at one place in them is of one kind.
inline bool comparable(const signature_type* type, std::span<const key_word> words, const call_arguments& r) {
  return type == r.type && words.size() == words_of(r).size();
}

/// A specialization with what only the core reads.
struct full_specialization final : specialization {
  const signature_type* type = nullptr;
  std::vector<key_word> words;
  std::vector<result_info> result_store;
  ref<traced_graph> source;
  std::vector<std::string> arguments;  // as spelled in messages
  function compiled;
  std::size_t bytes = 0;

  bool matches(const call_arguments& r) const {
    return comparable(type, words, r) &&
           std::equal(words.begin(), words.end(), r.words, [](const key_word& a, const key_word& b) { return a.value == b.value; });
  }
};

struct trace_core::impl {
  ref<traced_graphs> graphs;
  trace_options options;
  mutable std::mutex mutex;
  signature_table<full_specialization> specs;
  std::size_t bytes = 0;  // of specs
  std::string last_retrace;
  std::uint64_t retraces = 0;
  double compile_seconds = 0;
  std::uint64_t kernels_compiled = 0;
  std::uint64_t earlier_calls = 0;
  std::unordered_set<std::uint64_t> dropped;  // hashes of what was
  std::uint64_t made_again = 0;
  std::vector<std::string> warnings;  // said when no lock is held: a handler may ask the object
  bool moved_from = false;

  call_target find_or_make(std::uint64_t owner, const call_arguments& r, record_function f);
  ref<traced_graph> record(const call_arguments& r, record_function f);
  ref<traced_graph> reuse(const call_arguments& r, record_function f, bool& made);
  ref<traced_graph> record_anew(const call_arguments& r, record_function f);
  ref<traced_graph> keep(ref<traced_graph> made);
  ref<full_specialization> specialize(const call_arguments& r, ref<traced_graph> source, std::vector<std::string> arguments, bool made);
  void check(const full_specialization& s, const call_arguments& r, record_function f);
  void keep_bounds(std::uint64_t owner, std::uint64_t newest_hash);
  void count_numbers(const call_arguments& r, const std::vector<std::string>& arguments);
  void count_made_again(const call_arguments& r, const std::vector<std::string>& arguments);
  void require_idle(const char* who) const;
  compile_options how() const {
    return {.to = options.to,
            .optimize = options.optimize,
            .contract = options.contract,
            .num_threads = options.num_threads,
            .name = options.name};
  }
};

}  // namespace tendril::detail
