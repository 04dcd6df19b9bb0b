// Python's global lock (GIL) and the calls of this module: letting it go, signals, and the end of
// the interpreter.
#pragma once
#include <nanobind/nanobind.h>

namespace wordllama {

namespace nb = nanobind;

// Held by every call from Python, from beginning to end. When the interpreter ends it waits for such
// calls; one that begins later, in a daemon thread, is never heard of again.
class Call {
public:
    Call();
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
};

// The GIL let go, within a Call. The core's checkpoints then look for signals, so that an exception
// of a signal's handler (Ctrl-C) ends the call.
//
// To take the GIL when the interpreter has ended means pthread_exit in CPython up to 3.13, which
// unwinds this module's frames and aborts the process. So a daemon thread that is late is put to
// sleep instead, as CPython does from 3.14 on.
class WithoutGil {
public:
    WithoutGil();
    ~WithoutGil();
    WithoutGil(const WithoutGil&) = delete;
    WithoutGil& operator=(const WithoutGil&) = delete;

private:
    static void look_for_signals(void* self);

    PyThreadState* state_;
};

// Thrown by a checkpoint when a signal's handler has raised an exception, which Python then holds.
struct Signalled {};

// To be called once, when the module is imported.
void watch_for_exit();

}  // namespace wordllama
