#include "arrays.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <cstring>

namespace wordllama {

namespace {

char type_of(const Py_buffer& view) {
    const char* format = view.format ? view.format : "B";
    if (*format == '<' || *format == '=' || *format == '@') ++format;
    if (format[1] != '\0') return '?';
    if (*format == 'l' && view.itemsize == 8) return 'q';
    if (*format == 'L' && view.itemsize == 8) return 'Q';
    if (*format == 'l' && view.itemsize == 4) return 'i';
    return *format;
}

}  // namespace

std::string name_of_type(nb::handle object) {
    return nb::cast<std::string>(object.type().attr("__name__"));
}

void fail(const char* exception, const std::string& message) {
    PyErr_SetString(std::strcmp(exception, "TypeError") == 0 ? PyExc_TypeError : PyExc_ValueError,
                    message.c_str());
    throw nb::python_error();
}

Array::Array(nb::handle array, const char* name, Access access) : name_(name) {
    const int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT;
    const int asked = access == Access::write ? flags | PyBUF_WRITABLE : flags;
    if (PyObject_GetBuffer(array.ptr(), &view_, asked) != 0) {
        PyErr_Clear();
        if (!PyObject_CheckBuffer(array.ptr())) {
            fail("TypeError", name_ + " must be a NumPy array, not " + name_of_type(array));
        }
        if (access == Access::write) {
            fail("ValueError", name_ + " must be a writable C-contiguous array");
        }
        contiguous_ = nb::module_::import_("numpy").attr("ascontiguousarray")(array);
        if (PyObject_GetBuffer(contiguous_.ptr(), &view_, flags) != 0) throw nb::python_error();
    }
    type_ = type_of(view_);
}

Array::~Array() { PyBuffer_Release(&view_); }

std::string Array::shape() const {
    std::string text = "(";
    for (int axis = 0; axis < ndim(); ++axis) text += std::to_string(size(axis)) + ", ";
    if (ndim() > 0) text.resize(text.size() - (ndim() == 1 ? 1 : 2));
    return text + ")";
}

const Array& Array::check(int axes, const char* types, const char* in_words) const {
    if (!std::strchr(types, type_) || ndim() != axes) {
        fail(ndim() != axes ? "ValueError" : "TypeError",
             name_ + " must be a " + std::to_string(axes) + "-dimensional array of " + in_words +
                 ", not of shape " + shape() + " and format " + (view_.format ? view_.format : "B"));
    }
    return *this;
}

const Array& Array::check_width() const {
    if (size(1) == 0) {
        fail("ValueError", name_ + " must have at least one column, not shape " + shape());
    }
    return *this;
}

template <class T>
nb::object give(std::vector<T> values, size_t n, size_t m) {
    auto* held = new std::vector<T>(std::move(values));
    nb::capsule owner(held, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
    const size_t shape[] = {n, m};
    return nb::cast(nb::ndarray<nb::numpy, T>(held->data(), m == SIZE_MAX ? 1 : 2, shape, owner));
}

template nb::object give(std::vector<float>, size_t, size_t);
template nb::object give(std::vector<int32_t>, size_t, size_t);
template nb::object give(std::vector<int64_t>, size_t, size_t);
template nb::object give(std::vector<uint16_t>, size_t, size_t);

}  // namespace wordllama
