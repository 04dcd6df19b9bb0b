// The class WordTable that Python sees, and pool.
#pragma once
#include <nanobind/nanobind.h>

namespace wordllama {

namespace nb = nanobind;

void define_word_table(nb::module_& module);

void pool_arrays(nb::handle ids, nb::handle offsets, nb::handle rows, nb::handle out,
                 bool normalize, int threads);

}  // namespace wordllama
