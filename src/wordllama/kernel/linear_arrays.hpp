// The functions of linear.hpp as Python sees them.
#pragma once
#include <nanobind/nanobind.h>

namespace wordllama {

void define_linear(nanobind::module_& module);

}  // namespace wordllama
