// Arithmetic on many vectors: distances, the best rows for a query, all pairs above a threshold.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wordllama {

struct Matrix {
    enum class Type { float32, int8, bits };
    const void* data;
    Type type;
    size_t count, width;         // width: floats or bytes of a row, or its 64-bit words
    const float* scale = nullptr;  // per row, of an int8 matrix
};

struct Best {
    std::vector<float> scores;    // (q, k), best first, ties by the lower index
    std::vector<int64_t> indices;
};

struct Pairs {  // sorted by i, then j
    std::vector<int64_t> i, j;
    std::vector<float> scores;
};

void hamming(const Matrix& a, const Matrix& b, int32_t* out, int threads);

// `queries` are float32, or bits where the rows are.
Best topk(const Matrix& queries, const Matrix& rows, size_t k, int threads);

// All pairs with a score above the threshold; those with i < j where a and b are `same`.
Pairs pairs_above(const Matrix& a, const Matrix& b, bool same, float threshold, int threads);

}  // namespace wordllama
