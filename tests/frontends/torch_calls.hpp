// The calls of torch.json by the frontend: how its keyword arguments are read, and the functions of nn.functional, of matrices, of order
// and in place.
#pragma once
#include <tendril/frontends/torch.hpp>

#include "frontend_cases.hpp"

namespace torch_calls {

namespace td = tendril;
namespace torch = tendril::frontends::torch;
namespace functional = torch::nn::functional;
using torch::arg;
using torch::Tensor;

/// A call, with torch's keyword arguments.
class call : public tendril_test::frontend_call<Tensor> {
 public:
  explicit call(const tendril_test::frontend_call<Tensor>& c) : frontend_call(c) {}
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
  torch::norm_options norm() const { return {.dim = axes("dim"), .keepdim = flag("keepdim")}; }
  torch::max_pool_options maxima() const { return {axes("stride"), axes("padding", 0), axes("dilation", 1), flag("ceil_mode")}; }
  std::string reduction() const { return word("reduction", "mean"); }
  td::number eps(double otherwise) const { return real("eps", otherwise); }
  std::vector<std::int64_t> numbers(const char* name) const { return at(name).get<std::vector<std::int64_t>>(); }
  arg bound(const char* name) const { return has(name) ? number(tendril_test::read_scalar(at(name))) : arg(std::nullopt); }
  torch::tensor_options typing() const { return {.dtype = dtype()}; }
};

using results = std::vector<Tensor>;
using runner = std::function<results(const call&)>;

inline results pair(std::pair<Tensor, Tensor> p) { return {p.first, p.second}; }

using functions = std::map<std::string, runner>;

inline void add_functional(functions& f) {
#define ONE(name, ...) f["functional." #name] = [](const call& c) { return results{functional::name(__VA_ARGS__)}; }
  ONE(relu6, c.input(0));
  ONE(selu, c.input(0));
  ONE(silu, c.input(0));
  ONE(mish, c.input(0));
  ONE(softsign, c.input(0));
  ONE(tanhshrink, c.input(0));
  ONE(hardswish, c.input(0));
  ONE(hardsigmoid, c.input(0));
  ONE(logsigmoid, c.input(0));
  ONE(leaky_relu, c.input(0), c.real("negative_slope", 0.01));
  ONE(elu, c.input(0), c.real("alpha", 1));
  ONE(celu, c.input(0), c.real("alpha", 1));
  ONE(softplus, c.input(0), c.real("beta", 1), c.real("threshold", 20));
  ONE(hardtanh, c.input(0), c.real("min_val", -1), c.real("max_val", 1));
  ONE(glu, c.input(0), c.integer("dim", -1));
  ONE(prelu, c.input(0), c.input(1));
  ONE(linear, c.input(0), c.input(1), c.input(2));
  ONE(bilinear, c.input(0), c.input(1), c.input(2), c.input(3));
  ONE(embedding, c.input(0), c.input(1));
  ONE(one_hot, c.input(0), c.integer("num_classes"));
  f["functional.scaled_dot_product_attention"] = [](const call& c) {
    torch::attention_options o{.is_causal = c.flag("is_causal")};
    if (c.has("scale")) o.scale = c.real("scale", 0);
    return results{functional::scaled_dot_product_attention(c.input(0), c.input(1), c.input(2), c.input(3), o)};
  };
  ONE(layer_norm, c.input(0), c.axes("normalized_shape"), c.input(1), c.input(2), c.eps(1e-5));
  ONE(group_norm, c.input(0), c.integer("num_groups"), c.input(1), c.input(2), c.eps(1e-5));
  ONE(instance_norm, c.input(0), c.input(1), c.input(2), c.input(3), c.input(4), {c.flag("use_input_stats", true), c.eps(1e-5)});
  ONE(batch_norm, c.input(0), c.input(1), c.input(2), c.input(3), c.input(4), {c.flag("training"), c.eps(1e-5)});
  ONE(cosine_similarity, c.input(0), c.input(1), {c.integer("dim", 1), c.eps(1e-8)});
  ONE(pairwise_distance, c.input(0), c.input(1), {c.real("p", 2), c.eps(1e-6), c.flag("keepdim")});
  ONE(mse_loss, c.input(0), c.input(1), {c.reduction()});
  ONE(l1_loss, c.input(0), c.input(1), {c.reduction()});
  ONE(smooth_l1_loss, c.input(0), c.input(1), {c.reduction(), c.real("beta", 1)});
  ONE(huber_loss, c.input(0), c.input(1), {c.reduction(), c.real("delta", 1)});
  ONE(binary_cross_entropy, c.input(0), c.input(1), c.input(2), {c.reduction()});
  ONE(binary_cross_entropy_with_logits, c.input(0), c.input(1), c.input(2), c.input(3), {c.reduction()});
  ONE(kl_div, c.input(0), c.input(1), {c.reduction(), c.flag("log_target")});
  ONE(nll_loss, c.input(0), c.input(1), c.input(2), {c.integer("ignore_index", -100), c.reduction()});
  ONE(cross_entropy, c.input(0), c.input(1), c.input(2), {c.integer("ignore_index", -100), c.reduction(), c.real("label_smoothing", 0)});
#undef ONE
  const auto convolve = [](const call& c) {
    return torch::conv_options{.stride = c.axes("stride", 1),
                               .padding = c.axes("padding", 0),
                               .dilation = c.axes("dilation", 1),
                               .groups = c.integer("groups", 1)};
  };
  f["functional.conv1d"] = [=](const call& c) { return results{functional::conv1d(c.input(0), c.input(1), c.input(2), convolve(c))}; };
  f["functional.conv3d"] = [=](const call& c) { return results{functional::conv3d(c.input(0), c.input(1), c.input(2), convolve(c))}; };
#define ONE(name, ...) f["functional." #name] = [](const call& c) { return results{functional::name(__VA_ARGS__)}; }
  ONE(conv_transpose2d, c.input(0), c.input(1), c.input(2),
      {c.axes("stride", 1), c.axes("padding", 0), c.axes("output_padding", 0), c.integer("groups", 1), c.axes("dilation", 1)});
  ONE(avg_pool1d, c.input(0), c.axes("kernel_size"),
      {c.axes("stride"), c.axes("padding", 0), c.flag("ceil_mode"), c.flag("count_include_pad", true)});
  ONE(max_pool1d, c.input(0), c.axes("kernel_size"), c.maxima());
  ONE(max_pool2d, c.input(0), c.axes("kernel_size"), c.maxima());
  f["functional.avg_pool2d"] = [](const call& c) {
    torch::avg_pool2d_options o{c.axes("stride"), c.axes("padding", 0), c.flag("ceil_mode"), c.flag("count_include_pad", true)};
    if (c.has("divisor_override")) o.divisor_override = c.integer("divisor_override");
    return results{functional::avg_pool2d(c.input(0), c.axes("kernel_size"), o)};
  };
  f["functional.max_pool1d_with_indices"] = [](const call& c) {
    const auto [largest, places] = functional::max_pool1d_with_indices(c.input(0), c.axes("kernel_size"), c.maxima());
    return results{largest, places};
  };
  f["functional.max_pool2d_with_indices"] = [](const call& c) {
    const auto [largest, places] = functional::max_pool2d_with_indices(c.input(0), c.axes("kernel_size"), c.maxima());
    return results{largest, places};
  };
  ONE(adaptive_avg_pool2d, c.input(0), c.axes("output_size"));
  ONE(adaptive_max_pool2d, c.input(0), c.axes("output_size"));
  ONE(grid_sample, c.input(0), c.input(1), {c.word("mode", "bilinear"), c.word("padding_mode", "zeros"), c.flag("align_corners")});
  ONE(affine_grid, c.input(0), c.axes("size"), c.flag("align_corners"));
  ONE(unfold, c.input(0), c.axes("kernel_size"), {c.axes("dilation", 1), c.axes("padding", 0), c.axes("stride", 1)});
  ONE(pixel_shuffle, c.input(0), c.integer("upscale_factor"));
#undef ONE
  f["functional.interpolate"] = [](const call& c) {
    torch::interpolate_options o{.size = c.axes("size"),
                                 .mode = c.word("mode", "nearest"),
                                 .align_corners = c.flag("align_corners"),
                                 .antialias = c.flag("antialias")};
    if (c.has("scale_factor")) o.scale_factor = c.real("scale_factor", 1);
    return results{functional::interpolate(c.input(0), o)};
  };
}

inline torch::value_options value_of(const call& c) {
  return c.has("value") ? torch::value_options{c.value("value")} : torch::value_options{};
}

inline void add_matrices(functions& f) {
#define ONE(name, ...) f["torch." #name] = [](const call& c) { return results{torch::name(__VA_ARGS__)}; }
  ONE(addcmul, c.input(0), c.input(1), c.input(2), value_of(c));
  ONE(addcdiv, c.input(0), c.input(1), c.input(2), value_of(c));
  ONE(addmm, c.input(0), c.input(1), c.input(2), {c.real("beta", 1), c.real("alpha", 1)});
  ONE(addr, c.input(0), c.input(1), c.input(2), {c.real("beta", 1), c.real("alpha", 1)});
  ONE(addmv, c.input(0), c.input(1), c.input(2), {c.real("beta", 1), c.real("alpha", 1)});
  ONE(baddbmm, c.input(0), c.input(1), c.input(2), {c.real("beta", 1), c.real("alpha", 1)});
  f["torch.tensordot"] = [](const call& c) {
    if (!c.has("dims") || c.at("dims").is_number()) return results{torch::tensordot(c.input(0), c.input(1), c.integer("dims", 2))};
    const auto dims = c.at("dims").get<std::vector<std::vector<std::int64_t>>>();
    return results{torch::tensordot(c.input(0), c.input(1), torch::tensordot_options{dims[0], dims[1]})};
  };
  ONE(einsum, c.word("equation", ""), c.list());
  ONE(cross, c.input(0), c.input(1), {c.maybe("dim")});
  ONE(cdist, c.input(0), c.input(1), c.real("p", 2));
  ONE(cov, c.input(0), {c.integer("correction", 1)});
  ONE(diag, c.input(0), c.integer("diagonal"));
  ONE(diagonal, c.input(0), {c.integer("offset"), c.integer("dim1", 0), c.integer("dim2", 1)});
  ONE(diag_embed, c.input(0), {c.integer("offset"), c.integer("dim1", -2), c.integer("dim2", -1)});
  ONE(tril, c.input(0), c.integer("diagonal"));
  ONE(triu, c.input(0), c.integer("diagonal"));
  ONE(norm, c.input(0), c.real("p", 2), c.norm());
  ONE(logspace, c.real("start", 0), c.real("end", 0), c.integer("steps"), {c.real("base", 10), c.dtype()});
#undef ONE
#define ONE(name, ...) f["linalg." #name] = [](const call& c) { return results{torch::linalg::name(__VA_ARGS__)}; }
  ONE(vector_norm, c.input(0), c.real("ord", 2), c.norm());
  ONE(matrix_power, c.input(0), c.integer("n"));
  ONE(multi_dot, c.list());
#undef ONE
  f["linalg.norm"] = [](const call& c) {
    return results{c.has("ord") ? torch::linalg::norm(c.input(0), c.real("ord", 2), c.norm()) : torch::linalg::norm(c.input(0), c.norm())};
  };
  f["linalg.matrix_norm"] = [](const call& c) {
    const torch::matrix_norm_options o{c.axes("dim", {-2, -1}), c.flag("keepdim")};
    if (!c.has("ord") || c.at("ord") == "fro" || c.at("ord") == "nuc")
      return results{torch::linalg::matrix_norm(c.input(0), c.word("ord", "fro"), o)};
    return results{torch::linalg::matrix_norm(c.input(0), c.real("ord", 2), o)};
  };
}

inline void add_linalg(functions& f) {
#define ONE(name, ...) f["linalg." #name] = [](const call& c) { return results{torch::linalg::name(__VA_ARGS__)}; }
  ONE(det, c.input(0));
  ONE(inv, c.input(0));
  ONE(solve, c.input(0), c.input(1), c.flag("left", true));
  ONE(cholesky, c.input(0), c.flag("upper"));
#undef ONE
  const auto tolerances = [](const call& c) {
    torch::tolerance_options o;
    if (c.has("atol")) o.atol = c.real("atol", 0);
    if (c.has("rtol")) o.rtol = c.real("rtol", 0);
    return o;
  };
  f["linalg.qr"] = [](const call& c) { return pair(torch::linalg::qr(c.input(0), c.word("mode", "reduced"))); };
  f["linalg.eigh"] = [](const call& c) { return pair(torch::linalg::eigh(c.input(0), c.word("UPLO", "L"))); };
  f["linalg.eigvalsh"] = [](const call& c) { return results{torch::linalg::eigvalsh(c.input(0), c.word("UPLO", "L"))}; };
  f["linalg.svd"] = [](const call& c) {
    const auto [u, s, vh] = torch::linalg::svd(c.input(0), c.flag("full_matrices", true));
    return results{u, s, vh};
  };
  f["linalg.svdvals"] = [](const call& c) { return results{torch::linalg::svdvals(c.input(0))}; };
  f["linalg.pinv"] = [=](const call& c) { return results{torch::linalg::pinv(c.input(0), tolerances(c))}; };
  f["linalg.matrix_rank"] = [=](const call& c) { return results{torch::linalg::matrix_rank(c.input(0), tolerances(c))}; };
  f["torch.pinverse"] = [](const call& c) {
    return results{c.has("rcond") ? torch::pinverse(c.input(0), c.real("rcond", 0)) : torch::pinverse(c.input(0))};
  };
  f["linalg.cond"] = [](const call& c) {
    if (c.has("p") && (c.at("p") == "fro" || c.at("p") == "nuc")) return results{torch::linalg::cond(c.input(0), c.word("p", ""))};
    return results{torch::linalg::cond(c.input(0), c.real("p", 2))};
  };
  f["linalg.lstsq"] = [](const call& c) {
    const auto [solution, rank] =
        torch::linalg::lstsq(c.input(0), c.input(1), c.has("rcond") ? std::optional<td::number>(c.real("rcond", 0)) : std::nullopt);
    return results{solution, rank};
  };
  f["linalg.solve_triangular"] = [](const call& c) {
    return results{torch::linalg::solve_triangular(
        c.input(0), c.input(1), {.upper = c.flag("upper"), .left = c.flag("left", true), .unitriangular = c.flag("unitriangular")})};
  };
  f["linalg.slogdet"] = [](const call& c) { return pair(torch::linalg::slogdet(c.input(0))); };
  f["torch.slogdet"] = [](const call& c) { return pair(torch::slogdet(c.input(0))); };
#define ONE(name, ...) f["torch." #name] = [](const call& c) { return results{torch::name(__VA_ARGS__)}; }
  ONE(det, c.input(0));
  ONE(inverse, c.input(0));
  ONE(scatter, c.input(0), c.integer("dim"), c.input(1), c.input(2));
  ONE(scatter_add, c.input(0), c.integer("dim"), c.input(1), c.input(2));
  ONE(index_copy, c.input(0), c.integer("dim"), c.input(1), c.input(2));
  ONE(index_fill, c.input(0), c.integer("dim"), c.input(1), c.input(2));
  ONE(masked_scatter, c.input(0), c.input(1), c.input(2));
#undef ONE
  f["torch.index_put"] = [](const call& c) { return results{torch::index_put(c.input(1), c.list(), c.input(2), c.flag("accumulate"))}; };
  f["torch.index_add"] = [](const call& c) {
    return results{
        torch::index_add(c.input(0), c.integer("dim"), c.input(1), c.input(2), c.has("alpha") ? c.value("alpha") : td::scalar(1))};
  };
}

inline void add_parts(functions& f) {
#define ONE(name, ...) f["torch." #name] = [](const call& c) { return results{torch::name(__VA_ARGS__)}; }
  ONE(concat, c.list(), {c.integer("dim")});
  ONE(vstack, c.list());
  ONE(hstack, c.list());
  ONE(dstack, c.list());
  f["torch.meshgrid"] = [](const call& c) { return torch::meshgrid(c.list(), {c.word("indexing", "ij")}); };
  ONE(movedim, c.input(0), c.axes("source"), c.axes("destination"));
  ONE(swapaxes, c.input(0), c.integer("axis0"), c.integer("axis1"));
  ONE(narrow, c.input(0), c.integer("dim"), c.integer("start"), c.integer("length"));
  ONE(select, c.input(0), c.integer("dim"), c.scalar(1).integer());
  ONE(rot90, c.input(0), c.integer("k", 1), c.axes("dims", {0, 1}));
  ONE(unflatten, c.input(0), c.integer("dim"), c.axes("sizes"));
#undef ONE
  f["torch.split"] = [](const call& c) {
    const char* const sizes = "split_size_or_sections";
    if (c.at(sizes).is_number()) return torch::split(c.input(0), c.integer(sizes), {c.integer("dim")});
    return torch::split(c.input(0), c.numbers(sizes), {c.integer("dim")});
  };
#define ONE(name, ...) f["Tensor." #name] = [](const call& c) { return results{c.array(0).name(__VA_ARGS__)}; }
  ONE(view_as, c.array(1));
  ONE(reshape_as, c.array(1));
  ONE(expand_as, c.array(1));
  ONE(type_as, c.array(1));
  ONE(new_zeros, c.axes("size"), c.typing());
  ONE(new_ones, c.axes("size"), c.typing());
  ONE(new_full, c.axes("size"), c.value("fill_value"), c.typing());
  ONE(contiguous, );
  ONE(detach, );
  ONE(cpu, );
  ONE(mT, );
  ONE(H, );
#undef ONE
}

inline void add_in_place(functions& f) {
#define IN_PLACE(name, ...)                \
  f["Tensor." #name] = [](const call& c) { \
    Tensor x = c.array(0);                 \
    x.name(__VA_ARGS__);                   \
    return results{x};                     \
  };
#define X(name) IN_PLACE(name##_, )
  TENDRIL_TORCH_UNARY_IN_PLACE(X)
#undef X
#define X(name) IN_PLACE(name##_, c.input(1))
  TENDRIL_TORCH_BINARY_IN_PLACE(X)
#undef X
  IN_PLACE(add_, c.input(1), c.alpha())
  IN_PLACE(sub_, c.input(1), c.alpha())
  IN_PLACE(clamp_, c.bound("min"), c.bound("max"))
  IN_PLACE(masked_fill_, c.input(1), c.input(2))
  IN_PLACE(scatter_, c.integer("dim"), c.input(1), c.input(2))
  IN_PLACE(scatter_add_, c.integer("dim"), c.input(1), c.input(2))
  IN_PLACE(index_copy_, c.integer("dim"), c.input(1), c.input(2))
  IN_PLACE(index_fill_, c.integer("dim"), c.input(1), c.input(2))
  IN_PLACE(masked_scatter_, c.input(1), c.input(2))
  IN_PLACE(copy_, c.array(1))
  IN_PLACE(fill_, c.scalar(1))
  IN_PLACE(zero_, )
  f["Tensor.index_put_"] = [](const call& c) {
    Tensor x = c.array(1);
    x.index_put_(c.list(), c.input(2), c.flag("accumulate"));
    return results{x};
  };
  f["Tensor.index_add_"] = [](const call& c) {
    Tensor x = c.array(0);
    x.index_add_(c.integer("dim"), c.input(1), c.input(2), c.has("alpha") ? c.value("alpha") : td::scalar(1));
    return results{x};
  };
#undef IN_PLACE
}

inline void add_order(functions& f) {
  add_matrices(f);
  add_linalg(f);
  add_parts(f);
  add_in_place(f);
#define ONE(name, ...) f["torch." #name] = [](const call& c) { return results{torch::name(__VA_ARGS__)}; }
  ONE(lerp, c.input(0), c.input(1), c.input(2));
  ONE(isclose, c.input(0), c.input(1), {c.real("rtol", 1e-5), c.real("atol", 1e-8), c.flag("equal_nan")});
  ONE(allclose, c.input(0), c.input(1), {c.real("rtol", 1e-5), c.real("atol", 1e-8), c.flag("equal_nan")});
  ONE(masked_fill, c.input(0), c.input(1), c.input(2));
  f["torch.logit"] = [](const call& c) {
    return results{c.has("eps") ? torch::logit(c.input(0), c.real("eps", 0)) : torch::logit(c.input(0))};
  };
  ONE(logsumexp, c.input(0), c.axes("dim"), c.flag("keepdim"));
#define SPECIAL(name, ...) f["special." #name] = [](const call& c) { return results{torch::special::name(__VA_ARGS__)}; }
  SPECIAL(erf, c.input(0));
  SPECIAL(erfc, c.input(0));
  SPECIAL(erfinv, c.input(0));
  SPECIAL(exp2, c.input(0));
  SPECIAL(expm1, c.input(0));
  SPECIAL(log1p, c.input(0));
  SPECIAL(round, c.input(0), {c.integer("decimals")});
  SPECIAL(expit, c.input(0));
  SPECIAL(gammaln, c.input(0));
  SPECIAL(sinc, c.input(0));
  SPECIAL(entr, c.input(0));
  SPECIAL(ndtr, c.input(0));
  SPECIAL(ndtri, c.input(0));
  SPECIAL(xlogy, c.input(0), c.input(1));
  SPECIAL(xlog1py, c.input(0), c.input(1));
  SPECIAL(logsumexp, c.input(0), c.axes("dim"), c.flag("keepdim"));
  SPECIAL(softmax, c.input(0), c.integer("dim"), {.dtype = c.dtype()});
  SPECIAL(log_softmax, c.input(0), c.integer("dim"), {.dtype = c.dtype()});
  f["torch.round"] = [](const call& c) {
    const torch::round_options o{c.integer("decimals")};
    return results{c.has("decimals") ? torch::round(c.input(0), o) : torch::round(c.input(0))};
  };
  f["special.logit"] = [](const call& c) {
    return results{c.has("eps") ? torch::special::logit(c.input(0), c.real("eps", 0)) : torch::special::logit(c.input(0))};
  };
#undef SPECIAL
  ONE(nansum, c.input(0), c.typed());
  ONE(nanmean, c.input(0), c.typed());
#undef ONE
  f["torch.nan_to_num"] = [](const call& c) {
    torch::nan_options o{.nan = c.real("nan", 0)};
    if (c.has("posinf")) o.posinf = c.real("posinf", 0);
    if (c.has("neginf")) o.neginf = c.real("neginf", 0);
    return results{torch::nan_to_num(c.input(0), o)};
  };
  f["torch.aminmax"] = [](const call& c) { return pair(torch::aminmax(c.input(0), c.position())); };
  f["torch.median"] = [](const call& c) {
    return c.has("dim") ? pair(torch::median(c.input(0), c.integer("dim"), c.flag("keepdim"))) : results{torch::median(c.input(0))};
  };
  f["torch.quantile"] = [](const call& c) {
    const torch::quantile_options o{c.maybe("dim"), c.flag("keepdim"), c.word("interpolation", "linear")};
    return results{c.has("q") ? torch::quantile(c.input(0), c.real("q", 0), o) : torch::quantile(c.input(0), c.array(1), o)};
  };
  f["torch.topk"] = [](const call& c) {
    return pair(torch::topk(c.input(0), c.integer("k"), {c.integer("dim", -1), c.flag("largest", true)}));
  };
  f["torch.cummax"] = [](const call& c) { return pair(torch::cummax(c.input(0), c.integer("dim"))); };
  f["torch.cummin"] = [](const call& c) { return pair(torch::cummin(c.input(0), c.integer("dim"))); };
}

}  // namespace torch_calls
