// The decompositions that rows of the op table name: ordinary functions over td::array with the public ops.
#pragma once
#include <tendril/ops.hpp>

#include <tendril/graph.hpp>

namespace tendril::detail::decompositions {

array gelu_rule(const array& x, const attributes&);
array mean_rule(const array& x, const attributes&);
array var_rule(const array& x, const attributes&);
array std_rule(const array& x, const attributes&);
array softmax_rule(const array& x, const attributes&);
array log_softmax_rule(const array& x, const attributes&);
array stack_rule(std::span<const array> arrays, const attributes&);
std::vector<array> unstack_rule(const array& x, const attributes&);
array logaddexp_rule(std::span<const array> ab);
array count_nonzero_rule(const array& x, const attributes&);
array diff_rule(const array& x, const attributes&);
array repeat_rule(const array& x, const attributes&);
array tile_rule(const array& x, const attributes&);
array full_rule(scalar value, const attributes&);
array full_like_rule(const array& x, scalar value, const attributes&);

}  // namespace tendril::detail::decompositions
