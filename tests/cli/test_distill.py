"""`wordllama distill`: what its examples do not show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from wordllama import WordLlama
from wordllama.train import distill

from .conftest import Shell


def test_the_command_gives_what_python_gives(shell: Shell, folder: Path) -> None:
    made = shell(
        "printf '\\nthe\\t9\\nred\\t5\\n' > words.txt; wordllama distill teacher --threads 1 "
        "--dim 16 --dtype int8 --vocabulary words.txt --texts - --out made < lines.txt"
    )
    assert made.stdout.startswith("made: 108 tokens x 16 dimensions, int8\n")
    assert "teacher vectors of texts: 3 of 3" in made.stderr
    texts = (folder / "lines.txt").read_text().splitlines()
    asked = {"dim": 16, "dtype": "int8", "threads": 1}
    ours = distill(folder / "teacher", texts, ["the", "red"], **asked)
    np.testing.assert_array_equal(WordLlama.load(folder / "made").embedding, ours.embedding)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("notes", 2, "can't be loaded: it has no modules.json"),
        ("teacher --vocabulary nowhere.txt", 3, "nowhere.txt: No such file or directory"),
    ],
)
def test_what_cannot_be_distilled_is_said(
    shell: Shell, folder: Path, arguments: str, code: int, message: str
) -> None:
    done = shell(f"wordllama distill {arguments} --out none")
    assert done.returncode == code
    assert message in done.stderr
    assert not (folder / "none").exists()
