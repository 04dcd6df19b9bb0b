// A child that is forked while other threads write to tables must find them whole and unlocked.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "table.hpp"

using namespace wordllama;

namespace {

constexpr int forks = 200;
constexpr unsigned longest = 20;  // seconds for a child, which needs a thousandth of one

void write(Table& table, size_t number) {
    const std::string piece = "piece " + std::to_string(number);
    const int32_t ids[] = {int32_t(number), 1, 2, 3};
    table.insert_shared(table.hasher().piece(piece), ids, 4);
}

// Everything that is there is whole, and more can be written.
bool right(Table& table) {
    bool whole = true;
    table.each([&](const Piece& piece) {
        const Slot* slot = table.find(table.hasher().piece(piece.text()));
        whole &= slot && slot->count == 4 && "piece " + std::to_string(slot->ids()[0]) == piece.text();
    });
    for (size_t i = 0; i < 100; ++i) write(table, i);
    return whole;
}

}  // namespace

int main() {
    Table table(size_t(1) << 20);
    std::atomic<bool> done{false};
    std::vector<std::thread> writers;
    for (size_t t = 0; t < 3; ++t) {
        writers.emplace_back([&, t] {
            for (size_t i = 0; !done; ++i) write(table, i % 3000 * 3 + t);
        });
    }
    int failures = 0;
    for (int i = 0; i < forks; ++i) {
        const pid_t child = fork();
        if (child == 0) {
            alarm(longest);  // ends it where it hangs
            _exit(right(table) ? 0 : 1);
        }
        int status = 1;
        waitpid(child, &status, 0);
        failures += status != 0;
    }
    done = true;
    for (std::thread& writer : writers) writer.join();
    std::printf("%d of %d children failed\n", failures, forks);
    return failures == 0 ? 0 : 1;
}
