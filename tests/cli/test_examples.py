"""Every example of every command's --help does what it says."""

from __future__ import annotations

import doctest
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from wordllama.cli import COMMANDS, application

from .conftest import Shell

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def examples(text: str) -> list[tuple[str, str]]:
    """(command, expected output) of each `$ ` line."""
    found: list[list[str]] = []
    for line in text.partition("Examples:")[2].splitlines():
        stripped = line[2:] if line.startswith("  ") else line
        if stripped.startswith("$ "):
            found.append([stripped[2:]])
        elif found and len(found[-1]) == 1 and found[-1][0].endswith("\\"):
            found[-1][0] += "\n" + stripped
        elif stripped.strip() and found:
            found[-1].append(stripped)
    return [(command, "\n".join(output)) for command, *output in found]


def helped(command: Any, name: str) -> Iterator[tuple[str, str]]:
    """(name, help) of a command and of those below it."""
    if getattr(command, "commands", None):
        for below, child in command.commands.items():
            yield from helped(child, f"{name} {below}")
    else:
        yield name, command.help or ""


HELP = [
    one
    for name in COMMANDS
    for one in helped(typer.main.get_command(application([name])).commands[name], name)
]


@pytest.mark.parametrize(("name", "text"), HELP, ids=[name for name, _ in HELP])
def test_the_examples_of_help_are_true(shell: Shell, name: str, text: str) -> None:
    given = examples(text)
    assert given, f"{name} has no examples"
    same = doctest.OutputChecker().check_output
    for command, expected in given:
        done = shell(f"exec 2>&1; {command}")
        output = done.stdout

        assert same(expected, output, FLAGS), (command, output)
        assert done.returncode in (0, 141), (command, output)
