// 64-bit key -> rank and id; open addressing, at most half full.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bits.hpp"

namespace wordllama {

class RankedIds {
public:
    struct Entry {
        uint64_t key;
        uint32_t rank;
        int32_t id;
    };

    // For at most `count` keys, none of which is UINT64_MAX.
    explicit RankedIds(size_t count) : mask_(1), shift_(63) {
        for (; mask_ + 1 < 2 * count; mask_ = 2 * mask_ + 1) --shift_;
        entries_.assign(mask_ + 1, {empty, 0, 0});
    }

    void set(uint64_t key, uint32_t rank, int32_t id) { *slot(key) = {key, rank, id}; }

    const Entry* find(uint64_t key) const {
        const Entry* entry = const_cast<RankedIds*>(this)->slot(key);
        return entry->key == key ? entry : nullptr;
    }

    void prefetch(uint64_t key) const { wordllama::prefetch(&entries_[home(key)]); }

private:
    static constexpr uint64_t empty = UINT64_MAX;

    size_t home(uint64_t key) const { return size_t((key * 0x9E3779B97F4A7C15u) >> shift_); }

    Entry* slot(uint64_t key) {
        size_t i = home(key);
        while (entries_[i].key != key && entries_[i].key != empty) i = (i + 1) & mask_;
        return &entries_[i];
    }

    size_t mask_;
    int shift_;
    std::vector<Entry> entries_;
};

}  // namespace wordllama
