// Byte-level BPE (Radford et al., 2019) behind the splitting of GPT-2 or of its successors: the ids of
// a piece of plain ASCII, as `tokenizers` gives them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "bpe.hpp"
#include "table.hpp"

namespace wordllama {

class ByteBpe : public TokenizerRule {
public:
    // gpt2: the pattern of GPT-2. digits: the same, once digits have been split off. llama3: that of
    // Llama 3 and Qwen 2.
    enum class Splitting { gpt2, digits, llama3 };

    // At most `digits` digits go together (0: any number). With `whole_words`, a word that is a token
    // is not merged. Throws std::invalid_argument where a token is missing.
    ByteBpe(const Vocabulary& vocabulary, std::string_view merges, Splitting splitting,
            size_t digits, bool whole_words);

    // False where the piece holds more than printable ASCII, tabs and line ends.
    bool ids(std::string_view piece, Workspace& workspace,
             std::vector<int32_t>& out) const override;

private:
    size_t word_end(std::string_view piece, size_t at) const;
    size_t word_end_gpt2(std::string_view piece, size_t at) const;
    size_t word_end_llama3(std::string_view piece, size_t at) const;
    size_t digits_end(std::string_view piece, size_t at) const;

    const Bpe bpe_;
    const Splitting splitting_;
    const size_t digits_;
    Table whole_words_{SIZE_MAX};  // empty where words are always merged
};

}  // namespace wordllama
