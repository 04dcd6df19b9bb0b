"""`wordllama coverage`."""

from __future__ import annotations

import json as json_format

from wordllama.cli.bundles import READING, Reading
from wordllama.cli.options import (
    MODEL,
    Force,
    Input,
    Json,
    Model,
    Text,
    load,
)


def command(
    input: Input = None,
    text: Text = None,
    reading: Reading = READING,
    force: Force = False,
    json: Json = False,
    model: Model = MODEL,
) -> None:
    """Show how well the model's vocabulary fits the texts.

    If many words need bytes or are unknown, the vectors of these texts mean little. A line on
    standard error says which of the texts the model does not read.

    \b
    Examples:
      $ wordllama coverage -t "A cat sat." -t "an ichthyosaurus"
      5 words, 1.60 tokens each: 80.0% one token, 20.0% several, 0.0% bytes, 0.0% unknown
      in many tokens: ichthyosaurus (1)
    """
    from wordllama import explain

    wl = load(model, None, False)
    with reading.records(input, text, force=force, model=wl) as records:
        texts = (each for batch in records for each in batch.texts)
        found = explain.vocabulary_coverage(texts, wl.encoder)
    print(json_format.dumps(found.to_dict(), ensure_ascii=False) if json else found)
