"""A model that the `mteb` package itself evaluates, to the figures that we give."""

from __future__ import annotations

import mteb
import pytest
from datasets import Dataset, DatasetDict
from mteb.tasks import Banking77Classification, STSBenchmarkSTS
from threadpoolctl import threadpool_limits

from wordllama import WordLlama, evaluate
from wordllama.integrations.mteb import MtebModel, mteb_model

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
    model = MtebModel(wl, "test/l2_supercat")
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
    theirs = main_score(MtebModel(wl, "test/l2_supercat"), task)
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
        MtebModel(wl, "l2")


def test_it_is_an_encoder_with_a_name_of_its_own(wl: WordLlama) -> None:
    model = mteb_model(dim=64)
    assert isinstance(model, mteb.EncoderProtocol)
    assert model.mteb_model_meta.name == "wordllama/l2_supercat-64"
    assert mteb_model(wl, name="me/mine").mteb_model_meta.name == "me/mine"
    batches = [{"text": ["a red car", "heavy rain"]}, {"text": ["snow"]}]
    rows = model.encode(batches)
    assert rows.shape == (3, 64)
    score = float(model.similarity(rows[:1], rows[1:2])[0, 0])
    assert score == pytest.approx(
        WordLlama.load(trunc_dim=64).similarity("a red car", "heavy rain"), abs=1e-6
    )


def test_errors_of_the_toolkit_pass(wl: WordLlama) -> None:
    with pytest.raises(ValueError, match="trunc_dim"):
        mteb_model(dim=3)
    with pytest.raises(ValueError, match="dim must be None for a loaded model"):
        mteb_model(wl, dim=64)
    with pytest.raises(ValueError, match="owner/name"):
        mteb_model(name="mine")
