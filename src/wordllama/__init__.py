"""WordLlama: fast, light text embeddings that run anywhere."""

__version__ = "1.0.0"
