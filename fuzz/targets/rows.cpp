// libFuzzer: any bytes as rows of any type and width, as ids, offsets, queries and thresholds. Pools
// must be those of plain loops or be refused; top-k and pairs must agree with all scores.
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "embed.hpp"
#include "neighbours.hpp"
#include "simd.hpp"

using namespace wordllama;

namespace {

void require(bool truth) {
    if (!truth) std::abort();
}

struct Input {
    const uint8_t* data;
    size_t size;

    uint8_t byte() { return size > 0 ? (--size, *data++) : 0; }

    template <class T>
    std::vector<T> all(size_t at_most) {
        std::vector<T> values(std::min(at_most, size / sizeof(T)));
        if (!values.empty()) std::memcpy(values.data(), data, values.size() * sizeof(T));
        return values;
    }
};

float half(uint16_t bits) {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    float value = std::ldexp(float(fraction), -24);
    if (exponent == 31) value = fraction ? NAN : INFINITY;
    if (exponent > 0 && exponent < 31) value = std::ldexp(float(1024 + fraction), exponent - 25);
    return bits >> 15 ? -value : value;
}

float number(const Rows& rows, size_t i) {
    switch (rows.type) {
        case Type::float32: return static_cast<const float*>(rows.matrix)[i];
        case Type::float16: return half(static_cast<const uint16_t*>(rows.matrix)[i]);
        default: return float(static_cast<const int8_t*>(rows.matrix)[i]);
    }
}

void pooling(Input in) {
    const auto type = Type(in.byte() % 3);
    const size_t dim = 1 + in.byte() % 70, tokens = 1 + in.byte() % 9;
    const bool scaled = in.byte() % 2, mapped = in.byte() % 2, normalize = in.byte() % 2;
    std::vector<int32_t> ids;
    std::vector<int64_t> offsets{0};
    for (size_t n = in.byte(); n > 0; --n) {
        ids.push_back(int8_t(in.byte()));
        if (ids.back() % 3 == 0) offsets.push_back(int64_t(ids.size()));
    }
    std::vector<float> scale(tokens, 0.5f);
    std::vector<int32_t> mapping(tokens);
    for (int32_t& row : mapping) row = int8_t(in.byte()) % 10;
    Rows rows{nullptr, type, 0, dim, scaled ? scale.data() : nullptr,
              mapped ? mapping.data() : nullptr, tokens};
    const size_t texts = offsets.size() - 1;
    std::vector<uint8_t> matrix = in.all<uint8_t>(tokens * rows.row_bytes());
    rows.matrix = matrix.data();
    rows.count = matrix.size() / rows.row_bytes();
    std::vector<float> vectors(texts * dim);
    Out out;
    out.dense = vectors.data();
    out.normalize = normalize;
    bool refused = false;
    try {
        pool(ids.data(), offsets.data(), texts, nullptr, rows, out, 2);
    } catch (const std::out_of_range&) {
        refused = true;
    }
    bool bad = false;
    for (size_t i = 0; i < size_t(offsets.back()); ++i) {
        const int32_t id = ids[i];
        const bool known = id >= 0 && size_t(id) < tokens;
        const int32_t row = !known ? -1 : mapped ? mapping[size_t(id)] : id;
        bad |= row < 0 || size_t(row) >= rows.count;
    }
    require(bad == refused);
    for (size_t i = 0; i < texts && !bad && !normalize; ++i) {
        for (size_t d = 0; d < dim; ++d) {
            float sum = 0;
            for (int64_t at = offsets[i]; at < offsets[i + 1]; ++at) {
                const size_t id = size_t(ids[size_t(at)]), row = mapped ? size_t(mapping[id]) : id;
                const float value = number(rows, row * dim + d);
                sum += scaled ? value * scale[id] : value;
            }
            const float mean = sum / float(std::max<int64_t>(1, offsets[i + 1] - offsets[i]));
            const float got = vectors[i * dim + d];
            require(got == mean || (got != got && mean != mean));
        }
    }
}

void neighbours(Input in) {
    const size_t width = 1 + in.byte() % 40, k = in.byte() % 20, n_queries = 1 + in.byte() % 6;
    const float threshold = float(int8_t(in.byte())) / 16;
    std::vector<float> rows;
    for (const int8_t value : in.all<int8_t>(4000)) rows.push_back(float(value) / 16);
    const size_t n = rows.size() / width;
    if (n < n_queries) return;
    const Matrix all{rows.data(), Matrix::Type::float32, n, width};
    const Matrix queries{rows.data(), Matrix::Type::float32, n_queries, width};
    const Best best = topk(queries, all, std::min(k, n), Measure::product, 2);
    std::vector<float> table(n_queries * n);
    scores(queries, all, Measure::product, nullptr, all.count, table.data(), 2);
    const Pairs pairs = pairs_above(queries, all, false, threshold, 2);
    size_t at = 0;
    for (size_t i = 0; i < n_queries; ++i) {
        std::vector<float> score(n);
        for (size_t j = 0; j < n; ++j) {
            loops().scores(queries.row<float>(i), 1, all.row<float>(j), 1, width, &score[j], 1);
            require(table[i * n + j] == score[j]);
            if (!(score[j] > threshold)) continue;
            require(at < pairs.i.size() && pairs.i[at] == int64_t(i) && pairs.j[at] == int64_t(j));
            require(pairs.scores[at++] == score[j]);
        }
        for (size_t r = 0; r < std::min(k, n); ++r) {
            const size_t j = size_t(best.indices[i * std::min(k, n) + r]);
            require(best.scores[i * std::min(k, n) + r] == score[j]);
            size_t before = 0;
            for (size_t m = 0; m < n; ++m) {
                before += score[m] > score[j] || (score[m] == score[j] && m < j);
            }
            require(before == r);
        }
    }
    require(at == pairs.i.size());
}

void bits(Input in) {
    const size_t words = 1 + in.byte() % 18;
    const float threshold = float(int8_t(in.byte())) / 127;
    const std::vector<uint64_t> rows = in.all<uint64_t>(2000);
    const size_t n = rows.size() / words;
    if (n == 0) return;
    const Matrix all{rows.data(), Matrix::Type::bits, n, words};
    std::vector<int32_t> distances(n * n);
    hamming(all, all, distances.data(), 2);
    const Pairs pairs = pairs_above(all, all, true, threshold, 2);
    size_t at = 0;
    for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < n; ++j) {
            int32_t distance = 0;
            for (size_t w = 0; w < words; ++w) {
                for (uint64_t x = rows[i * words + w] ^ rows[j * words + w]; x; x &= x - 1) ++distance;
            }
            require(distances[i * n + j] == distance);
            if (j <= i || !(similarity(distance, words) > threshold)) continue;
            require(at < pairs.i.size() && pairs.i[at] == int64_t(i) && pairs.j[at] == int64_t(j));
            ++at;
        }
    }
    require(at == pairs.i.size());
}

// Any bytes as float32, infinities, NaN and the smallest numbers among them.
void cosines(Input in) {
    const size_t width = 1 + in.byte() % 40, k = in.byte() % 20;
    const std::vector<float> rows = in.all<float>(2000);
    const size_t n = rows.size() / width;
    if (n == 0) return;
    const Matrix all{rows.data(), Matrix::Type::float32, n, width};
    std::vector<float> table(n * n);
    scores(all, all, Measure::cosine, nullptr, all.count, table.data(), 2);
    std::vector<double> length(n);
    for (size_t i = 0; i < n; ++i) {
        for (size_t d = 0; d < width; ++d) length[i] += std::pow(double(rows[i * width + d]), 2);
        length[i] = std::sqrt(length[i]);
    }
    for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < n; ++j) {
            double cosine = 0;
            for (size_t d = 0; d < width; ++d) {
                const double x = rows[i * width + d], y = rows[j * width + d];
                if (x != 0 && y != 0) cosine += x / length[i] * (y / length[j]);
            }
            const bool known = std::isfinite(length[i]) && std::isfinite(length[j]);
            require(known ? std::fabs(table[i * n + j] - cosine) < 1e-5 : std::isnan(table[i * n + j]));
        }
    }
    const Best best = topk(all, all, std::min(k, n), Measure::cosine, 2);
    const auto comes_before = [](float a, float b) {
        return std::isnan(a) ? !std::isnan(b) : a > b;
    };
    for (size_t i = 0; i < n; ++i) {
        for (size_t r = 0; r < std::min(k, n); ++r) {
            const size_t j = size_t(best.indices[i * std::min(k, n) + r]);
            size_t before = 0;
            for (size_t m = 0; m < n; ++m) {
                const float here = table[i * n + j], other = table[i * n + m];
                before += comes_before(other, here) || (!comes_before(here, other) && m < j);
            }
            require(before == r);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    Input in{data, size};
    switch (in.byte() % 4) {
        case 0: pooling(in); break;
        case 1: neighbours(in); break;
        case 2: bits(in); break;
        default: cosines(in);
    }
    return 0;
}
