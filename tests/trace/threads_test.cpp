// Eight threads on one traced object: one trace a signature, right results, nothing freed in use. Runs clean under ThreadSanitizer.
#include "trace_helpers.hpp"

#include <atomic>
#include <barrier>
#include <memory>
#include <mutex>
#include <thread>

#include "catch.hpp"

using namespace trace_test;

namespace {

constexpr int thread_count = 8;

/// Runs `work(thread number)` on eight threads that start together; gives how many results were wrong.
template <class F>
int together(F work, int threads = thread_count) {
  std::barrier start(threads);
  std::atomic<int> wrong{0};
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t)
    all.emplace_back([&, t] {
      start.arrive_and_wait();
      try {
        wrong += work(t);
      } catch (const std::exception& e) {
        std::fprintf(stderr, "thread %d: %s\n", t, e.what());
        wrong += 1000000;
      }
    });
  for (std::thread& t : all) t.join();
  return wrong;
}

doubles filled(std::size_t n, double v) { return doubles(n, v); }

}  // namespace

TEST_CASE("eight threads, one signature: one trace") {
  std::atomic<int> runs{0};
  const auto f = td::trace_graph([&](const td::array& x) {
    ++runs;
    return x * 2 + td::sum(x);
  });
  const int wrong = together([&](int t) {
    int bad = 0;
    const doubles x{static_cast<double>(t), 1, 2};
    const doubles expected{3. * t + 3, t + 5., t + 7.};
    doubles y(3);
    for (int i = 0; i < 500; ++i) {
      bad += f(x) != expected;
      f.into(y, x);
      bad += y != expected;
    }
    return bad;
  });
  CHECK(wrong == 0);
  CHECK(runs == 1);
  CHECK(f.stats().traces == 1);
  CHECK(f.stats().calls == thread_count * 1000);  // the threads are gone, their counts are not
}

TEST_CASE("eight threads, many signatures, two specializations kept: results right, nothing freed in use") {
  std::atomic<int> inside{0}, most{0};
  const auto f = td::trace_graph(
      [&](const td::array& x) {
        const int now = ++inside;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {}
        const td::array y = x + static_cast<double>(x.shape(0));
        --inside;
        return y;
      },
      {.max_specializations = 2});
  const int wrong = together([&](int t) {
    int bad = 0;
    for (int i = 0; i < 120; ++i) {
      const auto n = static_cast<std::size_t>((i * (t + 1)) % 7 + 1);
      bad += f(filled(n, t)) != filled(n, t + static_cast<double>(n));
    }
    return bad;
  });
  CHECK(wrong == 0);
  CHECK(most == 1);  // one thread traces at a time
  CHECK(f.stats().specializations == 2);
  CHECK(f.stats().calls == thread_count * 120);
}

TEST_CASE("each new signature is traced once, whoever comes first") {
  std::atomic<int> runs{0};
  const auto f = td::trace_graph([&](const td::array& x) {
    ++runs;
    return x * static_cast<double>(x.shape(0));
  });
  const int wrong = together([&](int) {
    int bad = 0;
    for (std::size_t n = 1; n <= 20; ++n) bad += f(filled(n, 1)) != filled(n, static_cast<double>(n));
    return bad;
  });
  CHECK(wrong == 0);
  CHECK(runs == 20);
}

TEST_CASE("clear, stats, explain and handles on other backends meanwhile") {
  const auto f = td::trace_graph([](const td::array& x) { return td::exp(x - x) + x; }, {.max_specializations = 3});
  std::atomic<bool> stop{false};
  std::thread meddler([&] {
    while (!stop) {
      f.clear();
      (void)f.stats();
      (void)f.explain();
      (void)f.specializations();
      std::this_thread::yield();
    }
  });
  const int wrong = together([&](int t) {
    int bad = 0;
    const auto own = f.to(td::backends()[static_cast<std::size_t>(t) % td::backends().size()]);
    for (int i = 0; i < 60; ++i) {
      const auto n = static_cast<std::size_t>(i % 5 + 1);
      bad += f(filled(n, t)) != filled(n, t + 1);
      bad += own(filled(n, t)) != filled(n, t + 1);
      const auto copy = own;
      bad += copy(filled(n, 2)) != filled(n, 3);
    }
    return bad;
  });
  stop = true;
  meddler.join();
  CHECK(wrong == 0);
}

TEST_CASE("threads that come and go, and a traced object that goes before its threads do") {
  for (int round = 0; round < 5; ++round) {
    auto f = std::make_unique<td::traced<td::array(const td::array&)>>([](const td::array& x) { return x * 2; });
    std::barrier used(3);
    std::thread outlives([&] {
      (*f)(filled(3, 1));
      used.arrive_and_wait();  // then f is destroyed
      used.arrive_and_wait();
      const auto g = td::trace_graph([](const td::array& x) { return x * 3; });
      if (g(filled(3, 1)) != filled(3, 3)) std::abort();
    });
    std::thread short_lived([&] {
      (*f)(filled(4, 1));
      used.arrive_and_wait();
      used.arrive_and_drop();
    });
    used.arrive_and_wait();
    f.reset();
    used.arrive_and_wait();
    short_lived.join();
    outlives.join();
  }
}

TEST_CASE("an exception while tracing leaves the other threads unharmed") {
  std::atomic<int> runs{0};
  const auto f = td::trace_graph([&](const td::array& x) {
    if (++runs <= 3) throw std::runtime_error("not yet");
    return x + 1;
  });
  std::atomic<int> thrown{0};
  const int wrong = together([&](int) {
    for (;;) try {
        return f(filled(2, 1)) == filled(2, 2) ? 0 : 1;
      } catch (const std::runtime_error&) { ++thrown; }
  });
  CHECK(wrong == 0);
  CHECK(thrown == 3);
  CHECK(runs == 4);
}

TEST_CASE("check on eight threads") {
  const auto f = td::trace_graph([](const td::array& x) { return td::softmax(x) + x; }, {.check = true});
  const auto g = f.to(td::backends().back());
  const int wrong = together([&](int t) {
    int bad = 0;
    for (int i = 0; i < 10; ++i) bad += (t % 2 ? f : g)(filled(1, t)) != filled(1, t + 1);
    return bad;
  });
  CHECK(wrong == 0);
}

TEST_CASE("each thread traces its own objects at the same time") {
  const td::array shared({1., 2., 3.});
  const int wrong = together([&](int t) {
    int bad = 0;
    for (int i = 0; i < 20; ++i) {
      const auto f = td::trace_graph([&](const td::array& x) { return x + shared * t; });
      bad += f(doubles{0, 0, 0}) != doubles{1. * t, 2. * t, 3. * t};
    }
    return bad;
  });
  CHECK(wrong == 0);
}

TEST_CASE("arrays, eager ops and backend scopes on eight threads") {
  const td::array shared = td::arange(1000.0);
  const int wrong = together([&](int t) {
    const td::backend_scope scope(td::backends()[static_cast<std::size_t>(t) % td::backends().size()]);
    int bad = 0;
    for (int i = 0; i < 20; ++i) {
      const td::array copy = shared;
      bad += td::sum(copy * 2).item<double>() != 999000;
      bad += td::current_backend() != td::backends()[static_cast<std::size_t>(t) % td::backends().size()];
    }
    return bad;
  });
  CHECK(wrong == 0);
}
