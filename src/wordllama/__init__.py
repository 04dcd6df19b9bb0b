"""WordLlama: fast, light text embeddings that run anywhere.

>>> from wordllama import WordLlama
>>> wl = WordLlama.load()
>>> wl.topk("i went to the car", ["i went to the park", "i went to the truck"], k=1)
['i went to the truck']
"""

from wordllama.hub.registry import ModelURI
from wordllama.model import WordLlama

WordLlamaInference = WordLlama
"""The published package's name for a loaded model."""

__version__ = "1.0.0"

__all__ = ["ModelURI", "WordLlama", "WordLlamaInference", "__version__"]
