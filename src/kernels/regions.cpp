// The contract with kernels of ops with regions: what they may ask of bodies, and their calls where nothing is compiled.
#include "kernels/regions.hpp"

#include <algorithm>

#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "array/views.hpp"
#include "graph/regions.hpp"
#include "kernels/evaluate.hpp"

namespace tendril {
namespace {

bool is_of(const array_view& v, const type& t) {
  if (v.dtype != t.dtype || v.rank != t.rank()) return false;
  for (int k = 0; k < v.rank; ++k)
    if (v.shape[k] != t.shape[static_cast<std::size_t>(k)].value) return false;
  return detail::layout_class(v) == 0;
}

std::string spell(const array_view& v) {
  return to_string(type::of(v.dtype, {v.shape, static_cast<std::size_t>(v.rank)})) +
         (detail::layout_class(v) == 0 ? "" : " that is not row-major");
}

void check_views(const graph& body, const char* what, std::span<const array_view> views, std::span<const value_id> values) {
  const auto fail = [&](const std::string& of, const std::string& got, const std::string& expected) {
    throw internal_error(format_text("[{}] the kernel runs a body with {}: got {}, expected {}. Correct .run_regions of the op.", body.name,
                                     of, got, expected));
  };
  if (views.size() != values.size())
    fail(format_text("another number of {}s", what), std::to_string(views.size()), std::to_string(values.size()));
  for (std::size_t i = 0; i < views.size(); ++i)
    if (const type& t = body.type_of(values[i]); !is_of(views[i], t))
      fail(format_text("a wrong {} {}", what, i), spell(views[i]), to_string(t));
}

}  // namespace

void region_calls::run(std::size_t which, std::span<const array_view> out, std::span<const array_view> in) {
  if (which >= count())
    throw internal_error(format_text("[run_regions] no such body: got {} of {}, expected one of them. Correct the op.", which, count()));
  const graph& g = body(which);
  check_views(g, "input", in, g.inputs);
  check_views(g, "output", out, g.results);
  call(which, out, in);
}

void region_calls::copy(const array_view& to, const array_view& from) {
  if (to.data != from.data) detail::copy_elements(to, from);
}

namespace engine {
namespace {

class evaluated_bodies final : public region_calls {
 public:
  evaluated_bodies(std::span<const region> regions, const backend& b) : regions_(regions), b_(b) {
    for (const region& r : regions) {
      std::vector<array_view>& views = memory_.emplace_back();
      for (const type& t : r.result_types()) views.push_back(kept_.emplace_back(detail::make_empty(t.dtype, t.known_extents())).view());
    }
  }
  std::size_t count() const noexcept override { return regions_.size(); }
  std::span<const array_view> memory(std::size_t which) const override { return memory_[which]; }

 private:
  const graph& body(std::size_t which) const override { return regions_[which].body.front(); }
  void call(std::size_t which, std::span<const array_view> out, std::span<const array_view> in) override {
    std::vector<array> inputs;
    for (const array_view& v : in) inputs.push_back(detail::borrow(v));
    std::vector<array> results = evaluate(body(which), inputs, b_);
    // A result may be an input, and that input's memory where another result goes.
    for (array& a : results)
      if (std::any_of(out.begin(), out.end(), [&](const array_view& o) { return overlap(o, a.view()); })) a = detail::copy_of(a.view());
    for (std::size_t k = 0; k < out.size(); ++k) detail::copy_elements(out[k], results[k].view());
  }

  std::span<const region> regions_;
  const backend& b_;
  std::vector<array> kept_;
  std::vector<std::vector<array_view>> memory_;
};

// The regions for inputs of these types, where they were recorded for others.
std::vector<region> regions_for(const type_request& r) {
  std::vector<region> all(r.regions.begin(), r.regions.end());
  for (std::size_t k = 0; k < all.size(); ++k) {
    graph& body = all[k].body.front();
    const std::vector<type> given = detail::body_inputs(r, k);
    bool same = given.size() == body.inputs.size();
    for (std::size_t i = 0; same && i < given.size(); ++i) {
      const type& t = body.type_of(body.inputs[i]);
      same = t.dtype == given[i].dtype && t.shape == given[i].shape && t.complete();
    }
    if (!same) body = detail::retyped(body, given);
  }
  return all;
}

}  // namespace

std::vector<array> run_region_op(const op_record& op, std::span<const array> inputs, std::span<const bool> weak, const attributes& at,
                                 const promotion_rules* rules, std::span<const region> regions, const backend& b) {
  std::vector<type> types;
  std::vector<array> in(inputs.begin(), inputs.end());
  std::vector<array_view> in_views, out_views;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (detail::layout_class(in[i].view()) != 0) in[i] = detail::copy_of(in[i].view());
    in_views.push_back(in[i].view());
    types.push_back(type::of(in[i].dtype(), in[i].shape()));
    types.back().weak = weak[i];
  }
  const auto present = std::make_unique<bool[]>(in.size() + 1);
  std::fill_n(present.get(), in.size(), true);
  type_request request{op, types, {present.get(), in.size()}, at, rules, regions};
  const std::vector<region> own = regions_for(request);
  request.regions = own;
  std::vector<array> out;
  for (const type& t : infer(request)) {
    out.push_back(detail::make_empty(t.dtype, t.known_extents()));
    out_views.push_back(out.back().view());
  }
  evaluated_bodies bodies(own, b);
  op.run_regions(out_views, in_views, at, bodies);
  return out;
}

}  // namespace engine
}  // namespace tendril
