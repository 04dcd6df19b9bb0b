#include "arrow.hpp"

#include <string>

#include "arrays.hpp"

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

void read_array(const char* format, const ArrowArray& array, Texts& views) {
    try {
        read_strings(format, array, views);
    } catch (const NotStrings& error) {
        fail("TypeError", error.what());
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
