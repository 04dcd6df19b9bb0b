#include "word_piece.hpp"

#include <algorithm>

#include "ascii.hpp"

namespace wordllama {

WordPiece::WordPiece(const Vocabulary& vocabulary, std::string_view inner,
                     std::optional<int32_t> unknown, size_t longest_word, bool lowercase)
    : unknown_(unknown), longest_word_(longest_word), lowercase_(lowercase) {
    for (const auto& [token, id] : vocabulary) {
        if (!std::all_of(token.begin(), token.end(), is_plain)) continue;
        first_.insert(first_.hasher().piece(token), &id, 1);
        longest_token_ = std::max(longest_token_, token.size());
        if (token.substr(0, inner.size()) != inner) continue;
        inner_.insert(inner_.hasher().piece(token.substr(inner.size())), &id, 1);
    }
}

bool WordPiece::ids(std::string_view piece, Workspace& workspace,
                    std::vector<int32_t>& out) const {
    if (!std::all_of(piece.begin(), piece.end(), is_plain)) return false;
    std::string& word = workspace.word;
    word.clear();
    const auto end_word = [&] {
        if (!word.empty()) spell(word, out);
        word.clear();
    };
    for (const char c : piece) {
        const bool apart = is_punctuation(c);
        if (apart || is_space(c)) end_word();
        if (!is_space(c)) word += lowercase_ ? lower(c) : c;
        if (apart) end_word();
    }
    end_word();
    return true;
}

// The longest token that the word begins with, then the longest that what is left begins with.
void WordPiece::spell(std::string_view word, std::vector<int32_t>& out) const {
    const size_t before = out.size();
    bool known = word.size() <= longest_word_;
    for (size_t at = 0; known && at < word.size();) {
        const Table& tokens = at ? inner_ : first_;
        const Slot* slot = nullptr;
        size_t size = std::min(longest_token_, word.size() - at) + 1;
        while (!slot && --size) slot = tokens.find(tokens.hasher().piece(word.substr(at, size)));
        known = slot != nullptr;
        if (known) out.push_back(slot->ids()[0]);
        at += size;
    }
    if (known) return;
    out.resize(before);
    if (unknown_) out.push_back(*unknown_);
}

}  // namespace wordllama
