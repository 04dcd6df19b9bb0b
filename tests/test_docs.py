"""Every snippet in the README and docs/ is run, and shows what it really prints.

A page's ```python blocks with `>>>` are doctested, without are executed; ```console blocks run each
`$ command` in bash and compare what it prints (`...` elides). Blocks share names and a temporary
folder down the page.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from wordllama.cli import COMMANDS, application
from wordllama.modelfiles.tomlfile import read_toml

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
FENCE = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_snippets_show_what_they_print(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    text = page.read_text(encoding="utf-8")
    for fence in FENCE.finditer(text):
        line = text.count("\n", 0, fence.start()) + 1
        where = f"{page.name}:{line}"
        if fence[1] == "console":
            run_console(fence[2], where)
        elif ">>>" in fence[2]:
            run_doctest(fence[2], names, where)
        else:
            exec(compile(fence[2], where, "exec"), names)


def test_figures_are_those_of_the_results(tmp_path: Path) -> None:
    """The pages say what `benchmarks/figures.py` writes, and it mends a page that does not."""
    check = [sys.executable, str(ROOT / "benchmarks/figures.py"), "--check"]
    assert subprocess.run(check, capture_output=True, text=True, check=False).stderr == ""
    shutil.copytree(ROOT / "benchmarks", tmp_path / "benchmarks")
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    changed = (ROOT / "README.md").read_text("utf-8").replace("| **", "| **1")
    (tmp_path / "README.md").write_text(changed, encoding="utf-8")
    fill = [sys.executable, str(tmp_path / "benchmarks/figures.py")]
    assert (
        "README.md"
        in subprocess.run([*fill, "--check"], capture_output=True, text=True, check=False).stderr
    )
    subprocess.run(fill, check=True)
    assert (tmp_path / "README.md").read_bytes() == (ROOT / "README.md").read_bytes()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_line_begins_with_a_figure(page: Path) -> None:
    """Markdown would take such a line for HTML, and not as part of its paragraph."""
    text = page.read_text(encoding="utf-8")
    assert not re.findall(r"^ *<!-- figure .*-->.+$", text, re.MULTILINE)


def test_what_pages_say_to_install_can_be_installed() -> None:
    """From a clone; another package of our name would come from elsewhere."""
    project = read_toml(ROOT / "pyproject.toml", "extract")["project"]
    extras = project["optional-dependencies"]
    said = [
        text
        for page in PAGES
        for text in re.findall(r"'[\w.]*\[[\w,-]+\]'", page.read_text("utf-8"))
    ]
    named = {text.strip("'.[]") for text in said if text.startswith("'.[")}
    assert len(named) > 10
    assert set(",".join(named).split(",")) <= set(extras)
    assert not [text for text in said if text.startswith("'wordllama")]
    for extra in ("files", "mcp", "server", "train", "extract", "evaluate"):
        assert "wordllama[cli]" in extras[extra], "brings commands"


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_and_their_options_are_documented(name: str) -> None:
    """Each command has a row in "Options", which names the options that no shared row names."""
    page = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")
    section = page.partition("\n## Options\n")[2].partition("\n## ")[0]
    shared = "".join(re.findall(r"^\| `-.*", section, re.MULTILINE))
    command = get_command(application([name])).commands[name]  # type: ignore[attr-defined]
    below = {f"{name} {each}": one for each, one in getattr(command, "commands", {}).items()}
    for full, one in (below or {name: command}).items():
        (row,) = re.findall(rf"^\| `{full}` \|.*", section, re.MULTILINE)
        longest = [max(p.opts, key=len) for p in one.params if p.param_type_name == "option"]
        options = {option.replace("--no-", "--") for option in longest}
        assert options
        assert options <= named(row) | named(shared)
        assert named(row) <= options
        assert f"`{full}" in page.partition("\n## Texts and files\n")[0], "not in the first table"


def named(text: str) -> set[str]:
    """The long options of a text, `--no-topics` as `--topics`."""
    return {f"--{option}" for option in re.findall(r"`(?:-\w, )?--(?:no-)?([\w-]+)", text)}


def run_doctest(block: str, names: dict[str, Any], where: str) -> None:
    test = doctest.DocTestParser().get_doctest(block, names, where, where, 0)
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    report: list[str] = []
    runner.run(test, out=report.append, clear_globs=False)
    names.update(test.globs)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)


def run_console(block: str, where: str) -> None:
    """Each `$ command` (continued by a backslash at the end of a line), then what it prints."""
    scripts = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "88",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, expected = step.partition("\n")
        while command.endswith("\\"):
            more, _, expected = expected.partition("\n")
            command += "\n" + more
        done = subprocess.run(
            ["bash", "-c", command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        checker = doctest.OutputChecker()
        assert checker.check_output(expected, done.stdout, OPTIONS), (
            f"{where}: $ {command}\nshows:\n{expected}\nprints:\n{done.stdout}"
        )
