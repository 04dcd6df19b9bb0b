"""How much a request may bring, and how a request that is not answered is told so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The most that one request may bring, and the most requests at once."""

    body_bytes: int = 16 << 20
    texts: int = 2048
    """Texts (or token arrays) in a request; OpenAI's own limit."""
    characters: int = 1_000_000
    """Characters of a text, or tokens of a token array."""
    requests: int = 1024
    """Requests worked on at once; one more is refused with 503 and Retry-After."""

    def __post_init__(self) -> None:
        for name in ("body_bytes", "texts", "characters", "requests"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")

    def check(self, name: str, texts: Sequence[Sequence[object]]) -> None:
        """RefusedError (413) of too many texts, or of one that is too long.

        >>> Limits(texts=1).check("input", ["a", "b"])
        Traceback (most recent call last):
        ...
        wordllama.server.limits.RefusedError: input has 2 items; at most 1 are taken in one request
        """
        if len(texts) > self.texts:
            message = (
                f"{name} has {len(texts)} items; at most {self.texts} are taken in one request"
            )
            raise RefusedError(413, message, name)
        for i, text in enumerate(texts):
            if len(text) > self.characters:
                unit = "characters" if isinstance(text, str) else "tokens"
                raise RefusedError(
                    413, f"{name}[{i}] has {len(text)} {unit}; at most {self.characters}", name
                )


class RefusedError(Exception):
    """A request that is not answered: the HTTP status, why, and the field at fault."""

    def __init__(self, status: int, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field
