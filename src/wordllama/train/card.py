"""The model card: what a model was made from, and its scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wordllama.coverage.languages import named
from wordllama.kernel import Rows


def model_card(name: str, meta: Mapping[str, Any], rows: Rows, binary: bool, figures: str) -> str:
    """The card of a saved model, in Markdown."""
    matrix = rows.matrix
    kind = "binary" if binary else "dense"
    lines = [
        f"# {name}",
        "",
        f"Static text embeddings of WordLlama: {matrix.shape[1]} dimensions, {kind}; "
        f"{len(matrix)} rows of {matrix.dtype}.",
        "",
        f"Started from {meta.get('source', 'unknown')}"
        + (f" (licence: {meta['licence']})." if meta.get("licence") else "."),
        "",
    ]
    if meta.get("languages"):
        lines += [f"Made for: {named(meta['languages'])}.", ""]
    if meta.get("stages"):
        lines += ["## Stages", ""]
        lines += [f"{i}. `{stage}`" for i, stage in enumerate(meta["stages"], 1)] + [""]
    if meta.get("data"):
        lines += ["## Data", "", "| data | kind | rows | removed as evaluation text | licence |"]
        lines += ["| --- | --- | ---: | ---: | --- |"]
        lines += [
            f"| {d['name']} | {d['kind']} | {d['rows']:,} | {d['removed']:,} "
            f"| {d['licence'] or 'not stated'} |"
            for d in meta["data"]
        ]
        lines += [""]
    if figures:
        lines += ["## Figures", "", figures.strip(), ""]
    return "\n".join(lines)
