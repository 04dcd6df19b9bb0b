"""What an assistant may ask of an index, and what it is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp_types import CallToolResult
from pydantic import Field

from wordllama.index import Index
from wordllama.index.as_json import from_json
from wordllama.mcp import shown
from wordllama.mcp.results import Added, Deleted, Found, Id, Info, NewRecord, Records
from wordllama.opening import IndexFile
from wordllama.search import Mode

Query = Annotated[
    str,
    Field(
        description="What to look for, in plain words. A phrase in double quotes must occur, "
        "and a word after a minus sign must not."
    ),
]
K = Annotated[int, Field(ge=1, le=50, description="How many records to give at most.")]
ModeOf = Annotated[
    Mode, Field(description="hybrid: by meaning and words; vector: by meaning; keyword: by words.")
]
Where = Annotated[
    dict[str, Any] | None,
    Field(
        description="Only records whose fields meet this: {field: value}, {field: [values]}, or "
        "{field: {operator: value}} with = != < <= > >= in starts_with contains, such as "
        '{"year": {">=": 2024}}. '
        "`info` lists the fields."
    ),
]
Characters = Annotated[
    int, Field(ge=0, le=4000, description="Where to cut each text; `get` gives all of it.")
]
OneId = Annotated[Id, Field(description="The id of a record, as `search` gives it.")]
Ids = Annotated[list[Id], Field(min_length=1, max_length=100, description="Ids of records.")]
Page = Annotated[int, Field(ge=1, le=100_000, description="Characters of each text to give.")]


class Tools:
    """The tools of an index; what can't be done is told as a ToolError."""

    def __init__(self, file: IndexFile) -> None:
        self._file = file

    def search(
        self,
        query: Query,
        k: K = 8,
        mode: ModeOf = "hybrid",
        where: Where = None,
        characters: Characters = 800,
    ) -> Annotated[CallToolResult, Found]:
        """Find records of the user's documents that answer a query, best first."""
        with self._asked() as index:
            hits = index.search(query, k, mode, where=where)
            return shown.hits(hits, characters)

    def similar(
        self, id: OneId, k: K = 8, where: Where = None, characters: Characters = 800
    ) -> Annotated[CallToolResult, Found]:
        """Find records that are like a given one in meaning."""
        with self._asked() as index:
            hits = index.similar(_known(index, id), k, where=where)
            return shown.hits(hits, characters)

    def get(
        self,
        ids: Ids,
        start: Annotated[int, Field(ge=0, description="The first character to give.")] = 0,
        characters: Page = 20_000,
    ) -> Annotated[CallToolResult, Records]:
        """Read records whole, by their ids; long texts in parts."""
        with self._asked() as index:
            found = [index[_known(index, id)] for id in ids]
            return shown.records(found, start, characters)

    def info(self) -> Annotated[CallToolResult, Info]:
        """Say what is in the index: how many records, and their fields with kinds and examples."""
        with self._asked() as index:
            return shown.info(index, self._file)

    def add(
        self,
        records: Annotated[list[NewRecord], Field(min_length=1, max_length=1000)],
        skip_duplicates: Annotated[
            float | None,
            Field(
                ge=-1,
                le=1,
                description="Leave out records more similar than this (say 0.95) to one there is.",
            ),
        ] = None,
    ) -> Annotated[CallToolResult, Added]:
        """Add records to the index, all or none. A record whose id there is replaces that one."""
        with self._asked() as index:
            kinds = index.columns
            items = [
                from_json(each.text, each.id, each.fields, kinds, f"record {place}")
                for place, each in enumerate(records)
            ]
            return shown.added(index.add(items, text="text", skip_duplicates=skip_duplicates))

    def delete(self, ids: Ids) -> Annotated[CallToolResult, Deleted]:
        """Delete records by their ids, for good; unknown ids are refused."""
        with self._asked() as index:
            return shown.deleted(index.delete([_known(index, id) for id in ids]))

    def text(self, id: str) -> str:
        """The text of a record, for a resource."""
        index = self._file.current()
        try:
            return index[_known(index, id)].text
        except KeyError:
            raise ResourceNotFoundError(f"no record has the id {id!r}") from None

    @contextmanager
    def _asked(self) -> Iterator[Index]:
        try:
            yield self._file.current()
        except KeyError as error:
            raise ToolError(f"no record has the id {error.args[0]!r}; search gives ids") from None
        except (ValueError, TypeError, OSError) as error:
            self._file.is_at_fault(error)
            raise ToolError(str(error)) from error


def _known(index: Index, id: Id) -> Id:
    """The id as the index has it: assistants send "7" for 7; KeyError if it has neither."""
    if id in index:
        return id
    other: Id = str(id) if isinstance(id, int) else id
    if isinstance(id, str) and id.removeprefix("-").isdecimal() and len(id) < 20:
        other = int(id)
    if other in index:
        return other
    raise KeyError(id)
