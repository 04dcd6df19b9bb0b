"""How well a classifier labels texts whose labels are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


class ClassScore(NamedTuple):
    """How well one class is found."""

    label: Any
    texts: int
    """That have the label."""
    precision: float
    """The share of texts predicted to have the label that have it; 0 where there are none."""
    recall: float
    """The share of the texts with the label that are predicted to have it."""
    f1: float


class Confusion(NamedTuple):
    """How many texts of one label are given another."""

    label: Any
    predicted: Any
    texts: int


@dataclass(frozen=True)
class Report:
    """What came of a classifier's predictions.

    >>> report = Report.of(["a", "a", "b"], ["a", "b", "b"])
    >>> round(report.accuracy, 3), round(report.macro_f1, 3), report.confusions
    (0.667, 0.667, [Confusion(label='a', predicted='b', texts=1)])
    """

    counts: Counter[tuple[Any, Any]]
    """Of each (label, predicted)."""

    @classmethod
    def of(cls, labels: Iterable[Any], predicted: Iterable[Any]) -> Report:
        """Of the labels of texts, and what was predicted for each."""
        return cls(Counter(zip(labels, predicted, strict=True)))

    @property
    def texts(self) -> int:
        """How many there were."""
        return self.counts.total()

    @property
    def accuracy(self) -> float:
        """The share of texts that are labelled rightly; 0 of none."""
        right = sum(n for (label, predicted), n in self.counts.items() if label == predicted)
        return right / self.texts if self.texts else 0.0

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the classes, those that are only predicted among them; 0 of none."""
        scores = self.classes
        return sum(score.f1 for score in scores) / len(scores) if scores else 0.0

    @property
    def classes(self) -> list[ClassScore]:
        """A row for each class that texts have or are predicted to have, by label."""
        has: Counter[Any] = Counter()
        said: Counter[Any] = Counter()
        for (label, predicted), n in self.counts.items():
            has[label] += n
            said[predicted] += n
        return [self._score(label, has[label], said[label]) for label in _sorted(has | said)]

    def _score(self, label: Any, has: int, said: int) -> ClassScore:
        right = self.counts[label, label]
        precision, recall = right / said if said else 0.0, right / has if has else 0.0
        return ClassScore(label, has, precision, recall, 2 * right / (has + said))

    @property
    def confusions(self) -> list[Confusion]:
        """Labels and what is predicted instead, the most frequent first."""
        wrong = [Confusion(*pair, n) for pair, n in self.counts.items() if pair[0] != pair[1]]
        return sorted(wrong, key=lambda each: (-each.texts, str(each.label), str(each.predicted)))

    def __str__(self) -> str:
        lines = [
            f"accuracy {self.accuracy:.4f} of {self.texts:,} texts, macro F1 {self.macro_f1:.4f}",
            "",
        ]
        rows: list[tuple[str, ...]] = [("label", "texts", "precision", "recall", "F1")]
        for label, texts, *scores in self.classes:
            rows.append((str(label), f"{texts:,}", *(f"{score:.3f}" for score in scores)))
        lines += _table(rows)
        wrong = [(str(c.label), str(c.predicted), f"{c.texts:,}") for c in self.confusions[:10]]
        if wrong:
            lines += ["", *_table([("label", "predicted", "texts"), *wrong], left=2)]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {
            "texts": self.texts,
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "classes": [score._asdict() for score in self.classes],
            "confusions": [confusion._asdict() for confusion in self.confusions],
        }


def _sorted(labels: Iterable[Any]) -> list[Any]:
    """By label; labels of several types, which can't be compared, by their text."""
    listed = list(labels)
    try:
        return sorted(listed)
    except TypeError:
        return sorted(listed, key=lambda label: (str(type(label)), str(label)))


def _table(rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
