// The ops of frontends that have a kernel of their own: saved files hold them, where all others were decomposed.
#pragma once
#include <tendril/graph.hpp>

namespace tendril::frontends {

/// 0 of the operand's dtype, or an error: added to the operand it makes the check happen before its use.
const op_record& check_record();
/// Places in a sorted sequence that may hold NaN, as torch finds them.
const op_record& places_record();

}  // namespace tendril::frontends
