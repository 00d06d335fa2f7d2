// Tridiagonal and bidiagonal matrices made diagonal by steps of implicit QR, and the vectors turned along.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <Eigen/Core>

namespace tendril::detail {

/// A matrix in columns, somewhere in memory.
template <class T>
using columns_of = Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>>;

/// Columns i and j of m turned in their plane.
template <class T>
void turn_columns(columns_of<T>* m, std::int64_t i, std::int64_t j, T c, T s) {
  if (!m) return;
  T *a = m->data() + i * m->rows(), *b = m->data() + j * m->rows();
  for (std::int64_t k = 0; k < m->rows(); ++k) {
    const T x = a[k], y = b[k];
    a[k] = c * x + s * y;
    b[k] = c * y - s * x;
  }
}

template <class T>
bool negligible(T x, T beside) {
  return std::abs(x) <= std::numeric_limits<T>::min() + std::numeric_limits<T>::epsilon() * std::abs(beside);
}

/// So many steps for one value are not made where there is an end.
inline constexpr std::int64_t most_steps = 100;

/// The angle that turns (x, y) into (length, 0).
template <class T>
struct angle {
  T length, c, s;
  angle(T x, T y) : length(std::hypot(x, y)), c(length == 0 ? T(1) : x / length), s(length == 0 ? T(0) : y / length) {}
};

/// A symmetric tridiagonal matrix on its way to a diagonal one, by steps of implicit QR with Wilkinson's shift: q d q' stays what it is.
template <class T>
struct tridiagonal {
  T *d, *e;  ///< n numbers, and n - 1 beside them
  std::int64_t n;
  columns_of<T>* q;

  /// False where it does not come to an end. The values are in ascending order.
  bool solve() {
    std::int64_t steps = 0;
    for (std::int64_t last = n - 1; last > 0;) {
      for (std::int64_t i = 0; i < last; ++i)
        if (negligible(e[i], std::abs(d[i]) + std::abs(d[i + 1]))) e[i] = 0;
      if (e[last - 1] == 0) {
        --last;
        steps = 0;
        continue;
      }
      if (++steps > most_steps) return false;
      std::int64_t first = last - 1;
      while (first > 0 && e[first - 1] != 0) --first;
      step(first, last);
    }
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t least = std::min_element(d + i, d + n) - d;
      if (least == i) continue;
      std::swap(d[i], d[least]);
      if (q) q->col(i).swap(q->col(least));
    }
    return true;
  }

 private:
  void step(std::int64_t first, std::int64_t last) {
    const T half = (d[last - 1] - d[last]) / 2, beside = e[last - 1], root = std::hypot(half, beside);
    T x = d[first] - d[last] + beside * (beside / (half + (half < 0 ? -root : root))), z = e[first];
    for (std::int64_t k = first; k < last && z != 0; ++k) {
      const angle<T> g(x, z);
      const T across = g.c * e[k] - g.s * d[k], below = g.c * d[k + 1] - g.s * e[k];
      d[k] = g.c * (g.c * d[k] + g.s * e[k]) + g.s * (g.c * e[k] + g.s * d[k + 1]);
      d[k + 1] = g.c * below - g.s * across;
      e[k] = g.c * across + g.s * below;
      if (k > first) e[k - 1] = g.length;
      x = e[k];
      if (k + 1 < last) {
        z = g.s * e[k + 1];
        e[k + 1] *= g.c;
      }
      turn_columns(q, k, k + 1, g.c, g.s);
    }
  }
};

/// A bidiagonal matrix on its way to a diagonal one, by Golub and Kahan's steps of implicit QR with Wilkinson's shift: u d v' stays what it
/// is.
template <class T>
struct bidiagonal {
  T *d, *e;  ///< n numbers each, of which the last e is 0
  std::int64_t n;
  columns_of<T>*u, *v;

  /// False where it does not come to an end.
  bool solve() {
    std::int64_t steps = 0;
    for (std::int64_t end = n; end > 0;) {
      std::int64_t begin = end - 1;  // of the part without a zero in e
      for (; begin > 0; --begin)
        if (negligible(e[begin - 1], std::abs(d[begin - 1]) + std::abs(d[begin]))) {
          e[begin - 1] = 0;
          break;
        }
      if (begin == end - 1) {
        settle(begin);
        --end;
        steps = 0;
        continue;
      }
      if (++steps > most_steps) return false;
      std::int64_t zero = end - 1;
      for (; zero >= begin; --zero)
        if (negligible(d[zero], (zero + 1 < end ? std::abs(e[zero]) : T(0)) + (zero > begin ? std::abs(e[zero - 1]) : T(0)))) break;
      if (zero < begin) {
        step(begin, end);
      } else if (d[zero] = 0; zero == end - 1) {
        drop_last(begin, end);
      } else {
        split(zero, end);
      }
    }
    return true;
  }

 private:
  // The last of these values is 0: what stands above it goes.
  void drop_last(std::int64_t begin, std::int64_t end) {
    T f = std::exchange(e[end - 2], T(0));
    for (std::int64_t j = end - 1; j-- > begin;) {
      const angle<T> g(d[j], f);
      d[j] = g.length;
      if (j > begin) {
        f = -g.s * e[j - 1];
        e[j - 1] *= g.c;
      }
      turn_columns(v, j, end - 1, g.c, g.s);
    }
  }
  // A value is 0: what stands beside it goes.
  void split(std::int64_t zero, std::int64_t end) {
    T f = std::exchange(e[zero], T(0));
    for (std::int64_t j = zero + 1; j < end; ++j) {
      const angle<T> g(d[j], f);
      d[j] = g.length;
      f = -g.s * e[j];
      e[j] *= g.c;
      turn_columns(u, j, zero, g.c, g.s);
    }
  }
  void step(std::int64_t begin, std::int64_t end) {
    const T scale = std::max({std::abs(d[end - 1]), std::abs(d[end - 2]), std::abs(e[end - 2]), std::abs(d[begin]), std::abs(e[begin])});
    const T last = d[end - 1] / scale, before = d[end - 2] / scale, beside = e[end - 2] / scale, first = d[begin] / scale;
    const T b = ((before + last) * (before - last) + beside * beside) / 2, c = (last * beside) * (last * beside);
    const T root = std::sqrt(b * b + c), shift = b == 0 && c == 0 ? T(0) : c / (b + (b < 0 ? -root : root));
    T f = (first + last) * (first - last) + shift, g = first * (e[begin] / scale);
    for (std::int64_t j = begin; j + 1 < end; ++j) {
      const angle<T> right(f, g);
      if (j > begin) e[j - 1] = right.length;
      f = right.c * d[j] + right.s * e[j];
      e[j] = right.c * e[j] - right.s * d[j];
      g = right.s * d[j + 1];
      d[j + 1] *= right.c;
      turn_columns(v, j, j + 1, right.c, right.s);
      const angle<T> left(f, g);
      d[j] = left.length;
      f = left.c * e[j] + left.s * d[j + 1];
      d[j + 1] = left.c * d[j + 1] - left.s * e[j];
      g = left.s * e[j + 1];
      e[j + 1] *= left.c;
      turn_columns(u, j, j + 1, left.c, left.s);
    }
    e[end - 2] = f;
  }
  // A value that is found: not negative, and in its place among those found before.
  void settle(std::int64_t k) {
    if (std::signbit(d[k])) {
      d[k] = -d[k];
      turn_columns(v, k, k, T(-1), T(0));
    }
    for (; k + 1 < n && d[k] < d[k + 1]; ++k) {
      std::swap(d[k], d[k + 1]);
      for (columns_of<T>* m : {u, v})
        if (m) m->col(k).swap(m->col(k + 1));
    }
  }
};

}  // namespace tendril::detail
