// Columns of strings read where they lie: https://arrow.apache.org/docs/format/CDataInterface.html
#pragma once
#include <nanobind/nanobind.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/embed.hpp"

namespace wordllama {

namespace nb = nanobind;

// A piece of a column, as the interface lays it out.
struct ArrowArray {
    int64_t length, null_count, offset, n_buffers, n_children;
    const void** buffers;
    ArrowArray** children;
    ArrowArray* dictionary;
    void (*release)(ArrowArray*);
    void* private_data;
};

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
// of other columns than strings and of nulls, ValueError of what is not UTF-8.
std::vector<HeldArrow> read_arrow(nb::handle column, Texts& views);

}  // namespace wordllama
