"""Fit one kind of classifier and predict, in its own environment; run by classify.py.

Standard input: {"system", "model", "jobs": [{"texts", "labels", "tests"}, ...]}; standard output:
for each job {"predicted", "fit_s", "fit_cpu_s", "predict_s"}.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any


def wordllama(model: str, texts: list[str], labels: list[str]) -> Any:
    from wordllama import WordLlama

    return WordLlama.load(model).fit_classifier(texts, labels)


def dense(model: str, texts: list[str], labels: list[str]) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    from wordllama import WordLlama

    wl = WordLlama.load(model)
    vectors = FunctionTransformer(lambda some: wl.embed(list(some), norm=True))
    return make_pipeline(vectors, LogisticRegression(C=10, max_iter=1000)).fit(texts, labels)


def tfidf(model: str, texts: list[str], labels: list[str]) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    return make_pipeline(words, LinearSVC()).fit(texts, labels)


def model2vec(model: str, texts: list[str], labels: list[str]) -> Any:
    from model2vec.train import StaticModelForClassification

    classifier = StaticModelForClassification.from_pretrained(path=model)
    return classifier.fit(texts, labels)


SYSTEMS: dict[str, Callable[[str, list[str], list[str]], Any]] = {
    "wordllama": wordllama,
    "dense": dense,
    "tfidf": tfidf,
    "model2vec": model2vec,
}


def main() -> None:
    given = json.load(sys.stdin)
    fit, out = SYSTEMS[given["system"]], sys.stdout
    sys.stdout = sys.stderr
    # What is imported, and what has been looked up once, is no part of the time of a fit.
    fit(given["model"], ["a car", "a tree"] * 20, ["x", "y"] * 20).predict(["a car"])
    done = []
    for job in given["jobs"]:
        started = time.perf_counter(), time.process_time()
        classifier = fit(given["model"], job["texts"], job["labels"])
        fitted = time.perf_counter(), time.process_time()
        predicted = [str(label) for label in classifier.predict(job["tests"])]
        done.append(
            {
                "predicted": predicted,
                "fit_s": fitted[0] - started[0],
                "fit_cpu_s": fitted[1] - started[1],
                "predict_s": time.perf_counter() - fitted[0],
            }
        )
        print(given["system"], len(job["texts"]), f"{done[-1]['fit_s']:.1f} s", file=sys.stderr)
    json.dump(done, out)


if __name__ == "__main__":
    main()
