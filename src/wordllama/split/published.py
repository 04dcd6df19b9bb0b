"""The published semantic split: pieces of about a line, cut where neighbours are least alike.

Lines are joined to pieces of at most `intermediate_size` characters; lines longer than
`target_size` are cut into sentences. Each piece is embedded, the similarity of the pieces around
each is averaged, and a new chunk starts at the deep minima of that curve (found by the derivatives
of a Savitzky-Golay filter). Between two cuts, pieces are joined up to `target_size`.

Each step works on arrays of lengths, so the time is linear in the text, and pieces are embedded in
blocks, so the memory is too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray

from wordllama.arguments import whole
from wordllama.vectors import check_vectors, signs

Embed = Callable[[list[str]], NDArray[np.generic]]
"""Texts -> (n, dim) float32 unit vectors, or (n, dim / 64) uint64 packed binary ones."""

Minima = tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]
"""Pieces at the minima of the similarity curve, its values there, and the curve itself."""

Groups = NDArray[np.int64]
"""(g + 1,) where groups of neighbouring items start, and last the number of items."""

BLOCK = 16384
"""Pieces embedded at a time."""

DEEP = 0.4
"""A minimum cuts if it lies below this quantile of the similarity curve."""

# Unicode's Sentence_Terminal characters of the Basic Multilingual Plane. The published set also
# holds letters and syllables of Georgian, Hangul, Ethiopic, Canadian Aboriginal and Han that end no
# sentence; they are left out.
TERMINALS = ".!?։؟۔܀-܂߹।॥၊။።፧፨᙮᜵᜶᠃᠉᥄᥅᪨-᪫᭚᭛᭞᭟᰻᰼᱾᱿‼‽⁇-⁉⸮⸼。꓿꘎꘏꛳꛷꡶꡷꣎꣏꤯꧈꧉꩝-꩟꫰꫱꯫﹒﹖﹗！．？｡"
_TERMINATED_WORD = re.compile(f"[{TERMINALS}][^ \n]*")


@overload
def semantic_split(
    text: str,
    embed: Embed,
    target_size: int = ...,
    window_size: int = ...,
    poly_order: int = ...,
    savgol_window: int = ...,
    cleanup_size: int = ...,
    intermediate_size: int = ...,
    return_minima: Literal[False] = ...,
) -> list[str]: ...
@overload
def semantic_split(
    text: str,
    embed: Embed,
    target_size: int = ...,
    window_size: int = ...,
    poly_order: int = ...,
    savgol_window: int = ...,
    cleanup_size: int = ...,
    intermediate_size: int = ...,
    return_minima: bool = ...,
) -> list[str] | Minima: ...
def semantic_split(
    text: str,
    embed: Embed,
    target_size: int = 1536,
    window_size: int = 3,
    poly_order: int = 2,
    savgol_window: int = 3,
    cleanup_size: int = 24,
    intermediate_size: int = 96,
    return_minima: bool = False,
) -> list[str] | Minima:
    r"""Chunks of `text` of about `target_size` characters, cut where the subject changes.

    `embed` gives a unit vector for each piece. `window_size` pieces around each one are compared
    with each other; the curve of their mean similarity is smoothed by a Savitzky-Golay filter of
    `savgol_window` points and order `poly_order`. Lines are joined up to `intermediate_size`
    characters, and what is then shorter than `cleanup_size` goes to the piece before it.

    A sentence longer than `target_size` stays whole (`chunks` keeps a limit always), and white
    space at the cuts is lost. Text without a visible character gives no chunk. With
    `return_minima` the result is (indices int32 of the pieces at minima, curve float32 there, whole
    curve float32, one value per piece).

    Raises TypeError if `text` is no str, ValueError for sizes that do not fit each other.

    >>> by_letter = lambda pieces: np.eye(26, dtype=np.float32)[[ord(p[0]) - 97 for p in pieces]]
    >>> text = "a cat and a cat\nand a dog\nb is a letter\nb is not a"
    >>> sizes = {"target_size": 40, "intermediate_size": 20, "cleanup_size": 4}
    >>> semantic_split(text, by_letter, **sizes)
    ['a cat and a cat\nand a dog', 'b is a letter\nb is not a']
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {type(text).__name__}")
    _check_sizes(target_size, intermediate_size, cleanup_size)
    _check_windows(window_size, savgol_window, poly_order)
    pieces = _pieces(text, target_size, intermediate_size, cleanup_size)
    curve = _similarity_curve(pieces, embed, window_size)
    at = _minima(curve, savgol_window, poly_order)
    if return_minima:
        return at, curve[at], curve
    if not pieces:
        return []
    cuts = at[curve[at] < np.quantile(curve, DEEP)]
    return _joined(pieces, _coalesce(_lengths(pieces), target_size, borders=cuts), "\n")


def _check_sizes(target_size: int, intermediate_size: int, cleanup_size: int) -> None:
    whole(target_size=target_size, intermediate_size=intermediate_size, cleanup_size=cleanup_size)
    if not target_size > intermediate_size > cleanup_size >= 0:
        raise ValueError(
            "sizes must be target_size > intermediate_size > cleanup_size >= 0, not "
            f"target_size={target_size}, intermediate_size={intermediate_size}, "
            f"cleanup_size={cleanup_size}"
        )


def _check_windows(window_size: int, savgol_window: int, poly_order: int) -> None:
    whole(window_size=window_size, savgol_window=savgol_window, poly_order=poly_order)
    for name, size in (("window_size", window_size), ("savgol_window", savgol_window)):
        if size < 3 or size % 2 == 0:
            raise ValueError(f"{name} must be odd and at least 3, not {size}")
    if not 2 <= poly_order < savgol_window:
        raise ValueError(
            f"poly_order must be at least 2 and less than savgol_window={savgol_window}, "
            f"not {poly_order}"
        )


def _pieces(text: str, target_size: int, intermediate_size: int, cleanup_size: int) -> list[str]:
    pieces: list[str] = []
    for line in _gathered(text.splitlines(), intermediate_size, cleanup_size, "\n"):
        if len(line) <= target_size:
            pieces.append(line)
        else:
            pieces += _gathered(_sentences(line), target_size, cleanup_size, " ")
    return [piece for piece in pieces if piece and not piece.isspace()]


def _sentences(line: str) -> list[str]:
    """`line` cut after a word with a terminal in it, if a capital or an empty line follows."""
    sentences = []
    start = 0
    terminated = False
    for word in _TERMINATED_WORD.finditer(line):
        terminated = True
        after = word.end() + 1
        if after < len(line) and (line[after] == "\n" or line[after].isupper()):
            sentences.append(line[start:after].strip())
            start = after
    if not terminated:
        return [line]
    if start < len(line):
        sentences.append(line[start:].strip())
    return sentences


def _gathered(items: list[str], size: int, least: int, separator: str) -> list[str]:
    """Neighbours joined up to `size` characters; then what is shorter than `least` to its left."""
    groups = _coalesce(_lengths(items), size)
    merged = _merge_short(_group_lengths(_lengths(items), groups), least)
    return _joined(items, groups[merged], separator)


def _lengths(items: Sequence[str]) -> NDArray[np.int64]:
    return np.fromiter(map(len, items), np.int64, len(items))


def _group_lengths(lengths: NDArray[np.int64], groups: Groups) -> NDArray[np.int64]:
    """Length of each group's items joined by a separator of one character."""
    ends = np.concatenate(([0], np.cumsum(lengths + 1)))[groups]
    return np.diff(ends) - 1


def _coalesce(
    lengths: NDArray[np.int64], size: int, borders: NDArray[np.integer] | None = None
) -> Groups:
    """Pairs of neighbours joined, left to right, then pairs of pairs, while they fit in `size`.

    Nothing is joined across `borders` (indices of items that start afresh).
    """
    groups = np.arange(len(lengths) + 1)
    fresh = np.zeros(len(lengths), bool)
    if borders is not None:
        fresh[borders] = True
    while len(groups) > 2:
        joined = _group_lengths(lengths, groups)
        fits = (joined[:-1] + joined[1:] < size) & ~fresh[groups[1:-1]]
        second = _every_other(fits)
        if not second.any():
            break
        keep = np.ones(len(groups), bool)
        keep[1:-1] = ~second
        groups = groups[keep]
    return groups


def _every_other(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The 1st, 3rd, 5th ... of each run of true flags: greedy pairs from the left."""
    places = np.arange(len(flags))
    last_false = np.maximum.accumulate(np.where(flags, -1, places))
    odd: NDArray[np.bool_] = (places - last_false) % 2 == 1
    return flags & odd


def _merge_short(lengths: NDArray[np.int64], least: int) -> Groups:
    starts = np.flatnonzero(lengths[1:] >= least) + 1
    return np.concatenate(([0], starts, [len(lengths)])) if len(lengths) else np.zeros(1, np.int64)


def _joined(items: list[str], groups: Groups, separator: str) -> list[str]:
    bounds = groups.tolist()
    return [
        items[start] if end - start == 1 else separator.join(items[start:end])
        for start, end in pairwise(bounds)
    ]


def _similarity_curve(pieces: list[str], embed: Embed, window: int) -> NDArray[np.float32]:
    """Mean similarity of the pairs among the `window` pieces around each piece, float32."""
    n = len(pieces)
    half = window // 2
    dots = _neighbour_dots(pieces, embed, window - 1)
    total = np.zeros(n, np.float32)
    pairs = np.zeros(n, np.float32)
    for j in range(-half, half + 1):
        for k in range(j + 1, half + 1):
            centres = slice(max(0, -j), max(0, n - max(0, k)))
            first = max(0, j)
            here = dots[k - j][first : first + max(0, centres.stop - centres.start)]
            total[centres] += here
            pairs[centres] += 1
    return np.divide(total, pairs, out=np.zeros(n, np.float32), where=pairs > 0)


def _neighbour_dots(pieces: list[str], embed: Embed, reach: int) -> list[NDArray[np.float32]]:
    """[d][i] = similarity of pieces i and i + d for d up to `reach`, embedded block by block."""
    n = len(pieces)
    dots = [np.zeros(max(0, n - d), np.float32) for d in range(reach + 1)]
    tail: NDArray[np.float32] | None = None
    for start in range(0, n, BLOCK):
        block = unit_vectors(embed, pieces[start : start + BLOCK])
        vectors = block if tail is None else np.concatenate((tail, block))
        offset = start + len(block) - len(vectors)
        for d in range(1, min(reach, len(vectors) - 1) + 1):
            # A batched product of vectors runs the same BLAS dot as np.dot, pair by pair.
            new = max(0, start - d - offset)
            left, right = vectors[new:-d, None, :], vectors[new + d :, :, None]
            dots[d][offset + new : offset + new + len(left)] = (left @ right)[:, 0, 0]
        tail = vectors[-reach:]
    return dots


def unit_vectors(embed: Embed, pieces: list[str]) -> NDArray[np.float32]:
    """The pieces' vectors, checked; binary ones as unit vectors of signs.

    The inner product of two such is the Hamming similarity.
    """
    vectors = check_vectors(embed(pieces), "what embed gives")
    if len(vectors) != len(pieces):
        raise ValueError(f"embed must give a vector for each of {len(pieces)}, not {len(vectors)}")
    if vectors.dtype != np.uint64:
        return np.asarray(vectors, np.float32)
    return signs(vectors) / np.float32(np.sqrt(64 * vectors.shape[1]))


def _minima(curve: NDArray[np.float32], window: int, order: int) -> NDArray[np.int32]:
    """Where the smoothed curve turns from falling to rising, to the nearer of the two points."""
    if len(curve) < 3:
        return np.zeros(0, np.int32)
    half = window // 2
    powers = np.vander(np.arange(-half, half + 1), order + 1, increasing=True)
    fit = np.linalg.pinv(powers.astype(np.float32)).astype(np.float32)
    padded = np.pad(curve, half, mode="edge")
    slope = np.convolve(padded, fit[1][::-1], mode="valid")
    bend = np.convolve(padded, fit[2][::-1] * 2, mode="valid")
    before, after = slope[1:-1], slope[2:]
    (at,) = np.nonzero((before < 0) & (after > 0) & (bend[1:-1] > 0))
    crossing = -before[at] / (after[at] - before[at])
    nearer: NDArray[np.int32] = (at + 1 + (crossing >= 0.5)).astype(np.int32)
    return nearer
