"""`wordllama extract` and `wordllama evaluate`: what their examples do not show."""

from __future__ import annotations

import json

import pytest

from .conftest import Shell

WEIGHTS = '"$(wordllama download | head -n 1)"'


def test_list_as_json_marks_the_table(shell: Shell) -> None:
    (line,) = shell(f"wordllama extract {WEIGHTS} --list --json").stdout.splitlines()
    assert json.loads(line) == {
        "name": "embedding.weight",
        "shape": [32000, 256],
        "dtype": "F16",
        "whole": True,
        "table": True,
    }


def test_tensor_tokenizer_licence_and_dtype_can_be_stated(shell: Shell) -> None:
    assert shell(f"wordllama extract {WEIGHTS} --out stated").returncode == 0
    stated = "--tensor embedding.weight --tokenizer stated/tokenizer.json --licence mit"
    done = shell(f"wordllama extract {WEIGHTS} {stated} --dtype float32 -o full --json")
    about = json.loads(done.stdout)
    assert (about["licence"], about["dtype"], about["tensor"]) == (
        "mit",
        "float32",
        "embedding.weight",
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (f"{WEIGHTS}", 2, "--output names the folder to write"),
        (f"{WEIGHTS} -o x --tensor y", 2, "holds no tensor 'y'; it holds embedding.weight"),
        (f"{WEIGHTS} -o x --dtype int4", 2, "dtype must be one of ('float16', 'float32')"),
        ("a b --onto tokenizer.json -o x", 2, "--onto takes one codebook, got 2"),
        ("a --concat -o x", 2, "folders must name two codebooks or more, got 1"),
        ("nowhere.gguf -o x", 3, "nowhere.gguf: no such file"),
        ("reviews.jsonl -o x", 2, "reviews.jsonl: starts with b'{\"id', not b'GGUF'"),
    ],
)
def test_extract_says_what_is_wrong(shell: Shell, arguments: str, code: int, message: str) -> None:
    done = shell(f"wordllama extract {arguments}; code=$?; test -e x && echo left; exit $code")
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr


def test_evaluate_writes_json_markdown_and_a_picture(shell: Shell) -> None:
    run = "wordllama evaluate l2_supercat --sets sets"
    figures = json.loads(shell(f"{run} --json --only Things").stdout)
    assert figures["models"][0]["groups"]["STS"]["value"] == 100
    assert figures["sets"] == [
        {"name": "Things", "group": "STS", "metric": "Spearman", "items": 3},
    ]
    table = shell(f"{run} --unit --dims 64,128 --markdown --picture p.svg -o figures.json").stdout
    assert "| l2_supercat @64 | 64 |" in table
    assert shell("head -c 5 p.svg").stdout == "<?xml"
    assert "l2_supercat @128" in shell("cat figures.json").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("l2_supercat --sets nowhere", 3, "nowhere: no such folder of evaluation sets"),
        ("l2_supercat --sets sets --only X", 3, "does not hold X; it holds ['Things']"),
        ("l2_supercat --sets sets --dims 1,a", 2, "--dims takes dimensions with commas"),
        ("l2_supercat --sets sets --dims 512", 2, "dim must be at most 256, got 512"),
        ("l2_supercat --sets sets --curve c.png", 2, "--curve wants two dimensions or more"),
        ("no/such/model --sets sets", 3, "no/such/model"),
    ],
)
def test_evaluate_says_what_is_wrong(shell: Shell, arguments: str, code: int, message: str) -> None:
    done = shell(f"HF_HUB_OFFLINE=1 wordllama evaluate {arguments}")
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
