"""How an extra is added depends on where the package came from."""

from __future__ import annotations

import json
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from wordllama import extras


@pytest.mark.parametrize(
    ("origin", "line"),
    [
        (None, "pip install 'wordllama[cli]'"),
        ({"url": "file:///a%20b/c", "dir_info": {}}, "pip install '/a b/c[cli]'"),
        ({"url": "file:///c", "dir_info": {"editable": True}}, "pip install -e '/c[cli]'"),
        (
            {"url": "https://a.b/c.git", "vcs_info": {"vcs": "git", "commit_id": "0a1"}},
            "pip install 'wordllama[cli] @ git+https://a.b/c.git@0a1'",
        ),
        (
            {"url": "file:///d/wordllama-1.0.0.whl", "archive_info": {}},
            "pip install 'wordllama[cli] @ file:///d/wordllama-1.0.0.whl'",
        ),
    ],
)
def test_an_extra_comes_from_where_the_package_came(
    origin: dict[str, Any] | None, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if origin:
        (tmp_path / "direct_url.json").write_text(json.dumps(origin))
    monkeypatch.setattr("importlib.metadata.distribution", lambda name: Distribution.at(tmp_path))
    monkeypatch.setattr(extras.sys, "platform", "linux")
    assert extras.install_line("cli") == line


def test_a_clone_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Distribution:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.distribution", missing)
    assert f"{extras.ROOT}[cli]" in extras.install_line("cli")
