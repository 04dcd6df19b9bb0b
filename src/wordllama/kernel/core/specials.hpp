// Whether a text holds one of many strings (Aho and Corasick, 1975): linear in the text, however many
// strings there are and whatever they have in common.
//
// The strings are a tree of nodes, a byte from each to the next. Where the text does not go on from a
// node, the search falls back to the node of the longest beginning of a string that the text read so
// far ends with. It falls back at most as often as it has gone on.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "ranked_ids.hpp"

namespace wordllama {

class Specials {
public:
    // Empty strings count for nothing.
    explicit Specials(const std::vector<std::string>& strings);

    // `steps`, if given, becomes the number of nodes looked at: at most twice the bytes of the text.
    bool occur_in(std::string_view text, size_t* steps = nullptr) const;

private:
    struct Node {
        int32_t parent, fallback;
        uint8_t byte;  // that leads to it
        bool ends;     // a string ends here
    };

    static uint64_t edge(int32_t node, char byte) { return uint64_t(node) << 8 | uint8_t(byte); }
    int32_t step(int32_t node, char byte, size_t& steps) const;
    size_t next_start(std::string_view text, size_t at) const;

    std::vector<Node> nodes_;  // the root first
    RankedIds edges_;
    std::array<bool, 256> starts_{};  // bytes that a string begins with
    size_t distinct_starts_ = 0;
    char only_start_ = 0;
};

}  // namespace wordllama
