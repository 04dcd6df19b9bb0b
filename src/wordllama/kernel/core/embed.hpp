// Texts to ids and to vectors, without Python. A piece that is not in the table is tokenized here and
// kept where a rule for it is known; else it is reported.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "cutter.hpp"
#include "rows.hpp"
#include "table.hpp"
#include "tokenizer_rule.hpp"

namespace wordllama {

using Texts = std::vector<std::string_view>;

// Where vectors go: row i of one of the two.
struct Out {
    float* dense = nullptr;      // (n, dim)
    uint64_t* packed = nullptr;  // (n, dim / 64)
    bool normalize = false;
};

// What a pass over texts could not do.
struct Left {
    std::vector<size_t> pending;  // texts with pieces that are not in the table
    std::vector<size_t> whole;    // texts that must be tokenized whole
    std::vector<std::string> unseen;  // the distinct pieces of the pending
};

class Embedder {
public:
    // Unseen pieces are tokenized by `rule`, if there is one.
    Embedder(Table& table, const Cutter& cutter, const TokenizerRule* rule)
        : table_(table), cutter_(cutter), rule_(rule) {}

    // Vectors of texts[i] for all i in `which` (null: 0, 1, ..., n - 1). Pieces are looked up in
    // `extra` too, if there is one. Throws std::out_of_range where an id has no row.
    Left embed(const Texts& texts, const std::vector<size_t>* which, const Table* extra,
               const Rows& rows, const Out& out, int threads) const;

    // The same for ids: ids[i] are those of texts[i].
    Left token_ids(const Texts& texts, const std::vector<size_t>* which, const Table* extra,
                   std::vector<std::vector<int32_t>>& ids, int threads) const;

private:
    template <class MakeSink>
    Left pass(const Texts& texts, const std::vector<size_t>* which, const Table* extra, int threads,
              const MakeSink& make_sink) const;

    Table& table_;
    const Cutter& cutter_;
    const TokenizerRule* const rule_;
};

// Mean of the rows of ids[offsets[i]] ... ids[offsets[i + 1] - 1] into row i of `out`, or into row
// places[i] where there are places. Throws std::out_of_range where an id has no row.
void pool(const int32_t* ids, const int64_t* offsets, size_t n, const size_t* places,
          const Rows& rows, const Out& out, int threads);

}  // namespace wordllama
