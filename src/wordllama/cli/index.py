"""`wordllama index`."""

from __future__ import annotations

import json as json_format
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from wordllama.cli.options import MODEL, Binary, Column, Dim, From, Json, load

if TYPE_CHECKING:
    from wordllama.index import Index


def command(
    files: Annotated[
        list[str] | None, Argument(help="Files, folders or quoted globs to take up.")
    ] = None,
    to: Annotated[
        str | None, Option("--to", help="The index: a file that is made if there is none.")
    ] = None,
    info: Annotated[
        str | None, Option("--info", help="Check an index, and say what is in it.")
    ] = None,
    rebuild: Annotated[
        str | None,
        Option("--rebuild", help="Embed the texts of an index anew, with -m by another model."),
    ] = None,
    vacuum: Annotated[
        str | None, Option("--vacuum", help="Give back the room of an index's deleted records.")
    ] = None,
    delete: Annotated[
        list[str] | None,
        Option("--delete", help="Delete the record with this id; repeat it for more."),
    ] = None,
    column: Column = None,
    id: Annotated[
        str | None, Option("--id", help="The column with the ids (default: id, if there is one).")
    ] = None,
    from_: From = None,
    limit: Annotated[
        int, Option("--limit", min=1, help="The most characters in a chunk of a document.")
    ] = 1000,
    root: Annotated[
        str | None,
        Option("--root", help="The folder that names of files begin from (default: that given)."),
    ] = None,
    keep_gone: Annotated[
        bool, Option("--keep-gone", help="Keep the records of files that are gone.")
    ] = False,
    delete_all_gone: Annotated[
        bool,
        Option("--delete-all-gone", help="Also delete all records of a folder that became empty."),
    ] = False,
    skip_duplicates: Annotated[
        float | None,
        Option(
            "--skip-duplicates",
            min=0,
            max=1,
            help="Leave out records more similar than this to another, such as 0.95.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, Option("--dry-run", help="Only say which files are new, changed and gone.")
    ] = False,
    json: Json = False,
    model: Annotated[
        str | None,
        Option(
            "--model",
            "-m",
            help=f"The model of a new index: a name, folder or owner/name ({MODEL}).",
        ),
    ] = None,
    dim: Dim = None,
    binary: Binary = False,
    language: Annotated[
        str | None,
        Option(
            "--language",
            help="Of a new index: whose word endings do not matter, or none (english).",
        ),
    ] = None,
) -> None:
    """Take up files into an index, and keep up with them: only what is new or changed.

    A text file (Markdown, program text) is cut into chunks; in other formats each record is one.
    Records of files that are gone from a folder are deleted. An interrupted run goes on where it
    was. "-m l2_words" makes an index of English texts that finds more, and needs no network.

    \b
    Examples:
      $ wordllama index notes reviews.jsonl --to my.db -m l2_words
      3 files: 3 new; records: 6 added
      $ wordllama index notes reviews.jsonl --to my.db
      3 files: 3 unchanged
      $ wordllama index --info my.db --json | jq -c '[.records, .columns.heading]'
      [6,"text"]
    """
    alone = [path for path in (info, rebuild, vacuum) if path is not None]
    if alone:
        if files or to is not None or delete or len(alone) > 1:
            raise ValueError(
                "--info, --rebuild and --vacuum go without each other, files, --to and --delete"
            )
        if info is not None:
            _tell(info, model, json)
        elif rebuild is not None:
            _rebuild(rebuild, model, dim, binary, language)
        else:
            _vacuum(alone[0], model)
        return
    if to is None or not (files or delete):
        raise ValueError(
            "index needs files and --to INDEX; or --info, --rebuild or --vacuum with an INDEX"
        )
    if keep_gone and delete_all_gone:
        raise ValueError("--keep-gone and --delete-all-gone exclude each other")
    if files and not delete:
        _check_any(files, to, root, from_)
    with _opened(to, model, dim, binary, language, dry_run) as index:
        if delete:
            _delete(index, delete, to)
        if not files:
            return
        done = index.sync(
            files,
            text=column,
            ids=id,
            limit=limit,
            format=from_,
            root=root,
            delete_gone="all" if delete_all_gone else not keep_gone,
            skip_duplicates=skip_duplicates,
            dry_run=dry_run,
            progress=True,
        )
    if not (done.new or done.changed or done.unchanged or done.gone or done.skipped):
        raise _none(files, done.others)
    print(json_format.dumps(asdict(done), ensure_ascii=False) if json else done)
    if dry_run and not json:
        for status in ("new", "changed", "gone"):
            for name in getattr(done, status):
                print(f"{status}\t{name}")
    for skipped in done.skipped:
        where = "" if skipped.reason.startswith(skipped.name) else f"{skipped.name}: "
        print(f"skipped {where}{skipped.reason}", file=sys.stderr)
    if done.skipped:
        sys.exit(2)


def _check_any(files: list[str], to: str, root: str | None, format: str | None) -> None:
    """FileNotFoundError before an index is made that would stay empty."""
    from wordllama.index.folders import listing

    if not Path(to).expanduser().exists():
        found = listing(files, [], root, format is not None, lambda path: False, True)
        if not (found.files or found.unread):
            raise _none(files, found.others)


def _none(files: list[str], others: int) -> FileNotFoundError:
    from wordllama.index.folders import EXTENSIONS

    left = f", only {others:,} of other names: name them, or use a glob" if others else ""
    return FileNotFoundError(
        f"{', '.join(files)}: no file of a known format ({', '.join(EXTENSIONS)}){left}"
    )


def _opened(
    path: str,
    model: str | None,
    dim: int | None,
    binary: bool,
    language: str | None,
    dry_run: bool,
) -> Index:
    """The index of that path, made if there is none; its model then must be what is asked for."""
    file = Path(path).expanduser()
    if not file.exists() or (file.is_file() and not file.stat().st_size):
        wl = load(model or MODEL, dim, binary)
        return wl.index(None if dry_run else file, language=language)
    from wordllama import open_index

    index = open_index(file, model=model, read_only=dry_run)
    about = index.info()
    asked = {"dim": dim, "binary": binary or None, "language": language}
    for name, value in asked.items():
        if value not in (None, about[name]):
            index.close()
            raise ValueError(
                f"--{name}: {path} was made with {name} {about[name]}, not {value}; "
                "choose another index for --to"
            )
    return index


def _delete(index: Index, given: list[str], path: str) -> None:
    from wordllama.cli.search import id_in

    deleted = index.delete([id_in(index, id, "--delete", path) for id in given])
    print(f"{deleted:,} deleted")


def _rebuild(
    path: str, model: str | None, dim: int | None, binary: bool, language: str | None
) -> None:
    from wordllama.index import made_with
    from wordllama.opening import model_of

    file = Path(path).expanduser()
    made_with(file)  # there is an index
    if model is None and (dim is not None or binary):
        raise ValueError("--rebuild with --dim or --binary needs --model, too")
    wl = model_of(file) if model is None else load(model, dim, binary)
    with wl.index(file, language=language, rebuild=True) as index:
        print(f"{len(index):,} records embedded anew with {index.info()['model']}")


def _vacuum(path: str, model: str | None) -> None:
    from wordllama import open_index

    with open_index(path, model=model) as index:
        before = index.info()["bytes"]
        index.vacuum()
        print(f"{before:,} bytes, now {index.info()['bytes']:,}")


def _tell(path: str, model: str | None, json: bool) -> None:
    from wordllama import open_index

    with open_index(path, model=model, read_only=True) as index:
        about = index.info() | {"damaged": index.check()}
    if json:
        print(json_format.dumps(about, ensure_ascii=False))
    else:
        columns = [f"{name} ({kind})" for name, kind in about["columns"].items()]
        width = "binary" if about["binary"] else "dense"
        lines = {
            "records": f"{about['records']:,}",
            "columns": ", ".join(columns),
            "files": f"{about['files']:,}",
            "unfinished": ", ".join(about["unfinished"]),
            "size": f"{about['bytes']:,} bytes",
            "model": f"{about['model']}, {about['dim']} {width} dimensions",
            "language": about["language"],
            "damaged": "; ".join(about["damaged"]) or "nothing",
        }
        for name, value in lines.items():
            if value:
                print(f"{name:10} {value}")
    if about["damaged"]:
        sys.exit(2)
