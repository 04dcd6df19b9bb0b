"""The tokenizer that GGUF's metadata describes, as a `tokenizer.json` with the same ids."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from wordllama.encode.cuts import (
    DIGIT,
    DIGITS,
    FALCON_MARKS,
    GPT2,
    LLAMA3,
    MARKS,
    QWEN2,
    THREE_DIGITS,
)

PRETOKENIZERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("gpt-2", "phi-2", "jina-en", "mpt", "olmo", "jais", "trillion"), (GPT2,)),
    **dict.fromkeys(
        ("smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b"),
        (DIGIT, GPT2),
    ),
    **dict.fromkeys(("qwen2", "deepseek-r1-qwen", "stablelm2", "megrez", "hunyuan"), (QWEN2,)),
    **dict.fromkeys(("llama-bpe", "llama3", "llama-v3", "smaug-bpe", "dbrx"), (LLAMA3,)),
    "falcon": (FALCON_MARKS, GPT2, THREE_DIGITS),
    "default": (MARKS, GPT2, DIGITS, THREE_DIGITS),
}
"""`tokenizer.ggml.pre` -> the patterns that cut a text, one after the other, as llama.cpp does."""

_COMPOSED = ("qwen2", "deepseek-r1-qwen", "stablelm2", "megrez")
"""Those whose own tokenizers normalise to NFC first."""

_WHOLE = ("llama-bpe", "llama3", "llama-v3")
"""Those that take a piece that is a token as it is, whatever the merges say."""

_UNKNOWN, _CONTROL, _USER, _BYTE = 2, 3, 4, 6


def tokenizer_json(metadata: dict[str, Any], label: str) -> str:
    """A `tokenizer.json` from GGUF metadata: byte-level BPE or SentencePiece BPE.

    Raises:
        ValueError: no tokenizer in it, of another kind, or cut by rules that are not known; the
            message names the file and the key.
    """
    kind = metadata.get("tokenizer.ggml.model")
    tokens = metadata.get("tokenizer.ggml.tokens")
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise ValueError(f"{label}: tokenizer.ggml.tokens is missing or no list of strings")
    types = [1] * len(tokens)
    if "tokenizer.ggml.token_type" in metadata:
        types = list(map(int, _numbers(metadata, "tokenizer.ggml.token_type", len(tokens), label)))
    if kind == "gpt2":
        parts = _byte_level(metadata, tokens, label)
    elif kind == "llama":
        parts = _sentencepiece(metadata, tokens, types, label)
    else:
        raise ValueError(
            f"{label}: tokenizer.ggml.model is {kind!r}; read are 'gpt2' and 'llama', so name a "
            "tokenizer.json"
        )
    added = [
        {"id": i, "content": token, "special": kind in (_CONTROL, _UNKNOWN), "normalized": False}
        | {"single_word": False, "lstrip": False, "rstrip": False}
        for i, (token, kind) in enumerate(zip(tokens, types, strict=True))
        if kind in (_CONTROL, _USER) or (kind == _UNKNOWN and "unk_token" in parts["model"])
    ]
    whole = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added}
    return json.dumps(whole | parts, ensure_ascii=False)


def _numbers(metadata: dict[str, Any], key: str, count: int, label: str) -> list[float]:
    try:
        numbers = np.asarray(metadata.get(key), np.float64)
    except (TypeError, ValueError):
        numbers = np.empty(0)
    if numbers.shape != (count,) or not np.isfinite(numbers).all():
        raise ValueError(f"{label}: {key} is missing or not one number for each of {count} tokens")
    return [float(number) for number in numbers]


def _byte_level(metadata: dict[str, Any], tokens: list[str], label: str) -> dict[str, Any]:
    pre = metadata.get("tokenizer.ggml.pre", "default")
    if not isinstance(pre, str) or pre not in PRETOKENIZERS:
        raise ValueError(
            f"{label}: tokenizer.ggml.pre is {pre!r}; known are {', '.join(PRETOKENIZERS)}, so "
            "name a tokenizer.json"
        )
    merges = metadata.get("tokenizer.ggml.merges")
    if not isinstance(merges, list) or not all(isinstance(merge, str) for merge in merges):
        raise ValueError(f"{label}: tokenizer.ggml.merges is missing or no list of strings")
    cuts = [
        {"type": "Split", "pattern": {"Regex": cut}, "behavior": "Isolated", "invert": False}
        for cut in PRETOKENIZERS[pre]
    ]
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False}
    prefix = bool(metadata.get("tokenizer.ggml.add_space_prefix", False))
    last = level | {"add_prefix_space": prefix, "use_regex": False}
    return {
        "normalizer": {"type": "NFC"} if pre in _COMPOSED else None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [*cuts, last]},
        "post_processor": None,
        "decoder": level | {"use_regex": True},
        "model": _bpe(tokens, [_pair(merge) for merge in merges], ignore_merges=pre in _WHOLE),
    }


def _pair(merge: str) -> list[str]:
    """The two sides of a merge; the first may begin with a space, so the cut is a later one."""
    left, _, right = merge[1:].partition(" ")
    return [merge[:1] + left, right]


def _bpe(tokens: Sequence[str], merges: list[list[str]], **options: Any) -> dict[str, Any]:
    model = {"type": "BPE", "dropout": None, "unk_token": None, "fuse_unk": False}
    model |= {"continuing_subword_prefix": None, "end_of_word_suffix": None, "byte_fallback": False}
    vocabulary = {token: i for i, token in enumerate(tokens)}
    return model | options | {"vocab": vocabulary, "merges": merges}


def _sentencepiece(
    metadata: dict[str, Any], tokens: list[str], types: list[int], label: str
) -> dict[str, Any]:
    scores = _numbers(metadata, "tokenizer.ggml.scores", len(tokens), label)
    unknown = [token for token, kind in zip(tokens, types, strict=True) if kind == _UNKNOWN]
    prefix = bool(metadata.get("tokenizer.ggml.add_space_prefix", True))
    replace = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    steps = [{"type": "Prepend", "prepend": "▁"}, replace] if prefix else [replace]
    back = [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}]
    back += [{"type": "ByteFallback"}, {"type": "Fuse"}]
    strip = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
    ordinary = [kind not in (_UNKNOWN, _CONTROL, _BYTE) for kind in types]
    model = _bpe(
        tokens,
        merges_by_score(tokens, scores, ordinary),
        byte_fallback=_BYTE in types,
        fuse_unk=True,
        **({"unk_token": unknown[0]} if unknown else {}),
    )
    return {
        "normalizer": {"type": "Sequence", "normalizers": steps},
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {"type": "Sequence", "decoders": [*back, strip] if prefix else back},
        "model": model,
    }


def merges_by_score(
    tokens: Sequence[str], scores: Sequence[float], ordinary: Sequence[bool]
) -> list[list[str]]:
    """The merges that stand for SentencePiece's rule: join the pair whose token scores highest.

    Every way to cut an ordinary token into two tokens is a merge; they are ordered by the token's
    score, then by the ids of its sides.

    >>> merges_by_score(["a", "b", "ab", "aba"], [0, 0, -1, -2], [True] * 4)
    [['a', 'b'], ['ab', 'a']]
    """
    place = {token: i for i, token in enumerate(tokens)}
    usable = [token for token, use in zip(tokens, ordinary, strict=True) if use]
    merges = []
    for token in usable:
        cuts = ((token[:i], token[i:]) for i in range(1, len(token)))
        sides = [(a, b) for a, b in cuts if a in place and b in place]
        sides.sort(key=lambda pair: (place[pair[0]], place[pair[1]]))
        merges += [(-scores[place[token]], a, b) for a, b in sides]
    merges.sort(key=lambda merge: merge[0])
    return [[a, b] for _, a, b in merges]
