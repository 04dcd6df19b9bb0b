"""`wordllama train`: the stages of a configuration, one after another, each kept on disk."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from wordllama.atomic import atomic_write
from wordllama.train import checkpoints, config, fitting, linear
from wordllama.train.config import Config, Data
from wordllama.train.corpus import Column, Corpus, kept_rows, read_corpus
from wordllama.train.curve import draw_curve
from wordllama.train.dev import scorer
from wordllama.train.exclude import Exclusion, texts_in
from wordllama.train.source import Source, open_source
from wordllama.train.stages import (
    STAGES,
    Center,
    Contrastive,
    Distill,
    FoldCase,
    Join,
    Pca,
    Scale,
    Sif,
    Stage,
    TeacherRows,
)
from wordllama.train.teacher import (
    Teacher,
    cached_vectors,
    languages_of,
    load_teacher,
    token_texts,
)

Log = Callable[[str], None]
Rows = NDArray[np.float32]
Start: TypeAlias = Rows | None


def train(settings: Config, *, resume: bool = False, log: Log = print, curve: bool = True) -> Path:
    """Run all stages; the file of the last one's rows, for `save`.

    Args:
        settings: what to do (see `config.read`).
        resume: go on from the last checkpoint in the output folder; without it, an earlier run's
            checkpoints there are removed, its cached teacher vectors are not.
        log: called with each line of what is going on.
        curve: draw `loss.png` after each stage.

    Raises:
        FileNotFoundError, ValueError: what the configuration names is missing or malformed.
        FloatingPointError: the loss became NaN or infinite; earlier checkpoints are intact.
        OSError: a checkpoint can't be written; earlier checkpoints are intact.
    """
    return _Run(settings, log, curve).go(resume)


class _Run:
    def __init__(self, settings: Config, log: Log, curve: bool) -> None:
        self.settings = settings
        self.log = log
        self.curve = curve
        self.folder = Path(settings.training.output_dir)
        _prepare_torch(settings)
        if settings.model.codebook is None:
            raise ValueError("model.codebook is missing: the codebook or model to start from")
        self.source = open_source(settings.model.codebook, settings.model.dim)
        _check_shape(settings, self.source)
        self.encoder = self.source.encoder()
        self.exclusion = self._read_exclusion()
        self.corpora: dict[str, Corpus] = {}
        self.teachers: dict[str, Teacher] = {}

    def go(self, resume: bool) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        if not resume:
            _clear(self.folder)
        with atomic_write(self.folder / "tokenizer.json") as out:
            out.write(self.source.tokenizer_json.encode())
        stages = self.settings.stage
        for stage in stages:
            for data in self._data(stage):
                self._corpus(data)
        last = self._finished(len(stages))
        rows = None if last is None or last < 0 else self._stage_rows(last)
        if last is None or last < 0:
            self._write(-1, np.empty((0, 0), dtype=np.float32))
            last = -1
        for number in range(last + 1, len(stages)):
            self.log(f"stage {number + 1} of {len(stages)}: {type(stages[number]).__name__}")
            stage = stages[number]
            rows = STEPS[type(stage)](self, number, stage, rows, resume)
            self._write(number, rows)
            if self.curve:
                draw_curve(checkpoints.Metrics(self.folder).read(), self.folder / "loss.png")
        return checkpoints.stage_file(self.folder, len(stages) - 1)

    def _fitted(self, number: int, stage: Contrastive | Distill, rows: Start, resume: bool) -> Rows:
        before = self.source.codebook() if rows is None else rows
        wide = [d for d in self.settings.matryoshka.dims if d > before.shape[1]]
        if wide and stage.train == "rows":
            self.log(f"matryoshka.dims {wide} left out: the rows are {before.shape[1]} wide")
        return fitting.run_stage(
            number,
            stage,
            self.settings,
            self.source,
            before,
            [(self._corpus(d), self._teacher(stage, d)) for d in self._data(stage)],
            self._axes(stage),
            self._dev(),
            self._fingerprint(),
            resume,
        )

    def _axes(self, stage: Contrastive | Distill) -> linear.Axes | None:
        """Those that `teacher_rows` without data gives, where the stage is fitted to them."""
        if not isinstance(stage, Distill) or stage.axes == "texts":
            return None
        vectors, known = self._tokens(stage.teacher)
        return linear.main_axes([vectors[known]], vectors.shape[1], stage.whiten)

    def _changed(self, number: int, stage: Stage, rows: Start, resume: bool) -> Rows:
        """The rows after a stage that works on rows and the tokens of texts alone."""
        current = self.source.dense() if rows is None else rows
        columns = [c for d in self._data(stage) for c in self._corpus(d).columns]
        return LINEAR[type(stage)](current, columns, stage)

    def _case_folded(self, number: int, stage: FoldCase, rows: Start, resume: bool) -> Rows:
        current = self.source.dense() if rows is None else rows
        vocabulary = self.source.tokenizer().get_vocab(with_added_tokens=False)
        return linear.fold_case(current, vocabulary, stage.share)

    def _data(self, stage: Stage) -> list[Data]:
        names = getattr(stage, "data", ())
        if not names and not stage.needs_data:
            return []
        found = config.data_named(self.settings, names, stage.kinds)
        if not found and not stage.or_rows:
            kinds = ", ".join(stage.kinds)
            raise ValueError(f"stage {type(stage).__name__} has no data: add [[data]] of {kinds}")
        return found

    def _corpus(self, data: Data) -> Corpus:
        if data.name not in self.corpora:
            limit = self.settings.tokenizer.max_length
            corpus = read_corpus(data, self.encoder.token_ids, self.exclusion, limit)
            self.corpora[data.name] = corpus
            self.log(f"{data.name}: {corpus.n_rows} rows, {corpus.removed} removed as evaluation")
        return self.corpora[data.name]

    def _teacher(self, stage: Stage, data: Data) -> NDArray[np.float16] | None:
        if not isinstance(stage, Distill | TeacherRows):
            return None
        corpus = self._corpus(data)
        texts = (row[0] for row in kept_rows(data, self.exclusion) if row is not None)
        name = f"{Path(stage.teacher).name}-{data.name}-{corpus.fingerprint[:16]}.npy"
        return self._taught(name, stage.teacher, texts, corpus.n_rows, data.name)

    def _taught(
        self, name: str, teacher: str, texts: Iterable[str], count: int, what: str
    ) -> NDArray[np.float16]:
        """The teacher's vectors, from their file as far as they are there."""

        def load() -> Teacher:
            if teacher not in self.teachers:
                self.teachers[teacher] = load_teacher(teacher, self.settings.training.device)
            return self.teachers[teacher]

        began: list[tuple[float, int]] = []

        def tell(done: int) -> None:
            began.append((time.monotonic(), done))
            rate = (done - began[0][1]) / (began[-1][0] - began[0][0] or 1)
            left = f", {_duration((count - done) / rate)} left" if rate and done < count else ""
            self.log(f"teacher vectors of {what}: {done} of {count}{left}")

        return cached_vectors(self.folder / "teacher" / name, texts, count, load, tell)

    def _teacher_rows(self, number: int, stage: TeacherRows, rows: Start, resume: bool) -> Rows:
        vectors, known = self._tokens(stage.teacher)
        taught = [self._teacher(stage, d) for d in self._data(stage)]
        texts = [t for t in taught if t is not None]
        axes = linear.main_axes(texts or [vectors[known]], stage.dim, stage.whiten)
        if stage.dim > len(axes.mean):
            dims = len(axes.mean)
            raise ValueError(f"dim is {stage.dim}, expected at most {dims}, the teacher's")
        taught_rows = axes.of(vectors).astype(np.float32)
        taught_rows[~known] = 0
        return taught_rows

    def _tokens(self, teacher: str) -> tuple[NDArray[np.float16], NDArray[np.bool_]]:
        """The teacher's vectors of the tokens, and which of these stand for a text."""
        texts = token_texts(self.source.tokenizer())
        texts += [""] * (self.source.n_tokens - len(texts))
        digest = hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass")).hexdigest()
        name = f"{Path(teacher).name}-tokens-{digest[:16]}.npy"
        vectors = self._taught(name, teacher, texts, len(texts), "tokens")
        return vectors, np.array([bool(text) for text in texts])

    def _dev(self) -> fitting.Dev | None:
        data = self.settings.evaluation.data
        return None if data is None else scorer(data, self.encoder.token_ids)

    def _read_exclusion(self) -> Exclusion:
        paths = [*self.settings.evaluation.exclude]
        if self.settings.evaluation.data:
            paths.append(self.settings.evaluation.data.path)
        exclusion = Exclusion(text for path in paths for text in texts_in(path))
        if paths:
            self.log(f"evaluation texts kept out of training: {len(exclusion)}")
        return exclusion

    def _fingerprint(self) -> str:
        training = dataclasses.replace(self.settings.training, output_dir="", save_total_limit=1)
        parts = [repr(dataclasses.replace(self.settings, training=training))]
        parts += [corpus.fingerprint for corpus in self.corpora.values()]
        parts.append(f"{self.source.n_tokens} {self.source.columns}")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _finished(self, stages: int) -> int | None:
        last = checkpoints.last_stage(self.folder, stages)
        if last is None:
            return None
        file = checkpoints.stage_file(self.folder, last)
        if checkpoints.read(file).meta["fingerprint"] != self._fingerprint():
            raise ValueError(
                f"{file}: written under another configuration or other data; "
                "train without --resume, or into another output_dir"
            )
        return last

    def _stage_rows(self, stage: int) -> NDArray[np.float32]:
        return checkpoints.read(checkpoints.stage_file(self.folder, stage)).array("rows")

    def _languages(self) -> tuple[str, ...] | None:
        teachers = [str(getattr(stage, "teacher", "")) for stage in self.settings.stage]
        taught = [languages_of(teacher) for teacher in teachers if teacher]
        known = next((languages for languages in reversed(taught) if languages), None)
        return self.settings.model.languages or known or self.source.languages

    def _source_name(self) -> str:
        return Path(self.source.where).name

    def _write(self, stage: int, rows: NDArray[np.float32]) -> None:
        licences = {data.name: data.licence for data in self.settings.data}
        data = [
            {"name": c.name, "kind": c.kind, "rows": c.n_rows, "removed": c.removed}
            | {"licence": licences[c.name]}
            for c in self.corpora.values()
        ]
        model = self.settings.model
        meta: dict[str, object] = {"stage": stage, "step": None}
        meta["fingerprint"] = self._fingerprint()
        meta |= {"name": model.name, "data": data, "source": self._source_name()}
        meta |= {"licence": model.licence, "dims": list(self.settings.matryoshka.dims)}
        meta["normalize"] = model.normalize
        if languages := self._languages():
            meta["languages"] = list(languages)
        meta |= {"stages": [_described(s) for s in self.settings.stage]}
        checkpoints.write(checkpoints.stage_file(self.folder, stage), {"rows": rows}, meta)


def _join(rows: Rows, columns: Sequence[Column], stage: Join) -> Rows:
    return linear.join(rows, open_source(stage.model).dense(), columns, stage.factor)


LINEAR: dict[type[Any], Callable[[Rows, list[Column], Any], Rows]] = {
    Pca: lambda rows, columns, stage: linear.pca(rows, columns, stage.dim, stage.whiten),
    Sif: lambda rows, columns, stage: linear.sif(rows, [] if stage.zipf else columns, stage.a),
    Join: _join,
    Scale: lambda rows, columns, stage: linear.scale(rows, columns, stage.norm),
    Center: lambda rows, columns, stage: linear.center(rows, columns, stage.components),
}
STEPS: dict[type[Any], Callable[[_Run, int, Any, Start, bool], Rows]] = {
    Contrastive: _Run._fitted,
    Distill: _Run._fitted,
    TeacherRows: _Run._teacher_rows,
    FoldCase: _Run._case_folded,
    **dict.fromkeys(LINEAR, _Run._changed),
}
"""What runs each stage: (run, number, stage, rows before or None, resume) -> rows after."""


def _described(stage: Stage) -> str:
    """A stage as the model card tells it: its kind and the keys that were set."""
    kind = next(kind for kind, cls in STAGES.items() if cls is type(stage))
    unset = {f.name: f.default for f in dataclasses.fields(stage)}
    values = {k: v for k, v in vars(stage).items() if v != unset[k]}
    for key in stage.places:
        if key in values:
            values[key] = Path(values[key]).name
    return " ".join([kind, *(f"{k}={v}" for k, v in values.items())])


def _duration(seconds: float) -> str:
    """In words.

    >>> _duration(7.2), _duration(200)
    ('7 s', '3 min')
    """
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _prepare_torch(settings: Config) -> None:
    torch.manual_seed(settings.training.seed)
    if settings.training.threads:
        torch.set_num_threads(settings.training.threads)
    if settings.training.device != "cpu" and not torch.cuda.is_available():
        raise ValueError(f"training.device is {settings.training.device!r}, but there is no CUDA")


def _check_shape(settings: Config, source: Source) -> None:
    expected = {"dim": settings.model.dim, "n_vocab": settings.model.n_vocab}
    found = {"dim": source.columns, "n_vocab": source.n_tokens}
    for key, value in expected.items():
        if value is not None and value != found[key]:
            raise ValueError(f"model.{key} is {value}, but {source.where} has {found[key]}")


def _clear(folder: Path) -> None:
    for pattern in ("stage-*.safetensors", "checkpoint-*.safetensors", "metrics.jsonl"):
        for file in folder.glob(pattern):
            file.unlink()
