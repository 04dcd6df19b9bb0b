"""Losses against the sums they stand for."""

import math

import pytest
import torch

from wordllama.train import losses
from wordllama.train.learner import binarized


@pytest.fixture
def vectors() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(5, 8, generator=generator), torch.randn(5, 8, generator=generator)


def test_ranking_is_cross_entropy_of_scaled_cosines(
    vectors: tuple[torch.Tensor, torch.Tensor],
) -> None:
    a, b = vectors
    total = 0.0
    for i in range(5):
        scores = [20 * float(torch.cosine_similarity(a[i], b[j], dim=0)) for j in range(5)]
        total -= scores[i] - math.log(sum(map(math.exp, scores)))
    assert float(losses.ranking(a, b)) == pytest.approx(total / 5, rel=1e-4)


def test_a_masked_duplicate_does_not_count(vectors: tuple[torch.Tensor, torch.Tensor]) -> None:
    a, b = vectors
    b[3] = b[0]
    keys = torch.tensor([0, 1, 2, 0, 4])
    same = losses.duplicates(torch.arange(10, 15), keys)
    assert same.sum() == 2
    assert same[0, 3]
    assert same[3, 0]
    assert losses.ranking(a, b, same=same) < losses.ranking(a, b)


def test_hard_negatives_are_candidates(vectors: tuple[torch.Tensor, torch.Tensor]) -> None:
    a, b = vectors
    assert losses.ranking(a, b, a + 0.1 * b) > losses.ranking(a, b)


def test_a_negative_of_its_own_anchor_stays_one() -> None:
    anchors, candidates = torch.tensor([1, 2]), torch.tensor([5, 6, 7, 8])
    assert not losses.duplicates(anchors, candidates).any()
    assert losses.duplicates(anchors, torch.tensor([5, 6, 5, 8]))[0, 2]


def test_matryoshka_is_the_mean_over_widths(vectors: tuple[torch.Tensor, torch.Tensor]) -> None:
    a, b = vectors
    both = losses.matryoshka(losses.cosine, (8, 4), (a, b))
    halves = (losses.cosine(a, b) + losses.cosine(a[:, :4], b[:, :4])) / 2
    assert float(both) == pytest.approx(float(halves))


def test_similarity_is_zero_for_a_rotated_teacher(
    vectors: tuple[torch.Tensor, torch.Tensor],
) -> None:
    a, _ = vectors
    rotation, _ = torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(1)))
    assert float(losses.similarity(a, 3 * a @ rotation)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("form", ["ste", "tanh"])
def test_binarised_vectors_are_signs_with_a_gradient(form: str) -> None:
    x = torch.tensor([[-0.5, 0.25, 3.0]], requires_grad=True)
    signs = binarized(x, form)
    assert signs.tolist() == [[-1, 1, 1]]
    signs.sum().backward()
    assert x.grad is not None
    wanted = [1, 1, 0] if form == "ste" else (1 - torch.tanh(x.detach()) ** 2)[0].tolist()
    assert x.grad[0].tolist() == pytest.approx(wanted, rel=1e-4)


def test_neighbours_are_a_divergence(vectors: tuple[torch.Tensor, torch.Tensor]) -> None:
    a, b = vectors
    same = torch.eye(5, dtype=torch.bool)
    assert float(losses.neighbours(a, 2 * a, same)) == pytest.approx(0, abs=1e-6)
    total = 0.0
    for i in range(5):
        others = [j for j in range(5) if j != i]
        p, q = (
            torch.softmax(
                20 * torch.stack([torch.cosine_similarity(v[i], v[j], dim=0) for j in others]), 0
            )
            for v in (b, a)
        )
        total += float((p * (p / q).log()).sum())
    assert float(losses.neighbours(a, b, same)) == pytest.approx(total / 5, rel=1e-3)
