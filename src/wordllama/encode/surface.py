"""What a token stands for in a text, whichever tokenizer it comes from; and the way back."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from tokenizers import Tokenizer

from wordllama.encode.tokenizing import as_value_error, encoded, parse

_BYTE = re.compile(r"<0x([0-9A-F]{2})>$")


def byte_characters() -> dict[str, int]:
    """The character that byte-level BPE writes for each byte, and the byte.

    >>> byte_characters()["Ġ"]
    32
    """
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    table = {chr(byte): byte for byte in printable}
    return table | {chr(256 + i): byte for i, byte in enumerate(others)}


def style(held: dict[str, Any]) -> str:
    """How a `tokenizer.json` writes words: "bytes" (Ġword), "words" (word, ##s), "space" (▁)."""
    if held["model"].get("type") == "WordPiece" or held["model"].get("continuing_subword_prefix"):
        return "words"
    written = json.dumps([held.get("pre_tokenizer"), held.get("decoder")])
    return "bytes" if '"ByteLevel"' in written else "space"


def surfaces(tokenizer_json: str) -> dict[int, str]:
    """Token id -> its text, a leading space where a word begins; control tokens are left out.

    >>> held = {"model": {"type": "WordPiece", "vocab": {"play": 0, "##ing": 1}}}
    >>> surfaces(json.dumps(held))
    {0: ' play', 1: 'ing'}
    """
    held = json.loads(tokenizer_json)
    vocabulary = held["model"]["vocab"]
    pairs = (
        [(token, i) for i, (token, _) in enumerate(vocabulary)]
        if isinstance(vocabulary, list)
        else vocabulary.items()
    )
    special = {token["id"] for token in held.get("added_tokens") or () if token.get("special")}
    kind, table = style(held), byte_characters()
    texts = {i: _surface(token, kind, table) for token, i in pairs if i not in special}
    plain = [t for t in held.get("added_tokens") or () if not t.get("special")]
    texts |= {token["id"]: token["content"] for token in plain}
    return {i: text for i, text in texts.items() if text}


def _surface(token: str, kind: str, table: dict[str, int]) -> str | None:
    if kind == "words":
        return token[2:] if token.startswith("##") else " " + token
    if kind == "space":
        byte = _BYTE.match(token)
        if byte:
            code = int(byte[1], 16)
            return chr(code) if code < 128 else None
        return token.replace("▁", " ")
    try:
        return bytes(table[character] for character in token).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return None


def ids_by_surface(tokenizer_json: str, texts: Sequence[str | None]) -> list[list[int]]:
    """The ids that a tokenizer gives for each text standing where it stands; [] for None.

    A text without a leading space is the inside of a word.
    """
    held = json.loads(tokenizer_json)
    tokenizer, kind = parse(tokenizer_json), style(held)
    unknown = held["model"].get("unk_token")
    if unknown is None and isinstance(held["model"].get("unk_id"), int):
        unknown = held["model"]["vocab"][held["model"]["unk_id"]][0]
    nothing = tokenizer.token_to_id(unknown) if unknown else None
    if kind == "bytes":
        tokenizer.pre_tokenizer = _without_prefix(held)
    return [
        [i for i in _ids(tokenizer, kind, text) if i != nothing] if text else [] for text in texts
    ]


def _ids(tokenizer: Tokenizer, kind: str, text: str) -> list[int]:
    if kind == "space":
        with as_value_error("the tokenizer can't tokenize its own tokens"):
            return [token.id for token in tokenizer.model.tokenize(text.replace(" ", "▁"))]
    if kind == "words" and not text.startswith(" "):
        inside = tokenizer.token_to_id("##" + text)
        if inside is not None:
            return [inside]
    ids: list[int] = encoded(tokenizer, [text])[0].ids
    return ids


def _without_prefix(held: dict[str, Any]) -> Any:
    """The pre-tokenizer, no space put before a text."""
    written = json.dumps(held["pre_tokenizer"])
    written = written.replace('"add_prefix_space": true', '"add_prefix_space": false')
    whole = {"version": "1.0", "model": {"type": "BPE", "vocab": {}, "merges": []}}
    whole["pre_tokenizer"] = json.loads(written)
    return Tokenizer.from_str(json.dumps(whole)).pre_tokenizer
