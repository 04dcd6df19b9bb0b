"""What to train, read from TOML: every key checked, errors name the key.

The published configurations are accepted as they are (their keys that only steer the published
trainer's libraries are read and have no effect); `[[data]]` and `[[stage]]` are ours.
"""

from __future__ import annotations

import dataclasses
import sys
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

KINDS = ("pairs", "triplets", "scored", "texts")


@dataclass(frozen=True)
class Model:
    """Where the rows come from."""

    codebook: str | None = None
    """A folder written by `wordllama extract`, a model folder, or a model's name."""
    dim: int | None = None
    """The codebook's columns, checked where given."""
    n_vocab: int | None = None
    """The codebook's rows, checked where given."""
    name: str = "model"
    """What the saved folders are called."""
    licence: str = ""
    """The codebook's licence, for the model card."""
    normalize: bool = False
    """Save a model whose vectors have length 1: clusters and classifiers then do not see how many
    words a text has and how they agree."""
    hf_model_id: str | None = None
    pad_token: str | None = None
    is_encoder: bool | None = None


@dataclass(frozen=True)
class TokenizerOptions:
    """How texts become tokens; special tokens are never added."""

    max_length: int = 256
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
    num_train_epochs: int = 1
    per_device_train_batch_size: int = 256
    learning_rate: float = 3e-4
    warmup_steps: int = 256
    eval_steps: int = 250
    save_steps: int = 1000
    save_total_limit: int = 3
    patience: int = 0
    """Stop a stage after so many evaluations without a better one; 0 never stops."""
    seed: int = 0
    device: str = "cpu"
    threads: int = 0
    """CPU threads; 0 leaves PyTorch's own choice. Weights are equal for an equal number."""
    binarizer_ste: str = "ste"
    """How a binary model's gradient passes the sign: "ste" (where |x| <= 1) or "tanh"."""
    multi_dataset_batch_sampler: str = "PROPORTIONAL"
    evaluation_strategy: str | None = None
    fp16: bool | None = None
    include_num_input_tokens_seen: bool | None = None


@dataclass(frozen=True)
class Matryoshka:
    """The widths at which the loss is taken."""

    dims: tuple[int, ...] = (1024, 512, 256, 128, 64)


@dataclass(frozen=True)
class Data:
    """One data set: a JSONL, CSV, TSV or Parquet file and its columns."""

    path: str
    kind: str
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
    limit: int | None = None
    """Read at most so many rows."""


@dataclass(frozen=True)
class Evaluation:
    """What watches the training, and what it must never see."""

    data: Data | None = None
    """A dev set of kind "scored" (Spearman) or "pairs" (mean reciprocal rank)."""
    exclude: tuple[str, ...] = ()
    """Files and folders whose texts are removed from the training data (see `exclude`)."""


@dataclass(frozen=True)
class _Fit:
    """Keys of the stages that train by gradient; None means the value in `[training]`."""

    data: tuple[str, ...] = ()
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    warmup_steps: int | None = None
    average: int = 1
    """Give the mean of the weights at the last so many of 20 evenly spaced points."""
    decay: float = 0.0
    """Pull towards the weights at the stage's start, a share of the learning rate a step."""
    blend: float = 1.0
    """Keep this share of what the stage changed in the rows (Wortsman et al., 2022)."""
    enabled: bool = True


@dataclass(frozen=True)
class Contrastive(_Fit):
    """Multiple-negatives ranking on pairs and triplets."""

    train: str = "projection"
    """"projection" (token weights and one projection) or "rows" (every row, free)."""
    scale: float = 20.0
    """What cosines are multiplied by: the lower, the more also distant candidates count."""
    binary: bool = False
    initial_stop_weight: float = 0.1
    """Weight that stop words start from, where the projection is trained."""


@dataclass(frozen=True)
class Distill(_Fit):
    """Fit the vectors of plain texts to a teacher's."""

    teacher: str = ""
    """A sentence-transformers folder or name."""
    loss: str = "cosine"
    """"cosine", "mse" (both to the teacher's vectors in principal axes), "similarity" (cosines
    within a batch) or "neighbours" (who is near whom within a batch, as probabilities)."""
    passages: float = 0.0
    """The share of batches whose texts are put together by fours, as passages; what they are fitted
    to is the mean of the teacher's vectors."""
    near: float = 0.0
    """The share of texts whose batches are made of texts that the teacher puts near one another."""
    train: str = "rows"
    scale: float = 20.0
    binary: bool = False
    initial_stop_weight: float = 1.0


@dataclass(frozen=True)
class TeacherRows:
    """Start anew from the teacher's vectors of the tokens, in their principal axes."""

    teacher: str
    dim: int = 256
    data: tuple[str, ...] = ()
    """Texts whose vectors give the axes instead: those that `distill` fits the rows to."""
    enabled: bool = True


@dataclass(frozen=True)
class Pca:
    """Turn the rows into the principal axes of the vectors of texts, and keep `dim` of them."""

    dim: int
    data: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True)
class Sif:
    """Scale each row by a / (a + p), p the token's share of the texts (Arora et al., 2017)."""

    a: float = 1e-3
    data: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True)
class Join:
    """Put the rows of another model, of the same tokenizer, beside these."""

    model: str
    factor: float = 1.0
    """What the other model's vectors are scaled by, once both have a mean norm of 1 on texts."""
    data: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True)
class Scale:
    """Scale all rows by one number, so that the vectors of texts have this mean norm."""

    norm: float = 1.0
    data: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True)
class Center:
    """Take the mean text vector from every row, and the `components` main directions out."""

    components: int = 0
    data: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True)
class FoldCase:
    """Move the row of each token with capitals towards that of its lower-case form."""

    share: float = 0.5
    """How far: 0 leaves the rows, 1 makes both equal."""
    enabled: bool = True


Stage: TypeAlias = (
    Contrastive | Distill | TeacherRows | Pca | Sif | Join | Scale | Center | FoldCase
)
STAGES: dict[str, type[Any]] = {
    "contrastive": Contrastive,
    "distill": Distill,
    "teacher_rows": TeacherRows,
    "pca": Pca,
    "sif": Sif,
    "join": Join,
    "scale": Scale,
    "center": Center,
    "fold_case": FoldCase,
}
_CHOICES = {
    "kind": KINDS,
    "train": ("projection", "rows"),
    "loss": ("cosine", "mse", "similarity", "neighbours"),
    "binarizer_ste": ("ste", "tanh"),
    "multi_dataset_batch_sampler": ("PROPORTIONAL", "ROUND_ROBIN"),
}


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
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not TOML: {error}") from error
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
    config: Config = _build(Config, table, "")
    if stages is not None:
        if not isinstance(stages, list) or not all(isinstance(s, dict) for s in stages):
            raise ValueError("stage is not a list of tables, expected [[stage]]")
        built = tuple(_stage(dict(stage), f"stage[{i}]") for i, stage in enumerate(stages))
        config = dataclasses.replace(config, stage=tuple(s for s in built if s.enabled))
    _check(config)
    return config


def _stage(table: dict[str, Any], where: str) -> Stage:
    kind = table.pop("kind", None)
    if kind not in STAGES:
        raise ValueError(f"{where}.kind is {kind!r}, expected one of {', '.join(STAGES)}")
    stage: Stage = _build(STAGES[kind], table, where)
    return stage


T = TypeVar("T")


def _build(cls: type[T], table: Mapping[str, Any], where: str) -> T:
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(cls)
    dot = f"{where}." if where else ""
    values = {}
    for key, value in table.items():
        if key not in fields or (cls is Config and key == "stage"):
            raise ValueError(f"{dot}{key} is not a key; there are {', '.join(fields)}")
        values[key] = _value(hints[key], value, f"{dot}{key}")
        if key in _CHOICES and values[key] not in _CHOICES[key]:
            choices = ", ".join(map(repr, _CHOICES[key]))
            raise ValueError(f"{dot}{key} is {value!r}, expected one of {choices}")
    for name, f in fields.items():
        required = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        if required and name not in values:
            raise ValueError(f"{dot}{name} is missing")
    return cls(**values)


_NAMES = {int: "a whole number", float: "a number", str: "a string", bool: "true or false"}


def _value(hint: Any, value: Any, where: str) -> Any:
    if isinstance(hint, types.UnionType):
        hint = next(a for a in typing.get_args(hint) if a is not type(None))
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise ValueError(f"{where} is {value!r}, expected a table")
        return _build(typing.cast(type[Any], hint), value, where)
    if typing.get_origin(hint) is tuple:
        item = typing.get_args(hint)[0]
        if not isinstance(value, list):
            raise ValueError(f"{where} is {value!r}, expected a list")
        return tuple(_value(item, v, f"{where}[{i}]") for i, v in enumerate(value))
    if typing.get_origin(hint) is not None:
        return value
    accepted: tuple[type, ...] = (int, float) if hint is float else (hint,)
    if not isinstance(value, accepted) or (isinstance(value, bool) and hint is not bool):
        raise ValueError(f"{where} is {value!r}, expected {_NAMES[hint]}")
    return hint(value)


_POSITIVE = {"num_train_epochs", "per_device_train_batch_size", "learning_rate", "eval_steps"}
_POSITIVE |= {"save_steps", "save_total_limit", "max_length", "epochs", "batch_size", "average"}
_POSITIVE |= {"blend", "scale", "dim", "a", "n_vocab", "factor", "limit", "norm"}
_NOT_NEGATIVE = {
    "share",
    "near",
    "passages",
    "warmup_steps",
    "patience",
    "seed",
    "threads",
    "components",
    "decay",
}
_COLUMNS = {"pairs": 2, "triplets": 3, "scored": 3, "texts": 1}


def _check(config: Config) -> None:
    parts: dict[str, object] = {"model": config.model, "tokenizer": config.tokenizer}
    parts["training"] = config.training
    parts |= {f"data[{i}]": d for i, d in enumerate(config.data)}
    parts |= {f"stage[{i}]": s for i, s in enumerate(config.stage)}
    for where, part in parts.items():
        for key, value in vars(part).items():
            if value is None or not isinstance(value, (int, float)):
                continue
            if key in _POSITIVE and value <= 0:
                raise ValueError(f"{where}.{key} is {value}, expected more than 0")
            if key in _NOT_NEGATIVE and value < 0:
                raise ValueError(f"{where}.{key} is {value}, expected 0 or more")
    if config.tokenizer.add_special_tokens:
        raise ValueError("tokenizer.add_special_tokens is true, expected false: none are added")
    if not config.matryoshka.dims or min(config.matryoshka.dims) < 1:
        raise ValueError("matryoshka.dims must list widths of 1 or more")
    for i, data in enumerate(config.data):
        if data.columns and len(data.columns) != _COLUMNS[data.kind]:
            raise ValueError(
                f"data[{i}].columns has {len(data.columns)} names, "
                f"expected {_COLUMNS[data.kind]} for {data.kind}"
            )
    _check_stages(config)


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
        if isinstance(stage, Distill) and not stage.teacher:
            raise ValueError(f"stage[{i}].teacher is missing")
    if config.evaluation.data and config.evaluation.data.kind not in ("scored", "pairs"):
        raise ValueError(
            f"evaluation.data.kind is {config.evaluation.data.kind!r}, expected 'scored' or 'pairs'"
        )


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


def _resolved_stage(stage: Stage, place: Any) -> Stage:
    if isinstance(stage, (Distill, TeacherRows)):
        return dataclasses.replace(stage, teacher=place(stage.teacher))
    if isinstance(stage, Join):
        return dataclasses.replace(stage, model=place(stage.model))
    return stage


def data_named(config: Config, names: Sequence[str], kinds: Sequence[str]) -> list[Data]:
    """The data sets of these kinds that have one of the names, or all of the kinds for no name."""
    return [d for d in config.data if d.kind in kinds and (not names or d.name in names)]
