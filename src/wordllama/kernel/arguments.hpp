// What the kernel's functions are given in Python, made into what the C++ takes.
#pragma once
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "arrays.hpp"
#include "embed.hpp"

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

// The UTF-8 of a list's strings, which are held while this lives.
class Strings {
public:
    explicit Strings(nb::handle list);

    Texts views;

private:
    void add(PyObject* text, Py_ssize_t index);

    nb::object held_;
    std::vector<nb::object> repaired_;
};

// A kernel.Cuts.
CutRules rules_of(nb::handle cuts);

// A kernel.Bpe; null for None.
std::unique_ptr<const Bpe> bpe_of(nb::handle bpe);

// Where n vectors go; ValueError unless the array has room for just them.
Out out_of(const Array& array, size_t n, size_t dim, bool normalize);

nb::object string_of(std::string_view text);

}  // namespace wordllama
