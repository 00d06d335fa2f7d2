// What the Eigen frontend's files share: how a call is recorded, and how an argument stands.
#pragma once
#include <tendril/frontends/eigen.hpp>

#include <tendril/detail/op_id.hpp>

namespace tendril::frontends::eigen {

/// Records an op of the table under Eigen's rules.
object record(op_id op, std::initializer_list<operand> in, attributes at, std::source_location where, form stands);
array indexed(const arg& a, std::vector<index_item> key);

/// The array of what is no number.
const array& array_of(const arg& a);
/// How an argument stands; asks for its rank where nobody has.
form form_of(const arg& a);
/// The object as a table: a column has one column, a row one row.
object table(const arg& a);
/// The same of a matrix with as many rows as columns; `what` is the member that needs one.
array square_table(const char* what, const arg& m);
Index rows_of(const arg& a);
Index cols_of(const arg& a);

}  // namespace tendril::frontends::eigen
