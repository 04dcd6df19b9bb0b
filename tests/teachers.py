"""The folder of a sentence-transformer, a tiny BERT with random weights, made without torch."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

WORDS = (
    "the a is was car red truck soup food wonderful waiter kind fast cheap battery died after two "
    "days and of in it ##s ##ing ."
)
SPECIAL = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[unused1]"]
WIDTH = 32


def tiny_teacher(folder: Path, seed: int = 0) -> Path:
    """Write two layers of width 32 with sharp attention, so that neighbours count."""
    tokens = dict.fromkeys([*SPECIAL, *"abcdefgh", *WORDS.split()])
    vocabulary = {token: i for i, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens([token for token in SPECIAL if "unused" not in token])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(t, vocabulary[t]) for t in ("[CLS]", "[SEP]")]
    )
    tokenizer.enable_truncation(16)
    tokenizer.enable_padding(length=16)
    rng = np.random.default_rng(seed)

    def drawn(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.3, shape).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": drawn(len(vocabulary), WIDTH),
        "embeddings.position_embeddings.weight": drawn(64, WIDTH),
        "embeddings.token_type_embeddings.weight": drawn(2, WIDTH),
    }
    linear = {"attention.output.dense": (WIDTH, WIDTH), "intermediate.dense": (2 * WIDTH, WIDTH)}
    linear |= {f"attention.self.{p}": (WIDTH, WIDTH) for p in ("query", "key", "value")}
    linear |= {"output.dense": (WIDTH, 2 * WIDTH)}
    norms = ["embeddings.LayerNorm"]
    for layer in ("encoder.layer.0", "encoder.layer.1"):
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
        for name, shape in linear.items():
            weights[f"{layer}.{name}.weight"] = drawn(*shape)
            weights[f"{layer}.{name}.bias"] = drawn(shape[0])
    for norm in norms:
        weights[f"{norm}.weight"] = np.ones(WIDTH, np.float32)
        weights[f"{norm}.bias"] = np.zeros(WIDTH, np.float32)
    config = {"model_type": "bert", "hidden_size": WIDTH, "num_attention_heads": 4}
    config |= {"num_hidden_layers": 2, "layer_norm_eps": 1e-12, "pad_token_id": 0}
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate({"": "Transformer", "1_Pooling": "Pooling"}.items())
    ]
    (folder / "1_Pooling").mkdir(parents=True)
    pooling = {"word_embedding_dimension": WIDTH, "pooling_mode_mean_tokens": True}
    for name, value in {
        "config.json": config,
        "modules.json": modules,
        "1_Pooling/config.json": pooling,
    }.items():
        (folder / name).write_text(json.dumps(value))
    save_file(weights, folder / "model.safetensors")
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "README.md").write_text("---\nlanguage: en\nlicense: apache-2.0\n---\n# tiny\n")
    return folder
