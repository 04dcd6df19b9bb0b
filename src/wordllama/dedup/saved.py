"""Matches in a file, so that another threshold needs no other run."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordllama.atomic import atomic_write
from wordllama.dedup.matches import Matches, Others
from wordllama.pairs.scored import Pairs

FORMAT = 1

Digests = NDArray[np.uint64]
"""What stands for the compared texts of each item: see `exact.digests`."""


def save_matches(
    path: str | Path,
    matches: Matches,
    digests: Digests,
    other_digests: Digests | None,
    settings: Mapping[str, Any],
) -> None:
    """Write the matches of some texts, with what tells the texts and how they were compared."""
    arrays = {
        "format": np.array(FORMAT),
        "texts": np.frombuffer(_fingerprint(digests, other_digests), np.uint8),
        "settings": np.array(json.dumps(dict(settings), sort_keys=True)),
        "threshold": np.array(matches.threshold),
        "chain": np.array(matches.chain),
        "order": matches.order,
        "first": matches.first,
        "alike": matches.alike,
        **{f"pairs_{name}": side for name, side in matches.pairs._asdict().items()},
    }
    if matches.others is not None:
        arrays |= {f"other_{name}": side for name, side in matches.others._asdict().items()}
    if matches.unread is not None:
        arrays["unread"] = matches.unread
    with atomic_write(path) as file:
        np.savez(file, **arrays)


class Saved(NamedTuple):
    """What such a file holds."""

    path: str | Path
    matches: Matches
    settings: dict[str, Any]
    texts: bytes

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """ValueError if the file says that the texts were compared in another way."""
        for name, value in settings.items():
            if self.settings.get(name, value) != value:
                raise ValueError(
                    f"{self.path}: these matches were made with {name} = "
                    f"{self.settings.get(name)!r}, not {value!r}; give the same, or compare again"
                )

    def check_texts(self, digests: Digests, other_digests: Digests | None) -> None:
        """ValueError unless these are the texts, in this order."""
        others = None if other_digests is None else len(other_digests)
        if self.texts != _fingerprint(digests, other_digests):
            raise ValueError(f"{self.path}: these are the matches of other texts; compare again")
        if not _sound(self.matches, len(digests), others):
            raise ValueError(f"{self.path}: the file is damaged; compare again")


def read_matches(path: str | Path) -> Saved:
    """What a file of matches holds; ValueError for another file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return _read(path, {name: file[name] for name in file.files})
    except (AttributeError, KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: the file does not hold matches of duplicates") from error


def _fingerprint(digests: Digests, other_digests: Digests | None) -> bytes:
    sums = blake2b(digests.tobytes(), digest_size=32)
    if other_digests is not None:
        sums.update(b"against")
        sums.update(other_digests.tobytes())
    return sums.digest()


def _read(path: str | Path, arrays: Mapping[str, NDArray[Any]]) -> Saved:
    if int(arrays["format"]) != FORMAT:
        raise ValueError(f"format {arrays['format']}")

    def numbers(name: str, kind: type[Any]) -> NDArray[Any]:
        return arrays[name].astype(kind, casting="safe")

    others = None
    if "other_match" in arrays:
        others = Others(
            numbers("other_match", np.int64),
            numbers("other_score", np.float32),
            numbers("other_exact", np.bool_),
        )
    matches = Matches(
        float(arrays["threshold"]),
        bool(arrays["chain"]),
        numbers("order", np.int64),
        numbers("first", np.int64),
        numbers("alike", np.int64),
        Pairs(
            numbers("pairs_left", np.int64),
            numbers("pairs_right", np.int64),
            numbers("pairs_score", np.float32),
        ),
        others,
        numbers("unread", np.bool_) if "unread" in arrays else None,
    )
    settings = json.loads(str(arrays["settings"]))
    return Saved(path, matches, dict(settings), arrays["texts"].tobytes())


def _sound(matches: Matches, count: int, others: int | None) -> bool:
    """Whether all places are places of items, and the pairs are in order."""
    pairs, itself = matches.pairs, np.arange(count)
    sound = -1 <= matches.threshold <= 1 and np.array_equal(np.sort(matches.order), itself)
    for first in (matches.first, matches.alike):
        sound = sound and first.shape == (count,) and bool(np.all((first >= 0) & (first <= itself)))
        sound = sound and np.array_equal(first[first], first)
    sound = sound and pairs.left.shape == pairs.right.shape == pairs.score.shape
    sound = sound and pairs.left.ndim == 1 and bool(np.all(pairs.left >= 0))
    sound = sound and bool(np.all((pairs.left < pairs.right) & (pairs.right < count)))
    sound = sound and bool(np.all(np.diff(pairs.left) >= 0))
    sound = sound and (matches.unread is None or matches.unread.shape == (count,))
    if matches.others is None or others is None:
        return sound and matches.others is None and others is None
    match, score, exact = matches.others
    sound = sound and match.shape == score.shape == exact.shape == (count,)
    return sound and bool(np.all((match >= -1) & (match < others)))
