// NumPy arrays in and out, by the buffer protocol.
#pragma once
#include <nanobind/nanobind.h>

#include <string>
#include <vector>

#include "core/neighbours.hpp"
#include "core/rows.hpp"

namespace wordllama {

namespace nb = nanobind;

// A C-contiguous array that is held while this lives. Reading one that is not contiguous copies it.
class Array {
public:
    enum class Access { read, write };

    Array(nb::handle array, const char* name, Access access = Access::read);
    ~Array();
    Array(const Array&) = delete;
    Array& operator=(const Array&) = delete;

    // 'f', 'e', 'b', 'i', 'q', 'Q' ... as NumPy's type characters, with 'q' and 'Q' for 64 bits.
    char type() const { return type_; }
    int ndim() const { return view_.ndim; }
    size_t size(int axis) const { return size_t(view_.shape[axis]); }
    std::string shape() const;
    const std::string& name() const { return name_; }

    template <class T>
    T* data() const {
        return static_cast<T*>(view_.buf);
    }

    // ValueError unless it has this many axes; TypeError unless its type is one of `types`.
    const Array& check(int ndim, const char* types, const char* in_words) const;

    // ValueError if rows hold nothing: then nothing bounds their number.
    const Array& check_width() const;

private:
    std::string name_;
    nb::object contiguous_;
    Py_buffer view_;
    char type_;
};

std::string name_of_type(nb::handle object);

[[noreturn]] void fail(const char* exception, const std::string& message);

// A new one- or two-dimensional NumPy array that takes over the values.
template <class T>
nb::object give(std::vector<T> values, size_t n, size_t m = SIZE_MAX);

}  // namespace wordllama
