// Every case of torch.json: what the torch frontend gives eagerly and transpiled to each target, against what torch itself gave.
#include <cmath>

#include <nlohmann/json.hpp>
#include <tendril/frontends/torch.hpp>

#include "frontend_cases.hpp"
#include "torch_calls.hpp"

namespace {

namespace td = tendril;
namespace torch = tendril::frontends::torch;
using td::array;
using torch::arg;
using torch::Tensor;
namespace functional = torch::nn::functional;
using torch_calls::call, torch_calls::pair, torch_calls::results, torch_calls::runner;

const char* const file = "torch.json";

// A C++ number on the left of an operator, a tensor on its right.
template <class Operator>
runner reversed(Operator op) {
  return [op](const call& c) {
    const td::scalar s = c.scalar(0);
    if (s.beyond_int64()) return results{op(static_cast<std::uint64_t>(s.integer()), c.array(1))};
    return s.kind() == td::dtype_kind::integer ? results{op(s.integer(), c.array(1))} : results{op(s.real(), c.array(1))};
  };
}

const tendril_test::frontend_functions<Tensor>& functions() {
  static const auto all = [] {
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
    ONE(rsub, c.input(0), c.input(1), c.alpha());
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
    ONE(cat, c.list(), {.dim = c.integer("dim")});
    ONE(stack, c.list(), {.dim = c.integer("dim")});
    ONE(zeros, c.axes("size"), c.typing());
    ONE(ones, c.axes("size"), c.typing());
    ONE(full, c.axes("size"), c.value("fill_value"), c.typing());
    ONE(eye, c.integer("n"), c.maybe("m"), c.typing());
    ONE(zeros_like, c.input(0), c.typing());
    ONE(ones_like, c.input(0), c.typing());
    ONE(full_like, c.input(0), c.value("fill_value"), c.typing());
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
      return results{torch::clamp(c.input(0), c.bound("min"), c.bound("max"))};
    };
    ONE(slice_scatter, c.input(0), c.input(1), {c.integer("dim"), c.maybe("start"), c.maybe("end"), c.integer("step", 1)});
    ONE(linspace, c.real("start", 0), c.real("end", 0), c.integer("steps"), c.typing());
    f["torch.clip"] = [](const call& c) { return results{torch::clip(c.input(0), c.bound("min"), c.bound("max"))}; };
    f["torch.max"] = [](const call& c) { return pair(torch::max(c.input(0), c.integer("dim"), c.flag("keepdim"))); };
    f["torch.min"] = [](const call& c) { return pair(torch::min(c.input(0), c.integer("dim"), c.flag("keepdim"))); };
    f["torch.chunk"] = [](const call& c) { return torch::chunk(c.input(0), c.integer("chunks"), {.dim = c.integer("dim")}); };
    f["torch.flatten"] = [](const call& c) {
      if (!c.has("start_dim")) return results{torch::flatten(c.input(0))};
      return results{torch::flatten(c.input(0), c.integer("start_dim"), c.integer("end_dim", -1))};
    };
    f["Tensor.expand"] = [](const call& c) { return results{c.array(0).expand(c.axes("size"))}; };
    f["Tensor.unfold"] = [](const call& c) {
      return results{c.array(0).unfold(c.integer("dimension"), c.integer("size"), c.integer("step"))};
    };
    f["functional.pad"] = [](const call& c) {
      return results{functional::pad(c.input(0), c.axes("pad"), {.mode = c.word("mode", "constant"), .value = c.real("value", 0)})};
    };
    f["functional.conv2d"] = [](const call& c) {
      return results{functional::conv2d(c.input(0), c.input(1), c.input(2),
                                        {.stride = c.axes("stride", 1),
                                         .padding = c.axes("padding", 0),
                                         .dilation = c.axes("dilation", 1),
                                         .groups = c.integer("groups", 1)})};
    };
    f["functional.normalize"] = [](const call& c) {
      return results{functional::normalize(c.input(0), {.p = c.real("p", 2), .dim = c.integer("dim", 1), .eps = c.real("eps", 1e-12)})};
    };
    f["torch.arange"] = [](const call& c) {
      if (c.count() == 1) return results{torch::arange(c.scalar(0), c.typing())};
      if (c.count() == 2) return results{torch::arange(c.scalar(0), c.scalar(1), c.typing())};
      return results{torch::arange(c.scalar(0), c.scalar(1), c.scalar(2), c.typing())};
    };
#undef ONE
    torch_calls::add_functional(f);
    torch_calls::add_order(f);
    f["operator.add"] = reversed(std::plus<>());
    f["operator.sub"] = reversed(std::minus<>());
    f["operator.mul"] = reversed(std::multiplies<>());
    f["operator.truediv"] = reversed(std::divides<>());
    f["operator.lt"] = reversed(std::less<>());
    f["operator.ge"] = reversed(std::greater_equal<>());
    f["operator.eq"] = reversed(std::equal_to<>());
    f["normalize"] = [](const call& c) {
      const Tensor x = c.array(0);
      return results{torch::div(torch::sub(x, torch::mean(x)), torch::std(x))};
    };
    tendril_test::frontend_functions<Tensor> of_calls;
    for (const auto& [name, run] : f) of_calls[name] = [run = run](const auto& c) { return run(call(c)); };
    return of_calls;
  }();
  return all;
}

}  // namespace

TEST_CASE("every torch case: eager") { tendril_test::check_eager(file, "torch", functions()); }

TEST_CASE("every torch case: transpiled to eigen") {
  tendril_test::check_transpiled(file, "torch", functions(), td::source::torch, td::target::eigen);
}

TEST_CASE("every torch case: transpiled and not optimised") {
  tendril_test::check_transpiled(file, "torch", functions(), td::source::torch, td::target::eigen, {.optimize = false});
}

TEST_CASE("every torch case: transpiled to jit, where it is there") {
  tendril_test::check_transpiled(file, "torch", functions(), td::source::torch, td::target::jit);
}

TEST_CASE("every torch case: transpiled to xtensor, where it is there") {
  tendril_test::check_transpiled(file, "torch", functions(), td::source::torch, td::target::xtensor);
}

TEST_CASE("every function of the frontend has cases") {
  tendril_test::check_covered("torch", functions());
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
  CHECK(same(x.max(1).first, torch::amax(x, {.dim = 1})) == "");
  CHECK(same(x.min(0, true).second, torch::argmin(x, {.dim = 0, .keepdim = true})) == "");
  CHECK(same(x.clip(0, 1), torch::clamp(x, 0, 1)) == "");
  CHECK(same(x.flatten(0), x.reshape({6})) == "");
  CHECK(same(x.chunk(2, 1)[1], x[{td::ellipsis, td::slice(2, 3)}]) == "");
  CHECK(same(x.slice_scatter(y.reshape({1, 3}), {.start = 1}), torch::stack({x[0], y})) == "");
  CHECK(same(x.fmod(y), torch::fmod(x, y)) == "");
  const auto [first, second] = torch::unbind<2>(x);
  CHECK(same(first * second, x[0] * x[1]) == "");
  CHECK(same(x.unbind<3>(-1)[2], x[{td::ellipsis, 2}]) == "");
  CHECK(same(torch::tensor({{1.5, 2.0}, {3.0, 4.0}}), Tensor(td::array({{1.5F, 2.F}, {3.F, 4.F}}))) == "");
  CHECK(torch::tensor({1, 2}).dtype() == td::int64);
  CHECK(torch::tensor({1.0, 2.0}, {.dtype = td::float64}).dtype() == td::float64);
  CHECK(torch::as_tensor(td::array({1.0, 2.0})).dtype() == td::float64);
  CHECK(same(torch::as_tensor(td::array({1.0, 2.0}), {.dtype = td::int32}), Tensor(array({1, 2}))) == "");
  Tensor z = x.clone();
  z += y;
  z *= 2;
  CHECK(same(z, (x + y) * 2) == "");
  CHECK(x.dim() == 2);
  CHECK(x.size(-1) == 3);
  CHECK(x.numel() == 6);
  CHECK(x.ndim() == 2);
  CHECK(x.shape() == x.size());
  CHECK(x.is_floating_point());
  CHECK_FALSE(i.is_floating_point());
  CHECK(x.device() == torch::kCPU);
  CHECK(x.device().type() == "cpu");
  CHECK_FALSE(x.is_cuda());
  CHECK_FALSE(x.requires_grad_().requires_grad());
  CHECK(same(x.to("cpu"), x.to(torch::kCPU)) == "");
  CHECK(x.to(x.device(), td::float32).dtype() == td::float32);
  CHECK(same(torch::zeros({2}, {.dtype = td::int32, .device = x.device(), .requires_grad = false}), Tensor(array({0, 0}))) == "");
  CHECK(same(x.H(), x.t()) == "");
  CHECK(same(x.xlogy(y), torch::xlogy(x, y)) == "");
  CHECK(same(x.type(td::float32), x.to(td::float32)) == "");
  CHECK(same(x.round({.decimals = 1}), torch::round(x, {.decimals = 1})) == "");
  CHECK(same(x.prelu(0.5), torch::nn::functional::prelu(x, 0.5)) == "");
  CHECK(same(x.pinverse(), torch::pinverse(x)) == "");
  CHECK(same(x.logit(0.25), torch::logit(x, 0.25)) == "");
  CHECK(same(y[td::slice(0, 2)].addmv(x, y), torch::addmv(y[td::slice(0, 2)], x, y)) == "");
  CHECK(same(x.index_fill(1, torch::tensor({1}), 2), torch::index_fill(x, 1, torch::tensor({1}), 2)) == "");
  CHECK(same(x.masked_scatter(x > 0, x), torch::masked_scatter(x, x > 0, x)) == "");
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

TEST_CASE("what windows and parts refuse says why") {
  const Tensor image(td::zeros({1, 3, 4, 5}, {.dtype = td::float32})), ints(array({{1, 2, 3}}));
  CHECK_THROWS_WITH(torch::unbind<2>(image, {.dim = 1}),
                    contains("[unbind] the number of tensors differs: got float32[1, 3, 4, 5], of which dim 1 has 3, expected 2."));
  CHECK_THROWS_WITH(torch::chunk(image, 0), contains("[chunk] there are no parts: got 0 chunks, expected 1 or more."));
  CHECK_THROWS_WITH(torch::chunk(1.5, 2), contains("[chunk] a number has no dims: got a C++ number, expected a tensor."));
  CHECK_THROWS_WITH(torch::flatten(image, 2, 1), contains("[flatten] the dims are in the wrong order: got 2 to 1"));
  CHECK_THROWS_WITH(image.expand({4, 5}), contains("[expand] the size does not fit: got (4, 5) for float32[1, 3, 4, 5]"));
  CHECK_THROWS_WITH(image.unfold(-1, 6, 1),
                    contains("[unfold] the windows do not fit: got size 6 for dim 3 of float32[1, 3, 4, 5], expected 1 to 5."));
  CHECK_THROWS_WITH(image.unfold(-1, 2, 0), contains("[unfold] the step leads nowhere: got 0, expected 1 or more."));
  CHECK_THROWS_WITH(image.slice_scatter(image, {.dim = 1, .start = 1}),
                    contains("[slice_scatter] the source does not fit the slice: got float32[1, 3, 4, 5], expected shape (1, 2, 4, 5)."));
  CHECK_THROWS_WITH(image.slice_scatter(image, {.step = 0}), contains("[slice_scatter] the step leads nowhere: got 0"));
  CHECK_THROWS_WITH(torch::linspace(0, 1, -1), contains("[linspace] the number of steps is negative: got -1, expected 0 or more."));
  CHECK_THROWS_WITH(torch::linspace(0, 1, 3, {.dtype = td::int64}), contains("[linspace] torch does not take this dtype: got int64"));
  CHECK_THROWS_WITH(torch::fmod(ints, Tensor(array({1, 0, 2}))), contains("[fmod] an integer is divided by 0: got a divisor of 0"));
  CHECK_THROWS_WITH(functional::pad(image, {1, 1, 1}), contains("[pad] the list is not of pairs: got 3 numbers"));
  CHECK_THROWS_WITH(functional::pad(image, {1, 1}, {.mode = "wrap"}), contains("[pad] unknown mode: got \"wrap\", expected \"constant\""));
  CHECK_THROWS_WITH(
      functional::pad(image, {5, 0, 0, 0}, {.mode = "reflect"}),
      contains("[pad] there is too little to take: got 5 and 0 for dim 3 of float32[1, 3, 4, 5] in mode \"reflect\", expected at most 4."));
  CHECK_THROWS_WITH(functional::pad(image, {1, 1}, {.mode = "circular"}), contains("[pad] the list does not fit: got pairs for 1 dims"));
  CHECK_THROWS_WITH(functional::pad(image, {-3, -3}), contains("[pad] it cannot be cut: got -3 and -3 for dim 3"));
  CHECK_THROWS_WITH(functional::pad(image, {1, 1, 1, 1}, {.mode = "circular", .value = 2}),
                    contains("[pad] only the mode constant fills: got value 2 beside mode \"circular\""));
  CHECK_THROWS_WITH(functional::pad(Tensor(array({{{true, false}}})), {1, 1}, {.mode = "reflect"}),
                    contains("[pad] torch does not take this dtype: got bool in mode \"reflect\""));
  const Tensor weight(td::zeros({2, 2, 2, 2}, {.dtype = td::float32})), wide(td::zeros({2, 3, 2, 2}));
  CHECK_THROWS_WITH(functional::conv2d(image, weight),
                    contains("[conv2d] input and weight do not fit: got float32[1, 3, 4, 5] and float32[2, 2, 2, 2] in 1 groups"));
  CHECK_THROWS_WITH(functional::conv2d(image, wide),
                    contains("[conv2d] input and weight differ: got float32 and float64, expected one dtype."));
  CHECK_THROWS_WITH(functional::conv2d(image, weight, std::nullopt, {.stride = {1, 2, 3}}),
                    contains("[conv2d] stride is no pair: got 3 numbers"));
  CHECK_THROWS_WITH(functional::conv2d(image, weight, std::nullopt, {.groups = 0}), contains("[conv2d] there are no groups: got 0"));
  CHECK_THROWS_WITH(functional::avg_pool2d(image, 6), contains("[avg_pool2d] the window does not fit: got 6 x 6 over float32[1, 3, 4, 5]"));
  CHECK_THROWS_WITH(functional::max_pool2d(image, 0), contains("[max_pool2d] kernel_size is too small: got 0, expected 1 or more."));
  CHECK_THROWS_WITH(functional::max_pool2d(Tensor(td::zeros({4, 5})), 2),
                    contains("[max_pool2d] this is no image: got float64[4, 5], expected C x H x W or N x C x H x W."));
  CHECK_THROWS_WITH(functional::avg_pool2d(Tensor(td::zeros({1, 4, 5}, {.dtype = td::int64})), 2),
                    contains("[avg_pool2d] torch does not take this dtype: got int64, expected a floating dtype."));
  CHECK_THROWS_WITH(functional::normalize(image, {.p = 0}), contains("[normalize] no such norm: got p = 0, expected a positive number."));
}

TEST_CASE("what functional refuses says why") {
  const Tensor x(td::zeros({2, 3}, {.dtype = td::float32})), ints(array({{1, 2, 3}})), row(array({1.5, 2.5, 3.5}));
  const Tensor classes(array({std::int64_t{0}, std::int64_t{3}}));
  CHECK_THROWS_WITH(functional::silu(ints), contains("[silu] torch does not take this dtype: got int32, expected a floating dtype."));
  CHECK_THROWS_WITH(functional::glu(x), contains("[glu] the dim has no halves: got 3 elements of dim -1, expected an even number."));
  CHECK_THROWS_WITH(functional::celu(x, 0), contains("[celu] alpha divides: got 0, expected another number."));
  CHECK_THROWS_WITH(functional::hardtanh(x, 2, 1), contains("[hardtanh] the limits are in the wrong order: got 2 and 1"));
  CHECK_THROWS_WITH(functional::hardtanh(Tensor(td::array({true}))),
                    contains("[hardtanh] torch does not take this dtype: got bool, expected a numeric dtype."));
  CHECK_THROWS_WITH(functional::prelu(x, Tensor(td::zeros({2}, {.dtype = td::float32}))),
                    contains("[prelu] the weight does not fit: got float32[2] for float32[2, 3], expected one number, or one for each"));
  CHECK_THROWS_WITH(functional::linear(x, Tensor(td::zeros({4, 2}, {.dtype = td::float32}))),
                    contains("[linear] input and weight do not fit: got float32[2, 3] and float32[4, 2]"));
  CHECK_THROWS_WITH(functional::linear(x, row), contains("[linear] torch does not take this dtype: got float32 and float64"));
  CHECK_THROWS_WITH(functional::bilinear(x, x, x), contains("[bilinear] the operands do not fit: got float32[2, 3]"));
  CHECK_THROWS_WITH(functional::embedding(x, x),
                    contains("[embedding] torch does not take this dtype: got float32, expected int32 or int64"));
  CHECK_THROWS_WITH(functional::embedding(ints, row), contains("[embedding] the weight is no matrix: got float64[3], expected 2 dims."));
  CHECK_THROWS_WITH(functional::one_hot(classes, 3),
                    contains("[one_hot] a class is too large: got -1 less than there are, expected at most 2."));
  CHECK_THROWS_WITH(functional::one_hot(classes, 0), contains("[one_hot] there are no classes: got 0, expected how many there are"));
  CHECK_THROWS_WITH(functional::layer_norm(x, {2}),
                    contains("[layer_norm] the shape is not that of the last dims: got (2) for float32[2, 3]"));
  CHECK_THROWS_WITH(functional::group_norm(x, 2), contains("[group_norm] the channels do not divide: got 3 channels in 2 groups"));
  CHECK_THROWS_WITH(functional::instance_norm(x), contains("[instance_norm] too few dims: got float32[2, 3], expected 3 or more."));
  CHECK_THROWS_WITH(functional::batch_norm(x, row, row, std::nullopt, std::nullopt, {.training = true}),
                    contains("[batch_norm] the running statistics would be updated: got them beside those of the batch"));
  CHECK_THROWS_WITH(functional::mse_loss(x, x, {.reduction = "average"}), contains("[mse_loss] unknown reduction: got \"average\""));
  CHECK_THROWS_WITH(functional::smooth_l1_loss(x, x, {.beta = -1}), contains("[smooth_l1_loss] beta is negative: got -1"));
  CHECK_THROWS_WITH(functional::huber_loss(x, x, {.delta = 0}), contains("[huber_loss] delta is not positive: got 0"));
  CHECK_THROWS_WITH(functional::nll_loss(x, Tensor(array({1, 2}))),
                    contains("[nll_loss] torch does not take this dtype: got int32, expected int64"));
  CHECK_THROWS_WITH(functional::nll_loss(x, Tensor(td::zeros({3}, {.dtype = td::int64}))),
                    contains("[nll_loss] input and target do not fit: got float32[2, 3] and int64[3]"));
  CHECK_THROWS_WITH(functional::cross_entropy(x, classes, std::nullopt, {.label_smoothing = 2}),
                    contains("[cross_entropy] label_smoothing is no share: got 2, expected 0 to 1."));
}

TEST_CASE("what matrices, order and parts refuse says why") {
  const Tensor x(td::zeros({2, 3}, {.dtype = td::float32})), ints(array({{1, 2, 3}})), row(array({1.5, 2.5, 3.5}));
  CHECK_THROWS_WITH(torch::mm(x, row), contains("[mm] torch does not take this dtype: got float32 and float64, expected the same dtype"));
  CHECK_THROWS_WITH(torch::dot(x, x),
                    contains("[dot] the operands have other dims: got float32[2, 3] and float32[2, 3], expected 1 and 1"));
  CHECK_THROWS_WITH(torch::addmm(ints, ints, torch::t(ints), {.alpha = 0.5}),
                    contains("got the factor 0.5 for int32, expected an integer."));
  CHECK_THROWS_WITH(torch::einsum("ij,jk->ik", {x, x}), contains("[einsum] the extents of \"j\" in \"ij,jk->ik\" differ: got 3 and 2"));
  CHECK_THROWS_WITH(torch::einsum("ij,jk", {x}), contains("[einsum] there is another number of terms in \"ij,jk\": got 2 for 1 operands"));
  CHECK_THROWS_WITH(torch::einsum("ijk->i", {x}),
                    contains("[einsum] a term does not fit its operand in \"ijk->i\": got \"ijk\" for float32"));
  CHECK_THROWS_WITH(torch::einsum("i1->i", {x}), contains("[einsum] there is no such letter in \"i1->i\": got \"1\", expected letters"));
  CHECK_THROWS_WITH(torch::einsum("ij->k", {x}), contains("[einsum] the result has a wrong letter in \"ij->k\": got \"k\""));
  CHECK_THROWS_WITH(torch::einsum("", torch::tensors(std::vector<Tensor>())), contains("[einsum] there are no tensors: got none"));
  CHECK_THROWS_WITH(torch::cross(x[{td::ellipsis, 0}], x[{td::ellipsis, 0}]),
                    contains("[cross] there is no dim of extent 3: got float32[2] and float32[2], expected one."));
  CHECK_THROWS_WITH(torch::diagonal(row), contains("[diagonal] there is no matrix: got rank 1, expected 2 or more."));
  CHECK_THROWS_WITH(torch::diagonal(x, {.dim1 = 1, .dim2 = -1}), contains("[diagonal] one axis is named twice: got 1 and -1"));
  CHECK_THROWS_WITH(torch::linalg::matrix_norm(x, "max"), contains("[matrix_norm] unknown order: got ord \"max\""));
  CHECK_THROWS_WITH(torch::linalg::norm(x, 1), contains("[norm] the dims of ord 1 are not said: got 0, expected one for vectors or two"));
  CHECK_THROWS_WITH(torch::linalg::matrix_power(x, -1), contains("[inv] the operand is no square matrix: got float32[2, 3]"));
  CHECK_THROWS_WITH(torch::linalg::matrix_power(x, 2), contains("[matrix_power] the matrix is not square: got float32[2, 3]"));
  CHECK_THROWS_WITH(torch::meshgrid({row}, {"yx"}), contains("[meshgrid] unknown indexing: got \"yx\", expected \"ij\" or \"xy\"."));
  CHECK_THROWS_WITH(torch::narrow(x, 1, 2, 2), contains("[narrow] the part does not fit: got 2 from 2 of dim 1 of float32[2, 3]"));
  CHECK_THROWS_WITH(torch::rot90(x, 1, {1, 1}), contains("[rot90] the plane is not of two dims: got (1, 1), expected two."));
  CHECK_THROWS_WITH(torch::split(x, std::vector<std::int64_t>{1, 4}, {1}),
                    contains("[split] the parts are not the dim: got 5 in all for 3"));
  CHECK_THROWS_WITH(torch::split(x, 0), contains("[split] the parts are empty: got 0, expected 1 or more."));
  CHECK_THROWS_WITH(torch::quantile(row, 1.5), contains("[quantile] q is no share: got 1.5, expected 0 to 1."));
  CHECK_THROWS_WITH(torch::quantile(row, 0.5, {.interpolation = "cubic"}), contains("[quantile] unknown interpolation: got \"cubic\""));
  CHECK_THROWS_WITH(torch::topk(row, 4), contains("[topk] there are not as many: got k 4 for dim -1 of float64[3]"));
  CHECK_THROWS_WITH(torch::median(Tensor(td::zeros({0}))), contains("[median] there is nothing in the middle: got float64[0]"));
  CHECK_THROWS_WITH(torch::isclose(row, row, {.rtol = -1}), contains("[isclose] a tolerance is negative: got rtol -1"));
  CHECK_THROWS_WITH(torch::masked_fill(row, row, 1),
                    contains("[masked_fill] torch does not take this dtype: got float64, expected a mask of bool"));
  CHECK_THROWS_WITH(torch::masked_fill(row, row > 0, row), contains("[masked_fill] the value has dims: got float64[3], expected none."));
  Tensor y = ints, z = row;
  CHECK_THROWS_WITH(y.mul_(0.5),
                    contains("[mul_] the result does not fit into the tensor: got float32 for int32, expected no higher kind."));
  CHECK_THROWS_WITH(z.add_(torch::zeros({2, 3})),
                    contains("[add_] the result does not fit into the tensor: got float64[2, 3] for float64[3]"));
  CHECK_THROWS_WITH(y += 0.5, contains("[add_] the result does not fit into the tensor: got float32 for int32"));
}

TEST_CASE("what decompositions refuse says why") {
  const Tensor x(td::zeros({2, 3}, {.dtype = td::float32})), row(array({1.5, 2.5, 3.5})), ints(array({{1, 2}, {3, 4}})), wide(td::eye(2));
  CHECK_THROWS_WITH(torch::linalg::matrix_norm(x, 3), contains("[matrix_norm] unknown order: got ord 3, expected \"fro\", \"nuc\", 1"));
  CHECK_THROWS_WITH(torch::linalg::qr(ints), contains("[qr] torch does not take this dtype: got int32, expected a floating dtype."));
  CHECK_THROWS_WITH(torch::linalg::qr(wide, "r"), contains("[qr] unknown mode: got \"r\", expected \"reduced\" or \"complete\"."));
  CHECK_THROWS_WITH(torch::linalg::eigh(wide, "M"), contains("[eigh] unknown triangle: got \"M\", expected \"L\" or \"U\"."));
  CHECK_THROWS_WITH(torch::linalg::pinv(row), contains("[pinv] the input is no matrix: got float64[3], expected 2 dims or more."));
  CHECK_THROWS_WITH(torch::linalg::cond(x, 1), contains("[cond] the matrix is not square: got float32[2, 3], expected as many columns"));
  CHECK_THROWS_WITH(torch::linalg::cond(wide, 3), contains("[cond] unknown order: got p 3, expected \"fro\", \"nuc\", 1, -1, 2, -2"));
  CHECK_THROWS_WITH(torch::linalg::cond(wide, "max"), contains("[cond] unknown order: got p \"max\", expected \"fro\""));
  CHECK_THROWS_WITH(torch::linalg::lstsq(wide, row), contains("[lstsq] the operands do not fit: got float64[2, 2] and float64[3]"));
  CHECK_THROWS_WITH(torch::linalg::solve_triangular(wide, row, {.upper = true}),
                    contains("[solve_triangular] the operands do not fit: got float64[2, 2] and float64[3], expected matrices both"));
  CHECK_THROWS_WITH(torch::linalg::svd(wide * std::numeric_limits<double>::infinity()),
                    contains("[svd] an element is no finite number: got"));
}

TEST_CASE("what linalg and writes to places refuse says why") {
  const Tensor x(td::zeros({2, 3}, {.dtype = td::float32})), ints(array({{1, 2}, {3, 4}})), wide(td::eye(2)), row(array({1.5, 2.5, 3.5}));
  const Tensor one(array({std::int64_t{1}})), far(array({std::int64_t{0}, std::int64_t{5}})), below(array({std::int64_t{-1}}));
  const Tensor singular(array({{1.0, 2.0}, {2.0, 4.0}}));
  CHECK_THROWS_WITH(torch::det(ints), contains("[det] torch does not take this dtype: got int32, expected a floating dtype."));
  CHECK_THROWS_WITH(torch::linalg::solve(wide, torch::ones({2})),
                    contains("[solve] torch does not take this dtype: got float64 and float32, expected the same dtype twice."));
  CHECK_THROWS_WITH(torch::linalg::cholesky(x), contains("[cholesky] the operand is no square matrix: got float32[2, 3]"));
  CHECK_THROWS_WITH(torch::inverse(singular), contains("[inv] the matrix is singular: got a pivot of 0 in row 1 of 2, expected none."));
  CHECK_THROWS_WITH(torch::linalg::cholesky(-wide), contains("[cholesky] the matrix is not positive definite: got a pivot of 0 or less"));
  CHECK_THROWS_WITH(torch::scatter(row, 0, row, row),
                    contains("[scatter] torch does not take this dtype: got float64, expected an index of int32 or int64."));
  CHECK_THROWS_WITH(torch::scatter(row, 0, one, torch::zeros({1})),
                    contains("[scatter] torch does not take this dtype: got float64 and float32"));
  CHECK_THROWS_WITH(torch::scatter_add(row, 0, below, row), contains("[scatter_add] an index is negative: got -1, expected 0 or more."));
  CHECK_THROWS_WITH(torch::scatter(x, 1, one, 1.0),
                    contains("[scatter] the index does not fit: got int64[1] for float32[2, 3] and float32[1]"));
  CHECK_THROWS_WITH(torch::scatter(row, 0, far, 1.0), contains("[scatter] index out of range: got 5 on axis 0, expected -3 <= index < 3."));
  CHECK_THROWS_WITH(torch::index_add(row, 0, one, row),
                    contains("[index_add] index and source do not fit: got int64[1] and float64[3] for float64[3]"));
  CHECK_THROWS_WITH(torch::index_add(one, 0, one, one, 0.5),
                    contains("[index_add] torch does not take this dtype: got a real alpha for int64"));
  CHECK_THROWS_WITH(torch::index_put(row, {one, one}, 1.0), contains("[index_put] there are too many indices: got 2 for float64[3]"));
  CHECK_THROWS_WITH(torch::index_put(row, torch::tensors(std::vector<Tensor>()), 1.0),
                    contains("[index_put] there are no indices: got none"));
  CHECK_THROWS_WITH(torch::index_put(x, {row > 2.0, one}, x[0]),
                    contains("[index_put] torch does not take this dtype: got a mask beside other indices"));
  CHECK_THROWS_WITH(torch::index_put(x, {row > 2.0}, x[0]), contains("[index_put] the mask does not fit: got bool[3] for float32[2, 3]"));
  CHECK_THROWS_WITH(torch::index_put(row, {row > 2.0}, torch::zeros({3}, {.dtype = td::float64})),
                    contains("[index_put] the values are not as many as the mask takes: got -1 between them, expected 0."));
  CHECK_THROWS_WITH(torch::index_fill(row, 0, one.to(td::int32), 1), contains("[index_fill] torch does not take this dtype: got int32"));
  CHECK_THROWS_WITH(torch::index_fill(row, 0, x.to(td::int64), 1),
                    contains("[index_fill] index and value have other dims: got int64[2, 3] and float64[], expected at most one dim"));
  CHECK_THROWS_WITH(torch::masked_scatter(row, row, row), contains("[masked_scatter] torch does not take this dtype: got float64"));
  CHECK_THROWS_WITH(torch::masked_scatter(row, row > 2.0, row[{td::slice(0, 1)}]),
                    contains("[masked_scatter] the source is too short: got -1 elements beside those that the mask takes"));
  CHECK_THROWS_WITH(torch::device("cuda"), contains("[device] there is no such device: got \"cuda\", expected \"cpu\"."));
  CHECK_THROWS_WITH(torch::index_put(row, {far}, row[{td::slice(0, 1)}]),
                    contains("[index_put] an index is out of range: got a distance of -3 to an end of axis 0, expected 0 or more."));
  CHECK(td::all(torch::index_put(row, {row > 2.0}, 0.5).value() == array({1.5, 0.5, 0.5})).item<bool>());
  CHECK(td::all(torch::index_put(row, {below}, 0.5).value() == array({1.5, 2.5, 0.5})).item<bool>());
  CHECK(td::all(torch::index_put(row, {below}, row[0]).value() == array({1.5, 2.5, 1.5})).item<bool>());
}

TEST_CASE("what images refuse says why") {
  const Tensor x(td::zeros({1, 2, 3, 4}, {.dtype = td::float32})), weight(td::zeros({3, 3, 2, 2}, {.dtype = td::float32}));
  CHECK_THROWS_WITH(functional::conv1d(x, weight, std::nullopt, {.stride = {1, 2}}), contains("[conv1d] stride has another length: got 2"));
  CHECK_THROWS_WITH(functional::conv3d(x, weight), contains("[conv3d] input and weight do not fit: got float32[1, 2, 3, 4]"));
  CHECK_THROWS_WITH(
      functional::conv_transpose2d(x, weight),
      contains("[conv_transpose2d] input and weight do not fit: got float32[1, 2, 3, 4] and float32[3, 3, 2, 2] in 1 groups"));
  CHECK_THROWS_WITH(functional::max_pool1d(x, 0), contains("[max_pool1d] kernel_size is too small: got 0, expected 1 or more."));
  CHECK_THROWS_WITH(functional::adaptive_avg_pool2d(x, 0), contains("[adaptive_avg_pool2d] output_size is too small: got 0"));
  CHECK_THROWS_WITH(functional::interpolate(x, {}),
                    contains("[interpolate] the size is said twice or not at all: got size and scale_factor"));
  CHECK_THROWS_WITH(functional::interpolate(x, {.size = 2, .mode = "cubic"}), contains("[interpolate] unknown mode: got \"cubic\""));
  CHECK_THROWS_WITH(functional::interpolate(x, {.size = 2, .antialias = true}),
                    contains("[interpolate] this mode is not smoothed: got antialias in mode \"nearest\""));
  CHECK_THROWS_WITH(
      functional::interpolate(x, {.size = 2, .mode = "linear"}),
      contains("[interpolate] the input has other dims: got float32[1, 2, 3, 4] in mode \"linear\", expected N x C and 1 more."));
  CHECK_THROWS_WITH(functional::interpolate(x, {.size = 2, .align_corners = true}),
                    contains("[interpolate] there are no corners to align"));
  CHECK_THROWS_WITH(functional::grid_sample(x, x), contains("[grid_sample] input and grid do not fit: got float32[1, 2, 3, 4]"));
  CHECK_THROWS_WITH(functional::grid_sample(x, x, {.mode = "cubic"}), contains("[grid_sample] unknown mode: got \"cubic\" and \"zeros\""));
  CHECK_THROWS_WITH(functional::max_pool2d(x, 2, {.padding = 2}),
                    contains("[max_pool2d] the padding is too large: got 2, expected at most"));
  CHECK_THROWS_WITH(functional::avg_pool2d(x, 2, {.divisor_override = 0}), contains("[avg_pool2d] there is nothing to divide by"));
  CHECK_THROWS_WITH(functional::avg_pool1d(x, 2), contains("[avg_pool1d] this is no image: got float32[1, 2, 3, 4], expected C x L or"));
  CHECK_THROWS_WITH(functional::grid_sample(Tensor(td::zeros({1, 1, 2, 2, 2})), Tensor(td::zeros({1, 2, 2, 3}))),
                    contains("[grid_sample] input and grid do not fit: got float64[1, 1, 2, 2, 2] and float64[1, 2, 2, 3], expected"));
  CHECK_THROWS_WITH(torch::addr(x, x, x), contains("[addr] the operands are no vectors: got float32[1, 2, 3, 4]"));
  CHECK_THROWS_WITH(functional::affine_grid(x, {1, 1, 2, 2}), contains("[affine_grid] theta and size do not fit: got float32[1, 2, 3, 4]"));
  CHECK_THROWS_WITH(functional::unfold(x, 5), contains("[unfold] the window does not fit: got 5 x 5 over float32[1, 2, 3, 4]"));
  CHECK_THROWS_WITH(functional::pixel_shuffle(x, 2), contains("[pixel_shuffle] the channels do not divide: got float32[1, 2, 3, 4] by 2"));
}
