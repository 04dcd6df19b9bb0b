// WordPiece (Schuster and Nakajima, 2012) behind BERT's splitting: the ids of a piece of plain ASCII,
// as `tokenizers` gives them.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "table.hpp"
#include "tokenizer_rule.hpp"

namespace wordllama {

class WordPiece : public TokenizerRule {
public:
    // `inner` stands before the tokens that go on a word. A word that can't be spelt, or is longer
    // than `longest_word`, becomes `unknown`, or nothing where there is none.
    WordPiece(const Vocabulary& vocabulary, std::string_view inner, std::optional<int32_t> unknown,
              size_t longest_word, bool lowercase);

    // False where the piece holds more than printable ASCII, tabs and line ends.
    bool ids(std::string_view piece, Workspace& workspace,
             std::vector<int32_t>& out) const override;

private:
    void spell(std::string_view word, std::vector<int32_t>& out) const;

    Table first_{SIZE_MAX}, inner_{SIZE_MAX};
    std::optional<int32_t> unknown_;
    size_t longest_word_, longest_token_ = 0;
    bool lowercase_;
};

}  // namespace wordllama
