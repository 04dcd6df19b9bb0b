#include "keywords.hpp"

#include <algorithm>

#include "shortlist.hpp"
#include "simd.hpp"
#include "threads.hpp"

namespace wordllama {

namespace {

constexpr size_t scanned_at_once = 64;      // scores, before any of them is looked at alone
constexpr size_t postings_a_thread = 1 << 15;  // fewer are not worth starting a thread for
constexpr size_t rows_at_once = 1 << 14;
constexpr size_t looked_at_once = 16;  // distances

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

struct Near {
    int64_t number;
    int32_t distance;
};

// Tells which rows may be among the k nearest, by how many of those before them were how near.
class Nearest {
public:
    Nearest(size_t k, size_t bits) : k_(k), cutoff_(int32_t(bits)), counts_(bits + 1, 0) {}

    // Appends those of the rows first, first + 1, ... to `near`.
    void take(const std::vector<int32_t>& distances, size_t first, const uint8_t* allowed,
              std::vector<Near>& near) {
        const size_t m = distances.size();
        for (size_t from = 0; from < m; from += looked_at_once) {
            const size_t to = std::min(m, from + looked_at_once);
            int any = 0;
            for (size_t i = from; i < to; ++i) any |= distances[i] <= cutoff_;
            for (size_t i = from; any && i < to; ++i) {
                if (distances[i] > cutoff_ || (allowed && !allowed[first + i])) continue;
                near.push_back({int64_t(first + i), distances[i]});
                count(distances[i]);
            }
        }
    }

    // How many were at this distance; right up to that of the k-th nearest.
    size_t count(size_t distance) const { return counts_[distance]; }

private:
    void count(int32_t distance) {
        ++counts_[size_t(distance)];
        ++held_;
        while (held_ - counts_[size_t(cutoff_)] >= k_) held_ -= counts_[size_t(cutoff_--)];
    }

    size_t k_, held_ = 0;  // rows at most `cutoff_` away
    int32_t cutoff_;
    std::vector<size_t> counts_;
};

void offer_all(const Segment& segment, const std::vector<float>& scores, const uint8_t* allowed,
               Shortlist& shortlist) {
    for (size_t from = 0; from < segment.n_documents; from += scanned_at_once) {
        const size_t to = std::min(segment.n_documents, from + scanned_at_once);
        const float floor = shortlist.full() ? shortlist.worst() : 0;
        int over = 0;
        for (size_t i = from; i < to; ++i) over |= scores[i] > floor;
        for (size_t i = from; over && i < to; ++i) {
            const size_t number = segment.first + i;
            if (scores[i] > floor && (!allowed || allowed[number])) {
                shortlist.offer({scores[i], int64_t(number)});
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
        best.indices.push_back(entry.index);
    }
    return best;
}

std::vector<int64_t> nearest_bits(const uint64_t* query, const Matrix& rows, size_t k,
                                  const uint8_t* allowed, int threads) {
    const size_t tasks = (rows.count + rows_at_once - 1) / rows_at_once;
    const size_t used = thread_count(threads, std::min(tasks, rows.count * rows.row_bytes() >> 20));
    std::vector<Nearest> nearest(used, Nearest(k, 64 * rows.width));
    std::vector<std::vector<Near>> near(tasks);  // of each task, in rising order of number
    std::vector<std::vector<int32_t>> distances(used);
    share(k ? tasks : 0, used, [&](size_t task, size_t worker) {
        const size_t first = task * rows_at_once, m = std::min(rows_at_once, rows.count - first);
        distances[worker].resize(m);
        loops().distances(query, rows.row<uint64_t>(first), m, rows.width, distances[worker].data());
        nearest[worker].take(distances[worker], first, allowed, near[task]);
    });
    // All rows nearer than `cutoff` belong to the nearest, and of those at it as many as are missing.
    size_t cutoff = 0, nearer = 0;
    for (; cutoff <= 64 * rows.width; ++cutoff) {
        size_t here = 0;
        for (const Nearest& each : nearest) here += each.count(cutoff);
        if (nearer + here >= k) break;
        nearer += here;
    }
    std::vector<int64_t> found;
    size_t missing = k - std::min(k, nearer);
    for (const std::vector<Near>& part : near) {
        for (const Near& row : part) {
            const bool at_it = row.distance == int64_t(cutoff);
            if (row.distance > int64_t(cutoff) || (at_it && missing == 0)) continue;
            missing -= at_it;
            found.push_back(row.number);
        }
    }
    return found;
}

}  // namespace wordllama
