// The perceptron by oneDNN: weights in the layout that it prefers, bias and relu fused.
#include "native.hpp"

#ifdef NATIVE_WITH_ONEDNN
#include <dnnl_version.h>
#endif

#if defined(NATIVE_WITH_ONEDNN) && DNNL_VERSION_MAJOR == 2  // 3 describes primitives in another way
#include <omp.h>
#include <dnnl.hpp>

#include <memory>
#include <unordered_map>

namespace native {
namespace {

using dnnl::memory;
constexpr auto f32 = memory::data_type::f32;

class onednn final : public perceptron {
 public:
  onednn(const perceptron_arguments& p, index rows, int threads) : threads_(threads) {
    omp_set_num_threads(threads_);
    memory::desc source({rows, p.extents[0]}, f32, memory::format_tag::nc);
    memory from(source, engine_, nullptr);
    for (std::size_t k = 0; k + 1 < p.extents.size(); ++k) {
      const index in = p.extents[k], out = p.extents[k + 1];
      const memory::desc plain({out, in}, f32, memory::format_tag::oi), any({out, in}, f32, memory::format_tag::any);
      const memory::desc bias({out}, f32, memory::format_tag::a), result({rows, out}, f32, memory::format_tag::nc);
      dnnl::primitive_attr attributes;
      if (k + 2 < p.extents.size()) {
        dnnl::post_ops post;
        post.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0, 0);
        attributes.set_post_ops(post);
      }
      const dnnl::inner_product_forward::primitive_desc layer(
          dnnl::inner_product_forward::desc(dnnl::prop_kind::forward_inference, from.get_desc(), any, bias, result), attributes, engine_);
      memory written(plain, engine_, const_cast<float*>(p.weights[k])), packed(layer.weights_desc(), engine_);
      dnnl::reorder(written, packed).execute(stream_, written, packed);
      stream_.wait();
      // The last result's address is set at each run.
      memory to = k + 2 < p.extents.size() ? memory(result, engine_) : memory(result, engine_, nullptr);
      layers_.emplace_back(layer);
      arguments_.push_back({{DNNL_ARG_SRC, from},
                            {DNNL_ARG_WEIGHTS, packed},
                            {DNNL_ARG_BIAS, memory(bias, engine_, const_cast<float*>(p.biases[k]))},
                            {DNNL_ARG_DST, to}});
      from = to;
    }
  }
  void run(const float* x, float* y) override {
    omp_set_num_threads(threads_);
    arguments_.front()[DNNL_ARG_SRC].set_data_handle(const_cast<float*>(x));
    arguments_.back()[DNNL_ARG_DST].set_data_handle(y);
    for (std::size_t k = 0; k < layers_.size(); ++k) layers_[k].execute(stream_, arguments_[k]);
    stream_.wait();
  }

 private:
  int threads_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::vector<dnnl::inner_product_forward> layers_;
  std::vector<std::unordered_map<int, memory>> arguments_;
};

}  // namespace

std::unique_ptr<perceptron> onednn_perceptron(const perceptron_arguments& p, index rows, int threads) {
  return std::make_unique<onednn>(p, rows, threads);
}

}  // namespace native

#else

namespace native {
std::unique_ptr<perceptron> onednn_perceptron(const perceptron_arguments&, index, int) { return nullptr; }
}  // namespace native

#endif
