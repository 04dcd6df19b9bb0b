#include "linear.hpp"

#include <algorithm>
#include <atomic>
#include <vector>

#include "simd.hpp"
#include "threads.hpp"

namespace wordllama {

namespace {

constexpr size_t classes_a_thread = 16;
constexpr size_t rows_a_checkpoint = 64;
constexpr size_t rows_a_thread = 256;

// Of a row: where the weights of its features stand, from some class on, and the features' values.
class Addresses {
public:
    void of(const Features& features, const Weights& weights, size_t first, size_t row) {
        rows.clear();
        values.clear();
        for (int64_t j = features.offsets[row]; j < features.offsets[row + 1]; ++j) {
            rows.push_back(weights.sparse + size_t(features.columns[j]) * weights.width + first);
            values.push_back(features.values[j]);
        }
        for (size_t j = 0; j < features.n_dense; ++j) {
            rows.push_back(weights.dense + j * weights.width + first);
            values.push_back(features.dense[row * features.n_dense + j]);
        }
    }

    std::vector<float*> rows;
    std::vector<float> values;
};

void prefetch(const Features& features, const Weights& weights, size_t first, size_t row) {
    for (int64_t j = features.offsets[row]; j < features.offsets[row + 1]; ++j) {
        __builtin_prefetch(weights.sparse + size_t(features.columns[j]) * weights.width + first, 1);
    }
}

float squared_length(const std::vector<float>& values) {
    double sum = 0;
    for (const float value : values) sum += double(value) * double(value);
    return float(sum);
}

}  // namespace

float hinge_pass(const Features& features, const int32_t* targets, const float* costs,
                 const int64_t* order, size_t n_order, float* alpha, const Weights& weights,
                 int threads) {
    const Loops& simd = loops();
    const size_t width = weights.width;
    const size_t workers =
        thread_count(threads, (width + classes_a_thread - 1) / classes_a_thread);
    size_t block = (width + workers - 1) / workers;
    block = (block + classes_a_thread - 1) / classes_a_thread * classes_a_thread;
    const size_t blocks = (width + block - 1) / block;
    std::vector<float> worst(blocks, 0.0f);
    // No class depends on another: each thread goes over all rows, for classes of its own.
    share(blocks, workers, [&](size_t number, size_t) {
        const size_t first = number * block, n = std::min(block, width - first);
        Addresses at;
        std::vector<float> scores(n), steps(n);
        float most = 0;
        for (size_t o = 0; o < n_order; ++o) {
            if (o % rows_a_checkpoint == 0) checkpoint();
            const size_t row = size_t(order[o]);
            if (o + 1 < n_order) prefetch(features, weights, first, size_t(order[o + 1]));
            at.of(features, weights, first, row);
            std::fill(scores.begin(), scores.end(), 0.0f);
            simd.add[int(Type::float32)](reinterpret_cast<const void* const*>(at.rows.data()),
                                         at.values.data(), at.rows.size(), n, scores.data());
            const float ridge = 0.5f / costs[row];
            const float curvature = squared_length(at.values) + ridge;
            bool moves = false;
            for (size_t k = 0; k < n; ++k) {
                const int32_t own = width == 1 ? 1 : int32_t(first + k);
                const float sign = targets[row] == own ? 1.0f : -1.0f;
                float& dual = alpha[row * width + first + k];
                const float slope = (sign * scores[k] - 1.0f) + ridge * dual;
                const float violation = dual > 0 ? slope : std::min(slope, 0.0f);
                most = std::max(most, std::max(violation, -violation));
                const float changed = std::max(dual - slope / curvature, 0.0f);
                steps[k] = (changed - dual) * sign;
                moves |= changed != dual;
                dual = changed;
            }
            if (moves) {
                simd.spread(at.rows.data(), at.values.data(), at.rows.size(), n, steps.data());
            }
        }
        worst[number] = most;
    });
    return worst.empty() ? 0.0f : *std::max_element(worst.begin(), worst.end());
}

void sparse_scores(const Features& features, size_t n, const void* weights, Type type,
                   size_t width, float* out, int threads) {
    const auto add = loops().add[int(type)];
    const size_t bytes = width * (type == Type::float32 ? 4 : 2);
    const size_t tasks = (n + rows_a_thread - 1) / rows_a_thread;
    share(tasks, thread_count(threads, tasks), [&](size_t task, size_t) {
        std::vector<const void*> rows;
        for (size_t i = task * rows_a_thread; i < std::min(n, (task + 1) * rows_a_thread); ++i) {
            rows.clear();
            for (int64_t j = features.offsets[i]; j < features.offsets[i + 1]; ++j) {
                rows.push_back(static_cast<const char*>(weights) +
                               size_t(features.columns[j]) * bytes);
                __builtin_prefetch(rows.back());
            }
            std::fill(out + i * width, out + (i + 1) * width, 0.0f);
            add(rows.data(), features.values + features.offsets[i], rows.size(), width,
                out + i * width);
        }
    });
}

}  // namespace wordllama
