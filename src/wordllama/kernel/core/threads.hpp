// A loop over tasks, shared among threads that live as long as the call, and how a call is stopped.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace wordllama {

// How many threads to use where `wanted` (0: one per core) are allowed and there is work for `most`.
inline size_t thread_count(int wanted, size_t most) {
    static const size_t cores = std::max(1u, std::thread::hardware_concurrency());
    return std::max<size_t>(1, std::min(wanted > 0 ? size_t(wanted) : cores, most));
}

// a * b, or the largest number where that is too large: how much work there is, as a measure.
inline size_t saturating_product(size_t a, size_t b) {
    size_t product;
    return __builtin_mul_overflow(a, b, &product) ? SIZE_MAX : product;
}

// Asked now and then in the thread that called the core; throws to stop the call. Python's bindings
// look for signals in it. Other threads of the call have none: they see that it has been stopped.
struct Interrupt {
    static constexpr std::chrono::milliseconds interval{50};

    void (*ask)(void* context) = nullptr;
    void* context = nullptr;
    std::chrono::steady_clock::time_point next{};  // set at the first checkpoint
};

inline thread_local Interrupt interrupt;
inline thread_local const std::atomic<bool>* stopped = nullptr;  // the flag of the call at work here

struct Stopped {};  // thrown where another thread has stopped the call

// To be called between pieces of work, in any thread of a call, every few microseconds or more.
inline void checkpoint() {
    if (stopped && stopped->load(std::memory_order_relaxed)) throw Stopped();
    if (!interrupt.ask) return;
    const auto now = std::chrono::steady_clock::now();
    if (now < interrupt.next) return;
    const bool first = interrupt.next == std::chrono::steady_clock::time_point{};
    interrupt.next = now + Interrupt::interval;
    if (!first) interrupt.ask(interrupt.context);
}

// The threads of a call, and the first exception in any of them.
class Team {
public:
    Team() = default;
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    // Starts run() in up to `count` threads more; fewer where the system gives no more.
    template <class Run>
    void start(size_t count, const Run& run) {
        threads_.reserve(count);
        try {
            for (size_t i = 0; i < count; ++i) {
                threads_.emplace_back([this, &run, i] {
                    guarded([&] { run(i + 1); });
                    const std::lock_guard<std::mutex> lock(mutex_);
                    ++ended_;
                    all_ended_.notify_one();
                });
            }
        } catch (const std::exception&) {
            // No thread or no memory for one: those that there are do the work.
        }
    }

    // Calls f in this thread; an exception stops all others.
    template <class F>
    void guarded(const F& f) noexcept {
        stopped = &stop_;
        try {
            f();
        } catch (const Stopped&) {
        } catch (...) {
            const std::lock_guard<std::mutex> lock(mutex_);
            if (!failure_) failure_ = std::current_exception();
            stop_.store(true);
        }
        stopped = nullptr;
    }

    // Waits for all threads, asking `interrupt` meanwhile, and throws the first exception.
    void finish() {
        std::unique_lock<std::mutex> lock(mutex_);
        while (ended_ < threads_.size()) {
            all_ended_.wait_for(lock, Interrupt::interval);
            lock.unlock();
            guarded(checkpoint);
            lock.lock();
        }
        lock.unlock();
        for (std::thread& thread : threads_) thread.join();
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    std::atomic<bool> stop_{false};
    std::mutex mutex_;
    std::condition_variable all_ended_;
    size_t ended_ = 0;
    std::exception_ptr failure_;
    std::vector<std::thread> threads_;
};

// Calls work(task, worker) for every task < tasks, worker < threads. A worker's tasks come in rising
// order. The first exception is thrown.
template <class Work>
void share(size_t tasks, size_t threads, const Work& work) {
    threads = std::min(threads, tasks);
    if (threads <= 1) {
        for (size_t task = 0; task < tasks; ++task) {
            if (task > 0) checkpoint();
            work(task, size_t(0));
        }
        return;
    }
    std::atomic<size_t> next{0};
    const auto run = [&](size_t worker) {
        for (size_t task; (task = next.fetch_add(1)) < tasks;) {
            checkpoint();
            work(task, worker);
        }
    };
    Team team;
    team.start(threads - 1, run);
    team.guarded([&] { run(0); });
    team.finish();
}

}  // namespace wordllama
