"""A smaller vocabulary: the tokenizer and the rows without the tokens that are not kept."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.encode import tokenizing
from wordllama.modelfiles.folder import read_tokenizer
from wordllama.modelfiles.tokenizer import read_spec, vocabulary_size
from wordllama.train.exclude import texts_in


def prune(
    tokenizer_json: str, rows: NDArray[np.float32], counts: NDArray[np.int64], size: int
) -> tuple[str, NDArray[np.float32]]:
    """The tokenizer with about `size` tokens, and their rows.

    Kept are special and added tokens, bytes (single characters where there are no byte tokens to
    stand in for them), the tokens with the highest `counts`, and for a BPE the parts that each of
    them is merged from. Other words fall apart into tokens that are kept. Raises ValueError for a
    tokenizer that is neither BPE nor WordPiece.
    """
    spec = json.loads(tokenizer_json)
    model = spec["model"]
    if model["type"] not in ("BPE", "WordPiece"):
        raise ValueError(f"prune: the tokenizer is a {model['type']}, expected BPE or WordPiece")
    vocab: dict[str, int] = model["vocab"]
    added = {token["content"] for token in spec.get("added_tokens") or []}
    kept = {t for t in vocab if t in added or _single(t, model) or t == model.get("unk_token")}
    parts = _parts(model) if model["type"] == "BPE" else {}
    for token in sorted(vocab, key=lambda t: (-counts[vocab[t]], vocab[t])):
        if len(kept) >= size:
            break
        _keep(token, parts, kept)
    order = sorted(kept, key=vocab.__getitem__)
    extra = sorted({t["id"] for t in spec.get("added_tokens") or []} - set(vocab.values()))
    ids = [vocab[token] for token in order] + [i for i in extra if i < len(rows)]
    number = {old: new for new, old in enumerate(ids)}
    model["vocab"] = {token: number[vocab[token]] for token in order}
    if "merges" in model:
        model["merges"] = [m for m in model["merges"] if _survives(m, kept)]
    for token in spec.get("added_tokens") or []:
        token["id"] = number.get(token["id"], token["id"])
    _renumber(spec.get("post_processor"), number)
    return json.dumps(spec, ensure_ascii=False), rows[ids]


def count_tokens(folder: Path, texts: Path) -> NDArray[np.int64]:
    """How often each token of the folder's tokenizer occurs in a file (one text a line if .txt)."""
    file = folder / "tokenizer.json"
    tokenizer_json = read_tokenizer(file)
    size = vocabulary_size(read_spec(tokenizer_json, file))
    tokenizer = tokenizing.parse(tokenizer_json, file)
    if not texts.exists():
        raise FileNotFoundError(f"{texts}: no such file or folder to count tokens in")
    lines = texts.read_text(encoding="utf-8").splitlines() if texts.suffix == ".txt" else None
    counts = np.zeros(size, dtype=np.int64)
    for text in texts_in(texts) if lines is None else lines:
        (encoding,) = tokenizing.encoded(tokenizer, [text])
        np.add.at(counts, encoding.ids, 1)
    return counts


def _single(token: str, model: dict[str, Any]) -> bool:
    if model.get("byte_fallback"):
        return token.startswith("<0x") and len(token) == 6
    return len(token.removeprefix(model.get("continuing_subword_prefix") or "")) == 1


def _pair(merge: str | list[str]) -> tuple[str, str]:
    left, right = merge.split(" ") if isinstance(merge, str) else merge
    return left, right


def _parts(model: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """token -> the two that the first merge that makes it joins."""
    parts: dict[str, tuple[str, str]] = {}
    for merge in model["merges"]:
        left, right = _pair(merge)
        parts.setdefault(left + right, (left, right))
    return parts


def _keep(token: str, parts: dict[str, tuple[str, str]], kept: set[str]) -> None:
    waiting = [token]
    while waiting:
        one = waiting.pop()
        if one not in kept:
            kept.add(one)
            waiting.extend(parts.get(one, ()))


def _survives(merge: str | list[str], kept: Collection[str]) -> bool:
    left, right = _pair(merge)
    return left in kept and right in kept and left + right in kept


def _renumber(part: Any, number: dict[int, int]) -> None:
    """Give the special tokens in a template their new ids."""
    if isinstance(part, list):
        for item in part:
            _renumber(item, number)
    elif isinstance(part, dict):
        if isinstance(part.get("ids"), list):
            part["ids"] = [number.get(i, i) for i in part["ids"]]
        for value in part.values():
            _renumber(value, number)
