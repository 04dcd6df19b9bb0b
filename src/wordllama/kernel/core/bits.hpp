// What C++17 has no name for; GCC and Clang do.
#pragma once
#include <cstddef>
#include <cstdint>

namespace wordllama {

// The index of the lowest bit that is set; one is.
inline int lowest_bit(uint64_t mask) {
    return __builtin_ctzll(mask);
}

inline void prefetch(const void* address) { __builtin_prefetch(address); }

// The lines of so many bytes; nothing need be there, so the addresses are numbers, not pointers.
inline void prefetch(const void* address, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64) {
        __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<uintptr_t>(address) + i));
    }
}

}  // namespace wordllama
