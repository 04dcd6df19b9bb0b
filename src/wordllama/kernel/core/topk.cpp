// Scores of rows, and the best rows for each query, without a matrix of all scores: every thread takes
// blocks of rows that fit its cache, scores them against many queries, and keeps the best k of what it
// has seen.
#include <cmath>
#include <cstring>
#include <limits>

#include "neighbours.hpp"
#include "shortlist.hpp"
#include "simd.hpp"
#include "threads.hpp"

namespace wordllama {

namespace {

constexpr size_t block_bytes = 1 << 17;   // of rows, scored at once
constexpr size_t queries_at_once = 32;    // against that many queries
constexpr size_t bytes_a_thread = 1 << 20;  // of work; less is not worth starting a thread for
constexpr size_t shortlist_bytes = 64 << 20;  // of all threads; more queries wait for the next pass

// The queries as they are, or for cosines a copy of unit length.
class Queries {
public:
    Queries(const Matrix& queries, Measure measure) : matrix(queries) {
        if (measure != Measure::cosine || queries.type != Matrix::Type::float32) return;
        units_.assign(queries.row<float>(0), queries.row<float>(queries.count));
        for (size_t i = 0; i < queries.count; ++i) {
            float* unit = units_.data() + i * queries.width;
            loops().unit(unit, queries.width);
            if (!loops().finite(unit, queries.width)) std::fill_n(unit, queries.width, NAN);
        }
        matrix.data = units_.data();
    }

    Matrix matrix;

private:
    std::vector<float> units_;
};

// Scores a block of rows against some queries, with what a thread needs to do so.
class Scorer {
public:
    Scorer(const Matrix& queries, const Matrix& rows, Measure measure)
        : queries_(queries), rows_(rows),
          cosine_(measure == Measure::cosine && rows.type != Matrix::Type::bits) {}

    // Rows [first, first + m).
    void begin(size_t first, size_t m) {
        first_ = first;
        m_ = m;
        if (!cosine_) return;
        factors_.resize(m);
        extreme_.clear();
        for (size_t j = 0; j < m; ++j) {
            const double length = length_of(first + j);
            // Of shorter and longer rows the products may leave float32's range.
            const bool usual = length > 1e-30 && length < 1e30;
            factors_[j] = usual ? float(1 / length) : length == 0 ? 0 : NAN;
            if (!usual && length > 0 && std::isfinite(length)) extreme_.push_back(j);
        }
    }

    // out[i * stride + j] = score of query from + i and row first + j, for i < n, j < m.
    void score(size_t from, size_t n, float* out, size_t stride) {
        const Loops& loop = loops();
        if (rows_.type == Matrix::Type::bits) return score_bits(from, n, out, stride);
        const float* queries = queries_.row<float>(from);
        if (rows_.type == Matrix::Type::float32) {
            loop.scores(queries, n, rows_.row<float>(first_), m_, rows_.width, out, stride);
        } else {
            loop.scores_int8(queries, n, rows_.row<int8_t>(first_), m_, rows_.width, out, stride);
        }
        const float* factors = cosine_       ? factors_.data()
                               : rows_.scale ? rows_.scale + first_
                                             : nullptr;
        for (size_t i = 0; factors && i < n; ++i) {
            for (size_t j = 0; j < m_; ++j) out[i * stride + j] *= factors[j];
        }
        for (size_t e = 0; cosine_ && e < extreme_.size(); ++e) {
            const float* row = rows_.row<float>(first_ + extreme_[e]);
            unit_.assign(row, row + rows_.width);
            loop.unit(unit_.data(), rows_.width);
            loop.scores(queries, n, unit_.data(), 1, rows_.width, out + extreme_[e], stride);
        }
    }

private:
    double length_of(size_t i) const {
        return rows_.type == Matrix::Type::float32
                   ? loops().length(rows_.row<float>(i), rows_.width)
                   : loops().length_int8(rows_.row<int8_t>(i), rows_.width);
    }

    void score_bits(size_t from, size_t n, float* out, size_t stride) {
        distances_.resize(m_);
        for (size_t i = 0; i < n; ++i) {
            loops().distances(queries_.row<uint64_t>(from + i), rows_.row<uint64_t>(first_), m_,
                              rows_.width, distances_.data());
            float* to = out + i * stride;
            for (size_t j = 0; j < m_; ++j) to[j] = similarity(distances_[j], rows_.width);
        }
    }

    const Matrix queries_, rows_;
    const bool cosine_;
    size_t first_ = 0, m_ = 0;
    std::vector<float> factors_, unit_;
    std::vector<size_t> extreme_;
    std::vector<int32_t> distances_;
};

// Rows from anywhere, copied to stand in a row.
class Gathered {
public:
    Matrix take(const Matrix& rows, const int64_t* at, size_t m) {
        const size_t bytes = rows.row_bytes();
        bytes_.resize(m * bytes);
        for (size_t i = 0; i < m; ++i) {
            std::memcpy(bytes_.data() + i * bytes, rows.row<char>(0) + size_t(at[i]) * bytes, bytes);
        }
        Matrix taken{bytes_.data(), rows.type, m, rows.width};
        if (rows.scale) {
            scale_.resize(m);
            for (size_t i = 0; i < m; ++i) scale_[i] = rows.scale[at[i]];
            taken.scale = scale_.data();
        }
        return taken;
    }

private:
    std::vector<char> bytes_;
    std::vector<float> scale_;
};

// How the work is shared: blocks of rows, and threads.
struct Plan {
    size_t block, blocks, threads;

    Plan(const Matrix& queries, const Matrix& rows, int wanted) {
        block = std::max<size_t>(16, block_bytes / rows.row_bytes());
        blocks = (rows.count + block - 1) / block;
        const size_t work = saturating_product(rows.row_bytes() * rows.count, queries.count);
        threads = thread_count(wanted, std::min(blocks, work / bytes_a_thread));
    }
};

// The k best rows for queries [begin, end), into `best`.
void topk_of(const Matrix& queries, const Matrix& rows, size_t k, Measure measure,
             const Plan& plan, size_t begin, size_t end, Best& best) {
    std::vector<std::vector<Shortlist>> shortlists(
        plan.threads, std::vector<Shortlist>(end - begin, Shortlist(k)));
    std::vector<Scorer> scorers(plan.threads, Scorer(queries, rows, measure));
    std::vector<std::vector<float>> scores(plan.threads);
    share(plan.blocks, plan.threads, [&](size_t task, size_t worker) {
        const size_t first = task * plan.block, m = std::min(plan.block, rows.count - first);
        std::vector<float>& out = scores[worker];
        out.resize(queries_at_once * plan.block);
        scorers[worker].begin(first, m);
        for (size_t from = begin; from < end; from += queries_at_once) {
            const size_t n = std::min(queries_at_once, end - from);
            scorers[worker].score(from, n, out.data(), m);
            for (size_t i = 0; i < n; ++i) {
                shortlists[worker][from - begin + i].offer(out.data() + i * m, m, first);
            }
            checkpoint();
        }
    });
    const size_t sorting = saturating_product(end - begin, k) >> 14;
    share(end - begin, thread_count(int(plan.threads), sorting), [&](size_t i, size_t) {
        std::vector<Entry> all;
        for (const auto& list : shortlists) {
            all.insert(all.end(), list[i].entries().begin(), list[i].entries().end());
        }
        const auto kth = all.begin() + std::ptrdiff_t(k);
        if (kth != all.end()) std::nth_element(all.begin(), kth, all.end(), better);
        std::sort(all.begin(), kth, better);
        for (size_t j = 0; j < k; ++j) {
            best.scores[(begin + i) * k + j] = all[j].score;
            best.indices[(begin + i) * k + j] = all[j].index;
        }
    });
}

}  // namespace

Best topk(const Matrix& queries, const Matrix& rows, size_t k, Measure measure, int threads) {
    Best best;
    best.scores.resize(queries.count * k);
    best.indices.resize(queries.count * k);
    if (best.scores.empty()) return best;
    const Queries scored(queries, measure);
    const Plan plan(queries, rows, threads);
    const size_t list_bytes = saturating_product(plan.threads * sizeof(Entry), k);
    const size_t at_once = std::max<size_t>(1, shortlist_bytes / list_bytes);
    for (size_t begin = 0; begin < queries.count; begin += at_once) {
        const size_t end = begin + std::min(at_once, queries.count - begin);
        topk_of(scored.matrix, rows, k, measure, plan, begin, end, best);
    }
    return best;
}

void scores(const Matrix& queries, const Matrix& rows, Measure measure, const int64_t* at, size_t n,
            float* out, int threads) {
    if (queries.count == 0 || n == 0) return;
    const Queries scored(queries, measure);
    Matrix chosen = rows;
    chosen.count = n;
    const Plan plan(queries, chosen, threads);
    std::vector<Gathered> gathered(plan.threads);
    share(plan.blocks, plan.threads, [&](size_t task, size_t worker) {
        const size_t first = task * plan.block, m = std::min(plan.block, n - first);
        const Matrix part = at ? gathered[worker].take(rows, at + first, m) : rows;
        Scorer scorer(scored.matrix, part, measure);
        scorer.begin(at ? 0 : first, m);
        for (size_t from = 0; from < queries.count; from += queries_at_once) {
            const size_t some = std::min(queries_at_once, queries.count - from);
            scorer.score(from, some, out + from * n + first, n);
            checkpoint();
        }
    });
}

void hamming(const Matrix& a, const Matrix& b, int32_t* out, int threads) {
    const size_t work = saturating_product(a.count, b.row_bytes() * b.count);
    const size_t used = thread_count(threads, std::min(a.count, work / bytes_a_thread));
    constexpr size_t at_once = 1024;  // rows of b, which then lie in the cache
    const size_t task = std::max<size_t>(1, a.count / (8 * used));
    share((a.count + task - 1) / task, used, [&](size_t k, size_t) {
        const size_t end = std::min(a.count, (k + 1) * task);
        for (size_t first = 0; first < b.count; first += at_once) {
            const size_t m = std::min(at_once, b.count - first);
            for (size_t i = k * task; i < end; ++i) {
                if (i % 64 == 0) checkpoint();
                loops().distances(a.row<uint64_t>(i), b.row<uint64_t>(first), m, b.width,
                                  out + i * b.count + first);
            }
        }
    });
}

}  // namespace wordllama
