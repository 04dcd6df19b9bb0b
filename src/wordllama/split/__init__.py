"""Text into chunks: the published semantic split, and chunks whose limit always holds."""

from wordllama.split.published import semantic_split

__all__ = ["semantic_split"]
