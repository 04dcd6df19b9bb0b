#include "keywords.hpp"

#include <algorithm>

#include "simd.hpp"
#include "threads.hpp"

namespace wordllama {

namespace {

constexpr size_t scanned_at_once = 64;      // scores, before any of them is looked at alone
constexpr size_t postings_a_thread = 1 << 15;  // fewer are not worth starting a thread for
constexpr size_t rows_at_once = 1 << 14;
constexpr uint16_t not_allowed = UINT16_MAX;

struct Entry {
    float score;
    int64_t number;
};

bool better(const Entry& a, const Entry& b) {
    return a.score > b.score || (a.score == b.score && a.number < b.number);
}

// The best k so far, as a heap with the worst on top. Numbers must come in rising order.
class Shortlist {
public:
    explicit Shortlist(size_t k) : k_(k) {}

    float floor() const { return entries_.size() < k_ ? 0.0f : entries_.front().score; }

    void offer(float score, int64_t number) {
        if (!(score > floor())) return;
        if (entries_.size() == k_) {
            std::pop_heap(entries_.begin(), entries_.end(), better);
            entries_.pop_back();
        }
        entries_.push_back({score, number});
        std::push_heap(entries_.begin(), entries_.end(), better);
    }

    const std::vector<Entry>& entries() const { return entries_; }

private:
    size_t k_;
    std::vector<Entry> entries_;
};

// Scores of all documents of a segment into `scores`; false where they are all 0.
bool score_segment(const Segment& segment, const KeywordQuery& query, std::vector<float>& scores,
                   std::vector<float>& norms) {
    bool any = false;
    for (size_t q = 0; q < query.n; ++q) {
        const int32_t* end = segment.terms + segment.n_terms;
        const int32_t* term = std::lower_bound(segment.terms, end, query.terms[q]);
        if (term == end || *term != query.terms[q]) continue;
        if (!any) {
            // A document's number has 16 bits, so that none lies outside of these.
            scores.assign(documents_at_most, 0.0f);
            norms.resize(documents_at_most);
            for (size_t i = 0; i < segment.n_documents; ++i) {
                norms[i] = query.base + query.slope * float(segment.lengths[i]);
            }
            any = true;
        }
        const int64_t* start = segment.starts + (term - segment.terms);
        const size_t to = std::min(segment.n_postings, size_t(std::max<int64_t>(0, start[1])));
        const float weight = query.weights[q];
        for (size_t i = size_t(std::max<int64_t>(0, start[0])); i < to; ++i) {
            const uint16_t document = segment.documents[i];
            const float count = segment.counts[i];
            scores[document] += weight * (count / (count + norms[document]));
        }
    }
    return any;
}

void offer_all(const Segment& segment, const std::vector<float>& scores, const uint8_t* allowed,
               Shortlist& shortlist) {
    for (size_t from = 0; from < segment.n_documents; from += scanned_at_once) {
        const size_t to = std::min(segment.n_documents, from + scanned_at_once);
        const float floor = shortlist.floor();
        int over = 0;
        for (size_t i = from; i < to; ++i) over |= scores[i] > floor;
        for (size_t i = from; over && i < to; ++i) {
            const size_t number = segment.first + i;
            if (scores[i] > floor && (!allowed || allowed[number])) {
                shortlist.offer(scores[i], int64_t(number));
            }
        }
    }
}

}  // namespace

Postings build_postings(const int32_t* terms, const int64_t* offsets, size_t n) {
    Postings made;
    made.lengths.resize(n);
    int32_t largest = -1;
    for (int64_t i = offsets[0]; i < offsets[n]; ++i) largest = std::max(largest, terms[i]);
    const size_t n_terms = size_t(largest + 1);

    std::vector<int32_t> last(n_terms, -1);  // the last document that held each term
    std::vector<int64_t> next(n_terms, 0);   // how many did; then where its next document goes
    for (size_t document = 0; document < n; ++document) {
        for (int64_t i = offsets[document]; i < offsets[document + 1]; ++i) {
            if (terms[i] < 0) continue;
            ++made.lengths[document];
            int32_t& seen = last[size_t(terms[i])];
            next[size_t(terms[i])] += seen != int32_t(document);
            seen = int32_t(document);
        }
    }
    int64_t total = 0;
    for (size_t term = 0; term < n_terms; ++term) {
        if (next[term] == 0) continue;
        made.terms.push_back(int32_t(term));
        made.starts.push_back(total);
        const int64_t held = next[term];
        next[term] = total;
        total += held;
    }
    made.starts.push_back(total);
    made.documents.resize(size_t(total));
    made.counts.resize(size_t(total));
    std::fill(last.begin(), last.end(), -1);
    for (size_t document = 0; document < n; ++document) {
        for (int64_t i = offsets[document]; i < offsets[document + 1]; ++i) {
            if (terms[i] < 0) continue;
            const size_t term = size_t(terms[i]);
            if (last[term] != int32_t(document)) {
                last[term] = int32_t(document);
                made.documents[size_t(next[term]++)] = uint16_t(document);
            }
            uint16_t& count = made.counts[size_t(next[term] - 1)];
            count = uint16_t(count + (count < UINT16_MAX));
        }
    }
    return made;
}

Best keyword_topk(const std::vector<Segment>& segments, const KeywordQuery& query, size_t k,
                  const uint8_t* allowed, const int64_t* at, size_t n_at, float* at_scores,
                  int threads) {
    size_t postings = 0;
    for (const Segment& segment : segments) postings += segment.n_postings;
    const size_t used = thread_count(threads, std::min(segments.size(), postings / postings_a_thread));
    std::vector<Shortlist> shortlists(used, Shortlist(k));
    std::vector<std::vector<float>> scores(used), norms(used);
    std::fill(at_scores, at_scores + n_at, 0.0f);
    share(segments.size(), used, [&](size_t task, size_t worker) {
        const Segment& segment = segments[task];
        if (!score_segment(segment, query, scores[worker], norms[worker])) return;
        if (k) offer_all(segment, scores[worker], allowed, shortlists[worker]);
        const int64_t end = int64_t(segment.first + segment.n_documents);
        for (size_t i = size_t(std::lower_bound(at, at + n_at, int64_t(segment.first)) - at);
             i < n_at && at[i] < end; ++i) {
            at_scores[i] = scores[worker][size_t(at[i]) - segment.first];
        }
    });
    std::vector<Entry> all;
    for (const Shortlist& list : shortlists) {
        all.insert(all.end(), list.entries().begin(), list.entries().end());
    }
    std::sort(all.begin(), all.end(), better);
    all.resize(std::min(all.size(), k));
    Best best;
    for (const Entry& entry : all) {
        best.scores.push_back(entry.score);
        best.indices.push_back(entry.number);
    }
    return best;
}

std::vector<int64_t> nearest_bits(const uint64_t* query, const Matrix& rows, size_t k,
                                  const uint8_t* allowed, int threads) {
    const size_t bits = 64 * rows.width, tasks = (rows.count + rows_at_once - 1) / rows_at_once;
    const size_t used = thread_count(threads, std::min(tasks, rows.count * rows.row_bytes() >> 20));
    std::vector<uint16_t> distance(rows.count);
    std::vector<std::vector<size_t>> counts(used, std::vector<size_t>(bits + 1, 0));
    std::vector<std::vector<int32_t>> block(used);
    share(tasks, used, [&](size_t task, size_t worker) {
        const size_t first = task * rows_at_once, m = std::min(rows_at_once, rows.count - first);
        block[worker].resize(m);
        loops().distances(query, rows.row<uint64_t>(first), m, rows.width, block[worker].data());
        for (size_t i = 0; i < m; ++i) {
            const bool taken = !allowed || allowed[first + i];
            distance[first + i] = taken ? uint16_t(block[worker][i]) : not_allowed;
            counts[worker][size_t(block[worker][i])] += taken;
        }
    });
    // All rows nearer than `cutoff` belong to the nearest, and of those at it as many as are missing.
    size_t cutoff = 0, nearer = 0;
    for (; cutoff <= bits; ++cutoff) {
        size_t here = 0;
        for (const auto& count : counts) here += count[cutoff];
        if (nearer + here >= k) break;
        nearer += here;
    }
    std::vector<int64_t> found;
    found.reserve(std::min(k, rows.count));
    size_t missing = k - std::min(k, nearer);
    for (size_t from = 0; from < rows.count; from += scanned_at_once) {
        const size_t to = std::min(rows.count, from + scanned_at_once);
        int near = 0;
        for (size_t i = from; i < to; ++i) near |= distance[i] <= cutoff;
        for (size_t i = from; near && i < to; ++i) {
            if (distance[i] > cutoff || distance[i] == not_allowed) continue;
            if (distance[i] == cutoff && missing == 0) continue;
            missing -= distance[i] == cutoff;
            found.push_back(int64_t(i));
        }
    }
    return found;
}

}  // namespace wordllama
