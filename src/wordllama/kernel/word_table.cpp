#include "word_table.hpp"

#include <nanobind/stl/string.h>

#include <optional>

#include "arrays.hpp"

namespace wordllama {

// ---- arguments

class HeldRows {
public:
    explicit HeldRows(nb::handle rows)
        : object(nb::borrow(rows)), matrix_(rows.attr("matrix"), "rows.matrix") {
        matrix_.check(2, "feb", "float32, float16 or int8");
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

    const nb::object object;
    Rows view;

private:
    Array matrix_;
    std::optional<Array> scale_, mapping_;
};

namespace {

Out out_of(const Array& out, size_t n, size_t dim, bool normalize) {
    out.check(2, "fQ", "float32 or uint64");
    const bool packed = out.type() == 'Q';
    const size_t width = packed ? dim / 64 : dim;
    if (out.size(0) != n || out.size(1) != width || (packed && dim % 64 != 0)) {
        fail("ValueError", "out is of shape " + out.shape() + ", but " + std::to_string(n) +
                               " texts of " + std::to_string(dim) + " dimensions need (" +
                               std::to_string(n) + ", " + std::to_string(width) + ")");
    }
    Out made;
    made.normalize = normalize;
    (packed ? made.packed = out.data<uint64_t>() : nullptr);
    (packed ? nullptr : made.dense = out.data<float>());
    return made;
}

// The UTF-8 of a list's strings, which are held meanwhile.
class Strings {
public:
    explicit Strings(nb::handle list) {
        if (!PyList_Check(list.ptr())) {
            fail("TypeError", std::string("texts must be a list of str, not ") +
                                  nb::cast<const char*>(nb::str(list.type())));
        }
        held_ = nb::steal(PyList_AsTuple(list.ptr()));
        if (!held_.is_valid()) throw nb::python_error();
        const Py_ssize_t n = PyTuple_Size(held_.ptr());
        views.reserve(size_t(n));
        for (Py_ssize_t i = 0; i < n; ++i) add(PyTuple_GetItem(held_.ptr(), i), i);
    }

    Texts views;

private:
    void add(PyObject* text, Py_ssize_t index) {
        if (!PyUnicode_Check(text)) {
            fail("TypeError", "texts[" + std::to_string(index) + "] must be a str, not " +
                                  nb::cast<std::string>(nb::handle(text).type().attr("__name__")));
        }
        Py_ssize_t size = 0;
        const char* data = PyUnicode_AsUTF8AndSize(text, &size);
        if (!data) {
            // It holds surrogates: pairs of them join, a lone one becomes U+FFFD.
            PyErr_Clear();
            const nb::object words =
                nb::steal(PyUnicode_AsEncodedString(text, "utf-16-le", "surrogatepass"));
            if (!words.is_valid()) throw nb::python_error();
            repaired_.push_back(nb::steal(
                PyUnicode_Decode(PyBytes_AsString(words.ptr()), PyBytes_Size(words.ptr()),
                                 "utf-16-le", "replace")));
            if (!repaired_.back().is_valid()) throw nb::python_error();
            data = PyUnicode_AsUTF8AndSize(repaired_.back().ptr(), &size);
            if (!data) throw nb::python_error();
        }
        views.emplace_back(data, size_t(size));
    }

    nb::object held_;
    std::vector<nb::object> repaired_;
};

nb::object string_of(std::string_view text) {
    PyObject* made = PyUnicode_DecodeUTF8(text.data(), Py_ssize_t(text.size()), nullptr);
    if (!made) throw nb::python_error();
    return nb::steal(made);
}

CodePoint code_point(PyObject* text, Py_ssize_t index) { return PyUnicode_ReadChar(text, index); }

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

// ids of strings in a row, and where each begins.
struct Ids {
    std::vector<int32_t> ids;
    std::vector<int64_t> offsets{0};
};

// ---- the class

class WordTable {
public:
    WordTable(nb::handle cuts, nb::object tokenize, size_t max_bytes)
        : cutter_(rules_of(cuts)), table_(max_bytes), tokenize_(std::move(tokenize)) {}

    size_t size() const { return table_.size(); }
    size_t bytes() const { return table_.bytes(); }
    size_t max_bytes() const { return table_.max_bytes(); }

    void embed(nb::handle texts, nb::handle rows, nb::handle out, bool normalize, int threads) {
        const Strings strings(texts);
        const std::shared_ptr<const HeldRows> held = hold(rows);
        const Array array(out, "out", Array::Access::write);
        const Out to = out_of(array, strings.views.size(), held->view.dim, normalize);
        const auto whole = run(strings.views, [&](const auto* which, const Table* extra) {
            return embedder_.embed(strings.views, which, extra, held->view, to, threads);
        });
        if (whole.places.empty()) return;
        const nb::gil_scoped_release release;
        wordllama::pool(whole.found.ids.data(), whole.found.offsets.data(), whole.places.size(),
                        whole.places.data(), held->view, to, threads);
    }

    nb::tuple token_ids(nb::handle texts, int threads) {
        const Strings strings(texts);
        std::vector<std::vector<int32_t>> lists(strings.views.size());
        const auto whole = run(strings.views, [&](const auto* which, const Table* extra) {
            return embedder_.token_ids(strings.views, which, extra, lists, threads);
        });
        for (size_t i = 0; i < whole.places.size(); ++i) {
            const int32_t* ids = whole.found.ids.data();
            const int64_t* offsets = whole.found.offsets.data();
            lists[whole.places[i]].assign(ids + offsets[i], ids + offsets[i + 1]);
        }
        Ids all;
        for (const auto& list : lists) {
            all.ids.insert(all.ids.end(), list.begin(), list.end());
            all.offsets.push_back(int64_t(all.ids.size()));
        }
        const size_t n_ids = all.ids.size(), n_offsets = all.offsets.size();
        return nb::make_tuple(give(std::move(all.ids), n_ids),
                              give(std::move(all.offsets), n_offsets));
    }

    // The garbage collector must see what is held here: the tokenizer may hold this table.
    static int traverse(PyObject* self, visitproc visit, void* arg) {
        Py_VISIT(Py_TYPE(self));
        if (!nb::inst_ready(self)) return 0;
        const WordTable* table = nb::inst_ptr<WordTable>(self);
        Py_VISIT(table->tokenize_.ptr());
        if (table->rows_) Py_VISIT(table->rows_->object.ptr());
        return 0;
    }

    static int clear(PyObject* self) {
        if (!nb::inst_ready(self)) return 0;
        WordTable* table = nb::inst_ptr<WordTable>(self);
        table->tokenize_.reset();
        table->rows_.reset();
        return 0;
    }

private:
    struct Whole {  // texts that were tokenized uncut, and their ids
        std::vector<size_t> places;
        Ids found;
    };

    // `pass(which, extra)` does what the table can; the tokenizer is asked for the rest.
    template <class Pass>
    Whole run(const Texts& texts, const Pass& pass) {
        Whole whole;
        if (!cutter_.cuts()) {
            for (size_t i = 0; i < texts.size(); ++i) whole.places.push_back(i);
        } else {
            Left left;
            {
                const nb::gil_scoped_release release;
                left = pass(static_cast<const std::vector<size_t>*>(nullptr), nullptr);
            }
            if (!left.pending.empty()) finish(left, pass);
            whole.places = std::move(left.whole);
        }
        if (whole.places.empty()) return whole;
        nb::list strings;
        for (const size_t place : whole.places) strings.append(string_of(texts[place]));
        whole.found = tokenize(strings, true);
        return whole;
    }

    template <class Pass>
    void finish(const Left& left, const Pass& pass) {
        nb::list strings;
        for (const std::string& piece : left.unseen) {
            strings.append(string_of(cutter_.normalized(piece)));
        }
        const Ids found = tokenize(strings, false);
        const nb::gil_scoped_release release;
        std::optional<Table> extra;
        for (size_t i = 0; i < left.unseen.size(); ++i) {
            const Piece piece = table_.hasher().piece(left.unseen[i]);
            const int32_t* ids = found.ids.data() + found.offsets[i];
            const size_t count = size_t(found.offsets[i + 1] - found.offsets[i]);
            if (piece.size <= longest_kept && table_.insert(piece, ids, count)) continue;
            if (!extra) extra.emplace(SIZE_MAX);
            extra->insert(piece, ids, count);
        }
        pass(&left.pending, extra ? &*extra : nullptr);
    }

    Ids tokenize(const nb::list& strings, bool whole) const {
        const nb::object lists = tokenize_(strings, whole);
        if (!PyList_Check(lists.ptr()) || nb::len(lists) != nb::len(strings)) {
            fail("ValueError", "tokenize must give a list of ids for each string");
        }
        Ids found;
        for (nb::handle list : lists) {
            for (nb::handle id : list) found.ids.push_back(nb::cast<int32_t>(id));
            found.offsets.push_back(int64_t(found.ids.size()));
        }
        return found;
    }

    // The rows of the last call are kept at hand: they are nearly always those of the next.
    std::shared_ptr<const HeldRows> hold(nb::handle rows) {
        {
            const std::lock_guard<std::mutex> lock(holding_);
            if (rows_ && rows_->object.is(rows)) return rows_;
        }
        auto held = std::make_shared<const HeldRows>(rows);
        std::shared_ptr<const HeldRows> old = held;
        const std::lock_guard<std::mutex> lock(holding_);
        rows_.swap(old);
        return held;
    }

    static constexpr size_t longest_kept = 256;  // bytes; longer pieces hardly come twice

    const Cutter cutter_;
    Table table_;
    const Embedder embedder_{table_, cutter_};
    nb::object tokenize_;
    std::mutex holding_;
    std::shared_ptr<const HeldRows> rows_;
};

}  // namespace

void pool_arrays(nb::handle ids, nb::handle offsets, nb::handle rows, nb::handle out,
                 bool normalize, int threads) {
    const Array id_array(ids, "ids"), offset_array(offsets, "offsets");
    id_array.check(1, "i", "int32");
    offset_array.check(1, "q", "int64");
    const HeldRows held(rows);
    const Array array(out, "out", Array::Access::write);
    if (offset_array.size(0) == 0) fail("ValueError", "offsets must hold n + 1 numbers, not 0");
    const size_t n = offset_array.size(0) - 1;
    const int64_t* at = offset_array.data<int64_t>();
    for (size_t i = 0; i < n; ++i) {
        if (at[i] > at[i + 1]) fail("ValueError", "offsets must not fall");
    }
    if (at[0] < 0 || at[n] > int64_t(id_array.size(0))) {
        fail("ValueError", "offsets must lie between 0 and the number of ids");
    }
    const Out to = out_of(array, n, held.view.dim, normalize);
    const nb::gil_scoped_release release;
    pool(id_array.data<int32_t>(), at, n, nullptr, held.view, to, threads);
}

void define_word_table(nb::module_& module) {
    static PyType_Slot slots[] = {
        {Py_tp_traverse, reinterpret_cast<void*>(WordTable::traverse)},
        {Py_tp_clear, reinterpret_cast<void*>(WordTable::clear)},
        {0, nullptr},
    };
    using namespace nb::literals;
    nb::class_<WordTable>(module, "WordTable", nb::type_slots(slots),
                          "Piece of text -> token ids, for as many as `max_bytes` allows.")
        .def(nb::init<nb::handle, nb::object, size_t>(), "cuts"_a, "tokenize"_a,
             "max_bytes"_a = size_t(256) << 20)
        .def("token_ids", &WordTable::token_ids, "texts"_a, "threads"_a = 0,
             "Ids of all texts in a row, and the (n + 1,) offsets of each text's first.")
        .def("embed", &WordTable::embed, "texts"_a, "rows"_a, "out"_a, "normalize"_a = false,
             "threads"_a = 0,
             "Mean of each text's rows into `out`: float32 (n, dim), or signs packed in uint64.")
        .def("__len__", &WordTable::size)
        .def_prop_ro("nbytes", &WordTable::bytes, "Bytes that the table holds.")
        .def_prop_ro("max_bytes", &WordTable::max_bytes, "Bytes that it may hold.");
}

}  // namespace wordllama
