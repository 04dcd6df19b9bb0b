"""Every key of a configuration is checked, and the published ones are accepted."""

import dataclasses
import re
import typing
from pathlib import Path
from typing import Any

import pytest

from wordllama.train import config, run, stages

PUBLISHED = """
[model]
dim = 28672
n_vocab = 32000
hf_model_id = "meta-llama/Llama-2-70b-hf"
pad_token = "</s>"
[tokenizer]
return_tensors = "pt"
return_attention_mask = true
max_length = 256
padding = "longest"
truncation = true
add_special_tokens = false
[tokenizer.inference]
use_local_config = true
config_filename = "l2_supercat_tokenizer_config.json"
[training]
output_dir = "output/matryoshka_supercat"
num_train_epochs = 2
per_device_train_batch_size = 256
warmup_steps = 256
evaluation_strategy = "steps"
eval_steps = 250
save_steps = 1000
fp16 = true
include_num_input_tokens_seen = false
learning_rate = 3e-4
multi_dataset_batch_sampler = "PROPORTIONAL"
binarizer_ste = "ste"
[matryoshka]
dims = [1024, 512, 256, 128, 64]
"""


def test_the_published_keys_are_accepted(tmp_path: Path) -> None:
    file = tmp_path / "l2_supercat.toml"
    file.write_text(PUBLISHED)
    read = config.read(file)
    assert read.model.dim == 28672
    assert read.training.learning_rate == 3e-4
    assert read.matryoshka.dims == (1024, 512, 256, 128, 64)
    assert read.stage == (stages.Contrastive(),)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"modle": {}}, "modle is not a key"),
        ({"training": {"learning_rate": "fast"}}, "training.learning_rate is 'fast', expected a"),
        ({"training": {"learning_rate": 0}}, "training.learning_rate is 0, expected more than 0"),
        ({"training": {"seed": True}}, "training.seed is True, expected a whole number"),
        ({"training": {"seed": -1}}, "training.seed is -1, expected 0 or more"),
        ({"training": {"binarizer_ste": "sign"}}, "expected one of 'ste', 'tanh'"),
        ({"matryoshka": {"dims": 64}}, "matryoshka.dims is 64, expected a list"),
        ({"matryoshka": {"dims": [64, "x"]}}, r"matryoshka.dims\[1\] is 'x'"),
        ({"matryoshka": {"dims": []}}, "matryoshka.dims must list"),
        ({"matryoshka": {"dims": [64, 0]}}, r"matryoshka.dims\[1\] is 0, expected 1 or more"),
        ({"training": {"learning_rate": float("nan")}}, "learning_rate is nan, expected a number"),
        ({"training": {"learning_rate": float("inf")}}, "learning_rate is inf, expected a number"),
        ({"training": {"learning_rate": 10**400}}, "learning_rate is beyond what a number may be"),
        ({"model": {"name": "../x"}}, r"model.name is '../x', expected a file's name"),
        ({"model": {"name": "/tmp/x"}}, r"model.name is '/tmp/x', expected a file's name"),
        ({"stage": [{"kind": ["sif"]}]}, r"stage\[0\].kind is \['sif'\]"),
        ({"stage": [{"kind": "fold_case", "share": 7}]}, r"share is 7, expected 0 to 1"),
        ({"stage": [{"kind": "distill", "passages": 7}]}, r"passages is 7, expected 0 to 1"),
        ({"stage": [{"kind": "distill", "near": -1}]}, r"near is -1, expected 0 to 1"),
        ({"stage": [{"kind": "contrastive", "blend": 9}]}, "blend is 9, expected more than 0 and"),
        ({"stage": [{"kind": "contrastive", "blend": 0}]}, "blend is 0, expected more than 0 and"),
        ({"stage": [{"kind": "contrastive", "average": 21}]}, "average is 21, expected 1 to 20"),
        (
            {"stage": [{"kind": "contrastive", "train": "x"}]},
            "one of 'projection', 'rows'",
        ),
        ({"stage": [{"kind": "sif", "a": float("nan")}]}, r"stage\[0\].a is nan, expected a num"),
        ({"stage": [{"kind": "join", "model": ""}]}, r"stage\[0\].model is missing"),
        ({"stage": [{"kind": "center", "components": -1}]}, "components is -1, expected 0 or more"),
        (
            {"evaluation": {"data": {"path": "x", "kind": "pairs", "columns": ["a"]}}},
            "evaluation.data.columns has 1 names, expected 2 for pairs",
        ),
        (
            {"evaluation": {"data": {"path": "x", "kind": "pairs", "limit": 0}}},
            "evaluation.data.limit is 0, expected 1 or more",
        ),
        ({"data": [{"path": "a.tsv"}]}, r"data\[0\].kind is missing"),
        ({"data": [{"path": "a.tsv", "kind": "words"}]}, r"data\[0\].kind is 'words'"),
        (
            {"data": [{"path": "a.tsv", "kind": "pairs", "columns": ["a"]}]},
            r"data\[0\].columns has 1 names, expected 2",
        ),
        (
            {"data": [{"path": "a/x.tsv", "kind": "texts"}, {"path": "b/x.csv", "kind": "texts"}]},
            "two sets called 'x'",
        ),
        ({"stage": [{"kind": "magic"}]}, r"stage\[0\].kind is 'magic'"),
        ({"stage": [{"kind": "distill"}]}, r"stage\[0\].teacher is missing"),
        ({"stage": [{"kind": "pca"}]}, r"stage\[0\].dim is missing"),
        ({"stage": [{"kind": "sif", "data": ["y"]}]}, r"stage\[0\].data names 'y'"),
        ({"stage": {}}, "stage is not a list of tables"),
        ({"tokenizer": {"add_special_tokens": True}}, "tokenizer.add_special_tokens is true"),
        (
            {"evaluation": {"data": {"path": "x", "kind": "texts"}}},
            "evaluation.data.kind is 'texts'",
        ),
    ],
)
def test_a_wrong_key_is_named(table: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        config.parse(table)


def test_a_missing_file_is_named_with_its_key(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('[[data]]\npath = "nowhere.tsv"\nkind = "texts"\n')
    with pytest.raises(FileNotFoundError, match=r"data\[0\].path names 'nowhere.tsv'"):
        config.read(file)


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text("[model\n")
    with pytest.raises(ValueError, match=r"c.toml: not TOML"):
        config.read(file)


def test_a_stage_is_switched_off_by_one_key() -> None:
    tables = [{"kind": "sif", "enabled": False}, {"kind": "center"}]
    assert config.parse({"stage": tables}).stage == (stages.Center(),)


NUMBERS = [
    (kind, field.name)
    for kind, cls in stages.STAGES.items()
    for field in dataclasses.fields(cls)
    if re.search("int|float|Count|Whole|Positive|NotNegative|Share", str(field.type))
]


@pytest.mark.parametrize(("kind", "name"), NUMBERS)
@pytest.mark.parametrize("value", [float("nan"), -3, True, "1"])
def test_every_number_of_a_stage_has_its_bounds(kind: str, name: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"stage\[0\]\.{name} is {value!r}, expected"):
        config.parse({"stage": [{"kind": kind, name: value}]})


def test_every_stage_has_what_runs_it() -> None:
    assert set(run.STEPS) == set(stages.STAGES.values())
    assert set(stages.STAGES.values()) == set(typing.get_args(stages.Stage))
