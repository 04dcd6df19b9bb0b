#include "arrow.hpp"

#include <string>
#include <string_view>

#include "arrays.hpp"
#include "core/piece.hpp"

namespace wordllama {

namespace {

struct ArrowSchema {
    const char *format, *name, *metadata;
    int64_t flags, n_children;
    ArrowSchema **children, *dictionary;
    void (*release)(ArrowSchema*);
    void* private_data;

    ~ArrowSchema() {
        if (release) release(this);
    }
};

struct ArrowStream {
    int (*get_schema)(ArrowStream*, ArrowSchema*);
    int (*get_next)(ArrowStream*, ArrowArray*);
    const char* (*get_last_error)(ArrowStream*);
    void (*release)(ArrowStream*);
    void* private_data;
};

template <class T>
T* inside(nb::handle capsule, const char* name) {
    void* pointer = PyCapsule_GetPointer(capsule.ptr(), name);
    if (!pointer) throw nb::python_error();
    return static_cast<T*>(pointer);
}

bool is_utf8(std::string_view text) {
    const char* p = text.data();
    const char* const end = p + text.size();
    while (p < end) {
        if (end - p >= 8 && (load8(p) & 0x8080808080808080u) == 0) {
            p += 8;
            continue;
        }
        const uint8_t lead = uint8_t(*p++);
        if (lead < 0x80) continue;
        const std::ptrdiff_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
        if (lead < 0xC2 || lead > 0xF4 || end - p < more) return false;
        const uint8_t lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        const uint8_t highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (uint8_t(*p) < lowest || uint8_t(*p) > highest) return false;
        for (std::ptrdiff_t i = 1; i < more; ++i) {
            if ((uint8_t(p[i]) & 0xC0) != 0x80) return false;
        }
        p += more;
    }
    return true;
}

template <class Offset>
std::string_view between_offsets(const ArrowArray& array, int64_t i) {
    const Offset* offsets = static_cast<const Offset*>(array.buffers[1]) + array.offset;
    const Offset from = offsets[i], to = offsets[i + 1];
    if (from < 0 || to < from) fail("ValueError", "the offsets of an Arrow column fall");
    return {static_cast<const char*>(array.buffers[2]) + from, size_t(to - from)};
}

// A view is the size and the string itself, or the size, 4 bytes, the buffer and the place in it.
std::string_view viewed(const ArrowArray& array, int64_t i) {
    const char* view = static_cast<const char*>(array.buffers[1]) + (array.offset + i) * 16;
    const int32_t size = int32_t(load4(view));
    if (size >= 0 && size <= 12) return {view + 4, size_t(size)};
    const int64_t buffer = int32_t(load4(view + 8)), from = int32_t(load4(view + 12));
    const int64_t count = array.n_buffers - 3;
    if (size < 0 || from < 0 || buffer < 0 || buffer >= count ||
        static_cast<const int64_t*>(array.buffers[2 + count])[buffer] < from + size) {
        fail("ValueError", "a view of an Arrow column points outside its buffers");
    }
    return {static_cast<const char*>(array.buffers[2 + buffer]) + from, size_t(size)};
}

void read_array(std::string_view format, const ArrowArray& array, Texts& views) {
    const auto string = format == "u"    ? between_offsets<int32_t>
                        : format == "U"  ? between_offsets<int64_t>
                        : format == "vu" ? viewed
                                         : nullptr;
    if (!string || array.dictionary) {
        fail("TypeError", "texts must be an Arrow column of strings, not of format '" +
                              std::string(format) + "'");
    }
    const auto* valid = static_cast<const uint8_t*>(array.buffers[0]);
    if (array.null_count == 0) valid = nullptr;
    const auto refuse = [&](const char* exception, const char* why) {
        fail(exception, "texts[" + std::to_string(views.size()) + "] " + why);
    };
    views.reserve(views.size() + size_t(array.length));
    for (int64_t i = 0; i < array.length; ++i) {
        const int64_t bit = array.offset + i;
        if (valid && !(valid[bit >> 3] >> (bit & 7) & 1)) refuse("TypeError", "must be a str, not null");
        const std::string_view text = string(array, i);
        if (!is_utf8(text)) refuse("ValueError", "is not UTF-8");
        views.push_back(text);
    }
}

}  // namespace

bool is_arrow(nb::handle column) {
    return nb::hasattr(column, "__arrow_c_array__") || nb::hasattr(column, "__arrow_c_stream__");
}

std::vector<HeldArrow> read_arrow(nb::handle column, Texts& views) {
    std::vector<HeldArrow> held;
    if (nb::hasattr(column, "__arrow_c_array__")) {
        const nb::object both = column.attr("__arrow_c_array__")();
        const auto* schema = inside<ArrowSchema>(both[0], "arrow_schema");
        auto* array = inside<ArrowArray>(both[1], "arrow_array");
        held.emplace_back(new ArrowArray(*array));
        array->release = nullptr;  // moved
        read_array(schema->format, *held.back(), views);
        return held;
    }
    const nb::object capsule = column.attr("__arrow_c_stream__")();
    auto* stream = inside<ArrowStream>(capsule, "arrow_array_stream");
    ArrowSchema schema{};
    int error = stream->get_schema(stream, &schema);
    while (error == 0) {
        HeldArrow next(new ArrowArray{});
        error = stream->get_next(stream, next.get());
        if (error == 0 && !next->release) return held;  // the end
        if (error == 0) read_array(schema.format, *next, views);
        held.push_back(std::move(next));
    }
    const char* why = stream->get_last_error(stream);
    fail("ValueError", std::string("the Arrow column can't be read: ") + (why ? why : ""));
}

}  // namespace wordllama
