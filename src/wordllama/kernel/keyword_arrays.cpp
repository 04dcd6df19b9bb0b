#include "keyword_arrays.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include "arrays.hpp"
#include "core/keywords.hpp"
#include "gil.hpp"

namespace wordllama {

namespace {

constexpr size_t widest = 65'535 / 64;  // words of a row: a distance has 16 bits

nb::tuple build_postings_arrays(nb::handle terms, nb::handle offsets) {
    const Array term_array(terms, "terms"), offset_array(offsets, "offsets");
    term_array.check(1, "i", "int32");
    offset_array.check(1, "q", "int64");
    const size_t n = offset_array.size(0) - 1;  // of no offsets: too many
    if (n > documents_at_most) {
        fail("ValueError", "offsets must hold n + 1 numbers for n <= 65536 documents, not " +
                               std::to_string(offset_array.size(0)));
    }
    const int64_t* at = offset_array.data<int64_t>();
    for (size_t i = 0; i < n; ++i) {
        if (at[i] > at[i + 1]) fail("ValueError", "offsets must not fall");
    }
    if (at[0] < 0 || at[n] > int64_t(term_array.size(0))) {
        fail("ValueError", "offsets must lie between 0 and the number of terms");
    }
    Postings made;
    {
        const WithoutGil without;
        made = build_postings(term_array.data<int32_t>(), at, n);
    }
    const size_t n_terms = made.terms.size(), n_postings = made.documents.size();
    return nb::make_tuple(
        give(std::move(made.terms), n_terms), give(std::move(made.starts), n_terms + 1),
        give(std::move(made.documents), n_postings), give(std::move(made.counts), n_postings),
        give(std::move(made.lengths), n));
}

// A byte for each row, which says whether it is allowed; or none, where all are.
class Mask {
public:
    explicit Mask(nb::handle allowed) {
        if (!allowed.is_none()) array_.emplace(allowed, "allowed").check(1, "B", "uint8");
    }

    // ValueError unless there are n bytes.
    void check(size_t n) const {
        if (array_ && array_->size(0) != n) {
            fail("ValueError", "allowed must have a byte for each of " + std::to_string(n) +
                                   " rows, not be of shape " + array_->shape());
        }
    }
    const uint8_t* bytes() const { return array_ ? array_->data<uint8_t>() : nullptr; }

private:
    std::optional<Array> array_;
};

// (first, terms, starts, documents, counts, lengths), held while this lives.
struct HeldSegment {
    explicit HeldSegment(nb::handle segment)
        : terms(segment[1], "terms"), starts(segment[2], "starts"),
          documents(segment[3], "documents"), counts(segment[4], "counts"),
          lengths(segment[5], "lengths") {
        terms.check(1, "i", "int32");
        starts.check(1, "q", "int64");
        documents.check(1, "H", "uint16");
        counts.check(1, "H", "uint16");
        lengths.check(1, "i", "int32");
        if (starts.size(0) != terms.size(0) + 1 || documents.size(0) != counts.size(0) ||
            lengths.size(0) > documents_at_most) {
            fail("ValueError", "a segment's arrays do not fit each other");
        }
        view = {nb::cast<size_t>(segment[0]),  lengths.size(0),
                terms.size(0),                 documents.size(0),
                terms.data<int32_t>(),         starts.data<int64_t>(),
                documents.data<uint16_t>(),    counts.data<uint16_t>(),
                lengths.data<int32_t>()};
    }

    Array terms, starts, documents, counts, lengths;
    Segment view;
};

nb::tuple keyword_topk_arrays(nb::handle segments, nb::handle terms, nb::handle weights, float base,
                              float slope, size_t k, nb::handle allowed, nb::handle at,
                              int threads) {
    std::vector<std::unique_ptr<HeldSegment>> held;
    std::vector<Segment> views;
    const Mask mask(allowed);
    size_t end = 0;
    for (nb::handle segment : segments) {
        held.push_back(std::make_unique<HeldSegment>(segment));
        views.push_back(held.back()->view);
        end = std::max(end, views.back().first + views.back().n_documents);
    }
    mask.check(end);
    const Array term_array(terms, "terms"), weight_array(weights, "weights");
    term_array.check(1, "i", "int32");
    weight_array.check(1, "f", "float32");
    if (term_array.size(0) != weight_array.size(0)) {
        fail("ValueError", "terms and weights must be of one length");
    }
    std::optional<Array> places;
    if (!at.is_none()) places.emplace(at, "at").check(1, "q", "int64");
    const size_t n_at = places ? places->size(0) : 0;
    std::vector<float> at_scores(n_at);
    Best best;
    {
        const WithoutGil without;
        best = keyword_topk(views,
                            {term_array.data<int32_t>(), weight_array.data<float>(),
                             term_array.size(0), base, slope},
                            k, mask.bytes(),
                            places ? places->data<int64_t>() : nullptr, n_at, at_scores.data(),
                            threads);
    }
    const size_t found = best.scores.size();
    return nb::make_tuple(give(std::move(best.scores), found),
                          give(std::move(best.indices), found), give(std::move(at_scores), n_at));
}

nb::object nearest_bits_arrays(nb::handle query, nb::handle rows, size_t k, nb::handle allowed,
                               int threads) {
    const Array one(query, "query"), many(rows, "rows");
    one.check(1, "Q", "uint64");
    many.check(2, "Q", "uint64");
    const Mask mask(allowed);
    const Matrix matrix{many.data<void>(), Matrix::Type::bits, many.size(0), many.size(1)};
    if (one.size(0) != matrix.width || matrix.width > widest) {
        fail("ValueError", "query and rows must be of one width, not " + one.shape() + " and " +
                               many.shape());
    }
    mask.check(matrix.count);
    std::vector<int64_t> found;
    {
        const WithoutGil without;
        found = nearest_bits(one.data<uint64_t>(), matrix, k, mask.bytes(), threads);
    }
    const size_t n = found.size();
    return give(std::move(found), n);
}

}  // namespace

void define_keywords(nb::module_& module) {
    using namespace nb::literals;
    module.def("build_postings", &build_postings_arrays, "terms"_a, "offsets"_a,
               nb::call_guard<Call>(),
               "(terms, starts, documents, counts, lengths) of at most 65,536 documents.");
    module.def("keyword_topk", &keyword_topk_arrays, "segments"_a, "terms"_a, "weights"_a, "base"_a,
               "slope"_a, "k"_a, "allowed"_a = nb::none(), "at"_a = nb::none(), "threads"_a = 0,
               nb::call_guard<Call>(),
               "Scores and numbers of the `k` best documents, and the scores of those at `at`.");
    module.def("nearest_bits", &nearest_bits_arrays, "query"_a, "rows"_a, "k"_a,
               "allowed"_a = nb::none(), "threads"_a = 0, nb::call_guard<Call>(),
               "Numbers, rising, of the `k` rows that differ in the fewest bits.");
}

}  // namespace wordllama
