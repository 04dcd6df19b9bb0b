"""The files of a model folder, read with checks and written whole: weights, tokenizer, settings."""
