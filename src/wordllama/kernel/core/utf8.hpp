// Characters of UTF-8. Bytes that are not UTF-8 give some number, and nothing worse.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wordllama {

using CodePoint = uint32_t;

inline bool continues(char c) { return (uint8_t(c) & 0xC0) == 0x80; }

// The bytes of the character that begins at `at`.
inline size_t character_size(std::string_view text, size_t at) {
    const uint8_t lead = uint8_t(text[at]);
    const size_t most = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    size_t size = 1;
    while (size < most && at + size < text.size() && continues(text[at + size])) ++size;
    return size;
}

// The character that begins at `at`.
inline CodePoint decode(std::string_view text, size_t at) {
    const uint8_t lead = uint8_t(text[at]);
    if (lead < 0x80) return lead;
    CodePoint point = lead & (lead < 0xE0 ? 0x1F : lead < 0xF0 ? 0x0F : 0x07);
    for (size_t i = 1, size = character_size(text, at); i < size; ++i) {
        point = point << 6 | (uint8_t(text[at + i]) & 0x3F);
    }
    return point;
}

// The character that ends before `end`.
inline CodePoint decode_before(std::string_view text, size_t end) {
    size_t at = end - 1;
    while (at > 0 && continues(text[at]) && end - at < 4) --at;
    return decode(text, at);
}

}  // namespace wordllama
