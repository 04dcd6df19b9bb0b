// The functions of keywords.hpp as Python sees them.
#pragma once
#include <nanobind/nanobind.h>

namespace wordllama {

void define_keywords(nanobind::module_& module);

}  // namespace wordllama
