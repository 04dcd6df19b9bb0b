"""A folder with files for the command line, and a way to run it there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FILES = {
    "reviews.jsonl": (
        '{"id": 1, "text": "The food was wonderful and the waiter kind"}\n'
        '{"id": 2, "text": "The food was wonderful, and the waiter kind!"}\n'
        '{"id": 3, "text": "The car was fast and cheap"}\n'
        '{"id": 4, "text": "The battery died after two days"}\n'
    ),
    "lines.txt": "the vehicle broke down\nthe soup was cold\nthe truck is in the garage\n",
    "queries.txt": "fast cars\ngood food\n",
    "labelled.jsonl": "".join(
        f'{{"text": "{text}", "topic": "{topic}"}}\n'
        for topic, texts in {
            "food": ("great food", "a lovely meal", "tasty soup", "fresh bread"),
            "cars": ("broken engine", "a flat tyre", "the brakes fail", "fast cars"),
        }.items()
        for text in texts
    ),
    "eval.txt": "The car was fast and cheap\n",
    "left.csv": "name,text\nA,the red car\nB,a bowl of soup\n",
    "right.csv": "code,text\n1,soup in a bowl\n2,a car that is red\n",
    "sets/Things/test.tsv": (
        "sentence1\tsentence2\tscore\nthe red car\ta red car\t5\n"
        "the red car\ta truck\t3\nthe red car\ta bowl of soup\t0\n"
    ),
    "mine.toml": (
        '[model]\ncodebook = "l2_supercat"\nname = "mine"\n[matryoshka]\ndims = [64]\n'
        '[[data]]\npath = "reviews.jsonl"\nkind = "texts"\ncolumns = ["text"]\n'
        '[[stage]]\nkind = "pca"\ndim = 128\n'
    ),
    "pairs.csv": (
        "question,answer\nhow fast is the car,the car is quick\n"
        "what is for dinner,the car is quick\n"
    ),
    "notes/cars.md": "# Cars\n\nCars are fast. They need fuel.\n",
    "notes/food.md": "# Food\n\nSoup is warm. Bread is good with it.\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, teacher: Path) -> Path:
    """A folder with `FILES` and a teacher."""
    made = tmp_path_factory.mktemp("files")
    shutil.copytree(teacher, made / "teacher")
    for name, content in FILES.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(content)
    return made


Shell = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def shell(folder: Path) -> Shell:
    """Runs a line of bash in `folder`, where `wordllama` is the command of this environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "100", "TERM": "dumb"}

    def run(line: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=folder,
            env={**environment, **more},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
        )

    return run
