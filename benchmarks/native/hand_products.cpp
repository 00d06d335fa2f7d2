// The hand-written matrix products: one register tile over a packed right-hand side, for the perceptron and for distances.
#include <algorithm>
#include <memory>

#include "vectors.hpp"

namespace native {
namespace {

constexpr index w = width<float>;
#ifdef __AVX512F__
constexpr int tile_rows = 8;
#else
constexpr int tile_rows = 2;
#endif
constexpr int tile_vectors = 2;

// (columns, depth) packed to panels of two vectors: panel p holds, for each k, columns 32 p to 32 p + 31; zeros beyond the last.
struct panels {
  index columns, depth;
  std::vector<float> values;
  panels(index c, index d) : columns(c), depth(d), values(static_cast<std::size_t>((c + 2 * w - 1) / (2 * w) * 2 * w * d)) {}
  void pack(const float* b) {
    for (index j = 0; j < columns; ++j) {
      float* to = values.data() + j / (2 * w) * 2 * w * depth + j % (2 * w);
      for (index k = 0; k < depth; ++k) to[k * 2 * w] = b[j * depth + k];
    }
  }
  const float* panel(index j) const { return values.data() + j * depth; }  // of a column that is a multiple of 32
};

// term(accumulator, a, b) over k for Rows × 32 results; then done(row, vector, accumulator).
template <int Rows, class Term, class Done>
inline void tile(const float* a, index stride, const float* panel, index depth, Term term, Done done) {
  vf s[Rows][tile_vectors] = {};
  for (index k = 0; k < depth; ++k) {
    const vf b0 = load(panel + k * 2 * w), b1 = load(panel + k * 2 * w + w);
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      const vf v = vf{} + a[r * stride + k];
      s[r][0] = term(s[r][0], v, b0);
      s[r][1] = term(s[r][1], v, b1);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
    for (int v = 0; v < tile_vectors; ++v) done(r, v, s[r][v]);
}

// finish(row, column, accumulator, count) for every vector of the (rows, columns) result.
template <class Term, class Finish>
inline void product(const float* a, index rows, const panels& b, Term term, Finish finish) {
  for (index j = 0; j < b.columns; j += 2 * w) {
    index i = 0;
    const auto done = [&](int r, int v, vf s) {
      const index column = j + v * w, count = std::min(w, b.columns - column);
      if (count > 0) finish(i + r, column, s, count);
    };
    for (; i + tile_rows <= rows; i += tile_rows) tile<tile_rows>(a + i * b.depth, b.depth, b.panel(j), b.depth, term, done);
    for (; i < rows; ++i) tile<1>(a + i * b.depth, b.depth, b.panel(j), b.depth, term, done);
  }
}

inline vf multiplied(vf s, vf a, vf b) { return s + a * b; }

class tiled final : public perceptron {
 public:
  tiled(const perceptron_arguments& p, index rows) : rows_(rows) {
    for (std::size_t k = 0; k + 1 < p.extents.size(); ++k) {
      weights_.emplace_back(p.extents[k + 1], p.extents[k]).pack(p.weights[k]);
      biases_.emplace_back(p.biases[k], p.biases[k] + p.extents[k + 1]);
      hidden_.emplace_back(static_cast<std::size_t>(rows * p.extents[k + 1]));
    }
  }
  void run(const float* x, float* y) override {
    for (std::size_t k = 0; k < weights_.size(); ++k) {
      const bool last = k + 1 == weights_.size();
      float* out = last ? y : hidden_[k].data();
      const float* bias = biases_[k].data();
      const index columns = weights_[k].columns;
      product(x, rows_, weights_[k], multiplied, [&](index row, index column, vf s, index count) {
        vf v = s + load(bias + column, count);
        if (!last) v = v < 0.0f ? vf{} : v;  // NaN stays
        if (count == w) store(out + row * columns + column, v);
        else store(out + row * columns + column, v, count);
      });
      x = out;
    }
  }

 private:
  index rows_;
  std::vector<panels> weights_;
  std::vector<std::vector<float>> biases_, hidden_;
};

template <class T>
panels& packed(const T* b, index m, index depth) {
  static thread_local panels p(m, depth);
  if (p.columns != m || p.depth != depth) p = panels(m, depth);
  p.pack(b);
  return p;
}

}  // namespace

std::unique_ptr<perceptron> tiled_perceptron(const perceptron_arguments& p, index rows) { return std::make_unique<tiled>(p, rows); }

void hand::distances(const float* a, const float* b, float* y, index n, index m, index depth) {
  const auto term = [](vf s, vf u, vf v) {
    const vf d = u - v;
    return s + d * d;
  };
  product(a, n, packed(b, m, depth), term, [&](index row, index column, vf s, index count) {
    if (count == w) store(y + row * m + column, s);
    else store(y + row * m + column, s, count);
  });
}

void hand::distances_product(const float* a, const float* b, float* y, index n, index m, index depth) {
  static thread_local std::vector<float> squares;
  squares.assign(static_cast<std::size_t>(n + m + w), 0);
  const auto square = [&](const float* p) {
    vf s{};
    each_vector<float>(depth, [&](index k, auto count) {
      const vf v = load(p + k, count);
      s += v * v;
    });
    return total(s);
  };
  float *of_b = squares.data(), *of_a = of_b + m + w;
  for (index j = 0; j < m; ++j) of_b[j] = square(b + j * depth);
  for (index i = 0; i < n; ++i) of_a[i] = square(a + i * depth);
  product(a, n, packed(b, m, depth), multiplied, [&](index row, index column, vf s, index count) {
    const vf d = (of_a[row] + load(of_b + column)) - 2.0f * s;
    if (count == w) store(y + row * m + column, d);
    else store(y + row * m + column, d, count);
  });
}

}  // namespace native
