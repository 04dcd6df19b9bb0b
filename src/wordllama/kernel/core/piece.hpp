// A piece of text as the word table sees it: its bytes in two words if they fit, else a pointer.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace wordllama {

struct Piece {
    static constexpr size_t inline_bytes = 16;

    uint64_t first;   // bytes 0-7, or the hash of a long piece
    uint64_t second;  // bytes 8-15, or the address of a long piece's bytes
    uint64_t hash;
    size_t size;

    bool is_long() const { return size > inline_bytes; }
    const char* address() const { return reinterpret_cast<const char*>(uintptr_t(second)); }
    std::string text() const {
        if (is_long()) return std::string(address(), size);
        char bytes[inline_bytes];
        std::memcpy(bytes, &first, 8);
        std::memcpy(bytes + 8, &second, 8);
        return std::string(bytes, size);
    }
};

inline uint64_t load8(const char* p) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    return word;
}

inline uint32_t load4(const char* p) {
    uint32_t word;
    std::memcpy(&word, p, 4);
    return word;
}

// The folded 128-bit product of two words: every bit of both reaches every bit of the result.
inline uint64_t fold(uint64_t a, uint64_t b) {
#if defined(__SIZEOF_INT128__)
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
#else
    const uint64_t mask = 0xFFFFFFFF, a1 = a >> 32, a0 = a & mask, b1 = b >> 32, b0 = b & mask;
    const uint64_t lowest = a0 * b0, left = a1 * b0 + (lowest >> 32), right = a0 * b1 + (left & mask);
    return (right << 32 | (lowest & mask)) ^ (a1 * b1 + (left >> 32) + (right >> 32));
#endif
}

// Hashes are seeded for each process, so that nobody can prepare texts whose pieces all collide.
struct Hasher {
    uint64_t seed;

    uint64_t words(uint64_t first, uint64_t second, size_t size) const {
        return fold(first ^ seed, second ^ (0x9E3779B97F4A7C15u * (size + 1)) ^ (seed >> 7));
    }

    uint64_t bytes(const char* p, size_t size) const {
        uint64_t hash = seed ^ size;
        for (; size > 16; p += 16, size -= 16) hash = words(load8(p) ^ hash, load8(p + 8), 16);
        return words(load8(p + size - 16) ^ hash, load8(p + size - 8), size);
    }

    // Nothing is read outside [p, p + size), save where the caller says that 16 bytes are there.
    Piece piece(const char* p, size_t size, bool sixteen_readable) const {
        if (size > Piece::inline_bytes) {
            const uint64_t hash = bytes(p, size);
            return {hash, reinterpret_cast<uintptr_t>(p), hash, size};
        }
        uint64_t first = 0, second = 0;
        if (sixteen_readable) {
            const size_t low = size < 8 ? size : 8;
            first = load8(p) & masks[low];
            second = load8(p + 8) & masks[size - low];
        } else if (size >= 8) {
            first = load8(p);
            if (size > 8) second = load8(p + size - 8) >> (8 * (16 - size));
        } else if (size >= 4) {
            first = load4(p) | uint64_t(load4(p + size - 4)) << (8 * (size - 4));
        } else {
            for (size_t i = 0; i < size; ++i) first |= uint64_t(uint8_t(p[i])) << (8 * i);
        }
        return {first, second, words(first, second, size), size};
    }

    Piece piece(std::string_view text) const { return piece(text.data(), text.size(), false); }

private:
    static constexpr uint64_t masks[9] = {
        0,
        0xFF,
        0xFFFF,
        0xFFFFFF,
        0xFFFFFFFF,
        0xFFFFFFFFFF,
        0xFFFFFFFFFFFF,
        0xFFFFFFFFFFFFFF,
        0xFFFFFFFFFFFFFFFF,
    };
};

}  // namespace wordllama
