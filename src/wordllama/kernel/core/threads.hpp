// A loop over tasks, shared among threads that live as long as the call.
#pragma once
#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace wordllama {

// How many threads to use where `wanted` (0: one per core) are allowed and there is work for `most`.
inline size_t thread_count(int wanted, size_t most) {
    static const size_t cores = std::max(1u, std::thread::hardware_concurrency());
    return std::max<size_t>(1, std::min(wanted > 0 ? size_t(wanted) : cores, most));
}

// Calls work(task, worker) for every task < tasks, worker < threads. A worker's tasks come in rising
// order. The first exception is thrown.
template <class Work>
void share(size_t tasks, size_t threads, const Work& work) {
    threads = std::min(threads, tasks);
    if (threads <= 1) {
        for (size_t task = 0; task < tasks; ++task) work(task, size_t(0));
        return;
    }
    std::atomic<size_t> next{0};
    std::exception_ptr failure;
    std::mutex failing;
    const auto run = [&](size_t worker) {
        try {
            for (size_t task; (task = next.fetch_add(1)) < tasks;) work(task, worker);
        } catch (...) {
            next.store(tasks);
            const std::lock_guard<std::mutex> lock(failing);
            if (!failure) failure = std::current_exception();
        }
    };
    std::vector<std::thread> others;
    others.reserve(threads - 1);
    try {
        for (size_t worker = 1; worker < threads; ++worker) others.emplace_back(run, worker);
    } catch (const std::system_error&) {
        // The system gives no more threads: those that there are do the work.
    }
    run(0);
    for (std::thread& other : others) other.join();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace wordllama
