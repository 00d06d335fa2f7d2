// What a backend is to the engine, and how the engine asks one for a kernel. Who there is, backends/backends.cpp knows alone.
#pragma once
#include <string_view>

#include "kernels/kernels.hpp"
#include "kernels/prepared.hpp"

namespace tendril::engine {
struct code_text;
}

namespace tendril {

/// An engine: its tables, the backend that serves what the tables lack, and its compiler, if it has one.
class backend {
 public:
  std::string_view name;
  const engine::block_table* blocks;
  const engine::whole_table* whole;
  const backend* fallback;
  const engine::compiler* compiler = nullptr;
  engine::code_text (*code_of)(const engine::stage_program&) = nullptr;  ///< the machine code that the compiler made of it
  /// Kernels made for one step, or null.
  engine::preparer prepare = nullptr;
};

namespace detail {

/// Throws backend_error naming `who` for an unknown or unavailable backend. An empty name is the current one.
const backend& find_backend(std::string_view who, std::string_view name);

/// A kernel and the backend that owns it.
template <class Kernel>
struct found {
  Kernel kernel = nullptr;
  const backend* owner = nullptr;
  explicit operator bool() const noexcept { return kernel != nullptr; }
};
found<engine::block_kernel> find_block(const backend&, op_id, dtype operands) noexcept;
found<engine::block_kernel> find_convert(const backend&, dtype from, dtype to) noexcept;
found<engine::reduce_kernel> find_reduce(const backend&, engine::reduction, dtype) noexcept;
found<engine::moments_kernel> find_moments(const backend&, dtype) noexcept;
found<engine::seek_kernel> find_seek(const backend&, dtype) noexcept;
found<engine::best_kernel> find_best(const backend&, bool largest, dtype) noexcept;
found<engine::whole_kernel> find_whole(const backend&, op_id, dtype operands) noexcept;

}  // namespace detail
}  // namespace tendril
