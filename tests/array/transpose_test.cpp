// Transposed copies: every element in its place, around the edges of the tiles, on parts of larger arrays, and nothing else written.
#include <cstdint>
#include <vector>

#include <tendril/tendril.hpp>

#include "array/transpose.hpp"
#include "catch.hpp"

namespace td = tendril;
namespace {

template <class T>
struct plane {
  std::vector<T> memory;
  td::array_view view{};
};

// planes x rows x columns, contiguous along `axis` (1 or 2), each line followed by `gap` foreign elements.
template <class T>
plane<T> make(td::dtype d, std::int64_t planes, std::int64_t rows, std::int64_t columns, int axis, std::int64_t gap) {
  plane<T> p;
  const std::int64_t extents[] = {planes, rows, columns}, line = extents[axis] + gap, lines = extents[3 - axis];
  p.memory.assign(static_cast<std::size_t>(planes * lines * line + 1), T(-1));
  p.view.data = p.memory.data() + 1;  // not aligned to a vector
  p.view.dtype = d;
  p.view.rank = 3;
  for (int k = 0; k < 3; ++k) p.view.shape[k] = extents[k];
  p.view.strides[0] = lines * line;
  p.view.strides[axis] = 1;
  p.view.strides[3 - axis] = line;
  return p;
}

template <class T>
T& at(const td::array_view& v, std::int64_t i, std::int64_t j, std::int64_t k) {
  return static_cast<T*>(v.data)[i * v.strides[0] + j * v.strides[1] + k * v.strides[2]];
}

template <class T>
void check(td::dtype d, std::int64_t rows, std::int64_t columns) {
  for (const std::int64_t gap : {0, 3})
    for (const int axis : {1, 2}) {
      plane<T> from = make<T>(d, 2, rows, columns, axis, gap), to = make<T>(d, 2, rows, columns, 3 - axis, gap);
      const auto value = [&](std::int64_t i, std::int64_t j, std::int64_t k) { return static_cast<T>((i * rows + j) * columns + k); };
      for (std::int64_t i = 0; i < 2; ++i)
        for (std::int64_t j = 0; j < rows; ++j)
          for (std::int64_t k = 0; k < columns; ++k) at<T>(from.view, i, j, k) = value(i, j, k);
      REQUIRE(td::engine::copy_transposed(to.view, from.view));
      int wrong = 0;
      for (std::int64_t i = 0; i < 2; ++i)
        for (std::int64_t j = 0; j < rows; ++j)
          for (std::int64_t k = 0; k < columns; ++k) {
            wrong += at<T>(to.view, i, j, k) != value(i, j, k);
            at<T>(to.view, i, j, k) = T(-1);
          }
      for (const T x : to.memory) wrong += x != T(-1);  // between the lines
      INFO(rows << " x " << columns << " axis " << axis << " gap " << gap);
      CHECK(wrong == 0);
    }
}

}  // namespace

TEST_CASE("a transposed copy puts every element in its place") {
  for (const std::int64_t rows : {16, 17, 31, 32, 129, 200})
    for (const std::int64_t columns : {16, 19, 48, 130}) {
      check<float>(td::float32, rows, columns);
      check<std::int32_t>(td::int32, rows, columns);
      check<double>(td::float64, rows, columns);
      check<std::int64_t>(td::int64, rows, columns);
    }
}

TEST_CASE("what is no transposition of some size is left to others") {
  const auto refused = [](td::dtype d, std::int64_t rows, std::int64_t columns, int axis_out, int axis_in) {
    plane<double> from = make<double>(d, 1, rows, columns, axis_in, 0), to = make<double>(d, 1, rows, columns, axis_out, 0);
    return !td::engine::copy_transposed(to.view, from.view);
  };
  CHECK(refused(td::float64, 64, 64, 2, 2));
  CHECK(refused(td::float64, 64, 4, 2, 1));
  CHECK(refused(td::bool_, 64, 64, 2, 1));
  CHECK_FALSE(refused(td::float64, 64, 64, 2, 1));
}

TEST_CASE("permuted results are those of the elements, eager and traced") {
  const td::array x = td::reshape(td::arange(3 * 70 * 50), {3, 70, 50});
  const auto turn = [](const td::array& a) { return td::permute_dims(a, {2, 0, 1}); };
  for (const td::dtype d : {td::float32, td::float64, td::int64}) {
    const td::array a = td::astype(x, d), y = td::trace_graph(turn, td::args(a))(a), z = turn(a);
    int wrong = 0;
    for (std::int64_t i = 0; i < 50; i += 7)
      for (std::int64_t j = 0; j < 3; ++j)
        for (std::int64_t k = 0; k < 70; ++k) {
          const auto want = static_cast<double>((j * 70 + k) * 50 + i);
          wrong += td::astype(y[{i, j, k}], td::float64).item<double>() != want;
          wrong += td::astype(z[{i, j, k}], td::float64).item<double>() != want;
        }
    CHECK(wrong == 0);
  }
}
