// A model's matrix, and how a token id finds its row (`Rows` of kernel/__init__.py).
#pragma once
#include <cstddef>
#include <cstdint>

namespace wordllama {

enum class Type { float32, float16, int8 };

struct Rows {
    const void* matrix;
    Type type;
    size_t count, dim;
    const float* scale;      // per token, or null for 1
    const int32_t* mapping;  // token -> row, or null where they are the same
    size_t tokens;

    size_t row_bytes() const {
        return dim * (type == Type::float32 ? 4 : type == Type::float16 ? 2 : 1);
    }
};

}  // namespace wordllama
