"""Where the published package keeps `WordLlamaInference`, for scripts that import it from here."""

from wordllama.model import WordLlama as WordLlamaInference

__all__ = ["WordLlamaInference"]
