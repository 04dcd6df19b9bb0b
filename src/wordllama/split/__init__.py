"""Text into chunks: the published semantic split, and chunks whose limit always holds."""

from wordllama.split.chunk import Chunk, Chunks, chunks
from wordllama.split.pieces import TokenCount
from wordllama.split.published import semantic_split
from wordllama.texts.graphemes import graphemes

__all__ = ["Chunk", "Chunks", "TokenCount", "chunks", "graphemes", "semantic_split"]
