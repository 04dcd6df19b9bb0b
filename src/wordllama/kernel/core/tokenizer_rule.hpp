// What the kernel's tokenizers of pieces have in common: Bpe, ByteBpe and WordPiece.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wordllama {

// Tokens and their ids, which are not below 0.
using Vocabulary = std::vector<std::pair<std::string_view, int32_t>>;

// What a thread needs to work with, kept from piece to piece.
struct Workspace {
    struct Symbol {
        int32_t id, before, after;  // -1: merged into its neighbour; none there
    };
    struct Candidate {
        uint64_t order;  // rank, place
        int32_t id;
    };
    std::vector<Symbol> symbols;
    std::vector<Candidate> queue;
    std::string word;
};

class TokenizerRule {
public:
    virtual ~TokenizerRule() = default;

    // The ids of a normalised piece, as `tokenizers` gives them, added to `out`. False, and nothing
    // added, where that can't be said here and the tokenizer itself must be asked.
    virtual bool ids(std::string_view piece, Workspace& workspace,
                     std::vector<int32_t>& out) const = 0;
};

}  // namespace wordllama
