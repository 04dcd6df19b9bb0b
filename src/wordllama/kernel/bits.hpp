#pragma once
#include <cstdint>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif

namespace wordllama {

// The index of the lowest bit that is set; one is.
inline int lowest_bit(uint64_t mask) {
#if defined(__GNUC__)
    return __builtin_ctzll(mask);
#else
    unsigned long index;
    _BitScanForward64(&index, mask);
    return int(index);
#endif
}

}  // namespace wordllama
