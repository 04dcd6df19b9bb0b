// All pairs above a threshold, exactly.
//
// Of float32 vectors every pair is screened first: the inner product over the dimensions that carry
// most, plus the product of the lengths of what is left, is never below the full inner product
// (Cauchy and Schwarz). Screening goes through packed panels in registers, as a matrix product does,
// and writes no scores. Pairs that may be above the threshold are then scored in full, each in the
// one order of summation that `topk` uses too, so neither blocks nor threads show in the result.
#include <cmath>
#include <numeric>

#include "bits.hpp"
#include "neighbours.hpp"
#include "simd.hpp"
#include "threads.hpp"

namespace wordllama {

namespace {

constexpr size_t pairs_a_thread = 1 << 18;
constexpr size_t panels_at_once = 16;  // between checkpoints

// The unit of cost is one dimension screened of one pair. To score a pair in full costs as much as to
// screen so many: it is one pair at a time, whose rows come from memory, where a panel's stay in
// registers.
constexpr double full_score_cost = 960;

struct Match {
    int64_t j;
    float score;
};

// The matches of rows [first, first + n) of a, by row, in the order of j.
using Block = std::vector<std::vector<Match>>;

Pairs gathered(const std::vector<Block>& blocks) {
    size_t n = 0;
    for (const Block& block : blocks) {
        for (const auto& row : block) n += row.size();
    }
    Pairs pairs;
    pairs.i.reserve(n);
    pairs.j.reserve(n);
    pairs.scores.reserve(n);
    for (size_t b = 0; b < blocks.size(); ++b) {
        for (size_t r = 0; r < blocks[b].size(); ++r) {
            for (const Match& match : blocks[b][r]) {
                pairs.i.push_back(int64_t(b * rows_a_task + r));
                pairs.j.push_back(match.j);
                pairs.scores.push_back(match.score);
            }
        }
    }
    return pairs;
}

// The dimensions, those with the largest sum of squares first.
std::vector<size_t> heaviest_first(const Matrix& a, const Matrix& b) {
    std::vector<double> weight(a.width);
    for (const Matrix* set : {&a, &b}) {
        const size_t step = 1 + set->count / 1024;
        for (size_t i = 0; i < set->count; i += step) {
            const float* row = set->row<float>(i);
            for (size_t d = 0; d < a.width; ++d) weight[d] += double(row[d]) * double(row[d]);
        }
    }
    std::vector<size_t> order(a.width);
    std::iota(order.begin(), order.end(), size_t(0));
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t x, size_t y) { return weight[x] > weight[y]; });
    return order;
}

double rest_length(const float* row, const std::vector<size_t>& order, size_t depth) {
    double squares = 0;
    for (size_t d = depth; d < order.size(); ++d) {
        squares += double(row[order[d]]) * double(row[order[d]]);
    }
    return std::sqrt(squares);
}

// How many dimensions to screen by. A pair costs `depth` for being screened and, if it passes, a full
// score; a greater depth lets fewer pass. Taken is the depth with the least mean cost on a sample.
size_t best_depth(const Matrix& a, const Matrix& b, const std::vector<size_t>& order,
                  float threshold) {
    constexpr size_t sample = 64;
    size_t best = a.width;
    double cheapest = double(a.width);
    for (size_t depth = 32; depth < a.width; depth *= 2) {
        size_t pairs = 0, passing = 0;
        for (size_t i = 0; i < a.count; i += 1 + a.count / sample) {
            checkpoint();
            const float* x = a.row<float>(i);
            const double x_rest = rest_length(x, order, depth);
            for (size_t j = 0; j < b.count; j += 1 + b.count / sample) {
                const float* y = b.row<float>(j);
                if (x == y) continue;
                double product = x_rest * rest_length(y, order, depth);
                for (size_t d = 0; d < depth; ++d) product += double(x[order[d]]) * y[order[d]];
                ++pairs;
                passing += product > threshold;
            }
        }
        const double share = pairs ? double(passing) / double(pairs) : 1.0;
        const double cost = double(depth) + full_score_cost * share;
        if (cost < cheapest) best = depth, cheapest = cost;
    }
    return best;
}

// A set's rows, cut to the dimensions screened, and the lengths of the rest.
struct Packed {
    size_t depth = 0;
    std::vector<float> values, rest;
    float longest = 0;
};

// `columns` rows side by side: values[panel][d][column]. With `across` false, values[row][d].
Packed packed(const Matrix& set, const std::vector<size_t>& order, size_t depth, size_t columns,
              bool across, size_t threads) {
    const size_t panels = (set.count + columns - 1) / columns;
    Packed made;
    made.depth = depth;
    made.values.resize(panels * columns * depth);
    made.rest.resize(panels * columns);
    std::vector<float> longest(panels);
    share(panels, threads, [&](size_t panel, size_t) {
        float* values = made.values.data() + panel * columns * depth;
        for (size_t c = 0; c < columns && panel * columns + c < set.count; ++c) {
            const size_t i = panel * columns + c;
            const float* row = set.row<float>(i);
            for (size_t d = 0; d < depth; ++d) {
                values[across ? d * columns + c : c * depth + d] = row[order[d]];
            }
            // Rounded up, so that the bound stays one.
            made.rest[i] = float(rest_length(row, order, depth) * (1 + 1e-6));
            longest[panel] = std::max(longest[panel], float(rest_length(row, order, 0)));
        }
    });
    for (const float length : longest) made.longest = std::max(made.longest, length);
    return made;
}

Pairs float_pairs(const Matrix& a, const Matrix& b, bool same, float threshold, size_t used) {
    const Loops& loop = loops();
    const std::vector<size_t> order = heaviest_first(a, b);
    const size_t depth = best_depth(a, b, order, threshold);
    const size_t tall = loop.panel_rows, wide = loop.panel_columns;
    const Packed left = packed(a, order, depth, tall, false, used);
    const Packed right = packed(b, order, depth, wide, true, used);
    // More than rounding can take from a sum of `width` products, in whatever order.
    const double rounding = 2.4e-7 * double(a.width) * left.longest * right.longest;
    const float screened = float(double(threshold) - rounding - 1e-30);

    std::vector<Block> blocks((a.count + rows_a_task - 1) / rows_a_task);
    share(blocks.size(), used, [&](size_t task, size_t) {
        const size_t first = task * rows_a_task, n = std::min(rows_a_task, a.count - first);
        Block& block = blocks[task];
        block.resize(n);
        uint32_t masks[16];
        for (size_t p = same ? first / wide : 0; p * wide < b.count; ++p) {
            if (p % panels_at_once == 0) checkpoint();
            const float* panel = right.values.data() + p * wide * depth;
            for (size_t r = 0; r < n; r += tall) {
                const size_t i = first + r;
                loop.screen(left.values.data() + i * depth, left.rest.data() + i, panel,
                            right.rest.data() + p * wide, depth, screened, masks);
                for (size_t k = 0; k < tall && r + k < n; ++k) {
                    for (uint32_t mask = masks[k]; mask != 0; mask &= mask - 1) {
                        const size_t j = p * wide + size_t(lowest_bit(mask));
                        if (j >= b.count || (same && j <= i + k)) continue;
                        float score;
                        loop.scores(a.row<float>(i + k), 1, b.row<float>(j), 1, a.width, &score, 1);
                        if (score > threshold) block[r + k].push_back({int64_t(j), score});
                    }
                }
            }
        }
    });
    return gathered(blocks);
}

Pairs bit_pairs(const Matrix& a, const Matrix& b, bool same, float threshold, size_t used) {
    const size_t words = a.width;
    int32_t farthest = int32_t(64 * words);
    while (farthest >= 0 && !(similarity(farthest, words) > threshold)) --farthest;

    std::vector<Block> blocks((a.count + rows_a_task - 1) / rows_a_task);
    share(blocks.size(), used, [&](size_t task, size_t) {
        constexpr size_t at_once = 1024;
        const size_t begin = task * rows_a_task, n = std::min(rows_a_task, a.count - begin);
        Block& block = blocks[task];
        block.resize(n);
        int32_t distances[at_once];
        for (size_t first = same ? begin : 0; first < b.count; first += at_once) {
            const size_t m = std::min(at_once, b.count - first);
            checkpoint();
            for (size_t r = 0; r < n; ++r) {
                const size_t i = begin + r;
                loops().distances(a.row<uint64_t>(i), b.row<uint64_t>(first), m, words, distances);
                for (size_t j = 0; j < m; ++j) {
                    if (distances[j] > farthest || (same && first + j <= i)) continue;
                    block[r].push_back({int64_t(first + j), similarity(distances[j], words)});
                }
            }
        }
    });
    return gathered(blocks);
}

}  // namespace

Pairs pairs_above(const Matrix& a, const Matrix& b, bool same, float threshold, int threads) {
    if (a.count == 0 || b.count == 0) return {};
    const size_t tasks = (a.count + rows_a_task - 1) / rows_a_task;
    const size_t most = std::min(tasks, saturating_product(a.count, b.count) / pairs_a_thread);
    const size_t used = thread_count(threads, most);
    return a.type == Matrix::Type::bits ? bit_pairs(a, b, same, threshold, used)
                                        : float_pairs(a, b, same, threshold, used);
}

}  // namespace wordllama
