"""`wordllama classify train`, `predict` and `evaluate`."""

from __future__ import annotations

import json as json_format
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import numpy as np
import typer
from typer import Argument, Context, Option

from wordllama.atomic import atomic_write
from wordllama.cli import guarded
from wordllama.cli.bundles import MODEL_OPTIONS, READING, WRITING, ModelOptions, Reading, Writing
from wordllama.cli.corpus import Corpus
from wordllama.cli.grouping import Command
from wordllama.cli.options import Check, Input, Out, Resume, Text
from wordllama.cli.spreading import spread
from wordllama.cli.streaming import job, stream
from wordllama.files import Batch

if TYPE_CHECKING:
    from wordllama import WordLlama
    from wordllama.classify import Classifier

app = typer.Typer(no_args_is_help=True, help="Learn labels from labelled texts, and give them.")

Folder = Annotated[Path, Argument(help="The folder that `classify train` wrote.")]
_COLUMNS = "columns.json"
"""Which columns `train` read, in the classifier's folder: `evaluate` reads the same."""


def train(
    input: Input = None,
    label: Annotated[str, Option("--label", "-l", help="The column with the labels.")] = "label",
    out: Annotated[
        Path | None, Option("--output", "-o", help="The folder to write: model and classifier.")
    ] = None,
    c: Annotated[
        float | None,
        Option("--c", help="How much errors cost beside large weights (default: chosen)."),
    ] = None,
    balanced: Annotated[
        bool, Option("--balanced", help="Let rare classes count as much as frequent ones.")
    ] = False,
    force: Annotated[bool, Option("--force", help="Replace a classifier that is there.")] = False,
    reading: Reading = READING,
    model: ModelOptions = MODEL_OPTIONS,
) -> None:
    """Fit a classifier to labelled texts.

    Says how well it labels texts that were held out from a fit. All texts are held in memory.

    \b
    Examples:
      $ wordllama classify train labelled.jsonl --label topic -o topics
      8 texts, 2 classes; of 8 held out, 0.875 are labelled rightly
    """
    if out is None:
        raise ValueError("classify train needs --output FOLDER, where it writes the classifier")
    if not force and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(
            f"--output {out}: it exists and is not empty; --force replaces what is there"
        )
    wl = model.load()
    texts: list[str] = []
    labels: list[Any] = []
    with reading.records(input, force=force, model=wl) as records:
        for batch, given in _labelled(records, label):
            texts += batch.texts
            labels += given
    made = wl.fit_classifier(texts, labels, c, balanced=balanced, progress=True)
    made.save(out)
    with atomic_write(out / _COLUMNS) as file:
        file.write(json_format.dumps({"label": label, "text": reading.column}).encode())
    told = f"{len(texts):,} texts, {len(made.classes_):,} classes"
    choice = made.choice_
    if choice and choice.accuracy is not None:
        share = f"of {choice.held_out:,} held out, {choice.accuracy:.3f} are labelled rightly"
        print(f"{told}; {share}")
    else:
        print(f"{told}; none could be held out: no class has two texts")


def predict(
    context: Context,
    folder: Folder,
    input: Input = None,
    output: Out = None,
    text: Text = None,
    top: Annotated[
        int, Option("--top", "-k", min=1, help="Also the next best labels, N in all.")
    ] = 1,
    label: Annotated[
        str, Option("--label", "-l", help="The name of the column with the label.")
    ] = "label",
    probability: Annotated[
        str, Option("--probability", help="The name of the column with its probability.")
    ] = "probability",
    reading: Reading = READING,
    writing: Writing = WRITING,
    resume: Resume = False,
    check: Check = True,
) -> None:
    """Add to each record its most probable label, and the probability.

    With --top, the columns of the next best end with _2, _3 and so on.

    \b
    Examples:
      $ wordllama classify predict topics reviews.jsonl predicted.csv
      $ wordllama classify predict topics -t "a van with a flat tyre" --json | jq -r .label
      cars
    """
    classifier, wl = _loaded(folder, check)
    held = classifier.classes_
    top = min(top, len(held))

    def labelled(batch: Batch) -> Batch:
        chances = classifier.predict_proba(batch.texts)
        order = np.argsort(-chances, axis=1, kind="stable")[:, :top]
        for place in range(top):
            end = f"_{place + 1}" if place else ""
            best = order[:, place]
            batch = batch.add(label + end, held[best].tolist())
            batch = batch.add(probability + end, chances[np.arange(len(best)), best])
        return batch

    with reading.records(input, text, force=writing.force, model=wl) as records:
        done = None
        if resume:
            done = job(context, wl, records)
            done["the classifier"] = (folder / "classifier.json").read_text("utf-8")
        with writing.results(output, records.format(), done) as out:
            stream(records, out, labelled)


def evaluate(
    folder: Folder,
    input: Input = None,
    label: Annotated[
        str | None,
        Option("--label", "-l", help="The column with the labels (default: that of the training)."),
    ] = None,
    json: Annotated[bool, Option("--json", help="Print one JSON object.")] = False,
    reading: Reading = READING,
    check: Check = True,
) -> None:
    """Compare texts' labels with a classifier's.

    Prints accuracy, macro F1, the scores of each label, and which are taken for which.

    \b
    Examples:
      $ wordllama classify evaluate topics labelled.jsonl
      accuracy 1.0000 of 8 texts, macro F1 1.0000
      ...
      $ wordllama classify evaluate topics labelled.jsonl --json | jq .macro_f1
      1
    """
    from wordllama.classify import Report

    classifier, wl = _loaded(folder, check)
    trained = _columns(folder)
    label = label or trained.get("label") or "label"
    reading = replace(reading, column=reading.column or trained.get("text"))
    known = {str(each): each for each in classifier.classes_.tolist()}
    counts: Counter[tuple[Any, Any]] = Counter()
    with reading.records(input, model=wl) as records:
        for batch, given in _labelled(records, label):
            labels = [known.get(str(each), each) for each in given]
            counts.update(zip(labels, classifier.predict(batch.texts).tolist(), strict=True))
    report = Report(counts)
    unknown = sorted({str(label) for label, _ in counts} - known.keys())
    if unknown:
        listed = ", ".join(unknown[:5]) + (", ..." if len(unknown) > 5 else "")
        print(f"note: the classifier never saw these labels: {listed}", file=sys.stderr)
    print(json_format.dumps(report.to_dict(), ensure_ascii=False) if json else report)


def _loaded(folder: Path, check: bool) -> tuple[Classifier, WordLlama]:
    from wordllama import WordLlama  # noqa: F401  (its classifiers load it)
    from wordllama.classify import Classifier

    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder}: no such folder; make one with: wordllama classify train FILE -o {folder}"
        )
    classifier = Classifier.load(folder)
    wl = cast("WordLlama", classifier.model)
    wl.check = check
    return classifier, wl


def _columns(folder: Path) -> dict[str, str | None]:
    """The columns that the classifier learnt from; none if it was saved from Python."""
    file = folder / _COLUMNS
    if not file.exists():
        return {}
    try:
        return {str(name): column for name, column in json_format.loads(file.read_bytes()).items()}
    except (ValueError, AttributeError) as error:
        raise ValueError(f"{file}: is damaged ({error}); delete it, and name --label") from error


def _labelled(records: Corpus, column: str) -> Iterator[tuple[Batch, list[Any]]]:
    """Batches and the labels of their records."""
    done = 0
    for batch in records:
        if batch.column == column:
            raise ValueError(f"--label {column}: this is the column with the texts")
        labels = []
        for place, record in enumerate(batch.rows.records(), done + 1):
            if column not in record:
                held = ", ".join(map(str, record)) or "none"
                raise ValueError(
                    f"--label {column}: record {place} has no such column; it has {held}"
                )
            if record[column] is None or record[column] == "":
                raise ValueError(f"record {place} has no label in column {column!r}: leave it out")
            labels.append(record[column])
        done += len(batch)
        yield batch, labels


for command in (train, predict, evaluate):
    app.command(command.__name__, cls=Command)(guarded(spread(command)))
