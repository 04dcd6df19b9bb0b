#include "cutter.hpp"

#include <algorithm>

#include "bits.hpp"

namespace wordllama {

namespace {

bool is_space(CodePoint c) {  // Python's str.isspace
    if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_ascii(const char* p, size_t size) {
    uint64_t all = 0;
    for (; size >= 8; p += 8, size -= 8) all |= load8(p);
    for (; size > 0; ++p, --size) all |= uint8_t(*p);
    return (all & 0x8080808080808080u) == 0;
}

// The index of two ASCII characters in a row: what a 16-bit load of the two bytes gives on a
// little-endian processor, so that the compiler makes one load of it (see `adjacent`).
constexpr size_t ascii_pair(CodePoint a, CodePoint b) { return b << 8 | a; }
constexpr size_t ascii_pairs = ascii_pair(127, 127) + 1;

uint64_t pair_key(CodePoint a, CodePoint b) { return (uint64_t(a) + 1) << 32 | b; }

size_t pair_slot(uint64_t key) { return size_t((key * 0x9E3779B97F4A7C15u) >> 32); }

}  // namespace

Cutter::Cutter(CutRules rules)
    : rules_(std::move(rules)), space_(decode(rules_.space, 0)), specials_(rules_.specials) {
    // In pieces ' ' stands for what a space becomes, in the prefix too: so a text's first word is the
    // same piece as one after a space.
    if (rules_.prefix == rules_.space) rules_.prefix = " ";

    if (rules_.kind != CutRules::Kind::adjacent) return;
    size_t slots = 64;
    while (slots < 4 * rules_.joined.size()) slots *= 2;
    pairs_.resize(slots);
    for (const auto& [a, b] : rules_.joined) {
        size_t i = pair_slot(pair_key(a, b)) & (slots - 1);
        while (pairs_[i] != 0 && pairs_[i] != pair_key(a, b)) i = (i + 1) & (slots - 1);
        pairs_[i] = pair_key(a, b);
    }
    cut_ascii_.resize(ascii_pairs);
    for (CodePoint a = 0; a < 128; ++a) {
        for (CodePoint b = 0; b < 128; ++b) cut_ascii_[ascii_pair(a, b)] = !joins(a, b);
    }
}

bool Cutter::joins(CodePoint a, CodePoint b) const {
    const uint64_t key = pair_key(a == ' ' ? space_ : a, b == ' ' ? space_ : b);
    for (size_t i = pair_slot(key);; ++i) {
        const uint64_t there = pairs_[i & (pairs_.size() - 1)];
        if (there == key) return true;
        if (there == 0) return false;
    }
}

// Bit i: the text may be cut before place from + i.
uint64_t Cutter::adjacent(std::string_view text, size_t from, size_t count) const {
    const char* p = text.data() + from;
    uint64_t mask = 0;
    if (is_ascii(p - 1, count + 1)) {
        const char* before = p - 1;
        const auto cut = [&](size_t i) {
            return uint64_t(cut_ascii_[ascii_pair(uint8_t(before[i]), uint8_t(before[i + 1]))]);
        };
        size_t i = 0;
        for (; i + 8 <= count; i += 8) {
            uint64_t eight = 0;
            for (size_t j = 0; j < 8; ++j) eight |= cut(i + j) << j;
            mask |= eight << i;
        }
        for (; i < count; ++i) mask |= cut(i) << i;
        return mask;
    }
    for (size_t i = 0; i < count; ++i) {
        if (continues(p[i])) continue;
        const CodePoint a = decode_before(text, from + i), b = decode(text, from + i);
        const bool cut = (a | b) < 128 ? cut_ascii_[ascii_pair(a, b)] != 0 : !joins(a, b);
        mask |= uint64_t(cut) << i;
    }
    return mask;
}

uint64_t Cutter::before_spaces(std::string_view text, size_t from, size_t count) const {
    uint64_t mask = 0;
    for (size_t i = 0; i < count; ++i) mask |= uint64_t(text[from + i] == ' ') << i;
    uint64_t cuts = 0;
    for (; mask != 0; mask &= mask - 1) {
        const size_t i = size_t(lowest_bit(mask)), at = from + i;
        const bool between = at + 1 < text.size() && !is_space(decode_before(text, at)) &&
                             !is_space(decode(text, at + 1));
        cuts |= uint64_t(between) << i;
    }
    return cuts;
}

uint64_t Cutter::cuts_in(const Cursor& cursor, size_t count) const {
    if (rules_.kind == CutRules::Kind::adjacent) return adjacent(cursor.text, cursor.next, count);
    return before_spaces(cursor.text, cursor.next, count);
}

bool Cutter::cut(Cursor& cursor, const Hasher& hasher, std::vector<Piece>& pieces, size_t limit,
                 std::deque<std::string>& first) const {
    const std::string_view text = cursor.text;
    if (text.empty()) return true;
    const auto emit = [&](size_t end) {
        const char* p = text.data() + cursor.start;
        const size_t size = end - cursor.start;
        if (cursor.start == 0 && !rules_.prefix.empty()) {
            pieces.push_back(first_piece({p, size}, hasher, first));
        } else {
            const bool readable = cursor.start + Piece::inline_bytes <= text.size();
            const Piece made = hasher.piece(p, size, readable);
            // Word by word: a copy in larger parts would wait until the words have been stored.
            Piece& kept = pieces.emplace_back();
            kept.first = made.first;
            kept.second = made.second;
            kept.hash = made.hash;
            kept.size = made.size;
        }
        cursor.start = end;
    };
    while (cursor.next < text.size()) {
        const size_t count = std::min(block, text.size() - cursor.next);
        uint64_t mask = cuts_in(cursor, count);
        for (; mask != 0; mask &= mask - 1) emit(cursor.next + size_t(lowest_bit(mask)));
        cursor.next += count;
        if (pieces.size() >= limit) return false;
    }
    emit(text.size());
    return true;
}

Piece Cutter::first_piece(std::string_view piece, const Hasher& hasher,
                          std::deque<std::string>& first) const {
    const size_t before = rules_.prefix.size(), size = before + piece.size();
    if (size <= Piece::inline_bytes) {
        char bytes[Piece::inline_bytes] = {};
        std::memcpy(bytes, rules_.prefix.data(), before);
        std::memcpy(bytes + before, piece.data(), piece.size());
        return hasher.piece(bytes, size, true);
    }
    first.push_back(rules_.prefix);
    first.back().append(piece);
    return hasher.piece(first.back());
}

std::string Cutter::normalized(std::string_view piece) const {
    std::string text;
    for (const char c : piece) {
        if (c == ' ') {
            text += rules_.space;
        } else {
            text += c;
        }
    }
    return text;
}

}  // namespace wordllama
