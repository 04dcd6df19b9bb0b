"""`wordllama mcp`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from wordllama.cli.options import IndexModel, load


def command(
    index: Annotated[Path, Argument(help="The file of an index.")],
    write: Annotated[
        bool, Option("--write", help="Let the assistant add and delete records, too.")
    ] = False,
    model: IndexModel = None,
) -> None:
    """Let an assistant search an index, over the Model Context Protocol.

    An assistant such as Claude Desktop or an editor starts this command, and talks to it over
    standard input and output. It needs no network. docs/mcp.md has the configuration.

    \b
    Examples:
      $ wordllama mcp missing.db || echo exit code $?
      wordllama: missing.db: there is no such index
      exit code 3
    """
    from wordllama.opening import IndexFile

    loaded = None if model is None else load(model)
    file = IndexFile(index, model=loaded, read_only=not write)  # what is wrong is told at once
    from wordllama.mcp import server

    server(file).run()
