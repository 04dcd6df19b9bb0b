"""Parts hold what was put into them, and nothing of another job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordllama.files import Batch, Parts, read, resumable

VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.integers()))


def saved(folder: Path, batches: list[Batch]) -> list[Batch]:
    parts = Parts(folder, {"job": 1})
    for batch in batches:
        parts.write(batch)
        parts.checkpoint(len(batch))
    parts.close()
    return list(Parts(folder, {"job": 1}).batches())


@settings(max_examples=30, deadline=None)
@given(st.lists(st.dictionaries(st.text(), VALUES, max_size=3), min_size=1, max_size=8))
def test_lines_and_new_columns_come_back(
    tmp_path_factory: pytest.TempPathFactory, items: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    lines = [json.dumps({**item, "text": f"text {n}"}) for n, item in enumerate(items)]
    (folder / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    n = len(items)
    new = {
        "new vector": np.arange(n * 3, dtype=np.float32).reshape(n, 3),
        "new number": np.arange(n),
        "new list": [[str(i)] for i in range(n)],
    }
    (batch,) = read(folder / "in.jsonl")
    for name, column in new.items():
        batch = batch.add(name, column)
    (back,) = saved(folder / "out.resume", [batch])
    assert (back.texts, back.records()) == (batch.texts, batch.records())
    assert back.rows.json_lines() == batch.rows.json_lines()
    assert back.added["new vector"].dtype == np.float32  # type: ignore[union-attr]


def test_arrow_columns_come_back_with_their_types(tmp_path: Path) -> None:
    table = pa.table({"text": ["a", "b"], "t": pa.array([1, 2], pa.timestamp("ns"))})
    pq.write_table(table, tmp_path / "in.parquet")
    (batch,) = read(tmp_path / "in.parquet")
    (back,) = saved(tmp_path / "out.resume", [batch])
    assert back.rows.arrow().equals(batch.rows.arrow())


def test_parts_of_another_job_are_refused(tmp_path: Path) -> None:
    Parts(tmp_path / "out.resume", {"command": "embed", "dim": 64})
    with pytest.raises(ValueError, match=r"out\.resume: changed since the interrupted run: dim"):
        Parts(tmp_path / "out.resume", {"command": "embed", "dim": 128})


def test_a_failed_job_keeps_its_parts_and_a_finished_one_leaves_only_its_output(
    tmp_path: Path,
) -> None:
    (tmp_path / "in.txt").write_text("a\nb\n")
    (batch,) = read(tmp_path / "in.txt")

    def run(fail: bool) -> int:
        with resumable(tmp_path / "out.txt", None, {"job": 1}) as parts:
            done = parts.done
            if not done:
                parts.write(batch)
                parts.checkpoint(2)
                parts.close()
            if fail:
                raise InterruptedError
            return done

    with pytest.raises(InterruptedError):
        run(fail=True)
    assert {path.name for path in tmp_path.iterdir()} == {"in.txt", "out.txt.resume"}
    assert run(fail=False) == 2
    assert (tmp_path / "out.txt").read_text() == "a\nb\n"
    assert {path.name for path in tmp_path.iterdir()} == {"in.txt", "out.txt"}
