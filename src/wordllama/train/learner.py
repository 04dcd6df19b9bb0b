"""The trained parameters: rows of tokens, as they are or as a projection of a codebook."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_FOLD_AT_ONCE = 4096


@dataclass(frozen=True)
class Leaf:
    """The part of the parameters that one batch uses; `index` are its rows (None: all)."""

    value: Tensor
    index: Tensor | None


class Learner(Protocol):
    """Parameters, and the rows of tokens that they give."""

    parameters: dict[str, Tensor]

    def leaves(self, tokens: Tensor) -> dict[str, Leaf]:
        """The parameters that these tokens' rows depend on, ready to collect gradients."""

    def rows(self, leaves: dict[str, Leaf], tokens: Tensor) -> Tensor:
        """(len(tokens), dim) the tokens' rows."""


@dataclass
class FreeRows:
    """Every row by itself."""

    parameters: dict[str, Tensor]

    @classmethod
    def start(cls, rows: NDArray[np.float32], device: str) -> FreeRows:
        """Begin at these rows."""
        return cls({"rows": torch.tensor(rows, dtype=torch.float32, device=device)})

    def leaves(self, tokens: Tensor) -> dict[str, Leaf]:
        """The tokens' rows."""
        return {"rows": Leaf(self.parameters["rows"][tokens].requires_grad_(), tokens)}

    def rows(self, leaves: dict[str, Leaf], tokens: Tensor) -> Tensor:
        """The tokens' rows."""
        return leaves["rows"].value


@dataclass
class ProjectedRows:
    """gelu(weight) x codebook row x one projection, as published."""

    codebook: NDArray[np.generic]
    """(n, columns) in the type it is stored in, maybe memory-mapped: batches read what they use."""
    parameters: dict[str, Tensor]
    device: str
    _buffer: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def start(
        cls,
        codebook: NDArray[np.generic],
        weights: NDArray[np.float32],
        dim: int,
        seed: int,
        device: str,
    ) -> ProjectedRows:
        """Begin at a random projection (uniform within 1 / sqrt(columns), as a linear layer)."""
        columns = codebook.shape[1]
        bound = columns**-0.5
        random = np.random.default_rng(seed).uniform(-bound, bound, (columns, dim))
        parameters = {
            "weight": torch.tensor(weights, dtype=torch.float32, device=device),
            "projection": torch.tensor(random, dtype=torch.float32, device=device),
        }
        return cls(codebook, parameters, device)

    def leaves(self, tokens: Tensor) -> dict[str, Leaf]:
        """The tokens' weights, and the whole projection."""
        weight, projection = self.parameters["weight"], self.parameters["projection"]
        return {
            "weight": Leaf(weight[tokens].requires_grad_(), tokens),
            "projection": Leaf(projection.detach().clone().requires_grad_(), None),
        }

    def rows(self, leaves: dict[str, Leaf], tokens: Tensor) -> Tensor:
        """The tokens' rows."""
        book = np.asarray(self.codebook[tokens.cpu().numpy()], dtype=np.float32)
        scaled = torch.nn.functional.gelu(leaves["weight"].value)[:, None]
        return (scaled * torch.from_numpy(book).to(self.device)) @ leaves["projection"].value


def folded(learner: Learner, n_tokens: int) -> NDArray[np.float32]:
    """All rows that the parameters give: (n_tokens, dim)."""
    parts = []
    device = next(iter(learner.parameters.values())).device
    with torch.no_grad():
        for start in range(0, n_tokens, _FOLD_AT_ONCE):
            tokens = torch.arange(start, min(start + _FOLD_AT_ONCE, n_tokens), device=device)
            parts.append(learner.rows(learner.leaves(tokens), tokens).cpu().numpy())
    return np.concatenate(parts)


def pool(rows: Tensor, places: Tensor, offsets: Tensor) -> Tensor:
    """The mean row of each text; a text without tokens gives zeros."""
    return torch.nn.functional.embedding_bag(places, rows, offsets[:-1], mode="mean")


class _Ste(torch.autograd.Function):
    """Sign forward; the gradient passes where |x| <= 1."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return torch.where(x > 0, 1.0, -1.0)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        (x,) = ctx.saved_tensors
        return grads[0] * (x.abs() <= 1)


def binarized(x: Tensor, form: str) -> Tensor:
    """-1 and 1, with a gradient that passes straight through ("ste") or as tanh's ("tanh").

    >>> x = torch.tensor([[-2.0, 0.5]], requires_grad=True)
    >>> binarized(x, "ste").sum().backward()
    >>> x.grad
    tensor([[0., 1.]])
    """
    if form == "ste":
        signs: Tensor = _Ste.apply(x)  # type: ignore[no-untyped-call]
        return signs
    soft = torch.tanh(x)
    return soft + (torch.where(x > 0, 1.0, -1.0) - soft).detach()
