// For ThreadSanitizer: threads that embed texts through one table while it grows, filled by the
// caller or by the threads themselves; and those that share one search of an index.
#include <cstdio>
#include <string>
#include <thread>

#include "bpe.hpp"
#include "embed.hpp"
#include "index_searches.hpp"

using namespace wordllama;

namespace {

bool run(const TokenizerRule* rule) {
    CutRules rules;
    rules.kind = rule ? CutRules::Kind::adjacent : CutRules::Kind::spaces;
    rules.space = " ";
    for (CodePoint a = '!'; a <= '~' && rule; ++a) {
        for (CodePoint b = '!'; b <= '~'; ++b) rules.joined.emplace_back(a, b);
    }
    const Cutter cutter(rules);
    Table table(size_t(1) << 26);
    std::vector<std::string> held;
    for (size_t i = 0; i < 6000; ++i) {
        held.push_back("some " + std::to_string(i * 7) + " text of " +
                       std::string(i % 40, 'x') + std::to_string(i) + " words");
    }
    const Texts texts(held.begin(), held.end());
    std::vector<std::vector<std::vector<int32_t>>> results(4);
    std::vector<std::thread> threads;
    for (size_t t = 0; t < results.size(); ++t) {
        threads.emplace_back([&, t] {
            const Embedder embedder(table, cutter, rule);
            for (size_t round = 0; round < 60; ++round) {
                const size_t from = (round + 7 * t) % 60 * 100;
                const Texts batch(texts.begin() + std::ptrdiff_t(from),
                                 texts.begin() + std::ptrdiff_t(from + 100));
                std::vector<std::vector<int32_t>> ids(batch.size());
                const Left left = embedder.token_ids(batch, nullptr, nullptr, ids, 2);
                for (const std::string& piece : left.unseen) {
                    const std::vector<int32_t> bytes(piece.begin(), piece.end());
                    table.insert_shared(table.hasher().piece(piece), bytes.data(), bytes.size());
                }
                embedder.token_ids(batch, &left.pending, nullptr, ids, 2);
                results[t].resize(texts.size());
                std::move(ids.begin(), ids.end(), results[t].begin() + std::ptrdiff_t(from));
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (size_t i = 0; i < texts.size(); ++i) {
        const std::vector<int32_t> want(texts[i].begin(), texts[i].end());
        for (const auto& ids : results) {
            if (ids[i] == want) continue;
            std::printf("text %zu has wrong ids\n", i);
            return false;
        }
    }
    std::printf("right on all threads, %zu pieces\n", table.size());
    return true;
}

}  // namespace

int main() {
    std::vector<std::string> characters;  // whose ids are their bytes
    for (int c = 0; c < 128; ++c) characters.emplace_back(1, char(c));
    Vocabulary vocabulary;
    for (size_t i = 0; i < characters.size(); ++i) vocabulary.emplace_back(characters[i], int32_t(i));
    const Bpe rule(vocabulary, "", 0);
    const IndexSearches searches;
    const bool same = searches.found(1) == searches.found(4);
    std::printf("an index's searches: %s on all threads\n", same ? "the same" : "others");
    return same && run(nullptr) && run(&rule) ? 0 : 1;
}
