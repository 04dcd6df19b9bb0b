// Every call must end with its result or std::bad_alloc, whichever allocation fails, on all threads.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>

#include "embed.hpp"
#include "index_searches.hpp"
#include "neighbours.hpp"

namespace {

std::atomic<long> left{-1};  // allocations until one fails; below 0: none does

void* allocate(size_t size, size_t alignment) {
    if (left.load() >= 0 && left.fetch_sub(1) == 0) throw std::bad_alloc();
    void* room = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (!room) throw std::bad_alloc();
    return room;
}

}  // namespace

void* operator new(size_t size) { return allocate(size ? size : 1, alignof(std::max_align_t)); }
void* operator new(size_t size, std::align_val_t alignment) {
    return allocate(size ? size : 1, size_t(alignment));
}
void* operator new(size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(size ? size : 1);  // whoever calls it can do with nothing
}
void operator delete(void* room, const std::nothrow_t&) noexcept { std::free(room); }
void operator delete(void* room) noexcept { std::free(room); }
void operator delete(void* room, size_t) noexcept { std::free(room); }
void operator delete(void* room, std::align_val_t) noexcept { std::free(room); }
void operator delete(void* room, size_t, std::align_val_t) noexcept { std::free(room); }

namespace {

using namespace wordllama;

// Lets the first, second, ... allocation fail (of many only a share) until the call needs fewer. `call`
// gives whether its result is right.
bool survives(const char* name, const std::function<bool()>& call) {
    long failed = 0;
    for (bool enough = false; !enough; failed += 1 + failed / 20) {
        left = failed;
        try {
            if (!call()) {
                std::printf("%s: wrong after allocation %ld failed\n", name, failed);
                return false;
            }
        } catch (const std::bad_alloc&) {
        }
        enough = left.load() >= 0;
        left = -1;
    }
    std::printf("%s: right whichever allocation fails, of up to %ld\n", name, failed);
    return true;
}

}  // namespace

int main() {
    constexpr size_t n = 1000, dim = 64;
    std::vector<float> values(n * dim);
    for (size_t i = 0; i < values.size(); ++i) values[i] = float(int(i * 7919 % 1000) - 500) / 5000;
    const Matrix rows{values.data(), Matrix::Type::float32, n, dim};
    const Matrix queries{values.data(), Matrix::Type::float32, 40, dim};
    const Matrix bits{values.data(), Matrix::Type::bits, n, dim / 2};
    const Best best = topk(queries, rows, 5, Measure::cosine, 1);
    const Pairs pairs = pairs_above(rows, rows, true, 0.4f, 1);

    CutRules rules;
    rules.kind = CutRules::Kind::spaces;
    rules.space = " ";
    const Cutter cutter(rules);
    std::vector<std::string> held;
    for (size_t i = 0; i < 100; ++i) {
        held.emplace_back();
        for (size_t j = 0; j < 1000; ++j) held.back() += (j ? " " : "") + std::to_string(i * j % 97);
    }
    const Texts texts(held.begin(), held.end());

    const bool right =
        survives("topk", [&] { return topk(queries, rows, 5, Measure::cosine, 3).indices == best.indices; }) &&
        survives("pairs", [&] { return pairs_above(rows, rows, true, 0.4f, 3).j == pairs.j; }) &&
        survives("hamming", [&] {
            std::vector<int32_t> distances(40 * n);
            hamming({bits.data, bits.type, 40, bits.width}, bits, distances.data(), 3);
            return distances[0] == 0;
        }) &&
        survives("an index", [] {
            const IndexSearches searches;
            return searches.found(3) == searches.found(1);
        });
    Table table(SIZE_MAX);
    const int32_t id = 1;
    const bool kept = survives("embed", [&] {
        const Embedder embedder(table, cutter, nullptr);
        std::vector<std::vector<int32_t>> ids(texts.size());
        const Left first = embedder.token_ids(texts, nullptr, nullptr, ids, 3);
        for (const std::string& piece : first.unseen) {
            table.insert(table.hasher().piece(piece), &id, 1);
        }
        embedder.token_ids(texts, &first.pending, nullptr, ids, 3);
        for (const auto& list : ids) {
            if (list != std::vector<int32_t>(1000, 1)) return false;
        }
        return true;
    });
    return right && kept ? 0 : 1;
}
