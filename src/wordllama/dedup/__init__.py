"""Near-duplicates among texts, by their vectors."""

from wordllama.dedup.flags import duplicate_indices

__all__ = ["duplicate_indices"]
