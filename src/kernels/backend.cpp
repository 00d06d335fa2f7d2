// The look-up of kernels: a backend's own, else those of the one that it falls back to.
#include "kernels/backend.hpp"

namespace tendril::detail {
namespace {

template <class Kernel, class Get>
found<Kernel> search(const backend& b, Get get) noexcept {
  for (const backend* i = &b; i; i = i->fallback)
    if (Kernel k = get(*i)) return {k, i};
  return {};
}
constexpr std::size_t index(dtype d) { return static_cast<std::size_t>(d); }
constexpr std::size_t index(op_id o) { return static_cast<std::size_t>(o); }

}  // namespace

found<engine::block_kernel> find_block(const backend& b, op_id op, dtype d) noexcept {
  return search<engine::block_kernel>(b, [&](const backend& i) { return i.blocks->elementwise[index(op)][index(d)]; });
}
found<engine::block_kernel> find_convert(const backend& b, dtype from, dtype to) noexcept {
  return search<engine::block_kernel>(b, [&](const backend& i) { return i.blocks->convert[index(from)][index(to)]; });
}
found<engine::reduce_kernel> find_reduce(const backend& b, engine::reduction r, dtype d) noexcept {
  return search<engine::reduce_kernel>(b, [&](const backend& i) { return i.blocks->reduce[static_cast<std::size_t>(r)][index(d)]; });
}
found<engine::moments_kernel> find_moments(const backend& b, dtype d) noexcept {
  return search<engine::moments_kernel>(b, [&](const backend& i) { return i.blocks->moments[index(d)]; });
}
found<engine::seek_kernel> find_seek(const backend& b, dtype d) noexcept {
  return search<engine::seek_kernel>(b, [&](const backend& i) { return i.blocks->seek[index(d)]; });
}
found<engine::best_kernel> find_best(const backend& b, bool largest, dtype d) noexcept {
  return search<engine::best_kernel>(b, [&](const backend& i) { return (largest ? i.blocks->largest : i.blocks->smallest)[index(d)]; });
}
found<engine::whole_kernel> find_whole(const backend& b, op_id op, dtype d) noexcept {
  return search<engine::whole_kernel>(b, [&](const backend& i) { return i.whole->kernel[index(op)][index(d)]; });
}

}  // namespace tendril::detail
