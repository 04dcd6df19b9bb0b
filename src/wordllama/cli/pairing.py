"""Pairs of records as records: the columns of both, and their similarity."""

from __future__ import annotations

from wordllama.cli.corpus import Corpus
from wordllama.cli.topk import records_at
from wordllama.files import Batch
from wordllama.files.batch import Dicts
from wordllama.files.beside import beside
from wordllama.pairs.scored import Pairs


def paired(left: Corpus, right: Corpus, found: Pairs, score: str) -> Batch:
    """A record a pair: the left record's columns, the right one's, and the score.

    A column that both have is named with `_left` and `_right`. As text: both texts, a tab between.
    """
    if not len(found.left):
        return Batch([], Dicts([]))
    a, b = records_at(left, found.left), records_at(right, found.right)
    texts = [
        f"{x.replace(TAB, ' ')}\t{y.replace(TAB, ' ')}"
        for x, y in zip(a.texts, b.texts, strict=True)
    ]
    return Batch(texts, beside(a.rows, b.rows)).add(score, found.score)


TAB = "\t"
