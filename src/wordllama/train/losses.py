"""The losses. Vectors are (n, dim) and not yet normalised.

Multiple-negatives ranking: Henderson et al., 2017, <https://arxiv.org/abs/1705.00652>.
Matryoshka: Kusupati et al., 2022, <https://arxiv.org/abs/2205.13147>.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import (
    cosine_similarity,
    cross_entropy,
    kl_div,
    log_softmax,
    mse_loss,
    normalize,
)


def matryoshka(
    loss: Callable[..., Tensor], dims: Sequence[int], vectors: Sequence[Tensor]
) -> Tensor:
    """The mean over the widths of the loss of the vectors cut to each."""
    losses = [loss(*(v[:, :dim] for v in vectors)) for dim in dims]
    return torch.stack(losses).mean()


def ranking(
    anchors: Tensor,
    positives: Tensor,
    negatives: Tensor | None = None,
    *,
    same: Tensor | None = None,
    scale: float = 20.0,
) -> Tensor:
    """Cross-entropy of each anchor's match among all matches (and given negatives) of the batch.

    `same[i, j]` says that candidate j is as good as i's own match (a duplicate): it is left out.

    >>> a = torch.eye(3)
    >>> bool(ranking(a, a) < ranking(a, a.flip(0)))
    True
    """
    candidates = positives if negatives is None else torch.cat([positives, negatives])
    scores = scale * normalize(anchors) @ normalize(candidates).T
    if same is not None:
        scores = scores.masked_fill(same, float("-inf"))
    return cross_entropy(scores, torch.arange(len(anchors), device=scores.device))


def duplicates(anchor_keys: Tensor, candidate_keys: Tensor) -> Tensor:
    """Which candidates (n, m) may not count as negatives: m >= n, the first n are the matches.

    Candidate j is left out for anchor i if it equals i's match, if it equals anchor i, or if the
    anchor it belongs to equals anchor i.

    >>> duplicates(torch.tensor([1, 2, 1]), torch.tensor([7, 8, 9]))
    tensor([[False, False,  True],
            [False, False, False],
            [ True, False, False]])
    """
    n, m = len(anchor_keys), len(candidate_keys)
    same = candidate_keys[:n, None] == candidate_keys[None, :]
    same |= anchor_keys[:, None] == candidate_keys[None, :]
    owners = torch.arange(m, device=same.device) % n
    same |= anchor_keys[:, None] == anchor_keys[owners][None, :]
    # A given negative of the anchor itself stays one unless its text says otherwise.
    index = torch.arange(n, device=same.device)
    for start in range(0, m, n):
        rows = index[: m - start]
        if start == 0:
            same[index, index] = False
        else:
            equal = candidate_keys[start + rows] == candidate_keys[rows]
            same[rows, start + rows] = equal | (candidate_keys[start + rows] == anchor_keys[rows])
    return same


def cosine(vectors: Tensor, targets: Tensor) -> Tensor:
    """Mean of 1 - cosine to the target."""
    return 1 - cosine_similarity(vectors, targets).mean()


def mse(vectors: Tensor, targets: Tensor) -> Tensor:
    """Mean squared distance to the target, summed over dimensions."""
    return mse_loss(vectors, targets) * vectors.shape[1]


def neighbours(vectors: Tensor, teacher: Tensor, same: Tensor, *, scale: float = 20.0) -> Tensor:
    """Kullback-Leibler divergence from the teacher's neighbours of each text to the student's.

    A text's neighbours are the softmax of its scaled cosines to the rest of the batch; `same[i, j]`
    says that i and j are one text (the diagonal at least), which is left out.
    """
    logs = []
    for v in (vectors, teacher):
        unit = normalize(v)
        cosines = (scale * unit @ unit.T).masked_fill(same, -1e4)
        logs.append(log_softmax(cosines, dim=1))
    return kl_div(logs[0], logs[1], log_target=True, reduction="batchmean")


def similarity(vectors: Tensor, teacher: Tensor) -> Tensor:
    """Mean squared difference between the cosines within the batch and the teacher's."""
    unit, target = normalize(vectors), normalize(teacher)
    difference = unit @ unit.T - target @ target.T
    off = difference - torch.diag(torch.diagonal(difference))
    return off.square().sum() / max(1, len(vectors) * (len(vectors) - 1))
