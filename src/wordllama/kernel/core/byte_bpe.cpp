#include "byte_bpe.hpp"

#include <algorithm>

#include "ascii.hpp"

namespace wordllama {

namespace {

// Where the run of characters for which `is` holds ends.
template <class Is>
size_t run_end(std::string_view text, size_t at, Is is) {
    while (at < text.size() && is(text[at])) ++at;
    return at;
}

// The bytes of 's, 't, 're, 've, 'm, 'll or 'd at `at`, or 0.
size_t contraction(std::string_view text, size_t at, bool any_case) {
    if (text[at] != '\'') return 0;
    for (const std::string_view end : {"s", "t", "re", "ve", "m", "ll", "d"}) {
        const std::string_view letters = text.substr(at + 1, end.size());
        const auto same = [&](char a, char b) { return (any_case ? lower(a) : a) == b; };
        if (std::equal(letters.begin(), letters.end(), end.begin(), end.end(), same)) {
            return 1 + end.size();
        }
    }
    return 0;
}

// How byte-level BPE writes a byte of plain ASCII: blanks as what lies 256 higher.
void write(char c, std::string& word) {
    if (c > ' ') {
        word += c;
    } else {
        word += char(0xC4);
        word += char(0x80 + c);
    }
}

}  // namespace

ByteBpe::ByteBpe(const Vocabulary& vocabulary, std::string_view merges, Splitting splitting,
                 size_t digits, bool whole_words)
    : bpe_(vocabulary, merges, 0),  // no character is unknown: each byte is a token
      splitting_(splitting), digits_(digits ? digits : SIZE_MAX) {
    if (!whole_words) return;
    for (const auto& [token, id] : vocabulary) {
        whole_words_.insert(whole_words_.hasher().piece(token), &id, 1);
    }
}

bool ByteBpe::ids(std::string_view piece, Workspace& workspace, std::vector<int32_t>& out) const {
    if (piece.size() > Bpe::longest / 2) return false;
    if (!std::all_of(piece.begin(), piece.end(), is_plain)) return false;
    std::string& word = workspace.word;
    for (size_t at = 0; at < piece.size();) {
        const size_t end = word_end(piece, at);
        word.clear();
        for (; at < end; ++at) write(piece[at], word);
        if (const Slot* slot = whole_words_.find(whole_words_.hasher().piece(word))) {
            out.push_back(slot->ids()[0]);
        } else {
            bpe_.ids(word, workspace, out);
        }
    }
    return true;
}

// Each of the patterns' alternatives, in their order. The first that matches counts.
size_t ByteBpe::word_end(std::string_view piece, size_t at) const {
    const bool newer = splitting_ == Splitting::llama3;
    if (const size_t size = contraction(piece, at, newer)) return at + size;
    return newer ? word_end_llama3(piece, at) : word_end_gpt2(piece, at);
}

size_t ByteBpe::digits_end(std::string_view piece, size_t at) const {
    return run_end(piece.substr(0, at + std::min(digits_, piece.size() - at)), at, is_digit);
}

// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
size_t ByteBpe::word_end_gpt2(std::string_view piece, size_t at) const {
    const bool apart = splitting_ == Splitting::digits;
    const size_t first = at + (piece[at] == ' ');
    if (first < piece.size()) {
        const char c = piece[first];
        if (is_letter(c)) return run_end(piece, first, is_letter);
        if (is_digit(c) && !(apart && first > at)) return digits_end(piece, first);
        if (is_punctuation(c)) return run_end(piece, first, is_punctuation);
    }
    const size_t end = run_end(piece, at, is_space);
    const bool last = end == piece.size() || (apart && is_digit(piece[end]));
    return end - at > 1 && !last ? end - 1 : end;
}

// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*
// |\s*[\r\n]+|\s+(?!\S)|\s+
size_t ByteBpe::word_end_llama3(std::string_view piece, size_t at) const {
    const bool skips = !is_letter(piece[at]) && !is_digit(piece[at]) && !is_line_end(piece[at]);
    const size_t letters = at + skips, marks = at + (piece[at] == ' ');
    if (letters < piece.size() && is_letter(piece[letters])) {
        return run_end(piece, letters, is_letter);
    }
    if (is_digit(piece[at])) return digits_end(piece, at);
    if (marks < piece.size() && is_punctuation(piece[marks])) {
        return run_end(piece, run_end(piece, marks, is_punctuation), is_line_end);
    }
    const size_t end = run_end(piece, at, is_space);
    for (size_t last = end; last > at; --last) {
        if (is_line_end(piece[last - 1])) return last;
    }
    return end - at > 1 && end < piece.size() ? end - 1 : end;
}

}  // namespace wordllama
