"""Adam that updates only the rows that a batch used; its state can be saved as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from wordllama.train.learner import Leaf

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


@dataclass
class LazyAdam:
    """Adam (Kingma and Ba, 2015); the moments of rows that a batch does not use stay unchanged."""

    parameters: dict[str, Tensor]
    state: dict[str, Tensor] = field(default_factory=dict)
    steps: int = 0

    def __post_init__(self) -> None:
        for name, value in self.parameters.items():
            for moment in ("first", "second"):
                self.state.setdefault(f"{name}.{moment}", torch.zeros_like(value))

    @torch.no_grad()
    def step(
        self,
        leaves: dict[str, Leaf],
        learning_rate: float,
        start: dict[str, Tensor] | None = None,
        decay: float = 0.0,
    ) -> None:
        """Move the parameters against the gradients in `leaves`, and towards `start` by `decay`."""
        self.steps += 1
        size = learning_rate * (1 - _BETA2**self.steps) ** 0.5 / (1 - _BETA1**self.steps)
        for name, leaf in leaves.items():
            gradient = leaf.value.grad
            if gradient is None:
                continue
            rows = slice(None) if leaf.index is None else leaf.index
            parameter = self.parameters[name]
            first, second = self.state[f"{name}.first"], self.state[f"{name}.second"]
            m = first[rows].mul_(_BETA1).add_(gradient, alpha=1 - _BETA1)
            v = second[rows].mul_(_BETA2).addcmul_(gradient, gradient, value=1 - _BETA2)
            first[rows], second[rows] = m, v
            moved = leaf.value.detach() - size * m / (v.sqrt() + _EPSILON)
            if start is not None and decay:
                moved = torch.lerp(moved, start[name][rows], learning_rate * decay)
            parameter[rows] = moved


def learning_rate(peak: float, step: int, warmup: int, total: int) -> float:
    """Rises linearly over `warmup` steps, then falls linearly to zero at `total`.

    >>> [learning_rate(1.0, step, 2, 6) for step in (0, 1, 2, 4)]
    [0.5, 1.0, 1.0, 0.5]
    """
    warmup = min(warmup, total // 2)
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * (total - step) / max(1, total - warmup)
