"""Search by words: tokens to terms, terms to postings, and BM25 over them."""

from wordllama.keywords.bm25 import Bm25, Keywords
from wordllama.keywords.query import Query, parse
from wordllama.keywords.scoring import scores
from wordllama.keywords.terms import Terms, languages

__all__ = ["Bm25", "Keywords", "Query", "Terms", "languages", "parse", "scores"]
