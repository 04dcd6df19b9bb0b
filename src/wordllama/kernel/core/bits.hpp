// What C++17 has no name for; GCC and Clang do.
#pragma once
#include <cstdint>

namespace wordllama {

// The index of the lowest bit that is set; one is.
inline int lowest_bit(uint64_t mask) {
    return __builtin_ctzll(mask);
}

inline void prefetch(const void* address) { __builtin_prefetch(address); }

}  // namespace wordllama
