"""WordLlama: fast, light text embeddings that run anywhere.

>>> from wordllama import WordLlama
>>> wl = WordLlama.load()
>>> wl.topk("i went to the car", ["i went to the park", "i went to the truck"], k=1)
['i went to the truck']
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wordllama.coverage import CoverageWarning
    from wordllama.hub.registry import ModelURI
    from wordllama.model import WordLlama
    from wordllama.opening import open_index

    WordLlamaInference = WordLlama

__version__ = "1.0.0"

__all__ = [
    "CoverageWarning",
    "ModelURI",
    "WordLlama",
    "WordLlamaInference",
    "__version__",
    "open_index",
]

_HOMES = {
    "CoverageWarning": "wordllama.coverage",
    "ModelURI": "wordllama.hub.registry",
    "WordLlama": "wordllama.model",
    "WordLlamaInference": "wordllama.inference",  # the published package's name for the class
    "open_index": "wordllama.opening",
}
"""What is imported when it is asked for, so that the command line starts at once."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
