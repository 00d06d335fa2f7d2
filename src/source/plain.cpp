// Plain C++: the function around the loops, and where values lie.
#include <algorithm>

#include <tendril/passes.hpp>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "kernels/reductions.hpp"
#include "ops/indexing.hpp"
#include "ops/literals.hpp"
#include "passes/loop_nests.hpp"
#include "source/cpp_lines.hpp"
#include "source/plain_writer.hpp"

namespace tendril::source_text {
namespace {

constexpr std::size_t most_nodes = 1024;  // of a loop: more than the engine takes, since what is between two loops takes memory

// Above everything: what is inlined has to be compiled with the same options.
constexpr std::string_view keeps_choices =
    R"(// Loops with choices become vectors where nobody asks what traps, and choices stay choices.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-trapping-math", "no-thread-jumps", "no-split-paths")
#endif

)";

// What the text asks of the standard library.
std::string includes_of(std::string_view text) {
  struct header {
    const char* name;
    std::initializer_list<const char*> words;
  };
  static const header all[] = {
      {"algorithm", {"std::min(", "std::min<", "std::max(", "std::fill_n(", "std::sort("}},
      {"bit", {"std::bit_cast"}},
      {"cmath", {"sqrt(",         "sqrtf(",         "std::abs(",       "std::sqrt(",  "std::exp",       "std::log",    "std::sin",
                 "std::cos",      "std::tan",       "std::asin",       "std::acos",   "std::atan",      "std::erf",    "std::lgamma(",
                 "std::pow(",     "std::cbrt(",     "std::hypot(",     "std::floor(", "std::ceil(",     "std::rint(",  "std::trunc(",
                 "std::signbit(", "std::copysign(", "std::nextafter(", "std::fmod(",  "std::isfinite(", "std::isinf(", "std::isnan("}},
      {"cstddef", {"std::size_t", "std::byte"}},
      {"cstdint", {"std::int", "std::uint"}},
      {"cstring", {"std::memcpy("}},
      {"limits", {"std::numeric_limits"}},
      {"numeric", {"std::gcd("}},
      {"type_traits", {"std::is_", "std::make_unsigned_t", "std::integral_constant", "std::conditional_t"}},
      {"utility", {"std::make_index_sequence"}},
  };
  std::string out;
  for (const header& h : all)
    if (std::any_of(h.words.begin(), h.words.end(), [&](const char* w) { return text.find(w) != text.npos; }))
      out += format_text("#include <{}>\n", h.name);
  return out;
}

}  // namespace

// ---- lines

namespace {

// A line each, all of them indented.
std::string indented(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& s : all) {
    text += "  ";
    for (const char c : s) text += c == '\n' ? std::string("\n  ") : std::string(1, c);
    text += '\n';
  }
  return text;
}

}  // namespace

void statements::add(std::string text) {
  for (std::string& s : fitted(std::move(text), 2 * open_.size(), [this] { return names_->fresh("part"); }))
    open_.back().inside.push_back(std::move(s));
}

void statements::open(std::string head, bool call) { open_.push_back({std::move(head), call ? "});" : ""}); }

void statements::open_lambda(std::string head) { open_.push_back({std::move(head), "};"}); }

void statements::open_loop(const std::string& index, const std::string& length) {
  std::string count = length;
  if (2 * open_.size() + 3 * index.size() + count.size() + 42 > cpp_page_width) {
    count = names_->fresh("count");
    add(format_text("const std::size_t {} = {};", count, length));
  }
  open(format_text("for (std::size_t {0} = 0; {0} < {1}; ++{0})", index, count));
  open_.back().never = count == "0";
}

void statements::open_lanes(const std::string& index, const std::string& first, const std::string& last) {
  open(format_text("in_lanes({}{}, [&](std::size_t {}, std::size_t lane)", first == "0" ? std::string() : first + ", ", last, index), true);
  open_.back().index = index;
  open_.back().never = last == "0";
}

void statements::close() {
  block b = std::move(open_.back());
  open_.pop_back();
  if (b.inside.empty() || b.never) return;
  const std::string inside = indented(b.inside);
  // A parameter that nothing reads has no name.
  if (!b.index.empty() && !mentions(inside, b.index))
    b.head.replace(b.head.find(b.index + ", std::size_t lane"), b.index.size(), "/*" + b.index + "*/");
  const bool several = b.inside.size() > 1;
  // A loop in a loop has a line of its own.
  const bool one_line = !several && b.inside[0].find('\n') == b.inside[0].npos && !b.inside[0].starts_with("for (");
  const bool call = !b.end.empty();  // or another lambda
  const std::size_t indentation = 2 * open_.size();
  if (one_line && call && indentation + b.head.size() + b.inside[0].size() + b.end.size() + 4 <= cpp_page_width) {
    open_.back().inside.push_back(b.head + " { " + b.inside[0] + " " + b.end);
    return;
  }
  if (one_line && b.end == "});") {
    // The lambda below the arguments, or all of them below the name, where it has room in one line.
    const std::size_t name = b.head.find('(') + 1, lambda = b.head.find("[&]");
    if (!b.index.empty() && indentation + name + b.head.size() - lambda + b.inside[0].size() + 7 <= cpp_page_width) {
      open_.back().inside.push_back(b.head.substr(0, lambda - 1) + "\n" + std::string(name, ' ') + b.head.substr(lambda) + " { " +
                                    b.inside[0] + " });");
      return;
    }
    const std::string below = "    " + b.head.substr(name) + " { " + b.inside[0] + " });";
    if (!b.index.empty() && indentation + below.size() <= cpp_page_width) {
      open_.back().inside.push_back(b.head.substr(0, name) + "\n" + below);
      return;
    }
  }
  if (one_line && !call && indentation + b.head.size() + b.inside[0].size() + 1 <= cpp_page_width) {
    open_.back().inside.push_back(b.head + " " + b.inside[0]);
    return;
  }
  std::string text = b.head + (several || call ? " {\n" : "\n") + inside;
  if (call) text += b.end;
  else if (several) text += "}";
  else text.pop_back();
  open_.back().inside.push_back(std::move(text));
}

std::vector<std::string> statements::take() {
  std::vector<std::string> all = std::move(open_.back().inside);
  open_.pop_back();
  return all;
}

void statements::add_taken(std::vector<std::string> all) {
  for (std::string& s : all) open_.back().inside.push_back(std::move(s));
}

bool statements::fits(std::string_view line) const { return 2 * open_.size() + line.size() <= cpp_page_width; }

void statements::comment_since(std::size_t count, std::string text) {
  std::vector<std::string>& inside = open_.back().inside;
  if (inside.size() == count || text.empty()) return;
  text.pop_back();
  inside.insert(inside.begin() + static_cast<std::ptrdiff_t>(count), std::move(text));
}

std::string statements::text() const { return indented(open_.front().inside); }

// ---- texts

std::string plain_writer::text_of(const length& l) const {
  if (l.variable < 0) return std::to_string(l.plus);
  const std::string& name = length_names_[static_cast<std::size_t>(l.variable)];
  if (l.plus == 0) return name;
  return format_text("{} {} {}", name, l.plus > 0 ? "+" : "-", l.plus > 0 ? l.plus : -l.plus);
}

std::string plain_writer::text_of(const product& p) const {
  std::string text = p.factor == 1 && !p.lengths.empty() ? std::string() : std::to_string(p.factor);
  const bool alone = p.factor == 1 && p.lengths.size() == 1;
  for (const length& l : p.lengths) text += (text.empty() ? "" : " * ") + (l.plus != 0 && !alone ? "(" + text_of(l) + ")" : text_of(l));
  return text;
}

std::string plain_writer::text_of(std::span<const product> sum) const {
  std::string text, less;
  for (const product& p : sum) {
    if (p.factor < 0) less += " - " + text_of(p.times(-1));
    else text += (text.empty() ? "" : " + ") + text_of(p);
  }
  return (text.empty() ? std::string("0") : text) + less;
}

std::string plain_writer::element(const place& at, std::span<const index_of_axis> index) const {
  std::string text, less;
  for (std::size_t a = 0; a < index.size(); ++a) {
    const product& stride = at.strides[a];
    if (stride.factor == 0 || index[a].text.empty()) continue;
    const product step = stride.factor < 0 ? stride.times(-1) : stride;
    const bool once = step.factor == 1 && step.lengths.empty();
    std::string term = index[a].sum && !once ? "(" + index[a].text + ")" : index[a].text;
    if (!once)
      term +=
          " * " + (step.lengths.size() == 1 && step.factor == 1 && step.lengths[0].plus != 0 ? "(" + text_of(step) + ")" : text_of(step));
    if (stride.factor < 0) less += " - " + (index[a].sum && once ? "(" + term + ")" : term);
    else text += (text.empty() ? "" : " + ") + term;
  }
  std::vector<product> offset = at.offset;
  if (!offset.empty()) {
    const std::string start = text_of(offset);
    if (text.empty()) text = start;
    else if (start.starts_with("0 - ")) text += start.substr(1);
    else text += " + " + start;
  }
  return format_text("{}[{}{}]", at.base, text.empty() ? std::string("0") : text, less);
}

// A count as a number of a dtype.
std::string plain_writer::number_of(const product& count, dtype d) const {
  if (count.lengths.empty()) return cpp_number(scalar(count.factor), d);
  return format_text("static_cast<{}>({})", cpp_type(d), text_of(count));
}

std::string plain_writer::cast(const expression& e, dtype from, dtype to) {
  if (from == to) return e.text;
  const bool real = kind_of(from) == dtype_kind::real;
  if (to == dtype::bool_) return bracketed(e, strength::shift) + " != 0";
  if (real && kind_of(to) == dtype_kind::integer) {
    if (size_of(to) >= 4) return format_text("to_integer<{}>({})", cpp_type(to), e.text);
    return format_text("static_cast<{}>(to_integer<std::int32_t>({}))", cpp_type(to), e.text);
  }
  return format_text("static_cast<{}>({})", cpp_type(to), e.text);
}

// ---- places

place plain_writer::row_major(std::string base, value_id v) const {
  place p{std::move(base)};
  product step;
  const int rank = type_of(v).rank();
  p.strides.resize(static_cast<std::size_t>(rank));
  for (int a = rank; a-- > 0;) {
    const length l = lengths_.of(v, a);
    p.strides[static_cast<std::size_t>(a)] = l.is(1) ? product{0, {}} : step;
    step = step.times(l);
  }
  return p;
}

bool plain_writer::is_row_major(value_id v) const {
  if (!in_memory(v)) return false;
  const place whole = row_major(place_of(v).base, v);
  return place_of(v).strides == whole.strides;
}

product plain_writer::size_of_value(value_id v) const {
  product size;
  for (const length& l : lengths_.of(v)) size = size.times(l);
  return size;
}

std::string plain_writer::give_memory(std::string_view noun, dtype d, const product& count) {
  std::string name = names_.fresh(noun);
  if (count.lengths.empty() && count.factor <= 256) {
    code_.add(format_text("{} {}[{}];", cpp_type(d), name, std::max<std::int64_t>(count.factor, 1)));
    return name;
  }
  code_.add(format_text("{0}* const {1} = part_of<{0}>(workspace, {2});", cpp_type(d), name, text_of(count)));
  workspace_.push_back({name, d, count});
  return name;
}

void plain_writer::give_place(value_id v, std::string_view noun) {
  const auto home = homes_.find(v);
  places_[static_cast<std::size_t>(v)] =
      row_major(home != homes_.end() ? home->second : give_memory(noun, type_of(v).dtype, size_of_value(v)), v);
}

// A result is written where it is made, through views that keep the order of elements too.
void plain_writer::find_homes() {
  for (std::size_t k = 0; k < g_.results.size(); ++k) {
    value_id v = g_.results[k];
    if (type_of(v).rank() == 0 && g_.results.size() == 1) continue;
    while (const node* n = maker(v)) {
      const bool same_order = n->id() == op_id::reshape || n->id() == op_id::squeeze || n->id() == op_id::expand_dims;
      if (!same_order || type_of(n->inputs[0]).rank() == 0) break;
      v = n->inputs[0];
    }
    const node* n = maker(v);
    if (!n || n->op->is(trait::view) || n->id() == op_id::constant || homes_.contains(v)) continue;
    homes_[v] = result_names_[k];
  }
}

std::string plain_writer::index_name(std::size_t k) {
  static constexpr std::string_view letters[] = {"i", "j", "k", "l"};
  return k < 4 ? std::string(letters[k]) : format_text("i{}", k);
}

std::vector<index_of_axis> plain_writer::open_loops(std::span<const length> shape, int without) {
  std::vector<index_of_axis> index;
  std::size_t k = 0;
  for (std::size_t a = 0; a < shape.size(); ++a) {
    if (static_cast<int>(a) == without || shape[a].is(1)) {
      index.push_back({});
      continue;
    }
    const std::string i = index_name(k++);
    code_.open_loop(i, text_of(shape[a]));
    index.push_back({i});
  }
  return index;
}

void plain_writer::close_loops(std::span<const length> shape, int without) {
  for (std::size_t a = 0; a < shape.size(); ++a)
    if (static_cast<int>(a) != without && !shape[a].is(1)) code_.close();
}

void plain_writer::copy(value_id from, const place& to) {
  const std::vector<length> shape = lengths_.of(from);
  const auto index = open_loops(shape);
  code_.add(format_text("{} = {};", element(to, index), in_memory(from) ? element(place_of(from), index) : at(from).text));
  close_loops(shape);
}

// ---- constants and views

void plain_writer::write_constant(const node& n) {
  const array& a = std::get<array>(n.attrs.find("value")->value);
  const value_id v = n.first_result;
  if (a.ndim() == 0) {
    at(v) = number_expression(cpp_number(literal_of(n.attrs), a.dtype()));
    return;
  }
  require_small(a);
  const std::string name = names_.fresh("constant");
  code_.add(format_text("static constexpr {} {}[] = {{{}}};", cpp_type(a.dtype()), name, cpp_numbers(elements_of(a), a.dtype())));
  places_[static_cast<std::size_t>(v)] = row_major(name, v);
}

void plain_writer::write_view(const node& n) {
  const value_id x = n.inputs[0], v = n.first_result;
  auto& made = places_[static_cast<std::size_t>(v)];
  if (!in_memory(x)) {  // one number, however often
    at(v) = at(x);
    return;
  }
  if (n.id() == op_id::reshape && !is_row_major(x)) {
    give_place(v, noun_of(n));
    const std::string base = made->base;
    place to = row_major(base, x);
    copy(x, to);
    return;
  }
  const place from = place_of(x);
  const int rank = type_of(v).rank();
  place to{from.base, from.offset, std::vector<product>(static_cast<std::size_t>(rank), product{0, {}})};
  switch (n.id()) {
    case op_id::reshape: to.strides = row_major({}, v).strides; break;
    case op_id::matrix_transpose:
      to.strides = from.strides;
      std::swap(to.strides[static_cast<std::size_t>(rank - 1)], to.strides[static_cast<std::size_t>(rank - 2)]);
      break;
    case op_id::permute_dims: {
      const auto axes = normalize_axes(n.op->name, n.attrs.get_ints("axes"), rank);
      for (std::size_t a = 0; a < axes.size(); ++a) to.strides[a] = from.strides[static_cast<std::size_t>(axes[a])];
      break;
    }
    case op_id::broadcast_to: {
      const auto lead = static_cast<std::size_t>(rank - type_of(x).rank());
      std::copy(from.strides.begin(), from.strides.end(), to.strides.begin() + static_cast<std::ptrdiff_t>(lead));
      break;
    }
    case op_id::expand_dims:
    case op_id::squeeze: {
      const bool more = n.id() == op_id::expand_dims;
      const auto axes = n.attrs.get_axes(n.op->name, more ? rank : type_of(x).rank());
      std::size_t k = 0;
      for (int a = 0; a < (more ? rank : type_of(x).rank()); ++a) {
        if (std::find(axes.begin(), axes.end(), a) != axes.end()) continue;
        (more ? to.strides[static_cast<std::size_t>(a)] : to.strides[k]) = from.strides[more ? k : static_cast<std::size_t>(a)];
        ++k;
      }
      break;
    }
    case op_id::flip: {
      to.strides = from.strides;
      for (const std::int64_t a : n.attrs.get_axes(n.op->name, rank)) {
        product& stride = to.strides[static_cast<std::size_t>(a)];
        add(to.offset, stride.times(lengths_.of(x, static_cast<int>(a))));
        stride = stride.times(-1);
        add(to.offset, stride);
      }
      break;
    }
    case op_id::getitem: {
      std::size_t own = 0, out = 0;
      for (const index_item& i :
           detail::expand_ellipsis(std::get<std::vector<index_item>>(n.attrs.find("key")->value), type_of(x).rank())) {
        if (i.what == index_item::form::new_axis) {
          ++out;
          continue;
        }
        const int axis = static_cast<int>(own);
        const product stride = from.strides[own++];
        const length all = lengths_.of(x, axis);
        const std::int64_t recorded = type_of(x).shape[static_cast<std::size_t>(axis)].value;
        if (i.what == index_item::form::integer) {
          if (i.integer < 0) add(to.offset, stride.times(all));
          add(to.offset, stride.times(i.integer));
          continue;
        }
        const detail::free_slice s = detail::free_slice_of(i.range, recorded);
        std::int64_t step = s.step;
        if (s.possible) {
          if (s.from_end) add(to.offset, stride.times(all));
          add(to.offset, stride.times(s.from_end ? -s.start : s.start));
        } else {
          const detail::resolved_slice r = detail::resolve(i.range, recorded);
          add(to.offset, stride.times(r.start));
          step = r.step;
        }
        if (!lengths_.of(v, static_cast<int>(out)).is(1)) to.strides[out] = stride.times(step);
        ++out;
      }
      break;
    }
    default: throw internal_error(format_text("[source_code] no place for the view {}", n.op->name));
  }
  if (rank == 0) {
    at(v) = {element(to, {}), strength::whole, true};
    return;
  }
  made = std::move(to);
}

// ---- the function

plain_writer::plain_writer(const graph& g, const source_options& options)
    : writer(g, idiom::cpp, options, cpp_keywords()), lengths_(g), places_(g.types.size()) {
  for (const std::string_view taken :
       {"i", "j", "k", "l", "lane", "workspace", "first", "width", "start", "across", "tile_rows", "tile_vectors"})
    names_.fresh(taken);
  for (const std::string_view name : plain_helper_names()) names_.fresh(name);
}

bool plain_writer::has(const graph& g, const node& n) {
  if (n.id() == op_id::constant) return true;
  if (n.id() == op_id::custom || !n.regions.empty()) return false;
  const dtype d = form_dtype(g, n);
  if (n.op->is(trait::elementwise)) { return n.attrs.items().empty() && !plain_form_of(n, d).empty(); }
  if (n.op->is(trait::view) || n.op->is(trait::search)) return true;
  switch (n.id()) {
    case op_id::sum:
    case op_id::prod:
    case op_id::max:
    case op_id::min:
    case op_id::any:
    case op_id::all:
    case op_id::count_nonzero:
    case op_id::mean:
    case op_id::var:
    case op_id::std:
    case op_id::moments:
    case op_id::astype:
    case op_id::zeros_like:
    case op_id::ones_like:
    case op_id::full_like:
    case op_id::matmul:
    case op_id::concat:
    case op_id::take:
    case op_id::take_along_axis:
    case op_id::scatter:
    case op_id::cumulative_sum:
    case op_id::cumulative_prod:
    case op_id::sort:
    case op_id::argsort:
    case op_id::searchsorted:
    case op_id::roll:
    case op_id::eye:
    case op_id::arange: return true;
    default: return false;
  }
}

std::string plain_writer::run() {
  const std::string name = names_.fresh(identifier(options_.name.empty() ? g_.name : options_.name));
  name_arguments(4);
  static constexpr std::string_view letters[] = {"n", "m", "p", "q", "r", "s"};
  for (std::int32_t k = 0; k < lengths_.count(); ++k)
    length_names_.push_back(names_.fresh(k < 6 ? std::string(letters[k]) : format_text("n{}", k)));
  std::vector<std::string> parameters, shapes;
  const auto spell_shape = [&](const std::string& of, value_id v) {
    std::string text;
    for (const length& l : lengths_.of(v)) text += (text.empty() ? "" : " x ") + text_of(l);
    shapes.push_back(format_text("{}: {}", of, text));
  };
  for (const value_id v : g_.inputs) {
    const std::string argument = at(v).text;
    if (type_of(v).rank() == 0) {
      parameters.push_back(format_text("{} {}", cpp_type(type_of(v).dtype), argument));
      continue;
    }
    places_[static_cast<std::size_t>(v)] = row_major(argument, v);
    parameters.push_back(format_text("const {}* __restrict {}", cpp_type(type_of(v).dtype), argument));
    spell_shape(argument, v);
  }
  const bool returns = g_.results.size() == 1 && type_of(g_.results[0]).rank() == 0;
  if (!returns)
    for (std::size_t k = 0; k < g_.results.size(); ++k) {
      result_names_.push_back(names_.fresh(g_.results.size() == 1 ? std::string("result") : format_text("result{}", k + 1)));
      parameters.push_back(format_text("{}* __restrict {}", cpp_type(type_of(g_.results[k]).dtype), result_names_.back()));
      if (type_of(g_.results[k]).rank() > 0) spell_shape(result_names_.back(), g_.results[k]);
    }
  find_homes();
  const detail::nest_members members{[this](const node& n) {
                                       const op_id id = n.id();
                                       const bool filled = id == op_id::zeros_like || id == op_id::ones_like || id == op_id::full_like;
                                       if (n.op->is(trait::elementwise) || id == op_id::astype || filled) return true;
                                       return engine::is_reduction(n) && !engine::reduced_axes(n, type_of(n.inputs[0]).rank()).empty();
                                     },
                                     engine::is_reduction, most_nodes};
  for (const detail::loop_nest& nest : detail::loop_nests(g_, members)) {
    const node& n = g_.nodes[static_cast<std::size_t>(nest.nodes.front())];
    const std::size_t before = code_.count();
    if (n.id() == op_id::constant) write_constant(n);
    else if (n.op->is(trait::view)) write_view(n);
    else if (nest.fused || members.joins(n)) write_nest(nest);
    else write_alone(n);
    if (code_.count() > before) code_.comment_since(before, comment_for_nodes(nest.nodes, "// ", cpp_page_width - 2));
  }
  for (std::size_t k = 0; k < g_.results.size(); ++k) {
    const value_id r = g_.results[k];
    if (returns) {
      code_.add(format_text("return {};", at(r).text));
    } else if (type_of(r).rank() == 0) {
      code_.add(format_text("*{} = {};", result_names_[k], at(r).text));
    } else if (!in_memory(r) || place_of(r).base != result_names_[k]) {
      copy(r, row_major(result_names_[k], r));
    }
  }
  std::string note, sizes;
  if (!workspace_.empty()) {
    parameters.push_back("std::byte* workspace");
    std::vector<std::string> all, arguments;
    for (const part& p : workspace_) {
      all.push_back(format_text("padded<{}>({})", cpp_type(p.type), text_of(p.count)));
      sizes += (sizes.empty() ? "" : " + ") + all.back();
    }
    for (const std::string& l : length_names_) arguments.push_back("std::size_t " + (mentions(sizes, l) ? l : format_text("/*{}*/", l)));
    const std::string signature =
        with_parameters(format_text("{}std::size_t {}_workspace(", options_.extern_c ? "extern \"C\" " : "", name), arguments);
    const bool fits = signature.size() + sizes.size() + 13 <= cpp_page_width;
    sizes = format_text("// The bytes of workspace that {} takes.\n{} {{\n{}}}\n\n", name, signature,
                        indented({filled_sum("return ", all, 2)}));
    if (fits)
      sizes = format_text("// The bytes of workspace that {} takes.\n{} {{ {} }}\n\n", name, signature, filled_sum("return ", all, 0));
    note = format_text("workspace: {}_workspace bytes, aligned to 64", name);
  }
  for (const std::string& l : length_names_) parameters.push_back("std::size_t " + l);
  std::string head = format_text("// {}\n", options_.doc.empty() ? name + ", as Tendril recorded it." : options_.doc);
  if (!shapes.empty()) head += "// Arrays are row-major, and no result overlaps another array.\n";
  // Results follow from arguments.
  const bool numbers = std::any_of(g_.inputs.begin(), g_.inputs.end(), [&](value_id v) {
    const std::vector<length> all = lengths_.of(v);
    return std::any_of(all.begin(), all.end(), [](const length& l) { return l.variable < 0; });
  });
  if (numbers) head += "// An extent that is a number is that of every call: the function is for no other.\n";
  for (const std::string& s : shapes) head += format_text("//   {}\n", s);
  if (!note.empty()) head += format_text("//   {}\n", note);
  const std::string result = returns ? cpp_type(type_of(g_.results[0]).dtype) : "void";
  const std::string body = code_.text();
  for (std::string& parameter : parameters) {
    // What nothing reads has no name.
    const std::size_t named = parameter.rfind(' ') + 1;
    if (const std::string argument = parameter.substr(named); !mentions(body, argument))
      parameter = format_text("{}/*{}*/", parameter.substr(0, named), argument);
  }
  const std::string signature =
      with_parameters(format_text("{}{} {}(", options_.extern_c ? "extern \"C\" " : "", result, name), parameters);
  const std::string function = sizes + head + function_text(signature, body);
  std::string helpers = plain_helpers_of(function, elementary_);
  if (!helpers.empty()) helpers = "namespace {\n\n" + helpers + "}  // namespace\n\n";
  const std::string body_of_file = helpers + function, includes = includes_of(body_of_file);
  const bool chooses = body_of_file.find(" ? ") != body_of_file.npos;
  return (chooses ? std::string(keeps_choices) : std::string()) + includes + (includes.empty() ? "" : "\n") + roots_declared(elementary_) +
         body_of_file;
}

std::string write_plain(const graph& g, const source_options& options) {
  if (!std::all_of(g.inputs.begin(), g.inputs.end(), [&](value_id v) { return g.type_of(v).complete(); }))
    throw trace_error(
        "[source_code] cpp has a type for each dtype and rank: got arguments of unknown type, expected known ones. Call the function first and pass f.graph(x).");
  graph ready = prepared(g, idiom::cpp, plain_writer::has);
  const pass_context context;
  ready = dce(cse(simplify(fold(std::move(ready), context), context), context), context);
  return plain_writer(ready, options).run();
}

}  // namespace tendril::source_text
