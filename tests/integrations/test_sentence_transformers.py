"""The model as sentence-transformers has it: its own class, and ours in that class's place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from datasets import Dataset
from sentence_transformers import SentenceTransformer, util
from sentence_transformers.sentence_transformer import evaluation

from wordllama import WordLlama
from wordllama.extras import install_line
from wordllama.integrations.sentence_transformers import SentenceEncoder, sentence_transformer

TEXTS = ["a red car", "heavy rain", "snow ☃ and wind\nand more", "  two  spaces", "a fast truck"]
OPTIONS: list[dict[str, Any]] = [
    {},
    {"normalize_embeddings": True},
    {"truncate_dim": 64, "normalize_embeddings": True},
    {"truncate_dim": 999},
    {"convert_to_tensor": True},
    {"convert_to_numpy": False},
    {"prompt": "query: "},
    {"precision": "int8"},
    {"precision": "uint8"},
    {"precision": "binary", "truncate_dim": 64},
    {"precision": "ubinary", "convert_to_tensor": True},
]
EVALUATORS = [
    evaluation.EmbeddingSimilarityEvaluator(TEXTS[:4], TEXTS[1:], [0.1, 0.9, 0.3, 0.2]),
    evaluation.BinaryClassificationEvaluator(TEXTS[:4], TEXTS[1:], [0, 1, 0, 1]),
    evaluation.TripletEvaluator(["car"], ["truck"], ["rain"]),
    evaluation.RerankingEvaluator([{"query": "rain", "positive": TEXTS[1:3], "negative": ["car"]}]),
    evaluation.InformationRetrievalEvaluator(
        queries={"q": "vehicles"},
        corpus={text: text for text in TEXTS},
        relevant_docs={"q": {TEXTS[0], TEXTS[4]}},
    ),
]


@pytest.fixture(scope="module")
def real() -> SentenceTransformer:
    return sentence_transformer()


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.mark.parametrize("normalize", [False, True])
def test_it_gives_the_models_vectors(wl: WordLlama, normalize: bool) -> None:
    model = sentence_transformer(normalize=normalize)
    np.testing.assert_allclose(model.encode(TEXTS), wl.embed(TEXTS, norm=normalize), atol=1e-5)


def test_it_is_saved_and_loaded_there(wl: WordLlama, tmp_path: Path) -> None:
    sentence_transformer(wl, normalize=True).save(str(tmp_path / "model"))
    loaded = SentenceTransformer(str(tmp_path / "model"), device="cpu")
    np.testing.assert_allclose(loaded.encode(TEXTS), wl.embed(TEXTS, norm=True), atol=1e-5)
    scores = loaded.similarity(loaded.encode(["a car"]), loaded.encode(TEXTS))
    wanted = [[score for _, score in wl.rank("a car", TEXTS, sort=False)]]
    np.testing.assert_allclose(scores, wanted, atol=1e-5)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("texts", [TEXTS, TEXTS[0], tuple(TEXTS[:2])], ids=["many", "one", "tuple"])
def test_the_encoder_gives_what_the_class_gives(
    encoder: SentenceEncoder, real: SentenceTransformer, options: dict[str, Any], texts: Any
) -> None:
    if isinstance(texts, str) and options.get("precision") in ("int8", "uint8"):
        with pytest.raises(ValueError, match="needs more than one text"):
            encoder.encode(texts, **options)
        return
    ours, theirs = encoder.encode(texts, **options), real.encode(texts, **options)
    assert type(ours) is type(theirs)
    if isinstance(ours, list):
        ours, theirs = torch.stack(ours), torch.stack(theirs)
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("name", ["cosine", "dot", "euclidean", "manhattan"])
def test_similarities_are_the_classs(real: SentenceTransformer, name: str) -> None:
    encoder, real.similarity_fn_name = SentenceEncoder(similarity_fn_name=name), name
    a, b = encoder.encode(TEXTS), encoder.encode(TEXTS[::-1])
    given = (a, torch.from_numpy(a), list(a), list(torch.from_numpy(a)))
    for each in given:
        matrix = encoder.similarity(each, b)
        assert isinstance(
            matrix, torch.Tensor if each is given[1] or each is given[3] else np.ndarray
        )
        np.testing.assert_allclose(matrix, real.similarity(a, b), rtol=1e-4, atol=1e-5)
    pairs = real.similarity_pairwise(a, b)
    np.testing.assert_allclose(encoder.similarity_pairwise(a, b), pairs, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        encoder.similarity(a[0], b[1]), real.similarity(a[0], b[1]), rtol=1e-4
    )
    real.similarity_fn_name = "cosine"


@pytest.mark.parametrize("evaluator", EVALUATORS, ids=lambda each: type(each).__name__)
def test_evaluators_take_the_encoder(
    encoder: SentenceEncoder, real: SentenceTransformer, evaluator: Any
) -> None:
    assert encoder.evaluate(evaluator) == pytest.approx(real.evaluate(evaluator), abs=1e-4)
    assert encoder.model_card_data.eval_results_dict[evaluator]


def test_what_is_made_of_a_model_there_takes_the_encoder(
    encoder: SentenceEncoder, real: SentenceTransformer
) -> None:
    ours, theirs = util.paraphrase_mining(encoder, TEXTS), util.paraphrase_mining(real, TEXTS)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    pairs = Dataset.from_dict({"query": ["vehicle", "weather"], "answer": TEXTS[:2]})
    mined = [
        util.mine_hard_negatives(pairs, model, num_negatives=1, verbose=False)[:]
        for model in (encoder, real)
    ]
    assert mined[0] == mined[1]


def test_prompts_are_chosen_as_the_class_chooses(wl: WordLlama) -> None:
    prompts = {"query": "find: ", "passage": "text: ", "other": "so: "}
    encoder = SentenceEncoder(prompts=prompts, default_prompt_name="other")
    for given, wanted in (
        (encoder.encode("a"), "so: a"),
        (encoder.encode("a", "query"), "find: a"),
        (encoder.encode_query("a"), "find: a"),
        (encoder.encode_query("a", prompt=""), "a"),
        (encoder.encode_document("a"), "text: a"),
        (encoder.encode_document("a", "other"), "so: a"),
        (SentenceEncoder().encode_query(sentences="a"), "a"),
    ):
        np.testing.assert_array_equal(given, wl.embed(wanted)[0])


def test_the_encoder_is_cut_and_tells_its_width() -> None:
    encoder = SentenceEncoder(dim=64)
    assert encoder.get_embedding_dimension() == encoder.get_sentence_embedding_dimension() == 64
    assert encoder.to("cpu").eval().encode([]).shape == (0, 64)
    assert encoder.tokenizer.get_vocab_size() == 32000


def test_the_encoder_needs_no_torch() -> None:
    code = """
import sys
for name in ("torch", "sentence_transformers"):
    sys.modules[name] = None
from wordllama.integrations.sentence_transformers import SentenceEncoder
encoder = SentenceEncoder()
rows = encoder.encode(["a car", "a truck"], normalize_embeddings=True, precision="float32")
print(encoder.similarity(rows, rows).shape)
encoder.encode("a", convert_to_tensor=True)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "(2, 2)\n"
    assert f"torch is not installed; run: {install_line('sentence-transformers')}" in done.stderr


def test_wrong_arguments_are_named(wl: WordLlama) -> None:
    encoder = SentenceEncoder(prompts={"query": "find: "})
    with pytest.raises(ValueError, match=r"prompt_name must be one of \['query'\], not 'x'"):
        encoder.encode("a", prompt_name="x")
    with pytest.raises(ValueError, match="precision must be float32, int8"):
        encoder.encode(TEXTS, precision="int4")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="output_value must be"):
        encoder.encode("a", output_value="token_embeddings")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="similarity_fn_name must be one of"):
        SentenceEncoder(similarity_fn_name="maxsim")
    with pytest.raises(TypeError, match=r"\[1\] must be a str"):
        encoder.encode(["a", None])
    with pytest.raises(TypeError, match="inputs is missing"):
        encoder.encode()
    with pytest.raises(ValueError, match="dim must be None for a loaded model of 256"):
        sentence_transformer(wl, dim=64)
    binary = WordLlama.load()
    binary.binary = True
    with pytest.raises(ValueError, match="model is binary"):
        SentenceEncoder(binary)
