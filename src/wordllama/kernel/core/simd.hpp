// The inner loops, compiled once per instruction set and picked at run time.
//
// simd_loops.hpp holds them; simd_baseline.cpp, simd_avx2.cpp and simd_avx512.cpp include it with
// different compiler flags. Those files include nothing of the standard library that holds code, so
// that no function meant for a newer processor can be linked in place of a plain one.
#pragma once
#include <cstddef>
#include <cstdint>

namespace wordllama {

using Distances = void (*)(const uint64_t* query, const uint64_t* rows, size_t m, size_t words,
                           int32_t* out);

constexpr size_t rows_a_task = 120;  // screened by one thread at a time

struct Loops {
    const char* name;

    // total[d] += scale[i] * row[i][d], one row after the other; `scale` may be null for 1.
    using Add = void (*)(const void* const* rows, const float* scale, size_t n, size_t dim,
                         float* total);
    Add add[3];  // by Type

    // The same from 0, then divided by n: total = mean of the rows, 0 for none.
    Add mean[3];

    // row[i][d] += scale[i] * values[d].
    void (*spread)(float* const* rows, const float* scale, size_t n, size_t dim,
                   const float* values);

    void (*divide)(const float* values, size_t dim, float by, float* out);

    // Euclidean length of a row.
    double (*length)(const float* values, size_t dim);
    double (*length_int8)(const int8_t* values, size_t dim);

    // Divides the values by their length, unless that is 0 or not finite.
    void (*unit)(float* values, size_t dim);

    // Whether none is infinite or NaN.
    bool (*finite)(const float* values, size_t dim);

    // Bit of every positive value, in the order of np.packbits seen as little-endian words.
    void (*pack)(const float* values, size_t dim, uint64_t* out);

    // out[i * stride + j] = <queries[i], rows[j]>. The order of summation of a pair depends on
    // nothing but dim, so a pair's score is the same whatever stands around it.
    void (*scores)(const float* queries, size_t n, const float* rows, size_t m, size_t dim,
                   float* out, size_t stride);
    void (*scores_int8)(const float* queries, size_t n, const int8_t* rows, size_t m, size_t dim,
                        float* out, size_t stride);

    // out[j] = number of bits in which row j differs.
    Distances distances;

    // Bit j of masks[i] (i < panel_rows, j < panel_columns): whether
    // <a[i], column j> + rest_a[i] * rest_panel[j] > threshold, over `depth` dimensions, roughly.
    // `a` is panel_rows x depth; `panel` is depth x panel_columns.
    size_t panel_rows, panel_columns;  // panel_rows divides rows_a_task
    void (*screen)(const float* a, const float* rest_a, const float* panel,
                   const float* rest_panel, size_t depth, float threshold, uint32_t* masks);
};

extern const Loops baseline_loops;
const Loops* avx2_loops();    // null where the compiler does not know the instructions
const Loops* avx512_loops();
Distances vpopcnt_distances();

// What this processor can do, best first, ended by a null.
const Loops* const* levels();

// The first of them, or the one that WORDLLAMA_SIMD names. Throws std::invalid_argument where there
// is none of that name.
const Loops& loops();

}  // namespace wordllama
