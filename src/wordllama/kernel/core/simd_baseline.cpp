// For every processor of the architecture: SSE2 on x86-64, NEON on aarch64.
#define WORDLLAMA_LANES 4
#include "simd_loops.hpp"

namespace wordllama {

#if defined(__aarch64__)
extern const Loops baseline_loops = made_loops("neon");
#else
extern const Loops baseline_loops = made_loops("baseline");
#endif

}  // namespace wordllama
