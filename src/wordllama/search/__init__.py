"""Search over vectors: ranking, similar pairs, joins, representative rows and outliers."""

from wordllama.search.found import Found
from wordllama.search.fusion import WEIGHT, Mode, check_mode, check_weight, fuse
from wordllama.search.mining import join, mine
from wordllama.search.outliers import SAMPLE, Outliers, outlier_scores
from wordllama.search.ranking import above, filter, order, rank, scores, topk
from wordllama.search.representatives import representatives
from wordllama.search.result import Match, Matches

__all__ = [
    "SAMPLE",
    "WEIGHT",
    "Found",
    "Match",
    "Matches",
    "Mode",
    "Outliers",
    "above",
    "check_mode",
    "check_weight",
    "filter",
    "fuse",
    "join",
    "mine",
    "order",
    "outlier_scores",
    "rank",
    "representatives",
    "scores",
    "topk",
]
