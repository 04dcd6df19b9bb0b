"""`wordllama classify`: what its examples do not show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Shell

TRAIN = "wordllama classify train labelled.jsonl --label topic -m l2_words"


@pytest.fixture(scope="module")
def trained(shell: Shell, folder: Path) -> Path:
    (folder / "labelled.csv").write_text(
        "text,topic\nwarm soup,food\na new tyre,cars\nsoup,music\n"
    )
    assert shell(f"{TRAIN} --out heads/topics").returncode == 0
    return folder


def test_labels_come_with_their_probabilities(shell: Shell, trained: Path) -> None:
    line = "wordllama classify predict heads/topics labelled.csv --top 9 --label is --json"
    first = json.loads(shell(line).stdout.splitlines()[0])
    assert list(first) == ["text", "topic", "is", "probability", "is_2", "probability_2"]
    assert (first["topic"], first["is"], first["is_2"]) == ("food", "food", "cars")
    assert first["probability"] + first["probability_2"] == pytest.approx(1, abs=1e-4)
    assert first["probability"] > 0.5
    clash = shell("wordllama classify predict heads/topics labelled.csv --label topic")
    assert (clash.returncode, clash.stdout) == (2, "")
    assert "already have a column 'topic'" in clash.stderr


def test_an_evaluation_counts_labels_that_were_never_learnt(shell: Shell, trained: Path) -> None:
    done = shell("wordllama classify evaluate heads/topics labelled.csv --label topic --json")
    assert "never saw these labels: music" in done.stderr
    told = json.loads(done.stdout)
    assert (told["texts"], told["accuracy"]) == (3, pytest.approx(2 / 3))
    assert told["confusions"] == [{"label": "music", "predicted": "food", "texts": 1}]


def test_an_evaluation_reads_the_columns_of_the_training(shell: Shell, trained: Path) -> None:
    (trained / "wide.csv").write_text(
        "title,body,topic,label\nx,warm soup,food,a\ny,a tyre,cars,b\n"
        "x,a cake,food,a\ny,a car,cars,b\n"
    )
    train = "wordllama classify train wide.csv --label topic -c body -m l2_words -o heads/wide"
    assert shell(train).returncode == 0
    wide = json.loads(shell("wordllama classify evaluate heads/wide wide.csv --json").stdout)
    assert (wide["texts"], wide["accuracy"]) == (4, 1)
    asked = shell("wordllama classify evaluate heads/wide wide.csv --label label -c title --json")
    assert json.loads(asked.stdout)["accuracy"] == 0
    (trained / "heads/wide/columns.json").unlink()  # as Classifier.save leaves it
    done = shell("wordllama classify evaluate heads/wide wide.csv -c body --json")
    assert "never saw these labels: a, b" in done.stderr


def test_a_classifier_is_replaced_only_by_force(shell: Shell, trained: Path) -> None:
    before = (trained / "heads/topics/classifier.json").read_bytes()
    refused = shell(f"{TRAIN} --out heads/topics --balanced")
    assert refused.returncode == 2
    assert "--force replaces what is there" in refused.stderr
    assert (trained / "heads/topics/classifier.json").read_bytes() == before
    assert shell(f"{TRAIN} --out heads/topics --balanced --force").returncode == 0
    assert (trained / "heads/topics/classifier.json").read_bytes() != before


@pytest.mark.parametrize(
    ("line", "code", "complaint"),
    [
        ("train labelled.jsonl --out x", 2, "record 1 has no such column; it has text, topic"),
        ("train labelled.jsonl", 2, "needs --output FOLDER"),
        ('train - --out x <<< \'{"text": "a", "label": null}\'', 2, "record 1 has no label"),
        ("train lines.txt --out x", 2, "record 1 has no such column; it has text"),
        ("train labelled.jsonl -l text --out x", 2, "this is the column with the texts"),
        ("predict nowhere lines.txt", 3, "no such folder; make one with: wordllama classify train"),
        ("predict notes lines.txt", 3, "no classifier.safetensors in this folder"),
    ],
)
def test_errors_say_what_is_wrong(
    shell: Shell, folder: Path, line: str, code: int, complaint: str
) -> None:
    done = shell(f"wordllama classify {line}")
    assert (done.returncode, done.stdout) == (code, "")
    assert complaint in done.stderr
    assert not (folder / "x").exists()
