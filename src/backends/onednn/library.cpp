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

bool ok(dnnl_status_t s) { return s == dnnl_success; }

}  // namespace

const library* load() noexcept {
  static const library* const loaded = open();
  return loaded;
}

#if DNNL_VERSION_MAJOR >= 3

namespace {

// A new description takes the place of the one before.
bool replace(dnnl_memory_desc_t& value, dnnl_status_t s, const dnnl_memory_desc_t& made) {
  if (!ok(s)) return false;
  if (value) load()->dnnl_memory_desc_destroy(value);
  value = made;
  return true;
}

}  // namespace

memory_desc::~memory_desc() {
  if (value_) load()->dnnl_memory_desc_destroy(value_);
}
bool memory_desc::by_strides(const dnnl_dims_t shape, const dnnl_dims_t strides) {
  dnnl_memory_desc_t made = nullptr;
  return replace(value_, load()->dnnl_memory_desc_create_with_strides(&made, 2, shape, dnnl_f32, strides), made);
}
bool memory_desc::by_tag(const dnnl_dims_t shape, dnnl_format_tag_t tag) {
  dnnl_memory_desc_t made = nullptr;
  return replace(value_, load()->dnnl_memory_desc_create_with_tag(&made, 2, shape, dnnl_f32, tag), made);
}
bool memory_desc::by_query(const_dnnl_primitive_desc_t of, dnnl_query_t what) {
  const library& l = *load();
  dnnl_memory_desc_t made = nullptr;
  const auto* const found = l.dnnl_primitive_desc_query_md(of, what, 0);  // dies with `of`
  return found && replace(value_, l.dnnl_memory_desc_clone(&made, found), made);
}

#else

memory_desc::~memory_desc() = default;
bool memory_desc::by_strides(const dnnl_dims_t shape, const dnnl_dims_t strides) {
  return ok(load()->dnnl_memory_desc_init_by_strides(&value_, 2, shape, dnnl_f32, strides));
}
bool memory_desc::by_tag(const dnnl_dims_t shape, dnnl_format_tag_t tag) {
  return ok(load()->dnnl_memory_desc_init_by_tag(&value_, 2, shape, dnnl_f32, tag));
}
bool memory_desc::by_query(const_dnnl_primitive_desc_t of, dnnl_query_t what) {
  const dnnl_memory_desc_t* const found = load()->dnnl_primitive_desc_query_md(of, what, 0);
  if (found) value_ = *found;
  return found != nullptr;
}

#endif

bool describe_product(dnnl_primitive_desc_t& made, const memory_desc& a, const memory_desc& b, const memory_desc& c) {
  const library& l = *load();
  dnnl_primitive_attr_t settings = nullptr;
  if (!ok(l.dnnl_primitive_attr_create(&settings))) return false;
  bool done = ok(l.dnnl_primitive_attr_set_scratchpad_mode(settings, dnnl_scratchpad_mode_user));
#if DNNL_VERSION_MAJOR >= 3
  done = done && ok(l.dnnl_matmul_primitive_desc_create(&made, l.engine, a.get(), b.get(), nullptr, c.get(), settings));
#else
  dnnl_matmul_desc_t op;
  done = done && ok(l.dnnl_matmul_desc_init(&op, a.get(), b.get(), nullptr, c.get())) &&
         ok(l.dnnl_primitive_desc_create(&made, &op, settings, l.engine, nullptr));
#endif
  l.dnnl_primitive_attr_destroy(settings);
  return done;
}

}  // namespace tendril::onednn
