// Columns of strings read where they lie: https://arrow.apache.org/docs/format/CDataInterface.html
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "embed.hpp"

namespace wordllama {

// A piece of a column, as the interface lays it out.
struct ArrowArray {
    int64_t length, null_count, offset, n_buffers, n_children;
    const void** buffers;
    ArrowArray** children;
    ArrowArray* dictionary;
    void (*release)(ArrowArray*);
    void* private_data;
};

// The column holds other things than strings, or nulls.
struct NotStrings : std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

// Appends the column's strings to `views`, which are good while the array is. Throws NotStrings, and
// std::invalid_argument where they are not UTF-8 or the layout is broken. The interface does not say
// how large most buffers are: that the last offset lies within the data is for its producer to know.
void read_strings(std::string_view format, const ArrowArray& array, Texts& views);

}  // namespace wordllama
