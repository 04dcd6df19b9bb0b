"""Matches in a file are those of the same texts, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wordllama.dedup import Duplicates, find_duplicates

TEXTS = ["a red car", "a red car!", "rain"]
VECTORS = np.array([[1, 0], [1, 0.1], [0, 1]], np.float32)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("order", np.array([0, 0, 1]), "the file is damaged"),
        ("alike", np.array([0, -1, 2]), "the file is damaged"),
        ("pairs_right", np.array([99]), "the file is damaged"),
        ("threshold", np.array(np.nan), "the file is damaged"),
        ("first", np.array([0.0, 1.0, 2.0]), "does not hold matches"),
        ("settings", np.array("[1]"), "does not hold matches"),
        ("format", np.array(2), "does not hold matches"),
    ],
)
def test_a_file_that_is_damaged_is_refused(
    tmp_path: Path, name: str, value: Any, message: str
) -> None:
    path = tmp_path / "matches.npz"
    find_duplicates(TEXTS, VECTORS, 0.5).save_matches(path)
    assert Duplicates.load(path, TEXTS).kept == ["a red car", "rain"]
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **{**arrays, name: value})
    with pytest.raises(ValueError, match=message):
        Duplicates.load(path, TEXTS)


def test_matches_of_other_texts_or_of_vectors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "matches.npz"
    find_duplicates(TEXTS, VECTORS, 0.5).save_matches(path)
    for texts, against in ((TEXTS[::-1], None), (TEXTS[:2], None), (TEXTS, ["rain"])):
        with pytest.raises(ValueError, match="these are the matches of other texts"):
            Duplicates.load(path, texts, against)
    with pytest.raises(ValueError, match="only matches of texts can be saved"):
        find_duplicates(None, VECTORS, 0.5).save_matches(path)


def test_a_target_that_no_threshold_reaches_is_refused() -> None:
    with pytest.raises(ValueError, match="target must be at least 2, not 1"):
        find_duplicates(TEXTS, VECTORS, target=1)
    assert len(find_duplicates(TEXTS, VECTORS, 1, target=2).kept) == 2


def test_what_is_unread_is_known_again(tmp_path: Path) -> None:
    path = tmp_path / "matches.npz"
    unread = np.array([False, True, False])
    found = find_duplicates(TEXTS, VECTORS, 0.5, keep="longest", unread=unread)
    found.save_matches(path)
    assert Duplicates.load(path, TEXTS).unread_indices == found.unread_indices == [1]
