#include "word_table.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>

#include "arguments.hpp"
#include "core/fork_lock.hpp"
#include "gil.hpp"
#include "tokenizer_rules.hpp"

namespace wordllama {

namespace {

// ids of strings in a row, and where each begins.
struct Ids {
    std::vector<int32_t> ids;
    std::vector<int64_t> offsets{0};
};

// ---- the class

class WordTable {
public:
    WordTable(nb::handle cuts, nb::object tokenize, size_t max_bytes, nb::handle rule)
        : cutter_(rules_of(cuts)), rule_(rule_of(rule)), table_(max_bytes),
          tokenize_(std::move(tokenize)) {}

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
        const WithoutGil without;
        wordllama::pool(whole.tokenized.ids.data(), whole.tokenized.offsets.data(), whole.places.size(),
                        whole.places.data(), held->view, to, threads);
    }

    nb::tuple token_ids(nb::handle texts, int threads) {
        const Strings strings(texts);
        std::vector<std::vector<int32_t>> lists(strings.views.size());
        const auto whole = run(strings.views, [&](const auto* which, const Table* extra) {
            return embedder_.token_ids(strings.views, which, extra, lists, threads);
        });
        for (size_t i = 0; i < whole.places.size(); ++i) {
            const int32_t* ids = whole.tokenized.ids.data();
            const int64_t* offsets = whole.tokenized.offsets.data();
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
        Ids tokenized;
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
                const WithoutGil without;
                left = pass(static_cast<const std::vector<size_t>*>(nullptr), nullptr);
            }
            if (!left.pending.empty()) finish(left, pass);
            whole.places = std::move(left.whole);
        }
        if (whole.places.empty()) return whole;
        nb::list strings;
        for (const size_t place : whole.places) strings.append(string_of(texts[place]));
        whole.tokenized = tokenize(strings, true);
        return whole;
    }

    template <class Pass>
    void finish(const Left& left, const Pass& pass) {
        nb::list strings;
        for (const std::string& piece : left.unseen) {
            strings.append(string_of(cutter_.normalized(piece)));
        }
        const Ids tokenized = tokenize(strings, false);
        const WithoutGil without;
        std::optional<Table> extra;
        for (size_t i = 0; i < left.unseen.size(); ++i) {
            const Piece piece = table_.hasher().piece(left.unseen[i]);
            const int32_t* ids = tokenized.ids.data() + tokenized.offsets[i];
            const size_t count = size_t(tokenized.offsets[i + 1] - tokenized.offsets[i]);
            if (piece.size <= longest_kept && table_.insert_shared(piece, ids, count)) continue;
            if (!extra) extra.emplace(SIZE_MAX);
            if (!extra->insert(piece, ids, count)) throw std::length_error("a piece has 2^32 ids");
        }
        const Left again = pass(&left.pending, extra ? &*extra : nullptr);
        if (!again.pending.empty() || !again.whole.empty()) {
            throw std::runtime_error("a piece that was tokenized is not in the word table");
        }
    }

    Ids tokenize(const nb::list& strings, bool whole) const {
        const nb::object lists = tokenize_(strings, whole);
        if (!PyList_Check(lists.ptr()) || nb::len(lists) != nb::len(strings)) {
            fail("ValueError", "tokenize must give a list of ids for each string");
        }
        Ids all;
        for (nb::handle list : lists) {
            for (nb::handle id : list) all.ids.push_back(nb::cast<int32_t>(id));
            all.offsets.push_back(int64_t(all.ids.size()));
        }
        return all;
    }

    // The rows of the last call are kept at hand: they are nearly always those of the next.
    std::shared_ptr<const HeldRows> hold(nb::handle rows) {
        {
            const std::lock_guard<std::mutex> lock(fork_lock());
            if (rows_ && rows_->object.is(rows)) return rows_;
        }
        auto held = std::make_shared<const HeldRows>(rows);
        std::shared_ptr<const HeldRows> old = held;
        const std::lock_guard<std::mutex> lock(fork_lock());
        rows_.swap(old);
        return held;
    }

    const Cutter cutter_;
    const std::unique_ptr<const TokenizerRule> rule_;
    Table table_;
    const Embedder embedder_{table_, cutter_, rule_.get()};
    nb::object tokenize_;
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
    // A copy: while the GIL is let go another thread may write to the array.
    const std::vector<int64_t> at(offset_array.data<int64_t>(),
                                  offset_array.data<int64_t>() + n + 1);
    for (size_t i = 0; i < n; ++i) {
        if (at[i] > at[i + 1]) fail("ValueError", "offsets must not fall");
    }
    if (at[0] < 0 || at[n] > int64_t(id_array.size(0))) {
        fail("ValueError", "offsets must lie between 0 and the number of ids");
    }
    const Out to = out_of(array, n, held.view.dim, normalize);
    const WithoutGil without;
    pool(id_array.data<int32_t>(), at.data(), n, nullptr, held.view, to, threads);
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
        .def(nb::init<nb::handle, nb::object, size_t, nb::handle>(), "cuts"_a, "tokenize"_a,
             "max_bytes"_a = size_t(256) << 20, "rule"_a = nb::none(), nb::call_guard<Call>())
        .def("token_ids", &WordTable::token_ids, "texts"_a, "threads"_a = 0,
             nb::call_guard<Call>(),
             "Ids of all texts in a row, and the (n + 1,) offsets of each text's first.")
        .def("embed", &WordTable::embed, "texts"_a, "rows"_a, "out"_a, "normalize"_a = false,
             "threads"_a = 0, nb::call_guard<Call>(),
             "Mean of each text's rows into `out`: float32 (n, dim), or signs packed in uint64.")
        .def("__len__", &WordTable::size)
        .def_prop_ro("nbytes", &WordTable::bytes, "Bytes that the table holds.")
        .def_prop_ro("max_bytes", &WordTable::max_bytes, "Bytes that it may hold.");
}

}  // namespace wordllama
