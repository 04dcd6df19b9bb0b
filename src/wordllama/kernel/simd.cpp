#include "simd.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace wordllama {

namespace {

#if defined(__x86_64__)
bool has_avx2() {
    return avx2_loops() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("f16c") && __builtin_cpu_supports("popcnt");
}

bool has_avx512() {
    return avx512_loops() && has_avx2() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}

Loops best_avx512() {
    Loops made = *avx512_loops();
    if (vpopcnt_distances() && __builtin_cpu_supports("avx512vpopcntdq")) {
        made.distances = vpopcnt_distances();
    }
    return made;
}

const Loops* named(const std::string& name) {
    if (has_avx512() && (name.empty() || name == "avx512")) {
        static const Loops made = best_avx512();
        return &made;
    }
    if (has_avx2() && (name.empty() || name == "avx2")) return avx2_loops();
    return name.empty() || name == baseline_loops.name ? &baseline_loops : nullptr;
}
#else
const Loops* named(const std::string& name) {
    return name.empty() || name == baseline_loops.name ? &baseline_loops : nullptr;
}
#endif

const Loops& chosen() {
    const char* wanted = std::getenv("WORDLLAMA_SIMD");
    const std::string name = wanted ? wanted : "";
    if (const Loops* found = named(name)) return *found;
    throw std::invalid_argument("WORDLLAMA_SIMD is '" + name +
                                "', which this processor or this build does not have");
}

}  // namespace

const Loops& loops() {
    static const Loops& found = chosen();
    return found;
}

}  // namespace wordllama
