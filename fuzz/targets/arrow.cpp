// libFuzzer: any bytes as the buffers of an Arrow column of strings. What is read must be the strings
// that a plain reader sees, or be refused; nothing outside the buffers may be read.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "arrow_column.hpp"

using namespace wordllama;

namespace {

void require(bool truth) {
    if (!truth) std::abort();
}

struct Input {
    const uint8_t* data;
    size_t size;

    uint8_t byte() { return size > 0 ? (--size, *data++) : 0; }

    // In memory of its own, so that a read past its end is seen.
    std::unique_ptr<char[]> take(size_t n) {
        auto taken = std::make_unique<char[]>(n);
        const size_t there = n < size ? n : size;
        if (there > 0) std::memcpy(taken.get(), data, there);
        data += there;
        size -= there;
        return taken;
    }
};

bool is_utf8(const std::string& text) {
    for (size_t at = 0, more; at < text.size(); at += 1 + more) {
        const uint32_t lead = uint8_t(text[at]);
        more = lead < 0x80 ? 0 : lead >> 5 == 6 ? 1 : lead >> 4 == 14 ? 2 : lead >> 3 == 30 ? 3 : 4;
        if (more == 4 || at + more >= text.size()) return false;
        uint32_t point = more == 0 ? lead : lead & (0x3Fu >> more);
        for (size_t i = 1; i <= more; ++i) {
            const uint32_t next = uint8_t(text[at + i]);
            if (next >> 6 != 2) return false;
            point = point << 6 | (next & 0x3F);
        }
        const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        if (point < least[more] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return false;
    }
    return true;
}

// What the reader must do: the strings, or nothing where it must refuse.
struct Expected {
    bool refused = false;
    std::vector<std::string> strings;

    void add(const std::string& text) {
        refused |= !is_utf8(text);
        strings.push_back(text);
    }
};

void check(const char* format, const ArrowArray& array, const Expected& expected) {
    Texts views;
    bool refused = false;
    try {
        read_strings(format, array, views);
    } catch (const std::invalid_argument&) {
        refused = true;
    }
    require(refused == expected.refused);
    require(refused || views == Texts(expected.strings.begin(), expected.strings.end()));
}

template <class Offset>
void offsets(Input in, const char* format) {
    const size_t length = in.byte() % 12, skipped = in.byte() % 3;
    const bool has_nulls = in.byte() % 4 == 0, lacks_data = in.byte() % 4 == 0;
    const auto valid = in.take((length + skipped + 7) / 8);
    // Small numbers, so that many are in order.
    std::vector<Offset> at(skipped + length + 1);
    for (Offset& offset : at) offset = Offset(int8_t(in.byte())) + (at.data() == &offset ? 0 : (&offset)[-1]);
    const Offset last = at.back();
    const size_t bytes = last > 0 ? size_t(last) : 0;
    const auto data = in.take(bytes);
    const void* buffers[] = {has_nulls ? valid.get() : nullptr, at.data(), lacks_data ? nullptr : data.get()};
    const ArrowArray array{int64_t(length), has_nulls ? -1 : 0, int64_t(skipped), 3, 0, buffers,
                           nullptr, nullptr, nullptr, nullptr};
    Expected expected;
    expected.refused = length > 0 && (at[skipped] < 0 || (lacks_data && last > 0));
    for (size_t i = skipped; i < skipped + length; ++i) expected.refused |= at[i + 1] < at[i];
    for (size_t i = skipped; i < skipped + length && !expected.refused; ++i) {
        if (has_nulls && !(uint8_t(valid[i / 8]) >> i % 8 & 1)) expected.refused = true;
        if (!expected.refused && !lacks_data) {
            expected.add({data.get() + at[i], size_t(at[i + 1] - at[i])});
        } else {
            expected.strings.emplace_back();
        }
    }
    check(format, array, expected);
}

void string_views(Input in) {
    const size_t length = in.byte() % 6;
    const int64_t sizes[] = {in.byte() % 40, in.byte() % 40};
    const auto first = in.take(size_t(sizes[0])), second = in.take(size_t(sizes[1]));
    const auto views = in.take(16 * length);
    for (size_t i = 0; i < length; ++i) {  // near what is right, or none ever would be
        char* view = views.get() + 16 * i;
        for (const size_t field : {0, 8, 12}) {
            const int32_t small = int8_t(view[field]) % (field == 8 ? 4 : 42);
            std::memcpy(view + field, &small, 4);
            if (field == 0 && small <= 12) break;
        }
    }
    const void* data[] = {first.get(), second.get()};
    const void* buffers[] = {nullptr, views.get(), data[0], data[1], sizes};
    const ArrowArray array{int64_t(length), 0, 0, 5, 0, buffers, nullptr, nullptr, nullptr, nullptr};
    Expected expected;
    for (size_t i = 0; i < length && !expected.refused; ++i) {
        const char* view = views.get() + 16 * i;
        int32_t field[4];
        std::memcpy(field, view, 16);
        if (field[0] >= 0 && field[0] <= 12) {
            expected.add({view + 4, size_t(field[0])});
        } else if (field[0] < 0 || field[2] < 0 || field[2] > 1 || field[3] < 0 ||
                   int64_t(field[3]) + field[0] > sizes[field[2]]) {
            expected.refused = true;
        } else {
            expected.add({static_cast<const char*>(data[field[2]]) + field[3], size_t(field[0])});
        }
    }
    check("vu", array, expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    Input in{data, size};
    switch (in.byte() % 3) {
        case 0: offsets<int32_t>(in, "u"); break;
        case 1: offsets<int64_t>(in, "U"); break;
        default: string_views(in);
    }
    return 0;
}
