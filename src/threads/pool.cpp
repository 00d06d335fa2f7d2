// Work split over cores: oneTBB's pool where Tendril was built with it, and which programs are worth splitting.
//
// Model. A call offers its work to the pool, and begins it; who comes while there are chunks takes some, and the call waits for those who
// came alone. Rows are split where there are enough of them: each thread has its own workspace and its own share of rows, and nothing is
// shared. Few long rows are split into runs of blocks, phase by phase: threads have block buffers of their own and share what a row
// has once (single elements, saved rows, the parts of reductions, which are stored by the number of the block). Likewise columns: tiles of
// them, or, of few, the nodes of the tree over their rows. Either way every block is computed as on one thread and every tree is the same:
// the results do not depend on the number of threads, bit for bit.
#include "threads/pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <utility>

#include <tendril/error.hpp>

#include "ops/op_table.hpp"
#include "stages/columns.hpp"

#if TENDRIL_HAS_TBB
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>
#endif

namespace tendril::engine {

int threads_for(int num_threads) {
  if (num_threads < 0)
    throw error(fmt::format(
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

// Trivially destructible: a traced object of namespace scope may run after the thread's destructors have.
constinit thread_local team* team_of_thread = nullptr;
struct team_owner {
  bool armed = false;
  ~team_owner() {
    team* t = std::exchange(team_of_thread, nullptr);
    if (!t) return;
    std::lock_guard lock(idle_mutex);
    t->next_ = std::exchange(idle_teams, t);
  }
};
thread_local team_owner owner;

team* team::own() {
  if (!team_of_thread) {
    owner.armed = true;  // makes the thread run its destructor
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

namespace {

// What an instruction costs for an element of eight bytes in cache, in nanoseconds; docs/performance.md says how it was measured.
double cost_of(const instruction& i) {
  const double bytes = static_cast<double>(std::max<std::size_t>(size_of(i.operands), size_of(i.result)));
  const double dear = i.op->is(trait::inexact) ? 0.8 : i.op->id == op_id::divide || i.op->id == op_id::sqrt ? 0.3 : 0.1;
  const double cheap = i.loop ? 0.05 : 0.1;  // in an emitted loop its operands are in registers
  return (dear > 0.1 ? dear : cheap) * bytes / 8;
}

}  // namespace

double estimated_cost(const stage_program& p) {
  double element = 0;
  for (const phase& ph : p.phases) {
    if (ph.several.count) continue;  // counted where it stands for others
    for (const instruction& i : ph.block) element += cost_of(i);
    for (const auto* list : {&ph.reads, &ph.writes})
      for (std::uint16_t e : *list) element += 0.008 * p.externals[e].element_size;
  }
  return element * static_cast<double>(p.row_size) * static_cast<double>(p.rows) * static_cast<double>(std::max<std::int64_t>(p.depth, 1));
}

void plan_threads(stage_program& p, int threads) {
  p.split = stage_program::splitting::none;
  const double cost = estimated_cost(p);
  if (threads < 2 || cost < smallest_call) return;
  // Several chunks a thread, so that one that is held up leaves its share to others.
  const auto chunk_of = [&](std::int64_t units, double unit_cost) {
    const auto smallest = static_cast<std::int64_t>(smallest_chunk / unit_cost) + 1;
    return std::max(smallest, units / (16 * static_cast<std::int64_t>(threads)));
  };
  if (p.across_rows()) {
    // Narrower tiles where there are few: their width does not change the tree.
    constexpr std::int64_t narrowest = 64;
    const std::int64_t wide = p.block, wide_units = p.rows * p.tiles();
    while (p.rows * p.tiles() < 2 * threads && p.lanes == 1 && p.block >= 2 * narrowest) p.block = (p.block / 2 + 15) / 16 * 16;
    const std::int64_t units = p.rows * p.tiles();
    // Or the nodes of the tree, where tiles are too few; a search has no tree.
    const bool searches = std::any_of(p.phases.begin(), p.phases.end(), [](const phase& ph) { return !ph.searches.empty(); });
    if (units < threads && !searches && p.groups() >= 2 * groups_of_node(0) && cost / static_cast<double>(wide_units) >= smallest_call) {
      p.block = wide;
      p.split = stage_program::splitting::blocks;
      p.threads = threads;
      return;
    }
    if (units < 2) return;
    p.split = stage_program::splitting::rows;
    p.chunk = std::min(chunk_of(units, cost / static_cast<double>(units)), (units + threads - 1) / threads);
    p.threads = threads;
    return;
  }
  const std::int64_t blocks = (p.row_size + p.block - 1) / p.block;
  const double row_cost = cost / static_cast<double>(p.rows);
  std::int64_t rows = chunk_of(p.rows, row_cost);
  if (p.pairwise_code && p.outer[p.outer.size() - 2] >= 2 * row_walk::fewest_pairwise) {
    // Whole walks, enough of them for what each chunk does once for all.
    constexpr std::int64_t enough = 4 * row_walk::fewest_pairwise;
    const std::int64_t walk = p.outer.back(), walks = p.rows / walk;
    rows = std::max({(rows + walk - 1) / walk, std::min(enough, (walks + threads - 1) / threads), row_walk::fewest_pairwise}) * walk;
  }
  if (p.rows >= 4 * rows && (p.rows >= 4 * threads || row_cost < smallest_call)) {
    p.split = stage_program::splitting::rows;
    p.chunk = rows;
  } else if (row_cost >= smallest_call && blocks >= 2) {
    p.split = stage_program::splitting::blocks;
    p.chunk = chunk_of(blocks, row_cost / static_cast<double>(blocks) / static_cast<double>(p.phases.size()));
  } else if (p.rows >= 2) {
    p.split = stage_program::splitting::rows;
    p.chunk = rows;
  }
  p.threads = threads;
}

}  // namespace tendril::engine
