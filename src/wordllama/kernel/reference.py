"""The kernel in NumPy and Python: the plain twin of `native`, and its specification."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from itertools import chain
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.kernel import Cuts, Rows, Tokenize, TokenizerRule
from wordllama.kernel.reference_keywords import (  # noqa: F401  (with these it is whole)
    build_postings,
    keyword_topk,
    nearest_bits,
)
from wordllama.kernel.reference_linear import hinge_pass, sparse_scores  # noqa: F401
from wordllama.texts import Texts, as_list, valid_unicode

QUERIES_AT_ONCE = 64
ROWS_AT_ONCE = 4096

Ids = tuple[int, ...]
LONGEST_KEPT = 256  # bytes; longer pieces hardly come twice
MOST_WORDS = 1 << 18  # of 64 bits in a packed row
ENTRY_BYTES = 240  # of a dictionary slot, a short string, a tuple and its integers
RUN = 256  # tokens whose rows are added in float32 before the sum goes to a float64 total
CHARACTERS_AT_ONCE = 2_000_000  # of the texts embedded at a time: bounds what is held beside `out`
TOKENS_AT_ONCE = 4096  # rows gathered at a time: 4 MB at 256 dimensions, which a cache holds


_writing = Lock()
if hasattr(os, "register_at_fork"):  # so that a child finds it open, whatever other threads did
    os.register_at_fork(
        before=_writing.acquire,
        after_in_parent=_writing.release,
        after_in_child=_writing.release,
    )


class WordTable:
    """Piece of text -> token ids, for as many pieces as `max_bytes` allows.

    What it holds never changes a result, only the time: an unseen piece is tokenized, by `tokenize`
    (the compiled twin does it itself where it is given a `rule`, with the same result).
    """

    def __init__(
        self,
        cuts: Cuts,
        tokenize: Tokenize,
        max_bytes: int = 256 << 20,
        rule: TokenizerRule | None = None,
    ) -> None:
        self.max_bytes = max_bytes
        self.nbytes = 0
        self._cuts = cuts
        self._tokenize = tokenize
        self._cutter: Callable[[list[str]], tuple[list[str], list[int]]] = _cutter(cuts)
        self._ids: dict[str, Ids] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def token_ids(
        self, texts: Texts, threads: int = 0
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Ids of all texts in a row, and the (n + 1,) offsets of each text's first."""
        texts = _all_valid(as_list(texts))
        whole = self._whole(texts)
        if not whole:
            return self._looked_up(texts)
        # A text that goes whole stands among the others as the empty text until its ids come.
        ids, offsets = self._looked_up(["" if i in whole else t for i, t in enumerate(texts)])
        lists = self._tokenize([texts[i] for i in whole], True)
        parts = np.split(ids, offsets[1:-1])
        for i, whole_ids in zip(whole, lists, strict=True):
            parts[i] = np.array(whole_ids, dtype=np.int32)
        return np.concatenate(parts), _offsets(np.array([len(part) for part in parts]))

    def embed(
        self,
        texts: Texts,
        rows: Rows,
        out: NDArray[Any],
        normalize: bool = False,
        threads: int = 0,
    ) -> None:
        """Mean of each text's rows into `out`: float32 (n, dim), or signs packed in uint64."""
        texts = as_list(texts)
        start = 0
        for end in _batch_ends(texts):
            self._embed_batch(texts[start:end], rows, out[start:end], normalize)
            start = end

    def _embed_batch(
        self, texts: list[str], rows: Rows, out: NDArray[Any], normalize: bool
    ) -> None:
        ids, offsets = self.token_ids(texts)
        if out.dtype != np.uint64:
            pool(ids, offsets, rows, out, normalize)
            return
        dense = np.empty((len(texts), rows.matrix.shape[1]), dtype=np.float32)
        pool(ids, offsets, rows, dense, normalize)
        out[:] = np.packbits(dense > 0, axis=1).view("<u8")

    def _whole(self, texts: list[str]) -> dict[int, None]:
        """The places of the texts that must not be cut."""
        if self._cuts.kind == "whole":
            return dict.fromkeys(range(len(texts)))
        everything = "\n".join(texts)
        specials = [s for s in self._cuts.specials if s and s in everything]
        return dict.fromkeys(i for i, t in enumerate(texts) if any(s in t for s in specials))

    def _looked_up(self, texts: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        pieces, counts = self._cutter(texts)
        lists = list(map(self._ids.get, pieces))
        if None in lists:
            unseen = list(dict.fromkeys(p for p, i in zip(pieces, lists, strict=True) if i is None))
            fresh = dict(zip(unseen, map(tuple, self._tokenize(unseen, False)), strict=True))
            self._keep(fresh)
            lists = [fresh[p] if i is None else i for p, i in zip(pieces, lists, strict=True)]
        lengths = np.fromiter(map(len, lists), np.int64, len(lists))  # type: ignore[arg-type]
        ids = np.fromiter(chain.from_iterable(lists), np.int32, int(lengths.sum()))  # type: ignore[arg-type]
        return ids, _offsets(lengths)[_offsets(np.array(counts, dtype=np.int64))]

    def _keep(self, fresh: dict[str, Ids]) -> None:
        with _writing:
            for piece, ids in fresh.items():
                size = ENTRY_BYTES + 4 * len(piece) + 8 * len(ids)
                short = len(piece.encode()) <= LONGEST_KEPT
                if short and self.nbytes + size <= self.max_bytes:
                    self._ids[piece] = ids
                    self.nbytes += size


def pool(
    ids: NDArray[np.int32],
    offsets: NDArray[np.int64],
    rows: Rows,
    out: NDArray[np.float32],
    normalize: bool = False,
    threads: int = 0,
) -> None:
    """Mean of the rows of each text's ids into `out` (n, dim); no ids give a zero row.

    Rows are added one after another in float32, in the order of the tokens; every 256 rows the sum
    goes to a float64 total, so that a text of a million tokens loses nothing. A sum that leaves the
    range of float32 is made anew in float64.
    """
    matrix: NDArray[Any] = rows.matrix
    _check_width(matrix, "rows.matrix")
    if len(ids) > len(matrix) and matrix.dtype == np.float16:
        matrix = matrix.astype(np.float32)  # cheaper once for all rows than once for all tokens
    lengths = np.diff(offsets)
    order = np.argsort(lengths, kind="stable")
    starts, lengths = offsets[order], lengths[order]
    first = 0
    for length, group in _runs(lengths):
        places = order[first : first + group]
        begin = starts[first : first + group]
        first += group
        for i in range(0, group, TOKENS_AT_ONCE):
            block = slice(i, i + TOKENS_AT_ONCE)
            with np.errstate(over="ignore", invalid="ignore"):
                mean = _sums(ids, begin[block], length, rows, matrix) / np.float32(max(length, 1))
            for i_text in np.flatnonzero(~np.isfinite(mean).all(axis=1)):
                start = begin[block][i_text]
                tokens = _gather(ids[start : start + length], rows, matrix)
                mean[i_text] = tokens.mean(axis=0, dtype=np.float64)
            out[places[block]] = _unit(mean) if normalize else mean


def hamming(a: NDArray[np.uint64], b: NDArray[np.uint64], threads: int = 0) -> NDArray[np.int32]:
    """Differing bits of every row of `a` (n, w) and every row of `b` (m, w): (n, m).

    ValueError for rows of no words, or of more than 2^18 (16,777,216 bits).
    """
    _check_width(a, "a")
    _check_width(b, "b")
    distance = np.zeros((len(a), len(b)), dtype=np.int32)
    for word in range(a.shape[1]):
        distance += np.bitwise_count(a[:, word, None] ^ b[None, :, word])
    return distance


def scores(
    queries: NDArray[Any],
    rows: NDArray[Any],
    scale: NDArray[np.float32] | None = None,
    threads: int = 0,
    *,
    cosine: bool = False,
    at: NDArray[np.int64] | None = None,
) -> NDArray[np.float32]:
    """Scores of every query (q, d) and every row (n, d), or only the rows `at` (n,): (q, n).

    Queries are float32 and rows float32 or int8: the score is the inner product, times the row's
    `scale`. With `cosine` it is that of vectors of any length: 0 where one is zero, NaN where one
    is not finite. Of packed uint64 it is `1 - 2 * distance / bits` either way.
    """
    _check_width(queries, "queries")
    _check_width(rows, "rows")
    if cosine and scale is not None:
        raise ValueError("scale must be None: no cosine depends on it")
    if at is not None:
        if len(at) and not 0 <= at.min() <= at.max() < len(rows):
            raise ValueError(f"at must lie between 0 and {len(rows)}, the number of rows")
        rows, scale = rows[at], None if scale is None else scale[at]
    if cosine and queries.dtype != np.uint64:
        queries, rows = _unit(queries), _unit(rows)
    return _scores(queries, rows, scale)


def topk(
    queries: NDArray[Any],
    rows: NDArray[Any],
    k: int,
    scale: NDArray[np.float32] | None = None,
    threads: int = 0,
    *,
    cosine: bool = False,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Scores and row numbers of the `k` best rows of each query, best first: (q, min(k, n)).

    Scores are those of `scores`. Ties go to the lower row number; NaN comes before all numbers, so
    that a row that is not finite is seen.
    """
    _check_width(queries, "queries")
    _check_width(rows, "rows")
    k = min(k, len(rows))
    best_scores = np.empty((len(queries), k), dtype=np.float32)
    indices = np.empty((len(queries), k), dtype=np.int64)
    for start in range(0, len(queries) if k else 0, QUERIES_AT_ONCE):
        batch = slice(start, start + QUERIES_AT_ONCE)
        best = np.empty((len(queries[batch]), 0), dtype=np.float32)
        where = np.empty((len(queries[batch]), 0), dtype=np.int64)
        for i in range(0, len(rows), ROWS_AT_ONCE):
            block = slice(i, i + ROWS_AT_ONCE)
            factors = None if scale is None else scale[block]
            new = scores(queries[batch], rows[block], factors, cosine=cosine)
            numbers = np.broadcast_to(np.arange(i, i + new.shape[1]), new.shape)
            best, where = _best(np.hstack([best, new]), np.hstack([where, numbers]), k)
        best_scores[batch], indices[batch] = best, where
    return best_scores, indices


def pairs_above(
    a: NDArray[Any], b: NDArray[Any] | None, threshold: float, threads: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """(i, j, score) of all pairs whose score is above `threshold`, sorted by i, then j.

    Scores are those of `topk`. With `b` None: the pairs i < j within `a`.
    """
    _check_width(a, "a")
    parts = []
    other = a if b is None else b
    _check_width(other, "b")
    for i in range(0, len(a), ROWS_AT_ONCE):
        for j in range(i if b is None else 0, len(other), ROWS_AT_ONCE):
            left, right = _likely_above(
                a[i : i + ROWS_AT_ONCE], other[j : j + ROWS_AT_ONCE], threshold
            )
            left, right = left + i, right + j
            if b is None:
                left, right = left[left < right], right[left < right]
            exact = _scores_of_pairs(a[left], other[right])
            keep = exact > threshold
            parts.append((left[keep], right[keep], exact[keep]))
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
    left, right, above = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((right, left))
    return left[order], right[order], above[order]


def _check_width(array: NDArray[Any], name: str) -> None:
    if array.shape[1] == 0:
        raise ValueError(f"{name} must have at least one column, not shape {array.shape}")
    if array.dtype == np.uint64 and array.shape[1] > MOST_WORDS:
        raise ValueError(f"{name} must have at most {MOST_WORDS} words a row, not {array.shape[1]}")


def _scores(
    a: NDArray[Any], b: NDArray[Any], scale: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Every pair's score is summed alike, whatever stands around it: a matrix product's is not."""
    if a.dtype == np.uint64:
        return (1.0 - 2.0 * (hamming(a, b) / np.float64(64 * a.shape[1]))).astype(np.float32)
    left, right = a.astype(np.float32, copy=False), b.astype(np.float32, copy=False)
    product: NDArray[np.float32] = np.einsum("ij,kj->ik", left, right)
    return product if scale is None else product * scale


def _likely_above(
    a: NDArray[Any], b: NDArray[Any], threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs with a score above the threshold, and a few that are just below it."""
    if a.dtype == np.uint64:
        left, right = np.nonzero(_scores(a, b) > threshold)
        return left, right
    lengths = [
        float(np.linalg.norm(side.astype(np.float64), axis=1).max(initial=0)) for side in (a, b)
    ]
    rounding = 2.4e-7 * a.shape[1] * lengths[0] * lengths[1]  # of a sum in any order
    left, right = np.nonzero(a @ b.T > threshold - rounding)
    return left, right


def _scores_of_pairs(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float32]:
    """The score, as of `_scores`, of each row of `a` and the same row of `b`: (n,)."""
    if a.dtype == np.uint64:
        distance = np.bitwise_count(a ^ b).sum(axis=1, dtype=np.int64)
        alike: NDArray[np.float32] = np.asarray(1 - 2 * (distance / (64 * a.shape[1])), np.float32)
        return alike
    product: NDArray[np.float32] = np.einsum("ij,ij->i", a, b)
    return product


def _best(
    scores: NDArray[np.float32], numbers: NDArray[np.int64], k: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    order = np.lexsort((-scores, ~np.isnan(scores)), axis=1)[:, :k]  # stable
    return np.take_along_axis(scores, order, axis=1), np.take_along_axis(numbers, order, axis=1)


def _sums(
    ids: NDArray[np.int32],
    starts: NDArray[np.int64],
    length: int,
    rows: Rows,
    matrix: NDArray[Any],
) -> NDArray[np.float32]:
    """Sum of `length` rows from each start: (len(starts), dim)."""
    total = np.zeros((len(starts), matrix.shape[1]), dtype=np.float64)
    if len(starts) < 8 <= length // RUN:  # a few long texts: whole runs at a time
        for i, start in enumerate(starts):
            for j in range(start, start + length, 16 * RUN):
                block = _gather(ids[j : min(j + 16 * RUN, start + length)], rows, matrix)
                for k in range(0, len(block), RUN):
                    total[i] += np.add.reduce(block[k : k + RUN], axis=0)
        return total.astype(np.float32)
    for j in range(0, length, RUN):
        run = np.zeros(total.shape, dtype=np.float32)
        for k in range(j, min(j + RUN, length)):
            run += _gather(ids[starts + k], rows, matrix)
        if length <= RUN:
            return run
        total += run
    return total.astype(np.float32)


def _gather(ids: NDArray[np.int32], rows: Rows, matrix: NDArray[Any]) -> NDArray[np.float32]:
    gathered = matrix[ids if rows.mapping is None else rows.mapping[ids]]
    dense: NDArray[np.float32] = gathered.astype(np.float32, copy=False)
    return dense if rows.scale is None else dense * rows.scale[ids, None]


def _unit(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Rows of unit length, whatever their length was; zero rows stay zero, others become NaN."""
    dense = vectors.astype(np.float64)  # whose squares and sums leave no range
    norms = np.linalg.norm(dense, axis=1, keepdims=True)
    norms[norms == 0] = 1
    norms[~np.isfinite(norms)] = np.nan
    unit: NDArray[np.float32] = (dense / norms).astype(np.float32)
    return unit


def _runs(values: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """(value, how many in a row) of sorted values."""
    distinct, counts = np.unique(values, return_counts=True)
    return zip(distinct.tolist(), counts.tolist(), strict=True)


def _offsets(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def _batch_ends(texts: list[str]) -> list[int]:
    """Where to stop so that no batch of more than one text is too large."""
    ends = []
    size = 0
    for i, text in enumerate(texts):
        size += len(text) + 64
        if size > CHARACTERS_AT_ONCE and i:
            ends.append(i)
            size = len(text) + 64
    return [*ends, len(texts)]


def _all_valid(texts: list[str]) -> list[str]:
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return [valid_unicode(text) for text in texts]
    return texts


def _cutter(cuts: Cuts) -> Callable[[list[str]], tuple[list[str], list[int]]]:
    """Texts -> (their pieces in a row, number of pieces of each)."""
    if cuts.kind == "spaces":
        return _cut_before_spaces
    mark = cuts.space
    before_mark = not any(pair[1] == mark and pair[0] != mark for pair in cuts.joined)
    if cuts.kind == "adjacent" and before_mark and cuts.prefix == mark:
        return lambda texts: _cut_before_marks(texts, mark)
    return lambda texts: _normalized(texts, cuts.prefix, mark)


def _cut_before_spaces(texts: list[str]) -> tuple[list[str], list[int]]:
    pieces: list[str] = []
    counts = []
    for text in texts:
        words = text.split()
        if " ".join(words) == text:
            new = [words[0], *[" " + word for word in words[1:]]] if words else []
        else:
            new = _SINGLE_SPACE.split(text) if text else []
        pieces += new
        counts.append(len(new))
    return pieces, counts


def _cut_before_marks(texts: list[str], mark: str) -> tuple[list[str], list[int]]:
    """Cut the normalised texts (a mark before each, a mark for each space) before each mark.

    Only where a mark follows another character; so most texts are just split at their spaces.
    """
    plain = " ".join(texts)
    if mark not in plain and "  " not in plain and plain[:1] not in ("", " ") and texts[-1]:
        return [mark + word for word in plain.split(" ")], [text.count(" ") + 1 for text in texts]
    pieces: list[str] = []
    counts = []
    for text in texts:
        if "  " in text or mark in text or text[:1] in ("", " "):
            normal = (mark + text.replace(" ", mark)) if text else ""
            new = re.findall(f"{mark}+[^{mark}]*", normal)
        else:
            new = [mark + word for word in text.split(" ")]
        pieces += new
        counts.append(len(new))
    return pieces, counts


def _normalized(texts: list[str], prefix: str, space: str) -> tuple[list[str], list[int]]:
    pieces = [prefix + text.replace(" ", space) for text in texts if text]
    return pieces, [int(bool(text)) for text in texts]


_SINGLE_SPACE = re.compile(r"(?<=\S)(?= \S)")
