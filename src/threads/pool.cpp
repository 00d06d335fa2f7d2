// The pool: oneTBB's where Tendril was built with it, else the calling thread alone.
//
// Model. A call offers its work to the pool, and begins it; who comes while there are chunks takes some, and the call waits for those who
// came alone.
#include "threads/pool.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <utility>

#include <tendril/error.hpp>

#include "array/format.hpp"
#if TENDRIL_HAS_TBB
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>

#include "array/thread_end.hpp"
#endif

namespace tendril::engine {

int threads_for(int num_threads) {
  if (num_threads < 0)
    throw error(format_text(
        "[compile] num_threads is negative: got {}, expected 0 for all cores, or the most threads of a call. Pass 0, 1 or more.",
        num_threads));
#if TENDRIL_HAS_TBB
  return num_threads ? num_threads : std::max(oneapi::tbb::info::default_concurrency(), 1);
#else
  return 1;
#endif
}

#if TENDRIL_HAS_TBB
namespace {

// Spins for a few microseconds: most waits are for the end of a chunk.
constexpr int spins = 2000;
inline void pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// A thread that calls, and those of the pool that help it. A call offers its work to the pool by tasks, and opens; who gets to such a task
// while the call is open joins, and takes chunks until there are none. Then the call closes, and waits for those who joined: not for tasks
// that nobody has begun, which may be behind other work for as long as it pleases. They find the call closed, or serve a later one of the
// same thread, which so offers no more than are gone. All of it is one word: whether the call is open, how many may still join, how many
// did.
//
// Offers may outlast the call, the thread and, at the end of the process, the pool. So teams are never destroyed: that of a thread that
// ends waits for the next thread.
class team {
 public:
  /// The calling thread's; null while a call of it is under way.
  static team* own();
  /// What a thread does with it when it ends.
  static void end();

  void run(int helpers, chunks& all, void* context, void (*work)(void* context, chunks&)) {
    busy_ = true;
    all_ = &all;
    context_ = context;
    work_ = work;
    failed_.store(false, std::memory_order_relaxed);
    state_.store(open | static_cast<std::uint32_t>(helpers) * place, std::memory_order_release);
    try {
      for (int offers = offers_.load(std::memory_order_relaxed); offers < helpers; ++offers) offer();
    } catch (...) {}  // no memory for a task: fewer help
    take_part();
    std::uint32_t left = state_.fetch_and(members, std::memory_order_acq_rel) & members;
    for (int k = 0; left && k < spins; ++k, left = state_.load(std::memory_order_acquire)) pause();
    for (; left; left = state_.load(std::memory_order_acquire)) state_.wait(left, std::memory_order_acquire);
    busy_ = false;
    if (failed_.load(std::memory_order_relaxed)) std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  static constexpr std::uint32_t open = 1u << 31, place = 1u << 16, members = place - 1;
  friend struct team_owner;

  void take_part() noexcept {
    try {
      work_(context_, *all_);
    } catch (...) {
      all_->drop();
      if (!failed_.exchange(true)) error_ = std::current_exception();
    }
  }

  void offer() {
    offers_.fetch_add(1, std::memory_order_relaxed);
    try {
      oneapi::tbb::this_task_arena::enqueue([this] { help(); });
    } catch (...) {
      offers_.fetch_sub(1, std::memory_order_relaxed);
      throw;
    }
  }

  void help() {
    offers_.fetch_sub(1, std::memory_order_relaxed);
    std::uint32_t s = state_.load(std::memory_order_relaxed);
    while ((s & open) && (s & ~open) >= place)
      if (state_.compare_exchange_weak(s, s - place + 1, std::memory_order_acq_rel, std::memory_order_relaxed)) {
        take_part();
        if (state_.fetch_sub(1, std::memory_order_acq_rel) == 1) state_.notify_one();
        break;
      }
  }

  std::atomic<std::uint32_t> state_{0};
  std::atomic<int> offers_{0};  // that nobody has begun
  std::atomic<bool> failed_{false};
  bool busy_ = false;
  chunks* all_ = nullptr;
  void* context_ = nullptr;
  void (*work_)(void*, chunks&) = nullptr;
  std::exception_ptr error_;
  team* next_ = nullptr;  // among the idle ones
};

// Those of threads that have ended.
constinit std::mutex idle_mutex;
constinit team* idle_teams = nullptr;

// Trivially destructible: a traced object of namespace scope may run after the thread's ends have.
constinit thread_local team* team_of_thread = nullptr;

void team::end() {
  team* t = std::exchange(team_of_thread, nullptr);
  if (!t) return;
  std::lock_guard lock(idle_mutex);
  t->next_ = std::exchange(idle_teams, t);
}

team* team::own() {
  if (!team_of_thread) {
    if (!at_thread_end(&team::end)) return nullptr;
    std::lock_guard lock(idle_mutex);
    team_of_thread = idle_teams ? std::exchange(idle_teams, idle_teams->next_) : new team;
  }
  return team_of_thread->busy_ ? nullptr : team_of_thread;
}

}  // namespace
#endif

void run_on_threads(int threads, std::int64_t count, void* context, void (*work)(void* context, chunks&)) {
  chunks all(count);
#if TENDRIL_HAS_TBB
  // A task that is offered has a thread of the pool made for it, even where the user permits none.
  using oneapi::tbb::global_control;
  const auto permitted = static_cast<std::int64_t>(global_control::active_value(global_control::max_allowed_parallelism));
  const std::int64_t most =
      std::min({std::int64_t{threads}, count, permitted, std::int64_t{oneapi::tbb::this_task_arena::max_concurrency()}});
  if (most > 1)
    if (team* t = team::own()) return t->run(static_cast<int>(most) - 1, all, context, work);
#else
  (void)threads;
#endif
  work(context, all);
}

}  // namespace tendril::engine
