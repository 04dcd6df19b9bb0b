"""Whether all that an index holds is whole, and agrees with itself."""

from __future__ import annotations

import numpy as np

from wordllama.encode.encoder import Encoder
from wordllama.index.blocks import offsets_of
from wordllama.index.store import Store


def problems(store: Store, encoder: Encoder) -> list[str]:
    """What is wrong, in sentences: none if nothing is.

    Looks at SQLite's pages, at each block's checksum, and whether each record's text still has the
    tokens that were kept of it.
    """
    found = [
        f"SQLite says: {said}"
        for (said,) in store.connection.execute("PRAGMA integrity_check")
        if said != "ok"
    ]
    alive = np.array([row for (row,) in store.rows()], np.int64)
    dead = np.array(store.deleted(-1), np.int64)
    seen = [np.empty(0, np.int64)]
    try:
        for block in store.blocks.after(-1):
            seen.append(block.rows)
            here = np.flatnonzero(np.isin(block.rows, alive))
            texts = store.records(block.rows[here].tolist())
            ids, offsets = encoder.token_ids([record[1] for _, record in sorted(texts.items())])
            lengths, kept = np.diff(block.offsets)[here], block.take(here)
            if not np.array_equal(np.diff(offsets), lengths) or not np.array_equal(
                ids, kept.tokens
            ):
                changed = [
                    row
                    for row, mine, theirs in zip(
                        kept.rows.tolist(),
                        np.split(kept.tokens, offsets_of(lengths)[1:-1]),
                        np.split(ids, offsets[1:-1]),
                        strict=True,
                    )
                    if not np.array_equal(mine, theirs)
                ]
                found.append(f"the text of row {changed[0]} is not the one that was added")
    except ValueError as error:
        found.append(str(error))
        return found
    rows = np.concatenate(seen)
    for what, wrong in (
        ("records without a vector", np.setdiff1d(alive, rows)),
        ("vectors without a record", np.setdiff1d(rows, np.union1d(alive, dead))),
        ("records that are deleted, too", np.intersect1d(alive, dead)),
    ):
        if len(wrong):
            found.append(f"{len(wrong)} {what}, the first of row {wrong[0]}")
    return found
