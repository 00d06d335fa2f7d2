// The generator of random cases: it tries the ops of the table on operands that may fit, and keeps what the type rules accept.
#include "fuzz.hpp"

#include <algorithm>
#include <memory>
#include <random>

#include <tendril/detail/op_id.hpp>

#include "ops/op_table.hpp"

namespace fuzz {
namespace {

using td::detail::row_of;
namespace shape_rules = td::detail::shape_rules;

constexpr auto& dtypes = td::detail::all_dtypes;  // the first is bool
constexpr std::size_t number_dtypes = std::size(dtypes) - 1;
// Around every width of a vector and every length of a block.
constexpr std::int64_t extents_of_interest[] = {0,  1,  2,  3,  4,   5,   7,   8,    9,    15,   16,   17,   31,   32,
                                                33, 63, 64, 65, 127, 128, 129, 1023, 1024, 1025, 2047, 2048, 2049, 4097};
// Between them: what is neither a whole vector nor one element more or less.
constexpr std::int64_t odd_extents[] = {6, 10, 11, 12, 13, 14, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 33, 45, 100, 1001};
// Few cases are large enough to be split over threads.
constexpr std::int64_t few_elements = 12000, many_elements = 200000, elements_of_products = 400000;
// What is written about large products; the planner joins these to what reads them.
constexpr td::op_id around_products[] = {td::op_id::exp,          td::op_id::negative, td::op_id::divide,
                                         td::op_id::subtract,     td::op_id::multiply, td::op_id::add,
                                         td::op_id::sum,          td::op_id::max,      td::op_id::mean,
                                         td::op_id::any,          td::op_id::reshape,  td::op_id::expand_dims,
                                         td::op_id::tanh,         td::op_id::maximum,  td::op_id::permute_dims,
                                         td::op_id::broadcast_to, td::op_id::where,    td::op_id::matrix_transpose,
                                         td::op_id::argmax,       td::op_id::var,      td::op_id::getitem,
                                         td::op_id::greater};
constexpr std::size_t most_arguments = 6;

std::int64_t count(const td::extents& s) {
  std::int64_t n = 1;
  for (auto e : s) n *= e;
  return n;
}

class generator {
 public:
  generator(unsigned seed, bool every_op) : g_(seed) {
    case_.seed = seed;
    product_ = seed % 50 == 31 && !every_op;
    most_elements_ = product_ ? elements_of_products : seed % 50 == 7 && !every_op ? many_elements : few_elements;
    small_ = seed % 4 == 2 && !every_op;
    column_major_ = seed % 8 == 3 && !every_op;
    points_ = seed % 8 == 5 && !product_ && !every_op;
    case_.graph.name = "case_" + std::to_string(seed);
    content_ = any({content::exact, content::real, content::real, content::special});
    const int first = product_ ? 0 : small_ && chance(70) ? 1 : static_cast<int>(1 + roll(2));
    for (int i = 0; i < first; ++i)
      add_argument(dtypes[roll(small_ ? 3 : 4) ? 1 + roll(number_dtypes) : 0], i ? related(values_[0].value.shape()) : base_shape());
    if (product_) add_product();
    if (every_op) {
      for (const td::op_record* row : td::op_table()) {
        const td::op_record& op = *row;
        for (int attempt = 0; attempt < 4000 && !op.is(td::trait::internal); ++attempt)
          if (add_node(op)) break;
      }
    } else {
      const unsigned length = small_ ? 1 + roll(3) : large() ? 3 + roll(6) : roll(6) ? 1 + roll(12) : 1 + roll(60);
      for (unsigned made = 0, tries = 0; made < length && tries < 40 * length; ++tries) {
        const td::op_record& op =
            td::record_of(product_ || (points_ && chance(70)) ? around_products[roll(std::size(around_products))]
                                                              : td::op_table()[roll(static_cast<unsigned>(td::op_table().size()))]->id);
        made += !op.is(td::trait::internal) && add_node(op);
      }
    }
    choose_results(every_op);
  }
  random_case take() { return std::move(case_); }

 private:
  struct value {
    td::value_id id;
    td::array value;
    fuzz::bounds bounds;
  };
  std::mt19937 g_;
  random_case case_;
  content content_;
  std::int64_t most_elements_;
  bool product_;       // begins with a matrix product of a megabyte or so
  bool column_major_;  // all matrices are, as Eigen's
  bool points_;        // has a short axis, as points and pixels have
  bool small_;         // few ops on arrays in order: what whole calls are emitted for
  std::vector<value> values_;
  std::vector<std::unique_ptr<placed>> memory_;

  unsigned roll(std::size_t n) { return static_cast<unsigned>(g_() % n); }
  bool chance(unsigned percent) { return roll(100) < percent; }
  template <class T>
  T any(std::initializer_list<T> l) {
    return *(l.begin() + roll(l.size()));
  }
  std::int64_t axis(int rank) { return static_cast<std::int64_t>(roll(2 * static_cast<std::size_t>(rank))) - rank; }  // negative ones too

  bool large() const { return most_elements_ != few_elements; }
  // On both sides of the number of bytes from which on products run by rows.
  void add_product() {
    const td::dtype d = chance(50) ? td::float32 : td::float64;
    const std::int64_t bytes = any<std::int64_t>({900'000, 1 << 20, (1 << 20) + 4096, 1'400'000}),
                       columns = any<std::int64_t>({8, 60, 100, 128, 400, 1000}),
                       rows = bytes / static_cast<std::int64_t>(td::size_of(d)) / columns, depth = any<std::int64_t>({1, 3, 8, 17});
    const td::value_id a = add_argument(d, {rows, depth}).id, b = add_argument(d, {depth, columns}).id;
    if (made(td::op_id::matmul, {a, b}, {}) != td::absent && chance(50)) made(td::op_id::exp, {values_.back().id}, {});
  }
  td::extents base_shape() {
    if (points_) {
      const auto n = any<std::int64_t>({63, 64, 65, 100, 255, 257, 700}), k = static_cast<std::int64_t>(2 + roll(8));
      const auto wide = any<std::int64_t>({1023, 1024, 1300});
      return any<td::extents>(
          {{n, k}, {n, k}, {n, k}, {3, n, k}, {9, n / 8, k}, {1, n, k}, {n, 1}, {n}, {k}, {k, wide}, {k, wide}, {2, k, wide}});
    }
    if (chance(20)) {  // small matrices, vectors and batches of them, which run as one piece of code
      const auto r = static_cast<std::int64_t>(1 + roll(6)), c = static_cast<std::int64_t>(1 + roll(6));
      return any<td::extents>({{r}, {r, c}, {r, r}, {c, r}, {2, r, c}});
    }
    if (large()) {
      const auto n = any<std::int64_t>({30011, 65536, 99999}), a = any<std::int64_t>({1, 2, 3}), b = any<std::int64_t>({300, 511, 1025});
      return any<td::extents>({{n}, {a, n / 2}, {n / 2, a}, {b, n / 300}, {a, b, 64}});
    }
    const auto n = chance(60) ? extents_of_interest[roll(std::size(extents_of_interest))] : odd_extents[roll(std::size(odd_extents))],
               a = extents_of_interest[1 + roll(8)], b = chance(80) ? extents_of_interest[1 + roll(5)] : odd_extents[roll(20)],
               rows = extents_of_interest[9 + roll(12)], columns = extents_of_interest[9 + roll(12)];
    td::extents s =
        small_ && chance(70)
            ? td::extents{n}
            : any<td::extents>({{n}, {n}, {a, n}, {a, n}, {n, a}, {rows, columns}, {b, a, n}, {a, n, b}, {n, b, a}, {b, a, b, a}, {}});
    while (count(s) > most_elements_) s[roll(s.size())] = 1;
    return s;
  }
  // A shape that broadcasts with this one.
  td::extents related(td::extents s) {
    if (chance(50)) return s;
    for (auto& e : s)
      if (chance(40)) e = 1;
    if (!s.empty() && chance(30)) s.erase(s.begin(), s.begin() + 1 + roll(s.size()));
    return s;
  }

  const value& add_argument(td::dtype d, const td::extents& shape) {
    argument a{d, shape};
    a.layout = column_major_          ? layout::column_major
               : small_ || chance(50) ? layout::row_major
                                      : any({layout::column_major, layout::rotated, layout::strided, layout::broadcast, layout::flipped});
    a.place = any({place::at_start, place::at_end, place::unaligned});
    a.content = content_;
    a.seed = roll(1000000);
    case_.arguments.push_back(a);
    memory_.push_back(std::make_unique<placed>(a));
    values_.push_back({case_.graph.add_input(td::type::of(d, shape)), td::detail::borrow(memory_.back()->view), {}});
    return values_.back();
  }
  const value& add_constant(td::dtype d, const td::extents& shape) {
    const placed p({d, shape, layout::row_major, place::at_start, content_ == content::special ? content::real : content_, roll(1000)});
    const td::array a = td::detail::copy_of(p.view);
    values_.push_back({case_.graph.add_constant(a), a, {}});
    return values_.back();
  }
  bool wild(const value& v) const { return std::isinf(v.bounds.error[within]); }

  const value& some() {
    for (int attempt = 0;; ++attempt) {
      const value& v = values_[chance(60) ? values_.size() - 1 - roll(std::min<std::size_t>(values_.size(), 5)) : roll(values_.size())];
      if (!wild(v) || attempt > 8) return v;
    }
  }
  const value& fresh(td::dtype d, const td::extents& shape) {
    return case_.arguments.size() < most_arguments && chance(60) ? add_argument(d, shape)
           : count(shape) <= 16                                  ? add_constant(d, shape)
                                                                 : some();
  }
  static bool broadcasts(const td::extents& a, const td::extents& b) {
    for (std::size_t k = 1; k <= std::min(a.size(), b.size()); ++k) {
      const auto x = a[a.size() - k], y = b[b.size() - k];
      if (x != y && x != 1 && y != 1) return false;
    }
    return true;
  }
  // The id stands for the value: adding arguments moves the values.
  td::value_id partner(const value& first, td::dtype want) {
    const td::extents shape = first.value.shape();
    const td::dtype d = want != td::dtype::unknown ? want : chance(70) ? first.value.dtype() : dtypes[roll(std::size(dtypes))];
    for (int attempt = 0; attempt < 8; ++attempt)
      if (const value& v = some(); broadcasts(v.value.shape(), shape) && (want == td::dtype::unknown || v.value.dtype() == want))
        return v.id;
    return fresh(d, related(shape)).id;
  }
  const value& of(td::value_id id) const {
    return *std::find_if(values_.begin(), values_.end(), [&](const value& v) { return v.id == id; });
  }
  td::scalar number() {
    if (chance(6))  // what some dtype does not hold, and what it just holds
      return any<td::scalar>({std::int64_t{3000000000}, std::int64_t{-3000000000}, std::int64_t{2147483647}, std::int64_t{-2147483648},
                              std::int64_t{2147483648}, std::int64_t{255}, std::int64_t{256}, std::int64_t{1} << 53,
                              std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(), 3e9, 1e39, -1e300});
    switch (roll(4)) {
      case 0: return static_cast<std::int64_t>(roll(7)) - 3;
      case 1: return any({0.0, -0.0, 1.0, -1.0, 2.0, 0.5});
      case 2: return chance(80) ? td::scalar(static_cast<double>(roll(33)) / 8 - 2) : td::scalar(chance(50));
      default: return static_cast<double>(roll(10007)) / 3000 - 1.5;
    }
  }

  // ---- attributes

  td::attribute_value axes_of(int rank) {
    if (rank == 0 || chance(25)) return {};
    std::vector<std::int64_t> out;
    for (int a = 0; a < rank; ++a)
      if (chance(50)) out.push_back(chance(30) ? a - rank : a);
    if (out.empty()) out.push_back(axis(rank));
    return out;
  }
  std::vector<td::index_item> key_of(const td::extents& shape) {
    std::vector<td::index_item> key;
    const auto end = [&](std::int64_t n) -> td::maybe_integer {
      if (chance(40)) return {};
      return static_cast<std::int64_t>(roll(static_cast<std::size_t>(2 * n + 3))) - n - 1;
    };
    for (std::int64_t n : shape) {
      if (chance(10)) key.emplace_back(td::newaxis);
      if (chance(20)) {
        key.emplace_back(td::ellipsis);
        break;
      }
      if (n > 0 && chance(20)) key.emplace_back(static_cast<std::int64_t>(roll(static_cast<std::size_t>(2 * n))) - n);
      else key.emplace_back(chance(25) ? td::slice() : td::slice(end(n), end(n), any({1, 1, 1, 2, 3, -1, -1, -2})));
    }
    return key;
  }
  std::vector<std::int64_t> reshaped(td::extents s) {
    if (chance(30)) return {-1};
    if (chance(20)) {  // as a column or a row
      s.insert(chance(50) ? s.begin() : s.end(), 1);
    } else if (chance(30) && s.size() > 1) {  // two axes merged
      const std::size_t k = roll(s.size() - 1);
      s[k] *= s[k + 1];
      s.erase(s.begin() + static_cast<std::ptrdiff_t>(k) + 1);
    } else if (!s.empty()) {  // one split
      const std::size_t k = roll(s.size());
      for (std::int64_t f : {2, 3, 5, 7})
        if (s[k] % f == 0 && chance(60)) {
          s[k] /= f;
          s.insert(s.begin() + static_cast<std::ptrdiff_t>(k + roll(2)), f);
          break;
        }
    }
    if (!s.empty() && count(s) > 0 && chance(30)) s[roll(s.size())] = -1;
    return s;
  }

  // The attribute of this name, as the op's rule wants it; false where nothing would do.
  bool choose(const td::op_record& op, const td::attribute_spec& a, const td::array& x, td::attribute_value& v) {
    const td::detail::shape_rule rule = row_of(op.id).shape;
    const td::extents shape = x.empty() ? td::extents() : x.shape();
    const int rank = static_cast<int>(shape.size());
    if (a.name == "axis") {
      const bool list = rule == shape_rules::expand_dims || rule == shape_rules::squeeze || rule == shape_rules::reduce ||
                        op.is(td::trait::view) || op.id == td::op_id::roll;
      if (rule == shape_rules::expand_dims) {
        const std::int64_t made = 1 + roll(2);
        std::vector<std::int64_t> at{axis(rank + static_cast<int>(made))};
        if (made == 2) at.push_back((at[0] + 1 + (at[0] < 0 ? rank + 2 : 0)) % (rank + 2));
        v = at;
      } else if (rule == shape_rules::squeeze) {
        std::vector<std::int64_t> at;
        for (int k = 0; k < rank; ++k)
          if (shape[static_cast<std::size_t>(k)] == 1) at.push_back(k);
        v = at;
        return !at.empty();
      } else if (rule == shape_rules::stack) {
        v = axis(rank + 1);
      } else if (list && row_of(op.id).dtype != td::detail::dtype_rule::index) {
        v = axes_of(rank);
      } else {
        if (rank == 0) return rule == shape_rules::reduce;
        v = chance(20) && a.default_value.absent() ? td::attribute_value() : td::attribute_value(axis(rank));
        if (rule == shape_rules::concat && chance(10)) v = td::attribute_value();
      }
    } else if (a.name == "shape") {
      if (rule == shape_rules::reshape) {
        v = reshaped(shape);
      } else {
        td::extents to = rule == shape_rules::broadcast_to ? shape : base_shape();
        for (auto& e : to)
          if (rule == shape_rules::broadcast_to && e == 1 && chance(60)) e = extents_of_interest[roll(12)];
        if (rule == shape_rules::broadcast_to && chance(50)) to.insert(to.begin(), 1 + roll(4));
        v = to;
      }
    } else if (a.name == "axes") {
      std::vector<std::int64_t> order;
      for (int k = 0; k < rank; ++k) order.push_back(k);
      std::shuffle(order.begin(), order.end(), g_);
      v = order;
    } else if (a.name == "key") {
      v = key_of(shape);
    } else if (a.name == "shift") {
      v = static_cast<std::int64_t>(roll(41)) - 20;
    } else if (a.name == "dtype") {
      const bool required = a.required || chance(40);
      v = required ? td::attribute_value(dtypes[roll(std::size(dtypes))]) : td::attribute_value();
    } else if (std::holds_alternative<bool>(a.default_value.value)) {
      v = chance(50);
    } else if (a.name == "repetitions") {
      std::vector<std::int64_t> times(roll(static_cast<std::size_t>(rank) + 2));
      for (auto& n : times) n = any({1, 1, 2, 3, 0});
      v = times;
    } else if (a.name == "repeats" || a.name == "n") {
      v = static_cast<std::int64_t>(roll(4));
    } else if (a.name == "side") {
      v = any({"left", "right"});
    } else if (a.name == "correction") {
      v = any({0.0, 1.0, 0.5});
    } else if (a.name == "approximate") {
      v = any({"none", "tanh"});
    } else if (a.name == "start" || a.name == "stop" || a.name == "step" || a.name == "fill_value") {
      v = rule == shape_rules::arange
              ? (chance(70) ? td::scalar(static_cast<std::int64_t>(roll(40)) - (a.name == "start" ? 20 : 2)) : number())
              : number();
    } else if (a.name == "n_rows" || a.name == "n_cols") {
      v = static_cast<std::int64_t>(roll(9));
    } else if (a.name == "k") {
      v = static_cast<std::int64_t>(roll(7)) - 3;
    } else {
      v = a.default_value;
      return !a.required;
    }
    return true;
  }

  // ---- nodes

  // What one more node gives; absent where it would not do.
  td::value_id made(td::op_id id, const std::vector<td::value_id>& in, const td::attributes& at,
                    const std::vector<td::scalar>& numbers = std::vector<td::scalar>(4)) {
    return evaluate(td::record_of(id), in, numbers, at) ? values_.back().id : td::absent;
  }
  // Indices of an axis of this extent: integers of some value, brought into range, in half of the cases by the graph itself.
  td::value_id indices(const td::extents& shape, std::int64_t extent) {
    const td::dtype d = any({td::int32, td::int64});
    if (extent > 0 && chance(50)) {
      std::vector<td::scalar> by(4);
      by[1] = extent;
      const value numbers = fresh(d, shape);
      return td::kind_of(numbers.value.dtype()) == td::dtype_kind::integer ? made(td::op_id::remainder, {numbers.id, td::absent}, {}, by)
                                                                           : td::absent;
    }
    const td::array a = td::detail::make_empty(td::int64, shape);
    auto* p = static_cast<std::int64_t*>(a.view().data);
    for (std::int64_t i = 0; i < a.size(); ++i)
      p[i] = static_cast<std::int64_t>(roll(static_cast<std::size_t>(2 * std::max<std::int64_t>(extent, 1)))) - extent;
    const td::array given = td::astype(a, d);
    values_.push_back({case_.graph.add_constant(given), given, {}});
    return values_.back().id;
  }
  td::value_id indices_for(const td::op_record& op, const td::array& x, const td::attributes& at) {
    if (x.ndim() == 0) return td::absent;
    const auto axis = at.has("axis") ? td::normalize_axis("fuzz", at.get_int("axis"), x.ndim()) : 0;
    td::extents shape = any<td::extents>({{}, {1}, {2}, {9}, {2, 3}, {40}});
    if (op.id == td::op_id::take_along_axis) {
      shape = x.shape();
      for (auto& e : shape)
        if (chance(20)) e = 1;
      shape[static_cast<std::size_t>(axis)] = any({0, 1, 2, 5, 33});
    }
    return count(shape) > 400 ? td::absent : indices(shape, x.shape(axis));
  }
  // Only what is sorted can be searched.
  bool add_search(const td::op_record& op) {
    const value first = some();
    td::value_id x = first.id;
    if (first.value.dtype() == td::bool_) return false;
    if (first.value.ndim() != 1) x = made(td::op_id::reshape, {x}, {{"shape", std::vector<std::int64_t>{-1}}, {"copy", false}});
    if (x != td::absent) x = made(td::op_id::sort, {x}, {{"axis", std::int64_t{-1}}, {"descending", false}, {"stable", true}});
    return x != td::absent && evaluate(op, {x, some().id}, std::vector<td::scalar>(4), {{"side", any({"left", "right"})}});
  }

  static bool takes_any_matrix(td::detail::shape_rule rule) {
    return rule == shape_rules::qr || rule == shape_rules::svd || rule == shape_rules::svdvals;
  }
  // Few matrices are square, and of those fewer positive definite.
  bool add_decomposition(const td::op_record& op) {
    const auto n = any<std::int64_t>({1, 1, 2, 3, 5, 8, 33});
    const td::dtype d = dtypes[1 + roll(number_dtypes)];
    const auto columns = takes_any_matrix(row_of(op.id).shape) ? any<std::int64_t>({0, 1, 2, 3, 7, n}) : n;
    const td::extents shape = chance(30) ? td::extents{2, n, columns} : td::extents{n, columns};
    td::value_id x = td::absent;
    if (op.id == td::op_id::cholesky && chance(60)) {
      const td::array heavy = td::astype(td::broadcast_to(td::eye(n) * static_cast<double>(n + 1) + td::ones({n, n}), shape), d);
      x = case_.graph.add_constant(heavy);
      values_.push_back({x, heavy, {}});
    } else {
      x = add_argument(d, shape).id;
    }
    std::vector<td::value_id> in{x};
    if (op.inputs.size() == 2) in.push_back(fresh(d, chance(50) ? td::extents{n} : td::extents{n, any<std::int64_t>({1, 2, 7})}).id);
    td::attributes at;
    for (const td::attribute_spec& a : op.attributes)
      if (a.name == "mode") at.set("mode", any({"reduced", "complete"}));
      else at.set(a.name.c_str(), chance(50));
    return evaluate(op, in, std::vector<td::scalar>(4), at);
  }
  bool add_scatter(const td::op_record& op) {
    const value first = some();
    if (first.value.ndim() == 0) return false;
    const auto along = axis(first.value.ndim());
    td::extents shape = first.value.shape(), there = shape;
    const auto place = static_cast<std::size_t>(along < 0 ? along + first.value.ndim() : along);
    there[place] = shape[place] = any<std::int64_t>({0, 1, 2, 5, 33});
    for (auto& e : shape)
      if (chance(20)) e = 1;
    shape[place] = there[place];
    if (count(there) > 2000 || count(shape) > 400) return false;
    const td::value_id where = indices(shape, first.value.shape(along));
    if (where == td::absent) return false;
    for (auto& e : there)
      if (chance(20)) e = 1;
    std::vector<td::scalar> numbers(4);
    td::value_id updates = td::absent;
    if (chance(30)) numbers[2] = number();
    else updates = fresh(first.value.dtype(), there).id;
    return evaluate(op, {first.id, where, updates}, numbers, {{"axis", along}, {"combine", any({"set", "add"})}});
  }

  bool add_node(const td::op_record& op) {
    if (op.id == td::op_id::searchsorted) return add_search(op);
    if (op.id == td::op_id::scatter) return add_scatter(op);
    if (const td::detail::shape_rule rule = row_of(op.id).shape; rule == shape_rules::square || rule == shape_rules::square_number ||
                                                                 rule == shape_rules::solve || rule == shape_rules::eigenvalues ||
                                                                 takes_any_matrix(rule))
      return add_decomposition(op);
    const bool indexed = op.id == td::op_id::take || op.id == td::op_id::take_along_axis;
    std::vector<td::value_id> in;
    std::vector<td::scalar> numbers(4);
    const auto absent_or_number = [&](std::size_t i) {
      in.push_back(td::absent);
      if (op.inputs[i].what != td::input_spec::form::optional || chance(40)) numbers[i] = number();
    };
    const std::size_t arity = op.inputs.size();
    if (arity && op.inputs[0].what == td::input_spec::form::sequence) {
      const value first = some();
      in.push_back(first.id);
      for (unsigned more = roll(3); more > 0; --more)
        in.push_back(chance(50) ? first.id : fresh(first.value.dtype(), first.value.shape()).id);
    } else if (arity) {
      const td::detail::accepts takes = row_of(op.id).accepts;
      const bool numeric = takes == td::detail::accepts::numeric, logic = takes == td::detail::accepts::boolean,
                 whole = takes == td::detail::accepts::integral || takes == td::detail::accepts::bits;
      const auto unfit = [&](td::dtype d) {
        return (numeric && d == td::bool_) || (logic && d != td::bool_) || (whole && td::kind_of(d) == td::dtype_kind::real);
      };
      value first = some();
      for (int attempt = 0; attempt < 6 && unfit(first.value.dtype()); ++attempt) first = some();
      for (std::size_t i = 0; i < arity; ++i) {
        if (row_of(op.id).shape == shape_rules::matmul) {
          const td::extents s = first.value.shape();
          if (s.empty()) return false;
          if (i == 0) in.push_back(first.id);
          else if (chance(30)) in.push_back(some().id);
          else
            in.push_back(
                fresh(first.value.dtype(), chance(20) ? td::extents{s.back()} : td::extents{s.back(), extents_of_interest[roll(18)]}).id);
          continue;
        }
        if (indexed && i == 1) {  // when the axis is known
          in.push_back(td::absent);
          continue;
        }
        const bool condition = !td::detail::is_data_operand(op, i);
        if (condition) in.push_back(partner(first, td::bool_));
        else if (i == 0 || (i == 1 && !td::detail::is_data_operand(op, 0) && chance(70))) in.push_back(first.id);
        else if (op.inputs[i].what == td::input_spec::form::optional && chance(30)) in.push_back(td::absent);
        else if (arity > 1 && chance(20)) absent_or_number(i);
        else in.push_back(partner(first, logic ? td::bool_ : td::dtype::unknown));
      }
      if (arity > 1 && op.is(td::trait::elementwise) && td::detail::is_data_operand(op, 0) &&
          numbers[1].kind() == td::dtype_kind::unknown && in[1] != td::absent && op.inputs[0].what == td::input_spec::form::array &&
          chance(10)) {
        in[0] = td::absent;  // a number first
        numbers[0] = number();
      }
    }
    const td::array x = in.empty() || in[0] == td::absent ? td::array() : of(in[0]).value;
    td::attributes at;
    for (const td::attribute_spec& a : op.attributes) {
      td::attribute_value v;
      if (!choose(op, a, x, v)) return false;
      at.set(a.name.c_str(), v);
    }
    if (indexed && (in[1] = indices_for(op, x, at)) == td::absent) return false;
    if (op.id == td::op_id::roll) {  // as many shifts as axes
      const std::size_t n = at.has("axis") ? at.get_ints("axis").size() : 1;
      std::vector<std::int64_t> shifts(n);
      for (auto& s : shifts) s = static_cast<std::int64_t>(roll(41)) - 20;
      at.set("shift", shifts);
    }
    return evaluate(op, in, numbers, at);
  }

  bool evaluate(const td::op_record& op, const std::vector<td::value_id>& in, const std::vector<td::scalar>& numbers,
                const td::attributes& at) {
    std::vector<td::array> values;
    std::vector<bounds> known;
    std::vector<td::type> types;
    bool present[64] = {};
    std::vector<td::operand> operands;
    values.reserve(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      const bool literal = in[i] == td::absent && i < numbers.size() && numbers[i].kind() != td::dtype_kind::unknown;
      const td::array made = in[i] != td::absent                            ? of(in[i]).value
                             : !literal                                     ? td::array()
                             : numbers[i].kind() == td::dtype_kind::boolean ? td::array(numbers[i].integer() != 0)
                             : numbers[i].beyond_int64() ? td::array(static_cast<double>(static_cast<std::uint64_t>(numbers[i].integer())))
                             : numbers[i].kind() == td::dtype_kind::integer ? td::array(numbers[i].integer())
                                                                            : td::array(numbers[i].real());
      values.push_back(made);
      known.push_back(in[i] != td::absent ? of(in[i]).bounds : bounds());
      types.push_back(made.empty() ? td::type() : td::type::of(made.dtype(), made.shape()));
      types.back().weak = literal;
      present[i] = !made.empty();
      if (literal) {
        if (numbers[i].kind() == td::dtype_kind::boolean) operands.emplace_back(numbers[i].integer() != 0);
        else if (numbers[i].beyond_int64()) operands.emplace_back(static_cast<std::uint64_t>(numbers[i].integer()));
        else if (numbers[i].kind() == td::dtype_kind::integer) operands.emplace_back(numbers[i].integer());
        else operands.emplace_back(numbers[i].real());
      } else if (made.empty()) {
        operands.emplace_back(std::nullopt);
      } else {
        operands.emplace_back(values.back());
      }
    }
    std::vector<td::array> results;
    try {
      for (const td::type& t : td::infer({op, types, {present, in.size()}, at})) {
        std::int64_t n = 1;
        for (const td::extent& e : t.shape) n *= e.value;
        if (n > most_elements_ || t.rank() > 6) return false;
      }
      const td::backend_scope scope("eigen");
      results = td::apply(op, operands, at);
    } catch (const td::internal_error&) { throw; } catch (const td::error&) {
      return false;
    }
    if (results.empty() || results.size() > 8) return false;
    const bounds b = bounds_of_op(op, at, values, known, results);
    if (std::isinf(b.error[within]) && chance(95)) return false;
    if (b.error[contracted] > 1e-2 && chance(80)) return false;
    std::vector<td::value_id> ids = in;
    for (std::size_t i = 0; i < in.size(); ++i)
      if (in[i] == td::absent && i < numbers.size() && numbers[i].kind() != td::dtype_kind::unknown)
        ids[i] = case_.graph.add_literal(numbers[i]);
    const td::value_id id = case_.graph.add(op, ids, at);
    for (std::size_t k = 0; k < results.size(); ++k) values_.push_back({id + static_cast<td::value_id>(k), results[k], b});
    return true;
  }

  void choose_results(bool all) {
    std::vector<const value*> chosen;
    if (all) {
      for (const value& v : values_) chosen.push_back(&v);
    } else {
      chosen.push_back(&values_.back());
      // Some have more results than are bound without a table.
      for (unsigned i = small_ ? roll(5) / 4 : chance(95) ? roll(4) : 8 + roll(12); i > 0; --i) chosen.push_back(&some());
    }
    for (const value* v : chosen) {
      case_.graph.results.push_back(v->id);
      argument a{v->value.dtype(), v->value.shape()};
      a.layout = small_ || chance(60) ? layout::row_major : any({layout::column_major, layout::rotated, layout::strided, layout::flipped});
      a.place = any({place::at_start, place::at_end, place::unaligned});
      a.seed = roll(1000);
      case_.results.push_back(a);
    }
  }
};

}  // namespace

random_case generate(unsigned seed, bool every_op) { return generator(seed, every_op).take(); }

}  // namespace fuzz
