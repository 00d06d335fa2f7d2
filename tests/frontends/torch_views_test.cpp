// Programs of views and in-place forms: what every tensor holds at the end, against what torch gave (torch_views.json).
#include <algorithm>
#include <nlohmann/json.hpp>
#include <tendril/frontends/torch.hpp>

#include "array_keys.hpp"
#include "frontend_cases.hpp"
#include "on_stack.hpp"

namespace {

namespace td = tendril;
namespace torch = tendril::frontends::torch;
using td::array;
using torch::arg;
using torch::Tensor;
using json = nlohmann::json;

const char* const file = "torch_views.json";

// A step of a program, on the tensors that have names.
class step {
 public:
  step(std::map<std::string, Tensor>& names, const json& s) : names_(names), x_(names.at(s[1])), kw_(s[3]), do_(s[2]) {}

  Tensor made() const {
    if (do_ == "unbind") return x_.unbind(integer("dim"))[at("which")];
    if (do_ == "chunk") return x_.chunk(integer("chunks"), integer("dim"))[at("which")];
    if (do_ == "split") return x_.split(integer("split_size"), integer("dim"))[at("which")];
    return functions().at(do_)(*this);
  }

 private:
  using runner = std::function<Tensor(const step&)>;
  static const std::map<std::string, runner>& functions() {
    static const auto all = [] {
      std::map<std::string, runner> f;
#define X(name, ...) f[#name] = [](const step& s) -> Tensor { return s.x_.name(__VA_ARGS__); };
      X(T)
      X(mT)
      X(t)
      X(detach)
      X(contiguous)
      X(positive)
      X(clone)
      X(neg)
      X(neg_)
      X(zero_)
      X(ravel)
      X(view, s.list("shape"))
      X(reshape, s.list("shape"))
      X(expand, s.list("shape"))
      X(permute, s.list("shape"))
      X(broadcast_to, s.list("shape"))
      X(select, s.integer("dim"), s.integer("index"))
      X(narrow, s.integer("dim"), s.integer("start"), s.integer("length"))
      X(transpose, s.integer("dim0"), s.integer("dim1"))
      X(swapaxes, s.integer("axis0"), s.integer("axis1"))
      X(movedim, s.list("source"), s.list("destination"))
      X(unsqueeze, s.integer("dim"))
      X(unflatten, s.integer("dim"), s.list("sizes"))
      X(flatten, s.integer("start_dim"), s.integer("end_dim", -1))
      X(diagonal, {s.integer("offset"), s.integer("dim1", 0), s.integer("dim2", 1)})
      X(unfold, s.integer("dimension"), s.integer("size"), s.integer("step"))
      X(to, s.kw_.at("dtype") == "float32" ? td::float32 : s.kw_.at("dtype") == "float64" ? td::float64 : td::int64)
      X(type_as, s.tensor("other"))
      X(expand_as, s.tensor("other"))
      X(add, s.value("other"))
      X(mul, s.value("other"))
      X(add_, s.value("other"))
      X(sub_, s.value("other"))
      X(mul_, s.value("other"))
      X(clamp_, s.value("min"), s.value("max"))
      X(masked_fill_, s.value("mask"), s.value("value"))
      X(fill_, s.kw_.at("value").get<std::int64_t>())
      X(copy_, s.tensor("other"))
      X(scatter_, s.integer("dim"), s.places(), s.value("value"))
      X(scatter_add_, s.integer("dim"), s.places(), s.value("value"))
      X(index_add_, s.integer("dim"), s.places(), s.value("value"))
      X(index_copy_, s.integer("dim"), s.places(), s.value("value"))
      X(index_fill_, s.integer("dim"), s.places(), s.value("value"))
      X(index_put_, {s.places()}, s.value("value"))
#undef X
      f["squeeze"] = [](const step& s) { return s.kw_.contains("dim") ? s.x_.squeeze(s.list("dim")) : s.x_.squeeze(); };
      f["name"] = [](const step& s) { return s.x_; };
      f["get"] = [](const step& s) { return s.x_[s.key()]; };
      f["set"] = [](const step& s) { return s.x_[s.key()] = s.value("value"); };
      f["add_to"] = [](const step& s) { return s.x_[s.key()] += s.value("value"); };
      return f;
    }();
    return all;
  }

  std::int64_t integer(const char* name, std::int64_t otherwise = 0) const { return kw_.value(name, otherwise); }
  std::size_t at(const char* name) const { return static_cast<std::size_t>(integer(name)); }
  td::axes list(const char* name) const {
    const json& v = kw_.at(name);
    return v.is_array() ? td::axes(v.get<std::vector<std::int64_t>>()) : td::axes(v.get<std::int64_t>());
  }
  const Tensor& tensor(const char* name) const { return names_.at(kw_.at(name)); }
  Tensor places() const {
    const json& v = kw_.at("index");
    if (v[0].is_boolean()) {
      std::vector<std::int64_t> set;
      for (const json& b : v) set.push_back(b.get<bool>() ? 1 : 0);
      return Tensor(td::asarray(set) != 0);
    }
    if (v[0].is_number()) return Tensor(td::asarray(v.get<std::vector<std::int64_t>>()));
    std::vector<Tensor> rows;
    for (const json& row : v) rows.emplace_back(td::asarray(row.get<std::vector<std::int64_t>>()));
    return torch::stack(rows);
  }
  arg value(const char* name) const {
    const json& v = kw_.at(name);
    if (v.is_string()) return arg(names_.at(v));
    return v.is_number_float() ? arg(v.get<double>()) : arg(v.get<std::int64_t>());
  }
  torch::index key() const { return tendril_test::read_key(kw_.at("key")); }

  std::map<std::string, Tensor>& names_;
  const Tensor& x_;
  const json& kw_;
  std::string do_;
};

std::vector<Tensor> run(const tendril_test::frontend_case& c, const Tensor& x, const Tensor& v) {
  std::map<std::string, Tensor> names{{"x", x}, {"v", v}};
  std::vector<std::string> order{"x", "v"};
  for (const json& s : c.kwargs.at("program")) {
    const Tensor made = step(names, s).made();
    const std::string name = s[0];
    if (name.empty()) continue;
    names[name] = made;
    order.push_back(name);
  }
  std::vector<Tensor> out;
  for (const std::string& name : order) out.push_back(names.at(name));
  return out;
}

template <class Target>
void check_transpiled(Target target, const td::trace_options& options = {}) {
  tendril_test::check_frontend_cases(file, "torch", [&](const tendril_test::frontend_case& c) {
    auto f = td::transpile([&](const Tensor& x, const Tensor& v) { return run(c, x, v); }, td::source::torch, target, options);
    return f(c.arrays[0], c.arrays[1]);
  });
}

bool same(const Tensor& t, const array& wanted) {
  const array& got = t.value();
  return got.dtype() == wanted.dtype() && got.shape() == wanted.shape() && td::all(got == wanted).item<bool>();
}

}  // namespace

TEST_CASE("every program of views: eager") {
  for (const std::string& backend : td::backends()) {
    INFO("backend " << backend);
    const td::backend_scope scope(backend);
    tendril_test::check_frontend_cases(file, "torch", [](const tendril_test::frontend_case& c) {
      return tendril_test::values_of(run(c, Tensor(c.arrays[0]), Tensor(c.arrays[1])));
    });
  }
}

TEST_CASE("every program of views: transpiled") {
  check_transpiled(td::target::eigen);
  check_transpiled(td::target::eigen, {.optimize = false});
}

TEST_CASE("every program of views: transpiled to jit, where it is there") {
  const std::vector<std::string> there = td::backends();
  if (std::find(there.begin(), there.end(), "jit") != there.end()) check_transpiled(td::target::jit);
}

TEST_CASE("a copy of a tensor is another name of it") {
  Tensor x(array({1.0, 2.0, 3.0}));
  const Tensor y = x;
  y.add_(1);
  CHECK(same(x, array({2.0, 3.0, 4.0})));
  x = x * 2;  // a name of another tensor now
  CHECK(same(y, array({2.0, 3.0, 4.0})));
  x += y;
  CHECK(same(x, array({6.0, 9.0, 12.0})));
  CHECK(same(y, array({2.0, 3.0, 4.0})));
  const Tensor kept = x.clone();
  x.zero_();
  CHECK(same(kept, array({6.0, 9.0, 12.0})));
  const array data({1.0, 2.0});
  const Tensor z(data);
  z.mul_(2);
  CHECK(td::all(data == array({1.0, 2.0})).item<bool>());  // arrays never change
}

TEST_CASE("what is put into a part is in the whole") {
  Tensor x(array({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}));
  x[0] = 7;
  x[{1, td::slice(1, 3)}] = Tensor(array({8.0, 9.0}));
  x[{td::ellipsis, 0}] *= 2;
  CHECK(same(x, array({{14.0, 7.0, 7.0}, {8.0, 8.0, 9.0}})));
  x.t().sub_(1);
  torch::select(x, 1, 2).copy_(torch::tensor({0, 1}));
  CHECK(same(x, array({{13.0, 6.0, 0.0}, {7.0, 7.0, 1.0}})));
  const auto [a, b] = torch::unbind<2>(x);
  a.neg_();
  b += a;
  CHECK(same(x, array({{-13.0, -6.0, -0.0}, {-6.0, 1.0, 1.0}})));
  for (const Tensor& row : x.unbind()) row.fill_(row.size(0));
  CHECK(same(x, array({{3.0, 3.0, 3.0}, {3.0, 3.0, 3.0}})));
}

TEST_CASE("in-place forms through views are recorded before there are arguments") {
  const auto f = td::transpile(
      [](const Tensor& x) {
        const Tensor y = x.t(), z = x.view(-1);
        y[0] = 1;
        z.mul_(2);
        x[{td::slice({}, 1)}] += 1;
        return std::tuple(x, y, z);
      },
      td::source::torch, td::target::eigen);
  CHECK(f.pending() == "");
  const array given({{5.0, 6.0}, {7.0, 8.0}});
  const auto [x, y, z] = f(given);
  CHECK(td::all(x == array({{3.0, 13.0}, {2.0, 16.0}})).item<bool>());
  CHECK(td::all(y == array({{3.0, 2.0}, {13.0, 16.0}})).item<bool>());
  CHECK(td::all(z == array({3.0, 13.0, 2.0, 16.0})).item<bool>());
  CHECK(td::all(given == array({{5.0, 6.0}, {7.0, 8.0}})).item<bool>());  // a recorded function changes no argument
  // Where the shape says whether torch makes a copy, it waits for one.
  const auto waiting = td::transpile(
      [](const Tensor& x) {
        x.t().reshape(-1).zero_();
        return x;
      },
      td::source::torch, td::target::eigen);
  CHECK(waiting.pending().find("the function reads shape at ") == 0);
  CHECK(td::all(waiting(given) == given).item<bool>());
  CHECK(td::all(waiting(array({{5.0, 6.0}})) == array({{0.0, 0.0}})).item<bool>());
}

TEST_CASE("a function without in-place forms is recorded as it is written") {
  const auto f = td::transpile([](const Tensor& x) { return x.t().reshape(-1)[td::slice(0, 2)].unsqueeze(0) + x.to(torch::float32); },
                               td::source::torch, td::target::eigen);
  CHECK(f.pending() == "");
  CHECK(td::op_node_count(f.graph()) == 6);
}

TEST_CASE("what in-place forms refuse says why") {
  const Tensor x(array({{1.0, 2.0, 3.0}})), wide = x.expand({2, 3});
  CHECK_THROWS_WITH(wide.add_(1), contains("[add_] elements share their memory: got a tensor that shows one place several times"));
  wide.zero_();
  CHECK(same(x, array({{0.0, 0.0, 0.0}})));
  CHECK_THROWS_WITH(x.t().mul_(torch::zeros({2, 3, 3})), contains("[mul_] the result does not fit into the tensor: got float64[2, 3, 3]"));
  const Tensor outside(array({1.0, 2.0, 3.0}));
  CHECK_THROWS_WITH(td::unify([&](const Tensor& a) { return outside.add_(a); }, td::source::torch),
                    contains("[add_] the tensor is from outside of the function that is recorded at "));
  CHECK_THROWS_WITH(td::unify([&](const Tensor& a) { return outside[0].add_(a); }, td::source::torch),
                    contains("expected one that the function takes or makes. Take .clone() of it first."));
  const auto copied = td::trace_graph(td::unify([&](const Tensor& a) { return outside.clone().add_(a); }, td::source::torch));
  CHECK(td::all(copied(array({1.0, 2.0, 3.0})) == array({2.0, 4.0, 6.0})).item<bool>());
  CHECK(same(outside, array({1.0, 2.0, 3.0})));
}

TEST_CASE("views of views without end are let go one by one") {
  bool right = false;
  // On a stack that has no room for a call for each of them.
  const std::string thrown = on_stack(std::size_t{256} * 1024, [&right] {
    Tensor x(array({{1.0, 2.0}, {3.0, 4.0}}));
    for (int i = 0; i < 100000; ++i) x = x.t();
    right = same(x, array({{1.0, 2.0}, {3.0, 4.0}}));
  });
  CHECK(thrown.empty());
  CHECK(right);
}
