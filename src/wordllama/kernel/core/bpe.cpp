#include "bpe.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "table.hpp"
#include "threads.hpp"

namespace wordllama {

namespace {

constexpr size_t steps_at_once = 1024;  // between checkpoints

size_t count_lines(std::string_view text) {
    return text.empty() ? 0 : size_t(std::count(text.begin(), text.end(), '\n')) + 1;
}

int32_t id_of(const Table& tokens, std::string_view token) {
    const Slot* slot = tokens.find(tokens.hasher().piece(token));
    if (!slot) {
        throw std::invalid_argument("the tokenizer has no token '" + std::string(token) +
                                    "', which its merges or bytes need");
    }
    return slot->ids()[0];
}

// A heap's top is its greatest: the candidate of the lowest rank, the leftmost of those.
struct ComesLater {
    bool operator()(const Workspace::Candidate& a, const Workspace::Candidate& b) const {
        return a.order > b.order;
    }
};

}  // namespace

Bpe::Bpe(const Vocabulary& vocabulary, std::string_view merges, std::optional<int32_t> unknown)
    : characters_(vocabulary.size() + 1), merges_(count_lines(merges) + 1), unknown_(unknown) {
    Table tokens(SIZE_MAX);
    for (const auto& [token, id] : vocabulary) {
        tokens.insert(tokens.hasher().piece(token), &id, 1);
        const bool single = !token.empty() && character_size(token, 0) == token.size();
        if (single) characters_.set(decode(token, 0), 0, id);
    }
    for (int byte = 0; byte < 256 && !unknown; ++byte) {
        char token[8];
        std::snprintf(token, sizeof token, "<0x%02X>", unsigned(byte));
        bytes_[byte] = id_of(tokens, token);
    }
    std::string joined;
    for (uint32_t rank = 0; !merges.empty(); ++rank) {
        const std::string_view line = merges.substr(0, merges.find('\n'));
        const std::string_view left = line.substr(0, line.find(' '));
        const std::string_view right = line.substr(std::min(left.size() + 1, line.size()));
        joined.assign(left).append(right);
        const uint64_t key = pair_key(id_of(tokens, left), id_of(tokens, right));
        merges_.set(key, rank, id_of(tokens, joined));
        merges.remove_prefix(std::min(line.size() + 1, merges.size()));
    }
}

bool Bpe::ids(std::string_view piece, Workspace& workspace, std::vector<int32_t>& out) const {
    if (piece.size() > longest) return false;
    begin(piece, workspace);
    merge(workspace);
    for (const Workspace::Symbol& symbol : workspace.symbols) {
        if (symbol.id >= 0) out.push_back(symbol.id);
    }
    return true;
}

void Bpe::begin(std::string_view piece, Workspace& workspace) const {
    workspace.symbols.clear();
    const auto add = [&](int32_t id) {
        const int32_t place = int32_t(workspace.symbols.size());
        if (size_t(place) % steps_at_once == steps_at_once - 1) checkpoint();
        if (place > 0) merges_.prefetch(pair_key(workspace.symbols.back().id, id));
        workspace.symbols.push_back({id, place - 1, place + 1});
    };
    for (size_t at = 0, size; at < piece.size(); at += size) {
        size = character_size(piece, at);
        if (const RankedIds::Entry* token = characters_.find(decode(piece, at))) {
            add(token->id);
        } else if (unknown_) {
            add(*unknown_);
        } else {
            for (size_t i = 0; i < size; ++i) add(bytes_[uint8_t(piece[at + i])]);
        }
    }
    if (!workspace.symbols.empty()) workspace.symbols.back().after = -1;
}

void Bpe::propose(int32_t place, Workspace& workspace) const {
    const Workspace::Symbol& symbol = workspace.symbols[size_t(place)];
    if (symbol.after < 0) return;
    const RankedIds::Entry* pair = merged(symbol.id, workspace.symbols[size_t(symbol.after)].id);
    if (pair) workspace.queue.push_back({uint64_t(pair->rank) << 32 | uint32_t(place), pair->id});
}

void Bpe::merge(Workspace& workspace) const {
    auto& queue = workspace.queue;
    auto& symbols = workspace.symbols;
    queue.clear();
    for (size_t i = 0; i < symbols.size(); ++i) {
        if (i % steps_at_once == steps_at_once - 1) checkpoint();
        propose(int32_t(i), workspace);
    }
    std::make_heap(queue.begin(), queue.end(), ComesLater());
    const auto propose_again = [&](int32_t place) {
        const size_t before = queue.size();
        propose(place, workspace);
        if (queue.size() > before) std::push_heap(queue.begin(), queue.end(), ComesLater());
    };
    for (size_t step = 1; !queue.empty(); ++step) {
        if (step % steps_at_once == 0) checkpoint();
        std::pop_heap(queue.begin(), queue.end(), ComesLater());
        const Workspace::Candidate best = queue.back();
        queue.pop_back();
        const int32_t place = int32_t(uint32_t(best.order));
        Workspace::Symbol& left = symbols[size_t(place)];
        if (left.id < 0 || left.after < 0) continue;
        Workspace::Symbol& right = symbols[size_t(left.after)];
        // Either may have been merged since. What gives the same token is as good: `tokenizers`
        // takes it too, though its own turn may come later.
        const RankedIds::Entry* now = merged(left.id, right.id);
        if (!now || now->id != best.id) continue;
        left.id = best.id;
        left.after = right.after;
        right.id = -1;
        if (left.after >= 0) symbols[size_t(left.after)].before = place;
        if (left.before >= 0) propose_again(left.before);
        propose_again(place);
    }
}

}  // namespace wordllama
