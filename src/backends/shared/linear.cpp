// Gaussian elimination with row pivots and Cholesky's decomposition, of matrices copied to rows in working memory.
//
// Both go by blocks of 32 columns: a block is decomposed element by element, then what lies to the right of it and below loses the product
// of its parts, which the backend multiplies. A pivot of 0 leaves its column, all zeros from there on, as it is, as LAPACK does.
#include "backends/shared/linear.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include <tendril/detail/op_id.hpp>
#include <tendril/detail/with_dtype.hpp>

#include "array/arena.hpp"
#include "backends/shared/batches.hpp"

namespace tendril::detail {
namespace {

using engine::room;
using engine::whole_kernel;
using index = std::int64_t;

/// Rows of `columns` elements, `stride` apart.
template <class T>
struct rows_of {
  T* data;
  index rows, columns, stride;
  T* operator[](index i) const { return data + i * stride; }
  rows_of part(index row, index column, index rows_taken, index columns_taken) const {
    return {data + row * stride + column, rows_taken, columns_taken, stride};
  }
  array_view view() const {
    array_view v;
    v.data = data;
    v.dtype = dtype_of<T>;
    v.rank = 2;
    v.shape[0] = rows, v.shape[1] = columns;
    v.strides[0] = stride, v.strides[1] = 1;
    return v;
  }
};

/// The same of a matrix whose extents the compiler knows: loops over them are unrolled.
template <class T, index N, index M = N>
struct fixed_rows {
  T* data;
  static constexpr index rows = N, columns = M, stride = M;
  T* operator[](index i) const { return data + i * M; }
};

// Few elements are copied here: a nest of loops of any rank would take longer to set up.
constexpr index few_elements = 64;

template <class T>
T& element(const array_view& v, index i, index j) {
  return static_cast<T*>(v.data)[i * v.strides[0] + j * v.strides[1]];
}

/// The matrix `from` to rows of working memory, and back.
template <class Rows>
void load(const Rows& to, const array_view& from) {
  using T = std::remove_reference_t<decltype(to[0][0])>;
  if (to.rows * to.columns > few_elements) return copy_strided(dense_like(to.data, from), from);
  for (index i = 0; i < to.rows; ++i)
    for (index j = 0; j < to.columns; ++j) to[i][j] = element<T>(from, i, j);
}
template <class Rows>
void save(const array_view& to, const Rows& from) {
  using T = std::remove_reference_t<decltype(from[0][0])>;
  if (from.rows * from.columns > few_elements) return copy_strided(to, dense_like(from.data, to));
  for (index i = 0; i < from.rows; ++i)
    for (index j = 0; j < from.columns; ++j) element<T>(to, i, j) = from[i][j];
}

template <class Rows>
void set_identity(const Rows& to) {
  std::fill_n(to.data, to.rows * to.columns, 0);
  for (index i = 0; i < to.rows; ++i) to[i][i] = 1;
}

template <class T>
void subtract_scaled(T* __restrict to, T factor, const T* __restrict from, index n) {
  for (index j = 0; j < n; ++j) to[j] -= factor * from[j];
}

/// c -= a b.
template <class T>
void subtract_product(const rows_of<T>& c, const array_view& a, const array_view& b, whole_kernel products) {
  if (c.rows == 0 || c.columns == 0) return;
  static const attributes none;
  const room<T> memory(c.rows * c.columns);
  const rows_of<T> made{memory.get(), c.rows, c.columns, c.columns};
  const array_view out = made.view(), in[] = {a, b};
  products(&out, in, 2, none);
  for (index i = 0; i < c.rows; ++i) subtract_scaled(c[i], T(1), made[i], c.columns);
}

/// Whether a matrix may have more rows than a block.
template <class Rows>
inline constexpr bool is_blocked = true;
template <class T, index N, index M>
inline constexpr bool is_blocked<fixed_rows<T, N, M>> = false;

/// b becomes the y of a y = b, where a is the lower triangle: from the first row to the last. A unit diagonal is not read.
template <class A, class B>
void substitute_down(const A& a, const B& b, bool unit, whole_kernel products) {
  const index n = a.rows, m = b.columns;
  for (index begin = 0; begin < n; begin += one_block) {
    const index end = std::min(begin + one_block, n);
    for (index i = begin; i < end; ++i) {
      for (index j = 0; j < m && !unit; ++j) b[i][j] /= a[i][i];
      for (index r = i + 1; r < end; ++r) subtract_scaled(b[r], a[r][i], b[i], m);
    }
    if constexpr (is_blocked<A>)
      subtract_product(b.part(end, 0, n - end, m), a.part(end, begin, n - end, end - begin).view(), b.part(begin, 0, end - begin, m).view(),
                       products);
  }
}

/// The same of the upper triangle: from the last row to the first.
template <class A, class B>
void substitute_up(const A& a, const B& b, bool unit, whole_kernel products) {
  const index n = a.rows, m = b.columns;
  for (index begin = (n - 1) / one_block * one_block; begin >= 0; begin -= one_block) {
    const index end = std::min(begin + one_block, n);
    for (index i = end; i-- > begin;) {
      for (index j = 0; j < m && !unit; ++j) b[i][j] /= a[i][i];
      for (index r = begin; r < i; ++r) subtract_scaled(b[r], a[r][i], b[i], m);
    }
    if constexpr (is_blocked<A>)
      subtract_product(b.part(0, 0, begin, m), a.part(0, begin, begin, end - begin).view(), b.part(begin, 0, end - begin, m).view(),
                       products);
  }
}

/// l and u in the place of a square matrix whose rows have been exchanged: row k with swaps[k], in this order.
template <class Rows>
struct eliminated {
  using T = std::remove_reference_t<decltype(std::declval<const Rows&>()[0][0])>;
  Rows a;
  index* swaps;
  bool odd = false;       ///< the number of exchanges
  index first_zero = -1;  ///< the first pivot that is 0

  void run(whole_kernel products) {
    const index n = a.rows;
    for (index begin = 0; begin < n; begin += one_block) {
      const index end = std::min(begin + one_block, n);
      [[maybe_unused]] const index width = n - end, depth = end - begin;
      for (index k = begin; k < end; ++k) eliminate(k, end);
      if constexpr (is_blocked<Rows>) {
        for (index i = begin; i < end; ++i)
          for (index r = i + 1; r < end; ++r) subtract_scaled(a[r] + end, a[r][i], a[i] + end, width);
        subtract_product(a.part(end, end, width, width), a.part(end, begin, width, depth).view(), a.part(begin, end, depth, width).view(),
                         products);
      }
    }
  }

  /// b becomes the solution.
  template <class B>
  void solve(const B& b, whole_kernel products) const {
    const index n = a.rows, m = b.columns;
    for (index k = 0; k < n; ++k)
      if (swaps[k] != k) std::swap_ranges(b[k], b[k] + m, b[swaps[k]]);
    substitute_down(a, b, true, products);
    substitute_up(a, b, false, products);
  }

 private:
  // Column k below the diagonal, and what follows from it in the columns up to `end`.
  void eliminate(index k, index end) {
    const index n = a.rows;
    index best = k;
    for (index i = k + 1; i < n; ++i)
      if (std::abs(a[i][k]) > std::abs(a[best][k])) best = i;
    swaps[k] = best;
    if (best != k) {
      std::swap_ranges(a[k], a[k] + n, a[best]);
      odd = !odd;
    }
    const T pivot = a[k][k];
    if (pivot == 0) {
      if (first_zero < 0) first_zero = k;
      return;
    }
    for (index i = k + 1; i < n; ++i) {
      a[i][k] /= pivot;
      subtract_scaled(a[i] + k + 1, a[i][k], a[k] + k + 1, end - k - 1);
    }
  }
};

/// A copy of the matrix `from` in rows.
template <class T>
rows_of<T> copied(T* memory, const array_view& from) {
  const rows_of<T> to{memory, from.shape[0], from.shape[1], from.shape[1]};
  load(to, from);
  return to;
}

void require_regular(const char* op, index zero, index rows, const attributes& at, index number, int batch_rank) {
  if (zero >= 0 && at.get_bool("check"))
    throw error(
        format_text("[{}] the matrix is singular: got a pivot of 0 in row {} of {}{}, expected none. Add a multiple of the identity "
                    "matrix, or leave out the rows that follow from others.",
                    op, zero, rows, which(number, batch_rank)));
}

// ---- one dtype

/// Calls f(views of one matrix each, its number).
template <class F>
void each_matrix(const array_view* const* views, const int* own, int count, F&& f) {
  if (views[0]->rank > own[0]) return batch(views, own, count).each(f);
  array_view now[3];  // no batch
  for (int k = 0; k < count; ++k) now[k] = *views[k];
  f(now, 0);
}

/// A decomposition with memory of its own, of so many rows.
template <class T, index N>
struct fixed_elimination {
  T elements[N * N];
  index swaps[N];
  eliminated<fixed_rows<T, N>> d{{elements}, swaps};
  fixed_elimination() = default;
  fixed_elimination(const fixed_elimination&) = delete;
};

/// Calls f(the number as a type) where code is made for so many rows; false elsewhere.
template <class F>
bool with_fixed_rows(index n, F&& f) {
  switch (n) {
    case 2: f(std::integral_constant<index, 2>()); return true;
    case 3: f(std::integral_constant<index, 3>()); return true;
    case 4: f(std::integral_constant<index, 4>()); return true;
    case 6: f(std::integral_constant<index, 6>()); return true;
    default: return false;
  }
}

/// Calls f(views, the decomposition of the view `matrix`, number) for each matrix.
template <class T, class F>
void decompose_each(const array_view* const* views, const int* own, int count, int matrix, whole_kernel products, F&& f) {
  const index n = views[matrix]->shape[views[matrix]->rank - 1];
  const auto fixed = [&]<index N>(std::integral_constant<index, N>) {
    each_matrix(views, own, count, [&](const array_view* now, index number) {
      fixed_elimination<T, N> e;
      load(e.d.a, now[matrix]);
      e.d.run(products);
      f(now, e.d, number);
    });
  };
  if (with_fixed_rows(n, fixed)) return;
  const room<T> memory(n * n + 1);
  const room<index> swaps(n + 1);
  each_matrix(views, own, count, [&](const array_view* now, index number) {
    eliminated<rows_of<T>> d{{memory.get(), n, n, n}, swaps.get()};
    load(d.a, now[matrix]);
    d.run(products);
    f(now, d, number);
  });
}

/// Working memory for so many elements: few are where the caller stands.
template <class T>
class elements {
 public:
  explicit elements(index n) { data_ = n <= few_elements ? few_ : many_.take(n); }
  T* get() const { return data_; }

 private:
  T few_[few_elements];
  room<T> many_;
  T* data_;
};

// The product without an overflow on the way: its exponent is counted apart.
template <class D, class T = typename D::T>
T determinant(const D& d) {
  if (d.first_zero >= 0) return 0;
  T product = d.odd ? T(-1) : T(1);
  index exponent = 0;
  for (index i = 0; i < d.a.rows; ++i) {
    product *= d.a[i][i];
    if (!std::isfinite(product)) continue;
    int e = 0;
    product = std::frexp(product, &e);
    exponent += e;
  }
  return std::ldexp(product, static_cast<int>(std::clamp<index>(exponent, -100000, 100000)));
}

template <class T>
void determinants(const array_view* out, const array_view* in, whole_kernel products) {
  const array_view* const views[] = {out, in};
  const int own[] = {0, 2};
  decompose_each<T>(views, own, 2, 1, products,
                    [](const array_view* now, const auto& d, index) { *static_cast<T*>(now[0].data) = determinant(d); });
}

template <class T>
void logarithms(const array_view* out, const array_view* in, whole_kernel products) {
  const array_view* const views[] = {out, out + 1, in};
  const int own[] = {0, 0, 2};
  decompose_each<T>(views, own, 3, 2, products, [](const array_view* now, const auto& d, index) {
    bool negative = d.odd;
    T sum = 0;
    for (index i = 0; i < d.a.rows && d.first_zero < 0; ++i) {
      negative ^= d.a[i][i] < 0;
      sum += std::log(std::abs(d.a[i][i]));
    }
    *static_cast<T*>(now[0].data) = d.first_zero >= 0 ? T(0) : negative ? T(-1) : T(1);
    *static_cast<T*>(now[1].data) = d.first_zero >= 0 ? -std::numeric_limits<T>::infinity() : sum;
  });
}

template <class T>
void inverses(const array_view* out, const array_view* in, const attributes& at, whole_kernel products) {
  const array_view* const views[] = {out, in};
  const int own[] = {2, 2};
  const index n = out->shape[out->rank - 1];
  const elements<T> memory(n * n);
  decompose_each<T>(views, own, 2, 1, products, [&](const array_view* now, const auto& d, index number) {
    require_regular("inv", d.first_zero, n, at, number, out->rank - 2);
    const rows_of<T> b{memory.get(), n, n, n};
    set_identity(b);
    d.solve(b, products);
    save(now[0], b);
  });
}

/// The result and the right side of systems of equations, of which vectors are columns.
struct both_sides {
  array_view to, right;
  both_sides(const array_view* out, const array_view* in) : to(*out), right(in[1]) {
    if (right.rank == 1)
      for (array_view* v : {&to, &right}) v->shape[v->rank] = 1, v->strides[v->rank++] = 1;
  }
  index size() const { return right.shape[right.rank - 2] * right.shape[right.rank - 1]; }
};

template <class T>
void solutions(const array_view* out, const array_view* in, const attributes& at, whole_kernel products) {
  const both_sides sides(out, in);
  const array_view* const views[] = {&sides.to, in, &sides.right};
  const int own[] = {2, 2, 2};
  const elements<T> memory(sides.size());
  decompose_each<T>(views, own, 3, 1, products, [&](const array_view* now, const auto& d, index number) {
    require_regular("solve", d.first_zero, d.a.rows, at, number, sides.to.rank - 2);
    const rows_of<T> b = copied(memory.get(), now[2]);
    d.solve(b, products);
    save(now[0], b);
  });
}

template <class T>
void solutions_of_triangles(const array_view* out, const array_view* in, const attributes& at, whole_kernel products) {
  const both_sides sides(out, in);
  const bool turned = at.get_bool("transposed"), up = at.get_bool("upper") != turned, unit = at.get_bool("unit_diagonal");
  const array_view left = turned ? transposed(*in) : *in;
  const array_view* const views[] = {&sides.to, &left, &sides.right};
  const int own[] = {2, 2, 2};
  const index n = left.shape[left.rank - 1];
  const elements<T> memory(n * n), columns(sides.size());
  each_matrix(views, own, 3, [&](const array_view* now, index number) {
    const rows_of<T> a = copied(memory.get(), now[1]), b = copied(columns.get(), now[2]);
    index zero = -1;
    for (index i = n; i-- > 0 && !unit;)
      if (a[i][i] == 0) zero = i;
    require_regular("triangular_solve", zero, n, at, number, sides.to.rank - 2);
    if (up) substitute_up(a, b, unit, products);
    else substitute_down(a, b, unit, products);
    save(now[0], b);
  });
}

/// The lower triangle in place of `a`, of which the upper is 0 already. The row whose pivot is not positive, or -1.
template <class Rows>
index find_triangle(const Rows& a, [[maybe_unused]] whole_kernel products) {
  using T = std::remove_reference_t<decltype(a[0][0])>;
  const index n = a.rows;
  for (index begin = 0; begin < n; begin += one_block) {
    const index end = std::min(begin + one_block, n);
    for (index i = begin; i < n; ++i)
      for (index j = begin; j < std::min(i + 1, end); ++j) {
        T s = a[i][j];
        for (index k = begin; k < j; ++k) s -= a[i][k] * a[j][k];
        if (i != j) a[i][j] = s / a[j][j];
        else if (s <= 0) return i;
        else a[i][i] = std::sqrt(s);
      }
    if constexpr (is_blocked<Rows>) {
      const rows_of<T> below = a.part(end, begin, n - end, end - begin);
      array_view turned = transposed(below.view());
      std::swap(turned.shape[0], turned.shape[1]);
      subtract_product(a.part(end, end, n - end, n - end), below.view(), turned, products);
    }
    for (index i = end; i < n; ++i) std::fill(a[i] + i + 1, a[i] + n, T(0));
  }
  return -1;
}

template <class T>
void triangles(const array_view* out, const array_view* in, const attributes& at, whole_kernel products) {
  // The upper triangle is the lower one of what is transposed.
  const array_view to = at.get_bool("upper") ? transposed(*out) : *out, from = at.get_bool("upper") ? transposed(*in) : *in;
  const array_view* const views[] = {&to, &from};
  const int own[] = {2, 2};
  const index n = to.shape[to.rank - 1];
  const elements<T> memory(n * n);
  each_matrix(views, own, 2, [&](const array_view* now, index number) {
    const rows_of<T> a = copied(memory.get(), now[1]);
    for (index i = 0; i < n; ++i) std::fill(a[i] + i + 1, a[i] + n, T(0));
    if (const index bad = find_triangle(a, products); bad >= 0) {
      if (at.get_bool("check"))
        throw error(
            format_text("[cholesky] the matrix is not positive definite: got a pivot of 0 or less in row {} of {}{}, expected all "
                        "above 0. Add a multiple of the identity matrix.",
                        bad, n, which(number, to.rank - 2)));
      for (index i = 0; i < n; ++i) {
        std::fill(a[i], a[i] + i + 1, std::numeric_limits<T>::quiet_NaN());
        std::fill(a[i] + i + 1, a[i] + n, T(0));
      }
    }
    save(now[0], a);
  });
}

}  // namespace

#define TENDRIL_BY_DTYPE(function, ...) with_dtype<dtype_kind::real>(in->dtype, [&]<class T>(T) { function<T>(__VA_ARGS__); })

void find_determinants(const array_view* out, const array_view* in, whole_kernel products) {
  TENDRIL_BY_DTYPE(determinants, out, in, products);
}
void find_logarithms(const array_view* out, const array_view* in, whole_kernel products) {
  TENDRIL_BY_DTYPE(logarithms, out, in, products);
}
void invert(const array_view* out, const array_view* in, const attributes& at, whole_kernel products) {
  if (out->size() != 0) TENDRIL_BY_DTYPE(inverses, out, in, at, products);
}
void solve_systems(const array_view* out, const array_view* in, const attributes& at, whole_kernel products) {
  if (out->size() != 0) TENDRIL_BY_DTYPE(solutions, out, in, at, products);
}
void solve_triangles(const array_view* out, const array_view* in, const attributes& at, whole_kernel products) {
  if (out->size() != 0) TENDRIL_BY_DTYPE(solutions_of_triangles, out, in, at, products);
}
void find_triangles(const array_view* out, const array_view* in, const attributes& at, whole_kernel products) {
  if (out->size() != 0) TENDRIL_BY_DTYPE(triangles, out, in, at, products);
}

#undef TENDRIL_BY_DTYPE

// ---- of fixed extents

namespace {

template <class T, index N>
void eliminate(fixed_elimination<T, N>& e, const void* from) {
  std::copy_n(static_cast<const T*>(from), N * N, e.elements);
  e.d.run(nullptr);
}

template <class T, index N>
bool fixed_inverse(void* out, const void* const* in) {
  fixed_elimination<T, N> e;
  eliminate(e, in[0]);
  if (e.d.first_zero >= 0) return false;
  const fixed_rows<T, N> b{static_cast<T*>(out)};
  set_identity(b);
  e.d.solve(b, nullptr);
  return true;
}

template <class T, index N>
bool fixed_solution(void* out, const void* const* in) {
  fixed_elimination<T, N> e;
  eliminate(e, in[0]);
  if (e.d.first_zero >= 0) return false;
  const fixed_rows<T, N, 1> b{static_cast<T*>(out)};
  std::copy_n(static_cast<const T*>(in[1]), N, b.data);
  e.d.solve(b, nullptr);
  return true;
}

template <class T, index N>
bool fixed_determinant(void* out, const void* const* in) {
  fixed_elimination<T, N> e;
  eliminate(e, in[0]);
  *static_cast<T*>(out) = determinant(e.d);
  return true;
}

template <class T, index N>
bool fixed_triangle(void* out, const void* const* in) {
  const fixed_rows<T, N> a{static_cast<T*>(out)};
  std::copy_n(static_cast<const T*>(in[0]), N * N, a.data);
  for (index i = 0; i < N; ++i) std::fill(a[i] + i + 1, a[i] + N, T(0));
  return find_triangle(a, nullptr) < 0;
}

template <class T, index N>
fixed_kernel fixed_of(op_id op) {
  switch (op) {
    case op_id::inv: return fixed_inverse<T, N>;
    case op_id::solve: return fixed_solution<T, N>;
    case op_id::det: return fixed_determinant<T, N>;
    case op_id::cholesky: return fixed_triangle<T, N>;
    default: return nullptr;
  }
}

}  // namespace

fixed_kernel find_fixed(op_id op, dtype t, std::int64_t rows) {
  if (kind_of(t) != dtype_kind::real) return nullptr;
  fixed_kernel found = nullptr;
  with_dtype<dtype_kind::real>(
      t, [&]<class T>(T) { with_fixed_rows(rows, [&]<index N>(std::integral_constant<index, N>) { found = fixed_of<T, N>(op); }); });
  return found;
}

// ---- scatter

namespace {

template <class T>
void combine(T& to, T update, bool add) {
  if (!add) to = update;
  else if constexpr (std::is_same_v<T, bool>) to = to || update;
  else if constexpr (std::is_integral_v<T>)
    to = static_cast<T>(static_cast<std::make_unsigned_t<T>>(to) + static_cast<std::make_unsigned_t<T>>(update));
  else to += update;
}

}  // namespace

void scatter_elements(const array_view* out, const array_view* in, const attributes& at) {
  const array_view &x = in[0], &indices = in[1], &updates = in[2];
  copy_strided(*out, x);
  const int axis = static_cast<int>(normalize_axis("scatter", at.get_int("axis"), x.rank));
  const std::int64_t extent = x.shape[axis], along = out->strides[axis];
  const bool add = at.get_string("combine") == "add";
  // Every index of x's other axes and of the indices' axis, the last one innermost: equal indices meet in their order.
  loop_nest nest;
  nest.rank = x.rank;
  std::int64_t to[max_rank], where[max_rank], from[max_rank];
  for (int i = 0; i < x.rank; ++i) {
    nest.shape[i] = i == axis ? indices.shape[i] : x.shape[i];
    to[i] = i == axis ? 0 : out->strides[i];
    where[i] = indices.shape[i] == 1 ? 0 : indices.strides[i];
    const int own = i - (x.rank - updates.rank);
    from[i] = own < 0 || updates.shape[own] == 1 ? 0 : updates.strides[own];
  }
  nest.add_operand(to);
  nest.add_operand(where);
  nest.add_operand(from);
  if (nest.size() == 0) return;
  with_dtype<dtype_kind::integer, dtype_kind::integer>(indices.dtype, [&]<class I>(I) {
    with_dtype(x.dtype, [&]<class T>(T) {
      odometer o(nest, nest.rank);
      do {
        const auto given = static_cast<std::int64_t>(static_cast<const I*>(indices.data)[o.offsets()[1]]);
        if (given < -extent || given >= extent)
          throw index_error(
              format_text("[scatter] index out of range: got {} on axis {}, expected {} <= index < {}. Check the extent with shape().",
                          given, axis, -extent, extent));
        combine(static_cast<T*>(out->data)[o.offsets()[0] + (given < 0 ? given + extent : given) * along],
                static_cast<const T*>(updates.data)[o.offsets()[2]], add);
      } while (o.next());
    });
  });
}

}  // namespace tendril::detail
