"""BERT and MPNet under mean pooling, read from a folder: fast teachers on CPUs."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordllama.encode import tokenizing
from wordllama.extras import require

_TOKENS_AT_ONCE = 2048
# What the files call a layer's query, key, value, output and the norm after them.
_ATTENTION = {
    "bert": [f"self.{part}" for part in ("query", "key", "value")]
    + ["output.dense", "output.LayerNorm"],
    "mpnet": ["attn.q", "attn.k", "attn.v", "attn.o", "LayerNorm"],
}
_SHORT = 16  # tokens
_FARTHEST = 128  # tokens apart, from where on MPNet tells distances no more


def is_readable(folder: Path) -> bool:
    """Whether the folder holds what `Bert` reads: BERT or MPNet, safetensors, mean pooling only."""
    pooling = folder / "1_Pooling" / "config.json"
    needed = [folder / n for n in ("config.json", "modules.json", "tokenizer.json")]
    if not all(file.is_file() for file in (*needed, folder / "model.safetensors", pooling)):
        return False
    config, modules, means = (json.loads(f.read_text()) for f in (*needed[:2], pooling))
    kinds = [module["type"].rpartition(".")[2] for module in modules]
    modes = [k for k, v in means.items() if k.startswith("pooling_mode") and v]
    return (
        config.get("model_type") in _ATTENTION
        and config.get("hidden_act", "gelu") == "gelu"
        and set(kinds) <= {"Transformer", "Pooling", "Normalize"}
        and (means.get("pooling_mode") == "mean" or modes == ["pooling_mode_mean_tokens"])
    )


class Bert:
    """Unit vectors of texts. Matrices in bfloat16 on a CPU: cosines to float32's are over 0.999."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        self._torch = torch = require("torch", extra="train")
        config = json.loads((folder / "config.json").read_text())
        self.dim: int = config["hidden_size"]
        self._heads: int = config["num_attention_heads"]
        self._epsilon: float = config["layer_norm_eps"]
        kind = config["model_type"]
        self._device = device
        self._tokenizer = tokenizing.parse((folder / "tokenizer.json").read_text(encoding="utf-8"))
        weights = _read(folder / "model.safetensors", f"{kind}.")
        words, positions = (
            weights[f"embeddings.{table}_embeddings.weight"].float().to(device)
            for table in ("word", "position")
        )
        move = {"device": device, "dtype": torch.bfloat16}
        self._by_distance: Any = None
        if kind == "bert":
            words = words + weights["embeddings.token_type_embeddings.weight"][0].to(words)
        else:
            positions = positions[config["pad_token_id"] + 1 :]
            self._by_distance = weights["encoder.relative_attention_bias.weight"].to(**move)
        self._words, self._positions = words, positions
        self._tokenizer.enable_truncation(min(256, len(positions)))
        self._first_norm = _pair(weights, "embeddings.LayerNorm", move)
        self._layers = [
            _layer(torch, weights, f"encoder.layer.{i}.", kind, move)
            for i in range(config["num_hidden_layers"])
        ]

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """(n, dim); texts of equal length go together, so that nothing is padded."""
        encoded = [e.ids for e in tokenizing.encoded(self._tokenizer, texts, True)]
        order = sorted(range(len(texts)), key=lambda i: len(encoded[i]))
        out = np.empty((len(texts), self.dim), dtype=np.float32)
        start = 0
        while start < len(order):
            length = len(encoded[order[start]])
            end = start
            while (
                end < len(order)
                and len(encoded[order[end]]) == length
                and (end - start) * length < _TOKENS_AT_ONCE
            ):
                end += 1
            ids = np.array([encoded[i] for i in order[start:end]])
            out[order[start:end]] = self._forward(ids)
            start = end
        return out

    def _forward(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        torch = self._torch
        f = torch.nn.functional
        with torch.inference_mode():
            tokens = torch.as_tensor(ids, device=self._device)
            n, length = tokens.shape
            near = None
            if self._by_distance is not None:
                near = _relative(torch, self._by_distance, length)
            x = self._words[tokens] + self._positions[:length]
            x = f.layer_norm(x.bfloat16(), (self.dim,), *self._first_norm, self._epsilon)
            for qkv, joined, norm1, up, down, norm2 in self._layers:
                split = f.linear(x, *qkv).view(n, length, 3, self._heads, -1)
                q, k, v = split.permute(2, 0, 3, 1, 4)
                seen = _attention(torch, q, k, v, near).transpose(1, 2)
                x = x + f.linear(seen.reshape(n, length, self.dim), *joined)
                x = f.layer_norm(x, (self.dim,), *norm1, self._epsilon)
                x = x + f.linear(f.gelu(f.linear(x, *up)), *down)
                x = f.layer_norm(x, (self.dim,), *norm2, self._epsilon)
            mean = x.float().mean(1)
            vectors: NDArray[np.float32] = f.normalize(mean).cpu().numpy()
        return vectors


def _attention(torch: Any, q: Any, k: Any, v: Any, near: Any) -> Any:
    """Scaled dot-product attention; of short texts by plain products, which take half the time."""
    if near is not None or q.shape[2] > _SHORT:
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=near)
    return (q @ k.transpose(2, 3) * q.shape[3] ** -0.5).softmax(dim=3) @ v


def _relative(torch: Any, buckets: Any, length: int) -> Any:
    """What MPNet adds to attention by distance: (1, heads, length, length).

    Half of the buckets are for tokens behind, half for those ahead; half of each for one distance,
    the others for ever wider ranges of them (Raffel et al., 2020, section 2.1).
    """
    places = torch.arange(length)
    ahead = places[None, :] - places[:, None]
    half = len(buckets) // 2
    exact = half // 2
    apart = ahead.abs()
    growth = torch.log(apart.clamp(min=1) / exact) / math.log(_FARTHEST / exact)
    wide = (exact + (growth * (half - exact)).long()).clamp(max=half - 1)
    bucket = torch.where(apart < exact, apart, wide) + half * (ahead > 0)
    return buckets[bucket.to(buckets.device)].permute(2, 0, 1)[None].contiguous()


def _read(file: Path, prefix: str) -> dict[str, Any]:
    torch = require("safetensors.torch", extra="train")
    weights = torch.load_file(file)
    return {name.removeprefix(prefix): tensor for name, tensor in weights.items()}


def _pair(weights: dict[str, Any], name: str, move: dict[str, Any]) -> tuple[Any, Any]:
    return weights[f"{name}.weight"].to(**move), weights[f"{name}.bias"].to(**move)


def _layer(
    torch: Any, weights: dict[str, Any], prefix: str, kind: str, move: dict[str, Any]
) -> list[Any]:
    *seen, out, norm = [f"{prefix}attention.{name}" for name in _ATTENTION[kind]]
    qkv = tuple(
        torch.cat([weights[f"{name}.{part}"] for name in seen]).to(**move)
        for part in ("weight", "bias")
    )
    rest = [
        f"{prefix}{name}" for name in ("intermediate.dense", "output.dense", "output.LayerNorm")
    ]
    return [qkv, *(_pair(weights, name, move) for name in (out, norm, *rest))]
