"""Training as a user runs it: it learns, repeats itself, survives a kill, says what is wrong."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from wordllama import WordLlama
from wordllama.train import checkpoints
from wordllama.train.config import read
from wordllama.train.corpus import read_corpus
from wordllama.train.exclude import Exclusion
from wordllama.train.run import train

PROJECTION = '[[stage]]\nkind = "contrastive"\nepochs = 2\n'
DEV = '[evaluation]\ndata = {path = "dev.jsonl", kind = "pairs"}\n'
Project = Callable[..., Path]


KILLED_AFTER_STEP_20 = """
import os, signal
from wordllama.train import checkpoints

def write(file, arrays, meta, whole=checkpoints.write):
    whole(file, arrays, meta)
    if meta.get("step") == 20:
        os.kill(os.getpid(), signal.SIGKILL)

checkpoints.write = write
"""


def quiet(line: str) -> None:
    """No log."""


def run(config: Path, *more: str, code: str = "") -> subprocess.Popen[str]:
    program = (
        f"import sys; {code}\nfrom wordllama.train.config import read\n"
        "from wordllama.train.run import train\n"
        "train(read(sys.argv[1]), resume='--resume' in sys.argv)"
    )
    command = [sys.executable, "-c", program, str(config), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_trained_projection_beats_its_random_start_on_the_dev_set(project: Project) -> None:
    last = train(read(project(PROJECTION, more=DEV)), log=quiet)
    records = checkpoints.Metrics(last.parent).read()
    dev = [r["dev"] for r in records if "dev" in r]
    losses = [r["loss"] for r in records if "loss" in r]
    assert checkpoints.read(last).arrays["rows"].shape[1] == 128
    assert dev[-1] > dev[0] > 0
    assert losses[-1] < losses[0]
    assert (last.parent / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_two_runs_give_the_same_weights(project: Project) -> None:
    config = read(project(PROJECTION))
    first = checkpoints.read(train(config, log=quiet)).arrays["rows"]
    again = checkpoints.read(train(config, log=quiet)).arrays["rows"]
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("kind", ["projection", "rows"])
def test_a_killed_and_resumed_run_gives_the_weights_of_a_whole_one(
    project: Project, kind: str
) -> None:
    stage = f'[[stage]]\nkind = "contrastive"\ntrain = "{kind}"\nepochs = 3\naverage = 12\n'
    config = project(stage, "save_steps = 10")
    whole = checkpoints.read(train(read(config), log=quiet)).arrays["rows"]
    folder = config.parent / "run"
    killed = run(config, code=KILLED_AFTER_STEP_20)
    _, errors = killed.communicate()
    assert killed.returncode == -signal.SIGKILL, errors
    assert checkpoints.step_file(folder, 0, 20).exists()
    assert not checkpoints.stage_file(folder, 0).exists()
    resumed = run(config, "--resume")
    _, errors = resumed.communicate()
    assert resumed.returncode == 0, errors
    assert "%|" not in errors  # no bar where nobody looks
    rows = checkpoints.read(checkpoints.stage_file(folder, 0)).arrays["rows"]
    np.testing.assert_array_equal(rows, whole)
    steps = [(r["stage"], r["step"]) for r in checkpoints.Metrics(folder).read() if "loss" in r]
    assert steps == sorted(set(steps))


def test_a_full_disk_leaves_earlier_checkpoints_whole(project: Project) -> None:
    config = project(PROJECTION, "save_steps = 10")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))"
    full = run(config, code=limit)
    _, errors = full.communicate()
    assert full.returncode == 1
    assert "the checkpoint can't be written" in errors
    assert "checkpoint-01-0000010.safetensors" in errors
    assert [f.name for f in (config.parent / "run").glob("*.safetensors")] == [
        "stage-00.safetensors"
    ]


def test_resuming_under_another_configuration_is_refused(project: Project) -> None:
    train(read(project(PROJECTION)), log=quiet)
    other = read(project(PROJECTION, "seed = 1"))
    with pytest.raises(ValueError, match="another configuration"):
        train(other, resume=True, log=quiet)


def test_a_finished_run_is_not_run_again(project: Project) -> None:
    config = read(project(PROJECTION))
    last = train(config, log=quiet)
    before = last.stat().st_mtime_ns
    assert train(config, resume=True, log=quiet) == last
    assert last.stat().st_mtime_ns == before


def test_evaluation_text_is_removed_and_counted(project: Project) -> None:
    config = project(PROJECTION, more='[evaluation]\nexclude = ["seen.tsv"]\n')
    pairs = (config.parent / "pairs.jsonl").read_text().splitlines()
    seen = [json.loads(line)["first"] for line in pairs[:7]]
    (config.parent / "seen.tsv").write_text("text\n" + "".join(f"{t.upper()}.\n" for t in seen))
    lines: list[str] = []
    last = train(read(config), log=lines.append)
    (told,) = (line for line in lines if line.startswith("pairs:"))
    data = next(d for d in checkpoints.read(last).meta["data"] if d["name"] == "pairs")
    assert f"{data['removed']} removed" in told
    assert 7 <= data["removed"] < 40
    assert data["removed"] + data["rows"] == len(pairs)


def test_training_stops_early_at_the_best_dev_figure(project: Project) -> None:
    stage = '[[stage]]\nkind = "contrastive"\ntrain = "rows"\nepochs = 30\nlearning_rate = 0.5\n'
    last = train(read(project(stage, "patience = 2\nsave_steps = 7", DEV)), log=quiet)
    dev = [r["dev"] for r in checkpoints.Metrics(last.parent).read() if "dev" in r]
    assert max(dev) not in dev[-2:]
    assert len(dev) < 10


def test_linear_stages_follow_one_another(project: Project) -> None:
    stages = "".join(
        f'[[stage]]\nkind = "{kind}"\n{keys}\n'
        for kind, keys in [
            ("sif", "a = 1e-3"),
            ("join", 'model = "book"\nfactor = 0.5'),
            ("pca", "dim = 96"),
            ("center", "components = 1"),
            ("fold_case", "share = 1.0"),
            ("scale", 'norm = 3.0\ndata = ["texts"]'),
        ]
    )
    config = project(stages)
    last = train(read(config), log=quiet)
    shapes = [
        checkpoints.read(checkpoints.stage_file(last.parent, i)).arrays["rows"].shape[1]
        for i in range(6)
    ]
    assert shapes == [256, 512, 96, 96, 96, 96]
    rows = checkpoints.read(last).arrays["rows"]
    tokenizer = Tokenizer.from_file(str(last.parent / "tokenizer.json"))
    texts = [json.loads(line)["text"] for line in (config.parent / "texts.jsonl").open()]
    means = [rows[tokenizer.encode(t, add_special_tokens=False).ids].mean(axis=0) for t in texts]
    assert np.mean([np.linalg.norm(mean) for mean in means]) == pytest.approx(3, abs=1e-4)
    vocabulary = tokenizer.get_vocab()
    np.testing.assert_allclose(rows[vocabulary["▁The"]], rows[vocabulary["▁the"]], atol=1e-6)


def test_passages_are_fitted_to_the_mean_of_their_texts(project: Project, wl: WordLlama) -> None:
    stage = (
        '[[stage]]\nkind = "distill"\nteacher = "given"\nloss = "mse"\npassages = 1.0\n'
        "batch_size = 32\nepochs = 20\nlearning_rate = 1e-1\nwarmup_steps = 1\n"
    )
    config = read(project(stage))
    corpus = read_corpus(config.data[1], wl.encoder.token_ids, Exclusion())
    name = f"given-texts-{corpus.fingerprint[:16]}"
    cache = Path(config.training.output_dir) / "teacher" / name
    cache.parent.mkdir(parents=True)
    np.save(cache.with_suffix(".npy"), np.ones((corpus.n_rows, 256), np.float16))
    cache.with_suffix(".json").write_text(json.dumps({"done": corpus.n_rows}))
    losses = [
        record["loss"]
        for record in checkpoints.Metrics(train(config, log=quiet).parent).read()
        if "loss" in record
    ]
    assert losses[-1] < losses[0] / 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('codebook = "book"', 'codebook = "nothing"'), "nothing"),
        (('codebook = "book"', 'codebook = "book"\ndim = 99'), "model.dim is 99, but .* has 256"),
        (('codebook = "book"', ""), "model.codebook is missing"),
    ],
)
def test_a_codebook_that_does_not_fit_is_named(
    project: Project, change: tuple[str, str], message: str
) -> None:
    config = project(PROJECTION)
    config.write_text(config.read_text().replace(*change))
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        train(read(config), log=quiet)


def test_dims_that_the_rows_do_not_have_are_told(project: Project) -> None:
    lines: list[str] = []
    config = project('[[stage]]\nkind = "contrastive"\ntrain = "rows"\n')
    config.write_text(config.read_text().replace("dims = [64, 128]", "dims = [300, 64]"))
    train(read(config), log=lines.append)
    assert "matryoshka.dims [300] left out: the rows are 256 wide" in lines


def test_an_empty_data_set_is_named(project: Project) -> None:
    config = project(PROJECTION)
    (config.parent / "pairs.jsonl").write_text("")
    with pytest.raises(ValueError, match=r"pairs.jsonl: no rows to train on"):
        train(read(config), log=quiet)


def test_a_damaged_checkpoint_is_named(project: Project) -> None:
    last = train(read(project(PROJECTION)), log=quiet)
    last.write_bytes(last.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"stage-01.safetensors: not a whole checkpoint"):
        checkpoints.read(last)
