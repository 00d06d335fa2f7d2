// What arithmetic and the ops on bits mean for bool.
#include "ops/op_table.hpp"

#include <tendril/detail/op_id.hpp>

namespace tendril::detail {

const op_record* logical_form(op_id id) noexcept {
  switch (id) {
    case op_id::add:
    case op_id::maximum: return &record_of(op_id::logical_or);
    case op_id::multiply:
    case op_id::minimum: return &record_of(op_id::logical_and);
    case op_id::max: return &record_of(op_id::any);
    case op_id::min: return &record_of(op_id::all);
    default: return nullptr;
  }
}

const op_record* logic_of_bits(op_id id) noexcept {
  switch (id) {
    case op_id::bitwise_and: return &record_of(op_id::logical_and);
    case op_id::bitwise_or: return &record_of(op_id::logical_or);
    case op_id::bitwise_xor: return &record_of(op_id::logical_xor);
    case op_id::bitwise_invert: return &record_of(op_id::logical_not);
    default: return nullptr;
  }
}

}  // namespace tendril::detail
