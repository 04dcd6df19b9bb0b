// What the kernel's functions are given in Python, made into what the C++ takes.
#pragma once
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "arrays.hpp"
#include "arrow.hpp"
#include "core/embed.hpp"

namespace wordllama {

// A kernel.Rows, which is held while this lives.
class HeldRows {
public:
    explicit HeldRows(nb::handle rows);

    const nb::object object;
    Rows view;

private:
    Array matrix_;
    std::optional<Array> scale_, mapping_;
};

// The UTF-8 of the strings of a list or an Arrow column, which are held while this lives.
class Strings {
public:
    explicit Strings(nb::handle texts);

    Texts views;

private:
    void add(PyObject* text, Py_ssize_t index);

    // A string keeps its UTF-8, once asked for, as long as it lives. Of many texts that is too much.
    static constexpr Py_ssize_t most_borrowed = 16;

    bool borrow_ = true;
    nb::object held_;
    std::vector<nb::object> held_for_views_;
    std::vector<HeldArrow> arrow_;
};

// A kernel.Cuts.
CutRules rules_of(nb::handle cuts);

// Where n vectors go; ValueError unless the array has room for just them.
Out out_of(const Array& array, size_t n, size_t dim, bool normalize);

nb::object string_of(std::string_view text);

// The UTF-8 of a str, good while it lives.
std::string_view utf8(PyObject* text);

}  // namespace wordllama
