// Extents as arguments of a function: those of a graph that nobody says as a number.
#include "source/lengths.hpp"

#include <algorithm>

namespace tendril::source_text {

product product::times(const length& l) const {
  if (l.variable < 0) return times(l.plus);
  product p = *this;
  p.lengths.insert(std::upper_bound(p.lengths.begin(), p.lengths.end(), l), l);
  return p.factor == 0 ? product{0, {}} : p;
}

product product::times(std::int64_t n) const { return factor * n == 0 ? product{0, {}} : product{factor * n, lengths}; }

product product::times(const product& other) const {
  product p = times(other.factor);
  for (const length& l : other.lengths) p = p.times(l);
  return p;
}

void add(std::vector<product>& sum, const product& p) {
  const auto same = std::find_if(sum.begin(), sum.end(), [&](const product& q) { return q.lengths == p.lengths; });
  if (same == sum.end()) {
    if (p.factor != 0) sum.push_back(p);
  } else if ((same->factor += p.factor) == 0) {
    sum.erase(same);
  }
}

lengths::lengths(const graph& g) : g_(g), equal_(g), named_(equal_.size()) {
  // What the recorded function read is a number in the graph.
  for (const input_extent& e : g.fixed) equal_.pin(g.inputs[static_cast<std::size_t>(e.input)], e.axis);
  for (const value_id v : g.inputs)
    for (int a = 0; a < g.type_of(v).rank(); ++a) {
      const std::size_t r = equal_.class_of(v, a);
      if (equal_.is_pinned(r) || named_[r].variable >= 0) continue;
      named_[r] = {count_++, equal_.recorded(r) - equal_.recorded(v, a)};
    }
}

length lengths::of(value_id v, int axis) const {
  const std::int64_t recorded = equal_.recorded(v, axis);
  const std::size_t r = equal_.class_of(v, axis);
  // What no argument has is a number: nobody says it.
  if (equal_.is_pinned(r) || named_[r].variable < 0) return {-1, recorded};
  return {named_[r].variable, named_[r].plus + recorded - equal_.recorded(r)};
}

std::vector<length> lengths::of(value_id v) const {
  std::vector<length> all;
  for (int a = 0; a < g_.type_of(v).rank(); ++a) all.push_back(of(v, a));
  return all;
}

}  // namespace tendril::source_text
