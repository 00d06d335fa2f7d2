// What a thread gives back when it ends: by a key of pthreads, which goes with its module.
#include "array/thread_end.hpp"

#include <pthread.h>

#include <iterator>

namespace tendril::engine {
namespace {

struct ends_of_thread {
  void (*list[8])();
  int count;
  bool over;
};
constinit thread_local ends_of_thread ends{};

void run_ends(void*) {
  ends.over = true;
  while (ends.count) ends.list[--ends.count]();
}

struct key {
  pthread_key_t id;
  bool made = pthread_key_create(&id, &run_ends) == 0;  // else the process has no more of them, and its threads' memory stays
  key() = default;
  key(const key&) = delete;
  key& operator=(const key&) = delete;
  ~key() {
    if (made) pthread_key_delete(id);
  }
};

}  // namespace

bool at_thread_end(void (*end)()) noexcept {
  static key of_threads;
  if (ends.over || ends.count == static_cast<int>(std::size(ends.list)) || !of_threads.made) return false;
  if (!ends.count && pthread_setspecific(of_threads.id, &ends) != 0) return false;
  ends.list[ends.count++] = end;
  return true;
}

}  // namespace tendril::engine
