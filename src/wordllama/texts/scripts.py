"""Facts about scripts."""

UNSPACED = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff"
    "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Ranges, for a regular expression, of characters of scripts that put no spaces between words:
Thai, Lao, Tibetan, Burmese, Khmer, kana, Han."""
