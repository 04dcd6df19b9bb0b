"""Options that many commands have, and what they turn into: a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

if TYPE_CHECKING:
    from wordllama import WordLlama

MODEL = "l2_supercat"

Query = Annotated[str, Argument(help="The text to compare with.")]
OneQuery = Annotated[str | None, Argument(help="The text to compare with.")]
Texts = Annotated[
    list[str] | None,
    Argument(help="Texts; @FILE means the records of a file, @- standard input."),
]
Input = Annotated[
    str | None, Argument(help="A file, folder or quoted glob; standard input if - or left out.")
]
Out = Annotated[str | None, Argument(help="The file to write; standard output if - or left out.")]
Text = Annotated[
    list[str] | None, Option("--text", "-t", help="A text instead of a file; repeat it for more.")
]
Files = Annotated[
    list[str] | None, Option("--file", "-f", help="One more file, folder or glob to read.")
]
Output = Annotated[str | None, Option("--output", "-o", help="The file to write.")]
Force = Annotated[
    bool, Option("--force", help="Replace files that exist: the output, and that of --rejects.")
]
Column = Annotated[
    str | None,
    Option(
        "--column", "-c", help="The column that holds the text (default: text, or the only one)."
    ),
]
From = Annotated[
    str | None,
    Option(
        "--from",
        help="The format of the input: text, paragraphs, document, jsonl, csv, tsv, parquet or "
        "arrow (default: by the file's name, or the first bytes of standard input).",
    ),
]
To = Annotated[
    str | None,
    Option("--to", help="The format of the output (default: by its name, or as the input)."),
]
Json = Annotated[bool, Option("--json", help="Write one JSON object per line, as --to jsonl does.")]
Resume = Annotated[
    bool,
    Option(
        "--resume",
        help="Keep finished parts in OUTPUT.resume/, and continue an interrupted run from there.",
    ),
]
Rejects = Annotated[
    Path | None,
    Option("--rejects", help="Skip damaged records, and write them to this JSONL file."),
]
MaxRecord = Annotated[
    int,
    Option(
        "--max-record", min=1, help="The longest record, in bytes; longer ones count as damaged."
    ),
]
Quotes = Annotated[
    bool | None,
    Option(
        "--quotes/--no-quotes",
        help="Read quotation marks in TSV as in CSV, or as part of the text "
        "(default: by the first lines).",
    ),
]
StoredVectors = Annotated[
    str | None,
    Option(
        "--vectors",
        help="The column with the vectors of the texts, as embed writes it; none: embed the texts "
        "(default: as the file says, if they are of this model).",
    ),
]
ScoreName = Annotated[str, Option("--score", help="The name of the column with the similarity.")]
Model = Annotated[
    str,
    Option("--model", "-m", help="The model: a name, folder, owner/name or .safetensors file."),
]
IndexModel = Annotated[
    str | None,
    Option("--model", "-m", help=f"The model (default: that of the index, or {MODEL})."),
]
Check = Annotated[
    bool,
    Option(
        "--check/--no-check", help="Say if the model does not read the texts, by a sample of them."
    ),
]
Dim = Annotated[int | None, Option("--dim", help="Give vectors of this many dimensions.")]
Binary = Annotated[
    bool, Option("--binary", help="Use binary vectors, compared by Hamming similarity.")
]


def load(model: str, dim: int | None = None, binary: bool = False) -> WordLlama:
    """The model that the options name; published widths above 256 are models of their own."""
    from wordllama import WordLlama

    width = dim if dim is not None and dim > 256 else None
    try:
        if width:
            return WordLlama.load(model, dim=width, binary=binary)
        return WordLlama.load(model, trunc_dim=dim, binary=binary)
    except FileNotFoundError as error:
        if model.endswith(".safetensors") or ("/" in model and Path(model).parent.is_dir()):
            raise  # a path is meant
        options = (f" --width {width}" if width else "") + (" --binary" if binary else "")
        fetched = f"where there is a network, fetch it with: wordllama download {model}{options}"
        raise FileNotFoundError(f"{error}\n{fetched}{_shipped_instead(model)}") from error


def _shipped_instead(model: str) -> str:
    """The line that names a model of the package, where that reads what the missing one does."""
    from wordllama.coverage.languages import named
    from wordllama.hub import registry

    shipped = "l2_words"
    wanted, reads = registry.languages_of(model), registry.languages_of(shipped)
    if wanted not in (None, reads):
        return ""
    return f"\n-m {shipped} needs none: that model, for {named(reads or ())}, is in the package"


def all_files(input: str | None, files: list[str] | None) -> list[str]:
    """The files that a command reads, the positional one first."""
    return [*([input] if input is not None else []), *(files or [])]
