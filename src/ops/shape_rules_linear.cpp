// The shape rules of decompositions and of systems of equations.
#include "ops/shape_rules.hpp"

#include <algorithm>

#include "array/format.hpp"
#include "ops/op_table.hpp"

namespace tendril::detail::shape_rules {
namespace {

using shape_list = std::vector<extent>;

std::string_view op_name(const type_request& r) { return r.op.name; }

bool ranked(const type_request& r) {
  return std::all_of(r.inputs.begin(), r.inputs.end(), [](const type& t) { return t.ranked; });
}

/// The extents of matrices: rows, columns, and the smaller of both.
struct sides {
  shape_list batch;
  extent rows, columns, smaller;
  explicit sides(const type_request& r) : batch(r.inputs[0].shape) {
    if (batch.size() < 2)
      throw shape_error(format_text("[{}] the operand is no matrix: got {}, expected rank 2 or more. Add an axis with td::expand_dims.",
                                    op_name(r), to_string(r.inputs[0])));
    rows = batch[batch.size() - 2], columns = batch.back();
    batch.resize(batch.size() - 2);
    if (rows.known() && columns.known()) smaller = extent(std::min(rows.value, columns.value));
    else if (rows.value == 0 || columns.value == 0) smaller = extent(0);
  }
  shape_list with(std::initializer_list<extent> last) const {
    shape_list s = batch;
    s.insert(s.end(), last);
    return s;
  }
};

// Whether q is square.
bool complete(const type_request& r) {
  const std::string& mode = r.attrs.get_string("mode");
  if (mode != "reduced" && mode != "complete")
    throw error(format_text("[qr] unknown mode: got \"{}\", expected \"reduced\" or \"complete\". Pass one of these.", mode));
  return mode == "complete";
}

}  // namespace

// Of square matrices: one such for each.
shape square(const type_request& r) {
  if (!ranked(r)) return {};
  const shape_list& s = r.inputs[0].shape;
  const std::size_t rank = s.size();
  if (rank < 2 || (s[rank - 1].known() && s[rank - 2].known() && s[rank - 1].value != s[rank - 2].value))
    throw shape_error(
        format_text("[{}] the operand is no square matrix: got {}, expected two last extents that are equal. Pass a matrix of "
                    "as many columns as rows.",
                    op_name(r), to_string(r.inputs[0])));
  return s;
}

// A number for each.
shape square_number(const type_request& r) {
  shape s = square(r);
  if (s) s->resize(s->size() - 2);
  return s;
}

shape solve(const type_request& r) {
  if (!ranked(r)) return {};
  shape_list a = *square(r), b = r.inputs[1].shape;
  if (b.empty())
    throw shape_error(format_text("[{}] the right side has rank 0: got {}, expected rank 1 or more. Divide by a scalar with td::divide.",
                                  op_name(r), to_string(r.inputs[1])));
  const bool column = b.size() == 1;
  if (column) b.push_back(extent(1));
  const extent rows = a.back(), given = b[b.size() - 2];
  if (rows.known() && given.known() && rows.value != given.value)
    throw shape_error(
        format_text("[{}] the right side does not fit: got {} and {}, expected as many rows ({}) as the matrix has. Make a "
                    "column of each vector of a batch with td::expand_dims.",
                    op_name(r), to_string(r.inputs[0]), to_string(r.inputs[1]), rows.value));
  shape_list out = tendril::broadcast(op_name(r), std::span(a).first(a.size() - 2), std::span(b).first(b.size() - 2));
  out.push_back(rows.known() ? rows : given);
  if (!column) out.push_back(b.back());
  return out;
}

shape qr(const type_request& r) {
  const bool whole = complete(r);
  if (!ranked(r)) return {};
  const sides s(r);
  return s.with({s.rows, whole ? s.rows : s.smaller});
}

shape eigenvalues(const type_request& r) {
  shape s = square(r);
  if (s) s->pop_back();
  return s;
}

shape svd(const type_request& r) {
  if (!ranked(r)) return {};
  const sides s(r);
  return s.with({s.rows, r.attrs.get_bool("full_matrices") ? s.rows : s.smaller});
}

shape svdvals(const type_request& r) {
  if (!ranked(r)) return {};
  const sides s(r);
  return s.with({s.smaller});
}

shape further(const type_request& r, std::size_t k) {
  const shape_rule rule = row_of(r.op.id).shape;
  if (!ranked(r)) return {};
  if (rule == eigenvalues) return square(r);
  if (rule == qr) {
    const sides s(r);
    return s.with({complete(r) ? s.rows : s.smaller, s.columns});
  }
  if (rule == svd) {
    const sides s(r);
    return k == 1 ? s.with({s.smaller}) : s.with({r.attrs.get_bool("full_matrices") ? s.columns : s.smaller, s.columns});
  }
  return {};
}

}  // namespace tendril::detail::shape_rules
