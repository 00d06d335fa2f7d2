// Prints docs/ops.md from the op table: `generate_ops_md > docs/ops.md`.
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

enum class section { elementwise, reduction, creation, other };

// A row as it is written: its columns as text.
struct row {
  section in;
  std::string name, inputs, positional, options, returns, accepts, dtype_rule, shape_rule, traits, doc;
};

#define TENDRIL_DOC(doc, ...) doc
#define TENDRIL_ROW(kind, name, inputs, positional, options, returns, accepts, dtype_rule, shape_rule, traits, ...) \
  {section::kind, #name, #inputs, #positional, #options, #returns, #accepts, #dtype_rule, #shape_rule, #traits, TENDRIL_DOC(__VA_ARGS__)},
#define ELEMENTWISE(name, inputs, options, accepts, dtype_rule, traits, ...) \
  TENDRIL_ROW(elementwise, name, inputs, (), options, one, accepts, dtype_rule, broadcast, traits, __VA_ARGS__)
#define REDUCTION(name, options, accepts, dtype_rule, traits, ...) \
  TENDRIL_ROW(reduction, name, (array x), (), options, one, accepts, dtype_rule, reduce, traits, __VA_ARGS__)
#define CREATE(name, positional, options, dtype_rule, shape_rule, traits, ...) \
  TENDRIL_ROW(creation, name, (), positional, options, one, any, dtype_rule, shape_rule, traits, __VA_ARGS__)
#define OP(name, inputs, positional, options, returns, accepts, dtype_rule, shape_rule, traits, ...) \
  TENDRIL_ROW(other, name, inputs, positional, options, returns, accepts, dtype_rule, shape_rule, traits, __VA_ARGS__)
#define INTERNAL(...)  // no public function
const row rows[] = {
#include <tendril/ops.def>
};

// "(a, (b, c), {})" -> "a", "(b, c)", "{}"
std::vector<std::string> items(std::string_view list) {
  std::vector<std::string> out;
  int depth = 0;
  for (char c : list.substr(1, list.size() - 2)) {
    if (c == ',' && depth == 0) {
      out.emplace_back();
      continue;
    }
    depth += (c == '(' || c == '{') - (c == ')' || c == '}');
    if (out.empty()) out.emplace_back();
    if (!(c == ' ' && out.back().empty())) out.back() += c;
  }
  return out;
}

std::string signature(const row& r) {
  std::string s, options;
  const auto more = [&](const std::string& text) { s += (s.empty() ? "" : ", ") + text; };
  for (const std::string& input : items(r.inputs)) {
    const auto space = input.find(' ');
    const std::string kind = input.substr(0, space), name = input.substr(space + 1);
    more(kind == "sequence" ? "{" + name + "...}" : kind == "optional" ? name + " or std::nullopt" : name);
  }
  for (const std::string& attribute : items(r.positional)) more(items(attribute)[1]);
  for (const std::string& attribute : items(r.options)) {
    const auto parts = items(attribute);
    options += (options.empty() ? "." : ", .") + parts[1] + " = " + parts[2];
  }
  if (!options.empty()) more("{" + options + "}");
  const char* const several = r.returns == "two"     ? " -> pair"
                              : r.returns == "three" ? " -> tuple"
                              : r.returns == "many"  ? " -> vector"
                                                     : "";
  return r.name + "(" + s + ")" + several;
}

std::string_view error_bound(const row& r) {
  for (const std::string& word : items(r.traits)) {
    if (word == "inexact") return "4 ULP";
    for (std::string_view bound : {"tree", "factors", "pieces", "spread", "running", "parts", "solved"})
      if (word == bound) return bound;
  }
  return "exact";
}

void table(section wanted, std::string_view title) {
  std::cout << "\n## " << title << "\n\n| op | takes | gives | what it computes | error |\n|---|---|---|---|---|\n";
  for (const row& r : rows) {
    if (r.in != wanted) continue;
    std::string doc;
    for (char c : r.doc) doc += c == '|' ? std::string("\\|") : std::string(1, c);
    std::cout << "| `" << signature(r) << "` | " << (wanted == section::creation ? "" : r.accepts) << " | " << r.dtype_rule << " | " << doc
              << " | " << error_bound(r) << " |\n";
  }
}

}  // namespace

int main() {
  std::cout << R"(# The ops

<!-- Made by docs/generate_ops_md.cpp from include/tendril/ops.def; a test compares the two. Edit the table, not this page. -->

)" << std::size(rows)
            << R"( ops, named and behaving as in the [Python Array API standard](https://data-apis.org/array-api/2024.12/), 2024.12
edition. What goes beyond the standard (`relu`, `gelu`, `softmax`, `moments`, `erf`, ...) has the field's usual name. Options are designated
initialisers, `td::sum(x, {.axis = {0, 1}, .keepdims = true})`. The tables show their defaults. `.axis = {}` means all axes. Operands are
arrays or C++ numbers. A number takes the dtype of the arrays that it meets.

The operators `+ - * / % == != < <= > >=` are `add` to `greater_equal`, with `remainder` for `%`. Unary `-` is `negative`.
The operators `& | ^ ~ << >>` are the `bitwise_` ops, and for bool the `logical_` ones. All but the comparisons and the unary ones have an in-place form, such as `x &= mask`.
`a[{...}]` is `getitem`.

Three columns of the tables use short names:

- **takes**: *any* dtype; *numeric*, all but bool; *integral*, integers; *bits*, integers and bool; *boolean*, bool. Operands are promoted
  together first. Indices are not: they are int32 or int64.
- **gives**: *promote*, the promoted dtype; *floating*, the same but integers become float64; *comparison*, *predicate* and *truth*, bool; *same*, that
  of `x`; *sum_of*, that of `x` but integers become int64 (or the `dtype` option); *index*, int64; *select*, the promoted dtype of all operands
  but the first; *given*, the `dtype` asked for.
- **error**: one of the names in the next list.

These are the names in the column **error**:

- *exact*: the correctly rounded value or an exact one.
- *4 ULP*: within four units in the last place of the true value, by measurement ([performance.md](performance.md#accuracy)). The result
  is right at NaN, infinities, zeros and subnormals.
- *tree*: accumulated block by block in an order that depends on the extents alone, never on threads. So the error grows with the logarithm
  of the number of blocks.
- *pieces*: sums along k of at most 512 products one after another, or 4,096 where a result has more than 65,536 elements. These sums are
  added up in a tree, whatever library multiplies. The result is within 700 (4,300) roundings of the sum of the products' magnitudes, for k
  up to 10^7.
- *factors*: as many roundings as there are factors.
- *spread*: squared deviations that are corrected for the rounding of the mean. The result is within 100 roundings of the variance where the
  mean is up to 10^6 (float64: 10^14) times the deviation. Equal elements give 0, and exactly their value as the mean. The squares
  and their sum may overflow: a variance that the dtype can hold is not infinite. A mean is, where the sum of the elements is.
- *running*: a sum is within 70 roundings of the magnitudes up to there, however long the axis. The blocks of the sum are added up in two
  numbers that together hold what rounding loses. A product is within as many roundings as it has factors.
- *parts*: computed by other ops of this page, whose errors add up.
- *solved*: by elimination with row pivots (det, slogdet, inv, solve), by Cholesky's, from triangles, or by reflections and rotations (qr, eigh,
  eigvalsh, svd, svdvals). What is solved exactly is a system within 10 n roundings of the one that was given, n rows long. So the result is
  off by that much times the condition number of the matrix, and an eigenvalue or singular value by that much of the largest. q, u, v and
  eigenvectors are orthonormal to 10 n roundings.

Some rules hold for several ops:

- **order**: `sort` and `argsort` take NaN for the largest element. So NaN comes last, and first where `descending`, as in torch and in
  array-api-compat. Zeros of both signs are equal. Equal elements keep their order both ways, whether `stable` asks for it or not.
- **indices** are values. `take`, `take_along_axis` and `scatter` check indices when they run, and throw `td::index_error` in a replay as eagerly.
  What was written of the result by then stays as it is.
- **singular** matrices are values too: `inv` and `solve` throw `td::error` where a pivot is 0, and `cholesky` where one is not positive, in a
  replay as eagerly. With `.check = false` the arithmetic takes its course: infinities and NaN, of `cholesky` NaN in the whole matrix. NaN in the
  operand is no error. A matrix that is singular but for rounding is none either. `triangular_solve` looks for 0 on the diagonal. `svd` and
  `svdvals` throw `td::error` where an element is NaN or infinite, or give NaN without check; `eigh` and `eigvalsh` give NaN.
- **signs** of vectors are left open by mathematics. Here they are what the computation gives: the diagonal of r is negative where what
  stood there was positive, as LAPACK has it, and each vector of `eigh`, and each pair of `svd`, may have either sign. So may any basis of equal
  values. All backends give the same bits, for any number of threads. `qr` and `svd` whose smaller extent is up to 47, and `eigh`, allocate nothing in a
  replay; of more, `qr`, and `svd` of matrices that are not square, apply reflections in blocks, which Eigen allocates.
- **numbers** written beside an array take its dtype. A real number is rounded to this dtype, to infinity where the number lies beyond.
- **integers** written beside an array keep their value where an integer dtype does not hold that value. Comparisons and `searchsorted`
  answer exactly (`x < 3000000000` holds for every int32). A bound of `clip`, `maximum` or `minimum` that no element reaches limits nothing.
  Everything else, creation too, is a `td::dtype_error` that names number and dtype. A number that is an argument of a traced function is
  compared and limits likewise. When the function computes with such an argument, the number is converted.
- **uint8** wraps modulo 256. Its totals (`sum`, `prod`, `cumulative_sum`, `cumulative_prod`) are int64, where the standard has uint64, which
  Tendril lacks. Beside int32 or int64 it becomes that dtype. It is no index: convert it with `astype`.
- **left open by the standard** and chosen here, as NumPy has it: integers divided by 0 give 0. Shifts by a negative count or by all bits
  and more give 0, to the right of a negative number -1. `floor_divide` with an infinite operand is floor(a / b), as the standard has it and
  NumPy has not. Quotients of magnitude above 2^24 (float64: 2^53), where not every integer is a number, are a / b rounded to nearest.
  Conversion of a real number that its integer dtype does not hold gives the lowest integer. The instructions of x86 have it so, and so have
  NumPy and torch there. To uint8 a real number goes by way of int32, as there too: -1.0 gives 255, 300.0 gives 44, and what int32 does not
  hold gives 0. Conversion of an integer keeps the low bits. `searchsorted` has no `sorter`: search `take(x1, sorter)`.

A wrong dtype throws `td::dtype_error`, shapes that do not fit `td::shape_error`, a wrong axis `td::index_error`. See [errors.md](errors.md).
)";
  table(section::elementwise, "Elementwise: operands broadcast");
  table(section::reduction, "Reductions");
  table(section::other, "Linear algebra, shape, and the rest");
  table(section::creation, "Creation");
}
