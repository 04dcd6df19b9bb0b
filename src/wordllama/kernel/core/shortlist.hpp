// The best k of many scores.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wordllama {

struct Entry {
    float score;
    int64_t index;
};

// Scores that are not numbers come first, and ties go to the lower index.
inline bool better(const Entry& a, const Entry& b) {
    const bool a_is_nan = a.score != a.score, b_is_nan = b.score != b.score;
    if (a_is_nan != b_is_nan) return a_is_nan;
    if (a.score > b.score) return true;
    return !(a.score < b.score) && a.index < b.index;
}

// The best k so far, as a heap with the worst on top; k is not 0.
class Shortlist {
public:
    explicit Shortlist(size_t k) : k_(k) {}

    bool full() const { return entries_.size() == k_; }
    float worst() const { return entries_.front().score; }
    const std::vector<Entry>& entries() const { return entries_; }

    void offer(const Entry& entry) {
        if (full()) {
            if (!better(entry, entries_.front())) return;
            std::pop_heap(entries_.begin(), entries_.end(), better);
            entries_.back() = entry;
        } else {
            entries_.push_back(entry);
        }
        std::push_heap(entries_.begin(), entries_.end(), better);
    }

    // Scores of first, first + 1, ...: most of them are too low, which one comparison tells.
    void offer(const float* scores, size_t n, size_t first) {
        size_t j = 0;
        for (; j < n && !full(); ++j) offer({scores[j], int64_t(first + j)});
        if (j == n) return;
        float floor = worst();
        for (; j < n; ++j) {
            if (scores[j] <= floor) continue;
            offer({scores[j], int64_t(first + j)});
            floor = worst();
        }
    }

private:
    size_t k_;
    std::vector<Entry> entries_;
};

}  // namespace wordllama
