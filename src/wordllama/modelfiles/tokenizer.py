"""A tokenizer's file (`tokenizer.json`), looked at before the library `tokenizers` gets to see it.

The library checks most of a file itself. What is checked here is what it lets through: a step
without its type, a merge that ends the process, and rules that make gigabytes of a short text.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wordllama.modelfiles.charsmap import charsmap_growth
from wordllama.modelfiles.jsonfile import parse_object

MODELS = ("BPE", "WordPiece", "WordLevel", "Unigram")
MOST_GROWTH = 4096
"""Bytes that a tokenizer's rules may make of one byte. ALBERT's, six normalizers and Metaspace, may
make 1,584."""
_DEEPEST = 16
_MOST_STEPS = 256
_UNICODE_GROWTH = 18
"""No character grows more by Unicode's normal forms and cases: U+FDFA from 3 bytes to 33 by NFKC,
U+0130 from 2 to 3 by lower case."""

Step = tuple[str, dict[str, Any]]
"""Where a step of a normalizer or pre-tokenizer stands in the file, and the step."""


def read_spec(text: str, file: Path) -> dict[str, Any]:
    """The object in a tokenizer's file, checked.

    Raises:
        ValueError: names the file and the key that is missing, of the wrong kind or too much.
    """
    spec = parse_object(text, file)
    try:
        _check_model(spec.get("model"))
        _check_added(spec.get("added_tokens"))
        normalizer = _steps(spec.get("normalizer"), "normalizer", "normalizers")
        splitter = _steps(spec.get("pre_tokenizer"), "pre_tokenizer", "pretokenizers")
        _check_growth([*normalizer, *splitter])
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
    return spec


def vocabulary_size(spec: dict[str, Any]) -> int:
    """The number of ids of a checked file: the highest + 1.

    >>> vocabulary_size({"model": {"vocab": {"a": 4}}, "added_tokens": [{"id": 6}]})
    7
    """
    vocabulary = spec["model"]["vocab"]
    ids = range(len(vocabulary)) if isinstance(vocabulary, list) else vocabulary.values()
    added = [token["id"] for token in spec.get("added_tokens") or ()]
    return int(max([*ids, *added])) + 1


def _check_model(model: Any) -> None:
    if not isinstance(model, dict):
        raise ValueError(f"model is {_short(model)}, expected an object with type and vocab")
    if model.get("type") not in MODELS:
        raise ValueError(f"model.type is {_short(model.get('type'))}, expected one of {MODELS}")
    vocabulary = model.get("vocab")
    if not vocabulary or not isinstance(vocabulary, dict | list):
        raise ValueError(f"model.vocab is {_short(vocabulary)}, expected tokens")
    if isinstance(vocabulary, list) != (model["type"] == "Unigram"):
        kind = type(vocabulary).__name__
        raise ValueError(f"model.vocab is a {kind}, which a {model['type']} does not have")
    if isinstance(vocabulary, dict):
        bad = next((t for t, i in vocabulary.items() if type(i) is not int or i < 0), None)
        if bad is not None:
            raise ValueError(f"model.vocab[{bad!r}] is {_short(vocabulary[bad])}, expected an id")
    if model["type"] == "BPE":
        _check_merges(model)


def _check_merges(model: dict[str, Any]) -> None:
    """The library cuts the prefix off a merge's right side by bytes, whatever stands there."""
    merges = model.get("merges")
    if not isinstance(merges, list):
        raise ValueError(f"model.merges is {_short(merges)}, expected a list")
    prefix = model.get("continuing_subword_prefix")
    if prefix is None or prefix == "":
        return
    if not isinstance(prefix, str) or not prefix.isascii():
        raise ValueError(f"model.continuing_subword_prefix is {prefix!r}, expected ASCII")
    for i, merge in enumerate(merges):
        right = merge.partition(" ")[2] if isinstance(merge, str) else _last(merge)
        if not right.startswith(prefix):
            raise ValueError(f"model.merges[{i}] is {_short(merge)}, expected {prefix!r} in front")


def _last(merge: Any) -> str:
    pair = isinstance(merge, list) and len(merge) == 2 and all(isinstance(t, str) for t in merge)
    return merge[1] if pair else ""


def _check_added(added: Any) -> None:
    if added is None:
        return
    if not isinstance(added, list):
        raise ValueError(f"added_tokens is {_short(added)}, expected a list")
    for i, token in enumerate(added):
        if not isinstance(token, dict):
            raise ValueError(f"added_tokens[{i}] is {_short(token)}, expected an object")
        if type(token.get("id")) is not int or token["id"] < 0:
            raise ValueError(f"added_tokens[{i}].id is {_short(token.get('id'))}, expected an id")
        if not isinstance(token.get("content"), str):
            content = _short(token.get("content"))
            raise ValueError(f"added_tokens[{i}].content is {content}, expected a text")


def _steps(part: Any, where: str, plural: str) -> list[Step]:
    if part is None:
        return []
    steps = list(_walk(part, where, plural, 0))
    if len(steps) > _MOST_STEPS:
        raise ValueError(f"{where} has {len(steps)} steps, expected at most {_MOST_STEPS}")
    return steps


def _walk(part: Any, where: str, plural: str, depth: int) -> Iterator[Step]:
    if not isinstance(part, dict) or not isinstance(part.get("type"), str):
        missing = "is missing" if isinstance(part, dict) and "type" not in part else "is no name"
        raise ValueError(f"{where}.type {missing}, expected what the step does")
    if part["type"] != "Sequence":
        yield where, part
        return
    inner = part.get(plural)
    if not isinstance(inner, list) or depth == _DEEPEST:
        raise ValueError(f"{where}.{plural} is {_short(inner)}, expected a list of steps")
    for i, step in enumerate(inner):
        yield from _walk(step, f"{where}.{plural}[{i}]", plural, depth + 1)


def _check_growth(steps: list[Step]) -> None:
    growth, after_unicode = 1.0, False
    for where, step in steps:
        step_growth = _growth(step, where)
        # One after the other, Unicode's forms and cases change hardly anything.
        if step_growth is not None or not after_unicode:
            growth *= _UNICODE_GROWTH if step_growth is None else step_growth
        after_unicode = step_growth is None
        if growth > MOST_GROWTH:
            raise ValueError(
                f"{where} and the steps before it may make {growth:.0f} bytes of one, "
                f"expected at most {MOST_GROWTH}"
            )


def _growth(step: dict[str, Any], where: str) -> float | None:
    """How many bytes a step may make of one; None for what only applies Unicode's own tables."""
    kind = step["type"]
    if kind == "Prepend":
        return 1 + _bytes(step, "prepend", where)
    if kind == "Replace":
        content, pattern = _bytes(step, "content", where), step.get("pattern")
        literal = pattern.get("String") if isinstance(pattern, dict) else None
        if isinstance(literal, str) and literal:
            return max(1.0, content / len(literal.encode("utf-8", "surrogatepass")))
        return 1 + content  # a pattern may match nothing, before each character
    if kind == "Precompiled":
        return _precompiled_growth(step.get("precompiled_charsmap"), where)
    if kind == "Metaspace":
        return 1 + _bytes(step, "replacement", where)
    if kind == "ByteLevel":
        return 4 if step.get("add_prefix_space", True) else 2
    return None if kind in _BY_UNICODE else 1


_BY_UNICODE = ("NFC", "NFD", "NFKC", "NFKD", "Nmt", "Lowercase", "StripAccents", "BertNormalizer")


def _precompiled_growth(encoded: Any, where: str) -> float:
    try:
        raw = base64.b64decode(encoded, validate=True)
        return charsmap_growth(raw)
    except (TypeError, binascii.Error) as error:
        message = f"{where}.precompiled_charsmap is {_short(encoded)}, expected Base64"
        raise ValueError(message) from error
    except ValueError as error:
        raise ValueError(f"{where}.precompiled_charsmap {error}") from error


def _bytes(step: dict[str, Any], key: str, where: str) -> int:
    if not isinstance(step.get(key), str):
        raise ValueError(f"{where}.{key} is {_short(step.get(key))}, expected a text")
    return len(step[key].encode("utf-8", "surrogatepass"))


def _short(value: Any) -> str:
    if value is None:
        return "missing"
    return f"a {type(value).__name__}" if isinstance(value, dict | list) else f"{value!r:.60}"
