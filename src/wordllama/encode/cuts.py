"""Texts to token ids: where a tokenizer lets a text be cut, proved from its own file.

A tokenizer's ids for a text are its pieces' ids in a row as long as no token reaches across a cut.
So each distinct piece is tokenized once and looked up ever after (the kernel's `WordTable`).

- **BPE without a pre-tokenizer** (Llama 2): every merge joins two tokens, the last character of one
  to the first of the next. Between two characters that no merge joins in this way, no token can
  reach, whatever stands around them; characters outside the vocabulary become byte tokens, which
  never merge.
- **A pre-tokenizer that always splits there** (byte-level BPE, WordPiece, Metaspace): before a
  single space with a non-space on both sides.
- Where neither can be proved, whole texts are tokenized.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from wordllama.kernel import Bpe, ByteBpe, Cuts, TokenizerRule, WordPiece

# Patterns of byte-level BPEs. Each starts a new match at a single space between two non-spaces: no
# alternative lets a match begun earlier end with that space, and none looks at what stands before.
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace("{1,3}", "")
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_CASED = rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+%s|[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*%s"
_TAIL = r" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
O200K = _CASED.replace("%s", "(?i:'s|'t|'re|'ve|'m|'ll|'d)?") + r"|\p{N}{1,3}|" + _TAIL  # gpt-oss
TEKKEN = _CASED.replace("%s", "") + r"|\p{N}|" + _TAIL  # Mistral
# Those that others of these stand behind or before: what they split off holds no space.
DIGIT, DIGITS, THREE_DIGITS = r"\p{N}", r"\p{N}+", "[0-9][0-9][0-9]"
FALCON_MARKS, MARKS = r"[\p{P}\$\+<=>\^~\|`]+", r"[\p{P}\$\+<=>\^~\|]+"

_SPACE_SPLITTING = frozenset({GPT2, LLAMA3, QWEN2, O200K, TEKKEN})
_SPACELESS = frozenset({DIGIT, DIGITS, THREE_DIGITS, FALCON_MARKS, MARKS})
_KERNEL_SPLITTINGS = {  # patterns in a row -> the kernel's splitting, how many digits go together
    (GPT2,): ("gpt2", 0),
    (DIGIT, GPT2): ("digits", 1),
    (DIGITS, GPT2): ("digits", 0),
    (LLAMA3,): ("llama3", 3),
    (QWEN2,): ("llama3", 1),
}

_BYTES = frozenset(f"<0x{byte:02X}>" for byte in range(256))
_BLANKS = frozenset(chr(256 + ord(blank)) for blank in "\t\n\r ")  # as byte-level BPE writes them
_PLAIN_BYTES = _BLANKS | frozenset(map(chr, range(33, 127)))
PIECES_A_STRING = 64  # tokenized as one; longer strings take their merges' own time


def prove_cuts(spec: dict[str, Any]) -> Cuts:
    """Where texts may be cut for the tokenizer that `spec` (a parsed tokenizer.json) describes.

    >>> spec = {"model": {"type": "WordPiece"}, "pre_tokenizer": {"type": "BertPreTokenizer"}}
    >>> prove_cuts(spec).kind
    'spaces'
    >>> prove_cuts({"model": {"type": "Unigram"}, "pre_tokenizer": None}).kind
    'whole'
    """
    added = spec.get("added_tokens") or []
    specials = tuple(token["content"] for token in added)
    normalizer = _steps(spec.get("normalizer"), "normalizers")
    splitters = _steps(spec.get("pre_tokenizer"), "pretokenizers")
    model = spec["model"]
    if any(_may_be_disguised(token, normalizer) for token in added):
        return Cuts("whole")
    replaced = _prefix_and_space(normalizer)
    if replaced and _harmless(splitters, replaced[1]) and _merges_locally(model):
        return Cuts("adjacent", _joined(model), *replaced, specials)
    if _splits_at_spaces(normalizer, splitters, model):
        return Cuts("spaces", specials=specials)
    return Cuts("whole")


def tokenizer_rule(
    spec: dict[str, Any], cuts: Cuts, n_tokens: int, skip_unknown: bool = False
) -> TokenizerRule | None:
    """How the kernel may tokenize the pieces itself; None where it may not.

    `cuts` are proved from the same `spec`; None too where an id is not below `n_tokens`, since it
    is the tokenizer that says what is wrong.
    """
    model = spec["model"]
    if cuts.kind == "whole" or model["type"] not in ("BPE", "WordPiece"):
        return None
    ids = model["vocab"].values()
    if not ids or len(ids) > n_tokens or not 0 <= min(ids) <= max(ids) < n_tokens:
        return None
    if model["type"] == "WordPiece":
        return _word_piece(spec, skip_unknown)
    if not _one_id_a_token(model):
        return None
    if cuts.kind == "spaces":
        return None if model.get("unk_token") and skip_unknown else _byte_bpe(spec)
    bpe = _bpe(model)
    return None if bpe and bpe.unknown is not None and skip_unknown else bpe


def _word_piece(spec: dict[str, Any], skip_unknown: bool) -> WordPiece | None:
    model = spec["model"]
    normalizer = _steps(spec.get("normalizer"), "normalizers")
    splitters = _steps(spec.get("pre_tokenizer"), "pretokenizers")
    # What else BertNormalizer does, it does to other characters than the kernel's.
    if [step["type"] for step in normalizer] not in ([], ["BertNormalizer"]):
        return None
    unknown = model["vocab"].get(model.get("unk_token", "[UNK]"))
    if [step["type"] for step in splitters] != ["BertPreTokenizer"] or unknown is None:
        return None
    return WordPiece(
        model["vocab"],
        inner=model.get("continuing_subword_prefix", "##"),
        unknown=None if skip_unknown else unknown,
        longest_word=model.get("max_input_chars_per_word", 100),
        lowercase=any(step["lowercase"] for step in normalizer),
    )


def _bpe(model: dict[str, Any]) -> Bpe | None:
    vocabulary, merges = model["vocab"], _merge_lines(model)
    if merges is None:
        return None
    if model.get("byte_fallback"):
        return Bpe(vocabulary, merges) if vocabulary.keys() >= _BYTES else None
    unknown = vocabulary.get(model["unk_token"])
    return None if unknown is None else Bpe(vocabulary, merges, unknown)


def _byte_bpe(spec: dict[str, Any]) -> ByteBpe | None:
    model, merges = spec["model"], _merge_lines(spec["model"])
    splitters = _steps(spec.get("pre_tokenizer"), "pretokenizers")
    splitting = _KERNEL_SPLITTINGS.get(_byte_level_patterns(splitters))
    alters = ("dropout", "continuing_subword_prefix", "end_of_word_suffix")
    if splitting is None or splitters[-1].get("add_prefix_space", True) or merges is None:
        return None
    if any(model.get(key) for key in alters) or not model["vocab"].keys() >= _PLAIN_BYTES:
        return None
    return ByteBpe(model["vocab"], merges, *splitting, bool(model.get("ignore_merges")))


def piece_tokenizer(tokenizer: Tokenizer, cuts: Cuts) -> Tokenizer:
    """What turns the pieces that `cuts` makes into ids, with the model of `tokenizer`."""
    # Pieces cut at "adjacent" characters are normalised already: only the model is left to run.
    return Tokenizer(tokenizer.model) if cuts.kind == "adjacent" else tokenizer


def separator(tokenizer: Tokenizer, cuts: Cuts) -> tuple[str, int] | None:
    """A character that no merge joins to another, and its id; None where there is none.

    Between pieces in a row it leaves each its own ids, so that many are tokenized as one string.
    """
    if cuts.kind != "adjacent":
        return None
    joined = set("".join(cuts.joined)) | {tokenizer.model.unk_token}
    vocabulary = tokenizer.get_vocab(with_added_tokens=False).items()
    alone = [(token, i) for token, i in vocabulary if len(token) == 1 and token not in joined]
    return max(alone, key=lambda found: found[1], default=None)  # the last is the rarest


def tokenize_joined(
    tokenizer: Tokenizer, pieces: list[str], separator: tuple[str, int]
) -> list[list[int]]:
    """The ids of each piece, from strings of many pieces; no piece may hold the separator."""
    mark, mark_id = separator
    rows = [pieces[i : i + PIECES_A_STRING] for i in range(0, len(pieces), PIECES_A_STRING)]
    lists = []
    for encoding in tokenizer.encode_batch_fast(
        [mark.join(row) + mark for row in rows], add_special_tokens=False
    ):
        ids, start = encoding.ids, 0
        while start < len(ids):
            end = ids.index(mark_id, start)
            lists.append(ids[start:end])
            start = end + 1
    return lists


def read_spec(tokenizer_json: str | bytes) -> dict[str, Any]:
    """The tokenizer's file as a dictionary; ValueError if it is not one.

    >>> read_spec("{}")
    Traceback (most recent call last):
    ...
    ValueError: the tokenizer file is not a tokenizers JSON file: it has no "model"
    """
    try:
        spec = json.loads(tokenizer_json)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the tokenizer file is not JSON: {error}") from error
    if not isinstance(spec, dict) or not isinstance(spec.get("model"), dict):
        raise ValueError('the tokenizer file is not a tokenizers JSON file: it has no "model"')
    return spec


def _steps(part: dict[str, Any] | None, plural: str) -> list[dict[str, Any]]:
    if part is None:
        return []
    if part["type"] == "Sequence":
        return [step for inner in part[plural] for step in _steps(inner, plural)]
    return [part]


def _may_be_disguised(token: dict[str, Any], normalizer: list[dict[str, Any]]) -> bool:
    """Whether a text that does not hold the added token may still match it once normalised."""
    if not token.get("normalized") or not normalizer:
        return False
    changes_spaces_only = all(step["type"] in ("Prepend", "Replace") for step in normalizer)
    return not changes_spaces_only or bool(re.search(r"[\s▁]", token["content"]))


def _prefix_and_space(normalizer: list[dict[str, Any]]) -> tuple[str, str] | None:
    """(what is put before the text, what a space becomes), or None if the normaliser does more."""
    prefix, space = "", " "
    for step in normalizer:
        if step["type"] == "Prepend" and space == " ":
            prefix = step["prepend"]
        elif (
            step["type"] == "Replace"
            and step["pattern"] == {"String": " "}
            and len(step["content"]) == 1
            and space == " "
        ):
            space = step["content"]
        else:
            return None
    return (prefix.replace(" ", space), space) if len(prefix) <= 1 else None


def _harmless(splitters: list[dict[str, Any]], space: str) -> bool:
    """Whether the pre-tokenizer never splits, as one that looks for spaces that are gone."""
    return all(
        step["type"] == "Split" and step["pattern"] == {"String": " "} and space != " "
        for step in splitters
    )


def _merges_locally(model: dict[str, Any]) -> bool:
    if model["type"] != "BPE" or model.get("dropout") or model.get("ignore_merges"):
        return False
    if not _one_id_a_token(model):
        return False
    if model.get("continuing_subword_prefix") or model.get("end_of_word_suffix"):
        return False
    has_bytes = model.get("byte_fallback", False) and model["vocab"].keys() >= _BYTES
    # Unknown characters in a row become one token where they are fused; where they have no token
    # they vanish, and their neighbours meet.
    if not has_bytes and (model.get("fuse_unk") or not model.get("unk_token")):
        return False
    unknown = model.get("unk_token")
    lines = _merge_lines(model)
    if lines is not None and "<0x" not in lines and (not unknown or unknown not in lines):
        return True
    never_merged = _BYTES | {unknown}
    return not any(part in never_merged for merge in _merges(model) for part in merge)


def _one_id_a_token(model: dict[str, Any]) -> bool:
    """Whether no two tokens share an id; `tokenizers` merges ids, so they would share merges."""
    ids = model["vocab"].values()
    return len(set(ids)) == len(ids)


def _joined(model: dict[str, Any]) -> frozenset[str]:
    """The last character of a merge's left part and the first of its right, of all merges."""
    lines = _merge_lines(model)
    if lines is None:
        return frozenset(left[-1] + right[0] for left, right in _merges(model) if left and right)
    points = _code_points(lines)
    (gaps,) = np.nonzero(points == ord(" "))
    pairs = points[gaps - 1].astype(np.uint64) << np.uint64(32) | points[gaps + 1]
    return frozenset(chr(pair >> 32) + chr(pair & 0xFFFFFFFF) for pair in set(pairs.tolist()))


def _merge_lines(model: dict[str, Any]) -> str | None:
    """The merges as lines of "left right"; None where a token is empty or holds what parts them."""
    merges = model["merges"]
    if not merges:
        return ""
    strings = set(map(type, merges)) == {str}
    lines = "\n".join(merges if strings else map(" ".join, _merges(model)))
    points = _code_points(f"\n{lines}\n")
    (parting,) = np.nonzero((points == ord(" ")) | (points == ord("\n")))
    plain = len(parting) == 2 * len(merges) + 1 and bool(np.all(np.diff(parting) > 1))
    return lines if plain and bool(np.all(points[parting[1::2]] == ord(" "))) else None


def _code_points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def _merges(model: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for merge in model["merges"]:
        left, right = merge.split(" ") if isinstance(merge, str) else merge
        yield left, right


def _byte_level_patterns(splitters: list[dict[str, Any]]) -> tuple[str, ...]:
    """The patterns that cut words for byte-level BPE, one after the other; else ()."""
    if not splitters or splitters[-1]["type"] != "ByteLevel":
        return ()
    patterns = []
    for step in splitters[:-1]:
        if step["type"] == "Digits":
            patterns.append(DIGIT if step["individual_digits"] else DIGITS)
            continue
        pattern = step["pattern"].get("Regex", "") if step["type"] == "Split" else ""
        handling = (step.get("behavior"), step.get("invert"))
        keeps_all = pattern in _SPACE_SPLITTING and handling == (
            "Removed",
            True,
        )  # what is not matched
        if handling != ("Isolated", False) and not keeps_all:
            return ()
        patterns.append(pattern)
    return (*patterns, GPT2) if splitters[-1].get("use_regex", True) else tuple(patterns)


def _splits_at_spaces(
    normalizer: list[dict[str, Any]], splitters: list[dict[str, Any]], model: dict[str, Any]
) -> bool:
    normalizers = {step["type"] for step in normalizer}
    types = [step["type"] for step in splitters]
    if types in (["BertPreTokenizer"], ["Whitespace"], ["WhitespaceSplit"]):
        return normalizers <= {"BertNormalizer", "Lowercase", "StripAccents", "NFC", "NFD"}
    if not normalizers <= {"NFC"}:
        return False
    patterns = frozenset(_byte_level_patterns(splitters))
    if patterns & _SPACE_SPLITTING and patterns <= _SPACE_SPLITTING | _SPACELESS:
        return True
    if types == ["Metaspace"] and len(splitters[0]["replacement"]) == 1:
        mark = splitters[0]["replacement"]
        if splitters[0].get("split", True):
            return True
        return _merges_locally(model) and not any(
            left[-1] != mark and right[0] == mark for left, right in _merges(model)
        )
    return False
