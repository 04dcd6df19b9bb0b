"""Fine-tuning in one call."""

import numpy as np
import pytest

from wordllama import WordLlama

PAIRS = [
    (f"my {thing} stopped working", f"claims department, {thing}")
    for thing in (
        "car",
        "house",
        "ticket",
        "meal",
        "book",
        "phone",
        "chair",
        "boat",
        "coat",
        "cake",
    )
]


def test_pairs_come_closer_and_the_model_itself_stays(wl: WordLlama) -> None:
    before = wl.embed(["my car stopped working"])
    tuned = wl.finetune(PAIRS, epochs=20)
    question, answer = "my lamp stopped working", "claims department, lamp"
    assert tuned.similarity(question, answer) > wl.similarity(question, answer) + 0.05
    np.testing.assert_array_equal(wl.embed(["my car stopped working"]), before)
    untouched = wl.tokenizer.token_to_id("▁zoo")
    np.testing.assert_array_equal(tuned.embedding[untouched], wl.embedding[untouched])


def test_equal_calls_give_equal_models(wl: WordLlama) -> None:
    first, second = (wl.finetune(PAIRS, epochs=2, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.embedding, second.embedding)


def test_what_is_not_a_pair_is_named(wl: WordLlama) -> None:
    with pytest.raises(TypeError, match=r"pairs\[1\] must be two strings, not 'ab'"):
        wl.finetune([("a", "b"), "ab"])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="pairs holds 1"):
        wl.finetune([("a", "b")])
    for wrong in ({"epochs": 0}, {"batch_size": 0}, {"learning_rate": 0.0}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))} is 0"):
            wl.finetune(PAIRS, **wrong)
