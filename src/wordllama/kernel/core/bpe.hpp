// A byte-pair encoding (Sennrich et al., 2016, arXiv:1508.07909): the ids of a piece, as
// `tokenizers` gives them.
//
// A piece begins as its characters' tokens. Of all neighbours that may be merged, those that stand
// first in the file's list are, the leftmost first, until none are left.
#pragma once
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "bits.hpp"
#include "utf8.hpp"

namespace wordllama {

// 64-bit key -> rank and id; open addressing, at most half full.
class RankedIds {
public:
    struct Entry {
        uint64_t key;
        uint32_t rank;
        int32_t id;
    };

    explicit RankedIds(size_t count);

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

class Bpe {
public:
    static constexpr size_t longest = INT32_MAX;  // bytes of a piece

    using Vocabulary = std::vector<std::pair<std::string_view, int32_t>>;

    // `merges` are lines of "left right", best first. A character without a token becomes `unknown`
    // or, where there is none, the tokens of its bytes. Throws std::invalid_argument where a token
    // is missing.
    Bpe(const Vocabulary& vocabulary, std::string_view merges, std::optional<int32_t> unknown);

    // What a thread needs to work with.
    struct Room {
        struct Symbol {
            int32_t id, before, after;  // -1: merged into its neighbour; none there
        };
        struct Candidate {
            uint64_t order;  // rank, place
            int32_t id;
        };
        std::vector<Symbol> symbols;
        std::vector<Candidate> queue;
    };

    // The ids of a normalised piece of at most `longest` bytes, added to `out`.
    void ids(std::string_view piece, Room& room, std::vector<int32_t>& out) const;

private:
    void begin(std::string_view piece, Room& room) const;
    void merge(Room& room) const;
    void propose(int32_t place, Room& room) const;

    static uint64_t pair_key(int32_t left, int32_t right) {
        return uint64_t(uint32_t(left)) << 32 | uint32_t(right);
    }
    const RankedIds::Entry* merged(int32_t left, int32_t right) const {
        return merges_.find(pair_key(left, right));
    }

    RankedIds characters_, merges_;
    std::optional<int32_t> unknown_;
    int32_t bytes_[256] = {};
};

}  // namespace wordllama
