// Where a text may be cut: `Cuts` of kernel/__init__.py made into tables.
//
// Texts are never normalised as a whole. A piece is a stretch of the raw text, in which ' ' stands
// for what a space becomes; the first piece has the prefix before it. Only pieces that the table
// has not seen are written out in normalised form (`normalized`), for the tokenizer.
#pragma once
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "piece.hpp"
#include "specials.hpp"
#include "utf8.hpp"

namespace wordllama {

struct CutRules {
    enum class Kind { adjacent, spaces, whole };
    Kind kind;
    std::vector<std::pair<CodePoint, CodePoint>> joined;
    std::string prefix, space;  // UTF-8; `space` is one character
    std::vector<std::string> specials;
};

// A text on its way through the cutter.
struct Cursor {
    explicit Cursor(std::string_view text) : text(text) {}
    std::string_view text;
    size_t start = 0;  // of the piece that is being read
    size_t next = 1;   // the first place not yet looked at
};

class Cutter {
public:
    static constexpr size_t block = 64;  // places looked at at once

    explicit Cutter(CutRules rules);

    bool holds_special(std::string_view text) const { return specials_.occur_in(text); }
    bool cuts() const { return rules_.kind != CutRules::Kind::whole; }

    // Appends pieces until at least `limit` are there or the text ends; true if it has ended.
    // Long pieces point into the text or, with a prefix before them, into `first`.
    bool cut(Cursor& cursor, const Hasher& hasher, std::vector<Piece>& pieces, size_t limit,
             std::deque<std::string>& first) const;

    std::string normalized(std::string_view piece) const;

private:
    uint64_t cuts_in(const Cursor& cursor, size_t count) const;
    uint64_t adjacent(std::string_view text, size_t from, size_t count) const;
    uint64_t before_spaces(std::string_view text, size_t from, size_t count) const;
    Piece first_piece(std::string_view piece, const Hasher& hasher,
                      std::deque<std::string>& first) const;
    bool joins(CodePoint a, CodePoint b) const;

    CutRules rules_;
    CodePoint space_;
    Specials specials_;
    std::vector<uint8_t> cut_ascii_;  // by ascii_pair: 1 where two characters may be cut apart
    std::vector<uint64_t> pairs_;     // those that may not; open addressing, 0 is empty
};

}  // namespace wordllama
