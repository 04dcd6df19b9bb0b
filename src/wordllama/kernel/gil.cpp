#include "gil.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <thread>

#include "core/threads.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#define WORDLLAMA_FORKS
#endif

namespace wordllama {

namespace {

using namespace std::chrono_literals;

// Calls that run with the GIL, or wait for it. Whoever adds itself looks at `exiting` afterwards, and
// whoever sets `exiting` looks at `inside` afterwards: one of the two sees the other.
std::atomic<int> inside{0};
std::atomic<bool> exiting{false};
std::thread::id exiting_thread;  // which goes on as before

constexpr auto longest_wait = 10s;  // for a tokenizer's callback, say

#ifdef WORDLLAMA_FORKS
// The other threads' calls are not in the child.
const int registered = pthread_atfork(nullptr, nullptr, [] { inside.store(0); });
#endif

[[noreturn]] void sleep_for_ever() {
    for (;;) std::this_thread::sleep_for(1h);
}

bool too_late() { return exiting.load() && std::this_thread::get_id() != exiting_thread; }

// At exit, before the interpreter is taken down.
void wait_for_calls() {
    exiting_thread = std::this_thread::get_id();
    exiting.store(true);
    PyThreadState* const state = PyEval_SaveThread();
    const auto end = std::chrono::steady_clock::now() + longest_wait;
    while (inside.load() > 0 && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(1ms);
    }
    PyEval_RestoreThread(state);
}

void take_gil(PyThreadState* state) {
    inside.fetch_add(1);
    if (too_late()) {
        inside.fetch_sub(1);
        sleep_for_ever();
    }
    PyEval_RestoreThread(state);
}

PyThreadState* let_gil_go() {
    PyThreadState* const state = PyEval_SaveThread();
    inside.fetch_sub(1);
    return state;
}

}  // namespace

Call::Call() {
    inside.fetch_add(1);
    if (too_late()) {
        let_gil_go();
        sleep_for_ever();
    }
}

Call::~Call() { inside.fetch_sub(1); }

WithoutGil::WithoutGil() : state_(let_gil_go()) {
    interrupt = {look_for_signals, this, {}};
}

WithoutGil::~WithoutGil() {
    interrupt = {};
    take_gil(state_);
}

void WithoutGil::look_for_signals(void* self) {
    PyThreadState*& state = static_cast<WithoutGil*>(self)->state_;
    take_gil(state);
    const bool raised = PyErr_CheckSignals() != 0;
    state = let_gil_go();
    if (raised) throw Signalled();
}

void watch_for_exit() {
    nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
        try {
            std::rethrow_exception(thrown);
        } catch (const Signalled&) {
            // Python's exception is set already.
        }
    });
    nb::module_::import_("atexit").attr("register")(nb::cpp_function(&wait_for_calls));
}

}  // namespace wordllama
