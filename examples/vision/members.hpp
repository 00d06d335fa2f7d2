// What the lists of members share: signatures, and how a row becomes a member.
#pragma once
#include <functional>

#include <tendril/frontends/torch.hpp>

namespace vision {

// The signatures of members. One std::function serves all functions of a signature, so that transpiling is compiled once for each.
using of_image = torch::Tensor(const torch::Tensor&);
using of_images = torch::Tensor(const torch::Tensor&, const torch::Tensor&);
using of_three = torch::Tensor(const torch::Tensor&, const torch::Tensor&, const torch::Tensor&);
using of_four = torch::Tensor(const torch::Tensor&, const torch::Tensor&, const torch::Tensor&, const torch::Tensor&);
using of_nothing = torch::Tensor();
using pair_of_image = std::pair<torch::Tensor, torch::Tensor>(const torch::Tensor&);

template <class Bind, class Signature>
using member = typename Bind::template fn<std::function<Signature>>;

}  // namespace vision

// A row is X(signature, name, (what is passed behind the images), docstring, names of arguments...).
// clang-format off
#define VISION_BEHIND(...) __VA_OPT__(, ) __VA_ARGS__
#define VISION_MEMBER(module, signature, name, options, doc, ...) \
  member<Bind, signature> name{ \
      #module "." #name, [](const auto&... x) { return module::name(x... VISION_BEHIND options); }, {{__VA_ARGS__}, doc}};
// The same of a function that takes no image, and of an object that is made of what stands in the brackets.
#define VISION_CONSTANT(module, signature, name, options, doc) \
  member<Bind, signature> name{#module "." #name, [] { return module::name options; }, {{}, doc}};
#define VISION_OBJECT(module, signature, name, options, doc, ...) \
  member<Bind, signature> name{#module "." #name, module::name options, {{__VA_ARGS__}, doc}};
// clang-format on
