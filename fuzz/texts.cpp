// libFuzzer: any bytes as texts, rules and history. The ids of a text must be those of its
// characters, however it is cut, whatever the table holds and on however many threads.
#include <cstdlib>
#include <cstring>

#include "embed.hpp"

using namespace wordllama;

namespace {

CutRules rules_of(uint8_t choice) {
    CutRules rules;
    rules.kind = choice & 1 ? CutRules::Kind::spaces : CutRules::Kind::adjacent;
    rules.space = choice & 2 ? "\xE2\x96\x81" : " ";
    if (choice & 4) rules.prefix = rules.space;
    if (choice & 8) rules.prefix = "\xC3\xA9\xC3\xA9";
    if (choice & 16) rules.specials = {"<s>", "", "<|end|>"};
    for (uint32_t a = 'a'; a <= 'z'; ++a) {
        for (uint32_t b = 'a'; b <= 'z'; b += 1 + (choice >> 5)) rules.joined.emplace_back(a, b);
    }
    rules.joined.emplace_back(0x2581, 'a');
    rules.joined.emplace_back(0xE9, 0x65E5);
    return rules;
}

// A "tokenizer": one id for each byte.
std::vector<int32_t> ids_of(std::string_view text) {
    std::vector<int32_t> ids;
    for (const char c : text) ids.push_back(uint8_t(c));
    return ids;
}

void require(bool truth) {
    if (!truth) std::abort();
}

void read_all(Table& table, const Cutter& cutter, const CutRules& rules, const Texts& texts,
              int threads) {
    const Embedder embedder(table, cutter);
    std::vector<std::vector<int32_t>> ids(texts.size());
    Left left = embedder.token_ids(texts, nullptr, nullptr, ids, threads);
    Table extra(SIZE_MAX);
    for (const std::string& piece : left.unseen) {
        const std::vector<int32_t> found = ids_of(cutter.normalized(piece));
        const Piece key = table.hasher().piece(piece);
        if (!table.insert(key, found.data(), found.size())) {
            extra.insert(key, found.data(), found.size());
        }
    }
    const Left again = embedder.token_ids(texts, &left.pending, &extra, ids, threads);
    require(again.pending.empty() && again.unseen.empty() && again.whole.empty());

    std::vector<float> matrix(256 * 5), vectors(texts.size() * 5), pooled(texts.size() * 5);
    for (size_t i = 0; i < matrix.size(); ++i) matrix[i] = float(int(i % 37)) - 18;
    const Rows rows{matrix.data(), Type::float32, 256, 5, nullptr, nullptr, 256};
    Out out;
    out.dense = vectors.data();
    embedder.embed(texts, nullptr, &extra, rows, out, threads);
    std::vector<int32_t> all;
    std::vector<int64_t> offsets{0};
    for (size_t i = 0; i < texts.size(); ++i) {
        if (cutter.holds_special(texts[i])) {
            require(ids[i].empty());
        } else {
            std::string text(texts[i]);
            if (!text.empty()) text.insert(0, rules.prefix);
            require(ids[i] == ids_of(cutter.normalized(text)));
        }
        all.insert(all.end(), ids[i].begin(), ids[i].end());
        offsets.push_back(int64_t(all.size()));
    }
    out.dense = pooled.data();
    pool(all.data(), offsets.data(), texts.size(), nullptr, rows, out, threads);
    require(vectors == pooled);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 3) return 0;
    const CutRules rules = rules_of(data[0]);
    const Cutter cutter(rules);
    Table table(data[1] % 4 == 0 ? size_t(data[1]) * 1000 : SIZE_MAX);
    // Each text in memory of its own, so that a read past its end is seen.
    std::vector<std::unique_ptr<char[]>> held;
    Texts texts;
    const char* from = reinterpret_cast<const char*>(data) + 3;
    const char* end = reinterpret_cast<const char*>(data) + size;
    while (from <= end) {
        const void* found = from < end ? std::memchr(from, '\n', size_t(end - from)) : nullptr;
        const char* to = found ? static_cast<const char*>(found) : end;
        const size_t n = size_t(to - from);
        held.emplace_back(new char[n]);
        if (n > 0) std::memcpy(held.back().get(), from, n);
        texts.emplace_back(held.back().get(), n);
        from = to + 1;
    }
    const Texts first(texts.begin(), texts.begin() + std::ptrdiff_t(texts.size() / 2));
    read_all(table, cutter, rules, first, 1);
    read_all(table, cutter, rules, texts, data[2] % 4);
    read_all(table, cutter, rules, texts, 1);
    require(table.bytes() <= table.max_bytes());
    return 0;
}
