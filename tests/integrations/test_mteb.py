"""A model that the `mteb` package itself evaluates."""

from __future__ import annotations

import mteb
import pytest

from wordllama import WordLlama
from wordllama.integrations.mteb import mteb_model


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
