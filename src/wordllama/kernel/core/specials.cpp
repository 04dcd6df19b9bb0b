#include "specials.hpp"

#include <algorithm>
#include <cstring>

namespace wordllama {

namespace {

size_t total_size(const std::vector<std::string>& strings) {
    size_t size = 0;
    for (const std::string& string : strings) size += string.size();
    return size;
}

}  // namespace

Specials::Specials(const std::vector<std::string>& strings)
    : nodes_{{0, 0, 0, false}}, edges_(total_size(strings) + 1) {
    std::vector<std::vector<int32_t>> of_depth;
    for (const std::string& string : strings) {
        int32_t node = 0;
        for (size_t depth = 0; depth < string.size(); ++depth) {
            const uint64_t key = edge(node, string[depth]);
            if (const RankedIds::Entry* there = edges_.find(key)) {
                node = there->id;
                continue;
            }
            const int32_t made = int32_t(nodes_.size());
            edges_.set(key, 0, made);
            nodes_.push_back({node, 0, uint8_t(string[depth]), false});
            if (of_depth.size() <= depth) of_depth.emplace_back();
            of_depth[depth].push_back(made);
            node = made;
        }
        if (string.empty()) continue;
        nodes_[size_t(node)].ends = true;
        bool& starts = starts_[uint8_t(string[0])];
        distinct_starts_ += !starts;
        starts = true;
        only_start_ = string[0];
    }
    // What a node falls back to is less deep than itself.
    size_t steps = 0;
    for (size_t depth = 1; depth < of_depth.size(); ++depth) {
        for (const int32_t i : of_depth[depth]) {
            Node& node = nodes_[size_t(i)];
            node.fallback = step(nodes_[size_t(node.parent)].fallback, char(node.byte), steps);
            node.ends |= nodes_[size_t(node.fallback)].ends;
        }
    }
}

bool Specials::occur_in(std::string_view text, size_t* steps) const {
    size_t count = 0;
    int32_t node = 0;
    bool held = false;
    for (size_t at = 0; at < text.size() && !held; ++at) {
        if (node == 0 && (at = next_start(text, at)) == text.size()) break;
        node = step(node, text[at], count);
        held = nodes_[size_t(node)].ends;
    }
    if (steps) *steps = count;
    return held;
}

int32_t Specials::step(int32_t node, char byte, size_t& steps) const {
    for (;; node = nodes_[size_t(node)].fallback) {
        ++steps;
        if (const RankedIds::Entry* next = edges_.find(edge(node, byte))) return next->id;
        if (node == 0) return 0;
    }
}

// The first place from `at` on where a string may begin, or the text's end.
size_t Specials::next_start(std::string_view text, size_t at) const {
    if (distinct_starts_ == 0) return text.size();
    if (distinct_starts_ == 1) {
        const void* there = std::memchr(text.data() + at, only_start_, text.size() - at);
        return there ? size_t(static_cast<const char*>(there) - text.data()) : text.size();
    }
    while (at < text.size() && !starts_[uint8_t(text[at])]) ++at;
    return at;
}

}  // namespace wordllama
