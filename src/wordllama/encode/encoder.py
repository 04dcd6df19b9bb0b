"""Texts to vectors: the word table gives ids, ids give rows, the mean of the rows is the vector."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from wordllama import kernel
from wordllama.encode import cuts, tokenizing
from wordllama.kernel import Rows
from wordllama.texts import Texts

TABLE_BYTES = 256 << 20
MANY_PIECES = 1000  # unseen at once, which are tokenized faster as fewer, longer strings


class Encoder:
    """A model's rows and its tokenizer, or the tokenizer's file, or what reads that.

    The tokenizer is parsed when a text comes that the kernel can't tokenize by itself. With
    `skip_unknown` the unknown token is left out of the mean, as model2vec does. `languages` are
    those that the model was made for, as codes such as "en"; None if it is not known.
    """

    def __init__(
        self,
        rows: Rows,
        tokenizer: Tokenizer | str | bytes | Callable[[], str | bytes],
        *,
        skip_unknown: bool = False,
        table_bytes: int = TABLE_BYTES,
        languages: tuple[str, ...] | None = None,
    ) -> None:
        if table_bytes < 0:
            raise ValueError(f"table_bytes must be 0 or more, not {table_bytes}")
        self.rows = rows
        self.skip_unknown = skip_unknown
        self.languages = languages
        self._source = tokenizer
        self._table_bytes = table_bytes

    def __reduce__(self) -> tuple[Any, ...]:
        """For pickle and `copy`: rows and tokenizer; the word table is filled anew."""
        kept = self.rows, self.tokenizer_json, self.skip_unknown, self._table_bytes
        return _rebuilt, (*kept, self.languages)

    @property
    def dim(self) -> int:
        """Dimensions of a vector."""
        return int(self.rows.matrix.shape[1])

    @property
    def n_tokens(self) -> int:
        """How many token ids the rows know."""
        per_token = (self.rows.mapping, self.rows.scale, self.rows.matrix)
        return next(len(array) for array in per_token if array is not None)

    @cached_property
    def tokenizer_json(self) -> str | bytes:
        """The tokenizer's own file, which proves where texts may be cut."""
        if isinstance(self._source, Tokenizer):
            return self._source.to_str()
        return self._source if isinstance(self._source, str | bytes) else self._source()

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer, without padding or truncation; ValueError if it is for other rows."""
        if isinstance(self._source, Tokenizer):
            tokenizer = tokenizing.unpadded(self._source)
        else:
            tokenizer = tokenizing.parse(self.tokenizer_json)
        vocabulary = tokenizer.get_vocab_size(with_added_tokens=False)
        if vocabulary > self.n_tokens:
            raise ValueError(
                f"the tokenizer has {vocabulary} tokens but the model only {self.n_tokens} rows: "
                "they do not belong together"
            )
        return tokenizer

    @cached_property
    def cuts(self) -> kernel.Cuts:
        """Where texts may be cut (see `cuts`)."""
        return cuts.prove_cuts(cuts.read_spec(self.tokenizer_json))

    @cached_property
    def table(self) -> kernel.WordTable:
        """The word table; it fills as texts come."""
        spec = cuts.read_spec(self.tokenizer_json)
        self.cuts = cuts.prove_cuts(spec)
        rule = cuts.tokenizer_rule(spec, self.cuts, self.n_tokens, self.skip_unknown)
        try:
            return kernel.WordTable(self.cuts, self._tokenize, self._table_bytes, rule)
        except ValueError as error:
            raise ValueError(f"the tokenizer file can't be read: {error}") from error

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of all that a text's vector and tokens depend on, in hexadecimal."""
        digest = hashlib.sha256()
        for array in (self.rows.matrix, self.rows.scale, self.rows.mapping):
            if array is not None:
                digest.update(f"{array.dtype} {array.shape}".encode())
                digest.update(np.ascontiguousarray(array).view(np.uint8).data)
        json = self.tokenizer_json
        digest.update(json.encode() if isinstance(json, str) else json)
        digest.update(str(self.skip_unknown).encode())
        return digest.hexdigest()

    def token_ids(
        self, texts: list[str], threads: int = 0
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Ids (t,) of all texts in a row, and offsets (n + 1,) of each text's first."""
        return self.table.token_ids(texts, threads)

    def embed(
        self, texts: Texts, out: NDArray[Any], normalize: bool = False, threads: int = 0
    ) -> None:
        """Vectors of the texts into `out`: float32 (n, dim) or packed uint64 (n, dim / 64).

        `texts` is a list, or a column of strings that has Arrow's C data interface.
        """
        self.table.embed(texts, self.rows, out, normalize, threads)

    def token_vectors(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """The row of each id: (t, dim) float32."""
        out = np.empty((len(ids), self.dim), dtype=np.float32)
        kernel.pool(ids, np.arange(len(ids) + 1), self.rows, out)
        return out

    @cached_property
    def unknown(self) -> int | None:
        """The id of the token that stands for what the tokenizer does not know, if there is one."""
        model = cuts.read_spec(self.tokenizer_json)["model"]
        token = model.get("unk_token")
        return self.tokenizer.token_to_id(token) if token else model.get("unk_id")

    def with_unknown(self) -> Encoder:
        """An encoder whose `token_ids` have the unknown token where this one leaves it out."""
        kept = Encoder(self.rows, self._source, table_bytes=self._table_bytes // 4)
        kept.tokenizer = self.tokenizer  # it need not be parsed twice
        return kept

    @property
    def _skipped(self) -> int | None:
        return self.unknown if self.skip_unknown else None

    @cached_property
    def _piece_tokenizer(self) -> Tokenizer:
        return cuts.piece_tokenizer(self.tokenizer, self.cuts)

    @cached_property
    def _separator(self) -> tuple[str, int] | None:
        return cuts.separator(self._piece_tokenizer, self.cuts)

    def _ids_of(self, strings: list[str], whole: bool) -> list[list[int]]:
        mark = self._separator if not whole and len(strings) >= MANY_PIECES else None
        if mark and not any(mark[0] in piece for piece in strings):
            return cuts.tokenize_joined(self._piece_tokenizer, strings, mark)
        tokenizer = self.tokenizer if whole else self._piece_tokenizer
        encodings = tokenizer.encode_batch_fast(strings, add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    def _tokenize(self, strings: list[str], whole: bool) -> list[list[int]]:
        with tokenizing.as_value_error("the tokenizer can't tokenize the texts"):
            lists = self._ids_of(strings, whole)
        if self._skipped is not None:
            lists = [[i for i in ids if i != self._skipped] for ids in lists]
        if max(chain.from_iterable(lists), default=0) >= self.n_tokens:
            last = max(chain.from_iterable(lists))
            raise ValueError(
                f"token {self.tokenizer.id_to_token(last)!r} has id {last}, past the model's last "
                f"row ({self.n_tokens - 1}): the tokenizer does not belong to the model"
            )
        return lists


def _rebuilt(
    rows: Rows,
    tokenizer_json: str | bytes,
    skip_unknown: bool,
    table_bytes: int,
    languages: tuple[str, ...] | None,
) -> Encoder:
    return Encoder(
        rows,
        tokenizer_json,
        skip_unknown=skip_unknown,
        table_bytes=table_bytes,
        languages=languages,
    )
