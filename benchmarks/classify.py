"""How well are texts classified, and how long does a fit take? Beside three other ways.

    python benchmarks/classify.py FOLDER_OF_SETS [--few] [SYSTEM ...]

Each set is fitted whole, and on 8 texts of each class (3 draws, the mean of which is given). The
sets are in the layout of `docs/evaluate.md`, and two come from Debian: WordNet's glosses by
lexicographer file and package descriptions by section (37,611 for the fit, 10,000 held out). With
systems named, only these run anew; with --few, only their fits to 8 texts a class. All that use
vectors use those of l2_words.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import machine
import peers
from texts import WORDNET

from wordllama import WordLlama
from wordllama.evaluate import sets as evaluation
from wordllama.evaluate.tasks import Clustered, Labelled

RESULTS = Path(__file__).parent / "results"
PEER = Path(__file__).with_name("classify_peer.py")
REQUIREMENTS = ("model2vec[train]==0.10.0",)
SYSTEMS = {
    "wordllama": "wordllama",
    "tfidf": "TF-IDF, linear SVM",
    "model2vec": "model2vec, trained",
    "dense": "vectors, logistic regression",
}
SHOTS, DRAWS, FEW_TESTS = 8, 3, 2000
MOST = {"model2vec": 4_100}
"""Texts of the largest set that a system is fitted to whole: more take too long."""
FIT, HELD_OUT = 37_611, 10_000
MIN_CLASS = 20

NOTE = """full, few: accuracy when fitted to the whole set, and to 8 texts a class. fit_s and
fit_cpu_s: seconds of the whole fit by the clock, and of all processor cores. Only the
processor time can be compared: the machine had other work."""

Row = tuple[str, str]


class Set(NamedTuple):
    """Labelled texts to learn from, and others to be tested on."""

    train: list[Row]
    test: list[Row]


def of_folder(folder: Path) -> dict[str, Set]:
    """The sets with labels; what has no split is halved."""
    found = {}
    for task in evaluation.read_tasks(folder):
        if isinstance(task, Labelled):
            train = list(zip(task.train, task.train_labels, strict=True))
            test = list(zip(task.test, task.test_labels, strict=True))
            found[task.name] = Set(train, test)
        elif isinstance(task, Clustered):
            rows = shuffled(zip(task.texts, task.labels, strict=True))
            found[task.name.rpartition("_")[2]] = halved(rows, len(rows) // 2, len(rows))
    return found


def wordnet() -> Set:
    rows = []
    for kind in ("noun", "verb", "adj", "adv"):
        for line in (WORDNET / f"data.{kind}").read_text("utf-8").splitlines():
            head, mark, gloss = line.partition(" | ")
            if mark and not line.startswith("  "):
                rows.append((gloss.strip(), head.split()[1]))
    return halved(shuffled(rows), FIT, HELD_OUT)


def packages() -> Set:
    """Short descriptions of Debian's packages, each once, in sections of 20 or more."""
    dump = subprocess.run(["apt-cache", "dumpavail"], check=True, capture_output=True, text=True)
    rows: dict[str, str] = {}
    for package in dump.stdout.split("\n\n"):
        fields = dict(re.findall(r"^(Description|Section)(?:-en)?: (.*)$", package, re.MULTILINE))
        if len(fields) == 2:
            rows.setdefault(fields["Description"], fields["Section"].rpartition("/")[2])
    counts = Counter(rows.values())
    held = sorted(row for row in rows.items() if counts[row[1]] >= MIN_CLASS)
    return halved(shuffled(held), FIT, HELD_OUT)


def shuffled(rows: Iterable[Row]) -> list[Row]:
    listed = list(rows)
    random.Random(0).shuffle(listed)
    return listed


def halved(rows: list[Row], fit: int, held_out: int) -> Set:
    return Set(rows[:fit], rows[fit : fit + held_out])


def few(rows: list[Row], seed: int) -> list[Row]:
    """SHOTS texts of each class."""
    taken: Counter[str] = Counter()
    chosen = []
    for row in random.Random(seed).sample(rows, len(rows)):
        if taken[row[1]] < SHOTS:
            taken[row[1]] += 1
            chosen.append(row)
    return chosen


def jobs(given: Set, system: str) -> list[Set]:
    """The few, and last the whole, if that is not too many for the system."""
    tests = random.Random(0).sample(given.test, min(len(given.test), FEW_TESTS))
    draws = [Set(few(given.train, seed), tests) for seed in range(DRAWS)]
    return [*draws, *([given] if len(given.train) <= MOST.get(system, FIT) else [])]


def run(system: str, made: list[Set]) -> list[dict]:
    """What classify_peer.py gives for each job."""
    python = peers.python(*REQUIREMENTS) if system == "model2vec" else Path(sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        WordLlama.load("l2_words").save(folder)
        told = [
            {"texts": [t for t, _ in train], "labels": [s for _, s in train],
             "tests": [t for t, _ in test]}
            for train, test in made
        ]  # fmt: skip
        job = {"system": system, "model": folder, "jobs": told}
        done = subprocess.run(
            [python, PEER], input=json.dumps(job), check=True, stdout=subprocess.PIPE, text=True
        )
    return json.loads(done.stdout)


def score(made: list[Set], done: list[dict]) -> dict[str, float]:
    shares = [
        mean(guess == true for guess, (_, true) in zip(result["predicted"], test, strict=True))
        for (_, test), result in zip(made, done, strict=True)
    ]
    scores = {"few": mean(shares[:DRAWS])}
    for share, result, (_, test) in zip(shares[DRAWS:], done[DRAWS:], made[DRAWS:], strict=True):
        scores |= {"full": share, "fit_s": result["fit_s"], "fit_cpu_s": result["fit_cpu_s"]}
        scores["texts_s"] = len(test) / result["predict_s"]
    return scores


def table(report: dict, key: str) -> list[str]:
    lines = [f"| {key} | texts | classes | {' | '.join(SYSTEMS.values())} |"]
    lines.append("| --- |" + " ---: |" * (len(SYSTEMS) + 2))
    for name, told in report["sets"].items():
        values = [report["systems"].get(system, {}).get(name, {}).get(key) for system in SYSTEMS]
        digits = 1 if key.startswith("fit") else 3
        cells = ["" if value is None else f"{value:,.{digits}f}" for value in values]
        lines.append(f"| {name} | {told['texts']:,} | {told['classes']} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    folder, *systems = (argument for argument in sys.argv[1:] if argument != "--few")
    only_few = "--few" in sys.argv
    path = RESULTS / "classify.json"
    report: dict = {"systems": {}}
    if (systems or only_few) and path.exists():
        report = json.loads(path.read_text())
    data = of_folder(Path(folder)) | {"WordNet": wordnet(), "Debian": packages()}
    report["machine"] = machine.describe()
    report["sets"] = {
        name: {
            "texts": len(given.train),
            "tests": len(given.test),
            "few_tests": FEW_TESTS,
            "classes": len({label for _, label in given.train}),
        }
        for name, given in data.items()
    }
    for system in systems or SYSTEMS:
        rows = report["systems"].setdefault(system, {})
        for name, given in data.items():
            print(system, name, file=sys.stderr)
            made = jobs(given, system)[: DRAWS if only_few else None]
            kept = rows.get(name, {}) if only_few else {}
            rows[name] = kept | score(made, run(system, made))
            path.write_text(json.dumps(report, indent=1) + "\n")
    write(report)


def write(report: dict) -> None:
    keys = ("full", "few", "fit_s", "fit_cpu_s")
    parts = [machine.line(report["machine"]), NOTE]
    parts += ["\n".join(table(report, key)) for key in keys]
    path = RESULTS / "classify.json"
    path.write_text(json.dumps(report, indent=1) + "\n")
    path.with_suffix(".md").write_text("\n\n".join(parts) + "\n")
    print("\n\n".join(parts))


if __name__ == "__main__":
    main()
