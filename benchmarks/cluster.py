"""Is k-means as good and as fast as scikit-learn's, and how much faster than the published one?

20,000 WordNet glosses x 256, k = 20, 10 starts: seconds and inertia; V-measure on labelled short
texts (a folder of sets as in docs/evaluate.md, if given); 1,000,000 x 256, k = 1,000 by
mini-batches: seconds and memory. Run: `python benchmarks/cluster.py [FOLDER_OF_SETS] [--million]`.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import machine
import numpy as np
import peers
import texts as corpora
from numpy.typing import NDArray

from wordllama import WordLlama, cluster

HERE = Path(__file__).parent
RESULTS = HERE / "results"
ROWS, K, STARTS, SEEDS = 20_000, 20, 10, 3
SETS = ("ShortTextClustering_SearchSnippets", "ShortTextClustering_StackOverflow")
PEER = """
import json, logging, sys, time
import numpy as np
x = np.load(sys.argv[2])
found = []
for seed in range(1, int(sys.argv[5]) + 1):
    k, starts = int(sys.argv[3]), int(sys.argv[4])
    if sys.argv[1] == "scikit-learn":
        from sklearn.cluster import KMeans
        start = time.perf_counter()
        model = KMeans(k, n_init=starts, random_state=seed).fit(x)
        labels, inertia = model.labels_.tolist(), float(model.inertia_)
    else:
        from wordllama.algorithms import kmeans_clustering
        logging.disable()
        start = time.perf_counter()
        labels, inertia = kmeans_clustering(
            x, k, n_init=starts, max_iterations=100, min_iterations=5, random_state=seed
        )
    found.append({"seconds": time.perf_counter() - start, "inertia": inertia, "labels": labels})
print(json.dumps(found))
"""


def main() -> None:
    arguments = [argument for argument in sys.argv[1:] if argument != "--million"]
    path = RESULTS / "cluster.json"
    report: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    report["machine"] = machine.describe()
    if "--million" in sys.argv:
        report["million"] = million()
    else:
        report["speed"] = speed()
        if arguments:
            report["quality"] = [quality(Path(arguments[0]) / name) for name in SETS]
    path.write_text(json.dumps(report, indent=1) + "\n")
    (RESULTS / "cluster.md").write_text(page(report))
    print(page(report))


def speed() -> dict[str, Any]:
    glosses = corpora.glosses()
    x = WordLlama.load().embed(glosses[:: len(glosses) // ROWS][:ROWS], norm=True)
    runs = {"wordllama": ours(x, K, SEEDS)}
    runs["scikit-learn"] = peer("scikit-learn", x, K, SEEDS)
    runs["wordllama 0.4.0.post1"] = peer("wordllama", x, K, 1)
    return {
        name: {
            "seconds": float(np.median([run["seconds"] for run in each])),
            "inertia": float(np.median([run["inertia"] for run in each])),
            "runs": len(each),
        }
        for name, each in runs.items()
    }


def quality(folder: Path) -> dict[str, Any]:
    """V-measure of all texts of a labelled set, median of the seeds."""
    lines = (folder / "all.tsv").read_text("utf-8").splitlines()
    fields = [line.split("\t") for line in lines[1:]]  # below the names: text, label
    truth = [label for _, label in fields]
    x = WordLlama.load().embed([text for text, _ in fields], norm=True)
    k = len(set(truth))
    found = {"wordllama": ours(x, k, SEEDS), "scikit-learn": peer("scikit-learn", x, k, SEEDS)}
    return {
        "set": folder.name,
        "texts": len(x),
        "k": k,
        **{
            name: float(np.median([v_measure(truth, run["labels"]) for run in each]))
            for name, each in found.items()
        },
    }


def v_measure(truth: list[str], labels: list[int]) -> float:
    """Harmonic mean of homogeneity and completeness (Rosenberg and Hirschberg 2007)."""
    _, a = np.unique(truth, return_inverse=True)
    _, b = np.unique(labels, return_inverse=True)
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1)
    joint, left, right = (entropy(part) for part in (table, table.sum(axis=1), table.sum(axis=0)))
    return 2 * (left + right - joint) / (left + right)


def entropy(counts: NDArray[np.float64]) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def ours(x: NDArray[np.float32], k: int, seeds: int) -> list[dict[str, Any]]:
    found = []
    for seed in range(1, seeds + 1):
        start = time.perf_counter()
        result = cluster.kmeans(x, k, n_init=STARTS, random_state=seed)
        seconds = time.perf_counter() - start
        labels = result.labels.tolist()
        found.append({"seconds": seconds, "inertia": result.inertia, "labels": labels})
    return found


def peer(name: str, x: NDArray[np.float32], k: int, seeds: int) -> list[dict[str, Any]]:
    interpreter, environment = peers.published() if name == "wordllama" else (None, None)
    interpreter = interpreter or peers.python("scikit-learn", "numpy")
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "x.npy", x)
        command = [interpreter, "-c", PEER, name, f"{folder}/x.npy", k, STARTS, seeds]
        done = subprocess.run(
            list(map(str, command)), check=True, env=environment, capture_output=True, text=True
        )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def million() -> dict[str, Any]:
    """A million glosses, slightly turned: the vectors lie on disk, as they would."""
    x = WordLlama.load().embed(corpora.glosses(), norm=True)
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.npy"
        mapped = np.lib.format.open_memmap(path, "w+", np.float32, (1_000_000, x.shape[1]))
        for start in range(0, len(mapped), 100_000):
            rows = x[rng.integers(0, len(x), 100_000)]
            rows = rows + rng.normal(0, 0.02, rows.shape).astype(np.float32)
            mapped[start : start + 100_000] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        del mapped
        child = [sys.executable, __file__, "--child", str(path)]
        done = subprocess.run(child, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def child(path: str) -> None:
    x = np.load(path, mmap_mode="r")
    start = time.perf_counter()
    found = cluster.minibatch_kmeans(x, 1000, random_state=0)
    seconds = time.perf_counter() - start
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    mapped = int(status["RssFile"].split()[0]) / 1024
    print(
        json.dumps(
            {
                "seconds": seconds,
                "peak_mib": peak,
                "of_which_file_mib": mapped,
                "inertia": found.inertia,
            }
        )
    )


def page(report: dict[str, Any]) -> str:
    parts = [f"{machine.line()}.\n"]
    if "speed" in report:
        parts += [
            f"k-means of {ROWS:,} glosses x 256, k = {K}, {STARTS} starts\n",
            "| system | seconds | inertia |",
            "| --- | --- | --- |",
            *(
                f"| {name} | {row['seconds']:.2f} | {row['inertia']:.1f} |"
                for name, row in report["speed"].items()
            ),
        ]
    if "quality" in report:
        parts += [
            "\nV-measure, k as labelled, the same vectors\n",
            "| set | texts | k | wordllama | scikit-learn |",
            "| --- | --- | --- | --- | --- |",
            *(
                f"| {row['set']} | {row['texts']:,} | {row['k']} | {100 * row['wordllama']:.2f} "
                f"| {100 * row['scikit-learn']:.2f} |"
                for row in report["quality"]
            ),
        ]
    if "million" in report:
        row = report["million"]
        parts.append(
            f"\n1,000,000 x 256 on disk, k = 1,000, mini-batches: {row['seconds']:.0f} s, peak "
            f"{row['peak_mib']:,.0f} MiB, of which {row['of_which_file_mib']:,.0f} MiB are the "
            "file's pages."
        )
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    if "--child" in sys.argv:
        child(sys.argv[-1])
    else:
        main()
