"""BERT under mean pooling, read from a sentence-transformers folder: a fast teacher on CPUs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from wordllama.extras import require

_TOKENS_AT_ONCE = 2048


def is_plain_bert(folder: Path) -> bool:
    """Whether the folder holds what `Bert` reads: a BERT, safetensors, mean pooling."""
    pooling = folder / "1_Pooling" / "config.json"
    needed = [folder / n for n in ("config.json", "model.safetensors", "tokenizer.json")]
    if not all(file.is_file() for file in (*needed, pooling)):
        return False
    config = json.loads(needed[0].read_text())
    means = json.loads(pooling.read_text())
    return config.get("model_type") == "bert" and bool(means.get("pooling_mode_mean_tokens"))


class Bert:
    """Unit vectors of texts. Matrices in bfloat16 on a CPU: cosines to float32's are over 0.999."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        self._torch = torch = require("torch", extra="train")
        config = json.loads((folder / "config.json").read_text())
        self.dim: int = config["hidden_size"]
        self._heads: int = config["num_attention_heads"]
        self._epsilon: float = config["layer_norm_eps"]
        self._device = device
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        limit = min(256, config["max_position_embeddings"])
        self._tokenizer.enable_truncation(limit)
        weights = _read(folder / "model.safetensors")
        words = [f"embeddings.{kind}_embeddings.weight" for kind in ("word", "position")]
        kind = weights["embeddings.token_type_embeddings.weight"][0]
        self._words = weights[words[0]].float() + kind.float()
        self._positions = weights[words[1]].float()
        move = {"device": device, "dtype": torch.bfloat16}
        self._words, self._positions = self._words.to(device), self._positions.to(device)
        self._first_norm = _pair(weights, "embeddings.LayerNorm", move)
        self._layers = [
            _layer(torch, weights, f"encoder.layer.{i}.", move)
            for i in range(config["num_hidden_layers"])
        ]

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """(n, dim); texts of equal length go together, so that nothing is padded."""
        encoded = [e.ids for e in self._tokenizer.encode_batch(texts)]
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
            x = self._words[tokens] + self._positions[:length]
            x = f.layer_norm(x.bfloat16(), (self.dim,), *self._first_norm, self._epsilon)
            for qkv, joined, norm1, up, down, norm2 in self._layers:
                split = f.linear(x, *qkv).view(n, length, 3, self._heads, -1)
                q, k, v = split.permute(2, 0, 3, 1, 4)
                seen = f.scaled_dot_product_attention(q, k, v).transpose(1, 2)
                x = x + f.linear(seen.reshape(n, length, self.dim), *joined)
                x = f.layer_norm(x, (self.dim,), *norm1, self._epsilon)
                x = x + f.linear(f.gelu(f.linear(x, *up)), *down)
                x = f.layer_norm(x, (self.dim,), *norm2, self._epsilon)
            mean = x.float().mean(1)
            vectors: NDArray[np.float32] = f.normalize(mean).cpu().numpy()
        return vectors


def _read(file: Path) -> dict[str, Any]:
    torch = require("safetensors.torch", extra="train")
    weights = torch.load_file(file)
    return {name.removeprefix("bert."): tensor for name, tensor in weights.items()}


def _pair(weights: dict[str, Any], name: str, move: dict[str, Any]) -> tuple[Any, Any]:
    return weights[f"{name}.weight"].to(**move), weights[f"{name}.bias"].to(**move)


def _layer(torch: Any, weights: dict[str, Any], prefix: str, move: dict[str, Any]) -> list[Any]:
    attention = [f"{prefix}attention.self.{part}" for part in ("query", "key", "value")]
    qkv = tuple(
        torch.cat([weights[f"{name}.{kind}"] for name in attention]).to(**move)
        for kind in ("weight", "bias")
    )
    names = ["attention.output.dense", "attention.output.LayerNorm", "intermediate.dense"]
    names += ["output.dense", "output.LayerNorm"]
    return [qkv, *(_pair(weights, prefix + name, move) for name in names)]
