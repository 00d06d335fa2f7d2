// The slots in which threads keep what they used last of each traced object, as its core sees them.
#pragma once
#include <tendril/detail/trace_core.hpp>

namespace tendril::detail {

/// From here on calls of the object `owner` are counted; until forget_owner.
void know_owner(std::uint64_t owner);
void forget_owner(std::uint64_t owner);
/// The calls of `owner` that slots counted, those that are gone too.
std::uint64_t calls_in_slots(std::uint64_t owner);
/// What some thread has used of `owner` since the last time that this was asked: the fast path tells nobody.
std::vector<const specialization*> used_of(std::uint64_t owner);

/// Remembers `spec` as what this thread uses for `owner`, and holds it.
call_target install(std::uint64_t owner, specialization* spec);
/// Holds it for a call without a slot.
call_target kept(specialization* spec);

}  // namespace tendril::detail
