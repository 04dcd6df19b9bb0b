// The tokenizer rules of kernel/__init__.py (Bpe, ByteBpe, WordPiece) made into the core's.
#pragma once
#include <nanobind/nanobind.h>

#include <memory>

#include "core/tokenizer_rule.hpp"

namespace wordllama {

namespace nb = nanobind;

// Null for None; TypeError for what is no rule.
std::unique_ptr<const TokenizerRule> rule_of(nb::handle rule);

}  // namespace wordllama
