// What a thread gives back when it ends.
#pragma once

namespace tendril::engine {

/// `end` runs when this thread ends, after the destructors of its thread_local objects; several run in reverse order. False where they have
/// run already. The main thread's do not run: the process ends with it.
///
/// A thread_local object with a destructor would do as much, and keep a module that Tendril is linked into from being unloaded as long as
/// a thread that has called it lives. When the module is unloaded, what runs here is forgotten.
bool at_thread_end(void (*end)()) noexcept;

}  // namespace tendril::engine
