// For x86-64 processors with AVX-512 F, BW, DQ, VL.
#include "simd.hpp"

#if defined(__AVX512F__)
#define WORDLLAMA_LANES 16
#include "simd_loops.hpp"

namespace wordllama {

const Loops* avx512_loops() {
    static constexpr Loops made = made_loops("avx512");
    return &made;
}

}  // namespace wordllama
#else
namespace wordllama {

const Loops* avx512_loops() { return nullptr; }

}  // namespace wordllama
#endif
