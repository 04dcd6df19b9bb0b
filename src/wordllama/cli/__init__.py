"""The command `wordllama`: the toolkit over texts, files and standard input.

A command is a module of this package with a function `command` (or a typer app named `app`, for a
group of commands), listed in `COMMANDS`; only the module of the command that is run is imported.
Exit codes: see `EXIT`.
"""

from __future__ import annotations

import functools
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from wordllama.atomic import named_if_full
from wordllama.cli import standard_streams
from wordllama.cli.standard_streams import STDOUT

GROUPS = {
    "Compare and search": ("similarity", "compare", "rank", "topk", "filter"),
    "Keep and search": ("index", "search"),
    "Work on a corpus": (
        "dedup", "cluster", "split", "chunks", "join", "mine", "outliers", "representatives",
        "classify", "embed",
    ),
    "Understand": ("explain", "contrast", "neighbours", "coverage"),
    "Serve": ("serve", "mcp"),
    "Models": (
        "models", "info", "download", "evaluate", "distill", "extract", "vocabulary", "train",
        "save",
    ),
}  # fmt: skip
"""The commands as the help shows them."""
COMMANDS = tuple(name for names in GROUPS.values() for name in names)

ABOUT = "Compare, rank, filter, deduplicate, cluster, split and embed texts, on a plain CPU."

EXIT = {
    0: "done",
    1: "nothing was found, or (similarity) it is not above --threshold",
    2: "a wrong argument, a damaged record, or an extra that is not installed",
    3: "a file could not be read or written, or a model could not be had",
    130: "interrupted (Ctrl-C)",
    141: "the reader of the output went away (as in a pipe into head)",
    143: "terminated; nothing half-written is left",
}
"""What each exit code says; the command's help prints it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; never returns."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)  # until a command runs, which has something to clean up
    standard_streams.open_closed()
    try:
        import typer  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name != "typer":
            raise
        _without_typer(given)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    completing = any(name.endswith("_COMPLETE") for name in os.environ)
    named = [given[0]] if given and given[0] in COMMANDS and not completing else list(COMMANDS)
    with _told_in_a_line():
        application(named)(given, prog_name="wordllama")


def _without_typer(given: list[str]) -> None:
    """Help and version, and how to have the rest."""
    from argparse import ArgumentParser, RawDescriptionHelpFormatter

    from wordllama import __version__
    from wordllama.extras import install_line

    groups = "\n".join(f"  {group}: {', '.join(names)}" for group, names in GROUPS.items())
    needs = f"the command line needs typer; run: {install_line('cli')}"
    parser = ArgumentParser(
        "wordllama",
        description=f"{ABOUT}\n\ncommands:\n{groups}\n\n{needs}",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"wordllama {__version__}")
    if given in (["--help"], ["-h"], ["--version"]):
        parser.parse_args(given)
    print(needs, file=sys.stderr)
    sys.exit(2)


def _end(*_: object) -> None:
    os._exit(130)


def application(names: Sequence[str] = COMMANDS) -> Any:
    """The typer app with the commands of these names."""
    import typer

    from wordllama.cli.grouping import Command, Commands
    from wordllama.cli.spreading import spread

    show = typer.Option(
        False, "--version", is_eager=True, callback=_version, help="Show the version and exit."
    )

    def about(version: bool = show) -> None:
        pass

    app = typer.Typer(
        cls=Commands,
        no_args_is_help=True,
        rich_markup_mode="rich" if sys.stdout.isatty() else None,
        pretty_exceptions_enable=False,
        epilog="Exit codes: " + "; ".join(f"{code} {what}" for code, what in EXIT.items()) + ".",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(help=ABOUT)(about)
    panels = {name: group for group, members in GROUPS.items() for name in members}
    for name in names:
        module = import_module(f"wordllama.cli.{name.replace('-', '_')}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name, rich_help_panel=panels[name])
        else:
            command = guarded(spread(module.command))
            app.command(name, cls=Command, rich_help_panel=panels[name])(command)
    return app


def _version(asked: bool) -> None:
    if asked:
        from wordllama import __version__

        print(f"wordllama {__version__}")
        sys.exit(0)


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """The command with errors as one line on standard error and an exit code.

    WORDLLAMA_TRACEBACK=1 lets errors through as they are.
    """

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        if signal.getsignal(signal.SIGINT) is _end:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        with _told_in_a_line():
            command(*args, **kwargs)
            sys.stdout.flush()

    return run


@contextmanager
def _told_in_a_line() -> Iterator[None]:
    try:
        with named_if_full(STDOUT):  # files that are written name themselves
            yield
    except BrokenPipeError:
        standard_streams.discard_output()
        sys.exit(141)
    except KeyboardInterrupt:
        sys.exit(130)
    except (ValueError, ImportError) as error:
        _fail(error, 2)
    except OSError as error:
        _fail(error, 3)


def _fail(error: Exception, code: int) -> None:
    if os.environ.get("WORDLLAMA_TRACEBACK"):
        raise error
    if isinstance(error, OSError) and error.filename == STDOUT:
        standard_streams.discard_output()
    print(f"wordllama: {_message(error)}", file=sys.stderr)
    sys.exit(code)


def _message(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return re.sub("^config is ", "the model is ", str(error))  # the argument's name in Python
