from __future__ import annotations

import hashlib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wordllama import WordLlama
from wordllama.split import semantic_split
from wordllama.split.published import BLOCK, TERMINALS

SMALL = {"target_size": 40, "intermediate_size": 16, "cleanup_size": 6}


def by_content(pieces: list[str]) -> NDArray[np.float32]:
    """A unit vector for each piece that depends on nothing but the piece."""
    seeds = [
        int.from_bytes(hashlib.md5(p.encode("utf-16", "surrogatepass")).digest(), "big")
        for p in pieces
    ]
    rows = [np.random.default_rng(seed).normal(size=8) for seed in seeds]
    vectors = np.array(rows, np.float32).reshape(-1, 8)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


# The plain twin: the described steps one by one, on strings.


def plain_coalesce(items: list[str], size: int, separator: str) -> list[str]:
    while True:
        joined, i = [], 0
        while i < len(items):
            pair = separator.join(items[i : i + 2])
            fits = i + 1 < len(items) and len(pair) <= size
            joined.append(pair if fits else items[i])
            i += 2 if fits else 1
        if len(joined) == len(items):
            return items
        items = joined


def plain_merge_short(items: list[str], least: int, separator: str) -> list[str]:
    merged = items[:1]
    for item in items[1:]:
        if len(item) < least:
            merged[-1] += separator + item
        else:
            merged.append(item)
    return merged


def plain_sentences(line: str) -> list[str]:
    sentences, start, ended, any_end = [], 0, False, False
    for i, character in enumerate(line):
        if character in ".!?。":
            ended = any_end = True
        elif ended and character in " \n":
            ended = False
            following = line[i + 1 : i + 2]
            if following.isupper() or following == "\n":
                sentences.append(line[start : i + 1].strip())
                start = i + 1
    if not any_end:
        return [line]
    return sentences + ([line[start:].strip()] if start < len(line) else [])


def plain_cuts(pieces: list[str], window: int = 3) -> list[int] | None:
    """Deep minima by differences; None where rounding could decide (pieces that repeat)."""
    vectors = by_content(pieces).astype(float)
    curve, half = [], window // 2
    for i in range(len(pieces)):
        near = vectors[max(0, i - half) : i + half + 1]
        pairs = [near[j] @ near[k] for j in range(len(near)) for k in range(j + 1, len(near))]
        curve.append(sum(pairs) / len(pairs) if pairs else 0.0)
    padded = [curve[0], *curve, curve[-1]]
    slope = [(after - before) / 2 for before, after in zip(padded, padded[2:], strict=False)]
    bend = [a - 2 * b + c for a, b, c in zip(padded, padded[1:], padded[2:], strict=False)]
    deep = np.quantile(curve, 0.4)
    cuts = []
    for i in range(1, len(pieces) - 1):
        middle = -slope[i] - (slope[i + 1] - slope[i]) / 2
        if min(map(abs, (slope[i], slope[i + 1], bend[i], middle))) < 1e-6:
            return None
        if slope[i] < 0 < slope[i + 1] and bend[i] > 0:
            at = i if middle < 0 else i + 1
            if abs(curve[at] - deep) < 1e-6:
                return None
            cuts += [at] if curve[at] < deep else []
    return cuts


def plain_split(
    text: str, target_size: int, intermediate_size: int, cleanup_size: int
) -> list[str] | None:
    pieces = []
    lines = plain_coalesce(text.splitlines(), intermediate_size, "\n")
    for line in plain_merge_short(lines, cleanup_size, "\n"):
        if len(line) > target_size:
            sentences = plain_coalesce(plain_sentences(line), target_size, " ")
            pieces += plain_merge_short(sentences, cleanup_size, " ")
        else:
            pieces.append(line)
    pieces = [piece for piece in pieces if piece.strip()]
    if not pieces:
        return []
    cuts = plain_cuts(pieces)
    if cuts is None:
        return None
    bounds = [0, *cuts, len(pieces)]
    return [
        chunk
        for start, end in pairwise(bounds)
        for chunk in plain_coalesce(pieces[start:end], target_size, "\n")
    ]


words = st.text(st.sampled_from("abcAB.!?。 \n\r\t\x0b\x1c\u2028é漢"), max_size=12)
texts = st.lists(words, max_size=60).map("".join)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_the_fast_split_gives_what_the_plain_one_gives(text: str) -> None:
    plain = plain_split(text, **SMALL)
    assume(plain is not None)
    assert semantic_split(text, by_content, **SMALL) == plain


NOUNS = [
    "bread", "cheese", "soup", "garlic", "butter", "judge", "court", "lawyer", "verdict", "appeal",
    "goal", "striker", "referee", "stadium",
]  # fmt: skip
LINES = "\n".join(
    f"The {NOUNS[(i // 6 * 5 + i % 5) % 14]} was {'good' if i % 4 else 'bad'}, and the "
    f"{NOUNS[(i // 6 * 5 + i % 3) % 14]} was late. Nobody minded the {NOUNS[(i * i) % 14]}."
    for i in range(48)
)


def test_the_default_model_gives_what_wordllama_0_4_0_post1_printed(wl: WordLlama) -> None:
    at, depths, curve = wl.split(LINES, return_minima=True)
    assert at.tolist() == [5, 8, 13, 24, 32, 35, 42]
    assert depths[:3] == pytest.approx([0.494371, 0.585298, 0.484137], abs=1e-6)
    assert len(curve) == 48
    assert [len(chunk) for chunk in wl.split(LINES)] == [913, 1356, 217, 926]
    in_one_line = LINES.replace("\n", " ")
    assert [len(chunk) for chunk in wl.split(in_one_line, target_size=400)] == [
        278, 280, 283, 282, 286, 285, 281, 288, 291, 280, 282, 288,
    ]  # fmt: skip


def test_a_new_subject_starts_a_new_chunk() -> None:
    def subject(pieces: list[str]) -> NDArray[np.float32]:
        angles = np.array([0.0 if "cat" in piece else 1.5 for piece in pieces])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    cats = [
        f"the cat number {i} sits on a mat and sleeps all day long, as cats do" for i in range(9)
    ]
    dogs = [
        f"a dog number {i} runs after the postman, barks and comes back in time" for i in range(9)
    ]
    chunks = semantic_split("\n".join(cats + dogs), subject)
    assert chunks == ["\n".join(cats), "\n".join(dogs)]


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "\r\n\t\u2028"])
def test_text_without_a_visible_character_gives_no_chunk(text: str) -> None:
    assert semantic_split(text, by_content) == []
    at, depths, curve = semantic_split(text, by_content, return_minima=True)
    assert len(at) == len(depths) == len(curve) == 0


@pytest.mark.parametrize("text", ["a", "one line", "two\nlines", "x" * 5000])
def test_short_text_and_one_long_word_stay_whole(text: str) -> None:
    assert semantic_split(text, by_content) == [text]


def test_minima_are_those_the_chunks_start_at() -> None:
    text = "\n".join(
        f"line {i} of a text whose lines are all about something else" for i in range(80)
    )
    at, depths, curve = semantic_split(text, by_content, return_minima=True)
    assert at.dtype == np.int32
    assert depths.dtype == curve.dtype == np.float32
    assert (depths == curve[at]).all()
    assert (np.diff(at) > 0).all()


def test_pieces_embedded_in_blocks_give_the_curve_of_all_at_once() -> None:
    pieces = BLOCK + 3
    text = "\n".join(f"{i:08}" for i in range(pieces))
    sizes = {"target_size": 12, "intermediate_size": 9, "cleanup_size": 0, "window_size": 5}
    _, _, curve = semantic_split(text, by_content, **sizes, return_minima=True)
    vectors = by_content(text.split("\n"))
    for i in (0, 1, 2, BLOCK - 3, BLOCK - 1, BLOCK, BLOCK + 2):
        near = vectors[max(0, i - 2) : i + 3]
        similarity = near @ near.T
        expected = similarity[np.triu_indices(len(near), 1)].mean()
        assert curve[i] == pytest.approx(expected, abs=1e-6)


def test_binary_vectors_are_compared_by_hamming_similarity() -> None:
    def binary(pieces: list[str]) -> NDArray[np.uint64]:
        return np.array([[0 if "cat" in piece else 2**64 - 1] for piece in pieces], np.uint64)

    text = "\n".join(["a cat" + "." * 95] * 3 + ["a dog" + "." * 95] * 3)
    _, _, curve = semantic_split(text, binary, return_minima=True)
    assert curve == pytest.approx([1, 1, -1 / 3, -1 / 3, 1, 1])


def test_letters_end_no_sentence() -> None:
    assert not any(character.isalnum() for character in TERMINALS)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"target_size": 96}, "target_size=96, intermediate_size=96"),
        ({"cleanup_size": 96}, "cleanup_size=96"),
        ({"cleanup_size": -1}, "cleanup_size=-1"),
        ({"window_size": 4}, "window_size must be odd and at least 3, not 4"),
        ({"savgol_window": 1}, "savgol_window must be odd and at least 3, not 1"),
        ({"poly_order": 3}, "poly_order must be at least 2 and less than savgol_window=3, not 3"),
        ({"poly_order": 1}, "not 1"),
    ],
)
def test_sizes_that_do_not_fit_are_refused_by_name(arguments: dict[str, int], names: str) -> None:
    with pytest.raises(ValueError, match=names):
        semantic_split("text", by_content, **arguments)


def test_what_is_no_string_is_refused() -> None:
    with pytest.raises(TypeError, match="text must be a str, not bytes"):
        semantic_split(b"text", by_content)  # type: ignore[arg-type]


def test_what_embed_gives_is_checked() -> None:
    def without_a_row(pieces: list[str]) -> NDArray[np.float32]:
        return by_content(pieces)[1:]

    def with_nan(pieces: list[str]) -> NDArray[np.float32]:
        return np.array([[1.0], [np.nan]], np.float32)

    lines = "a" * 90 + "\n" + "b" * 90
    with pytest.raises(ValueError, match="a vector for each of 2, not 1"):
        semantic_split(lines, without_a_row)
    with pytest.raises(ValueError, match="what embed gives: row 1 holds NaN"):
        semantic_split(lines, with_nan)
