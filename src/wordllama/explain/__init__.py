"""Why two texts are similar: a similarity as a sum over words, and over pairs of words."""

from wordllama.explain.ranking import Contrast, Ranking, contrast, explain_ranking
from wordllama.explain.similarity import Explanation, explain
from wordllama.explain.vocabulary import Coverage, neighbours, vocabulary_coverage
from wordllama.explain.word_vectors import Pair, Word, WordVectors, word_vectors

__all__ = [
    "Contrast",
    "Coverage",
    "Explanation",
    "Pair",
    "Ranking",
    "Word",
    "WordVectors",
    "contrast",
    "explain",
    "explain_ranking",
    "neighbours",
    "vocabulary_coverage",
    "word_vectors",
]
