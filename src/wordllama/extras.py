"""Optional dependencies: imported where they are used, with an error that says what to install."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
"""Of a clone from which the package runs without being installed."""


def require(module: str, *, extra: str) -> Any:
    """The imported module, or an ImportError that says which extra brings it.

    >>> require("json", extra="files").dumps([1])
    '[1]'
    >>> require("no_such_module", extra="files")
    Traceback (most recent call last):
    ...
    ImportError: no_such_module is not installed; run: pip install ...[files]...
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise
        raise ImportError(f"{module} is not installed; run: {install_line(extra)}") from error


def install_line(extra: str) -> str:
    """The command that adds an extra to the package as it was installed: by name, clone or URL.

    >>> install_line("cli").startswith("pip install ")
    True
    """
    import json  # these take longer than a short command
    from importlib import metadata
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    try:
        raw = metadata.distribution("wordllama").read_text("direct_url.json")  # PEP 610
        origin = json.loads(raw) if raw else None
    except metadata.PackageNotFoundError:
        here = (ROOT / "pyproject.toml").exists()
        origin = {"url": ROOT.as_uri(), "dir_info": {}} if here else None
    quote = '"' if sys.platform == "win32" else "'"
    if origin is None:
        return f"pip install {quote}wordllama[{extra}]{quote}"
    url = str(origin["url"])
    if "dir_info" in origin:
        option = "-e " if origin["dir_info"].get("editable") else ""
        return f"pip install {option}{quote}{url2pathname(urlsplit(url).path)}[{extra}]{quote}"
    version_control = origin.get("vcs_info")
    if version_control:
        url = f"{version_control['vcs']}+{url}@{version_control['commit_id']}"
    return f"pip install {quote}wordllama[{extra}] @ {url}{quote}"
