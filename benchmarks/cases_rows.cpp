// The cases that reduce over rows: normalize from ten numbers to ten million, softmax, layernorm.
#include "cases.hpp"

#include <algorithm>

namespace bench {
namespace {

using native::hand;

workload normalize_of(index full, const char* label, const settings& s) {
  setup<double> w(s, std::string("normalize, ") + label + " f64", 1e-12);
  const index n = std::min<index>(full, w.size(full, 20'011));
  using column = setup<double>::column;
  double *x = w.uniform({n}, 0, 10), *y = w.output(n);
  w.hand("", [=] { hand::normalize(x, y, n); });
  if (n >= 1'000'000) w.hand(", streaming stores", [=] { hand::normalize(x, y, n, native::stores::streaming); });
  w.hand_allocating([=] {
    Eigen::ArrayXd z(n);
    hand::normalize(x, z.data(), n);
    native::keep(z.data());
  });
  w.emitted([=] { emitted_normalize(x, y, static_cast<std::size_t>(n)); });
  w.tendril(normalize, [in = column(x, n), out = column(y, n)](const auto& f) {
    auto to = out;
    f.into(to, in);
  });
  w.returning(normalize, [in = column(x, n)](const auto& f) {
    const Eigen::ArrayXd z = f(in);
    native::keep(z.data());
  });
  return std::move(w).naive("normalize");
}

workload softmax_of(const settings& s) {
  setup<float> w(s, "softmax, 256×1024 f32", 1e-6);
  const index rows = w.size(256, 9), columns = w.size(1024, 1003);
  using table = setup<float>::table;
  float *x = w.normal({rows, columns}, 2), *y = w.output(rows * columns);
  w.hand("", [=] { hand::softmax(x, y, rows, columns); });
  w.emitted([=] { emitted_softmax(x, y, static_cast<std::size_t>(rows), static_cast<std::size_t>(columns)); });
  w.tendril(softmax, [in = table(x, rows, columns), out = table(y, rows, columns)](const auto& f) {
    auto to = out;
    f.into(to, in);
  });
  return std::move(w).naive("softmax");
}

workload layernorm_of(const settings& s) {
  setup<float> w(s, "layernorm, 512×768 f32", 4e-6);
  const index rows = w.size(512, 9), columns = w.size(768, 771);
  using column = setup<float>::column;
  using table = setup<float>::table;
  float *x = w.normal({rows, columns}), *g = w.uniform({columns}, 0.5, 1.5), *b = w.normal({columns}), *y = w.output(rows * columns);
  w.hand("", [=] { hand::layernorm(x, g, b, y, rows, columns); });
  w.emitted([=] { emitted_layernorm(x, g, b, y, static_cast<std::size_t>(rows), static_cast<std::size_t>(columns)); });
  w.tendril(layernorm, [in = table(x, rows, columns), scale = column(g, columns), shift = column(b, columns),
                        out = table(y, rows, columns)](const auto& f) {
    auto to = out;
    f.into(to, in, scale, shift);
  });
  return std::move(w).naive("layernorm");
}

}  // namespace

std::vector<named_case> row_cases() {
  std::vector<named_case> all;
  const std::pair<index, const char*> sizes[] = {{10, "10"},       {100, "100"},       {1000, "1e3"},
                                                 {100'000, "1e5"}, {1'000'000, "1e6"}, {10'000'000, "1e7"}};
  for (const auto& [n, label] : sizes)
    all.push_back({std::string("normalize ") + label, [n = n, label = label](const settings& s) { return normalize_of(n, label, s); }});
  all.push_back({"softmax", softmax_of});
  all.push_back({"layernorm", layernorm_of});
  return all;
}

}  // namespace bench
