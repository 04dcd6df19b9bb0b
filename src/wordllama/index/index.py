"""The class a user holds: `Index`, records that are kept, and found by meaning and by words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal, cast, overload

import numpy as np
from numpy.typing import NDArray

from wordllama import coverage, keywords
from wordllama.arguments import at_least, check_threshold, is_one, one_text
from wordllama.encode.encoder import Encoder
from wordllama.index import checking, records
from wordllama.index.embedding import query_of
from wordllama.index.errors import explained
from wordllama.index.explaining import Explainer
from wordllama.index.exporting import to_arrow
from wordllama.index.filters import Filters, rows_meeting
from wordllama.index.memory import Allowed, Memory
from wordllama.index.opened import Opened
from wordllama.index.results import Added, Hit, Hits, Record, Synced
from wordllama.index.searching import Found, search
from wordllama.index.sources import Sources
from wordllama.index.store import Id, Store
from wordllama.index.where import Guard, Where
from wordllama.keywords import Bm25, Query
from wordllama.search import WEIGHT, Mode, check_mode, check_weight
from wordllama.texts import as_list, valid_unicode
from wordllama.vectors import Vectors, check_vectors, normalize

Arguments = Mapping[str, Any] | Sequence[Any] | None
Queries = str | Iterable[str] | NDArray[Any]
PAGE = 1024
"""Records read at once."""
TRIES = 3
"""How often a search begins anew when others delete what it found: the last time, it is in the way
of those who read."""


class Index:
    """Records in one file (or in memory), searched by meaning, by words, or by both.

    Made by `WordLlama.index`. Any number of processes may read while one writes; each sees what
    was committed before its call. One `add`, `delete` or `vacuum` is one transaction: after a crash
    all of it is there, or nothing. Threads may share an index, and so may the children of a fork;
    an index in a file is searched while another thread adds to it.

    >>> from wordllama import WordLlama
    >>> index = WordLlama.load("l2_words").index()
    >>> _ = index.add(["a red car", "heavy rain", "fresh bread"], ids=["a", "b", "c"])
    >>> index.search("weather", k=1).ids
    ['b']
    """

    def __init__(
        self,
        encoder: Encoder,
        path: str | PathLike[str] | None = None,
        *,
        binary: bool = False,
        read_only: bool = False,
        language: str | None = None,
        rebuild: bool = False,
        timeout: float = 30.0,
        bm25: Bm25 = Bm25(),  # noqa: B008  (frozen)
        model: tuple[str, int] = ("", 0),
    ) -> None:
        file = None if path is None else Path(fspath(path)).expanduser()
        if file is None and read_only:
            raise ValueError("read_only needs the path of an index")
        self.bm25 = bm25
        self._encoder = encoder
        self._opened = Opened(
            file,
            encoder,
            binary,
            read_only=read_only,
            language=language,
            rebuild=rebuild,
            timeout=timeout,
            model=model,
        )
        self._filters = Filters(self._opened)

    def __repr__(self) -> str:
        return f"Index({self._opened.name!r}: {len(self):,} records)"

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; nothing can be asked of the index any more."""
        self._opened.close()

    # -- what it holds ---------------------------------------------------------------------------

    def __len__(self) -> int:
        with self._opened.reading():
            return self._opened.memory.living

    def __contains__(self, id: object) -> bool:
        try:
            asked = records.check_ids([id])
        except (TypeError, ValueError):  # no record can have it
            return False
        with self._opened.reading() as store:
            return bool(store.rows_of(asked))

    def __iter__(self) -> Iterator[Record]:
        """The records as they are now, in the order in which they were added."""
        return self.records()

    def __getitem__(self, id: Id) -> Record:
        found = self.get(id)
        if found is None:
            raise KeyError(id)
        return found

    @overload
    def get(self, ids: Id) -> Record | None: ...
    @overload
    def get(self, ids: list[Any] | tuple[Any, ...]) -> list[Record | None]: ...
    def get(self, ids: Id | Iterable[Id]) -> Record | None | list[Record | None]:
        """The record of an id, None if there is none; of many ids a list."""
        asked = records.check_ids(ids)
        with self._opened.reading() as store:
            rows = store.rows_of(asked)
            found = store.records(list(rows.values()))
        listed = [Record(*found[rows[id]]) if id in rows else None for id in asked]
        return listed[0] if records.is_one(ids) else listed

    @property
    def columns(self) -> dict[str, str]:
        """Fields and their kinds: text, integer, real, boolean, date, datetime, blob or json.

        "null" is one that has no value yet.
        """
        with self._opened.reading() as store:
            return store.fields()

    @property
    def ids(self) -> list[Id]:
        """The ids, in the order of iteration and of `vectors`."""
        with self._opened.reading() as store:
            return store.ids()

    @property
    def vectors(self) -> Vectors:
        """The vectors in the order of iteration, read-only: int8 (n, dim), or packed uint64.

        A row of int8 has the direction of its text's vector, which is all that cosines know.
        Nothing is copied, unless records were deleted since the last `vacuum`.
        """
        with self._opened.reading():
            memory = self._opened.memory
        rows = memory.vectors if memory.allowed is None else memory.vectors[memory.alive > 0]
        view = rows.view()
        view.flags.writeable = False
        return view

    def embed(self, texts: str | Iterable[str]) -> Vectors:
        """Vectors as a search compares them: float32 (n, dim) of unit length, or packed uint64."""
        listed = [texts] if isinstance(texts, str) else as_list(texts)
        return query_of(listed, self._encoder, self._binary)

    def records(self, where: Where | None = None, where_args: Arguments = None) -> Iterator[Record]:
        """The records that meet a condition (see `search`), in the order in which they were added.

        All are as they were at the call, whatever is written meanwhile.

        >>> from wordllama import WordLlama
        >>> index = WordLlama.load("l2_words").index()
        >>> _ = index.add([{"text": "tea", "price": 2}, {"text": "wine", "price": 9}])
        >>> [record.text for record in index.records({"price": {">": 5}})]
        ['wine']
        """
        if self._opened.path is None:  # a snapshot would be a copy
            with self._opened.reading() as store:
                return iter(list(self._records(store, self._opened.guard, where, where_args)))
        found = self._streamed(self._opened.snapshot(), where, where_args)
        next(found)  # an error is raised now, and who does not go on closes the connection
        return cast(Iterator[Record], found)

    def _streamed(
        self, store: Store, where: Where | None, where_args: Arguments
    ) -> Iterator[Record | None]:
        """None, and the records of a snapshot, which is closed at the end."""
        with closing(store.connection), explained(self._opened.name):
            found = self._records(store, Guard(store.connection), where, where_args)
            yield None
            yield from found

    def _records(
        self, store: Store, guard: Guard, where: Where | None, where_args: Arguments
    ) -> Iterator[Record]:
        if where is None:
            rows = [row for (row,) in store.rows()]
        else:
            rows = rows_meeting(store, guard, where, where_args).tolist()
        return (
            Record(*found[row])
            for start in range(0, len(rows), PAGE)
            for found in [store.records(rows[start : start + PAGE])]
            for row in found
        )

    def to_arrow(self, vector: str = "vector") -> Any:
        """All records, as a stream of Arrow batches: to go on with them in another engine.

        A `pyarrow.RecordBatchReader` (extra `files`) with the columns `id`, `text`, the fields with
        their types (JSON as strings), and `vector`: float32 of unit length, or of a binary model
        its bits as uint8. Some thousand records are in memory at a time, and all are as they were
        at the call, whatever is written meanwhile. Ids are strings if any is; so are the datetimes
        of a field where some have a time zone and some have not.

        >>> from wordllama import WordLlama
        >>> index = WordLlama.load("l2_words").index()
        >>> _ = index.add([{"text": "tea", "price": 2}])
        >>> index.to_arrow().read_all().column_names
        ['id', 'text', 'price', 'vector']
        """
        return to_arrow(self._opened.snapshot, vector)

    def info(self) -> dict[str, Any]:
        """What there is to know of the index: its path, size, model, language, fields and files.

        "unfinished" are files that `sync` was interrupted at, or could read only in part.
        """
        with self._opened.reading() as store:
            about, path = store.about(), self._opened.path
            sources = Sources(store.connection).all()
            return {
                "path": None if path is None else str(path),
                "records": self._opened.memory.living,
                "bytes": 0 if path is None else path.stat().st_size,
                "model": about.get("model") or None,
                "model_sha256": about["model_sha256"],
                "dim": about["dim"],
                "binary": bool(about["binary"]),
                "language": about["language"],
                "columns": store.fields(),
                "files": len(sources),
                "unfinished": [source.name for source in sources if source.done is not None],
            }

    def check(self) -> list[str]:
        """What is damaged or does not agree, in sentences; an empty list if nothing is."""
        with self._opened.reading() as store:
            return checking.problems(store, self._encoder)

    # -- writing ---------------------------------------------------------------------------------

    def add(
        self,
        items: Any,
        ids: str | Iterable[Id] | None = None,
        *,
        text: str | Sequence[str] | None = None,
        skip_duplicates: float | None = None,
        progress: bool = False,
        check: bool = True,
    ) -> Added:
        """Add records in one transaction; a record whose id there is takes the other's place.

        items: texts; or dicts, a mapping of columns, a pandas, Polars or Arrow table, or what
            `wordllama.files.read` gives. A generator of any length is taken as it comes.
        ids: a list of str or int, or the name of the column that has them ("id" if there is one).
            Records without get numbers.
        text: the column with the text, or several, which are joined by line ends; else `text`, or
            the only column of strings. All other columns are kept as fields, with their types.
        skip_duplicates: leave out records more similar than this to one that is there, or to one
            before them; `Added.skipped` says to which.
        check: warn if the model does not read the texts, by a sample of them; of those that it does
            not read only exact copies are duplicates, and `Added.unread` says how many were added.

        Raises:
            TypeError, ValueError: a record that can't be kept; nothing is added then.
            TimeoutError: another process is writing, and has been for `timeout` seconds.
            OSError: the disk is full; nothing is added then.
        """
        if skip_duplicates is not None:
            check_threshold(skip_duplicates)
        from tqdm import tqdm

        bar = tqdm(unit=" records", unit_scale=True, disable=None if progress else True)
        watch = coverage.Watch(self._encoder)
        with bar, self._opened.writing() as change:
            known = change.store.text_columns()
            for batch in records.read(items, ids, text, known):
                if check:
                    watch.see(batch.texts)
                change.add(batch, skip_duplicates, check)
                bar.update(len(batch.texts))
            ids = change.added()
        coverage.warn(watch.finding)
        return Added(ids, change.replaced, change.skipped, change.unread)

    def sync(
        self,
        paths: str | PathLike[str] | Sequence[str | PathLike[str]],
        *,
        text: str | None = None,
        ids: str | None = None,
        limit: int = 1000,
        format: str | None = None,
        root: str | PathLike[str] | None = None,
        delete_gone: bool | Literal["all"] = True,
        skip_duplicates: float | None = None,
        dry_run: bool = False,
        progress: bool = False,
    ) -> Synced:
        """Take up files, folders and globs, and keep up with them: only what is new or changed.

        A file of records (JSONL, CSV, TSV, Parquet, Arrow) gives its records, with their fields.
        A document (Markdown, text, program text) gives chunks with the fields `file`, `heading`
        (titles of the sections around it, as "A > B"), `start` and `end` (its place in the text,
        of which each line ends with "\\n": `path.read_text("utf-8-sig")[start:end]`).
        A file's name begins with the folder that is given; ids are made of it ("docs/a.md#0" is the
        first chunk of a.md in docs), unless records have ids of their own.

        Small files are taken up together, large ones in parts: each in one transaction. A run that
        was killed goes on where it was. What is read is compared by SHA-256, where size or time of
        change differ; a changed file's records that are as before stay.

        text, ids: the columns of records with the text and the id (else "id", if there is one).
        limit: characters of a chunk.
        format: of all files ("text": a record a line); else their names tell.
        root: the folder that names begin from, for files of one name in different folders.
        delete_gone: delete the records of files that are no more, in the folders given; "all": also
            of a folder in which nothing is any more (else an error: its drive may be missing).
        skip_duplicates: as for `add`.
        dry_run: only say which files are new, changed and gone.

        Files that can't be read, are damaged or no text, or have fields of other types than other
        records, are left out, and what is known of them stays; `Synced.skipped` says why.

        Raises:
            FileNotFoundError: a path that is not there, and never was; a folder that became empty.
            ValueError: two files of one name, or two records of one id. What was taken up before
                stays.

        >>> from wordllama import WordLlama
        >>> letters = getfixture("tmp_path") / "letters"
        >>> letters.mkdir()
        >>> _ = (letters / "anna.md").write_text("The baby is well.")
        >>> index = WordLlama.load("l2_words").index()
        >>> print(index.sync(letters))
        1 file: 1 new; records: 1 added
        >>> index["letters/anna.md#0"].text
        'The baby is well.'
        >>> print(index.sync(letters))
        1 file: 1 unchanged
        """
        at_least(1, limit=limit)
        if not isinstance(delete_gone, bool) and delete_gone != "all":
            raise ValueError(f"delete_gone is {delete_gone!r}, expected True, False or 'all'")
        if skip_duplicates is not None:
            check_threshold(skip_duplicates)
        from wordllama.index import syncing
        from wordllama.index.taking_up import Reading

        listed = [paths] if isinstance(paths, str | PathLike) else list(paths)
        reading = Reading(text, ids, limit, format)
        return syncing.sync(
            self._opened, listed, reading, root, delete_gone, skip_duplicates, dry_run, progress
        )

    def delete(
        self,
        ids: Id | Iterable[Id] | None = None,
        *,
        where: Where | None = None,
        where_args: Arguments = None,
    ) -> int:
        """Delete the records with these ids, or that meet a condition; how many there were."""
        if (ids is None) == (where is None):
            raise ValueError("delete needs ids or where, and not both")
        if isinstance(where, Mapping) and not where:
            raise ValueError('where is empty, which all records meet; to delete all: where="1"')
        with self._opened.writing() as change:
            if ids is not None:
                return change.delete_ids(list(dict.fromkeys(records.check_ids(ids))))
            assert where is not None  # one of the two is there
            with self._opened.reading() as store:
                rows = rows_meeting(store, self._opened.guard, where, where_args)
            return change.delete_rows(rows)

    def vacuum(self) -> None:
        """Give back the room of deleted records. Searches may go on meanwhile.

        Raises TimeoutError, with nothing done, if a reader that `to_arrow` gave is open for longer
        than `timeout` seconds, here or in another process.
        """
        self._opened.vacuum()

    # -- searching -------------------------------------------------------------------------------

    @overload
    def search(
        self,
        query: str,
        k: int = ...,
        mode: Mode | None = ...,
        *,
        where: Where | None = ...,
        where_args: Arguments = ...,
        weight: float = ...,
        exact: bool = ...,
        operators: bool = ...,
    ) -> Hits: ...
    @overload
    def search(
        self,
        query: Queries,
        k: int = ...,
        mode: Mode | None = ...,
        *,
        where: Where | None = ...,
        where_args: Arguments = ...,
        weight: float = ...,
        exact: bool = ...,
        operators: bool = ...,
    ) -> Any: ...
    def search(
        self,
        query: Queries,
        k: int = 10,
        mode: Mode | None = None,
        *,
        where: Where | None = None,
        where_args: Arguments = None,
        weight: float = WEIGHT,
        exact: bool = False,
        operators: bool = True,
    ) -> Any:
        """The `k` records that answer the query best: `Hits`, or a list of them for many queries.

        query: a text, or texts; or a vector of this model, or an array of them.
        mode: "hybrid" (of texts), "vector" (of vectors), or "keyword", whose hits hold at least one
            word of the query.
        where: only records that meet this condition on their fields: SQL such as
            "year >= :y and section = :s", with the values in `where_args`; or a mapping such as
            {"section": "news", "year": {">=": 2020}}.
        weight: the share of the vectors in a hybrid score.
        exact: compare all vectors, not only those with the nearest signs.
        operators: whether "a phrase" in quotes must occur, and -word must not.

        >>> from wordllama import WordLlama
        >>> index = WordLlama.load("l2_words").index()
        >>> records = [{"text": "apple pie", "year": 2020}, {"text": "apple tart", "year": 1999}]
        >>> _ = index.add(records)
        >>> print(index.search("apples", where="year > ?", where_args=[2000]))
        1.000  0  apple pie
        >>> index.search("apple -pie").texts
        ['apple tart']
        """
        at_least(1, k=k)
        check_weight(weight)
        texts, queries = self._queries(query, mode)
        mode = mode or ("vector" if texts is None else "hybrid")
        asked = [Query("")] * len(queries) if texts is None else self._parsed(texts, operators)
        if texts is not None:
            queries = query_of([each.text for each in asked], self._encoder, self._binary)
        options = (k, mode, where, where_args, weight, exact)
        found = [
            self._hits(Asked(each, None if texts is None else each.text, vector), *options)
            for each, vector in zip(asked, queries, strict=True)
        ]
        return found[0] if is_one(query) else found

    def similar(
        self,
        id: Id,
        k: int = 10,
        mode: Mode = "vector",
        *,
        where: Where | None = None,
        where_args: Arguments = None,
        weight: float = WEIGHT,
        exact: bool = False,
    ) -> Hits:
        """The `k` records most similar to that of an id, itself left out; KeyError without it."""
        at_least(1, k=k)
        check_weight(weight)
        check_mode(mode)
        checked = records.check_ids([id])[0]
        return self._hits(checked, k, mode, where, where_args, weight, exact)

    # -- inside ----------------------------------------------------------------------------------

    @property
    def _binary(self) -> bool:
        return self._opened.layout.binary

    def _queries(
        self, query: Queries, mode: Mode | None
    ) -> tuple[list[str] | None, NDArray[Any] | list[None]]:
        """The texts, or None and the vectors."""
        if mode is not None:
            check_mode(mode)
        if isinstance(query, np.ndarray) and query.dtype.kind in "fu":
            if mode not in (None, "vector"):
                raise ValueError(f"mode is {mode!r}, but vectors have no words: give the texts")
            given = check_vectors(np.atleast_2d(query), "query")
            layout = self._opened.layout
            if given.shape[1] != layout.width or (given.dtype == np.uint64) != layout.binary:
                raise ValueError(
                    f"query must have {layout.width} numbers a vector, as the index has, "
                    f"not {given.dtype} of shape {given.shape}"
                )
            return None, given if layout.binary else normalize(given)
        texts = [query] if isinstance(query, str) else as_list(query, "query")
        return texts, [None] * len(texts)

    def _parsed(self, texts: list[str], operators: bool) -> list[Query]:
        whole = [valid_unicode(one_text(text, "query")) for text in texts]
        parsed = [keywords.parse(text) if operators else Query(text) for text in whole]
        for text, query in zip(whole, parsed, strict=True):
            if not query.text and query.excluded:
                raise ValueError(f"query says only what must not occur: {text!r}")
        return parsed

    def _hits(
        self,
        asked: Asked | Id,
        k: int,
        mode: Mode,
        where: Where | None,
        where_args: Arguments,
        weight: float,
        exact: bool,
    ) -> Hits:
        """The best for what is asked, or for the record of an id."""
        for turn in range(TRIES):
            with ExitStack() as stack:
                store = stack.enter_context(self._opened.reading())
                memory = self._opened.memory
                query = asked if isinstance(asked, Asked) else self._like(store, memory, asked)
                allowed = self._filters.allowed(store, memory, where, where_args, query.parsed)
                if turn < TRIES - 1:
                    stack.close()  # others go on while this searches
                if query.row is not None:
                    allowed = _all_but(memory, allowed, query.row)
                text, vector = query.text, query.vector
                terms = None if text is None else self._terms(text)
                most = 0 if text is not None and not text.strip() else min(k, len(memory))
                found = search(memory, vector, terms, most, mode, allowed, weight, self.bm25, exact)
                with self._opened.read_lock:
                    hits = self._read(self._opened.store, memory, found, text, terms)
            if len(hits) == len(found.places):
                break
        return hits

    def _like(self, store: Store, memory: Memory, id: Id) -> Asked:
        rows = store.rows_of([id])
        if not rows:
            raise KeyError(id, "no record has this id")
        (row,) = rows.values()
        text = store.records([row])[row][1]
        vector = memory.vectors[np.searchsorted(memory.rows, row)]
        return Asked(Query(text), text, vector if self._binary else normalize(vector), row)

    def _terms(self, text: str) -> NDArray[np.int32]:
        return self._opened.terms.of(self._encoder.token_ids([text])[0])

    def _read(
        self,
        store: Store,
        memory: Memory,
        found: Found,
        text: str | None,
        terms: NDArray[np.int32] | None,
    ) -> Hits:
        """The hits, without those that somebody has deleted since."""
        explain = Explainer(self._opened, memory, text, terms, self.bm25)
        rows = memory.rows[found.places].tolist()
        held = store.records(rows)
        nothing = [None] * len(rows)
        vector, keyword = (
            nothing if part is None else part.tolist()
            for part in (found.vector_scores, found.keyword_scores)
        )
        hits = []
        for i, row in enumerate(rows):
            if row in held:
                id, shown, fields = held[row]
                score = float(found.scores[i])
                hits.append(Hit(id, score, vector[i], keyword[i], shown, fields, explain))
        return Hits(hits)


@dataclass(frozen=True)
class Asked:
    """What is searched for."""

    parsed: Query
    text: str | None
    """None of a vector."""
    vector: NDArray[Any]
    row: int | None = None
    """Of the record that it is itself, which is no hit."""


def _all_but(memory: Memory, allowed: Allowed | None, row: int) -> Allowed:
    mask = np.ones(len(memory), np.uint8) if allowed is None else allowed.mask.copy()
    mask[memory.places(np.array([row]))] = 0
    return Allowed(mask)
