#include "embed.hpp"

#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#include "bits.hpp"
#include "simd.hpp"
#include "threads.hpp"

namespace wordllama {

namespace {

constexpr size_t pieces_at_once = 96;   // cut, then looked up, then pooled
constexpr size_t pieces_at_most = 384;  // before a text is interrupted for that
constexpr int64_t tokens_at_once = 256;
constexpr size_t most_run_tokens = 256;
constexpr size_t texts_a_task = 128;
constexpr size_t texts_ahead = 6;  // whose first bytes are fetched
constexpr size_t bytes_a_thread = 1 << 17;  // fewer are not worth starting a thread for

[[noreturn]] void no_row(int64_t id, const Rows& rows) {
    const std::string have = std::to_string(rows.tokens);
    throw std::out_of_range("token id " + std::to_string(id) + " has no row: the model has " + have +
                            " tokens and " + std::to_string(rows.count) + " rows");
}

// Places of texts whose mean left the range of float32 while it was summed.
class Overflows {
public:
    void add(size_t place) {
        const std::lock_guard<std::mutex> lock(mutex_);
        places_.push_back(place);
    }
    const std::vector<size_t>& places() const { return places_; }

private:
    std::mutex mutex_;
    std::vector<size_t> places_;
};

// Sums rows token by token and writes their mean. Long texts are summed in runs of float32, whose
// sums are added in float64. Texts that overflow are noted; without `overflows`, which is for those
// texts, a run is one token.
class Pooler {
public:
    Pooler(const Rows& rows, const Out& out, Overflows* overflows)
        : loops_(loops()), add_(loops_.add[int(rows.type)]), mean_(loops_.mean[int(rows.type)]),
          rows_(rows), row_bytes_(rows.row_bytes()), out_(out), overflows_(overflows),
          may_overflow_(rows.type == Type::float32 || rows.scale),
          run_tokens_(overflows ? most_run_tokens : 1), run_(rows.dim),
          vector_(out.packed ? rows.dim : 0) {}

    void clear() {
        addresses_.clear();
        scales_.clear();
    }

    size_t queued() const { return addresses_.size(); }

    void queue(int32_t id) {
        if (size_t(uint32_t(id)) >= rows_.tokens) no_row(id, rows_);
        const int32_t row = rows_.mapping ? rows_.mapping[id] : id;
        if (size_t(uint32_t(row)) >= rows_.count) no_row(id, rows_);
        const char* address = static_cast<const char*>(rows_.matrix) + size_t(row) * row_bytes_;
        prefetch(address, row_bytes_);
        addresses_.push_back(address);
        if (rows_.scale) scales_.push_back(rows_.scale[id]);
    }

    void begin() {
        std::fill(run_.begin(), run_.end(), 0.0f);
        in_run_ = count_ = 0;
    }

    void add(size_t from, size_t to) {
        while (from < to) {
            if (in_run_ == run_tokens_) end_run();
            const size_t n = std::min(to - from, run_tokens_ - in_run_);
            const float* scale = rows_.scale ? scales_.data() + from : nullptr;
            add_(addresses_.data() + from, scale, n, rows_.dim, run_.data());
            from += n;
            in_run_ += n;
            count_ += n;
        }
    }

    void end(size_t place) {
        if (count_ > run_tokens_) {
            end_run();
            const double by = overflows_ ? 1 : double(count_);
            for (size_t d = 0; d < rows_.dim; ++d) run_[d] = float(total_[d] / by);
            if (!overflows_) count_ = 1;
        }
        loops_.divide(run_.data(), rows_.dim, count_ ? float(count_) : 1.0f, dense(place));
        finish(place);
    }

    // All of a text at once.
    void whole(size_t from, size_t to, size_t place) {
        if (to - from <= run_tokens_) {
            const float* scale = rows_.scale ? scales_.data() + from : nullptr;
            mean_(addresses_.data() + from, scale, to - from, rows_.dim, dense(place));
            finish(place);
        } else {
            begin();
            add(from, to);
            end(place);
        }
    }

private:
    float* dense(size_t place) {
        return out_.packed ? vector_.data() : out_.dense + place * rows_.dim;
    }

    void finish(size_t place) {
        if (may_overflow_ && overflows_ && !loops_.finite(dense(place), rows_.dim)) {
            overflows_->add(place);
        }
        if (out_.packed) {
            loops_.pack(vector_.data(), rows_.dim, out_.packed + place * (rows_.dim / 64));
        } else if (out_.normalize) {
            loops_.unit(dense(place), rows_.dim);
        }
    }

    void end_run() {
        if (count_ <= run_tokens_) total_.assign(rows_.dim, 0.0);
        for (size_t d = 0; d < rows_.dim; ++d) total_[d] += double(run_[d]);
        std::fill(run_.begin(), run_.end(), 0.0f);
        in_run_ = 0;
    }

    const Loops& loops_;
    const Loops::Add add_, mean_;
    const Rows rows_;
    const size_t row_bytes_;
    const Out out_;
    Overflows* const overflows_;
    const bool may_overflow_;
    const size_t run_tokens_;
    std::vector<float> run_, vector_;
    std::vector<double> total_;
    std::vector<const void*> addresses_;
    std::vector<float> scales_;
    size_t in_run_ = 0, count_ = 0;
};

// Collects ids instead.
class Collector {
public:
    explicit Collector(std::vector<std::vector<int32_t>>& ids) : ids_(ids) {}

    void clear() { queued_.clear(); }
    size_t queued() const { return queued_.size(); }
    void queue(int32_t id) { queued_.push_back(id); }
    void begin() { text_.clear(); }
    void add(size_t from, size_t to) {
        text_.insert(text_.end(), queued_.begin() + from, queued_.begin() + to);
    }
    void end(size_t place) { ids_[place] = text_; }
    void whole(size_t from, size_t to, size_t place) {
        ids_[place].assign(queued_.begin() + from, queued_.begin() + to);
    }

private:
    std::vector<std::vector<int32_t>>& ids_;
    std::vector<int32_t> queued_, text_;
};

// One thread's way through its texts: some pieces are cut, all of them looked up, then pooled, so
// that slots and rows are on their way from memory while other work is done.
template <class Sink>
class Worker {
public:
    Worker(Table& table, const Cutter& cutter, const TokenizerRule* rule, const Table* extra,
           Sink sink)
        : table_(table), cutter_(cutter), rule_(rule), extra_(extra), sink_(std::move(sink)),
          hasher_(table.hasher()) {
        pieces_.reserve(pieces_at_most + Cutter::block + 1);
    }

    void read(std::string_view text, size_t place) {
        if (cutter_.holds_special(text)) {
            whole.push_back(place);
            return;
        }
        Cursor cursor(text);
        for (bool begins = true, ends = false; !ends; begins = false) {
            const size_t from = pieces_.size();
            ends = cutter_.cut(cursor, hasher_, pieces_, pieces_at_most, first_);
            for (size_t i = from; i < pieces_.size(); ++i) table_.prefetch(pieces_[i]);
            Part& part = parts_.emplace_back();
            part.place = place;
            part.last_piece = pieces_.size();
            part.begins = begins;
            part.ends = ends;
            if (pieces_.size() >= pieces_at_once) {
                flush();
                if (!ends) checkpoint();
            }
        }
    }

    void flush() {
        look_up();
        size_t from = 0;
        for (const Part& part : parts_) {
            if (part.begins && part.ends && !part.misses) {
                sink_.whole(from, part.last_id, part.place);
                from = part.last_id;
                continue;
            }
            if (part.begins) {
                sink_.begin();
                missed_ = false;
            }
            missed_ |= part.misses;
            if (!missed_) sink_.add(from, part.last_id);
            from = part.last_id;
            if (!part.ends) continue;
            if (missed_) {
                pending.push_back(part.place);
            } else {
                sink_.end(part.place);
            }
        }
        pieces_.clear();
        parts_.clear();
        first_.clear();
    }

    std::vector<size_t> pending, whole;
    std::optional<Table> unseen;

private:
    struct Part {  // of a text: the pieces up to `last_piece`, the ids up to `last_id`
        size_t place = 0, last_piece = 0, last_id = 0;
        bool begins = false, ends = false, misses = false;
    };

    void look_up() {
        sink_.clear();
        size_t i = 0;
        for (Part& part : parts_) {
            for (; i < part.last_piece; ++i) {
                const Piece& piece = pieces_[i];
                const Slot* slot = table_.find(piece);
                if (!slot && extra_) slot = extra_->find(piece);
                if (slot) {
                    const int32_t* ids = slot->ids();
                    for (uint32_t k = 0; k < slot->count; ++k) sink_.queue(ids[k]);
                } else if (tokenize(piece)) {
                    for (const int32_t id : ids_) sink_.queue(id);
                } else {
                    part.misses = true;
                    if (!unseen) unseen.emplace(SIZE_MAX);
                    unseen->insert(piece, nullptr, 0);
                }
            }
            part.last_id = sink_.queued();
        }
    }

    // Into ids_; false where only the tokenizer itself can.
    bool tokenize(const Piece& piece) {
        ids_.clear();
        if (!rule_ || !rule_->ids(cutter_.normalized(piece.text()), workspace_, ids_)) return false;
        if (piece.size <= longest_kept) table_.insert_shared(piece, ids_.data(), ids_.size());
        return true;
    }

    Table& table_;
    const Cutter& cutter_;
    const TokenizerRule* const rule_;
    const Table* const extra_;
    Sink sink_;
    const Hasher hasher_;
    std::vector<Piece> pieces_;
    std::vector<Part> parts_;
    std::deque<std::string> first_;
    Workspace workspace_;
    std::vector<int32_t> ids_;
    bool missed_ = false;
};

size_t total_bytes(const std::vector<std::string_view>& texts, size_t enough) {
    size_t bytes = 0;
    for (const std::string_view text : texts) {
        if ((bytes += text.size()) >= enough) break;
    }
    return bytes;
}

// Calls work(from, to, worker) for stretches of n texts. Threads work far from each other, so that
// they seldom meet in one page of new memory, which both would have to clear.
template <class Work>
void share_texts(size_t n, size_t used, const Work& work) {
    // Few texts are dealt one by one, since one of them may be most of the work.
    const size_t size = std::max<size_t>(1, std::min(texts_a_task, n / (8 * used)));
    const size_t tasks = (n + size - 1) / size, each = (tasks + used - 1) / used;
    share(each * used, used, [&](size_t i, size_t worker) {
        const size_t from = (i % used * each + i / used) * size;
        if (from < n) work(from, std::min(n, from + size), worker);
    });
}

void pool_text(const int32_t* ids, int64_t from, int64_t to, Pooler& pooler, size_t place) {
    pooler.clear();
    if (to - from <= tokens_at_once) {
        for (; from < to; ++from) pooler.queue(ids[from]);
        return pooler.whole(0, pooler.queued(), place);
    }
    pooler.begin();
    while (from < to) {
        const int64_t end = std::min(to, from + tokens_at_once);
        for (; from < end; ++from) pooler.queue(ids[from]);
        pooler.add(0, pooler.queued());
        pooler.clear();
        checkpoint();
    }
    pooler.end(place);
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

template <class Sink>
Left collect(const std::vector<std::unique_ptr<Worker<Sink>>>& workers) {
    Left left;
    std::optional<Table> distinct;
    for (const auto& worker : workers) {
        append(left.pending, worker->pending);
        append(left.whole, worker->whole);
        if (!worker->unseen) continue;
        if (!distinct) distinct.emplace(SIZE_MAX);
        worker->unseen->each([&](const Piece& piece) {
            const std::string text = piece.text();
            const Piece copy = distinct->hasher().piece(text);
            if (distinct->find(copy)) return;
            distinct->insert(copy, nullptr, 0);
            left.unseen.push_back(text);
        });
    }
    return left;
}

}  // namespace

template <class MakeSink>
Left Embedder::pass(const Texts& texts, const std::vector<size_t>* which, const Table* extra,
                    int threads, const MakeSink& make_sink) const {
    using Work = Worker<decltype(make_sink())>;
    const size_t n = which ? which->size() : texts.size();
    const size_t allowed = thread_count(threads, n);
    const size_t most = total_bytes(texts, allowed * bytes_a_thread) / bytes_a_thread;
    const size_t used = thread_count(threads, std::min(n, most));
    std::vector<std::unique_ptr<Work>> workers;
    for (size_t i = 0; i < used; ++i) {
        workers.push_back(std::make_unique<Work>(table_, cutter_, rule_, extra, make_sink()));
    }
    share_texts(n, used, [&](size_t from, size_t end, size_t worker) {
        for (size_t i = from; i < end; ++i) {
            const size_t place = which ? (*which)[i] : i;
            if (!which && i + texts_ahead < end) {
                prefetch(texts[i + texts_ahead].data(), 192);
            }
            workers[worker]->read(texts[place], place);
        }
        workers[worker]->flush();
    });
    return collect(workers);
}

Left Embedder::embed(const Texts& texts, const std::vector<size_t>* which, const Table* extra,
                     const Rows& rows, const Out& out, int threads) const {
    Overflows overflows;
    Left left = pass(texts, which, extra, threads, [&] { return Pooler(rows, out, &overflows); });
    if (!overflows.places().empty()) {
        pass(texts, &overflows.places(), extra, threads, [&] { return Pooler(rows, out, nullptr); });
    }
    return left;
}

Left Embedder::token_ids(const Texts& texts, const std::vector<size_t>* which, const Table* extra,
                         std::vector<std::vector<int32_t>>& ids, int threads) const {
    return pass(texts, which, extra, threads, [&] { return Collector(ids); });
}

void pool(const int32_t* ids, const int64_t* offsets, size_t n, const size_t* places,
          const Rows& rows, const Out& out, int threads) {
    const size_t work = saturating_product(size_t(offsets[n] - offsets[0]), rows.row_bytes());
    const size_t used = thread_count(threads, std::min(n, work >> 18));
    const auto place_of = [&](size_t i) { return places ? places[i] : i; };
    Overflows overflows;
    std::vector<std::unique_ptr<Pooler>> poolers;
    for (size_t i = 0; i < used; ++i) {
        poolers.push_back(std::make_unique<Pooler>(rows, out, &overflows));
    }
    share_texts(n, used, [&](size_t first, size_t end, size_t worker) {
        for (size_t i = first; i < end; ++i) {
            pool_text(ids, offsets[i], offsets[i + 1], *poolers[worker], place_of(i));
        }
    });
    const std::set<size_t> again(overflows.places().begin(), overflows.places().end());
    if (again.empty()) return;
    Pooler wide(rows, out, nullptr);
    for (size_t i = 0; i < n; ++i) {
        if (again.count(place_of(i))) {
            pool_text(ids, offsets[i], offsets[i + 1], wide, place_of(i));
        }
    }
}

}  // namespace wordllama
