// QR, eigenvalues of symmetric matrices and singular values, of matrices copied to columns in working memory.
//
// Reflections are Eigen's: made one by one, and from some number on applied a block at a time, which alone allocates. The diagonal of what
// they leave is found by steps of implicit QR (backends/shared/diagonal.hpp): Eigen's own solvers take two minutes to compile and nine
// times the code, and allocate at every call. A tall matrix is reduced to its triangle before its singular values are sought; a wide one is
// a tall one transposed.
#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Householder>

#include <tendril/detail/with_dtype.hpp>

#include "array/arena.hpp"
#include "backends/shared/batches.hpp"
#include "backends/shared/diagonal.hpp"
#include "backends/shared/linear.hpp"

namespace tendril::detail {
namespace {

using engine::room;
using index = std::int64_t;

constexpr index panel = 48;  // from so many reflections on Eigen applies them in blocks

template <class T>
using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
template <class T>
using numbers_of = Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, 1>>;
/// A part of one, and a part of a row or a column: one type each, since the compiler takes long over every other.
template <class T>
using part_of = Eigen::Ref<matrix<T>, 0, Eigen::OuterStride<>>;
template <class T>
using line_of = Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, 1>, 0, Eigen::InnerStride<>>;

// ---- to and from views

template <class T>
array_view view_of(const columns_of<T>& m) {
  array_view v;
  v.data = const_cast<T*>(m.data());
  v.dtype = dtype_of<T>;
  v.rank = 2;
  v.shape[0] = m.rows(), v.shape[1] = m.cols();
  v.strides[0] = 1, v.strides[1] = m.rows();
  return v;
}

template <class T>
columns_of<T> copied(T* memory, const array_view& from) {
  const columns_of<T> m(memory, from.shape[0], from.shape[1]);
  copy_strided(view_of<T>(m), from);
  return m;
}

template <class T>
void put_numbers(const array_view& to, const T* from) {
  for (index i = 0; i < to.shape[0]; ++i) static_cast<T*>(to.data)[i * to.strides[0]] = from[i];
}

template <class T>
void fill_nan(const array_view& to) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  for (index i = 0; i < to.shape[0]; ++i)
    for (index j = 0; j < (to.rank == 2 ? to.shape[1] : 1); ++j)
      static_cast<T*>(to.data)[i * to.strides[0] + (to.rank == 2 ? j * to.strides[1] : 0)] = nan;
}

// The factor that brings elements near 1 whose squares might not be numbers, a power of two; else 1.
template <class T>
T scale_of(const columns_of<T>& a) {
  T most = 0;
  for (index i = 0; i < a.size(); ++i) {
    const T size = std::abs(a.data()[i]);
    if (!(size <= std::numeric_limits<T>::max())) return 1;
    most = std::max(most, size);
  }
  constexpr int last = std::numeric_limits<T>::max_exponent;
  int e = 0;
  std::frexp(most, &e);
  return most == 0 || std::abs(e) < last / 4 ? T(1) : std::ldexp(T(1), std::clamp(-e, 1 - last, last - 1));
}

// ---- reflections

/// Of a line the reflection that leaves nothing but `first`: its factor, and itself behind the first element.
template <class T>
T reflection_of(line_of<T> line, T& first) {
  T factor;
  line.makeHouseholderInPlace(factor, first);
  return factor;
}
template <class T>
void reflect_rows(part_of<T> a, const line_of<T>& reflection, T factor, T* work) {
  a.applyHouseholderOnTheLeft(reflection, factor, work);
}
template <class T>
void reflect_columns(part_of<T> a, const line_of<T>& reflection, T factor, T* work) {
  a.applyHouseholderOnTheRight(reflection, factor, work);
}
template <class T>
line_of<T> column_part(columns_of<T>& a, index i, index j) {
  return {a.data() + i + j * a.rows(), a.rows() - i, Eigen::InnerStride<>(1)};
}
template <class T>
line_of<T> row_part(columns_of<T>& a, index i, index j) {
  return {a.data() + i + j * a.rows(), a.cols() - j, Eigen::InnerStride<>(a.rows())};
}
template <class T>
void reflect_in_block(part_of<T> to, const part_of<T>& lines, const numbers_of<T>& factors, bool backwards) {
  const Eigen::HouseholderSequence<part_of<T>, numbers_of<T>> all(lines, factors);
  if (backwards) to.applyOnTheLeft(all.transpose());
  else to.applyOnTheLeft(all);
}

/// Householder's reflections that make a matrix an upper triangle: reflection k is column k below the diagonal, and factors[k].
template <class T>
struct reflections {
  columns_of<T> a;
  numbers_of<T> factors;
  T* work;  ///< as many numbers as a has columns, and what they are applied to

  /// The triangle in place of a.
  void find() {
    const index count = factors.size();
    for (index begin = 0, end; begin < count; begin = end) {
      end = count - begin < 2 * panel ? count : begin + panel;
      const bool in_block = end - begin >= panel;
      const index beside = in_block ? end : a.cols();
      for (index k = begin; k < end; ++k) {
        T diagonal;
        factors[k] = reflection_of<T>(column_part(a, k, k), diagonal);
        a(k, k) = diagonal;
        reflect_rows<T>(a.block(k, k + 1, a.rows() - k, beside - k - 1), column_part(a, k + 1, k), factors[k], work);
      }
      if (in_block && a.cols() > end)
        reflect_in_block<T>(a.block(begin, end, a.rows() - begin, a.cols() - end), a.block(begin, begin, a.rows() - begin, end - begin),
                            {factors.data() + begin, end - begin}, true);
    }
  }
  /// q times `to`, in its place.
  void apply(columns_of<T>& to) {
    if (factors.size() >= panel) return reflect_in_block<T>(to, a.leftCols(factors.size()), factors, false);
    for (index k = factors.size(); k-- > 0;) reflect_rows<T>(to.bottomRows(a.rows() - k), column_part(a, k + 1, k), factors[k], work);
  }
};

template <class T>
void decompose_qr(const array_view* out, const array_view* in) {
  const array_view* const views[] = {out, out + 1, in};
  const int own[] = {2, 2, 2};
  const index m = in->shape[in->rank - 2], n = in->shape[in->rank - 1], k = std::min(m, n), wide = out->shape[out->rank - 1];
  const room<T> memory(m * n), factors(k), work(std::max(n, wide)), orthonormal(m * wide);
  batch(views, own, 3).each([&](const array_view* now, index) {
    columns_of<T> a = copied(memory.get(), now[2]), q(orthonormal.get(), m, wide);
    const T scale = scale_of(a);
    if (scale != 1) a *= scale;
    reflections<T> r{a, {factors.get(), k}, work.get()};
    r.find();
    q.setIdentity();
    r.apply(q);
    if (now[0].data) copy_strided(now[0], view_of<T>(q));
    // The triangle, of as many rows as r has.
    for (index j = 0; j < n; ++j)
      for (index i = 0; i < now[1].shape[0]; ++i) {
        T& to = static_cast<T*>(now[1].data)[i * now[1].strides[0] + j * now[1].strides[1]];
        to = i > j ? T(0) : scale == 1 ? r.a(i, j) : r.a(i, j) / scale;
      }
  });
}

template <class T>
bool all_finite(const columns_of<T>& a, bool lower) {
  for (index j = 0; j < a.cols(); ++j)
    for (index i = lower ? j : 0; i < a.rows(); ++i)
      if (!std::isfinite(a(i, j))) return false;
  return true;
}

// ---- eigenvalues

/// The eigenvalues of the symmetric matrix whose lower triangle a has, in ascending order, and the eigenvectors. False where they are not
/// found.
template <class T>
bool solve_symmetric(columns_of<T>& a, T* values, T* memory, columns_of<T>* vectors) {
  const index n = a.rows();
  T *const beside = memory, *const factors = memory + n, *const work = factors + n;
  for (index j = 0; j < n; ++j)
    for (index i = j; i < n; ++i) a(j, i) = a(i, j);
  const T scale = scale_of(a);
  if (scale != 1) a *= scale;
  for (index k = 0; k + 1 < n; ++k) {
    factors[k] = reflection_of<T>(column_part(a, k + 1, k), beside[k]);
    const part_of<T> rest = a.bottomRightCorner(n - k - 1, n - k - 1);
    reflect_rows<T>(rest, column_part(a, k + 2, k), factors[k], work);
    reflect_columns<T>(rest, column_part(a, k + 2, k), factors[k], work);
  }
  for (index k = 0; k < n; ++k) values[k] = a(k, k);
  if (vectors) {
    vectors->setIdentity();
    for (index k = n - 1; k-- > 0;)
      reflect_rows<T>(vectors->bottomRightCorner(n - k - 1, n - k - 1), column_part(a, k + 2, k), factors[k], work);
  }
  const bool found = tridiagonal<T>{values, beside, n, vectors}.solve();
  for (index i = 0; i < n && scale != 1; ++i) values[i] /= scale;
  return found;
}

template <class T>
void eigenvalues_of(const array_view* out, const array_view* in, const attributes& at, bool with_vectors) {
  const array_view from = at.get_bool("upper") ? transposed(*in) : *in;
  const array_view* const views[] = {out, &from, out + (with_vectors ? 1 : 0)};
  const int own[] = {1, 2, with_vectors ? 2 : 1};
  const index n = from.shape[from.rank - 1];
  if (n == 0) return;
  const room<T> memory(n * n), values(n), numbers(3 * n), orthonormal(with_vectors ? n * n : 0);
  batch(views, own, 3).each([&](const array_view* now, index) {
    columns_of<T> a = copied(memory.get(), now[1]), q(orthonormal.get(), n, n);
    const bool found = all_finite(a, true) && solve_symmetric(a, values.get(), numbers.get(), with_vectors ? &q : nullptr);
    if (found && with_vectors) copy_strided(now[2], view_of<T>(q));
    if (found) return put_numbers(now[0], values.get());
    fill_nan<T>(now[0]);
    if (with_vectors) fill_nan<T>(now[2]);
  });
}

// ---- singular values

/// The singular values of a square matrix in descending order; of it u in its place, and v. False where they are not found.
template <class T>
bool solve_square(columns_of<T>& a, T* values, T* memory, columns_of<T>* u, columns_of<T>* v) {
  const index n = a.rows();
  T *const beside = memory, *const left = memory + n, *const right = left + n, *const work = right + n;
  for (index k = 0; k < n; ++k) {
    left[k] = reflection_of<T>(column_part(a, k, k), values[k]);
    reflect_rows<T>(a.bottomRightCorner(n - k, n - k - 1), column_part(a, k + 1, k), left[k], work);
    beside[k] = 0;
    if (k + 1 == n) break;
    right[k] = reflection_of<T>(row_part(a, k, k + 1), beside[k]);
    reflect_columns<T>(a.bottomRightCorner(n - k - 1, n - k - 1), row_part(a, k, k + 2), right[k], work);
  }
  if (u) {
    u->setIdentity();
    v->setIdentity();
    for (index k = n; k-- > 0;) {
      reflect_rows<T>(u->bottomRightCorner(n - k, n - k), column_part(a, k + 1, k), left[k], work);
      if (k + 1 < n) reflect_rows<T>(v->bottomRightCorner(n - k - 1, n - k - 1), row_part(a, k, k + 2), right[k], work);
    }
  }
  return bidiagonal<T>{values, beside, n, u, v}.solve();
}

/// u, values and v of matrices with no more columns than rows; u and v may be absent both.
template <class T>
class singular_values {
 public:
  /// `wide` columns of u are asked for; none are, nor is v, without vectors.
  singular_values(index m, index n, index wide, bool vectors)
      : m_(m),
        n_(n),
        wide_(wide),
        vectors_(vectors),
        matrix_(m * n),
        factors_(n),
        work_(std::max(n, wide)),
        square_(n * n),
        values_(n),
        numbers_(4 * n),
        small_(n * n),
        v_(n * n),
        u_(m * wide) {}

  T* values() const { return values_.get(); }
  columns_of<T> u() const { return {u_.get(), m_, wide_}; }
  columns_of<T> v() const { return {v_.get(), n_, n_}; }

  columns_of<T> copy(const array_view& from) const { return copied(matrix_.get(), from); }
  bool find(columns_of<T>& a) const {
    const T scale = scale_of(a);
    if (scale != 1) a *= scale;
    columns_of<T> square(square_.get(), n_, n_), small(small_.get(), n_, n_), right = v();
    reflections<T> r{a, {factors_.get(), m_ > n_ ? n_ : 0}, work_.get()};
    r.find();
    if (m_ > n_) square = a.topRows(n_).template triangularView<Eigen::Upper>();
    else square = a;
    if (!solve_square(square, values(), numbers_.get(), vectors_ ? &small : nullptr, vectors_ ? &right : nullptr)) return false;
    if (scale != 1)
      for (index i = 0; i < n_; ++i) values()[i] /= scale;
    if (!vectors_) return true;
    columns_of<T> left = u();
    left.setIdentity();
    left.topLeftCorner(n_, n_) = small;
    r.apply(left);
    return true;
  }

 private:
  index m_, n_, wide_;
  bool vectors_;
  room<T> matrix_, factors_, work_, square_, values_, numbers_, small_, v_, u_;
};

template <class T>
void require_finite(const char* op, const columns_of<T>& a, index number, int batch_rank) {
  for (index i = 0; i < a.size(); ++i)
    if (!std::isfinite(a.data()[i]))
      throw error(
          format_text("[{}] an element is no finite number: got {}{}, expected finite ones. Take td::where, or .check = false, which gives "
                      "NaN.",
                      op, static_cast<double>(a.data()[i]), which(number, batch_rank)));
}

/// `out` are u, the values and vh, or the values alone.
template <class T>
void singular_values_of(const char* op, const array_view* out, const array_view* in, const attributes& at, bool with_vectors) {
  // A wide matrix is solved transposed: its u is the other's v.
  const bool turned = in->shape[in->rank - 2] < in->shape[in->rank - 1];
  array_view from = turned ? transposed(*in) : *in;
  if (turned) std::swap(from.shape[from.rank - 1], from.shape[from.rank - 2]);
  const array_view* const values = with_vectors ? out + 1 : out;
  const array_view* const views[] = {values, &from, out, out + (with_vectors ? 2 : 0)};
  const int own[] = {1, 2, with_vectors ? 2 : 1, with_vectors ? 2 : 1};
  const index m = from.shape[from.rank - 2], n = from.shape[from.rank - 1];
  const index wide = !with_vectors ? 0 : turned ? out[2].shape[out[2].rank - 2] : out[0].shape[out[0].rank - 1];
  const singular_values<T> s(m, n, wide, with_vectors);
  batch(views, own, 4).each([&](const array_view* now, index number) {
    columns_of<T> a = s.copy(now[1]);
    if (at.get_bool("check")) require_finite(op, a, number, from.rank - 2);
    if (!all_finite(a, false) || !s.find(a)) {
      for (int k = 0; k < (with_vectors ? 4 : 1); ++k)
        if (k != 1) fill_nan<T>(now[k]);
      return;
    }
    put_numbers(now[0], s.values());
    if (!with_vectors) return;
    const array_view u = view_of<T>(s.u()), v = view_of<T>(s.v());
    const auto turn = [](array_view x) {
      std::swap(x.shape[0], x.shape[1]);
      return transposed(x);
    };
    copy_strided(now[2], turned ? v : u);
    copy_strided(now[3], turn(turned ? u : v));
  });
}

}  // namespace

#define TENDRIL_BY_DTYPE(function, ...) with_dtype<dtype_kind::real>(in->dtype, [&]<class T>(T) { function<T>(__VA_ARGS__); })

void find_orthonormal(const array_view* out, const array_view* in) { TENDRIL_BY_DTYPE(decompose_qr, out, in); }
void find_eigenvalues(const array_view* out, const array_view* in, const attributes& at, bool with_vectors) {
  TENDRIL_BY_DTYPE(eigenvalues_of, out, in, at, with_vectors);
}
void find_singular_values(const array_view* out, const array_view* in, const attributes& at, bool with_vectors) {
  TENDRIL_BY_DTYPE(singular_values_of, with_vectors ? "svd" : "svdvals", out, in, at, with_vectors);
}

#undef TENDRIL_BY_DTYPE

}  // namespace tendril::detail
