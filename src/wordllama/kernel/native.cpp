// The extension module wordllama.kernel.native: the functions of kernel/reference.py, compiled.
#include <nanobind/nanobind.h>

#include <algorithm>
#include <optional>
#include <string>

#include "arrays.hpp"
#include "core/simd.hpp"
#include "core/table.hpp"
#include "core/threads.hpp"
#include "gil.hpp"
#include "keyword_arrays.hpp"
#include "linear_arrays.hpp"
#include "word_table.hpp"

namespace nb = nanobind;

namespace wordllama {

namespace {

Matrix matrix_of(const Array& array, const char* types, const char* in_words) {
    array.check(2, types, in_words).check_width();
    const auto type = array.type() == 'f'   ? Matrix::Type::float32
                      : array.type() == 'b' ? Matrix::Type::int8
                                            : Matrix::Type::bits;
    if (type == Matrix::Type::bits && array.size(1) > most_bits / 64) {
        fail("ValueError", array.name() + " must have at most " + std::to_string(most_bits / 64) +
                               " words a row, not " + std::to_string(array.size(1)));
    }
    return {array.data<void>(), type, array.size(0), array.size(1)};
}

// n * m, the size of a result; ValueError where no memory can hold so many.
size_t size_of_result(size_t n, size_t m, const std::string& what) {
    const size_t size = saturating_product(n, m);
    if (size > size_t(PTRDIFF_MAX) / 16) {
        fail("ValueError", std::to_string(n) + " x " + std::to_string(m) + " " + what +
                               " do not fit in memory: take fewer rows at a time");
    }
    return size;
}

Measure measure_of(bool cosine) { return cosine ? Measure::cosine : Measure::product; }

// ValueError unless rows of the two can be compared.
void check_alike(const Array& a, const Array& b) {
    const bool bits = a.type() == 'Q';
    if (a.size(1) == b.size(1) && bits == (b.type() == 'Q')) return;
    fail("ValueError", a.name() + " and " + b.name() + " must be of one kind and width, not " +
                           (bits ? "uint64 " : "float32 ") + a.shape() + " and " +
                           (b.type() == 'Q' ? "uint64 " : "") + b.shape());
}

nb::object hamming_arrays(nb::handle a, nb::handle b, int threads) {
    const Array left(a, "a"), right(b, "b");
    const Matrix x = matrix_of(left, "Q", "uint64"), y = matrix_of(right, "Q", "uint64");
    check_alike(left, right);
    std::vector<int32_t> distances(size_of_result(x.count, y.count, "distances"));
    {
        const WithoutGil without;
        hamming(x, y, distances.data(), threads);
    }
    return give(std::move(distances), x.count, y.count);
}

// Queries, rows and the rows' scale, checked.
struct Search {
    Search(nb::handle queries, nb::handle rows, nb::handle scale, bool cosine)
        : left(queries, "queries"), right(rows, "rows"),
          x(matrix_of(left, "fQ", "float32 or uint64")),
          y(matrix_of(right, "fbQ", "float32, int8 or uint64")) {
        check_alike(left, right);
        if (scale.is_none()) return;
        if (cosine) fail("ValueError", "scale must be None: no cosine depends on it");
        factors.emplace(scale, "scale").check(1, "f", "float32");
        if (factors->size(0) != y.count || y.type == Matrix::Type::bits) {
            fail("ValueError", "scale must have one number for each row of floats or int8, not " +
                                   factors->shape() + " for " + right.shape());
        }
        y.scale = factors->data<float>();
    }

    const Array left, right;
    std::optional<Array> factors;
    Matrix x, y;
};

nb::tuple topk_arrays(nb::handle queries, nb::handle rows, size_t k, nb::handle scale, int threads,
                      bool cosine) {
    const Search search(queries, rows, scale, cosine);
    k = std::min(k, search.y.count);
    size_of_result(search.x.count, k, "results");
    Best best;
    {
        const WithoutGil without;
        best = topk(search.x, search.y, k, measure_of(cosine), threads);
    }
    return nb::make_tuple(give(std::move(best.scores), search.x.count, k),
                          give(std::move(best.indices), search.x.count, k));
}

nb::object scores_arrays(nb::handle queries, nb::handle rows, nb::handle scale, int threads,
                         bool cosine, nb::handle at) {
    const Search search(queries, rows, scale, cosine);
    std::optional<Array> places;
    if (!at.is_none()) places.emplace(at, "at").check(1, "q", "int64");
    const int64_t* numbers = places ? places->data<int64_t>() : nullptr;
    const size_t n = places ? places->size(0) : search.y.count;
    for (size_t i = 0; numbers && i < n; ++i) {
        if (size_t(numbers[i]) < search.y.count) continue;
        fail("ValueError", "at must lie between 0 and " + std::to_string(search.y.count) +
                               ", the number of rows, not be " + std::to_string(numbers[i]));
    }
    std::vector<float> all(size_of_result(search.x.count, n, "scores"));
    {
        const WithoutGil without;
        scores(search.x, search.y, measure_of(cosine), numbers, n, all.data(), threads);
    }
    return give(std::move(all), search.x.count, n);
}

nb::tuple pairs_above_arrays(nb::handle a, nb::handle b, float threshold, int threads) {
    const bool same = b.is_none();
    const Array left(a, "a"), right(same ? a : b, "b");
    const Matrix x = matrix_of(left, "fQ", "float32 or uint64");
    const Matrix y = matrix_of(right, "fQ", "float32 or uint64");
    check_alike(left, right);
    Pairs pairs;
    {
        const WithoutGil without;
        pairs = pairs_above(x, y, same, threshold, threads);
    }
    const size_t n = pairs.i.size();
    return nb::make_tuple(give(std::move(pairs.i), n), give(std::move(pairs.j), n),
                          give(std::move(pairs.scores), n));
}

}  // namespace

}  // namespace wordllama

NB_MODULE(native, module) {
    using namespace nb::literals;
    using namespace wordllama;
    module.doc() = "The compiled kernel; its twin in NumPy is `reference`.";
    nb::set_leak_warnings(false);  // a model held to the end of the process is no leak
    watch_for_exit();
    // What is worked out once is worked out now: a child that was forked meanwhile would wait for it.
    Table::process_hasher();
    thread_count(0, 1);
    module.attr("simd") = loops().name;
    nb::list names;
    for (const Loops* const* level = levels(); *level; ++level) names.append((*level)->name);
    module.attr("simd_levels") = names;
    define_word_table(module);
    define_keywords(module);
    define_linear(module);
    module.def("pool", &pool_arrays, "ids"_a, "offsets"_a, "rows"_a, "out"_a, "normalize"_a = false,
               "threads"_a = 0, nb::call_guard<Call>(), "Mean of the rows of each text's ids into `out`.");
    module.def("hamming", &hamming_arrays, "a"_a, "b"_a, "threads"_a = 0,
               nb::call_guard<Call>(),
               "Differing bits of every row of `a` (n, w) and every row of `b` (m, w): (n, m).");
    module.def("topk", &topk_arrays, "queries"_a, "rows"_a, "k"_a, "scale"_a = nb::none(),
               "threads"_a = 0, nb::kw_only(), "cosine"_a = false, nb::call_guard<Call>(),
               "Scores and row numbers of the `k` best rows of each query, best first.");
    module.def("scores", &scores_arrays, "queries"_a, "rows"_a, "scale"_a = nb::none(),
               "threads"_a = 0, nb::kw_only(), "cosine"_a = false, "at"_a = nb::none(),
               nb::call_guard<Call>(),
               "Scores of every query (q, d) and every row (n, d), or only the rows `at`: (q, n).");
    module.def("pairs_above", &pairs_above_arrays, "a"_a, "b"_a.none(), "threshold"_a,
               "threads"_a = 0, nb::call_guard<Call>(),
               "(i, j, score) of all pairs whose score is above `threshold`, sorted by i, then j.");
}
