"""Records kept in one file, and found by meaning and by words: `WordLlama.index` opens one."""

from wordllama.index.index import Index
from wordllama.index.results import (
    Added,
    Hit,
    HitExplanation,
    Hits,
    Match,
    Record,
    Skipped,
    SkippedFile,
    Synced,
)
from wordllama.index.stored_model import StoredModel, made_with
from wordllama.index.where import Where
from wordllama.keywords import Bm25
from wordllama.search import Mode

__all__ = [
    "Added",
    "Bm25",
    "Hit",
    "HitExplanation",
    "Hits",
    "Index",
    "Match",
    "Mode",
    "Record",
    "Skipped",
    "SkippedFile",
    "StoredModel",
    "Synced",
    "Where",
    "made_with",
]
