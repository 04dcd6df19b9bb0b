"""Put the figures of benchmarks/results/ into the README and docs/: `python benchmarks/figures.py`.

A page marks where a figure goes: `<!-- figure NAME -->541<!-- /figure -->`, where NAME is a key of
`FIGURES`. With `--check` nothing is written, and a page that differs from the results is an error.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import candidates
import index
import machine

HERE = Path(__file__).parent
OURS, PUBLISHED, MODEL2VEC = "wordllama here", "wordllama 0.4", "model2vec 0.10"
MARK = re.compile(r"<!-- figure (\S+) -->.*?<!-- /figure -->", re.DOTALL)
MILLION = 1_000_000
GROUPS = ("STS", "pairs", "classification", "clustering", "retrieval")


def results(name: str) -> Any:
    return json.loads((HERE / "results" / f"{name}.json").read_text())


def block(lines: list[str]) -> str:
    """Lines between marks that stand on lines of their own."""
    return "\n" + "\n".join(lines) + "\n"


def performance() -> str:
    embed, latency, topk = results("embed"), results("latency"), results("topk")
    lines = [f"| | {OURS} | {PUBLISHED} | {MODEL2VEC} |", "| --- | --- | --- | --- |"]
    lines += [rates(f"{row['data']}, texts/s", row["rate"]) for row in embed["warm"]]
    lines.append(rates("glosses, first call in a process, texts/s", embed["cold"]))
    for call, ours in latency["ours"].items():
        lines.append(f"| `{call}`, µs | **{ours:.1f}** | {latency['published'][call]:.0f} | |")
    for name, times in topk["milliseconds"].items():
        if name.startswith("wordllama"):
            kind = name.partition(", ")[2]
            lines.append(f"| `topk` of 1,000,000 x 256, {kind}, ms | **{times['1']:.1f}** | | |")
    if index_systems():
        row = index_systems()["wordllama"]
        rate, what = MILLION / row["build_s"], f"index of {MILLION:,} texts"
        lines.append(f"| {what}: `add` to a file, texts/s | **{rate:,.0f}** | | |")
        lines.append(f"| {what}: hybrid `search`, ms | **{row['hybrid'][0]:.1f}** | | |")
    names = ("embed", "latency", "topk", "index")
    details = ", ".join(f"[{n}](benchmarks/results/{n}.md)" for n in names)
    measured = f"Measured on: {machine.line(embed['machine'])}; the best 10 by `wl.topk` on: "
    measured += f"{machine.line(topk['machine'])}. Methods and peers: {details}."
    return block([*lines, "", measured])


def rates(what: str, rate: dict[str, float]) -> str:
    ours = rate[OURS]
    times = [f"{rate[n]:,.0f} ({ours / rate[n]:.0f}x)" for n in (PUBLISHED, MODEL2VEC)]
    return f"| {what} | **{ours:,.0f}** | {' | '.join(times)} |"


def gloss() -> dict[str, float]:
    """The size of a gloss of WordNet, and the nanoseconds that each step takes on one thread."""
    embed = results("embed")
    (warm,) = (row for row in embed["warm"] if row["data"] == "glosses")
    floors, ns = embed["floors"], 1e9 / warm["rate"][OURS]
    rows = floors["gather and mean alone, from ids"]
    return {
        "bytes": warm["mb_s"] * ns / 1e3,
        "tokens": ns / warm["ns_a_token"],
        "all": floors["embed"],
        "rows": rows,
        "memory": floors["reading the bytes (memchr) and writing the output"],
        "ids": floors["embed"] - rows,
    }


def costs() -> str:
    """Quality and size of each form of the default model, and how fast it is searched."""
    models, times = by_name("evaluate"), results("topk")["milliseconds"]
    lines = ["| `l2_supercat` | bytes a text | STS | classification | retrieval | best 10 |"]
    lines += ["| --- | ---: | ---: | ---: | ---: | ---: |"]
    for binary in (False, True):
        for dim in (256, 128, 64):
            cut = f" @{dim} binary" if binary else "" if dim == 256 else f" @{dim}"
            groups = models[f"l2_supercat{cut}"]["groups"]
            cells = [
                f"{groups[group]['value']:.1f}" for group in ("STS", "classification", "retrieval")
            ]
            kind = "binary" if binary else "float32"
            best = f"{times[f'wordllama, {kind}']['1']:.1f} ms" if dim == 256 else ""
            size = dim // 8 if binary else 4 * dim
            what = f"{dim} {'bits' if binary else 'dimensions'}"
            lines.append(f"| {what} | {size:,} | {' | '.join(cells)} | {best} |")
    return block(lines)


def lead() -> str:
    """l2_words beside the default model."""
    models = by_name("evaluate")
    lines = [f"| model | {' | '.join(GROUPS)} | macro |", "| --- |" + " --- |" * 6]
    for name, model in (("l2_supercat, 256", "l2_supercat"), ("**l2_words**, int8", "l2_words")):
        scores = models[model]["groups"] | {"macro": models[model]["macro"]}
        cells = [f"{scores[group]['value']:.2f}" for group in (*GROUPS, "macro")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    ahead = models["l2_words"]["ahead"]
    cells = [
        "{value:+.2f} ({low:+.1f} to {high:+.1f})".format(**ahead[group])
        for group in (*GROUPS, "macro")
    ]
    return block([*lines, f"| its lead, with the 95 % interval | {' | '.join(cells)} |"])


def index_quality() -> str:
    """How well an index finds, by mode and model."""
    ndcg = results("index_quality")["ndcg"]
    lines = ["| | SciFact | Cranfield |", "| --- | ---: | ---: |"]
    for model in ("l2_words", "l2_supercat"):
        for mode, said in (
            ("vector", "vectors"),
            ("keyword", "keywords"),
            ("hybrid 0.45", "hybrid"),
        ):
            scores = ndcg[f"{model}, {mode}"]
            lines.append(
                f"| {model}, {said} | {scores['SciFact']:.1f} | {scores['Cranfield']:.1f} |"
            )
    return block(lines)


def index_candidates() -> str:
    """How many vectors a search compares, and how many of the best are among them."""
    rows = results("candidates")["rows"]
    return block(candidates.table([row for row in rows if row["records"] >= MILLION]))


def index_systems() -> dict[str, Any]:
    """What came out with a million records, of each system that was measured."""
    rows = results("index").get(f"{MILLION}", {})
    return {name: rows[name] for name in index.SYSTEMS if name in rows}


WHY_AHEAD = {
    "LanceDB": "reads its file only as queries come, and is given the vectors",
    "Chroma": "is given the vectors, and walks a graph of neighbours, in memory while it is built",
    "sqlite-vec and FTS5": "is given the vectors, and reads all of them for each query",
    "bm25s": "keeps words only",
    "tantivy": "keeps words only",
}
"""What another system does or leaves out, where it is ahead of ours."""


def index_speed() -> str:
    """Our index beside other systems', and where and why another is ahead."""
    systems = index_systems()
    if not systems:
        return block(["Not measured yet: `benchmarks/results/index.json` has no million records."])
    lines = index.table(systems)
    for name in [name for name in index.PEERS if name in systems]:
        ahead = [
            title.partition(",")[0]
            for column, title in index.COLUMNS.items()
            if column in systems[name] and column != "recall"
            if first(systems[name][column]) < first(systems["wordllama"][column])
        ]
        if ahead:
            lines += ["", f"{name} is ahead in {', '.join(ahead)}: it {WHY_AHEAD[name]}."]
    measured = machine.line(results("index")["machine"])
    return block([*lines, "", f"{MILLION:,} pairs of glosses. Measured on: {measured}."])


def first(value: Any) -> float:
    return float(value[0] if isinstance(value, list) else value)


CLASSIFIERS = {
    "wordllama": "wordllama",
    "tfidf": "TF-IDF",
    "model2vec": "model2vec",
    "dense": "vectors",
}


def classifiers(key: str) -> str:
    """Accuracy (`full`, `few`) or time (`fit_cpu_s`) on each set, the best in bold."""
    report = results("classify")
    share = key in ("full", "few")
    lines = [f"| set | texts | classes | {' | '.join(CLASSIFIERS.values())} |"]
    lines.append("| --- |" + " ---: |" * (len(CLASSIFIERS) + 2))
    for name, about in report["sets"].items():
        found = [report["systems"][system].get(name, {}).get(key) for system in CLASSIFIERS]
        best = max(value for value in found if value is not None)
        tests = min(about["tests"], about["few_tests"]) if key == "few" else about["tests"]
        error = (best * (1 - best) / tests) ** 0.5 if share else 0.0
        cells = []
        for value in found:
            cell = "" if value is None else f"{100 * value:.1f}" if share else f"{value:.1f}"
            cells.append(f"**{cell}**" if value and share and value >= best - error else cell)
        texts = 8 * about["classes"] if key == "few" else about["texts"]
        lines.append(f"| {name} | {texts:,} | {about['classes']} | {' | '.join(cells)} |")
    return block([*lines, "", f"Measured on: {machine.line(report['machine'])}."])


def by_name(name: str) -> dict[str, Any]:
    return {model["model"]: model for model in results(name)["models"]}


def best_f1(system: str) -> dict[str, Any]:
    """A system's row at its threshold of highest F1."""
    rows = [row for row in results("dedup_quality")["rows"] if row["system"] == system]
    return max(rows, key=lambda row: row["f1"])


def inside(language: str) -> str:
    """How many cuts at 800 characters lie inside a function: by our rules, and by tree-sitter."""
    for row in results("split_code")["rows"]:
        if (row["language"], row["limit"]) == (language, 800):
            return f"{100 * row['rules']:.1f} % to {100 * row['tree-sitter']:.1f} %"
    raise KeyError(language)


def pk(texts: str, topics: bool) -> str:
    """The error of our cuts by topic, or the range of the other splitters'."""
    rows = {row["splitter"]: row["Pk"] for row in results("split_quality")[texts]}
    ours = rows.pop("wordllama chunks topics")
    return f"{ours:.2f}" if topics else f"{min(rows.values()):.2f} to {max(rows.values()):.2f}"


def languages() -> str:
    """Which languages each model reads, and how many different sentences of them look alike."""
    lines = ["| model | reads | does not read |", "| --- | --- | --- |"]
    for model in dict.fromkeys(row["model"] for row in results("coverage")["rows"]):
        cells = []
        for read in (True, False):
            rows = [row for row in results("coverage")["rows"] if row["model"] == model]
            rows = [row for row in rows if (row["share"] <= 0.5) == read]
            alike = [100 * row["dropped"]["1.0"] for row in rows]
            names = ", ".join(sorted(row["language"] for row in rows))
            cells.append(f"{names}: {min(alike):.1f} to {max(alike):.1f} %")
        lines.append(f"| {model} | {' | '.join(cells)} |")
    return block(lines)


def distilled() -> str:
    """Seconds and scores of a model distilled in one call."""
    record = results("distill")
    lines = [f"| `distill` of | seconds | of the CPU | MB | {' | '.join(GROUPS)} | macro |"]
    lines.append("| --- " * (len(GROUPS) + 5) + "|")
    for model in record["models"]:
        scores = " | ".join(f"{model['groups'][g]:.2f}" for g in GROUPS)
        size = f"{model['seconds']:.0f} | {model['cpu_seconds']:.0f} | {model['megabytes']:.1f}"
        lines.append(f"| {model['name']} | {size} | {scores} | {model['macro']:.2f} |")
    return block(
        [*lines, "", f"Measured on: {machine.line(record['machine'])}, which had other work."]
    )


FIGURES: dict[str, Callable[[], str]] = {
    "performance": performance,
    "gloss-bytes": lambda: f"{gloss()['bytes']:.0f}",
    "gloss-tokens": lambda: f"{gloss()['tokens']:.0f}",
    "gloss-ns": lambda: f"{gloss()['all']:.0f}",
    "gloss-rows-ns": lambda: f"{gloss()['rows']:.0f}",
    "gloss-memory-ns": lambda: f"{gloss()['memory']:.0f}",
    "gloss-ids-ns": lambda: f"{gloss()['ids']:.0f}",
    "gloss-ids-ns-a-byte": lambda: f"{gloss()['ids'] / gloss()['bytes']:.1f}",
    "gloss-ids-ns-a-token": lambda: f"{gloss()['ids'] / gloss()['tokens']:.0f}",
    "vectors-costs": costs,
    "evaluate-tasks": lambda: str(len(results("evaluate")["sets"])),
    "evaluate-seconds": lambda: f"{by_name('evaluate')['l2_supercat']['seconds']:.0f}",
    "evaluate-snippets": lambda: "{:.0f}".format(
        by_name("evaluate")["l2_supercat"]["sets"]["ShortTextClustering_SearchSnippets"]["value"]
    ),
    "distill": distilled,
    "l2-words-lead": lead,
    "index-candidates": index_candidates,
    "index-quality": index_quality,
    "index-speed": index_speed,
    "classify-full": lambda: classifiers("full"),
    "classify-few": lambda: classifiers("few"),
    "classify-fit": lambda: classifiers("fit_cpu_s"),
    "teacher-macro": lambda: f"{by_name('evaluate')['all-MiniLM-L6-v2']['macro']['value']:.2f}",
    "languages": languages,
    "parity-texts": lambda: f"{results('parity')['texts']:,}",
    "fold-f1": lambda: f"{best_f1('wordllama, fold')['f1']:.3f}",
    "fold-case": lambda: f"{best_f1('wordllama, fold')['found']['case']:.2f}",
    "plain-f1": lambda: f"{best_f1('wordllama')['f1']:.3f}",
    "plain-case": lambda: f"{best_f1('wordllama')['found']['case']:.2f}",
    "inside-python": lambda: inside("python"),
    "inside-javascript": lambda: inside("javascript"),
    "inside-java": lambda: inside("java"),
    "inside-c": lambda: inside("c"),
    "pk-manual": lambda: pk("Python's manual", topics=True),
    "pk-manual-others": lambda: pk("Python's manual", topics=False),
    "pk-abstracts": lambda: pk("abstracts", topics=True),
    "pk-abstracts-others": lambda: pk("abstracts", topics=False),
}


def filled(text: str) -> str:
    """The text of a page with what the results say between its marks."""
    return MARK.sub(lambda m: f"<!-- figure {m[1]} -->{FIGURES[m[1]]()}<!-- /figure -->", text)


def main(arguments: list[str]) -> None:
    root = HERE.parent
    stale = []
    for page in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        text = page.read_text()
        right = filled(text)
        if right != text:
            stale.append(str(page.relative_to(root)))
            if "--check" not in arguments:
                page.write_text(right)
    if stale and "--check" in arguments:
        sys.exit(f"{', '.join(stale)}: other figures than in benchmarks/results; run {__file__}")


if __name__ == "__main__":
    main(sys.argv[1:])
