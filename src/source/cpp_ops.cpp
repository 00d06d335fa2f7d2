// C++ of reductions, of shapes and of what else is no elementwise op.
#include "source/cpp_writer.hpp"

#include <algorithm>
#include <cmath>

#include <tendril/detail/op_id.hpp>

namespace tendril::source_text {

// ---- reductions

expression cpp_writer::reduction(const node& n) {
  make_room(n);
  const dtype d = form_dtype(g_, n);
  const int rank = type_of(n.inputs[0]).rank();
  std::vector<std::int64_t> axes = n.attrs.get_axes(n.op->name, rank);
  const bool keep = n.attrs.get_bool("keepdims"), all = static_cast<int>(axes.size()) == rank;
  const std::string_view form = cpp_form_of(n.op->name, d, to_);
  std::string correction = "0.0";
  if (n.attrs.find("correction")) {
    const double c = n.attrs.get_real("correction");
    correction = eigen() ? cpp_number(scalar(c), dtype::float64) : format_text("{}", static_cast<std::int64_t>(c));
  }
  const std::string out = cpp_type(type_of(n.first_result).dtype);
  if (eigen()) {
    name_value(n.inputs[0]);
    const std::string& x = at(n.inputs[0]).text;
    if (all) {
      std::string text = with_names(form, {{"x", x}, {"correction", correction}});
      if (n.id() == op_id::var || n.id() == op_id::std) {
        // Squares first, as a person would.
        const std::string squares = names_.fresh("squares");
        const std::string mean = keep ? std::string() : known_mean(n);
        statement(format_text("const {} {} = ({} - {}).square().sum()", out, squares, x, mean.empty() ? x + ".mean()" : mean));
        text = format_text("{} / (static_cast<double>({}.size()) - {})", squares, x, correction);
        if (n.id() == op_id::std) text = format_text("std::sqrt({})", text);
      }
      const bool converts = n.id() == op_id::count_nonzero || ((n.id() == op_id::var || n.id() == op_id::std) && out != "double");
      if (converts) text = format_text("static_cast<{}>({})", out, text);
      if (keep && rank == 1) return {format_text("{}::Constant(1, {})", held(type_of(n.first_result)), text)};
      if (keep) return {format_text("{}::Constant(1, 1, {})", held(type_of(n.first_result)), text)};
      return {std::move(text),
              n.id() != op_id::std && form.find(" / ") != form.npos && out != "float" ? strength::product : strength::whole, false};
    }
    return reduced_eigen(n, x, axes.front(), keep);
  }
  if (n.id() == op_id::var || n.id() == op_id::std) {
    // Two passes: xt::variance of several axes keeps no copy of what it reads.
    name_value(n.inputs[0]);
    const std::string& x = at(n.inputs[0]).text;
    const std::string mean = names_.fresh("mean"), list = list_of(axes, "");
    statement(format_text("const xt::xarray<{}> {} = xt::mean({}, {}, xt::keep_dims)", out, mean, x, list));
    std::string text = format_text("xt::sum(xt::square({} - {}), {}{}){} / static_cast<{}>({}.size() / {}.size() - {})", x, mean, list,
                                   keep ? ", xt::keep_dims" : "", all && !keep ? "()" : "", out, x, mean, correction);
    if (n.id() == op_id::std) return {format_text("{}::sqrt({})", all && !keep ? "std" : "xt", text)};
    return {std::move(text), strength::product, false};
  }
  std::string text = with_names(form, {{"x", at(n.inputs[0]).text}, {"axis", list_of(axes, "")}, {"correction", correction}});
  // Sums of integers, counts and indices have a type of xtensor's own.
  if (n.id() == op_id::count_nonzero) text = format_text("xt::cast<{}>({})", out, text);
  if (keep) {
    for (const std::int64_t a : axes) text = format_text("xt::expand_dims({}, {})", text, a);
    return {std::move(text)};
  }
  const bool operators = form.find(" > ") != form.npos;
  if (all) text = operators ? format_text("({})()", text) : text + "()";
  return {std::move(text), operators && !all ? strength::comparison : strength::whole, false};
}

std::string cpp_writer::known_mean(const node& n) const {
  const auto axes_of = [&](const node& m) { return m.attrs.get_axes(m.op->name, type_of(m.inputs[0]).rank()); };
  for (const node& m : g_.nodes)
    if (m.id() == op_id::mean && m.inputs[0] == n.inputs[0] && axes_of(m) == axes_of(n) && at(m.first_result).simple &&
        m.attrs.get_bool("keepdims") == n.attrs.get_bool("keepdims"))
      return at(m.first_result).text;
  return {};
}

// A table is walked column by column, as memory lies: what its rows give is made of all columns at once.
std::string cpp_writer::rows_of_eigen(const node& n, const std::string& x, bool keep) {
  type made = type_of(n.first_result);
  made.shape.resize(1);  // a column serves where a table of one is meant
  const std::string held_as = held(made), column = x + ".col(j)";
  const auto by_columns = [&](std::string_view noun, const std::string& first, const char* index, const std::string& each) {
    std::string name = names_.fresh(noun);
    body_ += format_text("  {} {} = {};\n", held_as, name, first);
    const std::string head = format_text("  for (Eigen::Index j = {}; j < {}.cols(); ++j)", index, x),
                      body = with_names(each, {{"to", name}});
    body_ += head + (head.size() + body.size() + 2 <= page_width ? " " : "\n    ") + body + ";\n";
    return name;
  };
  const std::string zeros = format_text("{}::Zero({}.rows())", held_as, x);
  const auto total = [&] { return by_columns("total", zeros, "0", format_text("to += {}", column)); };
  const auto count = [&](const std::string& of) { return format_text("static_cast<{}>({})", cpp_type(made.dtype), of); };
  const std::string columns = x + ".cols()";
  switch (n.id()) {
    case op_id::max:
    case op_id::min:  // NaN stays
      return by_columns(noun_of(n), x + ".col(0)", "1",
                        format_text("to = ({0} {1} to || {0} != {0}).select({0}, to)", column, n.id() == op_id::max ? ">" : "<"));
    case op_id::sum: return total();
    case op_id::mean: return format_text("{} / {}", total(), count(columns));
    default: {  // var, std
      std::string mean = known_mean(n);
      if (mean.empty()) {
        const std::string sum = total();
        mean = names_.fresh("mean");
        statement(format_text("const {} {} = {} / {}", held_as, mean, sum, count(columns)));
      } else if (keep) {
        mean += ".col(0)";
      }
      const std::string squares = by_columns("squares", zeros, "0", format_text("to += ({} - {}).square()", column, mean));
      const std::string correction = cpp_number(scalar(n.attrs.get_real("correction")), dtype::float64);
      const std::string text = format_text("{} / {}", squares, count(format_text("{} - {}", columns, correction)));
      return n.id() == op_id::std ? format_text("({}).sqrt()", text) : text;
    }
  }
}

// Over one axis of a table: a column for axis 1, a row for axis 0.
expression cpp_writer::reduced_eigen(const node& n, const std::string& x, std::int64_t axis, bool keep) {
  const bool down = axis == 0;
  const bool deviates = n.id() == op_id::var || n.id() == op_id::std;
  if (!down && kind_of(form_dtype(g_, n)) == dtype_kind::real &&
      (deviates || n.id() == op_id::max || n.id() == op_id::min || n.id() == op_id::sum || n.id() == op_id::mean)) {
    std::string text = rows_of_eigen(n, x, keep);
    const bool name = std::all_of(text.begin(), text.end(), of_a_name), call = n.id() == op_id::std;
    return {std::move(text), name || call ? strength::whole : strength::product, name};
  }
  const std::string part = x + (down ? ".colwise()" : ".rowwise()");
  std::string text;
  if (deviates) {
    const std::string count = x + ".rows()", element = cpp_type(type_of(n.first_result).dtype);
    // The mean stands before, or it would be computed again for each element.
    std::string mean = known_mean(n);
    if (!mean.empty() && keep) {
      mean += ".row(0)";
    } else {
      if (mean.empty()) {
        mean = names_.fresh("mean");
        statement(format_text("const Eigen::ArrayX<{}> {} = {}.mean().transpose()", element, mean, part));
      }
      mean += ".transpose()";
    }
    text = format_text("(({}.rowwise() - {}).square().colwise().sum() / static_cast<{}>({} - {}))", x, mean, element, count,
                       cpp_number(scalar(n.attrs.get_real("correction")), dtype::float64));
    if (n.id() == op_id::std) text += ".sqrt()";
  } else if (n.id() == op_id::count_nonzero) {
    text = format_text("({} != {}).{}().count().cast<std::int64_t>()", x, cpp_number(scalar(std::int64_t{0}), type_of(n.inputs[0]).dtype),
                       down ? "colwise" : "rowwise");
  } else {
    text = with_names(cpp_form_of(n.op->name, form_dtype(g_, n), to_), {{"x", part}});
  }
  return {down && !keep ? text + ".transpose()" : text};
}

// ---- the rest

bool cpp_writer::is_turned(const node& n) const {
  constexpr std::int64_t many = 4;
  if (type_of(n.inputs[0]).rank() != 2) return false;
  const node* turned = maker(n.inputs[1]);
  if (!turned || !in_product(*turned)) return false;
  const type& product = type_of(n.first_result);
  return product.shape[1].value >= many * product.shape[0].value;
}

expression cpp_writer::eigen_other(const node& n) {
  const auto whole = [&](std::size_t i) { return bracketed(at(n.inputs[i]), strength::whole); };
  const type &own = type_of(n.inputs[0]), &made = type_of(n.first_result);
  switch (n.id()) {
    case op_id::matmul: {
      const int left = own.rank(), right = type_of(n.inputs[1]).rank();
      if (left == 1 && right == 1) return {format_text("{}.matrix().dot({}.matrix())", whole(0), whole(1))};
      if (left == 1) return {format_text("({}.matrix().transpose() * {}.matrix()).transpose().array()", whole(0), whole(1))};
      if (is_turned(n)) {
        const std::string rows = bracketed(at(maker(n.inputs[1])->inputs[0]), strength::whole);
        return {format_text("({}.matrix() * {}.matrix().transpose()).transpose().array()", rows, whole(0))};
      }
      return {format_text("({}.matrix() * {}.matrix()).array()", whole(0), whole(1))};
    }
    case op_id::det: return {whole(0) + ".matrix().determinant()"};
    case op_id::inv: return {whole(0) + ".matrix().inverse().array()"};
    case op_id::solve: return {format_text("{}.matrix().partialPivLu().solve({}.matrix()).array()", whole(0), whole(1))};
    case op_id::cholesky: {
      // Of the triangle that is read here Eigen's is the lower one too, and the upper one is read by its name.
      const bool upper = n.attrs.get_bool("upper");
      return {upper ? format_text("{}.matrix().selfadjointView<Eigen::Upper>().llt().matrixU().toDenseMatrix().array()", whole(0))
                    : format_text("{}.matrix().llt().matrixL().toDenseMatrix().array()", whole(0))};
    }
    case op_id::triangular_solve: {
      const bool turned = n.attrs.get_bool("transposed"), upper = n.attrs.get_bool("upper") != turned;
      return {format_text("{}.matrix(){}.triangularView<Eigen::{}{}>().solve({}.matrix()).eval().array()", whole(0),
                          turned ? ".transpose()" : "", n.attrs.get_bool("unit_diagonal") ? "Unit" : "", upper ? "Upper" : "Lower",
                          whole(1))};
    }
    case op_id::eigvalsh:
      return {format_text("{}.matrix().selfadjointView<Eigen::{}>().eigenvalues().array()", whole(0),
                          n.attrs.get_bool("upper") ? "Upper" : "Lower")};
    case op_id::svdvals: return {whole(0) + ".matrix().jacobiSvd().singularValues().array()"};
    case op_id::matrix_transpose: return {whole(0) + ".transpose()"};
    case op_id::permute_dims: return n.attrs.get_ints("axes")[0] % 2 != 0 ? expression{whole(0) + ".transpose()"} : at(n.inputs[0]);
    case op_id::expand_dims: {
      if (own.rank() == 0) {
        return {made.rank() == 1 ? format_text("{}::Constant(1, {})", held(made), at(n.inputs[0]).text)
                                 : format_text("{}::Constant(1, 1, {})", held(made), at(n.inputs[0]).text)};
      }
      if (own.rank() == made.rank()) return at(n.inputs[0]);
      // An array of one axis is a column; a new first axis makes it a row.
      return n.attrs.get_ints("axis").front() % 2 == 0 ? expression{whole(0) + ".transpose()"} : at(n.inputs[0]);
    }
    case op_id::squeeze:
      if (made.rank() == own.rank()) return at(n.inputs[0]);
      name_value(n.inputs[0]);
      if (made.rank() == 0) return {at(n.inputs[0]).text + (own.rank() == 1 ? "(0)" : "(0, 0)")};
      return n.attrs.get_ints("axis").front() % 2 == 0 ? expression{at(n.inputs[0]).text + ".transpose()"} : at(n.inputs[0]);
    default: {  // broadcast_to
      written_.emplace_back(n.first_result, detail::every_axis);
      const std::vector<std::int64_t> shape = n.attrs.get_ints("shape");
      if (own.rank() == 0)
        return {made.rank() == 0 ? at(n.inputs[0]).text
                : made.rank() == 1
                    ? format_text("{}::Constant({}, {})", held(made), made.shape[0].value, at(n.inputs[0]).text)
                    : format_text("{}::Constant({}, {}, {})", held(made), made.shape[0].value, made.shape[1].value, at(n.inputs[0]).text)};
      if (own == made) return at(n.inputs[0]);
      return {spread(n, 0)};
    }
  }
}

std::string cpp_writer::key_of(const node& n) const {
  std::string s;
  const auto& key = std::get<std::vector<index_item>>(n.attrs.find("key")->value);
  const auto taking = [](const index_item& i) { return i.what == index_item::form::integer || i.what == index_item::form::range; };
  auto left = static_cast<int>(std::count_if(key.begin(), key.end(), taking));
  int axis = 0;
  for (const index_item& i : key) {
    if (!s.empty()) s += ", ";
    const int place = axis;
    if (taking(i)) ++axis, --left;
    switch (i.what) {
      case index_item::form::integer:
        // xtensor counts integers from the front alone.
        s += i.integer < 0 ? format_text("static_cast<std::ptrdiff_t>({}.shape({})) - {}",
                                         values_[static_cast<std::size_t>(n.inputs[0])].text, place, -i.integer)
                           : std::to_string(i.integer);
        break;
      case index_item::form::new_axis: s += "xt::newaxis()"; break;
      case index_item::form::dots:
        s += "xt::ellipsis()";
        axis = type_of(n.inputs[0]).rank() - left;
        break;
      case index_item::form::range: {
        const auto place = [](const maybe_integer& p) {
          return p.given() ? std::to_string(p.value()) : std::string("xt::placeholders::_");
        };
        const bool all = !i.range.start.given() && !i.range.stop.given() && i.range.step == 1;
        if (all) s += "xt::all()";
        else if (i.range.step == 1) s += format_text("xt::range({}, {})", place(i.range.start), place(i.range.stop));
        else s += format_text("xt::range({}, {}, {})", place(i.range.start), place(i.range.stop), i.range.step);
      }
    }
  }
  return format_text("{{{}}}", s);
}

expression cpp_writer::xtensor_other(const node& n) {
  const int rank = type_of(n.inputs[0]).rank();
  const auto axis = [&](std::int64_t otherwise = 0) {
    const std::int64_t a = n.attrs.has("axis") ? n.attrs.get_ints("axis").front() : otherwise;
    return a < 0 ? a + (n.id() == op_id::stack ? rank + 1 : rank) : a;
  };
  const auto sizes = [&](std::vector<std::int64_t> list) { return list_of(list, "std::vector<std::size_t>"); };
  const std::string& x = at(n.inputs[0]).text;
  std::string all;
  for (const value_id v : n.inputs) all += (all.empty() ? "" : ", ") + (v == absent ? std::string() : at(v).text);
  const extents made = type_of(n.first_result).known_extents();
  const std::vector<std::int64_t> shape(made.begin(), made.end());
  const std::string out = cpp_type(type_of(n.first_result).dtype);
  switch (n.id()) {
    case op_id::argmax:
    case op_id::argmin: {
      const std::string found =
          n.attrs.has("axis") ? format_text("xt::{}({}, {})", n.op->name, x, axis()) : format_text("xt::{}({})", n.op->name, x);
      return {format_text("xt::cast<{}>({})", out, found)};
    }
    case op_id::diff: return {format_text("xt::diff({}, {}, {})", x, n.attrs.get_int("n"), axis(-1))};
    case op_id::sort: return {format_text("xt::sort({}, {})", x, axis(-1))};
    case op_id::argsort: return {format_text("xt::cast<{}>(xt::argsort({}, {}))", out, x, axis(-1))};
    case op_id::permute_dims: {
      std::vector<std::int64_t> axes = n.attrs.get_ints("axes");
      for (std::int64_t& a : axes) a = a < 0 ? a + rank : a;
      return {format_text("xt::transpose({}, {})", x, sizes(axes))};
    }
    case op_id::expand_dims:
    case op_id::squeeze:
    case op_id::reshape:
      written_.emplace_back(n.first_result, detail::every_axis);
      return {format_text("xt::reshape_view({}, {})", x, sizes(shape))};
    case op_id::broadcast_to:
      written_.emplace_back(n.first_result, detail::every_axis);
      return {format_text("xt::broadcast({}, {})", x, sizes(shape))};
    case op_id::getitem: {
      if (!shape.empty()) return {format_text("xt::strided_view({}, {})", x, key_of(n))};
      return {format_text("xt::strided_view({}, {})()", x, key_of(n))};
    }
    case op_id::concat: return {format_text("xt::concatenate(xt::xtuple({}), {})", all, axis())};
    default: return {format_text("xt::stack(xt::xtuple({}), {})", all, axis())};
  }
}

expression cpp_writer::other(const node& n) {
  // What looks at its operand more than once, or has to keep it, wants it computed.
  for (const value_id v : n.inputs)
    if (v != absent && type_of(v).rank() > 0 && !(maker(v) && in_product(*maker(v)))) name_value(v);
  return eigen() ? eigen_other(n) : xtensor_other(n);
}

}  // namespace tendril::source_text
