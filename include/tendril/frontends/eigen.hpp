// The Eigen frontend: classes of our own with the members of Eigen's arrays and matrices, so that generic code written for Eigen runs on
// both. Functions written for Eigen::MatrixXd and VectorXd come from td::source::eigen, those for Eigen::ArrayXd from
// td::source::eigen_array: `*` is the matrix product in one world and of coefficients in the other.
//
// An argument of one axis is a column, one of two axes a matrix. Products, transposes and partial reductions depend on which it is, so that
// functions with these wait for their first call. A part of an argument that is written to (`x.row(0) = y`) is an update of its value.
#pragma once
#include <tendril/transpile.hpp>

namespace tendril::frontends::eigen {

/// Eigen's own promotion: none. Arrays of one dtype alone meet, and a C++ number becomes an element of the array's.
extern const promotion_rules promotion;

using Index = std::ptrdiff_t;
/// How an array of one axis stands; `unknown` until somebody asks.
enum class form : std::uint8_t { unknown, number, column, row, matrix };
enum class flat : std::uint8_t { down, across };  ///< colwise() goes down the columns, rowwise() across the rows

/// An array and how it stands. What the classes below have in common, and what the compiled half takes and gives.
class object {
 public:
  using at = std::source_location;
  object() = default;
  explicit object(array a, form f = form::unknown) noexcept : array_(std::move(a)), form_(f) {}
  const array& value() const noexcept { return array_; }
  form stands() const noexcept { return form_; }

 protected:
  array array_;
  form form_ = form::unknown;
};

/// What a function takes: one of our objects or a C++ number, with the caller's line.
class arg {
 public:
  template <std::derived_from<object> O>
  arg(const O& o, std::source_location where = std::source_location::current()) : operand_(o.value(), where), form_(o.stands()) {}
  template <arithmetic T>
  arg(T v, std::source_location where = std::source_location::current()) : operand_(v, where), form_(form::number) {}
  const operand& get() const noexcept { return operand_; }
  form stands() const noexcept { return form_; }
  std::source_location where() const noexcept { return operand_.where(); }

 private:
  operand operand_;
  form form_;
};

/// Ops whose record has the same meaning as the member of Eigen: X(member, op).
// clang-format off
#define TENDRIL_EIGEN_FUNCTIONS(X)                                                                                                     \
  X(abs, abs) X(abs2, square) X(square, square) X(sqrt, sqrt) X(rsqrt, rsqrt) X(exp, exp) X(expm1, expm1) X(log, log) X(log1p, log1p)  \
  X(log10, log10) X(log2, log2) X(sin, sin) X(cos, cos) X(tan, tan) X(asin, asin) X(acos, acos) X(atan, atan) X(sinh, sinh)            \
  X(cosh, cosh) X(tanh, tanh) X(asinh, asinh) X(acosh, acosh) X(atanh, atanh) X(ceil, ceil) X(floor, floor) X(rint, round)            \
  X(sign, sign) X(logistic, sigmoid) X(erf, erf) X(erfc, erfc) X(lgamma, lgamma) X(isNaN, isnan) X(isInf, isinf) X(isFinite, isfinite)
#define TENDRIL_EIGEN_OPERATORS(X)                                                                                                  \
  X(+, add) X(-, subtract) X(*, multiply) X(/, divide) X(<, less) X(<=, less_equal) X(>, greater) X(>=, greater_equal) X(==, equal) \
  X(!=, not_equal) X(&&, logical_and) X(||, logical_or)
/// Members of arrays, matrices and their columns and rows that reduce: X(member). The second list is of matrices alone.
#define TENDRIL_EIGEN_TOTALS(X) X(sum) X(prod) X(mean) X(maxCoeff) X(minCoeff) X(any) X(all) X(count)
#define TENDRIL_EIGEN_NORMS(X) X(squaredNorm) X(norm)
/// Members of matrices that go coefficient by coefficient: X(member, function).
#define TENDRIL_EIGEN_CWISE(X) X(cwiseAbs, abs) X(cwiseAbs2, abs2) X(cwiseSqrt, sqrt) X(cwiseInverse, reciprocal) X(cwiseSign, sign)
#define TENDRIL_EIGEN_CWISE_BINARY(X) \
  X(cwiseProduct, multiply) X(cwiseQuotient, divide) X(cwiseMax, largest) X(cwiseMin, smallest) X(cwiseEqual, equal)
// clang-format on

// ---- the compiled half
#define X(member, op) object member(const arg&);
TENDRIL_EIGEN_FUNCTIONS(X)
#undef X
#define X(symbol, op) object op(const arg&, const arg&);
TENDRIL_EIGEN_OPERATORS(X)
#undef X
object negative(const arg&);
object logical_not(const arg&);
object cube(const arg&);
object reciprocal(const arg&);
/// Halves away from zero, as std::round has it.
object rounded(const arg&);
object pow(const arg&, const arg&);
object largest(const arg&, const arg&);
object smallest(const arg&, const arg&);
object select(const arg& condition, const arg&, const arg&);
object cast(const arg&, dtype);

Index rows(const object&, std::source_location);
Index cols(const object&, std::source_location);
object transpose(const arg&);
object product(const arg&, const arg&);
object dot(const arg&, const arg&);
object cross(const arg&, const arg&);
object diagonal(const arg&);
/// The product with a diagonal matrix that `v` is the diagonal of; it stands on the left or on the right.
object scaled(const arg& v, const arg& m, bool left);

enum class total : std::uint8_t { sum, prod, mean, maxCoeff, minCoeff, any, all, count, squaredNorm, norm, l1, largest };
object reduce(total, const arg&);
object reduce(total, const arg&, flat);
object normalized(const arg&);
object normalized(const arg&, flat);
/// A vector against every column or row.
enum class arithmetic_op : std::uint8_t { add, subtract, multiply, divide };
object against(arithmetic_op, const arg& m, const arg& v, flat);

object block(const arg&, Index i, Index j, Index rows, Index cols);
object segment(const arg&, Index i, Index n);
object line(const arg&, Index i, flat);  ///< column i, or row i
object coefficient(const arg&, Index i, Index j);
object coefficient(const arg&, Index i);
object with_block(const arg&, Index i, Index j, Index rows, Index cols, const arg& value);
object with_segment(const arg&, Index i, Index n, const arg& value);
object replicate(const arg&, Index rows, Index cols);
object reverse(const arg&);
object filled(Index rows, Index cols, double value, bool vector);
object identity(Index rows, Index cols);
object linspaced(Index n, double low, double high);
object from_elements(Index rows, Index cols, const std::vector<object>&, std::source_location);

/// Of square matrices: determinants of up to four rows and inverses of up to three by cofactors as Eigen has them, else by elimination.
object determinant(const arg&);
object inverse(const arg&);
/// The solution of a system of equations, by elimination with row pivots. A singular matrix gives infinities and NaN.
object solve(const arg& m, const arg& b);
/// The solution of a positive definite system, by Cholesky's decomposition without pivots.
object solve_positive(const arg& m, const arg& b);
object cholesky(const arg&);

/// Factors of orthogonal triangularisation: the square orthogonal one, and the triangle with as many rows as the matrix.
object orthogonal_factor(const arg& m);
object triangle_factor(const arg& m);
/// A solution by these factors: nearest to b of more equations than unknowns; of fewer, unknowns that are left over are 0.
object basic_solution(const arg& m, const arg& b);
/// The same, where the longest columns come first and columns that depend on others count as left over.
object pivoted_solution(const arg& m, const arg& b);
object pivot_order(const arg& m);  ///< as a permutation matrix
object pivoted(const arg& m);      ///< the matrix with its columns in that order
/// Part of a singular value decomposition: the values in descending order as a column; the vectors as columns, as many as values, or all of
/// a square matrix.
enum class singular : std::uint8_t { values, left, right };
object singular_part(singular, const arg& m, bool thin);
/// Throws where a part is asked for that no option named.
void require_computed(bool is, const char* what, const char* flags);
/// The shortest of the solutions nearest to b; singular values below eps times the greatest and their number count as 0.
object shortest_solution(const arg& m, const arg& b);
/// The eigenvalues of a symmetric matrix in ascending order as a column, or its eigenvectors as columns, of which one triangle is read.
object symmetric_part(const arg& m, bool vectors, bool upper);
/// The square root of a positive definite matrix, or its inverse.
object symmetric_root(const arg& m, bool inverted);
/// The symmetric matrix that one triangle says.
object symmetric(const arg& m, bool upper);
/// One triangle, as Eigen's flags say it: 1 lower or 2 upper, with 4 ones or with 8 zeros on the diagonal.
object triangle(const arg& m, unsigned mode);
object solve_triangle(const arg& m, const arg& b, unsigned mode);

// ---- the classes

class Matrix;
class Array;

/// A coefficient, or what a reduction gives.
class Scalar : public object {
 public:
  struct tendril_frontend {
    static constexpr const char* name = "Eigen scalar";
  };
  Scalar() = default;
  explicit Scalar(array a) noexcept : object(std::move(a), form::number) {}
  explicit Scalar(object o) noexcept : object(std::move(o)) {}
  /// Only arguments can tell: the error names td::where.
  explicit operator bool() const { return static_cast<bool>(array_); }
#define X(symbol, op) \
  friend Scalar operator symbol(const Scalar& a, const arg& b) { return Scalar(eigen::op(arg(a, b.where()), b)); }
  TENDRIL_EIGEN_OPERATORS(X)
#undef X
#define X(symbol, op)                                   \
  template <arithmetic T>                               \
  friend Scalar operator symbol(T a, const Scalar& b) { \
    return Scalar(eigen::op(a, b));                     \
  }
  TENDRIL_EIGEN_OPERATORS(X)
#undef X
  friend Scalar operator-(const Scalar& a) { return Scalar(eigen::negative(a)); }
  Scalar& operator+=(const arg& b) & { return *this = *this + b; }
  Scalar& operator-=(const arg& b) & { return *this = *this - b; }
  Scalar& operator*=(const arg& b) & { return *this = *this * b; }
  Scalar& operator/=(const arg& b) & { return *this = *this / b; }
};
#define X(member, op)                                                                                   \
  inline Scalar member(const Scalar& x, std::source_location where = std::source_location::current()) { \
    return Scalar(eigen::member(arg(x, where)));                                                        \
  }
TENDRIL_EIGEN_FUNCTIONS(X)
#undef X
inline Scalar pow(const Scalar& x, const arg& y) { return Scalar(eigen::pow(arg(x, y.where()), y)); }

/// m.colwise() and m.rowwise().
template <class Derived>
class vectorwise {
 public:
  using at = std::source_location;
  vectorwise(const Derived& m, flat along) : m_(m), along_(along) {}
#define X(name) \
  Derived name(at where = at::current()) const { return Derived(eigen::reduce(total::name, arg(m_, where), along_)); }
  TENDRIL_EIGEN_TOTALS(X)
  TENDRIL_EIGEN_NORMS(X)
#undef X
  Derived normalized(at where = at::current()) const { return Derived(eigen::normalized(arg(m_, where), along_)); }
  friend Derived operator+(const vectorwise& m, const arg& v) { return m.against(arithmetic_op::add, v); }
  friend Derived operator-(const vectorwise& m, const arg& v) { return m.against(arithmetic_op::subtract, v); }
  friend Derived operator*(const vectorwise& m, const arg& v) { return m.against(arithmetic_op::multiply, v); }
  friend Derived operator/(const vectorwise& m, const arg& v) { return m.against(arithmetic_op::divide, v); }

 private:
  Derived against(arithmetic_op op, const arg& v) const { return Derived(eigen::against(op, arg(m_, v.where()), v, along_)); }
  Derived m_;
  flat along_;
};

/// A part of an object that may be written to; reading it is reading a copy.
template <class Derived>
class part;
template <class Derived>
class coefficient_of;
template <class Derived>
class comma_initializer;

// Members that the classes do not have say so, and what to write.
#define TENDRIL_EIGEN_LACKS(member, instead)                                                                                     \
  template <auto... P, class... A>                                                                                               \
  void member(A&&...) const {                                                                                                    \
    static_assert(sizeof...(P) + sizeof...(A) == ~std::size_t{0}, "tendril: the Eigen frontend has no " #member "(). " instead); \
  }

/// What matrices and arrays share.
template <class Derived>
class dense : public object {
 public:
  using object::object;
  explicit dense(object o) noexcept : object(std::move(o)) {}

  // Facts. While transpiling they are not known yet: asking makes the function wait for its first call.
  Index rows(at where = at::current()) const { return eigen::rows(*this, where); }
  Index cols(at where = at::current()) const { return eigen::cols(*this, where); }
  Index size(at where = at::current()) const { return static_cast<Index>(array_.size(where)); }

#define X(name) \
  Scalar name(at where = at::current()) const { return Scalar(eigen::reduce(total::name, arg(*this, where))); }
  TENDRIL_EIGEN_TOTALS(X)
#undef X
  vectorwise<Derived> colwise() const { return {self(), flat::down}; }
  vectorwise<Derived> rowwise() const { return {self(), flat::across}; }

  Derived transpose(at where = at::current()) const { return Derived(eigen::transpose(arg(*this, where))); }
  Derived replicate(Index r, Index c, at where = at::current()) const { return Derived(eigen::replicate(arg(*this, where), r, c)); }
  Derived reverse(at where = at::current()) const { return Derived(eigen::reverse(arg(*this, where))); }
  Derived eval() const { return self(); }
  template <class T>
  Derived cast(at where = at::current()) const {
    return Derived(eigen::cast(arg(*this, where), dtype_of<T>));
  }
  template <class F>
  Derived unaryExpr(F f) const {
    return Derived(f(Array(static_cast<const object&>(*this))));
  }

  Derived block(Index i, Index j, Index r, Index c, at where = at::current()) const {
    return Derived(eigen::block(arg(*this, where), i, j, r, c));
  }
  Derived segment(Index i, Index n, at where = at::current()) const { return Derived(eigen::segment(arg(*this, where), i, n)); }
  Derived head(Index n, at where = at::current()) const { return segment(0, n, where); }
  Derived tail(Index n, at where = at::current()) const { return segment(size(where) - n, n, where); }
  Derived row(Index i, at where = at::current()) const { return Derived(eigen::line(arg(*this, where), i, flat::across)); }
  Derived col(Index j, at where = at::current()) const { return Derived(eigen::line(arg(*this, where), j, flat::down)); }
  Derived topRows(Index n, at where = at::current()) const { return block(0, 0, n, cols(where), where); }
  Derived bottomRows(Index n, at where = at::current()) const { return block(rows(where) - n, 0, n, cols(where), where); }
  Derived middleRows(Index i, Index n, at where = at::current()) const { return block(i, 0, n, cols(where), where); }
  Derived leftCols(Index n, at where = at::current()) const { return block(0, 0, rows(where), n, where); }
  Derived rightCols(Index n, at where = at::current()) const { return block(0, cols(where) - n, rows(where), n, where); }
  Derived middleCols(Index j, Index n, at where = at::current()) const { return block(0, j, rows(where), n, where); }
  template <int Rows, int Cols>
  Derived block(Index i, Index j, at where = at::current()) const {
    return block(i, j, Rows, Cols, where);
  }
  template <int N>
  Derived head(at where = at::current()) const {
    return segment(0, N, where);
  }
  template <int N>
  Derived tail(at where = at::current()) const {
    return tail(N, where);
  }
  template <int N>
  Derived segment(Index i, at where = at::current()) const {
    return segment(i, N, where);
  }
  Scalar operator()(Index i, Index j, at where = at::current()) const { return Scalar(eigen::coefficient(arg(*this, where), i, j)); }
  Scalar operator()(Index i, at where = at::current()) const { return Scalar(eigen::coefficient(arg(*this, where), i)); }
  Scalar operator[](Index i) const { return Scalar(eigen::coefficient(arg(*this, at()), i)); }
  Scalar x(at where = at::current()) const { return (*this)(0, where); }
  Scalar y(at where = at::current()) const { return (*this)(1, where); }
  Scalar z(at where = at::current()) const { return (*this)(2, where); }
  Scalar w(at where = at::current()) const { return (*this)(3, where); }

  TENDRIL_EIGEN_LACKS(data, "An array that is recorded has no memory: use block, segment or coefficients.")
  TENDRIL_EIGEN_LACKS(coeffRef, "Write x(i, j) = v.")
  TENDRIL_EIGEN_LACKS(binaryExpr, "Write the expression over the arrays themselves.")
  TENDRIL_EIGEN_LACKS(redux, "Use sum, prod, minCoeff, maxCoeff, any or all.")
  TENDRIL_EIGEN_LACKS(reshaped, "Reshape outside of the function.")
  TENDRIL_EIGEN_LACKS(resize, "An array has the extents of the value that it is given.")

  // Parts that are written to.
  part<Derived> block(Index i, Index j, Index r, Index c, at where = at::current());
  part<Derived> segment(Index i, Index n, at where = at::current());
  part<Derived> head(Index n, at where = at::current());
  part<Derived> tail(Index n, at where = at::current());
  part<Derived> row(Index i, at where = at::current());
  part<Derived> col(Index j, at where = at::current());
  coefficient_of<Derived> operator()(Index i, Index j, at where = at::current());
  coefficient_of<Derived> operator()(Index i, at where = at::current());
  coefficient_of<Derived> operator[](Index i);
  comma_initializer<Derived> operator<<(const arg& first);

  static Derived Zero(Index n) { return Derived(filled(n, 1, 0, true)); }
  static Derived Zero(Index r, Index c) { return Derived(filled(r, c, 0, false)); }
  static Derived Ones(Index n) { return Derived(filled(n, 1, 1, true)); }
  static Derived Ones(Index r, Index c) { return Derived(filled(r, c, 1, false)); }
  static Derived Constant(Index n, double v) { return Derived(filled(n, 1, v, true)); }
  static Derived Constant(Index r, Index c, double v) { return Derived(filled(r, c, v, false)); }
  static Derived LinSpaced(Index n, double low, double high) { return Derived(linspaced(n, low, high)); }

 protected:
  const Derived& self() const { return static_cast<const Derived&>(*this); }
  Derived& self() { return static_cast<Derived&>(*this); }
};

/// Stands for an Eigen::Array of any element type and extents: operators and functions go coefficient by coefficient.
class Array : public dense<Array> {
 public:
  struct tendril_frontend {
    static constexpr const char* name = "Eigen::Array";
  };
  using dense::dense;
  Array() = default;
  explicit Array(Index n) : dense(filled(n, 1, 0, true)) {}
  Array(Index r, Index c) : dense(filled(r, c, 0, false)) {}
#define X(member, op) \
  Array member(at where = at::current()) const { return Array(eigen::member(arg(*this, where))); }
  TENDRIL_EIGEN_FUNCTIONS(X)
#undef X
  Array cube(at where = at::current()) const { return Array(eigen::cube(arg(*this, where))); }
  Array inverse(at where = at::current()) const { return Array(eigen::reciprocal(arg(*this, where))); }
  Array round(at where = at::current()) const { return Array(eigen::rounded(arg(*this, where))); }
  Array pow(const arg& y) const { return Array(eigen::pow(arg(*this, y.where()), y)); }
  Array max(const arg& y) const { return Array(eigen::largest(arg(*this, y.where()), y)); }
  Array min(const arg& y) const { return Array(eigen::smallest(arg(*this, y.where()), y)); }
  Array select(const arg& a, const arg& b) const { return Array(eigen::select(arg(*this, a.where()), a, b)); }
  Array array() const { return *this; }
  Matrix matrix() const;

#define X(symbol, op) \
  friend Array operator symbol(const Array& a, const arg& b) { return Array(eigen::op(arg(a, b.where()), b)); }
  TENDRIL_EIGEN_OPERATORS(X)
#undef X
#define X(symbol, op)                                                                                             \
  template <class T>                                                                                              \
  requires(arithmetic<T> || std::is_same_v<T, Scalar>) friend Array operator symbol(const T& a, const Array& b) { \
    return Array(eigen::op(a, b));                                                                                \
  }
  TENDRIL_EIGEN_OPERATORS(X)
#undef X
  friend Array operator-(const Array& a) { return Array(eigen::negative(a)); }
  friend Array operator!(const Array& a) { return Array(eigen::logical_not(a)); }
  Array& operator+=(const arg& b) & { return *this = *this + b; }
  Array& operator-=(const arg& b) & { return *this = *this - b; }
  Array& operator*=(const arg& b) & { return *this = *this * b; }
  Array& operator/=(const arg& b) & { return *this = *this / b; }
};
#define X(member, op) \
  inline Array member(const Array& x, std::source_location where = std::source_location::current()) { return x.member(where); }
TENDRIL_EIGEN_FUNCTIONS(X)
#undef X
inline Array pow(const Array& x, const arg& y) { return x.pow(y); }

/// A vector as a diagonal matrix, which is multiplied from either side.
class diagonal_matrix;
/// A decomposition of a symmetric matrix, of which `solve` is asked.
class positive_system {
 public:
  explicit positive_system(const Matrix& m);
  Matrix solve(const Matrix& b, std::source_location where = std::source_location::current()) const;
  Matrix matrixL(std::source_location where = std::source_location::current()) const;

 private:
  object m_;
};

/// A decomposition of any square matrix, of which the same is asked as of the matrix.
class general_system {
 public:
  explicit general_system(const Matrix& m);
  Matrix solve(const Matrix& b, std::source_location where = std::source_location::current()) const;
  Matrix inverse(std::source_location where = std::source_location::current()) const;
  Scalar determinant(std::source_location where = std::source_location::current()) const;

 private:
  object m_;
};

/// One triangle of a matrix, of which `solve` is asked, or the matrix with zeros elsewhere.
class triangular_part {
 public:
  triangular_part(const Matrix& m, unsigned mode);
  Matrix solve(const Matrix& b, std::source_location where = std::source_location::current()) const;
  Matrix toDenseMatrix(std::source_location where = std::source_location::current()) const;
  triangular_part transpose(std::source_location where = std::source_location::current()) const;
  triangular_part adjoint(std::source_location where = std::source_location::current()) const { return transpose(where); }

 private:
  object m_;
  unsigned mode_;
};

/// A symmetric matrix, of which one triangle is read.
class symmetric_view {
 public:
  symmetric_view(const Matrix& m, bool upper);
  Matrix eigenvalues(std::source_location where = std::source_location::current()) const;
  Matrix toDenseMatrix(std::source_location where = std::source_location::current()) const;
  positive_system llt() const;
  positive_system ldlt() const;

 private:
  object m_;
  bool upper_;
};

/// A decomposition in an orthogonal and a triangular factor: of householderQr(), or with pivots of colPivHouseholderQr(). `solve` gives the
/// solution nearest to b.
class orthogonal_system {
 public:
  explicit orthogonal_system(const Matrix& m, bool pivots = false);
  Matrix solve(const Matrix& b, std::source_location where = std::source_location::current()) const;
  Matrix householderQ(std::source_location where = std::source_location::current()) const;  ///< square
  /// Its upper triangle is that of the triangular factor; what Eigen keeps below is 0 here.
  Matrix matrixQR(std::source_location where = std::source_location::current()) const;
  Matrix matrixR(std::source_location where = std::source_location::current()) const;
  Matrix colsPermutation(std::source_location where = std::source_location::current()) const;
  TENDRIL_EIGEN_LACKS(rank, "It follows from values: compare the diagonal of matrixQR() with a threshold.")

 private:
  object factored(std::source_location where) const { return pivots_ ? pivoted(arg(m_, where)) : m_; }
  object m_;
  bool pivots_;
};

/// A singular value decomposition. Signs of the vectors are left open.
class singular_system {
 public:
  singular_system(const Matrix& m, unsigned options);
  Matrix singularValues(std::source_location where = std::source_location::current()) const;
  Matrix matrixU(std::source_location where = std::source_location::current()) const;
  Matrix matrixV(std::source_location where = std::source_location::current()) const;
  Matrix solve(const Matrix& b, std::source_location where = std::source_location::current()) const;
  TENDRIL_EIGEN_LACKS(rank, "It follows from values: compare singularValues() with a threshold.")

 private:
  enum flag : unsigned { full_u = 0x04, thin_u = 0x08, full_v = 0x10, thin_v = 0x20 };  // Eigen's own numbers
  bool has(unsigned flags) const noexcept { return (options_ & flags) != 0; }
  object m_;
  unsigned options_;
};

/// Stands for an Eigen::Matrix or vector of any element type and extents: `*` is the matrix product.
class Matrix : public dense<Matrix> {
 public:
  struct tendril_frontend {
    static constexpr const char* name = "Eigen::Matrix";
  };
  using dense::dense;
  Matrix() = default;
  explicit Matrix(Index n) : dense(filled(n, 1, 0, true)) {}
  Matrix(Index r, Index c) : dense(filled(r, c, 0, false)) {}
  static Matrix Identity(Index r, Index c) { return Matrix(eigen::identity(r, c)); }

  Array array() const { return Array(static_cast<const object&>(*this)); }
  Matrix matrix() const { return *this; }
  Matrix noalias() const { return *this; }
  Matrix adjoint(at where = at::current()) const { return transpose(where); }
#define X(name) \
  Scalar name(at where = at::current()) const { return Scalar(eigen::reduce(total::name, arg(*this, where))); }
  TENDRIL_EIGEN_NORMS(X)
#undef X
  template <int P>
  Scalar lpNorm(at where = at::current()) const {
    static_assert(P == 1 || P == 2 || P == -1, "tendril: the Eigen frontend has the norms 1, 2 and infinity. Write the sum of powers out.");
    return Scalar(eigen::reduce(P == 1 ? total::l1 : P == 2 ? total::norm : total::largest, arg(*this, where)));
  }
  Scalar trace(at where = at::current()) const { return Matrix(eigen::diagonal(arg(*this, where))).sum(where); }
  Scalar dot(const Matrix& b, at where = at::current()) const { return Scalar(eigen::dot(arg(*this, where), arg(b, where))); }
  Scalar determinant(at where = at::current()) const { return Scalar(eigen::determinant(arg(*this, where))); }
  Matrix cross(const Matrix& b, at where = at::current()) const { return Matrix(eigen::cross(arg(*this, where), arg(b, where))); }
  Matrix normalized(at where = at::current()) const { return Matrix(eigen::normalized(arg(*this, where))); }
  Matrix diagonal(at where = at::current()) const { return Matrix(eigen::diagonal(arg(*this, where))); }
  Matrix inverse(at where = at::current()) const { return Matrix(eigen::inverse(arg(*this, where))); }
  TENDRIL_EIGEN_LACKS(fullPivLu, "Use partialPivLu() of an invertible matrix, or llt() of a positive definite one.")
  TENDRIL_EIGEN_LACKS(fullPivHouseholderQr, "Use colPivHouseholderQr(), or jacobiSvd() where columns depend on others.")
  TENDRIL_EIGEN_LACKS(completeOrthogonalDecomposition, "Use jacobiSvd(), which solves what it solves.")
  TENDRIL_EIGEN_LACKS(eigenvalues, "They are complex. Of a symmetric matrix use selfadjointView() or SelfAdjointEigenSolver.")
  diagonal_matrix asDiagonal() const;
  general_system partialPivLu() const { return general_system(*this); }
  general_system lu() const { return general_system(*this); }
  positive_system llt() const { return positive_system(*this); }
  positive_system ldlt() const { return positive_system(*this); }
  orthogonal_system householderQr() const { return orthogonal_system(*this); }
  orthogonal_system colPivHouseholderQr() const { return orthogonal_system(*this, true); }
  /// `options` are Eigen's, ComputeThinU and its like: Eigen 3 has them as an argument, Eigen 5 as that of the template.
  singular_system jacobiSvd(unsigned options = 0) const { return singular_system(*this, options); }
  singular_system bdcSvd(unsigned options = 0) const { return singular_system(*this, options); }
  template <int Options>
  singular_system jacobiSvd() const {
    return singular_system(*this, unsigned{Options});
  }
  template <int Options>
  singular_system bdcSvd() const {
    return singular_system(*this, unsigned{Options});
  }
  template <unsigned Mode>
  triangular_part triangularView() const {
    static_assert((Mode & 3U) == 1 || (Mode & 3U) == 2,
                  "tendril: a triangle is Eigen::Lower, Eigen::Upper or one of their kinds. Pass one.");
    return triangular_part(*this, Mode);
  }
  template <unsigned Mode>
  symmetric_view selfadjointView() const {
    static_assert(Mode == 1 || Mode == 2, "tendril: a symmetric matrix is read from Eigen::Lower or from Eigen::Upper. Pass one of these.");
    return symmetric_view(*this, Mode == 2);
  }
  /// One triangle with zeros elsewhere, and a symmetric matrix whole, where a matrix is asked for.
  Matrix(const triangular_part& t) : Matrix(t.toDenseMatrix()) {}
  Matrix(const symmetric_view& s) : Matrix(s.toDenseMatrix()) {}

#define X(member, function) \
  Matrix member(at where = at::current()) const { return Matrix(eigen::function(arg(*this, where))); }
  TENDRIL_EIGEN_CWISE(X)
#undef X
#define X(member, function) \
  Matrix member(const arg& b) const { return Matrix(eigen::function(arg(*this, b.where()), b)); }
  TENDRIL_EIGEN_CWISE_BINARY(X)
#undef X

  friend Matrix operator+(const Matrix& a, const Matrix& b) { return Matrix(eigen::add(a, b)); }
  friend Matrix operator-(const Matrix& a, const Matrix& b) { return Matrix(eigen::subtract(a, b)); }
  friend Matrix operator-(const Matrix& a) { return Matrix(eigen::negative(a)); }
  friend Matrix operator*(const Matrix& a, const Matrix& b) { return Matrix(eigen::product(a, b)); }
  template <class T>
  requires(arithmetic<T> || std::derived_from<T, Scalar>) friend Matrix operator*(const Matrix& a, const T& s) {
    return Matrix(eigen::multiply(a, s));
  }
  template <class T>
  requires(arithmetic<T> || std::derived_from<T, Scalar>) friend Matrix operator*(const T& s, const Matrix& a) {
    return Matrix(eigen::multiply(s, a));
  }
  template <class T>
  requires(arithmetic<T> || std::derived_from<T, Scalar>) friend Matrix operator/(const Matrix& a, const T& s) {
    return Matrix(eigen::divide(a, s));
  }
  Matrix& operator+=(const Matrix& b) & { return *this = *this + b; }
  Matrix& operator-=(const Matrix& b) & { return *this = *this - b; }
  template <class T>
  Matrix& operator*=(const T& b) & {
    return *this = *this * b;
  }
  template <class T>
  Matrix& operator/=(const T& b) & {
    return *this = *this / b;
  }
};
inline Matrix Array::matrix() const { return Matrix(static_cast<const object&>(*this)); }

class diagonal_matrix {
 public:
  explicit diagonal_matrix(const Matrix& v) : v_(v) {}
  friend Matrix operator*(const diagonal_matrix& d, const Matrix& m) { return Matrix(eigen::scaled(d.v_, m, true)); }
  friend Matrix operator*(const Matrix& m, const diagonal_matrix& d) { return Matrix(eigen::scaled(d.v_, m, false)); }

 private:
  Matrix v_;
};
inline diagonal_matrix Matrix::asDiagonal() const { return diagonal_matrix(*this); }

inline positive_system::positive_system(const Matrix& m) : m_(m) {}
inline Matrix positive_system::solve(const Matrix& b, std::source_location where) const {
  return Matrix(solve_positive(arg(m_, where), arg(b, where)));
}
inline Matrix positive_system::matrixL(std::source_location where) const { return Matrix(cholesky(arg(m_, where))); }
inline general_system::general_system(const Matrix& m) : m_(m) {}
inline Matrix general_system::solve(const Matrix& b, std::source_location where) const {
  return Matrix(eigen::solve(arg(m_, where), arg(b, where)));
}
inline Matrix general_system::inverse(std::source_location where) const { return Matrix(eigen::inverse(arg(m_, where))); }
inline Scalar general_system::determinant(std::source_location where) const { return Scalar(eigen::determinant(arg(m_, where))); }

inline triangular_part::triangular_part(const Matrix& m, unsigned mode) : m_(m), mode_(mode) {}
inline Matrix triangular_part::solve(const Matrix& b, std::source_location where) const {
  return Matrix(solve_triangle(arg(m_, where), arg(b, where), mode_));
}
inline Matrix triangular_part::toDenseMatrix(std::source_location where) const { return Matrix(triangle(arg(m_, where), mode_)); }
inline triangular_part triangular_part::transpose(std::source_location where) const {
  return triangular_part(Matrix(eigen::transpose(arg(m_, where))), mode_ ^ 3U);
}
inline Matrix operator*(const triangular_part& t, const Matrix& m) { return Matrix(t) * m; }

inline symmetric_view::symmetric_view(const Matrix& m, bool upper) : m_(m), upper_(upper) {}
inline Matrix symmetric_view::eigenvalues(std::source_location where) const {
  return Matrix(symmetric_part(arg(m_, where), false, upper_));
}
inline Matrix symmetric_view::toDenseMatrix(std::source_location where) const { return Matrix(symmetric(arg(m_, where), upper_)); }
inline positive_system symmetric_view::llt() const { return positive_system(toDenseMatrix()); }
inline positive_system symmetric_view::ldlt() const { return positive_system(toDenseMatrix()); }
inline Matrix operator*(const symmetric_view& s, const Matrix& m) { return Matrix(s) * m; }

inline orthogonal_system::orthogonal_system(const Matrix& m, bool pivots) : m_(m), pivots_(pivots) {}
inline Matrix orthogonal_system::solve(const Matrix& b, std::source_location where) const {
  return Matrix(pivots_ ? pivoted_solution(arg(m_, where), arg(b, where)) : basic_solution(arg(m_, where), arg(b, where)));
}
inline Matrix orthogonal_system::householderQ(std::source_location where) const {
  return Matrix(orthogonal_factor(arg(factored(where), where)));
}
inline Matrix orthogonal_system::matrixQR(std::source_location where) const { return Matrix(triangle_factor(arg(factored(where), where))); }
inline Matrix orthogonal_system::matrixR(std::source_location where) const { return matrixQR(where); }
inline Matrix orthogonal_system::colsPermutation(std::source_location where) const { return Matrix(pivot_order(arg(m_, where))); }

inline singular_system::singular_system(const Matrix& m, unsigned options) : m_(m), options_(options) {}
inline Matrix singular_system::singularValues(std::source_location where) const {
  return Matrix(singular_part(singular::values, arg(m_, where), true));
}
inline Matrix singular_system::matrixU(std::source_location where) const {
  require_computed(has(full_u | thin_u), "U is", "ComputeThinU or ComputeFullU");
  return Matrix(singular_part(singular::left, arg(m_, where), has(thin_u)));
}
inline Matrix singular_system::matrixV(std::source_location where) const {
  require_computed(has(full_v | thin_v), "V is", "ComputeThinV or ComputeFullV");
  return Matrix(singular_part(singular::right, arg(m_, where), has(thin_v)));
}
inline Matrix singular_system::solve(const Matrix& b, std::source_location where) const {
  require_computed(has(full_u | thin_u) && has(full_v | thin_v), "U and V are", "ComputeThinU | ComputeThinV");
  return Matrix(shortest_solution(arg(m_, where), arg(b, where)));
}

// ---- parts that are written to

template <class Derived>
class part : public Derived {
 public:
  part(Derived& of, object now, Index i, Index j, Index r, Index c) : Derived(std::move(now)), of_(of), i_(i), j_(j), r_(r), c_(c) {}
  part(const part&) = default;
  const part& operator=(const arg& v) const {
    of_ = Derived(c_ < 0 ? with_segment(arg(of_, v.where()), i_, r_, v) : with_block(arg(of_, v.where()), i_, j_, r_, c_, v));
    return *this;
  }
  const part& operator=(const part& v) const { return *this = arg(v); }
  const part& operator+=(const arg& v) const { return *this = arg(add(arg(*this, v.where()), v), v.where()); }
  const part& operator-=(const arg& v) const { return *this = arg(subtract(arg(*this, v.where()), v), v.where()); }
  const part& operator*=(const arg& v) const { return *this = arg(multiply(arg(*this, v.where()), v), v.where()); }
  const part& operator/=(const arg& v) const { return *this = arg(divide(arg(*this, v.where()), v), v.where()); }
  void setZero() const { *this = arg(0); }
  void setConstant(double v) const { *this = arg(v); }

 private:
  Derived& of_;
  Index i_, j_, r_, c_;  ///< c_ < 0: r_ elements of a vector, from i_ on
};

template <class Derived>
class coefficient_of : public Scalar {
 public:
  coefficient_of(Derived& of, object now, Index i, Index j) : Scalar(std::move(now)), of_(of), i_(i), j_(j) {}
  coefficient_of(const coefficient_of&) = default;
  const coefficient_of& operator=(const arg& v) const {
    of_ = Derived(j_ < 0 ? with_segment(arg(of_, v.where()), i_, 1, v) : with_block(arg(of_, v.where()), i_, j_, 1, 1, v));
    return *this;
  }
  const coefficient_of& operator=(const coefficient_of& v) const { return *this = arg(v); }
  const coefficient_of& operator+=(const arg& v) const { return *this = arg(add(arg(*this, v.where()), v), v.where()); }
  const coefficient_of& operator-=(const arg& v) const { return *this = arg(subtract(arg(*this, v.where()), v), v.where()); }
  const coefficient_of& operator*=(const arg& v) const { return *this = arg(multiply(arg(*this, v.where()), v), v.where()); }
  const coefficient_of& operator/=(const arg& v) const { return *this = arg(divide(arg(*this, v.where()), v), v.where()); }

 private:
  Derived& of_;
  Index i_, j_;
};

/// m << a, b, c: the coefficients row by row, or vectors one after the other. m has them once all are there.
template <class Derived>
class comma_initializer {
 public:
  comma_initializer(Derived& of, const arg& first) : of_(of) { add(first); }
  comma_initializer& operator,(const arg& next) {
    add(next);
    return *this;
  }

 private:
  void add(const arg& a);
  Derived& of_;
  std::vector<object> all_;
};

object object_of(const arg&);

template <class Derived>
void comma_initializer<Derived>::add(const arg& a) {
  all_.push_back(object_of(a));
  Index count = 0;
  for (const object& o : all_) count += static_cast<Index>(o.value().size(a.where()));
  if (count < of_.size(a.where())) return;
  const object made = from_elements(of_.rows(a.where()), of_.cols(a.where()), all_, a.where());
  of_ = Derived(object(made.value(), of_.stands()));
}

template <class Derived>
part<Derived> dense<Derived>::block(Index i, Index j, Index r, Index c, at where) {
  return {self(), eigen::block(arg(*this, where), i, j, r, c), i, j, r, c};
}
template <class Derived>
part<Derived> dense<Derived>::segment(Index i, Index n, at where) {
  return {self(), eigen::segment(arg(*this, where), i, n), i, 0, n, -1};
}
template <class Derived>
part<Derived> dense<Derived>::head(Index n, at where) {
  return segment(0, n, where);
}
template <class Derived>
part<Derived> dense<Derived>::tail(Index n, at where) {
  return segment(size(where) - n, n, where);
}
template <class Derived>
part<Derived> dense<Derived>::row(Index i, at where) {
  return {self(), eigen::line(arg(*this, where), i, flat::across), i, 0, 1, cols(where)};
}
template <class Derived>
part<Derived> dense<Derived>::col(Index j, at where) {
  return {self(), eigen::line(arg(*this, where), j, flat::down), 0, j, rows(where), 1};
}
template <class Derived>
coefficient_of<Derived> dense<Derived>::operator()(Index i, Index j, at where) {
  return {self(), eigen::coefficient(arg(*this, where), i, j), i, j};
}
template <class Derived>
coefficient_of<Derived> dense<Derived>::operator()(Index i, at where) {
  return {self(), eigen::coefficient(arg(*this, where), i), i, -1};
}
template <class Derived>
coefficient_of<Derived> dense<Derived>::operator[](Index i) {
  return {self(), eigen::coefficient(arg(*this, at()), i), i, -1};
}
template <class Derived>
comma_initializer<Derived> dense<Derived>::operator<<(const arg& first) {
  return {self(), first};
}

}  // namespace tendril::frontends::eigen

template <>
struct tendril::frontend<tendril::source::eigen_t> {
  using array_type = tendril::frontends::eigen::Matrix;
};
template <>
struct tendril::frontend<tendril::source::eigen_array_t> {
  using array_type = tendril::frontends::eigen::Array;
};

/// Eigen's own class of the same name where its matrix is the frontend's: code that names it needs no other name.
namespace Eigen {
template <typename MatrixType>
class SelfAdjointEigenSolver;
template <>
class SelfAdjointEigenSolver<tendril::frontends::eigen::Matrix> {
 public:
  using Matrix = tendril::frontends::eigen::Matrix;
  /// Of the matrix the lower triangle is read. Eigenvectors are there also where the options ask for eigenvalues alone.
  explicit SelfAdjointEigenSolver(const Matrix& m, int = 0x80) : m_(m) {}
  Matrix eigenvalues(std::source_location where = std::source_location::current()) const {
    return Matrix(tendril::frontends::eigen::symmetric_part(arg(m_, where), false, false));
  }
  /// As columns, whose signs are left open.
  Matrix eigenvectors(std::source_location where = std::source_location::current()) const {
    return Matrix(tendril::frontends::eigen::symmetric_part(arg(m_, where), true, false));
  }
  Matrix operatorSqrt(std::source_location where = std::source_location::current()) const {
    return Matrix(tendril::frontends::eigen::symmetric_root(arg(m_, where), false));
  }
  Matrix operatorInverseSqrt(std::source_location where = std::source_location::current()) const {
    return Matrix(tendril::frontends::eigen::symmetric_root(arg(m_, where), true));
  }

 private:
  using arg = tendril::frontends::eigen::arg;
  Matrix m_;
};
}  // namespace Eigen
