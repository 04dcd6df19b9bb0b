"""What scripts rely on: exit codes, pipes, errors in one line, formats."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import wordllama
from wordllama.cli import COMMANDS, GROUPS
from wordllama.cli.corpus import corpus
from wordllama.cli.grouping import OTHER_WORDS
from wordllama.extras import install_line

from .conftest import Shell


def test_python_m_wordllama_is_the_command(shell: Shell) -> None:
    done = shell(f"{sys.executable} -m wordllama similarity 'a cat' 'a cat'")
    assert done.stdout == "1.0000\n"


def test_the_version_is_shown(shell: Shell) -> None:
    assert shell("wordllama --version").stdout == f"wordllama {wordllama.__version__}\n"


def test_without_typer_one_line_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['typer'] = None\n"
        "from wordllama.cli import main; main(['similarity', 'a', 'b'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == f"the command line needs typer; run: {install_line('cli')}\n"


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_without_typer_there_is_help(option: str) -> None:
    code = (
        "import sys; sys.modules['typer'] = None\n"
        f"from wordllama.cli import main; main(['{option}'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not done.stderr
    if option == "--version":
        assert done.stdout == f"wordllama {wordllama.__version__}\n"
    else:
        assert all(name in done.stdout for name in COMMANDS)
        assert install_line("cli") in done.stdout


def test_the_help_has_groups_and_knows_the_words_of_others(shell: Shell) -> None:
    page = shell("wordllama --help").stdout
    assert [page.index(f"\n{group}:\n") for group in GROUPS] == sorted(
        page.index(f"\n{group}:\n") for group in GROUPS
    )
    assert "Did you mean 'embed'?" in shell("wordllama encode x").stderr
    assert set(OTHER_WORDS).isdisjoint(COMMANDS)


def test_lines_need_no_pyarrow_and_parquet_says_what_to_install(folder: Path) -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from wordllama.cli import main; main(sys.argv[1:])"
    )

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True)

    assert run("filter", "car", "@reviews.jsonl", "@left.csv", "@lines.txt").returncode == 0
    done = run("embed", "reviews.jsonl", "without.parquet")
    assert done.returncode == 2
    assert done.stderr == f"wordllama: pyarrow is not installed; run: {install_line('files')}\n"


def test_a_command_imports_no_heavy_library(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom wordllama.cli import main\n"
        "try: main(['similarity', 'a', 'b'])\n"
        "except SystemExit: pass\n"
        "heavy = {'pyarrow', 'pandas', 'rich', 'tqdm', 'torch', 'requests', 'email', 'numpy.ma'}\n"
        "heavy &= set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("wordllama similarity 'a cat' 'stock prices' --threshold 0.9", 1, ""),
        ("wordllama filter 'a car' 'soup'", 1, ""),
        ("wordllama topk 'a car' @empty.txt", 1, ""),
        ("wordllama similarity one", 2, "Missing argument"),
        ("wordllama nonsense", 2, "No such command"),
        ("wordllama filter x @reviews.jsonl -c body", 2, "reviews.jsonl:1: no column 'body'"),
        ("wordllama filter x @lines.txt --threshold 3", 2, "--threshold must lie between"),
        ("wordllama similarity x y --threshold 3", 2, "--threshold must lie between"),
        ("wordllama topk x @lines.txt -k 0", 2, "k"),
        ("wordllama topk x @lines.txt --to yaml", 2, "format 'yaml' is unknown"),
        ("wordllama dedup lines.txt lines.txt", 2, "lines.txt: the file exists; --force"),
        ("wordllama embed damaged.jsonl", 2, "damaged.jsonl:2: not JSON"),
        ("wordllama embed reviews.jsonl out.npz", 2, "no format is known for '.npz'"),
        ("wordllama embed reviews.jsonl --vector text", 2, "already have a column 'text'"),
        ("wordllama similarity a b -m no_such_model", 2, "no_such_model"),
        ("wordllama similarity a b --dim 3", 2, "3"),
        (
            "wordllama embed lines.txt long.npy --max-record 20",
            2,
            "longer than 20 bytes; --max-rec",
        ),
        ("wordllama dedup reviews.jsonl - --to document", 2, "document can only be read"),
        ("printf 'a\\0b\\0' | wordllama dedup", 2, "standard input: the file is UTF-16LE"),
        ("wordllama rank x @none.txt", 3, "none.txt: no such file"),
        ("wordllama dedup lines.txt none/out.txt", 3, "none/out.txt: No such file or directory"),
        ("wordllama dedup lines.txt /dev/full", 3, "No space left on device"),
        ("wordllama dedup lines.txt > /dev/full", 3, "No space left on device"),
        ("wordllama similarity a b -m none/none.safetensors", 3, "none"),
        ("wordllama similarity a b -m l2_word", 2, "the model is 'l2_word', expected a folder"),
        (
            "HF_HUB_OFFLINE=1 wordllama similarity a b -m notes/x",
            3,
            "(notes holds cars.md, food.md)",
        ),
        (
            "wordllama embed reviews.jsonl a.jsonl -o b.jsonl",
            2,
            "two outputs: a.jsonl and --output b",
        ),
        (
            "wordllama similarity a b --binary --dim 512",
            3,
            "download l2_supercat --width 512",
        ),
        ("ulimit -f 1; wordllama embed reviews.jsonl full.npy", 3, "full.npy: File too large"),
        ("ulimit -f 1; wordllama mine reviews.jsonl", 3, "(TMPDIR names another folder): File too"),
        ("ulimit -f 1; seq 999 | wordllama mine -", 3, "(TMPDIR names another folder): File too"),
        ("printf '\\x28\\xb5\\x2f\\xfd' | wordllama filter a", 2, "--from says what is in it"),
    ],
)
def test_errors_are_one_line_and_an_exit_code(
    shell: Shell, folder: Path, line: str, code: int, message: str
) -> None:
    (folder / "empty.txt").write_text("")
    (folder / "damaged.jsonl").write_text('{"text": "a"}\n{"text": \n')
    done = shell(line, HF_HUB_OFFLINE="1")
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_ends_the_command_quietly(shell: Shell, folder: Path) -> None:
    (folder / "many.txt").write_text("".join(f"a car with {n} wheels\n" for n in range(50_000)))
    done = shell("wordllama filter 'a car' @many.txt | head -1")
    assert done.stdout == "a car with 0 wheels\n"
    assert (done.returncode, done.stderr) == (141, "")


def test_standard_input_is_text_or_jsonl_by_its_first_bytes(shell: Shell) -> None:
    done = shell("wordllama topk 'a vehicle' -k 1 < lines.txt")
    assert done.stdout.endswith("\tthe vehicle broke down\n")
    done = shell("wordllama topk 'a vehicle' -k 1 < reviews.jsonl")
    assert json.loads(done.stdout)["id"] == 3
    done = shell("gzip -c lines.txt | wordllama topk 'a vehicle' -k 1")
    assert done.stdout.endswith("\tthe vehicle broke down\n")
    done = shell("gzip -c reviews.jsonl | wordllama topk 'a vehicle' -k 1")
    assert json.loads(done.stdout)["id"] == 3


def test_commands_work_in_a_pipeline(shell: Shell) -> None:
    done = shell(
        "wordllama filter 'food' @reviews.jsonl | wordllama dedup - --threshold 0.8 "
        "| wordllama rank 'a kind waiter' --json | jq -c .id | xargs echo"
    )
    assert done.stdout == "1\n", done.stderr


def test_an_at_sign_is_written_twice(shell: Shell) -> None:
    done = shell("wordllama rank mail @@home 'a car'")
    assert "\t@home\n" in done.stdout


def test_a_text_that_names_a_file_gets_a_note(shell: Shell) -> None:
    done = shell("wordllama rank car lines.txt")
    assert done.stdout.endswith("\tlines.txt\n")
    assert "note: 'lines.txt' is taken as text; @lines.txt reads the file" in done.stderr


def test_damaged_records_are_skipped_by_choice(shell: Shell, folder: Path) -> None:
    (folder / "damaged.jsonl").write_text('{"text": "a"}\n{"text": \n{"text": "b"}\n')
    done = shell("wordllama dedup damaged.jsonl --rejects bad.jsonl")
    assert done.stdout == '{"text": "a"}\n{"text": "b"}\n'
    assert done.stderr == "1 damaged record skipped: see bad.jsonl\n"
    assert json.loads((folder / "bad.jsonl").read_text())["line"] == 2


def test_columns_pass_through_to_parquet(shell: Shell, folder: Path) -> None:
    assert shell("wordllama embed reviews.jsonl vectors.parquet --dim 64").returncode == 0
    table = pq.read_table(folder / "vectors.parquet")
    assert table.column_names == ["id", "text", "vector"]
    assert table["id"].to_pylist() == [1, 2, 3, 4]
    done = shell("wordllama filter food @vectors.parquet --json | jq -c '[.id, (.vector|length)]'")
    assert done.stdout == "[1,64]\n[2,64]\n"


def test_dedup_tells_what_each_duplicate_repeats(shell: Shell, folder: Path) -> None:
    done = shell("wordllama dedup reviews.jsonl k.csv --duplicates d.jsonl --against eval.txt")
    assert done.stderr == "2 of 4 records kept\n"
    told = [json.loads(line) for line in (folder / "d.jsonl").read_text().splitlines()]
    assert [(t["id"], t["duplicate_at"], t["duplicate_in"]) for t in told] == [
        (2, 0, "input"),
        (3, 0, "against"),
    ]
    assert told[1]["duplicate_of"] == "The car was fast and cheap"
    assert told[0]["similarity"] > 0.9
    assert (folder / "k.csv").read_text().count("\n") == 3


def test_topk_of_many_queries_gives_each_its_best(shell: Shell) -> None:
    done = shell("wordllama topk -q queries.txt @reviews.jsonl @lines.txt -k 2 --json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["query"] for row in rows] == ["fast cars"] * 2 + ["good food"] * 2
    assert all(rows[n]["score"] >= rows[n + 1]["score"] for n in (0, 2))
    for query in ("fast cars", "good food"):
        one = shell(f"wordllama topk '{query}' @reviews.jsonl @lines.txt -k 2 --json")
        texts = [json.loads(line)["text"] for line in one.stdout.splitlines()]
        assert texts == [row["text"] for row in rows if row["query"] == query]


def test_a_file_that_changes_between_two_readings_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    path.write_text("a\n")
    with corpus(files=[str(path)]) as records:
        assert [batch.texts for batch in records] == [["a"]]
        path.write_text("a\nb\n")
        with pytest.raises(OSError, match=r"in\.txt: the file changed while it was being read"):
            list(records)


def test_join_takes_the_columns_of_both_sides(shell: Shell) -> None:
    done = shell("wordllama join left.csv right.csv --json -k 1")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {(row["name"], row["code"]) for row in rows} == {("A", "2"), ("B", "1")}
    assert list(rows[0]) == ["name", "text_left", "code", "text_right", "score"]


@pytest.mark.parametrize(
    "command", ["join left.csv eval.txt", "mine lines.txt", "outliers lines.txt"]
)
def test_nothing_found_is_exit_code_1(shell: Shell, command: str) -> None:
    done = shell(f"wordllama {command} --threshold 0.99")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_the_list_of_commands_says_what_each_does_in_full(shell: Shell) -> None:
    listed = shell("wordllama --help", COLUMNS="80").stdout.partition("Commands:")[2]
    assert "..." not in listed


def test_completion_knows_the_commands(shell: Shell) -> None:
    done = shell("wordllama", _WORDLLAMA_COMPLETE="complete_bash", COMP_WORDS="wordllama d",
                 COMP_CWORD="1")  # fmt: skip
    assert {"dedup", "download"} <= set(done.stdout.split())


def test_chunks_of_a_table_repeat_its_header_and_say_so(tmp_path: Path, shell: Shell) -> None:
    header = "| n | square |\n| --- | --- |\n"
    text = header + "".join(f"| {n} | {n * n} |\n" for n in range(20))
    (tmp_path / "squares.md").write_text(text)
    run = f"wordllama chunks --limit 90 {tmp_path}/squares.md"
    records = [json.loads(line) for line in shell(f"{run} --repeat-header").stdout.splitlines()]
    assert [record["header"] for record in records] == ["", *[header] * (len(records) - 1)]
    for record in records:
        assert record["text"] == record["header"] + text[record["start"] : record["end"]]
        assert len(record["text"]) <= 90
    assert all("header" not in json.loads(line) for line in shell(run).stdout.splitlines())


def test_clusters_words_are_added_and_their_table_is_a_file(shell: Shell, folder: Path) -> None:
    line = "wordllama cluster reviews.jsonl -m l2_words -k 2 --topics topics.jsonl --words about"
    records = [json.loads(each) for each in shell(line).stdout.splitlines()]
    table = [json.loads(each) for each in (folder / "topics.jsonl").read_text().splitlines()]
    assert [each["cluster"] for each in table] == [0, 1]
    assert all(table[each["cluster"]]["words"].startswith(each["about"]) for each in records)
    assert sum(each["size"] for each in table) == len(records)
    assert "the file exists" in shell(line).stderr
    assert "nothing to write" in shell(f"{line} --no-topics --force").stderr
    done = shell("wordllama cluster reviews.jsonl -m l2_words -k 2 --words text")
    assert "already have a column 'text'" in done.stderr
    assert "texts   no." not in done.stderr, "said before the work"
