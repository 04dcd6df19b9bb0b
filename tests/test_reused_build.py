"""A wheel is built once for each state of what it is made of."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BACKEND = Path(__file__).parents[1] / "build_backend" / "reused_build.py"


class Builder(ModuleType):
    """Stands for scikit-build-core; each build gives another wheel."""

    def __init__(self) -> None:
        super().__init__("scikit_build_core.build")
        self.built = 0
        self.tag = "cp311-cp311-linux_x86_64"
        for name in ("sdist", "wheel", "editable"):
            setattr(self, f"get_requires_for_build_{name}", None)
        self.build_sdist = None

    def build_wheel(self, folder: str, *_: Any) -> str:
        self.built += 1
        name = f"a-1-{self.tag}.whl"
        Path(folder, name).write_text(f"{self.built}")
        return name

    build_editable = build_wheel


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Builder:
    builder = Builder()
    monkeypatch.setitem(sys.modules, "scikit_build_core", ModuleType("scikit_build_core"))
    sys.modules["scikit_build_core"].build = builder  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "scikit_build_core.build", builder)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    for name in (
        "pyproject.toml",
        "CMakeLists.txt",
        "README.md",
        "LICENSE",
        "src/a.py",
        "src/b.cpp",
    ):
        (tmp_path / name).write_text(name)
    return builder


def build(kind: str, settings: dict[str, Any] | None = None) -> str:
    """The content of a wheel, which a backend in a new process makes."""
    spec = importlib.util.spec_from_file_location("reused_build", BACKEND)
    assert spec is not None
    assert spec.loader is not None
    backend = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(backend)
    Path("out").mkdir(exist_ok=True)
    name = getattr(backend, f"build_{kind}")("out", settings)
    return Path("out", name).read_text()


def test_the_same_files_give_the_same_wheel(builder: Builder) -> None:
    assert build("wheel") == build("wheel") == "1"
    assert build("editable") == build("editable") == "2"


def test_whatever_a_wheel_holds_makes_another(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {build("wheel")}
    for name in ("src/a.py", "src/b.cpp", "README.md", "pyproject.toml", "src/new.json"):
        Path(name).write_text("changed")
        seen.add(build("wheel"))
    seen.add(build("wheel", {"cmake.define.WORDLLAMA_WERROR": "ON"}))
    monkeypatch.setenv("CXXFLAGS", "-O0")
    seen.add(build("wheel"))
    assert len(seen) == builder.built == 8


def test_an_editable_wheel_leads_to_files_here_and_now(builder: Builder) -> None:
    assert build("editable") == "1"
    Path("src/a.py").write_text("changed")  # where the wheel leads to
    assert build("editable") == "1"
    Path("src/new.py").write_text("")
    assert build("editable") == "2"
    Path("src/b.cpp").write_text("changed")
    assert build("editable") == "3"


def test_a_wheel_made_without_a_compiler_is_not_kept(builder: Builder) -> None:
    builder.tag = "py3-none-any"
    assert build("wheel") != build("wheel")


def test_only_the_newest_are_kept(builder: Builder) -> None:
    for i in range(9):
        Path("src/a.py").write_text(f"{i}")
        build("wheel")
    assert len(list(Path("build/wheels").iterdir())) == 4
    assert build("wheel") == "9"
