"""How much of texts a model reads: the share of their vectors that says nothing, and a warning."""

from wordllama.coverage.languages import language_codes
from wordllama.coverage.pieces import UNREAD, reads_all, unread, unread_shares
from wordllama.coverage.warning import CoverageWarning, Finding, Watch, look, sample, warn

__all__ = [
    "UNREAD",
    "CoverageWarning",
    "Finding",
    "Watch",
    "language_codes",
    "look",
    "reads_all",
    "sample",
    "unread",
    "unread_shares",
    "warn",
]
