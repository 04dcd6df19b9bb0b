"""Sentences by one segmenter, in its own environment; run by sentences.py.

Standard input: {"segmenter", "texts": [[language, text], ...], "long"}; standard output:
{"sentences": [[...], ...], "seconds": of `long`}.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

Segment = Callable[[str], list[str]]


def _wordllama(language: str) -> Segment:
    from itertools import pairwise

    from wordllama.split.sentences import sentence_starts

    def segment(text: str) -> list[str]:
        bounds = [0, *sentence_starts(text), len(text)]
        return [text[a:b] for a, b in pairwise(bounds)]

    return segment


def _pysbd(language: str) -> Segment:
    import pysbd
    from pysbd.languages import LANGUAGE_CODES

    code = language if language in LANGUAGE_CODES else "en"
    return pysbd.Segmenter(language=code, clean=False).segment


def _sentencex(language: str) -> Segment:
    import sentencex

    return lambda text: list(sentencex.segment(language, text))


def _syntok(language: str) -> Segment:
    from syntok import segmenter

    def segment(text: str) -> list[str]:
        paragraphs = segmenter.analyze(text)
        return [
            "".join(token.spacing + token.value for token in sentence)
            for paragraph in paragraphs
            for sentence in paragraph
        ]

    return segment


def _blingfire(language: str) -> Segment:
    import blingfire

    return lambda text: blingfire.text_to_sentences(text).split("\n")


def _uniseg(language: str) -> Segment:
    from uniseg.sentencebreak import sentences

    return lambda text: list(sentences(text))


def _sentence_splitter(language: str) -> Segment:
    from sentence_splitter import SentenceSplitter, SentenceSplitterException

    try:
        return SentenceSplitter(language=language).split
    except SentenceSplitterException:
        return SentenceSplitter(language="en").split


def _nupunkt(language: str) -> Segment:
    import nupunkt

    return nupunkt.sent_tokenize


def main() -> None:
    job = json.load(sys.stdin)
    make = globals()[f"_{job['segmenter'].replace('-', '_')}"]
    segmenters = {language: make(language) for language, _ in job["texts"]}
    sentences = [list(segmenters[language](text)) for language, text in job["texts"]]
    start = time.perf_counter()
    segmenters["en"](job["long"])
    seconds = time.perf_counter() - start
    json.dump({"sentences": sentences, "seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    main()
