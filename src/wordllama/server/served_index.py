"""An index behind the server: the threads that work on it, and its errors as refusals."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from wordllama.index import Index
from wordllama.keywords import parse
from wordllama.opening import IndexFile
from wordllama.server.limits import RefusedError
from wordllama.server.refusals import FAILED
from wordllama.server.work import Work

log = logging.getLogger("wordllama.server")

PHRASES = 64
"""Phrases and -words of a request: all texts may have to be looked through for each."""
SAID = 500
"""Characters of an error that are repeated: some hold the whole condition."""

T = TypeVar("T")


def check_phrases(queries: Iterable[str]) -> None:
    """RefusedError (413) of too many phrases that must or must not occur.

    >>> check_phrases(['"a phrase" -word'] * 1000)
    >>> check_phrases(f'"phrase {n}"' for n in range(1000))
    Traceback (most recent call last):
    ...
    wordllama.server.limits.RefusedError: query has 1000 different phrases ... at most 64
    """
    parsed = [parse(query) for query in queries]
    phrases = {phrase for query in parsed for phrase in (*query.required, *query.excluded)}
    if len(phrases) > PHRASES:
        message = f"query has {len(phrases)} different phrases and excluded words; at most"
        raise RefusedError(413, f"{message} {PHRASES}", "query")


class ServedIndex:
    """An index and the threads that work on it: many that read, and one that writes."""

    def __init__(self, file: IndexFile) -> None:
        self.file = file
        self._reading, self._writing = Work(), Work(1)

    @property
    def busy(self) -> bool:
        """Whether a thread still works."""
        return self._reading.running or self._writing.running

    async def read(self, function: Callable[[Index], T]) -> T:
        """What the function gives of the index as it is now; RefusedError says why it gives none.

        KeyError says that there is no such record.
        """
        return await self._reading.run(self._asked, function)

    async def write(self, function: Callable[[Index], T]) -> T:
        """As `read`, one after the other; RefusedError (403) where the index is only read."""
        if self.file.read_only:
            raise RefusedError(403, "the index is served with --read-only")
        return await self._writing.run(self._asked, function)

    def _asked(self, function: Callable[[Index], T]) -> T:
        try:
            return function(self.file.current())
        except KeyError as error:
            raise RefusedError(404, f"no record has the id {error.args[0]!r}", "id") from None
        except TimeoutError:
            message = "another process is writing to the index; try again in a second"
            raise RefusedError(503, message) from None
        except OSError as error:
            log.exception("the index can't be used")
            if error.errno == errno.ENOSPC:
                raise RefusedError(507, "the disk is full; nothing was changed") from None
            raise RefusedError(FAILED.status, FAILED.message) from None
        except (ValueError, TypeError) as error:
            if self.file.is_at_fault(error):
                log.exception("the index can't be used")
                raise RefusedError(FAILED.status, FAILED.message) from None
            said = str(error)
            raise RefusedError(422, f"{said[:SAID]}..." if len(said) > SAID else said) from None
