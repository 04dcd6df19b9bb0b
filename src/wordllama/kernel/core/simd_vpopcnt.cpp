// Hamming distances for x86-64 processors with AVX-512 VPOPCNTDQ.
#include "simd.hpp"

#if defined(__AVX512VPOPCNTDQ__)
#include <immintrin.h>

namespace {

// Distances of four rows of four words each.
inline __m128i four_rows(__m256i query, const uint64_t* rows) {
    __m256i counts[4];
    for (int j = 0; j < 4; ++j) {
        const __m256i row = _mm256_loadu_si256((const __m256i*)(rows + 4 * j));
        counts[j] = _mm256_popcnt_epi64(_mm256_xor_si256(query, row));
    }
    const __m256i low = _mm256_add_epi64(_mm256_unpacklo_epi64(counts[0], counts[1]),
                                         _mm256_unpackhi_epi64(counts[0], counts[1]));
    const __m256i high = _mm256_add_epi64(_mm256_unpacklo_epi64(counts[2], counts[3]),
                                          _mm256_unpackhi_epi64(counts[2], counts[3]));
    return _mm256_cvtepi64_epi32(_mm256_add_epi64(_mm256_permute2x128_si256(low, high, 0x20),
                                                  _mm256_permute2x128_si256(low, high, 0x31)));
}

inline int32_t one_row(const uint64_t* query, const uint64_t* row, size_t words) {
    __m512i total = _mm512_setzero_si512();
    size_t w = 0;
    for (; w + 8 <= words; w += 8) {
        const __m512i differ = _mm512_xor_si512(_mm512_loadu_si512(query + w),
                                                _mm512_loadu_si512(row + w));
        total = _mm512_add_epi64(total, _mm512_popcnt_epi64(differ));
    }
    if (w < words) {
        const __mmask8 left = __mmask8((1u << (words - w)) - 1);
        const __m512i differ = _mm512_xor_si512(_mm512_maskz_loadu_epi64(left, query + w),
                                                _mm512_maskz_loadu_epi64(left, row + w));
        total = _mm512_add_epi64(total, _mm512_popcnt_epi64(differ));
    }
    return int32_t(_mm512_reduce_add_epi64(total));
}

void distances(const uint64_t* query, const uint64_t* rows, size_t m, size_t words, int32_t* out) {
    size_t j = 0;
    if (words == 4) {
        const __m256i four = _mm256_loadu_si256((const __m256i*)query);
        for (; j + 4 <= m; j += 4) {
            _mm_storeu_si128((__m128i*)(out + j), four_rows(four, rows + 4 * j));
        }
    } else if (words == 1) {
        for (; j < m; ++j) out[j] = int32_t(_mm_popcnt_u64(query[0] ^ rows[j]));
    }
    for (; j < m; ++j) out[j] = one_row(query, rows + j * words, words);
}

}  // namespace

namespace wordllama {

Distances vpopcnt_distances() { return distances; }

}  // namespace wordllama
#else
namespace wordllama {

Distances vpopcnt_distances() { return nullptr; }

}  // namespace wordllama
#endif
