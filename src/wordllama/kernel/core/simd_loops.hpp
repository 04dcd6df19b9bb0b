// The loops of simd.hpp in GCC's and Clang's vector types, for a vector of `lanes` floats.
// To be included once by each simd_*.cpp, which sets WORDLLAMA_LANES and the compiler's target.
#include <stddef.h>
#include <stdint.h>

#include "simd.hpp"

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace wordllama {
namespace {

constexpr size_t lanes = WORDLLAMA_LANES;
typedef float Vector __attribute__((vector_size(lanes * 4)));
typedef int32_t Integers __attribute__((vector_size(lanes * 4)));
typedef int8_t Bytes __attribute__((vector_size(lanes)));
typedef uint16_t Halves __attribute__((vector_size(lanes * 2)));

struct Half {
    uint16_t bits;
};

inline Vector splat(float x) { return x - Vector{}; }

// At any address. GCC makes a copy of bytes of this size in many small steps.
template <class T>
struct __attribute__((packed, may_alias)) Unaligned {
    T value;
};

template <class T>
inline T load_as(const void* p) {
    return static_cast<const Unaligned<T>*>(p)->value;
}

inline void store(float* p, Vector v) { reinterpret_cast<Unaligned<Vector>*>(p)->value = v; }

inline Vector load(const float* p) { return load_as<Vector>(p); }

inline Vector load(const int8_t* p) {
#if WORDLLAMA_LANES == 16
    return (Vector)_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(load_as<__m128i>(p)));
#elif WORDLLAMA_LANES == 8
    return (Vector)_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i*)p)));
#else
    return __builtin_convertvector(load_as<Bytes>(p), Vector);
#endif
}

inline Vector load(const Half* p) {
#if WORDLLAMA_LANES == 16
    return (Vector)_mm512_cvtph_ps(load_as<__m256i>(p));
#elif WORDLLAMA_LANES == 8
    return (Vector)_mm256_cvtph_ps(load_as<__m128i>(p));
#elif defined(__aarch64__)
    return (Vector)vcvt_f32_f16(vreinterpret_f16_u16(load_as<uint16x4_t>(p)));
#else
    // Shift exponent and mantissa into place, then set the exponent's bias right by a product.
    const Integers bits = __builtin_convertvector(load_as<Halves>(p), Integers);
    const Integers magnitude = (bits & 0x7FFF) << 13;
    const Integers sign = (bits & 0x8000) << 16;
    const Integers infinite = (bits & 0x7C00) == 0x7C00;
    const Vector value = (Vector)magnitude * 0x1p112f;
    return (Vector)((Integers)value | sign | (infinite & 0x7F800000));
#endif
}

inline float load1(const float* p) { return *p; }
inline float load1(const int8_t* p) { return float(*p); }
inline float load1(const Half* p) {
    Half padded[lanes] = {*p};
    return load(padded)[0];
}

inline Vector multiply_add(Vector a, Vector b, Vector c) {
#if WORDLLAMA_LANES == 16
    return (Vector)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif WORDLLAMA_LANES == 8
    return (Vector)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__aarch64__)
    return (Vector)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
    return a * b + c;
#endif
}

// Bit j: v[j] > 0.
inline uint32_t positive(Vector v) {
#if WORDLLAMA_LANES == 16
    return _mm512_cmp_ps_mask((__m512)v, _mm512_setzero_ps(), _CMP_GT_OQ);
#elif WORDLLAMA_LANES == 8
    return uint32_t(_mm256_movemask_ps((__m256)(v > 0)));
#elif defined(__SSE2__)
    return uint32_t(_mm_movemask_ps((__m128)(v > 0)));
#else
    uint32_t mask = 0;
    for (size_t j = 0; j < lanes; ++j) mask |= uint32_t(v[j] > 0) << j;
    return mask;
#endif
}

inline float sum(Vector v) {
    float parts[lanes];
    store(parts, v);
    for (size_t half = lanes / 2; half > 0; half /= 2) {
        for (size_t j = 0; j < half; ++j) parts[j] += parts[j + half];
    }
    return parts[0];
}

// ---- pooling: sums are made in the order of the tokens, product first, at every level alike

// `whole`: the rows are all there are, and `total` becomes their mean; else they are added to it.
template <class T, bool scaled, bool whole, size_t width>
inline void add_columns(const void* const* rows, const float* scale, size_t n, size_t column,
                        float* total) {
    Vector sums[width];
#pragma GCC unroll 16  // or GCC clears memory and reads it
    for (size_t k = 0; k < width; ++k) {
        sums[k] = whole ? Vector{} : load(total + column + k * lanes);
    }
    for (size_t i = 0; i < n; ++i) {
        const T* row = static_cast<const T*>(rows[i]) + column;
        __asm__("" : "+r"(row));  // or GCC keeps an address for each k, more than it has room for
        for (size_t k = 0; k < width; ++k) {
            const Vector values = load(row + k * lanes);
            sums[k] += scaled ? values * splat(scale[i]) : values;
        }
    }
    const Vector count = splat(n ? float(n) : 1.0f);
    for (size_t k = 0; k < width; ++k) {
        store(total + column + k * lanes, whole ? sums[k] / count : sums[k]);
    }
}

template <class T, bool scaled, bool whole>
void add_rows(const void* const* rows, const float* scale, size_t n, size_t dim, float* total) {
    constexpr size_t wide = lanes == 16 ? 16 : 8;
    size_t d = 0;
    for (; d + wide * lanes <= dim; d += wide * lanes) {
        add_columns<T, scaled, whole, wide>(rows, scale, n, d, total);
    }
    for (; d + 4 * lanes <= dim; d += 4 * lanes) {
        add_columns<T, scaled, whole, 4>(rows, scale, n, d, total);
    }
    for (; d + lanes <= dim; d += lanes) {
        add_columns<T, scaled, whole, 1>(rows, scale, n, d, total);
    }
    for (; d < dim; ++d) {
        if (whole) total[d] = 0;
        for (size_t i = 0; i < n; ++i) {
            const float value = load1(static_cast<const T*>(rows[i]) + d);
            total[d] += scaled ? value * scale[i] : value;
        }
        if (whole && n) total[d] /= float(n);
    }
}

template <class T, bool whole>
void add(const void* const* rows, const float* scale, size_t n, size_t dim, float* total) {
    if (scale) {
        add_rows<T, true, whole>(rows, scale, n, dim, total);
    } else {
        add_rows<T, false, whole>(rows, scale, n, dim, total);
    }
}

void spread(float* const* rows, const float* scale, size_t n, size_t dim, const float* values) {
    for (size_t i = 0; i < n; ++i) {
        float* row = rows[i];
        const Vector by = splat(scale[i]);
        size_t d = 0;
        for (; d + lanes <= dim; d += lanes) store(row + d, load(row + d) + load(values + d) * by);
        for (; d < dim; ++d) row[d] += values[d] * scale[i];
    }
}

// In as many partial sums at every level. Squares of float32 and their sums are far inside the range of
// float64.
double length(const float* values, size_t dim) {
    constexpr size_t parts = 16;
    double sums[parts] = {};
    size_t d = 0;
    for (; d + parts <= dim; d += parts) {
        for (size_t j = 0; j < parts; ++j) sums[j] += double(values[d + j]) * double(values[d + j]);
    }
    double squares = 0;
    for (; d < dim; ++d) squares += double(values[d]) * double(values[d]);
    for (size_t j = 0; j < parts; ++j) squares += sums[j];
    return __builtin_sqrt(squares);
}

double length_int8(const int8_t* values, size_t dim) {
    constexpr size_t at_once = 1 << 16;  // squares, whose sum an int32 holds
    int64_t squares = 0;
    for (size_t from = 0; from < dim; from += at_once) {
        const size_t to = dim - from < at_once ? dim : from + at_once;
        int32_t sum = 0;
        for (size_t d = from; d < to; ++d) sum += int32_t(values[d]) * int32_t(values[d]);
        squares += sum;
    }
    return __builtin_sqrt(double(squares));
}

void divide(const float* values, size_t dim, float by, float* out) {
    size_t d = 0;
    for (; d + lanes <= dim; d += lanes) store(out + d, load(values + d) / splat(by));
    for (; d < dim; ++d) out[d] = values[d] / by;
}

void unit(float* values, size_t dim) {
    double norm = length(values, dim);
    if (!(norm > 0 && norm < __builtin_inf())) return;
    if (norm < 1e-30 || norm > 1e30) {
        // As float32 the length may be 0, infinite or coarse. A power of two brings it near 1.
        const double factor = __builtin_ldexp(1.0, -__builtin_ilogb(norm));
        for (size_t d = 0; d < dim; ++d) values[d] = float(double(values[d]) * factor);
        norm = length(values, dim);
    }
    divide(values, dim, float(norm), values);
}

bool finite(const float* values, size_t dim) {
    Vector sums{};  // of zeros, or NaN
    size_t d = 0;
    for (; d + lanes <= dim; d += lanes) sums += load(values + d) * 0.0f;
    float rest = sum(sums);
    for (; d < dim; ++d) rest += values[d] * 0.0f;
    return rest == 0.0f;
}

void pack(const float* values, size_t dim, uint64_t* out) {
    for (size_t d = 0; d < dim; d += 64) {
        uint64_t word = 0;
        for (size_t j = 0; j < 64; j += lanes) word |= uint64_t(positive(load(values + d + j))) << j;
        // Dimension 0 is the highest bit of the first byte.
        word = (word & 0x0F0F0F0F0F0F0F0Fu) << 4 | (word >> 4 & 0x0F0F0F0F0F0F0F0Fu);
        word = (word & 0x3333333333333333u) << 2 | (word >> 2 & 0x3333333333333333u);
        word = (word & 0x5555555555555555u) << 1 | (word >> 1 & 0x5555555555555555u);
        out[d / 64] = word;
    }
}

// ---- inner products: one vector of partial sums per pair, over the dimensions in order

template <class T, size_t n, size_t m>
inline void score_tile(const float* queries, const T* rows, size_t dim, float* out, size_t stride) {
    Vector sums[n][m] = {};
    size_t d = 0;
    for (; d + lanes <= dim; d += lanes) {
        Vector columns[m];
        for (size_t j = 0; j < m; ++j) columns[j] = load(rows + j * dim + d);
        for (size_t i = 0; i < n; ++i) {
            const Vector query = load(queries + i * dim + d);
            for (size_t j = 0; j < m; ++j) {
                sums[i][j] = multiply_add(query, columns[j], sums[i][j]);
            }
        }
    }
    for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < m; ++j) {
            float score = sum(sums[i][j]);
            for (size_t k = d; k < dim; ++k) {
                score += queries[i * dim + k] * load1(rows + j * dim + k);
            }
            out[i * stride + j] = score;
        }
    }
}

template <class T>
void score(const float* queries, size_t n, const T* rows, size_t m, size_t dim, float* out,
           size_t stride) {
    constexpr size_t tall = lanes == 16 ? 4 : 2, wide = 4;
    size_t i = 0;
    for (; i + tall <= n; i += tall) {
        const float* tile = queries + i * dim;
        float* to = out + i * stride;
        size_t j = 0;
        for (; j + wide <= m; j += wide) {
            score_tile<T, tall, wide>(tile, rows + j * dim, dim, to + j, stride);
        }
        for (; j < m; ++j) score_tile<T, tall, 1>(tile, rows + j * dim, dim, to + j, stride);
    }
    for (; i < n; ++i) {
        const float* one = queries + i * dim;
        float* to = out + i * stride;
        size_t j = 0;
        for (; j + 8 <= m; j += 8) score_tile<T, 1, 8>(one, rows + j * dim, dim, to + j, stride);
        for (; j < m; ++j) score_tile<T, 1, 1>(one, rows + j * dim, dim, to + j, stride);
    }
}

inline int32_t bits(uint64_t word) {
#if defined(__POPCNT__) || defined(__aarch64__)
    return __builtin_popcountll(word);
#else
    word -= word >> 1 & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + (word >> 2 & 0x3333333333333333u);
    word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
    return int32_t((word * 0x0101010101010101u) >> 56);
#endif
}

template <size_t fixed>
inline void count_bits(const uint64_t* query, const uint64_t* rows, size_t m, size_t words,
                       int32_t* out) {
    if (fixed) words = fixed;
    for (size_t j = 0; j < m; ++j) {
        int32_t distance = 0;
        for (size_t w = 0; w < words; ++w) distance += bits(query[w] ^ rows[j * words + w]);
        out[j] = distance;
    }
}

void distances(const uint64_t* query, const uint64_t* rows, size_t m, size_t words, int32_t* out) {
    switch (words) {
        case 1: return count_bits<1>(query, rows, m, words, out);
        case 2: return count_bits<2>(query, rows, m, words, out);
        case 4: return count_bits<4>(query, rows, m, words, out);
        case 8: return count_bits<8>(query, rows, m, words, out);
        case 16: return count_bits<16>(query, rows, m, words, out);
        default: return count_bits<0>(query, rows, m, words, out);
    }
}

constexpr size_t screen_rows = lanes == 16 ? 8 : lanes == 8 ? 5 : 4;
static_assert(rows_a_task % screen_rows == 0, "a task is a whole number of panels");

void screen(const float* a, const float* rest_a, const float* panel, const float* rest_panel,
            size_t depth, float threshold, uint32_t* masks) {
    Vector left[screen_rows], right[screen_rows];
    for (size_t i = 0; i < screen_rows; ++i) left[i] = right[i] = splat(-threshold);
    for (size_t d = 0; d < depth; ++d) {
        const Vector first = load(panel + d * 2 * lanes), second = load(panel + d * 2 * lanes + lanes);
        for (size_t i = 0; i < screen_rows; ++i) {
            const Vector value = splat(a[i * depth + d]);
            left[i] = multiply_add(value, first, left[i]);
            right[i] = multiply_add(value, second, right[i]);
        }
    }
    const Vector first = load(rest_panel), second = load(rest_panel + lanes);
    for (size_t i = 0; i < screen_rows; ++i) {
        const Vector rest = splat(rest_a[i]);
        masks[i] = positive(multiply_add(rest, first, left[i])) |
                   positive(multiply_add(rest, second, right[i])) << lanes;
    }
}

constexpr Loops made_loops(const char* name) {
    return {name,
            {add<float, false>, add<Half, false>, add<int8_t, false>},
            {add<float, true>, add<Half, true>, add<int8_t, true>},
            spread,
            divide,
            length,
            length_int8,
            unit,
            finite,
            pack,
            score<float>,
            score<int8_t>,
            distances,
            screen_rows,
            2 * lanes,
            screen};
}

}  // namespace
}  // namespace wordllama
