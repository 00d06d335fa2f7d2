// oneDNN's library, found at run time: a program that multiplies no large matrices never loads its 40 MB, and one where it is
// missing runs on Eigen. Versions 2 and 3 differ in how memory is described; who multiplies sees `memory_desc` alone.
#pragma once
#include <oneapi/dnnl/dnnl.h>

#include <cstddef>

namespace tendril::onednn {

#if DNNL_VERSION_MAJOR >= 3
#define TENDRIL_ONEDNN_FUNCTIONS_OF_VERSION(X) \
  X(dnnl_memory_desc_create_with_strides)      \
  X(dnnl_memory_desc_create_with_tag)          \
  X(dnnl_memory_desc_clone)                    \
  X(dnnl_memory_desc_destroy)                  \
  X(dnnl_matmul_primitive_desc_create)
#else
#define TENDRIL_ONEDNN_FUNCTIONS_OF_VERSION(X) \
  X(dnnl_memory_desc_init_by_strides)          \
  X(dnnl_memory_desc_init_by_tag)              \
  X(dnnl_matmul_desc_init)                     \
  X(dnnl_primitive_desc_create)
#endif

#define TENDRIL_ONEDNN_FUNCTIONS(X)          \
  TENDRIL_ONEDNN_FUNCTIONS_OF_VERSION(X)     \
  X(dnnl_sgemm)                              \
  X(dnnl_engine_create)                      \
  X(dnnl_stream_create)                      \
  X(dnnl_memory_desc_get_size)               \
  X(dnnl_memory_create)                      \
  X(dnnl_memory_destroy)                     \
  X(dnnl_primitive_attr_create)              \
  X(dnnl_primitive_attr_destroy)             \
  X(dnnl_primitive_attr_set_scratchpad_mode) \
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

/// How a float32 matrix lies in memory: a struct in oneDNN 2, behind a handle in oneDNN 3. Each function but `get` and `bytes` is false
/// where oneDNN refuses.
class memory_desc {
 public:
  memory_desc() = default;
  ~memory_desc();
  memory_desc(const memory_desc&) = delete;
  memory_desc& operator=(const memory_desc&) = delete;

  bool by_strides(const dnnl_dims_t shape, const dnnl_dims_t strides);
  bool by_tag(const dnnl_dims_t shape, dnnl_format_tag_t tag);
  /// As the primitive that `made` describes wants it.
  bool by_query(const_dnnl_primitive_desc_t made, dnnl_query_t what);
#if DNNL_VERSION_MAJOR >= 3
  const_dnnl_memory_desc_t get() const noexcept { return value_; }
#else
  const dnnl_memory_desc_t* get() const noexcept { return &value_; }
#endif
  std::size_t bytes() const { return load()->dnnl_memory_desc_get_size(get()); }

 private:
  dnnl_memory_desc_t value_{};
};

/// Describes c = a · b, with memory for scratch that the caller brings. False where oneDNN refuses.
bool describe_product(dnnl_primitive_desc_t& made, const memory_desc& a, const memory_desc& b, const memory_desc& c);

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
