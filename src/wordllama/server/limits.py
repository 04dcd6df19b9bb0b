"""How much a request may bring, and how a request that is not answered is told so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

CLUSTERS = 256
"""/cluster's k for `Limits.texts` texts; for fewer texts so much larger."""


@dataclass(frozen=True)
class Limits:
    """The most that a request, a connection, and all of them together may take of the server.

    >>> Limits(held_bytes=5)
    Traceback (most recent call last):
    ...
    ValueError: held_bytes is 5, so no body of body_bytes (16777216) would ever fit
    """

    body_bytes: int = 16 << 20
    texts: int = 2048
    """Texts (or token arrays) in a request; OpenAI's own limit."""
    characters: int = 1_000_000
    """Characters of a text, or tokens of a token array."""
    requests: int = 1024
    """Requests worked on at once; one more is refused with 503 and Retry-After."""
    held_bytes: int = 512 << 20
    """Memory for the bodies of all requests, as far as they have come, and for their answers, as
    far as they are not taken; one more is refused with 503 and Retry-After."""
    header_bytes: int = 64 << 10
    """Request line, headers and trailers of a request; more is refused with 431."""
    connections: int = 1000
    """Connections at once. One more takes the place of the one that has been idle longest; if none
    is idle, it is refused with 503."""
    request_seconds: int = 60
    """Time for a request to arrive whole (else 408), and for a client to take its answer."""
    idle_seconds: int = 60
    """Time that a connection may wait for its first or next request."""

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) < 1:
                raise ValueError(
                    f"{field.name} must be at least 1, not {getattr(self, field.name)}"
                )
        if self.held_bytes < self.body_bytes:
            raise ValueError(
                f"held_bytes is {self.held_bytes}, "
                f"so no body of body_bytes ({self.body_bytes}) would ever fit"
            )

    @property
    def strings(self) -> int:
        """Strings, arrays and objects in a body: documents may have keys that are ignored."""
        return 16 * self.texts + 1024

    @property
    def distances(self) -> int:
        """Texts times clusters that /cluster works out."""
        return CLUSTERS * self.texts

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

    def __init__(
        self, status: int, message: str, field: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field
        self.code = code
