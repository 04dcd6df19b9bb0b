// A byte-pair encoding (Sennrich et al., 2016, arXiv:1508.07909): the ids of a piece, as
// `tokenizers` gives them.
//
// A piece begins as its characters' tokens. Of all neighbours that may be merged, those that stand
// first in the file's list are, the leftmost first, until none are left.
#pragma once
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "ranked_ids.hpp"
#include "tokenizer_rule.hpp"
#include "utf8.hpp"

namespace wordllama {

class Bpe : public TokenizerRule {
public:
    static constexpr size_t longest = INT32_MAX;  // bytes of a piece

    // `merges` are lines of "left right", best first. A character without a token becomes `unknown`
    // or, where there is none, the tokens of its bytes. Throws std::invalid_argument where a token
    // is missing.
    Bpe(const Vocabulary& vocabulary, std::string_view merges, std::optional<int32_t> unknown);

    // False only of a piece longer than `longest`.
    bool ids(std::string_view piece, Workspace& workspace,
             std::vector<int32_t>& out) const override;

private:
    void begin(std::string_view piece, Workspace& workspace) const;
    void merge(Workspace& workspace) const;
    void propose(int32_t place, Workspace& workspace) const;

    static uint64_t pair_key(int32_t left, int32_t right) {
        return uint64_t(uint32_t(left)) << 32 | uint32_t(right);
    }
    const RankedIds::Entry* merged(int32_t left, int32_t right) const {
        return merges_.find(pair_key(left, right));
    }

    RankedIds characters_, merges_;
    std::optional<int32_t> unknown_;
    int32_t bytes_[256] = {};
};

}  // namespace wordllama
