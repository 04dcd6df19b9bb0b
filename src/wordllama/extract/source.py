"""A language model's file of any kind: its tensors, and which of them is the token table."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wordllama.extract import checkpoint, gguf
from wordllama.extract.gguf_tokenizer import tokenizer_json
from wordllama.extract.matrix import Matrix
from wordllama.extract.parts import joined
from wordllama.modelfiles.jsonfile import read_text

RULES = (
    r"(^|\.)(embed_tokens|tok_embeddings|word_embeddings|wte|embed_in|token_embedding)\.weight$",
    r"^token_embd\.weight$",
    r"(^|\.)(shared|embeddings?)\.weight$",
    r"^(embeddings|codebook)$",
    r"(^|\.)(lm_head|embed_out)\.weight$|^output\.weight$",
)
"""Names of token tables, the first rule that finds one counts; the last is the output matrix."""

_SPLIT = re.compile(r"-\d{5}-of-\d{5}\.gguf$")


@dataclass(frozen=True)
class Inside:
    """A tensor of a file: name, shape, dtype, and whether all its bytes are there."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    whole: bool

    def __str__(self) -> str:
        shape = " x ".join(map(str, self.shape)) or "a number"
        return f"{self.name}  {shape}  {self.dtype}{'' if self.whole else '  (bytes missing)'}"


@dataclass(frozen=True)
class Source:
    """A model's file or files."""

    label: str
    tensors: dict[str, Inside]
    matrix: Callable[[str], Matrix]
    tokenizer: Callable[[], tuple[str, Path]]
    """The tokenizer as JSON, and the file that it is from."""
    licence: str

    def find(self) -> str | None:
        """The name of the token table, by `RULES`; None where there is none with all its bytes."""
        usable = [t.name for t in self.tensors.values() if len(t.shape) == 2 and t.whole]
        for rule in RULES:
            found = [name for name in usable if re.search(rule, name)]
            if found:
                return min(found, key=len)
        return None

    def table(self) -> str:
        """What `find` gives, or a ValueError that says what there is instead."""
        found = self.find()
        if found is None:
            first_names = ", ".join(list(self.tensors)[:5])
            inside = f"no token table found among {first_names}, ..."
            raise ValueError(f"{self.label}: {inside}; name one by tensor")
        return found


def open_source(paths: str | Path | Sequence[str | Path]) -> Source:
    """A `.safetensors` file, an index, a folder of either, a GGUF file, or its parts in order.

    Raises:
        FileNotFoundError: nothing there.
        ValueError: it is neither, or damaged; the message names the file.
    """
    given = [Path(p) for p in ([paths] if isinstance(paths, str | Path) else paths)]
    first = given[0] if given else None
    if first and first.is_dir() and len(given) == 1:
        ggufs = sorted(first.glob("*.gguf"))
        given = ggufs if ggufs and not list(first.glob("*.safetensors*")) else given
        first = given[0]
    if first is None or first.is_dir() or first.name.endswith((".safetensors", ".json")):
        return _checkpoint(given)
    return _gguf(given)


def _checkpoint(given: Sequence[Path]) -> Source:
    if len(given) != 1:
        raise ValueError(f"paths must be one safetensors file, index or folder, got {len(given)}")
    path = given[0]
    entries = checkpoint.read_headers(path)
    folder = path if path.is_dir() else path.parent
    inside = {n: Inside(n, e.tensor.shape, e.tensor.dtype, True) for n, e in entries.items()}
    return Source(
        label=str(path),
        tensors=inside,
        matrix=lambda name: checkpoint.matrix(entries[name]),
        tokenizer=lambda: _tokenizer_beside(path, folder),
        licence=licence_of(folder),
    )


def _gguf(given: Sequence[Path]) -> Source:
    files = [joined([path]) for path in given] if _SPLIT.search(given[0].name) else [joined(given)]
    headers = [gguf.read_header(parts) for parts in files]
    homes = {name: (p, h) for p, h in zip(files, headers, strict=True) for name in h.tensors}
    inside = {
        name: Inside(name, e.shape, e.dtype, e.stop <= parts.size)
        for name, (parts, header) in homes.items()
        for e in [header.tensors[name]]
    }
    label = " + ".join(str(path) for path in given)
    return Source(
        label=label,
        tensors=inside,
        matrix=lambda name: gguf.matrix(homes[name][0], homes[name][1].tensors[name]),
        tokenizer=lambda: (tokenizer_json(headers[0].metadata, label), Path(label)),
        licence=str(headers[0].metadata.get("general.license", "unknown")),
    )


def _tokenizer_beside(path: Path, folder: Path) -> tuple[str, Path]:
    stem = path.stem.rpartition("_")[0]
    names = ("tokenizer.json", f"{stem}_tokenizer_config.json")
    places = [folder / names[0], folder / names[1], folder.parent / "tokenizers" / names[1]]
    for place in places:
        if place.is_file():
            return read_text(place), place
    looked = ", ".join(map(str, places))
    raise FileNotFoundError(f"{path}: no tokenizer beside it (looked for {looked}); name one")


def licence_of(folder: Path) -> str:
    """The licence in the front matter of a folder's model card; "unknown" where it names none."""
    card = folder / "README.md"
    text = read_text(card) if card.is_file() else ""
    front = text.split("---")[1] if text.startswith("---") else ""
    found = re.search(r"^license:\s*(\S+)\s*$", front, re.MULTILINE)
    return found[1].strip("\"'") if found else "unknown"
