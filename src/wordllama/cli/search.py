"""`wordllama search`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, cast

from typer import Argument, Option

from wordllama import search
from wordllama.cli.bundles import WRITING, Writing
from wordllama.cli.corpus import corpus
from wordllama.cli.found import printed, records
from wordllama.cli.options import Column, From, Output

if TYPE_CHECKING:
    from wordllama.index import Hits, Index


def command(
    index: Annotated[str, Argument(help="The index, as wordllama index writes it.")],
    query: Annotated[
        str | None,
        Argument(help='What to look for; "a phrase" must occur, -word must not (first, after --).'),
    ] = None,
    queries: Annotated[
        list[str] | None, Option("--queries", "-q", help="A file of queries; repeat it for more.")
    ] = None,
    like: Annotated[
        str | None, Option("--like", help="Look for records like the one with this id.")
    ] = None,
    k: Annotated[int, Option("--k", "-k", min=1, help="How many records for each query.")] = 10,
    mode: Annotated[
        str | None,
        Option("--mode", help="hybrid, vector or keyword (default: hybrid; vector for --like)."),
    ] = None,
    where: Annotated[
        str | None,
        Option("--where", help="Only records that meet this condition on their fields, in SQL."),
    ] = None,
    where_arg: Annotated[
        list[str] | None,
        Option("--where-arg", help="NAME=VALUE for :NAME in --where; repeat it for more."),
    ] = None,
    weight: Annotated[
        float, Option("--weight", min=0, max=1, help="The share of the vectors in a hybrid score.")
    ] = search.WEIGHT,
    exact: Annotated[
        bool, Option("--exact", help="Compare all vectors, not only those with the nearest signs.")
    ] = False,
    operators: Annotated[
        bool, Option("--operators/--no-operators", help="Give quotation marks and - a meaning.")
    ] = True,
    explain: Annotated[
        bool, Option("--explain", help="Say of each record by which words it was found.")
    ] = False,
    output: Output = None,
    column: Column = None,
    from_: From = None,
    writing: Writing = WRITING,
    model: Annotated[
        str | None,
        Option("--model", "-m", help="The model (default: the one that the index names)."),
    ] = None,
) -> None:
    """Search an index by meaning, by words, or by both.

    \b
    Examples:
      $ wordllama index notes --to notes.db -m l2_words
      2 files: 2 new; records: 2 added
      $ wordllama search notes.db "a warm meal" -k 1
      1.0000	notes/food.md#0	# Food  Soup is warm. Bread is good with it.
      $ wordllama search notes.db fuel --where "file = :f" --where-arg f=notes/cars.md --json \\
          | jq -c '[.id, .heading]'
      ["notes/cars.md#0","Cars"]
    """
    if sum(given is not None for given in (query, like)) + bool(queries) != 1:
        raise ValueError(
            "search needs one of a query, --queries FILE and --like ID; a query that begins with - "
            "goes after --"
        )
    if query is not None and not query.strip():
        raise ValueError("the query is empty: say what to look for")
    if mode is not None:
        search.check_mode(mode)
    wanted = cast("search.Mode | None", mode)
    filters: dict[str, Any] = {"where": where, "where_args": _arguments(where_arg), "exact": exact}
    asked = [] if like is not None else _texts(queries, column, from_) if queries else [str(query)]
    from wordllama import open_index

    with open_index(index, model=model, read_only=True) as opened:
        if like is not None:
            id = id_in(opened, like, "--like", index)
            found = [opened.similar(id, k, wanted or "vector", weight=weight, **filters)]
        else:
            found = opened.search(asked, k, wanted, weight=weight, operators=operators, **filters)
        _write(found, asked if queries else None, output, writing, explain)
    if not any(found):
        sys.exit(1)


def _write(
    found: list[Hits],
    queries: list[str] | None,
    output: str | None,
    writing: Writing,
    explain: bool,
) -> None:
    to_screen = output in (None, "-") and not (writing.json or writing.to)
    if to_screen and (explain or sys.stdout.isatty()):
        printed(found, queries, explain)
        return
    with writing.results(output, "text") as out:
        for place, hits in enumerate(found):
            if hits:
                query = None if queries is None else queries[place]
                out.write(records(hits, query, explain, plain=to_screen))


def _texts(files: list[str], column: str | None, format: str | None) -> list[str]:
    with corpus(files=files, column=column, otherwise=format) as read:
        return [text for batch in read for text in batch.texts]


def _arguments(given: list[str] | None) -> dict[str, Any] | None:
    """NAME=VALUE as names and values: whole numbers, and strings, in double quotes or without."""
    if not given:
        return None
    values: dict[str, Any] = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals or not name.isidentifier():
            raise ValueError(f"--where-arg must be NAME=VALUE, as in year=2020, not {item!r}")
        if len(value) > 1 and value[0] == value[-1] == '"':
            values[name] = value[1:-1]
        else:
            whole = value.isascii() and value.removeprefix("-").isdigit()
            number = int(value) if whole and len(value) < 19 else None
            # Other numbers stay texts, which SQLite compares with a column of numbers as numbers.
            values[name] = number if str(number) == value else value
    return values


def id_in(index: Index, given: str, option: str, path: str) -> str | int:
    """The id that there is: the text, or else the number; ValueError if neither is."""
    if given in index:
        return given
    if given.removeprefix("-").isdecimal() and int(given) in index:
        return int(given)
    raise ValueError(f"{option} {given}: {path} has no record with this id")
