#include "tokenizer_rules.hpp"

#include <nanobind/stl/string.h>

#include <optional>
#include <string>

#include "arguments.hpp"
#include "core/bpe.hpp"
#include "core/byte_bpe.hpp"
#include "core/word_piece.hpp"
#include "gil.hpp"

namespace wordllama {

namespace {

using Made = std::unique_ptr<const TokenizerRule>;

Vocabulary vocabulary_of(nb::handle rule) {
    const nb::dict ids = nb::cast<nb::dict>(rule.attr("vocabulary"));
    Vocabulary vocabulary;
    vocabulary.reserve(ids.size());
    for (const auto& [token, id] : ids) {
        vocabulary.emplace_back(utf8(token.ptr()), nb::cast<int32_t>(id));
        if (vocabulary.back().second < 0) fail("ValueError", "the vocabulary holds an id below 0");
    }
    return vocabulary;
}

std::optional<int32_t> unknown_of(nb::handle rule) {
    const nb::object unknown = rule.attr("unknown");
    return unknown.is_none() ? std::nullopt : std::optional(nb::cast<int32_t>(unknown));
}

ByteBpe::Splitting splitting_of(nb::handle rule) {
    const auto name = nb::cast<std::string>(rule.attr("splitting"));
    if (name == "gpt2") return ByteBpe::Splitting::gpt2;
    if (name == "digits") return ByteBpe::Splitting::digits;
    if (name == "llama3") return ByteBpe::Splitting::llama3;
    fail("ValueError", "splitting must be gpt2, digits or llama3, not '" + name + "'");
}

Made bpe(nb::handle rule) {
    const Vocabulary vocabulary = vocabulary_of(rule);
    const nb::object merges = rule.attr("merges");
    const std::string_view lines = utf8(merges.ptr());
    const std::optional<int32_t> unknown = unknown_of(rule);
    const WithoutGil without;
    return std::make_unique<const Bpe>(vocabulary, lines, unknown);
}

Made byte_bpe(nb::handle rule) {
    const Vocabulary vocabulary = vocabulary_of(rule);
    const nb::object merges = rule.attr("merges");
    const std::string_view lines = utf8(merges.ptr());
    const ByteBpe::Splitting splitting = splitting_of(rule);
    const auto digits = nb::cast<size_t>(rule.attr("digits"));
    const auto whole_words = nb::cast<bool>(rule.attr("whole_words"));
    const WithoutGil without;
    return std::make_unique<const ByteBpe>(vocabulary, lines, splitting, digits, whole_words);
}

Made word_piece(nb::handle rule) {
    const nb::object inner = rule.attr("inner");
    return std::make_unique<const WordPiece>(
        vocabulary_of(rule), utf8(inner.ptr()), unknown_of(rule),
        nb::cast<size_t>(rule.attr("longest_word")), nb::cast<bool>(rule.attr("lowercase")));
}

// By the name of the class in Python.
constexpr struct {
    const char* name;
    Made (*make)(nb::handle rule);
} rules[] = {{"Bpe", bpe}, {"ByteBpe", byte_bpe}, {"WordPiece", word_piece}};

}  // namespace

std::unique_ptr<const TokenizerRule> rule_of(nb::handle rule) {
    if (rule.is_none()) return nullptr;
    const std::string name = name_of_type(rule);
    std::string known;
    for (const auto& each : rules) {
        if (name == each.name) return each.make(rule);
        known += std::string(known.empty() ? "" : ", ") + each.name;
    }
    fail("TypeError", "rule must be one of " + known + ", or None, not " + name);
}

}  // namespace wordllama
