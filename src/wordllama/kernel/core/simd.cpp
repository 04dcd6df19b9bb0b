#include "simd.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace wordllama {

namespace {

#if defined(__x86_64__)
bool has_f16c() {  // older compilers do not know it by name
    unsigned eax, ebx, ecx, edx;
    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & bit_F16C);
}

bool has_avx2() {
    return avx2_loops() && has_f16c() && __builtin_cpu_supports("avx2") &&
           __builtin_cpu_supports("fma") && __builtin_cpu_supports("popcnt");
}

bool has_avx512() {
    return avx512_loops() && has_avx2() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}

bool has_vpopcnt() {
    return vpopcnt_distances() && has_avx512() && __builtin_cpu_supports("avx512vpopcntdq");
}

Loops with_vpopcnt() {
    Loops made = *avx512_loops();
    made.name = "avx512-vpopcntdq";
    made.distances = vpopcnt_distances();
    return made;
}
#endif

struct Levels {
    const Loops* found[5] = {};

    Levels() {
        const Loops** next = found;
#if defined(__x86_64__)
        if (has_vpopcnt()) {
            static const Loops made = with_vpopcnt();
            *next++ = &made;
        }
        if (has_avx512()) *next++ = avx512_loops();
        if (has_avx2()) *next++ = avx2_loops();
#endif
        *next = &baseline_loops;
    }
};

const Loops& chosen() {
    const char* wanted = std::getenv("WORDLLAMA_SIMD");
    const std::string name = wanted ? wanted : "";
    std::string known;
    for (const Loops* const* level = levels(); *level; ++level) {
        if (name.empty() || name == (*level)->name) return **level;
        known += std::string(known.empty() ? "" : ", ") + (*level)->name;
    }
    throw std::invalid_argument("WORDLLAMA_SIMD must be one of " + known + " here, not '" + name +
                                "'");
}

}  // namespace

const Loops* const* levels() {
    static const Levels all;
    return all.found;
}

const Loops& loops() {
    static const Loops& found = chosen();
    return found;
}

}  // namespace wordllama
