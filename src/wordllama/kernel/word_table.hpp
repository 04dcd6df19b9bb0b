// The class WordTable that Python sees.
#pragma once
#include <nanobind/nanobind.h>

#include <memory>
#include <mutex>

#include "embed.hpp"

namespace wordllama {

namespace nb = nanobind;

void define_word_table(nb::module_& module);

// `rows` of kernel.Rows, held while this lives.
class HeldRows;

// pool(ids, offsets, rows, out, normalize, threads)
void pool_arrays(nb::handle ids, nb::handle offsets, nb::handle rows, nb::handle out,
                 bool normalize, int threads);

}  // namespace wordllama
