// The ids of the rows of ops.def, for code that expands the table.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

#include <tendril/detail/op_id.hpp>

namespace tendril::detail {

/// The rows in their order.
enum class op_row_index : std::uint16_t {
#define OP(name, ...) name,
#include <tendril/ops.def>
  count,
};
inline constexpr std::size_t op_row_count = static_cast<std::size_t>(op_row_index::count);

// `Id` is op_id: whether it has a name can be asked of a template parameter alone.
template <class Id>
constexpr std::array<Id, op_row_count> ids_of_rows() {
  std::array<Id, op_row_count> ids{};
  std::size_t row = 0;
  std::uint16_t named = 0, unnamed = 0;
#define OP(name, ...)                                                   \
  if constexpr (requires { Id::name; }) ids[row++] = Id::name, ++named; \
  else ids[row++] = Id{static_cast<std::uint16_t>(static_cast<int>(Id::named_ops) + unnamed++)};
#include <tendril/ops.def>
  if (static_cast<int>(Id::group) + 1 + named != static_cast<int>(Id::named_ops)) throw "detail/op_id.hpp names an op that ops.def lacks";
  return ids;
}
inline constexpr auto row_ids = ids_of_rows<op_id>();
static_assert(op_row_count + 3 <= max_ops, "tables of kernels have no place for so many ops: raise max_ops");

/// Whether a row's traits, as text, have the word.
constexpr bool has_word(std::string_view traits, std::string_view word) { return traits.find(word) != std::string_view::npos; }

/// `id_of(op_row_index::name)`: the id of a row by its name.
constexpr op_id id_of(op_row_index row) { return row_ids[static_cast<std::size_t>(row)]; }

}  // namespace tendril::detail
