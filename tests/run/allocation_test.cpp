// What `into` allocates after a thread's first call: nothing, for every op of the table, on every backend, in every layout of the results.
#include <atomic>
#include <cstdlib>
#include <new>
#include <set>
#include <thread>

#include <tendril/detail/op_id.hpp>
#include <tendril/tendril.hpp>

#include "allocation_hook.hpp"
#include "catch.hpp"
#include "ops/op_table.hpp"
#include "reference.hpp"
#include "region_ops.hpp"
#include "run/executable.hpp"

namespace td = tendril;
using tendril_test::op_case;

namespace {
// Volatile: GCC 16 takes it that no allocation reads or writes what nobody else knows of.
thread_local volatile bool counting = false;
thread_local volatile int counted = 0;

[[maybe_unused]] void* count(void* p) {
  if (counting) counted = counted + 1;
  return p;
}
}  // namespace

// Whatever allocates goes through malloc and its like, or where a sanitizer has these, tells its hook.
#if !TENDRIL_SANITIZER_ALLOCATES
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void* malloc(std::size_t n) { return count(__libc_malloc(n)); }
void* calloc(std::size_t n, std::size_t size) { return count(__libc_calloc(n, size)); }
void* realloc(void* p, std::size_t n) { return count(__libc_realloc(p, n)); }
void* aligned_alloc(std::size_t alignment, std::size_t n) { return count(__libc_memalign(alignment, n)); }
}
constexpr bool hears_all = false;
#else
namespace {
[[maybe_unused]] const int hooks = tendril_test::hear_allocations<[] {
  if (counting) counted = counted + 1;
}>();
constexpr bool hears_all = true;  // posix_memalign too
}  // namespace
#endif

namespace {

// What a run takes from the system or from malloc.
template <class F>
int allocations_of(F run) {
  counted = 0;
  counting = true;
  run();
  counting = false;
  return counted;
}

// Storage of a result: row-major, column-major, or every second element of a larger array.
enum class layout { rows, columns, gaps };
struct storage {
  td::array memory;
  td::array_view view;
};
storage storage_for(const td::array_view& like, layout how) {
  td::extents shape(like.shape, like.shape + like.rank);
  if (how == layout::gaps && !shape.empty()) shape.back() *= 2;
  storage s{td::detail::make_empty(like.dtype, shape), {}};
  s.view = s.memory.view();
  if (how == layout::gaps && !shape.empty()) s.view.shape[like.rank - 1] /= 2, s.view.strides[like.rank - 1] *= 2;
  if (how == layout::columns) {
    std::int64_t stride = 1;
    for (int k = 0; k < like.rank; stride *= std::max<std::int64_t>(s.view.shape[k++], 1)) s.view.strides[k] = stride;
  }
  return s;
}

// Runs the function as `into` of traced objects does.
void run_into(const td::function& f, const std::vector<td::array_view>& in, const std::vector<td::array_view>& out) {
  const td::detail::executable* e = f.impl().get();
  if (e->steps.empty()) return;
  e->direct ? td::detail::executable::run_direct_into(e, in.data(), out.data())
            : td::detail::executable::run_into(e, in.data(), out.data());
}

// Names the layouts of results in which a call allocates.
std::string allocates(const td::function& f, const std::vector<td::array_view>& in) {
  std::string all;
  for (const layout how : {layout::rows, layout::columns, layout::gaps}) {
    std::vector<storage> stored;
    std::vector<td::array_view> out;
    for (const td::type& t : f.impl()->result_types) {
      const td::array like = td::detail::make_empty(t.dtype, t.known_extents());
      stored.push_back(storage_for(like.view(), how));
      out.push_back(stored.back().view);
    }
    run_into(f, in, out);
    if (const int n = allocations_of([&] { run_into(f, in, out); }))
      all += " " + std::to_string(n) + (how == layout::rows ? " row-major" : how == layout::columns ? " column-major" : " with gaps");
  }
  return all;
}

}  // namespace

const int* volatile seen;  // or a compiler finds that nobody looks, and allocates nothing
TEST_CASE("allocations are counted") {
  CHECK(allocations_of([] {
          std::vector<int> v(100);
          seen = v.data();
        }) == 1);
  CHECK(allocations_of([] {}) == 0);
}

TEST_CASE("into allocates nothing after a thread's first call, for every op of the table") {
  td::set_warning_handler([](std::string_view) {});
  int checked = 0;
  for (const std::string& backend : td::backends())
    for (const td::op_record* row : td::op_table()) {
      const td::op_record& op = *row;
      if (op.is(td::trait::internal)) continue;
      std::set<std::string> found;
      for (const op_case& c : tendril_test::op_cases(op.name))
        for (const bool optimize : {true, false}) {
          const auto calls_the_op = [&c](const std::vector<td::array>& in) {
            return td::apply(*td::find_op(c.op), c.operands(in), c.attributes);
          };
          const auto f = td::trace_graph(calls_the_op, {.to = backend, .optimize = optimize});
          const std::vector<td::array> in = c.array_inputs();
          std::vector<td::array_view> views;
          int rank = c.outputs.empty() ? 0 : c.outputs.front().ndim();
          for (const td::array& a : in) views.push_back(a.view()), rank = std::max(rank, a.ndim());
          if (backend == "xtensor" && rank > 4) continue;         // its own shapes are on the heap from there on
          if (hears_all && op.id == td::op_id::matmul) continue;  // and aligned memory that the libraries of products take for themselves
          ++checked;
          if (const std::string all = allocates(f.compiled(in), views); !all.empty())
            found.insert((optimize ? "" : "unoptimized: ") + all + " of " + c.text.substr(0, 200));
        }
      INFO(backend << " " << op.name);
      std::string first = found.empty() ? "" : std::to_string(found.size()) + " cases, as" + *found.begin();
      CHECK(first == "");
    }
  CHECK(checked > 2000);
  td::set_warning_handler(nullptr);
}

TEST_CASE("into allocates nothing with many operands, many results, interleaved results and large arrays") {
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const auto each = [](const std::vector<td::array>& v) {
      std::vector<td::array> out;
      td::array sum = v[0];
      for (const td::array& x : v) out.push_back(td::exp(x) - v[0]), sum = sum + x * 2.0;
      out.push_back(td::sort(sum));
      out.push_back(td::matmul(td::reshape(sum, {1, -1}), td::reshape(sum, {-1, 1})));
      return out;
    };
    for (const std::int64_t n : {3, 300, 40000}) {
      std::vector<td::array> x;
      std::vector<td::array_view> views;
      for (int i = 0; i < 30; ++i) x.push_back(td::arange(n) * 0.001 * i);
      for (td::array& a : x) a = td::detail::copy_of(a.view()), views.push_back(a.view());
      const auto f = td::trace_graph(each, {.to = backend});
      CHECK(allocates(f.compiled(x), views) == "");
      // The columns of one matrix.
      const td::function compiled = td::trace_graph([](const std::vector<td::array>& v) {
                                      std::vector<td::array> out;
                                      for (const td::array& a : v) out.push_back(a * 3.0);
                                      return out;
                                    }).compiled(x);
      const td::array table = td::zeros({n, 30}), kept = td::detail::copy_of(table.view());
      std::vector<td::array_view> out;
      for (int i = 0; i < 30; ++i) {
        td::array_view v = kept.view();
        v.data = static_cast<double*>(v.data) + i;
        v.rank = 1;
        v.shape[0] = n;
        v.strides[0] = 30;
        out.push_back(v);
      }
      run_into(compiled, views, out);
      CHECK(allocations_of([&] { run_into(compiled, views, out); }) == 0);
      CHECK(kept[{n - 1, 29}].item<double>() == x[29][{n - 1}].item<double>() * 3.0);
    }
  }
}

TEST_CASE("into allocates nothing after a thread's first call with regions, whichever branch that took") {
  using region_ops::arrays;
  using region_ops::given;
  const auto f = [](const td::array& x) {
    const td::array base = td::exp(x);
    const arrays state = region_ops::repeat(3, [&](given s) { return arrays{s[1], td::maximum(td::sort(s[0]) * 0.5, base)}; }, {x, base});
    return region_ops::cond(
        td::any(x > 0), [](given in) { return arrays{in[0] - 1}; },
        [](given in) {
          const td::array sorted = td::sort(in[0]), sums = td::cumulative_sum(in[1], {.axis = -1});
          return region_ops::repeat(2, [&](given s) { return arrays{td::sort(s[0] + td::roll(sorted, 3)) - sums}; }, {in[0]});
        },
        {state[0], td::matrix_transpose(state[1])});
  };
  for (const std::string& backend : td::backends())
    for (const std::int64_t n : {4, 120}) {
      INFO(backend << " " << n);
      const td::array above = td::reshape(td::arange(static_cast<double>(n * n)), {n, n}) + 1, below = td::negative(above);
      const td::function compiled = td::trace_graph(f, {.to = backend}).compiled(above);
      const auto allocates_with = [&](const td::array& first, const td::array& x) {
        std::string all;
        std::thread([&] {  // whose arena is empty
          const td::array out = td::zeros({n, n}), kept = td::detail::copy_of(out.view());
          const std::vector<td::array_view> to{kept.view()}, in{x.view()};
          run_into(compiled, {first.view()}, to);
          if (const int count = allocations_of([&] { run_into(compiled, in, to); })) all = std::to_string(count);
          all += allocates(compiled, {x.view()});
        })
            .join();
        return all;
      };
      CHECK(allocates_with(above, below) == "");
      CHECK(allocates_with(below, above) == "");
    }
}
