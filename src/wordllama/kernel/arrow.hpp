// Columns of strings that Python objects hand out by Arrow's C data interface.
#pragma once
#include <nanobind/nanobind.h>

#include <memory>
#include <vector>

#include "core/arrow_column.hpp"

namespace wordllama {

namespace nb = nanobind;

struct ReleaseArrow {
    void operator()(ArrowArray* array) const {
        if (array->release) array->release(array);
        delete array;
    }
};

using HeldArrow = std::unique_ptr<ArrowArray, ReleaseArrow>;

// Whether the object hands itself out by the interface.
bool is_arrow(nb::handle column);

// Appends the column's strings to `views`, which are good while what is given back lives. TypeError
// of other columns than strings and of nulls, ValueError of what is not UTF-8 or broken.
std::vector<HeldArrow> read_arrow(nb::handle column, Texts& views);

}  // namespace wordllama
