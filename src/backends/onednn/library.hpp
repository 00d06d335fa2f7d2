// oneDNN's library, found at run time: a program that multiplies no large matrices never loads its 40 MB, and one where it is
// missing runs on Eigen.
#pragma once
#include <oneapi/dnnl/dnnl.h>

namespace tendril::onednn {

#define TENDRIL_ONEDNN_FUNCTIONS(X)          \
  X(dnnl_sgemm)                              \
  X(dnnl_engine_create)                      \
  X(dnnl_stream_create)                      \
  X(dnnl_memory_desc_init_by_strides)        \
  X(dnnl_memory_desc_init_by_tag)            \
  X(dnnl_memory_desc_get_size)               \
  X(dnnl_memory_create)                      \
  X(dnnl_memory_destroy)                     \
  X(dnnl_matmul_desc_init)                   \
  X(dnnl_primitive_attr_create)              \
  X(dnnl_primitive_attr_destroy)             \
  X(dnnl_primitive_attr_set_scratchpad_mode) \
  X(dnnl_primitive_desc_create)              \
  X(dnnl_primitive_desc_destroy)             \
  X(dnnl_primitive_desc_query_md)            \
  X(dnnl_reorder_primitive_desc_create)      \
  X(dnnl_primitive_create)                   \
  X(dnnl_primitive_destroy)                  \
  X(dnnl_primitive_execute)

/// The functions we call, under their own names; one engine and one stream of the processor.
struct library {
#define X(name) decltype(&::name) name;
  TENDRIL_ONEDNN_FUNCTIONS(X)
#undef X
  int (*omp_get_max_threads)();      ///< of the OpenMP library that this oneDNN runs on; null where it has no threads
  void (*omp_set_num_threads)(int);  ///< sets it for the calling thread alone
  dnnl_engine_t engine;
  dnnl_stream_t stream;
};

/// Null where there is none. Loaded by the first call and kept for ever.
const library* load() noexcept;

/// One thread for what oneDNN does in this scope; the caller's own OpenMP setting is back at its end.
class one_thread {
 public:
  explicit one_thread(const library& l) : library_(l), before_(l.omp_get_max_threads ? l.omp_get_max_threads() : 1) {
    if (before_ != 1) library_.omp_set_num_threads(1);
  }
  ~one_thread() {
    if (before_ != 1) library_.omp_set_num_threads(before_);
  }
  one_thread(const one_thread&) = delete;

 private:
  const library& library_;
  int before_;
};

}  // namespace tendril::onednn
