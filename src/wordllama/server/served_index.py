"""An index behind the server: the threads that work on it, and its errors as refusals."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable
from typing import TypeVar

from wordllama.index import Index
from wordllama.opening import IndexFile
from wordllama.server.limits import RefusedError
from wordllama.server.refusals import FAILED
from wordllama.server.work import Work

log = logging.getLogger("wordllama.server")

T = TypeVar("T")


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
            raise RefusedError(422, str(error)) from None
