#include "arguments.hpp"

#include <nanobind/stl/string.h>

namespace wordllama {

namespace {

// Whether the string's own bytes are its UTF-8.
bool is_ascii(PyObject* text) {
#ifdef Py_LIMITED_API
    static PyObject* const name = PyUnicode_InternFromString("isascii");
    const nb::object answer = nb::steal(PyObject_VectorcallMethod(name, &text, 1, nullptr));
    if (!answer.is_valid()) throw nb::python_error();
    return answer.ptr() == Py_True;
#else
    return PyUnicode_IS_ASCII(text);
#endif
}

CodePoint code_point(PyObject* text, Py_ssize_t index) { return PyUnicode_ReadChar(text, index); }

}  // namespace

std::string_view utf8(PyObject* text) {
    Py_ssize_t size = 0;
    const char* data = PyUnicode_AsUTF8AndSize(text, &size);
    if (!data) throw nb::python_error();
    return {data, size_t(size)};
}

HeldRows::HeldRows(nb::handle rows)
    : object(nb::borrow(rows)), matrix_(rows.attr("matrix"), "rows.matrix") {
    matrix_.check(2, "feb", "float32, float16 or int8").check_width();
    const Type type = matrix_.type() == 'f'   ? Type::float32
                      : matrix_.type() == 'e' ? Type::float16
                                              : Type::int8;
    view = {matrix_.data<void>(), type, matrix_.size(0), matrix_.size(1), nullptr, nullptr,
            matrix_.size(0)};
    const nb::object scale = rows.attr("scale"), mapping = rows.attr("mapping");
    if (!scale.is_none()) {
        scale_.emplace(scale, "rows.scale").check(1, "f", "float32");
        view.scale = scale_->data<float>();
        view.tokens = scale_->size(0);
    }
    if (!mapping.is_none()) {
        mapping_.emplace(mapping, "rows.mapping").check(1, "i", "int32");
        view.mapping = mapping_->data<int32_t>();
        view.tokens = mapping_->size(0);
        if (scale_ && scale_->size(0) != view.tokens) {
            fail("ValueError", "rows.scale and rows.mapping must be of one length, not " +
                                   scale_->shape() + " and " + mapping_->shape());
        }
    }
}

Strings::Strings(nb::handle texts) {
    if (!PyList_Check(texts.ptr())) {
        if (!is_arrow(texts)) {
            fail("TypeError", "texts must be a list of str, not " + name_of_type(texts));
        }
        arrow_ = read_arrow(texts, views);
        return;
    }
    held_ = nb::steal(PyList_AsTuple(texts.ptr()));
    if (!held_.is_valid()) throw nb::python_error();
    const Py_ssize_t n = PyTuple_Size(held_.ptr());
    views.reserve(size_t(n));
    borrow_ = n <= most_borrowed;
    for (Py_ssize_t i = 0; i < n; ++i) {
        add(PyTuple_GetItem(held_.ptr(), i), i);
        if (i % (1 << 20) == (1 << 20) - 1 && PyErr_CheckSignals() != 0) throw nb::python_error();
    }
}

void Strings::add(PyObject* text, Py_ssize_t index) {
    if (!PyUnicode_Check(text)) {
        fail("TypeError", "texts[" + std::to_string(index) + "] must be a str, not " +
                              name_of_type(text));
    }
    Py_ssize_t size = 0;
    const char* data = nullptr;
    if (borrow_ || is_ascii(text)) {
        data = PyUnicode_AsUTF8AndSize(text, &size);
    } else if (const nb::object bytes = nb::steal(PyUnicode_AsUTF8String(text)); bytes.is_valid()) {
        data = PyBytes_AsString(bytes.ptr());
        size = PyBytes_Size(bytes.ptr());
        held_for_views_.push_back(bytes);
    }
    if (!data) {
        // It holds surrogates: pairs of them join, a lone one becomes U+FFFD.
        PyErr_Clear();
        const nb::object words =
            nb::steal(PyUnicode_AsEncodedString(text, "utf-16-le", "surrogatepass"));
        if (!words.is_valid()) throw nb::python_error();
        held_for_views_.push_back(nb::steal(
            PyUnicode_Decode(PyBytes_AsString(words.ptr()), PyBytes_Size(words.ptr()),
                             "utf-16-le", "replace")));
        if (!held_for_views_.back().is_valid()) throw nb::python_error();
        data = PyUnicode_AsUTF8AndSize(held_for_views_.back().ptr(), &size);
        if (!data) throw nb::python_error();
    }
    views.emplace_back(data, size_t(size));
}

CutRules rules_of(nb::handle cuts) {
    CutRules rules;
    const auto kind = nb::cast<std::string>(cuts.attr("kind"));
    if (kind == "adjacent") {
        rules.kind = CutRules::Kind::adjacent;
    } else if (kind == "spaces") {
        rules.kind = CutRules::Kind::spaces;
    } else if (kind == "whole") {
        rules.kind = CutRules::Kind::whole;
    } else {
        fail("ValueError", "cuts.kind must be adjacent, spaces or whole, not '" + kind + "'");
    }
    rules.prefix = nb::cast<std::string>(cuts.attr("prefix"));
    const nb::object space = cuts.attr("space");
    rules.space = nb::cast<std::string>(space);
    if (PyUnicode_GetLength(space.ptr()) != 1) {
        fail("ValueError", "cuts.space must be one character, not '" + rules.space + "'");
    }
    for (nb::handle special : cuts.attr("specials")) {
        rules.specials.push_back(nb::cast<std::string>(special));
    }
    for (nb::handle pair : cuts.attr("joined")) {
        if (!PyUnicode_Check(pair.ptr()) || PyUnicode_GetLength(pair.ptr()) != 2) {
            fail("ValueError", "cuts.joined must hold strings of two characters");
        }
        rules.joined.emplace_back(code_point(pair.ptr(), 0), code_point(pair.ptr(), 1));
    }
    return rules;
}

Out out_of(const Array& array, size_t n, size_t dim, bool normalize) {
    array.check(2, "fQ", "float32 or uint64");
    const bool packed = array.type() == 'Q';
    const size_t width = packed ? dim / 64 : dim;
    if (array.size(0) != n || array.size(1) != width || (packed && dim % 64 != 0)) {
        fail("ValueError", "out is of shape " + array.shape() + ", but " + std::to_string(n) +
                               " texts of " + std::to_string(dim) + " dimensions need (" +
                               std::to_string(n) + ", " + std::to_string(width) + ")");
    }
    Out out;
    out.normalize = normalize;
    if (packed) {
        out.packed = array.data<uint64_t>();
    } else {
        out.dense = array.data<float>();
    }
    return out;
}

nb::object string_of(std::string_view text) {
    PyObject* made = PyUnicode_DecodeUTF8(text.data(), Py_ssize_t(text.size()), nullptr);
    if (!made) throw nb::python_error();
    return nb::steal(made);
}

}  // namespace wordllama
