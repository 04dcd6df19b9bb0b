// libFuzzer: any bytes as texts, rules, merges and history. The ids of a text must be those of its
// characters, or of all of it merged or spelt at once, however it is cut, whatever the table holds and on
// however many threads.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "bpe.hpp"
#include "byte_bpe.hpp"
#include "embed.hpp"
#include "word_piece.hpp"

using namespace wordllama;

namespace {

CutRules rules_of(uint8_t choice) {
    CutRules rules;
    rules.kind = choice & 1 ? CutRules::Kind::spaces : CutRules::Kind::adjacent;
    rules.space = choice & 2 ? "\xE2\x96\x81" : " ";
    if (choice & 4) rules.prefix = rules.space;
    if (choice & 8) rules.prefix = "\xC3\xA9\xC3\xA9";
    if (choice & 16) rules.specials = {"<s>", "", "<|end|>", "<|e"};
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

// Whether each character has the bytes that its first says; where not, a cut may fall into one.
bool is_whole(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
        const uint8_t lead = uint8_t(text[at]);
        const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (continues(text[at]) || character_size(text, at) != size) return false;
        at += size;
    }
    return true;
}

// Each byte joins two of the tokens there are, into one that there is from then on.
std::unique_ptr<Bpe> bpe_of(const uint8_t* data, size_t size, CutRules& rules) {
    std::vector<std::string> tokens{"a", "b", "c", "\xE2\x96\x81", "\xC3\xA9", "x"};
    std::string merges;
    for (size_t i = 0; i < size; ++i) {
        const std::string left = tokens[data[i] / 16 % tokens.size()];
        const std::string right = tokens[data[i] % 16 % tokens.size()];
        merges += (i > 0 ? "\n" : "") + left + " " + right;
        rules.joined.emplace_back(decode_before(left, left.size()), decode(right, 0));
        const std::string both = left + right;
        if (std::find(tokens.begin(), tokens.end(), both) == tokens.end()) tokens.push_back(both);
    }
    Vocabulary vocabulary;
    for (size_t i = 0; i < tokens.size(); ++i) vocabulary.emplace_back(tokens[i], int32_t(i));
    return std::make_unique<Bpe>(vocabulary, merges, 255);
}

std::unique_ptr<WordPiece> word_piece_of(uint8_t choice) {
    const std::string_view tokens[] = {"a", "b", "ab", "cab", "##a", "##b", "##ab", "##c", "<", ".", "1"};
    Vocabulary vocabulary;
    for (const std::string_view token : tokens) {
        vocabulary.emplace_back(token, int32_t(vocabulary.size()));
    }
    std::optional<int32_t> unknown;
    if (choice & 1) unknown = 200;
    return std::make_unique<WordPiece>(vocabulary, "##", unknown, choice / 2 % 16, choice & 64);
}

std::unique_ptr<ByteBpe> byte_bpe_of(uint8_t choice) {
    std::vector<std::string> tokens{"\xC4\xA0", "\xC4\x89", "\xC4\x8A", "\xC4\x8D"};  // blanks
    for (char c = '!'; c <= '~'; ++c) tokens.emplace_back(1, c);
    for (const char* token : {"\xC4\xA0""a", "\xC4\xA0\xC4\xA0", "ab", "abc", "'s", "12"}) {
        tokens.push_back(token);
    }
    Vocabulary vocabulary;
    for (size_t i = 0; i < tokens.size(); ++i) vocabulary.emplace_back(tokens[i], int32_t(i));
    const std::string merges = "a b\n\xC4\xA0 a\nab c\n' s\n1 2\n\xC4\xA0 \xC4\xA0";
    const auto splitting = ByteBpe::Splitting(choice % 3);
    return std::make_unique<ByteBpe>(vocabulary, merges, splitting, choice / 3 % 4, choice & 64);
}

// Whether a text holds a special token is found in linear time.
void check_specials(const Cutter& cutter, const CutRules& rules, std::string_view text) {
    bool held = false;
    for (const std::string& special : rules.specials) {
        held |= !special.empty() && text.find(special) != std::string_view::npos;
    }
    require(cutter.holds_special(text) == held);
    // Many that begin alike, and begin as the text goes on.
    std::vector<std::string> specials = rules.specials;
    for (size_t size = 1; size < text.size() && size < 40; size += 3) {
        specials.push_back(std::string(text.substr(0, size)) + "!?");
        specials.push_back(std::string(text.substr(text.size() - size)) + "?!");
    }
    held = false;
    for (const std::string& special : specials) {
        held |= !special.empty() && text.find(special) != std::string_view::npos;
    }
    size_t steps;
    require(Specials(specials).occur_in(text, &steps) == held);
    require(steps <= 2 * text.size());
}

void read_all(Table& table, const Cutter& cutter, const CutRules& rules, const TokenizerRule* rule,
              const Texts& texts, int threads) {
    const Embedder embedder(table, cutter, rule);
    Workspace workspace;
    std::vector<std::vector<int32_t>> ids(texts.size());
    Left left = embedder.token_ids(texts, nullptr, nullptr, ids, threads);
    Table extra(SIZE_MAX);
    for (const std::string& piece : left.unseen) {
        const std::vector<int32_t> bytes = ids_of(cutter.normalized(piece));
        const Piece key = table.hasher().piece(piece);
        if (!table.insert(key, bytes.data(), bytes.size())) {
            extra.insert(key, bytes.data(), bytes.size());
        }
    }
    require(rules.kind == CutRules::Kind::spaces || !rule || left.unseen.empty());
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
        check_specials(cutter, rules, texts[i]);
        if (cutter.holds_special(texts[i])) {
            require(ids[i].empty());
        } else {
            std::string text(texts[i]);
            if (!text.empty()) text.insert(0, rules.prefix);
            const std::string normal = cutter.normalized(text);
            std::vector<int32_t> want;
            bool known = true;  // pieces that are not plain are told apart only by the tokenizer
            if (rule) {
                known = rule->ids(normal, workspace, want);
                if (rules.kind == CutRules::Kind::adjacent) known = is_whole(normal);
            } else {
                want = ids_of(normal);
            }
            require(ids[i] == want || !known);
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
    constexpr size_t merges = 20;
    if (size < 3 + merges) return 0;
    CutRules rules = rules_of(data[0]);
    const bool merged = data[2] >= 128 && rules.kind == CutRules::Kind::adjacent;
    std::unique_ptr<const TokenizerRule> rule;
    if (merged) rule = bpe_of(data + 3, merges, rules);
    const bool spells = data[2] >= 128 && rules.kind == CutRules::Kind::spaces &&
                        rules.space == " " && (rules.prefix.empty() || rules.prefix == " ");
    if (spells && data[1] & 4) {
        rule = byte_bpe_of(data[2]);
    } else if (spells) {
        rule = word_piece_of(data[2]);
    }
    const Cutter cutter(rules);
    Table table(data[1] % 4 == 0 ? size_t(data[1]) * 1000 : SIZE_MAX);
    // Each text in memory of its own, so that a read past its end is seen.
    std::vector<std::unique_ptr<char[]>> held;
    Texts texts;
    const char* from = reinterpret_cast<const char*>(data) + 3 + merges;
    const char* end = reinterpret_cast<const char*>(data) + size;
    while (from <= end) {
        const void* line_end = from < end ? std::memchr(from, '\n', size_t(end - from)) : nullptr;
        const char* to = line_end ? static_cast<const char*>(line_end) : end;
        const size_t n = size_t(to - from);
        held.emplace_back(new char[n]);
        if (n > 0) std::memcpy(held.back().get(), from, n);
        texts.emplace_back(held.back().get(), n);
        from = to + 1;
    }
    const Texts first(texts.begin(), texts.begin() + std::ptrdiff_t(texts.size() / 2));
    read_all(table, cutter, rules, rule.get(), first, 1);
    read_all(table, cutter, rules, rule.get(), texts, data[2] % 4);
    read_all(table, cutter, rules, rule.get(), texts, 1);
    require(table.bytes() <= table.max_bytes());
    return 0;
}
