"""Text into chunks: the published semantic split, and chunks whose limit always holds."""

from wordllama.split.chunk import LIMIT, Chunk, Chunks, chunks
from wordllama.split.headings import Section, sections
from wordllama.split.kinds import kind_of
from wordllama.split.published import semantic_split
from wordllama.split.ruler import TokenCount
from wordllama.texts.graphemes import graphemes

__all__ = [
    "LIMIT",
    "Chunk",
    "Chunks",
    "Section",
    "TokenCount",
    "chunks",
    "graphemes",
    "kind_of",
    "sections",
    "semantic_split",
]
