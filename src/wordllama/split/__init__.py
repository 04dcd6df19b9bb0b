"""Text into chunks: the published semantic split, and chunks whose limit always holds."""

from wordllama.split.chunk import Chunk, Chunks, chunks
from wordllama.split.published import semantic_split
from wordllama.split.ruler import TokenCount
from wordllama.texts.graphemes import graphemes

__all__ = ["Chunk", "Chunks", "TokenCount", "chunks", "graphemes", "semantic_split"]
