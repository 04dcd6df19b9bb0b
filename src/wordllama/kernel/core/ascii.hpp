// What the characters of plain ASCII are: printable ones, tabs and line ends.
#pragma once

namespace wordllama {

inline bool is_line_end(char c) { return c == '\n' || c == '\r'; }

inline bool is_space(char c) { return c == ' ' || c == '\t' || is_line_end(c); }

inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

inline bool is_punctuation(char c) { return c > ' ' && c < 0x7F && !is_letter(c) && !is_digit(c); }

inline bool is_plain(char c) { return is_space(c) || (c > ' ' && c < 0x7F); }

inline char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c + 'a' - 'A') : c; }

}  // namespace wordllama
