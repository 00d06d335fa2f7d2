// The slots in which threads keep what they used last of each traced object, as its core sees them.
#pragma once
#include <tendril/detail/trace_core.hpp>

namespace tendril::detail {

/// From here on calls of the object `owner` are counted; until forget_owner.
void know_owner(std::uint64_t owner);
void forget_owner(std::uint64_t owner);
/// The calls of `owner` that slots counted, those that are gone too.
std::uint64_t calls_in_slots(std::uint64_t owner);
/// Marks as `used` what some thread's slots have used of `owner` since the last time that this was asked: the fast path tells nobody.
void mark_used(std::uint64_t owner);

/// Remembers `spec` as what this thread uses for `owner` where the arguments come in the containers of `r`, and holds it.
call_target install(std::uint64_t owner, specialization* spec, const call_arguments& r);
/// What this thread's slots have for `owner` in other containers, if `same(specialization)`, bound to those of `r` too; else nothing.
call_target rebind_slot(std::uint64_t owner, const call_arguments& r, bool (*same)(const specialization&, const call_arguments&));
/// Holds it for a call without a slot.
call_target kept(specialization* spec);

}  // namespace tendril::detail
