// The best rows for each query, without a matrix of all scores: every thread takes blocks of rows
// that fit its cache, scores them against all queries, and keeps the best k of what it has seen.
#include <limits>
#include <numeric>

#include "neighbours.hpp"
#include "simd.hpp"
#include "threads.hpp"

namespace wordllama {

namespace {

constexpr size_t block_bytes = 1 << 17;   // of rows, scored at once
constexpr size_t queries_at_once = 32;    // against that many queries
constexpr size_t bytes_a_thread = 1 << 20;  // of work; less is not worth starting a thread for

struct Entry {
    float score;
    int64_t index;
};

bool better(const Entry& a, const Entry& b) {
    return a.score > b.score || (a.score == b.score && a.index < b.index);
}

// The best k so far, as a heap with the worst on top. Rows must come in rising order.
class Shortlist {
public:
    explicit Shortlist(size_t k) : k_(k) {}

    void offer(const float* scores, size_t n, size_t first) {
        size_t j = 0;
        for (; j < n && entries_.size() < k_; ++j) {
            // What is not a number is the worst of all.
            const float score = scores[j] == scores[j] ? scores[j] : worst;
            entries_.push_back({score, int64_t(first + j)});
            std::push_heap(entries_.begin(), entries_.end(), better);
        }
        if (j == n) return;
        float floor = entries_.front().score;
        for (; j < n; ++j) {
            if (!(scores[j] > floor)) continue;
            std::pop_heap(entries_.begin(), entries_.end(), better);
            entries_.back() = {scores[j], int64_t(first + j)};
            std::push_heap(entries_.begin(), entries_.end(), better);
            floor = entries_.front().score;
        }
    }

    const std::vector<Entry>& entries() const { return entries_; }

private:
    static constexpr float worst = -std::numeric_limits<float>::infinity();
    size_t k_;
    std::vector<Entry> entries_;
};

// Scores of queries [from, to) and the rows of one block: (to - from, m). Of bits: minus distances.
void score_block(const Matrix& queries, size_t from, size_t to, const Matrix& rows, size_t first,
                 size_t m, float* out, std::vector<int32_t>& distances) {
    const Loops& loop = loops();
    if (rows.type == Matrix::Type::bits) {
        distances.resize(m);
        for (size_t i = from; i < to; ++i, out += m) {
            loop.distances(queries.row<uint64_t>(i), rows.row<uint64_t>(first), m, rows.width,
                           distances.data());
            for (size_t j = 0; j < m; ++j) out[j] = float(-distances[j]);
        }
        return;
    }
    const float* some = queries.row<float>(from);
    if (rows.type == Matrix::Type::float32) {
        loop.scores(some, to - from, rows.row<float>(first), m, rows.width, out, m);
    } else {
        loop.scores_int8(some, to - from, rows.row<int8_t>(first), m, rows.width, out, m);
    }
    for (size_t i = 0; rows.scale && i < to - from; ++i) {
        for (size_t j = 0; j < m; ++j) out[i * m + j] *= rows.scale[first + j];
    }
}

}  // namespace

Best topk(const Matrix& queries, const Matrix& rows, size_t k, int threads) {
    Best best;
    best.scores.resize(queries.count * k);
    best.indices.resize(queries.count * k);
    if (best.scores.empty()) return best;

    const size_t row_bytes = std::max<size_t>(1, rows.row_bytes());
    const size_t block = std::max<size_t>(16, block_bytes / row_bytes);
    const size_t blocks = (rows.count + block - 1) / block;
    const size_t work = row_bytes * rows.count * queries.count;
    const size_t used = thread_count(threads, std::min(blocks, work / bytes_a_thread));
    std::vector<std::vector<Shortlist>> shortlists(
        used, std::vector<Shortlist>(queries.count, Shortlist(k)));
    std::vector<std::vector<float>> scores(used);
    std::vector<std::vector<int32_t>> distances(used);
    share(blocks, used, [&](size_t task, size_t worker) {
        const size_t first = task * block, m = std::min(block, rows.count - first);
        std::vector<float>& out = scores[worker];
        out.resize(queries_at_once * block);
        for (size_t from = 0; from < queries.count; from += queries_at_once) {
            const size_t to = std::min(queries.count, from + queries_at_once);
            score_block(queries, from, to, rows, first, m, out.data(), distances[worker]);
            for (size_t i = from; i < to; ++i) {
                shortlists[worker][i].offer(out.data() + (i - from) * m, m, first);
            }
        }
    });
    share(queries.count, thread_count(used, queries.count * k >> 14), [&](size_t i, size_t) {
        std::vector<Entry> all;
        for (const auto& list : shortlists) {
            all.insert(all.end(), list[i].entries().begin(), list[i].entries().end());
        }
        std::partial_sort(all.begin(), all.begin() + std::ptrdiff_t(k), all.end(), better);
        for (size_t j = 0; j < k; ++j) {
            const float score = all[j].score;
            const bool bits = rows.type == Matrix::Type::bits;
            best.scores[i * k + j] = bits ? similarity(int32_t(-score), rows.width) : score;
            best.indices[i * k + j] = all[j].index;
        }
    });
    return best;
}

void hamming(const Matrix& a, const Matrix& b, int32_t* out, int threads) {
    const size_t work = a.count * b.row_bytes() * b.count;
    const size_t used = thread_count(threads, std::min(a.count, work / bytes_a_thread));
    constexpr size_t at_once = 1024;  // rows of b, which then lie in the cache
    const size_t task = std::max<size_t>(1, a.count / (8 * used));
    share((a.count + task - 1) / task, used, [&](size_t k, size_t) {
        const size_t end = std::min(a.count, (k + 1) * task);
        for (size_t first = 0; first < b.count; first += at_once) {
            const size_t m = std::min(at_once, b.count - first);
            for (size_t i = k * task; i < end; ++i) {
                loops().distances(a.row<uint64_t>(i), b.row<uint64_t>(first), m, b.width,
                                  out + i * b.count + first);
            }
        }
    });
}

}  // namespace wordllama
