// The extension module wordllama.kernel.native: the functions of kernel/reference.py, compiled.
#include <nanobind/nanobind.h>

#include "simd.hpp"
#include "word_table.hpp"

namespace nb = nanobind;

NB_MODULE(native, module) {
    using namespace nb::literals;
    using namespace wordllama;
    module.doc() = "The compiled kernel; its twin in NumPy is `reference`.";
    module.attr("simd") = loops().name;
    define_word_table(module);
    module.def("pool", &pool_arrays, "ids"_a, "offsets"_a, "rows"_a, "out"_a, "normalize"_a = false,
               "threads"_a = 0, "Mean of the rows of each text's ids into `out`.");
}
