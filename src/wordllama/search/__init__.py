"""Search over vectors: ranking, similar pairs, joins, representative rows and outliers."""

from wordllama.search.mining import join, mine
from wordllama.search.ranking import filter, rank, scores, topk
from wordllama.search.result import Match, Matches
from wordllama.search.standing_out import SAMPLE, Outliers, outlier_scores, representatives

__all__ = [
    "SAMPLE",
    "Match",
    "Matches",
    "Outliers",
    "filter",
    "join",
    "mine",
    "outlier_scores",
    "rank",
    "representatives",
    "scores",
    "topk",
]
