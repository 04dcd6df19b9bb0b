"""Languages and scripts by name, and which of the models that have a name read which language."""

from __future__ import annotations

from collections.abc import Iterable

ENGLISH = ("en",)
_LABSE = """
af am ar as az be bg bn bo bs ca ceb co cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha haw
he hi hmn hr ht hu hy id ig is it ja jv ka kk km kn ko ku ky la lb lo lt lv mg mi mk ml mn mr ms mt
my ne nl no ny or pa pl pt ro ru rw si sk sl sm sn so sq sr st su sv sw ta te tg th tk tl tr tt ug
uk ur uz vi wo xh yi yo zh zu
"""
LABSE = tuple(_LABSE.split())
"""The 109 languages of LaBSE (https://arxiv.org/abs/2007.01852, appendix)."""

READS: dict[str, tuple[str, ...]] = {
    "l2_words": ENGLISH,
    "l2_supercat": ENGLISH,
    "l3_supercat": ENGLISH,
    "potion_base_8m": ENGLISH,
    "potion_base_4m": ENGLISH,
    "potion_base_2m": ENGLISH,
    "m2v_multilingual": LABSE,
    "m2v_glove": ENGLISH,
    "m2v_glove_subword": ENGLISH,
}
"""Name of a model -> the languages that it was made for."""

NAMES = {
    "am": "Amharic",
    "ar": "Arabic",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "bo": "Tibetan",
    "cs": "Czech",
    "de": "German",
    "dv": "Dhivehi",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "gu": "Gujarati",
    "he": "Hebrew",
    "hi": "Hindi",
    "hy": "Armenian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ka": "Georgian",
    "km": "Khmer",
    "kn": "Kannada",
    "ko": "Korean",
    "lo": "Lao",
    "ml": "Malayalam",
    "mn": "Mongolian",
    "mr": "Marathi",
    "my": "Burmese",
    "ne": "Nepali",
    "nl": "Dutch",
    "or": "Odia",
    "pa": "Punjabi",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "si": "Sinhala",
    "sv": "Swedish",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "ti": "Tigrinya",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "yi": "Yiddish",
    "zh": "Chinese",
}

SCRIPTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ARABIC": ("Arabic", ("ar", "fa", "ur")),
    "ARMENIAN": ("Armenian", ("hy",)),
    "BENGALI": ("Bengali", ("bn",)),
    "CJK": ("Chinese", ("zh",)),
    "CYRILLIC": ("Cyrillic", ("ru", "uk", "bg")),
    "DEVANAGARI": ("Devanagari", ("hi", "mr", "ne")),
    "ETHIOPIC": ("Ethiopic", ("am", "ti")),
    "GEORGIAN": ("Georgian", ("ka",)),
    "GREEK": ("Greek", ("el",)),
    "GUJARATI": ("Gujarati", ("gu",)),
    "GURMUKHI": ("Gurmukhi", ("pa",)),
    "HANGUL": ("Korean", ("ko",)),
    "HEBREW": ("Hebrew", ("he", "yi")),
    "KANA": ("Japanese", ("ja",)),
    "KANNADA": ("Kannada", ("kn",)),
    "KHMER": ("Khmer", ("km",)),
    "LAO": ("Lao", ("lo",)),
    "MALAYALAM": ("Malayalam", ("ml",)),
    "MONGOLIAN": ("Mongolian", ("mn",)),
    "MYANMAR": ("Burmese", ("my",)),
    "ORIYA": ("Odia", ("or",)),
    "SINHALA": ("Sinhala", ("si",)),
    "TAMIL": ("Tamil", ("ta",)),
    "TELUGU": ("Telugu", ("te",)),
    "THAANA": ("Thaana", ("dv",)),
    "THAI": ("Thai", ("th",)),
    "TIBETAN": ("Tibetan", ("bo",)),
}
"""First word of the Unicode names of a script's letters -> its name, and languages written so."""


def language_codes(languages: Iterable[str] | str | None, name: str) -> tuple[str, ...] | None:
    """The codes of languages as a tuple; None if there are none.

    Raises TypeError or ValueError, which begin with `name`, for what are no codes.

    >>> language_codes("en", "languages"), language_codes([], "languages")
    (('en',), None)
    >>> language_codes([1], "languages")
    Traceback (most recent call last):
    ...
    TypeError: languages must be codes such as "en", not 1
    """
    if languages is None:
        return None
    codes = (languages,) if isinstance(languages, str) else languages
    if not isinstance(codes, Iterable):
        raise TypeError(f'{name} must be codes such as "en", not {codes!r:.40}')
    codes = tuple(codes)
    for code in codes:
        if not isinstance(code, str):
            raise TypeError(f'{name} must be codes such as "en", not {code!r:.40}')
        if not code.replace("-", "").isalnum() or len(code) > 35:
            raise ValueError(f'{name} must be codes such as "en", not {code!r:.40}')
    return codes or None


def named(codes: Iterable[str]) -> str:
    """Languages by name, a few of many.

    >>> named(["en"]), named(["en", "de", "xx"])
    ('English', 'English, German, xx')
    >>> named(LABSE)
    '109 languages'
    """
    names = [NAMES.get(code, code) for code in codes]
    return ", ".join(names) if len(names) <= 9 else f"{len(names)} languages"


def reader(codes: Iterable[str], but: tuple[str, ...] | None = None) -> tuple[str, str] | None:
    """(model, language) of the first of the languages that a model with a name reads.

    `but` are the languages of the model in use: one that says it reads a language is no help.

    >>> reader(["ti", "am"]), reader(["en"]), reader(["chr"])
    (('m2v_multilingual', 'Amharic'), ('l2_words', 'English'), None)
    """
    for code in codes:
        for model, languages in READS.items():
            if code in languages and languages != but:
                return model, NAMES.get(code, code)
    return None
