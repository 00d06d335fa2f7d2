// Every case of torch.json: what the torch frontend gives eagerly and transpiled to each target, against what torch itself gave.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include <nlohmann/json.hpp>
#include <tendril/frontends/torch.hpp>

#include "catch.hpp"
#include "reference.hpp"

namespace {

namespace td = tendril;
namespace torch = tendril::frontends::torch;
using nlohmann::json;
using td::array;
using torch::arg;
using torch::Tensor;

/// A case read: its tensors, and what stands at each place of `inputs`.
struct torch_case {
  std::string fn, text;
  std::vector<array> tensors;
  std::vector<std::variant<std::size_t, td::scalar, std::vector<std::size_t>>> inputs;
  json kwargs;
  bool refused = false;
  std::vector<array> outputs;
  std::vector<tendril_test::tolerance> tolerances;
};

/// The call of a case on given tensors.
class call {
 public:
  call(const torch_case& c, std::span<const Tensor> t) : c_(c), t_(t) {}

  arg input(std::size_t i) const {
    if (const auto* k = std::get_if<std::size_t>(&c_.inputs.at(i))) return arg(t_[*k]);
    return number(std::get<td::scalar>(c_.inputs.at(i)));
  }
  static arg number(td::scalar s) {
    if (s.kind() == td::dtype_kind::boolean) return arg(s.integer() != 0);
    if (s.beyond_int64()) return arg(static_cast<std::uint64_t>(s.integer()));
    if (s.kind() == td::dtype_kind::integer) return arg(s.integer());
    return arg(s.real());
  }
  const Tensor& tensor(std::size_t i) const { return t_[std::get<std::size_t>(c_.inputs.at(i))]; }
  td::scalar scalar(std::size_t i) const { return std::get<td::scalar>(c_.inputs.at(i)); }
  std::vector<Tensor> list() const {
    std::vector<Tensor> out;
    for (std::size_t k : std::get<std::vector<std::size_t>>(c_.inputs.at(0))) out.push_back(t_[k]);
    return out;
  }
  std::size_t count() const { return c_.inputs.size(); }

  bool has(const char* name) const { return c_.kwargs.contains(name); }
  const json& at(const char* name) const { return c_.kwargs.at(name); }
  td::axes axes(const char* name) const {
    if (!has(name)) return {};
    return at(name).is_array() ? td::axes(at(name).get<std::vector<std::int64_t>>()) : td::axes(at(name).get<std::int64_t>());
  }
  td::maybe_integer maybe(const char* name) const {
    return has(name) ? td::maybe_integer(at(name).get<std::int64_t>()) : td::maybe_integer();
  }
  std::int64_t integer(const char* name, std::int64_t otherwise = 0) const { return has(name) ? at(name).get<std::int64_t>() : otherwise; }
  bool flag(const char* name) const { return has(name) && at(name).get<bool>(); }
  td::dtype dtype() const { return has("dtype") ? tendril_test::read_dtype(at("dtype")) : td::dtype::unknown; }

  torch::alpha_options alpha() const {
    return has("alpha") ? torch::alpha_options{tendril_test::read_scalar(at("alpha"))} : torch::alpha_options{};
  }
  torch::reduce_options reduce() const { return {.dim = axes("dim"), .keepdim = flag("keepdim")}; }
  torch::typed_reduce_options typed() const { return {.dim = axes("dim"), .keepdim = flag("keepdim"), .dtype = dtype()}; }
  torch::arg_options position() const { return {.dim = maybe("dim"), .keepdim = flag("keepdim")}; }
  torch::std_options spread() const {
    torch::std_options o{.dim = axes("dim"), .keepdim = flag("keepdim")};
    if (has("unbiased")) o.unbiased = flag("unbiased");
    if (has("correction")) o.correction = at("correction").get<double>();
    return o;
  }
  torch::sort_options sorting() const { return {.dim = integer("dim", -1), .descending = flag("descending"), .stable = flag("stable")}; }
  torch::search_options searching() const {
    torch::search_options o{.right = flag("right")};
    if (has("side")) o.side = at("side").get<std::string>();
    return o;
  }
  torch::gelu_options gelu() const {
    return has("approximate") ? torch::gelu_options{at("approximate").get<std::string>()} : torch::gelu_options{};
  }
  torch::tensor_options typing() const { return {.dtype = dtype()}; }

 private:
  const torch_case& c_;
  std::span<const Tensor> t_;
};

using results = std::vector<Tensor>;
using runner = std::function<results(const call&)>;

results pair(std::pair<Tensor, Tensor> p) { return {p.first, p.second}; }

// A C++ number on the left of an operator, a tensor on its right.
template <class Operator>
runner reversed(Operator op) {
  return [op](const call& c) {
    const td::scalar s = c.scalar(0);
    if (s.beyond_int64()) return results{op(static_cast<std::uint64_t>(s.integer()), c.tensor(1))};
    return s.kind() == td::dtype_kind::integer ? results{op(s.integer(), c.tensor(1))} : results{op(s.real(), c.tensor(1))};
  };
}

const std::map<std::string, runner>& functions() {
  static const std::map<std::string, runner> all = [] {
    std::map<std::string, runner> f;
#define X(name) f["torch." #name] = [](const call& c) { return results{torch::name(c.input(0))}; };
    TENDRIL_TORCH_UNARY(X)
#undef X
#define X(name) f["torch." #name] = [](const call& c) { return results{torch::name(c.input(0), c.input(1))}; };
    TENDRIL_TORCH_BINARY(X)
#undef X
#define ONE(name, ...) f["torch." #name] = [](const call& c) { return results{torch::name(__VA_ARGS__)}; }
    ONE(add, c.input(0), c.input(1), c.alpha());
    ONE(sub, c.input(0), c.input(1), c.alpha());
    ONE(where, c.input(0), c.input(1), c.input(2));
    ONE(sum, c.input(0), c.typed());
    ONE(prod, c.input(0), c.typed());
    ONE(mean, c.input(0), c.typed());
    ONE(any, c.input(0), c.reduce());
    ONE(all, c.input(0), c.reduce());
    ONE(amax, c.input(0), c.reduce());
    ONE(amin, c.input(0), c.reduce());
    ONE(argmax, c.input(0), c.position());
    ONE(argmin, c.input(0), c.position());
    ONE(var, c.input(0), c.spread());
    ONE(std, c.input(0), c.spread());
    ONE(softmax, c.input(0), c.integer("dim"), {.dtype = c.dtype()});
    ONE(log_softmax, c.input(0), c.integer("dim"), {.dtype = c.dtype()});
    ONE(gelu, c.input(0), c.gelu());
    ONE(t, c.input(0));
    ONE(transpose, c.input(0), c.integer("dim0"), c.integer("dim1"));
    ONE(reshape, c.input(0), c.axes("shape"));
    ONE(permute, c.input(0), c.axes("dims"));
    ONE(broadcast_to, c.input(0), c.axes("size"));
    ONE(unsqueeze, c.input(0), c.integer("dim"));
    f["torch.squeeze"] = [](const call& c) {
      return results{c.has("dim") ? torch::squeeze(c.input(0), c.axes("dim")) : torch::squeeze(c.input(0))};
    };
    ONE(flip, c.input(0), c.axes("dims"));
    ONE(roll, c.input(0), c.axes("shifts"), {.dims = c.axes("dims")});
    ONE(flatten, c.input(0));
    ONE(cat, c.list(), {.dim = c.integer("dim")});
    ONE(stack, c.list(), {.dim = c.integer("dim")});
    ONE(zeros, c.axes("size"), c.typing());
    ONE(ones, c.axes("size"), c.typing());
    ONE(full, c.axes("size"), tendril_test::read_scalar(c.at("fill_value")), c.typing());
    ONE(eye, c.integer("n"), c.maybe("m"), c.typing());
    ONE(zeros_like, c.input(0), c.typing());
    ONE(ones_like, c.input(0), c.typing());
    ONE(full_like, c.input(0), tendril_test::read_scalar(c.at("fill_value")), c.typing());
    ONE(cumsum, c.input(0), c.integer("dim"), {.dtype = c.dtype()});
    ONE(cumprod, c.input(0), c.integer("dim"), {.dtype = c.dtype()});
    ONE(argsort, c.input(0), c.sorting());
    ONE(diff, c.input(0), {.n = c.integer("n", 1), .dim = c.integer("dim", -1)});
    ONE(count_nonzero, c.input(0), {.dims = c.axes("dim")});
    ONE(tile, c.input(0), c.axes("dims"));
    ONE(repeat_interleave, c.input(0), c.integer("repeats"), {.dim = c.maybe("dim")});
    ONE(take, c.input(0), c.input(1));
    ONE(index_select, c.input(0), c.integer("dim"), c.input(1));
    ONE(gather, c.input(0), c.integer("dim"), c.input(1));
    ONE(take_along_dim, c.input(0), c.input(1), {.dim = c.maybe("dim")});
    ONE(searchsorted, c.input(0), c.input(1), c.searching());
    ONE(bucketize, c.input(0), c.input(1), {.right = c.flag("right")});
    f["torch.sort"] = [](const call& c) { return pair(torch::sort(c.input(0), c.sorting())); };
    f["torch.std_mean"] = [](const call& c) { return pair(torch::std_mean(c.input(0), c.spread())); };
    f["torch.var_mean"] = [](const call& c) { return pair(torch::var_mean(c.input(0), c.spread())); };
    f["torch.unbind"] = [](const call& c) { return torch::unbind(c.input(0), {.dim = c.integer("dim")}); };
    f["torch.clamp"] = [](const call& c) {
      if (c.count() == 3) return results{torch::clamp(c.input(0), c.input(1), c.input(2))};
      const auto bound = [&](const char* name) {
        return c.has(name) ? call::number(tendril_test::read_scalar(c.at(name))) : arg(std::nullopt);
      };
      return results{torch::clamp(c.input(0), bound("min"), bound("max"))};
    };
    f["torch.arange"] = [](const call& c) {
      if (c.count() == 1) return results{torch::arange(c.scalar(0), c.typing())};
      if (c.count() == 2) return results{torch::arange(c.scalar(0), c.scalar(1), c.typing())};
      return results{torch::arange(c.scalar(0), c.scalar(1), c.scalar(2), c.typing())};
    };
#undef ONE
    f["operator.add"] = reversed(std::plus<>());
    f["operator.sub"] = reversed(std::minus<>());
    f["operator.mul"] = reversed(std::multiplies<>());
    f["operator.truediv"] = reversed(std::divides<>());
    f["operator.lt"] = reversed(std::less<>());
    f["operator.ge"] = reversed(std::greater_equal<>());
    f["operator.eq"] = reversed(std::equal_to<>());
    f["normalize"] = [](const call& c) {
      const Tensor x = c.tensor(0);
      return results{torch::div(torch::sub(x, torch::mean(x)), torch::std(x))};
    };
    return f;
  }();
  return all;
}

const std::vector<torch_case>& cases() {
  static const std::vector<torch_case> all = [] {
    std::vector<torch_case> out;
    for (const json& j : tendril_test::load_cases("torch.json")) {
      torch_case c;
      c.fn = j.at("fn");
      c.text = j.dump().substr(0, 400);
      c.kwargs = j.at("kwargs");
      c.refused = j.value("error", false);
      const auto add = [&c](const json& x) {
        c.tensors.push_back(tendril_test::read_array(x).value);
        return c.tensors.size() - 1;
      };
      for (const json& x : j.at("inputs")) {
        if (x.is_array()) {
          std::vector<std::size_t> members;
          for (const json& m : x) members.push_back(add(m));
          c.inputs.emplace_back(members);
        } else if (x.contains("scalar")) {
          c.inputs.emplace_back(tendril_test::read_scalar(x.at("scalar")));
        } else {
          c.inputs.emplace_back(add(x));
        }
      }
      if (!c.refused)
        for (const json& y : j.at("outputs")) {
          tendril_test::tolerance t;
          if (j.contains("ulp")) t.ulp = j.at("ulp").get<double>();
          if (j.contains("atol")) t.atol = j.at("atol").at(c.outputs.size()).get<double>();
          c.tolerances.push_back(t);
          c.outputs.push_back(tendril_test::read_array(y).value);
        }
      out.push_back(std::move(c));
    }
    return out;
  }();
  return all;
}

// What went wrong: the first few in full, then a count.
class failures {
 public:
  void add(const torch_case& c, const std::string& what) {
    if (++count_ <= 6) text_ += "\n\n" + c.fn + ": " + what + "\n  " + c.text;
  }
  std::string text() const { return count_ > 6 ? text_ + "\n\nand " + std::to_string(count_ - 6) + " more" : text_; }

 private:
  int count_ = 0;
  std::string text_;
};

template <class Run>
void check_all(Run run) {
  td::set_warning_handler([](std::string_view) {});  // functions without tensors give constants
  failures failed;
  for (const torch_case& c : cases()) {
    try {
      const std::vector<array> got = run(c, functions().at(c.fn));
      if (c.refused) {
        failed.add(c, "torch refuses this, got " + (got.empty() ? std::string("nothing") : td::to_string(got[0])));
        continue;
      }
      if (got.size() != c.outputs.size()) {
        failed.add(c, "got " + std::to_string(got.size()) + " results");
        continue;
      }
      for (std::size_t k = 0; k < got.size(); ++k)
        if (const std::string d = tendril_test::difference(got[k], c.outputs[k], c.tolerances[k]); !d.empty()) failed.add(c, d);
    } catch (const td::internal_error& e) {
      failed.add(c, std::string("threw an internal error: ") + e.what());
    } catch (const td::error& e) {
      if (!c.refused) failed.add(c, std::string("threw: ") + e.what());
    } catch (const std::exception& e) { failed.add(c, std::string("threw: ") + e.what()); }
  }
  td::set_warning_handler(nullptr);
  CHECK(failed.text() == "");
}

std::vector<array> values(const results& r) {
  std::vector<array> out;
  for (const Tensor& t : r) out.push_back(t.value());
  return out;
}

// The case as a function of its tensors alone, transpiled without arguments and then called.
template <class Target>
std::vector<array> transpiled(const torch_case& c, const runner& run, Target target, const td::trace_options& options) {
  const auto called = [&](const auto&... t) {
    const Tensor in[] = {t..., Tensor()};
    return run(call(c, {in, sizeof...(t)}));
  };
  const auto through = [&](auto f, const auto&... x) -> std::vector<array> {
    auto g = td::transpile(f, td::source::torch, target, options);
    CHECK(g.pending().empty() == (c.fn != "torch.unbind"));
    return g(x...);
  };
  const auto& t = c.tensors;
  switch (t.size()) {
    case 0: return through([&] { return called(); });
    case 1: return through([&](const Tensor& a) { return called(a); }, t[0]);
    case 2: return through([&](const Tensor& a, const Tensor& b) { return called(a, b); }, t[0], t[1]);
    default: return through([&](const Tensor& a, const Tensor& b, const Tensor& d) { return called(a, b, d); }, t[0], t[1], t[2]);
  }
}

}  // namespace

TEST_CASE("every torch case: eager") {
  for (const std::string& backend : td::backends()) {
    INFO("backend " << backend);
    const td::backend_scope scope(backend);
    check_all([](const torch_case& c, const runner& run) {
      std::vector<Tensor> in;
      for (const array& a : c.tensors) in.emplace_back(a);
      return values(run(call(c, in)));
    });
  }
}

TEST_CASE("every torch case: transpiled to eigen") {
  check_all([](const torch_case& c, const runner& run) { return transpiled(c, run, td::target::eigen, {}); });
}

TEST_CASE("every torch case: transpiled and not optimised") {
  check_all([](const torch_case& c, const runner& run) { return transpiled(c, run, td::target::eigen, {.optimize = false}); });
}

TEST_CASE("every torch case: transpiled to jit, where it is there") {
  const std::vector<std::string> there = td::backends();
  if (std::find(there.begin(), there.end(), "jit") == there.end()) return;
  check_all([](const torch_case& c, const runner& run) { return transpiled(c, run, td::target::jit, {}); });
}

#if TENDRIL_HAS_XTENSOR_BACKEND
TEST_CASE("every torch case: transpiled to xtensor") {
  check_all([](const torch_case& c, const runner& run) { return transpiled(c, run, td::target::xtensor, {}); });
}
#endif

TEST_CASE("every function of the frontend has cases") {
  std::map<std::string, int> count;
  for (const torch_case& c : cases()) ++count[c.fn];
  for (const auto& [name, run] : functions()) {
    INFO(name);
    CHECK(count[name] > 0);
  }
  CHECK(count.size() == functions().size());
  CHECK(functions().size() > 60);
}

TEST_CASE("methods and operators do what the functions do") {
  const Tensor x(array({{1.5, -2.0, 0.25}, {4.0, 0.5, -1.0}})), y(array({2.0, 4.0, 8.0}));
  const auto same = [](const Tensor& a, const Tensor& b) {
    return tendril_test::difference(a.value(), td::detail::copy_of(b.value().view()));
  };
  CHECK(same(x.exp(), torch::exp(x)) == "");
  CHECK(same(x.mul(y), x * y) == "");
  CHECK(same(x.sub(y, {.alpha = 2}), x - 2 * y) == "");
  CHECK(same(x.std(), torch::std(x)) == "");
  CHECK(same(x.std(1, true), torch::std(x, {.dim = 1, .keepdim = true})) == "");
  CHECK(same(x.sum(0), torch::sum(x, {.dim = 0})) == "");
  CHECK(same(x.sum({.dim = {0, 1}}), torch::sum(x)) == "");
  CHECK(same(x.softmax(-1), torch::nn::functional::softmax(x, 1)) == "");
  CHECK(same(x.t(), torch::transpose(x, 0, 1)) == "");
  CHECK(same(x.view({3, 2}), torch::reshape(x, {3, -1})) == "");
  CHECK(same(x.max(), torch::amax(x)) == "");
  CHECK(same(torch::max(x, y), torch::maximum(x, y)) == "");
  CHECK(same(x.clamp(0, 1), torch::clamp(x, 0, 1)) == "");
  CHECK(same(-x, torch::neg(x)) == "");
  const Tensor i(array({{2, 0, 1}, {1, 1, 0}})), j(array({1, 3, 2}));
  CHECK(same(x.sin(), torch::sin(x)) == "");
  CHECK(same(x.atan2(y), torch::atan2(x, y)) == "");
  CHECK(same(x.sort({.descending = true}).first, torch::sort(x, {.descending = true}).first) == "");
  CHECK(same(x.argsort({.dim = 0}), torch::sort(x, {.dim = 0}).second) == "");
  CHECK(same(x.cumsum(1), torch::cumsum(x, -1)) == "");
  CHECK(same(x.cumprod(0), torch::cumprod(x, 0)) == "");
  CHECK(same(x.diff({.dim = 0}), torch::diff(x, {.dim = 0})) == "");
  CHECK(same(x.count_nonzero(), torch::count_nonzero(x)) == "");
  CHECK(same(x.gather(1, i), torch::take_along_dim(x, i, {.dim = 1})) == "");
  CHECK(same(x.take_along_dim(i, {.dim = 1}), torch::gather(x, 1, i)) == "");
  CHECK(same(x.take(i), torch::flatten(x).index_select(0, torch::flatten(i)).reshape({2, 3})) == "");
  CHECK(same(x.repeat({2, 1}), x.tile({2, 1})) == "");
  CHECK(same(x.repeat_interleave(2), torch::repeat_interleave(x, 2)) == "");
  CHECK(same((i & j) | (i ^ j), torch::bitwise_or(i, j)) == "");
  CHECK(same(~i % j, torch::remainder(torch::bitwise_not(i), j)) == "");
  CHECK(same(x > 0, torch::gt(x, 0)) == "");
  CHECK(same(x[{1, td::slice(0, 2)}], x.reshape({-1})[td::slice(3, 5)]) == "");
  Tensor z = x;
  z += y;
  z *= 2;
  CHECK(same(z, (x + y) * 2) == "");
  CHECK(x.dim() == 2);
  CHECK(x.size(-1) == 3);
  CHECK(x.numel() == 6);
  CHECK(x.to(torch::float32).dtype() == td::float32);
  CHECK(torch::sum(x).item<double>() == 3.25);
}

TEST_CASE("what torch refuses says why") {
  const Tensor below(array({0, -1})), row(array({1.5, 2.5, 3.5}));
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    CHECK_THROWS_WITH(torch::gather(row, 0, below), contains("[gather] an index is negative: got -1, expected 0 or more."));
    CHECK_THROWS_WITH(torch::index_select(row, 0, below), contains("[index_select] an index is negative: got -1"));
    const auto chosen = td::trace_graph(
        td::unify([](const Tensor& x, const Tensor& i) { return torch::index_select(x, 0, i); }, td::source::torch), {.to = backend});
    CHECK_THROWS_WITH(chosen(row.value(), below.value()), contains("[index_select] an index is negative: got -1"));
    CHECK(td::all(chosen(row.value(), array({2, 0})) == array({3.5, 1.5})).item<bool>());
  }
  CHECK_THROWS_WITH(torch::arange(5, 1), contains("[arange] the step leads away from the end: got 5 to 1 by 1"));
  CHECK_THROWS_WITH(torch::full({2}, 3e9, {.dtype = td::int32}),
                    contains("[full] the value does not fit: got 3000000000, expected a number that int32 holds."));
  CHECK_THROWS_WITH(torch::full_like(Tensor(array({1, 2})), std::nan("")),
                    contains("[full_like] a number does not fit the dtype: got nan"));
  const Tensor ints(array({1, 2, 3})), flags(array({true, false, true}));
  CHECK_THROWS_WITH(
      torch::mean(ints),
      contains("[mean] torch does not take this dtype: got int32, expected a floating dtype. Convert with .to(torch::float32)"));
  CHECK_THROWS_WITH(flags - ints, contains("[subtract] torch does not take this dtype: got bool, expected a numeric dtype."));
  CHECK_THROWS_WITH(torch::pow(ints, -1),
                    contains("[pow] torch does not take this dtype: got a negative power of int32, expected a floating base."));
  CHECK_THROWS_WITH(torch::add(ints, ints, {.alpha = 0.5}),
                    contains("[add] torch does not take this dtype: got a real alpha for int32, expected an integer alpha."));
  const Tensor reals(td::array({1.0f, 2.0f}));
  CHECK_THROWS_WITH(torch::sub(reals, reals, {.alpha = 1e300}), contains("[sub] a number does not fit the dtype: got 1e+300, expected"));
  CHECK_THROWS_WITH(torch::sub(ints, ints, {.alpha = 3000000000}),
                    contains("[sub] a number does not fit the dtype: got 3000000000, expected"));
  CHECK_THROWS_WITH(torch::clamp(ints), contains("[clamp] no bound is given: got neither min nor max, expected at least one."));
  CHECK_THROWS_WITH(torch::std(ints, {.unbiased = true, .correction = 0}), contains("[std] unbiased and correction are both given"));
  CHECK_THROWS_WITH(torch::t(Tensor(td::zeros({2, 2, 2}))), contains("[t] too many dims: got float64[2, 2, 2], expected at most 2."));
}
