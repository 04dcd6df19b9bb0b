// Piece of text -> token ids. One thread writes at a time; any number read meanwhile, unlocked.
// `insert` is for a table that one thread fills, `insert_shared` for one that many do.
//
// Slots are 32 bytes, open addressing, linear probing, at most half full:
//
//     first (8) | second (8) | tag (4) | count (4) | ids (2 x 4, or a pointer)
//
// Pieces of up to 16 bytes lie in the slot itself; longer ones, and more than two ids, lie in an
// arena whose blocks never move. A slot is filled before its tag is published, and never changes
// again. When the slots are half full they are copied to a larger array; the old array stays until
// the table goes, for those who still read it (arrays grow fourfold, so that costs a third).
#pragma once
#include <atomic>
#include <memory>
#include <vector>

#include "bits.hpp"
#include "piece.hpp"

namespace wordllama {

struct Slot {
    uint64_t first, second;
    std::atomic<uint32_t> tag;  // 0: empty; else the piece's size + 1
    uint32_t count;
    union {
        int32_t few[2];
        const int32_t* many;
    };

    const int32_t* ids() const { return count <= 2 ? few : many; }
};

constexpr size_t longest_kept = 256;  // bytes; longer pieces hardly come twice

class Table {
public:
    explicit Table(size_t max_bytes) : max_bytes_(max_bytes) {}

    // The hasher of all tables of the process.
    static Hasher process_hasher();

    Hasher hasher() const { return hasher_; }
    size_t size() const { return size_.load(std::memory_order_relaxed); }
    size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
    size_t max_bytes() const { return max_bytes_; }

    void prefetch(const Piece& piece) const {
        const Slots* slots = slots_.load(std::memory_order_acquire);
        if (slots) wordllama::prefetch(&slots->items[piece.hash & slots->mask]);
    }

    const Slot* find(const Piece& piece) const {
        const Slots* slots = slots_.load(std::memory_order_acquire);
        if (!slots) return nullptr;
        const uint32_t wanted = tag_of(piece);
        for (size_t i = piece.hash & slots->mask;; i = (i + 1) & slots->mask) {
            const Slot& slot = slots->items[i];
            const uint32_t tag = slot.tag.load(std::memory_order_acquire);
            if (tag == wanted && slot.first == piece.first && same_rest(slot, piece)) return &slot;
            if (tag == 0) return nullptr;
        }
    }

    // False if there is no room for it within max_bytes. What is there already stays as it is.
    bool insert(const Piece& piece, const int32_t* ids, size_t count);

    // The same for a table that other threads write to, too.
    bool insert_shared(const Piece& piece, const int32_t* ids, size_t count);

    // Calls f(piece) for all pieces; nobody may write meanwhile.
    template <class F>
    void each(F f) const {
        const Slots* slots = slots_.load(std::memory_order_acquire);
        for (size_t i = 0; slots && i <= slots->mask; ++i) {
            const Slot& slot = slots->items[i];
            const uint32_t tag = slot.tag.load(std::memory_order_acquire);
            if (tag != 0) f(piece_of(slot, tag));
        }
    }

private:
    struct Slots {
        explicit Slots(size_t size);
        ~Slots();
        Slots(const Slots&) = delete;
        Slots& operator=(const Slots&) = delete;
        const size_t mask;
        Slot* const items;
    };

    static uint32_t tag_of(const Piece& piece) {
        return piece.size < UINT32_MAX ? uint32_t(piece.size) + 1 : UINT32_MAX;
    }

    // A long piece lies in the arena with its size before it.
    static bool same_rest(const Slot& slot, const Piece& piece) {
        if (!piece.is_long()) return slot.second == piece.second;
        const char* entry = reinterpret_cast<const char*>(uintptr_t(slot.second));
        return load8(entry) == piece.size &&
               std::memcmp(entry + 8, piece.address(), piece.size) == 0;
    }

    static Piece piece_of(const Slot& slot, uint32_t tag);

    Slots* with_room(size_t extra);
    char* keep(size_t bytes);

    const Hasher hasher_ = process_hasher();
    const size_t max_bytes_;
    std::atomic<Slots*> slots_{nullptr};
    std::atomic<size_t> size_{0}, bytes_{0};

    std::vector<std::unique_ptr<Slots>> generations_;
    std::vector<std::unique_ptr<char[]>> blocks_;
    char* free_ = nullptr;
    size_t free_bytes_ = 0;

};

}  // namespace wordllama
