// Memory: results come from a bounded cache of pages, dead temporaries are written over, and no number changes by it.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <set>
#include <thread>

#include <tendril/detail/op_id.hpp>
#include <tendril/detail/with_dtype.hpp>
#include <tendril/tendril.hpp>

#include "array/arena.hpp"
#include "array/memory.hpp"
#include "catch.hpp"
#include "kernels/backend.hpp"
#include "ops/op_table.hpp"
#include "run/executable.hpp"

namespace td = tendril;
using td::memory_stats;

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool keeps = false;  // every array ends for good there
#else
constexpr bool keeps = true;
#endif

constexpr std::size_t mib = std::size_t{1} << 20;

/// Leaves the cache as it was found.
struct fresh_cache {
  std::size_t limit = memory_stats().limit;
  fresh_cache() { td::trim_memory(); }
  ~fresh_cache() {
    td::set_memory_limit(limit);
    td::trim_memory();
  }
};

td::array doubles(std::int64_t n) { return td::zeros({n}, {.dtype = td::float64}); }

}  // namespace

TEST_CASE("the memory of a large array serves the next of its size, small arrays are malloc's") {
  const fresh_cache fresh;
  const auto before = memory_stats();
  const void* first = nullptr;
  {
    const td::array a = doubles(1 << 20);
    first = a.view().data;
    CHECK(reinterpret_cast<std::uintptr_t>(first) % 64 == 0);
    CHECK(memory_stats().in_use >= before.in_use + 8 * mib);
    CHECK(memory_stats().in_use <= before.in_use + 9 * mib);
    const td::array copy = a, view = td::reshape(a, {1024, 1024});
  }
  CHECK(memory_stats().in_use == before.in_use);
  CHECK((memory_stats().kept >= 8 * mib) == keeps);
  CHECK(memory_stats().peak >= before.in_use + 8 * mib);
  const td::array again = doubles((1 << 20) - 1000);  // of nearly that size
  CHECK((again.view().data == first) == keeps);
  CHECK(memory_stats().reused == before.reused + (keeps ? 1 : 0));
  CHECK(memory_stats().kept == 0);
  const auto now = memory_stats();
  CHECK(td::arange(100.0).size() == 100);
  CHECK(memory_stats().allocations == now.allocations);
}

TEST_CASE("what is kept is bounded, the oldest goes first, and trim_memory gives it back") {
  const fresh_cache fresh;
  td::set_memory_limit(3 * mib);
  CHECK(memory_stats().limit == 3 * mib);
  { const td::array a = doubles(131072), b = doubles(131072), c = doubles(131072); }  // 1 MiB each
  CHECK(memory_stats().kept == (keeps ? 3 * mib : 0));
  { const td::array big = doubles(300'000); }  // 2.25 MiB and more: the others make room
  CHECK(memory_stats().kept <= 3 * mib);
  { const td::array huge = doubles(1 << 20); }  // above the limit: never kept
  CHECK(memory_stats().kept <= 3 * mib);
  const std::size_t kept = memory_stats().kept;
  CHECK(td::trim_memory() == kept);
  CHECK(memory_stats().kept == 0);
  { const td::array a = doubles(131072), b = doubles(131072); }
  CHECK(td::trim_memory(mib) == (keeps ? mib : 0));
  CHECK(memory_stats().kept == (keeps ? mib : 0));
  td::set_memory_limit(0);
  CHECK(memory_stats().kept == 0);
}

TEST_CASE("blocks hold what was asked for, at every size") {
  const fresh_cache fresh;
  std::vector<td::engine::block> blocks;
  for (std::size_t bytes = td::engine::large_block; bytes < 20 * mib; bytes += bytes / 7 + 1) {
    for (std::size_t n : {bytes, bytes - bytes % 4096, bytes - bytes % 65536}) {
      const auto b = td::engine::take_block(n);
      CHECK(b.bytes >= n);
      CHECK(b.bytes <= n + n / 8 + 4096);
      std::memset(b.data, 0x5a, n);
      blocks.push_back(b);
    }
  }
  std::set<void*> distinct;
  for (const auto& b : blocks) distinct.insert(b.data);
  CHECK(distinct.size() == blocks.size());
  for (const auto& b : blocks) td::engine::return_block(b);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose allocators end the program where there is no memory
  CHECK_THROWS_AS(td::engine::take_block(std::size_t{1} << 61), td::memory_error);
  CHECK_THROWS_AS(td::engine::take_block(~std::size_t{0}), td::memory_error);
#endif
}

TEST_CASE("the size from which stores go past the caches is that of a last-level cache") {
  CHECK(td::engine::stream_threshold() >= mib / 4);
  CHECK(td::engine::stream_threshold() <= 4096 * mib);
  CHECK(td::engine::stream_threshold() == td::engine::stream_threshold());
}

TEST_CASE("eight threads take, pass on and return blocks") {
  const fresh_cache fresh;
  td::set_memory_limit(8 * mib);
  std::vector<std::thread> threads;
  std::vector<int> wrong(8, 0);
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([t, &wrong] {
      for (int i = 0; i < 300; ++i) {
        const td::array a = td::full({10'000 + (i * 37 + t * 101) % 40'000}, static_cast<double>(t));
        const double* p = a.data<double>();
        for (std::int64_t k = 0; k < a.size(); k += 999) wrong[static_cast<std::size_t>(t)] += p[k] != t;
        if (i % 50 == 0) td::trim_memory(mib);
      }
    });
  for (auto& t : threads) t.join();
  for (int w : wrong) CHECK(w == 0);
  CHECK(memory_stats().kept <= 8 * mib);
}

TEST_CASE("large workspaces are the thread's own, and one lies above the other") {
  std::thread([] {
    const td::engine::workspace outer(5 * mib);
    std::memset(outer.data(), 1, 5 * mib);
    void* kept = nullptr;
    {
      const td::engine::workspace inner(11 * mib);
      kept = inner.data();
      std::memset(inner.data(), 2, 11 * mib);
      CHECK(reinterpret_cast<std::uintptr_t>(inner.data()) % 64 == 0);
    }
    const td::engine::workspace again(11 * mib);
    CHECK(again.data() == kept);
    CHECK(outer.data()[5 * mib - 1] == std::byte{1});
  }).join();
}

// ---- the memory plan

namespace {

td::function compiled(td::array (*f)(const td::array&), const td::array& x, bool optimize, const std::string& backend) {
  return td::compile(td::trace_graph(f).graph(x), {.to = backend, .optimize = optimize});
}
td::array five_steps(const td::array& x) { return td::exp(td::abs(x) * 0.5 + 1) - 2; }
td::array between_products(const td::array& x) {
  const td::array h = td::matmul(x, x);
  return td::matmul(td::maximum(h, 0.0) * 0.5, x);
}
td::array read_again(const td::array& x) {
  const td::array h = td::matmul(x, x);
  return td::matmul(td::tanh(h), h);  // h is alive when tanh writes
}
td::array turned(const td::array& x) {
  const td::array h = td::matmul(x, x);
  return td::matmul(h + td::matrix_transpose(h), x);  // each element of h is read at two places
}
td::array narrowed(const td::array& x) {
  const td::array h = td::matmul(x, x);
  return td::matmul(td::astype(h, td::float32), td::astype(x, td::float32));  // smaller elements
}

}  // namespace

TEST_CASE("a step writes over the temporary that dies in it") {
  const td::array x = td::reshape(td::arange(64.0 * 64) / 1000 - 2, {64, 64});
  constexpr std::size_t one = 64 * 64 * 8;
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    CHECK(compiled(five_steps, x, false, backend).info().bytes_planned == one);
    const auto scratch = [&](const td::function& f) {
      std::size_t most = 0;
      for (const auto& s : f.impl()->steps)
        if (s.program) most = std::max(most, s.program->workspace);
      return most;
    };
    const auto planned = [&](td::array (*f)(const td::array&)) {
      const td::function g = compiled(f, x, true, backend);
      return g.info().bytes_planned - scratch(g);
    };
    CHECK(planned(between_products) == one);
    CHECK(planned(read_again) == 2 * one);
    CHECK(planned(turned) == 2 * one);
    for (const bool optimize : {false, true})
      for (auto f : {five_steps, between_products, read_again, turned, narrowed})
        CHECK(td::allclose(compiled(f, x, optimize, backend)({x}).front(),
                           td::evaluate(td::trace_graph(f).graph(x), std::vector{x}, backend).front(), 1e-6, 1e-9));
  }
}

TEST_CASE("every elementwise kernel may write over an operand") {
  int tried = 0;
  for (const std::string& name : td::backends()) {
    const td::backend& b = td::detail::find_backend("memory", name);
    for (const td::op_record* row : td::op_table()) {
      const td::op_record& op = *row;
      if (!op.is(td::trait::elementwise) || op.id == td::op_id::astype) continue;
      for (const td::dtype d : td::detail::all_dtypes) {
        const auto kernel = b.whole->kernel[static_cast<std::size_t>(op.id)][static_cast<int>(d)];
        if (!kernel) continue;
        for (const std::int64_t n : {3, 2500}) {
          std::vector<td::array> in;
          std::vector<td::type> types;
          std::vector<td::array_view> views;
          for (std::size_t k = 0; k < op.inputs.size(); ++k) {
            const td::dtype own = op.id == td::op_id::where && k == 0 ? td::bool_ : d;
            const td::array base = td::arange(static_cast<double>(n)) * 0.37 + static_cast<double>(k);
            in.push_back(own == td::bool_ ? td::floor(base) > td::floor(base - 0.6) : td::astype(base, own));
            types.push_back(td::type::of(own, std::vector<std::int64_t>{n}));
            views.push_back(in.back().view());
          }
          td::attributes defaults;
          for (const td::attribute_spec& a : op.attributes) defaults.set(a.name.c_str(), a.default_value);
          const bool present[4] = {true, true, true, true};
          const auto result = td::infer({op, types, {present, types.size()}, defaults}).front();
          const td::array expected = td::detail::make_empty(result.dtype, std::vector<std::int64_t>{n});
          const td::array_view out = expected.view();
          kernel(&out, views.data(), static_cast<int>(views.size()), defaults);
          for (std::size_t k = 0; k < in.size(); ++k) {
            if (td::size_of(in[k].dtype()) != td::size_of(result.dtype)) continue;
            const td::array over = td::detail::copy_of(in[k].view());
            auto with = views;
            with[k] = over.view();
            td::array_view to = over.view();
            to.dtype = result.dtype;
            kernel(&to, with.data(), static_cast<int>(with.size()), defaults);
            INFO(name << ": " << op.name << " of " << td::name_of(d) << ", operand " << k << ", " << n << " elements");
            CHECK(!std::memcmp(to.data, out.data, static_cast<std::size_t>(n) * td::size_of(result.dtype)));
            ++tried;
          }
        }
      }
    }
  }
  CHECK(tried > 300);
}

namespace {

// Needs two temporaries of the argument's size.
td::array running(const td::array& x) { return td::sort(td::cumulative_sum(td::sort(x) * 2.0) * 0.5); }

bool same(const td::array& a, const td::array& b) { return td::all(td::equal(a, b)).item<bool>(); }

}  // namespace

TEST_CASE("trim_memory gives back the workspace of every thread that has no call under way") {
  const fresh_cache fresh;
  REQUIRE(memory_stats().workspace == 0);
  const auto f = td::trace_graph(running);
  const td::array x = td::detail::copy_of(td::arange(1'000'000.0).view()), expected = running(x);
  td::trim_memory();
  CHECK(same(f(x), expected));
  const std::size_t held = memory_stats().workspace;
  CHECK(held >= 8 * mib);
  CHECK(held <= 64 * mib);
  CHECK(same(f(x), expected));
  CHECK(memory_stats().workspace == held);
  td::trim_memory(held);  // what arrays left goes first
  CHECK(memory_stats().workspace == held);
  CHECK(td::trim_memory(1) >= held);
  CHECK(memory_stats().workspace == 0);
  CHECK(same(f(x), expected));

  std::atomic<int> ready{0};
  std::atomic<bool> go{false};
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      wrong[t] += !same(f(x), expected);
      ++ready;
      while (!go.load()) std::this_thread::yield();
      wrong[t] += !same(f(x), expected);
    });
  while (ready.load() < 4) std::this_thread::yield();
  CHECK(memory_stats().workspace >= 5 * 8 * mib);
  CHECK(td::trim_memory() >= 5 * 8 * mib);
  CHECK(memory_stats().workspace == 0);
  go = true;
  for (std::thread& t : threads) t.join();
  CHECK(wrong == std::vector<int>(4, 0));
  CHECK(memory_stats().workspace == 0);  // the threads have ended
}

TEST_CASE("a call that is under way when memory is asked for keeps its workspace, and gives it back when it ends") {
  const fresh_cache fresh;
  {
    const td::engine::workspace outer(3 * mib);
    std::memset(outer.data(), 1, 3 * mib);
    std::thread([] { td::trim_memory(); }).join();
    CHECK(memory_stats().workspace >= 3 * mib);
    const td::engine::workspace inner(5 * mib);
    std::memset(inner.data(), 2, 5 * mib);
    CHECK(outer.data()[3 * mib - 1] == std::byte{1});
  }
  CHECK(memory_stats().workspace == 0);
}

TEST_CASE("threads that call while others ask for their memory get right numbers") {
  const fresh_cache fresh;
  const auto f = td::trace_graph(running);
  const td::array x = td::detail::copy_of(td::arange(20'000.0).view()), expected = running(x);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  std::vector<int> wrong(3, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) wrong[t] += !same(f(x), expected);
    });
  std::thread trims([&] {
    while (!stop.load()) td::trim_memory();
  });
  for (std::thread& t : threads) t.join();
  stop = true;
  trims.join();
  CHECK(wrong == std::vector<int>(3, 0));
}

TEST_CASE("what threads hold for workspace is bounded by the memory limit") {
  const fresh_cache fresh;
  td::set_memory_limit(4 * mib);
  { const td::engine::workspace small(3 * mib); }
  CHECK(memory_stats().workspace >= 3 * mib);  // kept for the next call
  { const td::engine::workspace large(6 * mib); }
  CHECK(memory_stats().workspace <= 4 * mib);
  { const td::engine::workspace a(mib), b(3 * mib), c(7 * mib); }
  CHECK(memory_stats().workspace <= 4 * mib);
  td::set_memory_limit(64 * mib);
  { const td::engine::workspace large(16 * mib); }
  CHECK(memory_stats().workspace >= 16 * mib);
  td::set_memory_limit(8 * mib);
  CHECK(memory_stats().workspace <= mib);
  { const td::engine::workspace little(1000); }
  CHECK(memory_stats().workspace <= mib);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose allocators end the program where there is no memory
TEST_CASE("where memory ends an error of Tendril's says how many bytes were wanted") {
  const auto text = [](auto f) -> std::string {
    try {
      f();
    } catch (const td::memory_error& e) { return e.what(); } catch (const std::exception& e) {
      return std::string("another exception: ") + e.what();
    }
    return "no exception";
  };
  const auto starts = [](const std::string& s, const std::string& with) {
    INFO(s);
    return s.substr(0, with.size()) == with;
  };
  constexpr std::int64_t many = std::int64_t{1} << 46;
  const std::string array = "[array] no memory is left: got none, expected " + std::to_string(many * 8) + " bytes";
  CHECK(starts(text([] { td::zeros({many}) + 1.0; }), array));
  const td::array wide = td::broadcast_to(td::array(1.0), td::axes({many}));
  CHECK(starts(text([&] { td::exp(wide); }), array));
  CHECK(starts(text([&] { td::trace_graph([](const td::array& x) { return td::exp(x); })(wide); }), array));
  // Temporaries are workspace.
  const auto sums = td::trace_graph([](const td::array& x) { return td::sum(td::cumulative_sum(x)); });
  CHECK(starts(text([&] { sums(wide); }), "[workspace] no memory is left: got none, expected 56"));
  CHECK(starts(text([&] { td::engine::workspace w(std::size_t{1} << 63); }), "[workspace] no memory is left"));
  CHECK(sums(td::arange(4.0)).item<double>() == 10);
  // Containers of others.
  const auto stretch = td::trace_graph([](const td::array& x) { return td::broadcast_to(x, {many}); });
  CHECK(text([&] { stretch(std::vector<double>{1}); }) == "[call] no memory is left: got none, expected " + std::to_string(many * 8) +
                                                              " bytes for a result of shape (" + std::to_string(many) +
                                                              ",) in std::vector<double>. Use smaller arrays.");
  const auto longest = td::trace_graph([](const td::array& x) { return td::broadcast_to(x, {std::int64_t{1} << 58}); });
  CHECK(starts(text([&] { longest(std::vector<double>{1}); }), "[call] no memory is left: got none, expected 2305843009213693952 bytes"));
}
#endif
