"""Near-duplicates among texts, by their vectors."""

from wordllama.dedup import records
from wordllama.dedup.comparing import Compared, compare
from wordllama.dedup.exact import digests, exact_only, first_same_row, repeated
from wordllama.dedup.find import Keep, find_duplicates
from wordllama.dedup.fitting import fitting, threshold_for
from wordllama.dedup.flags import duplicate_indices
from wordllama.dedup.folding import folded
from wordllama.dedup.matches import Decision, Matches, decided
from wordllama.dedup.result import Duplicate, Duplicates
from wordllama.dedup.saved import read_matches, save_matches

__all__ = [
    "Compared",
    "Decision",
    "Duplicate",
    "Duplicates",
    "Keep",
    "Matches",
    "compare",
    "decided",
    "digests",
    "duplicate_indices",
    "exact_only",
    "find_duplicates",
    "first_same_row",
    "fitting",
    "folded",
    "read_matches",
    "records",
    "repeated",
    "save_matches",
    "threshold_for",
]
