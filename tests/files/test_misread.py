"""Input that is not what its name says is read right where that is plain, else refused in words."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama.files import DamagedError, Rejects, of_texts, read, write
from wordllama.files.formats import format_of_bytes
from wordllama.files.line_reading import TooLong, lines


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def records(path: Path, **how: Any) -> list[dict[str, Any]]:
    return [record for batch in read(path, **how) for record in batch.records()]


TWO = [{"id": "1", "text": "a, b"}, {"id": "2", "text": "c"}]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("in.csv", b"id;text\n1;a, b\n2;c\n"),
        ("in.csv", b'id;text\n1;"a, b"\n2;c\n'),
        ("in.csv", b"id\ttext\n1\ta, b\n2\tc\n"),
        ("in.csv", b"id|text\r\n1|a, b\r\n2|c\r\n"),
        ("in.tsv", b'id,text\n1,"a, b"\n2,c\n'),
        ("in.csv", b'id,text\r1,"a, b"\r2,c\r'),
        ("in.jsonl", b'[{"id": "1", "text": "a, b"}, {"id": "2", "text": "c"}]'),
        ("in.json", b'\xef\xbb\xbf[\n  {"id": "1", "text": "a, b"},\n  {"id":"2","text":"c"}\n]\n'),
        ("in.json", b'{\n "id": "1",\n "text": "a, b"\n}\n{\n "id": "2",\n "text": "c"\n}\n'),
        ("in.jsonl", b'{"id": "1", "text": "a, b"}\r{"id": "2", "text": "c"}\r'),
    ],
)
def test_what_is_plain_is_read_right(tmp_path: Path, name: str, content: bytes) -> None:
    assert records(written(tmp_path, name, content), column="text") == TWO


def test_texts_that_end_in_carriage_returns_are_lines(tmp_path: Path) -> None:
    path = written(tmp_path, "in.txt", b"one\rtwo\r\rthree")
    assert [r["text"] for r in records(path)] == ["one", "two", "three"]
    path = written(tmp_path, "in.txt", b"one\ntwo\rtwo\n")
    assert [r["text"] for r in records(path)] == ["one", "two\rtwo"]


def test_a_list_of_texts_is_one_record_each(tmp_path: Path) -> None:
    path = written(tmp_path, "in.json", b'["a", "b\\u00e9"]')
    assert records(path) == [{"text": "a"}, {"text": "bé"}]


@pytest.mark.parametrize(
    ("head", "format"),
    [
        (b'[{"text": "a"}]', "jsonl"),
        (b'[\n  {"text": "a"}', "jsonl"),
        (b'["a", "b"]', "jsonl"),
        (b"[1] see below", "text"),
        (b"[INFO] started", "text"),
        (b'["quoted" is a word]', "text"),
        (b'["a]', "text"),
    ],
)
def test_standard_input_is_told_by_its_first_bytes(head: bytes, format: str) -> None:
    assert format_of_bytes(head).name == format
    assert format_of_bytes(gzip.compress(head)).name == format


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", ["in.txt", "in.csv", "in.jsonl", "in.txt.gz"])
def test_utf16_is_refused_with_the_command_that_converts_it(
    tmp_path: Path, name: str, encoding: str
) -> None:
    content = '{"text": "a text"}\n'.encode(encoding)
    path = written(tmp_path, name, gzip.compress(content) if name.endswith("gz") else content)
    with pytest.raises(ValueError, match=r"the file is UTF-(16|32)[LB]E, .* iconv -f UTF-"):
        list(read(path))
    with pytest.raises(ValueError, match="iconv"):
        list(read(path, format="document"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'[{"text": "a"}\n{"text": "b"}]', "in.json:2: no comma after a record"),
        (b'[{"text": "a"},\n\n{"text": b}]', "in.json:3: not JSON: Expecting value"),
        (b'[{"text": "a"},\n', "in.json:2: the list has no end"),
        (b'[{"text": "a"}\n', "in.json:2: the list has no end"),
        (b'[{"text": "a"},\n]', "in.json:2: a comma before the end"),
        (b'[{"text": "a"}]\n[]', "in.json:2: more JSON after the end"),
        (b'[{"text": "a"},\n5]', "in.json:2: a number, not a JSON object"),
        (b'[\n{"text": "a', "in.json:2: not JSON: Unterminated string"),
        (b'[{"text": "a\xff"}]', "in.json:1: not UTF-8"),
        (b'{\n"text": "a", "x": NaN}', "in.json:1: not JSON: NaN"),
        (b"[" * 100_000, "in.json:1: not JSON"),
    ],
)
def test_damage_in_a_list_is_told_by_line(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DamagedError) as error:
        list(read(written(tmp_path, "in.json", content)))
    assert message in str(error.value)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(
    items=st.lists(st.fixed_dictionaries({"text": st.text(max_size=90_000), "x": JSON})),
    indent=st.sampled_from([None, 0, 2]),
    listed=st.booleans(),
)
def test_lists_and_indented_objects_give_what_lines_give(
    tmp_path_factory: pytest.TempPathFactory,
    items: list[dict[str, Any]],
    indent: int | None,
    listed: bool,
) -> None:
    path = tmp_path_factory.mktemp("json") / "in.json"
    text = (
        json.dumps(items, indent=indent)
        if listed
        else "\n".join(json.dumps(item, indent=indent) for item in items)
    )
    path.write_text(text)
    assert records(path, column="text") == items
    batches = list(read(path, column="text"))
    again = [json.loads(line) for batch in batches for line in batch.rows.json_lines()]
    assert again == items


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ('id\ttext\n1\t"Yes," he said\n2\t"No."\n', ['"Yes," he said', '"No."']),
        ('id\ttext\n1\t"never closed\n2\tb\n', ['"never closed', "b"]),
        ('id\ttext\n1\t"a\tb"\n2\t"c\nd"\n', ["a\tb", "c\nd"]),
        ('id\ttext\n1\t"a ""b"""\n2\tc "d"\n', ['a "b"', 'c "d"']),
    ],
)
def test_quotes_of_tsv_are_told_by_the_whole(
    tmp_path: Path, content: str, texts: list[str]
) -> None:
    path = written(tmp_path, "in.tsv", content.encode())
    assert [r["text"] for r in records(path, column="text")] == texts


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.sampled_from('a"\t\n\r ,;'), max_size=6), min_size=1), st.booleans())
def test_what_is_written_as_tsv_is_read_so(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], single: bool
) -> None:
    folder = tmp_path_factory.mktemp("tsv")
    items = [{"text": t} if single else {"id": str(n), "text": t} for n, t in enumerate(texts)]
    (folder / "in.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    for name in ("out.tsv", "out.csv"):
        with write(folder / name) as out:
            for batch in read(folder / "in.jsonl", column="text"):
                out.write(batch)
        assert records(folder / name, column="text", quotes=True) == items
        try:
            told = records(folder / name, column="text")
        except ValueError as error:
            told = items if "--quotes" in str(error) else []
        assert told == items


def test_quotes_that_fit_in_both_ways_are_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, "in.tsv", b'id\ttext\n1\t"Well,\n2\tyes."\n')
    with pytest.raises(ValueError, match=r"in\.tsv: a quote mark .* --quotes or --no-quotes"):
        list(read(path))
    assert [r["text"] for r in records(path, column="text", quotes=True)] == ["Well,\n2\tyes."]
    assert [r["text"] for r in records(path, column="text", quotes=False)] == ['"Well,', 'yes."']


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv", "in.tsv", "in.arrow", "in.parquet"])
@pytest.mark.parametrize("null", [0, 1, 2])
def test_the_text_is_the_same_column_wherever_a_null_stands(
    tmp_path: Path, name: str, null: int
) -> None:
    items: list[dict[str, Any]] = [{"title": "t", "text": f"x{n}"} for n in range(3)]
    items[null] = {"title": "t", "text": None}
    source = written(tmp_path, "source.jsonl", b"\n".join(json.dumps(i).encode() for i in items))
    if name.endswith("sv"):
        kept = ["x0", "x1", "x2"]
        kept[null] = ""
    else:
        kept = [f"x{n}" for n in range(3) if n != null]
    with write(tmp_path / "whole.parquet") as out:
        for batch in read(source, column="title"):
            out.write(batch)
    path = source
    if name != "in.jsonl":
        path = tmp_path / name
        with write(path) as out:
            for batch in read(tmp_path / "whole.parquet", column="title"):
                out.write(batch)
    with Rejects(tmp_path / "rejects.jsonl") as rejects:
        assert [t for batch in read(path, on_damage=rejects) for t in batch.texts] == kept


@pytest.mark.parametrize("first", ["null", "5", '{"a": 1}'])
def test_a_column_of_text_that_comes_late_is_not_overlooked(tmp_path: Path, first: str) -> None:
    rows = [b'{"title": "t", "body": %s}' % first.encode()] * 5 + [b'{"title": "t", "body": "b"}']
    path = written(tmp_path, "in.jsonl", b"\n".join(rows))
    for size in (3, 10):
        with pytest.raises(ValueError, match="which column is the text"):
            list(read(path, size=size))


LONG = b'{"text": "' + b"x" * 500 + b'"}\n'


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("in.txt", b"a\n" + b"x" * 500 + b"\nb\n", ["a", "b"]),
        ("in.txt", b"a\r" + b"x" * 500 + b"\rb\r", ["a", "b"]),
        ("in.txt", b"a\n" + b"x" * 500, ["a"]),
        ("in.jsonl", b'{"text": "a"}\n' + LONG + b'{"text": "b"}\n', ["a", "b"]),
        ("in.jsonl", LONG * 3, []),
    ],
)
def test_a_record_longer_than_the_limit_is_damaged(
    tmp_path: Path, name: str, content: bytes, kept: list[str]
) -> None:
    path = written(tmp_path, name, content)
    with pytest.raises(DamagedError, match=r":\d: a record longer than 99 bytes; --max-record"):
        list(read(path, limit=99))
    with Rejects(tmp_path / "rejects.jsonl") as rejects:
        batches = list(read(path, limit=99, on_damage=rejects))
    assert [text for batch in batches for text in batch.texts] == kept
    assert max(map(len, (tmp_path / "rejects.jsonl").read_text().splitlines())) < 500
    assert len([text for batch in read(path, limit=600) for text in batch.texts]) >= 2


@pytest.mark.parametrize(
    ("name", "content", "how"),
    [
        ("in.csv", b"id,text\n1," + b"x" * 500 + b"\n", {}),
        ("in.csv", b'id,text\n1,"' + b"x\n" * 500 + b'"\n', {}),
        ("in.json", b"[" + LONG + b"]", {}),
        ("in.txt", b"a\n" * 500, {"format": "paragraphs"}),
        ("in.txt", b"a\n" * 500, {"format": "document"}),
    ],
)
def test_the_limit_holds_for_what_spans_lines(
    tmp_path: Path, name: str, content: bytes, how: dict[str, str]
) -> None:
    if name == "in.json":
        content = b"[" + b'{"text": "' + b"x" * 200_000 + b'"}]'
    with pytest.raises(DamagedError, match="a record longer than 99 bytes"):
        list(read(written(tmp_path, name, content), limit=99, **how))


def test_the_limit_holds_for_columns(tmp_path: Path) -> None:
    for name in ("in.parquet", "in.arrow"):
        with write(tmp_path / name) as out:
            out.write(of_texts(["a", "x" * 500]))
        with pytest.raises(DamagedError, match=r":2: a record longer than 99 bytes"):
            list(read(tmp_path / name, limit=99))


class Endless(io.RawIOBase):
    """Gives one letter for ever, and counts what was taken."""

    taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.taken += len(buffer)
        assert self.taken < 10 << 20
        buffer[:] = b"x" * len(buffer)
        return len(buffer)


def test_no_more_than_the_limit_is_read_of_a_line_that_never_ends() -> None:
    line = next(lines(io.BufferedReader(Endless()), "endless", 1 << 20))
    assert isinstance(line, TooLong)
    assert len(line) < 1000
