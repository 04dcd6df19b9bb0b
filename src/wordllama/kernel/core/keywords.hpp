// Keywords: which documents hold which terms, and the best of them by BM25; and the rows of bits that
// are nearest to a query. All of it may leave out rows that are not allowed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "neighbours.hpp"

namespace wordllama {

constexpr size_t documents_at_most = 1 << 16;  // of one segment: a document's number has 16 bits

// The documents of each term, in rising order, and how often it stands in each (at most 65,535 times).
struct Postings {
    std::vector<int32_t> terms;     // distinct, rising
    std::vector<int64_t> starts;    // of each term's documents, and their end
    std::vector<uint16_t> documents, counts;
    std::vector<int32_t> lengths;   // terms of each document
};

// Terms of document i: terms[offsets[i]] ... terms[offsets[i + 1] - 1]; those below 0 are none.
Postings build_postings(const int32_t* terms, const int64_t* offsets, size_t n);

// Postings of documents first, first + 1, ... of all.
struct Segment {
    size_t first, n_documents, n_terms, n_postings;
    const int32_t* terms;
    const int64_t* starts;
    const uint16_t *documents, *counts;
    const int32_t* lengths;
};

// A document's score is the sum over the terms of weight * count / (count + base + slope * length).
struct KeywordQuery {
    const int32_t* terms;
    const float* weights;
    size_t n;
    float base, slope;
};

// The best k documents with a score over 0, best first, ties to the lower number; and the scores of
// the documents `at`, which rise. `allowed` (null: all) has a byte for each document.
Best keyword_topk(const std::vector<Segment>& segments, const KeywordQuery& query, size_t k,
                  const uint8_t* allowed, const int64_t* at, size_t n_at, float* at_scores,
                  int threads);

// The k allowed rows that differ from the query in the fewest bits, ties to the lower number, in
// rising order of number.
std::vector<int64_t> nearest_bits(const uint64_t* query, const Matrix& rows, size_t k,
                                  const uint8_t* allowed, int threads);

}  // namespace wordllama
