"""The library `tokenizers` behind one door: what it raises, its panics too, is a ValueError."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tokenizers import Encoding, Tokenizer, decoders


@contextmanager
def as_value_error(message: str) -> Iterator[None]:
    """Raise what the library raises in this block as ValueError with a message before its own.

    It raises bare Exception, and PanicException, which is no Exception, where its Rust code
    panics: at a pattern that takes too many steps, a damaged map of characters and the like.

    >>> with as_value_error("the tokenizer file can't be read"):
    ...     Tokenizer.from_str('{"model": {"type": "BPE", "vocab": {}, "merges": []}, "x": 1}')
    Traceback (most recent call last):
    ...
    ValueError: the tokenizer file can't be read: ...
    """
    try:
        yield
    except Exception as error:
        raise ValueError(f"{message}: {error}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError(f"{message}: {error}") from error


def parse(tokenizer_json: str | bytes, file: object = "the tokenizer file") -> Tokenizer:
    """The tokenizer in a tokenizer.json, which pads and cuts nothing; else ValueError names it."""
    with as_value_error(f"{file} can't be read"):
        text = tokenizer_json if isinstance(tokenizer_json, str) else tokenizer_json.decode()
        return unpadded(Tokenizer.from_str(text))


def unpadded(tokenizer: Tokenizer) -> Tokenizer:
    """The same tokenizer, which pads and cuts nothing from now on."""
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def encoded(
    tokenizer: Tokenizer, texts: Sequence[str], add_special_tokens: bool = False
) -> list[Encoding]:
    """The encoding of each text; ValueError where the tokenizer can't."""
    with as_value_error("the tokenizer can't tokenize the texts"):
        return tokenizer.encode_batch(list(texts), add_special_tokens=add_special_tokens)


def token_texts(tokenizer: Tokenizer, ids: Sequence[int]) -> list[str]:
    """What the tokenizer makes of each id alone; ValueError where it can't."""
    with as_value_error("the tokenizer can't make texts of its tokens"):
        return tokenizer.decode_batch([[i] for i in ids])


def piece_texts(tokenizer: Tokenizer, ids: Sequence[int]) -> list[str]:
    """What each token stands for within a text, without marks of where a word begins or goes on.

    A part of a character is U+FFFD.
    """
    (spaced,) = encoded(tokenizer, [" x"])
    if spaced.tokens[:1] == ["Ġx"]:  # a byte-level BPE, which may lack a decoder
        tokens = [tokenizer.id_to_token(i) or "" for i in ids]
        return [decoders.ByteLevel().decode([token]).strip() for token in tokens]
    inner = getattr(tokenizer.model, "continuing_subword_prefix", None) or ""
    texts = token_texts(tokenizer, ids)
    return [text.removeprefix(inner).strip(" \u2581") for text in texts]
