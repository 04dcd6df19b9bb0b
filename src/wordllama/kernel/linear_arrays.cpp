#include "linear_arrays.hpp"

#include <algorithm>

#include "arrays.hpp"
#include "core/linear.hpp"
#include "gil.hpp"

namespace wordllama {

namespace {

// Sparse rows, held while this lives, all of whose columns are below `n_columns`.
struct Sparse {
    Sparse(nb::handle columns_, nb::handle offsets_, nb::handle values_, size_t n_columns)
        : columns(columns_, "columns"), offsets(offsets_, "offsets"), values(values_, "values") {
        columns.check(1, "i", "int32");
        offsets.check(1, "q", "int64");
        values.check(1, "f", "float32");
        if (columns.size(0) != values.size(0) || offsets.size(0) == 0) {
            fail("ValueError", "columns and values must be of one length, and offsets not empty");
        }
        n = offsets.size(0) - 1;
        const int64_t* at = offsets.data<int64_t>();
        const bool rise = std::is_sorted(at, at + n + 1);
        if (!rise || at[0] < 0 || at[n] > int64_t(columns.size(0))) {
            fail("ValueError", "offsets must not fall, and lie between 0 and the number of columns");
        }
        const int32_t* held = columns.data<int32_t>();
        const auto outside = [&](int32_t c) { return c < 0 || size_t(c) >= n_columns; };
        if (std::any_of(held, held + columns.size(0), outside)) {
            fail("ValueError", "columns must be rows of weights, from 0 to " +
                                   std::to_string(n_columns) + " - 1");
        }
    }

    const Array columns, offsets, values;
    size_t n;
};

float hinge_pass_arrays(nb::handle columns, nb::handle offsets, nb::handle values, nb::handle dense,
                        nb::handle targets, nb::handle costs, nb::handle order, nb::handle alpha,
                        nb::handle weights, nb::handle dense_weights, int threads) {
    const Array sparse(weights, "weights", Array::Access::write);
    sparse.check(2, "f", "float32").check_width();
    const Sparse rows(columns, offsets, values, sparse.size(0));
    const Array beside(dense, "dense"), classes(targets, "targets"), prices(costs, "costs");
    const Array places(order, "order");
    const Array duals(alpha, "alpha", Array::Access::write);
    const Array dense_array(dense_weights, "dense_weights", Array::Access::write);
    beside.check(2, "f", "float32");
    classes.check(1, "i", "int32");
    prices.check(1, "f", "float32");
    places.check(1, "q", "int64");
    duals.check(2, "f", "float32");
    dense_array.check(2, "f", "float32");
    const size_t n = rows.n, width = sparse.size(1);
    if (beside.size(0) != n || classes.size(0) != n || prices.size(0) != n || duals.size(0) != n ||
        duals.size(1) != width || dense_array.size(1) != width ||
        dense_array.size(0) != beside.size(1)) {
        fail("ValueError", "dense, targets, costs, alpha and the weights do not fit each other");
    }
    const int64_t* first = places.data<int64_t>();
    const auto outside = [&](int64_t i) { return i < 0 || size_t(i) >= n; };
    if (std::any_of(first, first + places.size(0), outside)) {
        fail("ValueError", "order must hold rows, from 0 to " + std::to_string(n) + " - 1");
    }
    const WithoutGil without;
    return hinge_pass({rows.columns.data<int32_t>(), rows.offsets.data<int64_t>(),
                       rows.values.data<float>(), beside.data<float>(), beside.size(1)},
                      classes.data<int32_t>(), prices.data<float>(), first, places.size(0),
                      duals.data<float>(), {sparse.data<float>(), dense_array.data<float>(), width},
                      threads);
}

nb::object sparse_scores_arrays(nb::handle columns, nb::handle offsets, nb::handle values,
                                nb::handle weights, int threads) {
    const Array matrix(weights, "weights");
    matrix.check(2, "fe", "float32 or float16").check_width();
    const Sparse rows(columns, offsets, values, matrix.size(0));
    const size_t width = matrix.size(1);
    std::vector<float> out(rows.n * width);
    {
        const WithoutGil without;
        sparse_scores({rows.columns.data<int32_t>(), rows.offsets.data<int64_t>(),
                       rows.values.data<float>(), nullptr, 0},
                      rows.n, matrix.data<void>(),
                      matrix.type() == 'f' ? Type::float32 : Type::float16, width, out.data(),
                      threads);
    }
    return give(std::move(out), rows.n, width);
}

}  // namespace

void define_linear(nb::module_& module) {
    using namespace nb::literals;
    module.def("hinge_pass", &hinge_pass_arrays, "columns"_a, "offsets"_a, "values"_a, "dense"_a,
               "targets"_a, "costs"_a, "order"_a, "alpha"_a, "weights"_a, "dense_weights"_a,
               "threads"_a = 0, nb::call_guard<Call>(),
               "One pass of dual coordinate descent over the rows of `order`; the worst violation.");
    module.def("sparse_scores", &sparse_scores_arrays, "columns"_a, "offsets"_a, "values"_a,
               "weights"_a, "threads"_a = 0, nb::call_guard<Call>(),
               "Sum of the weights of each row's columns, times their values: (n, width).");
}

}  // namespace wordllama
