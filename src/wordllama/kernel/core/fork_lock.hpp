// The one lock under which tables that threads share are written.
#pragma once
#include <mutex>

namespace wordllama {

// A process that forks takes it first, so that its child finds it open and all tables whole, though
// another thread was writing. Nothing may fork, or wait for another thread, while holding it.
std::mutex& fork_lock();

}  // namespace wordllama
