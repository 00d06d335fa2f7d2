// Loading oneDNN at run time.
#include "backends/onednn/library.hpp"

#include <dlfcn.h>

namespace tendril::onednn {
namespace {

template <class F>
bool find(void* handle, const char* name, F& f) noexcept {
  f = reinterpret_cast<F>(dlsym(handle, name));
  return f != nullptr;
}

const library* open() noexcept {
  void* handle = dlopen(TENDRIL_ONEDNN_SONAME, RTLD_NOW | RTLD_LOCAL);
  if (!handle) return nullptr;
  static library l{};
#define X(name) \
  if (!find(handle, #name, l.name)) return nullptr;
  TENDRIL_ONEDNN_FUNCTIONS(X)
#undef X
#if DNNL_CPU_RUNTIME == DNNL_RUNTIME_OMP
  // dlsym looks into what the library itself depends on, so these are the ones that it calls.
  if (!find(handle, "omp_get_max_threads", l.omp_get_max_threads) || !find(handle, "omp_set_num_threads", l.omp_set_num_threads))
    return nullptr;
#endif
  if (l.dnnl_engine_create(&l.engine, dnnl_cpu, 0) != dnnl_success) return nullptr;
  if (l.dnnl_stream_create(&l.stream, l.engine, dnnl_stream_default_flags) != dnnl_success) return nullptr;
  return &l;
}

}  // namespace

const library* load() noexcept {
  static const library* const loaded = open();
  return loaded;
}

}  // namespace tendril::onednn
