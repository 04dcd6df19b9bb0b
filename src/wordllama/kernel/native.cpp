// The extension module wordllama.kernel.native: the functions of kernel/reference.py, compiled.
#include <nanobind/nanobind.h>

#include <algorithm>
#include <optional>

#include "arrays.hpp"
#include "core/simd.hpp"
#include "word_table.hpp"

namespace nb = nanobind;

namespace wordllama {

namespace {

Matrix matrix_of(const Array& array, const char* types, const char* in_words) {
    array.check(2, types, in_words);
    const auto type = array.type() == 'f'   ? Matrix::Type::float32
                      : array.type() == 'b' ? Matrix::Type::int8
                                            : Matrix::Type::bits;
    return {array.data<void>(), type, array.size(0), array.size(1)};
}

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
    std::vector<int32_t> distances(x.count * y.count);
    {
        const nb::gil_scoped_release release;
        hamming(x, y, distances.data(), threads);
    }
    return give(std::move(distances), x.count, y.count);
}

nb::tuple topk_arrays(nb::handle queries, nb::handle rows, size_t k, nb::handle scale,
                      int threads) {
    const Array left(queries, "queries"), right(rows, "rows");
    const Matrix x = matrix_of(left, "fQ", "float32 or uint64");
    Matrix y = matrix_of(right, "fbQ", "float32, int8 or uint64");
    check_alike(left, right);
    std::optional<Array> factors;
    if (!scale.is_none()) {
        factors.emplace(scale, "scale").check(1, "f", "float32");
        if (factors->size(0) != y.count || y.type == Matrix::Type::bits) {
            fail("ValueError", "scale must have one number for each row of floats or int8, not " +
                                   factors->shape() + " for " + right.shape());
        }
        y.scale = factors->data<float>();
    }
    k = std::min(k, y.count);
    Best best;
    {
        const nb::gil_scoped_release release;
        best = topk(x, y, k, threads);
    }
    return nb::make_tuple(give(std::move(best.scores), x.count, k),
                          give(std::move(best.indices), x.count, k));
}

nb::tuple pairs_above_arrays(nb::handle a, nb::handle b, float threshold, int threads) {
    const bool same = b.is_none();
    const Array left(a, "a"), right(same ? a : b, "b");
    const Matrix x = matrix_of(left, "fQ", "float32 or uint64");
    const Matrix y = matrix_of(right, "fQ", "float32 or uint64");
    check_alike(left, right);
    Pairs pairs;
    {
        const nb::gil_scoped_release release;
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
    module.attr("simd") = loops().name;
    nb::list names;
    for (const Loops* const* level = levels(); *level; ++level) names.append((*level)->name);
    module.attr("simd_levels") = names;
    define_word_table(module);
    module.def("pool", &pool_arrays, "ids"_a, "offsets"_a, "rows"_a, "out"_a, "normalize"_a = false,
               "threads"_a = 0, "Mean of the rows of each text's ids into `out`.");
    module.def("hamming", &hamming_arrays, "a"_a, "b"_a, "threads"_a = 0,
               "Differing bits of every row of `a` (n, w) and every row of `b` (m, w): (n, m).");
    module.def("topk", &topk_arrays, "queries"_a, "rows"_a, "k"_a, "scale"_a = nb::none(),
               "threads"_a = 0,
               "Scores and row numbers of the `k` best rows of each query, best first.");
    module.def("pairs_above", &pairs_above_arrays, "a"_a, "b"_a.none(), "threshold"_a,
               "threads"_a = 0,
               "(i, j, score) of all pairs whose score is above `threshold`, sorted by i, then j.");
}
