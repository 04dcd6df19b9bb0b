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
    size_t count, width;           // width: numbers in a row, or its 64-bit words; not 0
    const float* scale = nullptr;  // of each row, or null for 1

    template <class T>
    const T* row(size_t i) const {
        return static_cast<const T*>(data) + i * width;
    }
    size_t row_bytes() const {
        return width * (type == Type::float32 ? 4 : type == Type::int8 ? 1 : 8);
    }
};

// Bits of a row at most: up to there every distance is a float32 of its own.
constexpr size_t most_bits = size_t(1) << 24;

// Of each query the k best rows, best first; ties go to the lower index. Scores that are not numbers
// come before all others, so that they are seen.
struct Best {
    std::vector<float> scores;  // (queries, k)
    std::vector<int64_t> indices;
};

// Sorted by i, then by j.
struct Pairs {
    std::vector<int64_t> i, j;
    std::vector<float> scores;
};

// Hamming similarity.
inline float similarity(int32_t distance, size_t words) {
    return float(1.0 - 2.0 * (double(distance) / double(64 * words)));
}

// out[i, j] = number of bits in which rows i of a and j of b differ.
void hamming(const Matrix& a, const Matrix& b, int32_t* out, int threads);

// What the score of a query (float32) and a row (float32 or int8) is: their inner product, times the
// row's scale, or their cosine, whatever their lengths: 0 where one is zero, NaN where one is not
// finite. Of bits it is the similarity either way.
enum class Measure { product, cosine };

// k is at most the number of rows.
Best topk(const Matrix& queries, const Matrix& rows, size_t k, Measure measure, int threads);

// out[i, j] = score of query i and row at[j], j < n, or row j where `at` is null (n: all rows).
void scores(const Matrix& queries, const Matrix& rows, Measure measure, const int64_t* at, size_t n,
            float* out, int threads);

// Pairs with a score above the threshold, of two sets or (`same`) of one, i < j. Both are float32,
// whose score is the inner product, or both bits, whose score is the similarity.
Pairs pairs_above(const Matrix& a, const Matrix& b, bool same, float threshold, int threads);

}  // namespace wordllama
