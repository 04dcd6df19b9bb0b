"""Optional dependencies: imported where they are used, with an error that says what to install."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def require(module: str, *, extra: str) -> Any:
    """The imported module, or an ImportError that says which extra brings it.

    >>> require("json", extra="files").dumps([1])
    '[1]'
    >>> require("no_such_module", extra="files")
    Traceback (most recent call last):
    ...
    ImportError: no_such_module is not installed; run: pip install 'wordllama[files]'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise
        message = f"{module} is not installed; run: pip install 'wordllama[{extra}]'"
        raise ImportError(message) from error
