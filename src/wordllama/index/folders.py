"""Which files are meant by paths, folders and globs, and what each is called.

A file's name begins with the folder that was given (`docs/guide/start.md` for `docs`), wherever
that is and whatever the current folder: ids are made of it.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wordllama.files.formats import COMPRESSIONS, SUFFIXES
from wordllama.index.sources import Source

MARKDOWN = (".md", ".markdown", ".mdx")
CODE = """
    .c .cc .cpp .cs .cxx .go .h .hpp .java .js .jsx .kt .lua .mjs .php .pl .py .pyi .r .rb .rs
    .scala .sh .sql .swift .ts .tsx
"""
KINDS = (
    dict.fromkeys((".txt", ".text", ".log", ".rst", ".adoc", ".org", ".tex"), "auto")
    | dict.fromkeys(MARKDOWN, "markdown")
    | dict.fromkeys(CODE.split(), "code")
)
"""Of documents: how they are cut into chunks, by the extension."""
EXTENSIONS = tuple(dict.fromkeys([*KINDS, *(name for name in SUFFIXES if SUFFIXES[name] != "npy")]))
"""Of the files of a folder that are meant."""


@dataclass(frozen=True)
class Listed:
    """A file that is meant."""

    path: Path
    name: str
    folder: str | None
    """The outermost known folder that holds it; None if it was given itself."""


@dataclass(frozen=True)
class Listing:
    """What paths stand for."""

    files: list[Listed]
    gone: list[Source]
    """Known files that should be there, but are not."""
    unread: list[tuple[str, str]]
    """Folders and files that can't be looked at, and why."""
    others: int
    """Files in folders whose names tell no known format."""


def listing(
    paths: Sequence[str | os.PathLike[str]],
    known: Sequence[Source],
    root: str | os.PathLike[str] | None,
    any_name: bool,
    leave_out: Callable[[Path], bool],
    may_be_empty: bool,
) -> Listing:
    """The files of paths, folders and globs, each once, in order, and the known ones that are gone.

    A folder stands for the files in it, at any depth, whose names tell what they are (`any_name`:
    for all), without hidden ones, and for known files in it; links to folders are not followed.
    Raises FileNotFoundError for a path or glob of which nothing is there and nothing was, or
    nothing is any more (unless it `may_be_empty`), ValueError for two files of one name.
    """
    naming = Naming(known, paths, root)
    files: dict[str, Listed] = {}
    gone: dict[str, Source] = {}
    unread: list[tuple[str, str]] = []
    others: set[str] = set()

    def note(error: OSError) -> None:
        unread.append((str(error.filename), error.strerror or str(error)))

    for item in paths:
        if not os.fspath(item):  # Path("") is the current folder
            raise ValueError("a path is empty; to take up the current folder, give '.'")
        given = Path(item).expanduser()
        whole = given.is_dir()
        if whole:
            base = Path(os.path.realpath(given))
            found = list(_in_folder(base, note))
            if not any_name:
                others.update(str(path) for path in found if not is_known(path))
                found = [path for path in found if is_known(path)]
        elif given.exists() or not glob.has_magic(str(given)):
            base = _resolved(given)
            found = [base]
        else:
            found = [_resolved(Path(p)) for p in glob.glob(str(given), recursive=True)]
            found = sorted(path for path in found if not path.is_dir())
            base = Path(os.path.realpath(_before_magic(given)))
        there = {str(path) for path in found if path.exists() or path.is_symlink()}
        within = [s for s in known if _is_within(s.path, str(base))]
        missing = [s for s in within if _is_gone(s.path)]
        if whole:  # others may have been given by themselves, or with a format
            beside = {s.path for s in within if os.path.lexists(s.path)} - there
            beside -= {s.path for s in missing}
            found += map(Path, sorted(beside))
            there |= beside
        if not (there or may_be_empty or all(s.path == str(base) for s in missing)):
            raise FileNotFoundError(
                f"{item}: nothing is there now, but the index has {len(missing):,} files of it (is "
                "a drive missing?); to delete their records: delete_gone='all' (--delete-all-gone)"
            )
        gone.update((s.path, s) for s in missing)
        if not there and not missing and not whole:
            more = "; save what is piped to a file that stays" if str(item) == "-" else ""
            raise FileNotFoundError(f"{item}: no such file{more}")
        for path in found:
            if str(path) in there and not leave_out(path):
                files.setdefault(str(path), naming.listed(path))
    others = {path for path in others - files.keys() if not leave_out(Path(path))}
    _check_names(files, {source.name: source for source in known})
    return Listing(list(files.values()), list(gone.values()), unread, len(others))


class Naming:
    """Gives files their names: paths relative to what holds the outermost given folder."""

    def __init__(
        self,
        known: Sequence[Source],
        paths: Sequence[str | os.PathLike[str]],
        root: str | os.PathLike[str] | None,
    ) -> None:
        self._root = None if root is None else Path(os.path.realpath(Path(root).expanduser()))
        self._bases = {s.folder: _base(s) for s in known if s.folder is not None}
        for item in paths:
            given = Path(item).expanduser()
            folder = given if given.is_dir() else None
            if folder is None and glob.has_magic(str(given)) and not given.exists():
                folder = _before_magic(given)
            if folder is not None:
                whole = os.path.realpath(folder)
                self._bases.setdefault(whole, os.path.dirname(whole))

    def listed(self, path: Path) -> Listed:
        """The file with its name."""
        within = [folder for folder in self._bases if _is_within(str(path), folder)]
        folder = min(within, key=len) if within else None
        if self._root is not None:
            base = self._root
            if not _is_within(str(path), str(base)):
                raise ValueError(f"{path}: is not in root, which is {base}")
        else:
            base = path.parent if folder is None else Path(self._bases[folder])
        return Listed(path, path.relative_to(base).as_posix(), folder)


def _base(source: Source) -> str:
    return source.path.replace(os.sep, "/").removesuffix(source.name).rstrip("/") or "/"


def _is_gone(path: str) -> bool:
    """Whether no file is there, or it is none of the folder's: behind a link in its place."""
    try:
        if stat.S_ISDIR(os.lstat(path).st_mode):
            return True
        folder = os.path.dirname(path)
        return os.path.realpath(folder) != folder
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        pass  # nobody knows
    return False


def _resolved(path: Path) -> Path:
    """The file's absolute path, by its own name even if it is a link."""
    return Path(os.path.realpath(path.parent)) / path.name


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _before_magic(path: Path) -> Path:
    """The folder in which a glob looks."""
    fixed = []
    for part in path.parts:
        if glob.has_magic(part):
            break
        fixed.append(part)
    return Path(*fixed)


def _in_folder(folder: Path, note: Callable[[OSError], None]) -> Iterator[Path]:
    for place, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(place, name)


def is_known(path: Path) -> bool:
    """Whether the file's name tells how to read it."""
    return suffix_of(path) in EXTENSIONS


def suffix_of(path: Path) -> str:
    """The extension in lower case, beneath that of a compression."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if suffixes and suffixes[-1] in COMPRESSIONS:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _check_names(files: dict[str, Listed], known: dict[str, Source]) -> None:
    """ValueError for two files of one name, of which both are there."""
    paths: dict[str, str] = {}
    for path, file in files.items():
        other = paths.setdefault(file.name, path)
        before = known.get(file.name)
        if other == path and before is not None and not _is_gone(before.path):
            renamed = files.get(before.path, file).name != file.name
            other = path if renamed else before.path
        if other != path:
            raise ValueError(
                f"two files are called {file.name!r}: {other} and {path}; name them from a "
                "folder that holds both: root=... (--root)"
            )
