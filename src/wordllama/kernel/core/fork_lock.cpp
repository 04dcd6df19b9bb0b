#include "fork_lock.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#define WORDLLAMA_FORKS
#endif

namespace wordllama {

namespace {

std::mutex lock;

#ifdef WORDLLAMA_FORKS
const int registered = pthread_atfork([] { lock.lock(); }, [] { lock.unlock(); },
                                      [] { lock.unlock(); });
#endif

}  // namespace

std::mutex& fork_lock() { return lock; }

}  // namespace wordllama
