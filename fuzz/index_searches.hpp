// What an index asks of the kernel: documents by keywords, rows by their bits, scores of some rows.
#pragma once
#include <vector>

#include "keywords.hpp"

struct IndexSearches {
    static constexpr size_t n = 70'000, segments = 7, terms_each = 9;

    IndexSearches() : bits(4 * n), values(32 * n), allowed(n) {
        uint64_t state = 1;  // of a linear congruential generator
        const auto next = [&state] { return state = state * 6364136223846793005u + 1442695040888963407u; };
        for (uint64_t& word : bits) word = next();
        for (int8_t& value : values) value = int8_t(next() >> 56);
        for (uint8_t& byte : allowed) byte = next() >> 63;
        for (size_t segment = 0; segment < segments; ++segment) {
            std::vector<int32_t> terms(n / segments * terms_each);
            for (int32_t& term : terms) term = int32_t(next() >> 58) - 1;
            std::vector<int64_t> offsets;
            for (size_t i = 0; i <= n / segments; ++i) offsets.push_back(int64_t(i * terms_each));
            postings.push_back(wordllama::build_postings(terms.data(), offsets.data(), n / segments));
        }
    }

    // The numbers that are found, one search after the other, and the sum of the scores.
    std::vector<int64_t> found(int threads) const {
        using namespace wordllama;
        std::vector<Segment> views;
        for (const Postings& each : postings) {
            views.push_back({views.size() * (n / segments), each.lengths.size(), each.terms.size(),
                             each.documents.size(), each.terms.data(), each.starts.data(),
                             each.documents.data(), each.counts.data(), each.lengths.data()});
        }
        const int32_t asked[] = {1, 5, 9, 77};
        const float weights[] = {1, 2, 0.5f, 3};
        const int64_t at[] = {0, 9, 9'999, 10'000, int64_t(n - 1)};
        float at_scores[5];
        std::vector<int64_t> all = keyword_topk(views, {asked, weights, 4, 0.3f, 0.1f}, 100,
                                                allowed.data(), at, 5, at_scores, threads).indices;
        const Matrix rows{bits.data(), Matrix::Type::bits, n, 4};
        for (const uint8_t* mask : {static_cast<const uint8_t*>(nullptr), allowed.data()}) {
            const auto near = nearest_bits(bits.data(), rows, 3000, mask, threads);
            all.insert(all.end(), near.begin(), near.end());
        }
        std::vector<float> query(32, 0.5f), some(all.size());
        scores({query.data(), Matrix::Type::float32, 1, 32}, {values.data(), Matrix::Type::int8, n, 32},
               Measure::product, all.data(), all.size(), some.data(), threads);
        for (const float score : some) all.push_back(int64_t(2 * score));
        for (const float score : at_scores) all.push_back(int64_t(1e6f * score));
        return all;
    }

    std::vector<uint64_t> bits;
    std::vector<int8_t> values;
    std::vector<uint8_t> allowed;
    std::vector<wordllama::Postings> postings;
};
