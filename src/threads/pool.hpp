// The pool: work in chunks, over the threads that come for them. It knows no programs.
#pragma once
#include <atomic>
#include <cstdint>

namespace tendril::engine {

/// How many threads `num_threads` of the options asks for: 0 is one a core. 1 in a build without a pool. Throws on a negative number.
int threads_for(int num_threads);

/// Chunks [0, count), handed out one after another to whoever asks: a thread that is held up takes fewer.
class chunks {
 public:
  explicit chunks(std::int64_t count) noexcept : count_(count) {}
  /// False when none is left.
  bool take(std::int64_t& chunk) noexcept { return (chunk = next_.fetch_add(1, std::memory_order_relaxed)) < count_; }
  /// Leaves none.
  void drop() noexcept { next_.store(count_, std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> next_{0};
  std::int64_t count_;
};

/// Calls `work(context, chunks)` on the calling thread and on up to `threads` - 1 threads of the pool that come while there are chunks;
/// returns when all that came have returned, and throws what one of them threw. Which thread takes which chunk is not determined. The
/// calling thread does no other work of the pool meanwhile, and waits for nobody who has not begun: it may hold locks, and be a thread of
/// the pool itself.
void run_on_threads(int threads, std::int64_t count, void* context, void (*work)(void* context, chunks&));

template <class F>
void parallel(int threads, std::int64_t count, F work) {
  run_on_threads(threads, count, &work, [](void* f, chunks& c) { (*static_cast<F*>(f))(c); });
}

/// Work worth handing out, in nanoseconds on one thread, and of a chunk of it. Where no core is free, offering work costs the caller 0.3 to
/// 0.5 us a time (benchmarks/single/threads.cpp): below one part in a hundred at this size. Where one is free, it takes its share within
/// some microseconds.
inline constexpr double smallest_call = 50e3, smallest_chunk = 5e3;

}  // namespace tendril::engine
