"""What to train, read from TOML: every key checked, errors name the key.

The published configurations are accepted as they are (their keys that only steer the published
trainer's libraries are read and have no effect); `[[data]]` and `[[stage]]` are ours.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from wordllama.coverage.languages import language_codes
from wordllama.modelfiles.tomlfile import read_toml
from wordllama.train.fields import Count, FileName, OneOf, Positive, Whole, build
from wordllama.train.stages import COLUMNS, KINDS, STAGES, Contrastive, Stage


@dataclass(frozen=True)
class Model:
    """Where the rows come from."""

    codebook: str | None = None
    """A folder written by `wordllama extract`, a model folder, or a model's name."""
    dim: Count | None = None
    """The codebook's columns, checked where given."""
    n_vocab: Count | None = None
    """The codebook's rows, checked where given."""
    name: Annotated[str, FileName()] = "model"
    """What the saved folders are called."""
    licence: str = ""
    """The codebook's licence, for the model card."""
    languages: tuple[str, ...] = field(default=(), repr=False)  # not in a checkpoint's fingerprint
    """Codes of the languages that the model is made for, such as "en"; those of a teacher, or else
    of the codebook, where not given and known."""
    normalize: bool = False
    """Save a model whose vectors have length 1: clusters and classifiers then do not see how many
    words a text has and how they agree."""
    hf_model_id: str | None = None
    pad_token: str | None = None
    is_encoder: bool | None = None


@dataclass(frozen=True)
class TokenizerOptions:
    """How texts become tokens; special tokens are never added."""

    max_length: Count = 256
    """Tokens of a text beyond this are left out."""
    add_special_tokens: bool = False
    return_tensors: str | None = None
    return_attention_mask: bool | None = None
    padding: str | None = None
    truncation: bool | None = None
    inference: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Training:
    """How long and how fast; a stage's own keys come before these."""

    output_dir: str = "output"
    num_train_epochs: Count = 1
    per_device_train_batch_size: Count = 256
    learning_rate: Positive = 3e-4
    warmup_steps: Whole = 256
    eval_steps: Count = 250
    save_steps: Count = 1000
    save_total_limit: Count = 3
    patience: Whole = 0
    """Stop a stage after so many evaluations without a better one; 0 never stops."""
    seed: Whole = 0
    device: str = "cpu"
    threads: Whole = 0
    """CPU threads; 0 leaves PyTorch's own choice. Weights are equal for an equal number."""
    binarizer_ste: Annotated[str, OneOf("ste", "tanh")] = "ste"
    """How a binary model's gradient passes the sign: "ste" (where |x| <= 1) or "tanh"."""
    multi_dataset_batch_sampler: Annotated[str, OneOf("PROPORTIONAL", "ROUND_ROBIN")] = (
        "PROPORTIONAL"
    )
    evaluation_strategy: str | None = None
    fp16: bool | None = None
    include_num_input_tokens_seen: bool | None = None


@dataclass(frozen=True)
class Matryoshka:
    """The widths at which the loss is taken."""

    dims: tuple[Count, ...] = (1024, 512, 256, 128, 64)


@dataclass(frozen=True)
class Data:
    """One data set: a JSONL, CSV, TSV or Parquet file and its columns."""

    path: str
    kind: Annotated[str, OneOf(*KINDS)]
    """"pairs" (text, match), "triplets" (text, match, no match), "scored" (text, text, number) or
    "texts" (one text a row)."""
    columns: tuple[str, ...] = ()
    """Names of the columns, in the order of the kind; the first columns where not given."""
    name: str = ""
    """What stages call it; the file's name without its ending where not given."""
    lower: bool = False
    """Also train on each row in lower case."""
    licence: str = ""
    """The texts' licence, for the model card."""
    limit: Count | None = None
    """Read at most so many rows."""


@dataclass(frozen=True)
class Evaluation:
    """What watches the training, and what it must never see."""

    data: Data | None = None
    """A dev set of kind "scored" (Spearman) or "pairs" (mean reciprocal rank)."""
    exclude: tuple[str, ...] = ()
    """Files and folders whose texts are removed from the training data (see `exclude`)."""


@dataclass(frozen=True)
class Config:
    """A whole training."""

    model: Model = field(default_factory=Model)
    tokenizer: TokenizerOptions = field(default_factory=TokenizerOptions)
    training: Training = field(default_factory=Training)
    matryoshka: Matryoshka = field(default_factory=Matryoshka)
    data: tuple[Data, ...] = ()
    evaluation: Evaluation = field(default_factory=Evaluation)
    stage: tuple[Stage, ...] = (Contrastive(),)


def read(path: str | Path) -> Config:
    """The configuration in a TOML file; paths in it are relative to the file's folder.

    Raises FileNotFoundError for a file that it names and that is missing, ValueError for a key
    that is unknown, of the wrong type or out of range; both name the key.
    """
    path = Path(path)
    table = read_toml(path, extra="train")
    try:
        config = parse(table)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return _resolved(config, path)


def parse(table: Mapping[str, Any]) -> Config:
    """The configuration in a table, as TOML gives it.

    >>> parse({"training": {"learning_rte": 1}})
    Traceback (most recent call last):
    ...
    ValueError: training.learning_rte is not a key; there are output_dir, num_train_epochs, ...
    >>> parse({"stage": [{"kind": "sif", "a": "x"}]})
    Traceback (most recent call last):
    ...
    ValueError: stage[0].a is 'x', expected a number
    """
    table = dict(table)
    stages = table.pop("stage", None)
    config = build(Config, table, "")
    if stages is not None:
        if not isinstance(stages, list) or not all(isinstance(s, dict) for s in stages):
            raise ValueError("stage is not a list of tables, expected [[stage]]")
        built = tuple(_stage(dict(stage), f"stage[{i}]") for i, stage in enumerate(stages))
        config = dataclasses.replace(config, stage=tuple(s for s in built if s.enabled))
    _check(config)
    return config


def _stage(table: dict[str, Any], where: str) -> Stage:
    kind = table.pop("kind", None)
    if not isinstance(kind, str) or kind not in STAGES:
        raise ValueError(f"{where}.kind is {kind!r}, expected one of {', '.join(STAGES)}")
    stage: Stage = build(STAGES[kind], table, where)
    return stage


def _check(config: Config) -> None:
    if config.tokenizer.add_special_tokens:
        raise ValueError("tokenizer.add_special_tokens is true, expected false: none are added")
    language_codes(config.model.languages, "model.languages")
    if not config.matryoshka.dims:
        raise ValueError("matryoshka.dims must list widths of 1 or more")
    for i, data in enumerate(config.data):
        _check_columns(data, f"data[{i}]")
    _check_evaluation(config.evaluation)
    _check_stages(config)


def _check_columns(data: Data, where: str) -> None:
    if data.columns and len(data.columns) != COLUMNS[data.kind]:
        raise ValueError(
            f"{where}.columns has {len(data.columns)} names, "
            f"expected {COLUMNS[data.kind]} for {data.kind}"
        )


def _check_evaluation(evaluation: Evaluation) -> None:
    if evaluation.data is None:
        return
    if evaluation.data.kind not in ("scored", "pairs"):
        kind = evaluation.data.kind
        raise ValueError(f"evaluation.data.kind is {kind!r}, expected 'scored' or 'pairs'")
    _check_columns(evaluation.data, "evaluation.data")


def _check_stages(config: Config) -> None:
    names = [data.name or Path(data.path).stem for data in config.data]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"data has two sets called {min(twice)!r}: give one another name")
    for i, stage in enumerate(config.stage):
        for name in getattr(stage, "data", ()):
            if name not in names:
                raise ValueError(
                    f"stage[{i}].data names {name!r}, expected of {', '.join(names) or 'none'}"
                )
        for key in stage.places:
            if not getattr(stage, key):
                raise ValueError(f"stage[{i}].{key} is missing")


def _resolved(config: Config, path: Path) -> Config:
    """Paths made absolute; those that must exist are looked for."""
    base = path.parent.absolute()

    def existing(value: str, key: str) -> str:
        if not (base / value).exists():
            raise FileNotFoundError(f"{path}: {key} names {value!r}, which does not exist")
        return str(base / value)

    def place(value: str | None) -> str | None:
        return str(base / value) if value and (base / value).exists() else value

    data = tuple(
        dataclasses.replace(
            d, name=d.name or Path(d.path).stem, path=existing(d.path, f"data[{i}].path")
        )
        for i, d in enumerate(config.data)
    )
    evaluation = config.evaluation
    dev = evaluation.data
    if dev is not None:
        dev = dataclasses.replace(dev, path=existing(dev.path, "evaluation.data.path"))
    exclude = tuple(
        existing(value, f"evaluation.exclude[{i}]") for i, value in enumerate(evaluation.exclude)
    )
    return dataclasses.replace(
        config,
        model=dataclasses.replace(config.model, codebook=place(config.model.codebook)),
        training=dataclasses.replace(
            config.training, output_dir=str(base / config.training.output_dir)
        ),
        data=data,
        evaluation=Evaluation(dev, exclude),
        stage=tuple(_resolved_stage(stage, place) for stage in config.stage),
    )


def _resolved_stage(stage: Stage, place: Callable[[str | None], str | None]) -> Stage:
    placed: dict[str, Any] = {key: place(getattr(stage, key)) for key in stage.places}
    return dataclasses.replace(stage, **placed)


def data_named(config: Config, names: Sequence[str], kinds: Sequence[str]) -> list[Data]:
    """The data sets of these kinds that have one of the names, or all of the kinds for no name."""
    return [d for d in config.data if d.kind in kinds and (not names or d.name in names)]
