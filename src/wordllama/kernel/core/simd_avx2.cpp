// For x86-64 processors with AVX2, FMA, F16C and POPCNT.
#include "simd.hpp"

#if defined(__AVX2__)
#define WORDLLAMA_LANES 8
#include "simd_loops.hpp"

namespace wordllama {

const Loops* avx2_loops() {
    static constexpr Loops made = made_loops("avx2");
    return &made;
}

}  // namespace wordllama
#else
namespace wordllama {

const Loops* avx2_loops() { return nullptr; }

}  // namespace wordllama
#endif
