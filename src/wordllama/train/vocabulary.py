"""A new vocabulary, in which whole words have a row each instead of several pieces.

A cosine depends only on the sum of the tokens' rows, not on how many tokens there are. So a word
can get the sum of its pieces' rows without changing any cosine; training can then move that row.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from wordllama.encode.surface import ids_by_surface, style
from wordllama.extract import Codebook, write_codebook
from wordllama.train.source import Source, open_source

UNKNOWN = "[UNK]"
INSIDE = "##"
NORMALIZER = normalizers.BertNormalizer(lowercase=True, strip_accents=True)
"""What the new tokenizer does to a text, and so to the words that are counted."""
LONGEST = 24
"""Characters of a word that may get a row of its own."""


def read_counts(file: str | Path) -> dict[str, float]:
    """A table of word and count, tab-separated, a word's forms (the, The) each on a line.

    Raises FileNotFoundError, or ValueError naming file and line.
    """
    counts: dict[str, float] = {}
    with Path(file).open(encoding="utf-8", newline="") as table:
        for number, row in enumerate(csv.reader(table, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
            try:
                word, count = row[0], float(row[1])
            except (IndexError, ValueError) as error:
                expected = "expected a word, a tab, a count"
                raise ValueError(f"{file}: line {number} is {row}, {expected}") from error
            if not 0 <= count < float("inf"):
                raise ValueError(f"{file}: line {number}: the count is {count}, expected 0 or more")
            counts[word] = counts.get(word, 0.0) + count
    return counts


def wordpiece(
    counts: Mapping[str, float], size: int, characters: Iterable[str], pieces: Iterable[str] = ()
) -> str:
    """A lower-cased WordPiece tokenizer (BERT's normaliser) with `size` tokens, as its JSON.

    It has these characters, at a word's start and inside; these pieces from inside words; and the
    words with the highest counts, all forms of a word taken together. Raises ValueError if `size`
    is too small for the characters and pieces.

    >>> held = wordpiece({"The": 5, "the": 2, "cat": 6, "rare": 1}, 9, "aceht", ())
    Traceback (most recent call last):
    ...
    ValueError: size is 9, but there are 11 characters and pieces already
    >>> held = wordpiece({"The": 5, "the": 2, "cat": 6, "rare": 1}, 13, "aceht", ())
    >>> Tokenizer.from_str(held).encode("The cat!").tokens
    ['the', 'cat', '[UNK]']
    """
    alone = dict.fromkeys(
        c for c in map(NORMALIZER.normalize_str, characters) if len(c) == 1 and not c.isspace()
    )
    inside = [INSIDE + c for c in alone if c.isalnum() and not _stands_alone(c)]
    tokens = dict.fromkeys([UNKNOWN, *alone, *inside, *(INSIDE + p for p in pieces)])
    if len(tokens) > size:
        raise ValueError(
            f"size is {size}, but there are {len(tokens)} characters and pieces already"
        )
    folded: dict[str, float] = {}
    for word, count in counts.items():
        lower = NORMALIZER.normalize_str(word)
        folded[lower] = folded.get(lower, 0.0) + count
    for word in sorted(folded, key=lambda w: (-folded[w], w)):
        if len(tokens) >= size:
            break
        if 1 < len(word) <= LONGEST and all(character in alone for character in word):
            tokens.setdefault(word)
    vocabulary = {token: i for i, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=UNKNOWN))
    tokenizer.normalizer = NORMALIZER
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix=INSIDE)
    return str(tokenizer.to_str())


def _stands_alone(character: str) -> bool:
    """Whether BERT's normaliser makes a word of the character (Chinese, Japanese kanji)."""
    blocks = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))
    return any(low <= ord(character) <= high for low, high in blocks)


def inner_pieces(tokenizer_json: str) -> list[str]:
    """The continuation pieces of a WordPiece that have two or more letters a to z."""
    held = json.loads(tokenizer_json)
    if style(held) != "words":
        raise ValueError("the tokenizer that gives the pieces is no WordPiece")
    prefix = held["model"].get("continuing_subword_prefix", INSIDE)
    bare = (t.removeprefix(prefix) for t in held["model"]["vocab"] if t.startswith(prefix))
    return [p for p in bare if len(p) > 1 and p.isascii() and p.isalpha() and p.islower()]


def summed_rows(
    source: Source, tokenizer_json: str, counts: Mapping[str, float]
) -> NDArray[np.float32]:
    """Rows (n, columns) for another, lower-cased WordPiece: each token the sum of its pieces' rows.

    A word is the mean of its forms in `counts`, each by its count; what has no letters, and the
    insides of words, are taken as they stand after no space.
    """
    vocabulary: dict[str, int] = json.loads(tokenizer_json)["model"]["vocab"]
    texts: list[str] = []
    places: list[int] = []
    weights: list[float] = []
    forms = _forms(counts)
    for token, place in vocabulary.items():
        if token == UNKNOWN:
            continue
        if token.startswith(INSIDE) and len(token) > len(INSIDE):
            found = {token.removeprefix(INSIDE): 1.0}
        elif len(token) == 1 and not token.isalnum():
            found = {token: 1.0}
        else:
            found = {f" {form}": share for form, share in forms.get(token, {token: 1.0}).items()}
        texts += found
        weights += found.values()
        places += [place] * len(found)
    dense = source.dense()
    rows = np.zeros((len(vocabulary), dense.shape[1]), dtype=np.float32)
    for place, weight, ids in zip(
        places, weights, ids_by_surface(source.tokenizer_json, texts), strict=True
    ):
        rows[place] += weight * dense[ids].sum(axis=0)
    return rows


def _forms(counts: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """word -> its forms, each with its share of the word's count."""
    forms: dict[str, dict[str, float]] = {}
    for word, count in counts.items():
        if count > 0:
            forms.setdefault(NORMALIZER.normalize_str(word), {})[word] = count
    return {word: _shares(held) for word, held in forms.items()}


def _shares(counts: Mapping[str, float]) -> dict[str, float]:
    total = sum(counts.values())
    return {form: count / total for form, count in counts.items()}


def new_vocabulary(
    codebook: str | Path,
    counts: str | Path,
    out: str | Path,
    *,
    size: int,
    pieces: str | Path | None = None,
) -> Codebook:
    """A codebook or model carried over onto a lower-cased vocabulary of whole words, as a codebook.

    Args:
        codebook: a codebook folder, a model folder, or a model's name.
        counts: a table of words and counts, tab-separated; forms of a word each on a line.
        out: the folder to write.
        size: how many tokens.
        pieces: a WordPiece `tokenizer.json` whose pieces spell the words that get no row.

    The characters are those of the codebook's own tokenizer, and ASCII's.

    Raises FileNotFoundError, or ValueError for a damaged table or a size that is too small.
    """
    source = open_source(codebook)
    held = read_counts(counts)
    vocabulary = source.tokenizer().get_vocab(with_added_tokens=False)
    characters = [chr(code) for code in range(33, 127)] + sorted(
        t for t in vocabulary if len(t) == 1
    )
    inner = [] if pieces is None else inner_pieces(Path(pieces).read_text(encoding="utf-8"))
    tokenizer = wordpiece(held, size, characters, inner)
    rows = summed_rows(source, tokenizer, held)
    about = {"made_by": "summing pieces", "source": Path(source.where).name}
    return write_codebook(out, [rows], rows.shape, tokenizer, about, "float32")
