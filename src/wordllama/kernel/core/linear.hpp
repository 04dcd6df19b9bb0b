// Linear classifiers on sparse and dense features: one pass of the fit, and the scores.
#pragma once
#include <cstddef>
#include <cstdint>

#include "rows.hpp"

namespace wordllama {

// Row i holds values[j] in column columns[j], offsets[i] <= j < offsets[i + 1], and dense[i] beside.
struct Features {
    const int32_t* columns;
    const int64_t* offsets;
    const float* values;
    const float* dense;  // n x n_dense
    size_t n_dense;
};

// `width` numbers for each sparse column and for each dense one.
struct Weights {
    float* sparse;
    float* dense;
    size_t width;
};

// Dual coordinate descent (Hsieh et al., ICML 2008) for linear support vector machines with squared
// hinge loss, each class against all others: one step for each row of `order`, in this order.
// targets[i] is the class of row i, costs[i] the price of its errors; `alpha` (n x width) are the dual
// variables. With a width of 1, the only machine tells class 1 from class 0. Returns the largest
// violation of the conditions of optimality that was met.
float hinge_pass(const Features& features, const int32_t* targets, const float* costs,
                 const int64_t* order, size_t n_order, float* alpha, const Weights& weights,
                 int threads);

// out[i] = sum of values * weights over the sparse columns of row i: n x width.
void sparse_scores(const Features& features, size_t n, const void* weights, Type type,
                   size_t width, float* out, int threads);

}  // namespace wordllama
