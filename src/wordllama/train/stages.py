"""The stages of a training: what each takes, which data it uses, which paths it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeAlias

from wordllama.train.fields import Count, NotNegative, OneOf, Positive, Range, Share, Whole

COLUMNS = {"pairs": 2, "triplets": 3, "scored": 3, "texts": 1}
"""What a data set may hold, and in how many columns."""
KINDS = tuple(COLUMNS)

Train = Annotated[str, OneOf("projection", "rows")]


@dataclass(frozen=True)
class _Stage:
    """What all stages have."""

    kinds: ClassVar[tuple[str, ...]] = KINDS
    """The kinds of data that the stage uses; none for one that uses no texts."""
    needs_data: ClassVar[bool] = True
    """Whether it takes all sets of its kinds, one at least, where it names none."""
    or_rows: ClassVar[bool] = False
    """Whether it takes each row for a text where the configuration has no data of its kinds."""
    places: ClassVar[tuple[str, ...]] = ()
    """The keys that name a folder or a model."""


@dataclass(frozen=True)
class _Fit(_Stage):
    """Keys of the stages that train by gradient; None means the value in `[training]`."""

    data: tuple[str, ...] = ()
    epochs: Count | None = None
    batch_size: Count | None = None
    learning_rate: Positive | None = None
    warmup_steps: Whole | None = None
    average: Annotated[int, Range(1, 20)] = 1
    """Give the mean of the weights at the last so many of 20 evenly spaced points."""
    decay: NotNegative = 0.0
    """Pull towards the weights at the stage's start, a share of the learning rate a step."""
    blend: Annotated[float, Range(0, 1, above=True)] = 1.0
    """Keep this share of what the stage changed in the rows (Wortsman et al., 2022)."""
    enabled: bool = True


@dataclass(frozen=True)
class Contrastive(_Fit):
    """Multiple-negatives ranking on pairs and triplets."""

    kinds = ("pairs", "triplets")
    train: Train = "projection"
    """"projection" (token weights and one projection) or "rows" (every row, free)."""
    scale: Positive = 20.0
    """What cosines are multiplied by: the lower, the more also distant candidates count."""
    binary: bool = False
    initial_stop_weight: NotNegative = 0.1
    """Weight that stop words start from, where the projection is trained."""


@dataclass(frozen=True)
class Distill(_Fit):
    """Fit the vectors of plain texts to a teacher's."""

    kinds = ("texts",)
    places = ("teacher",)
    teacher: str = ""
    """A sentence-transformers folder or name."""
    loss: Annotated[str, OneOf("cosine", "mse", "similarity", "neighbours")] = "cosine"
    """"cosine", "mse" (both to the teacher's vectors in principal axes), "similarity" (cosines
    within a batch) or "neighbours" (who is near whom within a batch, as probabilities)."""
    passages: Share = 0.0
    """The share of batches whose texts are put together by fours, as passages; what they are fitted
    to is the mean of the teacher's vectors."""
    near: Share = 0.0
    """The share of texts whose batches are made of texts that the teacher puts near one another."""
    train: Train = "rows"
    scale: Positive = 20.0
    axes: Annotated[str, OneOf("texts", "tokens")] = "texts"
    """Whose principal axes "cosine" and "mse" fit to; after `teacher_rows` without data, those of
    "tokens"."""
    whiten: Share = 0.0
    """As in the `teacher_rows` before."""
    binary: bool = False
    initial_stop_weight: NotNegative = 1.0


@dataclass(frozen=True)
class TeacherRows(_Stage):
    """Start anew from the teacher's vectors of the tokens, in their principal axes."""

    kinds = ("texts",)
    needs_data = False
    places = ("teacher",)
    teacher: str
    dim: Count = 256
    data: tuple[str, ...] = ()
    """Texts whose vectors give the axes instead: those that `distill` fits the rows to."""
    whiten: Share = 0.0
    """If not 0, take the mean out, and divide each axis by its standard deviation to this power."""
    enabled: bool = True


@dataclass(frozen=True)
class Pca(_Stage):
    """Turn the rows into the principal axes of the vectors of texts, and keep `dim` of them."""

    or_rows = True
    dim: Count
    whiten: Share = 0.0
    """Divide each axis by its standard deviation to this power: 1 makes all axes count alike."""
    data: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True)
class Sif(_Stage):
    """Scale each row by a / (a + p), p the token's share of the texts (Arora et al., 2017).

    With `zipf`, and where there are no texts, p follows from the token's place, by Zipf's law:
    tokenizers list their tokens by frequency.
    """

    or_rows = True
    a: Positive = 1e-3
    zipf: bool = False
    data: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True)
class Join(_Stage):
    """Put the rows of another model, of the same tokenizer, beside these."""

    places = ("model",)
    model: str
    factor: Positive = 1.0
    """What the other model's vectors are scaled by, once both have a mean norm of 1 on texts."""
    data: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True)
class Scale(_Stage):
    """Scale all rows by one number, so that the vectors of texts have this mean norm."""

    or_rows = True
    norm: Positive = 1.0
    data: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True)
class Center(_Stage):
    """Take the mean text vector from every row, and the `components` main directions out."""

    or_rows = True
    components: Whole = 0
    data: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True)
class FoldCase(_Stage):
    """Move the row of each token with capitals towards that of its lower-case form."""

    kinds = ()
    needs_data = False
    share: Share = 0.5
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
