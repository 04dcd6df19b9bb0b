from __future__ import annotations

import mteb
import pytest
from datasets import Dataset, DatasetDict
from mteb.tasks import Banking77Classification, STSBenchmarkSTS
from threadpoolctl import threadpool_limits

from wordllama import evaluate

PAIRS = [
    ("a man plays a guitar", "a man is playing the guitar", 5.0),
    ("a woman cooks soup", "somebody is cooking", 3.5),
    ("the car is red", "a dog sleeps on the sofa", 0.0),
    ("two dogs run", "dogs are running", 4.4),
    ("it rains in London", "the stock fell by a tenth", 0.2),
]


def local(task, **splits):
    """A task of mteb's with our own rows instead of what it would download."""

    class Local(task):
        def load_data(self, **kwargs):
            self.dataset = DatasetDict({k: Dataset.from_dict(rows) for k, rows in splits.items()})
            self.data_loaded = True

    return Local()


def main_score(model, task) -> float:
    with threadpool_limits(1):  # threads that wait for each other take a hundred times longer
        (result,) = mteb.evaluate(model, [task], cache=None).task_results
    return result.get_score()


def test_mteb_gives_the_sts_figure_that_we_give(wl, tmp_path):
    first, second, scores = (list(column) for column in zip(*PAIRS, strict=True))
    rows = {"sentence1": first, "sentence2": second, "score": scores}
    model = evaluate.MtebModel(wl, "test/l2_supercat")
    theirs = main_score(model, local(STSBenchmarkSTS, test=rows))
    folder = tmp_path / "STSBenchmark"
    folder.mkdir()
    lines = ["sentence1\tsentence2\tscore", *("\t".join(map(str, pair)) for pair in PAIRS)]
    (folder / "test.tsv").write_text("\n".join(lines) + "\n")
    ours = evaluate.run({"wl": wl}, tmp_path, resamples=0)["wl"].sets["STSBenchmark"]
    assert ours.value == pytest.approx(100 * theirs)


def test_mteb_draws_the_examples_that_we_draw(wl, english, tmp_path):
    """Labels are arbitrary, so that a figure is the same only where the draws are."""
    texts = [" ".join(text.split()) for text in dict.fromkeys(english[:600])]
    splits = {"train": texts[:300], "test": texts[300:]}
    rows = {k: {"text": held, "label": [len(t) % 3 for t in held]} for k, held in splits.items()}
    task = local(Banking77Classification, **rows)
    theirs = main_score(evaluate.MtebModel(wl, "test/l2_supercat"), task)
    folder = tmp_path / "Lengths"
    folder.mkdir()
    for name, held in rows.items():
        pairs = zip(held["text"], held["label"], strict=True)
        lines = ["text\tlabel", *(f"{text}\t{label}" for text, label in pairs)]
        (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n")
    ours = evaluate.run({"wl": wl}, tmp_path, resamples=0)["wl"].sets["Lengths"]
    assert ours.value == pytest.approx(100 * theirs, abs=1e-3)


def test_a_name_without_an_owner_is_refused(wl):
    with pytest.raises(ValueError, match="of the form owner/name, got 'l2'"):
        evaluate.MtebModel(wl, "l2")
