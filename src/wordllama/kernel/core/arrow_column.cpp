#include "arrow_column.hpp"

#include <string>

#include "piece.hpp"

namespace wordllama {

namespace {

bool is_utf8(std::string_view text) {
    const char* p = text.data();
    const char* const end = p + text.size();
    while (p < end) {
        if (end - p >= 8 && (load8(p) & 0x8080808080808080u) == 0) {
            p += 8;
            continue;
        }
        const uint8_t lead = uint8_t(*p++);
        if (lead < 0x80) continue;
        const std::ptrdiff_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
        if (lead < 0xC2 || lead > 0xF4 || end - p < more) return false;
        const uint8_t lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        const uint8_t highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (uint8_t(*p) < lowest || uint8_t(*p) > highest) return false;
        for (std::ptrdiff_t i = 1; i < more; ++i) {
            if ((uint8_t(p[i]) & 0xC0) != 0x80) return false;
        }
        p += more;
    }
    return true;
}

[[noreturn]] void broken(const char* why) { throw std::invalid_argument(why); }

// The strings between offsets into one buffer. All offsets are read before any string is: no string
// reaches past the last.
template <class Offset>
class OffsetStrings {
public:
    explicit OffsetStrings(const ArrowArray& array) {
        if (array.n_buffers != 3) broken("an Arrow column of strings must have 3 buffers");
        if (array.length == 0) return;  // the buffers may be null
        offsets_ = static_cast<const Offset*>(array.buffers[1]);
        data_ = static_cast<const char*>(array.buffers[2]);
        if (!offsets_) broken("an Arrow column has no offsets");
        offsets_ += array.offset;
        if (offsets_[0] < 0) broken("an offset of an Arrow column is below 0");
        for (int64_t i = 0; i < array.length; ++i) {
            if (offsets_[i + 1] < offsets_[i]) broken("the offsets of an Arrow column fall");
        }
        if (!data_ && offsets_[array.length] > 0) broken("an Arrow column has no data");
    }

    std::string_view operator[](int64_t i) const {
        if (!data_) return {};
        return {data_ + offsets_[i], size_t(offsets_[i + 1] - offsets_[i])};
    }

private:
    const Offset* offsets_ = nullptr;
    const char* data_ = nullptr;
};

// A view is the size and the string itself, or the size, 4 bytes, the buffer and the place in it.
class ViewStrings {
public:
    explicit ViewStrings(const ArrowArray& array) : count_(array.n_buffers - 3) {
        if (count_ < 0) broken("an Arrow column of string views must have 3 buffers or more");
        if (array.length == 0) return;
        views_ = static_cast<const char*>(array.buffers[1]);
        buffers_ = array.buffers + 2;
        sizes_ = static_cast<const int64_t*>(array.buffers[2 + count_]);
        if (!views_) broken("an Arrow column has no views");
        views_ += array.offset * 16;
    }

    std::string_view operator[](int64_t i) const {
        const char* view = views_ + i * 16;
        const int32_t size = int32_t(load4(view));
        if (size >= 0 && size <= 12) return {view + 4, size_t(size)};
        const int64_t buffer = int32_t(load4(view + 8)), from = int32_t(load4(view + 12));
        if (size < 0 || from < 0 || buffer < 0 || buffer >= count_ || !sizes_ ||
            !buffers_[buffer] || sizes_[buffer] < from + size) {
            broken("a view of an Arrow column points outside its buffers");
        }
        return {static_cast<const char*>(buffers_[buffer]) + from, size_t(size)};
    }

private:
    const int64_t count_;
    const char* views_ = nullptr;
    const void** buffers_ = nullptr;
    const int64_t* sizes_ = nullptr;
};

template <class Strings>
void append(const ArrowArray& array, Texts& views) {
    const Strings strings(array);
    const auto* valid = static_cast<const uint8_t*>(array.buffers[0]);
    if (array.null_count == 0) valid = nullptr;
    const auto name = [&] { return "texts[" + std::to_string(views.size()) + "] "; };
    views.reserve(views.size() + size_t(array.length));
    for (int64_t i = 0; i < array.length; ++i) {
        const int64_t bit = array.offset + i;
        if (valid && !(valid[bit >> 3] >> (bit & 7) & 1)) {
            throw NotStrings(name() + "must be a str, not null");
        }
        const std::string_view text = strings[i];
        if (!is_utf8(text)) throw std::invalid_argument(name() + "is not UTF-8");
        views.push_back(text);
    }
}

}  // namespace

void read_strings(std::string_view format, const ArrowArray& array, Texts& views) {
    const bool known = format == "u" || format == "U" || format == "vu";
    if (!known || array.dictionary) {
        throw NotStrings("texts must be an Arrow column of strings, not of format '" +
                         std::string(format) + "'");
    }
    constexpr int64_t longest = INT64_MAX / 32;
    if (array.length < 0 || array.offset < 0 || array.length > longest || array.offset > longest ||
        !array.buffers || array.n_buffers < 3) {
        broken("an Arrow column has a length, an offset or buffers that can't be");
    }
    if (format == "u") return append<OffsetStrings<int32_t>>(array, views);
    if (format == "U") return append<OffsetStrings<int64_t>>(array, views);
    append<ViewStrings>(array, views);
}

}  // namespace wordllama
