#include "table.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <random>

#include "fork_lock.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace wordllama {

namespace {

constexpr size_t first_slots = 512;
constexpr size_t block_bytes = 1 << 16;
constexpr size_t huge_page = 2 << 20;

// Two slots fill a cache line.
std::align_val_t alignment(size_t bytes) {
    return std::align_val_t(bytes < huge_page ? 64 : huge_page);
}

Slot* allocate(size_t bytes) {
    void* room = ::operator new(bytes, alignment(bytes));
#if defined(__linux__)
    // Slots are read all over: with small pages, finding the page takes as long as the slot.
    if (bytes >= huge_page) madvise(room, bytes, MADV_HUGEPAGE);
#endif
    return static_cast<Slot*>(room);
}

void fill(Slot& slot, const Slot& from, uint32_t tag) {
    slot.first = from.first;
    slot.second = from.second;
    slot.count = from.count;
    if (from.count <= 2) {
        std::copy_n(from.few, 2, slot.few);
    } else {
        slot.many = from.many;
    }
    slot.tag.store(tag, std::memory_order_release);
}

}  // namespace

Table::Slots::Slots(size_t size) : mask(size - 1), items(allocate(size * sizeof(Slot))) {
    std::uninitialized_value_construct_n(items, size);
}

Table::Slots::~Slots() {
    const size_t bytes = (mask + 1) * sizeof(Slot);
    ::operator delete(items, alignment(bytes));
}

Hasher Table::process_hasher() {
    static const uint64_t seed = [] {
        std::random_device device;
        return uint64_t(device()) << 32 | device();
    }();
    return {seed};
}

Piece Table::piece_of(const Slot& slot, uint32_t tag) {
    const size_t size = tag - 1;
    if (size <= Piece::inline_bytes) return {slot.first, slot.second, 0, size};
    const char* entry = reinterpret_cast<const char*>(uintptr_t(slot.second));
    return {slot.first, reinterpret_cast<uintptr_t>(entry + 8), slot.first, size_t(load8(entry))};
}

// Slots for one more piece, within what is left beside `extra` bytes; null where there is no room.
Table::Slots* Table::with_room(size_t extra) {
    Slots* slots = slots_.load(std::memory_order_relaxed);
    if (slots && 2 * (size() + 1) <= slots->mask) return slots;
    const size_t wanted = slots ? 4 * (slots->mask + 1) : first_slots;
    const size_t cost = wanted * sizeof(Slot);
    if (bytes() + cost + extra > max_bytes_) return nullptr;
    auto grown = std::make_unique<Slots>(wanted);
    for (size_t i = 0; slots && i <= slots->mask; ++i) {
        const Slot& slot = slots->items[i];
        const uint32_t tag = slot.tag.load(std::memory_order_relaxed);
        if (tag == 0) continue;
        const Piece piece = piece_of(slot, tag);
        const Hasher hash = hasher_;
        size_t j = piece.is_long() ? piece.hash : hash.words(piece.first, piece.second, piece.size);
        for (j &= grown->mask; grown->items[j].tag.load(std::memory_order_relaxed) != 0;) {
            j = (j + 1) & grown->mask;
        }
        fill(grown->items[j], slot, tag);
    }
    slots = grown.get();
    generations_.push_back(std::move(grown));
    bytes_.fetch_add(cost, std::memory_order_relaxed);
    slots_.store(slots, std::memory_order_release);
    return slots;
}

// Room in the arena that never moves, or null where max_bytes would be passed.
char* Table::keep(size_t wanted) {
    wanted = (wanted + 7) & ~size_t(7);
    if (wanted > free_bytes_) {
        const size_t size = std::max(wanted, block_bytes);
        if (bytes() + size > max_bytes_) return nullptr;
        blocks_.push_back(std::unique_ptr<char[]>(new char[size]));
        bytes_.fetch_add(size, std::memory_order_relaxed);
        free_ = blocks_.back().get();
        free_bytes_ = size;
    }
    char* room = free_;
    free_ += wanted;
    free_bytes_ -= wanted;
    return room;
}

bool Table::insert(const Piece& piece, const int32_t* ids, size_t count) {
    if (find(piece)) return true;
    if (count > UINT32_MAX) return false;
    const size_t long_bytes = piece.is_long() ? 8 + piece.size : 0;
    const size_t ids_bytes = count > 2 ? count * sizeof(int32_t) : 0;
    Slots* slots = with_room(long_bytes + ids_bytes);
    if (!slots) return false;

    Slot made{};
    made.first = piece.first;
    made.second = piece.second;
    made.count = uint32_t(count);
    if (long_bytes) {
        char* entry = keep(long_bytes);
        if (!entry) return false;
        const uint64_t size = piece.size;
        std::memcpy(entry, &size, 8);
        std::memcpy(entry + 8, piece.address(), piece.size);
        made.second = reinterpret_cast<uintptr_t>(entry);
    }
    if (ids_bytes) {
        char* room = keep(ids_bytes);
        if (!room) return false;
        std::memcpy(room, ids, ids_bytes);
        made.many = reinterpret_cast<const int32_t*>(room);
    } else {
        std::copy_n(ids, count, made.few);
    }
    size_t i = piece.hash & slots->mask;
    while (slots->items[i].tag.load(std::memory_order_relaxed) != 0) i = (i + 1) & slots->mask;
    fill(slots->items[i], made, tag_of(piece));
    size_.fetch_add(1, std::memory_order_relaxed);
    return true;
}

bool Table::insert_shared(const Piece& piece, const int32_t* ids, size_t count) {
    const std::lock_guard<std::mutex> lock(fork_lock());
    return insert(piece, ids, count);
}

}  // namespace wordllama
