"""Texts without what often differs between copies: case, width, white space, what is not seen."""

from __future__ import annotations

import re
import unicodedata

UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
"""Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt): soft hyphens, zero-width
spaces and joiners, byte order and direction marks, variation selectors."""

WIDTHS = {
    code: chr(int(form.split()[1], 16))
    for code in (0x3000, *range(0xFF00, 0xFFF0))
    if (form := unicodedata.decomposition(chr(code))).startswith(("<wide>", "<narrow>"))
}
"""Each full-width or half-width character in its usual width. Other compatibility forms mean
something else than what they look like: x² is not x2."""


def folded(text: str) -> str:
    """The text with composed characters of usual width, case folded, without characters that are
    not seen, with single spaces.

    >>> folded("  The ＡＢＣ\\tof Straße\\n"), folded("co\\u00adoperate\\ufeff"), folded("x²")
    ('the abc of strasse', 'cooperate', 'x²')
    """
    if not text.isascii():
        seen = UNSEEN.sub("", text).translate(WIDTHS)
        folds = unicodedata.normalize("NFD", seen).casefold()
        text = unicodedata.normalize("NFC", folds)
    return " ".join(text.casefold().split())
