// The Eigen adapter: Matrix and Array, dynamic and fixed, in both storage orders, and every expression over them.
//
// Compile-time column vectors (VectorX, ArrayX, a column of a matrix) are rank 1; row vectors and matrices are rank 2. What has its
// elements in memory (Map, Ref, blocks, transposes, diagonals) is borrowed, anything else is evaluated once.
#pragma once
#include <Eigen/Core>

#include <tendril/natives.hpp>

namespace tendril {

namespace detail {

template <class D>
void eigen_probe(const Eigen::DenseBase<D>&);

template <class T>
concept eigen_dense = requires(const T& t) {
  detail::eigen_probe(t);
};

template <class T>
concept eigen_direct = eigen_dense<T> &&(Eigen::internal::traits<T>::Flags& Eigen::DirectAccessBit) != 0 && requires(const T& t) {
  t.data();
  t.innerStride();
};

/// Rank-2 types whose rows lie one after the other by their type alone.
template <class T>
inline constexpr bool eigen_packed = std::is_base_of_v<Eigen::PlainObjectBase<T>, T>;
template <class P, int Options>
inline constexpr bool eigen_packed<Eigen::Map<P, Options, Eigen::Stride<0, 0>>> = true;

template <class T>
inline constexpr bool eigen_is_view = false;
template <class P, int Options, class S>
inline constexpr bool eigen_is_view<Eigen::Map<P, Options, S>> = true;
template <class P, int Options, class S>
inline constexpr bool eigen_is_view<Eigen::Ref<P, Options, S>> = !std::is_const_v<P>;  // Ref<const P> may hold a copy
template <class X, int Rows, int Columns, bool Inner>
inline constexpr bool eigen_is_view<Eigen::Block<X, Rows, Columns, Inner>> = true;
template <class X, int Size>
inline constexpr bool eigen_is_view<Eigen::VectorBlock<X, Size>> = true;

constexpr static_text eigen_extent(static_text t, int n) { return n == Eigen::Dynamic ? t + "Dynamic" : t + static_cast<std::int64_t>(n); }

template <class P>
constexpr static_text eigen_name() {
  static_text t = static_text() + (std::is_base_of_v<Eigen::ArrayBase<P>, P> ? "Eigen::Array<" : "Eigen::Matrix<");
  t = eigen_extent(t + element_name<typename P::Scalar>() + ", ", P::RowsAtCompileTime);
  t = eigen_extent(t + ", ", P::ColsAtCompileTime);
  return t + (P::IsRowMajor && P::RowsAtCompileTime != 1 ? ", RowMajor>" : ">");
}

/// What results take beside a matrix of type P, an array if P is one: any extents, so that they can be assigned to whatever the user has
/// for them. Beside a fixed-size matrix it holds results of up to the longer of its extents without allocating. Vectors and rows are P.
template <class P>
struct eigen_result {
  static constexpr bool fixed = P::RowsAtCompileTime != Eigen::Dynamic || P::ColsAtCompileTime != Eigen::Dynamic;
  static constexpr bool vector = P::RowsAtCompileTime == 1 || P::ColsAtCompileTime == 1;
  static constexpr int rows = P::MaxRowsAtCompileTime, columns = P::MaxColsAtCompileTime;
  static constexpr int most = rows == Eigen::Dynamic || columns == Eigen::Dynamic ? Eigen::Dynamic : rows > columns ? rows : columns;
  template <template <class, int, int, int, int, int> class Family>
  using of = Family<typename P::Scalar, Eigen::Dynamic, Eigen::Dynamic, P::Options, most, most>;
  using any_extents = std::conditional_t<std::is_base_of_v<Eigen::ArrayBase<P>, P>, of<Eigen::Array>, of<Eigen::Matrix>>;
  using type = std::conditional_t<fixed && !vector, any_extents, P>;
};

// The contents are left unspecified on purpose; GCC warns of it where it inlines `make`.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
/// The owning type and how it takes results.
template <class P>
struct eigen_container : supported_element<typename P::Scalar> {
  using scalar = typename P::Scalar;
  using container = P;
  using result = typename eigen_result<P>::type;
  static constexpr int rank = P::ColsAtCompileTime == 1 ? 1 : 2;
  [[gnu::visibility("hidden")]] static constexpr auto text = eigen_name<P>();
  static constexpr std::string_view name() { return text.view(); }

  static container make(std::span<const std::int64_t> shape, std::string_view op = "call") {
    if (shape.size() > static_cast<std::size_t>(rank)) throw_unfit(op, shape, rank == 1 ? "rank 0 or 1" : "rank 0, 1 or 2", name());
    std::int64_t rows = shape.empty() ? 1 : shape[0], columns = shape.size() == 2 ? shape[1] : 1;
    if (P::RowsAtCompileTime == 1 && shape.size() == 1) std::swap(rows, columns);  // the one way a row can hold rank 1
    if (!extent_fits(rows, P::RowsAtCompileTime, P::MaxRowsAtCompileTime) ||
        !extent_fits(columns, P::ColsAtCompileTime, P::MaxColsAtCompileTime))
      refuse_extents(op, shape);
    container c;
    if constexpr (P::SizeAtCompileTime == Eigen::Dynamic) c.resize(rows, columns);
    return c;
  }

  /// The extents of `t`, one of them perhaps left out, under the shape of a result that it holds.
  template <class T>
  static void borrow_result(T& t, std::span<const std::int64_t> shape, array_view& v);

 private:
  static constexpr bool extent_fits(std::int64_t n, int fixed, int most) {
    return fixed != Eigen::Dynamic ? n == fixed : most == Eigen::Dynamic || n <= most;
  }
  [[noreturn]] static void refuse_extents(std::string_view op, std::span<const std::int64_t> shape) {
    constexpr auto expected = [] {
      const auto extent = [](static_text t, int fixed, int most) {
        if (fixed != Eigen::Dynamic) return t + static_cast<std::int64_t>(fixed);
        return most == Eigen::Dynamic ? t + "n" : t + "up to " + static_cast<std::int64_t>(most);
      };
      const static_text t = extent(static_text() + "shape (", P::RowsAtCompileTime, P::MaxRowsAtCompileTime);
      return rank == 1 ? t + ",)" : extent(t + ", ", P::ColsAtCompileTime, P::MaxColsAtCompileTime) + ")";
    }();
    throw_unfit(op, shape, expected.view(), name());
  }
};
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/// Fixed-size vectors and matrices hold their elements in themselves: a std::vector of Vector3d is an array of shape (n, 3).
template <class T>
struct eigen_inline {};
template <class T>
requires(std::is_base_of_v<Eigen::PlainObjectBase<T>, T>&& T::SizeAtCompileTime != Eigen::Dynamic) struct eigen_inline<T> {
  static constexpr inline_layout layout = [] {
    inline_layout l;
    constexpr std::int64_t rows = T::RowsAtCompileTime, columns = T::ColsAtCompileTime;
    if (rows == 1 || columns == 1) return l.repeated(rows * columns, 1);
    l = l.repeated(columns, T::IsRowMajor ? 1 : rows);
    return l.repeated(rows, T::IsRowMajor ? columns : 1);
  }();
};

}  // namespace detail

template <detail::eigen_dense T>
requires(!detail::eigen_direct<T>) struct array_traits<T> : detail::eigen_container<typename T::PlainObject> {
  static constexpr bool contiguous = false;
  static constexpr bool writable = false;
  static typename T::PlainObject evaluate(const T& t) { return t; }
};

template <detail::eigen_direct T>
struct array_traits<T> : detail::eigen_container<typename T::PlainObject>, detail::eigen_inline<T> {
  using base = detail::eigen_container<typename T::PlainObject>;
  static constexpr bool contiguous =
      base::rank == 1 ? int{Eigen::internal::inner_stride_at_compile_time<T>::ret} == 1 : bool(T::IsRowMajor) && detail::eigen_packed<T>;
  static constexpr bool writable = (Eigen::internal::traits<T>::Flags & Eigen::LvalueBit) != 0;
  static constexpr bool is_view = detail::eigen_is_view<T>;

  static void borrow(const T& t, array_view& v) {
    v.data = const_cast<typename T::Scalar*>(t.data());
    v.dtype = dtype_of<typename T::Scalar>;
    v.rank = base::rank;
    v.shape[0] = t.rows();
    v.strides[0] = t.rowStride();
    if constexpr (base::rank == 2) {
      v.shape[1] = t.cols();
      v.strides[1] = t.colStride();
    }
  }

  /// A column holds rank 1, a row type too, and 1×1 holds rank 0.
  static bool holds(const T& t, std::span<const std::int64_t> shape) {
    if (shape.empty()) return t.size() == 1;
    return shape.size() == 1 && t.size() == shape[0] && (t.cols() == 1 || T::RowsAtCompileTime == 1);
  }
};

template <class P>
template <class T>
void detail::eigen_container<P>::borrow_result(T& t, std::span<const std::int64_t> shape, array_view& v) {
  array_traits<std::remove_const_t<T>>::borrow(t, v);
  v.rank = static_cast<int>(shape.size());
  if constexpr (rank == 2 && P::RowsAtCompileTime == 1) {
    if (v.rank == 1) v.shape[0] = v.shape[1], v.strides[0] = v.strides[1];
  }
}

}  // namespace tendril
