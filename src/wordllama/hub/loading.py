"""From what a user names to an encoder and a model's settings, and back to a folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path

from wordllama.arguments import at_least
from wordllama.encode.encoder import Encoder
from wordllama.hub import lookup, registry
from wordllama.hub.registry import ModelURI
from wordllama.modelfiles.folder import StoredModel, read_model, write_model

PathOrName = str | PathLike[str]


@dataclass(frozen=True)
class Origin:
    """What a model can be loaded by again: `load(name, dim=dim, trunc_dim=...)`."""

    name: str
    """A name of the registry, owner/name, or the absolute path of a folder or file."""
    dim: int
    """The dimensions before they were cut."""


@dataclass(frozen=True)
class Loaded:
    """What a model is made of."""

    encoder: Encoder
    binary: bool = False
    normalize: bool = False
    origin: Origin | None = None


def load(
    config: PathOrName | ModelURI,
    cache_dir: PathOrName | None,
    binary: bool,
    dim: int,
    trunc_dim: int | None,
    disable_download: bool,
) -> Loaded:
    """See `WordLlama.load`."""
    if not isinstance(config, str | PathLike | ModelURI):
        kind = type(config).__name__
        raise TypeError(f"config must be a name, folder, file or ModelURI, not {kind}")
    at_least(1, dim=dim, trunc_dim=dim if trunc_dim is None else trunc_dim)
    cache = _cache(cache_dir)
    if isinstance(config, str):
        config = registry.REPOSITORIES.get(config, config)
    if isinstance(config, ModelURI) or fspath(config) in registry.list_names():
        name = config if isinstance(config, ModelURI) else fspath(config)
        published = name if isinstance(name, ModelURI) else registry.MODELS.get(name)
        if published and trunc_dim is not None:
            _check_published_trunc_dim(published, dim, trunc_dim)
        found = lookup.find(name, dim, binary, cache, disable_download)
        stored = read_model(
            found.weights, tokenizer=found.tokenizer, trunc_dim=trunc_dim, trusted=found.trusted
        )
        if published is not None:
            stored = replace(stored, languages=published.languages)
        origin = None if isinstance(name, ModelURI) else Origin(name, dim)
        return _loaded(stored, binary, found.trusted, origin)
    folder = _folder(config, cache, disable_download)
    stored = read_model(folder, trunc_dim=trunc_dim)
    if trunc_dim is None and dim not in (256, stored.dim):
        raise ValueError(
            f"dim is {dim}, but {folder} has {stored.dim} dimensions; cut them with trunc_dim"
        )
    local = Path(config).expanduser() == folder
    origin = Origin(str(folder.absolute()) if local else fspath(config), dim)
    return _loaded(stored, binary, trusted=False, origin=origin)


def load_m2v(config: str, cache_dir: PathOrName | None, disable_download: bool) -> Loaded:
    """See `WordLlama.load_m2v`."""
    if config not in registry.MODEL2VEC:
        raise ValueError(f"config is {config!r}, expected one of {list(registry.MODEL2VEC)}")
    dim = registry.MODEL2VEC[config].available_dims[0]
    found = lookup.find(config, dim, False, _cache(cache_dir), disable_download)
    stored = read_model(found.weights, tokenizer=found.tokenizer)
    languages = registry.MODEL2VEC[config].languages
    encoder = Encoder(stored.rows, lambda: stored.tokenizer_json, languages=languages)
    return Loaded(encoder, origin=Origin(config, dim))


def save(folder: PathOrName, model: Loaded) -> None:
    """See `WordLlama.save`."""
    text = model.encoder.tokenizer_json
    config: dict[str, object] = {
        "normalize": model.normalize,
        "binary": model.binary,
        "skip_unknown": model.encoder.skip_unknown,
    }
    if model.encoder.languages is not None:
        config["languages"] = list(model.encoder.languages)
    rows = model.encoder.rows
    write_model(Path(folder), rows, text if isinstance(text, str) else text.decode(), config)


def _cache(cache_dir: PathOrName | None) -> Path | None:
    return None if cache_dir is None else Path(cache_dir).expanduser()


def _check_published_trunc_dim(model: ModelURI, dim: int, trunc_dim: int) -> None:
    accepted = [width for width in model.available_dims if width <= dim]
    if trunc_dim not in accepted:
        raise ValueError(f"trunc_dim is {trunc_dim}, expected one of {accepted} (at most dim)")


def _folder(config: PathOrName, cache: Path | None, disable_download: bool) -> Path:
    path = Path(config).expanduser()
    if fspath(config) and path.exists():
        return path
    if isinstance(config, str) and _names_a_repository(config):
        return _snapshot(config, cache, disable_download)
    if isinstance(config, str) and "/" not in config and not path.suffix:
        raise registry.unknown(config)
    raise FileNotFoundError(f"{path}: no such model folder or file")


def _snapshot(config: str, cache: Path | None, disable_download: bool) -> Path:
    """The repository's folder; where there is none, `models/x` may be meant as a path."""
    try:
        return lookup.snapshot(config, cache, disable_download)
    except FileNotFoundError as error:
        parent = Path(config).parent
        if not parent.is_dir():
            raise
        names = sorted(path.name for path in parent.iterdir())[:10]
        raise FileNotFoundError(
            f"{config}: no such model folder ({parent} holds {', '.join(names) or 'nothing'}), "
            f"and as a repository: {error}"
        ) from error


def _names_a_repository(config: str) -> bool:
    """Whether a string is like `owner/name`, and not like the path of a folder or file."""
    is_path = config.startswith((".", "~", "/")) or config.endswith(("/", ".safetensors"))
    return config.count("/") == 1 and not is_path


def _loaded(stored: StoredModel, binary: bool, trusted: bool, origin: Origin | None) -> Loaded:
    encoder = Encoder(
        stored.rows,
        lambda: stored.tokenizer_json,
        skip_unknown=stored.skip_unknown,
        languages=stored.languages,
    )
    if not trusted:
        try:
            _ = encoder.tokenizer, encoder.table  # now, so that a file that doesn't fit is found
        except ValueError as error:
            raise ValueError(f"{stored.tokenizer_file}: {error}") from error
    return Loaded(encoder, binary or stored.binary, stored.normalize, origin)
